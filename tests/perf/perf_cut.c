/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Cutting a batch by Cleave or by rte_gso, and whether that is what it says it is. Neighbours:
 * perf.h, perf_peer.h; perf_run.c has the clock.
 */
#include "perf.h"

#include <errno.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_ip.h>

#include "cleave_gso.h"
#include "perf_peer.h"

static const uint16_t our_flags[PERF_OURS] = {
	[PERF_UNCHAIN] = CLEAVE_GSO_HW_L4_CKSUM,
	[PERF_UNCHAIN_CKSUM] = 0,
	[PERF_UNCHAIN_SUMS] = CLEAVE_GSO_SUMS,
	[PERF_SG] = CLEAVE_GSO_SCATTER | CLEAVE_GSO_HW_L4_CKSUM,
	[PERF_SG_CKSUM] = CLEAVE_GSO_SCATTER,
	[PERF_LINEAR] = CLEAVE_GSO_LINEAR | CLEAVE_GSO_HW_L4_CKSUM,
	[PERF_LINEAR_CKSUM] = CLEAVE_GSO_LINEAR,
};

static bool
has_cksum(enum perf_way way)
{
	return way == PERF_UNCHAIN_CKSUM || way == PERF_UNCHAIN_SUMS || way == PERF_SG_CKSUM ||
	       way == PERF_LINEAR_CKSUM || way > PERF_PEER;
}

int
perf_build(const struct perf_entry *e, struct rte_mbuf **pkts, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		pkts[i] = perf_packet(e->shape, e->way == PERF_UNCHAIN_SUMS);
		if (pkts[i] == NULL) {
			rte_pktmbuf_free_bulk(pkts, i);
			return -1;
		}
	}
	return 0;
}

/* Segments made of all packets, or the error of the first one that is not cut. Packets from
 * *done on are left. */
static int
cut_ours(const struct perf_entry *e, struct rte_mbuf **pkts, const struct cleave_pkt *parsed,
	struct rte_mbuf **out, unsigned int *done)
{
	const struct cleave_gso_pools pools = {perf_direct, perf_indirect};
	const struct cleave_gso_req req = {.mss = PERF_MSS, .flags = our_flags[e->way]};
	int total = 0, n;

	for (*done = 0; *done < e->shape->batch; (*done)++) {
		n = cleave_gso_segment(pkts[*done], &parsed[*done], &req, &pools, out + total,
			PERF_BATCH_MAX - total);
		if (n <= 0) {
			rte_pktmbuf_free_bulk(out, total);
			return n;
		}
		total += n;
	}
	return total;
}

static int
cut_peer(const struct perf_entry *e, struct rte_mbuf **pkts, struct rte_mbuf **out,
	unsigned int *done)
{
	const struct cleave_pkt *w = &e->shape->bytes.want;
	const struct perf_peer p = {
		.ctx = {.direct_pool = perf_direct,
			.indirect_pool = perf_indirect,
			.gso_types = RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_VXLAN_TNL_TSO,
			.gso_size = w->hdr_len + PERF_MSS},
		.cksum = has_cksum(e->way),
		.outer_l3_off = w->nb_ip > 1 ? w->ip[0].off : 0,
		.l3_off = cleave_inner_ip(w)->off,
		.l4_off = w->l4_off,
	};
	perf_peer_fn *cut = e->way == PERF_PEER_CKSUM_O2 ? perf_peer_o2 : perf_peer_o3;
	int total = 0, n;

	for (*done = 0; *done < e->shape->batch; (*done)++) {
		n = cut(pkts[*done], &p, out + total, PERF_BATCH_MAX - total);
		if (n <= 0) {
			rte_pktmbuf_free_bulk(out, total);
			return n;
		}
		total += n;
	}
	return total;
}

int
perf_cut(const struct perf_entry *e, struct rte_mbuf **pkts, struct rte_mbuf **out, uint64_t t[3])
{
	struct cleave_pkt parsed[PERF_BATCH_SEGS];
	unsigned int nb = e->shape->batch, done = 0;
	int n = 0;

	t[0] = rte_rdtsc_precise();
	if (e->way < PERF_OURS)
		for (unsigned int i = 0; i < nb; i++)
			n |= cleave_parse(pkts[i], &parsed[i]);
	t[1] = rte_rdtsc_precise();
	if (n == 0)
		n = e->way < PERF_OURS ? cut_ours(e, pkts, parsed, out, &done)
				       : cut_peer(e, pkts, out, &done);
	t[2] = rte_rdtsc_precise();
	if (n <= 0)
		rte_pktmbuf_free_bulk(pkts + done, nb - done);
	return n;
}

static bool
sums_right(const struct perf_shape *s, const struct rte_mbuf *m)
{
	const struct cleave_pkt *w = &s->bytes.want;
	const void *ip = rte_pktmbuf_mtod_offset(m, const void *, cleave_inner_ip(w)->off);

	for (unsigned int l = 0; l < w->nb_ip; l++)
		if (w->ip[l].version == 4 &&
			rte_raw_cksum(rte_pktmbuf_mtod_offset(m, const void *, w->ip[l].off),
				w->ip[l].len) != 0xffff)
			return false;
	return (s->type == PERF_TCP6 ? rte_ipv6_udptcp_cksum_mbuf_verify(m, ip, w->l4_off)
				     : rte_ipv4_udptcp_cksum_mbuf_verify(m, ip, w->l4_off)) == 0;
}

static bool
came_by(const struct perf_entry *e, const struct rte_mbuf *m)
{
	switch (e->way) {
	case PERF_UNCHAIN:
	case PERF_UNCHAIN_CKSUM:
	case PERF_UNCHAIN_SUMS:
		return m->pool == e->shape->in;
	case PERF_LINEAR:
	case PERF_LINEAR_CKSUM:
		return m->pool == perf_direct && m->nb_segs == 1;
	default:
		return m->pool == perf_direct && m->nb_segs > 1;
	}
}

int
perf_try(struct perf_entry *e)
{
	struct rte_mbuf *pkts[PERF_BATCH_SEGS], *out[PERF_BATCH_MAX];
	uint64_t t[3];
	bool right = true;
	int n;

	e->to[PERF_HOT].here[e->way] = false;
	if (perf_build(e, pkts, e->shape->batch) < 0)
		return -1;
	n = perf_cut(e, pkts, out, t);
	if (n == -ENOTSUP)
		return 0;
	if (n != e->shape->batch * e->shape->segs) {
		printf("way %u: not cut: %d\n", e->way, n);
		if (n > 0)
			rte_pktmbuf_free_bulk(out, n);
		return -1;
	}
	e->to[PERF_HOT].here[e->way] = came_by(e, out[0]);
	for (int i = 0; i < n && has_cksum(e->way); i++)
		right &= sums_right(e->shape, out[i]);
	rte_pktmbuf_free_bulk(out, n);
	if (!right)
		printf("way %u: wrong checksums\n", e->way);
	return right ? 0 : -1;
}
