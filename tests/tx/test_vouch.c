/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_vouch_autotest: whose checksums a tunnelled packet's flags speak of, and what they vouch for;
 * packets that cannot be cut after all. Neighbours: tx_test.h, frames.h.
 */
#include "frames.h"

#define MTU_PAYLOAD 1600 /* of an inner packet that is too long */

static const struct pkt_spec tcp4 = {
	.ip = {.version = 4, .ttl = 64},
	.proto = IPPROTO_TCP,
	.tcp_flags = 0x10,
	.payload = 5000,
};

static struct pkt_spec
in_tunnel(uint8_t proto, uint32_t payload, bool cksum)
{
	struct pkt_spec spec = tcp4;

	spec.proto = proto;
	spec.payload = payload;
	spec.tunnel = PKT_TUNNEL_VXLAN;
	spec.tunnel_cksum = cksum;
	spec.outer = (struct pkt_ip){.version = 4, .ttl = 64};
	return spec;
}

/* The outer checksums are asked for, as of any packet. */
static void
ask_outer_ip(struct rte_mbuf *m, struct pkt *bytes)
{
	m->l2_len = 14;
	m->l3_len = 20;
	m->ol_flags |= RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM;
	pkt_put16(rte_pktmbuf_mtod_offset(m, uint8_t *, 14 + 10), 0);
}

static void
left_outer_udp(struct rte_mbuf *m, struct pkt *bytes)
{
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);

	pkt_put16(p + 40, pkt_pseudo(p, &bytes->want.ip[0], IPPROTO_UDP, bytes->len - 34));
	m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_NONE;
}

static void
ask_outer_udp(struct rte_mbuf *m, struct pkt *bytes)
{
	left_outer_udp(m, bytes);
	m->ol_flags &= ~RTE_MBUF_F_RX_L4_CKSUM_MASK;
	m->ol_flags |= RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_UDP_CKSUM;
	m->l2_len = 14;
	m->l3_len = 20;
}

/* What is too long is cut or fragmented all the same, and all IPv4 headers are right. */
static int
test_outer_requests(void)
{
	static const struct {
		uint8_t proto;
		bool cksum;
		void (*change)(struct rte_mbuf *m, struct pkt *bytes);
	} cases[] = {
		{IPPROTO_UDP, false, ask_outer_ip},
		{IPPROTO_TCP, false, ask_outer_ip},
		{IPPROTO_TCP, true, ask_outer_udp},
		{IPPROTO_TCP, true, left_outer_udp},
	};

	for (unsigned int i = 0; i < 2 * RTE_DIM(cases); i++) {
		const struct pkt_spec spec =
			in_tunnel(cases[i / 2].proto, MTU_PAYLOAD, cases[i / 2].cksum);
		struct tx_frames w;
		struct rte_mbuf *m;
		struct tx_test t;
		struct pkt bytes;

		if (tx_test_open_capa(&t, i & 1 ? TX_CKSUMS : 0, NULL, NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &spec, 0, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		cases[i / 2].change(m, &bytes);
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "case %u: refused", i);
		TEST_ASSERT_EQUAL(
			tx_test_stats(&t).plan[CLEAVE_PLAN_GSO], 1, "case %u: not cut", i);
		TEST_ASSERT_SUCCESS(tx_frames_take(&t, &w), "no frames");
		TEST_ASSERT_EQUAL(w.nb, 2, "case %u: %u frames", i, w.nb);
		for (unsigned int k = 0; k < w.nb; k++)
			TEST_ASSERT_EQUAL(pkt_sum(w.f[k].data + 14, 20), 0xffff,
				"case %u, frame %u: outer IPv4 checksum", i, k);
		tx_frames_free(&w);
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Both IPv4 checksums asked for by the lengths and flags of a tunnel, without its type. */
static void
ask_both_ip(struct rte_mbuf *m, struct pkt *bytes)
{
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);

	m->outer_l2_len = 14;
	m->outer_l3_len = 20;
	m->l2_len = bytes->want.ip[1].off - 34;
	m->l3_len = 20;
	m->ol_flags |= RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_OUTER_IPV4 |
		       RTE_MBUF_F_TX_OUTER_IP_CKSUM;
	pkt_put16(p + 14 + 10, 0);
	pkt_put16(p + bytes->want.ip[1].off + 10, 0);
}

static int
test_no_tunnel_type(void)
{
	const struct pkt_spec spec = in_tunnel(IPPROTO_TCP, 300, false);
	struct tx_test t;
	struct pkt bytes;

	if (tx_test_one(&t, "tx_capa=8000", (struct cleave_tx_conf){0}, &spec, 0, &bytes,
		    ask_both_ip) < 0)
		return TEST_FAILED;
	TEST_ASSERT_SUCCESS(tx_test_frame(&t, bytes.data, bytes.len), "another frame");
	return tx_test_done(&t, &bytes);
}

/* A port that saw a UDP datagram without checksum vouches for nothing inside. */
static void
wrong_inside(struct rte_mbuf *m, struct pkt *bytes)
{
	m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD | RTE_MBUF_F_RX_IP_CKSUM_GOOD;
	m->packet_type = RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_UDP;
	rte_pktmbuf_mtod(m, uint8_t *)[bytes->want.l4_off + 16] ^= 1;
}

static int
test_good_outside(void)
{
	const struct pkt_spec spec = in_tunnel(IPPROTO_TCP, MTU_PAYLOAD, false);
	struct tx_test t;
	struct pkt bytes;

	if (tx_test_one(&t, NULL, (struct cleave_tx_conf){0}, &spec, 0, &bytes, wrong_inside) < 0)
		return TEST_FAILED;
	TEST_ASSERT_EQUAL(tx_test_stats(&t).drop[CLEAVE_DROP_BAD_CKSUM], 1, "cut");
	return tx_test_done(&t, &bytes);
}

/* Merged, and some checksum of it is known to be wrong: not cut again with a right one. */
static int
test_merged_bad(void)
{
	static const uint64_t bad[] = {RTE_MBUF_F_RX_IP_CKSUM_BAD, RTE_MBUF_F_RX_L4_CKSUM_BAD,
		RTE_MBUF_F_RX_OUTER_L4_CKSUM_BAD, RTE_MBUF_F_RX_OUTER_IP_CKSUM_BAD};

	for (unsigned int i = 0; i < RTE_DIM(bad); i++) {
		const struct pkt_spec spec = in_tunnel(IPPROTO_TCP, 5000, true);
		struct rte_mbuf *m;
		struct tx_test t;
		struct pkt bytes;

		if (tx_test_open_capa(&t, TX_ALL, NULL, NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &spec, 1800, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		m->ol_flags |= RTE_MBUF_F_RX_LRO | bad[i];
		m->tso_segsz = 1000;
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_EQUAL(tx_test_stats(&t).drop[CLEAVE_DROP_BAD_CKSUM], 1,
			"flag %" PRIx64 ": not dropped", bad[i]);
		if (tx_test_done(&t, &bytes) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Whether a pool gives out each of its mbufs once. (A count would not show an mbuf freed twice.) */
static int
check_pool(struct rte_mempool *mp)
{
	static struct rte_mbuf *all[8192];
	unsigned int n = 0, twice = 0;

	while (n < RTE_DIM(all) && (all[n] = rte_pktmbuf_alloc(mp)) != NULL)
		n++;
	for (unsigned int i = 0; i < n; i++)
		for (unsigned int k = i + 1; k < n; k++)
			twice += all[i] == all[k];
	TEST_ASSERT(n == mp->size && twice == 0, "%s: %u of %u mbufs, %u of them twice", mp->name,
		n, mp->size, twice);
	rte_pktmbuf_free_bulk(all, n);
	return TEST_SUCCESS;
}

/* It is short enough but for the user, cannot be cut, and neither it nor its copy fits the port. */
static int
test_copy_does_not_fit(void)
{
	const struct cleave_tx_conf conf = {.gso_segsz = 1514};
	struct pkt_spec spec = tcp4;
	struct rte_mbuf *m;
	struct tx_test t;
	struct pkt bytes;

	spec.payload = 8500;
	if (tx_test_open_capa(
		    &t, RTE_ETH_TX_OFFLOAD_MULTI_SEGS, ",mtu=9000,nb_mtu_seg_max=2", &conf) < 0)
		return TEST_FAILED;
	m = tx_test_packet(&t, &spec, 1800, &bytes);
	TEST_ASSERT_NOT_NULL(m, "no packet");
	rte_pktmbuf_mtod(m, uint8_t *)[bytes.want.l4_off + 16] ^= 1;
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
	TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_DROP], 1, "not dropped");
	if (check_pool(t.mp) < 0 || check_pool(t.pools.direct) < 0)
		return TEST_FAILED;
	return tx_test_done(&t, &bytes);
}

/* To be cut in part, which a shared mbuf does not allow, with GSO off; only the user wanted it
 * shorter. */
static int
test_partial_stays_whole(void)
{
	const struct cleave_tx_conf conf = {.gso_segsz = 1000, .no_gso = true, .opaque_l2 = 127};
	struct pkt_spec spec = in_tunnel(IPPROTO_TCP, 3 * 1300, false);
	struct rte_mbuf *m, *other;
	struct tx_test t;
	struct pkt bytes;

	spec.outer.df = true;
	if (tx_test_open_capa(&t,
		    TX_CKSUMS | RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_TCP_TSO,
		    ",mtu=9000", &conf) < 0)
		return TEST_FAILED;
	m = tx_test_packet(&t, &spec, 1800, &bytes);
	TEST_ASSERT_NOT_NULL(m, "no packet");
	other = rte_pktmbuf_lastseg(m);
	rte_mbuf_refcnt_update(other, 1);
	m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
	TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_PLAIN], 1, "not plain");
	TEST_ASSERT_SUCCESS(tx_test_frame(&t, bytes.data, bytes.len), "another frame");
	rte_pktmbuf_free_seg(other);
	return tx_test_done(&t, &bytes);
}

static struct unit_test_suite suite = {
	.suite_name = "checksums that somebody vouches for",
	.setup = tx_test_pools,
	.unit_test_cases =
		{
			TEST_CASE(test_outer_requests),
			TEST_CASE(test_no_tunnel_type),
			TEST_CASE(test_good_outside),
			TEST_CASE(test_merged_bad),
			TEST_CASE(test_copy_does_not_fit),
			TEST_CASE(test_partial_stays_whole),
			TEST_CASES_END(),
		},
};

static int
test_vouch(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_vouch_autotest, test_vouch);
