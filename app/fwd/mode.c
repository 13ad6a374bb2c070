/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The forwarding modes by name, and the two that do nothing with a packet: io and rxonly.
 * Neighbours: mode_*.c; worker.c calls them.
 */
#include <string.h>

#include <rte_common.h>

#include "fwd.h"

static const struct fwd_mode *const modes[] = {
	&mode_io,
	&mode_mac,
	&mode_macswap,
	&mode_csum,
	&mode_rxonly,
	&mode_txonly,
};

const struct fwd_mode *
mode_find(const char *name)
{
	for (unsigned int i = 0; i < RTE_DIM(modes); i++)
		if (strcmp(modes[i]->name, name) == 0)
			return modes[i];
	return NULL;
}

const char *
mode_names(void)
{
	static char names[128];
	size_t at = 0;

	for (unsigned int i = 0; i < RTE_DIM(modes); i++)
		at += snprintf(
			names + at, sizeof(names) - at, "%s%s", i > 0 ? ", " : "", modes[i]->name);
	return names;
}

static uint16_t
forward_io(struct fwd_stream *fs, struct rte_mbuf **pkts, uint16_t n)
{
	return n;
}

static uint16_t
forward_rxonly(struct fwd_stream *fs, struct rte_mbuf **pkts, uint16_t n)
{
	for (uint16_t i = 0; conf.verbose > 0 && i < n; i++)
		printf("port %u/queue %u: received packet - length=%u - nb_segs=%u\n", fs->rx_port,
			fs->rx_queue, pkts[i]->pkt_len, pkts[i]->nb_segs);
	rte_pktmbuf_free_bulk(pkts, n);
	return 0;
}

const struct fwd_mode mode_io = {"io", true, true, forward_io, NULL};
const struct fwd_mode mode_rxonly = {"rxonly", true, false, forward_rxonly, NULL};
