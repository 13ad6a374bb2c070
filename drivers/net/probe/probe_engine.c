/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The engine: makes the frames on the wire out of a checked request, as a NIC does. Every frame is
 * built from the request's bytes on its own, nothing is carried from one segment to the next.
 * Neighbours: probe_check.c found the headers, probe_outer.c looks at what was only copied,
 * probe_wire.c keeps the frames.
 */
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>

#include <rte_tcp.h>

#include "probe.h"

/* Frames of one request until all are made. */
struct frames {
	struct probe_node *first, **last;
	uint32_t n; /* how many it makes */
};

static void
ip_cksum(uint8_t *p, const struct probe_ip *ip)
{
	probe_put16(p + ip->off + 10, 0);
	probe_put16(p + ip->off + 10, (uint16_t)~probe_fold(probe_sum(p + ip->off, ip->len, 0)));
}

/* Finish a UDP checksum; 0 means that there is none, so its other form goes out (RFC 768). */
static void
udp_cksum(uint8_t *p, const struct probe_ip *ip, uint32_t l4, uint32_t l4_len)
{
	uint64_t sum = probe_pseudo(p, ip, IPPROTO_UDP, l4_len);
	uint16_t c;

	probe_put16(p + l4 + 6, 0);
	c = (uint16_t)~probe_fold(probe_sum(p + l4, l4_len, sum));
	probe_put16(p + l4 + 6, c != 0 ? c : UINT16_MAX);
}

/* The IP header of segment i of a frame that is len bytes long. */
static void
segment_ip(uint8_t *p, const struct probe_ip *ip, uint32_t len, uint32_t i)
{
	if (ip->version == 6) {
		probe_put16(p + ip->off + 4, len - ip->off - 40);
		return;
	}
	probe_put16(p + ip->off + 2, len - ip->off);
	probe_put16(p + ip->off + 4, probe_get16(p + ip->off + 4) + i);
	ip_cksum(p, ip);
}

/* The field holds the pseudo-header sum without a length: add the length and the bytes. */
static void
segment_tcp(uint8_t *p, const struct probe_req *r, uint32_t len, uint32_t i, bool last)
{
	uint8_t *tcp = p + r->l4;
	uint32_t l4_len = len - r->l4;

	probe_put32(tcp + 4, probe_get32(tcp + 4) + i * r->m->tso_segsz);
	if (i > 0)
		tcp[13] &= (uint8_t)~RTE_TCP_CWR_FLAG;
	if (!last)
		tcp[13] &= (uint8_t) ~(RTE_TCP_FIN_FLAG | RTE_TCP_PSH_FLAG);
	probe_put16(tcp + 16, (uint16_t)~probe_fold(probe_sum(tcp, l4_len, l4_len)));
}

static void
outer_udp(uint8_t *p, const struct probe_req *r, uint32_t len)
{
	uint32_t at = r->out.off + r->out.len;

	if (r->out.version == 0 || r->out.proto != IPPROTO_UDP)
		return;
	if (r->tso)
		probe_put16(p + at + 4, len - at);
	if (r->flags & RTE_MBUF_F_TX_OUTER_UDP_CKSUM)
		udp_cksum(p, &r->out, at, probe_get16(p + at + 4));
}

/* Inner first: the outer checksum covers finished bytes. */
static void
segment_patch(uint8_t *p, const struct probe_req *r, uint32_t len, uint32_t i, bool last)
{
	segment_ip(p, &r->ip, len, i);
	if (r->l4_proto == IPPROTO_TCP) {
		segment_tcp(p, r, len, i, last);
	} else {
		probe_put16(p + r->l4 + 4, len - r->l4);
		udp_cksum(p, &r->ip, r->l4, len - r->l4);
	}
	if (r->out.version != 0 && !r->opaque) {
		outer_udp(p, r, len);
		segment_ip(p, &r->out, len, i);
	}
}

/* Complete what a frame that is not cut asked for. Padding behind the IP packet does not count. */
static void
plain_patch(uint8_t *p, const struct probe_req *r)
{
	uint32_t l4_len = r->ip.total - r->ip.len, crc;

	if (r->l4_proto == IPPROTO_TCP) {
		probe_put16(p + r->l4 + 16, (uint16_t)~probe_fold(probe_sum(p + r->l4, l4_len, 0)));
	} else if (r->l4_proto == IPPROTO_UDP) {
		udp_cksum(p, &r->ip, r->l4, l4_len);
	} else if (r->l4_proto == IPPROTO_SCTP) {
		probe_put32(p + r->l4 + 8, 0);
		crc = probe_crc32c(p + r->l4, l4_len);
		probe_put32(p + r->l4 + 8, rte_bswap32(crc));
	}
	if (r->flags & RTE_MBUF_F_TX_IP_CKSUM)
		ip_cksum(p, &r->ip);
	if (r->opaque)
		return;
	outer_udp(p, r, r->len);
	if (r->flags & RTE_MBUF_F_TX_OUTER_IP_CKSUM)
		ip_cksum(p, &r->out);
}

/* A new frame with the first hdr bytes of the request and n more from offset `from`. */
static struct probe_node *
frame_new(struct frames *l, const struct probe_req *r, uint32_t hdr, uint32_t from, uint32_t n)
{
	/* Room for a tag to insert. */
	struct probe_node *node = probe_node_new(hdr + n + RTE_VLAN_HLEN);

	if (node == NULL)
		return NULL;
	memcpy(node->frame.data, r->p, hdr);
	memcpy(node->frame.data + hdr, r->p + from, n);
	node->frame.len = hdr + n;
	*l->last = node;
	l->last = &node->next;
	return node;
}

static enum rte_net_probe_reason
cut(struct frames *l, const struct probe_req *r)
{
	uint32_t mss = r->m->tso_segsz, hdr = r->payload, total = r->len - hdr, i;
	enum rte_net_probe_reason e = RTE_NET_PROBE_OK;
	struct probe_node *node;

	l->n = (total + mss - 1) / mss;
	for (i = 0; i < l->n && e == RTE_NET_PROBE_OK; i++) {
		uint32_t at = i * mss, part = RTE_MIN(mss, total - at);

		node = frame_new(l, r, hdr, hdr + at, part);
		if (node == NULL)
			return RTE_NET_PROBE_NO_MEMORY;
		segment_patch(node->frame.data, r, hdr + part, i, i == l->n - 1);
		node->frame.flags = RTE_NET_PROBE_F_ENGINE;
		if (r->opaque)
			node->frame.flags |= RTE_NET_PROBE_F_OPAQUE;
		e = probe_outer(r, node->frame.data, hdr + part, l->n);
	}
	return e;
}

static enum rte_net_probe_reason
pass(struct frames *l, const struct probe_req *r)
{
	struct probe_node *node = frame_new(l, r, r->len, r->len, 0);

	if (node == NULL)
		return RTE_NET_PROBE_NO_MEMORY;
	if (r->ip.version != 0 || r->out.version != 0) {
		plain_patch(node->frame.data, r);
		node->frame.flags = RTE_NET_PROBE_F_CKSUM;
	}
	l->n = 1;
	return RTE_NET_PROBE_OK;
}

static void
insert_vlan(struct rte_net_probe_frame *f, uint16_t tci)
{
	memmove(f->data + 16, f->data + 12, f->len - 12);
	probe_put16(f->data + 12, RTE_ETHER_TYPE_VLAN);
	probe_put16(f->data + 14, tci);
	f->len += RTE_VLAN_HLEN;
	f->flags |= RTE_NET_PROBE_F_VLAN;
}

static void
count(struct rte_net_probe_counters *c, const struct probe_req *r, uint32_t n)
{
	c->tx_frames += n;
	if (!r->tso) {
		c->tx_cksum += r->ip.version != 0 || r->out.version != 0;
		return;
	}
	c->tso_requests++;
	c->tso_tunnel += r->out.version != 0 && !r->opaque;
	c->tso_opaque += r->opaque;
	c->tso_single += n == 1;
	c->tso_segments += n;
}

/* Put the frames of a request on the wire; all of them, or none and the reason why. */
enum rte_net_probe_reason
probe_engine(struct probe_txq *q, struct probe_req *r)
{
	struct rte_net_probe_counters *c = &probe_queue_of_tx(q)->tx_counters;
	struct frames l = {.last = &l.first};
	enum rte_net_probe_reason e = r->tso ? cut(&l, r) : pass(&l, r);
	bool ok = e == RTE_NET_PROBE_OK;
	struct probe_node *node, *next;
	uint32_t i = 0;

	for (node = l.first; node != NULL; node = next) {
		struct rte_net_probe_frame *f = &node->frame;

		next = node->next;
		if (ok && r->flags & RTE_MBUF_F_TX_VLAN)
			insert_vlan(f, r->m->vlan_tci);
		f->request = q->next_request;
		f->segment = i++;
		f->nb_segments = l.n;
		f->ol_flags = r->flags;
		f->nb_mbufs = r->m->nb_segs;
		f->tso_segsz = r->m->tso_segsz;
		f->vlan_tci = r->m->vlan_tci;
		if (ok)
			c->tx_bytes += f->len;
		if (ok && q->port->conf.record == PROBE_KEEP) {
			probe_wire_put(&q->wire, node);
		} else {
			free(f->data);
			free(node);
		}
	}
	if (ok)
		count(c, r, l.n);
	return e;
}
