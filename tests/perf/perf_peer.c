/* SPDX-License-Identifier: BSD-3-Clause
 *
 * rte_gso, and DPDK's checksum functions on what it made or on what was received; PERF_PEER and
 * PERF_VERIFY are the names of this instance.
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

unsigned int
PERF_VERIFY(struct rte_mbuf *const *pkts, unsigned int nb, uint16_t l3_off, uint16_t l4_off)
{
	unsigned int bad = 0;

	for (unsigned int i = 0; i < nb; i++)
		bad += rte_ipv4_udptcp_cksum_mbuf_verify(pkts[i],
			       rte_pktmbuf_mtod_offset(pkts[i], struct rte_ipv4_hdr *, l3_off),
			       l4_off) != 0;
	return bad;
}
