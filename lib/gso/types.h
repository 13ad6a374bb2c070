/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The types of segmentation whose packets are in the chain already, one a mbuf: fragment lists
 * (fraglist.c), and the chunk bundles of SCTP (by_frags.c); and what both of them write of headers
 * and mbufs. Neighbours: gso.c calls them; headers.c has the flags from here, too.
 */
#ifndef CLEAVE_GSO_TYPES_H
#define CLEAVE_GSO_TYPES_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "cleave_gso.h"
#include "put.h"

/**
 * CLEAVE_GSO_FRAGLIST: the mbufs of the packet become packets again, with the headers that lie
 * before their data; nothing is allocated or copied, so that CLEAVE_GSO_LINEAR and max_pieces hold
 * anyway.
 *
 * @return The number of packets, m is consumed; or, with m untouched,
 *   0: it is not such a packet any more, cut it as CLEAVE_GSO_L4: something of it is shared, the
 *     headers before the data are not there or of another shape, lengths or sequence numbers do not
 *     follow each other;
 *   -ENOSPC, -EBADMSG: as cleave_gso_segment() says them.
 */
int gso_fraglist(struct rte_mbuf *m, const struct cleave_pkt *pkt, const struct cleave_gso_req *req,
	struct rte_mbuf **out, uint16_t nb_out);

/**
 * CLEAVE_GSO_BY_FRAGS: a packet for each mbuf behind the headers. Arguments and result are those of
 * cleave_gso_segment(). Headers go into mbufs of the direct pool, the chunks stay where they are:
 * their mbufs are moved, or referred to by indirect ones where somebody else holds them too.
 */
int gso_by_frags(struct rte_mbuf *m, const struct cleave_pkt *pkt, const struct cleave_gso_req *req,
	const struct cleave_gso_pools *pools, struct rte_mbuf **out, uint16_t nb_out);

/* The longest l2_len, 7 bits: how far from the first byte an IP header may be that is the port's
 * to finish. */
#define TYPES_L2_MAX 127u

/* How an mbuf holds its data: never another mbuf's. */
#define TYPES_FLAGS_OWN (RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL)

/* Flags of the whole that its packets do not have: requests that are fulfilled, and what was known
 * of checksums that are new. */
#define TYPES_FLAGS_DONE                                                                           \
	(RTE_MBUF_F_RX_LRO | RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG |                       \
		RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_IPV4 |              \
		RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_TX_TUNNEL_MASK | RTE_MBUF_F_TX_OUTER_IP_CKSUM |    \
		RTE_MBUF_F_TX_OUTER_UDP_CKSUM | RTE_MBUF_F_TX_OUTER_IPV4 |                         \
		RTE_MBUF_F_TX_OUTER_IPV6 | RTE_MBUF_F_RX_L4_CKSUM_MASK |                           \
		RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_OUTER_L4_CKSUM_MASK |                  \
		RTE_MBUF_F_RX_OUTER_IP_CKSUM_BAD)

/* What every packet's first mbuf has of that of the whole. */
static inline void
types_carry_over(struct rte_mbuf *seg, const struct rte_mbuf *m)
{
	seg->port = m->port;
	seg->packet_type = m->packet_type;
	seg->vlan_tci = m->vlan_tci;
	seg->vlan_tci_outer = m->vlan_tci_outer;
	seg->hash = m->hash;
	rte_mbuf_dynfield_copy(seg, m);
}

/* Flags and lengths of a packet; flags: the ol_flags of the whole, more: requests to the port. */
static inline void
types_set_offload(struct rte_mbuf *seg, const struct cleave_pkt *pkt, uint64_t flags, uint64_t more)
{
	const struct cleave_ip *ip = cleave_inner_ip(pkt);
	uint64_t own = seg->ol_flags & TYPES_FLAGS_OWN;

	flags &= ~(TYPES_FLAGS_OWN | TYPES_FLAGS_DONE | cleave_meta_flag);
	if (more != 0)
		more |= ip->version == 4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6;
	seg->ol_flags = flags | own | more;
	seg->tx_offload = ip->off > TYPES_L2_MAX
				  ? 0
				  : rte_mbuf_tx_offload(ip->off, ip->len, pkt->l4_len, 0, 0, 0, 0);
}

/* Is there an outer UDP header, whatever is in it? */
static inline bool
types_outer_udp(const struct cleave_pkt *pkt)
{
	return pkt->tunnel != CLEAVE_TUNNEL_NONE && pkt->ip[0].proto == IPPROTO_UDP;
}

/* Where the checksum over all that is in a tunnel lies; 0: there is none. */
static inline uint16_t
types_outer_cksum(const uint8_t *hdr, const struct cleave_pkt *pkt)
{
	const uint8_t *udp = hdr + pkt->tunnel_off;

	if (types_outer_udp(pkt))
		return (udp[6] | udp[7]) != 0 ? pkt->tunnel_off + 6 : 0;
	return pkt->tunnel != CLEAVE_TUNNEL_NONE ? pkt->tunnel_cksum : 0;
}

/* May checksums of the header that carries L4, and of L4, be left to the port? An outer one is
 * taken over the finished inner ones. */
static inline bool
types_may_offload(const uint8_t *hdr, const struct cleave_pkt *pkt)
{
	return types_outer_cksum(hdr, pkt) == 0 && cleave_inner_ip(pkt)->off <= TYPES_L2_MAX;
}

/* All length fields of a packet with len bytes of payload. */
static inline void
types_put_lengths(uint8_t *hdr, const struct cleave_pkt *pkt, uint32_t len)
{
	uint32_t end = pkt->hdr_len + len;

	for (unsigned int l = 0; l < pkt->nb_ip; l++)
		put_ip_len(hdr, &pkt->ip[l], end);
	if (types_outer_udp(pkt))
		put16(hdr + pkt->tunnel_off + 4, end - pkt->tunnel_off);
	if (pkt->tunnel_len != 0)
		put16(hdr + pkt->tunnel_len, end - pkt->tunnel_len_from);
	if (pkt->l4_proto == IPPROTO_UDP)
		put16(hdr + pkt->l4_off + 4, end - pkt->l4_off);
}

/* Sum of the headers under an outer checksum, pseudo-header included where there is one; len:
 * payload bytes. */
static inline uint16_t
types_outer_sum(const uint8_t *hdr, const struct cleave_pkt *pkt, uint32_t len)
{
	const struct cleave_pkt outer = {.nb_ip = 1, .l4_proto = IPPROTO_UDP, .ip = {pkt->ip[0]}};
	uint32_t hdr_len = pkt->hdr_len - pkt->tunnel_off;
	uint16_t sum = cleave_sum(hdr + pkt->tunnel_off, hdr_len);

	if (!types_outer_udp(pkt))
		return sum;
	return cleave_sum_add(sum, cleave_sum_pseudo(hdr, &outer, hdr_len + len));
}

/* The outer checksum in full, if there is one; payload: the sum of len bytes of payload. All else
 * in the headers is finished. */
static inline void
types_put_outer_cksum(uint8_t *hdr, const struct cleave_pkt *pkt, uint32_t len, uint16_t payload)
{
	uint16_t off = types_outer_cksum(hdr, pkt), cksum;

	if (off == 0)
		return;
	put16_raw(hdr + off, 0);
	cksum = ~cleave_sum_add(types_outer_sum(hdr, pkt, len), payload);
	put16_raw(hdr + off, cksum == 0 && types_outer_udp(pkt) ? 0xffff : cksum);
}

#endif
