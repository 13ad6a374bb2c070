/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A packet's way through the merging. gro.c leads it. Most packets go the short way, quick.h and
 * first.h. The others go the long one, take.c: look.h finds out what a packet is and whether it is ever
 * merged, table.h which held packets may be of its flow, rules.h whether it continues one, sums.c
 * whether its checksums are right. merge.c appends it, holds it, and completes what leaves, to which
 * sink.h gives its place. setup.c makes the table.
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
#define GRO_PAIRS 256

#define GRO_NONE UINT32_MAX

/* The unit of a held packet's age, in bits of the TSC: less than a microsecond on any machine. */
#define GRO_TICK 10

/* held.flags: FIN and PSH as in TCP's, of those that joined, and */
#define HELD_PADDED 0x02 /* there is Ethernet padding behind the only packet */
#define HELD_SUMS 0x10	 /* the payload sum of every mbuf is known */
#define HELD_ACCECN 0x20 /* CWR is set in all */
#define HELD_COUNTS 0x40 /* IPv4 IDs count; the outermost; shifted by one, the other's */
#define HELD_END (CLEAVE_TCP_FIN | CLEAVE_TCP_PSH)

/* Where the L4 header is, where it ends, whether tags were stripped, and whether it is TCP. */
#define HELD_SHAPE(l4_off, hdr_len, tags, tcp)                                                     \
	((uint32_t)(l4_off) << 16 | (hdr_len) | ((tags) ? UINT32_C(1) << 31 : 0) |                 \
		((tcp) ? UINT32_C(1) << 30 : 0))

/* What a held packet consists of, in one word: bytes of payload, packets, mbufs, 16 bits each. */
#define HELD_COUNT(bytes, pkts, mbufs)                                                             \
	((uint64_t)(bytes) | (uint64_t)(pkts) << 16 | (uint64_t)(mbufs) << 32)

/* A packet that waits for more: one cache line, which is all of it that a packet has to be compared
 * with but the headers. Nothing else of what it is was remembered: it can be walked again. */
struct held {
	const uint8_t *hdr; /* the first packet's headers */
	struct rte_mbuf *tail, *head;
	uint64_t count;	   /* HELD_COUNT() */
	uint32_t next_seq; /* TCP: of what comes next, host order */
	uint32_t shape;	   /* HELD_SHAPE(); 0: nothing is held here */
	union {
		uint32_t since; /* TSC >> GRO_TICK */
		uint32_t slot;	/* without a timeout: its place among what leaves */
	};
	uint32_t at;	   /* which place in the order of arrival it has */
	uint32_t home;	   /* the bucket that its hash says, be it there or in the other */
	uint16_t rest_sum; /* of pseudo-header and L4 header without what differs */
	uint16_t port;	   /* of the mbufs */
	uint16_t mss;	   /* payload of the first one */
	uint16_t id[2];	   /* IPv4 IDs: of the only packet, or that the next one has to have */
	uint8_t flags;	   /* HELD_* */
	uint8_t pair;	   /* which of pairs[] counts it */
} __rte_cache_aligned;

static_assert(sizeof(struct held) == 64, "a held packet is not a cache line");

static inline uint32_t
held_l4_off(const struct held *h)
{
	return h->shape >> 16 & 0x3fff;
}

static inline uint32_t
held_hdr_len(const struct held *h)
{
	return (uint16_t)h->shape;
}

static inline bool
held_is_tcp(const struct held *h)
{
	return h->shape >> 30 & 1;
}

static inline uint32_t
held_bytes(const struct held *h)
{
	return (uint16_t)h->count;
}

static inline uint32_t
held_pkts(const struct held *h)
{
	return (uint16_t)(h->count >> 16);
}

static inline uint32_t
held_mbufs(const struct held *h)
{
	return (uint16_t)(h->count >> 32);
}

/* A bucket's tags; 0: nothing is held there. */
struct bucket {
	uint16_t tag[GRO_WAYS];
} __rte_aligned(16);

struct cleave_gro {
	struct bucket *buckets;
	uint32_t *over;	   /* how many held packets have no place in their home */
	struct held *held; /* GRO_WAYS for each bucket, in the same order */
	uint64_t mask;	   /* of the buckets */
	uint64_t seed[4];
	uint32_t timeout; /* in ticks; 0: to the end of the burst */
	bool back;	  /* the clock went back: nothing waits any more */
	uint64_t now;	  /* it was */
	uint32_t *order;  /* which are held, in the order of their arrival; GRO_NONE: has left */
	uint32_t order_mask;
	uint32_t first, end; /* places in it, which count on */
	uint32_t nb_held, most_held;
	uint32_t added;	 /* how many were held ever */
	int meta_offset; /* cleave_meta_offset */
	uint16_t flags, udp_segs, max_mbufs;
	uint32_t max_len; /* of a merged packet */
	struct cleave_gro_stats stats;
	uint32_t pairs[GRO_PAIRS];
};

/* A packet that came. pass: CLEAVE_GRO_PASS_HEAD where it may be merged, else why not. */
struct arrival {
	struct rte_mbuf *m;
	uint64_t hash;
	uint8_t pass;
	bool has_flow; /* one that may have a packet held; hash is set */
	bool related;  /* to flows that it does not name: a fragment, or not understood */
	struct cleave_pkt pkt;
};

/* Where packets that leave go. */
struct sink {
	struct rte_mbuf **out;
	uint32_t n, room;
	uint32_t need;	   /* places that have to be left for one more packet */
	uint32_t passed;   /* packets that were not appended to others */
	struct held *last; /* what the last packet was merged into, or held as */
	uint32_t added;	   /* g->added, when the chunk was looked up */
};

static inline uint32_t
held_index(const struct cleave_gro *g, const struct held *h)
{
	return (uint32_t)(h - g->held);
}

/* gro.c. A held packet leaves: to the place that was kept for it where there is no timeout. */
void leave(struct cleave_gro *g, struct sink *to, struct held *h, enum cleave_gro_flush why);

/* take.c. A packet that does not just continue what is held. false: it has not been taken, for want of
 * room. */
bool take(struct cleave_gro *g, struct sink *to, struct rte_mbuf *m, uint64_t now);

/* table.c (table.h has what is done for every packet). The oldest in a hash's home, which is full. */
struct held *table_oldest_in(const struct cleave_gro *g, uint64_t hash);
/* Make room in the order of arrival, which is full of those that have left. */
void table_order_again(struct cleave_gro *g);

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
/* Append it. Precondition: rules.h says that it may be. */
void merge_append(struct held *h, const struct arrival *a, const struct sums *s);
/* The first packet without Ethernet padding, before another is appended. */
void merge_trim_head(struct held *h);
/* Complete its headers and its mbuf; it is a merged packet now, if it is more than one. */
struct rte_mbuf *merge_complete(struct cleave_gro *g, struct held *h);

#endif
