/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The short way of most packets: plain TCP over IPv4 or IPv6 that continues the held packet of its
 * flow, merged without being walked. It changes nothing about what is merged: whatever is not as it
 * has to be takes the long way. Neighbours: gro.h; look.h, rules.h and sums.c are the long way.
 *
 * Cycles a packet, one flow, checksums known (EPYC 9004): the long way 126, this 26; rte_gro 46.
 */
#ifndef CLEAVE_GRO_QUICK_H
#define CLEAVE_GRO_QUICK_H

#include <netinet/in.h>

#include "append.h"
#include "block.h"
#include "look.h"
#include "rules.h"
#include "sum.h"
#include "table.h"
#include "walk.h"

/* QUICK_NOT: has to go the long way. QUICK_PASS: passes, nothing is in it that merges. */
enum quick_kind { QUICK_NOT, QUICK_PASS, QUICK_TCP4, QUICK_TCP6 };

static inline bool
quick_is_tcp(enum quick_kind kind)
{
	return kind >= QUICK_TCP4;
}

/* Packets in a row that are of one flow, as far as addresses and ports say: that they are TCP at all,
 * and no fragments, is seen when their headers turn out to be those of a held packet. Or packets in a
 * row of another kind. */
struct quick_run {
	uint64_t hash;
	struct held *held; /* what they may continue */
	enum quick_kind kind;
	uint16_t at, n; /* of the chunk */
};

#define QUICK_IP 14 /* where the IP header is */
#define QUICK_L4(kind) ((kind) == QUICK_TCP4 ? QUICK_IP + 20u : QUICK_IP + 40u)

/* Whatever else than checksums is said of the packet, or that they are wrong or not there. (What says
 * that they are not there is both bits of what says good and bad.) */
#define QUICK_FLAGS_NOT                                                                            \
	(LOOK_LRO | RULE_TAGS | RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_INDIRECT |                      \
		RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_RX_L4_CKSUM_BAD | RTE_MBUF_F_RX_IP_CKSUM_BAD |    \
		RTE_MBUF_F_RX_OUTER_IP_CKSUM_BAD | RTE_MBUF_F_RX_OUTER_L4_CKSUM_MASK)
#define QUICK_FLAGS_GOOD (RTE_MBUF_F_RX_L4_CKSUM_GOOD | RTE_MBUF_F_RX_IP_CKSUM_GOOD)

/* The longest frame whose length IP can say. */
#define QUICK_MOST(kind) (QUICK_IP + UINT16_MAX + ((kind) == QUICK_TCP4 ? 0u : 40u))

#define QUICK_FRAGMENT 0xffbf /* reserved bit, MF, offset, as they lie in memory */

/* Ethertypes as they lie in memory. */
#define QUICK_ETH_IP4 0x0008
#define QUICK_ETH_IP6 0xdd86

/* Can it be of that kind? In one mbuf of its own, long enough for the headers. */
static inline enum quick_kind
quick_look(const struct rte_mbuf *m)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	uint16_t eth;

	/* one mbuf, one reference, which lie together */
	if ((m->ol_flags & QUICK_FLAGS_NOT) || m->data_len < QUICK_IP + 40 ||
		get32_raw(&m->refcnt) != 0x10001)
		return QUICK_NOT;
	eth = get16_raw(p + 12);
	if (eth == QUICK_ETH_IP4)
		return p[QUICK_IP + 9] == IPPROTO_TCP ? QUICK_TCP4 : QUICK_NOT;
	if (eth == QUICK_ETH_IP6)
		return p[QUICK_IP + 6] == IPPROTO_TCP && m->data_len >= QUICK_IP + 60 ? QUICK_TCP6
										      : QUICK_NOT;
	return walk_may_be_ip(rte_be_to_cpu_16(eth)) ? QUICK_NOT : QUICK_PASS;
}

static_assert(offsetof(struct rte_mbuf, nb_segs) == offsetof(struct rte_mbuf, refcnt) + 2,
	"refcnt and nb_segs do not lie together");

/* Are two packets of that kind of one flow, by addresses and ports? a, b: their first bytes. */
static inline bool
quick_again(const uint8_t *a, const uint8_t *b, enum quick_kind kind)
{
	if (likely(kind == QUICK_TCP4))
		return ((get64_raw(a + 26) ^ get64_raw(b + 26)) |
			       (get32_raw(a + 34) ^ get32_raw(b + 34))) == 0;
	return !quick_is_tcp(kind) || diff_bytes(a + QUICK_IP + 8, b + QUICK_IP + 8, 36) == 0;
}

/* The hash of its flow, as look_hash() has it. */
static inline uint64_t
quick_hash(const struct cleave_gro *g, const uint8_t *p, const enum quick_kind kind)
{
	return look_hash_l4(g, look_addresses(g, p + QUICK_IP, kind == QUICK_TCP4 ? 4 : 6),
		p + QUICK_L4(kind), IPPROTO_TCP);
}

/* Bits in which two headers differ and should not, of 16 bytes. */
static inline block
quick_differ(const uint8_t *a, const uint8_t *b, uint64_t first, uint64_t second)
{
	return (load_block(a) ^ load_block(b)) & (block){first, second};
}

static inline bool
quick_same(block d)
{
#ifdef RTE_ARCH_X86
	return _mm_testz_si128((__m128i)d, (__m128i)d);
#else
	return (d[0] | d[1]) == 0;
#endif
}

/* Are the headers the same but for the holes: lengths, ID, checksums, sequence number, FIN and PSH? */
static inline bool
quick_headers(const uint8_t *a, const uint8_t *b, uint32_t hdr_len, const enum quick_kind kind)
{
	const uint64_t all = UINT64_MAX;
	const uint32_t l4 = QUICK_L4(kind);
	block d = quick_differ(a, b, all, all);

	if (kind == QUICK_TCP4) {
		d |= quick_differ(
			a + 16, b + 16, ~(RULE_BYTES2(0) | RULE_BYTES2(2)), ~RULE_BYTES2(0));
		d |= quick_differ(a + 22, b + 22, ~RULE_BYTES2(2), all);
	} else {
		d |= quick_differ(a + 16, b + 16, ~RULE_BYTES2(2), all);
		d |= quick_differ(a + 32, b + 32, all, all);
		d |= quick_differ(a + 42, b + 42, all, all);
	}
	/* from the sequence number on */
	d |= quick_differ(a + l4 + 4, b + l4 + 4, ~(RULE_BYTES2(0) | RULE_BYTES2(2)),
		~((uint64_t)HELD_END << 8 | RULE_BYTES2(4)));
	if (unlikely(!quick_same(d)))
		return false;
	return hdr_len == l4 + 20 || diff_bytes(a + l4 + 20, b + l4 + 20, hdr_len - l4 - 20) == 0;
}

/* The payload's sum, where the checksums are right. rest: the held packet's rest_sum. */
static inline bool
quick_sum(struct cleave_gro *g, const struct rte_mbuf *m, uint32_t rest, uint32_t hdr_len,
	uint32_t payload, const enum quick_kind kind, uint16_t *sum)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *), *l4 = p + QUICK_L4(kind);
	const uint64_t flags = m->ol_flags & QUICK_FLAGS_GOOD;
	/* the length as IP's header says it, 20 less for IPv4 */
	uint64_t wide =
		(uint64_t)get32_raw(l4 + 4) + get16_raw(l4 + 12) + get16_raw(l4 + 16) +
		(kind == QUICK_TCP4 ? get16_raw(p + QUICK_IP + 2) + (uint16_t)~rte_cpu_to_be_16(20)
				    : get16_raw(p + QUICK_IP + 4)) +
		rest;
	uint32_t header = (uint32_t)wide + (uint32_t)(wide >> 32);

	header = (header + (header << 16 | header >> 16)) >> 16;
	*sum = ~header;
	if (likely(flags == QUICK_FLAGS_GOOD))
		return true;
	if (kind == QUICK_TCP4 && !(flags & RTE_MBUF_F_RX_IP_CKSUM_GOOD) &&
		cleave_sum_fold(sum_words(p + QUICK_IP, 20)) != 0xffff)
		return false;
	if (flags & RTE_MBUF_F_RX_L4_CKSUM_GOOD)
		return true;
	*sum = cleave_sum(p + hdr_len, payload);
	if (unlikely(cleave_sum_add(header, *sum) != 0xffff))
		return false;
	g->stats.verified++;
	return true;
}

/* What of a held packet changes with every packet. */
struct quick_state {
	uint64_t count;
	uint32_t seq;
	uint16_t id;
	bool alone; /* it is one packet still */
};

/* Of a packet that does not fit any more, but for that would continue what is held. */
#define QUICK_TOO_MUCH UINT32_MAX

/* Does a packet continue it, and is nothing odd? Returns the bytes of its payload, whose sum is *sum;
 * 0: no; or QUICK_TOO_MUCH. */
static __rte_always_inline uint32_t
quick_fits(struct cleave_gro *g, const struct held *h, struct quick_state at,
	const struct rte_mbuf *m, const enum quick_kind kind, uint16_t *sum)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *), *l4 = p + QUICK_L4(kind);
	const uint32_t hdr_len = held_hdr_len(h);
	const uint32_t len = kind == QUICK_TCP4
				     ? __builtin_bswap16(get16_raw(p + QUICK_IP + 2))
				     : 40u + __builtin_bswap16(get16_raw(p + QUICK_IP + 4));
	const uint32_t payload = QUICK_IP + len - hdr_len; /* less than 0 is very much */
	const uint16_t id = __builtin_bswap16(get16_raw(p + QUICK_IP + 4));

	if (payload - 1 >= h->mss || QUICK_IP + len > m->data_len || m->port != h->port ||
		rte_be_to_cpu_32(get32_raw(l4 + 4)) != at.seq ||
		(kind == QUICK_TCP4 && id != at.id && (!at.alone || id != (uint16_t)(at.id + 1))) ||
		/* right where 0 is, but what is made is 0 */
		get16_raw(l4 + 16) == UINT16_MAX ||
		(kind == QUICK_TCP4 && get16_raw(p + QUICK_IP + 10) == UINT16_MAX) ||
		!quick_headers(h->hdr, p, hdr_len, kind))
		return 0;
	if (unlikely(
		    (uint16_t)at.count + payload + hdr_len > RTE_MIN(QUICK_MOST(kind), g->max_len)))
		return QUICK_TOO_MUCH;
	return likely(quick_sum(g, m, h->rest_sum, hdr_len, payload, kind, sum)) ? payload : 0;
}

enum quick_joins { QUICK_NO, QUICK_JOINS, QUICK_CLOSES, QUICK_FULL };

/* Hang it behind the last one. */
static __rte_always_inline enum quick_joins
quick_append(struct cleave_gro *g, struct held *h, struct rte_mbuf *tail, struct rte_mbuf *m,
	uint32_t payload, const enum quick_kind kind, uint16_t sum)
{
	const uint8_t *l4 = rte_pktmbuf_mtod_offset(m, const uint8_t *, QUICK_L4(kind));
	const uint8_t end = l4[13] & HELD_END;

	RTE_MBUF_DYNFIELD(m, g->meta_offset, struct cleave_meta *)->sum = sum;
	m->data_off += held_hdr_len(h);
	m->data_len = payload; /* without padding */
	tail->next = m;
	if (likely(payload == h->mss && end == 0))
		return QUICK_JOINS;
	h->flags |= end;
	return QUICK_CLOSES;
}

static inline bool
quick_shape_fits(const struct held *h, const enum quick_kind kind)
{
	return h->shape == HELD_SHAPE(QUICK_L4(kind), held_hdr_len(h), false, true);
}

/* Merge a packet. */
static __rte_always_inline enum quick_joins
quick_one_as(struct cleave_gro *g, struct held *h, struct rte_mbuf *m, const enum quick_kind kind)
{
	const struct quick_state at = {h->count, h->next_seq, h->id[0], held_pkts(h) == 1};
	const uint16_t id =
		__builtin_bswap16(get16_raw(rte_pktmbuf_mtod_offset(m, void *, QUICK_IP + 4)));
	enum quick_joins joins;
	uint32_t payload;
	uint16_t sum;

	if (!quick_shape_fits(h, kind) || held_mbufs(h) >= g->max_mbufs)
		return QUICK_NO;
	payload = quick_fits(g, h, at, m, kind, &sum);
	if (unlikely(payload - 1 >= QUICK_TOO_MUCH - 1))
		return payload == 0 ? QUICK_NO : QUICK_FULL;
	if (unlikely(h->flags & HELD_PADDED))
		merge_trim_head(h);
	joins = quick_append(g, h, h->tail, m, payload, kind, sum);
	h->tail = m;
	h->count += HELD_COUNT(payload, 1, 1);
	h->next_seq += payload;
	if (kind == QUICK_TCP4)
		append_id(h, 0, at.alone, id);
	return joins;
}

/* Merge packets of a run, as long as they continue the held packet. Returns how many. What changes
 * with every packet stays in registers meanwhile. */
static __rte_always_inline uint16_t
quick_run_as(struct cleave_gro *g, struct held *h, struct rte_mbuf **pkts, uint16_t n,
	const enum quick_kind kind, enum quick_joins *joins)
{
	struct quick_state at = {h->count, h->next_seq, h->id[0], held_pkts(h) == 1};
	struct rte_mbuf *tail = h->tail;
	uint16_t step = (h->flags & HELD_COUNTS) != 0, i;

	*joins = QUICK_JOINS;
	if (!quick_shape_fits(h, kind))
		return 0;
	n = RTE_MIN(n, g->max_mbufs - RTE_MIN(held_mbufs(h), (uint32_t)g->max_mbufs));
	for (i = 0; i < n && *joins == QUICK_JOINS; i++) {
		const uint8_t *ip = rte_pktmbuf_mtod_offset(pkts[i], uint8_t *, QUICK_IP);
		const uint16_t id = __builtin_bswap16(get16_raw(ip + 4));
		uint32_t payload;
		uint16_t sum;

		payload = quick_fits(g, h, at, pkts[i], kind, &sum);
		if (unlikely(payload - 1 >= QUICK_TOO_MUCH - 1)) {
			*joins = payload == 0 ? QUICK_NO : QUICK_FULL;
			break;
		}
		if (unlikely(at.alone)) {
			if (h->flags & HELD_PADDED)
				merge_trim_head(h);
			tail = h->tail;
			at.count = h->count;
			at.alone = false;
			step = id != at.id;
		}
		*joins = quick_append(g, h, tail, pkts[i], payload, kind, sum);
		tail = pkts[i];
		at.count += HELD_COUNT(payload, 1, 1);
		at.seq += payload;
		at.id = id + step;
	}
	h->tail = tail;
	h->count = at.count;
	h->next_seq = at.seq;
	if (kind == QUICK_TCP4) {
		h->id[0] = at.id;
		h->flags |= step != 0 ? HELD_COUNTS : 0;
	}
	return i;
}

/* Which held packet a flow may continue; NULL: none. */
static inline struct held *
quick_find(const struct cleave_gro *g, uint64_t hash)
{
	struct table_seek seek = table_seek(g, hash);

	return table_next(g, hash, &seek);
}

/* Instances, each with the registers for itself: of one packet, as of flows that come packet by packet,
 * and of more. */
static __rte_noinline enum quick_joins
quick_one(struct cleave_gro *g, struct held *h, struct rte_mbuf *m, enum quick_kind kind)
{
	return likely(kind == QUICK_TCP4) ? quick_one_as(g, h, m, QUICK_TCP4)
					  : quick_one_as(g, h, m, QUICK_TCP6);
}

static __rte_noinline uint16_t
quick_run(struct cleave_gro *g, struct held *h, struct rte_mbuf **pkts, uint16_t n,
	enum quick_kind kind, enum quick_joins *joins)
{
	return likely(kind == QUICK_TCP4) ? quick_run_as(g, h, pkts, n, QUICK_TCP4, joins)
					  : quick_run_as(g, h, pkts, n, QUICK_TCP6, joins);
}

#endif
