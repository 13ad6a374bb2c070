/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_time_autotest: how long packets wait: to the timeout and not beyond, checked on every poll;
 * clocks that jump; a timeout that changes; a flush. Neighbours: gro_test.h.
 */
#include "gro_test.h"

static const struct pkt_spec base = {.ip = {.version = 4, .df = true},
	.proto = IPPROTO_TCP,
	.tcp_flags = CLEAVE_TCP_ACK,
	.seq = 1,
	.payload = 800};

/* How many left in this poll. */
static int
poll_now(unsigned int nb)
{
	unsigned int before = gro.nb_out;

	if (gro_feed(nb) < 0)
		return -1;
	return gro.nb_out - before;
}

/* Two frames are held, in a table with this timeout. */
static int
hold(uint32_t timeout, unsigned int nb)
{
	struct pkt_spec s = base;

	gro_begin(CLEAVE_GRO_TCP);
	gro.conf.timeout_us = timeout;
	gro_train(&s, nb);
	TEST_ASSERT_EQUAL(poll_now(2), 0, "not held");
	TEST_ASSERT_EQUAL(cleave_gro_held(gro.gro), 1, "%u held", cleave_gro_held(gro.gro));
	return TEST_SUCCESS;
}

static int
ends(const char *want, enum cleave_gro_flush why)
{
	TEST_ASSERT_SUCCESS(gro_end(want), "wrong");
	TEST_ASSERT_EQUAL(gro.stats.flush[why], 1, "%s is %u", cleave_gro_flush_name(why),
		(unsigned int)gro.stats.flush[why]);
	return TEST_SUCCESS;
}

static int
test_timeout(void)
{
	static const uint32_t timeouts[] = {
		10, 100, 1000, 1000000, 60000000, CLEAVE_GRO_TIMEOUT_MAX, UINT32_MAX};

	for (unsigned int i = 0; i < RTE_DIM(timeouts); i++) {
		uint32_t us = RTE_MIN(timeouts[i], (uint32_t)CLEAVE_GRO_TIMEOUT_MAX);

		if (hold(timeouts[i], 2) < 0)
			return TEST_FAILED;
		gro_wait(us - us / 10 - 1);
		TEST_ASSERT_EQUAL(poll_now(0), 0, "%u us: too early", timeouts[i]);
		gro_wait(us / 10 + 3 + us / 10000);
		TEST_ASSERT_EQUAL(poll_now(0), 1, "%u us: too late", timeouts[i]);
		TEST_ASSERT_SUCCESS(ends("AA", CLEAVE_GRO_FLUSH_TIMEOUT), "%u us", timeouts[i]);
	}
	return TEST_SUCCESS;
}

/* More of the flow does not make the first one wait longer. */
static int
test_not_prolonged(void)
{
	if (hold(1000, 6) < 0)
		return TEST_FAILED;
	for (unsigned int i = 0; i < 3; i++) {
		gro_wait(300);
		TEST_ASSERT_EQUAL(poll_now(1), 0, "left at %u", 300 * (i + 1));
	}
	gro_wait(110);
	TEST_ASSERT_EQUAL(poll_now(0), 1, "still waits");
	TEST_ASSERT_EQUAL(poll_now(1), 0, "the next one starts anew");
	return gro_end("AAAAAB");
}

/* A burst of other flows is a poll as well. */
static int
test_other_flows(void)
{
	struct pkt_spec other = base;

	other.sport = 9;
	if (hold(100, 2) < 0)
		return TEST_FAILED;
	gro_train(&other, 2);
	gro_wait(102);
	TEST_ASSERT_EQUAL(poll_now(2), 1, "still waits");
	return gro_end("AABB");
}

/* Backwards by a tick, by a second, by all; forwards by years. */
static int
test_clock(void)
{
	static const int64_t steps[] = {-1, -1000000000, INT64_MIN / 4, INT64_MAX / 2, INT64_MAX};

	for (unsigned int i = 0; i < RTE_DIM(steps); i++) {
		if (hold(1000000, 4) < 0)
			return TEST_FAILED;
		if (steps[i] < -1000000000)
			gro.now = 5;
		else
			gro.now += steps[i];
		gro.epoch++;
		TEST_ASSERT_EQUAL(poll_now(0), 1, "step %ld: still waits", (long)steps[i]);
		/* and it works on, by the new clock */
		TEST_ASSERT_EQUAL(poll_now(2), 0, "step %ld: does not wait", (long)steps[i]);
		gro_wait(500000);
		TEST_ASSERT_EQUAL(poll_now(0), 0, "step %ld: too early", (long)steps[i]);
		gro_wait(500100);
		TEST_ASSERT_EQUAL(poll_now(0), 1, "step %ld: too late", (long)steps[i]);
		TEST_ASSERT_SUCCESS(gro_end("AABB"), "step %ld", (long)steps[i]);
	}
	return TEST_SUCCESS;
}

/* Backwards in a poll with packets. */
static int
test_backwards_burst(void)
{
	if (hold(1000000, 4) < 0)
		return TEST_FAILED;
	gro.now -= 1000;
	gro.epoch++;
	gro.loose = true; /* they join it before it leaves, or not */
	TEST_ASSERT_SUCCESS(gro_feed(2), "no burst");
	return gro_end(NULL);
}

/* Backwards, but not beyond the older one of two that are held: both waits end. */
static int
test_backwards_between(void)
{
	struct pkt_spec other = base;

	other.sport = 9;
	if (hold(1000000, 2) < 0)
		return TEST_FAILED;
	gro_train(&other, 1);
	gro_wait(100);
	TEST_ASSERT_EQUAL(poll_now(1), 0, "not held");
	gro.now -= 1000;
	gro.epoch++;
	TEST_ASSERT_EQUAL(poll_now(0), 2, "%u still wait", cleave_gro_held(gro.gro));
	return gro_end("AAB");
}

static int
test_change(void)
{
	/* longer */
	if (hold(100, 2) < 0)
		return TEST_FAILED;
	cleave_gro_set_timeout(gro.gro, 1000);
	gro_wait(900);
	TEST_ASSERT_EQUAL(poll_now(0), 0, "does not wait for the new timeout");
	gro_wait(102);
	TEST_ASSERT_EQUAL(poll_now(0), 1, "waits longer");
	TEST_ASSERT_SUCCESS(ends("AA", CLEAVE_GRO_FLUSH_TIMEOUT), "longer");
	/* shorter */
	if (hold(100000, 2) < 0)
		return TEST_FAILED;
	gro_wait(900);
	cleave_gro_set_timeout(gro.gro, 100);
	TEST_ASSERT_EQUAL(poll_now(0), 1, "waits for the old timeout");
	TEST_ASSERT_SUCCESS(ends("AA", CLEAVE_GRO_FLUSH_TIMEOUT), "shorter");
	/* none */
	if (hold(100000, 2) < 0)
		return TEST_FAILED;
	cleave_gro_set_timeout(gro.gro, 0);
	TEST_ASSERT_EQUAL(poll_now(0), 1, "waits without a timeout");
	TEST_ASSERT_SUCCESS(gro_end("AA"), "none");
	/* and one where there was none */
	gro_begin(CLEAVE_GRO_TCP);
	{
		struct pkt_spec s = base;

		gro_train(&s, 4);
	}
	TEST_ASSERT_EQUAL(poll_now(2), 1, "held without a timeout");
	cleave_gro_set_timeout(gro.gro, 100);
	gro.conf.timeout_us = 100;
	TEST_ASSERT_EQUAL(poll_now(2), 0, "does not wait for the new timeout");
	TEST_ASSERT_SUCCESS(gro_end("AABB"), "some");
	return TEST_SUCCESS;
}

/* Oldest first, one at a time. */
static int
test_flush_order(void)
{
	struct pkt_spec s = base;
	struct rte_mbuf *m;

	gro_begin(CLEAVE_GRO_TCP);
	gro.conf.timeout_us = 1000000;
	for (unsigned int i = 0; i < 20; i++) {
		s.sport = 100 + i * 7 % 20;
		gro_train(&s, 1);
		TEST_ASSERT_EQUAL(poll_now(1), 0, "not held");
		gro_wait(10);
	}
	for (unsigned int i = 0; i < 20; i++) {
		TEST_ASSERT_EQUAL(cleave_gro_flush(gro.gro, &m, 1), 1, "nothing there");
		gro.out[gro.nb_out++] = m;
		TEST_ASSERT(m == gro.f[i].m, "number %u to leave is not the oldest", i);
		TEST_ASSERT_EQUAL(cleave_gro_held(gro.gro), 19 - i, "held");
	}
	TEST_ASSERT_EQUAL(cleave_gro_flush(gro.gro, &m, 1), 0, "one more");
	TEST_ASSERT_SUCCESS(gro_end(NULL), "wrong");
	TEST_ASSERT_EQUAL(gro.stats.flush[CLEAVE_GRO_FLUSH_ASKED], 20, "not counted");
	return TEST_SUCCESS;
}

/* Many wait, each to its own time. */
static int
test_staggered(void)
{
	struct pkt_spec s = base;

	gro_begin(CLEAVE_GRO_TCP);
	gro.conf.timeout_us = 1000;
	for (unsigned int i = 0; i < 50; i++) {
		s.sport = 100 + i;
		gro_train(&s, 1);
	}
	for (unsigned int i = 0; i < 50; i++) {
		TEST_ASSERT_EQUAL(poll_now(1), 0, "too early");
		gro_wait(10);
	}
	gro_wait(505); /* the first one came 1005 us ago */
	for (unsigned int i = 0; i < 50; i++) {
		TEST_ASSERT_EQUAL(poll_now(0), 1, "at %u", i);
		gro_wait(10);
	}
	TEST_ASSERT_SUCCESS(gro_end(NULL), "wrong");
	TEST_ASSERT_EQUAL(gro.stats.flush[CLEAVE_GRO_FLUSH_TIMEOUT], 50, "not counted");
	return TEST_SUCCESS;
}

/* No timeout: what ends the wait is the burst's end. */
static int
test_burst_end(void)
{
	struct pkt_spec s = base;

	gro_begin(CLEAVE_GRO_TCP);
	gro_train(&s, 3);
	return gro_end("AAA") < 0 || gro.stats.flush[CLEAVE_GRO_FLUSH_BURST] != 1 ? TEST_FAILED
										  : TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "merging: time",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_timeout),
			TEST_CASE(test_not_prolonged),
			TEST_CASE(test_other_flows),
			TEST_CASE(test_clock),
			TEST_CASE(test_backwards_burst),
			TEST_CASE(test_backwards_between),
			TEST_CASE(test_change),
			TEST_CASE(test_flush_order),
			TEST_CASE(test_staggered),
			TEST_CASE(test_burst_end),
			TEST_CASES_END(),
		},
};

static int
test_gro_time(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_time_autotest, NOHUGE_OK, ASAN_OK, test_gro_time);
