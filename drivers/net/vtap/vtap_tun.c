/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The TAP: made, with as many queues as the application uses, in the namespace that it shall be in; what
 * the kernel can, and what it may leave to us. Linux: Documentation/networking/tuntap.rst.
 * Neighbours: vtap_ethdev.c, vtap_link.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vtap.h"

#define TUN "/dev/net/tun"

#define USO (TUN_F_USO4 | TUN_F_USO6)

/* Something to be done by a thread that goes to the port's namespace, and ends. */
struct errand {
	struct vtap_port *port;
	int (*run)(struct vtap_port *port);
	int rc;
};

static void *
go(void *arg)
{
	struct errand *e = arg;

	if (e->port->netns >= 0 && setns(e->port->netns, CLONE_NEWNET) < 0) {
		e->rc = -errno;
		VTAP_LOG(ERR, "netns %s: %s", e->port->conf.netns, strerror(errno));
	} else {
		e->rc = e->run(e->port);
	}
	return NULL;
}

static int
apart(struct vtap_port *port, int (*run)(struct vtap_port *port))
{
	struct errand e = {.port = port, .run = run};
	pthread_t thread;
	int rc = pthread_create(&thread, NULL, go, &e);

	if (rc != 0)
		return -rc;
	pthread_join(thread, NULL);
	return e.rc;
}

int
vtap_tun_in_netns(struct vtap_port *port, int (*run)(struct vtap_port *port))
{
	return port->netns < 0 ? run(port) : apart(port, run);
}

static int
fail(const char *what, const char *why)
{
	int error = errno;

	VTAP_LOG(ERR, "%s: %s%s", what, strerror(error), why);
	return -error;
}

static const char *
why_no_interface(int error)
{
	switch (error) {
	case EPERM:
		return " (needs CAP_NET_ADMIN)";
	case EBUSY:
		return " (in use by somebody else)";
	case EINVAL:
		return " (an interface of another kind has that name)";
	default:
		return "";
	}
}

/* One more queue. The first one makes the interface, or takes one that was left behind. */
static int
open_queue(struct vtap_port *port)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE};
	int fd = open(TUN, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return fail(TUN, errno == ENOENT ? " (does this kernel have TUN/TAP?)"
				 : errno == EACCES || errno == EPERM ? " (no permission)"
								     : "");
	if (port->conf.napi)
		ifr.ifr_flags |= IFF_NAPI;
	strcpy(ifr.ifr_name, port->name);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
		int rc = fail(port->name, why_no_interface(errno));

		close(fd);
		return rc;
	}
	strcpy(port->name, ifr.ifr_name);
	port->fd[port->nb_fds++] = fd;
	/* what is sent waits for a thread: as much as a NIC's ring would hold, and no more */
	if (port->conf.napi && ioctl(fd, TUNSETSNDBUF, &(int){VTAP_NAPI_BYTES}) < 0)
		return fail("TUNSETSNDBUF", "");
	return 0;
}

/* Without persist=1, nothing of that name may be there, and with it nobody who has it: a second program
 * would share its packets. (A TAP runs if it is up and somebody has it.) */
static int
check_free(struct vtap_port *port)
{
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	strcpy(ifr.ifr_name, port->name);
	if (ioctl(port->ctl, SIOCGIFFLAGS, &ifr) < 0)
		return 0;
	if (!port->conf.persist) {
		VTAP_LOG(ERR, "%s: exists already (persist=1 takes a TAP that was left behind)",
			port->name);
		return -EEXIST;
	}
	if ((ifr.ifr_flags & IFF_UP) && (ifr.ifr_flags & IFF_RUNNING)) {
		VTAP_LOG(ERR, "%s: in use by somebody else", port->name);
		return -EBUSY;
	}
	return 0;
}

static void
close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int
open_ctl(struct vtap_port *port)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), old = port->ctl;

	if (fd < 0)
		return fail("socket", "");
	port->ctl = fd;
	close_one(&old);
	return 0;
}

static int
open_heard(void)
{
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int
open_first(struct vtap_port *port)
{
	int rc;

	rc = open_ctl(port);
	if (rc < 0)
		return rc;
	port->heard = open_heard();
	if (port->heard < 0)
		VTAP_LOG(WARNING, "no netlink socket (%s): links are only asked for",
			strerror(errno));
	rc = check_free(port);
	return rc < 0 ? rc : open_queue(port);
}

/* The longest header that the kernel knows, and all that it could leave to us. */
static int
ask_kernel(struct vtap_port *port)
{
	int fd = port->fd[0], little = 1, size = VTAP_HDR_TUNNEL;
	static const unsigned int more[] = {USO, VTAP_TUN_TUNNELS};

	if (ioctl(fd, TUNSETVNETLE, &little) < 0)
		return fail("TUNSETVNETLE", "");
	if (ioctl(fd, TUNSETOFFLOAD, VTAP_TUN_TSO) < 0)
		return fail("TUNSETOFFLOAD", "");
	port->can = VTAP_TUN_TSO;
	if (ioctl(fd, TUNSETVNETHDRSZ, &size) < 0)
		return fail("TUNSETVNETHDRSZ", "");
	for (unsigned int i = 0; i < RTE_DIM(more); i++)
		if (ioctl(fd, TUNSETOFFLOAD, VTAP_TUN_TSO | more[i]) == 0)
			port->can |= more[i];
	if (ioctl(fd, TUNSETPERSIST, port->conf.persist) < 0)
		return fail("TUNSETPERSIST", "");
	return vtap_tun_offload(port, 0);
}

/* The interface's threads are switched on in sysfs, which shows the namespace that it was mounted in. */
static int
start_threads(struct vtap_port *port)
{
	char path[64];
	int fd, rc = -1;

	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	while (umount2("/sys", MNT_DETACH) == 0)
		;
	if (mount("vtap", "/sys", "sysfs", 0, NULL) < 0)
		return -errno;
	snprintf(path, sizeof(path), "/sys/class/net/%s/threaded", port->name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		rc = write(fd, "1", 1);
		close(fd);
	}
	return rc == 1 ? 0 : -errno;
}

static void
set_threads(struct vtap_port *port)
{
	int rc = apart(port, start_threads);

	if (rc < 0)
		VTAP_LOG(WARNING, "%s: napi=1 without a thread of the kernel's own: %s", port->name,
			strerror(-rc));
}

static int
ask_index(struct vtap_port *port)
{
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	strcpy(ifr.ifr_name, port->name);
	if (ioctl(port->ctl, SIOCGIFINDEX, &ifr) < 0)
		return fail(port->name, "");
	port->ifindex = ifr.ifr_ifindex;
	return 0;
}

int
vtap_tun_open(struct vtap_port *port)
{
	int rc;

	port->netns = port->ctl = port->heard = port->steering.counters = -1;
	port->remote.in.map = port->remote.out.map = -1;
	strcpy(port->name, port->conf.iface);
	if (port->conf.netns[0] != '\0') {
		port->netns = open(port->conf.netns, O_RDONLY | O_CLOEXEC);
		if (port->netns < 0)
			return fail(port->conf.netns, " (netns)");
	}
	rc = vtap_tun_in_netns(port, open_first);
	if (rc == 0)
		rc = ask_kernel(port);
	if (rc == 0)
		rc = ask_index(port);
	if (rc == 0) {
		if (port->conf.napi)
			set_threads(port);
		vtap_steer_open(port);
		rc = vtap_remote_open(port);
	}
	if (rc < 0)
		vtap_tun_close(port);
	return rc;
}

void
vtap_tun_close(struct vtap_port *port)
{
	vtap_remote_close(port);
	vtap_steer_close(port);
	while (port->nb_fds > 0)
		close_one(&port->fd[--port->nb_fds]);
	close_one(&port->ctl);
	close_one(&port->heard);
	close_one(&port->netns);
}

int
vtap_tun_queues(struct vtap_port *port, uint16_t n)
{
	int rc = 0;

	while (port->nb_fds > n)
		close_one(&port->fd[--port->nb_fds]);
	while (port->nb_fds < n && rc == 0)
		rc = vtap_tun_in_netns(port, open_queue);
	return rc;
}

int
vtap_tun_offload(struct vtap_port *port, unsigned int flags)
{
	/* the tunnels' fields cost 14 bytes a packet */
	int size = flags & port->can & TUN_F_UDP_TUNNEL_GSO ? VTAP_HDR_TUNNEL : VTAP_HDR_SHORT;

	if (ioctl(port->fd[0], TUNSETVNETHDRSZ, &size) < 0)
		return fail("TUNSETVNETHDRSZ", "");
	port->hdr_len = size;
	return ioctl(port->fd[0], TUNSETOFFLOAD, flags & port->can) < 0 ? fail("TUNSETOFFLOAD", "")
									: 0;
}

static int
open_again(struct vtap_port *port)
{
	int rc = open_ctl(port);

	port->heard = open_heard();
	return rc < 0 ? rc : ask_index(port); /* the number may be taken there */
}

/* What is heard of the old namespace is the caller's to close. */
int
vtap_tun_follow(struct vtap_port *port)
{
	struct ifreq ifr;
	int fd;

	memset(&ifr, 0, sizeof(ifr));
	if (port->nb_fds == 0 || ioctl(port->fd[0], TUNGETIFF, &ifr) < 0)
		return -errno;
	fd = ioctl(port->fd[0], TUNGETDEVNETNS);
	if (fd < 0)
		return -errno;
	vtap_remote_leave(port);
	close_one(&port->netns);
	port->netns = fd;
	strcpy(port->name, ifr.ifr_name); /* the name may be taken there */
	VTAP_LOG(NOTICE, "%s: moved to another namespace", port->name);
	return vtap_tun_in_netns(port, open_again);
}
