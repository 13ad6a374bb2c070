/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_tunnel_not_autotest: tunnels that are kept apart by what is in their own header (VNI, key,
 * flags, options, an outer checksum that is there or not), and what is no such tunnel: a sequence
 * number, a second level, a checksum outside that is wrong. Neighbours: gro_test.h, test_tunnel.c.
 */
#include "gro_test.h"

static struct pkt_spec
tunnel(enum pkt_tunnel t, uint8_t opt, bool cksum)
{
	struct pkt_spec s = {.tunnel = t,
		.tunnel_opt = opt,
		.tunnel_cksum = cksum,
		.outer = {.version = 4, .id = 1},
		.ip = {.version = 4, .id = 2},
		.proto = IPPROTO_TCP,
		.tcp_flags = CLEAVE_TCP_ACK,
		.payload = 500};

	return s;
}

/* Bytes of the tunnel's header, from the UDP header on where there is one. */
static int
test_headers(void)
{
	static const struct {
		enum pkt_tunnel tunnel;
		uint8_t opt;
		struct gro_edit edit;
	} rows[] = {
		{PKT_TUNNEL_VXLAN, 0, {"VNI", GRO_TUNNEL, 12, 1, "AABC", "AABB", -1}},
		{PKT_TUNNEL_VXLAN, 0, {"VNI, last byte", GRO_TUNNEL, 14, 1, "AABC", "AABB", -1}},
		{PKT_TUNNEL_VXLAN, 0, {"reserved byte", GRO_TUNNEL, 15, 1, "AABC", "AABB", -1}},
		{PKT_TUNNEL_VXLAN, PKT_VXLAN_GBP,
			{"group policy", GRO_TUNNEL, 11, 1, "AABC", "AABB", -1}},
		{PKT_TUNNEL_VXLAN_GPE, 0, {"VNI", GRO_TUNNEL, 13, 1, "AABC", "AABB", -1}},
		{PKT_TUNNEL_GENEVE, 0, {"VNI", GRO_TUNNEL, 14, 8, "AABC", "AABB", -1}},
		{PKT_TUNNEL_GENEVE, 8, {"option", GRO_TUNNEL, 8 + 8 + 7, 1, "AABC", "AABB", -1}},
		{PKT_TUNNEL_GRE, PKT_GRE_KEY, {"key", GRO_TUNNEL, 7, 1, "AABC", "AABB", -1}},
		{PKT_TUNNEL_GRE, PKT_GRE_KEY | PKT_GRE_CKSUM,
			{"key", GRO_TUNNEL, 8, 0x80, "AABC", "AABB", -1}},
		{PKT_TUNNEL_GTPU, 0, {"TEID", GRO_TUNNEL, 8 + 7, 1, "AABC", "AABB", -1}},
	};

	for (unsigned int i = 0; i < RTE_DIM(rows) * 2; i++) {
		struct pkt_spec s = tunnel(rows[i / 2].tunnel, rows[i / 2].opt, i % 2);

		if (gro_edits(&s, &rows[i / 2].edit, 1) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* An outer checksum on some of them. */
static int
test_zeroness(void)
{
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++) {
		struct pkt_spec s = *pkt_tunnel_variant(i);

		if (!s.tunnel_cksum || pkt_remcsum(&s))
			continue;
		s.payload = 500;
		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 2);
		s.tunnel_cksum = false;
		gro_train(&s, 2);
		s.tunnel_cksum = true;
		gro_train(&s, 1);
		TEST_ASSERT_SUCCESS(gro_end("AABBC"), "%s", pkt_str(&s));
	}
	return TEST_SUCCESS;
}

/* A wrong checksum outside, over bytes that are right inside. */
static int
test_bad_outer(void)
{
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++) {
		struct pkt_spec s = *pkt_tunnel_variant(i);
		struct gro_frame *f;

		if (pkt_remcsum(&s))
			continue;
		s.payload = 500;
		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 4);
		f = &gro.f[2];
		if (f->p.want.tunnel_cksum == 0 && !s.tunnel_cksum)
			continue;
		f->p.data[f->p.want.tunnel_cksum ? f->p.want.tunnel_cksum
						 : f->p.want.tunnel_off + 6] ^= 0x10;
		TEST_ASSERT_SUCCESS(gro_end("AABC"), "%s", pkt_str(&s));
		TEST_ASSERT_EQUAL(gro.stats.pass[CLEAVE_GRO_PASS_BAD], 1, "%s", pkt_str(&s));
	}
	return TEST_SUCCESS;
}

/* GRE's checksum of 0xffff where 0 is made is as right, and comes back as it came. */
static int
test_negative_zero(void)
{
	struct pkt_spec s = tunnel(PKT_TUNNEL_GRE, PKT_GRE_CKSUM | PKT_GRE_KEY, false);

	gro_begin(CLEAVE_GRO_TCP);
	gro_train(&s, 3);
	for (unsigned int i = 0; i < 3; i++) {
		struct gro_frame *f = &gro.f[i];
		uint8_t *sum = f->p.data + f->p.want.tunnel_cksum;

		/* the key is that of all; the sequence number takes what is missing */
		pkt_put16(sum + 6, pkt_be16(gro.f[1].p.data + f->p.want.tunnel_cksum) + 77);
	}
	for (unsigned int i = 0; i < 3; i++)
		gro_fix(&gro.f[i]);
	TEST_ASSERT_EQUAL(pkt_be16(gro.f[1].p.data + gro.f[1].p.want.tunnel_cksum) % 0xffff, 0,
		"the test's sum is wrong");
	pkt_put16(gro.f[1].p.data + gro.f[1].p.want.tunnel_cksum, 0xffff);
	return gro_end(NULL);
}

/* Inner headers that lie: a total length that is more than there is, a data offset behind the end.
 * The flow's data goes first. */
static int
test_inner_lies(void)
{
	for (unsigned int i = 0; i < pkt_tunnel_variants() * 2; i++) {
		struct pkt_spec s = *pkt_tunnel_variant(i / 2);
		struct gro_frame *f;
		uint8_t *h;

		if (pkt_remcsum(&s))
			continue;
		s.payload = 10;
		gro_begin(CLEAVE_GRO_TCP);
		gro.conf.timeout_us = 1000000;
		gro_train(&s, 4);
		f = &gro.f[2];
		h = f->p.data + f->p.want.ip[1].off;
		if (i % 2)
			f->p.data[f->p.want.l4_off + 12] = 0xf0;
		else
			h[s.ip.version == 4 ? 2 : 4] += 1;
		gro_fix(f);
		f->verdict = GRO_NEVER;
		TEST_ASSERT_SUCCESS(
			gro_end("AABC"), "%s lies: %s", i % 2 ? "TCP" : "IP", pkt_str(&s));
	}
	return TEST_SUCCESS;
}

/* GRE with a sequence number, with routing, of version 1: each passes on its own. */
static int
test_gre(void)
{
	static const uint8_t first[] = {0x10, 0x40, 0x08, 0x01, 0x30};

	for (unsigned int i = 0; i < RTE_DIM(first) + 1; i++) {
		struct pkt_spec s = tunnel(PKT_TUNNEL_GRE, PKT_GRE_KEY, false);

		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 3);
		for (unsigned int k = 0; k < 3; k++) {
			struct gro_frame *f = &gro.f[k];

			if (i < RTE_DIM(first))
				f->p.data[f->p.want.tunnel_off] = first[i];
			else
				f->p.data[f->p.want.tunnel_off + 1] = 1;
			f->verdict = GRO_NEVER;
		}
		TEST_ASSERT_SUCCESS(gro_end("ABC"), "row %u", i);
	}
	return TEST_SUCCESS;
}

/* An outer IPv4 header more, in front of all. */
static int
add_level(struct gro_frame *f, uint16_t id)
{
	uint8_t h[20] = {
		0x45, 0, 0, 0, 0, 0, 0, 0, 64, IPPROTO_IPIP, 0, 0, 10, 9, 9, 1, 10, 9, 9, 2};
	uint16_t at = f->p.want.ip[0].off;

	pkt_put16(h + 2, f->p.want.frame_len - at + 20);
	pkt_put16(h + 4, id);
	pkt_put16(h + 10, ~pkt_sum(h, 20));
	f->verdict = GRO_NEVER;
	return gro_insert(f, at, h, sizeof(h));
}

/* A second level passes. */
static int
test_second_level(void)
{
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++) {
		struct pkt_spec s = *pkt_tunnel_variant(i);

		if (s.outer.version != 4)
			continue;
		s.payload = 500;
		gro_begin(CLEAVE_GRO_TCP | CLEAVE_GRO_UDP);
		gro_train(&s, 3);
		for (unsigned int k = 0; k < 3; k++)
			if (add_level(&gro.f[k], 1 + k) < 0)
				return TEST_FAILED;
		TEST_ASSERT_SUCCESS(gro_end("ABC"), "%s", pkt_str(&s));
	}
	return TEST_SUCCESS;
}

/* UDP in a tunnel whose port is a tunnel's, be it one or not. */
static int
test_inner_tunnel_port(void)
{
	static const uint16_t ports[] = {4789, 4790, 6081, 2152, 6080, PKT_FOU_PORT};

	for (unsigned int i = 0; i < RTE_DIM(ports) * 2; i++) {
		struct pkt_spec s = tunnel(PKT_TUNNEL_VXLAN, 0, i % 2);

		s.proto = IPPROTO_UDP;
		s.dport = ports[i / 2];
		gro_begin(CLEAVE_GRO_TCP | CLEAVE_GRO_UDP);
		gro_train(&s, 3);
		for (unsigned int k = 0; k < 3; k++)
			gro.f[k].verdict = GRO_NEVER;
		TEST_ASSERT_SUCCESS(gro_end("ABC"), "port %u", ports[i / 2]);
	}
	return TEST_SUCCESS;
}

/* A UDP tunnel's port, and nothing in it that is a tunnel: nobody knows whether it may be cut. */
static int
test_no_tunnel(void)
{
	static const uint16_t ports[] = {4789, 4790, 6081, 2152, 6080, PKT_FOU_PORT};

	for (unsigned int i = 0; i < RTE_DIM(ports); i++) {
		struct pkt_spec s = {.ip = {.version = 4},
			.proto = IPPROTO_UDP,
			.payload = 500,
			.dport = ports[i]};

		gro_begin(CLEAVE_GRO_UDP);
		gro_train(&s, 3);
		for (unsigned int k = 0; k < 3; k++) {
			memset(gro.f[k].p.data + gro.f[k].p.want.hdr_len, 0xff, 16);
			gro_fix(&gro.f[k]);
			gro.f[k].verdict = GRO_MAYBE;
		}
		TEST_ASSERT_SUCCESS(gro_end(NULL), "port %u", ports[i]);
	}
	return TEST_SUCCESS;
}

/* An outer UDP length of 0 does not say where the datagram ends: segments would not have it back. */
static int
test_no_length(void)
{
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++) {
		struct pkt_spec s = *pkt_tunnel_variant(i);

		gro_begin(CLEAVE_GRO_TCP);
		s.payload = 500;
		gro_train(&s, 3);
		if (pkt_remcsum(&s) || gro.f[0].p.want.ip[0].proto != IPPROTO_UDP)
			continue;
		for (unsigned int k = 0; k < 3; k++) {
			struct gro_frame *f = &gro.f[k];

			pkt_put16(f->p.data + f->p.want.tunnel_off + 4, 0);
			gro_fix(f);
			f->verdict = GRO_NEVER;
		}
		TEST_ASSERT_SUCCESS(gro_end("ABC"), "%s", pkt_str(&s));
	}
	return TEST_SUCCESS;
}

/* Inner packets of both versions in one tunnel, in turn. */
static int
test_versions(void)
{
	struct pkt_spec a = tunnel(PKT_TUNNEL_VXLAN, 0, true), b = a;

	b.ip.version = 6;
	gro_begin(CLEAVE_GRO_TCP);
	for (unsigned int i = 0; i < 3; i++) {
		a.outer.id = b.outer.id = 5;
		gro_train(&a, 1);
		gro_train(&b, 1);
	}
	return gro_end("ABABAB");
}

static struct unit_test_suite suite = {
	.suite_name = "merging: what tunnels do not",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_headers),
			TEST_CASE(test_zeroness),
			TEST_CASE(test_bad_outer),
			TEST_CASE(test_negative_zero),
			TEST_CASE(test_inner_lies),
			TEST_CASE(test_gre),
			TEST_CASE(test_second_level),
			TEST_CASE(test_inner_tunnel_port),
			TEST_CASE(test_no_tunnel),
			TEST_CASE(test_no_length),
			TEST_CASE(test_versions),
			TEST_CASES_END(),
		},
};

static int
test_gro_tunnel_not(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_tunnel_not_autotest, NOHUGE_OK, ASAN_OK, test_gro_tunnel_not);
