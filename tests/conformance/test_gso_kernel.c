/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_kernel_autotest: the running kernel cuts the same super-packets as cleave_gso_segment(), and
 * every byte of every segment is the same. The judge of the unit tests (check.c) judges the
 * kernel's segments too. Neighbours: wire.h, gso/gso_test.h.
 */
#include "gso/gso_test.h"
#include "wire.h"

#define NB_SEGS_MAX 1024
#define FRAME_MAX 9300

static struct wire wire = {.in = -1, .out = -1};
static uint8_t *frames; /* NB_SEGS_MAX of FRAME_MAX bytes, as the kernel sent them */
static struct check_frame kernel[NB_SEGS_MAX];
static uint8_t extra[FRAME_MAX];
static unsigned int nb_packets, nb_segments;

static int
setup(void)
{
	frames = malloc((size_t)NB_SEGS_MAX * FRAME_MAX);
	if (frames == NULL || gso_setup() < 0)
		return TEST_FAILED;
	return wire_open(&wire);
}

static void
teardown(void)
{
	printf("%u packets, %u segments compared\n", nb_packets, nb_segments);
	wire_close(&wire);
	free(frames);
}

/* The packet as a guest's stack hands it over: pseudo-header sum in the checksum field. */
static int
through_kernel(const struct pkt *p, uint16_t mss, uint8_t gso_type)
{
	uint32_t l4 = p->want.l4_off;
	struct virtio_net_hdr h = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.hdr_len = p->want.hdr_len,
		.gso_size = mss,
		.csum_start = l4,
		.csum_offset = 16,
	};
	unsigned int n = check_count(p->data, p->len, mss);
	uint8_t *copy = malloc(p->len);
	int rc;

	TEST_ASSERT(copy != NULL && n <= NB_SEGS_MAX, "%u segments", n);
	h.gso_type =
		p->want.ip[0].version == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
	h.gso_type |= gso_type;
	memcpy(copy, p->data, p->len);
	pkt_put16(copy + l4 + 16, pkt_pseudo(p->data, &p->want.ip[0], IPPROTO_TCP,
					  p->want.l4_len + p->want.payload_len));
	rc = wire_send(&wire, &h, copy, p->len);
	free(copy);
	TEST_ASSERT_SUCCESS(rc, "the kernel does not take it: %s", strerror(-rc));

	for (unsigned int i = 0; i < n; i++) {
		uint8_t *f = frames + (size_t)i * FRAME_MAX;

		kernel[i].data = f;
		kernel[i].len = wire_recv(&wire, f, FRAME_MAX, 1000);
		TEST_ASSERT(kernel[i].len > 0, "the kernel sent %u segments, not %u", i, n);
	}
	TEST_ASSERT_EQUAL(wire_recv(&wire, extra, FRAME_MAX, 0), 0u,
		"the kernel sent more than %u segments", n);
	return n;
}

static int
compare(const struct pkt *p, struct rte_mbuf **out, unsigned int n)
{
	static uint8_t buf[FRAME_MAX];

	for (unsigned int i = 0; i < n; i++) {
		uint32_t len = mbuf_flat(out[i], buf, sizeof(buf));

		TEST_ASSERT_EQUAL(len, kernel[i].len, "segment %u of %u: %u bytes, the kernel's %u",
			i, n, len, kernel[i].len);
		for (uint32_t k = 0; k < len; k++)
			TEST_ASSERT_EQUAL(buf[k], kernel[i].data[k],
				"segment %u of %u, byte %u (IP %u, TCP %u): %02x, the kernel's "
				"%02x",
				i, n, k, p->want.ip[0].off, p->want.l4_off, buf[k],
				kernel[i].data[k]);
	}
	return TEST_SUCCESS;
}

static int
cut_here(const struct pkt *p, const struct cleave_gso_req *req, const uint16_t *pieces,
	unsigned int n)
{
	static struct rte_mbuf *out[NB_SEGS_MAX];
	struct cleave_pkt walk;
	struct gso_packet g;
	int rc;

	TEST_ASSERT_SUCCESS(gso_packet(&g, p, GSO_PLAIN, pieces, 3), "no packet");
	TEST_ASSERT_SUCCESS(cleave_parse(g.m, &walk), "no walk");
	rc = cleave_gso_segment(g.m, &walk, req, &gso.pools[0], out, NB_SEGS_MAX);
	TEST_ASSERT_EQUAL(rc, (int)n, "%d, the kernel made %u segments", rc, n);
	rc = compare(p, out, n);
	check_free(out, n);
	return rc < 0 ? rc : gso_pools_full();
}

/* One packet, both ways, both kinds of segments. */
static int
same(const struct pkt_spec *s, uint16_t mss, uint8_t gso_type)
{
	static const uint16_t layouts[][3] = {{54, 1999, 1999}, {1, 1001, 1500}, {2000, 2000, 2000},
		{66, 333, 999}, {301, 7, 1448}};
	const uint16_t *pieces = layouts[nb_packets++ % RTE_DIM(layouts)];
	struct cleave_gso_req req = {.mss = mss};
	struct pkt p;
	int n, rc = TEST_FAILED;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	n = through_kernel(&p, mss, gso_type);
	if (n > 0 && check_segments(p.data, p.len, &req, kernel, n) == 0) {
		nb_segments += n;
		rc = cut_here(&p, &req, pieces, n);
		req.flags = CLEAVE_GSO_LINEAR;
		if (rc == 0)
			rc = cut_here(&p, &req, pieces, n);
	}
	if (rc != 0)
		printf("mss %u, gso_type %x: %s\n", mss, gso_type, pkt_str(s));
	pkt_free(&p);
	return rc;
}

static const uint16_t sizes[] = {536, 1000, 1001, 1428, 1448, 1460, 8948};
static const uint8_t flags[] = {
	CLEAVE_TCP_ACK,
	CLEAVE_TCP_ACK | CLEAVE_TCP_PSH,
	CLEAVE_TCP_ACK | CLEAVE_TCP_FIN,
	CLEAVE_TCP_ACK | CLEAVE_TCP_FIN | CLEAVE_TCP_PSH,
	CLEAVE_TCP_ACK | CLEAVE_TCP_CWR,
	CLEAVE_TCP_ACK | CLEAVE_TCP_ECE,
	CLEAVE_TCP_ACK | CLEAVE_TCP_PSH | CLEAVE_TCP_CWR | CLEAVE_TCP_ECE,
	CLEAVE_TCP_ACK | CLEAVE_TCP_FIN | CLEAVE_TCP_PSH | CLEAVE_TCP_CWR | CLEAVE_TCP_ECE,
	CLEAVE_TCP_ACK | CLEAVE_TCP_URG | CLEAVE_TCP_PSH,
};

/* With CWR both as the kernel's own stack says it and without the mark; the result is the same. */
static int
same_ecn(const struct pkt_spec *s, uint16_t mss)
{
	if (same(s, mss, 0) < 0)
		return TEST_FAILED;
	return s->tcp_flags & CLEAVE_TCP_CWR ? same(s, mss, VIRTIO_NET_HDR_GSO_ECN) : 0;
}

/* Every segment size with payloads from two segments to all that an IP packet holds. */
static int
matrix(const struct pkt_ip *ip, unsigned int nb_vlan)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .nb_vlan = nb_vlan, .ip = *ip};
	unsigned int turn = 0;

	for (unsigned int i = 0; i < RTE_DIM(sizes); i++) {
		uint32_t mss = sizes[i];
		uint32_t payloads[] = {mss + 1, 2 * mss - 1, 2 * mss, 2 * mss + 1, 3 * mss + 7,
			5 * mss - 1, 17 * mss + 333, 44 * mss, 65535};

		for (unsigned int k = 0; k < RTE_DIM(payloads); k++)
			for (s.tcp_opt = 0; s.tcp_opt < PKT_TCP_OPTS; s.tcp_opt++, turn++) {
				s.payload = RTE_MIN(payloads[k], 65535u - 60 - 200 - 40);
				s.tcp_flags = flags[turn % RTE_DIM(flags)];
				s.tcp_reserved = turn % 5 ? 0 : turn % 16;
				s.urgent = s.tcp_flags & CLEAVE_TCP_URG ? 99 : 0;
				s.ip.id = turn % 3 ? turn * 977 : 65535 - turn % 4;
				s.ip.df = turn % 2;
				s.ip.tos = turn;
				s.seq = turn % 4 ? turn * 0x01234567 : 0xffffffff - turn;
				s.window = turn * 31;
				s.seed = turn + 1;
				if (same_ecn(&s, mss) < 0)
					return TEST_FAILED;
			}
	}
	return TEST_SUCCESS;
}

static int
test_tcp4(void)
{
	return matrix(pkt_shape(0), 0);
}

static int
test_tcp4_options(void)
{
	return matrix(pkt_shape(1), 0);
}

static int
test_tcp6(void)
{
	return matrix(pkt_shape(3), 0);
}

static int
test_tcp6_extensions(void)
{
	return matrix(pkt_shape(4), 0) < 0 || matrix(pkt_shape(6), 0) < 0 ? TEST_FAILED : 0;
}

static int
test_vlan(void)
{
	return matrix(pkt_shape(0), 1) < 0 || matrix(pkt_shape(3), 2) < 0 ? TEST_FAILED : 0;
}

/* All combinations of FIN, PSH, CWR, ECE, URG, with one to four segments. */
static int
test_flags(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .tcp_opt = PKT_TCP_TS};

	for (unsigned int n = 0; n < 256; n++) {
		if (n & (CLEAVE_TCP_SYN | CLEAVE_TCP_RST))
			continue;
		s.tcp_flags = n;
		s.urgent = n & CLEAVE_TCP_URG ? 5 : 0;
		for (unsigned int k = 0; k < 8; k++) {
			s.ip.version = k % 2 ? 6 : 4;
			s.payload = 1448 * (k / 2) + 777;
			if (same_ecn(&s, 1448) < 0)
				return TEST_FAILED;
		}
	}
	return TEST_SUCCESS;
}

/* Each ID before the wrap, DF set and clear. */
static int
test_ids(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 8 * 1000 - 3};

	for (unsigned int id = 65520; id < 65536 + 3; id++)
		for (unsigned int df = 0; df < 2; df++) {
			s.ip.id = id;
			s.ip.df = df;
			if (same(&s, 1000, 0) < 0)
				return TEST_FAILED;
		}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "TCP segmentation: the running kernel's",
	.setup = setup,
	.teardown = teardown,
	.unit_test_cases =
		{
			TEST_CASE(test_tcp4),
			TEST_CASE(test_tcp4_options),
			TEST_CASE(test_tcp6),
			TEST_CASE(test_tcp6_extensions),
			TEST_CASE(test_vlan),
			TEST_CASE(test_flags),
			TEST_CASE(test_ids),
			TEST_CASES_END(),
		},
};

static int
test_gso_kernel(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_kernel_autotest, NOHUGE_OK, ASAN_OK, test_gso_kernel);
