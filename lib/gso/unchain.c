/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The unchain way: where each segment's payload begins and ends with an mbuf of the packet (as GRO
 * leaves it), those are the segment's mbufs, and the headers go into the headroom of the first of
 * them. Nothing is allocated and no reference is counted. Neighbours: gso.h, segment.h.
 */
#include "segment.h"

/* May hdr_len bytes be written before the byte at off of this mbuf's data? Only in an mbuf's own
 * buffer: what lies before the data of an external one is not known to be free. */
static inline bool
takes_headers(const struct rte_mbuf *m, uint32_t off, uint32_t hdr_len)
{
	return m->data_len >= off && m->data_off + off >= hdr_len && rte_mbuf_refcnt_read(m) == 1 &&
	       RTE_MBUF_DIRECT(m);
}

bool
unchain_fits(const struct cut *c)
{
	const struct rte_mbuf *m = c->m;
	uint32_t off = c->skip + c->lead;

	for (unsigned int i = 0; i < c->n; i++, off = 0) {
		const struct tmpl *t = cut_tmpl(c, i);
		uint32_t got, nb = 1;

		if (m == NULL || !takes_headers(m, off, t->hdr_len))
			return false;
		for (got = m->data_len - off; got < t->len; nb++) {
			m = m->next;
			if (m == NULL || rte_mbuf_refcnt_read(m) != 1)
				return false;
			got += m->data_len;
		}
		/* behind the last one may be something that is no payload */
		if ((got > t->len && i + 1u < c->n) ||
			(c->req->max_pieces != 0 && nb > c->req->max_pieces))
			return false;
		m = m->next;
	}
	return true;
}

void
unchain(const struct cut *c, struct rte_mbuf **out)
{
	struct rte_mbuf *m = c->m;
	uint32_t off = c->skip + c->lead;

	for (unsigned int i = 0; i < c->n; i++, off = 0) {
		const struct tmpl *t = cut_tmpl(c, i);
		struct rte_mbuf *seg = m;
		uint32_t got = m->data_len - off;
		uint16_t nb = 1;

		out[i] = seg;
		for (; got < t->len; nb++) {
			m = m->next;
			got += m->data_len;
		}
		m->data_len -= got - t->len;
		seg->data_off += off - t->hdr_len;
		seg->data_len += t->hdr_len - off;
		write_headers(c, t, rte_pktmbuf_mtod(seg, uint8_t *), i);
		set_fields(c, seg, 0);
		seg->pkt_len = t->hdr_len + t->len;
		seg->nb_segs = nb;
		seg = m;
		m = m->next;
		seg->next = NULL;
	}
	if (m != NULL)
		rte_pktmbuf_free(m);
}
