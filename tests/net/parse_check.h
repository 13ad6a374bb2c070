/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the parse tests share: comparison of two walks, and what holds of every walk. Neighbours:
 * test_parse.c (well-formed frames), test_parse_bad.c (all others).
 */
#ifndef TESTS_PARSE_CHECK_H
#define TESTS_PARSE_CHECK_H

#include "mbufs.h"
#include "pkt.h"
#include "test.h"

/** Name of the first field in which two walks differ, NULL when they are the same. */
const char *parse_differs(const struct cleave_pkt *a, const struct cleave_pkt *b);

/** Name of the first thing that cannot be so, NULL when all is well. len: of the frame. */
const char *parse_insane(const struct cleave_pkt *p, int rc, uint32_t len);

/** Walk bytes that end where memory ends; then the same with the first half in another mbuf. Both
 *  must say the same, and nothing absurd: else -EIO. */
int parse_guarded(struct guard *guard, struct rte_mempool *mp, const uint8_t *data, uint32_t len,
	struct cleave_pkt *got);

/** What the suites walk frames in: guarded memory, and a pool that has to be full at the end. */
extern struct parse_env {
	struct rte_mempool *mp;
	struct guard guard;
} parse_env;

int parse_setup(void);
void parse_teardown(void);
/** The last case of each suite. */
int parse_test_pools(void);

/** One of a few hundred thousand descriptions of frames, chosen at random. */
void parse_random_spec(uint32_t *seed, struct pkt_spec *spec);

#endif
