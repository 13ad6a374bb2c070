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

/* A window on it keeps the first or the last bytes of a vector. */
static const uint8_t mask[96] = {[32] = 255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255,
	255};

static inline __m256i
load_first(uint8_t *dst, const uint8_t *p, size_t n)
{
	const void *window = mask + 64 - n;

	return _mm256_and_si256(load_words(dst, p, 0), _mm256_loadu_si256(window));
}

static inline __m256i
load_last(uint8_t *dst, const uint8_t *end, size_t n)
{
	const void *window = mask + n;

	return _mm256_and_si256(load_words(dst, end - 32, 0), _mm256_loadu_si256(window));
}

/* The sum over all accumulators: far below 2^63 for any length that a packet can have. */
static inline uint64_t
reduce(struct acc a, struct acc b)
{
	uint64_t lane[4];

	a.whole = _mm256_add_epi64(a.whole, b.whole);
	a.upper = _mm256_add_epi64(a.upper, b.upper);
	a.whole = _mm256_sub_epi64(a.whole, _mm256_slli_epi64(a.upper, 32));
	_mm256_storeu_si256((__m256i *)(void *)lane, _mm256_add_epi64(a.whole, a.upper));
	return lane[0] + lane[1] + lane[2] + lane[3];
}

/* Aligned loads in between, the first and the last vector with what is too much masked away; an odd
 * number of bytes there would be of the other parity. */
static inline uint16_t
sum_wide(uint8_t *dst, const uint8_t *p, size_t len)
{
	const __m256i zero = _mm256_setzero_si256();
	struct acc a = {zero, zero}, b = a;
	size_t n = 0, head = -(uintptr_t)p & 31, rest;

	if (len < 64)
		return sum_tail(0, dst, p, len);
	if (head != 0 && (head & 1) == 0) {
		add_words(&b, load_first(dst, p, head));
		n = head;
	}
	/* two accumulators hide the latency of the additions */
	for (; n + 128 <= len; n += 128) {
		add_words(&a, load_words(dst, p, n));
		add_words(&b, load_words(dst, p, n + 32));
		add_words(&a, load_words(dst, p, n + 64));
		add_words(&b, load_words(dst, p, n + 96));
	}
	for (; n + 32 <= len; n += 32)
		add_words(&a, load_words(dst, p, n));
	rest = len - n;
	if (rest & 1)
		return sum_tail(reduce(a, b), dst != NULL ? dst + n : NULL, p + n, rest);
	if (rest != 0)
		add_words(&b, load_last(dst != NULL ? dst + len - 32 : NULL, p + len, rest));
	return cleave_sum_fold(reduce(a, b));
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
