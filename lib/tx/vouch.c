/* SPDX-License-Identifier: BSD-3-Clause
 *
 * May new checksums stand in for those that a packet came with? Whom its mbuf's flags speak of, and
 * the checksums that nobody vouches for. Neighbours: tx.h, plan.c asks.
 */
#include <netinet/in.h>

#include "sum.h"
#include "tx.h"

/* Checksums of a packet. */
#define CHECK_IP(level) (1u << (level))
#define CHECK_L4 4u
#define CHECK_OUTER 8u /* of a tunnel, where it has one */

/* As rte_net_intel_cksum_prepare() sees it, any word of outer headers; or all before the inner IP
 * header was declared as L2, for a port without tunnels. */
bool
tx_means_inner(const struct rte_mbuf *m, const struct cleave_pkt *pkt)
{
	return pkt->nb_ip < 2 || (m->ol_flags & TX_OUTER_FLAGS) || m->l2_len == pkt->ip[1].off;
}

/* The checksum of a tunnel's own, which is over all behind it: none is right as well. */
static bool
outer_right(const struct rte_mbuf *m, const struct cleave_pkt *pkt, const uint8_t *hdr)
{
	const uint8_t *udp = hdr + pkt->tunnel_off;
	uint32_t len = pkt->frame_len - pkt->tunnel_off;
	uint16_t sum = 0;

	if (pkt->ip[0].proto == IPPROTO_UDP) {
		if ((udp[6] | udp[7]) == 0)
			return true;
		if ((udp[4] | udp[5]) != 0)
			len = udp[4] << 8 | udp[5];
		sum = sum_pseudo(hdr, &pkt->ip[0], IPPROTO_UDP, len);
	} else if (pkt->tunnel_cksum == 0) {
		return true;
	}
	return cleave_sum_add(sum, cleave_sum_mbuf(m, pkt->tunnel_off, len)) == 0xffff;
}

static bool
checksums_right(const struct rte_mbuf *m, const struct cleave_pkt *pkt, unsigned int which)
{
	uint32_t len = pkt->l4_len + pkt->payload_len;
	uint8_t buf[CLEAVE_HDR_MAX];
	const uint8_t *hdr;

	hdr = rte_pktmbuf_read(m, 0, tx_headers_end(pkt), buf);
	if (hdr == NULL)
		return false;
	for (unsigned int i = 0; i < pkt->nb_ip; i++)
		if ((which & CHECK_IP(i)) && pkt->ip[i].version == 4 &&
			cleave_sum(hdr + pkt->ip[i].off, pkt->ip[i].len) != 0xffff)
			return false;
	if ((which & CHECK_OUTER) && pkt->nb_ip > 1 && !outer_right(m, pkt, hdr))
		return false;
	return !(which & CHECK_L4) || cleave_sum_add(cleave_sum_mbuf(m, pkt->l4_off, len),
					      cleave_sum_pseudo(hdr, pkt, len)) == 0xffff;
}

/* Is the L4 checksum that the port speaks of, or left to us, the one inside a tunnel? Only where it
 * saw the tunnel. */
static bool
saw_inner(const struct rte_mbuf *m, const struct cleave_pkt *pkt)
{
	return tx_means_inner(m, pkt) || (m->packet_type & RTE_PTYPE_TUNNEL_MASK) ||
	       (m->ol_flags & RTE_MBUF_F_RX_OUTER_L4_CKSUM_MASK);
}

/* The checksums that nobody vouches for and nobody is asked to make. What a port says is of the
 * outermost headers, and of the L4 header that it found. */
static unsigned int
unknown_cksums(const struct rte_mbuf *m, const struct cleave_pkt *pkt)
{
	uint64_t flags = m->ol_flags, l4 = flags & RTE_MBUF_F_TX_L4_MASK;
	uint64_t rx_l4 = flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
	bool tunnel = pkt->nb_ip > 1, inner = tx_means_inner(m, pkt), saw = saw_inner(m, pkt);
	uint64_t outer_ip = tunnel && inner ? RTE_MBUF_F_TX_OUTER_IP_CKSUM : RTE_MBUF_F_TX_IP_CKSUM;
	unsigned int which = 0;

	if ((flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == 0 && !(flags & outer_ip))
		which |= CHECK_IP(0);
	if (tunnel && !(inner && (flags & RTE_MBUF_F_TX_IP_CKSUM)))
		which |= CHECK_IP(1);
	if (tunnel && (flags & RTE_MBUF_F_RX_OUTER_L4_CKSUM_MASK) == 0 &&
		!(flags & RTE_MBUF_F_TX_OUTER_UDP_CKSUM) && (inner || l4 == 0) &&
		(saw || rx_l4 == 0))
		which |= CHECK_OUTER;
	if ((rx_l4 == 0 || !saw) && !(inner && l4 != 0) &&
		!(pkt->tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM))
		which |= CHECK_L4;
	return which;
}

bool
tx_cksum_known_bad(uint64_t flags, bool l4)
{
	return (flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_BAD ||
	       (flags & RTE_MBUF_F_RX_OUTER_IP_CKSUM_BAD) ||
	       (l4 && ((flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_BAD ||
			      (flags & RTE_MBUF_F_RX_OUTER_L4_CKSUM_MASK) ==
				      RTE_MBUF_F_RX_OUTER_L4_CKSUM_BAD));
}

/* May new checksums stand in for those that the packet came with? A port's word counts; what nobody
 * vouches for is summed up, by lib/gso where it sums anyway. */
bool
tx_cksums_vouched(const struct tx_queue *q, const struct rte_mbuf *m, struct tx_work *w)
{
	unsigned int which = unknown_cksums(m, &w->pkt);
	bool by_gso =
		!(w->gso_flags & CLEAVE_GSO_HW_L4_CKSUM) && !(q->caps & RTE_ETH_TX_OFFLOAD_TCP_TSO);

	if (tx_cksum_known_bad(m->ol_flags, true))
		return false;
	if ((which & CHECK_L4) && by_gso) {
		which &= ~CHECK_L4;
		w->gso_flags |= CLEAVE_GSO_VERIFY;
	}
	return checksums_right(m, &w->pkt, which);
}

bool
tx_outer_ip_right(const struct rte_mbuf *m, const struct cleave_pkt *pkt)
{
	return !tx_cksum_known_bad(m->ol_flags, false) &&
	       checksums_right(m, pkt, unknown_cksums(m, pkt) & CHECK_IP(0));
}
