/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_capacity_autotest: more flows than the table holds, chains as long as they may be, settings
 * that are refused: merging gets less, order and packets do not. Neighbours: gro_test.h,
 * test_flood.c.
 */
#include <rte_errno.h>

#include "gro_test.h"

static const struct pkt_spec base = {.ip = {.version = 4, .id = 7},
	.proto = IPPROTO_TCP,
	.tcp_flags = CLEAVE_TCP_ACK,
	.seq = 1,
	.payload = 300};

#define FLOWS 200

/* Flows packet by packet in turn, in bursts, through a table of so many. */
static int
turn(uint32_t flows, uint32_t timeout, unsigned int nb_flows, unsigned int burst)
{
	static struct pkt_spec s[FLOWS];

	gro_begin(CLEAVE_GRO_TCP);
	gro.conf.flows = flows;
	gro.conf.timeout_us = timeout;
	for (unsigned int i = 0; i < nb_flows * 5; i++) {
		struct pkt_spec *f = &s[i % nb_flows];

		if (i < nb_flows) {
			*f = base;
			f->sport = 2000 + i;
			f->ip.version = i % 3 ? 4 : 6;
		}
		TEST_ASSERT_NOT_NULL(gro_add(f), "no frame");
		gro_next(f, 1, 0);
	}
	while (gro.fed < gro.nb)
		TEST_ASSERT_SUCCESS(gro_feed(RTE_MIN(burst, gro.nb - gro.fed)), "no burst");
	return gro_end(NULL);
}

static int
test_flows(void)
{
	static const uint32_t tables[] = {0, 1, 8, 9, 16, 64};
	static const unsigned int bursts[] = {1000, 32, 7, 1};

	for (unsigned int i = 0; i < RTE_DIM(tables) * RTE_DIM(bursts); i++)
		for (unsigned int n = 1; n <= FLOWS; n += n < 12 ? 1 : 47)
			for (unsigned int timeout = 0; timeout <= 1000000; timeout += 1000000)
				TEST_ASSERT_SUCCESS(turn(tables[i / 4], timeout, n, bursts[i % 4]),
					"table of %u, %u flows, bursts of %u, timeout %u",
					tables[i / 4], n, bursts[i % 4], timeout);
	return TEST_SUCCESS;
}

/* One flow more than there is room for: one has to leave, and that is counted. */
static int
test_eviction(void)
{
	TEST_ASSERT_SUCCESS(turn(8, 1000000, 100, 50), "wrong");
	TEST_ASSERT(gro.stats.flush[CLEAVE_GRO_FLUSH_EVICTED] >= 92, "%u evicted",
		(unsigned int)gro.stats.flush[CLEAVE_GRO_FLUSH_EVICTED]);
	return TEST_SUCCESS;
}

/* Chains as long as max_mbufs says, of frames of one and of three mbufs. */
static int
test_max_mbufs(void)
{
	for (unsigned int max = 2; max < 24; max++)
		for (unsigned int pieces = 1; pieces <= 3; pieces += 2) {
			struct pkt_spec s = base;

			gro_begin(CLEAVE_GRO_TCP);
			gro.conf.max_mbufs = max;
			gro_train(&s, 50);
			for (unsigned int i = 0; i < 50 && pieces > 1; i++) {
				gro.f[i].pieces[0] = 154;
				gro.f[i].pieces[1] = 100;
			}
			TEST_ASSERT_SUCCESS(gro_end(NULL), "at most %u, %u each", max, pieces);
			if (pieces == 1)
				TEST_ASSERT_EQUAL(gro.stats.supers, 50 / max + (50 % max > 1),
					"at most %u: %u packets", max,
					(unsigned int)gro.stats.supers);
		}
	return TEST_SUCCESS;
}

/* No early stop at 20 mbufs. */
static int
test_long_chain(void)
{
	struct pkt_spec s = base;
	char want[101];

	memset(want, 'A', 100);
	want[100] = '\0';
	gro_begin(CLEAVE_GRO_TCP);
	gro_train(&s, 100);
	return gro_end(want);
}

static int
test_create(void)
{
	struct cleave_gro_conf conf = {.flows = (1 << 20) + 1, .flags = CLEAVE_GRO_TCP};

	conf.socket_id = SOCKET_ID_ANY;
	rte_errno = 0;
	TEST_ASSERT_NULL(cleave_gro_create(&conf), "too many flows");
	TEST_ASSERT_EQUAL(rte_errno, EINVAL, "rte_errno %d", rte_errno);
	conf.flows = 8;
	conf.flags = 0x8000;
	rte_errno = 0;
	TEST_ASSERT_NULL(cleave_gro_create(&conf), "unknown flags");
	TEST_ASSERT_EQUAL(rte_errno, EINVAL, "rte_errno %d", rte_errno);
	cleave_gro_free(NULL);
	for (unsigned int i = 0; i < CLEAVE_GRO_NB_PASSES; i++)
		TEST_ASSERT_NOT_NULL(cleave_gro_pass_name(i), "no name");
	TEST_ASSERT(strcmp(cleave_gro_pass_name(CLEAVE_GRO_PASS_EMPTY), "gro_empty") == 0, "name");
	TEST_ASSERT(strcmp(cleave_gro_flush_name(CLEAVE_GRO_FLUSH_CLOSED), "gro_flush_closed") == 0,
		"name");
	return TEST_SUCCESS;
}

/* What is held when the table is freed goes with it; gro_end() counts the mbufs. */
static int
test_free(void)
{
	struct pkt_spec s = base;

	gro_begin(CLEAVE_GRO_TCP);
	gro.conf.timeout_us = 1000000;
	gro_train(&s, 5);
	TEST_ASSERT_SUCCESS(gro_feed(5), "no burst");
	TEST_ASSERT(gro.nb_out == 0 && cleave_gro_held(gro.gro) == 1, "not held");
	gro_begin(CLEAVE_GRO_TCP);
	gro_train(&s, 1);
	return gro_end("A");
}

/* Counters go back to zero, what is held stays; the dump has a line for it. */
static int
test_reset(void)
{
	struct cleave_gro_stats stats;
	struct pkt_spec s = base;
	char *text = NULL;
	size_t len = 0;
	FILE *f;

	gro_begin(CLEAVE_GRO_TCP);
	gro.conf.timeout_us = 1000000;
	gro_train(&s, 5);
	TEST_ASSERT_SUCCESS(gro_feed(5), "no burst");
	f = open_memstream(&text, &len);
	TEST_ASSERT_NOT_NULL(f, "no stream");
	cleave_gro_dump(f, gro.gro, gro.now);
	fclose(f);
	TEST_ASSERT(
		strstr(text, "10.0.0.1") != NULL && strstr(text, "1234") != NULL, "dump: %s", text);
	free(text);
	cleave_gro_stats_reset(gro.gro);
	cleave_gro_stats_get(gro.gro, &stats);
	TEST_ASSERT(stats.packets == 0 && stats.merged == 0 && stats.held == 1, "not reset");
	gro_begin(0);
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "merging: capacity",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_flows),
			TEST_CASE(test_eviction),
			TEST_CASE(test_max_mbufs),
			TEST_CASE(test_long_chain),
			TEST_CASE(test_create),
			TEST_CASE(test_free),
			TEST_CASE(test_reset),
			TEST_CASES_END(),
		},
};

static int
test_gro_capacity(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_capacity_autotest, NOHUGE_OK, ASAN_OK, test_gro_capacity);
