/* SPDX-License-Identifier: BSD-3-Clause
 *
 * TCP's header in the segments: sequence, flags (RFC 9293, RFC 3168). Neighbours: gso.h, headers.c.
 */
#include <netinet/in.h>

#include "gso.h"
#include "sum.h"

#define TCP_SEQ 4
#define TCP_FLAGS 12 /* data offset, reserved bits, AE, flags: 16 bits */
#define TCP_CKSUM 16

static uint64_t
tcp_prepare(struct cut *c, const uint8_t *p)
{
	uint16_t end = CLEAVE_TCP_FIN | CLEAVE_TCP_PSH;
	uint16_t cwr = c->req->flags & CLEAVE_GSO_ACCECN ? 0 : CLEAVE_TCP_CWR;

	c->seq_off = c->pkt->l4_off + TCP_SEQ;
	c->seq = (uint32_t)p[TCP_SEQ] << 24 | p[TCP_SEQ + 1] << 16 | p[TCP_SEQ + 2] << 8 |
		 p[TCP_SEQ + 3];
	c->tcp_flags = p[TCP_FLAGS] << 8 | p[TCP_FLAGS + 1];
	c->clear[FIRST] = end;
	c->clear[MIDDLE] = end | cwr;
	c->clear[LAST] = cwr;
	c->clear[ONLY] = 0;
	return sum_without(p + TCP_SEQ) + sum_without(p + TCP_SEQ + 2) +
	       sum_without(p + TCP_FLAGS) + sum_without(p + TCP_CKSUM);
}

static uint16_t
tcp_finish(const struct cut *c, uint8_t *p, uint32_t len, enum which which)
{
	uint16_t flags = rte_cpu_to_be_16(c->tcp_flags & ~c->clear[which]);

	put16_raw(p + TCP_FLAGS, flags);
	return flags;
}

const struct shape shape_tcp = {
	.proto = IPPROTO_TCP,
	.cksum_off = TCP_CKSUM,
	.zero_as = 0,
	.mbuf_cksum = RTE_MBUF_F_TX_TCP_CKSUM,
	.prepare = tcp_prepare,
	.finish = tcp_finish,
};
