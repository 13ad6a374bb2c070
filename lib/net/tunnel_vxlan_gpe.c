/* SPDX-License-Identifier: BSD-3-Clause
 *
 * VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe): UDP, 8 bytes with the I and P flags, what the
 * next-protocol field says. Neighbours: tunnel.h.
 */
#include <netinet/in.h>

#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include "tunnel.h"

static int
vxlan_gpe_measure(const struct walk *w, uint32_t off, struct tunnel_hdr *t)
{
	int rc = walk_need(w, off, 8 + 8);

	if (rc < 0)
		return rc;
	if (w->p[off + 8] != 0x0c)
		return -ENOENT;
	switch (w->p[off + 11]) {
	case 1:
		t->ethertype = RTE_ETHER_TYPE_IPV4;
		break;
	case 2:
		t->ethertype = RTE_ETHER_TYPE_IPV6;
		break;
	case 3:
		t->ethertype = TUNNEL_ETHERNET;
		break;
	default:
		return -ENOENT;
	}
	t->inner = off + 8 + 8;
	return 0;
}

/* DPDK has a tunnel type for it, but no TSO capability of its own: the generic one of UDP tunnels,
 * which goes with its own type. */
const struct tunnel tunnel_vxlan_gpe = {
	.name = "vxlan-gpe",
	.tso_capa = RTE_ETH_TX_OFFLOAD_UDP_TNL_TSO,
	.mbuf_flag = RTE_MBUF_F_TX_TUNNEL_UDP,
	.ip_proto = IPPROTO_UDP,
	.udp_port = 4790,
	.measure = vxlan_gpe_measure,
};
