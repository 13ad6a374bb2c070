/* SPDX-License-Identifier: BSD-3-Clause
 *
 * net_parse_autotest: well-formed frames are walked as they were built, agree with rte_net where
 * DPDK knows the headers, and do not depend on how they lie in mbufs. Neighbours: parse_check.h;
 * test_parse_bad.c for frames that are not well-formed.
 */
#include <rte_net.h>

#include "cleave_config.h"
#include "parse_check.h"

static struct rte_mempool *mp, *big;

static int
setup(void)
{
	if (mp == NULL)
		mp = rte_pktmbuf_pool_create("parse", 2047, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	if (big == NULL)
		big = rte_pktmbuf_pool_create("parse_big", 7, 0, 0, 65000, 0);
	return mp == NULL || big == NULL || pkt_setup() < 0 ? TEST_FAILED : TEST_SUCCESS;
}

/* Walk a frame, in mbufs of which the first holds `first` bytes (0: all in one). */
static int
walk(const struct pkt *p, uint16_t first, struct cleave_pkt *got)
{
	struct rte_mbuf *m = mbuf_split(p->len > 2000 ? big : mp, p->data, p->len, first);
	int rc;

	if (m == NULL)
		return -ENOMEM;
	memset(got, 0xa5, sizeof(*got));
	rc = cleave_parse(m, got);
	if (rc == 0 && !mbuf_is(m, p->data, p->len))
		rc = -EIO;
	rte_pktmbuf_free(m);
	return rc;
}

/* Bytes of headers, to where the walk gets. */
static uint32_t
hdr_bytes(const struct pkt *p)
{
	const struct cleave_ip *ip = cleave_inner_ip(&p->want);

	return p->want.depth == CLEAVE_DEPTH_L4 ? p->want.hdr_len : ip->off + ip->len;
}

static int
check_built(const struct pkt_spec *spec)
{
	struct cleave_pkt got;
	const char *diff;
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(spec, &p), "no frame");
	rc = walk(&p, 0, &got);
	if (hdr_bytes(&p) > CLEAVE_HDR_MAX) {
		TEST_ASSERT_EQUAL(rc, -EBADMSG, "longer than CLEAVE_HDR_MAX: %s", pkt_str(spec));
	} else {
		TEST_ASSERT_SUCCESS(rc, "%d: %s", rc, pkt_str(spec));
		diff = parse_insane(&got, rc, p.len);
		TEST_ASSERT_NULL(diff, "insane: %s: %s", diff, pkt_str(spec));
		diff = parse_differs(&got, &p.want);
		TEST_ASSERT_NULL(diff, "%s: %s", diff, pkt_str(spec));
	}
	pkt_free(&p);
	return TEST_SUCCESS;
}

/* All that may stand before an L4 header, with every kind of L4 header. */
static int
for_each_l4(struct pkt_spec *s)
{
	static const uint8_t protos[] = {IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP, IPPROTO_ESP,
		IPPROTO_AH, IPPROTO_NONE, 253};

	s->proto = IPPROTO_TCP;
	for (s->tcp_opt = 0; s->tcp_opt < PKT_TCP_OPTS; s->tcp_opt++) {
		s->payload = s->tcp_opt * 33;
		s->pad = s->tcp_opt == PKT_TCP_TS ? 6 : 0;
		s->tcp_flags += 13;
		if (check_built(s) < 0)
			return TEST_FAILED;
	}
	s->tcp_opt = 0;
	for (unsigned int i = 0; i < RTE_DIM(protos); i++) {
		s->proto = protos[i];
		s->payload = 16 + i * 11;
		s->pad = i == 0 ? 12 : 0;
		if (check_built(s) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_plain(void)
{
	struct pkt_spec s = {0};

	for (s.nb_vlan = 0; s.nb_vlan <= 3; s.nb_vlan++)
		for (s.nb_mpls = 0; s.nb_mpls <= CLEAVE_MPLS_MAX; s.nb_mpls++)
			for (unsigned int i = 0; pkt_shape(i) != NULL; i++) {
				s.ip = *pkt_shape(i);
				if (for_each_l4(&s) < 0)
					return TEST_FAILED;
			}
	return TEST_SUCCESS;
}

/* Every row of the library's table that the builder knows, and it must know all of them. */
static int
test_tunnels(void)
{
	struct pkt_spec s;
	unsigned int rows = 0;

	TEST_ASSERT(strcmp(cleave_tunnel_name(0), "none") == 0, "row 0 is not \"none\"");
	while (cleave_tunnel_name(rows + 1) != NULL)
		rows++;
	for (enum pkt_tunnel t = PKT_TUNNEL_NONE + 1; t < PKT_TUNNELS; t++) {
		unsigned int row = pkt_row(t);

		TEST_ASSERT_NOT_EQUAL(row, 0u, "no row %s", pkt_tunnel_name(t));
		TEST_ASSERT_NOT_EQUAL(cleave_tunnel_tso_capa(row), 0u, "no TSO capability");
		TEST_ASSERT((cleave_tunnel_mbuf_flag(row) & ~RTE_MBUF_F_TX_TUNNEL_MASK) == 0 &&
				    cleave_tunnel_mbuf_flag(row) != 0,
			"not a tunnel flag: %lx", cleave_tunnel_mbuf_flag(row));
		rows--;
	}
	TEST_ASSERT_EQUAL(rows, 0u, "%u rows of the tunnel table are not tested", rows);
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++)
		for (unsigned int n = 0; n < PKT_SHAPES * PKT_SHAPES_WHOLE; n++) {
			s = *pkt_tunnel_variant(i);
			s.outer = *pkt_shape(n / PKT_SHAPES);
			s.ip = *pkt_shape(n % PKT_SHAPES);
			if (s.outer.version != pkt_tunnel_variant(i)->outer.version ||
				s.ip.version != pkt_tunnel_variant(i)->ip.version)
				continue;
			s.nb_vlan = n % 3;
			s.nb_mpls = n % 2;
			if (for_each_l4(&s) < 0)
				return TEST_FAILED;
		}
	return TEST_SUCCESS;
}

/* A UDP port of one's own; the default port then is plain UDP. */
static int
test_udp_port(void)
{
	struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.version = 4, .payload = 80, .dport = 4789};
	struct cleave_pkt got;
	struct pkt p, q;

	TEST_ASSERT_EQUAL(cleave_tunnel_set_udp_port("vxlan", 0), -EINVAL, "port 0");
	TEST_ASSERT_EQUAL(cleave_tunnel_set_udp_port("vxlan", 6081), -EINVAL, "Geneve's port");
	TEST_ASSERT_EQUAL(cleave_tunnel_set_udp_port("gre", 5000), -EINVAL, "GRE has no port");
	TEST_ASSERT_EQUAL(cleave_tunnel_set_udp_port("nonsense", 5000), -ENOENT, "no such tunnel");
	s.tunnel = PKT_TUNNEL_VXLAN;
	s.outer.version = 4;
	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	TEST_ASSERT_SUCCESS(walk(&p, 0, &got), "walk");
	TEST_ASSERT_EQUAL(got.tunnel, pkt_row(PKT_TUNNEL_VXLAN), "VXLAN not seen");
	TEST_ASSERT_SUCCESS(cleave_tunnel_set_udp_port("vxlan", 8472), "set");
	TEST_ASSERT_SUCCESS(walk(&p, 0, &got), "walk");
	TEST_ASSERT(
		got.tunnel == CLEAVE_TUNNEL_NONE && got.nb_ip == 1 && got.l4_proto == IPPROTO_UDP,
		"the default port is still VXLAN's");
	q = p;
	pkt_put16(q.data + p.want.tunnel_off + 2, 8472);
	TEST_ASSERT_SUCCESS(walk(&q, 0, &got), "walk");
	TEST_ASSERT_EQUAL(got.tunnel, pkt_row(PKT_TUNNEL_VXLAN), "VXLAN not seen at 8472");
	TEST_ASSERT_SUCCESS(cleave_tunnel_set_udp_port("vxlan", 4789), "set back");
	pkt_free(&p);
	return TEST_SUCCESS;
}

/* More than 64 KB: the length field is 0 and the frame's length counts. */
static int
test_jumbo(void)
{
	static const uint32_t sizes[] = {65535, 65536, 180000};
	struct pkt_spec s = {.proto = IPPROTO_TCP};

	for (unsigned int i = 0; i < RTE_DIM(sizes) * 2; i++) {
		s.ip.version = i % 2 ? 6 : 4;
		s.payload = sizes[i / 2];
		if (check_built(&s) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* The same frame in two mbufs, cut at every byte of its headers, and a byte a mbuf. */
static int
test_split(void)
{
	static const uint16_t one = 1;
	struct cleave_pkt got;
	uint32_t seed = 31337;
	struct pkt_spec s;
	struct rte_mbuf *m;
	const char *diff;
	struct pkt p;
	int rc;

	for (unsigned int n = 0; n < 400; n++) {
		parse_random_spec(&seed, &s);
		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		if (hdr_bytes(&p) <= CLEAVE_HDR_MAX) {
			for (uint32_t cut = 1; cut < p.len && cut <= CLEAVE_HDR_MAX; cut++) {
				TEST_ASSERT_SUCCESS(
					walk(&p, cut, &got), "cut at %u: %s", cut, pkt_str(&s));
				diff = parse_differs(&got, &p.want);
				TEST_ASSERT_NULL(diff, "%s, cut at %u: %s", diff, cut, pkt_str(&s));
			}
			m = mbuf_chain(mp, p.data, p.len, &one, 1);
			TEST_ASSERT_NOT_NULL(m, "no mbufs");
			rc = cleave_parse(m, &got);
			rte_pktmbuf_free(m);
			TEST_ASSERT_SUCCESS(rc, "byte by byte: %s", pkt_str(&s));
			diff = parse_differs(&got, &p.want);
			TEST_ASSERT_NULL(diff, "%s, byte by byte: %s", diff, pkt_str(&s));
		}
		pkt_free(&p);
	}
	return TEST_SUCCESS;
}

/* DPDK's own header walk sees the same lengths in what it knows: no MPLS, no UDP tunnels, no
 * checksum in GRE, five extension headers. */
static int
check_rte_net(const struct pkt_spec *s, struct rte_mbuf *m)
{
	struct rte_net_hdr_lens lens = {0};
	struct cleave_pkt got;
	uint32_t ptype = rte_net_get_ptype(m, &lens, RTE_PTYPE_ALL_MASK), inner;

	TEST_ASSERT_SUCCESS(cleave_parse(m, &got), "walk of %s", pkt_str(s));
	TEST_ASSERT(lens.l2_len == got.l2_len && lens.l3_len == got.ip[0].len, "rte_net: %s",
		pkt_str(s));
	inner = ptype & RTE_PTYPE_INNER_L4_MASK;
	if (s->tunnel == PKT_TUNNEL_NONE && got.depth == CLEAVE_DEPTH_L4) {
		TEST_ASSERT_EQUAL(lens.l4_len, got.l4_len, "rte_net, l4_len: %s", pkt_str(s));
		TEST_ASSERT_EQUAL((ptype & RTE_PTYPE_L4_MASK) == RTE_PTYPE_L4_TCP,
			got.l4_proto == IPPROTO_TCP, "rte_net, TCP: %s", pkt_str(s));
	} else if (s->tunnel != PKT_TUNNEL_NONE && got.depth == CLEAVE_DEPTH_L4) {
		TEST_ASSERT_EQUAL(lens.tunnel_len, got.inner_off - got.tunnel_off,
			"rte_net, tunnel_len: %s", pkt_str(s));
		TEST_ASSERT_EQUAL(lens.inner_l2_len, got.ip[1].off - got.inner_off,
			"rte_net, inner_l2_len: %s", pkt_str(s));
		TEST_ASSERT_EQUAL(
			lens.inner_l3_len, got.ip[1].len, "rte_net, inner_l3_len: %s", pkt_str(s));
		TEST_ASSERT_EQUAL(
			lens.inner_l4_len, got.l4_len, "rte_net, inner_l4_len: %s", pkt_str(s));
		TEST_ASSERT_EQUAL(inner == RTE_PTYPE_INNER_L4_TCP, got.l4_proto == IPPROTO_TCP,
			"rte_net, inner TCP: %s", pkt_str(s));
	}
	return TEST_SUCCESS;
}

static int
test_rte_net(void)
{
	unsigned int compared = 0;
	uint32_t seed = 271828;
	struct pkt_spec s;
	struct rte_mbuf *m;
	struct pkt p;
	int rc;

	while (compared < 5000) {
		parse_random_spec(&seed, &s);
		if (s.nb_mpls > 0 || s.ip.nb_ext > 5 || s.outer.nb_ext > 5 ||
			(s.tunnel == PKT_TUNNEL_GRE && s.tunnel_opt & PKT_GRE_CKSUM) ||
			(s.tunnel != PKT_TUNNEL_NONE && s.tunnel != PKT_TUNNEL_GRE &&
				s.tunnel != PKT_TUNNEL_IPIP && s.tunnel != PKT_TUNNEL_SIT))
			continue;
		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		if (hdr_bytes(&p) <= CLEAVE_HDR_MAX && !(p.want.ip[0].flags & CLEAVE_IP_FRAGMENT) &&
			!(p.want.ip[1].flags & CLEAVE_IP_FRAGMENT)) {
			m = mbuf_chain(mp, p.data, p.len, NULL, 0);
			TEST_ASSERT_NOT_NULL(m, "no mbufs");
			rc = check_rte_net(&s, m);
			rte_pktmbuf_free(m);
			if (rc < 0)
				return rc;
			compared++;
		}
		pkt_free(&p);
	}
	return TEST_SUCCESS;
}

/* No test of this suite may have lost an mbuf. */
static int
test_pools(void)
{
	TEST_ASSERT(rte_mempool_full(mp) && rte_mempool_full(big), "mbufs were lost");
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "header walk",
	.setup = setup,
	.unit_test_cases =
		{
			TEST_CASE(test_plain),
			TEST_CASE(test_tunnels),
			TEST_CASE(test_udp_port),
			TEST_CASE(test_jumbo),
			TEST_CASE(test_split),
			TEST_CASE(test_rte_net),
			TEST_CASE(test_pools),
			TEST_CASES_END(),
		},
};

static int
test_parse(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(net_parse_autotest, NOHUGE_OK, ASAN_OK, test_parse);
