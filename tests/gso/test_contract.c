/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_contract_autotest: sentences of cleave_gso.h and SEMANTICS.md that once did not hold, one a
 * case. Neighbours: gso_test.h; test_fail.c has the list of errors.
 */
#include "cleave_config.h"
#include "gso_test.h"

#define OUT_MAX 64

/* A packet on its way through a case. */
struct trial {
	struct pkt p;
	struct rte_mbuf *m, *out[OUT_MAX];
	int n;
};

/* Junk where the next call's locals will be. */
static __attribute__((noinline)) int
dirty_stack(void)
{
	volatile uint8_t junk[65536];

	for (unsigned int i = 0; i < sizeof(junk); i++)
		junk[i] = 0xff;
	return junk[77];
}

/* The frame; pieces: of the chain, NULL: one mbuf. */
static int
begin(struct trial *t, const struct pkt_spec *s)
{
	t->m = NULL;
	t->n = 0;
	return pkt_build(s, &t->p);
}

static int
fill(struct trial *t, const uint16_t *pieces, unsigned int nb)
{
	t->m = mbuf_chain(gso.in, t->p.data, t->p.len, pieces, nb);
	TEST_ASSERT_NOT_NULL(t->m, "no mbufs");
	return TEST_SUCCESS;
}

static void
cut(struct trial *t, const struct cleave_gso_req *req)
{
	struct cleave_pkt walk;

	t->n = -EBADMSG;
	if (cleave_parse(t->m, &walk) < 0)
		return;
	dirty_stack();
	t->n = cleave_gso_segment(t->m, &walk, req, &gso.pools[0], t->out, OUT_MAX);
}

/* All is given back, and what was refused is as it was. */
static int
end(struct trial *t)
{
	bool same = t->n > 0 || mbuf_is(t->m, t->p.data, t->p.len);

	if (t->n > 0)
		check_free(t->out, t->n);
	else
		rte_pktmbuf_free(t->m);
	pkt_free(&t->p);
	TEST_ASSERT(same, "refused with %d, and changed", t->n);
	return gso_pools_full();
}

/* Cut s, in one mbuf, and end so. */
static int
comes_to(const struct pkt_spec *s, const struct cleave_gso_req *req, void (*change)(struct pkt *p),
	int want)
{
	struct trial t;

	TEST_ASSERT_SUCCESS(begin(&t, s), "no frame");
	if (change != NULL)
		change(&t.p);
	TEST_ASSERT_SUCCESS(fill(&t, NULL, 0), "no packet");
	cut(&t, req);
	TEST_ASSERT_EQUAL(t.n, want, "%d, not %d", t.n, want);
	return end(&t);
}

/* What fits one fragment is copied into one mbuf, whatever was on the stack. */
static int
test_one_fragment_linear(void)
{
	const struct cleave_gso_req req = {
		.type = CLEAVE_GSO_FRAGMENT, .mss = 1480, .flags = CLEAVE_GSO_LINEAR};
	const struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.version = 4, .payload = 1000};
	static const uint16_t pieces[] = {500, 600};
	struct trial t;

	TEST_ASSERT_SUCCESS(begin(&t, &s), "no frame");
	TEST_ASSERT_SUCCESS(fill(&t, pieces, 2), "no packet");
	cut(&t, &req);
	TEST_ASSERT_EQUAL(t.n, 1, "%d", t.n);
	TEST_ASSERT(t.out[0]->nb_segs == 1 && mbuf_is(t.out[0], t.p.data, t.p.len), "changed");
	return end(&t);
}

/* What is no fragment is not said to be one. */
static int
test_one_fragment_ptype(void)
{
	const struct cleave_gso_req req = {.type = CLEAVE_GSO_FRAGMENT, .mss = 1480};
	const struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.version = 4, .payload = 1000};
	struct trial t;

	TEST_ASSERT_SUCCESS(begin(&t, &s), "no frame");
	TEST_ASSERT_SUCCESS(fill(&t, NULL, 0), "no packet");
	t.m->packet_type = RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_UDP;
	cut(&t, &req);
	TEST_ASSERT_EQUAL(t.n, 1, "%d", t.n);
	TEST_ASSERT_EQUAL(t.out[0]->packet_type & RTE_PTYPE_L4_MASK, RTE_PTYPE_L4_UDP, "type %x",
		t.out[0]->packet_type);
	return end(&t);
}

/* A burst of one merged packet. */
static int
merged(struct trial *t, uint64_t flags, uint16_t *taken, uint16_t *nb_out)
{
	const struct cleave_gso_req req = {0};

	TEST_ASSERT_SUCCESS(fill(t, NULL, 0), "no packet");
	t->m->ol_flags |= RTE_MBUF_F_RX_LRO | flags;
	t->m->tso_segsz = 1000;
	*taken = 1;
	*nb_out = OUT_MAX;
	return cleave_gso_burst(&t->m, taken, &req, &gso.pools[0], t->out, nb_out);
}

/* TCP merged by a NIC in a tunnel that the walk does not follow is not cut as UDP (part 4, 2). */
static int
test_lro_unknown_tunnel(void)
{
	const struct pkt_spec s = {.proto = IPPROTO_TCP,
		.tunnel = PKT_TUNNEL_VXLAN,
		.outer.version = 4,
		.ip.version = 4,
		.tcp_flags = CLEAVE_TCP_ACK,
		.payload = 5000};
	uint16_t taken, nb_out;
	struct trial t;
	int rc;

	TEST_ASSERT_SUCCESS(begin(&t, &s), "no frame");
	t.p.data[14 + 20 + 8] |= 0x01; /* the O bit: not followed */
	rc = merged(&t, 0, &taken, &nb_out);
	TEST_ASSERT(rc == -ENOTSUP && taken == 0 && nb_out == 0, "%d, %u datagrams", rc, nb_out);
	return end(&t);
}

/* A merged packet with a checksum known to be bad does not get new ones. */
static int
test_burst_bad(void)
{
	const struct pkt_spec s = {.proto = IPPROTO_TCP,
		.ip.version = 4,
		.tcp_flags = CLEAVE_TCP_ACK,
		.payload = 5000};
	uint16_t taken, nb_out;
	struct trial t;
	int rc;

	TEST_ASSERT_SUCCESS(begin(&t, &s), "no frame");
	t.p.data[t.p.len - 1] ^= 1;
	rc = merged(&t, RTE_MBUF_F_RX_L4_CKSUM_BAD, &taken, &nb_out);
	TEST_ASSERT(rc == 0 && taken == 1 && nb_out == 1 && t.out[0] == t.m,
		"%d, %u segments with good checksums", rc, nb_out);
	return end(&t);
}

/* OUTER_CKSUM makes an outer UDP checksum where there was none, for SCTP, too. */
static int
test_sctp_outer_cksum(void)
{
	const struct cleave_gso_req req = {
		.type = CLEAVE_GSO_BY_FRAGS, .flags = CLEAVE_GSO_OUTER_CKSUM};
	const struct pkt_spec s = {.proto = IPPROTO_SCTP,
		.tunnel = PKT_TUNNEL_VXLAN,
		.outer.version = 4,
		.ip.version = 4,
		.payload = 2400};
	static uint8_t flat[2000];
	uint16_t pieces[2] = {0, 1200};
	struct trial t;

	TEST_ASSERT_SUCCESS(begin(&t, &s), "no frame");
	pieces[0] = t.p.want.hdr_len;
	TEST_ASSERT_SUCCESS(fill(&t, pieces, 2), "no packet");
	cut(&t, &req);
	TEST_ASSERT_EQUAL(t.n, 2, "%d", t.n);
	for (int i = 0; i < t.n; i++) {
		uint32_t off = t.p.want.tunnel_off, len = mbuf_flat(t.out[i], flat, sizeof(flat));

		TEST_ASSERT(flat[off + 6] | flat[off + 7], "no outer checksum");
		TEST_ASSERT_EQUAL(
			pkt_sum_add(pkt_sum(flat + off, len - off),
				pkt_pseudo(flat, &t.p.want.ip[0], IPPROTO_UDP, len - off)),
			0xffff, "outer checksum");
	}
	return end(&t);
}

/* The direct pool may be one of pinned buffers; whatever comes out of it goes back as it was. */
static int
test_partial_pinned(void)
{
	const struct cleave_gso_pools pools = {gso.pin, gso.pools[0].indirect};
	const struct cleave_gso_req req = {.mss = 1000, .flags = CLEAVE_GSO_FIXED_OUTER_ID};
	const struct pkt_spec s = {.proto = IPPROTO_TCP,
		.tunnel = PKT_TUNNEL_VXLAN,
		.outer = {.version = 4, .df = true},
		.ip.version = 4,
		.tcp_flags = CLEAVE_TCP_ACK,
		.payload = 2500};
	struct rte_mbuf *m, *out[2];
	struct cleave_pkt walk;
	struct pkt p;
	bool lost = false;
	int n;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	m = mbuf_chain(gso.in, p.data, p.len, NULL, 0);
	TEST_ASSERT_SUCCESS(cleave_parse(m, &walk), "walk");
	n = cleave_gso_partial(m, &walk, &req, &pools, true, out);
	TEST_ASSERT_EQUAL(n, 2, "%d", n);
	for (struct rte_mbuf *x = out[1]; x != NULL; x = x->next)
		if (x->pool == gso.pin && !(x->ol_flags & RTE_MBUF_F_EXTERNAL)) {
			lost = true;
			x->ol_flags |= RTE_MBUF_F_EXTERNAL; /* for the tests that follow */
		}
	check_free(out, n);
	pkt_free(&p);
	TEST_ASSERT(!lost, "an mbuf of the pinned pool is no longer EXTERNAL");
	return gso_pools_full();
}

static void
short_datagram(struct pkt *p)
{
	pkt_put16(p->data + p->want.l4_off + 4, 8 + 900);
}

static void
no_checksum(struct pkt *p)
{
	pkt_put16(p->data + p->want.l4_off + 6, 0);
}

/* What lies behind a UDP datagram in its IP packet is no payload of it; one without a checksum has
 * none that is wrong. */
static int
test_udp(void)
{
	const struct cleave_gso_req req = {.mss = 1000},
				    verify = {.mss = 1000, .flags = CLEAVE_GSO_VERIFY};
	const struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.version = 4, .payload = 3000};

	TEST_ASSERT_SUCCESS(comes_to(&s, &req, short_datagram, -EINVAL), "surplus");
	TEST_ASSERT_SUCCESS(comes_to(&s, &verify, no_checksum, 3), "no checksum");
	return TEST_SUCCESS;
}

/* RFC 8200 4.5: a routing header is in every fragment; one that the walk does not know cannot be. */
static int
test_unknown_routing(void)
{
	const struct cleave_gso_req req = {.type = CLEAVE_GSO_FRAGMENT, .mss = 1200};
	const struct pkt_spec s = {.proto = IPPROTO_UDP,
		.ip = {.version = 6,
			.nb_ext = 1,
			.ext = {{.type = IPPROTO_ROUTING,
				.units = 2,
				.rt_type = 99,
				.segs_left = 1}}},
		.payload = 3000};

	return comes_to(&s, &req, NULL, -ENOTSUP);
}

/* More mbufs than scatter-gather takes are cut the linear way. */
static int
test_many_mbufs(void)
{
	const struct cleave_gso_req req = {.mss = 1000};
	const struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 5000};
	static const uint16_t pieces[] = {54, 1};
	static struct rte_mempool *mp;
	struct rte_mbuf *second;
	struct trial t;

	if (mp == NULL)
		mp = rte_pktmbuf_pool_create("gso_many", 8191, 0, 0, RTE_PKTMBUF_HEADROOM + 64, 0);
	TEST_ASSERT_NOT_NULL(mp, "no pool");
	TEST_ASSERT_SUCCESS(begin(&t, &s), "no frame");
	t.m = mbuf_chain(mp, t.p.data, t.p.len, pieces, 2);
	TEST_ASSERT_NOT_NULL(t.m, "no chain");
	second = t.m->next;
	rte_mbuf_refcnt_update(second, 1); /* not unchain */
	cut(&t, &req);
	TEST_ASSERT_EQUAL(t.n, 5, "%d of %u mbufs", t.n, 5001);
	TEST_ASSERT_EQUAL(t.out[0]->nb_segs, 1, "not linear");
	rte_pktmbuf_free_seg(second);
	TEST_ASSERT_SUCCESS(end(&t), "not given back");
	TEST_ASSERT(rte_mempool_full(mp), "mbufs were lost");
	return TEST_SUCCESS;
}

/* A datagram that looks like a tunnel with headers beyond CLEAVE_HDR_MAX is one that cannot be
 * walked whole: a datagram. */
static int
test_parse_long_inner(void)
{
	const struct pkt_spec s = {
		.proto = IPPROTO_UDP, .ip.version = 4, .dport = 4789, .payload = 4000};
	struct cleave_pkt walk;
	struct trial t;
	uint8_t *h;
	int rc;

	TEST_ASSERT_SUCCESS(begin(&t, &s), "no frame");
	h = t.p.data + t.p.want.hdr_len;
	memset(h, 0, 100);
	h[0] = 0x08;
	pkt_put16(h + 8 + 12, 0x86dd);
	h[22] = 0x60;
	pkt_put16(h + 22 + 4, 3900);
	h[22 + 6] = IPPROTO_DSTOPTS;
	h[22 + 40 + 1] = 255;
	TEST_ASSERT_SUCCESS(fill(&t, NULL, 0), "no packet");
	rc = cleave_parse(t.m, &walk);
	TEST_ASSERT(rc == 0 && walk.l4_proto == IPPROTO_UDP && walk.nb_ip == 1, "%d", rc);
	return end(&t);
}

/* RFC 2675 3: a jumbo option in a packet with a payload length is an error. */
static void
outer_jumbo(struct pkt *p)
{
	memcpy(p->data + 14 + 40 + 2, "\xc2\x04\x00\x01\x11\x70", 6);
	pkt_put16(p->data + 14 + 4, 0);
	pkt_put16(p->data + p->want.ip[1].off + 2, 0);
}

static int
test_sctp_outer_jumbo(void)
{
	const struct cleave_gso_req req = {.type = CLEAVE_GSO_BY_FRAGS};
	const struct pkt_spec s = {.proto = IPPROTO_SCTP,
		.tunnel = PKT_TUNNEL_IPIP,
		.outer = {.version = 6, .nb_ext = 1, .ext = {{.type = IPPROTO_HOPOPTS}}},
		.ip.version = 4,
		.payload = 70000};
	uint16_t pieces[2] = {0, 1400};
	struct trial t;

	TEST_ASSERT_SUCCESS(begin(&t, &s), "no frame");
	outer_jumbo(&t.p);
	pieces[0] = t.p.want.hdr_len;
	TEST_ASSERT_SUCCESS(fill(&t, pieces, 2), "no packet");
	cut(&t, &req);
	TEST_ASSERT_EQUAL(t.n, -ENOTSUP, "%d", t.n);
	return end(&t);
}

static struct unit_test_suite suite = {
	.suite_name = "what the contract says",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_one_fragment_linear),
			TEST_CASE(test_one_fragment_ptype),
			TEST_CASE(test_lro_unknown_tunnel),
			TEST_CASE(test_burst_bad),
			TEST_CASE(test_sctp_outer_cksum),
			TEST_CASE(test_partial_pinned),
			TEST_CASE(test_udp),
			TEST_CASE(test_unknown_routing),
			TEST_CASE(test_many_mbufs),
			TEST_CASE(test_parse_long_inner),
			TEST_CASE(test_sctp_outer_jumbo),
			TEST_CASES_END(),
		},
};

static int
test_contract(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_contract_autotest, NOHUGE_OK, ASAN_OK, test_contract);
