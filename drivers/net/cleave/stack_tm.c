/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Traffic management (rte_tm) is the lower port's: both ports' TX queues, which are the leaves of the
 * tree, have the same numbers. Neighbours: stack_pass.h, stack_mtr.c.
 */
#include <rte_tm.h>
#include <rte_tm_driver.h>

#include "cleave_compat.h"
#include "stack_pass.h"

/* Parameters that nearly all have. */
#define NODE struct rte_eth_dev *dev, uint32_t node
#define ERROR struct rte_tm_error *error
#define MARK (struct rte_eth_dev * dev, int green, int yellow, int red, ERROR)

PASS(node_type_get, (NODE, int *is_leaf, ERROR), rte_tm_node_type_get(lower, node, is_leaf, error))
PASS(capabilities_get, (struct rte_eth_dev * dev, struct rte_tm_capabilities *cap, ERROR),
	rte_tm_capabilities_get(lower, cap, error))
PASS(level_capabilities_get,
	(struct rte_eth_dev * dev, uint32_t level, struct rte_tm_level_capabilities *cap, ERROR),
	rte_tm_level_capabilities_get(lower, level, cap, error))
PASS(node_capabilities_get, (NODE, struct rte_tm_node_capabilities *cap, ERROR),
	rte_tm_node_capabilities_get(lower, node, cap, error))
PASS(wred_profile_add,
	(struct rte_eth_dev * dev, uint32_t id, CLEAVE_TM_CONST struct rte_tm_wred_params *params,
		ERROR),
	rte_tm_wred_profile_add(lower, id, params, error))
PASS(wred_profile_delete, (struct rte_eth_dev * dev, uint32_t id, ERROR),
	rte_tm_wred_profile_delete(lower, id, error))
PASS(shared_wred_context_add_update,
	(struct rte_eth_dev * dev, uint32_t id, uint32_t profile, ERROR),
	rte_tm_shared_wred_context_add_update(lower, id, profile, error))
PASS(shared_wred_context_delete, (struct rte_eth_dev * dev, uint32_t id, ERROR),
	rte_tm_shared_wred_context_delete(lower, id, error))
PASS(shaper_profile_add,
	(struct rte_eth_dev * dev, uint32_t id, CLEAVE_TM_CONST struct rte_tm_shaper_params *params,
		ERROR),
	rte_tm_shaper_profile_add(lower, id, params, error))
PASS(shaper_profile_delete, (struct rte_eth_dev * dev, uint32_t id, ERROR),
	rte_tm_shaper_profile_delete(lower, id, error))
PASS(shared_shaper_add_update, (struct rte_eth_dev * dev, uint32_t id, uint32_t profile, ERROR),
	rte_tm_shared_shaper_add_update(lower, id, profile, error))
PASS(shared_shaper_delete, (struct rte_eth_dev * dev, uint32_t id, ERROR),
	rte_tm_shared_shaper_delete(lower, id, error))
PASS(node_add,
	(NODE, uint32_t parent, uint32_t priority, uint32_t weight, uint32_t level,
		CLEAVE_TM_CONST struct rte_tm_node_params *params, ERROR),
	rte_tm_node_add(lower, node, parent, priority, weight, level, params, error))
PASS(node_delete, (NODE, ERROR), rte_tm_node_delete(lower, node, error))
PASS(node_suspend, (NODE, ERROR), rte_tm_node_suspend(lower, node, error))
PASS(node_resume, (NODE, ERROR), rte_tm_node_resume(lower, node, error))
PASS(hierarchy_commit, (struct rte_eth_dev * dev, int clear, ERROR),
	rte_tm_hierarchy_commit(lower, clear, error))
PASS(node_parent_update, (NODE, uint32_t parent, uint32_t priority, uint32_t weight, ERROR),
	rte_tm_node_parent_update(lower, node, parent, priority, weight, error))
PASS(node_shaper_update, (NODE, uint32_t profile, ERROR),
	rte_tm_node_shaper_update(lower, node, profile, error))
PASS(node_shared_shaper_update, (NODE, uint32_t shaper, int add, ERROR),
	rte_tm_node_shared_shaper_update(lower, node, shaper, add, error))
PASS(node_stats_update, (NODE, uint64_t mask, ERROR),
	rte_tm_node_stats_update(lower, node, mask, error))
PASS(node_wfq_weight_mode_update, (NODE, int *mode, uint32_t n, ERROR),
	rte_tm_node_wfq_weight_mode_update(lower, node, mode, n, error))
PASS(node_cman_update, (NODE, enum rte_tm_cman_mode mode, ERROR),
	rte_tm_node_cman_update(lower, node, mode, error))
PASS(node_wred_context_update, (NODE, uint32_t profile, ERROR),
	rte_tm_node_wred_context_update(lower, node, profile, error))
PASS(node_shared_wred_context_update, (NODE, uint32_t context, int add, ERROR),
	rte_tm_node_shared_wred_context_update(lower, node, context, add, error))
PASS(node_stats_read, (NODE, struct rte_tm_node_stats *stats, uint64_t *mask, int clear, ERROR),
	rte_tm_node_stats_read(lower, node, stats, mask, clear, error))
PASS(mark_vlan_dei, MARK, rte_tm_mark_vlan_dei(lower, green, yellow, red, error))
PASS(mark_ip_ecn, MARK, rte_tm_mark_ip_ecn(lower, green, yellow, red, error))
PASS(mark_ip_dscp, MARK, rte_tm_mark_ip_dscp(lower, green, yellow, red, error))

static const struct rte_tm_ops tm_ops = {
	.node_type_get = pass_node_type_get,
	.capabilities_get = pass_capabilities_get,
	.level_capabilities_get = pass_level_capabilities_get,
	.node_capabilities_get = pass_node_capabilities_get,
	.wred_profile_add = pass_wred_profile_add,
	.wred_profile_delete = pass_wred_profile_delete,
	.shared_wred_context_add_update = pass_shared_wred_context_add_update,
	.shared_wred_context_delete = pass_shared_wred_context_delete,
	.shaper_profile_add = pass_shaper_profile_add,
	.shaper_profile_delete = pass_shaper_profile_delete,
	.shared_shaper_add_update = pass_shared_shaper_add_update,
	.shared_shaper_delete = pass_shared_shaper_delete,
	.node_add = pass_node_add,
	.node_delete = pass_node_delete,
	.node_suspend = pass_node_suspend,
	.node_resume = pass_node_resume,
	.hierarchy_commit = pass_hierarchy_commit,
	.node_parent_update = pass_node_parent_update,
	.node_shaper_update = pass_node_shaper_update,
	.node_shared_shaper_update = pass_node_shared_shaper_update,
	.node_stats_update = pass_node_stats_update,
	.node_wfq_weight_mode_update = pass_node_wfq_weight_mode_update,
	.node_cman_update = pass_node_cman_update,
	.node_wred_context_update = pass_node_wred_context_update,
	.node_shared_wred_context_update = pass_node_shared_wred_context_update,
	.node_stats_read = pass_node_stats_read,
	.mark_vlan_dei = pass_mark_vlan_dei,
	.mark_ip_ecn = pass_mark_ip_ecn,
	.mark_ip_dscp = pass_mark_ip_dscp,
};

PASS_TABLE(stack_tm_ops, void *, tm_ops_get, &tm_ops)
