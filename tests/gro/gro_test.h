/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the GRO tests share: frames as a port receives them (gro_frames.c, gro_key.c), a run of them
 * through cleave_gro_burst() (gro_run.c), and the judge of what left (gro_judge.c, gro_rules.c,
 * gro_merged.c), which is SEMANTICS.md part 3 with nothing of lib/gro in it. Neighbours: ../pkt.h,
 * ../gso/gso_test.h.
 */
#ifndef TESTS_GRO_TEST_H
#define TESTS_GRO_TEST_H

#include "../gso/gso_test.h"
#include "cleave_gro.h"

#define GRO_FRAMES_MAX 4096
#define GRO_KEY_MAX 640
#define GRO_TUPLE_MAX 80

/** What a port may say that it did not say anything of. */
#define GRO_GOOD (RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD)
#define GRO_MARKS (RTE_MBUF_F_RX_LRO | RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG)

/** Whether a frame may be merged. */
enum gro_verdict {
	GRO_JUDGED, /**< by its bytes, marks and mbufs */
	GRO_NEVER,  /**< the test knows that it is not */
	GRO_MAYBE,  /**< SEMANTICS.md does not say */
	GRO_YES,
};

/** A received frame. All but p may be changed before it is fed, the bytes of p too. */
struct gro_frame {
	struct pkt p;
	uint64_t ol_flags;
	uint32_t packet_type;
	uint16_t port, vlan_tci, vlan_tci_outer, tso_segsz;
	enum gso_input kind;
	uint16_t pieces[2]; /* bytes of the first and of each further mbuf; 0: as fits */
	enum gro_verdict verdict;
	bool stray; /* of no flow that its headers tell */

	/* The run's and the judge's own. */
	struct gso_packet *g; /* of other kinds than GSO_PLAIN */
	struct rte_mbuf *m;
	uint16_t nb_mbufs;
	uint64_t now;	    /* when it was fed */
	unsigned int epoch; /* nothing is merged across two of them */
	uint8_t key[GRO_KEY_MAX];
	unsigned int key_len;
	uint8_t tuple[GRO_TUPLE_MAX]; /* hosts and ports alone */
	unsigned int tuple_len;
	bool wild;	   /* a fragment: of all flows whose keys begin like this */
	unsigned int flow; /* first frame with the same key */
	int super;	   /* first frame of the packet in which it left, -1: it did not yet */
	unsigned int pos;  /* of all frames, in the order in which they left */
};

/** The run of one test case. */
struct gro_run {
	struct cleave_gro_conf conf; /* to be changed before the first frame is fed */
	bool in_place;		     /* out is pkts */
	bool loose;		     /* what could have been merged does not matter */
	bool lies;    /* checksums said to be good are wrong: sums are as pretended */
	uint16_t cut; /* further CLEAVE_GSO_* of the cut */
	uint64_t now;

	struct cleave_gro *gro;
	struct gro_frame f[GRO_FRAMES_MAX];
	unsigned int nb, fed;
	struct rte_mbuf *out[2 * GRO_FRAMES_MAX];
	unsigned int nb_out;
	unsigned int epoch;
	struct cleave_gro_stats stats; /* behind gro_end() */
	unsigned int supers;
};

extern struct gro_run gro;

/** Pools, once for a suite. */
int gro_setup(void);

/** A new run; flags: CLEAVE_GRO_*. Ends the last one, whatever came of it. */
void gro_begin(uint16_t flags);

/** One more frame, of an unknown checksum; NULL: no memory. */
struct gro_frame *gro_add(const struct pkt_spec *s);

/** Move on to the description of the flow's next frame. */
void gro_next(struct pkt_spec *s, int id_step, int outer_id_step);

/** n frames in sequence, whose IDs count; the first one's index, s is moved on. */
unsigned int gro_train(struct pkt_spec *s, unsigned int n);

/** Make the checksums of a frame right again after its bytes were changed. */
void gro_fix(struct gro_frame *f);

/** Put bytes between, e.g. VLAN tags or options: all that lies behind moves up. Not fixed. */
int gro_insert(struct gro_frame *f, uint16_t off, const void *data, uint16_t len);

/** Feed the next n frames as a burst, room for as many as may leave. */
int gro_feed(unsigned int n);

/** The same with little room: how many were taken, or -1. */
int gro_feed_room(unsigned int n, unsigned int room);

/** Time passes. */
void gro_wait(uint64_t us);

/** Take what is held. */
int gro_flush(void);

/**
 * Feed what is left as one burst, take what is held, judge all that left, count mbufs. want: a
 * letter a frame, the same one for frames that leave as one packet; NULL: as the judge says.
 */
int gro_end(const char *want);

/** Is that what became of the frames? */
bool gro_groups(const char *want);

/* Inside of the judge. */

/** What was wrong, of the last verdict. */
extern const char *gro_why;

/** Is the L4 checksum that of the bytes? */
bool gro_cksum_right(const struct gro_frame *f);

/** Fill in a frame's key. */
void gro_key(struct gro_frame *f);

/** May a frame be merged with any other? */
enum gro_verdict gro_candidate(const struct gro_frame *f);

/** May S leave in the packet of the frames g[0] to g[n-1]? GRO_MAYBE: by limits that are not named. */
enum gro_verdict gro_fits(
	const struct gro_frame *const *g, unsigned int n, const struct gro_frame *s);

/** Whether the packet is what n frames merged have to be, but for its payload. 0 or -1. */
int gro_merged(const struct rte_mbuf *m, const struct gro_frame *const *g, unsigned int n);

/** All that left, against what came. */
int gro_judge(void);

/* A change of a frame's bytes, and what becomes of a train of four. */
enum gro_base { GRO_L2, GRO_OUTER, GRO_TUNNEL, GRO_INNER_MAC, GRO_IP, GRO_L4, GRO_DATA };

struct gro_edit {
	const char *name;
	enum gro_base base;
	uint16_t off;
	uint8_t flip;	  /* bits */
	const char *once; /* of the third frame; NULL: not tried */
	const char *on;	  /* of the third and the fourth */
	int pass;	  /* enum cleave_gro_pass that counts the third one, once; -1: none */
	bool raw;	  /* checksums stay as they were */
};

/** A line about a frame, for who has to find out. */
void gro_show(const struct gro_frame *f);

/** Where a base is in a frame. */
uint16_t gro_base(const struct gro_frame *f, enum gro_base base);

/** Try them all on trains of frames of this description, and the train unchanged. */
int gro_edits(const struct pkt_spec *s, const struct gro_edit *e, unsigned int nb);

#endif
