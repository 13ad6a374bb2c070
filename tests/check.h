/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The judge of segmentation: input bytes and output frames against SEMANTICS.md part 2, with
 * nothing of lib/ in it. It writes down what each frame has to be, naively, and compares. It judges
 * the kernel's segments as well as ours. Neighbours: gso/, conformance/, model.h (inside).
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stdint.h>

#include <rte_mbuf.h>

#include "cleave_gso.h"
#include "pkt.h"

struct check_frame {
	const uint8_t *data;
	uint32_t len;
};

/** What is cut. */
struct check_in {
	const uint8_t *data;
	uint32_t len;
	const struct cleave_pkt *at; /* what is where, as the builder says; no lib/ here */
	/* The payload, piece by piece: the packets of CLEAVE_GSO_BY_FRAGS, or what lies in each
	 * mbuf where sums are given. */
	const uint16_t *pieces;
	unsigned int nb_pieces;
	const uint16_t *sums; /* pretended sum of each piece, host order; NULL: the true ones */
};

static inline struct check_in
check_in(const struct pkt *p)
{
	return (struct check_in){.data = p->data, .len = p->len, .at = &p->want};
}

/** Frames that the input must become; 0: not an input of this type. */
unsigned int check_nb(const struct check_in *in, const struct cleave_gso_req *req);

/**
 * Whether these frames are the segments of the input, in order and to the last byte. Checksums and
 * trailing padding of the input are not looked at, but for what is fragmented as it is.
 * @return 0, or -1 after a line that names the segment, the field and both values.
 */
int check_frames(const struct check_in *in, const struct cleave_gso_req *req,
	const struct check_frame *seg, unsigned int nb);

/** Write frame i of nb into buf, as it has to be. Its length, 0: longer than max. */
uint32_t check_write(const struct check_in *in, const struct cleave_gso_req *req, unsigned int i,
	unsigned int nb, uint8_t *buf, uint32_t max);

/** Plain TCP of which nothing is known but the bytes: walk them, and fill in *at. */
struct check_in check_in_tcp(const uint8_t *in, uint32_t len, struct cleave_pkt *at);

/** check_nb() and check_frames() of such a packet. */
unsigned int check_count(const uint8_t *in, uint32_t len, uint32_t mss);
int check_segments(const uint8_t *in, uint32_t len, const struct cleave_gso_req *req,
	const struct check_frame *seg, unsigned int nb);

/** Everything of the input mbuf that its segments carry over. */
struct check_meta {
	uint64_t ol_flags; /* of which those of VLAN, hash, timestamp carry over */
	uint64_t hash;
	uint64_t dynfield, timestamp;
	uint16_t vlan_tci, vlan_tci_outer, port;
};

/** Mark an mbuf with what must carry over. Registers dynamic fields and flags. */
int check_meta_set(struct rte_mbuf *m, struct check_meta *meta);

/**
 * check_frames() of mbufs, and what is particular to mbufs: sound chains, headers that may be
 * written to, offload flags and lengths, metadata. meta may be NULL.
 */
int check_mbufs(const struct check_in *in, const struct cleave_gso_req *req,
	const struct check_meta *meta, struct rte_mbuf **seg, unsigned int nb);

/** What holds of any mbuf that comes out, i of nb: a sound chain, marks that tell the truth. */
int check_sound(const struct rte_mbuf *m, unsigned int i, unsigned int nb);
int check_carried(
	const struct check_meta *meta, const struct rte_mbuf *m, unsigned int i, unsigned int nb);

/** Free a burst, pieces and all. Its bytes are spoilt, for who reads what he did not write. */
void check_free(struct rte_mbuf **seg, unsigned int nb);

#endif
