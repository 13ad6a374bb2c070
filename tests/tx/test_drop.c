/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_drop_autotest: packets that cannot leave, one case or more a reason of CLEAVE_TX_DROPS: dropped,
 * counted by that reason alone, no frame of them on the wire. Neighbours: test_burst.c (the port's
 * refusals), test_tunnel.c (checksums of tunnels).
 */
#include "tx_test.h"

#define MSS 1000

static const struct pkt_spec tcp4 = {
	.ip = {.version = 4, .ttl = 64},
	.proto = IPPROTO_TCP,
	.tcp_flags = 0x10,
};

/* One case a reason: what makes it, and which counter says so. */
struct drop_case {
	const char *name;
	const char *devargs;
	bool no_gso;
	struct pkt_spec spec;
	void (*change)(struct rte_mbuf *m, const struct pkt *bytes);
	enum cleave_drop reason;
};

static void
mark_1000(struct rte_mbuf *m, const struct pkt *bytes)
{
	tx_test_mark(m, bytes, MSS);
}

static void
mark_zero(struct rte_mbuf *m, const struct pkt *bytes)
{
	tx_test_mark(m, bytes, 0);
}

static void
mark_one(struct rte_mbuf *m, const struct pkt *bytes)
{
	tx_test_mark(m, bytes, 1);
}

static void
mark_tcp(struct rte_mbuf *m, const struct pkt *bytes)
{
	tx_test_mark(m, bytes, MSS);
	m->ol_flags &= ~RTE_MBUF_F_TX_UDP_SEG;
	m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
}

static void
mark_udp(struct rte_mbuf *m, const struct pkt *bytes)
{
	tx_test_mark(m, bytes, MSS);
	m->ol_flags &= ~RTE_MBUF_F_TX_TCP_SEG;
	m->ol_flags |= RTE_MBUF_F_TX_UDP_SEG;
}

static void
mark_vlan(struct rte_mbuf *m, const struct pkt *bytes)
{
	tx_test_mark(m, bytes, MSS);
	m->ol_flags |= RTE_MBUF_F_TX_VLAN;
}

static void
lie_ihl(struct rte_mbuf *m, const struct pkt *bytes)
{
	tx_test_mark(m, bytes, MSS);
	*rte_pktmbuf_mtod_offset(m, uint8_t *, 14) = 0x4f; /* 60 bytes: TCP starts in the payload */
	*rte_pktmbuf_mtod_offset(m, uint8_t *, 14 + 60 + 12) = 0x40;
}

static void
lie_total(struct rte_mbuf *m, const struct pkt *bytes)
{
	pkt_put16(rte_pktmbuf_mtod_offset(m, uint8_t *, 16), 65535);
}

static void
break_payload(struct rte_mbuf *m, const struct pkt *bytes)
{
	*rte_pktmbuf_mtod_offset(m, uint8_t *, 60) ^= 0x40;
}

static void
break_ip(struct rte_mbuf *m, const struct pkt *bytes)
{
	*rte_pktmbuf_mtod_offset(m, uint8_t *, 22) -= 1; /* TTL, checksum as before */
}

static void
said_bad(struct rte_mbuf *m, const struct pkt *bytes)
{
	m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_BAD;
}

static void
nothing(struct rte_mbuf *m, const struct pkt *bytes)
{
}

#define TCP(f, n)                                                                                  \
	{                                                                                          \
		.ip = {.version = 4, .df = true}, .proto = IPPROTO_TCP, .tcp_flags = f,            \
		.payload = n                                                                       \
	}
#define UDP(n)                                                                                     \
	{                                                                                          \
		.ip = {.version = 4, .ttl = 64, .df = true}, .proto = IPPROTO_UDP, .payload = n    \
	}
#define UDP_CLEAR(n)                                                                               \
	{                                                                                          \
		.ip = {.version = 4}, .proto = IPPROTO_UDP, .payload = n                           \
	}
#define VXLAN_UDP(...)                                                                             \
	{                                                                                          \
		.tunnel = PKT_TUNNEL_VXLAN, .outer = {__VA_ARGS__}, .ip = {.version = 4},          \
		.proto = IPPROTO_UDP, .payload = 3000                                              \
	}
static const struct drop_case drops[] = {
	{"too long UDP", NULL, false, UDP(3000), nothing, CLEAVE_DROP_TOO_BIG},
	{"too long SYN", NULL, false, TCP(0x02, 3000), nothing, CLEAVE_DROP_TOO_BIG},
	{"too long RST", NULL, false, TCP(0x14, 3000), nothing, CLEAVE_DROP_TOO_BIG},
	{"too long URG", NULL, false, TCP(0x30, 3000), nothing, CLEAVE_DROP_TOO_BIG},
	{"too long UDP, IPv6", NULL, false,
		{.ip = {.version = 6}, .proto = IPPROTO_UDP, .payload = 3000}, nothing,
		CLEAVE_DROP_TOO_BIG},
	{"too long, IPv6 outside", NULL, false, VXLAN_UDP(.version = 6), nothing,
		CLEAVE_DROP_TOO_BIG},
	{"too long, DF outside", NULL, false, VXLAN_UDP(.version = 4, .df = true), nothing,
		CLEAVE_DROP_TOO_BIG},
	{"too long, no IP", NULL, false, {.payload = 3000}, nothing, CLEAVE_DROP_TOO_BIG},
	{"GSO off, to be fragmented", NULL, true, UDP_CLEAR(3000), nothing, CLEAVE_DROP_NO_GSO},
	{"wrong IPv4 checksum, to be fragmented", NULL, false, UDP_CLEAR(3000), break_ip,
		CLEAVE_DROP_BAD_CKSUM},
	{"GSO off", "tx_capa=8000", true, TCP(0x10, 3000), mark_1000, CLEAVE_DROP_NO_GSO},
	{"GSO off, URG in a request", NULL, true, TCP(0x30, 3000), mark_1000, CLEAVE_DROP_NO_GSO},
	{"MSS 0", NULL, false, TCP(0x10, 3000), mark_zero, CLEAVE_DROP_BAD_REQUEST},
	{"TCP request on UDP", NULL, false, UDP(3000), mark_tcp, CLEAVE_DROP_BAD_REQUEST},
	{"MSS 1 of 8000 bytes", "tx_capa=8000", false, TCP(0x10, 8000), mark_one,
		CLEAVE_DROP_TOO_MANY_SEGS},
	{"data offset too small", NULL, false, TCP(0x10, 3000), lie_ihl, CLEAVE_DROP_MALFORMED},
	{"total length beyond the frame", NULL, false, TCP(0x10, 3000), lie_total,
		CLEAVE_DROP_MALFORMED},
	{"wrong TCP checksum, software", "tx_capa=8000", false, TCP(0x10, 3000), break_payload,
		CLEAVE_DROP_BAD_CKSUM},
	{"wrong TCP checksum, TSO", NULL, false, TCP(0x10, 3000), break_payload,
		CLEAVE_DROP_BAD_CKSUM},
	{"wrong IPv4 checksum", NULL, false, TCP(0x10, 3000), break_ip, CLEAVE_DROP_BAD_CKSUM},
	{"checksum bad, says the port", NULL, false, TCP(0x10, 3000), said_bad,
		CLEAVE_DROP_BAD_CKSUM},
	{"UDP request on TCP", NULL, false, TCP(0x10, 3000), mark_udp, CLEAVE_DROP_BAD_REQUEST},
	{"UDP request, MSS 0", NULL, false, UDP(3000), mark_zero, CLEAVE_DROP_BAD_REQUEST},
	{"a tag that nobody inserts", NULL, false, TCP(0x10, 3000), mark_vlan,
		CLEAVE_DROP_UNSUPPORTED},
	{"jumbo chain, port without chains", "tx_capa=0,mtu=9000", false, UDP(8000), nothing,
		CLEAVE_DROP_TOO_MANY_MBUFS},
};

/* Each reason, alone; and what comes after the packet is not held up. */
static int
test_reasons(void)
{
	for (unsigned int i = 0; i < RTE_DIM(drops); i++) {
		const struct drop_case *c = &drops[i];
		struct cleave_tx_stats s;
		struct pkt bytes, after;
		struct rte_mbuf *m[2];
		struct tx_test t;

		if (tx_test_open(&t, c->devargs, &(struct cleave_tx_conf){.no_gso = c->no_gso}) < 0)
			return TEST_FAILED;
		m[0] = tx_test_packet(&t, &c->spec, 0, &bytes);
		m[1] = tx_test_packet(&t, &tcp4, 0, &after);
		TEST_ASSERT(m[0] != NULL && m[1] != NULL, "no packets");
		c->change(m[0], &bytes);
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, m, 2), 2, "%s: not taken", c->name);
		s = tx_test_stats(&t);
		TEST_ASSERT_EQUAL(s.plan[CLEAVE_PLAN_DROP], 1, "%s: not dropped", c->name);
		for (unsigned int r = 0; r < CLEAVE_NB_DROPS; r++)
			TEST_ASSERT_EQUAL(s.drop[r], r == c->reason, "%s: %s is %u", c->name,
				cleave_drop_name(r), (unsigned int)s.drop[r]);
		/* the next one is not held up */
		TEST_ASSERT_SUCCESS(tx_test_frame(&t, after.data, after.len), "%s", c->name);
		TEST_ASSERT_EQUAL(rte_net_probe_tx_pending(t.port, 0), 0, "%s: sent", c->name);
		pkt_free(&bytes);
		pkt_free(&after);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_tx_drop(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "drop",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_reasons),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_drop_autotest, test_tx_drop);
