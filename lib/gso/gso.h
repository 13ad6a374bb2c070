/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A packet on its way through the cutting: split.c makes segments and knows no protocol, patch.c
 * and the shapes (tcp.c) write their headers. Neighbours: gso.c leads it through.
 */
#ifndef CLEAVE_GSO_PRIVATE_H
#define CLEAVE_GSO_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "cleave_config.h"
#include "cleave_gso.h"
#include "put.h"

/* An IP header as all segments have it: what patch_prepare() found. */
struct ip_base {
	uint16_t id;  /* of the first segment, host order */
	uint16_t sum; /* of the IPv4 header without length, ID and checksum */
};

/* The L4 header as all segments have it. */
struct l4_base {
	uint32_t seq;	       /* of the first segment, host order */
	uint16_t sum;	       /* of header and pseudo-header, without what changes */
	uint16_t pseudo;       /* of the pseudo-header, without the length */
	uint16_t first_clear;  /* bits of the 16-bit flag word that the first segment loses, */
	uint16_t middle_clear; /* those that the middle ones lose, */
	uint16_t last_clear;   /* and the last one */
	uint16_t flags;	       /* the flag word of the packet, host order */
	uint16_t verify;       /* sum of header and pseudo-header as they came */
};

struct cut {
	struct rte_mbuf *m;
	const struct cleave_pkt *pkt;
	const struct cleave_gso_req *req;
	const struct cleave_gso_pools *pools;
	const struct shape *shape;
	uint16_t hdr_len;
	uint16_t mss; /* payload of every segment but the last */
	uint16_t n;   /* segments */
	bool sums;    /* software checksums: split fills sum[] */
	struct ip_base ip[2];
	struct l4_base l4;
	uint8_t hdr[CLEAVE_HDR_MAX];	   /* the headers, contiguous */
	uint16_t sum[CLEAVE_GSO_SEGS_MAX]; /* of each segment's payload */
};

/* What is particular to cutting one L4 protocol. */
struct shape {
	/* Fill c->l4 from c->hdr. 0 or -errno. */
	int (*prepare)(struct cut *c);
	/* Write the L4 header of segment i, len bytes of payload, at hdr (the whole headers). */
	void (*patch)(const struct cut *c, uint8_t *hdr, unsigned int i, uint32_t len);
	uint64_t mbuf_cksum; /* RTE_MBUF_F_TX_*_CKSUM that leaves the checksum to the port */
};

extern const struct shape shape_tcp;

/* Payload bytes of segment i. */
static inline uint32_t
cut_len(const struct cut *c, unsigned int i)
{
	return i + 1u < c->n ? c->mss : c->pkt->payload_len - (c->n - 1u) * c->mss;
}

/* split.c: make the c->n segments of the payload, headers copied from c->hdr, metadata of the
 * mbuf carried over, sums filled where wanted. The input stays as it is. 0, -ENOMEM, -EMSGSIZE. */
int split_scatter(struct cut *c, struct rte_mbuf **out);
int split_linear(struct cut *c, struct rte_mbuf **out);
/* The most mbufs that a scatter-gather segment would have; *slices: indirect mbufs in all. */
unsigned int split_pieces(const struct cut *c, uint32_t *slices);

/* patch.c */
void patch_prepare(struct cut *c);
void patch_segment(const struct cut *c, struct rte_mbuf *seg, unsigned int i);

#endif
