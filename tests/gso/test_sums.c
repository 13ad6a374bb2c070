/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_sums_autotest: CLEAVE_GSO_SUMS: the payload sums that GRO left with the mbufs make the
 * segments' checksums. Right sums make right ones; wrong sums make the checksums that follow from
 * them, so the payload was not read again. Neighbours: gso_test.h, test_ways.c.
 */
#include "gso_test.h"

#define PIECES_MAX 512

static uint16_t pieces_of[PIECES_MAX], sums_of[PIECES_MAX];

static int
setup(void)
{
	return gso_setup() < 0 || cleave_meta_register() < 0 ? TEST_FAILED : TEST_SUCCESS;
}

/* Leave a sum with each mbuf, changed by `lie`, and tell the judge. */
static int
leave_sums(struct gso_packet *g, struct check_in *in, uint16_t lie)
{
	const uint8_t *data = g->pkt->data + g->pkt->want.hdr_len;
	struct rte_mbuf *m = g->m;

	TEST_ASSERT(m->nb_segs <= PIECES_MAX, "%u mbufs", m->nb_segs);
	in->pieces = pieces_of;
	in->nb_pieces = gso_payload_pieces(m, &g->pkt->want, pieces_of, PIECES_MAX);
	in->sums = sums_of;
	m->ol_flags |= cleave_meta_flag;
	memset(cleave_meta(m), 0, sizeof(struct cleave_meta));
	cleave_meta(m)->flags = CLEAVE_META_SUMS;
	for (unsigned int i = 0; i < in->nb_pieces; data += pieces_of[i++], m = m->next) {
		uint8_t wire[2];

		sums_of[i] = pkt_sum(data, pieces_of[i]);
		if (pieces_of[i] > 0)
			sums_of[i] = pkt_sum_add(sums_of[i], lie);
		pkt_put16(wire, sums_of[i]);
		memcpy(&cleave_meta(m)->sum, wire, 2);
	}
	return TEST_SUCCESS;
}

static int
cut(const struct pkt *p, const struct cleave_gso_req *req, enum gso_input kind,
	const uint16_t *pieces, unsigned int nb, uint16_t lie)
{
	struct check_in in = check_in(p);
	struct gso_packet g;

	if (gso_packet(&g, p, kind, pieces, nb) < 0 || leave_sums(&g, &in, lie) < 0 ||
		gso_cut_packet(&g, &in, req, &gso.pools[0]) < 0 || gso_pools_full() < 0) {
		printf("mss %u, flags %x, input %u, lie %x, pieces %u, %u...\n", req->mss,
			req->flags, kind, lie, pieces[0], pieces[1]);
		return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Layouts in which segments have whole mbufs, parts of them, at even and odd offsets. */
#define CHAINS 9
#define SPLIT 7
static void
layout(unsigned int i, uint16_t hdr, uint16_t *pieces)
{
	const uint16_t chains[CHAINS][4] = {
		{hdr + 1001, 1001, 1001, 1001},
		{hdr, 1001, 1001, 1001},
		{hdr + 500, 501, 500, 501},
		{hdr + 333, 333, 335, 1001},
		{hdr + 7, 13, 501, 77},
		{hdr, 1, 1, 333},
		{hdr + 1001, 2002, 1001, 1001},
		{hdr - 1, 1002, 1001, 999},
		{hdr + 500, 501, 500, 2000},
	};

	memcpy(pieces, chains[i], sizeof(chains[i]));
}

static int
for_each_layout(const struct pkt_spec *s, uint16_t flags, uint16_t lie, enum gso_input kinds)
{
	uint16_t pieces[4];
	struct pkt p;
	int rc = 0;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	for (unsigned int i = 0; i < CHAINS && rc == 0; i++) {
		if (lie != 0 && i == SPLIT)
			continue; /* of headers in two mbufs all may be computed */
		layout(i, p.want.hdr_len, pieces);
		for (enum gso_input kind = 0; kind < kinds && rc == 0; kind++) {
			struct cleave_gso_req req = {.mss = 1001, .flags = CLEAVE_GSO_SUMS | flags};

			rc = cut(&p, &req, kind, pieces, 4, lie);
		}
	}
	if (rc < 0)
		printf("%s\n", pkt_str(s));
	pkt_free(&p);
	return rc;
}

/* Plain packets: all ways and inputs, right sums. */
static int
test_right(void)
{
	static const uint16_t flags[] = {0, CLEAVE_GSO_SCATTER, CLEAVE_GSO_LINEAR,
		CLEAVE_GSO_HW_L4_CKSUM, CLEAVE_GSO_VERIFY};
	struct pkt_spec s = {.tcp_opt = PKT_TCP_TS};

	for (unsigned int i = 0; i < RTE_DIM(flags) * 8; i++) {
		s.proto = i % 2 ? IPPROTO_UDP : IPPROTO_TCP;
		s.ip.version = i / 2 % 2 ? 6 : 4;
		s.payload = i / 4 % 2 ? 6006 : 5432;
		if (for_each_layout(&s, flags[i / 8], 0, GSO_INPUTS) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* In tunnels: the outer checksum follows from the inner one. */
static int
test_right_in_tunnels(void)
{
	for (unsigned int i = 0; i < 3 * pkt_tunnel_variants(); i++) {
		static const uint16_t flags[] = {0, CLEAVE_GSO_SCATTER, CLEAVE_GSO_HW_L4_CKSUM};
		struct pkt_spec s = *pkt_tunnel_variant(i / 3);

		s.proto = i % 2 ? IPPROTO_UDP : IPPROTO_TCP;
		s.payload = 5555;
		if (i % 3 == 2 && (s.outer.version == 6 || s.tunnel_opt == 60))
			continue; /* more than l2_len can say */
		if (for_each_layout(&s, flags[i % 3], 0, GSO_CLONED) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* A wrong sum with each mbuf is found again in the checksum of each segment that has all of it. */
static int
test_wrong(void)
{
	static const uint16_t lies[] = {1, 0x100, 0x1234, 0xfffe};
	struct pkt_spec s = {.tcp_opt = PKT_TCP_TS};

	for (unsigned int i = 0; i < RTE_DIM(lies) * 4; i++) {
		s.proto = i % 2 ? IPPROTO_UDP : IPPROTO_TCP;
		s.ip.version = i / 2 % 2 ? 6 : 4;
		s.payload = i / 4 % 2 ? 6006 : 5432;
		if (for_each_layout(&s, 0, lies[i / 4], GSO_EXTERNAL) < 0 ||
			for_each_layout(&s, CLEAVE_GSO_SCATTER, lies[i / 4], GSO_EXTERNAL) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Without the flag, sums that happen to be there are not used. */
static int
test_not_asked(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 5005};
	const struct cleave_gso_req req = {.mss = 1001};
	struct check_in in;
	struct gso_packet g;
	uint16_t pieces[4];
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	layout(0, p.want.hdr_len, pieces);
	in = check_in(&p);
	TEST_ASSERT_SUCCESS(gso_packet(&g, &p, GSO_PLAIN, pieces, 4), "no packet");
	TEST_ASSERT_SUCCESS(leave_sums(&g, &in, 0x1111), "no sums");
	in = check_in(&p);
	rc = gso_cut_packet(&g, &in, &req, &gso.pools[0]);
	pkt_free(&p);
	return rc < 0 ? rc : gso_pools_full();
}

static struct unit_test_suite suite = {
	.suite_name = "payload sums that are known already",
	.setup = setup,
	.unit_test_cases =
		{
			TEST_CASE(test_right),
			TEST_CASE(test_right_in_tunnels),
			TEST_CASE(test_wrong),
			TEST_CASE(test_not_asked),
			TEST_CASES_END(),
		},
};

static int
test_sums(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_sums_autotest, NOHUGE_OK, ASAN_OK, test_sums);
