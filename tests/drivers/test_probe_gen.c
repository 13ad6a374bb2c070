/* SPDX-License-Identifier: BSD-3-Clause
 *
 * probe_gen_autotest: the segments that net_probe's receive side makes up (rx_gen_flows): whole,
 * with right checksums, in sequence, in trains, marked as a port marks them. Neighbour:
 * drivers/net/probe/probe_gen.c.
 */
#include <inttypes.h>

#include <rte_bus_vdev.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include "../conformance/tshark.h"
#include "../test.h"
#include "cleave_net.h"
#include "rte_net_probe.h"

#define FLOWS_MAX 64
#define BURST 32
#define BURSTS 100
#define QUEUES 2

#define NAME "net_probe_gen"
#define RX_CKSUMS (RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM)

struct gen_case {
	unsigned int len, flows, train;
	uint64_t rx_offloads, ol_flags;
};

/* What came last of each flow. */
struct seen {
	uint32_t saddr, seq;
	uint16_t sport, id;
	bool any;
};

static struct rte_mempool *mp;
static uint16_t port;
static struct tshark tshark;
static bool have_tshark;

static int
setup(void)
{
	int rc;

	if (mp == NULL)
		mp = rte_pktmbuf_pool_create(
			"gen_test", 1023, 64, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	TEST_ASSERT_NOT_NULL(mp, "no pool");
	rc = tshark_open(&tshark);
	have_tshark = rc == 0;
	return rc == TEST_FAILED ? rc : TEST_SUCCESS;
}

static void
teardown(void)
{
	if (have_tshark)
		tshark_close(&tshark);
	rte_mempool_free(mp);
	mp = NULL;
}

static int
open_port(const struct gen_case *c)
{
	struct rte_eth_conf conf = {.rxmode.offloads = c->rx_offloads};
	char args[128];

	snprintf(args, sizeof(args),
		"rx_capa=%" PRIx64 ",rx_gen=%u,rx_gen_flows=%u,rx_gen_train=%u",
		(uint64_t)RX_CKSUMS, c->len, c->flows, c->train);
	TEST_ASSERT_SUCCESS(rte_vdev_init(NAME, args), "no port with %s", args);
	TEST_ASSERT_SUCCESS(rte_eth_dev_get_port_by_name(NAME, &port), "port not found");
	TEST_ASSERT_SUCCESS(rte_eth_dev_configure(port, QUEUES, 1, &conf), "not configured");
	for (uint16_t q = 0; q < QUEUES; q++)
		TEST_ASSERT_SUCCESS(
			rte_eth_rx_queue_setup(port, q, 64, 0, NULL, mp), "no RX queue %u", q);
	TEST_ASSERT_SUCCESS(rte_eth_tx_queue_setup(port, 0, 64, 0, NULL), "no TX queue");
	TEST_ASSERT_SUCCESS(rte_eth_dev_start(port), "not started");
	return TEST_SUCCESS;
}

static int
close_port(void)
{
	rte_eth_dev_stop(port);
	TEST_ASSERT_SUCCESS(rte_vdev_uninit(NAME), "port not unplugged");
	TEST_ASSERT_EQUAL(rte_mempool_avail_count(mp), 1023, "mbufs lost");
	return TEST_SUCCESS;
}

/* Headers, lengths, checksums, flags. */
static int
check_frame(const struct gen_case *c, struct rte_mbuf *m)
{
	static const struct tshark_want want = {.ip = 1, .tcp = 1};
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	const struct rte_ipv4_hdr *ip = (const void *)(p + RTE_ETHER_HDR_LEN);
	struct cleave_pkt pkt;

	TEST_ASSERT(m->nb_segs == 1 && m->next == NULL && m->data_len == c->len &&
			    m->pkt_len == c->len && m->port == port && rte_mbuf_refcnt_read(m) == 1,
		"not a received frame of %u bytes", c->len);
	TEST_ASSERT_EQUAL(m->ol_flags, c->ol_flags, "flags 0x%" PRIx64, m->ol_flags);
	TEST_ASSERT_SUCCESS(cleave_parse(m, &pkt), "cannot be walked");
	TEST_ASSERT(pkt.l4_proto == IPPROTO_TCP && pkt.tcp_flags == CLEAVE_TCP_ACK &&
			    pkt.ip[0].flags == CLEAVE_IP_DF && pkt.frame_len == c->len,
		"not a TCP segment that can be merged");
	TEST_ASSERT_EQUAL(rte_raw_cksum(ip, sizeof(*ip)), 0xffff, "IPv4 checksum");
	TEST_ASSERT_SUCCESS(rte_ipv4_udptcp_cksum_mbuf_verify(m, ip, pkt.l4_off), "TCP checksum");
	if (have_tshark && tshark.nb < TSHARK_FRAMES_MAX)
		TEST_ASSERT_SUCCESS(tshark_add(&tshark, p, m->data_len, &want), "no capture");
	return TEST_SUCCESS;
}

/* Goes on where its flow was. */
static int
check_order(const struct gen_case *c, const struct rte_mbuf *m, struct seen *s)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, const void *, RTE_ETHER_HDR_LEN);
	const struct rte_tcp_hdr *tcp = (const void *)(ip + 1);
	uint32_t seq = rte_be_to_cpu_32(tcp->sent_seq);
	uint16_t id = rte_be_to_cpu_16(ip->packet_id);

	if (s->any) {
		TEST_ASSERT(ip->src_addr == s->saddr && tcp->src_port == s->sport,
			"a segment of another flow");
		TEST_ASSERT_EQUAL(seq, s->seq + c->len - 54, "a hole in the sequence");
		TEST_ASSERT_EQUAL(id, (uint16_t)(s->id + 1), "the ID does not count up");
	}
	*s = (struct seen){ip->src_addr, seq, tcp->src_port, id, true};
	return TEST_SUCCESS;
}

static int
receive(const struct gen_case *c, uint16_t queue)
{
	struct seen seen[FLOWS_MAX] = {0};
	struct rte_mbuf *pkts[BURST];
	unsigned int nb = 0;

	for (unsigned int b = 0; b < BURSTS; b++) {
		TEST_ASSERT_EQUAL(rte_eth_rx_burst(port, queue, pkts, BURST), BURST, "no burst");
		for (unsigned int i = 0; i < BURST; i++, nb++)
			if (check_frame(c, pkts[i]) < 0 ||
				check_order(c, pkts[i], &seen[nb / c->train % c->flows]) < 0)
				return TEST_FAILED;
		rte_pktmbuf_free_bulk(pkts, BURST);
	}
	for (unsigned int i = 0; i < c->flows; i++)
		for (unsigned int j = 0; j < i; j++)
			TEST_ASSERT(
				seen[i].saddr != seen[j].saddr || seen[i].sport != seen[j].sport,
				"flows %u and %u are one", i, j);
	return TEST_SUCCESS;
}

static int
test_case(const void *data)
{
	const struct gen_case *c = data;

	if (open_port(c) < 0 || receive(c, 0) < 0 || receive(c, 1) < 0)
		return TEST_FAILED;
	return close_port();
}

/* A pool that runs dry gives nothing, and is counted; then it goes on where it was. */
static int
test_dry(void)
{
	const struct gen_case c = {1514, 3, 2, 0, 0};
	struct rte_net_probe_counters n;
	struct rte_net_probe_hold *hold;
	struct rte_mbuf *pkts[BURST];

	TEST_ASSERT_SUCCESS(open_port(&c), "no port");
	hold = rte_net_probe_mempool_drain(mp, BURST - 1);
	TEST_ASSERT_NOT_NULL(hold, "pool not drained");
	TEST_ASSERT_EQUAL(rte_eth_rx_burst(port, 0, pkts, BURST), 0, "frames from nowhere");
	rte_net_probe_counters_get(port, 0, &n);
	TEST_ASSERT_EQUAL(n.rx_nombuf, 1, "not counted");
	rte_net_probe_mempool_refill(hold);
	TEST_ASSERT_SUCCESS(receive(&c, 0), "wrong behind it");
	return close_port();
}

static int
test_args(void)
{
	static const char *const bad[] = {"rx_gen_flows=1", "rx_gen=54,rx_gen_flows=1",
		"rx_gen=1514,rx_gen_flows=65537", "rx_gen=1514,rx_gen_flows=1,rx_gen_train=0"};

	for (unsigned int i = 0; i < RTE_DIM(bad); i++)
		TEST_ASSERT_FAIL(rte_vdev_init(NAME, bad[i]), "%s is taken", bad[i]);
	return TEST_SUCCESS;
}

static int
test_tshark(void)
{
	if (!have_tshark)
		return TEST_SKIPPED;
	TEST_ASSERT_SUCCESS(tshark_judge(&tshark), "tshark complains");
	return TEST_SUCCESS;
}

#define GOOD (RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD)

static const struct gen_case one = {1514, 1, 1, RX_CKSUMS, GOOD}, many = {1514, FLOWS_MAX, 1, 0, 0},
			     trains = {1514, 7, 16, RTE_ETH_RX_OFFLOAD_TCP_CKSUM,
				     RTE_MBUF_F_RX_L4_CKSUM_GOOD},
			     odd = {555, 5, 3, 0, 0}, least = {55, 2, 1, 0, 0};

static struct unit_test_suite suite = {
	.suite_name = "net_probe: generated segments",
	.setup = setup,
	.teardown = teardown,
	.unit_test_cases =
		{
			TEST_CASE_NAMED_WITH_DATA("one flow", NULL, NULL, test_case, &one),
			TEST_CASE_NAMED_WITH_DATA("many flows", NULL, NULL, test_case, &many),
			TEST_CASE_NAMED_WITH_DATA("trains", NULL, NULL, test_case, &trains),
			TEST_CASE_NAMED_WITH_DATA("odd lengths", NULL, NULL, test_case, &odd),
			TEST_CASE_NAMED_WITH_DATA("least length", NULL, NULL, test_case, &least),
			TEST_CASE(test_dry),
			TEST_CASE(test_args),
			TEST_CASE(test_tshark),
			TEST_CASES_END(),
		},
};

static int
test_probe_gen(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(probe_gen_autotest, test_probe_gen);
