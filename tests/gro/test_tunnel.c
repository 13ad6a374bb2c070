/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_tunnel_autotest: every variant of every tunnel: merged, and cut again to the byte; kept apart
 * by what differs in the outer headers, the tunnel's, the inner ones; checksums outside and inside;
 * IDs of every style at both levels. Neighbours: gro_test.h, ../pkt_variants.c,
 * test_tunnel_not.c.
 */
#include "gro_test.h"

/* A description to start from: remote checksum offload leaves the inner checksum to others, and
 * SEMANTICS.md does not say whether it merges. */
static struct pkt_spec
variant(unsigned int i)
{
	struct pkt_spec s = *pkt_tunnel_variant(i);

	s.payload = 900;
	s.seed = 1 + i;
	s.seq = 0xfffff800;
	s.ip.id = 0xfffe;
	s.outer.id = 0x7ffe;
	return s;
}

static int
test_merge(void)
{
	for (unsigned int i = 0; i < pkt_tunnel_variants() * 2; i++) {
		struct pkt_spec s = variant(i / 2);

		s.proto = i % 2 ? IPPROTO_UDP : IPPROTO_TCP;
		gro_begin(CLEAVE_GRO_TCP | CLEAVE_GRO_UDP);
		gro_train(&s, 4);
		s.payload = 333;
		gro_train(&s, 1);
		TEST_ASSERT_SUCCESS(gro_end(pkt_remcsum(&s) ? NULL : "AAAAA"), "%s", pkt_str(&s));
	}
	return TEST_SUCCESS;
}

/* The same with all that a port may say, and where it knows the tunnel or not. */
static int
test_flags(void)
{
	static const uint64_t flags[] = {
		GRO_GOOD,
		GRO_GOOD | RTE_MBUF_F_RX_OUTER_L4_CKSUM_GOOD,
		RTE_MBUF_F_RX_OUTER_L4_CKSUM_GOOD,
		RTE_MBUF_F_RX_L4_CKSUM_BAD,
		RTE_MBUF_F_RX_L4_CKSUM_NONE,
		RTE_MBUF_F_RX_IP_CKSUM_BAD,
		RTE_MBUF_F_RX_OUTER_IP_CKSUM_BAD,
		GRO_GOOD | RTE_MBUF_F_RX_OUTER_L4_CKSUM_BAD,
	};

	for (unsigned int i = 0; i < pkt_tunnel_variants() * RTE_DIM(flags); i++) {
		struct pkt_spec s = variant(i / RTE_DIM(flags));

		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 3);
		for (unsigned int k = 0; k < 3; k++)
			gro.f[k].ol_flags = flags[i % RTE_DIM(flags)];
		TEST_ASSERT_SUCCESS(
			gro_end(NULL), "flags %lx: %s", flags[i % RTE_DIM(flags)], pkt_str(&s));
	}
	return TEST_SUCCESS;
}

/* IDs at both levels, each in a style of its own. */
static int
test_ids(void)
{
	static const uint16_t styles[][4] = {{7, 7, 7, 7}, {0, 0, 0, 0}, {65534, 65535, 0, 1},
		{9, 10, 10, 11}, {3, 3, 4, 5}, {1, 5, 2, 9}};

	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++)
		for (unsigned int k = 0; k < RTE_DIM(styles) * RTE_DIM(styles); k++) {
			struct pkt_spec s = variant(i);

			if (k % 2 && i % 4) /* (all of them on some of the tunnels) */
				continue;
			gro_begin(CLEAVE_GRO_TCP);
			for (unsigned int n = 0; n < 4; n++) {
				s.outer.id = styles[k % RTE_DIM(styles)][n];
				s.ip.id = styles[k / RTE_DIM(styles)][n];
				TEST_ASSERT_NOT_NULL(gro_add(&s), "no frame");
				gro_next(&s, 0, 0);
			}
			TEST_ASSERT_SUCCESS(gro_end(NULL), "styles %u: %s", k, pkt_str(&s));
		}
	return TEST_SUCCESS;
}

static const struct gro_edit outer4[] = {
	{"outer TOS", GRO_OUTER, 1, 0x20, "AABC", "AABB", -1},
	{"outer ECN", GRO_OUTER, 1, 3, "AABC", "AABB", -1},
	{"outer TTL", GRO_OUTER, 8, 1, "AABC", "AABB", -1},
	{"outer DF", GRO_OUTER, 6, 0x40, "AABC", "AABB", -1},
	{"outer reserved bit", GRO_OUTER, 6, 0x80, "AABC", "AABC", CLEAVE_GRO_PASS_IP_OPTIONS},
	{"outer MF", GRO_OUTER, 6, 0x20, "AABC", "AABC", CLEAVE_GRO_PASS_FRAGMENT},
	{"outer source", GRO_OUTER, 15, 1, "AABC", "AABB", -1},
	{"outer header checksum", GRO_OUTER, 10, 1, "AABC", "AABC", CLEAVE_GRO_PASS_BAD, true},
};
static const struct gro_edit outer6[] = {
	{"outer traffic class", GRO_OUTER, 1, 0x10, "AABC", "AABB", -1},
	{"outer hop limit", GRO_OUTER, 7, 1, "AABC", "AABB", -1},
	{"outer flow label", GRO_OUTER, 3, 1, "AABC", "AABB", -1},
	{"outer source", GRO_OUTER, 15, 1, "AABC", "AABB", -1},
};
static const struct gro_edit inner4[] = {
	{"inner ECN", GRO_IP, 1, 3, "AABC", "AABB", -1},
	{"inner TTL", GRO_IP, 8, 1, "AABC", "AABB", -1},
	{"inner DF", GRO_IP, 6, 0x40, "AABC", "AABB", -1},
	{"inner reserved bit", GRO_IP, 6, 0x80, "AABC", "AABC", CLEAVE_GRO_PASS_IP_OPTIONS},
	{"inner MF", GRO_IP, 6, 0x20, "AABC", "AABC", CLEAVE_GRO_PASS_FRAGMENT},
	{"inner destination", GRO_IP, 19, 1, "AABC", "AABB", -1},
	{"inner header checksum", GRO_IP, 10, 1, "AABC", "AABC", CLEAVE_GRO_PASS_BAD, true},
};
static const struct gro_edit inner6[] = {
	{"inner traffic class", GRO_IP, 1, 0x20, "AABC", "AABB", -1},
	{"inner hop limit", GRO_IP, 7, 1, "AABC", "AABB", -1},
	{"inner flow label", GRO_IP, 3, 1, "AABC", "AABB", -1},
	{"inner destination", GRO_IP, 39, 1, "AABC", "AABB", -1},
};
static const struct gro_edit inner_l4[] = {
	{"inner port", GRO_L4, 0, 1, "AABC", "AABB", -1},
	{"inner ACK", GRO_L4, 11, 1, "AABC", "AABB", -1},
	{"inner PSH", GRO_L4, 13, CLEAVE_TCP_PSH, "AAAB", "AAAB", -1},
	{"inner CWR", GRO_L4, 13, CLEAVE_TCP_CWR, "AABC", "AABB", -1},
	{"inner SYN", GRO_L4, 13, CLEAVE_TCP_SYN, "AABC", "AABC", CLEAVE_GRO_PASS_FLAGS},
	{"inner checksum", GRO_L4, 16, 1, "AABC", "AABC", CLEAVE_GRO_PASS_BAD, true},
	{"payload", GRO_DATA, 300, 1, "AABC", "AABC", CLEAVE_GRO_PASS_BAD, true},
};

static int
test_fields(void)
{
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++) {
		struct pkt_spec s = variant(i);
		int rc;

		if (pkt_remcsum(&s))
			continue;
		rc = s.outer.version == 4 ? gro_edits(&s, outer4, RTE_DIM(outer4))
					  : gro_edits(&s, outer6, RTE_DIM(outer6));
		if (rc == 0)
			rc = s.ip.version == 4 ? gro_edits(&s, inner4, RTE_DIM(inner4))
					       : gro_edits(&s, inner6, RTE_DIM(inner6));
		if (rc == 0)
			rc = gro_edits(&s, inner_l4, RTE_DIM(inner_l4));
		if (rc < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* The same edits of an inner MAC header, and of an outer UDP source port. */
static int
test_flow_fields(void)
{
	static const struct gro_edit udp[] = {
		{"outer source port", GRO_TUNNEL, 1, 1, "AABC", "AABB", -1},
	};
	static const struct gro_edit mac[] = {
		{"inner destination MAC", GRO_INNER_MAC, 0, 4, "AABC", "AABB", -1},
		{"inner source MAC", GRO_INNER_MAC, 11, 4, "AABC", "AABB", -1},
	};

	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++) {
		struct pkt_spec s = variant(i);
		struct pkt p;
		bool ether, has_udp;

		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		ether = p.want.ip[1].off != p.want.inner_off;
		has_udp = p.want.ip[0].proto == IPPROTO_UDP;
		pkt_free(&p);
		if (pkt_remcsum(&s))
			continue;
		if ((has_udp && gro_edits(&s, udp, RTE_DIM(udp)) < 0) ||
			(ether && gro_edits(&s, mac, RTE_DIM(mac)) < 0))
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Options and extension headers outside: IPv4's are never merged, IPv6's where they are the same. */
static int
test_outer_options(void)
{
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i += 5) {
		struct pkt_spec s = variant(i);

		if (s.outer.version == 4)
			s.outer.opt_len = 8;
		s.outer.nb_ext = s.outer.version == 6;
		s.outer.ext[0] = (struct pkt_ext){.type = IPPROTO_DSTOPTS, .units = 1};
		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 3);
		TEST_ASSERT_SUCCESS(gro_end(s.outer.version == 4 ? "ABC"
					    : pkt_remcsum(&s)	 ? NULL
								 : "AAA"),
			"%s", pkt_str(&s));
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "merging in tunnels",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_merge),
			TEST_CASE(test_flags),
			TEST_CASE(test_ids),
			TEST_CASE(test_fields),
			TEST_CASE(test_flow_fields),
			TEST_CASE(test_outer_options),
			TEST_CASES_END(),
		},
};

static int
test_gro_tunnel(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_tunnel_autotest, NOHUGE_OK, ASAN_OK, test_gro_tunnel);
