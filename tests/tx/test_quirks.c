/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_quirks_autotest: net_probe poses as a driver that is known to keep less than it claims; requests
 * beyond what was seen to work are cut in software, those within are not, and all are the same bytes. The
 * limits are those of ../../lib/tx/quirks.c, each seen in tests/emulated. Neighbours: test_plan.c.
 */
#include "tx_test.h"

#define CAPA (TX_CKSUMS | RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_TCP_TSO)
#define MSS 1400

static const struct quirk_case {
	const char *driver;
	uint64_t capa;
	uint16_t pieces[2]; /* bytes of the first mbuf, and of the others */
	uint16_t payload;
	enum cleave_plan plan;
} cases[] = {
	/* an mbuf of 14 bits, wherever it is in the chain */
	{"net_vmxnet3", CAPA, {16383, 16383}, 16383 - 54, CLEAVE_PLAN_TSO},
	{"net_vmxnet3", CAPA, {16384, 16384}, 16384 - 54, CLEAVE_PLAN_GSO},
	{"net_vmxnet3", CAPA, {1000, 16383}, 40000, CLEAVE_PLAN_TSO},
	{"net_vmxnet3", CAPA, {1000, 16384}, 40000, CLEAVE_PLAN_GSO},
	{"net_probe", CAPA, {1000, 16384}, 40000, CLEAVE_PLAN_TSO},
	/* mbufs a packet */
	{"net_vmxnet3", CAPA, {1000, 1000}, 24000 - 54, CLEAVE_PLAN_TSO},
	{"net_vmxnet3", CAPA, {1000, 1000}, 24001 - 54, CLEAVE_PLAN_GSO},
	{"net_e1000_igb", CAPA, {100, 100}, 6400 - 54, CLEAVE_PLAN_TSO},
	{"net_e1000_igb", CAPA, {100, 100}, 6401 - 54, CLEAVE_PLAN_GSO},
	{"net_virtio", CAPA, {100, 100}, 25500 - 54, CLEAVE_PLAN_TSO},
	{"net_virtio", CAPA, {100, 100}, 25501 - 54, CLEAVE_PLAN_GSO},
	{"net_probe", CAPA, {100, 100}, 25501 - 54, CLEAVE_PLAN_TSO},
	/* a request for the port without IPV4_CKSUM, as vmxnet3 and virtio are */
	{"net_vmxnet3", CAPA & ~RTE_ETH_TX_OFFLOAD_IPV4_CKSUM, {2000, 2000}, 20000,
		CLEAVE_PLAN_TSO},
	/* what a backend does not do is not claimed, and then not asked for */
	{"net_virtio", RTE_ETH_TX_OFFLOAD_MULTI_SEGS, {2000, 2000}, 20000, CLEAVE_PLAN_GSO},
	/* engines and checksums that are better left alone */
	{"net_tap", CAPA, {2000, 2000}, 20000, CLEAVE_PLAN_GSO},
	/* a chain that the file would cut off */
	{"net_pcap", CAPA, {2000, 2000}, 16128 - 54, CLEAVE_PLAN_TSO},
	{"net_pcap", CAPA, {2000, 2000}, 16129 - 54, CLEAVE_PLAN_GSO},
};

static int
run_case(const struct quirk_case *c, uint8_t version)
{
	const struct pkt_spec spec = {
		.ip = {.version = version, .ttl = 64, .df = version == 4},
		.proto = IPPROTO_TCP,
		.tcp_flags = 0x18,
		.payload = c->payload - (version == 6 ? 20 : 0),
	};
	struct rte_mempool *large;
	struct tx_test t;
	struct pkt bytes;
	struct rte_mbuf *m;
	unsigned int frames;
	struct rte_net_probe_counters n;

	large = rte_mempool_lookup("quirks");
	if (large == NULL)
		large = rte_pktmbuf_pool_create(
			"quirks", 511, 0, 0, RTE_PKTMBUF_HEADROOM + 17000, SOCKET_ID_ANY);
	TEST_ASSERT_NOT_NULL(large, "no pool");
	TEST_ASSERT_SUCCESS(tx_test_open_capa(&t, c->capa, NULL, NULL), "no port");
	TEST_ASSERT_SUCCESS(rte_net_probe_pose_as(t.port, c->driver), "not posing");
	TEST_ASSERT_SUCCESS(tx_test_conf(&t, (struct cleave_tx_conf){0}), "no queue");
	TEST_ASSERT_SUCCESS(pkt_build(&spec, &bytes), "no packet");
	m = mbuf_chain(large, bytes.data, bytes.len, c->pieces, 2);
	TEST_ASSERT_NOT_NULL(m, "no packet");
	/* RX_LRO: what the port sees is all of libcleave's making */
	m->ol_flags |= RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	m->tso_segsz = MSS;
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
	TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "%s: refused by the port", c->driver);
	TEST_ASSERT_SUCCESS(tx_test_wire(&t, &bytes, MSS, &frames), "%s", c->driver);
	TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[c->plan], 1, "%s, IPv%u, %u of %u: not %s",
		c->driver, version, c->payload, c->pieces[1], cleave_plan_name(c->plan));
	rte_net_probe_counters_get(t.port, 0, &n);
	TEST_ASSERT_EQUAL(n.tso_requests, c->plan == CLEAVE_PLAN_TSO, "requests");
	pkt_free(&bytes);
	TEST_ASSERT_EQUAL(rte_mempool_in_use_count(large), 0, "mbufs lost");
	return tx_test_close(&t);
}

static int
test_limits(void)
{
	for (unsigned int i = 0; i < RTE_DIM(cases); i++)
		for (uint8_t version = 4; version <= 6; version += 2)
			TEST_ASSERT_SUCCESS(run_case(&cases[i], version), "case %u", i);
	return TEST_SUCCESS;
}

/* A frame that fits the MTU, of more mbufs than the driver gets along with, is made fewer. */
static int
test_plain(void)
{
	static const uint16_t ten = 10;
	const struct pkt_spec spec = {
		.ip = {.version = 4, .ttl = 64}, .proto = IPPROTO_TCP, .payload = 1000};
	struct tx_test t;
	struct pkt bytes;
	struct rte_mbuf *m;

	TEST_ASSERT_SUCCESS(tx_test_open_capa(&t, CAPA, NULL, NULL), "no port");
	TEST_ASSERT_SUCCESS(rte_net_probe_pose_as(t.port, "net_e1000_igb"), "not posing");
	TEST_ASSERT_SUCCESS(tx_test_conf(&t, (struct cleave_tx_conf){0}), "no queue");
	TEST_ASSERT_SUCCESS(pkt_build(&spec, &bytes), "no packet");
	m = mbuf_chain(t.mp, bytes.data, bytes.len, &ten, 1);
	TEST_ASSERT_NOT_NULL(m, "no packet");
	TEST_ASSERT(m->nb_segs > 64, "not long enough");
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
	TEST_ASSERT_SUCCESS(tx_test_frame(&t, bytes.data, bytes.len), "other bytes");
	TEST_ASSERT_EQUAL(tx_test_stats(&t).linearized, 1, "not copied together");
	pkt_free(&bytes);
	return tx_test_close(&t);
}

static int
test_pose(void)
{
	struct rte_eth_dev_info info;
	struct tx_test t;

	TEST_ASSERT_EQUAL(rte_net_probe_pose_as(RTE_MAX_ETHPORTS - 1, "x"), -ENODEV, "no port");
	TEST_ASSERT_SUCCESS(tx_test_open_capa(&t, CAPA, NULL, NULL), "no port");
	TEST_ASSERT_EQUAL(rte_net_probe_pose_as(t.port, "net_of_a_name_that_is_far_too_long"),
		-EINVAL, "a name too long");
	TEST_ASSERT_SUCCESS(rte_net_probe_pose_as(t.port, "net_virtio"), "not posing");
	TEST_ASSERT_SUCCESS(rte_eth_dev_info_get(t.port, &info), "no info");
	TEST_ASSERT(strcmp(info.driver_name, "net_virtio") == 0, "%s", info.driver_name);
	return tx_test_close(&t);
}

static struct unit_test_suite suite = {
	.suite_name = "TX: known faults of drivers",
	.setup = tx_test_pools,
	.unit_test_cases =
		{
			TEST_CASE(test_pose),
			TEST_CASE(test_limits),
			TEST_CASE(test_plain),
			TEST_CASES_END(),
		},
};

static int
test_tx_quirks(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(tx_quirks_autotest, NOHUGE_OK, ASAN_OK, test_tx_quirks);
