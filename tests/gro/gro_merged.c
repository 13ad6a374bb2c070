/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The judge of a merged packet itself: its headers, its mbufs, its marks and what struct cleave_meta
 * says of it (cleave_gro.h, SEMANTICS.md part 3 "Completion"). Neighbours: gro_test.h, gro_judge.c.
 */
#include "gro_test.h"

static uint8_t flat[128 * 1024];

/* The same sum of one's complement, which has two zeroes. */
static bool
same_sum(uint16_t a, uint16_t b)
{
	return a % 0xffff == b % 0xffff;
}

static int
merged_chain(const struct rte_mbuf *m, const struct gro_frame *const *g, unsigned int n)
{
	const struct cleave_pkt *w = &g[0]->p.want;
	uint32_t len = w->hdr_len, sum = 0;
	unsigned int nb = 0;

	for (unsigned int i = 0; i < n; i++)
		len += g[i]->p.want.payload_len;
	TEST_ASSERT_EQUAL(m->pkt_len, len, "pkt_len %u, not %u", m->pkt_len, len);
	for (const struct rte_mbuf *s = m; s != NULL; s = s->next, nb++)
		sum += s->data_len;
	TEST_ASSERT(sum == len && nb == m->nb_segs, "%u bytes in %u mbufs, %u and %u said", sum, nb,
		len, m->nb_segs);
	TEST_ASSERT(gro.conf.max_mbufs == 0 || nb <= gro.conf.max_mbufs, "%u mbufs, at most %u", nb,
		gro.conf.max_mbufs);
	TEST_ASSERT(m->data_len >= w->hdr_len, "headers of %u bytes, %u in the first mbuf",
		w->hdr_len, m->data_len);
	return check_sound(m, 0, 1);
}

/* Lengths and checksums of an IP header and of a UDP header behind it. */
static int
merged_ip(const struct cleave_ip *ip, uint32_t len)
{
	const uint8_t *h = flat + ip->off, *l4 = h + ip->len;

	if (ip->version == 4) {
		TEST_ASSERT_EQUAL(pkt_be16(h + 2), len - ip->off, "IPv4 total length %u, not %u",
			pkt_be16(h + 2), len - ip->off);
		TEST_ASSERT_EQUAL(pkt_sum(h, ip->len), 0xffff, "IPv4 header checksum");
	} else {
		TEST_ASSERT_EQUAL(pkt_be16(h + 4), len - ip->off - 40,
			"IPv6 payload length %u, not %u", pkt_be16(h + 4), len - ip->off - 40);
	}
	if (ip->proto == IPPROTO_UDP)
		TEST_ASSERT_EQUAL(pkt_be16(l4 + 4), len - ip->off - ip->len,
			"UDP length %u, not %u", pkt_be16(l4 + 4), len - ip->off - ip->len);
	return TEST_SUCCESS;
}

/* The head's headers are those of the first frame, but for what merging changes. */
static int
merged_headers(const struct rte_mbuf *m, const struct gro_frame *const *g, unsigned int n)
{
	const struct cleave_pkt *w = &g[0]->p.want;
	const struct cleave_ip *ip = cleave_inner_ip(w);
	uint32_t len = mbuf_flat(m, flat, sizeof(flat));
	uint32_t field = w->l4_off + (w->l4_proto == IPPROTO_TCP ? 16 : 6);
	uint8_t flags = 0;

	for (unsigned int l = 0; l < w->nb_ip; l++)
		if (merged_ip(&w->ip[l], len) < 0)
			return TEST_FAILED;
	if (w->tunnel_len != 0)
		TEST_ASSERT_EQUAL(pkt_be16(flat + w->tunnel_len), len - w->tunnel_len_from,
			"the tunnel's length");
	if (w->l4_proto == IPPROTO_TCP) {
		for (unsigned int i = 0; i < n; i++)
			flags |= g[i]->p.data[w->l4_off + 13];
		TEST_ASSERT_EQUAL(flat[w->l4_off + 13], flags, "TCP flags %02x, not %02x",
			flat[w->l4_off + 13], flags);
	}
	if (!(w->tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM))
		TEST_ASSERT(same_sum(pkt_be16(flat + field), pkt_pseudo(flat, ip, w->l4_proto, 0)),
			"L4 checksum %04x, the pseudo-header's sum is %04x", pkt_be16(flat + field),
			pkt_pseudo(flat, ip, w->l4_proto, 0));
	return TEST_SUCCESS;
}

/* The request that it is, for a port that cuts. */
static int
merged_request(const struct rte_mbuf *m, const struct gro_frame *f)
{
	const struct cleave_pkt *w = &f->p.want;
	const struct cleave_ip *ip = cleave_inner_ip(w);
	uint64_t want = w->l4_proto == IPPROTO_TCP ? RTE_MBUF_F_TX_TCP_SEG : RTE_MBUF_F_TX_UDP_SEG;
	const uint64_t learnt = RTE_MBUF_F_RX_L4_CKSUM_MASK | RTE_MBUF_F_RX_OUTER_L4_CKSUM_MASK |
				RTE_MBUF_F_RX_IP_CKSUM_MASK;
	const uint64_t rx = (RTE_BIT64(23) - 1) & ~learnt;
	uint32_t l2 = w->nb_ip < 2 ? w->l2_len : ip->off - w->tunnel_off;

	want |= ip->version == 4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6;
	if (w->nb_ip == 2)
		want |= w->ip[0].version == 4 ? RTE_MBUF_F_TX_OUTER_IPV4 : RTE_MBUF_F_TX_OUTER_IPV6;
	TEST_ASSERT_EQUAL(
		m->ol_flags & want, want, "flags %lx lack %lx", m->ol_flags, want & ~m->ol_flags);
	TEST_ASSERT_EQUAL(m->ol_flags & RTE_MBUF_F_TX_TUNNEL_MASK,
		cleave_tunnel_mbuf_flag(w->tunnel), "tunnel flag of %lx", m->ol_flags);
	TEST_ASSERT_EQUAL(m->ol_flags & rx, f->ol_flags & rx, "flags %lx, came with %lx",
		m->ol_flags, f->ol_flags);
	TEST_ASSERT_EQUAL(m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK, RTE_MBUF_F_RX_L4_CKSUM_GOOD,
		"flags %lx: the checksum was verified", m->ol_flags);
	TEST_ASSERT_EQUAL(
		m->tso_segsz, w->payload_len, "tso_segsz %u, not %u", m->tso_segsz, w->payload_len);
	TEST_ASSERT(l2 > 127 || m->l2_len == l2, "l2_len %u, not %u", m->l2_len, l2);
	TEST_ASSERT_EQUAL(m->l3_len, ip->len, "l3_len %u, not %u", m->l3_len, ip->len);
	TEST_ASSERT_EQUAL(m->l4_len, w->l4_len, "l4_len %u, not %u", m->l4_len, w->l4_len);
	if (w->nb_ip == 2)
		TEST_ASSERT(m->outer_l2_len == w->l2_len && m->outer_l3_len == w->ip[0].len,
			"outer_l2_len %u, outer_l3_len %u, not %u, %u", m->outer_l2_len,
			m->outer_l3_len, w->l2_len, w->ip[0].len);
	TEST_ASSERT(m->port == f->port && m->vlan_tci == f->vlan_tci &&
			    m->vlan_tci_outer == f->vlan_tci_outer,
		"port or stripped tag");
	TEST_ASSERT_SUCCESS(
		rte_validate_tx_offload(m), "rte_validate_tx_offload: flags %lx", m->ol_flags);
	return TEST_SUCCESS;
}

static bool
fixed_id(const struct gro_frame *const *g, unsigned int level)
{
	uint32_t off = g[0]->p.want.ip[level].off + 4;

	return pkt_be16(g[0]->p.data + off) == pkt_be16(g[1]->p.data + off);
}

static int
merged_meta(const struct rte_mbuf *m, const struct gro_frame *const *g, unsigned int n)
{
	const struct cleave_pkt *w = &g[0]->p.want;
	const struct cleave_meta *meta = cleave_meta(m);
	unsigned int inner = w->nb_ip - 1;
	bool accecn = w->l4_proto == IPPROTO_TCP && g[0]->p.data[w->l4_off + 13] & CLEAVE_TCP_CWR;

	TEST_ASSERT_EQUAL(meta->nb_segs, n, "%u packets in it, not %u", meta->nb_segs, n);
	if (w->ip[inner].version == 4)
		TEST_ASSERT_EQUAL(!!(meta->flags & CLEAVE_META_FIXED_ID), fixed_id(g, inner),
			"meta flags %x", meta->flags);
	if (inner == 1 && w->ip[0].version == 4)
		TEST_ASSERT_EQUAL(!!(meta->flags & CLEAVE_META_FIXED_OUTER_ID), fixed_id(g, 0),
			"meta flags %x", meta->flags);
	TEST_ASSERT_EQUAL(
		!!(meta->flags & CLEAVE_META_ACCECN), accecn, "meta flags %x", meta->flags);
	return TEST_SUCCESS;
}

/* Each mbuf's payload as it would sum alone. (Where a frame lies in several mbufs, its header's
 * checksum does not say what is in which; and where it is left to us it says nothing.) */
static int
merged_sums(const struct rte_mbuf *m, const struct gro_frame *const *g, unsigned int n)
{
	uint32_t off = 0, skip = g[0]->p.want.hdr_len;
	unsigned int unknown = 0, i = 0;

	for (unsigned int k = 0; k < n; k++)
		unknown += g[k]->nb_mbufs > 1 || (g[k]->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) ==
							 RTE_MBUF_F_RX_L4_CKSUM_NONE;
	if (!(cleave_meta(m)->flags & CLEAVE_META_SUMS)) {
		TEST_ASSERT(unknown > 0, "no payload sums");
		return TEST_SUCCESS;
	}
	for (const struct rte_mbuf *s = m; s != NULL && !gro.lies; s = s->next, i++) {
		uint16_t sum = rte_be_to_cpu_16(cleave_meta(s)->sum);
		uint16_t want = pkt_sum(flat + off + skip, s->data_len - skip);

		TEST_ASSERT(same_sum(sum, want), "mbuf %u: sum %04x, not %04x", i, sum, want);
		off += s->data_len;
		skip = 0;
	}
	return TEST_SUCCESS;
}

int
gro_merged(const struct rte_mbuf *m, const struct gro_frame *const *g, unsigned int n)
{
	if (merged_chain(m, g, n) < 0 || merged_headers(m, g, n) < 0 ||
		merged_request(m, g[0]) < 0 || merged_meta(m, g, n) < 0 || merged_sums(m, g, n) < 0)
		return TEST_FAILED;
	return TEST_SUCCESS;
}
