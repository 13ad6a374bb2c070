/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The linear way: one mbuf a segment, the payload copied, and summed in the same pass where sums are
 * wanted. Neighbours: gso.h, segment.h.
 */
#include <errno.h>

#include <rte_memcpy.h>
#include <rte_mempool.h>

#include "segment.h"

/* Copy len bytes of payload; their sum, where it is wanted. */
static inline uint16_t
copy_payload(const struct cut *c, struct cursor *at, uint8_t *dst, uint32_t len)
{
	struct cursor piece;
	uint16_t sum = 0;
	uint32_t n;

	for (uint32_t done = 0; done < len; done += n) {
		const void *src;
		uint16_t s;

		n = cursor_next(at, len - done, &piece);
		src = rte_pktmbuf_mtod_offset(piece.m, const void *, piece.off);
		if (!c->sums) {
			rte_memcpy(dst + done, src, n);
			continue;
		}
		s = cleave_sum_copy(dst + done, src, n);
		sum = cleave_sum_add(sum, done & 1 ? cleave_sum_odd(s) : s);
	}
	return sum;
}

int
linear(struct cut *c, struct rte_mbuf **out)
{
	struct cursor at = cursor_start(c);
	uint32_t longest = c->first->hdr_len + c->first->len;

	longest = RTE_MAX(longest, c->middle->hdr_len + c->middle->len);
	if (rte_pktmbuf_data_room_size(c->pools->direct) < RTE_PKTMBUF_HEADROOM + longest)
		return -EMSGSIZE;
	if (rte_mempool_get_bulk(c->pools->direct, (void **)out, c->n) < 0)
		return -ENOMEM;
	keep_pool_flags(c);
	for (unsigned int i = 0, end; i < c->n;) {
		struct run r = run_of(c, i);
		const uint32_t hdr_len = r.t->hdr_len, len = r.t->len;

		for (end = cut_run(c, i); i < end; i++) {
			struct rte_mbuf *seg = out[i];
			uint8_t *h = (uint8_t *)seg->buf_addr + RTE_PKTMBUF_HEADROOM;
			struct piece p = {
				.data_off = RTE_PKTMBUF_HEADROOM,
				.data_len = hdr_len + len,
				.pkt_len = hdr_len + len,
				.nb_segs = 1,
			};

			write_fields(c, seg, p);
			c->sum[i] = copy_payload(c, &at, h + hdr_len, len);
			write_headers(&r, h, c->what);
		}
	}
	return 0;
}
