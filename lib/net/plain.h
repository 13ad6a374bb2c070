/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The headers that most packets have, found without a walk. Neighbour: parse.c, which walks.
 */
#ifndef CLEAVE_PLAIN_H
#define CLEAVE_PLAIN_H

#include <netinet/in.h>
#include <stdbool.h>

#include <rte_ether.h>

#include "cleave_net.h"
#include "walk.h"

/* What most packets are, Ethernet, IPv4 without options or IPv6 without extension headers, and TCP,
 * all in one mbuf: the same as the walk finds, at half of its cost. False: anything odd. */
static inline bool
plain_tcp(const struct rte_mbuf *m, struct cleave_pkt *pkt)
{
	const uint8_t *p = rte_pktmbuf_mtod(m, const uint8_t *);
	const struct walk w = {.p = p};
	uint32_t l4, len, claimed, flags = 0;
	bool v4;

	if (m->data_len < 14 + 20 + 20)
		return false;
	v4 = walk_be16(&w, 12) == RTE_ETHER_TYPE_IPV4;
	if (v4) {
		if (p[14] != 0x45 || p[23] != IPPROTO_TCP || (walk_be16(&w, 20) & 0x3fff) != 0)
			return false;
		l4 = 14 + 20;
		claimed = walk_be16(&w, 16);
		flags = p[20] & 0x40 ? CLEAVE_IP_DF : 0;
	} else {
		if (walk_be16(&w, 12) != RTE_ETHER_TYPE_IPV6 || p[14] >> 4 != 6 ||
			p[20] != IPPROTO_TCP || m->data_len < 14 + 40 + 20)
			return false;
		l4 = 14 + 40;
		claimed = 40 + walk_be16(&w, 18);
	}
	len = (p[l4 + 12] >> 4) * 4;
	if (len < 20 || l4 + len > m->data_len || l4 + len > 14 + claimed ||
		14 + claimed > m->pkt_len)
		return false;
	*pkt = (struct cleave_pkt){
		.mac_len = 14,
		.l2_len = 14,
		.depth = CLEAVE_DEPTH_L4,
		.nb_ip = 1,
		.l4_proto = IPPROTO_TCP,
		.tcp_flags = p[l4 + 13],
		.ip[0] = {.off = 14,
			.len = l4 - 14,
			.dst_off = v4 ? 30 : 38,
			.version = v4 ? 4 : 6,
			.proto = IPPROTO_TCP,
			.flags = flags},
		.l4_off = l4,
		.l4_len = len,
		.hdr_len = l4 + len,
		.payload_len = 14 + claimed - (l4 + len),
		.frame_len = 14 + claimed,
	};
	return true;
}

#endif
