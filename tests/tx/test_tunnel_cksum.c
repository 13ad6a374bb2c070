/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_tunnel_cksum_autotest: the checksums of tunnels, inside and outside, where software completes
 * them, where headers lie about what they cover, and where a new one would hide that the old one was
 * wrong. Neighbours: test_tunnel.c; test_offload.c (without tunnels).
 */
#include "frames.h"

#define MSS 1000

static const struct pkt_spec tcp4 = {
	.ip = {.version = 4, .ttl = 64},
	.proto = IPPROTO_TCP,
	.tcp_flags = 0x10,
	.payload = 5000,
};

static void
ask_outer(struct rte_mbuf *m, struct pkt *bytes)
{
	const struct cleave_pkt *w = &bytes->want;

	m->ol_flags |= RTE_MBUF_F_TX_TUNNEL_VXLAN | RTE_MBUF_F_TX_OUTER_IPV4 |
		       RTE_MBUF_F_TX_OUTER_UDP_CKSUM | RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM;
	m->outer_l2_len = w->l2_len;
	m->outer_l3_len = w->ip[0].len;
	m->l2_len = w->ip[1].off - w->tunnel_off;
	m->l3_len = w->ip[1].len;
	pkt_put16(rte_pktmbuf_mtod_offset(m, uint8_t *, w->ip[1].off + 10), 0);
	pkt_put16(rte_pktmbuf_mtod_offset(m, uint8_t *, w->tunnel_off + 6), 0);
}

/* An outer UDP checksum in software is over the finished inner headers, whose checksum the port
 * would have made. */
static int
test_outer_udp(void)
{
	struct pkt_spec spec = tcp4;
	struct tx_test t;
	struct pkt bytes;

	spec.payload = 300;
	spec.tunnel = PKT_TUNNEL_VXLAN;
	spec.tunnel_cksum = true;
	spec.outer = (struct pkt_ip){.version = 4, .ttl = 64};
	if (tx_test_one(&t, NULL, (struct cleave_tx_conf){0}, &spec, 0, &bytes, ask_outer) < 0)
		return TEST_FAILED;
	TEST_ASSERT_SUCCESS(tx_test_frame(&t, bytes.data, bytes.len), "another frame");
	return tx_test_done(&t, &bytes);
}

/* The flag asks for an outer checksum, whatever is in its place so far: of a packet that leaves
 * whole, of one segment, of many. */
static int
test_outer_udp_request(void)
{
	static const uint64_t few[] = {
		0, TX_CKSUMS, TX_ALL & ~RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM, TX_ALL};
	struct pkt_spec spec = tcp4;

	spec.tunnel = PKT_TUNNEL_VXLAN;
	spec.tunnel_cksum = true;
	spec.outer = (struct pkt_ip){.version = 4, .ttl = 64};
	for (unsigned int i = 0; i < 2 * RTE_DIM(few); i++) {
		struct tx_frames w;
		struct rte_mbuf *m;
		struct tx_test t;
		struct pkt bytes;

		spec.payload = i & 1 ? 5 * MSS : MSS;
		if (tx_test_open_capa(&t, few[i / 2], NULL, NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &spec, 0, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		tx_test_mark(m, &bytes, MSS);
		m->ol_flags |= RTE_MBUF_F_TX_OUTER_UDP_CKSUM;
		pkt_put16(rte_pktmbuf_mtod_offset(m, uint8_t *, bytes.want.tunnel_off + 6), 0);
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "refused");
		TEST_ASSERT_SUCCESS(tx_frames_take(&t, &w), "no frames");
		TEST_ASSERT_SUCCESS(tx_frames_judge(&w, &bytes, MSS, 0),
			"payload %u, capabilities %" PRIx64, spec.payload, few[i / 2]);
		tx_frames_free(&w);
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Checksums of the inner packet asked for with all before it declared as l2_len, and no word of a
 * tunnel (DPDK's mbuf guide, for ports without tunnel offloads): they are the inner ones on a port
 * that makes none, too. */
static int
test_long_l2(void)
{
	static const uint64_t few[] = {0, RTE_ETH_TX_OFFLOAD_MULTI_SEGS, TX_CKSUMS, TX_ALL};

	for (unsigned int i = 0; i < 2 * RTE_DIM(few) * pkt_tunnel_variants(); i++) {
		struct pkt_spec spec = *pkt_tunnel_variant(i / 2 / RTE_DIM(few));
		uint64_t capa = few[i / 2 % RTE_DIM(few)];
		const struct cleave_ip *ip;
		struct rte_mbuf *m;
		struct tx_test t;
		struct pkt bytes;

		spec.proto = i & 1 ? IPPROTO_UDP : IPPROTO_TCP;
		spec.tcp_flags = 0;
		spec.payload = 500;
		if (pkt_remcsum(&spec))
			continue;
		if (tx_test_open_capa(&t, capa, NULL, NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &spec, 0, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		ip = &bytes.want.ip[1];
		m->l2_len = ip->off;
		m->l3_len = ip->len;
		m->l4_len = bytes.want.l4_len;
		m->ol_flags |= i & 1 ? RTE_MBUF_F_TX_UDP_CKSUM : RTE_MBUF_F_TX_TCP_CKSUM;
		m->ol_flags |= ip->version == 4 ? RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM
						: RTE_MBUF_F_TX_IPV6;
		if (ip->version == 4)
			pkt_put16(rte_pktmbuf_mtod_offset(m, uint8_t *, ip->off + 10), 0);
		pkt_put16(
			rte_pktmbuf_mtod_offset(m, uint8_t *, bytes.want.l4_off + (i & 1 ? 6 : 16)),
			pkt_pseudo(bytes.data, ip, spec.proto, bytes.want.l4_len + spec.payload));
		if (ip->off <= 127) {
			TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
			TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "refused");
			TEST_ASSERT_SUCCESS(tx_test_frame(&t, bytes.data, bytes.len),
				"capabilities %" PRIx64 ": %s", capa, pkt_str(&spec));
		} else { /* more than l2_len can say */
			rte_pktmbuf_free(m);
		}
		if (tx_test_done(&t, &bytes) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static void
ask_inner_ip(struct rte_mbuf *m, struct pkt *bytes)
{
	m->ol_flags |= RTE_MBUF_F_TX_TUNNEL_VXLAN | RTE_MBUF_F_TX_OUTER_IPV4 | RTE_MBUF_F_TX_IPV4 |
		       RTE_MBUF_F_TX_IP_CKSUM;
	m->outer_l2_len = bytes->want.l2_len;
	m->outer_l3_len = bytes->want.ip[0].len;
}

/* An inner packet without L4 whose IP header lies behind the first mbuf. */
static int
test_inner_without_l4(void)
{
	struct pkt_spec spec = {
		.ip = {.version = 4, .ttl = 64},
		.proto = IPPROTO_ICMP,
		.payload = 64,
		.tunnel = PKT_TUNNEL_VXLAN,
		.outer = {.version = 4, .ttl = 64},
	};
	struct tx_test t;
	struct pkt bytes;

	for (uint16_t piece = 40; piece < 90; piece++) {
		if (tx_test_one(&t, "tx_capa=8000", (struct cleave_tx_conf){0}, &spec, piece,
			    &bytes, ask_inner_ip) < 0)
			return TEST_FAILED;
		TEST_ASSERT_SUCCESS(
			tx_test_frame(&t, bytes.data, bytes.len), "first mbuf of %u", piece);
		if (tx_test_done(&t, &bytes) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static void
lie_udp_length(struct rte_mbuf *m, struct pkt *bytes)
{
	static const uint16_t lengths[] = {1, 7, 65535};
	static unsigned int turn;
	uint16_t off = bytes->want.tunnel_off + 4, len = lengths[turn++ % RTE_DIM(lengths)];

	pkt_put16(rte_pktmbuf_mtod_offset(m, uint8_t *, off), len);
	m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_NONE;
}

/* A guest's outer UDP header that lies about its length, its checksum left to us: no bytes are
 * summed that are not there. What cannot be walked leaves as it came. */
static int
test_lying_udp_length(void)
{
	struct pkt_spec spec = tcp4;
	struct tx_test t;
	struct pkt bytes;

	spec.payload = 200;
	spec.tunnel = PKT_TUNNEL_VXLAN;
	spec.tunnel_cksum = true;
	spec.outer = (struct pkt_ip){.version = 4, .ttl = 64};
	for (unsigned int i = 0; i < 3; i++) {
		if (tx_test_one(&t, NULL, (struct cleave_tx_conf){0}, &spec, 0, &bytes,
			    lie_udp_length) < 0)
			return TEST_FAILED;
		TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_PLAIN], 1, "not passed on");
		rte_net_probe_tx_drop(t.port, 0);
		if (tx_test_done(&t, &bytes) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Nobody vouches for the checksums of a packet that is only too long: where one of them is wrong,
 * at any level, new ones would hide that. */
static int
test_laundering(void)
{
	static const uint64_t few[] = {0, TX_CKSUMS, TX_ALL};
	struct pkt_spec spec = {
		.tunnel = PKT_TUNNEL_GENEVE,
		.tunnel_opt = 8,
		.tunnel_cksum = true,
		.outer = {.version = 4},
		.ip = {.version = 4},
		.proto = IPPROTO_TCP,
		.payload = 4000,
	};
	struct rte_mbuf *m;
	struct tx_test t;
	struct pkt bytes;

	for (unsigned int i = 0; i < 5 * RTE_DIM(few); i++) {
		/* TTL; the option, under the outer checksum alone; without that, TTL and payload */
		const uint32_t at[] = {14 + 8, 14 + 20 + 8 + 8 + 6, 14 + 20 + 8 + 16 + 14 + 8, 900};

		if (tx_test_open_capa(&t, few[i / 5], NULL, NULL) < 0)
			return TEST_FAILED;
		spec.tunnel_cksum = i % 5 < 2;
		m = tx_test_packet(&t, &spec, 0, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		if (i % 5 < 4)
			*rte_pktmbuf_mtod_offset(m, uint8_t *, at[i % 5]) ^= 2;
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_EQUAL(tx_test_stats(&t).drop[CLEAVE_DROP_BAD_CKSUM], i % 5 < 4,
			"byte %u changed, capabilities %" PRIx64, i % 5 < 4 ? at[i % 5] : 0,
			few[i / 5]);
		TEST_ASSERT_EQUAL(rte_net_probe_tx_pending(t.port, 0) != 0, i % 5 == 4, "sent?");
		rte_net_probe_tx_drop(t.port, 0);
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_tx_tunnel_cksum(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "tunnel checksums",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_outer_udp),
				TEST_CASE(test_outer_udp_request),
				TEST_CASE(test_long_l2),
				TEST_CASE(test_inner_without_l4),
				TEST_CASE(test_lying_udp_length),
				TEST_CASE(test_laundering),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_tunnel_cksum_autotest, test_tx_tunnel_cksum);
