/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The TSO engine of the tests of partial GSO. It rewrites what such a port rewrites and copies the
 * rest as it came: an outer UDP checksum, a tunnel's own length or checksum. Neighbour: engine.h.
 */
#include <string.h>

#include "engine.h"

static void
rewrite_ip(uint8_t *out, const struct cleave_ip *ip, uint32_t len, unsigned int i)
{
	uint8_t *h = out + ip->off;

	if (ip->version == 6) {
		pkt_put16(h + 4, len - ip->off - 40);
		return;
	}
	pkt_put16(h + 2, len - ip->off);
	pkt_put16(h + 4, pkt_be16(h + 4) + i);
	pkt_put16(h + 10, 0);
	pkt_put16(h + 10, ~pkt_sum(h, ip->len));
}

static void
rewrite_tcp(const struct engine *e, uint8_t *out, uint32_t len, unsigned int i, bool last)
{
	const struct cleave_ip *ip = cleave_inner_ip(e->at);
	uint8_t *h = out + e->at->l4_off;

	len -= e->at->l4_off;
	pkt_put32(h + 4, pkt_be32(h + 4) + i * e->mss);
	if (!last)
		h[13] &= ~(CLEAVE_TCP_FIN | CLEAVE_TCP_PSH);
	if (i > 0)
		h[13] &= ~CLEAVE_TCP_CWR;
	pkt_put16(h + 16, 0);
	pkt_put16(h + 16, ~pkt_sum_add(pkt_pseudo(out, ip, IPPROTO_TCP, len), pkt_sum(h, len)));
}

uint32_t
engine_cut(const struct engine *e, const uint8_t *frame, uint32_t len, unsigned int i, uint8_t *out)
{
	uint32_t hdr = e->at->hdr_len, n = hdr + e->mss;

	memcpy(out, frame, hdr);
	memcpy(out + hdr, frame + hdr + i * e->mss, e->mss);
	rewrite_ip(out, cleave_inner_ip(e->at), n, i);
	rewrite_tcp(e, out, n, i, hdr + (i + 1) * e->mss == len);
	if (!e->opaque) {
		rewrite_ip(out, &e->at->ip[0], n, i);
		if (e->at->ip[0].proto == IPPROTO_UDP)
			pkt_put16(out + e->at->tunnel_off + 4, n - e->at->tunnel_off);
	}
	return n;
}
