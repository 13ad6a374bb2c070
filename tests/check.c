/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The judge of segmentation, for frames: what came out beside what has to. Neighbours: check.h,
 * check_mbuf.c, model.h (what has to come out).
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "expect.h"
#include "model.h"

static struct model_frame want;

bool expect_quiet;

static void
write_frame(const struct model *m, unsigned int i)
{
	if (m->req->type == CLEAVE_GSO_FRAGMENT)
		model_fragment(m, i, &want);
	else
		model_segment(m, i, &want);
}

/* Whether the bytes of a field are another of its values. */
static bool
excused(const struct model_mark *k, const uint8_t *got)
{
	uint16_t a = pkt_be16(got), b = pkt_be16(want.data + k->off);

	if (k->or == MODEL_OR_ZERO)
		return a == 0;
	return k->or == MODEL_OR_SAME_SUM && (a == 0 || a == 0xffff) && (b == 0 || b == 0xffff);
}

static int
compare(const struct model *m, const struct check_frame *s, unsigned int i, unsigned int nb)
{
	uint32_t got, k;

	for (k = 0; k < want.len; k++) {
		const struct model_mark *mark = want.mark;

		if (s->data[k] == want.data[k])
			continue;
		while (mark < want.mark + want.nb_marks &&
			(k < mark->off || k >= mark->off + mark->len))
			mark++;
		if (mark == want.mark + want.nb_marks)
			break;
		got = mark->len == 2 ? pkt_be16(s->data + mark->off)
				     : pkt_be32(s->data + mark->off);
		EXPECT(excused(mark, s->data + mark->off), "%s at %u is 0x%x, not 0x%x", mark->name,
			mark->off, got,
			mark->len == 2 ? pkt_be16(want.data + mark->off)
				       : pkt_be32(want.data + mark->off));
		k = mark->off + mark->len - 1;
	}
	EXPECT(k >= want.len, "byte %u (IP at %u, L4 at %u, payload at %u) is 0x%02x, not 0x%02x",
		k, m->at.ip[0].off, m->at.l4_off, m->at.hdr_len, s->data[k], want.data[k]);
	return 0;
}

unsigned int
check_nb(const struct check_in *in, const struct cleave_gso_req *req)
{
	struct model m;

	return model_init(&m, in, req);
}

int
check_frames(const struct check_in *in, const struct cleave_gso_req *req,
	const struct check_frame *seg, unsigned int nb)
{
	struct model m;

	if (model_init(&m, in, req) == 0) {
		printf("check: not an input that is judged here\n");
		return -1;
	}
	if (nb != m.nb) {
		printf("check: %u segments, not %u\n", nb, m.nb);
		return -1;
	}
	for (unsigned int i = 0; i < nb; i++) {
		write_frame(&m, i);
		/* what leaves whole may keep its padding */
		EXPECT(seg[i].len == want.len || (nb == 1 && seg[i].len == in->len),
			"%u bytes, not %u", seg[i].len, want.len);
		if (compare(&m, &seg[i], i, nb) < 0)
			return -1;
	}
	return 0;
}

uint32_t
check_write(const struct check_in *in, const struct cleave_gso_req *req, unsigned int i,
	unsigned int nb, uint8_t *buf, uint32_t max)
{
	struct model m;

	model_init(&m, in, req);
	m.nb = nb;
	write_frame(&m, i);
	if (want.len > max)
		return 0;
	memcpy(buf, want.data, want.len);
	return want.len;
}

static uint32_t
find_ip6(const uint8_t *in, struct cleave_ip *ip)
{
	uint32_t off = ip->off + 40;
	uint8_t next = in[ip->off + 6];

	ip->dst_off = ip->off + 24;
	while (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS) {
		uint32_t ext = 8 + in[off + 1] * 8;

		if (next == IPPROTO_ROUTING && in[off + 3] != 0)
			ip->dst_off = in[off + 2] == 4 ? off + 8 : off + ext - 16;
		next = in[off];
		off += ext;
	}
	ip->len = off - ip->off;
	return 40 + pkt_be16(in + ip->off + 4);
}

static void
find(const uint8_t *in, uint32_t len, struct cleave_pkt *at)
{
	struct cleave_ip *ip = &at->ip[0];
	uint32_t off = 14, total;

	memset(at, 0, sizeof(*at));
	while (pkt_be16(in + off - 2) == 0x8100 || pkt_be16(in + off - 2) == 0x88a8)
		off += 4;
	if (pkt_be16(in + off - 2) == 0x8847)
		for (bool bottom = false; !bottom; off += 4)
			bottom = in[off + 2] & 1;
	ip->off = off;
	ip->version = in[off] >> 4;
	ip->proto = IPPROTO_TCP;
	if (ip->version == 6) {
		total = find_ip6(in, ip);
	} else {
		ip->len = (in[off] & 15) * 4;
		ip->dst_off = off + 16;
		total = pkt_be16(in + off + 2);
	}
	at->frame_len = total == 0 || (ip->version == 6 && total == 40) ? len : off + total;
	at->nb_ip = 1;
	at->depth = CLEAVE_DEPTH_L4;
	at->l4_proto = IPPROTO_TCP;
	at->l4_off = off + ip->len;
	at->l4_len = (in[at->l4_off + 12] >> 4) * 4;
	at->hdr_len = at->l4_off + at->l4_len;
	at->payload_len = at->frame_len - at->hdr_len;
}

struct check_in
check_in_tcp(const uint8_t *in, uint32_t len, struct cleave_pkt *at)
{
	find(in, len, at);
	return (struct check_in){.data = in, .len = len, .at = at};
}

unsigned int
check_count(const uint8_t *in, uint32_t len, uint32_t mss)
{
	const struct cleave_gso_req req = {.mss = mss};
	struct cleave_pkt at;
	const struct check_in ci = check_in_tcp(in, len, &at);

	return check_nb(&ci, &req);
}

int
check_segments(const uint8_t *in, uint32_t len, const struct cleave_gso_req *req,
	const struct check_frame *seg, unsigned int nb)
{
	struct cleave_pkt at;
	const struct check_in ci = check_in_tcp(in, len, &at);

	return check_frames(&ci, req, seg, nb);
}
