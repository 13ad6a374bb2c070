/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A packet's way through the merging. gro.c leads it: look.h finds out what a packet is and whether
 * it is ever merged, table.c which held packets may be of its flow, rules.h whether it continues
 * one, sums.c whether its checksums are right, and merge.c appends it, holds it, and completes what
 * leaves.
 */
#ifndef CLEAVE_GRO_PRIVATE_H
#define CLEAVE_GRO_PRIVATE_H

#include <assert.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_mbuf.h>

#include "cleave_gro.h"

/* Packets that are looked at before the first of them is merged: time for memory to arrive. */
#define GRO_CHUNK 32

/* Held packets in a bucket of the table, whose tags are compared at once. */
#define GRO_WAYS 8

/* Held packets by hash of their addresses: what an IP fragment, which has no ports, asks for. */
#define GRO_PAIRS 1024

#define GRO_NONE UINT32_MAX

/* How the IPv4 IDs of merged packets go; two bits a level. One that is not IPv4 stays unknown. */
enum id_style { ID_UNKNOWN, ID_FIXED, ID_COUNTS };
#define ID_SHIFT 2
#define ID_MASK 3u

/* held.flags: FIN and PSH as in TCP's, of those that joined, and */
#define HELD_SUMS 0x10	 /* the payload sum of every mbuf is known */
#define HELD_ACCECN 0x20 /* CWR is set in all */
#define HELD_END (CLEAVE_TCP_FIN | CLEAVE_TCP_PSH)

/* A packet that waits for more. What is compared and changed for each packet that joins it is one
 * cache line; what its completion needs, another. */
struct held {
	struct rte_mbuf *head, *tail;
	union {
		uint64_t since; /* TSC */
		uint64_t slot;	/* without a timeout: its place among what leaves */
	};
	uint32_t next_seq;     /* TCP: of what comes next, host order */
	uint32_t newer, older; /* in the order of arrival */
	uint32_t vlan;	       /* stripped tags */
	uint16_t vlan_bits;    /* and which of them there are */
	uint16_t rest_sum;     /* of pseudo-header and L4 header without what differs */
	uint16_t bytes, most;  /* payload, and how much of it an IP length can say */
	uint16_t mss;	       /* payload of the first one */
	uint16_t nb_pkts, nb_mbufs;
	uint16_t hdr_len, l4_off;
	uint16_t id[2]; /* of the first one's IPv4 headers, host order */
	uint8_t ids;	/* enum id_style of each level */
	uint8_t flags;	/* HELD_* */
	/* the second line */
	struct cleave_pkt pkt; /* the first one's headers */
	uint32_t pair;	       /* which of pairs[] counts it */
} __rte_cache_aligned;

static_assert(offsetof(struct held, pkt) == 64 && sizeof(struct held) == 128,
	"a held packet is not two cache lines");

/* A bucket's tags; 0: nothing is held there. */
struct bucket {
	uint16_t tag[GRO_WAYS];
} __rte_aligned(16);

struct cleave_gro {
	struct bucket *buckets;
	struct held *held; /* GRO_WAYS for each bucket, in the same order */
	uint64_t mask;	   /* of the buckets */
	uint64_t seed[4];
	uint64_t timeout; /* TSC cycles; 0: to the end of the burst */
	uint32_t oldest, newest;
	uint32_t nb_held, most_held;
	uint16_t flags, udp_segs, max_mbufs;
	struct cleave_gro_stats stats;
	uint32_t pairs[GRO_PAIRS];
};

/* A packet that came. pass: CLEAVE_GRO_PASS_HEAD where it may be merged, else why not. */
struct arrival {
	struct rte_mbuf *m;
	uint64_t hash;
	uint32_t vlan;
	uint16_t vlan_bits;
	uint8_t pass;
	bool has_flow; /* one that may have a packet held; hash is set */
	struct cleave_pkt pkt;
};

/* Where packets that leave go. */
struct sink {
	struct rte_mbuf **out;
	uint32_t n, room;
};

static inline uint32_t
held_index(const struct cleave_gro *g, const struct held *h)
{
	return (uint32_t)(h - g->held);
}

static inline bool
held_is_tcp(const struct held *h)
{
	return h->pkt.l4_proto == IPPROTO_TCP;
}

/* table.c. The held packets of a bucket whose tag is that of the hash, a bit each. */
uint32_t table_match(const struct cleave_gro *g, uint64_t hash);
/* A place for a new held packet with that hash; what was there has to leave first. */
struct held *table_place(const struct cleave_gro *g, uint64_t hash);
/* Is anything held there? */
bool table_is_held(const struct cleave_gro *g, const struct held *h);
/* Take a place that is free, or give it back. */
void table_add(struct cleave_gro *g, struct held *h, uint64_t hash);
void table_remove(struct cleave_gro *g, struct held *h);

/* What is known of a packet's payload by its checksums. */
struct sums {
	uint16_t rest; /* of pseudo-header and L4 header without what differs within a flow */
	uint16_t sum;  /* of the payload, */
	bool known;    /* which is set: here, or of each mbuf in its struct cleave_meta */
};

/* sums.c. Are its checksums right, as far as nobody vouched for them? Says so in its mbuf, too. like:
 * a held packet with the same headers but for what may differ; or NULL. */
bool sums_right(struct cleave_gro *g, struct arrival *a, const struct held *like, struct sums *s);

/* merge.c. Make it the packet that is held in a free place. */
void merge_hold(
	struct cleave_gro *g, struct held *h, const struct arrival *a, const struct sums *s);
/* Append it. Precondition: rules.h says that it may be, and what the styles of its IDs are then. */
void merge_append(struct held *h, const struct arrival *a, const struct sums *s, uint8_t ids);
/* Complete its headers and its mbuf; it is a merged packet now, if it is more than one. */
struct rte_mbuf *merge_complete(struct cleave_gro *g, struct held *h);

#endif
