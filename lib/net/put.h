/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Writing fields of headers. Neighbours: lib/gso and lib/tx write them.
 */
#ifndef CLEAVE_PUT_H
#define CLEAVE_PUT_H

#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>

/* Fields of a header, which lie at any alignment; "raw" ones are in the byte order of the wire. */
static inline void
put16_raw(uint8_t *p, uint16_t v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void
put16(uint8_t *p, uint16_t v)
{
	put16_raw(p, rte_cpu_to_be_16(v));
}

static inline void
put32_raw(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

#endif
