/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A TSO engine as SEMANTICS.md, "Partial GSO", takes ports to have: it cuts what
 * cleave_gso_partial() leaves to the port. Neighbour: test_partial.c.
 */
#ifndef TESTS_GSO_ENGINE_H
#define TESTS_GSO_ENGINE_H

#include "pkt.h"

struct engine {
	const struct cleave_pkt *at; /* what is where in the frame */
	uint16_t mss;
	bool opaque; /* knows nothing of the tunnel; else it counts outer IDs and lengths */
};

/** Segment i of a frame, whose payload is a multiple of mss. Its length. */
uint32_t engine_cut(
	const struct engine *e, const uint8_t *frame, uint32_t len, unsigned int i, uint8_t *out);

#endif
