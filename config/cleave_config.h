/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Compile-time limits of Cleave, each with its reason. Neighbours: everything includes this.
 */
#ifndef CLEAVE_CONFIG_H
#define CLEAVE_CONFIG_H

/* The longest run of headers that is understood: Ethernet + QinQ + 8 MPLS labels (54), two IPv6
 * headers with a few hundred bytes of extensions, a tunnel header with all its options (260), TCP
 * with all its options (60). Longer ones count as malformed. */
#define CLEAVE_HDR_MAX 512

/* IPv6 extension headers in one chain; Linux's default limit for destination options is 8. */
#define CLEAVE_IP6_EXT_MAX 8

/* VLAN tags of one packet; Linux's VLAN_MAX_DEPTH. */
#define CLEAVE_VLAN_MAX 8

/* MPLS labels of one packet. With the tags they fit mbuf's l2_len (7 bits). */
#define CLEAVE_MPLS_MAX 8

/* Segments made of one packet: 64 KB at 32 bytes each. Linux refuses an MSS below 48
 * (TCP_MIN_SND_MSS), so nothing that a kernel sends comes near. */
#define CLEAVE_GSO_SEGS_MAX 2048

#endif
