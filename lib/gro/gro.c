/* SPDX-License-Identifier: BSD-3-Clause
 *
 * cleave_gro_burst(): a chunk of packets is divided into runs of one flow, which are looked up; then
 * run by run they join what is held, by the short way (quick.h, first.h) or the long one (take.c). What
 * has waited long enough leaves. Neighbours: gro.h lists them.
 */
#include <rte_prefetch.h>

#include "first.h"
#include "quick.h"
#include "sink.h"

/* As many held packets, their headers and their last mbufs are in a core's caches; and so is a table
 * of so many buckets. */
#define NEAR_MAX 256
#define NEAR_BUCKETS_MAX 2048

/* A held packet leaves, to the place that was kept for it where there is no timeout. */
void
leave(struct cleave_gro *g, struct sink *to, struct held *h, enum cleave_gro_flush why)
{
	struct rte_mbuf *m = merge_complete(g, h);

	g->stats.flush[why]++;
	g->pairs[h->pair]--;
	table_remove(g, h);
	if (g->timeout == 0)
		to->out[h->slot] = m;
	else
		to->out[to->n++] = m;
}

/* What stands a few places further in the order of arrival, which will leave soon. */
static inline struct held *
ahead(const struct cleave_gro *g, uint32_t places)
{
	const uint32_t i = g->first + places;
	const uint32_t h = g->end - g->first > places ? g->order[i & g->order_mask] : GRO_NONE;

	return h != GRO_NONE ? &g->held[h] : NULL;
}

/* The oldest leaves. The next ones will soon: fetch what completing them needs. */
static inline void
leave_oldest(struct cleave_gro *g, struct sink *to, struct held *h, enum cleave_gro_flush why)
{
	struct held *next = ahead(g, 8);

	rte_prefetch0(ahead(g, 16));
	if (next != NULL) {
		rte_prefetch0(next->hdr);
		rte_prefetch0(next->head);
		rte_prefetch0(&next->head->next);
	}
	leave(g, to, h, why);
}

/* A packet of whose flow nothing is held: the short way, if there is nothing odd. */
static bool
take_first(struct cleave_gro *g, struct sink *to, struct rte_mbuf *m, const struct quick_run *r,
	uint64_t now)
{
	enum cleave_gro_pass why;
	struct held *h = NULL;

	if (unlikely(!(g->flags & CLEAVE_GRO_TCP)))
		return false;
	why = quick_first(g, m, r, &h);
	if (why == CLEAVE_GRO_PASS_OTHER)
		return false;
	if (why == CLEAVE_GRO_PASS_HEAD)
		wait(g, to, h, r->hash, now);
	else
		pass(g, to, m, why);
	return true;
}

/* What is held does not fit the caches: fetch it, in steps, as each thing says where the next is. */
static void
fetch(const struct cleave_gro *g, struct quick_run *runs, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		if (quick_is_tcp(runs[i].kind))
			rte_prefetch0(&g->buckets[runs[i].hash & g->mask]);
	for (uint16_t i = 0; i < n; i++)
		if (quick_is_tcp(runs[i].kind)) {
			runs[i].held = quick_find(g, runs[i].hash);
			rte_prefetch0(
				runs[i].held != NULL ? runs[i].held : table_free(g, runs[i].hash));
		}
	for (uint16_t i = 0; i < n; i++)
		if (runs[i].held != NULL) {
			rte_prefetch0(runs[i].held->hdr);
			rte_prefetch0(&runs[i].held->tail->next);
		}
}

/* Divide a chunk into runs, and look up their flows. Returns how many there are. */
static __rte_noinline uint16_t
find_runs(const struct cleave_gro *g, struct rte_mbuf **pkts, uint16_t n, struct quick_run *runs)
{
	const bool far = g->nb_held > NEAR_MAX || g->mask >= NEAR_BUCKETS_MAX;
	struct quick_run *r = runs - 1;
	const uint8_t *before = NULL;

	for (uint16_t i = 0; i < n; i++) {
		enum quick_kind kind;
		const uint8_t *p;

		if (i + 4 < n)
			rte_prefetch0(rte_pktmbuf_mtod(pkts[i + 4], const void *));
		kind = quick_look(pkts[i]);
		p = rte_pktmbuf_mtod(pkts[i], const uint8_t *);
		if (i > 0 && kind == r->kind && quick_again(before, p, kind)) {
			before = p;
			r->n++;
			continue;
		}
		before = p;
		*++r = (struct quick_run){.kind = kind, .at = i, .n = 1};
		if (!quick_is_tcp(kind))
			continue;
		r->hash = quick_hash(g, p, kind);
		if (!far)
			r->held = quick_find(g, r->hash);
	}
	if (far)
		fetch(g, runs, r + 1 - runs);
	return r + 1 - runs;
}

/* What the last of its packets closed, or cannot take the next one. */
static inline void
leave_quick(struct cleave_gro *g, struct sink *to, struct held *h, enum quick_joins joins)
{
	leave(g, to, h, joins == QUICK_FULL ? CLEAVE_GRO_FLUSH_FULL : CLEAVE_GRO_FLUSH_CLOSED);
}

/* A run of one packet. Returns how many were taken. */
static inline uint16_t
take_one(struct cleave_gro *g, struct sink *to, struct rte_mbuf *m, const struct quick_run *r,
	uint64_t now)
{
	struct held *h = r->held;
	enum quick_joins joins;

	if (unlikely(!has_room(to)))
		return 0;
	/* the packets before may have been held */
	if (h == NULL && g->added != to->added)
		h = quick_find(g, r->hash);
	joins = h != NULL ? quick_one(g, h, m, r->kind) : QUICK_NO;
	if (likely(joins == QUICK_JOINS))
		return 1;
	if (h != NULL && joins == QUICK_NO)
		return take(g, to, m, now);
	if (h != NULL)
		leave_quick(g, to, h, joins);
	return joins == QUICK_CLOSES || take_first(g, to, m, r, now) || take(g, to, m, now);
}

/* More packets of a TCP flow. Returns how many were taken. */
static inline uint16_t
take_run(struct cleave_gro *g, struct sink *to, struct rte_mbuf **pkts, const struct quick_run *r,
	uint64_t now)
{
	struct held *h = r->held;
	enum quick_joins joins;
	uint16_t i = 0;
	bool none;

	/* the packets before may have changed what is held */
	if (unlikely(h == NULL))
		h = quick_find(g, r->hash);
	while (i < r->n && has_room(to)) {
		if (likely(h != NULL)) {
			i += quick_run(g, h, &pkts[i], r->n - i, r->kind, &joins);
			if (joins == QUICK_CLOSES || joins == QUICK_FULL) {
				leave_quick(g, to, h, joins);
				h = quick_find(g, r->hash); /* or another one begins */
				continue;
			}
			if (likely(i == r->n))
				break;
		}
		to->last = NULL;
		none = h == NULL && quick_find(g, r->hash) == NULL;
		if (!(none && take_first(g, to, pkts[i], r, now)) && !take(g, to, pkts[i], now))
			break;
		i++;
		h = to->last;
	}
	return i;
}

/* Packets that are not plain TCP. Returns how many were taken. */
static inline uint16_t
take_others(struct cleave_gro *g, struct sink *to, struct rte_mbuf **pkts,
	const struct quick_run *r, uint64_t now)
{
	uint16_t i = 0;

	if (r->kind == QUICK_PASS)
		return pass_all(g, to, pkts, RTE_MIN(r->n, to->room - to->n));
	while (i < r->n && has_room(to) && take(g, to, pkts[i], now))
		i++;
	return i;
}

static inline uint16_t
take_any(struct cleave_gro *g, struct sink *to, struct rte_mbuf **pkts, const struct quick_run *r,
	uint64_t now)
{
	if (unlikely(!quick_is_tcp(r->kind)))
		return take_others(g, to, pkts, r, now);
	return r->n == 1 ? take_one(g, to, pkts[0], r, now) : take_run(g, to, pkts, r, now);
}

/* A chunk of packets: all are looked up before the first of them is merged, so that the memory of
 * one is waited for while others are worked on. Returns how many were taken. */
static uint16_t
take_chunk(struct cleave_gro *g, struct sink *to, struct rte_mbuf **pkts, uint16_t n, uint64_t now)
{
	struct quick_run runs[GRO_CHUNK];
	const uint16_t nb = find_runs(g, pkts, n, runs);
	uint16_t taken = 0;

	to->added = g->added;
	for (uint16_t i = 0; i < nb && taken == runs[i].at; i++)
		taken += take_any(g, to, &pkts[taken], &runs[i], now);
	return taken;
}

/* What has waited long enough leaves, as long as there is room for more packets of the burst. */
static void
leave_old(struct cleave_gro *g, struct sink *to, uint64_t now, uint32_t more)
{
	const uint32_t room = to->room - RTE_MIN(to->room, more * to->need);
	const uint32_t tick = now >> GRO_TICK;
	struct held *h;

	/* or so far ahead that ticks do not tell */
	g->back |= now - g->now >= UINT64_C(1) << (GRO_TICK + 31);
	g->now = now;
	while ((h = table_oldest(g)) != NULL && to->n < room) {
		/* (what is younger than the clock is very old) */
		if (!g->back && tick - h->since < g->timeout)
			return;
		leave_oldest(g, to, h, CLEAVE_GRO_FLUSH_TIMEOUT);
	}
	if (h == NULL)
		g->back = false;
}

/* What was held until the timeout became 0. false: there is no room for all. */
static bool
leave_rest(struct cleave_gro *g, struct sink *to)
{
	struct held *h;

	while ((h = table_oldest(g)) != NULL) {
		if (to->n == to->room)
			return false;
		h->slot = to->n++;
		leave(g, to, h, CLEAVE_GRO_FLUSH_TIMEOUT);
	}
	return true;
}

uint16_t
cleave_gro_burst(struct cleave_gro *g, struct rte_mbuf **pkts, uint16_t *nb_pkts, uint64_t now,
	struct rte_mbuf **out, uint16_t nb_out)
{
	struct sink to = {
		.out = out,
		.room = nb_out,
		.need = g->timeout == 0 ? 1 : CLEAVE_GRO_OUT_PER_PACKET,
	};
	uint16_t taken = 0, n = 0, did = 0;
	struct held *h;

	if (g->timeout != 0) {
		leave_old(g, &to, now, *nb_pkts);
	} else if (unlikely(!leave_rest(g, &to))) {
		*nb_pkts = 0;
		return to.n;
	}
	for (; taken < *nb_pkts && did == n; taken += did) {
		n = RTE_MIN(*nb_pkts - taken, GRO_CHUNK);
		did = take_chunk(g, &to, &pkts[taken], n, now);
	}
	if (g->timeout != 0)
		leave_old(g, &to, now, 0);
	while (g->timeout == 0 && (h = table_oldest(g)) != NULL)
		leave_oldest(g, &to, h, CLEAVE_GRO_FLUSH_BURST);
	g->stats.packets += taken;
	g->stats.merged += taken - to.passed;
	*nb_pkts = taken;
	return to.n;
}

uint16_t
cleave_gro_flush(struct cleave_gro *g, struct rte_mbuf **out, uint16_t nb_out)
{
	struct sink to = {.out = out, .room = nb_out};
	struct held *h;

	while ((h = table_oldest(g)) != NULL && to.n < to.room) {
		if (g->timeout == 0)
			h->slot = to.n++;
		leave_oldest(g, &to, h, CLEAVE_GRO_FLUSH_ASKED);
	}
	return to.n;
}

uint32_t
cleave_gro_held(const struct cleave_gro *g)
{
	return g->nb_held;
}
