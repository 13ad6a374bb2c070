/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The decision: what becomes of a packet that is not simply sent. Once per packet, from the queue's
 * table: missing = need & ~caps. Neighbours: tx.h, offload.c (prepares what was decided).
 */
#include <netinet/in.h>

#include "own.h"
#include "tx.h"

static enum cleave_plan
drop(struct tx_work *w, enum cleave_drop why)
{
	w->why = why;
	return CLEAVE_PLAN_DROP;
}

/* What cutting this packet needs beyond what its class does. */
static uint64_t
packet_need(const struct tx_queue *q, const struct rte_mbuf *m, const struct cleave_pkt *pkt)
{
	const struct cleave_ip *outer = &pkt->ip[0];
	uint64_t need = 0;

	if (m->nb_segs > 1)
		need |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	if (m->nb_segs > q->tso_mbufs || (m->nb_segs > 1 && m->pkt_len > q->chain_len))
		need |= TX_CAP_CHAIN;
	if (pkt->tcp_flags & CLEAVE_TCP_URG)
		need |= TX_CAP_URG;
	if (pkt->tcp_flags & CLEAVE_TCP_CWR)
		need |= TX_CAP_TSO_CWR;
	if (!headers_writable(m, pkt->hdr_len))
		need |= TX_CAP_OWNED;
	if (pkt->frame_len - pkt->l2_len > UINT16_MAX)
		need |= TX_CAP_BIG;
	if (pkt->tunnel != CLEAVE_TUNNEL_NONE) {
		const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);

		if (outer->version == 4)
			need |= RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM;
		/* an outer UDP checksum that is not zero changes with every segment */
		if (!(need & TX_CAP_OWNED) && outer->proto == IPPROTO_UDP &&
			(p[pkt->tunnel_off + 6] | p[pkt->tunnel_off + 7]) != 0)
			need |= RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM;
	}
	return need;
}

enum cleave_plan
tx_plan_class(const struct tx_queue *q, unsigned int cls, uint64_t *missing)
{
	*missing = q->need[cls] & ~q->caps;
	if (*missing == 0)
		return CLEAVE_PLAN_TSO;
	/* lib/gso cuts no tunnels yet */
	return q->conf.no_gso || cls >= tx_class(1, 4) ? CLEAVE_PLAN_DROP : CLEAVE_PLAN_GSO;
}

/* The payload of a segment: asked is tso_segsz of a marked packet, else 0. 0: no room for any. */
static uint32_t
cut_size(const struct tx_queue *q, const struct cleave_pkt *pkt, uint32_t asked)
{
	uint32_t hdr = pkt->hdr_len - pkt->mac_len;
	uint32_t mss = q->mtu > hdr ? q->mtu - hdr : 0;

	if (q->conf.gso_segsz != 0)
		mss = RTE_MIN(mss,
			q->conf.gso_segsz > pkt->hdr_len ? q->conf.gso_segsz - pkt->hdr_len : 0u);
	if (q->conf.tso_segsz != 0)
		mss = RTE_MIN(mss, (uint32_t)q->conf.tso_segsz);
	if (asked != 0)
		mss = RTE_MIN(mss, asked);
	return mss;
}

/* What is left to the port in the segments that we cut. */
static uint16_t
gso_flags(const struct tx_queue *q)
{
	return (q->caps & RTE_ETH_TX_OFFLOAD_MULTI_SEGS ? 0 : CLEAVE_GSO_LINEAR) |
	       (q->caps & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM ? CLEAVE_GSO_HW_IP_CKSUM : 0) |
	       (q->caps & RTE_ETH_TX_OFFLOAD_TCP_CKSUM ? CLEAVE_GSO_HW_L4_CKSUM : 0);
}

/* A TCP packet that is to leave in segments of w->mss. vouched: somebody made or checked its
 * checksum, or it is to be made here. */
static enum cleave_plan
plan_cut(struct tx_queue *q, struct rte_mbuf *m, struct tx_work *w, bool vouched)
{
	const struct cleave_pkt *pkt = &w->pkt;
	unsigned int cls = tx_class(pkt->tunnel, cleave_inner_ip(pkt)->version);
	uint64_t missing;

	w->gso_flags = gso_flags(q);
	missing = (q->need[cls] | packet_need(q, m, pkt)) & ~q->caps;
	if (!vouched && !tx_checksums_right(m, pkt, missing == 0))
		return drop(w, CLEAVE_DROP_BAD_CKSUM);
	if (pkt->payload_len <= w->mss && pkt->tunnel == CLEAVE_TUNNEL_NONE)
		return CLEAVE_PLAN_GSO; /* one segment: lib/gso takes the mark away */
	if (missing == 0) {
		tx_request(q, m, w);
		return CLEAVE_PLAN_TSO;
	}
	if (q->conf.no_gso)
		return drop(w, CLEAVE_DROP_NO_GSO);
	if (!vouched)
		w->gso_flags |= CLEAVE_GSO_VERIFY;
	return CLEAVE_PLAN_GSO;
}

/* A request (RTE_MBUF_F_TX_TCP_SEG), or a packet that somebody merged before us. */
static enum cleave_plan
plan_marked(struct tx_queue *q, struct rte_mbuf *m, struct tx_work *w, int parsed)
{
	if (m->ol_flags & RTE_MBUF_F_TX_UDP_SEG)
		return drop(w, CLEAVE_DROP_UNSUPPORTED);
	if (parsed < 0)
		return drop(w, CLEAVE_DROP_MALFORMED);
	if (w->pkt.l4_proto != IPPROTO_TCP || m->tso_segsz == 0)
		return drop(w, CLEAVE_DROP_BAD_REQUEST);
	w->mss = cut_size(q, &w->pkt, m->tso_segsz);
	if (w->mss == 0)
		return drop(w, CLEAVE_DROP_BAD_REQUEST);
	return plan_cut(q, m, w, true);
}

/* A packet without a request: cut where it is too long and where that is allowed. */
static enum cleave_plan
plan_long(struct tx_queue *q, struct rte_mbuf **m, struct tx_work *w, int parsed)
{
	const struct cleave_pkt *pkt = &w->pkt;
	uint64_t flags = (*m)->ol_flags;
	uint64_t l4_state = flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
	uint32_t mac_len = pkt->mac_len != 0 ? pkt->mac_len : RTE_ETHER_HDR_LEN;
	bool too_long = (*m)->pkt_len > q->mtu + mac_len;
	bool tcp = parsed == 0 && pkt->l4_proto == IPPROTO_TCP &&
		   !(pkt->tcp_flags & (CLEAVE_TCP_SYN | CLEAVE_TCP_RST | CLEAVE_TCP_URG));
	bool bad = l4_state == RTE_MBUF_F_RX_L4_CKSUM_BAD ||
		   (flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_BAD;

	w->mss = tcp ? cut_size(q, pkt, 0) : 0;
	if (w->mss != 0 && pkt->payload_len > w->mss) {
		if (!bad)
			return plan_cut(q, *m, w, l4_state != 0 || (flags & RTE_MBUF_F_TX_L4_MASK));
		if (too_long)
			return drop(w, CLEAVE_DROP_BAD_CKSUM);
	}
	if (too_long)
		return drop(w, parsed < 0 ? CLEAVE_DROP_MALFORMED : CLEAVE_DROP_TOO_BIG);
	return tx_finish_plain(q, m, w, parsed);
}

enum cleave_plan
tx_plan(struct tx_queue *q, struct rte_mbuf **m, struct tx_work *w)
{
	int parsed = cleave_parse(*m, &w->pkt);
	uint64_t flags = (*m)->ol_flags;

	if (flags & (RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG))
		return plan_marked(q, *m, w, parsed);
	/* merged before us; what its checksum is worth then is known to who merged it */
	if ((flags & RTE_MBUF_F_RX_LRO) && (*m)->tso_segsz != 0 && w->pkt.l4_proto == IPPROTO_TCP &&
		(flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) != RTE_MBUF_F_RX_L4_CKSUM_BAD)
		return plan_marked(q, *m, w, parsed);
	return plan_long(q, m, w, parsed);
}
