/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The flow table: buckets of eight places, found by a keyed hash, with another bucket for what a full
 * one has no place for (one flow too many for a bucket would have all nine evict each other); a place
 * is known by a tag, and held packets stand in a queue in the order of their arrival, which those leave that leave early. Nothing
 * is allocated while packets come. Neighbours: table.h (what is done for every packet); gro.c
 * completes what leaves.
 */
#include "table.h"

struct held *
table_oldest_in(const struct cleave_gro *g, uint64_t hash)
{
	struct held *place = &g->held[table_home(g, hash) * GRO_WAYS], *oldest = place;

	for (unsigned int w = 1; w < GRO_WAYS; w++)
		if ((int32_t)(place[w].at - oldest->at) < 0)
			oldest = &place[w];
	return oldest;
}

/* As many as half of its places at least are free afterwards, so that a held packet is moved not more
 * often than others have come and left. */
void
table_order_again(struct cleave_gro *g)
{
	uint32_t to = g->first;

	for (uint32_t i = g->first; i != g->end; i++) {
		uint32_t h = g->order[i & g->order_mask];

		if (h == GRO_NONE)
			continue;
		g->held[h].at = to;
		g->order[to++ & g->order_mask] = h;
	}
	g->end = to;
}
