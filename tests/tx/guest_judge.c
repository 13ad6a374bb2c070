/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What became of a guest's frame, by what is on the wire; and what a guest may find in its ring. Neighbours:
 * guest_judge.h; test_guest.c and test_guest_takes.c ask.
 */
#include <inttypes.h>

#include "guest_judge.h"

#define MTU 1500
#define CSUM VHOST_FEATURE(GUEST_CSUM)
#define TSO4 VHOST_FEATURE(GUEST_TSO4)
#define TSO6 VHOST_FEATURE(GUEST_TSO6)

static bool
is_frame(const struct tx_frames *w, const uint8_t *data, uint32_t len)
{
	return w->nb == 1 && w->f[0].len == len && memcmp(w->f[0].data, data, len) == 0;
}

/* Is it the guest's packet as far as its IP header says that it reaches, with right checksums? */
static bool
is_as_it_says(const struct tx_frames *w, const struct pkt *built, const uint8_t *frame)
{
	const struct cleave_ip *ip = &built->want.ip[0];
	const uint32_t l4 = built->want.l4_off;
	const bool tcp = built->want.l4_proto == IPPROTO_TCP;
	const uint8_t *f = w->f[0].data;
	uint32_t end, len;

	if (w->nb != 1 || built->want.nb_ip != 1 || w->f[0].len < l4 + 20)
		return false;
	end = ip->off + (ip->version == 4 ? pkt_be16(f + ip->off + 2) : 40 + pkt_be16(f + 18));
	len = tcp ? end - l4 : pkt_be16(f + l4 + 4);
	return end <= w->f[0].len && l4 + len <= end &&
	       memcmp(f + l4 + 18, frame + l4 + 18, w->f[0].len - l4 - 18) == 0 &&
	       memcmp(f, frame, l4 + (tcp ? 16 : 6)) == 0 &&
	       (ip->version == 6 || pkt_sum(f + ip->off, 20) == 0xffff) &&
	       pkt_sum_add(pkt_sum(f + l4, len), pkt_pseudo(f, ip, built->want.l4_proto, len)) ==
		       0xffff;
}

/* Or the segments of that? */
static bool
is_cut_as_it_says(const struct tx_frames *w, const struct pkt *built, const struct lie *l,
	const struct guest_handed *h)
{
	const uint32_t end = 14 + pkt_be16(h->data + 16);
	struct cleave_pkt at = built->want;
	const struct check_in in = {h->data, end, &at};
	const struct cleave_gso_req req = {.mss = l->hdr.gso_size};

	if (w->nb < 2 || req.mss == 0 || at.l2_len != 14 || at.nb_ip != 1 ||
		at.ip[0].version != 4 || at.l4_proto != IPPROTO_TCP || end <= at.hdr_len ||
		end >= h->len)
		return false;
	at.payload_len = end - at.hdr_len;
	at.frame_len = end;
	return w->nb == check_nb(&in, &req) && tx_frames_judge_req(w, &in, &req) == 0;
}

int
guest_fate(const struct tx_frames *w, const struct pkt *built, const struct lie *l,
	const uint8_t *frame, uint32_t len, const struct guest_handed *h)
{
	const struct check_in in = {h->data, h->len, &built->want}, whole = check_in(built);
	struct cleave_gso_req req = {.mss = l->hdr.gso_size};

	if (is_frame(w, frame, len))
		return SAME;
	if (is_frame(w, built->data, built->len))
		return SUMMED;
	if (is_frame(w, h->data, h->len))
		return HANDED;
	if (is_as_it_says(w, built, frame))
		return AS_IT_SAYS;
	if (is_cut_as_it_says(w, built, l, h))
		return AS_IT_SAYS;
	if (built->want.depth == CLEAVE_DEPTH_L4 && w->nb > 1 &&
		built->want.l4_proto == IPPROTO_TCP) {
		if (req.mss != 0 && w->nb == check_nb(&in, &req) &&
			tx_frames_judge_req(w, &in, &req) == 0)
			return CUT;
		req.mss = MTU + built->want.mac_len - built->want.hdr_len;
		if (w->nb == check_nb(&in, &req) && tx_frames_judge_req(w, &in, &req) == 0)
			return CUT_MTU;
	}
	if (built->want.nb_ip > 0 && w->nb > 1) {
		req = (struct cleave_gso_req){.mss = MTU - 20, .type = CLEAVE_GSO_FRAGMENT};
		if (w->nb == check_nb(&whole, &req) &&
			(tx_frames_judge_req(w, &whole, &req) == 0 ||
				tx_frames_judge_req(w, &in, &req) == 0))
			return IN_FRAGMENTS;
	}
	printf("%u frames, the first of %u bytes, that are none of what they may be\n", w->nb,
		w->nb > 0 ? w->f[0].len : 0);
	return WRONG;
}

const char *
guest_fate_name(int fate)
{
	static const char *const names[] = {"cut", "cut for the MTU", "in fragments", "summed",
		"the same", "as the driver left it", "as it says", "never seen", "refused",
		"none of what it may be"};
	unsigned int bit = __builtin_ctz(fate);

	return bit < RTE_DIM(names) ? names[bit] : cleave_drop_name(bit - 16);
}

int
guest_may_take(uint64_t f, const struct virtio_net_hdr *h, const uint8_t *frame, uint32_t len,
	uint16_t mss)
{
	const uint32_t tag = pkt_be16(frame + 12) == 0x8100 ? 4 : 0;

	TEST_ASSERT((h->flags & ~VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0 || (f & CSUM), "flags %02x",
		h->flags);
	if (h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		TEST_ASSERT((f & CSUM) && h->csum_start + h->csum_offset + 2u <= len,
			"checksum left open, of %u+%u", h->csum_start, h->csum_offset);
	switch (h->gso_type) {
	case VIRTIO_NET_HDR_GSO_NONE:
		TEST_ASSERT(
			len <= MTU + 14 + tag, "%u bytes for who takes no more than an MTU", len);
		return TEST_SUCCESS;
	case VIRTIO_NET_HDR_GSO_TCPV4:
	case VIRTIO_NET_HDR_GSO_TCPV6:
		TEST_ASSERT(
			(f & CSUM) && (f & (h->gso_type == VIRTIO_NET_HDR_GSO_TCPV4 ? TSO4 : TSO6)),
			"a super-packet of type %u for features %" PRIx64, h->gso_type, f);
		TEST_ASSERT_EQUAL(pkt_be16(frame + 12 + tag),
			h->gso_type == VIRTIO_NET_HDR_GSO_TCPV4 ? 0x0800 : 0x86dd, "of another IP");
		TEST_ASSERT(h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM, "no NEEDS_CSUM");
		TEST_ASSERT_EQUAL(h->gso_size, mss, "gso_size %u", h->gso_size);
		TEST_ASSERT_EQUAL(h->hdr_len, h->csum_start + 20, "hdr_len %u", h->hdr_len);
		return TEST_SUCCESS;
	default:
		printf("gso_type %u\n", h->gso_type);
		return TEST_FAILED;
	}
}

/* The sum of a super-packet's pseudo-header is without its length, as engines want it, and lib/vhost leaves
 * it at that; guests compute it anew. */
void
guest_complete(const struct virtio_net_hdr *h, uint8_t *frame, uint32_t len)
{
	uint8_t *field = frame + h->csum_start + h->csum_offset;

	if (!(h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return;
	if (h->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		pkt_put16(field, pkt_sum_add(pkt_be16(field), len - h->csum_start));
	pkt_put16(field, ~pkt_sum(frame + h->csum_start, len - h->csum_start));
}
