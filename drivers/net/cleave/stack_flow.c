/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Flow rules (rte_flow) are the lower port's: those that are made, destroyed and asked one by one. Queues
 * have the same numbers in both ports. Neighbour: stack_ops.c.
 */
#include <rte_flow.h>
#include <rte_flow_driver.h>

#include "stack.h"

static int
flow_validate(struct rte_eth_dev *dev, const struct rte_flow_attr *attr,
	const struct rte_flow_item pattern[], const struct rte_flow_action actions[],
	struct rte_flow_error *error)
{
	return rte_flow_validate(stack_lower(dev), attr, pattern, actions, error);
}

static struct rte_flow *
flow_create(struct rte_eth_dev *dev, const struct rte_flow_attr *attr,
	const struct rte_flow_item pattern[], const struct rte_flow_action actions[],
	struct rte_flow_error *error)
{
	return rte_flow_create(stack_lower(dev), attr, pattern, actions, error);
}

static int
flow_destroy(struct rte_eth_dev *dev, struct rte_flow *flow, struct rte_flow_error *error)
{
	return rte_flow_destroy(stack_lower(dev), flow, error);
}

static int
flow_flush(struct rte_eth_dev *dev, struct rte_flow_error *error)
{
	return rte_flow_flush(stack_lower(dev), error);
}

static int
flow_query(struct rte_eth_dev *dev, struct rte_flow *flow, const struct rte_flow_action *action,
	void *data, struct rte_flow_error *error)
{
	return rte_flow_query(stack_lower(dev), flow, action, data, error);
}

static int
flow_isolate(struct rte_eth_dev *dev, int set, struct rte_flow_error *error)
{
	return rte_flow_isolate(stack_lower(dev), set, error);
}

static int
flow_dump(struct rte_eth_dev *dev, struct rte_flow *flow, FILE *f, struct rte_flow_error *error)
{
	return rte_flow_dev_dump(stack_lower(dev), flow, f, error);
}

static const struct rte_flow_ops flow_ops = {
	.validate = flow_validate,
	.create = flow_create,
	.destroy = flow_destroy,
	.flush = flow_flush,
	.query = flow_query,
	.isolate = flow_isolate,
	.dev_dump = flow_dump,
};

int
stack_flow_ops(struct rte_eth_dev *dev, const struct rte_flow_ops **ops)
{
	*ops = &flow_ops;
	return 0;
}
