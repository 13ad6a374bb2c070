/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Tunnel headers: is the packet of the type that its mbuf claims, where does the inner packet
 * begin, and which capability does TSO in it need? Neighbour: probe_check.c.
 */
#include <netinet/in.h>

#include "probe.h"

#define GRE_C 0x8000
#define GRE_K 0x2000
#define GRE_S 0x1000
#define GRE_REST 0x4fff /* routing, recursion, flags, version: RFC 2784 wants 0 */

/* Where the inner packet begins behind a tunnel header with a protocol field. */
static bool
tunnel_payload(const struct probe_req *r, uint32_t at, uint16_t type, uint32_t *ip)
{
	unsigned int tags;

	*ip = at;
	if (type == RTE_ETHER_TYPE_TEB)
		return probe_hdr_l2(r->p, r->len, at, ip, &tags);
	return type == RTE_ETHER_TYPE_IPV4 || type == RTE_ETHER_TYPE_IPV6;
}

static enum rte_net_probe_reason
tunnel_gre(const struct probe_req *r, uint32_t at, uint32_t *ip)
{
	uint16_t flags;

	if (r->out.proto != IPPROTO_GRE || at + 4 > r->len)
		return RTE_NET_PROBE_TUNNEL_MISMATCH;
	flags = probe_get16(r->p + at);
	if (flags & GRE_REST)
		return RTE_NET_PROBE_TUNNEL_MISMATCH;
	if (r->tso && flags & (GRE_C | GRE_S))
		return RTE_NET_PROBE_TUNNEL_GRE;
	*ip = at + 4 + (flags & GRE_C ? 4 : 0) + (flags & GRE_K ? 4 : 0) + (flags & GRE_S ? 4 : 0);
	return tunnel_payload(r, *ip, probe_get16(r->p + at + 2), ip)
		       ? RTE_NET_PROBE_OK
		       : RTE_NET_PROBE_TUNNEL_MISMATCH;
}

/* Does the tunnel header fit its type, and where does the inner IP header begin? */
enum rte_net_probe_reason
probe_tunnel(const struct probe_req *r, uint32_t *ip)
{
	uint32_t at = r->out.off + r->out.len;
	const uint8_t *udp = r->p + at;
	bool is_udp = r->out.proto == IPPROTO_UDP && at + 16 <= r->len, ok = false;
	unsigned int tags;

	*ip = at + r->m->l2_len;
	switch (r->flags & RTE_MBUF_F_TX_TUNNEL_MASK) {
	case RTE_MBUF_F_TX_TUNNEL_VXLAN:
		ok = is_udp && udp[8] & 0x08 && probe_hdr_l2(r->p, r->len, at + 16, ip, &tags);
		break;
	case RTE_MBUF_F_TX_TUNNEL_GENEVE:
		ok = is_udp && udp[8] >> 6 == 0 &&
		     tunnel_payload(r, at + 16 + (udp[8] & 0x3f) * 4, probe_get16(udp + 10), ip);
		break;
	case RTE_MBUF_F_TX_TUNNEL_GRE:
		return tunnel_gre(r, at, ip);
	case RTE_MBUF_F_TX_TUNNEL_IPIP:
		*ip = at;
		ok = r->out.proto == IPPROTO_IPIP || r->out.proto == IPPROTO_IPV6;
		break;
	case RTE_MBUF_F_TX_TUNNEL_UDP:
	case RTE_MBUF_F_TX_TUNNEL_MPLSINUDP:
	case RTE_MBUF_F_TX_TUNNEL_VXLAN_GPE:
	case RTE_MBUF_F_TX_TUNNEL_GTP:
		ok = is_udp && r->m->l2_len >= 8;
		break;
	case 0: /* an outer checksum, and no word about what is inside */
	case RTE_MBUF_F_TX_TUNNEL_IP:
	case RTE_MBUF_F_TX_TUNNEL_ESP:
		ok = true;
		break;
	default:
		return RTE_NET_PROBE_TUNNEL_TYPE;
	}
	return ok ? RTE_NET_PROBE_OK : RTE_NET_PROBE_TUNNEL_MISMATCH;
}

/* Is TSO in this tunnel enabled? */
enum rte_net_probe_reason
probe_tunnel_tso(const struct probe_req *r, uint64_t offloads)
{
	uint64_t need;

	switch (r->flags & RTE_MBUF_F_TX_TUNNEL_MASK) {
	case RTE_MBUF_F_TX_TUNNEL_VXLAN:
		need = RTE_ETH_TX_OFFLOAD_VXLAN_TNL_TSO;
		break;
	case RTE_MBUF_F_TX_TUNNEL_GENEVE:
		need = RTE_ETH_TX_OFFLOAD_GENEVE_TNL_TSO;
		break;
	case RTE_MBUF_F_TX_TUNNEL_GRE:
		need = RTE_ETH_TX_OFFLOAD_GRE_TNL_TSO;
		break;
	case RTE_MBUF_F_TX_TUNNEL_IPIP:
		need = RTE_ETH_TX_OFFLOAD_IPIP_TNL_TSO;
		break;
	case RTE_MBUF_F_TX_TUNNEL_UDP:
		need = RTE_ETH_TX_OFFLOAD_UDP_TNL_TSO;
		break;
	case RTE_MBUF_F_TX_TUNNEL_IP:
		need = RTE_ETH_TX_OFFLOAD_IP_TNL_TSO;
		break;
	default:
		return RTE_NET_PROBE_TUNNEL_TYPE;
	}
	return offloads & need ? RTE_NET_PROBE_OK : RTE_NET_PROBE_OFF_TUNNEL_TSO;
}
