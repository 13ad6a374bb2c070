/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What all benchmarks share: the environment that says how they run, the clock, medians, and the
 * file of figures with what is known of the machine. Neighbours: perf_util.c; test_*_perf.c.
 */
#ifndef TESTS_PERF_UTIL_H
#define TESTS_PERF_UTIL_H

#include <stdint.h>
#include <stdio.h>

#define PERF_ROUNDS 31
#define PERF_ROUNDS_MAX 100

/** NULL: not asked for. */
struct perf_env {
	unsigned int rounds; /* CLEAVE_BENCH_ROUNDS: how often each has its turn */
	const char *only;    /* CLEAVE_BENCH_ONLY: what has this in its name */
	const char *json;    /* CLEAVE_BENCH_JSON: the file for the figures */
};

/** 0, or -1 with a message. */
int perf_env_get(struct perf_env *env);

/** What two readings of the clock cost: the median. */
uint64_t perf_clock_cost(void);

/** Cycles between two readings, without those. */
static inline uint64_t
perf_interval(uint64_t from, uint64_t to, uint64_t clock)
{
	return to - from > clock ? to - from - clock : 0;
}

/** The median; v gets sorted. 0 of nothing. */
float perf_median(float *v, unsigned int nb);

/** Throw what was built out of the caches that belong to the core. */
void perf_evict(void);

/** Begin a JSON object with what the machine is; the next entries begin with ",\n". NULL: a message
 *  was printed. */
FILE *perf_json_open(const char *path);
/** 0 or -1. */
int perf_json_close(FILE *f);

#endif
