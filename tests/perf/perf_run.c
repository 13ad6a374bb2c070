/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The clock: batches of packets are cut by each competitor in turns. Neighbours: perf.h,
 * perf_cut.c.
 */
#include "perf.h"

#include <stdlib.h>

#include <rte_cycles.h>

#define HOT_BATCHES 32 /* of one competitor in one round */
#define COLD_MAX (PERF_COLD_PKTS * PERF_BATCH_SEGS / 2)

/* What a batch was cut into. */
static struct rte_mbuf *out[PERF_BATCH_MAX];

struct cycles {
	uint64_t parse, cut, free, segs;
};

/* What two readings of the clock cost: the median. */
static int
compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t
clock_cost(void)
{
	uint64_t t[1001];

	for (unsigned int i = 0; i < RTE_DIM(t); i++) {
		t[i] = rte_rdtsc_precise();
		t[i] = rte_rdtsc_precise() - t[i];
	}
	qsort(t, RTE_DIM(t), sizeof(t[0]), compare_u64);
	return t[RTE_DIM(t) / 2];
}

static inline uint64_t
interval(uint64_t from, uint64_t to, uint64_t clock)
{
	return to - from > clock ? to - from - clock : 0;
}

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
	c->parse += e->way < PERF_OURS ? interval(t[0], t[1], clock) : 0;
	c->cut += interval(t[1], t[2], clock);
	c->free += interval(t[2], end, clock);
	c->segs += n;
	return 0;
}

static void
note_round(struct perf_entry *e, unsigned int round, const struct cycles *c)
{
	e->round[round].parse = (double)c->parse / c->segs;
	e->round[round].make = (double)(c->parse + c->cut) / c->segs;
	e->round[round].free = (double)c->free / c->segs;
}

/* The same mbufs over and over. The first batch finds the caches as somebody else left them. */
static int
hot_round(struct perf_entry *e, unsigned int nb, uint64_t clock, unsigned int round)
{
	struct rte_mbuf *pkts[PERF_BATCH_SEGS];

	for (unsigned int i = 0; i < nb; i++) {
		struct cycles c = {0};

		for (int b = -1; e[i].here && b < HOT_BATCHES; b++)
			if (perf_build(&e[i], pkts, e[i].shape->batch) < 0 ||
				measure(&e[i], pkts, clock, b < 0 ? NULL : &c) < 0)
				return -1;
		if (e[i].here)
			note_round(&e[i], round, &c);
	}
	return 0;
}

/* All packets are there before the first one is cut, and nobody has touched them lately. */
static int
cold_round(struct perf_entry *e, unsigned int nb, uint64_t clock, unsigned int round)
{
	static struct rte_mbuf *ring[COLD_MAX];
	unsigned int here = 0, share = 0, built = 0, at = 0;

	for (unsigned int i = 0; i < nb; i++)
		here += e[i].here;
	for (unsigned int i = 0; i < nb; i++) {
		if (!e[i].here)
			continue;
		share = COLD_MAX * 2 / e[i].shape->segs / here;
		share -= share % e[i].shape->batch;
		if (perf_build(&e[i], ring + built, share) < 0)
			goto err;
		built += share;
	}
	perf_evict();
	for (unsigned int i = 0; i < nb; i++) {
		struct cycles c = {0};

		for (unsigned int b = 0; e[i].here && b < share; b += e[i].shape->batch) {
			at += e[i].shape->batch;
			if (measure(&e[i], ring + at - e[i].shape->batch, clock,
				    b == 0 ? NULL : &c) < 0)
				goto err;
		}
		if (e[i].here)
			note_round(&e[i], round, &c);
	}
	return 0;
err:
	rte_pktmbuf_free_bulk(ring + at, built - at);
	return -1;
}

static int
compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(const struct perf_entry *e, size_t member, unsigned int rounds)
{
	double v[PERF_ROUNDS_MAX];

	for (unsigned int r = 0; r < rounds; r++)
		v[r] = *(const double *)RTE_PTR_ADD(&e->round[r], member);
	qsort(v, rounds, sizeof(v[0]), compare_double);
	return (v[(rounds - 1) / 2] + v[rounds / 2]) / 2;
}

int
perf_run(struct perf_entry *e, unsigned int nb, enum perf_temp temp, unsigned int rounds)
{
	uint64_t clock = clock_cost();

	for (unsigned int r = 0; r < rounds; r++)
		if ((temp == PERF_HOT ? hot_round : cold_round)(e, nb, clock, r) < 0)
			return -1;
	for (unsigned int i = 0; i < nb; i++) {
		e[i].cost.parse = median(&e[i], offsetof(struct perf_cost, parse), rounds);
		e[i].cost.make = median(&e[i], offsetof(struct perf_cost, make), rounds);
		e[i].cost.free = median(&e[i], offsetof(struct perf_cost, free), rounds);
	}
	return 0;
}
