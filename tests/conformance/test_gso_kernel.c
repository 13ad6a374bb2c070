/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_kernel_autotest: the running kernel cuts the same super-packets as cleave_gso_segment(), and
 * every byte of every segment is the same. The judge of the unit tests (check.c) judges the kernel's
 * segments too. Neighbours: kernel.h; gso_kernel_uso, _ufo, _router, _tunnel for the other types.
 */
#include "kernel.h"

static int
setup(void)
{
	return kernel_open(WIRE_BRIDGE, 9216);
}

/* One packet, both ways. */
static int
same(const struct pkt_spec *s, uint16_t mss, uint8_t gso_type)
{
	const struct cleave_gso_req req = {.mss = mss};
	struct wire_hdr h;
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	kernel_partial(&p, kernel_gso_type(s) | gso_type, mss, &h);
	rc = kernel_cut(&h, p.data, p.len, kernel_count(s->payload, mss));
	if (rc == 0)
		rc = check_segments(p.data, p.len, &req, kernel.seg, kernel.nb);
	if (rc == 0)
		rc = kernel_same(&p, &req);
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

static const uint32_t big[] = {65536, 70001, 100000, 200000, 400000};

/* BIG TCP: longer than an IP length field can say, which then is 0. A TAP takes such a write. */
static int
test_big4(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .tcp_opt = PKT_TCP_TS};

	for (unsigned int i = 0; i < 2 * RTE_DIM(big); i++) {
		s.payload = big[i / 2];
		s.tcp_flags = flags[i % RTE_DIM(flags)];
		s.ip.id = i % 3 ? i * 977 : 65535 - i;
		s.seed = i + 1;
		if (same(&s, i % 2 ? 8948 : 1448, 0) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* A jumbo payload option (RFC 2675) in a hop-by-hop header of its own. */
static int
put_jumbo(const struct pkt *p, struct pkt *jumbo)
{
	uint32_t ip = p->want.ip[0].off, l4 = p->want.l4_off;
	uint8_t *f = malloc(p->len + 8);

	TEST_ASSERT_NOT_NULL(f, "no memory");
	memcpy(f, p->data, l4);
	memcpy(f + l4, (const uint8_t[]){f[ip + 6], 0, 0xc2, 4}, 4);
	pkt_put32(f + l4 + 4, p->len - l4 + 8);
	memcpy(f + l4 + 8, p->data + l4, p->len - l4);
	f[ip + 6] = IPPROTO_HOPOPTS;
	*jumbo = *p;
	jumbo->data = f;
	jumbo->len += 8;
	return TEST_SUCCESS;
}

/* IPv6: the kernel wants a jumbo payload option, which it takes out again before it cuts; without
 * one it (6.18) loses the packet. Here both are the same. */
static int
same_big6(uint32_t payload, uint16_t mss)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 6, .payload = payload};
	const struct cleave_gso_req req = {.mss = mss};
	struct pkt p, jumbo;
	struct wire_hdr h;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	kernel_partial(&p, VIRTIO_NET_HDR_GSO_TCPV6, mss, &h);
	TEST_ASSERT_SUCCESS(put_jumbo(&p, &jumbo), "no option");
	rc = kernel_cut(&h, p.data, p.len, 0);
	h.v.csum_start += 8;
	h.v.hdr_len += 8;
	if (rc == 0)
		rc = kernel_cut(&h, jumbo.data, jumbo.len, kernel_count(payload, mss));
	if (rc == 0)
		rc = kernel_same(&p, &req);
	if (rc == 0)
		rc = kernel_same(&jumbo, &req);
	pkt_free(&p);
	pkt_free(&jumbo);
	return rc;
}

static int
test_big6(void)
{
	for (unsigned int i = 0; i < 2 * RTE_DIM(big); i++)
		if (same_big6(big[i / 2], i % 2 ? 8948 : 1448) < 0)
			return TEST_FAILED;
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "TCP segmentation: the running kernel's",
	.setup = setup,
	.teardown = kernel_close,
	.unit_test_cases =
		{
			TEST_CASE(test_tcp4),
			TEST_CASE(test_tcp4_options),
			TEST_CASE(test_tcp6),
			TEST_CASE(test_tcp6_extensions),
			TEST_CASE(test_vlan),
			TEST_CASE(test_flags),
			TEST_CASE(test_ids),
			TEST_CASE(test_big4),
			TEST_CASE(test_big6),
			TEST_CASES_END(),
		},
};

static int
test_gso_kernel(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_kernel_autotest, NOHUGE_OK, ASAN_OK, test_gso_kernel);
