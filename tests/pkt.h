/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Packets for tests: a builder of frames from a description, together with what the header walk
 * must find in them. Neighbours: mbufs.h puts the bytes into mbufs; check.h judges segments.
 */
#ifndef TESTS_PKT_H
#define TESTS_PKT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "cleave_net.h"

#define PKT_EXT_MAX 9
#define PKT_IP4_OPT_MAX 40
#define PKT_TCP_OPT_MAX 40

/** An IPv6 extension header. */
struct pkt_ext {
	uint8_t type;	 /* IPPROTO_* */
	uint8_t units;	 /* length beyond 8 bytes, in 8 bytes */
	uint8_t rt_type; /* of a routing header */
	uint8_t segs_left;
};

struct pkt_ip {
	uint8_t version; /* 4, 6; 0: no such header */
	uint8_t tos, ttl;
	bool df, mf;
	uint16_t id;
	uint16_t frag_off; /* in 8 bytes */
	uint8_t opt_len;   /* IPv4 options, bytes, a multiple of 4 */
	uint8_t nb_ext;
	struct pkt_ext ext[PKT_EXT_MAX];
};

enum pkt_tunnel {
	PKT_TUNNEL_NONE,
	PKT_TUNNEL_VXLAN,
	PKT_TUNNEL_VXLAN_GPE,
	PKT_TUNNEL_GENEVE,
	PKT_TUNNEL_GRE,
	PKT_TUNNEL_GTPU,
	PKT_TUNNEL_FOU,
	PKT_TUNNEL_GUE,
	PKT_TUNNEL_IPIP, /* this and the next are one another, by what is inside */
	PKT_TUNNEL_SIT,
	PKT_TUNNELS,
};

/* pkt_spec.tunnel_opt. Remote checksum offload is there only where there is a checksum: in a whole
 * TCP or UDP packet. That checksum then is the sum of the pseudo-header, as Linux sends it. */
#define PKT_VXLAN_GBP 0x80
#define PKT_VXLAN_RCO 0x20
#define PKT_GRE_CKSUM 0x80
#define PKT_GRE_KEY 0x20
#define PKT_GTPU_UL 4	  /* a PDU session container, uplink */
#define PKT_GTPU_DL 8	  /* the same, downlink, with a paging policy */
#define PKT_GUE_V1 0x01	  /* no header at all */
#define PKT_GUE_PRIV 0x02 /* private flags, none of them set */
#define PKT_GUE_RCO 0x04  /* remote checksum offload */

/** FOU has no port of its own: the one that the builder writes, and pkt_setup() tells the library. */
#define PKT_FOU_PORT 5555

enum pkt_tcp_opt { PKT_TCP_PLAIN, PKT_TCP_TS, PKT_TCP_SACK, PKT_TCP_FULL, PKT_TCP_OPTS };

/** What to build. All zero but ip.version and proto is a valid description. */
struct pkt_spec {
	uint8_t nb_vlan; /* the outer one of two is 802.1ad */
	uint8_t nb_mpls;
	enum pkt_tunnel tunnel;
	uint8_t tunnel_opt; /* Geneve: bytes of options; else PKT_VXLAN_*, _GRE_*, _GTPU_*, _GUE_* */
	bool tunnel_ip;	    /* VXLAN-GPE, Geneve, GRE: an IP packet inside, no Ethernet frame */
	bool tunnel_cksum;  /* outer UDP checksum present */
	struct pkt_ip outer; /* with a tunnel only */
	struct pkt_ip ip;    /* the header before L4 */
	uint8_t proto;	     /* IPPROTO_TCP, _UDP, _SCTP; any other: payload only */
	uint8_t tcp_flags;
	uint8_t tcp_reserved; /* low 4 bits of byte 12: reserved bits and AE */
	enum pkt_tcp_opt tcp_opt;
	uint16_t sport, dport, window, urgent; /* ports 0: 1234 -> 80 */
	uint32_t seq, ack;
	uint32_t payload;
	uint32_t seed; /* of the payload bytes */
	uint32_t pad;  /* bytes after the end of the IP packet */
};

/** A frame and what is in it. */
struct pkt {
	uint8_t *data;
	uint32_t len;
	struct cleave_pkt want; /* what cleave_parse() must find; tunnel by name, see pkt_row() */
};

/** Build a frame; the IP, TCP and UDP checksums in it are right. 0, or -1. */
int pkt_build(const struct pkt_spec *spec, struct pkt *pkt);
void pkt_free(struct pkt *pkt);

/** Give the library's tunnels the UDP ports that the builder writes. 0, or -errno. */
int pkt_setup(void);
/** Whether somebody called it in this process. */
extern bool pkt_setup_done;

/** The library's row for a tunnel, by its name; CLEAVE_TUNNEL_NONE when it has none. */
unsigned int pkt_row(enum pkt_tunnel tunnel);
const char *pkt_tunnel_name(enum pkt_tunnel tunnel);

/** Is the inner L4 checksum left to the tunnel's other end? */
bool pkt_remcsum(const struct pkt_spec *spec);

/** All tunnels, with all their options, over IPv4 and IPv6, with and without an outer UDP checksum,
 *  around IPv4 and IPv6, in an Ethernet frame or not: descriptions of TCP packets without payload.
 *  NULL from pkt_tunnel_variants() on. */
const struct pkt_spec *pkt_tunnel_variant(unsigned int i);
unsigned int pkt_tunnel_variants(void);

/* Shapes of IP headers: the first ones are whole packets, the last ones fragments. */
#define PKT_SHAPES_WHOLE 9
#define PKT_SHAPES 12

/** A shape; NULL from PKT_SHAPES on. */
const struct pkt_ip *pkt_shape(unsigned int i);

/** One line: "vlan 1 mpls 0 ip4+4 tcp ..." in a static buffer. */
const char *pkt_str(const struct pkt_spec *spec);

/** One's complement sum as RFC 1071 writes it down: 16 bits, host order, not inverted. */
uint16_t pkt_sum(const void *buf, uint32_t len);

/** Two such sums added. */
uint16_t pkt_sum_add(uint16_t a, uint16_t b);

/** Sum of the pseudo-header of an IP header (host order), destination at dst_off of the frame. */
uint16_t pkt_pseudo(const uint8_t *frame, const struct cleave_ip *ip, uint8_t proto, uint32_t len);

/** A generator with a seed, so that every failure comes again. */
uint32_t pkt_rand(uint32_t *state);

static inline uint16_t
pkt_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
pkt_be32(const uint8_t *p)
{
	return (uint32_t)pkt_be16(p) << 16 | pkt_be16(p + 2);
}

static inline void
pkt_put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v & 0xff;
}

static inline void
pkt_put32(uint8_t *p, uint32_t v)
{
	pkt_put16(p, v >> 16);
	pkt_put16(p + 2, v & 0xffff);
}

#endif
