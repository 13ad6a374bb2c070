/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where DPDK's releases differ, 22.11 to 24.11: the one place that asks for RTE_VERSION. Code is written for
 * the newest; what is here makes it fit the older ones. Neighbours: who needs it includes it.
 */
#ifndef CLEAVE_COMPAT_H
#define CLEAVE_COMPAT_H

#include <rte_version.h>

/* eth_dev_ops.dev_supported_ptypes_get: from 24.03 it says how many types there are, before that
 * RTE_PTYPE_UNKNOWN ends the list. CLEAVE_PTYPES_OP makes the operation OP of a function LIST that
 * does both; CLEAVE_PTYPES_LIST calls a port's. */
#if RTE_VERSION >= RTE_VERSION_NUM(24, 3, 0, 0)
#define CLEAVE_PTYPES_OP(op, list)                                                                 \
	static const uint32_t *op(struct rte_eth_dev *dev, size_t *count)                          \
	{                                                                                          \
		return list(dev, count);                                                           \
	}
#define CLEAVE_PTYPES_LIST(dev, count) (dev)->dev_ops->dev_supported_ptypes_get(dev, count)
#else
#define CLEAVE_PTYPES_OP(op, list)                                                                 \
	static const uint32_t *op(struct rte_eth_dev *dev)                                         \
	{                                                                                          \
		size_t count;                                                                      \
                                                                                                   \
		return list(dev, &count);                                                          \
	}
#define CLEAVE_PTYPES_LIST(dev, count) (*(count) = 0, (dev)->dev_ops->dev_supported_ptypes_get(dev))
#endif

#endif
