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
#include "pkt.h"

/* Flags of the input that describe the wire or the flow and so hold of every segment. */
#define CARRIED                                                                                    \
	(RTE_MBUF_F_TX_VLAN | RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED |                   \
		RTE_MBUF_F_RX_RSS_HASH)

static int dynfield = -1, dynflag = -1;

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
	if (dynfield < 0 || dynflag < 0)
		return -1;
	m->ol_flags |= CARRIED | RTE_BIT64(dynflag);
	m->port = 7;
	m->vlan_tci = 0x6123;
	m->vlan_tci_outer = 0x2345;
	m->hash.rss = 0xdeadbeef;
	m->hash.fdir.hi = 0x01020304;
	*RTE_MBUF_DYNFIELD(m, dynfield, uint64_t *) = 0x0123456789abcdef;
	*meta = (struct check_meta){
		.ol_flags = CARRIED | RTE_BIT64(dynflag),
		.dynfield = 0x0123456789abcdef,
		.vlan_tci = m->vlan_tci,
		.vlan_tci_outer = m->vlan_tci_outer,
		.port = m->port,
	};
	memcpy(&meta->hash, &m->hash, 8);
	return 0;
}

static int
check_meta(const struct check_meta *meta, const struct rte_mbuf *m, unsigned int i, unsigned int nb)
{
	EXPECT((m->ol_flags & meta->ol_flags) == meta->ol_flags, "flags %lx lost",
		meta->ol_flags & ~m->ol_flags);
	EXPECT(m->port == meta->port, "port %u", m->port);
	EXPECT(m->vlan_tci == meta->vlan_tci, "vlan_tci %x", m->vlan_tci);
	EXPECT(m->vlan_tci_outer == meta->vlan_tci_outer, "vlan_tci_outer %x", m->vlan_tci_outer);
	EXPECT(memcmp(&m->hash, &meta->hash, 8) == 0, "hash %x", m->hash.rss);
	EXPECT(*RTE_MBUF_DYNFIELD(m, dynfield, const uint64_t *) == meta->dynfield,
		"dynamic field");
	return 0;
}

/* What the port is told, and whether the lengths that it then needs are right. */
static int
check_offload(const uint8_t *in, uint32_t len, const struct cleave_gso_req *req,
	const struct rte_mbuf *m, unsigned int i, unsigned int nb)
{
	const uint64_t marks = RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG | RTE_MBUF_F_RX_LRO;
	bool l4 = req->flags & CLEAVE_GSO_HW_L4_CKSUM, ip = req->flags & CLEAVE_GSO_HW_IP_CKSUM;
	uint32_t l2 = 14, l3;
	bool v6;

	while (pkt_be16(in + l2 - 2) == 0x8100 || pkt_be16(in + l2 - 2) == 0x88a8)
		l2 += 4;
	if (pkt_be16(in + l2 - 2) == 0x8847)
		for (bool bottom = false; !bottom; l2 += 4)
			bottom = in[l2 + 2] & 1;
	v6 = in[l2] >> 4 == 6;
	l3 = v6 ? 40 : (in[l2] & 15) * 4;
	for (uint8_t next = v6 ? in[l2 + 6] : IPPROTO_TCP; next != IPPROTO_TCP;) {
		next = in[l2 + l3];
		l3 += 8 + in[l2 + l3 + 1] * 8;
	}
	ip = ip && !v6;

	EXPECT((m->ol_flags & marks) == 0, "still marked for segmentation: %lx", m->ol_flags);
	EXPECT((m->ol_flags & RTE_MBUF_F_TX_L4_MASK) == (l4 ? RTE_MBUF_F_TX_TCP_CKSUM : 0),
		"L4 checksum flags %lx", m->ol_flags);
	EXPECT(!!(m->ol_flags & RTE_MBUF_F_TX_IP_CKSUM) == ip, "TX_IP_CKSUM is %d, not %d", !ip,
		ip);
	EXPECT((m->ol_flags & RTE_MBUF_F_TX_TUNNEL_MASK) == 0 &&
			!(m->ol_flags &
				(RTE_MBUF_F_TX_OUTER_IP_CKSUM | RTE_MBUF_F_TX_OUTER_UDP_CKSUM)),
		"flags of a tunnel: %lx", m->ol_flags);
	if (!l4 && !ip)
		return 0;
	EXPECT(!!(m->ol_flags & RTE_MBUF_F_TX_IPV4) == !v6 &&
			!!(m->ol_flags & RTE_MBUF_F_TX_IPV6) == v6,
		"IP version flags %lx", m->ol_flags);
	EXPECT(m->l2_len == l2 && m->l3_len == l3, "l2_len %u, l3_len %u, not %u, %u", m->l2_len,
		m->l3_len, l2, l3);
	EXPECT(!l4 || m->l4_len == (in[l2 + l3 + 12] >> 4) * 4, "l4_len %u", m->l4_len);
	EXPECT(rte_validate_tx_offload(m) == 0, "rte_validate_tx_offload refuses it");
	return 0;
}

/* A chain that any driver can take and any consumer may write the headers of. */
static int
check_chain(
	const struct cleave_gso_req *req, const struct rte_mbuf *m, unsigned int i, unsigned int nb)
{
	const char *why = "";

	EXPECT(rte_mbuf_check(m, 1, &why) == 0, "%s", why);
	if (nb == 1)
		return 0; /* the packet itself, as it came */
	EXPECT(req->max_pieces == 0 || m->nb_segs <= req->max_pieces, "%u mbufs, at most %u",
		m->nb_segs, req->max_pieces);
	EXPECT(!(req->flags & CLEAVE_GSO_LINEAR) || m->nb_segs == 1, "%u mbufs, not linear",
		m->nb_segs);
	EXPECT(RTE_MBUF_DIRECT(m), "header mbuf is INDIRECT or EXTERNAL: %lx", m->ol_flags);
	EXPECT(rte_mbuf_refcnt_read(m) == 1, "header mbuf is shared");
	for (const struct rte_mbuf *p = m; p != NULL; p = p->next)
		EXPECT(p->data_len > 0, "an empty mbuf in the chain");
	return 0;
}

int
check_mbufs(const uint8_t *in, uint32_t len, const struct cleave_gso_req *req,
	const struct check_meta *meta, struct rte_mbuf **seg, unsigned int nb)
{
	struct check_frame *f = calloc(nb, sizeof(*f));
	int rc = f == NULL ? -1 : 0;
	unsigned int i;

	for (i = 0; i < nb && rc == 0; i++) {
		uint8_t *buf = malloc(seg[i]->pkt_len + 1);

		f[i].data = buf;
		f[i].len = seg[i]->pkt_len;
		if (buf == NULL || check_chain(req, seg[i], i, nb) < 0 ||
			check_offload(in, len, req, seg[i], i, nb) < 0 ||
			(meta != NULL && check_meta(meta, seg[i], i, nb) < 0))
			rc = -1;
		else
			mbuf_flat(seg[i], buf, f[i].len);
	}
	if (rc == 0)
		rc = check_segments(in, len, req, f, nb);
	for (i = 0; f != NULL && i < nb; i++)
		free((void *)(uintptr_t)f[i].data);
	free(f);
	return rc;
}

void
check_free(struct rte_mbuf **seg, unsigned int nb)
{
	for (unsigned int i = 0; i < nb; i++)
		rte_pktmbuf_free(seg[i]);
}
