/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The device arguments, a table row each; what they mean stands at the head of probe_ethdev.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_kvargs.h>

#include "probe.h"

enum arg {
	ARG_TX_CAPA,
	ARG_RX_CAPA,
	ARG_NB_SEG_MAX,
	ARG_NB_MTU_SEG_MAX,
	ARG_TSO_MAX,
	ARG_L2_MAX,
	ARG_MTU,
	ARG_MAX_MTU,
	ARG_QUEUES,
	ARG_TXD,
	ARG_RECORD,
	ARG_PREPARE,
	ARG_RX_LOOP,
	ARG_RX_GEN,
	ARG_RX_GEN_FLOWS,
	ARG_RX_GEN_TRAIN,
	NB_ARGS,
};

struct value {
	const char *key;
	uint64_t min, max;
	uint64_t v; /* default, then what was given */
	bool hex;   /* with or without 0x */
};

/* An IPv6 packet with a full payload of 65535 bytes, behind Ethernet and two VLAN tags. */
#define TSO_MAX_DEFAULT (UINT16_MAX + 40 + PROBE_OVERHEAD)

#define TX_CAPA_DEFAULT                                                                            \
	(RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_IPV4_CKSUM |                           \
		RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM |                      \
		RTE_ETH_TX_OFFLOAD_TCP_TSO)

static const struct value defaults[NB_ARGS] = {
	[ARG_TX_CAPA] = {"tx_capa", 0, UINT64_MAX, TX_CAPA_DEFAULT, true},
	[ARG_RX_CAPA] = {"rx_capa", 0, UINT64_MAX, RTE_ETH_RX_OFFLOAD_SCATTER, true},
	[ARG_NB_SEG_MAX] = {"nb_seg_max", 1, UINT16_MAX, UINT16_MAX},
	[ARG_NB_MTU_SEG_MAX] = {"nb_mtu_seg_max", 1, UINT16_MAX, UINT16_MAX},
	[ARG_TSO_MAX] = {"tso_max", 1, UINT32_MAX, TSO_MAX_DEFAULT},
	[ARG_L2_MAX] = {"l2_max", RTE_ETHER_HDR_LEN, 127, 127},
	[ARG_MTU] = {"mtu", PROBE_MTU_MIN, UINT16_MAX - PROBE_OVERHEAD, RTE_ETHER_MTU},
	[ARG_MAX_MTU] = {"max_mtu", PROBE_MTU_MIN, UINT16_MAX - PROBE_OVERHEAD, 9216},
	[ARG_QUEUES] = {"queues", 1, PROBE_QUEUES_MAX, 16},
	[ARG_TXD] = {"txd", 1, INT32_MAX, 4096},
	[ARG_RECORD] = {"record", PROBE_DISCARD, PROBE_CHECK, PROBE_KEEP},
	[ARG_PREPARE] = {"prepare", 0, 1, 0},
	[ARG_RX_LOOP] = {"rx_loop", 0, 1, 0},
	[ARG_RX_GEN] = {"rx_gen", 0, UINT16_MAX, 0},
	[ARG_RX_GEN_FLOWS] = {"rx_gen_flows", 0, PROBE_GEN_FLOWS_MAX, 0},
	[ARG_RX_GEN_TRAIN] = {"rx_gen_train", 1, UINT16_MAX, 1},
};

static int
parse_number(struct value *a, const char *text)
{
	char *end;

	errno = 0;
	a->v = strtoull(text, &end, a->hex ? 16 : 0);
	if (errno == 0 && end != text && *end == '\0' && *text != '-' && a->v >= a->min &&
		a->v <= a->max)
		return 0;
	PROBE_LOG(ERR, "%s=%s: not a %snumber from %" PRIu64 " to %" PRIu64, a->key, text,
		a->hex ? "hexadecimal " : "", a->min, a->max);
	return -EINVAL;
}

static int
parse_pair(struct value *args, const struct rte_kvargs_pair *pair, struct probe_conf *conf)
{
	const char *value = pair->value != NULL ? pair->value : "";
	unsigned int i;

	if (strcmp(pair->key, "mac") == 0) {
		if (rte_ether_unformat_addr(value, &conf->mac) == 0 &&
			rte_is_valid_assigned_ether_addr(&conf->mac))
			return 0;
		PROBE_LOG(ERR, "mac=%s: not a unicast address", value);
		return -EINVAL;
	}
	for (i = 0; i < NB_ARGS; i++)
		if (strcmp(pair->key, args[i].key) == 0)
			return parse_number(&args[i], value);
	PROBE_LOG(ERR, "%s: no such device argument", pair->key);
	return -EINVAL;
}

static int
check_conf(const struct probe_conf *conf)
{
	if (conf->mtu > conf->max_mtu)
		PROBE_LOG(ERR, "mtu=%u is more than max_mtu=%u", conf->mtu, conf->max_mtu);
	else if (conf->rx_loop && conf->record != PROBE_KEEP)
		PROBE_LOG(ERR, "rx_loop=1 needs record=1");
	else if (conf->rx_loop && conf->rx_gen != 0)
		PROBE_LOG(ERR, "rx_loop=1 and rx_gen=%u exclude each other", conf->rx_gen);
	else if (conf->rx_gen != 0 && conf->rx_gen < RTE_ETHER_HDR_LEN)
		PROBE_LOG(ERR, "rx_gen=%u is less than an Ethernet header", conf->rx_gen);
	else if (conf->rx_gen_flows != 0 && conf->rx_gen <= PROBE_GEN_HDR)
		PROBE_LOG(ERR, "rx_gen_flows=%u needs rx_gen of more than %u bytes of headers",
			conf->rx_gen_flows, PROBE_GEN_HDR);
	else
		return 0;
	return -EINVAL;
}

/* Returns 0, or -EINVAL: one line of the log says why. */
int
probe_args_parse(const char *text, struct probe_conf *conf)
{
	struct rte_kvargs *kvlist = NULL;
	struct value args[NB_ARGS];
	unsigned int i;
	int ret = 0;

	memset(conf, 0, sizeof(*conf));
	rte_eth_random_addr(conf->mac.addr_bytes);
	memcpy(args, defaults, sizeof(args));
	if (text != NULL && *text != '\0') {
		kvlist = rte_kvargs_parse(text, NULL);
		if (kvlist == NULL) {
			PROBE_LOG(ERR, "%s: not a list of key=value", text);
			return -EINVAL;
		}
		for (i = 0; i < kvlist->count && ret == 0; i++)
			ret = parse_pair(args, &kvlist->pairs[i], conf);
		rte_kvargs_free(kvlist);
	}
	if (ret != 0)
		return ret;
	conf->tx_capa = args[ARG_TX_CAPA].v;
	conf->rx_capa = args[ARG_RX_CAPA].v;
	conf->nb_seg_max = (uint16_t)args[ARG_NB_SEG_MAX].v;
	conf->nb_mtu_seg_max = (uint16_t)args[ARG_NB_MTU_SEG_MAX].v;
	conf->tso_max = (uint32_t)args[ARG_TSO_MAX].v;
	conf->l2_max = (uint16_t)args[ARG_L2_MAX].v;
	conf->mtu = (uint16_t)args[ARG_MTU].v;
	conf->max_mtu = (uint16_t)args[ARG_MAX_MTU].v;
	conf->queues = (uint16_t)args[ARG_QUEUES].v;
	conf->txd = (uint32_t)args[ARG_TXD].v;
	conf->record = (uint8_t)args[ARG_RECORD].v;
	conf->prepare = args[ARG_PREPARE].v;
	conf->rx_loop = args[ARG_RX_LOOP].v;
	conf->rx_gen = (uint16_t)args[ARG_RX_GEN].v;
	conf->rx_gen_flows = (uint32_t)args[ARG_RX_GEN_FLOWS].v;
	conf->rx_gen_train = (uint16_t)args[ARG_RX_GEN_TRAIN].v;
	return check_conf(conf);
}
