/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Commands that steer forwarding: start, stop, set fwd and its like. Neighbours: command.h.
 */
#include <stdio.h>
#include <string.h>

#include <rte_common.h>

#include "command.h"
#include "fwd.h"

static void
run_start(struct cmdline *cl, const struct command_args *a)
{
	forwarding_start(0);
}

static void
run_start_tx_first(struct cmdline *cl, const struct command_args *a)
{
	forwarding_start(1);
}

static void
run_start_tx_first_n(struct cmdline *cl, const struct command_args *a)
{
	forwarding_start(a->word[2].num);
}

static void
run_stop(struct cmdline *cl, const struct command_args *a)
{
	forwarding_stop();
}

static void
run_quit(struct cmdline *cl, const struct command_args *a)
{
	cmdline_quit(cl);
}

static void
run_set_fwd(struct cmdline *cl, const struct command_args *a)
{
	const struct fwd_mode *mode = mode_find(a->word[2].str);

	if (mode == NULL) {
		fail("set fwd %s: accepted is %s", a->word[2].str, mode_names());
		return;
	}
	if (!command_stopped())
		return;
	conf.mode = mode;
	printf("Set %s packet forwarding mode\n", mode->name);
}

static void
run_set_burst(struct cmdline *cl, const struct command_args *a)
{
	if (a->word[2].num < 1 || a->word[2].num > BURST_MAX) {
		fail("set burst %u: accepted is 1 to %u", a->word[2].num, BURST_MAX);
		return;
	}
	if (!command_stopped())
		return;
	conf.burst = a->word[2].num;
	printf("Number of packets per burst set to %u\n", conf.burst);
}

static void
run_set_nbcore(struct cmdline *cl, const struct command_args *a)
{
	uint32_t before = conf.nb_cores;

	if (!command_stopped())
		return;
	conf.nb_cores = a->word[2].num;
	if (a->word[2].num == 0 || streams_setup() < 0) {
		fail("set nbcore %u: not possible", a->word[2].num);
		conf.nb_cores = before;
		streams_setup();
		return;
	}
	printf("Number of forwarding cores set to %u\n", nb_lcores);
}

static void
run_set_portlist(struct cmdline *cl, const struct command_args *a)
{
	uint16_t list[RTE_MAX_ETHPORTS];
	int n = parse_portlist(a->word[2].str, list, RTE_DIM(list));

	if (n < 0) {
		fail("set portlist %s: accepted are port numbers such as 0,2-4", a->word[2].str);
		return;
	}
	for (int i = 0; i < n; i++)
		if (!command_port(list[i]))
			return;
	if (!command_stopped())
		return;
	memcpy(conf.portlist, list, n * sizeof(list[0]));
	conf.portlist_nb = n;
	streams_setup();
}

static void
run_set_verbose(struct cmdline *cl, const struct command_args *a)
{
	conf.verbose = a->word[2].num;
	printf("Change verbose level to %u\n", conf.verbose);
}

static void
run_fwd_stats(struct cmdline *cl, const struct command_args *a)
{
	stats_forward();
}

static void
run_clear_fwd_stats(struct cmdline *cl, const struct command_args *a)
{
	stats_forward_clear();
}

const struct command commands_fwd[] = {
	{"start", run_start, "start forwarding"},
	{"start tx_first", run_start_tx_first, "send a burst first"},
	{"start tx_first <num>", run_start_tx_first_n, "send N bursts first"},
	{"stop", run_stop, "stop forwarding, print the forward statistics"},
	{"quit", run_quit, "leave"},
	{"set fwd <text>", run_set_fwd, "forwarding mode"},
	{"set burst <num>", run_set_burst, "packets per burst"},
	{"set nbcore <num>", run_set_nbcore, "forwarding lcores"},
	{"set portlist <text>", run_set_portlist, "forwarding ports, in this order"},
	{"set verbose <num>", run_set_verbose, "rxonly prints packets where above 0"},
	{"show fwd stats all", run_fwd_stats, "forward statistics"},
	{"clear fwd stats all", run_clear_fwd_stats, "set them to zero"},
	{NULL, NULL, NULL},
};
