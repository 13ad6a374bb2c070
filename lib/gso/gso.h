/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A packet on its way through the cutting. gso.c leads it: the type (tcp.c, udp.c, fragment.c) and
 * headers.c make header templates, split.c looks at the chain and sums it, and one of three ways
 * (unchain.c, scatter.c, linear.c) makes the segments by segment.h, knowing no protocol.
 */
#ifndef CLEAVE_GSO_PRIVATE_H
#define CLEAVE_GSO_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include "cleave_config.h"
#include "cleave_gso.h"
#include "put.h"

/* A 16-bit field of the headers that counts up from segment to segment, and the IPv4 header
 * checksum that covers it. */
struct edit {
	uint16_t off;
	uint16_t cksum; /* where the checksum is; 0: none, or the port's */
	uint16_t step;
	uint16_t base; /* of segment 0, host order */
	uint16_t sum;  /* under the checksum without the field */
};

/* The headers as the segments have them: complete but for the edits, and sequence number and
 * checksum of L4. */
struct tmpl {
	uint32_t len; /* payload bytes behind them */
	uint16_t hdr_len;
	uint16_t nb_edits;
	uint16_t l4_sum; /* under the L4 checksum, without payload and sequence number */
	struct edit edit[2];
	uint8_t hdr[CLEAVE_HDR_MAX];
};

/* Which segments a template is for; ONLY: of a packet that is not cut. */
enum which { FIRST, MIDDLE, LAST, ONLY, NB_WHICH };

/* cut_prepare() sets what has to have a value in any case; the type's measure() sets flags, skip,
 * payload, lead, nb_ip and mss, its headers() all about the templates; sum[] is set where sums. */
struct cut {
	struct rte_mbuf *m;
	const struct cleave_pkt *pkt;
	const struct cleave_gso_req *req;
	const struct cleave_gso_pools *pools;

	uint16_t flags;	      /* of the request, those that apply */
	uint32_t skip;	      /* where the payload starts in the packet */
	uint32_t payload_len; /* bytes */
	uint16_t mss;	      /* of these in every segment but the last */
	uint16_t lead;	      /* of these that the first segment's headers hold */
	uint16_t next_off;    /* fragments of IPv6: where the type of what follows is said */
	uint16_t n;	      /* segments */

	/* what is written into each segment's headers beyond the template; offsets, 0: nothing */
	uint16_t seq_off;   /* the TCP sequence number */
	uint16_t cksum_off; /* a checksum over all of its payload */
	uint16_t zero_as;   /* what a checksum of 0 is written as */
	uint32_t seq;	    /* of the first segment, host order */
	bool sums;	    /* sum[] is needed */

	/* what the templates are made from (headers.c) */
	unsigned int nb_ip;
	uint16_t ip_sum[2];	  /* of the IPv4 header without what changes */
	uint16_t ip_id[2];	  /* of the first segment, host order */
	uint16_t outer_cksum;	  /* offset of a tunnel's checksum; 0: none */
	uint16_t outer_sum;	  /* under the outer checksum, without what changes */
	uint16_t l4_sum;	  /* of the L4 header without what changes */
	uint16_t pseudo;	  /* of its pseudo-header, without the length */
	uint16_t verify;	  /* of header and pseudo-header as they came */
	uint16_t tcp_flags;	  /* the 16-bit word with the data offset, as it came */
	uint16_t clear[NB_WHICH]; /* bits of that which such segments lose */

	const struct tmpl *first, *middle, *last;
	struct tmpl tmpl[3];

	struct rte_mbuf proto; /* a new mbuf that says of the packet what the segments' say */

	struct cleave_pkt own;		   /* where the packet is not quite what was walked */
	uint16_t sum[CLEAVE_GSO_SEGS_MAX]; /* of each segment's payload */
};

/* An L4 protocol. */
struct shape {
	uint8_t proto;
	uint16_t cksum_off;  /* of the checksum in its header */
	uint16_t zero_as;    /* what a checksum of 0 is written as */
	uint64_t mbuf_cksum; /* RTE_MBUF_F_TX_*_CKSUM that leaves it to the port */
	/* Note what changes per segment of the header at hdr. Returns what takes it out of the sum
	 * over the header. */
	uint64_t (*prepare)(struct cut *c, const uint8_t *hdr);
	/* Write what depends on the length (header and payload) and on which segment it is. Returns
	 * the sum of what was written. */
	uint16_t (*finish)(const struct cut *c, uint8_t *hdr, uint32_t len, enum which which);
};

extern const struct shape shape_tcp, shape_udp;

/* gso.c: everything about a packet but its segments. 0, or an error of cleave_gso_segment(). */
int cut_prepare(struct cut *c, struct rte_mbuf *m, const struct cleave_pkt *pkt,
	const struct cleave_gso_req *req, const struct cleave_gso_pools *pools, uint32_t nb_out);

/* headers.c: make the templates of such a packet, whose positions and payload are known. */
int headers_l4(struct cut *c, const struct shape *shape);
/* The packet's first bytes as a template's headers. */
int headers_read(struct cut *c, struct tmpl *t, uint16_t len);
void headers_copy(struct tmpl *to, const struct tmpl *from);
/* Sum up an IPv4 header without its length, checksum and a 16-bit field that changes, too. Returns
 * that field; 0 of IPv6. */
uint16_t headers_take_ip(
	struct cut *c, const struct tmpl *t, unsigned int level, unsigned int field);
/* Length and checksum of an IP header for t->len bytes of payload. e: the field that was taken out;
 * off 0: there is none, step 0: it is the same in all segments. */
void headers_finish_ip(const struct cut *c, struct tmpl *t, unsigned int level, struct edit e);
/* What the mbufs of the segments say. In a tunnel, what is left to the port are the inner headers,
 * and all before them is its l2_len. */
int headers_mbuf(struct cut *c, uint64_t l4_cksum, uint32_t l4_len);

/* jumbo.c: the headers of a BIG TCP packet without its jumbo options; c->pkt is one of its own then. */
void jumbo_remove(struct cut *c, struct tmpl *t);

/* fragment.c: where the cut is, and in how large pieces; then the templates. 0, -errno. */
int fragment_measure(struct cut *c);
int fragment_headers(struct cut *c);

/* split.c: the sums of the segments' payload, by reading it. */
void split_sums(struct cut *c);
/* Is the packet's own checksum right? */
bool split_verify(const struct cut *c);
/* The most mbufs that a scatter-gather segment would have. */
unsigned int split_pieces(const struct cut *c);

/* The three ways. unchain_fits(): whether it can be done, and then it cannot fail. The others leave
 * the input as it was when they fail: -ENOMEM, -EMSGSIZE. */
bool unchain_fits(const struct cut *c);
void unchain(const struct cut *c, struct rte_mbuf **out);
int scatter(struct cut *c, struct rte_mbuf **out);
int linear(struct cut *c, struct rte_mbuf **out);

/* The template of segment i. */
static inline const struct tmpl *
cut_tmpl(const struct cut *c, unsigned int i)
{
	return i == 0 ? c->first : i + 1u < c->n ? c->middle : c->last;
}

/* The end of the run of segments that begins with segment i and has one template. */
static inline unsigned int
cut_run(const struct cut *c, unsigned int i)
{
	return i == 0 && c->first != c->middle	       ? 1
	       : i + 1u < c->n && c->last != c->middle ? c->n - 1u
						       : c->n;
}

/* A place in the payload of a chain. */
struct cursor {
	const struct rte_mbuf *m;
	uint32_t off;
};

/* Where the payload starts that is not in a template. */
static inline struct cursor
cursor_start(const struct cut *c)
{
	struct cursor at = {c->m, c->skip + c->lead};

	while (at.off >= at.m->data_len && at.m->next != NULL) {
		at.off -= at.m->data_len;
		at.m = at.m->next;
	}
	return at;
}

/* The next contiguous piece, at most len bytes; moves on. Precondition: the chain has len more. */
static inline uint32_t
cursor_next(struct cursor *at, uint32_t len, struct cursor *piece)
{
	uint32_t n;

	while (at->off == at->m->data_len) {
		at->m = at->m->next;
		at->off = 0;
	}
	*piece = *at;
	n = RTE_MIN(len, at->m->data_len - at->off);
	at->off += n;
	return n;
}

#endif
