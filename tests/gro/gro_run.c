/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A run of frames through cleave_gro_burst(): into mbufs as the test wants them, burst by burst,
 * until all have left; then the judge. Neighbours: gro_test.h, gro_frames.c, gro_judge.c.
 */
#include <inttypes.h>

#include <rte_cycles.h>

#include "gro_test.h"

#define NB_IN 8191

struct gro_run gro;

static struct rte_mempool *in;

int
gro_setup(void)
{
	if (gso_setup() < 0 || cleave_meta_register() < 0)
		return TEST_FAILED;
	if (in == NULL)
		in = rte_pktmbuf_pool_create("gro_in", NB_IN, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	return in != NULL ? TEST_SUCCESS : TEST_FAILED;
}

/* Everything of the last run goes. */
static int
clean(void)
{
	int rc = TEST_SUCCESS;

	cleave_gro_free(gro.gro);
	gro.gro = NULL;
	for (unsigned int i = 0; i < gro.nb_out; i++)
		rte_pktmbuf_free(gro.out[i]);
	for (unsigned int i = 0; i < gro.nb; i++) {
		struct gro_frame *f = &gro.f[i];

		if (i >= gro.fed)
			rte_pktmbuf_free(f->m);
		f->m = NULL;
		if (f->g != NULL && gso_packet_release(f->g) < 0) {
			printf("frame %u of %u\n", i, gro.nb);
			rc = TEST_FAILED;
		}
		free(f->g);
		f->g = NULL;
		pkt_free(&f->p);
	}
	gro.nb = gro.nb_out = gro.fed = 0;
	return rc;
}

void
gro_begin(uint16_t flags)
{
	clean();
	memset(&gro.conf, 0, sizeof(gro.conf));
	gro.conf.flags = flags;
	gro.conf.socket_id = SOCKET_ID_ANY;
	gro.in_place = gro.loose = gro.lies = false;
	gro.cut = 0;
	gro.epoch = gro.supers = 0;
	gro.now = rte_rdtsc();
}

/* The frame in mbufs, with what the port says of it. */
static int
receive(struct gro_frame *f)
{
	const uint64_t kept = RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL;
	unsigned int nb = f->pieces[0] == 0 ? 0 : f->pieces[1] == 0 ? 1 : 2;

	if (f->kind == GSO_PLAIN) {
		f->m = mbuf_chain(in, f->p.data, f->p.len, nb ? f->pieces : NULL, nb);
	} else {
		f->g = malloc(sizeof(*f->g));
		if (f->g == NULL || gso_packet(f->g, &f->p, f->kind, nb ? f->pieces : NULL, nb) < 0)
			return TEST_FAILED;
		f->m = f->g->m;
		f->g->pkt = &f->p;
	}
	TEST_ASSERT_NOT_NULL(f->m, "no mbufs");
	f->m->ol_flags = (f->m->ol_flags & kept) | f->ol_flags;
	f->m->tx_offload = 0;
	f->m->tso_segsz = f->tso_segsz;
	f->m->packet_type = f->packet_type;
	f->m->port = f->port;
	f->nb_mbufs = f->m->nb_segs;
	f->m->vlan_tci = f->vlan_tci;
	f->m->vlan_tci_outer = f->vlan_tci_outer;
	gro_key(f);
	return TEST_SUCCESS;
}

/* The first frame of the same flow. */
static void
find_flow(unsigned int i)
{
	struct gro_frame *f = &gro.f[i];

	f->flow = i;
	for (unsigned int k = i; k > 0; k--) {
		struct gro_frame *o = &gro.f[k - 1];

		if (o->wild == f->wild && o->key_len == f->key_len &&
			memcmp(o->key, f->key, f->key_len) == 0) {
			f->flow = o->flow;
			break;
		}
	}
}

static int
sane(unsigned int came, unsigned int left)
{
	uint32_t held = cleave_gro_held(gro.gro), most = rte_align32pow2(gro.conf.flows);
	struct cleave_gro_stats s;
	uint64_t passed = 0, flushed = 0;

	cleave_gro_stats_get(gro.gro, &s);
	for (unsigned int i = 0; i < CLEAVE_GRO_NB_PASSES; i++)
		passed += s.pass[i];
	for (unsigned int i = 0; i < CLEAVE_GRO_NB_FLUSHES; i++)
		flushed += s.flush[i];
	most = most == 0 ? 1024 : RTE_MAX(most, 8u);
	TEST_ASSERT(held <= most, "%u held of at most %u", held, most);
	TEST_ASSERT_EQUAL(s.held, held, "held: %u, and %u counted", held, (unsigned int)s.held);
	TEST_ASSERT_EQUAL(s.packets, gro.fed, "%" PRIu64 " counted of %u", s.packets, gro.fed);
	TEST_ASSERT_EQUAL(s.packets, s.merged + passed,
		"%" PRIu64 " packets, %" PRIu64 " merged and %" PRIu64 " not", s.packets, s.merged,
		passed);
	TEST_ASSERT_EQUAL(s.pass[CLEAVE_GRO_PASS_HEAD], flushed + held,
		"%" PRIu64 " heads, %" PRIu64 " flushed, %u held", s.pass[CLEAVE_GRO_PASS_HEAD],
		flushed, held);
	if (gro.conf.timeout_us == 0) {
		TEST_ASSERT_EQUAL(held, 0, "%u held with no timeout", held);
		TEST_ASSERT(left <= came, "%u came, %u left", came, left);
	}
	return TEST_SUCCESS;
}

int
gro_feed_room(unsigned int n, unsigned int room)
{
	struct rte_mbuf *pkts[GRO_FRAMES_MAX];
	uint16_t nb = n, left;

	TEST_ASSERT(gro.fed + n <= gro.nb, "the test has no more frames");
	TEST_ASSERT(gro.nb_out + room <= RTE_DIM(gro.out), "no room");
	if (gro.gro == NULL)
		gro.gro = cleave_gro_create(&gro.conf);
	TEST_ASSERT_NOT_NULL(gro.gro, "no table");
	for (unsigned int i = gro.fed; i < gro.fed + n; i++) {
		if (gro.f[i].m == NULL) {
			TEST_ASSERT_SUCCESS(receive(&gro.f[i]), "frame %u", i);
			find_flow(i);
		}
		gro.f[i].now = gro.now;
		gro.f[i].epoch = gro.epoch;
		pkts[i - gro.fed] = gro.f[i].m;
	}
	left = cleave_gro_burst(
		gro.gro, pkts, &nb, gro.now, gro.in_place ? pkts : gro.out + gro.nb_out, room);
	TEST_ASSERT(nb <= n && left <= room, "%u of %u taken, %u left of %u", nb, n, left, room);
	if (gro.in_place)
		memcpy(gro.out + gro.nb_out, pkts, left * sizeof(pkts[0]));
	gro.fed += nb;
	gro.nb_out += left;
	if (gro.conf.timeout_us == 0)
		gro.epoch++;
	return sane(nb, left) < 0 ? -1 : nb;
}

int
gro_feed(unsigned int n)
{
	unsigned int room = RTE_DIM(gro.out) - gro.nb_out;
	int taken = gro_feed_room(n, gro.in_place ? n : RTE_MIN(room, 2 * n + 2048));

	TEST_ASSERT_EQUAL(taken, (int)n, "%d of %u frames taken", taken, n);
	return TEST_SUCCESS;
}

void
gro_wait(uint64_t us)
{
	gro.now += us * (rte_get_tsc_hz() / 1000000);
}

int
gro_flush(void)
{
	uint16_t n;

	do {
		TEST_ASSERT(gro.nb_out + 7 <= RTE_DIM(gro.out), "no room");
		n = cleave_gro_flush(gro.gro, gro.out + gro.nb_out, 7);
		TEST_ASSERT(n <= 7, "%u of 7", n);
		gro.nb_out += n;
	} while (n == 7);
	gro.epoch++;
	TEST_ASSERT_EQUAL(cleave_gro_held(gro.gro), 0, "held after a flush");
	return sane(0, 0);
}

bool
gro_groups(const char *want)
{
	char got[GRO_FRAMES_MAX + 1];
	unsigned int names = 0;
	bool same = strlen(want) == gro.nb;

	for (unsigned int i = 0; i < gro.nb; i++) {
		unsigned int first = gro.f[i].super;

		got[i] = first == i ? 'A' + names++ % 26 : got[first];
		for (unsigned int k = 0; k < i && same; k++)
			same = (want[i] == want[k]) == (gro.f[i].super == gro.f[k].super);
	}
	got[gro.nb] = '\0';
	if (!same)
		printf("packets left as %s, not as %s\n", got, want);
	return same;
}

int
gro_end(const char *want)
{
	int rc = TEST_SUCCESS;
	unsigned int nb = gro.nb, nb_out;

	if (gro.fed < gro.nb)
		rc = gro_feed(gro.nb - gro.fed);
	if (rc == 0 && gro.conf.timeout_us != 0)
		rc = gro_flush();
	if (rc == 0) {
		cleave_gro_stats_get(gro.gro, &gro.stats);
		nb_out = gro.nb_out;
		rc = gro_judge();
		if (rc == 0 && want != NULL && !gro_groups(want))
			rc = TEST_FAILED;
		if (rc < 0)
			printf("(%u frames in, %u packets out)\n", nb, nb_out);
	}
	if (clean() < 0 || gso_pools_full() < 0)
		return TEST_FAILED;
	TEST_ASSERT(rte_mempool_full(in), "%u mbufs are missing", rte_mempool_in_use_count(in));
	return rc;
}
