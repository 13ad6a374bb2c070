/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The figures of merging as flat JSON, gro.<proto>.<flows>.<train>[_burst][_verify][_cold].<who>,
 * for scripts/bench. Neighbours: perf_gro.h; perf_gro_report.c prints tables.
 */
#include "perf_gro.h"

#include "cleave_net.h"

/* Who stands in which key. */
static const struct {
	const char *burst, *who;
} keys[GRO_SIDES] = {
	[GRO_CLEAVE] = {"", "cleave"},
	[GRO_PEER] = {"", "peer"},
	[GRO_PEER_CKSUM] = {"", "peer_cksum"},
	[GRO_PEER_CKSUM_O2] = {"", "peer_cksum_O2"},
	[GRO_CLEAVE_BURST] = {"_burst", "cleave"},
	[GRO_PEER_BURST] = {"_burst", "peer"},
	[GRO_PEER_BURST_CKSUM] = {"_burst", "peer_cksum"},
	[GRO_PEER_BURST_CKSUM_O2] = {"_burst", "peer_cksum_O2"},
	[GRO_TOUCH] = {"", "touch"},
};

static const char *
name_of(const struct gro_cell *c, const char *burst, char *buf, size_t len)
{
	snprintf(buf, len, "%s.%u.%u%s%s%s", perf_type_names[c->kind.type], c->kind.flows,
		c->kind.train, burst, c->kind.known ? "" : "_verify", c->cold ? "_cold" : "");
	return buf;
}

const char *
gro_cell_name(const struct gro_cell *c, char *buf, size_t len)
{
	return name_of(c, "", buf, len);
}

static void
write_cell(FILE *f, const struct gro_results *r, const struct gro_cell *c)
{
	const struct gro_cell *from;
	char name[64];

	for (enum gro_side s = 0; s < GRO_SIDES; s++) {
		from = gro_is_cleave(s) || s == GRO_TOUCH ? c : gro_cell_peer(r, c);
		if (from == NULL || !from->here[s])
			continue;
		name_of(c, keys[s].burst, name, sizeof(name));
		fprintf(f, ",\n\"gro.%s.%s\": %.2f", name, keys[s].who, from->cost[s]);
	}
}

int
gro_write_json(const struct gro_results *r, const char *path)
{
	FILE *f = perf_json_open(path);

	if (f == NULL)
		return -1;
	fprintf(f, ",\n\"gro.mss\": %u,\n\"gro.rounds\": %u", PERF_MSS, r->rounds);
	fprintf(f, ",\n\"gro.sums\": \"%s\"", cleave_sum_impl());
	fprintf(f, ",\n\"gro.peer.%s\": \"%s\"", perf_type_names[PERF_TCP6],
		perf_type_names[PERF_TCP4]);
	for (unsigned int i = 0; i < r->nb; i++)
		write_cell(f, r, &r->cell[i]);
	if (gro_verification(r) != 0)
		fprintf(f, ",\n\"gro.verification\": %.2f", gro_verification(r));
	for (enum gro_tax t = 0; t < GRO_TAXES; t++) {
		if (!r->tax[t].here)
			continue;
		fprintf(f, ",\n\"gro.tax.%s.parse\": %.2f", gro_tax_names[t], r->tax[t].parse);
		fprintf(f, ",\n\"gro.tax.%s.cleave\": %.2f", gro_tax_names[t], r->tax[t].cleave);
		fprintf(f, ",\n\"gro.tax.%s.peer\": %.2f", gro_tax_names[t], r->tax[t].peer);
	}
	return perf_json_close(f);
}
