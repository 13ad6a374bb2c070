/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The table of a guest's lies: in the virtio header, in the headers of the frame, in its length. Where a
 * packet is sound and only the virtio header is not, it may be cut all the same; where its own headers
 * contradict each other, it is dropped, or left alone if nothing is to be done on it. Neighbour:
 * guest_lies.h.
 */
#include <rte_common.h>

#include "cleave_tx.h"
#include "guest_lies.h"

static const struct pkt_spec tcp4 = {.ip = {.version = 4, .id = 7, .ttl = 64},
	.proto = IPPROTO_TCP,
	.tcp_flags = 0x18,
	.seq = 0xfffff000,
	.payload = 4001};
static const struct pkt_spec tcp6 = {
	.ip = {.version = 6, .ttl = 64}, .proto = IPPROTO_TCP, .tcp_flags = 0x18, .payload = 4001};
static const struct pkt_spec small4 = {.ip = {.version = 4, .id = 7, .ttl = 64},
	.proto = IPPROTO_TCP,
	.tcp_flags = 0x18,
	.payload = 501};
static const struct pkt_spec small6 = {
	.ip = {.version = 6, .ttl = 64}, .proto = IPPROTO_TCP, .tcp_flags = 0x18, .payload = 501};
static const struct pkt_spec udp4 = {
	.ip = {.version = 4, .id = 7, .ttl = 64}, .proto = IPPROTO_UDP, .payload = 4001};
static const struct pkt_spec udp4_small = {
	.ip = {.version = 4, .id = 7, .ttl = 64}, .proto = IPPROTO_UDP, .payload = 501};
static const struct pkt_spec vlan4 = {.nb_vlan = 1,
	.ip = {.version = 4, .id = 7, .ttl = 64},
	.proto = IPPROTO_TCP,
	.tcp_flags = 0x18,
	.payload = 4001};
static const struct pkt_spec no_ip = {.payload = 100};
static const struct pkt_spec vxlan = {.tunnel = PKT_TUNNEL_VXLAN,
	.outer = {.version = 4, .id = 3, .ttl = 64},
	.ip = {.version = 4, .id = 7, .ttl = 64},
	.proto = IPPROTO_TCP,
	.tcp_flags = 0x18,
	.payload = 4001};

/* Lies in the frame itself; IPv4 headers keep a right checksum. */
static void
ip4_sum(uint8_t *f)
{
	pkt_put16(f + 24, 0);
	pkt_put16(f + 24, ~pkt_sum(f + 14, 20));
}

static void
ip_longer(uint8_t *f)
{
	pkt_put16(f + 16, 65535);
	ip4_sum(f);
}

static void
ip_shorter(uint8_t *f)
{
	pkt_put16(f + 16, 300);
	ip4_sum(f);
}

static void
ip_half(uint8_t *f)
{
	pkt_put16(f + 16, 2340);
	ip4_sum(f);
}

static void
ip_shorter_than_headers(uint8_t *f)
{
	pkt_put16(f + 16, 39);
	ip4_sum(f);
}

static void
ip_zero(uint8_t *f)
{
	pkt_put16(f + 16, 0);
	ip4_sum(f);
}

static void
ihl_small(uint8_t *f)
{
	f[14] = 0x44;
}

static void
ihl_large(uint8_t *f)
{
	f[14] = 0x4f;
}

static void
version_six(uint8_t *f)
{
	f[14] = 0x65;
}

static void
ip6_longer(uint8_t *f)
{
	pkt_put16(f + 18, 65535);
}

static void
ip6_shorter(uint8_t *f)
{
	pkt_put16(f + 18, 300);
}

static void
offset_zero(uint8_t *f)
{
	f[46] = 0;
}

static void
offset_small(uint8_t *f)
{
	f[46] = 0x40;
}

static void
offset_large(uint8_t *f)
{
	f[46] = 0xf0;
}

static void
is_fragment(uint8_t *f)
{
	pkt_put16(f + 20, 0x2001);
	ip4_sum(f);
}

static void
udp_longer(uint8_t *f)
{
	pkt_put16(f + 38, 65535);
}

static void
udp_shorter(uint8_t *f)
{
	pkt_put16(f + 38, 9);
}

#define NEEDS VIRTIO_NET_HDR_F_NEEDS_CSUM
#define TCP4 VIRTIO_NET_HDR_GSO_TCPV4
#define TCP6 VIRTIO_NET_HDR_GSO_TCPV6
#define UFO VIRTIO_NET_HDR_GSO_UDP
#define USO 5 /* VIRTIO_NET_HDR_GSO_UDP_L4 of newer headers */
#define ECN VIRTIO_NET_HDR_GSO_ECN
#define HDR(flags, type, hdr_len, size, start, offset)                                             \
	{                                                                                          \
		flags, type, hdr_len, size, {{start, offset}}, 0                                   \
	}
#define SUPER4 HDR(NEEDS, TCP4, 54, 1000, 34, 16)
#define SUPER6 HDR(NEEDS, TCP6, 74, 1000, 54, 16)
#define ALL(fates)                                                                                 \
	{                                                                                          \
		fates, fates, fates                                                                \
	}
#define DROP(reason) FATE_DROP(CLEAVE_DROP_##reason)

/* The fates: checksums left to us, by the driver, legacy flags. */
const struct lie guest_lies[] = {
	{"a super-packet", &tcp4, SUPER4, ALL(CUT)},
	{"nothing", &small4, {0}, ALL(SAME)},
	{"nothing of IPv6", &small6, {0}, ALL(SAME)},
	{"nothing, though too long", &tcp4, {0}, ALL(CUT_MTU)},
	{"a checksum", &small4, HDR(NEEDS, 0, 0, 0, 34, 16), ALL(SUMMED)},
	{"a checksum of UDP", &udp4_small, HDR(NEEDS, 0, 0, 0, 34, 6), ALL(SUMMED)},
	{"a super-packet of IPv6", &tcp6, SUPER6, ALL(CUT)},
	{"a super-packet with a tag", &vlan4, HDR(NEEDS, TCP4, 58, 1000, 38, 16), ALL(CUT)},
	/* gso_size */
	{"gso_size 0", &tcp4, HDR(NEEDS, TCP4, 54, 0, 34, 16), {CUT_MTU, CUT_MTU, DROP(BAD_CKSUM)}},
	{"gso_size 0 of a small one", &small4, HDR(NEEDS, TCP4, 54, 0, 34, 16),
		{SUMMED, SUMMED, SAME}},
	{"gso_size 1", &tcp4, HDR(NEEDS, TCP4, 54, 1, 34, 16), ALL(DROP(TOO_MANY_SEGS) | CUT)},
	{"gso_size 1 of a small one", &small4, HDR(NEEDS, TCP4, 54, 1, 34, 16), ALL(CUT)},
	{"gso_size 65535", &tcp4, HDR(NEEDS, TCP4, 54, 65535, 34, 16), ALL(CUT_MTU)},
	{"gso_size 65535, IPv6", &tcp6, HDR(NEEDS, TCP6, 74, 65535, 54, 16), ALL(CUT_MTU)},
	{"gso_size longer than the frame", &small4, HDR(NEEDS, TCP4, 54, 502, 34, 16), ALL(SUMMED)},
	{"gso_size of all its payload", &small4, HDR(NEEDS, TCP4, 54, 501, 34, 16), ALL(SUMMED)},
	/* gso_type */
	{"no known kind", &tcp4, HDR(NEEDS, 9, 54, 1000, 34, 16),
		{CUT_MTU, CUT_MTU, DROP(BAD_CKSUM)}},
	{"no known kind, small", &small4, HDR(NEEDS, 9, 54, 100, 34, 16), {SUMMED, SUMMED, SAME}},
	{"ECN of nothing", &tcp4, HDR(NEEDS, ECN, 54, 1000, 34, 16),
		{CUT_MTU, CUT_MTU, DROP(BAD_CKSUM)}},
	{"ECN", &tcp4, HDR(NEEDS, TCP4 | ECN, 54, 1000, 34, 16), ALL(CUT)},
	{"UDP for TCP", &tcp4, HDR(NEEDS, UFO, 42, 1000, 34, 16),
		{CUT_MTU, CUT_MTU, DROP(BAD_CKSUM)}},
	{"TCP for UDP", &udp4, HDR(NEEDS, TCP4, 42, 1000, 34, 6), ALL(IN_FRAGMENTS)},
	{"TCP for UDP, small", &udp4_small, HDR(NEEDS, TCP4, 42, 100, 34, 6),
		{SUMMED, SUMMED, SAME}},
	{"segments of UDP", &udp4, HDR(NEEDS, USO, 42, 1000, 34, 6), ALL(IN_FRAGMENTS)},
	{"IPv6 for IPv4", &tcp4, HDR(NEEDS, TCP6, 54, 1000, 34, 16), ALL(CUT)},
	{"IPv4 for IPv6", &tcp6, HDR(NEEDS, TCP4, 74, 1000, 54, 16), ALL(CUT)},
	{"a kind of what has no IP", &no_ip, HDR(0, TCP4, 54, 1000, 34, 16), ALL(SAME)},
	{"no checksum, though cut", &tcp4, HDR(0, TCP4, 54, 1000, 0, 0), ALL(CUT)},
	/* csum_start, csum_offset */
	{"csum_start beyond the end", &small4, HDR(NEEDS, 0, 0, 0, 600, 16), ALL(SAME)},
	{"csum_start 65535", &tcp4, HDR(NEEDS, TCP4, 54, 1000, 65535, 16), ALL(DROP(BAD_CKSUM))},
	{"csum_start in the IP header", &small4, HDR(NEEDS, 0, 0, 0, 20, 16),
		{SUMMED, SUMMED, SAME}},
	{"csum_start in the IP header, cut", &tcp4, HDR(NEEDS, TCP4, 54, 1000, 20, 16),
		{CUT, CUT, DROP(BAD_CKSUM)}},
	{"csum_start 0", &tcp4, HDR(NEEDS, TCP4, 54, 1000, 0, 0), {CUT, CUT, DROP(BAD_CKSUM)}},
	{"csum_start odd", &tcp4, HDR(NEEDS, TCP4, 54, 1000, 35, 16), {CUT, CUT, DROP(BAD_CKSUM)}},
	{"csum_start in the payload", &tcp4, HDR(NEEDS, TCP4, 54, 1000, 1001, 16),
		{CUT, CUT, DROP(BAD_CKSUM)}},
	{"csum_offset 65535", &tcp4, HDR(NEEDS, TCP4, 54, 1000, 34, 65535),
		{CUT, CUT, DROP(BAD_CKSUM)}},
	{"csum_offset of UDP", &tcp4, HDR(NEEDS, TCP4, 54, 1000, 34, 6),
		{CUT, CUT, DROP(BAD_CKSUM)}},
	{"csum_offset of UDP, small", &small4, HDR(NEEDS, 0, 0, 0, 34, 6), {SUMMED, SUMMED, SAME}},
	{"a checksum of what has no IP", &no_ip, HDR(NEEDS, 0, 0, 0, 34, 16),
		{HANDED, HANDED, SAME}},
	{"a tunnel's inner checksum", &vxlan, HDR(NEEDS, TCP4, 104, 1000, 84, 16),
		ALL(CUT_MTU | DROP(BAD_CKSUM))},
	/* hdr_len, flags, num_buffers */
	{"hdr_len 0", &tcp4, HDR(NEEDS, TCP4, 0, 1000, 34, 16), ALL(CUT)},
	{"hdr_len 65535", &tcp4, HDR(NEEDS, TCP4, 65535, 1000, 34, 16), ALL(CUT)},
	{"all flags", &tcp4, HDR(0xff, TCP4, 54, 1000, 34, 16), ALL(CUT)},
	{"flags for devices, small", &small4, HDR(NEEDS | 2, 0, 0, 0, 34, 16),
		{SUMMED, SUMMED, SAME}},
	{"num_buffers 65535", &tcp4, {NEEDS, TCP4, 54, 1000, {{34, 16}}, 65535}, ALL(CUT)},
	/* headers of the frame */
	{"IP longer than the frame", &tcp4, SUPER4, ALL(DROP(MALFORMED)), ip_longer},
	{"IP of half the frame", &tcp4, SUPER4, ALL(AS_IT_SAYS), ip_half},
	{"IP shorter than the frame", &tcp4, SUPER4, ALL(AS_IT_SAYS), ip_shorter},
	{"IP shorter than its headers", &tcp4, SUPER4, ALL(DROP(MALFORMED)),
		ip_shorter_than_headers},
	{"IP of length 0", &tcp4, SUPER4, ALL(DROP(MALFORMED)), ip_zero},
	{"IP header of 16 bytes", &tcp4, SUPER4, ALL(DROP(MALFORMED)), ihl_small},
	{"IP header of 60 bytes", &tcp4, SUPER4, ALL(DROP(MALFORMED)), ihl_large},
	{"another version", &tcp4, SUPER4, ALL(DROP(MALFORMED)), version_six},
	{"IPv6 longer than the frame", &tcp6, SUPER6, ALL(DROP(MALFORMED)), ip6_longer},
	{"IPv6 shorter than the frame", &tcp6, SUPER6, ALL(AS_IT_SAYS), ip6_shorter},
	{"data offset 0", &tcp4, SUPER4, ALL(DROP(MALFORMED)), offset_zero},
	{"data offset 4", &tcp4, SUPER4, ALL(DROP(MALFORMED)), offset_small},
	{"data offset beyond the end", &tcp4, SUPER4, {SAME, SAME | HANDED, SAME}, offset_large,
		54},
	{"a super-packet that is a fragment", &tcp4, SUPER4,
		{IN_FRAGMENTS, IN_FRAGMENTS, DROP(BAD_REQUEST)}, is_fragment},
	/* frames that end early */
	{"0 bytes", &tcp4, SUPER4, ALL(NEVER), NULL, GUEST_NO_FRAME},
	{"14 bytes", &tcp4, SUPER4, ALL(SAME), NULL, 14},
	{"20 bytes", &tcp4, SUPER4, ALL(SAME), NULL, 20},
	{"33 bytes", &tcp4, SUPER4, ALL(SAME), NULL, 33},
	{"34 bytes", &tcp4, SUPER4, ALL(SAME), NULL, 34},
	{"53 bytes", &tcp4, SUPER4, {HANDED, HANDED, SAME}, NULL, 53},
	{"54 bytes", &tcp4, SUPER4, {SAME, HANDED, DROP(MALFORMED)}, NULL, 54},
	{"2000 bytes", &tcp4, SUPER4, ALL(DROP(MALFORMED)), NULL, 2000},
	/* UFO, which the old flags do not tell from a request for a datagram a segment */
	{"fragments of UDP", &udp4, HDR(NEEDS, UFO, 42, 1480, 34, 6),
		{IN_FRAGMENTS, IN_FRAGMENTS, WRONG}},
	/* the old flags are requests: one for a checksum goes to a port that makes them, unseen */
	{"a checksum of a fragment", &small4, HDR(NEEDS, 0, 0, 0, 34, 16),
		{HANDED, HANDED, DROP(MALFORMED) | DROP(UNSUPPORTED) | REFUSED}, is_fragment},
	{"small, IP longer than the frame", &small4, HDR(NEEDS, 0, 0, 0, 34, 16),
		{SAME, HANDED, DROP(MALFORMED) | REFUSED}, ip_longer},
	{"small, data offset 4", &small4, HDR(NEEDS, 0, 0, 0, 34, 16),
		{SAME, HANDED, DROP(MALFORMED) | REFUSED}, offset_small},
	{"small, IP shorter", &small4, HDR(NEEDS, 0, 0, 0, 34, 16),
		{AS_IT_SAYS, HANDED, AS_IT_SAYS | DROP(MALFORMED) | REFUSED}, ip_shorter},
	{"UDP longer than the frame", &udp4_small, HDR(NEEDS, 0, 0, 0, 34, 6),
		{SAME, HANDED, DROP(MALFORMED) | REFUSED}, udp_longer},
	{"UDP shorter than the frame", &udp4_small, HDR(NEEDS, 0, 0, 0, 34, 6),
		{AS_IT_SAYS, HANDED, AS_IT_SAYS | DROP(MALFORMED) | REFUSED}, udp_shorter},
	{"1 byte", &tcp4, SUPER4, ALL(DROP(MALFORMED)), NULL, 1},
	{"13 bytes", &tcp4, SUPER4, ALL(DROP(MALFORMED)), NULL, 13},
};

const unsigned int guest_nb_lies = RTE_DIM(guest_lies);
