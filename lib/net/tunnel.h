/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The tunnel table: a row a tunnel, a file a tunnel (tunnel_*.c). Neighbours: parse.c asks it.
 */
#ifndef CLEAVE_TUNNEL_H
#define CLEAVE_TUNNEL_H

#include <stdint.h>

#include "walk.h"

/* Ethertype of an inner frame that starts with an Ethernet header (transparent bridging). */
#define TUNNEL_ETHERNET 0x6558

/* What a tunnel's header says of itself. Offsets count from the first byte of the frame. */
struct tunnel_hdr {
	uint32_t inner;	    /* where the inner frame or packet starts */
	uint16_t ethertype; /* what it is */
	uint16_t len;	    /* of a 16-bit length field that changes per segment; 0: none */
	uint16_t len_from;  /* the first byte that the length counts */
	uint16_t cksum;	    /* of a checksum over all from the tunnel header on; 0: none */
	uint8_t flags;	    /* CLEAVE_TUNNEL_F_* */
	/* With CLEAVE_TUNNEL_F_REMCSUM: the first byte under the inner checksum, and where it is.
	 * Anything but the L4 header found inside makes the packet an ordinary datagram. */
	uint32_t remcsum_start, remcsum_at;
};

struct tunnel {
	const char *name;
	uint64_t tso_capa;  /* what a port must have to cut inside it */
	uint64_t mbuf_flag; /* RTE_MBUF_F_TX_TUNNEL_* */
	uint8_t ip_proto;   /* of the header behind the outer IP header */
	uint16_t udp_port;  /* destination port, host order; 0: none until the user sets one, or
			       ip_proto is not UDP */
	/* Measure the tunnel's headers. off: first byte behind the outer IP header; *t is zero.
	 * Returns 0, -ENOENT: not such a tunnel after all, or one that cannot be cut by copying
	 * its header; or what walk_need() said. */
	int (*measure)(const struct walk *w, uint32_t off, struct tunnel_hdr *t);
};

extern const struct tunnel tunnel_vxlan, tunnel_vxlan_gpe, tunnel_geneve, tunnel_gtpu, tunnel_fou,
	tunnel_gue, tunnel_gre, tunnel_ipip, tunnel_sit;

/* The row that may lie behind an outer IP header with this protocol and UDP destination port. 0:
 * none. */
unsigned int tunnel_find(uint8_t ip_proto, uint16_t udp_port);
const struct tunnel *tunnel_row(unsigned int row);

#endif
