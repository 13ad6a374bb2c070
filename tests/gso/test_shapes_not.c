/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_shapes_not_autotest: what is no fragment list any more is cut as CLEAVE_GSO_L4, and what is one
 * may be refused; whose sums are known is not summed again. Neighbours: fraglist.h, test_shapes.c.
 */
#include "fraglist.h"

static struct rte_mbuf *out[64];

/* Ways in which a fragment list stops to be one: of packet 2, if not of the head. */
enum breach {
	SHARED,
	CLONED,
	NO_HEADROOM,
	SEQUENCE,
	IP_LENGTH,
	SHORT_HEAD,
	SHORT_MIDDLE,
	WHOLE_LENGTH,
	PROTOCOL,
	DATA_OFFSET,
	ETHERTYPE,
	EXTENSION,
	PADDING,
	OTHER_MSS,
	TAG_PUSHED,
	BREACHES
};

static int
breach(struct list *l, enum breach how, struct cleave_gso_req *req)
{
	const struct cleave_pkt *w = &l->p[0].want;
	struct rte_mbuf *c = l->m->next->next, *last = rte_pktmbuf_lastseg(l->m);
	uint8_t *hdr = rte_pktmbuf_mtod(c, uint8_t *) - w->hdr_len;
	uint8_t *head = rte_pktmbuf_mtod(l->m, uint8_t *);
	bool v6 = w->ip[0].version == 6;

	switch (how) {
	case SHARED:
		rte_mbuf_refcnt_update(c, 1);
		break;
	case CLONED:
		c = rte_pktmbuf_clone(l->m, gso.hold);
		TEST_ASSERT_NOT_NULL(c, "no clone");
		rte_pktmbuf_free(l->m);
		l->m = c;
		break;
	case NO_HEADROOM:
		memmove((uint8_t *)c->buf_addr + w->hdr_len - 1, hdr + w->hdr_len, c->data_len);
		c->data_off = w->hdr_len - 1;
		break;
	case SEQUENCE:
		hdr[w->l4_off + 7]++;
		break;
	case IP_LENGTH:
		hdr[w->l2_len + (v6 ? 5 : 3)]--;
		break;
	case SHORT_HEAD:
		l->m->data_len -= 4;
		l->m->pkt_len -= 4;
		shapes_lengths(head, l->m->pkt_len, w);
		break;
	case WHOLE_LENGTH: /* what lies behind it is a trailer */
		shapes_lengths(head, l->m->pkt_len - 100, w);
		break;
	case SHORT_MIDDLE:
		rte_pktmbuf_trim(last, 4);
		c->data_len -= 4;
		last->data_len += 4;
		last->pkt_len += 4;
		l->m->pkt_len -= 4;
		pkt_put16(hdr + w->l2_len + (v6 ? 4 : 2),
			pkt_be16(hdr + w->l2_len + (v6 ? 4 : 2)) - 4);
		memcpy(l->flat, head, w->hdr_len);
		shapes_lengths(head, l->m->pkt_len, w);
		break;
	case PROTOCOL:
		hdr[w->l2_len + (v6 ? 6 : 9)] = IPPROTO_UDP;
		break;
	case DATA_OFFSET:
		hdr[w->l4_off + 12] -= 0x10;
		break;
	case ETHERTYPE:
		hdr[w->l2_len - 1]++;
		break;
	case EXTENSION:
		hdr[w->l2_len + w->ip[0].len - 1] ^= 1;
		break;
	case PADDING:
		last->data_len += 4;
		l->m->pkt_len += 4;
		break;
	case OTHER_MSS:
		req->mss -= 8;
		break;
	default: /* TAG_PUSHED */
		TEST_ASSERT_NOT_NULL(rte_pktmbuf_prepend(l->m, 4), "no headroom");
		memmove(head - 4, head, 12);
		memcpy(head + 8, "\x81\x00\x20\x55", 4);
	}
	return TEST_SUCCESS;
}

/* Then it is cut as CLEAVE_GSO_L4, and what others hold is left alone. */
static int
test_not_a_list(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP};
	struct cleave_gso_req req = {.type = CLEAVE_GSO_FRAGLIST};
	struct cleave_pkt walk, at;
	struct rte_mbuf *held;
	struct check_in in;
	struct list l;
	int n;

	for (unsigned int i = 0; i < BREACHES * 2; i++) {
		uint8_t before[256];

		s.ip = *pkt_shape(i < BREACHES ? 1 : 4);
		req.mss = LIST_MSS;
		TEST_ASSERT_SUCCESS(list_build(&l, &s, gso.in), "no frames");
		if (list_merge(&l, true) < 0 || breach(&l, i % BREACHES, &req) < 0)
			return TEST_FAILED;
		held = i % BREACHES == SHARED ? l.m->next->next : NULL;
		if (held != NULL)
			memcpy(before, rte_pktmbuf_mtod(held, uint8_t *) - 128, sizeof(before));
		list_flatten(&l);
		TEST_ASSERT_SUCCESS(cleave_parse(l.m, &walk), "the walk failed");
		n = cleave_gso_segment(l.m, &walk, &req, &gso.pools[0], out, RTE_DIM(out));
		TEST_ASSERT(n > 0, "breach %u: %d", i, n);
		in = check_in_tcp(l.flat, l.whole.len, &at);
		TEST_ASSERT_SUCCESS(check_mbufs(&in, &req, NULL, out, n), "breach %u", i);
		check_free(out, n);
		if (held != NULL) {
			TEST_ASSERT_SUCCESS(memcmp(before, rte_pktmbuf_mtod(held, uint8_t *) - 128,
						    sizeof(before)),
				"another's bytes changed");
			rte_pktmbuf_free(held);
		}
		list_free(&l);
		TEST_ASSERT_SUCCESS(gso_pools_full(), "breach %u", i);
	}
	return TEST_SUCCESS;
}

static int
test_refused(void)
{
	const struct pkt_spec s = {.proto = IPPROTO_TCP, .ip = {.version = 4, .ttl = 9}};
	struct cleave_gso_req req = {.type = CLEAVE_GSO_FRAGLIST, .mss = LIST_MSS};
	struct gso_packet g = {0};
	struct list l;

	TEST_ASSERT_SUCCESS(list_build(&l, &s, gso.in), "no frames");
	TEST_ASSERT_SUCCESS(list_merge(&l, true), "no list");
	list_flatten(&l);
	g.m = l.m;
	g.pkt = &l.whole;
	if (gso_refused_packet(&g, &req, &gso.pools[0], LIST_NB - 1, -ENOSPC) < 0)
		return TEST_FAILED;
	req.flags = CLEAVE_GSO_VERIFY;
	if (gso_refused_packet(&g, &req, &gso.pools[0], LIST_NB, -EBADMSG) < 0)
		return TEST_FAILED;
	gso_packet_drop(&g);
	list_free(&l);
	return gso_pools_full();
}

/* The sum of the first payload is that of its struct cleave_meta, not computed again. */
static int
test_sums(void)
{
	const struct pkt_spec s = {.proto = IPPROTO_TCP, .ip = {.version = 4, .ttl = 9}};
	struct cleave_gso_req req = {
		.type = CLEAVE_GSO_FRAGLIST, .mss = LIST_MSS, .flags = CLEAVE_GSO_SUMS};
	struct cleave_pkt walk;
	struct list l;
	uint32_t hdr;

	TEST_ASSERT_SUCCESS(cleave_meta_register(), "no dynamic field");
	TEST_ASSERT_SUCCESS(list_build(&l, &s, gso.in), "no frames");
	hdr = l.p[0].want.hdr_len;
	for (unsigned int wrong = 0; wrong < 2; wrong++) {
		TEST_ASSERT_SUCCESS(list_merge(&l, true), "no list");
		l.m->ol_flags |= cleave_meta_flag;
		cleave_meta(l.m)->sum =
			rte_cpu_to_be_16(pkt_sum(l.p[0].data + hdr, LIST_MSS)) + wrong;
		TEST_ASSERT_SUCCESS(cleave_parse(l.m, &walk), "the walk failed");
		TEST_ASSERT_EQUAL(cleave_gso_segment(l.m, &walk, &req, &gso.pools[0], out, LIST_NB),
			LIST_NB, "cut");
		for (unsigned int i = 0; i < LIST_NB; i++) {
			TEST_ASSERT(mbuf_is(out[i], l.p[i].data, l.p[i].len) == (i > 0 || !wrong),
				"packet %u, sum wrong: %u", i, wrong);
			TEST_ASSERT((out[i]->ol_flags & cleave_meta_flag) == 0, "flag stays");
		}
		check_free(out, LIST_NB);
	}
	list_free(&l);
	return gso_pools_full();
}

static struct unit_test_suite suite = {
	.suite_name = "fragment lists no more",
	.setup = gso_setup,
	.unit_test_cases = {TEST_CASE(test_not_a_list), TEST_CASE(test_refused),
		TEST_CASE(test_sums), TEST_CASES_END()},
};

static int
test_gso_shapes_not(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_shapes_not_autotest, NOHUGE_OK, ASAN_OK, test_gso_shapes_not);
