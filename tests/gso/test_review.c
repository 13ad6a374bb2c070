/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_review_autotest: what a review of lib/gso found; each case says what must hold and does not
 * yet. Neighbours: gso_test.h, cleave_gso.h (the contract).
 */
#include "cleave_config.h"
#include "gso_test.h"

/* Junk where the next call's locals will be. */
static __attribute__((noinline)) int
dirty_stack(void)
{
	volatile uint8_t junk[65536];

	for (unsigned int i = 0; i < sizeof(junk); i++)
		junk[i] = 0xff;
	return junk[77];
}

static int
segment(struct rte_mbuf *m, const struct cleave_gso_req *req, struct rte_mbuf **out, uint16_t room)
{
	struct cleave_pkt walk;

	if (cleave_parse(m, &walk) < 0)
		return -1000;
	dirty_stack();
	return cleave_gso_segment(m, &walk, req, &gso.pools[0], out, room);
}

/* What fits one fragment is copied into one mbuf, whatever was on the stack. */
static int
test_one_fragment_linear(void)
{
	const struct cleave_gso_req req = {
		.type = CLEAVE_GSO_FRAGMENT, .mss = 1480, .flags = CLEAVE_GSO_LINEAR};
	const struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.version = 4, .payload = 1000};
	static const uint16_t pieces[] = {500, 600};
	struct rte_mbuf *m, *out[4];
	struct pkt p;
	int n;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	m = mbuf_chain(gso.in, p.data, p.len, pieces, 2);
	n = segment(m, &req, out, 4);
	TEST_ASSERT_EQUAL(n, 1, "%d", n);
	rte_pktmbuf_free(out[0]);
	pkt_free(&p);
	return TEST_SUCCESS;
}

/* What is no fragment is not said to be one. */
static int
test_one_fragment_ptype(void)
{
	const struct cleave_gso_req req = {.type = CLEAVE_GSO_FRAGMENT, .mss = 1480};
	const struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.version = 4, .payload = 1000};
	struct rte_mbuf *m, *out[4];
	struct pkt p;
	int n;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	m = mbuf_chain(gso.in, p.data, p.len, NULL, 0);
	m->packet_type = RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_UDP;
	n = segment(m, &req, out, 4);
	TEST_ASSERT_EQUAL(n, 1, "%d", n);
	TEST_ASSERT_EQUAL(out[0]->packet_type & RTE_PTYPE_L4_MASK, RTE_PTYPE_L4_UDP, "type %x",
		out[0]->packet_type);
	rte_pktmbuf_free(out[0]);
	pkt_free(&p);
	return TEST_SUCCESS;
}

/* TCP merged by a NIC in a tunnel that the walk does not follow is not cut as UDP (part 4, 2). */
static int
test_lro_unknown_tunnel(void)
{
	const struct cleave_gso_req req = {0};
	const struct pkt_spec s = {.proto = IPPROTO_TCP,
		.tunnel = PKT_TUNNEL_VXLAN,
		.outer.version = 4,
		.ip.version = 4,
		.tcp_flags = CLEAVE_TCP_ACK,
		.payload = 5000};
	struct rte_mbuf *m, *out[16];
	uint16_t nb = 1, nb_out = 16;
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	p.data[14 + 20 + 8] |= 0x01; /* the O bit: not followed */
	m = mbuf_chain(gso.in, p.data, p.len, NULL, 0);
	m->ol_flags |= RTE_MBUF_F_RX_LRO;
	m->tso_segsz = 1000;
	rc = cleave_gso_burst(&m, &nb, &req, &gso.pools[0], out, &nb_out);
	printf("burst: %d, %u taken, %u out\n", rc, nb, nb_out);
	TEST_ASSERT(rc == -ENOTSUP && nb == 0, "cut as %u UDP datagrams", nb_out);
	return TEST_SUCCESS;
}

/* A merged packet with a checksum known to be bad does not get new ones. */
static int
test_burst_bad(void)
{
	const struct cleave_gso_req req = {0};
	const struct pkt_spec s = {.proto = IPPROTO_TCP,
		.ip.version = 4,
		.tcp_flags = CLEAVE_TCP_ACK,
		.payload = 5000};
	struct rte_mbuf *m, *out[16];
	uint16_t nb = 1, nb_out = 16;
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	p.data[p.len - 1] ^= 1;
	m = mbuf_chain(gso.in, p.data, p.len, NULL, 0);
	m->ol_flags |= RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_BAD;
	m->tso_segsz = 1000;
	rc = cleave_gso_burst(&m, &nb, &req, &gso.pools[0], out, &nb_out);
	TEST_ASSERT(rc < 0 || nb_out == 1, "%u segments with good checksums", nb_out);
	return TEST_SUCCESS;
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
	uint16_t pieces[2];
	struct rte_mbuf *m, *out[4];
	const uint8_t *h;
	struct pkt p;
	int n;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	pieces[0] = p.want.hdr_len;
	pieces[1] = 1200;
	m = mbuf_chain(gso.in, p.data, p.len, pieces, 2);
	n = segment(m, &req, out, 4);
	TEST_ASSERT_EQUAL(n, 2, "%d", n);
	h = rte_pktmbuf_mtod(out[0], const uint8_t *) + p.want.tunnel_off + 6;
	TEST_ASSERT(h[0] | h[1], "no outer checksum");
	check_free(out, n);
	pkt_free(&p);
	return TEST_SUCCESS;
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
	return TEST_SUCCESS;
}

/* What lies behind a UDP datagram in its IP packet is no payload of it. */
static int
test_udp_surplus(void)
{
	const struct cleave_gso_req req = {.mss = 1000};
	const struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.version = 4, .payload = 3000};
	struct rte_mbuf *m, *out[8];
	struct pkt p;
	int n;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	pkt_put16(p.data + p.want.l4_off + 4, 8 + 900);
	m = mbuf_chain(gso.in, p.data, p.len, NULL, 0);
	n = segment(m, &req, out, 8);
	TEST_ASSERT_EQUAL(n, -EINVAL, "a datagram of 900 bytes became %d of 1000", n);
	return TEST_SUCCESS;
}

/* RFC 8200 4.5: a routing header is in every fragment, known or not. */
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
	struct rte_mbuf *m, *out[8];
	const uint8_t *h;
	struct pkt p;
	int n;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	m = mbuf_chain(gso.in, p.data, p.len, NULL, 0);
	n = segment(m, &req, out, 8);
	if (n < 0)
		return TEST_SUCCESS;
	h = rte_pktmbuf_mtod(out[0], const uint8_t *) + 14;
	TEST_ASSERT(h[6] == IPPROTO_ROUTING, "%d fragments, next header %u, behind it %u", n, h[6],
		h[40]);
	return TEST_SUCCESS;
}

/* A UDP datagram without a checksum has none that is wrong. */
static int
test_verify_none(void)
{
	const struct cleave_gso_req req = {.mss = 1000, .flags = CLEAVE_GSO_VERIFY};
	const struct pkt_spec s = {.proto = IPPROTO_UDP, .ip.version = 4, .payload = 3000};
	struct rte_mbuf *m, *out[8];
	struct pkt p;
	int n;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	pkt_put16(p.data + p.want.l4_off + 6, 0);
	m = mbuf_chain(gso.in, p.data, p.len, NULL, 0);
	n = segment(m, &req, out, 8);
	TEST_ASSERT_EQUAL(n, 3, "%d", n);
	return TEST_SUCCESS;
}

/* More mbufs than scatter-gather takes are cut the linear way. */
static int
test_many_mbufs(void)
{
	const struct cleave_gso_req req = {.mss = 1000};
	const struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 5000};
	struct rte_mempool *mp =
		rte_pktmbuf_pool_create("review", 8191, 0, 0, RTE_PKTMBUF_HEADROOM + 64, 0);
	struct rte_mbuf *m, *out[8];
	uint16_t pieces[] = {54, 1};
	struct pkt p;
	int n;

	TEST_ASSERT(mp != NULL, "no pool");
	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	m = mbuf_chain(mp, p.data, p.len, pieces, 2);
	TEST_ASSERT(m != NULL, "no chain");
	rte_mbuf_refcnt_update(m->next, 1); /* not unchain */
	n = segment(m, &req, out, 8);
	TEST_ASSERT_EQUAL(n, 5, "%d of %u mbufs", n, 5001);
	return TEST_SUCCESS;
}

/* A datagram that looks like a tunnel with headers beyond CLEAVE_HDR_MAX is one that cannot be walked
 * whole: a datagram. */
static int
test_parse_long_inner(void)
{
	const struct pkt_spec s = {
		.proto = IPPROTO_UDP, .ip.version = 4, .dport = 4789, .payload = 4000};
	struct cleave_pkt walk;
	struct rte_mbuf *m;
	uint8_t *h;
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	h = p.data + p.want.hdr_len;
	memset(h, 0, 100);
	h[0] = 0x08;
	pkt_put16(h + 8 + 12, 0x86dd);
	h[22] = 0x60;
	pkt_put16(h + 22 + 4, 3900);
	h[22 + 6] = IPPROTO_DSTOPTS;
	h[22 + 40 + 1] = 255;
	m = mbuf_chain(gso.in, p.data, p.len, NULL, 0);
	rc = cleave_parse(m, &walk);
	TEST_ASSERT(rc == 0 && walk.l4_proto == IPPROTO_UDP, "%d", rc);
	return TEST_SUCCESS;
}

/* RFC 2675 3: a jumbo option in a packet with a payload length is an error. */
static int
test_sctp_outer_jumbo(void)
{
	const struct cleave_gso_req req = {.type = CLEAVE_GSO_BY_FRAGS};
	const struct pkt_spec s = {.proto = IPPROTO_SCTP,
		.tunnel = PKT_TUNNEL_IPIP,
		.outer = {.version = 6, .nb_ext = 1, .ext = {{.type = IPPROTO_HOPOPTS}}},
		.ip.version = 4,
		.payload = 70000};
	static const uint8_t jumbo[] = {0xc2, 4, 0, 1, 0x11, 0x70};
	struct rte_mbuf *m, *out[64];
	uint16_t pieces[2];
	const uint8_t *h;
	struct pkt p;
	int n;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	memcpy(p.data + 14 + 40 + 2, jumbo, 6);
	pkt_put16(p.data + 14 + 4, 0);
	pkt_put16(p.data + p.want.ip[1].off + 2, 0);
	pieces[0] = p.want.hdr_len;
	pieces[1] = 1400;
	m = mbuf_chain(gso.in, p.data, p.len, pieces, 2);
	n = segment(m, &req, out, 64);
	if (n < 0)
		return TEST_SUCCESS;
	h = rte_pktmbuf_mtod(out[0], const uint8_t *) + 14;
	TEST_ASSERT(h[6] != 0 || h[42] != 0xc2, "%d packets, length %u, with a jumbo option", n,
		pkt_be16(h + 4));
	return TEST_SUCCESS;
}

/* One chain in which several mbufs are clones of one, and it is among them. */
static struct rte_mbuf *
same_chain(const struct pkt *p, uint32_t *seed)
{
	uint32_t hdr = p->want.hdr_len;
	struct rte_mbuf *head = mbuf_chain(gso.in, p->data, hdr, NULL, 0), *d = NULL, *m;
	uint32_t off = hdr, room = 0;

	while (off < p->len) {
		uint32_t n = RTE_MIN(1 + pkt_rand(seed) % 700, p->len - off);

		if (d == NULL || room < n) {
			if (d !=
				NULL) { /* the direct one itself, empty, behind its clones or not */
				d->data_off += d->data_len;
				d->data_len = d->pkt_len = 0;
				if (pkt_rand(seed) % 2)
					rte_pktmbuf_chain(head, d);
				else
					rte_pktmbuf_free(d);
			}
			d = mbuf_chain(
				gso.in, p->data + off, RTE_MIN(2000u, p->len - off), NULL, 0);
			room = d->data_len;
			n = RTE_MIN(n, room);
		}
		if (n == room) { /* its end is in the direct one */
			m = d;
			d = NULL;
			m->data_off += m->data_len - n;
		} else {
			m = rte_pktmbuf_clone(d, gso.hold);
			m->data_off += d->data_len - room;
		}
		m->data_len = m->pkt_len = n;
		rte_pktmbuf_chain(head, m);
		room -= n;
		off += n;
	}
	rte_pktmbuf_free(d);
	return head;
}

static int
test_clones_of_one(void)
{
	const struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 9000};
	static uint8_t flat[10000], got[10000];
	uint32_t seed = 7;
	struct pkt p;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	for (unsigned int i = 0; i < 3000; i++) {
		struct cleave_gso_req req = {.mss = 100 + pkt_rand(&seed) % 2000,
			.flags = pkt_rand(&seed) % 2 ? CLEAVE_GSO_SCATTER : 0};
		struct rte_mbuf *m = same_chain(&p, &seed), *out[128];
		uint32_t at = 0, hdr = p.want.hdr_len;
		struct drain drain;
		int n = -ENOMEM;

		TEST_ASSERT(mbuf_is(m, p.data, p.len), "chain");
		for (unsigned int left = pkt_rand(&seed) % 30; n == -ENOMEM; left++) {
			TEST_ASSERT_SUCCESS(drain_to(&drain, gso.pools[0].indirect, left), "drain");
			n = segment(m, &req, out, 128);
			if (n < 0)
				TEST_ASSERT(n == -ENOMEM && mbuf_is(m, p.data, p.len), "%d", n);
			drain_undo(&drain);
		}
		for (int j = 0; j < n; j++) {
			uint32_t len = mbuf_flat(out[j], flat, sizeof(flat));

			TEST_ASSERT(len == out[j]->pkt_len, "length");
			memcpy(got + at, flat + hdr, len - hdr);
			at += len - hdr;
		}
		TEST_ASSERT(at == s.payload && memcmp(got, p.data + hdr, at) == 0, "bytes");
		/* freed in any order */
		for (int j = 0; j < n; j++) {
			int k = j + pkt_rand(&seed) % (n - j);

			rte_pktmbuf_free(out[k]);
			out[k] = out[j];
		}
		TEST_ASSERT(rte_mempool_full(gso.in) && rte_mempool_full(gso.hold) &&
				    rte_mempool_full(gso.pools[0].direct) &&
				    rte_mempool_full(gso.pools[0].indirect),
			"mbufs are missing, round %u", i);
	}
	pkt_free(&p);
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "what a review found",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_clones_of_one),
			TEST_CASE(test_one_fragment_linear),
			TEST_CASE(test_one_fragment_ptype),
			TEST_CASE(test_lro_unknown_tunnel),
			TEST_CASE(test_burst_bad),
			TEST_CASE(test_sctp_outer_cksum),
			TEST_CASE(test_partial_pinned),
			TEST_CASE(test_udp_surplus),
			TEST_CASE(test_unknown_routing),
			TEST_CASE(test_verify_none),
			TEST_CASE(test_many_mbufs),
			TEST_CASE(test_parse_long_inner),
			TEST_CASE(test_sctp_outer_jumbo),
			TEST_CASES_END(),
		},
};

static int
test_review(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_review_autotest, NOHUGE_OK, ASAN_OK, test_review);
