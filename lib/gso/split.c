/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The payload of a chain, cut into segments: their checksums, and how many pieces they have.
 * Neighbours: gso.h.
 */
#include "gso.h"

/* The sum of one piece; known already where the piece is all that the mbuf holds. */
static inline uint16_t
piece_sum(const struct cut *c, const struct cursor *piece, uint32_t n)
{
	uint32_t start = piece->m == c->m ? c->skip : 0;

	if ((c->flags & CLEAVE_GSO_SUMS) && piece->off == start && start + n == piece->m->data_len)
		return cleave_meta(piece->m)->sum;
	return cleave_sum(rte_pktmbuf_mtod_offset(piece->m, const void *, piece->off), n);
}

void
split_sums(struct cut *c)
{
	struct cursor at = cursor_start(c), piece;

	for (unsigned int i = 0; i < c->n; i++) {
		uint32_t len = cut_tmpl(c, i)->len, n;
		uint16_t sum = 0;

		for (uint32_t done = 0; done < len; done += n) {
			uint16_t s;

			n = cursor_next(&at, len - done, &piece);
			s = piece_sum(c, &piece, n);
			sum = cleave_sum_add(sum, done & 1 ? cleave_sum_odd(s) : s);
		}
		c->sum[i] = sum;
	}
}

bool
split_verify(const struct cut *c)
{
	uint16_t sum = c->verify;

	for (unsigned int i = 0; i < c->n; i++)
		sum = cleave_sum_add(sum, i & c->mss & 1 ? cleave_sum_odd(c->sum[i]) : c->sum[i]);
	return sum == 0xffff;
}

unsigned int
split_pieces(const struct cut *c)
{
	struct cursor at = cursor_start(c), piece;
	unsigned int most = 0;

	for (unsigned int i = 0; i < c->n; i++) {
		uint32_t len = cut_tmpl(c, i)->len;
		unsigned int pieces = 1; /* the headers */

		for (; len > 0; pieces++)
			len -= cursor_next(&at, len, &piece);
		most = RTE_MAX(most, pieces);
	}
	return most;
}
