/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_kernel_ufo_autotest: the running kernel fragments the same UDP datagrams (UFO) as
 * cleave_gso_segment(), and every byte of each fragment is the same, but for what the kernel does
 * wrong: each such deviation is asserted, so that a kernel that no longer does it shows. Neighbours:
 * kernel.h; gso_kernel_router for the kernel's other way to make fragments.
 */
#include "kernel.h"

#define FRAGS_MAX 450 /* fewer than the TAP holds */

static const uint16_t sizes[] = {160, 536, 1000, 1480, 8952};

static int
setup(void)
{
	return kernel_open(WIRE_BRIDGE, 9216);
}

/* Bytes from the Fragment header's place to the end of the packet. */
static uint32_t
fragmentable(const struct pkt *p)
{
	return p->want.frame_len - p->want.l4_off;
}

static int
cut(struct pkt *p, uint16_t mss)
{
	struct wire_hdr h;

	kernel_partial(p, VIRTIO_NET_HDR_GSO_UDP, mss, &h);
	return kernel_cut(&h, p->data, p->len, kernel_count(fragmentable(p), mss));
}

static int
same4(struct pkt *p, uint16_t mss)
{
	const struct cleave_gso_req req = {
		.mss = mss, .type = CLEAVE_GSO_FRAGMENT, .flags = CLEAVE_GSO_COMPLETE};

	return cut(p, mss) < 0 ? TEST_FAILED : kernel_same(p, &req);
}

/* The kernel counts offsets behind extension headers as if each fragment's were payload
 * (ipv6_gso_segment() adds the payload length). Put right what it says, if it says that. */
static int
recount6(const struct pkt *p, uint16_t mss, uint32_t *id)
{
	const struct cleave_ip *ip = &p->want.ip[0];
	uint32_t at = ip->off + ip->len, ext = ip->len - 40;

	for (unsigned int i = 0; kernel.nb > 1 && i < kernel.nb; i++) {
		uint8_t *f = (uint8_t *)(uintptr_t)kernel.seg[i].data + at;
		uint16_t off = pkt_be16(f + 2), wrong = i * (mss + ext);

		TEST_ASSERT_EQUAL(
			off & ~7, wrong, "the kernel says offset %u, not %u", off & ~7, wrong);
		pkt_put16(f + 2, i * mss | (off & 7));
		if (i == 0)
			*id = pkt_be32(f + 4);
	}
	return TEST_SUCCESS;
}

/* UDP checksum of the whole datagram, for an address in the pseudo-header. */
static uint16_t
udp_cksum(const struct pkt *p, uint32_t dst_off)
{
	const struct cleave_ip ip = {.off = p->want.ip[0].off, .dst_off = dst_off, .version = 6};
	uint32_t l4 = p->want.l4_off, len = p->want.frame_len - l4;
	uint16_t sum = pkt_pseudo(p->data, &ip, IPPROTO_UDP, len);

	sum = pkt_sum_add(sum, pkt_sum(p->data + l4, 6));
	sum = ~pkt_sum_add(sum, pkt_sum(p->data + l4 + 8, len - 8));
	return sum == 0 ? 0xffff : sum;
}

/* The kernel takes the address of the IPv6 header for the destination, where a routing header has
 * the final one (udp6_ufo_fragment()). Put right its checksum, if it is that. */
static int
readdress6(const struct pkt *p)
{
	const struct cleave_ip *ip = &p->want.ip[0];
	uint8_t *f = (uint8_t *)(uintptr_t)kernel.seg[0].data + p->want.l4_off + 6;
	uint16_t wrong = udp_cksum(p, ip->off + 24);

	if (kernel.nb == 1) /* it has not computed it, but completed the sum that we gave it */
		return TEST_SUCCESS;
	TEST_ASSERT_EQUAL(pkt_be16(f + 8), wrong, "the kernel's checksum is %04x, not %04x",
		pkt_be16(f + 8), wrong);
	pkt_put16(f + 8, udp_cksum(p, ip->dst_off));
	return TEST_SUCCESS;
}

static int
same6(struct pkt *p, uint16_t mss)
{
	struct cleave_gso_req req = {
		.mss = mss, .type = CLEAVE_GSO_FRAGMENT, .flags = CLEAVE_GSO_COMPLETE};

	if (cut(p, mss) < 0 || recount6(p, mss, &req.frag_id) < 0 || readdress6(p) < 0)
		return TEST_FAILED;
	return kernel_same(p, &req);
}

static int
same(const struct pkt_spec *s, uint16_t mss)
{
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	rc = s->ip.version == 4 ? same4(&p, mss) : same6(&p, mss);
	if (rc < 0)
		printf("mss %u: %s\n", mss, pkt_str(s));
	pkt_free(&p);
	return rc;
}

/* Every fragment size with datagrams from one fragment to all that an IP packet holds. */
static int
matrix(const struct pkt_ip *ip, unsigned int nb_vlan)
{
	struct pkt_spec s = {.proto = IPPROTO_UDP, .nb_vlan = nb_vlan, .ip = *ip};
	unsigned int turn = 0;

	s.ip.df = false;
	for (unsigned int i = 0; i < RTE_DIM(sizes); i++) {
		uint32_t mss = sizes[i];
		uint32_t payloads[] = {mss - 9, mss - 8, mss - 7, 2 * mss - 8, 2 * mss - 7,
			3 * mss + 5, 17 * mss + 333, 65535};

		for (unsigned int k = 0; k < RTE_DIM(payloads); k++, turn++) {
			s.payload = RTE_MIN(
				RTE_MIN(payloads[k], 65535u - 60 - 200 - 8), FRAGS_MAX * mss);
			s.ip.id = turn * 977;
			s.ip.tos = turn;
			s.ip.ttl = 1 + turn;
			s.sport = turn * 31;
			s.dport = 40000 + turn;
			s.seed = turn + 1;
			if (same(&s, mss) < 0)
				return TEST_FAILED;
		}
	}
	return TEST_SUCCESS;
}

static int
test_ip4(void)
{
	return matrix(pkt_shape(0), 0);
}

/* An option that every fragment has. */
static int
test_ip4_option(void)
{
	return matrix(pkt_shape(1), 0);
}

static int
test_ip6(void)
{
	return matrix(pkt_shape(3), 0);
}

/* Extension headers that every fragment has: hop-by-hop; destination options and routing. */
static int
test_ip6_extensions(void)
{
	return matrix(pkt_shape(4), 0) < 0 || matrix(pkt_shape(5), 0) < 0 ||
			       matrix(pkt_shape(7), 0) < 0
		       ? TEST_FAILED
		       : 0;
}

static int
test_vlan(void)
{
	return matrix(pkt_shape(0), 1) < 0 || matrix(pkt_shape(3), 2) < 0 ? TEST_FAILED : 0;
}

static struct unit_test_suite suite = {
	.suite_name = "UDP fragmentation: the running kernel's",
	.setup = setup,
	.teardown = kernel_close,
	.unit_test_cases =
		{
			TEST_CASE(test_ip4),
			TEST_CASE(test_ip4_option),
			TEST_CASE(test_ip6),
			TEST_CASE(test_ip6_extensions),
			TEST_CASE(test_vlan),
			TEST_CASES_END(),
		},
};

static int
test_gso_kernel_ufo(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_kernel_ufo_autotest, NOHUGE_OK, ASAN_OK, test_gso_kernel_ufo);
