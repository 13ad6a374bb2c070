/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_tunnel_not_autotest: tunnels that no engine cuts, for their headers are too long, or that
 * nobody cuts, for they are not those of the table (SEMANTICS.md part 4, item 2). Neighbours:
 * test_tunnel.c.
 */
#include "frames.h"

#define MSS 1300

static void
as_it_is(struct rte_mbuf *m, struct pkt *bytes)
{
}

/* Tunnel headers longer than l2_len can say. */
static int
test_long_header(void)
{
	struct pkt_spec spec = {
		.tunnel = PKT_TUNNEL_GENEVE,
		.outer = {.version = 4},
		.ip = {.version = 4},
		.proto = IPPROTO_TCP,
		.payload = 5000,
	};
	struct tx_frames w;
	struct tx_test t;
	struct pkt bytes;
	char args[64];

	snprintf(args, sizeof(args), "tx_capa=%" PRIx64,
		TX_CKSUMS | RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_TCP_TSO |
			RTE_ETH_TX_OFFLOAD_GENEVE_TNL_TSO | RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM);
	for (spec.tunnel_opt = 60; spec.tunnel_opt <= 120; spec.tunnel_opt += 60) {
		bool fits = spec.tunnel_opt == 60;

		if (tx_test_one(&t, args, (struct cleave_tx_conf){0}, &spec, 0, &bytes, as_it_is) <
			0)
			return TEST_FAILED;
		TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[fits ? CLEAVE_PLAN_TSO : CLEAVE_PLAN_GSO],
			1, "%u bytes of options", spec.tunnel_opt);
		TEST_ASSERT_SUCCESS(tx_frames_take(&t, &w), "no frames");
		TEST_ASSERT_SUCCESS(tx_frames_judge(&w, &bytes,
					    1500 - (bytes.want.hdr_len - bytes.want.mac_len), 0),
			"%u bytes of options", spec.tunnel_opt);
		tx_frames_free(&w);
		if (tx_test_done(&t, &bytes) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static void
reserved_bit(struct rte_mbuf *m, struct pkt *bytes)
{
	*rte_pktmbuf_mtod_offset(m, uint8_t *, bytes->want.tunnel_off + 8) |= 0x40;
}

/* The inner TCP packet, as far as anybody says, is UDP to the port of another tunnel. */
static void
second_level(struct rte_mbuf *m, struct pkt *bytes)
{
	pkt_put16(rte_pktmbuf_mtod_offset(m, uint8_t *, bytes->want.l4_off + 2), 6081);
	memcpy(rte_pktmbuf_mtod_offset(m, uint8_t *, bytes->want.hdr_len),
		"\0\0\x65\x58\0\0\x4d\0\2\0\0\0\0\1\2\0\0\0\0\2\x08\0\x45", 23);
}

static void
control(struct rte_mbuf *m, struct pkt *bytes)
{
	*rte_pktmbuf_mtod_offset(m, uint8_t *, bytes->want.tunnel_off + 9) |= 0x80;
}

static void
sequence(struct rte_mbuf *m, struct pkt *bytes)
{
	uint8_t *gre = rte_pktmbuf_mtod_offset(m, uint8_t *, bytes->want.tunnel_off);

	gre[0] = 0x10; /* the key is the number */
}

/* Tunnels that are none of the table, for a bit of their header or for what is in them: merged by
 * somebody who knew them, and cut by nobody here, least of all as if their payload were a
 * datagram's. */
static int
test_unknown(void)
{
	static const struct {
		const char *name;
		enum pkt_tunnel tunnel;
		uint8_t opt, proto;
		void (*change)(struct rte_mbuf *m, struct pkt *bytes);
	} cases[] = {
		{"a reserved bit of VXLAN", PKT_TUNNEL_VXLAN, 0, IPPROTO_TCP, reserved_bit},
		{"Geneve's control bit", PKT_TUNNEL_GENEVE, 0, IPPROTO_TCP, control},
		{"GRE's sequence number", PKT_TUNNEL_GRE, PKT_GRE_KEY, IPPROTO_TCP, sequence},
		{"Geneve in VXLAN", PKT_TUNNEL_VXLAN, 0, IPPROTO_UDP, second_level},
	};

	for (unsigned int i = 0; i < 2 * RTE_DIM(cases); i++) {
		const struct pkt_spec spec = {
			.tunnel = cases[i / 2].tunnel,
			.tunnel_opt = cases[i / 2].opt,
			.outer = {.version = 4, .df = true},
			.ip = {.version = 4},
			.proto = cases[i / 2].proto,
			.payload = 5000,
		};
		struct rte_mbuf *m;
		struct tx_test t;
		struct pkt bytes;

		if (tx_test_open_capa(&t, i & 1 ? TX_ALL : 0, NULL, NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &spec, 0, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		m->ol_flags |= RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
		m->tso_segsz = MSS;
		cases[i / 2].change(m, &bytes);
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_DROP], 1, "%s: not dropped",
			cases[i / 2].name);
		if (tx_test_done(&t, &bytes) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_tx_tunnel_not(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "tunnel not",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_long_header),
				TEST_CASE(test_unknown),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_tunnel_not_autotest, test_tx_tunnel_not);
