/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_tcp_random_autotest: some thousand packets of random headers, sizes, memory layouts and
 * requests, each judged; and agreement with DPDK's rte_gso on what that does right. Neighbours:
 * gso_test.h, check.h.
 */
#include <rte_ethdev.h>
#include <rte_gso.h>

#include "gso_test.h"

#define NB_RANDOM 6000
#define NB_AGREE 2000

static void
random_spec(uint32_t *seed, struct pkt_spec *s)
{
	memset(s, 0, sizeof(*s));
	s->nb_vlan = pkt_rand(seed) % 3;
	s->nb_mpls = pkt_rand(seed) % 5 == 0 ? pkt_rand(seed) % 4 : 0;
	s->ip = *pkt_shape(pkt_rand(seed) % PKT_SHAPES_WHOLE);
	s->ip.id = pkt_rand(seed);
	s->ip.tos = pkt_rand(seed);
	s->ip.ttl = pkt_rand(seed);
	s->ip.df = pkt_rand(seed) % 2;
	s->proto = IPPROTO_TCP;
	s->tcp_flags = pkt_rand(seed);
	s->tcp_reserved = pkt_rand(seed) % 16;
	s->tcp_opt = pkt_rand(seed) % PKT_TCP_OPTS;
	s->window = pkt_rand(seed);
	s->urgent = pkt_rand(seed);
	s->seq = pkt_rand(seed);
	s->ack = pkt_rand(seed);
	s->seed = pkt_rand(seed);
	s->pad = pkt_rand(seed) % 8 ? 0 : pkt_rand(seed) % 40;
	s->payload = pkt_rand(seed) % (pkt_rand(seed) % 8 ? 6000 : 65000);
}

static int
test_random(void)
{
	static const uint16_t max_pieces[] = {0, 0, 0, 1, 2, 3, 8};
	uint32_t seed = 20260101;
	struct pkt_spec s;
	struct pkt p;

	for (unsigned int n = 0; n < NB_RANDOM; n++) {
		struct cleave_gso_req req = {0};
		enum gso_input kind = pkt_rand(&seed) % GSO_PINNED;
		uint32_t room = 400, nb = 1 + pkt_rand(&seed) % 6;
		uint16_t pieces[6];

		random_spec(&seed, &s);
		req.mss = 1 + pkt_rand(&seed) % 2000 + s.payload / 300;
		req.flags = pkt_rand(&seed) &
			    (CLEAVE_GSO_LINEAR | CLEAVE_GSO_FIXED_ID | CLEAVE_GSO_ACCECN |
				    CLEAVE_GSO_HW_IP_CKSUM | CLEAVE_GSO_HW_L4_CKSUM);
		req.max_pieces = max_pieces[pkt_rand(&seed) % RTE_DIM(max_pieces)];
		for (unsigned int i = 0; i < nb; i++)
			pieces[i] = 1 + pkt_rand(&seed) % (pkt_rand(&seed) % 3 ? 2000 : 50);
		/* the last size repeats: no more mbufs than there are */
		pieces[nb - 1] = RTE_MAX(pieces[nb - 1], RTE_MIN(1 + s.payload / room, 2000u));
		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		p.data[p.want.l4_off + 16] = pkt_rand(&seed);
		if (gso_cut(&p, &req, kind, pieces, nb) < 0) {
			printf("iteration %u: %s\n", n, pkt_str(&s));
			return TEST_FAILED;
		}
		pkt_free(&p);
	}
	return TEST_SUCCESS;
}

/* Checksums, which rte_gso leaves as they were, out of the comparison. */
static void
blank_sums(const struct pkt *p, uint8_t *seg)
{
	memset(seg + p->want.ip[0].off + 10, 0, 2);
	memset(seg + p->want.l4_off + 16, 0, 2);
}

static int
compare(const struct pkt *p, struct rte_mbuf **ours, struct rte_mbuf **theirs, int nb)
{
	static uint8_t a[10000], b[10000];

	for (int i = 0; i < nb; i++) {
		uint32_t len = mbuf_flat(ours[i], a, sizeof(a));

		TEST_ASSERT_EQUAL(mbuf_flat(theirs[i], b, sizeof(b)), len, "segment %d: length", i);
		blank_sums(p, a);
		blank_sums(p, b);
		for (uint32_t k = 0; k < len; k++)
			TEST_ASSERT_EQUAL(a[k], b[k],
				"segment %d of %d, byte %u: %02x, rte_gso: %02x", i, nb, k, a[k],
				b[k]);
	}
	return TEST_SUCCESS;
}

/* rte_gso knows TCP over IPv4 with the headers in the first mbuf and payload behind them; it keeps
 * CWR in all segments, and no checksum. */
static int
agree(const struct pkt *p, uint16_t mss, const uint16_t *pieces)
{
	const struct cleave_gso_req req = {.mss = mss};
	const struct rte_gso_ctx ctx = {
		.direct_pool = gso.pools[0].direct,
		.indirect_pool = gso.pools[0].indirect,
		.gso_types = RTE_ETH_TX_OFFLOAD_TCP_TSO,
		.gso_size = p->want.hdr_len + mss,
	};
	struct rte_mbuf *ours[256], *theirs[256];
	struct gso_packet a, b;
	struct cleave_pkt walk;
	int n, m, rc;

	TEST_ASSERT(gso_packet(&a, p, GSO_PLAIN, pieces, 2) == 0 &&
			    gso_packet(&b, p, GSO_PLAIN, pieces, 2) == 0,
		"no packets");
	TEST_ASSERT_SUCCESS(cleave_parse(a.m, &walk), "no walk");
	b.m->l2_len = walk.l2_len;
	b.m->l3_len = walk.ip[0].len;
	b.m->l4_len = walk.l4_len;
	n = cleave_gso_segment(a.m, &walk, &req, &gso.pools[0], ours, RTE_DIM(ours));
	TEST_ASSERT(n > 1, "%d", n);
	m = rte_gso_segment(b.m, &ctx, theirs, RTE_DIM(theirs));
	TEST_ASSERT_EQUAL(n, m, "%d segments, rte_gso: %d", n, m);
	rc = compare(p, ours, theirs, n);
	check_free(ours, n);
	check_free(theirs, m);
	rte_pktmbuf_free(b.m);
	return rc;
}

static int
test_rte_gso(void)
{
	uint32_t seed = 424242;
	struct pkt_spec s;
	struct pkt p;
	int rc;

	for (unsigned int n = 0; n < NB_AGREE; n++) {
		uint16_t mss, pieces[2];

		random_spec(&seed, &s);
		s.ip = *pkt_shape(pkt_rand(&seed) % 3);
		s.ip.id = pkt_rand(&seed);
		s.ip.df = false; /* with DF its ID does not count */
		s.tcp_flags &= ~CLEAVE_TCP_CWR;
		s.nb_vlan = s.nb_mpls = 0;
		s.pad = 0;
		mss = 300 + pkt_rand(&seed) % 2000;
		s.payload = RTE_MAX(s.payload, mss + 1u);
		pieces[0] = 200 + pkt_rand(&seed) % 1800;
		pieces[1] = 1000 + pkt_rand(&seed) % 1000;
		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		rc = agree(&p, mss, pieces);
		if (rc < 0)
			printf("iteration %u, mss %u: %s\n", n, mss, pkt_str(&s));
		pkt_free(&p);
		if (rc < 0 || gso_pools_full() < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "TCP segmentation: random packets, rte_gso",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_random),
			TEST_CASE(test_rte_gso),
			TEST_CASES_END(),
		},
};

static int
test_tcp_random(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_tcp_random_autotest, NOHUGE_OK, ASAN_OK, test_tcp_random);
