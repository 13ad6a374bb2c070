/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A net_probe port with a Cleave TX queue on it, for the tests of lib/tx. Neighbours: tx_test.c;
 * test_*.c here.
 */
#ifndef TX_TEST_H
#define TX_TEST_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "../check.h"
#include "../mbufs.h"
#include "../pkt.h"
#include "../test.h"
#include "cleave_tx.h"
#include "rte_net_probe.h"

#define TX_CKSUMS                                                                                  \
	(RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |                            \
		RTE_ETH_TX_OFFLOAD_UDP_CKSUM)

struct tx_test {
	uint16_t port;
	struct rte_mempool *mp; /* of the packets */
	struct cleave_gso_pools pools;
	unsigned int avail[3]; /* of the three pools, before the test */
};

/** Pools of 4096 mbufs; once for a suite. */
int tx_test_pools(void);

/**
 * Plug a port with these devargs ("tx_capa=..,"; NULL: none) in, with every offload enabled that it
 * has, and set its queue 0 up. conf may be NULL; its pools are set.
 */
int tx_test_open(struct tx_test *t, const char *devargs, const struct cleave_tx_conf *conf);

/** Unplug it. Fails when an mbuf of any pool is missing. */
int tx_test_close(struct tx_test *t);

/** Change the settings of the queue. */
int tx_test_conf(struct tx_test *t, struct cleave_tx_conf conf);

/** A packet of this description in mbufs of `piece` bytes (0: as much as fits); *bytes gets its
 * bytes, to be freed with pkt_free(). */
struct rte_mbuf *tx_test_packet(
	struct tx_test *t, const struct pkt_spec *spec, uint16_t piece, struct pkt *bytes);

/** Mark a packet as a TCP segmentation request. */
void tx_test_mark(struct rte_mbuf *m, const struct pkt *bytes, uint16_t mss);

/** Whether the next frames on the wire are the segments of the packet, with every checksum
 * complete; *frames: how many they were. 0 or -1 after a line. */
int tx_test_wire(struct tx_test *t, const struct pkt *bytes, uint16_t mss, unsigned int *frames);

/** Whether the next frame on the wire is exactly that. 0 or -1 after a line. */
int tx_test_frame(struct tx_test *t, const void *data, uint32_t len);

/** Requests that the port refused, with a line for each reason. */
uint64_t tx_test_refused(struct tx_test *t);

/** Counters of the queue. */
struct cleave_tx_stats tx_test_stats(struct tx_test *t);

#endif
