/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Cutting a super-packet into segments. Neighbours: cleave_net.h says what the packet is, lib/tx
 * decides whether it is cut here or by the port.
 */
#ifndef CLEAVE_GSO_H
#define CLEAVE_GSO_H

#ifdef __cplusplus
extern "C" {
#endif

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "cleave_net.h"

#pragma GCC visibility push(default) /* all else is hidden (lib/meson.build) */

/** Where the mbufs of the segments come from. Pools are shared and never freed by the library. */
struct cleave_gso_pools {
	/** Headers, and whole segments cut the linear way: a data room of RTE_PKTMBUF_HEADROOM
	 *  and the longest segment (linear) or the longest headers (scatter-gather). */
	struct rte_mempool *direct;
	/** Indirect mbufs that point into the payload; the data room may be 0. Not a pool with
	 *  pinned external buffers. */
	struct rte_mempool *indirect;
};

/** How a packet is cut, cleave_gso_req.type. */
enum cleave_gso_type {
	/** By its L4 header: TCP as Linux's tcp_gso_segment() (RFC 9293, RFC 3168), UDP as its
	 *  __udp_gso_segment() (USO: a datagram per segment). Plain or in any tunnel of the
	 *  table. */
	CLEAVE_GSO_L4,
	/** IP fragments of the outermost IP packet (RFC 791, RFC 8200 4.5), whatever it carries;
	 *  of a UDP datagram that is UFO. mss counts the bytes behind the IP header (IPv6: behind
	 *  the last header that every fragment repeats), and is rounded down to a multiple of 8,
	 *  for the last fragment as well; the Fragment header of IPv6 is not among them. Of the
	 *  flags, those of L4 checksums but COMPLETE mean nothing here. */
	CLEAVE_GSO_FRAGMENT,
	/** SCTP, whose CRC and tunnel are always completed where an outer checksum covers them:
	 *  each mbuf behind the headers holds the chunks of one packet, a multiple of 4
	 *  bytes (Linux's GSO_BY_FRAGS). The first mbuf ends behind the common header, or has the
	 *  chunks of the first packet behind it. mss is not used. */
	CLEAVE_GSO_BY_FRAGS,
	/** Each mbuf is a packet of its own, merged by who left its headers in place: right before
	 *  its data, as long as those of the first, each payload but the last mss bytes long
	 *  (Linux's SKB_GSO_FRAGLIST). Each packet gets its own headers back, with what was changed
	 *  on those of the first one since: MAC header, addresses, ports, TTL, TOS; checksums are
	 *  updated (RFC 1624). Where the headers are no longer there, or not of such packets, the
	 *  packet is cut as CLEAVE_GSO_L4. */
	CLEAVE_GSO_FRAGLIST,
	CLEAVE_GSO_TYPES
};

/* cleave_gso_req.flags. The first two choose the way; without them it is the cheapest possible:
 * unchain, else scatter-gather, else (max_pieces) linear. */
#define CLEAVE_GSO_LINEAR 0x0001  /**< one mbuf a segment, payload copied */
#define CLEAVE_GSO_SCATTER 0x0002 /**< not unchain: headers in mbufs of the direct pool */
#define CLEAVE_GSO_FIXED_ID                                                                        \
	0x0004 /**< IPv4 ID is the same in all segments: of the header that
					carries L4 */
#define CLEAVE_GSO_FIXED_OUTER_ID 0x0008 /**< the same of a tunnel's outer header */
#define CLEAVE_GSO_ACCECN 0x0010	 /**< accurate ECN: CWR stays in every segment */
/** Leave the IPv4 header checksum to the port. In a tunnel the inner header's, with all before it
 *  declared as l2_len; outer checksums are always complete. */
#define CLEAVE_GSO_HW_IP_CKSUM 0x0020
/** Leave the L4 checksum to the port; in a tunnel the inner one's, as above. */
#define CLEAVE_GSO_HW_L4_CKSUM 0x0040
/** The packet has a complete L4 checksum that nobody verified: cut only if it is right. */
#define CLEAVE_GSO_VERIFY 0x0080
/** Each mbuf's payload sum is in its struct cleave_meta, and is not computed again where a segment
 *  has all of that mbuf, headers in one mbuf. */
#define CLEAVE_GSO_SUMS 0x0100
/** CLEAVE_GSO_FRAGMENT: the L4 checksum is asked for and not there yet (TCP, UDP); complete it over
 *  the whole packet first. */
#define CLEAVE_GSO_COMPLETE 0x0200
/** A tunnel's outer UDP checksum is wanted even where the packet has 0 there, none; without this 0
 *  stays 0, and any other is made anew for every segment. */
#define CLEAVE_GSO_OUTER_CKSUM 0x0400

/** What to cut a packet into. */
struct cleave_gso_req {
	uint16_t mss;	     /**< payload bytes of a segment; see the type for what counts */
	uint16_t flags;	     /**< CLEAVE_GSO_* */
	uint16_t max_pieces; /**< mbufs of one segment that the port takes, 0: any number. More
				  make the packet be cut the linear way. */
	uint8_t type;	     /**< enum cleave_gso_type */
	uint32_t frag_id;    /**< CLEAVE_GSO_FRAGMENT of IPv6: the identification */
};

/**
 * Cut a packet into segments of req->mss payload bytes, the last one what remains: lengths, IDs,
 * sequence numbers, flags and checksums of every level as the type says. Where the packet has no
 * more payload than one segment holds, its mark is cleared and its checksums are completed as in a
 * segment; out[0] then is the packet itself, or a new one where its headers lie in several mbufs or
 * are shared with somebody, where it has more mbufs than req allows, or more bytes behind the IP
 * packet than a segment has room for.
 *
 * Three ways to make a segment. Unchain: the mbufs of the packet are those of the segments, the
 * headers go into their headroom; no allocation. Scatter-gather: a header mbuf, and the payload by
 * reference. Linear: a copy. Segments of the first two may share their payload with each other and
 * must not be written to behind their headers.
 *
 * Checksums that are left to the port have the pseudo-header sum in place, the flags and header
 * lengths set; all others are complete, and their flags cleared. VLAN tag, timestamp, port, hash
 * and dynamic fields carry over.
 *
 * Cost: unchain and scatter-gather are independent of the payload's length but for its number of
 * mbufs; software checksums, and the linear way, read each payload byte once. An outer checksum
 * costs no second pass (the inner one, complete, makes its sum known), but with remote checksum
 * offload, and over SCTP.
 *
 * @param m    The packet. Consumed when the return value is positive, untouched when negative. It
 *   may be cloned, external, pinned or shared: bytes are written to only where nobody shares them.
 * @param pkt  cleave_parse() of m.
 * @param req  What to do; read only.
 * @param out  Room for nb_out segments; owned by the caller on success.
 * @return The number of segments, at least 1, or
 *   -EINVAL: mss 0 (where fragments are made, below 8, or with CLEAVE_GSO_COMPLETE too short for
 *     the L4 header), contradicting lengths, segments longer
 *     than an IP length field can say, a tunnel header longer than l2_len can say with checksums
 *     left to the port;
 *   -ENOTSUP: a type that is not known, or a packet that it does not fit: CLEAVE_GSO_L4 of what is
 *     neither TCP nor UDP, CLEAVE_GSO_BY_FRAGS of what is not SCTP, a packet with DF (or an IPv6
 *     one with a Fragment header already) to be fragmented;
 *   -ENOSPC: more segments than nb_out or CLEAVE_GSO_SEGS_MAX;
 *   -EMSGSIZE: a segment (linear) or its headers do not fit an mbuf of the direct pool;
 *   -EBADMSG: CLEAVE_GSO_VERIFY, and the checksum is wrong: new ones would hide that;
 *   -ENOMEM: a pool ran out.
 */
int cleave_gso_segment(struct rte_mbuf *m, const struct cleave_pkt *pkt,
	const struct cleave_gso_req *req, const struct cleave_gso_pools *pools,
	struct rte_mbuf **out, uint16_t nb_out);

/**
 * Cut a burst: each packet with a request (RTE_MBUF_F_TX_TCP_SEG, _UDP_SEG, or RX_LRO with
 * tso_segsz and an L4 checksum that is not known to be bad) is walked and cut at its own tso_segsz,
 * all others pass. Order is kept.
 *
 * @param pkts     The packets; the first *nb_pkts that were taken are consumed.
 * @param nb_pkts  In: how many there are. Out: how many were taken.
 * @param req      As above, without mss and type; for all of them.
 * @param out      Segments and packets that passed, owned by the caller.
 * @param nb_out   In: room. Out: how many are there.
 * @return 0: all were taken. Else why pkts[*nb_pkts] was not, as cleave_gso_segment() says it, or
 *   -EBADMSG: cleave_parse() refuses it; it and all behind it are untouched.
 */
int cleave_gso_burst(struct rte_mbuf **pkts, uint16_t *nb_pkts, const struct cleave_gso_req *req,
	const struct cleave_gso_pools *pools, struct rte_mbuf **out, uint16_t *nb_out);

/**
 * Partial segmentation of a TCP packet in a tunnel, for a port whose engine copies the outer
 * headers verbatim, or their checksum (Linux: NETIF_F_GSO_PARTIAL). All that the engine copies is
 * made right for a segment of req->mss payload bytes; what remains behind the last whole segment is
 * cut off and finished here. The headers of the packet have to be in one mbuf and nobody else's.
 *
 * @param opaque  false: the port cuts in this tunnel, counts outer IDs and lengths, and copies the
 *   outer UDP checksum. true: it knows nothing of the tunnel and copies all up to the inner IP
 *   header; outer IDs stay the same (CLEAVE_GSO_FIXED_OUTER_ID is implied).
 * @param out  out[0]: the packet, shortened to a multiple of mss, inner lengths those of the whole,
 *   its flags untouched: the caller makes the request of it. out[1]: the rest, if any.
 * @return 1 or 2 packets, or an error of cleave_gso_segment(); -ENOTSUP as well where the payload
 *   is shorter than two segments or the packet is not of that kind. The packet then is untouched.
 */
int cleave_gso_partial(struct rte_mbuf *m, const struct cleave_pkt *pkt,
	const struct cleave_gso_req *req, const struct cleave_gso_pools *pools, bool opaque,
	struct rte_mbuf *out[2]);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
