/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_udp_autotest: UDP segmentation (USO): a datagram per segment, each with its own length and a
 * checksum that is never 0 (SEMANTICS.md part 2). Neighbours: test_tcp.c, gso_test.h.
 */
#include "cleave_config.h"
#include "gso_test.h"

static int
cut_layout(const struct pkt_spec *s, uint16_t mss, uint16_t flags, const uint16_t *pieces,
	unsigned int nb)
{
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	p.data[p.want.l4_off + 6] ^= 0x5a; /* no part of a request */
	rc = gso_cut_ways(&p, mss, flags, pieces, nb);
	if (rc < 0)
		printf("mss %u, flags %x: %s\n", mss, flags, pkt_str(s));
	pkt_free(&p);
	return rc;
}

static int
cut(const struct pkt_spec *s, uint16_t mss, uint16_t flags)
{
	return cut_layout(s, mss, flags, NULL, 0);
}

static int
test_sizes(void)
{
	static const uint16_t sizes[] = {1, 3, 7, 8, 536, 1000, 1001, 1472, 8932};
	struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.id = 0xfff0};

	for (unsigned int i = 0; i < RTE_DIM(sizes) * 2; i++) {
		uint32_t mss = sizes[i / 2];
		uint32_t payloads[] = {
			0, 1, mss - 1, mss, mss + 1, 2 * mss, 2 * mss + 1, 44 * mss, 65535 - 28};

		s.ip.version = i % 2 ? 6 : 4;
		for (unsigned int k = 0; k < RTE_DIM(payloads); k++) {
			s.payload = RTE_MIN(payloads[k], mss * CLEAVE_GSO_SEGS_MAX);
			s.payload = RTE_MIN(s.payload, 65535u - 28);
			if (cut(&s, mss, 0) < 0)
				return TEST_FAILED;
		}
	}
	return TEST_SUCCESS;
}

static int
test_headers(void)
{
	static const uint16_t odd[] = {67, 1, 999, 333};
	struct pkt_spec s = {.proto = IPPROTO_UDP, .payload = 3333, .pad = 5};

	for (s.nb_vlan = 0; s.nb_vlan < 3; s.nb_vlan++)
		for (s.nb_mpls = 0; s.nb_mpls < 4; s.nb_mpls += 3)
			for (unsigned int i = 0; i < PKT_SHAPES_WHOLE; i++) {
				s.ip = *pkt_shape(i);
				s.ip.tos = 0xb8 + i;
				s.ip.ttl = 3 + i;
				if (cut(&s, 700, 0) < 0 || cut(&s, 700, CLEAVE_GSO_FIXED_ID) < 0 ||
					cut_layout(&s, 700, 0, odd, RTE_DIM(odd)) < 0)
					return TEST_FAILED;
			}
	return TEST_SUCCESS;
}

/* A datagram whose checksum comes out 0 says 0xffff: 0 would say that there is none. */
static int
test_zero_checksum(void)
{
	static const uint16_t pieces[] = {50, 1001, 77};
	struct pkt_spec s = {.proto = IPPROTO_UDP, .payload = 3000, .ip.id = 1};

	for (unsigned int i = 0; i < 2 * 3 * 500; i++) {
		uint16_t mss = 1000, seg = i / 2 % 3, sum;
		struct check_in in;
		uint8_t frame[1200], *word;
		struct pkt p;
		struct cleave_gso_req req = {.mss = mss};
		int rc;

		s.ip.version = i % 2 ? 6 : 4;
		s.seed = 1 + i;
		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		in = check_in(&p);
		check_write(&in, &req, seg, 3, frame, sizeof(frame));
		/* the checksum goes into the payload, and what is left to make up for is nothing */
		sum = pkt_be16(frame + p.want.l4_off + 6);
		word = p.data + p.want.hdr_len + seg * mss + 2 * (i % 500);
		pkt_put16(word, pkt_sum_add(pkt_be16(word), sum));
		check_write(&in, &req, seg, 3, frame, sizeof(frame));
		TEST_ASSERT_EQUAL(
			pkt_be16(frame + p.want.l4_off + 6), 0xffff, "the test's sum is wrong");
		rc = i < 60 ? gso_cut_ways(&p, mss, 0, pieces, 3)
			    : gso_cut(&p, &req, GSO_PLAIN, NULL, 0);
		pkt_free(&p);
		if (rc < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Flags that speak of TCP change nothing here. */
static int
test_tcp_flags_mean_nothing(void)
{
	struct pkt_spec s = {.proto = IPPROTO_UDP, .payload = 2500, .ip.version = 4};

	return cut(&s, 1000, CLEAVE_GSO_ACCECN) < 0 ? TEST_FAILED
						    : cut(&s, 1000, CLEAVE_GSO_FIXED_OUTER_ID);
}

static int
test_verify(void)
{
	struct pkt_spec s = {.proto = IPPROTO_UDP, .payload = 2999};

	for (unsigned int i = 0; i < 12; i++) {
		struct cleave_gso_req req = {.mss = 1000, .flags = CLEAVE_GSO_VERIFY};
		struct pkt p;

		s.ip.version = i % 2 ? 6 : 4;
		s.payload = i < 6 ? 2999 : 500; /* one segment is verified, too */
		if (i / 2 % 3 == 1)
			req.flags |= CLEAVE_GSO_LINEAR;
		if (i / 2 % 3 == 2)
			req.flags |= CLEAVE_GSO_HW_L4_CKSUM;
		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		TEST_ASSERT_SUCCESS(gso_cut(&p, &req, GSO_PLAIN, NULL, 0), "%s", pkt_str(&s));
		p.data[p.want.hdr_len + 333] ^= 4;
		TEST_ASSERT_SUCCESS(
			gso_refused(&p, &req, GSO_OUT_MAX, -EBADMSG), "%s", pkt_str(&s));
		pkt_free(&p);
	}
	return TEST_SUCCESS;
}

/* However the bytes lie in memory. */
static int
test_inputs(void)
{
	static const uint16_t chains[][3] = {{42, 1000, 1000}, {1042, 1000, 1000}, {7, 13, 501},
		{2000, 2000, 2000}, {14, 20, 999}, {62, 333, 334}};
	static const uint16_t ways[] = {
		0, CLEAVE_GSO_SCATTER, CLEAVE_GSO_LINEAR, CLEAVE_GSO_HW_L4_CKSUM};
	struct pkt_spec s = {.proto = IPPROTO_UDP, .payload = 7001};

	for (unsigned int i = 0; i < 2 * RTE_DIM(chains) * RTE_DIM(ways); i++) {
		struct cleave_gso_req req = {.mss = 1000, .flags = ways[i % RTE_DIM(ways)]};
		struct pkt p;
		int rc = 0;

		s.ip.version = i / RTE_DIM(ways) % 2 ? 6 : 4;
		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		for (enum gso_input kind = 0; kind < GSO_INPUTS && rc == 0; kind++)
			rc = gso_cut(&p, &req, kind, chains[i / RTE_DIM(ways) / 2], 3);
		pkt_free(&p);
		if (rc < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "UDP segmentation",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_sizes),
			TEST_CASE(test_headers),
			TEST_CASE(test_zero_checksum),
			TEST_CASE(test_tcp_flags_mean_nothing),
			TEST_CASE(test_verify),
			TEST_CASE(test_inputs),
			TEST_CASES_END(),
		},
};

static int
test_udp(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_udp_autotest, NOHUGE_OK, ASAN_OK, test_udp);
