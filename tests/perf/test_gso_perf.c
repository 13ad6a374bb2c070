/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_perf_autotest: cycles a segment of cutting 64 KB of TCP over IPv4 (payload in 2 KB mbufs),
 * with DPDK's rte_gso as the peer in the same run, in turns. "make" is cutting, input consumed;
 * "free" is what the driver pays. Prints a table; fails only when something cannot be cut.
 */
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_gso.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include "../mbufs.h"
#include "../pkt.h"
#include "../test.h"
#include "cleave_gso.h"

#define MSS 1448
#define ROUNDS 3000
#define OUT_MAX 128

static struct rte_mempool *pool_in, *pool_direct, *pool_indirect;
static struct rte_mbuf *out[OUT_MAX];
static struct pkt bytes;

struct way {
	const char *name;
	uint16_t flags; /* CLEAVE_GSO_* */
	bool peer;	/* rte_gso */
	bool cksum;	/* the peer's segments get a software checksum */
};

static const struct way ways[] = {
	{"rte_gso", 0, true, false},
	{"scatter-gather", CLEAVE_GSO_HW_L4_CKSUM, false, false},
	{"linear", CLEAVE_GSO_HW_L4_CKSUM | CLEAVE_GSO_LINEAR, false, false},
	{"rte_gso + software checksum", 0, true, true},
	{"scatter-gather + software checksum", 0, false, false},
	{"linear + software checksum", CLEAVE_GSO_LINEAR, false, false},
};

static int
cut_peer(struct rte_mbuf *m, bool cksum)
{
	struct rte_gso_ctx ctx = {
		.direct_pool = pool_direct,
		.indirect_pool = pool_indirect,
		.gso_types = RTE_ETH_TX_OFFLOAD_TCP_TSO,
		.gso_size = bytes.want.hdr_len + MSS,
	};
	int n;

	m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_IPV4;
	m->l2_len = bytes.want.l2_len;
	m->l3_len = bytes.want.ip[0].len;
	m->l4_len = bytes.want.l4_len;
	n = rte_gso_segment(m, &ctx, out, OUT_MAX);
	rte_pktmbuf_free(m);
	for (int i = 0; cksum && i < n; i++) {
		struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(
			out[i], struct rte_ipv4_hdr *, sizeof(struct rte_ether_hdr));
		struct rte_tcp_hdr *tcp = RTE_PTR_ADD(ip, bytes.want.ip[0].len);

		ip->hdr_checksum = 0;
		ip->hdr_checksum = rte_ipv4_cksum(ip);
		tcp->cksum = 0;
		tcp->cksum = rte_ipv4_udptcp_cksum_mbuf(out[i], ip, bytes.want.l4_off);
	}
	return n;
}

static int
cut_ours(struct rte_mbuf *m, uint16_t flags)
{
	const struct cleave_gso_pools pools = {pool_direct, pool_indirect};
	const struct cleave_gso_req req = {.mss = MSS, .flags = flags};
	struct cleave_pkt pkt;

	if (cleave_parse(m, &pkt) < 0)
		return -1;
	return cleave_gso_segment(m, &pkt, &req, &pools, out, OUT_MAX);
}

struct cycles {
	uint64_t make, free, segments;
};

static int
measure(const struct way *w, struct cycles *c)
{
	static const uint16_t piece = RTE_MBUF_DEFAULT_DATAROOM;
	struct rte_mbuf *m = mbuf_chain(pool_in, bytes.data, bytes.len, &piece, 1);
	uint64_t t0, t1, t2;
	int n;

	TEST_ASSERT_NOT_NULL(m, "no packet");
	t0 = rte_rdtsc_precise();
	n = w->peer ? cut_peer(m, w->cksum) : cut_ours(m, w->flags);
	t1 = rte_rdtsc_precise();
	TEST_ASSERT(n > 1, "%s: not cut: %d", w->name, n);
	rte_pktmbuf_free_bulk(out, n);
	t2 = rte_rdtsc_precise();
	c->make += t1 - t0;
	c->free += t2 - t1;
	c->segments += n;
	return TEST_SUCCESS;
}

static void
print(const struct cycles *c)
{
	printf("cycles a segment, 64 KB TCP/IPv4, mss %u, sums by %s\n", MSS, cleave_sum_impl());
	printf("%-36s %8s %8s %8s %8s\n", "", "make", "free", "sum", "ratio");
	for (unsigned int w = 0; w < RTE_DIM(ways); w++) {
		const struct cycles *peer = &c[w < 3 ? 0 : 3];
		double make = (double)c[w].make / c[w].segments;
		double drop = (double)c[w].free / c[w].segments;
		double both = (double)(peer->make + peer->free) / peer->segments;

		printf("%-36s %8.1f %8.1f %8.1f %8.2f\n", ways[w].name, make, drop, make + drop,
			both / (make + drop));
	}
}

static int
test_gso_perf(void)
{
	const struct pkt_spec spec = {
		.ip = {.version = 4, .ttl = 64, .df = true},
		.proto = IPPROTO_TCP,
		.tcp_flags = 0x10,
		.tcp_opt = PKT_TCP_TS,
		.payload = 45 * MSS,
	};
	struct cycles c[RTE_DIM(ways)] = {0};

	cleave_sum_select();
	pool_in = rte_pktmbuf_pool_create("perf_in", 1023, 64, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	pool_direct =
		rte_pktmbuf_pool_create("perf_direct", 1023, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	pool_indirect = rte_pktmbuf_pool_create("perf_indirect", 1023, 256, 0, 0, 0);
	TEST_ASSERT(pool_in != NULL && pool_direct != NULL && pool_indirect != NULL, "no pools");
	TEST_ASSERT_SUCCESS(pkt_build(&spec, &bytes), "no packet");
	for (unsigned int r = 0; r < ROUNDS; r++)
		for (unsigned int w = 0; w < RTE_DIM(ways); w++)
			if (measure(&ways[w], &c[w]) < 0)
				return TEST_FAILED;
	print(c);
	pkt_free(&bytes);
	rte_mempool_free(pool_in);
	rte_mempool_free(pool_direct);
	rte_mempool_free(pool_indirect);
	return TEST_SUCCESS;
}

REGISTER_PERF_TEST(gso_perf_autotest, test_gso_perf);
