/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_vlan_autotest: VLAN and QinQ tags in the frame and stripped by the port, MPLS labels: those of
 * one packet are all the same, and every segment has them again; and frames without IP. Neighbours:
 * gro_test.h.
 */
#include "gro_test.h"

#define STRIPPED (RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED)
#define QINQ (STRIPPED | RTE_MBUF_F_RX_QINQ | RTE_MBUF_F_RX_QINQ_STRIPPED)

static const struct pkt_spec base = {.ip = {.version = 4, .df = true},
	.proto = IPPROTO_TCP,
	.tcp_flags = CLEAVE_TCP_ACK,
	.seq = 1,
	.payload = 900};

static int
test_in_frame(void)
{
	for (unsigned int i = 0; i < 3 * 4 * 2; i++) {
		struct pkt_spec s = base;

		s.ip.version = i % 2 ? 6 : 4;
		s.nb_vlan = i / 2 % 3;
		s.nb_mpls = i / 6;
		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 4);
		TEST_ASSERT_SUCCESS(gro_end("AAAA"), "%s", pkt_str(&s));
	}
	return TEST_SUCCESS;
}

/* Each byte of tags and labels. */
static int
test_edits(void)
{
	struct pkt_spec s = base;

	s.nb_vlan = 2;
	s.nb_mpls = 2;
	for (unsigned int i = 0; i < 16; i++) {
		struct gro_edit e = {"a byte of tags", GRO_L2, 14 + i, 4, "AABC", "AABB", -1};

		if (i == 2 || i == 3 || i == 6 || i == 7) /* (types) */
			continue;
		TEST_ASSERT_SUCCESS(gro_edits(&s, &e, 1), "byte %u", 14 + i);
	}
	return TEST_SUCCESS;
}

/* Two flows that differ in how they are tagged, in turn. */
static int
test_tagged_or_not(void)
{
	for (unsigned int i = 0; i < 9; i++) {
		struct pkt_spec a = base, b = base;

		a.nb_vlan = i / 3;
		b.nb_vlan = i % 3;
		if (a.nb_vlan == b.nb_vlan)
			continue;
		gro_begin(CLEAVE_GRO_TCP);
		for (unsigned int k = 0; k < 3; k++) {
			gro_train(&a, 1);
			gro_train(&b, 1);
		}
		TEST_ASSERT_SUCCESS(gro_end("ABABAB"), "%u and %u tags", i / 3, i % 3);
	}
	return TEST_SUCCESS;
}

/* Tags that the port took off: other ones, or none, are other flows. */
static int
test_stripped(void)
{
	static const struct {
		uint64_t flags;
		uint16_t tci, outer;
	} tags[] = {
		{0, 0, 0},
		{STRIPPED, 5, 0},
		{STRIPPED, 6, 0},
		{STRIPPED, 0x2005, 0}, /* the same VLAN, another priority */
		{STRIPPED, 0, 0},
		{QINQ, 5, 7},
		{QINQ, 5, 8},
	};

	for (unsigned int i = 0; i < RTE_DIM(tags) * RTE_DIM(tags); i++) {
		unsigned int which[2] = {i % RTE_DIM(tags), i / RTE_DIM(tags)};
		struct pkt_spec s[2] = {base, base};

		gro_begin(CLEAVE_GRO_TCP);
		if (which[0] == which[1])
			s[1].sport = 9;
		for (unsigned int k = 0; k < 6; k++) {
			struct gro_frame *f = &gro.f[gro_train(&s[k % 2], 1)];

			f->ol_flags = tags[which[k % 2]].flags;
			f->vlan_tci = tags[which[k % 2]].tci;
			f->vlan_tci_outer = tags[which[k % 2]].outer;
		}
		TEST_ASSERT_SUCCESS(gro_end("ABABAB"), "rows %u and %u", which[0], which[1]);
	}
	return TEST_SUCCESS;
}

/* The tag is in the frame, and the port says which one it is. */
static int
test_reported(void)
{
	struct pkt_spec s = base;

	s.nb_vlan = 1;
	gro_begin(CLEAVE_GRO_TCP);
	gro_train(&s, 4);
	for (unsigned int i = 0; i < 4; i++) {
		gro.f[i].ol_flags = RTE_MBUF_F_RX_VLAN;
		gro.f[i].vlan_tci = 100;
	}
	return gro_end("AAAA");
}

/* What an ethertype says is no IP passes, whatever lies behind it, and what is held goes on. */
static int
test_no_ip(void)
{
	static const uint16_t types[] = {0x0806, 0x88cc, 0x8864, 0x88f7, 0x05dc, 0x0000, 0xffff,
		0x0008, 0x6558, 0x9000, 0x8101};

	for (unsigned int i = 0; i < RTE_DIM(types) * 2; i++) {
		struct pkt_spec s = base;

		s.ip.version = i % 2 ? 6 : 4;
		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 2);
		gro_train(&s, 2);
		for (unsigned int k = 2; k < 4; k++) {
			s.seq -= s.payload;
			s.ip.id--;
			pkt_put16(gro.f[k].p.data + 12, types[i / 2]);
			gro.f[k].verdict = GRO_NEVER;
			gro.f[k].stray = true;
		}
		gro_train(&s, 2);
		TEST_ASSERT_SUCCESS(gro_end("AABCAA"), "type %x", types[i / 2]);
		TEST_ASSERT_EQUAL(gro.stats.pass[CLEAVE_GRO_PASS_OTHER], 2, "type %x: not counted",
			types[i / 2]);
		TEST_ASSERT_EQUAL(gro.stats.packets, 6, "type %x: not counted", types[i / 2]);
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "merging: tags and labels, other ethertypes",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_in_frame),
			TEST_CASE(test_edits),
			TEST_CASE(test_tagged_or_not),
			TEST_CASE(test_stripped),
			TEST_CASE(test_reported),
			TEST_CASE(test_no_ip),
			TEST_CASES_END(),
		},
};

static int
test_gro_vlan(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_vlan_autotest, NOHUGE_OK, ASAN_OK, test_gro_vlan);
