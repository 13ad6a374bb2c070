/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_random_autotest: thousands of random packets over all types, tunnels, memory layouts, kinds
 * of mbufs and requests, each judged to the last byte; every failure comes again by its iteration.
 * Neighbours: gso_test.h, check.h, test_tcp_random.c (plain TCP beside rte_gso).
 */
#include "gso_test.h"

#define NB_RANDOM 40000
#define PIECES_MAX 6

static uint32_t seed;

static uint32_t
rnd(uint32_t below)
{
	return pkt_rand(&seed) % below;
}

static void
random_ip(struct pkt_ip *ip)
{
	uint8_t version = ip->version;

	if (rnd(3) == 0)
		do
			*ip = *pkt_shape(rnd(PKT_SHAPES_WHOLE));
		while (ip->version != version);
	ip->id = rnd(2) ? rnd(65536) : 65535 - rnd(4);
	ip->tos = rnd(256);
	ip->ttl = rnd(256);
	ip->df = rnd(2);
}

static struct pkt_spec
random_spec(void)
{
	static const uint8_t protos[] = {IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP};
	struct pkt_spec s = {.ip.version = rnd(2) ? 6 : 4};

	if (rnd(2))
		s = *pkt_tunnel_variant(rnd(pkt_tunnel_variants()));
	s.proto = protos[rnd(RTE_DIM(protos))];
	s.nb_vlan = rnd(4) ? 0 : rnd(3);
	s.nb_mpls = rnd(8) ? 0 : rnd(4);
	random_ip(&s.ip);
	if (s.tunnel != PKT_TUNNEL_NONE)
		random_ip(&s.outer);
	s.tcp_flags = rnd(256);
	s.tcp_reserved = rnd(16);
	s.tcp_opt = rnd(PKT_TCP_OPTS);
	s.window = rnd(65536);
	s.urgent = rnd(65536);
	s.seq = pkt_rand(&seed);
	s.ack = pkt_rand(&seed);
	s.seed = pkt_rand(&seed);
	s.pad = rnd(8) ? 0 : rnd(40);
	s.payload = rnd(rnd(16) ? 6000 : 64000);
	return s;
}

static struct cleave_gso_req
random_req(const struct pkt_spec *s)
{
	static const uint16_t max_pieces[] = {0, 0, 0, 0, 1, 2, 3, 8};
	struct cleave_gso_req req = {.type = rnd(3) ? CLEAVE_GSO_L4 : CLEAVE_GSO_FRAGMENT};

	req.mss = 1 + rnd(2000) + s->payload / 300;
	req.flags = pkt_rand(&seed) &
		    (CLEAVE_GSO_FIXED_ID | CLEAVE_GSO_FIXED_OUTER_ID | CLEAVE_GSO_ACCECN |
			    CLEAVE_GSO_HW_IP_CKSUM | CLEAVE_GSO_HW_L4_CKSUM);
	req.flags |= rnd(3) == 0 ? CLEAVE_GSO_LINEAR : rnd(3) == 0 ? CLEAVE_GSO_SCATTER : 0;
	req.max_pieces = max_pieces[rnd(RTE_DIM(max_pieces))];
	req.frag_id = pkt_rand(&seed);
	if (req.type == CLEAVE_GSO_FRAGMENT) {
		req.mss = RTE_MAX(req.mss, 8);
		if (s->tunnel != PKT_TUNNEL_NONE) /* of which header is for the library to say */
			req.flags &= ~CLEAVE_GSO_HW_IP_CKSUM;
		else if (rnd(2)) {
			req.flags |= CLEAVE_GSO_COMPLETE;
			req.mss = RTE_MAX(req.mss, 128); /* the checksum is in fragment 0 */
		}
	}
	return req;
}

/* Pieces at random, or ones that are segments already. */
static unsigned int
random_pieces(const struct pkt *p, const struct cleave_gso_req *req, uint16_t *pieces)
{
	unsigned int nb = 1 + rnd(PIECES_MAX);

	if (rnd(4) == 0 && req->mss <= 1500 && p->want.hdr_len > 0) {
		pieces[0] = p->want.hdr_len + req->mss;
		pieces[1] = req->mss;
		/* (no more mbufs than there are) */
		return p->len / req->mss > 500 ? 1 : 2;
	}
	for (unsigned int i = 0; i < nb; i++)
		pieces[i] = 1 + rnd(rnd(3) ? 2000 : 50);
	/* the last size repeats */
	pieces[nb - 1] = RTE_MAX(pieces[nb - 1], RTE_MIN(1 + p->len / 200, 2000u));
	return nb;
}

/* What the contract refuses. */
static int
refusal(const struct pkt *p, const struct cleave_gso_req *req)
{
	const struct cleave_ip *ip = cleave_inner_ip(&p->want);
	bool remcsum = p->want.tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM;

	if (req->type == CLEAVE_GSO_FRAGMENT)
		return p->want.ip[0].flags & CLEAVE_IP_DF ? -ENOTSUP : 0;
	if (ip->off > 127 && ((req->flags & CLEAVE_GSO_HW_L4_CKSUM && !remcsum) ||
				     (req->flags & CLEAVE_GSO_HW_IP_CKSUM && ip->version == 4)))
		return -EINVAL;
	return 0;
}

static int
one(void)
{
	struct pkt_spec s = random_spec();
	struct cleave_gso_req req = random_req(&s);
	enum gso_input kind = rnd(GSO_PINNED);
	uint16_t pieces[PIECES_MAX];
	unsigned int nb;
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	nb = random_pieces(&p, &req, pieces);
	if (p.want.hdr_len > 512 || p.want.frame_len - p.want.ip[0].off > 65535) {
		pkt_free(&p);
		return TEST_SUCCESS;
	}
	/* (no part of a request; fragments have it as it is, or completed) */
	p.data[p.want.l4_off + (s.proto == IPPROTO_TCP ? 16 : 6)] = rnd(256);
	rc = refusal(&p, &req);
	rc = rc < 0 ? gso_refused(&p, &req, GSO_OUT_MAX, rc) : gso_cut(&p, &req, kind, pieces, nb);
	if (rc < 0)
		printf("%s\n", pkt_str(&s));
	pkt_free(&p);
	return rc;
}

static int
test_everything(void)
{
	for (unsigned int n = 0; n < NB_RANDOM; n++) {
		seed = 20260101 + n * 2654435761u;
		TEST_ASSERT_SUCCESS(one(), "iteration %u", n);
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "random packets of all types",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_everything),
			TEST_CASES_END(),
		},
};

static int
test_random(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_random_autotest, NOHUGE_OK, ASAN_OK, test_random);
