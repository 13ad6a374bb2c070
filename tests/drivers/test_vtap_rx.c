/* SPDX-License-Identifier: BSD-3-Clause
 *
 * vtap_rx_autotest: what net_vtap makes of what it reads: a socket that keeps records apart stands
 * for the TAP, so that virtio headers can lie as the kernel's do not. Neighbour:
 * drivers/net/vtap/vtap_rx.c.
 */
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../mbufs.h"
#include "../pkt.h"
#include "../test.h"
#include "vtap.h"

#define POOL 255
#define ROOM 2048

int vtap_logtype; /* vtap_vdev.c is not in the test */

static struct rte_mempool *mp;
static struct rte_eth_dev dev;
static struct rte_eth_dev_data data;
static struct vtap_port *port;
static void *queues[1];
static int peer;

static int
setup(void)
{
	if (mp == NULL)
		mp = rte_pktmbuf_pool_create(
			"vtap_rx", POOL, 0, 0, RTE_PKTMBUF_HEADROOM + ROOM, SOCKET_ID_ANY);
	port = calloc(1, sizeof(*port));
	TEST_ASSERT(mp != NULL && port != NULL, "no memory");
	return TEST_SUCCESS;
}

static void
teardown(void)
{
	free(port);
}

static int
begin(uint64_t offloads)
{
	const struct rte_eth_rxconf conf = {.offloads = offloads};
	int fds[2];

	TEST_ASSERT_SUCCESS(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), "no socket");
	memset(port, 0, sizeof(*port));
	memset(&data, 0, sizeof(data));
	data.dev_private = port;
	data.rx_queues = queues;
	data.mtu = 1500;
	data.port_id = 3;
	dev.data = &data;
	port->data = &data;
	port->hdr_len = VTAP_HDR_SHORT;
	TEST_ASSERT_SUCCESS(vtap_rxq_setup(&dev, 0, 512, SOCKET_ID_ANY, &conf, mp), "no queue");
	port->rx[0].fd = fds[0];
	peer = fds[1];
	return TEST_SUCCESS;
}

static int
end(void)
{
	vtap_rxq_release(&dev, 0);
	close(port->rx[0].fd);
	close(peer);
	TEST_ASSERT_EQUAL(rte_mempool_in_use_count(mp), 0, "mbufs lost");
	return TEST_SUCCESS;
}

static int
put(struct virtio_net_hdr *v, const void *frame, uint32_t len)
{
	struct iovec iov[] = {{v, sizeof(*v)}, {(void *)(uintptr_t)frame, len}};

	return writev(peer, iov, 2) == (ssize_t)(sizeof(*v) + len) ? 0 : -1;
}

/* A frame that is read, with a header that says something. */
static const struct header {
	const char *name;
	struct virtio_net_hdr v;
	uint64_t flags; /* of the mbuf; */
	int count;	/* or why there is none */
	uint16_t segsz;
} headers[] = {
	{"nothing", {0}, 0, -1},
	{"a checksum that is not there",
		{VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16},
		RTE_MBUF_F_RX_L4_CKSUM_NONE, -1},
	{"a checksum that was looked at", {VIRTIO_NET_HDR_F_DATA_VALID},
		RTE_MBUF_F_RX_L4_CKSUM_GOOD, -1},
	{"a super-packet",
		{VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV4, 54, 1000, 34, 16},
		RTE_MBUF_F_RX_L4_CKSUM_NONE | RTE_MBUF_F_RX_LRO, -1, 1000},
	{"one with ECN",
		{VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV6 | VIRTIO_NET_HDR_GSO_ECN, 54,
			900, 34, 16},
		RTE_MBUF_F_RX_L4_CKSUM_NONE | RTE_MBUF_F_RX_LRO, -1, 900},
	{"of size 0", {VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_TCPV4, 54, 0, 34, 16}, 0,
		VTAP_RX_BAD_HEADER},
	{"of no known kind", {0, 9, 54, 1000}, 0, VTAP_RX_BAD_HEADER},
	{"of UDP, which was not asked for", {0, VIRTIO_NET_HDR_GSO_UDP_L4, 42, 1000}, 0,
		VTAP_RX_BAD_HEADER},
	{"a checksum that begins behind the end",
		{VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 1999, .csum_offset = 16}, 0,
		VTAP_RX_BAD_HEADER},
	{"a checksum that lies behind the end",
		{VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 34, .csum_offset = 0xffff}, 0,
		VTAP_RX_BAD_HEADER},
};

static int
test_headers(void)
{
	const struct pkt_spec s = {
		.ip = {.version = 4, .ttl = 64}, .proto = IPPROTO_TCP, .payload = 1946};

	for (unsigned int i = 0; i < RTE_DIM(headers); i++) {
		struct virtio_net_hdr v = headers[i].v;
		struct rte_mbuf *m;
		struct pkt p;
		uint16_t n;

		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		TEST_ASSERT_EQUAL(p.len, 2000, "frame of %u", p.len);
		TEST_ASSERT_SUCCESS(begin(RTE_ETH_RX_OFFLOAD_TCP_LRO), "no queue");
		TEST_ASSERT_SUCCESS(put(&v, p.data, p.len), "not sent");
		n = vtap_rx_burst(queues[0], &m, 1);
		if (headers[i].count >= 0) {
			TEST_ASSERT(n == 0 && port->rx[0].count[headers[i].count] == 1,
				"%s: %u frames, not counted", headers[i].name, n);
		} else {
			TEST_ASSERT_EQUAL(n, 1, "%s: none", headers[i].name);
			TEST_ASSERT(mbuf_is(m, p.data, p.len), "%s: bytes", headers[i].name);
			TEST_ASSERT_EQUAL(m->ol_flags, headers[i].flags, "%s: flags %" PRIx64,
				headers[i].name, m->ol_flags);
			TEST_ASSERT(m->port == 3 && m->tso_segsz == headers[i].segsz, "%s: fields",
				headers[i].name);
			rte_pktmbuf_free(m);
		}
		TEST_ASSERT_SUCCESS(end(), "%s", headers[i].name);
		pkt_free(&p);
	}
	return TEST_SUCCESS;
}

/* Lengths around those of the buffers, with and without a chain to read into. */
static int
test_lengths(void)
{
	static const uint32_t lens[] = {14, 15, 60, ROOM - 1, ROOM, ROOM + 1, 2 * ROOM,
		2 * ROOM + 1, 65549, VTAP_FRAME_MAX};
	static uint8_t frame[VTAP_RX_ROOM];

	for (uint32_t i = 0; i < sizeof(frame); i++)
		frame[i] = i * 7 + i / 251;
	for (unsigned int i = 0; i < RTE_DIM(lens) * 2; i++) {
		const bool chain = i % 2, fits = chain || lens[i / 2] < ROOM;
		struct virtio_net_hdr v = {0};
		struct rte_mbuf *m;

		TEST_ASSERT_SUCCESS(begin(chain ? RTE_ETH_RX_OFFLOAD_SCATTER : 0), "no queue");
		for (unsigned int k = 0; k < 3; k++) {
			TEST_ASSERT_SUCCESS(put(&v, frame, lens[i / 2]), "not sent");
			TEST_ASSERT_EQUAL(
				vtap_rx_burst(queues[0], &m, 1), fits, "%u bytes", lens[i / 2]);
			if (!fits)
				continue;
			TEST_ASSERT(
				mbuf_is(m, frame, lens[i / 2]), "%u bytes: others", lens[i / 2]);
			rte_pktmbuf_free(m);
		}
		TEST_ASSERT_EQUAL(port->rx[0].count[VTAP_RX_TOO_LONG], fits ? 0 : 3, "not counted");
		TEST_ASSERT_SUCCESS(end(), "%u bytes", lens[i / 2]);
	}
	return TEST_SUCCESS;
}

/* Less than a header, or than Ethernet's. */
static int
test_short(void)
{
	uint8_t zero[32] = {0};
	struct rte_mbuf *m;

	TEST_ASSERT_SUCCESS(begin(0), "no queue");
	for (unsigned int len = 1; len < sizeof(struct virtio_net_hdr) + 14; len++)
		TEST_ASSERT_EQUAL(write(peer, zero, len), (ssize_t)len, "not sent");
	/* a burst ends, whatever comes */
	for (unsigned int i = 0; i < sizeof(struct virtio_net_hdr) + 13; i++) {
		TEST_ASSERT_EQUAL(vtap_rx_burst(queues[0], &m, 1), 0, "taken");
		TEST_ASSERT_EQUAL(port->rx[0].count[VTAP_RX_BAD_HEADER], i + 1, "not counted");
	}
	TEST_ASSERT_EQUAL(port->rx[0].count[VTAP_RX_BAD_HEADER], sizeof(struct virtio_net_hdr) + 13,
		"not counted");
	return end();
}

/* Without mbufs frames are lost, and counted; with them again it goes on. */
static int
test_no_mbuf(void)
{
	static uint8_t frame[3 * ROOM];
	struct virtio_net_hdr v = {0};
	struct rte_mbuf *m;
	struct drain d;

	TEST_ASSERT_SUCCESS(begin(RTE_ETH_RX_OFFLOAD_SCATTER), "no queue");
	for (unsigned int left = 0; left < 4; left++) {
		TEST_ASSERT_SUCCESS(drain_to(&d, mp, left), "not drained");
		TEST_ASSERT_SUCCESS(put(&v, frame, sizeof(frame)), "not sent");
		TEST_ASSERT_EQUAL(vtap_rx_burst(queues[0], &m, 1), left >= 3, "%u mbufs", left);
		if (left >= 3)
			rte_pktmbuf_free(m);
		drain_undo(&d);
	}
	TEST_ASSERT_EQUAL(port->rx[0].count[VTAP_RX_NO_MBUF], 3, "not counted");
	TEST_ASSERT_EQUAL(data.rx_mbuf_alloc_failed, 3, "not counted by ethdev");
	return end();
}

/* A queue that could not hold a frame is refused. */
static int
test_refused(void)
{
	const struct rte_eth_rxconf conf = {0};

	TEST_ASSERT_SUCCESS(begin(0), "no queue");
	TEST_ASSERT_SUCCESS(end(), "not released");
	data.mtu = ROOM;
	TEST_ASSERT_EQUAL(vtap_rxq_setup(&dev, 0, 512, SOCKET_ID_ANY, &conf, mp), -EINVAL, "taken");
	TEST_ASSERT_EQUAL(rte_mempool_in_use_count(mp), 0, "mbufs lost");
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "net_vtap: reading",
	.setup = setup,
	.teardown = teardown,
	.unit_test_cases =
		{
			TEST_CASE(test_headers),
			TEST_CASE(test_lengths),
			TEST_CASE(test_short),
			TEST_CASE(test_no_mbuf),
			TEST_CASE(test_refused),
			TEST_CASES_END(),
		},
};

static int
test_vtap_rx(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(vtap_rx_autotest, NOHUGE_OK, ASAN_OK, test_vtap_rx);
