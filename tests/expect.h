/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How the judge says what is wrong with segment i of nb. Neighbours: check.c, check_mbuf.c.
 */
#ifndef TESTS_EXPECT_H
#define TESTS_EXPECT_H

#include <stdbool.h>
#include <stdio.h>

/* For the judge's own test, which has it find faults by the thousand. */
extern bool expect_quiet;

#define EXPECT(cond, ...)                                                                          \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			if (expect_quiet)                                                          \
				return -1;                                                         \
			printf("check: segment %u of %u: ", i, nb);                                \
			printf(__VA_ARGS__);                                                       \
			printf("\n");                                                              \
			return -1;                                                                 \
		}                                                                                  \
	} while (0)

#endif
