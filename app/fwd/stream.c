/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Streams: which RX queue leaves by which TX queue, and which lcore runs them, spread as testpmd
 * spreads them; starting and stopping the lcores. Neighbours: worker.c runs the streams.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "fwd.h"

struct fwd_stream *streams;
uint16_t nb_streams;
struct fwd_lcore lcores[RTE_MAX_LCORE];
uint16_t nb_lcores;
uint16_t fwd_ports[RTE_MAX_ETHPORTS];
uint16_t nb_fwd_ports;
bool forwarding;

static void
choose_ports(void)
{
	uint16_t id;

	nb_fwd_ports = 0;
	if (conf.portlist_nb != 0) {
		memcpy(fwd_ports, conf.portlist, sizeof(fwd_ports));
		nb_fwd_ports = conf.portlist_nb;
	} else {
		RTE_ETH_FOREACH_DEV (id)
			fwd_ports[nb_fwd_ports++] = id;
	}
	if (conf.nb_ports != 0)
		nb_fwd_ports = RTE_MIN(nb_fwd_ports, conf.nb_ports);
}

static int
choose_lcores(void)
{
	unsigned int id, available = 0, wanted = conf.nb_cores != 0 ? conf.nb_cores : 1;

	nb_lcores = 0;
	if (conf.nb_cores == 0 && conf.lcores != 0)
		wanted = __builtin_popcountll(conf.lcores);
	RTE_LCORE_FOREACH_WORKER (id) {
		if (conf.lcores != 0 && (id >= 64 || !(conf.lcores >> id & 1)))
			continue;
		if (available++ < wanted)
			lcores[nb_lcores++].id = id;
	}
	if (available == 0)
		return conf.lcores != 0 ? fail("--coremask=0x%" PRIx64
					       ": accepted are lcores of the EAL's -l, "
					       "but the main one (%u)",
						  conf.lcores, rte_get_main_lcore())
					: fail("no lcore to forward on: besides the main lcore "
					       "(%u) the EAL's "
					       "-l must name another",
						  rte_get_main_lcore());
	if (available < wanted && conf.nb_cores == 0)
		return fail("--coremask=0x%" PRIx64
			    ": accepted are lcores of the EAL's -l, but the "
			    "main one (%u)",
			conf.lcores, rte_get_main_lcore());
	if (available < wanted)
		return fail("--nb-cores=%u: accepted is 1 to %u, the main lcore does not forward",
			wanted, available);
	return 0;
}

/* The place in fwd_ports of the port that packets received by the i-th leave by. */
static uint16_t
tx_place(uint16_t i)
{
	switch (conf.topology) {
	case TOPOLOGY_LOOP:
		return i;
	case TOPOLOGY_CHAINED:
		return (i + 1) % nb_fwd_ports;
	default: /* paired; the last of an odd number sends to itself */
		return (i ^ 1) < nb_fwd_ports ? i ^ 1 : i;
	}
}

int
streams_setup(void)
{
	uint16_t nb_q = RTE_MIN(conf.rxq, conf.txq), n = 0, at = 0;

	choose_ports();
	if (choose_lcores() < 0)
		return -1;
	merge_free();
	rte_free(streams);
	nb_streams = nb_q * nb_fwd_ports;
	streams = rte_zmalloc("streams", sizeof(*streams) * RTE_MAX(nb_streams, 1), 0);
	if (streams == NULL) {
		nb_streams = 0;
		return fail("no memory for the streams of %u queues", nb_q);
	}
	for (uint16_t q = 0; q < nb_q; q++) {
		for (uint16_t i = 0; i < nb_fwd_ports; i++) {
			streams[n].rx_port = fwd_ports[i];
			streams[n].tx_port = fwd_ports[tx_place(i)];
			streams[n].rx_queue = streams[n].tx_queue = q;
			n++;
		}
	}
	nb_lcores = RTE_MIN(nb_lcores, RTE_MAX(nb_streams, 1));
	for (uint16_t l = 0; l < nb_lcores; l++) {
		/* what does not divide goes to the last lcores, as in testpmd */
		lcores[l].first = at;
		lcores[l].nb =
			nb_streams / nb_lcores + (l >= nb_lcores - nb_streams % nb_lcores ? 1 : 0);
		at += lcores[l].nb;
	}
	return 0;
}

void
streams_show(void)
{
	char mac[RTE_ETHER_ADDR_FMT_SIZE];

	printf("%s packet forwarding - ports=%u - cores=%u - streams=%u - NUMA support %s\n",
		conf.mode->name, nb_fwd_ports, nb_lcores, nb_streams,
		conf.no_numa ? "disabled" : "enabled");
	for (uint16_t l = 0; l < nb_lcores; l++) {
		printf("Logical Core %u (socket %u) forwards packets on %u streams:", lcores[l].id,
			rte_lcore_to_socket_id(lcores[l].id), lcores[l].nb);
		for (uint16_t s = lcores[l].first; s < lcores[l].first + lcores[l].nb; s++) {
			const struct fwd_stream *fs = &streams[s];

			rte_ether_format_addr(mac, sizeof(mac), &conf.peer[fs->tx_port]);
			printf("\n  RX P=%u/Q=%u (socket %u) -> TX P=%u/Q=%u (socket %u) peer=%s",
				fs->rx_port, fs->rx_queue, ports[fs->rx_port].socket, fs->tx_port,
				fs->tx_queue, ports[fs->tx_port].socket, mac);
		}
		printf("\n");
	}
	printf("\n");
}

/* Empty the RX queues: what came before "start" is not forwarded. Twice, a short while apart, as
 * testpmd does; bounded, for ports that never run dry. */
static void
flush_rx(void)
{
	struct rte_mbuf *pkts[BURST_MAX];

	for (unsigned int round = 0; round < 2; round++) {
		for (uint16_t s = 0; s < nb_streams; s++) {
			for (unsigned int burst = 0; burst < 128; burst++) {
				uint16_t n = rte_eth_rx_burst(
					streams[s].rx_port, streams[s].rx_queue, pkts, conf.burst);

				rte_pktmbuf_free_bulk(pkts, n);
				if (n == 0)
					break;
			}
		}
		rte_delay_ms(10);
	}
}

int
forwarding_start(unsigned int tx_first)
{
	if (forwarding)
		return fail("start: already forwarding");
	if (streams_setup() < 0)
		return -1;
	if (nb_streams == 0)
		return fail("start: no port to forward with");
	for (uint16_t i = 0; i < nb_fwd_ports; i++)
		if (!ports[fwd_ports[i]].started)
			return fail("start: port %u is stopped ('port start %u')", fwd_ports[i],
				fwd_ports[i]);
	if ((tx_first ? &mode_txonly : conf.mode)->begin != NULL &&
		(tx_first ? &mode_txonly : conf.mode)->begin() < 0)
		return -1;
	if (merge_setup() < 0)
		return -1;
	streams_show();
	show_config_rxtx();
	if (!conf.no_flush_rx && conf.mode->rx)
		flush_rx();
	stats_forward_clear();
	forwarding = true;
	for (uint16_t l = 0; l < nb_lcores; l++) {
		lcores[l].order = ORDER_RUN;
		for (unsigned int i = 0; i < tx_first && !quit_signal; i++)
			worker_send_first(&lcores[l]);
		rte_eal_remote_launch(worker_run, &lcores[l], lcores[l].id);
	}
	return 0;
}

void
forwarding_stop(void)
{
	if (!forwarding) {
		fail("stop: not forwarding");
		return;
	}
	printf("Telling cores to stop...");
	for (uint16_t l = 0; l < nb_lcores; l++)
		__atomic_store_n(&lcores[l].order, ORDER_STOP, __ATOMIC_RELAXED);
	printf("\nWaiting for lcores to finish...\n");
	for (uint16_t l = 0; l < nb_lcores; l++)
		rte_eal_wait_lcore(lcores[l].id);
	forwarding = false;
	stats_forward();
	printf("\nDone.\n");
}
