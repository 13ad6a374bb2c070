/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where DPDK's releases differ, 22.11 to 24.11: the one place that asks for RTE_VERSION. Code is written for
 * the newest; what is here makes it fit the older ones. Neighbours: who needs it includes it.
 */
#ifndef CLEAVE_COMPAT_H
#define CLEAVE_COMPAT_H

#include <rte_version.h>

/* eth_dev_ops.dev_supported_ptypes_get and its like: from 24.03 they say how many types there are, before
 * that RTE_PTYPE_UNKNOWN ends the list. CLEAVE_PTYPES_OP makes the operation OP of a function LIST that
 * does both; CLEAVE_PTYPES_LIST calls a port's. */
#if RTE_VERSION >= RTE_VERSION_NUM(24, 3, 0, 0)
#define CLEAVE_PTYPES_OP(op, list)                                                                 \
	static const uint32_t *op(struct rte_eth_dev *dev, size_t *count)                          \
	{                                                                                          \
		return list(dev, count);                                                           \
	}
#define CLEAVE_PTYPES_LIST(dev, op, count) (dev)->dev_ops->op(dev, count)
#else
#define CLEAVE_PTYPES_OP(op, list)                                                                 \
	static const uint32_t *op(struct rte_eth_dev *dev)                                         \
	{                                                                                          \
		size_t count;                                                                      \
                                                                                                   \
		return list(dev, &count);                                                          \
	}
#define CLEAVE_PTYPES_LIST(dev, op, count) (*(count) = 0, (dev)->dev_ops->op(dev))
#endif

/* Flow rules by queue: from 24.03 they are a table that struct rte_eth_dev points to, before that members
 * of rte_flow_ops; and so CLEAVE_FLOW_ASYNC_OPS is the table of a port that CLEAVE_FLOW_ASYNC_OF returns,
 * NULL if it has none. OPS(X) are ours, X(member, function) each: IN the initializer of rte_flow_ops, or
 * OUT of it, a table for the port. There the other members are ethdev's, which refuse. USE a whole table
 * for the port, where it is no part of rte_flow_ops. */
#if RTE_VERSION >= RTE_VERSION_NUM(24, 3, 0, 0)
#define CLEAVE_FLOW_ASYNC_OPS rte_flow_fp_ops
#define CLEAVE_FLOW_ASYNC_OF(dev) ((dev)->flow_fp_ops)
#define CLEAVE_FLOW_ASYNC_IN(ops)
#define CLEAVE_FLOW_ASYNC_SET(member, function) cleave_async.member = function;
#define CLEAVE_FLOW_ASYNC_OUT(dev, ops)                                                            \
	static struct rte_flow_fp_ops cleave_async;                                                \
                                                                                                   \
	cleave_async = rte_flow_fp_default_ops;                                                    \
	ops(CLEAVE_FLOW_ASYNC_SET)(dev)->flow_fp_ops = &cleave_async;
#define CLEAVE_FLOW_ASYNC_USE(dev, ops) ((dev)->flow_fp_ops = (ops))
#else
#define CLEAVE_FLOW_ASYNC_OPS rte_flow_ops
#define CLEAVE_FLOW_ASYNC_USE(dev, ops) RTE_SET_USED(dev)
#define CLEAVE_FLOW_ASYNC_OF(dev)                                                                  \
	__extension__({                                                                            \
		const struct rte_flow_ops *cleave_ops = NULL;                                      \
                                                                                                   \
		if ((dev)->dev_ops->flow_ops_get == NULL ||                                        \
			(dev)->dev_ops->flow_ops_get(dev, &cleave_ops) != 0)                       \
			cleave_ops = NULL;                                                         \
		cleave_ops;                                                                        \
	})
#define CLEAVE_FLOW_ASYNC_MEMBER(member, function) .member = function,
#define CLEAVE_FLOW_ASYNC_IN(ops) ops(CLEAVE_FLOW_ASYNC_MEMBER)
#define CLEAVE_FLOW_ASYNC_OUT(dev, ops) RTE_SET_USED(dev);
#endif

/* What rte_tm is given is const from 24.11. */
#if RTE_VERSION >= RTE_VERSION_NUM(24, 11, 0, 0)
#define CLEAVE_TM_CONST const
#else
#define CLEAVE_TM_CONST
#endif

#endif
