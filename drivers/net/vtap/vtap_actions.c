/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a flow rule does (rte_flow actions): drop, steer to queues, count. Neighbours: vtap_flow.c,
 * vtap_pattern.c.
 */
#include <errno.h>
#include <string.h>

#include "vtap.h"

static int
refuse(struct rte_flow_error *error, int code, const struct rte_flow_action *action,
	const char *why)
{
	return rte_flow_error_set(error, code, RTE_FLOW_ERROR_TYPE_ACTION, action, why);
}

/* Frames are spread over n queues, in turns of the redirection table. */
static int
spread(struct rte_eth_dev *dev, const struct rte_flow_action *action, const uint16_t *queues,
	uint32_t n, struct rte_flow *flow, struct rte_flow_error *error)
{
	if (n == 0 || queues == NULL)
		return refuse(error, EINVAL, action, "no queues");
	if (n > VTAP_RETA)
		return refuse(
			error, ENOTSUP, action, "more queues than a table of 128 has room for");
	for (unsigned int i = 0; i < n; i++) {
		if (queues[i] >= dev->data->nb_rx_queues)
			return refuse(error, EINVAL, action, "no such queue");
		flow->top_queue = RTE_MAX(flow->top_queue, queues[i]);
	}
	for (unsigned int i = 0; i < VTAP_RETA; i++)
		flow->rule.reta[i] = queues[i % n];
	flow->rule.verdict = VTAP_STEER;
	return 0;
}

static int
take_queue(struct rte_eth_dev *dev, const struct rte_flow_action *action, struct rte_flow *flow,
	struct rte_flow_error *error)
{
	const struct rte_flow_action_queue *queue = action->conf;

	if (queue == NULL)
		return refuse(error, EINVAL, action, "which queue?");
	return spread(dev, action, &queue->index, 1, flow, error);
}

static int
take_rss(struct rte_eth_dev *dev, const struct rte_flow_action *action, struct rte_flow *flow,
	struct rte_flow_error *error)
{
	const struct vtap_port *port = dev->data->dev_private;
	const struct rte_flow_action_rss *rss = action->conf;
	uint64_t types;

	if (rss == NULL)
		return refuse(error, EINVAL, action, "no queues");
	types = vtap_rss_types(rss->types);
	if (rss->func != RTE_ETH_HASH_FUNCTION_DEFAULT &&
		rss->func != RTE_ETH_HASH_FUNCTION_TOEPLITZ)
		return refuse(error, ENOTSUP, action, "the hash is Toeplitz's");
	if (rss->level > 1)
		return refuse(error, ENOTSUP, action, "hashes the outermost headers");
	if (types & ~VTAP_RSS_TYPES)
		return refuse(
			error, ENOTSUP, action, "hashes addresses and ports of IPv4 and IPv6");
	if (rss->key_len != 0 && (rss->key == NULL || rss->key_len != VTAP_RSS_KEY))
		return refuse(error, EINVAL, action, "a key has 40 bytes");
	if (rss->key_len != 0 && memcmp(rss->key, port->steering.rss.key, VTAP_RSS_KEY) != 0)
		return refuse(error, ENOTSUP, action, "the key is the port's");
	flow->types = types;
	return spread(dev, action, rss->queue, rss->queue_num, flow, error);
}

static int
take_action(struct rte_eth_dev *dev, const struct rte_flow_action *action, struct rte_flow *flow,
	struct rte_flow_error *error)
{
	switch (action->type) {
	case RTE_FLOW_ACTION_TYPE_DROP:
		flow->rule.verdict = VTAP_DROP;
		return 0;
	case RTE_FLOW_ACTION_TYPE_PASSTHRU:
		flow->rule.verdict = VTAP_NEXT;
		return 0;
	case RTE_FLOW_ACTION_TYPE_QUEUE:
		return take_queue(dev, action, flow, error);
	case RTE_FLOW_ACTION_TYPE_RSS:
		return take_rss(dev, action, flow, error);
	default:
		return refuse(error, ENOTSUP, action, "no action that is supported");
	}
}

/* What is to be done: one thing at most, and counting. */
int
vtap_actions(struct rte_eth_dev *dev, const struct rte_flow_action *actions, struct rte_flow *flow,
	struct rte_flow_error *error)
{
	bool decided = false;
	int rc;

	if (actions == NULL)
		return rte_flow_error_set(
			error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_NUM, NULL, "no actions");
	flow->rule.verdict = VTAP_NEXT;
	for (; actions->type != RTE_FLOW_ACTION_TYPE_END; actions++) {
		if (actions->type == RTE_FLOW_ACTION_TYPE_VOID)
			continue;
		if (actions->type == RTE_FLOW_ACTION_TYPE_COUNT) {
			flow->rule.counter = 1; /* until it gets one */
			continue;
		}
		if (decided)
			return refuse(error, EINVAL, actions, "one thing only can be done");
		decided = true;
		rc = take_action(dev, actions, flow, error);
		if (rc < 0)
			return rc;
	}
	return decided || flow->rule.counter != 0
		       ? 0
		       : rte_flow_error_set(
				 error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_NUM, NULL, "no actions");
}
