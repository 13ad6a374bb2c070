/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_fragment_autotest: IPv4 packets that are too long and cannot be cut by their L4 header leave as
 * IP fragments where DF allows it (SEMANTICS.md part 1, and part 4 item 17: no checksum flags on
 * fragments). Neighbours: frames.h; test_drop.c (where DF does not).
 */
#include "frames.h"

#define BASE (TX_CKSUMS | RTE_ETH_TX_OFFLOAD_MULTI_SEGS)
#define OUTER .outer = {.version = 4, .id = 4}
#define INNER .ip = {.version = 4, .df = true}

static const uint64_t sets[] = {0, RTE_ETH_TX_OFFLOAD_MULTI_SEGS, BASE, TX_ALL};

/* What is fragmented. */
static const struct pkt_spec whole[] = {
	{.ip = {.version = 4, .id = 65535}, .proto = IPPROTO_UDP, .payload = 1473},
	{.ip = {.version = 4, .tos = 3, .ttl = 1}, .proto = IPPROTO_UDP, .payload = 65507},
	{.ip = {.version = 4}, .proto = IPPROTO_ICMP, .payload = 4000},
	{.ip = {.version = 4}, .proto = IPPROTO_ESP, .payload = 4001},
	{.ip = {.version = 4}, .proto = IPPROTO_SCTP, .payload = 4000},
	{.ip = {.version = 4}, .proto = IPPROTO_TCP, .tcp_flags = 0x02, .payload = 3000},
	{.ip = {.version = 4}, .proto = IPPROTO_TCP, .tcp_flags = 0x14, .payload = 3000},
	{.ip = {.version = 4}, .proto = IPPROTO_TCP, .tcp_flags = 0x30, .payload = 3000},
	{.ip = {.version = 4, .mf = true, .frag_off = 100}, .proto = IPPROTO_UDP, .payload = 3000},
	{.ip = {.version = 4, .frag_off = 7}, .proto = IPPROTO_TCP, .payload = 3001},
	{.ip = {.version = 4, .opt_len = 40}, .proto = IPPROTO_UDP, .payload = 2000},
	{.nb_vlan = 2, .ip = {.version = 4}, .proto = IPPROTO_UDP, .payload = 1480 * 2 - 8},
	{.nb_mpls = 2, .ip = {.version = 4}, .proto = IPPROTO_UDP, .payload = 1472 * 2 - 8},
	{.tunnel = PKT_TUNNEL_VXLAN, OUTER, INNER, .proto = IPPROTO_UDP, .payload = 2000},
	{.tunnel = PKT_TUNNEL_GENEVE,
		.tunnel_cksum = true,
		OUTER,
		INNER,
		.proto = IPPROTO_TCP,
		.tcp_flags = 0x12,
		.payload = 2000},
	{.tunnel = PKT_TUNNEL_GRE, OUTER, INNER, .proto = IPPROTO_ICMP, .payload = 2000},
	{.tunnel = PKT_TUNNEL_SIT,
		OUTER,
		.ip = {.version = 6},
		.proto = IPPROTO_UDP,
		.payload = 2000},
};

/* What the frames have to be: the outermost IP packet's fragments, as long as the MTU has room. */
static struct cleave_gso_req
request(const struct pkt *bytes, uint16_t mtu, bool complete)
{
	const struct cleave_pkt *w = &bytes->want;

	return (struct cleave_gso_req){
		.type = CLEAVE_GSO_FRAGMENT,
		.mss = mtu - (w->l2_len - w->mac_len) - w->ip[0].len,
		.flags = complete ? CLEAVE_GSO_COMPLETE : 0,
	};
}

/* All of a packet's frames are on the wire: its fragments, with no L4 checksum left to the port. */
static int
check_fragments(struct tx_test *t, const struct pkt *bytes, uint16_t mtu, bool complete)
{
	const struct cleave_gso_req req = request(bytes, mtu, complete);
	const struct check_in in = check_in(bytes);
	struct cleave_tx_stats s = tx_test_stats(t);
	struct tx_frames w;

	TEST_ASSERT_EQUAL(tx_test_refused(t), 0, "refused");
	TEST_ASSERT_SUCCESS(tx_frames_take(t, &w), "no frames");
	TEST_ASSERT_SUCCESS(tx_frames_judge_req(&w, &in, &req), "other frames");
	for (unsigned int i = 0; i < w.nb; i++)
		TEST_ASSERT_EQUAL(w.f[i].ol_flags & RTE_MBUF_F_TX_L4_MASK, 0, "fragment %u", i);
	TEST_ASSERT_EQUAL(s.fragmented, 1, "%u packets fragmented", (unsigned int)s.fragmented);
	TEST_ASSERT_EQUAL(s.plan[CLEAVE_PLAN_GSO], 1, "not counted tx_gso");
	TEST_ASSERT_EQUAL(s.segments, w.nb, "%u frames counted", (unsigned int)s.segments);
	tx_frames_free(&w);
	return TEST_SUCCESS;
}

static int
test_kinds(void)
{
	static const uint16_t pieces[] = {0, 1111, 2048, 333};
	struct tx_test t;

	for (unsigned int i = 0; i < RTE_DIM(sets); i++) {
		if (tx_test_open_capa(&t, sets[i], NULL, NULL) < 0)
			return TEST_FAILED;
		for (unsigned int k = 0; k < RTE_DIM(whole) * RTE_DIM(pieces); k++) {
			const struct pkt_spec *spec = &whole[k / RTE_DIM(pieces)];
			struct rte_mbuf *m;
			struct pkt bytes;

			m = tx_test_packet(&t, spec, pieces[k % RTE_DIM(pieces)], &bytes);
			TEST_ASSERT_NOT_NULL(m, "no packet");
			cleave_tx_stats_reset(t.port, 0);
			TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
			TEST_ASSERT_SUCCESS(check_fragments(&t, &bytes, 1500, false),
				"capabilities %" PRIx64 ", pieces %u: %s", sets[i],
				pieces[k % RTE_DIM(pieces)], pkt_str(spec));
			pkt_free(&bytes);
		}
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Options to be copied into all fragments, and not: the latter are of the first one only. */
static void
set_options(struct rte_mbuf *m, struct pkt *bytes)
{
	uint8_t *h = bytes->data + bytes->want.ip[0].off;

	if (bytes->want.ip[0].len != 60)
		return;
	memcpy(h + 24, "\x07\x0b\x04\0\0\0\0\0\0\0\0\x01\x88\x04\x12\x34", 16);
	pkt_put16(h + 10, 0);
	pkt_put16(h + 10, ~pkt_sum(h, 60));
	memcpy(rte_pktmbuf_mtod_offset(m, void *, bytes->want.ip[0].off), h, 60);
}

/* From the shortest MTU that IPv4 allows (RFC 791: a header of 60 bytes and 8 more) on. */
static int
test_mtus(void)
{
	static const uint16_t mtus[] = {68, 69, 75, 76, 77, 576, 1280, 9000};

	for (unsigned int i = 0; i < 2 * RTE_DIM(mtus); i++) {
		struct pkt_spec spec = {
			.ip = {.version = 4, .opt_len = i & 1 ? 40 : 0},
			.proto = IPPROTO_UDP,
			.payload = mtus[i / 2] + 333,
		};
		struct rte_mbuf *m;
		struct tx_test t;
		struct pkt bytes;
		char args[32];

		snprintf(args, sizeof(args), ",mtu=%u", mtus[i / 2]);
		if (tx_test_open_capa(&t, BASE, args, NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &spec, 0, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		set_options(m, &bytes);
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_SUCCESS(check_fragments(&t, &bytes, mtus[i / 2], false), "MTU %u: %s",
			mtus[i / 2], pkt_str(&spec));
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* A checksum that somebody left open is completed over the whole datagram, by nobody but us: the
 * port would see one fragment. One that is there, right or wrong or left away, is passed on. */
enum state { OPEN_TX, OPEN_RX, OPEN_TX_RUBBISH, RIGHT, WRONG, SAID_BAD, LEFT_AWAY, STATES };

static void
set_state(struct rte_mbuf *m, struct pkt *bytes, enum state state)
{
	const struct cleave_pkt *w = &bytes->want;
	uint8_t *field = rte_pktmbuf_mtod_offset(m, uint8_t *, w->l4_off + 6);
	uint16_t pseudo = pkt_pseudo(bytes->data, &w->ip[0], IPPROTO_UDP, 8 + w->payload_len);

	if (state == OPEN_TX || state == OPEN_TX_RUBBISH) {
		m->ol_flags |=
			RTE_MBUF_F_TX_UDP_CKSUM | RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM;
		m->l2_len = w->l2_len;
		m->l3_len = w->ip[0].len;
		pkt_put16(field, state == OPEN_TX ? pseudo : 0xdead);
		pkt_put16(rte_pktmbuf_mtod_offset(m, uint8_t *, w->ip[0].off + 10), 0);
	} else if (state == OPEN_RX) {
		m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_NONE;
		pkt_put16(field, pseudo);
	} else if (state == WRONG || state == SAID_BAD) {
		field[0] ^= 1;
		bytes->data[w->l4_off + 6] ^= 1;
		m->ol_flags |= state == SAID_BAD ? RTE_MBUF_F_RX_L4_CKSUM_BAD : 0;
	} else if (state == LEFT_AWAY) {
		pkt_put16(field, 0);
		pkt_put16(bytes->data + w->l4_off + 6, 0);
		m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_NONE;
	}
}

static int
test_checksums(void)
{
	for (unsigned int i = 0; i < STATES * RTE_DIM(sets) * 2; i++) {
		enum state state = i / 2 % STATES;
		uint64_t capa = sets[i / 2 / STATES];
		struct pkt_spec spec = {
			.ip = {.version = 4, .opt_len = 4},
			.proto = IPPROTO_UDP,
			.payload = i & 1 ? 65000 : 4567,
		};
		struct rte_mbuf *m;
		struct tx_test t;
		struct pkt bytes;

		if (tx_test_open_capa(&t, capa, NULL, NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &spec, i & 1 ? 1999 : 777, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		set_state(m, &bytes, state);
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_SUCCESS(check_fragments(&t, &bytes, 1500, state <= OPEN_TX_RUBBISH),
			"checksum state %u, capabilities %" PRIx64, state, capa);
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* The same of a tunnel's: inside and outside, requested and left to the port, all are completed over
 * the whole before its outer packet is fragmented. */
static int
test_tunnel_checksums(void)
{
	for (unsigned int i = 0; i < 2 * pkt_tunnel_variants(); i++) {
		struct pkt_spec spec = *pkt_tunnel_variant(i / 2);
		const struct cleave_ip *ip;
		struct rte_mbuf *m;
		struct tx_test t;
		struct pkt bytes;

		spec.proto = IPPROTO_UDP;
		spec.tcp_flags = 0;
		spec.payload = 3000;
		if (spec.outer.version == 6 || pkt_remcsum(&spec))
			continue;
		if (tx_test_open_capa(&t, i & 1 ? TX_ALL : 0, NULL, NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &spec, 1500, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		tx_test_mark(m, &bytes, 1);
		tx_test_unsum(m, &bytes);
		m->ol_flags &= ~RTE_MBUF_F_TX_UDP_SEG;
		m->ol_flags |= RTE_MBUF_F_TX_UDP_CKSUM;
		m->tso_segsz = 0;
		ip = cleave_inner_ip(&bytes.want);
		pkt_put16(rte_pktmbuf_mtod_offset(m, uint8_t *, bytes.want.l4_off + 6),
			pkt_pseudo(bytes.data, ip, IPPROTO_UDP, 8 + spec.payload));
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_SUCCESS(check_fragments(&t, &bytes, 1500, false), "%s", pkt_str(&spec));
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_tx_fragment(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "fragment",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_kinds),
				TEST_CASE(test_mtus),
				TEST_CASE(test_checksums),
				TEST_CASE(test_tunnel_checksums),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_fragment_autotest, test_tx_fragment);
