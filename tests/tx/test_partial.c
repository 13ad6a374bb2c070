/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_partial_autotest: the port cuts the equal segments of a tunnelled packet and copies what it
 * does not know, the odd rest goes out by itself (SEMANTICS.md, "Partial GSO"). Case a: the tunnel's
 * TSO without the outer UDP checksum. Case b: plain TSO, all before the inner IP header declared as
 * l2_len. The wire sees what software makes. Neighbours: decision.h; test_partial_not.c (when not).
 */
#include "decision.h"

#define MSS 1200
#define PLAIN_TSO                                                                                  \
	(TX_CKSUMS | RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_TCP_TSO |                  \
		RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM)

/* Whole segments and what remains: none, one byte, all but one; too few. */
static const uint32_t payloads[] = {
	2 * MSS,
	2 * MSS + 1,
	20 * MSS + MSS - 1,
	50 * MSS,
	2 * MSS - 1,
	MSS + 1,
};

/* One way of partial segmentation, all tunnels: by which plans, how often. */
static int
run_variants(uint64_t capa, uint8_t opaque_l2, unsigned int ran[CLEAVE_NB_PLANS])
{
	const struct cleave_tx_conf conf = {.opaque_l2 = opaque_l2};
	struct tx_test t, ref;

	/* a driver whose tx_prepare writes the sums that it needs finds the fields where they are */
	if (tx_test_open_capa(&t, capa, ",prepare=1", &conf) < 0 ||
		tx_test_open_capa(&ref, 0, NULL, NULL) < 0)
		return TEST_FAILED;
	for (unsigned int i = 0; i < pkt_tunnel_variants() * RTE_DIM(payloads) * 2; i++) {
		static const uint8_t flags[] = {0x10, 0x19, 0x90, 0x18, 0xd9, 0x11, 0x50};
		struct pkt_spec spec = *pkt_tunnel_variant(i / RTE_DIM(payloads) / 2);
		struct tx_case c = {
			.spec = &spec, .mss = MSS, .capa = capa, .opaque_l2 = opaque_l2};
		enum cleave_plan plan;

		spec.payload = payloads[i / 2 % RTE_DIM(payloads)];
		spec.outer.df = i & 1;
		spec.ip.df = i & 4;
		spec.outer.id = 65534;
		spec.ip.id = 65500 + i % 36;
		spec.seed = i + 1;
		spec.seq = 0xffff8000 + i;
		spec.tcp_flags = flags[i % RTE_DIM(flags)];
		spec.tcp_opt = i % PKT_TCP_OPTS;
		c.mark = i % (TX_MARKS - 1); /* by the MTU: test_shapes() */
		c.piece = i % 5 == 0 ? 1777 : i % 5 == 1 ? 600 : 2048;
		TEST_ASSERT_SUCCESS(tx_case_run(&t, &ref, &c, &plan), "mark %u, pieces %u, %s: %s",
			c.mark, c.piece, spec.outer.df ? "DF" : "no DF", pkt_str(&spec));
		ran[plan]++;
	}
	return tx_test_close(&ref) < 0 || tx_test_close(&t) < 0 ? TEST_FAILED : TEST_SUCCESS;
}

/* The port has the tunnels' TSO and cannot make an outer UDP checksum. */
static int
test_copied_checksum(void)
{
	unsigned int ran[CLEAVE_NB_PLANS] = {0};

	if (run_variants(PLAIN_TSO | TX_TUNNEL_TSOS, 0, ran) < 0)
		return TEST_FAILED;
	TEST_ASSERT(ran[CLEAVE_PLAN_PARTIAL] > 100, "%u only", ran[CLEAVE_PLAN_PARTIAL]);
	TEST_ASSERT(ran[CLEAVE_PLAN_TSO] > 100, "without that checksum: not by the engine");
	return TEST_SUCCESS;
}

/* The port knows of no tunnel. */
static int
test_opaque(void)
{
	unsigned int ran[CLEAVE_NB_PLANS] = {0};

	if (run_variants(PLAIN_TSO, 127, ran) < 0)
		return TEST_FAILED;
	TEST_ASSERT(ran[CLEAVE_PLAN_PARTIAL] > 300, "%u only", ran[CLEAVE_PLAN_PARTIAL]);
	TEST_ASSERT_EQUAL(ran[CLEAVE_PLAN_TSO], 0, "no tunnel's TSO is there");
	return TEST_SUCCESS;
}

/* The port knows one tunnel, all others are opaque to it; and that one where its outer checksum
 * cannot be made. */
static int
test_both(void)
{
	unsigned int ran[CLEAVE_NB_PLANS] = {0};

	if (run_variants(PLAIN_TSO | RTE_ETH_TX_OFFLOAD_VXLAN_TNL_TSO, 127, ran) < 0)
		return TEST_FAILED;
	TEST_ASSERT(ran[CLEAVE_PLAN_PARTIAL] > 300, "%u only", ran[CLEAVE_PLAN_PARTIAL]);
	TEST_ASSERT(ran[CLEAVE_PLAN_TSO] > 20, "its own tunnel: %u only", ran[CLEAVE_PLAN_TSO]);
	return TEST_SUCCESS;
}

/* What else the port copies, or has to step over: tags, labels, options, extension headers. */
static const struct pkt_spec shapes[] = {
	{.nb_vlan = 2,
		.tunnel = PKT_TUNNEL_VXLAN,
		.outer = {.version = 4, .df = true},
		.ip = {.version = 4, .opt_len = 8, .tos = 3}},
	{.nb_mpls = 2,
		.tunnel = PKT_TUNNEL_GENEVE,
		.tunnel_cksum = true,
		.tunnel_opt = 12,
		.outer = {.version = 4, .df = true, .opt_len = 4, .tos = 2},
		.ip = {.version = 6}},
	{.tunnel = PKT_TUNNEL_GRE,
		.tunnel_ip = true,
		.outer = {.version = 6, .nb_ext = 1, .ext = {{.type = IPPROTO_DSTOPTS}}},
		.ip = {.version = 4}},
	{.nb_vlan = 1,
		.tunnel = PKT_TUNNEL_IPIP,
		.outer = {.version = 4, .df = true},
		.ip = {.version = 4}},
	{.tunnel = PKT_TUNNEL_SIT,
		.outer = {.version = 4, .df = true},
		.ip = {.version = 6, .nb_ext = 1, .ext = {{.type = IPPROTO_HOPOPTS}}}},
	{.tunnel = PKT_TUNNEL_GTPU,
		.tunnel_opt = PKT_GTPU_UL,
		.tunnel_cksum = true,
		.outer = {.version = 6},
		.ip = {.version = 6}},
};

static int
test_shapes(void)
{
	const struct cleave_tx_conf conf = {.opaque_l2 = 127};
	struct tx_test t, ref;

	if (tx_test_open_capa(&t, PLAIN_TSO, NULL, &conf) < 0 ||
		tx_test_open_capa(&ref, 0, NULL, NULL) < 0)
		return TEST_FAILED;
	for (unsigned int i = 0; i < RTE_DIM(shapes) * TX_MARKS; i++) {
		struct pkt_spec spec = shapes[i / TX_MARKS];
		struct tx_case c = {.spec = &spec,
			.mark = i % TX_MARKS,
			.mss = MSS,
			.capa = PLAIN_TSO,
			.opaque_l2 = 127};
		enum cleave_plan plan;

		spec.proto = IPPROTO_TCP;
		spec.tcp_flags = 0x19;
		spec.payload = 7777;
		c.piece = 2000;
		TEST_ASSERT_SUCCESS(
			tx_case_run(&t, &ref, &c, &plan), "mark %u: %s", c.mark, pkt_str(&spec));
		TEST_ASSERT_EQUAL(plan, CLEAVE_PLAN_PARTIAL, "%s: %s", cleave_plan_name(plan),
			pkt_str(&spec));
	}
	return tx_test_close(&ref) < 0 || tx_test_close(&t) < 0 ? TEST_FAILED : TEST_SUCCESS;
}

/* A tag that the port inserts is in every frame, the rest's too. */
static int
test_inserted_tag(void)
{
	const struct cleave_tx_conf conf = {.opaque_l2 = 127};
	struct pkt_spec spec = shapes[3];
	struct tx_frames w;
	struct rte_mbuf *m;
	struct tx_test t;
	struct pkt bytes;

	spec.nb_vlan = 0;
	spec.proto = IPPROTO_TCP;
	spec.payload = 3000;
	if (tx_test_open_capa(&t, PLAIN_TSO | RTE_ETH_TX_OFFLOAD_VLAN_INSERT, NULL, &conf) < 0)
		return TEST_FAILED;
	m = tx_test_packet(&t, &spec, 0, &bytes);
	TEST_ASSERT_NOT_NULL(m, "no packet");
	tx_test_mark(m, &bytes, MSS);
	m->ol_flags |= RTE_MBUF_F_TX_VLAN;
	m->vlan_tci = 77;
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
	TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_PARTIAL], 1, "not partial");
	TEST_ASSERT_SUCCESS(tx_frames_take(&t, &w), "no frames");
	TEST_ASSERT_EQUAL(w.nb, 3, "%u frames", w.nb);
	TEST_ASSERT_EQUAL(tx_frames_count(&w, RTE_NET_PROBE_F_VLAN), 3, "without tag");
	for (unsigned int i = 0; i < w.nb; i++)
		TEST_ASSERT_EQUAL(w.f[i].vlan_tci, 77, "another tag");
	tx_frames_free(&w);
	pkt_free(&bytes);
	return tx_test_close(&t);
}

static int
test_tx_partial(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "partial",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_copied_checksum),
				TEST_CASE(test_opaque),
				TEST_CASE(test_both),
				TEST_CASE(test_shapes),
				TEST_CASE(test_inserted_tag),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_partial_autotest, test_tx_partial);
