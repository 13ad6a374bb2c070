/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A packet as GRO leaves it. Neighbours: merged.h.
 */
#include "decision.h"
#include "merged.h"

struct rte_mbuf *
tx_merged(struct tx_test *t, uint16_t piece, uint16_t off, struct tx_merged *g)
{
	const struct pkt_spec spec = {.ip = {.version = 4, .id = 7},
		.proto = IPPROTO_TCP,
		.tcp_flags = 0x18,
		.payload = (TX_MERGED_PIECES - 1) * piece + 111};
	uint16_t mbufs[TX_MERGED_PIECES];
	struct rte_mbuf *m, *s;
	uint32_t at;

	if (pkt_build(&spec, &g->bytes) < 0)
		return NULL;
	at = g->bytes.want.hdr_len;
	for (unsigned int i = 0; i < TX_MERGED_PIECES; i++, at += piece) {
		g->pieces[i] = mbufs[i] = i + 1 < TX_MERGED_PIECES ? piece : 111;
		g->sums[i] =
			pkt_sum_add(pkt_sum(g->bytes.data + at, g->pieces[i]), i & 1 ? off : 0);
	}
	mbufs[0] += g->bytes.want.hdr_len;
	m = mbuf_chain(t->mp, g->bytes.data, g->bytes.len, mbufs, TX_MERGED_PIECES);
	if (m == NULL)
		return NULL;
	tx_test_mark(m, &g->bytes, piece);
	tx_test_unsum(m, &g->bytes);
	tx_case_meta(m, CLEAVE_META_SUMS, TX_MERGED_PIECES);
	s = m;
	for (unsigned int i = 0; i < TX_MERGED_PIECES; i++, s = s->next)
		cleave_meta(s)->sum = rte_cpu_to_be_16(g->sums[i]);
	g->in = check_in(&g->bytes);
	g->in.pieces = g->pieces;
	g->in.nb_pieces = TX_MERGED_PIECES;
	g->in.sums = g->sums;
	return m;
}
