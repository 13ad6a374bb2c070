/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel as a segmentation engine. A thread of its own enters a new network namespace, builds
 * everything there (with ip, of iproute2) and ends; the files of the TAPs keep the namespace.
 * Neighbour: wire.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "test.h"
#include "wire.h"

/* What Debian 12's <linux/if_tun.h> lacks, Linux 6.17. */
#ifndef TUN_F_UDP_TUNNEL_GSO
#define TUN_F_UDP_TUNNEL_GSO 0x080
#define TUN_F_UDP_TUNNEL_GSO_CSUM 0x100
#endif

#define MTU_IN "9216"

/* Without snooping the bridge itself sends nothing. */
#define BRIDGE                                                                                     \
	"link add cleave-br type bridge mcast_snooping 0\n"                                        \
	"link set cleave-br up\n"                                                                  \
	"link set cleave-in master cleave-br\n"

#define VXLAN4(csum)                                                                               \
	BRIDGE "address add 10.1.0.1/24 dev cleave-out\n"                                          \
	       "neigh add 10.1.0.2 lladdr 02:00:00:00:00:01 dev cleave-out nud permanent\n"        \
	       "link add cleave-vx mtu " MTU_IN " type vxlan id 77 local 10.1.0.1 remote "         \
	       "10.1.0.2 dstport 4789 nolearning " csum "\n"                                       \
	       "link set cleave-vx master cleave-br up\n"

#define VXLAN6(csum)                                                                               \
	BRIDGE "address add fd01::1/64 dev cleave-out nodad\n"                                     \
	       "neigh add fd01::2 lladdr 02:00:00:00:00:01 dev cleave-out nud permanent\n"         \
	       "link add cleave-vx mtu " MTU_IN " type vxlan id 77 local fd01::1 remote "          \
	       "fd01::2 dstport 4789 nolearning " csum "\n"                                        \
	       "link set cleave-vx master cleave-br up\n"

static const struct topology {
	const char *name;
	const char *commands; /* of ip -batch; both TAPs are there and up */
	bool ipv6;	      /* cleave-out speaks it */
} topologies[WIRES] = {
	[WIRE_BRIDGE] = {"TAP, bridge, TAP", BRIDGE "link set cleave-out master cleave-br\n"},
	/* Addresses of Ethernet as in the frames of pkt.c, so that nothing changes. */
	[WIRE_ROUTER] = {"TAP, router, TAP",
		"link set cleave-in address 02:00:00:00:00:01\n"
		"link set cleave-out address 02:00:00:00:00:02\n"
		"route add 10.0.0.2/32 dev cleave-out\n"
		"neigh add 10.0.0.2 lladdr 02:00:00:00:00:01 dev cleave-out nud permanent\n"},
	[WIRE_VXLAN4] = {"TAP, bridge, VXLAN device, TAP", VXLAN4("noudpcsum")},
	[WIRE_VXLAN4_CSUM] = {"TAP, bridge, VXLAN device with checksum, TAP", VXLAN4("udpcsum")},
	[WIRE_VXLAN6] = {"TAP, bridge, VXLAN device over IPv6, TAP",
		VXLAN6("udp6zerocsumtx udp6zerocsumrx"), true},
	[WIRE_VXLAN6_CSUM] = {"TAP, bridge, VXLAN device over IPv6 with checksum, TAP",
		VXLAN6("noudp6zerocsumtx"), true},
};

static void
sysctl(const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, 1) != 1) /* a kernel without IPv6 has no such file */
		printf("%s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static int
open_tap(const char *name, short flags)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | flags};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		printf("/dev/net/tun: %s\n", strerror(errno));
		return -1;
	}
	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0 || ioctl(fd, TUNSETOFFLOAD, 0) < 0) {
		printf("TAP %s: %s\n", name, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

/* The kernel reads the tunnel fields of a header only from who would take them back. */
static int
long_headers(struct wire *w)
{
	unsigned int offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_UDP_TUNNEL_GSO |
				TUN_F_UDP_TUNNEL_GSO_CSUM;
	int size = sizeof(struct wire_hdr);

	if (ioctl(w->in, TUNSETVNETHDRSZ, &size) < 0) {
		printf("TUNSETVNETHDRSZ: %s\n", strerror(errno));
		return -1;
	}
	w->tunnels = ioctl(w->in, TUNSETOFFLOAD, offloads) == 0;
	return 0;
}

static int
configure(const struct topology *t, unsigned int mtu)
{
	FILE *ip = popen("ip -batch -", "w");

	if (ip == NULL)
		return -1;
	fprintf(ip, "link set cleave-in mtu %s up\n", MTU_IN);
	fprintf(ip, "link set cleave-out mtu %u up\n", mtu);
	fputs(t->commands, ip);
	return pclose(ip) == 0 ? 0 : -1;
}

struct build {
	struct wire *w;
	const struct topology *t;
	unsigned int mtu;
	int rc;
};

static void *
build(void *arg)
{
	struct build *b = arg;

	b->rc = TEST_SKIPPED;
	if (access("/dev/net/tun", R_OK | W_OK) < 0) {
		printf("skipped: /dev/net/tun: %s\n", strerror(errno));
		return NULL;
	}
	if (unshare(CLONE_NEWNET) < 0) {
		printf("skipped: no network namespace: %s\n", strerror(errno));
		return NULL;
	}
	b->rc = TEST_FAILED;
	sysctl("ipv4/ip_forward", "1");
	sysctl("ipv6/conf/all/disable_ipv6", "1");
	sysctl("ipv6/conf/default/disable_ipv6", "1");
	b->w->in = open_tap("cleave-in", IFF_VNET_HDR);
	b->w->out = open_tap("cleave-out", 0);
	if (b->w->in < 0 || b->w->out < 0 || long_headers(b->w) < 0)
		return NULL;
	if (b->t->ipv6)
		sysctl("ipv6/conf/cleave-out/disable_ipv6", "0");
	if (configure(b->t, b->mtu) < 0)
		printf("%s: not built (is ip of iproute2 there?)\n", b->t->name);
	else
		b->rc = TEST_SUCCESS;
	return NULL;
}

int
wire_open(struct wire *w, enum wire_kind kind, unsigned int mtu)
{
	struct build b = {.w = w, .t = &topologies[kind], .mtu = mtu};
	pthread_t thread;

	w->in = w->out = -1;
	if (pthread_create(&thread, NULL, build, &b) != 0)
		return TEST_FAILED;
	pthread_join(thread, NULL);
	if (b.rc != TEST_SUCCESS)
		wire_close(w);
	return b.rc;
}

void
wire_close(struct wire *w)
{
	if (w->in >= 0)
		close(w->in);
	if (w->out >= 0)
		close(w->out);
	w->in = w->out = -1;
}

const char *
wire_name(enum wire_kind kind)
{
	return topologies[kind].name;
}

int
wire_send(struct wire *w, const struct wire_hdr *h, const void *data, uint32_t len)
{
	struct iovec iov[2] = {
		{.iov_base = (void *)(uintptr_t)h, .iov_len = sizeof(*h)},
		{.iov_base = (void *)(uintptr_t)data, .iov_len = len},
	};

	return writev(w->in, iov, 2) == (ssize_t)(sizeof(*h) + len) ? 0 : -errno;
}

uint32_t
wire_recv(struct wire *w, uint8_t *buf, uint32_t max, int timeout_ms)
{
	struct pollfd p = {.fd = w->out, .events = POLLIN};
	ssize_t n;

	do {
		n = read(w->out, buf, max);
		if (n < 0 && errno == EAGAIN && poll(&p, 1, timeout_ms) > 0)
			n = read(w->out, buf, max);
	} while (n > 0 && (buf[0] & 1)); /* IGMP and MLD of the namespace's own */
	return n < 0 ? 0 : n;
}
