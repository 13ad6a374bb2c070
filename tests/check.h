/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The judge of segmentation: input bytes and output frames against SEMANTICS.md part 2, rule by
 * rule, with nothing of lib/ in it. It judges the kernel's segments as well as ours. Neighbours:
 * gso/, conformance/.
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stdint.h>

#include <rte_mbuf.h>

#include "cleave_gso.h"

struct check_frame {
	const uint8_t *data;
	uint32_t len;
};

/** Segments that the input must become. */
unsigned int check_count(const uint8_t *in, uint32_t len, uint32_t mss);

/**
 * Whether these frames are the segments of the input, in order and to the last byte. The input's
 * checksums and trailing padding are not looked at.
 * @return 0, or -1 after a line that names the segment, the field and both values.
 */
int check_segments(const uint8_t *in, uint32_t len, const struct cleave_gso_req *req,
	const struct check_frame *seg, unsigned int nb);

/** Everything of the input mbuf that its segments carry over. */
struct check_meta {
	uint64_t ol_flags; /* of which those of VLAN, hash, timestamp carry over */
	uint64_t hash;
	uint64_t dynfield;
	uint16_t vlan_tci, vlan_tci_outer, port;
};

/** Mark an mbuf with what must carry over. Registers a dynamic field and flag. */
int check_meta_set(struct rte_mbuf *m, struct check_meta *meta);

/**
 * check_segments() of mbufs, and what is particular to mbufs: sound chains, headers that may be
 * written to, offload flags and lengths, metadata. meta may be NULL.
 */
int check_mbufs(const uint8_t *in, uint32_t len, const struct cleave_gso_req *req,
	const struct check_meta *meta, struct rte_mbuf **seg, unsigned int nb);

/** Free a burst, pieces and all. */
void check_free(struct rte_mbuf **seg, unsigned int nb);

#endif
