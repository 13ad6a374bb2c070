/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_tcp_mbufs_autotest: the same packet cut from every way in which it can lie in memory, and
 * descriptor limits. Neighbours: gso_test.h, test_tcp.c (the segments' contents), test_fail.c (pools
 * that run dry).
 */
#include "cleave_config.h"
#include "gso_test.h"

static struct pkt tcp4, tcp6;

static int
setup(void)
{
	const struct pkt_spec s4 = {.proto = IPPROTO_TCP,
		.ip.version = 4,
		.tcp_opt = PKT_TCP_TS,
		.ip.id = 0xfffd,
		.payload = 6007,
		.seq = 0xfffffa00,
		.tcp_flags = 0x99};
	struct pkt_spec s6 = s4;

	s6.ip = *pkt_shape(6); /* with extension headers */
	s6.nb_vlan = 1;
	TEST_ASSERT_SUCCESS(pkt_build(&s4, &tcp4) | pkt_build(&s6, &tcp6), "no frame");
	return gso_setup();
}

static void
teardown(void)
{
	pkt_free(&tcp4);
	pkt_free(&tcp6);
}

static const uint16_t chains[][4] = {
	{2000, 2000, 2000, 2000}, /* payload in few mbufs */
	{1448, 1448, 1448, 1448},
	{100, 100, 100, 100},	/* in many */
	{66, 1000, 1000, 1000}, /* headers of tcp4 fill the first mbuf exactly */
	{14, 20, 32, 1000},	/* a header a mbuf */
	{67, 1, 999, 333},	/* odd pieces */
	{13, 7, 3, 501},	/* headers and payload in odd pieces */
	{1, 1, 1, 77},
};

static int
test_chains(void)
{
	static const uint16_t mss[] = {333, 1000, 1001, 6006, 6007};

	for (unsigned int i = 0; i < RTE_DIM(chains) * RTE_DIM(mss); i++) {
		const uint16_t *pieces = chains[i / RTE_DIM(mss)];

		if (gso_cut_ways(&tcp4, mss[i % RTE_DIM(mss)], 0, pieces, 4) < 0 ||
			gso_cut_ways(&tcp6, mss[i % RTE_DIM(mss)], 0, pieces, 4) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* The first mbuf ends at every byte of the headers and a little behind them. */
static int
test_header_split(void)
{
	for (uint16_t first = 1; first < 200; first++) {
		uint16_t pieces[2] = {first, 1999};

		if (gso_cut_ways(&tcp4, 1000, 0, pieces, 2) < 0 ||
			gso_cut_ways(&tcp6, 1000, 0, pieces, 2) < 0 ||
			gso_cut_ways(&tcp4, 9000, 0, pieces, 2) < 0 ||
			gso_cut_ways(&tcp6, 9000, 0, pieces, 2) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Clones, external buffers, pinned ones, and mbufs that somebody else holds too. */
static int
test_inputs(void)
{
	static const uint16_t mss[] = {100, 1000, 1001, 7000};

	for (enum gso_input kind = 0; kind < GSO_INPUTS; kind++)
		for (unsigned int i = 0; i < RTE_DIM(chains) * RTE_DIM(mss); i++)
			for (unsigned int linear = 0; linear < 2; linear++) {
				struct cleave_gso_req req = {.mss = mss[i % RTE_DIM(mss)],
					.flags = linear ? CLEAVE_GSO_LINEAR
							: CLEAVE_GSO_HW_L4_CKSUM};
				const uint16_t *pieces = chains[i / RTE_DIM(mss)];

				if (kind == GSO_PINNED && pieces[3] < 500)
					continue; /* a small pool */
				if (gso_cut(&tcp4, &req, kind, pieces, 4) < 0 ||
					gso_cut(&tcp6, &req, kind, pieces, 4) < 0)
					return TEST_FAILED;
			}
	return TEST_SUCCESS;
}

/* One external buffer that is longer than a segment by far. */
static int
test_one_buffer(void)
{
	const struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 59000};
	struct cleave_gso_req req = {.mss = 1448};
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	rc = gso_cut(&p, &req, GSO_EXTERNAL, NULL, 0);
	req.flags = CLEAVE_GSO_LINEAR;
	rc |= gso_cut(&p, &req, GSO_EXTERNAL, NULL, 0);
	pkt_free(&p);
	return rc;
}

/* An mbuf of no bytes, then one with short headers and few or no bytes more, whose buffer goes when
 * the mbuf does. */
static int
empty_first(struct pkt *p)
{
	static const enum gso_input kinds[] = {GSO_PLAIN, GSO_CLONED, GSO_EXTERNAL};
	const struct check_in in = check_in(p);

	for (unsigned int i = 0; i < 2 * 2 * RTE_DIM(kinds); i++) {
		struct cleave_gso_req req = {.mss = 1000, .flags = i & 1 ? CLEAVE_GSO_SCATTER : 0};
		const uint16_t pieces[] = {p->want.hdr_len + (i & 2 ? 1 : 0), 1448};
		struct rte_mbuf *empty = rte_pktmbuf_alloc(gso.in);
		struct gso_packet g;

		TEST_ASSERT_NOT_NULL(empty, "no mbuf");
		TEST_ASSERT_SUCCESS(gso_packet(&g, p, kinds[i / 4], pieces, 2), "no packet");
		TEST_ASSERT_SUCCESS(rte_pktmbuf_chain(empty, g.m), "no chain");
		g.m = empty;
		TEST_ASSERT_SUCCESS(gso_cut_packet(&g, &in, &req, &gso.pools[0]), "case %u", i);
	}
	return TEST_SUCCESS;
}

static int
test_empty_first(void)
{
	const struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 6007};

	return gso_with_frame(&s, empty_first);
}

/* What the port cannot take as a chain is copied. */
static int
test_max_pieces(void)
{
	for (unsigned int i = 0; i < RTE_DIM(chains); i++)
		for (uint16_t max = 1; max < 20; max++) {
			struct cleave_gso_req req = {.mss = 1000, .max_pieces = max};

			if (gso_cut(&tcp4, &req, GSO_PLAIN, chains[i], 4) < 0)
				return TEST_FAILED;
		}
	return TEST_SUCCESS;
}

/* A direct pool for headers only is enough for scatter-gather, and one too small is not used. */
static int
test_small_room(void)
{
	static struct rte_mempool *mp;
	struct cleave_gso_pools pools = gso.pools[0];
	struct cleave_gso_req req = {.mss = 1000};
	const struct check_in in = check_in(&tcp4);
	struct rte_mbuf *out[8];
	struct cleave_pkt walk;
	struct gso_packet g;
	int n;

	if (mp == NULL)
		mp = rte_pktmbuf_pool_create(
			"gso_small", 15, 0, 0, RTE_PKTMBUF_HEADROOM + tcp4.want.hdr_len, 0);
	TEST_ASSERT_NOT_NULL(mp, "no pool");
	pools.direct = mp;
	TEST_ASSERT_SUCCESS(gso_packet(&g, &tcp6, GSO_PLAIN, NULL, 0), "no packet");
	TEST_ASSERT_SUCCESS(gso_refused_packet(&g, &req, &pools, 8, -EMSGSIZE), "longer headers");
	gso_packet_drop(&g);
	TEST_ASSERT_SUCCESS(gso_packet(&g, &tcp4, GSO_PLAIN, NULL, 0), "no packet");
	req.flags = CLEAVE_GSO_LINEAR;
	TEST_ASSERT_SUCCESS(gso_refused_packet(&g, &req, &pools, 8, -EMSGSIZE), "linear");
	req.flags = 0;
	TEST_ASSERT_SUCCESS(cleave_parse(g.m, &walk), "no walk");
	n = cleave_gso_segment(g.m, &walk, &req, &pools, out, 8);
	TEST_ASSERT_EQUAL(n, 7, "%d", n);
	n = check_mbufs(&in, &req, NULL, out, n);
	check_free(out, 7);
	TEST_ASSERT(rte_mempool_full(mp), "mbufs were lost");
	return n < 0 ? n : gso_pools_full();
}

/* The segments do not depend on each other: freed in any order, or one kept for long. */
static int
test_free_order(void)
{
	struct cleave_gso_req req = {.mss = 500};
	struct rte_mbuf *out[16];
	struct cleave_pkt walk;
	struct gso_packet g;
	int n;

	for (enum gso_input kind = 0; kind < GSO_PINNED; kind++)
		for (unsigned int keep = 0; keep < 13; keep++) {
			TEST_ASSERT_SUCCESS(gso_packet(&g, &tcp4, kind, chains[0], 4), "packet");
			TEST_ASSERT_SUCCESS(cleave_parse(g.m, &walk), "no walk");
			n = cleave_gso_segment(g.m, &walk, &req, &gso.pools[0], out, 16);
			TEST_ASSERT_EQUAL(n, 13, "%d", n);
			for (int i = 0; i < n; i++)
				if (i != (int)keep)
					rte_pktmbuf_free(out[i]);
			/* his payload is still there */
			TEST_ASSERT(rte_pktmbuf_linearize(out[keep]) == 0 || out[keep]->nb_segs > 1,
				"linearize");
			TEST_ASSERT_EQUAL(out[keep]->pkt_len,
				tcp4.want.hdr_len + (keep < 12 ? 500u : 7u), "length");
			rte_pktmbuf_free(out[keep]);
			if (gso_packet_release(&g) < 0 || gso_pools_full() < 0)
				return TEST_FAILED;
		}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "TCP segmentation: mbufs and pools",
	.setup = setup,
	.teardown = teardown,
	.unit_test_cases =
		{
			TEST_CASE(test_chains),
			TEST_CASE(test_header_split),
			TEST_CASE(test_inputs),
			TEST_CASE(test_one_buffer),
			TEST_CASE(test_empty_first),
			TEST_CASE(test_max_pieces),
			TEST_CASE(test_small_room),
			TEST_CASE(test_free_order),
			TEST_CASES_END(),
		},
};

static int
test_tcp_mbufs(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_tcp_mbufs_autotest, NOHUGE_OK, ASAN_OK, test_tcp_mbufs);
