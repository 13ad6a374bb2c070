/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The decision as SEMANTICS.md has it. Neighbours: decision.h.
 */
#include "decision.h"

#define MTU 1500

/* The capability that stands for a tunnel in DPDK: VXLAN-GPE, FOU, GUE have none of their own, but
 * that of UDP tunnels in general. Never that of another tunnel. */
static uint64_t
tunnel_capa(enum pkt_tunnel tunnel)
{
	switch (tunnel) {
	case PKT_TUNNEL_VXLAN:
		return RTE_ETH_TX_OFFLOAD_VXLAN_TNL_TSO;
	case PKT_TUNNEL_GENEVE:
		return RTE_ETH_TX_OFFLOAD_GENEVE_TNL_TSO;
	case PKT_TUNNEL_GRE:
		return RTE_ETH_TX_OFFLOAD_GRE_TNL_TSO;
	case PKT_TUNNEL_IPIP:
	case PKT_TUNNEL_SIT:
		return RTE_ETH_TX_OFFLOAD_IPIP_TNL_TSO;
	default:
		return RTE_ETH_TX_OFFLOAD_UDP_TNL_TSO;
	}
}

static unsigned int
bit(enum cleave_plan plan)
{
	return 1u << plan;
}

/* A port with this tunnel's TSO counts the outer lengths and IDs and, where it can, makes the outer
 * checksums; a length of the tunnel's own (GTP-U) it copies, and so is good only for equal
 * segments. It makes no checksum of GRE's. */
static unsigned int
tunnel_plans(const struct tx_case *c, uint32_t whole)
{
	const struct pkt_spec *s = c->spec;
	bool udp_cksum = s->tunnel_cksum && s->tunnel != PKT_TUNNEL_GRE &&
			 s->tunnel != PKT_TUNNEL_IPIP && s->tunnel != PKT_TUNNEL_SIT;

	if (!(c->capa & tunnel_capa(s->tunnel)) ||
		(s->tunnel == PKT_TUNNEL_GRE && s->tunnel_opt & PKT_GRE_CKSUM))
		return bit(CLEAVE_PLAN_GSO);
	if (s->tunnel == PKT_TUNNEL_GTPU)
		return bit(CLEAVE_PLAN_GSO) | (whole >= 2 ? bit(CLEAVE_PLAN_PARTIAL) : 0);
	if (!udp_cksum || c->capa & RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM)
		return bit(CLEAVE_PLAN_TSO);
	return bit(whole >= 2 ? CLEAVE_PLAN_PARTIAL : CLEAVE_PLAN_GSO);
}

/* Case b of "Partial GSO": all before the inner IP header is copied. */
static bool
opaque(const struct tx_case *c, const struct pkt *bytes, uint32_t whole)
{
	const struct pkt_ip *outer = &c->spec->outer;
	/* whoever merged it says that the ID counted: it has to again */
	bool counts = c->meta != 0 && !(c->meta & CLEAVE_META_FIXED_OUTER_ID);

	return whole >= 2 && bytes->want.ip[1].off <= c->opaque_l2 && c->opaque_l2 <= 127 &&
	       c->spec->proto == IPPROTO_TCP && (outer->version == 6 || (outer->df && !counts));
}

unsigned int
tx_case_plans(const struct tx_case *c, const struct pkt *bytes)
{
	const struct pkt_spec *s = c->spec;
	bool udp = s->proto == IPPROTO_UDP;
	uint64_t need = udp ? RTE_ETH_TX_OFFLOAD_UDP_TSO | RTE_ETH_TX_OFFLOAD_UDP_CKSUM
			    : RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_TCP_CKSUM;
	uint32_t mss = tx_case_mss(c, bytes), whole = s->payload / mss;
	unsigned int plans;

	if (s->payload <= mss)
		return bit(CLEAVE_PLAN_PLAIN);
	if (c->piece != 0)
		need |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	/* engines count the ID, clear CWR, and know URG, or a checksum that stays open, not;
	 * headers in several mbufs are put into one */
	if ((c->capa & need) != need || (c->piece != 0 && c->piece < bytes->want.hdr_len) ||
		pkt_remcsum(s) || s->tcp_flags & CLEAVE_TCP_URG ||
		(c->meta & CLEAVE_META_FIXED_ID && s->ip.version == 4) ||
		(c->meta & CLEAVE_META_ACCECN && s->tcp_flags & CLEAVE_TCP_CWR))
		return bit(CLEAVE_PLAN_GSO);
	if (s->tunnel == PKT_TUNNEL_NONE)
		return bit(CLEAVE_PLAN_TSO);
	plans = tunnel_plans(c, whole);
	if (c->meta & CLEAVE_META_FIXED_OUTER_ID && s->outer.version == 4)
		plans = bit(CLEAVE_PLAN_GSO);
	if (udp && plans & bit(CLEAVE_PLAN_PARTIAL))
		plans |= bit(CLEAVE_PLAN_GSO); /* nothing says that it must be done for USO */
	/* nothing says whether the outer header's checksum has to be an offload */
	if (s->outer.version == 4 && !(c->capa & RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM))
		plans |= bit(CLEAVE_PLAN_GSO);
	if (plans == bit(CLEAVE_PLAN_TSO) || !opaque(c, bytes, whole))
		return plans;
	/* a checksum of GRE's is constant, too, as the one of UDP, and nothing asks for either */
	return bit(CLEAVE_PLAN_PARTIAL) |
	       (s->tunnel == PKT_TUNNEL_GRE && s->tunnel_opt & PKT_GRE_CKSUM ? plans : 0);
}

uint16_t
tx_case_mss(const struct tx_case *c, const struct pkt *bytes)
{
	uint16_t room = MTU - (bytes->want.hdr_len - bytes->want.mac_len);

	return c->mark == TX_MARK_NONE ? room : RTE_MIN(c->mss, room);
}

void
tx_case_meta(struct rte_mbuf *m, uint8_t flags, uint16_t nb_segs)
{
	m->ol_flags |= cleave_meta_flag;
	*cleave_meta(m) = (struct cleave_meta){.flags = flags, .nb_segs = nb_segs};
}

void
tx_case_mark(struct rte_mbuf *m, const struct tx_case *c, const struct pkt *bytes)
{
	if (c->mark == TX_MARK_REQUEST || c->mark == TX_MARK_UNSUM)
		tx_test_mark(m, bytes, c->mss);
	if (c->mark == TX_MARK_UNSUM)
		tx_test_unsum(m, bytes);
	if (c->mark == TX_MARK_LRO) {
		m->ol_flags |= RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
		m->tso_segsz = c->mss;
	}
	if (c->meta != 0)
		tx_case_meta(m, c->meta & ~TX_CASE_META, (c->spec->payload + c->mss - 1) / c->mss);
}

static int
send_case(struct tx_test *t, const struct tx_case *c, struct pkt *bytes, struct tx_frames *w)
{
	struct rte_mbuf *m = tx_test_packet(t, c->spec, c->piece, bytes);

	TEST_ASSERT_NOT_NULL(m, "no packet");
	tx_case_mark(m, c, bytes);
	cleave_tx_stats_reset(t->port, 0);
	rte_net_probe_counters_reset(t->port, 0);
	TEST_ASSERT_EQUAL(cleave_tx_burst(t->port, 0, &m, 1), 1, "not taken");
	TEST_ASSERT_EQUAL(tx_test_refused(t), 0, "refused by the port");
	TEST_ASSERT_SUCCESS(tx_frames_take(t, w), "no frames");
	return TEST_SUCCESS;
}

/* The plan that was counted is right, and it is what happened. */
static int
check_plan(struct tx_test *t, const struct tx_case *c, const struct pkt *bytes,
	const struct tx_frames *w, enum cleave_plan *plan)
{
	struct cleave_tx_stats s = tx_test_stats(t);
	unsigned int whole = c->spec->payload / tx_case_mss(c, bytes), n = 0;
	const unsigned int engine[CLEAVE_NB_PLANS] = {
		[CLEAVE_PLAN_TSO] = w->nb,
		[CLEAVE_PLAN_PARTIAL] = whole,
	};
	struct rte_net_probe_counters k;

	for (unsigned int i = 0; i < CLEAVE_NB_PLANS; i++) {
		n += s.plan[i];
		if (s.plan[i] != 0)
			*plan = i;
	}
	rte_net_probe_counters_get(t->port, 0, &k);
	TEST_ASSERT_EQUAL(n, 1, "%u plans", n);
	TEST_ASSERT(tx_case_plans(c, bytes) & bit(*plan), "%s is not right here",
		cleave_plan_name(*plan));
	TEST_ASSERT_EQUAL(tx_frames_count(w, RTE_NET_PROBE_F_ENGINE), engine[*plan],
		"%s: %u of %u frames by the engine", cleave_plan_name(*plan),
		tx_frames_count(w, RTE_NET_PROBE_F_ENGINE), w->nb);
	TEST_ASSERT_EQUAL(k.tso_requests, engine[*plan] != 0, "requests");
	TEST_ASSERT_EQUAL(k.tso_tunnel + k.tso_opaque,
		engine[*plan] != 0 && c->spec->tunnel != PKT_TUNNEL_NONE, "not as a tunnel");
	if (*plan == CLEAVE_PLAN_TSO)
		TEST_ASSERT_EQUAL(k.tso_opaque, 0, "copied what has to be counted");
	if (*plan == CLEAVE_PLAN_GSO)
		TEST_ASSERT_EQUAL(s.segments, w->nb, "%u segments", (unsigned int)s.segments);
	return TEST_SUCCESS;
}

static uint16_t
gso_flags(uint8_t meta)
{
	return (meta & CLEAVE_META_FIXED_ID ? CLEAVE_GSO_FIXED_ID : 0) |
	       (meta & CLEAVE_META_FIXED_OUTER_ID ? CLEAVE_GSO_FIXED_OUTER_ID : 0) |
	       (meta & CLEAVE_META_ACCECN ? CLEAVE_GSO_ACCECN : 0);
}

int
tx_case_run(struct tx_test *t, struct tx_test *ref, const struct tx_case *c, enum cleave_plan *plan)
{
	struct tx_frames got, want;
	struct tx_case soft = *c;
	enum cleave_plan ran = 0;
	struct pkt bytes;

	if (send_case(t, c, &bytes, &got) < 0 || check_plan(t, c, &bytes, &got, &ran) < 0)
		return TEST_FAILED;
	pkt_free(&bytes);
	/* an opaque header's ID is copied: in software that has to be asked for */
	if (tx_frames_count(&got, RTE_NET_PROBE_F_OPAQUE) != 0)
		soft.meta |= TX_CASE_META | CLEAVE_META_FIXED_OUTER_ID;
	if (send_case(ref, &soft, &bytes, &want) < 0)
		return TEST_FAILED;
	TEST_ASSERT_SUCCESS(
		tx_frames_judge(&want, &bytes, tx_case_mss(c, &bytes), gso_flags(soft.meta)),
		"wrong in software");
	TEST_ASSERT_SUCCESS(
		tx_frames_same(&got, &want), "%s: not as in software", cleave_plan_name(ran));
	tx_frames_free(&got);
	tx_frames_free(&want);
	pkt_free(&bytes);
	if (plan != NULL)
		*plan = ran;
	return TEST_SUCCESS;
}
