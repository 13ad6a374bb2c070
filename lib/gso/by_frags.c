/* SPDX-License-Identifier: BSD-3-Clause
 *
 * CLEAVE_GSO_BY_FRAGS, SCTP (RFC 9260): chunk bundles are never split, each mbuf behind the headers
 * is the payload of one packet. Neighbours: types.h; gso.c calls it.
 */
#include <errno.h>
#include <string.h>

#include <rte_common.h>
#include <rte_hash_crc.h>

#include "cleave_config.h"
#include "own.h"
#include "types.h"

#define SCTP_CRC 8 /* offset in the common header */

struct frags {
	struct rte_mbuf *m;
	const struct cleave_pkt *pkt;
	const struct cleave_gso_req *req;
	const struct cleave_gso_pools *pools;
	struct rte_mbuf *first;	     /* has the chunks of the first packet, */
	uint32_t off;		     /* from here on */
	uint32_t longest;	     /* chunk bytes of a packet */
	uint32_t n;		     /* packets */
	uint64_t flags;		     /* of the packet's first mbuf */
	bool linear;		     /* one mbuf a packet */
	bool hw_ip, hw_crc;	     /* checksums that are left to the port */
	uint8_t hdr[CLEAVE_HDR_MAX]; /* the headers, contiguous */
};

/* Which mbufs are packets, and whether they can be. */
static int
find_packets(struct frags *f)
{
	struct rte_mbuf *m = f->m;
	uint32_t off = f->pkt->hdr_len, total = 0;

	while (m != NULL && off > m->data_len) {
		off -= m->data_len;
		m = m->next;
	}
	if (m != NULL && off == m->data_len) {
		off = 0;
		m = m->next;
	}
	f->first = m;
	f->off = off;
	f->n = f->longest = 0;
	for (; m != NULL; m = m->next, off = 0) {
		uint32_t len = m->data_len - off;

		if (len < 4 || len % 4 != 0)
			return -EINVAL;
		total += len;
		f->longest = RTE_MAX(f->longest, len);
		f->n++;
	}
	return f->n == 0 || total != f->pkt->payload_len ? -EINVAL : 0;
}

static int
find_headers(struct frags *f)
{
	const struct cleave_pkt *pkt = f->pkt;
	const struct cleave_ip *ip = cleave_inner_ip(pkt);
	const uint8_t *hdr = rte_pktmbuf_read(f->m, 0, pkt->hdr_len, f->hdr);
	bool may;

	if (hdr == NULL || pkt->hdr_len + pkt->payload_len != f->m->pkt_len ||
		pkt->hdr_len - pkt->ip[0].off - (pkt->ip[0].version == 6 ? 40 : 0) + f->longest >
			UINT16_MAX)
		return -EINVAL;
	if (hdr != f->hdr)
		memcpy(f->hdr, hdr, pkt->hdr_len);
	if ((f->req->flags & CLEAVE_GSO_OUTER_CKSUM) && types_outer_udp(pkt))
		put16_raw(f->hdr + pkt->tunnel_off + 6, UINT16_MAX);
	may = types_may_offload(f->hdr, pkt);
	f->hw_ip = may && ip->version == 4 && (f->req->flags & CLEAVE_GSO_HW_IP_CKSUM);
	f->hw_crc = may && (f->req->flags & CLEAVE_GSO_HW_L4_CKSUM);
	return 0;
}

/* What CRC32c (RFC 9260 appendix A) has become behind these bytes; it starts as UINT32_MAX. */
static uint32_t
crc_of(const struct rte_mbuf *m, uint32_t off, uint32_t crc)
{
	return rte_hash_crc(rte_pktmbuf_mtod_offset(m, const void *, off), m->data_len - off, crc);
}

/* The CRC as it stands in the header. */
static uint32_t
crc_field(uint32_t crc)
{
	return rte_cpu_to_le_32(~crc);
}

/* Was the CRC of the whole packet right? */
static bool
crc_right(const struct frags *f)
{
	uint8_t common[12];
	uint32_t off = f->off, field, crc;

	memcpy(common, f->hdr + f->pkt->l4_off, sizeof(common));
	memcpy(&field, common + SCTP_CRC, sizeof(field));
	put32_raw(common + SCTP_CRC, 0);
	crc = rte_hash_crc(common, sizeof(common), UINT32_MAX);
	for (const struct rte_mbuf *m = f->first; m != NULL; m = m->next, off = 0)
		crc = crc_of(m, off, crc);
	return crc_field(crc) == field;
}

/* The ID and checksum of each IPv4 header of packet i. */
static void
put_ip4(const struct frags *f, uint8_t *hdr, unsigned int i)
{
	const struct cleave_pkt *pkt = f->pkt;

	for (unsigned int l = 0; l < pkt->nb_ip; l++) {
		const struct cleave_ip *ip = &pkt->ip[l];
		bool inner = l + 1u == pkt->nb_ip;
		uint8_t *p = hdr + ip->off;

		if (ip->version != 4)
			continue;
		if (!(f->req->flags & (inner ? CLEAVE_GSO_FIXED_ID : CLEAVE_GSO_FIXED_OUTER_ID)))
			put16(p + 4, (p[4] << 8 | p[5]) + i);
		if (inner && f->hw_ip)
			put16_raw(p + 10, 0);
		else
			put_ip4_cksum(hdr, ip);
	}
}

/* The headers of packet i, whose chunks are those in m from off on. Reads of the input only. */
static void
put_headers(const struct frags *f, struct rte_mbuf *seg, const struct rte_mbuf *m, uint32_t off,
	unsigned int i)
{
	const struct cleave_pkt *pkt = f->pkt;
	uint8_t *hdr = rte_pktmbuf_mtod(seg, uint8_t *), *common = hdr + pkt->l4_off;
	uint32_t len = m->data_len - off, crc;

	memcpy(hdr, f->hdr, pkt->hdr_len);
	types_put_lengths(hdr, pkt, len);
	put_ip4(f, hdr, i);
	put32_raw(common + SCTP_CRC, 0);
	if (!f->hw_crc) {
		crc = crc_of(m, off, rte_hash_crc(common, pkt->l4_len, UINT32_MAX));
		put32_raw(common + SCTP_CRC, crc_field(crc));
	}
	if (types_outer_cksum(hdr, pkt) != 0)
		types_put_outer_cksum(hdr, pkt, len,
			cleave_sum(rte_pktmbuf_mtod_offset(m, const void *, off), len));
	types_set_offload(seg, pkt, f->flags,
		(f->hw_ip ? RTE_MBUF_F_TX_IP_CKSUM : 0) |
			(f->hw_crc ? RTE_MBUF_F_TX_SCTP_CKSUM : 0));
}

/* Everything that comes from a pool: an mbuf for the headers of each packet, and an indirect one
 * behind it where the chunks are in an mbuf that somebody else holds too. */
static int
take_mbufs(const struct frags *f, struct rte_mbuf **out)
{
	const struct rte_mbuf *m = f->first;

	if (rte_pktmbuf_data_room_size(f->pools->direct) <
		RTE_PKTMBUF_HEADROOM + f->pkt->hdr_len + (f->linear ? f->longest : 0))
		return -EMSGSIZE;
	if (rte_pktmbuf_alloc_bulk(f->pools->direct, out, f->n) < 0)
		return -ENOMEM;
	for (unsigned int i = 0; i < f->n && !f->linear; i++, m = m->next) {
		struct rte_mbuf *slice;

		if (rte_mbuf_refcnt_read(m) == 1)
			continue;
		slice = rte_pktmbuf_alloc(f->pools->indirect);
		if (slice == NULL)
			goto err;
		rte_pktmbuf_attach(slice, RTE_PTR_ADD(m, 0));
		out[i]->next = slice;
		out[i]->nb_segs = 2;
	}
	return 0;
err:
	rte_pktmbuf_free_bulk(out, f->n);
	return -ENOMEM;
}

/* Packet i complete but for the mbuf with its chunks, the input still as it was. */
static void
start_packet(const struct frags *f, struct rte_mbuf *seg, const struct rte_mbuf *m, uint32_t off,
	unsigned int i)
{
	uint16_t hdr_len = f->pkt->hdr_len;
	uint32_t len = m->data_len - off;

	types_carry_over(seg, f->m);
	put_headers(f, seg, m, off, i);
	seg->data_len = hdr_len;
	seg->pkt_len = hdr_len + len;
	if (!f->linear)
		return;
	memcpy(rte_pktmbuf_mtod_offset(seg, void *, hdr_len),
		rte_pktmbuf_mtod_offset(m, const void *, off), len);
	seg->data_len += len;
}

/* The input's mbufs become the packets', or go where they came from. */
static void
hand_over(const struct frags *f, struct rte_mbuf **out)
{
	struct rte_mbuf *m, *next, *piece;
	uint32_t off = f->off;

	for (m = f->m; m != f->first; m = next) {
		next = m->next;
		rte_pktmbuf_free_seg(m);
	}
	for (unsigned int i = 0; i < f->n; i++, m = next, off = 0) {
		next = m->next;
		piece = out[i]->next;
		if (piece != NULL) {
			rte_pktmbuf_free_seg(m); /* still held by the indirect mbuf */
		} else {
			piece = out[i]->next = m;
			out[i]->nb_segs = 2;
			m->next = NULL;
			m->nb_segs = 1;
		}
		piece->ol_flags &= TYPES_FLAGS_OWN;
		piece->data_off += off;
		piece->data_len -= off;
		piece->pkt_len = piece->data_len;
	}
}

/* May the one packet stay in the mbufs in which it is? */
static bool
stays_whole(const struct frags *f)
{
	uint16_t most = f->linear ? 1 : f->req->max_pieces;

	return f->n == 1 && headers_writable(f->m, f->pkt->hdr_len) &&
	       (most == 0 || f->m->nb_segs <= most);
}

/* Among the extension headers may be the jumbo option, which would have to be removed. */
static bool
has_jumbo_options(const struct cleave_ip *ip)
{
	return ip->version == 6 && (ip->flags & CLEAVE_IP_JUMBO) && (ip->flags & CLEAVE_IP_OPTIONS);
}

int
gso_by_frags(struct rte_mbuf *m, const struct cleave_pkt *pkt, const struct cleave_gso_req *req,
	const struct cleave_gso_pools *pools, struct rte_mbuf **out, uint16_t nb_out)
{
	struct frags f = {.m = m, .pkt = pkt, .req = req, .pools = pools, .flags = m->ol_flags};
	const struct rte_mbuf *piece;
	int rc;

	if (pkt->depth != CLEAVE_DEPTH_L4 || pkt->l4_proto != IPPROTO_SCTP ||
		has_jumbo_options(&pkt->ip[0]) || has_jumbo_options(&pkt->ip[1]))
		return -ENOTSUP;
	rc = find_packets(&f);
	if (rc == 0)
		rc = find_headers(&f);
	if (rc < 0)
		return rc;
	if (f.n > nb_out || f.n > CLEAVE_GSO_SEGS_MAX)
		return -ENOSPC;
	if ((req->flags & CLEAVE_GSO_VERIFY) && !crc_right(&f))
		return -EBADMSG;
	f.linear = (req->flags & CLEAVE_GSO_LINEAR) || req->max_pieces == 1;
	if (stays_whole(&f)) {
		put_headers(&f, m, f.first, f.off, 0);
		out[0] = m;
		return 1;
	}
	rc = take_mbufs(&f, out);
	if (rc < 0)
		return rc;
	piece = f.first;
	for (unsigned int i = 0; i < f.n; i++, piece = piece->next)
		start_packet(&f, out[i], piece, i == 0 ? f.off : 0, i);
	if (f.linear)
		rte_pktmbuf_free(m);
	else
		hand_over(&f, out);
	return f.n;
}
