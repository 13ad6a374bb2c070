/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The rules of SEMANTICS.md part 3, one after the other: which frames are never merged, and which
 * may join others of their flow. Neighbours: gro_test.h, gro_judge.c.
 */
#include "gro_test.h"

/* As many as SEMANTICS.md promises ("no early stop at 20"): 64 KB at 536 bytes; and as many as may
 * be cut again. */
#define SURELY_MBUFS 123

const char *gro_why = "";

/* A rule that is broken. */
#define NEVER(cond, why)                                                                           \
	do {                                                                                       \
		if (cond) {                                                                        \
			gro_why = why;                                                             \
			return GRO_NEVER;                                                          \
		}                                                                                  \
	} while (0)

static const uint8_t *
at(const struct gro_frame *f, uint32_t off)
{
	return f->p.data + off;
}

bool
gro_cksum_right(const struct gro_frame *f)
{
	const struct cleave_pkt *w = &f->p.want;
	uint32_t len = w->frame_len - w->l4_off;

	return pkt_sum_add(pkt_sum(at(f, w->l4_off), len),
		       pkt_pseudo(f->p.data, cleave_inner_ip(w), w->l4_proto, len)) == 0xffff;
}

/* One header that says what every segment of a packet would not. */
static enum gro_verdict
candidate_ip(const struct gro_frame *f, const struct cleave_ip *ip)
{
	const uint8_t *h = at(f, ip->off);

	NEVER(ip->flags & CLEAVE_IP_FRAGMENT, "a fragment");
	if (ip->version == 6)
		return GRO_YES;
	NEVER(ip->len > 20, "IPv4 options");
	NEVER(pkt_be16(h + 6) & 0x3fff, "a fragment");
	NEVER(h[6] & 0x80, "the reserved bit");
	NEVER(pkt_sum(h, ip->len) != 0xffff, "a bad IPv4 checksum");
	return pkt_be16(h + 10) == 0xffff ? GRO_MAYBE : GRO_YES;
}

static enum gro_verdict
candidate_tunnel(const struct gro_frame *f)
{
	const struct cleave_pkt *w = &f->p.want;
	uint32_t len = w->frame_len - w->tunnel_off;
	uint64_t outer = f->ol_flags & RTE_MBUF_F_RX_OUTER_L4_CKSUM_MASK;
	const uint8_t *t = at(f, w->tunnel_off);

	NEVER(outer == RTE_MBUF_F_RX_OUTER_L4_CKSUM_BAD, "the port says: outer checksum is bad");
	if (gro.lies)
		return GRO_MAYBE; /* what is inside may have been vouched for */
	if (w->tunnel_cksum != 0) {
		NEVER(pkt_sum(t, len) != 0xffff, "a bad tunnel checksum");
		if (pkt_be16(at(f, w->tunnel_cksum)) == 0xffff)
			return GRO_MAYBE;
	}
	if (w->ip[0].proto != IPPROTO_UDP || pkt_be16(t + 6) == 0)
		return GRO_YES;
	NEVER(pkt_sum_add(pkt_sum(t, len), pkt_pseudo(f->p.data, &w->ip[0], IPPROTO_UDP, len)) !=
				0xffff &&
			outer != RTE_MBUF_F_RX_OUTER_L4_CKSUM_GOOD,
		"a bad outer checksum");
	return outer == RTE_MBUF_F_RX_OUTER_L4_CKSUM_INVALID ? GRO_MAYBE : GRO_YES;
}

static enum gro_verdict
candidate_l4(const struct gro_frame *f)
{
	const struct cleave_pkt *w = &f->p.want;
	const uint8_t *l4 = at(f, w->l4_off);
	uint64_t rx = f->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
	bool tcp = w->l4_proto == IPPROTO_TCP, right = gro_cksum_right(f);

	NEVER(!(gro.conf.flags & (tcp ? CLEAVE_GRO_TCP : CLEAVE_GRO_UDP)), "not asked for");
	NEVER(w->l4_proto != IPPROTO_TCP && w->l4_proto != IPPROTO_UDP, "not that protocol");
	NEVER(tcp && l4[13] & (CLEAVE_TCP_SYN | CLEAVE_TCP_RST | CLEAVE_TCP_URG), "SYN, RST, URG");
	NEVER(w->payload_len == 0, "no payload");
	NEVER(rx == RTE_MBUF_F_RX_L4_CKSUM_BAD, "the port says: bad");
	/* to be completed on the way out; of a tunnel, it is not said of which one */
	if (rx == RTE_MBUF_F_RX_L4_CKSUM_NONE && tcp && w->nb_ip == 1)
		return GRO_YES;
	NEVER(rx == RTE_MBUF_F_RX_L4_CKSUM_NONE, "the port says: no checksum");
	NEVER(!tcp && pkt_be16(l4 + 6) == 0, "no checksum");
	if (w->tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM)
		return GRO_MAYBE;
	NEVER(!right && rx != RTE_MBUF_F_RX_L4_CKSUM_GOOD, "a bad checksum");
	/* right, but not as it would be made */
	return !right || (tcp && pkt_be16(l4 + 16) == 0xffff) ? GRO_MAYBE : GRO_YES;
}

static enum gro_verdict
candidate_mbufs(const struct gro_frame *f)
{
	bool split = f->pieces[0] != 0 && f->pieces[0] < f->p.want.hdr_len;

	switch (f->kind) {
	case GSO_PLAIN:
	case GSO_TIGHT:
		NEVER(split, "headers in several mbufs");
		return GRO_YES;
	case GSO_SHARED:
	case GSO_CLONED:
		NEVER(true, "somebody else's mbufs");
	default:
		NEVER(split, "headers in several mbufs");
		return GRO_MAYBE;
	}
}

enum gro_verdict
gro_candidate(const struct gro_frame *f)
{
	const struct cleave_pkt *w = &f->p.want;
	enum gro_verdict all = GRO_YES, v;

	NEVER(f->verdict == GRO_NEVER, "as the test says");
	NEVER(f->ol_flags & GRO_MARKS, "merged before");
	NEVER(w->depth != CLEAVE_DEPTH_L4, "no L4 header");
	NEVER((f->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_BAD ||
			f->ol_flags & RTE_MBUF_F_RX_OUTER_IP_CKSUM_BAD,
		"the port says: IP checksum is bad");
	for (unsigned int l = 0; l < w->nb_ip; l++) {
		v = candidate_ip(f, &w->ip[l]);
		all = RTE_MIN(all, v);
	}
	if (all != GRO_NEVER && w->nb_ip == 2) {
		v = candidate_tunnel(f);
		all = RTE_MIN(all, v);
	}
	if (all != GRO_NEVER) {
		v = candidate_l4(f);
		all = RTE_MIN(all, v);
	}
	if (all != GRO_NEVER) {
		v = candidate_mbufs(f);
		all = RTE_MIN(all, v);
	}
	return f->verdict == GRO_MAYBE ? RTE_MIN(all, GRO_MAYBE) : all;
}

static uint16_t
id(const struct gro_frame *f, unsigned int level)
{
	return pkt_be16(at(f, f->p.want.ip[level].off + 4));
}

static enum gro_verdict
fits_ip(const struct gro_frame *const *g, unsigned int n, const struct gro_frame *s,
	unsigned int level)
{
	const struct gro_frame *p = g[n - 1];
	const uint8_t *a = at(p, p->p.want.ip[level].off), *b = at(s, s->p.want.ip[level].off);
	uint16_t step = id(s, level) - id(p, level);

	if (s->p.want.ip[level].version == 6) {
		NEVER(a[0] != b[0] || (a[1] & 0xf0) != (b[1] & 0xf0), "traffic class");
		NEVER(a[7] != b[7], "hop limit");
		return GRO_YES;
	}
	NEVER(a[1] != b[1], "TOS");
	NEVER(a[8] != b[8], "TTL");
	NEVER(a[6] != b[6], "DF");
	NEVER(step > 1, "ID neither the same nor the next");
	NEVER(n > 1 && step != (uint16_t)(id(g[1], level) - id(g[0], level)), "ID: other style");
	return GRO_YES;
}

static enum gro_verdict
fits_tcp(const struct gro_frame *p, const struct gro_frame *s)
{
	const uint8_t *a = at(p, p->p.want.l4_off), *b = at(s, s->p.want.l4_off);
	const uint8_t may = CLEAVE_TCP_FIN | CLEAVE_TCP_PSH;

	NEVER(pkt_be32(a + 4) + p->p.want.payload_len != pkt_be32(b + 4), "sequence number");
	NEVER(pkt_be32(a + 8) != pkt_be32(b + 8), "acknowledgement number");
	NEVER(a[12] != b[12], "data offset or reserved bits");
	NEVER((a[13] ^ b[13]) & ~may, "flags");
	NEVER(a[13] & may, "FIN or PSH before it");
	NEVER(pkt_be16(a + 14) != pkt_be16(b + 14), "window");
	NEVER(pkt_be16(a + 18) != pkt_be16(b + 18), "urgent pointer");
	NEVER(memcmp(a + 20, b + 20, p->p.want.l4_len - 20) != 0, "options");
	return GRO_YES;
}

/* All lengths and numbers together. */
static enum gro_verdict
fits_total(const struct gro_frame *const *g, unsigned int n, const struct gro_frame *s)
{
	const struct cleave_pkt *w = &g[0]->p.want;
	uint32_t total = w->hdr_len - w->ip[0].off, mbufs = 0;
	uint16_t segs = gro.conf.udp_segs ? gro.conf.udp_segs : 64;

	for (unsigned int i = 0; i <= n; i++) {
		const struct gro_frame *f = i < n ? g[i] : s;

		total += f->p.want.payload_len;
		mbufs += f->nb_mbufs;
	}
	NEVER(total > 65535 + (w->ip[0].version == 6 ? 40 : 0), "64 KB");
	NEVER(w->l4_proto == IPPROTO_UDP && n >= segs, "datagrams");
	if (total > 65535)
		return GRO_MAYBE;
	return mbufs > (gro.conf.max_mbufs ? gro.conf.max_mbufs : SURELY_MBUFS) ? GRO_MAYBE
										: GRO_YES;
}

enum gro_verdict
gro_fits(const struct gro_frame *const *g, unsigned int n, const struct gro_frame *s)
{
	const struct gro_frame *p = g[n - 1];
	uint32_t first = g[0]->p.want.payload_len;
	const struct cleave_pkt *w = &s->p.want;

	NEVER(p->flow != s->flow, "another flow");
	NEVER(p->p.want.payload_len != first, "a shorter one before it");
	NEVER(w->payload_len > first, "longer than the first");
	for (unsigned int l = 0; l < w->nb_ip; l++)
		if (fits_ip(g, n, s, l) == GRO_NEVER)
			return GRO_NEVER;
	if (w->nb_ip == 2 && w->ip[0].proto == IPPROTO_UDP)
		NEVER((pkt_be16(at(p, p->p.want.tunnel_off + 6)) == 0) !=
				(pkt_be16(at(s, w->tunnel_off + 6)) == 0),
			"outer checksum on one of them");
	if (w->l4_proto == IPPROTO_TCP && fits_tcp(p, s) == GRO_NEVER)
		return GRO_NEVER;
	return fits_total(g, n, s);
}
