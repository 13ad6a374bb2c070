/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The ethtool -k and -K of a port: what is on, who does it, and the switches. Neighbours: cmd_show.c
 * and cmd_port.c call it.
 */
#include <stdio.h>
#include <string.h>

#include <rte_common.h>

#include "fwd.h"

/* ethtool's features that this program has so far. A line a feature: what it shows. */
enum feature_kind {
	FEATURE_GSO,	 /* software segmentation, a switch */
	FEATURE_GRO,	 /* merging, a switch */
	FEATURE_UDP_GRO, /* merging of datagrams, a switch under the former */
	FEATURE_TSO,	 /* the port's segmentation, a switch */
	FEATURE_TCP,	 /* who cuts this class: arg is the IP version */
	FEATURE_CUT,	 /* who cuts other packets: arg is the offload, 0 where no port does it */
	FEATURE_CAPA,	 /* an offload of the port: arg is its mask */
};

static const struct feature {
	const char *name;
	enum feature_kind kind;
	uint64_t arg;
} features[] = {
	{"tx-checksum-ipv4", FEATURE_CAPA, RTE_ETH_TX_OFFLOAD_IPV4_CKSUM},
	{"tx-checksum-ip-generic", FEATURE_CAPA,
		RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM},
	{"tx-scatter-gather", FEATURE_CAPA, RTE_ETH_TX_OFFLOAD_MULTI_SEGS},
	{"tcp-segmentation-offload", FEATURE_TSO, 0},
	{"tx-tcp-segmentation", FEATURE_TCP, 4},
	{"tx-tcp6-segmentation", FEATURE_TCP, 6},
	{"tx-udp-segmentation", FEATURE_CUT, RTE_ETH_TX_OFFLOAD_UDP_TSO},
	{"tx-udp-fragmentation", FEATURE_CUT, 0},
	{"generic-segmentation-offload", FEATURE_GSO, 0},
	{"generic-receive-offload", FEATURE_GRO, 0},
	{"rx-udp-gro-forwarding", FEATURE_UDP_GRO, 0},
};

static bool
engine_cuts(uint16_t id, unsigned int ip_version)
{
	return cleave_tx_plan_get(id, 0, CLEAVE_TUNNEL_NONE, ip_version) == CLEAVE_PLAN_TSO;
}

static void
show_feature(uint16_t id, const struct feature *f)
{
	const struct fwd_port *p = &ports[id];
	uint64_t capa = cleave_tx_capa(id, 0);
	bool on = false, fixed = false, hw = true;

	switch (f->kind) {
	case FEATURE_GSO:
		on = !p->tx.no_gso;
		hw = false;
		break;
	case FEATURE_GRO:
		on = p->gro;
		hw = false;
		break;
	case FEATURE_UDP_GRO:
		on = p->udp_gro;
		hw = false;
		break;
	case FEATURE_TSO:
		on = engine_cuts(id, 4) || engine_cuts(id, 6);
		/* no engine, or one that is known not to keep what it claims */
		fixed = !p->tx.no_tso && !on;
		break;
	case FEATURE_TCP:
		hw = engine_cuts(id, f->arg);
		on = hw || !p->tx.no_gso;
		fixed = true; /* follows the two switches */
		break;
	case FEATURE_CUT:
		hw = f->arg != 0 && (capa & f->arg) == f->arg;
		on = hw || !p->tx.no_gso;
		fixed = true;
		break;
	case FEATURE_CAPA:
		hw = (capa & f->arg) == f->arg;
		on = true; /* what the port does not do is done in software */
		fixed = true;
		break;
	}
	printf("%s: %s%s (%s)\n", f->name, on ? "on" : "off", fixed ? " [fixed]" : "",
		hw ? "hw" : "sw");
}

void
show_features(uint16_t id)
{
	printf("Features for port %u:\n", id);
	for (unsigned int i = 0; i < RTE_DIM(features); i++)
		show_feature(id, &features[i]);
}

int
set_feature(uint16_t id, const char *name, bool on)
{
	for (unsigned int i = 0; i < RTE_DIM(features); i++) {
		if (strcmp(features[i].name, name) != 0)
			continue;
		if (features[i].kind == FEATURE_GSO)
			ports[id].tx.no_gso = !on;
		else if (features[i].kind == FEATURE_TSO)
			ports[id].tx.no_tso = !on;
		else if (features[i].kind == FEATURE_GRO)
			ports[id].gro = on;
		else if (features[i].kind == FEATURE_UDP_GRO)
			ports[id].udp_gro = on;
		else
			return fail("feature %s: fixed", name);
		return port_apply_tx(id);
	}
	return fail("feature %s: there is no such feature; see 'show port %u features'", name, id);
}
