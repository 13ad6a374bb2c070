/* SPDX-License-Identifier: BSD-3-Clause
 *
 * GTP-U (3GPP TS 29.281): UDP, 8 bytes with a length of their own, extension headers, an IP packet.
 * Neighbours: tunnel.h.
 */
#include <netinet/in.h>
#include <stdbool.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "tunnel.h"

#define GTPU_V1_GTP 0x30 /* version 1, protocol type GTP */
#define GTPU_E 0x04	 /* extension headers */
#define GTPU_G_PDU 255	 /* the message that carries a user's packet */

#define GTPU_EXT_NONE 0
#define GTPU_EXT_PDU_SESSION 0x85

#define SESSION_DL 0x00	    /* type 0, and QMP, SNP, MSNP clear */
#define SESSION_DL_PPP 0x80 /* second byte: paging policy in the third one */
#define SESSION_DL_PPI                                                                             \
	0xe0		/* third byte: the paging policy; new fields announce themselves below */
#define SESSION_UL 0x10 /* type 1, and QMP, both delay results, SNP clear */
#define SESSION_UL_MORE 0xc0 /* second byte: another delay result, new fields */

/* Is a PDU session container (TS 38.415 5.5.2) the same for all segments? Not with time stamps,
 * delays, sequence numbers, nor with what is not known. content: all but its length and the next
 * header's type. */
static bool
session_constant(const uint8_t *content, uint32_t len)
{
	uint32_t known = 2;

	if (content[0] == SESSION_DL) {
		if (content[1] & SESSION_DL_PPP) {
			if (len < 3 || (content[2] & ~SESSION_DL_PPI) != 0)
				return false;
			known = 3;
		}
	} else if (content[0] != SESSION_UL || (content[1] & SESSION_UL_MORE) != 0) {
		return false;
	}
	for (uint32_t i = known; i < len; i++) /* padding */
		if (content[i] != 0)
			return false;
	return true;
}

/* The extension headers, the first one of the given type at *off; sets it to what follows. */
static int
walk_extensions(const struct walk *w, uint32_t *off, uint8_t type)
{
	uint32_t len;
	int rc;

	while (type != GTPU_EXT_NONE) {
		/* All others are not for users' packets, or count: PDCP PDU numbers, NR RAN. */
		if (type != GTPU_EXT_PDU_SESSION)
			return -ENOENT;
		rc = walk_need(w, *off, 4);
		if (rc < 0)
			return rc;
		len = w->p[*off] * 4;
		if (len == 0)
			return -ENOENT;
		rc = walk_need(w, *off, len);
		if (rc < 0)
			return rc;
		if (!session_constant(w->p + *off + 1, len - 2))
			return -ENOENT;
		*off += len;
		type = w->p[*off - 1];
	}
	return 0;
}

static int
gtpu_measure(const struct walk *w, uint32_t off, struct tunnel_hdr *t)
{
	uint32_t g = off + 8, from = g + 8, inner = from;
	uint16_t len;
	uint8_t flags;
	int rc = walk_need(w, g, 8);

	if (rc < 0)
		return rc;
	flags = w->p[g];
	/* A sequence number (S) would have to count up from segment to segment, as would a N-PDU
	 * number (PN). */
	if ((flags & ~GTPU_E) != GTPU_V1_GTP || w->p[g + 1] != GTPU_G_PDU)
		return -ENOENT;
	/* The length has to be that of all that follows; 0 where it cannot say it. */
	len = walk_be16(w, g + 2);
	if (w->end - from > UINT16_MAX ? len != 0 : len != w->end - from)
		return -ENOENT;
	if (flags & GTPU_E) {
		/* sequence number, N-PDU number, both not valid; type of the first extension */
		rc = walk_need(w, from, 4);
		if (rc < 0)
			return rc;
		inner += 4;
		rc = walk_extensions(w, &inner, w->p[from + 3]);
		if (rc < 0)
			return rc;
	}
	rc = walk_need(w, inner, 1);
	if (rc < 0)
		return rc;
	t->inner = inner;
	t->ethertype = walk_ip_ethertype(w, inner);
	t->len = g + 2;
	t->len_from = from;
	return 0;
}

/* DPDK has a tunnel type for it, but no TSO capability of its own: the generic one of UDP tunnels,
 * which goes with its own type. */
const struct tunnel tunnel_gtpu = {
	.name = "gtpu",
	.tso_capa = RTE_ETH_TX_OFFLOAD_UDP_TNL_TSO,
	.mbuf_flag = RTE_MBUF_F_TX_TUNNEL_UDP,
	.ip_proto = IPPROTO_UDP,
	.udp_port = 2152,
	.measure = gtpu_measure,
};
