/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside of the judge: IP fragments (RFC 791 3.2, RFC 8200 4.5). Neighbours: model.h, model.c.
 */
#include <string.h>

#include "model.h"

/* Bytes of each fragment but the last. */
static uint32_t
step(const struct model *m)
{
	return m->req->mss & ~7u;
}

/* What each fragment begins with: the IPv4 header, or the IPv6 header and all up to the routing
 * header, else up to the hop-by-hop header. *next: where the type of what follows stands. */
static uint32_t
unfragmentable(const struct model *m, uint32_t *next)
{
	const struct cleave_ip *ip = &m->in->at->ip[0];
	uint32_t len = 40, end = 40, at = ip->off + 6;
	const uint8_t *h = m->in->data + ip->off;
	uint8_t type = h[6];

	*next = at;
	if (ip->version == 4)
		return (h[0] & 15) * 4;
	while (type == IPPROTO_HOPOPTS || type == IPPROTO_ROUTING || type == IPPROTO_DSTOPTS) {
		bool each = type != IPPROTO_DSTOPTS;

		type = h[len];
		at = ip->off + len;
		len += 8 + h[len + 1] * 8;
		if (each) {
			*next = at;
			end = len;
		}
	}
	return end;
}

unsigned int
model_nb_fragments(const struct model *m)
{
	uint32_t next, left = m->end - m->in->at->ip[0].off - unfragmentable(m, &next);

	if (step(m) == 0)
		return 0;
	return left <= step(m) ? 1 : (left + step(m) - 1) / step(m);
}

/* RFC 791: options without the copy bit are of the first fragment only; what is left of them is
 * no-operations, as with Linux. */
static void
copied_options(uint8_t *opt, uint32_t len)
{
	for (uint32_t o = 0, n; o < len && opt[o] != 0; o += n) {
		n = opt[o] == 1 ? 1 : opt[o + 1];
		if (n == 0 || o + n > len)
			return;
		if (!(opt[o] & 0x80))
			memset(opt + o, 1, n);
	}
}

static void
fragment4(const struct model *m, unsigned int i, struct model_frame *f, uint32_t hdr)
{
	uint32_t ip = m->in->at->ip[0].off;
	uint8_t *h = f->data + ip;
	uint16_t was = pkt_be16(h + 6);
	uint16_t off = (was & 0x1fff) + i * step(m) / 8;
	uint16_t more = i + 1 < m->nb ? 0x2000 : was & 0x2000;
	const struct cleave_ip at = {.off = ip, .len = hdr, .version = 4};

	if (i > 0)
		copied_options(h + 20, hdr - 20);
	model_put16(f, ip + 6, (was & 0x8000) | more | off, "fragment offset", MODEL_EXACT);
	model_put_ip(f, &at, m->req->flags & CLEAVE_GSO_HW_IP_CKSUM);
}

static void
fragment6(const struct model *m, unsigned int i, struct model_frame *f, uint32_t hdr, uint32_t next)
{
	const struct cleave_ip at = {.off = m->in->at->ip[0].off, .version = 6};
	uint8_t *x = f->data + at.off + hdr;

	if (m->nb > 1) {
		x[0] = f->data[next];
		x[1] = 0;
		f->data[next] = IPPROTO_FRAGMENT;
		model_put16(f, x + 2 - f->data, i * step(m) | (i + 1 < m->nb), "fragment offset",
			MODEL_EXACT);
		model_put32(f, x + 4 - f->data, m->req->frag_id, "identification");
	}
	model_put_ip(f, &at, false);
}

/* The L4 checksum over the whole packet, where it lies in fragment i. */
static void
complete(const struct model *m, struct model_frame *f, uint32_t from, uint32_t n, uint32_t data)
{
	const struct cleave_pkt *at = m->in->at;
	uint32_t cksum = at->l4_off + (at->l4_proto == IPPROTO_TCP ? 16 : 6), len;
	static uint8_t copy[MODEL_FRAME_MAX];
	uint16_t sum;

	len = m->end - at->l4_off;
	memcpy(copy, m->in->data + at->l4_off, len);
	memset(copy + cksum - at->l4_off, 0, 2);
	sum = pkt_sum_add(pkt_pseudo(m->in->data, cleave_inner_ip(at), at->l4_proto, len),
		pkt_sum(copy, len));
	if (cksum >= from && cksum < from + n)
		model_put16(f, data + cksum - from, model_l4_cksum(at->l4_proto, sum),
			"L4 checksum of the whole", MODEL_EXACT);
}

void
model_fragment(const struct model *m, unsigned int i, struct model_frame *f)
{
	uint32_t ip = m->in->at->ip[0].off, next, hdr = unfragmentable(m, &next), data, from, n;
	bool v4 = m->in->at->ip[0].version == 4;

	from = ip + hdr + i * step(m);
	n = m->nb == 1 ? m->end - from : RTE_MIN(step(m), m->end - from);
	data = ip + hdr + (v4 || m->nb == 1 ? 0 : 8);
	f->nb_marks = 0;
	f->len = data + n;
	memcpy(f->data, m->in->data, ip + hdr);
	memcpy(f->data + data, m->in->data + from, n);
	if (v4)
		fragment4(m, i, f, hdr);
	else
		fragment6(m, i, f, hdr, next);
	if (m->req->flags & CLEAVE_GSO_COMPLETE && m->in->at->depth == CLEAVE_DEPTH_L4 &&
		m->in->at->l4_proto != IPPROTO_SCTP)
		complete(m, f, from, n, data);
}
