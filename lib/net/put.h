/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Fields of headers, read and written. Neighbours: lib/gso, lib/gro and lib/tx.
 */
#ifndef CLEAVE_PUT_H
#define CLEAVE_PUT_H

#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>

#include "cleave_net.h"

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

static inline uint16_t
get16_raw(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t
get32_raw(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t
get64_raw(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void
put32_raw(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void
put64_raw(uint8_t *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

/* The length of an IP header's packet that ends at end; hdr: the first byte of the frame. */
static inline void
put_ip_len(uint8_t *hdr, const struct cleave_ip *ip, uint32_t end)
{
	if (ip->version == 4)
		put16(hdr + ip->off + 2, end - ip->off);
	else
		put16(hdr + ip->off + 4, end - ip->off - 40);
}

static inline void
put_ip4_cksum(uint8_t *hdr, const struct cleave_ip *ip)
{
	put16_raw(hdr + ip->off + 10, 0);
	put16_raw(hdr + ip->off + 10, (uint16_t)~cleave_sum(hdr + ip->off, ip->len));
}

#endif
