/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Fragment lists for tests. Neighbour: fraglist.h.
 */
#include "fraglist.h"

int
list_build(struct list *l, const struct pkt_spec *spec, struct rte_mempool *mp)
{
	l->mp = mp;
	for (unsigned int i = 0; i < LIST_NB; i++) {
		struct pkt_spec s = *spec;

		s.seq = 0xfffffa00 + i * LIST_MSS;
		s.ack = 77 + i;
		s.window = 1000 + 3 * i;
		s.ip.id += i * 7;
		s.outer.id += i * 11;
		s.payload = i == LIST_NB - 1 ? LIST_REST : LIST_MSS;
		s.seed = i + 1;
		s.tcp_flags = CLEAVE_TCP_ACK |
			      (i == LIST_NB - 1 ? CLEAVE_TCP_PSH | CLEAVE_TCP_FIN : CLEAVE_TCP_ECE);
		if (pkt_build(&s, &l->p[i]) < 0)
			return -1;
	}
	return 0;
}

void
list_free(struct list *l)
{
	for (unsigned int i = 0; i < LIST_NB; i++)
		pkt_free(&l->p[i]);
}

uint8_t *
list_l4_cksum(uint8_t *frame, const struct cleave_pkt *w)
{
	return frame + w->l4_off + (w->l4_proto == IPPROTO_TCP ? 16 : 6);
}

void
list_flatten(struct list *l)
{
	l->whole.data = l->flat;
	l->whole.len = mbuf_flat(l->m, l->flat, sizeof(l->flat));
	l->whole.want = l->p[0].want;
}

int
list_merge(struct list *l, bool junk)
{
	const struct cleave_pkt *w = &l->p[0].want;
	struct rte_mbuf *c;
	uint8_t *hdr;

	l->m = NULL;
	for (unsigned int i = 0; i < LIST_NB; i++) {
		c = mbuf_chain(l->mp, l->p[i].data, l->p[i].len, NULL, 0);
		TEST_ASSERT(c != NULL && c->nb_segs == 1, "no mbuf");
		if (i > 0)
			rte_pktmbuf_adj(c, w->hdr_len);
		if (l->m == NULL)
			l->m = c;
		else
			TEST_ASSERT_SUCCESS(rte_pktmbuf_chain(l->m, c), "no chain");
	}
	l->m->ol_flags |= RTE_MBUF_F_RX_LRO | RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_IPV4;
	l->m->tso_segsz = LIST_MSS;
	list_flatten(l);
	shapes_lengths(l->flat, l->whole.len, w);
	if (w->l4_proto == IPPROTO_TCP)
		l->flat[w->l4_off + 13] |= CLEAVE_TCP_PSH | CLEAVE_TCP_FIN;
	shapes_cksums(l->flat, l->whole.len, w);
	for (unsigned int k = 0; k < w->nb_ip && junk; k++)
		if (w->ip[k].version == 4)
			pkt_put16(l->flat + w->ip[k].off + 10, 0x1234);
	if (junk && pkt_be16(list_l4_cksum(l->flat, w)) != 0)
		pkt_put16(list_l4_cksum(l->flat, w), 0x1234);
	hdr = rte_pktmbuf_mtod(l->m, uint8_t *);
	memcpy(hdr, l->flat, w->hdr_len);
	return TEST_SUCCESS;
}
