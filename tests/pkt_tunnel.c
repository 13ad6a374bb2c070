/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The frame builder's tunnels. Written from the RFCs, 3GPP TS 29.281 and 38.415, and the drafts of
 * VXLAN's and GUE's extensions. Neighbours: pkt.c; pkt_variants.c lists what can be built.
 */
#include <string.h>

#include "pkt_tunnel.h"

static const char *const tunnel_names[] = {
	[PKT_TUNNEL_NONE] = "none",
	[PKT_TUNNEL_VXLAN] = "vxlan",
	[PKT_TUNNEL_VXLAN_GPE] = "vxlan-gpe",
	[PKT_TUNNEL_GENEVE] = "geneve",
	[PKT_TUNNEL_GRE] = "gre",
	[PKT_TUNNEL_GTPU] = "gtpu",
	[PKT_TUNNEL_FOU] = "fou",
	[PKT_TUNNEL_GUE] = "gue",
	[PKT_TUNNEL_IPIP] = "ipip",
	[PKT_TUNNEL_SIT] = "sit",
};

bool pkt_setup_done;

int
pkt_setup(void)
{
	pkt_setup_done = true;
	return cleave_tunnel_set_udp_port(tunnel_names[PKT_TUNNEL_FOU], PKT_FOU_PORT);
}

const char *
pkt_tunnel_name(enum pkt_tunnel tunnel)
{
	return tunnel_names[tunnel];
}

unsigned int
pkt_row(enum pkt_tunnel tunnel)
{
	const char *name;

	for (unsigned int row = 1; (name = cleave_tunnel_name(row)) != NULL; row++)
		if (strcmp(name, tunnel_names[tunnel]) == 0)
			return row;
	return CLEAVE_TUNNEL_NONE;
}

bool
pkt_remcsum(const struct pkt_spec *s)
{
	if (!(s->tunnel == PKT_TUNNEL_VXLAN && s->tunnel_opt & PKT_VXLAN_RCO) &&
		!(s->tunnel == PKT_TUNNEL_GUE && s->tunnel_opt & PKT_GUE_RCO))
		return false;
	for (unsigned int i = 0; i < s->ip.nb_ext; i++)
		if (s->ip.ext[i].type == IPPROTO_FRAGMENT)
			return false;
	return !s->ip.mf && s->ip.frag_off == 0 &&
	       (s->proto == IPPROTO_TCP || s->proto == IPPROTO_UDP);
}

uint8_t
pkt_tunnel_proto(const struct pkt_spec *s)
{
	switch (s->tunnel) {
	case PKT_TUNNEL_GRE:
		return IPPROTO_GRE;
	case PKT_TUNNEL_IPIP:
	case PKT_TUNNEL_SIT:
		return s->ip.version == 4 ? IPPROTO_IPIP : IPPROTO_IPV6;
	default:
		return IPPROTO_UDP;
	}
}

bool
pkt_tunnel_bare(const struct pkt_spec *s)
{
	switch (s->tunnel) {
	case PKT_TUNNEL_VXLAN:
		return false;
	case PKT_TUNNEL_VXLAN_GPE:
	case PKT_TUNNEL_GENEVE:
	case PKT_TUNNEL_GRE:
		return s->tunnel_ip;
	default:
		return true;
	}
}

/* Of what is inside, as GRE and Geneve say it. */
static uint16_t
inner_type(const struct pkt_spec *s)
{
	return !pkt_tunnel_bare(s) ? 0x6558 : s->ip.version == 6 ? 0x86dd : 0x0800;
}

/* RFC 2784, RFC 2890 */
static void
put_gre(const struct pkt_spec *s, struct pkt *p, uint8_t *t)
{
	t[0] = s->tunnel_opt;
	pkt_put16(t + 2, inner_type(s));
	p->len += 4;
	if (s->tunnel_opt & PKT_GRE_CKSUM) {
		p->want.tunnel_cksum = p->len;
		p->len += 4;
	}
	if (s->tunnel_opt & PKT_GRE_KEY) {
		pkt_put32(p->data + p->len, 77);
		p->len += 4;
	}
}

/* RFC 7348, and the group-policy and remote-checksum drafts */
static void
put_vxlan(const struct pkt_spec *s, struct pkt *p, uint8_t *t)
{
	t[0] = 0x08;
	pkt_put32(t + 4, 77 << 8);
	if (s->tunnel_opt & PKT_VXLAN_GBP) {
		t[0] |= 0x80;
		t[1] = 0x08; /* policy applied */
		pkt_put16(t + 2, 0x1234);
	}
	t[1] |= pkt_remcsum(s) ? 0x20 : 0; /* its fields: finish_remcsum() */
	p->len += 8;
}

static void
put_vxlan_gpe(const struct pkt_spec *s, struct pkt *p, uint8_t *t)
{
	t[0] = 0x0c;
	t[3] = !s->tunnel_ip ? 3 : s->ip.version == 6 ? 2 : 1;
	pkt_put32(t + 4, 77 << 8);
	p->len += 8;
}

/* RFC 8926: one option takes all the room. */
static void
put_geneve(const struct pkt_spec *s, struct pkt *p, uint8_t *t)
{
	t[0] = s->tunnel_opt / 4;
	pkt_put16(t + 2, inner_type(s));
	pkt_put32(t + 4, 77 << 8);
	if (s->tunnel_opt) {
		pkt_put16(t + 8, 0x0101);
		t[10] = 1;
		t[11] = s->tunnel_opt / 4 - 1;
	}
	p->len += 8 + s->tunnel_opt;
}

/* TS 29.281 5.1, 5.2; TS 38.415 5.5.2 */
static void
put_gtpu(const struct pkt_spec *s, struct pkt *p, uint8_t *t)
{
	t[0] = 0x30;
	t[1] = 0xff;
	pkt_put32(t + 4, 77);
	p->want.tunnel_len = p->len + 2;
	p->want.tunnel_len_from = p->len + 8;
	p->len += 8;
	if (s->tunnel_opt == 0)
		return;
	t[0] |= 0x04;
	t[11] = 0x85;
	t[12] = s->tunnel_opt / 4;
	t[13] = s->tunnel_opt == PKT_GTPU_UL ? 0x10 : 0x00;
	t[14] = s->tunnel_opt == PKT_GTPU_UL ? 9 : 0x80 | 0x40 | 9; /* QFI; with PPP, RQI */
	t[15] = s->tunnel_opt == PKT_GTPU_UL ? 0 : 5 << 5;	    /* next header; PPI */
	p->len += 4 + s->tunnel_opt;
}

/* draft-ietf-intarea-gue, draft-herbert-remotecsumoffload as Linux does it */
static void
put_gue(const struct pkt_spec *s, struct pkt *p, uint8_t *t)
{
	uint32_t opt = pkt_remcsum(s) ? 8 : s->tunnel_opt & PKT_GUE_PRIV ? 4 : 0;

	if (s->tunnel_opt & PKT_GUE_V1)
		return;
	t[0] = opt / 4;
	t[1] = s->ip.version == 4 ? IPPROTO_IPIP : IPPROTO_IPV6;
	t[3] = opt > 0;
	t[4] = opt == 8 ? 0x80 : 0;
	p->len += 4 + opt;
}

static void
put_udp(const struct pkt_spec *s, struct pkt *p)
{
	static const uint16_t ports[PKT_TUNNELS] = {
		[PKT_TUNNEL_VXLAN] = 4789,
		[PKT_TUNNEL_VXLAN_GPE] = 4790,
		[PKT_TUNNEL_GENEVE] = 6081,
		[PKT_TUNNEL_GTPU] = 2152,
		[PKT_TUNNEL_FOU] = PKT_FOU_PORT,
		[PKT_TUNNEL_GUE] = 6080,
	};

	pkt_put16(p->data + p->len, 50000);
	pkt_put16(p->data + p->len + 2, ports[s->tunnel]);
	p->len += 8;
}

void
pkt_put_tunnel(const struct pkt_spec *s, struct pkt *p)
{
	static void (*const put[PKT_TUNNELS])(
		const struct pkt_spec *s, struct pkt *p, uint8_t *t) = {
		[PKT_TUNNEL_VXLAN] = put_vxlan,
		[PKT_TUNNEL_VXLAN_GPE] = put_vxlan_gpe,
		[PKT_TUNNEL_GENEVE] = put_geneve,
		[PKT_TUNNEL_GRE] = put_gre,
		[PKT_TUNNEL_GTPU] = put_gtpu,
		[PKT_TUNNEL_GUE] = put_gue,
	};
	uint8_t proto = pkt_tunnel_proto(s);

	p->want.tunnel = pkt_row(proto == IPPROTO_IPIP	 ? PKT_TUNNEL_IPIP
				 : proto == IPPROTO_IPV6 ? PKT_TUNNEL_SIT
							 : s->tunnel);
	p->want.tunnel_off = p->len;
	p->want.tunnel_flags = pkt_remcsum(s) ? CLEAVE_TUNNEL_F_REMCSUM : 0;
	if (proto == IPPROTO_UDP)
		put_udp(s, p);
	if (put[s->tunnel] != NULL)
		put[s->tunnel](s, p, p->data + p->len);
}

/* Where the other end finds the inner checksum: VXLAN says it in 2 bytes, GUE in bytes. */
static void
finish_remcsum(const struct pkt_spec *s, struct pkt *p)
{
	uint32_t start = p->want.l4_off - p->want.inner_off;
	uint8_t *t = p->data + p->want.tunnel_off + 8;

	if (s->tunnel == PKT_TUNNEL_VXLAN) {
		t[7] = start / 2 | (s->proto == IPPROTO_UDP ? 0x80 : 0);
		return;
	}
	pkt_put16(t + 8, start);
	pkt_put16(t + 10, start + (s->proto == IPPROTO_UDP ? 6 : 16));
}

/* A length field, which stays 0 where it cannot say the length. */
static void
put_length(uint8_t *field, uint32_t len)
{
	pkt_put16(field, len > 65535 ? 0 : len);
}

void
pkt_finish_tunnel(const struct pkt_spec *s, struct pkt *p, uint32_t end)
{
	uint8_t *t = p->data + p->want.tunnel_off;
	uint32_t len = end - p->want.tunnel_off;
	uint16_t sum;

	if (pkt_remcsum(s))
		finish_remcsum(s, p);
	if (p->want.tunnel_len != 0)
		put_length(p->data + p->want.tunnel_len, end - p->want.tunnel_len_from);
	if (p->want.tunnel_cksum != 0)
		pkt_put16(p->data + p->want.tunnel_cksum, ~pkt_sum(t, len));
	if (pkt_tunnel_proto(s) != IPPROTO_UDP)
		return;
	put_length(t + 4, len);
	if (s->tunnel_cksum) {
		sum = ~pkt_sum_add(
			pkt_pseudo(p->data, &p->want.ip[0], IPPROTO_UDP, len), pkt_sum(t, len));
		pkt_put16(t + 6, sum == 0 ? 0xffff : sum);
	}
}
