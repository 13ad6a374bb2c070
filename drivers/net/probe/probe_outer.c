/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a TSO engine copies from the request into every segment, because it does not know it or was
 * not asked to rewrite it: would the tunnel's other end take it in this one? Looked at in the
 * finished frame. Neighbours: probe_engine.c made it.
 */
#include <netinet/in.h>

#include "probe.h"

#define PORT_GTPU 2152
#define PORT_VXLAN 4789
#define PORT_GUE 6080

#define GRE_C 0x8000
#define GRE_S 0x1000
#define GTPU_S 0x02

static bool
sum_right(uint64_t sum)
{
	return probe_fold(sum) == UINT16_MAX;
}

static enum rte_net_probe_reason
outer_ip(const uint8_t *p, const struct probe_ip *ip, uint32_t len)
{
	if (ip->version == 6)
		return probe_get16(p + ip->off + 4) == len - ip->off - 40
			       ? RTE_NET_PROBE_OK
			       : RTE_NET_PROBE_COPIED_LENGTH;
	if (probe_get16(p + ip->off + 2) != len - ip->off)
		return RTE_NET_PROBE_COPIED_LENGTH;
	return sum_right(probe_sum(p + ip->off, ip->len, 0)) ? RTE_NET_PROBE_OK
							     : RTE_NET_PROBE_COPIED_CKSUM;
}

/* GTP-U (3GPP TS 29.281) counts what follows its first 8 bytes. */
static enum rte_net_probe_reason
outer_gtpu(const uint8_t *gtp, uint32_t len, uint32_t nb_segments)
{
	if (probe_get16(gtp + 2) != len - 8)
		return RTE_NET_PROBE_COPIED_LENGTH;
	return gtp[0] & GTPU_S && nb_segments > 1 ? RTE_NET_PROBE_COPIED_SEQ : RTE_NET_PROBE_OK;
}

/* Remote checksum offload: the field of the inner L4 header is not the engine's to complete, the
 * tunnel's other end does that. VXLAN: the RCO flag (draft-herbert-vxlan-rco); GUE: a private flag
 * (draft-herbert-remotecsumoffload). */
static enum rte_net_probe_reason
outer_remcsum(uint16_t port, const uint8_t *tunnel)
{
	bool rco = false;

	if (port == PORT_VXLAN)
		rco = tunnel[1] & 0x20;
	else if (port == PORT_GUE && tunnel[0] >> 6 == 0 && (tunnel[0] & 0x1f) > 0)
		rco = tunnel[3] & 0x01 && tunnel[4] & 0x80;
	return rco ? RTE_NET_PROBE_TUNNEL_REMCSUM : RTE_NET_PROBE_OK;
}

static enum rte_net_probe_reason
outer_udp(const uint8_t *p, const struct probe_ip *ip, uint32_t len, uint32_t nb_segments)
{
	const uint8_t *udp = p + ip->off + ip->len;
	uint32_t n = len - ip->off - ip->len;

	if (probe_get16(udp + 4) != n)
		return RTE_NET_PROBE_COPIED_LENGTH;
	if (probe_get16(udp + 6) != 0 &&
		!sum_right(probe_sum(udp, n, probe_pseudo(p, ip, IPPROTO_UDP, n))))
		return RTE_NET_PROBE_COPIED_CKSUM;
	if (probe_get16(udp + 2) == PORT_GTPU)
		return outer_gtpu(udp + 8, n - 8, nb_segments);
	return outer_remcsum(probe_get16(udp + 2), udp + 8);
}

static enum rte_net_probe_reason
outer_gre(const uint8_t *gre, uint32_t len, uint32_t nb_segments)
{
	uint16_t flags = probe_get16(gre);

	if (flags & GRE_C && !sum_right(probe_sum(gre, len, 0)))
		return RTE_NET_PROBE_COPIED_CKSUM;
	return flags & GRE_S && nb_segments > 1 ? RTE_NET_PROBE_COPIED_SEQ : RTE_NET_PROBE_OK;
}

/* An inner IP and an L4 header follow, so the few bytes of a tunnel's header are always there. */
enum rte_net_probe_reason
probe_outer(const struct probe_req *r, const uint8_t *p, uint32_t len, uint32_t nb_segments)
{
	const struct probe_ip *ip = &r->out;
	enum rte_net_probe_reason e;

	if (ip->version == 0)
		return RTE_NET_PROBE_OK;
	/* RFC 6864: only an atomic datagram's ID may come again */
	if (r->opaque && nb_segments > 1 && ip->version == 4 &&
		!(probe_get16(p + ip->off + 6) & 0x4000))
		return RTE_NET_PROBE_COPIED_ID;
	e = outer_ip(p, ip, len);
	if (e == RTE_NET_PROBE_OK && ip->proto == IPPROTO_UDP)
		e = outer_udp(p, ip, len, nb_segments);
	else if (e == RTE_NET_PROBE_OK && ip->proto == IPPROTO_GRE)
		e = outer_gre(p + ip->off + ip->len, len - ip->off - ip->len, nb_segments);
	return e;
}
