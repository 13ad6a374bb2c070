/* SPDX-License-Identifier: BSD-3-Clause
 *
 * net_probe, the programmable port of the tests: any capability mask, a TSO engine that refuses
 * malformed requests, recorded TX, injected RX, faults on demand. This file: the vdev and its
 * ethdev operations. rte_net_probe.h is what a test calls; probe.h lists a request's way.
 *
 * Device arguments, --vdev net_probe<N>,key=value,...
 *
 *   tx_capa=HEX         RTE_ETH_TX_OFFLOAD_* mask that the port claims, for port and queue alike
 *                       (MULTI_SEGS, IPV4_CKSUM, TCP_CKSUM, UDP_CKSUM, TCP_TSO). Claimed and not
 *                       done: QinQ, MACsec, security, timestamps.
 *   rx_capa=HEX         RTE_ETH_RX_OFFLOAD_* mask that the port claims (SCATTER, the only one done,
 *                       but for IPV4_CKSUM and TCP_CKSUM of rx_gen_flows)
 *   nb_seg_max=N        mbufs of a TSO request at most (65535: no limit)
 *   nb_mtu_seg_max=N    mbufs of any other frame at most, and buffers of a segment that the engine
 *                       cuts, its headers' among them (65535: no limit)
 *   tso_max=BYTES       longest TSO request, headers included (65597)
 *   l2_max=BYTES        longest l2_len of a request with offloads (127)
 *   mtu=BYTES           MTU (1500); holds over rte_eth_dev_configure() with an MTU of 0 or 1500
 *   max_mtu=BYTES       largest MTU that can be set (9216)
 *   queues=N            RX and TX queues at most, each (16; 64 at most)
 *   txd=N               recorded frames of a queue, not yet taken, at which its ring is full, no
 *                       matter how many descriptors were set up (4096). A request is taken whole:
 *                       its segments may overfill the ring.
 *   record=0|1|2        0: take anything, look at nothing, count requests as frames
 *                       1: check, cut, keep the frames for the test (the default)
 *                       2: check, cut, count, keep nothing: for programs that are no tests
 *   prepare=0|1         1: rte_eth_tx_prepare writes the sums that checksum fields must hold, as
 *                       Intel's drivers do and testpmd relies on (0: it touches nothing)
 *   rx_loop=0|1         1: RX queue n receives what TX queue n sent (0); the test then pops nothing
 *   rx_gen=BYTES        RX never ends: frames of that length, content undefined, like net_null (0)
 *   rx_gen_flows=N      makes these frames TCP over IPv4, in sequence, of N flows a queue, with right
 *                       checksums, DF and an ID that counts; 65536 flows at most (0: undefined
 *                       content). The mbufs are marked RX_IP_CKSUM_GOOD and RX_L4_CKSUM_GOOD where
 *                       IPV4_CKSUM and TCP_CKSUM are enabled on RX. The payload is what the
 *                       pool's buffers are filled with when the queue is set up, and nobody may
 *                       have written over it: a pool for this alone, or programs that only forward
 *   rx_gen_train=K      segments of a flow in a row (1)
 *   mac=ADDRESS         MAC address (random)
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <ethdev_vdev.h>
#include <bus_vdev_driver.h>

#include "probe.h"

RTE_LOG_REGISTER(probe_logtype, pmd.net.probe, NOTICE);

static int
probe_configure(struct rte_eth_dev *dev)
{
	const struct probe_port *port = dev->data->dev_private;

	/* ethdev replaces an MTU that the program did not give by 1500. */
	if (dev->data->mtu == RTE_ETHER_MTU)
		dev->data->mtu = port->conf.mtu;
	return 0;
}

static void
set_state(struct rte_eth_dev *dev, uint8_t state)
{
	uint16_t i;

	for (i = 0; i < dev->data->nb_rx_queues; i++)
		dev->data->rx_queue_state[i] = state;
	for (i = 0; i < dev->data->nb_tx_queues; i++)
		dev->data->tx_queue_state[i] = state;
}

static int
probe_start(struct rte_eth_dev *dev)
{
	struct probe_port *port = dev->data->dev_private;
	uint16_t i;

	for (i = 0; i < dev->data->nb_rx_queues; i++)
		port->queues[i].rx.loop = port->conf.rx_loop && i < dev->data->nb_tx_queues
						  ? &port->queues[i].tx.wire
						  : NULL;
	set_state(dev, RTE_ETH_QUEUE_STATE_STARTED);
	return 0;
}

static int
probe_stop(struct rte_eth_dev *dev)
{
	set_state(dev, RTE_ETH_QUEUE_STATE_STOPPED);
	return 0;
}

static int
probe_infos(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	const struct probe_conf *conf = &((struct probe_port *)dev->data->dev_private)->conf;

	info->min_mtu = PROBE_MTU_MIN;
	info->max_mtu = conf->max_mtu;
	info->max_rx_pktlen = (uint32_t)conf->max_mtu + PROBE_OVERHEAD;
	info->max_lro_pkt_size = UINT16_MAX;
	info->max_mac_addrs = 1;
	info->max_rx_queues = conf->queues;
	info->max_tx_queues = conf->queues;
	info->rx_offload_capa = conf->rx_capa;
	info->rx_queue_offload_capa = conf->rx_capa;
	info->tx_offload_capa = conf->tx_capa;
	info->tx_queue_offload_capa = conf->tx_capa;
	info->tx_desc_lim.nb_seg_max = conf->nb_seg_max;
	info->tx_desc_lim.nb_mtu_seg_max = conf->nb_mtu_seg_max;
	info->default_rxportconf = (struct rte_eth_dev_portconf){32, 512, 1};
	info->default_txportconf = (struct rte_eth_dev_portconf){32, 512, 1};
	info->speed_capa = RTE_ETH_LINK_SPEED_100G;
	return 0;
}

static void
probe_rxq_release(struct rte_eth_dev *dev, uint16_t id)
{
	struct probe_rxq *q = dev->data->rx_queues[id];
	void *m;

	if (q == NULL)
		return;
	while (rte_ring_sc_dequeue(q->pushed, &m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(q->pushed);
	q->pushed = NULL;
	probe_gen_fini(q);
	dev->data->rx_queues[id] = NULL;
}

static int
probe_rxq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned int socket,
	const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	struct probe_port *port = dev->data->dev_private;
	struct probe_rxq *q = &port->queues[id].rx;
	uint16_t room = rte_pktmbuf_data_room_size(pool) - RTE_PKTMBUF_HEADROOM;
	char name[RTE_RING_NAMESIZE];

	if (port->conf.rx_gen > room) {
		PROBE_LOG(ERR, "%s: rx_gen=%u needs more than an mbuf's %u bytes", dev->data->name,
			port->conf.rx_gen, room);
		return -EINVAL;
	}
	snprintf(name, sizeof(name), "net_probe_%u_%u", dev->data->port_id, id);
	q->pushed =
		rte_ring_create(name, PROBE_RX_RING, (int)socket, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (q->pushed == NULL)
		return -ENOMEM;
	q->port = port;
	q->pool = pool;
	q->offloads = conf->offloads | dev->data->dev_conf.rxmode.offloads;
	if (probe_gen_init(q, id) != 0) {
		rte_ring_free(q->pushed);
		q->pushed = NULL;
		return -ENOMEM;
	}
	dev->data->rx_queues[id] = q;
	return 0;
}

static void
probe_txq_release(struct rte_eth_dev *dev, uint16_t id)
{
	struct probe_txq *q = dev->data->tx_queues[id];

	if (q == NULL)
		return;
	free(q->scratch);
	q->scratch = NULL;
	q->scratch_size = 0;
	dev->data->tx_queues[id] = NULL;
}

static int
probe_txq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned int socket,
	const struct rte_eth_txconf *conf)
{
	struct probe_port *port = dev->data->dev_private;
	struct probe_txq *q = &port->queues[id].tx;

	if (probe_wire_init(&q->wire) != 0)
		return -ENOMEM;
	q->port = port;
	q->pool = NULL;
	q->offloads = conf->offloads | dev->data->dev_conf.txmode.offloads;
	dev->data->tx_queues[id] = q;
	return 0;
}

static int
probe_link_update(struct rte_eth_dev *dev, int wait)
{
	struct rte_eth_link link = {
		.link_speed = RTE_ETH_SPEED_NUM_100G,
		.link_duplex = RTE_ETH_LINK_FULL_DUPLEX,
		.link_autoneg = RTE_ETH_LINK_FIXED,
		.link_status = RTE_ETH_LINK_UP,
	};

	return rte_eth_linkstatus_set(dev, &link);
}

/* ethdev has checked the limits, and keeps the value that TX reads. */
static int
probe_mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	return 0;
}

static int
probe_mac_set(struct rte_eth_dev *dev, struct rte_ether_addr *mac)
{
	return 0;
}

/* Everything is received in any mode. */
static int
probe_mode(struct rte_eth_dev *dev)
{
	return 0;
}

static int
probe_close(struct rte_eth_dev *dev)
{
	struct probe_port *port = dev->data->dev_private;
	uint16_t i;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0;
	for (i = 0; i < dev->data->nb_rx_queues; i++)
		probe_rxq_release(dev, i);
	for (i = 0; i < dev->data->nb_tx_queues; i++)
		probe_txq_release(dev, i);
	for (i = 0; i < port->conf.queues; i++)
		probe_wire_fini(&port->queues[i].tx.wire);
	dev->data->mac_addrs = NULL; /* part of dev_private, which ethdev frees */
	return 0;
}

const struct eth_dev_ops probe_ops = {
	.dev_configure = probe_configure,
	.dev_start = probe_start,
	.dev_stop = probe_stop,
	.dev_close = probe_close,
	.dev_infos_get = probe_infos,
	.rx_queue_setup = probe_rxq_setup,
	.rx_queue_release = probe_rxq_release,
	.tx_queue_setup = probe_txq_setup,
	.tx_queue_release = probe_txq_release,
	.link_update = probe_link_update,
	.mtu_set = probe_mtu_set,
	.mac_addr_set = probe_mac_set,
	.promiscuous_enable = probe_mode,
	.promiscuous_disable = probe_mode,
	.allmulticast_enable = probe_mode,
	.allmulticast_disable = probe_mode,
	.stats_get = probe_stats_get,
	.stats_reset = probe_stats_reset,
	.xstats_get = probe_xstats_get,
	.xstats_get_names = probe_xstats_names,
	.xstats_reset = probe_stats_reset,
};

static int
probe_probe(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev;
	struct probe_port *port;
	struct probe_conf conf;
	uint16_t i;
	int ret;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY) {
		PROBE_LOG(ERR, "%s: primary process only", rte_vdev_device_name(vdev));
		return -ENOTSUP;
	}
	ret = probe_args_parse(rte_vdev_device_args(vdev), &conf);
	if (ret != 0)
		return ret;
	if (vdev->device.numa_node == SOCKET_ID_ANY)
		vdev->device.numa_node = (int)rte_socket_id();
	dev = rte_eth_vdev_allocate(vdev, sizeof(*port));
	if (dev == NULL)
		return -ENOMEM;
	port = dev->data->dev_private;
	port->conf = conf;
	port->mac = conf.mac;
	port->data = dev->data;
	for (i = 0; i < conf.queues; i++)
		port->queues[i].faults = RTE_NET_PROBE_NO_FAULTS;
	dev->data->mac_addrs = &port->mac;
	dev->data->mtu = conf.mtu;
	dev->data->dev_flags |= RTE_ETH_DEV_AUTOFILL_QUEUE_XSTATS;
	dev->dev_ops = &probe_ops;
	dev->rx_pkt_burst = probe_rx_burst;
	dev->tx_pkt_burst = conf.record == PROBE_DISCARD ? probe_tx_discard : probe_tx_burst;
	dev->tx_pkt_prepare = probe_tx_prepare;
	probe_link_update(dev, 0);
	rte_eth_dev_probing_finish(dev);
	return 0;
}

static int
probe_remove(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

	return dev != NULL ? rte_eth_dev_close(dev->data->port_id) : 0;
}

static struct rte_vdev_driver probe_driver = {
	.probe = probe_probe,
	.remove = probe_remove,
};

/* The bus finds what removes the port by way of its driver: it stays a copy of ours. */
int
rte_net_probe_pose_as(uint16_t port_id, const char *name)
{
	struct probe_port *port;

	if (!rte_eth_dev_is_valid_port(port_id) || rte_eth_devices[port_id].dev_ops != &probe_ops)
		return -ENODEV;
	port = rte_eth_devices[port_id].data->dev_private;
	if (strlen(name) >= sizeof(port->pose_name))
		return -EINVAL;
	strcpy(port->pose_name, name);
	port->pose = probe_driver;
	port->pose.driver.name = port->pose_name;
	rte_eth_devices[port_id].device->driver = &port->pose.driver;
	return 0;
}

RTE_PMD_REGISTER_VDEV(net_probe, probe_driver);
RTE_PMD_REGISTER_PARAM_STRING(net_probe,
	"tx_capa=<hex> rx_capa=<hex> nb_seg_max=<int> nb_mtu_seg_max=<int> tso_max=<int> "
	"l2_max=<int> mtu=<int> max_mtu=<int> queues=<int> txd=<int> record=<0|1|2> prepare=<0|1> "
	"rx_loop=<0|1> rx_gen=<int> rx_gen_flows=<int> rx_gen_train=<int> mac=<address>");
