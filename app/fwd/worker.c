/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The packet's way, and the loop that every forwarding lcore runs:
 *
 *	receive -> merge -> forward -> plan, cut, complete, send
 *
 * Neighbours: the modes (mode_*.c) forward, cleave_tx_burst() (lib/tx) does all that follows,
 * stream.c hands out the streams. Nothing here is shared between lcores.
 */
#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "fwd.h"

/* Rounds that a stopping lcore spends on segments that a full ring held back. */
#define FLUSH_ROUNDS 1000
#define FLUSH_PAUSE_US 100

static inline uint16_t
stream_receive(struct fwd_stream *fs, struct rte_mbuf **pkts)
{
	uint16_t n = rte_eth_rx_burst(fs->rx_port, fs->rx_queue, pkts, conf.burst);

	if (conf.record_burst_stats)
		fs->stats.rx_bursts[n]++;
	fs->stats.rx_packets += n;
	return n;
}

static inline void
stream_send(struct fwd_stream *fs, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t sent = cleave_tx_burst(fs->tx_port, fs->tx_queue, pkts, n);

	if (conf.record_burst_stats)
		fs->stats.tx_bursts[sent]++;
	fs->stats.tx_packets += sent;
	if (unlikely(sent < n)) {
		/* the ring is full: as testpmd, a forwarder does not wait */
		fs->stats.ring_full += n - sent;
		rte_pktmbuf_free_bulk(&pkts[sent], n - sent);
	}
}

static inline void
stream_run(struct fwd_stream *fs, const struct fwd_mode *mode)
{
	struct rte_mbuf *pkts[BURST_MAX];
	uint64_t start = conf.record_core_cycles ? rte_rdtsc() : 0;
	uint16_t n = 0;

	if (mode->rx) {
		n = stream_receive(fs, pkts);
		if (n == 0) {
			if (mode->tx)
				cleave_tx_flush(fs->tx_port, fs->tx_queue);
			return;
		}
	}
	/* here GRO will merge what was received (lib/gro) */
	n = mode->forward(fs, pkts, n);
	if (mode->tx && n > 0)
		stream_send(fs, pkts, n);
	if (conf.record_core_cycles)
		fs->stats.cycles += rte_rdtsc() - start;
}

static void
flush(const struct fwd_lcore *lc)
{
	for (uint16_t i = lc->first; i < lc->first + lc->nb; i++) {
		const struct fwd_stream *fs = &streams[i];

		for (unsigned int r = 0;
			r < FLUSH_ROUNDS && cleave_tx_flush(fs->tx_port, fs->tx_queue) != 0; r++)
			rte_delay_us_block(FLUSH_PAUSE_US);
	}
}

int
worker_run(void *arg)
{
	struct fwd_lcore *lc = arg;
	const struct fwd_mode *mode = conf.mode;
	struct fwd_stream *first = &streams[lc->first], *end = first + lc->nb;

	while (!__atomic_load_n(&lc->stop, __ATOMIC_RELAXED))
		for (struct fwd_stream *fs = first; fs < end; fs++)
			stream_run(fs, mode);
	if (mode->tx)
		flush(lc);
	return 0;
}

void
worker_send_first(const struct fwd_lcore *lc)
{
	for (uint16_t i = lc->first; i < lc->first + lc->nb; i++)
		stream_run(&streams[i], &mode_txonly);
}
