/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One's complement sums with vectors of SUM_VECTOR bytes, which who includes this defines; compiled
 * with the flags of the instruction set that has them. Neighbours: sum.h, sum.c (which chooses).
 */
#ifndef CLEAVE_SUM_SIMD_H
#define CLEAVE_SUM_SIMD_H

#include "sum.h"

typedef uint64_t vec __attribute__((vector_size(SUM_VECTOR)));

/* Sums of 64-bit words, modulo 2^64, and of their upper halves: what the lower halves add up to is
 * whole - (upper << 32), as long as that fits 64 bits: 2^32 additions. */
struct acc {
	vec whole, upper;
};

static inline void
add_words(struct acc *acc, vec v)
{
	acc->whole += v;
	acc->upper += v >> 32;
}

/* A vector at p, copied to dst where there is one. */
static inline vec
load_words(uint8_t *dst, const uint8_t *p)
{
	vec v;

	__builtin_memcpy(&v, p, sizeof(v));
	if (dst != NULL)
		__builtin_memcpy(dst, &v, sizeof(v));
	return v;
}

/* A window on it keeps the first or the last bytes of a vector. */
static const uint8_t mask[96] = {[32 ... 63] = 255};

static inline vec
load_first(uint8_t *dst, const uint8_t *p, size_t n)
{
	return load_words(dst, p) & load_words(NULL, mask + 64 - n);
}

static inline vec
load_last(uint8_t *dst, const uint8_t *p, size_t n)
{
	return load_words(dst, p) & load_words(NULL, mask + 32 - SUM_VECTOR + n);
}

/* The sum over all accumulators: far below 2^63 for any length that a packet can have. */
static inline uint64_t
reduce(struct acc a, struct acc b)
{
	vec upper = a.upper + b.upper, sum = a.whole + b.whole - (upper << 32) + upper;
	uint64_t acc = 0;

	for (unsigned int i = 0; i < SUM_VECTOR / sizeof(acc); i++)
		acc += sum[i];
	return acc;
}

/* Aligned loads in between, the first and the last vector with what is too much masked away; an odd
 * number of bytes there would be of the other parity. */
static inline uint16_t
sum_wide(uint8_t *dst, const uint8_t *p, size_t len)
{
	struct acc a = {{0}, {0}}, b = a;
	size_t n = 0, head = -(uintptr_t)p % SUM_VECTOR, rest;

	if (len < 2 * SUM_VECTOR)
		return sum_tail(0, dst, p, len);
	if (head != 0 && head % 2 == 0) {
		add_words(&b, load_first(dst, p, head));
		n = head;
	}
	/* two accumulators hide the latency of the additions */
	for (; n + 4 * SUM_VECTOR <= len; n += 4 * SUM_VECTOR)
		for (size_t k = n; k < n + 4 * SUM_VECTOR; k += 2 * SUM_VECTOR) {
			add_words(&a, load_words(dst != NULL ? dst + k : NULL, p + k));
			add_words(&b, load_words(dst != NULL ? dst + k + SUM_VECTOR : NULL,
					      p + k + SUM_VECTOR));
		}
	for (; n + SUM_VECTOR <= len; n += SUM_VECTOR)
		add_words(&a, load_words(dst != NULL ? dst + n : NULL, p + n));
	rest = len - n;
	if (rest & 1)
		return sum_tail(reduce(a, b), dst != NULL ? dst + n : NULL, p + n, rest);
	if (rest != 0) {
		n = len - SUM_VECTOR;
		add_words(&b, load_last(dst != NULL ? dst + n : NULL, p + n, rest));
	}
	return cleave_sum_fold(reduce(a, b));
}

#endif
