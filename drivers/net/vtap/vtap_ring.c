/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A batch of frames by one system call: io_uring (liburing), a ring a TX queue. No write waits, so
 * each is done, in its order, before the call returns. Where the kernel has no io_uring or its
 * administrator forbids it (kernel.io_uring_disabled), queues go without: vtap_tx.c writes frame by
 * frame.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <liburing.h>

#include "vtap.h"

/* Linux 5.19 has both, and a TAP whose writes are never left to a worker thread. */
#define RING_FLAGS (IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN)

void
vtap_ring_open(struct vtap_txq *q)
{
	int rc;

	if (!q->port->conf.uring || q->ring != NULL)
		return;
	q->ring = calloc(1, sizeof(*q->ring));
	if (q->ring == NULL)
		return;
	rc = io_uring_queue_init(VTAP_BATCH, q->ring, RING_FLAGS);
	if (rc == 0) {
		rc = io_uring_register_files(q->ring, &q->fd, 1);
		if (rc == 0)
			return;
		io_uring_queue_exit(q->ring);
	}
	VTAP_LOG(INFO, "%s: no io_uring (%s): a system call a frame", q->port->name, strerror(-rc));
	free(q->ring);
	q->ring = NULL;
}

/* What is left of a ring ends some time later: the TAP must not wait for that. */
void
vtap_ring_close(struct vtap_txq *q)
{
	if (q->ring == NULL)
		return;
	io_uring_unregister_files(q->ring);
	io_uring_queue_exit(q->ring);
	free(q->ring);
	q->ring = NULL;
}

/* Take what is done. Returns how many. */
static unsigned int
reap(struct vtap_txq *q)
{
	struct io_uring_cqe *cqe;
	unsigned int head, n = 0;

	io_uring_for_each_cqe(q->ring, head, cqe)
	{
		q->frames[cqe->user_data].rc = cqe->res;
		n++;
	}
	io_uring_cq_advance(q->ring, n);
	return n;
}

void
vtap_ring_send(struct vtap_txq *q, uint16_t n)
{
	unsigned int left = 0;

	for (uint16_t i = 0; i < n; i++) {
		struct vtap_frame *f = &q->frames[i];
		struct io_uring_sqe *sqe;

		if (f->nb_iov == 0)
			continue;
		sqe = io_uring_get_sqe(q->ring);
		if (f->nb_iov == 1)
			io_uring_prep_write(sqe, 0, f->iov->iov_base, f->iov->iov_len, 0);
		else
			io_uring_prep_writev(sqe, 0, f->iov, f->nb_iov, 0);
		sqe->rw_flags = RWF_NOWAIT; /* no room: say so, and do not wait for it */
		io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
		io_uring_sqe_set_data64(sqe, i);
		f->rc = -EAGAIN; /* until it is done */
		left++;
	}
	while (left > 0) {
		const int rc = io_uring_submit_and_wait(q->ring, left);

		if (rc < 0 && rc != -EINTR) {
			/* what was not taken from the ring goes with it, and is sent later */
			vtap_ring_close(q);
			return;
		}
		left -= reap(q);
	}
}
