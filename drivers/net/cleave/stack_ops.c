/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The table of operations. Those that only concern the lower port are its own, a line each: what it
 * cannot do, this port cannot. Neighbours: stack_ethdev.c, stack_burst.c, stack_stats.c and
 * stack_hairpin.c have the others, stack_pass.h says how it is done.
 */
#include <errno.h>

#include <rte_ethdev.h>

#include "cleave_compat.h"
#include "stack_pass.h"

PASS(reset, (struct rte_eth_dev * dev), rte_eth_dev_reset(lower))
PASS(is_removed, (struct rte_eth_dev * dev), rte_eth_dev_is_removed(lower))
PASS(promiscuous_enable, (struct rte_eth_dev * dev), rte_eth_promiscuous_enable(lower))
PASS(promiscuous_disable, (struct rte_eth_dev * dev), rte_eth_promiscuous_disable(lower))
PASS(allmulticast_enable, (struct rte_eth_dev * dev), rte_eth_allmulticast_enable(lower))
PASS(allmulticast_disable, (struct rte_eth_dev * dev), rte_eth_allmulticast_disable(lower))
PASS(mac_set, (struct rte_eth_dev * dev, struct rte_ether_addr *mac),
	rte_eth_dev_default_mac_addr_set(lower, mac))
PASS(mac_add, (struct rte_eth_dev * dev, struct rte_ether_addr *mac, uint32_t index, uint32_t pool),
	rte_eth_dev_mac_addr_add(lower, mac, pool))
PASS(mc_set, (struct rte_eth_dev * dev, struct rte_ether_addr *list, uint32_t n),
	rte_eth_dev_set_mc_addr_list(lower, list, n))
PASS(uc_hash_set, (struct rte_eth_dev * dev, struct rte_ether_addr *mac, uint8_t on),
	rte_eth_dev_uc_hash_table_set(lower, mac, on))
PASS(uc_all_hash_set, (struct rte_eth_dev * dev, uint8_t on),
	rte_eth_dev_uc_all_hash_table_set(lower, on))
PASS(vlan_filter, (struct rte_eth_dev * dev, uint16_t vlan, int on),
	rte_eth_dev_vlan_filter(lower, vlan, on))
PASS(vlan_tpid, (struct rte_eth_dev * dev, enum rte_vlan_type type, uint16_t tpid),
	rte_eth_dev_set_vlan_ether_type(lower, type, tpid))
PASS(vlan_pvid, (struct rte_eth_dev * dev, uint16_t vlan, int on),
	rte_eth_dev_set_vlan_pvid(lower, vlan, on))
PASS(reta_update, (struct rte_eth_dev * dev, struct rte_eth_rss_reta_entry64 *reta, uint16_t size),
	rte_eth_dev_rss_reta_update(lower, reta, size))
PASS(reta_query, (struct rte_eth_dev * dev, struct rte_eth_rss_reta_entry64 *reta, uint16_t size),
	rte_eth_dev_rss_reta_query(lower, reta, size))
PASS(rss_update, (struct rte_eth_dev * dev, struct rte_eth_rss_conf *conf),
	rte_eth_dev_rss_hash_update(lower, conf))
PASS(rss_get, (struct rte_eth_dev * dev, struct rte_eth_rss_conf *conf),
	rte_eth_dev_rss_hash_conf_get(lower, conf))
PASS(queue_stats_mapping, (struct rte_eth_dev * dev, uint16_t queue, uint8_t index, uint8_t is_rx),
	is_rx ? rte_eth_dev_set_rx_queue_stats_mapping(lower, queue, index)
	      : rte_eth_dev_set_tx_queue_stats_mapping(lower, queue, index))
PASS(rx_burst_mode, (struct rte_eth_dev * dev, uint16_t queue, struct rte_eth_burst_mode *mode),
	rte_eth_rx_burst_mode_get(lower, queue, mode))
PASS(tx_burst_mode, (struct rte_eth_dev * dev, uint16_t queue, struct rte_eth_burst_mode *mode),
	rte_eth_tx_burst_mode_get(lower, queue, mode))
PASS(fw_version, (struct rte_eth_dev * dev, char *version, size_t size),
	rte_eth_dev_fw_version_get(lower, version, size))
PASS(ptypes_set, (struct rte_eth_dev * dev, uint32_t mask),
	rte_eth_dev_set_ptypes(lower, mask, NULL, 0))
PASS(rx_intr_enable, (struct rte_eth_dev * dev, uint16_t queue),
	rte_eth_dev_rx_intr_enable(lower, queue))
PASS(rx_intr_disable, (struct rte_eth_dev * dev, uint16_t queue),
	rte_eth_dev_rx_intr_disable(lower, queue))
PASS(led_on, (struct rte_eth_dev * dev), rte_eth_led_on(lower))
PASS(led_off, (struct rte_eth_dev * dev), rte_eth_led_off(lower))
PASS(flow_ctrl_get, (struct rte_eth_dev * dev, struct rte_eth_fc_conf *conf),
	rte_eth_dev_flow_ctrl_get(lower, conf))
PASS(flow_ctrl_set, (struct rte_eth_dev * dev, struct rte_eth_fc_conf *conf),
	rte_eth_dev_flow_ctrl_set(lower, conf))
PASS(pfc_set, (struct rte_eth_dev * dev, struct rte_eth_pfc_conf *conf),
	rte_eth_dev_priority_flow_ctrl_set(lower, conf))
PASS(pfc_queue_info, (struct rte_eth_dev * dev, struct rte_eth_pfc_queue_info *info),
	rte_eth_dev_priority_flow_ctrl_queue_info_get(lower, info))
PASS(pfc_queue_config, (struct rte_eth_dev * dev, struct rte_eth_pfc_queue_conf *conf),
	rte_eth_dev_priority_flow_ctrl_queue_configure(lower, conf))
PASS(udp_port_add, (struct rte_eth_dev * dev, struct rte_eth_udp_tunnel *port),
	rte_eth_dev_udp_tunnel_port_add(lower, port))
PASS(udp_port_del, (struct rte_eth_dev * dev, struct rte_eth_udp_tunnel *port),
	rte_eth_dev_udp_tunnel_port_delete(lower, port))
PASS(rate_limit, (struct rte_eth_dev * dev, uint16_t queue, uint32_t rate),
	rte_eth_set_queue_rate_limit(lower, queue, rate))
PASS(get_reg, (struct rte_eth_dev * dev, struct rte_dev_reg_info *info),
	rte_eth_dev_get_reg_info(lower, info))
PASS(eeprom_length, (struct rte_eth_dev * dev), rte_eth_dev_get_eeprom_length(lower))
PASS(get_eeprom, (struct rte_eth_dev * dev, struct rte_dev_eeprom_info *info),
	rte_eth_dev_get_eeprom(lower, info))
PASS(set_eeprom, (struct rte_eth_dev * dev, struct rte_dev_eeprom_info *info),
	rte_eth_dev_set_eeprom(lower, info))
PASS(module_info, (struct rte_eth_dev * dev, struct rte_eth_dev_module_info *info),
	rte_eth_dev_get_module_info(lower, info))
PASS(module_eeprom, (struct rte_eth_dev * dev, struct rte_dev_eeprom_info *info),
	rte_eth_dev_get_module_eeprom(lower, info))
PASS(dcb_info, (struct rte_eth_dev * dev, struct rte_eth_dcb_info *info),
	rte_eth_dev_get_dcb_info(lower, info))
PASS(timesync_enable, (struct rte_eth_dev * dev), rte_eth_timesync_enable(lower))
PASS(timesync_disable, (struct rte_eth_dev * dev), rte_eth_timesync_disable(lower))
PASS(timesync_rx, (struct rte_eth_dev * dev, struct timespec *time, uint32_t flags),
	rte_eth_timesync_read_rx_timestamp(lower, time, flags))
PASS(timesync_tx, (struct rte_eth_dev * dev, struct timespec *time),
	rte_eth_timesync_read_tx_timestamp(lower, time))
PASS(timesync_adjust, (struct rte_eth_dev * dev, int64_t delta),
	rte_eth_timesync_adjust_time(lower, delta))
PASS(timesync_read, (struct rte_eth_dev * dev, struct timespec *time),
	rte_eth_timesync_read_time(lower, time))
PASS(timesync_write, (struct rte_eth_dev * dev, const struct timespec *time),
	rte_eth_timesync_write_time(lower, time))
PASS(read_clock, (struct rte_eth_dev * dev, uint64_t *clock), rte_eth_read_clock(lower, clock))
PASS(fec_capability, (struct rte_eth_dev * dev, struct rte_eth_fec_capa *capa, unsigned int n),
	rte_eth_fec_get_capability(lower, capa, n))
PASS(fec_get, (struct rte_eth_dev * dev, uint32_t *capa), rte_eth_fec_get(lower, capa))
PASS(fec_set, (struct rte_eth_dev * dev, uint32_t capa), rte_eth_fec_set(lower, capa))
PASS(priv_dump, (struct rte_eth_dev * dev, FILE *f), rte_eth_dev_priv_dump(lower, f))
PASS(rx_dump, (const struct rte_eth_dev *dev, uint16_t queue, uint16_t offset, uint16_t n, FILE *f),
	rte_eth_rx_descriptor_dump(lower, queue, offset, n, f))
PASS(tx_dump, (const struct rte_eth_dev *dev, uint16_t queue, uint16_t offset, uint16_t n, FILE *f),
	rte_eth_tx_descriptor_dump(lower, queue, offset, n, f))
PASS(pool_ops, (struct rte_eth_dev * dev, const char *name),
	rte_eth_dev_pool_ops_supported(lower, name))
PASS(hairpin_cap, (struct rte_eth_dev * dev, struct rte_eth_hairpin_cap *cap),
	rte_eth_dev_hairpin_capability_get(lower, cap))
PASS(representor_info, (struct rte_eth_dev * dev, struct rte_eth_representor_info *info),
	rte_eth_representor_info_get(lower, info))
/* Both ports are configured, started and stopped together: what is too early or too late for one is so for
 * the other. */
PASS(reassembly_capability, (struct rte_eth_dev * dev, struct rte_eth_ip_reassembly_params *capa),
	rte_eth_ip_reassembly_capability_get(lower, capa))
PASS(reassembly_get, (struct rte_eth_dev * dev, struct rte_eth_ip_reassembly_params *conf),
	rte_eth_ip_reassembly_conf_get(lower, conf))
PASS(reassembly_set, (struct rte_eth_dev * dev, const struct rte_eth_ip_reassembly_params *conf),
	rte_eth_ip_reassembly_conf_set(lower, conf))
PASS(avail_thresh_set, (struct rte_eth_dev * dev, uint16_t queue, uint8_t thresh),
	rte_eth_rx_avail_thresh_set(lower, queue, thresh))
PASS(avail_thresh_query, (struct rte_eth_dev * dev, uint16_t *queue, uint8_t *thresh),
	rte_eth_rx_avail_thresh_query(lower, queue, thresh))
PASS(cman_info, (struct rte_eth_dev * dev, struct rte_eth_cman_info *info),
	rte_eth_cman_info_get(lower, info))
PASS(cman_init, (struct rte_eth_dev * dev, struct rte_eth_cman_config *conf),
	rte_eth_cman_config_init(lower, conf))
PASS(cman_set, (struct rte_eth_dev * dev, const struct rte_eth_cman_config *conf),
	rte_eth_cman_config_set(lower, conf))
PASS(cman_get, (struct rte_eth_dev * dev, struct rte_eth_cman_config *conf),
	rte_eth_cman_config_get(lower, conf))

/* The same of those that return something else, or need more than a call. */

/* ethdev leaves the states to the driver. */
#define PASS_QUEUE(way, what, is)                                                                  \
	static int pass_##way##_queue_##what(struct rte_eth_dev *dev, uint16_t queue)              \
	{                                                                                          \
		int rc = rte_eth_dev_##way##_queue_##what(stack_lower(dev), queue);                \
                                                                                                   \
		if (rc == 0)                                                                       \
			dev->data->way##_queue_state[queue] = RTE_ETH_QUEUE_STATE_##is;            \
		return rc;                                                                         \
	}

PASS_QUEUE(rx, start, STARTED)
PASS_QUEUE(rx, stop, STOPPED)
PASS_QUEUE(tx, start, STARTED)
PASS_QUEUE(tx, stop, STOPPED)

static int
pass_set_link_up(struct rte_eth_dev *dev)
{
	int rc = rte_eth_dev_set_link_up(stack_lower(dev));

	stack_link_update(dev, 0);
	return rc;
}

static int
pass_set_link_down(struct rte_eth_dev *dev)
{
	int rc = rte_eth_dev_set_link_down(stack_lower(dev));

	stack_link_update(dev, 0);
	return rc;
}

/* Too late for a lower port that somebody configured before this one was made. That is no fault of who
 * asks now, as -EBUSY would say: this port cannot negotiate. */
static int
pass_metadata_negotiate(struct rte_eth_dev *dev, uint64_t *features)
{
	const uint16_t lower = stack_lower(dev);

	if (rte_eth_dev_is_valid_port(lower) && rte_eth_devices[lower].data->dev_configured)
		return -ENOTSUP;
	return rte_eth_rx_metadata_negotiate(lower, features);
}

static void
pass_mac_remove(struct rte_eth_dev *dev, uint32_t index)
{
	rte_eth_dev_mac_addr_remove(stack_lower(dev), &dev->data->mac_addrs[index]);
}

static void
pass_vlan_strip_queue(struct rte_eth_dev *dev, uint16_t queue, int on)
{
	rte_eth_dev_set_vlan_strip_on_queue(stack_lower(dev), queue, on);
}

/* ethdev has noted what shall be; the mask says what of it changes. */
static int
pass_vlan_offload(struct rte_eth_dev *dev, int mask)
{
	static const struct {
		uint64_t offload;
		int flag;
	} rows[] = {
		{RTE_ETH_RX_OFFLOAD_VLAN_STRIP, RTE_ETH_VLAN_STRIP_OFFLOAD},
		{RTE_ETH_RX_OFFLOAD_VLAN_FILTER, RTE_ETH_VLAN_FILTER_OFFLOAD},
		{RTE_ETH_RX_OFFLOAD_VLAN_EXTEND, RTE_ETH_VLAN_EXTEND_OFFLOAD},
		{RTE_ETH_RX_OFFLOAD_QINQ_STRIP, RTE_ETH_QINQ_STRIP_OFFLOAD},
	};
	int flags = 0;

	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		if (dev->data->dev_conf.rxmode.offloads & rows[i].offload)
			flags |= rows[i].flag;
	return rte_eth_dev_set_vlan_offload(stack_lower(dev), flags);
}

#define PASS_PTYPES(name, op)                                                                      \
	static const uint32_t *list_##name(struct rte_eth_dev *dev, size_t *count)                 \
	{                                                                                          \
		struct rte_eth_dev *lower = &rte_eth_devices[stack_lower(dev) % RTE_MAX_ETHPORTS]; \
                                                                                                   \
		return stack_lower(dev) != RTE_MAX_ETHPORTS && lower->dev_ops->op != NULL          \
			       ? CLEAVE_PTYPES_LIST(lower, op, count)                              \
			       : NULL;                                                             \
	}                                                                                          \
	CLEAVE_PTYPES_OP(pass_##name, list_##name)

PASS_PTYPES(ptypes, dev_supported_ptypes_get)
PASS_PTYPES(split_ptypes, buffer_split_supported_hdr_ptypes_get)

static void
pass_rxq_info(struct rte_eth_dev *dev, uint16_t queue, struct rte_eth_rxq_info *info)
{
	rte_eth_rx_queue_info_get(stack_lower(dev), queue, info);
}

static void
pass_txq_info(struct rte_eth_dev *dev, uint16_t queue, struct rte_eth_txq_info *info)
{
	rte_eth_tx_queue_info_get(stack_lower(dev), queue, info);
}

/* xstats by id: ethdev asks for all, and takes those. */
static const struct eth_dev_ops stack_ops = {
	.dev_configure = stack_configure,
	.dev_start = stack_start,
	.dev_stop = stack_stop,
	.dev_close = stack_close,
	.dev_infos_get = stack_infos,
	.mtu_set = stack_mtu_set,
	.rx_queue_setup = stack_rxq_setup,
	.rx_queue_release = stack_rxq_release,
	.tx_queue_setup = stack_txq_setup,
	.tx_queue_release = stack_txq_release,
	.stats_get = stack_stats_get,
	.stats_reset = stack_stats_reset,
	.xstats_get = stack_xstats_get,
	.xstats_get_names = stack_xstats_names,
	.xstats_reset = stack_stats_reset,
	.tx_done_cleanup = stack_tx_cleanup,
	.get_monitor_addr = stack_monitor_addr,
	.flow_ops_get = stack_flow_ops,
	.tm_ops_get = stack_tm_ops,
	.mtr_ops_get = stack_mtr_ops,
	.rx_hairpin_queue_setup = stack_rx_hairpin_setup,
	.tx_hairpin_queue_setup = stack_tx_hairpin_setup,
	.hairpin_get_peer_ports = stack_hairpin_peers,
	.hairpin_bind = stack_hairpin_bind,
	.hairpin_unbind = stack_hairpin_unbind,
	.hairpin_queue_peer_update = stack_hairpin_peer_update,
	.hairpin_queue_peer_bind = stack_hairpin_peer_bind,
	.hairpin_queue_peer_unbind = stack_hairpin_peer_unbind,

	.dev_set_link_up = pass_set_link_up,
	.dev_set_link_down = pass_set_link_down,
	.link_update = stack_link_update,
	.is_removed = pass_is_removed,
	.dev_reset = pass_reset,
	.promiscuous_enable = pass_promiscuous_enable,
	.promiscuous_disable = pass_promiscuous_disable,
	.allmulticast_enable = pass_allmulticast_enable,
	.allmulticast_disable = pass_allmulticast_disable,
	.mac_addr_set = pass_mac_set,
	.mac_addr_add = pass_mac_add,
	.mac_addr_remove = pass_mac_remove,
	.set_mc_addr_list = pass_mc_set,
	.uc_hash_table_set = pass_uc_hash_set,
	.uc_all_hash_table_set = pass_uc_all_hash_set,
	.vlan_filter_set = pass_vlan_filter,
	.vlan_tpid_set = pass_vlan_tpid,
	.vlan_strip_queue_set = pass_vlan_strip_queue,
	.vlan_offload_set = pass_vlan_offload,
	.vlan_pvid_set = pass_vlan_pvid,
	.reta_update = pass_reta_update,
	.reta_query = pass_reta_query,
	.rss_hash_update = pass_rss_update,
	.rss_hash_conf_get = pass_rss_get,
	.queue_stats_mapping_set = pass_queue_stats_mapping,
	.rxq_info_get = pass_rxq_info,
	.txq_info_get = pass_txq_info,
	.rx_burst_mode_get = pass_rx_burst_mode,
	.tx_burst_mode_get = pass_tx_burst_mode,
	.fw_version_get = pass_fw_version,
	.dev_supported_ptypes_get = pass_ptypes,
	.dev_ptypes_set = pass_ptypes_set,
	.rx_queue_start = pass_rx_queue_start,
	.rx_queue_stop = pass_rx_queue_stop,
	.tx_queue_start = pass_tx_queue_start,
	.tx_queue_stop = pass_tx_queue_stop,
	.rx_queue_intr_enable = pass_rx_intr_enable,
	.rx_queue_intr_disable = pass_rx_intr_disable,
	.dev_led_on = pass_led_on,
	.dev_led_off = pass_led_off,
	.flow_ctrl_get = pass_flow_ctrl_get,
	.flow_ctrl_set = pass_flow_ctrl_set,
	.priority_flow_ctrl_set = pass_pfc_set,
	.priority_flow_ctrl_queue_info_get = pass_pfc_queue_info,
	.priority_flow_ctrl_queue_config = pass_pfc_queue_config,
	.udp_tunnel_port_add = pass_udp_port_add,
	.udp_tunnel_port_del = pass_udp_port_del,
	.set_queue_rate_limit = pass_rate_limit,
	.get_reg = pass_get_reg,
	.get_eeprom_length = pass_eeprom_length,
	.get_eeprom = pass_get_eeprom,
	.set_eeprom = pass_set_eeprom,
	.get_module_info = pass_module_info,
	.get_module_eeprom = pass_module_eeprom,
	.get_dcb_info = pass_dcb_info,
	.timesync_enable = pass_timesync_enable,
	.timesync_disable = pass_timesync_disable,
	.timesync_read_rx_timestamp = pass_timesync_rx,
	.timesync_read_tx_timestamp = pass_timesync_tx,
	.timesync_adjust_time = pass_timesync_adjust,
	.timesync_read_time = pass_timesync_read,
	.timesync_write_time = pass_timesync_write,
	.read_clock = pass_read_clock,
	.fec_get_capability = pass_fec_capability,
	.fec_get = pass_fec_get,
	.fec_set = pass_fec_set,
	.eth_dev_priv_dump = pass_priv_dump,
	.eth_rx_descriptor_dump = pass_rx_dump,
	.eth_tx_descriptor_dump = pass_tx_dump,
	.pool_ops_supported = pass_pool_ops,
	.hairpin_cap_get = pass_hairpin_cap,
	.representor_info_get = pass_representor_info,
	.rx_metadata_negotiate = pass_metadata_negotiate,
	.ip_reassembly_capability_get = pass_reassembly_capability,
	.ip_reassembly_conf_get = pass_reassembly_get,
	.ip_reassembly_conf_set = pass_reassembly_set,
	.buffer_split_supported_hdr_ptypes_get = pass_split_ptypes,
	.rx_queue_avail_thresh_set = pass_avail_thresh_set,
	.rx_queue_avail_thresh_query = pass_avail_thresh_query,
	.cman_info_get = pass_cman_info,
	.cman_config_init = pass_cman_init,
	.cman_config_set = pass_cman_set,
	.cman_config_get = pass_cman_get,
};

void
stack_ops_init(struct rte_eth_dev *dev)
{
	struct stack_port *port = dev->data->dev_private;
	const struct eth_dev_ops *lower = rte_eth_devices[port->lower].dev_ops;

	port->ops = stack_ops;
#define UNLESS_LACKING(op)                                                                         \
	if (lower->op == NULL)                                                                     \
	port->ops.op = NULL
	UNLESS_LACKING(mac_addr_remove);
	UNLESS_LACKING(vlan_strip_queue_set);
	UNLESS_LACKING(rxq_info_get);
	UNLESS_LACKING(txq_info_get);
	UNLESS_LACKING(buffer_split_supported_hdr_ptypes_get);
	dev->dev_ops = &port->ops;
}
