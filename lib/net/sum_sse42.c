/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One's complement sums with SSE4.2; compiled for it, called only where the CPU has it. Neighbours:
 * sum_simd.h, sum.c (which chooses).
 */
#define SUM_VECTOR 16
#include "sum_simd.h"

static uint16_t
sse42_sum(const void *buf, size_t len)
{
	return sum_wide(NULL, buf, len);
}

static uint16_t
sse42_copy(void *dst, const void *src, size_t len)
{
	return sum_wide(dst, src, len);
}

const struct sum_impl sum_sse42 = {"sse42", sse42_sum, sse42_copy};
