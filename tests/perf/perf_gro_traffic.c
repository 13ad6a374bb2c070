/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Streams of TCP segments of many flows: full-sized, in sequence, with right checksums and an IPv4
 * ID that counts. Only the headers are written; the payload lies in the pool's buffers, whose
 * bytes repeat so that their sum is known wherever the headers end. Neighbour: perf_gro.h.
 */
#include "perf_gro.h"

#include <stdlib.h>
#include <string.h>

#define CACHE 256
#define PERIOD 20 /* of the payload; PERF_MSS is a multiple */

struct gro_flow {
	uint32_t seq;
	uint16_t id;
	uint16_t ip_sum[2]; /* without ID and checksum */
	uint16_t l4_sum;    /* without sequence number and checksum, with payload */
};

struct rte_mempool *gro_pool;
uint32_t gro_pkts_max;

static inline uint8_t
payload_byte(uint32_t off)
{
	return (uint8_t)(off % PERIOD * 0x35 + 7);
}

static void
fill(struct rte_mempool *mp, void *opaque, void *obj, unsigned int idx)
{
	struct rte_mbuf *m = obj;
	uint8_t *p = RTE_PTR_ADD(m->buf_addr, RTE_PKTMBUF_HEADROOM);

	for (uint32_t i = 0; i < (uint32_t)m->buf_len - RTE_PKTMBUF_HEADROOM; i++)
		p[i] = payload_byte(i);
}

static int
shuffle(struct rte_mempool *mp, unsigned int n)
{
	void **all = malloc(n * sizeof(*all)), *swap;
	uint32_t state = 1, j;

	if (all == NULL || rte_mempool_get_bulk(mp, all, n) != 0) {
		free(all);
		return -1;
	}
	for (uint32_t i = n - 1; i > 0; i--) {
		j = pkt_rand(&state) % (i + 1);
		swap = all[i];
		all[i] = all[j];
		all[j] = swap;
	}
	rte_mempool_put_bulk(mp, all, n);
	free(all);
	return 0;
}

int
gro_pool_init(void)
{
	for (gro_pkts_max = GRO_PKTS_MAX; gro_pkts_max >= 65536; gro_pkts_max /= 2) {
		gro_pool = rte_pktmbuf_pool_create("perf_gro", gro_pkts_max + 2 * CACHE, CACHE, 0,
			RTE_PKTMBUF_HEADROOM + 2048, SOCKET_ID_ANY);
		if (gro_pool == NULL)
			continue;
		rte_mempool_obj_iter(gro_pool, fill, NULL);
		return shuffle(gro_pool, gro_pkts_max);
	}
	return -1;
}

/* The bytes that make a flow another one. */
static void
put_flow(const struct gro_traffic *t, uint8_t *p, uint32_t flow)
{
	const struct cleave_ip *ip = cleave_inner_ip(&t->at);

	pkt_put32(p + ip->off + (ip->version == 4 ? 12 : 20), 0x0a000000 + flow / 16);
	pkt_put16(p + t->at.l4_off, 32768 + flow % 16);
	if (t->at.nb_ip > 1)
		pkt_put16(p + t->at.tunnel_off, 49152 + flow % 16384);
}

static void
init_flow(struct gro_traffic *t, uint32_t i, uint16_t payload_sum)
{
	const struct cleave_ip *ip = cleave_inner_ip(&t->at);
	struct gro_flow *f = &t->flow[i];
	uint8_t *p = t->head;

	put_flow(t, p, i);
	f->seq = i * 0x9e3779b1;
	f->id = (uint16_t)(i * 0x6d2b);
	for (unsigned int l = 0; l < t->at.nb_ip; l++)
		f->ip_sum[l] = pkt_sum(p + t->at.ip[l].off, t->at.ip[l].len);
	f->l4_sum = pkt_sum_add(payload_sum, pkt_sum(p + t->at.l4_off, t->at.l4_len));
	f->l4_sum = pkt_sum_add(f->l4_sum, pkt_pseudo(p, ip, IPPROTO_TCP, t->at.l4_len + PERF_MSS));
}

/* The headers with zeroes where something is written for each packet, and payload behind them. */
static int
init_head(struct gro_traffic *t)
{
	const struct pkt_spec spec = {
		.ip = {.version = t->kind.type == PERF_TCP6 ? 6 : 4, .ttl = 64, .df = true},
		.outer = {.version = 4, .ttl = 64, .df = true},
		.tunnel = t->kind.type == PERF_VXLAN ? PKT_TUNNEL_VXLAN : PKT_TUNNEL_NONE,
		.proto = IPPROTO_TCP,
		.tcp_flags = CLEAVE_TCP_ACK,
		.payload = PERF_MSS,
	};
	struct pkt pkt;

	if (pkt_build(&spec, &pkt) < 0)
		return -1;
	t->at = pkt.want;
	t->len = pkt.len;
	memcpy(t->head, pkt.data, t->at.hdr_len);
	pkt_free(&pkt);
	for (uint32_t i = t->at.hdr_len; i < GRO_HEAD; i++)
		t->head[i] = payload_byte(i);
	for (unsigned int l = 0; l < t->at.nb_ip; l++)
		if (t->at.ip[l].version == 4) {
			pkt_put16(t->head + t->at.ip[l].off + 4, 0);
			pkt_put16(t->head + t->at.ip[l].off + 10, 0);
		}
	pkt_put32(t->head + t->at.l4_off + 4, 0);
	pkt_put16(t->head + t->at.l4_off + 16, 0);
	return 0;
}

int
gro_traffic_init(struct gro_traffic *t, const struct gro_kind *kind)
{
	uint32_t state = 2, j;
	uint16_t sum = 0;

	memset(t, 0, sizeof(*t));
	t->kind = *kind;
	t->left = kind->train;
	t->flow = calloc(kind->flows, sizeof(*t->flow));
	t->order = calloc(kind->flows, sizeof(*t->order));
	if (t->flow == NULL || t->order == NULL || init_head(t) < 0)
		return -1;
	for (uint32_t i = 0; i < PERF_MSS; i += 2)
		sum = pkt_sum_add(sum, payload_byte(i) << 8 | payload_byte(i + 1));
	for (uint32_t i = 0; i < kind->flows; i++) {
		init_flow(t, i, sum);
		j = pkt_rand(&state) % (i + 1);
		t->order[i] = t->order[j];
		t->order[j] = i;
	}
	return 0;
}

void
gro_traffic_fini(struct gro_traffic *t)
{
	free(t->flow);
	free(t->order);
	t->flow = NULL;
	t->order = NULL;
}

static void
tell(const struct gro_traffic *t, struct rte_mbuf *m)
{
	const struct cleave_pkt *w = &t->at;
	const struct cleave_ip *ip = cleave_inner_ip(w);

	m->packet_type = RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4;
	if (w->nb_ip == 1) {
		m->packet_type |= RTE_PTYPE_L4_TCP;
		m->tx_offload = rte_mbuf_tx_offload(w->l2_len, ip->len, w->l4_len, 0, 0, 0, 0);
		return;
	}
	m->packet_type |= RTE_PTYPE_L4_UDP | RTE_PTYPE_TUNNEL_VXLAN | RTE_PTYPE_INNER_L2_ETHER |
			  RTE_PTYPE_INNER_L3_IPV4 | RTE_PTYPE_INNER_L4_TCP;
	m->tx_offload = rte_mbuf_tx_offload(
		ip->off - w->tunnel_off, ip->len, w->l4_len, 0, w->ip[0].len, w->l2_len, 0);
}

static void
put_packet(struct gro_traffic *t, struct rte_mbuf *m, uint32_t flow)
{
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	struct gro_flow *f = &t->flow[flow];

	memcpy(p, t->head, GRO_HEAD);
	put_flow(t, p, flow);
	for (unsigned int l = 0; l < t->at.nb_ip; l++)
		if (t->at.ip[l].version == 4) {
			pkt_put16(p + t->at.ip[l].off + 4, f->id);
			pkt_put16(p + t->at.ip[l].off + 10,
				(uint16_t)~pkt_sum_add(f->ip_sum[l], f->id));
		}
	pkt_put32(p + t->at.l4_off + 4, f->seq);
	pkt_put16(p + t->at.l4_off + 16,
		(uint16_t)~pkt_sum_add(f->l4_sum, pkt_sum_add(f->seq >> 16, f->seq & 0xffff)));
	f->seq += PERF_MSS;
	f->id++;
	m->data_len = t->len;
	m->pkt_len = t->len;
	if (t->kind.known)
		m->ol_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD |
			      (t->at.nb_ip > 1 ? RTE_MBUF_F_RX_OUTER_L4_CKSUM_GOOD : 0);
	if (t->told)
		tell(t, m);
}

/* A port that writes to the caches leaves the payload there, too. */
static void
warm(const struct rte_mbuf *m)
{
	const volatile uint8_t *p = rte_pktmbuf_mtod(m, const volatile uint8_t *);

	for (uint32_t i = GRO_HEAD; i < m->data_len; i += RTE_CACHE_LINE_SIZE)
		(void)p[i];
}

int
gro_traffic_next(struct gro_traffic *t, struct rte_mbuf **pkts, unsigned int n)
{
	if (rte_pktmbuf_alloc_bulk(gro_pool, pkts, n) != 0)
		return -1;
	for (unsigned int i = 0; i < n; i++) {
		put_packet(t, pkts[i], t->order[t->turn]);
		if (!t->kind.known)
			warm(pkts[i]);
		if (--t->left == 0) {
			t->left = t->kind.train;
			t->turn = t->turn + 1 == t->kind.flows ? 0 : t->turn + 1;
		}
	}
	return 0;
}
