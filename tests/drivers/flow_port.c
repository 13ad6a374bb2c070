/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The port that the tests of flow rules and RSS use, and its interface: in a namespace of this thread's
 * own, next to a bridge through which frames come whose tag the kernel holds apart. Neighbour: flow_test.h.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rte_bus_vdev.h>
#include <rte_cycles.h>

#include "../test.h"
#include "flow_test.h"

#define NAME "net_vtap_flow"
#define QUEUES 128
#define POOL 4095

struct flow_port flow_port = {.raw = -1};

static struct rte_mempool *mp;

/* Is there bpf(2), for us? */
static bool
has_bpf(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
	int fd = syscall(__NR_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Into a namespace where nobody says anything of itself. Once. */
static int
enter(void)
{
	static bool there;
	int fd;

	if (there)
		return 0;
	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	there = true;
	fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY);
	if (fd >= 0) {
		if (write(fd, "1", 1) != 1)
			printf("IPv6 stays on\n");
		close(fd);
	}
	return 0;
}

/* veth - bridge - the TAP: a tag that a veth receives, the kernel takes out of the frame. */
static void
make_bridge(void)
{
	static const char *const lines =
		"set -e; ip link add vf0 type veth peer name vf1;"
		"ip link add vfbr type bridge mcast_snooping 0; ip link set vf1 master vfbr;"
		"ip link set vflow master vfbr; ip link set vf1 type bridge_slave learning off;"
		"ip link set vf0 up; ip link set vf1 up; ip link set vfbr up";

	flow_port.veth = system(lines) == 0 ? if_nametoindex("vf0") : 0;
	if (flow_port.veth == 0)
		printf("no bridge: all tags are in the frames\n");
}

int
flow_port_open(void)
{
	struct rte_eth_dev_info info;

	if (geteuid() != 0 || access("/dev/net/tun", R_OK | W_OK) != 0 || !has_bpf()) {
		printf("skipped: no root, no /dev/net/tun or no bpf(2): %s\n", strerror(errno));
		return TEST_SKIPPED;
	}
	TEST_ASSERT_SUCCESS(enter(), "no namespace");
	if (mp == NULL)
		mp = rte_pktmbuf_pool_create("vtap_flow", POOL, 0, 0, 2176, SOCKET_ID_ANY);
	TEST_ASSERT_NOT_NULL(mp, "no pool");
	/* not by EAL's -d, which minds who may write to the directories above */
	if (getenv("CLEAVE_VTAP") != NULL)
		TEST_ASSERT_NOT_NULL(dlopen(getenv("CLEAVE_VTAP"), RTLD_NOW), "%s", dlerror());
	TEST_ASSERT_SUCCESS(rte_vdev_init(NAME, "iface=vflow,queues=" RTE_STR(QUEUES)),
		"no port (CLEAVE_VTAP or -d says where the driver is)");
	TEST_ASSERT_SUCCESS(rte_eth_dev_get_port_by_name(NAME, &flow_port.id), "no port");
	TEST_ASSERT_SUCCESS(rte_eth_dev_info_get(flow_port.id, &info), "no info");
	flow_port.ifindex = info.if_index;
	flow_port.nb_queues = 0;
	flow_port.raw = socket(AF_PACKET, SOCK_RAW, 0);
	TEST_ASSERT(flow_port.raw >= 0, "no packet socket");
	return TEST_SUCCESS;
}

void
flow_port_close(void)
{
	if (flow_port.raw < 0)
		return;
	rte_eth_dev_stop(flow_port.id);
	rte_vdev_uninit(NAME);
	close(flow_port.raw);
	flow_port.raw = -1;
	if (flow_port.veth != 0 && system("ip link del vf0; ip link del vfbr") != 0)
		printf("a bridge is left in our namespace\n");
	flow_port.veth = 0;
}

int
flow_port_reta(const struct flow_rss *rss)
{
	struct rte_eth_rss_reta_entry64 reta[2] = {{.mask = UINT64_MAX}, {.mask = UINT64_MAX}};

	for (unsigned int i = 0; i < RTE_DIM(rss->reta); i++)
		reta[i / 64].reta[i % 64] = rss->reta[i];
	return rte_eth_dev_rss_reta_update(flow_port.id, reta, RTE_DIM(rss->reta));
}

int
flow_port_start(uint16_t nb_queues, const struct flow_rss *rss, uint64_t rx_offloads)
{
	struct rte_eth_conf conf = {.rxmode = {.offloads = rx_offloads}};
	const uint16_t id = flow_port.id;
	int rc;

	if (rss != NULL) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf = (struct rte_eth_rss_conf){
			rss->defaults ? NULL : (uint8_t *)(uintptr_t)rss->key,
			rss->defaults ? 0 : sizeof(rss->key), rss->types};
	}
	rte_eth_dev_stop(id);
	rc = rte_eth_dev_configure(id, nb_queues, 1, &conf);
	TEST_ASSERT_SUCCESS(rc, "not configured: %s", strerror(-rc));
	for (uint16_t i = 0; i < nb_queues; i++)
		TEST_ASSERT_SUCCESS(
			rte_eth_rx_queue_setup(id, i, 64, SOCKET_ID_ANY, NULL, mp), "no RX");
	TEST_ASSERT_SUCCESS(rte_eth_tx_queue_setup(id, 0, 64, SOCKET_ID_ANY, NULL), "no TX");
	rc = rte_eth_dev_start(id);
	TEST_ASSERT_SUCCESS(rc, "not started: %s", strerror(-rc));
	flow_port.nb_queues = nb_queues;
	if (flow_port.veth == 0)
		make_bridge();
	if (rss != NULL && !rss->defaults) {
		rc = flow_port_reta(rss);
		TEST_ASSERT_SUCCESS(rc, "no table: %s", strerror(-rc));
	}
	flow_port_drain();
	return TEST_SUCCESS;
}

int
flow_port_send(const struct flow_frame *f)
{
	const bool bridge = f->out_of_frame && flow_port.veth != 0;
	const struct sockaddr_ll to = {.sll_family = AF_PACKET,
		.sll_ifindex = bridge ? flow_port.veth : flow_port.ifindex};

	return sendto(flow_port.raw, f->data, f->len, 0, (const void *)&to, sizeof(to)) == f->len
		       ? 0
		       : -errno;
}

uint64_t
flow_port_dropped(void)
{
	FILE *f = fopen("/proc/thread-self/net/dev", "r");
	unsigned long long n = 0;
	char line[512];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		char *c = strstr(line, "vflow:");

		/* bytes packets errs drop fifo frame compressed multicast, bytes packets errs drop */
		if (c != NULL)
			sscanf(c + 6, "%*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %llu", &n);
	}
	if (f != NULL)
		fclose(f);
	return n;
}

static int
look(struct rte_mbuf *m, int where, const struct flow_frame *f)
{
	if (where != FLOW_LOST)
		return FLOW_TWICE;
	if (f == NULL)
		return 0;
	return m->pkt_len == f->len && memcmp(rte_pktmbuf_mtod(m, void *), f->data, f->len) == 0
		       ? 0
		       : FLOW_TWICE;
}

unsigned int
flow_port_receive(int *queue, uint32_t first, unsigned int max, unsigned int nb,
	const struct flow_frame *frames, unsigned int ms)
{
	uint64_t end = rte_rdtsc() + ms * rte_get_tsc_hz() / 1000;
	struct rte_mbuf *pkts[32];
	unsigned int got = 0;

	for (unsigned int i = 0; i < max; i++)
		queue[i] = FLOW_LOST;
	/* one round more: what comes beside them */
	for (bool more = true; more;) {
		more = got < nb && rte_rdtsc() < end;
		for (uint16_t q = 0; q < flow_port.nb_queues; q++) {
			uint16_t n = rte_eth_rx_burst(flow_port.id, q, pkts, RTE_DIM(pkts));

			more |= n > 0;
			for (uint16_t i = 0; i < n; i++) {
				uint32_t at = flow_frame_serial(rte_pktmbuf_mtod(pkts[i], void *),
						      pkts[i]->data_len) -
					      first;

				if (at < max) {
					got++;
					queue[at] = look(pkts[i], queue[at],
							    frames ? &frames[at] : NULL) < 0
							    ? FLOW_TWICE
							    : q;
				}
				rte_pktmbuf_free(pkts[i]);
			}
		}
	}
	return got;
}

void
flow_port_forget(void)
{
	struct rte_flow_error error;

	rte_flow_flush(flow_port.id, &error);
	rte_flow_isolate(flow_port.id, 0, &error);
	flow_port_drain();
}

void
flow_port_drain(void)
{
	flow_port_receive(NULL, 0, 0, 0, NULL, 0);
}

unsigned int
flow_port_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return n;
}
