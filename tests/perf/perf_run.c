/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The clock: batches of packets are cut by each competitor in turns. Neighbours: perf.h,
 * perf_cut.c.
 */
#include "perf.h"

#include <string.h>

#include <rte_cycles.h>

#define SAMPLE 8      /* batches: more than between two visits to a pool's ring */
#define HOT_WARM 3    /* batches before the first sample */
#define HOT_SAMPLES 4 /* in a round */
#define COLD_MAX (PERF_COLD_PKTS * PERF_BATCH_SEGS / 2)

/* What a batch was cut into. */
static struct rte_mbuf *out[PERF_BATCH_MAX];

struct cycles {
	uint64_t parse, cut, free, segs;
};

static int
measure(const struct perf_entry *e, struct rte_mbuf **pkts, uint64_t clock, struct cycles *c)
{
	uint64_t t[3], end;
	int n = perf_cut(e, pkts, out, t);

	if (n <= 0)
		return -1;
	rte_pktmbuf_free_bulk(out, n);
	end = rte_rdtsc_precise();
	if (c == NULL)
		return 0;
	c->parse += e->way < PERF_OURS ? perf_interval(t[0], t[1], clock) : 0;
	c->cut += perf_interval(t[1], t[2], clock);
	c->free += perf_interval(t[2], end, clock);
	c->segs += n;
	return 0;
}

static inline bool
here(const struct perf_entry *e)
{
	return e->to[PERF_HOT].here[e->way];
}

/* The mean over some batches; what an interrupt spoils is one sample. */
static void
note_sample(struct perf_entry *e, enum perf_temp temp, struct cycles *c)
{
	struct perf_cost *to = &e->sample[temp][e->nb_samples[temp]++];

	to->parse = (float)c->parse / c->segs;
	to->make = (float)(c->parse + c->cut) / c->segs;
	to->free = (float)c->free / c->segs;
	memset(c, 0, sizeof(*c));
}

/* The same mbufs over and over. The first batches find the caches as somebody else left them. */
static int
hot_turn(struct perf_entry *e, uint64_t clock)
{
	struct rte_mbuf *pkts[PERF_BATCH_SEGS];
	struct cycles c = {0};

	for (int b = -HOT_WARM; b < HOT_SAMPLES * SAMPLE; b++) {
		if (perf_build(e, pkts, e->shape->batch) < 0 ||
			measure(e, pkts, clock, b < 0 ? NULL : &c) < 0)
			return -1;
		if (b >= 0 && b % SAMPLE == SAMPLE - 1)
			note_sample(e, PERF_HOT, &c);
	}
	return 0;
}

/* Packets that were all there before the first one is cut, and that nobody has touched lately. The
 * first batch finds other code in the caches. */
static int
cold_turn(struct perf_entry *e, uint64_t clock, struct rte_mbuf **pkts, unsigned int nb)
{
	unsigned int max = e->nb_samples[PERF_COLD] + PERF_SAMPLES;
	struct cycles c = {0};

	for (unsigned int b = 0; b < nb / e->shape->batch; b++) {
		if (measure(e, pkts + b * e->shape->batch, clock, b == 0 ? NULL : &c) < 0) {
			b = (b + 1) * e->shape->batch;
			rte_pktmbuf_free_bulk(pkts + b, nb - b);
			return -1;
		}
		if (b > 0 && b % SAMPLE == 0 && e->nb_samples[PERF_COLD] < max)
			note_sample(e, PERF_COLD, &c);
	}
	return 0;
}

static int
cold_round(struct perf_contest *t, uint64_t clock)
{
	static struct rte_mbuf *ring[COLD_MAX];
	unsigned int nb = 0, share, built = 0, at = 0;

	for (unsigned int i = 0; i < t->nb; i++)
		nb += here(&t->e[i]);
	if (nb == 0)
		return 0;
	share = PERF_COLD_PKTS * PERF_BATCH_SEGS / t->e[0].shape->segs / nb;
	share -= share % t->e[0].shape->batch;
	for (struct perf_entry *e = t->e; e < t->e + t->nb; e++) {
		if (!here(e))
			continue;
		if (perf_build(e, ring + built, share) < 0)
			goto err;
		built += share;
	}
	perf_evict();
	for (struct perf_entry *e = t->e; e < t->e + t->nb; e++) {
		if (!here(e))
			continue;
		at += share;
		if (cold_turn(e, clock, ring + at - share, share) < 0)
			goto err;
	}
	return 0;
err:
	rte_pktmbuf_free_bulk(ring + at, built - at);
	return -1;
}

static int
one_round(struct perf_contest *t, uint64_t clock)
{
	for (struct perf_entry *e = t->e; e < t->e + t->nb; e++)
		if (here(e) && hot_turn(e, clock) < 0)
			return -1;
	return t->last == PERF_COLD ? cold_round(t, clock) : 0;
}

static float
median(const struct perf_cost *costs, size_t member, unsigned int nb)
{
	static float v[PERF_ROUNDS_MAX * PERF_SAMPLES];

	for (unsigned int i = 0; i < nb; i++)
		v[i] = *(const float *)RTE_PTR_ADD(&costs[i], member);
	return perf_median(v, nb);
}

static void
conclude(struct perf_entry *e, enum perf_temp temp)
{
	struct perf_cost *to = &e->to[temp].cost[e->way];
	const struct perf_cost *from = e->sample[temp];
	unsigned int nb = e->nb_samples[temp];

	e->to[temp].here[e->way] = nb > 0;
	to->parse = median(from, offsetof(struct perf_cost, parse), nb);
	to->make = median(from, offsetof(struct perf_cost, make), nb);
	to->free = median(from, offsetof(struct perf_cost, free), nb);
}

int
perf_run(struct perf_contest *c, unsigned int nb, unsigned int rounds)
{
	uint64_t clock = perf_clock_cost();

	for (unsigned int r = 0; r < rounds; r++)
		for (unsigned int i = 0; i < nb; i++)
			if (one_round(&c[i], clock) < 0)
				return -1;
	for (unsigned int i = 0; i < nb; i++)
		for (enum perf_temp t = PERF_HOT; t <= c[i].last; t++)
			for (unsigned int j = 0; j < c[i].nb; j++)
				conclude(&c[i].e[j], t);
	return 0;
}
