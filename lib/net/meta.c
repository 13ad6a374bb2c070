/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The dynamic mbuf field and flag of what DPDK has no field for. Neighbours: cleave_net.h says what
 * is in it; lib/gso reads it, who merges packets writes it.
 */
#include <rte_errno.h>

#include "cleave_net.h"

int cleave_meta_offset = -1;
uint64_t cleave_meta_flag;

int
cleave_meta_register(void)
{
	static const struct rte_mbuf_dynfield field = {
		.name = "cleave_dynfield_meta",
		.size = sizeof(struct cleave_meta),
		.align = __alignof__(struct cleave_meta),
	};
	static const struct rte_mbuf_dynflag flag = {.name = "cleave_dynflag_meta"};
	int bit;

	cleave_meta_offset = rte_mbuf_dynfield_register(&field);
	if (cleave_meta_offset < 0)
		return -rte_errno;
	bit = rte_mbuf_dynflag_register(&flag);
	if (bit < 0)
		return -rte_errno;
	cleave_meta_flag = RTE_BIT64(bit);
	return 0;
}
