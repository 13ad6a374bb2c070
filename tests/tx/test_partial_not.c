/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_partial_not_autotest: where partial segmentation ends. One case a reason for which a packet is
 * cut in software instead, each next to one that only just is not; and faults on the way: a full
 * ring between the request and the rest, no mbuf for the rest. Neighbours: test_partial.c.
 */
#include "frames.h"

#define MSS 1200
#define PLAIN_TSO                                                                                  \
	(TX_CKSUMS | RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_TCP_TSO |                  \
		RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM)

/* All before the inner IP header: 14 + 20 + 8 + 8 + 14 bytes. */
static const struct pkt_spec vxlan = {
	.tunnel = PKT_TUNNEL_VXLAN,
	.outer = {.version = 4, .df = true, .id = 9},
	.ip = {.version = 4, .id = 3},
	.proto = IPPROTO_TCP,
	.tcp_flags = 0x18,
	.payload = 5000,
};
#define VXLAN_L2 64

/* 14 + 40 + 8 + 8 + 60 + 14 bytes: l2_len has 7 bits. */
static const struct pkt_spec geneve_long = {
	.tunnel = PKT_TUNNEL_GENEVE,
	.tunnel_opt = 60,
	.outer = {.version = 6},
	.ip = {.version = 4},
	.proto = IPPROTO_TCP,
	.payload = 5000,
};

/* 14 + 20 + 8 + 8 + 60 + 14 bytes fit. */
static const struct pkt_spec geneve_short = {
	.tunnel = PKT_TUNNEL_GENEVE,
	.tunnel_opt = 60,
	.outer = {.version = 4, .df = true},
	.ip = {.version = 4},
	.proto = IPPROTO_TCP,
	.payload = 5000,
};

static void
urgent(struct pkt_spec *s)
{
	s->tcp_flags |= CLEAVE_TCP_URG;
}

static void
trailer(struct pkt_spec *s)
{
	s->pad = 6;
}

static void
jumbo(struct pkt_spec *s)
{
	s->outer = s->ip = (struct pkt_ip){.version = 6};
	s->payload = 70000;
}

static void
udp(struct pkt_spec *s)
{
	s->proto = IPPROTO_UDP;
}

static void
fragment_df(struct pkt_spec *s)
{
	s->outer.df = false;
}

static const struct {
	const char *name;
	const struct pkt_spec *spec;
	void (*change)(struct pkt_spec *s);
	const char *args;
	struct cleave_tx_conf conf;
	uint16_t piece;
	enum cleave_plan plan;
} cases[] = {
	{"l2_len that the driver takes", &vxlan, NULL, "", {.opaque_l2 = VXLAN_L2}, 0,
		CLEAVE_PLAN_PARTIAL},
	{"one byte more", &vxlan, NULL, "", {.opaque_l2 = VXLAN_L2 - 1}, 0, CLEAVE_PLAN_GSO},
	{"a driver that takes none", &vxlan, NULL, "", {.opaque_l2 = 0}, 0, CLEAVE_PLAN_GSO},
	{"124 bytes", &geneve_short, NULL, "", {.opaque_l2 = 127}, 0, CLEAVE_PLAN_PARTIAL},
	{"144 bytes", &geneve_long, NULL, "", {.opaque_l2 = 127}, 0, CLEAVE_PLAN_GSO},
	{"no DF", &vxlan, fragment_df, "", {.opaque_l2 = 127}, 0, CLEAVE_PLAN_GSO},
	{"as many mbufs as a request may have", &vxlan, NULL, ",nb_seg_max=6", {.opaque_l2 = 127},
		1000, CLEAVE_PLAN_PARTIAL},
	{"more mbufs", &vxlan, NULL, ",nb_seg_max=6", {.opaque_l2 = 127}, 500, CLEAVE_PLAN_GSO},
	{"as many mbufs as a segment may have", &vxlan, NULL, ",nb_mtu_seg_max=5",
		{.opaque_l2 = 127}, 500, CLEAVE_PLAN_PARTIAL},
	{"more mbufs a segment", &vxlan, NULL, ",nb_mtu_seg_max=5", {.opaque_l2 = 127}, 200,
		CLEAVE_PLAN_GSO},
	{"engine off", &vxlan, NULL, "", {.opaque_l2 = 127, .no_tso = true}, 0, CLEAVE_PLAN_GSO},
	{"URG", &vxlan, urgent, "", {.opaque_l2 = 127}, 0, CLEAVE_PLAN_GSO},
	{"bytes behind the packet", &vxlan, trailer, "", {.opaque_l2 = 127}, 0, CLEAVE_PLAN_GSO},
	{"more than 64 KB", &vxlan, jumbo, "", {.opaque_l2 = 127}, 0, CLEAVE_PLAN_GSO},
	{"UDP", &vxlan, udp, "", {.opaque_l2 = 127}, 0, CLEAVE_PLAN_GSO},
};

/* A port that can cut UDP as well: it is TCP that the specification speaks of. */
static const uint64_t capa = PLAIN_TSO | RTE_ETH_TX_OFFLOAD_UDP_TSO;

/* How the outer ID comes out: copied, or counted. */
static uint16_t
id_flag(const struct tx_frames *w)
{
	return tx_frames_count(w, RTE_NET_PROBE_F_OPAQUE) != 0 ? CLEAVE_GSO_FIXED_OUTER_ID : 0;
}

static int
test_limits(void)
{
	for (unsigned int i = 0; i < RTE_DIM(cases); i++) {
		struct pkt_spec spec = *cases[i].spec;
		struct tx_frames w;
		struct rte_mbuf *m;
		struct tx_test t;
		struct pkt bytes;

		if (cases[i].change != NULL)
			cases[i].change(&spec);
		if (tx_test_open_capa(&t, capa, cases[i].args, &cases[i].conf) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &spec, cases[i].piece, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		tx_test_mark(m, &bytes, MSS);
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "%s: refused", cases[i].name);
		TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[cases[i].plan], 1, "%s: not %s",
			cases[i].name, cleave_plan_name(cases[i].plan));
		TEST_ASSERT_SUCCESS(tx_frames_take(&t, &w), "no frames");
		TEST_ASSERT_SUCCESS(
			tx_frames_judge(&w, &bytes, MSS, id_flag(&w)), "%s: wrong", cases[i].name);
		TEST_ASSERT_EQUAL(tx_frames_count(&w, RTE_NET_PROBE_F_OPAQUE) != 0,
			cases[i].plan == CLEAVE_PLAN_PARTIAL, "%s: by whom?", cases[i].name);
		tx_frames_free(&w);
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* More than l2_len can say is not a setting. */
static int
test_setting(void)
{
	struct cleave_tx_conf conf = {.opaque_l2 = 128};
	struct tx_test t;

	if (tx_test_open_capa(&t, capa, NULL, NULL) < 0)
		return TEST_FAILED;
	TEST_ASSERT_EQUAL(cleave_tx_setup(t.port, 0, &conf), -EINVAL, "128 bytes");
	return tx_test_close(&t);
}

/* Headers that somebody else sees are not rewritten: whatever the plan, they stay as they are. */
static int
test_shared(void)
{
	const struct cleave_tx_conf conf = {.opaque_l2 = 127};
	struct rte_mbuf *m, *clone;
	struct tx_frames w;
	struct tx_test t;
	struct pkt bytes;

	if (tx_test_open_capa(&t, capa, NULL, &conf) < 0)
		return TEST_FAILED;
	m = tx_test_packet(&t, &vxlan, 0, &bytes);
	TEST_ASSERT_NOT_NULL(m, "no packet");
	clone = rte_pktmbuf_clone(m, t.pools.indirect);
	TEST_ASSERT_NOT_NULL(clone, "no clone");
	tx_test_mark(clone, &bytes, MSS);
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &clone, 1), 1, "not taken");
	TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "refused");
	TEST_ASSERT_SUCCESS(tx_frames_take(&t, &w), "no frames");
	TEST_ASSERT_SUCCESS(tx_frames_judge(&w, &bytes, MSS, id_flag(&w)), "wrong");
	TEST_ASSERT(mbuf_is(m, bytes.data, bytes.len), "the original was changed");
	rte_pktmbuf_free(m);
	tx_frames_free(&w);
	pkt_free(&bytes);
	return tx_test_close(&t);
}

/* Rings that take k frames a burst: the rest waits its turn, and nothing comes in between. */
static int
test_backpressure(void)
{
	const struct cleave_tx_conf conf = {.opaque_l2 = 127};

	for (unsigned int k = 1; k < 6; k++) {
		struct rte_net_probe_faults f = RTE_NET_PROBE_NO_FAULTS;
		unsigned int at = 0, calls = 0;
		struct rte_mbuf *m[4];
		struct pkt bytes[4];
		struct tx_test t;

		if (tx_test_open_capa(&t, capa, NULL, &conf) < 0)
			return TEST_FAILED;
		for (unsigned int i = 0; i < RTE_DIM(m); i++) {
			struct pkt_spec spec = vxlan;

			spec.seed = i + 1;
			spec.payload = 5000 + i;
			m[i] = tx_test_packet(&t, &spec, 0, &bytes[i]);
			TEST_ASSERT_NOT_NULL(m[i], "no packet");
			tx_test_mark(m[i], &bytes[i], MSS);
		}
		f.tx_accept = k;
		rte_net_probe_faults_set(t.port, 0, &f);
		while (at < RTE_DIM(m) && ++calls < 100)
			at += cleave_tx_burst(t.port, 0, &m[at], RTE_DIM(m) - at);
		while (cleave_tx_flush(t.port, 0) != 0 && ++calls < 100)
			;
		TEST_ASSERT_EQUAL(at, RTE_DIM(m), "stuck at packet %u", at);
		TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_PARTIAL], RTE_DIM(m),
			"counted twice or not at all");
		for (unsigned int i = 0; i < RTE_DIM(m); i++) {
			struct tx_frames w;

			TEST_ASSERT_SUCCESS(tx_frames_pop(&t, 5, &w), "frames missing");
			TEST_ASSERT_SUCCESS(tx_frames_judge(&w, &bytes[i], MSS, id_flag(&w)),
				"packet %u, %u frames a burst", i, k);
			tx_frames_free(&w);
			pkt_free(&bytes[i]);
		}
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* No mbuf for the rest: all of the packet leaves, or none of it, and that is counted. */
static int
test_pool_dry(void)
{
	const struct cleave_tx_conf conf = {.opaque_l2 = 127};
	struct tx_test t;

	if (tx_test_open_capa(&t, capa, NULL, &conf) < 0)
		return TEST_FAILED;
	for (unsigned int i = 0; i < 40; i++) {
		struct rte_mempool *mp = i & 1 ? t.pools.direct : t.pools.indirect;
		struct rte_net_probe_hold *hold;
		struct rte_mbuf *m;
		struct pkt bytes;
		uint64_t dropped;
		struct tx_frames w;

		m = tx_test_packet(&t, &vxlan, 700, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		tx_test_mark(m, &bytes, MSS);
		hold = rte_net_probe_mempool_drain(mp, i / 2);
		TEST_ASSERT_NOT_NULL(hold, "pool not drained");
		cleave_tx_stats_reset(t.port, 0);
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		rte_net_probe_mempool_refill(hold);
		dropped = tx_test_stats(&t).drop[CLEAVE_DROP_NO_MBUF];
		TEST_ASSERT_SUCCESS(tx_frames_take(&t, &w), "no frames");
		if (w.nb != 0)
			TEST_ASSERT_SUCCESS(tx_frames_judge(&w, &bytes, MSS, id_flag(&w)),
				"%u mbufs left", i / 2);
		TEST_ASSERT_EQUAL(
			w.nb == 0, dropped, "%u frames, %u counted", w.nb, (unsigned int)dropped);
		TEST_ASSERT(i < 38 || dropped == 0, "not sent with all that it needs");
		tx_frames_free(&w);
		pkt_free(&bytes);
	}
	return tx_test_close(&t);
}

static int
test_tx_partial_not(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "partial not",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_limits),
				TEST_CASE(test_setting),
				TEST_CASE(test_shared),
				TEST_CASE(test_backpressure),
				TEST_CASE(test_pool_dry),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_partial_not_autotest, test_tx_partial_not);
