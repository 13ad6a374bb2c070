/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A net_vhost port in this process, for the guest of vhost_guest.c. Neighbour: vhost_guest.h.
 */
#include <stdio.h>
#include <unistd.h>

#include <rte_bus_vdev.h>
#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "../test.h"
#include "vhost_guest.h"

#define NAME "net_vhost_test"
#define POOL 1023
#define WAIT_MS 5000

int
vhost_port_open(struct vhost_port *p, const char *args, uint64_t rx_offloads)
{
	struct rte_eth_conf conf = {.rxmode.offloads = rx_offloads};
	struct rte_eth_dev_info info;
	char devargs[200];

	vhost_port_close(p); /* of a test that failed */
	p->mp = rte_mempool_lookup("vhost_port");
	if (p->mp == NULL)
		p->mp = rte_pktmbuf_pool_create(
			"vhost_port", POOL, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	TEST_ASSERT_NOT_NULL(p->mp, "no pool");
	snprintf(p->dir, sizeof(p->dir), "/tmp/cleave-guest-XXXXXX");
	TEST_ASSERT_NOT_NULL(mkdtemp(p->dir), "no directory");
	snprintf(p->path, sizeof(p->path), "%s/socket", p->dir);
	snprintf(devargs, sizeof(devargs), "iface=%s,tso=1%s", p->path, args);
	TEST_ASSERT_SUCCESS(rte_vdev_init(NAME, devargs), "no port");
	TEST_ASSERT_SUCCESS(rte_eth_dev_get_port_by_name(NAME, &p->port), "port not found");
	TEST_ASSERT_SUCCESS(rte_eth_dev_info_get(p->port, &info), "no info");
	conf.rxmode.offloads &= info.rx_offload_capa;
	conf.txmode.offloads = info.tx_offload_capa & ~RTE_ETH_TX_OFFLOAD_VLAN_INSERT;
	TEST_ASSERT_SUCCESS(rte_eth_dev_configure(p->port, 1, 1, &conf), "not configured");
	TEST_ASSERT_SUCCESS(rte_eth_rx_queue_setup(p->port, 0, 64, 0, NULL, p->mp), "no RX queue");
	TEST_ASSERT_SUCCESS(rte_eth_tx_queue_setup(p->port, 0, 64, 0, NULL), "no TX queue");
	TEST_ASSERT_SUCCESS(rte_eth_dev_start(p->port), "not started");
	return TEST_SUCCESS;
}

int
vhost_port_close(struct vhost_port *p)
{
	if (p->dir[0] == '\0')
		return TEST_SUCCESS;
	rte_eth_dev_stop(p->port);
	TEST_ASSERT_SUCCESS(rte_vdev_uninit(NAME), "port not unplugged");
	unlink(p->path);
	TEST_ASSERT_SUCCESS(rmdir(p->dir), "%s is left", p->dir);
	p->dir[0] = '\0';
	return TEST_SUCCESS;
}

int
vhost_port_wait(const struct vhost_port *p, bool up)
{
	struct rte_eth_link link;

	for (unsigned int ms = 0; ms < WAIT_MS; ms++) {
		if (rte_eth_link_get_nowait(p->port, &link) == 0 && link.link_status == up)
			return 0;
		rte_delay_us_sleep(1000);
	}
	printf("the port does not hear that the guest is %s\n", up ? "there" : "away");
	return -1;
}
