/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_perf_autotest: cycles a segment of cutting TCP packets, with DPDK's rte_gso as the peer in
 * the same run, in turns. "make" is cutting, input consumed; "free" is what the driver pays. Prints
 * tables; fails only when something cannot be cut or comes out with wrong checksums.
 * CLEAVE_BENCH_JSON: a file for the figures; CLEAVE_BENCH_ROUNDS: how often; CLEAVE_BENCH_ONLY:
 * only cells that have this in their name (tcp4.64k.2k). Neighbour: perf.h.
 */
#include <string.h>

#include "../test.h"
#include "cleave_net.h"
#include "perf.h"

const char *const perf_type_names[PERF_TYPES] = {"tcp4", "tcp6", "vxlan_tcp4"};
const char *const perf_layout_names[PERF_LAYOUTS] = {"1460", "2k", "64k"};
const char *const perf_size_names[PERF_SIZES] = {"64k", "16k", "8.7k", "2.9k"};
const uint32_t perf_sizes[PERF_SIZES] = {44 * PERF_MSS, 16384, 8700, 2 * PERF_MSS};
const uint16_t perf_flat_segs[PERF_FLAT] = {4, 8, 16, 32, 44};

#define CELLS (PERF_TYPES * PERF_SIZES * PERF_LAYOUTS)

static struct perf_results results;
static struct perf_shape shapes[CELLS + 2 * (PERF_FLAT + PERF_TYPES)];
static struct perf_contest contests[CELLS + 2];
static struct rte_mempool *one[PERF_SIZES];
static unsigned int nb_shapes, nb_contests;

/* Can this way cut what lies so in mbufs; has DPDK such a one? */
static bool
applies(enum perf_way way, const struct perf_shape *s)
{
	if (way >= PERF_OURS)
		return s->type != PERF_TCP6;
	return s->layout == PERF_MSS_MBUFS || way > PERF_UNCHAIN_SUMS;
}

static struct perf_shape *
add_shape(enum perf_type type, enum perf_layout layout, uint32_t payload, struct rte_mempool *in)
{
	struct perf_shape *s = &shapes[nb_shapes];

	if (perf_shape_init(s, type, layout, payload, in) < 0)
		return NULL;
	nb_shapes++;
	return s;
}

static int
add_entry(
	struct perf_contest *c, const struct perf_shape *s, enum perf_way way, struct perf_cell *to)
{
	struct perf_entry *e = &c->e[c->nb];

	if (s == NULL)
		return -1;
	if (!applies(way, s))
		return 0;
	TEST_ASSERT(c->nb < RTE_DIM(c->e), "too many entries");
	c->nb++;
	e->shape = s;
	e->way = way;
	e->to = to;
	return perf_try(e);
}

static int
add_cell(enum perf_type type, unsigned int size, enum perf_layout layout)
{
	struct perf_contest *c = &contests[nb_contests++];
	struct perf_shape *s = add_shape(
		type, layout, perf_sizes[size], layout == PERF_ONE_MBUF ? one[size] : perf_in);

	c->last = PERF_COLD;
	for (enum perf_way w = 0; w < PERF_WAYS; w++)
		if (add_entry(c, s, w, results.cell[type][size][layout]) < 0)
			return -1;
	return 0;
}

static int
add_matrix(const char *only)
{
	char name[64];

	for (unsigned int s = 0; s < PERF_SIZES; s++) {
		one[s] = perf_pool_one(perf_sizes[s]);
		TEST_ASSERT_NOT_NULL(one[s], "no pool");
	}
	for (enum perf_type t = 0; t < PERF_TYPES; t++)
		for (unsigned int s = 0; s < PERF_SIZES; s++)
			for (enum perf_layout l = 0; l < PERF_LAYOUTS; l++) {
				snprintf(name, sizeof(name), "%s.%s.%s", perf_type_names[t],
					perf_size_names[s], perf_layout_names[l]);
				if (only != NULL && strstr(name, only) == NULL)
					continue;
				TEST_ASSERT_SUCCESS(add_cell(t, s, l), "%s", name);
			}
	return TEST_SUCCESS;
}

/* Scatter-gather, unchaining and rte_gso. */
static int
add_column(struct perf_contest *c, enum perf_type type, uint16_t segs, struct perf_cell *to)
{
	uint32_t payload = segs * PERF_MSS;
	struct perf_shape *mss = add_shape(type, PERF_MSS_MBUFS, payload, perf_in);
	struct perf_shape *sg = add_shape(type, PERF_2K_MBUFS, payload, perf_in);

	return add_entry(c, mss, PERF_UNCHAIN, to) | add_entry(c, sg, PERF_SG, to) |
	       add_entry(c, sg, PERF_PEER, to);
}

/* What should not matter: how many segments there are; which type it is. */
static int
add_flat(void)
{
	struct perf_contest *flat = &contests[nb_contests++], *type = &contests[nb_contests++];

	for (unsigned int i = 0; i < PERF_FLAT; i++)
		TEST_ASSERT_SUCCESS(
			add_column(flat, PERF_TCP4, perf_flat_segs[i], &results.flat[i]),
			"%u segments", perf_flat_segs[i]);
	for (enum perf_type t = 0; t < PERF_TYPES; t++)
		TEST_ASSERT_SUCCESS(
			add_column(type, t, 44, &results.type[t]), "%s", perf_type_names[t]);
	return TEST_SUCCESS;
}

static int
run(const char *only)
{
	TEST_ASSERT_SUCCESS(cleave_meta_register(), "no dynamic field");
	TEST_ASSERT_SUCCESS(perf_pools_init(), "no pools");
	if (add_matrix(only) < 0 || (only == NULL && add_flat() < 0))
		return TEST_FAILED;
	return perf_run(contests, nb_contests, results.rounds);
}

static int
test_gso_perf(void)
{
	struct perf_env env;
	int rc;

	TEST_ASSERT_SUCCESS(perf_env_get(&env), "bad environment");
	memset(&results, 0, sizeof(results));
	memset(contests, 0, sizeof(contests));
	nb_shapes = nb_contests = 0;
	results.rounds = env.rounds;
	rc = run(env.only);
	while (nb_shapes > 0)
		perf_shape_fini(&shapes[--nb_shapes]);
	for (unsigned int s = 0; s < PERF_SIZES; s++)
		rte_mempool_free(one[s]);
	perf_pools_fini();
	TEST_ASSERT_SUCCESS(rc, "not measured");
	perf_print(&results);
	if (env.json != NULL)
		TEST_ASSERT_SUCCESS(perf_write_json(&results, env.json), "no %s", env.json);
	return TEST_SUCCESS;
}

REGISTER_PERF_TEST(gso_perf_autotest, test_gso_perf);
