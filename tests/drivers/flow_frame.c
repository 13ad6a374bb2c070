/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Frames for flow rules, from the RFCs: each header is written from numbers that are kept beside the frame,
 * so that nobody has to parse it to know what is in it. Neighbours: flow_test.h, flow_judge.c.
 */
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../pkt.h"
#include "flow_test.h"

#define ALL UINT64_MAX

const struct flow_header flow_headers[FLOW_KINDS] = {
	[FLOW_ETH] = {"eth", RTE_FLOW_ITEM_TYPE_ETH, sizeof(struct rte_flow_item_eth), 3,
		{{"dst", 0, 6, ALL}, {"src", 6, 6, ALL}, {"type", 12, 2, 0}}},
	[FLOW_VLAN] = {"vlan", RTE_FLOW_ITEM_TYPE_VLAN, sizeof(struct rte_flow_item_vlan), 2,
		{{"tci", 0, 2, 0x0fff}, {"inner_type", 2, 2, 0}}},
	[FLOW_IP4] = {"ipv4", RTE_FLOW_ITEM_TYPE_IPV4, sizeof(struct rte_flow_item_ipv4), 10,
		{{"version_ihl", 0, 1, 0}, {"tos", 1, 1, 0}, {"length", 2, 2, 0}, {"id", 4, 2, 0},
			{"fragment", 6, 2, 0}, {"ttl", 8, 1, 0}, {"proto", 9, 1, 0},
			{"checksum", 10, 2, 0}, {"src", 12, 4, ALL}, {"dst", 16, 4, ALL}}},
	[FLOW_IP6] = {"ipv6", RTE_FLOW_ITEM_TYPE_IPV6, sizeof(struct rte_flow_item_ipv6), 12,
		{{"vtc_flow", 0, 4, 0}, {"length", 4, 2, 0}, {"next", 6, 1, 0}, {"hops", 7, 1, 0},
			{"src0", 8, 4, ALL}, {"src1", 12, 4, ALL}, {"src2", 16, 4, ALL},
			{"src3", 20, 4, ALL}, {"dst0", 24, 4, ALL}, {"dst1", 28, 4, ALL},
			{"dst2", 32, 4, ALL}, {"dst3", 36, 4, ALL}}},
	[FLOW_TCP] = {"tcp", RTE_FLOW_ITEM_TYPE_TCP, sizeof(struct rte_flow_item_tcp), 9,
		{{"src", 0, 2, ALL}, {"dst", 2, 2, ALL}, {"seq", 4, 4, 0}, {"ack", 8, 4, 0},
			{"offset", 12, 1, 0}, {"flags", 13, 1, 0}, {"window", 14, 2, 0},
			{"checksum", 16, 2, 0}, {"urgent", 18, 2, 0}}},
	[FLOW_UDP] = {"udp", RTE_FLOW_ITEM_TYPE_UDP, sizeof(struct rte_flow_item_udp), 4,
		{{"src", 0, 2, ALL}, {"dst", 2, 2, ALL}, {"length", 4, 2, 0},
			{"checksum", 6, 2, 0}}},
	[FLOW_SCTP] = {"sctp", RTE_FLOW_ITEM_TYPE_SCTP, sizeof(struct rte_flow_item_sctp), 4,
		{{"src", 0, 2, ALL}, {"dst", 2, 2, ALL}, {"tag", 4, 4, 0}, {"checksum", 8, 4, 0}}},
	[FLOW_ICMP] = {"icmp", RTE_FLOW_ITEM_TYPE_ICMP, sizeof(struct rte_flow_item_icmp), 5,
		{{"type", 0, 1, ALL}, {"code", 1, 1, ALL}, {"checksum", 2, 2, 0}, {"id", 4, 2, 0},
			{"seq", 6, 2, 0}}},
	[FLOW_ICMP6] = {"icmp6", RTE_FLOW_ITEM_TYPE_ICMP6, sizeof(struct rte_flow_item_icmp6), 3,
		{{"type", 0, 1, ALL}, {"code", 1, 1, ALL}, {"checksum", 2, 2, 0}}},
};

static uint32_t
below(uint32_t n, uint32_t *seed)
{
	return pkt_rand(seed) % n;
}

/* Numbers for all fields, mostly from few, so that rules have something in common with several frames. */
static void
fill(struct flow_values *h, enum flow_kind kind, uint32_t *seed)
{
	h->kind = kind;
	for (unsigned int i = 0; i < flow_headers[kind].nb; i++) {
		const struct flow_field *f = &flow_headers[kind].fields[i];
		const uint64_t few[] = {0x0a0b0c0d0e0f, 0x060504030201, 0x02aa55c33c96, ALL, 0};
		uint64_t v = (uint64_t)pkt_rand(seed) << 32 | pkt_rand(seed);

		if (below(3, seed) > 0)
			v = few[below(RTE_DIM(few), seed)] + i;
		h->v[i] = f->bytes < 8 ? v & ((UINT64_C(1) << f->bytes * 8) - 1) : v;
	}
}

/* The numbers into the frame; where the header begins. */
static uint8_t *
put(struct flow_frame *f, const struct flow_values *h, unsigned int len)
{
	uint8_t *start = f->data + f->len;

	for (unsigned int i = 0; i < flow_headers[h->kind].nb; i++) {
		const struct flow_field *d = &flow_headers[h->kind].fields[i];

		for (unsigned int b = 0; b < d->bytes; b++)
			start[d->off + b] = h->v[i] >> 8 * (d->bytes - 1 - b);
	}
	f->len += len;
	return start;
}

static void
junk(struct flow_frame *f, unsigned int len, uint32_t *seed)
{
	while (len-- > 0)
		f->data[f->len++] = pkt_rand(seed);
}

static void
put_l2(struct flow_frame *f, uint16_t type, uint32_t *seed)
{
	uint64_t *last = &f->eth.v[2];
	unsigned int i;

	fill(&f->eth, FLOW_ETH, seed);
	/* what a bridge forwards: to no group of its own, from a station */
	if (f->eth.v[0] >> 24 == 0x0180c2)
		f->eth.v[0] = 0x020000000001;
	f->eth.v[1] = (f->eth.v[1] & ~(UINT64_C(1) << 40)) | UINT64_C(2) << 40;
	for (i = 0; i < f->nb_tags; i++) {
		fill(&f->tags[i], FLOW_VLAN, seed);
		*last = below(2, seed) ? 0x8100 : 0x88a8;
		last = &f->tags[i].v[1];
	}
	*last = type;
	put(f, &f->eth, 14);
	for (i = 0; i < f->nb_tags; i++)
		put(f, &f->tags[i], 4);
}

static uint16_t
l4_len(enum flow_kind kind)
{
	static const uint8_t lens[] = {[FLOW_TCP] = 20,
		[FLOW_UDP] = 8,
		[FLOW_SCTP] = 12,
		[FLOW_ICMP] = 8,
		[FLOW_ICMP6] = 4};

	return lens[kind];
}

static void
put_l4(struct flow_frame *f, bool there, uint32_t *seed)
{
	enum flow_kind kind = f->proto == IPPROTO_TCP	   ? FLOW_TCP
			      : f->proto == IPPROTO_UDP	   ? FLOW_UDP
			      : f->proto == IPPROTO_SCTP   ? FLOW_SCTP
			      : f->proto == IPPROTO_ICMP   ? FLOW_ICMP
			      : f->proto == IPPROTO_ICMPV6 ? FLOW_ICMP6
							   : FLOW_NONE;

	if (kind == FLOW_NONE || !there) {
		junk(f, 20, seed);
		return;
	}
	fill(&f->l4, kind, seed);
	if (kind == FLOW_TCP)
		f->l4.v[4] = (f->l4.v[4] & 15) | 0x50;
	put(f, &f->l4, l4_len(kind));
}

static void
put_ip4(struct flow_frame *f, uint32_t *seed)
{
	const unsigned int options = below(4, seed) ? 0 : below(11, seed) * 4;
	const uint16_t offset = f->fragment && below(2, seed) ? 1 + below(0x1fff, seed) : 0;

	fill(&f->ip, FLOW_IP4, seed);
	f->ip.v[0] = 0x45 + options / 4;
	f->ip.v[2] = 20 + options + 28; /* the payload's may be any: nobody checks */
	f->ip.v[4] = (f->ip.v[4] & 0xc000) | offset;
	if (f->fragment && (offset == 0 || below(2, seed)))
		f->ip.v[4] |= 0x2000;
	f->ip.v[6] = f->proto;
	put(f, &f->ip, 20);
	junk(f, options, seed);
	put_l4(f, offset == 0, seed);
}

/* Up to four extension headers, those that are to be walked. */
static void
put_ip6(struct flow_frame *f, uint32_t *seed)
{
	static const uint8_t walked[] = {IPPROTO_ROUTING, IPPROTO_DSTOPTS};
	const unsigned int nb = below(2, seed) ? 0 : below(4, seed) + 1;
	const unsigned int fragment = f->fragment ? below(nb + 1, seed) : UINT32_MAX;
	uint16_t offset = 0;
	uint8_t *next;

	fill(&f->ip, FLOW_IP6, seed);
	f->ip.v[0] = (f->ip.v[0] & 0xfffffff) | 6u << 28;
	f->ip.v[1] = 200;
	next = put(f, &f->ip, 40) + 6;
	for (unsigned int i = 0; i < nb + f->fragment && offset == 0; i++) {
		uint8_t *e = f->data + f->len, units = below(3, seed);

		if (i == fragment) {
			*next = IPPROTO_FRAGMENT;
			offset = below(2, seed) ? 1 + below(0x1fff, seed) : 0;
			junk(f, 8, seed);
			pkt_put16(e + 2, offset << 3 | below(2, seed));
		} else {
			*next = i == 0 && below(2, seed) ? IPPROTO_HOPOPTS : walked[below(2, seed)];
			junk(f, 8 + units * 8, seed);
			e[1] = units;
		}
		next = e;
	}
	*next = f->proto;
	f->ip.v[2] = f->data[14 + 4 * f->nb_tags + 6];
	put_l4(f, offset == 0, seed);
}

static void
finish(struct flow_frame *f, uint32_t serial)
{
	pkt_put32(f->data + f->len, serial);
	f->len += 4;
}

void
flow_frame_make(struct flow_frame *f, uint32_t serial, uint32_t *seed)
{
	static const uint8_t protos[] = {IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDP,
		IPPROTO_SCTP, IPPROTO_SCTP, 0, 50, 89, 255};
	const unsigned int what = below(16, seed), tags = below(8, seed);

	memset(f, 0, sizeof(*f));
	f->ip.kind = f->l4.kind = FLOW_NONE;
	f->nb_tags = tags < 4 ? 0 : tags < 6 ? 1 : tags < 7 ? 2 : FLOW_TAGS_MAX;
	f->fragment = below(6, seed) == 0;
	f->proto = protos[below(RTE_DIM(protos), seed)];
	if (f->proto == 0)
		f->proto = what < 8 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	put_l2(f, what < 8 ? 0x0800 : what < 15 ? 0x86dd : below(2, seed) ? 0x0806 : 0x88b5, seed);
	if (what < 8)
		put_ip4(f, seed);
	else if (what < 15)
		put_ip6(f, seed);
	else
		junk(f, 40, seed);
	junk(f, below(30, seed), seed);
	finish(f, serial);
	/* what is in a frame behind three tags, nobody sees */
	if (f->nb_tags > 2 || what == 15) {
		f->ip.kind = f->l4.kind = FLOW_NONE;
		f->fragment = false;
	}
	f->out_of_frame = f->nb_tags > 0 && below(2, seed);
}

void
flow_frame_tcp4(struct flow_frame *f, uint32_t serial, uint32_t src, uint32_t dst, uint16_t sport,
	uint16_t dport)
{
	memset(f, 0, sizeof(*f));
	f->proto = IPPROTO_TCP;
	f->eth = (struct flow_values){FLOW_ETH, {0x020000000001, 0x020000000002, 0x0800}};
	f->ip = (struct flow_values){
		FLOW_IP4, {0x45, 0, 44, 1, 0x4000, 64, IPPROTO_TCP, 0, src, dst}};
	f->l4 = (struct flow_values){FLOW_TCP, {sport, dport, 1, 1, 0x50, 0x10, 1000, 0, 0}};
	put(f, &f->eth, 14);
	put(f, &f->ip, 20);
	put(f, &f->l4, 20);
	finish(f, serial);
}

uint32_t
flow_frame_serial(const void *data, uint32_t len)
{
	return len < 4 ? UINT32_MAX : pkt_be32((const uint8_t *)data + len - 4);
}

static void
print(const struct flow_values *h)
{
	if (h->kind == FLOW_NONE)
		return;
	printf(" / %s", flow_headers[h->kind].name);
	for (unsigned int i = 0; i < flow_headers[h->kind].nb; i++)
		printf(" %s %" PRIx64, flow_headers[h->kind].fields[i].name, h->v[i]);
}

void
flow_frame_print(const struct flow_frame *f)
{
	printf("frame of %u%s%s", f->len, f->fragment ? ", fragment" : "",
		f->out_of_frame ? ", its tag out of it" : "");
	print(&f->eth);
	for (unsigned int i = 0; i < f->nb_tags; i++)
		print(&f->tags[i]);
	print(&f->ip);
	print(&f->l4);
	printf("\n ");
	for (unsigned int i = 0; i < f->len; i++)
		printf("%s%02x", i % 4 ? "" : " ", f->data[i]);
	printf("\n");
}
