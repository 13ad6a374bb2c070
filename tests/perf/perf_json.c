/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The figures as flat JSON, gso.<type>.<size>.<layout>.<way>.<who>.<what>, for scripts/bench.
 * Neighbours: perf.h; perf_report.c prints tables.
 */
#include "perf.h"

#include "cleave_net.h"

static void
write_cost(FILE *f, const char *cell, const char *who, const struct perf_cost *c)
{
	fprintf(f, ",\n\"%s.%s.make\": %.2f", cell, who, c->make);
	fprintf(f, ",\n\"%s.%s.free\": %.2f", cell, who, c->free);
	fprintf(f, ",\n\"%s.%s.sum\": %.2f", cell, who, perf_sum(c));
}

static void
write_cell(const struct perf_results *r, struct perf_place at, void *arg)
{
	const struct perf_cell *cell = perf_cell_at(r, at);
	const struct perf_cost *peer;
	FILE *f = arg;
	char name[96];

	for (enum perf_way w = 0; w < PERF_OURS; w++) {
		if (!cell->here[w])
			continue;
		snprintf(name, sizeof(name), "gso.%s.%s.%s.%s%s", perf_type_names[at.type],
			perf_size_names[at.size], perf_layout_names[at.layout], perf_way_names[w],
			at.temp == PERF_COLD ? "_cold" : "");
		fprintf(f, ",\n\"%s.cleave.parse\": %.2f", name, cell->cost[w].parse);
		write_cost(f, name, "cleave", &cell->cost[w]);
		peer = perf_peer_of(r, at, w, false);
		if (peer != NULL)
			write_cost(f, name, "peer", peer);
		peer = perf_peer_of(r, at, w, true);
		if (peer != NULL)
			write_cost(f, name, "peer_O2", peer);
	}
}

/* A cell of a row against the row's cell that is one. */
static void
write_ratio(FILE *f, const char *row, const char *column, const struct perf_cell *cell,
	const struct perf_cell *one)
{
	static const enum perf_way ways[] = {PERF_SG, PERF_UNCHAIN, PERF_PEER};

	for (unsigned int i = 0; i < RTE_DIM(ways); i++) {
		const struct perf_cost *a = &cell->cost[ways[i]], *b = &one->cost[ways[i]];
		const char *way = ways[i] == PERF_PEER ? "peer" : perf_way_names[ways[i]];

		if (!cell->here[ways[i]] || !one->here[ways[i]])
			continue;
		fprintf(f, ",\n\"gso.%s.%s.%s\": %.3f", row, way, column,
			perf_sum(a) / perf_sum(b));
		fprintf(f, ",\n\"gso.%s_make.%s.%s\": %.3f", row, way, column, a->make / b->make);
	}
}

int
perf_write_json(const struct perf_results *r, const char *path)
{
	FILE *f = perf_json_open(path);
	char column[16];

	if (f == NULL)
		return -1;
	fprintf(f, ",\n\"gso.mss\": %u,\n\"gso.rounds\": %u", PERF_MSS, r->rounds);
	fprintf(f, ",\n\"gso.sums\": \"%s\"", cleave_sum_impl());
	/* whose figures stand for those that rte_gso has not */
	fprintf(f, ",\n\"gso.peer.%s\": \"%s\"", perf_type_names[PERF_TCP6],
		perf_type_names[PERF_TCP4]);
	perf_each_cell(r, write_cell, f);
	for (unsigned int i = 0; i < PERF_FLAT; i++) {
		snprintf(column, sizeof(column), "%u", perf_flat_segs[i]);
		write_ratio(f, "flat", column, &r->flat[i], &r->flat[PERF_FLAT - 1]);
	}
	for (enum perf_type t = 0; t < PERF_TYPES; t++)
		write_ratio(f, "type", perf_type_names[t], &r->type[t], &r->type[PERF_TCP4]);
	return perf_json_close(f);
}
