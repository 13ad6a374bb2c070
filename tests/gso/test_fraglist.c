/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_fraglist_autotest: fragment lists of packets that are regular, so that their own headers and
 * those that a cut by the L4 header makes are the same: however the list lies in memory, and
 * whoever else holds some of it, the same frames come out, with what was changed on the head.
 * Neighbours: test_shapes.c (lists of packets that are not regular).
 */
#include "gso_test.h"

#define MSS 700
#define FRAME_MAX 1024

/* What holds the packets behind the first one. */
enum kind { PLAIN, SHARED, CLONED, EXTERNAL, PINNED, SOME_SHARED, KINDS };

static struct rte_mbuf *out[16], *held[16];
static unsigned int nb_held, nb_freed, nb_ext;

/* What a forwarder changes; the judge takes the packet with it for the input. */
static void
change(struct pkt *w)
{
	memcpy(w->data, "\x02\x77\x66\x55\x44\x33\x02\x11\x22\x33\x44\x55", 12);
	for (unsigned int l = 0; l < w->want.nb_ip; l++) {
		uint8_t *h = w->data + w->want.ip[l].off;

		if (w->want.ip[l].version == 4) {
			h[1] ^= 0x28;
			h[8]--;
			pkt_put32(h + 12, 0xc6336401 + l);
			pkt_put32(h + 16, 0xcb007105 + l);
		} else {
			h[0] ^= 2;
			h[7]--;
			memset(h + 8, 0x3d + l, 32);
		}
	}
	pkt_put16(w->data + w->want.l4_off, 4321);
	pkt_put16(w->data + w->want.l4_off + 2, 8765);
}

/* One packet of the list, headers still in front. */
static struct rte_mbuf *
packet(const uint8_t *frame, uint32_t len, enum kind kind, unsigned int i)
{
	bool own = i == 0 || kind == PLAIN || (kind == SOME_SHARED && i % 2);
	struct rte_mbuf *m;

	if (!own && kind == EXTERNAL) {
		nb_ext++;
		return mbuf_ext(gso.in, frame, len, &nb_freed);
	}
	m = mbuf_chain(kind == PINNED ? gso.pin : gso.in, frame, len, NULL, 0);
	if (m == NULL || own || kind == PINNED)
		return m;
	held[nb_held++] = m;
	if (kind == CLONED)
		return rte_pktmbuf_clone(m, gso.hold);
	rte_mbuf_refcnt_update(m, 1);
	return m;
}

/* The packets as they were, each with its headers before its data; the head's are those of w. */
static struct rte_mbuf *
merge(const struct pkt *was, const struct pkt *w, enum kind kind)
{
	const struct cleave_gso_req req = {.mss = MSS};
	const struct check_in in = check_in(was);
	unsigned int nb = check_nb(&in, &req);
	struct rte_mbuf *head = NULL, *m;
	uint8_t frame[FRAME_MAX];

	nb_held = nb_freed = nb_ext = 0;
	for (unsigned int i = 0; i < nb; i++) {
		uint32_t len = check_write(&in, &req, i, nb, frame, sizeof(frame));

		m = len == 0 ? NULL : packet(frame, len, kind, i);
		if (m == NULL)
			return NULL;
		if (i > 0)
			rte_pktmbuf_adj(m, w->want.hdr_len);
		if (head != NULL && rte_pktmbuf_chain(head, m) < 0)
			return NULL;
		head = head == NULL ? m : head;
	}
	memcpy(rte_pktmbuf_mtod(head, uint8_t *), w->data, w->want.hdr_len);
	head->ol_flags |= RTE_MBUF_F_RX_LRO;
	head->tso_segsz = MSS;
	return head;
}

/* The other holders let go: their bytes, headers too, are what they were. */
static int
release(const struct pkt *was)
{
	const struct cleave_gso_req req = {.mss = MSS};
	const struct check_in in = check_in(was);
	unsigned int nb = check_nb(&in, &req), same = 0;
	uint8_t frame[FRAME_MAX];

	for (unsigned int k = 0; k < nb_held; k++) {
		for (unsigned int i = 1; i < nb; i++) {
			uint32_t len = check_write(&in, &req, i, nb, frame, sizeof(frame));
			uint8_t *own = (uint8_t *)held[k]->buf_addr + RTE_PKTMBUF_HEADROOM;

			same += memcmp(own, frame, len) == 0;
		}
		TEST_ASSERT_EQUAL(rte_mbuf_refcnt_read(held[k]), 1, "still shared");
		rte_pktmbuf_free_seg(held[k]);
	}
	TEST_ASSERT(same >= nb_held, "%u of %u that others hold changed", nb_held - same, nb_held);
	TEST_ASSERT_EQUAL(nb_freed, nb_ext, "%u of %u external buffers", nb_freed, nb_ext);
	return gso_pools_full();
}

static int
cut(const struct pkt *was, const struct pkt *w, enum kind kind, uint16_t flags)
{
	const struct cleave_gso_req req = {.type = CLEAVE_GSO_FRAGLIST, .mss = MSS, .flags = flags};
	const struct check_in in = check_in(w);
	struct rte_mbuf *m = merge(was, w, kind);
	struct check_meta meta;
	struct cleave_pkt walk;
	unsigned int direct;
	int n, rc;

	TEST_ASSERT(m != NULL && cleave_parse(m, &walk) == 0, "no list");
	TEST_ASSERT_SUCCESS(check_meta_set(m, &meta), "no dynamic field");
	n = cleave_gso_segment(m, &walk, &req, &gso.pools[0], out, RTE_DIM(out));
	TEST_ASSERT(n > 0, "not cut: %d", n);
	direct = rte_mempool_in_use_count(gso.pools[0].direct);
	rc = check_mbufs(&in, &req, &meta, out, n);
	if (kind == PLAIN && flags == 0)
		TEST_ASSERT(direct == 0 && out[0] == m, "%u mbufs were taken", direct);
	check_free(out, n);
	return release(was) < 0 ? TEST_FAILED : rc;
}

static int
all_kinds(struct pkt *was)
{
	static const uint16_t flags[] = {0, CLEAVE_GSO_SCATTER, CLEAVE_GSO_LINEAR};
	uint8_t *before = malloc(was->len);
	struct pkt w = *was;
	int rc = 0;

	TEST_ASSERT_NOT_NULL(before, "no memory");
	memcpy(before, was->data, was->len);
	w.data = before;
	for (unsigned int changed = 0; changed < 2; changed++) {
		if (changed)
			change(&w);
		for (unsigned int i = 0; i < KINDS * RTE_DIM(flags) && rc == 0; i++) {
			rc = cut(was, &w, i / RTE_DIM(flags), flags[i % RTE_DIM(flags)]);
			if (rc < 0)
				printf("changed %u, kind %u, flags %x\n", changed,
					(unsigned int)(i / RTE_DIM(flags)),
					flags[i % RTE_DIM(flags)]);
		}
	}
	free(before);
	return rc;
}

static int
test_plain(void)
{
	struct pkt_spec s = {.tcp_opt = PKT_TCP_TS};

	for (unsigned int i = 0; i < 2 * PKT_SHAPES_WHOLE; i++) {
		s.proto = i % 2 ? IPPROTO_UDP : IPPROTO_TCP;
		s.ip = *pkt_shape(i / 2);
		s.ip.id = 0xfffd;
		s.nb_vlan = i % 3;
		s.seq = 0xffffff00;
		s.tcp_flags = CLEAVE_TCP_ACK | (i % 4 < 2 ? CLEAVE_TCP_PSH : 0);
		s.payload = i % 3 ? 5 * MSS - 77 : 4 * MSS;
		if (gso_with_frame(&s, all_kinds) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_tunnels(void)
{
	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++) {
		struct pkt_spec s = *pkt_tunnel_variant(i);

		s.payload = 4 * MSS + i;
		s.proto = i % 3 ? IPPROTO_TCP : IPPROTO_UDP;
		s.outer.id = 0xfffe;
		if (gso_with_frame(&s, all_kinds) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "fragment lists, however they lie in memory",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_plain),
			TEST_CASE(test_tunnels),
			TEST_CASES_END(),
		},
};

static int
test_fraglist(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_fraglist_autotest, NOHUGE_OK, ASAN_OK, test_fraglist);
