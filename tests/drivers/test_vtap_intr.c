/* SPDX-License-Identifier: BSD-3-Clause
 *
 * vtap_intr_autotest: an application that waits for net_vtap's RX queues sleeps until a frame comes, and
 * is told of the queue and of the link. Neighbour: drivers/net/vtap/vtap_intr.c.
 */
#include <dlfcn.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_bus_vdev.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_interrupts.h>

#include "../test.h"

#define NAME "net_vtap_intr"

static struct rte_mempool *mp;
static uint16_t port;
static volatile unsigned int lsc;
static int raw;

static int
on_lsc(uint16_t id, enum rte_eth_event_type type, void *arg, void *ret)
{
	lsc++;
	return 0;
}

static int
setup(void)
{
	const struct rte_eth_conf conf = {.intr_conf = {.rxq = 1, .lsc = 1}};

	if (geteuid() != 0 || access("/dev/net/tun", R_OK | W_OK) != 0) {
		printf("skipped: /dev/net/tun: %s\n", strerror(errno));
		return TEST_SKIPPED;
	}
	if (mp == NULL)
		mp = rte_pktmbuf_pool_create(
			"vtap_intr", 255, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	TEST_ASSERT_NOT_NULL(mp, "no pool");
	/* not by EAL's -d, which minds who may write to the directories above */
	if (getenv("CLEAVE_VTAP") != NULL)
		TEST_ASSERT_NOT_NULL(dlopen(getenv("CLEAVE_VTAP"), RTLD_NOW), "%s", dlerror());
	TEST_ASSERT_SUCCESS(rte_vdev_init(NAME, "iface=vtintr%d"),
		"no port (CLEAVE_VTAP or -d says where the driver is)");
	TEST_ASSERT_SUCCESS(rte_eth_dev_get_port_by_name(NAME, &port), "no port");
	TEST_ASSERT_SUCCESS(rte_eth_dev_configure(port, 1, 1, &conf), "not configured");
	TEST_ASSERT_SUCCESS(rte_eth_rx_queue_setup(port, 0, 64, SOCKET_ID_ANY, NULL, mp), "no RX");
	TEST_ASSERT_SUCCESS(rte_eth_tx_queue_setup(port, 0, 64, SOCKET_ID_ANY, NULL), "no TX");
	TEST_ASSERT_SUCCESS(
		rte_eth_dev_callback_register(port, RTE_ETH_EVENT_INTR_LSC, on_lsc, NULL),
		"no callback");
	TEST_ASSERT_SUCCESS(rte_eth_dev_start(port), "not started");
	raw = socket(AF_PACKET, SOCK_RAW, 0);
	TEST_ASSERT(raw >= 0, "no packet socket");
	return TEST_SUCCESS;
}

static void
teardown(void)
{
	close(raw);
	rte_eth_dev_stop(port);
	rte_vdev_uninit(NAME);
}

static unsigned int
ifindex(void)
{
	struct rte_eth_dev_info info;

	return rte_eth_dev_info_get(port, &info) == 0 ? info.if_index : 0;
}

/* What the kernel sends by itself, of IPv6 for instance, is let pass: until nothing comes for a while. */
static void
drain(void)
{
	struct rte_mbuf *pkts[32];
	uint16_t n;

	for (unsigned int quiet = 0; quiet < 20; quiet++) {
		n = rte_eth_rx_burst(port, 0, pkts, 32);
		rte_pktmbuf_free_bulk(pkts, n);
		if (n > 0)
			quiet = 0;
		rte_delay_ms(1);
	}
}

static int
test_wakes(void)
{
	const struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = ifindex()};
	uint8_t frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
	struct rte_epoll_event event;
	struct rte_mbuf *pkts[32];
	unsigned int seen = 0;
	uint16_t got;
	int n;

	TEST_ASSERT_SUCCESS(rte_eth_dev_rx_intr_ctl_q(port, 0, RTE_EPOLL_PER_THREAD,
				    RTE_INTR_EVENT_ADD, (void *)(uintptr_t)7),
		"not added");
	for (unsigned int i = 0; i < 10; i++) {
		TEST_ASSERT_SUCCESS(rte_eth_dev_rx_intr_enable(port, 0), "not enabled");
		do {
			drain();
			n = rte_epoll_wait(RTE_EPOLL_PER_THREAD, &event, 1, 0);
			got = n > 0 ? rte_eth_rx_burst(port, 0, pkts, 32) : 0;
			TEST_ASSERT(n == 0 || got > 0, "woken by nothing");
			rte_pktmbuf_free_bulk(pkts, got);
		} while (n > 0);
		TEST_ASSERT_EQUAL(
			sendto(raw, frame, sizeof(frame), 0, (const void *)&to, sizeof(to)),
			(ssize_t)sizeof(frame), "not sent: %s", strerror(errno));
		n = rte_epoll_wait(RTE_EPOLL_PER_THREAD, &event, 1, 2000);
		TEST_ASSERT(n == 1 && event.epdata.data == (void *)7, "%d events", n);
		TEST_ASSERT_SUCCESS(rte_eth_dev_rx_intr_disable(port, 0), "not disabled");
		n = rte_eth_rx_burst(port, 0, pkts, 32);
		for (int k = 0; k < n; k++)
			seen += memcmp(rte_pktmbuf_mtod(pkts[k], void *), frame, 14) == 0;
		rte_pktmbuf_free_bulk(pkts, n);
	}
	TEST_ASSERT_EQUAL(seen, 10, "%u frames", seen);
	TEST_ASSERT_SUCCESS(
		rte_eth_dev_rx_intr_ctl_q(port, 0, RTE_EPOLL_PER_THREAD, RTE_INTR_EVENT_DEL, NULL),
		"not removed");
	return TEST_SUCCESS;
}

static int
test_link(void)
{
	struct rte_eth_link link;
	struct ifreq ifr = {0};
	unsigned int before;

	TEST_ASSERT_NOT_NULL(if_indextoname(ifindex(), ifr.ifr_name), "no name");
	for (unsigned int i = 0; i < 4; i++) {
		const short up = i % 2 ? IFF_UP : 0;

		before = lsc;
		TEST_ASSERT_SUCCESS(ioctl(raw, SIOCGIFFLAGS, &ifr), "no flags");
		ifr.ifr_flags = (ifr.ifr_flags & ~IFF_UP) | up;
		TEST_ASSERT_SUCCESS(ioctl(raw, SIOCSIFFLAGS, &ifr), "not set");
		for (unsigned int ms = 0; ms < 2000 && lsc == before; ms++)
			rte_delay_ms(1);
		TEST_ASSERT_NOT_EQUAL(lsc, before, "no event");
		TEST_ASSERT_SUCCESS(rte_eth_link_get_nowait(port, &link), "no link");
		TEST_ASSERT_EQUAL(link.link_status, up != 0, "link %u", link.link_status);
	}
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "net_vtap: interrupts",
	.setup = setup,
	.teardown = teardown,
	.unit_test_cases =
		{
			TEST_CASE(test_wakes),
			TEST_CASE(test_link),
			TEST_CASES_END(),
		},
};

static int
test_vtap_intr(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(vtap_intr_autotest, NOHUGE_OK, ASAN_OK, test_vtap_intr);
