/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tx_guest_takes_autotest: what a guest finds in its ring fits what it negotiated, whatever it took when it
 * was there before: super-packets only for who takes them, checksums left open only for who completes them,
 * and the bytes are the same for all. Neighbours: vhost_guest.h; test_guest.c, the other direction.
 */
#include <inttypes.h>
#include <pthread.h>

#include <rte_cycles.h>

#include "guest_judge.h"

#define MTU 1500
#define MSS 1000
#define NB 5 /* packets at a time */
#define TURNS 6

#define CSUM VHOST_FEATURE(GUEST_CSUM)
#define TSO4 VHOST_FEATURE(GUEST_TSO4)
#define TSO6 VHOST_FEATURE(GUEST_TSO6)
#define ECN VHOST_FEATURE(GUEST_ECN)
#define UFO VHOST_FEATURE(GUEST_UFO)
#define MRG VHOST_FEATURE(MRG_RXBUF)

static const uint64_t guests[] = {
	CSUM | TSO4 | TSO6,
	0,
	CSUM,
	TSO4 | TSO6, /* which means nothing without checksums */
	CSUM | TSO4,
	CSUM | TSO6,
	CSUM | TSO4 | TSO6 | ECN | UFO | MRG,
	CSUM | UFO,
	CSUM | ECN,
	MRG,
	VHOST_SENDS,
	VHOST_SENDS | CSUM | TSO4 | TSO6 | MRG,
};

static const char *const modes[] = {"", ",legacy-ol-flags=1"};

static struct vhost_port vhost;
static struct vhost_guest guest = {.sock = -1, .fd = -1};

static const struct pkt_spec specs[NB] = {
	{.ip = {.version = 4, .id = 9, .ttl = 64},
		.proto = IPPROTO_TCP,
		.tcp_flags = 0x18,
		.payload = 4321},
	{.ip = {.version = 6, .ttl = 64}, .proto = IPPROTO_TCP, .tcp_flags = 0x18, .payload = 4321},
	{.ip = {.version = 4, .id = 9, .ttl = 64},
		.proto = IPPROTO_TCP,
		.tcp_flags = 0x18,
		.payload = 400},
	{.ip = {.version = 4, .id = 9, .ttl = 64},
		.proto = IPPROTO_TCP,
		.tcp_flags = 0xd0, /* with CWR */
		.payload = 4321},
	{.nb_vlan = 1,
		.ip = {.version = 6, .ttl = 64},
		.proto = IPPROTO_TCP,
		.tcp_flags = 0x18,
		.payload = 40000},
};

static struct pkt built[NB];

static int
build(void)
{
	TEST_ASSERT_SUCCESS(tx_test_pools(), "no pools");
	for (unsigned int i = 0; i < NB; i++)
		TEST_ASSERT_SUCCESS(pkt_build(&specs[i], &built[i]), "no packet");
	return TEST_SUCCESS;
}

static void
unbuild(void)
{
	vhost_guest_leave(&guest);
	vhost_port_close(&vhost);
	for (unsigned int i = 0; i < NB; i++)
		pkt_free(&built[i]);
}

struct taken {
	struct virtio_net_hdr hdr;
	uint32_t len;
	uint8_t data[VHOST_FRAME_MAX];
};

/* The next frames in the ring are packet i, whole or in segments. */
static int
take(uint64_t f, unsigned int i, bool *super)
{
	static struct taken t[64];
	struct check_frame seg[RTE_DIM(t)];
	const struct check_in in = check_in(&built[i]);
	const struct cleave_gso_req req = {.mss = MSS};
	struct virtio_net_hdr_mrg_rxbuf hdr;
	unsigned int n = 0, nb = check_nb(&in, &req);

	*super = false;
	do {
		int len = vhost_guest_take(&guest, &hdr, t[n].data);

		TEST_ASSERT(len > 0, "frame %u of %u of packet %u: %d", n, nb, i, len);
		t[n].len = len;
		/* (lib/vhost leaves it 0 where it means nothing) */
		TEST_ASSERT_EQUAL(hdr.num_buffers, !!(f & MRG), "num_buffers %u", hdr.num_buffers);
		TEST_ASSERT_SUCCESS(
			guest_may_take(f, &hdr.hdr, t[n].data, t[n].len, MSS), "packet %u", i);
		*super = hdr.hdr.gso_type != VIRTIO_NET_HDR_GSO_NONE;
		guest_complete(&hdr.hdr, t[n].data, t[n].len);
		seg[n] = (struct check_frame){t[n].data, t[n].len};
		n++;
	} while (!*super && n < nb && n < RTE_DIM(t) && t[0].len != built[i].len);
	if (n > 1)
		return check_frames(&in, &req, seg, n);
	TEST_ASSERT(t[0].len == built[i].len && memcmp(t[0].data, built[i].data, t[0].len) == 0,
		"packet %u: %u of %u bytes, others", i, t[0].len, built[i].len);
	return TEST_SUCCESS;
}

/* How a packet is marked: merged by somebody, or a program's request, or not at all. */
static struct rte_mbuf *
packet(struct cleave_gso_pools *pools, unsigned int i, bool lro)
{
	static const uint16_t piece = 1900;
	struct rte_mbuf *m = mbuf_chain(pools->direct, built[i].data, built[i].len, &piece, 1);

	if (m == NULL || built[i].want.payload_len <= MSS)
		return m;
	if (lro) {
		m->ol_flags |= RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
		m->tso_segsz = MSS;
	} else {
		tx_test_mark(m, &built[i], MSS);
		tx_test_unsum(m, &built[i]);
	}
	return m;
}

static int
send_all(struct cleave_gso_pools *pools, bool lro)
{
	struct rte_mbuf *m[NB];

	for (unsigned int i = 0; i < NB; i++) {
		m[i] = packet(pools, i, lro);
		TEST_ASSERT_NOT_NULL(m[i], "no packet");
	}
	TEST_ASSERT_EQUAL(cleave_tx_burst(vhost.port, 0, m, NB), NB, "not taken");
	return TEST_SUCCESS;
}

static int
serve(struct cleave_gso_pools *pools, uint64_t f)
{
	struct cleave_tx_stats s;
	unsigned int supers = 0;
	bool super;

	TEST_ASSERT_SUCCESS(vhost_guest_join(&guest, vhost.path, f), "no guest");
	TEST_ASSERT_SUCCESS(vhost_port_wait(&vhost, true), "no link");
	cleave_tx_stats_reset(vhost.port, 0);
	for (unsigned int lro = 0; lro < 2; lro++) {
		TEST_ASSERT_SUCCESS(send_all(pools, lro), "not sent");
		for (unsigned int i = 0; i < NB; i++) {
			TEST_ASSERT_SUCCESS(take(f, i, &super), "%s", lro ? "LRO" : "requests");
			supers += super;
		}
	}
	cleave_tx_stats_get(vhost.port, 0, &s);
	TEST_ASSERT_EQUAL(s.plan[CLEAVE_PLAN_TSO], supers, "%u super-packets", supers);
	/* of those that are long and without CWR */
	TEST_ASSERT_EQUAL(supers, (f & CSUM) ? 2u * !!(f & TSO4) + 4u * !!(f & TSO6) : 0,
		"%u super-packets", supers);
	TEST_ASSERT_EQUAL(s.plan[CLEAVE_PLAN_DROP], 0, "dropped");
	vhost_guest_leave(&guest);
	return vhost_port_wait(&vhost, false);
}

/* With nobody there, nothing is handed over whole: who comes next may not take it, and the driver sends
 * before it says who that is. */
static int
nobody_there(void)
{
	for (unsigned int ms = 0; ms < 100; ms++) {
		if (cleave_tx_plan_get(vhost.port, 0, CLEAVE_TUNNEL_NONE, 4) == CLEAVE_PLAN_GSO &&
			cleave_tx_plan_get(vhost.port, 0, CLEAVE_TUNNEL_NONE, 6) == CLEAVE_PLAN_GSO)
			return TEST_SUCCESS;
		rte_delay_us_sleep(1000); /* the link is down a moment before the event */
	}
	printf("still planned: super-packets for a guest that is away\n");
	return TEST_FAILED;
}

static int
begin(const char *args, struct cleave_tx_conf *conf)
{
	vhost_guest_leave(&guest);
	conf->pools.direct = rte_mempool_lookup("tx_test_direct");
	conf->pools.indirect = rte_mempool_lookup("tx_test_indirect");
	TEST_ASSERT_SUCCESS(vhost_port_open(&vhost, args, 0), "no port");
	TEST_ASSERT_SUCCESS(cleave_tx_setup(vhost.port, 0, conf), "no TX setup");
	return TEST_SUCCESS;
}

static int
end(struct cleave_tx_conf *conf)
{
	cleave_tx_teardown(vhost.port, 0);
	TEST_ASSERT_EQUAL(rte_mempool_in_use_count(conf->pools.direct), 0, "mbufs lost");
	TEST_ASSERT_EQUAL(rte_mempool_in_use_count(conf->pools.indirect), 0, "mbufs lost");
	return vhost_port_close(&vhost);
}

static int
test_takes(void)
{
	for (unsigned int mode = 0; mode < RTE_DIM(modes); mode++) {
		struct cleave_tx_conf conf = {0};

		TEST_ASSERT_SUCCESS(begin(modes[mode], &conf), "no port");
		for (unsigned int i = 0; i < RTE_DIM(guests); i++)
			TEST_ASSERT_SUCCESS(serve(&conf.pools, guests[i]),
				"guest with %" PRIx64 ", port with \"%s\"", guests[i], modes[mode]);
		TEST_ASSERT_SUCCESS(end(&conf), "not as it was");
	}
	return TEST_SUCCESS;
}

static int
test_nobody_there(void)
{
	struct cleave_tx_conf conf = {0};

	TEST_ASSERT_SUCCESS(begin("", &conf), "no port");
	TEST_ASSERT_SUCCESS(nobody_there(), "before the first");
	TEST_ASSERT_SUCCESS(serve(&conf.pools, CSUM | TSO4 | TSO6), "no guest");
	if (nobody_there() < 0) {
		end(&conf);
		return TEST_FAILED;
	}
	return end(&conf);
}

/* A guest's life in a thread of its own: it comes, takes what there is for a while, looks at it, and hangs
 * up in the middle. */
struct life {
	uint64_t features[TURNS];
	unsigned int frames, supers;
	int rc;
	bool over;
};

static int
live_once(struct life *l, uint64_t f)
{
	static uint8_t frame[VHOST_FRAME_MAX];
	struct virtio_net_hdr_mrg_rxbuf hdr;
	unsigned int frames = 0;

	TEST_ASSERT_SUCCESS(vhost_guest_join(&guest, vhost.path, f), "no guest");
	for (unsigned int ms = 0; ms < 3000 && frames < 300; ms++) {
		int len;

		while ((len = vhost_guest_take(&guest, &hdr, frame)) > 0 && frames < 300) {
			TEST_ASSERT_SUCCESS(guest_may_take(f, &hdr.hdr, frame, len, MSS),
				"frame %u for %" PRIx64, frames, f);
			l->supers += hdr.hdr.gso_type != VIRTIO_NET_HDR_GSO_NONE;
			frames++;
		}
		TEST_ASSERT(len >= 0, "not what a device may do");
		rte_delay_us_sleep(1000);
	}
	TEST_ASSERT_EQUAL(frames, 300, "%u frames only", frames);
	l->frames += frames;
	vhost_guest_leave(&guest);
	return TEST_SUCCESS;
}

static void *
live(void *arg)
{
	struct life *l = arg;

	for (unsigned int i = 0; i < TURNS && l->rc == 0; i++)
		l->rc = live_once(l, l->features[i]);
	vhost_guest_leave(&guest);
	__atomic_store_n(&l->over, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Packets are sent all the time: what the port does not take is sent again, as a program may. */
static int
send_on(struct cleave_gso_pools *pools, struct life *l)
{
	struct rte_mbuf *m[NB];
	uint16_t n = 0;

	while (!__atomic_load_n(&l->over, __ATOMIC_ACQUIRE)) {
		uint16_t sent;

		for (; n < NB; n++) {
			m[n] = packet(pools, n, rte_rdtsc() & 64);
			TEST_ASSERT_NOT_NULL(m[n], "no packet: mbufs do not come back");
		}
		sent = cleave_tx_burst(vhost.port, 0, m, NB);
		n = NB - sent;
		memmove(m, &m[sent], n * sizeof(m[0]));
	}
	rte_pktmbuf_free_bulk(m, n);
	return TEST_SUCCESS;
}

static int
test_comes_back_with_less(void)
{
	for (unsigned int mode = 0; mode < RTE_DIM(modes); mode++) {
		struct life l = {.features = {CSUM | TSO4 | TSO6, 0, CSUM | TSO6, CSUM,
					 CSUM | TSO4 | TSO6, TSO4 | TSO6}};
		struct cleave_tx_conf conf = {0};
		pthread_t thread;
		int rc;

		TEST_ASSERT_SUCCESS(begin(modes[mode], &conf), "no port");
		TEST_ASSERT_SUCCESS(pthread_create(&thread, NULL, live, &l), "no thread");
		rc = send_on(&conf.pools, &l);
		pthread_join(thread, NULL);
		TEST_ASSERT_SUCCESS(vhost_port_wait(&vhost, false), "guest not gone");
		if (rc < 0 || l.rc < 0)
			end(&conf);
		TEST_ASSERT_SUCCESS(rc, "not sent");
		TEST_ASSERT_SUCCESS(l.rc, "port with \"%s\"", modes[mode]);
		TEST_ASSERT(l.supers > 0, "no super-packet in %u frames", l.frames);
		TEST_ASSERT_SUCCESS(end(&conf), "not as it was");
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "TX: what a guest takes",
	.setup = build,
	.teardown = unbuild,
	.unit_test_cases =
		{
			TEST_CASE(test_takes),
			TEST_CASE(test_nobody_there),
			TEST_CASE(test_comes_back_with_less),
			TEST_CASES_END(),
		},
};

static int
test_tx_guest_takes(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_DRIVER_TEST(tx_guest_takes_autotest, test_tx_guest_takes);
