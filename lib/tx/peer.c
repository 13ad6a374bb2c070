/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Ports whose capabilities are those of who is at the other end, now: a guest, which may go and come back
 * as another one. The driver's link events tell. Control path. Neighbours: queue.c; quirks.c says which
 * ports; vhost.c asks.
 */
#include <errno.h>

#include <rte_ethdev.h>
#include <rte_pause.h>
#include <rte_spinlock.h>

#include "tx.h"

/* Queues are looked at by a thread of the driver's, and may be torn down meanwhile. */
static rte_spinlock_t lock = RTE_SPINLOCK_INITIALIZER;

void
tx_peer_lock(void)
{
	rte_spinlock_lock(&lock);
}

void
tx_peer_unlock(void)
{
	rte_spinlock_unlock(&lock);
}

static bool
has_peer(const struct tx_queue *q)
{
	return q->quirk != NULL && q->quirk->peer != NULL;
}

/* What the peer takes: nothing while there is none, though the driver may know the last one still. A burst
 * that has begun goes on with what was before; between one peer and the next the driver sends nothing, and
 * tells of both. */
static void
set_caps(struct tx_queue *q, const struct rte_eth_dev_info *info)
{
	struct rte_eth_link link;
	uint64_t peer = 0;

	if (!q->conf.no_tso && rte_eth_link_get_nowait(q->port, &link) == 0 &&
		link.link_status == RTE_ETH_LINK_UP)
		peer = q->quirk->peer(info);
	__atomic_store_n(&q->caps, q->own_caps | peer, __ATOMIC_RELAXED);
}

/* The link went up or down: there is another peer, or none. */
static int
changed(uint16_t port, enum rte_eth_event_type event, void *arg, void *ret)
{
	struct rte_eth_dev_info info;

	if (rte_eth_dev_info_get(port, &info) < 0)
		return 0;
	tx_peer_lock();
	for (uint16_t i = 0; i < RTE_MAX_QUEUES_PER_PORT; i++) {
		struct tx_queue *q = tx_queue_get(port, i);

		if (q != NULL)
			set_caps(q, &info);
	}
	tx_peer_unlock();
	return 0;
}

int
tx_peer_watch(struct tx_queue *q, const struct rte_eth_dev_info *info)
{
	int rc;

	if (!has_peer(q))
		return 0;
	/* first: what happens in between is heard of. Once more is no matter */
	rc = rte_eth_dev_callback_register(q->port, RTE_ETH_EVENT_INTR_LSC, changed, NULL);
	if (rc == 0)
		set_caps(q, info);
	return rc;
}

void
tx_peer_leave(const struct tx_queue *q)
{
	if (!has_peer(q))
		return;
	for (uint16_t i = 0; i < RTE_MAX_QUEUES_PER_PORT; i++)
		if (tx_queue_get(q->port, i) != NULL)
			return;
	while (rte_eth_dev_callback_unregister(q->port, RTE_ETH_EVENT_INTR_LSC, changed, NULL) ==
		-EAGAIN)
		rte_pause(); /* it runs */
}
