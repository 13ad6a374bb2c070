/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the transmit decision ought to be, read from SEMANTICS.md and from what DPDK says of each
 * offload, not from lib/tx; and a packet's way through two ports, whose frames must be the same.
 * Neighbours: decision.c; test_tunnel.c, test_partial.c, test_uso.c, test_meta.c.
 */
#ifndef TX_DECISION_H
#define TX_DECISION_H

#include "frames.h"

/** How a packet says that it is to be cut. */
enum tx_mark {
	TX_MARK_REQUEST, /**< marked, with complete checksums */
	TX_MARK_UNSUM,	 /**< marked, with checksums left to the port */
	TX_MARK_LRO,	 /**< merged before us */
	TX_MARK_NONE,	 /**< longer than the MTU of 1500 */
	TX_MARKS
};

/** tx_case.meta: the dynamic field is there, maybe with none of its flags. */
#define TX_CASE_META 0x80

/** One packet on one port. */
struct tx_case {
	const struct pkt_spec *spec;
	uint16_t piece; /* bytes an mbuf, 0: as few as possible */
	uint16_t mss;	/* as asked for; of TX_MARK_NONE it is what the MTU leaves */
	enum tx_mark mark;
	uint8_t meta; /* TX_CASE_META with CLEAVE_META_*; 0: no such field */
	/* of the port */
	uint64_t capa;
	uint8_t opaque_l2;
};

/** Payload bytes of a segment. */
uint16_t tx_case_mss(const struct tx_case *c, const struct pkt *bytes);

/** A bit for each enum cleave_plan that is right. */
unsigned int tx_case_plans(const struct tx_case *c, const struct pkt *bytes);

/** Mark a packet as the case says. */
void tx_case_mark(struct rte_mbuf *m, const struct tx_case *c, const struct pkt *bytes);

/** Set the dynamic field of the first mbuf. */
void tx_case_meta(struct rte_mbuf *m, uint8_t flags, uint16_t nb_segs);

/**
 * Send a case's packet on the port, and on one that can do nothing: by a right plan, which really
 * ran, to the frames that the judge wants, the same on both.
 *
 * @param plan  Which one ran; may be NULL.
 * @return 0 or -1 after a line.
 */
int tx_case_run(
	struct tx_test *t, struct tx_test *ref, const struct tx_case *c, enum cleave_plan *plan);

#endif
