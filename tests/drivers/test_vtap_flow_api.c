/* SPDX-License-Identifier: BSD-3-Clause
 *
 * vtap_flow_api_autotest: rules that net_vtap refuses, how many it takes, and what outlives them. Neighbours:
 * flow_test.h, flow_refused.c; test_vtap_flow.c has what rules do.
 */
#include <rte_errno.h>

#include "../pkt.h"
#include "../test.h"
#include "flow_refused.h"
#include "flow_test.h"

#define QUEUES REFUSED_QUEUES
#define RULES_MAX 64

static struct flow_rss rss = {.types = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP};
static struct rte_flow_error error;
static uint32_t seed = 64;

static int
setup(void)
{
	int rc = flow_port_open();

	for (unsigned int i = 0; i < sizeof(rss.key); i++)
		rss.key[i] = pkt_rand(&seed);
	for (unsigned int i = 0; i < RTE_DIM(rss.reta); i++)
		rss.reta[i] = i % QUEUES;
	return rc != TEST_SUCCESS ? rc : flow_port_start(QUEUES, &rss, 0);
}

static void
teardown(void)
{
	flow_port_close();
}

/* TCP to a port goes somewhere. */
static struct rte_flow *
to_port(uint16_t dport, enum rte_flow_action_type action, uint16_t queue, uint32_t priority)
{
	const struct flow_rule r = {.priority = priority,
		.nb = 2,
		.action = action,
		.queue = queue,
		.count = true,
		.items = {{.kind = FLOW_IP4}, {FLOW_TCP, true, .v = {0, dport}, .m = {0, 0xffff}}}};

	return flow_rule_create(flow_port.id, &r, &seed, &error);
}

/* The queue in which TCP to a port arrives, FLOW_LOST for none. */
static int
arrives(uint16_t dport)
{
	struct flow_frame f;
	int queue;

	flow_frame_tcp4(&f, 0, 0x0a000001, 0x0a000002, 1000, dport);
	if (flow_port_send(&f) < 0)
		return FLOW_TWICE;
	flow_port_receive(&queue, 0, 1, 1, &f, 5);
	return queue;
}

static int
by_rss(uint16_t sport, uint16_t dport)
{
	struct flow_frame f;

	flow_frame_tcp4(&f, 0, 0x0a000001, 0x0a000002, sport, dport);
	return rss.reta[flow_judge_hash(&f, &rss, rss.types) % RTE_DIM(rss.reta)];
}

/* Lines that tell of rules; -1: it fails. */
static int
dumped(void)
{
	FILE *f = tmpfile();
	char line[1024];
	int n = 0;

	if (f == NULL || rte_flow_dev_dump(flow_port.id, NULL, f, &error) != 0)
		n = -1;
	else
		rewind(f);
	while (n >= 0 && fgets(line, sizeof(line), f) != NULL)
		n += line[0] != '\n';
	if (f != NULL)
		fclose(f);
	return n;
}

static int
is_refused(const struct refused *r, int rc)
{
	static const struct {
		enum rte_flow_error_type first, last;
	} types[] = {
		[REFUSED_ATTR] = {RTE_FLOW_ERROR_TYPE_ATTR_GROUP, RTE_FLOW_ERROR_TYPE_ATTR},
		[REFUSED_ITEM] = {RTE_FLOW_ERROR_TYPE_ITEM_NUM, RTE_FLOW_ERROR_TYPE_ITEM},
		[REFUSED_ACTION] = {RTE_FLOW_ERROR_TYPE_ACTION_NUM, RTE_FLOW_ERROR_TYPE_ACTION},
	};

	TEST_ASSERT(rc != 0, "%s: taken", r->name);
	if (r->error != 0)
		TEST_ASSERT_EQUAL(-rc, r->error, "%s: %s", r->name, strerror(-rc));
	TEST_ASSERT(rc == -ENOTSUP || rc == -EINVAL, "%s: %s", r->name, strerror(-rc));
	TEST_ASSERT(error.type >= types[r->what].first && error.type <= types[r->what].last,
		"%s: an error of type %d", r->name, error.type);
	TEST_ASSERT(error.message != NULL && error.message[0] != '\0', "%s: no message", r->name);
	return TEST_SUCCESS;
}

static int
test_refused(void)
{
	struct rte_flow *kept = to_port(80, RTE_FLOW_ACTION_TYPE_QUEUE, 6, 0), *flow;
	unsigned int failed = 0;

	TEST_ASSERT_NOT_NULL(kept, "refused: %s", error.message);
	for (unsigned int i = 0; i < nb_refused_rules; i++) {
		const struct refused *r = &refused_rules[i];

		memset(&error, 0, sizeof(error));
		failed += is_refused(r, rte_flow_validate(flow_port.id, &r->attr, r->pattern,
						r->actions, &error)) != TEST_SUCCESS;
		memset(&error, 0, sizeof(error));
		flow = rte_flow_create(flow_port.id, &r->attr, r->pattern, r->actions, &error);
		failed += is_refused(r, flow == NULL ? -rte_errno : 0) != TEST_SUCCESS;
		if (flow != NULL)
			rte_flow_destroy(flow_port.id, flow, &error);
	}
	TEST_ASSERT_EQUAL(failed, 0, "%u of them not refused as they should be", failed);
	TEST_ASSERT_EQUAL(dumped(), 1, "there are rules");
	TEST_ASSERT_EQUAL(arrives(80), 6, "the rule that was there is not");
	return rte_flow_flush(flow_port.id, &error);
}

/* What is but validated does nothing. */
static int
test_validated(void)
{
	const struct rte_flow_attr attr = {.ingress = 1};
	const struct rte_flow_item pattern[] = {
		{.type = RTE_FLOW_ITEM_TYPE_ETH}, {.type = RTE_FLOW_ITEM_TYPE_END}};
	const struct rte_flow_action actions[] = {
		{.type = RTE_FLOW_ACTION_TYPE_DROP}, {.type = RTE_FLOW_ACTION_TYPE_END}};

	TEST_ASSERT_SUCCESS(rte_flow_validate(flow_port.id, &attr, pattern, actions, &error),
		"refused: %s", error.message);
	TEST_ASSERT_EQUAL(arrives(80), by_rss(1000, 80), "it does something");
	TEST_ASSERT_EQUAL(dumped(), 0, "there are rules");
	/* no pattern and no actions, which is nobody's rule */
	TEST_ASSERT_FAIL(rte_flow_validate(flow_port.id, NULL, pattern, actions, &error), "taken");
	TEST_ASSERT_FAIL(rte_flow_validate(flow_port.id, &attr, NULL, actions, &error), "taken");
	TEST_ASSERT_FAIL(rte_flow_validate(flow_port.id, &attr, pattern, NULL, &error), "taken");
	return TEST_SUCCESS;
}

/* As many as there may be, and one more. */
static int
test_number(void)
{
	struct rte_flow *rules[RULES_MAX];

	for (unsigned int i = 0; i < RULES_MAX; i++) {
		rules[i] = to_port(1 + i, RTE_FLOW_ACTION_TYPE_QUEUE, i % QUEUES, i / 3);
		TEST_ASSERT_NOT_NULL(rules[i], "rule %u: %s", i, error.message);
	}
	TEST_ASSERT_NULL(to_port(80, RTE_FLOW_ACTION_TYPE_DROP, 0, 0), "one more");
	TEST_ASSERT_EQUAL(rte_errno, ENOSPC, "%s", strerror(rte_errno));
	TEST_ASSERT_NOT_NULL(error.message, "no message");
	TEST_ASSERT_EQUAL(dumped(), RULES_MAX, "%d lines", dumped());
	for (unsigned int i = 0; i < RULES_MAX; i++)
		TEST_ASSERT_EQUAL(arrives(1 + i), (int)(i % QUEUES), "rule %u", i);
	TEST_ASSERT_SUCCESS(rte_flow_destroy(flow_port.id, rules[7], &error), "not destroyed");
	TEST_ASSERT_EQUAL(arrives(8), by_rss(1000, 8), "destroyed, and still there");
	rules[7] = to_port(80, RTE_FLOW_ACTION_TYPE_DROP, 0, 0);
	TEST_ASSERT_NOT_NULL(rules[7], "no place is free: %s", error.message);
	TEST_ASSERT_EQUAL(arrives(80), FLOW_LOST, "not dropped");
	for (unsigned int i = 0; i < RULES_MAX; i++)
		TEST_ASSERT(i == 7 || arrives(1 + i) == (int)(i % QUEUES), "rule %u", i);
	TEST_ASSERT_SUCCESS(rte_flow_flush(flow_port.id, &error), "not flushed");
	TEST_ASSERT_EQUAL(dumped(), 0, "%d lines", dumped());
	TEST_ASSERT_EQUAL(arrives(80), by_rss(1000, 80), "flushed, and still there");
	return rte_flow_flush(flow_port.id, &error);
}

/* Rules that are not, or no longer. */
static int
test_unknown(void)
{
	const struct rte_flow_action count = {RTE_FLOW_ACTION_TYPE_COUNT, NULL};
	const struct rte_flow_action drop = {RTE_FLOW_ACTION_TYPE_DROP, NULL};
	const struct flow_rule plain = {.nb = 1,
		.items = {{.kind = FLOW_IP6, .tag_follows = FLOW_ANY}},
		.action = RTE_FLOW_ACTION_TYPE_DROP};
	struct rte_flow *rule = to_port(80, RTE_FLOW_ACTION_TYPE_QUEUE, 5, 1), *uncounted;
	struct rte_flow_query_count c = {.reset = 0};
	uint64_t nothing[64] = {0};
	struct rte_flow *unknown = (struct rte_flow *)nothing;

	TEST_ASSERT_NOT_NULL(rule, "refused: %s", error.message);
	TEST_ASSERT_FAIL(rte_flow_destroy(flow_port.id, unknown, &error), "destroyed");
	TEST_ASSERT_NOT_NULL(error.message, "no message");
	TEST_ASSERT_FAIL(rte_flow_destroy(flow_port.id, NULL, &error), "destroyed");
	TEST_ASSERT_FAIL(rte_flow_query(flow_port.id, unknown, &count, &c, &error), "queried");
	TEST_ASSERT_FAIL(rte_flow_query(flow_port.id, rule, &drop, &c, &error), "queried");
	uncounted = flow_rule_create(flow_port.id, &plain, &seed, &error);
	TEST_ASSERT_NOT_NULL(uncounted, "refused: %s", error.message);
	TEST_ASSERT_FAIL(rte_flow_query(flow_port.id, uncounted, &count, &c, &error), "counted");
	TEST_ASSERT_EQUAL(arrives(80), 5, "the rule is gone");
	TEST_ASSERT_SUCCESS(rte_flow_destroy(flow_port.id, rule, &error), "not destroyed");
	TEST_ASSERT_FAIL(rte_flow_destroy(flow_port.id, rule, &error), "destroyed twice");
	return rte_flow_flush(flow_port.id, &error);
}

/* Counters begin at 0, and again if that is asked for. */
static int
test_count(void)
{
	const struct rte_flow_action count = {RTE_FLOW_ACTION_TYPE_COUNT, NULL};
	struct rte_flow *rules[2];

	rules[0] = to_port(80, RTE_FLOW_ACTION_TYPE_QUEUE, 5, 1);
	rules[1] = to_port(81, RTE_FLOW_ACTION_TYPE_DROP, 0, 2);
	for (unsigned int i = 0; i < 12; i++) {
		struct rte_flow *rule = rules[i % 2];
		struct rte_flow_query_count c = {.reset = i % 4 == 0};

		TEST_ASSERT_NOT_NULL(rule, "refused: %s", error.message);
		for (unsigned int n = 0; n <= i; n++)
			TEST_ASSERT_EQUAL(arrives(80 + i % 2), i % 2 ? FLOW_LOST : 5, "elsewhere");
		TEST_ASSERT_SUCCESS(rte_flow_query(flow_port.id, rule, &count, &c, &error), "none");
		/* of rule 0 every second query sets it back */
		const unsigned int want = i % 2		    ? (i + 1) * (i + 3) / 4
					  : i % 4 || i == 0 ? i + 1
							    : 2 * i;

		TEST_ASSERT(c.hits_set && c.hits == want, "%" PRIu64 " hits, not %u", c.hits, want);
		TEST_ASSERT(c.bytes_set && c.bytes == want * 58, "%" PRIu64 " bytes", c.bytes);
	}
	return rte_flow_flush(flow_port.id, &error);
}

/* Rules and isolation outlive a stop; and a rule the number of queues, in one way or the other. */
static int
test_lives(void)
{
	int rc, q;

	TEST_ASSERT_NOT_NULL(to_port(80, RTE_FLOW_ACTION_TYPE_QUEUE, 7, 1), "refused");
	TEST_ASSERT_NOT_NULL(to_port(81, RTE_FLOW_ACTION_TYPE_DROP, 0, 1), "refused");
	for (unsigned int isolated = 0; isolated < 2; isolated++) {
		TEST_ASSERT_SUCCESS(rte_eth_dev_stop(flow_port.id), "not stopped");
		TEST_ASSERT_SUCCESS(rte_flow_isolate(flow_port.id, isolated, &error), "refused");
		TEST_ASSERT_SUCCESS(rte_eth_dev_start(flow_port.id), "not started");
		TEST_ASSERT_EQUAL(arrives(80), 7, "a queue's rule is gone");
		TEST_ASSERT_EQUAL(arrives(81), FLOW_LOST, "a drop rule is gone");
		q = arrives(82);
		TEST_ASSERT_EQUAL(q, isolated ? FLOW_LOST : by_rss(1000, 82), "in %d", q);
	}
	TEST_ASSERT_SUCCESS(rte_flow_isolate(flow_port.id, 0, &error), "refused");
	for (unsigned int i = 0; i < RTE_DIM(rss.reta); i++)
		rss.reta[i] = i % 4;
	rc = flow_port_start(4, &rss, 0);
	for (unsigned int i = 0; i < RTE_DIM(rss.reta) && rc != 0; i++)
		rss.reta[i] = i % QUEUES;
	if (rc != 0) /* refused: as before, then */
		TEST_ASSERT_SUCCESS(flow_port_start(QUEUES, &rss, 0), "not started again");
	q = arrives(80);
	TEST_ASSERT(q >= 0 && q < flow_port.nb_queues, "in %d", q);
	TEST_ASSERT_EQUAL(arrives(82), by_rss(1000, 82), "elsewhere");
	TEST_ASSERT_SUCCESS(rte_flow_flush(flow_port.id, &error), "not flushed");
	for (unsigned int i = 0; i < RTE_DIM(rss.reta); i++)
		rss.reta[i] = i % QUEUES;
	return flow_port_start(QUEUES, &rss, 0);
}

/* Closed with its rules: no file stays open, and the next port has none of them. */
static int
test_closed(void)
{
	unsigned int files = 0;

	for (unsigned int i = 0; i < 4; i++) {
		for (unsigned int k = 0; k < 20; k++)
			TEST_ASSERT_NOT_NULL(
				to_port(80, RTE_FLOW_ACTION_TYPE_DROP, 0, k), "refused");
		TEST_ASSERT_SUCCESS(rte_flow_isolate(flow_port.id, 1, &error), "not isolated");
		TEST_ASSERT_EQUAL(arrives(80), FLOW_LOST, "not dropped");
		flow_port_close();
		TEST_ASSERT(i == 0 || flow_port_files() == files,
			"%u files are open, there were %u", flow_port_files(), files);
		files = flow_port_files();
		TEST_ASSERT_SUCCESS(flow_port_open(), "no port");
		TEST_ASSERT_SUCCESS(flow_port_start(QUEUES, &rss, 0), "not started");
		TEST_ASSERT_EQUAL(dumped(), 0, "there are rules");
		TEST_ASSERT_EQUAL(arrives(80), by_rss(1000, 80), "there is a rule");
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "net_vtap: rules, made and unmade",
	.setup = setup,
	.teardown = teardown,
	.unit_test_cases =
		{
			TEST_CASE_ST(NULL, flow_port_forget, test_refused),
			TEST_CASE_ST(NULL, flow_port_forget, test_validated),
			TEST_CASE_ST(NULL, flow_port_forget, test_number),
			TEST_CASE_ST(NULL, flow_port_forget, test_unknown),
			TEST_CASE_ST(NULL, flow_port_forget, test_count),
			TEST_CASE_ST(NULL, flow_port_forget, test_lives),
			TEST_CASE_ST(NULL, flow_port_forget, test_closed),
			TEST_CASES_END(),
		},
};

static int
test_vtap_flow_api(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(vtap_flow_api_autotest, test_vtap_flow_api);
