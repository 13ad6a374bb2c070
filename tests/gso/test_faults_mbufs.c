/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_faults_mbufs_autotest: the known faults of others that concern cutting and mbufs, a case each:
 * SEMANTICS.md part 4, items 1, 3, 5, 10. Neighbours: test_faults_headers.c; other tests go further
 * into most of them.
 */
#include "gso_test.h"

/* Each mbuf of the pool is there once, and what comes out of it is an ordinary mbuf. */
static int
pool_sound(struct rte_mempool *mp)
{
	unsigned int nb = mp->size, rc = 0;
	struct rte_mbuf **m = calloc(nb, sizeof(*m));

	TEST_ASSERT(m != NULL && rte_pktmbuf_alloc_bulk(mp, m, nb) == 0, "not full: %s", mp->name);
	for (unsigned int i = 0; i < nb; i++) {
		rc |= m[i]->port == 0xbeef || !RTE_MBUF_DIRECT(m[i]) || m[i]->nb_segs != 1 ||
		      m[i]->next != NULL || rte_mbuf_refcnt_read(m[i]) != 1 ||
		      (rte_pktmbuf_data_room_size(mp) != 0 &&
			      m[i]->buf_addr != rte_mbuf_to_baddr(m[i]));
		m[i]->port = 0xbeef;
	}
	for (unsigned int i = 0; i < nb; i++)
		rte_pktmbuf_free(m[i]);
	free(m);
	TEST_ASSERT_SUCCESS(rc, "%s hands out an mbuf twice, or a spoilt one", mp->name);
	return TEST_SUCCESS;
}

/* 1. Cloned or external input: INDIRECT or EXTERNAL copied onto the direct header mbuf. */
static int
clones(struct pkt *p)
{
	static const uint16_t pieces[] = {200, 1448};
	static const uint16_t ways[] = {0, CLEAVE_GSO_SCATTER, CLEAVE_GSO_LINEAR};

	for (unsigned int i = 0; i < RTE_DIM(ways) * GSO_INPUTS; i++) {
		struct cleave_gso_req req = {.mss = 1000, .flags = ways[i % RTE_DIM(ways)]};

		if (gso_cut(p, &req, i / RTE_DIM(ways), pieces, 2) < 0 ||
			pool_sound(gso.pools[0].direct) < 0 ||
			pool_sound(gso.pools[0].indirect) < 0 || pool_sound(gso.hold) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_1_marks_of_clones(void)
{
	const struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 9000};

	return gso_with_frame(&s, clones);
}

/* Segments of fewer bytes than the headers, headers over two mbufs, headers and nothing else in the
 * first. */
static int
small_segments(struct pkt *p)
{
	const uint16_t hdr = p->want.hdr_len;

	for (uint16_t mss = 1; mss < hdr + 2; mss += 1 + mss / 8)
		for (uint16_t first = 1; first <= hdr + 1; first += first < hdr - 2 ? 7 : 1) {
			const uint16_t pieces[] = {first, 300};

			if (gso_cut_ways(p, mss, 0, pieces, 2) < 0)
				return TEST_FAILED;
		}
	return TEST_SUCCESS;
}

/* 3. Segment size below the header size; headers in two mbufs; headers that fill the first. */
static int
test_3_headers_and_sizes(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 600};

	if (gso_with_frame(&s, small_segments) < 0)
		return TEST_FAILED;
	s.tunnel = PKT_TUNNEL_GENEVE;
	s.outer.version = 4;
	s.tunnel_opt = 8;
	return gso_with_frame(&s, small_segments);
}

/* The last allocation of each pool fails; the array is one short. */
static int
dry_or_short(struct pkt *p)
{
	const struct cleave_gso_req req = {.mss = 500, .flags = CLEAVE_GSO_SCATTER};
	struct rte_mempool *mps[] = {gso.pools[0].direct, gso.pools[0].indirect};

	for (unsigned int i = 0; i < RTE_DIM(mps) * GSO_INPUTS; i++) {
		struct gso_packet g;
		struct drain drain;
		int rc;

		TEST_ASSERT_SUCCESS(gso_packet(&g, p, i / 2, NULL, 0), "no packet");
		TEST_ASSERT_SUCCESS(drain_to(&drain, mps[i % 2], 4), "drain");
		rc = gso_refused_packet(&g, &req, &gso.pools[0], GSO_OUT_MAX, -ENOMEM);
		drain_undo(&drain);
		gso_packet_drop(&g);
		TEST_ASSERT_SUCCESS(rc, "input %u", i / 2);
		if (gso_packet_release(&g) < 0 || gso_pools_full() < 0)
			return TEST_FAILED;
	}
	return gso_refused(p, &req, 5, -ENOSPC);
}

/* 5. A pool exhausted in mid-packet, each; an output array one short. */
static int
test_5_out_of_mbufs(void)
{
	const struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 3000};

	return gso_with_frame(&s, dry_or_short);
}

/* Pieces of odd lengths at odd offsets, every split of a short packet. */
static int
odd_pieces(struct pkt *p)
{
	for (uint16_t a = 1; a < 40; a += 3)
		for (uint16_t b = 1; b < 20; b++) {
			const uint16_t pieces[] = {p->want.hdr_len + a, b, 3, 41};

			if (gso_cut_ways(p, 97, 0, pieces, 4) < 0)
				return TEST_FAILED;
		}
	return TEST_SUCCESS;
}

/* 10. Odd-length chunks in a chain's checksum. */
static int
test_10_odd_pieces(void)
{
	const struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 481};
	const struct pkt_spec t = {.proto = IPPROTO_UDP,
		.tunnel = PKT_TUNNEL_GENEVE,
		.tunnel_cksum = true,
		.outer.version = 6,
		.ip.version = 6,
		.payload = 481};

	return gso_with_frame(&s, odd_pieces) < 0 ? TEST_FAILED : gso_with_frame(&t, odd_pieces);
}

static struct unit_test_suite suite = {
	.suite_name = "known faults of others: mbufs",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_1_marks_of_clones),
			TEST_CASE(test_3_headers_and_sizes),
			TEST_CASE(test_5_out_of_mbufs),
			TEST_CASE(test_10_odd_pieces),
			TEST_CASES_END(),
		},
};

static int
test_faults_mbufs(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_faults_mbufs_autotest, NOHUGE_OK, ASAN_OK, test_faults_mbufs);
