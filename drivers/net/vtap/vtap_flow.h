/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the kernel does with frames before it queues them: flow rules (rte_flow) and RSS. vtap_flow.c has the
 * rules, vtap_pattern.c and vtap_actions.c make them of what the application says, vtap_rss.c has hash and redirection
 * table, vtap_steer.c gives all of it to the kernel. Neighbour: vtap.h.
 */
#ifndef VTAP_FLOW_H
#define VTAP_FLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <rte_flow.h>

#include "vtap_steer.h"

#pragma GCC visibility push(hidden)

/* A rule as the application made it, and as the kernel gets it. */
struct rte_flow {
	TAILQ_ENTRY(rte_flow) next;
	uint32_t priority;
	uint64_t types;		  /* RSS: what is hashed, RTE_ETH_RSS_*; 0: as the port's */
	uint16_t top_queue;	  /* the highest number of a queue that frames are steered to */
	struct vtap_counter zero; /* what the counter said when it was last reset */
	struct vtap_rule rule;
};

struct vtap_rss {
	bool on; /* configured: frames are spread by hash, not as the kernel likes */
	uint64_t types;
	uint8_t key[VTAP_RSS_KEY], reta[VTAP_RETA];
};

struct vtap_steering {
	bool able;    /* the kernel takes programs */
	bool isolate; /* what no rule fits is dropped */
	int counters; /* the rules' counters in the kernel, or -1 */
	struct vtap_rss rss;
	TAILQ_HEAD(, rte_flow) flows; /* by priority */
	uint16_t nb_flows;
};

#define VTAP_RSS_IPV4                                                                              \
	(RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP |                 \
		RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV4_SCTP |                     \
		RTE_ETH_RSS_NONFRAG_IPV4_OTHER)
#define VTAP_RSS_IPV6                                                                              \
	(RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_FRAG_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_TCP |                 \
		RTE_ETH_RSS_NONFRAG_IPV6_UDP | RTE_ETH_RSS_NONFRAG_IPV6_SCTP |                     \
		RTE_ETH_RSS_NONFRAG_IPV6_OTHER)
#define VTAP_RSS_TYPES (VTAP_RSS_IPV4 | VTAP_RSS_IPV6)

struct rte_eth_dev;
struct rte_eth_dev_info;
struct rte_eth_rss_conf;
struct rte_eth_rss_reta_entry64;
struct vtap_port;

/* vtap_steer.c. What stands in the port is given to the kernel; 0 or -errno. */
int vtap_steer_apply(struct vtap_port *port);
void vtap_steer_open(struct vtap_port *port);
void vtap_steer_close(struct vtap_port *port);
/* Programs and maps, none of which is to be loaded yet; NULL: errno tells. */
struct bpf_object *vtap_steer_object(void);
void vtap_steer_done(struct bpf_object *o);
int vtap_steer_counter(const struct vtap_port *port, uint8_t counter, struct vtap_counter *c);

/* vtap_rss.c: operations, and what follows from them. */
void vtap_rss_infos(const struct vtap_port *port, struct rte_eth_dev_info *info);
int vtap_rss_check(const struct rte_eth_dev *dev);
int vtap_rss_configure(struct rte_eth_dev *dev);
int vtap_rss_update(struct rte_eth_dev *dev, struct rte_eth_rss_conf *conf);
int vtap_rss_get(struct rte_eth_dev *dev, struct rte_eth_rss_conf *conf);
int vtap_reta_update(struct rte_eth_dev *dev, struct rte_eth_rss_reta_entry64 *reta, uint16_t size);
int vtap_reta_query(struct rte_eth_dev *dev, struct rte_eth_rss_reta_entry64 *reta, uint16_t size);
/* RTE_ETH_RSS_IP and its like name IPv6 with extension headers apart, which are looked past here. */
uint64_t vtap_rss_types(uint64_t types);
/* What is hashed of which kind of packet, enum vtap_hash. */
void vtap_rss_kinds(uint64_t types, uint8_t hash[VTAP_KINDS]);
void vtap_rss_table(const uint8_t key[VTAP_RSS_KEY], uint32_t table[VTAP_TUPLE][256]);

/* vtap_pattern.c. 0 or -rte_errno, with *error set. */
int vtap_pattern(
	const struct rte_flow_item *items, struct vtap_rule *rule, struct rte_flow_error *error);

/* vtap_actions.c. So, too; of what a rule is, what it does is filled in. */
int vtap_actions(struct rte_eth_dev *dev, const struct rte_flow_action *actions,
	struct rte_flow *flow, struct rte_flow_error *error);

/* vtap_flow.c */
int vtap_flow_ops(struct rte_eth_dev *dev, const struct rte_flow_ops **ops);
void vtap_flow_close(struct vtap_port *port);

#pragma GCC visibility pop

#endif
