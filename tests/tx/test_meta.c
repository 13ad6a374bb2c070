/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_meta_autotest: what only the dynamic field says of a merged packet (cleave_net.h) decides how
 * it is cut: IDs that stayed the same, level by level; CWR in all segments; payload sums, which are
 * used and not computed again; mbufs that already are the segments. Neighbours: decision.h,
 * merged.h.
 */
#include "decision.h"
#include "merged.h"

#define MSS 1000
#define BASE (TX_CKSUMS | RTE_ETH_TX_OFFLOAD_MULTI_SEGS)
#define CHAINS RTE_ETH_TX_OFFLOAD_MULTI_SEGS

static const struct {
	uint64_t capa;
	uint8_t opaque_l2;
} ports[] = {
	{0, 0},
	{BASE, 0},
	{BASE | RTE_ETH_TX_OFFLOAD_TCP_TSO, 0},
	{BASE | RTE_ETH_TX_OFFLOAD_TCP_TSO, 127},
	{TX_ALL & ~RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM, 0},
	{TX_ALL, 0},
};

static const struct pkt_spec specs[] = {
	{.ip = {.version = 4, .id = 65534, .df = true}},
	{.ip = {.version = 4, .id = 9}},
	{.ip = {.version = 6}},
	{.tunnel = PKT_TUNNEL_VXLAN,
		.tunnel_cksum = true,
		.outer = {.version = 4, .id = 65535, .df = true},
		.ip = {.version = 4, .id = 8}},
	{.tunnel = PKT_TUNNEL_GENEVE,
		.outer = {.version = 4, .id = 5, .df = true},
		.ip = {.version = 6}},
	{.tunnel = PKT_TUNNEL_GRE, .outer = {.version = 6}, .ip = {.version = 4, .df = true}},
	{.tunnel = PKT_TUNNEL_IPIP, .outer = {.version = 4}, .ip = {.version = 4, .id = 65535}},
};

/* All flags on all ports: as they say, and by an engine only where it does that. */
static int
run_port(unsigned int p, struct tx_test *ref, unsigned int ran[CLEAVE_NB_PLANS])
{
	const struct cleave_tx_conf conf = {.opaque_l2 = ports[p].opaque_l2};
	const uint8_t all = CLEAVE_META_FIXED_ID | CLEAVE_META_FIXED_OUTER_ID | CLEAVE_META_ACCECN;
	struct tx_test t;

	if (tx_test_open_capa(&t, ports[p].capa, NULL, &conf) < 0)
		return TEST_FAILED;
	for (unsigned int i = 0; i < RTE_DIM(specs) * 16 * 2; i++) {
		struct pkt_spec spec = specs[i / 32];
		struct tx_case c = {
			.spec = &spec,
			.mark = i & 16 ? TX_MARK_UNSUM : TX_MARK_LRO,
			.mss = MSS,
			.meta = TX_CASE_META | (i & all),
			.capa = ports[p].capa,
			.opaque_l2 = ports[p].opaque_l2,
		};
		enum cleave_plan plan;

		spec.proto = IPPROTO_TCP;
		spec.tcp_flags = i & 1 ? 0xd8 : 0x18;
		spec.payload = 4321;
		if (spec.tunnel == PKT_TUNNEL_NONE)
			c.meta &= ~CLEAVE_META_FIXED_OUTER_ID;
		TEST_ASSERT_SUCCESS(tx_case_run(&t, ref, &c, &plan), "mark %u, meta %02x: %s",
			c.mark, c.meta, pkt_str(&spec));
		ran[plan]++;
	}
	return tx_test_close(&t);
}

static int
test_flags(void)
{
	unsigned int ran[CLEAVE_NB_PLANS] = {0};
	struct tx_test ref;

	if (tx_test_open_capa(&ref, 0, NULL, NULL) < 0)
		return TEST_FAILED;
	for (unsigned int p = 0; p < RTE_DIM(ports); p++)
		TEST_ASSERT_SUCCESS(
			run_port(p, &ref, ran), "with capabilities %" PRIx64, ports[p].capa);
	TEST_ASSERT(ran[CLEAVE_PLAN_TSO] > 20, "%u by TSO", ran[CLEAVE_PLAN_TSO]);
	TEST_ASSERT(ran[CLEAVE_PLAN_PARTIAL] > 20, "%u in part", ran[CLEAVE_PLAN_PARTIAL]);
	return tx_test_close(&ref);
}

/* Bytes in that place of an mbuf mean nothing without the flag. */
static int
test_stale(void)
{
	const struct pkt_spec spec = {.ip = {.version = 4, .id = 7},
		.proto = IPPROTO_TCP,
		.tcp_flags = 0x90,
		.payload = 4000};

	for (unsigned int i = 0; i < RTE_DIM(ports); i++) {
		struct tx_frames w;
		struct rte_mbuf *m;
		struct tx_test t;
		struct pkt bytes;

		if (tx_test_open_capa(&t, ports[i].capa, NULL, NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &spec, 0, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		tx_test_mark(m, &bytes, MSS);
		for (struct rte_mbuf *s = m; s != NULL; s = s->next) {
			tx_case_meta(s, 0xff, 3);
			cleave_meta(s)->sum = 0x1234;
			s->ol_flags &= ~cleave_meta_flag;
		}
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_SUCCESS(tx_frames_take(&t, &w), "no frames");
		TEST_ASSERT_SUCCESS(tx_frames_judge(&w, &bytes, MSS, 0), "wrong");
		tx_frames_free(&w);
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Where software makes the checksums, it makes them of the sums that it is told, right or wrong, as
 * far as a segment has whole mbufs. A copy (to a port without chains) sums what it copies; a port
 * that makes them itself sums what it sends. */
static int
test_sums(void)
{
	static const uint16_t mss[] = {900, 899, 1800, 1350};

	for (unsigned int i = 0; i < 2 * 2 * 3 * RTE_DIM(mss); i++) {
		static const uint64_t capas[] = {0, CHAINS, BASE};
		uint64_t capa = capas[i / 4 % 3];
		struct cleave_gso_req req = {.mss = mss[i / 12]};
		struct tx_merged g = {0};
		struct tx_frames w;
		struct rte_mbuf *m;
		struct tx_test t;

		if (tx_test_open_capa(&t, capa, ",mtu=2000", NULL) < 0)
			return TEST_FAILED;
		m = tx_merged(&t, i & 1 ? 900 : 899, i & 2 ? 0x1234 : 0, &g);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		m->tso_segsz = req.mss;
		if (capa != CHAINS)
			g.in.sums = NULL;
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_SUCCESS(tx_frames_take(&t, &w), "no frames");
		TEST_ASSERT_SUCCESS(tx_frames_judge_req(&w, &g.in, &req),
			"sums %s, pieces of %u, segments of %u, capabilities %" PRIx64,
			i & 2 ? "pretended" : "right", i & 1 ? 900 : 899, req.mss, capa);
		tx_frames_free(&w);
		pkt_free(&g.bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* The mbufs are the segments, and ours alone: nothing is allocated, and that is counted. Shared by
 * a clone, they are not. */
static int
test_unchained(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		const struct cleave_gso_req req = {.mss = 1000};
		struct rte_net_probe_hold *hold[2] = {NULL, NULL};
		struct rte_mbuf *m, *clone = NULL;
		struct tx_merged g = {0};
		struct tx_frames w;
		struct tx_test t;

		if (tx_test_open_capa(&t, i & 1 ? BASE : CHAINS, NULL, NULL) < 0)
			return TEST_FAILED;
		m = tx_merged(&t, 1000, 0, &g);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		if (i & 2) {
			clone = rte_pktmbuf_clone(m, t.pools.indirect);
			TEST_ASSERT_NOT_NULL(clone, "no clone");
		} else {
			hold[0] = rte_net_probe_mempool_drain(t.pools.direct, 0);
			hold[1] = rte_net_probe_mempool_drain(t.pools.indirect, 0);
			TEST_ASSERT(hold[0] != NULL && hold[1] != NULL, "pools not drained");
		}
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		rte_net_probe_mempool_refill(hold[0]);
		rte_net_probe_mempool_refill(hold[1]);
		TEST_ASSERT_SUCCESS(tx_frames_take(&t, &w), "no frames");
		TEST_ASSERT_SUCCESS(tx_frames_judge_req(&w, &g.in, &req), "wrong");
		TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_GSO], 1, "not cut here");
		TEST_ASSERT_EQUAL(tx_test_stats(&t).unchained, clone == NULL, "%u counted",
			(unsigned int)tx_test_stats(&t).unchained);
		rte_pktmbuf_free(clone);
		tx_frames_free(&w);
		pkt_free(&g.bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_tx_meta(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "meta",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_flags),
				TEST_CASE(test_stale),
				TEST_CASE(test_sums),
				TEST_CASE(test_unchained),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_meta_autotest, test_tx_meta);
