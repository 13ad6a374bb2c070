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
#include "rules.h"

#define FLOWS_DEFAULT 1024
#define FLOWS_MAX (1u << 20)
#define UDP_SEGS_DEFAULT 64

/* More held packets than these are not looked through, for one of the same hosts as an IP fragment:
 * all leave. What that costs was paid when they came. */
#define SEARCH_MAX 64

static uint64_t
timeout_cycles(uint32_t us)
{
	return us * rte_get_tsc_hz() / 1000000;
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
	if (g->buckets == NULL || g->held == NULL)
		goto err;
	if (getrandom(g->seed, sizeof(g->seed), 0) != sizeof(g->seed))
		goto err;
	g->mask = nb_buckets - 1;
	g->timeout = timeout_cycles(conf->timeout_us);
	g->oldest = g->newest = GRO_NONE;
	g->most_held = flows;
	g->flags = conf->flags;
	g->udp_segs = conf->udp_segs != 0 ? conf->udp_segs : UDP_SEGS_DEFAULT;
	g->max_mbufs = conf->max_mbufs != 0 ? conf->max_mbufs : RTE_MBUF_MAX_NB_SEGS;
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
	if (g->held != NULL && g->buckets != NULL)
		while (g->oldest != GRO_NONE) {
			struct held *h = &g->held[g->oldest];

			rte_pktmbuf_free(merge_complete(g, h));
			table_remove(g, h);
		}
	rte_free(g->buckets);
	rte_free(g->held);
	rte_free(g);
}

/* A packet that leaves as it came. */
static inline void
pass(struct cleave_gro *g, struct sink *to, const struct arrival *a, enum cleave_gro_pass why)
{
	g->stats.pass[why]++;
	to->out[to->n++] = a->m;
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

/* It waits in a place that is free. */
static void
hold(struct cleave_gro *g, struct sink *to, struct held *h, const struct arrival *a,
	const struct sums *s, uint64_t now)
{
	g->stats.pass[CLEAVE_GRO_PASS_HEAD]++;
	merge_hold(g, h, a, s);
	if (g->timeout == 0)
		h->slot = to->n++;
	else
		h->since = now;
	g->pairs[h->pair]++;
	table_add(g, h, a->hash);
}

/* Is there room for a held packet and the one that made it leave? Without a timeout both have their
 * places. */
static inline bool
has_room(const struct cleave_gro *g, const struct sink *to)
{
	return to->n + (g->timeout == 0 ? 1 : CLEAVE_GRO_OUT_PER_PACKET) <= to->room;
}

/* What is held of the flow of a packet that passes leaves. false: there is no room for all yet. */
static bool
leave_flow(struct cleave_gro *g, struct sink *to, const struct arrival *a)
{
	uint32_t match = a->has_flow ? table_match(g, a->hash) : 0;
	uint8_t buf[CLEAVE_HDR_MAX];

	for (; match != 0; match &= match - 1) {
		struct held *h = &g->held[(a->hash & g->mask) * GRO_WAYS + rte_bsf32(match)];

		if (!rules_same_flow(h, &a->pkt, look_headers(a, buf)))
			continue;
		if (!has_room(g, to))
			return false;
		leave(g, to, h, CLEAVE_GRO_FLUSH_PASSED);
	}
	return true;
}

/* Does the packet close what it was merged into? */
static inline bool
closes(const struct held *h, const struct cleave_pkt *pkt)
{
	return pkt->payload_len < h->mss ||
	       (pkt->tcp_flags & (CLEAVE_TCP_FIN | CLEAVE_TCP_PSH)) != 0;
}

/* A packet that begins something new. One that nothing may follow is not held at all. */
static void
begin(struct cleave_gro *g, struct sink *to, struct arrival *a, const struct sums *s, uint64_t now)
{
	struct held *h;

	if (a->pkt.tcp_flags & (CLEAVE_TCP_FIN | CLEAVE_TCP_PSH)) {
		g->stats.flush[CLEAVE_GRO_FLUSH_CLOSED]++;
		pass(g, to, a, CLEAVE_GRO_PASS_HEAD);
		return;
	}
	if (g->nb_held == g->most_held)
		leave(g, to, &g->held[g->oldest], CLEAVE_GRO_FLUSH_EVICTED);
	h = table_place(g, a->hash);
	if (unlikely(table_is_held(g, h)))
		leave(g, to, h, CLEAVE_GRO_FLUSH_EVICTED);
	hold(g, to, h, a, s, now);
}

/* A packet that is not merged follows what is held of its flow. */
static bool
follow(struct cleave_gro *g, struct sink *to, const struct arrival *a, enum cleave_gro_pass why)
{
	if (!leave_flow(g, to, a) || to->n == to->room)
		return false;
	pass(g, to, a, why);
	return true;
}

/* A packet that may be merged joins the held one of its flow, or takes its place. */
static bool
join(struct cleave_gro *g, struct sink *to, struct arrival *a, uint64_t now)
{
	uint32_t match = table_match(g, a->hash);
	enum relation relation = OTHER_FLOW;
	struct held *h = NULL;
	struct sums s;
	uint8_t ids;

	for (; match != 0 && relation == OTHER_FLOW; match &= match - 1) {
		h = &g->held[(a->hash & g->mask) * GRO_WAYS + rte_bsf32(match)];
		relation = rules_relate(g, h, a, &ids);
	}
	if (unlikely(!sums_right(g, a, relation == JOINS ? h : NULL, &s)))
		return follow(g, to, a, CLEAVE_GRO_PASS_BAD);
	if (likely(relation == JOINS)) {
		g->stats.merged++;
		merge_append(h, a, &s, ids);
		if (closes(h, &a->pkt))
			leave(g, to, h, CLEAVE_GRO_FLUSH_CLOSED);
		return true;
	}
	if (relation != OTHER_FLOW)
		leave(g, to, h,
			relation == TOO_MUCH ? CLEAVE_GRO_FLUSH_FULL : CLEAVE_GRO_FLUSH_DIFFERENT);
	begin(g, to, a, &s, now);
	return true;
}

/* Held packets leave that an IP fragment may be of, or all where the packet cannot be understood.
 * false: there is no room for all of them yet. */
static bool
leave_related(struct cleave_gro *g, struct sink *to, const struct arrival *a)
{
	const bool all = a->pass == CLEAVE_GRO_PASS_BAD;
	uint8_t buf[CLEAVE_HDR_MAX];
	uint32_t pair = 0, next;

	if (!all) {
		pair = look_pair(g, look_headers(a, buf), &a->pkt.ip[0]);
		if (g->pairs[pair] == 0)
			return true;
	}
	for (uint32_t i = g->oldest; i != GRO_NONE; i = next) {
		struct held *h = &g->held[i];

		next = h->newer;
		if (!all && h->pair != pair && g->nb_held <= SEARCH_MAX)
			continue;
		if (!has_room(g, to))
			return false;
		leave(g, to, h, CLEAVE_GRO_FLUSH_PASSED);
	}
	return true;
}

/* One packet. false: it has not been taken, for want of room. */
static inline bool
take(struct cleave_gro *g, struct sink *to, struct arrival *a, uint64_t now)
{
	if (unlikely(!has_room(g, to)))
		return false;
	if (likely(a->pass == CLEAVE_GRO_PASS_HEAD)) {
		if (!join(g, to, a, now))
			return false;
	} else {
		if (!a->has_flow && a->pass != CLEAVE_GRO_PASS_OTHER && !leave_related(g, to, a))
			return false;
		if (!follow(g, to, a, a->pass))
			return false;
	}
	g->stats.packets++;
	return true;
}

/* Look at some packets, and fetch what they will need. */
static inline void
look_ahead(const struct cleave_gro *g, struct rte_mbuf **pkts, struct arrival *a, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		if (i + 4 < n)
			rte_prefetch0(rte_pktmbuf_mtod(pkts[i + 4], const void *));
		a[i].m = pkts[i];
		look(g, &a[i]);
		if (a[i].has_flow)
			rte_prefetch0(&g->buckets[a[i].hash & g->mask]);
	}
}

static bool
is_over(const struct cleave_gro *g, const struct held *h, uint64_t now)
{
	return now - h->since >= g->timeout; /* a step backwards is a long time */
}

/* What has waited long enough leaves. */
static void
leave_old(struct cleave_gro *g, struct sink *to, uint64_t now)
{
	while (g->oldest != GRO_NONE && to->n < to->room && is_over(g, &g->held[g->oldest], now))
		leave(g, to, &g->held[g->oldest], CLEAVE_GRO_FLUSH_TIMEOUT);
}

/* What was held until the timeout became 0. false: there is no room for all. */
static bool
leave_rest(struct cleave_gro *g, struct sink *to)
{
	while (g->oldest != GRO_NONE) {
		if (to->n == to->room)
			return false;
		g->held[g->oldest].slot = to->n++;
		leave(g, to, &g->held[g->oldest], CLEAVE_GRO_FLUSH_TIMEOUT);
	}
	return true;
}

uint16_t
cleave_gro_burst(struct cleave_gro *g, struct rte_mbuf **pkts, uint16_t *nb_pkts, uint64_t now,
	struct rte_mbuf **out, uint16_t nb_out)
{
	struct sink to = {.out = out, .room = nb_out};
	struct arrival a[GRO_CHUNK];
	uint16_t taken = 0, n = 0, i = 0;

	if (g->timeout != 0) {
		leave_old(g, &to, now);
	} else if (unlikely(!leave_rest(g, &to))) {
		*nb_pkts = 0;
		return to.n;
	}
	for (; taken < *nb_pkts && i == n; taken += i) {
		n = RTE_MIN(*nb_pkts - taken, GRO_CHUNK);
		look_ahead(g, &pkts[taken], a, n);
		for (i = 0; i < n && take(g, &to, &a[i], now);)
			i++;
	}
	while (g->timeout == 0 && g->oldest != GRO_NONE)
		leave(g, &to, &g->held[g->oldest], CLEAVE_GRO_FLUSH_BURST);
	*nb_pkts = taken;
	return to.n;
}

uint16_t
cleave_gro_flush(struct cleave_gro *g, struct rte_mbuf **out, uint16_t nb_out)
{
	struct sink to = {.out = out, .room = nb_out};
	struct held *h;

	for (; g->oldest != GRO_NONE && to.n < to.room; leave(g, &to, h, CLEAVE_GRO_FLUSH_ASKED)) {
		h = &g->held[g->oldest];
		if (g->timeout == 0)
			h->slot = to.n++;
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
	g->timeout = timeout_cycles(timeout_us);
}
