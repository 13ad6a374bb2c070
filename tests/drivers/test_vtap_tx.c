/* SPDX-License-Identifier: BSD-3-Clause
 *
 * vtap_tx_autotest: how net_vtap writes bursts, by io_uring and frame by frame: a socket that keeps records
 * apart stands for the TAP, so that it can be full, refuse a frame, and be read. What requests become is
 * vtap_request_autotest's. Neighbours: drivers/net/vtap/vtap_tx.c, vtap_ring.c.
 */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <liburing.h>

#include "../mbufs.h"
#include "../test.h"
#include "vtap.h"

#define POOL 4095
#define ROOM 2048
#define FRAME_MAX 65549
#define MANY (3 * VTAP_BATCH + 5)

static struct rte_mempool *mp;
static struct rte_eth_dev dev;
static struct rte_eth_dev_data data;
static struct vtap_port *port;
static struct vtap_txq *q;
static void *queues[1];
static int peer;
static uint8_t bytes[FRAME_MAX + 256];

static int
setup(void)
{
	if (mp == NULL)
		mp = rte_pktmbuf_pool_create(
			"vtap_tx", POOL, 0, 0, RTE_PKTMBUF_HEADROOM + ROOM, SOCKET_ID_ANY);
	port = calloc(1, sizeof(*port));
	TEST_ASSERT(mp != NULL && port != NULL, "no memory");
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = i * 7 + i / 251;
	return TEST_SUCCESS;
}

static void
teardown(void)
{
	free(port);
}

static int
end(void)
{
	vtap_txq_release(&dev, 0);
	close(q->fd);
	close(peer);
	TEST_ASSERT_EQUAL(rte_mempool_in_use_count(mp), 0, "mbufs lost");
	return TEST_SUCCESS;
}

/* A queue that has room for so many bytes. TEST_SKIPPED: no io_uring on this machine. */
static int
begin(bool ring, int room)
{
	static const struct rte_eth_txconf conf;
	int fds[2];

	TEST_ASSERT_SUCCESS(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), "no socket");
	TEST_ASSERT_SUCCESS(
		setsockopt(fds[0], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)), "no room");
	memset(port, 0, sizeof(*port));
	memset(&data, 0, sizeof(data));
	data.dev_private = port;
	data.tx_queues = queues;
	dev.data = &data;
	port->data = &data;
	port->conf.uring = ring;
	port->hdr_len = VTAP_HDR_SHORT;
	TEST_ASSERT_SUCCESS(vtap_txq_setup(&dev, 0, 512, SOCKET_ID_ANY, &conf), "no queue");
	q = &port->tx[0];
	q->fd = fds[0];
	peer = fds[1];
	vtap_ring_open(q);
	if (!ring || q->ring != NULL)
		return TEST_SUCCESS;
	printf("no io_uring here\n");
	return end() == TEST_SUCCESS ? TEST_SKIPPED : TEST_FAILED;
}

/* Frame number i of len bytes differs from the others. */
static const uint8_t *
frame(unsigned int i)
{
	return bytes + i % 256;
}

/* Does it come next? With this gso_size in its header. */
static int
comes(unsigned int i, uint32_t len, uint16_t gso_size)
{
	static uint8_t got[FRAME_MAX + 64];
	struct virtio_net_hdr v;
	ssize_t n = read(peer, got, sizeof(got));

	TEST_ASSERT_EQUAL(n, (ssize_t)(sizeof(v) + len), "frame %u: %zd bytes", i, n);
	memcpy(&v, got, sizeof(v));
	TEST_ASSERT_EQUAL(v.gso_size, gso_size, "frame %u: gso_size %u", i, v.gso_size);
	if (gso_size == 0) {
		static const struct virtio_net_hdr nothing;

		TEST_ASSERT(memcmp(&v, &nothing, sizeof(v)) == 0, "frame %u: header", i);
		TEST_ASSERT(memcmp(got + sizeof(v), frame(i), len) == 0, "frame %u: bytes", i);
	}
	return TEST_SUCCESS;
}

static int
nothing_comes(void)
{
	uint8_t byte;

	TEST_ASSERT(read(peer, &byte, 1) < 0 && errno == EAGAIN, "one frame more");
	return TEST_SUCCESS;
}

/* The shapes that packets have: what they are written from differs. */
enum shape { WHOLE, NO_HEADROOM, CHAIN, CLONE, HELD, SHAPES };

/* held: a reference that the test keeps. */
static struct rte_mbuf *
make(unsigned int i, uint32_t len, enum shape shape, struct rte_mbuf **held)
{
	static const uint16_t small[] = {14, 100, 3, 1, 700};
	struct rte_mbuf *m, *c;

	if (shape == CHAIN)
		return mbuf_chain(mp, frame(i), len, small, RTE_DIM(small));
	m = mbuf_chain(mp, frame(i), len, NULL, 0);
	if (m == NULL)
		return NULL;
	switch (shape) {
	case NO_HEADROOM:
		if (m->nb_segs > 1)
			break;
		memmove(m->buf_addr, rte_pktmbuf_mtod(m, void *), len);
		m->data_off = 0;
		break;
	case CLONE:
		c = rte_pktmbuf_clone(m, mp);
		rte_pktmbuf_free(m);
		return c;
	case HELD:
		rte_pktmbuf_refcnt_update(m, 1);
		*held = m;
		break;
	default:
		break;
	}
	return m;
}

static int
test_shapes(const void *ring)
{
	static const uint32_t lens[] = {14, 60, 1514, ROOM, ROOM + 1, 9000, FRAME_MAX};
	static const uint16_t bursts[] = {1, 2, VTAP_BATCH - 1, VTAP_BATCH, VTAP_BATCH + 1, MANY};

	for (unsigned int b = 0; b < RTE_DIM(bursts); b++) {
		struct rte_mbuf *pkts[MANY], *held[MANY] = {NULL};
		uint64_t sum = 0;
		int rc = begin(*(const bool *)ring, 64 << 20);

		if (rc != TEST_SUCCESS)
			return rc;
		/* long ones are few: the pool */
		for (unsigned int i = 0; i < bursts[b]; i++) {
			const uint32_t len = lens[i % 16 ? i % 5 : i / 16 % RTE_DIM(lens)];

			pkts[i] = make(i, len, i % SHAPES, &held[i]);
			TEST_ASSERT(pkts[i] != NULL, "no packet");
			sum += len;
		}
		TEST_ASSERT_EQUAL(vtap_tx_burst(q, pkts, bursts[b]), bursts[b], "not taken");
		for (unsigned int i = 0; i < bursts[b]; i++) {
			const uint32_t len = lens[i % 16 ? i % 5 : i / 16 % RTE_DIM(lens)];

			TEST_ASSERT_SUCCESS(comes(i, len, 0), "burst of %u", bursts[b]);
			/* who holds it must find it as it was */
			if (held[i] != NULL) {
				TEST_ASSERT(mbuf_is(held[i], frame(i), len), "written to");
				rte_pktmbuf_free(held[i]);
			}
		}
		TEST_ASSERT_SUCCESS(nothing_comes(), "burst of %u", bursts[b]);
		TEST_ASSERT(q->packets == bursts[b] && q->bytes == sum, "counters");
		TEST_ASSERT_SUCCESS(end(), "burst of %u", bursts[b]);
	}
	return TEST_SUCCESS;
}

/* TCP/IPv4 with a request for so many bytes a segment. */
static struct rte_mbuf *
request(uint16_t segsz)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(mp);
	uint8_t *p;

	if (m == NULL)
		return NULL;
	p = memset(rte_pktmbuf_append(m, 1500), 0, 1500);
	p[12] = 0x08;
	p[14] = 0x45;
	p[16] = (1500 - 14) >> 8;
	p[17] = (1500 - 14) & 0xff;
	p[23] = IPPROTO_TCP;
	p[46] = 0x50;
	m->l2_len = 14;
	m->l3_len = 20;
	m->l4_len = 20;
	m->tso_segsz = segsz;
	m->ol_flags = RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM;
	return m;
}

/* Requests keep their headers until they are written; a bad one, one that is too much for the kernel,
 * and one of too many mbufs are lost alone, and counted. */
static int
test_requests(const void *ring)
{
	static const uint16_t one = 1;
	struct rte_mbuf *pkts[MANY];
	unsigned int bad = 0;
	int rc = begin(*(const bool *)ring, 1 << 20);

	if (rc != TEST_SUCCESS)
		return rc;
	for (unsigned int i = 0; i < MANY; i++) {
		switch (i % 8) {
		case 3:
			pkts[i] = request(0);
			bad++;
			break;
		case 6:
			pkts[i] = request(100);
			if (i == 6) {
				rte_pktmbuf_free(pkts[i]);
				pkts[i] = mbuf_chain(mp, bytes, VTAP_SEGS_MAX + 1, &one, 1);
				bad++;
			}
			break;
		default:
			pkts[i] = request(200 + i);
		}
		TEST_ASSERT(pkts[i] != NULL, "no packet");
	}
	TEST_ASSERT_EQUAL(vtap_tx_burst(q, pkts, MANY), MANY, "not taken");
	for (unsigned int i = 0; i < MANY; i++)
		if (i % 8 != 3 && i != 6)
			TEST_ASSERT_SUCCESS(comes(i, 1500, i % 8 == 6 ? 100 : 200 + i), "requests");
	TEST_ASSERT_SUCCESS(nothing_comes(), "requests");
	TEST_ASSERT(q->count[VTAP_TX_BAD_REQUEST] == bad, "bad ones not counted");
	TEST_ASSERT(q->count[VTAP_TX_REFUSED] == 0 && q->count[VTAP_TX_FULL] == 0, "lost");
	TEST_ASSERT(q->packets == MANY - bad && q->count[VTAP_TX_TSO] == MANY - bad, "counters");
	return end();
}

/* One that the kernel does not take: those around it go. */
static int
test_refused(const void *ring)
{
	struct rte_mbuf *pkts[5];
	int rc = begin(*(const bool *)ring, 30000);

	if (rc != TEST_SUCCESS)
		return rc;
	for (unsigned int i = 0; i < 5; i++) {
		pkts[i] = make(i, i == 2 ? FRAME_MAX : 60, i == 2 ? CHAIN : WHOLE, NULL);
		TEST_ASSERT(pkts[i] != NULL, "no packet");
	}
	TEST_ASSERT_EQUAL(vtap_tx_burst(q, pkts, 5), 5, "not taken");
	for (unsigned int i = 0; i < 5; i++)
		if (i != 2)
			TEST_ASSERT_SUCCESS(comes(i, 60, 0), "refused");
	TEST_ASSERT_SUCCESS(nothing_comes(), "refused");
	TEST_ASSERT(q->packets == 4 && q->count[VTAP_TX_REFUSED] == 1, "not counted");
	return end();
}

/* A kernel that has no room: what it did not take stays the caller's, and goes out later. */
static int
test_full(const void *ring)
{
	struct rte_mbuf *pkts[MANY];
	unsigned int sent = 0, seen = 0;
	int rc = begin(*(const bool *)ring, 20000);

	if (rc != TEST_SUCCESS)
		return rc;
	for (unsigned int i = 0; i < MANY; i++) {
		pkts[i] = make(i, 500, i % SHAPES == HELD ? WHOLE : i % SHAPES, NULL);
		TEST_ASSERT(pkts[i] != NULL, "no packet");
	}
	for (unsigned int turn = 0; sent < MANY; turn++) {
		uint16_t n = vtap_tx_burst(q, pkts + sent, MANY - sent);

		TEST_ASSERT(n > 0 && turn < MANY, "nothing goes out");
		sent += n;
		TEST_ASSERT_EQUAL(q->count[VTAP_TX_FULL], turn + (sent < MANY), "not counted");
		for (; seen < sent; seen++)
			TEST_ASSERT_SUCCESS(comes(seen, 500, 0), "turn %u", turn);
		TEST_ASSERT_SUCCESS(nothing_comes(), "turn %u", turn);
	}
	TEST_ASSERT(q->count[VTAP_TX_FULL] > 1 && q->packets == MANY, "counters");
	return end();
}

/* More buffers than one batch has room for. */
static int
test_long_chains(const void *ring)
{
	static const uint16_t one = 1;
	struct rte_mbuf *pkts[4];
	int rc = begin(*(const bool *)ring, 16 << 20);

	if (rc != TEST_SUCCESS)
		return rc;
	for (unsigned int i = 0; i < RTE_DIM(pkts); i++) {
		pkts[i] = mbuf_chain(mp, frame(i), 900 + i, &one, 1);
		TEST_ASSERT(pkts[i] != NULL, "no packet");
	}
	TEST_ASSERT_EQUAL(vtap_tx_burst(q, pkts, RTE_DIM(pkts)), RTE_DIM(pkts), "not taken");
	for (unsigned int i = 0; i < RTE_DIM(pkts); i++)
		TEST_ASSERT_SUCCESS(comes(i, 900 + i, 0), "long chains");
	return end();
}

/* A ring that stops working: the burst is the caller's still, and goes out without it. */
static int
test_ring_lost(void)
{
	struct rte_mbuf *pkts[8];
	int null, rc = begin(true, 1 << 20);

	if (rc != TEST_SUCCESS)
		return rc;
	for (unsigned int i = 0; i < RTE_DIM(pkts); i++) {
		pkts[i] = make(i, 100, i % SHAPES == HELD ? WHOLE : i % SHAPES, NULL);
		TEST_ASSERT(pkts[i] != NULL, "no packet");
	}
	null = open("/dev/null", O_RDWR);
	TEST_ASSERT(dup2(null, q->ring->ring_fd) >= 0, "ring's file not replaced");
	close(null);
	TEST_ASSERT_EQUAL(vtap_tx_burst(q, pkts, RTE_DIM(pkts)), 0, "taken by a dead ring");
	TEST_ASSERT(q->ring == NULL, "the ring is kept");
	TEST_ASSERT_EQUAL(vtap_tx_burst(q, pkts, RTE_DIM(pkts)), RTE_DIM(pkts), "not taken");
	for (unsigned int i = 0; i < RTE_DIM(pkts); i++)
		TEST_ASSERT_SUCCESS(comes(i, 100, 0), "without a ring");
	return end();
}

static const bool by_ring = true, one_by_one = false;
#define BOTH(fn)                                                                                   \
	TEST_CASE_NAMED_WITH_DATA(#fn, NULL, NULL, fn, &one_by_one),                               \
		TEST_CASE_NAMED_WITH_DATA(#fn ", io_uring", NULL, NULL, fn, &by_ring)

static struct unit_test_suite suite = {
	.suite_name = "net_vtap: writing",
	.setup = setup,
	.teardown = teardown,
	.unit_test_cases =
		{
			BOTH(test_shapes),
			BOTH(test_requests),
			BOTH(test_refused),
			BOTH(test_full),
			BOTH(test_long_chains),
			TEST_CASE(test_ring_lost),
			TEST_CASES_END(),
		},
};

static int
test_vtap_tx(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(vtap_tx_autotest, NOHUGE_OK, ASAN_OK, test_vtap_tx);
