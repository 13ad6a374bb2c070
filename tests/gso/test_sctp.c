/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_sctp_autotest: SCTP by fragments (SEMANTICS.md part 2; Linux's GSO_BY_FRAGS): each mbuf's
 * chunks become a packet with the common header before them and a CRC32c of its own, plain and in
 * tunnels. Neighbours: gso_test.h, model.c (a CRC of its own).
 */
#include "cleave_config.h"
#include "gso_test.h"

/* Headers, then chunks: each piece is a packet. The first may lie in the mbuf of the headers. */
static int
cut(const struct pkt *p, uint16_t flags, enum gso_input kind, const uint16_t *chunks,
	unsigned int nb, bool joined)
{
	const struct cleave_gso_req req = {.type = CLEAVE_GSO_BY_FRAGS, .flags = flags};
	struct check_in in = check_in(p);
	uint16_t pieces[65];
	struct gso_packet g;

	pieces[0] = p->want.hdr_len + (joined ? chunks[0] : 0);
	for (unsigned int i = joined; i < nb; i++)
		pieces[i + !joined] = chunks[i];
	in.pieces = chunks;
	in.nb_pieces = nb;
	if (gso_packet(&g, p, kind, pieces, nb + !joined) < 0 ||
		gso_cut_packet(&g, &in, &req, &gso.pools[0]) < 0 || gso_pools_full() < 0) {
		printf("flags %x, input %u, %u packets, joined %u\n", flags, kind, nb, joined);
		return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static const uint16_t chunks[][6] = {
	{1200, 1200, 1200, 1200, 1200, 1200},
	{16, 1400, 4, 400, 1336, 20},
	{4, 4, 4, 4, 4, 4},
	{1452, 16, 1452, 16, 1452, 16},
};

static uint32_t
total(const uint16_t *c, unsigned int nb)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < nb; i++)
		sum += c[i];
	return sum;
}

static int
cut_all(struct pkt_spec s)
{
	static const uint16_t flags[] = {0, CLEAVE_GSO_SCATTER, CLEAVE_GSO_LINEAR,
		CLEAVE_GSO_FIXED_ID, CLEAVE_GSO_HW_IP_CKSUM, CLEAVE_GSO_HW_L4_CKSUM};

	s.proto = IPPROTO_SCTP;
	for (unsigned int i = 0; i < RTE_DIM(chunks) * RTE_DIM(flags) * 3; i++) {
		const uint16_t *c = chunks[i / RTE_DIM(flags) / 3];
		uint16_t f = flags[i % RTE_DIM(flags)];
		unsigned int nb = 6 - i / RTE_DIM(flags) % 3 * 2;
		struct pkt p;
		int rc;

		s.payload = total(c, nb);
		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		if (cleave_inner_ip(&p.want)->off > 127)
			f &= ~(CLEAVE_GSO_HW_IP_CKSUM | CLEAVE_GSO_HW_L4_CKSUM);
		rc = cut(&p, f, GSO_PLAIN, c, nb, true);
		if (rc == 0)
			rc = cut(&p, f, GSO_PLAIN, c, nb, false);
		if (rc < 0)
			printf("%s\n", pkt_str(&s));
		pkt_free(&p);
		if (rc < 0)
			return rc;
	}
	return TEST_SUCCESS;
}

static int
test_plain(void)
{
	struct pkt_spec s = {0};

	for (unsigned int i = 0; i < PKT_SHAPES_WHOLE; i++) {
		s.ip = *pkt_shape(i);
		s.ip.id = 0xfffd;
		s.nb_vlan = i % 3;
		if (cut_all(s) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* The inner CRC is final before any outer checksum is. */
static int
test_tunnels(void)
{
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++)
		if (cut_all(*pkt_tunnel_variant(i)) < 0)
			return TEST_FAILED;
	return TEST_SUCCESS;
}

static int
test_inputs(void)
{
	static const uint16_t flags[] = {0, CLEAVE_GSO_SCATTER, CLEAVE_GSO_LINEAR};

	for (unsigned int i = 0; i < RTE_DIM(chunks) * RTE_DIM(flags); i++) {
		const uint16_t *c = chunks[i / RTE_DIM(flags)];
		struct pkt_spec s = {
			.proto = IPPROTO_SCTP, .ip.version = i % 2 ? 6 : 4, .payload = total(c, 6)};
		struct pkt p;
		int rc = 0;

		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		for (enum gso_input kind = 0; kind < GSO_INPUTS && rc == 0; kind++)
			if (kind != GSO_EMPTY) /* an mbuf is a packet here */
				rc = cut(&p, flags[i % 3], kind, c, 6, i % 2) |
				     cut(&p, flags[i % 3], kind, c, 6, i % 2 == 0);
		pkt_free(&p);
		if (rc < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Any number of chunks of any size, in any tunnel. */
static int
test_random(void)
{
	static const uint16_t flags[] = {0, CLEAVE_GSO_SCATTER, CLEAVE_GSO_LINEAR};
	uint32_t seed = 132;

	for (unsigned int i = 0; i < 2000; i++) {
		struct pkt_spec s = {.ip.version = i % 4 ? 6 : 4};
		unsigned int nb = 1 + pkt_rand(&seed) % 40;
		enum gso_input kind = i % GSO_INPUTS;
		uint16_t c[40];
		struct pkt p;
		int rc;

		if (i % 2)
			s = *pkt_tunnel_variant(pkt_rand(&seed) % pkt_tunnel_variants());
		for (unsigned int k = 0; k < nb; k++)
			c[k] = 4 + pkt_rand(&seed) % 370 * 4;
		s.proto = IPPROTO_SCTP;
		s.payload = total(c, nb);
		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		kind = kind == GSO_EMPTY ? GSO_PLAIN : kind;
		rc = cut(&p, flags[pkt_rand(&seed) % 3], kind, c, nb, pkt_rand(&seed) % 2);
		pkt_free(&p);
		TEST_ASSERT_SUCCESS(rc, "iteration %u: %s", i, pkt_str(&s));
	}
	return TEST_SUCCESS;
}

static int
refused(const struct pkt *p, const uint16_t *pieces, unsigned int nb, uint16_t nb_out, int want)
{
	const struct cleave_gso_req req = {.type = CLEAVE_GSO_BY_FRAGS};
	struct gso_packet g;
	int rc;

	TEST_ASSERT_SUCCESS(gso_packet(&g, p, GSO_PLAIN, pieces, nb), "no packet");
	rc = gso_refused_packet(&g, &req, &gso.pools[0], nb_out, want);
	gso_packet_drop(&g);
	return rc < 0 || gso_packet_release(&g) < 0 ? TEST_FAILED : gso_pools_full();
}

/* Chunks that are not padded to 4 bytes; an array one short; more packets than can be made. */
static int
errors(struct pkt *p)
{
	const uint16_t hdr = p->want.hdr_len;
	const uint16_t unaligned[] = {hdr, 1202, 1198, 1200};
	const uint16_t first[] = {hdr + 2, 1198, 1200};
	const uint16_t fit[] = {hdr, 1200}, joined[] = {hdr + 1200, 1200};

	if (refused(p, unaligned, 4, GSO_OUT_MAX, -EINVAL) < 0 ||
		refused(p, first, 3, GSO_OUT_MAX, -EINVAL) < 0 ||
		refused(p, fit, 2, 2, -ENOSPC) < 0 || refused(p, joined, 2, 2, -ENOSPC) < 0 ||
		refused(p, fit, 2, 0, -ENOSPC) < 0)
		return TEST_FAILED;
	return TEST_SUCCESS;
}

static int
test_errors(void)
{
	struct pkt_spec s = {.proto = IPPROTO_SCTP, .ip.version = 4, .payload = 3600};

	return gso_with_frame(&s, errors);
}

/* The judge's CRC is CRC32c: RFC 3720 B.4. */
static int
known_crc(struct pkt *p)
{
	static const uint16_t one[] = {32 - 12};
	struct cleave_gso_req req = {.type = CLEAVE_GSO_BY_FRAGS};
	struct check_in in = check_in(p);
	uint8_t frame[128];

	in.pieces = one;
	in.nb_pieces = 1;
	memset(p->data + p->want.l4_off, 0, 32);
	check_write(&in, &req, 0, 1, frame, sizeof(frame));
	/* 32 bytes of zeroes: aa 36 91 8a on the wire */
	TEST_ASSERT_EQUAL(pkt_be32(frame + p->want.l4_off + 8), 0xaa36918a, "%x",
		pkt_be32(frame + p->want.l4_off + 8));
	return TEST_SUCCESS;
}

static int
test_known_crc(void)
{
	const struct pkt_spec s = {.proto = IPPROTO_SCTP, .ip.version = 4, .payload = 20};

	return gso_with_frame(&s, known_crc);
}

static struct unit_test_suite suite = {
	.suite_name = "SCTP by fragments",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_known_crc),
			TEST_CASE(test_plain),
			TEST_CASE(test_tunnels),
			TEST_CASE(test_inputs),
			TEST_CASE(test_random),
			TEST_CASE(test_errors),
			TEST_CASES_END(),
		},
};

static int
test_sctp(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_sctp_autotest, NOHUGE_OK, ASAN_OK, test_sctp);
