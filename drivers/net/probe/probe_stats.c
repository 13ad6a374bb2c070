/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Counters as ethdev statistics and xstats: the names are those of the lists in rte_net_probe.h, a
 * refusal's is "tx_refused_" and its reason.
 */
#include <stdio.h>
#include <string.h>

#include "probe.h"

#define COUNTER_NAME(n, t) #n,
static const char *const counter_names[] = {RTE_NET_PROBE_COUNTERS(COUNTER_NAME)};
#undef COUNTER_NAME

#define NB_COUNTERS RTE_DIM(counter_names)
#define NB_XSTATS (NB_COUNTERS + RTE_NET_PROBE_NB_REASONS - 1)

static void
counters_add(struct rte_net_probe_counters *sum, const struct rte_net_probe_counters *c)
{
	unsigned int i;

#define COUNTER_ADD(n, t) sum->n += c->n;
	RTE_NET_PROBE_COUNTERS(COUNTER_ADD)
#undef COUNTER_ADD
	for (i = 0; i < RTE_NET_PROBE_NB_REASONS; i++)
		sum->refused[i] += c->refused[i];
	if (c->last_refused != RTE_NET_PROBE_OK)
		sum->last_refused = c->last_refused;
}

void
probe_counters_sum(
	const struct probe_port *port, uint16_t queue_id, struct rte_net_probe_counters *sum)
{
	unsigned int i;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < port->conf.queues; i++)
		if (queue_id == RTE_NET_PROBE_ALL_QUEUES || queue_id == i) {
			counters_add(sum, &port->queues[i].tx_counters);
			counters_add(sum, &port->queues[i].rx_counters);
		}
}

void
probe_counters_clear(struct probe_queue *q)
{
	memset(&q->tx_counters, 0, sizeof(q->tx_counters));
	memset(&q->rx_counters, 0, sizeof(q->rx_counters));
}

int
probe_stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats)
{
	const struct probe_port *port = dev->data->dev_private;
	struct rte_net_probe_counters c;
	unsigned int i;

	probe_counters_sum(port, RTE_NET_PROBE_ALL_QUEUES, &c);
	stats->ipackets = c.rx_frames;
	stats->ibytes = c.rx_bytes;
	stats->opackets = c.tx_frames;
	stats->obytes = c.tx_bytes;
	stats->oerrors = c.tx_refused;
	stats->imissed = c.rx_missed;
	stats->rx_nombuf = c.rx_nombuf;
	for (i = 0; i < RTE_MIN((unsigned int)port->conf.queues, RTE_ETHDEV_QUEUE_STAT_CNTRS);
		i++) {
		probe_counters_sum(port, (uint16_t)i, &c);
		stats->q_ipackets[i] = c.rx_frames;
		stats->q_ibytes[i] = c.rx_bytes;
		stats->q_opackets[i] = c.tx_frames;
		stats->q_obytes[i] = c.tx_bytes;
	}
	return 0;
}

int
probe_stats_reset(struct rte_eth_dev *dev)
{
	struct probe_port *port = dev->data->dev_private;
	unsigned int i;

	for (i = 0; i < port->conf.queues; i++)
		probe_counters_clear(&port->queues[i]);
	return 0;
}

int
probe_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n)
{
	struct rte_net_probe_counters c;
	unsigned int i = 0, r;

	if (n < NB_XSTATS)
		return NB_XSTATS;
	probe_counters_sum(dev->data->dev_private, RTE_NET_PROBE_ALL_QUEUES, &c);
#define COUNTER_VALUE(n, t) xstats[i++].value = c.n;
	RTE_NET_PROBE_COUNTERS(COUNTER_VALUE)
#undef COUNTER_VALUE
	for (r = RTE_NET_PROBE_OK + 1; r < RTE_NET_PROBE_NB_REASONS; r++)
		xstats[i++].value = c.refused[r];
	for (i = 0; i < NB_XSTATS; i++)
		xstats[i].id = i;
	return NB_XSTATS;
}

int
probe_xstats_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n)
{
	unsigned int i;

	if (names == NULL || n < NB_XSTATS)
		return NB_XSTATS;
	for (i = 0; i < NB_XSTATS; i++)
		if (i < NB_COUNTERS)
			snprintf(names[i].name, sizeof(names[i].name), "%s", counter_names[i]);
		else
			snprintf(names[i].name, sizeof(names[i].name), "tx_refused_%s",
				rte_net_probe_reason_name(RTE_NET_PROBE_OK + 1 + i - NB_COUNTERS));
	return NB_XSTATS;
}
