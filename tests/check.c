/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The judge of segmentation, for frames: an own walk of the input's headers, then each field of
 * each segment. Neighbours: check.h, check_mbuf.c.
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "expect.h"
#include "pkt.h"

#define HDR_MAX 1024

/* Where things are in the input. Offsets from its first byte. */
struct where {
	uint32_t l3, l4, hdr; /* first bytes of IP, TCP, payload */
	uint32_t end;	      /* behind the last byte of payload */
	uint32_t dst;	      /* the address in the pseudo-header */
	uint32_t ip_hdr;      /* bytes of the IPv4 header, 40 of IPv6 */
	uint8_t version;
};

#define EXPECT_EQ(got, want, what)                                                                 \
	EXPECT((got) == (want), "%s is 0x%x, not 0x%x", what, (unsigned int)(got),                 \
		(unsigned int)(want))

static void
find_ip6(const uint8_t *in, uint32_t len, struct where *w)
{
	uint32_t off = w->l3 + 40, plen = pkt_be16(in + w->l3 + 4);
	uint8_t next = in[w->l3 + 6];

	w->ip_hdr = 40;
	w->end = plen == 0 ? len : w->l3 + 40 + plen;
	w->dst = w->l3 + 24;
	while (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS) {
		uint32_t ext = 8 + in[off + 1] * 8;

		if (next == IPPROTO_ROUTING && in[off + 3] != 0)
			w->dst = in[off + 2] == 4 ? off + 8 : off + ext - 16;
		next = in[off];
		off += ext;
	}
	w->l4 = off;
}

static void
find(const uint8_t *in, uint32_t len, struct where *w)
{
	uint32_t off = 14;

	while (pkt_be16(in + off - 2) == 0x8100 || pkt_be16(in + off - 2) == 0x88a8)
		off += 4;
	if (pkt_be16(in + off - 2) == 0x8847) {
		while ((in[off + 2] & 1) == 0)
			off += 4;
		off += 4;
	}
	w->l3 = off;
	w->version = in[off] >> 4;
	if (w->version == 6) {
		find_ip6(in, len, w);
	} else {
		w->ip_hdr = (in[off] & 15) * 4;
		w->l4 = off + w->ip_hdr;
		w->end = pkt_be16(in + off + 2) == 0 ? len : off + pkt_be16(in + off + 2);
		w->dst = off + 16;
	}
	w->hdr = w->l4 + (in[w->l4 + 12] >> 4) * 4;
}

static bool
same_sum(uint16_t a, uint16_t b)
{
	return a == b || ((a == 0 || a == 0xffff) && (b == 0 || b == 0xffff));
}

static int
check_ip(const uint8_t *in, const struct where *w, const struct cleave_gso_req *req,
	const struct check_frame *s, unsigned int i, unsigned int nb)
{
	const uint8_t *h = s->data + w->l3;
	uint16_t id = pkt_be16(in + w->l3 + 4);

	if (w->version == 6) {
		EXPECT_EQ(pkt_be16(h + 4), s->len - w->l3 - 40, "IPv6 payload length");
		return 0;
	}
	EXPECT_EQ(pkt_be16(h + 2), s->len - w->l3, "IPv4 total length");
	if (!(req->flags & CLEAVE_GSO_FIXED_ID))
		id += i;
	EXPECT_EQ(pkt_be16(h + 4), id, "IPv4 ID");
	if (!(req->flags & CLEAVE_GSO_HW_IP_CKSUM) || pkt_be16(h + 10) != 0)
		EXPECT_EQ(pkt_sum(h, w->ip_hdr), 0xffff, "sum over the IPv4 header");
	return 0;
}

static int
check_tcp(const uint8_t *in, const struct where *w, const struct cleave_gso_req *req,
	const struct check_frame *s, unsigned int i, unsigned int nb)
{
	const struct cleave_ip ip = {.off = w->l3, .dst_off = w->dst, .version = w->version};
	const uint8_t *h = s->data + w->l4;
	uint32_t len = s->len - w->l4;
	uint8_t flags = in[w->l4 + 13];
	uint16_t sum = pkt_pseudo(s->data, &ip, IPPROTO_TCP, len);
	uint8_t both[4];

	EXPECT_EQ(pkt_be32(h + 4), pkt_be32(in + w->l4 + 4) + i * req->mss, "TCP sequence");
	if (i + 1 < nb)
		flags &= ~(CLEAVE_TCP_FIN | CLEAVE_TCP_PSH);
	if (i > 0 && !(req->flags & CLEAVE_GSO_ACCECN))
		flags &= ~CLEAVE_TCP_CWR;
	EXPECT_EQ(h[13], flags, "TCP flags");
	if (req->flags & CLEAVE_GSO_HW_L4_CKSUM) {
		EXPECT(same_sum(pkt_be16(h + 16), sum), "TCP pseudo-header sum is %04x, not %04x",
			pkt_be16(h + 16), sum);
		return 0;
	}
	pkt_put16(both, sum);
	pkt_put16(both + 2, pkt_sum(h, len));
	EXPECT(pkt_sum(both, 4) == 0xffff, "TCP checksum %04x is wrong", pkt_be16(h + 16));
	return 0;
}

/* Everything in the headers that is none of the fields above, byte for byte. */
static int
check_verbatim(const uint8_t *in, const struct where *w, const struct check_frame *s,
	unsigned int i, unsigned int nb)
{
	uint8_t a[HDR_MAX], b[HDR_MAX];
	uint8_t *both[2] = {a, b};

	memcpy(a, in, w->hdr);
	memcpy(b, s->data, w->hdr);
	for (unsigned int k = 0; k < 2; k++) {
		if (w->version == 4) {
			memset(both[k] + w->l3 + 2, 0, 4); /* length, ID */
			memset(both[k] + w->l3 + 10, 0, 2);
		} else {
			memset(both[k] + w->l3 + 4, 0, 2);
		}
		memset(both[k] + w->l4 + 4, 0, 4); /* sequence */
		both[k][w->l4 + 13] = 0;
		memset(both[k] + w->l4 + 16, 0, 2);
	}
	for (uint32_t k = 0; k < w->hdr; k++)
		EXPECT(a[k] == b[k], "header byte %u (IP at %u, TCP at %u) is %02x, not %02x", k,
			w->l3, w->l4, b[k], a[k]);
	return 0;
}

unsigned int
check_count(const uint8_t *in, uint32_t len, uint32_t mss)
{
	struct where w;

	find(in, len, &w);
	return w.end - w.hdr <= mss ? 1 : (w.end - w.hdr + mss - 1) / mss;
}

int
check_segments(const uint8_t *in, uint32_t len, const struct cleave_gso_req *req,
	const struct check_frame *seg, unsigned int nb)
{
	unsigned int i = 0, want = check_count(in, len, req->mss);
	struct where w;

	find(in, len, &w);
	if (w.hdr > HDR_MAX || w.end > len) {
		printf("check: not an input that is judged here\n");
		return -1;
	}
	if (nb != want) {
		printf("check: %u segments, not %u\n", nb, want);
		return -1;
	}
	for (i = 0; i < nb; i++) {
		uint32_t off = w.hdr + i * req->mss, n = w.end - off;
		struct check_frame s = seg[i];

		if (nb > 1 && n > req->mss)
			n = req->mss;
		/* what leaves whole keeps its padding */
		EXPECT(s.len == w.hdr + n || (nb == 1 && s.len == len), "%u bytes, not %u", s.len,
			w.hdr + n);
		s.len = w.hdr + n;
		EXPECT(memcmp(s.data + w.hdr, in + off, n) == 0, "payload differs");
		if (check_verbatim(in, &w, &s, i, nb) < 0 || check_ip(in, &w, req, &s, i, nb) < 0 ||
			check_tcp(in, &w, req, &s, i, nb) < 0)
			return -1;
	}
	return 0;
}
