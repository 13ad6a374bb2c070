/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The frame builder. Written from the RFCs with nothing of lib/net in it, one function a layer.
 * Neighbours: pkt.h, pkt_tunnel.c.
 */
#include <stdlib.h>
#include <string.h>

#include "pkt.h"
#include "pkt_tunnel.h"

/* The builder appends at len; headers never exceed HDR_ROOM. */
#define HDR_ROOM 2048

static void
put_ether(struct pkt *p, bool inner)
{
	static const uint8_t macs[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};

	memcpy(p->data + p->len, macs, 12);
	p->data[p->len + 5] += inner * 0x10;
	p->len += 14; /* the type is written by put_type() */
}

/* Into the last two bytes written. */
static void
put_type(struct pkt *p, uint16_t type)
{
	pkt_put16(p->data + p->len - 2, type);
}

static uint16_t
ip_type(const struct pkt_ip *ip)
{
	return ip->version == 4 ? 0x0800 : ip->version == 6 ? 0x86dd : 0x88b5;
}

static void
put_l2(const struct pkt_spec *s, struct pkt *p, uint16_t type)
{
	put_ether(p, false);
	for (unsigned int i = 0; i < s->nb_vlan; i++) {
		put_type(p, s->nb_vlan > 1 && i == 0 ? 0x88a8 : 0x8100);
		pkt_put16(p->data + p->len, 0x2000 + 100 + i);
		p->len += 4;
	}
	p->want.nb_vlan = s->nb_vlan;
	p->want.mac_len = p->len;
	put_type(p, s->nb_mpls > 0 ? 0x8847 : type);
	for (unsigned int i = 0; i < s->nb_mpls; i++) {
		pkt_put32(p->data + p->len, (16 + i) << 12 | (i + 1 == s->nb_mpls) << 8 | 64);
		p->len += 4;
	}
	p->want.nb_mpls = s->nb_mpls;
	p->want.l2_len = p->len;
}

static void
put_ip4(const struct pkt_ip *s, struct pkt *p, struct cleave_ip *ip)
{
	uint8_t *h = p->data + p->len;
	uint32_t src = p->want.nb_ip == 0 ? 0x0a000001 : 0xc0a80101;

	ip->len = 20 + s->opt_len;
	ip->dst_off = ip->off + 16;
	ip->flags = (s->opt_len ? CLEAVE_IP_OPTIONS : 0) | (s->df ? CLEAVE_IP_DF : 0) |
		    (s->mf || s->frag_off ? CLEAVE_IP_FRAGMENT : 0);
	h[0] = 0x40 | ip->len / 4;
	h[1] = s->tos;
	pkt_put16(h + 4, s->id);
	pkt_put16(h + 6, s->df << 14 | s->mf << 13 | s->frag_off);
	h[8] = s->ttl ? s->ttl : 64;
	pkt_put32(h + 12, src);
	pkt_put32(h + 16, src + 1);
	/* router alert, then no-operations */
	memset(h + 20, 1, s->opt_len);
	if (s->opt_len >= 4)
		memcpy(h + 20, "\x94\x04\x00\x00", 4);
}

static void
put_ext(const struct pkt_ext *e, uint8_t *x, uint32_t off, struct cleave_ip *ip)
{
	x[1] = e->units;
	if (e->type == IPPROTO_ROUTING) {
		x[2] = e->rt_type;
		x[3] = e->segs_left;
		for (unsigned int i = 8; i < 8u + e->units * 8; i++)
			x[i] = 0x40 + i; /* addresses */
		if (e->segs_left > 0)
			ip->dst_off = e->rt_type == 4 ? off + 8 : off + 8 + e->units * 8 - 16;
	} else if (e->type == IPPROTO_FRAGMENT) {
		x[1] = 0;
		pkt_put16(x + 2, 1); /* M */
		pkt_put32(x + 4, 0x12345678);
		ip->flags |= CLEAVE_IP_FRAGMENT;
	} else { /* PadN */
		x[2] = 1;
		x[3] = 4 + e->units * 8 > 255 ? 255 : 4 + e->units * 8;
	}
}

static void
put_ip6(const struct pkt_ip *s, struct pkt *p, struct cleave_ip *ip)
{
	uint8_t *h = p->data + p->len, *next = h + 6;
	uint32_t len = 40;

	pkt_put32(h, 0x60000000 | s->tos << 20 | 0x12345);
	h[7] = s->ttl ? s->ttl : 64;
	for (unsigned int i = 8; i < 40; i++)
		h[i] = i * 7 + p->want.nb_ip;
	ip->dst_off = ip->off + 24;
	ip->flags = 0;
	for (unsigned int i = 0; i < s->nb_ext; i++) {
		*next = s->ext[i].type;
		next = h + len;
		put_ext(&s->ext[i], h + len, ip->off + len, ip);
		ip->flags |= s->ext[i].type != IPPROTO_FRAGMENT ? CLEAVE_IP_OPTIONS : 0;
		len += s->ext[i].type == IPPROTO_FRAGMENT ? 8 : 8 + s->ext[i].units * 8;
	}
	*next = ip->proto;
	ip->len = len;
}

static void
put_ip(const struct pkt_ip *s, struct pkt *p, uint8_t proto)
{
	struct cleave_ip *ip = &p->want.ip[p->want.nb_ip];

	ip->off = p->len;
	ip->version = s->version;
	ip->proto = proto;
	if (s->version == 4) {
		put_ip4(s, p, ip);
		p->data[p->len + 9] = proto;
	} else {
		put_ip6(s, p, ip);
	}
	p->len += ip->len;
	p->want.nb_ip++;
}

/* Lengths and header checksum, once all that follows is there. end: of the IP packet. */
static void
finish_ip(struct pkt *p, struct cleave_ip *ip, uint32_t end)
{
	uint8_t *h = p->data + ip->off;
	uint32_t len = end - ip->off;

	if (ip->version == 4 ? len > 65535 : len > 65535 + 40) {
		ip->flags |= CLEAVE_IP_JUMBO;
		len = ip->version == 4 ? 0 : 40;
	}
	if (ip->version == 4) {
		pkt_put16(h + 2, len);
		pkt_put16(h + 10, ~pkt_sum(h, ip->len));
	} else {
		pkt_put16(h + 4, len - 40);
	}
}

static uint32_t
tcp_options(enum pkt_tcp_opt kind, uint8_t *o)
{
	static const uint8_t ts[12] = {1, 1, 8, 10, 0, 0, 0x12, 0x34, 0, 0, 0x56, 0x78};
	static const uint8_t sack[12] = {1, 1, 5, 10, 1, 2, 3, 4, 5, 6, 7, 8};

	switch (kind) {
	case PKT_TCP_TS:
		memcpy(o, ts, 12);
		return 12;
	case PKT_TCP_SACK:
		memcpy(o, ts, 12);
		memcpy(o + 12, sack, 12);
		return 24;
	case PKT_TCP_FULL:
		memset(o, 1, PKT_TCP_OPT_MAX);
		memcpy(o, ts, 12);
		return PKT_TCP_OPT_MAX;
	default:
		return 0;
	}
}

static void
put_l4(const struct pkt_spec *s, struct pkt *p)
{
	uint8_t *h = p->data + p->len;
	uint32_t len = 0;

	pkt_put16(h, s->sport ? s->sport : 1234);
	pkt_put16(h + 2, s->dport ? s->dport : 80);
	if (s->proto == IPPROTO_TCP) {
		len = 20 + tcp_options(s->tcp_opt, h + 20);
		pkt_put32(h + 4, s->seq);
		pkt_put32(h + 8, s->ack);
		h[12] = len / 4 << 4 | s->tcp_reserved;
		h[13] = s->tcp_flags;
		pkt_put16(h + 14, s->window);
		pkt_put16(h + 18, s->urgent);
		p->want.tcp_flags = s->tcp_flags;
	} else if (s->proto == IPPROTO_UDP) {
		len = 8;
		pkt_put16(h + 4, 8 + s->payload > 65535 ? 0 : 8 + s->payload);
	} else if (s->proto == IPPROTO_SCTP) {
		len = 12;
	} else {
		memset(h, 0, 4);
	}
	p->len += len;
	if (len == 0 || cleave_inner_ip(&p->want)->flags & CLEAVE_IP_FRAGMENT)
		return;
	p->want.depth = CLEAVE_DEPTH_L4;
	p->want.l4_proto = s->proto;
	p->want.l4_off = p->len - len;
	p->want.l4_len = len;
	p->want.hdr_len = p->len;
	p->want.payload_len = s->payload;
}

static void
finish_l4(const struct pkt_spec *s, struct pkt *p, uint32_t end)
{
	uint32_t off = p->want.l4_off, len = end - off;
	uint8_t *h = p->data + off;
	uint16_t sum;

	if (p->want.depth != CLEAVE_DEPTH_L4 || s->proto == IPPROTO_SCTP)
		return;
	sum = pkt_pseudo(p->data, cleave_inner_ip(&p->want), s->proto, len);
	if (!pkt_remcsum(s))
		sum = ~pkt_sum_add(sum, pkt_sum(h, len));
	if (s->proto == IPPROTO_TCP)
		pkt_put16(h + 16, sum);
	else
		pkt_put16(h + 6, sum == 0 ? 0xffff : sum);
}

int
pkt_build(const struct pkt_spec *s, struct pkt *p)
{
	const struct pkt_ip *first = s->tunnel != PKT_TUNNEL_NONE ? &s->outer : &s->ip;
	uint32_t seed = s->seed ? s->seed : 1, end;

	memset(p, 0, sizeof(*p));
	p->data = calloc(1, HDR_ROOM + s->payload + s->pad);
	if (p->data == NULL)
		return -1;
	put_l2(s, p, ip_type(first));
	if (s->tunnel != PKT_TUNNEL_NONE) {
		put_ip(first, p, pkt_tunnel_proto(s));
		pkt_put_tunnel(s, p);
		p->want.inner_off = p->len;
		if (!pkt_tunnel_bare(s)) {
			put_ether(p, true);
			put_type(p, ip_type(&s->ip));
		}
	}
	if (s->ip.version != 0) {
		put_ip(&s->ip, p, s->proto);
		p->want.depth = CLEAVE_DEPTH_L3;
		put_l4(s, p);
	}
	for (uint32_t i = 0; i < s->payload; i++)
		p->data[p->len++] = pkt_rand(&seed);
	end = p->len;
	if (s->ip.version != 0) {
		finish_ip(p, &p->want.ip[p->want.nb_ip - 1], end);
		finish_l4(s, p, end);
	}
	if (s->tunnel != PKT_TUNNEL_NONE) {
		finish_ip(p, &p->want.ip[0], end);
		pkt_finish_tunnel(s, p, end);
	}
	p->len += s->pad;
	p->want.frame_len = s->ip.version != 0 ? end : p->len;
	return 0;
}

void
pkt_free(struct pkt *p)
{
	free(p->data);
	p->data = NULL;
}
