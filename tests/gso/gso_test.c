/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the GSO tests share. Neighbour: gso_test.h.
 */
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mempool.h>

#include "cleave_config.h"
#include "gso_test.h"

#define IN_ROOM RTE_MBUF_DEFAULT_BUF_SIZE
#define DIRECT_ROOM (RTE_PKTMBUF_HEADROOM + CLEAVE_HDR_MAX + 9000)
#define NB_PIN 63
#define EXT_MAX 60000

struct gso_env gso;

static struct rte_mbuf *out[GSO_OUT_MAX];

static struct rte_mempool *
pinned_pool(void)
{
	struct rte_pktmbuf_extmem mem = {.buf_iova = RTE_BAD_IOVA, .elt_size = IN_ROOM};

	mem.buf_len = (size_t)IN_ROOM * (NB_PIN + 1);
	mem.buf_ptr = rte_zmalloc("pin", mem.buf_len, 4096);
	if (mem.buf_ptr == NULL)
		return NULL;
	return rte_pktmbuf_pool_create_extbuf("gso_pin", NB_PIN, 0, 0, IN_ROOM, 0, &mem, 1);
}

int
gso_setup(void)
{
	if (gso.in != NULL)
		return TEST_SUCCESS;
	gso.in = rte_pktmbuf_pool_create("gso_in", 2047, 0, 0, IN_ROOM, 0);
	gso.hold = rte_pktmbuf_pool_create("gso_hold", 2047, 0, 0, 0, 0);
	gso.pin = pinned_pool();
	gso.pools[0].direct = rte_pktmbuf_pool_create("gso_direct", 4095, 0, 0, DIRECT_ROOM, 0);
	gso.pools[0].indirect = rte_pktmbuf_pool_create("gso_indirect", 8191, 0, 0, 0, 0);
	gso.pools[1].direct = rte_pktmbuf_pool_create("gso_direct_c", 1023, 64, 0, DIRECT_ROOM, 0);
	gso.pools[1].indirect = rte_pktmbuf_pool_create("gso_indirect_c", 1023, 64, 0, 0, 0);
	if (gso.in == NULL || gso.hold == NULL || gso.pin == NULL || gso.pools[0].direct == NULL ||
		gso.pools[0].indirect == NULL || gso.pools[1].direct == NULL ||
		gso.pools[1].indirect == NULL)
		return TEST_FAILED;
	return TEST_SUCCESS;
}

int
gso_pools_full(void)
{
	struct rte_mempool *all[] = {gso.in, gso.pin, gso.hold, gso.pools[0].direct,
		gso.pools[0].indirect, gso.pools[1].direct, gso.pools[1].indirect};

	for (unsigned int i = 0; i < RTE_DIM(all); i++)
		TEST_ASSERT(rte_mempool_full(all[i]), "%u mbufs of %s are missing",
			rte_mempool_in_use_count(all[i]), all[i]->name);
	return TEST_SUCCESS;
}

/* External buffers: a chain of mbufs, each with a buffer of its own. */
static struct rte_mbuf *
external_chain(
	struct gso_packet *g, const struct pkt *p, const uint16_t *pieces, unsigned int nb_pieces)
{
	struct rte_mbuf *head = NULL, *m;
	unsigned int i = 0;

	for (uint32_t off = 0, n; off < p->len; off += n) {
		n = pieces != NULL ? pieces[i] : EXT_MAX;
		i += i + 1 < nb_pieces;
		n = RTE_MIN(n, p->len - off);
		m = mbuf_ext(gso.in, p->data + off, n, &g->nb_freed);
		if (m == NULL || (head != NULL && rte_pktmbuf_chain(head, m) < 0)) {
			rte_pktmbuf_free(m);
			rte_pktmbuf_free(head);
			return NULL;
		}
		head = head == NULL ? m : head;
		g->nb_ext++;
	}
	return head;
}

int
gso_packet(struct gso_packet *g, const struct pkt *p, enum gso_input kind, const uint16_t *pieces,
	unsigned int nb_pieces)
{
	memset(g, 0, sizeof(*g));
	g->pkt = p;
	if (kind == GSO_EXTERNAL)
		g->m = external_chain(g, p, pieces, nb_pieces);
	else
		g->m = mbuf_chain(
			kind == GSO_PINNED ? gso.pin : gso.in, p->data, p->len, pieces, nb_pieces);
	TEST_ASSERT_NOT_NULL(g->m, "no mbufs for the input");
	g->m->ol_flags |=
		RTE_MBUF_F_RX_LRO | RTE_MBUF_F_TX_TCP_SEG |
		(p->want.ip[0].version == 6 ? RTE_MBUF_F_TX_IPV6
					    : RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM);
	g->m->tso_segsz = 1000;
	if (kind == GSO_SHARED) {
		g->other = g->m;
		rte_pktmbuf_refcnt_update(g->m, 1);
	} else if (kind == GSO_CLONED) {
		g->other = g->m;
		g->m = rte_pktmbuf_clone(g->other, gso.hold);
		TEST_ASSERT_NOT_NULL(g->m, "no mbufs for the clone");
	}
	return TEST_SUCCESS;
}

int
gso_packet_release(struct gso_packet *g)
{
	bool same = true;

	if (g->other != NULL) {
		same = mbuf_is(g->other, g->pkt->data, g->pkt->len);
		for (struct rte_mbuf *m = g->other; m != NULL; m = m->next)
			same &= rte_mbuf_refcnt_read(m) == 1;
		rte_pktmbuf_free(g->other);
		g->other = NULL;
	}
	TEST_ASSERT(same, "the packet's other holder sees it changed, or still shared");
	TEST_ASSERT_EQUAL(
		g->nb_freed, g->nb_ext, "%u of %u external buffers freed", g->nb_freed, g->nb_ext);
	return TEST_SUCCESS;
}

void
gso_packet_drop(struct gso_packet *g)
{
	rte_pktmbuf_free(g->m);
	g->m = NULL;
}

/* One packet, or what others still see of it, through the cut. */
static int
cut_packet(struct gso_packet *g, const struct cleave_gso_req *req,
	const struct cleave_gso_pools *pools)
{
	const struct pkt *p = g->pkt;
	struct check_meta meta;
	struct cleave_pkt walk;
	uint16_t most;
	bool whole;
	int n, rc;

	TEST_ASSERT_SUCCESS(cleave_parse(g->m, &walk), "the walk failed");
	TEST_ASSERT_SUCCESS(check_meta_set(g->m, &meta), "no dynamic field");
	most = req->flags & CLEAVE_GSO_LINEAR ? 1 : req->max_pieces;
	whole = g->other == NULL && g->m->data_len >= walk.hdr_len &&
		(most == 0 || g->m->nb_segs <= most) &&
		g->m->pkt_len <= (uint32_t)walk.hdr_len + req->mss;
	n = cleave_gso_segment(g->m, &walk, req, pools, out, GSO_OUT_MAX);
	TEST_ASSERT(n > 0, "not cut: %d", n);
	if (n == 1 && whole)
		TEST_ASSERT(out[0] == g->m, "one segment is not the packet itself");
	for (int i = 0; most != 0 && i < n; i++)
		TEST_ASSERT(out[i]->nb_segs <= most, "segment %d has %u mbufs", i, out[i]->nb_segs);
	rc = check_mbufs(p->data, p->len, req, &meta, out, n);
	check_free(out, n);
	return rc;
}

int
gso_cut(const struct pkt *p, const struct cleave_gso_req *req, enum gso_input kind,
	const uint16_t *pieces, unsigned int nb_pieces)
{
	struct gso_packet g;

	for (unsigned int i = 0; i < RTE_DIM(gso.pools); i++) {
		if (i == 1 && check_count(p->data, p->len, req->mss) > 100)
			break; /* the pools with caches are small */
		if (gso_packet(&g, p, kind, pieces, nb_pieces) < 0 ||
			cut_packet(&g, req, &gso.pools[i]) < 0 || gso_packet_release(&g) < 0 ||
			gso_pools_full() < 0) {
			printf("mss %u, flags %x, at most %u mbufs, input %u, %u pieces of %u...\n",
				req->mss, req->flags, req->max_pieces, kind, nb_pieces,
				nb_pieces ? pieces[0] : 0);
			return TEST_FAILED;
		}
	}
	return TEST_SUCCESS;
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
gso_refused_packet(struct gso_packet *g, const struct cleave_gso_req *req,
	const struct cleave_gso_pools *pools, uint16_t nb_out, int want)
{
	unsigned int direct = rte_mempool_avail_count(pools->direct), i = 0;
	unsigned int indirect = rte_mempool_avail_count(pools->indirect);
	struct rte_mbuf *copy = malloc(g->m->nb_segs * sizeof(*copy));
	struct cleave_pkt walk, walked;
	bool same;
	int rc;

	TEST_ASSERT_NOT_NULL(copy, "no memory");
	for (struct rte_mbuf *m = g->m; m != NULL; m = m->next)
		memcpy(&copy[i++], m, sizeof(*m));
	TEST_ASSERT_SUCCESS(cleave_parse(g->m, &walk), "the walk failed");
	walked = walk;
	rc = cleave_gso_segment(g->m, &walk, req, pools, out, nb_out);
	TEST_ASSERT_EQUAL(rc, want, "%d, not %d", rc, want);
	i = 0;
	same = mbuf_is(g->m, g->pkt->data, g->pkt->len) &&
	       memcmp(&walk, &walked, sizeof(walk)) == 0;
	for (struct rte_mbuf *m = g->m; m != NULL; m = m->next)
		same &= memcmp(&copy[i++], m, sizeof(*m)) == 0;
	free(copy);
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

		if (kind == GSO_PINNED && p->len > 1448 * (NB_PIN - 2))
			continue;
		TEST_ASSERT_SUCCESS(gso_packet(&g, p, kind, pieces, RTE_DIM(pieces)), "no packet");
		TEST_ASSERT_SUCCESS(
			gso_refused_packet(&g, req, &gso.pools[0], nb_out, want), "input %u", kind);
		gso_packet_drop(&g);
		if (gso_packet_release(&g) < 0 || gso_pools_full() < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}
