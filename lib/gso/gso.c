/* SPDX-License-Identifier: BSD-3-Clause
 *
 * cleave_gso_segment(): check the request, choose the way, split, patch. Neighbours: split.c,
 * patch.c, the shapes; see gso.h.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <rte_common.h>
#include <rte_mbuf.h>

#include "gso.h"
#include "own.h"

/* The shape that cuts such a packet; NULL: none does. */
static const struct shape *
shape_of(const struct cleave_pkt *pkt)
{
	const struct cleave_ip *ip = cleave_inner_ip(pkt);

	if (pkt->depth != CLEAVE_DEPTH_L4 || pkt->tunnel != CLEAVE_TUNNEL_NONE)
		return NULL;
	/* among the extension headers may be the jumbo option, which would have to be removed */
	if (ip->version == 6 && (ip->flags & CLEAVE_IP_JUMBO) && (ip->flags & CLEAVE_IP_OPTIONS))
		return NULL;
	return pkt->l4_proto == IPPROTO_TCP ? &shape_tcp : NULL;
}

/* What the length field of the outermost IP header would say of a segment. */
static uint32_t
segment_l3_len(const struct cleave_pkt *pkt, uint32_t payload)
{
	return pkt->hdr_len - pkt->ip[0].off - (pkt->ip[0].version == 6 ? 40 : 0) + payload;
}

/* May the packet itself be the one segment? */
static bool
stays_whole(const struct cut *c)
{
	uint16_t most = c->req->flags & CLEAVE_GSO_LINEAR ? 1 : c->req->max_pieces;

	/* with what lies behind the IP packet it may be longer than a segment */
	return c->m->pkt_len <= (uint32_t)c->hdr_len + c->mss &&
	       headers_writable(c->m, c->hdr_len) && (most == 0 || c->m->nb_segs <= most);
}

/* Was the packet's own checksum right? Said by the segments' sums where there are some: the payload
 * is not read twice. */
static bool
checksum_right(const struct cut *c)
{
	uint16_t sum = 0;

	if (!c->sums)
		sum = cleave_sum_mbuf(c->m, c->hdr_len, c->pkt->payload_len);
	for (unsigned int i = 0; c->sums && i < c->n; i++)
		sum = cleave_sum_add(sum, i & c->mss & 1 ? cleave_sum_odd(c->sum[i]) : c->sum[i]);
	return cleave_sum_add(sum, c->l4.verify) == 0xffff;
}

/* What fits one segment leaves as it is, with its checksums completed. */
static int
cut_whole(struct cut *c, struct rte_mbuf **out)
{
	out[0] = c->m;
	if (c->sums)
		c->sum[0] = cleave_sum_mbuf(c->m, c->hdr_len, c->pkt->payload_len);
	if ((c->req->flags & CLEAVE_GSO_VERIFY) && !checksum_right(c))
		return -EBADMSG;
	patch_segment(c, c->m, 0);
	return 1;
}

static int
cut_split(struct cut *c, struct rte_mbuf **out)
{
	bool linear = c->req->flags & CLEAVE_GSO_LINEAR;
	uint32_t slices;
	int rc;

	if (!linear && c->req->max_pieces != 0)
		linear = split_pieces(c, &slices) > c->req->max_pieces;
	rc = linear ? split_linear(c, out) : split_scatter(c, out);
	if (rc < 0)
		return rc;
	if ((c->req->flags & CLEAVE_GSO_VERIFY) && !checksum_right(c)) {
		rte_pktmbuf_free_bulk(out, c->n);
		return -EBADMSG;
	}
	for (unsigned int i = 0; i < c->n; i++)
		patch_segment(c, out[i], i);
	rte_pktmbuf_free(c->m);
	return c->n;
}

int
cleave_gso_segment(struct rte_mbuf *m, const struct cleave_pkt *pkt,
	const struct cleave_gso_req *req, const struct cleave_gso_pools *pools,
	struct rte_mbuf **out, uint16_t nb_out)
{
	struct cut c;
	const uint8_t *hdr;
	uint32_t n;
	int rc;

	if (req->type != CLEAVE_GSO_L4)
		return -ENOTSUP;
	c.shape = shape_of(pkt);
	if (c.shape == NULL)
		return -ENOTSUP;
	if (req->mss == 0 || pkt->hdr_len + pkt->payload_len > m->pkt_len ||
		segment_l3_len(pkt, RTE_MIN(pkt->payload_len, (uint32_t)req->mss)) > UINT16_MAX)
		return -EINVAL;
	n = pkt->payload_len <= req->mss ? 1 : (pkt->payload_len + req->mss - 1) / req->mss;
	if (n > nb_out || n > CLEAVE_GSO_SEGS_MAX)
		return -ENOSPC;

	c.m = m;
	c.pkt = pkt;
	c.req = req;
	c.pools = pools;
	c.hdr_len = pkt->hdr_len;
	c.mss = req->mss;
	c.n = n;
	c.sums = !(req->flags & CLEAVE_GSO_HW_L4_CKSUM);
	hdr = rte_pktmbuf_read(m, 0, c.hdr_len, c.hdr);
	if (hdr == NULL)
		return -EINVAL;
	if (hdr != c.hdr)
		memcpy(c.hdr, hdr, c.hdr_len);
	rc = c.shape->prepare(&c);
	if (rc < 0)
		return rc;
	patch_prepare(&c);
	return n == 1 && stays_whole(&c) ? cut_whole(&c, out) : cut_split(&c, out);
}
