/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The lies of a guest, and what may become of each. Neighbours: guest_lies.c, the table; test_guest.c tells
 * them.
 */
#ifndef GUEST_LIES_H
#define GUEST_LIES_H

#include <stdint.h>

#include <linux/virtio_net.h>

#include "../pkt.h"

/* What became of a frame, a bit each, and one for each reason to drop it. */
enum fate {
	CUT = 1 << 0,	  /* to segments of gso_size */
	CUT_MTU = 1 << 1, /* to what the MTU leaves */
	IN_FRAGMENTS = 1 << 2,
	SUMMED = 1 << 3,     /* whole, with the checksum that was left to us */
	SAME = 1 << 4,	     /* whole, every byte as the guest wrote it */
	HANDED = 1 << 5,     /* whole, every byte as the driver handed it on */
	AS_IT_SAYS = 1 << 6, /* what its own lengths say that it is, with right checksums */
	NEVER = 1 << 7,	     /* the driver did not hand it on */
	REFUSED = 1 << 8,    /* by the port that was to send it */
	WRONG = 1 << 9,
};
#define FATE_DROP(reason) (1 << (16 + (reason)))

/* How net_vhost hands a guest's frames on. */
enum guest_mode {
	GUEST_PLAIN,  /* with checksums left to us */
	GUEST_SUMMED, /* with checksums of the driver's */
	GUEST_LEGACY, /* by the flags of DPDK before 21.11 */
	GUEST_MODES,
};

struct lie {
	const char *name;
	const struct pkt_spec *spec; /* of the frame, before it is bent */
	struct virtio_net_hdr_v1 hdr;
	int fate[GUEST_MODES]; /* enum fate, FATE_DROP(): any of them */
	void (*bend)(uint8_t *frame);
	uint32_t len; /* of the frame where it ends early; GUEST_NO_FRAME: 0 */
};
#define GUEST_NO_FRAME UINT32_MAX

/** All of them; the first is none. */
extern const struct lie guest_lies[];
extern const unsigned int guest_nb_lies;

#endif
