/* SPDX-License-Identifier: BSD-3-Clause
 *
 * cleave_gro_burst(): a chunk of packets is looked at, then packet by packet joins one that is held,
 * is held, or passes. Neighbours: gro.h lists them.
 */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_prefetch.h>

#include "look.h"
#include "quick.h"
#include "rules.h"
#include "table.h"

#define FLOWS_DEFAULT 1024
#define FLOWS_MAX (1u << 20)
#define UDP_SEGS_DEFAULT 64

/* As many held packets, their headers and their last mbufs are in a core's caches; and so is a table
 * of so many buckets. */
#define NEAR_MAX 256
#define NEAR_BUCKETS_MAX 2048

/* More held packets than these are not looked through, for one of the same hosts as an IP fragment:
 * all leave. What that costs was paid when they came. */
#define SEARCH_MAX 64

/* In ticks, at least one where it is not 0. */
static uint32_t
timeout_ticks(uint32_t us)
{
	uint64_t hz = rte_get_tsc_hz() >> GRO_TICK;

	us = RTE_MIN(us, (uint32_t)CLEAVE_GRO_TIMEOUT_MAX);
	return us == 0 ? 0 : RTE_MAX(1u, us * hz / 1000000);
}

struct cleave_gro *
cleave_gro_create(const struct cleave_gro_conf *conf)
{
	uint32_t flows =
		rte_align32pow2(RTE_MAX(conf->flows != 0 ? conf->flows : FLOWS_DEFAULT, 8u));
	/* twice the room, so that few buckets are full when all of that is held */
	const uint32_t nb_buckets = 2 * flows / GRO_WAYS;
	struct cleave_gro *g;

	if (conf->flows > FLOWS_MAX || (conf->flags & ~(CLEAVE_GRO_TCP | CLEAVE_GRO_UDP))) {
		rte_errno = EINVAL;
		return NULL;
	}
	if (cleave_meta_register() < 0) {
		rte_errno = ENOMEM;
		return NULL;
	}
	g = rte_zmalloc_socket("cleave_gro", sizeof(*g), RTE_CACHE_LINE_SIZE, conf->socket_id);
	if (g == NULL)
		goto err;
	g->buckets = rte_zmalloc_socket("cleave_gro", nb_buckets * sizeof(*g->buckets),
		RTE_CACHE_LINE_SIZE, conf->socket_id);
	g->held = rte_zmalloc_socket("cleave_gro", (size_t)nb_buckets * GRO_WAYS * sizeof(*g->held),
		RTE_CACHE_LINE_SIZE, conf->socket_id);
	g->order_mask = 2 * flows - 1;
	g->order = rte_zmalloc_socket(
		"cleave_gro", 2 * flows * sizeof(*g->order), RTE_CACHE_LINE_SIZE, conf->socket_id);
	g->over = rte_zmalloc_socket(
		"cleave_gro", nb_buckets * sizeof(*g->over), RTE_CACHE_LINE_SIZE, conf->socket_id);
	if (g->buckets == NULL || g->held == NULL || g->order == NULL || g->over == NULL)
		goto err;
	if (getrandom(g->seed, sizeof(g->seed), 0) != sizeof(g->seed))
		goto err;
	g->mask = nb_buckets - 1;
	g->timeout = timeout_ticks(conf->timeout_us);
	g->most_held = flows;
	g->flags = conf->flags;
	g->udp_segs = conf->udp_segs != 0 ? conf->udp_segs : UDP_SEGS_DEFAULT;
	g->meta_offset = cleave_meta_offset;
	/* and no more packets than can be cut apart again */
	g->max_mbufs = conf->max_mbufs != 0 ? RTE_MIN(conf->max_mbufs, CLEAVE_GSO_SEGS_MAX)
					    : CLEAVE_GSO_SEGS_MAX;
	cleave_sum_select();
	return g;
err:
	cleave_gro_free(g);
	rte_errno = ENOMEM;
	return NULL;
}

void
cleave_gro_free(struct cleave_gro *g)
{
	if (g == NULL)
		return;
	while (g->nb_held != 0) {
		struct held *h = table_oldest(g);

		rte_pktmbuf_free(merge_complete(g, h));
		table_remove(g, h);
	}
	rte_free(g->order);
	rte_free(g->over);
	rte_free(g->buckets);
	rte_free(g->held);
	rte_free(g);
}

/* A packet that leaves as it came. */
static inline void
pass(struct cleave_gro *g, struct sink *to, struct rte_mbuf *m, enum cleave_gro_pass why)
{
	g->stats.pass[why]++;
	to->passed++;
	to->out[to->n++] = m;
}

/* A held packet leaves, to the place that was kept for it where there is no timeout. */
static void
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

/* Is there room for one more packet, and for a held one that it may make leave? */
static inline bool
has_room(const struct sink *to)
{
	return to->n + to->need <= to->room;
}

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
static __rte_noinline bool
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

/* A packet of whose flow nothing is held: the short way, if there is nothing odd. */
static bool
take_first(struct cleave_gro *g, struct sink *to, struct rte_mbuf *m, const struct quick_run *r,
	uint64_t now)
{
	struct held *h = g->nb_held < g->most_held ? table_free(g, r->hash) : NULL;
	enum cleave_gro_pass why = quick_first(g, h, m, r->kind);

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
		if (runs[i].kind != QUICK_NOT)
			rte_prefetch0(&g->buckets[runs[i].hash & g->mask]);
	for (uint16_t i = 0; i < n; i++)
		if (runs[i].kind != QUICK_NOT) {
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
		if (kind == QUICK_NOT)
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

/* The packets of a run. Returns how many were taken. */
static inline uint16_t
take_run(struct cleave_gro *g, struct sink *to, struct rte_mbuf **pkts, const struct quick_run *r,
	uint64_t now)
{
	struct held *h = r->held;
	enum quick_joins joins;
	uint16_t i = 0;
	bool none;

	/* the packets before may have changed what is held */
	if (unlikely(h == NULL) && r->kind != QUICK_NOT)
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
		none = h == NULL && r->kind != QUICK_NOT && quick_find(g, r->hash) == NULL;
		if (!(none && take_first(g, to, pkts[i], r, now)) && !take(g, to, pkts[i], now))
			break;
		i++;
		h = r->kind != QUICK_NOT ? to->last : NULL;
	}
	return i;
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
		taken += runs[i].n == 1 && runs[i].kind != QUICK_NOT
				 ? take_one(g, to, pkts[taken], &runs[i], now)
				 : take_run(g, to, &pkts[taken], &runs[i], now);
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

void
cleave_gro_set_timeout(struct cleave_gro *g, uint32_t timeout_us)
{
	g->timeout = timeout_ticks(timeout_us);
}
