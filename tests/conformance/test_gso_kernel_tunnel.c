/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_kernel_tunnel_autotest: the running kernel cuts the same super-packets in UDP tunnels as
 * cleave_gso_segment(), and every byte of every segment is the same. They come through the tunnel
 * fields of the TUN header (Linux 6.17), for which any UDP tunnel is as good as the other. Neighbours:
 * kernel.h; gso_kernel and gso_kernel_uso without tunnels, gso_kernel_vxlan for the kernel's own.
 */
#include "kernel.h"

#define PAYLOAD_MAX (65535u - 500) /* what the longest headers leave */
#define SEGS_MAX 128		   /* Linux: UDP_MAX_SEGMENTS */
#define MTU 9280

static const uint16_t sizes[] = {536, 1001, 1398, 1448, 8888};

/* The outer checksum, too, is handed over as the pseudo-header's sum. */
static void
tunnel_header(struct pkt *p, const struct pkt_spec *s, uint16_t mss, struct wire_hdr *h)
{
	const struct cleave_pkt *w = &p->want;
	uint8_t type = kernel_gso_type(s);

	type |= s->outer.version == 4 ? VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4
				      : VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV6;
	kernel_partial(p, type, mss, h);
	h->outer_th_offset = w->tunnel_off;
	h->inner_nh_offset = w->ip[1].off;
	if (s->tunnel_cksum) {
		h->v.flags |= VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM;
		pkt_put16(p->data + w->tunnel_off + 6,
			pkt_pseudo(p->data, &w->ip[0], IPPROTO_UDP, w->frame_len - w->tunnel_off));
	}
}

/* A length in the tunnel's own header (GTP-U): the kernel, which does not look there, copies the one
 * of the whole into every segment. Put it right, and the outer checksum over it. */
static int
relength(const struct pkt *p)
{
	const struct cleave_pkt *w = &p->want;
	uint16_t whole;

	if (w->tunnel_len == 0)
		return TEST_SUCCESS;
	whole = pkt_be16(p->data + w->tunnel_len);
	for (unsigned int i = 0; i < kernel.nb; i++) {
		uint8_t *f = (uint8_t *)(uintptr_t)kernel.seg[i].data;
		uint16_t len = kernel.seg[i].len - w->tunnel_len_from;
		uint16_t sum = pkt_be16(f + w->tunnel_off + 6);

		TEST_ASSERT_EQUAL(pkt_be16(f + w->tunnel_len), whole, "the kernel's length is %u",
			pkt_be16(f + w->tunnel_len));
		pkt_put16(f + w->tunnel_len, len);
		if (sum == 0)
			continue;
		sum = ~pkt_sum_add(pkt_sum_add(~sum, ~whole), len);
		pkt_put16(f + w->tunnel_off + 6, sum == 0 ? 0xffff : sum);
	}
	return TEST_SUCCESS;
}

static int
same(const struct pkt_spec *s, uint16_t mss)
{
	const struct cleave_gso_req req = {.mss = mss};
	struct wire_hdr h;
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	tunnel_header(&p, s, mss, &h);
	rc = kernel_cut(&h, p.data, p.len, kernel_count(s->payload, mss));
	if (rc == 0)
		rc = relength(&p);
	if (rc == 0)
		rc = kernel_same(&p, &req);
	if (rc != 0)
		printf("mss %u: %s\n", mss, pkt_str(s));
	pkt_free(&p);
	return rc;
}

/* Every segment size, from two segments to all that fits. */
static int
payloads(struct pkt_spec *s)
{
	static unsigned int turn;

	for (unsigned int i = 0; i < RTE_DIM(sizes); i++) {
		uint32_t mss = sizes[i];
		uint32_t lens[] = {mss + 1, 2 * mss, 3 * mss + 7, PAYLOAD_MAX};

		for (unsigned int k = 0; k < RTE_DIM(lens); k++) {
			kernel_vary(s, turn++);
			s->payload = RTE_MIN(lens[k], RTE_MIN(PAYLOAD_MAX, SEGS_MAX * mss));
			if (same(s, mss) < 0)
				return TEST_FAILED;
		}
	}
	return TEST_SUCCESS;
}

static int
open_tun(void)
{
	int rc = kernel_open(WIRE_BRIDGE, MTU);

	if (rc == 0 && !kernel_tunnels()) {
		printf("skipped: this kernel's TUN has no tunnel fields (Linux 6.17)\n");
		rc = TEST_SKIPPED;
	}
	return rc;
}

/* The TUN header knows UDP tunnels, and no remote checksum offload. */
static bool
tun_takes(const struct pkt_spec *s)
{
	bool udp = s->tunnel != PKT_TUNNEL_GRE && s->tunnel != PKT_TUNNEL_IPIP &&
		   s->tunnel != PKT_TUNNEL_SIT;

	return udp && !pkt_remcsum(s);
}

/* All UDP tunnels with their options, over and around IPv4 and IPv6, with an outer checksum or not,
 * TCP and UDP inside. */
static int
test_tun_variants(void)
{
	int rc = open_tun();
	unsigned int last = PKT_TUNNEL_NONE;

	for (unsigned int i = 0; rc == 0 && i < 2 * pkt_tunnel_variants(); i++) {
		struct pkt_spec s = *pkt_tunnel_variant(i / 2);

		if (!tun_takes(&s))
			continue;
		if (s.tunnel != last)
			printf("through the TUN header's tunnel fields: %s\n",
				pkt_tunnel_name(s.tunnel));
		last = s.tunnel;
		s.proto = i % 2 ? IPPROTO_UDP : IPPROTO_TCP;
		rc = payloads(&s);
	}
	kernel_close();
	return rc;
}

/* IPv4 options and IPv6 extension headers, outside and inside; VLAN tags. */
static int
test_tun_options(void)
{
	int rc = open_tun();

	for (unsigned int i = 0; rc == 0 && i < 4 * PKT_SHAPES_WHOLE; i++) {
		struct pkt_spec s = {.tunnel = PKT_TUNNEL_VXLAN, .tunnel_cksum = i % 2};
		unsigned int shape = i / 4;

		s.nb_vlan = shape % 3;
		s.outer = *pkt_shape(shape);
		s.ip = *pkt_shape((shape * 5 + 2) % PKT_SHAPES_WHOLE);
		s.proto = i / 2 % 2 ? IPPROTO_UDP : IPPROTO_TCP;
		rc = payloads(&s);
	}
	kernel_close();
	return rc;
}

static struct unit_test_suite suite = {
	.suite_name = "segmentation in UDP tunnels: the running kernel's",
	.setup = pkt_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_tun_variants),
			TEST_CASE(test_tun_options),
			TEST_CASES_END(),
		},
};

static int
test_gso_kernel_tunnel(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_kernel_tunnel_autotest, NOHUGE_OK, ASAN_OK, test_gso_kernel_tunnel);
