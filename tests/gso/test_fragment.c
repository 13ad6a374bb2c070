/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_fragment_autotest: IP fragmentation and UFO (SEMANTICS.md part 2; RFC 791 3.2, RFC 8200 4.5):
 * offsets, MF, options, the Fragment header, checksums over the whole; and that the fragments make
 * the datagram again. Neighbours: model_frag.c (the judge), test_fragment_inputs.c.
 */
#include "gso_test.h"

#define ID 0xabcd1234

static const uint16_t ways[] = {0, CLEAVE_GSO_SCATTER, CLEAVE_GSO_LINEAR, CLEAVE_GSO_HW_IP_CKSUM};

static int
cut(struct pkt *p, uint16_t mss, uint16_t flags, const uint16_t *pieces, unsigned int nb)
{
	for (unsigned int i = 0; i < RTE_DIM(ways); i++) {
		const struct cleave_gso_req req = {.type = CLEAVE_GSO_FRAGMENT,
			.mss = mss,
			.flags = flags | ways[i],
			.frag_id = ID};

		if (gso_cut(p, &req, GSO_PLAIN, pieces, nb) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
built(const struct pkt_spec *s, uint16_t mss, uint16_t flags, const uint16_t *pieces,
	unsigned int nb)
{
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	if (flags & CLEAVE_GSO_COMPLETE) /* not there yet */
		p.data[p.want.l4_off + (s->proto == IPPROTO_TCP ? 16 : 6)] ^= 0x77;
	rc = cut(&p, mss, flags, pieces, nb);
	if (rc < 0)
		printf("mss %u, flags %x: %s\n", mss, flags, pkt_str(s));
	pkt_free(&p);
	return rc;
}

/* Sizes around each multiple of the cut, which is rounded down to 8 bytes. */
static int
test_sizes(void)
{
	static const uint16_t mss[] = {8, 15, 16, 999, 1000, 1480, 1487, 8952};
	static const uint8_t protos[] = {IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMP, IPPROTO_ESP, 253};
	static const uint16_t odd[] = {45, 1, 333, 998};

	for (unsigned int i = 0; i < RTE_DIM(mss) * RTE_DIM(protos) * 2; i++) {
		uint32_t step = mss[i / 2 % RTE_DIM(mss)] & ~7u;
		uint32_t payloads[] = {
			0, step - 8, step, step + 1, 2 * step - 8, 2 * step, 7 * step - 3};
		struct pkt_spec s = {.ip.version = i % 2 ? 6 : 4,
			.proto = protos[i / 2 / RTE_DIM(mss)],
			.ip.id = 77};

		for (unsigned int k = 0; k < RTE_DIM(payloads); k++) {
			s.payload = RTE_MIN(payloads[k], 60000u);
			if (built(&s, mss[i / 2 % RTE_DIM(mss)], 0, NULL, 0) < 0 ||
				built(&s, mss[i / 2 % RTE_DIM(mss)], 0, odd, 4) < 0)
				return TEST_FAILED;
		}
	}
	return TEST_SUCCESS;
}

/* The checksum that is asked for and not there covers the whole datagram, and only fragment 0 has
 * it; also where the L4 header is cut through. */
static int
test_complete(void)
{
	static const uint16_t odd[] = {45, 1, 333, 998};
	struct pkt_spec s = {.pad = 3};

	for (unsigned int i = 0; i < 4 * 64; i++) {
		s.proto = i % 2 ? IPPROTO_UDP : IPPROTO_TCP;
		s.ip.version = i & 2 ? 6 : 4;
		s.payload = 1990 + i / 4;
		s.seed = 1 + i;
		if (built(&s, 1000, CLEAVE_GSO_COMPLETE, NULL, 0) < 0 ||
			built(&s, 504, CLEAVE_GSO_COMPLETE, odd, 4) < 0 ||
			built(&s, 9000, CLEAVE_GSO_COMPLETE, odd, 4) < 0 ||
			built(&s, 1000, 0, NULL, 0) < 0)
			return TEST_FAILED;
	}
	s.payload = 100;
	return built(&s, 8, CLEAVE_GSO_COMPLETE, odd, 4);
}

/* A UDP checksum that comes out 0 says 0xffff. */
static int
zero_cksum(struct pkt *p)
{
	uint8_t *word = p->data + p->want.hdr_len + 1500;

	pkt_put16(word, pkt_sum_add(pkt_be16(word), pkt_be16(p->data + p->want.l4_off + 6)));
	return cut(p, 1000, CLEAVE_GSO_COMPLETE, NULL, 0);
}

static int
test_zero_checksum(void)
{
	struct pkt_spec s = {.proto = IPPROTO_UDP, .payload = 3000};

	for (s.seed = 1; s.seed < 50; s.seed++) {
		s.ip.version = s.seed % 2 ? 6 : 4;
		if (gso_with_frame(&s, zero_cksum) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* All headers that may stand before: tags, labels, options, extension headers. */
static int
test_headers(void)
{
	struct pkt_spec s = {.proto = IPPROTO_UDP, .payload = 3001, .pad = 5, .ip.id = 0xffff};

	for (s.nb_vlan = 0; s.nb_vlan < 3; s.nb_vlan++)
		for (s.nb_mpls = 0; s.nb_mpls < 4; s.nb_mpls += 3)
			for (unsigned int i = 0; i < 4 * PKT_SHAPES_WHOLE; i++) {
				/* in several orders: nothing is left of the one before */
				unsigned int step = 1u << i / PKT_SHAPES_WHOLE;

				s.ip = *pkt_shape(i * step % PKT_SHAPES_WHOLE);
				s.ip.df = false;
				s.ip.tos = 0xb8 + i;
				if (built(&s, 800, 0, NULL, 0) < 0 ||
					built(&s, 800, CLEAVE_GSO_COMPLETE, NULL, 0) < 0)
					return TEST_FAILED;
			}
	return TEST_SUCCESS;
}

/* Options with and without the copy bit (RFC 791), the end of the list among them. */
static int
options(struct pkt *p)
{
	static const uint8_t lists[][40] = {
		{0x94, 4, 0, 0, 7, 7, 4, 1, 2, 3, 4, 0}, /* router alert, record route, end */
		{7, 11, 4, 1, 2, 3, 4, 5, 6, 7, 8, 0x94, 4, 1, 2},   /* the other way round */
		{1, 1, 0x44, 8, 5, 0, 9, 9, 9, 9, 1, 0x88, 4, 1, 2}, /* time stamp, stream */
		{0x83, 7, 4, 10, 0, 0, 9, 0x44, 4, 5, 0, 0, 7, 3,
			4},    /* loose route; behind the end */
		{0x07, 39, 4}, /* nothing but what goes */
	};
	uint8_t *h = p->data + p->want.ip[0].off;

	for (unsigned int i = 0; i < RTE_DIM(lists); i++) {
		memcpy(h + 20, lists[i], 40);
		pkt_put16(h + 10, 0);
		pkt_put16(h + 10, ~pkt_sum(h, 60));
		if (cut(p, 1000, 0, NULL, 0) < 0 || cut(p, 9000, 0, NULL, 0) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_options(void)
{
	const struct pkt_spec s = {.proto = IPPROTO_UDP,
		.ip.version = 4,
		.ip.opt_len = PKT_IP4_OPT_MAX,
		.payload = 3500};

	return gso_with_frame(&s, options);
}

/* A fragment cut once more: offsets add, and the last piece keeps MF. */
static int
test_again(void)
{
	struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.version = 4};

	for (unsigned int i = 0; i < 4 * 6; i++) {
		s.ip.mf = i & 1;
		s.ip.opt_len = i & 2 ? 40 : 0;
		s.ip.frag_off = (i / 4) * 185;
		s.payload = s.ip.mf ? 3000 : 2999;
		if (!s.ip.mf && s.ip.frag_off == 0)
			continue;
		if (built(&s, 1000, 0, NULL, 0) < 0 || built(&s, 1207, 0, NULL, 0) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Tunnelled packets are cut by their outermost IP header, and what is inside is payload. */
static int
test_tunnels(void)
{
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++) {
		struct pkt_spec s = *pkt_tunnel_variant(i);

		s.payload = 4000 + i;
		s.ip.df = i % 2;
		if (built(&s, 1000, 0, NULL, 0) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
refused(struct pkt *p)
{
	const struct cleave_gso_req req = {.type = CLEAVE_GSO_FRAGMENT, .mss = 1000};

	return gso_refused(p, &req, GSO_OUT_MAX, -ENOTSUP);
}

/* DF, and an IPv6 fragment. */
static int
test_refused(void)
{
	struct pkt_spec s = {.proto = IPPROTO_UDP, .payload = 3000, .ip = *pkt_shape(11)};

	if (gso_with_frame(&s, refused) < 0)
		return TEST_FAILED;
	s.ip = (struct pkt_ip){.version = 4, .df = true};
	if (gso_with_frame(&s, refused) < 0)
		return TEST_FAILED;
	s.ip.mf = true;
	return gso_with_frame(&s, refused);
}

static struct unit_test_suite suite = {
	.suite_name = "IP fragments",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_sizes),
			TEST_CASE(test_complete),
			TEST_CASE(test_zero_checksum),
			TEST_CASE(test_headers),
			TEST_CASE(test_options),
			TEST_CASE(test_again),
			TEST_CASE(test_tunnels),
			TEST_CASE(test_refused),
			TEST_CASES_END(),
		},
};

static int
test_fragment(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_fragment_autotest, NOHUGE_OK, ASAN_OK, test_fragment);
