/* SPDX-License-Identifier: BSD-3-Clause
 *
 * stack_hairpin_autotest: hairpin queues of a net_cleave are the lower port's, which knows its peers by the
 * numbers of lower ports; and with them the port is started and stopped like any other. Neighbours:
 * pass_lower.h is the port, ../../drivers/net/cleave/stack_hairpin.c.
 */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>

#include <rte_bus_vdev.h>
#include <rte_ethdev.h>

#include "../test.h"
#include "pass_lower.h"

#define RX_QUEUES 3
#define TX_QUEUES 5
#define RX_HAIRPIN 1 /* these of them */
#define TX_HAIRPIN 2
#define PEER_QUEUE 7

static struct rte_mempool *mp;
/* Two of ours, what they are on, and one that nobody stacks on. */
static uint16_t upper[2], lower[2], plain;

static int
setup(void)
{
	if (mp == NULL)
		mp = rte_pktmbuf_pool_create(
			"stack_hairpin", 63, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	TEST_ASSERT_NOT_NULL(mp, "no pool");
	if (getenv("CLEAVE_STACK") != NULL)
		TEST_ASSERT_NOT_NULL(dlopen(getenv("CLEAVE_STACK"), RTLD_NOW), "%s", dlerror());
	rte_log_set_level_pattern("lib.ethdev*", RTE_LOG_CRIT);
	for (unsigned int i = 0; i < pass_nb_rows; i++)
		if (strcmp(pass_rows[i].name, "eth.hairpin_cap_get") == 0)
			*pass_rows[i].slot = pass_rows[i].op;
	pass_asked = UINT_MAX;
	return TEST_SUCCESS;
}

static int
make_ports(void)
{
	char args[32], name[2][16];

	for (unsigned int i = 0; i < 2; i++) {
		snprintf(name[0], sizeof(name[0]), "net_lower%u", i);
		snprintf(name[1], sizeof(name[1]), "net_cleave%u", i);
		snprintf(args, sizeof(args), "port=%s", name[0]);
		TEST_ASSERT_SUCCESS(pass_lower_make(name[0], false, &lower[i]), "no lower port");
		TEST_ASSERT_SUCCESS(rte_vdev_init(name[1], args), "no port (CLEAVE_STACK)");
		TEST_ASSERT_SUCCESS(rte_eth_dev_get_port_by_name(name[1], &upper[i]), "no port");
	}
	TEST_ASSERT_SUCCESS(pass_lower_make("net_lower2", false, &plain), "no port");
	return TEST_SUCCESS;
}

static void
drop_ports(void)
{
	static const char *const names[] = {
		"net_cleave0", "net_cleave1", "net_lower0", "net_lower1", "net_lower2"};
	uint16_t port;

	for (unsigned int i = 0; i < RTE_DIM(names); i++) {
		if (rte_eth_dev_get_port_by_name(names[i], &port) == 0)
			rte_eth_dev_stop(port);
		rte_vdev_uninit(names[i]);
	}
}

/* libcleave on all queues, but for the one that shall be a hairpin. */
static int
configure(uint16_t port)
{
	const struct rte_eth_conf conf = {
		.rxmode.offloads = RTE_ETH_RX_OFFLOAD_TCP_LRO,
		.txmode.offloads = RTE_ETH_TX_OFFLOAD_TCP_TSO,
	};

	TEST_ASSERT_SUCCESS(
		rte_eth_dev_configure(port, RX_QUEUES, TX_QUEUES, &conf), "not configured");
	for (uint16_t q = 0; q < RX_QUEUES; q++)
		if (q != RX_HAIRPIN)
			TEST_ASSERT_SUCCESS(
				rte_eth_rx_queue_setup(port, q, 64, SOCKET_ID_ANY, NULL, mp),
				"no RX");
	for (uint16_t q = 0; q < TX_QUEUES; q++)
		if (q != TX_HAIRPIN)
			TEST_ASSERT_SUCCESS(
				rte_eth_tx_queue_setup(port, q, 64, SOCKET_ID_ANY, NULL), "no TX");
	return TEST_SUCCESS;
}

static int
set_up(const uint16_t peers[3], bool tx)
{
	struct rte_eth_hairpin_conf conf = {.peer_count = 3, .manual_bind = 1, .tx_explicit = 1};

	for (unsigned int i = 0; i < 3; i++)
		conf.peers[i] = (struct rte_eth_hairpin_peer){peers[i], PEER_QUEUE};
	memset(&pass_hairpin, 0, sizeof(pass_hairpin));
	return tx ? rte_eth_tx_hairpin_queue_setup(upper[0], TX_HAIRPIN, 32, &conf)
		  : rte_eth_rx_hairpin_queue_setup(upper[0], RX_HAIRPIN, 32, &conf);
}

/* The numbers that the application knows, and those that the lower port gets. */
static int
test_numbers(void)
{
	TEST_ASSERT_SUCCESS(make_ports(), "no ports");
	TEST_ASSERT_SUCCESS(configure(upper[0]), "not configured");
	const uint16_t known[] = {upper[0], upper[1], plain, RTE_MAX_ETHPORTS};
	const uint16_t below[] = {lower[0], lower[1], plain, RTE_MAX_ETHPORTS};
	uint16_t peers[3];

	for (int tx = 0; tx < 2; tx++) {
		TEST_ASSERT_SUCCESS(set_up(known, tx), "not set up");
		TEST_ASSERT(pass_hairpin.peer_count == 3 && pass_hairpin.manual_bind &&
				    pass_hairpin.tx_explicit,
			"another configuration");
		for (unsigned int i = 0; i < 3; i++)
			TEST_ASSERT(pass_hairpin.peers[i].port == below[i] &&
					    pass_hairpin.peers[i].queue == PEER_QUEUE,
				"peer %u is port %u", i, pass_hairpin.peers[i].port);
	}
	TEST_ASSERT_SUCCESS(rte_eth_dev_start(upper[0]), "not started");
	for (unsigned int i = 0; i < RTE_DIM(known); i++) {
		TEST_ASSERT_SUCCESS(rte_eth_hairpin_bind(upper[0], known[i]), "not bound");
		TEST_ASSERT_EQUAL(pass_hairpin_port, below[i], "bound to %u", pass_hairpin_port);
		pass_hairpin_port = UINT16_MAX;
		TEST_ASSERT_SUCCESS(rte_eth_hairpin_unbind(upper[0], known[i]), "not unbound");
		TEST_ASSERT_EQUAL(pass_hairpin_port, below[i], "of %u", pass_hairpin_port);
	}
	memcpy(pass_hairpin_peers, below, sizeof(pass_hairpin_peers));
	for (size_t len = 1; len <= 3; len++) {
		TEST_ASSERT_EQUAL(rte_eth_hairpin_get_peer_ports(upper[0], peers, len, 1), (int)len,
			"not as many peers");
		TEST_ASSERT_BUFFERS_ARE_EQUAL(peers, known, len * sizeof(*peers), "other peers");
	}
	return TEST_SUCCESS;
}

/* A peer whose lower port is gone is none, and least of all "all ports". */
static int
test_gone_peer(void)
{
	TEST_ASSERT_SUCCESS(make_ports(), "no ports");
	TEST_ASSERT_SUCCESS(configure(upper[0]), "not configured");
	const uint16_t known[] = {upper[0], plain, upper[1]};

	TEST_ASSERT_SUCCESS(rte_vdev_uninit("net_lower1"), "not gone");
	for (int tx = 0; tx < 2; tx++) {
		TEST_ASSERT_EQUAL(set_up(known, tx), -ENODEV, "set up");
		TEST_ASSERT_EQUAL(pass_hairpin.peer_count, 0, "the lower port was asked");
	}
	TEST_ASSERT_SUCCESS(set_up((const uint16_t[]){plain, plain, plain}, false), "no RX");
	TEST_ASSERT_SUCCESS(set_up((const uint16_t[]){plain, plain, plain}, true), "no TX");
	TEST_ASSERT_SUCCESS(rte_eth_dev_start(upper[0]), "not started");
	pass_hairpin_port = UINT16_MAX;
	TEST_ASSERT_EQUAL(rte_eth_hairpin_bind(upper[0], upper[1]), -ENODEV, "bound");
	TEST_ASSERT_EQUAL(rte_eth_hairpin_unbind(upper[0], upper[1]), -ENODEV, "unbound");
	TEST_ASSERT_EQUAL(pass_hairpin_port, UINT16_MAX, "the lower port was asked");
	return TEST_SUCCESS;
}

static int
check_states(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct rte_eth_dev *dev = &rte_eth_devices[i == 0 ? upper[0] : lower[0]];

		for (uint16_t q = 0; q < RX_QUEUES; q++)
			TEST_ASSERT_EQUAL(rte_eth_dev_is_rx_hairpin_queue(dev, q) != 0,
				q == RX_HAIRPIN, "port %u, RX queue %u", dev->data->port_id, q);
		for (uint16_t q = 0; q < TX_QUEUES; q++)
			TEST_ASSERT_EQUAL(rte_eth_dev_is_tx_hairpin_queue(dev, q) != 0,
				q == TX_HAIRPIN, "port %u, TX queue %u", dev->data->port_id, q);
	}
	return TEST_SUCCESS;
}

/* A packet whose second half the lower port has no room for: it goes when the other queues are polled. */
static int
hold_back(uint16_t queue)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(mp), *pkts[4];
	const unsigned int headers = 14 + 20 + 20, len = headers + 200;
	uint8_t *p;

	TEST_ASSERT_NOT_NULL(m, "no mbuf");
	p = (uint8_t *)rte_pktmbuf_append(m, len);
	memset(p, 0, len);
	p[12] = 8; /* IPv4 */
	p[14] = 0x45;
	p[17] = len - 14;
	p[22] = 64;
	p[23] = IPPROTO_TCP;
	p[34 + 12] = 5 << 4;
	m->l2_len = 14;
	m->l3_len = m->l4_len = 20;
	m->tso_segsz = 100;
	m->ol_flags = RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM;
	pass_room = 1;
	TEST_ASSERT_EQUAL(rte_eth_tx_burst(upper[0], queue, &m, 1), 1, "not taken");
	TEST_ASSERT_EQUAL(pass_room, 0, "nothing was sent");
	pass_room = 5;
	for (uint16_t q = 0; q < RX_QUEUES; q++)
		if (q != RX_HAIRPIN)
			rte_eth_rx_burst(upper[0], q, pkts, 4);
	TEST_ASSERT_EQUAL(pass_room, 4, "what was held back is not sent");
	return TEST_SUCCESS;
}

/* Started, polled, asked and stopped with libcleave on the other queues. */
static int
test_life(void)
{
	struct rte_power_monitor_cond cond;
	struct rte_eth_stats stats;

	TEST_ASSERT_SUCCESS(make_ports(), "no ports");
	TEST_ASSERT_SUCCESS(configure(upper[0]), "not configured");
	TEST_ASSERT_SUCCESS(set_up((const uint16_t[]){plain, plain, plain}, false), "no RX");
	TEST_ASSERT_SUCCESS(set_up((const uint16_t[]){plain, plain, plain}, true), "no TX");
	for (unsigned int i = 0; i < 3; i++) {
		TEST_ASSERT_SUCCESS(rte_eth_dev_start(upper[0]), "not started");
		TEST_ASSERT_SUCCESS(check_states(), "started");
		for (uint16_t q = 0; q < TX_QUEUES; q++)
			if (q != TX_HAIRPIN)
				TEST_ASSERT_SUCCESS(hold_back(q), "TX queue %u", q);
		TEST_ASSERT_EQUAL(rte_eth_get_monitor_addr(upper[0], RX_HAIRPIN, &cond), -EINVAL,
			"a hairpin queue's address");
		TEST_ASSERT_EQUAL(rte_eth_tx_done_cleanup(upper[0], TX_HAIRPIN, 0), -EINVAL,
			"a hairpin queue's packets");
		rte_eth_stats_get(upper[0], &stats);
		rte_eth_stats_reset(upper[0]);
		TEST_ASSERT_SUCCESS(rte_eth_dev_set_mtu(upper[0], 1400 + i), "no MTU");
		TEST_ASSERT_SUCCESS(rte_eth_dev_stop(upper[0]), "not stopped");
		TEST_ASSERT_SUCCESS(check_states(), "stopped");
	}
	TEST_ASSERT_EQUAL(rte_mempool_avail_count(mp), 63, "mbufs lost");
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "net_cleave: hairpin queues",
	.setup = setup,
	.unit_test_cases =
		{
			TEST_CASE_ST(NULL, drop_ports, test_numbers),
			TEST_CASE_ST(NULL, drop_ports, test_gone_peer),
			TEST_CASE_ST(NULL, drop_ports, test_life),
			TEST_CASES_END(),
		},
};

static int
test_stack_hairpin(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(stack_hairpin_autotest, test_stack_hairpin);
