/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Statistics. Where a frame was lost is a counter of vtap.h's tables; ethdev's errors are their sums.
 * Each queue's are written by its own lcore alone; readers may see them a moment late. Neighbour:
 * vtap.h.
 */
#include <string.h>

#include "vtap.h"

#define NAME(e, n, h) #n,
static const char *const rx_names[] = {VTAP_RX_COUNTS(NAME)};
static const char *const tx_names[] = {VTAP_TX_COUNTS(NAME)};
#undef NAME

/* Of the counters of frames, those that are losses. */
static const uint8_t rx_losses[] = {VTAP_RX_BAD_HEADER, VTAP_RX_TOO_LONG, VTAP_RX_READ};
static const uint8_t tx_losses[] = {VTAP_TX_BAD_REQUEST, VTAP_TX_DOWN, VTAP_TX_REFUSED};

static uint64_t
sum(const uint64_t *count, const uint8_t *which, unsigned int n)
{
	uint64_t all = 0;

	for (unsigned int i = 0; i < n; i++)
		all += count[which[i]];
	return all;
}

int
vtap_stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats)
{
	const struct vtap_port *port = dev->data->dev_private;

	for (unsigned int i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct vtap_rxq *q = &port->rx[i];
		uint64_t lost = sum(q->count, rx_losses, RTE_DIM(rx_losses));

		stats->ipackets += q->packets;
		stats->ibytes += q->bytes;
		stats->ierrors += lost;
		if (i < RTE_ETHDEV_QUEUE_STAT_CNTRS) {
			stats->q_ipackets[i] = q->packets;
			stats->q_ibytes[i] = q->bytes;
			stats->q_errors[i] = lost;
		}
	}
	for (unsigned int i = 0; i < dev->data->nb_tx_queues; i++) {
		const struct vtap_txq *q = &port->tx[i];

		stats->opackets += q->packets;
		stats->obytes += q->bytes;
		stats->oerrors += sum(q->count, tx_losses, RTE_DIM(tx_losses));
		if (i < RTE_ETHDEV_QUEUE_STAT_CNTRS) {
			stats->q_opackets[i] = q->packets;
			stats->q_obytes[i] = q->bytes;
		}
	}
	stats->rx_nombuf = dev->data->rx_mbuf_alloc_failed;
	return 0;
}

int
vtap_stats_reset(struct rte_eth_dev *dev)
{
	struct vtap_port *port = dev->data->dev_private;

	for (unsigned int i = 0; i < VTAP_QUEUES_MAX; i++) {
		struct vtap_rxq *rx = &port->rx[i];
		struct vtap_txq *tx = &port->tx[i];

		rx->packets = rx->bytes = tx->packets = tx->bytes = 0;
		memset(rx->count, 0, sizeof(rx->count));
		memset(tx->count, 0, sizeof(tx->count));
	}
	dev->data->rx_mbuf_alloc_failed = 0;
	return 0;
}

int
vtap_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n)
{
	const struct vtap_port *port = dev->data->dev_private;

	if (xstats == NULL || n < VTAP_RX_NB + VTAP_TX_NB)
		return VTAP_RX_NB + VTAP_TX_NB;
	for (unsigned int i = 0; i < VTAP_RX_NB + VTAP_TX_NB; i++)
		xstats[i] = (struct rte_eth_xstat){.id = i};
	for (unsigned int q = 0; q < dev->data->nb_rx_queues; q++)
		for (unsigned int i = 0; i < VTAP_RX_NB; i++)
			xstats[i].value += port->rx[q].count[i];
	for (unsigned int q = 0; q < dev->data->nb_tx_queues; q++)
		for (unsigned int i = 0; i < VTAP_TX_NB; i++)
			xstats[VTAP_RX_NB + i].value += port->tx[q].count[i];
	return VTAP_RX_NB + VTAP_TX_NB;
}

int
vtap_xstats_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n)
{
	if (names == NULL || n < VTAP_RX_NB + VTAP_TX_NB)
		return VTAP_RX_NB + VTAP_TX_NB;
	for (unsigned int i = 0; i < VTAP_RX_NB; i++)
		rte_strscpy(names[i].name, rx_names[i], sizeof(names[i].name));
	for (unsigned int i = 0; i < VTAP_TX_NB; i++)
		rte_strscpy(names[VTAP_RX_NB + i].name, tx_names[i], sizeof(names[0].name));
	return VTAP_RX_NB + VTAP_TX_NB;
}
