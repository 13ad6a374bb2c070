/* SPDX-License-Identifier: BSD-3-Clause
 *
 * UDP's header in the segments, each a datagram of its own: length (RFC 768). Neighbours: gso.h,
 * headers.c.
 */
#include <netinet/in.h>

#include "gso.h"
#include "sum.h"

#define UDP_LEN 4
#define UDP_CKSUM 6

static uint64_t
udp_prepare(struct cut *c, const uint8_t *p)
{
	return sum_without(p + UDP_LEN) + sum_without(p + UDP_CKSUM);
}

static uint16_t
udp_finish(const struct cut *c, uint8_t *p, uint32_t len, enum which which)
{
	put16(p + UDP_LEN, len);
	return rte_cpu_to_be_16(len);
}

const struct shape shape_udp = {
	.proto = IPPROTO_UDP,
	.cksum_off = UDP_CKSUM,
	.zero_as = UINT16_MAX,
	.mbuf_cksum = RTE_MBUF_F_TX_UDP_CKSUM,
	.prepare = udp_prepare,
	.finish = udp_finish,
};
