/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_flood_autotest: a hundred thousand flows through a small table: what is held stays within it,
 * no memory grows, every packet leaves, in the order of its flow. Neighbours: gro_test.h.
 */
#include <rte_cycles.h>
#include <rte_malloc.h>

#include "gro_test.h"

#define FLOWS 100000
#define BURST 32
#define PAYLOAD 64

/* How many packets of each flow have left; of the next one, how many have come. */
static uint8_t left[FLOWS];
static struct rte_mempool *pool;

static struct rte_mbuf *
packet(uint32_t flow, uint32_t number)
{
	struct gro_frame f = {0};
	struct pkt_spec s = {.ip = {.version = 4, .id = number},
		.proto = IPPROTO_TCP,
		.tcp_flags = CLEAVE_TCP_ACK,
		.seq = number * PAYLOAD,
		.payload = PAYLOAD};
	struct rte_mbuf *m;

	if (pkt_build(&s, &f.p) < 0)
		return NULL;
	pkt_put32(f.p.data + 14 + 12, 0x0b000000 + flow);
	gro_fix(&f);
	m = mbuf_chain(pool, f.p.data, f.p.len, NULL, 0);
	pkt_free(&f.p);
	return m;
}

/* Each of them is the next one of its flow. */
static int
leave(struct rte_mbuf **out, unsigned int nb)
{
	for (unsigned int i = 0; i < nb; i++) {
		const uint8_t *p = rte_pktmbuf_mtod(out[i], const uint8_t *);
		uint32_t flow = pkt_be32(p + 14 + 12) - 0x0b000000;
		uint32_t number = pkt_be32(p + 34 + 4) / PAYLOAD;

		TEST_ASSERT(flow < FLOWS, "flow %x", flow);
		TEST_ASSERT_EQUAL(number, left[flow], "flow %u: packet %u left after %u", flow,
			number, left[flow]);
		left[flow] += (out[i]->pkt_len - 54) / PAYLOAD;
		rte_pktmbuf_free(out[i]);
	}
	return TEST_SUCCESS;
}

static size_t
heap(void)
{
	struct rte_malloc_socket_stats s = {0};

	rte_malloc_get_socket_stats(0, &s);
	return s.heap_allocsz_bytes;
}

/* Each flow has `each` packets, which come `apart` flows after one another. */
static int
flood(uint32_t flows, uint32_t timeout, unsigned int each, unsigned int apart)
{
	struct cleave_gro_conf conf = {.flows = flows,
		.timeout_us = timeout,
		.flags = CLEAVE_GRO_TCP,
		.socket_id = SOCKET_ID_ANY};
	struct rte_mbuf *pkts[BURST], *out[2 * BURST];
	struct cleave_gro *g = cleave_gro_create(&conf);
	uint64_t now = 1000, came = 0;
	struct cleave_gro_stats s;
	size_t before;
	uint16_t n = 0, nb;

	TEST_ASSERT_NOT_NULL(g, "no table");
	memset(left, 0, sizeof(left));
	before = heap();
	for (uint32_t i = 0; i < FLOWS + apart * (each - 1); i++) {
		for (unsigned int k = 0; k < each; k++) {
			uint32_t flow = i - k * apart;

			if (flow >= FLOWS)
				continue;
			pkts[n] = packet(flow, k);
			TEST_ASSERT_NOT_NULL(pkts[n], "no mbuf: where are they?");
			if (++n < BURST)
				continue;
			nb = n;
			n = cleave_gro_burst(g, pkts, &nb, now, out, RTE_DIM(out));
			TEST_ASSERT_EQUAL(nb, BURST, "%u taken", nb);
			came += nb;
			TEST_ASSERT(cleave_gro_held(g) <= flows, "%u held", cleave_gro_held(g));
			if (leave(out, n) < 0)
				return TEST_FAILED;
			n = 0;
			now += rte_get_tsc_hz() / 1000000;
		}
	}
	nb = n;
	n = cleave_gro_burst(g, pkts, &nb, now, out, RTE_DIM(out));
	came += nb;
	TEST_ASSERT_EQUAL(heap(), before, "the heap grew from %zu to %zu bytes", before, heap());
	if (leave(out, n) < 0)
		return TEST_FAILED;
	while ((n = cleave_gro_flush(g, out, RTE_DIM(out))) > 0)
		if (leave(out, n) < 0)
			return TEST_FAILED;
	for (uint32_t i = 0; i < FLOWS; i++)
		TEST_ASSERT_EQUAL(left[i], each, "flow %u: %u packets left", i, left[i]);
	cleave_gro_stats_get(g, &s);
	TEST_ASSERT_EQUAL(s.packets, came, "%lu counted of %lu", (unsigned long)s.packets,
		(unsigned long)came);
	cleave_gro_free(g);
	TEST_ASSERT(rte_mempool_full(pool), "%u mbufs are missing", rte_mempool_in_use_count(pool));
	return TEST_SUCCESS;
}

static int
setup(void)
{
	if (pool == NULL)
		pool = rte_pktmbuf_pool_create(
			"gro_flood", 2047, 0, 0, RTE_PKTMBUF_HEADROOM + 256, 0);
	return pool != NULL ? gro_setup() : TEST_FAILED;
}

static int
test_flood(void)
{
	return flood(64, 1000000, 1, 0);
}

static int
test_flood_pairs(void)
{
	return flood(64, 1000000, 2, 40);
}

static int
test_flood_timeout(void)
{
	return flood(1024, 10, 2, 100);
}

static int
test_flood_no_timeout(void)
{
	return flood(8, 0, 2, 3);
}

static struct unit_test_suite suite = {
	.suite_name = "merging: a flood of flows",
	.setup = setup,
	.unit_test_cases =
		{
			TEST_CASE(test_flood),
			TEST_CASE(test_flood_pairs),
			TEST_CASE(test_flood_timeout),
			TEST_CASE(test_flood_no_timeout),
			TEST_CASES_END(),
		},
};

static int
test_gro_flood(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_flood_autotest, NOHUGE_OK, ASAN_OK, test_gro_flood);
