/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_tcp_autotest: what the segments of a TCP packet look like (SEMANTICS.md part 2): lengths, ID,
 * sequence, flags, options, checksums, at every size; and what is not cut. Neighbours:
 * test_tcp_mbufs.c (how the packet lies in memory), check.c (the judge).
 */
#include "cleave_config.h"
#include "gso_test.h"

#define NB_MSS 9
static const uint16_t sizes[NB_MSS] = {1, 3, 7, 536, 1000, 1001, 1448, 1460, 8948};

/* Build, spoil the checksums (which are no part of a request), cut every way, free. */
static int
cut(const struct pkt_spec *s, uint16_t mss, uint16_t flags)
{
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	p.data[p.want.l4_off + 16] ^= 0x5a;
	if (s->ip.version == 4)
		p.data[p.want.ip[0].off + 11] ^= 0xa5;
	rc = gso_cut_ways(&p, mss, flags, NULL, 0);
	if (rc < 0)
		printf("%s\n", pkt_str(s));
	pkt_free(&p);
	return rc;
}

/* Around every multiple of the segment size that matters, up to what an IP packet holds. */
static int
test_sizes(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .tcp_flags = CLEAVE_TCP_ACK | CLEAVE_TCP_PSH};

	for (unsigned int i = 0; i < NB_MSS * 2; i++) {
		uint32_t mss = sizes[i / 2];
		uint32_t payloads[] = {0, 1, mss - 1, mss, mss + 1, 2 * mss - 1, 2 * mss,
			2 * mss + 1, 7 * mss - mss / 2, 44 * mss};

		s.ip.version = i % 2 ? 6 : 4;
		for (unsigned int k = 0; k < RTE_DIM(payloads); k++) {
			s.payload = RTE_MIN(payloads[k], 65535u - 60);
			if (cut(&s, mss, 0) < 0)
				return TEST_FAILED;
		}
	}
	return TEST_SUCCESS;
}

/* The last byte before the IP length fields end, and BIG TCP, whose length fields are 0. */
static int
test_longest(void)
{
	static const uint32_t payloads[] = {65535 - 20, 65535 - 40, 65535, 65536, 130000, 180001};
	struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.id = 65500};

	for (unsigned int i = 0; i < RTE_DIM(payloads) * 2; i++) {
		s.ip.version = i % 2 ? 6 : 4;
		s.payload = payloads[i / 2];
		if (cut(&s, 1448, 0) < 0 || cut(&s, 8948, 0) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_flags(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .seq = 1};

	for (unsigned int flags = 0; flags < 256; flags++) {
		s.tcp_flags = flags;
		s.tcp_reserved = flags * 7 % 16;
		s.urgent = flags & CLEAVE_TCP_URG ? 1234 : 0;
		s.window = flags * 251;
		s.ack = flags * 0x01010101;
		s.ip.version = flags % 2 ? 6 : 4;
		for (unsigned int n = 0; n < 4; n++) { /* 1 to 4 segments */
			s.payload = 100 * n + 50;
			if (cut(&s, 100, 0) < 0 || cut(&s, 100, CLEAVE_GSO_ACCECN) < 0)
				return TEST_FAILED;
		}
	}
	return TEST_SUCCESS;
}

/* IDs count modulo 65536 or stay, whatever DF says; sequence numbers modulo 2^32. */
static int
test_wrap(void)
{
	static const uint16_t ids[] = {0, 1, 65500, 65530, 65534, 65535};
	static const uint32_t seqs[] = {
		0, 0x7fffffff, 0xfffffff0, 0xffffffff, 0xffff0000, 0xfffff000};
	struct pkt_spec s = {.proto = IPPROTO_TCP, .payload = 5000, .tcp_opt = PKT_TCP_TS};

	for (unsigned int i = 0; i < RTE_DIM(ids); i++)
		for (unsigned int k = 0; k < RTE_DIM(seqs) * 2; k++) {
			s.ip.version = 4;
			s.ip.id = ids[i];
			s.ip.df = k % 2;
			s.seq = seqs[k / 2];
			if (cut(&s, 101, 0) < 0 || cut(&s, 101, CLEAVE_GSO_FIXED_ID) < 0)
				return TEST_FAILED;
			s.ip.version = 6;
			if (cut(&s, 1001, 0) < 0)
				return TEST_FAILED;
		}
	return TEST_SUCCESS;
}

/* All that may stand before the payload. */
static int
test_headers(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .payload = 3333, .pad = 5};

	for (s.nb_vlan = 0; s.nb_vlan < 3; s.nb_vlan++)
		for (s.nb_mpls = 0; s.nb_mpls < 4; s.nb_mpls += 3)
			for (unsigned int i = 0; i < PKT_SHAPES_WHOLE; i++)
				for (unsigned int o = 0; o < PKT_TCP_OPTS; o++) {
					s.ip = *pkt_shape(i);
					s.ip.tos = 0xb8 + o;
					s.ip.ttl = 3 + i;
					s.tcp_opt = o;
					if (cut(&s, 700, 0) < 0)
						return TEST_FAILED;
				}
	return TEST_SUCCESS;
}

/* A complete checksum that nobody verified: cut only where it is right. */
static int
test_verify(void)
{
	static const uint16_t pieces[] = {77, 333, 1001};
	struct pkt_spec s = {.proto = IPPROTO_TCP};

	for (unsigned int i = 0; i < 4 * 6 * 4; i++) {
		struct cleave_gso_req req = {.mss = 101 + i / 24 * 333, .flags = CLEAVE_GSO_VERIFY};
		struct pkt p;

		s.ip.version = i % 2 ? 6 : 4;
		s.payload = 40 + i / 4 % 6 * 997;
		if (i & 2)
			req.flags |= CLEAVE_GSO_LINEAR;
		for (unsigned int hw = 0; hw < 2; hw++) {
			req.flags ^= CLEAVE_GSO_HW_L4_CKSUM;
			TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
			TEST_ASSERT_SUCCESS(
				gso_cut(&p, &req, GSO_PLAIN, pieces, 3), "right: %s", pkt_str(&s));
			p.data[p.want.hdr_len + s.payload / 2] ^= 0x10;
			TEST_ASSERT_SUCCESS(
				gso_refused(&p, &req, GSO_OUT_MAX, -EBADMSG), "%s", pkt_str(&s));
			p.data[p.want.hdr_len + s.payload / 2] ^= 0x10;
			p.data[p.want.l4_off + 17] ^= 1;
			TEST_ASSERT_SUCCESS(
				gso_refused(&p, &req, GSO_OUT_MAX, -EBADMSG), "%s", pkt_str(&s));
			pkt_free(&p);
		}
	}
	return TEST_SUCCESS;
}

static int
refused(const struct pkt_spec *s, uint16_t mss, uint16_t flags, uint16_t nb_out, int want)
{
	struct cleave_gso_req req = {.mss = mss, .flags = flags};
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	rc = gso_refused(&p, &req, nb_out, want);
	if (rc < 0)
		printf("mss %u, flags %x, nb_out %u: %s\n", mss, flags, nb_out, pkt_str(s));
	pkt_free(&p);
	return rc;
}

/* Other protocols and fragments are not cut as if they were TCP. */
static int
test_not_cut(void)
{
	static const uint8_t protos[] = {
		IPPROTO_SCTP, IPPROTO_ICMP, IPPROTO_ESP, IPPROTO_DCCP, 253};
	struct pkt_spec s;

	for (unsigned int i = 0; i < PKT_SHAPES; i++) {
		memset(&s, 0, sizeof(s));
		s.ip = *pkt_shape(i);
		s.payload = 3000;
		for (unsigned int k = 0; k < RTE_DIM(protos); k++) {
			s.proto = protos[k];
			if (refused(&s, 1000, 0, GSO_OUT_MAX, -ENOTSUP) < 0)
				return TEST_FAILED;
		}
		s.proto = IPPROTO_TCP;
		if (i >= PKT_SHAPES_WHOLE && refused(&s, 1000, 0, GSO_OUT_MAX, -ENOTSUP) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
test_errors(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 5000};
	int rc = 0;

	rc |= refused(&s, 0, 0, GSO_OUT_MAX, -EINVAL);
	rc |= refused(&s, 0, CLEAVE_GSO_LINEAR, GSO_OUT_MAX, -EINVAL);
	rc |= refused(&s, 1000, 0, 4, -ENOSPC);
	rc |= refused(&s, 1000, CLEAVE_GSO_LINEAR, 4, -ENOSPC);
	rc |= refused(&s, 1000, 0, 0, -ENOSPC);
	rc |= refused(&s, 2, 0, GSO_OUT_MAX, -ENOSPC); /* more than CLEAVE_GSO_SEGS_MAX */
	s.payload = 100;
	rc |= refused(&s, 0, 0, GSO_OUT_MAX, -EINVAL);
	rc |= refused(&s, 1000, 0, 0, -ENOSPC);
	s.payload = 40000;
	rc |= refused(&s, 20000, CLEAVE_GSO_LINEAR, GSO_OUT_MAX, -EMSGSIZE);
	s.payload = 150000; /* BIG TCP, and segments that no IPv4 length field can hold */
	rc |= refused(&s, 65500, 0, GSO_OUT_MAX, -EINVAL);
	s.payload = CLEAVE_GSO_SEGS_MAX;
	rc |= cut(&s, 1, 0);
	s.payload++;
	rc |= refused(&s, 1, 0, GSO_OUT_MAX, -ENOSPC);
	return rc;
}

/* A walk that was made of another packet: lengths beyond the frame's end. */
static int
test_stale_walk(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 5000};
	const struct cleave_gso_req req = {.mss = 1000};
	struct rte_mbuf *m, *out[8];
	struct cleave_pkt walk;
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	m = mbuf_chain(gso.in, p.data, p.len, NULL, 0);
	TEST_ASSERT(m != NULL && cleave_parse(m, &walk) == 0, "no packet");
	walk.payload_len++;
	rc = cleave_gso_segment(m, &walk, &req, &gso.pools[0], out, RTE_DIM(out));
	TEST_ASSERT_EQUAL(rc, -EINVAL, "%d", rc);
	TEST_ASSERT(mbuf_is(m, p.data, p.len), "changed");
	rte_pktmbuf_free(m);
	pkt_free(&p);
	return gso_pools_full();
}

static struct unit_test_suite suite = {
	.suite_name = "TCP segmentation: the segments",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_sizes),
			TEST_CASE(test_longest),
			TEST_CASE(test_flags),
			TEST_CASE(test_wrap),
			TEST_CASE(test_headers),
			TEST_CASE(test_verify),
			TEST_CASE(test_not_cut),
			TEST_CASE(test_errors),
			TEST_CASE(test_stale_walk),
			TEST_CASES_END(),
		},
};

static int
test_tcp(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_tcp_autotest, NOHUGE_OK, ASAN_OK, test_tcp);
