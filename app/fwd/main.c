/* SPDX-License-Identifier: BSD-3-Clause
 *
 * cleave-fwd: a poll-mode forwarder with testpmd's command line that cuts what its ports cannot.
 * Neighbours: options.c, port.c, stream.c, command.c; the packet's way is worker.c.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>

#include "cleave_net.h"
#include "fwd.h"

volatile sig_atomic_t quit_signal;

int
fail(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("cleave-fwd: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return -1;
}

static void
on_signal(int sig)
{
	quit_signal = sig;
}

static void
catch_signals(void)
{
	/* no SA_RESTART: a read of the prompt ends */
	struct sigaction sa = {.sa_handler = on_signal};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9;
}

static void
print_stats(void)
{
	uint16_t id;

	if (isatty(STDOUT_FILENO))
		printf("\x1b[2J\x1b[1;1H");
	printf("\nPort statistics ====================================");
	RTE_ETH_FOREACH_DEV (id)
		stats_port(id);
	fflush(stdout);
}

/* Until a newline or a signal; the end of standard input ends it as in testpmd: not where
 * statistics are printed. */
static void
wait_for_end(void)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	double next = now() + conf.stats_period;

	printf("Press enter to exit\n");
	fflush(stdout);
	while (!quit_signal) {
		int ms = conf.stats_period != 0 ? (int)((next - now()) * 1000) : 1000;
		ssize_t n;
		char c;

		if (poll(&in, 1, ms > 0 ? RTE_MIN(ms, 1000) : 0) > 0) {
			n = read(STDIN_FILENO, &c, 1);
			if (n == 1 ? c == '\n'
				   : conf.stats_period == 0 && !(n < 0 && errno == EINTR))
				break;
			if (n == 0 || (n < 0 && errno != EINTR))
				in.fd = -1; /* poll() passes it over */
		}
		if (conf.stats_period != 0 && now() >= next) {
			print_stats();
			next += conf.stats_period;
		}
	}
}

static int
run(void)
{
	if (conf.cmdline_file != NULL && commands_file(conf.cmdline_file) < 0)
		return -1;
	if (conf.interactive) {
		/* the file may have started it */
		if (conf.auto_start && !forwarding && forwarding_start(0) < 0)
			return -1;
		commands_interact();
		return 0;
	}
	if (!forwarding && !quit_signal && forwarding_start(conf.tx_first) < 0)
		return -1;
	wait_for_end();
	return 0;
}

static int
bring_up(void)
{
	uint16_t id;

	if (rte_eth_dev_count_avail() == 0)
		return fail("no port: name one with the EAL's -a or --vdev");
	if (pools_create() < 0)
		return -1;
	RTE_ETH_FOREACH_DEV (id)
		ports[id].present = true;
	if (options_check_ports() < 0 || streams_setup() < 0 || ports_init() < 0)
		return -1;
	if (!conf.disable_link_check)
		ports_wait_links();
	return 0;
}

int
main(int argc, char **argv)
{
	uint16_t id;
	int rc, eal_argc;

	for (eal_argc = 1; eal_argc < argc && strcmp(argv[eal_argc], "--") != 0; eal_argc++)
		;
	/* the options' argv[0] is the "--", or there are none */
	if (options_parse(argc - eal_argc, &argv[eal_argc]) < 0)
		return EXIT_FAILURE;
	if (conf.help) {
		options_usage(argv[0]);
		return EXIT_SUCCESS;
	}
	if (conf.stats_json != NULL && json_open(conf.stats_json) < 0)
		return EXIT_FAILURE;
	catch_signals();
	if (rte_eal_init(eal_argc, argv) < 0) {
		fail("EAL: %s", rte_strerror(rte_errno));
		return EXIT_FAILURE;
	}
	cleave_sum_select();

	rc = bring_up();
	if (rc == 0)
		rc = run();
	if (forwarding)
		forwarding_stop();
	if (rc == 0 && conf.stats_json != NULL)
		rc = json_write(conf.stats_json);
	RTE_ETH_FOREACH_DEV (id) {
		if (rc == 0) {
			printf("\nStopping port %u...\n", id);
			printf("Closing port %u...\n", id);
		}
		port_close(id);
	}
	merge_free();
	rte_free(streams);
	rte_eal_cleanup();
	if (rc == 0)
		printf("\nBye...\n");
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
