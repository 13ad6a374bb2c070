/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_ip_autotest: the IPv4 header: styles of counting IDs, fields that keep packets apart, and
 * packets that are never merged (options, fragments, the reserved bit, a wrong checksum, a length
 * that lies). Neighbours: gro_test.h, test_ip6.c.
 */
#include "gro_test.h"

static const struct pkt_spec base = {.ip = {.version = 4, .id = 0x1000, .ttl = 60},
	.proto = IPPROTO_TCP,
	.tcp_flags = CLEAVE_TCP_ACK,
	.seq = 1,
	.payload = 700};

static const struct gro_edit edits[] = {
	{"TOS, DSCP", GRO_IP, 1, 0x10, "AABC", "AABB", -1},
	{"ECN: ECT(1)", GRO_IP, 1, 1, "AABC", "AABB", -1},
	{"ECN: ECT(0)", GRO_IP, 1, 2, "AABC", "AABB", -1},
	{"ECN: CE", GRO_IP, 1, 3, "AABC", "AABB", -1},
	{"TTL", GRO_IP, 8, 1, "AABC", "AABB", -1},
	{"DF", GRO_IP, 6, 0x40, "AABC", "AABB", -1},
	{"reserved bit", GRO_IP, 6, 0x80, "AABC", "AABC", CLEAVE_GRO_PASS_IP_OPTIONS},
	{"MF", GRO_IP, 6, 0x20, "AABC", "AABC", CLEAVE_GRO_PASS_FRAGMENT},
	{"offset, low bit", GRO_IP, 7, 0x01, "AABC", "AABC", CLEAVE_GRO_PASS_FRAGMENT},
	{"offset, high bit", GRO_IP, 6, 0x10, "AABC", "AABC", CLEAVE_GRO_PASS_FRAGMENT},
	{"header checksum", GRO_IP, 10, 0x01, "AABC", "AABC", CLEAVE_GRO_PASS_BAD, true},
	{"header checksum", GRO_IP, 11, 0x80, "AABC", "AABC", CLEAVE_GRO_PASS_BAD, true},
	{"TTL without the checksum", GRO_IP, 8, 0x01, "AABC", "AABC", CLEAVE_GRO_PASS_BAD, true},
};

static int
test_fields(void)
{
	struct pkt_spec s = base;

	for (unsigned int i = 0; i < 4; i++) {
		s.ip.df = i & 1;
		s.ip.tos = i & 2 ? 0xb8 : 0;
		if (gro_edits(&s, edits, RTE_DIM(edits)) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
ids(const uint16_t *id, bool df, const char *want)
{
	struct pkt_spec s = base;

	s.ip.df = df;
	gro_begin(CLEAVE_GRO_TCP);
	for (unsigned int i = 0; i < 5; i++) {
		s.ip.id = id[i];
		TEST_ASSERT_NOT_NULL(gro_add(&s), "no frame");
		gro_next(&s, 0, 0);
	}
	return gro_end(want);
}

/* The first two say how it goes on, whatever DF says. */
static int
test_ids(void)
{
	static const struct {
		uint16_t id[5];
		const char *want;
	} rows[] = {
		{{0, 0, 0, 0, 0}, "AAAAA"},
		{{7, 7, 7, 7, 7}, "AAAAA"},
		{{0xffff, 0xffff, 0xffff, 0xffff, 0xffff}, "AAAAA"},
		{{1, 2, 3, 4, 5}, "AAAAA"},
		{{0, 1, 2, 3, 4}, "AAAAA"},
		{{65533, 65534, 65535, 0, 1}, "AAAAA"},
		{{65535, 0, 0, 0, 0}, "AABBB"},
		{{65535, 0, 1, 2, 3}, "AAAAA"},
		{{7, 7, 8, 9, 10}, "AABBB"}, /* constant, then counting */
		{{7, 8, 8, 8, 8}, "AABBB"},  /* counting, then constant */
		{{7, 8, 9, 9, 10}, "AAABB"},
		{{7, 7, 7, 8, 8}, "AAABB"},
		{{9, 8, 7, 6, 5}, "ABCDE"}, /* down */
		{{2, 4, 6, 8, 10}, "ABCDE"},
		{{1, 0x0101, 0x0201, 0x0301, 0x0401},
			"ABCDE"}, /* counting in the other byte order */
		{{0x8000, 0, 0x8000, 0, 0x8000}, "ABCDE"},
		{{0, 0, 1, 1, 2}, "AABBC"},
		{{0xffff, 0, 0xffff, 0, 0xffff}, "AABBC"},
		{{31337, 4, 59999, 60000, 2}, "ABCCD"},
	};

	for (unsigned int i = 0; i < RTE_DIM(rows) * 2; i++)
		TEST_ASSERT_SUCCESS(ids(rows[i / 2].id, i % 2, rows[i / 2].want), "row %u, DF %u",
			i / 2, i % 2);
	return TEST_SUCCESS;
}

/* Around every ID, in both styles: what comes out is what came. */
static int
test_wrap(void)
{
	for (unsigned int id = 0; id < 65536; id += id % 256 == 2 ? 251 : 1) {
		const uint16_t up[] = {id, id + 1, id + 2, id + 3, id + 4},
			       same[] = {id, id, id, id, id};

		TEST_ASSERT_SUCCESS(ids(up, id % 2, "AAAAA"), "from %u on", id);
		TEST_ASSERT_SUCCESS(ids(same, id % 2, "AAAAA"), "%u", id);
	}
	return TEST_SUCCESS;
}

/* Options on the third packet, on all, on the first; their flow waits for nobody. */
static int
test_options(void)
{
	static const char *const want[] = {"AABC", "ABCD", "ABBB"};

	for (unsigned int i = 0; i < 3 * 10; i++) {
		struct pkt_spec s = base;

		gro_begin(CLEAVE_GRO_TCP);
		gro.conf.timeout_us = 1000000;
		for (unsigned int k = 0; k < 4; k++) {
			bool on = i % 3 == 1 || k == (i % 3 == 0 ? 2 : 0);

			s.ip.opt_len = on ? 4 + i / 3 * 4 : 0;
			TEST_ASSERT_NOT_NULL(gro_add(&s), "no frame");
			gro_next(&s, 1, 0);
		}
		TEST_ASSERT_SUCCESS(gro_end(want[i % 3]), "%u bytes", 4 + i / 3 * 4);
		TEST_ASSERT_EQUAL(gro.stats.pass[CLEAVE_GRO_PASS_IP_OPTIONS], i % 3 == 1 ? 4 : 1,
			"not counted");
	}
	return TEST_SUCCESS;
}

/* Total lengths that say too much, too little for the headers, or less than there is. */
static int
test_length(void)
{
	static const struct {
		int more;
		bool never;
	} rows[] = {{1, true}, {700, true}, {64000, true}, {-730, true}, {-725, true}};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		struct pkt_spec s = base;
		uint8_t *h;

		gro_begin(CLEAVE_GRO_TCP);
		gro.conf.timeout_us = 1000000;
		gro_train(&s, 4);
		h = gro.f[2].p.data + gro.f[2].p.want.ip[0].off;
		pkt_put16(h + 2, pkt_be16(h + 2) + rows[i].more);
		gro_fix(&gro.f[2]);
		gro.f[2].verdict = GRO_NEVER;
		TEST_ASSERT_SUCCESS(gro_end("AABC"), "length and %d", rows[i].more);
	}
	return TEST_SUCCESS;
}

/* IHL that lies, another version, another ethertype. */
static int
test_lies(void)
{
	static const uint8_t first[] = {0x00, 0x44, 0x4f, 0x55, 0x65, 0x40};

	for (unsigned int i = 0; i < RTE_DIM(first) + 1; i++) {
		struct pkt_spec s = base;

		gro_begin(CLEAVE_GRO_TCP);
		gro.conf.timeout_us = 1000000;
		gro_train(&s, 4);
		if (i < RTE_DIM(first))
			gro.f[2].p.data[14] = first[i];
		else
			gro.f[2].p.data[12] = 0x86;
		gro_fix(&gro.f[2]);
		gro.f[2].verdict = GRO_NEVER;
		gro.f[2].stray = true;
		TEST_ASSERT_SUCCESS(gro_end("AABC"), "row %u", i);
	}
	return TEST_SUCCESS;
}

/* A header checksum that is right, and not the one that is made: 0xffff for 0. It comes back as it
 * came. */
static int
test_negative_zero(void)
{
	struct pkt_spec s = base;
	unsigned int i;

	s.tcp_flags |= CLEAVE_TCP_PSH;
	gro_begin(CLEAVE_GRO_TCP);
	for (unsigned int k = 0; k < 2; k++) {
		s.tcp_flags ^= CLEAVE_TCP_PSH;
		TEST_ASSERT_NOT_NULL(gro_add(&s), "no frame");
		gro_next(&s, 1, 0);
	}
	for (i = 0; i < 2; i++) {
		uint8_t *h = gro.f[i].p.data + 14;

		/* the source address takes what is missing */
		pkt_put16(h + 14, pkt_sum_add(pkt_be16(gro.f[1].p.data + 24), pkt_be16(h + 14)));
	}
	gro_fix(&gro.f[0]);
	gro_fix(&gro.f[1]);
	TEST_ASSERT_EQUAL(pkt_be16(gro.f[1].p.data + 24), 0, "the test's sum is wrong");
	pkt_put16(gro.f[1].p.data + 24, 0xffff);
	return gro_end(NULL);
}

static struct unit_test_suite suite = {
	.suite_name = "merging: the IPv4 header",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_fields),
			TEST_CASE(test_ids),
			TEST_CASE(test_wrap),
			TEST_CASE(test_options),
			TEST_CASE(test_length),
			TEST_CASE(test_lies),
			TEST_CASE(test_negative_zero),
			TEST_CASES_END(),
		},
};

static int
test_gro_ip(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_ip_autotest, NOHUGE_OK, ASAN_OK, test_gro_ip);
