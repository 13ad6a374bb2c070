/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_large_autotest: merged packets at their longest: 65535 bytes exactly, one byte more, by
 * segments of many sizes, and as many segments as may be cut again. Neighbours: gro_test.h.
 */
#include "cleave_config.h"
#include "gro_test.h"

static struct pkt_spec
base(uint8_t version)
{
	struct pkt_spec s = {.ip = {.version = version, .id = 65500},
		.proto = IPPROTO_TCP,
		.tcp_flags = CLEAVE_TCP_ACK,
		.seq = 0xffff8000};

	return s;
}

static const uint16_t sizes[] = {1448, 8948, 536, 1000, 997, 9000 - 40};

/* The last byte that fits, and one more; all that follows starts anew. */
static int
test_limit(void)
{
	for (unsigned int i = 0; i < RTE_DIM(sizes) * 2; i++)
		for (unsigned int over = 0; over < 2; over++) {
			uint8_t version = i % 2 ? 6 : 4;
			uint32_t hdr = version == 4 ? 40 : 60, size = sizes[i / 2];
			uint32_t total = 65535 - hdr, last = total % size;
			struct pkt_spec s = base(version);
			char want[200];
			unsigned int n;

			if (version == 6 && over)
				continue; /* 65535 bytes with or without the header? */
			gro_begin(CLEAVE_GRO_TCP);
			n = total / size;
			s.payload = size;
			gro_train(&s, n);
			s.payload = last + over;
			gro_train(&s, 1);
			memset(want, 'A', sizeof(want));
			want[n] = over ? 'B' : 'A';
			want[n + 1] = '\0';
			TEST_ASSERT_SUCCESS(gro_end(want), "IPv%u, %u bytes each, %u over", version,
				size, over);
			if (over)
				TEST_ASSERT_EQUAL(gro.stats.flush[CLEAVE_GRO_FLUSH_FULL], 1,
					"not counted as full");
		}
	return TEST_SUCCESS;
}

/* On and on: a packet that is full starts the next one. */
static int
test_stream(void)
{
	for (unsigned int i = 0; i < RTE_DIM(sizes) * 2; i++) {
		struct pkt_spec s = base(i % 2 ? 6 : 4);

		gro_begin(CLEAVE_GRO_TCP);
		s.payload = sizes[i / 2];
		gro_train(&s, 300);
		TEST_ASSERT_SUCCESS(gro_end(NULL), "%u bytes each", sizes[i / 2]);
		TEST_ASSERT(gro.stats.supers >= 300 * sizes[i / 2] / 65536 &&
				    gro.stats.supers <= 1 + 300 * sizes[i / 2] / 50000u,
			"%u packets of %u bytes each", (unsigned int)gro.stats.supers,
			sizes[i / 2]);
	}
	return TEST_SUCCESS;
}

/* Tiny ones: no more than can be cut again. */
static int
test_tiny(void)
{
	static const uint16_t tiny[] = {1, 2, 7, 16, 31, 32, 33, 48, 100};

	for (unsigned int i = 0; i < RTE_DIM(tiny) * 2; i++) {
		struct pkt_spec s = base(i % 2 ? 6 : 4);

		gro_begin(CLEAVE_GRO_TCP);
		s.payload = tiny[i / 2];
		gro_train(&s, CLEAVE_GSO_SEGS_MAX + 900);
		TEST_ASSERT_SUCCESS(gro_end(NULL), "%u bytes each", tiny[i / 2]);
	}
	return TEST_SUCCESS;
}

/* In a tunnel the outermost header counts. */
static int
test_tunnel(void)
{
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i += 3) {
		struct pkt_spec s = *pkt_tunnel_variant(i);
		uint32_t hdr;

		s.payload = 1000;
		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 1);
		hdr = gro.f[0].p.want.hdr_len - gro.f[0].p.want.ip[0].off;
		gro_train(&s, (65535 - hdr) / 1000 - 1);
		s.payload = (65535 - hdr) % 1000;
		gro_train(&s, 1);
		TEST_ASSERT_SUCCESS(gro_end(NULL), "%s", pkt_str(&s));
		gro_begin(CLEAVE_GRO_TCP);
		s = *pkt_tunnel_variant(i);
		s.payload = 1400;
		gro_train(&s, 100);
		TEST_ASSERT_SUCCESS(gro_end(NULL), "%s", pkt_str(&s));
	}
	return TEST_SUCCESS;
}

/* A frame that is that long already; and BIG TCP, whose length fields are 0. */
static int
test_long_frame(void)
{
	static const uint32_t sizes_long[] = {32000, 32747, 32748, 65495, 65496, 70000, 150000};

	for (unsigned int i = 0; i < RTE_DIM(sizes_long) * 2; i++) {
		struct pkt_spec s = base(i % 2 ? 6 : 4);

		gro_begin(CLEAVE_GRO_TCP);
		s.payload = sizes_long[i / 2];
		gro_train(&s, 3);
		for (unsigned int k = 0; k < 3; k++)
			if (s.payload > 65535 - 60)
				gro.f[k].verdict = GRO_NEVER;
		TEST_ASSERT_SUCCESS(gro_end(NULL), "%u bytes", sizes_long[i / 2]);
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "merging: the longest packets",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_limit),
			TEST_CASE(test_stream),
			TEST_CASE(test_tiny),
			TEST_CASE(test_tunnel),
			TEST_CASE(test_long_frame),
			TEST_CASES_END(),
		},
};

static int
test_gro_large(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_large_autotest, NOHUGE_OK, ASAN_OK, test_gro_large);
