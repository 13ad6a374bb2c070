/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Receiving: each frame is read into a chain of mbufs that waits for it, as long as any frame may be;
 * those that it fills leave, and new ones take their place. Neighbours: vtap_hdr.h, vtap_ethdev.c.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rte_ip.h>
#include <rte_malloc.h>
#include <rte_net.h>

#include "vtap.h"

/* Super-packets and checksums, as the virtio header says. -EINVAL: it lies. */
static int
take_header(struct vtap_rxq *q, struct rte_mbuf *m)
{
	const struct virtio_net_hdr *v = &q->hdr.v;
	const uint8_t type = v->gso_type & ~(VIRTIO_NET_HDR_GSO_ECN | VTAP_GSO_TUNNEL);

	if (v->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		if (rte_le_to_cpu_16(v->csum_start) + rte_le_to_cpu_16(v->csum_offset) + 2u >
			m->pkt_len)
			return -EINVAL;
		/* not there, but what it would be over is right */
		m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_NONE;
		q->count[VTAP_RX_CSUM_NONE]++;
	} else if (v->flags & VIRTIO_NET_HDR_F_DATA_VALID) {
		m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
		q->count[VTAP_RX_CSUM_GOOD]++;
	}
	if (v->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return 0;
	if ((type != VIRTIO_NET_HDR_GSO_TCPV4 && type != VIRTIO_NET_HDR_GSO_TCPV6) ||
		v->gso_size == 0)
		return -EINVAL;
	m->ol_flags |= RTE_MBUF_F_RX_LRO;
	m->tso_segsz = rte_le_to_cpu_16(v->gso_size);
	q->count[VTAP_RX_LRO]++;
	return 0;
}

static void
check_ip(struct rte_mbuf *m)
{
	const uint8_t *ip = rte_pktmbuf_mtod_offset(m, const uint8_t *, m->l2_len);

	if (RTE_ETH_IS_IPV4_HDR(m->packet_type) && m->data_len >= m->l2_len + m->l3_len)
		m->ol_flags |= rte_raw_cksum(ip, m->l3_len) == 0xffff ? RTE_MBUF_F_RX_IP_CKSUM_GOOD
								      : RTE_MBUF_F_RX_IP_CKSUM_BAD;
}

static void
take_types(struct vtap_rxq *q, struct rte_mbuf *m)
{
	struct rte_net_hdr_lens lens;

	m->packet_type = rte_net_get_ptype(m, &lens, RTE_PTYPE_ALL_MASK);
	if (!q->check_ip)
		return;
	m->l2_len = lens.l2_len;
	m->l3_len = lens.l3_len;
	check_ip(m);
}

/* The frame that was read, len bytes; NULL: it is dropped, and counted. */
static struct rte_mbuf *
take(struct vtap_rxq *q, uint32_t len)
{
	const uint16_t room = q->iov[1].iov_len, n = (len + room - 1) / room;
	struct rte_mbuf *m = q->chain[0];

	if (unlikely(n == 1 ? (q->spare[0] = rte_pktmbuf_alloc(q->pool)) == NULL
			    : rte_pktmbuf_alloc_bulk(q->pool, q->spare, n) != 0)) {
		q->count[VTAP_RX_NO_MBUF]++;
		q->port->data->rx_mbuf_alloc_failed++;
		return NULL;
	}
	m->pkt_len = len;
	m->nb_segs = n;
	m->port = q->port_id;
	for (uint16_t i = 0; i < n; i++) {
		q->chain[i]->data_len = RTE_MIN(len, room);
		q->chain[i]->next = i + 1 < n ? q->chain[i + 1] : NULL;
		len -= q->chain[i]->data_len;
	}
	for (uint16_t i = 0; i < n; i++) {
		q->chain[i] = q->spare[i];
		q->iov[1 + i].iov_base = rte_pktmbuf_mtod(q->chain[i], void *);
	}
	if (unlikely(take_header(q, m) < 0)) {
		q->count[VTAP_RX_BAD_HEADER]++;
		rte_pktmbuf_free(m);
		return NULL;
	}
	take_types(q, m);
	return m;
}

uint16_t
vtap_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	struct vtap_rxq *q = queue;
	const uint32_t hdr_len = q->iov[0].iov_len, room = q->nb_chain * q->iov[1].iov_len;
	uint16_t n = 0;

	/* as many reads: what is dropped counts, for a burst to end */
	for (uint16_t left = nb_pkts; left > 0; left--) {
		ssize_t len = readv(q->fd, q->iov, 1 + q->nb_chain);

		if (len < 0) {
			q->count[VTAP_RX_READ] += errno != EAGAIN && !q->port->gone;
			break;
		}
		if (unlikely(len < hdr_len + RTE_ETHER_HDR_LEN)) {
			q->count[VTAP_RX_BAD_HEADER]++;
			continue;
		}
		len -= hdr_len;
		/* what did not fit was cut off */
		if (unlikely(len >= room)) {
			q->count[VTAP_RX_TOO_LONG]++;
			continue;
		}
		pkts[n] = take(q, len);
		if (likely(pkts[n] != NULL)) {
			q->bytes += len;
			n++;
		}
	}
	q->packets += n;
	return n;
}

void
vtap_rxq_release(struct rte_eth_dev *dev, uint16_t id)
{
	struct vtap_rxq *q = dev->data->rx_queues[id];

	if (q == NULL)
		return;
	if (q->chain != NULL)
		rte_pktmbuf_free_bulk(q->chain, q->nb_chain);
	rte_free(q->chain);
	rte_free(q->iov);
	q->chain = q->spare = NULL;
	q->iov = NULL;
	dev->data->rx_queues[id] = NULL;
}

int
vtap_rxq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned int socket,
	const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	const uint64_t offloads = conf->offloads | dev->data->dev_conf.rxmode.offloads;
	const uint32_t room = rte_pktmbuf_data_room_size(pool) - RTE_PKTMBUF_HEADROOM;
	const uint32_t one = dev->data->mtu + VTAP_OVERHEAD + 1;
	struct vtap_port *port = dev->data->dev_private;
	struct vtap_rxq *q = &port->rx[id];
	uint16_t n = 1;

	if (offloads & (RTE_ETH_RX_OFFLOAD_SCATTER | RTE_ETH_RX_OFFLOAD_TCP_LRO)) {
		n = (VTAP_RX_ROOM + room - 1) / room;
	} else if (room < one) {
		VTAP_LOG(ERR, "%s: frames of %u bytes need SCATTER, mbufs have room for %u",
			dev->data->name, one - 1, room);
		return -EINVAL;
	}
	if (n >= VTAP_IOV_MAX) {
		VTAP_LOG(ERR, "%s: mbufs of %u bytes are too small", dev->data->name, room);
		return -EINVAL;
	}
	q->chain = rte_zmalloc_socket("vtap", 2 * n * sizeof(*q->chain), 0, socket);
	q->iov = rte_zmalloc_socket("vtap", (1 + n) * sizeof(*q->iov), 0, socket);
	dev->data->rx_queues[id] = q;
	q->nb_chain = 0;
	if (q->chain == NULL || q->iov == NULL || rte_pktmbuf_alloc_bulk(pool, q->chain, n) != 0) {
		vtap_rxq_release(dev, id);
		return -ENOMEM;
	}
	q->nb_chain = n;
	q->spare = q->chain + n;
	q->iov[0] = (struct iovec){&q->hdr, port->hdr_len};
	for (uint16_t i = 0; i < n; i++)
		q->iov[1 + i] = (struct iovec){rte_pktmbuf_mtod(q->chain[i], void *), room};
	q->port = port;
	q->port_id = dev->data->port_id;
	q->pool = pool;
	q->check_ip = offloads & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
	return 0;
}
