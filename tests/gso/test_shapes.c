/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_shapes_autotest: CLEAVE_GSO_FRAGLIST. Packets are merged here as a fragment list is, what a
 * forwarder changes is changed on the head, and each packet has to come back as itself with that
 * change, all checksums taken anew bit by bit. Neighbours: fraglist.h, test_shapes_not.c.
 */
#include "fraglist.h"

static struct rte_mbuf *out[LIST_NB];

/* What a forwarder changes. */
static void
change(uint8_t *f, const struct cleave_pkt *w)
{
	memcpy(f, "\x02\x77\x66\x55\x44\x33\x02\x11\x22\x33\x44\x55", 12);
	for (unsigned int i = 0; i < w->nb_vlan; i++)
		f[14 + 4 * i + 1] ^= 0x5a;
	for (unsigned int i = 0; i < w->nb_mpls; i++)
		f[w->mac_len + 4 * i] ^= 0x11;
	for (unsigned int i = 0; i < w->nb_ip; i++) {
		uint8_t *h = f + w->ip[i].off;

		if (w->ip[i].version == 4) {
			h[1] ^= 0x2b;
			h[8]--;
			pkt_put32(h + 12, 0xc6336401 + i);
			pkt_put32(h + 16, 0xcb007105 + i);
		} else {
			pkt_put32(h, 0x6a5bcdef);
			h[7]--;
			memset(h + 8, 0x3d + i, 32);
		}
	}
	if (w->nb_ip == 2 && w->ip[0].proto == IPPROTO_UDP) {
		pkt_put16(f + w->tunnel_off, 51515);
		f[w->tunnel_off + 13] ^= 0x7f; /* the network's ID */
	} else if (w->nb_ip == 2 && (f[w->tunnel_off] & 0x20)) {
		f[w->inner_off - 1] ^= 0x7f; /* the key */
	}
	if (w->nb_ip == 2 && w->ip[1].off - w->inner_off >= 14)
		f[w->inner_off + 3] ^= 0x0f; /* inner MAC */
	pkt_put16(f + w->l4_off, 4321);
	pkt_put16(f + w->l4_off + 2, 8765);
}

/* A packet as it has to come back. */
static void
expected(const struct pkt *p, bool changed, uint8_t *frame)
{
	memcpy(frame, p->data, p->len);
	if (!changed)
		return;
	change(frame, &p->want);
	shapes_cksums(frame, p->len, &p->want);
}

static int
check_mbuf(const struct check_meta *meta, const struct rte_mbuf *m, uint64_t l4)
{
	const char *why = "";

	TEST_ASSERT_SUCCESS(rte_mbuf_check(m, 1, &why), "%s", why);
	TEST_ASSERT(m->nb_segs == 1 && m->next == NULL && rte_mbuf_refcnt_read(m) == 1, "chain");
	TEST_ASSERT_EQUAL(m->ol_flags & (RTE_MBUF_F_RX_LRO | RTE_MBUF_F_TX_TCP_SEG |
						RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_IP_CKSUM),
		l4, "flags %lx", m->ol_flags);
	TEST_ASSERT(m->tso_segsz == 0 && m->port == meta->port && m->vlan_tci == meta->vlan_tci &&
			    m->vlan_tci_outer == meta->vlan_tci_outer &&
			    memcmp(&m->hash, &meta->hash, 8) == 0 &&
			    (m->ol_flags & meta->ol_flags) == meta->ol_flags,
		"what the mbuf said is lost");
	return TEST_SUCCESS;
}

static int
round_trip(struct list *l, bool changed, bool junk, uint16_t flags)
{
	const struct cleave_pkt *w = &l->p[0].want;
	struct cleave_gso_req req = {.type = CLEAVE_GSO_FRAGLIST, .mss = LIST_MSS, .flags = flags};
	uint8_t frame[SHAPES_FRAME_MAX];
	struct check_meta meta;
	struct cleave_pkt walk;
	bool hw;

	if (list_merge(l, junk) < 0)
		return TEST_FAILED;
	if (changed)
		change(rte_pktmbuf_mtod(l->m, uint8_t *), w);
	TEST_ASSERT_SUCCESS(check_meta_set(l->m, &meta), "no dynamic field");
	TEST_ASSERT_SUCCESS(cleave_parse(l->m, &walk), "the walk failed");
	TEST_ASSERT_EQUAL(
		cleave_gso_segment(l->m, &walk, &req, &gso.pools[0], out, LIST_NB), LIST_NB, "cut");
	for (unsigned int i = 0; i < LIST_NB; i++) {
		hw = i == 0 && (flags & CLEAVE_GSO_HW_L4_CKSUM) &&
		     pkt_be16(list_l4_cksum(l->flat, w)) != 0 &&
		     shapes_outer_cksum(l->flat, w) == 0;
		expected(&l->p[i], changed, frame);
		if (hw)
			pkt_put16(list_l4_cksum(frame, w),
				pkt_pseudo(frame, &w->ip[w->nb_ip - 1], w->l4_proto,
					l->p[i].len - w->l4_off));
		TEST_ASSERT(mbuf_is(out[i], frame, l->p[i].len), "packet %u differs", i);
		if (check_mbuf(&meta, out[i],
			    !hw				 ? 0
			    : w->l4_proto == IPPROTO_TCP ? RTE_MBUF_F_TX_TCP_CKSUM
							 : RTE_MBUF_F_TX_UDP_CKSUM) < 0)
			return TEST_FAILED;
	}
	check_free(out, LIST_NB);
	return gso_pools_full();
}

static int
test_round_trip(void)
{
	static const uint16_t flags[] = {0, CLEAVE_GSO_LINEAR, CLEAVE_GSO_HW_L4_CKSUM};
	struct pkt_spec s;
	struct list l;

	for (unsigned int i = 0; shapes_spec(i / 3, &s); i++) {
		s.proto = i % 3 ? IPPROTO_UDP : IPPROTO_TCP;
		s.tcp_opt = PKT_TCP_TS;
		TEST_ASSERT_SUCCESS(list_build(&l, &s, i & 1 ? gso.pin : gso.in), "no frames");
		for (unsigned int k = 0; k < LIST_NB && i % 3 == 2; k++) { /* no checksum at all */
			pkt_put16(list_l4_cksum(l.p[k].data, &l.p[k].want), 0);
			shapes_cksums(l.p[k].data, l.p[k].len, &l.p[k].want);
		}
		for (unsigned int k = 0; k < RTE_DIM(flags) * 4; k++)
			TEST_ASSERT_SUCCESS(round_trip(&l, k & 1, k & 2, flags[k / 4]), "%s, %x",
				pkt_str(&s), flags[k / 4]);
		TEST_ASSERT_SUCCESS(
			round_trip(&l, false, false, CLEAVE_GSO_VERIFY), "%s", pkt_str(&s));
		list_free(&l);
	}
	return TEST_SUCCESS;
}

/* A checksum that was wrong is wrong by as much afterwards; one that becomes 0 is 0xffff in UDP. */
static int
test_checksums(void)
{
	const struct pkt_spec spec = {.proto = IPPROTO_UDP, .ip = {.version = 4, .ttl = 9}};
	struct cleave_gso_req req = {.type = CLEAVE_GSO_FRAGLIST, .mss = LIST_MSS};
	uint16_t was[LIST_NB], right[LIST_NB], got;
	uint8_t frame[SHAPES_FRAME_MAX];
	const struct cleave_pkt *w;
	struct cleave_pkt walk;
	struct list l;

	TEST_ASSERT_SUCCESS(list_build(&l, &spec, gso.in), "no frames");
	w = &l.p[0].want;
	for (unsigned int i = 1; i < LIST_NB; i++) {
		uint8_t *word = l.p[i].data + w->hdr_len, *field = list_l4_cksum(l.p[i].data, w);

		/* the payload that makes the new checksum 0 */
		expected(&l.p[i], true, frame);
		pkt_put16(word, pkt_sum_add(pkt_be16(word), pkt_be16(list_l4_cksum(frame, w))));
		shapes_cksums(l.p[i].data, l.p[i].len, w);
		was[i] = pkt_be16(field);
		if (i >= 3)
			pkt_put16(field, was[i] ^ 0x4321);
		right[i] = i < 3 ? 0xffff : pkt_sum_add(0, pkt_sum_add(was[i] ^ 0x4321, ~was[i]));
	}
	TEST_ASSERT_SUCCESS(list_merge(&l, true), "no list");
	change(rte_pktmbuf_mtod(l.m, uint8_t *), w);
	TEST_ASSERT_SUCCESS(cleave_parse(l.m, &walk), "the walk failed");
	TEST_ASSERT_EQUAL(
		cleave_gso_segment(l.m, &walk, &req, &gso.pools[0], out, LIST_NB), LIST_NB, "cut");
	for (unsigned int i = 1; i < LIST_NB; i++) {
		got = pkt_be16(list_l4_cksum(rte_pktmbuf_mtod(out[i], uint8_t *), w));
		TEST_ASSERT_EQUAL(got, right[i], "packet %u: %04x, not %04x", i, got, right[i]);
	}
	check_free(out, LIST_NB);
	list_free(&l);
	return gso_pools_full();
}

static struct unit_test_suite suite = {
	.suite_name = "fragment lists",
	.setup = gso_setup,
	.unit_test_cases = {TEST_CASE(test_round_trip), TEST_CASE(test_checksums),
		TEST_CASES_END()},
};

static int
test_gso_shapes(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_shapes_autotest, NOHUGE_OK, ASAN_OK, test_gso_shapes);
