/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a port sent: taken off its wire, compared with what another port sent, and judged.
 * Neighbours: frames.c; tx_test.h, ../check.h.
 */
#ifndef TX_FRAMES_H
#define TX_FRAMES_H

#include <stdint.h>

#include "../pkt.h"
#include "rte_net_probe.h"
#include "tx_test.h"

struct tx_frames {
	unsigned int nb;
	struct rte_net_probe_frame *f;
};

/** The next n frames on the wire of queue 0; all of them. 0 or -1. */
int tx_frames_pop(struct tx_test *t, unsigned int n, struct tx_frames *w);
int tx_frames_take(struct tx_test *t, struct tx_frames *w);
void tx_frames_free(struct tx_frames *w);

/** How many of them have all these RTE_NET_PROBE_F_*. */
unsigned int tx_frames_count(const struct tx_frames *w, uint32_t flags);

/** Whether they are the same bytes. 0, or -1 after a line with the first difference. */
int tx_frames_same(const struct tx_frames *got, const struct tx_frames *want);

/**
 * Whether they are what a packet has to become, by the judge of tests/check.h.
 *
 * @param flags  CLEAVE_GSO_FIXED_ID, _FIXED_OUTER_ID, _ACCECN: of what is not as usual.
 * @return 0, or -1 after a line that names the frame and the field.
 */
int tx_frames_judge(
	const struct tx_frames *w, const struct pkt *bytes, uint16_t mss, uint16_t flags);

/** The same of any request. */
int tx_frames_judge_req(
	const struct tx_frames *w, const struct check_in *in, const struct cleave_gso_req *req);

#endif
