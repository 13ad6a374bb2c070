/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Receive: packets that the test pushed, then frames that this port sent (rx_loop), then made-up
 * ones without end (rx_gen; probe_gen.c makes TCP segments).
 */
#include <stdlib.h>
#include <string.h>

#include "probe.h"

/* A looped frame as mbufs of the queue's pool; NULL: lost, and counted. */
static struct rte_mbuf *
loop_one(struct probe_rxq *q, const struct rte_net_probe_frame *f)
{
	struct rte_net_probe_counters *c = &probe_queue_of_rx(q)->rx_counters;
	struct rte_mbuf *head = NULL, **link = &head, *m;
	uint32_t at = 0, part;
	uint16_t segs = 0;

	do {
		m = rte_pktmbuf_alloc(q->pool);
		if (m == NULL)
			goto nombuf;
		*link = m;
		link = &m->next;
		segs++;
		part = RTE_MIN(f->len - at, (uint32_t)rte_pktmbuf_tailroom(m));
		if (part < f->len && !(q->offloads & RTE_ETH_RX_OFFLOAD_SCATTER)) {
			c->rx_missed++;
			goto drop;
		}
		memcpy(rte_pktmbuf_mtod(m, void *), f->data + at, part);
		m->data_len = (uint16_t)part;
		at += part;
	} while (at < f->len && part > 0);
	head->pkt_len = at;
	head->nb_segs = segs;
	head->port = q->port->data->port_id;
	return head;
nombuf:
	c->rx_nombuf++;
drop:
	for (; head != NULL; head = m) {
		m = head->next;
		head->next = NULL;
		rte_pktmbuf_free_seg(head);
	}
	return NULL;
}

static uint16_t
rx_loop(struct probe_rxq *q, struct rte_mbuf **pkts, uint16_t n)
{
	struct rte_net_probe_frame f;
	uint16_t i = 0;

	while (i < n && probe_wire_pop(q->loop, &f)) {
		pkts[i] = loop_one(q, &f);
		i += pkts[i] != NULL;
		free(f.data);
	}
	return i;
}

static uint16_t
rx_gen(struct probe_rxq *q, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t len = q->port->conf.rx_gen, id = q->port->data->port_id, i;

	if (rte_pktmbuf_alloc_bulk(q->pool, pkts, n) != 0) {
		probe_queue_of_rx(q)->rx_counters.rx_nombuf++;
		return 0;
	}
	for (i = 0; i < n; i++) {
		pkts[i]->data_len = len;
		pkts[i]->pkt_len = len;
		pkts[i]->port = id;
	}
	return n;
}

/* The rx_nombuf fault: the first packets are lost. */
static uint16_t
rx_lose(struct probe_queue *qs, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t lost = (uint16_t)RTE_MIN((uint32_t)n, qs->faults.rx_nombuf);

	rte_pktmbuf_free_bulk(pkts, lost);
	memmove(pkts, pkts + lost, (n - lost) * sizeof(*pkts));
	qs->faults.rx_nombuf -= lost;
	qs->rx_counters.rx_nombuf += lost;
	return n - lost;
}

uint16_t
probe_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct probe_rxq *q = queue;
	struct probe_queue *qs = probe_queue_of_rx(q);
	uint64_t bytes = 0;
	uint16_t got, i;

	got = (uint16_t)rte_ring_sc_dequeue_burst(q->pushed, (void **)pkts, n, NULL);
	if (q->loop != NULL)
		got += rx_loop(q, pkts + got, n - got);
	if (q->gen != NULL && got < n)
		got += probe_gen_burst(q, pkts + got, n - got);
	else if (q->port->conf.rx_gen != 0 && got < n)
		got += rx_gen(q, pkts + got, n - got);
	if (unlikely(qs->faults.rx_nombuf != 0))
		got = rx_lose(qs, pkts, got);
	for (i = 0; i < got; i++)
		bytes += pkts[i]->pkt_len;
	qs->rx_counters.rx_frames += got;
	qs->rx_counters.rx_bytes += bytes;
	return got;
}
