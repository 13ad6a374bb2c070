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

#include <stdint.h>

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "cleave_net.h"

/** Where the mbufs of the segments come from. Pools are shared and never freed by the library. */
struct cleave_gso_pools {
	/** Headers, and whole segments cut the linear way: a data room of RTE_PKTMBUF_HEADROOM
	 *  and the longest segment (linear) or the longest headers (scatter-gather). */
	struct rte_mempool *direct;
	/** Indirect mbufs that point into the payload; the data room may be 0. */
	struct rte_mempool *indirect;
};

/* cleave_gso_req.flags */
#define CLEAVE_GSO_LINEAR 0x01	    /**< one mbuf a segment, payload copied */
#define CLEAVE_GSO_FIXED_ID 0x02    /**< IPv4 ID is the same in all segments */
#define CLEAVE_GSO_ACCECN 0x04	    /**< accurate ECN: CWR stays in every segment */
#define CLEAVE_GSO_HW_IP_CKSUM 0x08 /**< leave the IPv4 header checksum to the port */
#define CLEAVE_GSO_HW_L4_CKSUM 0x10 /**< leave the L4 checksum to the port */
#define CLEAVE_GSO_VERIFY                                                                          \
	0x20 /**< the packet has a complete L4 checksum that nobody verified:
					 cut only if it is right */

/** What to cut the packet into. */
struct cleave_gso_req {
	uint16_t mss;	     /**< L4 payload bytes of a segment */
	uint16_t flags;	     /**< CLEAVE_GSO_* */
	uint16_t max_pieces; /**< mbufs of one segment that the port takes, 0: any number. More
				  make the packet be cut the linear way. */
};

/**
 * Cut a TCP packet over IPv4 or IPv6 into segments of req->mss payload bytes, the last one what
 * remains, with the headers that Linux's tcp_gso_segment() writes (RFC 9293, RFC 791): lengths,
 * IPv4 ID, sequence, FIN/PSH/CWR, checksums. Where the packet has no more payload than one segment
 * holds, its mark is cleared and its checksums are completed as in a segment; out[0] then is the
 * packet itself, or a new one where its headers lie in several mbufs or are shared with somebody,
 * where it has more mbufs than req allows, or more bytes behind the IP packet than a segment has
 * room for.
 *
 * Checksums that are left to the port have the pseudo-header sum in place, the flags and header
 * lengths set; all others are complete, and their flags cleared.
 *
 * Scatter-gather segments share the payload with the (reference-counted) mbufs of the input and
 * must not be written to behind their headers. VLAN tag, timestamp, port, hash and dynamic fields
 * carry over.
 *
 * Cost: one pass over the payload with software checksums or the linear way; else none.
 *
 * @param m    The packet. Consumed when the return value is positive, untouched when negative. It
 *   may be cloned, external, pinned or shared: its bytes are written to only where it leaves whole
 *   and nobody shares them.
 * @param pkt  cleave_parse() of m.
 * @param out  Room for nb_out segments; owned by the caller on success.
 * @return The number of segments, at least 1, or
 *   -EINVAL: mss 0, contradicting lengths, or segments longer than an IP length field can say;
 *   -ENOTSUP: not a kind of packet that is cut (tunnels, anything but TCP);
 *   -ENOSPC: more segments than nb_out or CLEAVE_GSO_SEGS_MAX;
 *   -EMSGSIZE: cut the linear way and the segment does not fit an mbuf of the direct pool;
 *   -EBADMSG: CLEAVE_GSO_VERIFY, and the checksum is wrong: new ones would hide that;
 *   -ENOMEM: a pool ran out.
 */
int cleave_gso_segment(struct rte_mbuf *m, const struct cleave_pkt *pkt,
	const struct cleave_gso_req *req, const struct cleave_gso_pools *pools,
	struct rte_mbuf **out, uint16_t nb_out);

#ifdef __cplusplus
}
#endif

#endif
