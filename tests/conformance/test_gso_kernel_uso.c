/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_kernel_uso_autotest: the running kernel cuts the same UDP super-packets (USO) into datagrams
 * as cleave_gso_segment(), and every byte of each is the same. Neighbours: kernel.h; gso_kernel for
 * TCP.
 */
#include "kernel.h"

#define PAYLOAD_MAX (65535u - 60 - 200 - 8)
#define SEGS_MAX 128 /* Linux: UDP_MAX_SEGMENTS; more, see gso_kernel_faults */

static int
setup(void)
{
	return kernel_open(WIRE_BRIDGE, 9216);
}

/* One packet, both ways. */
static int
same_packet(struct pkt *p, uint16_t mss)
{
	const struct cleave_gso_req req = {.mss = mss};
	struct wire_hdr h;
	int rc;

	kernel_partial(p, VIRTIO_NET_HDR_GSO_UDP_L4, mss, &h);
	rc = kernel_cut(&h, p->data, p->len, kernel_count(p->want.payload_len, mss));
	return rc < 0 ? rc : kernel_same(p, &req);
}

static int
same(const struct pkt_spec *s, uint16_t mss)
{
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	rc = same_packet(&p, mss);
	if (rc < 0)
		printf("mss %u: %s\n", mss, pkt_str(s));
	pkt_free(&p);
	return rc;
}

/* Every datagram size with payloads from one datagram to all that an IP packet holds. */
static int
matrix(const struct pkt_ip *ip, unsigned int nb_vlan)
{
	static const uint16_t sizes[] = {1, 2, 7, 160, 536, 1001, 1448, 1472, 8948, 9000};
	struct pkt_spec s = {.proto = IPPROTO_UDP, .nb_vlan = nb_vlan, .ip = *ip};
	unsigned int turn = 0;

	for (unsigned int i = 0; i < RTE_DIM(sizes); i++) {
		uint32_t mss = sizes[i];
		uint32_t payloads[] = {mss, mss + 1, 2 * mss - 1, 2 * mss, 2 * mss + 1, 3 * mss + 7,
			17 * mss + 333, 44 * mss, PAYLOAD_MAX};

		for (unsigned int k = 0; k < RTE_DIM(payloads); k++, turn++) {
			s.payload = RTE_MIN(RTE_MIN(payloads[k], PAYLOAD_MAX), SEGS_MAX * mss);
			s.ip.id = turn % 3 ? turn * 977 : 65535 - turn % 4;
			s.ip.df = turn % 2;
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
test_shapes(void)
{
	for (unsigned int i = 0; i < PKT_SHAPES_WHOLE; i++)
		if (matrix(pkt_shape(i), 0) < 0)
			return TEST_FAILED;
	return TEST_SUCCESS;
}

static int
test_vlan(void)
{
	return matrix(pkt_shape(0), 1) < 0 || matrix(pkt_shape(3), 2) < 0 ? TEST_FAILED : 0;
}

/* Each ID before the wrap, DF set and clear. */
static int
test_ids(void)
{
	struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.version = 4, .payload = 8 * 1000 - 3};

	for (unsigned int id = 65520; id < 65536 + 3; id++)
		for (unsigned int df = 0; df < 2; df++) {
			s.ip.id = id;
			s.ip.df = df;
			if (same(&s, 1000) < 0)
				return TEST_FAILED;
		}
	return TEST_SUCCESS;
}

/* A checksum that comes out as 0 is written as 0xffff: 0 would say that there is none. The last two
 * bytes of the first datagram are made the checksum that it has with zeros there. */
static int
zero_checksum(uint8_t version)
{
	struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.version = version, .payload = 3001};
	uint32_t l4, end;
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	l4 = p.want.l4_off;
	end = l4 + 8 + 1000;
	pkt_put16(p.data + end - 2, 0);
	rc = same_packet(&p, 1000);
	memcpy(p.data + end - 2, kernel.seg[0].data + l4 + 6, 2);
	if (rc == 0)
		rc = same_packet(&p, 1000);
	pkt_free(&p);
	TEST_ASSERT_SUCCESS(rc, "IPv%u", version);
	TEST_ASSERT_EQUAL(pkt_be16(kernel.seg[0].data + l4 + 6), 0xffff, "%04x, not ffff",
		pkt_be16(kernel.seg[0].data + l4 + 6));
	return TEST_SUCCESS;
}

static int
test_zero_checksum(void)
{
	return zero_checksum(4) < 0 || zero_checksum(6) < 0 ? TEST_FAILED : 0;
}

static struct unit_test_suite suite = {
	.suite_name = "UDP segmentation: the running kernel's",
	.setup = setup,
	.teardown = kernel_close,
	.unit_test_cases =
		{
			TEST_CASE(test_shapes),
			TEST_CASE(test_vlan),
			TEST_CASE(test_ids),
			TEST_CASE(test_zero_checksum),
			TEST_CASES_END(),
		},
};

static int
test_gso_kernel_uso(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_kernel_uso_autotest, NOHUGE_OK, ASAN_OK, test_gso_kernel_uso);
