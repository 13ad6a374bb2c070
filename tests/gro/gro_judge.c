/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The judge of merging, SEMANTICS.md part 3 written down naively: which frames may be merged, which
 * must be, that each packet is cut into the frames that it was made of, and that no flow's order
 * changed. Neighbours: gro_test.h, gro_rules.c (which may join), gro_merged.c (the merged packet).
 */
#include <rte_cycles.h>

#include "gro_test.h"

#define CUT_MAX 4096

/* Frames of one packet, by their numbers. */
struct group {
	const struct gro_frame *f[GRO_FRAMES_MAX];
	unsigned int nb;
};

static struct group group;
static struct rte_mbuf *cut[CUT_MAX];
static uint8_t flat[128 * 1024];

static bool
related(const struct gro_frame *a, const struct gro_frame *b)
{
	if (!a->wild && !b->wild)
		return a->flow == b->flow;
	return memcmp(a->key, b->key, RTE_MIN(a->key_len, b->key_len)) == 0;
}

/* The next frame of the same flow, from number i + 1 on. */
static struct gro_frame *
next_of(const struct gro_frame *f)
{
	for (unsigned int i = f - gro.f + 1; i < gro.nb; i++)
		if (gro.f[i].flow == f->flow)
			return &gro.f[i];
	return NULL;
}

/* It left as it came, but for what was found out about its checksum. */
static int
judge_whole(const struct gro_frame *f, const struct rte_mbuf *m)
{
	const uint64_t learnt = RTE_MBUF_F_RX_L4_CKSUM_MASK | RTE_MBUF_F_RX_OUTER_L4_CKSUM_MASK |
				RTE_MBUF_F_RX_IP_CKSUM_MASK | cleave_meta_flag |
				RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL;
	uint64_t was = f->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
	uint64_t is = m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
	unsigned int i = f - gro.f;

	TEST_ASSERT(mbuf_is(m, f->p.data, f->p.len), "frame %u left alone, and changed", i);
	TEST_ASSERT_EQUAL(m->ol_flags & ~learnt, f->ol_flags & ~learnt,
		"frame %u: flags %lx, not %lx", i, m->ol_flags, f->ol_flags);
	/* (of a tunnelled packet the port may have spoken of the outer one) */
	TEST_ASSERT(was == is || was == RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN || f->p.want.nb_ip > 1,
		"frame %u: checksum %lx was known to be %lx", i, is, was);
	TEST_ASSERT(was == is || f->p.want.depth == CLEAVE_DEPTH_L4,
		"frame %u: a checksum of nothing", i);
	TEST_ASSERT(was == is || f->verdict == GRO_NEVER ||
			    gro_cksum_right(f) == (is == RTE_MBUF_F_RX_L4_CKSUM_GOOD),
		"frame %u: the checksum is not what its flags %lx say", i, is);
	TEST_ASSERT_EQUAL(m->tso_segsz, f->tso_segsz, "frame %u: tso_segsz %u", i, m->tso_segsz);
	return check_sound(m, 0, 1);
}

static int
judge_cut(struct rte_mbuf **seg, unsigned int nb)
{
	TEST_ASSERT_EQUAL(nb, group.nb, "%u frames merged, cut into %u", group.nb, nb);
	for (unsigned int i = 0; i < nb; i++) {
		const struct gro_frame *f = group.f[i];
		uint32_t len = mbuf_flat(seg[i], flat, sizeof(flat)), k;

		TEST_ASSERT_EQUAL(len, f->p.want.frame_len, "frame %u: %u bytes, not %u",
			(unsigned int)(f - gro.f), len, f->p.want.frame_len);
		for (k = 0; k < len && flat[k] == f->p.data[k]; k++)
			;
		TEST_ASSERT_EQUAL(k, len, "frame %u, byte %u (L4 at %u): %02x, not %02x",
			(unsigned int)(f - gro.f), k, f->p.want.l4_off, flat[k], f->p.data[k]);
		TEST_ASSERT(seg[i]->port == f->port && seg[i]->vlan_tci == f->vlan_tci &&
				    seg[i]->vlan_tci_outer == f->vlan_tci_outer,
			"frame %u: port or stripped tag", (unsigned int)(f - gro.f));
		if (check_sound(seg[i], i, nb) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* What lib/tx asks lib/gso for. */
static uint16_t
cut_flags(const struct rte_mbuf *m)
{
	uint8_t meta = cleave_meta(m)->flags;

	return gro.cut | (meta & CLEAVE_META_SUMS ? CLEAVE_GSO_SUMS : 0) |
	       (meta & CLEAVE_META_FIXED_ID ? CLEAVE_GSO_FIXED_ID : 0) |
	       (meta & CLEAVE_META_FIXED_OUTER_ID ? CLEAVE_GSO_FIXED_OUTER_ID : 0) |
	       (meta & CLEAVE_META_ACCECN ? CLEAVE_GSO_ACCECN : 0);
}

/* A merged packet, by the function for one and by that for a burst in turn. Consumed. */
static int
judge_super(struct rte_mbuf **m)
{
	struct cleave_gso_req req = {.mss = (*m)->tso_segsz, .flags = cut_flags(*m)};
	uint16_t one = 1, nb_cut = CUT_MAX;
	struct cleave_pkt walk;
	int rc;

	if (gro_merged(*m, group.f, group.nb) < 0)
		return TEST_FAILED;
	TEST_ASSERT_SUCCESS(cleave_parse(*m, &walk), "a merged packet that cannot be walked");
	if (gro.supers++ % 2) {
		rc = cleave_gso_burst(m, &one, &req, &gso.pools[0], cut, &nb_cut);
		rc = rc < 0 ? rc : nb_cut;
	} else {
		rc = cleave_gso_segment(*m, &walk, &req, &gso.pools[0], cut, CUT_MAX);
	}
	TEST_ASSERT(rc > 0, "cannot be cut: %d", rc);
	*m = NULL;
	nb_cut = rc;
	rc = judge_cut(cut, nb_cut);
	check_free(cut, nb_cut);
	return rc;
}

/* Whose packet is it? Its frames become `group`; each of them leaves at *pos. */
static int
take(const struct rte_mbuf *m, unsigned int *pos)
{
	struct gro_frame *f = NULL;
	unsigned int nb = 1;

	for (unsigned int i = 0; i < gro.nb && f == NULL; i++)
		if (gro.f[i].m == m)
			f = &gro.f[i];
	TEST_ASSERT_NOT_NULL(f, "a packet that did not come");
	if ((m->ol_flags & cleave_meta_flag) && (m->ol_flags & GRO_MARKS) &&
		!(f->ol_flags & GRO_MARKS))
		nb = cleave_meta(m)->nb_segs;
	TEST_ASSERT(nb > 0, "merged of no packets");
	group.nb = 0;
	for (; nb > 0 && f != NULL; nb--, f = next_of(f)) {
		TEST_ASSERT_EQUAL(f->super, -1, "frame %u left twice, or its flow's order changed",
			(unsigned int)(f - gro.f));
		group.f[group.nb++] = f;
		f->super = group.f[0] - gro.f;
		f->pos = (*pos)++;
	}
	TEST_ASSERT_EQUAL(nb, 0, "%u frames too many in a packet", nb);
	for (unsigned int i = 0; i < group.nb && group.nb > 1; i++)
		if ((group.f[i]->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) ==
			RTE_MBUF_F_RX_L4_CKSUM_NONE)
			gro_fix(&gro.f[group.f[i] -
				       gro.f]); /* what leaves has the checksum that was left to us */
	return TEST_SUCCESS;
}

/* None of them but may be merged with those before it. */
static int
judge_legal(void)
{
	for (unsigned int n = 0; n < group.nb && group.nb > 1; n++) {
		unsigned int i = group.f[n] - gro.f;

		TEST_ASSERT(gro_candidate(group.f[n]) != GRO_NEVER, "frame %u was merged: %s", i,
			gro_why);
		TEST_ASSERT(n == 0 || gro_fits(group.f, n, group.f[n]) != GRO_NEVER,
			"frame %u was merged with frame %u and %u more: %s", i,
			(unsigned int)(group.f[0] - gro.f), n - 1, gro_why);
	}
	return TEST_SUCCESS;
}

/* Flows that are merged, each of which holds a packet. */
static unsigned int
nb_flows(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < gro.nb; i++)
		n += gro.f[i].flow == i;
	return n;
}

/* May what passed have ended the wait of S's flow without being of it? A fragment, or what cannot be
 * walked, does not say whose it is; and whether tags and the like count then is not written. */
static bool
ends_more(const struct gro_frame *f, const struct gro_frame *s)
{
	if (f->wild || f->stray)
		return true;
	return gro_candidate(f) != GRO_YES && f->flow != s->flow && f->tuple_len == s->tuple_len &&
	       memcmp(f->tuple, s->tuple, f->tuple_len) == 0;
}

/* Does S stand alone that had to be merged with the frames right before it? */
static int
judge_apart(struct gro_frame *s)
{
	uint64_t wait = (uint64_t)gro.conf.timeout_us * (rte_get_tsc_hz() / 1000000);
	const struct gro_frame *p = s;

	do {
		if (p == gro.f)
			return TEST_SUCCESS;
		p--;
		if (ends_more(p, s))
			return TEST_SUCCESS;
	} while (!related(p, s));
	if (p->super == s->super || p->flow != s->flow || p->epoch != s->epoch ||
		gro_candidate(s) != GRO_YES)
		return TEST_SUCCESS;
	group.nb = 0;
	for (const struct gro_frame *f = &gro.f[p->super]; f != NULL && f <= p; f = next_of(f)) {
		if (gro_candidate(f) != GRO_YES)
			return TEST_SUCCESS;
		group.f[group.nb++] = f;
	}
	if (wait != 0 && s->now - group.f[0]->now >= wait)
		return TEST_SUCCESS;
	if (gro_fits(group.f, group.nb, s) != GRO_YES)
		return TEST_SUCCESS;
	gro_show(group.f[0]);
	gro_show(p);
	gro_show(s);
	TEST_ASSERT(false, "the last one had to be merged with those before it: %u", group.nb);
	return TEST_SUCCESS;
}

/* Did a, which came before b, leave before it, if it had to? */
static int
judge_pair(const struct gro_frame *a, const struct gro_frame *b)
{
	if (a->pos < b->pos || !related(a, b))
		return TEST_SUCCESS;
	gro_show(a);
	gro_show(b);
	TEST_ASSERT(false, "the latter left before the former");
	return TEST_SUCCESS;
}

/* All frames left, and none before one of its flow that came before it. */
static int
judge_order(void)
{
	for (unsigned int i = 0; i < gro.nb; i++)
		TEST_ASSERT(gro.f[i].super >= 0, "frame %u is lost", i);
	for (unsigned int i = 0; i < gro.nb; i++) {
		struct gro_frame *f = &gro.f[i], *next = next_of(f);

		if (next != NULL && judge_pair(f, next) < 0)
			return TEST_FAILED;
		for (unsigned int k = 0; k < i; k++)
			if ((f->wild || gro.f[k].wild) && judge_pair(&gro.f[k], f) < 0)
				return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

static int
judge_stats(unsigned int supers, unsigned int merged)
{
	TEST_ASSERT_EQUAL(gro.stats.supers, supers, "%u supers counted, not %u",
		(unsigned int)gro.stats.supers, supers);
	TEST_ASSERT_EQUAL(gro.stats.merged, merged, "%u merged counted, not %u",
		(unsigned int)gro.stats.merged, merged);
	TEST_ASSERT_EQUAL(gro.stats.held, 0, "%u held", (unsigned int)gro.stats.held);
	return TEST_SUCCESS;
}

int
gro_judge(void)
{
	unsigned int pos = 0, supers = 0, merged = 0;
	uint32_t table = gro.conf.flows != 0 ? gro.conf.flows : 1024, flows;

	for (unsigned int i = 0; i < gro.nb_out; i++) {
		if (take(gro.out[i], &pos) < 0)
			return TEST_FAILED;
		supers += group.nb > 1;
		merged += group.nb - 1;
		if (judge_legal() < 0)
			return TEST_FAILED;
		if (group.nb == 1 ? judge_whole(group.f[0], gro.out[i])
				  : judge_super(&gro.out[i])) {
			printf("packet %u of %u, frames %u to %u\n", i, gro.nb_out,
				(unsigned int)(group.f[0] - gro.f),
				(unsigned int)(group.f[group.nb - 1] - gro.f));
			return TEST_FAILED;
		}
	}
	if (judge_order() < 0 || judge_stats(supers, merged) < 0)
		return TEST_FAILED;
	flows = nb_flows();
	if (gro.loose || (flows > 8 && flows * 16 > table))
		return TEST_SUCCESS;
	for (unsigned int i = 0; i < gro.nb; i++)
		if (judge_apart(&gro.f[i]) < 0)
			return TEST_FAILED;
	return TEST_SUCCESS;
}
