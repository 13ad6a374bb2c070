/* SPDX-License-Identifier: BSD-3-Clause
 *
 * IP fragments of the outermost IP packet (RFC 791, RFC 8200 4.5), and with the L4 checksum completed
 * first: UFO. Neighbours: gso.h, headers.c.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "gso.h"
#include "sum.h"

#define IP4_FRAG 6
#define IP4_MF 0x2000
#define IP4_OFFSET 0x1fff
#define IP4_OPTIONS 20
#define IP6_NEXT 6
#define IP6_FRAGMENT_LEN 8

/* The headers that every fragment has: up to and with the last one that routers look at. next: where
 * the type of what follows is said. */
static uint32_t
ip6_unfragmentable(const uint8_t *p, const struct cleave_ip *ip, uint32_t *next)
{
	uint32_t len = 40, off = 40, said = IP6_NEXT;

	*next = IP6_NEXT;
	while (off < ip->len) {
		uint8_t type = p[said];

		said = off;
		off += 8 + p[off + 1] * 8;
		if (type != IPPROTO_DSTOPTS) {
			len = off;
			*next = said;
		}
	}
	return len;
}

/* With COMPLETE, the first fragment's headers hold L4's, whose checksum is written. */
static int
measure_lead(struct cut *c)
{
	const struct cleave_pkt *pkt = c->pkt;

	if (!(c->flags & CLEAVE_GSO_COMPLETE))
		return 0;
	if (pkt->depth != CLEAVE_DEPTH_L4 || pkt->nb_ip != 1 ||
		(pkt->l4_proto != IPPROTO_TCP && pkt->l4_proto != IPPROTO_UDP))
		return -ENOTSUP;
	c->lead = pkt->hdr_len - c->skip;
	return c->lead > c->mss ? -EINVAL : 0;
}

int
fragment_measure(struct cut *c)
{
	const struct cleave_ip *ip = &c->pkt->ip[0];
	struct tmpl *t = &c->tmpl[MIDDLE];
	uint32_t next, off = 0;
	int rc;

	if (c->pkt->nb_ip == 0 || (ip->flags & CLEAVE_IP_JUMBO) ||
		(ip->flags & (ip->version == 4 ? CLEAVE_IP_DF : CLEAVE_IP_FRAGMENT)))
		return -ENOTSUP;
	/* of a type that the walk does not know: every fragment would need it */
	if (ip->version == 6 && ip->proto == IPPROTO_ROUTING)
		return -ENOTSUP;
	c->skip = ip->off + ip->len;
	rc = headers_read(c, t, c->skip, false);
	if (rc < 0)
		return rc;
	if (ip->version == 6) {
		c->skip = ip->off + ip6_unfragmentable(t->hdr + ip->off, ip, &next);
		c->next_off = ip->off + next;
	} else
		off = (t->hdr[ip->off + IP4_FRAG] << 8 | t->hdr[ip->off + IP4_FRAG + 1]) &
		      IP4_OFFSET;
	c->mss &= ~7u;
	if (c->mss == 0)
		return -EINVAL;
	c->payload_len = c->pkt->frame_len - c->skip;
	/* where a fragment of a fragment lies has to be said in 13 bits, too */
	if (off * 8 + c->payload_len > UINT16_MAX)
		return -EINVAL;
	c->nb_ip = 1;
	return measure_lead(c);
}

/* The L4 header at p with its checksum, over the whole packet. */
static void
complete_l4(const struct cut *c, const struct tmpl *t, uint8_t *p)
{
	const struct cleave_pkt *pkt = c->pkt;
	bool tcp = pkt->l4_proto == IPPROTO_TCP;
	uint8_t *cksum = p + (tcp ? TCP_CKSUM : UDP_CKSUM);
	uint32_t len = pkt->l4_len + pkt->payload_len, udp = p[4] << 8 | p[5];
	uint16_t sum;

	/* a datagram may be shorter than its IP packet (RFC 768) */
	if (!tcp && udp != 0)
		len = udp;
	put16_raw(cksum, 0);
	sum = cleave_sum_add(sum_few(p, pkt->l4_len), cleave_sum_pseudo(t->hdr, pkt, len));
	sum = ~cleave_sum_add(sum, cleave_sum_mbuf(c->m, pkt->hdr_len, len - pkt->l4_len));
	put16_raw(cksum, sum == 0 && !tcp ? UINT16_MAX : sum);
}

/* Options without the copy bit are in the first fragment only (RFC 791 3.1); the others have
 * no-operations there, as Linux writes them. */
static void
blank_options(uint8_t *p, uint32_t len)
{
	for (uint32_t off = IP4_OPTIONS, n; off < len && p[off] != 0; off += n) {
		n = p[off] == 1 || off + 1 == len ? 1 : p[off + 1];
		if (n == 0 || off + n > len)
			return;
		if (!(p[off] & 0x80))
			memset(p + off, 1, n);
	}
}

/* The template of such fragments. base: the field of the offset in the first one. */
static void
finish(struct cut *c, struct tmpl *t, enum which which, uint16_t base, uint32_t len)
{
	const struct cleave_ip *ip = &c->pkt->ip[0];
	uint8_t *p = t->buf + ip->off;
	bool more = which == FIRST || which == MIDDLE;
	struct edit e = {.base = base, .step = c->mss / 8};

	t->len = len;
	if (ip->version == 4) {
		e.off = ip->off + IP4_FRAG;
		e.base |= more ? IP4_MF : 0;
		if (which == MIDDLE || which == LAST)
			blank_options(p, ip->len);
		e.cksum = ip->off + IP4_CKSUM;
		e.keep = c->flags & CLEAVE_GSO_HW_IP_CKSUM ? 0 : UINT16_MAX;
		/* with the options that are left */
		e.sum = cleave_sum_add(headers_sum_ip4(t->buf, ip, IP4_FRAG),
			rte_cpu_to_be_16(t->hdr_len - ip->off + len));
	} else if (which != ONLY) {
		e.off = c->skip + 2;
		e.step = c->mss;
		e.base = more; /* M */
	}
	put_ip_len(t->buf, ip, t->hdr_len + len);
	if (e.off != 0) {
		e.before = get16_raw(t->buf + e.off - 2);
		c->what = WRITE_COUNTER;
	}
	t->edit[0] = e;
}

int
fragment_headers(struct cut *c)
{
	const struct cleave_ip *ip = &c->pkt->ip[0];
	struct tmpl *t = &c->tmpl[MIDDLE], *first = &c->tmpl[FIRST];
	uint32_t lead_off = c->skip;
	uint16_t base = 0;
	int rc;

	/* the packet's own, with L4's where it is completed */
	rc = headers_read(c, first, c->skip + c->lead, true);
	if (rc < 0)
		return rc;
	if (c->lead != 0)
		complete_l4(c, first, first->buf + c->pkt->l4_off);
	if (ip->version == 4) {
		base = first->buf[ip->off + IP4_FRAG] << 8 | first->buf[ip->off + IP4_FRAG + 1];
	} else if (c->n > 1) {
		uint8_t *f = first->buf + c->skip;

		if (first->hdr_len + IP6_FRAGMENT_LEN > (int)sizeof(first->buf))
			return -EINVAL;
		memmove(f + IP6_FRAGMENT_LEN, f, c->lead);
		memset(f, 0, IP6_FRAGMENT_LEN);
		f[0] = first->buf[c->next_off];
		first->buf[c->next_off] = IPPROTO_FRAGMENT;
		put32_raw(f + 4, rte_cpu_to_be_32(c->req->frag_id));
		first->hdr_len += IP6_FRAGMENT_LEN;
		lead_off += IP6_FRAGMENT_LEN;
	}
	headers_copy(t, first);
	t->hdr_len = lead_off;
	headers_copy(&c->tmpl[LAST], t);
	rc = headers_mbuf(c, 0, 0);
	if (rc < 0)
		return rc;
	c->what = 0;
	if (c->n > 1 && c->mbuf.type != 0)
		c->mbuf.type = (c->mbuf.type & (RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK)) |
			       RTE_PTYPE_L4_FRAG;

	c->first = c->middle = c->last = first;
	if (c->n == 1) {
		finish(c, first, ONLY, base, c->payload_len - c->lead);
		return 0;
	}
	c->middle = t;
	c->last = &c->tmpl[LAST];
	finish(c, first, FIRST, base, c->mss - c->lead);
	finish(c, t, MIDDLE, base, c->mss);
	finish(c, &c->tmpl[LAST], LAST, base, c->payload_len - (c->n - 1u) * c->mss);
	return 0;
}
