/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_special_autotest: packets and ports that lead an engine, or the decision, astray. Each case is
 * a fault that was there once, or one of another program (SEMANTICS.md part 4). Neighbours:
 * frames.h.
 */
#include "frames.h"

#define MSS 1000

static const struct pkt_spec tcp4 = {
	.ip = {.version = 4, .ttl = 64},
	.proto = IPPROTO_TCP,
	.tcp_flags = 0x10,
	.payload = 5000,
};

static void
as_it_is(struct rte_mbuf *m, struct pkt *bytes)
{
}

static void
mark(struct rte_mbuf *m, struct pkt *bytes)
{
	tx_test_mark(m, bytes, MSS);
}

static void
mark_vlan(struct rte_mbuf *m, struct pkt *bytes)
{
	tx_test_mark(m, bytes, MSS);
	m->ol_flags |= RTE_MBUF_F_TX_VLAN;
	m->vlan_tci = 5;
}

/* A tag that nobody inserts: the packet does not leave in the wrong VLAN, cut or not. */
static int
test_tag_without_insert(void)
{
	static const char *const args[] = {NULL, "tx_capa=8000"};

	for (unsigned int i = 0; i < 2; i++) {
		struct cleave_tx_conf conf = {0};
		struct tx_test t;
		struct pkt bytes;

		if (tx_test_one(&t, args[i], conf, &tcp4, 0, &bytes, mark_vlan) < 0)
			return TEST_FAILED;
		TEST_ASSERT_EQUAL(
			tx_test_stats(&t).drop[CLEAVE_DROP_UNSUPPORTED], 1, "not counted");
		if (tx_test_done(&t, &bytes) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Bytes behind the IP packet are not payload: no engine sees them. */
static int
test_trailer(void)
{
	struct pkt_spec spec = tcp4;
	struct tx_test t;
	struct pkt bytes;
	unsigned int frames;

	spec.pad = 4;
	if (tx_test_one(&t, NULL, (struct cleave_tx_conf){0}, &spec, 0, &bytes, mark) < 0)
		return TEST_FAILED;
	TEST_ASSERT_SUCCESS(tx_test_wire(&t, &bytes, MSS, &frames), "wrong segments");
	TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_GSO], 1, "given to the engine");
	return tx_test_done(&t, &bytes);
}

static void
break_payload(struct rte_mbuf *m, struct pkt *bytes)
{
	*rte_pktmbuf_mtod_offset(m, uint8_t *, 200) ^= 1;
	bytes->data[200] ^= 1;
}

/* A limit of the user's is no reason to drop what the port can send. */
static int
test_limits_do_not_drop(void)
{
	struct pkt_spec tunnel = tcp4, plain = tcp4;
	static const struct cleave_tx_conf limit = {.tso_segsz = MSS};
	static const struct cleave_tx_conf limit_no_gso = {.tso_segsz = MSS, .no_gso = true};
	struct tx_test t;
	struct pkt bytes;

	plain.payload = tunnel.payload = 1200;
	tunnel.tcp_flags |= CLEAVE_TCP_URG; /* nothing to cut without a request */
	tunnel.tunnel = PKT_TUNNEL_VXLAN;
	tunnel.outer = (struct pkt_ip){.version = 4, .ttl = 64};
	for (unsigned int i = 0; i < 3; i++) {
		if (tx_test_one(&t, "tx_capa=8000", i == 1 ? limit_no_gso : limit,
			    i == 0 ? &tunnel : &plain, 0, &bytes,
			    i == 2 ? break_payload : as_it_is) < 0)
			return TEST_FAILED;
		TEST_ASSERT_SUCCESS(tx_test_frame(&t, bytes.data, bytes.len), "case %u", i);
		if (tx_test_done(&t, &bytes) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* A segment of a request may lie in no more than nb_mtu_seg_max mbufs. */
static int
test_segment_mbufs(void)
{
	static const struct {
		uint16_t piece;
		bool tso;
	} cases[] = {{1000, true}, {500, true}, {140, false}, {100, false}};
	struct tx_test t;
	struct pkt bytes;
	unsigned int frames;

	for (unsigned int i = 0; i < RTE_DIM(cases); i++) {
		if (tx_test_one(&t, "nb_seg_max=255,nb_mtu_seg_max=8", (struct cleave_tx_conf){0},
			    &tcp4, cases[i].piece, &bytes, mark) < 0)
			return TEST_FAILED;
		TEST_ASSERT_SUCCESS(tx_test_wire(&t, &bytes, MSS, &frames), "wrong segments");
		TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_TSO], cases[i].tso,
			"mbufs of %u bytes", cases[i].piece);
		if (tx_test_done(&t, &bytes) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* BIG TCP: more than a length field can say, and more than an engine takes. */
static int
test_big_tcp(void)
{
	struct pkt_spec spec = tcp4;
	struct tx_test t;
	struct pkt bytes;
	unsigned int frames;

	spec.payload = 70000;
	for (unsigned int i = 0; i < 4; i++) {
		spec.ip.version = i & 1 ? 6 : 4;
		if (tx_test_one(&t, i & 2 ? NULL : "tx_capa=8000", (struct cleave_tx_conf){0},
			    &spec, 2000, &bytes, mark) < 0)
			return TEST_FAILED;
		TEST_ASSERT_SUCCESS(tx_test_wire(&t, &bytes, MSS, &frames), "wrong segments");
		TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_GSO], 1, "by the engine");
		if (tx_test_done(&t, &bytes) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* A request of one segment with more behind the IP packet than a frame has room for. */
static int
test_long_trailer(void)
{
	struct pkt_spec spec = tcp4;
	struct tx_test t;
	struct pkt bytes;
	unsigned int frames;

	spec.payload = 500;
	spec.pad = 8000;
	for (unsigned int i = 0; i < 2; i++) {
		if (tx_test_one(&t, i ? NULL : "tx_capa=8000", (struct cleave_tx_conf){0}, &spec, 0,
			    &bytes, mark) < 0)
			return TEST_FAILED;
		TEST_ASSERT_SUCCESS(tx_test_wire(&t, &bytes, MSS, &frames), "wrong segment");
		if (tx_test_done(&t, &bytes) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static void
ip_left_to_us(struct rte_mbuf *m, struct pkt *bytes)
{
	m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_NONE | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	pkt_put16(rte_pktmbuf_mtod_offset(m, uint8_t *, 24), 0);
}

/* "Not correct in the packet, but integrity verified" is a word, too. */
static int
test_ip_cksum_none(void)
{
	struct tx_test t;
	struct pkt bytes;
	unsigned int frames;

	if (tx_test_one(&t, NULL, (struct cleave_tx_conf){0}, &tcp4, 0, &bytes, ip_left_to_us) < 0)
		return TEST_FAILED;
	TEST_ASSERT_SUCCESS(tx_test_wire(&t, &bytes, 1460, &frames), "wrong segments");
	return tx_test_done(&t, &bytes);
}

/* What fits the MTU leaves whole where it cannot be made as short as the user wants. */
static int
test_too_many_segments_but_fits(void)
{
	static const struct cleave_tx_conf limit = {.tso_segsz = 2};
	struct tx_test t;
	struct pkt bytes;

	if (tx_test_one(&t, "tx_capa=8000,mtu=9000", limit, &tcp4, 0, &bytes, as_it_is) < 0)
		return TEST_FAILED;
	TEST_ASSERT_SUCCESS(tx_test_frame(&t, bytes.data, bytes.len), "another frame");
	TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_PLAIN], 1, "not plain");
	return tx_test_done(&t, &bytes);
}

/* FAST_FREE would return segments to the wrong pool. */
static int
test_fast_free(void)
{
	struct tx_test t;

	TEST_ASSERT_SUCCESS(tx_test_pools(), "no pools");
	TEST_ASSERT_EQUAL(tx_test_open(&t, "tx_capa=18000", NULL), TEST_FAILED, "set up");
	TEST_ASSERT_EQUAL(cleave_tx_setup(t.port, 0, NULL), -ENOTSUP, "not refused");
	return tx_test_close(&t);
}

/* The headers count once more in every segment but the first: three mbufs make a segment of four
 * buffers. */
static int
test_segment_of_all_mbufs(void)
{
	static const uint16_t pieces[] = {54 + 1500, 100, 1900};
	struct pkt_spec spec = tcp4;

	spec.payload = 3500;
	for (unsigned int max = 3; max <= 4; max++) {
		char args[32];
		unsigned int frames;
		struct rte_mbuf *m;
		struct tx_test t;
		struct pkt bytes;

		snprintf(args, sizeof(args), "nb_mtu_seg_max=%u", max);
		if (tx_test_open(&t, args, NULL) < 0)
			return TEST_FAILED;
		TEST_ASSERT_SUCCESS(pkt_build(&spec, &bytes), "no packet");
		m = mbuf_chain(t.mp, bytes.data, bytes.len, pieces, RTE_DIM(pieces));
		TEST_ASSERT_NOT_NULL(m, "no packet");
		tx_test_mark(m, &bytes, MSS);
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "refused");
		TEST_ASSERT_SUCCESS(tx_test_wire(&t, &bytes, MSS, &frames), "wrong segments");
		TEST_ASSERT_EQUAL(
			tx_test_stats(&t).plan[CLEAVE_PLAN_TSO], max == 4, "%u buffers", max);
		if (tx_test_done(&t, &bytes) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_tx_special(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "special",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_tag_without_insert),
				TEST_CASE(test_trailer),
				TEST_CASE(test_limits_do_not_drop),
				TEST_CASE(test_segment_mbufs),
				TEST_CASE(test_segment_of_all_mbufs),
				TEST_CASE(test_big_tcp),
				TEST_CASE(test_long_trailer),
				TEST_CASE(test_ip_cksum_none),
				TEST_CASE(test_too_many_segments_but_fits),
				TEST_CASE(test_fast_free),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_special_autotest, test_tx_special);
