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

struct tunnel {
	const char *name;
	uint64_t tso_capa;  /* what a port must have to cut inside it */
	uint64_t mbuf_flag; /* RTE_MBUF_F_TX_TUNNEL_* */
	uint8_t ip_proto;   /* of the header behind the outer IP header */
	uint16_t udp_port;  /* destination port, host order; 0 where ip_proto is not UDP */
	/* Measure the tunnel's headers. off: first byte behind the outer IP header. Sets where the
	 * inner frame starts, and what it is (an ethertype). Returns 0, -ENOENT: not such a tunnel
	 * after all, or what walk_need() said. */
	int (*measure)(const struct walk *w, uint32_t off, uint32_t *inner, uint16_t *ethertype);
};

extern const struct tunnel tunnel_vxlan, tunnel_vxlan_gpe, tunnel_geneve, tunnel_gre;

/* The row that may lie behind an outer IP header with this protocol and UDP destination port. 0:
 * none. */
unsigned int tunnel_find(uint8_t ip_proto, uint16_t udp_port);
const struct tunnel *tunnel_row(unsigned int row);

#endif
