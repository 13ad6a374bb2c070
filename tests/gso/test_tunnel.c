/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_tunnel_autotest: TCP and UDP segmentation in every tunnel of the table, with all that a
 * segment changes outside: lengths, IDs, checksums, a tunnel's own length (SEMANTICS.md part 2).
 * A new row of the table, once the builder lists it, is cut here. Neighbours: test_tcp.c,
 * pkt_variants.c.
 */
#include "gso_test.h"

#define L2_LEN_MAX 127 /* 7 bits in struct rte_mbuf */

static const uint16_t sums[] = {0, CLEAVE_GSO_HW_IP_CKSUM, CLEAVE_GSO_HW_L4_CKSUM,
	CLEAVE_GSO_HW_IP_CKSUM | CLEAVE_GSO_HW_L4_CKSUM};

/* The checksums that are left to the port need an l2_len up to the inner IP header. */
static bool
too_long(const struct pkt *p, uint16_t flags)
{
	const struct cleave_ip *ip = cleave_inner_ip(&p->want);
	bool l4 =
		flags & CLEAVE_GSO_HW_L4_CKSUM && !(p->want.tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM);

	return ip->off > L2_LEN_MAX && (l4 || (flags & CLEAVE_GSO_HW_IP_CKSUM && ip->version == 4));
}

static int
cut_one(const struct pkt *p, const struct cleave_gso_req *req, enum gso_input kind,
	const uint16_t *pieces, unsigned int nb)
{
	if (too_long(p, req->flags))
		return gso_refused(p, req, GSO_OUT_MAX, -EINVAL);
	return gso_cut(p, req, kind, pieces, nb);
}

/* Every way, with each checksum here or there. */
static int
cut(const struct pkt_spec *s, uint16_t mss, uint16_t flags, const uint16_t *pieces, unsigned int nb)
{
	static const uint16_t ways[] = {0, CLEAVE_GSO_SCATTER, CLEAVE_GSO_LINEAR};
	struct pkt p;
	int rc = 0;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	for (unsigned int i = 0; i < RTE_DIM(ways) * RTE_DIM(sums) && rc == 0; i++) {
		struct cleave_gso_req req = {.mss = mss,
			.flags = flags | ways[i % RTE_DIM(ways)] | sums[i / RTE_DIM(ways)]};

		rc = cut_one(&p, &req, GSO_PLAIN, pieces, nb);
	}
	if (rc < 0)
		printf("mss %u, flags %x: %s\n", mss, flags, pkt_str(s));
	pkt_free(&p);
	return rc;
}

static int
for_each_variant(int (*fn)(struct pkt_spec *s))
{
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++) {
		struct pkt_spec s = *pkt_tunnel_variant(i);

		s.seed = 1 + i;
		if (fn(&s) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
sizes(struct pkt_spec *s)
{
	static const uint16_t odd[] = {97, 1, 999, 333};
	static const uint16_t mss[] = {1400, 1001, 536};

	s->tcp_flags = CLEAVE_TCP_ACK | CLEAVE_TCP_PSH | CLEAVE_TCP_CWR;
	s->tcp_opt = PKT_TCP_TS;
	s->seq = 0xfffffa00;
	s->ip.id = 0xffff;
	s->outer.id = 0xfffe;
	for (unsigned int i = 0; i < 3 * 5; i++) {
		uint32_t size = mss[i % 3],
			 payloads[] = {0, size, size + 1, 3 * size, 4 * size - 5};

		s->payload = payloads[i / 3];
		s->proto = IPPROTO_TCP;
		if (cut(s, size, 0, NULL, 0) < 0 || cut(s, size, 0, odd, RTE_DIM(odd)) < 0)
			return TEST_FAILED;
		s->proto = IPPROTO_UDP;
		if (cut(s, size, 0, NULL, 0) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_sizes(void)
{
	return for_each_variant(sizes);
}

/* Each level counts its IDs or keeps them, on its own; DF says nothing about it. */
static int
ids(struct pkt_spec *s)
{
	static const uint16_t fixed[] = {0, CLEAVE_GSO_FIXED_ID, CLEAVE_GSO_FIXED_OUTER_ID,
		CLEAVE_GSO_FIXED_ID | CLEAVE_GSO_FIXED_OUTER_ID};

	s->payload = 3001;
	for (unsigned int i = 0; i < RTE_DIM(fixed) * 4; i++) {
		s->ip.id = i % 2 ? 0xffff : 0;
		s->outer.id = i % 2 ? 0x7fff : 0xfffe;
		s->ip.df = i / 2 % 2;
		s->outer.df = i % 2;
		if (cut(s, 1000, fixed[i / 4], NULL, 0) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_ids(void)
{
	return for_each_variant(ids);
}

/* Options and extension headers outside and inside, tags and labels before. */
static int
headers(struct pkt_spec *s)
{
	uint8_t outer = s->outer.version, inner = s->ip.version;

	s->payload = 2500;
	for (unsigned int i = 0; i < PKT_SHAPES_WHOLE; i++)
		for (unsigned int k = 0; k < PKT_SHAPES_WHOLE; k++) {
			struct pkt p;
			uint16_t hdr;

			if (pkt_shape(i)->version != outer || pkt_shape(k)->version != inner)
				continue;
			s->outer = *pkt_shape(i);
			s->ip = *pkt_shape(k);
			s->outer.tos = 0xb9 + i;
			s->ip.tos = 0x2a + k;
			s->nb_vlan = (i + k) % 3;
			s->nb_mpls = (i + k) % 4 == 1 ? 2 : 0;
			TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
			hdr = p.want.hdr_len;
			pkt_free(&p);
			if (hdr <= 512 && cut(s, 900, 0, NULL, 0) < 0)
				return TEST_FAILED;
		}
	return TEST_SUCCESS;
}

static int
test_headers(void)
{
	return for_each_variant(headers);
}

static int
inputs(struct pkt_spec *s)
{
	static const uint16_t chains[][3] = {
		{2000, 2000, 2000}, {33, 70, 501}, {250, 1000, 1000}, {61, 7, 777}};
	static const uint16_t ways[] = {
		0, CLEAVE_GSO_SCATTER, CLEAVE_GSO_LINEAR, CLEAVE_GSO_HW_L4_CKSUM};
	static unsigned int turn;
	struct pkt p;
	int rc = 0;

	s->payload = 4321;
	s->proto = turn++ % 3 ? IPPROTO_TCP : IPPROTO_UDP;
	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	for (unsigned int i = 0; i < RTE_DIM(chains) * RTE_DIM(ways); i++)
		for (enum gso_input kind = 0; kind < GSO_INPUTS && rc == 0; kind++) {
			struct cleave_gso_req req = {.mss = 1000, .flags = ways[i % RTE_DIM(ways)]};

			rc = cut_one(&p, &req, kind, chains[i / RTE_DIM(ways)], 3);
		}
	if (rc < 0)
		printf("%s\n", pkt_str(s));
	pkt_free(&p);
	return rc;
}

static int
test_inputs(void)
{
	return for_each_variant(inputs);
}

/* An outer UDP checksum that comes out 0 says 0xffff; 0 would say that there is none. What is
 * inside cancels against its own checksum, so a word of the outer MAC-less header decides. */
static int
zero_cksum(struct pkt_spec *s)
{
	struct cleave_gso_req req = {.mss = 1000};
	uint8_t frame[1500], *word;
	struct check_in in;
	struct pkt p;
	int rc;

	if (!s->tunnel_cksum)
		return TEST_SUCCESS;
	s->payload = 3000;
	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	in = check_in(&p);
	check_write(&in, &req, 1, 3, frame, sizeof(frame));
	word = p.data + p.want.tunnel_off; /* source port */
	pkt_put16(word, pkt_sum_add(pkt_be16(word), pkt_be16(frame + p.want.tunnel_off + 6)));
	check_write(&in, &req, 1, 3, frame, sizeof(frame));
	TEST_ASSERT(pkt_remcsum(s) || pkt_be16(frame + p.want.tunnel_off + 6) == 0xffff, "sum");
	rc = gso_cut(&p, &req, GSO_PLAIN, NULL, 0);
	req.flags = CLEAVE_GSO_LINEAR;
	if (rc == 0)
		rc = gso_cut(&p, &req, GSO_PLAIN, NULL, 0);
	pkt_free(&p);
	return rc;
}

static int
test_zero_outer_checksum(void)
{
	return for_each_variant(zero_cksum);
}

/* 64 KB, and the last byte that the outer length fields can say. */
static int
longest(struct pkt_spec *s)
{
	struct pkt p;
	uint16_t hdr;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	hdr = p.want.hdr_len - p.want.ip[0].off;
	pkt_free(&p);
	s->payload = 65535 - hdr;
	if (cut(s, 1400, 0, NULL, 0) < 0)
		return TEST_FAILED;
	s->payload = 150000; /* BIG TCP: the lengths are 0, which the segments' are not */
	return cut(s, 8900, 0, NULL, 0);
}

static int
test_longest(void)
{
	return for_each_variant(longest);
}

/* A checksum inside that nobody verified: cut only where it is right. */
static int
verify(struct pkt_spec *s)
{
	struct cleave_gso_req req = {.mss = 1000, .flags = CLEAVE_GSO_VERIFY};
	struct pkt p;
	int rc;

	if (pkt_remcsum(s))
		return TEST_SUCCESS; /* there is none yet */
	s->payload = 2500;
	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	rc = gso_cut(&p, &req, GSO_PLAIN, NULL, 0);
	p.data[p.want.hdr_len + 1777] ^= 0x20;
	if (rc == 0)
		rc = gso_refused(&p, &req, GSO_OUT_MAX, -EBADMSG);
	pkt_free(&p);
	return rc;
}

static int
test_verify(void)
{
	return for_each_variant(verify);
}

static struct unit_test_suite suite = {
	.suite_name = "segmentation in tunnels",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_sizes),
			TEST_CASE(test_ids),
			TEST_CASE(test_headers),
			TEST_CASE(test_inputs),
			TEST_CASE(test_zero_outer_checksum),
			TEST_CASE(test_longest),
			TEST_CASE(test_verify),
			TEST_CASES_END(),
		},
};

static int
test_tunnel(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_tunnel_autotest, NOHUGE_OK, ASAN_OK, test_tunnel);
