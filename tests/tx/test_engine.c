/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_engine_autotest: net_probe's TSO engine, which the other tests here measure Cleave by. What
 * DPDK says a request must look like is cut right, plain, tunnelled, and with a tunnel that the
 * port does not see; what is not well formed is refused with the reason. Neighbours: frames.h;
 * drivers/net/probe.
 */
#include "frames.h"

#define MSS 1000
#define TCP4 .ip = {.version = 4, .ttl = 64, .id = 65534}, .proto = IPPROTO_TCP
#define TCP6 .ip = {.version = 6, .ttl = 64}, .proto = IPPROTO_TCP
#define OUTER4 .outer = {.version = 4, .ttl = 9, .id = 65535, .df = true}
#define OUTER6 .outer = {.version = 6, .ttl = 9}

/* Declare all before the inner IP header as l2_len: those bytes are the ones that a packet of one
 * segment has. */
static int
make_opaque(struct rte_mbuf *m, const struct pkt_spec *spec, const struct pkt *bytes)
{
	struct pkt_spec one = *spec;
	struct pkt first;

	one.payload = MSS;
	TEST_ASSERT_SUCCESS(pkt_build(&one, &first), "no packet");
	m->ol_flags &=
		~(RTE_MBUF_F_TX_TUNNEL_MASK | RTE_MBUF_F_TX_OUTER_IPV4 | RTE_MBUF_F_TX_OUTER_IPV6 |
			RTE_MBUF_F_TX_OUTER_IP_CKSUM | RTE_MBUF_F_TX_OUTER_UDP_CKSUM);
	m->outer_l2_len = m->outer_l3_len = 0;
	m->l2_len = bytes->want.ip[1].off;
	memcpy(rte_pktmbuf_mtod(m, void *), first.data, m->l2_len);
	pkt_free(&first);
	return TEST_SUCCESS;
}

static int
send_request(struct tx_test *t, const struct pkt_spec *spec, bool opaque, uint16_t piece,
	struct pkt *bytes, void (*change)(struct rte_mbuf *m, struct pkt *bytes))
{
	struct rte_mbuf *m = tx_test_packet(t, spec, piece, bytes);

	TEST_ASSERT_NOT_NULL(m, "no packet");
	tx_test_mark(m, bytes, MSS);
	tx_test_unsum(m, bytes);
	if (opaque && make_opaque(m, spec, bytes) < 0)
		return TEST_FAILED;
	if (change != NULL)
		change(m, bytes);
	TEST_ASSERT_EQUAL(rte_eth_tx_burst(t->port, 0, &m, 1), 1, "not taken");
	return TEST_SUCCESS;
}

static int
check_cut(struct tx_test *t, const struct pkt_spec *spec, bool opaque)
{
	struct rte_net_probe_counters n;
	struct tx_frames w;
	struct pkt bytes;

	rte_net_probe_counters_reset(t->port, 0);
	if (send_request(t, spec, opaque, 777, &bytes, NULL) < 0)
		return TEST_FAILED;
	TEST_ASSERT_EQUAL(tx_test_refused(t), 0, "refused");
	TEST_ASSERT_SUCCESS(tx_frames_take(t, &w), "no frames");
	TEST_ASSERT_SUCCESS(
		tx_frames_judge(&w, &bytes, MSS, opaque ? CLEAVE_GSO_FIXED_OUTER_ID : 0), "wrong");
	TEST_ASSERT_EQUAL(tx_frames_count(&w, RTE_NET_PROBE_F_ENGINE), w.nb, "not cut");
	TEST_ASSERT_EQUAL(tx_frames_count(&w, RTE_NET_PROBE_F_OPAQUE), opaque ? w.nb : 0, "flags");
	rte_net_probe_counters_get(t->port, 0, &n);
	TEST_ASSERT_EQUAL(n.tso_opaque, opaque, "miscounted");
	TEST_ASSERT_EQUAL(n.tso_tunnel, bytes.want.nb_ip == 2 && !opaque, "miscounted");
	tx_frames_free(&w);
	pkt_free(&bytes);
	return TEST_SUCCESS;
}

static int
test_plain(void)
{
	static const struct pkt_spec specs[] = {
		{TCP4, .tcp_flags = 0x99, .payload = 4321},
		{TCP6, .tcp_flags = 0x99, .payload = 4000},
		{.ip = {.version = 6}, .proto = IPPROTO_UDP, .payload = 4321},
	};
	struct tx_test t;

	if (tx_test_open_capa(&t, TX_ALL, NULL, NULL) < 0)
		return TEST_FAILED;
	for (unsigned int i = 0; i < RTE_DIM(specs); i++)
		TEST_ASSERT_SUCCESS(check_cut(&t, &specs[i], false), "%s", pkt_str(&specs[i]));
	return tx_test_close(&t);
}

/* Each tunnel that DPDK has a TSO capability for, and every one as an opaque header. What either
 * way cannot do is among the refusals below. */
static int
test_tunnels(void)
{
	struct tx_test t;

	if (tx_test_open_capa(&t, TX_ALL, NULL, NULL) < 0)
		return TEST_FAILED;
	for (unsigned int i = 0; i < 4 * pkt_tunnel_variants(); i++) {
		struct pkt_spec spec = *pkt_tunnel_variant(i / 4);
		bool opaque = i & 1, udp = i & 2;

		spec.outer.df = true;
		spec.outer.id = spec.ip.id = 65534;
		spec.proto = udp ? IPPROTO_UDP : IPPROTO_TCP;
		spec.payload = opaque ? 3000 : 4321;
		/* 60 bytes of options in IPv6: more than l2_len can say */
		if (pkt_remcsum(&spec) ||
			(opaque && spec.tunnel_opt == 60 && spec.outer.version == 6) ||
			(!opaque && (spec.tunnel == PKT_TUNNEL_GTPU ||
					    (spec.tunnel == PKT_TUNNEL_GRE &&
						    spec.tunnel_opt & PKT_GRE_CKSUM))))
			continue;
		TEST_ASSERT_SUCCESS(check_cut(&t, &spec, opaque), "%s%s", opaque ? "opaque: " : "",
			pkt_str(&spec));
	}
	return tx_test_close(&t);
}

static uint8_t *
outer_at(struct rte_mbuf *m, struct pkt *bytes, uint32_t off)
{
	return rte_pktmbuf_mtod_offset(m, uint8_t *, bytes->want.tunnel_off + off);
}

static void
whole_length(struct rte_mbuf *m, struct pkt *bytes)
{
	memcpy(rte_pktmbuf_mtod(m, void *), bytes->data, m->l2_len);
}

static void
break_sum(struct rte_mbuf *m, struct pkt *bytes)
{
	*outer_at(m, bytes, 6) ^= 1;
}

static void
break_gre_sum(struct rte_mbuf *m, struct pkt *bytes)
{
	*outer_at(m, bytes, 4) ^= 1;
}

static void
no_outer_offload(struct rte_mbuf *m, struct pkt *bytes)
{
	m->ol_flags &= ~RTE_MBUF_F_TX_OUTER_UDP_CKSUM; /* the sum of the whole is in the field */
}

static void
gre_sequence(struct rte_mbuf *m, struct pkt *bytes)
{
	*outer_at(m, bytes, 0) |= 0x10; /* the key is the sequence number */
	*outer_at(m, bytes, 0) &= ~0x20;
}

static void
remcsum(struct rte_mbuf *m, struct pkt *bytes)
{
	*outer_at(m, bytes, 9) |= 0x20;
}

static void
other_tunnel(struct rte_mbuf *m, struct pkt *bytes)
{
	m->ol_flags &= ~RTE_MBUF_F_TX_TUNNEL_MASK;
	m->ol_flags |= RTE_MBUF_F_TX_TUNNEL_GRE;
}

#define VXLAN(...)                                                                                 \
	{                                                                                          \
		TCP4, .tunnel = PKT_TUNNEL_VXLAN, .payload = 4000, __VA_ARGS__                     \
	}
#define GRE(o)                                                                                     \
	{                                                                                          \
		TCP4, .tunnel = PKT_TUNNEL_GRE, .tunnel_opt = o, .payload = 4000, OUTER4           \
	}
static const struct {
	const char *name, *args;
	struct pkt_spec spec;
	bool opaque;
	uint16_t piece;
	void (*change)(struct rte_mbuf *m, struct pkt *bytes);
	enum rte_net_probe_reason reason;
} bad[] = {
	{"lengths of the whole", NULL, VXLAN(OUTER4), true, 0, whole_length,
		RTE_NET_PROBE_COPIED_LENGTH},
	{"lengths of the whole, IPv6", NULL, VXLAN(OUTER6), true, 0, whole_length,
		RTE_NET_PROBE_COPIED_LENGTH},
	{"an odd tail", NULL, {TCP4, .tunnel = PKT_TUNNEL_VXLAN, .payload = 4001, OUTER4}, true, 0,
		NULL, RTE_NET_PROBE_COPIED_LENGTH},
	{"a wrong checksum, copied", NULL, VXLAN(OUTER4, .tunnel_cksum = true), true, 0, break_sum,
		RTE_NET_PROBE_COPIED_CKSUM},
	{"a wrong checksum of GRE, copied", NULL, GRE(0x80), true, 0, break_gre_sum,
		RTE_NET_PROBE_COPIED_CKSUM},
	{"an outer checksum that nobody makes", NULL, VXLAN(OUTER4, .tunnel_cksum = true), false, 0,
		no_outer_offload, RTE_NET_PROBE_COPIED_CKSUM},
	{"an ID copied without DF", NULL, VXLAN(.outer = {.version = 4}), true, 0, NULL,
		RTE_NET_PROBE_COPIED_ID},
	{"a sequence number copied", NULL, GRE(0x20), true, 0, gre_sequence,
		RTE_NET_PROBE_COPIED_SEQ},
	{"a checksum for the other end", NULL, VXLAN(OUTER4), false, 0, remcsum,
		RTE_NET_PROBE_TUNNEL_REMCSUM},
	{"a checksum for the other end, opaque", NULL, VXLAN(OUTER4), true, 0, remcsum,
		RTE_NET_PROBE_TUNNEL_REMCSUM},
	{"GRE with a checksum", NULL, GRE(0x80), false, 0, NULL, RTE_NET_PROBE_TUNNEL_GRE},
	{"another tunnel", NULL, VXLAN(OUTER4), false, 0, other_tunnel,
		RTE_NET_PROBE_TUNNEL_MISMATCH},
	{"l2_len too long", ",l2_max=63", VXLAN(OUTER4), true, 0, NULL, RTE_NET_PROBE_L2_LONG},
	{"a length that GTP-U counts", NULL,
		{TCP4, .tunnel = PKT_TUNNEL_GTPU, .payload = 4000, OUTER4}, false, 0, NULL,
		RTE_NET_PROBE_COPIED_LENGTH},
	{"buffers of a segment", ",nb_mtu_seg_max=4", {TCP4, .payload = 4000}, false, 300, NULL,
		RTE_NET_PROBE_SEGMENT_MBUFS},
};

static int
test_refusals(void)
{
	struct rte_net_probe_counters n;
	struct tx_test t;

	for (unsigned int i = 0; i < RTE_DIM(bad); i++) {
		struct pkt bytes;

		if (tx_test_open_capa(&t, TX_ALL, bad[i].args, NULL) < 0)
			return TEST_FAILED;
		TEST_ASSERT_SUCCESS(send_request(&t, &bad[i].spec, bad[i].opaque, bad[i].piece,
					    &bytes, bad[i].change),
			"%s", bad[i].name);
		rte_net_probe_counters_get(t.port, 0, &n);
		TEST_ASSERT_EQUAL(n.tx_refused, 1, "%s: not refused", bad[i].name);
		TEST_ASSERT_EQUAL(n.last_refused, bad[i].reason, "%s: %s", bad[i].name,
			rte_net_probe_reason_name(n.last_refused));
		TEST_ASSERT_EQUAL(rte_net_probe_tx_pending(t.port, 0), 0, "%s: sent", bad[i].name);
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* How many buffers a segment gathers, by the place of its cut: the request is taken with a limit
 * of that many, and refused with one fewer. */
static int
test_gather(void)
{
	static const struct {
		uint16_t piece, most;
	} cases[] = {
		{2000, 3}, /* headers, and payload on both sides of byte 2000 */
		{1054, 3}, /* the first segment is one buffer, the others lie in two more */
		{527, 4},  /* bytes 2054 to 3053 lie in the buffers from 1581, 2108, 2635 on */
		{54, 21},  /* headers alone in the first one; bytes 1054 to 2053: 20 buffers */
	};
	struct pkt_spec spec = {TCP4, .payload = 4000};
	struct rte_net_probe_counters n;
	struct tx_test t;
	struct pkt bytes;
	char args[64];

	for (unsigned int i = 0; i < 2 * RTE_DIM(cases); i++) {
		snprintf(args, sizeof(args), ",nb_mtu_seg_max=%u", cases[i / 2].most - i % 2);
		if (tx_test_open_capa(&t, TX_ALL, args, NULL) < 0 ||
			send_request(&t, &spec, false, cases[i / 2].piece, &bytes, NULL) < 0)
			return TEST_FAILED;
		rte_net_probe_counters_get(t.port, 0, &n);
		TEST_ASSERT_EQUAL(n.refused[RTE_NET_PROBE_SEGMENT_MBUFS], i % 2,
			"buffers of %u bytes, %s", cases[i / 2].piece, args);
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_tx_engine(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "engine",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_plain),
				TEST_CASE(test_tunnels),
				TEST_CASE(test_refusals),
				TEST_CASE(test_gather),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_engine_autotest, test_tx_engine);
