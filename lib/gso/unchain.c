/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The unchain way: where each segment's payload begins and ends with an mbuf of the packet (as GRO
 * leaves it), those are the segment's mbufs, and the headers go into the headroom of the first of
 * them. Nothing is allocated and no reference is counted. Neighbours: gso.h, segment.h.
 */
#include <rte_prefetch.h>

#include "segment.h"

/* May hdr_len bytes be written before the byte at off of this mbuf's data? Only in an mbuf's own
 * buffer: what lies before the data of an external one is not known to be free. */
static inline bool
takes_headers(const struct rte_mbuf *m, uint32_t off, uint32_t hdr_len)
{
	return rte_mbuf_refcnt_read(m) == 1 && RTE_MBUF_DIRECT(m) && m->data_len >= off &&
	       m->data_off + off >= hdr_len;
}

/* A place in the chain: a byte of an mbuf's data. */
struct place {
	const struct rte_mbuf *m;
	uint32_t off;
};

/* Do segments i to end, of one template, fit? They begin at *at, which is moved behind them. */
static bool
run_fits(const struct cut *c, uint32_t i, uint32_t end, struct place *at)
{
	const struct tmpl *t = cut_tmpl(c, i);
	const uint32_t len = t->len, hdr_len = t->hdr_len;
	const uint32_t most = c->req->max_pieces != 0 ? c->req->max_pieces : UINT32_MAX;
	const struct rte_mbuf *m = at->m;
	uint32_t off = at->off;

	for (; i < end; i++, off = 0) {
		uint32_t got, pieces = 1;

		if (m == NULL || !takes_headers(m, off, hdr_len))
			return false;
		/* where the headers will go, which nobody has touched yet */
		rte_prefetch0_write((uint8_t *)m->buf_addr + m->data_off + off - hdr_len);
		rte_prefetch0_write((uint8_t *)m->buf_addr + m->data_off + off - 1);
		for (got = m->data_len - off; got < len; pieces++) {
			m = m->next;
			if (m == NULL || m->data_len == 0 || rte_mbuf_refcnt_read(m) != 1)
				return false;
			got += m->data_len;
		}
		/* behind the last one may be something that is no payload */
		if ((got > len && i + 1u < c->n) || pieces > most)
			return false;
		m = m->next;
	}
	*at = (struct place){m, 0};
	return true;
}

bool
unchain_fits(const struct cut *c)
{
	struct place at = {c->m, c->skip + c->lead};

	for (uint32_t i = 0, end; i < c->n; i = end) {
		end = cut_run(c, i);
		if (!run_fits(c, i, end, &at))
			return false;
	}
	return true;
}

/* The segments from number i to end, which have one template. what: c->what. */
static inline void
make_run(const struct cut *c, uint32_t i, uint32_t end, struct rte_mbuf **m_at, uint32_t off,
	struct rte_mbuf **out, const uint32_t what)
{
	struct run r = run_of(c, i);
	const uint32_t len = r.t->len, hdr_len = r.t->hdr_len;
	struct rte_mbuf *m = *m_at;

	for (; i < end; i++, off = 0) {
		struct rte_mbuf *seg = m, *next = m->next;
		uint32_t got = m->data_len - off;
		struct piece p = {
			.data_off = m->data_off + off - hdr_len,
			.data_len = hdr_len + RTE_MIN(got, len),
			.pkt_len = hdr_len + len,
			.nb_segs = 1,
		};

		if (got < len) {
			p.next = next;
			for (; got < len; p.nb_segs++) {
				m = next;
				next = m->next;
				got += m->data_len;
			}
			/* without what lies behind the payload */
			m->data_len -= got - len;
			m->next = NULL;
		}
		write_headers(&r, (uint8_t *)seg->buf_addr + p.data_off, what);
		write_fields(c, seg, p);
		out[i] = seg;
		m = next;
	}
	*m_at = m;
}

/* Instances for the headers of most packets. */
static void
make_any(const struct cut *c, uint32_t i, uint32_t end, struct rte_mbuf **m, uint32_t off,
	struct rte_mbuf **out)
{
	switch (c->what) {
	case WRITE_TCP4:
		make_run(c, i, end, m, off, out, WRITE_TCP4);
		break;
	case WRITE_TCP4_CKSUM:
		make_run(c, i, end, m, off, out, WRITE_TCP4_CKSUM);
		break;
	case WRITE_TUNNEL4:
		make_run(c, i, end, m, off, out, WRITE_TUNNEL4);
		break;
	default:
		make_run(c, i, end, m, off, out, c->what);
	}
}

void
unchain(const struct cut *c, struct rte_mbuf **out)
{
	struct rte_mbuf *m = c->m;
	uint32_t off = c->skip + c->lead;

	for (uint32_t i = 0, end; i < c->n; i = end, off = 0) {
		end = cut_run(c, i);
		make_any(c, i, end, &m, off, out);
	}
	if (m != NULL)
		rte_pktmbuf_free(m);
}
