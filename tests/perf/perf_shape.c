/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is cut: packets built from nothing but their headers, in mbufs whose data rooms were filled
 * once. Neighbour: perf.h.
 */
#include "perf.h"

#include <string.h>

#include <rte_ethdev.h>

#include "cleave_net.h"

#define CACHE 256
#define IN_NUM (PERF_COLD_PKTS * PERF_BATCH_SEGS + 4 * CACHE)
#define HDR_ROOM 128 /* for the longest headers */
#define ROOM_2K (RTE_PKTMBUF_HEADROOM + 2048)

struct rte_mempool *perf_in, *perf_direct, *perf_indirect;

/* Different bytes in each mbuf, and the pages are there. */
static void
fill(struct rte_mempool *mp, void *opaque, void *obj, unsigned int idx)
{
	struct rte_mbuf *m = obj;
	uint8_t *p = m->buf_addr;

	for (uint32_t i = 0; i + 4 <= m->buf_len; i += 4) {
		uint32_t v = (idx * 0x4001 + i) * 0x9e3779b1;

		memcpy(p + i, &v, sizeof(v));
	}
}

static struct rte_mempool *
filled_pool(const char *name, unsigned int n, uint16_t room)
{
	struct rte_mempool *mp = rte_pktmbuf_pool_create(name, n, CACHE, 0, room, SOCKET_ID_ANY);

	if (mp != NULL)
		rte_mempool_obj_iter(mp, fill, NULL);
	return mp;
}

int
perf_pools_init(void)
{
	perf_in = filled_pool("perf_in", IN_NUM, ROOM_2K);
	perf_direct = filled_pool("perf_direct", 2047, ROOM_2K);
	perf_indirect = rte_pktmbuf_pool_create("perf_indirect", 2047, CACHE, 0, 0, SOCKET_ID_ANY);
	if (perf_in == NULL || perf_direct == NULL || perf_indirect == NULL)
		return -1;
	return 0;
}

void
perf_pools_fini(void)
{
	rte_mempool_free(perf_in);
	rte_mempool_free(perf_direct);
	rte_mempool_free(perf_indirect);
}

static void
tell_peer(struct perf_shape *s)
{
	const struct cleave_pkt *w = &s->bytes.want;
	const struct cleave_ip *ip = cleave_inner_ip(w);
	uint64_t version = ip->version == 4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6;

	s->ol_flags = RTE_MBUF_F_TX_TCP_SEG | version;
	if (s->type != PERF_VXLAN) {
		s->tx_offload =
			rte_mbuf_tx_offload(w->l2_len, ip->len, w->l4_len, PERF_MSS, 0, 0, 0);
		return;
	}
	s->ol_flags |= RTE_MBUF_F_TX_TUNNEL_VXLAN | RTE_MBUF_F_TX_OUTER_IPV4;
	s->tx_offload = rte_mbuf_tx_offload(
		ip->off - w->tunnel_off, ip->len, w->l4_len, PERF_MSS, w->ip[0].len, w->l2_len, 0);
}

struct rte_mempool *
perf_pool_one(uint32_t payload)
{
	unsigned int segs = (payload + PERF_MSS - 1) / PERF_MSS;
	char name[32];

	snprintf(name, sizeof(name), "perf_one_%u", payload);
	return filled_pool(name, PERF_COLD_PKTS * PERF_BATCH_SEGS / segs + 2 * CACHE,
		RTE_PKTMBUF_HEADROOM + HDR_ROOM + payload);
}

int
perf_shape_init(struct perf_shape *s, enum perf_type type, enum perf_layout layout,
	uint32_t payload, struct rte_mempool *in)
{
	struct pkt_spec spec = {
		.ip = {.version = type == PERF_TCP6 ? 6 : 4, .ttl = 64, .df = true},
		.outer = {.version = 4, .ttl = 64, .df = true},
		.tunnel = type == PERF_VXLAN ? PKT_TUNNEL_VXLAN : PKT_TUNNEL_NONE,
		.proto = IPPROTO_TCP,
		.tcp_flags = CLEAVE_TCP_ACK,
		.payload = payload,
	};

	memset(s, 0, sizeof(*s));
	s->type = type;
	s->layout = layout;
	s->segs = (payload + PERF_MSS - 1) / PERF_MSS;
	s->batch = (PERF_BATCH_SEGS + s->segs - 1) / s->segs;
	s->in = in;
	if (pkt_build(&spec, &s->bytes) < 0)
		return -1;
	tell_peer(s);
	return 0;
}

void
perf_shape_fini(struct perf_shape *s)
{
	pkt_free(&s->bytes);
}

/* Bytes of the packet that its next mbuf takes. */
static inline uint16_t
piece(const struct perf_shape *s, bool first)
{
	switch (s->layout) {
	case PERF_MSS_MBUFS:
		return PERF_MSS + (first ? s->bytes.want.hdr_len : 0);
	case PERF_2K_MBUFS:
		return 2048;
	default:
		return UINT16_MAX;
	}
}

static void
note_sum(struct rte_mbuf *m, uint16_t off)
{
	cleave_meta(m)->sum =
		cleave_sum(rte_pktmbuf_mtod_offset(m, const void *, off), m->data_len - off);
}

struct rte_mbuf *
perf_packet(const struct perf_shape *s, bool sums)
{
	struct rte_mbuf *head = NULL, **tail = &head, *m;
	uint16_t hdr_len = s->bytes.want.hdr_len;

	for (uint32_t left = s->bytes.len; left > 0; left -= m->data_len) {
		m = rte_pktmbuf_alloc(s->in);
		if (m == NULL)
			goto err;
		*tail = m;
		tail = &m->next;
		m->data_len = RTE_MIN(left, piece(s, m == head));
		if (m == head) {
			memcpy(rte_pktmbuf_mtod(m, void *), s->bytes.data, hdr_len);
			m->ol_flags = s->ol_flags | (sums ? cleave_meta_flag : 0);
			m->tx_offload = s->tx_offload;
		}
		if (sums)
			note_sum(m, m == head ? hdr_len : 0);
		head->nb_segs += m != head;
	}
	head->pkt_len = s->bytes.len;
	if (sums) {
		cleave_meta(head)->flags = CLEAVE_META_SUMS;
		cleave_meta(head)->nb_segs = s->segs;
	}
	return head;
err:
	rte_pktmbuf_free(head);
	return NULL;
}
