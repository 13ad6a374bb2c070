/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The packet's way, and the loop that every forwarding lcore runs:
 *
 *	receive -> merge -> forward -> plan, cut, complete, send
 *
 * Neighbours: cleave_gro_burst() (lib/gro) merges, the modes (mode_*.c) forward, cleave_tx_burst()
 * (lib/tx) does all that follows, stream.c hands out the streams, merge.c their GRO. Nothing here is
 * shared between lcores.
 */
#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "fwd.h"

/* Rounds that a stopping lcore spends on what a full ring does not take. */
#define FLUSH_ROUNDS 1000
#define FLUSH_PAUSE_US 100

/* Packets on their way, from the first that has not gone on. */
struct burst {
	struct rte_mbuf **pkts;
	uint16_t n;
};

static inline uint16_t
stream_receive(struct fwd_stream *fs, struct rte_mbuf **pkts)
{
	uint16_t n = rte_eth_rx_burst(fs->rx_port, fs->rx_queue, pkts, conf.burst);

	if (conf.record_burst_stats)
		fs->stats.rx_bursts[n]++;
	fs->stats.rx_packets += n;
	return n;
}

/* Merge what was received, as far as there is room in out; without GRO all leaves as it came. */
static inline struct burst
stream_merge(struct fwd_stream *fs, struct burst *came, struct rte_mbuf **out)
{
	struct burst leaves = *came;
	uint16_t taken = came->n;

	if (fs->gro != NULL)
		leaves = (struct burst){out,
			cleave_gro_burst(fs->gro, came->pkts, &taken, rte_rdtsc(), out, BURST_MAX)};
	came->pkts += taken;
	came->n -= taken;
	return leaves;
}

/* What the ring has no room for is dropped, and counted in frames that came. */
static void
stream_drop(struct fwd_stream *fs, struct rte_mbuf **pkts, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		fs->stats.ring_full += cleave_meta_packets(pkts[i]);
	rte_pktmbuf_free_bulk(pkts, n);
}

static inline void
stream_send(struct fwd_stream *fs, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t sent = cleave_tx_burst(fs->tx_port, fs->tx_queue, pkts, n);

	if (conf.record_burst_stats)
		fs->stats.tx_bursts[sent]++;
	fs->stats.tx_packets += sent;
	if (unlikely(sent < n))
		stream_drop(fs, &pkts[sent], n - sent); /* as testpmd, a forwarder does not wait */
}

/* The last ones: they may wait. */
static void
stream_send_last(struct fwd_stream *fs, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t sent = 0;

	for (unsigned int r = 0; r < FLUSH_ROUNDS && sent < n; r++) {
		sent += cleave_tx_burst(fs->tx_port, fs->tx_queue, &pkts[sent], n - sent);
		if (sent < n)
			rte_delay_us_block(FLUSH_PAUSE_US);
	}
	fs->stats.tx_packets += sent;
	stream_drop(fs, &pkts[sent], n - sent);
}

/* All that GRO holds leaves. */
static void
stream_flush(struct fwd_stream *fs, const struct fwd_mode *mode,
	void (*send)(struct fwd_stream *fs, struct rte_mbuf **pkts, uint16_t n))
{
	struct rte_mbuf *pkts[BURST_MAX];
	uint16_t n, m;

	fs->gro_bursts = 0;
	do {
		n = cleave_gro_flush(fs->gro, pkts, BURST_MAX);
		m = mode->forward(fs, pkts, n);
		if (m > 0)
			send(fs, pkts, m);
	} while (n == BURST_MAX);
}

/* 'set gro flush': n packets came; have those that are held waited for their number of bursts? An
 * empty poll is the end of waiting where no timeout is. */
static inline bool
bursts_over(struct fwd_stream *fs, uint16_t n)
{
	return n > 0 ? ++fs->gro_bursts >= conf.gro_flush : conf.gro_timeout_us == 0;
}

static inline void
stream_run(struct fwd_stream *fs, const struct fwd_mode *mode)
{
	struct rte_mbuf *pkts[BURST_MAX], *merged[BURST_MAX];
	struct burst came = {pkts, 0}, leaves;
	uint64_t start = conf.record_core_cycles ? rte_rdtsc() : 0;
	uint16_t n = 0;

	if (mode->rx) {
		came.n = n = stream_receive(fs, pkts);
		if (n == 0 && mode->tx)
			cleave_tx_flush(fs->tx_port, fs->tx_queue);
		/* but a poll without packets may be the end of waiting for more */
		if (n == 0 && (fs->gro == NULL || cleave_gro_held(fs->gro) == 0))
			return;
	}
	do {
		leaves = stream_merge(fs, &came, merged);
		leaves.n = mode->forward(fs, leaves.pkts, leaves.n);
		if (mode->tx && leaves.n > 0)
			stream_send(fs, leaves.pkts, leaves.n);
	} while (came.n > 0);
	if (fs->gro != NULL && conf.gro_flush > 1 && bursts_over(fs, n))
		stream_flush(fs, mode, stream_send);
	if (conf.record_core_cycles)
		fs->stats.cycles += rte_rdtsc() - start;
}

/* Nothing is left behind: neither what is held to be merged nor segments that a full ring did not
 * take. */
static void
finish(const struct fwd_lcore *lc, const struct fwd_mode *mode)
{
	for (uint16_t i = lc->first; i < lc->first + lc->nb; i++) {
		struct fwd_stream *fs = &streams[i];

		if (fs->gro != NULL)
			stream_flush(fs, mode, stream_send_last);
		for (unsigned int r = 0;
			r < FLUSH_ROUNDS && cleave_tx_flush(fs->tx_port, fs->tx_queue) != 0; r++)
			rte_delay_us_block(FLUSH_PAUSE_US);
	}
}

/* Out of line: orders are rare. Returns whether the lcore is to run on. */
static __rte_noinline bool
obey(struct fwd_lcore *lc, enum order order)
{
	if (order == ORDER_STOP)
		return false;
	merge_write_flows(lc);
	__atomic_store_n(&lc->order, ORDER_RUN, __ATOMIC_RELEASE);
	return true;
}

int
worker_run(void *arg)
{
	struct fwd_lcore *lc = arg;
	const struct fwd_mode *mode = conf.mode;
	struct fwd_stream *first = &streams[lc->first], *end = first + lc->nb;
	enum order order;

	for (;;) {
		order = __atomic_load_n(&lc->order, __ATOMIC_ACQUIRE);
		if (unlikely(order != ORDER_RUN) && !obey(lc, order))
			break;
		for (struct fwd_stream *fs = first; fs < end; fs++)
			stream_run(fs, mode);
	}
	if (mode->tx)
		finish(lc, mode);
	return 0;
}

void
worker_send_first(const struct fwd_lcore *lc)
{
	struct rte_mbuf *pkts[BURST_MAX];

	for (uint16_t i = lc->first; i < lc->first + lc->nb; i++)
		stream_send(&streams[i], pkts, txonly_make(&streams[i], pkts, conf.burst));
}
