/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Measuring cleave_gro_burst() against rte_gro: streams of TCP segments (traffic), who merges them
 * (side), and what a packet costs (cell). Neighbours: perf_gro_traffic.c makes the packets,
 * perf_gro_side.c has the competitors, perf_gro_run.c the clock, perf_gro_tax.c what cannot merge,
 * perf_gro_report.c prints, perf_gro_json.c writes, test_gro_perf.c has the matrix.
 */
#ifndef TESTS_PERF_GRO_H
#define TESTS_PERF_GRO_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_gro.h>
#include <rte_mbuf.h>

#include "cleave_gro.h"
#include "perf.h"
#include "perf_peer.h"

#define GRO_BURST 32
#define GRO_FULL 44 /* segments in a merged packet at most: 64 KB */
/* Packets of a pass at most, where memory allows; all of them may be held at the end of it. */
#define GRO_PKTS_MAX (16 * 65536)
#define GRO_FLOWS_MAX 65536
/* What is written of each packet: its headers and the first bytes of payload. */
#define GRO_HEAD 128

/** What the segments of a cell are. */
struct gro_kind {
	enum perf_type type;
	uint32_t flows;
	uint16_t train; /* segments of a flow in a row */
	bool known;	/* the port said that the checksums are good */
};

/** The stream: segments in sequence, of flows in an order that was drawn once. */
struct gro_traffic {
	struct gro_kind kind;
	uint8_t head[GRO_HEAD];
	struct cleave_pkt at; /* where its headers are */
	uint32_t len;
	struct gro_flow *flow;
	uint32_t *order;
	uint32_t turn;
	uint16_t left; /* of the train */
	bool told;     /* mbufs say packet type and header lengths, as rte_gro needs it */
};

extern struct rte_mempool *gro_pool;
/** The most packets that may be out of the pool: GRO_PKTS_MAX or what memory has. */
extern uint32_t gro_pkts_max;

/** 0 or -1. The mbufs lie in the pool in random order, as in one that was used for long. */
int gro_pool_init(void);

/** 0 or -1. */
int gro_traffic_init(struct gro_traffic *t, const struct gro_kind *kind);
void gro_traffic_fini(struct gro_traffic *t);

/** The next n (GRO_BURST) packets. 0, or -1: the pool ran out. */
int gro_traffic_next(struct gro_traffic *t, struct rte_mbuf **pkts, unsigned int n);

/** The flow of a packet, by its headers. */
static inline uint32_t
gro_flow_of(const struct gro_traffic *t, const uint8_t *p)
{
	const struct cleave_ip *ip = cleave_inner_ip(&t->at);

	return (pkt_be32(p + ip->off + (ip->version == 4 ? 12 : 20)) & 0xffffff) * 16 +
	       (pkt_be16(p + t->at.l4_off) & 0xf);
}

/** The competitors. Those in a table hold packets over bursts until 64 KB are full or the pass ends,
 *  those of a burst until it ends. rte_gro never looks at checksums: with _CKSUM, DPDK's own
 *  verification of each packet comes first. TOUCH merges nothing: it reads and writes what whoever
 *  merges has to. */
enum gro_side {
	GRO_CLEAVE,
	GRO_PEER,
	GRO_PEER_CKSUM,
	GRO_PEER_CKSUM_O2,
	GRO_CLEAVE_BURST,
	GRO_PEER_BURST,
	GRO_PEER_BURST_CKSUM,
	GRO_PEER_BURST_CKSUM_O2,
	GRO_TOUCH,
	GRO_SIDES
};

extern const char *const gro_side_names[GRO_SIDES];

static inline bool
gro_is_burst(enum gro_side side)
{
	return side >= GRO_CLEAVE_BURST && side <= GRO_PEER_BURST_CKSUM_O2;
}

static inline bool
gro_is_cleave(enum gro_side side)
{
	return side == GRO_CLEAVE || side == GRO_CLEAVE_BURST;
}

/** A competitor with the traffic of its own. */
struct gro_runner {
	enum gro_side side;
	struct gro_traffic traffic;
	uint32_t per_flow; /* packets of a flow in a pass; 0: it does not take part */
	struct cleave_gro *gro;
	void *ctx;
	struct rte_gro_param param;
	perf_verify_fn *verify;
	uint32_t nb_bad;		 /* packets with a wrong checksum */
	struct rte_mbuf **last, **first; /* TOUCH: of each flow */
	uint32_t nb_first;
	struct rte_mbuf *out[2 * GRO_BURST];
};

/** 0 or -1; per_flow is 0 where the side has no part in this kind. */
int gro_runner_init(struct gro_runner *r, enum gro_side side, const struct gro_kind *kind);
void gro_runner_fini(struct gro_runner *r);

/** Merge a burst. @return What leaves, *n packets of it. */
struct rte_mbuf **gro_runner_burst(struct gro_runner *r, struct rte_mbuf **pkts, uint16_t *n);

/** Take out what is held. */
uint16_t gro_runner_drain(struct gro_runner *r, struct rte_mbuf **out, uint16_t nb_out);

/** Cycles a packet. */
struct gro_cell {
	struct gro_kind kind;
	bool cold;
	bool here[GRO_SIDES];
	float cost[GRO_SIDES];	      /* medians */
	float early[GRO_SIDES];	      /* packets that left more than had to */
	uint32_t per_flow[GRO_SIDES]; /* in a pass */
	unsigned int samples[GRO_SIDES];
};

/** Packets that cannot merge: cleave_parse() alone, cleave_gro_burst(), rte_gro. */
enum gro_tax { GRO_TAX_ACK, GRO_TAX_UDP, GRO_TAX_ARP, GRO_TAXES };
struct gro_tax_cell {
	bool here;
	float parse, cleave, peer;
};

/**
 * Check once that all sides merge what they should, then measure, each in turns, up to rounds
 * times, fewer where that takes too long.
 * @return 0, or -1: something merged wrong, or memory ran out.
 */
int gro_measure(struct gro_cell *c, unsigned int rounds);
int gro_measure_tax(enum gro_tax kind, struct gro_tax_cell *c, unsigned int rounds);

extern const char *const gro_tax_names[GRO_TAXES];

struct gro_results {
	unsigned int rounds, nb;
	struct gro_cell cell[128];
	struct gro_tax_cell tax[GRO_TAXES];
};

/** "tcp4.64.1", "tcp4.64.1_verify", "tcp4.64.1_cold" */
const char *gro_cell_name(const struct gro_cell *c, char *buf, size_t len);

/** NULL: not measured. */
const struct gro_cell *gro_cell_find(
	const struct gro_results *r, const struct gro_kind *kind, bool cold);

/** Where the figures of rte_gro stand: it has no TCP over IPv6, its TCP over IPv4 stands for it. */
const struct gro_cell *gro_cell_peer(const struct gro_results *r, const struct gro_cell *c);

/** Cycles for the verification of a payload of 1460 bytes; 0: not measured. */
float gro_verification(const struct gro_results *r);

void gro_print(const struct gro_results *r);
/** 0, or -1 with a message. */
int gro_write_json(const struct gro_results *r, const char *path);

#endif
