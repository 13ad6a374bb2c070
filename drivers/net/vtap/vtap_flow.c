/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Flow rules (rte_flow): what the kernel is to do with frames for the port before it queues them. Neighbours:
 * vtap_flow.h, vtap_pattern.c, vtap_actions.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_flow_driver.h>

#include "vtap.h"

static struct vtap_steering *
steering(struct rte_eth_dev *dev)
{
	return &((struct vtap_port *)dev->data->dev_private)->steering;
}

static int
refuse(struct rte_flow_error *error, int code, const struct rte_flow_action *action,
	const char *why)
{
	return rte_flow_error_set(error, code, RTE_FLOW_ERROR_TYPE_ACTION, action, why);
}

static int
check_attr(const struct rte_flow_attr *attr, struct rte_flow_error *error)
{
	if (attr == NULL)
		return rte_flow_error_set(
			error, EINVAL, RTE_FLOW_ERROR_TYPE_ATTR, NULL, "no attributes");
	if (attr->group != 0)
		return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR_GROUP, attr,
			"there is one group, 0");
	if (attr->egress)
		return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR_EGRESS, attr,
			"received frames only");
	if (attr->transfer)
		return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR_TRANSFER, attr,
			"received frames only");
	if (!attr->ingress)
		return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_ATTR_INGRESS, attr,
			"ingress has to be asked for");
	return 0;
}

static int
make(struct rte_eth_dev *dev, const struct rte_flow_attr *attr, const struct rte_flow_item *pattern,
	const struct rte_flow_action *actions, struct rte_flow *flow, struct rte_flow_error *error)
{
	int rc = check_attr(attr, error);

	memset(flow, 0, sizeof(*flow));
	if (rc == 0)
		rc = vtap_pattern(pattern, &flow->rule, error);
	if (rc == 0)
		rc = vtap_actions(dev, actions, flow, error);
	if (rc == 0)
		flow->priority = attr->priority;
	return rc;
}

static int
flow_validate(struct rte_eth_dev *dev, const struct rte_flow_attr *attr,
	const struct rte_flow_item pattern[], const struct rte_flow_action actions[],
	struct rte_flow_error *error)
{
	struct rte_flow flow;

	return make(dev, attr, pattern, actions, &flow, error);
}

/* A counter that no rule has, which begins at 0. There are as many as rules. */
static void
give_counter(const struct vtap_port *port, struct rte_flow *flow)
{
	const struct vtap_steering *s = &port->steering;
	const struct rte_flow *other;
	uint64_t taken = 0;

	TAILQ_FOREACH (other, &s->flows, next)
		if (other->rule.counter != 0)
			taken |= RTE_BIT64(other->rule.counter - 1);
	flow->rule.counter = 1 + __builtin_ctzll(~taken);
	if (s->counters >= 0)
		vtap_steer_counter(port, flow->rule.counter, &flow->zero);
}

/* Behind those that are as important. */
static void
insert(struct vtap_steering *s, struct rte_flow *flow)
{
	struct rte_flow *other;

	s->nb_flows++;
	TAILQ_FOREACH (other, &s->flows, next)
		if (other->priority > flow->priority) {
			TAILQ_INSERT_BEFORE(other, flow, next);
			return;
		}
	TAILQ_INSERT_TAIL(&s->flows, flow, next);
}

static void
withdraw(struct vtap_steering *s, struct rte_flow *flow)
{
	TAILQ_REMOVE(&s->flows, flow, next);
	s->nb_flows--;
}

static void
put_back(struct vtap_steering *s, struct rte_flow *flow, struct rte_flow *next)
{
	s->nb_flows++;
	if (next != NULL)
		TAILQ_INSERT_BEFORE(next, flow, next);
	else
		TAILQ_INSERT_TAIL(&s->flows, flow, next);
}

static int
not_taken(struct rte_flow_error *error, int rc)
{
	return rte_flow_error_set(error, -rc, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
		"the kernel did not take the rules");
}

static struct rte_flow *
flow_create(struct rte_eth_dev *dev, const struct rte_flow_attr *attr,
	const struct rte_flow_item pattern[], const struct rte_flow_action actions[],
	struct rte_flow_error *error)
{
	struct vtap_port *port = dev->data->dev_private;
	struct vtap_steering *s = &port->steering;
	struct rte_flow made, *flow;
	int rc;

	if (make(dev, attr, pattern, actions, &made, error) < 0)
		return NULL;
	flow = s->nb_flows < VTAP_RULES ? malloc(sizeof(*flow)) : NULL;
	if (flow == NULL) {
		rte_flow_error_set(error, s->nb_flows < VTAP_RULES ? ENOMEM : ENOSPC,
			RTE_FLOW_ERROR_TYPE_HANDLE, NULL, "no room for another rule");
		return NULL;
	}
	*flow = made;
	if (flow->rule.counter != 0)
		give_counter(port, flow);
	insert(s, flow);
	rc = vtap_steer_apply(port);
	if (rc < 0) {
		withdraw(s, flow);
		free(flow);
		not_taken(error, rc);
		return NULL;
	}
	return flow;
}

/* There are fewer rules now. Where there is no interface any more, there is nothing to tell. */
static int
apply_fewer(struct vtap_port *port)
{
	int rc = port->gone ? 0 : vtap_steer_apply(port);

	return rc == -EBADFD ? 0 : rc;
}

static bool
is_ours(const struct vtap_steering *s, const struct rte_flow *flow)
{
	const struct rte_flow *f;

	TAILQ_FOREACH (f, &s->flows, next)
		if (f == flow)
			return true;
	return false;
}

static int
no_such_rule(struct rte_flow_error *error)
{
	return rte_flow_error_set(error, ENOENT, RTE_FLOW_ERROR_TYPE_HANDLE, NULL, "no such rule");
}

static int
flow_destroy(struct rte_eth_dev *dev, struct rte_flow *flow, struct rte_flow_error *error)
{
	struct vtap_steering *s = steering(dev);
	struct rte_flow *next;
	int rc;

	if (!is_ours(s, flow))
		return no_such_rule(error);
	next = TAILQ_NEXT(flow, next);
	withdraw(s, flow);
	rc = apply_fewer(dev->data->dev_private);
	if (rc < 0) {
		put_back(s, flow, next);
		return not_taken(error, rc);
	}
	free(flow);
	return 0;
}

static int
flow_flush(struct rte_eth_dev *dev, struct rte_flow_error *error)
{
	int rc;

	vtap_flow_close(dev->data->dev_private);
	rc = apply_fewer(dev->data->dev_private);
	return rc < 0 ? not_taken(error, rc) : 0;
}

static int
flow_query(struct rte_eth_dev *dev, struct rte_flow *flow, const struct rte_flow_action *action,
	void *data, struct rte_flow_error *error)
{
	struct rte_flow_query_count *count = data;
	struct vtap_counter now;
	int rc;

	if (!is_ours(steering(dev), flow))
		return no_such_rule(error);
	if (action->type == RTE_FLOW_ACTION_TYPE_VOID)
		return 0;
	if (action->type != RTE_FLOW_ACTION_TYPE_COUNT || flow->rule.counter == 0)
		return refuse(error, ENOTSUP, action, "the rule does not count");
	rc = vtap_steer_counter(dev->data->dev_private, flow->rule.counter, &now);
	if (rc < 0)
		return refuse(error, -rc, action, "no counter");
	count->hits_set = count->bytes_set = 1;
	count->hits = now.hits - flow->zero.hits;
	count->bytes = now.bytes - flow->zero.bytes;
	if (count->reset)
		flow->zero = now;
	return 0;
}

static int
flow_isolate(struct rte_eth_dev *dev, int set, struct rte_flow_error *error)
{
	struct vtap_steering *s = steering(dev);
	const bool before = s->isolate;
	int rc;

	s->isolate = set;
	rc = vtap_steer_apply(dev->data->dev_private);
	if (rc < 0)
		s->isolate = before;
	return rc < 0 ? not_taken(error, rc) : 0;
}

static void
dump(FILE *f, const struct rte_flow *flow)
{
	static const char *const verdicts[] = {
		[VTAP_NEXT] = "passthru", [VTAP_STEER] = "steer", [VTAP_DROP] = "drop"};
	const uint8_t *spec = (const uint8_t *)&flow->rule.spec;
	const uint8_t *mask = (const uint8_t *)&flow->rule.mask;

	fprintf(f, "priority %u %s%s, byte=value/mask:", flow->priority,
		verdicts[flow->rule.verdict], flow->rule.counter != 0 ? " count" : "");
	for (unsigned int i = 0; i < sizeof(flow->rule.spec); i++)
		if (mask[i] != 0)
			fprintf(f, " %u=%02x/%02x", i, spec[i], mask[i]);
	fputc('\n', f);
}

/* A line a rule: what its frames' headers are compared with, struct vtap_headers. */
static int
flow_dump(struct rte_eth_dev *dev, struct rte_flow *flow, FILE *f, struct rte_flow_error *error)
{
	const struct rte_flow *each;

	if (flow != NULL && !is_ours(steering(dev), flow))
		return no_such_rule(error);
	TAILQ_FOREACH (each, &steering(dev)->flows, next)
		if (flow == NULL || flow == each)
			dump(f, each);
	return 0;
}

static const struct rte_flow_ops flow_ops = {
	.validate = flow_validate,
	.create = flow_create,
	.destroy = flow_destroy,
	.flush = flow_flush,
	.query = flow_query,
	.isolate = flow_isolate,
	.dev_dump = flow_dump,
};

int
vtap_flow_ops(struct rte_eth_dev *dev, const struct rte_flow_ops **ops)
{
	*ops = steering(dev)->able ? &flow_ops : NULL; /* which is: not supported */
	return 0;
}

/* The rules are forgotten; the kernel still has them. */
void
vtap_flow_close(struct vtap_port *port)
{
	struct rte_flow *flow;

	while ((flow = TAILQ_FIRST(&port->steering.flows)) != NULL) {
		withdraw(&port->steering, flow);
		free(flow);
	}
}
