/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a test sees of net_probe, the programmable port: frames that went on the wire, refused
 * requests by reason, injected packets, faults on demand. Neighbours: probe_ethdev.c documents the
 * device arguments, probe_api.c and probe_hold.c implement what is declared here.
 *
 * A request is one mbuf chain given to rte_eth_tx_burst(), a frame is what it became on the wire.
 * Functions that take a port return -ENODEV when it is not a net_probe, -EINVAL when the queue is
 * beyond the device's `queues=`. One thread sends on a queue, one (maybe another) takes its frames;
 * one thread pushes to an RX queue, one receives from it.
 */
#ifndef RTE_NET_PROBE_H
#define RTE_NET_PROBE_H

#ifdef __cplusplus
extern "C" {
#endif

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>
#include <rte_mempool.h>

/** Why a request was refused: X(enumerator, name, text). The xstat is "tx_refused_" and the name.
 * A refused request is freed, counted, and counts as taken by rte_eth_tx_burst(); only a chain with
 * a free mbuf in it is left alone. */
#define RTE_NET_PROBE_REASONS(X)                                                                   \
	X(CHAIN_NB_SEGS, chain_nb_segs, "nb_segs is not the number of mbufs in the chain")         \
	X(CHAIN_PKT_LEN, chain_pkt_len, "pkt_len is not the sum of data_len over the chain")       \
	X(MBUF_EMPTY, mbuf_empty, "an mbuf of the chain has data_len 0")                           \
	X(MBUF_BOUNDS, mbuf_bounds, "data_off + data_len leaves the mbuf's buffer")                \
	X(MBUF_FREED, mbuf_freed, "an mbuf of the chain is free (reference count 0)")              \
	X(FAST_FREE, fast_free,                                                                    \
		"MBUF_FAST_FREE enabled, and an mbuf shared, indirect, external or"                \
		" of another pool than the queue's first")                                         \
	X(MULTI_SEGS, multi_segs, "a chain, and MULTI_SEGS not enabled")                           \
	X(TSO_MBUFS, tso_mbufs, "TSO request of more than nb_seg_max mbufs")                       \
	X(FRAME_MBUFS, frame_mbufs, "frame of more than nb_mtu_seg_max mbufs")                     \
	X(RUNT, runt, "shorter than an Ethernet header")                                           \
	X(FRAME_LONG, frame_long, "frame longer than MTU + 14 + 4 a VLAN tag")                     \
	X(TSO_LONG, tso_long, "TSO request longer than tso_max")                                   \
	X(SEGMENT_LONG, segment_long, "a segment of the TSO request would exceed the MTU")         \
	X(SEGMENT_MBUFS, segment_mbufs,                                                            \
		"a segment of the TSO request gathers more than nb_mtu_seg_max buffers,"           \
		" its headers' among them")                                                        \
	X(OFF_IPV4_CKSUM, off_ipv4_cksum, "TX_IP_CKSUM, and IPV4_CKSUM not enabled")               \
	X(OFF_TCP_CKSUM, off_tcp_cksum, "TX_TCP_CKSUM, and TCP_CKSUM not enabled")                 \
	X(OFF_UDP_CKSUM, off_udp_cksum, "TX_UDP_CKSUM, and UDP_CKSUM not enabled")                 \
	X(OFF_SCTP_CKSUM, off_sctp_cksum, "TX_SCTP_CKSUM, and SCTP_CKSUM not enabled")             \
	X(OFF_OUTER_IPV4, off_outer_ipv4, "TX_OUTER_IP_CKSUM, and OUTER_IPV4_CKSUM not enabled")   \
	X(OFF_OUTER_UDP, off_outer_udp, "TX_OUTER_UDP_CKSUM, and OUTER_UDP_CKSUM not enabled")     \
	X(OFF_TCP_TSO, off_tcp_tso, "TX_TCP_SEG, and TCP_TSO not enabled")                         \
	X(OFF_UDP_TSO, off_udp_tso, "TX_UDP_SEG, and UDP_TSO not enabled")                         \
	X(OFF_TUNNEL_TSO, off_tunnel_tso, "TSO in a tunnel, and that tunnel's TSO not enabled")    \
	X(OFF_VLAN, off_vlan, "TX_VLAN, and VLAN_INSERT not enabled")                              \
	X(OFF_OTHER, off_other,                                                                    \
		"an offload that this port never has: QinQ, MACsec, IEEE 1588, ...")               \
	X(MSS_ZERO, mss_zero, "TSO request with tso_segsz 0")                                      \
	X(TSO_NO_PAYLOAD, tso_no_payload, "TSO request without payload")                           \
	X(TSO_URG, tso_urg, "TSO request with the URG flag")                                       \
	X(TSO_TYPE, tso_type, "TSO of a packet that is not TCP (TCP_SEG) or UDP (UDP_SEG)")        \
	X(FRAGMENT, fragment, "TSO or L4 checksum of an IP fragment")                              \
	X(NO_L2_LEN, no_l2_len, "l2_len 0")                                                        \
	X(NO_L3_LEN, no_l3_len, "l3_len 0")                                                        \
	X(NO_L4_LEN, no_l4_len, "l4_len 0 in a TSO request")                                       \
	X(NO_OUTER_LEN, no_outer_len, "outer_l2_len or outer_l3_len 0")                            \
	X(L2_LEN, l2_len, "l2_len is not where the IP header is")                                  \
	X(L2_LONG, l2_long, "l2_len longer than l2_max")                                           \
	X(L3_LEN, l3_len, "l3_len is not the length of the IP header and its extensions")          \
	X(L4_LEN, l4_len, "l4_len is not the length of the L4 header")                             \
	X(L4_TYPE, l4_type, "L4 checksum of a protocol that the packet does not have")             \
	X(OUTER_LEN, outer_len, "outer_l2_len or outer_l3_len do not match the headers")           \
	X(IP_FLAGS, ip_flags, "neither or both of TX_IPV4 and TX_IPV6, or IP_CKSUM without IPV4")  \
	X(IP_VERSION, ip_version, "TX_IPV4 or TX_IPV6 contradicts the packet")                     \
	X(IP_LENGTH, ip_length, "an IP length field contradicts the packet's length")              \
	X(UDP_LENGTH, udp_length, "a UDP length field contradicts the packet's length")            \
	X(TSO_NO_IP_CKSUM, tso_no_ip_cksum,                                                        \
		"IPv4 TSO without TX_IP_CKSUM, and IPV4_CKSUM enabled")                            \
	X(IP_CKSUM_FIELD, ip_cksum_field, "IPv4 checksum offloaded, and its field is not 0")       \
	X(IP_CKSUM_WRONG, ip_cksum_wrong, "IPv4 TSO with the header checksum in software: wrong")  \
	X(L4_PSEUDO, l4_pseudo, "L4 checksum field does not hold the pseudo-header sum")           \
	X(TUNNEL_TYPE, tunnel_type, "tunnel type reserved, or one that no TSO capability covers")  \
	X(TUNNEL_FLAGS, tunnel_flags,                                                              \
		"neither or both of OUTER_IPV4 and OUTER_IPV6, or"                                 \
		" OUTER_IP_CKSUM without OUTER_IPV4")                                              \
	X(TUNNEL_MISMATCH, tunnel_mismatch, "the packet is not of the tunnel type that it claims") \
	X(TUNNEL_GRE, tunnel_gre, "TSO in GRE with a checksum or a sequence number")               \
	X(TUNNEL_REMCSUM, tunnel_remcsum,                                                          \
		"TSO in a tunnel that leaves the inner checksum to its other end")                 \
	X(COPIED_LENGTH, copied_length,                                                            \
		"a length before the inner headers that the engine copies is not that of all"      \
		" segments")                                                                       \
	X(COPIED_CKSUM, copied_cksum,                                                              \
		"a checksum before the inner headers that the engine copies is not that of all"    \
		" segments")                                                                       \
	X(COPIED_ID, copied_id, "an outer IPv4 header without DF, whose ID the engine copies")     \
	X(COPIED_SEQ, copied_seq,                                                                  \
		"a sequence number in a tunnel's header, which the engine copies")                 \
	X(NO_MEMORY, no_memory, "the driver's own: no memory to record a frame")

#define RTE_NET_PROBE_ENUM(e, n, t) RTE_NET_PROBE_##e,
/** Why a request was refused; RTE_NET_PROBE_OK: it was not. */
enum rte_net_probe_reason {
	RTE_NET_PROBE_OK,
	RTE_NET_PROBE_REASONS(RTE_NET_PROBE_ENUM) RTE_NET_PROBE_NB_REASONS
};
#undef RTE_NET_PROBE_ENUM

/** What a queue counts: X(name, text). The xstat has the same name. */
#define RTE_NET_PROBE_COUNTERS(X)                                                                  \
	X(tx_requests, "mbuf chains taken by rte_eth_tx_burst, refused ones included")             \
	X(tx_refused, "of these, refused")                                                         \
	X(tx_frames, "frames on the wire")                                                         \
	X(tx_bytes, "their bytes, without FCS")                                                    \
	X(tx_cksum, "frames, not cut, whose checksum the port completed")                          \
	X(tso_requests, "TSO requests carried out")                                                \
	X(tso_tunnel, "of these, in a tunnel")                                                     \
	X(tso_opaque, "of these, with an outer header declared as part of a long l2_len")          \
	X(tso_single, "of these, that made one segment only")                                      \
	X(tso_segments, "frames that the engine made of them")                                     \
	X(tx_full, "bursts cut short because the ring was full")                                   \
	X(tx_fault, "bursts cut short by tx_stall or tx_accept")                                   \
	X(prepare_seen, "packets that rte_eth_tx_prepare looked at")                               \
	X(prepare_refused, "of these, refused")                                                    \
	X(rx_frames, "packets received")                                                           \
	X(rx_bytes, "their bytes")                                                                 \
	X(rx_missed, "looped frames lost: longer than an mbuf, and SCATTER not enabled")           \
	X(rx_nombuf, "frames lost for want of an mbuf, real or by the fault")

#define RTE_NET_PROBE_FIELD(n, t) uint64_t n; /**< see RTE_NET_PROBE_COUNTERS */
/** Counters of a queue, or of all queues of a port. */
struct rte_net_probe_counters {
	RTE_NET_PROBE_COUNTERS(RTE_NET_PROBE_FIELD)
	uint64_t refused[RTE_NET_PROBE_NB_REASONS]; /**< by reason; [RTE_NET_PROBE_OK] stays 0 */
	/** The reason of the latest refusal; RTE_NET_PROBE_OK: none yet. */
	enum rte_net_probe_reason last_refused;
};
#undef RTE_NET_PROBE_FIELD

/** In place of a queue: all of them. */
#define RTE_NET_PROBE_ALL_QUEUES UINT16_MAX

/** rte_net_probe_frame.flags */
#define RTE_NET_PROBE_F_ENGINE 0x1 /**< cut by the TSO engine */
#define RTE_NET_PROBE_F_CKSUM 0x2  /**< not cut, but a checksum was completed */
#define RTE_NET_PROBE_F_VLAN 0x4   /**< a VLAN tag was inserted; it is in the bytes */
#define RTE_NET_PROBE_F_OPAQUE 0x8 /**< cut with an outer header inside a long l2_len */

/** A frame as it went on the wire: from the destination MAC on, no FCS, not padded to 60 bytes. */
struct rte_net_probe_frame {
	uint8_t *data;	      /**< the bytes in one piece, freed by rte_net_probe_frame_free() */
	uint32_t len;	      /**< bytes */
	uint32_t flags;	      /**< RTE_NET_PROBE_F_* */
	uint64_t request;     /**< number of the request on its queue, refused ones count too */
	uint32_t segment;     /**< which frame of its request this is, from 0 */
	uint32_t nb_segments; /**< how many frames the request became */
	uint64_t ol_flags;    /**< of the request's mbuf */
	uint16_t nb_mbufs;    /**< mbufs of the request */
	uint16_t tso_segsz;   /**< of the request's mbuf */
	uint16_t vlan_tci;    /**< of the request's mbuf, inserted or not */
};

/** Faults, per queue. All zero but tx_accept is a healthy port: RTE_NET_PROBE_NO_FAULTS. */
struct rte_net_probe_faults {
	uint16_t tx_accept; /**< a TX burst takes at most so many requests; UINT16_MAX: all */
	bool tx_stall;	    /**< TX takes nothing, as when the ring is full */
	/** rte_eth_tx_prepare checks each packet as TX would, and refuses with rte_errno EINVAL. */
	bool prepare_check;
	uint16_t prepare_refuse_every; /**< refuse every k-th packet it looks at; 0: none */
	int prepare_errno;	       /**< rte_errno of prepare_refuse_every; 0: EINVAL */
	uint32_t rx_nombuf; /**< the next so many received frames are lost for want of an mbuf */
};

/** A port without faults. */
#define RTE_NET_PROBE_NO_FAULTS ((struct rte_net_probe_faults){.tx_accept = UINT16_MAX})

/**
 * Take the oldest recorded frame of a TX queue. Frames stay until taken, over stop, start and
 * reconfiguration; closing the port drops them.
 *
 * @param f  Filled in. The caller owns the bytes: rte_net_probe_frame_free().
 * @return 1: a frame, 0: none is there (f is untouched), -ENODEV, -EINVAL.
 */
int rte_net_probe_tx_pop(uint16_t port_id, uint16_t queue_id, struct rte_net_probe_frame *f);

/** Free the bytes of a frame and clear it. Nothing on one that has none. */
void rte_net_probe_frame_free(struct rte_net_probe_frame *f);

/** Frames recorded and not yet taken; -ENODEV, -EINVAL. */
int rte_net_probe_tx_pending(uint16_t port_id, uint16_t queue_id);

/** Drop the recorded frames of a queue, or of RTE_NET_PROBE_ALL_QUEUES.
 * @return how many, -ENODEV, -EINVAL. */
int rte_net_probe_tx_drop(uint16_t port_id, uint16_t queue_id);

/**
 * Hand packets to an RX queue that is set up; rte_eth_rx_burst() delivers them in order, exactly
 * as they are: flags, lengths, chain, and m->port too.
 *
 * @return How many were taken: the first of pkts, which belong to the port now. Fewer than n when
 *   1023 are waiting, 0 as well when there is no such port or queue.
 */
uint16_t rte_net_probe_rx_push(
	uint16_t port_id, uint16_t queue_id, struct rte_mbuf **pkts, uint16_t n);

/** Pushed packets not yet delivered; -ENODEV, -EINVAL. */
int rte_net_probe_rx_pending(uint16_t port_id, uint16_t queue_id);

/**
 * Let ethdev name another driver for the port (rte_eth_dev_info.driver_name), for tests of what is known of
 * that driver. Until the port is unplugged. name: as drivers spell themselves, below 32 bytes.
 * 0; -ENODEV: the port is no net_probe; -EINVAL: the name is too long.
 */
int rte_net_probe_pose_as(uint16_t port_id, const char *name);

/**
 * Set the faults of a queue, or of RTE_NET_PROBE_ALL_QUEUES. A burst under way on another lcore may
 * still see the old ones. They last until set anew.
 * @return 0, -ENODEV, -EINVAL.
 */
int rte_net_probe_faults_set(
	uint16_t port_id, uint16_t queue_id, const struct rte_net_probe_faults *faults);

/** Read the faults of a queue; rx_nombuf is what is left of it. @return 0, -ENODEV, -EINVAL. */
int rte_net_probe_faults_get(
	uint16_t port_id, uint16_t queue_id, struct rte_net_probe_faults *faults);

/** Counters of a queue or, summed, of RTE_NET_PROBE_ALL_QUEUES. Since the port was made, or since
 * they were reset (rte_eth_stats_reset and rte_eth_xstats_reset do that too).
 * @return 0, -ENODEV, -EINVAL. */
int rte_net_probe_counters_get(
	uint16_t port_id, uint16_t queue_id, struct rte_net_probe_counters *c);

/** Set the counters of a queue, or of RTE_NET_PROBE_ALL_QUEUES, to zero; the numbering of requests
 * goes on. @return 0, -ENODEV, -EINVAL. */
int rte_net_probe_counters_reset(uint16_t port_id, uint16_t queue_id);

/** "chain_nb_segs"; "ok" for RTE_NET_PROBE_OK, NULL beyond the last. */
const char *rte_net_probe_reason_name(enum rte_net_probe_reason reason);

/** What the reason means, a phrase; NULL beyond the last. */
const char *rte_net_probe_reason_text(enum rte_net_probe_reason reason);

/** Objects held back from a mempool, so that an allocation fails. */
struct rte_net_probe_hold;

/**
 * Take all but `leave` objects out of a mempool, those in the cache of the calling lcore included.
 * Allocations on this lcore then succeed exactly `leave` times (a bulk of more fails as a whole).
 * Objects in other lcores' caches stay there. mbufs are held as they lie in the pool: raw, with
 * reference count 1.
 *
 * @return NULL, rte_errno EINVAL: fewer than `leave` objects are there, ENOMEM. Else a handle for
 *   rte_net_probe_mempool_refill(), which also frees it.
 */
struct rte_net_probe_hold *rte_net_probe_mempool_drain(struct rte_mempool *mp, unsigned int leave);

/** Give back at most n of the held objects (k-th allocation failures). @return how many. */
unsigned int rte_net_probe_mempool_release(struct rte_net_probe_hold *hold, unsigned int n);

/** Give back what is held and free the handle; NULL is allowed. */
void rte_net_probe_mempool_refill(struct rte_net_probe_hold *hold);

#ifdef __cplusplus
}
#endif

#endif
