/* SPDX-License-Identifier: BSD-3-Clause
 *
 * cleave_tx_burst(): rte_eth_tx_burst() for packets that may be longer than the wire. Neighbours:
 * cleave_net.h (walk, checksums), cleave_gso.h (cutting), the ports of ethdev.
 *
 * A program replaces rte_eth_tx_burst(port, queue, pkts, n) by cleave_tx_burst(port, queue, pkts,
 * n). Nothing else is needed, unless the port was configured with MBUF_FAST_FREE, which cannot be:
 * the first call sets the queue up by what the port was configured with. cleave_tx_setup() does
 * that beforehand, with other settings.
 */
#ifndef CLEAVE_TX_H
#define CLEAVE_TX_H

#ifdef __cplusplus
extern "C" {
#endif

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_mbuf.h>

#include "cleave_gso.h"

#pragma GCC visibility push(default) /* all else is hidden (lib/meson.build) */

/** What becomes of a packet: X(enumerator, name of the counter, what it means). */
#define CLEAVE_TX_PLANS(X)                                                                         \
	X(PLAIN, tx_plain, "sent as it came, checksums completed where asked for")                 \
	X(TSO, tx_tso, "handed to the port's TSO engine")                                          \
	X(PARTIAL, tx_partial,                                                                     \
		"cut by the port but for the rest, by an engine that copies the tunnel's headers") \
	X(GSO, tx_gso, "cut in software")                                                          \
	X(DROP, tx_drop, "dropped before it was sent; one of the reasons counts it")

/** Why a packet was dropped, one reason a packet. The last one counts frames (a segment is one)
 *  of packets that also count by the plan under which they would have left. */
#define CLEAVE_TX_DROPS(X)                                                                         \
	X(TOO_BIG, tx_too_big, "longer than the MTU and nothing that may be cut")                  \
	X(NO_GSO, tx_no_gso, "to be cut in software, which is off")                                \
	X(BAD_REQUEST, tx_bad_request,                                                             \
		"segmentation request with MSS 0, no room for payload, or on no such packet")      \
	X(MALFORMED, tx_malformed, "headers truncated or lying, and work to be done on them")      \
	X(BAD_CKSUM, tx_bad_cksum,                                                                 \
		"to be cut, but its checksum is wrong: new ones would hide that")                  \
	X(UNSUPPORTED, tx_unsupported, "a kind of packet, or an offload, that is not done here")   \
	X(TOO_MANY_SEGS, tx_too_many_segs, "more segments than a packet may be cut into")          \
	X(NO_MBUF, tx_no_mbuf, "no mbuf left to cut or copy it with")                              \
	X(TOO_MANY_MBUFS, tx_too_many_mbufs,                                                       \
		"chain longer than the port takes, and too long for one mbuf")                     \
	X(REFUSED, tx_refused, "refused by rte_eth_tx_prepare")

#define CLEAVE_TX_ENUM(e, n, h) CLEAVE_PLAN_##e,
enum cleave_plan { CLEAVE_TX_PLANS(CLEAVE_TX_ENUM) CLEAVE_NB_PLANS };
#undef CLEAVE_TX_ENUM

#define CLEAVE_TX_ENUM(e, n, h) CLEAVE_DROP_##e,
enum cleave_drop { CLEAVE_TX_DROPS(CLEAVE_TX_ENUM) CLEAVE_NB_DROPS };
#undef CLEAVE_TX_ENUM

/** "tx_gso" */
const char *cleave_plan_name(enum cleave_plan plan);
/** "tx_too_big" */
const char *cleave_drop_name(enum cleave_drop drop);

/** Settings of one TX queue. All zero: pools of the library's own, everything on, no limits. */
struct cleave_tx_conf {
	struct cleave_gso_pools pools; /**< NULL: made by the library on the port's socket */
	bool no_gso;		       /**< never cut in software */
	bool no_tso;		       /**< never use the port's engine */
	/** The port takes merged packets as single frames up to its MTU: TCP that cleave_gro.h
	 *  merged (struct cleave_meta says so), or somebody before us (RTE_MBUF_F_RX_LRO with
	 *  tso_segsz), leaves whole where that is no longer than the MTU and the limits below, with
	 *  all checksums complete; the payload is not read for that where its sums are known. Longer
	 *  ones, and those that the port takes in no form, are cut into what came, as without this.
	 *  Requests of programs are always cut, and merged datagrams too. */
	bool jumbo;
	/** Longest frame on the wire in bytes, headers included, FCS not (testpmd's "set gso
	 *  segsz"); TCP packets longer than that are cut even where the MTU has room. 0: MTU. */
	uint32_t gso_segsz;
	/** Largest TCP payload of a segment (testpmd's "tso set"); 0: no limit. */
	uint16_t tso_segsz;
	/** The MTU where ethdev does not know it; 0: it does. */
	uint16_t mtu;
	/** Longest l2_len, in bytes, that the port's driver takes for TSO where it covers a tunnel's
	 *  headers and the inner Ethernet header, too: what is in them is copied (Linux:
	 *  GSO_PARTIAL). At most 127. 0: as known of the driver, and else none. */
	uint8_t opaque_l2;
};

/** Counters of one TX queue, since its setup. Packets unless said otherwise. */
struct cleave_tx_stats {
	uint64_t plan[CLEAVE_NB_PLANS]; /**< packets of the caller, by plan; the sum is all taken */
	uint64_t drop[CLEAVE_NB_DROPS];
	/** drop[] in frames: a merged packet is as many as it is made of (struct cleave_meta) */
	uint64_t drop_frames;
	uint64_t whole;	     /**< merged packets that left as one frame (conf.jumbo), also plain */
	uint64_t segments;   /**< segments made in software, IP fragments too */
	uint64_t fragmented; /**< packets cut into IP fragments; they count as cut in software */
	uint64_t unchained;  /**< packets cut in software without a new mbuf */
	uint64_t sw_cksum;   /**< packets (not cut) whose checksum was completed in software */
	uint64_t linearized; /**< packets (not cut) copied into one mbuf for the port */
	uint64_t pending;    /**< segments held back now (not a counter, not reset) */
};

/**
 * Set up (or set up anew) a TX queue of a configured port: reads capabilities, enabled offloads,
 * MTU and descriptor limits. Call it again after the MTU or the offloads changed; held-back
 * segments and counters are kept. Control path; not while the queue is used.
 *
 * @param conf  Copied. NULL: all zero.
 * @return 0; -ENODEV: no such port; -EINVAL: no such queue, gso_segsz too small for a segment, or opaque_l2 above 127;
 *   -ENOTSUP: MBUF_FAST_FREE is enabled, by which the driver would return segments, which share
 *   their payload, to the wrong pool; -ENOMEM, also where mbufs have no
 *   dynamic field left. After an error the queue is as it was.
 */
int cleave_tx_setup(uint16_t port_id, uint16_t queue_id, const struct cleave_tx_conf *conf);

/**
 * Free the queue's context, and with it the counters. Control path.
 * @return How many segments were still held back and are lost; the counters cannot say it any more.
 */
uint16_t cleave_tx_teardown(uint16_t port_id, uint16_t queue_id);

/**
 * Send a burst: per packet, hand it to the port's TSO engine, cut it here, send it as it is, or
 * drop it; then complete checksums that the port cannot, rte_eth_tx_prepare, rte_eth_tx_burst.
 * Packets leave in the order in which they came. One lcore per queue, as with rte_eth_tx_burst.
 *
 * Requests are those of rte_mbuf (RTE_MBUF_F_TX_TCP_SEG and _UDP_SEG with tso_segsz, of plain and
 * tunnelled packets; _UDP_SEG makes a datagram of every segment, as Linux's UDP_SEGMENT;
 * RTE_MBUF_F_TX_*_CKSUM), RTE_MBUF_F_RX_LRO with tso_segsz (TCP merged before us; of UDP, it is a guest's
 * datagram that is to be fragmented), and a length beyond the MTU: TCP is cut, other IPv4 packets
 * without DF are fragmented. What struct cleave_meta says of a packet (IDs, accurate ECN, payload sums) is kept.
 *
 * @param pkts  The first "return value" many are the library's now: sent, kept, or dropped and
 *   counted. The others still are the caller's and can be sent again as they are; they may have had
 *   their checksums completed, been made a request of the port, or been replaced by a copy where
 *   their data is shared.
 * @return How many packets were taken, as with rte_eth_tx_burst: fewer than nb_pkts when the port's
 *   ring is full. A super-packet that went out in part counts as taken; its remaining segments are
 *   kept and go first in the next call. 0 as well when the queue is not set up and cannot be, which
 *   the log says once.
 */
uint16_t cleave_tx_burst(
	uint16_t port_id, uint16_t queue_id, struct rte_mbuf **pkts, uint16_t nb_pkts);

/**
 * Try to send the segments that are held back.
 * @return How many are still held back.
 */
uint16_t cleave_tx_flush(uint16_t port_id, uint16_t queue_id);

/** Segments that are held back. */
uint16_t cleave_tx_pending(uint16_t port_id, uint16_t queue_id);

/** Counters, all zero for a queue that is not set up. */
void cleave_tx_stats_get(uint16_t port_id, uint16_t queue_id, struct cleave_tx_stats *stats);

/** Set the counters to zero. */
void cleave_tx_stats_reset(uint16_t port_id, uint16_t queue_id);

/**
 * The RTE_ETH_TX_OFFLOAD_* that are used of the port: enabled and, as far as is known, kept by the
 * driver; and what the driver is known to do without claiming it. 0 as well where the queue is not
 * set up.
 */
uint64_t cleave_tx_capa(uint16_t port_id, uint16_t queue_id);

/**
 * What becomes of a TCP packet that is to be cut, as far as its class says; what else a packet has
 * (a long chain, shared headers, an outer checksum, an outer ID that counts) may still ask for
 * software.
 *
 * @param tunnel      Row of the tunnel table, CLEAVE_TUNNEL_NONE for plain TCP.
 * @param ip_version  4 or 6, of the header that carries TCP.
 * @return An enum cleave_plan: TSO, PARTIAL, GSO or DROP; or -ENODEV: the queue is not set up, -EINVAL.
 */
int cleave_tx_plan_get(
	uint16_t port_id, uint16_t queue_id, unsigned int tunnel, unsigned int ip_version);

/**
 * Print the plan of a queue, a line a packet class: "tcp4: gso (missing TCP_TSO)".
 * @return 0, or -ENODEV: the queue is not set up.
 */
int cleave_tx_plan_dump(FILE *f, uint16_t port_id, uint16_t queue_id);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
