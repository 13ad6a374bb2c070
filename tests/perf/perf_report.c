/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The figures as tables. Neighbours: perf.h; perf_json.c writes them for scripts/bench.
 */
#include "perf.h"

#include <rte_eal.h>
#include <rte_version.h>

#include "cleave_net.h"

const char *const perf_way_names[PERF_OURS] = {
	[PERF_UNCHAIN] = "unchain",
	[PERF_UNCHAIN_CKSUM] = "unchain_cksum",
	[PERF_UNCHAIN_SUMS] = "unchain_sums",
	[PERF_SG] = "sg",
	[PERF_SG_CKSUM] = "sg_cksum",
	[PERF_LINEAR] = "linear",
	[PERF_LINEAR_CKSUM] = "linear_cksum",
};
static const char *const temp_names[PERF_TEMPS] = {"hot", "cold"};

void
perf_each_cell(const struct perf_results *r,
	void (*fn)(const struct perf_results *r, struct perf_place at, void *arg), void *arg)
{
	for (enum perf_type t = 0; t < PERF_TYPES; t++)
		for (unsigned int s = 0; s < PERF_SIZES; s++)
			for (enum perf_layout l = 0; l < PERF_LAYOUTS; l++)
				for (enum perf_temp h = 0; h < PERF_TEMPS; h++)
					fn(r, (struct perf_place){t, s, l, h}, arg);
}

const struct perf_cost *
perf_peer_of(const struct perf_results *r, struct perf_place at, enum perf_way way, bool o2)
{
	bool cksum = way != PERF_UNCHAIN && way != PERF_SG && way != PERF_LINEAR;
	enum perf_way peer = !cksum ? PERF_PEER : o2 ? PERF_PEER_CKSUM_O2 : PERF_PEER_CKSUM;
	const struct perf_cell *cell;

	if (at.type == PERF_TCP6)
		at.type = PERF_TCP4;
	cell = perf_cell_at(r, at);
	return cell->here[peer] && (cksum || !o2) ? &cell->cost[peer] : NULL;
}

static bool
is_empty(const struct perf_results *r, struct perf_place at)
{
	const struct perf_cell *cell = perf_cell_at(r, at);

	for (enum perf_way w = 0; w < PERF_WAYS; w++)
		if (cell->here[w])
			return false;
	return true;
}

static void
print_peer(const struct perf_cost *ours, const struct perf_cost *peer)
{
	if (peer == NULL)
		printf(" | %7s %7s %7s %6s %6s", "", "", "", "", "");
	else
		printf(" | %7.1f %7.1f %7.1f %5.1fx %5.1fx", peer->make, peer->free, perf_sum(peer),
			peer->make / ours->make, perf_sum(peer) / perf_sum(ours));
}

static void
print_cell(const struct perf_results *r, struct perf_place at, void *arg)
{
	const struct perf_cell *cell = perf_cell_at(r, at);

	if (is_empty(r, at))
		return;
	printf("\n%s, %s in mbufs of %s, %s%s\n", perf_type_names[at.type],
		perf_size_names[at.size], perf_layout_names[at.layout], temp_names[at.temp],
		at.type == PERF_TCP6 ? " (rte_gso has no TCP over IPv6: its tcp4)" : "");
	for (enum perf_way w = 0; w < PERF_OURS; w++) {
		const struct perf_cost *c = &cell->cost[w], *o2;

		if (w <= PERF_UNCHAIN_SUMS && at.layout != PERF_MSS_MBUFS)
			continue;
		if (!cell->here[w]) {
			printf("%-14s %7s\n", perf_way_names[w], "n/a");
			continue;
		}
		printf("%-14s %7.1f %7.1f %7.1f %7.1f", perf_way_names[w], c->parse, c->make,
			c->free, perf_sum(c));
		print_peer(c, perf_peer_of(r, at, w, false));
		o2 = perf_peer_of(r, at, w, true);
		if (o2 != NULL)
			printf(" | %7.1f %5.1fx", perf_sum(o2), perf_sum(o2) / perf_sum(c));
		printf("\n");
	}
}

/* The costs of a row against those of its cell number `one`. */
static void
print_row(const struct perf_cell *row, unsigned int nb, unsigned int one, enum perf_way way,
	const char *name)
{
	for (unsigned int make = 0; make < 2; make++) {
		printf("%-14s %-5s", make ? "" : name, make ? "make" : "sum");
		for (unsigned int i = 0; i < nb; i++) {
			const struct perf_cost *c = &row[i].cost[way], *base = &row[one].cost[way];

			if (!row[i].here[way] || !row[one].here[way])
				printf(" %14s", "n/a");
			else if (make)
				printf(" %7.1f %5.2fx", c->make, c->make / base->make);
			else
				printf(" %7.1f %5.2fx", perf_sum(c), perf_sum(c) / perf_sum(base));
		}
		printf("\n");
	}
}

static void
print_flat(const struct perf_results *r)
{
	static const struct {
		enum perf_way way;
		const char *name;
	} rows[] = {{PERF_SG, "sg, 2k"}, {PERF_UNCHAIN, "unchain"}, {PERF_PEER, "rte_gso, 2k"}};

	printf("\nflatness: tcp4 hot, cycles a segment, and against 44 segments (target "
	       "0.85-1.15)\n");
	printf("%-20s", "segments");
	for (unsigned int i = 0; i < PERF_FLAT; i++)
		printf(" %14u", perf_flat_segs[i]);
	printf("\n");
	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		print_row(r->flat, PERF_FLAT, PERF_FLAT - 1, rows[i].way, rows[i].name);
	printf("\nflatness: 44 segments hot, and against tcp4 (target for vxlan_tcp4 <= 1.3)\n");
	printf("%-20s", "type");
	for (unsigned int i = 0; i < PERF_TYPES; i++)
		printf(" %14s", perf_type_names[i]);
	printf("\n");
	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		print_row(r->type, PERF_TYPES, PERF_TCP4, rows[i].way, rows[i].name);
}

void
perf_print(const struct perf_results *r)
{
	printf("Cycles of the TSC a segment, medians of %u rounds in turns; mss %u, no TCP "
	       "options;\n"
	       "sums by %s; %s; only ratios count: the core may run at another clock.\n"
	       "make: cutting, input consumed, cleave_parse() (parse) included; free: what came "
	       "out.\n"
	       "rte_gso of %s gets its lengths set for nothing, and leaves the IPv4 checksum to "
	       "the\n"
	       "port where Cleave completes it; _cksum: all checksums complete, in software; "
	       "rte_gso +\n"
	       "rte_ipv4_udptcp_cksum_mbuf() compiled at -O3 as Cleave, and at -O2 as Debian's.\n",
		r->rounds, PERF_MSS, cleave_sum_impl(),
		rte_eal_has_hugepages() ? "huge pages" : "no huge pages", rte_version());
	printf("\n%-14s %7s %7s %7s %7s | %7s %7s %7s %6s %6s | %7s %6s\n", "", "", "", "",
		"cleave", "", "", "rte_gso", "", "", "-O2", "");
	printf("%-14s %7s %7s %7s %7s | %7s %7s %7s %6s %6s | %7s %6s\n", "way", "parse", "make",
		"free", "sum", "make", "free", "sum", "make", "sum", "sum", "sum");
	perf_each_cell(r, print_cell, NULL);
	if (r->flat[0].here[PERF_PEER])
		print_flat(r);
}
