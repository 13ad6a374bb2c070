/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One implementation of the sums, per instruction set. Neighbours: sum.c (scalar, choice),
 * sum_avx2.c.
 */
#ifndef CLEAVE_SUM_H
#define CLEAVE_SUM_H

#include <stddef.h>
#include <stdint.h>

#include <rte_byteorder.h>

#include "cleave_net.h"

struct sum_impl {
	const char *name;
	uint16_t (*sum)(const void *buf, size_t len);
	uint16_t (*copy)(void *dst, const void *src, size_t len);
};

extern const struct sum_impl sum_sse42, sum_avx2;

/* The sum of what the wide loops leave over, and of everything in the scalar implementation: 8
 * bytes a step with the carry, then 4, 2, 1. With dst the bytes are copied too; a constant NULL
 * makes the copy go away. */
static inline uint16_t
sum_tail(uint64_t acc, uint8_t *dst, const uint8_t *p, size_t len)
{
	uint64_t w8;
	uint32_t w4;
	uint16_t w2;

	for (; len >= sizeof(w8); len -= sizeof(w8), p += sizeof(w8)) {
		__builtin_memcpy(&w8, p, sizeof(w8));
		if (dst != NULL) {
			__builtin_memcpy(dst, &w8, sizeof(w8));
			dst += sizeof(w8);
		}
		acc += w8;
		acc += acc < w8;
	}
	/* room for three more additions without overflow */
	acc = (acc >> 32) + (acc & 0xffffffff);
	if (len & 4) {
		__builtin_memcpy(&w4, p, sizeof(w4));
		if (dst != NULL) {
			__builtin_memcpy(dst, &w4, sizeof(w4));
			dst += sizeof(w4);
		}
		acc += w4;
		p += sizeof(w4);
	}
	if (len & 2) {
		__builtin_memcpy(&w2, p, sizeof(w2));
		if (dst != NULL) {
			__builtin_memcpy(dst, &w2, sizeof(w2));
			dst += sizeof(w2);
		}
		acc += w2;
		p += sizeof(w2);
	}
	if (len & 1) {
		/* the last byte is the first of a word whose other byte is 0 */
		w2 = 0;
		__builtin_memcpy(&w2, p, 1);
		if (dst != NULL)
			*dst = *p;
		acc += w2;
	}
	return cleave_sum_fold(acc);
}

/* The sum of a few bytes of headers, without a call. */
static inline uint16_t
sum_few(const void *buf, size_t len)
{
	return sum_tail(0, NULL, buf, len);
}

/* The sum of 32-bit words, which headers are made of: len is a multiple of 4. */
static inline uint64_t
sum_words(const uint8_t *p, uint32_t len)
{
	uint64_t acc = 0, w8;
	uint32_t w4;

	for (; len >= sizeof(w8); len -= sizeof(w8), p += sizeof(w8)) {
		__builtin_memcpy(&w8, p, sizeof(w8));
		acc += (w8 & UINT32_MAX) + (w8 >> 32);
		__asm__("" : "+r"(acc)); /* a few words are not worth vectors */
	}
	if (len != 0) {
		__builtin_memcpy(&w4, p, sizeof(w4));
		acc += w4;
	}
	return acc;
}

/* What takes a 16-bit word out of a sum that it is added to. */
static inline uint16_t
sum_without(const uint8_t *p)
{
	uint16_t w;

	__builtin_memcpy(&w, p, sizeof(w));
	return (uint16_t)~w;
}

/* The sum of the pseudo-header of any IP header (RFC 793, RFC 8200 8.1). len: all behind it. */
static inline uint16_t
sum_pseudo(const uint8_t *hdr, const struct cleave_ip *ip, uint8_t proto, uint32_t len)
{
	unsigned int alen = ip->version == 4 ? 4 : 16;
	unsigned int src = ip->off + (ip->version == 4 ? 12 : 8);
	uint64_t acc = (uint64_t)rte_cpu_to_be_32(len) + rte_cpu_to_be_32(proto);

	acc += sum_words(hdr + src, alen) + sum_words(hdr + ip->dst_off, alen);
	return cleave_sum_fold(acc);
}

#endif
