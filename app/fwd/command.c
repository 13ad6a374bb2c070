/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The prompt: librte_cmdline, with its token structures made from the rows of cmd_*.c. Neighbours:
 * command.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmdline.h>
#include <cmdline_parse.h>
#include <cmdline_parse_num.h>
#include <cmdline_parse_string.h>
#include <cmdline_socket.h>
#include <rte_common.h>

#include "command.h"
#include "fwd.h"

#define PROMPT "cleave> "
#define COMMANDS_MAX 128

union token {
	cmdline_parse_token_hdr_t hdr;
	struct cmdline_token_string str;
	struct cmdline_token_num num;
};

/* An instruction of librte_cmdline with what its tokens point to. */
struct built {
	union token token[COMMAND_WORDS_MAX];
	char words[256];
	cmdline_parse_inst_t *inst;
};

static struct built built[COMMANDS_MAX];
static cmdline_parse_ctx_t context[COMMANDS_MAX + 1];

static void
run_command(void *parsed, struct cmdline *cl, void *data)
{
	const struct command *c = data;

	c->run(cl, parsed);
	fflush(stdout);
	if (quit_signal)
		cmdline_quit(cl);
}

static void
build_token(union token *t, const char *word, unsigned int i)
{
	unsigned int off = offsetof(struct command_args, word[i]);

	if (strcmp(word, "<num>") == 0) {
		t->num.hdr = (struct cmdline_token_hdr){&cmdline_token_num_ops, off};
		t->num.num_data.type = RTE_UINT32;
		return;
	}
	t->str.hdr = (struct cmdline_token_hdr){&cmdline_token_string_ops, off};
	t->str.string_data.str = strcmp(word, "<text>") == 0 ? NULL : word;
}

static int
build(struct built *b, const struct command *c)
{
	char *save, *word;
	unsigned int n = 0;

	b->inst = calloc(1, sizeof(*b->inst) + (COMMAND_WORDS_MAX + 1) * sizeof(void *));
	if (b->inst == NULL)
		return -1;
	snprintf(b->words, sizeof(b->words), "%s", c->words);
	for (word = strtok_r(b->words, " ", &save); word != NULL && n < COMMAND_WORDS_MAX;
		word = strtok_r(NULL, " ", &save)) {
		build_token(&b->token[n], word, n);
		b->inst->tokens[n] = &b->token[n].hdr;
		n++;
	}
	b->inst->f = run_command;
	b->inst->data = RTE_PTR_ADD(c, 0);
	b->inst->help_str = c->help;
	return 0;
}

static void run_help(struct cmdline *cl, const struct command_args *a);

static const struct command commands_help[] = {
	{"help", run_help, "the commands"},
	{NULL, NULL, NULL},
};

static const struct command *const groups[] = {
	commands_help,
	commands_fwd,
	commands_port,
	commands_show,
};

static void
run_help(struct cmdline *cl, const struct command_args *a)
{
	for (unsigned int g = 0; g < RTE_DIM(groups); g++)
		for (const struct command *c = groups[g]; c->words != NULL; c++)
			printf("%-60s %s\n", c->words, c->help);
}

static int
build_all(void)
{
	unsigned int n = 0;

	if (context[0] != NULL)
		return 0;
	for (unsigned int g = 0; g < RTE_DIM(groups); g++) {
		for (const struct command *c = groups[g]; c->words != NULL; c++) {
			if (n == COMMANDS_MAX || build(&built[n], c) < 0)
				return fail("no memory for the commands");
			context[n] = built[n].inst;
			n++;
		}
	}
	return 0;
}

int
commands_file(const char *path)
{
	struct cmdline *cl;
	int fd;

	if (build_all() < 0)
		return -1;
	fd = open(path, O_RDONLY);
	cl = fd >= 0 ? cmdline_new(context, PROMPT, fd, STDOUT_FILENO) : NULL;
	if (cl == NULL) {
		if (fd >= 0)
			close(fd);
		return fail("--cmdline-file=%s: %s", path, strerror(errno));
	}
	cmdline_interact(cl);
	cmdline_quit(cl);
	cmdline_free(cl);
	close(fd);
	return 0;
}

void
commands_interact(void)
{
	struct cmdline *cl;

	if (quit_signal || build_all() < 0)
		return;
	cl = cmdline_stdin_new(context, PROMPT);
	if (cl == NULL) {
		fail("no prompt: %s", strerror(errno));
		return;
	}
	cmdline_interact(cl);
	cmdline_stdin_exit(cl);
}

bool
command_port(uint32_t id)
{
	if (id < RTE_MAX_ETHPORTS && port_known(id))
		return true;
	fail("port %u: there is no such port; accepted is 0 to %d", id,
		rte_eth_dev_count_avail() - 1);
	return false;
}

void
command_ports(const char *word, void (*each)(uint16_t id))
{
	uint64_t v;
	uint16_t id;

	if (strcmp(word, "all") == 0) {
		RTE_ETH_FOREACH_DEV (id)
			each(id);
	} else if (parse_uint(word, 0, UINT32_MAX, &v) < 0) {
		fail("port %s: accepted is a port number or 'all'", word);
	} else if (command_port(v)) {
		each(v);
	}
}

bool
command_stopped(void)
{
	if (forwarding)
		fail("stop forwarding first ('stop')");
	return !forwarding;
}
