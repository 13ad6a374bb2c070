/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The jumbo option of BIG TCP packets over IPv6, which their segments do not have. Neighbours: gso.h,
 * headers.c.
 */
#include <netinet/in.h>
#include <string.h>

#include "gso.h"

#define IP6_NEXT 6

/* All that lies behind an offset in the headers lies len bytes nearer. */
static void
close_gap(struct cleave_pkt *pkt, uint16_t at, uint16_t len)
{
	uint16_t *const places[] = {&pkt->ip[0].dst_off, &pkt->ip[1].off, &pkt->ip[1].dst_off,
		&pkt->tunnel_off, &pkt->inner_off, &pkt->tunnel_len, &pkt->tunnel_len_from,
		&pkt->tunnel_cksum, &pkt->l4_off, &pkt->hdr_len};

	for (unsigned int i = 0; i < RTE_DIM(places); i++)
		if (*places[i] > at)
			*places[i] -= len;
}

/* An IPv6 header without the jumbo option (RFC 2675), since segments are short: the 8-byte
 * hop-by-hop header with nothing else in it (as Linux made them) goes; in a longer one the option
 * becomes padding. */
static void
remove_option(struct cut *c, struct tmpl *t, struct cleave_ip *ip)
{
	uint8_t *p = t->buf + ip->off, *opt = p + 42, *end;

	if (ip->version != 6 || !(ip->flags & CLEAVE_IP_JUMBO) || p[IP6_NEXT] != IPPROTO_HOPOPTS)
		return;
	end = p + 48 + p[41] * 8;
	if (end - p == 48 && opt[0] == 0xc2) {
		p[IP6_NEXT] = p[40];
		memmove(p + 40, end, t->buf + t->hdr_len - end);
		ip->len -= 8;
		t->hdr_len -= 8;
		close_gap(&c->own, ip->off + 40, 8);
		return;
	}
	for (; opt + 6 <= end; opt += opt[0] == 0 ? 1 : 2 + opt[1])
		if (opt[0] == 0xc2 && opt[1] == 4) {
			memset(opt, 0, 6);
			opt[0] = 1; /* PadN */
			opt[1] = 4;
		}
}

void
jumbo_remove(struct cut *c, struct tmpl *t)
{
	c->own = *c->pkt;
	c->pkt = &c->own;
	for (unsigned int l = 0; l < c->nb_ip; l++)
		remove_option(c, t, &c->own.ip[l]);
}
