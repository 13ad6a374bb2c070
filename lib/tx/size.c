/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How long a frame may be: the payload of a segment, and whether a merged packet may stay one frame
 * (cleave_tx_conf.jumbo). Neighbours: tx.h, plan.c asks.
 */
#include <netinet/in.h>

#include "own.h"
#include "tx.h"

uint32_t
tx_cut_size(const struct tx_queue *q, const struct cleave_pkt *pkt, uint32_t asked)
{
	uint32_t hdr = pkt->hdr_len - pkt->mac_len;
	uint32_t mss = q->mtu > hdr ? q->mtu - hdr : 0;

	mss = RTE_MIN(mss, q->frame_len > pkt->hdr_len ? q->frame_len - pkt->hdr_len : 0u);
	if (q->conf.gso_segsz != 0)
		mss = RTE_MIN(mss,
			q->conf.gso_segsz > pkt->hdr_len ? q->conf.gso_segsz - pkt->hdr_len : 0u);
	if (q->conf.tso_segsz != 0 && pkt->l4_proto == IPPROTO_TCP)
		mss = RTE_MIN(mss, (uint32_t)q->conf.tso_segsz);
	if (asked != 0)
		mss = RTE_MIN(mss, asked);
	return mss;
}

/* Does the port take the packet's mbufs as one frame, with an mbuf more where the headers are not
 * ours to write to, or one mbuf of ours its bytes? */
static bool
frame_fits(const struct tx_queue *q, const struct rte_mbuf *m, uint16_t hdr_len)
{
	uint32_t nb = m->nb_segs + !headers_writable(m, hdr_len);

	if (nb == 1 || (nb <= q->plain_mbufs && m->pkt_len <= q->chain_len))
		return true;
	return m->pkt_len + RTE_PKTMBUF_HEADROOM <=
	       rte_pktmbuf_data_room_size(q->conf.pools.direct);
}

/* A program's request is one to cut, whatever the port takes; datagrams that were merged would
 * become another datagram. What is one segment anyway is not kept whole by this. */
bool
tx_stays_merged(const struct tx_queue *q, const struct rte_mbuf *m, const struct tx_work *w)
{
	const struct cleave_pkt *pkt = &w->pkt;

	return q->conf.jumbo && pkt->l4_proto == IPPROTO_TCP &&
	       (w->merged || (m->ol_flags & RTE_MBUF_F_RX_LRO)) &&
	       !(cleave_inner_ip(pkt)->flags & CLEAVE_IP_JUMBO) &&
	       pkt->payload_len > m->tso_segsz && pkt->payload_len <= tx_cut_size(q, pkt, 0) &&
	       frame_fits(q, m, pkt->hdr_len);
}
