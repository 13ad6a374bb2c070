/* SPDX-License-Identifier: BSD-3-Clause
 *
 * net_sum_autotest: every checksum function against RFC 1071 written down naively and against
 * DPDK's, at every length, alignment and split point. Run once per implementation
 * (--force-max-simd-bitwidth). Neighbour: lib/net/sum*.c.
 */
#include <rte_ip.h>
#include <rte_vect.h>

#include "cleave_net.h"
#include "mbufs.h"
#include "pkt.h"
#include "test.h"

#define LEN_MAX 300
#define BIG 65535
#define NB_MBUF 1024

static uint8_t src[BIG + 64], dst[BIG + 64];
static struct rte_mempool *mp;

static int
setup(void)
{
	uint32_t seed = 20240501;

	for (unsigned int i = 0; i < sizeof(src); i++)
		src[i] = pkt_rand(&seed);
	printf("implementation: %s\n", cleave_sum_impl());
	if (mp == NULL)
		mp = rte_pktmbuf_pool_create("sum", NB_MBUF, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	return mp == NULL ? TEST_FAILED : TEST_SUCCESS;
}

/* Zero has two representations, and 0 for the sum of anything but zeros is not one of them here:
 * compared are the values that every folded sum shares with the naive one. */
static bool
same(uint16_t a, uint16_t b)
{
	return a == b || ((a == 0 || a == 0xffff) && (b == 0 || b == 0xffff));
}

static uint16_t
naive(const void *p, uint32_t len)
{
	return rte_cpu_to_be_16(pkt_sum(p, len));
}

static int
check_one(const uint8_t *p, uint8_t *to, uint32_t len)
{
	uint16_t want = naive(p, len), got = cleave_sum(p, len);

	TEST_ASSERT(got == want, "sum of %u bytes at %p: %04x, not %04x", len, p, got, want);
	TEST_ASSERT(same(got, rte_raw_cksum(p, len)), "DPDK's differs at length %u", len);
	memset(to - 1, 0xa5, len + 2);
	got = cleave_sum_copy(to, p, len);
	TEST_ASSERT(got == want, "sum_copy of %u bytes: %04x, not %04x", len, got, want);
	TEST_ASSERT_BUFFERS_ARE_EQUAL(to, p, len, "copy of %u bytes differs", len);
	TEST_ASSERT(to[-1] == 0xa5 && to[len] == 0xa5, "copy of %u bytes wrote beside", len);
	return TEST_SUCCESS;
}

static int
test_impl(void)
{
	uint16_t bits = rte_vect_get_max_simd_bitwidth();
	const char *want = "scalar";

	if (bits >= RTE_VECT_SIMD_128 && rte_cpu_get_flag_enabled(RTE_CPUFLAG_SSE4_2) > 0)
		want = "sse42";
	if (bits >= RTE_VECT_SIMD_256 && rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX2) > 0)
		want = "avx2";
	TEST_ASSERT(strcmp(cleave_sum_impl(), want) == 0, "%s chosen with bit width %u",
		cleave_sum_impl(), bits);
	return TEST_SUCCESS;
}

static int
test_lengths(void)
{
	for (uint32_t len = 0; len <= LEN_MAX; len++)
		for (unsigned int a = 0; a < 33; a++)
			if (check_one(src + a, dst + 1 + (a * 7 + len) % 33, len) < 0)
				return TEST_FAILED;
	return TEST_SUCCESS;
}

static int
test_large(void)
{
	static const uint32_t lens[] = {
		1023, 1448, 1460, 4095, 4096, 4097, 9000, 16384, 32767, 65534, BIG};

	for (unsigned int i = 0; i < RTE_DIM(lens); i++)
		for (unsigned int a = 0; a < 33; a++)
			if (check_one(src + a, dst + 1 + a % 5, lens[i]) < 0)
				return TEST_FAILED;
	return TEST_SUCCESS;
}

/* All ones is where carries get lost; zeros must give zero, and ones must not. */
static int
test_extremes(void)
{
	static uint8_t ones[BIG];

	memset(ones, 0, sizeof(ones));
	for (uint32_t len = 0; len <= LEN_MAX; len++)
		TEST_ASSERT_EQUAL(cleave_sum(ones, len), 0, "sum of %u zeros is not 0", len);
	memset(ones, 0xff, sizeof(ones));
	for (uint32_t len = 1; len <= sizeof(ones); len += len < LEN_MAX ? 1 : 251)
		if (check_one(ones, dst + 1, len) < 0)
			return TEST_FAILED;
	return check_one(ones, dst + 1, BIG);
}

/* Every split of a buffer, by hand with cleave_sum_odd() and by cleave_sum_mbuf(). */
static int
test_splits(void)
{
	for (uint32_t len = 1; len <= 130; len++) {
		for (uint32_t cut = 0; cut <= len; cut++) {
			uint16_t b = cleave_sum(src + cut, len - cut);
			uint16_t sum = cleave_sum_add(
				cleave_sum(src, cut), cut & 1 ? cleave_sum_odd(b) : b);
			struct rte_mbuf *m = mbuf_split(mp, src, len, cut);

			TEST_ASSERT_NOT_NULL(m, "no mbuf");
			TEST_ASSERT(sum == naive(src, len), "length %u cut at %u", len, cut);
			sum = cleave_sum_mbuf(m, 0, len);
			rte_pktmbuf_free(m);
			TEST_ASSERT(sum == naive(src, len), "mbuf %u cut at %u", len, cut);
		}
	}
	return TEST_SUCCESS;
}

/* Chains of odd and even pieces, any part of them. */
static int
test_chains(void)
{
	static const uint16_t pieces[][8] = {{1, 1, 1, 1, 1, 1, 1, 1}, {1, 2, 3, 4, 5, 6, 7, 8},
		{3, 1, 4, 1, 5, 9, 2, 7}, {65, 33, 17, 129, 64, 31, 2, 99},
		{14, 20, 32, 501, 7, 1000, 3, 1447}};
	uint32_t seed = 77;

	for (unsigned int i = 0; i < RTE_DIM(pieces); i++) {
		uint32_t total = 0;
		struct rte_mbuf *m;

		for (unsigned int k = 0; k < 8; k++)
			total += pieces[i][k];
		m = mbuf_chain(mp, src, total, pieces[i], 8);
		TEST_ASSERT_NOT_NULL(m, "no mbuf");
		for (unsigned int n = 0; n < 4000; n++) {
			uint32_t off = pkt_rand(&seed) % (total + 1);
			uint32_t len = pkt_rand(&seed) % (total - off + 1);
			uint16_t got = cleave_sum_mbuf(m, off, len);

			TEST_ASSERT(got == naive(src + off, len),
				"chain %u, %u bytes from %u: %04x, not %04x", i, len, off, got,
				naive(src + off, len));
		}
		rte_pktmbuf_free(m);
	}
	return TEST_SUCCESS;
}

/* A checksum updated for a changed word is the checksum computed anew (RFC 1624). */
static int
test_update(void)
{
	uint32_t seed = 4711;
	uint8_t buf[40];

	for (unsigned int n = 0; n < 200000; n++) {
		uint32_t at = pkt_rand(&seed) % 19 * 2, from32, to32 = pkt_rand(&seed);
		uint16_t from, to = to32, cksum, got;

		for (unsigned int i = 0; i < sizeof(buf); i++)
			buf[i] = n % 4 == 0 ? 0xff : n % 4 == 1 ? 0 : pkt_rand(&seed);
		buf[0] = 0x45; /* never all zero, as no header is */
		at = at == 0 ? 2 : at;
		if (n % 3 == 0)
			to = n % 2 ? 0 : 0xffff;
		cksum = ~naive(buf, sizeof(buf));
		memcpy(&from, buf + at, 2);
		memcpy(buf + at, &to, 2);
		got = cleave_cksum_update16(cksum, from, to);
		TEST_ASSERT(got == (uint16_t)~naive(buf, sizeof(buf)), "16 bits: %04x %04x->%04x",
			cksum, from, to);

		at = RTE_MIN(at, 36u);
		cksum = ~naive(buf, sizeof(buf));
		memcpy(&from32, buf + at, 4);
		memcpy(buf + at, &to32, 4);
		got = cleave_cksum_update32(cksum, from32, to32);
		TEST_ASSERT(got == (uint16_t)~naive(buf, sizeof(buf)), "32 bits: %04x %08x->%08x",
			cksum, from32, to32);
	}
	return TEST_SUCCESS;
}

static int
test_fold(void)
{
	static const uint64_t values[] = {0, 1, 0xffff, 0x10000, 0xffffffff, 0x100000000,
		0xffffffff00000000, 0xffffffffffffffff, 0xfffefffefffefffe, 0x8000800080008000};

	for (unsigned int i = 0; i < RTE_DIM(values); i++) {
		uint64_t s = values[i];

		while (s >> 16)
			s = (s >> 16) + (s & 0xffff);
		TEST_ASSERT_EQUAL(cleave_sum_fold(values[i]), s, "fold of %016lx", values[i]);
	}
	return TEST_SUCCESS;
}

static int
check_pseudo(const struct pkt_spec *spec)
{
	struct pkt p;
	const struct cleave_ip *ip;
	uint32_t l4;
	const uint8_t *h;
	uint16_t full, none, dpdk;

	TEST_ASSERT_SUCCESS(pkt_build(spec, &p), "no frame");
	ip = cleave_inner_ip(&p.want);
	l4 = p.want.l4_len + p.want.payload_len;
	h = p.data + ip->off;
	full = cleave_sum_pseudo(p.data, &p.want, l4);
	none = cleave_sum_pseudo(p.data, &p.want, 0);
	TEST_ASSERT(same(full, rte_cpu_to_be_16(pkt_pseudo(p.data, ip, spec->proto, l4))),
		"pseudo sum of %s", pkt_str(spec));
	TEST_ASSERT(same(none, rte_cpu_to_be_16(pkt_pseudo(p.data, ip, spec->proto, 0))),
		"pseudo sum without length of %s", pkt_str(spec));
	TEST_ASSERT(same(cleave_sum_add(full, cleave_sum(p.data + p.want.l4_off, l4)), 0xffff),
		"the checksum of %s does not verify", pkt_str(spec));
	/* DPDK's know nothing of extension headers, nor of lengths beyond 64 KB */
	if (ip->len <= 40 && !(ip->flags & CLEAVE_IP_JUMBO)) {
		if (ip->version == 4)
			dpdk = rte_ipv4_phdr_cksum((const void *)h, 0);
		else
			dpdk = rte_ipv6_phdr_cksum((const void *)h, 0);
		TEST_ASSERT(same(full, dpdk), "DPDK's pseudo sum of %s: %04x, not %04x",
			pkt_str(spec), full, dpdk);
		if (ip->version == 4)
			dpdk = rte_ipv4_phdr_cksum((const void *)h, RTE_MBUF_F_TX_TCP_SEG);
		else
			dpdk = rte_ipv6_phdr_cksum((const void *)h, RTE_MBUF_F_TX_TCP_SEG);
		TEST_ASSERT(same(none, dpdk), "DPDK's TSO pseudo sum of %s", pkt_str(spec));
	}
	pkt_free(&p);
	return TEST_SUCCESS;
}

static int
test_pseudo(void)
{
	static const uint8_t protos[] = {IPPROTO_TCP, IPPROTO_UDP};
	static const uint32_t payloads[] = {0, 1, 1448, 65000};
	struct pkt_spec spec;
	int rc = 0;

	for (unsigned int i = 0; i < RTE_DIM(protos) * RTE_DIM(payloads) * 2; i++) {
		memset(&spec, 0, sizeof(spec));
		spec.proto = protos[i % 2];
		spec.payload = payloads[i / 2 % 4];
		spec.ip.version = i / 8 ? 6 : 4;
		rc |= check_pseudo(&spec);
		spec.nb_vlan = 1;
		if (spec.ip.version == 4) {
			spec.ip.opt_len = 8;
			rc |= check_pseudo(&spec);
			continue;
		}
		spec.ip.nb_ext = 2;
		spec.ip.ext[1] = (struct pkt_ext){.type = IPPROTO_ROUTING, .units = 4};
		for (unsigned int t = 0; t < 5; t += 2) {
			spec.ip.ext[1].rt_type = t;
			spec.ip.ext[1].units = t == 2 ? 2 : 4;
			for (unsigned int left = 0; left < 2; left++) {
				spec.ip.ext[1].segs_left = left;
				rc |= check_pseudo(&spec);
			}
		}
	}
	spec.ip.nb_ext = 0;
	spec.payload = 200000;
	return rc | check_pseudo(&spec);
}

static struct unit_test_suite suite = {
	.suite_name = "checksums",
	.setup = setup,
	.unit_test_cases =
		{
			TEST_CASE(test_impl),
			TEST_CASE(test_lengths),
			TEST_CASE(test_large),
			TEST_CASE(test_extremes),
			TEST_CASE(test_splits),
			TEST_CASE(test_chains),
			TEST_CASE(test_fold),
			TEST_CASE(test_update),
			TEST_CASE(test_pseudo),
			TEST_CASES_END(),
		},
};

static int
test_sum(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(net_sum_autotest, NOHUGE_OK, ASAN_OK, test_sum);
