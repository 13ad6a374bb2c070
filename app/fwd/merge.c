/* SPDX-License-Identifier: BSD-3-Clause
 *
 * GRO as the user sees it: a struct cleave_gro for each stream that merges, its counters, what it
 * holds. Neighbours: worker.c gives it packets; stats.c and json.c show the counters; lib/gro.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_pause.h>

#include "fwd.h"

/* Does it pay, and can what is merged be cut back? With --gso=off nothing is cut in software, and
 * then nothing that came in at the wire's size may become longer. */
static bool
merges(const struct fwd_stream *fs)
{
	return conf.mode->rx && conf.mode->tx && ports[fs->rx_port].gro &&
	       !ports[fs->tx_port].tx.no_gso;
}

int
merge_setup(void)
{
	for (uint16_t i = 0; i < nb_streams; i++) {
		struct fwd_stream *fs = &streams[i];
		const struct fwd_port *p = &ports[fs->rx_port];
		struct cleave_gro_conf c = {
			.timeout_us = conf.gro_timeout_us,
			.flags = CLEAVE_GRO_TCP | (p->udp_gro ? CLEAVE_GRO_UDP : 0),
			.socket_id = p->socket,
		};

		if (!merges(fs))
			continue;
		/* only bursts are counted */
		if (conf.gro_flush > 1 && conf.gro_timeout_us == 0)
			c.timeout_us = CLEAVE_GRO_TIMEOUT_MAX;
		fs->gro = cleave_gro_create(&c);
		if (fs->gro == NULL)
			return fail("port %u, RX queue %u: GRO: %s", fs->rx_port, fs->rx_queue,
				rte_strerror(rte_errno));
	}
	return 0;
}

void
merge_free(void)
{
	for (uint16_t i = 0; i < nb_streams; i++) {
		cleave_gro_free(streams[i].gro);
		streams[i].gro = NULL;
	}
}

void
merge_sum(uint16_t id, struct cleave_gro_stats *sum)
{
	struct cleave_gro_stats s;
	uint64_t *to = (uint64_t *)sum;
	const uint64_t *from = (const uint64_t *)&s;

	memset(sum, 0, sizeof(*sum));
	for (uint16_t i = 0; i < nb_streams; i++) {
		if (streams[i].rx_port != id || streams[i].gro == NULL)
			continue;
		cleave_gro_stats_get(streams[i].gro, &s);
		for (unsigned int k = 0; k < sizeof(s) / sizeof(*to); k++)
			to[k] += from[k];
	}
}

void
merge_clear(uint16_t id)
{
	for (uint16_t i = 0; i < nb_streams; i++)
		if (streams[i].rx_port == id && streams[i].gro != NULL)
			cleave_gro_stats_reset(streams[i].gro);
}

void
merge_block(uint16_t id)
{
	struct cleave_gro_stats s;

	merge_sum(id, &s);
	printf("  gro_packets: %-14" PRIu64 "  gro_merged: %-14" PRIu64 "  gro_supers: %-14" PRIu64
	       "\n  gro_verified: %-14" PRIu64 "  gro_held: %" PRIu64 "\n",
		s.packets, s.merged, s.supers, s.verified, s.held);
	for (unsigned int p = 0; p < CLEAVE_GRO_NB_PASSES; p++)
		if (s.pass[p] != 0)
			printf("  %s: %" PRIu64 "\n", cleave_gro_pass_name(p), s.pass[p]);
	for (unsigned int f = 0; f < CLEAVE_GRO_NB_FLUSHES; f++)
		if (s.flush[f] != 0)
			printf("  %s: %" PRIu64 "\n", cleave_gro_flush_name(f), s.flush[f]);
}

/* testpmd's lines, and ours behind them. */
void
merge_show(uint16_t id)
{
	if (!ports[id].gro) {
		printf("Port %u doesn't enable GRO.\n", id);
		return;
	}
	printf("GRO type: TCP/IPv4 TCP/IPv6%s\n", ports[id].udp_gro ? " UDP/IPv4 UDP/IPv6" : "");
	printf("Flushing cycles: %u\n", conf.gro_flush);
	printf("Timeout: %u us\n", conf.gro_timeout_us);
	for (uint16_t i = 0; i < nb_streams; i++)
		if (streams[i].rx_port == id && ports[streams[i].tx_port].tx.no_gso)
			printf("Not merged: what leaves by port %u, where GSO is off\n",
				streams[i].tx_port);
}

/* Only the lcore that owns a struct cleave_gro may look into it, and it may not wait for a terminal:
 * it writes into memory. */
static struct {
	uint16_t port;
	FILE *f;
} flows;

void
merge_write_flows(const struct fwd_lcore *lc)
{
	for (uint16_t i = lc->first; i < lc->first + lc->nb; i++) {
		const struct fwd_stream *fs = &streams[i];

		if (fs->rx_port != flows.port || fs->gro == NULL)
			continue;
		fprintf(flows.f, "GRO of port %u, queue %u: %u flows held\n", fs->rx_port,
			fs->rx_queue, cleave_gro_held(fs->gro));
		cleave_gro_dump(flows.f, fs->gro, rte_rdtsc());
	}
}

void
merge_show_flows(uint16_t id)
{
	char *text = NULL;
	size_t len;

	if (!forwarding) {
		printf("GRO of port %u: nothing is held, forwarding is stopped\n", id);
		return;
	}
	flows.port = id;
	flows.f = open_memstream(&text, &len);
	if (flows.f == NULL) {
		fail("show gro flows: no memory");
		return;
	}
	for (uint16_t l = 0; l < nb_lcores; l++) {
		__atomic_store_n(&lcores[l].order, ORDER_SHOW_FLOWS, __ATOMIC_RELEASE);
		while (__atomic_load_n(&lcores[l].order, __ATOMIC_ACQUIRE) == ORDER_SHOW_FLOWS)
			rte_pause();
	}
	if (fclose(flows.f) == 0)
		fputs(text[0] != '\0' ? text : "Nothing is merged\n", stdout);
	free(text);
}
