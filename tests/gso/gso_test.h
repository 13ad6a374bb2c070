/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the GSO tests share: pools that are counted, packets in every kind of mbuf (gso_input.c),
 * the cut itself with all that must hold before and after it (gso_test.c). Neighbours: check.h
 * judges the bytes.
 */
#ifndef TESTS_GSO_TEST_H
#define TESTS_GSO_TEST_H

#include "check.h"
#include "cleave_gso.h"
#include "mbufs.h"
#include "pkt.h"
#include "test.h"

#define GSO_OUT_MAX 4096
#define GSO_NB_PIN 255

/** How segments were made, as the pools and the mbufs that came out tell. */
enum gso_way {
	GSO_WAY_WHOLE,	 /* one segment */
	GSO_WAY_UNCHAIN, /* of the packet's own mbufs; nothing was allocated */
	GSO_WAY_SCATTER, /* headers of the direct pool, payload by reference */
	GSO_WAY_LINEAR,	 /* one mbuf of the direct pool each, and nothing of the packet's */
	GSO_WAY_OTHER,
};

/** The pools of all GSO tests; the second set has per-lcore caches. */
struct gso_env {
	struct rte_mempool *in;	  /* what comes in */
	struct rte_mempool *pin;  /* mbufs with pinned external buffers */
	struct rte_mempool *hold; /* clones of what comes in */
	struct cleave_gso_pools pools[2];
	enum gso_way way; /* of the last packet that was cut */
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
	GSO_MIXED,    /* all of the above in one chain */
	GSO_EMPTY,    /* as GSO_PLAIN, with mbufs of no bytes between */
	GSO_TIGHT,    /* as GSO_PLAIN, with 0 to 63 bytes of headroom */
	GSO_PINNED,   /* mbufs of a pool with pinned external buffers; there are few */
	GSO_INPUTS,
};

#define GSO_HELD_MAX 64

/** A packet, and who else holds it. */
struct gso_packet {
	struct rte_mbuf *m;
	struct rte_mbuf *other;		     /* the other holder's, or NULL */
	struct rte_mbuf *held[GSO_HELD_MAX]; /* GSO_MIXED: pieces that others hold, */
	uint32_t held_off[GSO_HELD_MAX];     /* and where they belong */
	unsigned int nb_held;
	unsigned int nb_ext, nb_freed;
	const struct pkt *pkt;
};

/** Put a frame into mbufs, marked for segmentation. */
int gso_packet(struct gso_packet *g, const struct pkt *p, enum gso_input kind,
	const uint16_t *pieces, unsigned int nb_pieces);

/** The other holder lets go: his bytes are what they were, and no one else holds them. */
int gso_packet_release(struct gso_packet *g);

/** Drop a packet that was not consumed. */
void gso_packet_drop(struct gso_packet *g);

/** Payload bytes of each mbuf of a packet. How many there are. */
unsigned int gso_payload_pieces(
	const struct rte_mbuf *m, const struct cleave_pkt *at, uint16_t *pieces, unsigned int max);

/**
 * Cut a packet in memory of a kind, have the segments judged, free them, and count the pools.
 */
int gso_cut(const struct pkt *p, const struct cleave_gso_req *req, enum gso_input kind,
	const uint16_t *pieces, unsigned int nb_pieces);

/** The same of a packet that is there already, and judged as `in` says. Releases it. */
int gso_cut_packet(struct gso_packet *g, const struct check_in *in,
	const struct cleave_gso_req *req, const struct cleave_gso_pools *pools);

/** Build a frame, have it looked at, free it. */
int gso_with_frame(const struct pkt_spec *s, int (*fn)(struct pkt *p));

/** gso_cut() with and without each of LINEAR, HW_IP_CKSUM, HW_L4_CKSUM; type CLEAVE_GSO_L4. */
int gso_cut_ways(const struct pkt *p, uint16_t mss, uint16_t flags, const uint16_t *pieces,
	unsigned int nb_pieces);

/** That the cut ends in this error, consumes nothing, changes nothing and loses nothing. */
int gso_refused(const struct pkt *p, const struct cleave_gso_req *req, uint16_t nb_out, int want);

/** The same of a packet that is there already, with pools that may be drained. */
int gso_refused_packet(struct gso_packet *g, const struct cleave_gso_req *req,
	const struct cleave_gso_pools *pools, uint16_t nb_out, int want);

/** A copy of all that an mbuf chain is, its bytes and its mbufs', to compare with later. */
struct gso_image {
	struct rte_mbuf *mbufs;
	uint8_t *data;
	uint32_t len;
	unsigned int nb;
};

int gso_image(struct gso_image *image, const struct rte_mbuf *m);

/** Whether the chain still is that. */
bool gso_same(const struct gso_image *image, const struct rte_mbuf *m);
void gso_image_free(struct gso_image *image);

/** gso_same(), and the image is freed. */
bool gso_unchanged(struct gso_image *image, const struct rte_mbuf *m);

#endif
