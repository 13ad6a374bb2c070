/* SPDX-License-Identifier: BSD-3-Clause
 *
 * cleave-fwd: what all its files share. options.c fills conf, port.c and pool.c bring ports up,
 * stream.c spreads queues over lcores, worker.c is the packet's way, merge.c looks after GRO, the
 * commands (cmd_*.c) and stats.c let the user see and steer it.
 */
#ifndef FWD_H
#define FWD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include "cleave_gro.h"
#include "cleave_tx.h"

#define BURST_MAX 512 /* testpmd's MAX_PKT_BURST */
#define TXPKT_SEGS_MAX 8
#define GRO_FLUSH_MAX 1000
#define TOPOLOGIES(X) X(PAIRED, paired) X(CHAINED, chained) X(LOOP, loop)

#define TOPOLOGY_ENUM(e, n) TOPOLOGY_##e,
enum topology { TOPOLOGIES(TOPOLOGY_ENUM) NB_TOPOLOGIES };
#undef TOPOLOGY_ENUM

struct fwd_stream;

/* A forwarding mode: what happens to a burst between receiving and sending. */
struct fwd_mode {
	const char *name;
	bool rx; /* polls its RX queue */
	bool tx; /* what forward() leaves in pkts is sent */
	/* Handle n received packets; returns how many there are to send. */
	uint16_t (*forward)(struct fwd_stream *fs, struct rte_mbuf **pkts, uint16_t n);
	/* Before the first burst; NULL: nothing to do. 0 or -errno. */
	int (*begin)(void);
};

extern const struct fwd_mode mode_io, mode_mac, mode_macswap, mode_csum, mode_rxonly, mode_txonly;
const struct fwd_mode *mode_find(const char *name);
/* "io, mac, ..." */
const char *mode_names(void);

/* What the command line says, and commands change. */
struct fwd_conf {
	uint32_t interactive, auto_start, help;
	const char *cmdline_file, *stats_json;
	uint32_t stats_period; /* seconds */
	uint32_t nb_cores, nb_ports, rxq, txq, rxd, txd, burst;
	uint32_t mbuf_size, total_mbufs, mbcache;
	uint32_t max_pkt_len, max_lro_pkt_size;
	uint32_t enable_lro, enable_scatter, enable_rx_cksum;
	uint64_t rx_offloads, tx_offloads;
	bool tx_offloads_set; /* --tx-offloads: exactly those */
	uint32_t no_flush_rx, disable_rss, rss_ip, rss_udp, numa, no_numa;
	uint32_t disable_link_check, no_lsc_interrupt, txfreet, txrst, rxfreet;
	uint32_t record_core_cycles, record_burst_stats, tx_first, verbose;
	uint32_t topology; /* enum topology */
	uint16_t txpkt_len[TXPKT_SEGS_MAX], txpkt_nb;
	uint64_t lcores;				  /* --coremask, 0: all */
	uint16_t portlist[RTE_MAX_ETHPORTS], portlist_nb; /* of --portlist or --portmask */
	uint32_t gso, tso, gso_segsz, tso_segsz;
	uint32_t gro, udp_gro, gro_timeout_us;
	uint32_t gro_flush; /* RX bursts that what is merged waits for more; 1: to its own's end */
	bool jumbo[RTE_MAX_ETHPORTS];
	struct rte_ether_addr peer[RTE_MAX_ETHPORTS];
	uint32_t mtu[RTE_MAX_ETHPORTS]; /* 0: the port's own */
	char xstats[8][RTE_ETH_XSTATS_NAME_SIZE];
	unsigned int xstats_nb;
	const struct fwd_mode *mode;
};

#define UNSET UINT32_MAX /* of numbers where 0 is a choice */

struct fwd_port {
	bool present, started;
	uint16_t id;
	unsigned int socket;
	struct rte_ether_addr mac;
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf;
	struct cleave_tx_conf tx;  /* gso, tso and limits as the user wants them */
	bool gro, udp_gro;	   /* merge what it receives; UDP, too */
	struct rte_eth_stats base; /* counters at the last "start" or "clear" */
};

/* What a stream counts. */
struct stream_stats {
	uint64_t rx_packets, tx_packets;
	uint64_t ring_full; /* frames that came and that the TX ring had no room for */
	uint64_t bad_ip_cksum, bad_l4_cksum;
	uint64_t cycles;
	uint64_t rx_bursts[BURST_MAX + 1], tx_bursts[BURST_MAX + 1];
};

/* One RX queue and the TX queue that its packets leave by; owned by one lcore while forwarding. */
struct fwd_stream {
	uint16_t rx_port, rx_queue, tx_port, tx_queue;
	uint16_t gro_bursts;	/* since what is held was flushed, with conf.gro_flush */
	struct cleave_gro *gro; /* NULL: nothing is merged */
	struct stream_stats stats;
} __rte_cache_aligned;

/* What the main lcore wants of a forwarding one. */
enum order { ORDER_RUN, ORDER_STOP, ORDER_SHOW_FLOWS /* and run on */ };

struct fwd_lcore {
	unsigned int id;
	uint16_t first, nb; /* its streams */
	enum order order;
};

extern struct fwd_conf conf;
extern struct fwd_port ports[RTE_MAX_ETHPORTS];
extern struct fwd_stream *streams;
extern uint16_t nb_streams;
extern struct fwd_lcore lcores[RTE_MAX_LCORE];
extern uint16_t nb_lcores;
extern uint16_t fwd_ports[RTE_MAX_ETHPORTS]; /* those that forward, in order */
extern uint16_t nb_fwd_ports;
extern bool forwarding;
extern volatile sig_atomic_t quit_signal;

/* One line on stderr; returns -1 so that callers can pass it on. */
int fail(const char *fmt, ...) __rte_format_printf(1, 2);

/* options.c. Parses before the EAL starts anything. 0, or -1 after one line on stderr. */
int options_parse(int argc, char **argv);
/* What needs the ports to be known. */
int options_check_ports(void);
void options_usage(const char *prog);
/* "0,2-4"; count of ports or -1 */
int parse_portlist(const char *s, uint16_t *list, unsigned int max);
int parse_uint(const char *s, uint64_t min, uint64_t max, uint64_t *v);

/* pool.c */
struct rte_mempool *pool_mbufs(unsigned int socket);
int pool_gso(unsigned int socket, struct cleave_gso_pools *pools);
int pools_create(void);
/* Data room of an mbuf that holds a frame of that MTU. */
uint32_t pool_linear(uint32_t mtu);

/* port.c. 0 or -1 after a line on stderr. */
int ports_init(void);
int port_start(uint16_t id);
int port_stop(uint16_t id);
void port_close(uint16_t id);
int port_reset(uint16_t id);
/* Make the changed ports[id].tx or MTU known to the TX queues. */
int port_apply_tx(uint16_t id);
bool port_known(uint16_t id);
void ports_wait_links(void);

/* port_mtu.c. What the options ask for, before the port is configured; and a command. */
int port_lengths(struct fwd_port *p);
int port_set_mtu(uint16_t id, uint16_t mtu);

/* stream.c */
int streams_setup(void);
int forwarding_start(unsigned int tx_first);
void forwarding_stop(void);
void streams_show(void);

/* merge.c: a struct cleave_gro a stream. */
int merge_setup(void);
void merge_free(void);
/* What the streams that receive from a port merged. */
void merge_sum(uint16_t id, struct cleave_gro_stats *sum);
void merge_clear(uint16_t id);
/* The counters on the screen; what 'show port PORT gro' tells. */
void merge_block(uint16_t id);
void merge_show(uint16_t id);
/* What is held of a port's packets: asked for by the main lcore, done by the one that owns it. */
void merge_show_flows(uint16_t id);
void merge_write_flows(const struct fwd_lcore *lc);

/* worker.c: the body of a forwarding lcore. */
int worker_run(void *lcore);
/* One burst of each stream of the lcore in the given mode, without receiving. */
void worker_send_first(const struct fwd_lcore *lc);

/* stats.c */
void stats_port(uint16_t id);
void stats_clear_port(uint16_t id);
void stats_forward(void);
void stats_forward_clear(void);
void stats_drops(void);
void stats_cleave_sum(uint16_t id, struct cleave_tx_stats *sum);
void stats_forward_of(uint16_t id, struct stream_stats *sum);
void stats_port_delta(uint16_t id, struct rte_eth_stats *stats);
/* The forward statistics of a port as they are printed; tx_dropped: whatever for. */
struct forward_stats {
	uint64_t rx_packets, rx_dropped, tx_packets, tx_dropped;
};
void stats_forward_lines(uint16_t id, struct forward_stats *s);

/* json.c: every counter; 0 or -1 after a line on stderr. */
int json_open(const char *path);
int json_write(const char *path);

/* show.c */
void show_port_info(uint16_t id);
void show_port_summary(uint16_t id, bool header);
void show_port_xstats(uint16_t id);
void show_offload_capa(uint16_t id, bool tx);
void show_offload_conf(uint16_t id, bool tx);
void show_config_rxtx(void);
void show_config_cores(void);

/* features.c */
void show_features(uint16_t id);
int set_feature(uint16_t id, const char *name, bool on);

/* command.c: the prompt. */
int commands_file(const char *path);
void commands_interact(void);

/* mode_txonly.c */
uint32_t txonly_len(void);
uint16_t txonly_make(struct fwd_stream *fs, struct rte_mbuf **pkts, uint16_t n);

#endif
