/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Mode txonly: testpmd's UDP packets (198.18.0.1 to 198.18.0.2, port 9, RFC 2544), --txpkts bytes
 * in as many mbufs. Neighbours: mode.c; also makes the burst of --tx-first.
 */
#include <netinet/in.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_udp.h>

#include "fwd.h"

struct headers {
	struct rte_ether_hdr eth;
	struct rte_ipv4_hdr ip;
	struct rte_udp_hdr udp;
} __rte_packed;

uint32_t
txonly_len(void)
{
	uint32_t len = 0;

	for (unsigned int i = 0; i < conf.txpkt_nb; i++)
		len += conf.txpkt_len[i];
	return len;
}

static void
fill_headers(const struct fwd_stream *fs, struct headers *h, uint32_t len)
{
	memset(h, 0, sizeof(*h));
	rte_ether_addr_copy(&conf.peer[fs->tx_port], &h->eth.dst_addr);
	rte_ether_addr_copy(&ports[fs->tx_port].mac, &h->eth.src_addr);
	h->eth.ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
	h->ip.version_ihl = RTE_IPV4_VHL_DEF;
	h->ip.total_length = rte_cpu_to_be_16(len - sizeof(h->eth));
	h->ip.time_to_live = 64;
	h->ip.next_proto_id = IPPROTO_UDP;
	h->ip.src_addr = rte_cpu_to_be_32(UINT32_C(0xc6120001));
	h->ip.dst_addr = rte_cpu_to_be_32(UINT32_C(0xc6120002));
	h->ip.hdr_checksum = rte_ipv4_cksum(&h->ip);
	h->udp.src_port = h->udp.dst_port = rte_cpu_to_be_16(9);
	h->udp.dgram_len = rte_cpu_to_be_16(len - sizeof(h->eth) - sizeof(h->ip));
}

/* One packet; the payload is whatever the mbufs held, as testpmd's is. */
static struct rte_mbuf *
make_packet(struct rte_mempool *mp, const struct headers *h)
{
	struct rte_mbuf *segs[TXPKT_SEGS_MAX];

	if (rte_pktmbuf_alloc_bulk(mp, segs, conf.txpkt_nb) < 0)
		return NULL;
	for (unsigned int i = 0; i < conf.txpkt_nb; i++) {
		segs[i]->data_len = conf.txpkt_len[i];
		segs[i]->next = i + 1 < conf.txpkt_nb ? segs[i + 1] : NULL;
	}
	segs[0]->nb_segs = conf.txpkt_nb;
	segs[0]->pkt_len = txonly_len();
	memcpy(rte_pktmbuf_mtod(segs[0], void *), h, sizeof(*h));
	return segs[0];
}

uint16_t
txonly_make(struct fwd_stream *fs, struct rte_mbuf **pkts, uint16_t n)
{
	struct rte_mempool *mp = pool_mbufs(ports[fs->tx_port].socket);
	struct headers h;
	uint16_t i;

	fill_headers(fs, &h, txonly_len());
	for (i = 0; i < n; i++) {
		pkts[i] = make_packet(mp, &h);
		if (pkts[i] == NULL)
			break;
	}
	return i;
}

static uint16_t
forward_txonly(struct fwd_stream *fs, struct rte_mbuf **pkts, uint16_t n)
{
	return txonly_make(fs, pkts, conf.burst);
}

static int
begin_txonly(void)
{
	if (conf.txpkt_len[0] < sizeof(struct headers))
		return fail("--txpkts: the first piece must hold the headers, %zu bytes",
			sizeof(struct headers));
	return 0;
}

const struct fwd_mode mode_txonly = {"txonly", false, true, forward_txonly, begin_txonly};
