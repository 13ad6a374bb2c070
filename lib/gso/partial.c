/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Partial segmentation: a request of equal segments for an engine that copies what it does not know,
 * and the rest finished here. Neighbours: gso.h, headers.c (whose template has what is copied).
 */
#include <errno.h>
#include <netinet/in.h>

#include "own.h"
#include "segment.h"

#define TCP_FLAGS 13

/* The mbuf in which the byte at *off of the packet is, the last one where it is the end; *nb: which
 * it is. */
static struct rte_mbuf *
find_mbuf(struct rte_mbuf *m, uint32_t *off, uint16_t *nb)
{
	for (*nb = 1; *off > m->data_len && m->next != NULL; m = m->next, (*nb)++)
		*off -= m->data_len;
	return m;
}

/* The last segment: its headers in an mbuf, the payload copied behind it or, linear, into it. */
static struct rte_mbuf *
make_rest(struct cut *c, uint32_t off, int *rc)
{
	const struct tmpl *t = c->last;
	uint32_t room = rte_pktmbuf_data_room_size(c->pools->direct);
	/* (rte_pktmbuf_copy() takes the mark of a pinned buffer off its mbuf.) */
	bool one = c->flags & CLEAVE_GSO_LINEAR || c->req->max_pieces == 1 ||
		   (rte_pktmbuf_priv_flags(c->pools->direct) & RTE_PKTMBUF_POOL_F_PINNED_EXT_BUF);
	struct rte_mbuf *seg, *data = NULL;
	struct run r;

	*rc = -EMSGSIZE;
	if (room < RTE_PKTMBUF_HEADROOM + t->hdr_len + (one ? t->len : 0))
		return NULL;
	*rc = -ENOMEM;
	seg = rte_pktmbuf_alloc(c->pools->direct);
	if (seg == NULL)
		return NULL;
	if (!one) {
		data = rte_pktmbuf_copy(c->m, c->pools->direct, off, t->len);
		if (data == NULL)
			goto err;
		if (c->req->max_pieces != 0 && data->nb_segs >= c->req->max_pieces) {
			*rc = -EMSGSIZE;
			goto err;
		}
	}
	keep_pool_flags(c);
	if (c->cksum_off != 0)
		c->sum[c->n - 1] = cleave_sum_mbuf(c->m, off, t->len);
	r = run_of(c, c->n - 1u);
	write_fields(c, seg,
		(struct piece){
			.data_off = RTE_PKTMBUF_HEADROOM,
			.data_len = t->hdr_len + (one ? t->len : 0),
			.pkt_len = t->hdr_len + t->len,
			.nb_segs = 1 + (one ? 0 : data->nb_segs),
			.next = data,
		});
	write_headers(&r, rte_pktmbuf_mtod(seg, uint8_t *), c->what);
	if (one) {
		uint8_t *to = rte_pktmbuf_mtod_offset(seg, uint8_t *, t->hdr_len);
		const void *from = rte_pktmbuf_read(c->m, off, t->len, to);

		if (from != to)
			memcpy(to, from, t->len);
	}
	*rc = 0;
	return seg;
err:
	rte_pktmbuf_free(data);
	rte_pktmbuf_free(seg);
	return NULL;
}

/* The packet without what lies behind its first len bytes. last: the mbuf in which it ends then. */
static void
shorten(struct rte_mbuf *m, struct rte_mbuf *last, uint32_t len, uint32_t last_len, uint16_t nb)
{
	rte_pktmbuf_free(last->next);
	last->next = NULL;
	last->data_len = last_len;
	m->nb_segs = nb;
	m->pkt_len = len;
}

/* What the engine copies is right for a segment; what it counts with is right for all of them. */
static void
request_headers(const struct cut *c, uint8_t *hdr, bool opaque, bool rest)
{
	const struct cleave_pkt *pkt = c->pkt;
	const struct tmpl *t = c->middle;
	uint32_t end = c->m->pkt_len;

	if (opaque) {
		/* as in the first segment, whose outer headers are those of all */
		struct run r = run_of(c, 0);
		uint8_t seg[CLEAVE_HDR_MAX];

		write_headers(&r, seg, c->what & ~(WRITE_CKSUM | WRITE_OUTER));
		memcpy(hdr, seg, pkt->ip[1].off);
	} else {
		put_ip_len(hdr, &pkt->ip[0], end);
		if (pkt->ip[0].proto == IPPROTO_UDP)
			put16(hdr + pkt->tunnel_off + 4, end - pkt->tunnel_off);
		if (c->outer_cksum != 0)
			memcpy(hdr + c->outer_cksum, t->hdr + c->outer_cksum, 2);
	}
	put_ip_len(hdr, &pkt->ip[1], end);
	if (rest)
		hdr[pkt->l4_off + TCP_FLAGS] &= (uint8_t) ~(CLEAVE_TCP_FIN | CLEAVE_TCP_PSH);
}

int
cleave_gso_partial(struct rte_mbuf *m, const struct cleave_pkt *pkt,
	const struct cleave_gso_req *req, const struct cleave_gso_pools *pools, bool opaque,
	struct rte_mbuf *out[2])
{
	struct cleave_gso_req own = *req;
	struct rte_mbuf *last, *rest = NULL;
	uint32_t whole, last_len;
	uint16_t nb;
	struct cut c;
	int rc;

	if (req->mss == 0)
		return -EINVAL;
	if (pkt->depth != CLEAVE_DEPTH_L4 || pkt->l4_proto != IPPROTO_TCP || pkt->nb_ip != 2 ||
		(pkt->tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM) ||
		(!opaque && (pkt->tunnel_len != 0 || pkt->tunnel_cksum != 0)) ||
		pkt->payload_len / 2 < req->mss || m->pkt_len != pkt->hdr_len + pkt->payload_len ||
		pkt->frame_len - pkt->ip[0].off > UINT16_MAX || !headers_writable(m, pkt->hdr_len))
		return -ENOTSUP;
	own.type = CLEAVE_GSO_L4;
	own.flags &= ~CLEAVE_GSO_VERIFY;
	own.flags |= opaque ? CLEAVE_GSO_FIXED_OUTER_ID : 0;
	rc = cut_prepare(&c, m, pkt, &own, pools, UINT32_MAX);
	if (rc < 0)
		return rc;
	whole = pkt->hdr_len + pkt->payload_len / req->mss * req->mss;
	last_len = whole;
	last = find_mbuf(m, &last_len, &nb);
	if (rte_mbuf_refcnt_read(last) != 1)
		return -ENOTSUP;
	if (whole < m->pkt_len) {
		rest = make_rest(&c, whole, &rc);
		if (rest == NULL)
			return rc;
	}
	shorten(m, last, whole, last_len, nb);
	request_headers(&c, rte_pktmbuf_mtod(m, uint8_t *), opaque, rest != NULL);
	out[0] = m;
	out[1] = rest;
	return rest != NULL ? 2 : 1;
}
