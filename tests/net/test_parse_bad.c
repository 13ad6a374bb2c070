/* SPDX-License-Identifier: BSD-3-Clause
 *
 * net_parse_bad_autotest: truncated, lying and random frames. Each lies at the end of a page behind
 * which there is none, so that reading one byte too many is a fault; the walk ends in an error or
 * in something that can be true. Neighbours: parse_check.h, test_parse.c.
 */
#include "cleave_config.h"
#include "parse_check.h"

static int
setup(void)
{
	return pkt_setup() < 0 ? TEST_FAILED : parse_setup();
}

static int
walk(const uint8_t *data, uint32_t len, struct cleave_pkt *got)
{
	return parse_guarded(&parse_env.guard, parse_env.mp, data, len, got);
}

/* A frame cut off anywhere is an error, unless nothing in it says how long it is; and never is it
 * as good as the whole one. */
static int
check_truncated(const struct pkt_spec *s)
{
	struct cleave_pkt got;
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	for (uint32_t len = 0; len < p.want.frame_len; len++) {
		rc = walk(p.data, len, &got);
		TEST_ASSERT(
			rc == 0 || rc == -EBADMSG, "rc %d at %u bytes: %s", rc, len, pkt_str(s));
		TEST_ASSERT(rc == -EBADMSG || got.depth < p.want.depth,
			"%u of %u bytes are good: %s", len, p.want.frame_len, pkt_str(s));
	}
	pkt_free(&p);
	return TEST_SUCCESS;
}

static int
test_truncated(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .tcp_opt = PKT_TCP_TS, .payload = 20};
	uint32_t seed = 12345;

	for (unsigned int i = 0; pkt_shape(i) != NULL; i++) {
		s.ip = *pkt_shape(i);
		if (check_truncated(&s) < 0)
			return TEST_FAILED;
	}
	for (unsigned int n = 0; n < 300; n++) {
		parse_random_spec(&seed, &s);
		s.payload %= 64;
		if (check_truncated(&s) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* The same, but the outermost IP header claims no more than is left: what is behind it lies. */
static int
test_truncated_inside(void)
{
	struct cleave_pkt got;
	uint32_t seed = 54321;
	struct pkt_spec s;
	struct pkt p;

	for (unsigned int n = 0; n < 300; n++) {
		parse_random_spec(&seed, &s);
		s.payload %= 64;
		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		for (uint32_t len = p.want.ip[0].off + 40; len < p.want.frame_len; len++) {
			uint8_t *ip = p.data + p.want.ip[0].off;
			int rc;

			if (p.want.ip[0].version == 4)
				pkt_put16(ip + 2, len - p.want.ip[0].off);
			else
				pkt_put16(ip + 4, len - p.want.ip[0].off - 40);
			rc = walk(p.data, len, &got);
			TEST_ASSERT(
				rc == 0 || rc == -EBADMSG, "rc %d at %u: %s", rc, len, pkt_str(&s));
			TEST_ASSERT(rc != 0 || got.nb_ip < 2, "a tunnelled packet lies: %s",
				pkt_str(&s));
			TEST_ASSERT(rc != 0 || got.l4_proto != IPPROTO_TCP || len >= p.want.hdr_len,
				"headers end behind the frame: %s", pkt_str(&s));
		}
		pkt_free(&p);
	}
	return TEST_SUCCESS;
}

/* Where a lie is told: from which header, at which byte, which value. */
struct lie {
	const char *name;
	uint8_t version;
	uint8_t proto;
	enum { AT_IP, AT_EXT, AT_L4 } at;
	uint8_t off;
	uint8_t mask; /* of the bits that stay */
	uint8_t value;
};

static const struct lie lies[] = {
	{"IHL 0", 4, IPPROTO_TCP, AT_IP, 0, 0xf0, 0},
	{"IHL 4", 4, IPPROTO_TCP, AT_IP, 0, 0xf0, 4},
	{"IHL 15 of a shorter packet", 4, IPPROTO_TCP, AT_IP, 0, 0xf0, 15},
	{"version 6 behind IPv4's type", 4, IPPROTO_TCP, AT_IP, 0, 0x0f, 0x60},
	{"version 0", 4, IPPROTO_TCP, AT_IP, 0, 0x0f, 0},
	{"total length too long", 4, IPPROTO_TCP, AT_IP, 2, 0, 0x01},
	{"total length 65535", 4, IPPROTO_UDP, AT_IP, 2, 0, 0xff},
	{"total length shorter than the header", 4, IPPROTO_TCP, AT_IP, 3, 0, 19},
	{"total length ends in the TCP header", 4, IPPROTO_TCP, AT_IP, 3, 0, 39},
	{"total length ends in the UDP header", 4, IPPROTO_UDP, AT_IP, 3, 0, 27},
	{"total length ends in the SCTP header", 4, IPPROTO_SCTP, AT_IP, 3, 0, 31},
	{"total length 0 of a short packet", 4, IPPROTO_TCP, AT_IP, 3, 0, 0},
	{"data offset 0", 4, IPPROTO_TCP, AT_L4, 12, 0x0f, 0},
	{"data offset 4", 4, IPPROTO_TCP, AT_L4, 12, 0x0f, 0x40},
	{"data offset 15 of a shorter packet", 4, IPPROTO_TCP, AT_L4, 12, 0x0f, 0xf0},
	{"UDP length 7", 4, IPPROTO_UDP, AT_L4, 5, 0, 7},
	{"UDP length too long", 4, IPPROTO_UDP, AT_L4, 5, 0, 200},
	{"version 4 behind IPv6's type", 6, IPPROTO_TCP, AT_IP, 0, 0x0f, 0x40},
	{"payload length too long", 6, IPPROTO_TCP, AT_IP, 4, 0, 1},
	{"payload length ends in the extension", 6, IPPROTO_TCP, AT_IP, 5, 0, 7},
	{"payload length ends in the TCP header", 6, IPPROTO_TCP, AT_IP, 5, 0, 27},
	{"extension longer than the packet", 6, IPPROTO_TCP, AT_EXT, 1, 0, 255},
	{"extension up to the packet's end", 6, IPPROTO_TCP, AT_EXT, 1, 0, 3},
	{"UDP length 0x1ff", 6, IPPROTO_UDP, AT_L4, 4, 0, 1},
};

static int
test_lies(void)
{
	struct cleave_pkt got;
	struct pkt_spec s;
	uint8_t *at;
	struct pkt p;
	int rc, failed = 0;

	for (unsigned int i = 0; i < RTE_DIM(lies); i++) {
		const struct lie *lie = &lies[i];

		memset(&s, 0, sizeof(s));
		s.proto = lie->proto;
		s.payload = 9;
		s.ip.version = lie->version;
		if (lie->version == 6) {
			s.ip.nb_ext = 1;
			s.ip.ext[0].type = IPPROTO_DSTOPTS;
		}
		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		at = p.data + p.want.ip[0].off + lie->off;
		if (lie->at == AT_EXT)
			at += 40;
		if (lie->at == AT_L4)
			at = p.data + p.want.l4_off + lie->off;
		*at = (*at & lie->mask) | lie->value;
		rc = walk(p.data, p.len, &got);
		if (rc != -EBADMSG) {
			printf("%s: %d, depth %u\n", lie->name, rc, got.depth);
			failed++;
		}
		pkt_free(&p);
	}
	TEST_ASSERT_EQUAL(failed, 0, "%d lies were believed", failed);
	return TEST_SUCCESS;
}

/* More of a kind than the limits of cleave_config.h allow is not walked to L4. */
static int
test_too_many(void)
{
	struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 6, .payload = 40};
	struct cleave_pkt got;
	struct pkt p;
	int rc;

	s.ip.nb_ext = CLEAVE_IP6_EXT_MAX + 1;
	for (unsigned int i = 0; i < s.ip.nb_ext; i++)
		s.ip.ext[i].type = IPPROTO_DSTOPTS;
	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	rc = walk(p.data, p.len, &got);
	TEST_ASSERT(
		rc == -EBADMSG || (rc == 0 && got.depth < CLEAVE_DEPTH_L4), "9 extensions: %d", rc);
	pkt_free(&p);
	s.ip.nb_ext = 0;
	s.nb_mpls = CLEAVE_MPLS_MAX + 1;
	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	rc = walk(p.data, p.len, &got);
	TEST_ASSERT(
		rc == -EBADMSG || (rc == 0 && got.depth == CLEAVE_DEPTH_L2), "9 labels: %d", rc);
	pkt_free(&p);
	return TEST_SUCCESS;
}

/* A few bytes of a good frame changed, and its end cut off, at random. */
static int
test_mutated(void)
{
	unsigned int good = 0, bad = 0;
	uint32_t seed = 987654321;
	struct cleave_pkt got;
	struct pkt_spec s;
	struct pkt p;
	int rc;

	for (unsigned int n = 0; n < 60000; n++) {
		uint32_t len;

		parse_random_spec(&seed, &s);
		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		len = pkt_rand(&seed) % 4 ? p.len : pkt_rand(&seed) % (p.len + 1);
		for (unsigned int k = pkt_rand(&seed) % 4; k > 0; k--) {
			uint32_t at = pkt_rand(&seed) % RTE_MIN(p.len, 200u);

			p.data[at] = pkt_rand(&seed) % 2 ? pkt_rand(&seed)
							 : p.data[at] ^ 1 << pkt_rand(&seed) % 8;
		}
		rc = walk(p.data, len, &got);
		TEST_ASSERT(
			rc == 0 || rc == -EBADMSG, "rc %d, iteration %u: %s", rc, n, pkt_str(&s));
		good += rc == 0;
		bad += rc != 0;
		pkt_free(&p);
	}
	TEST_ASSERT(good > 1000 && bad > 1000, "only %u good and %u bad frames", good, bad);
	return TEST_SUCCESS;
}

/* The same bytes, the first of them in an mbuf of so many. */
static int
walk_split(const uint8_t *data, uint32_t len, uint16_t first, struct cleave_pkt *got)
{
	struct rte_mbuf *m = mbuf_split(parse_env.mp, data, len, first);
	int rc;

	TEST_ASSERT_NOT_NULL(m, "no mbufs");
	memset(got, 0, sizeof(*got));
	rc = cleave_parse(m, got);
	rte_pktmbuf_free(m);
	return rc;
}

/* Plain TCP, and what is nearly that: found in one look where the headers are in one mbuf, and by
 * the walk where they are not. Both find the same, all of it. */
static int
test_plain(void)
{
	unsigned int plain = 0, odd = 0, bad = 0;
	uint32_t seed = 1029384756;

	for (unsigned int n = 0; n < 200000; n++) {
		struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = n % 2 ? 4 : 6};
		struct cleave_pkt one, walked;
		uint32_t len;
		struct pkt p;
		int rc;

		s.tcp_flags = pkt_rand(&seed);
		s.tcp_opt = pkt_rand(&seed) % PKT_TCP_OPTS;
		s.payload = pkt_rand(&seed) % 100;
		s.pad = pkt_rand(&seed) % 3 ? 0 : pkt_rand(&seed) % 46;
		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		len = pkt_rand(&seed) % 4 ? p.len : 54 + pkt_rand(&seed) % (p.len - 53);
		for (unsigned int k = pkt_rand(&seed) % 3; k > 0; k--) {
			uint32_t at = 12 + pkt_rand(&seed) % (p.want.hdr_len - 12);

			p.data[at] = pkt_rand(&seed) % 2 ? pkt_rand(&seed)
							 : p.data[at] ^ 1 << pkt_rand(&seed) % 8;
		}
		rc = walk_split(p.data, len, RTE_MIN(len, 54 + pkt_rand(&seed) % 100), &one);
		TEST_ASSERT_EQUAL(walk_split(p.data, len, 1 + pkt_rand(&seed) % 53, &walked), rc,
			"not an error to both, iteration %u: %s", n, pkt_str(&s));
		/* field by field: what lies between them is nobody's */
		TEST_ASSERT(rc < 0 || parse_differs(&one, &walked) == NULL,
			"iteration %u: %s differs: %s", n, parse_differs(&one, &walked),
			pkt_str(&s));
		*(rc < 0 ? &bad : one.depth == CLEAVE_DEPTH_L4 ? &plain : &odd) += 1;
		pkt_free(&p);
	}
	TEST_ASSERT(plain > 10000 && odd > 1000 && bad > 1000, "%u, %u, %u", plain, odd, bad);
	return TEST_SUCCESS;
}

/* Noise behind a believable ethertype. */
static int
test_noise(void)
{
	static const uint16_t types[] = {0x0800, 0x86dd, 0x8100, 0x8847, 0x88a8, 0x0806};
	uint32_t seed = 192837465;
	struct cleave_pkt got;
	uint8_t buf[600];
	int rc;

	for (unsigned int n = 0; n < 60000; n++) {
		uint32_t len = pkt_rand(&seed) % sizeof(buf);

		for (uint32_t i = 0; i < len; i++)
			buf[i] = pkt_rand(&seed);
		pkt_put16(buf + 12, types[n % RTE_DIM(types)]);
		if (n % 2 == 0) /* so that a few get past the first byte */
			buf[14] = n % 4 ? 0x45 : 0x60;
		if (n % 8 == 0)
			pkt_put16(buf + 16, RTE_MAX(len, 14u) - 14);
		rc = walk(buf, len, &got);
		TEST_ASSERT(rc == 0 || rc == -EBADMSG, "rc %d in iteration %u", rc, n);
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "header walk of bad frames",
	.setup = setup,
	.teardown = parse_teardown,
	.unit_test_cases =
		{
			TEST_CASE(test_truncated),
			TEST_CASE(test_truncated_inside),
			TEST_CASE(test_lies),
			TEST_CASE(test_too_many),
			TEST_CASE(test_mutated),
			TEST_CASE(test_plain),
			TEST_CASE(test_noise),
			TEST_CASE(parse_test_pools),
			TEST_CASES_END(),
		},
};

static int
test_parse_bad(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(net_parse_bad_autotest, NOHUGE_OK, ASAN_OK, test_parse_bad);
