/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The packets' way: straight to the lower port and from it; or through libcleave, where the application
 * has configured something that the lower port does not do. Neighbour: stack_ethdev.c chooses.
 */
#include <errno.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "stack.h"

uint16_t
stack_rx(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	const struct stack_rxq *q = queue;
	const uint16_t n = rte_eth_rx_burst(q->lower, q->id, pkts, nb_pkts), port = q->port_id;

	/* half of what this port costs where nothing is configured: a store a packet, and no more */
#pragma GCC unroll 8
	for (uint16_t i = 0; i < n; i++)
		pkts[i]->port = port;
	return n;
}

/* Segments that wait for room must not wait for another burst that may never come. */
static void
flush_pending(const struct stack_rxq *q)
{
	for (unsigned int i = q->first_tx; i < q->data->nb_tx_queues; i += q->nb_rx) {
		struct stack_txq *t = q->data->tx_queues[i];

		if (unlikely(t != NULL && t->pending)) /* NULL: a hairpin queue */
			stack_tx_flush(t);
	}
}

/* As a port with LRO hands over what it merged: no request, and a checksum that is not in the packet. */
static void
make_lro(struct rte_mbuf *m)
{
	m->ol_flags &= ~(RTE_MBUF_F_TX_OFFLOAD_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK);
	m->ol_flags |= RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_NONE;
}

uint16_t
stack_rx_merge(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	const struct stack_rxq *q = queue;
	uint16_t n = rte_eth_rx_burst(q->lower, q->id, pkts, nb_pkts), in = n;

	flush_pending(q);
	if (q->gro != NULL && n > 0)
		n = cleave_gro_burst(q->gro, pkts, &in, rte_rdtsc(), pkts, n);
	for (uint16_t i = 0; i < n; i++) {
		pkts[i]->port = q->port_id;
		if (pkts[i]->ol_flags & (RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG))
			make_lro(pkts[i]);
	}
	return n;
}

uint16_t
stack_tx(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	const struct stack_txq *q = queue;

	return rte_eth_tx_burst(q->lower, q->id, pkts, nb_pkts);
}

uint16_t
stack_tx_prepare(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	const struct stack_txq *q = queue;

	return rte_eth_tx_prepare(q->lower, q->id, pkts, nb_pkts);
}

uint16_t
stack_tx_cut(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	struct stack_txq *q = queue;
	uint16_t n;

	rte_spinlock_lock(&q->lock);
	n = cleave_tx_burst(q->lower, q->id, pkts, nb_pkts);
	q->pending = cleave_tx_pending(q->lower, q->id) != 0;
	rte_spinlock_unlock(&q->lock);
	return n;
}

void
stack_tx_flush(struct stack_txq *q)
{
	if (rte_spinlock_trylock(&q->lock) == 0)
		return;
	q->pending = cleave_tx_flush(q->lower, q->id) != 0;
	rte_spinlock_unlock(&q->lock);
}

uint32_t
stack_rx_count(void *queue)
{
	const struct stack_rxq *q = queue;

	return RTE_MAX(rte_eth_rx_queue_count(q->lower, q->id), 0);
}

int
stack_rx_status(void *queue, uint16_t offset)
{
	const struct stack_rxq *q = queue;

	return rte_eth_rx_descriptor_status(q->lower, q->id, offset);
}

int
stack_tx_status(void *queue, uint16_t offset)
{
	const struct stack_txq *q = queue;

	return rte_eth_tx_descriptor_status(q->lower, q->id, offset);
}

int
stack_tx_cleanup(void *queue, uint32_t free_cnt)
{
	struct stack_txq *q = queue;

	if (q == NULL) /* a hairpin queue */
		return -EINVAL;
	if (q->pending)
		stack_tx_flush(q);
	return rte_eth_tx_done_cleanup(stack_lower(&rte_eth_devices[q->port_id]), q->id, free_cnt);
}

/* Where the lower port will write next. What libcleave holds back waits for the next poll or the next burst,
 * as it does with an interrupt. */
int
stack_monitor_addr(void *queue, struct rte_power_monitor_cond *cond)
{
	const struct stack_rxq *q = queue;

	if (q == NULL) /* a hairpin queue */
		return -EINVAL;
	return rte_eth_get_monitor_addr(stack_lower(&rte_eth_devices[q->port_id]), q->id, cond);
}
