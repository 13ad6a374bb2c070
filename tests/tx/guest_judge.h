/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Judges of what goes between a guest and a port. Neighbours: guest_judge.c; guest_lies.h has the fates.
 */
#ifndef GUEST_JUDGE_H
#define GUEST_JUDGE_H

#include "frames.h"
#include "guest_lies.h"
#include "tx_test.h"
#include "vhost_guest.h"

/** A frame as the driver handed it on. */
struct guest_handed {
	uint8_t data[VHOST_FRAME_MAX];
	uint32_t len;
};

/** What the frames on the wire are of a guest's frame of len bytes: enum fate, WRONG for none of them. */
int guest_fate(const struct tx_frames *w, const struct pkt *built, const struct lie *l,
	const uint8_t *frame, uint32_t len, const struct guest_handed *h);
const char *guest_fate_name(int fate);

/** May a guest of these features find that header before a frame of that length? 0 or TEST_FAILED. */
int guest_may_take(uint64_t f, const struct virtio_net_hdr *h, const uint8_t *frame, uint32_t len,
	uint16_t mss);
/** Complete the checksum that a header leaves open, as a guest's kernel does. */
void guest_complete(const struct virtio_net_hdr *h, uint8_t *frame, uint32_t len);

#endif
