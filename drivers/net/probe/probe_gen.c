/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Generated TCP segments (rx_gen_flows): endless, in sequence, with right checksums, at next to no
 * cost: per packet a header that is there already gets its sequence number, its ID and two sums and
 * is copied into a fresh mbuf, whose payload was there before. Neighbours: probe_rx.c calls it,
 * probe_ethdev.c documents the device arguments.
 */
#include <errno.h>
#include <string.h>
#include <netinet/in.h>

#include <rte_byteorder.h>
#include <rte_malloc.h>

#include "probe.h"

#define IP RTE_ETHER_HDR_LEN
#define TCP (IP + 20)
#define PREFETCH 4 /* mbufs ahead */

/* A flow: its header, and what sums to 0xffff with the fields that change. Numbers are in the
 * machine's byte order. */
struct gen_flow {
	uint8_t hdr[PROBE_GEN_HDR];
	uint16_t id;
	uint16_t ip_sum;  /* of the header without ID and checksum */
	uint16_t tcp_sum; /* of all without sequence number and checksum */
	uint32_t seq;
};

struct probe_gen {
	uint64_t rearm; /* data_off, refcnt, nb_segs, port of a fresh mbuf */
	uint64_t ol_flags;
	uint32_t payload;
	uint32_t nb_flows, at; /* at: whose turn it is */
	uint16_t train, left;  /* left: of the train */
	struct gen_flow flows[];
};

/* The payload: nothing that a sum is blind to, and the same in each buffer. */
static void
fill(struct rte_mempool *mp, void *opaque, void *obj, unsigned int idx)
{
	struct rte_mbuf *m = obj;
	uint8_t *p = m->buf_addr;
	uint32_t i;

	for (i = 0; i < m->buf_len; i++)
		p[i] = (uint8_t)(i * 37 + (i >> 8));
}

static void
init_flow(struct gen_flow *f, const struct probe_port *port, uint16_t queue_id, uint32_t flow,
	uint16_t payload_sum)
{
	uint32_t payload = port->conf.rx_gen - PROBE_GEN_HDR;
	struct probe_ip ip = {.off = IP, .len = 20, .dst = IP + 16, .version = 4};
	uint8_t *p = f->hdr;

	memset(f, 0, sizeof(*f));
	memcpy(p, port->mac.addr_bytes, RTE_ETHER_ADDR_LEN);
	p[6] = 0x02; /* locally administered */
	probe_put16(p + 10, port->data->port_id);
	probe_put16(p + 12, RTE_ETHER_TYPE_IPV4);
	p[IP] = 0x45;
	probe_put16(p + IP + 2, 20 + 20 + payload);
	p[IP + 6] = 0x40; /* DF */
	p[IP + 8] = 64;
	p[IP + 9] = IPPROTO_TCP;
	/* 198.18.0.0/15 is for benchmarks (RFC 2544): 16 flows an address */
	probe_put32(p + IP + 12, 0xc6120001 + flow / 16);
	probe_put32(p + IP + 16, 0xc6130001 + (queue_id & 0xff));
	probe_put16(p + TCP, 32768 + flow % 16);
	probe_put16(p + TCP + 2, 5001);
	probe_put32(p + TCP + 8, 1); /* ACK number */
	p[TCP + 12] = 5 << 4;
	p[TCP + 13] = 0x10; /* ACK */
	probe_put16(p + TCP + 14, 0xffff);
	f->ip_sum = probe_fold(probe_sum(p + IP, 20, 0));
	f->tcp_sum = probe_fold(probe_sum(p + TCP, 20, payload_sum) +
				probe_pseudo(p, &ip, IPPROTO_TCP, 20 + payload));
	f->seq = flow * 0x9e3779b1;
	f->id = (uint16_t)(flow * 0x6d2b);
}

/* What the driver of a NIC writes into a fresh mbuf. */
static uint64_t
rearm_of(const struct probe_rxq *q)
{
	struct rte_mbuf m = {
		.data_off = RTE_PKTMBUF_HEADROOM,
		.nb_segs = 1,
		.port = q->port->data->port_id,
	};
	uint64_t v;

	rte_mbuf_refcnt_set(&m, 1);
	memcpy(&v, &m.rearm_data, sizeof(v));
	return v;
}

int
probe_gen_init(struct probe_rxq *q, uint16_t queue_id)
{
	const struct probe_conf *conf = &q->port->conf;
	struct probe_gen *g;
	struct rte_mbuf *m;
	uint16_t sum;
	uint32_t i;

	if (conf->rx_gen_flows == 0)
		return 0;
	m = rte_pktmbuf_alloc(q->pool);
	g = rte_malloc(NULL, sizeof(*g) + conf->rx_gen_flows * sizeof(g->flows[0]), 64);
	if (m == NULL || g == NULL) {
		rte_pktmbuf_free(m);
		rte_free(g);
		return -ENOMEM;
	}
	rte_mempool_obj_iter(q->pool, fill, NULL);
	g->rearm = rearm_of(q);
	g->ol_flags =
		(q->offloads & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM ? RTE_MBUF_F_RX_IP_CKSUM_GOOD : 0) |
		(q->offloads & RTE_ETH_RX_OFFLOAD_TCP_CKSUM ? RTE_MBUF_F_RX_L4_CKSUM_GOOD : 0);
	g->payload = conf->rx_gen - PROBE_GEN_HDR;
	g->nb_flows = conf->rx_gen_flows;
	g->at = 0;
	g->train = g->left = conf->rx_gen_train;
	sum = probe_fold(
		probe_sum(rte_pktmbuf_mtod_offset(m, uint8_t *, PROBE_GEN_HDR), g->payload, 0));
	for (i = 0; i < g->nb_flows; i++)
		init_flow(&g->flows[i], q->port, queue_id, i, sum);
	rte_pktmbuf_free(m);
	q->gen = g;
	return 0;
}

void
probe_gen_fini(struct probe_rxq *q)
{
	rte_free(q->gen);
	q->gen = NULL;
}

static inline uint16_t
cksum(uint32_t sum)
{
	sum = (sum >> 16) + (sum & UINT16_MAX);
	sum += sum >> 16;
	return rte_cpu_to_be_16((uint16_t)~sum);
}

static inline void
put_segment(struct probe_gen *g, struct gen_flow *f, uint8_t *to)
{
	*(unaligned_uint16_t *)(f->hdr + IP + 4) = rte_cpu_to_be_16(f->id);
	*(unaligned_uint16_t *)(f->hdr + IP + 10) = cksum((uint32_t)f->ip_sum + f->id);
	*(unaligned_uint32_t *)(f->hdr + TCP + 4) = rte_cpu_to_be_32(f->seq);
	*(unaligned_uint16_t *)(f->hdr + TCP + 16) =
		cksum((uint32_t)f->tcp_sum + (f->seq >> 16) + (f->seq & UINT16_MAX));
	memcpy(to, f->hdr, PROBE_GEN_HDR);
	f->id++;
	f->seq += g->payload;
}

static inline struct gen_flow *
next_flow(struct probe_gen *g)
{
	struct gen_flow *f = &g->flows[g->at];

	if (--g->left == 0) {
		g->left = g->train;
		g->at = g->at + 1 == g->nb_flows ? 0 : g->at + 1;
	}
	return f;
}

/* All or none. Only what a driver writes of an mbuf is written: no second cache line. */
uint16_t
probe_gen_burst(struct probe_rxq *q, struct rte_mbuf **pkts, uint16_t n)
{
	struct probe_gen *g = q->gen;
	struct rte_mbuf *m;
	uint16_t i;

	if (rte_mempool_get_bulk(q->pool, (void **)pkts, n) != 0) {
		probe_queue_of_rx(q)->rx_counters.rx_nombuf++;
		return 0;
	}
	for (i = 0; i < n; i++) {
		if (i + PREFETCH < n)
			rte_prefetch0(pkts[i + PREFETCH]);
		m = pkts[i];
		memcpy(&m->rearm_data, &g->rearm, sizeof(g->rearm));
		m->ol_flags = g->ol_flags;
		m->packet_type = 0;
		m->pkt_len = PROBE_GEN_HDR + g->payload;
		m->data_len = (uint16_t)(PROBE_GEN_HDR + g->payload);
		m->vlan_tci = 0;
		put_segment(g, next_flow(g), rte_pktmbuf_mtod(m, uint8_t *));
	}
	return n;
}
