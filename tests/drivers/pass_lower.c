/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The port net_lower: what a port needs to be configured and started, and hairpin queues. All else is in
 * tables that the rows fill. Neighbour: pass_lower.h.
 */
#include <bus_vdev_driver.h>
#include <ethdev_vdev.h>
#include <rte_bus_vdev.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>

#include "pass_lower.h"

struct rte_eth_hairpin_conf pass_hairpin;
uint16_t pass_hairpin_port, pass_hairpin_peers[3];

unsigned int pass_room;

static bool have_tables;

static int
lower_ok(struct rte_eth_dev *dev)
{
	return 0;
}

static int
lower_link(struct rte_eth_dev *dev, int wait)
{
	return 0;
}

static int
lower_mtu(struct rte_eth_dev *dev, uint16_t mtu)
{
	return 0;
}

static int
lower_infos(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	info->max_rx_queues = info->max_tx_queues = PASS_QUEUES;
	info->max_mac_addrs = 1;
	info->max_rx_pktlen = UINT16_MAX;
	info->dev_capa = PASS_CAPA;
	return 0;
}

static int
lower_rxq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned int socket,
	const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	dev->data->rx_queues[id] = &dev->data->rx_queue_state[id]; /* no two are the same */
	return 0;
}

static int
lower_txq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned int socket,
	const struct rte_eth_txconf *conf)
{
	dev->data->tx_queues[id] = &dev->data->tx_queue_state[id];
	return 0;
}

static int
lower_hairpin_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc,
	const struct rte_eth_hairpin_conf *conf)
{
	pass_hairpin = *conf;
	return 0;
}

static int
lower_hairpin_bind(struct rte_eth_dev *dev, uint16_t rx_port)
{
	pass_hairpin_port = rx_port;
	return 0;
}

static int
lower_hairpin_peers(struct rte_eth_dev *dev, uint16_t *ports, size_t len, uint32_t is_tx)
{
	for (unsigned int i = 0; i < RTE_MIN(len, RTE_DIM(pass_hairpin_peers)); i++)
		ports[i] = pass_hairpin_peers[i];
	return RTE_MIN(len, RTE_DIM(pass_hairpin_peers));
}

static int
lower_flow_ops(struct rte_eth_dev *dev, const struct rte_flow_ops **ops)
{
	*ops = &lower_flow;
	return 0;
}

static int
lower_tm_ops(struct rte_eth_dev *dev, void *ops)
{
	*(const struct rte_tm_ops **)ops = &lower_tm;
	return 0;
}

static int
lower_mtr_ops(struct rte_eth_dev *dev, void *ops)
{
	*(const struct rte_mtr_ops **)ops = &lower_mtr;
	return 0;
}

struct rte_flow_ops lower_flow;
struct CLEAVE_FLOW_ASYNC_OPS lower_fp;
struct rte_tm_ops lower_tm;
struct rte_mtr_ops lower_mtr;
struct eth_dev_ops lower_eth = {
	.dev_configure = lower_ok,
	.dev_start = lower_ok,
	.dev_stop = lower_ok,
	.dev_close = lower_ok,
	.link_update = lower_link,
	.mtu_set = lower_mtu,
	.dev_infos_get = lower_infos,
	.rx_queue_setup = lower_rxq_setup,
	.tx_queue_setup = lower_txq_setup,
	.rx_hairpin_queue_setup = lower_hairpin_setup,
	.tx_hairpin_queue_setup = lower_hairpin_setup,
	.hairpin_bind = lower_hairpin_bind,
	.hairpin_unbind = lower_hairpin_bind,
	.hairpin_get_peer_ports = lower_hairpin_peers,
};

static uint16_t
lower_rx(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return 0;
}

static uint16_t
lower_tx(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	const uint16_t n = RTE_MIN(nb_pkts, pass_room);

	rte_pktmbuf_free_bulk(pkts, n);
	pass_room -= n;
	return n;
}

static int
lower_probe(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_vdev_allocate(vdev, 0);

	if (dev == NULL)
		return -ENOMEM;
	dev->data->mac_addrs = rte_zmalloc("net_lower", sizeof(struct rte_ether_addr), 0);
	if (dev->data->mac_addrs == NULL) {
		rte_eth_dev_release_port(dev);
		return -ENOMEM;
	}
	lower_eth.flow_ops_get = have_tables ? lower_flow_ops : NULL;
	lower_eth.tm_ops_get = have_tables ? lower_tm_ops : NULL;
	lower_eth.mtr_ops_get = have_tables ? lower_mtr_ops : NULL;
	dev->dev_ops = &lower_eth;
	CLEAVE_FLOW_ASYNC_USE(dev, have_tables ? &lower_fp : NULL);
	dev->rx_pkt_burst = lower_rx;
	dev->tx_pkt_burst = lower_tx;
	rte_eth_dev_probing_finish(dev);
	return 0;
}

static int
lower_remove(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

	return dev != NULL ? rte_eth_dev_close(dev->data->port_id) : 0;
}

static struct rte_vdev_driver lower_driver = {
	.probe = lower_probe,
	.remove = lower_remove,
};

RTE_PMD_REGISTER_VDEV(net_lower, lower_driver);

int
pass_lower_make(const char *name, bool tables, uint16_t *port)
{
	int rc;

	have_tables = tables;
	rc = rte_vdev_init(name, NULL);
	return rc < 0 ? rc : rte_eth_dev_get_port_by_name(name, port);
}
