/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_ip6_autotest: the IPv6 header: what keeps packets apart, extension headers that are the same
 * or not, fragments. Neighbours: gro_test.h, test_ip.c.
 */
#include "gro_test.h"

static const struct pkt_spec base = {.ip = {.version = 6, .ttl = 60},
	.proto = IPPROTO_TCP,
	.tcp_flags = CLEAVE_TCP_ACK,
	.seq = 1,
	.payload = 700};

static const struct gro_edit edits[] = {
	{"traffic class, high", GRO_IP, 0, 0x08, "AABC", "AABB", -1},
	{"traffic class, low", GRO_IP, 1, 0x80, "AABC", "AABB", -1},
	{"ECN: ECT(1)", GRO_IP, 1, 0x10, "AABC", "AABB", -1},
	{"ECN: CE", GRO_IP, 1, 0x30, "AABC", "AABB", -1},
	{"hop limit", GRO_IP, 7, 0x01, "AABC", "AABB", -1},
	{"source", GRO_IP, 8, 0x01, "AABC", "AABB", -1},
	{"destination", GRO_IP, 39, 0x01, "AABC", "AABB", -1},
	{"flow label", GRO_IP, 1, 0x08, "AABC", "AABB", -1},
	{"flow label", GRO_IP, 3, 0x01, "AABC", "AABB", -1},
};

static int
test_fields(void)
{
	return gro_edits(&base, edits, RTE_DIM(edits));
}

/* Two flow labels are two flows. */
static int
test_labels(void)
{
	struct pkt_spec s = base;

	gro_begin(CLEAVE_GRO_TCP);
	gro_train(&s, 6);
	for (unsigned int i = 3; i < 6; i++)
		gro.f[i].p.data[14 + 3] ^= 1;
	return gro_end("AAABBB");
}

/* All shapes of extension headers: merged where they are the same. */
static int
test_shapes(void)
{
	for (unsigned int i = 0; i < PKT_SHAPES_WHOLE; i++) {
		struct pkt_spec s = base;

		if (pkt_shape(i)->version != 6)
			continue;
		s.ip = *pkt_shape(i);
		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 5);
		TEST_ASSERT_SUCCESS(gro_end("AAAAA"), "shape %u", i);
	}
	return TEST_SUCCESS;
}

/* A byte of an extension header, or one more of them. */
static int
test_different(void)
{
	static const struct gro_edit options[] = {
		{"first byte of PadN", GRO_IP, 44, 1, "AABC", "AABB", -1},
		{"last byte of PadN", GRO_IP, 47, 0x80, "AABC", "AABB", -1},
		{"second header", GRO_IP, 40 + 16 + 7, 1, "AABC", "AABB", -1},
	};
	struct pkt_spec s = base;

	s.ip.nb_ext = 2;
	s.ip.ext[0] = (struct pkt_ext){.type = IPPROTO_HOPOPTS, .units = 1};
	s.ip.ext[1] = (struct pkt_ext){.type = IPPROTO_DSTOPTS};
	if (gro_edits(&s, options, RTE_DIM(options)) < 0)
		return TEST_FAILED;
	for (unsigned int from = 0; from < 3; from++) {
		gro_begin(CLEAVE_GRO_TCP);
		s.ip.nb_ext = from;
		gro_train(&s, 2);
		s.ip.nb_ext = (from + 1) % 3;
		gro_train(&s, 2);
		TEST_ASSERT_SUCCESS(gro_end("AABB"), "%u headers, then %u", from, (from + 1) % 3);
	}
	return TEST_SUCCESS;
}

/* Fragments, alone and amid the flow's data: it goes before them. */
static int
test_fragments(void)
{
	for (unsigned int i = 0; i < 6; i++) {
		struct pkt_spec s = base, f = base;
		bool first = i < 3;
		uint8_t *x;

		s.ip.nb_ext = f.ip.nb_ext = i % 3;
		for (unsigned int k = 0; k < i % 3; k++)
			s.ip.ext[k] = f.ip.ext[k] = (struct pkt_ext){.type = IPPROTO_DSTOPTS};
		f.ip.ext[f.ip.nb_ext++] = (struct pkt_ext){.type = IPPROTO_FRAGMENT};
		gro_begin(CLEAVE_GRO_TCP);
		gro.conf.timeout_us = 1000000;
		gro_train(&s, 2);
		f.seq = s.seq;
		gro_train(&f, 1);
		gro_train(&s, 2);
		x = gro.f[2].p.data + 14 + 40 + 8 * (i % 3);
		pkt_put16(x + 2, first ? 1 : 0x0100);
		TEST_ASSERT_SUCCESS(gro_end("AABCC"), "row %u", i);
		TEST_ASSERT_EQUAL(gro.stats.pass[CLEAVE_GRO_PASS_FRAGMENT], 1, "not counted");
	}
	return TEST_SUCCESS;
}

/* A fragment header of a packet that is whole ("atomic", RFC 6946). */
static int
test_atomic(void)
{
	struct pkt_spec s = base;

	s.ip.nb_ext = 1;
	s.ip.ext[0] = (struct pkt_ext){.type = IPPROTO_FRAGMENT};
	gro_begin(CLEAVE_GRO_TCP);
	gro_train(&s, 3);
	for (unsigned int i = 0; i < 3; i++)
		pkt_put16(gro.f[i].p.data + 14 + 42, 0);
	return gro_end("ABC");
}

/* Payload lengths that say too much or too little. */
static int
test_length(void)
{
	static const int more[] = {1, 700, 60000, -701, -720};

	for (unsigned int i = 0; i < RTE_DIM(more); i++) {
		struct pkt_spec s = base;
		uint8_t *h;

		gro_begin(CLEAVE_GRO_TCP);
		gro.conf.timeout_us = 1000000;
		gro_train(&s, 4);
		h = gro.f[2].p.data + 14;
		pkt_put16(h + 4, pkt_be16(h + 4) + more[i]);
		gro.f[2].verdict = GRO_NEVER;
		TEST_ASSERT_SUCCESS(gro_end("AABC"), "length and %d", more[i]);
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "merging: the IPv6 header",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_fields),
			TEST_CASE(test_labels),
			TEST_CASE(test_shapes),
			TEST_CASE(test_different),
			TEST_CASE(test_fragments),
			TEST_CASE(test_atomic),
			TEST_CASE(test_length),
			TEST_CASES_END(),
		},
};

static int
test_gro_ip6(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_ip6_autotest, NOHUGE_OK, ASAN_OK, test_gro_ip6);
