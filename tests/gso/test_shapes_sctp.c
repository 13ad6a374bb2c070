/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_shapes_sctp_autotest: CLEAVE_GSO_BY_FRAGS. Each packet to the last byte, with a CRC32c made
 * bit by bit, plain and in every tunnel; mbufs that are shared or external; pools that run dry at
 * each allocation; what is refused. Neighbours: shapes.h, gso_test.h.
 */
#include "gso_test.h"
#include "shapes.h"

#define NB_CHUNKS 5

static const uint16_t chunks[NB_CHUNKS] = {4, 1200, 16, 1448, 404};
/* the same in mbufs of shape 0, the first ones behind the headers */
static const uint16_t good[] = {46, 1200, 16, 1448, 404};
static struct rte_mbuf *out[NB_CHUNKS];

static int
build(unsigned int shape, struct pkt *p)
{
	struct pkt_spec s;

	if (!shapes_spec(shape, &s))
		return -ENOENT;
	s.proto = IPPROTO_SCTP;
	for (unsigned int i = 0; i < NB_CHUNKS; i++)
		s.payload += chunks[i];
	if (pkt_build(&s, p) < 0)
		return -ENOMEM;
	shapes_cksums(p->data, p->len, &p->want);
	return 0;
}

/* Packet i as it has to be. */
static uint32_t
expected(const struct pkt *p, const struct cleave_gso_req *req, unsigned int i, uint8_t *frame)
{
	const struct cleave_pkt *w = &p->want;
	uint32_t off = w->hdr_len;
	bool inner = req->flags & CLEAVE_GSO_FIXED_ID,
	     outer = req->flags & CLEAVE_GSO_FIXED_OUTER_ID;

	for (unsigned int k = 0; k < i; k++)
		off += chunks[k];
	memcpy(frame, p->data, w->hdr_len);
	memcpy(frame + w->hdr_len, p->data + off, chunks[i]);
	for (unsigned int l = 0; l < w->nb_ip; l++) {
		uint8_t *id = frame + w->ip[l].off + 4;

		if (w->ip[l].version == 4 && !(l + 1 == w->nb_ip ? inner : outer))
			pkt_put16(id, pkt_be16(id) + i);
	}
	shapes_lengths(frame, w->hdr_len + chunks[i], w);
	shapes_cksums(frame, w->hdr_len + chunks[i], w);
	if (shapes_outer_cksum(frame, w) != 0)
		return w->hdr_len + chunks[i];
	if (req->flags & CLEAVE_GSO_HW_L4_CKSUM)
		pkt_put32(frame + w->l4_off + 8, 0);
	if ((req->flags & CLEAVE_GSO_HW_IP_CKSUM) && w->ip[w->nb_ip - 1].version == 4)
		pkt_put16(frame + w->ip[w->nb_ip - 1].off + 10, 0);
	return w->hdr_len + chunks[i];
}

static int
check_flags(const struct pkt *p, const struct cleave_gso_req *req, const struct rte_mbuf *m)
{
	const struct cleave_pkt *w = &p->want;
	const struct cleave_ip *ip = &w->ip[w->nb_ip - 1];
	bool covered = shapes_outer_cksum(p->data, w) != 0, v4 = ip->version == 4;
	uint64_t want = 0, mask = RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_IP_CKSUM |
				  RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_TX_TCP_SEG |
				  RTE_MBUF_F_RX_LRO;

	if (!covered && (req->flags & CLEAVE_GSO_HW_L4_CKSUM))
		want |= RTE_MBUF_F_TX_SCTP_CKSUM;
	if (!covered && v4 && (req->flags & CLEAVE_GSO_HW_IP_CKSUM))
		want |= RTE_MBUF_F_TX_IP_CKSUM;
	if (want != 0)
		want |= v4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6;
	TEST_ASSERT_EQUAL(m->ol_flags & mask, want, "flags %lx, not %lx", m->ol_flags, want);
	TEST_ASSERT(want == 0 || (m->l2_len == ip->off && m->l3_len == ip->len && m->l4_len == 12),
		"l2_len %u, l3_len %u, l4_len %u", m->l2_len, m->l3_len, m->l4_len);
	TEST_ASSERT_EQUAL(m->tso_segsz, 0, "tso_segsz %u", m->tso_segsz);
	return TEST_SUCCESS;
}

static int
judge(const struct pkt *p, const struct cleave_gso_req *req, const struct check_meta *meta, int nb)
{
	bool linear = (req->flags & CLEAVE_GSO_LINEAR) || req->max_pieces == 1;
	uint8_t frame[SHAPES_FRAME_MAX];
	const char *why = "";

	TEST_ASSERT_EQUAL(nb, NB_CHUNKS, "cut into %d", nb);
	for (int i = 0; i < nb; i++) {
		struct rte_mbuf *m = out[i];

		TEST_ASSERT_SUCCESS(rte_mbuf_check(m, 1, &why), "%s", why);
		TEST_ASSERT(RTE_MBUF_DIRECT(m) && rte_mbuf_refcnt_read(m) == 1, "headers shared");
		TEST_ASSERT_EQUAL(m->nb_segs, linear ? 1 : 2, "packet %d: %u mbufs", i, m->nb_segs);
		TEST_ASSERT(mbuf_is(m, frame, expected(p, req, i, frame)),
			"packet %d of %d differs, flags %x", i, nb, req->flags);
		TEST_ASSERT(m->port == meta->port && m->vlan_tci == meta->vlan_tci &&
				    m->hash.rss == (uint32_t)meta->hash &&
				    (m->ol_flags & meta->ol_flags) == meta->ol_flags,
			"packet %d lost what its mbuf said", i);
		if (check_flags(p, req, m) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Cut p, whose first `first` packets' chunks are in the mbuf of the headers (0 or 1). */
static int
cut(const struct pkt *p, const struct cleave_gso_req *req, enum gso_input kind, unsigned int first)
{
	uint16_t pieces[NB_CHUNKS + 1] = {p->want.hdr_len};
	unsigned int nb = 1;
	struct check_meta meta;
	struct cleave_pkt walk;
	struct gso_packet g;
	int n;

	if (first)
		pieces[0] += chunks[0];
	for (unsigned int i = first; i < NB_CHUNKS; i++)
		pieces[nb++] = chunks[i];
	TEST_ASSERT_SUCCESS(gso_packet(&g, p, kind, pieces, nb), "no packet");
	TEST_ASSERT_SUCCESS(check_meta_set(g.m, &meta), "no dynamic field");
	TEST_ASSERT_SUCCESS(cleave_parse(g.m, &walk), "the walk failed");
	n = cleave_gso_segment(g.m, &walk, req, &gso.pools[0], out, NB_CHUNKS);
	TEST_ASSERT(n > 0, "not cut: %d", n);
	n = judge(p, req, &meta, n);
	check_free(out, NB_CHUNKS);
	return n < 0 || gso_packet_release(&g) < 0 ? TEST_FAILED : gso_pools_full();
}

static int
test_bytes(void)
{
	static const uint16_t flags[] = {0, CLEAVE_GSO_LINEAR, CLEAVE_GSO_VERIFY,
		CLEAVE_GSO_FIXED_ID, CLEAVE_GSO_FIXED_OUTER_ID, CLEAVE_GSO_HW_L4_CKSUM,
		CLEAVE_GSO_HW_L4_CKSUM | CLEAVE_GSO_HW_IP_CKSUM, CLEAVE_GSO_HW_IP_CKSUM};
	struct pkt p;

	for (unsigned int shape = 0; build(shape, &p) == 0; shape++) {
		for (unsigned int i = 0; i < RTE_DIM(flags) * GSO_INPUTS * 2; i++) {
			struct cleave_gso_req req = {.type = CLEAVE_GSO_BY_FRAGS,
				.max_pieces = i % 3,
				.flags = flags[i / 2 / GSO_INPUTS]};

			if (i / 2 % GSO_INPUTS == GSO_EMPTY)
				continue; /* an mbuf is a packet here */
			TEST_ASSERT_SUCCESS(cut(&p, &req, i / 2 % GSO_INPUTS, i % 2),
				"shape %u, input %u, %u", shape, i / 2 % GSO_INPUTS, i % 2);
		}
		pkt_free(&p);
	}
	return TEST_SUCCESS;
}

/* Nothing is lost or changed wherever a pool runs dry. */
static int
test_dry_pools(void)
{
	struct cleave_gso_req req = {.type = CLEAVE_GSO_BY_FRAGS};
	struct gso_packet g;
	struct drain d;
	struct pkt p;

	TEST_ASSERT_SUCCESS(build(0, &p), "no frame");
	for (unsigned int i = 0; i < NB_CHUNKS * 3; i++) {
		bool direct = i < NB_CHUNKS * 2;

		req.flags = i / NB_CHUNKS == 1 ? CLEAVE_GSO_LINEAR : 0;
		TEST_ASSERT_SUCCESS(
			gso_packet(&g, &p, direct ? GSO_PLAIN : GSO_SHARED, good, 5) |
				drain_to(&d, direct ? gso.pools[0].direct : gso.pools[0].indirect,
					i % NB_CHUNKS),
			"no packet");
		TEST_ASSERT_SUCCESS(
			gso_refused_packet(&g, &req, &gso.pools[0], NB_CHUNKS, -ENOMEM), "%u", i);
		drain_undo(&d);
		gso_packet_drop(&g);
		if (gso_packet_release(&g) < 0 || gso_pools_full() < 0)
			return TEST_FAILED;
	}
	pkt_free(&p);
	return TEST_SUCCESS;
}

static int
refused(const struct pkt *p, const struct cleave_gso_req *req, const uint16_t *pieces,
	unsigned int nb, uint16_t nb_out, int want)
{
	for (enum gso_input kind = 0; kind < GSO_INPUTS; kind++) {
		struct gso_packet g;

		if (kind == GSO_EMPTY)
			continue;
		TEST_ASSERT_SUCCESS(gso_packet(&g, p, kind, pieces, nb), "no packet");
		TEST_ASSERT_SUCCESS(
			gso_refused_packet(&g, req, &gso.pools[0], nb_out, want), "input %u", kind);
		gso_packet_drop(&g);
		if (gso_packet_release(&g) < 0 || gso_pools_full() < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_refused(void)
{
	const uint16_t odd[] = {46, 1202, 14, 1448, 404}, none[] = {46, 1200, 16, 1448, 402, 2};
	const struct pkt_spec tcp = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 3000};
	const struct pkt_spec padded = {
		.proto = IPPROTO_SCTP, .ip.version = 4, .payload = 16, .pad = 8};
	const struct pkt_spec empty = {.proto = IPPROTO_SCTP, .ip.version = 4};
	const struct cleave_gso_req req = {.type = CLEAVE_GSO_BY_FRAGS};
	const struct cleave_gso_req verify = {
		.type = CLEAVE_GSO_BY_FRAGS, .flags = CLEAVE_GSO_VERIFY};
	const uint16_t pads[] = {46, 16, 8};
	struct pkt p[4];
	int rc;

	TEST_ASSERT_SUCCESS(build(0, &p[0]) | pkt_build(&tcp, &p[1]) | pkt_build(&padded, &p[2]) |
				    pkt_build(&empty, &p[3]),
		"no frame");
	p[0].data[p[0].len - 1] ^= 1; /* the CRC is wrong */
	rc = refused(&p[0], &req, odd, 5, 8, -EINVAL) | refused(&p[0], &req, none, 6, 8, -EINVAL) |
	     refused(&p[0], &req, good, 5, 4, -ENOSPC) |
	     refused(&p[0], &verify, good, 5, 8, -EBADMSG) |
	     refused(&p[1], &req, good, 4, 8, -ENOTSUP) |
	     refused(&p[2], &req, pads, 3, 8, -EINVAL) | refused(&p[3], &req, good, 1, 8, -EINVAL);
	for (unsigned int i = 0; i < RTE_DIM(p); i++)
		pkt_free(&p[i]);
	return rc;
}

/* An mbuf without chunks is no packet. */
static int
test_empty_mbuf(void)
{
	const struct cleave_gso_req req = {.type = CLEAVE_GSO_BY_FRAGS};
	struct rte_mbuf *none;
	struct gso_packet g;
	struct pkt p;

	TEST_ASSERT_SUCCESS(build(0, &p), "no frame");
	TEST_ASSERT_SUCCESS(gso_packet(&g, &p, GSO_PLAIN, good, 5), "no packet");
	none = rte_pktmbuf_alloc(gso.in);
	TEST_ASSERT_NOT_NULL(none, "no mbuf");
	none->next = g.m->next;
	g.m->next = none;
	g.m->nb_segs++;
	TEST_ASSERT_SUCCESS(gso_refused_packet(&g, &req, &gso.pools[0], 8, -EINVAL), "empty");
	gso_packet_drop(&g);
	pkt_free(&p);
	return gso_pools_full();
}

/* Direct mbufs too small for the headers, or for a copy. */
static int
test_small_room(void)
{
	struct cleave_gso_pools pools = {.indirect = gso.pools[0].indirect};
	struct cleave_gso_req req = {.type = CLEAVE_GSO_BY_FRAGS};
	struct gso_packet g;
	struct pkt p;

	TEST_ASSERT_SUCCESS(build(0, &p), "no frame");
	for (unsigned int linear = 0; linear < 2; linear++) {
		pools.direct = rte_pktmbuf_pool_create(
			"gso_small", 63, 0, 0, RTE_PKTMBUF_HEADROOM + 45 + linear * 1448, 0);
		TEST_ASSERT_NOT_NULL(pools.direct, "no pool");
		req.flags = linear ? CLEAVE_GSO_LINEAR : 0;
		TEST_ASSERT_SUCCESS(gso_packet(&g, &p, GSO_PLAIN, good, 5), "no packet");
		TEST_ASSERT_SUCCESS(
			gso_refused_packet(&g, &req, &pools, 8, -EMSGSIZE), "linear %u", linear);
		gso_packet_drop(&g);
		rte_mempool_free(pools.direct);
	}
	pkt_free(&p);
	return gso_pools_full();
}

/* One packet is the packet itself, where it may be; its marks are gone, its CRC is new. */
static int
test_single(void)
{
	const uint16_t apart[] = {46, 16};
	const struct pkt_spec s = {.proto = IPPROTO_SCTP, .ip.version = 4, .payload = 16};
	struct pkt p;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	shapes_cksums(p.data, p.len, &p.want);
	for (unsigned int i = 0; i < GSO_INPUTS * 4; i++) {
		struct cleave_gso_req req = {
			.type = CLEAVE_GSO_BY_FRAGS, .flags = i & 2 ? CLEAVE_GSO_LINEAR : 0};
		enum gso_input kind = i / 4;
		struct cleave_pkt walk;
		struct gso_packet g;
		bool own = kind != GSO_SHARED && kind != GSO_CLONED;
		int n;

		if (kind == GSO_EMPTY || kind == GSO_MIXED)
			continue;
		TEST_ASSERT_SUCCESS(gso_packet(&g, &p, kind, i & 1 ? apart : NULL, 2), "input");
		if (own)
			memset(rte_pktmbuf_mtod_offset(g.m, void *, 42), 0xab, 4);
		TEST_ASSERT_SUCCESS(cleave_parse(g.m, &walk), "the walk failed");
		n = cleave_gso_segment(g.m, &walk, &req, &gso.pools[0], out, 1);
		TEST_ASSERT_EQUAL(n, 1, "%d", n);
		TEST_ASSERT((out[0] == g.m) == (own && (i & 3) != 3), "case %u: itself?", i);
		TEST_ASSERT(mbuf_is(out[0], p.data, p.len), "case %u differs", i);
		TEST_ASSERT((out[0]->ol_flags & (RTE_MBUF_F_RX_LRO | RTE_MBUF_F_TX_TCP_SEG)) == 0,
			"case %u: marks %lx", i, out[0]->ol_flags);
		check_free(out, 1);
		if (gso_packet_release(&g) < 0 || gso_pools_full() < 0)
			return TEST_FAILED;
	}
	pkt_free(&p);
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "SCTP by fragments",
	.setup = gso_setup,
	.unit_test_cases = {TEST_CASE(test_bytes), TEST_CASE(test_dry_pools),
		TEST_CASE(test_refused), TEST_CASE(test_empty_mbuf), TEST_CASE(test_small_room),
		TEST_CASE(test_single), TEST_CASES_END()},
};

static int
test_gso_shapes_sctp(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_shapes_sctp_autotest, NOHUGE_OK, ASAN_OK, test_gso_shapes_sctp);
