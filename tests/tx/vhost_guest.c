/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The front end of a vhost-user socket, with no thread: requests are sent, and one that is answered is
 * waited for; who polls the port makes the rings move. Neighbour: vhost_guest.h.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/vhost_types.h>
#include <linux/virtio_config.h>
#include <rte_common.h>

#include "vhost_guest.h"

#define RING 256
#define GPA UINT64_C(0x40000000) /* where the guest sees its memory */
#define RING_BYTES 16384	 /* of each of the two */
#define SLOT_BYTES 81920	 /* a frame and its header */
#define SEND_SLOTS 8		 /* each has RING / 8 descriptors */
#define PIECES (RING / SEND_SLOTS)
#define RECV_SLOTS 128
#define SLOTS_AT (2 * RING_BYTES)
#define MEM_BYTES (SLOTS_AT + (SEND_SLOTS + RECV_SLOTS) * SLOT_BYTES)
#define WAIT_S 5

/* QEMU, docs/interop/vhost-user.rst */
enum request {
	GET_FEATURES = 1,
	SET_FEATURES = 2,
	SET_OWNER = 3,
	SET_MEM_TABLE = 5,
	SET_VRING_NUM = 8,
	SET_VRING_ADDR = 9,
	SET_VRING_BASE = 10,
	SET_VRING_KICK = 12,
	SET_VRING_CALL = 13,
};
#define VERSION 1
#define NO_FD 0x100

struct message {
	uint32_t request, flags, size;
	union {
		uint64_t u64;
		struct vhost_vring_state state;
		struct vhost_vring_addr addr;
		struct {
			uint32_t nb, padding;
			uint64_t gpa, size, uva, offset;
		} mem;
	} u;
} __rte_packed;

#define HEAD offsetof(struct message, u)

static int
ask(struct vhost_guest *g, enum request request, struct message *m, uint32_t size, int fd)
{
	struct iovec iov = {m, HEAD + size};
	char control[CMSG_SPACE(sizeof(fd))] = {0};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	m->request = request;
	m->flags = VERSION;
	m->size = size;
	if (fd >= 0) {
		struct cmsghdr *c;

		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	return sendmsg(g->sock, &msg, MSG_NOSIGNAL) == (ssize_t)(HEAD + size) ? 0 : -1;
}

/* What is answered is answered after all that was asked before is done. */
static int
get_features(struct vhost_guest *g)
{
	struct message m = {0};

	if (ask(g, GET_FEATURES, &m, 0, -1) < 0 ||
		recv(g->sock, &m, HEAD + 8, MSG_WAITALL) != (ssize_t)(HEAD + 8))
		return -1;
	g->offered = m.u.u64;
	return 0;
}

static int
set_ring(struct vhost_guest *g, unsigned int index, const struct vhost_ring *r)
{
	struct message m = {.u.state = {index, RING}};

	if (ask(g, SET_VRING_NUM, &m, sizeof(m.u.state), -1) < 0)
		return -1;
	m.u.state.num = 0;
	if (ask(g, SET_VRING_BASE, &m, sizeof(m.u.state), -1) < 0)
		return -1;
	m.u.addr = (struct vhost_vring_addr){
		.index = index,
		.desc_user_addr = (uintptr_t)r->desc,
		.used_user_addr = (uintptr_t)r->used,
		.avail_user_addr = (uintptr_t)r->avail,
	};
	if (ask(g, SET_VRING_ADDR, &m, sizeof(m.u.addr), -1) < 0)
		return -1;
	m.u.u64 = index | NO_FD;
	if (ask(g, SET_VRING_CALL, &m, sizeof(m.u.u64), -1) < 0)
		return -1;
	m.u.u64 = index | NO_FD;
	return ask(g, SET_VRING_KICK, &m, sizeof(m.u.u64), -1);
}

static uint64_t
gpa(const struct vhost_guest *g, const uint8_t *p)
{
	return GPA + (p - g->mem);
}

static uint8_t *
slot(const struct vhost_guest *g, unsigned int i)
{
	return g->mem + SLOTS_AT + i * SLOT_BYTES;
}

static void
lay_out(struct vhost_ring *r, uint8_t *at)
{
	r->desc = (struct vring_desc *)at;
	r->avail = (struct vring_avail *)(at + 4096);
	r->used = (struct vring_used *)(at + 8192);
	r->seen = 0;
}

static void
offer(struct vhost_ring *r, uint16_t head)
{
	const uint16_t idx = r->avail->idx;

	r->avail->ring[idx % RING] = head;
	__atomic_store_n(&r->avail->idx, (uint16_t)(idx + 1), __ATOMIC_RELEASE);
}

static int
make_memory(struct vhost_guest *g)
{
	g->fd = memfd_create("guest", MFD_CLOEXEC);
	if (g->fd < 0 || ftruncate(g->fd, MEM_BYTES) < 0)
		return -1;
	g->mem = mmap(NULL, MEM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, g->fd, 0);
	if (g->mem == MAP_FAILED)
		return -1;
	lay_out(&g->receives, g->mem);
	lay_out(&g->sends, g->mem + RING_BYTES);
	for (unsigned int i = 0; i < RECV_SLOTS; i++) {
		g->receives.desc[i] = (struct vring_desc){
			.addr = gpa(g, slot(g, SEND_SLOTS + i)),
			.len = SLOT_BYTES,
			.flags = VRING_DESC_F_WRITE,
		};
		offer(&g->receives, i);
	}
	return 0;
}

static int
dial(struct vhost_guest *g, const char *path)
{
	const struct timeval wait = {WAIT_S, 0};
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	g->sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (g->sock < 0 || strlen(path) >= sizeof(to.sun_path) ||
		setsockopt(g->sock, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0)
		return -1;
	strcpy(to.sun_path, path);
	return connect(g->sock, (struct sockaddr *)&to, sizeof(to));
}

int
vhost_guest_join(struct vhost_guest *g, const char *path, uint64_t features)
{
	struct message m = {0};

	*g = (struct vhost_guest){.sock = -1, .fd = -1, .mem = MAP_FAILED};
	if (make_memory(g) < 0 || dial(g, path) < 0 || get_features(g) < 0)
		goto err;
	features |= UINT64_C(1) << VIRTIO_F_VERSION_1;
	if ((features & ~g->offered) != 0)
		goto err;
	if (ask(g, SET_OWNER, &m, 0, -1) < 0)
		goto err;
	m.u.u64 = features;
	if (ask(g, SET_FEATURES, &m, sizeof(m.u.u64), -1) < 0)
		goto err;
	m.u.mem.nb = 1;
	m.u.mem.padding = 0;
	m.u.mem.gpa = GPA;
	m.u.mem.size = MEM_BYTES;
	m.u.mem.uva = (uintptr_t)g->mem;
	m.u.mem.offset = 0;
	if (ask(g, SET_MEM_TABLE, &m, sizeof(m.u.mem), g->fd) < 0)
		goto err;
	if (set_ring(g, 0, &g->receives) < 0 || set_ring(g, 1, &g->sends) < 0 ||
		get_features(g) < 0)
		goto err;
	return 0;
err:
	printf("the guest did not get on with the port, which offers %" PRIx64 "\n", g->offered);
	vhost_guest_leave(g);
	return -1;
}

void
vhost_guest_leave(struct vhost_guest *g)
{
	if (g->sock >= 0)
		close(g->sock);
	if (g->mem != MAP_FAILED && g->mem != NULL)
		munmap(g->mem, MEM_BYTES);
	if (g->fd >= 0)
		close(g->fd);
	*g = (struct vhost_guest){.sock = -1, .fd = -1, .mem = MAP_FAILED};
}

/* Forget what the port is done with. Frames that it is not done with. */
static uint16_t
unsent(struct vhost_ring *r)
{
	r->seen = __atomic_load_n(&r->used->idx, __ATOMIC_ACQUIRE);
	return r->avail->idx - r->seen;
}

int
vhost_guest_send(struct vhost_guest *g, const struct virtio_net_hdr_mrg_rxbuf *hdr,
	const void *frame, uint32_t len, const uint16_t *pieces, unsigned int nb_pieces)
{
	static const uint16_t header[] = {sizeof(*hdr)};
	struct vhost_ring *r = &g->sends;
	uint32_t left = sizeof(*hdr) + len, n = 0;
	uint16_t head = r->avail->idx % SEND_SLOTS * PIECES;
	uint8_t *at = slot(g, r->avail->idx % SEND_SLOTS);

	if (pieces == NULL) {
		pieces = header;
		nb_pieces = 1;
	}
	if (unsent(r) >= SEND_SLOTS - 1 || nb_pieces >= PIECES || left > SLOT_BYTES)
		return -1;
	memcpy(at, hdr, sizeof(*hdr));
	memcpy(at + sizeof(*hdr), frame, len);
	for (; n < nb_pieces || left > 0; n++) {
		uint32_t piece = n < nb_pieces ? RTE_MIN(pieces[n], left) : left;

		r->desc[head + n] = (struct vring_desc){
			.addr = gpa(g, at),
			.len = piece,
			.flags = VRING_DESC_F_NEXT,
			.next = head + n + 1,
		};
		at += piece;
		left -= piece;
	}
	r->desc[head + n - 1].flags = 0;
	offer(r, head);
	return 0;
}

void
vhost_guest_send_raw(struct vhost_guest *g, uint16_t head, const struct vring_desc desc[2])
{
	g->sends.desc[0] = desc[0];
	g->sends.desc[1] = desc[1];
	offer(&g->sends, head);
}

int
vhost_guest_take(
	struct vhost_guest *g, struct virtio_net_hdr_mrg_rxbuf *hdr, uint8_t frame[VHOST_FRAME_MAX])
{
	struct vhost_ring *r = &g->receives;
	const struct vring_used_elem *e = &r->used->ring[r->seen % RING];
	uint32_t len;

	if (__atomic_load_n(&r->used->idx, __ATOMIC_ACQUIRE) == r->seen)
		return 0;
	if (e->id >= RECV_SLOTS || e->len <= sizeof(*hdr) ||
		e->len > sizeof(*hdr) + VHOST_FRAME_MAX)
		return -1;
	len = e->len - sizeof(*hdr);
	memcpy(hdr, slot(g, SEND_SLOTS + e->id), sizeof(*hdr));
	memcpy(frame, slot(g, SEND_SLOTS + e->id) + sizeof(*hdr), len);
	r->seen++;
	offer(r, e->id);
	return len;
}
