/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The network interface: its flags, MTU and address as the port has them; and what others do to it, as
 * netlink tells (Linux: rtnetlink(7)). Neighbours: vtap_tun.c opens the sockets; vtap_ethdev.c.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vtap.h"

static int
ask(struct vtap_port *port, unsigned long what, struct ifreq *ifr)
{
	if (port->gone)
		return -ENODEV;
	strcpy(ifr->ifr_name, port->name);
	return ioctl(port->ctl, what, ifr) < 0 ? -errno : 0;
}

int
vtap_link_flags(struct vtap_port *port, short set, short clear)
{
	struct ifreq ifr = {0};
	int rc = ask(port, SIOCGIFFLAGS, &ifr);

	if (rc < 0)
		return rc;
	ifr.ifr_flags = (ifr.ifr_flags | set) & ~clear;
	rc = ask(port, SIOCSIFFLAGS, &ifr);
	/* the remote interface is not taken down with the port */
	return rc < 0 ? rc : vtap_remote_flags(port, set, clear & ~IFF_UP);
}

int
vtap_link_features(struct vtap_port *port, bool csum, bool tso)
{
	struct ethtool_value values[] = {{ETHTOOL_STXCSUM, csum}, {ETHTOOL_STSO, tso}};

	for (unsigned int i = 0; i < RTE_DIM(values); i++) {
		struct ifreq ifr = {.ifr_data = (char *)&values[i]};
		int rc = ask(port, SIOCETHTOOL, &ifr);

		if (rc < 0 && values[i].data == 0) /* what cannot be left on is off already */
			return rc;
	}
	return 0;
}

int
vtap_link_mtu(struct vtap_port *port, unsigned int mtu)
{
	struct ifreq ifr = {.ifr_mtu = mtu};
	int rc = vtap_remote_mtu(port, mtu);

	return rc < 0 ? rc : ask(port, SIOCSIFMTU, &ifr);
}

int
vtap_link_set_mac(struct vtap_port *port, const struct rte_ether_addr *mac)
{
	struct ifreq ifr = {.ifr_hwaddr.sa_family = ARPHRD_ETHER};

	int rc = vtap_remote_set_mac(port, mac);

	memcpy(ifr.ifr_hwaddr.sa_data, mac, sizeof(*mac));
	return rc < 0 ? rc : ask(port, SIOCSIFHWADDR, &ifr);
}

int
vtap_link_get_mac(struct vtap_port *port, struct rte_ether_addr *mac)
{
	struct ifreq ifr = {0};
	int rc = ask(port, SIOCGIFHWADDR, &ifr);

	if (rc == 0)
		memcpy(mac, ifr.ifr_hwaddr.sa_data, sizeof(*mac));
	return rc;
}

int
vtap_link_update(struct rte_eth_dev *dev, int wait)
{
	struct vtap_port *port = dev->data->dev_private;
	struct rte_eth_link link = {
		.link_speed = RTE_ETH_SPEED_NUM_10G,
		.link_duplex = RTE_ETH_LINK_FULL_DUPLEX,
		.link_autoneg = RTE_ETH_LINK_FIXED,
	};
	struct ifreq ifr = {0};

	if (port->up && ask(port, SIOCGIFFLAGS, &ifr) == 0 && (ifr.ifr_flags & IFF_UP) &&
		(ifr.ifr_flags & IFF_RUNNING) && vtap_remote_runs(port))
		link.link_status = RTE_ETH_LINK_UP;
	return rte_eth_linkstatus_set(dev, &link);
}

static void heard(void *arg);

/* One message. Returns whether the interface is here no more. */
static bool
hear(struct vtap_port *port, const struct nlmsghdr *h)
{
	const struct ifinfomsg *info = NLMSG_DATA(h);

	/* (a bridge tells of its ports, too, with its own family) */
	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*info)) || info->ifi_family != AF_UNSPEC ||
		info->ifi_index != port->ifindex)
		return false;
	if (h->nlmsg_type == RTM_NEWLINK) { /* renamed, perhaps */
		const struct rtattr *a = IFLA_RTA(info);
		int len = IFLA_PAYLOAD(h);

		for (; RTA_OK(a, len); a = RTA_NEXT(a, len))
			if (a->rta_type == IFLA_IFNAME && RTA_PAYLOAD(a) <= IFNAMSIZ)
				strcpy(port->name, RTA_DATA(a));
	}
	return h->nlmsg_type == RTM_DELLINK;
}

/* What EAL has is a copy, which it frees. */
static void
forget(struct rte_intr_handle *watch, void *arg)
{
	close(rte_intr_fd_get(watch));
}

/* The interface left its namespace, and is not deleted: go on in that where it is now. */
static int
follow(struct rte_eth_dev *dev)
{
	struct vtap_port *port = dev->data->dev_private;
	struct rte_intr_handle *before = port->watch;
	const bool had_remote = port->remote.ifindex != 0;
	int rc = vtap_tun_follow(port);

	if (rc < 0)
		return rc;
	if (had_remote)
		VTAP_LOG(WARNING, "%s: without %s from now on", port->name, port->conf.remote);
	/* a callback cannot unregister itself at once */
	rte_intr_callback_unregister_pending(before, heard, dev, forget);
	rte_intr_instance_free(before);
	port->watch = NULL;
	rc = vtap_link_watch(dev);
	if (rc < 0)
		VTAP_LOG(WARNING, "%s: its link is only asked for from now on", port->name);
	return 0;
}

/* By EAL's interrupt thread. */
static void
heard(void *arg)
{
	struct rte_eth_dev *dev = arg;
	struct vtap_port *port = dev->data->dev_private;
	char buf[8192] __rte_aligned(NLMSG_ALIGNTO);
	bool gone = false;
	ssize_t n;

	while ((n = recv(port->heard, buf, sizeof(buf), MSG_DONTWAIT)) > 0 ||
		(n < 0 && errno == ENOBUFS)) {
		int len = RTE_MAX(n, 0);

		for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len))
			gone |= hear(port, h);
	}
	if (gone && !port->gone && follow(dev) < 0) {
		port->gone = true;
		VTAP_LOG(WARNING, "%s: the interface was deleted", port->name);
		rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_RMV, NULL);
	}
	if (vtap_link_update(dev, 0) == 0 && dev->data->dev_conf.intr_conf.lsc)
		rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_LSC, NULL);
}

int
vtap_link_watch(struct rte_eth_dev *dev)
{
	struct vtap_port *port = dev->data->dev_private;
	int rc;

	if (port->heard < 0)
		return 0;
	port->watch = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
	if (port->watch == NULL)
		return -ENOMEM;
	rc = rte_intr_fd_set(port->watch, port->heard);
	if (rc == 0)
		rc = rte_intr_type_set(port->watch, RTE_INTR_HANDLE_EXT);
	if (rc == 0)
		rc = rte_intr_callback_register(port->watch, heard, dev);
	if (rc != 0) {
		rte_intr_instance_free(port->watch);
		port->watch = NULL;
	}
	return rc;
}

void
vtap_link_unwatch(struct rte_eth_dev *dev)
{
	struct vtap_port *port = dev->data->dev_private;

	if (port->watch == NULL)
		return;
	rte_intr_callback_unregister_sync(port->watch, heard, dev);
	rte_intr_instance_free(port->watch);
	port->watch = NULL;
}
