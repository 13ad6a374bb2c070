/* SPDX-License-Identifier: BSD-3-Clause
 *
 * tshark as a judge: frames go into a capture, each with what tshark has to find in it, and all that
 * it finds otherwise, or complains of, is a fault. Neighbours: test_gso_tshark.c asks it,
 * test_tshark.c has it tried.
 */
#ifndef TESTS_TSHARK_H
#define TESTS_TSHARK_H

#include <stdint.h>
#include <stdio.h>

#include "pkt.h"

/** Checksums of a frame. None is wrong. */
struct tshark_want {
	uint8_t ip;	  /* IPv4 headers, good */
	uint8_t tcp, udp; /* good */
	uint8_t udp_none; /* UDP headers without one */
	uint8_t sctp, gre;
};

#define TSHARK_FRAMES_MAX 16384

struct tshark {
	char dir[32], path[48];
	FILE *file;
	unsigned int nb;
	struct tshark_want want[TSHARK_FRAMES_MAX];
};

/** What is to be found in a whole packet, as it was built. */
struct tshark_want tshark_whole(const struct pkt_spec *s, const struct pkt *p);

/** Begin a capture. 0; TEST_SKIPPED, said on stdout: there is no tshark; TEST_FAILED. */
int tshark_open(struct tshark *t);
void tshark_close(struct tshark *t);

/** Add a frame of Ethernet. 0 or -1. */
int tshark_add(struct tshark *t, const void *frame, uint32_t len, const struct tshark_want *want);

/**
 * Have all frames judged.
 * @return How many are at fault, the first ones named on stdout; -1: tshark did not run, or did not
 *   read all of them.
 */
int tshark_judge(struct tshark *t);

#endif
