/* SPDX-License-Identifier: BSD-3-Clause
 *
 * VXLAN (RFC 7348): UDP, 8 bytes with the I flag, an Ethernet frame. Two of its extensions:
 * group policy (draft-smith-vxlan-group-policy) and remote checksum offload
 * (draft-herbert-vxlan-rco). Neighbours: tunnel.h.
 */
#include <netinet/in.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "cleave_net.h"
#include "tunnel.h"

/* The first four bytes */
#define VXLAN_I 0x08000000	  /* the VNI is valid */
#define VXLAN_RCO 0x00200000	  /* remote checksum offload */
#define VXLAN_G 0x80000000	  /* group policy: */
#define VXLAN_G_FIELDS 0x0048ffff /* D (don't learn), A (applied), the group */

/* The byte behind the VNI, with remote checksum offload */
#define VXLAN_RCO_UDP 0x80   /* the checksum is UDP's, not TCP's */
#define VXLAN_RCO_START 0x7f /* where what it covers begins, in 2 bytes from the inner frame */

static int
vxlan_measure(const struct walk *w, uint32_t off, struct tunnel_hdr *t)
{
	uint32_t flags, known;
	uint8_t rco;
	int rc = walk_need(w, off, 8 + 8);

	if (rc < 0)
		return rc;
	flags = (uint32_t)walk_be16(w, off + 8) << 16 | walk_be16(w, off + 10);
	known = VXLAN_I | VXLAN_RCO | VXLAN_G | (flags & VXLAN_G ? VXLAN_G_FIELDS : 0);
	/* I set, the reserved bits (B, O, P of later drafts among them) clear */
	if (!(flags & VXLAN_I) || (flags & ~known) != 0)
		return -ENOENT;
	t->inner = off + 8 + 8;
	t->ethertype = TUNNEL_ETHERNET;
	if (flags & VXLAN_RCO) {
		rco = w->p[off + 15];
		t->flags = CLEAVE_TUNNEL_F_REMCSUM;
		t->remcsum_start = t->inner + (rco & VXLAN_RCO_START) * 2;
		t->remcsum_at = t->remcsum_start + (rco & VXLAN_RCO_UDP ? 6 : 16);
	}
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
