/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Frames made whole for the tests of fragment lists and of SCTP: length fields and checksums of
 * every level from the RFCs, bit by bit, with nothing of lib/ in it. Neighbours: test_shapes.c,
 * test_shapes_sctp.c.
 */
#ifndef TESTS_GSO_SHAPES_H
#define TESTS_GSO_SHAPES_H

#include "pkt.h"

#define SHAPES_FRAME_MAX 16384

/** Write all length fields of a frame of len bytes; where they are says pkt_build()'s want. */
void shapes_lengths(uint8_t *frame, uint32_t len, const struct cleave_pkt *want);

/** Write all checksums; UDP's that are 0 stay 0. */
void shapes_cksums(uint8_t *frame, uint32_t len, const struct cleave_pkt *want);

/** Where the outer checksum lies; 0: there is none. */
uint32_t shapes_outer_cksum(const uint8_t *frame, const struct cleave_pkt *want);

/** Headers of every kind: plain, tagged, tunnelled, with and without outer checksums. proto and
 *  payload are the caller's. @return false behind the last one. */
bool shapes_spec(unsigned int i, struct pkt_spec *s);

#endif
