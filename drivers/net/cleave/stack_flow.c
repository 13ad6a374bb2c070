/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Flow rules (rte_flow) are the lower port's, and so is all that they are made of: what it returns is the
 * application's, and comes back to it. Queues have the same numbers in both ports. Items and actions that
 * name a port are handed on as they are: they have to name what the lower port's driver knows. Neighbours:
 * stack_pass.h, stack_mtr.c.
 */
#include <rte_flow.h>
#include <rte_flow_driver.h>

#include "cleave_compat.h"
#include "stack_pass.h"

/* Parameters that many have. */
#define DEV struct rte_eth_dev *dev
#define ERROR struct rte_flow_error *error
#define RULE                                                                                       \
	const struct rte_flow_attr *attr, const struct rte_flow_item pattern[],                    \
		const struct rte_flow_action actions[]

PASS(validate, (DEV, RULE, ERROR), rte_flow_validate(lower, attr, pattern, actions, error))
PASS_AS(struct rte_flow *, create, (DEV, RULE, ERROR),
	rte_flow_create(lower, attr, pattern, actions, error))
PASS(destroy, (DEV, struct rte_flow *flow, ERROR), rte_flow_destroy(lower, flow, error))
PASS(flush, (DEV, ERROR), rte_flow_flush(lower, error))
PASS(query, (DEV, struct rte_flow *flow, const struct rte_flow_action *action, void *data, ERROR),
	rte_flow_query(lower, flow, action, data, error))
PASS(isolate, (DEV, int set, ERROR), rte_flow_isolate(lower, set, error))
PASS(dev_dump, (DEV, struct rte_flow *flow, FILE *f, ERROR),
	rte_flow_dev_dump(lower, flow, f, error))
PASS(get_aged_flows, (DEV, void **contexts, uint32_t n, ERROR),
	rte_flow_get_aged_flows(lower, contexts, n, error))
PASS(get_q_aged_flows, (DEV, uint32_t queue, void **contexts, uint32_t n, ERROR),
	rte_flow_get_q_aged_flows(lower, queue, contexts, n, error))

PASS_AS(struct rte_flow_action_handle *, action_handle_create,
	(DEV, const struct rte_flow_indir_action_conf *conf, const struct rte_flow_action *action,
		ERROR),
	rte_flow_action_handle_create(lower, conf, action, error))
PASS(action_handle_destroy, (DEV, struct rte_flow_action_handle *handle, ERROR),
	rte_flow_action_handle_destroy(lower, handle, error))
PASS(action_handle_update, (DEV, struct rte_flow_action_handle *handle, const void *update, ERROR),
	rte_flow_action_handle_update(lower, handle, update, error))
PASS(action_handle_query, (DEV, const struct rte_flow_action_handle *handle, void *data, ERROR),
	rte_flow_action_handle_query(lower, handle, data, error))

PASS(tunnel_decap_set,
	(DEV, struct rte_flow_tunnel *tunnel, struct rte_flow_action **actions, uint32_t *n, ERROR),
	rte_flow_tunnel_decap_set(lower, tunnel, actions, n, error))
PASS(tunnel_match,
	(DEV, struct rte_flow_tunnel *tunnel, struct rte_flow_item **items, uint32_t *n, ERROR),
	rte_flow_tunnel_match(lower, tunnel, items, n, error))
PASS(get_restore_info, (DEV, struct rte_mbuf *m, struct rte_flow_restore_info *info, ERROR),
	rte_flow_get_restore_info(lower, m, info, error))
PASS(tunnel_action_decap_release, (DEV, struct rte_flow_action *actions, uint32_t n, ERROR),
	rte_flow_tunnel_action_decap_release(lower, actions, n, error))
PASS(tunnel_item_release, (DEV, struct rte_flow_item *items, uint32_t n, ERROR),
	rte_flow_tunnel_item_release(lower, items, n, error))
PASS_AS(struct rte_flow_item_flex_handle *, flex_item_create,
	(DEV, const struct rte_flow_item_flex_conf *conf, ERROR),
	rte_flow_flex_item_create(lower, conf, error))
PASS(flex_item_release, (DEV, const struct rte_flow_item_flex_handle *handle, ERROR),
	rte_flow_flex_item_release(lower, handle, error))

/* The lower port may be its own: then this one is. */
static int
pass_pick_transfer_proxy(DEV, uint16_t *proxy, ERROR)
{
	int rc = rte_flow_pick_transfer_proxy(stack_lower(dev), proxy, error);

	if (rc == 0)
		*proxy = stack_above(*proxy);
	return rc;
}

PASS(info_get, (DEV, struct rte_flow_port_info *port, struct rte_flow_queue_info *queue, ERROR),
	rte_flow_info_get(lower, port, queue, error))
PASS(configure,
	(DEV, const struct rte_flow_port_attr *port, uint16_t n,
		const struct rte_flow_queue_attr *queues[], ERROR),
	rte_flow_configure(lower, port, n, queues, error))
PASS_AS(struct rte_flow_pattern_template *, pattern_template_create,
	(DEV, const struct rte_flow_pattern_template_attr *attr,
		const struct rte_flow_item pattern[], ERROR),
	rte_flow_pattern_template_create(lower, attr, pattern, error))
PASS(pattern_template_destroy, (DEV, struct rte_flow_pattern_template *template, ERROR),
	rte_flow_pattern_template_destroy(lower, template, error))
PASS_AS(struct rte_flow_actions_template *, actions_template_create,
	(DEV, const struct rte_flow_actions_template_attr *attr,
		const struct rte_flow_action actions[], const struct rte_flow_action masks[],
		ERROR),
	rte_flow_actions_template_create(lower, attr, actions, masks, error))
PASS(actions_template_destroy, (DEV, struct rte_flow_actions_template *template, ERROR),
	rte_flow_actions_template_destroy(lower, template, error))
PASS_AS(struct rte_flow_template_table *, template_table_create,
	(DEV, const struct rte_flow_template_table_attr *attr,
		struct rte_flow_pattern_template *patterns[], uint8_t nb_patterns,
		struct rte_flow_actions_template *actions[], uint8_t nb_actions, ERROR),
	rte_flow_template_table_create(
		lower, attr, patterns, nb_patterns, actions, nb_actions, error))
PASS(template_table_destroy, (DEV, struct rte_flow_template_table *table, ERROR),
	rte_flow_template_table_destroy(lower, table, error))

/* What follows, ethdev calls without a look whether the port is there and can it. NULL: it is not, or has
 * no flow rules, as the error says then. */
static const struct CLEAVE_FLOW_ASYNC_OPS *
async_ops(uint16_t lower, ERROR)
{
	const struct CLEAVE_FLOW_ASYNC_OPS *ops = NULL;
	int rc = rte_eth_dev_is_valid_port(lower) ? ENOSYS : ENODEV;

	if (rc == ENOSYS)
		ops = CLEAVE_FLOW_ASYNC_OF(&rte_eth_devices[lower]);
	if (ops == NULL)
		rte_flow_error_set(
			error, rc, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, rte_strerror(rc));
	return ops;
}

#define PASS_ASYNC_AS(type, none, name, params, call)                                              \
	static type pass_##name params                                                             \
	{                                                                                          \
		const uint16_t lower = stack_lower(dev);                                           \
		const struct CLEAVE_FLOW_ASYNC_OPS *ops = async_ops(lower, error);                 \
                                                                                                   \
		if (ops == NULL)                                                                   \
			return none;                                                               \
		if (ops->name == NULL) {                                                           \
			rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,  \
				rte_strerror(ENOTSUP));                                            \
			return none;                                                               \
		}                                                                                  \
		return call;                                                                       \
	}
#define PASS_ASYNC(name, params, call) PASS_ASYNC_AS(int, -rte_errno, name, params, call)
#define ASYNC DEV, uint32_t queue, const struct rte_flow_op_attr *op

PASS_ASYNC_AS(struct rte_flow *, NULL, async_create,
	(ASYNC, struct rte_flow_template_table *table, const struct rte_flow_item pattern[],
		uint8_t pattern_index, const struct rte_flow_action actions[], uint8_t action_index,
		void *data, ERROR),
	rte_flow_async_create(lower, queue, op, table, pattern, pattern_index, actions,
		action_index, data, error))
PASS_ASYNC(async_destroy, (ASYNC, struct rte_flow *flow, void *data, ERROR),
	rte_flow_async_destroy(lower, queue, op, flow, data, error))
PASS_ASYNC(push, (DEV, uint32_t queue, ERROR), rte_flow_push(lower, queue, error))
PASS_ASYNC(pull, (DEV, uint32_t queue, struct rte_flow_op_result result[], uint16_t n, ERROR),
	rte_flow_pull(lower, queue, result, n, error))
PASS_ASYNC_AS(struct rte_flow_action_handle *, NULL, async_action_handle_create,
	(ASYNC, const struct rte_flow_indir_action_conf *conf, const struct rte_flow_action *action,
		void *data, ERROR),
	rte_flow_async_action_handle_create(lower, queue, op, conf, action, data, error))
PASS_ASYNC(async_action_handle_destroy,
	(ASYNC, struct rte_flow_action_handle *handle, void *data, ERROR),
	rte_flow_async_action_handle_destroy(lower, queue, op, handle, data, error))
PASS_ASYNC(async_action_handle_update,
	(ASYNC, struct rte_flow_action_handle *handle, const void *update, void *data, ERROR),
	rte_flow_async_action_handle_update(lower, queue, op, handle, update, data, error))
PASS_ASYNC(async_action_handle_query,
	(ASYNC, const struct rte_flow_action_handle *handle, void *answer, void *data, ERROR),
	rte_flow_async_action_handle_query(lower, queue, op, handle, answer, data, error))

#define ASYNC_OPS(X)                                                                               \
	X(async_create, pass_async_create)                                                         \
	X(async_destroy, pass_async_destroy)                                                       \
	X(push, pass_push)                                                                         \
	X(pull, pass_pull)                                                                         \
	X(async_action_handle_create, pass_async_action_handle_create)                             \
	X(async_action_handle_destroy, pass_async_action_handle_destroy)                           \
	X(async_action_handle_update, pass_async_action_handle_update)                             \
	X(async_action_handle_query, pass_async_action_handle_query)

static const struct rte_flow_ops flow_ops = {.validate = pass_validate,
	.create = pass_create,
	.destroy = pass_destroy,
	.flush = pass_flush,
	.query = pass_query,
	.isolate = pass_isolate,
	.dev_dump = pass_dev_dump,
	.get_aged_flows = pass_get_aged_flows,
	.get_q_aged_flows = pass_get_q_aged_flows,
	.action_handle_create = pass_action_handle_create,
	.action_handle_destroy = pass_action_handle_destroy,
	.action_handle_update = pass_action_handle_update,
	.action_handle_query = pass_action_handle_query,
	.tunnel_decap_set = pass_tunnel_decap_set,
	.tunnel_match = pass_tunnel_match,
	.get_restore_info = pass_get_restore_info,
	.tunnel_action_decap_release = pass_tunnel_action_decap_release,
	.tunnel_item_release = pass_tunnel_item_release,
	.pick_transfer_proxy = pass_pick_transfer_proxy,
	.flex_item_create = pass_flex_item_create,
	.flex_item_release = pass_flex_item_release,
	.info_get = pass_info_get,
	.configure = pass_configure,
	.pattern_template_create = pass_pattern_template_create,
	.pattern_template_destroy = pass_pattern_template_destroy,
	.actions_template_create = pass_actions_template_create,
	.actions_template_destroy = pass_actions_template_destroy,
	.template_table_create = pass_template_table_create,
	.template_table_destroy = pass_template_table_destroy,
	CLEAVE_FLOW_ASYNC_IN(ASYNC_OPS)};

PASS_TABLE(stack_flow_ops, const struct rte_flow_ops **, flow_ops_get, &flow_ops)

void
stack_flow_init(struct rte_eth_dev *dev)
{
	CLEAVE_FLOW_ASYNC_OUT(dev, ASYNC_OPS)
}
