/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_perf_autotest: cycles a packet of merging TCP segments, over the number of flows and how they
 * interleave, with DPDK's rte_gro as the peer in the same run, in turns; and of what cannot merge.
 * Prints tables; fails only where something is not merged as it should be. CLEAVE_BENCH_JSON: a file
 * for the figures; CLEAVE_BENCH_ROUNDS: how often; CLEAVE_BENCH_ONLY: only cells that have this in
 * their name (tcp4.64.1, tcp4.64.1_verify, tcp4.65536.1_cold, tax). Neighbour: perf_gro.h.
 */
#include <string.h>

#include "../test.h"
#include "perf_gro.h"

#define COLD_FROM 1024 /* flows: with fewer, what is held fits the caches */

static const uint32_t flows[] = {1, 8, 64, 256, 1024, 16384, 65536}, few[] = {1, 64, 1024};
static const uint16_t trains[] = {1, 4, 16};

static struct gro_results results;

static int
add_cell(const struct gro_kind *kind, bool cold, const char *only)
{
	struct gro_cell *c = &results.cell[results.nb];
	char name[64];

	TEST_ASSERT(results.nb < RTE_DIM(results.cell), "too many cells");
	memset(c, 0, sizeof(*c));
	c->kind = *kind;
	c->cold = cold;
	gro_cell_name(c, name, sizeof(name));
	if (only != NULL && strstr(name, only) == NULL)
		return TEST_SUCCESS;
	if (kind->flows * kind->train > gro_pkts_max) {
		printf("%s: left out: %u packets would be held, memory has %u\n", name,
			kind->flows * kind->train, gro_pkts_max);
		return TEST_SUCCESS;
	}
	TEST_ASSERT_SUCCESS(gro_measure(c, results.rounds), "%s: not measured", name);
	results.nb++;
	return TEST_SUCCESS;
}

static int
add_type(enum perf_type type, const uint32_t *list, unsigned int nb, const char *only)
{
	for (unsigned int i = 0; i < nb; i++)
		for (unsigned int t = 0; t < RTE_DIM(trains); t++)
			for (unsigned int known = 0; known < 2; known++) {
				struct gro_kind kind = {type, list[i], trains[t], !known};

				if (add_cell(&kind, false, only) < 0)
					return TEST_FAILED;
				if (list[i] >= COLD_FROM && (kind.known || kind.train == 1) &&
					add_cell(&kind, true, only) < 0)
					return TEST_FAILED;
			}
	return TEST_SUCCESS;
}

static int
run(const char *only)
{
	TEST_ASSERT_SUCCESS(gro_pool_init(), "no pool");
	if (add_type(PERF_TCP4, flows, RTE_DIM(flows), only) < 0 ||
		add_type(PERF_TCP6, few, RTE_DIM(few), only) < 0 ||
		add_type(PERF_VXLAN, few, RTE_DIM(few), only) < 0)
		return TEST_FAILED;
	for (enum gro_tax t = 0; t < GRO_TAXES; t++)
		if (only == NULL || strcmp(only, "tax") == 0)
			TEST_ASSERT_SUCCESS(gro_measure_tax(t, &results.tax[t], results.rounds),
				"%s: not measured", gro_tax_names[t]);
	return TEST_SUCCESS;
}

static int
test_gro_perf(void)
{
	struct perf_env env;
	int rc;

	TEST_ASSERT_SUCCESS(perf_env_get(&env), "bad environment");
	memset(&results, 0, sizeof(results));
	results.rounds = env.rounds;
	rc = run(env.only);
	rte_mempool_free(gro_pool);
	gro_pool = NULL;
	if (rc != TEST_SUCCESS)
		return TEST_FAILED;
	gro_print(&results);
	if (env.json != NULL)
		TEST_ASSERT_SUCCESS(gro_write_json(&results, env.json), "no %s", env.json);
	return TEST_SUCCESS;
}

REGISTER_PERF_TEST(gro_perf_autotest, test_gro_perf);
