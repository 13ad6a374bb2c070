/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Statistics: the lower port's, and what libcleave lost before it; what became of packets in
 * libcleave are xstats, by the names that it has for them. Neighbour: stack.h.
 */
#include <rte_ethdev.h>

#include "stack.h"

/* libcleave's counters, added up over queues, in one row. */
struct counts {
	uint64_t plan[CLEAVE_NB_PLANS], drop[CLEAVE_NB_DROPS];
	uint64_t segments, unchained, sw_cksum, linearized, lost;
	uint64_t gro_packets, gro_merged, gro_supers, gro_verified;
	uint64_t pass[CLEAVE_GRO_NB_PASSES], flush[CLEAVE_GRO_NB_FLUSHES];
};

static const char *const others[] = {"tx_segments", "tx_unchained", "tx_sw_cksum", "tx_linearized",
	"tx_lost", "gro_packets", "gro_merged", "gro_supers", "gro_verified"};
#define NB_COUNTS (sizeof(struct counts) / sizeof(uint64_t))

static const char *
name_of(unsigned int i)
{
	if (i < CLEAVE_NB_PLANS)
		return cleave_plan_name(i);
	i -= CLEAVE_NB_PLANS;
	if (i < CLEAVE_NB_DROPS)
		return cleave_drop_name(i);
	i -= CLEAVE_NB_DROPS;
	if (i < RTE_DIM(others))
		return others[i];
	i -= RTE_DIM(others);
	return i < CLEAVE_GRO_NB_PASSES ? cleave_gro_pass_name(i)
					: cleave_gro_flush_name(i - CLEAVE_GRO_NB_PASSES);
}

static void
add_tx(struct counts *c, uint16_t lower, const struct stack_txq *q)
{
	struct cleave_tx_stats s;

	cleave_tx_stats_get(lower, q->id, &s);
	for (unsigned int i = 0; i < CLEAVE_NB_PLANS; i++)
		c->plan[i] += s.plan[i];
	for (unsigned int i = 0; i < CLEAVE_NB_DROPS; i++)
		c->drop[i] += s.drop[i];
	c->segments += s.segments;
	c->unchained += s.unchained;
	c->sw_cksum += s.sw_cksum;
	c->linearized += s.linearized;
}

static void
add_gro(struct counts *c, const struct stack_rxq *q)
{
	struct cleave_gro_stats s;

	if (q->gro == NULL)
		return;
	cleave_gro_stats_get(q->gro, &s);
	c->gro_packets += s.packets;
	c->gro_merged += s.merged;
	c->gro_supers += s.supers;
	c->gro_verified += s.verified;
	for (unsigned int i = 0; i < CLEAVE_GRO_NB_PASSES; i++)
		c->pass[i] += s.pass[i];
	for (unsigned int i = 0; i < CLEAVE_GRO_NB_FLUSHES; i++)
		c->flush[i] += s.flush[i];
}

static void
count(const struct rte_eth_dev *dev, struct counts *c)
{
	*c = (struct counts){.lost = ((const struct stack_port *)dev->data->dev_private)->lost};
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		if (dev->data->tx_queues[i] != NULL)
			add_tx(c, stack_lower(dev), dev->data->tx_queues[i]);
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		if (dev->data->rx_queues[i] != NULL)
			add_gro(c, dev->data->rx_queues[i]);
}

int
stack_stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats)
{
	struct counts c;
	int rc = rte_eth_stats_get(stack_lower(dev), stats);

	if (rc < 0)
		return rc;
	count(dev, &c);
	for (unsigned int i = 0; i < CLEAVE_NB_DROPS; i++)
		stats->oerrors += c.drop[i];
	stats->oerrors += c.lost;
	dev->data->rx_mbuf_alloc_failed = stats->rx_nombuf;
	return 0;
}

int
stack_stats_reset(struct rte_eth_dev *dev)
{
	((struct stack_port *)dev->data->dev_private)->lost = 0;
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		cleave_tx_stats_reset(stack_lower(dev), i);
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct stack_rxq *q = dev->data->rx_queues[i];

		if (q != NULL && q->gro != NULL)
			cleave_gro_stats_reset(q->gro);
	}
	return rte_eth_stats_reset(stack_lower(dev));
}

/* The lower port, if it has xstats of its own: nobody else can ask for them. */
static struct rte_eth_dev *
below(const struct rte_eth_dev *dev)
{
	struct rte_eth_dev *lower = &rte_eth_devices[stack_lower(dev) % RTE_MAX_ETHPORTS];

	return stack_lower(dev) != RTE_MAX_ETHPORTS && lower->dev_ops->xstats_get != NULL &&
			       lower->dev_ops->xstats_get_names != NULL
		       ? lower
		       : NULL;
}

int
stack_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n)
{
	struct rte_eth_dev *lower = below(dev);
	union {
		struct counts c;
		uint64_t v[NB_COUNTS];
	} all;
	int more = 0;

	if (xstats == NULL || n < NB_COUNTS)
		return stack_xstats_names(dev, NULL, 0);
	count(dev, &all.c);
	for (unsigned int i = 0; i < NB_COUNTS; i++)
		xstats[i] = (struct rte_eth_xstat){.id = i, .value = all.v[i]};
	if (lower != NULL)
		more = lower->dev_ops->xstats_get(lower, xstats + NB_COUNTS, n - NB_COUNTS);
	for (int i = 0; i < more && NB_COUNTS + i < n; i++)
		xstats[NB_COUNTS + i].id += NB_COUNTS;
	return more < 0 ? more : (int)NB_COUNTS + more;
}

int
stack_xstats_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n)
{
	struct rte_eth_xstat_name *rest = NULL, name;
	struct rte_eth_dev *lower = below(dev);
	int more = 0;

	if (names != NULL && n >= NB_COUNTS) {
		for (unsigned int i = 0; i < NB_COUNTS; i++)
			rte_strscpy(names[i].name, name_of(i), sizeof(names[i].name));
		rest = names + NB_COUNTS;
	}
	if (lower != NULL)
		more = lower->dev_ops->xstats_get_names(
			lower, rest, rest != NULL ? n - NB_COUNTS : 0);
	for (int i = 0; rest != NULL && i < more && NB_COUNTS + i < n; i++) {
		snprintf(name.name, sizeof(name.name), "lower_%.50s", rest[i].name);
		rest[i] = name;
	}
	return more < 0 ? more : (int)NB_COUNTS + more;
}
