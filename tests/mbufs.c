/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Bytes into mbufs and out of them. Neighbour: mbufs.h.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mbufs.h"

struct rte_mbuf *
mbuf_chain(struct rte_mempool *mp, const void *data, uint32_t len, const uint16_t *pieces,
	unsigned int nb_pieces)
{
	struct rte_mbuf *head = NULL, **tail = &head, *m;
	const uint8_t *p = data;
	unsigned int i = 0;
	uint32_t n;

	do {
		m = rte_pktmbuf_alloc(mp);
		if (m == NULL)
			goto err;
		*tail = m;
		tail = &m->next;
		n = rte_pktmbuf_tailroom(m);
		if (pieces != NULL) {
			if (pieces[i] > n || pieces[i] == 0)
				goto err;
			n = pieces[i];
			i += i + 1 < nb_pieces;
		}
		n = RTE_MIN(n, len);
		memcpy(rte_pktmbuf_mtod(m, void *), p, n);
		m->data_len = n;
		p += n;
		len -= n;
		head->pkt_len += n;
		head->nb_segs += m != head;
	} while (len > 0);
	return head;
err:
	rte_pktmbuf_free(head);
	return NULL;
}

struct rte_mbuf *
mbuf_split(struct rte_mempool *mp, const void *data, uint32_t len, uint16_t first)
{
	uint16_t pieces[2] = {first, len - first};

	if (first == 0 || first >= len)
		return mbuf_chain(mp, data, len, NULL, 0);
	return mbuf_chain(mp, data, len, pieces, 2);
}

uint32_t
mbuf_flat(const struct rte_mbuf *m, uint8_t *buf, uint32_t max)
{
	uint32_t len = 0, n;

	for (; m != NULL; m = m->next) {
		n = len >= max ? 0 : RTE_MIN(m->data_len, max - len);
		memcpy(buf + RTE_MIN(len, max), rte_pktmbuf_mtod(m, const void *), n);
		len += m->data_len;
	}
	return len;
}

bool
mbuf_is(const struct rte_mbuf *m, const void *data, uint32_t len)
{
	const struct rte_mbuf *head = m;
	const uint8_t *p = data;
	unsigned int nb = 0;

	if (m->pkt_len != len)
		return false;
	for (; m != NULL; m = m->next, nb++) {
		if (m->data_len > len || memcmp(rte_pktmbuf_mtod(m, const void *), p, m->data_len))
			return false;
		p += m->data_len;
		len -= m->data_len;
	}
	return len == 0 && nb == head->nb_segs;
}

static void
ext_free(void *addr, void *opaque)
{
	unsigned int *freed = opaque;

	(*freed)++;
	free(addr);
}

struct rte_mbuf *
mbuf_ext(struct rte_mempool *mp, const void *data, uint16_t len, unsigned int *freed)
{
	struct rte_mbuf_ext_shared_info *shinfo;
	struct rte_mbuf *m = rte_pktmbuf_alloc(mp);
	uint16_t size =
		RTE_ALIGN_CEIL(len, sizeof(uintptr_t)) + sizeof(*shinfo) + sizeof(uintptr_t);
	void *buf = malloc(size);

	if (m == NULL || buf == NULL)
		return NULL;
	shinfo = rte_pktmbuf_ext_shinfo_init_helper(buf, &size, ext_free, freed);
	rte_pktmbuf_attach_extbuf(m, buf, RTE_BAD_IOVA, size, shinfo);
	memcpy(rte_pktmbuf_mtod(m, void *), data, len);
	m->data_len = len;
	m->pkt_len = len;
	return m;
}

int
guard_init(struct guard *g, size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);

	g->size = RTE_ALIGN_CEIL(size, page);
	g->map = mmap(
		NULL, g->size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g->map == MAP_FAILED)
		return -1;
	return mprotect(g->map + g->size, page, PROT_NONE);
}

void
guard_fini(struct guard *g)
{
	munmap(g->map, g->size + sysconf(_SC_PAGESIZE));
}

static void
guard_free(void *addr, void *opaque)
{
}

struct rte_mbuf *
guard_mbuf(struct guard *g, struct rte_mempool *mp, const void *data, uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(mp);

	if (m == NULL || len > g->size) {
		rte_pktmbuf_free(m);
		return NULL;
	}
	g->shinfo.free_cb = guard_free;
	g->shinfo.fcb_opaque = NULL;
	rte_mbuf_ext_refcnt_set(&g->shinfo, 1);
	rte_pktmbuf_attach_extbuf(m, g->map + g->size - len, RTE_BAD_IOVA, len, &g->shinfo);
	memcpy(rte_pktmbuf_mtod(m, void *), data, len);
	m->data_len = len;
	m->pkt_len = len;
	return m;
}

int
drain_to(struct drain *d, struct rte_mempool *mp, unsigned int left)
{
	unsigned int avail = rte_mempool_avail_count(mp);

	d->mp = mp;
	d->nb = 0;
	d->taken = NULL;
	if (avail <= left)
		return 0;
	d->taken = calloc(avail - left, sizeof(*d->taken));
	if (d->taken == NULL)
		return -1;
	for (; d->nb < avail - left; d->nb++)
		if (rte_mempool_get(mp, (void **)&d->taken[d->nb]) < 0)
			return -1;
	return 0;
}

void
drain_undo(struct drain *d)
{
	while (d->nb > 0)
		rte_mempool_put(d->mp, d->taken[--d->nb]);
	free(d->taken);
	d->taken = NULL;
}
