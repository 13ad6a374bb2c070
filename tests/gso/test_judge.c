/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_judge_autotest: that the judge would tell. Frames as it writes them down are right; with any
 * one byte changed, one byte more or less, two of them in the other order, or one missing, they
 * are not. Neighbours: check.h, expect.h.
 */
#include "expect.h"
#include "gso_test.h"

#define MSS 40
#define NB 4
#define FRAME_MAX 2048

static uint8_t frames[NB][FRAME_MAX];

static int
judge(struct pkt *p, const struct cleave_gso_req *req)
{
	const struct check_in in = check_in(p);
	unsigned int nb = check_nb(&in, req);
	struct check_frame f[NB];

	TEST_ASSERT(nb > 1 && nb <= NB, "%u frames", nb);
	for (unsigned int i = 0; i < nb; i++) {
		f[i].data = frames[i];
		f[i].len = check_write(&in, req, i, nb, frames[i], FRAME_MAX);
	}
	TEST_ASSERT_SUCCESS(check_frames(&in, req, f, nb), "the judge does not agree with itself");
	expect_quiet = true;
	for (unsigned int i = 0; i < nb; i++) {
		for (uint32_t k = 0; k < f[i].len; k++) {
			frames[i][k] ^= 1u << (i + k) % 8;
			TEST_ASSERT(check_frames(&in, req, f, nb) < 0, "frame %u, byte %u", i, k);
			frames[i][k] ^= 1u << (i + k) % 8;
		}
		for (unsigned int more = 0; more < 2; more++) {
			f[i].len += more ? 1 : -1;
			TEST_ASSERT(check_frames(&in, req, f, nb) < 0, "frame %u, length", i);
			f[i].len -= more ? 1 : -1;
		}
	}
	RTE_SWAP(f[0], f[1]);
	TEST_ASSERT(check_frames(&in, req, f, nb) < 0, "the order");
	RTE_SWAP(f[0], f[1]);
	TEST_ASSERT_SUCCESS(check_frames(&in, req, f, nb), "what was changed was changed back");
	expect_quiet = false;
	return TEST_SUCCESS;
}

static int
segments(struct pkt *p)
{
	const struct cleave_gso_req req = {.mss = MSS};

	return judge(p, &req);
}

static int
fragments(struct pkt *p)
{
	const struct cleave_gso_req req = {.type = CLEAVE_GSO_FRAGMENT,
		.mss = (p->want.frame_len - p->want.ip[0].off) / 24 * 8,
		.frag_id = 5};

	return judge(p, &req);
}

static int
test_every_byte(void)
{
	for (unsigned int i = 0; i < PKT_SHAPES_WHOLE + pkt_tunnel_variants(); i++) {
		struct pkt_spec s = {0};

		if (i < PKT_SHAPES_WHOLE)
			s.ip = *pkt_shape(i);
		else
			s = *pkt_tunnel_variant(i - PKT_SHAPES_WHOLE);
		s.payload = 3 * MSS - 7;
		s.proto = i % 3 ? IPPROTO_TCP : IPPROTO_UDP;
		s.tcp_flags = CLEAVE_TCP_ACK;
		s.ip.df = false;
		if (gso_with_frame(&s, segments) < 0 || gso_with_frame(&s, fragments) < 0) {
			expect_quiet = false;
			return TEST_FAILED;
		}
	}
	return TEST_SUCCESS;
}

/* A frame too few or too many. */
static int
count(struct pkt *p)
{
	const struct cleave_gso_req req = {.mss = MSS};
	const struct check_in in = check_in(p);
	struct check_frame f[NB] = {{NULL, 0}};

	printf("(two lines of the judge have to follow)\n");
	TEST_ASSERT(check_frames(&in, &req, f, 2) < 0, "one is missing");
	TEST_ASSERT(check_frames(&in, &req, f, 4) < 0, "one too many");
	return TEST_SUCCESS;
}

static int
test_count(void)
{
	const struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 3 * MSS};

	return gso_with_frame(&s, count);
}

static struct unit_test_suite suite = {
	.suite_name = "the judge of segments",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_every_byte),
			TEST_CASE(test_count),
			TEST_CASES_END(),
		},
};

static int
test_judge(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_judge_autotest, NOHUGE_OK, ASAN_OK, test_judge);
