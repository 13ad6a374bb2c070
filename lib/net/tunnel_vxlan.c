/* SPDX-License-Identifier: BSD-3-Clause
 *
 * VXLAN (RFC 7348): UDP, 8 bytes with the I flag, an Ethernet frame. Neighbours: tunnel.h.
 */
#include <netinet/in.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "tunnel.h"

static int
vxlan_measure(const struct walk *w, uint32_t off, struct tunnel_hdr *t)
{
	int rc = walk_need(w, off, 8 + 8);

	if (rc < 0)
		return rc;
	/* I set, the reserved bits (B, O, P of later drafts among them) clear */
	if (w->p[off + 8] != 0x08)
		return -ENOENT;
	t->inner = off + 8 + 8;
	t->ethertype = TUNNEL_ETHERNET;
	return 0;
}

const struct tunnel tunnel_vxlan = {
	.name = "vxlan",
	.tso_capa = RTE_ETH_TX_OFFLOAD_VXLAN_TNL_TSO,
	.mbuf_flag = RTE_MBUF_F_TX_TUNNEL_VXLAN,
	.ip_proto = IPPROTO_UDP,
	.udp_port = 4789,
	.measure = vxlan_measure,
};
