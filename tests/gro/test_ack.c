/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_ack_autotest: packets without payload are never merged, and never overtake their flow's data
 * or are overtaken by it; data that carries another acknowledgement or window is not merged.
 * Neighbours: gro_test.h, test_padding.c (pure ACKs with padding).
 */
#include "gro_test.h"

static const struct pkt_spec base = {.ip = {.version = 4, .df = true, .id = 7},
	.proto = IPPROTO_TCP,
	.tcp_flags = CLEAVE_TCP_ACK,
	.tcp_opt = PKT_TCP_TS,
	.seq = 5000,
	.ack = 100,
	.window = 400,
	.payload = 1448};

/* d: data, a: pure ACK, p: the same with PSH, w: a window update, f: FIN without data. */
static int
mix(uint8_t version, const char *what, const char *want)
{
	struct pkt_spec s = base;
	unsigned int empty = 0;

	s.ip.version = version;
	gro_begin(CLEAVE_GRO_TCP);
	for (; *what != '\0'; what++) {
		struct pkt_spec f = s;

		if (*what != 'd') {
			f.payload = 0;
			f.tcp_flags |= *what == 'p'   ? CLEAVE_TCP_PSH
				       : *what == 'f' ? CLEAVE_TCP_FIN
						      : 0;
			f.window += *what == 'w';
			empty++;
		}
		TEST_ASSERT_NOT_NULL(gro_add(&f), "no frame");
		s.seq += f.payload;
		s.ip.id++;
	}
	TEST_ASSERT_SUCCESS(gro_end(want), "IPv%u", version);
	TEST_ASSERT_EQUAL(gro.stats.pass[CLEAVE_GRO_PASS_EMPTY], empty,
		"%u counted as empty, not %u", (unsigned int)gro.stats.pass[CLEAVE_GRO_PASS_EMPTY],
		empty);
	return TEST_SUCCESS;
}

static int
test_mix(void)
{
	static const char *const rows[][2] = {
		{"a", "A"},
		{"aaaa", "ABCD"},
		{"dda", "AAB"},
		{"ddadd", "AABCC"},
		{"adad", "ABCD"},
		{"ddpdd", "AABCC"},
		{"ddwdd", "AABCC"},
		{"ddf", "AAB"},
		{"ffdd", "ABCC"},
		{"aaddaadd", "ABCCDEFF"},
	};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		for (uint8_t version = 4; version <= 6; version += 2)
			TEST_ASSERT_SUCCESS(mix(version, rows[i][0], rows[i][1]), "%s", rows[i][0]);
	return TEST_SUCCESS;
}

/* A pure ACK of another flow changes nothing. */
static int
test_other_flow(void)
{
	struct pkt_spec s = base, other = base;

	other.payload = 0;
	other.sport = 99;
	gro_begin(CLEAVE_GRO_TCP);
	for (unsigned int i = 0; i < 4; i++) {
		gro_train(&s, 1);
		gro_train(&other, 1);
	}
	return gro_end("ABACADAE");
}

/* The flow waits for more: a pure ACK ends that. */
static int
test_flushes(void)
{
	struct pkt_spec s = base;

	gro_begin(CLEAVE_GRO_TCP);
	gro.conf.timeout_us = 1000000;
	gro_train(&s, 3);
	s.payload = 0;
	gro_train(&s, 1);
	TEST_ASSERT_SUCCESS(gro_feed(3), "no burst");
	TEST_ASSERT(gro.nb_out == 0 && cleave_gro_held(gro.gro) == 1, "%u out", gro.nb_out);
	TEST_ASSERT_SUCCESS(gro_feed(1), "no burst");
	TEST_ASSERT(gro.nb_out == 2 && cleave_gro_held(gro.gro) == 0, "%u out", gro.nb_out);
	TEST_ASSERT_SUCCESS(gro_end("AAAB"), "wrong");
	TEST_ASSERT_EQUAL(gro.stats.flush[CLEAVE_GRO_FLUSH_PASSED], 1, "not counted");
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "merging: packets without payload",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_mix),
			TEST_CASE(test_other_flow),
			TEST_CASE(test_flushes),
			TEST_CASES_END(),
		},
};

static int
test_gro_ack(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_ack_autotest, NOHUGE_OK, ASAN_OK, test_gro_ack);
