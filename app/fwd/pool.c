/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Mbuf pools, per NUMA socket: what is received, and the headers and slices of what is cut.
 * Neighbours: port.c gives them to the ports' queues.
 */
#include <numa.h>
#include <stdio.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "cleave_config.h"
#include "fwd.h"

/* testpmd's arithmetic: what rings, caches and bursts can hold at a time, and a reserve */
#define POOL_RESERVE 2048
/* what GRO holds beyond a burst, where it has a timeout */
#define POOL_HELD 8192
/* segments of some 90 super-packets of 64 KB: what a small ring and a burst can hold */
#define GSO_POOL_MIN 4096

/* jumbo frames, headroom included; more would take hundreds of MB on ports that have no use for
 * it */
#define LINEAR_ROOM_MAX 10240

static struct {
	struct rte_mempool *mbufs;
	struct cleave_gso_pools gso;
} pools[RTE_MAX_NUMA_NODES];

/* Where the memory of a socket really is: a socket without memory (or unknown) uses the first
 * one. */
static unsigned int
memory_socket(unsigned int socket)
{
	if (conf.no_numa || socket >= RTE_MAX_NUMA_NODES)
		return rte_socket_id_by_idx(0);
	if (numa_available() >= 0 && numa_node_size64(socket, NULL) <= 0)
		return rte_socket_id_by_idx(0);
	return socket;
}

struct rte_mempool *
pool_mbufs(unsigned int socket)
{
	return pools[memory_socket(socket)].mbufs;
}

int
pool_gso(unsigned int socket, struct cleave_gso_pools *gso)
{
	*gso = pools[memory_socket(socket)].gso;
	return gso->direct != NULL ? 0 : -1;
}

static uint32_t
default_mbufs(void)
{
	struct rte_eth_dev_info info;
	uint32_t n = POOL_RESERVE + rte_lcore_count() * (conf.mbcache + conf.burst);
	uint16_t id;

	RTE_ETH_FOREACH_DEV (id) {
		uint32_t rxd = conf.rxd, txd = conf.txd;

		if (rte_eth_dev_info_get(id, &info) < 0)
			continue;
		if (rxd == UNSET)
			rxd = RTE_MAX(info.default_rxportconf.ring_size, 1024);
		if (txd == UNSET)
			txd = RTE_MAX(info.default_txportconf.ring_size, 1024);
		n += conf.rxq * rxd + conf.txq * txd;
	}
	return n + (conf.gro && conf.gro_timeout_us != 0 ? POOL_HELD : 0);
}

uint32_t
pool_linear(uint32_t mtu)
{
	return RTE_PKTMBUF_HEADROOM + RTE_ETHER_HDR_LEN + 4 * CLEAVE_VLAN_MAX + mtu;
}

/* The longest segment that has to fit one mbuf: where a port takes no chains. */
static uint32_t
linear_room(void)
{
	uint32_t room = RTE_MAX(conf.mbuf_size, (uint32_t)RTE_MBUF_DEFAULT_BUF_SIZE);
	struct rte_eth_dev_info info;
	uint16_t id;

	RTE_ETH_FOREACH_DEV (id) {
		uint32_t len = RTE_MAX(conf.mtu[id], conf.max_pkt_len);
		uint64_t offloads = conf.tx_offloads;
		uint16_t mtu;

		if (rte_eth_dev_info_get(id, &info) < 0 || rte_eth_dev_get_mtu(id, &mtu) < 0)
			continue;
		if (!conf.tx_offloads_set)
			offloads = info.tx_offload_capa;
		if (conf.mtu[id] == 0)
			len = RTE_MAX(len, mtu);
		if (!(offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS))
			room = RTE_MAX(room, pool_linear(len));
	}
	return RTE_MAX(conf.mbuf_size, RTE_MIN(room, (uint32_t)LINEAR_ROOM_MAX));
}

static struct rte_mempool *
make_pool(const char *kind, unsigned int socket, uint32_t n, uint16_t room)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	struct rte_mempool *mp;
	uint32_t cache = RTE_MIN(conf.mbcache, n * 2 / 3);

	snprintf(name, sizeof(name), "%s_%u", kind, socket);
	mp = rte_pktmbuf_pool_create(name, n, cache, 0, room, socket);
	if (mp == NULL)
		fail("pool %s: %u mbufs of %u bytes: %s", name, n, room, rte_strerror(rte_errno));
	return mp;
}

static int
pools_create_on(unsigned int socket)
{
	uint32_t n = conf.total_mbufs != 0 ? conf.total_mbufs : default_mbufs();
	uint32_t nb_gso = RTE_MAX(n, (uint32_t)GSO_POOL_MIN);

	if (pools[socket].mbufs != NULL)
		return 0;
	pools[socket].mbufs = make_pool("mbufs", socket, n, conf.mbuf_size);
	pools[socket].gso.direct = make_pool("gso_direct", socket, nb_gso, linear_room());
	/* a segment's payload may lie in several mbufs */
	pools[socket].gso.indirect = make_pool("gso_indirect", socket, 2 * nb_gso, 0);
	return pools[socket].mbufs == NULL || pools[socket].gso.direct == NULL ||
			       pools[socket].gso.indirect == NULL
		       ? -1
		       : 0;
}

int
pools_create(void)
{
	uint16_t id;

	RTE_ETH_FOREACH_DEV (id)
		if (pools_create_on(memory_socket(rte_eth_dev_socket_id(id))) < 0)
			return -1;
	return 0;
}
