/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Transmit: each mbuf chain is held against the rules of a strict NIC (chain, lengths, enabled
 * offloads; probe_check.c: headers) and goes to the engine, or is refused and counted by reason.
 * Also rte_eth_tx_prepare, and the faults of both.
 */
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>

#include <rte_errno.h>

#include "probe.h"

#define SEG_FLAGS (RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG)

/* Offloads that are on or off for a whole queue. */
static const struct {
	uint64_t mask, value; /* of ol_flags */
	uint64_t need;	      /* RTE_ETH_TX_OFFLOAD_*; 0: never there */
	enum rte_net_probe_reason reason;
} offload_rules[] = {
	{RTE_MBUF_F_TX_TCP_SEG, RTE_MBUF_F_TX_TCP_SEG, RTE_ETH_TX_OFFLOAD_TCP_TSO,
		RTE_NET_PROBE_OFF_TCP_TSO},
	{RTE_MBUF_F_TX_UDP_SEG, RTE_MBUF_F_TX_UDP_SEG, RTE_ETH_TX_OFFLOAD_UDP_TSO,
		RTE_NET_PROBE_OFF_UDP_TSO},
	{RTE_MBUF_F_TX_IP_CKSUM, RTE_MBUF_F_TX_IP_CKSUM, RTE_ETH_TX_OFFLOAD_IPV4_CKSUM,
		RTE_NET_PROBE_OFF_IPV4_CKSUM},
	{RTE_MBUF_F_TX_L4_MASK, RTE_MBUF_F_TX_TCP_CKSUM, RTE_ETH_TX_OFFLOAD_TCP_CKSUM,
		RTE_NET_PROBE_OFF_TCP_CKSUM},
	{RTE_MBUF_F_TX_L4_MASK, RTE_MBUF_F_TX_UDP_CKSUM, RTE_ETH_TX_OFFLOAD_UDP_CKSUM,
		RTE_NET_PROBE_OFF_UDP_CKSUM},
	{RTE_MBUF_F_TX_L4_MASK, RTE_MBUF_F_TX_SCTP_CKSUM, RTE_ETH_TX_OFFLOAD_SCTP_CKSUM,
		RTE_NET_PROBE_OFF_SCTP_CKSUM},
	{RTE_MBUF_F_TX_OUTER_IP_CKSUM, RTE_MBUF_F_TX_OUTER_IP_CKSUM,
		RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM, RTE_NET_PROBE_OFF_OUTER_IPV4},
	{RTE_MBUF_F_TX_OUTER_UDP_CKSUM, RTE_MBUF_F_TX_OUTER_UDP_CKSUM,
		RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM, RTE_NET_PROBE_OFF_OUTER_UDP},
	{RTE_MBUF_F_TX_VLAN, RTE_MBUF_F_TX_VLAN, RTE_ETH_TX_OFFLOAD_VLAN_INSERT,
		RTE_NET_PROBE_OFF_VLAN},
	{RTE_MBUF_F_TX_QINQ, RTE_MBUF_F_TX_QINQ, 0, RTE_NET_PROBE_OFF_OTHER},
	{RTE_MBUF_F_TX_MACSEC, RTE_MBUF_F_TX_MACSEC, 0, RTE_NET_PROBE_OFF_OTHER},
	{RTE_MBUF_F_TX_SEC_OFFLOAD, RTE_MBUF_F_TX_SEC_OFFLOAD, 0, RTE_NET_PROBE_OFF_OTHER},
	{RTE_MBUF_F_TX_IEEE1588_TMST, RTE_MBUF_F_TX_IEEE1588_TMST, 0, RTE_NET_PROBE_OFF_OTHER},
};

static enum rte_net_probe_reason
check_offloads(const struct probe_txq *q, uint64_t flags)
{
	unsigned int i;

	if (flags & RTE_MBUF_F_TX_TCP_SEG && flags & RTE_MBUF_F_TX_UDP_SEG)
		return RTE_NET_PROBE_TSO_TYPE;
	if (flags & SEG_FLAGS && (flags & RTE_MBUF_F_TX_L4_MASK) != 0) {
		/* The request implies the checksum of its own protocol, and of no other. */
		if ((flags & RTE_MBUF_F_TX_L4_MASK) != (flags & RTE_MBUF_F_TX_TCP_SEG
								       ? RTE_MBUF_F_TX_TCP_CKSUM
								       : RTE_MBUF_F_TX_UDP_CKSUM))
			return RTE_NET_PROBE_L4_TYPE;
		flags &= ~RTE_MBUF_F_TX_L4_MASK;
	}
	for (i = 0; i < RTE_DIM(offload_rules); i++)
		if ((flags & offload_rules[i].mask) == offload_rules[i].value &&
			!(q->offloads & offload_rules[i].need))
			return offload_rules[i].reason;
	return RTE_NET_PROBE_OK;
}

static enum rte_net_probe_reason
check_mbuf(struct probe_txq *q, const struct rte_mbuf *m)
{
	if (rte_mbuf_refcnt_read(m) == 0)
		return RTE_NET_PROBE_MBUF_FREED;
	if (m->data_len == 0)
		return RTE_NET_PROBE_MBUF_EMPTY;
	if (m->buf_addr == NULL || (uint32_t)m->data_off + m->data_len > m->buf_len)
		return RTE_NET_PROBE_MBUF_BOUNDS;
	if (q->offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) {
		if (q->pool == NULL)
			q->pool = m->pool;
		if (rte_mbuf_refcnt_read(m) != 1 || !RTE_MBUF_DIRECT(m) || m->pool != q->pool)
			return RTE_NET_PROBE_FAST_FREE;
	}
	return RTE_NET_PROBE_OK;
}

/* The chain as such: nothing of the packet is read. */
static enum rte_net_probe_reason
check_chain(struct probe_txq *q, const struct rte_mbuf *m)
{
	const struct probe_conf *conf = &q->port->conf;
	bool tso = m->ol_flags & SEG_FLAGS;
	enum rte_net_probe_reason e;
	const struct rte_mbuf *s;
	uint64_t len = 0;
	uint32_t n = 0;

	for (s = m; s != NULL && n <= m->nb_segs; s = s->next, n++) {
		e = check_mbuf(q, s);
		if (e != RTE_NET_PROBE_OK)
			return e;
		len += s->data_len;
	}
	if (n != m->nb_segs)
		return RTE_NET_PROBE_CHAIN_NB_SEGS;
	if (len != m->pkt_len)
		return RTE_NET_PROBE_CHAIN_PKT_LEN;
	if (n > 1 && !(q->offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS))
		return RTE_NET_PROBE_MULTI_SEGS;
	if (n > (tso ? conf->nb_seg_max : conf->nb_mtu_seg_max))
		return tso ? RTE_NET_PROBE_TSO_MBUFS : RTE_NET_PROBE_FRAME_MBUFS;
	if (len < RTE_ETHER_HDR_LEN)
		return RTE_NET_PROBE_RUNT;
	if (tso && len > conf->tso_max)
		return RTE_NET_PROBE_TSO_LONG;
	return RTE_NET_PROBE_OK;
}

/* The request in one piece; headers may lie across mbufs. */
static bool
linearize(struct probe_txq *q, const struct rte_mbuf *m, struct probe_req *r)
{
	uint32_t at = 0;
	uint8_t *p;

	if (m->pkt_len > q->scratch_size) {
		p = realloc(q->scratch, m->pkt_len);
		if (p == NULL)
			return false;
		q->scratch = p;
		q->scratch_size = m->pkt_len;
	}
	*r = (struct probe_req){.m = m, .p = q->scratch, .len = m->pkt_len, .flags = m->ol_flags};
	for (; m != NULL; m = m->next) {
		memcpy(r->p + at, rte_pktmbuf_mtod(m, const void *), m->data_len);
		at += m->data_len;
	}
	return true;
}

static enum rte_net_probe_reason
check(struct probe_txq *q, const struct rte_mbuf *m, struct probe_req *r)
{
	enum rte_net_probe_reason e;
	unsigned int tags;
	uint32_t ip;

	e = check_chain(q, m);
	if (e == RTE_NET_PROBE_OK)
		e = check_offloads(q, m->ol_flags);
	if (e != RTE_NET_PROBE_OK)
		return e;
	if (!linearize(q, m, r))
		return RTE_NET_PROBE_NO_MEMORY;
	probe_hdr_l2(r->p, r->len, 0, &ip, &tags);
	if (!(r->flags & SEG_FLAGS) &&
		r->len > q->port->data->mtu + RTE_ETHER_HDR_LEN + tags * RTE_VLAN_HLEN)
		return RTE_NET_PROBE_FRAME_LONG;
	return probe_check_headers(q->port, q->offloads, r);
}

static void
send_one(struct probe_txq *q, struct rte_mbuf *m)
{
	struct rte_net_probe_counters *c = &probe_queue_of_tx(q)->tx_counters;
	enum rte_net_probe_reason e;
	struct probe_req r;

	e = check(q, m, &r);
	if (e == RTE_NET_PROBE_OK)
		e = probe_engine(q, &r);
	q->next_request++;
	c->tx_requests++;
	if (e != RTE_NET_PROBE_OK) {
		c->tx_refused++;
		c->refused[e]++;
		c->last_refused = e;
	}
	if (e != RTE_NET_PROBE_MBUF_FREED)
		rte_pktmbuf_free(m);
}

/* How much of a burst the faults let through. */
static uint16_t
accept_max(struct probe_txq *q, uint16_t n)
{
	const struct rte_net_probe_faults *f = &probe_queue_of_tx(q)->faults;
	uint16_t max = f->tx_stall ? 0 : RTE_MIN(n, f->tx_accept);

	if (unlikely(max < n))
		probe_queue_of_tx(q)->tx_counters.tx_fault++;
	return max;
}

uint16_t
probe_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct probe_txq *q = queue;
	const struct probe_conf *conf = &q->port->conf;
	uint16_t i, max = accept_max(q, n);

	for (i = 0; i < max; i++) {
		/* A request is taken whole, so the last one may overfill the ring. */
		if (conf->record == PROBE_KEEP && probe_wire_pending(&q->wire) >= conf->txd) {
			probe_queue_of_tx(q)->tx_counters.tx_full++;
			break;
		}
		send_one(q, pkts[i]);
	}
	return i;
}

/* record=0: the shortest way out. */
uint16_t
probe_tx_discard(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct probe_txq *q = queue;
	struct rte_net_probe_counters *c = &probe_queue_of_tx(q)->tx_counters;
	uint64_t bytes = 0;
	uint16_t i;

	n = accept_max(q, n);
	for (i = 0; i < n; i++)
		bytes += pkts[i]->pkt_len;
	rte_pktmbuf_free_bulk(pkts, n);
	c->tx_requests += n;
	c->tx_frames += n;
	c->tx_bytes += bytes;
	return n;
}

/* Write into a chain. */
static void
poke16(struct rte_mbuf *m, uint32_t off, uint16_t v)
{
	uint8_t b[2];
	uint32_t i;

	probe_put16(b, v);
	for (; m != NULL && off >= m->data_len; m = m->next)
		off -= m->data_len;
	for (i = 0; m != NULL && i < sizeof(b); i++) {
		*rte_pktmbuf_mtod_offset(m, uint8_t *, off) = b[i];
		if (++off == m->data_len) {
			m = m->next;
			off = 0;
		}
	}
}

/* prepare=1: write what the fields must hold. Nothing is checked; what is not found, not done. */
static void
prepare_fields(struct probe_txq *q, struct rte_mbuf *m)
{
	uint64_t l4 = m->ol_flags & RTE_MBUF_F_TX_L4_MASK;
	uint32_t at, l4_len;
	struct probe_ip ip;
	struct probe_req r;
	uint8_t proto;

	if (check_chain(q, m) != RTE_NET_PROBE_OK || !linearize(q, m, &r))
		return;
	at = m->l2_len;
	if (m->ol_flags & (RTE_MBUF_F_TX_OUTER_IPV4 | RTE_MBUF_F_TX_OUTER_IPV6))
		at += m->outer_l2_len + m->outer_l3_len;
	if (m->ol_flags & RTE_MBUF_F_TX_OUTER_IP_CKSUM &&
		probe_hdr_ip(r.p, r.len, m->outer_l2_len, &ip))
		poke16(m, ip.off + 10, 0);
	if (!probe_hdr_ip(r.p, r.len, at, &ip))
		return;
	if (m->ol_flags & RTE_MBUF_F_TX_IP_CKSUM && ip.version == 4)
		poke16(m, at + 10, 0);
	if (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG || l4 == RTE_MBUF_F_TX_TCP_CKSUM)
		proto = IPPROTO_TCP;
	else if (m->ol_flags & RTE_MBUF_F_TX_UDP_SEG || l4 == RTE_MBUF_F_TX_UDP_CKSUM)
		proto = IPPROTO_UDP;
	else
		return;
	at += ip.len + (proto == IPPROTO_TCP ? 16 : 6);
	l4_len = m->ol_flags & SEG_FLAGS || ip.total < ip.len ? 0 : ip.total - ip.len;
	if (at + 2 <= r.len)
		poke16(m, at, probe_fold(probe_pseudo(r.p, &ip, proto, l4_len)));
}

uint16_t
probe_tx_prepare(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct probe_txq *q = queue;
	const struct rte_net_probe_faults *f = &probe_queue_of_tx(q)->faults;
	struct rte_net_probe_counters *c = &probe_queue_of_tx(q)->tx_counters;
	struct probe_req r;
	uint16_t i;

	for (i = 0; i < n; i++) {
		c->prepare_seen++;
		if (q->port->conf.prepare)
			prepare_fields(q, pkts[i]);
		if (f->prepare_refuse_every != 0 &&
			++q->prepare_count % f->prepare_refuse_every == 0) {
			rte_errno = f->prepare_errno != 0 ? f->prepare_errno : EINVAL;
			break;
		}
		if (f->prepare_check && check(q, pkts[i], &r) != RTE_NET_PROBE_OK) {
			rte_errno = EINVAL;
			break;
		}
	}
	c->prepare_refused += i < n;
	return i;
}
