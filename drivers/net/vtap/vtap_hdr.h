/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The virtio header that stands before each frame of a TAP with IFF_VNET_HDR, both ways: Linux's
 * <linux/virtio_net.h>, virtio 1.3 5.1.6. Neighbours: vtap_request.c, vtap_rx.c.
 */
#ifndef VTAP_HDR_H
#define VTAP_HDR_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>
#include <rte_mbuf.h>

#pragma GCC visibility push(hidden)

/* What Debian 12's headers lack. UDP: Linux 6.2; tunnels: Linux 6.17. */
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif
#ifndef VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM
#define VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM 8
#define VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4 0x20
#define VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV6 0x40
#endif
#define VTAP_GSO_TUNNEL (VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4 | VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV6)

/* The short header, or struct virtio_net_hdr_v1_hash_tunnel, which begins as the short one does. All
 * is little-endian, as asked of the kernel by TUNSETVNETLE. */
union vtap_hdr {
	struct virtio_net_hdr v;
	struct {
		struct virtio_net_hdr v;
		uint16_t unused[5]; /* number of buffers, hash */
		uint16_t outer_th_offset;
		uint16_t inner_nh_offset;
	} tunnel;
};
#define VTAP_HDR_SHORT sizeof(struct virtio_net_hdr)
#define VTAP_HDR_TUNNEL 24

/* Headers of a request at most, from the first byte to the end of TCP's. */
#define VTAP_HEADERS_MAX 256

/* What becomes of a packet with TX offloads. */
struct vtap_request {
	union vtap_hdr hdr;
	uint8_t kind; /* enum vtap_tx_count: TSO, USO, TUNNEL, CSUM; or VTAP_TX_NB */
	/* What is sent in place of the packet's first bytes, how much it is, and how many it replaces:
	 * headers with checksums, and with a tag if one is inserted. */
	uint16_t len, replaces;
	uint32_t end; /* of the packet: Ethernet padding does not count into a checksum */
	uint8_t headers[VTAP_HEADERS_MAX + RTE_VLAN_HLEN];
};

/* Does a packet ask for anything? */
#define VTAP_TX_ASKS                                                                               \
	(RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG | RTE_MBUF_F_TX_L4_MASK |                   \
		RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_OUTER_IP_CKSUM |                            \
		RTE_MBUF_F_TX_OUTER_UDP_CKSUM | RTE_MBUF_F_TX_VLAN)

/* vtap_request.c. 0, or -EINVAL: the request does not fit the packet, or is none that is done here.
 * The packet is not written to: its headers may be shared. */
int vtap_request_make(const struct rte_mbuf *m, struct vtap_request *r);

#pragma GCC visibility pop

#endif
