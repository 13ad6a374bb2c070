/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Merging received packets of a flow into super-packets that can be cut apart again byte for byte.
 * Neighbours: cleave_net.h says what a packet is, cleave_gso.h and cleave_tx.h cut what was merged.
 */
#ifndef CLEAVE_GRO_H
#define CLEAVE_GRO_H

#ifdef __cplusplus
extern "C" {
#endif

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <rte_mbuf.h>

#include "cleave_net.h"

#pragma GCC visibility push(default) /* all else is hidden (lib/meson.build) */

/** Merges what is received, most simply one for each RX queue; one lcore uses it. Packets of different
 *  ports are of different flows. */
struct cleave_gro;

#define CLEAVE_GRO_TCP 0x01 /**< merge TCP over IPv4 and IPv6, plain and in a tunnel of the table */
#define CLEAVE_GRO_UDP 0x02 /**< the same of UDP datagrams (Linux: rx-udp-gro-forwarding) */

/** The longest timeout, 400 seconds; longer ones count as that. */
#define CLEAVE_GRO_TIMEOUT_MAX 400000000

/** How it merges. */
struct cleave_gro_conf {
	uint32_t flows; /**< packets held at once, at most, up to 2^20; rounded up to a power of
				two from 8 on; 0: 1024. About 150 bytes of memory each. */
	uint32_t
		timeout_us; /**< how long a packet may wait for more, up to CLEAVE_GRO_TIMEOUT_MAX; 0: to
				the end of the burst */
	uint16_t flags;	    /**< CLEAVE_GRO_TCP, CLEAVE_GRO_UDP; 0: nothing is merged */
	uint16_t udp_segs;  /**< datagrams merged at most; 0: 64 */
	uint16_t max_mbufs; /**< mbufs of a merged packet at most; 0, and more than that:
				CLEAVE_GSO_SEGS_MAX, so that it can be cut again */
	uint32_t max_len; /**< bytes of a merged packet at most, from its Ethernet header on; 0: as
				many as IP can say */
	int socket_id;	  /**< of the memory; SOCKET_ID_ANY */
};

/** Why a received packet was not merged: X(enumerator, counter, meaning). Each packet that came
 *  counts as merged or once here. */
#define CLEAVE_GRO_PASSES(X)                                                                       \
	X(HEAD, gro_head, "first of its kind, held for more to come")                              \
	X(OTHER, gro_other, "neither TCP nor UDP, or one that is not to be merged")                \
	X(EMPTY, gro_empty, "no payload: a pure ACK")                                              \
	X(FLAGS, gro_flags, "SYN, RST or URG")                                                     \
	X(IP_OPTIONS, gro_ip_options, "IPv4 options, or the reserved bit")                         \
	X(FRAGMENT, gro_fragment, "an IP fragment")                                                \
	X(BAD, gro_bad, "a checksum is wrong, or a header lies")                                   \
	X(UNVERIFIED, gro_unverified,                                                              \
		"a checksum that is not there, or not complete; not plain TCP")                    \
	X(MERGED_BEFORE, gro_merged_before, "merged by somebody before us, or a request already")  \
	X(UNFIT, gro_unfit, "its mbufs are shared, or its headers lie in several")

/** Why a held packet left: X(enumerator, counter, meaning). */
#define CLEAVE_GRO_FLUSHES(X)                                                                      \
	X(BURST, gro_flush_burst, "the burst ended, with no timeout")                              \
	X(TIMEOUT, gro_flush_timeout, "it had waited long enough")                                 \
	X(CLOSED, gro_flush_closed, "its last packet was shorter, or had FIN or PSH")              \
	X(FULL, gro_flush_full, "one more would be more than a merged packet can hold")            \
	X(DIFFERENT, gro_flush_different, "the flow's next packet did not fit")                    \
	X(PASSED, gro_flush_passed, "the flow's next packet is never merged")                      \
	X(EVICTED, gro_flush_evicted, "no room in the flow table; it was the oldest there")        \
	X(ASKED, gro_flush_asked, "cleave_gro_flush() was asked for all")

#define CLEAVE_GRO_ENUM(e, n, h) CLEAVE_GRO_PASS_##e,
enum cleave_gro_pass { CLEAVE_GRO_PASSES(CLEAVE_GRO_ENUM) CLEAVE_GRO_NB_PASSES };
#undef CLEAVE_GRO_ENUM

#define CLEAVE_GRO_ENUM(e, n, h) CLEAVE_GRO_FLUSH_##e,
enum cleave_gro_flush { CLEAVE_GRO_FLUSHES(CLEAVE_GRO_ENUM) CLEAVE_GRO_NB_FLUSHES };
#undef CLEAVE_GRO_ENUM

/** "gro_empty" */
const char *cleave_gro_pass_name(enum cleave_gro_pass pass);
/** "gro_flush_closed" */
const char *cleave_gro_flush_name(enum cleave_gro_flush flush);

/** Counters, since creation or reset. */
struct cleave_gro_stats {
	uint64_t packets;  /**< taken; the sum of merged and pass[] */
	uint64_t merged;   /**< appended to another one */
	uint64_t supers;   /**< packets that left and are made of two or more */
	uint64_t verified; /**< payloads summed because nobody vouched for the checksum */
	uint64_t pass[CLEAVE_GRO_NB_PASSES];
	uint64_t flush[CLEAVE_GRO_NB_FLUSHES]; /**< the sum is pass[HEAD], but for what is held */
	uint64_t held;			       /**< packets held now (not a counter, not reset) */
};

/**
 * @param conf  Copied.
 * @return NULL with rte_errno: ENOMEM, also where mbufs have no dynamic field left; EINVAL: more
 *   than 2^20 flows, or flags that are not known.
 */
struct cleave_gro *cleave_gro_create(const struct cleave_gro_conf *conf);

/** Free it, and the packets that it holds. NULL is allowed. */
void cleave_gro_free(struct cleave_gro *gro);

/** Room that out needs for each packet of a burst with a timeout, so that all are taken at once but
 *  where an IP fragment asks for many held packets: it may end the wait of one, and pass itself. */
#define CLEAVE_GRO_OUT_PER_PACKET 2

/**
 * Merge a burst. Packets of one flow never change their order. What cannot be merged leaves
 * unchanged; nothing is dropped.
 *
 * A packet that was merged has its headers' lengths and IPv4 checksums made right at all levels, FIN
 * and PSH of all its packets, RTE_MBUF_F_TX_TCP_SEG (or _UDP_SEG) with tso_segsz, header lengths and
 * the tunnel's flag set, the pseudo-header's sum (without the length) as its L4 checksum, and struct
 * cleave_meta, which says the payload sum of each mbuf and how IPv4 IDs went. cleave_tx_burst() and
 * cleave_gso_burst() cut it into the very packets that came (but for Ethernet padding, which is
 * trimmed from what is merged). What was found out about checksums is in the mbuf's flags afterwards,
 * merged or not (RTE_MBUF_F_RX_L4_CKSUM_GOOD or _BAD, of IP and of a tunnel's as well, where a port
 * had not said so); no byte of the packet changes by that.
 *
 * Without a timeout nothing is held back beyond this call, and no more packets leave than came.
 *
 * Cost: constant a packet, whatever the number of flows; each payload byte is read once where no
 * port said RTE_MBUF_F_RX_L4_CKSUM_GOOD, else not at all.
 *
 * @param pkts     In the order in which they were received. A packet's mbufs are the library's as
 *   soon as it is taken.
 * @param nb_pkts  In: how many there are. Out: how many were taken: all, unless out was too small;
 *   the others are to be given again. 0 is allowed: what has waited long enough leaves.
 * @param now      rte_rdtsc(). Steps backwards end the wait of what is held.
 * @param out      Packets that leave, the caller's; it may be pkts itself where there is no timeout.
 * @param nb_out   Room in out, at least CLEAVE_GRO_OUT_PER_PACKET with a timeout.
 * @return How many are in out.
 */
uint16_t cleave_gro_burst(struct cleave_gro *gro, struct rte_mbuf **pkts, uint16_t *nb_pkts,
	uint64_t now, struct rte_mbuf **out, uint16_t nb_out);

/**
 * Take what is held, oldest first, whether its time is over or not.
 * @return How many are in out; as many as nb_out: there may be more.
 */
uint16_t cleave_gro_flush(struct cleave_gro *gro, struct rte_mbuf **out, uint16_t nb_out);

/** Packets held now. */
uint32_t cleave_gro_held(const struct cleave_gro *gro);

/** Change the timeout; what is held waits for the new one. With 0 it leaves first in the next burst,
 *  whose out must not be pkts then. */
void cleave_gro_set_timeout(struct cleave_gro *gro, uint32_t timeout_us);

void cleave_gro_stats_get(const struct cleave_gro *gro, struct cleave_gro_stats *stats);
void cleave_gro_stats_reset(struct cleave_gro *gro);

/** Print what is held, a line a flow: addresses, ports, packets, bytes, age in microseconds. */
void cleave_gro_dump(FILE *f, const struct cleave_gro *gro, uint64_t now);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
