/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What every test file includes: registration, result codes, assertions and suites, named as in
 * DPDK's own test program (app/test). Neighbours: main.c runs what registers here.
 */
#ifndef CLEAVE_TEST_H
#define CLEAVE_TEST_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <rte_common.h>

#define TEST_SUCCESS 0
#define TEST_FAILED -1
#define TEST_SKIPPED 77

/* (rte_test.h, which DPDK has these from, is not installed.) */
#define TEST_ASSERT(cond, msg, ...)                                                                \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			printf("%s:%d: %s() failed: " msg "\n", __FILE__, __LINE__, __func__,      \
				##__VA_ARGS__);                                                    \
			return TEST_FAILED;                                                        \
		}                                                                                  \
	} while (0)
#define TEST_ASSERT_EQUAL(a, b, msg, ...) TEST_ASSERT((a) == (b), msg, ##__VA_ARGS__)
#define TEST_ASSERT_NOT_EQUAL(a, b, msg, ...) TEST_ASSERT((a) != (b), msg, ##__VA_ARGS__)
#define TEST_ASSERT_SUCCESS(val, msg, ...) TEST_ASSERT((val) == 0, msg, ##__VA_ARGS__)
#define TEST_ASSERT_FAIL(val, msg, ...) TEST_ASSERT((val) != 0, msg, ##__VA_ARGS__)
#define TEST_ASSERT_NULL(val, msg, ...) TEST_ASSERT((val) == NULL, msg, ##__VA_ARGS__)
#define TEST_ASSERT_NOT_NULL(val, msg, ...) TEST_ASSERT((val) != NULL, msg, ##__VA_ARGS__)
#define TEST_ASSERT_BUFFERS_ARE_EQUAL(a, b, len, msg, ...)                                         \
	TEST_ASSERT(memcmp(a, b, len) == 0, msg, ##__VA_ARGS__)

struct unit_test_case {
	int (*setup)(void);
	void (*teardown)(void);
	int (*testcase)(void);
	int (*testcase_with_data)(const void *data);
	const char *name;
	bool enabled;
	const void *data;
};

#define TEST_CASE(fn)                                                                              \
	{                                                                                          \
		NULL, NULL, fn, NULL, #fn, true, NULL                                              \
	}
#define TEST_CASE_NAMED(name, fn)                                                                  \
	{                                                                                          \
		NULL, NULL, fn, NULL, name, true, NULL                                             \
	}
#define TEST_CASE_ST(setup, teardown, fn)                                                          \
	{                                                                                          \
		setup, teardown, fn, NULL, #fn, true, NULL                                         \
	}
#define TEST_CASE_NAMED_WITH_DATA(name, setup, teardown, fn, data)                                 \
	{                                                                                          \
		setup, teardown, NULL, fn, name, true, data                                        \
	}
#define TEST_CASES_END()                                                                           \
	{                                                                                          \
		NULL, NULL, NULL, NULL, NULL, false, NULL                                          \
	}

struct unit_test_suite {
	const char *suite_name;
	int (*setup)(void);
	void (*teardown)(void);
	struct unit_test_case unit_test_cases[];
};

/** Run the cases of a suite in order and print the result of each and of all. */
int unit_test_suite_runner(const struct unit_test_suite *suite);

enum test_suite { TEST_SUITE_FAST, TEST_SUITE_PERF, TEST_SUITE_DRIVER };
#define NOHUGE_OK true
#define NOHUGE_SKIP false
#define ASAN_OK true
#define ASAN_SKIP false

/** One command of the prompt. */
struct test_command {
	TAILQ_ENTRY(test_command) next;
	const char *command;
	int (*callback)(void);
	enum test_suite suite;
	bool nohuge; /* also runs without huge pages */
	bool asan;   /* also runs with the address sanitizer */
};

void add_test_command(struct test_command *t);

#define REGISTER_TEST_IN(cmd, suite_, nohuge_, asan_, func)                                        \
	static struct test_command test_struct_##cmd = {                                           \
		.command = RTE_STR(cmd),                                                           \
		.callback = func,                                                                  \
		.suite = suite_,                                                                   \
		.nohuge = nohuge_,                                                                 \
		.asan = asan_,                                                                     \
	};                                                                                         \
	RTE_INIT(test_register_##cmd)                                                              \
	{                                                                                          \
		add_test_command(&test_struct_##cmd);                                              \
	}

#define REGISTER_FAST_TEST(cmd, nohuge, asan, func)                                                \
	REGISTER_TEST_IN(cmd, TEST_SUITE_FAST, nohuge, asan, func)
#define REGISTER_PERF_TEST(cmd, func)                                                              \
	REGISTER_TEST_IN(cmd, TEST_SUITE_PERF, NOHUGE_OK, ASAN_SKIP, func)
#define REGISTER_DRIVER_TEST(cmd, func)                                                            \
	REGISTER_TEST_IN(cmd, TEST_SUITE_DRIVER, NOHUGE_OK, ASAN_OK, func)

#endif
