/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Commands that show. Neighbours: command.h, show.c, stats.c.
 */
#include <stdio.h>
#include <string.h>

#include <rte_common.h>

#include "command.h"
#include "fwd.h"

static bool summary_header;

static void
each_summary(uint16_t id)
{
	show_port_summary(id, summary_header);
	summary_header = false;
}

static void
run_show_port(struct cmdline *cl, const struct command_args *a)
{
	static const struct {
		const char *word;
		void (*each)(uint16_t id);
	} views[] = {
		{"info", show_port_info},
		{"stats", stats_port},
		{"xstats", show_port_xstats},
		{"summary", each_summary},
	};

	summary_header = true;
	for (unsigned int i = 0; i < RTE_DIM(views); i++)
		if (strcmp(a->word[2].str, views[i].word) == 0)
			command_ports(a->word[3].str, views[i].each);
}

static void
run_clear_port(struct cmdline *cl, const struct command_args *a)
{
	command_ports(a->word[3].str, stats_clear_port);
}

static void
run_show_offload(struct cmdline *cl, const struct command_args *a)
{
	bool tx = a->word[3].str[0] == 't';

	if (!command_port(a->word[2].num))
		return;
	if (strcmp(a->word[4].str, "capabilities") == 0)
		show_offload_capa(a->word[2].num, tx);
	else
		show_offload_conf(a->word[2].num, tx);
}

static void
run_show_features(struct cmdline *cl, const struct command_args *a)
{
	if (command_port(a->word[2].num))
		show_features(a->word[2].num);
}

static void
run_show_plan(struct cmdline *cl, const struct command_args *a)
{
	if (!command_port(a->word[2].num))
		return;
	printf("Plan for port %u:\n", a->word[2].num);
	if (cleave_tx_plan_dump(stdout, a->word[2].num, 0) < 0)
		printf("  the port was not started yet\n");
}

static void
run_show_config(struct cmdline *cl, const struct command_args *a)
{
	if (strcmp(a->word[2].str, "rxtx") == 0)
		show_config_rxtx();
	else if (strcmp(a->word[2].str, "cores") == 0)
		show_config_cores();
	else
		streams_show();
}

static void
run_show_drops(struct cmdline *cl, const struct command_args *a)
{
	stats_drops();
}

static void
run_show_flows(struct cmdline *cl, const struct command_args *a)
{
	if (command_port(a->word[3].num))
		merge_show_flows(a->word[3].num);
}

const struct command commands_show[] = {
	{"show port info#stats#xstats#summary <text>", run_show_port, "PORT or all"},
	{"clear port stats <text>", run_clear_port, "PORT or all"},
	{"show port <num> tx_offload#rx_offload capabilities#configuration", run_show_offload,
		"PORT"},
	{"show port <num> features", run_show_features, "as ethtool -k"},
	{"show port <num> plan", run_show_plan, "what is cut where, and what is missing"},
	{"show gro flows <num>", run_show_flows, "what PORT's queues hold to be merged"},
	{"show config rxtx#cores#fwd", run_show_config, "how it is set up"},
	{"show drops", run_show_drops, "why packets were dropped"},
	{NULL, NULL, NULL},
};
