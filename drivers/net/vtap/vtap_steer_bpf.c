/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the kernel runs for each frame that it is about to queue for the port: which queue (TUNSETSTEERINGEBPF),
 * and whether at all (TUNSETFILTEREBPF); and for frames of a remote interface. clang makes eBPF of it. Neighbours: vtap_steer.h,
 * vtap_steer.c, vtap_remote.c.
 */
#include <linux/bpf.h>
#include <linux/if_packet.h>

#include <bpf/bpf_helpers.h>

#include "vtap_steer.h"

#define TPID_VLAN 0x8100
#define TPID_QINQ 0x88a8
#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd

enum {
	HOP_BY_HOP = 0,
	ICMP = 1,
	TCP = 6,
	UDP = 17,
	ROUTING = 43,
	FRAGMENT = 44,
	ICMP6 = 58,
	DESTINATION = 60,
	SCTP = 132
};
#define EXTENSIONS_MAX 8

struct frame {
	struct vtap_headers h;
	__u32 kind;
};

struct vtap_steer steer;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VTAP_RULES);
	__type(key, __u32);
	__type(value, struct vtap_counter);
} counters SEC(".maps");

static __always_inline __u32
be16(const __u8 *p)
{
	return p[0] << 8 | p[1];
}

static __always_inline void
put16(__u8 *p, __u32 v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static __always_inline int
is_tag(__u32 type)
{
	return type == TPID_VLAN || type == TPID_QINQ;
}

/* Ethernet and tags. Returns the type of what is at *off, 0 if there is nothing. */
static __always_inline __u32
take_l2(struct __sk_buff *skb, struct vtap_headers *h, __u32 *off)
{
	__u32 tags = 0, type;

	if (bpf_skb_load_bytes(skb, 0, h->eth, sizeof(h->eth)) < 0)
		return 0;
	*off = sizeof(h->eth);
	type = be16(h->eth + 12);
	if (skb->vlan_present) {
		__u16 tpid = skb->vlan_proto; /* in network order */

		put16(h->vlan[0], skb->vlan_tci);
		put16(h->vlan[0] + 2, type);
		__builtin_memcpy(h->eth + 12, &tpid, sizeof(tpid));
		h->has = VTAP_HAS_VLAN;
		tags = 1;
	}
	if (tags == 0 && is_tag(type)) {
		if (bpf_skb_load_bytes(skb, *off, h->vlan[0], 4) < 0)
			return 0;
		*off += 4;
		type = be16(h->vlan[0] + 2);
		h->has = VTAP_HAS_VLAN;
		tags = 1;
	}
	if (tags == 1 && is_tag(type)) {
		if (bpf_skb_load_bytes(skb, *off, h->vlan[1], 4) < 0)
			return 0;
		*off += 4;
		type = be16(h->vlan[1] + 2);
		h->has |= VTAP_HAS_VLAN2;
		if (is_tag(type))
			h->has |= VTAP_HAS_VLANS;
	}
	return type;
}

/* What IP carries: where it is, and what; of a fragment, which. */
struct carried {
	__u32 off, proto;
	int is_fragment, is_later;
};

static __always_inline int
take_ipv4(struct __sk_buff *skb, struct vtap_headers *h, __u32 off, struct carried *c)
{
	__u32 len;

	if (bpf_skb_load_bytes(skb, off, h->l3, 20) < 0)
		return -1;
	len = (h->l3[0] & 15) * 4;
	if (h->l3[0] >> 4 != 4 || len < 20) {
		__builtin_memset(h->l3, 0, 20);
		return -1;
	}
	h->has |= VTAP_HAS_IPV4;
	c->off = off + len;
	c->proto = h->l3[9];
	c->is_fragment = (be16(h->l3 + 6) & 0x3fff) != 0;
	c->is_later = (be16(h->l3 + 6) & 0x1fff) != 0;
	return 0;
}

static __always_inline int
take_ipv6(struct __sk_buff *skb, struct vtap_headers *h, __u32 off, struct carried *c)
{
	if (bpf_skb_load_bytes(skb, off, h->l3, 40) < 0)
		return -1;
	if (h->l3[0] >> 4 != 6) {
		__builtin_memset(h->l3, 0, 40);
		return -1;
	}
	h->has |= VTAP_HAS_IPV6;
	c->off = off + 40;
	c->proto = h->l3[6];
	for (int i = 0; i < EXTENSIONS_MAX; i++) {
		__u8 e[4];

		if (c->proto != HOP_BY_HOP && c->proto != ROUTING && c->proto != DESTINATION &&
			c->proto != FRAGMENT)
			break;
		if (bpf_skb_load_bytes(skb, c->off, e, sizeof(e)) < 0)
			break;
		if (c->proto == FRAGMENT) {
			c->is_fragment = 1;
			c->is_later = (be16(e + 2) & 0xfff8) != 0;
			c->off += 8;
		} else {
			c->off += (e[1] + 1) * 8;
		}
		c->proto = e[0];
		if (c->is_later)
			break;
	}
	return 0;
}

/* Returns what kind of packet it is, within its version of IP. */
static __always_inline __u32
take_l4(struct __sk_buff *skb, struct vtap_headers *h, const struct carried *c)
{
	__u32 has = 0, kind = VTAP_OTHER, len;

	switch (c->proto) {
	case TCP:
		has = VTAP_HAS_TCP, len = 20, kind = VTAP_TCP;
		break;
	case UDP:
		has = VTAP_HAS_UDP, len = 8, kind = VTAP_UDP;
		break;
	case SCTP:
		has = VTAP_HAS_SCTP, len = 12, kind = VTAP_SCTP;
		break;
	case ICMP:
		has = h->has & VTAP_HAS_IPV4 ? VTAP_HAS_ICMP : 0, len = 8;
		break;
	case ICMP6:
		has = h->has & VTAP_HAS_IPV6 ? VTAP_HAS_ICMP6 : 0, len = 8;
		break;
	}
	if (has != 0 && !c->is_later) {
		if (len == 20	    ? bpf_skb_load_bytes(skb, c->off, h->l4, 20) == 0
			: len == 12 ? bpf_skb_load_bytes(skb, c->off, h->l4, 12) == 0
				    : bpf_skb_load_bytes(skb, c->off, h->l4, 8) == 0)
			h->has |= has;
		else
			kind = VTAP_OTHER;
	}
	return c->is_fragment ? VTAP_FRAG : kind;
}

/* Functions that the kernel checks once, whatever has gone before in those that call them: else it would
 * follow every way through all of them, and give up. To the kernel's mind their pointers may be NULL. */
#define CHECKED_APART __attribute__((noinline))

CHECKED_APART int
vtap_take(struct __sk_buff *skb, struct frame *f)
{
	struct carried c = {};
	__u32 off = 0, type;

	if (f == 0)
		return 0;
	type = take_l2(skb, &f->h, &off);
	if (type == TYPE_IPV4 && take_ipv4(skb, &f->h, off, &c) == 0)
		f->kind = take_l4(skb, &f->h, &c);
	else if (type == TYPE_IPV6 && take_ipv6(skb, &f->h, off, &c) == 0)
		f->kind = VTAP_KIND_IPV6 + take_l4(skb, &f->h, &c);
	return 0;
}

/* The number of the rule that decides, the last one's if all others leave it to that. If bytes is not 0,
 * rules count; else the frame is about to be steered, and none that drops it decides: while a rule is made
 * or destroyed, the filter may not know it yet, or not any more. */
CHECKED_APART int
vtap_find(const struct frame *f, __u32 bytes)
{
	const __u64 *mine = (const __u64 *)f;

	if (f == 0)
		return -1;
	for (__u32 i = 0; i <= VTAP_RULES && i < steer.nb_rules; i++) {
		struct vtap_rule *r = &steer.rules[i];
		__u64 differs = 0;

#pragma unroll
		for (__u32 w = 0; w < VTAP_HEADERS_WORDS; w++)
			differs |= (mine[w] ^ r->spec.word[w]) & r->mask.word[w];
		if (differs != 0)
			continue;
		if (bytes != 0 && r->counter != 0) {
			__u32 key = r->counter - 1;
			struct vtap_counter *c = bpf_map_lookup_elem(&counters, &key);

			if (c != 0) {
				__sync_fetch_and_add(&c->hits, 1);
				__sync_fetch_and_add(&c->bytes, bytes);
			}
		}
		if (r->verdict == VTAP_STEER || (r->verdict == VTAP_DROP && bytes != 0))
			return i;
	}
	return steer.nb_rules - 1;
}

/* As NICs do (Microsoft, RSS Hashing Functions): Toeplitz over addresses and ports in network order. */
CHECKED_APART __u32
vtap_toeplitz(const struct frame *f, __u32 what)
{
	__u8 tuple[VTAP_TUPLE] = {};
	__u32 hash = 0;

	if (f == 0 || what == VTAP_HASH_NOTHING)
		return 0;
	if (f->h.has & VTAP_HAS_IPV4) {
		__builtin_memcpy(tuple, f->h.l3 + 12, 8);
		if (what == VTAP_HASH_PORTS)
			__builtin_memcpy(tuple + 8, f->h.l4, 4);
	} else {
		__builtin_memcpy(tuple, f->h.l3 + 8, 32);
		if (what == VTAP_HASH_PORTS)
			__builtin_memcpy(tuple + 32, f->h.l4, 4);
	}
#pragma unroll
	for (int i = 0; i < VTAP_TUPLE; i++)
		hash ^= steer.toeplitz[i][tuple[i]];
	return hash;
}

/* The rule that decides about a frame, which is taken apart for that. */
static __always_inline struct vtap_rule *
decide(struct __sk_buff *skb, struct frame *f, __u32 bytes)
{
	__u64 i;

	vtap_take(skb, f);
	i = (__u32)vtap_find(f, bytes);
	if (i > VTAP_RULES)
		return 0;
	asm volatile("" : "+r"(i)); /* nothing is made of it before it is compared */
	return &steer.rules[i];
}

SEC("socket")
int
vtap_queue(struct __sk_buff *skb)
{
	struct frame f = {};
	const struct vtap_rule *r = decide(skb, &f, 0);

	if (r == 0 || f.kind >= VTAP_KINDS)
		return 0;
	return r->reta[vtap_toeplitz(&f, r->hash[f.kind]) % VTAP_RETA];
}

/* How much of the frame is to be queued: all of it, or nothing. */
SEC("socket")
int
vtap_filter(struct __sk_buff *skb)
{
	struct frame f = {};
	const __u32 len = skb->len + (skb->vlan_present ? 4 : 0);
	const struct vtap_rule *r = decide(skb, &f, len);

	return r != 0 && r->verdict == VTAP_DROP ? 0 : skb->len;
}

/* Of remote=: what the one interface receives is sent by the other, unless it is for neither of them (if
 * all is 0) and would have been dropped. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vtap_redirect);
} redirect SEC(".maps");

SEC("tc")
int
vtap_redirect(struct __sk_buff *skb)
{
	__u32 key = 0;
	const struct vtap_redirect *to = bpf_map_lookup_elem(&redirect, &key);

	if (to == 0 || (skb->pkt_type == PACKET_OTHERHOST && !to->all))
		return -1; /* as if this program were not there */
	return bpf_redirect(to->ifindex, 0);
}

char _license[] SEC("license") = "BSD";
