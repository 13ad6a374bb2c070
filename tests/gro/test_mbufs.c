/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_mbufs_autotest: frames in every kind of mbuf: chains, headers over several, clones, shared and
 * external buffers, no headroom, empty mbufs; bytes that others hold stay what they are. Neighbours:
 * gro_test.h, ../gso/gso_input.c.
 */
#include "gro_test.h"

static const struct pkt_spec base = {.ip = {.version = 4, .df = true},
	.proto = IPPROTO_TCP,
	.tcp_flags = CLEAVE_TCP_ACK,
	.tcp_opt = PKT_TCP_TS,
	.seq = 1,
	.payload = 1001};

#define HDR (14 + 20 + 32)

static const uint16_t layouts[][2] = {
	{0, 0},
	{HDR, 2000},
	{HDR, 500},
	{HDR + 1, 1},
	{HDR + 100, 7},
	{HDR + 1000, 1},
	{HDR - 1, 2000},
	{20, 400},
	{1, 1},
	{14, 20},
};

/* Four frames of which the third one is like that, or all. */
static int
one(enum gso_input kind, const uint16_t *pieces, bool all, bool good, uint8_t version)
{
	bool split = pieces[0] != 0 && pieces[0] < HDR + (version == 6) * 20;
	bool unfit = split || kind == GSO_SHARED || kind == GSO_CLONED;
	struct pkt_spec s = base;

	s.ip.version = version;
	if (pieces[1] < 8)
		s.payload = 40;
	gro_begin(CLEAVE_GRO_TCP);
	gro_train(&s, 4);
	for (unsigned int i = 0; i < 4; i++) {
		gro.f[i].ol_flags = good ? GRO_GOOD : 0;
		if (!all && i != 2)
			continue;
		gro.f[i].kind = kind;
		gro.f[i].pieces[0] = pieces[0] + (version == 6 && !split && pieces[0] ? 20 : 0);
		gro.f[i].pieces[1] = pieces[1];
	}
	if (gro_end(unfit ? all ? "ABCD" : "AABC" : NULL) < 0)
		return TEST_FAILED;
	if (unfit)
		TEST_ASSERT_EQUAL(gro.stats.pass[CLEAVE_GRO_PASS_UNFIT], all ? 4 : 1,
			"%u counted as unfit", (unsigned int)gro.stats.pass[CLEAVE_GRO_PASS_UNFIT]);
	return TEST_SUCCESS;
}

static int
test_kinds(void)
{
	for (enum gso_input kind = 0; kind < GSO_INPUTS; kind++)
		for (unsigned int i = 0; i < RTE_DIM(layouts) * 8; i++) {
			if (kind == GSO_PINNED && layouts[i / 8][1] == 1)
				continue; /* there are not so many */
			TEST_ASSERT_SUCCESS(one(kind, layouts[i / 8], i & 1, i & 2, i & 4 ? 6 : 4),
				"kind %u, mbufs of %u and %u, %s", kind, layouts[i / 8][0],
				layouts[i / 8][1], i & 1 ? "all" : "the third");
		}
	return TEST_SUCCESS;
}

/* The head in several mbufs, and the rest in one, and the other way round. */
static int
test_mixed_layouts(void)
{
	for (unsigned int i = 0; i < 200; i++) {
		struct pkt_spec s = base;
		uint32_t seed = i + 1;

		s.payload = 200 + pkt_rand(&seed) % 1200;
		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 10);
		for (unsigned int k = 0; k < 10; k++) {
			gro.f[k].ol_flags = pkt_rand(&seed) % 2 ? GRO_GOOD : 0;
			if (pkt_rand(&seed) % 2)
				continue;
			gro.f[k].pieces[0] = HDR + pkt_rand(&seed) % 300;
			gro.f[k].pieces[1] = 50 + pkt_rand(&seed) % 800;
		}
		TEST_ASSERT_SUCCESS(gro_end(NULL), "iteration %u", i);
	}
	return TEST_SUCCESS;
}

/* In tunnels the headers are longer, and may be split anywhere. */
static int
test_tunnels(void)
{
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++) {
		struct pkt_spec s = *pkt_tunnel_variant(i);

		s.payload = 400;
		for (unsigned int k = 0; k < 4; k++) {
			struct pkt_spec t = s;
			uint16_t hdr;

			gro_begin(CLEAVE_GRO_TCP);
			gro_train(&t, 3);
			hdr = gro.f[0].p.want.hdr_len;
			for (unsigned int n = 0; n < 3; n++) {
				gro.f[n].pieces[0] = k == 0   ? hdr - 1
						     : k == 1 ? hdr
						     : k == 2 ? 40
							      : hdr + 9;
				gro.f[n].pieces[1] = 150;
			}
			TEST_ASSERT_SUCCESS(gro_end(NULL), "first mbuf of %u: %s",
				gro.f[0].pieces[0], pkt_str(&s));
		}
	}
	return TEST_SUCCESS;
}

/* Frames that are cut off anywhere, headers and all: each leaves as it came. */
static int
test_truncated(void)
{
	for (uint8_t version = 4; version <= 6; version += 2)
		for (unsigned int len = 1; len < 80; len++) {
			struct pkt_spec s = base;

			s.ip.version = version;
			gro_begin(CLEAVE_GRO_TCP | CLEAVE_GRO_UDP);
			gro.conf.timeout_us = 1000000;
			gro_train(&s, 4);
			gro.f[2].p.len = len;
			gro.f[2].verdict = GRO_NEVER;
			gro.f[2].stray = len < (version == 4 ? 38 : 58);
			TEST_ASSERT_SUCCESS(gro_end("AABC"), "IPv%u, %u bytes", version, len);
		}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "merging: mbufs",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_kinds),
			TEST_CASE(test_mixed_layouts),
			TEST_CASE(test_tunnels),
			TEST_CASE(test_truncated),
			TEST_CASES_END(),
		},
};

static int
test_gro_mbufs(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_mbufs_autotest, NOHUGE_OK, ASAN_OK, test_gro_mbufs);
