/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The test runner: DPDK's app/test in small. Tests register themselves (test.h) and become commands
 * of the RTE>> prompt; DPDK_TEST, DPDK_TEST_PARAMS and DPDK_TEST_SKIP mean what they mean there.
 * Neighbour: meson.build, which runs one test a process.
 */
#include "test.h"

#include <cmdline.h>
#include <cmdline_parse.h>
#include <cmdline_parse_string.h>
#include <cmdline_rdline.h>
#include <cmdline_socket.h>

#include <rte_eal.h>
#include <rte_string_fns.h>

#include "cleave_net.h"

#define EXTRA_ARGS_MAX 32

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN true
#endif
#endif
#ifndef UNDER_ASAN
#define UNDER_ASAN false
#endif

static TAILQ_HEAD(, test_command) commands = TAILQ_HEAD_INITIALIZER(commands);
static int last_result;

void
add_test_command(struct test_command *t)
{
	TAILQ_INSERT_TAIL(&commands, t, next);
}

static int
run_case(const struct unit_test_case *c)
{
	int rc = c->setup == NULL ? TEST_SUCCESS : c->setup();

	if (rc == TEST_SUCCESS)
		rc = c->testcase != NULL ? c->testcase() : c->testcase_with_data(c->data);
	if (c->teardown != NULL)
		c->teardown();
	return rc;
}

int
unit_test_suite_runner(const struct unit_test_suite *suite)
{
	unsigned int total = 0, ok = 0, skipped = 0, unsupported = 0, failed = 0;
	const struct unit_test_case *c;
	int setup = TEST_SUCCESS, rc;
	const char *status;

	printf(" + ------------------------------------------------------- +\n");
	printf(" + Test Suite : %s\n", suite->suite_name);
	printf(" + ------------------------------------------------------- +\n");
	if (suite->setup != NULL)
		setup = suite->setup();

	for (c = suite->unit_test_cases; c->testcase != NULL || c->testcase_with_data != NULL;
		c++) {
		rc = TEST_SKIPPED;
		if (c->enabled)
			rc = setup == TEST_SUCCESS ? run_case(c) : setup;
		if (rc == TEST_SUCCESS) {
			status = "succeeded";
			ok++;
		} else if (rc == TEST_SKIPPED) {
			status = "skipped";
			skipped++;
		} else if (rc == -ENOTSUP) {
			status = "unsupported";
			unsupported++;
		} else {
			status = "failed";
			failed++;
		}
		printf(" + TestCase [%2u] : %s %s\n", total++, c->name, status);
		fflush(stdout);
	}
	if (suite->teardown != NULL)
		suite->teardown();

	printf(" + ------------------------------------------------------- +\n");
	printf(" + Test Suite Summary : %s\n", suite->suite_name);
	printf(" + Tests Total : %u, Passed : %u, Skipped : %u, Unsupported : %u, Failed : %u\n",
		total, ok, skipped, unsupported, failed);
	printf(" + ------------------------------------------------------- +\n");
	if (failed > 0 || (setup != TEST_SUCCESS && setup != TEST_SKIPPED))
		return TEST_FAILED;
	return ok == 0 && total > 0 ? TEST_SKIPPED : TEST_SUCCESS;
}

/* Whether DPDK_TEST_SKIP, or the way that the program is built and run, excludes the test. */
static bool
is_skipped(const struct test_command *t)
{
	const char *list = getenv("DPDK_TEST_SKIP");
	size_t len = strlen(t->command), n;

	if (UNDER_ASAN && !t->asan) {
		printf("%s does not run under ASan\n", t->command);
		return true;
	}
	if (!rte_eal_has_hugepages() && !t->nohuge) {
		printf("%s needs huge pages\n", t->command);
		return true;
	}
	for (; list != NULL && *list != '\0'; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (n == len && strncmp(list, t->command, n) == 0) {
			printf("%s stands in DPDK_TEST_SKIP\n", t->command);
			return true;
		}
	}
	return false;
}

struct name_result {
	cmdline_fixed_string_t name;
};

static void
test_parsed(void *parsed, struct cmdline *cl, void *data)
{
	const struct name_result *res = parsed;
	const struct test_command *t;

	TAILQ_FOREACH (t, &commands, next) {
		if (strcmp(res->name, t->command) == 0)
			break;
	}
	last_result = TEST_FAILED;
	if (t != NULL)
		last_result = is_skipped(t) ? TEST_SKIPPED : t->callback();
	printf("Test %s\n", last_result == TEST_SUCCESS	  ? "OK"
			    : last_result == TEST_SKIPPED ? "Skipped"
							  : "Failed");
	fflush(stdout);
}

static void
list_parsed(void *parsed, struct cmdline *cl, void *data)
{
	static const char *const suites[] = {
		[TEST_SUITE_FAST] = "fast-tests",
		[TEST_SUITE_PERF] = "perf-tests",
		[TEST_SUITE_DRIVER] = "driver-tests",
	};
	const struct test_command *t;

	TAILQ_FOREACH (t, &commands, next)
		printf("%-32s %s\n", t->command, suites[t->suite]);
	fflush(stdout);
	last_result = TEST_SUCCESS;
}

static void
quit_parsed(void *parsed, struct cmdline *cl, void *data)
{
	last_result = TEST_SUCCESS;
	cmdline_quit(cl);
}

/* The first token is filled in at start: the names of all tests. */
static cmdline_parse_token_string_t test_token =
	TOKEN_STRING_INITIALIZER(struct name_result, name, "");
static cmdline_parse_token_string_t list_token =
	TOKEN_STRING_INITIALIZER(struct name_result, name, "list");
static cmdline_parse_token_string_t quit_token =
	TOKEN_STRING_INITIALIZER(struct name_result, name, "quit");
static cmdline_parse_inst_t test_cmd = {
	.f = test_parsed, .help_str = "run a test", .tokens = {(void *)&test_token, NULL}};
static cmdline_parse_inst_t list_cmd = {
	.f = list_parsed, .help_str = "list the tests", .tokens = {(void *)&list_token, NULL}};
static cmdline_parse_inst_t quit_cmd = {
	.f = quit_parsed, .help_str = "leave", .tokens = {(void *)&quit_token, NULL}};
static cmdline_parse_ctx_t prompt[] = {&test_cmd, &list_cmd, &quit_cmd, NULL};

static int
name_tests(void)
{
	const struct test_command *t;
	size_t len = 1;
	char *names;

	TAILQ_FOREACH (t, &commands, next)
		len += strlen(t->command) + 1;
	names = calloc(1, len);
	if (names == NULL)
		return -1;
	TAILQ_FOREACH (t, &commands, next) {
		strlcat(names, t->command, len);
		if (TAILQ_NEXT(t, next) != NULL)
			strlcat(names, "#", len);
	}
	test_token.string_data.str = names;
	return 0;
}

/* Run one command line; a test's own result, or -1. */
static int
run_line(const char *line)
{
	char buf[1024];
	struct cmdline *cl;
	int rc = TEST_FAILED;

	snprintf(buf, sizeof(buf), "%s\n", line);
	cl = cmdline_new(prompt, "RTE>>", 0, 1);
	if (cl == NULL)
		return rc;
	if (cmdline_parse_check(cl, buf) < 0) {
		printf("Error: invalid test command: '%s'\n", line);
	} else {
		last_result = TEST_FAILED;
		if (cmdline_in(cl, buf, strlen(buf)) >= 0)
			rc = last_result;
	}
	cmdline_free(cl);
	return rc;
}

static int
interact(void)
{
	struct cmdline *cl = cmdline_stdin_new(prompt, "RTE>>");

	if (cl == NULL)
		return -1;
	cmdline_interact(cl);
	cmdline_stdin_exit(cl);
	return 0;
}

/* rte_eal_init() with what DPDK_TEST_PARAMS adds before "--". Returns the index of the first
 * argument behind it. */
static int
init_eal(int argc, char **argv)
{
	char *env = getenv("DPDK_TEST_PARAMS"), *extra[EXTRA_ARGS_MAX], **all;
	int nb_extra = 0, eal_argc = argc, nb, rc;
	bool no_huge = false;

	if (env != NULL && *env != '\0') {
		env = strdup(env);
		nb_extra = env == NULL ? 0
				       : rte_strsplit(env, strlen(env), extra, EXTRA_ARGS_MAX, ' ');
	}
	all = calloc(argc + nb_extra + 1, sizeof(*all));
	if (all == NULL)
		return -1;
	for (eal_argc = 0; eal_argc < argc && strcmp(argv[eal_argc], "--") != 0; eal_argc++)
		all[eal_argc] = argv[eal_argc];
	memcpy(all + eal_argc, extra, nb_extra * sizeof(*all));
	nb = eal_argc + nb_extra;

	/* DPDK 22.11 refuses --in-memory next to --no-huge; what is left of it then is --no-shconf.
	 */
	for (int i = 0; i < nb; i++)
		no_huge |= strcmp(all[i], "--no-huge") == 0;
	for (int i = 0; i < nb && no_huge; i++)
		if (strcmp(all[i], "--in-memory") == 0)
			all[i] = strdup("--no-shconf");

	rc = rte_eal_init(nb, all);
	return rc < 0 ? rc : RTE_MIN(eal_argc + 1, argc);
}

int
main(int argc, char **argv)
{
	const char *env = getenv("DPDK_TEST");
	int i, rc = 0, worst = 0, nb_lines = 0;

	i = init_eal(argc, argv);
	if (i < 0)
		return -1;
	cleave_sum_select();
	if (name_tests() < 0) {
		rc = -1;
		goto out;
	}
	if (env != NULL && *env != '\0') {
		nb_lines++;
		worst = rc = run_line(env);
	}
	for (; i < argc && rc != TEST_FAILED; i++, nb_lines++) {
		rc = run_line(argv[i]);
		if (rc != TEST_SUCCESS)
			worst = rc;
	}
	rc = nb_lines > 0 ? worst : interact();
	if (rc != TEST_SUCCESS && rc != TEST_SKIPPED)
		rc = -1;
out:
	rte_eal_cleanup();
	return rc;
}
