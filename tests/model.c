/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside of the judge: segments by the L4 header (TCP, UDP, SCTP), plain or in a tunnel, as
 * SEMANTICS.md part 2 has them. A tunnel is nothing but the offsets that the builder noted.
 * Neighbours: model.h, model_frag.c.
 */
#include <string.h>

#include "model.h"

static const struct cleave_ip *
last_ip(const struct model *m)
{
	return &m->at.ip[m->at.nb_ip - 1];
}

/* What lies behind `from` moves up by 8 bytes. */
static void
move_up(struct cleave_pkt *at, uint32_t from)
{
	uint16_t *const offs[] = {&at->ip[0].dst_off, &at->ip[1].off, &at->ip[1].dst_off,
		&at->tunnel_off, &at->inner_off, &at->tunnel_len, &at->tunnel_len_from,
		&at->tunnel_cksum, &at->l4_off, &at->hdr_len};

	for (unsigned int i = 0; i < RTE_DIM(offs); i++)
		if (*offs[i] > from)
			*offs[i] -= 8;
}

/* RFC 2675: the option is void in a packet whose length field is not 0. As Linux: the header goes
 * when it held nothing else. */
static void
remove_jumbo(struct model *m, struct cleave_ip *ip)
{
	uint8_t *h = m->hdr + ip->off, *x = h + 40;
	uint32_t len = 8 + x[1] * 8;

	if (ip->version != 6 || pkt_be16(h + 4) != 0 || h[6] != IPPROTO_HOPOPTS)
		return;
	if (len == 8 && x[2] == 0xc2) {
		h[6] = x[0];
		memmove(x, x + 8, m->hdr + m->at.hdr_len - x - 8);
		ip->len -= 8;
		move_up(&m->at, ip->off + 40);
		return;
	}
	for (uint32_t o = 2; o < len; o += x[o] == 0 ? 1 : 2 + x[o + 1])
		if (x[o] == 0xc2)
			memcpy(x + o, "\x01\x04\0\0\0\0", 6);
}

/* Where the payload of packet i is, and how much. */
static uint32_t
payload(const struct model *m, unsigned int i, uint32_t *n)
{
	uint32_t off = m->in->at->hdr_len, left = m->end - off, mss = m->req->mss;

	if (m->req->type == CLEAVE_GSO_BY_FRAGS) {
		for (unsigned int k = 0; k < i; k++)
			off += m->in->pieces[k];
		*n = m->in->pieces[i];
		return off;
	}
	*n = m->nb == 1 ? left : RTE_MIN(mss, left - i * mss);
	return off + i * mss;
}

/* Sum of n bytes from off, where a piece that is whole in them counts as what is claimed of it. */
static uint16_t
payload_sum(const struct model *m, uint32_t off, uint32_t n)
{
	const struct check_in *in = m->in;
	uint32_t start = in->at->hdr_len, a, b;
	uint16_t sum = 0, s;

	if (in->sums == NULL)
		return pkt_sum(in->data + off, n);
	for (unsigned int k = 0; k < in->nb_pieces; start += in->pieces[k++]) {
		a = RTE_MAX(start, off);
		b = RTE_MIN(start + in->pieces[k], off + n);
		if (a >= b)
			continue;
		s = b - a == in->pieces[k] ? in->sums[k] : pkt_sum(in->data + a, b - a);
		sum = pkt_sum_add(sum, (a - off) % 2 ? (uint16_t)(s << 8 | s >> 8) : s);
	}
	return sum;
}

static void
put_tcp(const struct model *m, unsigned int i, struct model_frame *f)
{
	uint8_t *h = f->data + m->at.l4_off;

	model_put32(f, m->at.l4_off + 4, pkt_be32(h + 4) + i * m->req->mss, "TCP sequence");
	if (i + 1 < m->nb)
		h[13] &= ~(CLEAVE_TCP_FIN | CLEAVE_TCP_PSH);
	if (i > 0 && !(m->flags & CLEAVE_GSO_ACCECN))
		h[13] &= ~CLEAVE_TCP_CWR;
	model_put16(f, m->at.l4_off + 12, pkt_be16(h + 12), "TCP offset and flags", MODEL_EXACT);
}

/* The checksum of the L4 header with all that it covers, or the sum of its pseudo-header. */
static void
put_l4_cksum(const struct model *m, struct model_frame *f, uint16_t data_sum, bool pseudo)
{
	uint8_t proto = m->at.l4_proto;
	uint32_t off = m->at.l4_off, len = f->len - off, crc;
	uint32_t at = off + (proto == IPPROTO_TCP ? 16 : proto == IPPROTO_UDP ? 6 : 8);
	uint16_t sum;

	if (proto == IPPROTO_SCTP) {
		model_put32(f, at, 0, "SCTP checksum");
		crc = rte_bswap32(model_crc32c(f->data + off, len)); /* least byte first */
		pkt_put32(f->data + at, pseudo ? 0 : crc);
		return;
	}
	pkt_put16(f->data + at, 0);
	sum = pkt_pseudo(f->data, last_ip(m), proto, len);
	if (pseudo) {
		model_put16(f, at, sum, "sum of the pseudo-header", MODEL_OR_SAME_SUM);
		return;
	}
	sum = pkt_sum_add(sum, pkt_sum(f->data + off, m->at.l4_len));
	sum = pkt_sum_add(sum, data_sum);
	model_put16(f, at, model_l4_cksum(proto, sum), "L4 checksum", MODEL_EXACT);
}

/* Lengths and checksums of the tunnel, over an inner packet whose checksums are complete. */
static void
put_tunnel(const struct model *m, struct model_frame *f)
{
	const struct cleave_pkt *at = &m->at;
	uint32_t off = at->tunnel_off, len = f->len - off;
	bool cksum;

	if (at->tunnel_len != 0)
		model_put16(f, at->tunnel_len, f->len - at->tunnel_len_from, "tunnel's length",
			MODEL_EXACT);
	if (at->ip[0].proto == IPPROTO_UDP) {
		cksum = pkt_be16(f->data + off + 6) != 0;
		model_put16(f, off + 4, len, "outer UDP length", MODEL_EXACT);
		pkt_put16(f->data + off + 6, 0);
		if (cksum)
			model_put16(f, off + 6,
				model_l4_cksum(IPPROTO_UDP,
					pkt_sum_add(
						pkt_pseudo(f->data, &at->ip[0], IPPROTO_UDP, len),
						pkt_sum(f->data + off, len))),
				"outer UDP checksum", MODEL_EXACT);
	} else if (at->tunnel_cksum != 0) {
		pkt_put16(f->data + at->tunnel_cksum, 0);
		model_put16(f, at->tunnel_cksum, ~pkt_sum(f->data + off, len), "tunnel's checksum",
			MODEL_EXACT);
	}
}

void
model_segment(const struct model *m, unsigned int i, struct model_frame *f)
{
	const struct cleave_pkt *at = &m->at;
	bool remcsum = at->tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM;
	uint16_t flags = m->flags;
	uint32_t n, off = payload(m, i, &n);

	f->nb_marks = 0;
	f->len = at->hdr_len + n;
	memcpy(f->data, m->hdr, at->hdr_len);
	memcpy(f->data + at->hdr_len, m->in->data + off, n);
	for (unsigned int l = 0; l < at->nb_ip; l++) {
		uint32_t id = at->ip[l].off + 4;
		bool fixed = flags &
			     (l + 1 == at->nb_ip ? CLEAVE_GSO_FIXED_ID : CLEAVE_GSO_FIXED_OUTER_ID);

		if (at->ip[l].version == 4)
			model_put16(f, id, pkt_be16(f->data + id) + (fixed ? 0 : i),
				l + 1 == at->nb_ip ? "IPv4 ID" : "outer IPv4 ID", MODEL_EXACT);
		model_put_ip(f, &at->ip[l], l + 1 == at->nb_ip && flags & CLEAVE_GSO_HW_IP_CKSUM);
	}
	if (at->l4_proto == IPPROTO_TCP)
		put_tcp(m, i, f);
	else if (at->l4_proto == IPPROTO_UDP)
		model_put16(f, at->l4_off + 4, 8 + n, "UDP length", MODEL_EXACT);
	put_l4_cksum(m, f, payload_sum(m, off, n), remcsum);
	if (at->tunnel != CLEAVE_TUNNEL_NONE)
		put_tunnel(m, f);
	if (flags & CLEAVE_GSO_HW_L4_CKSUM && !remcsum)
		put_l4_cksum(m, f, 0, true);
}

static unsigned int
nb_segments(const struct model *m)
{
	uint32_t left = m->end - m->in->at->hdr_len;

	if (m->in->at->depth != CLEAVE_DEPTH_L4)
		return 0;
	if (m->req->type == CLEAVE_GSO_BY_FRAGS)
		return m->in->nb_pieces;
	if (m->req->mss == 0 || m->in->at->l4_proto == IPPROTO_SCTP)
		return 0;
	return left <= m->req->mss ? 1 : (left + m->req->mss - 1) / m->req->mss;
}

/* Nothing is left to the port that an outer checksum covers and that does not sum to nothing: the
 * CRC is final before any outer checksum is. */
static bool
crc_covered(const struct model *m)
{
	const struct cleave_pkt *at = &m->at;

	if (at->l4_proto != IPPROTO_SCTP || at->tunnel == CLEAVE_TUNNEL_NONE)
		return false;
	return at->tunnel_cksum != 0 ||
	       (at->ip[0].proto == IPPROTO_UDP && pkt_be16(m->in->data + at->tunnel_off + 6) != 0);
}

unsigned int
model_init(struct model *m, const struct check_in *in, const struct cleave_gso_req *req)
{
	m->in = in;
	m->req = req;
	m->at = *in->at;
	m->end = m->at.frame_len;
	m->nb = 0;
	m->flags = req->flags;
	if (crc_covered(m))
		m->flags &= ~(CLEAVE_GSO_HW_IP_CKSUM | CLEAVE_GSO_HW_L4_CKSUM);
	if (m->at.nb_ip == 0 || m->at.hdr_len > MODEL_HDR_MAX || m->end > in->len)
		return 0;
	if (req->type == CLEAVE_GSO_FRAGMENT) {
		m->nb = model_nb_fragments(m);
	} else {
		m->nb = nb_segments(m);
		memcpy(m->hdr, in->data, m->at.hdr_len);
		for (unsigned int l = m->at.nb_ip; m->nb > 1 && l > 0; l--)
			remove_jumbo(m, &m->at.ip[l - 1]);
	}
	return m->nb;
}
