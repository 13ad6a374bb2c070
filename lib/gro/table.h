/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Looking a packet's flow up in the table. Neighbours: gro.h, table.c.
 */
#ifndef CLEAVE_GRO_TABLE_H
#define CLEAVE_GRO_TABLE_H

#ifdef RTE_ARCH_X86
#include <smmintrin.h>
#endif

#include "gro.h"

/* Never 0, which says that a place is free. */
static inline uint16_t
table_tag(uint64_t hash)
{
	return (uint16_t)(hash >> 48) | 1;
}

/* The places of a bucket with that tag, a bit each. */
static inline uint32_t
table_tagged(const struct bucket *b, uint16_t tag)
{
#ifdef RTE_ARCH_X86
	const __m128i tags = _mm_load_si128((const __m128i *)b->tag);
	const __m128i same = _mm_cmpeq_epi16(tags, _mm_set1_epi16(tag));

	return _mm_movemask_epi8(_mm_packs_epi16(same, _mm_setzero_si128()));
#else
	uint32_t match = 0;

	for (unsigned int w = 0; w < GRO_WAYS; w++)
		match |= (uint32_t)(b->tag[w] == tag) << w;
	return match;
#endif
}

/* The bucket in which a packet is held as long as there is room, and the one where it is else. */
static inline uint32_t
table_home(const struct cleave_gro *g, uint64_t hash)
{
	return hash & g->mask;
}

static inline uint32_t
table_other(const struct cleave_gro *g, uint64_t hash)
{
	return hash >> 24 & g->mask;
}

/* Going through the held packets that have the tag of a hash. */
struct table_seek {
	uint32_t bucket, match;
	bool other;
};

static inline struct table_seek
table_seek(const struct cleave_gro *g, uint64_t hash)
{
	const uint32_t home = table_home(g, hash);

	return (struct table_seek){home, table_tagged(&g->buckets[home], table_tag(hash)), false};
}

/* The next one; NULL: there is none. */
static inline struct held *
table_next(const struct cleave_gro *g, uint64_t hash, struct table_seek *s)
{
	unsigned int way;

	if (s->match == 0) {
		if (s->other || likely(g->over[s->bucket] == 0))
			return NULL;
		s->other = true;
		s->bucket = table_other(g, hash);
		s->match = table_tagged(&g->buckets[s->bucket], table_tag(hash));
		if (s->match == 0)
			return NULL;
	}
	way = __builtin_ctz(s->match);
	s->match &= s->match - 1;
	return &g->held[s->bucket * GRO_WAYS + way];
}

/* A free place; NULL: there is none. */
static inline struct held *
table_free(const struct cleave_gro *g, uint64_t hash)
{
	uint32_t bucket = table_home(g, hash), match = table_tagged(&g->buckets[bucket], 0);

	if (unlikely(match == 0)) {
		bucket = table_other(g, hash);
		match = table_tagged(&g->buckets[bucket], 0);
		if (match == 0)
			return NULL;
	}
	return &g->held[bucket * GRO_WAYS + (unsigned int)__builtin_ctz(match)];
}

/* The oldest of all; NULL: nothing is held. */
static inline struct held *
table_oldest(struct cleave_gro *g)
{
	while (g->first != g->end && g->order[g->first & g->order_mask] == GRO_NONE)
		g->first++;
	return g->first != g->end ? &g->held[g->order[g->first & g->order_mask]] : NULL;
}

/* Take a place that is free. */
static inline void
table_add(struct cleave_gro *g, struct held *h, uint64_t hash)
{
	const uint32_t i = held_index(g, h);

	if (unlikely(g->end - g->first > g->order_mask))
		table_order_again(g);
	g->buckets[i / GRO_WAYS].tag[i % GRO_WAYS] = table_tag(hash);
	h->home = table_home(g, hash);
	if (unlikely(h->home != i / GRO_WAYS))
		g->over[h->home]++;
	h->at = g->end++;
	g->order[h->at & g->order_mask] = i;
	g->nb_held++;
	g->added++;
}

/* Give it back. */
static inline void
table_remove(struct cleave_gro *g, struct held *h)
{
	const uint32_t i = held_index(g, h);

	g->buckets[i / GRO_WAYS].tag[i % GRO_WAYS] = 0;
	if (unlikely(h->home != i / GRO_WAYS))
		g->over[h->home]--;
	g->order[h->at & g->order_mask] = GRO_NONE;
	h->shape = 0; /* that of no packet */
	g->nb_held--;
}

#endif
