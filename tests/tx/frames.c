/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Frames off the wire of net_probe. Neighbours: frames.h.
 */
#include <stdlib.h>
#include <string.h>

#include "frames.h"

int
tx_frames_pop(struct tx_test *t, unsigned int n, struct tx_frames *w)
{
	*w = (struct tx_frames){.f = calloc(n + 1, sizeof(*w->f))};
	if (w->f == NULL)
		return -1;
	while (w->nb < n && rte_net_probe_tx_pop(t->port, 0, &w->f[w->nb]) == 1)
		w->nb++;
	return w->nb == n ? 0 : -1;
}

int
tx_frames_take(struct tx_test *t, struct tx_frames *w)
{
	int n = rte_net_probe_tx_pending(t->port, 0);

	return n < 0 ? n : tx_frames_pop(t, (unsigned int)n, w);
}

void
tx_frames_free(struct tx_frames *w)
{
	for (unsigned int i = 0; i < w->nb; i++)
		rte_net_probe_frame_free(&w->f[i]);
	free(w->f);
	*w = (struct tx_frames){0};
}

unsigned int
tx_frames_count(const struct tx_frames *w, uint32_t flags)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < w->nb; i++)
		n += (w->f[i].flags & flags) == flags;
	return n;
}

int
tx_frames_same(const struct tx_frames *got, const struct tx_frames *want)
{
	for (unsigned int i = 0; i < got->nb && i < want->nb; i++) {
		const struct rte_net_probe_frame *a = &got->f[i], *b = &want->f[i];
		uint32_t k = 0;

		while (k < a->len && k < b->len && a->data[k] == b->data[k])
			k++;
		if (k < a->len && k < b->len) {
			printf("frame %u of %u: byte %u is %02x, not %02x\n", i, want->nb, k,
				a->data[k], b->data[k]);
			return -1;
		}
		if (a->len != b->len) {
			printf("frame %u of %u: %u bytes, not %u\n", i, want->nb, a->len, b->len);
			return -1;
		}
	}
	if (got->nb != want->nb)
		printf("%u frames, not %u\n", got->nb, want->nb);
	return got->nb == want->nb ? 0 : -1;
}

int
tx_frames_judge_req(
	const struct tx_frames *w, const struct check_in *in, const struct cleave_gso_req *req)
{
	struct check_frame *seg = calloc(w->nb + 1, sizeof(*seg));
	int rc = -1;

	if (seg == NULL)
		return -1;
	for (unsigned int i = 0; i < w->nb; i++)
		seg[i] = (struct check_frame){w->f[i].data, w->f[i].len};
	rc = check_frames(in, req, seg, w->nb);
	free(seg);
	return rc;
}

int
tx_frames_judge(const struct tx_frames *w, const struct pkt *bytes, uint16_t mss, uint16_t flags)
{
	const struct check_in in = check_in(bytes);
	const struct cleave_gso_req req = {.mss = mss, .flags = flags};

	return tx_frames_judge_req(w, &in, &req);
}
