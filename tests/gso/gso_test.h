/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the GSO tests share: pools that are counted, packets in every kind of mbuf, the cut itself
 * with all that must hold before and after it. Neighbours: check.h judges the bytes.
 */
#ifndef TESTS_GSO_TEST_H
#define TESTS_GSO_TEST_H

#include "check.h"
#include "cleave_gso.h"
#include "mbufs.h"
#include "pkt.h"
#include "test.h"

#define GSO_OUT_MAX 4096

/** The pools of all GSO tests; the second set has per-lcore caches. */
struct gso_env {
	struct rte_mempool *in;	  /* what comes in */
	struct rte_mempool *pin;  /* mbufs with pinned external buffers */
	struct rte_mempool *hold; /* clones of what comes in */
	struct cleave_gso_pools pools[2];
};

extern struct gso_env gso;

int gso_setup(void);

/** Whether every mbuf is back in its pool; says which is not. */
int gso_pools_full(void);

/** How the bytes of a packet lie in memory. */
enum gso_input {
	GSO_PLAIN,    /* direct mbufs of which there is one reference */
	GSO_SHARED,   /* somebody else has a reference to each mbuf */
	GSO_CLONED,   /* indirect mbufs, the direct ones are somebody else's */
	GSO_EXTERNAL, /* external buffers, all but the last piece of at most 60000 bytes */
	GSO_PINNED,   /* mbufs of a pool with pinned external buffers */
	GSO_INPUTS,
};

/** A packet, and who else holds it. */
struct gso_packet {
	struct rte_mbuf *m;
	struct rte_mbuf *other; /* the other holder's, or NULL */
	unsigned int nb_ext, nb_freed;
	const struct pkt *pkt;
};

int gso_packet(struct gso_packet *g, const struct pkt *p, enum gso_input kind,
	const uint16_t *pieces, unsigned int nb_pieces);

/** The other holder lets go: his bytes are what they were, and no one else holds them. */
int gso_packet_release(struct gso_packet *g);

/** Drop a packet that was not consumed. */
void gso_packet_drop(struct gso_packet *g);

/**
 * Cut a packet in memory of a kind, have the segments judged, free them, and count the pools.
 */
int gso_cut(const struct pkt *p, const struct cleave_gso_req *req, enum gso_input kind,
	const uint16_t *pieces, unsigned int nb_pieces);

/** gso_cut() with and without each of LINEAR, HW_IP_CKSUM, HW_L4_CKSUM. */
int gso_cut_ways(const struct pkt *p, uint16_t mss, uint16_t flags, const uint16_t *pieces,
	unsigned int nb_pieces);

/** That the cut ends in this error, consumes nothing, changes nothing and loses nothing. */
int gso_refused(const struct pkt *p, const struct cleave_gso_req *req, uint16_t nb_out, int want);

/** The same of a packet that is there already, with pools that may be drained. */
int gso_refused_packet(struct gso_packet *g, const struct cleave_gso_req *req,
	const struct cleave_gso_pools *pools, uint16_t nb_out, int want);

#endif
