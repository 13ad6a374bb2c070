/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One's complement sums with AVX2; compiled with -mavx2, called only where the CPU has it.
 * Neighbours: sum.h, sum.c (which chooses).
 */
#include <immintrin.h>

#include "sum.h"

/* Sums of 64-bit words, modulo 2^64, and of their upper halves: what the lower halves add up to is
 * whole - (upper << 32), as long as that fits 64 bits: 2^32 additions. */
struct acc {
	__m256i whole, upper;
};

static inline void
add_words(struct acc *acc, __m256i v)
{
	acc->whole = _mm256_add_epi64(acc->whole, v);
	acc->upper = _mm256_add_epi64(acc->upper, _mm256_srli_epi64(v, 32));
}

static inline __m256i
load_words(uint8_t *dst, const uint8_t *p, size_t off)
{
	__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(p + off));

	if (dst != NULL)
		_mm256_storeu_si256((__m256i *)(void *)(dst + off), v);
	return v;
}

static inline uint16_t
sum_wide(uint8_t *dst, const uint8_t *p, size_t len)
{
	const __m256i zero = _mm256_setzero_si256();
	struct acc a = {zero, zero}, b = a;
	uint64_t lane[4], acc;
	__m256i sum;
	size_t n = 0;

	if (len < 32)
		return sum_tail(0, dst, p, len);
	/* two accumulators hide the latency of the additions */
	for (; n + 128 <= len; n += 128) {
		add_words(&a, load_words(dst, p, n));
		add_words(&b, load_words(dst, p, n + 32));
		add_words(&a, load_words(dst, p, n + 64));
		add_words(&b, load_words(dst, p, n + 96));
	}
	for (; n + 32 <= len; n += 32)
		add_words(&a, load_words(dst, p, n));
	a.whole = _mm256_add_epi64(a.whole, b.whole);
	a.upper = _mm256_add_epi64(a.upper, b.upper);
	sum = _mm256_sub_epi64(a.whole, _mm256_slli_epi64(a.upper, 32));
	/* far below 2^63 for any len that a packet can have */
	sum = _mm256_add_epi64(sum, a.upper);
	_mm256_storeu_si256((__m256i *)(void *)lane, sum);
	acc = lane[0] + lane[1] + lane[2] + lane[3];
	return sum_tail(acc, dst != NULL ? dst + n : NULL, p + n, len - n);
}

static uint16_t
avx2_sum(const void *buf, size_t len)
{
	return sum_wide(NULL, buf, len);
}

static uint16_t
avx2_copy(void *dst, const void *src, size_t len)
{
	return sum_wide(dst, src, len);
}

const struct sum_impl sum_avx2 = {"avx2", avx2_sum, avx2_copy};
