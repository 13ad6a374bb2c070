/* SPDX-License-Identifier: BSD-3-Clause
 *
 * GRE (RFC 2784, RFC 2890): 4 bytes and optional checksum and key; an IP packet or (NVGRE, RFC
 * 7637) an Ethernet frame. Neighbours: tunnel.h.
 */
#include <netinet/in.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "tunnel.h"

#define GRE_C 0x80 /* checksum and reserved1 present */
#define GRE_K 0x20 /* key present */

static int
gre_measure(const struct walk *w, uint32_t off, struct tunnel_hdr *t)
{
	uint32_t len = 4;
	uint8_t flags;
	int rc = walk_need(w, off, len);

	if (rc < 0)
		return rc;
	flags = w->p[off];
	/* Routing, sequence numbers, recursion control, versions other than 0: not measured. A
	 * sequence number would have to count up from segment to segment. */
	if ((flags & ~(GRE_C | GRE_K)) != 0 || w->p[off + 1] != 0)
		return -ENOENT;
	len += (flags & GRE_C ? 4 : 0) + (flags & GRE_K ? 4 : 0);
	rc = walk_need(w, off, len);
	if (rc < 0)
		return rc;
	t->inner = off + len;
	t->cksum = flags & GRE_C ? off + 4 : 0;
	t->ethertype = walk_be16(w, off + 2);
	return 0;
}

const struct tunnel tunnel_gre = {
	.name = "gre",
	.tso_capa = RTE_ETH_TX_OFFLOAD_GRE_TNL_TSO,
	.mbuf_flag = RTE_MBUF_F_TX_TUNNEL_GRE,
	.ip_proto = IPPROTO_GRE,
	.measure = gre_measure,
};
