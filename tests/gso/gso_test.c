/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the GSO tests share: the cut, and all that must hold before and after it. Neighbours:
 * gso_test.h, gso_input.c (the packets).
 */
#include "gso_test.h"

static struct rte_mbuf *out[GSO_OUT_MAX];

/* What the pools and the mbufs tell, with the segments still there. */
static enum gso_way
which_way(const struct rte_mbuf *m, const struct cleave_gso_pools *pools, unsigned int nb)
{
	unsigned int direct = rte_mempool_in_use_count(pools->direct);
	unsigned int indirect = rte_mempool_in_use_count(pools->indirect);
	bool flat = true;

	if (nb == 1)
		return GSO_WAY_WHOLE;
	for (unsigned int i = 0; i < nb; i++)
		flat &= out[i]->nb_segs == 1;
	if (direct == 0 && indirect == 0)
		return out[0] == m ? GSO_WAY_UNCHAIN : GSO_WAY_OTHER;
	if (direct == nb && indirect == 0 && flat)
		return GSO_WAY_LINEAR;
	return direct == nb && !flat ? GSO_WAY_SCATTER : GSO_WAY_OTHER;
}

/* Whether it has to come out itself, when it is one segment. */
static bool
leaves_itself(const struct gso_packet *g, const struct cleave_gso_req *req)
{
	const struct cleave_pkt *at = &g->pkt->want;
	uint16_t most = req->flags & CLEAVE_GSO_LINEAR ? 1 : req->max_pieces;

	return g->other == NULL && g->nb_held == 0 && (most == 0 || g->m->nb_segs <= most) &&
	       g->m->data_len >= RTE_MAX(at->hdr_len, at->ip[0].off + at->ip[0].len) &&
	       g->m->pkt_len == at->frame_len;
}

int
gso_cut_packet(struct gso_packet *g, const struct check_in *in, const struct cleave_gso_req *req,
	const struct cleave_gso_pools *pools)
{
	struct check_meta meta;
	struct cleave_pkt walk;
	bool itself;
	int n, rc;

	TEST_ASSERT_SUCCESS(cleave_parse(g->m, &walk), "the walk failed");
	TEST_ASSERT_SUCCESS(check_meta_set(g->m, &meta), "no dynamic field");
	itself = leaves_itself(g, req);
	n = cleave_gso_segment(g->m, &walk, req, pools, out, GSO_OUT_MAX);
	if (n <= 0) {
		gso_packet_drop(g);
		gso_packet_release(g);
	}
	TEST_ASSERT(n > 0, "not cut: %d", n);
	gso.way = which_way(g->m, pools, n);
	if (n == 1 && itself)
		TEST_ASSERT(out[0] == g->m, "one segment is not the packet itself");
	if (req->flags & CLEAVE_GSO_LINEAR)
		TEST_ASSERT(n == 1 || gso.way == GSO_WAY_LINEAR, "not the linear way");
	if (req->flags & CLEAVE_GSO_SCATTER)
		TEST_ASSERT(gso.way != GSO_WAY_UNCHAIN, "unchained all the same");
	rc = check_mbufs(in, req, &meta, out, n);
	check_free(out, n);
	return gso_packet_release(g) < 0 ? TEST_FAILED : rc;
}

int
gso_cut(const struct pkt *p, const struct cleave_gso_req *req, enum gso_input kind,
	const uint16_t *pieces, unsigned int nb_pieces)
{
	const struct check_in in = check_in(p);
	struct gso_packet g;

	for (unsigned int i = 0; i < RTE_DIM(gso.pools); i++) {
		if (i == 1 && check_nb(&in, req) > 100)
			break; /* the pools with caches are small */
		if (gso_packet(&g, p, kind, pieces, nb_pieces) < 0 ||
			gso_cut_packet(&g, &in, req, &gso.pools[i]) < 0 || gso_pools_full() < 0) {
			printf("type %u, mss %u, flags %x, at most %u mbufs, input %u, %u pieces "
			       "of %u...\n",
				req->type, req->mss, req->flags, req->max_pieces, kind, nb_pieces,
				nb_pieces ? pieces[0] : 0);
			return TEST_FAILED;
		}
	}
	return TEST_SUCCESS;
}

int
gso_with_frame(const struct pkt_spec *s, int (*fn)(struct pkt *p))
{
	struct pkt p;
	int rc;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	rc = fn(&p);
	if (rc < 0)
		printf("%s\n", pkt_str(s));
	pkt_free(&p);
	return rc;
}

int
gso_cut_ways(const struct pkt *p, uint16_t mss, uint16_t flags, const uint16_t *pieces,
	unsigned int nb_pieces)
{
	static const uint16_t ways[] = {0, CLEAVE_GSO_LINEAR};
	static const uint16_t sums[] = {0, CLEAVE_GSO_HW_IP_CKSUM, CLEAVE_GSO_HW_L4_CKSUM,
		CLEAVE_GSO_HW_IP_CKSUM | CLEAVE_GSO_HW_L4_CKSUM};

	for (unsigned int i = 0; i < RTE_DIM(ways) * RTE_DIM(sums); i++) {
		struct cleave_gso_req req = {
			.mss = mss, .flags = flags | ways[i % 2] | sums[i / 2]};

		if (gso_cut(p, &req, GSO_PLAIN, pieces, nb_pieces) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

int
gso_image(struct gso_image *image, const struct rte_mbuf *m)
{
	image->nb = 0;
	image->len = m->pkt_len;
	image->mbufs = malloc(m->nb_segs * sizeof(*m));
	image->data = malloc(m->pkt_len);
	TEST_ASSERT(image->mbufs != NULL && image->data != NULL, "no memory");
	mbuf_flat(m, image->data, image->len);
	for (; m != NULL; m = m->next)
		memcpy(&image->mbufs[image->nb++], m, sizeof(*m));
	return TEST_SUCCESS;
}

bool
gso_same(const struct gso_image *image, const struct rte_mbuf *m)
{
	bool same = mbuf_is(m, image->data, image->len);
	unsigned int i = 0;

	for (; m != NULL && same; m = m->next, i++)
		same = i < image->nb && memcmp(&image->mbufs[i], m, sizeof(*m)) == 0;
	return same && i == image->nb;
}

void
gso_image_free(struct gso_image *image)
{
	free(image->mbufs);
	free(image->data);
}

bool
gso_unchanged(struct gso_image *image, const struct rte_mbuf *m)
{
	bool same = gso_same(image, m);

	gso_image_free(image);
	return same;
}

int
gso_refused_packet(struct gso_packet *g, const struct cleave_gso_req *req,
	const struct cleave_gso_pools *pools, uint16_t nb_out, int want)
{
	unsigned int direct = rte_mempool_avail_count(pools->direct);
	unsigned int indirect = rte_mempool_avail_count(pools->indirect);
	struct cleave_pkt walk, walked;
	struct gso_image image;
	bool same;
	int rc;

	TEST_ASSERT_SUCCESS(gso_image(&image, g->m), "no memory");
	TEST_ASSERT_SUCCESS(cleave_parse(g->m, &walk), "the walk failed");
	walked = walk;
	rc = cleave_gso_segment(g->m, &walk, req, pools, out, nb_out);
	if (rc > 0) {
		check_free(out, rc);
		g->m = NULL;
	}
	TEST_ASSERT_EQUAL(rc, want, "%d, not %d", rc, want);
	same = gso_unchanged(&image, g->m) && memcmp(&walk, &walked, sizeof(walk)) == 0;
	TEST_ASSERT(same, "refused with %d, and changed all the same", rc);
	TEST_ASSERT(rte_mempool_avail_count(pools->direct) == direct &&
			    rte_mempool_avail_count(pools->indirect) == indirect,
		"refused with %d; direct pool %u -> %u, indirect pool %u -> %u", rc, direct,
		rte_mempool_avail_count(pools->direct), indirect,
		rte_mempool_avail_count(pools->indirect));
	return TEST_SUCCESS;
}

int
gso_refused(const struct pkt *p, const struct cleave_gso_req *req, uint16_t nb_out, int want)
{
	static const uint16_t pieces[] = {200, 333, 1448};

	for (enum gso_input kind = 0; kind < GSO_INPUTS; kind++) {
		struct gso_packet g;
		int rc;

		if (kind == GSO_PINNED && p->len > 1448 * (GSO_NB_PIN - 2))
			continue;
		if (kind == GSO_EMPTY && req->type == CLEAVE_GSO_BY_FRAGS)
			continue; /* there each mbuf is a packet */
		TEST_ASSERT_SUCCESS(gso_packet(&g, p, kind, pieces, RTE_DIM(pieces)), "no packet");
		rc = gso_refused_packet(&g, req, &gso.pools[0], nb_out, want);
		gso_packet_drop(&g);
		TEST_ASSERT(gso_packet_release(&g) == 0 && rc == 0, "input %u", kind);
		if (gso_pools_full() < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}
