/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_guest_autotest: what becomes of a guest's frames whose virtio header, IP or TCP header, length or
 * descriptors lie: on the way from net_vhost over lib/gro to ports with an engine and without, each is
 * cut right, left as it is, or dropped and counted once; no mbuf is lost, and the next frame goes its way.
 * Neighbours: guest_judge.h, vhost_guest.h; test_guest_takes.c, the other direction.
 */
#include <inttypes.h>

#include <rte_cycles.h>

#include "cleave_gro.h"
#include "guest_judge.h"

#define MTU 1500
#define NEEDS VIRTIO_NET_HDR_F_NEEDS_CSUM
#define CAPA (TX_CKSUMS | RTE_ETH_TX_OFFLOAD_MULTI_SEGS)

static const struct mode {
	const char *name, *args;
	uint64_t rx_offloads;
} modes[GUEST_MODES] = {
	[GUEST_PLAIN] = {"checksums left to us", "",
		RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM},
	[GUEST_SUMMED] = {"checksums by the driver", "", 0},
	[GUEST_LEGACY] = {"legacy flags", ",legacy-ol-flags=1", 0},
};

static const uint64_t capas[] = {CAPA, CAPA | RTE_ETH_TX_OFFLOAD_TCP_TSO, 0};

static struct vhost_port vhost;
static struct vhost_guest guest = {.sock = -1, .fd = -1};
static struct cleave_gro *gro;
static bool merging = true; /* as with --gro=on */
static const struct lie *const truth = &guest_lies[0];

/* What a guest writes: the frame, with the pseudo-header's sum where it leaves the checksum to us. */
static int
write_frame(const struct lie *l, struct pkt *built, uint8_t **frame, uint32_t *len)
{
	const struct cleave_pkt *w;
	uint8_t *f;

	TEST_ASSERT_SUCCESS(pkt_build(l->spec, built), "no frame");
	w = &built->want;
	f = malloc(built->len);
	TEST_ASSERT_NOT_NULL(f, "no memory");
	memcpy(f, built->data, built->len);
	if (l->hdr.flags & NEEDS && w->depth == CLEAVE_DEPTH_L4)
		pkt_put16(f + w->l4_off + (w->l4_proto == IPPROTO_TCP ? 16 : 6),
			pkt_pseudo(f, cleave_inner_ip(w), w->l4_proto, w->l4_len + w->payload_len));
	if (l->bend != NULL)
		l->bend(f);
	*frame = f;
	*len = l->len == 0 ? built->len : l->len == GUEST_NO_FRAME ? 0 : l->len;
	return TEST_SUCCESS;
}

/* The latest frame that the driver handed on. */
static struct guest_handed handed;

/* The way of app/fwd. How many frames the driver handed on. */
static unsigned int
forward(struct tx_test *t)
{
	unsigned int came = 0;

	handed.len = 0;

	/* a frame that the driver does not hand on ends its burst */
	for (unsigned int poll = 0; poll < 4; poll++) {
		struct rte_mbuf *m[32];
		uint16_t n = rte_eth_rx_burst(vhost.port, 0, m, RTE_DIM(m)), sent = 0;

		came += n;
		if (n > 0)
			handed.len = mbuf_flat(m[n - 1], handed.data, sizeof(handed.data));
		if (merging)
			n = cleave_gro_burst(gro, m, &n, rte_rdtsc(), m, RTE_DIM(m));
		while (sent < n) {
			uint16_t k = cleave_tx_burst(t->port, 0, &m[sent], n - sent);

			if (k == 0 && cleave_tx_pending(t->port, 0) == 0)
				break;
			sent += k;
		}
		if (sent < n)
			rte_pktmbuf_free_bulk(&m[sent], n - sent);
	}
	return came;
}

static int
fate_of(struct tx_test *t, unsigned int came, const struct pkt *built, const struct lie *l,
	const uint8_t *frame, uint32_t len)
{
	const struct cleave_tx_stats s = tx_test_stats(t);
	unsigned int drops = 0, reason = 0;
	uint64_t taken = 0;
	struct tx_frames w;
	int fate;

	for (unsigned int p = 0; p < CLEAVE_NB_PLANS; p++)
		taken += s.plan[p];
	for (unsigned int r = 0; r < CLEAVE_NB_DROPS; r++) {
		drops += s.drop[r];
		reason = s.drop[r] != 0 ? r : reason;
	}
	if (tx_frames_take(t, &w) < 0 || taken != came || came > 1 ||
		drops != s.plan[CLEAVE_PLAN_DROP]) {
		printf("%u frames came, %" PRIu64 " taken, %u dropped\n", came, taken, drops);
		return WRONG;
	}
	if (came == 0)
		fate = w.nb == 0 ? NEVER : WRONG;
	else if (w.nb == 0 && drops == 0 && tx_test_refused(t) == 1)
		fate = REFUSED;
	else if (drops == 1)
		fate = w.nb == 0 ? FATE_DROP(reason) : WRONG;
	else
		fate = guest_fate(&w, built, l, frame, len, &handed);
	tx_frames_free(&w);
	return fate;
}

/* *fate: what became of the frame; fails when an mbuf is lost, or the port refused something. */
static int
tell(struct tx_test *t, const struct lie *l, const uint16_t *pieces, unsigned int nb, int *fate)
{
	struct pkt built;
	uint8_t *frame;
	uint32_t len;

	cleave_tx_stats_reset(t->port, 0);
	TEST_ASSERT_SUCCESS(write_frame(l, &built, &frame, &len), "no frame");
	TEST_ASSERT_SUCCESS(
		vhost_guest_send(&guest, (const struct virtio_net_hdr_mrg_rxbuf *)&l->hdr, frame,
			len, pieces, nb),
		"not offered");
	*fate = fate_of(t, forward(t), &built, l, frame, len);
	free(frame);
	pkt_free(&built);
	if (*fate != REFUSED)
		TEST_ASSERT_EQUAL(tx_test_refused(t), 0, "refused by the port");
	rte_net_probe_counters_reset(t->port, 0);
	TEST_ASSERT_EQUAL(rte_mempool_in_use_count(vhost.mp), 0, "mbufs lost");
	return TEST_SUCCESS;
}

static int
tell_all(unsigned int mode, uint64_t capa, unsigned int *wrong)
{
	struct tx_test t;
	int fate;

	TEST_ASSERT_SUCCESS(tx_test_open_capa(&t, capa, NULL, NULL), "no port");
	for (unsigned int i = 0; i < guest_nb_lies; i++) {
		const struct lie *l = &guest_lies[i];

		TEST_ASSERT_SUCCESS(tell(&t, l, NULL, 0, &fate), "%s", l->name);
		if (!(fate & l->fate[mode])) {
			printf("%s, GRO %s, capabilities %" PRIx64 ": %s: %s\n", modes[mode].name,
				merging ? "on" : "off", capa, l->name, guest_fate_name(fate));
			(*wrong)++;
		}
		TEST_ASSERT_SUCCESS(tell(&t, truth, NULL, 0, &fate), "after %s", l->name);
		TEST_ASSERT_EQUAL(fate, CUT, "after %s: %s", l->name, guest_fate_name(fate));
	}
	return tx_test_close(&t);
}

static int
begin(unsigned int mode)
{
	const struct cleave_gro_conf conf = {
		.flags = CLEAVE_GRO_TCP | CLEAVE_GRO_UDP, .socket_id = SOCKET_ID_ANY};

	vhost_guest_leave(&guest); /* of a test that failed */
	gro = cleave_gro_create(&conf);
	TEST_ASSERT_NOT_NULL(gro, "no GRO");
	TEST_ASSERT_SUCCESS(
		vhost_port_open(&vhost, modes[mode].args, modes[mode].rx_offloads), "no port");
	TEST_ASSERT_SUCCESS(vhost_guest_join(&guest, vhost.path, VHOST_SENDS), "no guest");
	return vhost_port_wait(&vhost, true);
}

static int
end(void)
{
	vhost_guest_leave(&guest);
	TEST_ASSERT_SUCCESS(vhost_port_wait(&vhost, false), "guest not gone");
	cleave_gro_free(gro);
	return vhost_port_close(&vhost);
}

static int
test_lies(void)
{
	unsigned int wrong = 0;

	for (unsigned int mode = 0; mode < GUEST_MODES; mode++) {
		TEST_ASSERT_SUCCESS(begin(mode), "%s", modes[mode].name);
		for (unsigned int i = 0; i < 2 * RTE_DIM(capas); i++) {
			merging = i % 2 == 0;
			TEST_ASSERT_SUCCESS(
				tell_all(mode, capas[i / 2], &wrong), "%s", modes[mode].name);
		}
		merging = true;
		TEST_ASSERT_SUCCESS(end(), "%s", modes[mode].name);
	}
	TEST_ASSERT_EQUAL(wrong, 0, "%u lies with another end", wrong);
	return TEST_SUCCESS;
}

/* Descriptors of any length, none at all among them, make the same frame. */
static int
test_descriptors(void)
{
	static const struct {
		uint16_t pieces[10];
		unsigned int nb;
	} layouts[] = {
		{{12}, 1},
		{{0, 12, 0}, 3},
		{{12, 0, 1, 0, 53, 0, 0, 1}, 8},
		{{5, 7, 14, 20, 20}, 5},
		{{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 10},
		{{12 + 54}, 1},
		{{12 + 4055, 0, 0}, 3},
		{{11}, 1},
		{{13}, 1},
	};

	for (unsigned int mode = 0; mode < GUEST_MODES; mode++) {
		struct tx_test t;
		int fate;

		TEST_ASSERT_SUCCESS(begin(mode), "%s", modes[mode].name);
		TEST_ASSERT_SUCCESS(tx_test_open_capa(&t, CAPA, NULL, NULL), "no port");
		for (unsigned int i = 0; i < RTE_DIM(layouts); i++) {
			TEST_ASSERT_SUCCESS(
				tell(&t, truth, layouts[i].pieces, layouts[i].nb, &fate),
				"layout %u", i);
			TEST_ASSERT_EQUAL(fate, CUT, "layout %u: %s", i, guest_fate_name(fate));
		}
		TEST_ASSERT_SUCCESS(tx_test_close(&t), "port not closed");
		TEST_ASSERT_SUCCESS(end(), "%s", modes[mode].name);
	}
	return TEST_SUCCESS;
}

/* A ring that is nonsense is the end of that guest's frames, and of nobody else's. */
static int
test_nonsense(void)
{
	static const struct {
		uint16_t head;
		struct vring_desc desc[2];
	} rings[] = {
		{0, {{UINT64_C(0x40000000), 0, 0, 0}}},			  /* nothing */
		{0, {{UINT64_C(0x40000000), 11, 0, 0}}},		  /* less than a header */
		{0, {{UINT64_C(0x40000000), 12, 0, 0}}},		  /* no frame */
		{0, {{0, 100, 0, 0}}},					  /* of nobody's memory */
		{0, {{UINT64_MAX - 10, 100, 0, 0}}},			  /* around the end */
		{0, {{UINT64_C(0x40000000), UINT32_MAX, 0, 0}}},	  /* beyond the end */
		{0, {{UINT64_C(0x40000000), 100, VRING_DESC_F_NEXT, 0}}}, /* to itself */
		{0, {{UINT64_C(0x40000000), 100, VRING_DESC_F_NEXT, 1},
			    {UINT64_C(0x40000000), 100, VRING_DESC_F_NEXT, 0}}}, /* in a circle */
		{0, {{UINT64_C(0x40000000), 100, VRING_DESC_F_NEXT, 40000}}}, /* out of the ring */
		{40000, {{0}}},
		{0, {{UINT64_C(0x40000000), 8, VRING_DESC_F_INDIRECT, 0}}},
		{0, {{UINT64_C(0x40000000), UINT32_MAX, VRING_DESC_F_INDIRECT, 0}}},
	};
	struct tx_test t;
	int fate;

	TEST_ASSERT_SUCCESS(begin(GUEST_PLAIN), "no guest");
	TEST_ASSERT_SUCCESS(tx_test_open_capa(&t, CAPA, NULL, NULL), "no port");
	for (unsigned int i = 0; i < RTE_DIM(rings); i++) {
		vhost_guest_send_raw(&guest, rings[i].head, rings[i].desc);
		forward(&t);
		TEST_ASSERT_EQUAL(rte_mempool_in_use_count(vhost.mp), 0, "%u: mbufs lost", i);
		vhost_guest_leave(&guest);
		TEST_ASSERT_SUCCESS(vhost_port_wait(&vhost, false), "%u", i);
		TEST_ASSERT_SUCCESS(vhost_guest_join(&guest, vhost.path, VHOST_SENDS), "%u", i);
		TEST_ASSERT_SUCCESS(vhost_port_wait(&vhost, true), "%u", i);
		rte_net_probe_tx_drop(t.port, 0);
		TEST_ASSERT_SUCCESS(tell(&t, truth, NULL, 0, &fate), "after %u", i);
		TEST_ASSERT_EQUAL(fate, CUT, "after %u: %s", i, guest_fate_name(fate));
	}
	TEST_ASSERT_SUCCESS(tx_test_close(&t), "port not closed");
	return end();
}

static void
teardown(void)
{
	vhost_guest_leave(&guest);
	vhost_port_close(&vhost);
}

static int
test_tx_guest(void)
{
	static const struct unit_test_suite suite = {
		.suite_name = "TX: a guest that lies",
		.setup = tx_test_pools,
		.teardown = teardown,
		.unit_test_cases =
			{
				TEST_CASE(test_lies),
				TEST_CASE(test_descriptors),
				TEST_CASE(test_nonsense),
				TEST_CASES_END(),
			},
	};

	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_guest_autotest, test_tx_guest);
