/* SPDX-License-Identifier: BSD-3-Clause
 *
 * gso_clones_autotest: thousands of chains in which several mbufs are clones of one that may be among
 * them, with an indirect pool that runs out at every count, freed in any order. Neighbour:
 * gso_test.h.
 */
#include "gso_test.h"

static int
segment(struct rte_mbuf *m, const struct cleave_gso_req *req, struct rte_mbuf **out, uint16_t room)
{
	struct cleave_pkt walk;

	if (cleave_parse(m, &walk) < 0)
		return -1000;
	return cleave_gso_segment(m, &walk, req, &gso.pools[0], out, room);
}

/* One chain in which several mbufs are clones of one, and it is among them. */
static struct rte_mbuf *
same_chain(const struct pkt *p, uint32_t *seed)
{
	uint32_t hdr = p->want.hdr_len;
	struct rte_mbuf *head = mbuf_chain(gso.in, p->data, hdr, NULL, 0), *d = NULL, *m;
	uint32_t off = hdr, room = 0;

	while (off < p->len) {
		uint32_t n = RTE_MIN(1 + pkt_rand(seed) % 700, p->len - off);

		if (d == NULL || room < n) {
			/* the direct one itself, empty, behind its clones or not */
			if (d != NULL) {
				d->data_off += d->data_len;
				d->data_len = d->pkt_len = 0;
				if (pkt_rand(seed) % 2)
					rte_pktmbuf_chain(head, d);
				else
					rte_pktmbuf_free(d);
			}
			d = mbuf_chain(
				gso.in, p->data + off, RTE_MIN(2000u, p->len - off), NULL, 0);
			room = d->data_len;
			n = RTE_MIN(n, room);
		}
		if (n == room) { /* its end is in the direct one */
			m = d;
			d = NULL;
			m->data_off += m->data_len - n;
		} else {
			m = rte_pktmbuf_clone(d, gso.hold);
			m->data_off += d->data_len - room;
		}
		m->data_len = m->pkt_len = n;
		rte_pktmbuf_chain(head, m);
		room -= n;
		off += n;
	}
	rte_pktmbuf_free(d);
	return head;
}

static int
test_clones_of_one(void)
{
	const struct pkt_spec s = {.proto = IPPROTO_TCP, .ip.version = 4, .payload = 9000};
	static uint8_t flat[10000], got[10000];
	uint32_t seed = 7;
	struct pkt p;

	TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
	for (unsigned int i = 0; i < 3000; i++) {
		struct cleave_gso_req req = {.mss = 100 + pkt_rand(&seed) % 2000,
			.flags = pkt_rand(&seed) % 2 ? CLEAVE_GSO_SCATTER : 0};
		struct rte_mbuf *m = same_chain(&p, &seed), *out[128];
		uint32_t at = 0, hdr = p.want.hdr_len;
		struct drain drain;
		int n = -ENOMEM;

		TEST_ASSERT(mbuf_is(m, p.data, p.len), "chain");
		for (unsigned int left = pkt_rand(&seed) % 30; n == -ENOMEM; left++) {
			TEST_ASSERT_SUCCESS(drain_to(&drain, gso.pools[0].indirect, left), "drain");
			n = segment(m, &req, out, 128);
			if (n < 0)
				TEST_ASSERT(n == -ENOMEM && mbuf_is(m, p.data, p.len), "%d", n);
			drain_undo(&drain);
		}
		for (int j = 0; j < n; j++) {
			uint32_t len = mbuf_flat(out[j], flat, sizeof(flat));

			TEST_ASSERT(len == out[j]->pkt_len, "length");
			memcpy(got + at, flat + hdr, len - hdr);
			at += len - hdr;
		}
		TEST_ASSERT(at == s.payload && memcmp(got, p.data + hdr, at) == 0, "bytes");
		/* freed in any order */
		for (int j = 0; j < n; j++) {
			int k = j + pkt_rand(&seed) % (n - j);

			rte_pktmbuf_free(out[k]);
			out[k] = out[j];
		}
		TEST_ASSERT(rte_mempool_full(gso.in) && rte_mempool_full(gso.hold) &&
				    rte_mempool_full(gso.pools[0].direct) &&
				    rte_mempool_full(gso.pools[0].indirect),
			"mbufs are missing, round %u", i);
	}
	pkt_free(&p);
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "chains of clones",
	.setup = gso_setup,
	.unit_test_cases =
		{
			TEST_CASE(test_clones_of_one),
			TEST_CASES_END(),
		},
};

static int
test_clones(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(gso_clones_autotest, NOHUGE_OK, ASAN_OK, test_clones);
