/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The competitors of merging: Cleave and rte_gro, each holding packets over bursts and not, and a
 * loop that does nothing but touch what whoever merges must. Neighbours: perf_gro.h; perf_gro_run.c
 * has the clock.
 */
#include "perf_gro.h"

#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_prefetch.h>

#define TIMEOUT_US 10000000 /* nothing leaves by it: a pass is shorter */
/* rte_gro in a table compares a packet with all flows: about so many cycles each. A pass of more
 * than PEER_CYCLES is made shorter, or left out. */
#define PEER_FLOW_CYCLES 4.3
#define PEER_CYCLES 6e9

const char *const gro_side_names[GRO_SIDES] = {
	[GRO_CLEAVE] = "cleave",
	[GRO_PEER] = "rte_gro",
	[GRO_PEER_CKSUM] = "rte_gro + cksum",
	[GRO_PEER_CKSUM_O2] = "rte_gro + cksum -O2",
	[GRO_CLEAVE_BURST] = "cleave, a burst",
	[GRO_PEER_BURST] = "rte_gro, a burst",
	[GRO_PEER_BURST_CKSUM] = "rte_gro, a burst, + cksum",
	[GRO_PEER_BURST_CKSUM_O2] = "rte_gro, a burst, + cksum -O2",
	[GRO_TOUCH] = "touch",
};

/* Packets of a flow in a pass: a multiple of the trains; so many that each merged packet is full, or
 * so few that one takes them all. */
static uint32_t
per_flow(const struct gro_kind *k, uint32_t pkts_max)
{
	uint32_t full = GRO_FULL * (k->train == 16 ? 4 : 2), most = pkts_max / k->flows;

	most = most >= full ? full : RTE_MIN(most, (uint32_t)GRO_FULL);
	return most - most % k->train;
}

static uint32_t
peer_per_flow(const struct gro_kind *k)
{
	double each = 60 + k->flows * PEER_FLOW_CYCLES;
	uint32_t n = PEER_CYCLES / each / k->flows;

	if (k->type == PERF_TCP6 || k->flows > UINT16_MAX)
		return 0;
	n = RTE_MIN(n, per_flow(k, gro_pkts_max));
	if (n > GRO_FULL && n < per_flow(k, gro_pkts_max))
		n = GRO_FULL;
	return n - n % k->train;
}

static int
init_cleave(struct gro_runner *r)
{
	const struct gro_kind *k = &r->traffic.kind;
	const struct cleave_gro_conf conf = {
		.flows = RTE_MAX(2 * k->flows, 1024u),
		.timeout_us = r->side == GRO_CLEAVE ? TIMEOUT_US : 0,
		.flags = CLEAVE_GRO_TCP,
		.socket_id = SOCKET_ID_ANY,
	};

	r->per_flow = per_flow(k, gro_pkts_max);
	r->gro = cleave_gro_create(&conf);
	return r->gro == NULL ? -1 : 0;
}

static int
init_peer(struct gro_runner *r)
{
	const struct gro_kind *k = &r->traffic.kind;

	r->traffic.told = true;
	r->verify = r->side == GRO_PEER_CKSUM_O2 || r->side == GRO_PEER_BURST_CKSUM_O2
			    ? perf_verify_o2
		    : r->side == GRO_PEER_CKSUM || r->side == GRO_PEER_BURST_CKSUM ? perf_verify_o3
										   : NULL;
	if (r->verify != NULL && k->known)
		return 0;
	r->param = (struct rte_gro_param){
		.gro_types = k->type == PERF_VXLAN ? RTE_GRO_IPV4_VXLAN_TCP_IPV4 : RTE_GRO_TCP_IPV4,
		.max_flow_num = gro_is_burst(r->side) ? GRO_BURST : k->flows,
		.max_item_per_flow = gro_is_burst(r->side) ? 1 : 4,
		.socket_id = rte_socket_id(),
	};
	if (gro_is_burst(r->side)) {
		r->per_flow = k->type == PERF_TCP6 ? 0 : per_flow(k, gro_pkts_max);
		return 0;
	}
	r->per_flow = peer_per_flow(k);
	if (r->per_flow == 0)
		return 0;
	r->ctx = rte_gro_ctx_create(&r->param);
	return r->ctx == NULL ? -1 : 0;
}

static int
init_touch(struct gro_runner *r)
{
	r->per_flow = per_flow(&r->traffic.kind, gro_pkts_max);
	r->last = calloc(r->traffic.kind.flows, sizeof(*r->last));
	r->first = calloc(r->traffic.kind.flows, sizeof(*r->first));
	return r->last == NULL || r->first == NULL ? -1 : 0;
}

int
gro_runner_init(struct gro_runner *r, enum gro_side side, const struct gro_kind *kind)
{
	memset(r, 0, sizeof(*r));
	r->side = side;
	if (gro_traffic_init(&r->traffic, kind) < 0)
		return -1;
	if (side == GRO_TOUCH)
		return init_touch(r);
	return gro_is_cleave(side) ? init_cleave(r) : init_peer(r);
}

void
gro_runner_fini(struct gro_runner *r)
{
	gro_traffic_fini(&r->traffic);
	cleave_gro_free(r->gro);
	if (r->ctx != NULL)
		rte_gro_ctx_destroy(r->ctx);
	free(r->last);
	free(r->first);
}

/* Where packets are in memory is fetched ahead, as who merges can do it too. */
static void
touch(struct gro_runner *r, struct rte_mbuf **pkts, uint16_t n)
{
	uint32_t flow[GRO_BURST];

	for (uint16_t i = 0; i < n; i++)
		rte_prefetch0(pkts[i]);
	for (uint16_t i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(pkts[i], void *));
	for (uint16_t i = 0; i < n; i++) {
		flow[i] = gro_flow_of(&r->traffic, rte_pktmbuf_mtod(pkts[i], const uint8_t *));
		if (r->last[flow[i]] != NULL)
			rte_prefetch0(&r->last[flow[i]]->next);
	}
	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf **last = &r->last[flow[i]];

		if (*last == NULL)
			r->first[r->nb_first++] = pkts[i];
		else
			(*last)->next = pkts[i];
		*last = pkts[i];
	}
}

struct rte_mbuf **
gro_runner_burst(struct gro_runner *r, struct rte_mbuf **pkts, uint16_t *n)
{
	uint16_t taken = *n;

	switch (r->side) {
	case GRO_CLEAVE:
		*n = cleave_gro_burst(r->gro, pkts, &taken, rte_rdtsc(), r->out, RTE_DIM(r->out));
		return r->out;
	case GRO_CLEAVE_BURST:
		*n = cleave_gro_burst(r->gro, pkts, &taken, rte_rdtsc(), pkts, taken);
		return pkts;
	case GRO_TOUCH:
		touch(r, pkts, *n);
		*n = 0;
		return pkts;
	default:
		break;
	}
	if (r->verify != NULL)
		r->nb_bad += r->verify(
			pkts, *n, cleave_inner_ip(&r->traffic.at)->off, r->traffic.at.l4_off);
	*n = gro_is_burst(r->side) ? rte_gro_reassemble_burst(pkts, *n, &r->param)
				   : rte_gro_reassemble(pkts, *n, r->ctx);
	return pkts;
}

uint16_t
gro_runner_drain(struct gro_runner *r, struct rte_mbuf **out, uint16_t nb_out)
{
	uint16_t n;

	if (r->side == GRO_CLEAVE)
		return cleave_gro_flush(r->gro, out, nb_out);
	if (r->ctx != NULL)
		return rte_gro_timeout_flush(r->ctx, 0, r->param.gro_types, out, nb_out);
	if (r->side != GRO_TOUCH)
		return 0;
	n = RTE_MIN(r->nb_first, (uint32_t)nb_out);
	r->nb_first -= n;
	memcpy(out, r->first + r->nb_first, n * sizeof(*out));
	if (r->nb_first == 0)
		memset(r->last, 0, r->traffic.kind.flows * sizeof(*r->last));
	return n;
}
