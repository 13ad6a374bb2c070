/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The ports at both ends of the measured way, all of them net_probe. Neighbour: perf_path.h.
 */
#include "perf_path.h"

#include <inttypes.h>

#include <rte_bus_vdev.h>
#include <rte_ethdev.h>

#include "cleave_tx.h"

#define RX_CKSUMS                                                                                  \
	(RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM |                            \
		RTE_ETH_RX_OFFLOAD_TCP_CKSUM)

static const uint64_t capas[PATH_SINKS] = {
	[PATH_SINK_BARE] = RTE_ETH_TX_OFFLOAD_MULTI_SEGS,
	[PATH_SINK_TSO] = RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_IPV4_CKSUM |
			  RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM |
			  RTE_ETH_TX_OFFLOAD_TCP_TSO,
};

/* A port and whether it is there. */
struct path_port {
	char name[RTE_DEV_NAME_MAX_LEN];
	uint16_t id;
	bool open;
};

static struct path_port generator, sinks[PATH_SINKS][2]; /* [strict] */

static int
open_port(struct path_port *p, const char *name, const char *args)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf = {0};

	snprintf(p->name, sizeof(p->name), "%s", name);
	if (rte_vdev_init(name, args) < 0)
		return -1;
	p->open = true;
	if (rte_eth_dev_get_port_by_name(name, &p->id) < 0 ||
		rte_eth_dev_info_get(p->id, &info) < 0)
		return -1;
	conf.rxmode.offloads = info.rx_offload_capa & RX_CKSUMS;
	conf.txmode.offloads = info.tx_offload_capa;
	if (rte_eth_dev_configure(p->id, 1, 1, &conf) < 0 ||
		rte_eth_rx_queue_setup(p->id, 0, 512, 0, NULL, perf_in) < 0 ||
		rte_eth_tx_queue_setup(p->id, 0, 512, 0, NULL) < 0)
		return -1;
	return rte_eth_dev_start(p->id);
}

static int
open_sink(enum path_sink kind, bool strict)
{
	struct path_port *p = &sinks[kind][strict];
	struct cleave_tx_conf conf = {.pools = {perf_direct, perf_indirect}};
	char name[32], args[64];

	snprintf(name, sizeof(name), "net_probe_sink%u%u", kind, strict);
	snprintf(args, sizeof(args), "record=%u,tx_capa=%" PRIx64, strict ? 2 : 0, capas[kind]);
	return open_port(p, name, args) < 0 ? -1 : cleave_tx_setup(p->id, 0, &conf);
}

int
path_open(void)
{
	char args[128];

	snprintf(args, sizeof(args),
		"rx_capa=%" PRIx64 ",rx_gen=%u,rx_gen_flows=%u,rx_gen_train=%u",
		(uint64_t)RX_CKSUMS, PATH_FRAME, PATH_FLOWS, PATH_TRAIN);
	if (open_port(&generator, "net_probe_source", args) < 0)
		return -1;
	for (enum path_sink s = 0; s < PATH_SINKS; s++)
		if (open_sink(s, false) < 0 || open_sink(s, true) < 0)
			return -1;
	return 0;
}

static void
close_port(struct path_port *p)
{
	if (!p->open)
		return;
	rte_eth_dev_stop(p->id);
	rte_vdev_uninit(p->name);
	p->open = false;
}

void
path_close(void)
{
	for (unsigned int i = 0; i < 2 * PATH_SINKS; i++) {
		struct path_port *p = &sinks[i / 2][i % 2];

		if (p->open)
			cleave_tx_teardown(p->id, 0);
		close_port(p);
	}
	close_port(&generator);
}

uint16_t
path_generator(void)
{
	return generator.id;
}

uint16_t
path_sink(enum path_sink kind, bool strict)
{
	return sinks[kind][strict].id;
}
