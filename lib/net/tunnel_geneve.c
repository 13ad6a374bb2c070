/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Geneve (RFC 8926): UDP, 8 bytes and up to 252 of options, an Ethernet frame or an IP packet.
 * Neighbours: tunnel.h.
 */
#include <netinet/in.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "tunnel.h"

static int
geneve_measure(const struct walk *w, uint32_t off, struct tunnel_hdr *t)
{
	uint32_t g = off + 8, len;
	int rc = walk_need(w, g, 8);

	if (rc < 0)
		return rc;
	/* version 0, no control packet (O bit) */
	if ((w->p[g] & 0xc0) != 0 || (w->p[g + 1] & 0x80) != 0)
		return -ENOENT;
	len = 8 + (w->p[g] & 0x3f) * 4;
	rc = walk_need(w, g, len);
	if (rc < 0)
		return rc;
	t->inner = g + len;
	t->ethertype = walk_be16(w, g + 2);
	return 0;
}

const struct tunnel tunnel_geneve = {
	.name = "geneve",
	.tso_capa = RTE_ETH_TX_OFFLOAD_GENEVE_TNL_TSO,
	.mbuf_flag = RTE_MBUF_F_TX_TUNNEL_GENEVE,
	.ip_proto = IPPROTO_UDP,
	.udp_port = 6081,
	.measure = geneve_measure,
};
