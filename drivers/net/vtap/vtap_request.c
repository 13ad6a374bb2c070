/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A packet's TX offloads as the kernel understands them: a virtio header, and the packet's headers with
 * the sums in them that the kernel starts from. What the kernel does not do is done here: the
 * checksums of IPv4 and of a tunnel that is not cut, VLAN tags. Neighbours: vtap_hdr.h, vtap_tx.c.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "vtap.h"

#define TCP_CWR 0x80

/* Asks for something of the innermost headers. */
#define INNER                                                                                      \
	(RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG | RTE_MBUF_F_TX_L4_MASK |                   \
		RTE_MBUF_F_TX_IP_CKSUM)
/* Where the headers are, in the copy. */
struct place {
	uint8_t *p;
	uint16_t outer; /* the outer IP header, where there is a tunnel; else 0 */
	uint16_t l3, l4;
	bool tunnel;
};

/* Not complemented. len: of the L4 header and what follows, which IP's header may not say. */
static uint16_t
pseudo_sum(const uint8_t *ip, uint8_t proto, uint32_t len)
{
	const struct {
		uint32_t len, proto;
	} tail = {rte_cpu_to_be_32(len), rte_cpu_to_be_32(proto)};
	const bool v4 = ip[0] >> 4 == 4;
	uint32_t sum = __rte_raw_cksum(&tail, sizeof(tail), 0);

	return __rte_raw_cksum_reduce(__rte_raw_cksum(ip + (v4 ? 12 : 8), v4 ? 8 : 32, sum));
}

static void
put_sum(uint8_t *at, uint16_t sum)
{
	memcpy(at, &sum, sizeof(sum));
}

/* The header checksum of IPv4. */
static int
put_ip_cksum(uint8_t *ip, uint16_t len)
{
	if (ip[0] >> 4 != 4)
		return 0;
	if (len < sizeof(struct rte_ipv4_hdr) || len != (ip[0] & 15) * 4)
		return -EINVAL;
	put_sum(ip + 10, 0);
	put_sum(ip + 10, (uint16_t)~rte_raw_cksum(ip, len));
	return 0;
}

/* Bytes behind an IP header that is len bytes long, as it says; 0: it lies. */
static uint32_t
ip_payload(const uint8_t *ip, uint16_t len, uint32_t most)
{
	uint32_t all = ip[0] >> 4 == 4 ? ip[2] << 8 | ip[3] : 40 + (ip[4] << 8 | ip[5]);

	return all > len && all - len <= most ? all - len : 0;
}

/* To be cut by the kernel, TCP or UDP. */
static int
ask_gso(const struct rte_mbuf *m, struct vtap_request *r, const struct place *at)
{
	const bool tcp = m->ol_flags & RTE_MBUF_F_TX_TCP_SEG;
	const uint8_t *l4 = at->p + at->l4;
	uint8_t type = VIRTIO_NET_HDR_GSO_UDP_L4;

	if (m->tso_segsz == 0 || m->l4_len < (tcp ? 20 : 8))
		return -EINVAL;
	if (tcp) {
		type = at->p[at->l3] >> 4 == 4 ? VIRTIO_NET_HDR_GSO_TCPV4
					       : VIRTIO_NET_HDR_GSO_TCPV6;
		if (m->l4_len != (l4[12] >> 4) * 4)
			return -EINVAL;
		if (l4[13] & TCP_CWR)
			type |= VIRTIO_NET_HDR_GSO_ECN;
	}
	r->kind = tcp ? VTAP_TX_TSO : VTAP_TX_USO;
	if (at->tunnel) {
		type |= at->p[at->outer] >> 4 == 4 ? VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV4
						   : VIRTIO_NET_HDR_GSO_UDP_TUNNEL_IPV6;
		r->hdr.tunnel.outer_th_offset = rte_cpu_to_le_16(at->outer + m->outer_l3_len);
		r->hdr.tunnel.inner_nh_offset = rte_cpu_to_le_16(at->l3);
		r->kind = VTAP_TX_TUNNEL;
	}
	r->hdr.v.gso_type = type;
	r->hdr.v.gso_size = rte_cpu_to_le_16(m->tso_segsz);
	r->hdr.v.hdr_len = rte_cpu_to_le_16(r->len);
	return 0;
}

/* TCP's or UDP's checksum, which the kernel completes from the pseudo-header's sum. */
static int
ask_cksum(const struct rte_mbuf *m, struct vtap_request *r, const struct place *at)
{
	const bool gso = m->ol_flags & (RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG);
	const bool tcp = (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) ||
			 (m->ol_flags & RTE_MBUF_F_TX_L4_MASK) == RTE_MBUF_F_TX_TCP_CKSUM;
	const uint16_t off = tcp ? 16 : 6;
	const uint32_t inserted = r->len - r->replaces, most = m->pkt_len + inserted - at->l4;
	const uint32_t len = gso ? most : ip_payload(at->p + at->l3, at->l4 - at->l3, most);

	if (len < (tcp ? 20u : 8u))
		return -EINVAL;
	put_sum(at->p + at->l4 + off,
		pseudo_sum(at->p + at->l3, tcp ? IPPROTO_TCP : IPPROTO_UDP, len));
	r->hdr.v.flags |= VIRTIO_NET_HDR_F_NEEDS_CSUM;
	r->hdr.v.csum_start = rte_cpu_to_le_16(at->l4);
	r->hdr.v.csum_offset = rte_cpu_to_le_16(off);
	r->end = at->l4 + len - inserted;
	return 0;
}

/* The checksum of a tunnel's UDP header. Where the kernel cuts, it makes them all from the
 * pseudo-header's sum; where it completes the inner one, that and all behind it sum up to what the inner
 * pseudo-header's sum lacks (Linux: local checksum offload). */
static int
outer_cksum(const struct rte_mbuf *m, struct vtap_request *r, const struct place *at)
{
	const uint16_t udp = at->outer + m->outer_l3_len;
	const uint32_t inserted = r->len - r->replaces, len = m->pkt_len + inserted - udp;
	uint32_t sum = pseudo_sum(at->p + at->outer, IPPROTO_UDP, len);
	uint16_t rest, inner;

	if (r->hdr.v.gso_type != VIRTIO_NET_HDR_GSO_NONE) {
		put_sum(at->p + udp + 6, sum);
		r->hdr.v.flags |= VIRTIO_NET_HDR_F_UDP_TUNNEL_CSUM;
		return 0;
	}
	put_sum(at->p + udp + 6, 0);
	if (r->hdr.v.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		memcpy(&inner, at->p + at->l4 + rte_le_to_cpu_16(r->hdr.v.csum_offset), 2);
		sum = __rte_raw_cksum(at->p + udp, at->l4 - udp, sum) + (uint16_t)~inner;
	} else {
		if (rte_raw_cksum_mbuf(m, r->replaces, m->pkt_len - r->replaces, &rest) < 0)
			return -EINVAL;
		if ((r->len - udp) % 2 != 0)
			rest = rte_bswap16(rest);
		sum = __rte_raw_cksum(at->p + udp, r->len - udp, sum) + rest;
	}
	rest = ~__rte_raw_cksum_reduce(sum);
	put_sum(at->p + udp + 6, rest != 0 ? rest : UINT16_MAX);
	return 0;
}

/* Where are the headers that the request is about? As far as they are needed, they are *end bytes. */
static int
find(const struct rte_mbuf *m, struct place *at, uint32_t *end)
{
	const uint64_t flags = m->ol_flags, l4 = flags & RTE_MBUF_F_TX_L4_MASK;
	const uint64_t tunnel = flags & RTE_MBUF_F_TX_TUNNEL_MASK;
	const bool outer = flags & (RTE_MBUF_F_TX_OUTER_IPV4 | RTE_MBUF_F_TX_OUTER_IPV6);

	*at = (struct place){.tunnel = tunnel != 0 && outer};
	if (at->tunnel)
		at->outer = m->outer_l2_len;
	at->l3 = m->l2_len + (at->tunnel ? m->outer_l2_len + m->outer_l3_len : 0);
	at->l4 = at->l3 + m->l3_len;
	*end = RTE_ETHER_HDR_LEN;
	if (flags & RTE_MBUF_F_TX_OUTER_IP_CKSUM)
		*end = at->outer + m->outer_l3_len;
	if (flags & RTE_MBUF_F_TX_OUTER_UDP_CKSUM)
		*end = at->outer + m->outer_l3_len + sizeof(struct rte_udp_hdr);
	if (flags & (RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG))
		*end = at->l4 + m->l4_len;
	else if (l4 != 0)
		*end = at->l4 + (l4 == RTE_MBUF_F_TX_TCP_CKSUM ? 20 : 8);
	else if (flags & RTE_MBUF_F_TX_IP_CKSUM)
		*end = at->l4;
	if (l4 == RTE_MBUF_F_TX_SCTP_CKSUM || *end > VTAP_HEADERS_MAX || *end > m->pkt_len)
		return -EINVAL;
	if ((flags & INNER) && (at->l3 < RTE_ETHER_HDR_LEN || m->l3_len < 20))
		return -EINVAL;
	if (at->tunnel && (at->outer < RTE_ETHER_HDR_LEN || m->outer_l3_len < 20))
		return -EINVAL;
	return 0;
}

/* What the kernel cuts, and has a checksum, is in UDP. */
static bool
over_udp(const struct rte_mbuf *m, const struct place *at)
{
	const uint8_t *ip = at->p + at->outer;

	return ip[ip[0] >> 4 == 4 ? 9 : 6] == IPPROTO_UDP &&
	       m->l2_len >= sizeof(struct rte_udp_hdr);
}

/* The headers, with room for a tag where one is to be inserted. */
static int
copy(const struct rte_mbuf *m, struct vtap_request *r, struct place *at, uint32_t end)
{
	const uint16_t tag = m->ol_flags & RTE_MBUF_F_TX_VLAN ? RTE_VLAN_HLEN : 0;
	uint8_t *to = r->headers + tag;
	const void *from = rte_pktmbuf_read(m, 0, end, to);

	if (from == NULL)
		return -EINVAL;
	if (from != to)
		memcpy(to, from, end);
	if (tag != 0) {
		memmove(r->headers, to, 2 * RTE_ETHER_ADDR_LEN);
		put_sum(r->headers + 12, rte_cpu_to_be_16(RTE_ETHER_TYPE_VLAN));
		put_sum(r->headers + 14, rte_cpu_to_be_16(m->vlan_tci));
	}
	at->p = r->headers;
	at->outer += at->tunnel ? tag : 0;
	at->l3 += tag;
	at->l4 += tag;
	r->replaces = end;
	r->len = end + tag;
	r->end = m->pkt_len;
	return 0;
}

int
vtap_request_make(const struct rte_mbuf *m, struct vtap_request *r)
{
	const uint64_t flags = m->ol_flags;
	const uint64_t gso = flags & (RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG);
	struct place at;
	uint32_t end;

	memset(&r->hdr, 0, sizeof(r->hdr));
	r->kind = VTAP_TX_NB;
	if (find(m, &at, &end) < 0 || copy(m, r, &at, end) < 0)
		return -EINVAL;
	if (at.tunnel && (gso != 0 || (flags & RTE_MBUF_F_TX_OUTER_UDP_CKSUM)) && !over_udp(m, &at))
		return -EINVAL;
	if ((flags & RTE_MBUF_F_TX_IP_CKSUM || gso != 0) &&
		put_ip_cksum(at.p + at.l3, m->l3_len) < 0)
		return -EINVAL;
	if (at.tunnel && (flags & RTE_MBUF_F_TX_OUTER_IP_CKSUM) &&
		put_ip_cksum(at.p + at.outer, m->outer_l3_len) < 0)
		return -EINVAL;
	if (gso != 0 && ask_gso(m, r, &at) < 0)
		return -EINVAL;
	if (gso != 0 || (flags & RTE_MBUF_F_TX_L4_MASK) != 0) {
		if (ask_cksum(m, r, &at) < 0)
			return -EINVAL;
		if (r->kind == VTAP_TX_NB)
			r->kind = VTAP_TX_CSUM;
	}
	if (!at.tunnel || !(flags & RTE_MBUF_F_TX_OUTER_UDP_CKSUM))
		return 0;
	return outer_cksum(m, r, &at);
}
