/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_data_autotest: TCP data in sequence, over IPv4 and IPv6: what sizes merge, that a shorter one
 * closes and a longer one starts anew, and that flows do not mix. Neighbours: gro_test.h.
 */
#include "gro_test.h"

static const struct pkt_spec base4 = {.ip = {.version = 4, .df = true, .id = 1000},
	.proto = IPPROTO_TCP,
	.tcp_flags = CLEAVE_TCP_ACK,
	.tcp_opt = PKT_TCP_TS,
	.seq = 0xffffe000,
	.ack = 77,
	.window = 500,
	.payload = 1000};

static const uint8_t versions[] = {4, 6};

/* Frames of these sizes, 0 ends them. */
static int
sizes(uint8_t version, const uint16_t *size, const char *want)
{
	struct pkt_spec s = base4;

	s.ip.version = version;
	gro_begin(CLEAVE_GRO_TCP);
	for (; *size != 0; size++) {
		s.payload = *size;
		TEST_ASSERT_NOT_NULL(gro_add(&s), "no frame");
		gro_next(&s, 1, 0);
	}
	return gro_end(want);
}

static int
test_sizes(void)
{
	static const struct {
		uint16_t size[8];
		const char *want;
	} rows[] = {
		{{1448, 1448, 1448, 1448}, "AAAA"},
		{{1448}, "A"},
		{{1, 1, 1}, "AAA"},
		{{3, 3, 2}, "AAA"},
		{{1001, 1001, 1001, 999}, "AAAA"},
		{{1000, 1000, 999, 1000}, "AAAB"}, /* a shorter one closes, */
		{{1000, 999, 999, 999}, "AABB"},   /* by whatever little */
		{{1000, 1, 1000, 1}, "AABB"},
		{{1000, 1001, 1001}, "ABB"}, /* a longer one starts anew */
		{{1000, 1000, 1001, 1000}, "AABB"},
		{{1, 2, 3, 4}, "ABCD"},
		{{4, 3, 2, 1}, "AABB"},
		{{100, 50, 50, 25}, "AABB"},
		{{9000, 9000, 9000, 9000, 17}, "AAAAA"},
	};

	for (unsigned int i = 0; i < RTE_DIM(rows) * 2; i++)
		TEST_ASSERT_SUCCESS(sizes(versions[i % 2], rows[i / 2].size, rows[i / 2].want),
			"row %u", i / 2);
	return TEST_SUCCESS;
}

/* Every size with every other, the sequence number over its end. */
static int
test_pairs(void)
{
	for (uint16_t a = 1; a < 40; a++)
		for (uint16_t b = 1; b < 40; b++) {
			const uint16_t size[] = {a, b, 0};

			TEST_ASSERT_SUCCESS(
				sizes(versions[(a + b) % 2], size, b <= a ? "AA" : "AB"),
				"%u and %u", a, b);
		}
	return TEST_SUCCESS;
}

/* In bursts: no timeout, and nothing is held beyond one. */
static int
test_bursts(void)
{
	for (unsigned int n = 1; n < 9; n++) {
		struct pkt_spec s = base4;
		char want[9] = "";

		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 8);
		for (unsigned int i = 0; i < 8; i++)
			want[i] = 'A' + i / n;
		for (unsigned int i = 0; i + n <= 8; i += n)
			TEST_ASSERT_SUCCESS(gro_feed(n), "bursts of %u", n);
		TEST_ASSERT_SUCCESS(gro_end(want), "bursts of %u", n);
	}
	return TEST_SUCCESS;
}

/* Flows that differ in a port, packet by packet in turn. */
static int
test_flows(void)
{
	for (unsigned int n = 2; n <= 60; n += n < 8 ? 1 : 13) {
		struct pkt_spec s[60];

		gro_begin(CLEAVE_GRO_TCP);
		for (unsigned int i = 0; i < n * 6; i++) {
			struct pkt_spec *f = &s[i % n];

			if (i < n) {
				*f = base4;
				f->sport = 1000 + i / 2;
				f->dport = i % 2 ? 80 : 81;
				f->ip.version = i % 4 < 2 ? 4 : 6;
			}
			TEST_ASSERT_NOT_NULL(gro_add(f), "no frame");
			gro_next(f, 1, 0);
		}
		TEST_ASSERT_SUCCESS(gro_end(NULL), "%u flows", n);
		TEST_ASSERT_EQUAL(gro.stats.supers, n, "%u packets of %u flows",
			(unsigned int)gro.stats.supers, n);
		TEST_ASSERT_EQUAL(
			gro.stats.merged, 5 * n, "%u merged", (unsigned int)gro.stats.merged);
	}
	return TEST_SUCCESS;
}

/* Two flows whose frames differ in this byte, in turn. */
static int
flows_by(uint8_t version, unsigned int byte)
{
	struct pkt_spec s = base4;

	s.ip.version = version;
	gro_begin(CLEAVE_GRO_TCP);
	for (unsigned int i = 0; i < 3; i++) {
		gro_add(&s);
		gro_add(&s);
		TEST_ASSERT_EQUAL(gro.nb, 2 * i + 2, "no frames");
		gro.f[2 * i + 1].p.data[byte] ^= 4;
		gro_fix(&gro.f[2 * i + 1]);
		gro_next(&s, 1, 0);
	}
	TEST_ASSERT_SUCCESS(gro_end("ABABAB"), "IPv%u, byte %u", version, byte);
	return TEST_SUCCESS;
}

/* Each address, each port, each byte of the MAC header, and the port make another flow. */
static int
test_key(void)
{
	for (unsigned int v = 0; v < 2; v++) {
		struct pkt_spec s = base4;
		unsigned int addr = v ? 22 : 26, l4 = v ? 54 : 34;

		for (unsigned int byte = 0; byte < l4 + 4; byte++)
			if ((byte < 12 || byte >= addr) && flows_by(versions[v], byte) < 0)
				return TEST_FAILED;
		s.ip.version = versions[v];
		gro_begin(CLEAVE_GRO_TCP);
		gro_train(&s, 3);
		gro.f[1].port = 9;
		TEST_ASSERT_SUCCESS(gro_end("ABC"), "another port");
	}
	return TEST_SUCCESS;
}

/* Nothing is merged that was not asked for. */
static int
test_off(void)
{
	struct pkt_spec s = base4;

	gro_begin(0);
	gro_train(&s, 4);
	TEST_ASSERT_SUCCESS(gro_end("ABCD"), "with no flags");
	gro_begin(CLEAVE_GRO_UDP);
	gro_train(&s, 4);
	return gro_end("ABCD");
}

static struct unit_test_suite suite = {
	.suite_name = "merging: TCP data",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_sizes),
			TEST_CASE(test_pairs),
			TEST_CASE(test_bursts),
			TEST_CASE(test_flows),
			TEST_CASE(test_key),
			TEST_CASE(test_off),
			TEST_CASES_END(),
		},
};

static int
test_gro_data(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_data_autotest, NOHUGE_OK, ASAN_OK, test_gro_data);
