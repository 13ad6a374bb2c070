/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_faults_headers_autotest: the known faults of others that concern cutting and headers, a case
 * each: SEMANTICS.md part 4, items 2, 4, 6, 7, 17. Neighbours: test_faults_mbufs.c; other tests go
 * further into most of them.
 */
#include "gso_test.h"

static int
not_cut(struct pkt *p)
{
	struct cleave_gso_req req = {.mss = 1000};

	if (gso_refused(p, &req, GSO_OUT_MAX, -ENOTSUP) < 0)
		return TEST_FAILED;
	req.flags = CLEAVE_GSO_LINEAR;
	return gso_refused(p, &req, GSO_OUT_MAX, -ENOTSUP);
}

/* GRE with a sequence number in place of the key: copying it would be wrong. */
static int
gre_sequence(struct pkt *p)
{
	p->data[p->want.tunnel_off] = 0x10;
	return not_cut(p);
}

/* A second level: what the inner TCP header was is one more IP header (IP in IP in a tunnel). */
static int
second_level(struct pkt *p)
{
	const struct cleave_ip *ip = cleave_inner_ip(&p->want);

	p->data[ip->off + 9] = IPPROTO_IPIP;
	p->data[p->want.l4_off] = 0x45;
	pkt_put16(p->data + ip->off + 10, 0);
	pkt_put16(p->data + ip->off + 10, ~pkt_sum(p->data + ip->off, ip->len));
	return not_cut(p);
}

/* 2. A tunnel that is not supported falls through to plain TCP segmentation. */
static int
test_2_unsupported_tunnel(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP,
		.tunnel = PKT_TUNNEL_GRE,
		.tunnel_opt = PKT_GRE_KEY,
		.tunnel_ip = true,
		.payload = 5000,
		.outer.version = 4,
		.ip.version = 4};

	if (gso_with_frame(&s, gre_sequence) < 0)
		return TEST_FAILED;
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++) {
		s = *pkt_tunnel_variant(i);
		s.payload = 5000;
		if (s.ip.version == 4 && !pkt_remcsum(&s) && gso_with_frame(&s, second_level) < 0)
			return TEST_FAILED;
		s.proto = IPPROTO_ICMP;
		if (gso_with_frame(&s, not_cut) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* 4. The stripped VLAN tag of the mbuf lost on segments (gso_cut() marks every input with one, and
 * the judge wants it back); CWR in all segments. */
static int
vlan_and_cwr(struct pkt *p)
{
	static const uint16_t pieces[] = {2000};

	return gso_cut_ways(p, 500, 0, pieces, 1);
}

static int
test_4_vlan_and_cwr(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP,
		.ip.version = 4,
		.tcp_flags = CLEAVE_TCP_ACK | CLEAVE_TCP_CWR | CLEAVE_TCP_ECE,
		.payload = 3000};

	if (gso_with_frame(&s, vlan_and_cwr) < 0)
		return TEST_FAILED;
	s.tunnel = PKT_TUNNEL_VXLAN;
	s.outer.version = 6;
	return gso_with_frame(&s, vlan_and_cwr);
}

static struct pkt_spec
item_6(uint32_t payload)
{
	return (struct pkt_spec){.proto = IPPROTO_TCP,
		.ip.version = 4,
		.ip.id = 65534,
		.seq = 0xffffffff,
		.payload = payload};
}

static int
odd_sizes(struct pkt *p)
{
	struct cleave_gso_req req = {.mss = 0};

	if (gso_refused(p, &req, GSO_OUT_MAX, -EINVAL) < 0)
		return TEST_FAILED;
	for (req.mss = 1; req.mss < 4; req.mss += 2)
		if (gso_cut(p, &req, GSO_PLAIN, NULL, 0) < 0)
			return TEST_FAILED;
	return TEST_SUCCESS;
}

/* 6. ID wrap; payload of one segment or less, marked all the same; sizes 0, 1, 3; 64 KB of a packet
 * whose mbuf says l3_len 0 (nothing but the bytes is believed). */
static int
test_6_wrap_whole_tiny_and_long(void)
{
	struct pkt_spec s = item_6(100), whole = item_6(500), none = item_6(0);
	struct pkt_spec big = item_6(65535 - 40);

	return gso_with_frame(&s, odd_sizes) < 0 || gso_with_frame(&whole, vlan_and_cwr) < 0 ||
			       gso_with_frame(&none, vlan_and_cwr) < 0 ||
			       gso_with_frame(&big, vlan_and_cwr) < 0
		       ? TEST_FAILED
		       : TEST_SUCCESS;
}

/* Every value of the L4 checksum and tunnel fields in, exactly the right one out. */
static int
enumerations(struct pkt *p)
{
	const struct check_in in = check_in(p);

	for (uint64_t i = 0; i < 4 * 16; i++)
		for (unsigned int hw = 0; hw < 2; hw++) {
			struct cleave_gso_req req = {
				.mss = 1000, .flags = hw ? CLEAVE_GSO_HW_L4_CKSUM : 0};
			struct gso_packet g;

			TEST_ASSERT_SUCCESS(gso_packet(&g, p, GSO_PLAIN, NULL, 0), "no packet");
			g.m->ol_flags |= (i % 4) << 52 | (i / 4) << 45;
			if (gso_cut_packet(&g, &in, &req, &gso.pools[0]) < 0)
				return TEST_FAILED;
		}
	return gso_pools_full();
}

/* 7. IPv4 options with TSO. Flag fields are enumerations, not bits. */
static int
test_7_options_and_enumerations(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .payload = 2500};

	for (unsigned int i = 0; i < PKT_SHAPES_WHOLE; i++) {
		s.ip = *pkt_shape(i);
		if (gso_with_frame(&s, enumerations) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Marked for a UDP checksum by the port: of fragments that would be one in each. */
static int
fragments(struct pkt *p)
{
	struct cleave_gso_req req = {.type = CLEAVE_GSO_FRAGMENT,
		.mss = 1000,
		.flags = CLEAVE_GSO_COMPLETE | CLEAVE_GSO_HW_L4_CKSUM};
	const struct check_in in = check_in(p);
	struct gso_packet g;

	TEST_ASSERT_SUCCESS(gso_packet(&g, p, GSO_PLAIN, NULL, 0), "no packet");
	g.m->ol_flags |= RTE_MBUF_F_TX_UDP_CKSUM;
	return gso_cut_packet(&g, &in, &req, &gso.pools[0]) < 0 ? TEST_FAILED : gso_pools_full();
}

static int
refuse_df(struct pkt *p)
{
	const struct cleave_gso_req req = {.type = CLEAVE_GSO_FRAGMENT, .mss = 1000};

	return gso_refused(p, &req, GSO_OUT_MAX, -ENOTSUP);
}

/* 17. Fragments with UDP checksum flags on each; DF dropped. */
static int
test_17_fragments(void)
{
	struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.version = 4, .payload = 3000};

	if (gso_with_frame(&s, fragments) < 0)
		return TEST_FAILED;
	s.ip.df = true;
	return gso_with_frame(&s, refuse_df);
}

static struct unit_test_suite suite = {
	.suite_name = "known faults of others: headers",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_2_unsupported_tunnel),
			TEST_CASE(test_4_vlan_and_cwr),
			TEST_CASE(test_6_wrap_whole_tiny_and_long),
			TEST_CASE(test_7_options_and_enumerations),
			TEST_CASE(test_17_fragments),
			TEST_CASES_END(),
		},
};

static int
test_faults_headers(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_faults_headers_autotest, NOHUGE_OK, ASAN_OK, test_faults_headers);
