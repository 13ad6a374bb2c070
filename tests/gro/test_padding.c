/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_padding_autotest: bytes behind the IP packet: trimmed before lengths are compared, never taken
 * for payload, kept by what is not merged, not left in what is. Neighbours: gro_test.h.
 */
#include "gro_test.h"

static const struct pkt_spec base = {.ip = {.version = 4, .df = true},
	.proto = IPPROTO_TCP,
	.tcp_flags = CLEAVE_TCP_ACK,
	.seq = 1};

/* Payload and padding of each frame. */
static int
frames(const uint16_t (*row)[2], unsigned int nb, uint8_t version, bool good, const char *want)
{
	struct pkt_spec s = base;

	s.ip.version = version;
	gro_begin(CLEAVE_GRO_TCP);
	for (unsigned int i = 0; i < nb; i++) {
		s.payload = row[i][0];
		s.pad = row[i][1];
		TEST_ASSERT_NOT_NULL(gro_add(&s), "no frame");
		gro.f[i].ol_flags = good ? GRO_GOOD : 0;
		memset(gro.f[i].p.data + gro.f[i].p.len - s.pad, 0xee, s.pad);
		gro_next(&s, 1, 0);
	}
	return gro_end(want);
}

static int
test_rows(void)
{
	static const struct {
		uint16_t frame[4][2];
		const char *want;
	} rows[] = {
		{{{0, 6}, {0, 6}, {0, 6}, {0, 6}}, "ABCD"}, /* pure ACKs of 60 bytes */
		{{{6, 0}, {0, 6}, {6, 0}, {6, 0}}, "ABCC"},
		{{{5, 1}, {5, 1}, {5, 1}, {5, 1}}, "AAAA"},
		{{{1000, 0}, {1000, 0}, {3, 3}, {1000, 0}}, "AAAB"},
		{{{1000, 0}, {1000, 4}, {1000, 0}, {1000, 9}}, "AAAA"},
		{{{1000, 30}, {1000, 0}, {1000, 0}, {1000, 0}}, "AAAA"},
		{{{1000, 0}, {990, 10}, {1000, 0}, {1000, 0}}, "AABB"},
		{{{990, 10}, {1000, 0}, {1000, 0}, {1000, 0}}, "ABBB"},
		{{{7, 40}, {0, 6}, {7, 40}, {0, 6}}, "ABCD"},
	};

	for (unsigned int i = 0; i < RTE_DIM(rows) * 4; i++)
		TEST_ASSERT_SUCCESS(
			frames(rows[i / 4].frame, 4, i & 1 ? 6 : 4, i & 2, rows[i / 4].want),
			"row %u", i / 4);
	return TEST_SUCCESS;
}

/* Padding that is a byte, a whole mbuf, several of them; and a payload whose end is in the middle. */
static int
test_chains(void)
{
	static const uint16_t pads[] = {1, 50, 100, 101, 250, 400};

	for (unsigned int i = 0; i < RTE_DIM(pads) * 3; i++) {
		struct pkt_spec s = base;
		uint16_t piece = 100 + i % 3 * 77;

		s.payload = 200;
		s.pad = pads[i / 3];
		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 4);
		for (unsigned int k = 0; k < 4; k++) {
			gro.f[k].pieces[0] = 154;
			gro.f[k].pieces[1] = piece;
		}
		TEST_ASSERT_SUCCESS(gro_end("AAAA"), "%u bytes in mbufs of %u", s.pad, piece);
	}
	return TEST_SUCCESS;
}

/* A checksum that is wrong with the padding counted, right without, and the other way round. */
static int
test_checksum(void)
{
	struct pkt_spec s = base;

	s.payload = 101;
	s.pad = 11;
	gro_begin(CLEAVE_GRO_TCP);
	gro_train(&s, 3);
	for (unsigned int i = 0; i < 3; i++)
		memset(gro.f[i].p.data + gro.f[i].p.want.frame_len, 0x5a + i, 11);
	return gro_end("AAA");
}

/* In tunnels: behind the outer packet it is trimmed as anywhere. */
static int
test_tunnels(void)
{
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++) {
		struct pkt_spec s = *pkt_tunnel_variant(i);

		s.payload = 300;
		s.pad = 1 + i % 30;
		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 4);
		TEST_ASSERT_SUCCESS(gro_end(pkt_remcsum(&s) ? NULL : "AAAA"), "%s", pkt_str(&s));
	}
	return TEST_SUCCESS;
}

/* Padding of the inner frame: within the outer packet, whose lengths count it. What was merged of
 * such frames could not be cut into them again; they may come out without it, or pass. */
static int
test_inside(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct pkt_spec s = {.tunnel = PKT_TUNNEL_VXLAN,
			.tunnel_cksum = i,
			.outer = {.version = 4, .df = true},
			.ip = {.version = 4, .df = true},
			.proto = IPPROTO_TCP,
			.tcp_flags = CLEAVE_TCP_ACK,
			.payload = 100};

		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 3);
		for (unsigned int k = 0; k < 3; k++) {
			struct gro_frame *f = &gro.f[k];
			uint8_t *udp;

			if (gro_insert(f, f->p.want.frame_len, "\0\0\0\0\0\0", 6) < 0)
				return TEST_FAILED;
			udp = f->p.data + f->p.want.tunnel_off;
			pkt_put16(udp - 18, pkt_be16(udp - 18) + 6);
			pkt_put16(udp + 4, pkt_be16(udp + 4) + 6);
			/* the inner one is what it was; the outer sums are anew */
			f->p.want.l4_proto = 0;
			f->p.want.depth = CLEAVE_DEPTH_L3;
			gro_fix(f);
			f->p.want.l4_proto = IPPROTO_TCP;
			f->p.want.depth = CLEAVE_DEPTH_L4;
			f->verdict = GRO_NEVER;
		}
		TEST_ASSERT_SUCCESS(gro_end("ABC"), "outer checksum %u", i);
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "merging: padding",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_rows),
			TEST_CASE(test_chains),
			TEST_CASE(test_checksum),
			TEST_CASE(test_tunnels),
			TEST_CASE(test_inside),
			TEST_CASES_END(),
		},
};

static int
test_gro_padding(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_padding_autotest, NOHUGE_OK, ASAN_OK, test_gro_padding);
