/* SPDX-License-Identifier: BSD-3-Clause
 *
 * net_cleave: a port that stacks on another one and gives it TSO, UDP segmentation, tunnel TSO, checksums
 * and LRO, for programs that are not ours. This file: the vdev and its arguments. stack.h lists the
 * others.
 *
 * Device arguments, --vdev net_cleave<N>,key=value,...
 *
 *   port=NAME   the port below: its name (net_tap0) or PCI address (0000:03:00.0, or 03:00.0). It is made
 *               before this one, belongs to it from then on, and is closed with it
 *   gso=on|off  add TX offloads (on)
 *   gro=on|off  add TCP_LRO on RX (on)
 *
 * What the application does not configure, the lower port does not pay for: without a segmentation offload,
 * and without one that the lower port lacks, packets go straight to it. Its own TSO engine is used for each
 * packet that fits it. Received packets are merged within a burst, as RTE_MBUF_F_RX_LRO with tso_segsz and
 * RTE_MBUF_F_RX_L4_CKSUM_NONE.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include <bus_vdev_driver.h>
#include <ethdev_vdev.h>
#include <rte_ethdev.h>
#include <rte_kvargs.h>
#include <rte_malloc.h>

#include "../../common/pmd.h"
#include "stack.h"

RTE_LOG_REGISTER(stack_logtype, pmd.net.cleave, NOTICE);

static int
parse_port(const char *key, const char *value, void *opaque)
{
	struct stack_conf *conf = opaque;

	if (*value == '\0' || strlen(value) >= sizeof(conf->port)) {
		STACK_LOG(ERR, "%s=%s: not the name of a port", key, value);
		return -EINVAL;
	}
	strcpy(conf->port, value);
	return 0;
}

static int
parse_switch(const char *key, const char *value, bool *on)
{
	if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0) {
		STACK_LOG(ERR, "%s=%s: not on or off", key, value);
		return -EINVAL;
	}
	*on = value[1] == 'n';
	return 0;
}

static int
parse_pair(const struct rte_kvargs_pair *pair, struct stack_conf *conf)
{
	const char *value = pair->value != NULL ? pair->value : "";

	if (strcmp(pair->key, "port") == 0)
		return parse_port(pair->key, value, conf);
	if (strcmp(pair->key, "gso") == 0)
		return parse_switch(pair->key, value, &conf->gso);
	if (strcmp(pair->key, "gro") == 0)
		return parse_switch(pair->key, value, &conf->gro);
	STACK_LOG(ERR, "%s: no such device argument", pair->key);
	return -EINVAL;
}

static int
parse_args(const char *text, struct stack_conf *conf)
{
	struct rte_kvargs *list;
	int rc = 0;

	*conf = (struct stack_conf){.gso = true, .gro = true};
	list = rte_kvargs_parse(text != NULL ? text : "", NULL);
	if (list == NULL) {
		STACK_LOG(ERR, "%s: not a list of key=value", text);
		return -EINVAL;
	}
	for (unsigned int i = 0; i < list->count && rc == 0; i++)
		rc = parse_pair(&list->pairs[i], conf);
	rte_kvargs_free(list);
	if (rc == 0 && conf->port[0] == '\0') {
		STACK_LOG(ERR, "port=: which port to stack on has to be said");
		rc = -EINVAL;
	}
	return rc;
}

/* By its name, or by a PCI address without domain. */
static int
find_lower(const char *name, uint16_t *id)
{
	char pci[RTE_ETH_NAME_MAX_LEN + 8];

	if (rte_eth_dev_get_port_by_name(name, id) == 0)
		return 0;
	snprintf(pci, sizeof(pci), "0000:%s", name);
	return isxdigit((unsigned char)name[0]) ? rte_eth_dev_get_port_by_name(pci, id) : -ENODEV;
}

/* Take the lower port, for nobody else to use it. */
static int
own_lower(struct stack_port *port, const char *name)
{
	struct rte_eth_dev_owner owner;
	int rc = find_lower(port->conf.port, &port->lower);

	if (rc < 0) {
		STACK_LOG(ERR, "%s: no port %s (it has to be made before)", name, port->conf.port);
		return -ENODEV;
	}
	if (rte_eth_dev_owner_get(port->lower, &owner) == 0 && owner.id != RTE_ETH_DEV_NO_OWNER) {
		STACK_LOG(ERR, "%s: %s belongs to %s already", name, port->conf.port, owner.name);
		return -EBUSY;
	}
	if (rte_eth_devices[port->lower].data->dev_started) {
		STACK_LOG(ERR, "%s: %s is started already", name, port->conf.port);
		return -EBUSY;
	}
	rc = rte_eth_dev_owner_new(&port->owner.id);
	snprintf(port->owner.name, sizeof(port->owner.name), "%s", name);
	return rc < 0 ? rc : rte_eth_dev_owner_set(port->lower, &port->owner);
}

/* What happens to the lower port happens to this one. ethdev calls on, if the lower port went and another
 * has its number now: nothing of that is this one's. */
static int
lower_event(uint16_t lower, enum rte_eth_event_type type, void *arg, void *ret)
{
	struct rte_eth_dev *dev = arg;
	struct stack_port *port;

	if (!stack_is(dev) || stack_lower(dev) != lower)
		return 0;
	port = dev->data->dev_private;
	if (type == RTE_ETH_EVENT_DESTROY) { /* another port may get its number */
		stack_leave_queues(port, 0);
		port->lower = RTE_MAX_ETHPORTS;
		/* bursts do not ask for the number anew */
		return dev->data->dev_started ? rte_eth_dev_stop(dev->data->port_id) : 0;
	}
	if (type == RTE_ETH_EVENT_INTR_LSC)
		stack_link_update(dev, 0);
	return rte_eth_dev_callback_process(dev, type, ret);
}

void
stack_hear(struct rte_eth_dev *dev, bool on)
{
	for (int i = RTE_ETH_EVENT_UNKNOWN + 1; i < RTE_ETH_EVENT_MAX; i++)
		if (on)
			rte_eth_dev_callback_register(stack_lower(dev), i, lower_event, dev);
		else
			rte_eth_dev_callback_unregister(stack_lower(dev), i, lower_event, dev);
}

/* What ethdev keeps of a port and is the lower one's. */
static int
adopt(struct rte_eth_dev *dev)
{
	const struct rte_eth_dev *lower = &rte_eth_devices[stack_lower(dev)];
	struct rte_eth_dev_info info;
	int rc = rte_eth_dev_info_get(stack_lower(dev), &info);
	uint32_t n = RTE_MAX(info.max_mac_addrs, 1u);

	if (rc < 0)
		return rc;
	dev->data->mac_addrs = rte_zmalloc("net_cleave", n * sizeof(struct rte_ether_addr), 0);
	if (dev->data->mac_addrs == NULL)
		return -ENOMEM;
	if (info.max_hash_mac_addrs > 0) {
		dev->data->hash_mac_addrs = rte_zmalloc(
			"net_cleave", info.max_hash_mac_addrs * sizeof(struct rte_ether_addr), 0);
		if (dev->data->hash_mac_addrs == NULL)
			return -ENOMEM; /* ethdev frees the other one with the port */
	}
	rte_eth_macaddr_get(stack_lower(dev), &dev->data->mac_addrs[0]);
	dev->data->mtu = lower->data->mtu;
	dev->data->numa_node = lower->data->numa_node;
	dev->data->dev_link = lower->data->dev_link;
	dev->data->dev_flags |=
		lower->data->dev_flags &
		(RTE_ETH_DEV_INTR_LSC | RTE_ETH_DEV_INTR_RMV | RTE_ETH_DEV_AUTOFILL_QUEUE_XSTATS);
	return 0;
}

static int
stack_probe(struct rte_vdev_device *vdev)
{
	const char *name = rte_vdev_device_name(vdev);
	struct stack_port *port;
	struct rte_eth_dev *dev;
	struct stack_conf conf;
	int rc;

	rc = cleave_pmd_check(stack_logtype, "net_cleave");
	if (rc < 0)
		return rc;
	if (rte_eal_process_type() == RTE_PROC_SECONDARY) {
		STACK_LOG(ERR, "%s: primary process only", name);
		return -ENOTSUP;
	}
	rc = parse_args(rte_vdev_device_args(vdev), &conf);
	if (rc < 0)
		return rc;
	dev = rte_eth_vdev_allocate(vdev, sizeof(*port));
	if (dev == NULL)
		return -ENOMEM;
	port = dev->data->dev_private;
	port->conf = conf;
	rc = own_lower(port, name);
	if (rc == 0) {
		rc = adopt(dev);
		if (rc < 0)
			rte_eth_dev_owner_delete(port->owner.id);
	}
	if (rc < 0) {
		rte_eth_dev_release_port(dev);
		return rc;
	}
	stack_ops_init(dev);
	stack_flow_init(dev);
	dev->rx_pkt_burst = stack_rx;
	dev->tx_pkt_burst = stack_tx;
	stack_hear(dev, true);
	rte_eth_dev_probing_finish(dev);
	return 0;
}

static int
stack_remove(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

	return dev != NULL ? rte_eth_dev_close(dev->data->port_id) : 0;
}

static struct rte_vdev_driver stack_driver = {
	.probe = stack_probe,
	.remove = stack_remove,
};

#define PARAMS "port=<name> gso=<on|off> gro=<on|off>"
RTE_PMD_REGISTER_VDEV(net_cleave, stack_driver);
RTE_PMD_REGISTER_PARAM_STRING(net_cleave, PARAMS);
CLEAVE_PMD_INFO(net_cleave, PARAMS);
