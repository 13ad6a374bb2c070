/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the application configures, divided into what the lower port does and what libcleave does.
 * Neighbours: stack.h, stack_burst.c.
 */
#include <errno.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_malloc.h>

#include "cleave_net.h"
#include "stack.h"

#define SEGMENT (RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_UDP_TSO)
#define CKSUM                                                                                      \
	(RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |                            \
		RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM |               \
		RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM)
#define RX_CKSUM                                                                                   \
	(RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM |                            \
		RTE_ETH_RX_OFFLOAD_UDP_CKSUM)

/* TX offloads that are cutting. */
static uint64_t
segmentation(void)
{
	uint64_t capa = SEGMENT;

	for (unsigned int row = 0; cleave_tunnel_name(row) != NULL; row++)
		capa |= cleave_tunnel_tso_capa(row);
	return capa;
}

/* All that libcleave does on TX. */
static uint64_t
added(const struct stack_port *port)
{
	return port->conf.gso ? segmentation() | CKSUM | RTE_ETH_TX_OFFLOAD_MULTI_SEGS : 0;
}

int
stack_infos(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	const struct stack_port *port = dev->data->dev_private;
	struct rte_device *device = info->device;
	int rc = rte_eth_dev_info_get(port->lower, info);

	info->device = device;
	if (rc < 0)
		return rc;
	info->tx_offload_capa |= added(port);
	/* libcleave's queues are set up when the port starts */
	info->dev_capa &= ~(
		RTE_ETH_DEV_CAPA_RUNTIME_RX_QUEUE_SETUP | RTE_ETH_DEV_CAPA_RUNTIME_TX_QUEUE_SETUP);
	/* a chain that is longer than the lower port takes is made shorter */
	if (port->conf.gso)
		info->tx_desc_lim.nb_seg_max = UINT16_MAX;
	if (port->conf.gro) {
		info->rx_offload_capa |= RTE_ETH_RX_OFFLOAD_TCP_LRO;
		info->max_lro_pkt_size = UINT16_MAX;
	}
	return 0;
}

/* What of the offloads the lower port is given. */
static void
divide(struct stack_port *port, const struct rte_eth_dev_info *lower, struct rte_eth_conf *conf)
{
	uint64_t tx = conf->txmode.offloads, rx = conf->rxmode.offloads;

	port->cuts = port->conf.gso && ((tx & ~lower->tx_offload_capa) || (tx & segmentation()));
	port->merges = port->conf.gro && (rx & RTE_ETH_RX_OFFLOAD_TCP_LRO);
	if (port->cuts) {
		/* segments share their mbufs; and the rest is asked for as libcleave needs it */
		tx &= ~RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
		tx |= CKSUM | RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	}
	if (port->merges)
		rx |= RX_CKSUM;
	conf->txmode.offloads = tx & lower->tx_offload_capa;
	conf->rxmode.offloads = rx & lower->rx_offload_capa;
}

void
stack_leave_queues(struct stack_port *port, uint16_t from)
{
	for (uint16_t i = from; i < RTE_MAX_QUEUES_PER_PORT; i++)
		port->lost += cleave_tx_teardown(port->lower, i);
}

int
stack_configure(struct rte_eth_dev *dev)
{
	struct stack_port *port = dev->data->dev_private;
	struct rte_eth_conf conf = dev->data->dev_conf;
	struct rte_eth_dev_info lower;
	int rc = rte_eth_dev_info_get(port->lower, &lower);

	if (rc < 0)
		return rc;
	divide(port, &lower, &conf);
	stack_leave_queues(port, port->cuts ? dev->data->nb_tx_queues : 0);
	rc = rte_eth_dev_configure(
		port->lower, dev->data->nb_rx_queues, dev->data->nb_tx_queues, &conf);
	if (rc < 0)
		STACK_LOG(ERR, "%s: %s is not configured: %s", dev->data->name, port->conf.port,
			rte_strerror(-rc));
	/* the link is noted by the lower port, not all tell of it: who asks, asks it */
	dev->data->dev_conf.intr_conf.lsc = 0;
	return rc;
}

int
stack_rxq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned int socket,
	const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	struct stack_port *port = dev->data->dev_private;
	struct rte_eth_rxconf below = *conf;
	struct rte_eth_dev_info lower;
	struct stack_rxq *q;
	int rc = rte_eth_dev_info_get(port->lower, &lower);

	if (rc < 0)
		return rc;
	below.offloads &= lower.rx_queue_offload_capa;
	rc = rte_eth_rx_queue_setup(port->lower, id, nb_desc, socket, &below, pool);
	if (rc < 0)
		return rc;
	q = rte_zmalloc_socket("net_cleave", sizeof(*q), RTE_CACHE_LINE_SIZE, (int)socket);
	if (q == NULL)
		return -ENOMEM;
	*q = (struct stack_rxq){
		.lower = port->lower,
		.id = id,
		.port_id = dev->data->port_id,
		.data = dev->data,
	};
	dev->data->rx_queues[id] = q;
	return 0;
}

int
stack_txq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned int socket,
	const struct rte_eth_txconf *conf)
{
	struct stack_port *port = dev->data->dev_private;
	struct rte_eth_txconf below = *conf;
	struct rte_eth_dev_info lower;
	struct stack_txq *q;
	int rc = rte_eth_dev_info_get(port->lower, &lower);

	if (rc < 0)
		return rc;
	below.offloads &= lower.tx_queue_offload_capa;
	if (port->cuts)
		below.offloads &= ~RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	rc = rte_eth_tx_queue_setup(port->lower, id, nb_desc, socket, &below);
	if (rc < 0)
		return rc;
	q = rte_zmalloc_socket("net_cleave", sizeof(*q), RTE_CACHE_LINE_SIZE, (int)socket);
	if (q == NULL)
		return -ENOMEM;
	q->lower = port->lower;
	q->id = id;
	q->port_id = dev->data->port_id;
	rte_spinlock_init(&q->lock);
	dev->data->tx_queues[id] = q;
	return 0;
}

void
stack_rxq_release(struct rte_eth_dev *dev, uint16_t id)
{
	struct stack_rxq *q = dev->data->rx_queues[id];

	if (q == NULL)
		return;
	cleave_gro_free(q->gro);
	rte_free(q);
	dev->data->rx_queues[id] = NULL;
}

void
stack_txq_release(struct rte_eth_dev *dev, uint16_t id)
{
	rte_free(dev->data->tx_queues[id]);
	dev->data->tx_queues[id] = NULL;
}

/* libcleave on each queue, as the lower port is configured now. */
static int
setup_cutting(struct rte_eth_dev *dev)
{
	const struct cleave_tx_conf conf = {0};
	int rc = 0;

	for (uint16_t i = 0; i < dev->data->nb_tx_queues && rc == 0; i++) {
		struct stack_txq *q = dev->data->tx_queues[i];

		if (q == NULL) /* a hairpin queue */
			continue;
		rte_spinlock_lock(&q->lock);
		rc = cleave_tx_setup(q->lower, i, &conf);
		rte_spinlock_unlock(&q->lock);
	}
	return rc;
}

/* The longest packet that the application takes, in bytes. Where it does not say, ethdev puts there what a
 * frame is at most, and an application that asked for LRO did not mean that. 0: as long as it can be. */
static uint32_t
max_lro(const struct rte_eth_dev *dev)
{
	const uint32_t frame =
		dev->data->mtu + RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN + 2 * RTE_VLAN_HLEN;
	const uint32_t asked = dev->data->dev_conf.rxmode.max_lro_pkt_size;

	return asked > frame ? asked : 0;
}

/* Or nothing is merged, whatever was configured before. */
static int
setup_merging(struct rte_eth_dev *dev)
{
	const struct stack_port *port = dev->data->dev_private;
	const struct cleave_gro_conf conf = {
		.flags = CLEAVE_GRO_TCP,
		.max_len = max_lro(dev),
		.socket_id = rte_eth_dev_socket_id(stack_lower(dev)),
	};

	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		struct stack_rxq *q = dev->data->rx_queues[i];

		if (q == NULL) /* a hairpin queue */
			continue;
		cleave_gro_free(q->gro);
		q->gro = port->merges ? cleave_gro_create(&conf) : NULL;
		if (port->merges && q->gro == NULL)
			return -rte_errno;
	}
	return 0;
}

/* Which RX queue looks after which TX queues. */
static void
share_queues(struct rte_eth_dev *dev)
{
	struct stack_rxq **q = (struct stack_rxq **)dev->data->rx_queues;
	uint16_t n = 0;

	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		if (q[i] != NULL)
			q[i]->first_tx = n++;
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		if (q[i] != NULL)
			q[i]->nb_rx = n;
}

/* The queues are in the states that the lower port's are in: not all have to be started with it. */
static void
copy_states(struct rte_eth_dev *dev)
{
	const struct rte_eth_dev_data *lower = rte_eth_devices[stack_lower(dev)].data;

	memcpy(dev->data->rx_queue_state, lower->rx_queue_state,
		dev->data->nb_rx_queues * sizeof(lower->rx_queue_state[0]));
	memcpy(dev->data->tx_queue_state, lower->tx_queue_state,
		dev->data->nb_tx_queues * sizeof(lower->tx_queue_state[0]));
}

/* ethdev takes over the burst functions behind this. */
static void
choose_ways(struct rte_eth_dev *dev)
{
	const struct stack_port *port = dev->data->dev_private;
	const struct rte_eth_dev *lower = &rte_eth_devices[port->lower];

	/* without a request there is nothing to be prepared; libcleave does it itself */
	dev->tx_pkt_burst = port->cuts ? stack_tx_cut : stack_tx;
	dev->tx_pkt_prepare = port->cuts ? NULL : stack_tx_prepare;
	dev->rx_pkt_burst = port->cuts || port->merges ? stack_rx_merge : stack_rx;
	dev->rx_queue_count = lower->rx_queue_count != NULL ? stack_rx_count : NULL;
	dev->rx_descriptor_status = lower->rx_descriptor_status != NULL ? stack_rx_status : NULL;
	dev->tx_descriptor_status = lower->tx_descriptor_status != NULL ? stack_tx_status : NULL;
	dev->intr_handle = lower->intr_handle;
}

int
stack_link_update(struct rte_eth_dev *dev, int wait)
{
	struct rte_eth_link link;
	int rc = wait ? rte_eth_link_get(stack_lower(dev), &link)
		      : rte_eth_link_get_nowait(stack_lower(dev), &link);

	return rc < 0 ? rc : rte_eth_linkstatus_set(dev, &link);
}

int
stack_start(struct rte_eth_dev *dev)
{
	struct stack_port *port = dev->data->dev_private;
	int rc = rte_eth_dev_start(port->lower);

	if (rc < 0)
		return rc;
	rc = setup_merging(dev);
	if (rc == 0 && port->cuts)
		rc = setup_cutting(dev);
	if (rc < 0) {
		STACK_LOG(ERR, "%s: not started: %s", dev->data->name, rte_strerror(-rc));
		rte_eth_dev_stop(port->lower);
		return rc;
	}
	share_queues(dev);
	choose_ways(dev);
	copy_states(dev);
	stack_link_update(dev, 0);
	return 0;
}

static void
stop_states(uint8_t *states, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		if (states[i] != RTE_ETH_QUEUE_STATE_HAIRPIN)
			states[i] = RTE_ETH_QUEUE_STATE_STOPPED;
}

int
stack_stop(struct rte_eth_dev *dev)
{
	struct stack_port *port = dev->data->dev_private;

	stop_states(dev->data->rx_queue_state, dev->data->nb_rx_queues);
	stop_states(dev->data->tx_queue_state, dev->data->nb_tx_queues);
	for (uint16_t i = 0; i < dev->data->nb_tx_queues && port->cuts; i++)
		if (dev->data->tx_queues[i] != NULL)
			stack_tx_flush(dev->data->tx_queues[i]);
	return rte_eth_dev_is_valid_port(port->lower) ? rte_eth_dev_stop(port->lower) : 0;
}

int
stack_mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	struct stack_port *port = dev->data->dev_private;
	int rc = rte_eth_dev_set_mtu(port->lower, mtu);

	return rc == 0 && dev->data->dev_started && port->cuts ? setup_cutting(dev) : rc;
}

/* The lower port is closed with this one: nobody else has it. */
int
stack_close(struct rte_eth_dev *dev)
{
	struct stack_port *port = dev->data->dev_private;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0;
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		stack_rxq_release(dev, i);
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		stack_txq_release(dev, i);
	stack_leave_queues(port, 0);
	dev->intr_handle = NULL;
	if (!rte_eth_dev_is_valid_port(port->lower))
		return 0;
	stack_hear(dev, false);
	rte_eth_dev_owner_unset(port->lower, port->owner.id);
	return rte_eth_dev_close(port->lower);
}
