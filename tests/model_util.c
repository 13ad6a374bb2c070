/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside of the judge: fields with names, checksums by the book. Neighbours: model.h.
 */
#include <stdlib.h>

#include "model.h"

static void
mark(struct model_frame *f, uint32_t off, uint8_t len, const char *name, enum model_or or)
{
	if (f->nb_marks == MODEL_MARKS)
		abort(); /* the judge is wrong */
	f->mark[f->nb_marks++] = (struct model_mark){off, len, or, name};
}

void
model_put16(struct model_frame *f, uint32_t off, uint16_t v, const char *name, enum model_or or)
{
	pkt_put16(f->data + off, v);
	mark(f, off, 2, name, or);
}

void
model_put32(struct model_frame *f, uint32_t off, uint32_t v, const char *name)
{
	pkt_put32(f->data + off, v);
	mark(f, off, 4, name, MODEL_EXACT);
}

void
model_put_ip(struct model_frame *f, const struct cleave_ip *ip, bool hw_cksum)
{
	uint8_t *h = f->data + ip->off;

	if (ip->version == 6) {
		model_put16(
			f, ip->off + 4, f->len - ip->off - 40, "IPv6 payload length", MODEL_EXACT);
		return;
	}
	model_put16(f, ip->off + 2, f->len - ip->off, "IPv4 total length", MODEL_EXACT);
	pkt_put16(h + 10, 0);
	model_put16(f, ip->off + 10, ~pkt_sum(h, ip->len), "IPv4 header checksum",
		hw_cksum ? MODEL_OR_ZERO : MODEL_EXACT);
}

uint16_t
model_l4_cksum(uint8_t proto, uint16_t sum)
{
	sum = ~sum;
	return proto == IPPROTO_UDP && sum == 0 ? 0xffff : sum;
}

uint32_t
model_crc32c(const uint8_t *p, uint32_t len)
{
	uint32_t crc = 0xffffffff;

	for (uint32_t i = 0; i < len; i++) {
		crc ^= p[i];
		for (unsigned int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
	}
	return ~crc;
}
