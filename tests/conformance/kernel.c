/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel's segments and ours, compared. Neighbours: kernel.h, wire.h.
 */
#include "kernel.h"

struct kernel_env kernel;

static struct wire wire = {.in = -1, .out = -1};
static uint8_t *frames; /* KERNEL_SEGS_MAX of KERNEL_FRAME_MAX bytes, as the kernel sent them */

int
kernel_open(enum wire_kind kind, unsigned int mtu)
{
	int rc;

	memset(&kernel, 0, sizeof(kernel));
	frames = malloc((size_t)KERNEL_SEGS_MAX * KERNEL_FRAME_MAX);
	if (frames == NULL || gso_setup() < 0)
		return TEST_FAILED;
	rc = wire_open(&wire, kind, mtu);
	if (rc == 0)
		printf("the kernel's way: %s of MTU %u\n", wire_name(kind), mtu);
	return rc;
}

void
kernel_close(void)
{
	printf("%u packets, %u segments compared\n", kernel.nb_packets, kernel.nb_segments);
	wire_close(&wire);
	free(frames);
	frames = NULL;
}

bool
kernel_tunnels(void)
{
	return wire.tunnels;
}

unsigned int
kernel_count(uint32_t payload, uint32_t mss)
{
	return payload <= mss ? 1 : (payload + mss - 1) / mss;
}

int
kernel_cut(const struct wire_hdr *h, const void *data, uint32_t len, unsigned int want)
{
	int rc = wire_send(&wire, h, data, len);
	unsigned int i;

	TEST_ASSERT_SUCCESS(rc, "the kernel does not take it: %s", strerror(-rc));
	TEST_ASSERT(want < KERNEL_SEGS_MAX, "%u segments", want);
	/* It is done when it returns from the write; a second is for a changed kernel. */
	for (i = 0; i <= want; i++) {
		uint8_t *f = frames + (size_t)i * KERNEL_FRAME_MAX;

		kernel.seg[i].data = f;
		kernel.seg[i].len = wire_recv(&wire, f, KERNEL_FRAME_MAX, i < want ? 1000 : 0);
		if (kernel.seg[i].len == 0)
			break;
	}
	kernel.nb = i;
	TEST_ASSERT_EQUAL(i, want, "the kernel made %s%u segments, not %u",
		i > want ? "more than " : "", RTE_MIN(i, want), want);
	return TEST_SUCCESS;
}

int
kernel_refuses(const struct wire_hdr *h, const void *data, uint32_t len)
{
	int rc = wire_send(&wire, h, data, len);

	while (wire_recv(&wire, frames, KERNEL_FRAME_MAX, 0) > 0)
		;
	return rc;
}

static int
compare(const struct pkt *p, struct rte_mbuf **out, unsigned int n)
{
	static uint8_t buf[KERNEL_FRAME_MAX];
	const struct cleave_pkt *w = &p->want;

	for (unsigned int i = 0; i < n; i++) {
		const struct check_frame *k = &kernel.seg[i];
		uint32_t len = mbuf_flat(out[i], buf, sizeof(buf)), at = 0;

		while (at < RTE_MIN(len, k->len) && buf[at] == k->data[at])
			at++;
		TEST_ASSERT(at == len && at == k->len,
			"segment %u of %u: %u bytes, the kernel's %u; byte %u (IP at %u, tunnel "
			"%u, IP %u, L4 %u) is %02x, the kernel's %02x",
			i, n, len, k->len, at, w->ip[0].off, w->tunnel_off, w->ip[1].off, w->l4_off,
			at < len ? buf[at] : 0, at < k->len ? k->data[at] : 0);
	}
	return TEST_SUCCESS;
}

static int
cut_here(const struct pkt *p, const struct cleave_gso_req *req, const uint16_t *pieces)
{
	static struct rte_mbuf *out[KERNEL_SEGS_MAX];
	struct cleave_pkt walk;
	struct gso_packet g;
	int n, rc = TEST_FAILED;

	TEST_ASSERT_SUCCESS(gso_packet(&g, p, GSO_PLAIN, pieces, 3), "no packet");
	TEST_ASSERT_SUCCESS(cleave_parse(g.m, &walk), "no walk");
	n = cleave_gso_segment(g.m, &walk, req, &gso.pools[0], out, KERNEL_SEGS_MAX);
	if (n < 0)
		gso_packet_drop(&g);
	if (n == (int)kernel.nb)
		rc = compare(p, out, n);
	else
		printf("cut into %d, the kernel made %u segments\n", n, kernel.nb);
	check_free(out, RTE_MAX(n, 0));
	return rc < 0 ? rc : gso_pools_full();
}

int
kernel_same(const struct pkt *p, const struct cleave_gso_req *req)
{
	static const uint16_t layouts[][3] = {{54, 1999, 1999}, {1, 1001, 1500}, {2000, 2000, 2000},
		{66, 333, 999}, {301, 7, 1448}};
	const uint16_t *pieces = layouts[kernel.nb_packets++ % RTE_DIM(layouts)];
	struct cleave_gso_req linear = *req;

	linear.flags |= CLEAVE_GSO_LINEAR;
	kernel.nb_segments += kernel.nb;
	if (cut_here(p, req, pieces) == 0 && cut_here(p, &linear, pieces) == 0)
		return TEST_SUCCESS;
	printf("type %u, mss %u, flags %x, pieces of %u, %u, %u ...\n", req->type, req->mss,
		req->flags, pieces[0], pieces[1], pieces[2]);
	return TEST_FAILED;
}

void
kernel_partial(struct pkt *p, uint8_t gso_type, uint16_t mss, struct wire_hdr *h)
{
	const struct cleave_pkt *w = &p->want;

	*h = (struct wire_hdr){
		.v.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.v.gso_type = gso_type,
		.v.hdr_len = w->hdr_len,
		.v.gso_size = mss,
		.v.csum_start = w->l4_off,
		.v.csum_offset = w->l4_proto == IPPROTO_TCP ? 16 : 6,
	};
	pkt_put16(p->data + w->l4_off + h->v.csum_offset,
		pkt_pseudo(p->data, cleave_inner_ip(w), w->l4_proto, w->l4_len + w->payload_len));
}

void
kernel_put_options(struct pkt *p)
{
	uint8_t *h = p->data + p->want.ip[0].off;

	/* router alert; a record route that is full; the end */
	memcpy(h + 20, "\x94\x04\x00\x00\x07\x07\x08\x0a\x0b\x0c\x0d\x00", 12);
	pkt_put16(h + 10, 0);
	pkt_put16(h + 10, ~pkt_sum(h, 32));
}

uint8_t
kernel_gso_type(const struct pkt_spec *s)
{
	if (s->proto == IPPROTO_UDP)
		return VIRTIO_NET_HDR_GSO_UDP_L4;
	return s->ip.version == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
}

void
kernel_vary(struct pkt_spec *s, unsigned int n)
{
	static const uint8_t flags[] = {CLEAVE_TCP_ACK, CLEAVE_TCP_ACK | CLEAVE_TCP_PSH,
		CLEAVE_TCP_ACK | CLEAVE_TCP_FIN | CLEAVE_TCP_PSH | CLEAVE_TCP_CWR,
		CLEAVE_TCP_ACK | CLEAVE_TCP_ECE | CLEAVE_TCP_CWR};

	s->tcp_flags = flags[n % RTE_DIM(flags)];
	s->tcp_opt = n % PKT_TCP_OPTS;
	s->seq = n * 0x01234567;
	s->ip.id = n % 3 ? n * 977 : 65535 - n % 4;
	s->ip.df = n % 2;
	s->ip.tos = n;
	s->outer.id = n % 5 ? n * 331 : 65535 - n % 8;
	s->outer.df = n / 2 % 2;
	s->outer.tos = n * 3;
	s->outer.ttl = 1 + n;
	s->seed = n + 1;
}
