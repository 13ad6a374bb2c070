/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The ethdev operations: what the application configures, done to the TAP. Neighbours: vtap_vdev.c,
 * vtap_tun.c, vtap_link.c, vtap_intr.c.
 */
#include <errno.h>

#include "cleave_compat.h"
#include "vtap.h"

#define RX_CAPA                                                                                    \
	(RTE_ETH_RX_OFFLOAD_SCATTER | RTE_ETH_RX_OFFLOAD_TCP_LRO | RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | \
		RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM)
#define TX_CAPA                                                                                    \
	(RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_VLAN_INSERT |                          \
		RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM |                     \
		RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_TSO |                        \
		RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM)
#define TX_TUNNELS                                                                                 \
	(RTE_ETH_TX_OFFLOAD_VXLAN_TNL_TSO | RTE_ETH_TX_OFFLOAD_GENEVE_TNL_TSO |                    \
		RTE_ETH_TX_OFFLOAD_UDP_TNL_TSO)

static int
vtap_configure(struct rte_eth_dev *dev)
{
	struct vtap_port *port = dev->data->dev_private;

	/* The kernel spreads its packets over all queues that there are. */
	int rc = vtap_rss_check(dev);

	if (rc == 0)
		rc = vtap_tun_queues(port, RTE_MAX(dev->data->nb_rx_queues, 1));
	return rc < 0 ? rc : vtap_rss_configure(dev);
}

static void
set_state(struct rte_eth_dev *dev, uint8_t state)
{
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		dev->data->rx_queue_state[i] = state;
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		dev->data->tx_queue_state[i] = state;
}

/* What the kernel may leave to us. It takes super-packets in tunnels only from who would take them as
 * well; if the application does not, the interface is told not to send such. */
static int
set_offloads(struct rte_eth_dev *dev)
{
	struct vtap_port *port = dev->data->dev_private;
	const uint64_t rx = dev->data->dev_conf.rxmode.offloads;
	const bool tunnels = dev->data->dev_conf.txmode.offloads & TX_TUNNELS;
	const bool lro = rx & RTE_ETH_RX_OFFLOAD_TCP_LRO;
	const bool csum =
		lro || (rx & (RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM));
	unsigned int f = 0;
	int rc;

	if (csum)
		f |= TUN_F_CSUM;
	if (lro || tunnels)
		f |= VTAP_TUN_TSO;
	if (tunnels)
		f |= VTAP_TUN_TUNNELS;
	rc = vtap_tun_offload(port, f);
	return rc < 0 ? rc : vtap_link_features(port, csum, lro);
}

static void
close_rings(struct rte_eth_dev *dev)
{
	struct vtap_port *port = dev->data->dev_private;

	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		vtap_ring_close(&port->tx[i]);
}

static int
vtap_start(struct rte_eth_dev *dev)
{
	struct vtap_port *port = dev->data->dev_private;
	int rc;

	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		port->rx[i].fd = port->fd[i];
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		port->tx[i].fd = port->fd[i % port->nb_fds];
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		vtap_ring_open(&port->tx[i]);
	rc = set_offloads(dev);
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		port->rx[i].iov[0].iov_len = port->hdr_len;
	if (rc == 0)
		rc = vtap_intr_install(dev);
	if (rc == 0)
		rc = vtap_link_mtu(port, dev->data->mtu);
	if (rc == 0)
		rc = vtap_link_flags(port, IFF_UP, 0);
	if (rc < 0) {
		close_rings(dev);
		vtap_intr_remove(dev);
		VTAP_LOG(ERR, "%s: not started: %s", port->name, strerror(-rc));
		return rc;
	}
	port->up = true;
	set_state(dev, RTE_ETH_QUEUE_STATE_STARTED);
	vtap_link_update(dev, 0);
	return 0;
}

static int
vtap_set_link_up(struct rte_eth_dev *dev)
{
	struct vtap_port *port = dev->data->dev_private;
	int rc = vtap_link_flags(port, IFF_UP, 0);

	port->up |= rc == 0;
	vtap_link_update(dev, 0);
	return rc;
}

static int
vtap_set_link_down(struct rte_eth_dev *dev)
{
	struct vtap_port *port = dev->data->dev_private;
	int rc = vtap_link_flags(port, 0, IFF_UP);

	port->up = false;
	vtap_link_update(dev, 0);
	return rc;
}

static int
vtap_stop(struct rte_eth_dev *dev)
{
	vtap_set_link_down(dev); /* no matter if it is there still */
	close_rings(dev);
	vtap_intr_remove(dev);
	set_state(dev, RTE_ETH_QUEUE_STATE_STOPPED);
	return 0;
}

static int
vtap_infos(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	const struct vtap_port *port = dev->data->dev_private;

	info->if_index = port->ifindex;
	info->min_mtu = VTAP_MTU_MIN;
	info->max_mtu = VTAP_MTU_MAX;
	info->max_rx_pktlen = VTAP_MTU_MAX + VTAP_OVERHEAD;
	info->max_lro_pkt_size = UINT16_MAX;
	info->max_mac_addrs = 1;
	info->max_rx_queues = port->conf.queues;
	info->max_tx_queues = port->conf.queues;
	info->rx_offload_capa = RX_CAPA;
	info->tx_offload_capa = TX_CAPA;
	if (port->can & TUN_F_USO4)
		info->tx_offload_capa |= RTE_ETH_TX_OFFLOAD_UDP_TSO;
	if (port->can & TUN_F_UDP_TUNNEL_GSO)
		info->tx_offload_capa |= TX_TUNNELS;
	info->tx_desc_lim.nb_seg_max = VTAP_SEGS_MAX;
	info->tx_desc_lim.nb_mtu_seg_max = VTAP_SEGS_MAX;
	vtap_rss_infos(port, info);
	info->default_rxportconf = (struct rte_eth_dev_portconf){32, 512, 1};
	info->default_txportconf = (struct rte_eth_dev_portconf){32, 512, 1};
	info->speed_capa = RTE_ETH_LINK_SPEED_10G;
	info->dev_capa &= ~(
		RTE_ETH_DEV_CAPA_RUNTIME_RX_QUEUE_SETUP | RTE_ETH_DEV_CAPA_RUNTIME_TX_QUEUE_SETUP);
	return 0;
}

static const uint32_t *
list_ptypes(struct rte_eth_dev *dev, size_t *count)
{
	static const uint32_t types[] = {
		RTE_PTYPE_L2_ETHER,
		RTE_PTYPE_L2_ETHER_VLAN,
		RTE_PTYPE_L2_ETHER_QINQ,
		RTE_PTYPE_L3_IPV4,
		RTE_PTYPE_L3_IPV4_EXT,
		RTE_PTYPE_L3_IPV6,
		RTE_PTYPE_L3_IPV6_EXT,
		RTE_PTYPE_L4_FRAG,
		RTE_PTYPE_L4_UDP,
		RTE_PTYPE_L4_TCP,
		RTE_PTYPE_L4_SCTP,
		RTE_PTYPE_UNKNOWN,
	};

	*count = RTE_DIM(types) - 1;
	return types;
}

CLEAVE_PTYPES_OP(vtap_ptypes, list_ptypes)

static int
vtap_mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	struct vtap_port *port = dev->data->dev_private;

	/* as long as nothing is started, the queues may still be set up for it */
	for (uint16_t i = 0; dev->data->dev_started && i < dev->data->nb_rx_queues; i++)
		if (port->rx[i].nb_chain * port->rx[i].iov[1].iov_len <= mtu + VTAP_OVERHEAD) {
			VTAP_LOG(ERR, "%s: an MTU of %u needs SCATTER", port->name, mtu);
			return -EINVAL;
		}
	return vtap_link_mtu(port, mtu);
}

static int
vtap_mac_set(struct rte_eth_dev *dev, struct rte_ether_addr *mac)
{
	return vtap_link_set_mac(dev->data->dev_private, mac);
}

static int
vtap_promiscuous_enable(struct rte_eth_dev *dev)
{
	vtap_remote_all(dev->data->dev_private, true);
	return vtap_link_flags(dev->data->dev_private, IFF_PROMISC, 0);
}

static int
vtap_promiscuous_disable(struct rte_eth_dev *dev)
{
	vtap_remote_all(dev->data->dev_private, false);
	return vtap_link_flags(dev->data->dev_private, 0, IFF_PROMISC);
}

static int
vtap_allmulticast_enable(struct rte_eth_dev *dev)
{
	return vtap_link_flags(dev->data->dev_private, IFF_ALLMULTI, 0);
}

static int
vtap_allmulticast_disable(struct rte_eth_dev *dev)
{
	return vtap_link_flags(dev->data->dev_private, 0, IFF_ALLMULTI);
}

/* All that the kernel sends is received, whatever its address. */
static int
vtap_mc_set(struct rte_eth_dev *dev, struct rte_ether_addr *list, uint32_t n)
{
	return 0;
}

static int
vtap_close(struct rte_eth_dev *dev)
{
	struct vtap_port *port = dev->data->dev_private;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0;
	vtap_link_unwatch(dev);
	vtap_intr_remove(dev);
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		vtap_rxq_release(dev, i);
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		vtap_txq_release(dev, i);
	vtap_tun_close(port);
	dev->data->mac_addrs = NULL; /* part of dev_private, which ethdev frees */
	return 0;
}

const struct eth_dev_ops vtap_ops = {
	.dev_configure = vtap_configure,
	.dev_start = vtap_start,
	.dev_stop = vtap_stop,
	.dev_close = vtap_close,
	.dev_infos_get = vtap_infos,
	.dev_supported_ptypes_get = vtap_ptypes,
	.dev_set_link_up = vtap_set_link_up,
	.dev_set_link_down = vtap_set_link_down,
	.link_update = vtap_link_update,
	.rx_queue_setup = vtap_rxq_setup,
	.rx_queue_release = vtap_rxq_release,
	.rx_queue_intr_enable = vtap_intr_switch,
	.rx_queue_intr_disable = vtap_intr_switch,
	.tx_queue_setup = vtap_txq_setup,
	.tx_queue_release = vtap_txq_release,
	.rss_hash_update = vtap_rss_update,
	.rss_hash_conf_get = vtap_rss_get,
	.reta_update = vtap_reta_update,
	.reta_query = vtap_reta_query,
	.flow_ops_get = vtap_flow_ops,
	.mtu_set = vtap_mtu_set,
	.mac_addr_set = vtap_mac_set,
	.promiscuous_enable = vtap_promiscuous_enable,
	.promiscuous_disable = vtap_promiscuous_disable,
	.allmulticast_enable = vtap_allmulticast_enable,
	.allmulticast_disable = vtap_allmulticast_disable,
	.set_mc_addr_list = vtap_mc_set,
	.stats_get = vtap_stats_get,
	.stats_reset = vtap_stats_reset,
	.xstats_get = vtap_xstats_get,
	.xstats_get_names = vtap_xstats_names,
	.xstats_reset = vtap_stats_reset,
};

/* In another process than the one that has the files. */
const struct eth_dev_ops vtap_secondary_ops = {
	.dev_infos_get = vtap_infos,
	.dev_close = vtap_close,
	.stats_get = vtap_stats_get,
	.xstats_get = vtap_xstats_get,
	.xstats_get_names = vtap_xstats_names,
};
