/* SPDX-License-Identifier: BSD-3-Clause
 *
 * cleave_tx_burst(): the packet's way from the caller to the port. Neighbours: plan.c decides,
 * offload.c and lib/gso do, queue.c set the queue up.
 */
#include <errno.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_ethdev.h>
#include <rte_log.h>

#include "tx.h"

/* Nothing to be done and nothing to be decided: most packets. Less than an Ethernet header wraps. */
static inline bool
is_plain(const struct tx_queue *q, const struct rte_mbuf *m)
{
	return (m->ol_flags & q->work_flags) == 0 &&
	       m->pkt_len - RTE_ETHER_HDR_LEN <= q->plain_l3 && m->nb_segs <= q->plain_mbufs;
}

static void
drop_packet(struct tx_queue *q, struct rte_mbuf *m, enum cleave_drop why)
{
	q->stats.drop[why]++;
	q->stats.drop_frames += cleave_meta_packets(m);
	rte_pktmbuf_free(m);
}

/* Hand frames to the port, in order. One that the driver refuses is dropped, the others go on.
 * Returns how many are done with: fewer than n when the ring is full. */
static uint16_t
send_frames(struct tx_queue *q, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t done = 0, ok, sent;

	while (done < n) {
		ok = rte_eth_tx_prepare(q->port, q->queue, &pkts[done], n - done);
		sent = ok != 0 ? rte_eth_tx_burst(q->port, q->queue, &pkts[done], ok) : 0;
		done += sent;
		if (sent < ok)
			break;
		if (done < n)
			drop_packet(q, pkts[done++], CLEAVE_DROP_REFUSED);
	}
	return done;
}

/* Returns how many are still held back. */
static uint16_t
send_pending(struct tx_queue *q)
{
	uint16_t sent = send_frames(q, &q->pend[q->pend_at], q->pend_n);

	q->pend_at += sent;
	q->pend_n -= sent;
	return q->pend_n;
}

static enum cleave_drop
gso_error(int rc)
{
	switch (rc) {
	case -ENOMEM:
		return CLEAVE_DROP_NO_MBUF;
	case -ENOSPC:
		return CLEAVE_DROP_TOO_MANY_SEGS;
	case -EMSGSIZE:
		return CLEAVE_DROP_TOO_MANY_MBUFS;
	case -EBADMSG:
		return CLEAVE_DROP_BAD_CKSUM;
	case -ENOTSUP:
		return CLEAVE_DROP_UNSUPPORTED;
	case -EPERM:
		return CLEAVE_DROP_NO_GSO;
	default:
		return CLEAVE_DROP_BAD_REQUEST;
	}
}

/* The packet as a request for the port, and its rest. Returns how many frames that are to be sent,
 * or an error after which the packet is as it was. */
static int
cut_partial(struct tx_queue *q, struct rte_mbuf *m, struct tx_work *w, struct cleave_gso_req *req)
{
	int n = cleave_gso_partial(m, &w->pkt, req, &q->conf.pools, w->opaque, q->pend);

	if (n < 0)
		return n;
	w->pkt.payload_len = m->pkt_len - w->pkt.hdr_len;
	w->pkt.frame_len = m->pkt_len;
	tx_request(q, m, w);
	if (n == 2 && w->merged)
		cleave_meta(m)->nb_segs = cleave_meta_packets(m) - 1; /* the rest is one, too */
	q->stats.plan[CLEAVE_PLAN_PARTIAL]++;
	return n;
}

/* Where only the user wanted it shorter and it cannot be cut, a packet leaves as it came. *m may be
 * replaced by a copy, whatever comes of it. */
static bool
stay_whole(struct tx_queue *q, struct rte_mbuf **m, struct tx_work *w)
{
	if (!w->fits || tx_finish_plain(q, m, w, 0) != CLEAVE_PLAN_PLAIN)
		return false;
	q->pend[0] = *m;
	q->stats.plan[CLEAVE_PLAN_PLAIN]++;
	return true;
}

/* What the library makes of the packet in software. On an error *m is still to be freed; a copy may
 * have taken its place. */
static int
cut_whole(struct tx_queue *q, struct rte_mbuf **m, struct tx_work *w, struct cleave_gso_req *req)
{
	const struct rte_mbuf *came = *m;
	int n = cleave_gso_segment(*m, &w->pkt, req, &q->conf.pools, q->pend, RTE_DIM(q->pend));

	if (n < 0)
		return stay_whole(q, m, w) ? 1 : n;
	q->stats.plan[n == 1 ? CLEAVE_PLAN_PLAIN : CLEAVE_PLAN_GSO]++;
	q->stats.whole += w->whole;
	if (n > 1) {
		q->stats.segments += n;
		q->stats.unchained += q->pend[0] == came;
		q->stats.fragmented += w->gso_type == CLEAVE_GSO_FRAGMENT;
	}
	return n;
}

/* Cut a packet; its segments become those held back. */
static void
cut_packet(struct tx_queue *q, struct rte_mbuf *m, struct tx_work *w, enum cleave_plan plan)
{
	struct cleave_gso_req req = {
		.mss = w->mss,
		.flags = w->gso_flags,
		.type = w->gso_type,
		.max_pieces = q->plain_mbufs == UINT16_MAX ? 0 : q->plain_mbufs,
	};
	int n = plan == CLEAVE_PLAN_PARTIAL ? cut_partial(q, m, w, &req) : -ENOTSUP;

	if (n < 0 && plan == CLEAVE_PLAN_PARTIAL && q->conf.no_gso)
		n = stay_whole(q, &m, w) ? 1 : -EPERM;
	else if (n < 0)
		n = cut_whole(q, &m, w, &req);
	if (n < 0) {
		q->stats.plan[CLEAVE_PLAN_DROP]++;
		drop_packet(q, m, gso_error(n));
		return;
	}
	q->pend_at = 0;
	q->pend_n = n;
}

/* The packets from start to end, which leave as they are. Returns how many were sent. */
static uint16_t
send_run(struct tx_queue *q, struct rte_mbuf **pkts, uint16_t n, uint16_t nb_tso)
{
	uint16_t sent = send_frames(q, pkts, n);

	/* what was not sent is the caller's again, and will be planned and counted again */
	for (uint16_t i = sent; i < n; i++)
		nb_tso -=
			(pkts[i]->ol_flags & (RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG)) != 0;
	q->stats.plan[CLEAVE_PLAN_TSO] += nb_tso;
	q->stats.plan[CLEAVE_PLAN_PLAIN] += sent - nb_tso;
	return sent;
}

/* The first burst of a queue that nobody set up. Says once why it cannot be. */
static __rte_cold struct tx_queue *
setup_by_itself(uint16_t port, uint16_t queue)
{
	static bool said;
	int rc = cleave_tx_setup(port, queue, NULL);

	if (rc < 0 && !said) {
		said = true;
		RTE_LOG(ERR, USER1, "cleave_tx_burst: port %u, queue %u: setup: %s\n", port, queue,
			strerror(-rc));
	}
	return tx_queue_get(port, queue);
}

uint16_t
cleave_tx_burst(uint16_t port_id, uint16_t queue_id, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	struct tx_queue *q = tx_queue_get(port_id, queue_id);
	enum cleave_plan plan = CLEAVE_PLAN_PLAIN;
	struct tx_work work;
	uint16_t i = 0;

	if (unlikely(q == NULL)) {
		q = setup_by_itself(port_id, queue_id);
		if (q == NULL)
			return 0;
	}
	if (unlikely(q->pend_n != 0) && send_pending(q) != 0)
		return 0;

	while (i < nb_pkts) {
		uint16_t start = i, nb_tso = 0, sent;

		/* the run of packets that leave as they are, or that the port cuts */
		for (; i < nb_pkts; i++) {
			if (likely(is_plain(q, pkts[i])))
				continue;
			plan = tx_plan(q, &pkts[i], &work);
			if (plan != CLEAVE_PLAN_PLAIN && plan != CLEAVE_PLAN_TSO)
				break;
			nb_tso += plan == CLEAVE_PLAN_TSO;
		}
		sent = send_run(q, &pkts[start], i - start, nb_tso);
		if (sent < i - start)
			return start + sent;
		if (i == nb_pkts)
			break;

		/* and the one that ended it */
		if (plan == CLEAVE_PLAN_DROP) {
			q->stats.plan[CLEAVE_PLAN_DROP]++;
			drop_packet(q, pkts[i++], work.why);
			continue;
		}
		cut_packet(q, pkts[i++], &work, plan);
		if (send_pending(q) != 0)
			break;
	}
	return i;
}

uint16_t
cleave_tx_flush(uint16_t port_id, uint16_t queue_id)
{
	struct tx_queue *q = tx_queue_get(port_id, queue_id);

	return q != NULL && q->pend_n != 0 ? send_pending(q) : 0;
}

uint16_t
cleave_tx_pending(uint16_t port_id, uint16_t queue_id)
{
	const struct tx_queue *q = tx_queue_get(port_id, queue_id);

	return q != NULL ? q->pend_n : 0;
}
