/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the GSO tests share: pools, and packets in every kind of mbuf. Neighbours: gso_test.h,
 * gso_test.c (the cut).
 */
#include <rte_malloc.h>

#include "cleave_config.h"
#include "gso_test.h"

#define IN_ROOM RTE_MBUF_DEFAULT_BUF_SIZE
#define DIRECT_ROOM (RTE_PKTMBUF_HEADROOM + CLEAVE_HDR_MAX + 9000)

#define EXT_MAX 60000

struct gso_env gso;

static struct rte_mempool *
pinned_pool(void)
{
	struct rte_pktmbuf_extmem mem = {.buf_iova = RTE_BAD_IOVA, .elt_size = IN_ROOM};

	mem.buf_len = (size_t)IN_ROOM * (GSO_NB_PIN + 1);
	mem.buf_ptr = rte_zmalloc("pin", mem.buf_len, 4096);
	if (mem.buf_ptr == NULL)
		return NULL;
	return rte_pktmbuf_pool_create_extbuf("gso_pin", GSO_NB_PIN, 0, 0, IN_ROOM, 0, &mem, 1);
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
		gso.pools[1].indirect == NULL || pkt_setup() < 0)
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

/* Somebody else holds the mbuf, or what the mbuf that is returned points to. */
static struct rte_mbuf *
hold(struct gso_packet *g, struct rte_mbuf *m, uint32_t off, bool clone)
{
	if (m == NULL || g->nb_held == GSO_HELD_MAX)
		return m;
	g->held[g->nb_held] = m;
	g->held_off[g->nb_held++] = off;
	if (clone)
		return rte_pktmbuf_clone(m, gso.hold);
	rte_mbuf_refcnt_update(m, 1);
	return m;
}

static struct rte_mbuf *
piece(struct gso_packet *g, const struct pkt *p, uint32_t off, uint16_t n, enum gso_input kind)
{
	const uint8_t *data = p->data + off;
	struct rte_mbuf *m;

	if (kind == GSO_EXTERNAL || n > RTE_MBUF_DEFAULT_DATAROOM) {
		m = mbuf_ext(gso.in, data, n, &g->nb_freed);
		g->nb_ext++;
		return m;
	}
	m = mbuf_chain(gso.in, data, n, NULL, 0);
	if (kind == GSO_SHARED || kind == GSO_CLONED)
		return hold(g, m, off, kind == GSO_CLONED);
	return m;
}

/* A chain whose mbufs are made one by one: external ones, or some of each kind. */
static struct rte_mbuf *
chain_of(struct gso_packet *g, const struct pkt *p, bool mixed, const uint16_t *pieces,
	unsigned int nb_pieces)
{
	struct rte_mbuf *head = NULL, *m;
	unsigned int i = 0, nb = 0;

	for (uint32_t off = 0, n; off < p->len; off += n, nb++) {
		n = pieces != NULL ? pieces[i] : mixed ? 700 : EXT_MAX;
		i += i + 1 < nb_pieces;
		n = RTE_MIN(n, p->len - off);
		m = piece(g, p, off, n, mixed ? (nb + p->len) % GSO_MIXED : GSO_EXTERNAL);
		if (m == NULL || (head != NULL && rte_pktmbuf_chain(head, m) < 0)) {
			rte_pktmbuf_free(m);
			rte_pktmbuf_free(head);
			return NULL;
		}
		head = head == NULL ? m : head;
	}
	return head;
}

/* An mbuf of no bytes behind the first and behind each third one. */
static int
add_empty(struct rte_mbuf *head)
{
	struct rte_mbuf *m = head, *e;

	for (unsigned int i = 0; m->next != NULL && i < 300; i++) {
		if (i % 3 == 0) {
			e = rte_pktmbuf_alloc(gso.in);
			TEST_ASSERT_NOT_NULL(e, "no mbufs");
			e->next = m->next;
			m->next = e;
			m = e;
			head->nb_segs++;
		}
		m = m->next;
	}
	return TEST_SUCCESS;
}

static void
tighten(struct rte_mbuf *m)
{
	for (uint16_t room = 0; m != NULL; m = m->next, room = (room + 13) % 64) {
		uint8_t *to = (uint8_t *)m->buf_addr + room;

		memmove(to, rte_pktmbuf_mtod(m, uint8_t *), m->data_len);
		m->data_off = room;
	}
}

/* As a guest or our own GRO marks it, with all that the library has to clear. */
static void
mark(struct rte_mbuf *m, const struct cleave_pkt *at)
{
	const struct cleave_ip *ip = cleave_inner_ip(at);

	m->ol_flags |= RTE_MBUF_F_RX_LRO;
	m->ol_flags |= at->l4_proto == IPPROTO_UDP ? RTE_MBUF_F_TX_UDP_SEG : RTE_MBUF_F_TX_TCP_SEG;
	m->ol_flags |=
		ip->version == 6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM;
	if (at->tunnel != CLEAVE_TUNNEL_NONE)
		m->ol_flags |= RTE_MBUF_F_TX_TUNNEL_VXLAN | RTE_MBUF_F_TX_OUTER_IP_CKSUM |
			       RTE_MBUF_F_TX_OUTER_IPV4 | RTE_MBUF_F_TX_OUTER_UDP_CKSUM;
	m->tso_segsz = 1000;
}

int
gso_packet(struct gso_packet *g, const struct pkt *p, enum gso_input kind, const uint16_t *pieces,
	unsigned int nb_pieces)
{
	memset(g, 0, sizeof(*g));
	g->pkt = p;
	if (kind == GSO_EXTERNAL || kind == GSO_MIXED)
		g->m = chain_of(g, p, kind == GSO_MIXED, pieces, nb_pieces);
	else
		g->m = mbuf_chain(
			kind == GSO_PINNED ? gso.pin : gso.in, p->data, p->len, pieces, nb_pieces);
	TEST_ASSERT_NOT_NULL(g->m, "no mbufs for the input");
	if (kind == GSO_EMPTY && add_empty(g->m) < 0)
		return TEST_FAILED;
	if (kind == GSO_TIGHT)
		tighten(g->m);
	mark(g->m, &p->want);
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
	for (unsigned int i = 0; i < g->nb_held; i++) {
		struct rte_mbuf *m = g->held[i];

		same &= rte_mbuf_refcnt_read(m) == 1 &&
			memcmp(rte_pktmbuf_mtod(m, uint8_t *), g->pkt->data + g->held_off[i],
				m->data_len) == 0;
		rte_pktmbuf_free_seg(m);
	}
	g->nb_held = 0;
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

unsigned int
gso_payload_pieces(
	const struct rte_mbuf *m, const struct cleave_pkt *at, uint16_t *pieces, unsigned int max)
{
	uint32_t off = 0, a, b, end = at->hdr_len + at->payload_len;
	unsigned int nb = 0;

	for (; m != NULL && nb < max; off += m->data_len, m = m->next) {
		a = RTE_MAX(off, (uint32_t)at->hdr_len);
		b = RTE_MIN(off + m->data_len, end);
		pieces[nb++] = a < b ? b - a : 0;
	}
	return nb;
}
