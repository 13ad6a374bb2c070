/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The long way: a packet is walked, and joins what is held of its flow, or is held, or passes; what it
 * must not overtake leaves before. Neighbours: gro.c has the short way; look.h, rules.h, sums.c.
 */
#include "look.h"
#include "rules.h"
#include "sink.h"

/* More held packets than these are not looked through, for one of the same hosts as an IP fragment:
 * all leave. What that costs was paid when they came. */
#define SEARCH_MAX 64

/* What is held of the flow of a packet that passes leaves. false: there is no room for all yet. */
static bool
leave_flow(struct cleave_gro *g, struct sink *to, const struct arrival *a)
{
	struct table_seek seek;
	uint8_t buf[CLEAVE_HDR_MAX];
	struct held *h;

	if (!a->has_flow)
		return true;
	seek = table_seek(g, a->hash);
	while ((h = table_next(g, a->hash, &seek)) != NULL) {
		if (!rules_same_flow(h, &a->pkt, look_headers(a, buf)))
			continue;
		if (!has_room(to))
			return false;
		leave(g, to, h, CLEAVE_GRO_FLUSH_PASSED);
	}
	return true;
}

/* A packet was merged into it: with that many bytes of payload, or flags, it was the last. */
static inline void
joined(struct cleave_gro *g, struct sink *to, struct held *h, uint32_t payload)
{
	if (payload < h->mss || (h->flags & HELD_END)) {
		leave(g, to, h, CLEAVE_GRO_FLUSH_CLOSED);
		to->last = NULL;
	}
}

/* A packet that begins something new. One that nothing may follow is not held at all. */
static void
begin(struct cleave_gro *g, struct sink *to, struct arrival *a, const struct sums *s, uint64_t now)
{
	struct held *h;

	if (a->pkt.tcp_flags & (CLEAVE_TCP_FIN | CLEAVE_TCP_PSH)) {
		g->stats.flush[CLEAVE_GRO_FLUSH_CLOSED]++;
		pass(g, to, a->m, CLEAVE_GRO_PASS_HEAD);
		return;
	}
	if (g->nb_held == g->most_held)
		leave(g, to, table_oldest(g), CLEAVE_GRO_FLUSH_EVICTED);
	h = table_free(g, a->hash);
	if (unlikely(h == NULL)) {
		h = table_oldest_in(g, a->hash);
		leave(g, to, h, CLEAVE_GRO_FLUSH_EVICTED);
	}
	merge_hold(g, h, a, s);
	wait(g, to, h, a->hash, now);
}

/* A packet that is not merged follows what is held of its flow. */
static bool
follow(struct cleave_gro *g, struct sink *to, const struct arrival *a, enum cleave_gro_pass why)
{
	if (!leave_flow(g, to, a) || to->n == to->room)
		return false;
	pass(g, to, a->m, why);
	return true;
}

/* A packet that may be merged joins the held one of its flow, or takes its place. */
static bool
join(struct cleave_gro *g, struct sink *to, struct arrival *a, uint64_t now)
{
	struct table_seek seek = table_seek(g, a->hash);
	enum relation relation = OTHER_FLOW;
	struct held *next, *h = NULL;
	struct sums s;

	while (relation == OTHER_FLOW && (next = table_next(g, a->hash, &seek)) != NULL) {
		h = next;
		relation = rules_relate(g, h, a);
	}
	if (unlikely(!sums_right(g, a, relation == JOINS ? h : NULL, &s)))
		return follow(g, to, a, CLEAVE_GRO_PASS_BAD);
	if (likely(relation == JOINS)) {
		to->last = h;
		merge_append(h, a, &s);
		joined(g, to, h, a->pkt.payload_len);
		return true;
	}
	if (relation != OTHER_FLOW)
		leave(g, to, h,
			relation == TOO_MUCH ? CLEAVE_GRO_FLUSH_FULL : CLEAVE_GRO_FLUSH_DIFFERENT);
	begin(g, to, a, &s, now);
	return true;
}

/* Held packets leave that a packet without ports may be of, by its addresses; or all, where it cannot
 * be understood. false: there is no room for all of them yet. */
static bool
leave_related(struct cleave_gro *g, struct sink *to, const struct arrival *a)
{
	const bool all = a->pass == CLEAVE_GRO_PASS_BAD;
	uint8_t buf[CLEAVE_HDR_MAX];
	uint32_t pair = 0;

	if (!all) {
		pair = look_pair(g, look_headers(a, buf), &a->pkt.ip[0]);
		if (g->pairs[pair] == 0)
			return true;
	}
	for (uint32_t i = g->first; i != g->end; i++) {
		const uint32_t at = g->order[i & g->order_mask];
		struct held *h = &g->held[at];

		if (at == GRO_NONE)
			continue;
		if (!all && h->pair != pair && g->nb_held <= SEARCH_MAX)
			continue;
		if (!has_room(to))
			return false;
		leave(g, to, h, CLEAVE_GRO_FLUSH_PASSED);
	}
	return true;
}

/* A packet that does not just continue what is held. false: it has not been taken, for want of room. */
bool
take(struct cleave_gro *g, struct sink *to, struct rte_mbuf *m, uint64_t now)
{
	struct arrival a;

	a.m = m;
	look(g, &a);
	if (a.pass == CLEAVE_GRO_PASS_HEAD)
		return join(g, to, &a, now);
	if (a.related && !leave_related(g, to, &a))
		return false;
	return follow(g, to, &a, a.pass);
}
