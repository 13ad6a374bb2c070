/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_gro_autotest: what lib/gro merged leaves cleave_tx_burst() as the frames that came: cut by a
 * port with TSO, unchained without a new mbuf for a port without, copied for a port that takes no
 * chains. Neighbours: ../gro (merging), test_meta.c (what struct cleave_meta decides).
 */
#include "cleave_gro.h"
#include "decision.h"

#define NB 9
#define CHAINS (TX_CKSUMS | RTE_ETH_TX_OFFLOAD_MULTI_SEGS)

static const uint64_t capas[] = {TX_ALL, CHAINS, RTE_ETH_TX_OFFLOAD_MULTI_SEGS, 0};

/* What is merged, and whether an engine that has all that DPDK knows can cut it. */
static const struct {
	struct pkt_spec spec;
	int id_step, outer_step;
	bool tso;
} rows[] = {
	{{.ip = {.version = 4, .id = 65530, .df = true}}, 1, 0, true},
	{{.ip = {.version = 6}}, 0, 0, true},
	{{.ip = {.version = 4, .id = 77}, .nb_vlan = 1}, 1, 0, true},
	{{.ip = {.version = 4, .id = 5, .df = true}}, 0, 0, false}, /* the engine counts IDs */
	{{.ip = {.version = 4, .id = 5}, .tcp_flags = CLEAVE_TCP_CWR}, 1, 0, false},
	{{.ip = {.version = 4}, .proto = IPPROTO_UDP}, 1, 0, false},
	{{.ip = {.version = 6}, .proto = IPPROTO_UDP}, 0, 0, false},
	{{.tunnel = PKT_TUNNEL_VXLAN,
		 .tunnel_cksum = true,
		 .outer = {.version = 4, .id = 9},
		 .ip = {.version = 4, .id = 65535}},
		1, 1, true},
	{{.tunnel = PKT_TUNNEL_GENEVE,
		 .tunnel_opt = 8,
		 .outer = {.version = 6},
		 .ip = {.version = 4, .id = 65535}},
		1, 0, true},
	{{.tunnel = PKT_TUNNEL_GRE,
		 .tunnel_opt = PKT_GRE_CKSUM,
		 .outer = {.version = 4},
		 .ip = {.version = 6}},
		0, 1, false},
	{{.tunnel = PKT_TUNNEL_IPIP,
		 .outer = {.version = 4, .df = true},
		 .ip = {.version = 4, .df = true}},
		0, 0, false},
};

static struct pkt frames[NB];

/* A train of them, the last one shorter, as one packet; NULL after a line. */
static struct rte_mbuf *
merge(struct tx_test *t, unsigned int row, bool good)
{
	const struct cleave_gro_conf conf = {
		.flags = CLEAVE_GRO_TCP | CLEAVE_GRO_UDP, .socket_id = SOCKET_ID_ANY};
	struct cleave_gro *g = cleave_gro_create(&conf);
	struct rte_mbuf *m[NB];
	struct pkt_spec s = rows[row].spec;
	uint16_t nb = NB;

	if (s.proto == 0)
		s.proto = IPPROTO_TCP;
	s.tcp_flags |= CLEAVE_TCP_ACK;
	for (unsigned int i = 0; i < NB; i++) {
		s.payload = i + 1 < NB ? 1001 : 77;
		s.tcp_flags |= i + 1 < NB ? 0 : CLEAVE_TCP_PSH;
		s.seed = 1 + i;
		m[i] = tx_test_packet(t, &s, 0, &frames[i]);
		if (g == NULL || m[i] == NULL)
			return NULL;
		if (good)
			m[i]->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD | RTE_MBUF_F_RX_IP_CKSUM_GOOD;
		s.seq += s.payload;
		s.ip.id += rows[row].id_step;
		s.outer.id += rows[row].outer_step;
	}
	nb = cleave_gro_burst(g, m, &nb, 1, m, NB);
	cleave_gro_free(g);
	if (nb != 1)
		printf("%u packets, not merged\n", nb);
	return nb == 1 ? m[0] : NULL;
}

static int
came_back(const struct tx_frames *w)
{
	TEST_ASSERT_EQUAL(w->nb, NB, "%u frames on the wire", w->nb);
	for (unsigned int i = 0; i < NB; i++)
		TEST_ASSERT(w->f[i].len == frames[i].len &&
				    memcmp(w->f[i].data, frames[i].data, frames[i].len) == 0,
			"frame %u is another one", i);
	return TEST_SUCCESS;
}

static int
one(unsigned int row, uint64_t capa, bool good)
{
	struct cleave_tx_stats stats;
	struct tx_frames w;
	struct rte_mbuf *m;
	struct tx_test t;

	if (tx_test_open_capa(&t, capa, NULL, NULL) < 0)
		return TEST_FAILED;
	m = merge(&t, row, good);
	TEST_ASSERT_NOT_NULL(m, "no packet");
	TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
	TEST_ASSERT_EQUAL(tx_test_refused(&t), 0, "refused by the port");
	TEST_ASSERT_SUCCESS(tx_frames_take(&t, &w), "no frames");
	TEST_ASSERT_SUCCESS(came_back(&w), "wrong");
	tx_frames_free(&w);
	stats = tx_test_stats(&t);
	if (capa == TX_ALL && rows[row].tso)
		TEST_ASSERT_EQUAL(stats.plan[CLEAVE_PLAN_TSO], 1, "not by TSO");
	if (capa == CHAINS || capa == RTE_ETH_TX_OFFLOAD_MULTI_SEGS) {
		TEST_ASSERT_EQUAL(stats.plan[CLEAVE_PLAN_GSO], 1, "not by software");
		TEST_ASSERT_EQUAL(stats.unchained, 1, "not unchained");
	}
	for (unsigned int i = 0; i < NB; i++)
		pkt_free(&frames[i]);
	return tx_test_close(&t);
}

static int
test_round_trip(void)
{
	for (unsigned int i = 0; i < RTE_DIM(rows) * RTE_DIM(capas) * 2; i++) {
		unsigned int row = i / 2 / RTE_DIM(capas);
		uint64_t capa = capas[i / 2 % RTE_DIM(capas)];

		TEST_ASSERT_SUCCESS(one(row, capa, i % 2),
			"row %u, capabilities %" PRIx64 ", checksums %s", row, capa,
			i % 2 ? "known" : "unknown");
	}
	return TEST_SUCCESS;
}

static int
test_tx_gro(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "merged packets",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_round_trip),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_gro_autotest, test_tx_gro);
