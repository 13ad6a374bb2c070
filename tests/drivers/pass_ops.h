/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The operations that net_cleave passes on and that are called by ethdev with the arguments that the
 * application gave: OP(table, member, function of the API, what it returns, types of the arguments
 * behind the port). OP_OF has in front what the operation is called with in place of the port, and what
 * makes the operation of use to another one that is called. No include guard: pass_rows.c makes a
 * function and a row of each. Neighbour: pass_lower.h.
 */

OP_OF(struct rte_eth_dev *, fill_pfc, eth, priority_flow_ctrl_queue_info_get,
	rte_eth_dev_priority_flow_ctrl_queue_info_get, int, struct rte_eth_pfc_queue_info *)
OP(eth, priority_flow_ctrl_queue_config, rte_eth_dev_priority_flow_ctrl_queue_configure, int,
	struct rte_eth_pfc_queue_conf *)
OP(eth, pool_ops_supported, rte_eth_dev_pool_ops_supported, int, const char *)
OP_OF(struct rte_eth_dev *, fill_hairpin, eth, hairpin_cap_get, rte_eth_dev_hairpin_capability_get,
	int, struct rte_eth_hairpin_cap *)
OP(eth, hairpin_queue_peer_update, rte_eth_hairpin_queue_peer_update, int, uint16_t,
	struct rte_hairpin_peer_info *, struct rte_hairpin_peer_info *, uint32_t)
OP(eth, hairpin_queue_peer_bind, rte_eth_hairpin_queue_peer_bind, int, uint16_t,
	struct rte_hairpin_peer_info *, uint32_t)
OP(eth, hairpin_queue_peer_unbind, rte_eth_hairpin_queue_peer_unbind, int, uint16_t, uint32_t)
OP(eth, representor_info_get, rte_eth_representor_info_get, int, struct rte_eth_representor_info *)
OP(eth, rx_metadata_negotiate, rte_eth_rx_metadata_negotiate, int, uint64_t *)
OP(eth, ip_reassembly_capability_get, rte_eth_ip_reassembly_capability_get, int,
	struct rte_eth_ip_reassembly_params *)
OP(eth, ip_reassembly_conf_get, rte_eth_ip_reassembly_conf_get, int,
	struct rte_eth_ip_reassembly_params *)
OP(eth, ip_reassembly_conf_set, rte_eth_ip_reassembly_conf_set, int,
	const struct rte_eth_ip_reassembly_params *)
OP(eth, rx_queue_avail_thresh_set, rte_eth_rx_avail_thresh_set, int, uint16_t, uint8_t)
OP(eth, rx_queue_avail_thresh_query, rte_eth_rx_avail_thresh_query, int, uint16_t *, uint8_t *)
OP_OF(const struct rte_eth_dev *, no_fill, eth, eth_rx_descriptor_dump, rte_eth_rx_descriptor_dump,
	int, uint16_t, uint16_t, uint16_t, FILE *)
OP_OF(const struct rte_eth_dev *, no_fill, eth, eth_tx_descriptor_dump, rte_eth_tx_descriptor_dump,
	int, uint16_t, uint16_t, uint16_t, FILE *)
OP(eth, cman_info_get, rte_eth_cman_info_get, int, struct rte_eth_cman_info *)
OP(eth, cman_config_init, rte_eth_cman_config_init, int, struct rte_eth_cman_config *)
OP(eth, cman_config_set, rte_eth_cman_config_set, int, const struct rte_eth_cman_config *)
OP(eth, cman_config_get, rte_eth_cman_config_get, int, struct rte_eth_cman_config *)

OP(flow, validate, rte_flow_validate, int, const struct rte_flow_attr *,
	const struct rte_flow_item *, const struct rte_flow_action *, struct rte_flow_error *)
OP(flow, create, rte_flow_create, struct rte_flow *, const struct rte_flow_attr *,
	const struct rte_flow_item *, const struct rte_flow_action *, struct rte_flow_error *)
OP(flow, destroy, rte_flow_destroy, int, struct rte_flow *, struct rte_flow_error *)
OP(flow, flush, rte_flow_flush, int, struct rte_flow_error *)
OP(flow, query, rte_flow_query, int, struct rte_flow *, const struct rte_flow_action *, void *,
	struct rte_flow_error *)
OP(flow, isolate, rte_flow_isolate, int, int, struct rte_flow_error *)
OP(flow, dev_dump, rte_flow_dev_dump, int, struct rte_flow *, FILE *, struct rte_flow_error *)
OP(flow, get_aged_flows, rte_flow_get_aged_flows, int, void **, uint32_t, struct rte_flow_error *)
OP(flow, get_q_aged_flows, rte_flow_get_q_aged_flows, int, uint32_t, void **, uint32_t,
	struct rte_flow_error *)
OP(flow, action_handle_create, rte_flow_action_handle_create, struct rte_flow_action_handle *,
	const struct rte_flow_indir_action_conf *, const struct rte_flow_action *,
	struct rte_flow_error *)
OP(flow, action_handle_destroy, rte_flow_action_handle_destroy, int,
	struct rte_flow_action_handle *, struct rte_flow_error *)
OP(flow, action_handle_update, rte_flow_action_handle_update, int, struct rte_flow_action_handle *,
	const void *, struct rte_flow_error *)
OP(flow, action_handle_query, rte_flow_action_handle_query, int,
	const struct rte_flow_action_handle *, void *, struct rte_flow_error *)
OP(flow, tunnel_decap_set, rte_flow_tunnel_decap_set, int, struct rte_flow_tunnel *,
	struct rte_flow_action **, uint32_t *, struct rte_flow_error *)
OP(flow, tunnel_match, rte_flow_tunnel_match, int, struct rte_flow_tunnel *,
	struct rte_flow_item **, uint32_t *, struct rte_flow_error *)
OP(flow, get_restore_info, rte_flow_get_restore_info, int, struct rte_mbuf *,
	struct rte_flow_restore_info *, struct rte_flow_error *)
OP(flow, tunnel_action_decap_release, rte_flow_tunnel_action_decap_release, int,
	struct rte_flow_action *, uint32_t, struct rte_flow_error *)
OP(flow, tunnel_item_release, rte_flow_tunnel_item_release, int, struct rte_flow_item *, uint32_t,
	struct rte_flow_error *)
OP(flow, pick_transfer_proxy, rte_flow_pick_transfer_proxy, int, uint16_t *,
	struct rte_flow_error *)
OP(flow, flex_item_create, rte_flow_flex_item_create, struct rte_flow_item_flex_handle *,
	const struct rte_flow_item_flex_conf *, struct rte_flow_error *)
OP(flow, flex_item_release, rte_flow_flex_item_release, int,
	const struct rte_flow_item_flex_handle *, struct rte_flow_error *)
OP(flow, info_get, rte_flow_info_get, int, struct rte_flow_port_info *,
	struct rte_flow_queue_info *, struct rte_flow_error *)
OP(flow, configure, rte_flow_configure, int, const struct rte_flow_port_attr *, uint16_t,
	const struct rte_flow_queue_attr **, struct rte_flow_error *)
OP(flow, pattern_template_create, rte_flow_pattern_template_create,
	struct rte_flow_pattern_template *, const struct rte_flow_pattern_template_attr *,
	const struct rte_flow_item *, struct rte_flow_error *)
OP(flow, pattern_template_destroy, rte_flow_pattern_template_destroy, int,
	struct rte_flow_pattern_template *, struct rte_flow_error *)
OP(flow, actions_template_create, rte_flow_actions_template_create,
	struct rte_flow_actions_template *, const struct rte_flow_actions_template_attr *,
	const struct rte_flow_action *, const struct rte_flow_action *, struct rte_flow_error *)
OP(flow, actions_template_destroy, rte_flow_actions_template_destroy, int,
	struct rte_flow_actions_template *, struct rte_flow_error *)
OP(flow, template_table_create, rte_flow_template_table_create, struct rte_flow_template_table *,
	const struct rte_flow_template_table_attr *, struct rte_flow_pattern_template **, uint8_t,
	struct rte_flow_actions_template **, uint8_t, struct rte_flow_error *)
OP(flow, template_table_destroy, rte_flow_template_table_destroy, int,
	struct rte_flow_template_table *, struct rte_flow_error *)

OP(async, async_create, rte_flow_async_create, struct rte_flow *, uint32_t,
	const struct rte_flow_op_attr *, struct rte_flow_template_table *,
	const struct rte_flow_item *, uint8_t, const struct rte_flow_action *, uint8_t, void *,
	struct rte_flow_error *)
OP(async, async_destroy, rte_flow_async_destroy, int, uint32_t, const struct rte_flow_op_attr *,
	struct rte_flow *, void *, struct rte_flow_error *)
OP(async, push, rte_flow_push, int, uint32_t, struct rte_flow_error *)
OP(async, pull, rte_flow_pull, int, uint32_t, struct rte_flow_op_result *, uint16_t,
	struct rte_flow_error *)
OP(async, async_action_handle_create, rte_flow_async_action_handle_create,
	struct rte_flow_action_handle *, uint32_t, const struct rte_flow_op_attr *,
	const struct rte_flow_indir_action_conf *, const struct rte_flow_action *, void *,
	struct rte_flow_error *)
OP(async, async_action_handle_destroy, rte_flow_async_action_handle_destroy, int, uint32_t,
	const struct rte_flow_op_attr *, struct rte_flow_action_handle *, void *,
	struct rte_flow_error *)
OP(async, async_action_handle_update, rte_flow_async_action_handle_update, int, uint32_t,
	const struct rte_flow_op_attr *, struct rte_flow_action_handle *, const void *, void *,
	struct rte_flow_error *)
OP(async, async_action_handle_query, rte_flow_async_action_handle_query, int, uint32_t,
	const struct rte_flow_op_attr *, const struct rte_flow_action_handle *, void *, void *,
	struct rte_flow_error *)

OP(tm, node_type_get, rte_tm_node_type_get, int, uint32_t, int *, struct rte_tm_error *)
OP(tm, capabilities_get, rte_tm_capabilities_get, int, struct rte_tm_capabilities *,
	struct rte_tm_error *)
OP(tm, level_capabilities_get, rte_tm_level_capabilities_get, int, uint32_t,
	struct rte_tm_level_capabilities *, struct rte_tm_error *)
OP(tm, node_capabilities_get, rte_tm_node_capabilities_get, int, uint32_t,
	struct rte_tm_node_capabilities *, struct rte_tm_error *)
OP(tm, wred_profile_add, rte_tm_wred_profile_add, int, uint32_t,
	CLEAVE_TM_CONST struct rte_tm_wred_params *, struct rte_tm_error *)
OP(tm, wred_profile_delete, rte_tm_wred_profile_delete, int, uint32_t, struct rte_tm_error *)
OP(tm, shared_wred_context_add_update, rte_tm_shared_wred_context_add_update, int, uint32_t,
	uint32_t, struct rte_tm_error *)
OP(tm, shared_wred_context_delete, rte_tm_shared_wred_context_delete, int, uint32_t,
	struct rte_tm_error *)
OP(tm, shaper_profile_add, rte_tm_shaper_profile_add, int, uint32_t,
	CLEAVE_TM_CONST struct rte_tm_shaper_params *, struct rte_tm_error *)
OP(tm, shaper_profile_delete, rte_tm_shaper_profile_delete, int, uint32_t, struct rte_tm_error *)
OP(tm, shared_shaper_add_update, rte_tm_shared_shaper_add_update, int, uint32_t, uint32_t,
	struct rte_tm_error *)
OP(tm, shared_shaper_delete, rte_tm_shared_shaper_delete, int, uint32_t, struct rte_tm_error *)
OP(tm, node_add, rte_tm_node_add, int, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t,
	CLEAVE_TM_CONST struct rte_tm_node_params *, struct rte_tm_error *)
OP(tm, node_delete, rte_tm_node_delete, int, uint32_t, struct rte_tm_error *)
OP(tm, node_suspend, rte_tm_node_suspend, int, uint32_t, struct rte_tm_error *)
OP(tm, node_resume, rte_tm_node_resume, int, uint32_t, struct rte_tm_error *)
OP(tm, hierarchy_commit, rte_tm_hierarchy_commit, int, int, struct rte_tm_error *)
OP(tm, node_parent_update, rte_tm_node_parent_update, int, uint32_t, uint32_t, uint32_t, uint32_t,
	struct rte_tm_error *)
OP(tm, node_shaper_update, rte_tm_node_shaper_update, int, uint32_t, uint32_t,
	struct rte_tm_error *)
OP(tm, node_shared_shaper_update, rte_tm_node_shared_shaper_update, int, uint32_t, uint32_t,
	int32_t, struct rte_tm_error *)
OP(tm, node_stats_update, rte_tm_node_stats_update, int, uint32_t, uint64_t, struct rte_tm_error *)
OP(tm, node_wfq_weight_mode_update, rte_tm_node_wfq_weight_mode_update, int, uint32_t, int *,
	uint32_t, struct rte_tm_error *)
OP(tm, node_cman_update, rte_tm_node_cman_update, int, uint32_t, enum rte_tm_cman_mode,
	struct rte_tm_error *)
OP(tm, node_wred_context_update, rte_tm_node_wred_context_update, int, uint32_t, uint32_t,
	struct rte_tm_error *)
OP(tm, node_shared_wred_context_update, rte_tm_node_shared_wred_context_update, int, uint32_t,
	uint32_t, int, struct rte_tm_error *)
OP(tm, node_stats_read, rte_tm_node_stats_read, int, uint32_t, struct rte_tm_node_stats *,
	uint64_t *, int, struct rte_tm_error *)
OP(tm, mark_vlan_dei, rte_tm_mark_vlan_dei, int, int, int, int, struct rte_tm_error *)
OP(tm, mark_ip_ecn, rte_tm_mark_ip_ecn, int, int, int, int, struct rte_tm_error *)
OP(tm, mark_ip_dscp, rte_tm_mark_ip_dscp, int, int, int, int, struct rte_tm_error *)

OP(mtr, capabilities_get, rte_mtr_capabilities_get, int, struct rte_mtr_capabilities *,
	struct rte_mtr_error *)
OP(mtr, meter_profile_add, rte_mtr_meter_profile_add, int, uint32_t, struct rte_mtr_meter_profile *,
	struct rte_mtr_error *)
OP(mtr, meter_profile_delete, rte_mtr_meter_profile_delete, int, uint32_t, struct rte_mtr_error *)
OP(mtr, create, rte_mtr_create, int, uint32_t, struct rte_mtr_params *, int, struct rte_mtr_error *)
OP(mtr, destroy, rte_mtr_destroy, int, uint32_t, struct rte_mtr_error *)
OP(mtr, meter_enable, rte_mtr_meter_enable, int, uint32_t, struct rte_mtr_error *)
OP(mtr, meter_disable, rte_mtr_meter_disable, int, uint32_t, struct rte_mtr_error *)
OP(mtr, meter_profile_update, rte_mtr_meter_profile_update, int, uint32_t, uint32_t,
	struct rte_mtr_error *)
OP(mtr, meter_dscp_table_update, rte_mtr_meter_dscp_table_update, int, uint32_t,
	enum rte_mtr_color_in_protocol, enum rte_color *, struct rte_mtr_error *)
OP(mtr, meter_vlan_table_update, rte_mtr_meter_vlan_table_update, int, uint32_t,
	enum rte_mtr_color_in_protocol, enum rte_color *, struct rte_mtr_error *)
OP(mtr, in_proto_set, rte_mtr_color_in_protocol_set, int, uint32_t, enum rte_mtr_color_in_protocol,
	uint32_t, struct rte_mtr_error *)
OP(mtr, in_proto_get, rte_mtr_color_in_protocol_get, int, uint32_t, uint64_t *,
	struct rte_mtr_error *)
OP(mtr, in_proto_prio_get, rte_mtr_color_in_protocol_priority_get, int, uint32_t,
	enum rte_mtr_color_in_protocol, uint32_t *, struct rte_mtr_error *)
OP(mtr, stats_update, rte_mtr_stats_update, int, uint32_t, uint64_t, struct rte_mtr_error *)
OP(mtr, stats_read, rte_mtr_stats_read, int, uint32_t, struct rte_mtr_stats *, uint64_t *, int,
	struct rte_mtr_error *)
OP(mtr, meter_policy_validate, rte_mtr_meter_policy_validate, int,
	struct rte_mtr_meter_policy_params *, struct rte_mtr_error *)
OP(mtr, meter_policy_add, rte_mtr_meter_policy_add, int, uint32_t,
	struct rte_mtr_meter_policy_params *, struct rte_mtr_error *)
OP(mtr, meter_policy_delete, rte_mtr_meter_policy_delete, int, uint32_t, struct rte_mtr_error *)
OP(mtr, meter_policy_update, rte_mtr_meter_policy_update, int, uint32_t, uint32_t,
	struct rte_mtr_error *)
OP(mtr, meter_profile_get, rte_mtr_meter_profile_get, struct rte_flow_meter_profile *, uint32_t,
	struct rte_mtr_error *)
OP(mtr, meter_policy_get, rte_mtr_meter_policy_get, struct rte_flow_meter_policy *, uint32_t,
	struct rte_mtr_error *)
