/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What nearly every test includes, compiled once: three quarters of the time of compiling them. Each test
 * includes what it needs all the same; scripts/test builds without this file, too, by clang.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_net.h>
