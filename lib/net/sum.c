/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One's complement sums: the scalar reference, the choice of instruction set, sums over chains and
 * of pseudo-headers. Neighbours: sum.h (what an implementation offers), sum_avx2.c.
 */
#include <netinet/in.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_cpuflags.h>
#include <rte_vect.h>

#include "sum.h"

static uint16_t
scalar_sum(const void *buf, size_t len)
{
	return sum_tail(0, NULL, buf, len);
}

static uint16_t
scalar_copy(void *dst, const void *src, size_t len)
{
	return sum_tail(0, dst, src, len);
}

static const struct sum_impl sum_scalar = {"scalar", scalar_sum, scalar_copy};

static const struct sum_impl *impl = &sum_scalar;

#ifdef RTE_ARCH_X86_64
/* What is wider than the reference, the widest last. */
static const struct {
	const struct sum_impl *impl;
	enum rte_cpu_flag_t flag;
	uint16_t bits;
} simd[] = {
	{&sum_sse42, RTE_CPUFLAG_SSE4_2, RTE_VECT_SIMD_128},
	{&sum_avx2, RTE_CPUFLAG_AVX2, RTE_VECT_SIMD_256},
};
#endif

void
cleave_sum_select(void)
{
	impl = &sum_scalar;
#ifdef RTE_ARCH_X86_64
	for (unsigned int i = 0; i < RTE_DIM(simd); i++)
		if (rte_cpu_get_flag_enabled(simd[i].flag) > 0 &&
			rte_vect_get_max_simd_bitwidth() >= simd[i].bits)
			impl = simd[i].impl;
#endif
}

const char *
cleave_sum_impl(void)
{
	return impl->name;
}

uint16_t
cleave_sum(const void *buf, size_t len)
{
	return impl->sum(buf, len);
}

uint16_t
cleave_sum_copy(void *dst, const void *src, size_t len)
{
	return impl->copy(dst, src, len);
}

uint16_t
cleave_sum_mbuf(const struct rte_mbuf *m, uint32_t off, uint32_t len)
{
	uint16_t sum = 0;
	bool odd = false;

	while (len > 0 && off >= m->data_len) {
		off -= m->data_len;
		m = m->next;
	}
	for (; len > 0; m = m->next, off = 0) {
		uint32_t n = RTE_MIN(len, m->data_len - off);
		uint16_t s = cleave_sum(rte_pktmbuf_mtod_offset(m, const void *, off), n);

		sum = cleave_sum_add(sum, odd ? cleave_sum_odd(s) : s);
		odd ^= n & 1;
		len -= n;
	}
	return sum;
}

uint16_t
cleave_sum_pseudo(const uint8_t *hdr, const struct cleave_pkt *pkt, uint32_t l4_len)
{
	return sum_pseudo(hdr, cleave_inner_ip(pkt), pkt->l4_proto, l4_len);
}
