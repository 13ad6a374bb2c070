/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sending: a frame is one writev(), of a virtio header, the headers where something is asked for, and
 * the mbufs as they are. Neighbours: vtap_request.c, vtap_ethdev.c.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rte_malloc.h>

#include "vtap.h"

/* What is sent of the mbufs, from byte off to byte end. Returns how many buffers there are. */
static int
gather(struct iovec *iov, const struct rte_mbuf *m, uint32_t off, uint32_t end)
{
	int n = 0;

	for (; m != NULL && end > 0; m = m->next) {
		const uint32_t len = RTE_MIN(m->data_len, end);

		end -= len;
		if (off >= len) {
			off -= len;
			continue;
		}
		iov[n++] = (struct iovec){rte_pktmbuf_mtod_offset(m, void *, off), len - off};
		off = 0;
	}
	return n;
}

/* n buffers, which are a virtio header and len bytes. 0, or -errno; part of a frame is none. */
static int
write_all(const struct vtap_txq *q, int n, uint32_t len)
{
	ssize_t done = writev(q->fd, q->iov, n);

	if (done < 0)
		return -errno;
	return done == q->port->hdr_len + len ? 0 : -EMSGSIZE;
}

/* One frame. 0, or -errno; -EBADMSG: its request is wrong. */
static int
send_one(struct vtap_txq *q, const struct rte_mbuf *m)
{
	static const union vtap_hdr nothing;
	struct vtap_request r;
	int n = 1, rc;

	if (unlikely(m->nb_segs > VTAP_SEGS_MAX))
		return -EBADMSG;
	if (!(m->ol_flags & VTAP_TX_ASKS)) {
		q->iov[0] = (struct iovec){(void *)(uintptr_t)&nothing, q->port->hdr_len};
		n += gather(q->iov + n, m, 0, m->pkt_len);
		return write_all(q, n, m->pkt_len);
	}
	if (vtap_request_make(m, &r) < 0 ||
		(r.kind == VTAP_TX_TUNNEL && q->port->hdr_len < VTAP_HDR_TUNNEL))
		return -EBADMSG;
	q->iov[0] = (struct iovec){&r.hdr, q->port->hdr_len};
	q->iov[n++] = (struct iovec){r.headers, r.len};
	n += gather(q->iov + n, m, r.replaces, r.end);
	rc = write_all(q, n, r.len + r.end - r.replaces);
	if (rc == 0 && r.kind < VTAP_TX_NB)
		q->count[r.kind]++;
	return rc;
}

/* Why a frame is lost; VTAP_TX_FULL: it is not, and can be sent later. */
static enum vtap_tx_count
why(const struct vtap_txq *q, int error)
{
	switch (error) {
	case -EAGAIN:
	case -ENOBUFS:
	case -ENOMEM:
		return VTAP_TX_FULL;
	case -EBADMSG:
		return VTAP_TX_BAD_REQUEST;
	case -EIO:    /* down */
	case -EBADFD: /* deleted */
		return VTAP_TX_DOWN;
	default:
		return q->port->gone ? VTAP_TX_DOWN : VTAP_TX_REFUSED;
	}
}

uint16_t
vtap_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	struct vtap_txq *q = queue;
	uint16_t n;

	for (n = 0; n < nb_pkts; n++) {
		int rc = send_one(q, pkts[n]);

		if (likely(rc == 0)) {
			q->packets++;
			q->bytes += pkts[n]->pkt_len;
			continue;
		}
		if (why(q, rc) == VTAP_TX_FULL) {
			q->count[VTAP_TX_FULL]++;
			break;
		}
		q->count[why(q, rc)]++;
	}
	rte_pktmbuf_free_bulk(pkts, n);
	return n;
}

void
vtap_txq_release(struct rte_eth_dev *dev, uint16_t id)
{
	struct vtap_txq *q = dev->data->tx_queues[id];

	if (q == NULL)
		return;
	rte_free(q->iov);
	q->iov = NULL;
	dev->data->tx_queues[id] = NULL;
}

int
vtap_txq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned int socket,
	const struct rte_eth_txconf *conf)
{
	struct vtap_port *port = dev->data->dev_private;
	struct vtap_txq *q = &port->tx[id];

	q->iov = rte_zmalloc_socket("vtap", VTAP_IOV_MAX * sizeof(*q->iov), 0, socket);
	if (q->iov == NULL)
		return -ENOMEM;
	q->port = port;
	dev->data->tx_queues[id] = q;
	return 0;
}
