/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the files of net_vtap share: the port's side of a Linux TAP with virtio headers. vtap_vdev.c
 * is the vdev, vtap_args.c has its arguments, vtap_ethdev.c the port's operations, vtap_tun.c the TAP and
 * its queues, vtap_link.c what is done to the network interface and heard of it, vtap_remote.c another one
 * that is its wire, vtap_intr.c RX interrupts, vtap_flow.h flow rules and RSS. A packet's way: vtap_rx.c
 * and vtap_tx.c, with vtap_hdr.h's virtio header, which vtap_request.c makes of a request, and
 * vtap_ring.c for batches. vtap_stats.c counts.
 */
#ifndef VTAP_H
#define VTAP_H

#include <linux/if_tun.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include <ethdev_driver.h>
#include <rte_ether.h>
#include <rte_interrupts.h>
#include <rte_log.h>
#include <rte_mbuf.h>

#include "vtap_flow.h"
#include "vtap_hdr.h"

/* What Debian 12's <linux/if_tun.h> lacks, Linux 6.2 and 6.17. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
#ifndef TUN_F_UDP_TUNNEL_GSO
#define TUN_F_UDP_TUNNEL_GSO 0x080
#define TUN_F_UDP_TUNNEL_GSO_CSUM 0x100
#endif

/* What the kernel may leave to us: TCP to be cut, which is so only with its checksum; in a tunnel. */
#define VTAP_TUN_TSO (TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN)
#define VTAP_TUN_TUNNELS (TUN_F_UDP_TUNNEL_GSO | TUN_F_UDP_TUNNEL_GSO_CSUM)

/* Nothing leaves the shared object. */
#pragma GCC visibility push(hidden)

#define VTAP_QUEUES_MAX 256 /* Linux: MAX_TAP_QUEUES */
#define VTAP_QUEUES_DEFAULT 16
#define VTAP_MTU_MIN 68
#define VTAP_MTU_MAX (UINT16_MAX - RTE_ETHER_HDR_LEN)
/* Ethernet header and two VLAN tags. */
#define VTAP_OVERHEAD (RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN)
/* The longest frame: IPv6 with a payload of 65535 bytes. And a byte by which a longer one shows. */
#define VTAP_FRAME_MAX (UINT16_MAX + 40 + VTAP_OVERHEAD)
#define VTAP_RX_ROOM (VTAP_FRAME_MAX + 1)
/* Buffers of one write (Linux: UIO_MAXIOV), two of which are headers. */
#define VTAP_IOV_MAX 1024
#define VTAP_SEGS_MAX (VTAP_IOV_MAX - 2)
/* With napi=1: what is sent and not yet received by the kernel, at most, in bytes of its memory a queue. */
#define VTAP_NAPI_BYTES (4 << 20)
/* Frames that one system call sends, and the buffers of all of them: 32 frames of 64 KB. */
#define VTAP_BATCH 32
#define VTAP_IOV_ROOM (2 * VTAP_IOV_MAX)

extern int vtap_logtype;
#define VTAP_LOG(level, fmt, ...)                                                                  \
	rte_log(RTE_LOG_##level, vtap_logtype, "net_vtap: " fmt "\n", ##__VA_ARGS__)

/* The device arguments. */
struct vtap_conf {
	char iface[IFNAMSIZ];  /* may have one %d */
	char netns[256];       /* path; "": the process's own */
	char remote[IFNAMSIZ]; /* "": none */
	uint16_t queues;
	bool persist;
	bool uring;
	bool napi;
	bool has_mac;
	struct rte_ether_addr mac;
};

/* Counters beside ethdev's: X(enumerator, name, meaning). */
#define VTAP_RX_COUNTS(X)                                                                          \
	X(LRO, rx_lro_packets, "super-packets")                                                    \
	X(CSUM_NONE, rx_csum_none_packets, "whose checksum the sender left to hardware")           \
	X(CSUM_GOOD, rx_csum_good_packets, "whose checksum the kernel vouches for")                \
	X(BAD_HEADER, rx_bad_header_errors, "dropped: the virtio header does not fit the frame")   \
	X(TOO_LONG, rx_too_long_errors, "dropped: longer than the buffers of one read")            \
	X(NO_MBUF, rx_no_mbuf_errors, "dropped: no mbuf to take its place")                        \
	X(READ, rx_read_errors, "readv() failed")
#define VTAP_TX_COUNTS(X)                                                                          \
	X(TSO, tx_tso_packets, "TCP for the kernel to cut")                                        \
	X(USO, tx_uso_packets, "UDP for the kernel to cut")                                        \
	X(TUNNEL, tx_tunnel_tso_packets, "in a tunnel, for the kernel to cut")                     \
	X(CSUM, tx_csum_packets, "whose L4 checksum the kernel completes")                         \
	X(BAD_REQUEST, tx_bad_request_errors, "dropped: a request that does not fit the packet")   \
	X(DOWN, tx_down_errors, "dropped: the interface is down or deleted")                       \
	X(REFUSED, tx_refused_errors, "dropped: the kernel did not take it")                       \
	X(FULL, tx_full, "bursts that ended because the kernel's buffer was full")

#define VTAP_ENUM(e, n, h) VTAP_RX_##e,
enum vtap_rx_count { VTAP_RX_COUNTS(VTAP_ENUM) VTAP_RX_NB };
#undef VTAP_ENUM
#define VTAP_ENUM(e, n, h) VTAP_TX_##e,
enum vtap_tx_count { VTAP_TX_COUNTS(VTAP_ENUM) VTAP_TX_NB };
#undef VTAP_ENUM

struct vtap_rxq {
	int fd;
	uint16_t nb_chain, port_id;
	bool check_ip; /* the application asked for IPv4 checksums */
	struct vtap_port *port;
	struct rte_mempool *pool;
	struct rte_mbuf **chain, **spare; /* what is read into; and what replaces it */
	struct iovec *iov;		  /* the header's, and one for each of the chain */
	union vtap_hdr hdr;
	uint64_t packets, bytes;
	uint64_t count[VTAP_RX_NB];
} __rte_cache_aligned;

/* What is written for one packet, and what became of it: bytes written or -errno; the kernel's or ours. */
struct vtap_frame {
	struct iovec *iov;
	uint16_t nb_iov; /* 0: not to be written */
	uint8_t kind;	 /* enum vtap_tx_count, which counts it if all goes well, or VTAP_TX_NB */
	uint32_t len;
	int rc;
	struct vtap_request request;
};

struct vtap_txq {
	int fd;
	struct vtap_port *port;
	struct io_uring *ring;	   /* NULL: there is none */
	struct iovec *iov;	   /* VTAP_IOV_ROOM */
	struct vtap_frame *frames; /* VTAP_BATCH */
	uint64_t packets, bytes;
	uint64_t count[VTAP_TX_NB];
} __rte_cache_aligned;

/* What one interface receives is sent by another. Files, or -1. */
struct vtap_redirection {
	int from, to; /* ifindex */
	int map, link;
	bool by_tc;
};

#define VTAP_REMOTE_FLAGS (IFF_UP | IFF_PROMISC | IFF_ALLMULTI)
struct vtap_remote {
	int ifindex; /* 0: there is none */
	/* as they were: VTAP_REMOTE_FLAGS, ... */
	short flags;
	unsigned int mtu;
	struct rte_ether_addr mac;
	struct vtap_redirection in, out;
};

/* What ethdev's dev_private is. The files are the primary process's. */
struct vtap_port {
	struct vtap_conf conf;
	char name[IFNAMSIZ]; /* of the interface */
	int ifindex;
	struct rte_ether_addr mac;
	struct rte_eth_dev_data *data;
	int netns; /* a file that is the namespace, or -1 */
	int ctl;   /* a socket of that namespace, for ioctl() */
	int heard; /* a netlink socket that tells of the interface, or -1 */
	int fd[VTAP_QUEUES_MAX];
	uint16_t nb_fds;
	uint16_t hdr_len; /* of the virtio header */
	unsigned int can; /* TUN_F_* that the kernel has */
	bool gone;	  /* the interface was deleted */
	bool up;	  /* the port is started, so the interface is to be up */
	struct rte_intr_handle *watch;
	struct vtap_steering steering;
	struct vtap_remote remote;
	struct vtap_rxq rx[VTAP_QUEUES_MAX];
	struct vtap_txq tx[VTAP_QUEUES_MAX];
};

/* vtap_args.c. 0, or -EINVAL: one line of the log says why. */
int vtap_args_parse(const char *text, struct vtap_conf *conf);

/* vtap_tun.c. All return 0 or -errno, and say in the log what failed. */
int vtap_tun_open(struct vtap_port *port);
void vtap_tun_close(struct vtap_port *port);
/* Have n queues. */
int vtap_tun_queues(struct vtap_port *port, uint16_t n);
/* The interface has left its namespace: go on in that where it is now. -errno: it is nowhere. */
int vtap_tun_follow(struct vtap_port *port);
/* Do something in the port's namespace; what it returns. */
int vtap_tun_in_netns(struct vtap_port *port, int (*run)(struct vtap_port *port));
/* What the kernel may leave to us, TUN_F_*. */
int vtap_tun_offload(struct vtap_port *port, unsigned int flags);

/* vtap_link.c. 0 or -errno. */
int vtap_link_flags(struct vtap_port *port, short set, short clear);
/* May the interface leave checksums, and cutting, to us? */
int vtap_link_features(struct vtap_port *port, bool csum, bool tso);
int vtap_link_mtu(struct vtap_port *port, unsigned int mtu);
int vtap_link_set_mac(struct vtap_port *port, const struct rte_ether_addr *mac);
int vtap_link_get_mac(struct vtap_port *port, struct rte_ether_addr *mac);
int vtap_link_update(struct rte_eth_dev *dev, int wait);
/* Hear of the interface: its link and its end. */
int vtap_link_watch(struct rte_eth_dev *dev);
void vtap_link_unwatch(struct rte_eth_dev *dev);

/* vtap_remote.c. 0 or -errno; of open, the log says why. Without a remote interface they do nothing. */
int vtap_remote_open(struct vtap_port *port);
int vtap_remote_flags(const struct vtap_port *port, short set, short clear);
bool vtap_remote_runs(const struct vtap_port *port);
int vtap_remote_mtu(const struct vtap_port *port, unsigned int mtu);
int vtap_remote_set_mac(const struct vtap_port *port, const struct rte_ether_addr *mac);
void vtap_remote_close(struct vtap_port *port);
/* The port goes to another namespace, without it: by EAL's interrupt thread, so that nothing that control
 * calls may be using goes before close. */
void vtap_remote_leave(struct vtap_port *port);
/* Shall the port get what the remote interface receives for others? */
void vtap_remote_all(struct vtap_port *port, bool all);

/* vtap_intr.c. 0 or -errno. */
int vtap_intr_install(struct rte_eth_dev *dev);
void vtap_intr_remove(struct rte_eth_dev *dev);
int vtap_intr_switch(struct rte_eth_dev *dev, uint16_t queue);

/* vtap_ring.c. A queue's ring, from start to stop. Sends frames of a batch, those with buffers. */
void vtap_ring_open(struct vtap_txq *q);
void vtap_ring_close(struct vtap_txq *q);
void vtap_ring_send(struct vtap_txq *q, uint16_t n);

/* vtap_ethdev.c: the operations; and those in another process than the one that has the files. */
extern const struct eth_dev_ops vtap_ops, vtap_secondary_ops;

/* vtap_rx.c, vtap_tx.c, vtap_stats.c: ethdev's operations. */
uint16_t vtap_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts);
int vtap_rxq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned int socket,
	const struct rte_eth_rxconf *conf, struct rte_mempool *pool);
void vtap_rxq_release(struct rte_eth_dev *dev, uint16_t id);
uint16_t vtap_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t nb_pkts);
int vtap_txq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t nb_desc, unsigned int socket,
	const struct rte_eth_txconf *conf);
void vtap_txq_release(struct rte_eth_dev *dev, uint16_t id);
int vtap_stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats);
int vtap_stats_reset(struct rte_eth_dev *dev);
int vtap_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n);
int vtap_xstats_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n);

#pragma GCC visibility pop

#endif
