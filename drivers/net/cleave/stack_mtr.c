/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Metering and policing (rte_mtr) are the lower port's, as are the flow rules that name its meters.
 * Neighbours: stack_pass.h, stack_tm.c, stack_flow.c.
 */
#include <rte_mtr.h>
#include <rte_mtr_driver.h>

#include "stack_pass.h"

/* Parameters that nearly all have. */
#define ID struct rte_eth_dev *dev, uint32_t id
#define ERROR struct rte_mtr_error *error
#define COLOR ID, enum rte_mtr_color_in_protocol proto

PASS(capabilities_get, (struct rte_eth_dev * dev, struct rte_mtr_capabilities *cap, ERROR),
	rte_mtr_capabilities_get(lower, cap, error))
PASS(meter_profile_add, (ID, struct rte_mtr_meter_profile *profile, ERROR),
	rte_mtr_meter_profile_add(lower, id, profile, error))
PASS(meter_profile_delete, (ID, ERROR), rte_mtr_meter_profile_delete(lower, id, error))
PASS_AS(struct rte_flow_meter_profile *, meter_profile_get, (ID, ERROR),
	rte_mtr_meter_profile_get(lower, id, error))
PASS(create, (ID, struct rte_mtr_params *params, int shared, ERROR),
	rte_mtr_create(lower, id, params, shared, error))
PASS(destroy, (ID, ERROR), rte_mtr_destroy(lower, id, error))
PASS(meter_enable, (ID, ERROR), rte_mtr_meter_enable(lower, id, error))
PASS(meter_disable, (ID, ERROR), rte_mtr_meter_disable(lower, id, error))
PASS(meter_profile_update, (ID, uint32_t profile, ERROR),
	rte_mtr_meter_profile_update(lower, id, profile, error))
PASS(meter_dscp_table_update, (COLOR, enum rte_color *table, ERROR),
	rte_mtr_meter_dscp_table_update(lower, id, proto, table, error))
PASS(meter_vlan_table_update, (COLOR, enum rte_color *table, ERROR),
	rte_mtr_meter_vlan_table_update(lower, id, proto, table, error))
PASS(in_proto_set, (COLOR, uint32_t priority, ERROR),
	rte_mtr_color_in_protocol_set(lower, id, proto, priority, error))
PASS(in_proto_get, (ID, uint64_t *mask, ERROR),
	rte_mtr_color_in_protocol_get(lower, id, mask, error))
PASS(in_proto_prio_get, (COLOR, uint32_t *priority, ERROR),
	rte_mtr_color_in_protocol_priority_get(lower, id, proto, priority, error))
PASS(stats_update, (ID, uint64_t mask, ERROR), rte_mtr_stats_update(lower, id, mask, error))
PASS(stats_read, (ID, struct rte_mtr_stats *stats, uint64_t *mask, int clear, ERROR),
	rte_mtr_stats_read(lower, id, stats, mask, clear, error))
PASS(meter_policy_validate,
	(struct rte_eth_dev * dev, struct rte_mtr_meter_policy_params *policy, ERROR),
	rte_mtr_meter_policy_validate(lower, policy, error))
PASS(meter_policy_add, (ID, struct rte_mtr_meter_policy_params *policy, ERROR),
	rte_mtr_meter_policy_add(lower, id, policy, error))
PASS(meter_policy_delete, (ID, ERROR), rte_mtr_meter_policy_delete(lower, id, error))
PASS_AS(struct rte_flow_meter_policy *, meter_policy_get, (ID, ERROR),
	rte_mtr_meter_policy_get(lower, id, error))
PASS(meter_policy_update, (ID, uint32_t policy, ERROR),
	rte_mtr_meter_policy_update(lower, id, policy, error))

static const struct rte_mtr_ops mtr_ops = {
	.capabilities_get = pass_capabilities_get,
	.meter_profile_add = pass_meter_profile_add,
	.meter_profile_delete = pass_meter_profile_delete,
	.create = pass_create,
	.destroy = pass_destroy,
	.meter_enable = pass_meter_enable,
	.meter_disable = pass_meter_disable,
	.meter_profile_update = pass_meter_profile_update,
	.meter_dscp_table_update = pass_meter_dscp_table_update,
	.meter_vlan_table_update = pass_meter_vlan_table_update,
	.in_proto_set = pass_in_proto_set,
	.in_proto_get = pass_in_proto_get,
	.in_proto_prio_get = pass_in_proto_prio_get,
	.stats_update = pass_stats_update,
	.stats_read = pass_stats_read,
	.meter_policy_validate = pass_meter_policy_validate,
	.meter_policy_add = pass_meter_policy_add,
	.meter_policy_delete = pass_meter_policy_delete,
	.meter_policy_update = pass_meter_policy_update,
	.meter_profile_get = pass_meter_profile_get,
	.meter_policy_get = pass_meter_policy_get,
};

PASS_TABLE(stack_mtr_ops, void *, mtr_ops_get, &mtr_ops)
