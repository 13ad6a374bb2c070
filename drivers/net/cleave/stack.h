/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the files of net_cleave share: a port that stacks on another one, the lower port, and adds to it
 * what libcleave can do. stack_vdev.c is the vdev with its arguments, stack_ethdev.c configures both
 * ports, stack_ops.c has all operations, most of which are the lower port's, by stack_pass.h; so are those
 * of stack_flow.c, stack_tm.c, stack_mtr.c and stack_hairpin.c. stack_burst.c is the packets' way,
 * stack_stats.c counts.
 */
#ifndef STACK_H
#define STACK_H

#include <stdbool.h>
#include <stdint.h>

#include <ethdev_driver.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <rte_spinlock.h>

#include "cleave_gro.h"
#include "cleave_tx.h"

/* Nothing leaves the shared object. */
#pragma GCC visibility push(hidden)

extern int stack_logtype;
#define STACK_LOG(level, fmt, ...)                                                                 \
	rte_log(RTE_LOG_##level, stack_logtype, "net_cleave: " fmt "\n", ##__VA_ARGS__)

/* The device arguments. */
struct stack_conf {
	char port[RTE_ETH_NAME_MAX_LEN];
	bool gso, gro;
};

struct stack_txq {
	uint16_t lower, id, port_id;
	/* Segments are held back, for want of room in the lower port's ring: the next burst sends them,
	 * or who polls next. */
	volatile bool pending;
	rte_spinlock_t lock; /* of libcleave's queue, for that */
} __rte_cache_aligned;

struct stack_rxq {
	uint16_t lower, id, port_id;
	/* This one looks after each nb_rx'th TX queue, from that one on: all that are polled do, and a hairpin
	 * queue is not. */
	uint16_t first_tx, nb_rx;
	struct rte_eth_dev_data *data;
	struct cleave_gro *gro; /* NULL: nothing is merged */
} __rte_cache_aligned;

/* What ethdev's dev_private is. */
struct stack_port {
	struct stack_conf conf;
	struct rte_eth_dev_owner owner;
	struct eth_dev_ops ops; /* stack_ops, less what tells by being there */
	uint16_t lower;
	bool cuts;     /* as configured, packets that are sent go through libcleave, */
	bool merges;   /* and so do received ones */
	uint64_t lost; /* segments that were held back when the port was stopped */
};

/* RTE_MAX_ETHPORTS, which is no port, if it is no more. */
static inline uint16_t
stack_lower(const struct rte_eth_dev *dev)
{
	return ((const struct stack_port *)dev->data->dev_private)->lower;
}

/* stack_vdev.c. What happens to the lower port is this one's too, or not any more. */
void stack_hear(struct rte_eth_dev *dev, bool on);

/* stack_ops.c. Those for a port: where ethdev knows by a missing operation what a port cannot, and not by
 * what it returns, the lower port's decide. */
void stack_ops_init(struct rte_eth_dev *dev);

/* stack_ethdev.c: operations. */
int stack_configure(struct rte_eth_dev *dev);
int stack_start(struct rte_eth_dev *dev);
int stack_stop(struct rte_eth_dev *dev);
int stack_close(struct rte_eth_dev *dev);
int stack_link_update(struct rte_eth_dev *dev, int wait);
int stack_infos(struct rte_eth_dev *dev, struct rte_eth_dev_info *info);
int stack_mtu_set(struct rte_eth_dev *dev, uint16_t mtu);
int stack_rxq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned int socket,
	const struct rte_eth_rxconf *conf, struct rte_mempool *pool);
int stack_txq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned int socket,
	const struct rte_eth_txconf *conf);
/* Queues that libcleave has nothing to do with any more, from that one on: what they held back is lost. */
void stack_leave_queues(struct stack_port *port, uint16_t from);
void stack_rxq_release(struct rte_eth_dev *dev, uint16_t id);
void stack_txq_release(struct rte_eth_dev *dev, uint16_t id);

/* stack_flow.c */
int stack_flow_ops(struct rte_eth_dev *dev, const struct rte_flow_ops **ops);
void stack_flow_init(struct rte_eth_dev *dev);

/* stack_tm.c, stack_mtr.c: *ops is the table. */
int stack_tm_ops(struct rte_eth_dev *dev, void *ops);
int stack_mtr_ops(struct rte_eth_dev *dev, void *ops);

/* stack_hairpin.c: the number of a port as the application knows it, ours if it is below one; and
 * operations. */
uint16_t stack_above(uint16_t port);
int stack_rx_hairpin_setup(struct rte_eth_dev *dev, uint16_t queue, uint16_t nb_desc,
	const struct rte_eth_hairpin_conf *conf);
int stack_tx_hairpin_setup(struct rte_eth_dev *dev, uint16_t queue, uint16_t nb_desc,
	const struct rte_eth_hairpin_conf *conf);
int stack_hairpin_peers(struct rte_eth_dev *dev, uint16_t *ports, size_t len, uint32_t is_tx);
int stack_hairpin_bind(struct rte_eth_dev *dev, uint16_t rx_port);
int stack_hairpin_unbind(struct rte_eth_dev *dev, uint16_t rx_port);
int stack_hairpin_peer_update(struct rte_eth_dev *dev, uint16_t queue,
	struct rte_hairpin_peer_info *current, struct rte_hairpin_peer_info *peer, uint32_t is_tx);
int stack_hairpin_peer_bind(struct rte_eth_dev *dev, uint16_t queue,
	struct rte_hairpin_peer_info *peer, uint32_t is_tx);
int stack_hairpin_peer_unbind(struct rte_eth_dev *dev, uint16_t queue, uint32_t is_tx);

/* stack_burst.c: as they are, and through libcleave. */
uint16_t stack_rx(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t stack_rx_merge(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t stack_tx(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t stack_tx_cut(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts);
uint16_t stack_tx_prepare(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts);
/* Send what is held back, if nobody else is at it. */
void stack_tx_flush(struct stack_txq *q);
/* And what ethdev asks of queues beside their packets. */
uint32_t stack_rx_count(void *queue);
int stack_rx_status(void *queue, uint16_t offset);
int stack_tx_status(void *queue, uint16_t offset);
int stack_tx_cleanup(void *queue, uint32_t free_cnt);
int stack_monitor_addr(void *queue, struct rte_power_monitor_cond *cond);

/* stack_stats.c: operations. */
int stack_stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats);
int stack_stats_reset(struct rte_eth_dev *dev);
int stack_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n);
int stack_xstats_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n);

/* Is it one of ours? */
static inline bool
stack_is(const struct rte_eth_dev *dev)
{
	return dev->dev_ops != NULL && dev->dev_ops->dev_configure == stack_configure;
}

#pragma GCC visibility pop

#endif
