/* SPDX-License-Identifier: BSD-3-Clause
 *
 * May a packet's headers be written to in place? Neighbours: lib/gso and lib/tx ask before they do.
 */
#ifndef CLEAVE_OWN_H
#define CLEAVE_OWN_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

/* The first mbuf holds the first len bytes, and nobody else sees its data. */
static inline bool
headers_writable(const struct rte_mbuf *m, uint16_t len)
{
	if (m->data_len < len || rte_mbuf_refcnt_read(m) != 1 || RTE_MBUF_CLONED(m))
		return false;
	return !RTE_MBUF_HAS_EXTBUF(m) || rte_mbuf_ext_refcnt_read(m->shinfo) == 1;
}

#endif
