/* SPDX-License-Identifier: BSD-3-Clause
 *
 * cleave_gso_segment(): check the request, make the header templates, sum the payload where that is
 * wanted, choose the way. Neighbours: gso.h lists them.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <rte_common.h>
#include <rte_mbuf.h>

#include "gso.h"
#include "own.h"
#include "segment.h"
#include "types.h"

/* What the length field of the outermost IP header would say of a segment. */
static uint32_t
segment_l3_len(const struct cleave_pkt *pkt, uint32_t payload)
{
	return pkt->hdr_len - pkt->ip[0].off - (pkt->ip[0].version == 6 ? 40 : 0) + payload;
}

/* The payload behind the L4 header. */
static int
measure_l4(struct cut *c)
{
	const struct cleave_pkt *pkt = c->pkt;

	if (pkt->depth != CLEAVE_DEPTH_L4 ||
		(pkt->l4_proto != IPPROTO_TCP && pkt->l4_proto != IPPROTO_UDP))
		return -ENOTSUP;
	c->skip = pkt->hdr_len;
	c->payload_len = pkt->payload_len;
	c->nb_ip = pkt->nb_ip;
	if (c->mss == 0 || pkt->hdr_len + pkt->payload_len > c->m->pkt_len ||
		segment_l3_len(pkt, RTE_MIN(pkt->payload_len, (uint32_t)c->mss)) > UINT16_MAX)
		return -EINVAL;
	/* only a partial checksum is a request; there is none to verify */
	if (pkt->tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM)
		c->flags &= ~(CLEAVE_GSO_HW_L4_CKSUM | CLEAVE_GSO_VERIFY);
	return 0;
}

static int
headers_tcp_udp(struct cut *c)
{
	return c->pkt->l4_proto == IPPROTO_TCP ? tcp_headers(c) : udp_headers(c);
}

/* How the types are cut that are made of templates. */
static const struct {
	uint16_t flags;		       /* of the request, those that mean something */
	int (*measure)(struct cut *c); /* what is the payload? */
	int (*headers)(struct cut *c); /* the templates */
} types[CLEAVE_GSO_TYPES] = {
	[CLEAVE_GSO_L4] = {(uint16_t)~CLEAVE_GSO_COMPLETE, measure_l4, headers_tcp_udp},
	[CLEAVE_GSO_FRAGLIST] = {(uint16_t)~CLEAVE_GSO_COMPLETE, measure_l4, headers_tcp_udp},
	[CLEAVE_GSO_FRAGMENT] = {CLEAVE_GSO_LINEAR | CLEAVE_GSO_SCATTER | CLEAVE_GSO_HW_IP_CKSUM |
					 CLEAVE_GSO_COMPLETE,
		fragment_measure, fragment_headers},
};

/* May the packet itself be the one segment? */
static bool
stays_whole(const struct cut *c)
{
	uint16_t most = c->flags & CLEAVE_GSO_LINEAR ? 1 : c->req->max_pieces;
	uint32_t skip = c->skip + c->lead;

	/* with what lies behind the IP packet it may be longer than a segment */
	return c->m->pkt_len <= (uint32_t)c->skip + c->mss && headers_writable(c->m, skip) &&
	       (most == 0 || c->m->nb_segs <= most);
}

/* What fits one segment leaves as it is, with its checksums completed. */
static void
cut_whole(struct cut *c, struct rte_mbuf **out)
{
	struct rte_mbuf *m = c->m;
	uint16_t less = c->skip + c->lead - c->first->hdr_len;
	struct run r = run_of(c, 0);

	if (less != 0)
		rte_pktmbuf_adj(m, less);
	write_headers(&r, rte_pktmbuf_mtod(m, uint8_t *), c->what);
	m->ol_flags =
		c->mbuf.ol_flags | (m->ol_flags & (RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL));
	m->tx_offload = c->mbuf.tx_offload;
	m->packet_type = c->mbuf.type;
	out[0] = m;
}

/* Can the port take as many mbufs as scatter-gather segments have? */
static bool
scatter_fits(const struct cut *c)
{
	uint16_t most = c->req->max_pieces;

	if (c->n + c->m->nb_segs > 2 * CLEAVE_GSO_SEGS_MAX)
		return false;
	return most == 0 || (most > 1 && c->m->nb_segs < most) || split_pieces(c) <= most;
}

enum way { WHOLE, UNCHAIN, SCATTER, LINEAR };

/* The cheapest way that the packet, the port and the request allow. */
static enum way
choose_way(const struct cut *c)
{
	if (c->n == 1 && stays_whole(c))
		return WHOLE;
	if (c->flags & CLEAVE_GSO_LINEAR)
		return LINEAR;
	if (!(c->flags & CLEAVE_GSO_SCATTER) && unchain_fits(c))
		return UNCHAIN;
	return scatter_fits(c) ? SCATTER : LINEAR;
}

/* Copied payload is summed as it is copied, and the input is still there then. */
static int
cut_linear(struct cut *c, struct rte_mbuf **out)
{
	int rc = linear(c, out);

	if (rc < 0)
		return rc;
	if ((c->flags & CLEAVE_GSO_VERIFY) && !split_verify(c)) {
		rte_pktmbuf_free_bulk(out, c->n);
		return -EBADMSG;
	}
	rte_pktmbuf_free(c->m);
	return c->n;
}

static int
cut_segments(struct cut *c, struct rte_mbuf **out)
{
	enum way way = choose_way(c);
	int rc;

	if (way == LINEAR)
		return cut_linear(c, out);
	if (c->sums)
		split_sums(c);
	if ((c->flags & CLEAVE_GSO_VERIFY) && !split_verify(c))
		return -EBADMSG;
	if (way == SCATTER) {
		rc = scatter(c, out);
		return rc < 0 ? rc : c->n;
	}
	if (way == UNCHAIN)
		unchain(c, out);
	else
		cut_whole(c, out);
	return c->n;
}

int
cut_prepare(struct cut *c, struct rte_mbuf *m, const struct cleave_pkt *pkt,
	const struct cleave_gso_req *req, const struct cleave_gso_pools *pools, uint32_t nb_out)
{
	uint32_t n;
	int rc;

	if (req->type >= CLEAVE_GSO_TYPES || types[req->type].measure == NULL)
		return -ENOTSUP;
	c->m = m;
	c->pkt = pkt;
	c->req = req;
	c->pools = pools;
	c->flags = req->flags & types[req->type].flags;
	if (cleave_meta_offset < 0)
		c->flags &= ~CLEAVE_GSO_SUMS; /* nobody can have put them there */
	c->mss = req->mss;
	c->lead = c->cksum_off = c->outer_cksum = c->tcp_flags = 0;
	rc = types[req->type].measure(c);
	if (rc < 0)
		return rc;
	n = c->payload_len <= c->mss ? 1 : (c->payload_len + c->mss - 1) / c->mss;
	if (n > nb_out || n > CLEAVE_GSO_SEGS_MAX)
		return -ENOSPC;
	c->n = n;
	rc = types[req->type].headers(c);
	c->sums = c->cksum_off != 0 || (c->flags & CLEAVE_GSO_VERIFY);
	return rc;
}

int
cleave_gso_segment(struct rte_mbuf *m, const struct cleave_pkt *pkt,
	const struct cleave_gso_req *req, const struct cleave_gso_pools *pools,
	struct rte_mbuf **out, uint16_t nb_out)
{
	struct cut c;
	int rc;

	/* the two types whose packets are in the chain already */
	if (req->type == CLEAVE_GSO_BY_FRAGS)
		return gso_by_frags(m, pkt, req, pools, out, nb_out);
	if (req->type == CLEAVE_GSO_FRAGLIST) {
		rc = gso_fraglist(m, pkt, req, out, nb_out);
		if (rc != 0)
			return rc;
	}
	rc = cut_prepare(&c, m, pkt, req, pools, nb_out);
	return rc < 0 ? rc : cut_segments(&c, out);
}
