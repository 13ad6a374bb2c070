/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The device arguments; what they mean stands at the head of vtap_ethdev.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_kvargs.h>

#include "vtap.h"

#define IFACE_DEFAULT "vtap%d"

static int
bad(const char *key, const char *value, const char *why)
{
	VTAP_LOG(ERR, "%s=%s: %s", key, value, why);
	return -EINVAL;
}

static int
parse_iface(const char *key, const char *value, void *opaque)
{
	struct vtap_conf *conf = opaque;
	const char *percent = strchr(value, '%');

	/* what Linux takes as a name, or as the pattern of one */
	if (*value == '\0' || strlen(value) >= IFNAMSIZ || strcmp(value, ".") == 0 ||
		strcmp(value, "..") == 0 || strpbrk(value, "/: \t\n") != NULL ||
		(percent != NULL && (percent[1] != 'd' || strchr(percent + 1, '%') != NULL)))
		return bad(key, value, "not a name of up to 15 bytes, in which %d may stand");
	strcpy(conf->iface, value);
	return 0;
}

static int
parse_remote(const char *key, const char *value, void *opaque)
{
	struct vtap_conf *conf = opaque;

	if (*value == '\0' || strlen(value) >= sizeof(conf->remote))
		return bad(key, value, "not the name of an interface");
	strcpy(conf->remote, value);
	return 0;
}

static int
parse_queues(const char *key, const char *value, void *opaque)
{
	struct vtap_conf *conf = opaque;
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(value, &end, 0);
	if (errno != 0 || end == value || *end != '\0' || *value == '-' || n < 1 ||
		n > VTAP_QUEUES_MAX)
		return bad(key, value, "not a number from 1 to " RTE_STR(VTAP_QUEUES_MAX));
	conf->queues = n;
	return 0;
}

static int
parse_mac(const char *key, const char *value, void *opaque)
{
	struct vtap_conf *conf = opaque;

	if (rte_ether_unformat_addr(value, &conf->mac) != 0 ||
		!rte_is_valid_assigned_ether_addr(&conf->mac))
		return bad(key, value, "not a unicast address");
	conf->has_mac = true;
	return 0;
}

static int
parse_switch(const char *key, const char *value, bool *on)
{
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return bad(key, value, "not 0 or 1");
	*on = *value == '1';
	return 0;
}

static int
parse_persist(const char *key, const char *value, void *opaque)
{
	struct vtap_conf *conf = opaque;

	return parse_switch(key, value, &conf->persist);
}

static int
parse_uring(const char *key, const char *value, void *opaque)
{
	struct vtap_conf *conf = opaque;

	return parse_switch(key, value, &conf->uring);
}

static int
parse_napi(const char *key, const char *value, void *opaque)
{
	struct vtap_conf *conf = opaque;

	return parse_switch(key, value, &conf->napi);
}

/* A name as ip-netns(8) has it, or a path (of /proc/PID/ns/net, say). */
static int
parse_netns(const char *key, const char *value, void *opaque)
{
	struct vtap_conf *conf = opaque;
	const char *in = strchr(value, '/') != NULL ? "" : "/run/netns/";

	if (*value == '\0' || snprintf(conf->netns, sizeof(conf->netns), "%s%s", in, value) >=
				      (int)sizeof(conf->netns))
		return bad(key, value, "not a network namespace");
	return 0;
}

static const struct {
	const char *key;
	arg_handler_t parse;
} args[] = {
	{"iface", parse_iface},
	{"queues", parse_queues},
	{"mac", parse_mac},
	{"persist", parse_persist},
	{"netns", parse_netns},
	{"uring", parse_uring},
	{"napi", parse_napi},
	{"remote", parse_remote},
};

static int
parse_pair(const struct rte_kvargs_pair *pair, struct vtap_conf *conf)
{
	for (unsigned int i = 0; i < RTE_DIM(args); i++)
		if (strcmp(pair->key, args[i].key) == 0)
			return args[i].parse(
				pair->key, pair->value != NULL ? pair->value : "", conf);
	VTAP_LOG(ERR, "%s: no such device argument", pair->key);
	return -EINVAL;
}

int
vtap_args_parse(const char *text, struct vtap_conf *conf)
{
	struct rte_kvargs *list;
	int rc = 0;

	*conf = (struct vtap_conf){
		.iface = IFACE_DEFAULT, .queues = VTAP_QUEUES_DEFAULT, .uring = true};
	if (text == NULL || *text == '\0')
		return 0;
	list = rte_kvargs_parse(text, NULL);
	if (list == NULL) {
		VTAP_LOG(ERR, "%s: not a list of key=value", text);
		return -EINVAL;
	}
	for (unsigned int i = 0; i < list->count && rc == 0; i++)
		rc = parse_pair(&list->pairs[i], conf);
	rte_kvargs_free(list);
	return rc;
}
