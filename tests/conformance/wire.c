/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel as a segmentation engine. A thread of its own enters a new network namespace, builds
 * everything there and ends; the files of the TAPs keep the namespace. Neighbour: wire.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "test.h"
#include "wire.h"

#define BRIDGE "cleave-br"
#define MTU 9216

static void
no_ipv6(void)
{
	static const char *const files[] = {"/proc/sys/net/ipv6/conf/all/disable_ipv6",
		"/proc/sys/net/ipv6/conf/default/disable_ipv6"};

	for (unsigned int i = 0; i < RTE_DIM(files); i++) {
		int fd = open(files[i], O_WRONLY);

		if (fd < 0 || write(fd, "1", 1) != 1) /* a kernel without IPv6 has no such file */
			printf("%s: %s\n", files[i], strerror(errno));
		if (fd >= 0)
			close(fd);
	}
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

static int
bring_up(int sock, const char *name, bool port)
{
	struct ifreq ifr = {.ifr_mtu = MTU};

	strncpy(ifr.ifr_name, name, IFNAMSIZ - 1);
	if (port && ioctl(sock, SIOCSIFMTU, &ifr) < 0)
		return -1;
	if (ioctl(sock, SIOCGIFFLAGS, &ifr) < 0)
		return -1;
	ifr.ifr_flags |= IFF_UP | (port ? IFF_PROMISC : 0);
	return ioctl(sock, SIOCSIFFLAGS, &ifr);
}

static int
add_port(int sock, const char *name)
{
	struct ifreq ifr = {.ifr_ifindex = if_nametoindex(name)};

	strncpy(ifr.ifr_name, BRIDGE, IFNAMSIZ - 1);
	return bring_up(sock, name, true) < 0 ? -1 : ioctl(sock, SIOCBRADDIF, &ifr);
}

struct build {
	struct wire *w;
	int rc;
};

static void *
build(void *arg)
{
	struct build *b = arg;
	int sock;

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
	no_ipv6();
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	b->w->in = open_tap("cleave-in", IFF_VNET_HDR);
	b->w->out = open_tap("cleave-out", 0);
	if (sock >= 0 && b->w->in >= 0 && b->w->out >= 0) {
		if (ioctl(sock, SIOCBRADDBR, BRIDGE) < 0 || add_port(sock, "cleave-in") < 0 ||
			add_port(sock, "cleave-out") < 0 || bring_up(sock, BRIDGE, false) < 0)
			printf("bridge: %s\n", strerror(errno));
		else
			b->rc = TEST_SUCCESS;
	}
	if (sock >= 0)
		close(sock);
	return NULL;
}

int
wire_open(struct wire *w)
{
	struct build b = {.w = w};
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

int
wire_send(struct wire *w, const struct virtio_net_hdr *h, const void *data, uint32_t len)
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
	} while (n > 0 && (buf[0] & 1)); /* the bridge's own IGMP reports */
	return n < 0 ? 0 : n;
}
