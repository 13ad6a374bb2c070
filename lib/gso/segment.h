/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Writing segments: the headers from a template, the mbuf's fields. Inlined where segments
 * are made, most of which it is: what is repeated stays in registers. Neighbours: gso.h, headers.c
 * (which made the templates).
 */
#ifndef CLEAVE_SEGMENT_H
#define CLEAVE_SEGMENT_H

#include "gso.h"

/* Segments of one template, one after the other. */
struct run {
	const struct cut *c;
	const struct tmpl *t;
	const uint16_t *sum; /* of the next segment's payload */
	uint32_t seq;	     /* its sequence number, and the fields that count */
	uint32_t value[2];
	block first[2], last[2]; /* of the headers */
};

/* Those from number i on. */
static inline struct run
run_of(const struct cut *c, uint32_t i)
{
	const struct tmpl *t = cut_tmpl(c, i);
	const uint8_t *end = t->hdr + t->hdr_len;

	return (struct run){
		.c = c,
		.t = t,
		.sum = &c->sum[i],
		.seq = c->seq + i * c->mss,
		.value = {t->edit[0].base + i * t->edit[0].step,
			t->edit[1].base + i * t->edit[1].step},
		.first = {load_block(t->hdr), load_block(t->hdr + 16)},
		.last = {load_block(end - 32), load_block(end - 16)},
	};
}

static inline uint16_t
fold(uint32_t sum)
{
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)(sum + (sum >> 16));
}

static inline void
write_edit(uint8_t *h, const struct edit *e, uint32_t *value)
{
	uint32_t v = __builtin_bswap16(*value), sum = e->sum + v;

	*value += e->step;
	put32_raw(h + e->off - 2, e->before | v << 16);
	if (e->cksum != 0)
		put16_raw(h + e->cksum, ~(sum + (sum >> 16)) & e->keep);
}

/* Sequence number and word of L4, and the checksum over all. */
static inline void
write_l4(struct run *r, uint8_t *h, const uint32_t what)
{
	uint32_t seq = rte_cpu_to_be_32(r->seq), sum = r->t->l4_sum;
	uint8_t *l4 = h + r->c->pkt->l4_off;
	uint64_t word = r->t->l4_word;

	if (what & WRITE_TCP) {
		put32_raw(l4 + TCP_SEQ, seq);
		r->seq += r->c->mss;
		sum += (seq & 0xffff) + (seq >> 16);
	}
	if (what & (WRITE_CKSUM | WRITE_OUTER))
		sum = (uint16_t)~fold(sum + *r->sum++);
	if ((what & WRITE_OUTER) || !(what & WRITE_TCP))
		sum = sum == 0 ? UINT16_MAX : sum; /* UDP's 0 says that there is none */
	if (what & WRITE_OUTER)
		put16_raw(h + r->c->cksum_off, sum);
	if (what & WRITE_CKSUM)
		word |= (uint64_t)sum << (what & WRITE_TCP ? TCP_WORD_CKSUM : UDP_WORD_CKSUM);
	if (what & WRITE_TCP)
		put64_raw(l4 + TCP_WORD, word);
	else
		put32_raw(l4 + UDP_WORD, (uint32_t)word);
}

/* The headers of the next segment at h; what: c->what. They are at least 34 bytes, Ethernet and
 * IPv4; not a byte more is written: behind them there may be payload. */
static inline void
write_headers(struct run *r, uint8_t *h, const uint32_t what)
{
	const uint32_t len = r->t->hdr_len;

	store_block(h, r->first[0]);
	store_block(h + 16, r->first[1]);
	for (uint32_t off = 32; off + 32 < len; off += 16)
		store_block(h + off, load_block(r->t->hdr + off));
	store_block(h + len - 32, r->last[0]);
	store_block(h + len - 16, r->last[1]);
	if (what & WRITE_COUNTER)
		write_edit(h, &r->t->edit[0], &r->value[0]);
	if (what & WRITE_SECOND)
		write_edit(h, &r->t->edit[1], &r->value[1]);
	if (what & (WRITE_TCP | WRITE_UDP))
		write_l4(r, h, what);
}

/* Where a segment's first mbuf has its data, and what it is part of. */
struct piece {
	uint32_t data_off, data_len, pkt_len;
	uint64_t nb_segs;
	struct rte_mbuf *next;
};

/* The fields of a segment's first mbuf, as if it were a new one. */
static inline void
write_fields(const struct cut *c, struct rte_mbuf *seg, struct piece p)
{
	uint8_t *to = (uint8_t *)seg, *dyn = to + AT(dynfield1);

	store_pair(to + AT(data_off), mbuf_word(p.data_off, p.nb_segs, c->mbuf.rest),
		c->mbuf.ol_flags);
	store_pair(to + AT(packet_type), c->mbuf.type | (uint64_t)p.pkt_len << 32,
		c->mbuf.tags | p.data_len);
	__builtin_memcpy(to + HASH_AT, &c->mbuf.hash, sizeof(c->mbuf.hash));
	store_pair(to + AT(next), (uintptr_t)p.next, c->mbuf.tx_offload);
	store_block(dyn, c->mbuf.dyn[0]);
	store_block(dyn + 16, c->mbuf.dyn[1]);
	store_block(dyn + DYN_LEN - 16, c->mbuf.dyn[2]);
}

/* The mbufs of a pool with pinned buffers say so, always. */
static inline void
keep_pool_flags(struct cut *c)
{
	if (rte_pktmbuf_priv_flags(c->pools->direct) & RTE_PKTMBUF_POOL_F_PINNED_EXT_BUF)
		c->mbuf.ol_flags |= RTE_MBUF_F_EXTERNAL;
}

#endif
