/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The wire: frames in memory of the C library, so that no mempool of a test is involved, in a list
 * with one writer (TX) and one reader (the test, or RX of a looped port), without locks.
 */
#include <errno.h>
#include <stdlib.h>

#include "probe.h"

/* Memory for a frame of len bytes; NULL: none left. */
struct probe_node *
probe_node_new(uint32_t len)
{
	struct probe_node *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->frame.len = len;
	n->frame.data = malloc(len > 0 ? len : 1);
	if (n->frame.data == NULL) {
		free(n);
		return NULL;
	}
	return n;
}

int
probe_wire_init(struct probe_wire *w)
{
	if (w->head != NULL)
		return 0;
	w->head = w->tail = calloc(1, sizeof(*w->head));
	return w->head != NULL ? 0 : -ENOMEM;
}

void
probe_wire_fini(struct probe_wire *w)
{
	struct rte_net_probe_frame f;

	while (probe_wire_pop(w, &f))
		free(f.data);
	free(w->head);
	w->head = w->tail = NULL;
}

void
probe_wire_put(struct probe_wire *w, struct probe_node *n)
{
	n->next = NULL;
	__atomic_store_n(&w->put, w->put + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&w->tail->next, n, __ATOMIC_RELEASE);
	w->tail = n;
}

/* The node that holds the frame stays as the list's empty head; the one before it goes. */
bool
probe_wire_pop(struct probe_wire *w, struct rte_net_probe_frame *f)
{
	struct probe_node *n;

	if (w->head == NULL)
		return false;
	n = __atomic_load_n(&w->head->next, __ATOMIC_ACQUIRE);
	if (n == NULL)
		return false;
	*f = n->frame;
	n->frame.data = NULL;
	free(w->head);
	w->head = n;
	__atomic_store_n(&w->taken, w->taken + 1, __ATOMIC_RELEASE);
	return true;
}

uint32_t
probe_wire_pending(const struct probe_wire *w)
{
	uint64_t taken = __atomic_load_n(&w->taken, __ATOMIC_ACQUIRE);

	return (uint32_t)(__atomic_load_n(&w->put, __ATOMIC_RELAXED) - taken);
}
