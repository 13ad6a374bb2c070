/* SPDX-License-Identifier: BSD-3-Clause
 *
 * UDP's header in the segments, each a datagram of its own: length (RFC 768). Neighbours: gso.h,
 * l4.h.
 */
#include "l4.h"

static int64_t
prepare(struct cut *c, const uint8_t *p)
{
	uint16_t len = p[UDP_LEN] << 8 | p[UDP_LEN + 1];

	if (len != 0 && len != c->pkt->l4_len + c->payload_len)
		return -EINVAL; /* what lies behind the datagram is no payload of it */
	if ((p[UDP_CKSUM] | p[UDP_CKSUM + 1]) == 0)
		c->flags &= ~CLEAVE_GSO_VERIFY; /* there is none */
	memset(c->clear, 0, sizeof(c->clear));
	return get32_raw(p);
}

static uint16_t
finish(const struct cut *c, struct tmpl *t, uint32_t len, enum which which)
{
	t->l4_word = rte_cpu_to_be_16(len);
	return rte_cpu_to_be_16(len);
}

static const struct shape udp = {
	.what = WRITE_UDP,
	.word_cksum = UDP_WORD_CKSUM,
	.cksum_off = UDP_CKSUM,
	.mbuf_cksum = RTE_MBUF_F_TX_UDP_CKSUM,
	.prepare = prepare,
	.finish = finish,
};

int
udp_headers(struct cut *c)
{
	return l4_headers(c, &udp, c->nb_ip);
}
