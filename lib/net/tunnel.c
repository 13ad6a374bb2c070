/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The tunnel table. A new tunnel is a file tunnel_x.c and a line here. Neighbours: tunnel.h.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include <rte_common.h>

#include "cleave_net.h"
#include "tunnel.h"

static const struct tunnel *const tunnels[] = {
	&tunnel_vxlan,
	&tunnel_vxlan_gpe,
	&tunnel_geneve,
	&tunnel_gtpu,
	&tunnel_fou,
	&tunnel_gue,
	&tunnel_gre,
	&tunnel_ipip,
	&tunnel_sit,
};

/* Where the UDP port of a row was set by the user; else 0. */
static uint16_t udp_ports[RTE_DIM(tunnels)];

/* A row without a port is no datagram's, be it sent to port 0. */
static bool
row_has_port(unsigned int i, uint16_t port)
{
	return port != 0 && port == (udp_ports[i] != 0 ? udp_ports[i] : tunnels[i]->udp_port);
}

unsigned int
tunnel_find(uint8_t ip_proto, uint16_t udp_port)
{
	for (unsigned int i = 0; i < RTE_DIM(tunnels); i++)
		if (tunnels[i]->ip_proto == ip_proto &&
			(ip_proto != IPPROTO_UDP || row_has_port(i, udp_port)))
			return i + 1;
	return CLEAVE_TUNNEL_NONE;
}

const struct tunnel *
tunnel_row(unsigned int row)
{
	return row == CLEAVE_TUNNEL_NONE || row > RTE_DIM(tunnels) ? NULL : tunnels[row - 1];
}

const char *
cleave_tunnel_name(unsigned int row)
{
	const struct tunnel *t = tunnel_row(row);

	if (row == CLEAVE_TUNNEL_NONE)
		return "none";
	return t != NULL ? t->name : NULL;
}

uint64_t
cleave_tunnel_tso_capa(unsigned int row)
{
	const struct tunnel *t = tunnel_row(row);

	return t != NULL ? t->tso_capa : 0;
}

uint64_t
cleave_tunnel_mbuf_flag(unsigned int row)
{
	const struct tunnel *t = tunnel_row(row);

	return t != NULL ? t->mbuf_flag : 0;
}

int
cleave_tunnel_set_udp_port(const char *name, uint16_t port)
{
	unsigned int taken = tunnel_find(IPPROTO_UDP, port);

	for (unsigned int i = 0; i < RTE_DIM(tunnels); i++) {
		if (strcmp(tunnels[i]->name, name) != 0)
			continue;
		if (tunnels[i]->ip_proto != IPPROTO_UDP || port == 0 ||
			(taken != CLEAVE_TUNNEL_NONE && taken != i + 1))
			return -EINVAL;
		udp_ports[i] = port;
		return 0;
	}
	return -ENOENT;
}
