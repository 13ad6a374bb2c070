/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_flags_autotest: each TCP flag on each packet of a train. FIN and PSH join and close, SYN, RST
 * and URG are never merged, CWR merges where all have it, the rest where all have the same.
 * Neighbours: gro_test.h.
 */
#include "gro_test.h"

static const struct pkt_spec base = {.ip = {.version = 4, .id = 7},
	.proto = IPPROTO_TCP,
	.tcp_flags = CLEAVE_TCP_ACK,
	.seq = 5000,
	.payload = 600};

static const struct gro_edit flags[] = {
	{"FIN", GRO_L4, 13, CLEAVE_TCP_FIN, "AAAB", "AAAB", -1},
	{"SYN", GRO_L4, 13, CLEAVE_TCP_SYN, "AABC", "AABC", CLEAVE_GRO_PASS_FLAGS},
	{"RST", GRO_L4, 13, CLEAVE_TCP_RST, "AABC", "AABC", CLEAVE_GRO_PASS_FLAGS},
	{"PSH", GRO_L4, 13, CLEAVE_TCP_PSH, "AAAB", "AAAB", -1},
	{"ACK", GRO_L4, 13, CLEAVE_TCP_ACK, "AABC", "AABB", -1},
	{"URG", GRO_L4, 13, CLEAVE_TCP_URG, "AABC", "AABC", CLEAVE_GRO_PASS_FLAGS},
	{"ECE", GRO_L4, 13, CLEAVE_TCP_ECE, "AABC", "AABB", -1},
	{"CWR", GRO_L4, 13, CLEAVE_TCP_CWR, "AABC", "AABB", -1},
	{"FIN, PSH", GRO_L4, 13, CLEAVE_TCP_FIN | CLEAVE_TCP_PSH, "AAAB", "AAAB", -1},
	{"SYN, ACK", GRO_L4, 13, CLEAVE_TCP_SYN | CLEAVE_TCP_ACK, "AABC", "AABC",
		CLEAVE_GRO_PASS_FLAGS},
	{"RST, PSH", GRO_L4, 13, CLEAVE_TCP_RST | CLEAVE_TCP_PSH, "AABC", "AABC",
		CLEAVE_GRO_PASS_FLAGS},
	{"ECE, CWR", GRO_L4, 13, CLEAVE_TCP_ECE | CLEAVE_TCP_CWR, "AABC", "AABB", -1},
	{"AE", GRO_L4, 12, 0x01, "AABC", "AABB", -1},
};

static int
test_each(void)
{
	struct pkt_spec s = base;

	for (s.ip.version = 4; s.ip.version <= 6; s.ip.version += 2)
		if (gro_edits(&s, flags, RTE_DIM(flags)) < 0)
			return TEST_FAILED;
	return TEST_SUCCESS;
}

/* Four packets with these flags. */
static int
four(const uint8_t *f, const char *want)
{
	struct pkt_spec s = base;

	gro_begin(CLEAVE_GRO_TCP);
	for (unsigned int i = 0; i < 4; i++) {
		s.tcp_flags = f[i];
		TEST_ASSERT_NOT_NULL(gro_add(&s), "no frame");
		gro_next(&s, 1, 0);
	}
	return gro_end(want);
}

static int
test_places(void)
{
	static const struct {
		uint8_t flags[4];
		const char *want;
	} rows[] = {
		{{0x10, 0x10, 0x10, 0x18}, "AAAA"},
		{{0x10, 0x10, 0x10, 0x11}, "AAAA"},
		{{0x10, 0x10, 0x10, 0x19}, "AAAA"},
		{{0x18, 0x10, 0x10, 0x18},
			"ABBB"}, /* PSH on the first: only the last segment has it */
		{{0x11, 0x10, 0x10, 0x10}, "ABBB"},
		{{0x18, 0x18, 0x18, 0x18}, "ABCD"},
		{{0x10, 0x18, 0x10, 0x18}, "AABB"},
		{{0x90, 0x10, 0x10, 0x10}, "ABBB"},
		{{0x90, 0x90, 0x90, 0x90}, "AAAA"}, /* accurate ECN */
		{{0x90, 0x90, 0x90, 0x98}, "AAAA"},
		{{0x90, 0x90, 0x10, 0x90}, "AABC"},
		{{0xd0, 0xd0, 0xd0, 0xd1}, "AAAA"},
		{{0x50, 0x50, 0x50, 0x50}, "AAAA"},
		{{0x50, 0x50, 0xd0, 0xd0}, "AABB"},
		{{0x12, 0x10, 0x10, 0x10}, "ABBB"},
		{{0x14, 0x10, 0x10, 0x14}, "ABBC"},
		{{0x30, 0x30, 0x30, 0x30}, "ABCD"},
		{{0x02, 0x02, 0x12, 0x10}, "ABCD"},
	};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		TEST_ASSERT_SUCCESS(four(rows[i].flags, rows[i].want), "row %u", i);
	return TEST_SUCCESS;
}

/* Every combination, on one of three packets, by the judge. */
static int
test_all(void)
{
	for (unsigned int i = 0; i < 256 * 4; i++) {
		uint8_t f[4] = {0x10, 0x10, 0x10, 0x10};

		f[i % 4] = i / 4;
		TEST_ASSERT_SUCCESS(four(f, NULL), "flags %02x on packet %u", i / 4, i % 4);
	}
	for (unsigned int i = 0; i < 256; i++) {
		const uint8_t f[4] = {i, i, i, i};

		TEST_ASSERT_SUCCESS(four(f, NULL), "flags %02x on all", i);
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "merging: TCP flags",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_each),
			TEST_CASE(test_places),
			TEST_CASE(test_all),
			TEST_CASES_END(),
		},
};

static int
test_gro_flags(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_flags_autotest, NOHUGE_OK, ASAN_OK, test_gro_flags);
