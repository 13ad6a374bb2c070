/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A command is a row: its words, what it does, its help. Neighbours: command.c makes
 * librte_cmdline's tokens of the words; cmd_*.c hold the rows.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include <cmdline.h>

#define COMMAND_WORDS_MAX 10

/* The words as the user typed them, one each; numbers also as numbers. */
struct command_args {
	union {
		char str[128]; /* STR_TOKEN_SIZE of librte_cmdline */
		uint32_t num;
	} word[COMMAND_WORDS_MAX];
};

/* words: fixed words, alternatives "a#b", "<num>" and "<text>". */
struct command {
	const char *words;
	void (*run)(struct cmdline *cl, const struct command_args *a);
	const char *help;
};

extern const struct command commands_fwd[], commands_port[], commands_show[];

/* A port number of the user's; complains and returns false where there is no such port. */
bool command_port(uint32_t id);
/* For each port that "all" or the number in the word means. */
void command_ports(const char *word, void (*each)(uint16_t id));
/* Forwarding must not run for what follows; complains and returns false. */
bool command_stopped(void);

#endif
