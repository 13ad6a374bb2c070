/* SPDX-License-Identifier: BSD-3-Clause
 *
 * stack_pass_autotest: what is asked of a net_cleave, its lower port is asked, with the same arguments, and
 * its answer is the answer. The judge is that port itself, asked the same by ethdev: in each state, when
 * it does it, fails and cannot; and it may be gone. Neighbours: pass_lower.h is the port,
 * ../../drivers/net/cleave/stack_pass.h.
 */
#include <dlfcn.h>
#include <errno.h>

#include <rte_bus_vdev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "../test.h"
#include "pass_lower.h"

#define LOWER "net_lower0"
#define UPPER "net_cleave0"

enum state { FRESH, CONFIGURED, STARTED, NB_STATES };
static const char *const state_names[] = {"just made", "configured", "started"};

static struct rte_mempool *mp;
static uint16_t lower, upper;

/* What came of a call. */
struct outcome {
	uintptr_t rc;
	int err;
	struct pass_seen seen;
	uint8_t memory[PASS_ARGS + 1][sizeof(pass_memory[0])];
};

static int
setup(void)
{
	if (mp == NULL)
		mp = rte_pktmbuf_pool_create(
			"stack_pass", 63, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	TEST_ASSERT_NOT_NULL(mp, "no pool");
	/* not by EAL's -d, which minds who may write to the directories above */
	if (getenv("CLEAVE_STACK") != NULL)
		TEST_ASSERT_NOT_NULL(dlopen(getenv("CLEAVE_STACK"), RTLD_NOW), "%s", dlerror());
	/* it has much to say of what it refuses */
	rte_log_set_level_pattern("lib.ethdev*", RTE_LOG_CRIT);
	return TEST_SUCCESS;
}

/* All rows are in the lower port's tables, or none. */
static void
fill_tables(bool all)
{
	for (unsigned int i = 0; i < pass_nb_rows; i++)
		*pass_rows[i].slot = all ? pass_rows[i].op : NULL;
}

static int
make_ports(bool tables)
{
	TEST_ASSERT_SUCCESS(pass_lower_make(LOWER, tables, &lower), "no lower port");
	TEST_ASSERT_SUCCESS(rte_vdev_init(UPPER, "port=" LOWER),
		"no port (CLEAVE_STACK or -d says where the driver is)");
	TEST_ASSERT_SUCCESS(rte_eth_dev_get_port_by_name(UPPER, &upper), "no port");
	return TEST_SUCCESS;
}

static void
drop_ports(void)
{
	static const char *const names[] = {UPPER, LOWER, "net_lower1"};
	uint16_t port;

	for (unsigned int i = 0; i < RTE_DIM(names); i++) {
		if (rte_eth_dev_get_port_by_name(names[i], &port) == 0)
			rte_eth_dev_stop(port);
		rte_vdev_uninit(names[i]);
	}
}

static int
configure(uint16_t port)
{
	const struct rte_eth_conf conf = {0};

	TEST_ASSERT_SUCCESS(
		rte_eth_dev_configure(port, PASS_QUEUES, PASS_QUEUES, &conf), "not configured");
	for (uint16_t q = 0; q < PASS_QUEUES; q++) {
		TEST_ASSERT_SUCCESS(
			rte_eth_rx_queue_setup(port, q, 64, SOCKET_ID_ANY, NULL, mp), "no RX");
		TEST_ASSERT_SUCCESS(
			rte_eth_tx_queue_setup(port, q, 64, SOCKET_ID_ANY, NULL), "no TX");
	}
	return TEST_SUCCESS;
}

/* From the state before. */
static int
enter(enum state state)
{
	if (state == CONFIGURED)
		return configure(upper);
	if (state == STARTED)
		TEST_ASSERT_SUCCESS(rte_eth_dev_start(upper), "not started");
	return TEST_SUCCESS;
}

static void
ask(unsigned int row, uint16_t port, struct outcome *o)
{
	memset(pass_memory, 0, sizeof(pass_memory));
	memset(&pass_seen, 0, sizeof(pass_seen));
	pass_asked = row;
	rte_errno = 0;
	o->rc = pass_rows[row].call(port);
	o->err = rte_errno;
	o->seen = pass_seen;
	memcpy(o->memory, pass_memory, sizeof(pass_memory));
}

/* One row: the lower port, and ours. Did it get there? */
static int
compare(unsigned int row, enum state state, bool *reached)
{
	static struct outcome direct, passed;
	const struct pass_row *r = &pass_rows[row];

	for (pass_answer = PASS_OK; pass_answer <= PASS_FAIL; pass_answer++) {
		ask(row, lower, &direct);
		ask(row, upper, &passed);
		/* a port that is its own proxy: ours is, then */
		if (strcmp(r->name, "flow.pick_transfer_proxy") == 0 && direct.rc == 0 &&
			direct.seen.calls == 0)
			*(uint16_t *)direct.memory[2] = upper;
		TEST_ASSERT_EQUAL(passed.rc, direct.rc, "%s, %s: %jd, and of the lower port %jd",
			r->name, state_names[state], (intmax_t)passed.rc, (intmax_t)direct.rc);
		TEST_ASSERT_EQUAL(passed.err, direct.err, "%s, %s: rte_errno %d, not %d", r->name,
			state_names[state], passed.err, direct.err);
		TEST_ASSERT(passed.seen.row == direct.seen.row && passed.seen.of == direct.seen.of,
			"%s, %s: another operation, or port", r->name, state_names[state]);
		TEST_ASSERT(
			passed.seen.n == direct.seen.n && memcmp(passed.seen.args, direct.seen.args,
								  sizeof(direct.seen.args)) == 0,
			"%s, %s: other arguments", r->name, state_names[state]);
		TEST_ASSERT_BUFFERS_ARE_EQUAL(passed.memory, direct.memory, sizeof(direct.memory),
			"%s, %s: another answer", r->name, state_names[state]);
		if (passed.seen.calls > 0 && passed.seen.row == row)
			*reached = true;
	}
	return TEST_SUCCESS;
}

static int
test_passed(void)
{
	bool reached[pass_nb_rows];
	unsigned int missed = 0;

	memset(reached, 0, sizeof(reached));
	fill_tables(true);
	TEST_ASSERT_SUCCESS(make_ports(true), "no ports");
	for (enum state state = FRESH; state < NB_STATES; state++) {
		TEST_ASSERT_SUCCESS(enter(state), "not %s", state_names[state]);
		for (unsigned int row = 0; row < pass_nb_rows; row++)
			if (compare(row, state, &reached[row]) < 0)
				return TEST_FAILED;
	}
	for (unsigned int row = 0; row < pass_nb_rows; row++)
		if (!reached[row]) {
			printf("%s never got to the lower port\n", pass_rows[row].name);
			missed++;
		}
	TEST_ASSERT_EQUAL(missed, 0, "%u operations", missed);
	printf("%u operations\n", pass_nb_rows);
	return TEST_SUCCESS;
}

/* ethdev says this by itself: the TX queues, of a port that has traffic management. */
static int
check_leaves(void)
{
	struct rte_tm_error error;
	uint32_t n[2] = {7, 7};
	int rc = rte_tm_get_number_of_leaf_nodes(lower, &n[0], &error);

	TEST_ASSERT_EQUAL(rte_tm_get_number_of_leaf_nodes(upper, &n[1], &error), rc, "leaves");
	TEST_ASSERT_EQUAL(n[1], n[0], "%u leaves, not %u", n[1], n[0]);
	return TEST_SUCCESS;
}

/* ethdev would crash, if it asked the lower port itself; and without a table, whichever it asks. */
static int
check_unchecked(unsigned int row)
{
	const struct pass_row *r = &pass_rows[row];
	const struct rte_flow_error *error = (const void *)pass_memory[1];
	static struct outcome o;

	ask(row, upper, &o);
	TEST_ASSERT_EQUAL(o.err, ENOTSUP, "%s: rte_errno %d", r->name, o.err);
	TEST_ASSERT_EQUAL((intptr_t)o.rc, r->pointer ? 0 : -o.err, "%s: not refused", r->name);
	TEST_ASSERT(error->type == RTE_FLOW_ERROR_TYPE_UNSPECIFIED && error->message != NULL,
		"%s: no error is told", r->name);
	return TEST_SUCCESS;
}

/* The lower port has none of them, or not even the tables that they are in. */
static int
test_absent(const void *data)
{
	const bool tables = *(const bool *)data;
	bool reached = false;

	fill_tables(false);
	TEST_ASSERT_SUCCESS(make_ports(tables), "no ports");
	for (enum state state = FRESH; state < NB_STATES; state++) {
		TEST_ASSERT_SUCCESS(enter(state), "not %s", state_names[state]);
		TEST_ASSERT_SUCCESS(check_leaves(), "%s", state_names[state]);
		for (unsigned int row = 0; row < pass_nb_rows; row++)
			if (pass_rows[row].unchecked ? tables && check_unchecked(row) < 0
						     : compare(row, state, &reached) < 0)
				return TEST_FAILED;
	}
	return reached ? TEST_FAILED : TEST_SUCCESS;
}

/* Whatever is asked: -ENODEV, if ethdev does not refuse itself, and never a call. */
static int
ask_gone(bool *told)
{
	static struct outcome o;

	for (unsigned int row = 0; row < pass_nb_rows; row++) {
		const struct pass_row *r = &pass_rows[row];

		ask(row, upper, &o);
		TEST_ASSERT_EQUAL(o.seen.calls, 0, "%s is called", r->name);
		if (r->pointer)
			TEST_ASSERT_EQUAL(o.rc, 0, "%s: not refused", r->name);
		else
			TEST_ASSERT((intptr_t)o.rc <= 0, "%s: not refused", r->name);
		told[row] |= r->pointer ? o.err == ENODEV : (intptr_t)o.rc == -ENODEV;
	}
	return TEST_SUCCESS;
}

static unsigned int heard;

static int
on_event(uint16_t port, enum rte_eth_event_type type, void *arg, void *ret)
{
	heard += port == upper && ret == pass_memory ? 1u << type : 1000;
	return 0;
}

static void
tell(uint16_t port)
{
	for (int type = RTE_ETH_EVENT_UNKNOWN + 1; type < RTE_ETH_EVENT_MAX; type++)
		if (type != RTE_ETH_EVENT_NEW && type != RTE_ETH_EVENT_DESTROY)
			rte_eth_dev_callback_process(&rte_eth_devices[port], type, pass_memory);
}

/* The lower port goes while ours is just made, and while it is configured. */
static int
test_gone(void)
{
	bool told[pass_nb_rows];
	static struct outcome o;
	uint16_t other;

	memset(told, 0, sizeof(told));
	fill_tables(true);
	for (enum state state = FRESH; state <= CONFIGURED; state++) {
		TEST_ASSERT_SUCCESS(make_ports(true), "no ports");
		pass_answer = PASS_OK;
		for (enum state s = FRESH; s <= state; s++)
			TEST_ASSERT_SUCCESS(enter(s), "not %s", state_names[s]);
		for (unsigned int row = 0; row < pass_nb_rows; row++)
			ask(row, upper, &o); /* what some need to have been done */
		TEST_ASSERT_SUCCESS(rte_vdev_uninit(LOWER), "not gone");
		TEST_ASSERT_SUCCESS(ask_gone(told), "%s", state_names[state]);

		/* another port has its number, and its events are none of ours */
		TEST_ASSERT_SUCCESS(pass_lower_make("net_lower1", true, &other), "no other port");
		TEST_ASSERT_EQUAL(other, lower, "another number");
		TEST_ASSERT_SUCCESS(configure(other), "the other port");
		TEST_ASSERT_SUCCESS(ask_gone(told), "%s, another port there", state_names[state]);
		rte_eth_dev_callback_register(upper, RTE_ETH_EVENT_FLOW_AGED, on_event, NULL);
		heard = 0;
		tell(other);
		TEST_ASSERT_EQUAL(heard, 0, "an event of another port");
		rte_eth_dev_callback_unregister(upper, RTE_ETH_EVENT_FLOW_AGED, on_event, NULL);
		TEST_ASSERT_SUCCESS(rte_vdev_uninit(UPPER), "ours is not gone");
		tell(other);
		TEST_ASSERT_SUCCESS(rte_vdev_uninit("net_lower1"), "not gone");
	}
	for (unsigned int row = 0; row < pass_nb_rows; row++)
		/* ethdev takes no list for an empty one; and says ENOTSUP, whatever is wrong */
		if (strstr(pass_rows[row].name, "buffer_split") == NULL &&
			strstr(pass_rows[row].name, "flex_item") == NULL)
			TEST_ASSERT(told[row], "%s does not say -ENODEV", pass_rows[row].name);
	return TEST_SUCCESS;
}

/* The lower port goes while ours is started, and another one has its number: no burst gets there. */
static int
test_gone_started(void)
{
	struct rte_mbuf *pkts[4] = {0};
	uint16_t other;

	fill_tables(true);
	TEST_ASSERT_SUCCESS(make_ports(true), "no ports");
	pass_answer = PASS_OK;
	for (enum state s = FRESH; s <= STARTED; s++)
		TEST_ASSERT_SUCCESS(enter(s), "not %s", state_names[s]);
	TEST_ASSERT_SUCCESS(rte_eth_dev_stop(lower), "not stopped");
	TEST_ASSERT_SUCCESS(rte_vdev_uninit(LOWER), "not gone");
	TEST_ASSERT_SUCCESS(pass_lower_make("net_lower1", true, &other), "no other port");
	TEST_ASSERT_EQUAL(other, lower, "another number");
	TEST_ASSERT_SUCCESS(configure(other), "the other port");
	TEST_ASSERT_SUCCESS(rte_eth_dev_start(other), "the other port");
	pass_room = RTE_DIM(pkts);
	TEST_ASSERT_EQUAL(rte_eth_tx_burst(upper, 0, pkts, RTE_DIM(pkts)), 0, "sent elsewhere");
	TEST_ASSERT_EQUAL(pass_room, RTE_DIM(pkts), "sent elsewhere");
	TEST_ASSERT_EQUAL(rte_eth_rx_burst(upper, 0, pkts, RTE_DIM(pkts)), 0, "received");
	TEST_ASSERT_EQUAL(rte_eth_dev_start(upper), -ENODEV, "started");
	TEST_ASSERT_SUCCESS(rte_vdev_uninit(UPPER), "ours is not gone");
	TEST_ASSERT_SUCCESS(rte_eth_dev_stop(other), "not stopped");
	TEST_ASSERT_SUCCESS(rte_vdev_uninit("net_lower1"), "not gone");
	return TEST_SUCCESS;
}

static int
test_events(void)
{
	unsigned int expected = 0;

	fill_tables(true);
	TEST_ASSERT_SUCCESS(make_ports(true), "no ports");
	for (int type = RTE_ETH_EVENT_UNKNOWN + 1; type < RTE_ETH_EVENT_MAX; type++) {
		rte_eth_dev_callback_register(upper, type, on_event, NULL);
		if (type != RTE_ETH_EVENT_NEW && type != RTE_ETH_EVENT_DESTROY)
			expected += 1u << type;
	}
	heard = 0;
	tell(lower);
	TEST_ASSERT_EQUAL(heard, expected, "events 0x%x, not 0x%x", heard, expected);
	for (int type = RTE_ETH_EVENT_UNKNOWN + 1; type < RTE_ETH_EVENT_MAX; type++)
		rte_eth_dev_callback_unregister(upper, type, on_event, NULL);
	return TEST_SUCCESS;
}

/* Queues of ours are set up while the port is stopped only: what libcleave has for them is made at start. */
static int
test_capa(void)
{
	const uint64_t late =
		RTE_ETH_DEV_CAPA_RUNTIME_RX_QUEUE_SETUP | RTE_ETH_DEV_CAPA_RUNTIME_TX_QUEUE_SETUP;
	struct rte_eth_dev_info info;

	TEST_ASSERT_SUCCESS(make_ports(true), "no ports");
	TEST_ASSERT_SUCCESS(rte_eth_dev_info_get(upper, &info), "no information");
	TEST_ASSERT_EQUAL(info.dev_capa, PASS_CAPA & ~late, "0x%" PRIx64, info.dev_capa);
	return TEST_SUCCESS;
}

/* No member of a table that a lower port may have is missing in ours, but for these. */
static int
count_missing(const char *table, const void *ops, size_t size, size_t known)
{
	static const struct {
		size_t offset;
		const char *why;
	} but[] = {
		{offsetof(struct eth_dev_ops, xstats_get_by_id), "ethdev takes them out of all"},
		{offsetof(struct eth_dev_ops, xstats_get_names_by_id), "so with the names"},
	};
	void *const *members = ops;
	unsigned int missing = 0;

	if (size != known * sizeof(void *)) {
		printf("skipped: %s has %zu members in this DPDK, and %zu in 22.11\n", table,
			size / sizeof(void *), known);
		return 0;
	}
	for (size_t i = 0; i < known; i++) {
		bool listed = members[i] != NULL;

		for (unsigned int j = 0; j < RTE_DIM(but) && ops == rte_eth_devices[upper].dev_ops;
			j++)
			listed |= but[j].offset == i * sizeof(void *);
		if (!listed) {
			printf("member %zu of %s is not passed on\n", i, table);
			missing++;
		}
	}
	return missing;
}

static int
test_members(void)
{
	const struct eth_dev_ops *eth;
	const struct rte_flow_ops *flow = NULL;
	const struct rte_mtr_ops *mtr = NULL;
	const struct rte_tm_ops *tm = NULL;
	const struct eth_dev_ops saved = lower_eth;
	unsigned int missing;

	fill_tables(true);
	/* those that are ours if they are the lower port's: nobody calls them here */
	for (size_t i = 0; i < sizeof(lower_eth) / sizeof(void *); i++)
		if (((void **)&lower_eth)[i] == NULL)
			((void **)&lower_eth)[i] = pass_memory;
	lower_eth.is_removed = saved.is_removed;
	lower_eth.link_update = saved.link_update;
	TEST_ASSERT_SUCCESS(make_ports(true), "no ports");
	eth = rte_eth_devices[upper].dev_ops;
	TEST_ASSERT_SUCCESS(eth->flow_ops_get(&rte_eth_devices[upper], &flow), "no flow rules");
	TEST_ASSERT_SUCCESS(eth->tm_ops_get(&rte_eth_devices[upper], &tm), "no tm");
	TEST_ASSERT_SUCCESS(eth->mtr_ops_get(&rte_eth_devices[upper], &mtr), "no mtr");
	missing = count_missing("eth_dev_ops", eth, sizeof(*eth), 113) +
		  count_missing("rte_flow_ops", flow, sizeof(*flow), 37) +
		  count_missing("rte_tm_ops", tm, sizeof(*tm), 29) +
		  count_missing("rte_mtr_ops", mtr, sizeof(*mtr), 21);
	lower_eth = saved;
	TEST_ASSERT_EQUAL(missing, 0, "%u members", missing);
	return TEST_SUCCESS;
}

static const bool yes = true, no = false;

static struct unit_test_suite suite = {
	.suite_name = "net_cleave: operations are passed on",
	.setup = setup,
	.unit_test_cases =
		{
			TEST_CASE_ST(NULL, drop_ports, test_passed),
			TEST_CASE_NAMED_WITH_DATA(
				"empty tables", NULL, drop_ports, test_absent, &yes),
			TEST_CASE_NAMED_WITH_DATA("no tables", NULL, drop_ports, test_absent, &no),
			TEST_CASE_ST(NULL, drop_ports, test_gone),
			TEST_CASE_ST(NULL, drop_ports, test_gone_started),
			TEST_CASE_ST(NULL, drop_ports, test_events),
			TEST_CASE_ST(NULL, drop_ports, test_capa),
			TEST_CASE_ST(NULL, drop_ports, test_members),
			TEST_CASES_END(),
		},
};

static int
test_stack_pass(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(stack_pass_autotest, test_stack_pass);
