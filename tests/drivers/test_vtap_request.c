/* SPDX-License-Identifier: BSD-3-Clause
 *
 * vtap_request_autotest: net_vtap's virtio headers. A request is completed here as the virtio
 * specification (5.1.6.2) tells the device to, and must come out as the frame that the builder made;
 * requests that do not fit their packet are refused; no packet is written to. Neighbours:
 * drivers/net/vtap/vtap_request.c, ../pkt.h.
 */
#include <rte_ethdev.h>

#include "../mbufs.h"
#include "../pkt.h"
#include "../test.h"
#include "vtap.h"

#define FRAME_MAX 4096

static struct rte_mempool *mp;

static int
setup(void)
{
	if (mp == NULL)
		mp = rte_pktmbuf_pool_create(
			"vtap_request", 255, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	TEST_ASSERT_NOT_NULL(mp, "no pool");
	return pkt_setup() == 0 ? TEST_SUCCESS : TEST_FAILED;
}

/* The frame without the checksums that are asked for. */
static void
spoil(uint8_t *p, const struct cleave_pkt *w, bool outer_cksum)
{
	for (unsigned int l = 0; l < w->nb_ip; l++)
		if (w->ip[l].version == 4)
			pkt_put16(p + w->ip[l].off + 10, 0x1234);
	pkt_put16(p + w->l4_off + (w->l4_proto == IPPROTO_TCP ? 16 : 6), 0x5678);
	if (outer_cksum)
		pkt_put16(p + w->tunnel_off + 6, 0x9abc);
}

/* All that can be asked for of a frame that is not to be cut. */
static void
ask(struct rte_mbuf *m, const struct cleave_pkt *w, bool outer_cksum)
{
	const struct cleave_ip *ip = cleave_inner_ip(w);

	m->ol_flags =
		w->l4_proto == IPPROTO_TCP ? RTE_MBUF_F_TX_TCP_CKSUM : RTE_MBUF_F_TX_UDP_CKSUM;
	m->ol_flags |=
		ip->version == 4 ? RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM : RTE_MBUF_F_TX_IPV6;
	m->l2_len = ip->off;
	m->l3_len = ip->len;
	m->l4_len = w->l4_len;
	if (w->nb_ip == 1)
		return;
	m->ol_flags |= cleave_tunnel_mbuf_flag(w->tunnel);
	m->ol_flags |= w->ip[0].version == 4
			       ? RTE_MBUF_F_TX_OUTER_IPV4 | RTE_MBUF_F_TX_OUTER_IP_CKSUM
			       : RTE_MBUF_F_TX_OUTER_IPV6;
	m->ol_flags |= outer_cksum ? RTE_MBUF_F_TX_OUTER_UDP_CKSUM : 0;
	m->outer_l2_len = w->l2_len;
	m->outer_l3_len = w->ip[0].len;
	m->l2_len = ip->off - w->tunnel_off;
}

/* What leaves: the headers of the request, then the packet; with the checksum that the kernel makes.
 * Its length. */
static uint32_t
complete(const struct rte_mbuf *m, const struct vtap_request *r, uint8_t *out)
{
	const uint32_t from = rte_le_to_cpu_16(r->hdr.v.csum_start);
	const uint32_t at = from + rte_le_to_cpu_16(r->hdr.v.csum_offset);
	uint8_t all[FRAME_MAX];
	uint32_t len;
	uint16_t sum;

	mbuf_flat(m, all, sizeof(all));
	memcpy(out, r->headers, r->len);
	memcpy(out + r->len, all + r->replaces, r->end - r->replaces);
	len = r->len + r->end - r->replaces;
	if (r->hdr.v.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		sum = ~pkt_sum(out + from, len - from);
		pkt_put16(out + at, sum != 0 ? sum : 0xffff);
	}
	return len;
}

static int
round_trip(const struct pkt_spec *s, uint16_t first, uint16_t vlan)
{
	static uint8_t asked[FRAME_MAX], out[FRAME_MAX], before[FRAME_MAX];
	const bool outer_cksum = s->tunnel != PKT_TUNNEL_NONE && s->tunnel_cksum;
	struct vtap_request r;
	struct rte_mbuf *m;
	struct pkt p;
	uint32_t len;

	TEST_ASSERT_SUCCESS(pkt_build(s, &p), "no frame");
	p.want.tunnel = pkt_row(s->tunnel);
	memcpy(asked, p.data, p.len);
	spoil(asked, &p.want, outer_cksum);
	m = mbuf_split(mp, asked, p.len, first);
	TEST_ASSERT_NOT_NULL(m, "no mbuf");
	ask(m, &p.want, outer_cksum);
	if (vlan != 0) {
		m->ol_flags |= RTE_MBUF_F_TX_VLAN;
		m->vlan_tci = vlan;
	}
	mbuf_flat(m, before, sizeof(before));
	TEST_ASSERT_SUCCESS(vtap_request_make(m, &r), "%s: refused", pkt_str(s));
	TEST_ASSERT(mbuf_is(m, before, p.len), "%s: the packet was written to", pkt_str(s));
	TEST_ASSERT_EQUAL(r.kind, VTAP_TX_CSUM, "%s: kind %u", pkt_str(s), r.kind);
	len = complete(m, &r, out);
	if (vlan != 0) {
		TEST_ASSERT(memcmp(out + 12, "\x81\0", 2) == 0 && pkt_be16(out + 14) == vlan,
			"%s: no tag", pkt_str(s));
		len -= RTE_VLAN_HLEN;
		memmove(out + 12, out + 16, len - 12);
	}
	TEST_ASSERT_EQUAL(len, p.len - s->pad, "%s: %u bytes, not %u", pkt_str(s), len, p.len);
	for (uint32_t i = 0; i < len; i++)
		TEST_ASSERT_EQUAL(out[i], p.data[i], "%s: byte %u is %02x, not %02x", pkt_str(s), i,
			out[i], p.data[i]);
	rte_pktmbuf_free(m);
	pkt_free(&p);
	return TEST_SUCCESS;
}

static int
test_plain(void)
{
	static const uint16_t firsts[] = {0, 15, 40, 60};

	for (unsigned int i = 0; i < 2 * 2 * RTE_DIM(firsts) * 3 * 3; i++) {
		struct pkt_spec s = {
			.ip = {.version = i % 2 ? 6 : 4, .ttl = 64, .id = i},
			.proto = i / 2 % 2 ? IPPROTO_UDP : IPPROTO_TCP,
			.tcp_flags = CLEAVE_TCP_ACK,
			.tcp_opt = i / 4 % 2 ? PKT_TCP_TS : PKT_TCP_PLAIN,
			.payload = 1 + i * 37 % 1000,
			.pad = i / 16 % 3 == 2 ? 7 : 0,
			.nb_vlan = i / 48,
			.seed = i,
		};

		if (round_trip(&s, firsts[i / 4 % RTE_DIM(firsts)], 0) < 0 ||
			round_trip(&s, firsts[i / 4 % RTE_DIM(firsts)], 0x2064) < 0)
			return TEST_FAILED;
	}
	return TEST_SUCCESS;
}

/* The outer checksum is over an inner one that is not there yet. */
static int
test_tunnels(void)
{
	unsigned int done = 0;

	for (unsigned int i = 0; pkt_tunnel_variant(i) != NULL; i++) {
		struct pkt_spec s = *pkt_tunnel_variant(i);

		if (pkt_row(s.tunnel) == CLEAVE_TUNNEL_NONE || pkt_remcsum(&s) ||
			s.tunnel == PKT_TUNNEL_GRE || s.tunnel >= PKT_TUNNEL_IPIP)
			continue;
		s.payload = 200 + i % 3;
		s.tcp_flags = CLEAVE_TCP_ACK;
		if (round_trip(&s, i % 5 * 30, 0) < 0)
			return TEST_FAILED;
		s.proto = IPPROTO_UDP;
		if (round_trip(&s, 0, 7) < 0)
			return TEST_FAILED;
		done++;
	}
	TEST_ASSERT(done > 50, "only %u variants", done);
	return TEST_SUCCESS;
}

/* A super-packet: what the kernel has to be told. */
static int
test_gso(void)
{
	for (unsigned int i = 0; i < 8; i++) {
		const struct pkt_spec s = {
			.ip = {.version = i % 2 ? 6 : 4, .ttl = 64},
			.proto = i / 2 % 2 ? IPPROTO_UDP : IPPROTO_TCP,
			.tcp_flags = CLEAVE_TCP_ACK | (i / 4 ? CLEAVE_TCP_CWR : 0),
			.payload = 1900,
		};
		const bool tcp = s.proto == IPPROTO_TCP;
		uint8_t type = !tcp    ? VIRTIO_NET_HDR_GSO_UDP_L4
			       : i % 2 ? VIRTIO_NET_HDR_GSO_TCPV6
				       : VIRTIO_NET_HDR_GSO_TCPV4;
		uint8_t out[FRAME_MAX];
		struct vtap_request r;
		struct rte_mbuf *m;
		struct pkt p;

		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		m = mbuf_split(mp, p.data, p.len, 100);
		TEST_ASSERT_NOT_NULL(m, "no mbuf");
		ask(m, &p.want, false);
		m->ol_flags |= tcp ? RTE_MBUF_F_TX_TCP_SEG : RTE_MBUF_F_TX_UDP_SEG;
		m->tso_segsz = 500;
		TEST_ASSERT_SUCCESS(vtap_request_make(m, &r), "%s: refused", pkt_str(&s));
		type |= tcp && i / 4 ? VIRTIO_NET_HDR_GSO_ECN : 0;
		TEST_ASSERT_EQUAL(
			r.hdr.v.gso_type, type, "%s: type %x", pkt_str(&s), r.hdr.v.gso_type);
		TEST_ASSERT(rte_le_to_cpu_16(r.hdr.v.gso_size) == 500 &&
				    rte_le_to_cpu_16(r.hdr.v.hdr_len) == p.want.hdr_len,
			"%s: size %u, headers %u", pkt_str(&s), r.hdr.v.gso_size, r.hdr.v.hdr_len);
		TEST_ASSERT_EQUAL(complete(m, &r, out), p.len, "%s: length", pkt_str(&s));
		TEST_ASSERT_BUFFERS_ARE_EQUAL(out, p.data, p.len, "%s: bytes", pkt_str(&s));
		rte_pktmbuf_free(m);
		pkt_free(&p);
	}
	return TEST_SUCCESS;
}

/* A way to ruin a request of TCP over IPv4 with 20 bytes of headers each. */
static const struct lie {
	const char *name;
	uint64_t set, clear; /* flags */
	int l2, l3, l4, mss; /* added to what is right */
	int at, byte;	     /* of the frame; 0: none */
} lies[] = {
	{"mss 0", RTE_MBUF_F_TX_TCP_SEG, 0, .mss = -500},
	{"TCP's length is another", RTE_MBUF_F_TX_TCP_SEG, 0, .l4 = 4},
	{"TCP's length is too short", RTE_MBUF_F_TX_TCP_SEG, 0, .l4 = -4},
	{"UDP's length is none", RTE_MBUF_F_TX_UDP_SEG, 0, .l4 = -20},
	{"IP's length is another", .l3 = 4},
	{"IP's length is none", .l3 = -20},
	{"no Ethernet header", .l2 = -14},
	{"headers beyond the frame", .l3 = 400, .l2 = 100},
	{"an SCTP checksum", RTE_MBUF_F_TX_SCTP_CKSUM, RTE_MBUF_F_TX_L4_MASK},
	{"IP says more than there is", .at = 16, .byte = 0x7f},
	{"IP says less than its header", .at = 17, .byte = 1},
	{"IPv4 of 24 bytes", .at = 14, .byte = 0x46},
	{"a tunnel without headers",
		RTE_MBUF_F_TX_TUNNEL_UDP | RTE_MBUF_F_TX_OUTER_IPV4 | RTE_MBUF_F_TX_TCP_SEG, 0},
};

static int
test_lies(void)
{
	const struct pkt_spec s = {.ip = {.version = 4, .ttl = 64},
		.proto = IPPROTO_TCP,
		.tcp_flags = CLEAVE_TCP_ACK,
		.payload = 180};

	for (unsigned int i = 0; i < RTE_DIM(lies); i++) {
		const struct lie *l = &lies[i];
		struct vtap_request r;
		struct rte_mbuf *m;
		struct pkt p;

		TEST_ASSERT_SUCCESS(pkt_build(&s, &p), "no frame");
		if (l->at != 0)
			p.data[l->at] = l->byte;
		if (l->at == 17)
			p.data[16] = 0;
		m = mbuf_split(mp, p.data, p.len, i % 2 ? 30 : 0);
		TEST_ASSERT_NOT_NULL(m, "no mbuf");
		ask(m, &p.want, false);
		m->ol_flags = (m->ol_flags & ~l->clear) | l->set;
		m->l2_len += l->l2;
		m->l3_len += l->l3;
		m->l4_len += l->l4;
		m->tso_segsz = 500 + l->mss;
		TEST_ASSERT_EQUAL(vtap_request_make(m, &r), -EINVAL, "%s: taken", l->name);
		rte_pktmbuf_free(m);
		pkt_free(&p);
	}
	TEST_ASSERT_EQUAL(rte_mempool_in_use_count(mp), 0, "mbufs lost");
	return TEST_SUCCESS;
}

static struct unit_test_suite suite = {
	.suite_name = "net_vtap: requests",
	.setup = setup,
	.unit_test_cases =
		{
			TEST_CASE(test_plain),
			TEST_CASE(test_tunnels),
			TEST_CASE(test_gso),
			TEST_CASE(test_lies),
			TEST_CASES_END(),
		},
};

static int
test_vtap_request(void)
{
	return unit_test_suite_runner(&suite);
}

REGISTER_FAST_TEST(vtap_request_autotest, NOHUGE_OK, ASAN_OK, test_vtap_request);
