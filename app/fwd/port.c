/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Ports: configure, start, stop, change. Neighbours: pool.c (mbufs), options.c (what is asked for),
 * port_mtu.c; lib/tx learns of every change through port_apply_tx().
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "fwd.h"

#define LINK_WAIT_MS 9000 /* as testpmd */
#define LINK_POLL_MS 100

struct fwd_port ports[RTE_MAX_ETHPORTS];

/* What Cleave makes use of where a port has it. MBUF_FAST_FREE is none of it: segments share
 * data. */
static const uint64_t tx_wanted = RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_IPV4_CKSUM |
				  RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM |
				  RTE_ETH_TX_OFFLOAD_SCTP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_TSO |
				  RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM |
				  RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM;

static uint64_t
tunnel_tso(void)
{
	uint64_t capa = 0;

	for (unsigned int row = 0; cleave_tunnel_name(row) != NULL; row++)
		capa |= cleave_tunnel_tso_capa(row);
	return capa;
}

bool
port_known(uint16_t id)
{
	return id < RTE_MAX_ETHPORTS && ports[id].present && rte_eth_dev_is_valid_port(id);
}

static void
set_rss(struct fwd_port *p)
{
	uint64_t hf = conf.rss_udp ? RTE_ETH_RSS_UDP | RTE_ETH_RSS_IP : RTE_ETH_RSS_IP;

	if (conf.rxq == 1 || conf.disable_rss)
		return;
	p->conf.rx_adv_conf.rss_conf.rss_hf = hf & p->info.flow_type_rss_offloads;
	if (p->conf.rx_adv_conf.rss_conf.rss_hf != 0)
		p->conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
}

/* An offload or a limit that was asked for and that the port does not have. */
static int
check_asked(const struct fwd_port *p, const char *option, uint64_t asked, uint64_t capa)
{
	if ((asked & ~capa) == 0)
		return 0;
	return fail("%s: 0x%" PRIx64 " on port %u (%s): accepted is within 0x%" PRIx64, option,
		asked, p->id, p->info.driver_name, capa);
}

static int
set_offloads(struct fwd_port *p)
{
	uint64_t lro = conf.enable_lro ? RTE_ETH_RX_OFFLOAD_TCP_LRO : 0;
	uint64_t scatter = conf.enable_scatter ? RTE_ETH_RX_OFFLOAD_SCATTER : 0;
	uint64_t rx = conf.rx_offloads | lro | scatter;

	if (conf.enable_rx_cksum)
		rx |= RTE_ETH_RX_OFFLOAD_CHECKSUM & p->info.rx_offload_capa;
	if (conf.enable_rx_cksum && !(rx & RTE_ETH_RX_OFFLOAD_CHECKSUM))
		return fail(
			"--enable-rx-cksum: port %u (%s) checks no checksums; accepted are ports "
			"that do",
			p->id, p->info.driver_name);
	if (check_asked(p, "--enable-lro", lro, p->info.rx_offload_capa) < 0 ||
		check_asked(p, "--enable-scatter", scatter, p->info.rx_offload_capa) < 0 ||
		check_asked(p, "--rx-offloads", conf.rx_offloads, p->info.rx_offload_capa) < 0)
		return -1;
	if (conf.tx_offloads_set && (conf.tx_offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE))
		return fail("--tx-offloads=0x%" PRIx64 ": accepted is any without MBUF_FAST_FREE "
			    "(0x%" PRIx64 "), segments share their payload",
			conf.tx_offloads, (uint64_t)RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE);
	if (conf.tx_offloads_set &&
		check_asked(p, "--tx-offloads", conf.tx_offloads, p->info.tx_offload_capa) < 0)
		return -1;
	p->conf.rxmode.offloads = rx;
	p->conf.txmode.offloads = conf.tx_offloads_set
					  ? conf.tx_offloads
					  : (tx_wanted | tunnel_tso()) & p->info.tx_offload_capa;
	return 0;
}

static int
setup_queues(struct fwd_port *p, uint16_t rxd, uint16_t txd)
{
	struct rte_eth_rxconf rxconf = p->info.default_rxconf;
	struct rte_eth_txconf txconf = p->info.default_txconf;
	int rc;

	rxconf.offloads = p->conf.rxmode.offloads;
	txconf.offloads = p->conf.txmode.offloads;
	rxconf.rx_free_thresh = conf.rxfreet != UNSET ? conf.rxfreet : rxconf.rx_free_thresh;
	txconf.tx_free_thresh = conf.txfreet != UNSET ? conf.txfreet : txconf.tx_free_thresh;
	txconf.tx_rs_thresh = conf.txrst != UNSET ? conf.txrst : txconf.tx_rs_thresh;
	for (uint16_t q = 0; q < conf.rxq; q++) {
		rc = rte_eth_rx_queue_setup(
			p->id, q, rxd, p->socket, &rxconf, pool_mbufs(p->socket));
		if (rc < 0)
			return fail("port %u, RX queue %u: %s", p->id, q, strerror(-rc));
	}
	for (uint16_t q = 0; q < conf.txq; q++) {
		rc = rte_eth_tx_queue_setup(p->id, q, txd, p->socket, &txconf);
		if (rc < 0)
			return fail("port %u, TX queue %u: %s", p->id, q, strerror(-rc));
	}
	return 0;
}

static int
configure(struct fwd_port *p)
{
	uint16_t rxd = conf.rxd != UNSET ? conf.rxd : p->info.default_rxportconf.ring_size;
	uint16_t txd = conf.txd != UNSET ? conf.txd : p->info.default_txportconf.ring_size;
	int rc;

	if (conf.rxq > p->info.max_rx_queues)
		return fail("--rxq=%u on port %u (%s): accepted is 1 to %u", conf.rxq, p->id,
			p->info.driver_name, p->info.max_rx_queues);
	if (conf.txq > p->info.max_tx_queues)
		return fail("--txq=%u on port %u (%s): accepted is 1 to %u", conf.txq, p->id,
			p->info.driver_name, p->info.max_tx_queues);
	rc = rte_eth_dev_configure(p->id, conf.rxq, conf.txq, &p->conf);
	if (rc < 0)
		return fail(
			"port %u (%s): configure: %s", p->id, p->info.driver_name, strerror(-rc));
	rxd = rxd != 0 ? rxd : 512;
	txd = txd != 0 ? txd : 512;
	rc = rte_eth_dev_adjust_nb_rx_tx_desc(p->id, &rxd, &txd);
	if (rc < 0)
		return fail(
			"port %u: %u RX and %u TX descriptors: %s", p->id, rxd, txd, strerror(-rc));
	return setup_queues(p, rxd, txd);
}

int
port_apply_tx(uint16_t id)
{
	struct fwd_port *p = &ports[id];
	int rc;

	for (uint16_t q = 0; q < conf.txq; q++) {
		rc = cleave_tx_setup(id, q, &p->tx);
		if (rc < 0)
			return fail("port %u, TX queue %u: setup: %s", id, q, strerror(-rc));
	}
	return 0;
}

int
port_start(uint16_t id)
{
	struct fwd_port *p = &ports[id];
	int rc;

	if (p->started)
		return 0;
	if (configure(p) < 0)
		return -1;
	rc = rte_eth_dev_start(id);
	if (rc < 0)
		return fail("port %u (%s): start: %s", id, p->info.driver_name, strerror(-rc));
	rte_eth_promiscuous_enable(id);
	rte_eth_macaddr_get(id, &p->mac);
	p->started = true;
	return port_apply_tx(id);
}

int
port_stop(uint16_t id)
{
	struct fwd_port *p = &ports[id];
	int rc;

	if (!p->started)
		return 0;
	if (forwarding)
		return fail("port %u: stop forwarding first ('stop')", id);
	rc = rte_eth_dev_stop(id);
	if (rc < 0)
		return fail("port %u: stop: %s", id, strerror(-rc));
	p->started = false;
	return 0;
}

void
port_close(uint16_t id)
{
	unsigned int lost = 0;

	if (!port_known(id) || port_stop(id) < 0)
		return;
	for (uint16_t q = 0; q < conf.txq; q++)
		lost += cleave_tx_teardown(id, q);
	if (lost != 0)
		fail("port %u: %u segments never left, its ring was full", id, lost);
	rte_eth_dev_close(id);
	ports[id].present = false;
}

int
port_reset(uint16_t id)
{
	int rc;

	if (port_stop(id) < 0)
		return -1;
	rc = rte_eth_dev_reset(id);
	return rc < 0 ? fail("port %u: reset: %s", id, strerror(-rc)) : 0;
}

static int
port_init(uint16_t id)
{
	struct fwd_port *p = &ports[id];
	int socket = rte_eth_dev_socket_id(id);
	int rc = rte_eth_dev_info_get(id, &p->info);

	if (rc < 0)
		return fail("port %u: %s", id, strerror(-rc));
	p->id = id;
	p->present = true;
	p->socket = socket < 0 ? 0 : socket;
	p->tx.no_gso = !conf.gso;
	p->tx.no_tso = !conf.tso;
	p->tx.gso_segsz = conf.gso_segsz;
	p->tx.tso_segsz = conf.tso_segsz;
	p->tx.jumbo = conf.jumbo[id];
	p->gro = conf.gro;
	p->udp_gro = conf.udp_gro;
	if (pool_gso(p->socket, &p->tx.pools) < 0)
		return fail("port %u: no pools on socket %u", id, p->socket);
	if (!conf.no_lsc_interrupt && (*p->info.dev_flags & RTE_ETH_DEV_INTR_LSC))
		p->conf.intr_conf.lsc = 1;
	set_rss(p);
	if (set_offloads(p) < 0 || port_lengths(p) < 0)
		return -1;
	return 0;
}

int
ports_init(void)
{
	uint16_t id;

	RTE_ETH_FOREACH_DEV (id)
		if (port_init(id) < 0)
			return -1;
	RTE_ETH_FOREACH_DEV (id)
		if (port_start(id) < 0)
			return -1;
	return 0;
}

void
ports_wait_links(void)
{
	struct rte_eth_link link;
	uint16_t id;

	for (unsigned int ms = 0; ms < LINK_WAIT_MS && !quit_signal; ms += LINK_POLL_MS) {
		bool up = true;

		RTE_ETH_FOREACH_DEV (id)
			up &= rte_eth_link_get_nowait(id, &link) == 0 && link.link_status;
		if (up)
			return;
		rte_delay_ms(LINK_POLL_MS);
	}
}
