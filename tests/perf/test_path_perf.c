/* SPDX-License-Identifier: BSD-3-Clause
 *
 * path_perf_autotest: what merging and cutting are for. Frames go from a generator to a sink on one
 * lcore, with so many cycles of work for each packet that is handed on: with GRO and GSO, without,
 * and with rte_gro and rte_gso, in turns. Prints frames a second and what was gained; fails only
 * where frames are lost. CLEAVE_BENCH_JSON: a file for the figures; CLEAVE_BENCH_ROUNDS: how often;
 * CLEAVE_BENCH_ONLY: only this work ("200"). Neighbour: perf_path.h.
 */
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_version.h>

#include "../test.h"
#include "cleave_net.h"
#include "perf_path.h"

#define FRAMES 16384 /* of a turn */

static const uint32_t works[] = {0, 200, 500, 1000};
#define WORKS RTE_DIM(works)

struct path_results {
	unsigned int rounds;
	bool here[WORKS];
	float cycles[WORKS][PATH_WAYS]; /* a frame; medians */
	float merged[WORKS][PATH_WAYS]; /* frames in a packet that is handed on */
};

static struct path_results results;

/* All frames arrive, cut by an engine that refuses what is malformed where the port cuts. */
static int
try_ways(void)
{
	for (enum path_way w = 0; w < PATH_WAYS; w++)
		TEST_ASSERT_NOT_EQUAL(
			path_run(w, 4096, 0, true), 0, "%s: frames lost or refused", path_names[w]);
	return TEST_SUCCESS;
}

static int
measure(unsigned int work)
{
	static float v[PATH_WAYS][PERF_ROUNDS_MAX];
	uint64_t from, frames;

	for (int i = -1; i < (int)results.rounds; i++) /* the first one warms up */
		for (enum path_way w = 0; w < PATH_WAYS; w++) {
			from = rte_rdtsc_precise();
			frames = path_run(w, FRAMES, works[work], false);
			TEST_ASSERT_NOT_EQUAL(frames, 0, "%s: frames lost", path_names[w]);
			if (i >= 0)
				v[w][i] = (float)(rte_rdtsc_precise() - from) / frames;
			results.merged[work][w] = (float)frames / path_handed_on();
		}
	for (enum path_way w = 0; w < PATH_WAYS; w++)
		results.cycles[work][w] = perf_median(v[w], results.rounds);
	results.here[work] = true;
	return TEST_SUCCESS;
}

static int
run(const char *only)
{
	char name[16];

	TEST_ASSERT_SUCCESS(path_init(), "no ports");
	TEST_ASSERT_SUCCESS(try_ways(), "not measured");
	for (unsigned int i = 0; i < WORKS; i++) {
		snprintf(name, sizeof(name), "%u", works[i]);
		if ((only == NULL || strcmp(name, only) == 0) && measure(i) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static float
mpps(unsigned int work, enum path_way way)
{
	return rte_get_tsc_hz() / 1e6 / results.cycles[work][way];
}

static float
gain(unsigned int work, enum path_way way)
{
	return 100 * (results.cycles[work][PATH_OFF] / results.cycles[work][way] - 1);
}

static void
print(void)
{
	printf("Frames of %u bytes of payload, %u flows in trains of %u, bursts of %u, checksums "
	       "known\n"
	       "good, from net_probe's generator to a net_probe that throws them away (the sink), "
	       "on\n"
	       "one lcore; work: cycles for each packet handed on, merged or not. Mpps counts "
	       "frames,\n"
	       "those that the port cuts, too; gain: in frames a second, against off. in: frames "
	       "in a\n"
	       "packet handed on. rte_gro is told header lengths for nothing, and the checksums "
	       "that\n"
	       "testpmd's csum mode computes of packets that were not merged are left out.\n"
	       "%s, sums by %s, %s, medians of %u rounds in turns\n",
		PERF_MSS, PATH_FLOWS, PATH_TRAIN, PATH_BURST, rte_version(), cleave_sum_impl(),
		rte_eal_has_hugepages() ? "huge pages" : "no huge pages", results.rounds);
	for (unsigned int i = 0; i < WORKS; i++) {
		if (!results.here[i])
			continue;
		printf("\nwork of %u cycles\n%-10s %8s %8s %8s %6s\n", works[i], "way", "Mpps",
			"cycles", "gain", "in");
		for (enum path_way w = 0; w < PATH_WAYS; w++)
			printf("%-10s %8.2f %8.1f %+7.0f%% %6.1f  %s\n", path_names[w], mpps(i, w),
				results.cycles[i][w], gain(i, w), results.merged[i][w],
				path_texts[w]);
	}
}

static int
write_json(const char *path)
{
	FILE *f = perf_json_open(path);

	if (f == NULL)
		return -1;
	fprintf(f, ",\n\"path.flows\": %u,\n\"path.train\": %u", PATH_FLOWS, PATH_TRAIN);
	for (unsigned int i = 0; i < WORKS; i++)
		for (enum path_way w = 0; w < PATH_WAYS && results.here[i]; w++) {
			fprintf(f, ",\n\"path.%u.%s.mpps\": %.3f", works[i], path_names[w],
				mpps(i, w));
			fprintf(f, ",\n\"path.%u.%s.cycles\": %.1f", works[i], path_names[w],
				results.cycles[i][w]);
			fprintf(f, ",\n\"path.%u.%s.gain\": %.1f", works[i], path_names[w],
				gain(i, w));
		}
	return perf_json_close(f);
}

static int
test_path_perf(void)
{
	struct perf_env env;
	int rc;

	TEST_ASSERT_SUCCESS(perf_env_get(&env), "bad environment");
	memset(&results, 0, sizeof(results));
	results.rounds = env.rounds;
	rc = run(env.only);
	path_fini();
	if (rc != TEST_SUCCESS)
		return TEST_FAILED;
	print();
	if (env.json != NULL)
		TEST_ASSERT_SUCCESS(write_json(env.json), "no %s", env.json);
	return TEST_SUCCESS;
}

REGISTER_PERF_TEST(path_perf_autotest, test_path_perf);
