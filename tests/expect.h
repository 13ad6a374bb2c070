/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How the judge says what is wrong with segment i of nb. Neighbours: check.c, check_mbuf.c.
 */
#ifndef TESTS_EXPECT_H
#define TESTS_EXPECT_H

#include <stdio.h>

#define EXPECT(cond, ...)                                                                          \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			printf("check: segment %u of %u: ", i, nb);                                \
			printf(__VA_ARGS__);                                                       \
			printf("\n");                                                              \
			return -1;                                                                 \
		}                                                                                  \
	} while (0)

#endif
