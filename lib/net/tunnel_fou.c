/* SPDX-License-Identifier: BSD-3-Clause
 *
 * FOU, foo over UDP (Linux fou with IP protocol 4 or 41): UDP, at once an IP packet. It has no
 * port assigned: cleave_tunnel_set_udp_port() gives it one. Neighbours: tunnel.h.
 */
#include <netinet/in.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "tunnel.h"

static int
fou_measure(const struct walk *w, uint32_t off, struct tunnel_hdr *t)
{
	int rc = walk_need(w, off, 8 + 1);

	if (rc < 0)
		return rc;
	t->inner = off + 8;
	t->ethertype = walk_ip_ethertype(w, off + 8);
	return 0;
}

const struct tunnel tunnel_fou = {
	.name = "fou",
	.tso_capa = RTE_ETH_TX_OFFLOAD_UDP_TNL_TSO,
	.mbuf_flag = RTE_MBUF_F_TX_TUNNEL_UDP,
	.ip_proto = IPPROTO_UDP,
	.measure = fou_measure,
};
