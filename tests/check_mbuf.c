/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The judge of segmentation, for mbufs: chains, flags, lengths, metadata; the bytes go to check.c.
 * Neighbours: check.h, mbufs.h.
 */
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf_dyn.h>

#include "check.h"
#include "expect.h"
#include "mbufs.h"
#include "model.h"

/* Flags of the input that describe the wire or the flow and so hold of every segment. */
#define CARRIED                                                                                    \
	(RTE_MBUF_F_TX_VLAN | RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED |                   \
		RTE_MBUF_F_RX_RSS_HASH)
#define DYNFIELD 0x0123456789abcdef
/* Bytes of a buffer that are spoilt before it is freed: headers that were right once do not help. */
#define POISON 1024
#define TIMESTAMP 0xfedcba9876543210

static int dynfield = -1, dynflag = -1, timestamp = -1;
static uint64_t timestamp_flag;

int
check_meta_set(struct rte_mbuf *m, struct check_meta *meta)
{
	static const struct rte_mbuf_dynfield field = {
		.name = "cleave_test_field", .size = 8, .align = 8};
	static const struct rte_mbuf_dynflag flag = {.name = "cleave_test_flag"};

	if (dynfield < 0)
		dynfield = rte_mbuf_dynfield_register(&field);
	if (dynflag < 0)
		dynflag = rte_mbuf_dynflag_register(&flag);
	if (timestamp < 0 && rte_mbuf_dyn_rx_timestamp_register(&timestamp, &timestamp_flag) < 0)
		return -1;
	if (dynfield < 0 || dynflag < 0)
		return -1;
	m->ol_flags |= CARRIED | RTE_BIT64(dynflag) | timestamp_flag;
	m->port = 7;
	m->vlan_tci = 0x6123;
	m->vlan_tci_outer = 0x2345;
	m->hash.rss = 0xdeadbeef;
	m->hash.fdir.hi = 0x01020304;
	*RTE_MBUF_DYNFIELD(m, dynfield, uint64_t *) = DYNFIELD;
	*RTE_MBUF_DYNFIELD(m, timestamp, uint64_t *) = TIMESTAMP;
	*meta = (struct check_meta){
		.ol_flags = CARRIED | RTE_BIT64(dynflag) | timestamp_flag,
		.dynfield = DYNFIELD,
		.timestamp = TIMESTAMP,
		.vlan_tci = m->vlan_tci,
		.vlan_tci_outer = m->vlan_tci_outer,
		.port = m->port,
	};
	memcpy(&meta->hash, &m->hash, 8);
	return 0;
}

int
check_carried(
	const struct check_meta *meta, const struct rte_mbuf *m, unsigned int i, unsigned int nb)
{
	EXPECT((m->ol_flags & meta->ol_flags) == meta->ol_flags, "flags %lx lost",
		meta->ol_flags & ~m->ol_flags);
	EXPECT(m->port == meta->port, "port %u", m->port);
	EXPECT(m->vlan_tci == meta->vlan_tci, "vlan_tci %x", m->vlan_tci);
	EXPECT(m->vlan_tci_outer == meta->vlan_tci_outer, "vlan_tci_outer %x", m->vlan_tci_outer);
	EXPECT(memcmp(&m->hash, &meta->hash, 8) == 0, "hash %x", m->hash.rss);
	EXPECT(*RTE_MBUF_DYNFIELD(m, dynfield, const uint64_t *) == meta->dynfield,
		"dynamic field");
	EXPECT(*RTE_MBUF_DYNFIELD(m, timestamp, const uint64_t *) == meta->timestamp, "timestamp");
	return 0;
}

/* The flags that say what the port computes, as the request has them. */
static uint64_t
want_flags(const struct model *w, const struct cleave_ip *ip)
{
	const struct cleave_gso_req *req = w->req;
	uint64_t flags = 0;

	if (w->flags & CLEAVE_GSO_HW_IP_CKSUM && ip->version == 4)
		flags |= RTE_MBUF_F_TX_IP_CKSUM;
	if (w->flags & CLEAVE_GSO_HW_L4_CKSUM && req->type != CLEAVE_GSO_FRAGMENT &&
		!(w->at.tunnel_flags & CLEAVE_TUNNEL_F_REMCSUM))
		flags |= w->at.l4_proto == IPPROTO_TCP	 ? RTE_MBUF_F_TX_TCP_CKSUM
			 : w->at.l4_proto == IPPROTO_UDP ? RTE_MBUF_F_TX_UDP_CKSUM
							 : RTE_MBUF_F_TX_SCTP_CKSUM;
	return flags;
}

/* What the port is told, and whether the lengths that it then needs are right. */
static int
check_offload(const struct model *w, const struct rte_mbuf *m, unsigned int i, unsigned int nb)
{
	const uint64_t never = RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG | RTE_MBUF_F_RX_LRO |
			       RTE_MBUF_F_TX_TUNNEL_MASK | RTE_MBUF_F_TX_OUTER_IP_CKSUM |
			       RTE_MBUF_F_TX_OUTER_UDP_CKSUM;
	const uint64_t cksum = RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_IP_CKSUM;
	unsigned int last = w->req->type == CLEAVE_GSO_FRAGMENT ? 0 : w->at.nb_ip - 1;
	const struct cleave_ip *ip = &w->at.ip[last];
	uint64_t want = want_flags(w, ip);

	EXPECT((m->ol_flags & never) == 0, "flags of a request or a tunnel are left: %lx",
		m->ol_flags & never);
	EXPECT((m->ol_flags & cksum) == want, "checksum flags %lx, not %lx", m->ol_flags & cksum,
		want);
	if (want == 0)
		return 0;
	EXPECT(!!(m->ol_flags & RTE_MBUF_F_TX_IPV4) == (ip->version == 4) &&
			!!(m->ol_flags & RTE_MBUF_F_TX_IPV6) == (ip->version == 6),
		"IP version flags %lx", m->ol_flags);
	EXPECT(m->l2_len == ip->off && m->l3_len == ip->len, "l2_len %u, l3_len %u, not %u, %u",
		m->l2_len, m->l3_len, ip->off, ip->len);
	EXPECT(!(want & RTE_MBUF_F_TX_L4_MASK) || m->l4_len == w->at.l4_len, "l4_len %u",
		m->l4_len);
	EXPECT(rte_validate_tx_offload(m) == 0, "rte_validate_tx_offload refuses it");
	return 0;
}

/* Whether its data is in the mbuf's own buffer, or that of a pool with pinned ones. */
static bool
owns_data(const struct rte_mbuf *m)
{
	if (RTE_MBUF_HAS_PINNED_EXTBUF(m))
		return true;
	return m->buf_addr == rte_mbuf_to_baddr((struct rte_mbuf *)(uintptr_t)m);
}

int
check_sound(const struct rte_mbuf *m, unsigned int i, unsigned int nb)
{
	const char *why = "";

	EXPECT(rte_mbuf_check(m, 1, &why) == 0, "%s", why);
	for (const struct rte_mbuf *p = m; p != NULL; p = p->next) {
		bool own = owns_data(p);

		/* (known fault 1 of SEMANTICS.md part 4: marks copied onto mbufs that are direct) */
		EXPECT(!RTE_MBUF_CLONED(p) || !own, "a direct mbuf is marked INDIRECT");
		EXPECT(!RTE_MBUF_HAS_EXTBUF(p) || !own || RTE_MBUF_HAS_PINNED_EXTBUF(p),
			"a direct mbuf is marked EXTERNAL");
		EXPECT(RTE_MBUF_CLONED(p) || RTE_MBUF_HAS_EXTBUF(p) || own,
			"foreign data in an mbuf that is marked direct");
	}
	return 0;
}

/* Any driver can take the chain, and any consumer may write to the headers. */
static int
check_chain(const struct model *w, const struct rte_mbuf *m, unsigned int i, unsigned int nb)
{
	const struct cleave_gso_req *req = w->req;
	const struct cleave_ip *ip = &w->at.ip[0];
	uint32_t hdr = req->type != CLEAVE_GSO_FRAGMENT ? w->at.hdr_len
		       : ip->version == 4		? ip->off + ip->len
							: ip->off + 40;

	if (check_sound(m, i, nb) < 0)
		return -1;
	EXPECT(m->data_len >= RTE_MIN(hdr, m->pkt_len), "%u bytes in the first mbuf, headers of %u",
		m->data_len, hdr);
	EXPECT(req->max_pieces == 0 || m->nb_segs <= req->max_pieces, "%u mbufs, at most %u",
		m->nb_segs, req->max_pieces);
	EXPECT(!(req->flags & CLEAVE_GSO_LINEAR) || m->nb_segs == 1, "%u mbufs, not linear",
		m->nb_segs);
	EXPECT(!RTE_MBUF_CLONED(m), "header mbuf is INDIRECT: %lx", m->ol_flags);
	EXPECT(rte_mbuf_refcnt_read(m) == 1 &&
			(!RTE_MBUF_HAS_EXTBUF(m) || rte_mbuf_ext_refcnt_read(m->shinfo) == 1),
		"header mbuf is shared");
	for (const struct rte_mbuf *p = m; nb > 1 && p != NULL; p = p->next)
		EXPECT(p->data_len > 0, "an empty mbuf in the chain");
	return 0;
}

int
check_mbufs(const struct check_in *in, const struct cleave_gso_req *req,
	const struct check_meta *meta, struct rte_mbuf **seg, unsigned int nb)
{
	struct check_frame *f = calloc(nb, sizeof(*f));
	int rc = f == NULL ? -1 : 0;
	struct model w;
	unsigned int i;

	model_init(&w, in, req);
	for (i = 0; i < nb && rc == 0; i++) {
		uint8_t *buf = malloc(seg[i]->pkt_len + 1);

		f[i].data = buf;
		f[i].len = seg[i]->pkt_len;
		if (buf == NULL || check_chain(&w, seg[i], i, nb) < 0 ||
			check_offload(&w, seg[i], i, nb) < 0 ||
			(meta != NULL && check_carried(meta, seg[i], i, nb) < 0))
			rc = -1;
		else
			mbuf_flat(seg[i], buf, f[i].len);
	}
	if (rc == 0)
		rc = check_frames(in, req, f, nb);
	for (i = 0; f != NULL && i < nb; i++)
		free((void *)(uintptr_t)f[i].data);
	free(f);
	return rc;
}

void
check_free(struct rte_mbuf **seg, unsigned int nb)
{
	for (unsigned int i = 0; i < nb; i++) {
		for (struct rte_mbuf *m = seg[i]; m != NULL; m = m->next)
			if (RTE_MBUF_DIRECT(m) && rte_mbuf_refcnt_read(m) == 1)
				memset(m->buf_addr, 0xa5, RTE_MIN(m->buf_len, POISON));
		rte_pktmbuf_free(seg[i]);
	}
}
