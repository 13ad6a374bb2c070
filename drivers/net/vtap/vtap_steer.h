/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the program in the kernel and its user share: a frame's headers at fixed places, and rules to
 * compare them with. Neighbours: vtap_steer_bpf.c runs there, vtap_steer.c loads it.
 */
#ifndef VTAP_STEER_H
#define VTAP_STEER_H

#include <linux/types.h>

/* Which headers a frame has. */
#define VTAP_HAS_VLAN 0x0001
#define VTAP_HAS_VLAN2 0x0002 /* two tags, */
#define VTAP_HAS_VLANS 0x0004 /* and more */
#define VTAP_HAS_IPV4 0x0008
#define VTAP_HAS_IPV6 0x0010
#define VTAP_HAS_TCP 0x0020
#define VTAP_HAS_UDP 0x0040
#define VTAP_HAS_SCTP 0x0080
#define VTAP_HAS_ICMP 0x0100
#define VTAP_HAS_ICMP6 0x0200

/* Headers as they are in the frame; what it has not is 0. A tag that the kernel holds beside the frame is
 * where it would be. */
struct vtap_headers {
	__u8 eth[14];
	__u16 has;
	__u8 vlan[2][4]; /* TCI, type of what follows */
	__u8 l3[40];
	__u8 l4[24];
};
#define VTAP_HEADERS_WORDS (sizeof(struct vtap_headers) / sizeof(__u64))

/* What is hashed depends on: IP's version, and what it carries. 0 is no IP at all. */
enum vtap_kind { VTAP_FRAG = 1, VTAP_OTHER, VTAP_TCP, VTAP_UDP, VTAP_SCTP, VTAP_KINDS_AN_IP };
#define VTAP_KIND_IPV6 (VTAP_KINDS_AN_IP - 1)
#define VTAP_KINDS (1 + 2 * VTAP_KIND_IPV6)

enum vtap_hash { VTAP_HASH_NOTHING, VTAP_HASH_ADDRESSES, VTAP_HASH_PORTS };
enum vtap_verdict { VTAP_NEXT, VTAP_STEER, VTAP_DROP };

#define VTAP_RETA 128	/* entries of a redirection table */
#define VTAP_RULES 64	/* the application's */
#define VTAP_TUPLE 36	/* bytes that are hashed at most: two IPv6 addresses, two ports */
#define VTAP_RSS_KEY 40 /* bytes: of the tuple, and a word more */

/* A frame whose headers are spec where mask has ones. */
struct vtap_rule {
	union {
		struct vtap_headers headers;
		__u64 word[VTAP_HEADERS_WORDS];
	} spec, mask;
	__u8 verdict;
	__u8 counter; /* 1 + its number; 0: is not counted */
	__u8 hash[VTAP_KINDS];
	__u8 reta[VTAP_RETA];
};

/* The first rule that a frame fits decides; the last one fits them all. */
struct vtap_steer {
	__u32 nb_rules;
	__u32 toeplitz[VTAP_TUPLE][256]; /* what a byte at that place adds to the hash */
	struct vtap_rule rules[VTAP_RULES + 1];
};

/* Where what an interface receives is sent. */
struct vtap_redirect {
	__u32 ifindex;
	__u32 all; /* also what is for somebody else */
};

struct vtap_counter {
	__u64 hits, bytes;
};

#endif
