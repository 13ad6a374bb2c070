/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The flow to which SEMANTICS.md part 3 counts a frame, as bytes to compare. Neighbours: gro_test.h,
 * gro_frames.c, gro_judge.c.
 */
#include "gro_test.h"

static void
key_put(struct gro_frame *f, const void *data, unsigned int len)
{
	if (f->key_len + len > GRO_KEY_MAX)
		abort(); /* the test is wrong */
	memcpy(f->key + f->key_len, data, len);
	f->key_len += len;
}

static void
tuple_put(struct gro_frame *f, const void *data, unsigned int len)
{
	if (f->tuple_len + len > GRO_TUPLE_MAX)
		abort();
	memcpy(f->tuple + f->tuple_len, data, len);
	f->tuple_len += len;
}

static void
key_tuple(struct gro_frame *f)
{
	const struct cleave_pkt *w = &f->p.want;

	f->tuple_len = 0;
	for (unsigned int l = 0; l < w->nb_ip; l++) {
		const uint8_t *h = f->p.data + w->ip[l].off;

		if (w->ip[l].version == 4)
			tuple_put(f, h + 12, 8);
		else
			tuple_put(f, h + 8, 32);
	}
	tuple_put(f, &w->l4_proto, 1);
	if (w->depth == CLEAVE_DEPTH_L4)
		tuple_put(f, f->p.data + w->l4_off, 4);
}

/* The extension headers but a Fragment header, which is the last one in these tests. */
static void
key_ext(struct gro_frame *f, const struct cleave_ip *ip)
{
	unsigned int at = f->key_len, last = 0, n = ip->len - 40;

	if (ip->flags & CLEAVE_IP_FRAGMENT)
		n -= 8;
	key_put(f, f->p.data + ip->off + 40, n);
	if (n == 0)
		return;
	for (unsigned int o = 0; o < n; o += 8 + f->key[at + o + 1] * 8)
		last = o;
	f->key[at + last] = ip->proto; /* what follows, a Fragment header or not */
}

/* An IP header's part. Returns false where nothing behind it is the flow's. */
static bool
key_ip(struct gro_frame *f, const struct cleave_ip *ip)
{
	const uint8_t *h = f->p.data + ip->off, *l4 = h + ip->len;
	uint8_t label[3] = {h[1] & 0x0f, h[2], h[3]};
	bool first;

	key_put(f, &ip->version, 1);
	key_put(f, &ip->proto, 1);
	if (ip->version == 4) {
		key_put(f, h + 12, 8);
		first = (pkt_be16(h + 6) & 0x1fff) == 0;
	} else {
		key_put(f, label, 3);
		key_put(f, h + 8, 32);
		key_ext(f, ip);
		first = (pkt_be16(l4 - 6) & 0xfff8) == 0;
	}
	if (!(ip->flags & CLEAVE_IP_FRAGMENT))
		return true;
	f->wild = true;
	if (first && (ip->proto == IPPROTO_TCP || ip->proto == IPPROTO_UDP))
		key_put(f, l4, 4);
	return false;
}

/* The tunnel's header but for lengths and checksums, and the inner Ethernet header. */
static void
key_tunnel(struct gro_frame *f)
{
	const struct cleave_pkt *w = &f->p.want;
	unsigned int at = f->key_len;

	key_put(f, f->p.data + w->tunnel_off, w->ip[1].off - w->tunnel_off);
	if (w->ip[0].proto == IPPROTO_UDP)
		memset(f->key + at + 4, 0, 4);
	if (w->tunnel_len != 0)
		memset(f->key + at + w->tunnel_len - w->tunnel_off, 0, 2);
	if (w->tunnel_cksum != 0)
		memset(f->key + at + w->tunnel_cksum - w->tunnel_off, 0, 2);
}

void
gro_key(struct gro_frame *f)
{
	const uint64_t vlan = RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED |
			      RTE_MBUF_F_RX_QINQ | RTE_MBUF_F_RX_QINQ_STRIPPED;
	const struct cleave_pkt *w = &f->p.want;
	uint64_t tags = f->ol_flags & vlan;

	key_tuple(f);
	f->key_len = 0;
	f->wild = false;
	if (f->stray) {
		key_put(f, &f, sizeof(f));
		return;
	}
	key_put(f, &f->port, sizeof(f->port));
	key_put(f, &tags, sizeof(tags));
	if (tags & RTE_MBUF_F_RX_VLAN_STRIPPED)
		key_put(f, &f->vlan_tci, sizeof(f->vlan_tci));
	if (tags & RTE_MBUF_F_RX_QINQ_STRIPPED)
		key_put(f, &f->vlan_tci_outer, sizeof(f->vlan_tci_outer));
	key_put(f, f->p.data, w->l2_len);
	for (unsigned int l = 0; l < w->nb_ip; l++) {
		if (!key_ip(f, &w->ip[l]))
			return;
		if (l == 0 && w->nb_ip == 2)
			key_tunnel(f);
	}
	if (w->depth == CLEAVE_DEPTH_L4)
		key_put(f, f->p.data + w->l4_off, 4);
}
