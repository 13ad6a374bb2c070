/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_lro_autotest: packets that somebody merged before us, or that are requests already: they pass
 * as they are, and take what is held of their flow along. Neighbours: gro_test.h.
 */
#include "gro_test.h"

static const struct pkt_spec base = {.ip = {.version = 4, .df = true},
	.proto = IPPROTO_TCP,
	.tcp_flags = CLEAVE_TCP_ACK,
	.seq = 1,
	.payload = 1000};

static const struct {
	uint64_t flags;
	uint16_t segsz;
	uint8_t proto;
} marks[] = {
	{RTE_MBUF_F_RX_LRO | GRO_GOOD, 1000, IPPROTO_TCP},
	{RTE_MBUF_F_RX_LRO, 1000, IPPROTO_TCP},
	{RTE_MBUF_F_RX_LRO | GRO_GOOD, 0, IPPROTO_TCP},
	{RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_NONE, 1000, IPPROTO_TCP},
	{RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM, 500, IPPROTO_TCP},
	{RTE_MBUF_F_TX_UDP_SEG | RTE_MBUF_F_TX_IPV4, 500, IPPROTO_UDP},
	{RTE_MBUF_F_RX_LRO | RTE_MBUF_F_TX_TCP_SEG | GRO_GOOD, 700, IPPROTO_TCP},
};

/* The third of five is that, longer than the others or not. */
static int
test_amid(void)
{
	for (unsigned int i = 0; i < RTE_DIM(marks) * 4; i++) {
		struct pkt_spec s = base;
		struct gro_frame *f;

		s.ip.version = i & 1 ? 6 : 4;
		s.proto = marks[i / 4].proto;
		gro_begin(CLEAVE_GRO_TCP | CLEAVE_GRO_UDP);
		gro_train(&s, 2);
		s.payload = i & 2 ? 6000 : 1000;
		f = &gro.f[gro_train(&s, 1)];
		f->ol_flags = marks[i / 4].flags;
		f->tso_segsz = marks[i / 4].segsz;
		s.payload = 1000;
		gro_train(&s, 2);
		TEST_ASSERT_SUCCESS(gro_end("AABCC"), "row %u", i / 4);
		TEST_ASSERT_EQUAL(gro.stats.pass[CLEAVE_GRO_PASS_MERGED_BEFORE], 1,
			"row %u: not counted", i / 4);
		TEST_ASSERT_EQUAL(
			gro.stats.flush[CLEAVE_GRO_FLUSH_PASSED], 1, "row %u: no flush", i / 4);
	}
	return TEST_SUCCESS;
}

/* Nothing else of the flow. */
static int
test_all(void)
{
	for (unsigned int i = 0; i < RTE_DIM(marks); i++) {
		struct pkt_spec s = base;

		s.proto = marks[i].proto;
		gro_begin(CLEAVE_GRO_TCP | CLEAVE_GRO_UDP);
		gro_train(&s, 3);
		for (unsigned int k = 0; k < 3; k++) {
			gro.f[k].ol_flags = marks[i].flags;
			gro.f[k].tso_segsz = marks[i].segsz;
		}
		TEST_ASSERT_SUCCESS(gro_end("ABC"), "row %u", i);
	}
	return TEST_SUCCESS;
}

/* What we merged ourselves, given to another table, is that as well. */
static int
test_twice(void)
{
	struct cleave_gro_conf conf = {.flags = CLEAVE_GRO_TCP, .socket_id = SOCKET_ID_ANY};
	struct cleave_gro *again = cleave_gro_create(&conf);
	struct pkt_spec s = base;
	struct cleave_gro_stats stats;
	uint16_t nb;

	TEST_ASSERT_NOT_NULL(again, "no table");
	gro_begin(CLEAVE_GRO_TCP);
	gro_train(&s, 8);
	TEST_ASSERT_SUCCESS(gro_feed(4), "no burst");
	TEST_ASSERT_SUCCESS(gro_feed(4), "no burst");
	TEST_ASSERT_EQUAL(gro.nb_out, 2, "%u left", gro.nb_out);
	nb = gro.nb_out;
	nb = cleave_gro_burst(again, gro.out, &nb, gro.now, gro.out, nb);
	TEST_ASSERT_EQUAL(nb, 2, "%u left the second time", nb);
	cleave_gro_stats_get(again, &stats);
	TEST_ASSERT_EQUAL(stats.pass[CLEAVE_GRO_PASS_MERGED_BEFORE], 2, "not counted");
	cleave_gro_free(again);
	return gro_end("AAAABBBB");
}

/* A marked packet of another flow changes nothing. */
static int
test_other_flow(void)
{
	struct pkt_spec s = base, other = base;

	other.sport = 9;
	gro_begin(CLEAVE_GRO_TCP);
	for (unsigned int i = 0; i < 3; i++) {
		struct gro_frame *f;

		gro_train(&s, 1);
		f = &gro.f[gro_train(&other, 1)];
		f->ol_flags = RTE_MBUF_F_RX_LRO;
		f->tso_segsz = 500;
	}
	return gro_end("ABACAD");
}

static struct unit_test_suite suite = {
	.suite_name = "merging: merged before",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_amid),
			TEST_CASE(test_all),
			TEST_CASE(test_twice),
			TEST_CASE(test_other_flow),
			TEST_CASES_END(),
		},
};

static int
test_gro_lro(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_lro_autotest, NOHUGE_OK, ASAN_OK, test_gro_lro);
