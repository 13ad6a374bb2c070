/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_burst_autotest: cleave_gso_burst(): marked packets are cut at their own size, others pass,
 * order is kept, and it stops at the first packet that fails with all behind it untouched.
 * Neighbours: gso_test.h.
 */
#include "gso_test.h"

#define BURST 24
#define BURST_OUT 512

enum mark { MARK_NONE, MARK_SEG, MARK_LRO, MARKS };

/* A burst, and what it must become. */
static struct {
	struct pkt frames[BURST];
	struct gso_packet packets[BURST];
	struct rte_mbuf *pkts[BURST], *out[BURST_OUT];
	struct gso_image images[BURST];
	uint16_t mss[BURST];		    /* 0: passes */
	unsigned int nb, nb_out[BURST + 1]; /* frames before packet i */
} b;

static int
add(const struct pkt_spec *s, uint16_t mss, enum mark mark, enum gso_input kind)
{
	static const uint16_t pieces[] = {250, 1000, 1000};
	unsigned int i = b.nb++;
	struct cleave_gso_req req = {.mss = mss};
	struct check_in in;
	struct rte_mbuf *m;

	TEST_ASSERT_SUCCESS(pkt_build(s, &b.frames[i]), "no frame");
	TEST_ASSERT_SUCCESS(gso_packet(&b.packets[i], &b.frames[i], kind, pieces, 3), "packet");
	in = check_in(&b.frames[i]);
	m = b.pkts[i] = b.packets[i].m;
	m->tso_segsz = mss;
	if (mark != MARK_LRO || mss == 0)
		m->ol_flags &= ~RTE_MBUF_F_RX_LRO;
	if (mark != MARK_SEG)
		m->ol_flags &= ~(RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG);
	b.mss[i] = mark == MARK_NONE ? 0 : mss;
	b.nb_out[i + 1] = b.nb_out[i] + (b.mss[i] == 0 ? 1 : check_nb(&in, &req));
	return gso_image(&b.images[i], m);
}

/* What the first `taken` packets became; the rest is what it was. */
static int
judge(unsigned int taken, unsigned int nb_out, uint16_t flags)
{
	int rc = 0;

	TEST_ASSERT_EQUAL(nb_out, b.nb_out[taken], "%u out, not %u", nb_out, b.nb_out[taken]);
	for (unsigned int i = 0; i < b.nb && rc == 0; i++) {
		struct rte_mbuf **out = b.out + b.nb_out[i];
		const struct check_in in = check_in(&b.frames[i]);
		const struct cleave_gso_req req = {.mss = b.mss[i], .flags = flags};

		if (i < taken && b.mss[i] != 0) {
			rc = check_mbufs(&in, &req, NULL, out, b.nb_out[i + 1] - b.nb_out[i]);
			continue;
		}
		TEST_ASSERT(gso_same(&b.images[i], b.pkts[i]), "packet %u of %u changed", i, b.nb);
		TEST_ASSERT(i >= taken || out[0] == b.pkts[i], "packet %u: not itself", i);
	}
	return rc;
}

/* Everything goes, whatever came of it. */
static int
clean(unsigned int taken, unsigned int nb_out)
{
	int rc = 0;

	check_free(b.out, nb_out);
	for (unsigned int i = 0; i < b.nb; i++) {
		gso_image_free(&b.images[i]);
		if (i >= taken)
			gso_packet_drop(&b.packets[i]);
		rc |= gso_packet_release(&b.packets[i]);
		pkt_free(&b.frames[i]);
	}
	b.nb = 0;
	return rc | gso_pools_full();
}

/* Run it; what it returns and how many it takes must be this. */
static int
run(const struct cleave_gso_req *req, unsigned int room, int want, unsigned int want_taken)
{
	uint16_t nb_pkts = b.nb, nb_out = room;
	int rc = cleave_gso_burst(b.pkts, &nb_pkts, req, &gso.pools[0], b.out, &nb_out);
	bool right = rc == want && nb_pkts == want_taken;

	if (!right)
		printf("%d after %u packets, not %d after %u\n", rc, nb_pkts, want, want_taken);
	right = right && judge(nb_pkts, nb_out, req->flags) == 0;
	return clean(nb_pkts, nb_out) == 0 && right ? TEST_SUCCESS : TEST_FAILED;
}

/* Some of everything, by a seed. */
static int
fill(uint32_t *seed, unsigned int nb)
{
	while (b.nb < nb) {
		uint32_t r = pkt_rand(seed);
		struct pkt_spec s = {.ip.version = r & 1 ? 6 : 4};

		if (r & 2)
			s = *pkt_tunnel_variant(r / 64 % pkt_tunnel_variants());
		s.proto = r & 4 ? IPPROTO_UDP : IPPROTO_TCP;
		s.payload = pkt_rand(seed) % 5000;
		if (add(&s, 300 + pkt_rand(seed) % 1500, r / 8 % MARKS,
			    pkt_rand(seed) % GSO_INPUTS) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_mix(void)
{
	static const uint16_t flags[] = {0, CLEAVE_GSO_LINEAR, CLEAVE_GSO_SCATTER};
	uint32_t seed = 99;

	for (unsigned int i = 0; i < 300; i++) {
		const struct cleave_gso_req req = {.flags = flags[i % RTE_DIM(flags)]};

		if (fill(&seed, i % BURST) < 0 || run(&req, BURST_OUT, 0, b.nb) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* The array ends anywhere: what fits is done, a packet is never done by halves. */
static int
test_short_array(void)
{
	const struct cleave_gso_req req = {0};

	for (unsigned int room = 0; room < 60; room++) {
		uint32_t seed = 5;
		unsigned int fit = 0;

		TEST_ASSERT_SUCCESS(fill(&seed, 12), "no burst");
		while (fit < b.nb && b.nb_out[fit + 1] <= room)
			fit++;
		if (run(&req, room, fit == b.nb ? 0 : -ENOSPC, fit) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Packets that fail, at every place: a size of 0, a protocol that has no segments, headers that
 * contradict themselves. */
static int
test_stop(void)
{
	static const int why[] = {-EINVAL, -ENOTSUP, -EBADMSG};
	const struct cleave_gso_req req = {0};

	for (unsigned int i = 0; i < RTE_DIM(why) * 10; i++) {
		struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 3000};
		unsigned int at = i / RTE_DIM(why);
		uint32_t seed = 7 + i;

		if (why[i % RTE_DIM(why)] == -ENOTSUP)
			s.proto = IPPROTO_ICMP;
		TEST_ASSERT_SUCCESS(fill(&seed, at), "no burst");
		TEST_ASSERT_SUCCESS(
			add(&s, why[i % RTE_DIM(why)] == -EINVAL ? 0 : 1000, MARK_SEG, GSO_PLAIN),
			"no packet");
		if (why[i % RTE_DIM(why)] == -EBADMSG) { /* longer than the frame */
			uint8_t *h = rte_pktmbuf_mtod(b.pkts[at], uint8_t *) + 16;

			pkt_put16(h, 9000);
			pkt_put16(b.frames[at].data + 16, 9000);
			pkt_put16(b.images[at].data + 16, 9000);
		}
		TEST_ASSERT_SUCCESS(fill(&seed, 12), "no burst");
		if (run(&req, BURST_OUT, why[i % RTE_DIM(why)], at) < 0) {
			printf("packet %u fails with %d\n", at, why[i % RTE_DIM(why)]);
			return TEST_FAILED;
		}
	}
	return TEST_SUCCESS;
}

/* A pool that runs out in the midst of the burst. */
static int
test_dry(void)
{
	const struct cleave_gso_req req = {.flags = CLEAVE_GSO_SCATTER};
	const struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 3000};

	for (unsigned int left = 0; left < 13; left++) { /* three segments each */
		uint16_t nb_pkts, nb_out = BURST_OUT;
		struct drain drain;
		int rc;

		while (b.nb < 4)
			TEST_ASSERT_SUCCESS(add(&s, 1000, MARK_SEG, GSO_PLAIN), "no packet");
		TEST_ASSERT_SUCCESS(drain_to(&drain, gso.pools[0].direct, left), "drain");
		nb_pkts = b.nb;
		rc = cleave_gso_burst(b.pkts, &nb_pkts, &req, &gso.pools[0], b.out, &nb_out);
		drain_undo(&drain);
		TEST_ASSERT(rc == (left < 12 ? -ENOMEM : 0) && nb_pkts == left / 3,
			"%d after %u packets with %u mbufs", rc, nb_pkts, left);
		rc = judge(nb_pkts, nb_out, req.flags);
		if (clean(nb_pkts, nb_out) < 0 || rc < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Marked as TCP to be cut in a tunnel, and the tunnel cannot be cut: to the walk it is a datagram
 * of its outer UDP header. To cut that would be as wrong as plain TCP (SEMANTICS.md part 4, 2). */
static int
test_marked_as_another(void)
{
	const struct cleave_gso_req req = {0};

	for (unsigned int i = 0; i < 2; i++) {
		const struct pkt_spec s = {.proto = IPPROTO_TCP,
			.tunnel = PKT_TUNNEL_GTPU,
			.outer.version = i ? 6 : 4,
			.ip.version = 4,
			.payload = 3000};
		uint32_t at;

		TEST_ASSERT_SUCCESS(add(&s, 1000, MARK_SEG, GSO_PLAIN), "no packet");
		at = b.frames[0].want.tunnel_off + 8; /* sequence numbers */
		rte_pktmbuf_mtod(b.pkts[0], uint8_t *)[at] |= 2;
		b.frames[0].data[at] |= 2;
		b.images[0].data[at] |= 2;
		if (run(&req, BURST_OUT, -ENOTSUP, 0) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* RX_LRO without a size is no request. */
static int
test_no_size(void)
{
	const struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 3000};
	const struct cleave_gso_req req = {0};

	TEST_ASSERT_SUCCESS(add(&s, 0, MARK_NONE, GSO_PLAIN), "no packet");
	b.pkts[0]->ol_flags |= RTE_MBUF_F_RX_LRO;
	b.images[0].mbufs[0].ol_flags |= RTE_MBUF_F_RX_LRO;
	return run(&req, BURST_OUT, 0, 1);
}

static struct unit_test_suite suite = {
	.suite_name = "bursts of packets to be cut",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_mix),
			TEST_CASE(test_short_array),
			TEST_CASE(test_stop),
			TEST_CASE(test_dry),
			TEST_CASE(test_marked_as_another),
			TEST_CASE(test_no_size),
			TEST_CASES_END(),
		},
};

static int
test_burst(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_burst_autotest, NOHUGE_OK, ASAN_OK, test_burst);
