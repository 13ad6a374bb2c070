/* SPDX-License-Identifier: BSD-3-Clause
 *
 * vtap_flow_churn_autotest: rules of net_vtap come and go while frames flow. Each frame obeys the rules that
 * held while it was sent, and those that stay hold all the time. Neighbours: flow_test.h, test_vtap_flow.c.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include <rte_cycles.h>

#include "../pkt.h"
#include "../test.h"
#include "flow_test.h"

#define QUEUES 8
#define TURNS 24 /* of three rules */
#define FRAMES_MAX (16 << 20)
#define FLOWS 61

/* What a frame is for, its destination port. */
enum {
	PLAIN,	     /* no rule */
	KEPT_QUEUE,  /* a rule that stays: queue 3 */
	KEPT_DROP,   /* one that drops */
	OTHER_DROP,  /* a rule to drop it comes and goes */
	OTHER_QUEUE, /* to queue 5 */
	OVER_DROP,   /* to queue 5, before a rule that stays and drops */
	CLASSES,
};

static struct flow_rss rss = {.types = RTE_ETH_RSS_NONFRAG_IPV4_TCP};
static struct rte_flow_error error;
static uint32_t seed = 200;
static struct flow_frame frames[CLASSES][FLOWS];
static int by_rss[CLASSES][FLOWS];
static int8_t where[FRAMES_MAX]; /* that frames arrived in */
static atomic_uint begun, done;	 /* to be sent */
static unsigned int arrived;
static atomic_bool stop, failed;

/* Frames of which it is known what rules hold: from a change's end to the next one's beginning. */
static struct {
	uint32_t from, until;
} turns[2 * TURNS];

static int
setup(void)
{
	int rc = flow_port_open();

	for (unsigned int i = 0; i < sizeof(rss.key); i++)
		rss.key[i] = pkt_rand(&seed);
	for (unsigned int i = 0; i < RTE_DIM(rss.reta); i++)
		rss.reta[i] = i % 3; /* never 3 or 5 */
	return rc != TEST_SUCCESS ? rc : flow_port_start(QUEUES, &rss, 0);
}

static void
teardown(void)
{
	flow_port_close();
}

static unsigned int
flow_of(uint32_t serial)
{
	return serial / CLASSES % FLOWS;
}

static void
take(void)
{
	struct rte_mbuf *pkts[32];

	for (uint16_t q = 0; q < QUEUES; q++) {
		uint16_t n = rte_eth_rx_burst(flow_port.id, q, pkts, RTE_DIM(pkts));

		for (uint16_t i = 0; i < n; i++) {
			uint32_t at = flow_frame_serial(
				rte_pktmbuf_mtod(pkts[i], void *), pkts[i]->data_len);

			if (at < FRAMES_MAX)
				where[at] = where[at] == FLOW_LOST ? q : FLOW_TWICE;
			else
				failed = true;
		}
		arrived += n;
		rte_pktmbuf_free_bulk(pkts, n);
	}
}

/* Sends and receives, whatever else is done. */
static void *
traffic(void *arg)
{
	for (uint32_t i = 0; i < FRAMES_MAX && !stop; i++) {
		struct flow_frame *f = &frames[i % CLASSES][flow_of(i)];

		pkt_put32(f->data + f->len - 4, i);
		begun = i + 1;
		if (flow_port_send(f) < 0)
			failed = true;
		done = i + 1;
		if (i % 16 == 0)
			take();
	}
	take();
	take();
	return NULL;
}

/* Let frames pass, some of each class. */
static int
pass(void)
{
	const uint32_t first = done;
	uint64_t end = rte_rdtsc() + rte_get_tsc_hz();

	while (done < first + 8 * CLASSES) {
		sched_yield();
		TEST_ASSERT(rte_rdtsc() < end, "no frames: %u sent", done);
	}
	return TEST_SUCCESS;
}

static struct rte_flow *
make(unsigned int class, enum rte_flow_action_type action, uint16_t queue, uint32_t priority)
{
	const struct flow_rule r = {.priority = priority,
		.nb = 2,
		.action = action,
		.queue = queue,
		.items = {{.kind = FLOW_IP4}, {FLOW_TCP, true, .v = {0, class}, .m = {0, 0xffff}}}};

	return flow_rule_create(flow_port.id, &r, &seed, &error);
}

static int
churn(void)
{
	struct rte_flow *rules[3];

	for (unsigned int i = 0; i < TURNS; i++) {
		/* before those that stay, and behind them */
		rules[0] = make(OTHER_DROP, RTE_FLOW_ACTION_TYPE_DROP, 0, i % 2 * 10);
		rules[1] = make(OTHER_QUEUE, RTE_FLOW_ACTION_TYPE_QUEUE, 5, i % 3 * 5);
		rules[2] = make(OVER_DROP, RTE_FLOW_ACTION_TYPE_QUEUE, 5, 4);
		for (unsigned int k = 0; k < RTE_DIM(rules); k++)
			TEST_ASSERT_NOT_NULL(rules[k], "refused: %s", error.message);
		turns[2 * i].from = begun;
		TEST_ASSERT_SUCCESS(pass(), "turn %u", i);
		turns[2 * i].until = done;
		for (unsigned int k = 0; k < RTE_DIM(rules); k++)
			TEST_ASSERT_SUCCESS(rte_flow_destroy(flow_port.id,
						    rules[(i + k) % RTE_DIM(rules)], &error),
				"not destroyed");
		turns[2 * i + 1].from = begun;
		TEST_ASSERT_SUCCESS(pass(), "turn %u", i);
		turns[2 * i + 1].until = done;
	}
	return TEST_SUCCESS;
}

/* with, without: may the rules that come and go hold? While they change, a frame that is dropped by one set
 * of them may meet half of each: where it goes and whether it does is decided at two places. */
static int
check(uint32_t serial, bool with, bool without)
{
	const unsigned int class = serial % CLASSES;
	const int is = where[serial], plain = by_rss[class][flow_of(serial)];
	bool right = false;

	switch (class) {
	case PLAIN:
		right = is == plain;
		break;
	case KEPT_QUEUE:
		right = is == 3;
		break;
	case KEPT_DROP:
		right = is == FLOW_LOST;
		break;
	case OVER_DROP:
		right = (with && is == 5) || (without && is == FLOW_LOST) || (with && without);
		break;
	case OTHER_DROP:
		right = (with && is == FLOW_LOST) || (without && is == plain) || (with && without);
		break;
	default:
		right = (with && is == 5) || (without && is == plain);
	}
	TEST_ASSERT(right, "frame %u, for port %u: %s rules, in %d (%d by RSS)", serial, class,
		with && without ? "changing"
		: with		? "with"
				: "without",
		is, plain);
	return TEST_SUCCESS;
}

static int
check_all(uint32_t sent)
{
	uint32_t serial = 0, sure = 0;

	for (unsigned int i = 0; i < RTE_DIM(turns); i++) {
		for (; serial < turns[i].from; serial++)
			TEST_ASSERT_SUCCESS(check(serial, true, true), "changing");
		for (; serial < turns[i].until; serial++, sure++)
			TEST_ASSERT_SUCCESS(check(serial, i % 2 == 0, i % 2), "turn %u", i);
	}
	for (; serial < sent; serial++)
		TEST_ASSERT_SUCCESS(check(serial, false, true), "at the end");
	printf("%u frames, %u of them while the rules were at rest\n", sent, sure);
	return TEST_SUCCESS;
}

static int
test_churn(void)
{
	const unsigned int files = flow_port_files();
	pthread_t thread;
	uint64_t dropped;
	int rc;

	for (unsigned int c = 0; c < CLASSES; c++)
		for (unsigned int i = 0; i < FLOWS; i++) {
			flow_frame_tcp4(&frames[c][i], 0, 0x0a000001, 0x0a000002, 1000 + i, c);
			by_rss[c][i] = rss.reta[flow_judge_hash(&frames[c][i], &rss, rss.types) %
						RTE_DIM(rss.reta)];
		}
	memset(where, FLOW_LOST, sizeof(where));
	TEST_ASSERT_NOT_NULL(make(KEPT_QUEUE, RTE_FLOW_ACTION_TYPE_QUEUE, 3, 5), "refused");
	TEST_ASSERT_NOT_NULL(make(KEPT_DROP, RTE_FLOW_ACTION_TYPE_DROP, 0, 5), "refused");
	TEST_ASSERT_NOT_NULL(make(OVER_DROP, RTE_FLOW_ACTION_TYPE_DROP, 0, 5), "refused");
	dropped = flow_port_dropped();
	TEST_ASSERT_SUCCESS(pthread_create(&thread, NULL, traffic, NULL), "no thread");
	rc = churn();
	stop = true;
	pthread_join(thread, NULL);
	dropped = flow_port_dropped() - dropped;
	TEST_ASSERT_SUCCESS(rc, "while frames flow");
	TEST_ASSERT(!failed, "a frame was not sent, or one that came was not");
	TEST_ASSERT_EQUAL(arrived + dropped, done,
		"%u frames came and %" PRIu64 " were dropped of %u", arrived, dropped, done);
	TEST_ASSERT_SUCCESS(check_all(done), "frames");
	TEST_ASSERT_SUCCESS(rte_flow_flush(flow_port.id, &error), "not flushed");
	TEST_ASSERT(flow_port_files() <= files, "%u files are open, there were %u",
		flow_port_files(), files);
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "net_vtap: rules that come and go",
	.setup = setup,
	.teardown = teardown,
	.unit_test_cases =
		{
			TEST_CASE(test_churn),
			TEST_CASES_END(),
		},
};

static int
test_vtap_flow_churn(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(vtap_flow_churn_autotest, test_vtap_flow_churn);
