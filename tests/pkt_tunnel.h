/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The frame builder's tunnel layer. Neighbours: pkt_tunnel.c; pkt.c calls it; tests see pkt.h.
 */
#ifndef TESTS_PKT_TUNNEL_H
#define TESTS_PKT_TUNNEL_H

#include "pkt.h"

/** What the outer IP header says that follows, IPPROTO_*. */
uint8_t pkt_tunnel_proto(const struct pkt_spec *spec);

/** Is there an IP packet inside, no Ethernet frame? */
bool pkt_tunnel_bare(const struct pkt_spec *spec);

/** Append the tunnel's headers, up to what is inside. */
void pkt_put_tunnel(const struct pkt_spec *spec, struct pkt *pkt);

/** Its lengths and checksums, once all that follows is there. end: of the outer IP packet. */
void pkt_finish_tunnel(const struct pkt_spec *spec, struct pkt *pkt, uint32_t end);

#endif
