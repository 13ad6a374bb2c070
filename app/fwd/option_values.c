/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Values of options that are more than a number or a switch. Neighbours: option_values.h,
 * options.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_string_fns.h>

#include "fwd.h"
#include "option_values.h"

int
parse_uint(const char *s, uint64_t min, uint64_t max, uint64_t *v)
{
	char *end;

	errno = 0;
	*v = strtoull(s, &end, 0);
	return errno != 0 || end == s || *end != '\0' || *s == '-' || *v < min || *v > max ? -1 : 0;
}

int
parse_portlist(const char *s, uint16_t *list, unsigned int max)
{
	unsigned int n = 0;
	char *end;

	while (*s != '\0') {
		unsigned long a = strtoul(s, &end, 10), b = a;

		if (end == s)
			return -1;
		s = end;
		if (*s == '-') {
			b = strtoul(s + 1, &end, 10);
			if (end == s + 1)
				return -1;
			s = end;
		}
		for (; a <= b; a++) {
			unsigned int i = 0;

			if (a >= RTE_MAX_ETHPORTS)
				return -1;
			while (i < n && list[i] != a)
				i++;
			if (i < n)
				continue; /* named twice: it forwards once */
			if (n == max)
				return -1;
			list[n++] = a;
		}
		if (*s == ',')
			s++;
		else if (*s != '\0')
			return -1;
	}
	return n != 0 ? (int)n : -1;
}

static const char *
opt_onoff(uint32_t *v, const char *arg)
{
	*v = strcmp(arg, "on") == 0;
	return *v || strcmp(arg, "off") == 0 ? NULL : "on or off";
}

const char *
opt_gso(const char *arg)
{
	return opt_onoff(&conf.gso, arg);
}

const char *
opt_tso(const char *arg)
{
	return opt_onoff(&conf.tso, arg);
}

const char *
opt_gro(const char *arg)
{
	return opt_onoff(&conf.gro, arg);
}

const char *
opt_udp_gro(const char *arg)
{
	return opt_onoff(&conf.udp_gro, arg);
}

const char *
opt_jumbo(const char *arg)
{
	uint64_t port;

	if (parse_uint(arg, 0, RTE_MAX_ETHPORTS - 1, &port) < 0)
		return "a port number";
	conf.jumbo[port] = true;
	return NULL;
}

const char *
opt_mode(const char *arg)
{
	const struct fwd_mode *mode = mode_find(arg);

	if (mode == NULL)
		return mode_names();
	conf.mode = mode;
	return NULL;
}

const char *
opt_topology(const char *arg)
{
#define TOPOLOGY_NAME(e, n) #n,
	static const char *const names[] = {TOPOLOGIES(TOPOLOGY_NAME)};

	for (unsigned int i = 0; i < NB_TOPOLOGIES; i++) {
		if (strcmp(arg, names[i]) == 0) {
			conf.topology = i;
			return NULL;
		}
	}
	return "paired, chained or loop";
}

const char *
opt_portlist(const char *arg)
{
	int n = parse_portlist(arg, conf.portlist, RTE_DIM(conf.portlist));

	if (n < 0)
		return "port numbers such as 0,2-4";
	conf.portlist_nb = n;
	return NULL;
}

static const char *
opt_mask(uint64_t *mask, const char *arg)
{
	char *end;

	errno = 0;
	*mask = strtoull(arg, &end, 16);
	return errno != 0 || end == arg || *end != '\0' || *mask == 0 ? "a hexadecimal mask" : NULL;
}

const char *
opt_portmask(const char *arg)
{
	uint64_t mask;

	if (opt_mask(&mask, arg) != NULL || mask >> RTE_MAX_ETHPORTS != 0)
		return "a hexadecimal mask of ports";
	conf.portlist_nb = 0;
	for (uint16_t p = 0; p < RTE_MAX_ETHPORTS; p++)
		if (mask >> p & 1)
			conf.portlist[conf.portlist_nb++] = p;
	return NULL;
}

const char *
opt_coremask(const char *arg)
{
	return opt_mask(&conf.lcores, arg);
}

const char *
opt_rx_offloads(const char *arg)
{
	return parse_uint(arg, 0, UINT64_MAX, &conf.rx_offloads) < 0 ? "a mask of RX offloads"
								     : NULL;
}

const char *
opt_tx_offloads(const char *arg)
{
	conf.tx_offloads_set = true;
	return parse_uint(arg, 0, UINT64_MAX, &conf.tx_offloads) < 0 ? "a mask of TX offloads"
								     : NULL;
}

/* "PORT,REST": *rest points behind the comma. */
static int
port_and(const char *arg, uint16_t *port, const char **rest)
{
	unsigned long v;
	char *end;

	v = strtoul(arg, &end, 10);
	if (end == arg || *end != ',' || v >= RTE_MAX_ETHPORTS)
		return -1;
	*port = v;
	*rest = end + 1;
	return 0;
}

const char *
opt_eth_peer(const char *arg)
{
	const char *mac;
	uint16_t port;

	if (port_and(arg, &port, &mac) < 0 || rte_ether_unformat_addr(mac, &conf.peer[port]) < 0)
		return "PORT,XX:XX:XX:XX:XX:XX";
	return NULL;
}

const char *
opt_mtu(const char *arg)
{
	const char *rest;
	uint16_t port;
	uint64_t v;

	if (port_and(arg, &port, &rest) < 0 || parse_uint(rest, 68, UINT16_MAX, &v) < 0)
		return "PORT,N with an MTU of 68 to 65535 bytes";
	conf.mtu[port] = v;
	return NULL;
}

const char *
opt_txpkts(const char *arg)
{
	unsigned long v;
	char *end;

	for (conf.txpkt_nb = 0; conf.txpkt_nb < TXPKT_SEGS_MAX; arg = end + 1) {
		v = strtoul(arg, &end, 10);
		if (end == arg || v == 0 || v > UINT16_MAX)
			break;
		conf.txpkt_len[conf.txpkt_nb++] = v;
		if (*end == '\0')
			return NULL;
		if (*end != ',')
			break;
	}
	return "up to 8 lengths of 1 to 65535 bytes, separated by commas";
}

const char *
opt_xstats(const char *arg)
{
	const char *end;

	for (conf.xstats_nb = 0; conf.xstats_nb < RTE_DIM(conf.xstats); arg = end + 1) {
		end = strchrnul(arg, ',');
		if (end == arg || end - arg >= RTE_ETH_XSTATS_NAME_SIZE)
			break;
		strlcpy(conf.xstats[conf.xstats_nb++], arg, end - arg + 1);
		if (*end == '\0')
			return NULL;
	}
	return "up to 8 names of xstats, separated by commas";
}
