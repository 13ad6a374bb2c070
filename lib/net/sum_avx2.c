/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One's complement sums with AVX2; compiled for it, called only where the CPU has it. Neighbours:
 * sum_simd.h, sum.c (which chooses).
 */
#define SUM_VECTOR 32
#include "sum_simd.h"

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
