/* SPDX-License-Identifier: BSD-3-Clause
 *
 * GUE (draft-ietf-intarea-gue, Linux fou): UDP; version 0 has 4 bytes and optional fields, with
 * remote checksum offload (draft-herbert-remotecsumoffload) among them, version 1 no header at all;
 * an IP packet. Neighbours: tunnel.h.
 */
#include <netinet/in.h>

#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include "cleave_net.h"
#include "tunnel.h"

#define GUE_VERSION 0xc0 /* of the first byte */
#define GUE_V1 0x40
#define GUE_CONTROL 0x20
#define GUE_HLEN 0x1f /* optional fields, in 4 bytes */

#define GUE_F_PRIVATE 0x0001	 /* flags: 4 bytes of private flags are there */
#define GUE_PF_REMCSUM_HI 0x8000 /* private flags, upper half: 4 bytes of start and offset */

/* Only what Linux makes: any other field may count, or mean what changes with the length. */
static int
walk_fields(const struct walk *w, uint32_t g, struct tunnel_hdr *t)
{
	uint32_t o = g + 4, inner = o + (w->p[g] & GUE_HLEN) * 4;
	uint16_t flags = walk_be16(w, g + 2);

	if ((flags & ~GUE_F_PRIVATE) != 0)
		return -ENOENT;
	if (flags & GUE_F_PRIVATE) {
		if (inner - o < 4 || walk_be16(w, o + 2) != 0)
			return -ENOENT;
		flags = walk_be16(w, o);
		o += 4;
		if ((flags & ~GUE_PF_REMCSUM_HI) != 0)
			return -ENOENT;
		if (flags & GUE_PF_REMCSUM_HI) {
			if (inner - o < 4)
				return -ENOENT;
			t->flags = CLEAVE_TUNNEL_F_REMCSUM;
			t->remcsum_start = inner + walk_be16(w, o);
			t->remcsum_at = inner + walk_be16(w, o + 2);
			o += 4;
		}
	}
	t->inner = inner;
	return o == inner ? 0 : -ENOENT;
}

static int
gue_measure(const struct walk *w, uint32_t off, struct tunnel_hdr *t)
{
	uint32_t g = off + 8;
	int rc = walk_need(w, g, 4);

	if (rc < 0)
		return rc;
	if ((w->p[g] & GUE_VERSION) == GUE_V1) { /* as the first bits of IPv4 and IPv6 are */
		t->inner = g;
		t->ethertype = walk_ip_ethertype(w, g);
		return 0;
	}
	if ((w->p[g] & (GUE_VERSION | GUE_CONTROL)) != 0)
		return -ENOENT;
	switch (w->p[g + 1]) {
	case IPPROTO_IPIP:
		t->ethertype = RTE_ETHER_TYPE_IPV4;
		break;
	case IPPROTO_IPV6:
		t->ethertype = RTE_ETHER_TYPE_IPV6;
		break;
	default:
		return -ENOENT;
	}
	rc = walk_need(w, g, 4 + (w->p[g] & GUE_HLEN) * 4);
	return rc < 0 ? rc : walk_fields(w, g, t);
}

const struct tunnel tunnel_gue = {
	.name = "gue",
	.tso_capa = RTE_ETH_TX_OFFLOAD_UDP_TNL_TSO,
	.mbuf_flag = RTE_MBUF_F_TX_TUNNEL_UDP,
	.ip_proto = IPPROTO_UDP,
	.udp_port = 6080,
	.measure = gue_measure,
};
