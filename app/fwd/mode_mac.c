/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Modes mac (to the peer, from the port) and macswap. Neighbours: mode.c, worker.c.
 */
#include <rte_ether.h>
#include <rte_prefetch.h>

#include "fwd.h"

static inline struct rte_ether_hdr *
ether_hdr(struct rte_mbuf **pkts, uint16_t i, uint16_t n)
{
	if (likely(i + 1 < n))
		rte_prefetch0(rte_pktmbuf_mtod(pkts[i + 1], void *));
	if (unlikely(pkts[i]->data_len < sizeof(struct rte_ether_hdr)))
		return NULL; /* a runt, or addresses spread over mbufs: left alone */
	return rte_pktmbuf_mtod(pkts[i], struct rte_ether_hdr *);
}

static uint16_t
forward_mac(struct fwd_stream *fs, struct rte_mbuf **pkts, uint16_t n)
{
	const struct rte_ether_addr *src = &ports[fs->tx_port].mac;
	const struct rte_ether_addr *dst = &conf.peer[fs->tx_port];

	for (uint16_t i = 0; i < n; i++) {
		struct rte_ether_hdr *eth = ether_hdr(pkts, i, n);

		if (unlikely(eth == NULL))
			continue;
		rte_ether_addr_copy(dst, &eth->dst_addr);
		rte_ether_addr_copy(src, &eth->src_addr);
	}
	return n;
}

static uint16_t
forward_macswap(struct fwd_stream *fs, struct rte_mbuf **pkts, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		struct rte_ether_hdr *eth = ether_hdr(pkts, i, n);
		struct rte_ether_addr dst;

		if (unlikely(eth == NULL))
			continue;
		rte_ether_addr_copy(&eth->dst_addr, &dst);
		rte_ether_addr_copy(&eth->src_addr, &eth->dst_addr);
		rte_ether_addr_copy(&dst, &eth->src_addr);
	}
	return n;
}

const struct fwd_mode mode_mac = {"mac", true, true, forward_mac, NULL};
const struct fwd_mode mode_macswap = {"macswap", true, true, forward_macswap, NULL};
