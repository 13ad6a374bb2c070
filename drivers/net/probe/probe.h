/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the files of net_probe share. A request's way: probe_tx.c (chain, capabilities) ->
 * probe_check.c (headers, by probe_hdr.c, probe_tunnel.c) -> probe_engine.c (cut, checksums)
 * -> probe_outer.c (what was only copied) -> probe_wire.c (record). Nothing here comes from Cleave's library: the tests compare the two.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_ether.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <bus_vdev_driver.h>
#include <ethdev_driver.h>

#include "rte_net_probe.h"

/* Nothing but rte_net_probe_* leaves the shared object. */
#pragma GCC visibility push(hidden)

#define PROBE_QUEUES_MAX 64
#define PROBE_RX_RING 1024
#define PROBE_MTU_MIN 68
#define PROBE_GEN_FLOWS_MAX 65536
#define PROBE_GEN_HDR (14 + 20 + 20) /* of a generated TCP segment */
/* What a frame adds to the MTU: Ethernet header and two VLAN tags. */
#define PROBE_OVERHEAD (RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN)

extern int probe_logtype;
#define PROBE_LOG(level, fmt, ...)                                                                 \
	rte_log(RTE_LOG_##level, probe_logtype, "net_probe: " fmt "\n", ##__VA_ARGS__)

enum probe_record {
	PROBE_DISCARD, /* take anything, look at nothing, count */
	PROBE_KEEP,    /* check, cut, keep for the test */
	PROBE_CHECK,   /* check, cut, count */
};

/* The device arguments. */
struct probe_conf {
	uint64_t tx_capa;
	uint64_t rx_capa;
	uint16_t nb_seg_max;
	uint16_t nb_mtu_seg_max;
	uint32_t tso_max;
	uint16_t l2_max;
	uint16_t mtu;
	uint16_t max_mtu;
	uint16_t queues;
	uint32_t txd;
	uint8_t record; /* enum probe_record */
	bool rx_loop;
	bool prepare;
	uint16_t rx_gen;
	uint16_t rx_gen_train;
	uint32_t rx_gen_flows;
	struct rte_ether_addr mac;
};

/* A frame in the list of a queue. */
struct probe_node {
	struct probe_node *next;
	struct rte_net_probe_frame frame;
};

/* Recorded frames: a list with one writer and one reader. It always has one node, whose frame was
 * taken already. */
struct probe_wire {
	struct probe_node *tail; /* of the writer */
	uint64_t put;
	struct probe_node *head __rte_cache_aligned; /* of the reader */
	uint64_t taken;
};

struct probe_port;
struct probe_gen;

struct probe_txq {
	struct probe_port *port;
	uint64_t offloads; /* enabled, of the port and of the queue */
	uint64_t next_request;
	uint32_t prepare_count;
	struct rte_mempool *pool; /* MBUF_FAST_FREE: the pool of the first mbuf */
	uint8_t *scratch;	  /* the request in one piece */
	uint32_t scratch_size;
	struct probe_wire wire;
} __rte_cache_aligned;

struct probe_rxq {
	struct probe_port *port;
	struct rte_mempool *pool;
	struct rte_ring *pushed; /* packets of rte_net_probe_rx_push() */
	struct probe_wire *loop; /* where looped frames come from */
	struct probe_gen *gen;	 /* of rx_gen_flows */
	uint64_t offloads;
} __rte_cache_aligned;

struct probe_queue {
	struct probe_txq tx;
	struct probe_rxq rx;
	struct rte_net_probe_faults faults __rte_cache_aligned;
	/* The TX counters of tx_counters are written by the sender, the RX ones of rx_counters by
	 * the receiver. */
	struct rte_net_probe_counters tx_counters __rte_cache_aligned;
	struct rte_net_probe_counters rx_counters __rte_cache_aligned;
};

struct probe_port {
	struct probe_conf conf;
	struct rte_ether_addr mac;
	struct rte_eth_dev_data *data;
	struct probe_queue queues[PROBE_QUEUES_MAX];
	struct rte_vdev_driver pose; /* another driver that it is taken for */
	char pose_name[32];
};

static inline struct probe_queue *
probe_queue_of_tx(struct probe_txq *q)
{
	return container_of(q, struct probe_queue, tx);
}

static inline struct probe_queue *
probe_queue_of_rx(struct probe_rxq *q)
{
	return container_of(q, struct probe_queue, rx);
}

/* An IP header and what follows from it; offsets count from the first byte of the frame. */
struct probe_ip {
	uint32_t off;
	uint32_t len;	/* with IPv4 options, IPv6 extension headers */
	uint32_t total; /* header and payload by the length field; 0: the field is 0 */
	uint32_t dst;	/* offset of the address in the pseudo-header */
	uint8_t version;
	uint8_t proto; /* of what follows header and extensions */
	bool fragment;
};

/* A request in one piece and where its headers are. */
struct probe_req {
	const struct rte_mbuf *m;
	uint8_t *p;
	uint32_t len;
	uint64_t flags; /* m->ol_flags */
	bool tso;
	bool opaque;	     /* the outer header lies within l2_len: the port does not see it */
	struct probe_ip out; /* outer IP header; version 0: none */
	struct probe_ip ip;  /* the one that the port works on; version 0: none */
	uint32_t l4;	     /* valid with tso or a checksum of L4 */
	uint32_t payload;    /* valid with tso */
	uint8_t l4_proto;    /* of the offload: TCP, UDP, SCTP; 0: none */
};

/* probe_hdr.c */
bool probe_hdr_l2(const uint8_t *p, uint32_t len, uint32_t at, uint32_t *ip, unsigned int *tags);
bool probe_hdr_ip(const uint8_t *p, uint32_t len, uint32_t off, struct probe_ip *ip);
uint16_t probe_get16(const uint8_t *p);
uint32_t probe_get32(const uint8_t *p);
void probe_put16(uint8_t *p, uint32_t v);
void probe_put32(uint8_t *p, uint32_t v);
uint64_t probe_sum(const uint8_t *p, uint32_t len, uint64_t sum);
uint16_t probe_fold(uint64_t sum);
uint64_t probe_pseudo(const uint8_t *p, const struct probe_ip *ip, uint8_t proto, uint32_t l4_len);
uint32_t probe_crc32c(const uint8_t *p, uint32_t len);

/* probe_tunnel.c */
enum rte_net_probe_reason probe_tunnel(const struct probe_req *r, uint32_t *ip);
enum rte_net_probe_reason probe_tunnel_tso(const struct probe_req *r, uint64_t offloads);

/* probe_check.c, probe_tx.c */
enum rte_net_probe_reason probe_check_headers(
	const struct probe_port *port, uint64_t offloads, struct probe_req *r);
uint16_t probe_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);
uint16_t probe_tx_discard(void *queue, struct rte_mbuf **pkts, uint16_t n);
uint16_t probe_tx_prepare(void *queue, struct rte_mbuf **pkts, uint16_t n);

/* probe_engine.c, probe_outer.c */
enum rte_net_probe_reason probe_engine(struct probe_txq *q, struct probe_req *r);
enum rte_net_probe_reason probe_outer(
	const struct probe_req *r, const uint8_t *p, uint32_t len, uint32_t nb_segments);

/* probe_wire.c */
int probe_wire_init(struct probe_wire *w);
void probe_wire_fini(struct probe_wire *w);
struct probe_node *probe_node_new(uint32_t len);
void probe_wire_put(struct probe_wire *w, struct probe_node *n);
bool probe_wire_pop(struct probe_wire *w, struct rte_net_probe_frame *f);
uint32_t probe_wire_pending(const struct probe_wire *w);

/* probe_rx.c */
uint16_t probe_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);

/* probe_gen.c */
int probe_gen_init(struct probe_rxq *q, uint16_t queue_id);
void probe_gen_fini(struct probe_rxq *q);
uint16_t probe_gen_burst(struct probe_rxq *q, struct rte_mbuf **pkts, uint16_t n);

/* probe_stats.c */
int probe_stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats);
int probe_stats_reset(struct rte_eth_dev *dev);
int probe_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n);
int probe_xstats_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n);
void probe_counters_sum(
	const struct probe_port *port, uint16_t queue_id, struct rte_net_probe_counters *sum);
void probe_counters_clear(struct probe_queue *q);

/* probe_args.c, probe_ethdev.c */
int probe_args_parse(const char *args, struct probe_conf *conf);
extern const struct eth_dev_ops probe_ops;

#pragma GCC visibility pop

#endif
