/* SPDX-License-Identifier: BSD-3-Clause
 *
 * rte_gso as a program uses it. perf_peer.c is compiled twice, because DPDK's checksum functions
 * are inline: with gcc they are vectorised at -O3 (as all of Cleave is compiled) and not at -O2 (as
 * Debian compiles DPDK and its programs). rte_gso itself is in librte_gso.so and stays the same.
 */
#ifndef TESTS_PERF_PEER_H
#define TESTS_PERF_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_gso.h>
#include <rte_mbuf.h>

struct perf_peer {
	struct rte_gso_ctx ctx;
	bool cksum;	       /* complete all checksums of each segment in software */
	uint16_t outer_l3_off; /* 0: no tunnel */
	uint16_t l3_off, l4_off;
};

/** Cut and consume m, whose ol_flags and lengths are set. Number of segments, else m is untouched. */
typedef int perf_peer_fn(
	struct rte_mbuf *m, const struct perf_peer *p, struct rte_mbuf **out, uint16_t nb_out);

perf_peer_fn perf_peer_o2, perf_peer_o3;

/** Verify the TCP checksums of received packets, as who feeds rte_gro has to. How many are wrong. */
typedef unsigned int perf_verify_fn(
	struct rte_mbuf *const *pkts, unsigned int nb, uint16_t l3_off, uint16_t l4_off);

perf_verify_fn perf_verify_o2, perf_verify_o3;

#endif
