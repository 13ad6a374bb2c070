/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What all benchmarks share. Neighbour: perf_util.h.
 */
#include "perf_util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_version.h>

#define EVICT_BYTES (8u << 20) /* several times the caches that belong to a core */

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

static const char *
get(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || *value == '\0' ? NULL : value;
}

int
perf_env_get(struct perf_env *env)
{
	const char *rounds = get("CLEAVE_BENCH_ROUNDS");
	int n = rounds == NULL ? PERF_ROUNDS : atoi(rounds);

	if (n <= 0) {
		printf("CLEAVE_BENCH_ROUNDS is %s\n", rounds);
		return -1;
	}
	env->rounds = RTE_MIN(n, PERF_ROUNDS_MAX);
	env->only = get("CLEAVE_BENCH_ONLY");
	env->json = get("CLEAVE_BENCH_JSON");
	return 0;
}

static int
compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

uint64_t
perf_clock_cost(void)
{
	uint64_t t[1001];

	for (unsigned int i = 0; i < RTE_DIM(t); i++) {
		t[i] = rte_rdtsc_precise();
		t[i] = rte_rdtsc_precise() - t[i];
	}
	qsort(t, RTE_DIM(t), sizeof(t[0]), compare_u64);
	return t[RTE_DIM(t) / 2];
}

static int
compare_float(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

float
perf_median(float *v, unsigned int nb)
{
	qsort(v, nb, sizeof(v[0]), compare_float);
	return nb == 0 ? 0 : (v[(nb - 1) / 2] + v[nb / 2]) / 2;
}

void
perf_evict(void)
{
	static uint8_t evict[EVICT_BYTES];

	for (uint32_t i = 0; i < EVICT_BYTES; i += RTE_CACHE_LINE_SIZE)
		*(volatile uint8_t *)(evict + i) += 1;
}

/* A string without what JSON would have to escape. */
static void
write_cpu(FILE *f)
{
	char line[256], *at = NULL;
	FILE *cpu = fopen("/proc/cpuinfo", "r");

	while (cpu != NULL && at == NULL && fgets(line, sizeof(line), cpu) != NULL)
		if (strncmp(line, "model name", 10) == 0)
			at = strchr(line, ':');
	if (at != NULL)
		at[strcspn(at, "\n\"\\")] = '\0';
	fprintf(f, "\"host.cpu\": \"%s\"", at == NULL ? "?" : at + 2);
	if (cpu != NULL)
		fclose(cpu);
}

FILE *
perf_json_open(const char *path)
{
	FILE *f = fopen(path, "w");

	if (f == NULL) {
		printf("%s: %s\n", path, strerror(errno));
		return NULL;
	}
	fprintf(f, "{\n");
	write_cpu(f);
	fprintf(f, ",\n\"host.tsc_mhz\": %.0f", rte_get_tsc_hz() / 1e6);
	fprintf(f, ",\n\"host.hugepages\": %s", rte_eal_has_hugepages() ? "true" : "false");
	fprintf(f, ",\n\"host.cc\": \"%s\"", COMPILER);
	fprintf(f, ",\n\"dpdk\": \"%s\"", rte_version());
	return f;
}

int
perf_json_close(FILE *f)
{
	fprintf(f, "\n}\n");
	return fclose(f) == 0 ? 0 : -1;
}
