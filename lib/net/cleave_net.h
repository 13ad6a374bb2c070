/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The header walk and the checksums: what a frame is, where its headers lie, and the one's
 * complement sums over it. Neighbours: lib/gso cuts by what the walk found, lib/tx plans by it.
 */
#ifndef CLEAVE_NET_H
#define CLEAVE_NET_H

#ifdef __cplusplus
extern "C" {
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#pragma GCC visibility push(default) /* all else is hidden (lib/meson.build) */

/** TCP flag bits as they stand in the 14th byte of the header (RFC 9293, RFC 3168). */
#define CLEAVE_TCP_FIN 0x01
#define CLEAVE_TCP_SYN 0x02
#define CLEAVE_TCP_RST 0x04
#define CLEAVE_TCP_PSH 0x08
#define CLEAVE_TCP_ACK 0x10
#define CLEAVE_TCP_URG 0x20
#define CLEAVE_TCP_ECE 0x40
#define CLEAVE_TCP_CWR 0x80

/** How far the walk came before it met something that it does not know. */
enum cleave_depth {
	CLEAVE_DEPTH_L2, /**< Ethernet, VLAN tags, MPLS labels */
	CLEAVE_DEPTH_L3, /**< and an IP header; what follows is unknown, a fragment, or encrypted */
	CLEAVE_DEPTH_L4, /**< and TCP, UDP or SCTP: hdr_len and payload_len are valid */
};

/** cleave_ip.flags */
#define CLEAVE_IP_OPTIONS 0x01	/**< IPv4 options, or IPv6 extension headers */
#define CLEAVE_IP_FRAGMENT 0x02 /**< IPv4 MF or offset, or an IPv6 Fragment header */
#define CLEAVE_IP_DF 0x04	/**< IPv4 DF */
#define CLEAVE_IP_JUMBO 0x08	/**< length field 0, BIG TCP: the frame's length counts */

/** One IP header of a frame. Offsets and lengths are bytes, from the first byte of the frame. */
struct cleave_ip {
	uint16_t off;	  /**< of the header */
	uint16_t len;	  /**< of the header with IPv4 options or IPv6 extension headers, but not a
			       Fragment header */
	uint16_t dst_off; /**< of the address in the pseudo-header: the final one behind a routing
			       header (RFC 8200 8.1) */
	uint8_t version;  /**< 4 or 6; 0: no such header */
	uint8_t proto; /**< of what follows the header and its extensions, IPPROTO_*; with an IPv6
			       Fragment header, IPPROTO_FRAGMENT */
	uint8_t flags; /**< CLEAVE_IP_* */
};

/** cleave_pkt.tunnel of a frame without one. */
#define CLEAVE_TUNNEL_NONE 0

/** cleave_pkt.tunnel_flags: remote checksum offload; the inner L4 checksum stays the pseudo-header's
 *  sum, which the tunnel's other end completes. */
#define CLEAVE_TUNNEL_F_REMCSUM 0x01
/** The innermost protocol, or UDP port, is one of the table's, but what follows is no tunnel that can
 *  be walked whole: for a datagram a coincidence, or a tunnel that nobody here can cut. */
#define CLEAVE_TUNNEL_F_UNKNOWN 0x02

/** What the walk found. All offsets count from the first byte of the frame, over the chain. */
struct cleave_pkt {
	uint16_t mac_len;  /**< Ethernet header and VLAN tags: what an MTU does not count */
	uint16_t l2_len;   /**< mac_len and MPLS labels: where the outermost IP header would be */
	uint8_t depth;	   /**< enum cleave_depth */
	uint8_t tunnel;	   /**< row of the tunnel table, CLEAVE_TUNNEL_NONE without */
	uint8_t nb_ip;	   /**< IP headers found: 0, 1, or 2 for a tunnelled frame */
	uint8_t nb_vlan;   /**< VLAN tags in the frame */
	uint8_t nb_mpls;   /**< MPLS labels */
	uint8_t l4_proto;  /**< IPPROTO_TCP, _UDP, _SCTP at depth L4; else 0 */
	uint8_t tcp_flags; /**< CLEAVE_TCP_* */
	struct cleave_ip ip[2];	  /**< outermost first; the last one carries the L4 header */
	uint16_t tunnel_off;	  /**< first byte behind the outer IP header */
	uint16_t inner_off;	  /**< first byte of the tunnelled frame or IP packet */
	uint16_t tunnel_len;	  /**< a 16-bit length in the tunnel's own header; 0: it has none */
	uint16_t tunnel_len_from; /**< the first byte that this length counts */
	uint16_t tunnel_cksum;	  /**< a checksum over all from tunnel_off on, without pseudo-header
				    0: there is none */
	uint8_t tunnel_flags;	  /**< CLEAVE_TUNNEL_F_* */
	uint16_t l4_off;
	uint16_t l4_len;      /**< header only, with TCP options */
	uint16_t hdr_len;     /**< l4_off + l4_len: where the payload starts */
	uint32_t payload_len; /**< L4 payload, as the IP header counts it: no Ethernet padding */
	uint32_t frame_len;   /**< the frame without trailing padding */
};

/** The IP header that carries the L4 header. */
static inline const struct cleave_ip *
cleave_inner_ip(const struct cleave_pkt *pkt)
{
	return &pkt->ip[pkt->nb_ip > 1];
}

/**
 * Walk the headers of a frame: Ethernet, VLAN and QinQ, MPLS, IPv4 with options, IPv6 with
 * extension headers, one tunnel level, TCP, UDP, SCTP. Headers may lie across mbufs of the chain;
 * nothing behind the packet's last byte is read.
 *
 * A frame that is whole but ends in something unknown (ARP, ICMP, ESP, a fragment) is no error:
 * pkt->depth says how far the walk came.
 *
 * @param m    The frame. Only read; nothing of it is remembered.
 * @param pkt  Filled in. On error, valid up to pkt->depth.
 * @return 0, or -EBADMSG: a header is truncated, contradicts itself, claims more bytes than there
 *   are, or the headers are longer than CLEAVE_HDR_MAX.
 */
int cleave_parse(const struct rte_mbuf *m, struct cleave_pkt *pkt);

/* What DPDK's mbuf has no field for: one dynamic field, said to be there by one dynamic flag of the
 * packet's first mbuf. */

#define CLEAVE_META_SUMS 0x01		/**< sum is set in every mbuf of the packet */
#define CLEAVE_META_FIXED_ID 0x02	/**< the merged packets had one IPv4 ID: the L4's header */
#define CLEAVE_META_FIXED_OUTER_ID 0x04 /**< the same of a tunnel's outer header */
#define CLEAVE_META_ACCECN 0x08		/**< CWR was set in every merged packet */

struct cleave_meta {
	uint16_t sum;	  /**< of the payload bytes in this mbuf, as they would sum alone */
	uint16_t nb_segs; /**< first mbuf: how many packets were merged */
	uint8_t flags;	  /**< first mbuf: CLEAVE_META_* */
	uint8_t reserved[3];
};

/** Where struct cleave_meta is in an mbuf, and the flag of it; -1 and 0 until registered. */
extern int cleave_meta_offset;
extern uint64_t cleave_meta_flag;

/** Register both. May be called again. @return 0 or -errno of rte_mbuf_dynfield_register(). */
int cleave_meta_register(void);

/** The field of an mbuf. Precondition: cleave_meta_register() was called. */
static inline struct cleave_meta *
cleave_meta(const struct rte_mbuf *m)
{
	return RTE_MBUF_DYNFIELD(m, cleave_meta_offset, struct cleave_meta *);
}

/** How many packets the packet is made of: 1 where struct cleave_meta says nothing. */
static inline uint16_t
cleave_meta_packets(const struct rte_mbuf *m)
{
	return m->ol_flags & cleave_meta_flag ? RTE_MAX(cleave_meta(m)->nb_segs, 1) : 1;
}

/** Name of a row of the tunnel table, in lower case, NULL behind the last one; row 0 is "none". */
const char *cleave_tunnel_name(unsigned int row);

/** What DPDK calls the tunnel: the RTE_ETH_TX_OFFLOAD_*_TNL_TSO a port needs to cut inside it. */
uint64_t cleave_tunnel_tso_capa(unsigned int row);

/** What DPDK calls the tunnel: the RTE_MBUF_F_TX_TUNNEL_* value of such a packet. */
uint64_t cleave_tunnel_mbuf_flag(unsigned int row);

/**
 * Set the UDP destination port by which a UDP tunnel is recognised. Not while packets are walked.
 * @return 0, -ENOENT: no such tunnel, -EINVAL: it is not a UDP tunnel, or the port is 0 or taken.
 */
int cleave_tunnel_set_udp_port(const char *name, uint16_t port);

/* One's complement sums (RFC 1071). Every sum is 16 bits, folded, not inverted, in the byte order
 * of the wire (as it lies in memory), and belongs to data that starts at an even offset. */

/** Add two sums. */
static inline uint16_t
cleave_sum_add(uint16_t a, uint16_t b)
{
	uint32_t s = (uint32_t)a + b;

	return (uint16_t)(s + (s >> 16));
}

/** The sum of the same bytes when they start at an odd offset. */
static inline uint16_t
cleave_sum_odd(uint16_t s)
{
	return (uint16_t)(s << 8 | s >> 8);
}

/** Fold a 64-bit accumulator of 16- or 32-bit words. */
static inline uint16_t
cleave_sum_fold(uint64_t s)
{
	s = (s >> 32) + (s & 0xffffffff);
	s = (s >> 32) + (s & 0xffffffff);
	s = (s >> 16) + (s & 0xffff);
	s = (s >> 16) + (s & 0xffff);
	return (uint16_t)s;
}

/**
 * A checksum field after one 16-bit word under it changed (RFC 1624, equation 3); all three in the
 * byte order of the wire.
 */
static inline uint16_t
cleave_cksum_update16(uint16_t cksum, uint16_t from, uint16_t to)
{
	return (uint16_t)~cleave_sum_add(cleave_sum_add((uint16_t)~cksum, (uint16_t)~from), to);
}

/** The same for a 32-bit word. */
static inline uint16_t
cleave_cksum_update32(uint16_t cksum, uint32_t from, uint32_t to)
{
	cksum = cleave_cksum_update16(cksum, (uint16_t)from, (uint16_t)to);
	return cleave_cksum_update16(cksum, (uint16_t)(from >> 16), (uint16_t)(to >> 16));
}

/** Sum over a buffer of any length and alignment. */
uint16_t cleave_sum(const void *buf, size_t len);

/** The same, and copy the bytes to dst (which does not overlap). */
uint16_t cleave_sum_copy(void *dst, const void *src, size_t len);

/**
 * Sum over len bytes from offset off of a chain, whose pieces may be of odd length.
 * Precondition: off + len <= m->pkt_len.
 */
uint16_t cleave_sum_mbuf(const struct rte_mbuf *m, uint32_t off, uint32_t len);

/**
 * Sum of the pseudo-header of the L4 header that the walk found (RFC 793, RFC 8200 8.1).
 *
 * @param hdr     The headers of the frame, contiguous, at least pkt->l4_off bytes.
 * @param l4_len  L4 header and payload in bytes; 0 for the sum that a TSO engine starts from.
 */
uint16_t cleave_sum_pseudo(const uint8_t *hdr, const struct cleave_pkt *pkt, uint32_t l4_len);

/** Name of the implementation behind cleave_sum: "avx2", "sse42", "scalar". */
const char *cleave_sum_impl(void);

/**
 * Choose the implementation again: the widest that the CPU has and
 * rte_vect_get_max_simd_bitwidth() allows, which is known after rte_eal_init(); until then it is
 * the scalar one. cleave_tx_setup() does it; a program that uses the sums alone calls it itself.
 */
void cleave_sum_select(void);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
