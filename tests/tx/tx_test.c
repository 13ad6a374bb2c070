/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A net_probe port with a Cleave TX queue on it. Neighbours: tx_test.h.
 */
#include <inttypes.h>

#include <rte_bus_vdev.h>

#include "tx_test.h"

#define POOL_SIZE 4095
#define FRAMES_MAX 2048

static struct rte_mempool *pools[3];
static unsigned int nb_open;

int
tx_test_pools(void)
{
	static const char *const names[] = {"tx_test_mp", "tx_test_direct", "tx_test_indirect"};
	static const uint16_t rooms[] = {RTE_MBUF_DEFAULT_BUF_SIZE, RTE_MBUF_DEFAULT_BUF_SIZE, 0};

	for (unsigned int i = 0; i < RTE_DIM(pools); i++) {
		if (pools[i] == NULL)
			pools[i] = rte_pktmbuf_pool_create(
				names[i], POOL_SIZE, 64, 0, rooms[i], SOCKET_ID_ANY);
		TEST_ASSERT_NOT_NULL(pools[i], "no pool %s", names[i]);
	}
	TEST_ASSERT_SUCCESS(pkt_setup(), "tunnels not set up");
	TEST_ASSERT_SUCCESS(cleave_meta_register(), "no dynamic field");
	return TEST_SUCCESS;
}

static int
start(struct tx_test *t)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf = {0};

	TEST_ASSERT_SUCCESS(rte_eth_dev_info_get(t->port, &info), "no info");
	conf.txmode.offloads = info.tx_offload_capa;
	TEST_ASSERT_SUCCESS(rte_eth_dev_configure(t->port, 1, 1, &conf), "not configured");
	TEST_ASSERT_SUCCESS(rte_eth_rx_queue_setup(t->port, 0, 64, 0, NULL, t->mp), "no RX queue");
	TEST_ASSERT_SUCCESS(rte_eth_tx_queue_setup(t->port, 0, 64, 0, NULL), "no TX queue");
	TEST_ASSERT_SUCCESS(rte_eth_dev_start(t->port), "not started");
	return TEST_SUCCESS;
}

int
tx_test_open(struct tx_test *t, const char *devargs, const struct cleave_tx_conf *conf)
{
	struct cleave_tx_conf c = conf != NULL ? *conf : (struct cleave_tx_conf){0};

	t->mp = pools[0];
	t->pools = (struct cleave_gso_pools){pools[1], pools[2]};
	for (unsigned int i = 0; i < RTE_DIM(pools); i++)
		t->avail[i] = rte_mempool_avail_count(pools[i]);
	snprintf(t->name, sizeof(t->name), "net_probe_tx%u", nb_open);
	TEST_ASSERT_SUCCESS(
		rte_vdev_init(t->name, devargs != NULL ? devargs : ""), "no port with %s", devargs);
	nb_open++;
	TEST_ASSERT_SUCCESS(rte_eth_dev_get_port_by_name(t->name, &t->port), "port not found");
	if (start(t) < 0)
		return TEST_FAILED;
	return tx_test_conf(t, c);
}

int
tx_test_open_capa(
	struct tx_test *t, uint64_t capa, const char *more, const struct cleave_tx_conf *conf)
{
	char args[128];

	snprintf(args, sizeof(args), "tx_capa=%" PRIx64 "%s", capa, more != NULL ? more : "");
	return tx_test_open(t, args, conf);
}

int
tx_test_conf(struct tx_test *t, struct cleave_tx_conf conf)
{
	conf.pools = t->pools;
	TEST_ASSERT_SUCCESS(cleave_tx_setup(t->port, 0, &conf), "no TX setup");
	cleave_tx_stats_reset(t->port, 0);
	return TEST_SUCCESS;
}

int
tx_test_close(struct tx_test *t)
{
	cleave_tx_teardown(t->port, 0);
	rte_eth_dev_stop(t->port);
	TEST_ASSERT_SUCCESS(rte_vdev_uninit(t->name), "port not unplugged");
	nb_open--;
	for (unsigned int i = 0; i < RTE_DIM(pools); i++)
		TEST_ASSERT_EQUAL(rte_mempool_avail_count(pools[i]), t->avail[i],
			"pool %u: %u of %u mbufs are back", i, rte_mempool_avail_count(pools[i]),
			t->avail[i]);
	return TEST_SUCCESS;
}

struct rte_mbuf *
tx_test_packet(struct tx_test *t, const struct pkt_spec *spec, uint16_t piece, struct pkt *bytes)
{
	if (pkt_build(spec, bytes) < 0)
		return NULL;
	return mbuf_chain(t->mp, bytes->data, bytes->len, piece != 0 ? &piece : NULL, piece != 0);
}

void
tx_test_mark(struct rte_mbuf *m, const struct pkt *bytes, uint16_t mss)
{
	const struct cleave_pkt *w = &bytes->want;
	const struct cleave_ip *ip = cleave_inner_ip(w);

	m->ol_flags |= w->l4_proto == IPPROTO_TCP ? RTE_MBUF_F_TX_TCP_SEG : RTE_MBUF_F_TX_UDP_SEG;
	m->ol_flags |=
		ip->version == 4 ? RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM : RTE_MBUF_F_TX_IPV6;
	m->l2_len = w->l2_len;
	m->l3_len = ip->len;
	m->l4_len = w->l4_len;
	m->tso_segsz = mss;
	if (w->nb_ip < 2)
		return;
	m->ol_flags |= cleave_tunnel_mbuf_flag(w->tunnel);
	m->ol_flags |= w->ip[0].version == 4 ? RTE_MBUF_F_TX_OUTER_IPV4 : RTE_MBUF_F_TX_OUTER_IPV6;
	m->outer_l2_len = w->l2_len;
	m->outer_l3_len = w->ip[0].len;
	m->l2_len = ip->off - w->tunnel_off;
}

void
tx_test_unsum(struct rte_mbuf *m, const struct pkt *bytes)
{
	const struct cleave_pkt *w = &bytes->want;
	const struct cleave_ip *ip = cleave_inner_ip(w);
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	uint32_t field = w->l4_off + (w->l4_proto == IPPROTO_TCP ? 16 : 6);

	pkt_put16(p + field, pkt_pseudo(p, ip, w->l4_proto, 0));
	if (ip->version == 4)
		pkt_put16(p + ip->off + 10, 0);
	if (w->nb_ip < 2)
		return;
	if (w->ip[0].version == 4) {
		m->ol_flags |= RTE_MBUF_F_TX_OUTER_IP_CKSUM;
		pkt_put16(p + w->ip[0].off + 10, 0);
	}
	if (w->ip[0].proto == IPPROTO_UDP && pkt_be16(p + w->tunnel_off + 6) != 0) {
		m->ol_flags |= RTE_MBUF_F_TX_OUTER_UDP_CKSUM;
		pkt_put16(p + w->tunnel_off + 6, pkt_pseudo(p, &w->ip[0], IPPROTO_UDP, 0));
	}
}

int
tx_test_one(struct tx_test *t, const char *args, struct cleave_tx_conf conf,
	const struct pkt_spec *spec, uint16_t piece, struct pkt *bytes,
	void (*change)(struct rte_mbuf *m, struct pkt *bytes))
{
	struct rte_mbuf *m;

	if (tx_test_open(t, args, &conf) < 0)
		return TEST_FAILED;
	m = tx_test_packet(t, spec, piece, bytes);
	TEST_ASSERT_NOT_NULL(m, "no packet");
	change(m, bytes);
	TEST_ASSERT_EQUAL(cleave_tx_burst(t->port, 0, &m, 1), 1, "not taken");
	TEST_ASSERT_EQUAL(tx_test_refused(t), 0, "refused by the port");
	return TEST_SUCCESS;
}

int
tx_test_done(struct tx_test *t, struct pkt *bytes)
{
	TEST_ASSERT_EQUAL(rte_net_probe_tx_pending(t->port, 0), 0, "more frames on the wire");
	pkt_free(bytes);
	return tx_test_close(t);
}

int
tx_test_wire(struct tx_test *t, const struct pkt *bytes, uint16_t mss, unsigned int *frames)
{
	static struct rte_net_probe_frame f[FRAMES_MAX];
	static struct check_frame seg[FRAMES_MAX];
	struct cleave_gso_req req = {.mss = mss};
	unsigned int want = check_count(bytes->data, bytes->len, mss), n;
	int rc;

	for (n = 0; n < want && n < FRAMES_MAX; n++) {
		if (rte_net_probe_tx_pop(t->port, 0, &f[n]) != 1)
			break;
		seg[n] = (struct check_frame){f[n].data, f[n].len};
	}
	*frames = n;
	rc = check_segments(bytes->data, bytes->len, &req, seg, n);
	for (unsigned int i = 0; i < n; i++)
		rte_net_probe_frame_free(&f[i]);
	return rc;
}

int
tx_test_frame(struct tx_test *t, const void *data, uint32_t len)
{
	struct rte_net_probe_frame f;
	bool same;

	TEST_ASSERT_EQUAL(rte_net_probe_tx_pop(t->port, 0, &f), 1, "no frame on the wire");
	same = f.len == len && memcmp(f.data, data, len) == 0;
	rte_net_probe_frame_free(&f);
	TEST_ASSERT(same, "another frame on the wire");
	return TEST_SUCCESS;
}

uint64_t
tx_test_refused(struct tx_test *t)
{
	struct rte_net_probe_counters c;

	if (rte_net_probe_counters_get(t->port, 0, &c) < 0)
		return UINT64_MAX;
	for (unsigned int r = 0; r < RTE_NET_PROBE_NB_REASONS; r++)
		if (c.refused[r] != 0)
			printf("the port refused %" PRIu64 ": %s\n", c.refused[r],
				rte_net_probe_reason_text(r));
	return c.tx_refused;
}

struct cleave_tx_stats
tx_test_stats(struct tx_test *t)
{
	struct cleave_tx_stats s;

	cleave_tx_stats_get(t->port, 0, &s);
	return s;
}
