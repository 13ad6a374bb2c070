/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The payload of a chain, cut into segments: their checksums, and how many pieces they have.
 * Neighbours: gso.h.
 */
#include "gso.h"

/* Is what comes next, n bytes, all the payload that its mbuf holds? */
static inline bool
is_whole(const struct cut *c, const struct cursor *at, uint32_t n)
{
	return at->off + n == at->m->data_len && at->off == (at->m == c->m ? c->skip : 0);
}

/* The sum of the next len bytes; known already where they are all that an mbuf holds. */
static inline uint16_t
sum_next(const struct cut *c, struct cursor *at, uint32_t len)
{
	struct cursor piece;
	uint16_t sum = 0, s;
	uint32_t n;

	for (uint32_t done = 0; done < len; done += n) {
		n = cursor_next(at, len - done, &piece);
		if ((c->flags & CLEAVE_GSO_SUMS) && is_whole(c, &piece, n))
			s = cleave_meta(piece.m)->sum;
		else
			s = cleave_sum(
				rte_pktmbuf_mtod_offset(piece.m, const void *, piece.off), n);
		sum = cleave_sum_add(sum, done & 1 ? cleave_sum_odd(s) : s);
	}
	return sum;
}

void
split_sums(struct cut *c)
{
	struct cursor at = cursor_start(c);
	bool known = c->flags & CLEAVE_GSO_SUMS;

	for (uint32_t i = 0, end; i < c->n;) {
		const uint32_t len = cut_tmpl(c, i)->len;

		for (end = cut_run(c, i); i < end; i++) {
			/* as GRO leaves it */
			if (known && at.m->next != NULL && is_whole(c, &at, len)) {
				c->sum[i] = cleave_meta(at.m)->sum;
				at = (struct cursor){at.m->next, 0};
			} else {
				c->sum[i] = sum_next(c, &at, len);
			}
		}
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
