/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gro_random_autotest: thousands of random mixes of flows, losses, repetitions, other orders, flags,
 * options, ECN, tags, tunnels, fragments, padding, checksums and IDs, in random mbufs, bursts, tables
 * and times, each judged. A failure names its seed; CLEAVE_TEST_SEED runs that one alone.
 * Neighbours: gro_test.h.
 */
#include "cleave_config.h"
#include "gro_test.h"

#define NB_RANDOM 4000
#define FLOWS_MAX 40

static uint32_t seed;

static uint32_t
rnd(uint32_t below)
{
	return pkt_rand(&seed) % below;
}

static bool
often(uint32_t one_in)
{
	return rnd(one_in) == 0;
}

/* A flow: its next packet, and how its IDs go. */
struct flow {
	struct pkt_spec s;
	int id_step, outer_step; /* 2: at random */
	uint16_t mss, vlan_tci;
	uint64_t says;
};

static struct flow flows[FLOWS_MAX];

/* What differs from packet to packet where the mix is of that kind. */
static struct {
	unsigned int nb_flows;
	unsigned int trouble; /* one packet in so many is unusual */
	bool mbufs;	      /* in mbufs of any kind */
} mix;

static void
random_ip(struct pkt_ip *ip)
{
	uint8_t version = ip->version;

	if (often(8))
		do
			*ip = *pkt_shape(rnd(PKT_SHAPES_WHOLE));
		while (ip->version != version);
	ip->id = often(2) ? rnd(65536) : 65535 - rnd(4);
	ip->tos = often(2) ? rnd(256) : 2;
	ip->ttl = 1 + rnd(255);
	ip->df = rnd(2);
}

static void
random_flow(struct flow *f)
{
	static const int steps[] = {1, 1, 1, 0, 0, 2};
	static const uint64_t says[] = {0, GRO_GOOD, GRO_GOOD, GRO_GOOD};

	memset(f, 0, sizeof(*f));
	f->s.ip.version = rnd(2) ? 6 : 4;
	if (often(3))
		f->s = *pkt_tunnel_variant(rnd(pkt_tunnel_variants()));
	f->s.proto = often(4) ? IPPROTO_UDP : IPPROTO_TCP;
	f->s.nb_vlan = often(4) ? rnd(3) : 0;
	f->s.nb_mpls = often(10) ? rnd(3) : 0;
	random_ip(&f->s.ip);
	if (f->s.tunnel != PKT_TUNNEL_NONE)
		random_ip(&f->s.outer);
	f->s.tcp_flags = often(6) ? 0x90 : CLEAVE_TCP_ACK;
	f->s.tcp_opt = rnd(PKT_TCP_OPTS);
	f->s.sport = 1000 + rnd(mix.nb_flows);
	f->s.window = rnd(65536);
	f->s.seq = pkt_rand(&seed);
	f->s.ack = pkt_rand(&seed);
	f->s.seed = pkt_rand(&seed);
	f->mss = often(3) ? 1 + rnd(60) : 100 + rnd(1500);
	f->id_step = steps[rnd(RTE_DIM(steps))];
	f->outer_step = steps[rnd(RTE_DIM(steps))];
	f->vlan_tci = often(4) ? 1 + rnd(3) : 0;
	f->says = says[rnd(RTE_DIM(says))];
}

/* Something about the packet is unusual, and in part stays so. */
static void
trouble(struct flow *f, struct pkt_spec *s)
{
	switch (rnd(18)) {
	case 0: /* lost */
		f->s.seq += s->payload;
		s->seq += s->payload;
		break;
	case 1: /* sent again */
		s->seq -= s->payload * (1 + rnd(2));
		break;
	case 2: /* overlap */
		s->seq -= 1 + rnd(3);
		break;
	case 3:
		s->tcp_flags = rnd(256);
		break;
	case 4:
		s->tcp_flags |= 1u << rnd(8);
		break;
	case 5: /* pure ACK */
		s->payload = 0;
		break;
	case 6:
		s->ip.tos = f->s.ip.tos ^= 1u << rnd(8);
		break;
	case 7:
		s->ip.ttl = 1 + rnd(255);
		break;
	case 8:
		s->window = f->s.window = rnd(65536);
		break;
	case 9:
		s->ack = f->s.ack = f->s.ack + rnd(3000);
		break;
	case 10:
		s->tcp_opt = f->s.tcp_opt = rnd(PKT_TCP_OPTS);
		break;
	case 11:
		s->ip.mf = s->ip.version == 4 && rnd(2);
		s->ip.frag_off = s->ip.version == 4 ? rnd(3) : 0;
		break;
	case 12:
		s->ip.opt_len = s->ip.version == 4 ? 4 * rnd(4) : 0;
		break;
	case 13:
		s->ip.id += rnd(3);
		break;
	case 14:
		s->outer.id += rnd(3);
		s->outer.tos ^= rnd(4);
		break;
	case 15:
		s->tcp_reserved = rnd(16);
		break;
	case 16:
		s->tunnel_cksum = !s->tunnel_cksum && s->outer.version == 4;
		break;
	default:
		s->urgent = f->s.urgent = rnd(2) * rnd(65536);
	}
}

/* What the port says, and what is wrong with the bytes. */
static void
damage(struct gro_frame *f)
{
	static const uint64_t says[] = {0, RTE_MBUF_F_RX_L4_CKSUM_BAD, RTE_MBUF_F_RX_L4_CKSUM_NONE,
		RTE_MBUF_F_RX_IP_CKSUM_BAD, RTE_MBUF_F_RX_LRO, 0};
	unsigned int what = rnd(RTE_DIM(says));
	uint32_t byte = f->p.want.hdr_len > 0 ? f->p.want.hdr_len - 1 : f->p.len - 1;

	f->ol_flags &= ~(RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK);
	f->ol_flags |= says[what];
	if (what == 0)
		f->p.data[byte] ^= 1u << rnd(8);
	if (says[what] == RTE_MBUF_F_RX_LRO)
		f->tso_segsz = 1 + rnd(1000);
}

static int
random_frame(struct flow *f)
{
	struct pkt_spec s;
	struct gro_frame *frame;

	if (f->id_step == 2)
		f->s.ip.id = rnd(65536);
	if (f->outer_step == 2)
		f->s.outer.id = rnd(65536);
	f->s.payload = often(10) ? 1 + rnd(f->mss) : often(40) ? f->mss + rnd(100) : f->mss;
	s = f->s;
	s.pad = often(12) ? rnd(40) : 0;
	if (often(8))
		s.tcp_flags |= CLEAVE_TCP_PSH;
	if (often(mix.trouble))
		trouble(f, &s);
	frame = gro_add(&s);
	TEST_ASSERT_NOT_NULL(frame, "no frame");
	frame->ol_flags = f->says;
	if (frame->p.want.hdr_len > CLEAVE_HDR_MAX) { /* nobody reads that far */
		frame->verdict = GRO_NEVER;
		frame->stray = true;
	}
	if (f->vlan_tci != 0) {
		frame->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
		frame->vlan_tci = f->vlan_tci;
	}
	if (often(mix.trouble * 2))
		damage(frame);
	if (mix.mbufs && often(3)) {
		frame->kind = often(2) ? rnd(GSO_PINNED) : GSO_PLAIN;
		frame->pieces[0] = often(2) ? 0 : 1 + rnd(200);
		frame->pieces[1] = 40 + rnd(1000);
	}
	f->s.seq += s.payload;
	f->s.seed = pkt_rand(&seed);
	f->s.ip.id += f->id_step % 2;
	f->s.outer.id += f->outer_step % 2;
	return TEST_SUCCESS;
}

/* Some frames change places with the next one. */
static void
reorder(void)
{
	for (unsigned int i = 0; i + 1 < gro.nb; i++)
		if (often(30))
			RTE_SWAP(gro.f[i], gro.f[i + 1]);
}

static int
feed(void)
{
	while (gro.fed < gro.nb) {
		unsigned int n = often(3) ? 1 + rnd(200) : 1 + rnd(32);

		if (gro_feed(RTE_MIN(n, gro.nb - gro.fed)) < 0)
			return TEST_FAILED;
		gro_wait(rnd(60));
		if (gro.conf.timeout_us != 0 && often(12) && gro_flush() < 0)
			return TEST_FAILED;
		if (often(12) && gro_feed(0) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
one(void)
{
	static const uint32_t timeouts[] = {0, 0, 0, 50, 200, 1000000};
	static const uint16_t cuts[] = {0, 0, 0, CLEAVE_GSO_SCATTER, CLEAVE_GSO_LINEAR};
	unsigned int nb = 20 + rnd(180);

	gro_begin(often(4) ? rnd(4) : CLEAVE_GRO_TCP | CLEAVE_GRO_UDP);
	gro.conf.timeout_us = timeouts[rnd(RTE_DIM(timeouts))];
	gro.conf.flows = often(2) ? 0 : 8 << rnd(4);
	gro.conf.max_mbufs = often(4) ? 1 + rnd(40) : 0;
	gro.conf.udp_segs = often(4) ? 1 + rnd(10) : 0;
	gro.in_place = gro.conf.timeout_us == 0 && often(2);
	gro.cut = cuts[rnd(RTE_DIM(cuts))];
	mix.nb_flows = often(4) ? 1 + rnd(FLOWS_MAX) : 1 + rnd(6);
	mix.trouble = often(4) ? 2 : 5 + rnd(60);
	mix.mbufs = often(3);
	for (unsigned int i = 0; i < mix.nb_flows; i++)
		random_flow(&flows[i]);
	for (unsigned int run = 0; gro.nb < nb; run--) {
		static struct flow *f;

		if (run == 0) {
			f = &flows[rnd(mix.nb_flows)];
			run = 1 + rnd(8);
		}
		if (random_frame(f) < 0)
			return TEST_FAILED;
	}
	if (often(3))
		reorder();
	if (feed() < 0)
		return TEST_FAILED;
	return gro_end(NULL);
}

static int
test_mixes(void)
{
	const char *env = getenv("CLEAVE_TEST_SEED");
	uint32_t only = env != NULL ? strtoul(env, NULL, 0) : 0;

	for (unsigned int n = 0; n < NB_RANDOM; n++) {
		uint32_t start = only != 0 ? only : 20260101 + n * 2654435761u;

		seed = start;
		TEST_ASSERT_SUCCESS(one(), "iteration %u: CLEAVE_TEST_SEED=%u", n, start);
		if (only != 0)
			break;
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "merging: random mixes",
	.setup = gro_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_mixes),
			TEST_CASES_END(),
		},
};

static int
test_gro_random(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gro_random_autotest, NOHUGE_OK, ASAN_OK, test_gro_random);
