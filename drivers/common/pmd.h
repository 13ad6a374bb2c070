/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What each of our drivers has to do for being outside DPDK's tree: the driver interface is that of
 * one release alone, and the shared object says itself what drivers are in it. Neighbours: ../net/.
 */
#ifndef CLEAVE_PMD_H
#define CLEAVE_PMD_H

#include <errno.h>

#include <rte_common.h>
#include <rte_log.h>
#include <rte_version.h>

/* For dpdk-pmdinfo.py: what DPDK's own build generates (buildtools/pmdinfogen.py). */
#define CLEAVE_PMD_INFO(driver, params)                                                            \
	static const char cleave_pmd_info[] __rte_used =                                           \
		"PMD_INFO_STRING= {\"name\": \"" #driver "\", \"params\": \"" params               \
		"\", \"pci_ids\": []}"

/* May the driver run here? 0, or -ENOTSUP and a line in the log. struct rte_eth_dev is no part of
 * DPDK's ABI, and 22.11 and 23.03 have the same library names. */
static inline int
cleave_pmd_check(int logtype, const char *driver)
{
	if (rte_version_year() == RTE_VER_YEAR && rte_version_month() == RTE_VER_MONTH)
		return 0;
	rte_log(RTE_LOG_ERR, logtype, "%s: built for DPDK %u.%02u, this is %s: build it for that\n",
		driver, RTE_VER_YEAR, RTE_VER_MONTH, rte_version());
	return -ENOTSUP;
}

#endif
