/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What goes with the frame builder: naive sums, a random generator, names, and the shapes of an IP
 * header that tests loop over. Neighbours: pkt.h, pkt.c.
 */
#include <stdio.h>
#include <string.h>

#include "pkt.h"

uint32_t
pkt_rand(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

uint16_t
pkt_sum(const void *buf, uint32_t len)
{
	const uint8_t *p = buf;
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	if (i < len)
		sum += p[i] << 8;
	while (sum >> 16)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)sum;
}

uint16_t
pkt_sum_add(uint16_t a, uint16_t b)
{
	uint32_t s = (uint32_t)a + b;

	return (uint16_t)(s + (s >> 16));
}

uint16_t
pkt_pseudo(const uint8_t *frame, const struct cleave_ip *ip, uint8_t proto, uint32_t len)
{
	uint32_t addr = ip->version == 4 ? 4 : 16;
	uint32_t src = ip->off + (ip->version == 4 ? 12 : 8);
	uint8_t rest[8];

	pkt_put32(rest, len);
	pkt_put32(rest + 4, proto);
	return pkt_sum_add(
		pkt_sum_add(pkt_sum(frame + src, addr), pkt_sum(frame + ip->dst_off, addr)),
		pkt_sum(rest, sizeof(rest)));
}

static const struct pkt_ip shapes[PKT_SHAPES] = {
	/* whole packets: PKT_SHAPES_WHOLE of them */
	{.version = 4, .df = true},
	{.version = 4, .id = 0xffff, .opt_len = 4},
	{.version = 4, .tos = 3, .opt_len = PKT_IP4_OPT_MAX},
	{.version = 6},
	{.version = 6, .nb_ext = 1, .ext = {{.type = IPPROTO_HOPOPTS}}},
	{.version = 6,
		.nb_ext = 2,
		.ext = {{.type = IPPROTO_DSTOPTS, .units = 3},
			{.type = IPPROTO_ROUTING, .units = 4, .segs_left = 2}}},
	{.version = 6,
		.nb_ext = 3,
		.ext = {{.type = IPPROTO_HOPOPTS, .units = 1},
			{.type = IPPROTO_ROUTING, .units = 6, .rt_type = 4, .segs_left = 1},
			{.type = IPPROTO_DSTOPTS}}},
	{.version = 6,
		.nb_ext = 1,
		.ext = {{.type = IPPROTO_ROUTING, .units = 2, .rt_type = 2, .segs_left = 1}}},
	{.version = 6,
		.nb_ext = 8,
		.ext = {{.type = IPPROTO_HOPOPTS}, {.type = IPPROTO_DSTOPTS},
			{.type = IPPROTO_DSTOPTS}, {.type = IPPROTO_DSTOPTS},
			{.type = IPPROTO_DSTOPTS}, {.type = IPPROTO_DSTOPTS},
			{.type = IPPROTO_DSTOPTS}, {.type = IPPROTO_DSTOPTS}}},
	/* fragments */
	{.version = 4, .mf = true},
	{.version = 4, .frag_off = 185},
	{.version = 6, .nb_ext = 2, .ext = {{.type = IPPROTO_HOPOPTS}, {.type = IPPROTO_FRAGMENT}}},
};

const struct pkt_ip *
pkt_shape(unsigned int i)
{
	return i < PKT_SHAPES ? &shapes[i] : NULL;
}

const char *
pkt_str(const struct pkt_spec *s)
{
	static char buf[256];

	snprintf(buf, sizeof(buf),
		"vlan %u mpls %u tunnel %s (opt %u, ip %u, cksum %u, outer ip%u, opt %u, ext %u) "
		"ip%u (opt %u, ext %u, id %u, df %u) proto %u flags %02x tcpopt %u payload %u",
		s->nb_vlan, s->nb_mpls, pkt_tunnel_name(s->tunnel), s->tunnel_opt, s->tunnel_ip,
		s->tunnel_cksum, s->outer.version, s->outer.opt_len, s->outer.nb_ext, s->ip.version,
		s->ip.opt_len, s->ip.nb_ext, s->ip.id, s->ip.df, s->proto, s->tcp_flags, s->tcp_opt,
		s->payload);
	return buf;
}
