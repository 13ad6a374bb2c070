/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_offload_autotest: packets that are not cut. What they ask for and the port lacks is completed
 * in software, to the bytes that the builder (or DPDK's own checksum functions) made; what they do
 * not ask for stays as it came. Neighbours: tx_test.h; test_sctp.c.
 */
#include "tx_test.h"

#define IP4(p, n)                                                                                  \
	{                                                                                          \
		.ip = {.version = 4, .ttl = 64}, .proto = p, .tcp_flags = 0x10, .payload = n       \
	}
#define IP6(p, n)                                                                                  \
	{                                                                                          \
		.ip = {.version = 6, .ttl = 64}, .proto = p, .tcp_flags = 0x10, .payload = n       \
	}

static const struct pkt_spec specs[] = {
	IP4(IPPROTO_TCP, 0),
	IP4(IPPROTO_TCP, 1399),
	IP4(IPPROTO_UDP, 1),
	IP4(IPPROTO_UDP, 1400),
	IP6(IPPROTO_TCP, 777),
	IP6(IPPROTO_UDP, 1232),
	{.ip = {.version = 6,
		 .ttl = 9,
		 .nb_ext = 1,
		 .ext = {{.type = IPPROTO_ROUTING, .units = 2, .rt_type = 2, .segs_left = 1}}},
		.proto = IPPROTO_UDP,
		.payload = 100},
	{.nb_vlan = 2, .ip = {.version = 4, .opt_len = 8}, .proto = IPPROTO_TCP, .payload = 55},
};

static uint64_t
l4_flag(const struct pkt *bytes)
{
	return bytes->want.l4_proto == IPPROTO_TCP   ? RTE_MBUF_F_TX_TCP_CKSUM
	       : bytes->want.l4_proto == IPPROTO_UDP ? RTE_MBUF_F_TX_UDP_CKSUM
						     : RTE_MBUF_F_TX_SCTP_CKSUM;
}

/* Ask for all checksums, and leave rubbish in their place. */
static void
ask(struct rte_mbuf *m, const struct pkt *bytes, bool pseudo)
{
	const struct cleave_pkt *w = &bytes->want;
	const struct cleave_ip *ip = &w->ip[0];
	uint16_t off = w->l4_off + (w->l4_proto == IPPROTO_TCP ? 16 : 6), sum;
	uint8_t *hdr = rte_pktmbuf_mtod(m, uint8_t *);

	m->ol_flags |=
		l4_flag(bytes) | (ip->version == 4 ? RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM
						   : RTE_MBUF_F_TX_IPV6);
	m->l2_len = w->l2_len;
	m->l3_len = ip->len;
	m->l4_len = w->l4_len;
	if (ip->version == 4)
		pkt_put16(hdr + ip->off + 10, 0);
	sum = pkt_pseudo(bytes->data, ip, w->l4_proto, w->l4_len + w->payload_len);
	pkt_put16(hdr + off, pseudo ? sum : 0xdead);
}

/* The frame on the wire is the one that the builder made, whoever completed it. */
static int
test_requests(void)
{
	static const struct {
		const char *args;
		unsigned int sw;
	} ports[] = {
		{"tx_capa=8000", 1}, {"tx_capa=8002", 1}, {"tx_capa=800e", 0}, {"tx_capa=0", 1}};

	for (unsigned int i = 0; i < RTE_DIM(ports) * RTE_DIM(specs) * 3; i++) {
		static const uint16_t pieces[] = {0, 333, 71};
		unsigned int p = i % RTE_DIM(ports);
		struct cleave_tx_stats s;
		struct pkt bytes;
		struct rte_mbuf *m;
		struct tx_test t;

		if (tx_test_open(&t, ports[p].args, NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &specs[i / RTE_DIM(ports) % RTE_DIM(specs)],
			pieces[i / RTE_DIM(ports) / RTE_DIM(specs)], &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		if (m->data_len < bytes.want.l4_off + bytes.want.l4_len) {
			/* these headers lie in two mbufs: software only */
			rte_pktmbuf_free(m);
			pkt_free(&bytes);
			if (tx_test_close(&t) < 0)
				return TEST_FAILED;
			continue;
		}
		ask(m, &bytes, true);
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_SUCCESS(tx_test_frame(&t, bytes.data, bytes.len), "%s: %s",
			ports[p].args, pkt_str(&specs[i / RTE_DIM(ports) % RTE_DIM(specs)]));
		TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "refused");
		s = tx_test_stats(&t);
		TEST_ASSERT_EQUAL(s.plan[CLEAVE_PLAN_PLAIN], 1, "not plain");
		TEST_ASSERT_EQUAL(s.sw_cksum, ports[p].sw, "%s: completed by whom?", ports[p].args);
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Headers in several mbufs, shared data: completed in a copy, the original's bytes stay. */
static int
test_shared(void)
{
	for (unsigned int i = 0; i < 3 * RTE_DIM(specs); i++) {
		static const uint16_t pieces[] = {0, 0, 13};
		const struct pkt_spec *spec = &specs[i / 3];
		struct rte_mbuf *m, *clone = NULL;
		uint8_t before[2048];
		struct pkt bytes;
		struct tx_test t;
		uint32_t len;

		if (tx_test_open(&t, "tx_capa=8000", NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, spec, pieces[i % 3], &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		m->ol_flags |= l4_flag(&bytes) |
			       (spec->ip.version == 4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6);
		m->l2_len = bytes.want.l2_len;
		m->l3_len = bytes.want.ip[0].len;
		len = mbuf_flat(m, before, sizeof(before));
		if (i % 3 == 1) {
			clone = rte_pktmbuf_clone(m, t.pools.indirect);
			TEST_ASSERT_NOT_NULL(clone, "no clone");
		} else {
			rte_pktmbuf_refcnt_update(m, i % 3 == 0);
		}
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0,
					  clone != NULL ? &clone : &(struct rte_mbuf *){m}, 1),
			1, "not taken");
		TEST_ASSERT_SUCCESS(tx_test_frame(&t, bytes.data, bytes.len), "sharing %u, %s",
			i % 3, pkt_str(spec));
		if (i % 3 != 2) {
			TEST_ASSERT(mbuf_is(m, before, len), "the shared bytes were changed");
			rte_pktmbuf_free(m);
		}
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* RX_L4_CKSUM_NONE: a virtio peer left the checksum to us. BAD: passed on as it came. */
static int
test_rx_state(void)
{
	for (unsigned int i = 0; i < 2 * RTE_DIM(specs); i++) {
		bool none = i % 2;
		struct pkt bytes;
		struct rte_mbuf *m;
		struct tx_test t;
		uint16_t off;

		if (tx_test_open(&t, NULL, NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &specs[i / 2], 0, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		off = bytes.want.l4_off + (bytes.want.l4_proto == IPPROTO_TCP ? 16 : 6);
		pkt_put16(rte_pktmbuf_mtod_offset(m, uint8_t *, off), 0xbeef);
		if (!none)
			pkt_put16(bytes.data + off, 0xbeef);
		m->ol_flags |= none ? RTE_MBUF_F_RX_L4_CKSUM_NONE : RTE_MBUF_F_RX_L4_CKSUM_BAD;
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_SUCCESS(tx_test_frame(&t, bytes.data, bytes.len), "%s, %s",
			none ? "NONE" : "BAD", pkt_str(&specs[i / 2]));
		TEST_ASSERT_EQUAL(tx_test_stats(&t).sw_cksum, none, "counted wrongly");
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* UDP without a checksum stays without one. */
static int
test_udp_zero(void)
{
	struct pkt_spec spec = IP4(IPPROTO_UDP, 99);
	struct pkt bytes;
	struct rte_mbuf *m;
	struct tx_test t;

	if (tx_test_open(&t, "tx_capa=8000", NULL) < 0)
		return TEST_FAILED;
	m = tx_test_packet(&t, &spec, 0, &bytes);
	TEST_ASSERT_NOT_NULL(m, "no packet");
	pkt_put16(bytes.data + bytes.want.l4_off + 6, 0);
	memcpy(rte_pktmbuf_mtod(m, void *), bytes.data, bytes.len);
	m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_NONE;
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
	TEST_ASSERT_SUCCESS(
		tx_test_frame(&t, bytes.data, bytes.len), "a checksum came from nowhere");
	pkt_free(&bytes);
	return tx_test_close(&t);
}

/* Chains on a port that takes none: one mbuf, the same bytes. */
static int
test_linearize(void)
{
	struct pkt bytes;
	struct rte_mbuf *m;
	struct tx_test t;

	for (unsigned int i = 0; i < RTE_DIM(specs); i++) {
		if (tx_test_open(&t, i % 2 ? "tx_capa=0" : "nb_mtu_seg_max=3", NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &specs[i], 11, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_SUCCESS(
			tx_test_frame(&t, bytes.data, bytes.len), "%s", pkt_str(&specs[i]));
		TEST_ASSERT_EQUAL(tx_test_stats(&t).linearized, 1, "not counted");
		TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "refused");
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* A request whose payload fits one segment: mark cleared, checksums completed, sent whole. */
static int
test_marked_short(void)
{
	for (unsigned int i = 0; i < 3 * RTE_DIM(specs); i++) {
		static const char *const args[] = {"tx_capa=8000", "tx_capa=802e", "tx_capa=0"};
		const struct pkt_spec *spec = &specs[i / 3];
		struct pkt bytes;
		struct rte_mbuf *m;
		struct tx_test t;

		if (spec->proto != IPPROTO_TCP)
			continue;
		if (tx_test_open(&t, args[i % 3], NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, spec, 0, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		ask(m, &bytes, false);
		tx_test_mark(m, &bytes, 1400);
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_SUCCESS(tx_test_frame(&t, bytes.data, bytes.len), "%s: %s", args[i % 3],
			pkt_str(spec));
		TEST_ASSERT_EQUAL(tx_test_stats(&t).plan[CLEAVE_PLAN_PLAIN], 1, "not plain");
		TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "refused");
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_tx_offload(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "offload",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_requests),
				TEST_CASE(test_shared),
				TEST_CASE(test_rx_state),
				TEST_CASE(test_udp_zero),
				TEST_CASE(test_linearize),
				TEST_CASE(test_marked_short),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_offload_autotest, test_tx_offload);
