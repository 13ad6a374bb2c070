/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Measuring cleave_gso_segment() against rte_gso: what is cut (shape), how (way), and what that
 * costs. Neighbours: perf_shape.c makes the packets, perf_cut.c cuts them, perf_run.c measures,
 * perf_report.c prints, test_gso_perf.c has the matrix, perf_peer.c is rte_gso.
 */
#ifndef TESTS_PERF_H
#define TESTS_PERF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "../pkt.h"
#include "perf_util.h"

/* No TCP options: frames of 1514 bytes where there is no tunnel. */
#define PERF_MSS 1460
/* Segments between two readings of the clock: those of the longest packet, or of several. */
#define PERF_BATCH_SEGS 44
#define PERF_BATCH_MAX (2 * PERF_BATCH_SEGS)
/* Packets of 44 segments that a cold working set has: more than 32 MB. */
#define PERF_COLD_PKTS 576
/* Of one competitor in one round; each is a mean over several batches. */
#define PERF_SAMPLES 10

enum perf_type { PERF_TCP4, PERF_TCP6, PERF_VXLAN, PERF_TYPES };
enum perf_layout { PERF_MSS_MBUFS, PERF_2K_MBUFS, PERF_ONE_MBUF, PERF_LAYOUTS };
enum perf_temp { PERF_HOT, PERF_COLD, PERF_TEMPS };

/** The last three are rte_gso: alone, and followed by DPDK's checksum functions, which are inline
 *  and so depend on how the program is compiled. */
enum perf_way {
	PERF_UNCHAIN,
	PERF_UNCHAIN_CKSUM,
	PERF_UNCHAIN_SUMS,
	PERF_SG,
	PERF_SG_CKSUM,
	PERF_LINEAR,
	PERF_LINEAR_CKSUM,
	PERF_OURS,
	PERF_PEER = PERF_OURS,
	PERF_PEER_CKSUM,
	PERF_PEER_CKSUM_O2,
	PERF_WAYS
};

/** A packet and how it lies in mbufs. */
struct perf_shape {
	enum perf_type type;
	enum perf_layout layout;
	uint16_t segs;		/* what it is cut into */
	uint16_t batch;		/* packets between two readings of the clock */
	struct rte_mempool *in; /* its mbufs */
	struct pkt bytes;	/* its headers count; each mbuf's payload is what was there */
	uint64_t ol_flags;	/* what rte_gso has to be told, and is told for nothing */
	uint64_t tx_offload;
};

/** Pools that last as long as the test: in has the mbufs of all layouts but PERF_ONE_MBUF. */
extern struct rte_mempool *perf_in, *perf_direct, *perf_indirect;

int perf_pools_init(void);
void perf_pools_fini(void);

/** A pool whose mbufs have room for a whole packet. */
struct rte_mempool *perf_pool_one(uint32_t payload);

/** in: perf_in, or for PERF_ONE_MBUF such a pool. 0, or -1: no packet. */
int perf_shape_init(struct perf_shape *s, enum perf_type type, enum perf_layout layout,
	uint32_t payload, struct rte_mempool *in);
void perf_shape_fini(struct perf_shape *s);

/** A packet of that shape; sums: with each mbuf's payload sum in its struct cleave_meta. */
struct rte_mbuf *perf_packet(const struct perf_shape *s, bool sums);

/** Cycles a segment. make: input consumed, cleave_parse() included. free: what the driver pays. */
struct perf_cost {
	float parse, make, free;
};

static inline double
perf_sum(const struct perf_cost *c)
{
	return c->make + c->free;
}

/** What the ways cost with one shape. */
struct perf_cell {
	bool here[PERF_WAYS];		  /* takes part; see perf_try() */
	struct perf_cost cost[PERF_WAYS]; /* medians of all samples */
};

/** One competitor. */
struct perf_entry {
	const struct perf_shape *shape;
	enum perf_way way;
	struct perf_cell *to; /* [temps] */
	unsigned int nb_samples[PERF_TEMPS];
	struct perf_cost sample[PERF_TEMPS][PERF_ROUNDS_MAX * PERF_SAMPLES];
};

/** Those that take turns within a round. */
struct perf_contest {
	enum perf_temp last; /* PERF_HOT: not cold */
	unsigned int nb;
	struct perf_entry e[16];
};

/**
 * Cut once and check the result: number of segments, the way, and that the checksums are right
 * where they are complete. Sets here. @return 0, or -1: it cannot be cut, or came out wrong.
 * (-ENOTSUP, or a packet that is cut another way, is no error: here is false.)
 */
int perf_try(struct perf_entry *e);

/** count packets of the entry's shape. 0, or -1: none, a pool ran out. */
int perf_build(const struct perf_entry *e, struct rte_mbuf **pkts, unsigned int count);

/**
 * Walk and cut a batch of packets, which is consumed; t: before, between, behind.
 * @return How many segments are in out (PERF_BATCH_MAX), or 0 or -errno of the first that failed.
 */
int perf_cut(
	const struct perf_entry *e, struct rte_mbuf **pkts, struct rte_mbuf **out, uint64_t t[3]);

/** All contests, round by round; costs go where each entry says. 0, or -1: a pool ran out. */
int perf_run(struct perf_contest *c, unsigned int nb, unsigned int rounds);

#define PERF_SIZES 4
#define PERF_FLAT 5

struct perf_results {
	unsigned int rounds;
	struct perf_cell cell[PERF_TYPES][PERF_SIZES][PERF_LAYOUTS][PERF_TEMPS];
	/* over the number of segments: sg, unchain, rte_gso; then over the type at 44 segments */
	struct perf_cell flat[PERF_FLAT];
	struct perf_cell type[PERF_TYPES];
};

/** A cell of the matrix by name. */
struct perf_place {
	enum perf_type type;
	unsigned int size;
	enum perf_layout layout;
	enum perf_temp temp;
};

static inline const struct perf_cell *
perf_cell_at(const struct perf_results *r, struct perf_place at)
{
	return &r->cell[at.type][at.size][at.layout][at.temp];
}

/** Call fn for every cell, types first. */
void perf_each_cell(const struct perf_results *r,
	void (*fn)(const struct perf_results *r, struct perf_place at, void *arg), void *arg);

/**
 * What rte_gso makes of the same; NULL: nothing. It has no TCP over IPv6, which is compared with
 * its TCP over IPv4. o2: compiled at -O2, NULL where that makes no difference.
 */
const struct perf_cost *perf_peer_of(
	const struct perf_results *r, struct perf_place at, enum perf_way way, bool o2);

extern const char *const perf_way_names[PERF_OURS];
extern const char *const perf_type_names[PERF_TYPES];
extern const char *const perf_layout_names[PERF_LAYOUTS];
extern const char *const perf_size_names[PERF_SIZES];
extern const uint32_t perf_sizes[PERF_SIZES];
extern const uint16_t perf_flat_segs[PERF_FLAT];

void perf_print(const struct perf_results *r);
/** 0, or -1 with a message. */
int perf_write_json(const struct perf_results *r, const char *path);

#endif
