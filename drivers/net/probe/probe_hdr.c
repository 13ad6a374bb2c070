/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading headers and summing bytes, plainly: one byte after the other, always bounded by the
 * packet's length, no tables. Neighbours: probe_check.c and probe_engine.c.
 */
#include <netinet/in.h>

#include "probe.h"

uint16_t
probe_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t
probe_get32(const uint8_t *p)
{
	return (uint32_t)probe_get16(p) << 16 | probe_get16(p + 2);
}

void
probe_put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void
probe_put32(uint8_t *p, uint32_t v)
{
	probe_put16(p, v >> 16);
	probe_put16(p + 2, v);
}

/* Add the big-endian 16-bit words of p to a sum; an odd last byte is the high one of its word. */
uint64_t
probe_sum(const uint8_t *p, uint32_t len, uint64_t sum)
{
	for (; len > 1; p += 2, len -= 2)
		sum += probe_get16(p);
	if (len > 0)
		sum += (uint32_t)p[0] << 8;
	return sum;
}

/* A sum in 16 bits, not inverted: 1..0xffff, or 0 if all was 0. */
uint16_t
probe_fold(uint64_t sum)
{
	while (sum > UINT16_MAX)
		sum = (sum >> 16) + (sum & UINT16_MAX);
	return (uint16_t)sum;
}

/* Sum of the pseudo-header of RFC 793 and RFC 8200 8.1; l4_len 0: the sum without a length. */
uint64_t
probe_pseudo(const uint8_t *p, const struct probe_ip *ip, uint8_t proto, uint32_t l4_len)
{
	uint32_t alen = ip->version == 4 ? 4 : 16;
	uint32_t src = ip->off + (ip->version == 4 ? 12 : 8);
	uint64_t sum = (l4_len >> 16) + (l4_len & UINT16_MAX) + proto;

	sum = probe_sum(p + src, alen, sum);
	return probe_sum(p + ip->dst, alen, sum);
}

/* CRC32c of RFC 9260, as a number whose lowest byte goes on the wire first. */
uint32_t
probe_crc32c(const uint8_t *p, uint32_t len)
{
	uint32_t crc = UINT32_MAX;
	unsigned int bit;

	for (; len > 0; p++, len--) {
		crc ^= *p;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

/* From the Ethernet header at `at` over VLAN tags and MPLS labels. True, and *ip is the offset of
 * the header behind them: that ought to be IPv4 or IPv6. *tags is counted in either case. */
bool
probe_hdr_l2(const uint8_t *p, uint32_t len, uint32_t at, uint32_t *ip, unsigned int *tags)
{
	uint32_t off = at + RTE_ETHER_HDR_LEN;
	uint16_t type;
	bool bottom;

	*tags = 0;
	if (off > len)
		return false;
	type = probe_get16(p + off - 2);
	while (type == RTE_ETHER_TYPE_VLAN || type == RTE_ETHER_TYPE_QINQ ||
		type == RTE_ETHER_TYPE_QINQ1) {
		(*tags)++;
		off += RTE_VLAN_HLEN;
		if (off > len)
			return false;
		type = probe_get16(p + off - 2);
	}
	if (type == RTE_ETHER_TYPE_MPLS || type == RTE_ETHER_TYPE_MPLSM) {
		do {
			off += 4;
			if (off > len)
				return false;
			bottom = p[off - 2] & 1;
		} while (!bottom);
		if (off >= len)
			return false;
		type = p[off] >> 4 == 4	  ? RTE_ETHER_TYPE_IPV4
		       : p[off] >> 4 == 6 ? RTE_ETHER_TYPE_IPV6
					  : 0;
	}
	*ip = off;
	return type == RTE_ETHER_TYPE_IPV4 || type == RTE_ETHER_TYPE_IPV6;
}

static bool
hdr_ip4(const uint8_t *p, uint32_t len, uint32_t off, struct probe_ip *ip)
{
	if (off + 20 > len)
		return false;
	ip->version = 4;
	ip->len = (uint32_t)(p[off] & 0xf) * 4;
	ip->total = probe_get16(p + off + 2);
	ip->proto = p[off + 9];
	ip->fragment = (probe_get16(p + off + 6) & 0x3fff) != 0;
	ip->dst = off + 16;
	return ip->len >= 20 && off + ip->len <= len;
}

/* The final destination that a routing header with segments left names (RFC 8200 8.1). */
static void
hdr_ip6_route(const uint8_t *p, uint32_t off, uint32_t ext_len, struct probe_ip *ip)
{
	uint8_t type = p[off + 2], left = p[off + 3];

	if (left == 0 || ext_len < 24)
		return;
	if (type == 0) /* RFC 2460: the last of the list */
		ip->dst = off + ext_len - 16;
	else if (type == 2 || type == 4) /* RFC 6275, RFC 8754: the first */
		ip->dst = off + 8;
}

static bool
hdr_ip6(const uint8_t *p, uint32_t len, uint32_t off, struct probe_ip *ip)
{
	uint32_t at = off + 40, ext_len;

	if (at > len)
		return false;
	ip->version = 6;
	ip->total = probe_get16(p + off + 4);
	if (ip->total != 0)
		ip->total += 40;
	ip->proto = p[off + 6];
	ip->fragment = false;
	ip->dst = off + 24;
	while (ip->proto == IPPROTO_HOPOPTS || ip->proto == IPPROTO_ROUTING ||
		ip->proto == IPPROTO_DSTOPTS || ip->proto == IPPROTO_FRAGMENT) {
		if (at + 8 > len)
			return false;
		ext_len = ip->proto == IPPROTO_FRAGMENT ? 8 : ((uint32_t)p[at + 1] + 1) * 8;
		if (at + ext_len > len)
			return false;
		if (ip->proto == IPPROTO_ROUTING)
			hdr_ip6_route(p, at, ext_len, ip);
		if (ip->proto == IPPROTO_FRAGMENT)
			ip->fragment = true;
		ip->proto = p[at];
		at += ext_len;
	}
	ip->len = at - off;
	return true;
}

/* The IP header at off, whatever its version. False: none, or one cut short. */
bool
probe_hdr_ip(const uint8_t *p, uint32_t len, uint32_t off, struct probe_ip *ip)
{
	bool ok = false;

	*ip = (struct probe_ip){.off = off};
	if (off >= len)
		return false;
	if (p[off] >> 4 == 4)
		ok = hdr_ip4(p, len, off, ip);
	else if (p[off] >> 4 == 6)
		ok = hdr_ip6(p, len, off, ip);
	if (!ok)
		ip->version = 0;
	return ok;
}
