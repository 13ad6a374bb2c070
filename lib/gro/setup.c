/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Making and freeing what merges. Neighbours: gro.h.
 */
#include <errno.h>
#include <sys/random.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_malloc.h>

#include "cleave_config.h"
#include "table.h"

#define FLOWS_DEFAULT 1024
#define FLOWS_MAX (1u << 20)
#define UDP_SEGS_DEFAULT 64

/* In ticks, at least one where it is not 0. */
static uint32_t
timeout_ticks(uint32_t us)
{
	uint64_t hz = rte_get_tsc_hz() >> GRO_TICK;

	us = RTE_MIN(us, (uint32_t)CLEAVE_GRO_TIMEOUT_MAX);
	return us == 0 ? 0 : RTE_MAX(1u, us * hz / 1000000);
}

struct cleave_gro *
cleave_gro_create(const struct cleave_gro_conf *conf)
{
	uint32_t flows =
		rte_align32pow2(RTE_MAX(conf->flows != 0 ? conf->flows : FLOWS_DEFAULT, 8u));
	/* twice the room, so that few buckets are full when all of that is held */
	const uint32_t nb_buckets = 2 * flows / GRO_WAYS;
	struct cleave_gro *g;

	if (conf->flows > FLOWS_MAX || (conf->flags & ~(CLEAVE_GRO_TCP | CLEAVE_GRO_UDP))) {
		rte_errno = EINVAL;
		return NULL;
	}
	if (cleave_meta_register() < 0) {
		rte_errno = ENOMEM;
		return NULL;
	}
	g = rte_zmalloc_socket("cleave_gro", sizeof(*g), RTE_CACHE_LINE_SIZE, conf->socket_id);
	if (g == NULL)
		goto err;
	g->buckets = rte_zmalloc_socket("cleave_gro", nb_buckets * sizeof(*g->buckets),
		RTE_CACHE_LINE_SIZE, conf->socket_id);
	g->held = rte_zmalloc_socket("cleave_gro", (size_t)nb_buckets * GRO_WAYS * sizeof(*g->held),
		RTE_CACHE_LINE_SIZE, conf->socket_id);
	g->order_mask = 2 * flows - 1;
	g->order = rte_zmalloc_socket(
		"cleave_gro", 2 * flows * sizeof(*g->order), RTE_CACHE_LINE_SIZE, conf->socket_id);
	g->over = rte_zmalloc_socket(
		"cleave_gro", nb_buckets * sizeof(*g->over), RTE_CACHE_LINE_SIZE, conf->socket_id);
	if (g->buckets == NULL || g->held == NULL || g->order == NULL || g->over == NULL)
		goto err;
	if (getrandom(g->seed, sizeof(g->seed), 0) != sizeof(g->seed))
		goto err;
	g->mask = nb_buckets - 1;
	g->timeout = timeout_ticks(conf->timeout_us);
	g->most_held = flows;
	g->flags = conf->flags;
	g->udp_segs = conf->udp_segs != 0 ? conf->udp_segs : UDP_SEGS_DEFAULT;
	g->meta_offset = cleave_meta_offset;
	/* and no more packets than can be cut apart again */
	g->max_mbufs = conf->max_mbufs != 0 ? RTE_MIN(conf->max_mbufs, CLEAVE_GSO_SEGS_MAX)
					    : CLEAVE_GSO_SEGS_MAX;
	g->max_len = conf->max_len != 0 ? conf->max_len : UINT32_MAX;
	cleave_sum_select();
	return g;
err:
	cleave_gro_free(g);
	rte_errno = ENOMEM;
	return NULL;
}

void
cleave_gro_free(struct cleave_gro *g)
{
	if (g == NULL)
		return;
	while (g->nb_held != 0) {
		struct held *h = table_oldest(g);

		rte_pktmbuf_free(merge_complete(g, h));
		table_remove(g, h);
	}
	rte_free(g->order);
	rte_free(g->over);
	rte_free(g->buckets);
	rte_free(g->held);
	rte_free(g);
}

void
cleave_gro_set_timeout(struct cleave_gro *g, uint32_t timeout_us)
{
	g->timeout = timeout_ticks(timeout_us);
}
