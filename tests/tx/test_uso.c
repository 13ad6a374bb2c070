/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_uso_autotest: one UDP datagram in, many out, each with tso_segsz bytes (RTE_MBUF_F_TX_UDP_SEG):
 * by the port where it has UDP_TSO and, in a tunnel, that tunnel's TSO; else in software, to the
 * same bytes. Neighbours: decision.h; test_fragment.c (IP fragments of a datagram).
 */
#include "decision.h"

#define MSS 1200
#define BASE (TX_CKSUMS | RTE_ETH_TX_OFFLOAD_MULTI_SEGS)
#define USO (BASE | RTE_ETH_TX_OFFLOAD_UDP_TSO)
#define OUTER RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM

/* TCP_TSO is no USO, and USO without the checksum of UDP is no engine. */
static const uint64_t sets[] = {
	0,
	BASE,
	BASE | RTE_ETH_TX_OFFLOAD_TCP_TSO,
	USO,
	USO | RTE_ETH_TX_OFFLOAD_TCP_TSO,
	USO & ~RTE_ETH_TX_OFFLOAD_UDP_CKSUM,
	USO & ~RTE_ETH_TX_OFFLOAD_MULTI_SEGS,
	USO | TX_TUNNEL_TSOS | OUTER,
	USO | RTE_ETH_TX_OFFLOAD_VXLAN_TNL_TSO | OUTER,
	BASE | RTE_ETH_TX_OFFLOAD_TCP_TSO | TX_TUNNEL_TSOS | OUTER,
	TX_ALL,
};

static const struct pkt_spec shapes[] = {
	{.ip = {.version = 4, .id = 65534}},
	{.ip = {.version = 4, .df = true, .opt_len = 8, .tos = 3}},
	{.ip = {.version = 6}},
	{.ip = {.version = 6, .nb_ext = 1, .ext = {{.type = IPPROTO_DSTOPTS}}}},
	{.nb_vlan = 2, .ip = {.version = 4, .id = 7}},
	{.nb_mpls = 1, .ip = {.version = 6}},
};

static const uint32_t payloads[] = {2 * MSS, 2 * MSS + 1, 53 * MSS + 700, MSS + 1};

static int
run_set(uint64_t capa, struct tx_test *ref)
{
	unsigned int nb = RTE_DIM(shapes) + pkt_tunnel_variants();
	struct tx_test t;

	if (tx_test_open_capa(&t, capa, NULL, NULL) < 0)
		return TEST_FAILED;
	for (unsigned int i = 0; i < nb * RTE_DIM(payloads); i++) {
		unsigned int k = i / RTE_DIM(payloads);
		struct pkt_spec spec =
			k < RTE_DIM(shapes) ? shapes[k] : *pkt_tunnel_variant(k - RTE_DIM(shapes));
		struct tx_case c = {.spec = &spec, .mss = MSS, .capa = capa};

		spec.proto = IPPROTO_UDP;
		spec.tcp_flags = 0;
		spec.payload = payloads[i % RTE_DIM(payloads)];
		spec.seed = i + 1;
		/* what is only too long is fragmented, and so is what a driver calls merged */
		c.mark = i % TX_MARK_LRO;
		c.piece = capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS ? 2000 : 777;
		TEST_ASSERT_SUCCESS(tx_case_run(&t, ref, &c, NULL), "mark %u, pieces %u: %s",
			c.mark, c.piece, pkt_str(&spec));
	}
	return tx_test_close(&t);
}

static int
test_sets(void)
{
	struct tx_test ref;

	if (tx_test_open_capa(&ref, 0, NULL, NULL) < 0)
		return TEST_FAILED;
	for (unsigned int i = 0; i < RTE_DIM(sets); i++)
		TEST_ASSERT_SUCCESS(run_set(sets[i], &ref), "with capabilities %" PRIx64, sets[i]);
	return tx_test_close(&ref);
}

/* USO alone cuts no TCP. */
static int
test_not_tcp(void)
{
	const struct pkt_spec spec = {.ip = {.version = 4}, .proto = IPPROTO_TCP, .payload = 5000};
	struct tx_case c = {.spec = &spec, .mss = MSS, .capa = USO};
	enum cleave_plan plan;
	struct tx_test t, ref;

	if (tx_test_open_capa(&t, USO, NULL, NULL) < 0 ||
		tx_test_open_capa(&ref, 0, NULL, NULL) < 0)
		return TEST_FAILED;
	TEST_ASSERT_SUCCESS(tx_case_run(&t, &ref, &c, &plan), "not cut");
	TEST_ASSERT_EQUAL(plan, CLEAVE_PLAN_GSO, "%s", cleave_plan_name(plan));
	return tx_test_close(&ref) < 0 || tx_test_close(&t) < 0 ? TEST_FAILED : TEST_SUCCESS;
}

/* One datagram: whole, without the mark, its checksum complete. */
static int
test_single(void)
{
	struct tx_test t;

	for (unsigned int i = 0; i < 4 * RTE_DIM(shapes); i++) {
		struct pkt_spec spec = shapes[i / 4];
		struct tx_case c = {.spec = &spec, .mss = MSS};
		struct rte_mbuf *m;
		struct pkt bytes;

		spec.proto = IPPROTO_UDP;
		spec.payload = i % 3 == 0 ? MSS : i;
		c.mark = i & 1 ? TX_MARK_UNSUM : TX_MARK_REQUEST;
		if (tx_test_open_capa(&t, i & 2 ? TX_ALL : 0, NULL, NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &spec, 0, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		tx_case_mark(m, &c, &bytes);
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "refused");
		TEST_ASSERT_SUCCESS(tx_test_frame(&t, bytes.data, bytes.len), "%s", pkt_str(&spec));
		TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_PLAIN], 1, "not plain");
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* The last two bytes of each segment's payload make its sum come out as 0: that is sent as 0xffff,
 * for 0 would say that there is no checksum. */
static int
test_zero_sum(void)
{
	static const uint64_t few[] = {0, BASE, USO};

	for (unsigned int i = 0; i < RTE_DIM(few); i++) {
		struct pkt_spec spec = {
			.ip = {.version = 4}, .proto = IPPROTO_UDP, .payload = 4 * MSS};
		struct pkt bytes, one;
		struct tx_frames w;
		struct rte_mbuf *m;
		struct tx_test t;

		if (tx_test_open_capa(&t, few[i], NULL, NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &spec, 0, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		spec.payload = MSS;
		TEST_ASSERT_SUCCESS(pkt_build(&spec, &one), "no packet");
		for (unsigned int k = 0; k < 4; k++) {
			uint8_t *last = bytes.data + 42 + (k + 1) * MSS - 2;
			uint16_t sum;

			pkt_put16(last, 0);
			pkt_put16(one.data + 40, 0);
			memcpy(one.data + 42, last - (MSS - 2), MSS);
			sum = pkt_sum_add(
				pkt_pseudo(one.data, &one.want.ip[0], IPPROTO_UDP, MSS + 8),
				pkt_sum(one.data + 34, MSS + 8));
			pkt_put16(last, (uint16_t)~sum);
		}
		rte_pktmbuf_free(m);
		m = mbuf_chain(t.mp, bytes.data, bytes.len, NULL, 0);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		tx_test_mark(m, &bytes, MSS);
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_SUCCESS(tx_frames_take(&t, &w), "no frames");
		TEST_ASSERT_SUCCESS(tx_frames_judge(&w, &bytes, MSS, 0), "wrong");
		for (unsigned int k = 0; k < w.nb; k++)
			TEST_ASSERT_EQUAL(pkt_be16(w.f[k].data + 40), 0xffff,
				"capabilities %" PRIx64 ": checksum %04x", few[i],
				pkt_be16(w.f[k].data + 40));
		tx_frames_free(&w);
		pkt_free(&bytes);
		pkt_free(&one);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* No datagram is longer than the MTU has room for, nor than the user wants. */
static int
test_limits(void)
{
	static const struct {
		const char *args;
		struct cleave_tx_conf conf;
		uint16_t mss;
	} limits[] = {
		{",mtu=1000", {.gso_segsz = 0}, 1000 - 28},
		{"", {.gso_segsz = 800}, 800 - 42},
	};

	for (unsigned int i = 0; i < 2 * RTE_DIM(limits); i++) {
		const struct pkt_spec spec = {
			.ip = {.version = 4}, .proto = IPPROTO_UDP, .payload = 5000};
		struct tx_frames w;
		struct rte_mbuf *m;
		struct tx_test t;
		struct pkt bytes;

		if (tx_test_open_capa(
			    &t, i & 1 ? USO : BASE, limits[i / 2].args, &limits[i / 2].conf) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &spec, 0, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		tx_test_mark(m, &bytes, MSS);
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "refused");
		TEST_ASSERT_SUCCESS(tx_frames_take(&t, &w), "no frames");
		TEST_ASSERT_SUCCESS(
			tx_frames_judge(&w, &bytes, limits[i / 2].mss, 0), "limit %u", i / 2);
		tx_frames_free(&w);
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_tx_uso(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "uso",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_sets),
				TEST_CASE(test_not_tcp),
				TEST_CASE(test_single),
				TEST_CASE(test_zero_sum),
				TEST_CASE(test_limits),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_uso_autotest, test_tx_uso);
