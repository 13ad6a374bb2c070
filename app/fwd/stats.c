/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Statistics on the screen: the blocks of testpmd, laid out as testpmd's, and Cleave's own behind
 * them. Neighbours: json.c writes the same counters; worker.c and lib/tx count.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "fwd.h"

#define BORDER_NIC "########################"
#define BORDER_FWD "----------------------"
#define BORDER_ACC "+++++++++++++++"

void
stats_cleave_sum(uint16_t id, struct cleave_tx_stats *sum)
{
	struct cleave_tx_stats s;
	uint64_t *to = (uint64_t *)sum;
	const uint64_t *from = (const uint64_t *)&s;

	memset(sum, 0, sizeof(*sum));
	for (uint16_t q = 0; q < conf.txq; q++) {
		cleave_tx_stats_get(id, q, &s);
		for (unsigned int i = 0; i < sizeof(s) / sizeof(*to); i++)
			to[i] += from[i];
	}
}

static void
add_bursts(uint64_t *sum, const uint64_t *bursts)
{
	for (unsigned int b = 0; b <= BURST_MAX; b++)
		sum[b] += bursts[b];
}

/* What the streams that receive from and send to a port counted. */
void
stats_forward_of(uint16_t id, struct stream_stats *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (uint16_t i = 0; i < nb_streams; i++) {
		const struct stream_stats *s = &streams[i].stats;

		if (streams[i].rx_port == id) {
			sum->rx_packets += s->rx_packets;
			sum->bad_ip_cksum += s->bad_ip_cksum;
			sum->bad_l4_cksum += s->bad_l4_cksum;
			sum->cycles += s->cycles;
			add_bursts(sum->rx_bursts, s->rx_bursts);
		}
		if (streams[i].tx_port == id) {
			sum->tx_packets += s->tx_packets;
			sum->ring_full += s->ring_full;
			add_bursts(sum->tx_bursts, s->tx_bursts);
		}
	}
}

static void
cleave_block(uint16_t id, const struct cleave_tx_stats *s)
{
	printf("  Cleave statistics for port %u\n", id);
	for (unsigned int p = 0; p < CLEAVE_NB_PLANS; p++)
		printf("  %s: %-14" PRIu64, cleave_plan_name(p), s->plan[p]);
	printf("\n  tx_segments: %-14" PRIu64 "  tx_fragmented: %-14" PRIu64
	       "  tx_unchained: %-14" PRIu64 "\n",
		s->segments, s->fragmented, s->unchained);
	printf("  tx_sw_cksum: %-14" PRIu64 "  tx_linearized: %-14" PRIu64 "  tx_whole: %-14" PRIu64
	       "  tx_pending: %" PRIu64 "\n",
		s->sw_cksum, s->linearized, s->whole, s->pending);
	for (unsigned int d = 0; d < CLEAVE_NB_DROPS; d++)
		if (s->drop[d] != 0)
			printf("  %s: %" PRIu64 "\n", cleave_drop_name(d), s->drop[d]);
	merge_block(id);
}

static void
throughput(uint16_t id, const struct rte_eth_stats *now)
{
	static struct rte_eth_stats before[RTE_MAX_ETHPORTS];
	static uint64_t when[RTE_MAX_ETHPORTS];
	struct timespec ts;
	uint64_t ns;
	double s;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ns = ts.tv_sec * UINT64_C(1000000000) + ts.tv_nsec;
	s = when[id] != 0 ? (ns - when[id]) * 1e-9 : 0;
#define RATE(f)                                                                                    \
	(s > 0 && now->f > before[id].f ? (uint64_t)((now->f - before[id].f) / s) : UINT64_C(0))
	printf("\n  Throughput (since last show)\n");
	printf("  Rx-pps: %12" PRIu64 "          Rx-bps: %12" PRIu64 "\n  Tx-pps: %12" PRIu64
	       "          Tx-bps: %12" PRIu64 "\n",
		RATE(ipackets), RATE(ibytes) * 8, RATE(opackets), RATE(obytes) * 8);
#undef RATE
	before[id] = *now;
	when[id] = ns;
}

static void
chosen_xstats(uint16_t id)
{
	for (unsigned int i = 0; i < conf.xstats_nb; i++) {
		uint64_t xid, value;

		if (rte_eth_xstats_get_id_by_name(id, conf.xstats[i], &xid) == 0 &&
			rte_eth_xstats_get_by_id(id, &xid, &value, 1) == 1)
			printf("  %-32s %" PRIu64 "\n", conf.xstats[i], value);
	}
}

void
stats_port(uint16_t id)
{
	struct rte_eth_stats stats;
	struct cleave_tx_stats cleave;
	int rc = rte_eth_stats_get(id, &stats);

	if (rc < 0) {
		fail("port %u: statistics: %s", id, strerror(-rc));
		return;
	}
	printf("\n  %s NIC statistics for port %-2d %s\n", BORDER_NIC, id, BORDER_NIC);
	printf("  RX-packets: %-10" PRIu64 " RX-missed: %-10" PRIu64 " RX-bytes:  %-" PRIu64 "\n",
		stats.ipackets, stats.imissed, stats.ibytes);
	printf("  RX-errors: %-" PRIu64 "\n", stats.ierrors);
	printf("  RX-nombuf:  %-10" PRIu64 "\n", stats.rx_nombuf);
	printf("  TX-packets: %-10" PRIu64 " TX-errors: %-10" PRIu64 " TX-bytes:  %-" PRIu64 "\n",
		stats.opackets, stats.oerrors, stats.obytes);
	throughput(id, &stats);
	chosen_xstats(id);
	printf("  %s############################%s\n", BORDER_NIC, BORDER_NIC);
	stats_cleave_sum(id, &cleave);
	cleave_block(id, &cleave);
}

void
stats_clear_port(uint16_t id)
{
	rte_eth_stats_reset(id);
	memset(&ports[id].base, 0, sizeof(ports[id].base));
	for (uint16_t q = 0; q < conf.txq; q++)
		cleave_tx_stats_reset(id, q);
	merge_clear(id);
	printf("\n  NIC statistics for port %u cleared\n", id);
}

/* The port's counters since forwarding started. */
void
stats_port_delta(uint16_t id, struct rte_eth_stats *stats)
{
	const struct rte_eth_stats *base = &ports[id].base;

	if (rte_eth_stats_get(id, stats) < 0) {
		memset(stats, 0, sizeof(*stats));
		return;
	}
	stats->ipackets -= base->ipackets;
	stats->opackets -= base->opackets;
	stats->ibytes -= base->ibytes;
	stats->obytes -= base->obytes;
	stats->imissed -= base->imissed;
	stats->ierrors -= base->ierrors;
	stats->oerrors -= base->oerrors;
	stats->rx_nombuf -= base->rx_nombuf;
}

/* The most frequent burst sizes, as testpmd's: 0, the two most frequent ones, the others. */
static void
burst_line(const char *way, const uint64_t *bursts)
{
	uint64_t total = 0, rest;
	unsigned int first = 0, second = 0;

	for (unsigned int b = 0; b <= BURST_MAX; b++)
		total += bursts[b];
	if (total == 0)
		return;
	for (unsigned int b = 1; b <= BURST_MAX; b++)
		if (bursts[b] > bursts[first] || first == 0)
			first = b;
	for (unsigned int b = 1; b <= BURST_MAX; b++)
		if (b != first && (bursts[b] > bursts[second] || second == 0))
			second = b;
	rest = total - bursts[0] - bursts[first] - bursts[second];
	printf("  %s-bursts : %" PRIu64
	       " [%.0f%% of 0 pkts + %.0f%% of %u pkts + %.0f%% of %u pkts + "
	       "%.0f%% of other pkts]\n",
		way, total, 100.0 * bursts[0] / total, 100.0 * bursts[first] / total, first,
		100.0 * bursts[second] / total, second, 100.0 * rest / total);
}

/* As in testpmd, what came is what left and what was dropped, whatever was merged between and cut
 * back: all three count frames, and what is dropped counts as the frames that it was merged of
 * (ring_full, drop_frames). The sums differ only where frames are not what came: a long one was
 * cut, or a merged packet left whole (--jumbo; tx_whole says how many). */
void
stats_forward_lines(uint16_t id, struct forward_stats *s)
{
	struct cleave_tx_stats cleave;
	struct rte_eth_stats port;
	struct stream_stats fwd;

	stats_port_delta(id, &port);
	stats_forward_of(id, &fwd);
	stats_cleave_sum(id, &cleave);
	s->rx_packets = port.ipackets;
	s->rx_dropped = port.imissed;
	s->tx_packets = port.opackets;
	s->tx_dropped = fwd.ring_full + port.oerrors + cleave.drop_frames;
}

static void
forward_port(uint16_t id, struct rte_eth_stats *total, uint64_t *total_dropped, uint64_t *cycles)
{
	struct cleave_tx_stats cleave;
	struct rte_eth_stats s;
	struct forward_stats lines;
	struct stream_stats fwd;
	uint64_t dropped;

	stats_port_delta(id, &s);
	stats_forward_of(id, &fwd);
	stats_cleave_sum(id, &cleave);
	stats_forward_lines(id, &lines);
	dropped = lines.tx_dropped;

	printf("\n  %s Forward statistics for port %-2d %s\n", BORDER_FWD, id, BORDER_FWD);
	printf("  RX-packets: %-14" PRIu64 " RX-dropped: %-14" PRIu64 "RX-total: %-" PRIu64 "\n",
		s.ipackets, s.imissed, s.ipackets + s.imissed);
	if (conf.mode == &mode_csum) {
		printf("  Bad-ipcsum: %-14" PRIu64 " Bad-l4csum: %-14" PRIu64
		       "Bad-outer-l4csum: %-14u\n",
			fwd.bad_ip_cksum, fwd.bad_l4_cksum, 0);
		printf("  Bad-outer-ipcsum: %-14u\n", 0);
	}
	if (s.ierrors + s.rx_nombuf > 0) {
		printf("  RX-error: %-" PRIu64 "\n", s.ierrors);
		printf("  RX-nombufs: %-14" PRIu64 "\n", s.rx_nombuf);
	}
	printf("  TX-packets: %-14" PRIu64 " TX-dropped: %-14" PRIu64 "TX-total: %-" PRIu64 "\n",
		s.opackets, dropped, s.opackets + dropped);
	if (conf.record_burst_stats) {
		burst_line("RX", fwd.rx_bursts);
		burst_line("TX", fwd.tx_bursts);
	}
	printf("  %s--------------------------------%s\n", BORDER_FWD, BORDER_FWD);
	cleave_block(id, &cleave);

	total->ipackets += s.ipackets;
	total->opackets += s.opackets;
	total->imissed += s.imissed;
	total->rx_nombuf += s.rx_nombuf;
	*total_dropped += dropped;
	*cycles += fwd.cycles;
}

void
stats_forward(void)
{
	struct rte_eth_stats t = {0};
	uint64_t dropped = 0, cycles = 0, packets;

	for (uint16_t i = 0; i < nb_fwd_ports; i++)
		forward_port(fwd_ports[i], &t, &dropped, &cycles);
	printf("\n  %s Accumulated forward statistics for all ports%s\n", BORDER_ACC, BORDER_ACC);
	printf("  RX-packets: %-14" PRIu64 " RX-dropped: %-14" PRIu64 "RX-total: %-" PRIu64 "\n"
	       "  TX-packets: %-14" PRIu64 " TX-dropped: %-14" PRIu64 "TX-total: %-" PRIu64 "\n",
		t.ipackets, t.imissed, t.ipackets + t.imissed, t.opackets, dropped,
		t.opackets + dropped);
	if (t.rx_nombuf > 0)
		printf("  RX-nombufs: %-14" PRIu64 "\n", t.rx_nombuf);
	printf("  %s++++++++++++++++++++++++++++++++++++++++++++++%s\n", BORDER_ACC, BORDER_ACC);
	packets = conf.mode->rx ? t.ipackets : t.opackets;
	if (conf.record_core_cycles && packets > 0)
		printf("\n  CPU cycles/packet=%.2f (total cycles=%" PRIu64
		       " / total %s packets=%" PRIu64 ") at %" PRIu64 " MHz Clock\n",
			(double)cycles / packets, cycles, conf.mode->rx ? "RX" : "TX", packets,
			rte_get_tsc_hz() / 1000000);
	fflush(stdout);
}

void
stats_forward_clear(void)
{
	for (uint16_t i = 0; i < nb_fwd_ports; i++) {
		uint16_t id = fwd_ports[i];

		rte_eth_stats_get(id, &ports[id].base);
		for (uint16_t q = 0; q < conf.txq; q++)
			cleave_tx_stats_reset(id, q);
		merge_clear(id);
	}
	for (uint16_t i = 0; i < nb_streams; i++)
		memset(&streams[i].stats, 0, sizeof(streams[i].stats));
}

void
stats_drops(void)
{
	struct cleave_tx_stats s;
	uint16_t id;

	RTE_ETH_FOREACH_DEV (id) {
		stats_cleave_sum(id, &s);
		printf("port %u\n", id);
		for (unsigned int d = 0; d < CLEAVE_NB_DROPS; d++)
			printf("  %s: %" PRIu64 "\n", cleave_drop_name(d), s.drop[d]);
	}
}
