/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Cutting a burst of packets by their own requests. Neighbours: cleave_gso.h, gso.c.
 */
#include <errno.h>
#include <netinet/in.h>

#include <rte_prefetch.h>

#include "cleave_gso.h"

/* Is it to be cut, by what its mbuf says? */
static bool
is_marked(const struct rte_mbuf *m)
{
	return (m->ol_flags & (RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG)) ||
	       ((m->ol_flags & RTE_MBUF_F_RX_LRO) && m->tso_segsz != 0 &&
		       (m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) != RTE_MBUF_F_RX_L4_CKSUM_BAD);
}

/* Is it what its mark says? A tunnel that the walk does not follow looks like UDP. */
static bool
mark_fits(const struct rte_mbuf *m, const struct cleave_pkt *pkt)
{
	if (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG)
		return pkt->l4_proto == IPPROTO_TCP;
	if (m->ol_flags & RTE_MBUF_F_TX_UDP_SEG)
		return pkt->l4_proto == IPPROTO_UDP;
	return pkt->l4_proto == IPPROTO_TCP || !(pkt->tunnel_flags & CLEAVE_TUNNEL_F_UNKNOWN);
}

static int
cut_one(struct rte_mbuf *m, const struct cleave_gso_req *req, const struct cleave_gso_pools *pools,
	struct rte_mbuf **out, uint16_t nb_out)
{
	struct cleave_gso_req own = *req;
	struct cleave_pkt pkt;

	if (cleave_parse(m, &pkt) < 0)
		return -EBADMSG;
	if (!mark_fits(m, &pkt))
		return -ENOTSUP;
	own.type = CLEAVE_GSO_L4;
	own.mss = m->tso_segsz;
	return cleave_gso_segment(m, &pkt, &own, pools, out, nb_out);
}

int
cleave_gso_burst(struct rte_mbuf **pkts, uint16_t *nb_pkts, const struct cleave_gso_req *req,
	const struct cleave_gso_pools *pools, struct rte_mbuf **out, uint16_t *nb_out)
{
	uint16_t nb = *nb_pkts, room = *nb_out, n = 0, i;
	int rc = 0;

	for (i = 0; i < nb; i++) {
		if (i + 2 < nb)
			rte_prefetch0(pkts[i + 2]);
		if (i + 1 < nb)
			rte_prefetch0(rte_pktmbuf_mtod(pkts[i + 1], const void *));
		rc = -ENOSPC;
		if (is_marked(pkts[i])) {
			rc = cut_one(pkts[i], req, pools, &out[n], room - n);
		} else if (n < room) {
			out[n] = pkts[i];
			rc = 1;
		}
		if (rc < 0)
			break;
		n += rc;
	}
	*nb_pkts = i;
	*nb_out = n;
	return rc < 0 ? rc : 0;
}
