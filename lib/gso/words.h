/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How an mbuf is made of words and blocks of memory (block.h). Neighbours: gso.h; segment.h and
 * scatter.c write mbufs by it.
 */
#ifndef CLEAVE_WORDS_H
#define CLEAVE_WORDS_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "block.h"
#include "put.h"

/* How the fields of an mbuf lie, which are written as words of 8 bytes: from data_off to ol_flags,
 * from packet_type to the hash's first half, what ends with vlan_tci_outer, next and tx_offload. The
 * dynamic fields are copied as three blocks, the last two of which overlap. */
#define AT(field) offsetof(struct rte_mbuf, field)
#define HASH_AT (AT(vlan_tci_outer) + sizeof(uint16_t) - sizeof(uint64_t))
#define DYN_LEN sizeof(((struct rte_mbuf *)NULL)->dynfield1)
static_assert(AT(buf_addr) == 0 && AT(data_off) == 16 && AT(refcnt) == 18 && AT(nb_segs) == 20 &&
		      AT(port) == 22 && AT(ol_flags) == 24 && AT(packet_type) == 32 &&
		      AT(pkt_len) == 36 && AT(data_len) == 40 && AT(vlan_tci) == 42 &&
		      AT(hash) == 44 && AT(vlan_tci_outer) == 52 &&
		      AT(tx_offload) == AT(next) + 8 && AT(next) % 16 == 0 && DYN_LEN > 32 &&
		      DYN_LEN <= 48,
	"the fields of an mbuf are not where they are written as words");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are made for little endian");

/* From data_off to port. */
static inline uint64_t
mbuf_word(uint64_t data_off, uint64_t nb_segs, uint64_t rest)
{
	return data_off | nb_segs << 32 | rest;
}

/* What is in it of an mbuf that nobody else has. */
static inline uint64_t
mbuf_word_rest(uint64_t port)
{
	return UINT64_C(1) << 16 | port << 48;
}

/* What the first mbufs of segments have in common. */
struct mbuf_words {
	uint64_t rest, ol_flags, type, tags, hash, tx_offload;
	block dyn[3];
};

/* As far as it is that of the mbuf m. */
static inline void
mbuf_words_of(struct mbuf_words *w, const struct rte_mbuf *m)
{
	const uint8_t *from = (const uint8_t *)m, *dyn = from + AT(dynfield1);

	w->rest = mbuf_word_rest(m->port);
	w->type = m->packet_type;
	w->tags = get64_raw(from + AT(data_len)) & ~(uint64_t)UINT16_MAX;
	w->hash = get64_raw(from + HASH_AT);
	w->dyn[0] = load_block(dyn);
	w->dyn[1] = load_block(dyn + 16);
	w->dyn[2] = load_block(dyn + DYN_LEN - 16);
}

#endif
