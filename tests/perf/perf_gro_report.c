/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The figures of merging as tables, and what was reached of the targets. Neighbours: perf_gro.h;
 * perf_gro_json.c writes them for scripts/bench.
 */
#include "perf_gro.h"

#include <rte_eal.h>
#include <rte_version.h>

static const char words[] =
	"What is compared. Cycles of the TSC a packet; only ratios count.\n"
	"Frames of 1460 bytes of payload, in sequence, of so many flows, in trains of so\n"
	"many, in bursts of 32. Making packets and freeing what leaves is not counted.\n"
	"Cleave gets raw packets: it walks the headers, verifies where nobody vouched for\n"
	"the checksums, keeps the sums, and leaves packets that are ready to be cut:\n"
	"lengths, IPv4 checksum, marks, TCP's pseudo-header.\n"
	"rte_gro is told packet types and header lengths for nothing, and believes all\n"
	"checksums. It corrects lengths, no checksum, marks nothing, and does not compare\n"
	"TOS, TTL, window. It compares a packet with all flows of its table, which has\n"
	"room for four items a flow. Cleave's has room for twice the flows, 1024 at least.\n"
	"A pass gives each flow so many packets (each): two merged packets of 44, or four,\n"
	"or what memory has room for; then all that is held is taken out, which counts,\n"
	"on both sides. rte_gro's pass is shorter, or left out (-), where it would take\n"
	"seconds. Before it is measured, each side had to merge all that can be merged.\n"
	"fresh: in the caches, as written just before by a driver; cold: all packets of\n"
	"the pass were written before. touch: reads packets, writes `next` of the last\n"
	"one of the flow, and no more. Buffers lie in memory in random order.\n"
	"+cksum: DPDK's verification of each TCP checksum, then rte_gro; compiled at -O3\n"
	"as Cleave is, and at -O2 as Debian compiles. rte_gro has no TCP over IPv6: its\n"
	"tcp4 stands for it.\n";

const struct gro_cell *
gro_cell_find(const struct gro_results *r, const struct gro_kind *kind, bool cold)
{
	for (const struct gro_cell *c = r->cell; c < r->cell + r->nb; c++)
		if (c->kind.type == kind->type && c->kind.flows == kind->flows &&
			c->kind.train == kind->train && c->kind.known == kind->known &&
			c->cold == cold)
			return c;
	return NULL;
}

const struct gro_cell *
gro_cell_peer(const struct gro_results *r, const struct gro_cell *c)
{
	struct gro_kind kind = c->kind;

	if (kind.type == PERF_TCP6)
		kind.type = PERF_TCP4;
	return gro_cell_find(r, &kind, c->cold);
}

static void
print_cost(const struct gro_cell *c, enum gro_side side)
{
	if (c != NULL && c->here[side])
		printf(" %8.1f", c->cost[side]);
	else
		printf(" %8s", "-");
}

static void
print_ratio(const struct gro_cell *ours, enum gro_side our, const struct gro_cell *peer,
	enum gro_side side)
{
	if (peer != NULL && peer->here[side] && ours->here[our])
		printf(" %6.1fx", peer->cost[side] / ours->cost[our]);
	else
		printf(" %7s", "-");
}

/* A competitor in a table, or one that ends with its burst. */
static void
print_half(const struct gro_cell *c, const struct gro_cell *peer, enum gro_side first)
{
	enum gro_side cksum = first + 2, o2 = first + 3;

	print_cost(c, first);
	print_cost(peer, first + 1);
	print_ratio(c, first, peer, first + 1);
	if (c->kind.known)
		return;
	print_cost(peer, cksum);
	print_ratio(c, first, peer, cksum);
	print_cost(peer, o2);
	print_ratio(c, first, peer, o2);
}

static void
print_cell(const struct gro_results *r, const struct gro_cell *c)
{
	const struct gro_cell *peer = gro_cell_peer(r, c);
	char name[64];

	printf("%-24s %4u", gro_cell_name(c, name, sizeof(name)), c->per_flow[GRO_CLEAVE]);
	print_half(c, peer, GRO_CLEAVE);
	if (!c->cold) {
		printf(" |");
		print_half(c, peer, GRO_CLEAVE_BURST);
	}
	if (c->here[GRO_TOUCH])
		printf(" | %6.1f", c->cost[GRO_TOUCH]);
	if (c->here[GRO_CLEAVE] && c->early[GRO_CLEAVE] > 0)
		printf("  (cleave let %.1f%% more packets go early)", 100 * c->early[GRO_CLEAVE]);
	if (peer != NULL && peer->here[GRO_PEER] &&
		peer->per_flow[GRO_PEER] != c->per_flow[GRO_CLEAVE])
		printf("  (rte_gro: %u a flow)", peer->per_flow[GRO_PEER]);
	printf("\n");
}

static void
print_head(bool known, bool cold)
{
	static const char *const cksum[] = {"", "   +cksum              -O2        "};

	printf("\nchecksums %s, %s%s%s\n", known ? "known good" : "to be verified",
		cold ? "cold" : "fresh", cold ? "" : "; behind |: nothing is held over bursts",
		known ? "; last column: touch" : "");
	printf("%-24s %4s", "proto.flows.train", "each");
	for (unsigned int i = 0; i < (cold ? 1 : 2); i++)
		printf("%s %8s %8s %7s%s", i == 0 ? "" : " |", "cleave", "rte_gro", "",
			cksum[!known]);
	printf("\n");
}

static void
print_cells(const struct gro_results *r, bool known, bool cold)
{
	bool any = false;

	for (const struct gro_cell *c = r->cell; c < r->cell + r->nb; c++) {
		if (c->kind.known != known || c->cold != cold)
			continue;
		if (!any)
			print_head(known, cold);
		any = true;
		print_cell(r, c);
	}
}

static float
cost_of(const struct gro_results *r, struct gro_kind kind, enum gro_side side)
{
	const struct gro_cell *c = gro_cell_find(r, &kind, false);

	return c != NULL && c->here[side] ? c->cost[side] : 0;
}

float
gro_verification(const struct gro_results *r)
{
	float with = cost_of(r, (struct gro_kind){PERF_TCP4, 1, 1, false}, GRO_CLEAVE);
	float without = cost_of(r, (struct gro_kind){PERF_TCP4, 1, 1, true}, GRO_CLEAVE);

	return with > 0 && without > 0 ? with - without : 0;
}

static void
print_target(const char *what, float reached, const char *unit, float limit, bool least)
{
	bool met = least ? reached >= limit : reached <= limit;

	if (reached != 0)
		printf("%-58s %s %5.1f%s  %7.1f%s  %s\n", what, least ? ">=" : "<=", limit, unit,
			reached, unit, met ? "met" : "MISSED");
}

static void
print_targets(const struct gro_results *r)
{
	static const struct {
		uint32_t flows;
		float least;
	} ratios[] = {{1, 1.6}, {64, 5}, {1024, 60}};
	struct gro_kind one = {PERF_TCP4, 1, 1, true}, most = {PERF_TCP4, GRO_FLOWS_MAX, 1, true};
	char what[64];
	float cleave;

	printf("\ntargets (tcp4, interleaved packet by packet, checksums known good, fresh)\n");
	for (unsigned int i = 0; i < RTE_DIM(ratios); i++) {
		struct gro_kind k = {PERF_TCP4, ratios[i].flows, 1, true};

		cleave = cost_of(r, k, GRO_CLEAVE);
		snprintf(what, sizeof(what), "%u flows: rte_gro with a table, against Cleave",
			ratios[i].flows);
		if (cleave > 0)
			print_target(
				what, cost_of(r, k, GRO_PEER) / cleave, "x", ratios[i].least, true);
	}
	cleave = cost_of(r, one, GRO_CLEAVE);
	if (cleave > 0)
		print_target("65536 flows, against one", cost_of(r, most, GRO_CLEAVE) / cleave, "x",
			5, false);
	print_target("verification of 1460 bytes", gro_verification(r), " ", 90, false);
	for (enum gro_tax t = 0; t < GRO_TAXES; t++) {
		snprintf(what, sizeof(what), "what cannot merge, over cleave_parse(): %s",
			gro_tax_names[t]);
		if (r->tax[t].here)
			print_target(what, r->tax[t].cleave - r->tax[t].parse, " ", 20, false);
	}
}

static void
print_tax(const struct gro_results *r)
{
	if (!r->tax[0].here)
		return;
	printf("\nwhat cannot merge, 60 bytes, with %u flows held\n%-8s %8s %8s %8s %8s\n", 64, "",
		"parse", "cleave", "tax", "rte_gro");
	for (enum gro_tax t = 0; t < GRO_TAXES; t++)
		printf("%-8s %8.1f %8.1f %8.1f %8.1f\n", gro_tax_names[t], r->tax[t].parse,
			r->tax[t].cleave, r->tax[t].cleave - r->tax[t].parse, r->tax[t].peer);
}

void
gro_print(const struct gro_results *r)
{
	fputs(words, stdout);
	printf("%s, sums by %s, %s, medians of at most %u rounds in turns\n", rte_version(),
		cleave_sum_impl(), rte_eal_has_hugepages() ? "huge pages" : "no huge pages",
		r->rounds);
	print_cells(r, true, false);
	print_cells(r, false, false);
	print_cells(r, true, true);
	print_cells(r, false, true);
	print_tax(r);
	print_targets(r);
}
