/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the tests call: frames back, packets in, faults, counters. Documented in rte_net_probe.h.
 */
#include <errno.h>
#include <stdlib.h>

#include <rte_ethdev.h>

#include "probe.h"

/* The net_probe behind a port, if the queue is one of its own. */
static int
find(uint16_t port_id, uint16_t queue_id, struct probe_port **port)
{
	if (!rte_eth_dev_is_valid_port(port_id) || rte_eth_devices[port_id].dev_ops != &probe_ops)
		return -ENODEV;
	*port = rte_eth_devices[port_id].data->dev_private;
	if (queue_id != RTE_NET_PROBE_ALL_QUEUES && queue_id >= (*port)->conf.queues)
		return -EINVAL;
	return 0;
}

static int
find_one(uint16_t port_id, uint16_t queue_id, struct probe_queue **q)
{
	struct probe_port *port;
	int ret = find(port_id, queue_id, &port);

	if (ret != 0)
		return ret;
	if (queue_id == RTE_NET_PROBE_ALL_QUEUES)
		return -EINVAL;
	*q = &port->queues[queue_id];
	return 0;
}

int
rte_net_probe_tx_pop(uint16_t port_id, uint16_t queue_id, struct rte_net_probe_frame *f)
{
	struct probe_queue *q;
	int ret = find_one(port_id, queue_id, &q);

	return ret != 0 ? ret : probe_wire_pop(&q->tx.wire, f);
}

void
rte_net_probe_frame_free(struct rte_net_probe_frame *f)
{
	free(f->data);
	*f = (struct rte_net_probe_frame){0};
}

int
rte_net_probe_tx_pending(uint16_t port_id, uint16_t queue_id)
{
	struct probe_queue *q;
	int ret = find_one(port_id, queue_id, &q);

	return ret != 0 ? ret : (int)probe_wire_pending(&q->tx.wire);
}

int
rte_net_probe_tx_drop(uint16_t port_id, uint16_t queue_id)
{
	struct rte_net_probe_frame f;
	struct probe_port *port;
	int n = 0, ret = find(port_id, queue_id, &port);
	uint16_t i;

	if (ret != 0)
		return ret;
	for (i = 0; i < port->conf.queues; i++) {
		if (queue_id != RTE_NET_PROBE_ALL_QUEUES && queue_id != i)
			continue;
		for (; probe_wire_pop(&port->queues[i].tx.wire, &f); n++)
			free(f.data);
	}
	return n;
}

uint16_t
rte_net_probe_rx_push(uint16_t port_id, uint16_t queue_id, struct rte_mbuf **pkts, uint16_t n)
{
	struct probe_queue *q;

	if (find_one(port_id, queue_id, &q) != 0 || q->rx.pushed == NULL)
		return 0;
	return (uint16_t)rte_ring_sp_enqueue_burst(q->rx.pushed, (void *const *)pkts, n, NULL);
}

int
rte_net_probe_rx_pending(uint16_t port_id, uint16_t queue_id)
{
	struct probe_queue *q;
	int ret = find_one(port_id, queue_id, &q);

	if (ret != 0)
		return ret;
	return q->rx.pushed != NULL ? (int)rte_ring_count(q->rx.pushed) : 0;
}

int
rte_net_probe_faults_set(
	uint16_t port_id, uint16_t queue_id, const struct rte_net_probe_faults *faults)
{
	struct probe_port *port;
	int ret = find(port_id, queue_id, &port);
	uint16_t i;

	if (ret != 0)
		return ret;
	for (i = 0; i < port->conf.queues; i++)
		if (queue_id == RTE_NET_PROBE_ALL_QUEUES || queue_id == i) {
			port->queues[i].faults = *faults;
			port->queues[i].tx.prepare_count = 0;
		}
	return 0;
}

int
rte_net_probe_faults_get(uint16_t port_id, uint16_t queue_id, struct rte_net_probe_faults *faults)
{
	struct probe_queue *q;
	int ret = find_one(port_id, queue_id, &q);

	if (ret == 0)
		*faults = q->faults;
	return ret;
}

int
rte_net_probe_counters_get(uint16_t port_id, uint16_t queue_id, struct rte_net_probe_counters *c)
{
	struct probe_port *port;
	int ret = find(port_id, queue_id, &port);

	if (ret == 0)
		probe_counters_sum(port, queue_id, c);
	return ret;
}

int
rte_net_probe_counters_reset(uint16_t port_id, uint16_t queue_id)
{
	struct probe_port *port;
	int ret = find(port_id, queue_id, &port);
	uint16_t i;

	if (ret != 0)
		return ret;
	for (i = 0; i < port->conf.queues; i++)
		if (queue_id == RTE_NET_PROBE_ALL_QUEUES || queue_id == i)
			probe_counters_clear(&port->queues[i]);
	return 0;
}

#define REASON_NAME(e, n, t) [RTE_NET_PROBE_##e] = #n,
#define REASON_TEXT(e, n, t) [RTE_NET_PROBE_##e] = t,

const char *
rte_net_probe_reason_name(enum rte_net_probe_reason reason)
{
	static const char *const names[] = {"ok", RTE_NET_PROBE_REASONS(REASON_NAME)};

	return (unsigned int)reason < RTE_DIM(names) ? names[reason] : NULL;
}

const char *
rte_net_probe_reason_text(enum rte_net_probe_reason reason)
{
	static const char *const texts[] = {"not refused", RTE_NET_PROBE_REASONS(REASON_TEXT)};

	return (unsigned int)reason < RTE_DIM(texts) ? texts[reason] : NULL;
}
