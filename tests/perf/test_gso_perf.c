/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_perf_autotest: cycles a segment of cutting TCP packets, with DPDK's rte_gso as the peer in
 * the same run, in turns. "make" is cutting, input consumed; "free" is what the driver pays. Prints
 * tables; fails only when something cannot be cut or comes out with wrong checksums.
 * CLEAVE_BENCH_JSON: a file for the figures; CLEAVE_BENCH_ROUNDS: how often; CLEAVE_BENCH_ONLY:
 * only cells that have this in their name (tcp4.64k.2k). Neighbour: perf.h.
 */
#include <stdlib.h>
#include <string.h>

#include "../test.h"
#include "cleave_net.h"
#include "perf.h"

#define ROUNDS 41

const char *const perf_type_names[PERF_TYPES] = {"tcp4", "tcp6", "vxlan_tcp4"};
const char *const perf_layout_names[PERF_LAYOUTS] = {"1460", "2k", "64k"};
const char *const perf_size_names[PERF_SIZES] = {"64k", "16k", "8.7k", "2.9k"};
const uint32_t perf_sizes[PERF_SIZES] = {44 * PERF_MSS, 16384, 8700, 2 * PERF_MSS};
const uint16_t perf_flat_segs[PERF_FLAT] = {4, 8, 16, 32, 44};

static struct perf_results results;
static struct perf_entry entries[3 * PERF_FLAT];

static void
keep(struct perf_cell *cell, const struct perf_entry *e)
{
	cell->here[e->way] = e->here;
	cell->cost[e->way] = e->cost;
}

/* Can this way cut what lies so in mbufs; has DPDK such a one? */
static bool
applies(enum perf_way way, enum perf_type type, enum perf_layout layout)
{
	if (way >= PERF_OURS)
		return type != PERF_TCP6;
	return layout == PERF_MSS_MBUFS || way > PERF_UNCHAIN_SUMS;
}

static int
run_cell(enum perf_type type, unsigned int size, enum perf_layout layout)
{
	struct perf_shape shape;
	unsigned int nb = 0;
	int rc = -1;

	if (perf_shape_init(&shape, type, layout, perf_sizes[size]) < 0)
		goto out;
	for (enum perf_way w = 0; w < PERF_WAYS; w++) {
		if (!applies(w, type, layout))
			continue;
		entries[nb].shape = &shape;
		entries[nb].way = w;
		if (perf_try(&entries[nb++]) < 0)
			goto out;
	}
	for (enum perf_temp t = 0; t < PERF_TEMPS; t++) {
		if (perf_run(entries, nb, t, results.rounds) < 0)
			goto out;
		for (unsigned int i = 0; i < nb; i++)
			keep(&results.cell[type][size][layout][t], &entries[i]);
	}
	rc = 0;
out:
	perf_shape_fini(&shape);
	return rc;
}

static int
run_matrix(const char *only)
{
	char name[64];

	for (enum perf_type t = 0; t < PERF_TYPES; t++)
		for (unsigned int s = 0; s < PERF_SIZES; s++)
			for (enum perf_layout l = 0; l < PERF_LAYOUTS; l++) {
				snprintf(name, sizeof(name), "%s.%s.%s", perf_type_names[t],
					perf_size_names[s], perf_layout_names[l]);
				if (only != NULL && strstr(name, only) == NULL)
					continue;
				TEST_ASSERT_SUCCESS(run_cell(t, s, l), "%s", name);
			}
	return TEST_SUCCESS;
}

/* Scatter-gather, unchaining and rte_gso of payloads or types that take turns. */
static int
run_row(struct perf_shape *shapes, unsigned int nb_shapes, struct perf_cell *cells)
{
	static const enum perf_way ways[] = {PERF_UNCHAIN, PERF_SG, PERF_PEER};
	unsigned int nb = 0;

	for (unsigned int i = 0; i < nb_shapes; i++)
		for (unsigned int w = 0; w < RTE_DIM(ways); w++) {
			struct perf_shape *s = &shapes[2 * i + (w > 0)];

			if (!applies(ways[w], s->type, s->layout))
				continue;
			entries[nb].shape = s;
			entries[nb].way = ways[w];
			if (perf_try(&entries[nb++]) < 0)
				return -1;
		}
	if (perf_run(entries, nb, PERF_HOT, results.rounds) < 0)
		return -1;
	for (unsigned int i = 0; i < nb; i++)
		keep(&cells[(entries[i].shape - shapes) / 2], &entries[i]);
	return 0;
}

/* What should not matter: how many segments there are; which type it is. */
static int
run_flat(void)
{
	static const enum perf_layout layouts[] = {PERF_MSS_MBUFS, PERF_2K_MBUFS};
	struct perf_shape flat[2 * PERF_FLAT], type[2 * PERF_TYPES];
	int rc = 0;

	for (unsigned int i = 0; i < RTE_DIM(flat); i++)
		rc |= perf_shape_init(
			&flat[i], PERF_TCP4, layouts[i % 2], perf_flat_segs[i / 2] * PERF_MSS);
	for (unsigned int i = 0; i < RTE_DIM(type); i++)
		rc |= perf_shape_init(&type[i], i / 2, layouts[i % 2], 44 * PERF_MSS);
	if (rc == 0)
		rc = run_row(flat, PERF_FLAT, results.flat);
	if (rc == 0)
		rc = run_row(type, PERF_TYPES, results.type);
	for (unsigned int i = 0; i < RTE_DIM(flat); i++)
		perf_shape_fini(&flat[i]);
	for (unsigned int i = 0; i < RTE_DIM(type); i++)
		perf_shape_fini(&type[i]);
	return rc;
}

static int
test_gso_perf(void)
{
	const char *json = getenv("CLEAVE_BENCH_JSON"), *only = getenv("CLEAVE_BENCH_ONLY");
	const char *rounds = getenv("CLEAVE_BENCH_ROUNDS");
	int rc;

	results.rounds = rounds == NULL ? ROUNDS : RTE_MIN(atoi(rounds), PERF_ROUNDS_MAX);
	TEST_ASSERT(results.rounds > 0, "CLEAVE_BENCH_ROUNDS is %s", rounds);
	TEST_ASSERT_SUCCESS(cleave_meta_register(), "no dynamic field");
	TEST_ASSERT_SUCCESS(perf_pools_init(), "no pools");
	if (only != NULL && *only == '\0')
		only = NULL;
	rc = run_matrix(only);
	if (rc == TEST_SUCCESS && only == NULL)
		rc = run_flat();
	perf_pools_fini();
	TEST_ASSERT_SUCCESS(rc, "not measured");
	perf_print(&results);
	if (json != NULL && *json != '\0')
		TEST_ASSERT_SUCCESS(perf_write_json(&results, json), "no %s", json);
	return TEST_SUCCESS;
}

REGISTER_PERF_TEST(gso_perf_autotest, test_gso_perf);
