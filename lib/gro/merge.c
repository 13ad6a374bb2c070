/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Holding, appending, completing: a packet that joins gives up its headers and is hung behind the
 * last one; the headers of the first are put right once, when all have come. Neighbours: gro.h.
 */
#include <string.h>

#include "append.h"
#include "look.h"
#include "rules.h"
#include "sum.h"

/* The longest l2_len, 7 bits. */
#define L2_LEN_MAX 127u

#define TCP_FLAGS 13
#define TCP_CKSUM 16
#define UDP_LEN 4
#define UDP_CKSUM 6

static struct rte_mbuf *
last_mbuf(struct rte_mbuf *m)
{
	while (m->next != NULL)
		m = m->next;
	return m;
}

void
merge_hold(struct cleave_gro *g, struct held *h, const struct arrival *a, const struct sums *s)
{
	const struct cleave_pkt *pkt = &a->pkt;
	const uint8_t *hdr = rte_pktmbuf_mtod(a->m, const uint8_t *), *l4 = hdr + pkt->l4_off;
	const struct cleave_ip *ip = &pkt->ip[0];
	const bool tcp = pkt->l4_proto == IPPROTO_TCP;

	h->hdr = hdr;
	h->head = a->m;
	h->tail = last_mbuf(a->m);
	h->count = HELD_COUNT(pkt->payload_len, 1, a->m->nb_segs);
	h->shape = HELD_SHAPE(pkt->l4_off, pkt->hdr_len, a->m->ol_flags & RULE_TAGS, tcp);
	h->rest_sum = s->rest;
	h->port = a->m->port;
	h->mss = pkt->payload_len;
	for (unsigned int l = 0; l < pkt->nb_ip; l++)
		h->id[l] = rte_be_to_cpu_16(get16_raw(hdr + pkt->ip[l].off + 4));
	h->flags = (s->known ? HELD_SUMS : 0) | (a->m->pkt_len != pkt->frame_len ? HELD_PADDED : 0);
	if (tcp) {
		h->next_seq = rte_be_to_cpu_32(get32_raw(l4 + 4)) + pkt->payload_len;
		h->flags |= pkt->tcp_flags & CLEAVE_TCP_CWR ? HELD_ACCECN : 0;
	}
	h->pair = look_pair(g, hdr, ip);
	if (a->m->nb_segs == 1)
		cleave_meta(a->m)->sum = s->sum;
}

/* Without what lies behind the first len bytes: Ethernet padding. Returns the last mbuf left. */
static struct rte_mbuf *
trim(struct rte_mbuf *m, uint32_t len)
{
	struct rte_mbuf *last = m, *rest;
	uint16_t nb = 1;

	m->pkt_len = len;
	for (; len > last->data_len; last = last->next, nb++)
		len -= last->data_len;
	last->data_len = len;
	rest = last->next;
	last->next = NULL;
	m->nb_segs = nb;
	rte_pktmbuf_free(rest);
	return last;
}

/* A packet's mbufs without its headers; the first goes if nothing else is in it. */
static struct rte_mbuf *
behind_headers(struct rte_mbuf *m, uint16_t hdr_len)
{
	struct rte_mbuf *next = m->next;

	m->data_off += hdr_len;
	m->data_len -= hdr_len;
	if (likely(m->data_len != 0))
		return m;
	next->nb_segs = m->nb_segs - 1;
	rte_pktmbuf_free_seg(m);
	return next;
}

void
merge_trim_head(struct held *h)
{
	h->tail = trim(h->head, held_hdr_len(h) + held_bytes(h));
	h->flags &= ~HELD_PADDED;
	h->count = HELD_COUNT(held_bytes(h), 1, h->head->nb_segs);
}

void
merge_append(struct held *h, const struct arrival *a, const struct sums *s)
{
	const struct cleave_pkt *pkt = &a->pkt;
	struct rte_mbuf *m = a->m;
	const uint8_t *hdr = rte_pktmbuf_mtod(m, const uint8_t *);
	uint32_t mbufs = 1;

	for (unsigned int l = 0; l < pkt->nb_ip; l++)
		append_id(
			h, l, held_pkts(h), rte_be_to_cpu_16(get16_raw(hdr + pkt->ip[l].off + 4)));
	if (h->flags & HELD_PADDED)
		merge_trim_head(h);
	if (likely(m->nb_segs == 1)) {
		cleave_meta(m)->sum = s->sum;
		append_mbuf(h, m, pkt->hdr_len, pkt->payload_len);
	} else {
		if (m->pkt_len != pkt->frame_len)
			trim(m, pkt->frame_len);
		m = behind_headers(m, pkt->hdr_len);
		h->tail->next = m;
		h->tail = last_mbuf(m);
		mbufs = m->nb_segs;
		m->nb_segs = 1;
	}
	append_note(h, pkt->payload_len, mbufs, pkt->tcp_flags);
	if (unlikely(!s->known))
		h->flags &= ~HELD_SUMS;
}

/* Lengths, IPv4 checksums, flags; and of the L4 checksum what an engine starts from. */
static void
complete_headers(const struct held *h, const struct cleave_pkt *pkt, uint8_t *hdr)
{
	const struct cleave_ip *ip = cleave_inner_ip(pkt);
	const uint32_t end = held_hdr_len(h) + held_bytes(h);
	uint8_t *l4 = hdr + held_l4_off(h);

	for (unsigned int l = 0; l < pkt->nb_ip; l++) {
		put_ip_len(hdr, &pkt->ip[l], end);
		if (pkt->ip[l].version == 4)
			put_ip4_cksum(hdr, &pkt->ip[l]);
	}
	if (pkt->nb_ip > 1 && pkt->ip[0].proto == IPPROTO_UDP)
		put16(hdr + pkt->tunnel_off + UDP_LEN, end - pkt->tunnel_off);
	if (pkt->tunnel_len != 0)
		put16(hdr + pkt->tunnel_len, end - pkt->tunnel_len_from);
	if (held_is_tcp(h)) {
		l4[TCP_FLAGS] |= h->flags & HELD_END;
		put16_raw(l4 + TCP_CKSUM, sum_pseudo(hdr, ip, IPPROTO_TCP, 0));
	} else {
		put16(l4 + UDP_LEN, end - held_l4_off(h));
		put16_raw(l4 + UDP_CKSUM, sum_pseudo(hdr, ip, IPPROTO_UDP, 0));
	}
}

/* The request to cut it again. */
static void
complete_mbuf(const struct held *h, const struct cleave_pkt *pkt, struct rte_mbuf *m)
{
	const struct cleave_ip *ip = cleave_inner_ip(pkt), *outer = &pkt->ip[0];
	uint64_t flags = m->ol_flags & ~(RTE_MBUF_F_TX_OFFLOAD_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK);
	uint32_t l2 = pkt->l2_len, ol2 = 0, ol3 = 0;

	flags |= cleave_meta_flag | RTE_MBUF_F_RX_L4_CKSUM_GOOD | RTE_MBUF_F_RX_IP_CKSUM_GOOD;
	flags |= held_is_tcp(h) ? RTE_MBUF_F_TX_TCP_SEG : RTE_MBUF_F_TX_UDP_SEG;
	flags |=
		ip->version == 4 ? RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM : RTE_MBUF_F_TX_IPV6;
	if (pkt->nb_ip > 1) {
		flags |= cleave_tunnel_mbuf_flag(pkt->tunnel);
		flags |= outer->version == 4
				 ? RTE_MBUF_F_TX_OUTER_IPV4 | RTE_MBUF_F_TX_OUTER_IP_CKSUM
				 : RTE_MBUF_F_TX_OUTER_IPV6;
		l2 = RTE_MIN(ip->off - pkt->tunnel_off, L2_LEN_MAX);
		ol2 = pkt->l2_len;
		ol3 = outer->len;
	}
	m->ol_flags = flags;
	m->tx_offload = rte_mbuf_tx_offload(l2, ip->len, pkt->l4_len, h->mss, ol3, ol2, 0);
	m->pkt_len = held_hdr_len(h) + held_bytes(h);
	m->nb_segs = held_mbufs(h);
}

static uint8_t
meta_flags(const struct held *h, const struct cleave_pkt *pkt)
{
	const unsigned int inner = pkt->nb_ip - 1;
	uint8_t flags = h->flags & HELD_SUMS ? CLEAVE_META_SUMS : 0;

	flags |= h->flags & HELD_ACCECN ? CLEAVE_META_ACCECN : 0;
	if (pkt->ip[inner].version == 4 && !(h->flags & HELD_COUNTS << inner))
		flags |= CLEAVE_META_FIXED_ID;
	if (inner != 0 && pkt->ip[0].version == 4 && !(h->flags & HELD_COUNTS))
		flags |= CLEAVE_META_FIXED_OUTER_ID;
	return flags;
}

struct rte_mbuf *
merge_complete(struct cleave_gro *g, struct held *h)
{
	struct cleave_meta *meta = cleave_meta(h->head);
	struct cleave_pkt pkt;

	if (held_pkts(h) == 1)
		return h->head;	     /* as it came */
	cleave_parse(h->head, &pkt); /* as it was then */
	complete_headers(h, &pkt, rte_pktmbuf_mtod(h->head, uint8_t *));
	complete_mbuf(h, &pkt, h->head);
	meta->nb_segs = held_pkts(h);
	meta->flags = meta_flags(h, &pkt);
	memset(meta->reserved, 0, sizeof(meta->reserved));
	g->stats.supers++;
	return h->head;
}
