/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Writing segments: the headers from a template, the mbuf's fields. Inlined where segments
 * are made, most of which it is: what is repeated stays in registers. Neighbours: gso.h, headers.c
 * (which made the templates).
 */
#ifndef CLEAVE_SEGMENT_H
#define CLEAVE_SEGMENT_H

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "gso.h"

/* 16 bytes in a register. */
typedef uint8_t block __attribute__((vector_size(16)));

static inline block
load_block(const void *from)
{
	block b;

	__builtin_memcpy(&b, from, sizeof(b));
	return b;
}

static inline void
store_block(void *to, block b)
{
	__builtin_memcpy(to, &b, sizeof(b));
}

/* The fields of an mbuf that are (but for its lengths) the same in all segments lie together, from data_off
 * to vlan_tci_outer, and among them is none that belongs to the mbuf for good. The dynamic fields
 * lie together as well. Each of the two areas is copied as three blocks, the last two of which
 * overlap. */
#define FIELDS_AT offsetof(struct rte_mbuf, data_off)
#define FIELDS_LEN (offsetof(struct rte_mbuf, vlan_tci_outer) + sizeof(uint16_t) - FIELDS_AT)
#define DYN_AT offsetof(struct rte_mbuf, dynfield1)
#define DYN_LEN sizeof(((struct rte_mbuf *)NULL)->dynfield1)
static_assert(offsetof(struct rte_mbuf, buf_addr) < FIELDS_AT &&
		      offsetof(struct rte_mbuf, buf_len) >= FIELDS_AT + FIELDS_LEN &&
		      offsetof(struct rte_mbuf, pool) >= FIELDS_AT + FIELDS_LEN &&
		      offsetof(struct rte_mbuf, ol_flags) > FIELDS_AT &&
		      offsetof(struct rte_mbuf, hash) < FIELDS_AT + FIELDS_LEN && FIELDS_LEN > 32 &&
		      FIELDS_LEN <= 48 && DYN_LEN > 32 && DYN_LEN <= 48,
	"the fields of an mbuf are not where they are copied as blocks");

/* A field that counts up, ready to be written. */
struct counter {
	uint32_t off, cksum, step;
	uint32_t value, sum;
};

/* What is written into the headers of a segment beyond the template. A way hands this to
 * write_headers() as a constant where it has an instance of its loop for such headers. */
#define WRITE_SEQ 1u
#define WRITE_CKSUM 2u
#define WRITE_COUNTER 4u
#define WRITE_SECOND 8u /* counter */
#define WRITE_TCP4 (WRITE_SEQ | WRITE_COUNTER)
#define WRITE_TCP4_CKSUM (WRITE_TCP4 | WRITE_CKSUM)
#define WRITE_TUNNEL4 (WRITE_TCP4 | WRITE_SECOND)

/* What a run of segments of one template repeats. */
struct writer {
	const uint8_t *hdr;
	const uint16_t *sum; /* of the next segment's payload */
	struct counter counter[2];
	uint32_t what, hdr_len, seq_off, cksum_off;
	uint32_t seq, mss;
	uint32_t l4_sum, zero_as;
	uint64_t tx_offload;
	block first[2], last[2]; /* of the headers */
	block fields[3], dyn[3];
};

static inline struct counter
counter_of(const struct edit *e, uint32_t i)
{
	return (struct counter){
		.off = e->off,
		.cksum = e->cksum,
		.step = e->step,
		.value = e->base + i * e->step,
		.sum = e->sum,
	};
}

static inline uint32_t
writer_what(const struct cut *c, const struct tmpl *t)
{
	return (c->seq_off != 0 ? WRITE_SEQ : 0) | (c->cksum_off != 0 ? WRITE_CKSUM : 0) |
	       (t->nb_edits > 0 ? WRITE_COUNTER : 0) | (t->nb_edits > 1 ? WRITE_SECOND : 0);
}

/* The segments from number i on. */
static inline struct writer
writer_of(const struct cut *c, const struct tmpl *t, uint32_t i)
{
	const uint8_t *fields = (const uint8_t *)&c->proto + FIELDS_AT;
	const uint8_t *dyn = (const uint8_t *)&c->proto + DYN_AT;
	const uint8_t *end = t->hdr + t->hdr_len;

	return (struct writer){
		.hdr = t->hdr,
		.sum = &c->sum[i],
		.counter = {counter_of(&t->edit[0], i), counter_of(&t->edit[1], i)},
		.what = writer_what(c, t),
		.hdr_len = t->hdr_len,
		.seq_off = c->seq_off,
		.cksum_off = c->cksum_off,
		.seq = c->seq + i * c->mss,
		.mss = c->mss,
		.l4_sum = t->l4_sum,
		.zero_as = c->zero_as,
		.tx_offload = c->proto.tx_offload,
		.first = {load_block(t->hdr), load_block(t->hdr + 16)},
		.last = {load_block(end - 32), load_block(end - 16)},
		.fields = {load_block(fields), load_block(fields + 16),
			load_block(fields + FIELDS_LEN - 16)},
		.dyn = {load_block(dyn), load_block(dyn + 16), load_block(dyn + DYN_LEN - 16)},
	};
}

static inline uint16_t
fold(uint32_t sum)
{
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)(sum + (sum >> 16));
}

static inline void
write_counter(uint8_t *h, struct counter *n)
{
	uint16_t v = rte_cpu_to_be_16((uint16_t)n->value);
	uint32_t sum = n->sum + v;

	n->value += n->step;
	put16_raw(h + n->off, v);
	if (n->cksum != 0)
		put16_raw(h + n->cksum, (uint16_t) ~(sum + (sum >> 16)));
}

/* The headers of the next segment at h; what: w->what. They are at least 34 bytes, Ethernet and
 * IPv4; not a byte more is written: behind them there may be payload. */
static inline void
write_headers(struct writer *w, uint8_t *h, const uint32_t what)
{
	uint32_t seq = rte_cpu_to_be_32(w->seq), sum;
	uint16_t cksum;

	store_block(h, w->first[0]);
	store_block(h + 16, w->first[1]);
	for (uint32_t off = 32; off + 32 < w->hdr_len; off += 16)
		store_block(h + off, load_block(w->hdr + off));
	store_block(h + w->hdr_len - 32, w->last[0]);
	store_block(h + w->hdr_len - 16, w->last[1]);
	if (what & WRITE_COUNTER)
		write_counter(h, &w->counter[0]);
	if (what & WRITE_SECOND)
		write_counter(h, &w->counter[1]);
	if (what & WRITE_SEQ) {
		put32_raw(h + w->seq_off, seq);
		w->seq += w->mss;
	}
	if (!(what & WRITE_CKSUM))
		return;
	sum = w->l4_sum + *w->sum++;
	if (what & WRITE_SEQ)
		sum += (seq & 0xffff) + (seq >> 16);
	cksum = ~fold(sum);
	put16_raw(h + w->cksum_off, cksum == 0 ? w->zero_as : cksum);
}

/* The fields of a segment's first mbuf, as if it were a new one. */
static inline void
write_fields(const struct writer *w, struct rte_mbuf *seg, uint32_t data_len, uint32_t pkt_len)
{
	uint8_t *fields = (uint8_t *)seg + FIELDS_AT, *dyn = (uint8_t *)seg + DYN_AT;

	store_block(fields, w->fields[0]);
	store_block(fields + 16, w->fields[1]);
	store_block(fields + FIELDS_LEN - 16, w->fields[2]);
	seg->data_len = data_len;
	seg->pkt_len = pkt_len;
	seg->tx_offload = w->tx_offload;
	store_block(dyn, w->dyn[0]);
	store_block(dyn + 16, w->dyn[1]);
	store_block(dyn + DYN_LEN - 16, w->dyn[2]);
}

/* The mbufs of a pool with pinned buffers say so, always. */
static inline void
keep_pool_flags(struct cut *c)
{
	if (rte_pktmbuf_priv_flags(c->pools->direct) & RTE_PKTMBUF_POOL_F_PINNED_EXT_BUF)
		c->proto.ol_flags |= RTE_MBUF_F_EXTERNAL;
}

#endif
