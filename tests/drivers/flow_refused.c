/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Rules that net_vtap must not take, each wrong in one thing. Neighbour: test_vtap_flow_api.c.
 */
#include <errno.h>

#include <rte_ethdev.h>

#include "flow_refused.h"

#define END_ITEM                                                                                   \
	{                                                                                          \
		.type = RTE_FLOW_ITEM_TYPE_END                                                     \
	}
#define END_ACTION                                                                                 \
	{                                                                                          \
		.type = RTE_FLOW_ACTION_TYPE_END                                                   \
	}
#define ITEM(t)                                                                                    \
	{                                                                                          \
		.type = RTE_FLOW_ITEM_TYPE_##t                                                     \
	}
#define ACTION(t)                                                                                  \
	{                                                                                          \
		.type = RTE_FLOW_ACTION_TYPE_##t                                                   \
	}
#define CONF(t, c)                                                                                 \
	{                                                                                          \
		.type = RTE_FLOW_ACTION_TYPE_##t, .conf = &(c)                                     \
	}
#define FLAG_OF(t, f)                                                                              \
	{                                                                                          \
		.type = RTE_FLOW_ITEM_TYPE_##t, .spec = &(f), .mask = &(f)                         \
	}
#define IPV4_OF(s, l, m)                                                                           \
	{                                                                                          \
		.type = RTE_FLOW_ITEM_TYPE_IPV4, .spec = (s), .last = (l), .mask = (m)             \
	}

static const struct rte_flow_item_ipv4 one = {.hdr.src_addr = RTE_BE32(0x0a000001)};
static const struct rte_flow_item_ipv4 far = {.hdr.src_addr = RTE_BE32(0x0a000101)};
static const struct rte_flow_item_ipv4 nine = {.hdr.src_addr = RTE_BE32(0x0a000009)};
/* A flag beside the header, which is no part of it. */
static const struct rte_flow_item_ipv6 has_fragment = {.has_frag_ext = 1};
static const struct rte_flow_action_queue queue0 = {.index = 0};
static const struct rte_flow_action_queue no_queue = {.index = REFUSED_QUEUES};
static const struct rte_flow_action_mark mark = {.id = 1};
static const struct rte_flow_action_jump jump = {.group = 1};
static const uint16_t good[] = {0, 1}, bad[] = {0, REFUSED_QUEUES};
static const uint8_t key[40] = {1, 2, 3};

#define RSS(...)                                                                                   \
	{                                                                                          \
		.queue = good, .queue_num = 2, __VA_ARGS__                                         \
	}
static const struct rte_flow_action_rss rss = RSS(.level = 0);
static const struct rte_flow_action_rss level = RSS(.level = 2);
static const struct rte_flow_action_rss func = RSS(.func = RTE_ETH_HASH_FUNCTION_SIMPLE_XOR);
static const struct rte_flow_action_rss other_key = RSS(.key = key, .key_len = 40);
static const struct rte_flow_action_rss short_key = RSS(.key = key, .key_len = 16);
static const struct rte_flow_action_rss types = RSS(.types = RTE_ETH_RSS_L2_PAYLOAD);
static const struct rte_flow_action_rss no_queues = {.queue = good, .queue_num = 0};
static const struct rte_flow_action_rss no_such = {.queue = bad, .queue_num = 2};

#define IN .attr = {.ingress = 1}
#define ANY_ITEM .pattern = {ITEM(ETH), END_ITEM}
#define DROP .actions = {ACTION(DROP), END_ACTION}
#define ITEMS(...) IN, .pattern = {__VA_ARGS__, END_ITEM}, DROP, .what = REFUSED_ITEM
#define ACTIONS(...) IN, ANY_ITEM, .actions = {__VA_ARGS__, END_ACTION}, .what = REFUSED_ACTION

const struct refused refused_rules[] = {
	{"group 1", {.ingress = 1, .group = 1}, ANY_ITEM, DROP, .what = REFUSED_ATTR},
	{"egress", {.egress = 1}, ANY_ITEM, DROP, .what = REFUSED_ATTR},
	{"both ways", {.ingress = 1, .egress = 1}, ANY_ITEM, DROP, .what = REFUSED_ATTR},
	{"transfer", {.transfer = 1}, ANY_ITEM, DROP, .what = REFUSED_ATTR},
	{"no direction", {.priority = 1}, ANY_ITEM, DROP, .what = REFUSED_ATTR},

	{"a range", ITEMS(IPV4_OF(&one, &nine, NULL)), .error = ENOTSUP},
	{"a range backwards", ITEMS(IPV4_OF(&far, &one, NULL)), .error = ENOTSUP},
	{"a mask without spec", ITEMS(IPV4_OF(NULL, NULL, &rte_flow_item_ipv4_mask))},
	{"last without spec", ITEMS(IPV4_OF(NULL, &one, NULL))},
	{"any fragment", ITEMS(FLAG_OF(IPV6, has_fragment))},
	{"udp on ethernet", ITEMS(ITEM(ETH), ITEM(UDP))},
	{"tcp on a tag", ITEMS(ITEM(ETH), ITEM(VLAN), ITEM(TCP))},
	{"udp on nothing", ITEMS(ITEM(UDP))},
	{"ethernet twice", ITEMS(ITEM(ETH), ITEM(ETH))},
	{"ethernet in ipv4", ITEMS(ITEM(IPV4), ITEM(ETH))},
	{"a tag in ipv6", ITEMS(ITEM(ETH), ITEM(IPV6), ITEM(VLAN))},
	{"three tags", ITEMS(ITEM(ETH), ITEM(VLAN), ITEM(VLAN), ITEM(VLAN))},
	{"ipv4 in ipv4", ITEMS(ITEM(ETH), ITEM(IPV4), ITEM(IPV4))},
	{"ipv6 in ipv4", ITEMS(ITEM(IPV4), ITEM(IPV6))},
	{"udp in tcp", ITEMS(ITEM(ETH), ITEM(IPV4), ITEM(TCP), ITEM(UDP))},
	{"ipv4 in udp", ITEMS(ITEM(IPV6), ITEM(UDP), ITEM(IPV4))},
	{"bytes", ITEMS(ITEM(ETH), ITEM(RAW))},
	{"any", ITEMS(ITEM(ANY), ITEM(TCP))},
	{"invert", ITEMS(ITEM(INVERT), ITEM(ETH))},
	{"labels", ITEMS(ITEM(ETH), ITEM(MPLS))},
	{"arp", ITEMS(ITEM(ETH), ITEM(ARP_ETH_IPV4))},
	{"esp", ITEMS(ITEM(ETH), ITEM(IPV4), ITEM(ESP))},
	{"extension headers", ITEMS(ITEM(ETH), ITEM(IPV6), ITEM(IPV6_EXT))},
	{"a mark", ITEMS(ITEM(MARK), ITEM(ETH))},

	{"no action", IN, ANY_ITEM, .actions = {END_ACTION}, .what = REFUSED_ACTION},
	{"void alone", ACTIONS(ACTION(VOID))},
	{"drop and queue", ACTIONS(ACTION(DROP), CONF(QUEUE, queue0))},
	{"two queues", ACTIONS(CONF(QUEUE, queue0), CONF(QUEUE, queue0))},
	{"queue and rss", ACTIONS(CONF(QUEUE, queue0), CONF(RSS, rss))},
	{"passthru and drop", ACTIONS(ACTION(PASSTHRU), ACTION(COUNT), ACTION(DROP))},
	{"a queue that is not", ACTIONS(CONF(QUEUE, no_queue)), .error = EINVAL},
	{"no number of a queue", ACTIONS(ACTION(QUEUE))},
	{"rss of nothing", ACTIONS(ACTION(RSS))},
	{"rss of no queue", ACTIONS(CONF(RSS, no_queues))},
	{"rss to a queue that is not", ACTIONS(CONF(RSS, no_such)), .error = EINVAL},
	{"rss of an inner header", ACTIONS(CONF(RSS, level))},
	{"rss by another function", ACTIONS(CONF(RSS, func))},
	{"rss with another key", ACTIONS(CONF(RSS, other_key))},
	{"rss with a short key", ACTIONS(CONF(RSS, short_key))},
	{"rss of other types", ACTIONS(CONF(RSS, types))},
	{"mark", ACTIONS(CONF(MARK, mark), CONF(QUEUE, queue0))},
	{"flag", ACTIONS(ACTION(FLAG), CONF(QUEUE, queue0))},
	{"jump", ACTIONS(CONF(JUMP, jump))},
	{"a tag taken off", ACTIONS(ACTION(OF_POP_VLAN), CONF(QUEUE, queue0))},
};
const unsigned int nb_refused_rules = RTE_DIM(refused_rules);
