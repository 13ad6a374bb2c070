/* SPDX-License-Identifier: BSD-3-Clause
 *
 * net_vtap, the Linux kernel as a NIC: a TAP over which whole super-packets go both ways, with virtio
 * headers that say how they are to be cut. This file: the vdev, made and removed. Neighbours:
 * vtap_ethdev.c, its operations; vtap.h lists the others.
 *
 * Device arguments, --vdev net_vtap<N>,key=value,...
 *
 *   iface=NAME    the network interface that is made (vtap%d: the kernel picks a number). One that
 *                 exists is refused, but for persist=1
 *   queues=N      RX and TX queues at most, each (16; 256 at most). The application uses as many as
 *                 it sets up; TX queues beyond the number of RX queues share theirs
 *   mac=ADDRESS   of the interface, which is the port's too (the kernel picks one)
 *   persist=1     the interface is left behind, and a TAP that was left behind is taken (0)
 *   netns=NAME    the network namespace that the interface is made in: a name of ip-netns(8), or a
 *                 path (that of the process)
 *   remote=NAME   another interface of that namespace is the port's wire: what it receives comes to the port,
 *                 and not to the kernel; what the port sends leaves by it, super-packets uncut. The port
 *                 takes its address, and gives it its own MTU, flags and address, until it is closed.
 *                 Before Linux 6.6 it stays so if the program is killed: until the next one takes it, or
 *                 "tc qdisc del dev NAME clsact"
 *   uring=0       a system call for each frame that is sent, as where the kernel has no io_uring; else a
 *                 batch of them is one (1)
 *   napi=1        the kernel receives by a thread of its own (napi/NAME-N, to be pinned like any other)
 *                 and merges segments (GRO), as it does for a NIC; else within our system calls. For a
 *                 port that is sent what is cut already; frames that cannot be merged take longer (0)
 *
 * The interface is up while the port is started. What the kernel sends arrives as frames no longer than
 * its MTU with all checksums, unless the application configures more: TCP_LRO (super-packets:
 * RTE_MBUF_F_RX_LRO with tso_segsz), TCP_CKSUM and UDP_CKSUM (RTE_MBUF_F_RX_L4_CKSUM_NONE where the
 * sender left the checksum to the hardware that there is none of: who sends such a packet on has to ask for
 * it, as libcleave does). Tunnel TSO needs Linux 6.17. One process does input and output; others may look
 * at statistics.
 *
 * Flow rules (rte_flow) and RSS are done by the kernel, with programs (eBPF, Linux 5.12) that the TAP runs for
 * each frame to the port: vtap_flow.h. Rules match any bits of Ethernet, VLAN, IPv4, IPv6, TCP, UDP, SCTP,
 * ICMP and ICMPv6 headers, outermost ones, and drop, steer to queues, and count; what they drop is in the
 * interface's TX dropped. Without RSS and without a rule that names queues, the kernel spreads flows as it
 * likes, and learns from what is sent.
 */
#include <errno.h>

#include <bus_vdev_driver.h>
#include <ethdev_vdev.h>

#include "../../common/pmd.h"
#include "vtap.h"

RTE_LOG_REGISTER(vtap_logtype, pmd.net.vtap, NOTICE);

static uint16_t
vtap_no_burst(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	return 0;
}

static int
attach(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_attach_secondary(rte_vdev_device_name(vdev));

	if (dev == NULL)
		return -ENODEV;
	VTAP_LOG(WARNING,
		"%s: its files are the primary process's: statistics only, no input and output",
		dev->data->name);
	dev->dev_ops = &vtap_secondary_ops;
	dev->device = &vdev->device;
	dev->rx_pkt_burst = vtap_no_burst;
	dev->tx_pkt_burst = vtap_no_burst;
	rte_eth_dev_probing_finish(dev);
	return 0;
}

/* The interface, and what it is called. */
static int
make(struct rte_eth_dev *dev, const struct vtap_conf *conf)
{
	struct vtap_port *port = dev->data->dev_private;
	int rc;

	port->conf = *conf;
	port->data = dev->data;
	rc = vtap_tun_open(port);
	if (rc < 0)
		return rc;
	if (port->conf.has_mac)
		rc = vtap_link_set_mac(port, &port->conf.mac);
	if (rc == 0)
		rc = vtap_link_get_mac(port, &port->mac);
	if (rc == 0)
		rc = vtap_link_watch(dev);
	if (rc < 0) {
		VTAP_LOG(ERR, "%s: %s", port->name, strerror(-rc));
		vtap_tun_close(port);
	}
	return rc;
}

static int
vtap_probe(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev;
	struct vtap_conf conf;
	int rc;

	rc = cleave_pmd_check(vtap_logtype, "net_vtap");
	if (rc < 0)
		return rc;
	if (rte_eal_process_type() == RTE_PROC_SECONDARY)
		return attach(vdev);
	rc = vtap_args_parse(rte_vdev_device_args(vdev), &conf);
	if (rc < 0)
		return rc;
	if (vdev->device.numa_node == SOCKET_ID_ANY)
		vdev->device.numa_node = (int)rte_socket_id();
	dev = rte_eth_vdev_allocate(vdev, sizeof(struct vtap_port));
	if (dev == NULL)
		return -ENOMEM;
	rc = make(dev, &conf);
	if (rc < 0) {
		rte_eth_dev_release_port(dev);
		return rc;
	}
	dev->data->mac_addrs = &((struct vtap_port *)dev->data->dev_private)->mac;
	dev->data->dev_flags |=
		RTE_ETH_DEV_INTR_LSC | RTE_ETH_DEV_INTR_RMV | RTE_ETH_DEV_AUTOFILL_QUEUE_XSTATS;
	dev->dev_ops = &vtap_ops;
	dev->rx_pkt_burst = vtap_rx_burst;
	dev->tx_pkt_burst = vtap_tx_burst;
	rte_eth_dev_probing_finish(dev);
	return 0;
}

static int
vtap_remove(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

	return dev != NULL ? rte_eth_dev_close(dev->data->port_id) : 0;
}

static struct rte_vdev_driver vtap_driver = {
	.probe = vtap_probe,
	.remove = vtap_remove,
};

#define PARAMS                                                                                     \
	"iface=<name> queues=<int> mac=<address> persist=<0|1> netns=<name> uring=<0|1> "          \
	"napi=<0|1> remote=<name>"
RTE_PMD_REGISTER_VDEV(net_vtap, vtap_driver);
RTE_PMD_REGISTER_PARAM_STRING(net_vtap, PARAMS);
CLEAVE_PMD_INFO(net_vtap, PARAMS);
