/* SPDX-License-Identifier: BSD-3-Clause
 *
 * --stats-json: every counter of every port, and what the mbuf pools lack. Neighbours: stats.c shows the same ones.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_mempool.h>

#include "fwd.h"

struct json {
	FILE *f;
	const char *sep;
};

static void
number(struct json *j, const char *name, uint64_t v)
{
	fprintf(j->f, "%s\"%s\": %" PRIu64, j->sep, name, v);
	j->sep = ", ";
}

static void
open_object(struct json *j, const char *name)
{
	fprintf(j->f, "%s\"%s\": {", j->sep, name);
	j->sep = "";
}

static void
close_object(struct json *j)
{
	fputs("}", j->f);
	j->sep = ", ";
}

static void
json_stats(struct json *j, uint16_t id)
{
	struct rte_eth_stats s;

	stats_port_delta(id, &s);
	open_object(j, "stats");
	number(j, "ipackets", s.ipackets);
	number(j, "opackets", s.opackets);
	number(j, "ibytes", s.ibytes);
	number(j, "obytes", s.obytes);
	number(j, "imissed", s.imissed);
	number(j, "ierrors", s.ierrors);
	number(j, "oerrors", s.oerrors);
	number(j, "rx_nombuf", s.rx_nombuf);
	close_object(j);
}

static void
json_forward(struct json *j, uint16_t id)
{
	struct forward_stats s;
	struct stream_stats fwd;

	stats_forward_of(id, &fwd);
	stats_forward_lines(id, &s);
	open_object(j, "fwd");
	number(j, "rx_packets", s.rx_packets);
	number(j, "rx_dropped", s.rx_dropped);
	number(j, "tx_packets", s.tx_packets);
	number(j, "tx_dropped", s.tx_dropped);
	number(j, "tx_ring_full", fwd.ring_full);
	number(j, "bad_ip_cksum", fwd.bad_ip_cksum);
	number(j, "bad_l4_cksum", fwd.bad_l4_cksum);
	number(j, "cycles", fwd.cycles);
	close_object(j);
}

static void
json_cleave(struct json *j, uint16_t id)
{
	struct cleave_tx_stats s;

	stats_cleave_sum(id, &s);
	open_object(j, "cleave");
	for (unsigned int p = 0; p < CLEAVE_NB_PLANS; p++)
		number(j, cleave_plan_name(p), s.plan[p]);
	number(j, "tx_drop_frames", s.drop_frames);
	number(j, "tx_whole", s.whole);
	number(j, "tx_segments", s.segments);
	number(j, "tx_fragmented", s.fragmented);
	number(j, "tx_unchained", s.unchained);
	number(j, "tx_sw_cksum", s.sw_cksum);
	number(j, "tx_linearized", s.linearized);
	number(j, "tx_pending", s.pending);
	open_object(j, "drops");
	for (unsigned int d = 0; d < CLEAVE_NB_DROPS; d++)
		number(j, cleave_drop_name(d), s.drop[d]);
	close_object(j);
	close_object(j);
}

static void
json_gro(struct json *j, uint16_t id)
{
	struct cleave_gro_stats s;

	merge_sum(id, &s);
	open_object(j, "gro");
	number(j, "gro_packets", s.packets);
	number(j, "gro_merged", s.merged);
	number(j, "gro_supers", s.supers);
	number(j, "gro_verified", s.verified);
	number(j, "gro_held", s.held);
	for (unsigned int p = 0; p < CLEAVE_GRO_NB_PASSES; p++)
		number(j, cleave_gro_pass_name(p), s.pass[p]);
	for (unsigned int f = 0; f < CLEAVE_GRO_NB_FLUSHES; f++)
		number(j, cleave_gro_flush_name(f), s.flush[f]);
	close_object(j);
}

/* What a pool lacks: what is in the ports' rings then, and nothing else. */
static void
json_pool(struct rte_mempool *mp, void *arg)
{
	number(arg, mp->name, rte_mempool_in_use_count(mp));
}

/* Opened before anything starts: an option that cannot be met is refused then. */
static FILE *out;

int
json_open(const char *path)
{
	out = fopen(path, "w");
	return out != NULL ? 0
			   : fail("--stats-json=%s: %s; accepted is a file that can be written",
				     path, strerror(errno));
}

int
json_write(const char *path)
{
	struct json j = {.f = out, .sep = ""};
	const char *sep = "";
	uint16_t id;
	bool bad;

	fputs("{\"ports\": [", j.f);
	RTE_ETH_FOREACH_DEV (id) {
		fprintf(j.f, "%s\n{", sep);
		j.sep = "";
		number(&j, "port", id);
		json_stats(&j, id);
		json_forward(&j, id);
		json_cleave(&j, id);
		json_gro(&j, id);
		fputs("}", j.f);
		sep = ",";
	}
	fputs("\n]", j.f);
	j.sep = ", ";
	open_object(&j, "mbufs_in_use");
	rte_mempool_walk(json_pool, &j);
	close_object(&j);
	fputs("}\n", j.f);
	bad = ferror(j.f);
	if (fclose(j.f) != 0 || bad)
		return fail("--stats-json=%s: could not be written", path);
	return 0;
}
