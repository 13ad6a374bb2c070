/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The clock of merging. A pass gives each flow the same number of packets and then takes out what is
 * held; fresh: each burst is written just before it is merged, as a driver does; cold: all packets
 * of the pass are written before. Making packets and freeing them is not counted. Neighbours:
 * perf_gro.h, perf_gro_side.c.
 */
#include "perf_gro.h"

#include <inttypes.h>
#include <string.h>

#include <rte_cycles.h>

#define SAMPLE 4096    /* packets of a sample at least */
#define SLOW_FROM 4096 /* flows: more than that take rte_gro's table seconds */

static struct rte_mbuf *ring[GRO_PKTS_MAX]; /* of a cold pass, and what is taken out at an end */

/* What a pass did. */
struct gro_pass {
	uint64_t cycles;
	uint32_t pkts;
	uint32_t supers, segs; /* what left, and the packets in it */
	uint32_t want;	       /* how many should leave */
};

static void
take(struct gro_pass *p, struct rte_mbuf **out, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		p->segs += out[i]->nb_segs;
		rte_pktmbuf_free(out[i]);
	}
	p->supers += n;
}

/* Flows in a burst: the fewest packets that it can become. */
static uint32_t
count_flows(const struct gro_traffic *t, struct rte_mbuf **pkts, uint16_t n)
{
	uint32_t flow[GRO_BURST], nb = 0, j;

	for (uint16_t i = 0; i < n; i++) {
		flow[nb] = gro_flow_of(t, rte_pktmbuf_mtod(pkts[i], const uint8_t *));
		for (j = 0; flow[j] != flow[nb]; j++)
			;
		nb += j == nb;
	}
	return nb;
}

static void
one_burst(struct gro_runner *r, struct rte_mbuf **pkts, uint16_t n, uint64_t clock,
	struct gro_pass *p)
{
	struct rte_mbuf **out;
	uint64_t from, to;

	from = rte_rdtsc_precise();
	out = gro_runner_burst(r, pkts, &n);
	to = rte_rdtsc_precise();
	p->cycles += perf_interval(from, to, clock);
	take(p, out, n);
}

static void
drain(struct gro_runner *r, uint64_t clock, struct gro_pass *p)
{
	static struct rte_mbuf *out[UINT16_MAX];
	uint64_t from, to;
	uint16_t n;

	do {
		from = rte_rdtsc_precise();
		n = gro_runner_drain(r, out, RTE_DIM(out));
		to = rte_rdtsc_precise();
		p->cycles += perf_interval(from, to, clock);
		take(p, out, n);
	} while (n == RTE_DIM(out));
}

static int
pass(struct gro_runner *r, bool cold, uint64_t clock, struct gro_pass *p)
{
	uint32_t nb = r->per_flow * r->traffic.kind.flows;
	struct rte_mbuf *pkts[GRO_BURST];
	uint16_t n;

	*p = (struct gro_pass){.pkts = nb};
	if (!gro_is_burst(r->side))
		p->want = nb / RTE_MIN(r->per_flow, (uint32_t)GRO_FULL);
	if (cold) {
		for (uint32_t i = 0; i < nb; i += GRO_BURST)
			if (gro_traffic_next(&r->traffic, ring + i,
				    RTE_MIN(nb - i, (uint32_t)GRO_BURST)) < 0) {
				rte_pktmbuf_free_bulk(ring, i);
				return -1;
			}
		perf_evict();
	}
	for (uint32_t i = 0; i < nb; i += n) {
		n = RTE_MIN(nb - i, (uint32_t)GRO_BURST);
		if (cold)
			memcpy(pkts, ring + i, n * sizeof(pkts[0]));
		else if (gro_traffic_next(&r->traffic, pkts, n) < 0)
			return -1;
		if (!cold && gro_is_burst(r->side))
			p->want += count_flows(&r->traffic, pkts, n);
		one_burst(r, pkts, n, clock, p);
	}
	drain(r, clock, p);
	return 0;
}

/* Why packets did not wait for others. */
static void
print_flushes(const struct cleave_gro *gro)
{
	struct cleave_gro_stats stats;

	cleave_gro_stats_get(gro, &stats);
	for (unsigned int i = 0; i < CLEAVE_GRO_NB_FLUSHES; i++)
		if (stats.flush[i] > 0)
			printf("  %s %" PRIu64 "\n", cleave_gro_flush_name(i), stats.flush[i]);
}

/* A first pass, which also finds caches and pages as somebody else left them. Where flows share
 * places in a table, Cleave's may let some go early: that is reported, not an error. */
static int
check(struct gro_runner *r, uint64_t clock, struct gro_cell *c, uint64_t *cycles)
{
	struct gro_pass p;
	bool right;

	if (pass(r, false, clock, &p) < 0) {
		printf("out of mbufs\n");
		return -1;
	}
	*cycles = p.cycles;
	if (r->side == GRO_TOUCH)
		return 0;
	c->early[r->side] = (float)p.supers / p.want - 1;
	right = p.segs == p.pkts && p.supers >= p.want && r->nb_bad == 0;
	if (right && p.supers == p.want)
		return 0;
	printf("%s, %s: %u packets became %u of %u, not %u; %u wrong checksums\n",
		gro_cell_name(c, (char[64]){0}, 64), gro_side_names[r->side], p.pkts, p.supers,
		p.segs, p.want, r->nb_bad);
	if (r->gro != NULL)
		print_flushes(r->gro);
	return right && r->side == GRO_CLEAVE ? 0 : -1;
}

static int
turn(struct gro_runner *r, bool cold, uint64_t clock, float *cost)
{
	uint64_t cycles = 0;
	struct gro_pass p;
	uint32_t pkts = 0;

	do {
		if (pass(r, cold, clock, &p) < 0)
			return -1;
		cycles += p.cycles;
		pkts += p.pkts;
	} while (pkts < SAMPLE);
	*cost = (float)cycles / pkts;
	return 0;
}

/* Is there such a side in this cell? Cold cells are about tables; what takes rte_gro's table seconds
 * is done once. */
static bool
takes_part(const struct gro_cell *c, enum gro_side side)
{
	bool slow = side > GRO_CLEAVE && side < GRO_CLEAVE_BURST && c->kind.flows > SLOW_FROM;

	return !(c->cold && gro_is_burst(side)) && !(side == GRO_TOUCH && !c->kind.known) &&
	       !(slow && (c->cold || !c->kind.known));
}

static int
rounds_of(struct gro_cell *c, struct gro_runner *r, unsigned int rounds, uint64_t clock)
{
	static float v[GRO_SIDES][PERF_ROUNDS_MAX];
	uint64_t spent[GRO_SIDES] = {0}, from, budget = rte_get_tsc_hz() * 2 / 5;

	for (unsigned int s = 0; s < GRO_SIDES; s++) {
		if (!c->here[s])
			continue;
		if (check(&r[s], clock, c, &spent[s]) < 0)
			return -1;
		if (spent[s] >= budget) /* long enough to count */
			v[s][c->samples[s]++] = (float)spent[s] / (r[s].per_flow * c->kind.flows);
	}
	for (unsigned int i = 0; i < rounds; i++)
		for (unsigned int s = 0; s < GRO_SIDES; s++) {
			if (!c->here[s] || spent[s] >= budget)
				continue;
			from = rte_rdtsc();
			if (turn(&r[s], c->cold, clock, &v[s][c->samples[s]++]) < 0)
				return -1;
			spent[s] += rte_rdtsc() - from;
		}
	for (unsigned int s = 0; s < GRO_SIDES; s++)
		c->cost[s] = perf_median(v[s], c->samples[s]);
	return 0;
}

int
gro_measure(struct gro_cell *c, unsigned int rounds)
{
	static struct gro_runner r[GRO_SIDES];
	unsigned int nb;
	int rc = 0;

	memset(c->samples, 0, sizeof(c->samples));
	for (nb = 0; nb < GRO_SIDES && rc == 0; nb++) {
		rc = gro_runner_init(&r[nb], nb, &c->kind);
		c->here[nb] = takes_part(c, nb) && r[nb].per_flow > 0;
		c->per_flow[nb] = r[nb].per_flow;
	}
	if (rc == 0)
		rc = rounds_of(c, r, rounds, perf_clock_cost());
	for (unsigned int s = 0; s < nb; s++)
		gro_runner_fini(&r[s]);
	return rc;
}
