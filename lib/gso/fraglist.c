/* SPDX-License-Identifier: BSD-3-Clause
 *
 * CLEAVE_GSO_FRAGLIST: the mbufs of a merged packet become the packets that they were, each with
 * its own headers, and what was changed on the first one's since is changed on all of them.
 * Neighbours: types.h; gso.c calls it.
 *
 * Of each packet's own stay: IPv4 ID and DF, IP options and extension headers (which have to be
 * those of the first), lengths, all of TCP but the ports. FIN and PSH of the last packet were ORed
 * into the first one's header by who merged them, and go from there; the first one's own, if it had
 * the same ones, cannot be told from them (and would have ended the merging).
 */
#include <errno.h>
#include <string.h>

#include "cleave_config.h"
#include "own.h"
#include "types.h"

#define TCP_SEQ 4
#define TCP_FLAGS 13

static uint8_t *
own_headers(const struct rte_mbuf *m, const struct cleave_pkt *pkt)
{
	return RTE_PTR_ADD(m->buf_addr, m->data_off - pkt->hdr_len);
}

static bool
same_ip(const struct cleave_ip *a, const struct cleave_ip *b)
{
	/* DF is each packet's own; only the whole can be longer than its length field says */
	uint8_t differ = (a->flags ^ b->flags) & ~(CLEAVE_IP_DF | CLEAVE_IP_JUMBO);

	return a->off == b->off && a->len == b->len && a->dst_off == b->dst_off &&
	       a->version == b->version && a->proto == b->proto && differ == 0;
}

static bool
same_shape(const struct cleave_pkt *a, const struct cleave_pkt *b)
{
	return a->depth == b->depth && a->mac_len == b->mac_len && a->l2_len == b->l2_len &&
	       a->nb_ip == b->nb_ip && same_ip(&a->ip[0], &b->ip[0]) &&
	       same_ip(&a->ip[1], &b->ip[1]) && a->tunnel == b->tunnel &&
	       a->tunnel_flags == b->tunnel_flags && a->tunnel_off == b->tunnel_off &&
	       a->inner_off == b->inner_off && a->tunnel_len == b->tunnel_len &&
	       a->tunnel_len_from == b->tunnel_len_from && a->tunnel_cksum == b->tunnel_cksum &&
	       a->l4_proto == b->l4_proto && a->l4_off == b->l4_off && a->l4_len == b->l4_len;
}

/* IPv4 options and IPv6 extension headers. Those that a forwarder rewrote (a routing header, a
 * recorded route) cannot be told from those that were always different. */
static bool
same_options(const uint8_t *a, const uint8_t *b, const struct cleave_pkt *pkt)
{
	for (unsigned int l = 0; l < pkt->nb_ip; l++) {
		const struct cleave_ip *ip = &pkt->ip[l];
		unsigned int base = ip->version == 4 ? 20 : 40, off = ip->off + base;

		if (memcmp(a + off, b + off, ip->len - base) != 0)
			return false;
	}
	return true;
}

/* Do all length fields say that len bytes of payload follow? */
static bool
lengths_right(const uint8_t *hdr, const struct cleave_pkt *pkt, uint32_t len)
{
	uint8_t right[CLEAVE_HDR_MAX];

	memcpy(right, hdr, pkt->hdr_len);
	types_put_lengths(right, pkt, len);
	return memcmp(right, hdr, pkt->hdr_len) == 0;
}

static uint32_t
tcp_seq(const uint8_t *hdr, const struct cleave_pkt *pkt)
{
	return rte_be_to_cpu_32(*(const unaligned_uint32_t *)(hdr + pkt->l4_off + TCP_SEQ));
}

/* Is this mbuf a packet whose payload stands at offset at of the whole? */
static bool
is_packet(const struct rte_mbuf *c, const uint8_t *head, const struct cleave_pkt *pkt, uint32_t at)
{
	const struct rte_mbuf frame = {
		.buf_addr = c->buf_addr,
		.data_off = c->data_off - pkt->hdr_len,
		.data_len = c->data_len + pkt->hdr_len,
		.pkt_len = c->data_len + pkt->hdr_len,
		.nb_segs = 1,
	};
	const uint8_t *hdr;
	struct cleave_pkt own;

	if (!headers_writable(c, 1) || c->data_off < pkt->hdr_len || frame.pkt_len > UINT16_MAX)
		return false;
	hdr = own_headers(c, pkt);
	return cleave_parse(&frame, &own) == 0 && same_shape(&own, pkt) &&
	       same_options(hdr, head, pkt) && lengths_right(hdr, pkt, c->data_len) &&
	       (pkt->l4_proto != IPPROTO_TCP || tcp_seq(hdr, pkt) == tcp_seq(head, pkt) + at);
}

/* Is this what a fragment list is when nothing but headers was changed since it was merged? */
static bool
is_fraglist(const struct rte_mbuf *m, const struct cleave_pkt *pkt, uint16_t mss)
{
	const uint8_t *head = rte_pktmbuf_mtod(m, const uint8_t *);
	const struct rte_mbuf *c = m->next;
	uint32_t at = mss, n = 1;

	if (pkt->depth != CLEAVE_DEPTH_L4 || mss == 0 ||
		(pkt->l4_proto != IPPROTO_TCP && pkt->l4_proto != IPPROTO_UDP) ||
		(pkt->tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM) || c == NULL ||
		pkt->hdr_len + pkt->payload_len != m->pkt_len ||
		!headers_writable(m, pkt->hdr_len) || m->data_len != pkt->hdr_len + mss)
		return false;
	for (; c != NULL; c = c->next, n++, at += mss)
		if (c->data_len > mss || (c->data_len < mss && c->next != NULL) ||
			!is_packet(c, head, pkt, at))
			return false;
	return n == m->nb_segs;
}

static uint8_t *
l4_cksum(uint8_t *hdr, const struct cleave_pkt *pkt)
{
	return hdr + pkt->l4_off + (pkt->l4_proto == IPPROTO_TCP ? 16 : 6);
}

/* Has the packet an L4 checksum at all? UDP may go without (RFC 768). */
static bool
has_l4_cksum(uint8_t *hdr, const struct cleave_pkt *pkt)
{
	const uint8_t *field = l4_cksum(hdr, pkt);

	return pkt->l4_proto == IPPROTO_TCP || (field[0] | field[1]) != 0;
}

/* Sum of L4 header and pseudo-header, of len bytes of payload. */
static uint16_t
l4_sum(const uint8_t *hdr, const struct cleave_pkt *pkt, uint32_t len)
{
	return cleave_sum_add(cleave_sum(hdr + pkt->l4_off, pkt->l4_len),
		cleave_sum_pseudo(hdr, pkt, pkt->l4_len + len));
}

/* A checksum after the sum of what it covers changed (RFC 1624): what was wrong stays wrong. */
static void
update_cksum(uint8_t *field, uint16_t before, uint16_t after, bool udp)
{
	uint16_t cksum = *(unaligned_uint16_t *)field;

	if (before == after)
		return;
	cksum = cleave_cksum_update16(cksum, before, after);
	put16_raw(field, cksum == 0 && udp ? 0xffff : cksum);
}

/* What a forwarder may have changed on the head, but for the tunnel; checksums are not touched. */
static void
copy_fields(uint8_t *hdr, const uint8_t *head, const struct cleave_pkt *pkt)
{
	memcpy(hdr, head, pkt->l2_len);
	for (unsigned int l = 0; l < pkt->nb_ip; l++) {
		uint8_t *to = hdr + pkt->ip[l].off;
		const uint8_t *from = head + pkt->ip[l].off;

		if (pkt->ip[l].version == 4) {
			to[1] = from[1]; /* TOS */
			to[8] = from[8]; /* TTL */
			memcpy(to + 12, from + 12, 8);
		} else {
			memcpy(to, from, 4); /* traffic class, flow label */
			to[7] = from[7];     /* hop limit */
			memcpy(to + 8, from + 8, 32);
		}
	}
	memcpy(hdr + pkt->l4_off, head + pkt->l4_off, 4);
}

/* The tunnel's headers and the inner Ethernet header, all but lengths and checksum. */
static void
copy_tunnel(uint8_t *hdr, const uint8_t *head, const struct cleave_pkt *pkt, uint32_t len)
{
	uint16_t cksum_off = types_outer_udp(pkt) ? pkt->tunnel_off + 6 : pkt->tunnel_cksum;
	uint16_t cksum = 0;

	if (pkt->tunnel == CLEAVE_TUNNEL_NONE)
		return;
	if (cksum_off != 0)
		memcpy(&cksum, hdr + cksum_off, sizeof(cksum));
	memcpy(hdr + pkt->tunnel_off, head + pkt->tunnel_off, pkt->ip[1].off - pkt->tunnel_off);
	if (cksum_off != 0)
		put16_raw(hdr + cksum_off, cksum);
	types_put_lengths(hdr, pkt, len); /* which they said before */
}

/* A packet behind the first one; flags: the ol_flags of the whole. */
static void
restore_packet(
	struct rte_mbuf *c, const struct rte_mbuf *m, const struct cleave_pkt *pkt, uint64_t flags)
{
	const uint8_t *head = rte_pktmbuf_mtod(m, const uint8_t *);
	uint8_t *hdr = own_headers(c, pkt);
	uint16_t outer = types_outer_cksum(hdr, pkt), ip_sum[2] = {0}, l4, tunnel = 0;

	for (unsigned int l = 0; l < pkt->nb_ip; l++)
		ip_sum[l] = cleave_sum(hdr + pkt->ip[l].off, pkt->ip[l].len);
	l4 = l4_sum(hdr, pkt, 0);
	if (outer != 0)
		tunnel = types_outer_sum(hdr, pkt, 0);
	copy_fields(hdr, head, pkt);
	copy_tunnel(hdr, head, pkt, c->data_len);
	for (unsigned int l = 0; l < pkt->nb_ip; l++)
		if (pkt->ip[l].version == 4)
			update_cksum(hdr + pkt->ip[l].off + 10, ip_sum[l],
				cleave_sum(hdr + pkt->ip[l].off, pkt->ip[l].len), false);
	if (has_l4_cksum(hdr, pkt))
		update_cksum(
			l4_cksum(hdr, pkt), l4, l4_sum(hdr, pkt, 0), pkt->l4_proto == IPPROTO_UDP);
	if (outer != 0)
		update_cksum(
			hdr + outer, tunnel, types_outer_sum(hdr, pkt, 0), types_outer_udp(pkt));

	c->data_off -= pkt->hdr_len;
	c->data_len += pkt->hdr_len;
	c->pkt_len = c->data_len;
	types_carry_over(c, m);
	types_set_offload(c, pkt, flags, 0);
}

/* The first packet: what the merge wrote is taken back. Checksums are made new, for who merged need
 * not have kept any. last: the last packet, which is itself again. */
static void
restore_head(struct rte_mbuf *m, const struct cleave_pkt *pkt, const struct cleave_gso_req *req,
	const struct rte_mbuf *last)
{
	uint8_t *hdr = rte_pktmbuf_mtod(m, uint8_t *), *field = l4_cksum(hdr, pkt);
	bool tcp = pkt->l4_proto == IPPROTO_TCP, has = has_l4_cksum(hdr, pkt);
	bool hw = has && (req->flags & CLEAVE_GSO_HW_L4_CKSUM) && types_may_offload(hdr, pkt);
	uint64_t port = hw ? (tcp ? RTE_MBUF_F_TX_TCP_CKSUM : RTE_MBUF_F_TX_UDP_CKSUM) : 0;
	uint32_t len = m->data_len - pkt->hdr_len, flags_off = pkt->l4_off + TCP_FLAGS;
	bool known = (req->flags & CLEAVE_GSO_SUMS) && cleave_meta_offset >= 0;
	uint16_t sum = 0, cksum;

	types_put_lengths(hdr, pkt, len);
	if (tcp)
		hdr[flags_off] &= ~(rte_pktmbuf_mtod(last, uint8_t *)[flags_off] &
				    (CLEAVE_TCP_FIN | CLEAVE_TCP_PSH));
	for (unsigned int l = 0; l < pkt->nb_ip; l++)
		if (pkt->ip[l].version == 4)
			put_ip4_cksum(hdr, &pkt->ip[l]);
	if (hw)
		put16_raw(field, cleave_sum_pseudo(hdr, pkt, pkt->l4_len + len));
	else if (has || types_outer_cksum(hdr, pkt) != 0)
		sum = known ? cleave_meta(m)->sum : cleave_sum(hdr + pkt->hdr_len, len);
	if (has && !hw) {
		put16_raw(field, 0);
		cksum = ~cleave_sum_add(l4_sum(hdr, pkt, len), sum);
		put16_raw(field, cksum == 0 && !tcp ? 0xffff : cksum);
	}
	types_put_outer_cksum(hdr, pkt, len, sum);

	m->pkt_len = m->data_len;
	m->nb_segs = 1;
	m->next = NULL;
	types_set_offload(m, pkt, m->ol_flags, port);
}

int
gso_fraglist(struct rte_mbuf *m, const struct cleave_pkt *pkt, const struct cleave_gso_req *req,
	struct rte_mbuf **out, uint16_t nb_out)
{
	struct rte_mbuf *c = m->next;
	uint8_t *hdr = rte_pktmbuf_mtod(m, uint8_t *);
	uint64_t flags = m->ol_flags;
	unsigned int n = 1;

	/* a checksum where there was none is not to be had by updates */
	if ((req->flags & CLEAVE_GSO_OUTER_CKSUM) || !is_fraglist(m, pkt, req->mss))
		return 0;
	if (m->nb_segs > nb_out || m->nb_segs > CLEAVE_GSO_SEGS_MAX)
		return -ENOSPC;
	if ((req->flags & CLEAVE_GSO_VERIFY) && has_l4_cksum(hdr, pkt) &&
		cleave_sum_add(l4_sum(hdr, pkt, pkt->payload_len),
			cleave_sum_mbuf(m, pkt->hdr_len, pkt->payload_len)) != 0xffff)
		return -EBADMSG;
	for (; c != NULL; n++) {
		struct rte_mbuf *next = c->next;

		restore_packet(c, m, pkt, flags);
		c->next = NULL;
		c->nb_segs = 1;
		out[n] = c;
		c = next;
	}
	restore_head(m, pkt, req, out[n - 1]);
	out[0] = m;
	return n;
}
