/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_plan_autotest: for each set of port capabilities, each kind of packet leaves as the same
 * bytes, by the plan that the set asks for: the port's engine, software with or without the port's
 * checksums, scatter-gather or linear. net_probe refuses any request that is not well formed.
 * Neighbours: test_tunnel.c, test_uso.c (what is not plain TCP).
 */
#include "tx_test.h"

#define CAPA_MULTI RTE_ETH_TX_OFFLOAD_MULTI_SEGS
#define CAPA_TSO (RTE_ETH_TX_OFFLOAD_TCP_TSO | TX_CKSUMS)
#define MSS 1400

struct capa_set {
	const char *name;
	uint64_t capa;
	bool no_gso, no_tso;
	enum cleave_plan single; /* of a packet in one mbuf */
	enum cleave_plan chain;	 /* of a packet in a chain */
	bool copies;		 /* software segments are in one mbuf each */
	bool port_cksum;	 /* software segments get their checksums from the port */
};

static const struct capa_set sets[] = {
	{"nothing", 0, false, false, CLEAVE_PLAN_GSO, CLEAVE_PLAN_GSO, true, false},
	{"chains", CAPA_MULTI, false, false, CLEAVE_PLAN_GSO, CLEAVE_PLAN_GSO, false, false},
	{"checksums", TX_CKSUMS, false, false, CLEAVE_PLAN_GSO, CLEAVE_PLAN_GSO, true, true},
	{"chains, checksums", CAPA_MULTI | TX_CKSUMS, false, false, CLEAVE_PLAN_GSO,
		CLEAVE_PLAN_GSO, false, true},
	{"TSO, chains", CAPA_TSO | CAPA_MULTI, false, false, CLEAVE_PLAN_TSO, CLEAVE_PLAN_TSO,
		false, false},
	{"TSO, no chains", CAPA_TSO, false, false, CLEAVE_PLAN_TSO, CLEAVE_PLAN_GSO, true, true},
	{"TSO without IPV4_CKSUM", (CAPA_TSO | CAPA_MULTI) & ~RTE_ETH_TX_OFFLOAD_IPV4_CKSUM, false,
		false, CLEAVE_PLAN_TSO, CLEAVE_PLAN_TSO, false, false},
	{"TSO without TCP_CKSUM", RTE_ETH_TX_OFFLOAD_TCP_TSO | CAPA_MULTI, false, false,
		CLEAVE_PLAN_GSO, CLEAVE_PLAN_GSO, false, false},
	{"TSO off", CAPA_TSO | CAPA_MULTI, false, true, CLEAVE_PLAN_GSO, CLEAVE_PLAN_GSO, false,
		true},
	{"GSO off", CAPA_TSO | CAPA_MULTI, true, false, CLEAVE_PLAN_TSO, CLEAVE_PLAN_TSO, false,
		false},
	{"GSO off, no chains", CAPA_TSO, true, false, CLEAVE_PLAN_TSO, CLEAVE_PLAN_DROP, false,
		false},
	{"GSO and TSO off", CAPA_TSO | CAPA_MULTI, true, true, CLEAVE_PLAN_DROP, CLEAVE_PLAN_DROP,
		false, false},
};

/* How a packet says that it is to be cut. */
enum mark { MARK_REQUEST, MARK_LRO, MARK_NONE, NB_MARKS };

struct plan_case {
	const struct capa_set *set;
	struct pkt_spec spec;
	enum mark mark;
	uint16_t piece; /* bytes an mbuf, 0: one mbuf */
};

static uint16_t
set_mark(struct rte_mbuf *m, const struct pkt *bytes, enum mark mark)
{
	switch (mark) {
	case MARK_REQUEST:
		tx_test_mark(m, bytes, MSS);
		return MSS;
	case MARK_LRO:
		m->ol_flags |= RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
		m->tso_segsz = MSS;
		return MSS;
	default:
		/* what an MTU of 1500 leaves to the payload */
		return 1500 - (bytes->want.hdr_len - bytes->want.mac_len);
	}
}

static int
check_path(struct tx_test *t, const struct plan_case *c, enum cleave_plan plan, unsigned int frames)
{
	struct cleave_tx_stats s = tx_test_stats(t);
	struct rte_net_probe_counters n;

	TEST_ASSERT_EQUAL(
		s.plan[plan], 1, "%s: plan %s did not run", c->set->name, cleave_plan_name(plan));
	TEST_ASSERT_EQUAL(s.segments, plan == CLEAVE_PLAN_GSO ? frames : 0,
		"%s: %u segments were made here", c->set->name, (unsigned int)s.segments);
	TEST_ASSERT_EQUAL(tx_test_refused(t), 0, "%s: refused by the port", c->set->name);
	rte_net_probe_counters_get(t->port, 0, &n);
	TEST_ASSERT_EQUAL(n.tso_requests, plan == CLEAVE_PLAN_TSO, "%s: %u TSO requests",
		c->set->name, (unsigned int)n.tso_requests);
	if (plan == CLEAVE_PLAN_GSO)
		TEST_ASSERT_EQUAL(n.tx_cksum, c->set->port_cksum ? frames : 0,
			"%s: the port made %u checksums", c->set->name, (unsigned int)n.tx_cksum);
	return TEST_SUCCESS;
}

static int
run_case(struct tx_test *t, const struct plan_case *c)
{
	struct pkt bytes = {0};
	struct rte_mbuf *m = tx_test_packet(t, &c->spec, c->piece, &bytes);
	unsigned int frames = 0;
	enum cleave_plan plan;
	uint16_t mss;
	int rc = TEST_SUCCESS;

	TEST_ASSERT_NOT_NULL(m, "no packet %s", pkt_str(&c->spec));
	mss = set_mark(m, &bytes, c->mark);
	plan = m->nb_segs > 1 ? c->set->chain : c->set->single;
	cleave_tx_stats_reset(t->port, 0);
	rte_net_probe_counters_reset(t->port, 0);
	TEST_ASSERT_EQUAL(cleave_tx_burst(t->port, 0, &m, 1), 1, "not taken");
	if (plan != CLEAVE_PLAN_DROP)
		rc = tx_test_wire(t, &bytes, mss, &frames);
	TEST_ASSERT_SUCCESS(rc, "%s, mark %d, pieces %u: %s", c->set->name, c->mark, c->piece,
		pkt_str(&c->spec));
	TEST_ASSERT_EQUAL(rte_net_probe_tx_pending(t->port, 0), 0, "more frames on the wire");
	pkt_free(&bytes);
	if (plan == CLEAVE_PLAN_DROP)
		TEST_ASSERT_EQUAL(tx_test_stats(t).drop[CLEAVE_DROP_NO_GSO], 1,
			"%s: not counted tx_no_gso", c->set->name);
	return check_path(t, c, plan, frames);
}

static const struct pkt_spec shapes[] = {
	{.ip = {.version = 4, .ttl = 64, .df = true}, .proto = IPPROTO_TCP, .tcp_flags = 0x10},
	{.ip = {.version = 4, .ttl = 3, .id = 65530}, .proto = IPPROTO_TCP, .tcp_flags = 0x19},
	{.ip = {.version = 6, .ttl = 64}, .proto = IPPROTO_TCP, .tcp_flags = 0x18},
	{.ip = {.version = 4, .ttl = 64, .opt_len = 12},
		.proto = IPPROTO_TCP,
		.tcp_flags = 0x10,
		.tcp_opt = PKT_TCP_TS},
	{.ip = {.version = 6, .ttl = 64, .nb_ext = 1, .ext = {{.type = IPPROTO_HOPOPTS}}},
		.proto = IPPROTO_TCP,
		.tcp_flags = 0x10,
		.tcp_opt = PKT_TCP_TS},
	{.nb_vlan = 1, .ip = {.version = 4, .ttl = 64}, .proto = IPPROTO_TCP, .tcp_flags = 0x10},
	{.nb_vlan = 2, .ip = {.version = 6, .ttl = 64}, .proto = IPPROTO_TCP, .tcp_flags = 0x90},
	{.nb_mpls = 2, .ip = {.version = 4, .ttl = 64}, .proto = IPPROTO_TCP, .tcp_flags = 0x10},
};

/* payload and pieces: in one mbuf, in a chain, odd pieces, many */
static const struct {
	uint32_t payload;
	uint16_t piece;
} sizes[] = {{1700, 0}, {4000, 1111}, {20000, 0}, {65000, 2000}};

static int
run_set(const struct capa_set *set)
{
	struct cleave_tx_conf conf = {.no_gso = set->no_gso, .no_tso = set->no_tso};
	struct tx_test t;
	char args[64];

	snprintf(args, sizeof(args), "tx_capa=%" PRIx64, set->capa);
	if (tx_test_open(&t, args, &conf) < 0)
		return TEST_FAILED;
	for (unsigned int i = 0; i < RTE_DIM(shapes) * RTE_DIM(sizes) * NB_MARKS; i++) {
		struct plan_case c = {
			.set = set,
			.spec = shapes[i % RTE_DIM(shapes)],
			.mark = i / RTE_DIM(shapes) % NB_MARKS,
		};

		c.spec.payload = sizes[i / RTE_DIM(shapes) / NB_MARKS].payload;
		c.piece = sizes[i / RTE_DIM(shapes) / NB_MARKS].piece;
		c.spec.seed = c.spec.seq = 0xfffff000u + i;
		if (run_case(&t, &c) < 0)
			return TEST_FAILED;
	}
	return tx_test_close(&t);
}

static int
test_capability_sets(void)
{
	for (unsigned int i = 0; i < RTE_DIM(sets); i++)
		TEST_ASSERT_SUCCESS(run_set(&sets[i]), "with %s", sets[i].name);
	return TEST_SUCCESS;
}

/* What the plan says of itself is what it does. */
static int
test_plan_get(void)
{
	struct tx_test t;
	char args[64];

	for (unsigned int i = 0; i < RTE_DIM(sets); i++) {
		struct cleave_tx_conf conf = {.no_gso = sets[i].no_gso, .no_tso = sets[i].no_tso};

		snprintf(args, sizeof(args), "tx_capa=%" PRIx64, sets[i].capa);
		if (tx_test_open(&t, args, &conf) < 0)
			return TEST_FAILED;
		for (unsigned int v = 4; v <= 6; v += 2)
			TEST_ASSERT_EQUAL(cleave_tx_plan_get(t.port, 0, CLEAVE_TUNNEL_NONE, v),
				(int)sets[i].single, "%s, IPv%u", sets[i].name, v);
		TEST_ASSERT_EQUAL(cleave_tx_plan_get(t.port, 0, 99, 4), -EINVAL, "no such tunnel");
		TEST_ASSERT_EQUAL(cleave_tx_plan_get(t.port, 1, 0, 4), -ENODEV, "no such queue");
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Limits of the user: no segment and no frame is longer than asked for. */
static int
test_limits(void)
{
	struct pkt_spec spec = shapes[0];
	struct tx_test t;
	struct pkt bytes;
	struct rte_mbuf *m;
	unsigned int frames;

	spec.payload = 9000;
	for (unsigned int i = 0; i < 3; i++) {
		static const struct cleave_tx_conf confs[] = {
			{.gso_segsz = 1000},
			{.tso_segsz = 777},
			{.gso_segsz = 1000, .tso_segsz = 1300},
		};
		static const uint16_t mss[] = {1000 - 54, 777, 1000 - 54};

		if (tx_test_open(&t, "mtu=9000", &confs[i]) < 0)
			return TEST_FAILED;
		m = tx_test_packet(&t, &spec, 0, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_SUCCESS(tx_test_wire(&t, &bytes, mss[i], &frames), "limits %u", i);
		pkt_free(&bytes);
		if (tx_test_close(&t) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Descriptors: a chain that is too long for the engine is cut here, into frames that fit. */
static int
test_chain_limits(void)
{
	struct pkt_spec spec = shapes[0];
	struct rte_net_probe_counters n;
	struct cleave_tx_stats s;
	struct tx_test t;
	struct pkt bytes;
	struct rte_mbuf *m;
	unsigned int frames;

	spec.payload = 12000;
	if (tx_test_open(&t, "nb_seg_max=16,nb_mtu_seg_max=4", NULL) < 0)
		return TEST_FAILED;
	for (unsigned int i = 0; i < 2; i++) {
		/* 13 mbufs, then 121, of which 15 would make one segment */
		m = tx_test_packet(&t, &spec, i == 0 ? 1000 : 100, &bytes);
		TEST_ASSERT_NOT_NULL(m, "no packet");
		tx_test_mark(m, &bytes, MSS);
		TEST_ASSERT_EQUAL(cleave_tx_burst(t.port, 0, &m, 1), 1, "not taken");
		TEST_ASSERT_SUCCESS(tx_test_wire(&t, &bytes, MSS, &frames), "chain %u", i);
		pkt_free(&bytes);
	}
	s = tx_test_stats(&t);
	TEST_ASSERT_EQUAL(s.plan[CLEAVE_PLAN_TSO], 1, "the short chain: not by the engine");
	TEST_ASSERT_EQUAL(s.plan[CLEAVE_PLAN_GSO], 1, "the long chain: not in software");
	rte_net_probe_counters_get(t.port, 0, &n);
	TEST_ASSERT_EQUAL(n.tx_refused, 0, "a frame of too many mbufs");
	return tx_test_close(&t);
}

static int
test_tx_plan(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "plan",
		.setup = tx_test_pools,
		.unit_test_cases =
			{
				TEST_CASE(test_capability_sets),
				TEST_CASE(test_plan_get),
				TEST_CASE(test_limits),
				TEST_CASE(test_chain_limits),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_plan_autotest, test_tx_plan);
