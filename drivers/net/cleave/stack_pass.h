/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Operations that are the lower port's, a line each. What it cannot do, this port cannot, and what ethdev
 * says to that, it says of the lower port: error structures and return values are handed through.
 * Neighbours: stack_ops.c, stack_flow.c, stack_tm.c, stack_mtr.c.
 */
#ifndef STACK_PASS_H
#define STACK_PASS_H

#include "stack.h"

/* An operation of ours that is a call of ethdev's for the lower port: if that is no more, ethdev finds no
 * port by that number. */
#define PASS_AS(type, name, params, call)                                                          \
	static type pass_##name params                                                             \
	{                                                                                          \
		const uint16_t lower = stack_lower(dev);                                           \
                                                                                                   \
		return call;                                                                       \
	}
#define PASS(name, params, call) PASS_AS(int, name, params, call)

/* An operation of ours that tells the table of them, OURS: if the lower port has one; or is no more, and
 * each of them says so. */
#define PASS_TABLE(name, type, get, ours)                                                          \
	int name(struct rte_eth_dev *dev, type ops)                                                \
	{                                                                                          \
		struct rte_eth_dev *lower = &rte_eth_devices[stack_lower(dev) % RTE_MAX_ETHPORTS]; \
		const void *theirs = NULL;                                                         \
		int rc = 0;                                                                        \
                                                                                                   \
		if (stack_lower(dev) == RTE_MAX_ETHPORTS)                                          \
			theirs = ours;                                                             \
		else if (lower->dev_ops->get != NULL)                                              \
			rc = lower->dev_ops->get(lower, (void *)&theirs);                          \
		*(const void **)ops = theirs != NULL ? ours : NULL;                                \
		return rc;                                                                         \
	}

#endif
