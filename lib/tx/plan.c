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

/* What cutting in a tunnel needs beyond that tunnel's TSO. */
#define TUNNEL_NEEDS                                                                               \
	(RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM |                \
		TX_CAP_LONG_L2 | TX_CAP_TNL_FIELDS | TX_CAP_FIXED_OUTER_ID)

static uint64_t
tunnel_need(const struct rte_mbuf *m, const struct tx_work *w)
{
	const struct cleave_pkt *pkt = &w->pkt;
	const struct cleave_ip *outer = &pkt->ip[0];
	uint64_t need = 0;

	if (cleave_inner_ip(pkt)->off - pkt->tunnel_off > 127)
		need |= TX_CAP_LONG_L2; /* l2_len has 7 bits */
	if (pkt->tunnel_len != 0 || pkt->tunnel_cksum != 0 ||
		(pkt->tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM))
		need |= TX_CAP_TNL_FIELDS;
	if (outer->version == 4) {
		need |= RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM;
		if (w->gso_flags & CLEAVE_GSO_FIXED_OUTER_ID)
			need |= TX_CAP_FIXED_OUTER_ID;
	}
	/* an outer UDP checksum that is not zero, or asked for, changes with every segment */
	if (outer->proto == IPPROTO_UDP && headers_writable(m, pkt->hdr_len) &&
		((w->gso_flags & CLEAVE_GSO_OUTER_CKSUM) ||
			*rte_pktmbuf_mtod_offset(m, unaligned_uint16_t *, pkt->tunnel_off + 6) !=
				0))
		need |= RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM;
	return need;
}

static bool
has_longer_mbuf(const struct rte_mbuf *m, uint16_t len)
{
	for (; m != NULL; m = m->next)
		if (m->data_len > len)
			return true;
	return false;
}

/* What cutting this packet needs beyond what its class does. */
static uint64_t
packet_need(const struct tx_queue *q, const struct rte_mbuf *m, const struct tx_work *w)
{
	const struct cleave_pkt *pkt = &w->pkt;
	uint64_t need = 0;

	if (m->nb_segs > 1)
		need |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	if (m->nb_segs > q->tso_mbufs || (m->nb_segs > 1 && m->pkt_len > q->chain_len) ||
		(m->nb_segs > 1 && m->nb_segs >= q->plain_mbufs &&
			segment_mbufs(m, pkt->hdr_len, w->mss) > q->plain_mbufs) ||
		(q->mbuf_len != UINT16_MAX && has_longer_mbuf(m, q->mbuf_len)))
		need |= TX_CAP_CHAIN;
	if (pkt->tcp_flags & CLEAVE_TCP_URG)
		need |= TX_CAP_URG;
	if (pkt->tcp_flags & CLEAVE_TCP_CWR)
		need |= w->gso_flags & CLEAVE_GSO_ACCECN ? TX_CAP_ACCECN : TX_CAP_TSO_CWR;
	if ((w->gso_flags & CLEAVE_GSO_FIXED_ID) && cleave_inner_ip(pkt)->version == 4)
		need |= TX_CAP_FIXED_ID;
	if (!headers_writable(m, pkt->hdr_len))
		need |= TX_CAP_OWNED;
	if (pkt->frame_len - pkt->l2_len > UINT16_MAX)
		need |= TX_CAP_BIG;
	if (pkt->hdr_len + pkt->payload_len != m->pkt_len)
		need |= TX_CAP_TRAILER; /* an engine would take it for payload */
	return pkt->tunnel != CLEAVE_TUNNEL_NONE ? need | tunnel_need(m, w) : need;
}

/* May a class that misses this be cut by a port that copies what it does not know? */
static bool
partial_class(const struct tx_queue *q, unsigned int cls)
{
	uint64_t plain = q->need[tx_class(CLEAVE_TUNNEL_NONE, IPPROTO_TCP, cls & 1 ? 6 : 4)];

	return cls >= 4 && !(cls & 2) && q->conf.opaque_l2 != 0 && (plain & ~q->caps) == 0;
}

enum cleave_plan
tx_plan_class(const struct tx_queue *q, unsigned int cls, uint64_t *missing)
{
	*missing = q->need[cls] & ~q->caps;
	if (*missing == 0)
		return CLEAVE_PLAN_TSO;
	if (partial_class(q, cls))
		return CLEAVE_PLAN_PARTIAL;
	return q->conf.no_gso ? CLEAVE_PLAN_DROP : CLEAVE_PLAN_GSO;
}

/* May the outer header's ID be the same in all segments? With DF it means nothing (RFC 6864), but
 * what was merged leaves as it came. */
static bool
outer_id_fixed(const struct tx_work *w)
{
	const struct cleave_ip *outer = &w->pkt.ip[0];

	return outer->version == 6 ||
	       ((outer->flags & CLEAVE_IP_DF) &&
		       (!w->merged || (w->gso_flags & CLEAVE_GSO_FIXED_OUTER_ID)));
}

/* Can the port cut this packet where what it copies is made right before? Either all that it lacks
 * is the outer UDP checksum; or it does not know the tunnel, the headers up to the inner IP header
 * fit l2_len, and the outer ID may stay the same. */
static bool
partial_fits(const struct tx_queue *q, struct tx_work *w, unsigned int cls, uint64_t need)
{
	const struct cleave_pkt *pkt = &w->pkt;
	uint64_t missing = (q->need[cls] | need) & ~q->caps;

	if (pkt->tunnel == CLEAVE_TUNNEL_NONE || pkt->l4_proto != IPPROTO_TCP ||
		pkt->payload_len / 2 < w->mss || (pkt->tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM))
		return false;
	w->opaque = missing != RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM;
	if (!w->opaque)
		return true;
	return partial_class(q, cls) && ((need & ~TUNNEL_NEEDS) & ~q->caps) == 0 &&
	       cleave_inner_ip(pkt)->off <= q->conf.opaque_l2 && outer_id_fixed(w);
}

/* How segments of that length are cut for the port, and what is left to it: in a tunnel only where
 * its driver takes all before the inner IP header for L2. */
static uint16_t
gso_flags(const struct tx_queue *q, const struct cleave_pkt *pkt, uint32_t len)
{
	bool chains = (q->caps & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) && len <= q->chain_len;
	uint64_t l4 = pkt->l4_proto == IPPROTO_UDP ? RTE_ETH_TX_OFFLOAD_UDP_CKSUM
						   : RTE_ETH_TX_OFFLOAD_TCP_CKSUM;
	uint16_t flags = chains ? 0 : CLEAVE_GSO_LINEAR;

	if (pkt->tunnel != CLEAVE_TUNNEL_NONE && cleave_inner_ip(pkt)->off > q->conf.opaque_l2)
		return flags;
	return flags | (q->caps & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM ? CLEAVE_GSO_HW_IP_CKSUM : 0) |
	       (q->caps & l4 ? CLEAVE_GSO_HW_L4_CKSUM : 0);
}

/* What the packet asks for, and what was found out when it was merged. */
static uint16_t
packet_flags(const struct rte_mbuf *m)
{
	static const struct {
		uint8_t meta;
		uint16_t gso;
	} same[] = {
		{CLEAVE_META_SUMS, CLEAVE_GSO_SUMS},
		{CLEAVE_META_FIXED_ID, CLEAVE_GSO_FIXED_ID},
		{CLEAVE_META_FIXED_OUTER_ID, CLEAVE_GSO_FIXED_OUTER_ID},
		{CLEAVE_META_ACCECN, CLEAVE_GSO_ACCECN},
	};
	uint16_t flags = m->ol_flags & RTE_MBUF_F_TX_OUTER_UDP_CKSUM ? CLEAVE_GSO_OUTER_CKSUM : 0;

	if (m->ol_flags & cleave_meta_flag)
		for (unsigned int i = 0; i < RTE_DIM(same); i++)
			flags |= cleave_meta(m)->flags & same[i].meta ? same[i].gso : 0;
	return flags;
}

/* A TCP or UDP packet that is to leave in segments of w->mss. */
static enum cleave_plan
plan_cut(struct tx_queue *q, struct rte_mbuf *m, struct tx_work *w)
{
	const struct cleave_pkt *pkt = &w->pkt;
	unsigned int cls = tx_class(pkt->tunnel, pkt->l4_proto, cleave_inner_ip(pkt)->version);
	uint64_t need = packet_need(q, m, w);

	w->gso_type = CLEAVE_GSO_L4;
	if (pkt->payload_len <= w->mss)
		return CLEAVE_PLAN_GSO; /* one segment: lib/gso takes the mark away */
	if (((q->need[cls] | need) & ~q->caps) == 0) {
		tx_request(q, m, w);
		return CLEAVE_PLAN_TSO;
	}
	if (partial_fits(q, w, cls, need))
		return CLEAVE_PLAN_PARTIAL;
	return q->conf.no_gso ? tx_drop(w, CLEAVE_DROP_NO_GSO) : CLEAVE_PLAN_GSO;
}

/* A request (RTE_MBUF_F_TX_TCP_SEG, _UDP_SEG), or a packet that somebody merged before us: proto, 0
 * where that was not said. */
static enum cleave_plan
plan_marked(struct tx_queue *q, struct rte_mbuf *m, struct tx_work *w, int parsed, uint8_t proto)
{
	if (parsed < 0)
		return tx_drop(w, CLEAVE_DROP_MALFORMED);
	/* the port may know a tunnel that is none to the walk */
	if (w->pkt.l4_proto != proto && (m->ol_flags & RTE_MBUF_F_TX_TUNNEL_MASK))
		return tx_drop(w, CLEAVE_DROP_UNSUPPORTED);
	if (w->pkt.l4_proto != proto || m->tso_segsz == 0)
		return tx_drop(w, CLEAVE_DROP_BAD_REQUEST);
	w->whole = tx_stays_merged(q, m, w);
	w->mss = w->whole ? w->pkt.payload_len : tx_cut_size(q, &w->pkt, m->tso_segsz);
	if (w->mss == 0)
		return tx_drop(w, CLEAVE_DROP_BAD_REQUEST);
	w->gso_flags = gso_flags(q, &w->pkt, w->pkt.hdr_len + w->mss) | packet_flags(m);
	return plan_cut(q, m, w);
}

/* A packet that may not be cut as TCP, and is too long: IPv4 fragments, where that is allowed. Its
 * checksums, but for the IP header's, are those of the whole, and complete. */
static enum cleave_plan
plan_fragment(struct tx_queue *q, struct rte_mbuf **m, struct tx_work *w)
{
	const struct cleave_pkt *pkt = &w->pkt;
	const struct cleave_ip *ip = &pkt->ip[0];
	uint32_t beyond = pkt->l2_len - pkt->mac_len + ip->len, most = q->mtu;

	most = RTE_MIN(most, q->frame_len - pkt->mac_len);
	if (pkt->nb_ip == 0 || ip->version != 4 || (ip->flags & (CLEAVE_IP_DF | CLEAVE_IP_JUMBO)) ||
		most < beyond + 8)
		return tx_drop(w, CLEAVE_DROP_TOO_BIG);
	if (q->conf.no_gso)
		return tx_drop(w, CLEAVE_DROP_NO_GSO);
	if (!tx_outer_ip_right(*m, pkt))
		return tx_drop(w, CLEAVE_DROP_BAD_CKSUM);
	w->mss = most - beyond;
	w->gso_flags = gso_flags(q, pkt, pkt->l2_len + ip->len + w->mss) & ~CLEAVE_GSO_HW_L4_CKSUM;
	if (tx_finish_soft(q, m, w) == CLEAVE_PLAN_DROP)
		return CLEAVE_PLAN_DROP;
	w->gso_type = CLEAVE_GSO_FRAGMENT;
	return CLEAVE_PLAN_GSO;
}

/* May it be cut without anybody having asked for it? */
static bool
is_plain_tcp(const struct cleave_pkt *pkt)
{
	return pkt->l4_proto == IPPROTO_TCP &&
	       !(pkt->tcp_flags & (CLEAVE_TCP_SYN | CLEAVE_TCP_RST | CLEAVE_TCP_URG));
}

/* A packet without a request: cut where it is too long, or longer than the user wants, and where
 * that is allowed. What fits the MTU and cannot be cut leaves as it is. */
static enum cleave_plan
plan_long(struct tx_queue *q, struct rte_mbuf **m, struct tx_work *w, int parsed)
{
	const struct cleave_pkt *pkt = &w->pkt;
	uint32_t mac_len = pkt->mac_len != 0 ? pkt->mac_len : RTE_ETHER_HDR_LEN;
	bool too_long = (*m)->pkt_len > RTE_MIN(q->mtu + mac_len, q->frame_len);
	bool tcp = parsed == 0 && is_plain_tcp(pkt);
	enum cleave_plan plan = CLEAVE_PLAN_DROP;

	w->fits = !too_long;
	w->why = parsed < 0 ? CLEAVE_DROP_MALFORMED : CLEAVE_DROP_TOO_BIG;
	w->mss = tcp ? tx_cut_size(q, pkt, 0) : 0;
	if (w->mss != 0 && pkt->payload_len > w->mss) {
		w->gso_flags = gso_flags(q, pkt, pkt->hdr_len + w->mss) | packet_flags(*m);
		if (tx_cksums_vouched(q, *m, w))
			plan = plan_cut(q, *m, w);
		else
			w->why = CLEAVE_DROP_BAD_CKSUM;
	} else if (too_long && parsed == 0 && !tcp) {
		plan = plan_fragment(q, m, w);
	}
	if (plan == CLEAVE_PLAN_DROP && !too_long)
		return tx_finish_plain(q, m, w, parsed);
	return plan;
}

/* Merged before us? What its checksum is worth then is known to who merged it. TCP only: a driver that says
 * so of UDP is net_vhost, and means a datagram of a guest's that is to be fragmented
 * (VIRTIO_NET_HDR_GSO_UDP), as any long one is. */
static bool
is_merged(const struct rte_mbuf *m, const struct cleave_pkt *pkt)
{
	return (m->ol_flags & RTE_MBUF_F_RX_LRO) && m->tso_segsz != 0 &&
	       pkt->l4_proto == IPPROTO_TCP && !tx_cksum_known_bad(m->ol_flags, true);
}

enum cleave_plan
tx_plan(struct tx_queue *q, struct rte_mbuf **m, struct tx_work *w)
{
	int parsed = cleave_parse(*m, &w->pkt);
	uint64_t flags = (*m)->ol_flags;

	w->fits = w->opaque = w->whole = false;
	w->merged = flags & cleave_meta_flag;
	if ((*m)->pkt_len < RTE_ETHER_HDR_LEN)
		return tx_drop(w, CLEAVE_DROP_MALFORMED);
	/* tags that the port does not insert, and nobody else here does */
	if (flags & q->work_flags & (RTE_MBUF_F_TX_VLAN | RTE_MBUF_F_TX_QINQ))
		return tx_drop(w, CLEAVE_DROP_UNSUPPORTED);
	if (flags & RTE_MBUF_F_TX_TCP_SEG)
		return plan_marked(q, *m, w, parsed, IPPROTO_TCP);
	if (flags & RTE_MBUF_F_TX_UDP_SEG)
		return plan_marked(q, *m, w, parsed, IPPROTO_UDP);
	if (is_merged(*m, &w->pkt))
		return plan_marked(q, *m, w, parsed, w->pkt.l4_proto);
	return plan_long(q, m, w, parsed);
}
