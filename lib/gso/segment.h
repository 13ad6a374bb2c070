/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Writing one segment: its headers from a template, its mbuf's fields. Inlined into the three ways:
 * it is most of what they do. Neighbours: gso.h, headers.c (which made the templates).
 */
#ifndef CLEAVE_SEGMENT_H
#define CLEAVE_SEGMENT_H

#include <string.h>

#include <rte_mbuf_dyn.h>

#include "gso.h"

/* len is at least 34, Ethernet and IPv4. Exactly len bytes are written: behind them there may be
 * payload. */
static inline void
copy_headers(uint8_t *to, const uint8_t *from, uint32_t len)
{
	uint32_t off = 0;

	do {
		__builtin_memcpy(to + off, from + off, 32);
		off += 32;
	} while (off + 32 < len);
	__builtin_memcpy(to + len - 32, from + len - 32, 32);
}

/* The headers of segment i at h. */
static inline void
write_headers(const struct cut *c, const struct tmpl *t, uint8_t *h, uint32_t i)
{
	uint16_t sum = 0;

	copy_headers(h, t->hdr, t->hdr_len);
	for (unsigned int k = 0; k < t->nb_edits; k++) {
		const struct edit *e = &t->edit[k];
		uint16_t v = rte_cpu_to_be_16((uint16_t)(e->base + i * e->step));

		put16_raw(h + e->off, v);
		if (e->cksum != 0)
			put16_raw(h + e->cksum, (uint16_t)~cleave_sum_add(e->sum, v));
	}
	if (c->seq_off != 0) {
		uint32_t seq = rte_cpu_to_be_32(c->seq + i * c->mss);

		put32_raw(h + c->seq_off, seq);
		sum = cleave_sum_add((uint16_t)seq, (uint16_t)(seq >> 16));
	}
	if (c->cksum_off != 0) {
		sum = cleave_sum_add(sum, c->sum[i]);
		sum = ~cleave_sum_add(sum, t->l4_sum);
		put16_raw(h + c->cksum_off, sum == 0 ? c->zero_as : sum);
	}
}

/* The fields of a segment's first mbuf, all but those that say where its data is. kept: flags of
 * how it holds them. */
static inline void
set_fields(const struct cut *c, struct rte_mbuf *seg, uint64_t kept)
{
	seg->ol_flags = c->proto.ol_flags | kept;
	seg->tx_offload = c->proto.tx_offload;
	seg->packet_type = c->proto.packet_type;
	seg->port = c->proto.port;
	seg->vlan_tci = c->proto.vlan_tci;
	seg->vlan_tci_outer = c->proto.vlan_tci_outer;
	seg->hash = c->proto.hash;
	rte_mbuf_dynfield_copy(seg, &c->proto);
}

/* A new mbuf of the direct pool as a segment of len bytes. The pool's mbufs are as they were freed:
 * refcnt 1, nb_segs 1, no next. */
static inline void
start_segment(const struct cut *c, const struct tmpl *t, struct rte_mbuf *seg, uint64_t kept)
{
	set_fields(c, seg, kept);
	seg->data_off = RTE_PKTMBUF_HEADROOM;
	seg->data_len = t->hdr_len;
	seg->pkt_len = t->hdr_len + t->len;
}

/* Flags that mbufs of a pool always have. */
static inline uint64_t
pool_flags(const struct cut *c)
{
	return rte_pktmbuf_priv_flags(c->pools->direct) & RTE_PKTMBUF_POOL_F_PINNED_EXT_BUF
		       ? RTE_MBUF_F_EXTERNAL
		       : 0;
}

#endif
