/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_jumbo_autotest: merged packets leave as single frames by a port that is said to take them, up
 * to its MTU, and are cut where they do not fit; nothing else is touched by that. Neighbours:
 * decision.h, merged.h.
 */
#include "decision.h"
#include "merged.h"

#define MSS 1000
#define BASE (TX_CKSUMS | RTE_ETH_TX_OFFLOAD_MULTI_SEGS)
#define CHAINS RTE_ETH_TX_OFFLOAD_MULTI_SEGS

static const struct pkt_spec specs[] = {
	{.ip = {.version = 4, .id = 65534, .df = true}},
	{.ip = {.version = 6}, .tcp_opt = PKT_TCP_TS},
	{.nb_vlan = 2, .ip = {.version = 4}},
	{.nb_mpls = 1, .ip = {.version = 6}},
	{.tunnel = PKT_TUNNEL_VXLAN,
		.tunnel_cksum = true,
		.outer = {.version = 4, .df = true},
		.ip = {.version = 4}},
	{.tunnel = PKT_TUNNEL_GENEVE, .outer = {.version = 6}, .ip = {.version = 6}},
	{.tunnel = PKT_TUNNEL_GRE,
		.tunnel_opt = PKT_GRE_CKSUM,
		.outer = {.version = 4},
		.ip = {.version = 4, .df = true}},
	{.tunnel = PKT_TUNNEL_GTPU, .outer = {.version = 4}, .ip = {.version = 4}},
	{.tunnel = PKT_TUNNEL_IPIP, .outer = {.version = 4}, .ip = {.version = 4}},
};

/* A packet on a port that takes merged ones. */
struct jumbo {
	struct tx_case c;
	struct cleave_tx_conf conf;
	const char *args;
	bool whole;
};

static int
run(const struct jumbo *j)
{
	const struct tx_case *c = &j->c;
	struct tx_frames w;
	struct rte_mbuf *m;
	struct tx_test t;
	struct pkt bytes;
	uint16_t mss = j->whole ? c->spec->payload : c->mss;

	if (tx_test_open_capa(&t, c->capa, j->args, &j->conf) < 0)
		return TEST_FAILED;
	m = tx_test_packet(&t, c->spec, c->piece, &bytes);
	TEST_ASSERT_NOT_NULL(m, "no packet");
	tx_case_mark(m, c, &bytes);
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
	TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "refused by the port");
	TEST_ASSERT_SUCCESS(tx_frames_take(&t, &w), "no frames");
	TEST_ASSERT_SUCCESS(tx_frames_judge(&w, &bytes, mss, 0), "wrong");
	TEST_ASSERT_EQUAL(tx_test_stats(&t).whole, j->whole, "%s",
		j->whole ? "not counted as whole" : "counted as whole");
	TEST_ASSERT_EQUAL(
		tx_test_stats(&t).plan[CLEAVE_PLAN_PLAIN], c->spec->payload <= mss, "another plan");
	tx_frames_free(&w);
	pkt_free(&bytes);
	return tx_test_close(&t);
}

/* Every kind of TCP packet, on ports with more and more offloads, an engine too. */
static int
test_whole(void)
{
	static const uint64_t capas[] = {CHAINS, BASE, TX_ALL};

	for (unsigned int i = 0; i < RTE_DIM(specs) * RTE_DIM(capas) * 2 * 2; i++) {
		struct pkt_spec spec = specs[i / 12];
		struct jumbo j = {
			.c = {.spec = &spec,
				.mark = i & 1 ? TX_MARK_UNSUM : TX_MARK_LRO,
				.meta = i & 1 ? TX_CASE_META | CLEAVE_META_FIXED_ID : 0,
				.piece = i & 2 ? 999 : 0,
				.mss = MSS,
				.capa = capas[i / 4 % 3]},
			.conf = {.jumbo = true, .no_gso = i & 2},
			.args = ",mtu=9000",
			.whole = true,
		};

		spec.proto = IPPROTO_TCP;
		spec.tcp_flags = 0x18;
		spec.payload = 4321;
		TEST_ASSERT_SUCCESS(run(&j), "case %u: %s", i, pkt_str(&spec));
	}
	return TEST_SUCCESS;
}

static const struct pkt_spec tcp = {
	.ip = {.version = 4, .id = 7}, .proto = IPPROTO_TCP, .tcp_flags = 0x18, .payload = 4321};
static const struct pkt_spec udp = {
	.ip = {.version = 4, .id = 7}, .proto = IPPROTO_UDP, .payload = 4321};

/* What does not fit, what nobody merged, and datagrams are cut as ever. */
static int
test_cut(void)
{
#define MERGED(s, a, ...)                                                                          \
	{                                                                                          \
		.c = {.spec = &s,                                                                  \
			.mark = TX_MARK_UNSUM,                                                     \
			.meta = TX_CASE_META,                                                      \
			.mss = MSS,                                                                \
			.capa = CHAINS},                                                           \
		.args = a, .conf = {__VA_ARGS__},                                                  \
	}
	struct jumbo cases[] = {
		MERGED(tcp, ",mtu=9000", .jumbo = false),
		MERGED(tcp, ",mtu=4360", .jumbo = true), /* one byte */
		MERGED(tcp, ",mtu=9000", .jumbo = true, .mtu = 4360),
		MERGED(tcp, ",mtu=9000", .jumbo = true, .gso_segsz = 4374),
		MERGED(tcp, ",mtu=9000", .jumbo = true, .tso_segsz = 4320),
		MERGED(tcp, ",mtu=9000,nb_mtu_seg_max=2", .jumbo = true),
		MERGED(udp, ",mtu=9000", .jumbo = true),
		MERGED(tcp, ",mtu=9000", .jumbo = true), /* a program's, see below */
		MERGED(tcp, ",mtu=9000", .jumbo = true), /* no chains */
	};

	cases[RTE_DIM(cases) - 2].c.meta = 0;
	cases[RTE_DIM(cases) - 1].c.capa = 0;
	for (unsigned int i = 0; i < RTE_DIM(cases); i++)
		TEST_ASSERT_SUCCESS(run(&cases[i]), "case %u", i);
	return TEST_SUCCESS;
}

/* What just fits, and what has to be copied to fit. */
static int
test_fits(void)
{
	struct jumbo cases[] = {
		MERGED(tcp, ",mtu=4361", .jumbo = true),
		MERGED(tcp, ",mtu=9000", .jumbo = true, .gso_segsz = 4375),
		MERGED(tcp, ",mtu=9000", .jumbo = true, .tso_segsz = 4321),
		MERGED(tcp, ",mtu=9000,nb_mtu_seg_max=3", .jumbo = true),
		MERGED(tcp, ",mtu=9000", .jumbo = true), /* no chains, but room in a copy */
	};
	struct pkt_spec small = tcp;

	small.payload = 1800;
	cases[RTE_DIM(cases) - 1].c.capa = 0;
	cases[RTE_DIM(cases) - 1].c.piece = 500;
	cases[RTE_DIM(cases) - 1].c.spec = &small;
	for (unsigned int i = 0; i < RTE_DIM(cases); i++) {
		cases[i].whole = true;
		TEST_ASSERT_SUCCESS(run(&cases[i]), "case %u", i);
	}
	return TEST_SUCCESS;
}

/* Nothing is allocated, and where nobody else makes the checksum it is made of the sums that the
 * mbufs have, right or wrong, at odd offsets too. */
static int
test_sums(void)
{
	for (unsigned int i = 0; i < 8; i++) {
		static const struct cleave_tx_conf conf = {.jumbo = true};
		const struct cleave_gso_req req = {.mss = 9000};
		struct rte_net_probe_hold *hold[2];
		struct tx_merged g = {0};
		struct tx_frames w;
		struct rte_mbuf *m;
		struct tx_test t;

		if (tx_test_open_capa(&t, i & 4 ? BASE : CHAINS, ",mtu=9000", &conf) < 0)
			return TEST_FAILED;
		m = tx_merged(&t, i & 1 ? 900 : 899, i & 2 ? 0x1234 : 0, &g);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		if (i & 4)
			g.in.sums = NULL;
		hold[0] = rte_net_probe_mempool_drain(t.pools.direct, 0);
		hold[1] = rte_net_probe_mempool_drain(t.pools.indirect, 0);
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		rte_net_probe_mempool_refill(hold[0]);
		rte_net_probe_mempool_refill(hold[1]);
		TEST_ASSERT_SUCCESS(tx_frames_take(&t, &w), "no frames");
		TEST_ASSERT_SUCCESS(tx_frames_judge_req(&w, &g.in, &req),
			"sums %s, pieces of %u, by %s", i & 2 ? "pretended" : "right",
			i & 1 ? 900 : 899, i & 4 ? "the port" : "software");
		TEST_ASSERT_EQUAL(tx_test_stats(&t).whole, 1, "not whole");
		tx_frames_free(&w);
		pkt_free(&g.bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Shared with somebody, its headers need an mbuf of their own: one mbuf more than the port takes, or
 * all copied into one that has no room, and it is cut. */
static int
test_shared(void)
{
	static const char *const args[] = {
		",mtu=9000,nb_mtu_seg_max=3", ",mtu=9000,nb_mtu_seg_max=4"};
	static const struct cleave_tx_conf conf = {.jumbo = true};

	for (unsigned int i = 0; i < RTE_DIM(args); i++) {
		const uint16_t mss = i == 0 ? MSS : tcp.payload;
		struct rte_mbuf *m, *clone;
		struct tx_frames w;
		struct tx_test t;
		struct pkt bytes;

		if (tx_test_open_capa(&t, CHAINS, args[i], &conf) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &tcp, 0, &bytes);
		TEST_ASSERT(m != NULL && m->nb_segs == 3, "no packet of three mbufs");
		tx_test_mark(m, &bytes, MSS);
		tx_case_meta(m, 0, 5);
		clone = rte_pktmbuf_clone(m, t.pools.indirect);
		TEST_ASSERT_NOT_NULL(clone, "no clone");
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_SUCCESS(tx_frames_take(&t, &w), "no frames");
		TEST_ASSERT_SUCCESS(tx_frames_judge(&w, &bytes, mss, 0), "%s", args[i]);
		TEST_ASSERT_EQUAL(tx_test_stats(&t).whole, i, "%s", args[i]);
		rte_pktmbuf_free(clone);
		tx_frames_free(&w);
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* One segment, or not even a byte of payload, leaves as ever, and is none that was kept whole. */
static int
test_short(void)
{
	static const uint16_t payloads[] = {0, 1, MSS};

	for (unsigned int i = 0; i < RTE_DIM(payloads); i++) {
		struct jumbo j = {
			.c = {.mark = TX_MARK_LRO, .mss = MSS, .capa = CHAINS},
			.args = ",mtu=9000",
			.conf = {.jumbo = true},
		};
		struct pkt_spec spec = tcp;

		spec.payload = payloads[i];
		j.c.spec = &spec;
		TEST_ASSERT_SUCCESS(run(&j), "payload of %u bytes", payloads[i]);
	}
	return TEST_SUCCESS;
}

/* Dropped, a merged packet counts once by its reason, and as the frames that it is made of. */
static int
test_drop_frames(void)
{
	static const struct cleave_tx_conf conf = {.no_gso = true};
	struct rte_mbuf *m[2];
	struct tx_merged g = {0};
	struct cleave_tx_stats s;
	struct pkt bytes;
	struct tx_test t;

	if (tx_test_open_capa(&t, CHAINS, NULL, &conf) < 0)
		return TEST_FAILED;
	m[0] = tx_merged(&t, 1000, 0, &g);
	m[1] = tx_test_packet(&t, &tcp, 0, &bytes);
	TEST_ASSERT(m[0] != NULL && m[1] != NULL, "no packets");
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, m, 2), 2, "not taken");
	s = tx_test_stats(&t);
	TEST_ASSERT_EQUAL(s.drop[CLEAVE_DROP_NO_GSO], 2, "dropped for another reason");
	TEST_ASSERT_EQUAL(s.drop_frames, TX_MERGED_PIECES + 1, "%u frames dropped",
		(unsigned int)s.drop_frames);
	pkt_free(&g.bytes);
	return tx_test_done(&t, &bytes);
}

static int
test_tx_jumbo(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "jumbo",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_whole),
				TEST_CASE(test_cut),
				TEST_CASE(test_fits),
				TEST_CASE(test_sums),
				TEST_CASE(test_shared),
				TEST_CASE(test_short),
				TEST_CASE(test_drop_frames),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_jumbo_autotest, test_tx_jumbo);
