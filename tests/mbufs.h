/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Bytes into mbufs and out of them: chains of any pieces, external buffers, buffers that end where
 * the next byte faults, and pools that can be counted and drained. Neighbour: pkt.h.
 */
#ifndef TESTS_MBUFS_H
#define TESTS_MBUFS_H

#include <stdint.h>

#include <rte_mbuf.h>
#include <rte_mempool.h>

/**
 * A chain whose mbufs hold pieces[0], pieces[1], ... bytes, the last size repeating; NULL: as much
 * as fits. NULL when the pool runs out or a piece is larger than its mbufs.
 */
struct rte_mbuf *mbuf_chain(struct rte_mempool *mp, const void *data, uint32_t len,
	const uint16_t *pieces, unsigned int nb_pieces);

/** Two mbufs, the first with `first` bytes; one when that is 0 or len. */
struct rte_mbuf *mbuf_split(struct rte_mempool *mp, const void *data, uint32_t len, uint16_t first);

/** Copy a packet out of its chain. Its length; buf has room for max, more is cut off. */
uint32_t mbuf_flat(const struct rte_mbuf *m, uint8_t *buf, uint32_t max);

/** Whether the packet's bytes are these, and its lengths and nb_segs agree with its chain. */
bool mbuf_is(const struct rte_mbuf *m, const void *data, uint32_t len);

/** An mbuf on an external buffer of its own with a copy of data; *freed counts when it goes. */
struct rte_mbuf *mbuf_ext(
	struct rte_mempool *mp, const void *data, uint16_t len, unsigned int *freed);

/** Pages of which the last is not accessible. */
struct guard {
	uint8_t *map;
	size_t size; /* of the accessible part */
	struct rte_mbuf_ext_shared_info shinfo;
};

int guard_init(struct guard *g, size_t size);
void guard_fini(struct guard *g);

/** An mbuf that holds data in the last len accessible bytes: reading one more is a fault. */
struct rte_mbuf *guard_mbuf(
	struct guard *g, struct rte_mempool *mp, const void *data, uint16_t len);

/** Take mbufs out of a pool until `left` are in it; put them back. */
struct drain {
	struct rte_mempool *mp;
	struct rte_mbuf **taken;
	unsigned int nb;
};

int drain_to(struct drain *d, struct rte_mempool *mp, unsigned int left);
void drain_undo(struct drain *d);

#endif
