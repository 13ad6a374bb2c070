/* SPDX-License-Identifier: BSD-3-Clause
 *
 * May a packet join a held one? Headers are compared as the bytes that they are: what belongs to the
 * flow, what else has to be the same, and the holes in between that differ by right. Neighbours:
 * gro.h, look.h (what never joins anything).
 */
#ifndef CLEAVE_GRO_RULES_H
#define CLEAVE_GRO_RULES_H

#include <netinet/in.h>

#include "append.h"
#include "gro.h"
#include "put.h"

/* Masks over words of headers as they lie in memory, from byte numbers. */
#define RULE_BYTE(n) (UINT64_C(0xff) << (8 * (n)))
#define RULE_BYTES2(n) (RULE_BYTE(n) | RULE_BYTE((n) + 1))

/* Bits in which two packets differ: of the flow's identity, and of the rest of the headers. */
struct diff {
	uint64_t flow, rest;
};

/* In any of len bytes? */
static inline uint64_t
diff_bytes(const uint8_t *a, const uint8_t *b, uint32_t len)
{
	uint64_t d = 0;

	if (len < 8) {
		for (uint32_t i = 0; i < len; i++)
			d |= a[i] ^ b[i];
		return d;
	}
	for (uint32_t i = 0; i + 8 < len; i += 8)
		d |= get64_raw(a + i) ^ get64_raw(b + i);
	return d | (get64_raw(a + len - 8) ^ get64_raw(b + len - 8));
}

/* An IPv4 header without options; length, ID and checksum may differ. */
static inline void
diff_ip4(struct diff *d, const uint8_t *a, const uint8_t *b)
{
	uint64_t x = get64_raw(a) ^ get64_raw(b), y = get64_raw(a + 8) ^ get64_raw(b + 8);

	d->rest |= x & (RULE_BYTES2(0) | RULE_BYTES2(6)); /* version, TOS; flags, offset */
	d->rest |= y & RULE_BYTE(0);			  /* TTL */
	d->flow |= y & (RULE_BYTE(1) | RULE_BYTES2(4) | RULE_BYTES2(6));
	d->flow |= get32_raw(a + 16) ^ get32_raw(b + 16);
}

/* An IPv6 header with extension headers, len bytes in all; the length may differ. */
static inline void
diff_ip6(struct diff *d, const uint8_t *a, const uint8_t *b, uint32_t len)
{
	uint64_t x = get64_raw(a) ^ get64_raw(b);

	/* version and traffic class; flow label, whose first four bits share a byte with it */
	d->rest |= x & (RULE_BYTE(0) | UINT64_C(0xf000) | RULE_BYTE(7)); /* and hop limit */
	d->flow |= x & (UINT64_C(0x0f00) | RULE_BYTES2(2) | RULE_BYTE(6));
	d->flow |= diff_bytes(a + 8, b + 8, len - 8);
}

static inline void
diff_ip(struct diff *d, const uint8_t *a, const uint8_t *b, const struct cleave_ip *ip)
{
	if (ip->version == 4)
		diff_ip4(d, a + ip->off, b + ip->off);
	else
		diff_ip6(d, a + ip->off, b + ip->off, ip->len);
}

/* A tunnel's header, from behind the outer IP header to the inner one; its lengths and checksums may
 * differ, but not whether there is one. */
static inline void
diff_tunnel(struct diff *d, const uint8_t *a, const uint8_t *b, const struct cleave_pkt *pkt)
{
	uint32_t at = pkt->tunnel_off, end = pkt->ip[1].off;

	if (pkt->ip[0].proto == IPPROTO_UDP) {
		/* the source port is the flow's, whatever it stands for */
		d->flow |= get32_raw(a + at) ^ get32_raw(b + at);
		d->rest |= (get16_raw(a + at + 6) == 0) != (get16_raw(b + at + 6) == 0);
		at += 8;
	}
	for (uint32_t i = at; i < end; i += 2) {
		if (i == pkt->tunnel_len || i == pkt->tunnel_cksum)
			continue;
		d->flow |= get16_raw(a + i) ^ get16_raw(b + i);
	}
}

/* All headers of the packet at b, up to the ports, against those at a. */
static inline struct diff
diff_flow(const uint8_t *a, const uint8_t *b, const struct cleave_pkt *pkt)
{
	struct diff d = {diff_bytes(a, b, pkt->l2_len), 0};

	diff_ip(&d, a, b, &pkt->ip[0]);
	if (pkt->nb_ip > 1) {
		diff_tunnel(&d, a, b, pkt);
		diff_ip(&d, a, b, &pkt->ip[1]);
	}
	d.flow |= get32_raw(a + pkt->l4_off) ^ get32_raw(b + pkt->l4_off);
	return d;
}

/* TCP from the acknowledgment on; FIN, PSH and the checksum may differ. */
static inline uint64_t
diff_tcp(const uint8_t *a, const uint8_t *b, uint32_t len)
{
	uint64_t x = get64_raw(a + 8) ^ get64_raw(b + 8);

	x &= ~((uint64_t)(CLEAVE_TCP_FIN | CLEAVE_TCP_PSH) << 40);
	return x | (get16_raw(a + 18) ^ get16_raw(b + 18)) |
	       (len > 20 ? diff_bytes(a + 20, b + 20, len - 20) : 0);
}

#define RULE_TAGS                                                                                  \
	(RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_QINQ |                   \
		RTE_MBUF_F_RX_QINQ_STRIPPED)

/* Are the tags the same that a port stripped from them, or noted? */
static inline bool
same_tags(const struct rte_mbuf *a, const struct rte_mbuf *b)
{
	const uint64_t flags = a->ol_flags & RULE_TAGS;

	if (flags != (b->ol_flags & RULE_TAGS))
		return false;
	return likely(flags == 0) ||
	       (a->vlan_tci == b->vlan_tci &&
		       (!(flags & RTE_MBUF_F_RX_QINQ) || a->vlan_tci_outer == b->vlan_tci_outer));
}

/* What a packet is to a held one. */
enum relation { OTHER_FLOW, DOES_NOT_FIT, TOO_MUCH, JOINS };

/* Do the IDs go on, level by level? */
static inline bool
ids_go_on(const struct held *h, const struct cleave_pkt *pkt, const uint8_t *hdr)
{
	for (unsigned int l = 0; l < pkt->nb_ip; l++)
		if (pkt->ip[l].version == 4 &&
			!append_id_fits(h, l, held_pkts(h),
				rte_be_to_cpu_16(get16_raw(hdr + pkt->ip[l].off + 4))))
			return false;
	return true;
}

/* Does it continue the held packet, whose headers are the same? */
static inline enum relation
rules_continue(const struct cleave_gro *g, const struct held *h, const struct arrival *a,
	const uint8_t *hdr)
{
	const struct cleave_pkt *pkt = &a->pkt;
	const uint8_t *l4 = hdr + pkt->l4_off;
	uint32_t l3_len;

	if (pkt->payload_len > h->mss || !ids_go_on(h, pkt, hdr))
		return DOES_NOT_FIT;
	if (pkt->l4_proto == IPPROTO_TCP) {
		if (rte_be_to_cpu_32(get32_raw(l4 + 4)) != h->next_seq)
			return DOES_NOT_FIT;
	} else if ((get16_raw(l4 + 6) == 0) || held_pkts(h) >= g->udp_segs) {
		return TOO_MUCH;
	}
	/* what the outermost IP length would say */
	l3_len = held_hdr_len(h) + held_bytes(h) + pkt->payload_len - pkt->ip[0].off;
	if (l3_len > UINT16_MAX + (pkt->ip[0].version == 6 ? 40u : 0) ||
		l3_len + pkt->ip[0].off > g->max_len ||
		held_mbufs(h) + a->m->nb_segs > g->max_mbufs)
		return TOO_MUCH;
	return JOINS;
}

/* The relation of a packet that may be merged to a held one with the same tag. */
static inline enum relation
rules_relate(const struct cleave_gro *g, const struct held *h, const struct arrival *a)
{
	const struct cleave_pkt *pkt = &a->pkt;
	const uint8_t *mine = h->hdr, *hdr = rte_pktmbuf_mtod(a->m, const uint8_t *);
	struct diff d;

	if (held_l4_off(h) != pkt->l4_off || h->port != a->m->port || !same_tags(h->head, a->m))
		return OTHER_FLOW;
	d = diff_flow(mine, hdr, pkt);
	if (d.flow != 0)
		return OTHER_FLOW;
	if (d.rest != 0 || held_hdr_len(h) != pkt->hdr_len)
		return DOES_NOT_FIT;
	if (pkt->l4_proto == IPPROTO_TCP &&
		diff_tcp(mine + pkt->l4_off, hdr + pkt->l4_off, pkt->l4_len) != 0)
		return DOES_NOT_FIT;
	return rules_continue(g, h, a, hdr);
}

/* Is it of the flow of a held packet, by addresses, protocols and ports, whatever else differs? For
 * packets that are never merged, which must not overtake it. hdr: its headers. */
static inline bool
rules_same_flow(const struct held *h, const struct cleave_pkt *pkt, const uint8_t *hdr)
{
	struct cleave_pkt mine;

	if (get32_raw(h->hdr + held_l4_off(h)) != get32_raw(hdr + pkt->l4_off) ||
		cleave_parse(h->head, &mine) < 0 || mine.nb_ip != pkt->nb_ip ||
		mine.l4_proto != pkt->l4_proto)
		return false;
	for (unsigned int l = 0; l < pkt->nb_ip; l++) {
		const struct cleave_ip *ip = &pkt->ip[l];
		uint32_t at = ip->version == 4 ? 12 : 8, len = ip->version == 4 ? 8 : 32;

		if (mine.ip[l].version != ip->version ||
			diff_bytes(h->hdr + mine.ip[l].off + at, hdr + ip->off + at, len) != 0)
			return false;
	}
	return true;
}

#endif
