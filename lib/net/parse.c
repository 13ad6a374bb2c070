/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The header walk: the only place that finds out what a frame is. Neighbours: walk.h (bounds),
 * tunnel.h (what lies behind an outer header), cleave_net.h (what comes out).
 */
#include <netinet/in.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_ether.h>

#include "cleave_config.h"
#include "cleave_net.h"
#include "plain.h"
#include "tunnel.h"
#include "walk.h"

static int walk_ip(struct walk *w, struct cleave_pkt *pkt, uint32_t off, uint16_t ethertype);

/* Ethernet, VLAN tags, MPLS labels. Sets *off and *ethertype to what follows. */
static int
walk_l2(const struct walk *w, struct cleave_pkt *pkt, uint32_t *off, uint16_t *ethertype)
{
	uint32_t o = *off + 14;
	bool outermost = *off == 0;
	unsigned int tags = 0, labels = 0;
	uint16_t type;
	int rc;

	rc = walk_need(w, *off, 14);
	if (rc < 0)
		return rc;
	type = walk_be16(w, o - 2);
	while (walk_is_tag(type)) {
		rc = walk_need(w, o, 4);
		if (rc < 0)
			return rc;
		if (++tags > CLEAVE_VLAN_MAX)
			return -EBADMSG;
		type = walk_be16(w, o + 2);
		o += 4;
	}
	if (outermost) {
		pkt->mac_len = pkt->l2_len = o;
		pkt->nb_vlan = tags;
	}
	if (walk_is_mpls(type)) {
		do {
			rc = walk_need(w, o, 4);
			if (rc < 0)
				return rc;
			o += 4;
			if (++labels > CLEAVE_MPLS_MAX)
				return -EBADMSG;
		} while ((w->p[o - 2] & 1) == 0); /* bottom of stack */
		/* what lies behind the labels says its first nibble */
		rc = walk_need(w, o, 1);
		if (rc < 0)
			return rc;
		type = walk_ip_ethertype(w, o);
	}
	if (outermost) {
		pkt->l2_len = o;
		pkt->nb_mpls = labels;
	}
	*off = o;
	*ethertype = type;
	return 0;
}

/* The length field of the UDP header at off, which is there. 0 stands for a datagram of more than
 * 65535 bytes (RFC 2675). */
static int
walk_udp_length(const struct walk *w, uint32_t off)
{
	uint16_t len = walk_be16(w, off + 4);

	return len != 0 && (len < 8 || len > w->end - off) ? -EBADMSG : 0;
}

static int
walk_l4(const struct walk *w, struct cleave_pkt *pkt, uint32_t off, uint8_t proto)
{
	uint32_t len;
	int rc;

	switch (proto) {
	case IPPROTO_TCP:
		rc = walk_need(w, off, 20);
		if (rc < 0)
			return rc;
		len = (w->p[off + 12] >> 4) * 4;
		if (len < 20)
			return -EBADMSG;
		pkt->tcp_flags = w->p[off + 13];
		break;
	case IPPROTO_UDP:
		len = 8;
		rc = walk_need(w, off, len);
		if (rc < 0)
			return rc;
		rc = walk_udp_length(w, off);
		if (rc < 0)
			return rc;
		break;
	case IPPROTO_SCTP:
		len = 12;
		break;
	default:
		return 0;
	}
	rc = walk_need(w, off, len);
	if (rc < 0)
		return rc;
	pkt->depth = CLEAVE_DEPTH_L4;
	pkt->l4_proto = proto;
	pkt->l4_off = off;
	pkt->l4_len = len;
	pkt->hdr_len = off + len;
	pkt->payload_len = w->end - pkt->hdr_len;
	return 0;
}

/* Is the checksum that the tunnel's other end is to complete that of the L4 header inside? */
static bool
remcsum_fits(const struct cleave_pkt *pkt, const struct tunnel_hdr *t)
{
	uint32_t at = pkt->l4_proto == IPPROTO_TCP ? 16 : 6;

	if (!(t->flags & CLEAVE_TUNNEL_F_REMCSUM))
		return true;
	return (pkt->l4_proto == IPPROTO_TCP || pkt->l4_proto == IPPROTO_UDP) &&
	       t->remcsum_start == pkt->l4_off && t->remcsum_at == pkt->l4_off + at;
}

/* As before anything of a tunnel was found; behind the outer IP header is something unknown. (A copy
 * of all, made before, would wait for the stores of its parts.) */
static void
forget_tunnel(struct cleave_pkt *pkt)
{
	pkt->depth = CLEAVE_DEPTH_L3;
	pkt->tunnel = CLEAVE_TUNNEL_NONE;
	pkt->nb_ip = 1;
	pkt->l4_proto = pkt->tcp_flags = 0;
	pkt->ip[1] = (struct cleave_ip){0};
	pkt->tunnel_off = pkt->inner_off = 0;
	pkt->tunnel_len = pkt->tunnel_len_from = pkt->tunnel_cksum = 0;
	pkt->tunnel_flags = CLEAVE_TUNNEL_F_UNKNOWN;
	pkt->l4_off = pkt->l4_len = pkt->hdr_len = 0;
	pkt->payload_len = 0;
}

/* What lies inside a tunnel. What turns out not to be one that can be walked whole is an ordinary
 * datagram: -ENOENT, and pkt is as it was. */
static int
walk_tunnel(struct walk *w, struct cleave_pkt *pkt, uint32_t off, uint8_t proto)
{
	const uint32_t end = w->end;
	struct tunnel_hdr t = {0};
	uint16_t port = 0;
	unsigned int row;
	int rc;

	if (proto == IPPROTO_UDP) {
		rc = walk_need(w, off, 8);
		if (rc < 0)
			return rc;
		port = walk_be16(w, off + 2);
	}
	row = tunnel_find(proto, port);
	if (row == CLEAVE_TUNNEL_NONE || (proto == IPPROTO_UDP && walk_udp_length(w, off) < 0))
		return -ENOENT;
	/* what is inside ends where the datagram does; a longer one does not say where */
	if (proto == IPPROTO_UDP && end - off <= UINT16_MAX && walk_be16(w, off + 4) != 0)
		w->end = off + walk_be16(w, off + 4);
	rc = tunnel_row(row)->measure(w, off, &t);
	if (rc == 0) {
		pkt->tunnel = row;
		pkt->tunnel_off = off;
		pkt->inner_off = t.inner;
		pkt->tunnel_len = t.len;
		pkt->tunnel_len_from = t.len_from;
		pkt->tunnel_cksum = t.cksum;
		pkt->tunnel_flags = t.flags;
		if (t.ethertype == TUNNEL_ETHERNET)
			rc = walk_l2(w, pkt, &t.inner, &t.ethertype);
	}
	if (rc == 0)
		rc = walk_ip(w, pkt, t.inner, t.ethertype);
	if ((rc == -EAGAIN && w->avail < CLEAVE_HDR_MAX) ||
		(rc == 0 && pkt->nb_ip == 2 && remcsum_fits(pkt, &t)))
		return rc;
	w->end = end;
	forget_tunnel(pkt);
	return -ENOENT;
}

/* The IP length field, trimming w->end to it. 0 is a packet longer than 64 KB (BIG TCP). */
static int
walk_ip_length(struct walk *w, struct cleave_ip *ip, uint32_t len, uint32_t claimed, bool jumbo)
{
	if (jumbo) {
		if (w->end - ip->off <= UINT16_MAX)
			return -EBADMSG;
		ip->flags |= CLEAVE_IP_JUMBO;
		return 0;
	}
	if (claimed < len || claimed > w->end - ip->off)
		return -EBADMSG;
	w->end = ip->off + claimed;
	return 0;
}

static int
walk_ip4(struct walk *w, struct cleave_ip *ip)
{
	const uint8_t *p = w->p + ip->off;
	uint16_t frag;
	int rc = walk_need(w, ip->off, 20);

	if (rc < 0)
		return rc;
	ip->len = (p[0] & 0x0f) * 4;
	if (p[0] >> 4 != 4 || ip->len < 20)
		return -EBADMSG;
	rc = walk_need(w, ip->off, ip->len);
	if (rc < 0)
		return rc;
	rc = walk_ip_length(w, ip, ip->len, p[2] << 8 | p[3], (p[2] | p[3]) == 0);
	if (rc < 0)
		return rc;
	frag = p[6] << 8 | p[7];
	ip->version = 4;
	ip->proto = p[9];
	ip->dst_off = ip->off + 16;
	ip->flags |= (ip->len > 20 ? CLEAVE_IP_OPTIONS : 0) | (frag & 0x4000 ? CLEAVE_IP_DF : 0) |
		     (frag & 0x3fff ? CLEAVE_IP_FRAGMENT : 0);
	return 0;
}

/* Where a routing header (RFC 8200 4.4) leads the packet in the end. 0: unknown type. */
static uint32_t
routing_dst(const uint8_t *p, uint32_t off, uint32_t len, uint32_t dst)
{
	if (p[off + 3] == 0) /* no segments left */
		return dst;
	if (len < 24)
		return 0;
	switch (p[off + 2]) {
	case 0: /* RFC 2460: the last address */
	case 2: /* RFC 6275: the only address */
		return off + 8 + (len - 8) / 16 * 16 - 16;
	case 4: /* RFC 8754: Segment List[0] is the last segment */
		return off + 8;
	default:
		return 0;
	}
}

static int
walk_ip6(struct walk *w, struct cleave_ip *ip)
{
	uint32_t off = ip->off + 40, len;
	uint16_t plen;
	int rc = walk_need(w, ip->off, 40);

	if (rc < 0)
		return rc;
	if (w->p[ip->off] >> 4 != 6)
		return -EBADMSG;
	plen = walk_be16(w, ip->off + 4);
	/* a payload length of 0 is a jumbogram, or really nothing behind the header */
	rc = walk_ip_length(w, ip, 40, 40 + plen, plen == 0 && w->end - ip->off > UINT16_MAX);
	if (rc < 0)
		return rc;
	ip->version = 6;
	ip->proto = w->p[ip->off + 6];
	ip->dst_off = ip->off + 24;
	for (unsigned int n = 0; ip->proto == IPPROTO_HOPOPTS || ip->proto == IPPROTO_ROUTING ||
				 ip->proto == IPPROTO_DSTOPTS;
		n++) {
		rc = walk_need(w, off, 8);
		if (rc < 0)
			return rc;
		len = 8 + w->p[off + 1] * 8;
		rc = walk_need(w, off, len);
		if (rc < 0)
			return rc;
		if (n == CLEAVE_IP6_EXT_MAX)
			return -EBADMSG;
		if (ip->proto == IPPROTO_ROUTING)
			ip->dst_off = routing_dst(w->p, off, len, ip->dst_off);
		if (ip->dst_off == 0) /* the checksum's pseudo-header cannot be known */
			break;
		ip->proto = w->p[off];
		ip->flags |= CLEAVE_IP_OPTIONS;
		off += len;
	}
	if (ip->proto == IPPROTO_FRAGMENT)
		ip->flags |= CLEAVE_IP_FRAGMENT;
	ip->len = off - ip->off;
	return 0;
}

/* An IP header and all behind it. */
static int
walk_ip(struct walk *w, struct cleave_pkt *pkt, uint32_t off, uint16_t ethertype)
{
	struct cleave_ip *ip = &pkt->ip[pkt->nb_ip];
	int rc;

	*ip = (struct cleave_ip){.off = off};
	if (ethertype == RTE_ETHER_TYPE_IPV4)
		rc = walk_ip4(w, ip);
	else if (ethertype == RTE_ETHER_TYPE_IPV6)
		rc = walk_ip6(w, ip);
	else
		return 0;
	if (rc < 0)
		return rc;
	pkt->nb_ip++;
	pkt->depth = CLEAVE_DEPTH_L3;
	if (pkt->nb_ip == 1)
		pkt->frame_len = w->end;
	if (ip->flags & CLEAVE_IP_FRAGMENT)
		return 0;
	off += ip->len;
	if (pkt->nb_ip == 1 && ip->proto != IPPROTO_TCP) {
		rc = walk_tunnel(w, pkt, off, ip->proto);
		if (rc != -ENOENT)
			return rc;
	}
	rc = walk_l4(w, pkt, off, ip->proto);
	if (rc == 0 && pkt->nb_ip == 2 && ip->proto == IPPROTO_UDP &&
		tunnel_find(IPPROTO_UDP, walk_be16(w, off + 2)) != CLEAVE_TUNNEL_NONE)
		pkt->tunnel_flags |= CLEAVE_TUNNEL_F_UNKNOWN; /* a second level */
	return rc;
}

static int
walk_frame(struct walk *w, struct cleave_pkt *pkt)
{
	uint32_t off = 0;
	uint16_t ethertype;
	int rc;

	memset(pkt, 0, sizeof(*pkt));
	pkt->frame_len = w->end;
	rc = walk_l2(w, pkt, &off, &ethertype);
	if (rc < 0)
		return rc;
	return walk_ip(w, pkt, off, ethertype);
}

int
cleave_parse(const struct rte_mbuf *m, struct cleave_pkt *pkt)
{
	struct walk w = {
		.p = rte_pktmbuf_mtod(m, const uint8_t *),
		.avail = RTE_MIN(m->data_len, CLEAVE_HDR_MAX),
		.end = m->pkt_len,
	};
	uint8_t buf[CLEAVE_HDR_MAX];
	int rc;

	if (likely(plain_tcp(m, pkt)))
		return 0;
	rc = walk_frame(&w, pkt);
	if (likely(rc != -EAGAIN))
		return rc;
	/* The headers lie across mbufs: once more, on a contiguous copy of them. */
	w.end = m->pkt_len;
	w.avail = RTE_MIN(m->pkt_len, CLEAVE_HDR_MAX);
	w.p = rte_pktmbuf_read(m, 0, w.avail, buf);
	if (w.p == NULL)
		return -EBADMSG;
	rc = walk_frame(&w, pkt);
	return rc == -EAGAIN ? -EBADMSG : rc;
}
