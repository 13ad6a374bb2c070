/* SPDX-License-Identifier: BSD-3-Clause
 *
 * IP in IP, no header between. Two rows by what is inside: IPv4 (RFC 2003; in IPv6: RFC 2473) and
 * IPv6, which Linux calls sit (6in4: RFC 4213; 6in6: RFC 2473). Neighbours: tunnel.h.
 */
#include <netinet/in.h>

#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include "tunnel.h"

static int
ipip_measure(const struct walk *w, uint32_t off, struct tunnel_hdr *t)
{
	(void)w;
	t->inner = off;
	t->ethertype = RTE_ETHER_TYPE_IPV4;
	return 0;
}

static int
sit_measure(const struct walk *w, uint32_t off, struct tunnel_hdr *t)
{
	(void)w;
	t->inner = off;
	t->ethertype = RTE_ETHER_TYPE_IPV6;
	return 0;
}

const struct tunnel tunnel_ipip = {
	.name = "ipip",
	.tso_capa = RTE_ETH_TX_OFFLOAD_IPIP_TNL_TSO,
	.mbuf_flag = RTE_MBUF_F_TX_TUNNEL_IPIP,
	.ip_proto = IPPROTO_IPIP,
	.measure = ipip_measure,
};

const struct tunnel tunnel_sit = {
	.name = "sit",
	.tso_capa = RTE_ETH_TX_OFFLOAD_IPIP_TNL_TSO,
	.mbuf_flag = RTE_MBUF_F_TX_TUNNEL_IPIP,
	.ip_proto = IPPROTO_IPV6,
	.measure = sit_measure,
};
