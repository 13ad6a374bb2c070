/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A packet as GRO leaves it: its mbufs are the packets that were merged. Neighbours: merged.c;
 * test_meta.c cuts it, test_jumbo.c sends it whole.
 */
#ifndef TX_MERGED_H
#define TX_MERGED_H

#include "frames.h"

#define TX_MERGED_PIECES 5

struct tx_merged {
	struct pkt bytes; /* to be freed with pkt_free() */
	uint16_t pieces[TX_MERGED_PIECES], sums[TX_MERGED_PIECES];
	struct check_in in; /* for the judge, with the sums */
};

/** Headers and a payload of `piece` bytes, then a payload each, the last of 111. The sum of every
 * second one is off by `off`. NULL where mbufs are missing. */
struct rte_mbuf *tx_merged(struct tx_test *t, uint16_t piece, uint16_t off, struct tx_merged *g);

#endif
