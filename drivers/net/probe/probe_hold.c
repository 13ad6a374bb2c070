/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Allocation failures on demand: hold back objects of a mempool. The objects pass by the cache of
 * the calling lcore, which is emptied first, so that exactly what is left can be allocated.
 */
#include <errno.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_lcore.h>

#include "probe.h"

struct rte_net_probe_hold {
	struct rte_mempool *mp;
	unsigned int n;
	void *objs[];
};

static void
flush_cache(struct rte_mempool *mp)
{
	struct rte_mempool_cache *cache = rte_mempool_default_cache(mp, rte_lcore_id());

	if (cache != NULL)
		rte_mempool_cache_flush(cache, mp);
}

struct rte_net_probe_hold *
rte_net_probe_mempool_drain(struct rte_mempool *mp, unsigned int leave)
{
	struct rte_net_probe_hold *h;

	h = malloc(sizeof(*h) + mp->size * sizeof(h->objs[0]));
	if (h == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	h->mp = mp;
	h->n = 0;
	flush_cache(mp);
	while (h->n < mp->size && rte_mempool_generic_get(mp, &h->objs[h->n], 1, NULL) == 0)
		h->n++;
	if (rte_net_probe_mempool_release(h, leave) < leave) {
		rte_net_probe_mempool_refill(h);
		rte_errno = EINVAL;
		return NULL;
	}
	return h;
}

unsigned int
rte_net_probe_mempool_release(struct rte_net_probe_hold *h, unsigned int n)
{
	n = RTE_MIN(n, h->n);
	if (n > 0)
		rte_mempool_generic_put(h->mp, &h->objs[h->n - n], n, NULL);
	h->n -= n;
	return n;
}

void
rte_net_probe_mempool_refill(struct rte_net_probe_hold *h)
{
	if (h == NULL)
		return;
	rte_net_probe_mempool_release(h, h->n);
	free(h);
}
