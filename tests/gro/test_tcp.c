/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_tcp_autotest: every field of the TCP header that keeps packets apart: sequence numbers with
 * gaps, overlaps and repetitions, acknowledgement, window, urgent pointer, options, data offset,
 * reserved bits. Neighbours: gro_test.h, test_flags.c.
 */
#include "gro_test.h"

static const struct pkt_spec base = {.ip = {.version = 4, .id = 7},
	.proto = IPPROTO_TCP,
	.tcp_flags = CLEAVE_TCP_ACK,
	.tcp_opt = PKT_TCP_SACK,
	.seq = 0xfffffc00,
	.ack = 0x01020304,
	.window = 600,
	.payload = 512};

static const struct gro_edit edits[] = {
	{"sequence, low bit", GRO_L4, 7, 1, "AABC", NULL, -1},
	{"sequence, high bit", GRO_L4, 4, 0x80, "AABC", "AABB", -1},
	{"acknowledgement", GRO_L4, 11, 1, "AABC", "AABB", -1},
	{"acknowledgement, high bit", GRO_L4, 8, 0x80, "AABC", "AABB", -1},
	{"reserved bit 1", GRO_L4, 12, 2, "AABC", "AABB", -1},
	{"reserved bit 2", GRO_L4, 12, 4, "AABC", "AABB", -1},
	{"reserved bit 3", GRO_L4, 12, 8, "AABC", "AABB", -1},
	{"window, low byte", GRO_L4, 15, 1, "AABC", "AABB", -1},
	{"window, high byte", GRO_L4, 14, 1, "AABC", "AABB", -1},
	{"urgent pointer", GRO_L4, 19, 1, "AABC", "AABB", -1},
	{"kind of an option", GRO_L4, 20, 0xff, "AABC", "AABB", -1},
	{"time stamp", GRO_L4, 27, 1, "AABC", "AABB", -1},
	{"time stamp's echo", GRO_L4, 31, 1, "AABC", "AABB", -1},
	{"last byte of the options", GRO_L4, 43, 1, "AABC", "AABB", -1},
	{"payload", GRO_DATA, 0, 1, "AAAA", "AAAA", -1},
};

static int
test_fields(void)
{
	struct pkt_spec s = base;

	for (s.ip.version = 4; s.ip.version <= 6; s.ip.version += 2)
		if (gro_edits(&s, edits, RTE_DIM(edits)) < 0)
			return TEST_FAILED;
	return TEST_SUCCESS;
}

/* Every bit of the 44 bytes, on the third packet, by the judge. (Not the data offset: the bytes
 * behind it are other ones then.) */
static int
test_bits(void)
{
	for (unsigned int bit = 0; bit < 44 * 8; bit++) {
		struct pkt_spec s = base;

		if (bit / 8 == 12 && bit % 8 >= 4)
			continue;
		s.ip.version = bit % 2 ? 4 : 6;
		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 4);
		gro.f[2].p.data[gro.f[2].p.want.l4_off + bit / 8] ^= 1u << bit % 8;
		if (bit / 16 != 8)
			gro_fix(&gro.f[2]);
		TEST_ASSERT_SUCCESS(gro_end(NULL), "byte %u, bit %u", bit / 8, bit % 8);
	}
	return TEST_SUCCESS;
}

/* Packets i of the stream, 512 bytes each, at these places (in bytes). */
static int
stream(const int *off, unsigned int nb, const char *want)
{
	gro_begin(CLEAVE_GRO_TCP);
	for (unsigned int i = 0; i < nb; i++) {
		struct pkt_spec s = base;

		s.seq += off[i];
		s.ip.id += i;
		s.seed = 1 + i;
		TEST_ASSERT_NOT_NULL(gro_add(&s), "no frame");
	}
	return gro_end(want);
}

static int
test_sequence(void)
{
	static const struct {
		int off[4];
		const char *want;
	} rows[] = {
		{{0, 512, 1024, 1536}, "AAAA"}, {{0, 1024, 1536, 2048}, "ABBB"}, /* one is lost */
		{{0, 512, 1536, 2048}, "AABB"}, {{0, 512, 512, 1024}, "AABB"},	 /* sent twice */
		{{0, 0, 0, 0}, "ABCD"}, {{512, 0, 512, 1024}, "ABBB"},		 /* out of order */
		{{0, 1024, 512, 1536}, "ABCD"}, {{1536, 1024, 512, 0}, "ABCD"},
		{{0, 511, 1023, 1535}, "ABBB"}, /* one byte over another */
		{{0, 513, 1025, 1537}, "ABBB"}, /* one byte missing */
		{{0, 512, 1023, 1535}, "AABB"}, {{0, 512, 0, 512}, "AABB"}, /* sent again */
		{{0, 256, 768, 1280}, "ABBB"}, {{0, -1, 511, 1023}, "ABBB"},
		{{0, -512, 0, 512}, "ABBB"}, /* keep-alive and on */
	};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		TEST_ASSERT_SUCCESS(stream(rows[i].off, 4, rows[i].want), "row %u", i);
	return TEST_SUCCESS;
}

/* A byte-identical copy of a frame is no merge, and both leave. */
static int
test_duplicate(void)
{
	struct pkt_spec s = base;

	gro_begin(CLEAVE_GRO_TCP);
	gro_add(&s);
	gro_add(&s);
	gro_next(&s, 1, 0);
	gro_add(&s);
	gro_add(&s);
	return gro_end("ABBC");
}

/* Options of every length: those of one packet are all like, then one has more. */
static int
test_options(void)
{
	for (enum pkt_tcp_opt a = 0; a < PKT_TCP_OPTS; a++)
		for (enum pkt_tcp_opt b = 0; b < PKT_TCP_OPTS; b++) {
			struct pkt_spec s = base;

			gro_begin(CLEAVE_GRO_TCP);
			gro.conf.timeout_us = 1000000;
			s.tcp_opt = a;
			gro_train(&s, 2);
			s.tcp_opt = b;
			gro_train(&s, 2);
			TEST_ASSERT_SUCCESS(gro_end(a == b ? "AAAA" : "AABB"), "%u and %u", a, b);
		}
	return TEST_SUCCESS;
}

/* Data offsets that lie: into the payload, out of the packet, below 5. */
static int
test_offset(void)
{
	for (unsigned int words = 0; words < 16; words++) {
		struct pkt_spec s = base;

		s.payload = 8;
		if (words == 11)
			continue;
		gro_begin(CLEAVE_GRO_TCP);
		gro.conf.timeout_us = 1000000;
		gro_train(&s, 4);
		gro.f[2].p.data[gro.f[2].p.want.l4_off + 12] = words << 4;
		gro_fix(&gro.f[2]);
		gro.f[2].verdict = words >= 5 && words <= 12 ? GRO_MAYBE : GRO_NEVER;
		TEST_ASSERT_SUCCESS(gro_end("AABC"), "data offset %u", words);
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "merging: fields of TCP",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_fields),
			TEST_CASE(test_bits),
			TEST_CASE(test_sequence),
			TEST_CASE(test_duplicate),
			TEST_CASE(test_options),
			TEST_CASE(test_offset),
			TEST_CASES_END(),
		},
};

static int
test_gro_tcp(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_tcp_autotest, NOHUGE_OK, ASAN_OK, test_gro_tcp);
