/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The checksums of a packet that may be merged: each payload byte is read at most once, and only
 * where no port vouched for them; what that pass finds out stays with the mbufs. Neighbours: gro.h.
 */
#include "gro.h"
#include "put.h"
#include "sum.h"

/* The part of pseudo-header and L4 header that is the same in a flow's packets that merge. */
static uint16_t
sum_rest(const struct cleave_pkt *pkt, const uint8_t *hdr)
{
	const uint8_t *l4 = hdr + pkt->l4_off;
	uint64_t sum = sum_pseudo(hdr, cleave_inner_ip(pkt), pkt->l4_proto, 0) + get32_raw(l4);

	if (pkt->l4_proto == IPPROTO_TCP)
		sum += (uint64_t)get32_raw(l4 + 8) + get16_raw(l4 + 14) + get16_raw(l4 + 18) +
		       sum_words(l4 + 20, pkt->l4_len - 20);
	return cleave_sum_fold(sum);
}

/* And the rest of them: length, checksum, and TCP's sequence and flags. */
static inline uint32_t
sum_differs(const struct cleave_pkt *pkt, const uint8_t *l4)
{
	uint32_t len = rte_cpu_to_be_16(pkt->l4_len + pkt->payload_len);

	if (pkt->l4_proto == IPPROTO_TCP)
		return len + get16_raw(l4 + 4) + get16_raw(l4 + 6) + get16_raw(l4 + 12) +
		       get16_raw(l4 + 16);
	return len + get16_raw(l4 + 4) + get16_raw(l4 + 6);
}

/* Sum the payload, mbuf by mbuf. */
static uint16_t
sum_payload(const struct arrival *a)
{
	uint32_t left = a->pkt.payload_len, off = a->pkt.hdr_len, n;
	uint16_t sum = 0;
	bool odd = false;

	for (struct rte_mbuf *m = a->m; left > 0; m = m->next, off = 0, left -= n) {
		uint16_t s;

		n = RTE_MIN(left, m->data_len - off);
		s = cleave_sum(rte_pktmbuf_mtod_offset(m, const void *, off), n);
		cleave_meta(m)->sum = s;
		sum = cleave_sum_add(sum, odd ? cleave_sum_odd(s) : s);
		odd ^= n & 1;
	}
	return sum;
}

static bool
ip_right(const struct cleave_pkt *pkt, const uint8_t *hdr)
{
	for (unsigned int l = 0; l < pkt->nb_ip; l++)
		if (pkt->ip[l].version == 4 && sum_few(hdr + pkt->ip[l].off, 20) != 0xffff)
			return false;
	return true;
}

/* A tunnel's own checksum, over all behind it: what is inside was found to be right, and payload is
 * its sum. No checksum is right as well. */
static bool
outer_right(const struct cleave_pkt *pkt, const uint8_t *hdr, uint16_t payload)
{
	const uint8_t *t = hdr + pkt->tunnel_off;
	uint32_t len = pkt->hdr_len - pkt->tunnel_off;
	uint16_t sum = cleave_sum_add(sum_few(t, len), payload);

	if (pkt->ip[0].proto == IPPROTO_UDP) {
		if (get16_raw(t + 6) == 0)
			return true;
		sum = cleave_sum_add(
			sum, sum_pseudo(hdr, &pkt->ip[0], IPPROTO_UDP, len + pkt->payload_len));
	} else if (pkt->tunnel_cksum == 0) {
		return true;
	}
	return sum == 0xffff;
}

/* Is what a port says of the L4 checksum said of that inside the tunnel? Only where it saw it. */
static bool
saw_inner(const struct rte_mbuf *m, const struct cleave_pkt *pkt)
{
	return pkt->nb_ip == 1 || (m->packet_type & RTE_PTYPE_TUNNEL_MASK) ||
	       (m->ol_flags & RTE_MBUF_F_RX_OUTER_L4_CKSUM_MASK);
}

/* The tunnel's checksum, where nobody vouched for it. */
static bool
tunnel_right(
	struct rte_mbuf *m, const struct cleave_pkt *pkt, const uint8_t *hdr, const struct sums *s)
{
	uint16_t sum = s->sum;

	if ((m->ol_flags & RTE_MBUF_F_RX_OUTER_L4_CKSUM_MASK) == RTE_MBUF_F_RX_OUTER_L4_CKSUM_GOOD)
		return true;
	if (!outer_right(pkt, hdr, sum)) {
		m->ol_flags |= RTE_MBUF_F_RX_OUTER_L4_CKSUM_BAD;
		return false;
	}
	/* and so that what is said of L4 is said of the inner one */
	m->ol_flags |= RTE_MBUF_F_RX_OUTER_L4_CKSUM_GOOD;
	return true;
}

bool
sums_right(struct cleave_gro *g, struct arrival *a, const struct held *like, struct sums *s)
{
	const struct cleave_pkt *pkt = &a->pkt;
	struct rte_mbuf *m = a->m;
	const uint8_t *hdr = rte_pktmbuf_mtod(m, const uint8_t *);
	const uint64_t l4 = m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
	const uint64_t ip = m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
	uint16_t header;

	/* what ports say of IP in a tunnel is of one header only */
	if (pkt->nb_ip > 1 || ip != RTE_MBUF_F_RX_IP_CKSUM_GOOD) {
		bool right = ip_right(pkt, hdr);

		if (ip != RTE_MBUF_F_RX_IP_CKSUM_NONE) {
			m->ol_flags &= ~RTE_MBUF_F_RX_IP_CKSUM_MASK;
			m->ol_flags |=
				right ? RTE_MBUF_F_RX_IP_CKSUM_GOOD : RTE_MBUF_F_RX_IP_CKSUM_BAD;
		}
		if (!right)
			return false;
	}
	s->rest = like != NULL ? like->rest_sum : sum_rest(pkt, hdr);
	if (l4 == RTE_MBUF_F_RX_L4_CKSUM_NONE) { /* look_to_complete() */
		s->sum = 0;
		s->known = false;
		return true;
	}
	header = cleave_sum_fold(s->rest + sum_differs(pkt, hdr + pkt->l4_off));
	if (l4 == RTE_MBUF_F_RX_L4_CKSUM_GOOD && saw_inner(m, pkt)) {
		s->sum = ~header;
		s->known = m->nb_segs == 1;
	} else {
		s->sum = sum_payload(a);
		s->known = true;
		g->stats.verified++;
		m->ol_flags &= ~RTE_MBUF_F_RX_L4_CKSUM_MASK;
		if (cleave_sum_add(header, s->sum) != 0xffff) {
			m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_BAD;
			return false;
		}
		m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	}
	return pkt->nb_ip == 1 || tunnel_right(m, pkt, hdr, s);
}
