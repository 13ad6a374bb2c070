/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One TX queue: its plan table, its counters, what it holds back. A packet's way: burst.c asks
 * plan.c, offload.c prepares what the port does and does what it does not, lib/gso cuts. queue.c
 * fills the table from ethdev, from quirks.c and from what peer.c hears of guests.
 */
#ifndef CLEAVE_TX_PRIVATE_H
#define CLEAVE_TX_PRIVATE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "cleave_config.h"
#include "cleave_tx.h"

/* Capabilities that RTE_ETH_TX_OFFLOAD_* has no bit for, in the same mask: X(name, bit, meaning).
 * Those that no port is ever granted are needs that only software meets. */
#define TX_CAPS(X)                                                                                 \
	X(TSO4, 48, "TSO over IPv4")                                                               \
	X(TSO6, 49, "TSO over IPv6")                                                               \
	X(TSO_CWR, 50, "TSO that leaves CWR in the first segment only")                            \
	X(FIXED_ID, 51, "IPv4 IDs that stay the same")                                             \
	X(FIXED_OUTER_ID, 54, "outer IPv4 IDs that stay the same")                                 \
	X(ACCECN, 52, "CWR in every segment")                                                      \
	X(TNL_FIELDS, 53, "a tunnel header with fields that change")                               \
	X(URG, 56, "urgent data")                                                                  \
	X(CHAIN, 57, "a chain of so many mbufs, or of such long ones")                             \
	X(OWNED, 58, "headers in one mbuf that may be written to")                                 \
	X(BIG, 59, "more than 64 KB in one request")                                               \
	X(TRAILER, 60, "bytes behind the IP packet")                                               \
	X(LONG_L2, 61, "tunnel headers of more than 127 bytes")

#define TX_CAP_BIT(e, b, h) TX_CAP_##e = UINT64_C(1) << (b),
enum tx_cap { TX_CAPS(TX_CAP_BIT) };
#undef TX_CAP_BIT

#define TX_CAPS_OWN (~UINT64_C(0) << 48)

/* Packet classes that can be cut: TCP and UDP over IPv4 and IPv6, plain and in each row of the
 * tunnel table. */
#define TX_TUNNELS_MAX 16
#define TX_NB_CLASSES (4 * TX_TUNNELS_MAX)

static inline unsigned int
tx_class(unsigned int tunnel, uint8_t l4_proto, unsigned int ip_version)
{
	return 4 * tunnel + 2 * (l4_proto == IPPROTO_UDP) + (ip_version == 6);
}

/* What a driver says of itself and is not so. */
struct tx_quirk {
	const char *driver;
	uint64_t deny;	/* claims that it does not keep */
	uint64_t grant; /* what it does without claiming it */
	/* what it does for who is at the other end now, without claiming it; NULL: no such thing */
	uint64_t (*peer)(const struct rte_eth_dev_info *info);
	uint32_t chain_len;  /* longest chained frame in bytes that it sends whole, 0: any */
	uint16_t mbuf_len;   /* longest mbuf of a request in bytes, 0: any */
	uint16_t mbufs;	     /* most mbufs of a packet, whatever it says, 0: as it says */
	uint16_t beyond_mtu; /* bytes of a frame beyond the MTU that it takes at most, 0: any */
	uint8_t opaque_l2;   /* longest l2_len over a tunnel's headers that it takes, 0: none */
	const char *why;     /* of all that it takes less of; NULL without */
};

struct tx_queue;

const struct tx_quirk *tx_quirk_find(const char *driver);

/* peer.c. Have q->caps follow the port's peer, if it has one. 0 or -errno. */
int tx_peer_watch(struct tx_queue *q, const struct rte_eth_dev_info *info);
/* The queue is none of the port's any more. */
void tx_peer_leave(const struct tx_queue *q);
/* Around what makes a queue disappear. */
void tx_peer_lock(void);
void tx_peer_unlock(void);
/* vhost.c. RTE_ETH_TX_OFFLOAD_* and TX_CAP_* for the guest of a net_vhost port; 0 while there is none. */
uint64_t tx_vhost_caps(const struct rte_eth_dev_info *info);

struct tx_queue {
	uint16_t port;
	uint16_t queue;

	/* what decides for most packets, in one look (burst.c) */
	uint64_t work_flags; /* mbuf flags that ask for something that the port does not just do */
	uint32_t plain_l3;   /* frames with more behind the Ethernet header need a closer look */
	uint16_t plain_mbufs;

	/* segments held back: pend[pend_at] goes first */
	uint16_t pend_at;
	uint16_t pend_n;

	/* the plan table */
	uint64_t caps;	   /* RTE_ETH_TX_OFFLOAD_* that are enabled and kept, and TX_CAP_* */
	uint64_t own_caps; /* of these, those that do not depend on the peer */
	uint64_t need[TX_NB_CLASSES];
	uint32_t mtu;
	uint32_t frame_len; /* longest frame that the driver takes, tags included */
	uint32_t chain_len; /* longest one in a chain */
	uint16_t tso_mbufs; /* most mbufs of a request */
	uint16_t mbuf_len;  /* longest one */
	struct cleave_tx_conf conf;
	const struct tx_quirk *quirk;

	struct cleave_tx_stats stats;

	struct rte_mbuf *pend[CLEAVE_GSO_SEGS_MAX];
};

/* What plan.c found out about a packet that needs a closer look. */
struct tx_work {
	struct cleave_pkt pkt;
	uint16_t mss;
	uint16_t gso_flags; /* CLEAVE_GSO_* */
	uint8_t gso_type;   /* CLEAVE_GSO_* */
	bool opaque;	    /* partial: the port does not know of the tunnel */
	bool merged;	    /* struct cleave_meta says how */
	bool fits;	    /* the port can send it whole, if it cannot be cut */
	bool whole;	    /* merged, and to be one frame */
	enum cleave_drop why;
};

static inline enum cleave_plan
tx_drop(struct tx_work *w, enum cleave_drop why)
{
	w->why = why;
	return CLEAVE_PLAN_DROP;
}

/* The queue, or NULL when it is not set up. */
struct tx_queue *tx_queue_get(uint16_t port, uint16_t queue);

/* plan.c. *m may be replaced by a private copy. PLAIN and TSO are ready to be sent afterwards; the
 * others but DROP are to be cut. */
enum cleave_plan tx_plan(struct tx_queue *q, struct rte_mbuf **m, struct tx_work *w);
/* What a class and the queue's table lead to; *missing: why not TSO. */
enum cleave_plan tx_plan_class(const struct tx_queue *q, unsigned int cls, uint64_t *missing);

/* size.c. The payload of a segment: asked is tso_segsz of a marked packet, else 0. 0: no room for
 * any. */
uint32_t tx_cut_size(const struct tx_queue *q, const struct cleave_pkt *pkt, uint32_t asked);
/* May a marked packet leave as one frame instead? */
bool tx_stays_merged(const struct tx_queue *q, const struct rte_mbuf *m, const struct tx_work *w);

/* offload.c. What the port needs to know of a request that it cuts. */
void tx_request(const struct tx_queue *q, struct rte_mbuf *m, const struct tx_work *w);
/* Complete what the packet asks for and the port does not do; make the chain fit. PLAIN or DROP. */
enum cleave_plan tx_finish_plain(
	struct tx_queue *q, struct rte_mbuf **m, struct tx_work *w, int parsed);
/* Complete all that the packet asks for in software, whatever the port does. 0, or why not. */
enum cleave_plan tx_finish_soft(struct tx_queue *q, struct rte_mbuf **m, struct tx_work *w);
/* How far the headers reach that may be written to. */
static inline uint16_t
tx_headers_end(const struct cleave_pkt *pkt)
{
	const struct cleave_ip *ip = cleave_inner_ip(pkt);

	return RTE_MAX(pkt->hdr_len, ip->off + ip->len);
}

/* Flags by which a packet says that its checksum requests are of a tunnel's inner headers. */
#define TX_OUTER_FLAGS                                                                             \
	(RTE_MBUF_F_TX_TUNNEL_MASK | RTE_MBUF_F_TX_OUTER_IPV4 | RTE_MBUF_F_TX_OUTER_IPV6 |         \
		RTE_MBUF_F_TX_OUTER_IP_CKSUM | RTE_MBUF_F_TX_OUTER_UDP_CKSUM)

/* vouch.c. Are the checksum requests of a packet those of its innermost headers? */
bool tx_means_inner(const struct rte_mbuf *m, const struct cleave_pkt *pkt);
/* Did a port say that a checksum is wrong: of IP, and where l4, of what is behind it? */
bool tx_cksum_known_bad(uint64_t flags, bool l4);
/* May the packet get new checksums everywhere? Leaves to lib/gso what that sums up anyway. */
bool tx_cksums_vouched(const struct tx_queue *q, const struct rte_mbuf *m, struct tx_work *w);
/* May it get a new checksum of the outermost IP header? */
bool tx_outer_ip_right(const struct rte_mbuf *m, const struct cleave_pkt *pkt);

#endif
