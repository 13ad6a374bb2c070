/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Ports as the user sees them: testpmd's infos, offloads and configuration.
 * Neighbours: cmd_show.c (the commands), features.c, stats.c (counters).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>

#include "fwd.h"

static void
show_link(uint16_t id)
{
	struct rte_eth_link link;

	if (rte_eth_link_get_nowait(id, &link) < 0)
		memset(&link, 0, sizeof(link));
	printf("Link status: %s\n", link.link_status ? "up" : "down");
	printf("Link speed: %s\n", rte_eth_link_speed_to_str(link.link_speed));
	printf("Link duplex: %s\n", link.link_duplex ? "full-duplex" : "half-duplex");
	printf("Autoneg status: %s\n", link.link_autoneg ? "On" : "Off");
}

static void
show_limits(const struct rte_eth_dev_info *info)
{
	printf("Minimum size of RX buffer: %u\n", info->min_rx_bufsize);
	printf("Maximum configurable length of RX packet: %u\n", info->max_rx_pktlen);
	printf("Maximum configurable size of LRO aggregated packet: %u\n", info->max_lro_pkt_size);
	printf("Current number of RX queues: %u\n", info->nb_rx_queues);
	printf("Max possible RX queues: %u\n", info->max_rx_queues);
	printf("Max possible number of RXDs per queue: %hu\n", info->rx_desc_lim.nb_max);
	printf("Min possible number of RXDs per queue: %hu\n", info->rx_desc_lim.nb_min);
	printf("RXDs number alignment: %hu\n", info->rx_desc_lim.nb_align);
	printf("Current number of TX queues: %u\n", info->nb_tx_queues);
	printf("Max possible TX queues: %u\n", info->max_tx_queues);
	printf("Max possible number of TXDs per queue: %hu\n", info->tx_desc_lim.nb_max);
	printf("Min possible number of TXDs per queue: %hu\n", info->tx_desc_lim.nb_min);
	printf("TXDs number alignment: %hu\n", info->tx_desc_lim.nb_align);
	printf("Max segment number per packet: %hu\n", info->tx_desc_lim.nb_seg_max);
	printf("Max segment number per MTU/TSO: %hu\n", info->tx_desc_lim.nb_mtu_seg_max);
}

static void
show_device(uint16_t id, const struct rte_eth_dev_info *info)
{
	char name[RTE_ETH_NAME_MAX_LEN], mac[RTE_ETHER_ADDR_FMT_SIZE], version[64];
	const struct rte_devargs *args = rte_dev_devargs(info->device);

	rte_ether_format_addr(mac, sizeof(mac), &ports[id].mac);
	if (rte_eth_dev_get_name_by_port(id, name) < 0)
		return;
	printf("MAC address: %s\nDevice name: %s\nDriver name: %s\n", mac, name, info->driver_name);
	if (rte_eth_dev_fw_version_get(id, version, sizeof(version)) != 0)
		snprintf(version, sizeof(version), "not available");
	printf("Firmware-version: %s\n", version);
	if (args != NULL && args->args != NULL)
		printf("Devargs: %s\n", args->args);
	printf("Connect to socket: %u\nmemory allocation on the socket: %u\n", ports[id].socket,
		ports[id].socket);
}

static void
show_vlan(uint16_t id)
{
	int v = rte_eth_dev_get_vlan_offload(id);

	if (v < 0)
		return;
	printf("VLAN offload: \n  strip %s, filter %s, extend %s, qinq strip %s\n",
		v & RTE_ETH_VLAN_STRIP_OFFLOAD ? "on" : "off",
		v & RTE_ETH_VLAN_FILTER_OFFLOAD ? "on" : "off",
		v & RTE_ETH_VLAN_EXTEND_OFFLOAD ? "on" : "off",
		v & RTE_ETH_QINQ_STRIP_OFFLOAD ? "on" : "off");
}

static void
show_device_capa(const struct rte_eth_dev_info *info)
{
	static const char *const modes[] = {"none", "passive", "proactive"};

	printf("Device capabilities: 0x%" PRIx64 "(", info->dev_capa);
	for (unsigned int b = 0; b < 64; b++)
		if (info->dev_capa & UINT64_C(1) << b)
			printf(" %s", rte_eth_dev_capability_name(UINT64_C(1) << b));
	printf(" )\n");
	if (info->switch_info.domain_id != RTE_ETH_DEV_SWITCH_DOMAIN_ID_INVALID) {
		if (info->switch_info.name != NULL)
			printf("Switch name: %s\n", info->switch_info.name);
		printf("Switch domain Id: %u\nSwitch Port Id: %u\n", info->switch_info.domain_id,
			info->switch_info.port_id);
	}
	printf("Device error handling mode: %s\n",
		info->err_handle_mode < RTE_DIM(modes) ? modes[info->err_handle_mode] : "unknown");
}

void
show_port_info(uint16_t id)
{
	static const char *border = "*********************";
	const struct rte_eth_dev_info *info = &ports[id].info;
	uint16_t mtu;

	if (rte_eth_dev_info_get(id, &ports[id].info) < 0)
		return;
	printf("\n%s Infos for port %-2d %s\n", border, id, border);
	show_device(id, info);
	show_link(id);
	if (rte_eth_dev_get_mtu(id, &mtu) == 0)
		printf("MTU: %u\n", ports[id].tx.mtu != 0 ? ports[id].tx.mtu : mtu);
	printf("Promiscuous mode: %s\n", rte_eth_promiscuous_get(id) > 0 ? "enabled" : "disabled");
	printf("Allmulticast mode: %s\n",
		rte_eth_allmulticast_get(id) > 0 ? "enabled" : "disabled");
	printf("Maximum number of MAC addresses: %u\n", info->max_mac_addrs);
	printf("Maximum number of MAC addresses of hash filtering: %u\n", info->max_hash_mac_addrs);
	show_vlan(id);
	if (info->hash_key_size > 0)
		printf("Hash key size in bytes: %u\n", info->hash_key_size);
	if (info->reta_size > 0)
		printf("Redirection table size: %u\n", info->reta_size);
	if (info->flow_type_rss_offloads == 0)
		printf("No RSS offload flow type is supported.\n");
	else
		printf("Supported RSS offload flow types: 0x%" PRIx64 "\n",
			info->flow_type_rss_offloads);
	show_limits(info);
	show_device_capa(info);
	printf("Device private info:\n");
	if (rte_eth_dev_priv_dump(id, stdout) == -ENOTSUP)
		printf("  none\n");
}

void
show_port_summary(uint16_t id, bool header)
{
	char name[RTE_ETH_NAME_MAX_LEN], mac[RTE_ETHER_ADDR_FMT_SIZE];
	struct rte_eth_link link;

	if (header)
		printf("Number of available ports: %d\n%-4s %-17s %-12s %-14s %-8s %s\n",
			rte_eth_dev_count_avail(), "Port", "MAC Address", "Name", "Driver",
			"Status", "Link");
	if (rte_eth_link_get_nowait(id, &link) < 0 || rte_eth_dev_get_name_by_port(id, name) < 0)
		return;
	rte_ether_format_addr(mac, sizeof(mac), &ports[id].mac);
	printf("%-4d %s %-12s %-14s %-8s %s\n", id, mac, name, ports[id].info.driver_name,
		link.link_status ? "up" : "down", rte_eth_link_speed_to_str(link.link_speed));
}

void
show_port_xstats(uint16_t id)
{
	struct rte_eth_xstat_name names[512];
	struct rte_eth_xstat values[512];
	int n = rte_eth_xstats_get_names(id, names, RTE_DIM(names));

	printf("###### NIC extended statistics for port %-2d\n", id);
	if (n < 0 || n > (int)RTE_DIM(names) || rte_eth_xstats_get(id, values, n) != n) {
		fail("port %u: cannot get its %d xstats", id, n);
		return;
	}
	for (int i = 0; i < n; i++)
		printf("%s: %" PRIu64 "\n", names[values[i].id].name, values[i].value);
}

static void
print_offloads(uint64_t mask, bool tx)
{
	for (unsigned int b = 0; b < 64; b++) {
		uint64_t bit = UINT64_C(1) << b;

		if (mask & bit)
			printf(" %s", tx ? rte_eth_dev_tx_offload_name(bit)
					 : rte_eth_dev_rx_offload_name(bit));
	}
	printf("\n");
}

void
show_offload_capa(uint16_t id, bool tx)
{
	const struct rte_eth_dev_info *info = &ports[id].info;
	uint64_t queue = tx ? info->tx_queue_offload_capa : info->rx_queue_offload_capa;
	uint64_t port = (tx ? info->tx_offload_capa : info->rx_offload_capa) & ~queue;

	printf("%s Offloading Capabilities of port %d :\n", tx ? "Tx" : "Rx", id);
	printf("  Per Queue :");
	print_offloads(queue, tx);
	printf("  Per Port  :");
	print_offloads(port, tx);
	printf("\n");
}

void
show_offload_conf(uint16_t id, bool tx)
{
	uint64_t offloads = tx ? ports[id].conf.txmode.offloads : ports[id].conf.rxmode.offloads;

	printf("%s Offloading Configuration of port %d :\n", tx ? "Tx" : "Rx", id);
	printf("  Port :");
	print_offloads(offloads, tx);
	for (uint16_t q = 0; q < (tx ? conf.txq : conf.rxq); q++) {
		printf("  Queue[%2d] :", q);
		print_offloads(offloads, tx);
	}
	printf("\n");
}

void
show_config_rxtx(void)
{
	uint16_t id;

	printf("  %s packet forwarding packets/burst=%u\n", conf.mode->name, conf.burst);
	if (conf.mode == &mode_txonly)
		printf("  packet len=%u - nb packet segments=%d\n", txonly_len(), conf.txpkt_nb);
	printf("  nb forwarding cores=%u - nb forwarding ports=%u\n", nb_lcores, nb_fwd_ports);
	RTE_ETH_FOREACH_DEV (id) {
		struct rte_eth_rxq_info rx = {0};
		struct rte_eth_txq_info tx = {0};

		rte_eth_rx_queue_info_get(id, 0, &rx);
		rte_eth_tx_queue_info_get(id, 0, &tx);
		printf("  port %d: RX queue number: %u Tx queue number: %u\n", id, conf.rxq,
			conf.txq);
		printf("    Rx offloads=0x%" PRIx64 " Tx offloads=0x%" PRIx64 "\n",
			ports[id].conf.rxmode.offloads, ports[id].conf.txmode.offloads);
		printf("    RX queue: 0\n      RX desc=%u - RX free threshold=%u\n", rx.nb_desc,
			rx.conf.rx_free_thresh);
		printf("    TX queue: 0\n      TX desc=%u - TX free threshold=%u\n", tx.nb_desc,
			tx.conf.tx_free_thresh);
	}
}

void
show_config_cores(void)
{
	printf("List of forwarding lcores:");
	for (uint16_t l = 0; l < nb_lcores; l++)
		printf(" %2u", lcores[l].id);
	printf("\n");
}
