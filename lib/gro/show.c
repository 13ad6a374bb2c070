/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the merging counts, and what it holds, for people. Neighbours: gro.h.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include <rte_cycles.h>

#include "gro.h"
#include "put.h"

#define NAME(e, n, h) [CLEAVE_GRO_PASS_##e] = #n,
static const char *const pass_names[CLEAVE_GRO_NB_PASSES] = {CLEAVE_GRO_PASSES(NAME)};
#undef NAME
#define NAME(e, n, h) [CLEAVE_GRO_FLUSH_##e] = #n,
static const char *const flush_names[CLEAVE_GRO_NB_FLUSHES] = {CLEAVE_GRO_FLUSHES(NAME)};
#undef NAME

const char *
cleave_gro_pass_name(enum cleave_gro_pass pass)
{
	return pass < CLEAVE_GRO_NB_PASSES ? pass_names[pass] : NULL;
}

const char *
cleave_gro_flush_name(enum cleave_gro_flush flush)
{
	return flush < CLEAVE_GRO_NB_FLUSHES ? flush_names[flush] : NULL;
}

void
cleave_gro_stats_get(const struct cleave_gro *g, struct cleave_gro_stats *stats)
{
	*stats = g->stats;
	stats->held = g->nb_held;
}

void
cleave_gro_stats_reset(struct cleave_gro *g)
{
	memset(&g->stats, 0, sizeof(g->stats));
}

/* An address and a port: 10.0.0.1:80, [fd00::1]:80 */
static const char *
endpoint(char *to, size_t size, const uint8_t *hdr, const struct cleave_pkt *pkt, bool src)
{
	const struct cleave_ip *ip = cleave_inner_ip(pkt);
	const bool v4 = ip->version == 4;
	const uint8_t *address = hdr + ip->off + (v4 ? (src ? 12 : 16) : (src ? 8 : 24));
	char text[INET6_ADDRSTRLEN];

	inet_ntop(v4 ? AF_INET : AF_INET6, address, text, sizeof(text));
	snprintf(to, size, v4 ? "%s:%u" : "[%s]:%u", text,
		rte_be_to_cpu_16(get16_raw(hdr + pkt->l4_off + (src ? 0 : 2))));
	return to;
}

void
cleave_gro_dump(FILE *f, const struct cleave_gro *g, uint64_t now)
{
	char src[64], dst[64];

	for (uint32_t i = g->first; i != g->end; i++) {
		const uint32_t at = g->order[i & g->order_mask];
		const struct held *h = &g->held[at];
		struct cleave_pkt pkt;

		if (at == GRO_NONE || cleave_parse(h->head, &pkt) < 0)
			continue;
		fprintf(f, "%s %s -> %s", held_is_tcp(h) ? "tcp" : "udp",
			endpoint(src, sizeof(src), h->hdr, &pkt, true),
			endpoint(dst, sizeof(dst), h->hdr, &pkt, false));
		if (pkt.tunnel != CLEAVE_TUNNEL_NONE)
			fprintf(f, " in %s", cleave_tunnel_name(pkt.tunnel));
		fprintf(f, ": %u packets, %u bytes, %" PRIu64 " us\n", held_pkts(h), held_bytes(h),
			((uint64_t)((uint32_t)(now >> GRO_TICK) - h->since) << GRO_TICK) * 1000000 /
				rte_get_tsc_hz());
	}
}
