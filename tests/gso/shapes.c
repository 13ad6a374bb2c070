/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Frames made whole: lengths, checksums, CRC. Neighbour: shapes.h.
 */
#include <rte_common.h>

#include "model.h"
#include "shapes.h"

static bool
has_outer_udp(const struct cleave_pkt *w)
{
	return w->nb_ip == 2 && w->ip[0].proto == IPPROTO_UDP;
}

void
shapes_lengths(uint8_t *frame, uint32_t len, const struct cleave_pkt *w)
{
	for (unsigned int i = 0; i < w->nb_ip; i++) {
		uint8_t *h = frame + w->ip[i].off;

		if (w->ip[i].version == 4)
			pkt_put16(h + 2, len - w->ip[i].off);
		else
			pkt_put16(h + 4, len - w->ip[i].off - 40);
	}
	if (has_outer_udp(w))
		pkt_put16(frame + w->tunnel_off + 4, len - w->tunnel_off);
	if (w->l4_proto == IPPROTO_UDP)
		pkt_put16(frame + w->l4_off + 4, len - w->l4_off);
}

uint32_t
shapes_outer_cksum(const uint8_t *frame, const struct cleave_pkt *w)
{
	if (has_outer_udp(w))
		return pkt_be16(frame + w->tunnel_off + 6) != 0 ? w->tunnel_off + 6 : 0;
	/* GRE with the C bit */
	return w->nb_ip == 2 && (frame[w->tunnel_off] & 0x80) ? w->tunnel_off + 4 : 0;
}

static void
put_l4(uint8_t *frame, uint32_t len, const struct cleave_pkt *w)
{
	uint8_t *h = frame + w->l4_off;
	uint8_t *field = h + (w->l4_proto == IPPROTO_TCP ? 16 : w->l4_proto == IPPROTO_UDP ? 6 : 8);
	uint32_t n = len - w->l4_off, crc;
	uint16_t sum;

	if (w->l4_proto == IPPROTO_SCTP) {
		pkt_put32(field, 0);
		crc = model_crc32c(h, n);
		for (unsigned int i = 0; i < 4; i++)
			field[i] = crc >> 8 * i;
		return;
	}
	if (w->l4_proto == IPPROTO_UDP && pkt_be16(field) == 0)
		return;
	pkt_put16(field, 0);
	sum = ~pkt_sum_add(pkt_pseudo(frame, &w->ip[w->nb_ip - 1], w->l4_proto, n), pkt_sum(h, n));
	pkt_put16(field, sum == 0 && w->l4_proto == IPPROTO_UDP ? 0xffff : sum);
}

void
shapes_cksums(uint8_t *frame, uint32_t len, const struct cleave_pkt *w)
{
	uint32_t n = len - w->tunnel_off, outer;
	uint16_t sum;

	put_l4(frame, len, w);
	for (unsigned int i = 0; i < w->nb_ip; i++) {
		uint8_t *h = frame + w->ip[i].off;

		if (w->ip[i].version != 4)
			continue;
		pkt_put16(h + 10, 0);
		pkt_put16(h + 10, ~pkt_sum(h, w->ip[i].len));
	}
	outer = shapes_outer_cksum(frame, w);
	if (outer == 0)
		return;
	pkt_put16(frame + outer, 0);
	sum = pkt_sum(frame + w->tunnel_off, n);
	if (has_outer_udp(w)) {
		sum = pkt_sum_add(sum, pkt_pseudo(frame, &w->ip[0], IPPROTO_UDP, n));
		sum = sum == 0xffff ? 0 : sum; /* 0 would be none */
	}
	pkt_put16(frame + outer, ~sum);
}

/* (IDs that wrap) */
#define IP4                                                                                        \
	{                                                                                          \
		.version = 4, .id = 0xfffe, .ttl = 9, .tos = 4                                     \
	}
#define IP6                                                                                        \
	{                                                                                          \
		.version = 6, .ttl = 9, .tos = 4                                                   \
	}

bool
shapes_spec(unsigned int i, struct pkt_spec *s)
{
	static const struct pkt_spec tunnels[] = {
		{.tunnel = PKT_TUNNEL_VXLAN, .ip = IP4, .outer = IP4},
		{.tunnel = PKT_TUNNEL_VXLAN, .ip = IP6, .outer = IP4, .tunnel_cksum = true},
		{.tunnel = PKT_TUNNEL_VXLAN, .ip = IP4, .outer = IP6, .tunnel_cksum = true},
		{.tunnel = PKT_TUNNEL_VXLAN_GPE, .ip = IP4, .outer = IP4, .tunnel_ip = true},
		{.tunnel = PKT_TUNNEL_GENEVE, .ip = IP6, .outer = IP6, .tunnel_opt = 12},
		{.tunnel = PKT_TUNNEL_GENEVE,
			.ip = IP4,
			.outer = IP4,
			.tunnel_opt = 8,
			.tunnel_cksum = true,
			.nb_vlan = 1},
		{.tunnel = PKT_TUNNEL_GRE, .ip = IP4, .outer = IP4, .tunnel_ip = true},
		{.tunnel = PKT_TUNNEL_GRE,
			.ip = IP6,
			.outer = IP4,
			.tunnel_opt = 0xa0,
			.tunnel_ip = true},
		{.tunnel = PKT_TUNNEL_GRE,
			.ip = IP4,
			.outer = IP6,
			.tunnel_opt = 0xa0,
			.nb_mpls = 1},
	};

	if (i < PKT_SHAPES_WHOLE)
		*s = (struct pkt_spec){.ip = *pkt_shape(i), .nb_vlan = i % 3, .nb_mpls = i % 4};
	else if (i - PKT_SHAPES_WHOLE < RTE_DIM(tunnels))
		*s = tunnels[i - PKT_SHAPES_WHOLE];
	else
		return false;
	return true;
}
