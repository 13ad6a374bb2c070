/* SPDX-License-Identifier: BSD-3-Clause
 *
 * 16 bytes of memory, in a register. Neighbours: lib/gso/words.h writes mbufs by it, lib/gro/quick.h
 * compares headers.
 */
#ifndef CLEAVE_BLOCK_H
#define CLEAVE_BLOCK_H

#include <stdint.h>

typedef uint64_t block __attribute__((vector_size(16)));

static inline block
load_block(const void *from)
{
	block b;

	__builtin_memcpy(&b, from, sizeof(b));
	return b;
}

static inline void
store_block(void *to, block b)
{
	__builtin_memcpy(to, &b, sizeof(b));
}

/* 16 bytes of two words. */
static inline void
store_pair(void *to, uint64_t first, uint64_t second)
{
	store_block(to, (block){first, second});
}

#endif
