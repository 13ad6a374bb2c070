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
#include "words.h"

/* What is written into the headers of a segment beyond the template (segment.h). A way hands this to
 * write_headers() as a constant where it has an instance of its loop for such headers. */
#define WRITE_TCP 1u
#define WRITE_UDP 2u
#define WRITE_CKSUM 4u /* complete, in one of the two */
#define WRITE_OUTER 8u /* a checksum elsewhere, over all */
#define WRITE_COUNTER 16u
#define WRITE_SECOND 32u /* counter */
#define WRITE_TCP4 (WRITE_TCP | WRITE_COUNTER)
#define WRITE_TCP4_CKSUM (WRITE_TCP4 | WRITE_CKSUM)
#define WRITE_TUNNEL4 (WRITE_TCP4 | WRITE_SECOND)

/* The fields of an L4 header that differ between segments, but for TCP's sequence number, lie in one
 * word of 8 or 4 bytes, which is written at once. */
#define IP4_CKSUM 10
#define TCP_SEQ 4
#define TCP_CKSUM 16
#define TCP_WORD 12	  /* data offset, flags, window, checksum, urgent pointer */
#define TCP_WORD_CKSUM 32 /* the bits of it before the checksum */
#define UDP_LEN 4
#define UDP_CKSUM 6
#define UDP_WORD 4 /* length, checksum */
#define UDP_WORD_CKSUM 16

/* A 16-bit field of the headers that counts up from segment to segment (by 0: it is the same in all of
 * one template), written together with the two bytes before it, and the IPv4 header checksum that
 * covers both. */
struct edit {
	uint32_t off;
	uint32_t cksum; /* where the checksum is; 0: none */
	uint32_t keep;	/* mask of it: 0 where it is the port's */
	uint32_t step;
	uint32_t base;	 /* of segment 0, host order */
	uint32_t before; /* the two bytes, as on the wire */
	uint32_t sum;	 /* under the checksum without the field, 16 bits */
};

/* What segments of one length and one place have in their headers: hdr, complete but for the edits,
 * and of L4 the sequence number and word. Plain TCP and UDP need no headers but the packet's own. */
struct tmpl {
	uint32_t len; /* payload bytes behind them */
	uint32_t hdr_len;
	uint32_t l4_sum;  /* under the L4 checksum, without payload and sequence number */
	uint64_t l4_word; /* TCP_WORD or UDP_WORD; its checksum as far as it is known */
	struct edit edit[2];
	const uint8_t *hdr;
	uint8_t buf[CLEAVE_HDR_MAX]; /* where they are its own */
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

	/* what is written into each segment's headers beyond the template */
	uint32_t what;	    /* WRITE_* */
	uint32_t seq;	    /* of the first segment, host order */
	uint16_t cksum_off; /* a checksum over all of its payload; 0: none */
	bool sums;	    /* sum[] is needed */

	/* what the templates are made from (headers.c) */
	unsigned int nb_ip;
	uint16_t ip_sum[2];	  /* of the IPv4 header without what changes */
	uint16_t ip_id[2];	  /* of the first segment, host order */
	uint16_t outer_cksum;	  /* offset of a tunnel's checksum; 0: none */
	uint16_t outer_sum;	  /* under the outer checksum, without what changes */
	uint32_t l4_sum;	  /* of the L4 header and pseudo-header without what changes */
	uint16_t pseudo;	  /* of the pseudo-header, without the length */
	uint16_t verify;	  /* of header and pseudo-header as they came */
	uint64_t tcp_word;	  /* TCP_WORD as it came, without what changes */
	uint16_t tcp_flags;	  /* the 16-bit word with the data offset, as it came */
	uint16_t clear[NB_WHICH]; /* bits of that which such segments lose */

	const struct tmpl *first, *middle, *last;
	struct tmpl tmpl[3];

	struct mbuf_words mbuf; /* of the segments' first ones */

	struct cleave_pkt own;		   /* where the packet is not quite what was walked */
	uint16_t sum[CLEAVE_GSO_SEGS_MAX]; /* of each segment's payload */
};

/* The L4 protocols: their templates (l4.h, tcp.c, udp.c). 0, or an error of cleave_gso_segment(). */
int tcp_headers(struct cut *c);
int udp_headers(struct cut *c);

/* gso.c: everything about a packet but its segments. 0, or an error of cleave_gso_segment(). */
int cut_prepare(struct cut *c, struct rte_mbuf *m, const struct cleave_pkt *pkt,
	const struct cleave_gso_req *req, const struct cleave_gso_pools *pools, uint32_t nb_out);

/* headers.c. The packet's first bytes as a template's headers: own, a copy of them. */
int headers_read(struct cut *c, struct tmpl *t, uint16_t len, bool own);
void headers_copy(struct tmpl *to, const struct tmpl *from);
/* The sum of an IPv4 header without its length and checksum, and a 16-bit field that changes, too. */
uint16_t headers_sum_ip4(const uint8_t *hdr, const struct cleave_ip *ip, unsigned int field);
/* A tunnel's checksum: where it is, what it is the sum of; then in a template, whose inner
 * pseudo-header sums up to pseudo. */
void headers_take_outer(struct cut *c, const struct tmpl *t);
void headers_finish_outer(struct cut *c, struct tmpl *t, uint16_t pseudo);
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
