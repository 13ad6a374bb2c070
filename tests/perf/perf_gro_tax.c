/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What packets cost that cannot merge: pure ACKs, datagrams, and what is no IP at all, on their way
 * past a table that holds packets of other flows. cleave_parse() of the same packets is measured in
 * the same turn: who forwards has to do that anyway. Neighbour: perf_gro.h.
 */
#include "perf_gro.h"

#include <string.h>

#include <rte_byteorder.h>
#include <rte_cycles.h>
#include <rte_ether.h>

#define HELD 64	   /* flows that are held meanwhile */
#define BURSTS 128 /* of a sample */

const char *const gro_tax_names[GRO_TAXES] = {"ack", "udp", "arp"};

/* Frames of 60 bytes, 64 with the FCS. */
static int
build_frame(enum gro_tax kind, struct pkt *pkt)
{
	static const struct pkt_spec specs[] = {
		[GRO_TAX_ACK] = {.ip = {.version = 4, .ttl = 64, .df = true},
			.proto = IPPROTO_TCP,
			.tcp_flags = CLEAVE_TCP_ACK,
			.pad = 6},
		[GRO_TAX_UDP] = {.ip = {.version = 4, .ttl = 64, .df = true},
			.proto = IPPROTO_UDP,
			.payload = 18},
		/* the type is overwritten */
		[GRO_TAX_ARP] = {.ip = {.version = 4, .ttl = 64},
			.proto = IPPROTO_UDP,
			.payload = 18},
	};

	if (pkt_build(&specs[kind], pkt) < 0)
		return -1;
	if (kind == GRO_TAX_ARP)
		pkt_put16(pkt->data + 12, RTE_ETHER_TYPE_ARP);
	return 0;
}

/* The same frame, of HELD flows (told by the source port) where it has any. */
static int
next_burst(enum gro_tax kind, const struct pkt *pkt, struct rte_mbuf **pkts)
{
	uint8_t *p;

	if (rte_pktmbuf_alloc_bulk(gro_pool, pkts, GRO_BURST) != 0)
		return -1;
	for (unsigned int i = 0; i < GRO_BURST; i++) {
		struct rte_mbuf *m = pkts[i];
		uint16_t *port, *cksum, to = rte_cpu_to_be_16(20000 + i % HELD);

		p = rte_pktmbuf_mtod(m, uint8_t *);
		memcpy(p, pkt->data, pkt->len);
		m->data_len = pkt->len;
		m->pkt_len = pkt->len;
		m->packet_type = RTE_PTYPE_L2_ETHER_ARP;
		if (kind == GRO_TAX_ARP)
			continue;
		port = (uint16_t *)(p + pkt->want.l4_off);
		cksum = (uint16_t *)(p + pkt->want.l4_off + (kind == GRO_TAX_ACK ? 16 : 6));
		*cksum = cleave_cksum_update16(*cksum, *port, to);
		*port = to;
		m->ol_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
		m->packet_type = RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 |
				 (kind == GRO_TAX_ACK ? RTE_PTYPE_L4_TCP : RTE_PTYPE_L4_UDP);
		m->l2_len = pkt->want.l2_len;
		m->l3_len = pkt->want.ip[0].len;
		m->l4_len = pkt->want.l4_len;
	}
	return 0;
}

/* Walk and merge, each on a burst of its own: the one must not warm what the other reads. Packets
 * that did not come back as they went in are an error. */
static int
one_burst(enum gro_tax kind, const struct pkt *pkt, struct gro_runner *r, uint64_t clock,
	uint64_t *parse, uint64_t *merge)
{
	struct rte_mbuf *pkts[GRO_BURST], **out;
	uint16_t n = GRO_BURST;
	struct cleave_pkt at;
	uint64_t from, to;

	if (parse != NULL) {
		if (next_burst(kind, pkt, pkts) < 0)
			return -1;
		from = rte_rdtsc_precise();
		for (unsigned int i = 0; i < GRO_BURST; i++) {
			cleave_parse(pkts[i], &at);
			asm volatile("" : : "r"(&at) : "memory");
		}
		to = rte_rdtsc_precise();
		*parse += perf_interval(from, to, clock);
		rte_pktmbuf_free_bulk(pkts, GRO_BURST);
	}
	if (next_burst(kind, pkt, pkts) < 0)
		return -1;
	from = rte_rdtsc_precise();
	out = gro_runner_burst(r, pkts, &n);
	to = rte_rdtsc_precise();
	*merge += perf_interval(from, to, clock);
	rte_pktmbuf_free_bulk(out, n);
	if (n != GRO_BURST)
		printf("%s: %u of %u packets came back\n", gro_tax_names[kind], n, GRO_BURST);
	return n == GRO_BURST ? 0 : -1;
}

/* A packet of each of HELD flows. */
static int
hold(struct gro_runner *r)
{
	struct rte_mbuf *pkts[GRO_BURST];

	for (unsigned int i = 0; i < HELD; i += GRO_BURST) {
		uint16_t n = GRO_BURST;

		if (gro_traffic_next(&r->traffic, pkts, GRO_BURST) < 0)
			return -1;
		rte_pktmbuf_free_bulk(gro_runner_burst(r, pkts, &n), n);
	}
	return 0;
}

static int
rounds_of(enum gro_tax kind, const struct pkt *pkt, struct gro_runner *ours,
	struct gro_runner *peer, struct gro_tax_cell *c, unsigned int rounds)
{
	float v[3][PERF_ROUNDS_MAX];
	uint64_t clock = perf_clock_cost(), sum[3];

	for (int i = -1; i < (int)rounds; i++) {
		memset(sum, 0, sizeof(sum));
		for (unsigned int b = 0; b < BURSTS; b++)
			if (one_burst(kind, pkt, ours, clock, &sum[0], &sum[1]) < 0)
				return -1;
		for (unsigned int b = 0; b < BURSTS; b++)
			if (one_burst(kind, pkt, peer, clock, NULL, &sum[2]) < 0)
				return -1;
		for (unsigned int s = 0; s < 3 && i >= 0; s++) /* the first one warms up */
			v[s][i] = (float)sum[s] / (BURSTS * GRO_BURST);
	}
	c->parse = perf_median(v[0], rounds);
	c->cleave = perf_median(v[1], rounds);
	c->peer = perf_median(v[2], rounds);
	c->here = true;
	return 0;
}

int
gro_measure_tax(enum gro_tax kind, struct gro_tax_cell *c, unsigned int rounds)
{
	const struct gro_kind held = {PERF_TCP4, HELD, 1, true};
	struct rte_mbuf *out[HELD];
	struct gro_runner ours, peer;
	struct pkt pkt;
	int rc;

	if (build_frame(kind, &pkt) < 0)
		return -1;
	rc = gro_runner_init(&ours, GRO_CLEAVE, &held) | gro_runner_init(&peer, GRO_PEER, &held);
	if (rc == 0)
		rc = hold(&ours) | hold(&peer);
	if (rc == 0)
		rc = rounds_of(kind, &pkt, &ours, &peer, c, rounds);
	rte_pktmbuf_free_bulk(out, gro_runner_drain(&ours, out, HELD));
	rte_pktmbuf_free_bulk(out, gro_runner_drain(&peer, out, HELD));
	gro_runner_fini(&ours);
	gro_runner_fini(&peer);
	pkt_free(&pkt);
	return rc;
}
