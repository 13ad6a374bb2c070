/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The decision: what becomes of a packet that is not simply sent. Once per packet, from the queue's
 * table: missing = need & ~caps. Neighbours: tx.h, offload.c (prepares what was decided).
 */
#include <netinet/in.h>

#include "own.h"
#include "tx.h"

/* The most buffers that an engine gathers for one segment of a request: mbufs with its payload, and
 * from the second segment on the headers once more. */
static unsigned int
segment_mbufs(const struct rte_mbuf *m, uint32_t hdr_len, uint16_t mss)
{
	/* where the running segment ends, counted from the start of the mbuf */
	uint32_t end = hdr_len + mss;
	unsigned int most = 0, n = 1;

	for (; m != NULL; m = m->next, n++) {
		while (end <= m->data_len) {
			most = RTE_MAX(most, n);
			n = 1 + (end < m->data_len);
			end += mss;
		}
		end -= m->data_len;
	}
	return RTE_MAX(most, n - 1);
}

/* What cutting this packet needs beyond what its class does. */
static uint64_t
packet_need(const struct tx_queue *q, const struct rte_mbuf *m, const struct tx_work *w)
{
	const struct cleave_pkt *pkt = &w->pkt;
	const struct cleave_ip *outer = &pkt->ip[0];
	uint64_t need = 0;

	if (m->nb_segs > 1)
		need |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	if (m->nb_segs > q->tso_mbufs || (m->nb_segs > 1 && m->pkt_len > q->chain_len) ||
		(m->nb_segs > q->plain_mbufs &&
			segment_mbufs(m, pkt->hdr_len, w->mss) > q->plain_mbufs))
		need |= TX_CAP_CHAIN;
	if (pkt->tcp_flags & CLEAVE_TCP_URG)
		need |= TX_CAP_URG;
	if (pkt->tcp_flags & CLEAVE_TCP_CWR)
		need |= TX_CAP_TSO_CWR;
	if (!headers_writable(m, pkt->hdr_len))
		need |= TX_CAP_OWNED;
	if (pkt->frame_len - pkt->l2_len > UINT16_MAX)
		need |= TX_CAP_BIG;
	if (pkt->hdr_len + pkt->payload_len != m->pkt_len)
		need |= TX_CAP_TRAILER; /* an engine would take it for payload */
	if (pkt->tunnel == CLEAVE_TUNNEL_NONE)
		return need;
	if (cleave_inner_ip(pkt)->off - pkt->tunnel_off > 127)
		need |= TX_CAP_LONG_L2; /* l2_len has 7 bits */
	if (outer->version == 4)
		need |= RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM;
	/* an outer UDP checksum that is not zero changes with every segment */
	if (!(need & TX_CAP_OWNED) && outer->proto == IPPROTO_UDP &&
		*rte_pktmbuf_mtod_offset(m, unaligned_uint16_t *, pkt->tunnel_off + 6) != 0)
		need |= RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM;
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

	mss = RTE_MIN(mss, q->frame_len > pkt->hdr_len ? q->frame_len - pkt->hdr_len : 0u);
	if (q->conf.gso_segsz != 0)
		mss = RTE_MIN(mss,
			q->conf.gso_segsz > pkt->hdr_len ? q->conf.gso_segsz - pkt->hdr_len : 0u);
	if (q->conf.tso_segsz != 0)
		mss = RTE_MIN(mss, (uint32_t)q->conf.tso_segsz);
	if (asked != 0)
		mss = RTE_MIN(mss, asked);
	return mss;
}

/* How segments of that length are cut for the port, and what is left to it. */
static uint16_t
gso_flags(const struct tx_queue *q, uint32_t len)
{
	bool chains = (q->caps & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) && len <= q->chain_len;

	return (chains ? 0 : CLEAVE_GSO_LINEAR) |
	       (q->caps & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM ? CLEAVE_GSO_HW_IP_CKSUM : 0) |
	       (q->caps & RTE_ETH_TX_OFFLOAD_TCP_CKSUM ? CLEAVE_GSO_HW_L4_CKSUM : 0);
}

/* A TCP packet that is to leave in segments of w->mss. */
static enum cleave_plan
plan_cut(struct tx_queue *q, struct rte_mbuf *m, struct tx_work *w)
{
	const struct cleave_pkt *pkt = &w->pkt;
	unsigned int cls = tx_class(pkt->tunnel, cleave_inner_ip(pkt)->version);
	uint64_t missing = (q->need[cls] | packet_need(q, m, w)) & ~q->caps;

	if (pkt->payload_len <= w->mss && pkt->tunnel == CLEAVE_TUNNEL_NONE)
		return CLEAVE_PLAN_GSO; /* one segment: lib/gso takes the mark away */
	if (missing == 0) {
		tx_request(q, m, w);
		return CLEAVE_PLAN_TSO;
	}
	if (q->conf.no_gso)
		return tx_drop(w, CLEAVE_DROP_NO_GSO);
	if (pkt->tunnel != CLEAVE_TUNNEL_NONE)
		return tx_drop(w, CLEAVE_DROP_UNSUPPORTED); /* lib/gso cuts none yet */
	return CLEAVE_PLAN_GSO;
}

/* A request (RTE_MBUF_F_TX_TCP_SEG), or a packet that somebody merged before us. */
static enum cleave_plan
plan_marked(struct tx_queue *q, struct rte_mbuf *m, struct tx_work *w, int parsed)
{
	if (m->ol_flags & RTE_MBUF_F_TX_UDP_SEG)
		return tx_drop(w, CLEAVE_DROP_UNSUPPORTED);
	if (parsed < 0)
		return tx_drop(w, CLEAVE_DROP_MALFORMED);
	if (w->pkt.l4_proto != IPPROTO_TCP || m->tso_segsz == 0)
		return tx_drop(w, CLEAVE_DROP_BAD_REQUEST);
	w->mss = cut_size(q, &w->pkt, m->tso_segsz);
	if (w->mss == 0)
		return tx_drop(w, CLEAVE_DROP_BAD_REQUEST);
	w->gso_flags = gso_flags(q, w->pkt.hdr_len + w->mss);
	return plan_cut(q, m, w);
}

/* The IP headers whose checksum nobody vouches for and nobody is asked to make. What a port says is
 * of the outermost. */
static unsigned int
unknown_levels(uint64_t flags, bool tunnel)
{
	uint64_t outer_request = tunnel ? RTE_MBUF_F_TX_OUTER_IP_CKSUM : RTE_MBUF_F_TX_IP_CKSUM;
	unsigned int levels = 0;

	if ((flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == 0 && !(flags & outer_request))
		levels |= 1;
	if (tunnel && !(flags & RTE_MBUF_F_TX_IP_CKSUM))
		levels |= 2;
	return levels;
}

/* May new checksums stand in for those that the packet came with? A port's word counts; what nobody
 * vouches for is summed up, by lib/gso where it sums anyway. */
static bool
cksums_vouched(const struct tx_queue *q, const struct rte_mbuf *m, struct tx_work *w)
{
	uint64_t ip = m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
	uint64_t l4 = m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
	bool check_l4 = l4 == 0 && !(m->ol_flags & RTE_MBUF_F_TX_L4_MASK);
	bool by_gso =
		!(w->gso_flags & CLEAVE_GSO_HW_L4_CKSUM) && !(q->caps & RTE_ETH_TX_OFFLOAD_TCP_TSO);

	if (l4 == RTE_MBUF_F_RX_L4_CKSUM_BAD || ip == RTE_MBUF_F_RX_IP_CKSUM_BAD)
		return false;
	if (!tx_checksums_right(m, &w->pkt,
		    unknown_levels(m->ol_flags, w->pkt.tunnel != CLEAVE_TUNNEL_NONE),
		    check_l4 && !by_gso))
		return false;
	if (check_l4 && by_gso)
		w->gso_flags |= CLEAVE_GSO_VERIFY;
	return true;
}

/* A packet without a request: cut where it is too long, or longer than the user wants, and where
 * that is allowed. What fits the MTU and cannot be cut leaves as it is. */
static enum cleave_plan
plan_long(struct tx_queue *q, struct rte_mbuf **m, struct tx_work *w, int parsed)
{
	const struct cleave_pkt *pkt = &w->pkt;
	uint32_t mac_len = pkt->mac_len != 0 ? pkt->mac_len : RTE_ETHER_HDR_LEN;
	bool too_long = (*m)->pkt_len > RTE_MIN(q->mtu + mac_len, q->frame_len);
	bool tcp = parsed == 0 && pkt->l4_proto == IPPROTO_TCP &&
		   !(pkt->tcp_flags & (CLEAVE_TCP_SYN | CLEAVE_TCP_RST | CLEAVE_TCP_URG));
	enum cleave_plan plan = CLEAVE_PLAN_DROP;

	w->fits = !too_long;
	w->why = parsed < 0 ? CLEAVE_DROP_MALFORMED : CLEAVE_DROP_TOO_BIG;
	w->mss = tcp ? cut_size(q, pkt, 0) : 0;
	if (w->mss != 0 && pkt->payload_len > w->mss) {
		w->gso_flags = gso_flags(q, pkt->hdr_len + w->mss);
		if (cksums_vouched(q, *m, w))
			plan = plan_cut(q, *m, w);
		else
			w->why = CLEAVE_DROP_BAD_CKSUM;
	}
	if (plan == CLEAVE_PLAN_DROP && !too_long)
		return tx_finish_plain(q, m, w, parsed);
	return plan;
}

enum cleave_plan
tx_plan(struct tx_queue *q, struct rte_mbuf **m, struct tx_work *w)
{
	int parsed = cleave_parse(*m, &w->pkt);
	uint64_t flags = (*m)->ol_flags;

	w->fits = false;
	/* tags that the port does not insert, and nobody else here does */
	if (flags & q->work_flags & (RTE_MBUF_F_TX_VLAN | RTE_MBUF_F_TX_QINQ))
		return tx_drop(w, CLEAVE_DROP_UNSUPPORTED);
	if (flags & (RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG))
		return plan_marked(q, *m, w, parsed);
	/* merged before us; what its checksum is worth then is known to who merged it */
	if ((flags & RTE_MBUF_F_RX_LRO) && (*m)->tso_segsz != 0 && w->pkt.l4_proto == IPPROTO_TCP &&
		(flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) != RTE_MBUF_F_RX_L4_CKSUM_BAD)
		return plan_marked(q, *m, w, parsed);
	return plan_long(q, m, w, parsed);
}
