/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Rules and RSS, given to the kernel: by libbpf, as programs that the TAP runs for each frame. Every change is a
 * new pair of programs with data of its own, so that none meets half a change; one may be the new one a
 * moment before the other. Neighbours: vtap_steer_bpf.c, vtap_flow.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vtap.h"

/* The kernel goes without programs, as at first: an interface that was left behind has those of whoever
 * left it. */
static int
withdraw(const struct vtap_port *port)
{
	static int nothing = -1;

	return port->nb_fds > 0 && (ioctl(port->fd[0], TUNSETSTEERINGEBPF, &nothing) < 0 ||
					   ioctl(port->fd[0], TUNSETFILTEREBPF, &nothing) < 0)
		       ? -errno
		       : 0;
}

#ifdef VTAP_BPF
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

static const uint8_t object[] __rte_aligned(8) = {
#include "vtap_steer_object.h"
};

static int
libbpf_says(enum libbpf_print_level level, const char *format, va_list args)
{
	return rte_vlog(RTE_LOG_DEBUG, vtap_logtype, format, args);
}

/* Who else uses libbpf in this process goes on as before. */
static libbpf_print_fn_t others_print;

void
vtap_steer_done(struct bpf_object *o)
{
	bpf_object__close(o);
	libbpf_set_print(others_print);
}

struct bpf_object *
vtap_steer_object(void)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "vtap");
	struct bpf_object *o;
	struct bpf_program *program;

	others_print = libbpf_set_print(libbpf_says);
	o = bpf_object__open_mem(object, sizeof(object), &opts);
	if (o != NULL)
		bpf_object__for_each_program(program, o) bpf_program__set_autoload(program, false);
	return o;
}

/* What the kernel is to look at; to is all 0. */
static void
fill(const struct vtap_steering *s, struct vtap_steer *to)
{
	struct vtap_rule *last;
	const struct rte_flow *flow;

	vtap_rss_table(s->rss.key, to->toeplitz);
	TAILQ_FOREACH (flow, &s->flows, next) {
		struct vtap_rule *rule = &to->rules[to->nb_rules++];

		*rule = flow->rule;
		vtap_rss_kinds(flow->types != 0 ? flow->types : s->rss.types, rule->hash);
	}
	last = &to->rules[to->nb_rules++];
	last->verdict = s->isolate ? VTAP_DROP : VTAP_STEER;
	vtap_rss_kinds(s->rss.types, last->hash);
	memcpy(last->reta, s->rss.reta, sizeof(last->reta));
}

/* Which programs are needed? */
static void
needs(const struct vtap_steering *s, bool *queue, bool *filter)
{
	const struct rte_flow *flow;

	*queue = s->rss.on;
	*filter = s->isolate;
	TAILQ_FOREACH (flow, &s->flows, next) {
		*queue |= flow->rule.verdict == VTAP_STEER;
		*filter |= flow->rule.verdict == VTAP_DROP || flow->rule.counter != 0;
	}
}

static int
set_data(const struct vtap_steering *s, struct bpf_map *map)
{
	struct vtap_steer *data = calloc(1, sizeof(*data));
	int rc;

	if (data == NULL)
		return -ENOMEM;
	fill(s, data);
	rc = bpf_map__set_initial_value(map, data, sizeof(*data));
	free(data);
	return rc;
}

/* Counters outlive the programs that count. */
static int
keep_counters(struct vtap_steering *s, struct bpf_map *map)
{
	if (s->counters >= 0)
		return 0;
	s->counters = fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 0);
	return s->counters < 0 ? -errno : 0;
}

static int
load(struct vtap_port *port, struct bpf_object *o, bool queue, bool filter)
{
	struct vtap_steering *s = &port->steering;
	struct bpf_program *programs[] = {bpf_object__find_program_by_name(o, "vtap_queue"),
		bpf_object__find_program_by_name(o, "vtap_filter")};
	struct bpf_map *data = bpf_object__find_map_by_name(o, ".bss");
	struct bpf_map *counters = bpf_object__find_map_by_name(o, "counters");
	int fds[] = {-1, -1}, rc;

	if (programs[0] == NULL || programs[1] == NULL || data == NULL || counters == NULL)
		return -EINVAL;
	rc = set_data(s, data);
	if (rc < 0)
		return rc;
	bpf_program__set_autoload(programs[0], queue);
	bpf_program__set_autoload(programs[1], filter);
	rc = s->counters >= 0 ? bpf_map__reuse_fd(counters, s->counters) : 0;
	if (rc == 0)
		rc = bpf_object__load(o);
	if (rc == 0)
		rc = keep_counters(s, counters);
	if (rc < 0)
		return rc;
	if (queue)
		fds[0] = bpf_program__fd(programs[0]);
	if (filter)
		fds[1] = bpf_program__fd(programs[1]);
	if (port->nb_fds == 0)
		return 0;
	if (ioctl(port->fd[0], TUNSETSTEERINGEBPF, &fds[0]) < 0 ||
		ioctl(port->fd[0], TUNSETFILTEREBPF, &fds[1]) < 0)
		return -errno;
	return 0;
}

static int
apply(struct vtap_port *port, bool queue, bool filter)
{
	struct bpf_object *o = vtap_steer_object();
	int rc;

	if (o == NULL)
		return -errno;
	rc = load(port, o, queue, filter);
	vtap_steer_done(o);
	return rc;
}

int
vtap_steer_apply(struct vtap_port *port)
{
	bool queue, filter;
	int rc;

	needs(&port->steering, &queue, &filter);
	rc = queue || filter ? apply(port, queue, filter) : withdraw(port);
	if (rc < 0)
		VTAP_LOG(ERR, "%s: the kernel does not take its flow rules: %s", port->name,
			strerror(-rc));
	return rc;
}

/* Does the kernel take such programs from us? Ports try until one may. */
static int
try(struct vtap_port *port)
{
	static bool taken;
	int rc = taken ? 0 : apply(port, true, true);

	taken = rc == 0;
	return rc;
}

int
vtap_steer_counter(const struct vtap_port *port, uint8_t counter, struct vtap_counter *c)
{
	const uint32_t key = counter - 1;

	return bpf_map_lookup_elem(port->steering.counters, &key, c) < 0 ? -errno : 0;
}
#else
int
vtap_steer_apply(struct vtap_port *port)
{
	return 0;
}

static int
try(struct vtap_port *port)
{
	return -ENOPKG;
}

int
vtap_steer_counter(const struct vtap_port *port, uint8_t counter, struct vtap_counter *c)
{
	return -ENOTSUP;
}
#endif

void
vtap_steer_open(struct vtap_port *port)
{
	int rc;

	TAILQ_INIT(&port->steering.flows);
	rc = try(port);
	withdraw(port);
	port->steering.able = rc == 0;
	if (rc < 0)
		VTAP_LOG(NOTICE, "%s: no flow rules and no RSS: %s", port->name,
			rc == -ENOPKG ? "built without clang or libbpf" : strerror(-rc));
}

void
vtap_steer_close(struct vtap_port *port)
{
	vtap_flow_close(port);
	withdraw(port);
	if (port->steering.counters >= 0)
		close(port->steering.counters);
	port->steering.counters = -1;
}
