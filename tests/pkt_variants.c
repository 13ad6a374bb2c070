/* SPDX-License-Identifier: BSD-3-Clause
 *
 * All variants of tunnels, for tests that loop over them. A new tunnel is a line or more in the
 * list. Neighbours: pkt.h, pkt_tunnel.c.
 */
#include <rte_common.h>

#include "pkt_tunnel.h"

static struct pkt_spec variants[256];
static unsigned int nb_variants;

/* One tunnel with one set of options, in all surroundings. */
static void
add_variants(enum pkt_tunnel tunnel, uint8_t opt)
{
	for (unsigned int i = 0; i < 16; i++) {
		struct pkt_spec s = {.tunnel = tunnel, .tunnel_opt = opt, .proto = IPPROTO_TCP};

		s.outer.version = i & 1 ? 6 : 4;
		s.ip.version = i & 2 ? 6 : 4;
		s.tunnel_cksum = i & 4;
		s.tunnel_ip = i & 8;
		s.tcp_flags = CLEAVE_TCP_ACK;
		/* what makes no difference here, or another tunnel */
		if (s.tunnel_ip != pkt_tunnel_bare(&s) ||
			(s.tunnel_cksum && pkt_tunnel_proto(&s) != IPPROTO_UDP) ||
			(tunnel == PKT_TUNNEL_IPIP && s.ip.version != 4) ||
			(tunnel == PKT_TUNNEL_SIT && s.ip.version != 6))
			continue;
		if (nb_variants < RTE_DIM(variants))
			variants[nb_variants++] = s;
	}
}

static void
list_variants(void)
{
	static const struct {
		enum pkt_tunnel tunnel;
		uint8_t opt;
	} list[] = {
		{PKT_TUNNEL_VXLAN, 0},
		{PKT_TUNNEL_VXLAN, PKT_VXLAN_GBP},
		{PKT_TUNNEL_VXLAN, PKT_VXLAN_RCO},
		{PKT_TUNNEL_VXLAN, PKT_VXLAN_GBP | PKT_VXLAN_RCO},
		{PKT_TUNNEL_VXLAN_GPE, 0},
		{PKT_TUNNEL_GENEVE, 0},
		{PKT_TUNNEL_GENEVE, 4},
		{PKT_TUNNEL_GENEVE, 60},
		{PKT_TUNNEL_GRE, 0},
		{PKT_TUNNEL_GRE, PKT_GRE_KEY},
		{PKT_TUNNEL_GRE, PKT_GRE_CKSUM},
		{PKT_TUNNEL_GRE, PKT_GRE_CKSUM | PKT_GRE_KEY},
		{PKT_TUNNEL_GTPU, 0},
		{PKT_TUNNEL_GTPU, PKT_GTPU_UL},
		{PKT_TUNNEL_GTPU, PKT_GTPU_DL},
		{PKT_TUNNEL_FOU, 0},
		{PKT_TUNNEL_GUE, 0},
		{PKT_TUNNEL_GUE, PKT_GUE_V1},
		{PKT_TUNNEL_GUE, PKT_GUE_PRIV},
		{PKT_TUNNEL_GUE, PKT_GUE_RCO},
		{PKT_TUNNEL_IPIP, 0},
		{PKT_TUNNEL_SIT, 0},
	};

	for (unsigned int i = 0; i < RTE_DIM(list); i++)
		add_variants(list[i].tunnel, list[i].opt);
}

const struct pkt_spec *
pkt_tunnel_variant(unsigned int i)
{
	return i < pkt_tunnel_variants() ? &variants[i] : NULL;
}

unsigned int
pkt_tunnel_variants(void)
{
	if (nb_variants == 0)
		list_variants();
	return nb_variants;
}
