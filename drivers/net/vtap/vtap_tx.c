/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sending: a frame is one write of a virtio header, the headers where something is asked for, and the
 * mbufs as they are; a batch of frames is one system call where there is io_uring, else one each.
 * Neighbours: vtap_request.c, vtap_ring.c, vtap_ethdev.c.
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

/* May len bytes be written before a packet that is one piece? That saves the kernel a list of two. */
static bool
headroom_is_ours(const struct rte_mbuf *m, uint16_t len)
{
	return m->nb_segs == 1 && RTE_MBUF_DIRECT(m) && rte_mbuf_refcnt_read(m) == 1 &&
	       rte_pktmbuf_headroom(m) >= len;
}

/* What is to be written for a packet, into buffers that begin at iov. 0; -EBADMSG: its request is
 * wrong. */
static int
frame_make(
	const struct vtap_txq *q, const struct rte_mbuf *m, struct vtap_frame *f, struct iovec *iov)
{
	static const union vtap_hdr nothing;
	struct vtap_request *r = &f->request;

	f->iov = iov;
	f->kind = VTAP_TX_NB;
	if (!(m->ol_flags & VTAP_TX_ASKS)) {
		f->len = q->port->hdr_len + m->pkt_len;
		if (headroom_is_ours(m, q->port->hdr_len)) {
			char *hdr = rte_pktmbuf_mtod_offset(m, char *, -q->port->hdr_len);

			memset(hdr, 0, q->port->hdr_len);
			iov[0] = (struct iovec){hdr, f->len};
			f->nb_iov = 1;
			return 0;
		}
		iov[0] = (struct iovec){(void *)(uintptr_t)&nothing, q->port->hdr_len};
		f->nb_iov = 1 + gather(iov + 1, m, 0, m->pkt_len);
		return 0;
	}
	if (vtap_request_make(m, r) < 0 ||
		(r->kind == VTAP_TX_TUNNEL && q->port->hdr_len < VTAP_HDR_TUNNEL))
		return -EBADMSG;
	iov[0] = (struct iovec){&r->hdr, q->port->hdr_len};
	iov[1] = (struct iovec){r->headers, r->len};
	f->nb_iov = 2 + gather(iov + 2, m, r->replaces, r->end);
	f->len = q->port->hdr_len + r->len + r->end - r->replaces;
	f->kind = r->kind;
	return 0;
}

/* As many of the packets as one batch has room for become frames. Returns how many. */
static uint16_t
batch_fill(struct vtap_txq *q, struct rte_mbuf **pkts, uint16_t n)
{
	struct iovec *iov = q->iov;
	uint16_t i;

	n = RTE_MIN(n, q->ring != NULL ? VTAP_BATCH : 1);
	for (i = 0; i < n; i++) {
		const struct rte_mbuf *m = pkts[i];
		struct vtap_frame *f = &q->frames[i];

		if (unlikely(m->nb_segs > VTAP_SEGS_MAX)) {
			f->rc = -EBADMSG;
			f->nb_iov = 0;
			continue;
		}
		if (unlikely(iov + m->nb_segs + 2 > q->iov + VTAP_IOV_ROOM))
			break;
		f->rc = frame_make(q, m, f, iov);
		if (unlikely(f->rc != 0))
			f->nb_iov = 0;
		iov += f->nb_iov;
	}
	return i;
}

static void
batch_send(struct vtap_txq *q, uint16_t n)
{
	struct vtap_frame *f = q->frames;

	if (n > 1) {
		vtap_ring_send(q, n);
	} else if (f->nb_iov > 0) {
		const ssize_t rc = f->nb_iov == 1 ? write(q->fd, f->iov->iov_base, f->iov->iov_len)
						  : writev(q->fd, f->iov, f->nb_iov);

		f->rc = rc < 0 ? -errno : rc;
	}
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

/* The frames at the end of a batch that the kernel had no room for can be sent later. Returns how many
 * are before them. */
static uint16_t
batch_end(const struct vtap_txq *q, uint16_t n)
{
	while (n > 0 && q->frames[n - 1].rc < 0 && why(q, q->frames[n - 1].rc) == VTAP_TX_FULL)
		n--;
	return n;
}

/* Count what became of n frames. One that there was no room for, but for a later one, is lost: sending it
 * now would turn the order round. */
static void
batch_count(struct vtap_txq *q, struct rte_mbuf **pkts, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		const struct vtap_frame *f = &q->frames[i];
		enum vtap_tx_count reason;

		if (likely(f->rc == (int)f->len)) {
			q->packets++;
			q->bytes += pkts[i]->pkt_len;
			if (f->kind < VTAP_TX_NB)
				q->count[f->kind]++;
			continue;
		}
		reason = f->rc < 0 ? why(q, f->rc) : VTAP_TX_REFUSED; /* part of a frame is none */
		q->count[reason == VTAP_TX_FULL ? VTAP_TX_REFUSED : reason]++;
	}
}

uint16_t
vtap_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts)
{
	struct vtap_txq *q = queue;
	uint16_t done = 0, n, end;

	while (done < nb_pkts) {
		n = batch_fill(q, pkts + done, nb_pkts - done);
		batch_send(q, n);
		end = batch_end(q, n);
		batch_count(q, pkts + done, end);
		done += end;
		if (unlikely(end < n)) {
			q->count[VTAP_TX_FULL]++;
			break;
		}
	}
	rte_pktmbuf_free_bulk(pkts, done);
	return done;
}

void
vtap_txq_release(struct rte_eth_dev *dev, uint16_t id)
{
	struct vtap_txq *q = dev->data->tx_queues[id];

	if (q == NULL)
		return;
	vtap_ring_close(q);
	rte_free(q->iov);
	rte_free(q->frames);
	q->iov = NULL;
	q->frames = NULL;
	dev->data->tx_queues[id] = NULL;
}

int
vtap_txq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned int socket,
	const struct rte_eth_txconf *conf)
{
	struct vtap_port *port = dev->data->dev_private;
	struct vtap_txq *q = &port->tx[id];

	q->port = port;
	q->ring = NULL;
	q->iov = rte_zmalloc_socket("vtap", VTAP_IOV_ROOM * sizeof(*q->iov), 0, socket);
	q->frames = rte_zmalloc_socket("vtap", VTAP_BATCH * sizeof(*q->frames), 0, socket);
	dev->data->tx_queues[id] = q;
	if (q->iov == NULL || q->frames == NULL) {
		vtap_txq_release(dev, id);
		return -ENOMEM;
	}
	return 0;
}
