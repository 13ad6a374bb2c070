/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_cksum_autotest: what ports say of checksums, and what is true: wrong ones are never merged and
 * leave as they came, corruption is never laundered, and what was verified says so. Neighbours:
 * gro_test.h, SEMANTICS.md part 4, 11.
 */
#include "gro_test.h"

static const struct pkt_spec base = {.ip = {.version = 4, .df = true, .id = 5},
	.proto = IPPROTO_TCP,
	.tcp_flags = CLEAVE_TCP_ACK,
	.tcp_opt = PKT_TCP_TS,
	.seq = 1,
	.payload = 1001};

enum says { GOOD, UNKNOWN, BAD, NONE, PARTIAL, IP_BAD, SAYS };

static const uint64_t flags[SAYS] = {
	[GOOD] = GRO_GOOD,
	[UNKNOWN] = 0,
	[BAD] = RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_BAD,
	[NONE] = RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_NONE,
	/* as net_vhost says it with its old flags: a request, of a checksum that is not there yet */
	[PARTIAL] = RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD |
		    RTE_MBUF_F_TX_TCP_CKSUM | RTE_MBUF_F_TX_IPV4,
	[IP_BAD] = RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_L4_CKSUM_GOOD,
};

/* Four frames, what the port says of each, and whether the third one is damaged. */
static int
four(uint8_t proto, uint8_t version, const enum says *says, bool damaged, const char *want)
{
	struct pkt_spec s = base;

	s.proto = proto;
	s.ip.version = version;
	gro_begin(CLEAVE_GRO_TCP | CLEAVE_GRO_UDP);
	gro_train(&s, 4);
	for (unsigned int i = 0; i < 4; i++)
		gro.f[i].ol_flags = flags[says[i]];
	for (unsigned int i = 0; i < 4; i++)
		if (says[i] == PARTIAL)
			gro.f[i].verdict = GRO_NEVER;
	if (damaged)
		gro.f[2].p.data[gro.f[2].p.want.hdr_len + 777] ^= 0x40;
	return gro_end(want);
}

static int
test_says(void)
{
	static const struct {
		enum says says[4];
		bool damaged;
		const char *tcp, *udp;
		unsigned int verified;
		int pass;
	} rows[] = {
		{{GOOD, GOOD, GOOD, GOOD}, false, "AAAA", "AAAA", 0, -1},
		{{UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN}, false, "AAAA", "AAAA", 4, -1},
		{{GOOD, UNKNOWN, GOOD, UNKNOWN}, false, "AAAA", "AAAA", 2, -1},
		{{UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN}, true, "AABC", "AABC", 4,
			CLEAVE_GRO_PASS_BAD},
		{{GOOD, GOOD, UNKNOWN, GOOD}, true, "AABC", "AABC", 1, CLEAVE_GRO_PASS_BAD},
		{{GOOD, GOOD, BAD, GOOD}, false, "AABC", "AABC", 0, CLEAVE_GRO_PASS_BAD},
		{{GOOD, GOOD, BAD, GOOD}, true, "AABC", "AABC", 0, CLEAVE_GRO_PASS_BAD},
		{{GOOD, GOOD, PARTIAL, GOOD}, false, "AABC", "AABC", 0, CLEAVE_GRO_PASS_UNVERIFIED},
		{{GOOD, GOOD, IP_BAD, GOOD}, false, "AABC", "AABC", 0, CLEAVE_GRO_PASS_BAD},
	};

	for (unsigned int i = 0; i < RTE_DIM(rows) * 4; i++) {
		uint8_t proto = i & 1 ? IPPROTO_UDP : IPPROTO_TCP, version = i & 2 ? 6 : 4;
		unsigned int r = i / 4;

		if (version == 6 && rows[r].says[2] == IP_BAD)
			continue;
		TEST_ASSERT_SUCCESS(four(proto, version, rows[r].says, rows[r].damaged,
					    i & 1 ? rows[r].udp : rows[r].tcp),
			"row %u, protocol %u, IPv%u", r, proto, version);
		TEST_ASSERT_EQUAL(gro.stats.verified, rows[r].verified, "row %u: %u verified", r,
			(unsigned int)gro.stats.verified);
		if (rows[r].pass >= 0)
			TEST_ASSERT_EQUAL(gro.stats.pass[rows[r].pass], 1, "row %u: %s is %u", r,
				cleave_gro_pass_name(rows[r].pass),
				(unsigned int)gro.stats.pass[rows[r].pass]);
	}
	return TEST_SUCCESS;
}

/* Any of four frames, whose checksum a virtio peer left to us: TCP merges with it, and leaves with one;
 * nothing is known of the payload's sum then, and nothing is read to find it out. */
static int
test_left_to_us(void)
{
	for (unsigned int i = 0; i < 16 * 2 * 2; i++) {
		const bool tcp = i % 2 == 0;
		struct pkt_spec s = base;

		s.proto = tcp ? IPPROTO_TCP : IPPROTO_UDP;
		s.ip.version = i / 2 % 2 ? 6 : 4;
		gro_begin(CLEAVE_GRO_TCP | CLEAVE_GRO_UDP);
		gro_train(&s, 4);
		for (unsigned int k = 0; k < 4; k++) {
			const bool left = i / 4 >> k & 1;
			struct gro_frame *f = &gro.f[k];

			f->ol_flags = flags[left ? NONE : GOOD];
			if (left)
				pkt_put16(f->p.data + f->p.want.l4_off + (tcp ? 16 : 6),
					k % 2 ? 0xffff : 0x1234);
		}
		TEST_ASSERT_SUCCESS(
			gro_end(tcp ? "AAAA" : NULL), "IPv%u, frames %x", s.ip.version, i / 4);
		TEST_ASSERT_EQUAL(gro.stats.verified, 0, "read");
		TEST_ASSERT_EQUAL(gro.stats.pass[CLEAVE_GRO_PASS_UNVERIFIED],
			tcp ? 0 : (unsigned int)__builtin_popcount(i / 4), "not counted");
	}
	return TEST_SUCCESS;
}

/* One bit of a frame, anywhere from the IP header on: never merged. (The judge says so: where it is
 * merged, it would not come back as it came.) */
static int
test_every_bit(void)
{
	struct pkt_spec s = base;

	s.payload = 40;
	for (uint8_t version = 4; version <= 6; version += 2)
		for (unsigned int bit = 14 * 8; bit < (14 + 40 + 32 + 40) * 8; bit++) {
			struct pkt_spec t = s;
			bool label = version == 6 && bit / 8 >= 15 && bit / 8 < 18;

			t.ip.version = version;
			gro_begin(CLEAVE_GRO_TCP);
			gro_train(&t, 4);
			if (bit / 8 >= gro.f[2].p.len)
				continue;
			gro.f[2].p.data[bit / 8] ^= 1u << bit % 8;
			gro.f[2].stray = !label && bit / 8 < gro.f[2].p.want.l4_off + 4u;
			gro.f[2].verdict = GRO_NEVER;
			if (version == 6 && (bit / 8 < 18 || bit / 8 == 21))
				gro.f[2].verdict = GRO_JUDGED; /* under no checksum */
			if (bit / 8 == 14 && bit % 8 >= 4)
				gro.f[2].verdict = GRO_NEVER; /* the version */
			TEST_ASSERT_SUCCESS(
				gro_end(NULL), "IPv%u, byte %u, bit %u", version, bit / 8, bit % 8);
		}
	return TEST_SUCCESS;
}

/* The port is wrong, or the frame was damaged behind it: what it vouched for is merged, but the sum
 * of the payload is taken from the header, so that the wrong checksum comes back as it came. */
static int
test_good_that_is_not(void)
{
	for (unsigned int i = 0; i < 2 * 2 * 3; i++) {
		struct pkt_spec s = base;

		s.ip.version = i & 1 ? 6 : 4;
		s.proto = i & 2 ? IPPROTO_UDP : IPPROTO_TCP;
		gro_begin(CLEAVE_GRO_TCP | CLEAVE_GRO_UDP);
		gro.lies = true;
		gro_train(&s, 5);
		for (unsigned int k = 0; k < 5; k++) {
			gro.f[k].ol_flags = GRO_GOOD;
			if (k % 3 == i / 4)
				gro.f[k].p.data[gro.f[k].p.want.hdr_len + 99] ^= 0x11;
		}
		TEST_ASSERT_SUCCESS(gro_end("AAAAA"), "row %u", i);
	}
	return TEST_SUCCESS;
}

/* An IPv4 header whose checksum the port says is not there: nobody would have it back so. */
static int
test_no_ip_checksum(void)
{
	struct pkt_spec s = base;

	gro_begin(CLEAVE_GRO_TCP);
	gro_train(&s, 4);
	for (unsigned int i = 0; i < 4; i++) {
		gro.f[i].ol_flags = RTE_MBUF_F_RX_IP_CKSUM_NONE | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
		pkt_put16(gro.f[i].p.data + 14 + 10, 0);
	}
	return gro_end("ABCD");
}

/* A port that knows no tunnels speaks of the outer checksum, or of nothing: what is damaged inside
 * comes out as damaged as it was. */
static int
test_tunnel(void)
{
	for (unsigned int i = 0; i < pkt_tunnel_variants() * 2; i++) {
		struct pkt_spec s = *pkt_tunnel_variant(i / 2);

		s.payload = 700;
		gro_begin(CLEAVE_GRO_TCP);
		gro.lies = true;
		gro_train(&s, 4);
		for (unsigned int k = 0; k < 4; k++) {
			gro.f[k].ol_flags = GRO_GOOD;
			gro.f[k].packet_type = i % 2 ? RTE_PTYPE_TUNNEL_VXLAN : 0;
			if (k == 2)
				gro.f[k].p.data[gro.f[k].p.want.hdr_len + 300] ^= 0x10;
		}
		TEST_ASSERT_SUCCESS(gro_end(NULL), "%s", pkt_str(&s));
	}
	return TEST_SUCCESS;
}

/* A TCP checksum of 0xffff where 0 is made: as right as that, and it comes back as it came. */
static int
test_negative_zero(void)
{
	for (unsigned int i = 0; i < 2 * 2; i++) {
		struct pkt_spec s = base;

		s.ip.version = i & 1 ? 6 : 4;
		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 4);
		for (unsigned int k = 0; k < 4; k++) {
			struct gro_frame *f = &gro.f[k];
			uint8_t *sum = f->p.data + f->p.want.l4_off + 16;
			uint8_t *d = f->p.data + f->p.want.hdr_len;

			f->ol_flags = i & 2 ? GRO_GOOD : 0;
			pkt_put16(d, pkt_sum_add(pkt_be16(d), pkt_be16(sum)));
			gro_fix(f);
			TEST_ASSERT_EQUAL(pkt_be16(sum) % 0xffff, 0, "the test's sum is wrong");
			pkt_put16(sum, k == 2 ? 0xffff : 0);
		}
		TEST_ASSERT_SUCCESS(gro_end(NULL), "row %u", i);
	}
	return TEST_SUCCESS;
}

/* Payloads of zeroes and of ones, whose sums are the two zeroes. */
static int
test_plain_payload(void)
{
	for (unsigned int i = 0; i < 2 * 2 * 2; i++) {
		struct pkt_spec s = base;

		s.proto = i & 4 ? IPPROTO_UDP : IPPROTO_TCP;
		gro_begin(CLEAVE_GRO_TCP | CLEAVE_GRO_UDP);
		gro_train(&s, 4);
		for (unsigned int k = 0; k < 4; k++) {
			memset(gro.f[k].p.data + gro.f[k].p.want.hdr_len, i & 1 ? 0xff : 0,
				s.payload);
			gro.f[k].ol_flags = i & 2 ? GRO_GOOD : 0;
			gro_fix(&gro.f[k]);
		}
		TEST_ASSERT_SUCCESS(gro_end("AAAA"), "row %u", i);
	}
	return TEST_SUCCESS;
}

/* Whichever way it is cut: by chains, by copies. */
static int
test_ways(void)
{
	static const uint16_t ways[] = {CLEAVE_GSO_SCATTER, CLEAVE_GSO_LINEAR};

	for (unsigned int i = 0; i < 8; i++) {
		struct pkt_spec s = base;

		s.payload = 777 + i / 4;
		gro_begin(CLEAVE_GRO_TCP);
		gro.cut = ways[i % 2];
		gro_train(&s, 9);
		for (unsigned int k = 0; k < 9; k++)
			gro.f[k].ol_flags = i & 2 ? GRO_GOOD : 0;
		TEST_ASSERT_SUCCESS(gro_end("AAAAAAAAA"), "row %u", i);
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "merging: checksums",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_says),
			TEST_CASE(test_left_to_us),
			TEST_CASE(test_every_bit),
			TEST_CASE(test_good_that_is_not),
			TEST_CASE(test_no_ip_checksum),
			TEST_CASE(test_tunnel),
			TEST_CASE(test_negative_zero),
			TEST_CASE(test_plain_payload),
			TEST_CASE(test_ways),
			TEST_CASES_END(),
		},
};

static int
test_gro_cksum(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_cksum_autotest, NOHUGE_OK, ASAN_OK, test_gro_cksum);
