/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Offloads of packets that are not cut here: what the port must be told of a request, and what is
 * completed in software because the port does not do it. Neighbours: tx.h, plan.c.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <rte_hash_crc.h>

#include "own.h"
#include "put.h"
#include "sum.h"
#include "tx.h"

#define L4_CKSUM_OFF_TCP 16
#define L4_CKSUM_OFF_UDP 6

/* One IP header of a request: its checksum is the port's (and 0 here) where the port has that
 * offload; else it is right for the request, and engines that cut without it start from there. */
static uint64_t
request_ip(
	uint8_t *hdr, const struct cleave_ip *ip, bool hw, uint64_t v4, uint64_t v6, uint64_t cksum)
{
	if (ip->version == 6)
		return v6;
	if (!hw) {
		put_ip4_cksum(hdr, ip);
		return v4;
	}
	put16_raw(hdr + ip->off + 10, 0);
	return v4 | cksum;
}

void
tx_request(const struct tx_queue *q, struct rte_mbuf *m, const struct tx_work *w)
{
	const struct cleave_pkt *pkt = &w->pkt;
	const struct cleave_ip *ip = cleave_inner_ip(pkt), *outer = &pkt->ip[0];
	uint8_t *hdr = rte_pktmbuf_mtod(m, uint8_t *);
	/* what struct cleave_meta says stays true, for whoever gets it back from a full ring */
	uint64_t flags = m->ol_flags &
			 ~(RTE_MBUF_F_RX_LRO | RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_TUNNEL_MASK |
				 RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IPV6 |
				 RTE_MBUF_F_TX_OUTER_IP_CKSUM | RTE_MBUF_F_TX_OUTER_UDP_CKSUM |
				 RTE_MBUF_F_TX_OUTER_IPV4 | RTE_MBUF_F_TX_OUTER_IPV6);
	uint64_t l2 = pkt->l2_len, ol2 = 0, ol3 = 0;
	bool tcp = pkt->l4_proto == IPPROTO_TCP;

	flags |= tcp ? RTE_MBUF_F_TX_TCP_SEG : RTE_MBUF_F_TX_UDP_SEG;
	if (w->opaque) {
		l2 = ip->off;
	} else if (pkt->tunnel != CLEAVE_TUNNEL_NONE) {
		l2 = ip->off - pkt->tunnel_off;
		ol2 = pkt->l2_len;
		ol3 = outer->len;
		flags |= cleave_tunnel_mbuf_flag(pkt->tunnel);
		flags |= request_ip(hdr, outer, q->caps & RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM,
			RTE_MBUF_F_TX_OUTER_IPV4, RTE_MBUF_F_TX_OUTER_IPV6,
			RTE_MBUF_F_TX_OUTER_IP_CKSUM);
		if (outer->proto == IPPROTO_UDP && (q->caps & RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM) &&
			((w->gso_flags & CLEAVE_GSO_OUTER_CKSUM) ||
				(hdr[pkt->tunnel_off + 6] | hdr[pkt->tunnel_off + 7]) != 0))
			flags |= RTE_MBUF_F_TX_OUTER_UDP_CKSUM;
	}
	flags |= request_ip(hdr, ip, q->caps & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM, RTE_MBUF_F_TX_IPV4,
		RTE_MBUF_F_TX_IPV6, RTE_MBUF_F_TX_IP_CKSUM);
	put16_raw(hdr + pkt->l4_off + (tcp ? L4_CKSUM_OFF_TCP : L4_CKSUM_OFF_UDP),
		cleave_sum_pseudo(hdr, pkt, 0));
	m->tx_offload = rte_mbuf_tx_offload(l2, ip->len, pkt->l4_len, w->mss, ol3, ol2, 0);
	m->ol_flags = flags;
}

/* The packet as a chain that the port takes and whose headers may be written to: itself, or a copy
 * that takes its place. */
static int
make_private(struct tx_queue *q, struct rte_mbuf **m)
{
	struct rte_mbuf *copy = rte_pktmbuf_copy(*m, q->conf.pools.direct, 0, UINT32_MAX);

	if (copy == NULL)
		return -ENOMEM;
	/* its mbufs hold other bytes each than those that were summed */
	if (copy->ol_flags & cleave_meta_flag)
		cleave_meta(copy)->flags &= ~CLEAVE_META_SUMS;
	rte_pktmbuf_free(*m);
	*m = copy;
	return 0;
}

static bool
chain_fits(const struct tx_queue *q, const struct rte_mbuf *m)
{
	return m->nb_segs == 1 || (m->nb_segs <= q->plain_mbufs && m->pkt_len <= q->chain_len);
}

/* SCTP's CRC32c (RFC 9260 appendix A) over the chain, from the common header on. */
static void
sctp_crc(struct rte_mbuf *m, const struct cleave_pkt *pkt)
{
	uint8_t *field = rte_pktmbuf_mtod_offset(m, uint8_t *, pkt->l4_off + 8);
	uint32_t left = pkt->l4_len + pkt->payload_len, off = pkt->l4_off, crc = UINT32_MAX;

	memset(field, 0, sizeof(crc));
	for (const struct rte_mbuf *s = m; left > 0; s = s->next, off = 0) {
		uint32_t n = RTE_MIN(left, s->data_len - off);

		crc = rte_hash_crc(rte_pktmbuf_mtod_offset(s, const void *, off), n, crc);
		left -= n;
	}
	crc = rte_cpu_to_le_32(~crc);
	memcpy(field, &crc, sizeof(crc));
}

/* The L4 checksum, complete. A UDP datagram may be shorter than the IP packet (RFC 768). */
static void
l4_cksum(struct rte_mbuf *m, const struct cleave_pkt *pkt)
{
	uint8_t *hdr = rte_pktmbuf_mtod(m, uint8_t *);
	bool tcp = pkt->l4_proto == IPPROTO_TCP;
	uint8_t *field = hdr + pkt->l4_off + (tcp ? L4_CKSUM_OFF_TCP : L4_CKSUM_OFF_UDP);
	uint32_t len = pkt->l4_len + pkt->payload_len;
	uint16_t cksum;

	if (!tcp && (hdr[pkt->l4_off + 4] | hdr[pkt->l4_off + 5]) != 0)
		len = hdr[pkt->l4_off + 4] << 8 | hdr[pkt->l4_off + 5];
	put16_raw(field, 0);
	cksum = ~cleave_sum_add(
		cleave_sum_mbuf(m, pkt->l4_off, len), cleave_sum_pseudo(hdr, pkt, len));
	put16_raw(field, cksum == 0 && !tcp ? 0xffff : cksum);
}

/* The walk sees what is inside a tunnel; a request without tunnel flag means the outer headers. */
static void
look_outside(struct cleave_pkt *pkt)
{
	uint32_t end = pkt->frame_len;

	pkt->depth = pkt->ip[0].proto == IPPROTO_UDP ? CLEAVE_DEPTH_L4 : CLEAVE_DEPTH_L3;
	pkt->l4_proto = pkt->ip[0].proto == IPPROTO_UDP ? IPPROTO_UDP : 0;
	pkt->tunnel = CLEAVE_TUNNEL_NONE;
	pkt->nb_ip = 1;
	pkt->l4_off = pkt->tunnel_off;
	pkt->l4_len = 8;
	pkt->hdr_len = pkt->l4_off + pkt->l4_len;
	pkt->payload_len = end - pkt->hdr_len;
}

/* Requests of checksums that the port does not meet. */
struct todo {
	bool ip, outer_ip, outer_udp, l4;
};

static struct todo
find_todo(uint64_t caps, const struct rte_mbuf *m, const struct cleave_pkt *pkt)
{
	uint64_t f = m->ol_flags, l4 = f & RTE_MBUF_F_TX_L4_MASK;
	struct todo t = {
		.ip = (f & RTE_MBUF_F_TX_IP_CKSUM) && !(caps & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM),
		.outer_ip = (f & RTE_MBUF_F_TX_OUTER_IP_CKSUM) &&
			    !(caps & RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM),
		.outer_udp = (f & RTE_MBUF_F_TX_OUTER_UDP_CKSUM) &&
			     !(caps & RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM),
	};

	if (l4 == RTE_MBUF_F_TX_TCP_CKSUM)
		t.l4 = !(caps & RTE_ETH_TX_OFFLOAD_TCP_CKSUM);
	else if (l4 == RTE_MBUF_F_TX_UDP_CKSUM)
		t.l4 = !(caps & RTE_ETH_TX_OFFLOAD_UDP_CKSUM);
	else if (l4 == RTE_MBUF_F_TX_SCTP_CKSUM)
		t.l4 = !(caps & RTE_ETH_TX_OFFLOAD_SCTP_CKSUM);
	else if ((f & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_NONE)
		t.l4 = pkt->depth == CLEAVE_DEPTH_L4; /* a peer left it to us to complete it */
	/* an outer checksum is over the finished inner one, which must not be the port's then */
	if (t.outer_udp) {
		t.l4 |= l4 != 0;
		t.ip |= (f & RTE_MBUF_F_TX_IP_CKSUM) != 0;
	}
	return t;
}

/* Do it; the headers are in one mbuf and ours. */
static void
complete(struct rte_mbuf *m, struct cleave_pkt *pkt, struct todo t, uint64_t *done)
{
	uint8_t *hdr = rte_pktmbuf_mtod(m, uint8_t *);
	const struct cleave_ip *ip = cleave_inner_ip(pkt);
	/* no checksum is one too (RFC 768): it stays away where a peer left it away */
	bool none = pkt->l4_proto == IPPROTO_UDP && !(m->ol_flags & RTE_MBUF_F_TX_L4_MASK) &&
		    (hdr[pkt->l4_off + 6] | hdr[pkt->l4_off + 7]) == 0;

	*done = 0;
	if (t.ip && ip->version == 4) {
		put_ip4_cksum(hdr, ip);
		*done |= RTE_MBUF_F_TX_IP_CKSUM;
	}
	if (t.l4) {
		if (pkt->l4_proto == IPPROTO_SCTP)
			sctp_crc(m, pkt);
		else if (!none)
			l4_cksum(m, pkt);
		*done |= RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK;
	}
	if (t.outer_ip && pkt->ip[0].version == 4) {
		put_ip4_cksum(hdr, &pkt->ip[0]);
		*done |= RTE_MBUF_F_TX_OUTER_IP_CKSUM;
	}
	if (t.outer_udp) {
		look_outside(pkt);
		l4_cksum(m, pkt);
		*done |= RTE_MBUF_F_TX_OUTER_UDP_CKSUM;
	}
}

static bool
l4_matches(uint64_t flags, const struct cleave_pkt *pkt)
{
	switch (flags & RTE_MBUF_F_TX_L4_MASK) {
	case RTE_MBUF_F_TX_TCP_CKSUM:
		return pkt->l4_proto == IPPROTO_TCP;
	case RTE_MBUF_F_TX_UDP_CKSUM:
		return pkt->l4_proto == IPPROTO_UDP;
	case RTE_MBUF_F_TX_SCTP_CKSUM:
		return pkt->l4_proto == IPPROTO_SCTP;
	default:
		return pkt->depth == CLEAVE_DEPTH_L4;
	}
}

/* Do what the packet asks for, but what the port does by itself; whole: as one frame. */
static enum cleave_plan
finish(struct tx_queue *q, struct rte_mbuf **m, struct tx_work *w, uint64_t caps, bool whole)
{
	bool tunnel = (*m)->ol_flags & TX_OUTER_FLAGS;
	struct cleave_pkt seen = w->pkt, *pkt = &seen;
	struct todo t;
	uint64_t done;

	if (!tx_means_inner(*m, pkt))
		look_outside(pkt);
	t = find_todo(caps, *m, pkt);
	if (!t.ip && !t.outer_ip && !t.outer_udp && !t.l4)
		return CLEAVE_PLAN_PLAIN;
	if (pkt->nb_ip == 0)
		return tx_drop(w, CLEAVE_DROP_MALFORMED);
	if ((t.l4 && !l4_matches((*m)->ol_flags, pkt)) || (tunnel && pkt->nb_ip != 2) ||
		(t.outer_udp && pkt->nb_ip != 2))
		return tx_drop(w, CLEAVE_DROP_UNSUPPORTED);
	if (!headers_writable(*m, tx_headers_end(pkt))) {
		if (make_private(q, m) < 0)
			return tx_drop(w, CLEAVE_DROP_NO_MBUF);
		if ((whole && !chain_fits(q, *m)) || !headers_writable(*m, tx_headers_end(pkt)))
			return tx_drop(w, CLEAVE_DROP_TOO_MANY_MBUFS);
	}
	complete(*m, pkt, t, &done);
	(*m)->ol_flags &= ~done;
	q->stats.sw_cksum += whole;
	return CLEAVE_PLAN_PLAIN;
}

enum cleave_plan
tx_finish_plain(struct tx_queue *q, struct rte_mbuf **m, struct tx_work *w, int parsed)
{
	if (!chain_fits(q, *m)) {
		if (make_private(q, m) < 0)
			return tx_drop(w, CLEAVE_DROP_NO_MBUF);
		if (!chain_fits(q, *m))
			return tx_drop(w, CLEAVE_DROP_TOO_MANY_MBUFS);
		q->stats.linearized++;
	}
	if (parsed < 0)
		w->pkt.nb_ip = 0; /* nothing of it is used */
	return finish(q, m, w, q->caps, true);
}

enum cleave_plan
tx_finish_soft(struct tx_queue *q, struct rte_mbuf **m, struct tx_work *w)
{
	return finish(q, m, w, 0, false);
}
