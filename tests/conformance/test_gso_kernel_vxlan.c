/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_kernel_vxlan_autotest: the running kernel's VXLAN devices, given a super-packet, send the same
 * frames as cleave_gso_segment() makes of that super-packet behind the device's headers. Neighbours:
 * kernel.h; gso_kernel_tunnel for other tunnels.
 */
#include "kernel.h"

#define PAYLOAD_MAX (65535u - 500) /* what the longest headers leave */
#define SEGS_MAX 128		   /* Linux: UDP_MAX_SEGMENTS */
#define MTU 9280
#define VNI 77 /* of the devices that wire.c makes */

static const uint16_t sizes[] = {536, 1001, 1398, 1448, 8888};

/* What the device put before the inner frame, taken from its first segment, before the whole. */
static int
wrap(const struct pkt *inner, struct pkt *p)
{
	const struct check_frame *f = &kernel.seg[0];
	uint32_t l4 = 14 + (f->data[14] >> 4 == 4 ? 20 : 40), hdr = l4 + 16;

	memset(p, 0, sizeof(*p));
	p->len = hdr + inner->len;
	p->data = malloc(p->len);
	TEST_ASSERT_NOT_NULL(p->data, "no memory");
	memcpy(p->data, f->data, hdr);
	memcpy(p->data + hdr, inner->data, inner->len);
	pkt_put16(p->data + l4 + 4, p->len - l4);
	p->want.ip[0].off = 14;
	p->want.tunnel_off = l4;
	p->want.ip[1].off = hdr + inner->want.ip[0].off;
	p->want.l4_off = hdr + inner->want.l4_off;
	if (f->data[14] >> 4 == 4) {
		pkt_put16(p->data + 14 + 2, p->len - 14);
		pkt_put16(p->data + 14 + 10, 0);
		pkt_put16(p->data + 14 + 10, ~pkt_sum(p->data + 14, 20));
	} else {
		pkt_put16(p->data + 14 + 4, p->len - 14 - 40);
	}
	TEST_ASSERT_EQUAL(pkt_be32(p->data + hdr - 4), VNI << 8, "another VNI");
	return TEST_SUCCESS;
}

static int
same_device(const struct pkt_spec *s, uint16_t mss, bool cksum)
{
	const struct cleave_gso_req req = {.mss = mss};
	struct pkt inner, p = {.data = NULL};
	struct wire_hdr h;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(s, &inner), "no frame");
	kernel_partial(&inner, kernel_gso_type(s), mss, &h);
	rc = kernel_cut(&h, inner.data, inner.len, kernel_count(s->payload, mss));
	if (rc == 0)
		rc = wrap(&inner, &p);
	if (rc == 0 && (pkt_be16(p.data + p.want.tunnel_off + 6) != 0) != cksum) {
		printf("the device's outer checksum is %sthere\n", cksum ? "not " : "");
		rc = TEST_FAILED;
	}
	if (rc == 0)
		rc = kernel_same(&p, &req);
	if (rc != 0)
		printf("mss %u: %s\n", mss, pkt_str(s));
	pkt_free(&inner);
	pkt_free(&p);
	return rc;
}

/* The shortest payload is less than a segment by as much as TCP options may be: see test_whole() of
 * gso_kernel_faults. */
static int
through_device(enum wire_kind kind, bool cksum)
{
	int rc = kernel_open(kind, MTU);

	for (unsigned int n = 0; rc == 0 && n < 4 * 4 * RTE_DIM(sizes); n++) {
		struct pkt_spec s = {.proto = n & 1 ? IPPROTO_UDP : IPPROTO_TCP};
		uint32_t mss = sizes[n / 16];
		uint32_t lens[] = {mss - PKT_TCP_OPT_MAX, mss + 1, 3 * mss + 7, PAYLOAD_MAX};

		s.ip = *pkt_shape(n / 2 % 2 * 3);
		kernel_vary(&s, n);
		s.payload = RTE_MIN(lens[n / 4 % 4], SEGS_MAX * mss);
		rc = same_device(&s, mss, cksum);
	}
	kernel_close();
	return rc;
}

static int
test_ip4(void)
{
	return through_device(WIRE_VXLAN4, false);
}

static int
test_ip4_cksum(void)
{
	return through_device(WIRE_VXLAN4_CSUM, true);
}

static int
test_ip6(void)
{
	return through_device(WIRE_VXLAN6, false);
}

static int
test_ip6_cksum(void)
{
	return through_device(WIRE_VXLAN6_CSUM, true);
}

static struct unit_test_suite suite = {
	.suite_name = "segmentation in VXLAN devices: the running kernel's",
	.unit_test_cases =
		{
			TEST_CASE(test_ip4),
			TEST_CASE(test_ip4_cksum),
			TEST_CASE(test_ip6),
			TEST_CASE(test_ip6_cksum),
			TEST_CASES_END(),
		},
};

static int
test_gso_kernel_vxlan(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_kernel_vxlan_autotest, NOHUGE_OK, ASAN_OK, test_gso_kernel_vxlan);
