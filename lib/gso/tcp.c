/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The shape of TCP: sequence, flags, checksum (RFC 9293, RFC 3168). Neighbours: gso.h, patch.c.
 */
#include "gso.h"

/* offsets in the TCP header */
#define TCP_SEQ 4
#define TCP_FLAGS 12 /* data offset, reserved bits, AE, flags: 16 bits */
#define TCP_CKSUM 16

static inline uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static int
tcp_prepare(struct cut *c)
{
	uint8_t *p = c->hdr + c->pkt->l4_off;
	uint16_t end = CLEAVE_TCP_FIN | CLEAVE_TCP_PSH;
	uint16_t cwr = c->req->flags & CLEAVE_GSO_ACCECN ? 0 : CLEAVE_TCP_CWR;

	c->l4.seq = get32(p + TCP_SEQ);
	c->l4.flags = p[TCP_FLAGS] << 8 | p[TCP_FLAGS + 1];
	c->l4.first_clear = end;
	c->l4.middle_clear = end | cwr;
	c->l4.last_clear = cwr;
	if (c->n == 1)
		c->l4.first_clear = c->l4.last_clear = 0;
	c->l4.verify = cleave_sum_add(cleave_sum(p, c->pkt->l4_len),
		cleave_sum_pseudo(c->hdr, c->pkt, c->pkt->l4_len + c->pkt->payload_len));
	put32_raw(p + TCP_SEQ, 0);
	put16_raw(p + TCP_FLAGS, 0);
	put16_raw(p + TCP_CKSUM, 0);
	c->l4.pseudo = cleave_sum_pseudo(c->hdr, c->pkt, 0);
	c->l4.sum = cleave_sum_add(c->l4.pseudo, cleave_sum(p, c->pkt->l4_len));
	return 0;
}

static void
tcp_patch(const struct cut *c, uint8_t *hdr, unsigned int i, uint32_t len)
{
	uint8_t *p = hdr + c->pkt->l4_off;
	uint32_t seq = rte_cpu_to_be_32(c->l4.seq + i * c->mss);
	uint16_t clear = i == 0		? c->l4.first_clear
			 : i + 1 < c->n ? c->l4.middle_clear
					: c->l4.last_clear;
	uint16_t flags = rte_cpu_to_be_16(c->l4.flags & ~clear);
	uint16_t l4_len = rte_cpu_to_be_16(c->pkt->l4_len + len);
	uint16_t sum;

	put32_raw(p + TCP_SEQ, seq);
	put16_raw(p + TCP_FLAGS, flags);
	if (!c->sums) {
		put16_raw(p + TCP_CKSUM, cleave_sum_add(c->l4.pseudo, l4_len));
		return;
	}
	sum = cleave_sum_add(c->l4.sum, c->sum[i]);
	sum = cleave_sum_add(sum, cleave_sum_add((uint16_t)seq, (uint16_t)(seq >> 16)));
	sum = cleave_sum_add(sum, cleave_sum_add(flags, l4_len));
	put16_raw(p + TCP_CKSUM, ~sum);
}

const struct shape shape_tcp = {
	.prepare = tcp_prepare,
	.patch = tcp_patch,
	.mbuf_cksum = RTE_MBUF_F_TX_TCP_CKSUM,
};
