/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The ways from a generator to a sink: Cleave's, with GRO and GSO and without, and rte_gro with
 * rte_gso. Neighbours: perf_path.h, perf_peer.h.
 */
#include "perf_path.h"

#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_gro.h>

#include "cleave_gro.h"
#include "cleave_tx.h"
#include "perf_peer.h"
#include "rte_net_probe.h"

#define OUT_MAX (2 * PATH_BURST)
#define SEGS_MAX 64
#define PATH_NAME(e, n, s, t) #n,
#define PATH_TEXT(e, n, s, t) t,
#define PATH_SINK(e, n, s, t) PATH_SINK_##s,
const char *const path_names[] = {PATH_WAYS_OF(PATH_NAME)};
const char *const path_texts[] = {PATH_WAYS_OF(PATH_TEXT)};
static const uint8_t sink_of[] = {PATH_WAYS_OF(PATH_SINK)};

static struct cleave_gro *within, *over;
static void *peer_ctx;
static uint64_t handed_on;

static const struct rte_gro_param peer_param = {
	.gro_types = RTE_GRO_TCP_IPV4,
	.max_flow_num = PATH_BURST * PATH_HOLD_BURSTS,
	.max_item_per_flow = 4,
};

static struct cleave_gro *
open_gro(uint32_t timeout_us)
{
	const struct cleave_gro_conf conf = {
		.timeout_us = timeout_us,
		.flags = CLEAVE_GRO_TCP,
		.socket_id = SOCKET_ID_ANY,
	};

	return cleave_gro_create(&conf);
}

int
path_init(void)
{
	struct rte_gro_param param = peer_param;

	if (perf_pools_init() < 0 || path_open() < 0)
		return -1;
	within = open_gro(0);
	over = open_gro(PATH_HOLD_US);
	param.socket_id = rte_socket_id();
	peer_ctx = rte_gro_ctx_create(&param);
	return within == NULL || over == NULL || peer_ctx == NULL ? -1 : 0;
}

void
path_fini(void)
{
	path_close();
	cleave_gro_free(within);
	cleave_gro_free(over);
	if (peer_ctx != NULL)
		rte_gro_ctx_destroy(peer_ctx);
	within = over = NULL;
	peer_ctx = NULL;
	perf_pools_fini();
}

/* What a program does with a packet, whatever its size. */
static inline void
do_work(uint16_t n, uint32_t work)
{
	uint64_t end;

	handed_on += n;
	for (uint16_t i = 0; work > 0 && i < n; i++) {
		end = rte_rdtsc() + work;
		while (rte_rdtsc() < end)
			;
	}
}

/* The sinks never are full. */
static void
send_plain(uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t sent = rte_eth_tx_burst(port, 0, pkts, n);

	rte_pktmbuf_free_bulk(pkts + sent, n - sent);
}

static void
send_cleave(uint16_t port, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t sent = cleave_tx_burst(port, 0, pkts, n);

	rte_pktmbuf_free_bulk(pkts + sent, n - sent);
}

/* Cut what rte_gro merged. What it did not merge still has its checksums. */
static void
send_peer(uint16_t port, struct rte_mbuf **pkts, uint16_t n, perf_peer_fn *cut)
{
	const struct perf_peer p = {
		.ctx = {.direct_pool = perf_direct,
			.indirect_pool = perf_indirect,
			.gso_types = RTE_ETH_TX_OFFLOAD_TCP_TSO,
			.gso_size = PATH_FRAME},
		.cksum = true,
		.l3_off = RTE_ETHER_HDR_LEN,
		.l4_off = RTE_ETHER_HDR_LEN + 20,
	};
	struct rte_mbuf *out[SEGS_MAX];
	int nb;

	for (uint16_t i = 0; i < n; i++) {
		if (pkts[i]->pkt_len <= PATH_FRAME) {
			send_plain(port, &pkts[i], 1);
			continue;
		}
		pkts[i]->ol_flags |= RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_IPV4;
		nb = cut(pkts[i], &p, out, RTE_DIM(out));
		if (nb > 0)
			send_plain(port, out, nb);
		else
			rte_pktmbuf_free(pkts[i]);
	}
}

/* What testpmd's csum mode finds out by parsing. */
static void
tell_peer(struct rte_mbuf **pkts, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		pkts[i]->packet_type = RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_TCP;
		pkts[i]->tx_offload =
			rte_mbuf_tx_offload(RTE_ETHER_HDR_LEN, 20, 20, PERF_MSS, 0, 0, 0);
	}
}

static void
burst_cleave(
	struct cleave_gro *gro, uint16_t port, struct rte_mbuf **pkts, uint16_t n, uint32_t work)
{
	struct rte_mbuf *out[OUT_MAX];

	n = cleave_gro_burst(gro, pkts, &n, rte_rdtsc(), out, OUT_MAX);
	do_work(n, work);
	send_cleave(port, out, n);
}

static void
burst_peer(enum path_way way, uint16_t port, struct rte_mbuf **pkts, uint16_t n, uint32_t work)
{
	tell_peer(pkts, n);
	n = rte_gro_reassemble_burst(pkts, n, &peer_param);
	do_work(n, work);
	send_peer(port, pkts, n, way == PATH_PEER_O2 ? perf_peer_o2 : perf_peer_o3);
}

static void
flush_peer(uint16_t port, uint32_t work)
{
	struct rte_mbuf *out[PATH_BURST * PATH_HOLD_BURSTS];
	uint16_t n = rte_gro_timeout_flush(peer_ctx, 0, RTE_GRO_TCP_IPV4, out, RTE_DIM(out));

	do_work(n, work);
	send_peer(port, out, n, perf_peer_o3);
}

static void
burst_peer_hold(uint16_t port, struct rte_mbuf **pkts, uint16_t n, uint32_t work, uint64_t nb)
{
	tell_peer(pkts, n);
	n = rte_gro_reassemble(pkts, n, peer_ctx);
	do_work(n, work);
	send_peer(port, pkts, n, perf_peer_o3);
	if (nb % PATH_HOLD_BURSTS == 0)
		flush_peer(port, work);
}

static void
one_burst(enum path_way way, uint16_t port, struct rte_mbuf **pkts, uint16_t n, uint32_t work,
	uint64_t nb)
{
	switch (way) {
	case PATH_IO:
		do_work(n, work);
		send_plain(port, pkts, n);
		break;
	case PATH_OFF:
		do_work(n, work);
		send_cleave(port, pkts, n);
		break;
	case PATH_GSO:
	case PATH_TSO:
		burst_cleave(within, port, pkts, n, work);
		break;
	case PATH_GSO_HOLD:
	case PATH_TSO_HOLD:
		burst_cleave(over, port, pkts, n, work);
		break;
	case PATH_PEER_HOLD:
		burst_peer_hold(port, pkts, n, work, nb);
		break;
	default:
		burst_peer(way, port, pkts, n, work);
		break;
	}
}

static void
flush(enum path_way way, uint16_t port, uint32_t work)
{
	struct rte_mbuf *out[OUT_MAX];
	uint16_t n;

	if (way == PATH_PEER_HOLD)
		flush_peer(port, work);
	if (way != PATH_GSO_HOLD && way != PATH_TSO_HOLD)
		return;
	while ((n = cleave_gro_flush(over, out, OUT_MAX)) > 0) {
		do_work(n, work);
		send_cleave(port, out, n);
	}
	cleave_tx_flush(port, 0);
}

uint64_t
path_run(enum path_way way, uint64_t frames, uint32_t work, bool strict)
{
	uint16_t sink = path_sink(sink_of[way], strict);
	struct rte_net_probe_counters c;
	struct rte_mbuf *pkts[PATH_BURST];
	uint64_t in = 0, nb = 0;
	uint16_t n;

	handed_on = 0;
	rte_net_probe_counters_reset(sink, 0);
	while (in < frames) {
		n = rte_eth_rx_burst(path_generator(), 0, pkts, PATH_BURST);
		if (n == 0)
			return 0;
		in += n;
		one_burst(way, sink, pkts, n, work, ++nb);
	}
	flush(way, sink, work);
	rte_net_probe_counters_get(sink, 0, &c);
	if (c.tx_refused != 0)
		return 0;
	return c.tx_frames == in || (!strict && sink_of[way] == PATH_SINK_TSO) ? in : 0;
}

uint64_t
path_handed_on(void)
{
	return handed_on;
}
