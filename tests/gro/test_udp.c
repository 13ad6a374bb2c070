/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_udp_autotest: UDP: off unless asked for; equal sizes, a checksum that is there, so many
 * datagrams and no more, IDs of both styles; and TCP beside it. Neighbours: gro_test.h.
 */
#include "gro_test.h"

static const struct pkt_spec base = {
	.ip = {.version = 4, .id = 65534}, .proto = IPPROTO_UDP, .payload = 1200};

static int
sizes(uint8_t version, const uint16_t *size, const char *want)
{
	struct pkt_spec s = base;

	s.ip.version = version;
	gro_begin(CLEAVE_GRO_UDP);
	for (unsigned int i = 0; i < 4; i++) {
		s.payload = size[i];
		TEST_ASSERT_NOT_NULL(gro_add(&s), "no frame");
		gro_next(&s, 1, 0);
	}
	return gro_end(want);
}

static int
test_sizes(void)
{
	static const struct {
		uint16_t size[4];
		const char *want;
	} rows[] = {
		{{1200, 1200, 1200, 1200}, "AAAA"},
		{{1200, 1200, 1200, 1199}, "AAAA"},
		{{1200, 1200, 7, 1200}, "AAAB"},
		{{1200, 7, 7, 7}, "AABB"},
		{{1200, 1201, 1201, 1201}, "ABBB"},
		{{1, 1, 1, 1}, "AAAA"},
		{{0, 0, 0, 0}, "ABCD"},
		{{1200, 0, 1200, 1200}, "ABCC"},
		{{1, 2, 3, 4}, "ABCD"},
		{{1001, 1001, 1001, 333}, "AAAA"},
	};

	for (unsigned int i = 0; i < RTE_DIM(rows) * 2; i++)
		TEST_ASSERT_SUCCESS(
			sizes(i % 2 ? 6 : 4, rows[i / 2].size, rows[i / 2].want), "row %u", i / 2);
	return TEST_SUCCESS;
}

/* Of a flow of both protocols, on the same ports. */
static int
test_off(void)
{
	static const struct {
		uint16_t flags;
		const char *want;
	} rows[] = {
		{0, "ABCDEF"},
		{CLEAVE_GRO_TCP, "ABACAD"},
		{CLEAVE_GRO_UDP, "ABCBDB"},
		{CLEAVE_GRO_TCP | CLEAVE_GRO_UDP, "ABABAB"},
	};

	for (unsigned int i = 0; i < RTE_DIM(rows) * 2; i++) {
		struct pkt_spec udp = base, tcp = base;

		tcp.proto = IPPROTO_TCP;
		tcp.tcp_flags = CLEAVE_TCP_ACK;
		gro_begin(rows[i / 2].flags);
		for (unsigned int k = 0; k < 3; k++) {
			gro_train(&tcp, 1);
			gro_train(&udp, 1);
		}
		/* a port that vouches for checksums, or not: ways through the library */
		for (unsigned int k = 0; k < gro.nb && i % 2; k++)
			gro.f[k].ol_flags = GRO_GOOD;
		TEST_ASSERT_SUCCESS(
			gro_end(rows[i / 2].want), "flags %x, good %u", rows[i / 2].flags, i % 2);
	}
	return TEST_SUCCESS;
}

static const struct gro_edit edits[] = {
	{"TOS", GRO_IP, 1, 3, "AABC", "AABB", -1},
	{"source port", GRO_L4, 1, 1, "AABA", "AABB", -1},
	{"destination port", GRO_L4, 3, 1, "AABA", "AABB", -1},
	{"checksum", GRO_L4, 6, 1, "AABC", "AABC", CLEAVE_GRO_PASS_BAD, true},
	{"payload", GRO_DATA, 5, 1, "AABC", "AABC", CLEAVE_GRO_PASS_BAD, true},
	{"payload with its checksum", GRO_DATA, 5, 1, "AAAA", "AAAA", -1},
};

/* (An ID that is constant, so that a datagram of another flow is none that is missing.) */
static int
test_fields(void)
{
	struct pkt_spec s = base;

	s.ip.version = 6;
	for (unsigned int i = 0; i < RTE_DIM(edits); i++)
		if (edits[i].base != GRO_IP && gro_edits(&s, &edits[i], 1) < 0)
			return TEST_FAILED;
	s.ip.version = 4;
	return gro_edits(&s, edits, 1);
}

/* A datagram without a checksum is never merged. */
static int
test_no_checksum(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		struct pkt_spec s = base;
		uint64_t flags = i & 1 ? GRO_GOOD : 0;

		gro_begin(CLEAVE_GRO_UDP);
		gro_train(&s, 4);
		for (unsigned int k = 0; k < 4; k++) {
			gro.f[k].ol_flags = flags;
			if (i & 2 || k == 2)
				pkt_put16(gro.f[k].p.data + gro.f[k].p.want.l4_off + 6, 0);
		}
		TEST_ASSERT_SUCCESS(gro_end(i & 2 ? "ABCD" : "AABC"), "row %u", i);
		TEST_ASSERT_EQUAL(gro.stats.pass[CLEAVE_GRO_PASS_UNVERIFIED], i & 2 ? 4 : 1,
			"row %u: %u counted", i,
			(unsigned int)gro.stats.pass[CLEAVE_GRO_PASS_UNVERIFIED]);
	}
	return TEST_SUCCESS;
}

/* Closed at 64 datagrams, or at as many as asked for. */
static int
test_limit(void)
{
	static const uint16_t limits[] = {0, 1, 2, 5, 63, 64, 65, 128};

	for (unsigned int i = 0; i < RTE_DIM(limits) * 2; i++) {
		struct pkt_spec s = base;
		unsigned int most = limits[i / 2] != 0 ? limits[i / 2] : 64;
		char want[201];

		s.ip.version = i % 2 ? 6 : 4;
		s.payload = 100;
		gro_begin(CLEAVE_GRO_UDP);
		gro.conf.udp_segs = limits[i / 2];
		gro_train(&s, 200);
		for (unsigned int k = 0; k < 200; k++)
			want[k] = k / most + 1; /* (200 of them at most) */
		want[200] = '\0';
		TEST_ASSERT_SUCCESS(gro_end(most > 123 ? NULL : want), "at most %u", most);
	}
	return TEST_SUCCESS;
}

/* IDs that stay the same come back so, which Linux does not do. */
static int
test_ids(void)
{
	static const struct {
		int step;
		const char *want;
	} rows[] = {{0, "AAAA"}, {1, "AAAA"}, {2, "ABCD"}, {-1, "ABCD"}, {256, "ABCD"}};

	for (unsigned int i = 0; i < RTE_DIM(rows) * 2; i++) {
		struct pkt_spec s = base;

		s.ip.df = i % 2;
		gro_begin(CLEAVE_GRO_UDP);
		for (unsigned int k = 0; k < 4; k++) {
			TEST_ASSERT_NOT_NULL(gro_add(&s), "no frame");
			gro_next(&s, rows[i / 2].step, 0);
		}
		TEST_ASSERT_SUCCESS(
			gro_end(rows[i / 2].want), "IDs in steps of %d", rows[i / 2].step);
	}
	return TEST_SUCCESS;
}

/* A datagram that ends before its IP packet does: nobody could put what is behind it back. */
static int
test_short_length(void)
{
	static const int more[] = {-1, -8, -1200, 1, 40, -1201};

	for (unsigned int i = 0; i < RTE_DIM(more) * 2; i++) {
		struct pkt_spec s = base;

		s.ip.version = i % 2 ? 6 : 4;
		gro_begin(CLEAVE_GRO_UDP);
		gro_train(&s, 4);
		for (unsigned int k = 0; k < 4; k++) {
			uint8_t *udp = gro.f[k].p.data + gro.f[k].p.want.l4_off;

			pkt_put16(udp + 4, pkt_be16(udp + 4) + more[i / 2]);
			gro_fix(&gro.f[k]);
			gro.f[k].verdict = GRO_NEVER;
		}
		TEST_ASSERT_SUCCESS(gro_end("ABCD"), "length and %d", more[i / 2]);
	}
	return TEST_SUCCESS;
}

/* A checksum that comes out 0 says 0xffff, and comes back as that. */
static int
test_zero_sum(void)
{
	struct pkt_spec s = base;

	gro_begin(CLEAVE_GRO_UDP);
	gro_train(&s, 4);
	for (unsigned int i = 0; i < 4; i++) {
		uint8_t *d = gro.f[i].p.data + gro.f[i].p.want.hdr_len;

		pkt_put16(d, pkt_sum_add(pkt_be16(d), pkt_be16(d - 2)));
		gro_fix(&gro.f[i]);
		TEST_ASSERT_EQUAL(pkt_be16(d - 2), 0xffff, "the test's sum is wrong");
	}
	return gro_end("AAAA");
}

static struct unit_test_suite suite = {
	.suite_name = "merging: UDP",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_sizes),
			TEST_CASE(test_off),
			TEST_CASE(test_fields),
			TEST_CASE(test_no_checksum),
			TEST_CASE(test_limit),
			TEST_CASE(test_ids),
			TEST_CASE(test_short_length),
			TEST_CASE(test_zero_sum),
			TEST_CASES_END(),
		},
};

static int
test_gro_udp(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_udp_autotest, NOHUGE_OK, ASAN_OK, test_gro_udp);
