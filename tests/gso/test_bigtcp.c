/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_bigtcp_autotest: TCP packets of more than 65535 bytes (SEMANTICS.md part 2, limits): length
 * fields of 0, and the hop-by-hop jumbo option of older Linux, which no segment has any more.
 * Neighbours: test_tcp.c, test_tunnel.c (BIG TCP without the option).
 */
#include "gso_test.h"

/* What a hop-by-hop header holds besides the jumbo option: its bytes with the option at *at. */
static const struct {
	uint8_t bytes[22];
	uint8_t len, at;
} headers[] = {
	{{0xc2, 4}, 6, 0},
	{{0xc2, 4, 0, 0, 0, 0, 1, 6}, 14, 0},
	{{5, 2, 0, 0, 0xc2, 4, 0, 0, 0, 0, 0, 0, 1, 0}, 14, 4},
	{{1, 2, 0, 0, 5, 2, 0, 0, 0xc2, 4, 0, 0, 0, 0}, 14, 8},
	{{1, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xc2, 4, 0, 0, 0, 0, 1, 2, 0, 0}, 22, 12},
};

/* Turn the padding of hop-by-hop headers that are as long into the option. */
static void
put_jumbo(struct pkt *p, const struct cleave_ip *ip, unsigned int kind)
{
	uint8_t *h = p->data + ip->off;

	if (ip->version != 6 || h[6] != IPPROTO_HOPOPTS)
		return;
	memcpy(h + 42, headers[kind].bytes, headers[kind].len);
	pkt_put32(h + 42 + headers[kind].at + 2, p->want.frame_len - ip->off - 40);
}

static int
cut(const struct pkt_spec *s, unsigned int kind)
{
	static const uint16_t whole[] = {1990}, odd[] = {301, 1, 1999};
	static const uint16_t flags[] = {0, CLEAVE_GSO_SCATTER, CLEAVE_GSO_LINEAR};
	const uint16_t mss = 1448;
	struct pkt p;
	int rc = 0;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	for (unsigned int l = 0; l < p.want.nb_ip; l++)
		put_jumbo(&p, &p.want.ip[l], kind);
	for (unsigned int i = 0; i < 3 * 3 && rc == 0; i++) {
		const uint16_t fit[] = {p.want.hdr_len + mss, mss};
		const uint16_t *pieces = i % 3 == 0 ? fit : i % 3 == 1 ? whole : odd;
		const struct cleave_gso_req req = {.mss = mss, .flags = flags[i / 3]};

		rc = gso_cut(&p, &req, i % 2 ? GSO_SHARED : GSO_PLAIN, pieces,
			i % 3 == 0   ? 2
			: i % 3 == 1 ? 1
				     : 3);
	}
	if (rc < 0)
		printf("hop-by-hop header %u: %s\n", kind, pkt_str(s));
	pkt_free(&p);
	return rc;
}

static struct pkt_ip
with_header(unsigned int kind)
{
	struct pkt_ip ip = *pkt_shape(6);

	ip.ext[0].units = headers[kind].len / 8;
	return ip;
}

static int
test_option(void)
{
	static const uint32_t sizes[] = {65536, 100000, 180001};
	struct pkt_spec s = {.proto = IPPROTO_TCP, .tcp_opt = PKT_TCP_TS};

	for (unsigned int i = 0; i < RTE_DIM(headers) * RTE_DIM(sizes) * 3; i++) {
		s.ip = with_header(i % RTE_DIM(headers));
		s.ip.nb_ext = 1 + i / RTE_DIM(headers) % 3; /* and a routing header */
		s.payload = sizes[i / RTE_DIM(headers) / 3];
		s.nb_vlan = i % 2;
		if (cut(&s, i % RTE_DIM(headers)) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* In the inner header, in the outer one, in both. */
static int
test_tunnels(void)
{
	for (unsigned int n = 0; n < pkt_tunnel_variants() * RTE_DIM(headers); n++) {
		unsigned int kind = n % RTE_DIM(headers), i = n / RTE_DIM(headers);
		struct pkt_spec s = *pkt_tunnel_variant(i);

		s.payload = 70000;
		if (s.ip.version == 6 && i % 3 != 0)
			s.ip = with_header(kind);
		if (s.outer.version == 6 && i % 3 != 1)
			s.outer = with_header(kind);
		s.ip.nb_ext = RTE_MIN(s.ip.nb_ext, 1 + i % 2);
		s.outer.nb_ext = RTE_MIN(s.outer.nb_ext, 1 + i / 2 % 2);
		if (cut(&s, kind) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Segments that the length field of IPv4 cannot say. */
static int
too_long(struct pkt *p)
{
	const struct cleave_gso_req req = {.mss = 65535};

	return gso_refused(p, &req, GSO_OUT_MAX, -EINVAL);
}

static int
test_too_long(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 150000};

	if (gso_with_frame(&s, too_long) < 0)
		return TEST_FAILED;
	s.tunnel = PKT_TUNNEL_VXLAN;
	s.outer.version = 6;
	return gso_with_frame(&s, too_long);
}

static struct unit_test_suite suite = {
	.suite_name = "BIG TCP",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_option),
			TEST_CASE(test_tunnels),
			TEST_CASE(test_too_long),
			TEST_CASES_END(),
		},
};

static int
test_bigtcp(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_bigtcp_autotest, NOHUGE_OK, ASAN_OK, test_bigtcp);
