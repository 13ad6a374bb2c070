/* SPDX-License-Identifier: BSD-3-Clause
 *
 * RSS: which queue a frame goes to, by a hash of its addresses and ports, as NICs do it. The hash is Toeplitz's
 * (Microsoft, RSS Hashing Functions; rte_thash.h), made of a table by the program in the kernel. Neighbours:
 * vtap_flow.h, vtap_steer_bpf.c.
 */
#include <errno.h>
#include <string.h>

#include "vtap.h"

/* Microsoft's, which its documents prove implementations with. */
static const uint8_t default_key[VTAP_RSS_KEY] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2,
	0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30,
	0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac,
	0x01, 0xfa};

void
vtap_rss_infos(const struct vtap_port *port, struct rte_eth_dev_info *info)
{
	if (!port->steering.able)
		return;
	info->flow_type_rss_offloads = VTAP_RSS_TYPES;
	info->reta_size = VTAP_RETA;
	info->hash_key_size = VTAP_RSS_KEY;
}

uint64_t
vtap_rss_types(uint64_t types)
{
	static const struct {
		uint64_t ex, type;
	} rows[] = {
		{RTE_ETH_RSS_IPV6_EX, RTE_ETH_RSS_IPV6},
		{RTE_ETH_RSS_IPV6_TCP_EX, RTE_ETH_RSS_NONFRAG_IPV6_TCP},
		{RTE_ETH_RSS_IPV6_UDP_EX, RTE_ETH_RSS_NONFRAG_IPV6_UDP},
	};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		if (types & rows[i].ex)
			types = (types & ~rows[i].ex) | rows[i].type;
	return types;
}

void
vtap_rss_kinds(uint64_t types, uint8_t hash[VTAP_KINDS])
{
	static const struct {
		uint64_t all; /* every packet of that version */
		struct {
			uint64_t type;
			enum vtap_hash hash;
		} kind[VTAP_KINDS_AN_IP]; /* by enum vtap_kind */
	} ip[] = {
		{RTE_ETH_RSS_IPV4,
			{[VTAP_FRAG] = {RTE_ETH_RSS_FRAG_IPV4, VTAP_HASH_ADDRESSES},
				[VTAP_OTHER] = {RTE_ETH_RSS_NONFRAG_IPV4_OTHER,
					VTAP_HASH_ADDRESSES},
				[VTAP_TCP] = {RTE_ETH_RSS_NONFRAG_IPV4_TCP, VTAP_HASH_PORTS},
				[VTAP_UDP] = {RTE_ETH_RSS_NONFRAG_IPV4_UDP, VTAP_HASH_PORTS},
				[VTAP_SCTP] = {RTE_ETH_RSS_NONFRAG_IPV4_SCTP, VTAP_HASH_PORTS}}},
		{RTE_ETH_RSS_IPV6,
			{[VTAP_FRAG] = {RTE_ETH_RSS_FRAG_IPV6, VTAP_HASH_ADDRESSES},
				[VTAP_OTHER] = {RTE_ETH_RSS_NONFRAG_IPV6_OTHER,
					VTAP_HASH_ADDRESSES},
				[VTAP_TCP] = {RTE_ETH_RSS_NONFRAG_IPV6_TCP, VTAP_HASH_PORTS},
				[VTAP_UDP] = {RTE_ETH_RSS_NONFRAG_IPV6_UDP, VTAP_HASH_PORTS},
				[VTAP_SCTP] = {RTE_ETH_RSS_NONFRAG_IPV6_SCTP, VTAP_HASH_PORTS}}},
	};

	hash[0] = VTAP_HASH_NOTHING;
	for (unsigned int v = 0; v < RTE_DIM(ip); v++)
		for (unsigned int k = VTAP_FRAG; k < VTAP_KINDS_AN_IP; k++)
			hash[v * VTAP_KIND_IPV6 + k] = types & ip[v].kind[k].type
							       ? ip[v].kind[k].hash
						       : types & ip[v].all ? VTAP_HASH_ADDRESSES
									   : VTAP_HASH_NOTHING;
}

/* A bit of the tuple adds the 32 bits of the key that begin where it is. */
void
vtap_rss_table(const uint8_t key[VTAP_RSS_KEY], uint32_t table[VTAP_TUPLE][256])
{
	for (unsigned int i = 0; i < VTAP_TUPLE; i++) {
		uint64_t window = 0;

		for (unsigned int j = 0; j < 5; j++)
			window = window << 8 | key[i + j];
		for (unsigned int byte = 0; byte < 256; byte++) {
			uint32_t sum = 0;

			for (unsigned int bit = 0; bit < 8; bit++)
				if (byte & 0x80 >> bit)
					sum ^= window >> (8 - bit);
			table[i][byte] = sum;
		}
	}
}

/* A length of 0 is the only one that there is, as ethdev says. */
static bool
is_key(const struct rte_eth_rss_conf *conf)
{
	return conf->rss_key == NULL || conf->rss_key_len == 0 || conf->rss_key_len == VTAP_RSS_KEY;
}

/* Can the port be configured so? */
int
vtap_rss_check(const struct rte_eth_dev *dev)
{
	const struct vtap_port *port = dev->data->dev_private;
	const struct rte_eth_rss_conf *conf = &dev->data->dev_conf.rx_adv_conf.rss_conf;
	const uint16_t queues = RTE_MAX(dev->data->nb_rx_queues, 1);
	const struct rte_flow *flow;

	TAILQ_FOREACH (flow, &port->steering.flows, next)
		if (flow->top_queue >= queues) {
			VTAP_LOG(ERR, "%s: a flow rule names queue %u, there are to be %u",
				dev->data->name, flow->top_queue, queues);
			return -EINVAL;
		}
	if ((dev->data->dev_conf.rxmode.mq_mode & RTE_ETH_MQ_RX_RSS_FLAG) && !is_key(conf)) {
		VTAP_LOG(ERR, "%s: an RSS key of %u bytes, not %u", dev->data->name,
			conf->rss_key_len, VTAP_RSS_KEY);
		return -EINVAL;
	}
	return 0;
}

/* Begins anew with what the application configured. */
int
vtap_rss_configure(struct rte_eth_dev *dev)
{
	struct vtap_port *port = dev->data->dev_private;
	struct vtap_rss *rss = &port->steering.rss;
	const struct rte_eth_rss_conf *conf = &dev->data->dev_conf.rx_adv_conf.rss_conf;

	if (!port->steering.able)
		return 0;
	rss->on = dev->data->dev_conf.rxmode.mq_mode & RTE_ETH_MQ_RX_RSS_FLAG;
	memcpy(rss->key, rss->on && conf->rss_key != NULL ? conf->rss_key : default_key,
		sizeof(rss->key));
	rss->types = rss->on ? conf->rss_hf : VTAP_RSS_TYPES;
	for (unsigned int i = 0; i < VTAP_RETA; i++)
		rss->reta[i] = i % RTE_MAX(dev->data->nb_rx_queues, 1);
	return vtap_steer_apply(port);
}

/* Keeps a change if the kernel takes it. */
static int
change(struct vtap_port *port, const struct vtap_rss *rss)
{
	const struct vtap_rss before = port->steering.rss;
	int rc;

	port->steering.rss = *rss;
	rc = vtap_steer_apply(port);
	if (rc < 0)
		port->steering.rss = before;
	return rc;
}

int
vtap_rss_update(struct rte_eth_dev *dev, struct rte_eth_rss_conf *conf)
{
	struct vtap_port *port = dev->data->dev_private;
	struct vtap_rss rss = port->steering.rss;

	if (!port->steering.able)
		return -ENOTSUP;
	if (!is_key(conf))
		return -EINVAL;
	if (conf->rss_key != NULL)
		memcpy(rss.key, conf->rss_key, VTAP_RSS_KEY);
	rss.types = conf->rss_hf;
	return change(port, &rss);
}

int
vtap_rss_get(struct rte_eth_dev *dev, struct rte_eth_rss_conf *conf)
{
	const struct vtap_port *port = dev->data->dev_private;

	if (!port->steering.able)
		return -ENOTSUP;
	conf->rss_hf = port->steering.rss.on ? port->steering.rss.types : 0;
	if (conf->rss_key == NULL)
		return 0;
	if (conf->rss_key_len != 0 && conf->rss_key_len < VTAP_RSS_KEY)
		return -EINVAL;
	memcpy(conf->rss_key, port->steering.rss.key, VTAP_RSS_KEY);
	conf->rss_key_len = VTAP_RSS_KEY;
	return 0;
}

int
vtap_reta_update(struct rte_eth_dev *dev, struct rte_eth_rss_reta_entry64 *reta, uint16_t size)
{
	struct vtap_port *port = dev->data->dev_private;
	struct vtap_rss rss = port->steering.rss;

	if (!port->steering.able)
		return -ENOTSUP;
	if (size != VTAP_RETA)
		return -EINVAL;
	for (unsigned int i = 0; i < size; i++) {
		const struct rte_eth_rss_reta_entry64 *g = &reta[i / RTE_ETH_RETA_GROUP_SIZE];
		const unsigned int at = i % RTE_ETH_RETA_GROUP_SIZE;

		if (!(g->mask & RTE_BIT64(at)))
			continue;
		if (g->reta[at] >= dev->data->nb_rx_queues)
			return -EINVAL;
		rss.reta[i] = g->reta[at];
	}
	return change(port, &rss);
}

int
vtap_reta_query(struct rte_eth_dev *dev, struct rte_eth_rss_reta_entry64 *reta, uint16_t size)
{
	const struct vtap_port *port = dev->data->dev_private;

	if (!port->steering.able)
		return -ENOTSUP;
	if (size != VTAP_RETA)
		return -EINVAL;
	for (unsigned int i = 0; i < size; i++) {
		struct rte_eth_rss_reta_entry64 *g = &reta[i / RTE_ETH_RETA_GROUP_SIZE];

		if (g->mask & RTE_BIT64(i % RTE_ETH_RETA_GROUP_SIZE))
			g->reta[i % RTE_ETH_RETA_GROUP_SIZE] = port->steering.rss.reta[i];
	}
	return 0;
}
