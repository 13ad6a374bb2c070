/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The scatter-gather way: a header mbuf of the direct pool, and the payload by reference. An mbuf
 * that nobody else has is itself one of the slices of its data, the others are indirect mbufs; its
 * reference count is raised once, for all of them. Neighbours: gso.h, segment.h.
 */
#include <errno.h>

#include <rte_mempool.h>

#include "segment.h"

#define SLICES_MAX (2 * CLEAVE_GSO_SEGS_MAX)

/* An mbuf of the packet, of which slices are made. */
struct source {
	struct rte_mbuf *m, *next;
	block buf;	 /* its buf_addr and buf_iova */
	uint64_t kind;	 /* of its slices: INDIRECT or EXTERNAL */
	uint32_t off;	 /* of the first byte that is in no slice yet */
	uint32_t left;	 /* bytes from there on */
	uint32_t slices; /* made of it, indirect ones */
	bool ours;	 /* nobody else has the mbuf (its data may be shared) */
};

static_assert(offsetof(struct rte_mbuf, buf_addr) == 0 && FIELDS_AT == 16,
	"an mbuf does not begin with its buffer's addresses");

static inline void
open_source(struct source *s, struct rte_mbuf *m, uint32_t off)
{
	s->m = m;
	s->next = m->next;
	s->buf = load_block(m);
	s->kind = RTE_MBUF_HAS_EXTBUF(m) ? RTE_MBUF_F_EXTERNAL : RTE_MBUF_F_INDIRECT;
	s->off = off;
	s->left = m->data_len - off;
	s->slices = 0;
	s->ours = rte_mbuf_refcnt_read(m) == 1;
}

/* The references of the slices. used: the mbuf itself became one. */
static inline void
close_source(struct source *s, bool used)
{
	struct rte_mbuf *m = s->m;

	if (s->slices != 0) {
		if (s->kind == RTE_MBUF_F_EXTERNAL)
			rte_mbuf_ext_refcnt_update(m->shinfo, s->slices);
		else
			rte_mbuf_refcnt_update(
				RTE_MBUF_CLONED(m) ? rte_mbuf_from_indirect(m) : m, s->slices);
	}
	if (!used)
		rte_pktmbuf_free_seg(m);
}

/* An indirect mbuf for the next len bytes of a source. */
static inline void
make_slice(struct source *s, struct rte_mbuf *slice, uint32_t len)
{
	const struct rte_mbuf *m = s->m;

	store_block(slice, s->buf);
	slice->data_off = m->data_off + s->off;
	slice->ol_flags = s->kind;
	slice->data_len = len;
	slice->buf_len = m->buf_len;
	if (s->kind == RTE_MBUF_F_EXTERNAL)
		slice->shinfo = m->shinfo;
	else
		slice->priv_size = m->priv_size;
	s->off += len;
	s->left -= len;
	s->slices++;
}

/* The chain of slices behind a header mbuf. *stock: the next indirect mbuf. */
static inline void
hang_payload(struct rte_mbuf *seg, struct source *s, uint32_t len, struct rte_mbuf ***stock)
{
	struct rte_mbuf *tail = seg, *slice;
	uint16_t nb = 1;

	while (len > 0) {
		bool used = false;

		if (len < s->left) { /* the segment ends inside the mbuf */
			slice = *(*stock)++;
			make_slice(s, slice, len);
			tail->next = slice;
			tail = slice;
			nb++;
			break;
		}
		len -= s->left;
		if (s->left != 0) {
			slice = s->m;
			used = s->ours;
			if (used) { /* the last slice of the mbuf, which it can be itself */
				slice->data_off += s->off;
				slice->data_len = s->left;
			} else {
				slice = *(*stock)++;
				make_slice(s, slice, s->left);
			}
			tail->next = slice;
			tail = slice;
			nb++;
		}
		close_source(s, used);
		s->m = NULL;
		if (s->next != NULL)
			open_source(s, s->next, 0);
	}
	tail->next = NULL;
	seg->nb_segs = nb;
}

/* No more slices than this: one a segment that ends inside an mbuf, one an mbuf of others. */
static uint32_t
most_slices(const struct cut *c)
{
	return c->n + c->m->nb_segs;
}

/* How many slices there will be. */
static uint32_t
count_slices(const struct cut *c)
{
	struct cursor at = cursor_start(c), piece;
	uint32_t nb = 0;

	for (unsigned int i = 0; i < c->n; i++)
		for (uint32_t len = cut_tmpl(c, i)->len, n; len > 0; len -= n) {
			n = cursor_next(&at, len, &piece);
			nb += piece.off + n < piece.m->data_len ||
			      rte_mbuf_refcnt_read(piece.m) != 1;
		}
	return nb;
}

/* The mbufs for the segments' headers and slices; of the latter some may be too many. */
static int
take_mbufs(const struct cut *c, struct rte_mbuf **out, struct rte_mbuf **slices, uint32_t *nb)
{
	if (rte_mempool_get_bulk(c->pools->direct, (void **)out, c->n) < 0)
		return -ENOMEM;
	if (rte_mempool_get_bulk(c->pools->indirect, (void **)slices, *nb) == 0)
		return 0;
	/* not so many, but perhaps enough */
	*nb = count_slices(c);
	if (*nb == 0 || rte_mempool_get_bulk(c->pools->indirect, (void **)slices, *nb) == 0)
		return 0;
	rte_mempool_put_bulk(c->pools->direct, (void **)out, c->n);
	return -ENOMEM;
}

int
scatter(struct cut *c, struct rte_mbuf **out)
{
	struct rte_mbuf *slices[SLICES_MAX], **stock = slices;
	uint32_t nb = most_slices(c), off = c->skip + c->lead;
	struct source s;

	if (nb > SLICES_MAX || rte_pktmbuf_data_room_size(c->pools->direct) <
				       RTE_PKTMBUF_HEADROOM + c->first->hdr_len)
		return -EMSGSIZE;
	if (take_mbufs(c, out, slices, &nb) < 0)
		return -ENOMEM;
	/* from here on nothing fails */
	keep_pool_flags(c);
	for (open_source(&s, c->m, 0); off > s.m->data_len; open_source(&s, s.next, 0)) {
		off -= s.m->data_len;
		close_source(&s, false);
	}
	open_source(&s, s.m, off);
	for (unsigned int i = 0, end; i < c->n;) {
		const struct tmpl *t = cut_tmpl(c, i);
		const uint32_t len = t->len;
		struct writer w = writer_of(c, t, i);

		for (end = cut_run(c, i); i < end; i++) {
			struct rte_mbuf *seg = out[i];

			write_fields(&w, seg);
			write_headers(&w, (uint8_t *)seg->buf_addr + RTE_PKTMBUF_HEADROOM);
			hang_payload(seg, &s, len, &stock);
		}
	}
	/* what lay behind the payload */
	while (s.m != NULL) {
		close_source(&s, false);
		s.m = NULL;
		if (s.next != NULL)
			open_source(&s, s.next, 0);
	}
	if (stock != &slices[nb])
		rte_mempool_put_bulk(
			c->pools->indirect, (void **)stock, (unsigned int)(&slices[nb] - stock));
	return 0;
}
