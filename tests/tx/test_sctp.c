/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_sctp_autotest: the CRC32c of an SCTP packet that asks for it, on a port that makes none, against
 * DPDK's over a flat copy. Neighbours: test_offload.c (the checksums of TCP and UDP).
 */
#include <rte_hash_crc.h>

#include "tx_test.h"

static int
test_crc(void)
{
	for (unsigned int i = 0; i < 30; i++) {
		struct pkt_spec spec = {
			.ip = {.version = 4}, .proto = IPPROTO_SCTP, .payload = 4 * i};
		struct rte_net_probe_frame f;
		struct pkt bytes;
		struct rte_mbuf *m;
		struct tx_test t;
		uint32_t crc, got;

		if (tx_test_open(&t, "tx_capa=8000", NULL) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &spec, 46 + i, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		m->ol_flags |= RTE_MBUF_F_TX_SCTP_CKSUM | RTE_MBUF_F_TX_IPV4;
		m->l2_len = bytes.want.l2_len;
		m->l3_len = bytes.want.ip[0].len;
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_EQUAL(rte_net_probe_tx_pop(t.port, 0, &f), 1, "no frame");
		memcpy(&got, f.data + 34 + 8, 4);
		memset(f.data + 34 + 8, 0, 4);
		crc = ~rte_hash_crc(f.data + 34, f.len - 34, UINT32_MAX);
		TEST_ASSERT_EQUAL(got, crc, "CRC32c is %x, not %x", got, crc);
		rte_net_probe_frame_free(&f);
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_tx_sctp(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "sctp",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_crc),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_sctp_autotest, test_tx_sctp);
