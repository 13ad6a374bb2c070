/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside of the judge: the frames as they have to be. Neighbours: check.c compares them with what
 * came out; model.c (L4 segments), model_frag.c (fragments), model_util.c.
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include "check.h"

#define MODEL_HDR_MAX 1024
#define MODEL_FRAME_MAX (65535 + MODEL_HDR_MAX)
#define MODEL_MARKS 24

/* Besides the value that is written down, a field may be */
enum model_or {
	MODEL_EXACT,
	MODEL_OR_ZERO,	   /* 0, which the port overwrites */
	MODEL_OR_SAME_SUM, /* the other zero of one's complement */
};

/* A field with a name. */
struct model_mark {
	uint32_t off;
	uint8_t len;
	uint8_t or ;
	const char *name;
};

struct model_frame {
	uint8_t data[MODEL_FRAME_MAX];
	uint32_t len;
	unsigned int nb_marks;
	struct model_mark mark[MODEL_MARKS];
};

/* A packet, and how it is cut. */
struct model {
	const struct check_in *in;
	const struct cleave_gso_req *req;
	struct cleave_pkt at;	    /* as in.at, of hdr: jumbo options are gone */
	uint8_t hdr[MODEL_HDR_MAX]; /* headers of the segments before anything is counted */
	uint32_t end;		    /* behind the last byte of the IP packet, in the input */
	uint16_t flags;		    /* of the request, as far as they hold of this packet */
	unsigned int nb;	    /* frames */
};

/* 0: not a packet for this type. */
unsigned int model_init(
	struct model *m, const struct check_in *in, const struct cleave_gso_req *req);

/* Frame i. */
void model_segment(const struct model *m, unsigned int i, struct model_frame *f);
void model_fragment(const struct model *m, unsigned int i, struct model_frame *f);
unsigned int model_nb_fragments(const struct model *m);

/* Write a field and name it. */
void model_put16(
	struct model_frame *f, uint32_t off, uint16_t v, const char *name, enum model_or or);
void model_put32(struct model_frame *f, uint32_t off, uint32_t v, const char *name);

/* IPv4 length and header checksum, or IPv6 length, of a frame that is otherwise complete. */
void model_put_ip(struct model_frame *f, const struct cleave_ip *ip, bool hw_cksum);

/* Checksum of UDP or TCP, 0xffff for 0 where that means none. */
uint16_t model_l4_cksum(uint8_t proto, uint16_t sum);

/* RFC 9260 appendix A, a bit at a time. */
uint32_t model_crc32c(const uint8_t *p, uint32_t len);

#endif
