/* SPDX-License-Identifier: BSD-3-Clause
 *
 * net_parse_tunnel_autotest: UDP ports of tunnels, tunnels in tunnels, and what remote checksum
 * offload points at. Neighbours: parse_check.h; test_parse.c for every tunnel by itself,
 * test_parse_refused.c for what is none.
 */
#include "parse_check.h"

/* A datagram to this port with an IP packet in it: the tunnel that the walk finds. -1: no walk. */
static int
found_at(enum pkt_tunnel tunnel, uint16_t port)
{
	struct pkt_spec s = {.tunnel = tunnel, .proto = IPPROTO_TCP, .payload = 40};
	struct cleave_pkt got;
	struct pkt p;
	int rc;

	s.outer.version = s.ip.version = 4;
	if (pkt_build(&s, &p) < 0)
		return -1;
	pkt_put16(p.data + p.want.tunnel_off + 2, port);
	rc = parse_guarded(&parse_env.guard, parse_env.mp, p.data, p.len, &got);
	pkt_free(&p);
	return rc < 0 ? -1 : got.tunnel;
}

/* First of all cases, as a port once set cannot be taken back. */
static int
test_ports(void)
{
	static const enum pkt_tunnel udp[] = {PKT_TUNNEL_VXLAN, PKT_TUNNEL_VXLAN_GPE,
		PKT_TUNNEL_GENEVE, PKT_TUNNEL_GTPU, PKT_TUNNEL_FOU, PKT_TUNNEL_GUE};
	static const uint16_t ports[] = {4789, 4790, 6081, 2152, PKT_FOU_PORT, 6080};
	static const char *const no_port[] = {"gre", "ipip", "sit"};

	TEST_ASSERT_EQUAL(found_at(PKT_TUNNEL_FOU, PKT_FOU_PORT),
		pkt_setup_done ? (int)pkt_row(PKT_TUNNEL_FOU) : CLEAVE_TUNNEL_NONE,
		"FOU has the port that it was given, and none before");
	TEST_ASSERT_EQUAL(found_at(PKT_TUNNEL_FOU, 0), CLEAVE_TUNNEL_NONE, "port 0 is no tunnel's");
	TEST_ASSERT_EQUAL(cleave_tunnel_set_udp_port("fou", 0), -EINVAL, "port 0");
	TEST_ASSERT_EQUAL(cleave_tunnel_set_udp_port("fou", 6080), -EINVAL, "GUE's port");
	TEST_ASSERT_EQUAL(cleave_tunnel_set_udp_port("gue", 2152), -EINVAL, "GTP-U's port");
	TEST_ASSERT_SUCCESS(pkt_setup(), "set");
	TEST_ASSERT_SUCCESS(pkt_setup(), "set again");
	TEST_ASSERT_EQUAL(cleave_tunnel_set_udp_port("gtpu", PKT_FOU_PORT), -EINVAL, "FOU's port");
	for (unsigned int i = 0; i < RTE_DIM(no_port); i++)
		TEST_ASSERT_EQUAL(cleave_tunnel_set_udp_port(no_port[i], 5000), -EINVAL,
			"%s has no port", no_port[i]);
	for (unsigned int i = 0; i < RTE_DIM(udp); i++) {
		const char *name = pkt_tunnel_name(udp[i]);
		int row = pkt_row(udp[i]);

		TEST_ASSERT_EQUAL(found_at(udp[i], ports[i]), row, "%s not found", name);
		TEST_ASSERT_EQUAL(found_at(udp[i], 0), CLEAVE_TUNNEL_NONE, "%s at port 0", name);
		TEST_ASSERT_SUCCESS(cleave_tunnel_set_udp_port(name, 7777), "set %s", name);
		TEST_ASSERT_EQUAL(found_at(udp[i], 7777), row, "%s not found at 7777", name);
		TEST_ASSERT_EQUAL(found_at(udp[i], ports[i]), CLEAVE_TUNNEL_NONE,
			"%s still at its old port", name);
		TEST_ASSERT_SUCCESS(
			cleave_tunnel_set_udp_port(name, ports[i]), "set %s back", name);
	}
	return TEST_SUCCESS;
}

/* In every tunnel, every other one: what is inside is walked, but not what is inside of that. */
static int
check_nested(const struct pkt_spec *outer, const struct pkt_spec *inner)
{
	struct pkt_spec s = *outer;
	struct cleave_pkt got;
	struct pkt in, p;
	const char *diff;
	uint32_t off;

	TEST_ASSERT_SUCCESS(pkt_build(inner, &in), "no inner frame");
	off = in.want.tunnel_off;
	s.proto = in.want.ip[0].proto;
	s.payload = in.len - off;
	if (s.proto == IPPROTO_UDP) {
		s.dport = pkt_be16(in.data + off + 2);
		off += 8;
		s.payload -= 8;
	}
	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	memcpy(p.data + p.want.frame_len - s.payload, in.data + off, s.payload);
	if (s.proto == IPPROTO_UDP)
		p.want.tunnel_flags |= CLEAVE_TUNNEL_F_UNKNOWN;
	TEST_ASSERT_SUCCESS(
		parse_guarded(&parse_env.guard, parse_env.mp, p.data, p.len, &got), "walk");
	diff = parse_differs(&got, &p.want);
	TEST_ASSERT_NULL(diff, "%s: in %s", diff, pkt_str(outer));
	TEST_ASSERT(got.nb_ip == 2 && got.tunnel == p.want.tunnel, "the tunnel is not found");
	pkt_free(&p);
	pkt_free(&in);
	return TEST_SUCCESS;
}

static int
test_nested(void)
{
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i += 3)
		for (unsigned int k = 0; k < pkt_tunnel_variants(); k += 5)
			if (check_nested(pkt_tunnel_variant(i), pkt_tunnel_variant(k)) < 0)
				return TEST_FAILED;
	return TEST_SUCCESS;
}

/* What the other end of a tunnel does with remote checksum offload: it sums from `start` to the
 * end, writes that where it was told, and then the inner checksum is right. */
static int
check_remcsum(const struct pkt_spec *s)
{
	uint32_t start, at, len;
	const uint8_t *t;
	struct pkt p;
	uint16_t sum;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	TEST_ASSERT_EQUAL(p.want.tunnel_flags, CLEAVE_TUNNEL_F_REMCSUM, "not asked for");
	t = p.data + p.want.tunnel_off + 8;
	if (s->tunnel == PKT_TUNNEL_VXLAN) {
		start = (t[7] & 0x7f) * 2;
		at = start + (t[7] & 0x80 ? 6 : 16);
	} else {
		start = pkt_be16(t + 8);
		at = pkt_be16(t + 10);
	}
	start += p.want.inner_off;
	at += p.want.inner_off;
	len = p.want.frame_len - start;
	pkt_put16(p.data + at, ~pkt_sum(p.data + start, len));
	sum = pkt_sum_add(pkt_pseudo(p.data, cleave_inner_ip(&p.want), s->proto, len),
		pkt_sum(p.data + start, len));
	TEST_ASSERT_EQUAL(sum, 0xffff, "the checksum is wrong: %s", pkt_str(s));
	pkt_free(&p);
	return TEST_SUCCESS;
}

static int
test_remcsum(void)
{
	unsigned int nb = 0;
	struct pkt_spec s;

	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++)
		for (unsigned int n = 0; n < 2; n++) {
			s = *pkt_tunnel_variant(i);
			s.proto = n ? IPPROTO_UDP : IPPROTO_TCP;
			s.payload = 1000 + i;
			if (!pkt_remcsum(&s))
				continue;
			if (check_remcsum(&s) < 0)
				return TEST_FAILED;
			nb++;
		}
	TEST_ASSERT(nb >= 2 * 3 * 8, "only %u with remote checksum offload", nb);
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "header walk of tunnels",
	.setup = parse_setup,
	.teardown = parse_teardown,
	.unit_test_cases =
		{
			TEST_CASE(test_ports),
			TEST_CASE(test_nested),
			TEST_CASE(test_remcsum),
			TEST_CASE(parse_test_pools),
			TEST_CASES_END(),
		},
};

static int
test_parse_tunnel(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(net_parse_tunnel_autotest, NOHUGE_OK, ASAN_OK, test_parse_tunnel);
