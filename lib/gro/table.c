/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The flow table: buckets of eight places, found by a keyed hash; a place is known by a tag, and
 * held packets stand in the order of their arrival. Nothing is allocated while packets come.
 * Neighbours: gro.h; gro.c completes what leaves.
 */
#include "gro.h"

/* Never 0, which says that a place is free. */
static inline uint16_t
tag_of(uint64_t hash)
{
	return (uint16_t)(hash >> 48) | 1;
}

uint32_t
table_match(const struct cleave_gro *g, uint64_t hash)
{
	const struct bucket *b = &g->buckets[hash & g->mask];
	const uint16_t tag = tag_of(hash);
	uint32_t match = 0;

	for (unsigned int w = 0; w < GRO_WAYS; w++)
		match |= (uint32_t)(b->tag[w] == tag) << w;
	return match;
}

/* Did a arrive before b? */
static inline bool
is_older(const struct held *a, const struct held *b)
{
	return (int64_t)(a->since - b->since) < 0;
}

struct held *
table_place(const struct cleave_gro *g, uint64_t hash)
{
	const uint64_t at = hash & g->mask;
	struct held *place = &g->held[at * GRO_WAYS], *oldest = place;

	for (unsigned int w = 0; w < GRO_WAYS; w++) {
		if (g->buckets[at].tag[w] == 0)
			return &place[w];
		if (is_older(&place[w], oldest))
			oldest = &place[w];
	}
	return oldest;
}

void
table_add(struct cleave_gro *g, struct held *h, uint64_t hash)
{
	const uint32_t at = held_index(g, h);

	g->buckets[at / GRO_WAYS].tag[at % GRO_WAYS] = tag_of(hash);
	h->older = g->newest;
	h->newer = GRO_NONE;
	if (g->newest != GRO_NONE)
		g->held[g->newest].newer = at;
	else
		g->oldest = at;
	g->newest = at;
	g->nb_held++;
}

void
table_remove(struct cleave_gro *g, struct held *h)
{
	const uint32_t at = held_index(g, h);

	g->buckets[at / GRO_WAYS].tag[at % GRO_WAYS] = 0;
	if (h->older != GRO_NONE)
		g->held[h->older].newer = h->newer;
	else
		g->oldest = h->newer;
	if (h->newer != GRO_NONE)
		g->held[h->newer].older = h->older;
	else
		g->newest = h->older;
	g->nb_held--;
}

bool
table_is_held(const struct cleave_gro *g, const struct held *h)
{
	const uint32_t at = held_index(g, h);

	return g->buckets[at / GRO_WAYS].tag[at % GRO_WAYS] != 0;
}
