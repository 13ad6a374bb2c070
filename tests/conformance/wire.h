/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel as a segmentation engine: a TAP that takes super-packets with virtio headers, what is
 * to be tried behind it, a TAP without offloads; all in a network namespace that nobody else sees.
 * Neighbours: kernel.h compares what comes out.
 */
#ifndef TESTS_WIRE_H
#define TESTS_WIRE_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stdint.h>

/* What Debian 12's <linux/virtio_net.h> lacks. UDP_L4: Linux 6.2; tunnels: Linux 6.17. */
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif
#ifndef VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM
#define VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM 8
#define VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4 0x20
#define VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV6 0x40
#endif
/* TCP with accurate ECN, as the virtio specification numbers it; Linux 6.18 has no name for it. */
#define WIRE_GSO_ACCECN 0x10

/** struct virtio_net_hdr_v1_hash_tunnel of <linux/virtio_net.h>, Linux 6.17. Little-endian. */
struct wire_hdr {
	struct virtio_net_hdr v;
	uint16_t unused[5]; /* number of buffers, hash */
	uint16_t outer_th_offset;
	uint16_t inner_nh_offset;
};

/** What is between the two TAPs. */
enum wire_kind {
	WIRE_BRIDGE,
	WIRE_ROUTER,	  /* to 10.0.0.2; the frame's MAC header comes out as it went in */
	WIRE_VXLAN4,	  /* a bridge to a VXLAN device, VNI 77, over IPv4, no outer checksum */
	WIRE_VXLAN4_CSUM, /* the same with an outer checksum */
	WIRE_VXLAN6,	  /* over IPv6, no outer checksum */
	WIRE_VXLAN6_CSUM,
	WIRES
};

struct wire {
	int in;	      /* write super-packets */
	int out;      /* read what the kernel made of them */
	bool tunnels; /* takes super-packets with tunnel fields in the header */
};

/**
 * Build the wire. The namespace lives as long as the two files are open.
 * @param mtu  Of the TAP that the frames leave by.
 * @return 0; TEST_SKIPPED: no /dev/net/tun or no privileges, said on stdout; TEST_FAILED.
 */
int wire_open(struct wire *w, enum wire_kind kind, unsigned int mtu);
void wire_close(struct wire *w);

/** What the wire is made of, for people. */
const char *wire_name(enum wire_kind kind);

/** Put a frame on the wire. 0 or -errno. */
int wire_send(struct wire *w, const struct wire_hdr *h, const void *data, uint32_t len);

/** The next unicast frame; its length, 0: none within timeout_ms. */
uint32_t wire_recv(struct wire *w, uint8_t *buf, uint32_t max, int timeout_ms);

#endif
