/* SPDX-License-Identifier: BSD-3-Clause
 *
 * vtap_rss_autotest: where net_vtap's RSS sends frames of all sorts, against rte_thash.h: with as many queues
 * as the table has entries, seven bits of a hash show. Neighbours: flow_test.h, flow_judge.c.
 */
#include "../pkt.h"
#include "../test.h"
#include "flow_test.h"

#define QUEUES 128
#define FRAMES 200

/* The types that are offered. */
static const uint64_t types[] = {RTE_ETH_RSS_IPV4, RTE_ETH_RSS_FRAG_IPV4,
	RTE_ETH_RSS_NONFRAG_IPV4_TCP, RTE_ETH_RSS_NONFRAG_IPV4_UDP, RTE_ETH_RSS_NONFRAG_IPV4_SCTP,
	RTE_ETH_RSS_NONFRAG_IPV4_OTHER, RTE_ETH_RSS_IPV6, RTE_ETH_RSS_FRAG_IPV6,
	RTE_ETH_RSS_NONFRAG_IPV6_TCP, RTE_ETH_RSS_NONFRAG_IPV6_UDP, RTE_ETH_RSS_NONFRAG_IPV6_SCTP,
	RTE_ETH_RSS_NONFRAG_IPV6_OTHER};

static struct flow_frame frames[FRAMES];
static struct flow_rss rss;
static uint32_t seed = 40;

static uint64_t
some_types(unsigned int one_of)
{
	uint64_t t = 0;

	for (unsigned int i = 0; i < RTE_DIM(types); i++)
		t |= pkt_rand(&seed) % one_of == 0 ? types[i] : 0;
	return t;
}

static void
some_key(void)
{
	for (unsigned int i = 0; i < sizeof(rss.key); i++)
		rss.key[i] = pkt_rand(&seed);
}

static int
setup(void)
{
	int rc = flow_port_open();

	some_key();
	for (unsigned int i = 0; i < RTE_DIM(rss.reta); i++)
		rss.reta[i] = i;
	rss.types = some_types(1);
	return rc != TEST_SUCCESS ? rc : flow_port_start(QUEUES, &rss, 0);
}

static void
teardown(void)
{
	flow_port_close();
}

/* Frames go where the hash says; how many queues that were. */
static int
spread(unsigned int *used)
{
	static int queue[FRAMES];
	bool seen[QUEUES] = {false};

	for (unsigned int i = 0; i < FRAMES; i++) {
		flow_frame_make(&frames[i], i, &seed);
		TEST_ASSERT_SUCCESS(flow_port_send(&frames[i]), "not sent");
	}
	flow_port_receive(queue, 0, FRAMES, FRAMES, frames, 500);
	for (unsigned int i = 0; i < FRAMES; i++) {
		const uint32_t hash = flow_judge_hash(&frames[i], &rss, rss.types);

		if (queue[i] != rss.reta[hash % QUEUES])
			flow_frame_print(&frames[i]);
		TEST_ASSERT_EQUAL(queue[i], rss.reta[hash % QUEUES],
			"in queue %d, not in %u; types %" PRIx64, queue[i], rss.reta[hash % QUEUES],
			rss.types);
		seen[queue[i]] = true;
	}
	*used = 0;
	for (unsigned int q = 0; q < QUEUES; q++)
		*used += seen[q];
	return TEST_SUCCESS;
}

static int
test_info(void)
{
	struct rte_eth_dev_info info;
	uint64_t all = 0;

	for (unsigned int i = 0; i < RTE_DIM(types); i++)
		all |= types[i];
	TEST_ASSERT_SUCCESS(rte_eth_dev_info_get(flow_port.id, &info), "no info");
	TEST_ASSERT_EQUAL(info.reta_size, 128, "table of %u", info.reta_size);
	TEST_ASSERT_EQUAL(info.hash_key_size, 40, "key of %u", info.hash_key_size);
	TEST_ASSERT_EQUAL(info.flow_type_rss_offloads, all, "types %" PRIx64 ", not %" PRIx64,
		info.flow_type_rss_offloads, all);
	return TEST_SUCCESS;
}

/* As configured. */
static int
test_configured(void)
{
	unsigned int used;

	TEST_ASSERT_SUCCESS(spread(&used), "first");
	TEST_ASSERT(used > QUEUES / 3, "%u queues used", used);
	return TEST_SUCCESS;
}

/* Keys, types and tables, changed while it runs; and what is told of them. */
static int
test_changed(void)
{
	unsigned int used, most = 0;

	for (unsigned int round = 0; round < 40; round++) {
		uint8_t told[40] = {0};
		struct rte_eth_rss_conf conf = {.rss_key = told, .rss_key_len = sizeof(told)};
		struct rte_eth_rss_reta_entry64 reta[2] = {
			{.mask = UINT64_MAX}, {.mask = UINT64_MAX}};
		struct rte_eth_rss_conf new = {rss.key, sizeof(rss.key), 0};

		some_key();
		rss.types = new.rss_hf = some_types(1 + round % 4);
		TEST_ASSERT_SUCCESS(
			rte_eth_dev_rss_hash_update(flow_port.id, &new), "key not taken");
		TEST_ASSERT_SUCCESS(
			rte_eth_dev_rss_hash_conf_get(flow_port.id, &conf), "key not told");
		TEST_ASSERT(memcmp(told, rss.key, sizeof(told)) == 0, "another key");
		TEST_ASSERT_EQUAL(conf.rss_hf, rss.types, "types %" PRIx64 ", not %" PRIx64,
			conf.rss_hf, rss.types);
		for (unsigned int i = 0; i < QUEUES; i++)
			rss.reta[i] = round % 2 ? i ^ round : pkt_rand(&seed) % QUEUES;
		TEST_ASSERT_SUCCESS(flow_port_reta(&rss), "no table");
		TEST_ASSERT_SUCCESS(
			rte_eth_dev_rss_reta_query(flow_port.id, reta, QUEUES), "not told");
		for (unsigned int i = 0; i < QUEUES; i++)
			TEST_ASSERT_EQUAL(reta[i / 64].reta[i % 64], rss.reta[i], "entry %u", i);
		TEST_ASSERT_SUCCESS(spread(&used), "round %u", round);
		most = RTE_MAX(most, used);
	}
	TEST_ASSERT(most > QUEUES / 3, "%u queues used", most);
	return TEST_SUCCESS;
}

/* The types alone, without a key: the key stays. Entries that the mask leaves out stay. */
static int
test_in_part(void)
{
	struct rte_eth_rss_conf conf = {.rss_hf = RTE_ETH_RSS_IPV4};
	struct rte_eth_rss_reta_entry64 reta[2] = {{.mask = 1 << 5}, {.mask = 0}};
	unsigned int used;

	TEST_ASSERT_SUCCESS(rte_eth_dev_rss_hash_update(flow_port.id, &conf), "not taken");
	rss.types = RTE_ETH_RSS_IPV4;
	for (unsigned int i = 0; i < QUEUES; i++)
		reta[i / 64].reta[i % 64] = 99;
	TEST_ASSERT_SUCCESS(
		rte_eth_dev_rss_reta_update(flow_port.id, reta, QUEUES), "table not taken");
	rss.reta[5] = 99;
	return spread(&used);
}

/* What the port cannot do it refuses, and goes on as before. */
static int
test_refused(void)
{
	struct rte_eth_rss_reta_entry64 reta[2] = {{.mask = 1, .reta = {QUEUES}}, {.mask = 0}};
	uint8_t key[52] = {1};
	struct rte_eth_rss_conf conf = {key, sizeof(key), RTE_ETH_RSS_IPV4};
	unsigned int used;

	TEST_ASSERT_FAIL(
		rte_eth_dev_rss_reta_update(flow_port.id, reta, QUEUES), "a queue that is not");
	TEST_ASSERT_FAIL(rte_eth_dev_rss_reta_update(flow_port.id, reta, 64), "half a table");
	TEST_ASSERT_FAIL(rte_eth_dev_rss_hash_update(flow_port.id, &conf), "a longer key");
	conf = (struct rte_eth_rss_conf){key, 40, RTE_ETH_RSS_L2_PAYLOAD};
	TEST_ASSERT_FAIL(rte_eth_dev_rss_hash_update(flow_port.id, &conf), "another type");
	return spread(&used);
}

/* Across stop and start. */
static int
test_again(void)
{
	unsigned int used;

	TEST_ASSERT_SUCCESS(rte_eth_dev_stop(flow_port.id), "not stopped");
	TEST_ASSERT_SUCCESS(rte_eth_dev_start(flow_port.id), "not started");
	return spread(&used);
}

/* Without a key and a table: some key, and the queues in turn. */
static int
test_defaults(void)
{
	struct rte_eth_rss_reta_entry64 reta[2] = {{.mask = UINT64_MAX}, {.mask = UINT64_MAX}};
	struct rte_eth_rss_conf told = {rss.key, sizeof(rss.key), 0};
	unsigned int used;

	rss.defaults = true;
	rss.types = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_IPV6;
	TEST_ASSERT_SUCCESS(flow_port_start(5, &rss, 0), "not started");
	TEST_ASSERT_SUCCESS(rte_eth_dev_rss_hash_conf_get(flow_port.id, &told), "key not told");
	TEST_ASSERT_EQUAL(told.rss_hf, rss.types, "types %" PRIx64, told.rss_hf);
	TEST_ASSERT_SUCCESS(rte_eth_dev_rss_reta_query(flow_port.id, reta, 128), "not told");
	for (unsigned int i = 0; i < RTE_DIM(rss.reta); i++) {
		TEST_ASSERT_EQUAL(reta[i / 64].reta[i % 64], i % 5, "entry %u", i);
		rss.reta[i] = i % 5;
	}
	TEST_ASSERT_SUCCESS(spread(&used), "the default key");
	TEST_ASSERT_EQUAL(used, 5, "%u queues used", used);
	return TEST_SUCCESS;
}

/* Without RSS the kernel chooses as it does for any TAP, whatever the table was. */
static int
test_off(void)
{
	static int queue[FRAMES];
	unsigned int elsewhere = 0;

	rss.defaults = false;
	memset(rss.reta, 0, sizeof(rss.reta));
	TEST_ASSERT_SUCCESS(flow_port_start(8, &rss, 0), "not started");
	TEST_ASSERT_SUCCESS(flow_port_start(8, NULL, 0), "not started");
	for (unsigned int i = 0; i < FRAMES; i++) {
		flow_frame_make(&frames[i], i, &seed);
		TEST_ASSERT_SUCCESS(flow_port_send(&frames[i]), "not sent");
	}
	flow_port_receive(queue, 0, FRAMES, FRAMES, frames, 500);
	for (unsigned int i = 0; i < FRAMES; i++) {
		TEST_ASSERT(queue[i] >= 0, "frame %u: %d", i, queue[i]);
		elsewhere += queue[i] != 0;
	}
	TEST_ASSERT(elsewhere > FRAMES / 2, "%u frames elsewhere than by RSS", elsewhere);
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "net_vtap: RSS",
	.setup = setup,
	.teardown = teardown,
	.unit_test_cases =
		{
			TEST_CASE(test_info),
			TEST_CASE(test_configured),
			TEST_CASE(test_changed),
			TEST_CASE(test_in_part),
			TEST_CASE(test_refused),
			TEST_CASE(test_again),
			TEST_CASE(test_defaults),
			TEST_CASE(test_off),
			TEST_CASES_END(),
		},
};

static int
test_vtap_rss(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(vtap_rss_autotest, test_vtap_rss);
