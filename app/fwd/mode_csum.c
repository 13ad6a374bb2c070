/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Mode csum: as mac, and every checksum of IPv4, TCP, UDP and SCTP is made anew, by the port where
 * it has the offload enabled and in software where not. Neighbours: mode.c; lib/tx completes what
 * is asked for here.
 */
#include <netinet/in.h>
#include <string.h>

#include "cleave_net.h"
#include "fwd.h"

static uint64_t
l4_request(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return RTE_MBUF_F_TX_TCP_CKSUM;
	case IPPROTO_UDP:
		return RTE_MBUF_F_TX_UDP_CKSUM;
	case IPPROTO_SCTP:
		return RTE_MBUF_F_TX_SCTP_CKSUM;
	default:
		return 0;
	}
}

/* The pseudo-header sum that an L4 offload starts from. */
static void
put_pseudo(struct rte_mbuf *m, const struct cleave_pkt *pkt)
{
	uint8_t *hdr = rte_pktmbuf_mtod(m, uint8_t *);
	uint16_t sum = cleave_sum_pseudo(hdr, pkt, pkt->l4_len + pkt->payload_len);

	memcpy(hdr + pkt->l4_off + (pkt->l4_proto == IPPROTO_TCP ? 16 : 6), &sum, sizeof(sum));
}

/* Ask for the checksums of the outermost headers. Super-packets and merged ones get theirs when they
 * are cut or sent whole; headers that lie in several mbufs are left as they came. */
static void
request_cksums(struct rte_mbuf *m)
{
	struct cleave_pkt pkt;
	uint64_t l4;
	uint8_t *hdr;

	if (cleave_parse(m, &pkt) < 0 || pkt.nb_ip != 1 ||
		m->data_len < RTE_MAX(pkt.hdr_len, pkt.ip[0].off + pkt.ip[0].len) ||
		(m->ol_flags & (RTE_MBUF_F_RX_LRO | RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG)))
		return;
	hdr = rte_pktmbuf_mtod(m, uint8_t *);
	l4 = l4_request(pkt.l4_proto);
	/* a UDP datagram without a checksum stays without */
	if (l4 == RTE_MBUF_F_TX_UDP_CKSUM && pkt.ip[0].version == 4 &&
		(hdr[pkt.l4_off + 6] | hdr[pkt.l4_off + 7]) == 0)
		l4 = 0;
	if (l4 == RTE_MBUF_F_TX_TCP_CKSUM || l4 == RTE_MBUF_F_TX_UDP_CKSUM)
		put_pseudo(m, &pkt);
	m->tx_offload = rte_mbuf_tx_offload(pkt.l2_len, pkt.ip[0].len, pkt.l4_len, 0, 0, 0, 0);
	m->ol_flags &= ~RTE_MBUF_F_TX_L4_MASK;
	m->ol_flags |= l4;
	if (pkt.ip[0].version == 6) {
		m->ol_flags |= RTE_MBUF_F_TX_IPV6;
		return;
	}
	m->ol_flags |= RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM;
	memset(hdr + pkt.ip[0].off + 10, 0, 2);
}

static uint16_t
forward_csum(struct fwd_stream *fs, struct rte_mbuf **pkts, uint16_t n)
{
	n = mode_mac.forward(fs, pkts, n);
	for (uint16_t i = 0; i < n; i++) {
		uint64_t flags = pkts[i]->ol_flags;
		bool ip = (flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_BAD;
		bool l4 = (flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_BAD;

		fs->stats.bad_ip_cksum += ip;
		fs->stats.bad_l4_cksum += l4;
		/* a new checksum would hide what the port or GRO found */
		if (!ip && !l4)
			request_cksums(pkts[i]);
	}
	return n;
}

const struct fwd_mode mode_csum = {"csum", true, true, forward_csum, NULL};
