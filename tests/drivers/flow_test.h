/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the tests of net_vtap's flow rules and RSS share: a port whose interface frames are put on, frames
 * of which every field is known, rules, and what must become of a frame. Neighbours: flow_port.c,
 * flow_frame.c, flow_rule.c, flow_judge.c; test_vtap_flow.c, test_vtap_rss.c and test_vtap_flow_api.c.
 */
#ifndef TESTS_FLOW_TEST_H
#define TESTS_FLOW_TEST_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>
#include <rte_flow.h>

/* Headers, in the order in which they follow each other. */
enum flow_kind {
	FLOW_ETH,
	FLOW_VLAN,
	FLOW_IP4,
	FLOW_IP6,
	FLOW_TCP,
	FLOW_UDP,
	FLOW_SCTP,
	FLOW_ICMP,
	FLOW_ICMP6,
	FLOW_KINDS,
	FLOW_NONE = FLOW_KINDS,
};

#define FLOW_FIELDS_MAX 12

/* A field: where it is in its header, by the RFC, and whether a rule without mask compares it. */
struct flow_field {
	const char *name;
	uint8_t off, bytes;
	uint64_t mask; /* the default one, as rte_flow's guide says */
};

struct flow_header {
	const char *name;
	enum rte_flow_item_type type;
	uint8_t item; /* bytes of rte_flow's structure */
	uint8_t nb;
	struct flow_field fields[FLOW_FIELDS_MAX];
};
extern const struct flow_header flow_headers[FLOW_KINDS];

/* What is in a header, as numbers. */
struct flow_values {
	enum flow_kind kind;
	uint64_t v[FLOW_FIELDS_MAX];
};

#define FLOW_TAGS_MAX 3
#define FLOW_FRAME_MAX 512

struct flow_frame {
	uint8_t data[FLOW_FRAME_MAX];
	uint16_t len;
	uint8_t nb_tags, proto; /* proto: after all extension headers */
	struct flow_values eth, tags[FLOW_TAGS_MAX], ip, l4; /* FLOW_NONE: there is none */
	bool fragment;					     /* of any kind, the first one too */
	bool out_of_frame; /* to be sent so that the kernel holds the outer tag apart */
};

/** A frame in which all is random, its last four bytes a serial number. */
void flow_frame_make(struct flow_frame *f, uint32_t serial, uint32_t *seed);
/** TCP over IPv4 with these addresses and ports. */
void flow_frame_tcp4(struct flow_frame *f, uint32_t serial, uint32_t src, uint32_t dst,
	uint16_t sport, uint16_t dport);
uint32_t flow_frame_serial(const void *data, uint32_t len);

/* One thing that a rule wants of a header. */
struct flow_item {
	enum flow_kind kind;
	bool spec;	    /* false: the header is there, no more */
	bool default_mask;  /* mask NULL; m holds what that means */
	bool last;	    /* that says the same as spec */
	int8_t tag_follows; /* has_vlan, has_more_vlan: 0, 1 or FLOW_ANY */
	uint64_t v[FLOW_FIELDS_MAX], m[FLOW_FIELDS_MAX];
};

#define FLOW_ANY (-1)
#define FLOW_ITEMS_MAX 5
#define FLOW_RULES_MAX 64
#define FLOW_QUEUES_MAX 8

struct flow_rule {
	uint32_t priority;
	unsigned int nb;
	struct flow_item items[FLOW_ITEMS_MAX];
	enum rte_flow_action_type action;
	uint16_t queue;
	uint64_t types; /* of RSS */
	uint16_t queues[FLOW_QUEUES_MAX], nb_queues;
	bool count;
	struct rte_flow *handle;
	/* of those frames that the rule must have got, and of those that it may have got */
	uint64_t hits, bytes, hits_max, bytes_max;
};

/** A random rule, most of it true of this frame. */
void flow_rule_make(
	struct flow_rule *r, const struct flow_frame *f, uint16_t nb_queues, uint32_t *seed);
/** Creates it. NULL: error says why. */
struct rte_flow *flow_rule_create(
	uint16_t port, const struct flow_rule *r, uint32_t *seed, struct rte_flow_error *error);
void flow_rule_print(const struct flow_rule *r);
void flow_frame_print(const struct flow_frame *f);

/* What the port is told beside rules. */
struct flow_rss {
	uint8_t key[40];
	bool defaults; /* no key and no table are given */
	uint64_t types;
	uint16_t reta[128];
};

/** The RSS hash of a frame. */
uint32_t flow_judge_hash(const struct flow_frame *f, const struct flow_rss *rss, uint64_t types);
/** The queues that a frame may arrive in, a bit each, and FLOW_DROPPED. Counts in the rules. */
#define FLOW_DROPPED (1u << 31)
uint32_t flow_judge(const struct flow_frame *f, struct flow_rule *rules, unsigned int nb,
	const struct flow_rss *rss, bool isolated);

/* The port of the test: in a network namespace of this thread's own, so nobody else sends. */
struct flow_port {
	uint16_t id, nb_queues;
	unsigned int ifindex, veth; /* veth 0: there is no bridge */
	int raw;
};
extern struct flow_port flow_port;

/** Make it. TEST_SKIPPED if there is no TUN, or no bpf(2), or no root. */
int flow_port_open(void);
void flow_port_close(void);
/** Configure and start it, with RSS if there is any to be. */
int flow_port_start(uint16_t nb_queues, const struct flow_rss *rss, uint64_t rx_offloads);
/** Tell it a table, while it runs. */
int flow_port_reta(const struct flow_rss *rss);
/** 0, or -errno. */
int flow_port_send(const struct flow_frame *f);
/** Frames that the kernel counts as not delivered. */
uint64_t flow_port_dropped(void);

#define FLOW_LOST (-1)
#define FLOW_TWICE (-2)
/** What came, until nb frames did, or nothing does for ms milliseconds: queue[serial - first], or FLOW_LOST.
 *  FLOW_TWICE: or with other bytes than the frames[] that were sent (NULL: not looked at). The number. */
unsigned int flow_port_receive(int *queue, uint32_t first, unsigned int max, unsigned int nb,
	const struct flow_frame *frames, unsigned int ms);
/** Forget all rules. */
void flow_port_forget(void);
/** Drop what waits. */
void flow_port_drain(void);
/** Open files of this process. */
unsigned int flow_port_files(void);

#endif
