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

/* All that net_probe does. */
#define TX_ALL                                                                                     \
	(TX_CKSUMS | RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_SCTP_CKSUM |               \
		RTE_ETH_TX_OFFLOAD_VLAN_INSERT | RTE_ETH_TX_OFFLOAD_TCP_TSO |                      \
		RTE_ETH_TX_OFFLOAD_UDP_TSO | RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM |                 \
		RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM | TX_TUNNEL_TSOS)
#define TX_TUNNEL_TSOS                                                                             \
	(RTE_ETH_TX_OFFLOAD_VXLAN_TNL_TSO | RTE_ETH_TX_OFFLOAD_GENEVE_TNL_TSO |                    \
		RTE_ETH_TX_OFFLOAD_GRE_TNL_TSO | RTE_ETH_TX_OFFLOAD_IPIP_TNL_TSO |                 \
		RTE_ETH_TX_OFFLOAD_UDP_TNL_TSO | RTE_ETH_TX_OFFLOAD_IP_TNL_TSO)

struct tx_test {
	char name[RTE_DEV_NAME_MAX_LEN];
	uint16_t port;
	struct rte_mempool *mp; /* of the packets */
	struct cleave_gso_pools pools;
	unsigned int avail[3]; /* of the three pools, before the test */
};

/** Pools of 4096 mbufs, the tunnels' ports, the dynamic field; once for a suite. */
int tx_test_pools(void);

/**
 * Plug a port with these devargs ("tx_capa=..,"; NULL: none) in, with every offload enabled that it
 * has, and set its queue 0 up. conf may be NULL; its pools are set. Of several open at a time, the
 * last one is closed first.
 */
int tx_test_open(struct tx_test *t, const char *devargs, const struct cleave_tx_conf *conf);

/** The same with tx_capa as a mask; more may be NULL, or ",key=value". */
int tx_test_open_capa(
	struct tx_test *t, uint64_t capa, const char *more, const struct cleave_tx_conf *conf);

/** Unplug it. Fails when an mbuf of any pool is missing. */
int tx_test_close(struct tx_test *t);

/** Change the settings of the queue. */
int tx_test_conf(struct tx_test *t, struct cleave_tx_conf conf);

/** A packet of this description in mbufs of `piece` bytes (0: as much as fits); *bytes gets its
 * bytes, to be freed with pkt_free(). */
struct rte_mbuf *tx_test_packet(
	struct tx_test *t, const struct pkt_spec *spec, uint16_t piece, struct pkt *bytes);

/** Mark a packet as a segmentation request of TCP or UDP, in whatever tunnel it is. */
void tx_test_mark(struct rte_mbuf *m, const struct pkt *bytes, uint16_t mss);

/**
 * Open a port, send one packet of this description, changed by change(), and look whether it was
 * taken and nothing refused; tx_test_done() looks that nothing else is on the wire, and closes it.
 * 0 or TEST_FAILED.
 */
int tx_test_one(struct tx_test *t, const char *args, struct cleave_tx_conf conf,
	const struct pkt_spec *spec, uint16_t piece, struct pkt *bytes,
	void (*change)(struct rte_mbuf *m, struct pkt *bytes));
int tx_test_done(struct tx_test *t, struct pkt *bytes);

/** Write what a program leaves for the port to complete into the checksum fields of a marked
 * packet: sums of pseudo-headers, zeroes (rte_mbuf_core.h). */
void tx_test_unsum(struct rte_mbuf *m, const struct pkt *bytes);

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
