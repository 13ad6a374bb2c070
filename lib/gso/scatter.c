/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The scatter-gather way: a header mbuf of the direct pool, and the payload by reference. An mbuf
 * that nobody else has is itself one of the slices of its data, the others are indirect mbufs; its
 * reference count is raised once, for all of them. Neighbours: gso.h, segment.h.
 */
#include <errno.h>

#include <rte_branch_prediction.h>
#include <rte_mempool.h>

#include "segment.h"

#define SLICES_MAX (2 * CLEAVE_GSO_SEGS_MAX)

/* An mbuf of the packet, of which slices are made. */
struct source {
	struct rte_mbuf *m, *next;
	struct rte_mbuf **made; /* the first indirect mbuf that is a slice of it */
	block buf;		/* its buf_addr and buf_iova */
	uint64_t kind;		/* of its slices: INDIRECT or EXTERNAL */
	uint32_t at;		/* data_off of what is in no slice yet, */
	uint32_t left;		/* and its bytes */
	uint32_t buf_len, priv_size;
	bool ours;  /* nobody else has the mbuf (its data may be shared) */
	bool alone; /* nor its data */
};

static_assert(AT(buf_iova) == 8 && AT(data_off) == 16,
	"an mbuf does not begin with its buffer's addresses");

/* Slices of m from data offset off on. stock: the next indirect mbuf. */
static inline void
open_source(struct source *s, struct rte_mbuf *m, uint32_t off, struct rte_mbuf **stock)
{
	s->m = m;
	s->next = m->next;
	s->made = stock;
	s->buf = load_block(m);
	s->kind = RTE_MBUF_HAS_EXTBUF(m) ? RTE_MBUF_F_EXTERNAL : RTE_MBUF_F_INDIRECT;
	s->at = m->data_off + off;
	s->left = m->data_len - off;
	s->buf_len = m->buf_len;
	s->priv_size = m->priv_size;
	s->ours = rte_mbuf_refcnt_read(m) == 1;
	s->alone = s->ours && RTE_MBUF_DIRECT(m);
}

/* The references of a mbuf's slices, where others have references too. A call of its own, as what
 * frees an mbuf: inlined, they cost the loop around them its registers, 30 instructions a segment. */
static __rte_noinline void
add_references(struct rte_mbuf *m, uint64_t kind, int slices)
{
	if (kind == RTE_MBUF_F_EXTERNAL)
		rte_mbuf_ext_refcnt_update(m->shinfo, slices);
	else
		rte_mbuf_refcnt_update(RTE_MBUF_CLONED(m) ? rte_mbuf_from_indirect(m) : m, slices);
}

static __rte_noinline void
free_mbuf(struct rte_mbuf *m)
{
	rte_pktmbuf_free_seg(m);
}

/* What its slices leave of a source. used: the mbuf itself became one. */
static inline void
close_source(struct source *s, bool used, struct rte_mbuf **stock)
{
	int slices = (int)(stock - s->made);

	if (likely(s->alone))
		rte_mbuf_refcnt_set(s->m, slices + 1);
	else if (slices != 0)
		add_references(s->m, s->kind, slices);
	if (unlikely(!used))
		free_mbuf(s->m);
}

/* An indirect mbuf for the next len bytes of a source. (Of a pool's mbufs next is NULL.) */
static inline void
make_slice(struct source *s, struct rte_mbuf *slice, uint32_t len)
{
	store_block(slice, s->buf);
	store_pair(&slice->data_off, mbuf_word(s->at, 1, mbuf_word_rest(RTE_MBUF_PORT_INVALID)),
		s->kind);
	slice->data_len = len;
	slice->buf_len = s->buf_len;
	if (s->kind == RTE_MBUF_F_EXTERNAL)
		slice->shinfo = s->m->shinfo;
	else
		slice->priv_size = s->priv_size;
	s->at += len;
	s->left -= len;
}

/* The next len bytes of payload as a chain behind a header mbuf. Returns the next indirect mbuf. */
static inline struct rte_mbuf **
hang_payload(struct rte_mbuf *seg, struct source *s, uint32_t len, struct rte_mbuf **stock)
{
	struct rte_mbuf *tail = seg, *slice;
	uint32_t nb = 1;

	while (len >= s->left) { /* all that is left of the mbuf, and more */
		bool used = s->ours && s->left != 0;

		len -= s->left;
		if (s->left != 0) {
			slice = s->m;
			if (used) { /* the last slice of an mbuf can be it itself */
				slice->data_off = s->at;
				slice->data_len = s->left;
			} else {
				slice = *stock++;
				make_slice(s, slice, s->left);
			}
			tail->next = slice;
			tail = slice;
			nb++;
		}
		close_source(s, used, stock);
		s->m = NULL;
		s->left = 0;
		if (s->next == NULL)
			break;
		open_source(s, s->next, 0, stock);
		if (len == 0)
			break;
	}
	if (len != 0) { /* the segment ends inside the mbuf */
		slice = *stock++;
		make_slice(s, slice, len);
		tail->next = slice;
		nb++;
	} else {
		tail->next = NULL;
	}
	seg->nb_segs = nb;
	return stock;
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

/* The payload of segments number i to end, which have one template, behind their header mbufs.
 * Returns the next indirect mbuf. */
static struct rte_mbuf **
hang_run(const struct cut *c, uint32_t i, uint32_t end, struct source *s_at,
	struct rte_mbuf **stock, struct rte_mbuf **out)
{
	const uint32_t len = cut_tmpl(c, i)->len;
	struct source s = *s_at;

	for (; i < end; i++)
		stock = hang_payload(out[i], &s, len, stock);
	*s_at = s;
	return stock;
}

/* And the header mbufs. what: c->what. */
static inline void
make_run(const struct cut *c, uint32_t i, uint32_t end, struct rte_mbuf **out, const uint32_t what)
{
	struct run r = run_of(c, i);
	struct piece p = {
		.data_off = RTE_PKTMBUF_HEADROOM,
		.data_len = r.t->hdr_len,
		.pkt_len = r.t->hdr_len + r.t->len,
	};

	for (; i < end; i++) {
		struct rte_mbuf *seg = out[i];

		p.next = seg->next;
		p.nb_segs = seg->nb_segs;
		write_fields(c, seg, p);
		write_headers(&r, (uint8_t *)seg->buf_addr + RTE_PKTMBUF_HEADROOM, what);
	}
}

/* Instances for the headers of most packets. */
static void
make_any(const struct cut *c, uint32_t i, uint32_t end, struct rte_mbuf **out)
{
	switch (c->what) {
	case WRITE_TCP4:
		make_run(c, i, end, out, WRITE_TCP4);
		break;
	case WRITE_TUNNEL4:
		make_run(c, i, end, out, WRITE_TUNNEL4);
		break;
	default:
		make_run(c, i, end, out, c->what);
	}
}

int
scatter(struct cut *c, struct rte_mbuf **out)
{
	struct rte_mbuf *slices[SLICES_MAX], **stock = slices, *m = c->m, *next;
	uint32_t nb = most_slices(c), off = c->skip + c->lead;
	struct source s;

	if (nb > SLICES_MAX || rte_pktmbuf_data_room_size(c->pools->direct) <
				       RTE_PKTMBUF_HEADROOM + c->first->hdr_len)
		return -EMSGSIZE;
	if (take_mbufs(c, out, slices, &nb) < 0)
		return -ENOMEM;
	/* from here on nothing fails */
	keep_pool_flags(c);
	for (; off > m->data_len; m = next) {
		off -= m->data_len;
		next = m->next;
		free_mbuf(m);
	}
	open_source(&s, m, off, stock);
	for (uint32_t i = 0, end; i < c->n; i = end) {
		end = cut_run(c, i);
		stock = hang_run(c, i, end, &s, stock, out);
		make_any(c, i, end, out);
	}
	/* what lies behind the payload */
	if (s.m != NULL) {
		close_source(&s, false, stock);
		rte_pktmbuf_free(s.next);
	}
	if (stock != &slices[nb])
		rte_mempool_put_bulk(
			c->pools->indirect, (void **)stock, (unsigned int)(&slices[nb] - stock));
	return 0;
}
