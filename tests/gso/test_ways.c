/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_ways_autotest: which of the three ways makes the segments: unchain where the packet's mbufs
 * are the segments already, scatter-gather, linear (cleave_gso.h). The pools and the mbufs that
 * come out tell which one ran. Neighbours: gso_test.h, test_sums.c.
 */
#include "gso_test.h"

#define MSS 1000

/* Packets of any kind, in any tunnel. The headers have to fit an mbuf's headroom. */
static int
for_each_packet(int (*fn)(const struct pkt *p))
{
	for (unsigned int i = 0; i < 4 + pkt_tunnel_variants(); i++) {
		struct pkt_spec s = {.tcp_opt = PKT_TCP_TS, .ip.version = i % 2 ? 6 : 4};
		struct pkt p;
		int rc;

		if (i >= 4)
			s = *pkt_tunnel_variant(i - 4);
		s.proto = i % 4 < 2 ? IPPROTO_TCP : IPPROTO_UDP;
		s.ip.id = 0xfffe;
		s.tcp_flags = CLEAVE_TCP_ACK | CLEAVE_TCP_FIN | CLEAVE_TCP_CWR;
		s.payload = 6 * MSS + (i % 3 ? 333 : 0);
		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		rc = p.want.hdr_len <= RTE_PKTMBUF_HEADROOM ? fn(&p) : TEST_SUCCESS;
		pkt_free(&p);
		if (rc < 0) {
			printf("%s\n", pkt_str(&s));
			return rc;
		}
	}
	return TEST_SUCCESS;
}

/* Cut, and ask which way it went. */
static int
went(const struct pkt *p, uint16_t flags, enum gso_input kind, const uint16_t *pieces,
	unsigned int nb, enum gso_way want)
{
	const struct cleave_gso_req req = {.mss = MSS, .flags = flags};

	if (gso_cut(p, &req, kind, pieces, nb) < 0)
		return TEST_FAILED;
	TEST_ASSERT_EQUAL(gso.way, want, "way %u, not %u; flags %x, input %u, pieces %u, %u...",
		gso.way, want, flags, kind, pieces[0], pieces[1]);
	return TEST_SUCCESS;
}

/* A segment an mbuf, several mbufs a segment, headers alone in the first mbuf, and parts of unequal
 * and odd lengths: nothing is allocated, and the first mbuf of the packet is the first segment. */
static int
unchain(const struct pkt *p)
{
	const uint16_t hdr = p->want.hdr_len;
	const uint16_t chains[][8] = {
		{hdr + MSS, MSS, MSS, MSS, MSS, MSS, MSS, MSS},
		{hdr + MSS / 2, MSS / 2, MSS / 2, MSS / 2, MSS / 2, MSS / 2, MSS / 2, MSS / 2},
		{hdr, MSS, MSS, MSS, MSS, MSS, MSS, MSS},
		{hdr + 333, MSS - 333, 1, MSS - 1, 501, 499, MSS, MSS},
		{hdr + 1, MSS - 1, MSS, MSS, 7, MSS - 7, MSS, MSS},
		{hdr, MSS / 4, MSS / 4, MSS / 4, MSS / 4, MSS, MSS, MSS},
	};

	for (unsigned int i = 0; i < RTE_DIM(chains); i++)
		if (went(p, 0, GSO_PLAIN, chains[i], 8, GSO_WAY_UNCHAIN) < 0 ||
			went(p, CLEAVE_GSO_FIXED_ID, GSO_PLAIN, chains[i], 8, GSO_WAY_UNCHAIN) < 0)
			return TEST_FAILED;
	return TEST_SUCCESS;
}

static int
test_unchain(void)
{
	return for_each_packet(unchain);
}

/* The same packet with what forbids it: an order, another holder, headroom that is not there, a
 * boundary that is a byte off. */
static int
not_unchain(const struct pkt *p)
{
	const uint16_t hdr = p->want.hdr_len;
	const uint16_t fit[] = {hdr + MSS, MSS};
	const uint16_t late[] = {hdr + MSS, MSS, MSS + 1, MSS};
	const uint16_t early[] = {hdr + MSS - 1, MSS, MSS, MSS};
	const uint16_t split[] = {hdr - 1, MSS + 1, MSS};

	if (went(p, CLEAVE_GSO_SCATTER, GSO_PLAIN, fit, 2, GSO_WAY_SCATTER) < 0 ||
		went(p, CLEAVE_GSO_LINEAR, GSO_PLAIN, fit, 2, GSO_WAY_LINEAR) < 0 ||
		went(p, 0, GSO_SHARED, fit, 2, GSO_WAY_SCATTER) < 0 ||
		went(p, 0, GSO_CLONED, fit, 2, GSO_WAY_SCATTER) < 0 ||
		went(p, 0, GSO_MIXED, fit, 2, GSO_WAY_SCATTER) < 0 ||
		went(p, 0, GSO_EXTERNAL, fit, 2, GSO_WAY_SCATTER) < 0 ||
		went(p, 0, GSO_PLAIN, late, 4, GSO_WAY_SCATTER) < 0 ||
		went(p, 0, GSO_PLAIN, early, 4, GSO_WAY_SCATTER) < 0 ||
		went(p, 0, GSO_PLAIN, split, 3, GSO_WAY_SCATTER) < 0)
		return TEST_FAILED;
	return hdr <= 39 ? TEST_SUCCESS : went(p, 0, GSO_TIGHT, fit, 2, GSO_WAY_SCATTER);
}

static int
test_not_unchain(void)
{
	return for_each_packet(not_unchain);
}

/* Mbufs of no bytes between are in nobody's way. */
static int
empty(const struct pkt *p)
{
	const uint16_t fit[] = {p->want.hdr_len + MSS, MSS};
	const struct cleave_gso_req req = {.mss = MSS};

	if (gso_cut(p, &req, GSO_EMPTY, fit, 2) < 0)
		return TEST_FAILED;
	TEST_ASSERT(gso.way == GSO_WAY_UNCHAIN || gso.way == GSO_WAY_SCATTER, "way %u", gso.way);
	return TEST_SUCCESS;
}

static int
test_empty(void)
{
	return for_each_packet(empty);
}

/* A port's limit of mbufs a segment: a copy where there would be more. */
static int
max_pieces(const struct pkt *p)
{
	const uint16_t hdr = p->want.hdr_len;
	const uint16_t fit[] = {hdr + MSS, MSS}, halves[] = {hdr + MSS / 2, MSS / 2};
	const uint16_t four[] = {hdr + 17, 250};

	for (uint16_t max = 1; max < 8; max++) {
		struct cleave_gso_req req = {.mss = MSS, .max_pieces = max};

		if (gso_cut(p, &req, GSO_PLAIN, fit, 2) < 0)
			return TEST_FAILED;
		TEST_ASSERT_EQUAL(gso.way, GSO_WAY_UNCHAIN, "one mbuf a segment: way %u", gso.way);
		if (gso_cut(p, &req, GSO_PLAIN, halves, 2) < 0)
			return TEST_FAILED;
		TEST_ASSERT_EQUAL(gso.way, max < 2 ? GSO_WAY_LINEAR : GSO_WAY_UNCHAIN,
			"two mbufs a segment, at most %u: way %u", max, gso.way);
		if (gso_cut(p, &req, GSO_SHARED, halves, 2) < 0)
			return TEST_FAILED;
		TEST_ASSERT_EQUAL(gso.way, max < 3 ? GSO_WAY_LINEAR : GSO_WAY_SCATTER,
			"headers and two mbufs a segment, at most %u: way %u", max, gso.way);
		if (gso_cut(p, &req, GSO_PLAIN, four, 2) < 0)
			return TEST_FAILED;
		TEST_ASSERT_EQUAL(gso.way, max < 6 ? GSO_WAY_LINEAR : GSO_WAY_SCATTER,
			"headers and five mbufs a segment, at most %u: way %u", max, gso.way);
	}
	return TEST_SUCCESS;
}

static int
test_max_pieces(void)
{
	return for_each_packet(max_pieces);
}

/* Unchaining takes nothing from a pool: it works with empty ones, and with none that fits. */
static int
dry(const struct pkt *p)
{
	const uint16_t fit[] = {p->want.hdr_len + MSS, MSS};
	const struct cleave_gso_req req = {.mss = MSS};
	const struct check_in in = check_in(p);
	struct drain direct, indirect;
	struct gso_packet g;
	int rc;

	TEST_ASSERT_SUCCESS(gso_packet(&g, p, GSO_PLAIN, fit, 2), "no packet");
	TEST_ASSERT_SUCCESS(drain_to(&direct, gso.pools[0].direct, 0), "drain");
	TEST_ASSERT_SUCCESS(drain_to(&indirect, gso.pools[0].indirect, 0), "drain");
	rc = gso_cut_packet(&g, &in, &req, &gso.pools[0]);
	drain_undo(&direct);
	drain_undo(&indirect);
	return rc < 0 ? rc : gso_pools_full();
}

static int
test_dry(void)
{
	return for_each_packet(dry);
}

static struct unit_test_suite suite = {
	.suite_name = "the three ways to make a segment",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_unchain),
			TEST_CASE(test_not_unchain),
			TEST_CASE(test_empty),
			TEST_CASE(test_max_pieces),
			TEST_CASE(test_dry),
			TEST_CASES_END(),
		},
};

static int
test_ways(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_ways_autotest, NOHUGE_OK, ASAN_OK, test_ways);
