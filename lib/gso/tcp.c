/* SPDX-License-Identifier: BSD-3-Clause
 *
 * TCP's header in the segments: sequence, flags (RFC 9293, RFC 3168). Neighbours: gso.h, l4.h.
 */
#include "l4.h"

#define TCP_ACK 8
#define TCP_OPTIONS 20

static int64_t
prepare(struct cut *c, const uint8_t *p)
{
	uint16_t end = CLEAVE_TCP_FIN | CLEAVE_TCP_PSH;
	uint16_t cwr = c->req->flags & CLEAVE_GSO_ACCECN ? 0 : CLEAVE_TCP_CWR;
	uint64_t word = get64_raw(p + TCP_WORD);

	c->seq = rte_be_to_cpu_32(get32_raw(p + TCP_SEQ));
	c->tcp_flags = rte_be_to_cpu_16((uint16_t)word);
	c->tcp_word = word & ~(UINT64_C(0xffff) << TCP_WORD_CKSUM | 0xffff);
	c->clear[FIRST] = end;
	c->clear[MIDDLE] = end | cwr;
	c->clear[LAST] = cwr;
	c->clear[ONLY] = 0;
	return (uint64_t)get32_raw(p) + get32_raw(p + TCP_ACK) + (c->tcp_word >> 32) +
	       (uint32_t)c->tcp_word + sum_words(p + TCP_OPTIONS, c->pkt->l4_len - TCP_OPTIONS);
}

static uint16_t
finish(const struct cut *c, struct tmpl *t, uint32_t len, enum which which)
{
	uint16_t flags = rte_cpu_to_be_16(c->tcp_flags & ~c->clear[which]);

	t->l4_word = c->tcp_word | flags;
	return flags;
}

static const struct shape tcp = {
	.what = WRITE_TCP,
	.word_cksum = TCP_WORD_CKSUM,
	.cksum_off = TCP_CKSUM,
	.mbuf_cksum = RTE_MBUF_F_TX_TCP_CKSUM,
	.prepare = prepare,
	.finish = finish,
};

int
tcp_headers(struct cut *c)
{
	return c->nb_ip == 1 ? l4_headers(c, &tcp, 1) : l4_headers(c, &tcp, 2);
}
