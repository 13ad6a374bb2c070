/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Header templates: the headers of a packet as its segments have them. What all segments share is
 * summed once, then each template gets its lengths, L4 first, then each level from the inside out.
 * Neighbours: gso.h, tcp.c and udp.c (their header), segment.h (what still differs).
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "gso.h"
#include "sum.h"
#include "types.h"

#define IP4_LEN 2
#define IP4_ID 4
#define IP4_CKSUM 10
#define IP6_LEN 4
#define UDP_LEN 4
#define UDP_CKSUM 6

static uint16_t
get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

/* Without a call; len is at least 34, Ethernet and IPv4. */
static inline void
copy_few(uint8_t *to, const uint8_t *from, uint32_t len)
{
	for (uint32_t off = 0; off + 32 < len; off += 32)
		__builtin_memcpy(to + off, from + off, 32);
	__builtin_memcpy(to + len - 32, from + len - 32, 32);
}

int
headers_read(struct cut *c, struct tmpl *t, uint16_t len)
{
	const void *hdr = rte_pktmbuf_read(c->m, 0, len, t->hdr);

	if (hdr == NULL)
		return -EINVAL;
	if (hdr != t->hdr)
		copy_few(t->hdr, hdr, len);
	t->hdr_len = len;
	return 0;
}

void
headers_copy(struct tmpl *to, const struct tmpl *from)
{
	to->hdr_len = from->hdr_len;
	copy_few(to->hdr, from->hdr, from->hdr_len);
}

uint16_t
headers_take_ip(struct cut *c, const struct tmpl *t, unsigned int level, unsigned int field)
{
	const struct cleave_ip *ip = &c->pkt->ip[level];
	const uint8_t *p = t->hdr + ip->off;

	if (ip->version == 6)
		return 0;
	c->ip_sum[level] = cleave_sum_fold(sum_words(p, ip->len) + sum_without(p + IP4_LEN) +
					   sum_without(p + IP4_CKSUM) + sum_without(p + field));
	return get16(p + field);
}

/* Where the tunnel's checksum is, and the sum of what it covers down to the inner L4 header, without
 * what changes per segment. */
static void
prepare_outer(struct cut *c, const struct tmpl *t)
{
	const struct cleave_pkt *pkt = c->pkt;
	const struct cleave_ip *inner = &pkt->ip[1];
	const uint8_t *p = t->hdr + pkt->tunnel_off;
	bool udp = pkt->ip[0].proto == IPPROTO_UDP;
	uint64_t sum;

	c->outer_cksum = pkt->tunnel_cksum;
	if (udp && (get16(p + UDP_CKSUM) != 0 || (c->flags & CLEAVE_GSO_OUTER_CKSUM)))
		c->outer_cksum = pkt->tunnel_off + UDP_CKSUM;
	if (c->outer_cksum == 0)
		return;
	sum = sum_few(p, inner->off - pkt->tunnel_off);
	sum += sum_without(t->hdr + c->outer_cksum);
	if (pkt->tunnel_len != 0)
		sum += sum_without(t->hdr + pkt->tunnel_len);
	if (udp)
		sum += sum_without(p + UDP_LEN) + sum_pseudo(t->hdr, &pkt->ip[0], IPPROTO_UDP, 0);
	/* an IPv4 header with its checksum sums up to 0 */
	if (inner->version == 6)
		sum += sum_words(t->hdr + inner->off, inner->len) +
		       sum_without(t->hdr + inner->off + IP6_LEN);
	c->outer_sum = cleave_sum_fold(sum);
}

/* Lengths and checksum of the tunnel's headers. The inner L4 checksum makes what it covers sum up
 * to the complement of its pseudo-header, whatever the payload, so that the outer one is the same
 * for all segments of one length (Linux: local checksum offload). With remote checksum offload
 * there is no inner one, and the payload counts. */
static void
finish_outer(struct cut *c, struct tmpl *t, uint16_t pseudo)
{
	const struct cleave_pkt *pkt = c->pkt;
	uint32_t end = t->hdr_len + t->len;
	uint16_t sum = c->outer_sum, len;

	if (pkt->tunnel_len != 0) {
		len = rte_cpu_to_be_16(end - pkt->tunnel_len_from);
		put16_raw(t->hdr + pkt->tunnel_len, len);
		sum = cleave_sum_add(sum, len);
	}
	if (pkt->ip[0].proto == IPPROTO_UDP) {
		len = rte_cpu_to_be_16(end - pkt->tunnel_off);
		put16_raw(t->hdr + pkt->tunnel_off + UDP_LEN, len);
		sum = cleave_sum_add(sum, cleave_sum_add(len, len)); /* pseudo-header, too */
	}
	if (c->outer_cksum == 0)
		return;
	if (pkt->ip[1].version == 6)
		sum = cleave_sum_add(sum, rte_cpu_to_be_16(end - pkt->ip[1].off - 40));
	if (pkt->tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM) {
		t->l4_sum = cleave_sum_add(t->l4_sum, sum);
		return;
	}
	sum = (uint16_t)~cleave_sum_add(sum, (uint16_t)~pseudo);
	if (sum == 0 && pkt->tunnel_cksum == 0)
		sum = UINT16_MAX; /* UDP's 0 says that there is none */
	put16_raw(t->hdr + c->outer_cksum, sum);
}

void
headers_finish_ip(const struct cut *c, struct tmpl *t, unsigned int level, struct edit e)
{
	const struct cleave_ip *ip = &c->pkt->ip[level];
	uint8_t *p = t->hdr + ip->off;
	uint32_t len = t->hdr_len - ip->off + t->len;
	bool hw = level + 1 == c->nb_ip && (c->flags & CLEAVE_GSO_HW_IP_CKSUM);

	if (ip->version == 6) {
		put16(p + IP6_LEN, len - 40);
	} else {
		put16(p + IP4_LEN, len);
		if (hw)
			put16_raw(p + IP4_CKSUM, 0);
		e.cksum = hw ? 0 : ip->off + IP4_CKSUM;
		e.sum = cleave_sum_add(c->ip_sum[level], rte_cpu_to_be_16(len));
	}
	if (e.off == 0)
		return;
	if (e.step != 0) {
		t->edit[t->nb_edits++] = e;
		return;
	}
	put16(t->hdr + e.off, e.base);
	if (e.cksum != 0)
		put16_raw(t->hdr + e.cksum,
			(uint16_t)~cleave_sum_add(e.sum, rte_cpu_to_be_16(e.base)));
}

static void
finish_l4(struct cut *c, const struct shape *shape, struct tmpl *t, uint32_t len, enum which which)
{
	const struct cleave_pkt *pkt = c->pkt;
	uint32_t l4_len = pkt->l4_len + len;
	uint8_t *p = t->hdr + pkt->l4_off;
	uint16_t pseudo = cleave_sum_add(c->pseudo, rte_cpu_to_be_16(l4_len));
	uint16_t varies = shape->finish(c, p, l4_len, which);

	t->len = len;
	t->nb_edits = 0;
	t->l4_sum = cleave_sum_add(cleave_sum_add(c->l4_sum, varies), pseudo);
	if (c->cksum_off != pkt->l4_off + shape->cksum_off)
		put16_raw(p + shape->cksum_off, pseudo); /* somebody else completes it */
	for (unsigned int l = c->nb_ip; l-- > 0;) {
		bool fixed = c->flags &
			     (l + 1 == c->nb_ip ? CLEAVE_GSO_FIXED_ID : CLEAVE_GSO_FIXED_OUTER_ID);
		struct edit e = {.step = !fixed, .base = c->ip_id[l]};

		if (pkt->ip[l].version == 4)
			e.off = pkt->ip[l].off + IP4_ID;
		headers_finish_ip(c, t, l, e);
	}
	if (c->nb_ip > 1)
		finish_outer(c, t, pseudo);
}

/* A template for such segments; the one of the middle where it would be the same. */
static const struct tmpl *
make_l4(struct cut *c, const struct shape *shape, uint32_t len, enum which which)
{
	struct tmpl *middle = &c->tmpl[MIDDLE], *t = &c->tmpl[which];

	if (len == middle->len && ((c->clear[which] ^ c->clear[MIDDLE]) & c->tcp_flags) == 0)
		return middle;
	headers_copy(t, middle);
	finish_l4(c, shape, t, len, which);
	return t;
}

int
headers_mbuf(struct cut *c, uint64_t l4_cksum, uint32_t l4_len)
{
	const struct cleave_ip *ip = &c->pkt->ip[c->nb_ip - 1];
	uint64_t version = ip->version == 4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6;
	uint32_t l2 = c->pkt->l2_len, ol2 = 0, ol3 = 0;
	struct rte_mbuf *proto = &c->proto;

	*proto = *c->m;
	proto->ol_flags = c->m->ol_flags & ~(TYPES_FLAGS_OWN | TYPES_FLAGS_DONE | cleave_meta_flag);
	proto->data_off = RTE_PKTMBUF_HEADROOM;
	proto->nb_segs = 1;
	rte_mbuf_refcnt_set(proto, 1);
	if (c->flags & CLEAVE_GSO_HW_L4_CKSUM)
		proto->ol_flags |= l4_cksum | version;
	if (ip->version == 4 && (c->flags & CLEAVE_GSO_HW_IP_CKSUM))
		proto->ol_flags |= RTE_MBUF_F_TX_IP_CKSUM | version;
	if (c->nb_ip > 1) {
		bool hw = proto->ol_flags & (RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IPV6);

		ol2 = hw ? 0 : l2;
		ol3 = hw ? 0 : c->pkt->ip[0].len;
		l2 = hw ? ip->off : ip->off - c->pkt->tunnel_off;
		if (hw && l2 > TYPES_L2_MAX)
			return -EINVAL;
		l2 = RTE_MIN(l2, TYPES_L2_MAX); /* nobody asks */
	}
	proto->tx_offload = rte_mbuf_tx_offload(l2, ip->len, l4_len, 0, ol3, ol2, 0);
	return 0;
}

int
headers_l4(struct cut *c, const struct shape *shape)
{
	struct tmpl *t = &c->tmpl[MIDDLE];
	const struct cleave_ip *ip;
	bool remote = c->pkt->tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM;
	uint8_t *p;
	int rc = headers_read(c, t, c->pkt->hdr_len);

	if (rc < 0)
		return rc;
	if (c->pkt->ip[0].flags & CLEAVE_IP_JUMBO)
		jumbo_remove(c, t);
	ip = &c->pkt->ip[c->nb_ip - 1];
	p = t->hdr + c->pkt->l4_off;
	if (shape == &shape_udp) {
		uint16_t len = get16(p + UDP_LEN);

		if (len != 0 && len != c->pkt->l4_len + c->payload_len)
			return -EINVAL; /* what lies behind the datagram is no payload of it */
		if (get16(p + UDP_CKSUM) == 0)
			c->flags &= ~CLEAVE_GSO_VERIFY; /* there is none */
	}
	memset(c->clear, 0, sizeof(c->clear));
	c->pseudo = sum_pseudo(t->hdr, ip, c->pkt->l4_proto, 0);
	if (c->flags & CLEAVE_GSO_VERIFY)
		c->verify = cleave_sum_add(sum_few(p, c->pkt->l4_len),
			cleave_sum_pseudo(t->hdr, c->pkt, c->pkt->l4_len + c->payload_len));
	c->l4_sum = cleave_sum_fold(sum_words(p, c->pkt->l4_len) + shape->prepare(c, p));
	for (unsigned int l = 0; l < c->nb_ip; l++)
		c->ip_id[l] = headers_take_ip(c, t, l, IP4_ID);
	if (c->nb_ip > 1)
		prepare_outer(c, t);

	/* which checksum is completed over the payload, if any */
	c->zero_as = remote ? UINT16_MAX : shape->zero_as;
	if (remote)
		c->cksum_off = c->outer_cksum;
	else if (!(c->flags & CLEAVE_GSO_HW_L4_CKSUM))
		c->cksum_off = c->pkt->l4_off + shape->cksum_off;
	rc = headers_mbuf(c, shape->mbuf_cksum, c->pkt->l4_len);
	if (rc < 0)
		return rc;

	finish_l4(c, shape, t, c->n == 1 ? c->payload_len : c->mss, c->n == 1 ? ONLY : MIDDLE);
	c->first = c->middle = c->last = t;
	if (c->n > 1) {
		c->first = make_l4(c, shape, c->mss, FIRST);
		c->last = make_l4(c, shape, c->payload_len - (c->n - 1u) * c->mss, LAST);
	}
	return 0;
}
