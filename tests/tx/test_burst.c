/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_burst_autotest: back-pressure, order and refusals of cleave_tx_burst(). Every fault is
 * net_probe's; after each case all mbufs are back (tx_test_close). Neighbours: test_drop.c.
 */
#include "tx_test.h"

#define MSS 1000

static const struct pkt_spec tcp4 = {
	.ip = {.version = 4, .ttl = 64},
	.proto = IPPROTO_TCP,
	.tcp_flags = 0x10,
};

/* A burst of packets whose payloads are payload[i] bytes; above 1400 marked. */
struct burst {
	unsigned int n;
	struct rte_mbuf *m[16];
	struct pkt bytes[16];
};

static int
make_burst(struct tx_test *t, struct burst *b, const uint32_t *payload, unsigned int n)
{
	b->n = n;
	for (unsigned int i = 0; i < n; i++) {
		struct pkt_spec spec = tcp4;

		spec.payload = payload[i];
		spec.seed = spec.seq = 7 * i + 1;
		b->m[i] = tx_test_packet(t, &spec, 0, &b->bytes[i]);
		TEST_ASSERT_NOT_NULL(b->m[i], "no packet");
		if (payload[i] > 1400)
			tx_test_mark(b->m[i], &b->bytes[i], MSS);
	}
	return TEST_SUCCESS;
}

static int
check_burst(struct tx_test *t, struct burst *b)
{
	unsigned int frames;

	for (unsigned int i = 0; i < b->n; i++) {
		int rc = tx_test_wire(
			t, &b->bytes[i], b->bytes[i].want.payload_len > 1400 ? MSS : 1460, &frames);

		TEST_ASSERT_SUCCESS(rc, "packet %u of the burst", i);
		pkt_free(&b->bytes[i]);
	}
	TEST_ASSERT_EQUAL(rte_net_probe_tx_pending(t->port, 0), 0, "more frames on the wire");
	return TEST_SUCCESS;
}

static const uint32_t mixed[] = {100, 5000, 0, 60000, 9, 1400, 2001, 3000};

/* A port that takes k frames a burst: everything leaves, once and in order, in the end. */
static int
test_backpressure(void)
{
	static const char *const args[] = {"tx_capa=8000", "tx_capa=0", "tx_capa=802f"};

	for (unsigned int i = 0; i < 3 * 12; i++) {
		struct rte_net_probe_faults f = RTE_NET_PROBE_NO_FAULTS;
		unsigned int at = 0, calls = 0;
		struct tx_test t;
		struct burst b;

		if (tx_test_open(&t, args[i % 3], NULL) < 0 ||
			make_burst(&t, &b, mixed, RTE_DIM(mixed)) < 0)
			return TEST_FAILED;
		f.tx_accept = 1 + i / 3;
		rte_net_probe_faults_set(t.port, 0, &f);
		while (at < b.n && ++calls < 1000)
			at += cleave_tx_burst(t.port, 0, &b.m[at], b.n - at);
		while (cleave_tx_flush(t.port, 0) != 0 && ++calls < 1000)
			;
		TEST_ASSERT_EQUAL(at, b.n, "stuck at packet %u", at);
		TEST_ASSERT_EQUAL(cleave_tx_pending(t.port, 0), 0, "segments are held back");
		TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "refused by the port");
		if (check_burst(&t, &b) < 0)
			return TEST_FAILED;
		TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_PLAIN] +
					  tx_test_stats(&t).plan[CLEAVE_PLAN_TSO] +
					  tx_test_stats(&t).plan[CLEAVE_PLAN_GSO],
			b.n, "a packet is counted twice or not at all");
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* A port that takes nothing: the first super-packet is kept, nothing else is taken, nothing
 * lost. */
static int
test_stalled_port(void)
{
	struct rte_net_probe_faults stall = {.tx_stall = true, .tx_accept = UINT16_MAX};
	struct rte_net_probe_faults none = RTE_NET_PROBE_NO_FAULTS;
	struct tx_test t;
	struct burst b;
	uint16_t taken;

	if (tx_test_open(&t, "tx_capa=8000", NULL) < 0 || make_burst(&t, &b, mixed + 1, 4) < 0)
		return TEST_FAILED;
	rte_net_probe_faults_set(t.port, 0, &stall);
	taken = cleave_tx_burst(t.port, 0, b.m, b.n);
	TEST_ASSERT_EQUAL(taken, 1, "%u taken: only the super-packet that was cut", taken);
	TEST_ASSERT_EQUAL(cleave_tx_pending(t.port, 0), 5, "its segments are not all held back");
	for (unsigned int i = 0; i < 10; i++)
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &b.m[1], b.n - 1), 0, "took more");
	rte_net_probe_faults_set(t.port, 0, &none);
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &b.m[1], b.n - 1), b.n - 1, "not taken");
	if (check_burst(&t, &b) < 0)
		return TEST_FAILED;
	return tx_test_close(&t);
}

/* A merged packet that the port's engine is to cut is not taken: what is known of it is still there
 * for its owner, who counts its frames or tries again. */
static int
test_not_taken(void)
{
	struct rte_net_probe_faults stall = {.tx_stall = true, .tx_accept = UINT16_MAX};
	struct rte_net_probe_faults none = RTE_NET_PROBE_NO_FAULTS;
	struct tx_test t;
	struct burst b;

	if (tx_test_open(&t, "tx_capa=802f", NULL) < 0 || make_burst(&t, &b, mixed + 1, 1) < 0)
		return TEST_FAILED;
	b.m[0]->ol_flags |= cleave_meta_flag;
	*cleave_meta(b.m[0]) = (struct cleave_meta){.nb_segs = 5};
	rte_net_probe_faults_set(t.port, 0, &stall);
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, b.m, 1), 0, "taken");
	TEST_ASSERT(b.m[0]->ol_flags & cleave_meta_flag, "nobody knows of how many it is merged");
	TEST_ASSERT_EQUAL(cleave_meta(b.m[0])->nb_segs, 5, "of another number");
	rte_net_probe_faults_set(t.port, 0, &none);
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, b.m, 1), 1, "not taken");
	TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_TSO], 1, "not by the engine");
	if (check_burst(&t, &b) < 0)
		return TEST_FAILED;
	return tx_test_close(&t);
}

/* What is held back when the queue goes is freed, and said. */
static int
test_teardown(void)
{
	struct rte_net_probe_faults stall = {.tx_stall = true, .tx_accept = UINT16_MAX};
	struct tx_test t;
	struct burst b;

	if (tx_test_open(&t, "tx_capa=8000", NULL) < 0 || make_burst(&t, &b, mixed + 1, 1) < 0)
		return TEST_FAILED;
	rte_net_probe_faults_set(t.port, 0, &stall);
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, b.m, 1), 1, "not taken");
	TEST_ASSERT_EQUAL(cleave_tx_teardown(t.port, 0), 5, "five segments were held back");
	TEST_ASSERT_EQUAL(cleave_tx_teardown(t.port, 0), 0, "torn down twice");
	pkt_free(&b.bytes[0]);
	return tx_test_close(&t);
}

/* tx_prepare refuses every third packet: that one is dropped and counted, the others leave in order
 * (SEMANTICS.md part 4, item 9). */
static int
test_prepare_refuses(void)
{
	struct rte_net_probe_faults f = {.tx_accept = UINT16_MAX, .prepare_refuse_every = 3};
	static const uint32_t small[] = {10, 20, 30, 40, 50, 60, 70};
	struct tx_test t;
	struct burst b;

	if (tx_test_open(&t, NULL, NULL) < 0 || make_burst(&t, &b, small, RTE_DIM(small)) < 0)
		return TEST_FAILED;
	rte_net_probe_faults_set(t.port, 0, &f);
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, b.m, b.n), b.n, "not all were taken");
	for (unsigned int i = 0; i < b.n; i++) {
		if (i % 3 != 2 && tx_test_frame(&t, b.bytes[i].data, b.bytes[i].len) < 0)
			return TEST_FAILED;
		pkt_free(&b.bytes[i]);
	}
	TEST_ASSERT_EQUAL(tx_test_stats(&t).drop[CLEAVE_DROP_REFUSED], 2, "not counted");
	return tx_test_close(&t);
}

/* The k-th mbuf of each pool is not there, for every k: counted, input freed, nothing else lost. */
static int
test_pool_dry(void)
{
	static const char *const args[] = {"tx_capa=8000", "tx_capa=0"};
	struct tx_test t;
	struct pkt bytes;
	struct rte_mbuf *m;
	unsigned int frames;

	for (unsigned int i = 0; i < 4; i++) {
		if (tx_test_open(&t, args[i / 2], NULL) < 0)
			return TEST_FAILED;
		for (unsigned int left = 0; left < 40; left++) {
			struct rte_mempool *mp = i % 2 ? t.pools.direct : t.pools.indirect;
			struct pkt_spec spec = tcp4;
			struct rte_net_probe_hold *hold;
			uint64_t dropped;

			spec.payload = 8000;
			m = tx_test_packet(&t, &spec, 700, &bytes);
			TEST_ASSERT_NOT_NULL(m, "no packet");
			tx_test_mark(m, &bytes, MSS);
			hold = rte_net_probe_mempool_drain(mp, left);
			TEST_ASSERT_NOT_NULL(hold, "pool not drained");
			cleave_tx_stats_reset(t.port, 0);
			TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
			dropped = tx_test_stats(&t).drop[CLEAVE_DROP_NO_MBUF];
			if (dropped == 0)
				TEST_ASSERT_SUCCESS(tx_test_wire(&t, &bytes, MSS, &frames),
					"%u mbufs left", left);
			TEST_ASSERT_EQUAL(rte_net_probe_tx_pending(t.port, 0), 0, "half a packet");
			TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_GSO] + dropped, 1,
				"neither cut nor counted");
			TEST_ASSERT(left != 0 || dropped == 1 || (i == 2), "cut with nothing");
			TEST_ASSERT(left != 39 || dropped == 0, "not cut with all it needs");
			rte_net_probe_mempool_refill(hold);
			pkt_free(&bytes);
		}
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* A program that only replaces the call: the queue is set up by itself, with pools of the
 * library. */
static int
test_drop_in(void)
{
	struct tx_test t;
	struct burst b;

	if (tx_test_open(&t, "tx_capa=8000", NULL) < 0 ||
		make_burst(&t, &b, mixed, RTE_DIM(mixed)) < 0)
		return TEST_FAILED;
	cleave_tx_teardown(t.port, 0);
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, b.m, b.n), b.n, "not taken");
	TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_GSO], 4, "not cut");
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 5, b.m, 1), 0, "a queue that is not there");
	TEST_ASSERT_EQUAL(cleave_tx_setup(t.port, 5, NULL), -EINVAL, "a queue that is not there");
	TEST_ASSERT_EQUAL(cleave_tx_setup(RTE_MAX_ETHPORTS, 0, NULL), -ENODEV, "no such port");
	TEST_ASSERT_EQUAL(cleave_tx_setup(t.port, 0, &(struct cleave_tx_conf){.gso_segsz = 40}),
		-EINVAL, "frames of 40 bytes");
	if (check_burst(&t, &b) < 0)
		return TEST_FAILED;
	return tx_test_close(&t);
}

static int
test_tx_burst(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "burst",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_backpressure),
				TEST_CASE(test_stalled_port),
				TEST_CASE(test_not_taken),
				TEST_CASE(test_teardown),
				TEST_CASE(test_prepare_refuses),
				TEST_CASE(test_pool_dry),
				TEST_CASE(test_drop_in),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_burst_autotest, test_tx_burst);
