/* SPDX-License-Identifier: BSD-3-Clause
 *
 * net_parse_refused_autotest: which tunnel headers are not taken for one that can be cut by copying
 * it, reason by reason and bit by bit. Neighbours: parse_check.h; test_parse.c for headers that are
 * taken.
 */
#include "parse_check.h"

static int
setup(void)
{
	return pkt_setup() < 0 ? TEST_FAILED : parse_setup();
}

/* The walk of a frame, the same wherever it is split into two mbufs. */
static int
walk(const struct pkt *p, struct cleave_pkt *got)
{
	int rc = parse_guarded(&parse_env.guard, parse_env.mp, p->data, p->len, got), rc2;
	struct cleave_pkt again;
	const char *diff;

	for (uint32_t cut = 1; cut < p->len && cut <= 160; cut++) {
		struct rte_mbuf *m = mbuf_split(parse_env.mp, p->data, p->len, cut);

		if (m == NULL)
			return -ENOMEM;
		rc2 = cleave_parse(m, &again);
		rte_pktmbuf_free(m);
		diff = rc == 0 ? parse_differs(got, &again) : NULL;
		if (rc2 != rc || diff != NULL) {
			printf("whole: %d, cut at %u: %d (%s)\n", rc, cut, rc2, diff);
			return -EIO;
		}
	}
	return rc;
}

/* What the walk finds of the same frame if it is no tunnel: a datagram, or an IP packet with
 * something unknown in it. */
static struct cleave_pkt
ordinary(const struct cleave_pkt *tunnel)
{
	struct cleave_pkt p = {
		.mac_len = tunnel->mac_len,
		.l2_len = tunnel->l2_len,
		.depth = CLEAVE_DEPTH_L3,
		.nb_ip = 1,
		.nb_vlan = tunnel->nb_vlan,
		.nb_mpls = tunnel->nb_mpls,
		.ip[0] = tunnel->ip[0],
		.frame_len = tunnel->frame_len,
	};

	if (p.ip[0].proto != IPPROTO_UDP)
		return p;
	p.depth = CLEAVE_DEPTH_L4;
	p.l4_proto = IPPROTO_UDP;
	p.l4_off = tunnel->tunnel_off;
	p.l4_len = 8;
	p.hdr_len = p.l4_off + 8;
	p.payload_len = p.frame_len - p.hdr_len;
	return p;
}

/* One byte of a good header changed, or two. off: from the first byte behind the outer IP header. */
static const struct refused {
	const char *name;
	enum pkt_tunnel tunnel;
	uint8_t opt, off, value, off2, value2;
} refused[] = {
	{"VXLAN without I", PKT_TUNNEL_VXLAN, 0, 8, 0x00},
	{"VXLAN with P", PKT_TUNNEL_VXLAN, 0, 8, 0x0c},
	{"VXLAN with O", PKT_TUNNEL_VXLAN, 0, 8, 0x09},
	{"VXLAN with B", PKT_TUNNEL_VXLAN, 0, 8, 0x0a},
	{"VXLAN with a reserved bit", PKT_TUNNEL_VXLAN, 0, 9, 0x01},
	{"VXLAN, a group without G", PKT_TUNNEL_VXLAN, 0, 11, 0x01},
	{"VXLAN, A without G", PKT_TUNNEL_VXLAN, 0, 9, 0x08},
	{"VXLAN-GBP with a reserved bit", PKT_TUNNEL_VXLAN, PKT_VXLAN_GBP, 9, 0x18},
	{"VXLAN, G without I", PKT_TUNNEL_VXLAN, PKT_VXLAN_GBP, 8, 0x80},
	{"VXLAN-RCO of the inner frame", PKT_TUNNEL_VXLAN, PKT_VXLAN_RCO, 15, 0},
	{"VXLAN-RCO of UDP, but it is TCP", PKT_TUNNEL_VXLAN, PKT_VXLAN_RCO, 15, 0x80 | 17},
	{"VXLAN-RCO from the TCP ports on", PKT_TUNNEL_VXLAN, PKT_VXLAN_RCO, 15, 18},
	{"VXLAN-GPE without P", PKT_TUNNEL_VXLAN_GPE, 0, 8, 0x08},
	{"VXLAN-GPE with O", PKT_TUNNEL_VXLAN_GPE, 0, 8, 0x0d},
	{"VXLAN-GPE with NSH", PKT_TUNNEL_VXLAN_GPE, 0, 11, 4},
	{"Geneve version 1", PKT_TUNNEL_GENEVE, 0, 8, 0x40},
	{"Geneve control packet", PKT_TUNNEL_GENEVE, 0, 9, 0x80},
	{"Geneve with MPLS", PKT_TUNNEL_GENEVE, 0, 10, 0x88},
	{"GRE with a sequence number", PKT_TUNNEL_GRE, 0, 0, 0x10},
	{"GRE with routing", PKT_TUNNEL_GRE, 0, 0, 0x40},
	{"GRE with strict source route", PKT_TUNNEL_GRE, 0, 0, 0x08},
	{"GRE with recursion control", PKT_TUNNEL_GRE, 0, 0, 0x01},
	{"NVGRE with a sequence number", PKT_TUNNEL_GRE, PKT_GRE_KEY, 0, 0x30},
	{"GRE version 1 (PPTP)", PKT_TUNNEL_GRE, PKT_GRE_KEY, 1, 0x01},
	{"GRE with an acknowledgment", PKT_TUNNEL_GRE, PKT_GRE_KEY, 1, 0x80},
	{"GRE with something unknown", PKT_TUNNEL_GRE, 0, 2, 0x88},
	{"GTP' (PT 0)", PKT_TUNNEL_GTPU, 0, 8, 0x20},
	{"GTP version 2", PKT_TUNNEL_GTPU, 0, 8, 0x50},
	{"GTP-U with a sequence number", PKT_TUNNEL_GTPU, 0, 8, 0x32},
	{"GTP-U with an N-PDU number", PKT_TUNNEL_GTPU, 0, 8, 0x31},
	{"GTP-U with the spare bit", PKT_TUNNEL_GTPU, 0, 8, 0x38},
	{"GTP-U, E and a sequence number", PKT_TUNNEL_GTPU, PKT_GTPU_UL, 8, 0x36},
	{"GTP-U echo request", PKT_TUNNEL_GTPU, 0, 9, 1},
	{"GTP-U end marker", PKT_TUNNEL_GTPU, 0, 9, 254},
	{"GTP-U too short by half", PKT_TUNNEL_GTPU, 0, 11, 40},
	{"GTP-U too short by one", PKT_TUNNEL_GTPU, 0, 11, 99},
	{"GTP-U too long by one", PKT_TUNNEL_GTPU, 0, 11, 101},
	{"GTP-U of no length", PKT_TUNNEL_GTPU, 0, 11, 0},
	{"GTP-U with a PDCP PDU number", PKT_TUNNEL_GTPU, PKT_GTPU_UL, 19, 0xc0},
	{"GTP-U with a long PDCP PDU number", PKT_TUNNEL_GTPU, PKT_GTPU_UL, 19, 0x82},
	{"GTP-U with an NR RAN container", PKT_TUNNEL_GTPU, PKT_GTPU_UL, 19, 0x84},
	{"GTP-U with a UDP port", PKT_TUNNEL_GTPU, PKT_GTPU_UL, 19, 0x40},
	{"GTP-U, a PDCP PDU number second", PKT_TUNNEL_GTPU, PKT_GTPU_UL, 23, 0xc0},
	{"GTP-U, an extension of no length", PKT_TUNNEL_GTPU, PKT_GTPU_UL, 20, 0},
	{"GTP-U, an extension longer than all", PKT_TUNNEL_GTPU, PKT_GTPU_UL, 20, 100},
	{"GTP-U, uplink time stamps", PKT_TUNNEL_GTPU, PKT_GTPU_UL, 21, 0x18},
	{"GTP-U, uplink DL delay", PKT_TUNNEL_GTPU, PKT_GTPU_UL, 21, 0x14},
	{"GTP-U, uplink UL delay", PKT_TUNNEL_GTPU, PKT_GTPU_UL, 21, 0x12},
	{"GTP-U, uplink sequence number", PKT_TUNNEL_GTPU, PKT_GTPU_UL, 21, 0x11},
	{"GTP-U, uplink N3/N9 delay", PKT_TUNNEL_GTPU, PKT_GTPU_UL, 22, 0x89},
	{"GTP-U, uplink new fields", PKT_TUNNEL_GTPU, PKT_GTPU_UL, 22, 0x49},
	{"GTP-U, downlink time stamp", PKT_TUNNEL_GTPU, PKT_GTPU_DL, 21, 0x08},
	{"GTP-U, downlink sequence number", PKT_TUNNEL_GTPU, PKT_GTPU_DL, 21, 0x04},
	{"GTP-U, downlink MBS sequence number", PKT_TUNNEL_GTPU, PKT_GTPU_DL, 21, 0x02},
	{"GTP-U, downlink spare bit", PKT_TUNNEL_GTPU, PKT_GTPU_DL, 21, 0x01},
	{"GTP-U, PDU type 2", PKT_TUNNEL_GTPU, PKT_GTPU_DL, 21, 0x20},
	{"GTP-U, downlink more than a policy", PKT_TUNNEL_GTPU, PKT_GTPU_DL, 23, 0xa1},
	{"GTP-U, downlink without its policy", PKT_TUNNEL_GTPU, PKT_GTPU_UL, 21, 0x00, 22, 0x89},
	{"GTP-U, downlink padding", PKT_TUNNEL_GTPU, PKT_GTPU_DL, 24, 1},
	{"GTP-U with no IP", PKT_TUNNEL_GTPU, 0, 16, 0x55},
	{"FOU with no IP", PKT_TUNNEL_FOU, 0, 8, 0x55},
	{"FOU, UDP length ends inside", PKT_TUNNEL_FOU, 0, 5, 60},
	{"GUE version 1 with no IP", PKT_TUNNEL_GUE, PKT_GUE_V1, 8, 0x55},
	{"GUE version 2", PKT_TUNNEL_GUE, 0, 8, 0x80},
	{"GUE version 3", PKT_TUNNEL_GUE, 0, 8, 0xc0},
	{"GUE control message", PKT_TUNNEL_GUE, 0, 8, 0x20},
	{"GUE with GRE", PKT_TUNNEL_GUE, 0, 9, IPPROTO_GRE},
	{"GUE with the other IP", PKT_TUNNEL_GUE, 0, 9, IPPROTO_IPV6},
	{"GUE, flag 0", PKT_TUNNEL_GUE, 0, 10, 0x80},
	{"GUE, flag 14", PKT_TUNNEL_GUE, 0, 11, 0x02},
	{"GUE, private flags that are not there", PKT_TUNNEL_GUE, 0, 11, 0x01},
	{"GUE with a field nobody knows", PKT_TUNNEL_GUE, 0, 8, 0x01},
	{"GUE, fields up to the end", PKT_TUNNEL_GUE, 0, 8, 0x1f},
	{"GUE, private flag 1", PKT_TUNNEL_GUE, PKT_GUE_PRIV, 12, 0x40},
	{"GUE, private flag 31", PKT_TUNNEL_GUE, PKT_GUE_PRIV, 15, 0x01},
	{"GUE-RCO that is not there", PKT_TUNNEL_GUE, PKT_GUE_PRIV, 12, 0x80},
	{"GUE-RCO without its flag", PKT_TUNNEL_GUE, PKT_GUE_RCO, 12, 0},
	{"GUE-RCO from the IP header on", PKT_TUNNEL_GUE, PKT_GUE_RCO, 17, 0},
	{"GUE-RCO of another field", PKT_TUNNEL_GUE, PKT_GUE_RCO, 19, 20 + 14},
	{"IPIP with no IP", PKT_TUNNEL_IPIP, 0, 0, 0x55},
	{"IPIP, a header too short", PKT_TUNNEL_IPIP, 0, 0, 0x44},
	{"IPIP with IPv6", PKT_TUNNEL_IPIP, 0, 0, 0x65},
	{"sit with IPv4", PKT_TUNNEL_SIT, 0, 0, 0x40},
};

/* The same, ending anywhere behind its first 8 bytes, with all lengths as if it should. */
static int
check_cut_off(const struct refused *r, struct pkt *p)
{
	const struct cleave_pkt *w = &p->want;
	struct cleave_pkt got;
	int rc;

	for (uint32_t end = w->tunnel_off + 8; end < w->frame_len; end++) {
		pkt_put16(p->data + w->ip[0].off + (w->ip[0].version == 4 ? 2 : 4),
			end - w->ip[0].off - (w->ip[0].version == 4 ? 0 : 40));
		if (w->ip[0].proto == IPPROTO_UDP)
			pkt_put16(p->data + w->tunnel_off + 4, end - w->tunnel_off);
		if (w->tunnel_len != 0 && end >= w->tunnel_len_from)
			pkt_put16(p->data + w->tunnel_len, end - w->tunnel_len_from);
		rc = parse_guarded(&parse_env.guard, parse_env.mp, p->data, end, &got);
		TEST_ASSERT(rc == 0 && got.tunnel == CLEAVE_TUNNEL_NONE, "%s, %u bytes: %d",
			r->name, end, rc);
	}
	return TEST_SUCCESS;
}

static int
check_refused(const struct refused *r, unsigned int outer)
{
	struct pkt_spec s = {.tunnel = r->tunnel, .tunnel_opt = r->opt, .proto = IPPROTO_TCP};
	struct cleave_pkt got, want;
	const char *diff;
	struct pkt p;

	s.outer.version = outer;
	s.ip.version = r->tunnel == PKT_TUNNEL_SIT ? 6 : 4;
	s.payload = 60;
	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	TEST_ASSERT_SUCCESS(walk(&p, &got), "walk");
	diff = parse_differs(&got, &p.want);
	TEST_ASSERT_NULL(diff, "%s, unchanged: %s", r->name, diff);
	TEST_ASSERT_NOT_EQUAL(
		p.data[p.want.tunnel_off + r->off], r->value, "%s: not changed", r->name);
	p.data[p.want.tunnel_off + r->off] = r->value;
	if (r->off2 != 0)
		p.data[p.want.tunnel_off + r->off2] = r->value2;
	want = ordinary(&p.want);
	TEST_ASSERT_SUCCESS(walk(&p, &got), "%s: not walked", r->name);
	diff = parse_differs(&got, &want);
	TEST_ASSERT_NULL(diff, "%s: taken for a tunnel: %s", r->name, diff);
	if (check_cut_off(r, &p) < 0)
		return TEST_FAILED;
	pkt_free(&p);
	return TEST_SUCCESS;
}

static int
test_refused(void)
{
	int rc = TEST_SUCCESS;

	for (unsigned int i = 0; i < RTE_DIM(refused); i++)
		if (check_refused(&refused[i], 4) < 0 || check_refused(&refused[i], 6) < 0)
			rc = TEST_FAILED;
	return rc;
}

/* The bits of a tunnel header's byte that may be anything, for they are copied. at: from the
 * tunnel's own header on. */
static uint8_t
free_bits(const struct pkt_spec *s, uint32_t at)
{
	bool gbp = s->tunnel_opt & PKT_VXLAN_GBP, ul = s->tunnel_opt == PKT_GTPU_UL;

	switch (s->tunnel) {
	case PKT_TUNNEL_VXLAN:
		if (at == 0)
			return gbp ? 0 : 0x80; /* G of group 0 */
		if (at < 4)
			return !gbp ? 0 : at == 1 ? 0x48 : 0xff;
		return at == 7 && s->tunnel_opt & PKT_VXLAN_RCO ? 0 : 0xff;
	case PKT_TUNNEL_VXLAN_GPE:
		return at == 0 || at == 3 ? 0 : 0xff;
	case PKT_TUNNEL_GENEVE:
		return at == 1 ? 0x7f : at >= 4 ? 0xff : 0;
	case PKT_TUNNEL_GRE:
		return at >= 4 ? 0xff : 0;
	case PKT_TUNNEL_GTPU:
		if (at < 11)
			return at >= 4 ? 0xff : 0;
		if (at == 13) /* uplink, or downlink */
			return ul ? 0x10 : 0;
		if (at == 14) /* QFI, RQI */
			return ul ? 0x3f : 0x7f;
		return at == 15 && !ul ? 0xe0 : 0; /* PPI */
	default:
		return 0;
	}
}

/* Every bit of every tunnel header, changed: the walk is the same, or it is something else. */
static int
check_bits(const struct pkt_spec *s)
{
	bool udp;
	struct pkt p;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	udp = p.want.ip[0].proto == IPPROTO_UDP;
	for (uint32_t bit = p.want.tunnel_off * 8; bit < p.want.inner_off * 8u; bit++) {
		uint32_t at = bit / 8 - p.want.tunnel_off;
		struct cleave_pkt got;
		const char *diff;
		uint8_t may;
		int rc;

		if (udp && at < 8) /* source port and checksum */
			may = at < 2 || at >= 6 ? 0xff : 0;
		else
			may = free_bits(s, at - udp * 8);
		p.data[bit / 8] ^= 1 << bit % 8;
		rc = parse_guarded(&parse_env.guard, parse_env.mp, p.data, p.len, &got);
		p.data[bit / 8] ^= 1 << bit % 8;
		diff = rc == 0 ? parse_differs(&got, &p.want) : "no walk";
		TEST_ASSERT(rc == 0 || rc == -EBADMSG, "byte %u, bit %u: %d: %s", at, bit % 8, rc,
			pkt_str(s));
		TEST_ASSERT((diff == NULL) == (may >> bit % 8 & 1), "byte %u, bit %u: %s: %s", at,
			bit % 8, diff != NULL ? diff : "does not matter", pkt_str(s));
	}
	pkt_free(&p);
	return TEST_SUCCESS;
}

static int
test_bits(void)
{
	struct pkt_spec s;

	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++) {
		s = *pkt_tunnel_variant(i);
		s.payload = 100;
		if (check_bits(&s) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "header walk of what is no tunnel",
	.setup = setup,
	.teardown = parse_teardown,
	.unit_test_cases =
		{
			TEST_CASE(test_refused),
			TEST_CASE(test_bits),
			TEST_CASE(parse_test_pools),
			TEST_CASES_END(),
		},
};

static int
test_parse_refused(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(net_parse_refused_autotest, NOHUGE_OK, ASAN_OK, test_parse_refused);
