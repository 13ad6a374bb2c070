/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the conformance tests share: a super-packet goes through the running kernel and through
 * cleave_gso_segment(), and every byte of every segment must be the same. Neighbours: wire.h is the
 * way through the kernel, gso/gso_test.h has the pools.
 */
#ifndef TESTS_KERNEL_H
#define TESTS_KERNEL_H

#include "gso/gso_test.h"
#include "wire.h"

#define KERNEL_SEGS_MAX 1024
#define KERNEL_FRAME_MAX 9300

/** What the kernel made of the last packet. */
struct kernel_env {
	struct check_frame seg[KERNEL_SEGS_MAX];
	unsigned int nb;
	unsigned int nb_packets, nb_segments; /* compared since kernel_open() */
};

extern struct kernel_env kernel;

/** Build the wire (as wire_open() says), and the pools. Says what the wire is made of. */
int kernel_open(enum wire_kind kind, unsigned int mtu);
void kernel_close(void);

/** Whether the wire takes tunnel fields. */
bool kernel_tunnels(void);

/** ceil(payload / mss), at least 1. */
unsigned int kernel_count(uint32_t payload, uint32_t mss);

/**
 * Send a frame into the kernel and read what it makes of it to kernel.seg.
 * @return 0; -1 after a line that says so: the kernel refused it or made another number.
 */
int kernel_cut(const struct wire_hdr *h, const void *data, uint32_t len, unsigned int want);

/** The error of the kernel when it is given a frame; 0: it takes it, and drops what comes out. */
int kernel_refuses(const struct wire_hdr *h, const void *data, uint32_t len);

/**
 * Cut the same frame here, the cheapest way and the linear way, and compare with kernel.seg.
 * @param p  p->want as cleave_parse() would find it; its checksums may be partial ones.
 * @return 0; -1 after a line that names the segment, the byte and both values.
 */
int kernel_same(const struct pkt *p, const struct cleave_gso_req *req);

/**
 * The L4 checksum field of the packet becomes the pseudo-header's sum, as a guest's stack hands it
 * over, and the header says so. The rest of the header is filled in for gso_type and mss.
 */
void kernel_partial(struct pkt *p, uint8_t gso_type, uint16_t mss, struct wire_hdr *h);

/** How the header calls the cut of such a packet by its (inner) L4 header. */
uint8_t kernel_gso_type(const struct pkt_spec *s);

/** Give the fields that take any value, of all levels, values; others for each n. */
void kernel_vary(struct pkt_spec *s, unsigned int n);

/** Into a frame with 12 bytes of IPv4 options: one with the copy bit, one without. */
void kernel_put_options(struct pkt *p);

#endif
