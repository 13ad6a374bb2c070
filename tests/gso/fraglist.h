/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Fragment lists for tests: packets, and the chain that they are after a merge. Neighbours:
 * test_shapes.c, test_shapes_not.c.
 */
#ifndef TESTS_GSO_FRAGLIST_H
#define TESTS_GSO_FRAGLIST_H

#include "gso_test.h"
#include "shapes.h"

#define LIST_NB 5
#define LIST_MSS 1000
#define LIST_REST 333

struct list {
	struct rte_mempool *mp; /* of the mbufs */
	struct pkt p[LIST_NB];	/* the packets, as they were */
	struct rte_mbuf *m;
	uint8_t flat[SHAPES_FRAME_MAX]; /* the whole, as it is before the cut */
	struct pkt whole;		/* the same, as gso_refused_packet() wants it */
};

/** Build the packets, with IDs, windows and flags of their own. 0, or -1. */
int list_build(struct list *l, const struct pkt_spec *spec, struct rte_mempool *mp);
void list_free(struct list *l);

/**
 * Make the chain: headers of the packets behind the first one lie before their data. On the head
 * are the lengths of the whole, FIN and PSH of the last.
 * @param junk  no checksums but for whether there are some; else those of the whole.
 */
int list_merge(struct list *l, bool junk);

/** Take the chain's bytes down again. */
void list_flatten(struct list *l);

/** The checksum field of TCP or UDP. */
uint8_t *list_l4_cksum(uint8_t *frame, const struct cleave_pkt *want);

#endif
