/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_fragment_inputs_autotest: fragments of packets in every kind of mbuf; and, without the judge,
 * that putting the fragments together again makes the datagram. Neighbours: test_fragment.c.
 */
#include "gso_test.h"

static const uint16_t ways[] = {0, CLEAVE_GSO_SCATTER, CLEAVE_GSO_LINEAR, CLEAVE_GSO_COMPLETE};

static int
inputs(struct pkt *p)
{
	static const uint16_t chains[][4] = {{2000, 2000, 2000, 2000}, {34, 1000, 1000, 1000},
		{1034, 1000, 1000, 1000}, {54, 1000, 1000, 1000}, {13, 7, 3, 501}, {1, 1, 1, 77},
		{100, 99, 98, 97}};

	for (unsigned int i = 0; i < RTE_DIM(chains) * RTE_DIM(ways) * 3; i++)
		for (enum gso_input kind = 0; kind < GSO_INPUTS; kind++) {
			const struct cleave_gso_req req = {.type = CLEAVE_GSO_FRAGMENT,
				.mss = i % 3 == 0   ? 1000
				       : i % 3 == 1 ? 333
						    : 8000,
				.flags = ways[i / 3 % RTE_DIM(ways)],
				.frag_id = 1};

			if (gso_cut(p, &req, kind, chains[i / 3 / RTE_DIM(ways)], 4) < 0)
				return TEST_FAILED;
		}
	return TEST_SUCCESS;
}

static int
test_inputs(void)
{
	struct pkt_spec s = {.payload = 5003};

	for (unsigned int i = 0; i < 4; i++) {
		s.proto = i & 1 ? IPPROTO_UDP : IPPROTO_TCP;
		s.ip = *pkt_shape(i & 2 ? 6 : 1);
		if (gso_with_frame(&s, inputs) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* What a receiver does: each byte at its offset, whole when the last one says so. */
static int
reassemble(const struct pkt *p, uint32_t hdr, struct rte_mbuf **out, unsigned int nb)
{
	uint32_t ip = p->want.ip[0].off, len = p->want.frame_len - ip - hdr, have = 0, end = 0;
	bool v6 = p->want.ip[0].version == 6;
	uint8_t whole[8192], frame[2048];

	for (unsigned int i = nb; i-- > 0;) { /* in whatever order they come */
		uint32_t n = mbuf_flat(out[i], frame, sizeof(frame)), data = ip + hdr + 8 * v6;
		uint16_t field = pkt_be16(frame + (v6 ? ip + hdr + 2 : ip + 6));
		uint32_t off = v6 ? field & 0xfff8 : (field & 0x1fff) * 8;
		bool more = field & (v6 ? 1 : 0x2000);

		TEST_ASSERT(
			n > data && n <= sizeof(frame) && off + n - data <= len, "fragment %u", i);
		TEST_ASSERT(!more || (n - data) % 8 == 0, "fragment %u: %u bytes", i, n - data);
		if (!more)
			end = off + n - data;
		memcpy(whole + off, frame + data, n - data);
		have += n - data;
	}
	TEST_ASSERT(have == len && end == len, "%u bytes of %u, the end at %u", have, len, end);
	TEST_ASSERT_BUFFERS_ARE_EQUAL(whole, p->data + ip + hdr, len, "another datagram");
	return TEST_SUCCESS;
}

static int
cut_and_join(const struct pkt_spec *s, const struct cleave_gso_req *req, uint32_t hdr)
{
	static const uint16_t pieces[] = {77, 333, 900};
	struct rte_mbuf *out[1024];
	struct cleave_pkt walk;
	struct gso_packet g;
	struct pkt p;
	int n, rc;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	TEST_ASSERT_SUCCESS(gso_packet(&g, &p, GSO_PLAIN, pieces, 3), "no packet");
	TEST_ASSERT_SUCCESS(cleave_parse(g.m, &walk), "no walk");
	n = cleave_gso_segment(g.m, &walk, req, &gso.pools[0], out, RTE_DIM(out));
	TEST_ASSERT(n > 1, "%d", n);
	rc = reassemble(&p, hdr, out, n);
	check_free(out, n);
	pkt_free(&p);
	return rc < 0 ? rc : gso_pools_full();
}

static int
test_reassembly(void)
{
	/* what each IPv6 fragment begins with, by the shape of the packet: RFC 8200 4.5 */
	static const struct {
		uint8_t shape, hdr;
	} shapes[] = {{1, 24}, {2, 60}, {3, 40}, {4, 48}, {5, 40 + 32 + 40}, {6, 40 + 16 + 56},
		{7, 64}, {8, 48}};
	uint32_t seed = 4711;

	for (unsigned int i = 0; i < RTE_DIM(shapes) * 100; i++) {
		struct pkt_spec s = {.proto = IPPROTO_UDP, .ip = *pkt_shape(shapes[i / 100].shape)};
		const struct cleave_gso_req req = {.type = CLEAVE_GSO_FRAGMENT,
			.mss = 100 + pkt_rand(&seed) % 1400,
			.flags = pkt_rand(&seed) % 2 ? CLEAVE_GSO_LINEAR : 0,
			.frag_id = pkt_rand(&seed)};

		s.payload = req.mss + 8 + pkt_rand(&seed) % 5000;
		s.pad = pkt_rand(&seed) % 8;
		if (cut_and_join(&s, &req, shapes[i / 100].hdr) < 0) {
			printf("mss %u, flags %x: %s\n", req.mss, req.flags, pkt_str(&s));
			return TEST_FAILED;
		}
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "IP fragments: mbufs, reassembly",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_inputs),
			TEST_CASE(test_reassembly),
			TEST_CASES_END(),
		},
};

static int
test_fragment_inputs(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_fragment_inputs_autotest, NOHUGE_OK, ASAN_OK, test_fragment_inputs);
