/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Setting up a TX queue: the plan table from what ethdev says of the port, the pools, the counters.
 * Control path. Neighbours: tx.h (the queue), quirks.c (what ethdev says and is not so).
 */
#include <errno.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_string_fns.h>

#include "tx.h"

/* Pools of the library's own: enough for the segments of some dozen super-packets on each of a few
 * rings of 1024. */
#define POOL_SIZE 8191
#define POOL_CACHE 256

static struct tx_queue *queues[RTE_MAX_ETHPORTS][RTE_MAX_QUEUES_PER_PORT];

struct tx_queue *
tx_queue_get(uint16_t port, uint16_t queue)
{
	if (port >= RTE_MAX_ETHPORTS || queue >= RTE_MAX_QUEUES_PER_PORT)
		return NULL;
	return queues[port][queue];
}

/* One pool a socket and data room for all queues; made once, kept. */
static struct rte_mempool *
own_pool(const char *kind, int socket, uint16_t room)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	struct rte_mempool *mp;

	snprintf(name, sizeof(name), "cleave_%s%u_%d", kind, room, socket);
	mp = rte_mempool_lookup(name);
	if (mp == NULL)
		mp = rte_pktmbuf_pool_create(name, POOL_SIZE, POOL_CACHE, 0, room, socket);
	return mp;
}

/* Data rooms of the library's own pools: what a linear segment needs, rounded up to one of
 * these. */
static const uint16_t rooms[] = {RTE_MBUF_DEFAULT_BUF_SIZE, 4096, 10240, UINT16_MAX};

/* Pools of the library's own where the user gave none. linear: bytes that have to fit one mbuf. */
static int
get_pools(uint16_t port, struct cleave_gso_pools *pools, uint32_t linear)
{
	int socket = rte_eth_dev_socket_id(port);
	unsigned int i = 0;

	while (i + 1 < RTE_DIM(rooms) && rooms[i] < RTE_PKTMBUF_HEADROOM + linear)
		i++;
	if (pools->direct == NULL)
		pools->direct = own_pool("direct", socket, rooms[i]);
	if (pools->indirect == NULL)
		pools->indirect = own_pool("indirect", socket, 0);
	return pools->direct == NULL || pools->indirect == NULL ? -ENOMEM : 0;
}

/* What the port does: offloads that are enabled, not merely possible, and that the driver keeps. */
static uint64_t
find_caps(uint64_t claims, const struct tx_quirk *quirk, bool no_tso)
{
	uint64_t caps = claims;

	/* an engine that cuts completes the checksums of its segments */
	if (!(claims & RTE_ETH_TX_OFFLOAD_TCP_CKSUM) || no_tso)
		caps &= ~RTE_ETH_TX_OFFLOAD_TCP_TSO;
	if (!(claims & RTE_ETH_TX_OFFLOAD_UDP_CKSUM) || no_tso)
		caps &= ~RTE_ETH_TX_OFFLOAD_UDP_TSO;
	if (caps & (RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_UDP_TSO))
		caps |= TX_CAP_TSO4 | TX_CAP_TSO6 | TX_CAP_TSO_CWR;
	return quirk != NULL ? (caps & ~quirk->deny) | quirk->grant : caps;
}

static void
set_needs(struct tx_queue *q)
{
	for (unsigned int row = 0; row < TX_TUNNELS_MAX && cleave_tunnel_name(row) != NULL; row++) {
		uint64_t tcp = RTE_ETH_TX_OFFLOAD_TCP_TSO | cleave_tunnel_tso_capa(row);
		uint64_t udp = RTE_ETH_TX_OFFLOAD_UDP_TSO | cleave_tunnel_tso_capa(row);

		q->need[tx_class(row, IPPROTO_TCP, 4)] = tcp | TX_CAP_TSO4;
		q->need[tx_class(row, IPPROTO_TCP, 6)] = tcp | TX_CAP_TSO6;
		q->need[tx_class(row, IPPROTO_UDP, 4)] = udp | TX_CAP_TSO4;
		q->need[tx_class(row, IPPROTO_UDP, 6)] = udp | TX_CAP_TSO6;
	}
}

static uint32_t
quirk_chain_len(const struct tx_quirk *quirk)
{
	return quirk != NULL && quirk->chain_len != 0 ? quirk->chain_len : UINT32_MAX;
}

/* Flags that are no work for us: the port does what they ask for. */
static uint64_t
work_flags(uint64_t caps)
{
	const uint64_t l4 = RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM |
			    RTE_ETH_TX_OFFLOAD_SCTP_CKSUM;
	/* the bit of BAD is also in NONE, a checksum that is left to us */
	uint64_t work = RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG | RTE_MBUF_F_RX_LRO |
			RTE_MBUF_F_RX_L4_CKSUM_BAD;

	if ((caps & l4) != l4)
		work |= RTE_MBUF_F_TX_L4_MASK;
	if (!(caps & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM))
		work |= RTE_MBUF_F_TX_IP_CKSUM;
	if (!(caps & RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM))
		work |= RTE_MBUF_F_TX_OUTER_IP_CKSUM;
	if (!(caps & RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM))
		work |= RTE_MBUF_F_TX_OUTER_UDP_CKSUM;
	if (!(caps & RTE_ETH_TX_OFFLOAD_VLAN_INSERT))
		work |= RTE_MBUF_F_TX_VLAN;
	if (!(caps & RTE_ETH_TX_OFFLOAD_QINQ_INSERT))
		work |= RTE_MBUF_F_TX_QINQ;
	return work;
}

static void
set_limits(struct tx_queue *q, const struct rte_eth_dev_info *info, uint16_t mtu)
{
	uint16_t seg = info->tx_desc_lim.nb_seg_max, mtu_seg = info->tx_desc_lim.nb_mtu_seg_max;
	uint32_t plain;

	q->mtu = mtu;
	q->tso_mbufs = seg != 0 ? seg : UINT16_MAX;
	q->plain_mbufs = mtu_seg != 0 ? mtu_seg : UINT16_MAX;
	if (q->quirk != NULL && q->quirk->mbufs != 0) {
		q->tso_mbufs = RTE_MIN(q->tso_mbufs, q->quirk->mbufs);
		q->plain_mbufs = RTE_MIN(q->plain_mbufs, q->quirk->mbufs);
	}
	if (!(q->caps & RTE_ETH_TX_OFFLOAD_MULTI_SEGS))
		q->tso_mbufs = q->plain_mbufs = 1;
	q->mbuf_len = q->quirk != NULL && q->quirk->mbuf_len != 0 ? q->quirk->mbuf_len : UINT16_MAX;
	q->frame_len = q->quirk != NULL && q->quirk->beyond_mtu != 0 ? mtu + q->quirk->beyond_mtu
								     : UINT32_MAX;
	q->chain_len = quirk_chain_len(q->quirk);
	/* of frames without tags: a longer one is looked at more closely */
	plain = RTE_MIN(q->mtu + RTE_ETHER_HDR_LEN, q->chain_len);
	if (q->conf.gso_segsz != 0)
		plain = RTE_MIN(plain, q->conf.gso_segsz);
	if (q->conf.tso_segsz != 0)
		plain = RTE_MIN(plain, q->conf.tso_segsz + 54u);
	q->plain_l3 = plain - RTE_ETHER_HDR_LEN;
	q->work_flags = work_flags(q->caps);
}

/* The queue's context; made where there is none. */
static struct tx_queue *
queue_context(uint16_t port, uint16_t queue)
{
	struct tx_queue *q = queues[port][queue];

	if (q != NULL)
		return q;
	q = rte_zmalloc_socket(
		"cleave_tx", sizeof(*q), RTE_CACHE_LINE_SIZE, rte_eth_dev_socket_id(port));
	if (q != NULL) {
		q->port = port;
		q->queue = queue;
	}
	return q;
}

int
cleave_tx_setup(uint16_t port_id, uint16_t queue_id, const struct cleave_tx_conf *conf)
{
	struct cleave_tx_conf c = conf != NULL ? *conf : (struct cleave_tx_conf){0};
	struct rte_eth_dev_info info;
	struct rte_eth_conf dev_conf;
	struct rte_eth_txq_info txq;
	const struct tx_quirk *quirk;
	struct tx_queue *q;
	uint64_t enabled, caps;
	uint32_t frame;
	uint16_t mtu;
	int rc;

	if (rte_eth_dev_info_get(port_id, &info) < 0 || rte_eth_dev_get_mtu(port_id, &mtu) < 0 ||
		rte_eth_dev_conf_get(port_id, &dev_conf) < 0)
		return -ENODEV;
	if (c.mtu != 0)
		mtu = c.mtu;
	/* the longest headers without options: Ethernet, IPv6, TCP; and something to send */
	if (queue_id >= info.nb_tx_queues || queue_id >= RTE_MAX_QUEUES_PER_PORT ||
		(c.gso_segsz != 0 && c.gso_segsz <= 14 + 40 + 20) || c.opaque_l2 > 127)
		return -EINVAL;
	if (rte_eth_tx_queue_info_get(port_id, queue_id, &txq) < 0)
		txq.conf.offloads = 0;
	enabled = dev_conf.txmode.offloads | txq.conf.offloads;
	if (enabled & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE)
		return -ENOTSUP;
	quirk = tx_quirk_find(info.driver_name);
	caps = find_caps(enabled & info.tx_offload_capa, quirk, c.no_tso);
	/* a segment is one mbuf where no chain of its length is taken */
	frame = mtu + RTE_ETHER_HDR_LEN + 4 * CLEAVE_VLAN_MAX;
	if ((caps & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) && frame <= quirk_chain_len(quirk))
		frame = 0;
	if (cleave_meta_register() < 0 || get_pools(port_id, &c.pools, frame) < 0)
		return -ENOMEM;
	q = queue_context(port_id, queue_id);
	if (q == NULL)
		return -ENOMEM;

	cleave_sum_select();
	if (c.opaque_l2 == 0 && quirk != NULL)
		c.opaque_l2 = quirk->opaque_l2;
	q->conf = c;
	q->quirk = quirk;
	q->caps = q->own_caps = caps;
	set_needs(q);
	set_limits(q, &info, mtu);
	queues[port_id][queue_id] = q;
	rc = tx_peer_watch(q, &info);
	if (rc < 0)
		cleave_tx_teardown(port_id, queue_id);
	return rc;
}

uint16_t
cleave_tx_teardown(uint16_t port_id, uint16_t queue_id)
{
	struct tx_queue *q = tx_queue_get(port_id, queue_id);
	uint16_t lost;

	if (q == NULL)
		return 0;
	tx_peer_lock();
	queues[port_id][queue_id] = NULL;
	tx_peer_unlock();
	tx_peer_leave(q);
	lost = q->pend_n;
	rte_pktmbuf_free_bulk(&q->pend[q->pend_at], lost);
	rte_free(q);
	return lost;
}

void
cleave_tx_stats_get(uint16_t port_id, uint16_t queue_id, struct cleave_tx_stats *stats)
{
	const struct tx_queue *q = tx_queue_get(port_id, queue_id);

	*stats = q != NULL ? q->stats : (struct cleave_tx_stats){0};
	stats->pending = q != NULL ? q->pend_n : 0;
}

void
cleave_tx_stats_reset(uint16_t port_id, uint16_t queue_id)
{
	struct tx_queue *q = tx_queue_get(port_id, queue_id);

	if (q != NULL)
		memset(&q->stats, 0, sizeof(q->stats));
}

static void
dump_missing(FILE *f, uint64_t missing)
{
	const char *sep = " (missing ";

	for (unsigned int b = 0; b < 64; b++) {
		uint64_t bit = UINT64_C(1) << b;
		const char *name = rte_eth_dev_tx_offload_name(bit);

		if (!(missing & bit))
			continue;
#define TX_CAP_NAME(e, b, h)                                                                       \
	if (bit == TX_CAP_##e)                                                                     \
		name = #e;
		TX_CAPS(TX_CAP_NAME)
#undef TX_CAP_NAME
		fprintf(f, "%s%s", sep, name);
		sep = ", ";
	}
	fprintf(f, "%s\n", missing != 0 ? ")" : "");
}

uint64_t
cleave_tx_capa(uint16_t port_id, uint16_t queue_id)
{
	const struct tx_queue *q = tx_queue_get(port_id, queue_id);

	return q != NULL ? q->caps & ~TX_CAPS_OWN : 0;
}

int
cleave_tx_plan_get(
	uint16_t port_id, uint16_t queue_id, unsigned int tunnel, unsigned int ip_version)
{
	const struct tx_queue *q = tx_queue_get(port_id, queue_id);
	uint64_t missing;

	if (q == NULL)
		return -ENODEV;
	if (cleave_tunnel_name(tunnel) == NULL || (ip_version != 4 && ip_version != 6))
		return -EINVAL;
	return tx_plan_class(q, tx_class(tunnel, IPPROTO_TCP, ip_version), &missing);
}

int
cleave_tx_plan_dump(FILE *f, uint16_t port_id, uint16_t queue_id)
{
	static const char *const names[] = {"plain", "tso", "partial", "gso", "drop"};
	const struct tx_queue *q = tx_queue_get(port_id, queue_id);

	if (q == NULL)
		return -ENODEV;
	if (q->quirk != NULL && q->quirk->why != NULL)
		fprintf(f, "  known faults of %s: %s\n", q->quirk->driver, q->quirk->why);
	for (unsigned int cls = 0; cls < TX_NB_CLASSES && cleave_tunnel_name(cls / 4) != NULL;
		cls++) {
		const char *tunnel = cleave_tunnel_name(cls / 4);
		enum cleave_plan plan;
		uint64_t missing;

		plan = tx_plan_class(q, cls, &missing);
		fprintf(f, "  %s%s%s%u: %s", cls >= 4 ? tunnel : "", cls >= 4 ? "/" : "",
			cls & 2 ? "udp" : "tcp", cls & 1 ? 6 : 4, names[plan]);
		dump_missing(f, missing);
	}
	return 0;
}

#define TX_NAME(e, n, h) #n,
const char *
cleave_plan_name(enum cleave_plan plan)
{
	static const char *const names[] = {CLEAVE_TX_PLANS(TX_NAME)};

	return names[plan];
}

const char *
cleave_drop_name(enum cleave_drop drop)
{
	static const char *const names[] = {CLEAVE_TX_DROPS(TX_NAME)};

	return names[drop];
}
#undef TX_NAME
