/* SPDX-License-Identifier: BSD-3-Clause
 *
 * rte_gso, and DPDK's checksum functions on what it made; PERF_PEER is the name of this instance.
 * Neighbour: perf_peer.h.
 */
#include <rte_ip.h>
#include <rte_tcp.h>

#include "perf_peer.h"

static inline void
complete_ip(struct rte_ipv4_hdr *ip)
{
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

static void
complete(struct rte_mbuf *m, const struct perf_peer *p)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, p->l3_off);
	struct rte_tcp_hdr *tcp = rte_pktmbuf_mtod_offset(m, struct rte_tcp_hdr *, p->l4_off);

	tcp->cksum = 0;
	tcp->cksum = rte_ipv4_udptcp_cksum_mbuf(m, ip, p->l4_off);
	complete_ip(ip);
	if (p->outer_l3_off != 0)
		complete_ip(rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, p->outer_l3_off));
}

int
PERF_PEER(struct rte_mbuf *m, const struct perf_peer *p, struct rte_mbuf **out, uint16_t nb_out)
{
	int n = rte_gso_segment(m, &p->ctx, out, nb_out);

	if (n <= 0)
		return n;
	rte_pktmbuf_free(m);
	for (int i = 0; p->cksum && i < n; i++)
		complete(out[i], p);
	return n;
}
