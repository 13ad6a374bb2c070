/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Are the headers what the request says? Everything that rte_mbuf_core.h and DPDK's mbuf guide
 * ask of a packet with checksum or TSO flags is held against the packet's bytes. Neighbours:
 * probe_tunnel.c knows tunnel headers, probe_tx.c has checked chain and capabilities before,
 * probe_engine.c relies on what is found here.
 */
#include <netinet/in.h>

#include <rte_tcp.h>

#include "probe.h"

#define SEG_FLAGS (RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG)
#define INNER_FLAGS (SEG_FLAGS | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_L4_MASK)
#define OUTER_CKSUM_FLAGS (RTE_MBUF_F_TX_OUTER_IP_CKSUM | RTE_MBUF_F_TX_OUTER_UDP_CKSUM)
#define OUTER_IP_FLAGS (RTE_MBUF_F_TX_OUTER_IPV4 | RTE_MBUF_F_TX_OUTER_IPV6)

/* A length field as it ought to be: what it counts, or 0 where that does not fit 16 bits. Behind a
 * frame that is not cut there may be padding. */
static bool
length_ok(uint32_t field, uint32_t want, bool tso)
{
	if (tso)
		return field == (want > UINT16_MAX ? 0 : want);
	return field != 0 && field <= want;
}

static bool
ip_length_ok(const struct probe_req *r, const struct probe_ip *ip)
{
	uint32_t fixed = ip->version == 6 ? 40 : 0, want = r->len - ip->off - fixed;

	if (!r->tso && ip->total < ip->len)
		return false;
	return length_ok(probe_get16(r->p + ip->off + (fixed ? 4 : 2)), want, r->tso);
}

/* The IPv4 header checksum: the port's work, or, where the port cannot, done in software. A TSO
 * engine of a port without the offload still repairs what it changes (vmxnet3). */
static enum rte_net_probe_reason
check_ip_cksum(const struct probe_req *r, const struct probe_ip *ip, bool asked, bool enabled)
{
	if (ip->version != 4)
		return RTE_NET_PROBE_OK;
	if (asked)
		return probe_get16(r->p + ip->off + 10) == 0 ? RTE_NET_PROBE_OK
							     : RTE_NET_PROBE_IP_CKSUM_FIELD;
	if (!r->tso)
		return RTE_NET_PROBE_OK;
	if (enabled)
		return RTE_NET_PROBE_TSO_NO_IP_CKSUM;
	return probe_fold(probe_sum(r->p + ip->off, ip->len, 0)) == UINT16_MAX
		       ? RTE_NET_PROBE_OK
		       : RTE_NET_PROBE_IP_CKSUM_WRONG;
}

/* The outer header of a tunnelled request; *ip is where the inner one is. */
static enum rte_net_probe_reason
check_outer(struct probe_req *r, uint64_t offloads, uint32_t *ip)
{
	const struct rte_mbuf *m = r->m;
	bool v4 = r->flags & RTE_MBUF_F_TX_OUTER_IPV4, v6 = r->flags & RTE_MBUF_F_TX_OUTER_IPV6;
	enum rte_net_probe_reason e;
	unsigned int tags;
	uint32_t at;

	if (v4 == v6 || (r->flags & RTE_MBUF_F_TX_OUTER_IP_CKSUM && !v4))
		return RTE_NET_PROBE_TUNNEL_FLAGS;
	if (m->outer_l2_len == 0 || m->outer_l3_len == 0)
		return RTE_NET_PROBE_NO_OUTER_LEN;
	if (!probe_hdr_l2(r->p, r->len, 0, &at, &tags) || at != m->outer_l2_len)
		return RTE_NET_PROBE_OUTER_LEN;
	if (!probe_hdr_ip(r->p, r->len, at, &r->out) || r->out.version != (v4 ? 4 : 6))
		return RTE_NET_PROBE_IP_VERSION;
	if (r->out.len != m->outer_l3_len)
		return RTE_NET_PROBE_OUTER_LEN;
	if (r->out.fragment)
		return RTE_NET_PROBE_FRAGMENT;
	if (!ip_length_ok(r, &r->out))
		return RTE_NET_PROBE_IP_LENGTH;
	e = probe_tunnel(r, ip);
	if (e == RTE_NET_PROBE_OK && r->tso)
		e = probe_tunnel_tso(r, offloads);
	if (e == RTE_NET_PROBE_OK)
		e = check_ip_cksum(r, &r->out, r->flags & RTE_MBUF_F_TX_OUTER_IP_CKSUM,
			offloads & RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM);
	if (e != RTE_NET_PROBE_OK)
		return e;
	at += r->out.len;
	if (r->out.proto == IPPROTO_UDP) {
		if (at + 8 > r->len || !length_ok(probe_get16(r->p + at + 4), r->len - at, r->tso))
			return RTE_NET_PROBE_UDP_LENGTH;
	} else if (r->flags & RTE_MBUF_F_TX_OUTER_UDP_CKSUM) {
		return RTE_NET_PROBE_TUNNEL_MISMATCH;
	}
	return RTE_NET_PROBE_OK;
}

/* Without a tunnel flag: l2_len leads to the IP header, or over a whole outer header to the inner
 * one, which the port then works on without knowing (DPDK's mbuf guide, "segment inner TCP"). */
static enum rte_net_probe_reason
check_l2(struct probe_req *r)
{
	uint32_t l2_len = r->m->l2_len, at;
	struct probe_ip out;
	unsigned int tags;

	if (l2_len == 0)
		return RTE_NET_PROBE_NO_L2_LEN;
	if (!probe_hdr_l2(r->p, r->len, 0, &at, &tags))
		return RTE_NET_PROBE_L2_LEN;
	if (at == l2_len)
		return RTE_NET_PROBE_OK;
	if (!probe_hdr_ip(r->p, r->len, at, &out) || out.fragment)
		return RTE_NET_PROBE_L2_LEN;
	at += out.len;
	r->opaque = ((out.proto == IPPROTO_UDP || out.proto == IPPROTO_GRE) && l2_len > at) ||
		    ((out.proto == IPPROTO_IPIP || out.proto == IPPROTO_IPV6) && l2_len == at);
	if (!r->opaque)
		return RTE_NET_PROBE_L2_LEN;
	r->out = out;
	return RTE_NET_PROBE_OK;
}

/* The IP header that the port works on, at offset `at`. */
static enum rte_net_probe_reason
check_ip(struct probe_req *r, uint64_t offloads, uint32_t at)
{
	bool v4 = r->flags & RTE_MBUF_F_TX_IPV4, v6 = r->flags & RTE_MBUF_F_TX_IPV6;

	if (v4 == v6 || (r->flags & RTE_MBUF_F_TX_IP_CKSUM && !v4))
		return RTE_NET_PROBE_IP_FLAGS;
	if (r->m->l3_len == 0)
		return RTE_NET_PROBE_NO_L3_LEN;
	if (!probe_hdr_ip(r->p, r->len, at, &r->ip) || r->ip.version != (v4 ? 4 : 6))
		return RTE_NET_PROBE_IP_VERSION;
	if (r->ip.len != r->m->l3_len)
		return RTE_NET_PROBE_L3_LEN;
	if (!ip_length_ok(r, &r->ip))
		return RTE_NET_PROBE_IP_LENGTH;
	return check_ip_cksum(r, &r->ip, r->flags & RTE_MBUF_F_TX_IP_CKSUM,
		offloads & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM);
}

/* Both are sums of the same words: 0 and 0xffff are one number. */
static bool
same_sum(uint32_t a, uint32_t b)
{
	return a % UINT16_MAX == b % UINT16_MAX;
}

static enum rte_net_probe_reason
check_l4(struct probe_req *r)
{
	uint32_t at = r->ip.off + r->ip.len, end = r->tso ? r->len : r->ip.off + r->ip.total;
	uint32_t fixed = r->l4_proto == IPPROTO_TCP ? 20 : r->l4_proto == IPPROTO_UDP ? 8 : 12;
	uint32_t l4_len = fixed, field, bare, full;

	if (r->ip.fragment)
		return RTE_NET_PROBE_FRAGMENT;
	if (r->ip.proto != r->l4_proto)
		return r->tso ? RTE_NET_PROBE_TSO_TYPE : RTE_NET_PROBE_L4_TYPE;
	if (r->tso && r->m->l4_len == 0)
		return RTE_NET_PROBE_NO_L4_LEN;
	if (at + fixed > end)
		return RTE_NET_PROBE_L4_LEN;
	if (r->l4_proto == IPPROTO_TCP)
		l4_len = (uint32_t)(r->p[at + 12] >> 4) * 4;
	if (l4_len < fixed || at + l4_len > end || (r->m->l4_len != 0 && r->m->l4_len != l4_len))
		return RTE_NET_PROBE_L4_LEN;
	if (r->l4_proto == IPPROTO_UDP && probe_get16(r->p + at + 4) != end - at &&
		!(r->tso && length_ok(probe_get16(r->p + at + 4), end - at, true)))
		return RTE_NET_PROBE_UDP_LENGTH;
	r->l4 = at;
	r->payload = at + l4_len;
	if (r->l4_proto == IPPROTO_SCTP)
		return RTE_NET_PROBE_OK;
	field = probe_get16(r->p + at + (r->l4_proto == IPPROTO_TCP ? 16 : 6));
	bare = probe_fold(probe_pseudo(r->p, &r->ip, r->l4_proto, 0));
	full = probe_fold(probe_pseudo(r->p, &r->ip, r->l4_proto, end - at));
	/* For UDP_SEG DPDK says neither; its rte_ipv4_phdr_cksum() leaves the length in. */
	if (same_sum(field, r->tso ? bare : full) ||
		(r->tso && r->l4_proto == IPPROTO_UDP && same_sum(field, full)))
		return RTE_NET_PROBE_OK;
	return RTE_NET_PROBE_L4_PSEUDO;
}

/* Mbufs of the chain that hold bytes of [from, to). */
static uint32_t
mbufs_of(const struct rte_mbuf *m, uint32_t from, uint32_t to)
{
	uint32_t at = 0, n = 0;

	for (; m != NULL && at < to; at += m->data_len, m = m->next)
		n += at + m->data_len > from;
	return n;
}

/* A DMA engine gathers each segment from the headers' buffers and those of its payload. Those of
 * the first segment lie behind the headers, and a buffer that holds both counts once. */
static bool
segments_gather(const struct probe_req *r, uint32_t max)
{
	uint32_t hdr = mbufs_of(r->m, 0, r->payload), at = r->payload, mss = r->m->tso_segsz, end;

	if (r->m->nb_segs + hdr <= max)
		return true;
	for (; at < r->len; at = end) {
		end = at + RTE_MIN(mss, r->len - at);
		if ((at == r->payload ? mbufs_of(r->m, 0, end) : hdr + mbufs_of(r->m, at, end)) >
			max)
			return false;
	}
	return true;
}

/* What only a TSO request can get wrong; the headers are known to be there. */
static enum rte_net_probe_reason
check_tso(const struct probe_port *port, const struct probe_req *r)
{
	uint32_t seg = r->m->tso_segsz, at;
	unsigned int tags;

	if (r->payload >= r->len)
		return RTE_NET_PROBE_TSO_NO_PAYLOAD;
	if (r->l4_proto == IPPROTO_TCP && r->p[r->l4 + 13] & RTE_TCP_URG_FLAG)
		return RTE_NET_PROBE_TSO_URG;
	probe_hdr_l2(r->p, r->len, 0, &at, &tags);
	seg = r->payload + RTE_MIN(seg, r->len - r->payload);
	if (seg > port->data->mtu + RTE_ETHER_HDR_LEN + tags * RTE_VLAN_HLEN)
		return RTE_NET_PROBE_SEGMENT_LONG;
	if (!segments_gather(r, port->conf.nb_mtu_seg_max))
		return RTE_NET_PROBE_SEGMENT_MBUFS;
	return RTE_NET_PROBE_OK;
}

enum rte_net_probe_reason
probe_check_headers(const struct probe_port *port, uint64_t offloads, struct probe_req *r)
{
	uint64_t l4 = r->flags & RTE_MBUF_F_TX_L4_MASK;
	enum rte_net_probe_reason e;
	uint32_t at = r->m->l2_len;

	if (!(r->flags & (INNER_FLAGS | OUTER_CKSUM_FLAGS)))
		return RTE_NET_PROBE_OK;
	r->tso = r->flags & SEG_FLAGS;
	if (r->flags & RTE_MBUF_F_TX_TCP_SEG || l4 == RTE_MBUF_F_TX_TCP_CKSUM)
		r->l4_proto = IPPROTO_TCP;
	else if (r->flags & RTE_MBUF_F_TX_UDP_SEG || l4 == RTE_MBUF_F_TX_UDP_CKSUM)
		r->l4_proto = IPPROTO_UDP;
	else if (l4 == RTE_MBUF_F_TX_SCTP_CKSUM)
		r->l4_proto = IPPROTO_SCTP;
	if (r->tso && r->m->tso_segsz == 0)
		return RTE_NET_PROBE_MSS_ZERO;
	if (r->m->l2_len > port->conf.l2_max)
		return RTE_NET_PROBE_L2_LONG;
	if (r->flags & (RTE_MBUF_F_TX_TUNNEL_MASK | OUTER_CKSUM_FLAGS | OUTER_IP_FLAGS)) {
		e = check_outer(r, offloads, &at);
		if (e == RTE_NET_PROBE_OK && r->flags & INNER_FLAGS &&
			at != r->out.off + r->out.len + r->m->l2_len)
			e = RTE_NET_PROBE_L2_LEN;
	} else {
		e = check_l2(r);
	}
	if (e == RTE_NET_PROBE_OK && r->flags & INNER_FLAGS)
		e = check_ip(r, offloads, at);
	if (e == RTE_NET_PROBE_OK && r->l4_proto != 0)
		e = check_l4(r);
	if (e == RTE_NET_PROBE_OK && r->tso)
		e = check_tso(port, r);
	return e;
}
