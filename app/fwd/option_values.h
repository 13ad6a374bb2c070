/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Values of options that are more than a number or a switch. Each returns NULL, or what would be
 * accepted. Neighbours: option_values.c, options.c (the table that names them).
 */
#ifndef OPTION_VALUES_H
#define OPTION_VALUES_H

const char *opt_gso(const char *arg);
const char *opt_tso(const char *arg);
const char *opt_gro(const char *arg);
const char *opt_udp_gro(const char *arg);
const char *opt_jumbo(const char *arg);
const char *opt_mode(const char *arg);
const char *opt_topology(const char *arg);
const char *opt_portlist(const char *arg);
const char *opt_portmask(const char *arg);
const char *opt_coremask(const char *arg);
const char *opt_rx_offloads(const char *arg);
const char *opt_tx_offloads(const char *arg);
const char *opt_eth_peer(const char *arg);
const char *opt_mtu(const char *arg);
const char *opt_txpkts(const char *arg);
const char *opt_xstats(const char *arg);

#endif
