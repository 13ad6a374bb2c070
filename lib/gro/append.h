/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Appending a packet to a held one. Neighbours: merge.c and quick.h do it.
 */
#ifndef CLEAVE_GRO_APPEND_H
#define CLEAVE_GRO_APPEND_H

#include "gro.h"

/* Hang a packet of one mbuf behind the last one, its payload only. */
static inline void
append_mbuf(struct held *h, struct rte_mbuf *m, uint32_t hdr_len, uint32_t payload)
{
	m->data_off += hdr_len;
	m->data_len = payload; /* without padding */
	h->tail->next = m;
	h->tail = m;
}

/* Does an IPv4 ID go on as the IDs of that level do? The second packet says how. */
static inline bool
append_id_fits(const struct held *h, unsigned int level, uint32_t pkts, uint16_t id)
{
	const uint16_t step = id - h->id[level];

	return step == 0 || (step == 1 && pkts == 1);
}

/* It does, and that is the ID of one more packet. */
static inline void
append_id(struct held *h, unsigned int level, uint32_t pkts, uint16_t id)
{
	const uint8_t counts = HELD_COUNTS << level;

	if (unlikely(pkts == 1 && id != h->id[level]))
		h->flags |= counts;
	h->id[level] = id + ((h->flags & counts) != 0);
}

/* What a held packet is with one more. */
static inline void
append_note(struct held *h, uint32_t payload, uint32_t mbufs, uint8_t tcp_flags)
{
	h->count += HELD_COUNT(payload, 1, mbufs);
	h->next_seq += payload;
	if (unlikely(tcp_flags & HELD_END))
		h->flags |= tcp_flags & HELD_END;
}

#endif
