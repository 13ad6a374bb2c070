/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the header walk sees of a frame. Neighbours: parse.c walks, tunnel_*.c measure their
 * headers.
 */
#ifndef CLEAVE_WALK_H
#define CLEAVE_WALK_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#define ETHERTYPE_UNKNOWN 0xffff /* reserved (RFC 1701) */

struct walk {
	const uint8_t *p; /* the first bytes of the frame, contiguous */
	uint32_t avail;	  /* how many of them */
	uint32_t end;	  /* where the frame ends: no header may reach beyond */
};

/* May n bytes at off be read? 0; -EBADMSG: the frame ends before; -EAGAIN: they are there, but not
 * among the contiguous ones. */
static inline int
walk_need(const struct walk *w, uint32_t off, uint32_t n)
{
	if (off + n <= w->avail && off + n <= w->end)
		return 0;
	return off + n > w->end ? -EBADMSG : -EAGAIN;
}

static inline uint16_t
walk_be16(const struct walk *w, uint32_t off)
{
	return (uint16_t)(w->p[off] << 8 | w->p[off + 1]);
}

/* The ethertype of an IP packet at off, by its first nibble, where nothing else says it. */
static inline uint16_t
walk_ip_ethertype(const struct walk *w, uint32_t off)
{
	return w->p[off] >> 4 == 4   ? RTE_ETHER_TYPE_IPV4
	       : w->p[off] >> 4 == 6 ? RTE_ETHER_TYPE_IPV6
				     : ETHERTYPE_UNKNOWN;
}

/* Ethertypes of tags with another ethertype behind them. */
static inline bool
walk_is_tag(uint16_t type)
{
	return type == RTE_ETHER_TYPE_VLAN || type == RTE_ETHER_TYPE_QINQ ||
	       type == RTE_ETHER_TYPE_QINQ1;
}

static inline bool
walk_is_mpls(uint16_t type)
{
	return type == RTE_ETHER_TYPE_MPLS || type == RTE_ETHER_TYPE_MPLSM;
}

/* Can there be IP behind a frame's ethertype that the walk finds? */
static inline bool
walk_may_be_ip(uint16_t type)
{
	return type == RTE_ETHER_TYPE_IPV4 || type == RTE_ETHER_TYPE_IPV6 || walk_is_tag(type) ||
	       walk_is_mpls(type);
}

#endif
