/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Measuring the whole way of a packet on one lcore: net_probe's generator, merging, work, cutting, a
 * sink. Neighbours: perf_path_port.c has the ports, perf_path.c the ways, test_path_perf.c the clock
 * and the report.
 */
#ifndef TESTS_PERF_PATH_H
#define TESTS_PERF_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "perf.h"

#define PATH_BURST 32
#define PATH_FRAME (14 + 20 + 20 + PERF_MSS)
#define PATH_FLOWS 4
#define PATH_TRAIN 16
#define PATH_HOLD_US 100   /* timeout of merging over bursts */
#define PATH_HOLD_BURSTS 4 /* the same of rte_gro: testpmd's "set gro flush 4" */

/** What the sink can: nothing but chains; or TSO and checksums. */
enum path_sink { PATH_SINK_BARE, PATH_SINK_TSO, PATH_SINKS };

/** X(enumerator, name, sink, what it is) */
#define PATH_WAYS_OF(X)                                                                            \
	X(IO, io, BARE, "rte_eth_tx_burst() alone: what generator and sink cost")                  \
	X(OFF, off, BARE, "cleave_tx_burst(), GRO and GSO off")                                    \
	X(GSO, gso, BARE, "merged within a burst, cut in software")                                \
	X(TSO, tso, TSO, "merged within a burst, cut by the port")                                 \
	X(GSO_HOLD, gso_hold, BARE, "merged over bursts, cut in software")                         \
	X(TSO_HOLD, tso_hold, TSO, "merged over bursts, cut by the port")                          \
	X(PEER, peer, BARE, "rte_gro within a burst, rte_gso, checksums at -O3")                   \
	X(PEER_O2, peer_O2, BARE, "the same, checksums at -O2")                                    \
	X(PEER_HOLD, peer_hold, BARE, "rte_gro over 4 bursts, rte_gso, checksums at -O3")

#define PATH_ENUM(e, n, s, t) PATH_##e,
enum path_way { PATH_WAYS_OF(PATH_ENUM) PATH_WAYS };
#undef PATH_ENUM

extern const char *const path_names[PATH_WAYS], *const path_texts[PATH_WAYS];

/** The ports. path_open() needs perf_pools_init(). 0 or -1; path_close() closes what is open. */
int path_open(void);
void path_close(void);
uint16_t path_generator(void);
/** strict: one that refuses what a NIC would, and cuts. */
uint16_t path_sink(enum path_sink kind, bool strict);

/** Ports, pools and tables. 0 or -1. */
int path_init(void);
void path_fini(void);

/**
 * Let at least so many frames go this way, work cycles for each packet that is handed on, and all
 * that is held go out behind them. strict: into a sink that refuses what a NIC would.
 * @return How many frames came in; 0: some were lost, refused, or (into a sink that cuts nothing,
 *   or a strict one) not as many went out.
 */
uint64_t path_run(enum path_way way, uint64_t frames, uint32_t work, bool strict);

/** Packets that were handed on in the last run: merged ones count once. */
uint64_t path_handed_on(void);

#endif
