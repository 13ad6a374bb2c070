/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Cutting the payload of a chain into segments, without knowing any protocol: scatter-gather
 * (header mbuf and indirect slices) and linear (copied). Neighbours: gso.h.
 */
#include <errno.h>
#include <string.h>

#include <rte_common.h>
#include <rte_mbuf.h>
#include <rte_memcpy.h>

#include "gso.h"

/* A place in the payload of a chain. */
struct cursor {
	const struct rte_mbuf *m;
	uint32_t off;
};

static struct cursor
payload_start(const struct cut *c)
{
	struct cursor at = {c->m, c->hdr_len};

	while (at.off >= at.m->data_len && at.m->next != NULL) {
		at.off -= at.m->data_len;
		at.m = at.m->next;
	}
	return at;
}

/* The next contiguous piece, at most len bytes; moves on. Precondition: the chain has len more. */
static inline uint32_t
next_piece(struct cursor *at, uint32_t len, struct cursor *piece)
{
	uint32_t n;

	while (at->off == at->m->data_len) {
		at->m = at->m->next;
		at->off = 0;
	}
	*piece = *at;
	n = RTE_MIN(len, at->m->data_len - at->off);
	at->off += n;
	return n;
}

unsigned int
split_pieces(const struct cut *c, uint32_t *slices)
{
	struct cursor at = payload_start(c), piece;
	unsigned int most = 0;

	*slices = 0;
	for (unsigned int i = 0; i < c->n; i++) {
		uint32_t len = cut_len(c, i);
		unsigned int pieces = 1; /* the headers */

		for (; len > 0; pieces++)
			len -= next_piece(&at, len, &piece);
		most = RTE_MAX(most, pieces);
		*slices += pieces - 1;
	}
	return most;
}

/* A header mbuf: the headers, and what the mbuf of the packet said of it. */
static inline void
start_segment(const struct cut *c, struct rte_mbuf *seg, uint32_t len)
{
	rte_memcpy(rte_pktmbuf_mtod(seg, void *), c->hdr, c->hdr_len);
	seg->data_len = c->hdr_len;
	seg->pkt_len = c->hdr_len + len;
	seg->port = c->m->port;
	seg->packet_type = c->m->packet_type;
	seg->vlan_tci = c->m->vlan_tci;
	seg->vlan_tci_outer = c->m->vlan_tci_outer;
	seg->hash = c->m->hash;
	rte_mbuf_dynfield_copy(seg, c->m);
}

int
split_linear(struct cut *c, struct rte_mbuf **out)
{
	struct cursor at = payload_start(c), piece;

	if (rte_pktmbuf_data_room_size(c->pools->direct) <
		RTE_PKTMBUF_HEADROOM + c->hdr_len + RTE_MIN(c->mss, c->pkt->payload_len))
		return -EMSGSIZE;
	if (rte_pktmbuf_alloc_bulk(c->pools->direct, out, c->n) < 0)
		return -ENOMEM;
	for (unsigned int i = 0; i < c->n; i++) {
		struct rte_mbuf *seg = out[i];
		uint32_t len = cut_len(c, i), n;
		uint16_t sum = 0;

		start_segment(c, seg, len);
		for (uint32_t done = 0; done < len; done += n) {
			uint8_t *dst = rte_pktmbuf_mtod_offset(seg, uint8_t *, c->hdr_len + done);
			const void *src;
			uint16_t s;

			n = next_piece(&at, len - done, &piece);
			src = rte_pktmbuf_mtod_offset(piece.m, const void *, piece.off);
			if (!c->sums) {
				rte_memcpy(dst, src, n);
				continue;
			}
			s = cleave_sum_copy(dst, src, n);
			sum = cleave_sum_add(sum, done & 1 ? cleave_sum_odd(s) : s);
		}
		c->sum[i] = sum;
		seg->data_len = c->hdr_len + len;
	}
	return 0;
}

/* Indirect mbufs, taken from the pool a few dozen at a time: never more than will be used. */
struct stock {
	struct rte_mempool *pool;
	uint32_t wanted; /* not yet taken from the pool */
	unsigned int n;
	struct rte_mbuf *m[64];
};

static inline struct rte_mbuf *
stock_take(struct stock *s)
{
	unsigned int n;

	if (s->n == 0) {
		n = RTE_MIN(s->wanted, RTE_DIM(s->m));
		if (rte_pktmbuf_alloc_bulk(s->pool, s->m, n) < 0)
			return NULL;
		s->wanted -= n;
		s->n = n;
	}
	return s->m[--s->n];
}

/* Hang len bytes of payload behind the header mbuf. The segment can be freed whatever the
 * result. */
static inline int
hang_slices(struct cut *c, struct stock *stock, struct cursor *at, struct rte_mbuf *seg,
	uint32_t len, uint16_t *sum_out)
{
	struct rte_mbuf *tail = seg;
	struct cursor piece;
	uint16_t sum = 0;
	uint32_t n;

	for (uint32_t done = 0; done < len; done += n) {
		struct rte_mbuf *slice = stock_take(stock);

		if (slice == NULL)
			return -ENOMEM;
		n = next_piece(at, len - done, &piece);
		rte_pktmbuf_attach(slice, RTE_PTR_ADD(piece.m, 0));
		slice->data_off += piece.off;
		slice->data_len = n;
		slice->pkt_len = n;
		tail->next = slice;
		tail = slice;
		seg->nb_segs++;
		if (c->sums) {
			uint16_t s = cleave_sum(rte_pktmbuf_mtod(slice, const void *), n);

			sum = cleave_sum_add(sum, done & 1 ? cleave_sum_odd(s) : s);
		}
	}
	*sum_out = sum;
	return 0;
}

int
split_scatter(struct cut *c, struct rte_mbuf **out)
{
	struct stock stock = {.pool = c->pools->indirect};
	struct cursor at = payload_start(c);

	if (rte_pktmbuf_data_room_size(c->pools->direct) < RTE_PKTMBUF_HEADROOM + c->hdr_len)
		return -EMSGSIZE;
	split_pieces(c, &stock.wanted);
	if (rte_pktmbuf_alloc_bulk(c->pools->direct, out, c->n) < 0)
		return -ENOMEM;
	for (unsigned int i = 0; i < c->n; i++) {
		uint32_t len = cut_len(c, i);

		start_segment(c, out[i], len);
		if (hang_slices(c, &stock, &at, out[i], len, &c->sum[i]) < 0)
			goto err;
	}
	return 0;
err:
	/* the pool was dry, so the stock is empty */
	rte_pktmbuf_free_bulk(out, c->n);
	return -ENOMEM;
}
