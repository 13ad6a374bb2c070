/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where packets go: out, or into the table. Neighbours: gro.h; gro.c and take.c send them there.
 */
#ifndef CLEAVE_GRO_SINK_H
#define CLEAVE_GRO_SINK_H

#include <string.h>

#include "table.h"

/* Is there room for one more packet, and for a held one that it may make leave? */
static inline bool
has_room(const struct sink *to)
{
	return to->n + to->need <= to->room;
}

/* A packet that leaves as it came. */
static inline void
pass(struct cleave_gro *g, struct sink *to, struct rte_mbuf *m, enum cleave_gro_pass why)
{
	g->stats.pass[why]++;
	to->passed++;
	to->out[to->n++] = m;
}

/* Packets that leave as they came, of which nothing is known. There is room for them. */
static inline uint16_t
pass_all(struct cleave_gro *g, struct sink *to, struct rte_mbuf **pkts, uint16_t n)
{
	memcpy(&to->out[to->n], pkts, n * sizeof(*pkts));
	to->n += n;
	to->passed += n;
	g->stats.pass[CLEAVE_GRO_PASS_OTHER] += n;
	return n;
}

/* What now is in a free place waits there. */
static inline void
wait(struct cleave_gro *g, struct sink *to, struct held *h, uint64_t hash, uint64_t now)
{
	g->stats.pass[CLEAVE_GRO_PASS_HEAD]++;
	to->passed++;
	to->last = h;
	if (g->timeout == 0)
		h->slot = to->n++;
	else
		h->since = now >> GRO_TICK;
	g->pairs[h->pair]++;
	table_add(g, h, hash);
}

#endif
