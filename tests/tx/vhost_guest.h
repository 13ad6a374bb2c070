/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A guest that may say anything: the front end of a vhost-user socket, with split rings of its own, and the
 * net_vhost port of this process that it talks to. Neighbours: vhost_guest.c (the guest), vhost_port.c
 * (the port), test_guest*.c.
 */
#ifndef VHOST_GUEST_H
#define VHOST_GUEST_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <rte_ethdev.h>
#include <rte_mempool.h>

#define VHOST_FEATURE(name) (UINT64_C(1) << VIRTIO_NET_F_##name)
/* What a guest sends that way. */
#define VHOST_SENDS (VHOST_FEATURE(CSUM) | VHOST_FEATURE(HOST_TSO4) | VHOST_FEATURE(HOST_TSO6))

#define VHOST_FRAME_MAX 70000u

struct vhost_ring {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t seen; /* of used */
};

struct vhost_guest {
	int sock, fd;
	uint8_t *mem;
	uint64_t offered; /* by the port */
	struct vhost_ring receives, sends;
};

/** Come to that socket with these features (VIRTIO_F_VERSION_1 is added). 0, or -1 after a line. */
int vhost_guest_join(struct vhost_guest *g, const char *path, uint64_t features);

/** Hang up; the port hears of it by and by. Nothing on a guest that is away. */
void vhost_guest_leave(struct vhost_guest *g);

/**
 * Offer a frame to the port, behind that header. pieces: bytes of each descriptor, header and all,
 * 0 allowed; what they do not cover goes to one more. NULL: one for the header, one for the frame.
 * At most 7 frames and 31 pieces at a time. 0 or -1: no room.
 */
int vhost_guest_send(struct vhost_guest *g, const struct virtio_net_hdr_mrg_rxbuf *hdr,
	const void *frame, uint32_t len, const uint16_t *pieces, unsigned int nb_pieces);

/** Offer a chain of two descriptors as they are: addresses as the guest sees them. */
void vhost_guest_send_raw(struct vhost_guest *g, uint16_t head, const struct vring_desc desc[2]);

/** Take what the port has put into the ring; its length, 0: nothing, -1: not what a device may do. */
int vhost_guest_take(struct vhost_guest *g, struct virtio_net_hdr_mrg_rxbuf *hdr,
	uint8_t frame[VHOST_FRAME_MAX]);

/** The port. */
struct vhost_port {
	uint16_t port;
	char dir[64];
	char path[80]; /* of the socket */
	struct rte_mempool *mp;
};

/** Serve a socket in a directory of its own; args: more of net_vhost's, "" or ",key=value". */
int vhost_port_open(struct vhost_port *p, const char *args, uint64_t rx_offloads);
/** Nothing on a port that is closed, or zeroes. */
int vhost_port_close(struct vhost_port *p);

/** Wait, not for ever, until the port has heard that a guest has come or gone. 0, or -1 after a line. */
int vhost_port_wait(const struct vhost_port *p, bool up);

#endif
