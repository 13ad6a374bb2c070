/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_partial_autotest: cleave_gso_partial(): what it leaves to the port, cut by an engine that
 * copies the outer headers, and what it cut off itself are together the segments that
 * cleave_gso_segment() makes (SEMANTICS.md part 2, partial GSO, cases a and b). Neighbours:
 * engine.h (the port), check.h.
 */
#include "engine.h"
#include "gso_test.h"

#define FRAME_MAX 4096
#define NB_MAX 128

static uint8_t request[65536 + 1024], frames[NB_MAX][FRAME_MAX];

/* What the engine makes of out[0], and out[1]. */
static unsigned int
on_the_wire(const struct pkt *p, uint16_t mss, bool opaque, struct rte_mbuf **out, int nb,
	struct check_frame *f)
{
	const struct engine e = {.at = &p->want, .mss = mss, .opaque = opaque};
	uint32_t len = mbuf_flat(out[0], request, sizeof(request));
	unsigned int i;

	for (i = 0; p->want.hdr_len + (i + 1) * mss <= len; i++) {
		f[i].data = frames[i];
		f[i].len = engine_cut(&e, request, len, i, frames[i]);
	}
	if (nb == 2) {
		f[i].data = frames[i];
		f[i].len = mbuf_flat(out[1], frames[i], FRAME_MAX);
		i++;
	}
	return i;
}

/* What the caller makes the request of. */
static int
check_request(const struct pkt *p, const struct rte_mbuf *m, uint16_t mss, uint64_t ol_flags)
{
	const struct cleave_ip *ip = cleave_inner_ip(&p->want);
	uint32_t payload = p->want.payload_len / mss * mss;

	TEST_ASSERT_EQUAL(
		m->pkt_len, p->want.hdr_len + payload, "%u bytes, payload %u", m->pkt_len, payload);
	TEST_ASSERT(check_sound(m, 0, 1) == 0 && m->ol_flags == ol_flags, "flags %lx, not %lx",
		m->ol_flags, ol_flags);
	mbuf_flat(m, request, sizeof(request));
	TEST_ASSERT_EQUAL(pkt_be16(request + ip->off + (ip->version == 4 ? 2 : 4)),
		m->pkt_len - ip->off - (ip->version == 4 ? 0 : 40), "inner length %u",
		pkt_be16(request + ip->off + (ip->version == 4 ? 2 : 4)));
	return TEST_SUCCESS;
}

/* A length or a checksum of the tunnel's own, of which it is not said whether an engine that knows
 * the tunnel copies it. */
static bool
own_fields(const struct pkt *p)
{
	return p->want.tunnel_len != 0 || p->want.tunnel_cksum != 0;
}

static int
cut(const struct pkt *p, uint16_t mss, uint16_t flags, bool opaque, const uint16_t *pieces,
	unsigned int nb_pieces)
{
	struct cleave_gso_req req = {.mss = mss, .flags = flags};
	const struct check_in in = check_in(p);
	struct check_frame f[NB_MAX];
	struct rte_mbuf *out[2];
	struct check_meta meta;
	struct cleave_pkt walk;
	struct gso_packet g;
	uint64_t ol_flags;
	int n, rc;

	TEST_ASSERT_SUCCESS(gso_packet(&g, p, GSO_PLAIN, pieces, nb_pieces), "no packet");
	TEST_ASSERT_SUCCESS(check_meta_set(g.m, &meta), "no dynamic field");
	TEST_ASSERT_SUCCESS(cleave_parse(g.m, &walk), "no walk");
	ol_flags = g.m->ol_flags;
	n = cleave_gso_partial(g.m, &walk, &req, &gso.pools[0], opaque, out);
	if (n == -ENOTSUP && !opaque && own_fields(p)) {
		gso_packet_drop(&g);
		return gso_pools_full();
	}
	TEST_ASSERT_EQUAL(n, p->want.payload_len % mss == 0 ? 1 : 2, "%d", n);
	TEST_ASSERT(out[0] == g.m, "the request is not the packet itself");
	rc = check_request(p, out[0], mss, ol_flags);
	if (rc == 0 && n == 2)
		rc = check_sound(out[1], 1, 2) | check_carried(&meta, out[1], 1, 2);
	req.flags |= opaque ? CLEAVE_GSO_FIXED_OUTER_ID : 0;
	if (rc == 0)
		rc = check_frames(&in, &req, f, on_the_wire(p, mss, opaque, out, n, f));
	check_free(out, n);
	if (rc < 0)
		printf("mss %u, flags %x, opaque %u, pieces %u, %u...\n", mss, flags, opaque,
			pieces[0], pieces[1]);
	return rc < 0 || gso_packet_release(&g) < 0 ? TEST_FAILED : gso_pools_full();
}

/* Whether such a port can do anything with it. */
static bool
cannot(const struct pkt *p, bool opaque)
{
	return p->want.tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM ||
	       (opaque && cleave_inner_ip(&p->want)->off > 127);
}

static int
for_each_variant(int (*fn)(struct pkt *p))
{
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++) {
		struct pkt_spec s = *pkt_tunnel_variant(i);

		s.outer.id = 0xfffe;
		s.outer.df = true;
		s.ip.id = 0xfffd;
		s.tcp_opt = i % PKT_TCP_OPTS;
		s.tcp_flags = CLEAVE_TCP_ACK | (i % 2 ? CLEAVE_TCP_FIN | CLEAVE_TCP_CWR : 0) |
			      (i % 3 ? CLEAVE_TCP_PSH : 0);
		s.seq = 0xfffff800;
		s.payload = i % 4 ? 6000 + i : 6000;
		s.seed = 1 + i;
		if (gso_with_frame(&s, fn) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
both_cases(struct pkt *p)
{
	static const uint16_t mss[] = {1000, 1448, 501, 3000};
	const uint16_t hdr = p->want.hdr_len;
	const uint16_t chains[][2] = {{1990, 1990}, {hdr + 1000, 1000}, {hdr, 333}, {hdr + 1, 77}};

	for (unsigned int i = 0; i < RTE_DIM(mss) * RTE_DIM(chains) * 2; i++) {
		bool opaque = i % 2;

		if (!cannot(p, opaque) && cut(p, mss[i / 2 % RTE_DIM(mss)], 0, opaque,
						  chains[i / 2 / RTE_DIM(mss)], 2) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_both_cases(void)
{
	return for_each_variant(both_cases);
}

/* Any sizes, any headers. */
static int
test_random(void)
{
	uint32_t seed = 816;

	for (unsigned int i = 0; i < 6000; i++) {
		struct pkt_spec s = *pkt_tunnel_variant(pkt_rand(&seed) % pkt_tunnel_variants());
		uint16_t pieces[2] = {0, 30 + pkt_rand(&seed) % 1900};
		uint16_t mss = 40 + pkt_rand(&seed) % 1500;
		bool opaque = pkt_rand(&seed) % 2;
		struct pkt p;
		int rc = 0;

		s.outer.opt_len = s.outer.version == 4 ? pkt_rand(&seed) % 3 * 4 : 0;
		s.ip.opt_len = s.ip.version == 4 ? pkt_rand(&seed) % 3 * 4 : 0;
		s.outer.id = pkt_rand(&seed);
		s.ip.id = pkt_rand(&seed);
		s.tcp_flags = pkt_rand(&seed);
		s.tcp_opt = pkt_rand(&seed) % PKT_TCP_OPTS;
		s.seq = pkt_rand(&seed);
		s.nb_vlan = pkt_rand(&seed) % 3;
		s.payload = 2 * mss + pkt_rand(&seed) % (40 * mss);
		s.seed = 1 + i;
		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		pieces[0] = p.want.hdr_len + pkt_rand(&seed) % 1700;
		if (!cannot(&p, opaque))
			rc = cut(&p, mss, 0, opaque, pieces, 2);
		pkt_free(&p);
		TEST_ASSERT_SUCCESS(rc, "iteration %u: %s", i, pkt_str(&s));
	}
	return TEST_SUCCESS;
}

/* Nothing was touched, nothing is lost. */
static int
refused(struct pkt *p, uint16_t mss, bool opaque, enum gso_input kind, uint16_t first, int want)
{
	const struct cleave_gso_req req = {.mss = mss};
	const uint16_t pieces[] = {first, 700};
	struct gso_image image;
	struct rte_mbuf *out[2];
	struct cleave_pkt walk;
	struct gso_packet g;
	bool same;
	int rc;

	TEST_ASSERT_SUCCESS(gso_packet(&g, p, kind, pieces, 2), "no packet");
	TEST_ASSERT_SUCCESS(cleave_parse(g.m, &walk), "no walk");
	TEST_ASSERT_SUCCESS(gso_image(&image, g.m), "no memory");
	rc = cleave_gso_partial(g.m, &walk, &req, &gso.pools[0], opaque, out);
	same = gso_unchanged(&image, g.m);
	gso_packet_drop(&g);
	TEST_ASSERT_EQUAL(rc, want, "%d, not %d (mss %u, opaque %u, input %u, first %u)", rc, want,
		mss, opaque, kind, first);
	TEST_ASSERT(same, "refused with %d, and changed", rc);
	return gso_packet_release(&g);
}

/* Short payload, headers that are somebody else's or in two mbufs, a size of 0, dry pools. */
static int
errors(struct pkt *p)
{
	const uint16_t hdr = p->want.hdr_len, mss = p->want.payload_len / 2 - 1;

	for (unsigned int opaque = 0; opaque < 2; opaque++) {
		struct rte_mempool *mps[] = {gso.pools[0].direct, gso.pools[0].indirect};
		struct drain a, b;
		int rc;

		if (cannot(p, opaque) || own_fields(p))
			continue;
		TEST_ASSERT_SUCCESS(drain_to(&a, mps[0], 0) | drain_to(&b, mps[1], 0), "drain");
		rc = refused(p, mss, opaque, GSO_PLAIN, hdr + 100, -ENOMEM);
		drain_undo(&a);
		drain_undo(&b);
		if (rc < 0 || refused(p, mss + 2, opaque, GSO_PLAIN, hdr + 100, -ENOTSUP) < 0 ||

			refused(p, 0, opaque, GSO_PLAIN, hdr + 100, -EINVAL) < 0 ||
			refused(p, 1000, opaque, GSO_PLAIN, hdr - 1, -ENOTSUP) < 0 ||
			refused(p, 1000, opaque, GSO_SHARED, hdr + 100, -ENOTSUP) < 0 ||
			refused(p, 1000, opaque, GSO_CLONED, hdr + 100, -ENOTSUP) < 0)
			return TEST_FAILED;
	}
	return gso_pools_full();
}

static int
test_errors(void)
{
	return for_each_variant(errors);
}

static int
unfit(struct pkt *p)
{
	const uint16_t first = p->want.hdr_len + 100;

	return refused(p, 1000, false, GSO_PLAIN, first, -ENOTSUP) < 0
		       ? TEST_FAILED
		       : refused(p, 1000, true, GSO_PLAIN, first, -ENOTSUP);
}

/* No tunnel; UDP in it; and remote checksum offload, where the engine would complete the inner
 * checksum that has to stay as it is. */
static int
test_unfit(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 5500};

	if (gso_with_frame(&s, unfit) < 0)
		return TEST_FAILED;
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++) {
		s = *pkt_tunnel_variant(i);
		s.payload = 5500;
		if (!pkt_remcsum(&s))
			s.proto = IPPROTO_UDP;
		if (gso_with_frame(&s, unfit) < 0)
			return TEST_FAILED;
	}
	return gso_pools_full();
}

static struct unit_test_suite suite = {
	.suite_name = "partial segmentation",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_both_cases),
			TEST_CASE(test_random),
			TEST_CASE(test_errors),
			TEST_CASE(test_unfit),
			TEST_CASES_END(),
		},
};

static int
test_partial(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_partial_autotest, NOHUGE_OK, ASAN_OK, test_partial);
