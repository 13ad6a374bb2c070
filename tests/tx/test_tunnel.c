/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_tunnel_autotest: every tunnel on every set of capabilities. The capability of one tunnel is
 * never taken for another's, each packet of a burst is decided by itself (SEMANTICS.md part 4, item
 * 8), none is cut as if it were plain TCP (item 2), and the wire sees the same bytes whoever cut.
 * Neighbours: decision.h; test_tunnel_not.c, test_tunnel_cksum.c.
 */
#include "decision.h"

#define MSS 1300
#define BASE (TX_CKSUMS | RTE_ETH_TX_OFFLOAD_MULTI_SEGS)
#define PLAIN_TSO (BASE | RTE_ETH_TX_OFFLOAD_TCP_TSO)
#define OUTER4 RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM
#define OUTER_UDP RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM
#define TSO_OF(t) (PLAIN_TSO | OUTER4 | RTE_ETH_TX_OFFLOAD_##t##_TNL_TSO)

static const uint64_t sets[] = {
	0,
	RTE_ETH_TX_OFFLOAD_MULTI_SEGS,
	BASE,
	BASE | OUTER4 | OUTER_UDP,
	BASE | OUTER4 | OUTER_UDP | TX_TUNNEL_TSOS,
	PLAIN_TSO,
	PLAIN_TSO | TX_TUNNEL_TSOS,
	PLAIN_TSO | TX_TUNNEL_TSOS | OUTER4,
	TSO_OF(VXLAN),
	TSO_OF(VXLAN) | OUTER_UDP,
	TSO_OF(GENEVE),
	TSO_OF(GENEVE) | OUTER_UDP,
	TSO_OF(GRE),
	TSO_OF(GRE) | OUTER_UDP,
	TSO_OF(IPIP),
	TSO_OF(IPIP) | OUTER_UDP,
	TSO_OF(UDP),
	TSO_OF(UDP) | OUTER_UDP,
	TSO_OF(IP),
	TX_ALL,
};

/* Payloads: an odd rest, none, a rest and one whole segment. */
static const uint32_t payloads[] = {4 * MSS + 57, 3 * MSS, MSS + 1};

static int
run_set(uint64_t capa, struct tx_test *ref)
{
	struct tx_test t;

	if (tx_test_open_capa(&t, capa, NULL, NULL) < 0)
		return TEST_FAILED;
	for (unsigned int i = 0; i < pkt_tunnel_variants() * RTE_DIM(payloads); i++) {
		struct pkt_spec spec = *pkt_tunnel_variant(i / RTE_DIM(payloads));
		struct tx_case c = {.spec = &spec, .mss = MSS, .capa = capa};

		spec.payload = payloads[i % RTE_DIM(payloads)];
		spec.seed = spec.seq = 0xffffff00 + i;
		spec.ip.id = spec.outer.id = 65533 + i % 7;
		spec.tcp_flags = i & 1 ? 0x10 : 0x99;
		c.mark = i % TX_MARKS;
		c.piece = i % 11 == 0 ? 60 : i % 3 == 2 ? 333 : 1999;
		if (c.piece == 60 && c.mark == TX_MARK_UNSUM)
			c.piece = 333; /* it writes into headers */
		TEST_ASSERT_SUCCESS(tx_case_run(&t, ref, &c, NULL), "mark %u, pieces %u: %s",
			c.mark, c.piece, pkt_str(&spec));
	}
	return tx_test_close(&t);
}

static int
test_sets(void)
{
	struct tx_test ref;

	if (tx_test_open_capa(&ref, 0, NULL, NULL) < 0)
		return TEST_FAILED;
	for (unsigned int i = 0; i < RTE_DIM(sets); i++)
		TEST_ASSERT_SUCCESS(run_set(sets[i], &ref), "with capabilities %" PRIx64, sets[i]);
	return tx_test_close(&ref);
}

/* A request whose payload fits one segment leaves whole, its mark cleared, its checksums complete:
 * as the builder made it. */
static int
test_single(void)
{
	static const uint64_t few[] = {0, BASE, PLAIN_TSO | TX_TUNNEL_TSOS | OUTER4, TX_ALL};
	struct tx_test t;

	for (unsigned int i = 0; i < RTE_DIM(few); i++) {
		if (tx_test_open_capa(&t, few[i], NULL, NULL) < 0)
			return TEST_FAILED;
		for (unsigned int v = 0; v < 2 * pkt_tunnel_variants(); v++) {
			struct pkt_spec spec = *pkt_tunnel_variant(v / 2);
			struct tx_case c = {.spec = &spec, .mss = MSS, .capa = few[i]};
			struct rte_net_probe_counters n;
			struct rte_mbuf *m;
			struct pkt bytes;

			spec.payload = v % 5 == 0 ? MSS : v % 5;
			c.mark = v & 1 ? TX_MARK_UNSUM : TX_MARK_REQUEST;
			m = tx_test_packet(&t, &spec, 0, &bytes);
			TEST_ASSERT_NOT_NULL(m, "no packet");
			tx_case_mark(m, &c, &bytes);
			cleave_tx_stats_reset(t.port, 0);
			TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
			TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "refused");
			TEST_ASSERT_SUCCESS(tx_test_frame(&t, bytes.data, bytes.len),
				"capabilities %" PRIx64 ", mark %u: %s", few[i], c.mark,
				pkt_str(&spec));
			TEST_ASSERT_EQUAL(
				tx_test_stats(&t).plan[CLEAVE_PLAN_PLAIN], 1, "not plain");
			rte_net_probe_counters_get(t.port, 0, &n);
			TEST_ASSERT_EQUAL(n.tso_requests, 0, "by the engine");
			pkt_free(&bytes);
		}
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* A burst of everything on a port that cuts some of it: each packet by itself, in order. */
#define MIXED 12
static int
test_mixed(void)
{
	const uint64_t capa = TSO_OF(VXLAN) | OUTER_UDP;
	uint64_t want[CLEAVE_NB_PLANS] = {0};
	struct rte_mbuf *m[MIXED];
	struct pkt bytes[MIXED];
	struct tx_test t;

	if (tx_test_open_capa(&t, capa, NULL, NULL) < 0)
		return TEST_FAILED;
	for (unsigned int i = 0; i < MIXED; i++) {
		struct pkt_spec spec = {
			.ip = {.version = i & 1 ? 6 : 4},
			.proto = IPPROTO_TCP,
			.tunnel = i % 4 == 0   ? PKT_TUNNEL_NONE
				  : i % 4 == 1 ? PKT_TUNNEL_VXLAN
				  : i % 4 == 2 ? PKT_TUNNEL_GENEVE
					       : PKT_TUNNEL_GRE,
			.outer = {.version = 4},
			.payload = i % 3 == 2 ? 100 : 3000,
			.seed = i + 1,
		};
		struct tx_case c = {.spec = &spec, .mss = MSS, .capa = capa};

		m[i] = tx_test_packet(&t, &spec, 0, &bytes[i]);
		TEST_ASSERT_NOT_NULL(m[i], "no packet");
		tx_case_mark(m[i], &c, &bytes[i]);
		want[rte_bsf32(tx_case_plans(&c, &bytes[i]))]++;
	}
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, m, MIXED), MIXED, "not taken");
	TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "refused");
	for (unsigned int i = 0; i < CLEAVE_NB_PLANS; i++)
		TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[i], want[i], "%u packets, not %u: %s",
			(unsigned int)tx_test_stats(&t).plan[i], (unsigned int)want[i],
			cleave_plan_name(i));
	for (unsigned int i = 0; i < MIXED; i++) {
		const struct check_in in = check_in(&bytes[i]);
		const struct cleave_gso_req req = {.mss = MSS};
		struct tx_frames w;

		TEST_ASSERT_SUCCESS(tx_frames_pop(&t, check_nb(&in, &req), &w), "frames missing");
		TEST_ASSERT_SUCCESS(tx_frames_judge(&w, &bytes[i], MSS, 0), "packet %u", i);
		tx_frames_free(&w);
		pkt_free(&bytes[i]);
	}
	return tx_test_close(&t);
}

static int
test_tx_tunnel(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "tunnel",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_sets),
				TEST_CASE(test_single),
				TEST_CASE(test_mixed),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_tunnel_autotest, test_tx_tunnel);
