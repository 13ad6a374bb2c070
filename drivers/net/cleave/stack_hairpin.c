/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Hairpin queues, which send what they receive without the host, are the lower port's. No packet of theirs
 * comes here, so there is nothing to be cut or merged. But they name their peers by port number: the
 * lower port is given that of the port below, if the peer is one of ours, itself for instance, and the
 * application is told the number that it knows. Neighbour: stack.h.
 */
#include <errno.h>

#include <rte_ethdev.h>

#include "stack.h"

/* The number of a port as the lower ports know it. RTE_MAX_ETHPORTS, which means all, is left alone. */
static int
go_below(uint16_t *port)
{
	const struct rte_eth_dev *dev;

	if (*port >= RTE_MAX_ETHPORTS)
		return 0;
	dev = &rte_eth_devices[*port];
	if (!stack_is(dev))
		return 0;
	*port = stack_lower(dev);
	return *port == RTE_MAX_ETHPORTS ? -ENODEV : 0;
}

uint16_t
stack_above(uint16_t port)
{
	for (uint16_t i = 0; i < RTE_MAX_ETHPORTS; i++)
		if (stack_is(&rte_eth_devices[i]) && stack_lower(&rte_eth_devices[i]) == port)
			return i;
	return port;
}

static int
conf_below(const struct rte_eth_hairpin_conf *conf, struct rte_eth_hairpin_conf *below)
{
	const unsigned int n = conf->peer_count;
	int rc = 0;

	*below = *conf;
	for (unsigned int i = 0; i < RTE_MIN(n, RTE_DIM(conf->peers)) && rc == 0; i++)
		rc = go_below(&below->peers[i].port);
	return rc;
}

int
stack_rx_hairpin_setup(struct rte_eth_dev *dev, uint16_t queue, uint16_t nb_desc,
	const struct rte_eth_hairpin_conf *conf)
{
	struct rte_eth_hairpin_conf below;
	int rc = conf_below(conf, &below);

	return rc < 0 ? rc
		      : rte_eth_rx_hairpin_queue_setup(stack_lower(dev), queue, nb_desc, &below);
}

int
stack_tx_hairpin_setup(struct rte_eth_dev *dev, uint16_t queue, uint16_t nb_desc,
	const struct rte_eth_hairpin_conf *conf)
{
	struct rte_eth_hairpin_conf below;
	int rc = conf_below(conf, &below);

	return rc < 0 ? rc
		      : rte_eth_tx_hairpin_queue_setup(stack_lower(dev), queue, nb_desc, &below);
}

int
stack_hairpin_peers(struct rte_eth_dev *dev, uint16_t *ports, size_t len, uint32_t is_tx)
{
	int n = rte_eth_hairpin_get_peer_ports(stack_lower(dev), ports, len, is_tx);

	for (int i = 0; i < n && i < (int)len; i++)
		ports[i] = stack_above(ports[i]);
	return n;
}

int
stack_hairpin_bind(struct rte_eth_dev *dev, uint16_t rx_port)
{
	int rc = go_below(&rx_port);

	return rc < 0 ? rc : rte_eth_hairpin_bind(stack_lower(dev), rx_port);
}

int
stack_hairpin_unbind(struct rte_eth_dev *dev, uint16_t rx_port)
{
	int rc = go_below(&rx_port);

	return rc < 0 ? rc : rte_eth_hairpin_unbind(stack_lower(dev), rx_port);
}

/* What another port's driver calls, whose queue names this port: ethdev takes it for found. */
#define PASS_PEER(name, params, call)                                                              \
	int stack_hairpin_peer_##name params                                                       \
	{                                                                                          \
		const uint16_t lower = stack_lower(dev);                                           \
                                                                                                   \
		return rte_eth_dev_is_valid_port(lower) ? call : -ENODEV;                          \
	}

PASS_PEER(update,
	(struct rte_eth_dev * dev, uint16_t queue, struct rte_hairpin_peer_info *current,
		struct rte_hairpin_peer_info *peer, uint32_t is_tx),
	rte_eth_hairpin_queue_peer_update(lower, queue, current, peer, is_tx))
PASS_PEER(bind,
	(struct rte_eth_dev * dev, uint16_t queue, struct rte_hairpin_peer_info *peer,
		uint32_t is_tx),
	rte_eth_hairpin_queue_peer_bind(lower, queue, peer, is_tx))
PASS_PEER(unbind, (struct rte_eth_dev * dev, uint16_t queue, uint32_t is_tx),
	rte_eth_hairpin_queue_peer_unbind(lower, queue, is_tx))
