/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The templates of an L4 protocol, one function that tcp.c and udp.c have instances of: what all
 * segments share is summed once, then each template gets its lengths, L4 first, then each level
 * from the inside out. Neighbours: gso.h, headers.c, segment.h (what still differs).
 *
 * Inlined with protocol and number of IP headers as constants: 363 instructions a plain TCP packet
 * instead of 445.
 */
#ifndef CLEAVE_L4_H
#define CLEAVE_L4_H

#include <errno.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>

#include "gso.h"
#include "sum.h"

#define L4_IP4_ID 4
#define L4_IP6_LEN 4

/* An L4 protocol. */
struct shape {
	uint32_t what;	     /* WRITE_TCP or WRITE_UDP */
	uint8_t word_cksum;  /* how many bits of its word lie before the checksum */
	uint16_t cksum_off;  /* where that is in the header */
	uint64_t mbuf_cksum; /* RTE_MBUF_F_TX_*_CKSUM that leaves it to the port */
	/* Note what changes per segment of the header at hdr. Returns the sum of the rest of it; or
	 * -EINVAL: there is something wrong with it. */
	int64_t (*prepare)(struct cut *c, const uint8_t *hdr);
	/* The word but for its checksum, for a length (header and payload) and a place. Returns
	 * the sum of what changed. */
	uint16_t (*finish)(const struct cut *c, struct tmpl *t, uint32_t len, enum which which);
};

/* The sum of an IPv4 header without its length, ID and checksum. */
static inline uint16_t
l4_sum_ip4(const uint8_t *p, uint32_t len)
{
	uint64_t sum =
		(get32_raw(p) & 0xffff) + (get32_raw(p + 4) >> 16) + (get32_raw(p + 8) & 0xffff);

	if (likely(len == 20))
		return cleave_sum_fold(sum + get32_raw(p + 12) + get32_raw(p + 16));
	return cleave_sum_fold(sum + sum_words(p + 12, len - 12));
}

/* Length, ID and checksum of an IP header. */
static __rte_always_inline void
l4_finish_ip(const struct cut *c, struct tmpl *t, unsigned int level, const bool inner)
{
	const struct cleave_ip *ip = &c->pkt->ip[level];
	uint32_t len = t->hdr_len - ip->off + t->len;
	struct edit *e = &t->edit[!inner];

	if (ip->version == 6) {
		e->off = ip->off + L4_IP6_LEN;
		e->before = get16_raw(t->hdr + e->off - 2);
		e->base = len - 40;
		e->step = e->cksum = 0;
		return;
	}
	e->off = ip->off + L4_IP4_ID;
	e->before = rte_cpu_to_be_16(len);
	e->base = c->ip_id[level];
	e->step = !(c->flags & (inner ? CLEAVE_GSO_FIXED_ID : CLEAVE_GSO_FIXED_OUTER_ID));
	e->cksum = ip->off + IP4_CKSUM;
	e->keep = inner && (c->flags & CLEAVE_GSO_HW_IP_CKSUM) ? 0 : UINT16_MAX;
	e->sum = cleave_sum_add(c->ip_sum[level], e->before);
}

static __rte_always_inline void
l4_finish(struct cut *c, const struct shape *shape, const unsigned int nb_ip, struct tmpl *t,
	uint32_t len, enum which which)
{
	uint32_t l4_len = c->pkt->l4_len + len, be = rte_cpu_to_be_16(l4_len);
	uint16_t pseudo = cleave_sum_add(c->pseudo, be);

	t->len = len;
	t->l4_sum = c->l4_sum + be + shape->finish(c, t, l4_len, which);
	if (!(c->what & WRITE_CKSUM)) /* somebody else completes it */
		t->l4_word |= (uint64_t)pseudo << shape->word_cksum;
	l4_finish_ip(c, t, nb_ip - 1, true);
	if (nb_ip > 1) {
		l4_finish_ip(c, t, 0, false);
		headers_finish_outer(c, t, pseudo);
	}
}

/* A template for such segments; the one of the middle where it would be the same. */
static __rte_always_inline const struct tmpl *
l4_make(struct cut *c, const struct shape *shape, const unsigned int nb_ip, uint32_t len,
	enum which which)
{
	struct tmpl *middle = &c->tmpl[MIDDLE], *t = &c->tmpl[which];

	if (len == middle->len && ((c->clear[which] ^ c->clear[MIDDLE]) & c->tcp_flags) == 0)
		return middle;
	if (nb_ip > 1) {
		headers_copy(t, middle);
	} else {
		t->hdr = middle->hdr;
		t->hdr_len = middle->hdr_len;
	}
	l4_finish(c, shape, nb_ip, t, len, which);
	return t;
}

/* Which checksum is completed over the payload, if any. With remote checksum offload the inner one
 * stays partial. */
static __rte_always_inline void
l4_choose_cksum(struct cut *c, const struct shape *shape, const unsigned int nb_ip)
{
	c->what = shape->what | WRITE_COUNTER | (nb_ip > 1 ? WRITE_SECOND : 0);
	if (nb_ip > 1 && (c->pkt->tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM)) {
		c->cksum_off = c->outer_cksum;
		c->what |= c->cksum_off != 0 ? WRITE_OUTER : 0;
	} else if (!(c->flags & CLEAVE_GSO_HW_L4_CKSUM)) {
		c->cksum_off = c->pkt->l4_off + shape->cksum_off;
		c->what |= WRITE_CKSUM;
	}
}

/* All templates. */
static __rte_always_inline int
l4_headers(struct cut *c, const struct shape *shape, const unsigned int nb_ip)
{
	const bool jumbo = c->pkt->ip[0].flags & CLEAVE_IP_JUMBO;
	struct tmpl *t = &c->tmpl[MIDDLE];
	const uint8_t *p;
	int64_t rest;
	int rc = headers_read(c, t, c->pkt->hdr_len, nb_ip > 1 || jumbo);

	if (rc < 0)
		return rc;
	if (jumbo)
		jumbo_remove(c, t);
	p = t->hdr + c->pkt->l4_off;
	rest = shape->prepare(c, p);
	if (rest < 0)
		return rest;
	c->pseudo = sum_pseudo(t->hdr, &c->pkt->ip[nb_ip - 1], c->pkt->l4_proto, 0);
	if (c->flags & CLEAVE_GSO_VERIFY)
		c->verify = cleave_sum_add(sum_few(p, c->pkt->l4_len),
			cleave_sum_pseudo(t->hdr, c->pkt, c->pkt->l4_len + c->payload_len));
	c->l4_sum = c->pseudo + cleave_sum_fold(rest);
	for (unsigned int l = 0; l < nb_ip; l++) {
		const struct cleave_ip *ip = &c->pkt->ip[l];

		if (ip->version == 6)
			continue;
		c->ip_sum[l] = l4_sum_ip4(t->hdr + ip->off, ip->len);
		c->ip_id[l] = rte_be_to_cpu_16(get16_raw(t->hdr + ip->off + L4_IP4_ID));
	}
	if (nb_ip > 1)
		headers_take_outer(c, t);
	l4_choose_cksum(c, shape, nb_ip);
	rc = headers_mbuf(c, shape->mbuf_cksum, c->pkt->l4_len);
	if (rc < 0)
		return rc;

	l4_finish(
		c, shape, nb_ip, t, c->n == 1 ? c->payload_len : c->mss, c->n == 1 ? ONLY : MIDDLE);
	c->first = c->middle = c->last = t;
	if (c->n > 1) {
		c->first = l4_make(c, shape, nb_ip, c->mss, FIRST);
		c->last = l4_make(c, shape, nb_ip, c->payload_len - (c->n - 1u) * c->mss, LAST);
	}
	return 0;
}

#endif
