/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_tshark_autotest: segments of every type, tunnel, kind of header and way of cutting, judged by
 * tshark: all checksums are there and right, nothing is malformed, fragments come together again.
 * Neighbours: tshark.h, gso/gso_test.h; test_tshark.c, that it would tell.
 */
#include "gso/gso_test.h"
#include "tshark.h"

#define SEGS_MAX 64
#define FRAME_MAX 9300
#define PORT 39201 /* of no protocol that tshark knows */

static struct tshark shark;
static uint8_t frame[FRAME_MAX];

static const uint16_t ways[] = {0, CLEAVE_GSO_SCATTER, CLEAVE_GSO_LINEAR};

static int
setup(void)
{
	return gso_setup() < 0 || pkt_setup() < 0 ? TEST_FAILED : TEST_SUCCESS;
}

/* A fragment that is not the last one is an IP packet and no more. */
static struct tshark_want
part(const struct pkt *p)
{
	return (struct tshark_want){.ip = p->want.ip[0].version == 4};
}

static int
add_all(const struct pkt_spec *s, const struct pkt *p, const struct cleave_gso_req *req,
	struct rte_mbuf **out, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		bool some = req->type == CLEAVE_GSO_FRAGMENT && i + 1 < n;
		struct tshark_want w = some ? part(p) : tshark_whole(s, p);
		uint32_t len = mbuf_flat(out[i], frame, sizeof(frame));

		if (tshark_add(&shark, frame, len, &w) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* Cut a packet and add its segments to the capture. */
static int
cut_packet(const struct pkt_spec *s, const struct pkt *p, const struct cleave_gso_req *req,
	const uint16_t pieces[3])
{
	static struct rte_mbuf *out[SEGS_MAX];
	struct cleave_pkt walk;
	struct gso_packet g;
	int n, rc;

	TEST_ASSERT_SUCCESS(gso_packet(&g, p, GSO_PLAIN, pieces, 3), "no packet");
	TEST_ASSERT_SUCCESS(cleave_parse(g.m, &walk), "no walk: %s", pkt_str(s));
	n = cleave_gso_segment(g.m, &walk, req, &gso.pools[0], out, SEGS_MAX);
	TEST_ASSERT(n > 1, "type %u, mss %u: %d: %s", req->type, req->mss, n, pkt_str(s));
	rc = add_all(s, p, req, out, n);
	check_free(out, n);
	return rc < 0 ? rc : gso_pools_full();
}

static int
build(struct pkt_spec *s, struct pkt *p)
{
	s->sport = s->dport = PORT;
	s->seed = s->ip.id = s->outer.id = 1 + shark.nb;
	TEST_ASSERT_SUCCESS(pkt_build(s, p), "no frame");
	return TEST_SUCCESS;
}

static int
cut(struct pkt_spec *s, const struct cleave_gso_req *req)
{
	static const uint16_t pieces[] = {200, 333, 1448};
	struct pkt p;
	int rc;

	if (build(s, &p) < 0)
		return TEST_FAILED;
	rc = cut_packet(s, &p, req, pieces);
	pkt_free(&p);
	return rc;
}

/* By the L4 header: TCP and UDP, each way. */
static int
segments(struct pkt_spec s)
{
	for (unsigned int i = 0; i < 2 * RTE_DIM(ways); i++) {
		const struct cleave_gso_req req = {.mss = 1001, .flags = ways[i / 2]};

		s.proto = i % 2 ? IPPROTO_UDP : IPPROTO_TCP;
		s.tcp_flags = CLEAVE_TCP_ACK | CLEAVE_TCP_PSH;
		s.tcp_opt = i / 2;
		s.payload = 2 * 1001 + 333;
		if (cut(&s, &req) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* IP fragments of what it carries. */
static int
fragments(struct pkt_spec s)
{
	for (unsigned int i = 0; i < 2 * RTE_DIM(ways); i++) {
		struct cleave_gso_req req = {
			.mss = 1000, .type = CLEAVE_GSO_FRAGMENT, .flags = ways[i / 2]};

		req.frag_id = 1 + shark.nb;
		s.proto = i % 2 ? IPPROTO_UDP : IPPROTO_TCP;
		s.payload = 2345;
		s.ip.df = s.outer.df = false;
		if (cut(&s, &req) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* A packet of SCTP each: two DATA chunks of one association, the first of odd length. */
static void
put_chunks(uint8_t *c, uint32_t len, uint32_t tsn)
{
	const uint32_t odd = 101, first = RTE_ALIGN_CEIL(odd, 4);

	memset(c, 0, 16);
	memset(c + odd, 0, first - odd + 16);
	for (unsigned int i = 0; i < 2; i++, c += first, len -= first, tsn++) {
		c[1] = 3; /* all of a message */
		pkt_put16(c + 2, i == 0 ? odd : len);
		pkt_put32(c + 4, tsn);
		pkt_put16(c + 10, tsn);
	}
}

/* SCTP, as each mbuf behind the headers says. */
static int
bundles(struct pkt_spec s)
{
	static const uint16_t lens[] = {1000, 1204, 1204, 1204};

	for (unsigned int i = 0; i < RTE_DIM(ways); i++) {
		const struct cleave_gso_req req = {
			.mss = 1, .type = CLEAVE_GSO_BY_FRAGS, .flags = ways[i]};
		struct pkt p;
		uint16_t pieces[3];
		uint32_t off;
		int rc;

		s.proto = IPPROTO_SCTP;
		s.payload = 1000 + 3 * 1204;
		if (build(&s, &p) < 0)
			return TEST_FAILED;
		off = p.want.hdr_len;
		pieces[0] = off;
		pieces[1] = lens[0];
		pieces[2] = lens[1];
		for (unsigned int k = 0; k < RTE_DIM(lens); off += lens[k++])
			put_chunks(p.data + off, lens[k], 2 * k);
		rc = cut_packet(&s, &p, &req, pieces);
		pkt_free(&p);
		if (rc < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
judged(int (*each)(struct pkt_spec), const struct pkt_spec *list, unsigned int nb)
{
	int rc = tshark_open(&shark);

	for (unsigned int i = 0; rc == 0 && i < nb; i++)
		rc = each(list[i]);
	if (rc == 0) {
		int faults = tshark_judge(&shark);

		printf("%u frames, %d at fault\n", shark.nb, faults);
		rc = faults == 0 ? TEST_SUCCESS : TEST_FAILED;
	}
	tshark_close(&shark);
	return rc;
}

/* Shapes of IP headers, with and without tags and labels. */
static unsigned int
plain(struct pkt_spec *list)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < PKT_SHAPES_WHOLE; i++)
		for (unsigned int k = 0; k < 4; k++, n++) {
			list[n] = (struct pkt_spec){.ip = *pkt_shape(i)};
			list[n].nb_vlan = k % 3;
			list[n].nb_mpls = k / 3 * 2;
		}
	return n;
}

/* All tunnels; not those whose inner checksum is the other end's, of which tshark knows nothing. */
static unsigned int
tunnels(struct pkt_spec *list)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < pkt_tunnel_variants(); i++) {
		list[n] = *pkt_tunnel_variant(i);
		n += !pkt_remcsum(&list[n]);
	}
	return n;
}

static struct pkt_spec list[512];

static int
test_plain(void)
{
	return judged(segments, list, plain(list));
}

static int
test_tunnels(void)
{
	return judged(segments, list, tunnels(list));
}

static int
test_fragments(void)
{
	return judged(fragments, list, plain(list));
}

static int
test_tunnel_fragments(void)
{
	return judged(fragments, list, tunnels(list));
}

static int
test_sctp(void)
{
	return judged(bundles, list, plain(list));
}

static int
test_tunnel_sctp(void)
{
	return judged(bundles, list, tunnels(list));
}

static struct unit_test_suite suite = {
	.suite_name = "segmentation: what tshark says",
	.setup = setup,
	.unit_test_cases =
		{
			TEST_CASE(test_plain),
			TEST_CASE(test_tunnels),
			TEST_CASE(test_fragments),
			TEST_CASE(test_tunnel_fragments),
			TEST_CASE(test_sctp),
			TEST_CASE(test_tunnel_sctp),
			TEST_CASES_END(),
		},
};

static int
test_gso_tshark(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_tshark_autotest, NOHUGE_OK, ASAN_OK, test_gso_tshark);
