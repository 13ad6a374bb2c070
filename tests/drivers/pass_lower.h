/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A port for net_cleave to stack on, that notes which of its operations is called with what, and answers
 * as it is told. pass_lower.c is the port, pass_rows.c has the operations, a row each;
 * test_stack_pass.c asks.
 */
#ifndef PASS_LOWER_H
#define PASS_LOWER_H

#include <stdbool.h>
#include <stdint.h>

#include <ethdev_driver.h>
#include <rte_flow.h>
#include <rte_flow_driver.h>
#include <rte_mtr.h>
#include <rte_mtr_driver.h>
#include <rte_tm.h>
#include <rte_tm_driver.h>

#include "cleave_compat.h"

/* What the lower port is capable of: all, also of queues that are set up while it is started. */
#define PASS_CAPA UINT64_MAX
#define PASS_QUEUES 16
#define PASS_ARGS 10

/* What the operations are tables of: filled and cleared row by row. Those by queue are a part of lower_flow,
 * or DPDK is newer. */
extern struct eth_dev_ops lower_eth;
extern struct rte_flow_ops lower_flow;
extern struct CLEAVE_FLOW_ASYNC_OPS lower_fp;
extern struct rte_tm_ops lower_tm;
extern struct rte_mtr_ops lower_mtr;

struct pass_row {
	const char *name;
	void **slot; /* in one of the tables */
	void *op;
	uintptr_t (*call)(
		uint16_t port); /* by the API, with arguments that are the same each time */
	bool pointer;		/* is what it returns */
	bool unchecked; /* ethdev calls it even if it is not there: a crash, without net_cleave */
};

/* Not NULL up to the last. */
extern const struct pass_row *const pass_rows;
extern const unsigned int pass_nb_rows;

enum pass_answer { PASS_OK, PASS_MORE, PASS_FAIL };

/* What an operation saw last: PASS_ARGS words at most, whose it was, and which row. */
struct pass_seen {
	unsigned int calls, row, n;
	const void *of;
	uintptr_t args[PASS_ARGS];
};

/* What the test says: the row that is asked for and how it answers; and what it finds then. Arguments that
 * are pointers are to memory, each to an array of its own; the last argument is memory[1]. */
extern unsigned int pass_asked;
extern enum pass_answer pass_answer;
extern struct pass_seen pass_seen;
extern uint8_t pass_memory[PASS_ARGS + 1][4096];

/* For operations: note the call; true if it is the one that is asked for. */
bool pass_note(unsigned int row, const void *of, const uintptr_t *args, unsigned int n);

/* Hairpin queues: what the operations were given, and what they tell. */
extern struct rte_eth_hairpin_conf pass_hairpin;
extern uint16_t pass_hairpin_port, pass_hairpin_peers[3];

/* How many packets are sent until there is no room. */
extern unsigned int pass_room;

/* Make a port of the name, net_lower<N>, and tell its number. Uninit it with rte_vdev_uninit. tables: those
 * of lower_flow, lower_tm and lower_mtr are to be had. */
int pass_lower_make(const char *name, bool tables, uint16_t *port);

#endif
