/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One's complement sums with AVX2; compiled with -mavx2, called only where the CPU has it.
 * Neighbours: sum.h, sum.c (which chooses).
 */
#include <immintrin.h>

#include "sum.h"

/* 32-bit words are added as 64-bit ones (even and odd words apart), so nothing carries over: 2^32
 * additions fit. Four accumulators hide the latency of the additions. */
static inline __m256i
add_words(__m256i acc, __m256i v, __m256i low)
{
	acc = _mm256_add_epi64(acc, _mm256_and_si256(v, low));
	return _mm256_add_epi64(acc, _mm256_srli_epi64(v, 32));
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
	const __m256i low = _mm256_set1_epi64x(0xffffffff);
	__m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
	uint64_t lane[4], acc;
	size_t n = 0;

	if (len < 32)
		return sum_tail(0, dst, p, len);
	for (; n + 128 <= len; n += 128) {
		a = add_words(a, load_words(dst, p, n), low);
		b = add_words(b, load_words(dst, p, n + 32), low);
		c = add_words(c, load_words(dst, p, n + 64), low);
		d = add_words(d, load_words(dst, p, n + 96), low);
	}
	for (; n + 32 <= len; n += 32)
		a = add_words(a, load_words(dst, p, n), low);
	a = _mm256_add_epi64(_mm256_add_epi64(a, b), _mm256_add_epi64(c, d));
	_mm256_storeu_si256((__m256i *)(void *)lane, a);
	/* each lane is below 2^63 for any len that a packet can have */
	acc = cleave_sum_fold(lane[0]);
	acc += cleave_sum_fold(lane[1]);
	acc += cleave_sum_fold(lane[2]);
	acc += cleave_sum_fold(lane[3]);
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
