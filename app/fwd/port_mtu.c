/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How long frames are: MTU, longest frame, longest packet that a port merges. Neighbours: port.c;
 * pool.c has mbufs of these lengths.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_ethdev.h>

#include "fwd.h"

/* Bytes of a frame that its MTU does not count. */
static uint32_t
frame_overhead(const struct rte_eth_dev_info *info)
{
	if (info->max_mtu != UINT16_MAX && info->max_rx_pktlen > info->max_mtu)
		return info->max_rx_pktlen - info->max_mtu;
	return RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
}

/* The MTU of the kernel's interface behind a net_af_packet port. The driver (22.11) tells ethdev that
 * frames of 1518 bytes are the longest, and takes all that fit its rings' frames. 0: another port. */
static uint32_t
interface_mtu(const struct fwd_port *p)
{
	struct ifreq ifr = {0};
	int s, rc;

	if (strcmp(p->info.driver_name, "net_af_packet") != 0 ||
		if_indextoname(p->info.if_index, ifr.ifr_name) == NULL)
		return 0;
	s = socket(AF_INET, SOCK_DGRAM, 0);
	if (s < 0)
		return 0;
	rc = ioctl(s, SIOCGIFMTU, &ifr);
	close(s);
	return rc < 0 ? 0 : ifr.ifr_mtu;
}

/* The largest MTU that ethdev lets a port have. */
static uint32_t
ethdev_max_mtu(const struct fwd_port *p)
{
	uint32_t overhead = frame_overhead(&p->info);

	if (p->info.max_rx_pktlen > overhead)
		return RTE_MIN((uint32_t)p->info.max_mtu, p->info.max_rx_pktlen - overhead);
	return p->info.max_mtu;
}

int
port_lengths(struct fwd_port *p)
{
	uint32_t overhead = frame_overhead(&p->info), mtu = conf.mtu[p->id];
	uint32_t max = ethdev_max_mtu(p), interface = interface_mtu(p);
	const char *option = "--mtu";

	if (mtu == 0 && conf.max_pkt_len > overhead) {
		mtu = conf.max_pkt_len - overhead;
		option = "--max-pkt-len";
	}
	if (mtu != 0 && (mtu > RTE_MAX(max, interface) || mtu < p->info.min_mtu))
		return fail("%s: an MTU of %u on port %u (%s): accepted is %u to %u", option, mtu,
			p->id, p->info.driver_name, p->info.min_mtu, RTE_MAX(max, interface));
	/* what ethdev would refuse is for lib/tx alone */
	p->tx.mtu = mtu > max ? mtu : 0;
	p->conf.rxmode.mtu = mtu > max ? 0 : mtu;
	if (conf.enable_lro)
		p->conf.rxmode.max_lro_pkt_size = conf.max_lro_pkt_size;
	if (conf.max_lro_pkt_size > p->info.max_lro_pkt_size && conf.enable_lro)
		return fail("--max-lro-pkt-size=%u on port %u (%s): accepted is up to %u",
			conf.max_lro_pkt_size, p->id, p->info.driver_name,
			p->info.max_lro_pkt_size);
	return 0;
}

int
port_set_mtu(uint16_t id, uint16_t mtu)
{
	struct fwd_port *p = &ports[id];
	uint16_t room = rte_pktmbuf_data_room_size(p->tx.pools.direct);
	int rc;

	if (!(cleave_tx_capa(id, 0) & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) && pool_linear(mtu) > room)
		return fail("port %u: MTU %u: accepted is up to %u on a port that takes no chains; "
			    "--mtu or --mbuf-size makes room",
			id, mtu, room - pool_linear(0));
	if (mtu > ethdev_max_mtu(p) && mtu <= interface_mtu(p)) {
		p->tx.mtu = mtu;
		return p->started ? port_apply_tx(id) : 0;
	}
	rc = rte_eth_dev_set_mtu(id, mtu);
	/* a driver that cannot change it while it runs may take it when it is configured */
	if (rc < 0 && (rc != -ENOTSUP || p->started))
		return fail("port %u: MTU %u: %s", id, mtu, strerror(-rc));
	p->conf.rxmode.mtu = mtu;
	p->tx.mtu = 0;
	return p->started ? port_apply_tx(id) : 0;
}
