/* SPDX-License-Identifier: BSD-3-Clause
 *
 * remote=: another interface of the kernel is the port's wire. What that receives goes to the port and not to
 * the kernel, what the port sends leaves by it, super-packets as such: by a program of ours at the ingress
 * of both (tcx, Linux 6.6, which goes with this process; before that tc's clsact). Neighbours:
 * vtap_steer_bpf.c, vtap_link.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vtap.h"

#ifdef VTAP_BPF
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS of <linux/bpf.h> */

/* By tc, beside what others have there, and in place of what one of ours left there that was killed. */
#define TC_PRIORITY 0xc1ea
static int
attach_tc(struct vtap_redirection *r, int program)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = r->from, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = TC_PRIORITY, .prog_fd = program,
		.flags = BPF_TC_F_REPLACE);
	int rc = bpf_tc_hook_create(&hook);

	if (rc < 0 && rc != -EEXIST)
		return rc;
	rc = bpf_tc_attach(&hook, &opts);
	r->by_tc = rc == 0;
	return rc;
}

static void
detach_tc(struct vtap_redirection *r)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = r->from, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = TC_PRIORITY);

	if (r->by_tc)
		bpf_tc_detach(&hook, &opts);
	r->by_tc = false;
}

static int
attach(struct vtap_redirection *r, int program)
{
	r->link = bpf_link_create(program, r->from, TCX_INGRESS, NULL);
	return r->link >= 0 ? 0 : attach_tc(r, program);
}

static int
set(const struct vtap_redirection *r, bool all)
{
	const struct vtap_redirect to = {.ifindex = r->to, .all = all};
	const uint32_t key = 0;

	return bpf_map_update_elem(r->map, &key, &to, BPF_ANY) < 0 ? -errno : 0;
}

static int
begin(struct vtap_redirection *r, struct bpf_object *o, bool all)
{
	struct bpf_program *program = bpf_object__find_program_by_name(o, "vtap_redirect");
	struct bpf_map *map = bpf_object__find_map_by_name(o, "redirect");
	int rc;

	if (program == NULL || map == NULL)
		return -EINVAL;
	bpf_program__set_autoload(program, true);
	rc = bpf_object__load(o);
	if (rc < 0)
		return rc;
	r->map = fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 0);
	rc = r->map < 0 ? -errno : set(r, all);
	return rc < 0 ? rc : attach(r, bpf_program__fd(program));
}

static int
redirect(struct vtap_redirection *r, int from, int to, bool all)
{
	struct bpf_object *o = vtap_steer_object();
	int rc;

	if (o == NULL)
		return -errno;
	r->from = from;
	r->to = to;
	rc = begin(r, o, all);
	vtap_steer_done(o);
	return rc;
}

/* In the port's namespace. */
static int
join(struct vtap_port *port)
{
	struct vtap_remote *r = &port->remote;
	int rc;

	rc = redirect(&r->in, r->ifindex, port->ifindex, false);
	return rc < 0 ? rc : redirect(&r->out, port->ifindex, r->ifindex, true);
}

static int
part(struct vtap_port *port)
{
	detach_tc(&port->remote.in);
	detach_tc(&port->remote.out);
	return 0;
}

void
vtap_remote_all(struct vtap_port *port, bool all)
{
	if (port->remote.in.map >= 0)
		set(&port->remote.in, all);
}
#else
static int
join(struct vtap_port *port)
{
	return -ENOPKG;
}

static int
part(struct vtap_port *port)
{
	return 0;
}

void
vtap_remote_all(struct vtap_port *port, bool all)
{
}
#endif

/* An ioctl of the remote interface, which may have been renamed. */
static int
ask(const struct vtap_port *port, unsigned long what, struct ifreq *ifr)
{
	struct ifreq who = {.ifr_ifindex = port->remote.ifindex};

	if (ioctl(port->ctl, SIOCGIFNAME, &who) < 0)
		return -errno;
	memcpy(ifr->ifr_name, who.ifr_name, sizeof(ifr->ifr_name));
	return ioctl(port->ctl, what, ifr) < 0 ? -errno : 0;
}

int
vtap_remote_flags(const struct vtap_port *port, short set, short clear)
{
	struct ifreq ifr = {0};
	int rc;

	if (port->remote.ifindex == 0)
		return 0;
	rc = ask(port, SIOCGIFFLAGS, &ifr);
	if (rc < 0)
		return rc;
	ifr.ifr_flags = (ifr.ifr_flags | set) & ~clear;
	return ask(port, SIOCSIFFLAGS, &ifr);
}

bool
vtap_remote_runs(const struct vtap_port *port)
{
	const short runs = IFF_UP | IFF_RUNNING;
	struct ifreq ifr = {0};

	return port->remote.ifindex == 0 ||
	       (ask(port, SIOCGIFFLAGS, &ifr) == 0 && (ifr.ifr_flags & runs) == runs);
}

int
vtap_remote_mtu(const struct vtap_port *port, unsigned int mtu)
{
	struct ifreq ifr = {.ifr_mtu = mtu};

	return port->remote.ifindex != 0 ? ask(port, SIOCSIFMTU, &ifr) : 0;
}

int
vtap_remote_set_mac(const struct vtap_port *port, const struct rte_ether_addr *mac)
{
	struct ifreq ifr = {0};
	int rc;

	if (port->remote.ifindex == 0)
		return 0;
	rc = ask(port, SIOCGIFHWADDR, &ifr);
	/* some take none, not even their own, while they are up */
	if (rc < 0 || memcmp(ifr.ifr_hwaddr.sa_data, mac, sizeof(*mac)) == 0)
		return rc;
	memcpy(ifr.ifr_hwaddr.sa_data, mac, sizeof(*mac));
	return ask(port, SIOCSIFHWADDR, &ifr);
}

/* What is to be given back; and its address is the port's, if that has none. */
static int
adopt(struct vtap_port *port)
{
	struct vtap_remote *r = &port->remote;
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	strcpy(ifr.ifr_name, port->conf.remote);
	if (ioctl(port->ctl, SIOCGIFHWADDR, &ifr) < 0)
		return -errno;
	if (ifr.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return -EPFNOSUPPORT;
	memcpy(&r->mac, ifr.ifr_hwaddr.sa_data, sizeof(r->mac));
	if (ioctl(port->ctl, SIOCGIFMTU, &ifr) < 0)
		return -errno;
	r->mtu = ifr.ifr_mtu;
	if (ioctl(port->ctl, SIOCGIFFLAGS, &ifr) < 0)
		return -errno;
	r->flags = ifr.ifr_flags & VTAP_REMOTE_FLAGS;
	if (ioctl(port->ctl, SIOCGIFINDEX, &ifr) < 0)
		return -errno;
	if (ifr.ifr_ifindex == port->ifindex)
		return -EINVAL;
	if (!port->conf.has_mac)
		port->conf.mac = r->mac;
	port->conf.has_mac = true;
	r->ifindex = ifr.ifr_ifindex; /* from now on there is one */
	return 0;
}

static void
close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int
vtap_remote_open(struct vtap_port *port)
{
	int rc;

	port->remote.in.link = port->remote.out.link = -1;
	if (port->conf.remote[0] == '\0')
		return 0;
	rc = adopt(port);
	if (rc == 0)
		rc = vtap_tun_in_netns(port, join);
	if (rc < 0)
		VTAP_LOG(ERR, "remote=%s: %s", port->conf.remote,
			rc == -ENOPKG ? "built without clang or libbpf" : strerror(-rc));
	return rc;
}

/* It is again what it was. */
void
vtap_remote_leave(struct vtap_port *port)
{
	struct vtap_remote *r = &port->remote;

	if (r->ifindex == 0)
		return;
	if (r->in.by_tc || r->out.by_tc)
		vtap_tun_in_netns(port, part);
	close_one(&r->in.link);
	close_one(&r->out.link);
	vtap_remote_mtu(port, r->mtu);
	vtap_remote_set_mac(port, &r->mac);
	vtap_remote_flags(port, r->flags, VTAP_REMOTE_FLAGS & ~r->flags);
	r->ifindex = 0;
}

void
vtap_remote_close(struct vtap_port *port)
{
	if (port->conf.remote[0] == '\0')
		return;
	vtap_remote_leave(port);
	close_one(&port->remote.in.map);
	close_one(&port->remote.out.map);
}
