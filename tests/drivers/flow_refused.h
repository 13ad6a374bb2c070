/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Rules that net_vtap must not take. Neighbours: flow_refused.c, test_vtap_flow_api.c.
 */
#ifndef TESTS_FLOW_REFUSED_H
#define TESTS_FLOW_REFUSED_H

#include <rte_flow.h>

#define REFUSED_QUEUES 8 /* that the port has */

/** What is wrong: rte_flow_error.type must be of these. */
enum refused_what { REFUSED_ATTR, REFUSED_ITEM, REFUSED_ACTION };

struct refused {
	const char *name;
	struct rte_flow_attr attr;
	struct rte_flow_item pattern[6];
	struct rte_flow_action actions[4];
	enum refused_what what;
	int error; /* 0: EINVAL or ENOTSUP */
};
extern const struct refused refused_rules[];
extern const unsigned int nb_refused_rules;

#endif
