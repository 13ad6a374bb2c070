/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The headers of a segment: L4 first, then each IP header from the inside out, then what the mbuf
 * says of them. Neighbours: gso.h; the shapes write the L4 header.
 */
#include "gso.h"

/* Flags of the packet that no segment has: requests that are fulfilled, how the input's mbufs hold
 * their data, and what was known of checksums that are new. */
#define FLAGS_DONE                                                                                 \
	(RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_RX_LRO | RTE_MBUF_F_TX_TCP_SEG |   \
		RTE_MBUF_F_TX_UDP_SEG | RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_IP_CKSUM |           \
		RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_RX_L4_CKSUM_MASK |            \
		RTE_MBUF_F_RX_IP_CKSUM_MASK)

void
patch_prepare(struct cut *c)
{
	for (unsigned int l = 0; l < c->pkt->nb_ip; l++) {
		uint8_t *p = c->hdr + c->pkt->ip[l].off;

		if (c->pkt->ip[l].version != 4)
			continue;
		c->ip[l].id = p[4] << 8 | p[5];
		put16_raw(p + 2, 0);
		put16_raw(p + 4, 0);
		put16_raw(p + 10, 0);
		c->ip[l].sum = cleave_sum(p, c->pkt->ip[l].len);
	}
}

/* One IP header of segment i; total: its bytes from the header's first on. */
static inline void
patch_ip(const struct cut *c, uint8_t *hdr, unsigned int level, unsigned int i, uint32_t total)
{
	const struct cleave_ip *ip = &c->pkt->ip[level];
	const struct ip_base *base = &c->ip[level];
	uint8_t *p = hdr + ip->off;
	uint16_t id, sum;

	if (ip->version == 6) {
		put16(p + 4, total - 40);
		return;
	}
	id = base->id + (c->req->flags & CLEAVE_GSO_FIXED_ID ? 0 : i);
	put16(p + 2, total);
	put16(p + 4, id);
	if (c->req->flags & CLEAVE_GSO_HW_IP_CKSUM) {
		put16_raw(p + 10, 0);
		return;
	}
	sum = cleave_sum_add(base->sum, rte_cpu_to_be_16(total));
	sum = cleave_sum_add(sum, rte_cpu_to_be_16(id));
	put16_raw(p + 10, ~sum);
}

static inline void
patch_mbuf(const struct cut *c, struct rte_mbuf *seg)
{
	const struct cleave_ip *ip = cleave_inner_ip(c->pkt);
	uint64_t own = seg->ol_flags & (RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL);
	uint64_t flags = (c->m->ol_flags & ~FLAGS_DONE) | own;
	uint64_t version = ip->version == 4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6;

	if (c->req->flags & CLEAVE_GSO_HW_L4_CKSUM)
		flags |= c->shape->mbuf_cksum | version;
	if (ip->version == 4 && (c->req->flags & CLEAVE_GSO_HW_IP_CKSUM))
		flags |= RTE_MBUF_F_TX_IP_CKSUM | version;
	seg->ol_flags = flags;
	seg->tx_offload = rte_mbuf_tx_offload(c->pkt->l2_len, ip->len, c->pkt->l4_len, 0, 0, 0, 0);
}

void
patch_segment(const struct cut *c, struct rte_mbuf *seg, unsigned int i)
{
	uint8_t *hdr = rte_pktmbuf_mtod(seg, uint8_t *);
	uint32_t len = cut_len(c, i);

	c->shape->patch(c, hdr, i, len);
	for (unsigned int l = c->pkt->nb_ip; l-- > 0;)
		patch_ip(c, hdr, l, i, c->hdr_len - c->pkt->ip[l].off + len);
	patch_mbuf(c, seg);
}
