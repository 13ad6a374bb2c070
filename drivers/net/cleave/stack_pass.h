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

#endif
