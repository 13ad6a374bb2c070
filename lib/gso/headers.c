/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Header templates: the parts that do not depend on what is inside. Neighbours: gso.h; l4.h and
 * fragment.c make the templates, segment.h writes what still differs.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "gso.h"
#include "sum.h"
#include "types.h"

#define IP4_LEN 2
#define IP6_LEN 4

static uint16_t
get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

/* Without a call; len is at least 34, Ethernet and IPv4. */
static inline void
copy_few(uint8_t *to, const uint8_t *from, uint32_t len)
{
	for (uint32_t off = 0; off + 32 < len; off += 32)
		__builtin_memcpy(to + off, from + off, 32);
	__builtin_memcpy(to + len - 32, from + len - 32, 32);
}

int
headers_read(struct cut *c, struct tmpl *t, uint16_t len, bool own)
{
	const void *hdr = rte_pktmbuf_read(c->m, 0, len, t->buf);

	if (hdr == NULL)
		return -EINVAL;
	/* the packet's own may be gone while the last segments are made, also those behind an mbuf
	 * of no bytes, or, where more than blocks of them is read again (segment.h), be changed */
	if (hdr != t->buf &&
		(own || len > 64 || c->m->data_len <= len || rte_mbuf_refcnt_read(c->m) != 1)) {
		copy_few(t->buf, hdr, len);
		hdr = t->buf;
	}
	t->hdr = hdr;
	t->hdr_len = len;
	return 0;
}

void
headers_copy(struct tmpl *to, const struct tmpl *from)
{
	to->hdr_len = from->hdr_len;
	copy_few(to->buf, from->hdr, from->hdr_len);
	to->hdr = to->buf;
}

uint16_t
headers_sum_ip4(const uint8_t *hdr, const struct cleave_ip *ip, unsigned int field)
{
	const uint8_t *p = hdr + ip->off;

	return cleave_sum_fold(sum_words(p, ip->len) + sum_without(p + IP4_LEN) +
			       sum_without(p + IP4_CKSUM) + sum_without(p + field));
}

/* Where the tunnel's checksum is, and the sum of what it covers down to the inner L4 header, without
 * what changes per segment. */
void
headers_take_outer(struct cut *c, const struct tmpl *t)
{
	const struct cleave_pkt *pkt = c->pkt;
	const struct cleave_ip *inner = &pkt->ip[1];
	const uint8_t *p = t->hdr + pkt->tunnel_off;
	bool udp = pkt->ip[0].proto == IPPROTO_UDP;
	uint64_t sum;

	c->outer_cksum = pkt->tunnel_cksum;
	if (udp && (get16(p + UDP_CKSUM) != 0 || (c->flags & CLEAVE_GSO_OUTER_CKSUM)))
		c->outer_cksum = pkt->tunnel_off + UDP_CKSUM;
	if (c->outer_cksum == 0)
		return;
	sum = sum_few(p, inner->off - pkt->tunnel_off);
	sum += sum_without(t->hdr + c->outer_cksum);
	if (pkt->tunnel_len != 0)
		sum += sum_without(t->hdr + pkt->tunnel_len);
	if (udp)
		sum += sum_without(p + UDP_LEN) + sum_pseudo(t->hdr, &pkt->ip[0], IPPROTO_UDP, 0);
	/* an IPv4 header with its checksum sums up to 0 */
	if (inner->version == 6)
		sum += sum_words(t->hdr + inner->off, inner->len) +
		       sum_without(t->hdr + inner->off + IP6_LEN);
	c->outer_sum = cleave_sum_fold(sum);
}

/* Lengths and checksum of the tunnel's headers. The inner L4 checksum makes what it covers sum up
 * to the complement of its pseudo-header, whatever the payload, so that the outer one is the same
 * for all segments of one length (Linux: local checksum offload). With remote checksum offload
 * there is no inner one, and the payload counts. */
void
headers_finish_outer(struct cut *c, struct tmpl *t, uint16_t pseudo)
{
	const struct cleave_pkt *pkt = c->pkt;
	uint32_t end = t->hdr_len + t->len;
	uint16_t sum = c->outer_sum, len;

	if (pkt->tunnel_len != 0) {
		len = rte_cpu_to_be_16(end - pkt->tunnel_len_from);
		put16_raw(t->buf + pkt->tunnel_len, len);
		sum = cleave_sum_add(sum, len);
	}
	if (pkt->ip[0].proto == IPPROTO_UDP) {
		len = rte_cpu_to_be_16(end - pkt->tunnel_off);
		put16_raw(t->buf + pkt->tunnel_off + UDP_LEN, len);
		sum = cleave_sum_add(sum, cleave_sum_add(len, len)); /* pseudo-header, too */
	}
	if (c->outer_cksum == 0)
		return;
	if (pkt->ip[1].version == 6)
		sum = cleave_sum_add(sum, rte_cpu_to_be_16(end - pkt->ip[1].off - 40));
	if (pkt->tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM) {
		t->l4_sum += sum;
		return;
	}
	sum = (uint16_t)~cleave_sum_add(sum, (uint16_t)~pseudo);
	if (sum == 0 && pkt->tunnel_cksum == 0)
		sum = UINT16_MAX; /* UDP's 0 says that there is none */
	put16_raw(t->buf + c->outer_cksum, sum);
}

int
headers_mbuf(struct cut *c, uint64_t l4_cksum, uint32_t l4_len)
{
	const struct cleave_ip *ip = &c->pkt->ip[c->nb_ip - 1];
	uint64_t version = ip->version == 4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6;
	uint64_t asked = 0;
	uint32_t l2 = c->pkt->l2_len, ol2 = 0, ol3 = 0;

	if (c->flags & CLEAVE_GSO_HW_L4_CKSUM)
		asked = l4_cksum | version;
	if (ip->version == 4 && (c->flags & CLEAVE_GSO_HW_IP_CKSUM))
		asked |= RTE_MBUF_F_TX_IP_CKSUM | version;
	if (c->nb_ip > 1) {
		ol2 = asked != 0 ? 0 : l2;
		ol3 = asked != 0 ? 0 : c->pkt->ip[0].len;
		l2 = asked != 0 ? ip->off : ip->off - c->pkt->tunnel_off;
		if (asked != 0 && l2 > TYPES_L2_MAX)
			return -EINVAL;
		l2 = RTE_MIN(l2, TYPES_L2_MAX); /* nobody asks */
	}
	mbuf_words_of(&c->mbuf, c->m);
	c->mbuf.ol_flags =
		asked | (c->m->ol_flags & ~(TYPES_FLAGS_OWN | TYPES_FLAGS_DONE | cleave_meta_flag));
	c->mbuf.tx_offload = rte_mbuf_tx_offload(l2, ip->len, l4_len, 0, ol3, ol2, 0);
	return 0;
}
