/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel as a segmentation engine: a TAP that takes super-packets with virtio headers, a
 * bridge, a TAP without offloads, in a network namespace that nobody else sees. Neighbours: the
 * conformance tests.
 */
#ifndef TESTS_WIRE_H
#define TESTS_WIRE_H

#include <linux/virtio_net.h>
#include <stdint.h>

struct wire {
	int in;	 /* write super-packets */
	int out; /* read what the kernel made of them */
};

/**
 * Build the wire. The namespace lives as long as the two files are open.
 * @return 0; TEST_SKIPPED: no /dev/net/tun or no privileges, said on stdout; TEST_FAILED.
 */
int wire_open(struct wire *w);
void wire_close(struct wire *w);

/** Put a frame on the wire. 0 or -errno. */
int wire_send(struct wire *w, const struct virtio_net_hdr *h, const void *data, uint32_t len);

/** The next unicast frame; its length, 0: none within timeout_ms. */
uint32_t wire_recv(struct wire *w, uint8_t *buf, uint32_t max, int timeout_ms);

#endif
