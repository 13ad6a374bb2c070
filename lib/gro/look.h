/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a received packet is to the merging: a flow's hash, and why it is never merged, if so.
 * Neighbours: gro.h, rules.h.
 */
#ifndef CLEAVE_GRO_LOOK_H
#define CLEAVE_GRO_LOOK_H

#include <netinet/in.h>

#include "cleave_config.h"
#include "gro.h"
#include "own.h"
#include "put.h"

#define LOOK_LRO (RTE_MBUF_F_RX_LRO | RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG)

/* Mix two words, one of them with a secret in it: both halves of their product. */
static inline uint64_t
look_mix(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Addresses of an IP header. */
static inline uint64_t
look_addresses(const struct cleave_gro *g, const uint8_t *ip, uint8_t version)
{
	if (version == 4)
		return get64_raw(ip + 12);
	return look_mix(get64_raw(ip + 8) ^ g->seed[0], get64_raw(ip + 16) ^ g->seed[1]) ^
	       look_mix(get64_raw(ip + 24) ^ g->seed[2], get64_raw(ip + 32) ^ g->seed[3]);
}

/* Of addresses, and the ports at l4. Twice, for addresses and ports in a row to be spread. */
static inline uint64_t
look_hash_l4(const struct cleave_gro *g, uint64_t addresses, const uint8_t *l4, uint8_t proto)
{
	uint64_t ports = get32_raw(l4) | (uint64_t)proto << 32;

	return look_mix(look_mix(addresses ^ g->seed[0], ports ^ g->seed[1]), g->seed[2] | 1);
}

/* Of addresses, ports and protocol, of all levels. */
static inline uint64_t
look_hash(const struct cleave_gro *g, const struct cleave_pkt *pkt, const uint8_t *hdr)
{
	const struct cleave_ip *ip = cleave_inner_ip(pkt);
	uint64_t addresses = look_addresses(g, hdr + ip->off, ip->version);

	if (pkt->nb_ip > 1)
		addresses ^= look_mix(
			look_addresses(g, hdr + pkt->ip[0].off, pkt->ip[0].version) ^ g->seed[2],
			g->seed[3] | 1);
	return look_hash_l4(g, addresses, hdr + pkt->l4_off, pkt->l4_proto);
}

/* Which counter counts held packets between two hosts, by the outermost addresses. */
static inline uint32_t
look_pair_of(const struct cleave_gro *g, uint64_t addresses)
{
	return look_mix(addresses ^ g->seed[3], g->seed[2] | 1) % GRO_PAIRS;
}

static inline uint32_t
look_pair(const struct cleave_gro *g, const uint8_t *hdr, const struct cleave_ip *ip)
{
	return look_pair_of(g, look_addresses(g, hdr + ip->off, ip->version));
}

/* Something of an IPv4 header that segments cannot have back. (A checksum of 0xffff is right where 0
 * is, and what is made is 0.) */
static inline bool
look_odd_ip4(const struct cleave_pkt *pkt, const uint8_t *hdr)
{
	for (unsigned int l = 0; l < pkt->nb_ip; l++) {
		const uint8_t *ip = hdr + pkt->ip[l].off;

		if (pkt->ip[l].version == 4 && (pkt->ip[l].len != 20 || (ip[6] & 0x80) ||
						       get16_raw(ip + 10) == UINT16_MAX))
			return true;
	}
	return false;
}

/* TCP whose checksum is left to us, as the port says, and what it is over is right: it is completed when
 * the packet leaves, merged or not. What a port says of a tunnel may be of the outer checksum. */
static inline bool
look_to_complete(const struct rte_mbuf *m, const struct cleave_pkt *pkt)
{
	return (m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_NONE &&
	       pkt->nb_ip == 1 && pkt->l4_proto == IPPROTO_TCP;
}

/* The same of the checksums of TCP and of a tunnel's header. UDP makes 0xffff. */
static inline bool
look_odd_cksum(const struct rte_mbuf *m, const struct cleave_pkt *pkt, const uint8_t *hdr)
{
	return (pkt->l4_proto == IPPROTO_TCP && !look_to_complete(m, pkt) &&
		       get16_raw(hdr + pkt->l4_off + 16) == UINT16_MAX) ||
	       (pkt->tunnel_cksum != 0 && get16_raw(hdr + pkt->tunnel_cksum) == UINT16_MAX);
}

/* A tunnel's UDP header of length 0: it does not say where the datagram ends, as segments' will. */
static inline bool
look_no_length(const struct cleave_pkt *pkt, const uint8_t *hdr)
{
	return pkt->nb_ip > 1 && pkt->ip[0].proto == IPPROTO_UDP &&
	       get16_raw(hdr + pkt->tunnel_off + 4) == 0;
}

/* Can the packet be part of a chain: all its mbufs nobody else's, its headers in the first? */
static inline bool
look_fits(const struct rte_mbuf *m, const struct cleave_pkt *pkt)
{
	if (!headers_writable(m, pkt->hdr_len))
		return false;
	for (m = m->next; m != NULL; m = m->next)
		if (rte_mbuf_refcnt_read(m) != 1)
			return false;
	return true;
}

/* The port says that some checksum is wrong. */
static inline bool
look_known_bad(uint64_t flags)
{
	return (flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_BAD ||
	       (flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_BAD ||
	       (flags & RTE_MBUF_F_RX_OUTER_IP_CKSUM_BAD) ||
	       (flags & RTE_MBUF_F_RX_OUTER_L4_CKSUM_MASK) == RTE_MBUF_F_RX_OUTER_L4_CKSUM_BAD;
}

/* Why a TCP or UDP packet is never merged; else CLEAVE_GRO_PASS_HEAD. */
static inline enum cleave_gro_pass
look_l4(const struct rte_mbuf *m, const struct cleave_pkt *pkt, const uint8_t *hdr)
{
	const uint8_t *l4 = hdr + pkt->l4_off;

	if ((m->ol_flags & LOOK_LRO) || (pkt->ip[0].flags & CLEAVE_IP_JUMBO))
		return CLEAVE_GRO_PASS_MERGED_BEFORE;
	if (look_odd_ip4(pkt, hdr))
		return CLEAVE_GRO_PASS_IP_OPTIONS;
	if (pkt->tcp_flags & (CLEAVE_TCP_SYN | CLEAVE_TCP_RST | CLEAVE_TCP_URG))
		return CLEAVE_GRO_PASS_FLAGS;
	if (pkt->payload_len == 0)
		return CLEAVE_GRO_PASS_EMPTY;
	/* bytes inside the IP packet that nothing inside counts */
	if (pkt->hdr_len + pkt->payload_len != pkt->frame_len || look_odd_cksum(m, pkt, hdr) ||
		look_no_length(pkt, hdr))
		return CLEAVE_GRO_PASS_OTHER;
	if (pkt->l4_proto == IPPROTO_UDP) {
		if (rte_be_to_cpu_16(get16_raw(l4 + 4)) != pkt->l4_len + pkt->payload_len)
			return CLEAVE_GRO_PASS_OTHER;
		if (get16_raw(l4 + 6) == 0)
			return CLEAVE_GRO_PASS_UNVERIFIED;
	}
	if (look_known_bad(m->ol_flags))
		return CLEAVE_GRO_PASS_BAD;
	if (((m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_NONE &&
		    !look_to_complete(m, pkt)) ||
		(m->ol_flags & RTE_MBUF_F_TX_L4_MASK) != 0) /* asked for, so not there yet */
		return CLEAVE_GRO_PASS_UNVERIFIED;
	return look_fits(m, pkt) ? CLEAVE_GRO_PASS_HEAD : CLEAVE_GRO_PASS_UNFIT;
}

static inline bool
look_is_fragment(const struct cleave_pkt *pkt)
{
	for (unsigned int l = 0; l < pkt->nb_ip; l++)
		if (pkt->ip[l].flags & CLEAVE_IP_FRAGMENT)
			return true;
	return false;
}

/* Its headers, contiguous; buf: room for a copy. */
static inline const uint8_t *
look_headers(const struct arrival *a, uint8_t buf[CLEAVE_HDR_MAX])
{
	const struct cleave_ip *ip = cleave_inner_ip(&a->pkt);

	return rte_pktmbuf_read(a->m, 0, RTE_MAX(a->pkt.hdr_len, ip->off + ip->len), buf);
}

/* All of it. */
static inline void
look(const struct cleave_gro *g, struct arrival *a)
{
	uint8_t buf[CLEAVE_HDR_MAX];
	const uint8_t *hdr;
	bool tcp;

	a->has_flow = a->related = false;
	if (unlikely(cleave_parse(a->m, &a->pkt) < 0)) {
		a->pass = CLEAVE_GRO_PASS_BAD;
		a->related = true;
		return;
	}
	/* what is in a tunnel, and is not as it should be */
	a->related = a->pkt.tunnel_flags & CLEAVE_TUNNEL_F_UNKNOWN;
	tcp = a->pkt.l4_proto == IPPROTO_TCP;
	if (!tcp && a->pkt.l4_proto != IPPROTO_UDP) {
		a->pass = CLEAVE_GRO_PASS_OTHER;
		if (look_is_fragment(&a->pkt)) {
			a->pass = CLEAVE_GRO_PASS_FRAGMENT;
			a->related = true;
		}
		return;
	}
	a->pass = CLEAVE_GRO_PASS_OTHER;
	if (!(g->flags & (tcp ? CLEAVE_GRO_TCP : CLEAVE_GRO_UDP)) || a->pkt.tunnel_flags != 0)
		return;
	hdr = look_headers(a, buf);
	a->has_flow = true;
	a->hash = look_hash(g, &a->pkt, hdr);
	a->pass = look_l4(a->m, &a->pkt, hdr);
}

#endif
