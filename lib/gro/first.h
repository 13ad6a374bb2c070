/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The short way of plain TCP of whose flow nothing is held: it begins something, or passes. Neighbours:
 * quick.h (what then joins it); look.h, sums.c and merge.c are the long way.
 */
#ifndef CLEAVE_GRO_FIRST_H
#define CLEAVE_GRO_FIRST_H

#include "quick.h"

/* Where the headers end and where the packet does, from the first byte, if it is plain TCP, no fragment
 * and whole, with checksums that segments can have back. False: it is not. */
static __rte_always_inline bool
quick_extent(const struct rte_mbuf *m, const enum quick_kind kind, uint32_t *hdr_len, uint32_t *end)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *), *ip = p + QUICK_IP;
	const uint8_t *l4 = p + QUICK_L4(kind);
	const uint32_t l4_len = (l4[12] >> 4) * 4;

	if (kind == QUICK_TCP4) {
		*end = QUICK_IP + __builtin_bswap16(get16_raw(ip + 2));
		if (ip[0] != 0x45 || ip[9] != IPPROTO_TCP ||
			(get16_raw(ip + 6) & QUICK_FRAGMENT) != 0 ||
			get16_raw(ip + 10) == UINT16_MAX)
			return false;
	} else {
		*end = QUICK_IP + 40 + __builtin_bswap16(get16_raw(ip + 4));
		if (ip[0] >> 4 != 6 || ip[6] != IPPROTO_TCP)
			return false;
	}
	*hdr_len = QUICK_L4(kind) + l4_len;
	return l4_len >= 20 && *hdr_len <= *end && *end <= m->data_len &&
	       get16_raw(l4 + 16) != UINT16_MAX;
}

/* It is what is held there. */
static inline void
quick_hold_as(struct cleave_gro *g, struct held *h, struct rte_mbuf *m, uint32_t hdr_len,
	uint32_t payload, const enum quick_kind kind)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *), *ip = p + QUICK_IP;
	const uint8_t *l4 = p + QUICK_L4(kind);
	uint64_t sum = rte_cpu_to_be_16(IPPROTO_TCP);

	sum += kind == QUICK_TCP4 ? sum_words(ip + 12, 8) : sum_words(ip + 8, 32);
	sum += (uint64_t)get32_raw(l4) + get32_raw(l4 + 8) + get16_raw(l4 + 14) +
	       get16_raw(l4 + 18) + sum_words(l4 + 20, hdr_len - QUICK_L4(kind) - 20);
	h->hdr = p;
	h->head = h->tail = m;
	h->count = HELD_COUNT(payload, 1, 1);
	h->next_seq = rte_be_to_cpu_32(get32_raw(l4 + 4)) + payload;
	h->shape = HELD_SHAPE(QUICK_L4(kind), hdr_len, false, true);
	h->rest_sum = cleave_sum_fold(sum);
	h->port = m->port;
	h->mss = payload;
	h->id[0] = __builtin_bswap16(get16_raw(ip + 4));
	h->flags = HELD_SUMS | (l4[13] & CLEAVE_TCP_CWR ? HELD_ACCECN : 0) |
		   (m->pkt_len != hdr_len + payload ? HELD_PADDED : 0);
	h->pair = look_pair_of(g, look_addresses(g, ip, kind == QUICK_TCP4 ? 4 : 6));
	quick_sum(g, m, h->rest_sum, hdr_len, payload, kind, &cleave_meta(m)->sum);
}

/* A packet of whose flow nothing is held is held in *at, where others may continue it, a port vouched
 * for its checksums, and there is a free place: HEAD. Or it is never merged: why. Or OTHER: that has to
 * be found out the long way. */
static __rte_always_inline enum cleave_gro_pass
quick_first_as(struct cleave_gro *g, struct rte_mbuf *m, uint64_t hash, struct held **at,
	const enum quick_kind kind)
{
	const uint8_t flags = *rte_pktmbuf_mtod_offset(m, const uint8_t *, QUICK_L4(kind) + 13);
	uint32_t hdr_len, end;

	if (!quick_extent(m, kind, &hdr_len, &end))
		return CLEAVE_GRO_PASS_OTHER;
	if (flags & (CLEAVE_TCP_SYN | CLEAVE_TCP_RST | CLEAVE_TCP_URG))
		return CLEAVE_GRO_PASS_FLAGS;
	if (hdr_len == end)
		return CLEAVE_GRO_PASS_EMPTY;
	if ((flags & HELD_END) || (m->ol_flags & QUICK_FLAGS_GOOD) != QUICK_FLAGS_GOOD)
		return CLEAVE_GRO_PASS_OTHER;
	*at = g->nb_held < g->most_held ? table_free(g, hash) : NULL;
	if (unlikely(*at == NULL))
		return CLEAVE_GRO_PASS_OTHER;
	quick_hold_as(g, *at, m, hdr_len, end - hdr_len, kind);
	return CLEAVE_GRO_PASS_HEAD;
}

static __rte_noinline enum cleave_gro_pass
quick_first(struct cleave_gro *g, struct rte_mbuf *m, const struct quick_run *r, struct held **at)
{
	return likely(r->kind == QUICK_TCP4) ? quick_first_as(g, m, r->hash, at, QUICK_TCP4)
					     : quick_first_as(g, m, r->hash, at, QUICK_TCP6);
}

#endif
