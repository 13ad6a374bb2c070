/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_room_autotest: an array that is too small for what leaves: fewer packets are taken, the others
 * are given again, nothing is lost and nothing changes its order; and an array that is the input.
 * Neighbours: gro_test.h.
 */
#include "gro_test.h"

static const struct pkt_spec base = {.ip = {.version = 4, .df = true},
	.proto = IPPROTO_TCP,
	.tcp_flags = CLEAVE_TCP_ACK,
	.seq = 1,
	.payload = 100};

/* n frames of five flows; some never merge. */
static void
mix(unsigned int n, uint32_t seed)
{
	struct pkt_spec s[5];

	for (unsigned int i = 0; i < RTE_DIM(s); i++) {
		s[i] = base;
		s[i].sport = 100 + i;
	}
	for (unsigned int i = 0; i < n; i++) {
		struct pkt_spec *f = &s[pkt_rand(&seed) % RTE_DIM(s)];
		uint32_t r = pkt_rand(&seed) % 12;

		f->payload = r == 0 ? 0 : r == 1 ? 50 : 100;
		f->tcp_flags = r == 2 ? 0x14 : r == 3 ? 0x18 : 0x10;
		f->ip.mf = r == 4;
		gro_train(f, 1);
	}
}

/* Until all are taken, with so much room each time. */
static int
push(unsigned int burst, unsigned int room)
{
	unsigned int calls = 0;

	while (gro.fed < gro.nb) {
		unsigned int n = RTE_MIN(burst, gro.nb - gro.fed), before = gro.nb_out;
		int taken = gro_feed_room(n, room);

		TEST_ASSERT(taken >= 0, "no burst");
		/* a fragment may have many leave before it is taken */
		TEST_ASSERT(taken > 0 || gro.nb_out > before, "nothing taken and nothing left");
		TEST_ASSERT(calls++ < 10000, "no end");
	}
	return TEST_SUCCESS;
}

static int
test_small(void)
{
	for (unsigned int i = 0; i < 400; i++) {
		unsigned int room = 1 + i % 20, burst = 1 + i / 20 * 3;

		gro_begin(CLEAVE_GRO_TCP);
		gro.loose = true; /* a burst ends early */
		mix(60, i + 1);
		TEST_ASSERT_SUCCESS(push(burst, room), "bursts of %u, room for %u", burst, room);
		TEST_ASSERT_SUCCESS(gro_end(NULL), "bursts of %u, room for %u", burst, room);
	}
	return TEST_SUCCESS;
}

static int
test_small_timeout(void)
{
	for (unsigned int i = 0; i < 400; i++) {
		unsigned int room = 2 + i % 20, burst = 1 + i / 20 * 3;

		gro_begin(CLEAVE_GRO_TCP);
		gro.loose = true;
		gro.conf.timeout_us = 1000;
		gro.conf.flows = i % 3 ? 0 : 8;
		mix(60, i + 1);
		TEST_ASSERT_SUCCESS(push(burst, room), "bursts of %u, room for %u", burst, room);
		TEST_ASSERT_SUCCESS(gro_end(NULL), "bursts of %u, room for %u", burst, room);
	}
	return TEST_SUCCESS;
}

/* Twice as much room as packets, in bursts. */
static int
enough(unsigned int burst, unsigned int wait)
{
	struct pkt_spec s = base;

	gro_begin(CLEAVE_GRO_TCP);
	gro.conf.timeout_us = 100;
	gro.conf.flows = 8;
	for (unsigned int k = 0; k < 120; k++) {
		s.sport = 1 + k * 7 % 40;
		s.tcp_flags = k % 3 ? 0x10 : 0x18;
		gro_train(&s, 1);
	}
	while (gro.fed < gro.nb) {
		unsigned int n = RTE_MIN(burst, gro.nb - gro.fed);
		int taken = gro_feed_room(n, CLEAVE_GRO_OUT_PER_PACKET * n);

		TEST_ASSERT_EQUAL(taken, (int)n, "%d of %u taken", taken, n);
		gro_wait(wait);
	}
	return gro_end(NULL);
}

/* All are taken at once, whatever they make leave. */
static int
test_enough(void)
{
	for (unsigned int burst = 1; burst <= 40; burst++)
		TEST_ASSERT_SUCCESS(enough(burst, 0), "bursts of %u", burst);
	return TEST_SUCCESS;
}

/* The same where some have waited long enough as well. */
static int
test_enough_old(void)
{
	for (unsigned int burst = 1; burst <= 40; burst++)
		TEST_ASSERT_SUCCESS(enough(burst, 20), "bursts of %u", burst);
	return TEST_SUCCESS;
}

/* Without a timeout no more leave than came: as much room as packets is enough, be it their own. */
static int
test_in_place(void)
{
	for (unsigned int i = 0; i < 200; i++) {
		unsigned int burst = 1 + i % 60;

		gro_begin(CLEAVE_GRO_TCP);
		gro.in_place = i & 1;
		gro.conf.flows = i % 3 ? 0 : 8;
		mix(60, i + 1);
		while (gro.fed < gro.nb) {
			unsigned int n = RTE_MIN(burst, gro.nb - gro.fed);
			int taken = gro_feed_room(n, n);

			TEST_ASSERT_EQUAL(taken, (int)n, "%d of %u taken", taken, n);
		}
		TEST_ASSERT_SUCCESS(gro_end(NULL), "bursts of %u", burst);
	}
	return TEST_SUCCESS;
}

/* A fragment that asks for more held packets than there is room. */
static int
test_fragment(void)
{
	for (unsigned int room = 2; room < 30; room++) {
		struct pkt_spec s = base;
		unsigned int calls = 0;

		gro_begin(CLEAVE_GRO_TCP);
		gro.conf.timeout_us = 1000000;
		for (unsigned int i = 0; i < 25; i++) {
			s.sport = 100 + i;
			gro_train(&s, 1);
		}
		s.ip.frag_off = 50;
		gro_train(&s, 1);
		TEST_ASSERT_SUCCESS(gro_feed(25), "no burst");
		TEST_ASSERT_EQUAL(cleave_gro_held(gro.gro), 25, "not held");
		while (gro.fed < gro.nb) {
			TEST_ASSERT(gro_feed_room(1, room) >= 0, "no burst");
			TEST_ASSERT(calls++ < 30, "never taken");
		}
		TEST_ASSERT_SUCCESS(gro_end(NULL), "room for %u", room);
	}
	return TEST_SUCCESS;
}

/* No packets and a little room: what has waited leaves bit by bit. */
static int
test_poll(void)
{
	struct pkt_spec s = base;
	unsigned int calls = 0;

	gro_begin(CLEAVE_GRO_TCP);
	gro.conf.timeout_us = 100;
	for (unsigned int i = 0; i < 25; i++) {
		s.sport = 100 + i;
		gro_train(&s, 1);
	}
	TEST_ASSERT_SUCCESS(gro_feed(25), "no burst");
	gro_wait(101);
	while (gro.nb_out < 25) {
		TEST_ASSERT_EQUAL(gro_feed_room(0, 2), 0, "no burst");
		TEST_ASSERT(calls++ < 30, "%u of 25 left", gro.nb_out);
	}
	return gro_end(NULL);
}

static struct unit_test_suite suite = {
	.suite_name = "merging: room",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_small),
			TEST_CASE(test_small_timeout),
			TEST_CASE(test_enough),
			TEST_CASE(test_enough_old),
			TEST_CASE(test_in_place),
			TEST_CASE(test_fragment),
			TEST_CASE(test_poll),
			TEST_CASES_END(),
		},
};

static int
test_gro_room(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_room_autotest, NOHUGE_OK, ASAN_OK, test_gro_room);
