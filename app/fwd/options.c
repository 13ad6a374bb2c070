/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The command line behind "--": a table of options, testpmd's spelling and meaning, and Cleave's
 * own. Parsed before the EAL starts anything. Neighbours: option_values.c (values that are more
 * than a number), fwd.h (conf), main.c.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleave_net.h"
#include "fwd.h"
#include "option_values.h"

struct fwd_conf conf = {
	.rxq = 1,
	.txq = 1,
	.rxd = UNSET,
	.txd = UNSET,
	.burst = 32,
	.mbuf_size = RTE_MBUF_DEFAULT_BUF_SIZE,
	.mbcache = 250,
	.txfreet = UNSET,
	.txrst = UNSET,
	.rxfreet = UNSET,
	.txpkt_len = {64},
	.txpkt_nb = 1,
	.gso = 1,
	.tso = 1,
	.gro = 1,
	.gro_flush = 1,
	.mode = &mode_io,
};

static const char *
tunnel_port(const char *name, const char *arg)
{
	uint64_t v;

	if (parse_uint(arg, 1, UINT16_MAX, &v) < 0 || cleave_tunnel_set_udp_port(name, v) < 0)
		return "a UDP port, 1 to 65535, that no other tunnel has";
	return NULL;
}

static const char *
opt_gpe_port(const char *arg)
{
	return tunnel_port("vxlan-gpe", arg);
}

static const char *
opt_geneve_port(const char *arg)
{
	return tunnel_port("geneve", arg);
}

/* One option: a switch (flag), a number (num, min to max), a text, or what its function makes of
 * it. */
struct option_row {
	const char *name;
	char short_name;
	uint32_t *flag;
	uint32_t *num;
	const char **text;
	const char *(*call)(const char *arg);
	uint64_t min, max;
	const char *arg, *help;
};

#define FLAG(n, f, h)                                                                              \
	{                                                                                          \
		.name = n, .flag = &conf.f, .help = h                                              \
	}
#define NUM(n, f, lo, hi, h)                                                                       \
	{                                                                                          \
		.name = n, .num = &conf.f, .min = lo, .max = hi, .arg = "N", .help = h             \
	}
#define CALL(n, f, a, h)                                                                           \
	{                                                                                          \
		.name = n, .call = f, .arg = a, .help = h                                          \
	}
#define TEXT(n, f, a, h)                                                                           \
	{                                                                                          \
		.name = n, .text = &conf.f, .arg = a, .help = h                                    \
	}

static const struct option_row rows[] = {
	{"interactive", 'i', &conf.interactive, .help = "run the prompt"},
	{"auto-start", 'a', &conf.auto_start, .help = "start forwarding before the prompt"},
	{"help", 'h', &conf.help, .help = "print this and exit"},
	TEXT("cmdline-file", cmdline_file, "F", "run the commands of file F first"),
	NUM("stats-period", stats_period, 0, UINT32_MAX,
		"print the port statistics every N seconds"),
	CALL("display-xstats", opt_xstats, "NAME[,NAME]", "xstats to print with the statistics"),
	NUM("nb-cores", nb_cores, 1, RTE_MAX_LCORE, "forwarding lcores"),
	NUM("nb-ports", nb_ports, 1, RTE_MAX_ETHPORTS, "forwarding ports"),
	CALL("coremask", opt_coremask, "HEX", "forwarding lcores"),
	CALL("portmask", opt_portmask, "HEX", "forwarding ports"),
	CALL("portlist", opt_portlist, "LIST", "forwarding ports, in this order"),
	CALL("port-topology", opt_topology, "paired|chained|loop", "which port a packet leaves by"),
	CALL("forward-mode", opt_mode, "MODE", "what happens to packets"),
	NUM("rxq", rxq, 1, RTE_MAX_QUEUES_PER_PORT, "RX queues per port"),
	NUM("txq", txq, 1, RTE_MAX_QUEUES_PER_PORT, "TX queues per port"),
	NUM("rxd", rxd, 1, UINT16_MAX, "descriptors per RX queue"),
	NUM("txd", txd, 1, UINT16_MAX, "descriptors per TX queue"),
	NUM("burst", burst, 1, BURST_MAX, "packets per burst"),
	NUM("mbuf-size", mbuf_size, RTE_PKTMBUF_HEADROOM + 64, UINT16_MAX,
		"data room of an mbuf in bytes, headroom included"),
	NUM("total-num-mbufs", total_mbufs, 1024, UINT32_MAX, "mbufs in each pool"),
	NUM("mbcache", mbcache, 0, RTE_MEMPOOL_CACHE_MAX_SIZE, "mbufs in an lcore's cache"),
	NUM("max-pkt-len", max_pkt_len, RTE_ETHER_MIN_LEN, UINT16_MAX, "longest frame received"),
	NUM("max-lro-pkt-size", max_lro_pkt_size, RTE_ETHER_MIN_LEN, UINT32_MAX,
		"longest packet merged by the port"),
	FLAG("enable-lro", enable_lro, "let the port merge"),
	FLAG("enable-scatter", enable_scatter, "receive frames longer than an mbuf"),
	FLAG("enable-rx-cksum", enable_rx_cksum, "let the port check checksums"),
	CALL("rx-offloads", opt_rx_offloads, "MASK", "RX offloads to enable"),
	CALL("tx-offloads", opt_tx_offloads, "MASK",
		"TX offloads to enable; without: those that this program uses and the port has"),
	CALL("eth-peer", opt_eth_peer, "PORT,MAC", "destination of packets that leave by PORT"),
	FLAG("no-flush-rx", no_flush_rx, "do not empty the RX queues before forwarding"),
	FLAG("disable-rss", disable_rss, "no RSS"),
	FLAG("rss-ip", rss_ip, "RSS by addresses"),
	FLAG("rss-udp", rss_udp, "RSS by addresses and UDP ports"),
	FLAG("no-numa", no_numa, "one pool for all sockets"),
	FLAG("numa", numa, "pools on the sockets of the ports (default)"),
	FLAG("disable-link-check", disable_link_check, "do not wait for links"),
	FLAG("no-lsc-interrupt", no_lsc_interrupt, "no link state interrupts"),
	NUM("txfreet", txfreet, 0, UINT16_MAX, "TX free threshold"),
	NUM("txrst", txrst, 0, UINT16_MAX, "TX RS bit threshold"),
	NUM("rxfreet", rxfreet, 0, UINT16_MAX, "RX free threshold"),
	CALL("txpkts", opt_txpkts, "LEN[,LEN]", "pieces of the packets of txonly"),
	FLAG("record-core-cycles", record_core_cycles, "cycles per packet in the statistics"),
	FLAG("record-burst-stats", record_burst_stats, "burst sizes in the statistics"),
	CALL("vxlan-gpe-port", opt_gpe_port, "N", "UDP port of VXLAN-GPE"),
	CALL("geneve-parsed-port", opt_geneve_port, "N", "UDP port of Geneve"),
	FLAG("tx-first", tx_first, "send a burst before forwarding starts"),
	CALL("mtu", opt_mtu, "PORT,N", "MTU of a port"),
	CALL("gso", opt_gso, "on|off", "cut in software what the port cannot cut (on)"),
	CALL("tso", opt_tso, "on|off", "use the ports' own segmentation (on)"),
	CALL("gro", opt_gro, "on|off", "merge received TCP, cut it back when it is sent (on)"),
	CALL("udp-gro", opt_udp_gro, "on|off", "with GRO, merge UDP datagrams too (off)"),
	NUM("gro-timeout-us", gro_timeout_us, 0, CLEAVE_GRO_TIMEOUT_MAX,
		"how long a merged packet waits for more; 0: to the end of the RX burst"),
	CALL("jumbo", opt_jumbo, "PORT", "send merged packets whole by PORT, up to its MTU"),
	NUM("gso-segsz", gso_segsz, 128, UINT16_MAX, "longest frame on the wire, headers included"),
	NUM("tso-segsz", tso_segsz, 1, UINT16_MAX, "largest TCP payload of a segment"),
	TEXT("stats-json", stats_json, "F", "on exit, write every counter to F"),
};

void
options_usage(const char *prog)
{
	printf("Usage: %s [EAL options] -- [options]\n", prog);
	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		char left[64];

		snprintf(left, sizeof(left), "%s--%s%s%s",
			rows[i].short_name == 'i'   ? "-i, "
			: rows[i].short_name == 'a' ? "-a, "
			: rows[i].short_name == 'h' ? "-h, "
						    : "",
			rows[i].name, rows[i].arg != NULL ? "=" : "",
			rows[i].arg != NULL ? rows[i].arg : "");
		printf("  %-40s %s\n", left, rows[i].help);
	}
	printf("Forwarding modes: %s\n", mode_names());
}

static int
option_apply(const struct option_row *row, const char *arg)
{
	const char *accepted = NULL;
	char range[64];
	uint64_t v;

	if (row->flag != NULL) {
		*row->flag = 1;
	} else if (row->num != NULL) {
		if (parse_uint(arg, row->min, row->max, &v) < 0) {
			snprintf(range, sizeof(range), "%" PRIu64 " to %" PRIu64, row->min,
				row->max);
			accepted = range;
		} else {
			*row->num = v;
		}
	} else if (row->text != NULL) {
		*row->text = arg;
		accepted = *arg == '\0' ? "a file name" : NULL;
	} else {
		accepted = row->call(arg);
	}
	return accepted == NULL ? 0 : fail("--%s=%s: accepted is %s", row->name, arg, accepted);
}

/* What options mean together. */
static int
options_check(void)
{
	if (conf.numa && conf.no_numa)
		return fail("--no-numa: not with --numa");
	if (conf.mbcache > 0 && conf.total_mbufs != 0 && conf.mbcache * 3 / 2 > conf.total_mbufs)
		return fail("--mbcache=%u: accepted is up to two thirds of --total-num-mbufs=%u",
			conf.mbcache, conf.total_mbufs);
	if (conf.tx_first && conf.interactive)
		return fail("--tx-first: not with -i, where it is the command 'start tx_first'");
	for (unsigned int i = 0; i < conf.txpkt_nb; i++)
		if (conf.txpkt_len[i] + RTE_PKTMBUF_HEADROOM > conf.mbuf_size)
			return fail("--txpkts=%u: accepted is up to %u bytes a piece with "
				    "--mbuf-size=%u",
				conf.txpkt_len[i], conf.mbuf_size - RTE_PKTMBUF_HEADROOM,
				conf.mbuf_size);
	if (txonly_len() > UINT16_MAX)
		return fail("--txpkts: %u bytes: accepted is up to %u in all", txonly_len(),
			UINT16_MAX);
	return 0;
}

int
options_parse(int argc, char **argv)
{
	struct option longs[RTE_DIM(rows) + 1] = {0};
	int c, at = 0;

	for (uint16_t p = 0; p < RTE_MAX_ETHPORTS; p++)
		conf.peer[p] = (struct rte_ether_addr){{0x02, 0, 0, 0, 0, p}};
	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		longs[i] = (struct option){rows[i].name,
			rows[i].flag != NULL ? no_argument : required_argument, NULL, 256 + i};
	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, ":iah", longs, &at)) != -1) {
		const struct option_row *row = c >= 256 ? &rows[c - 256] : NULL;

		for (unsigned int i = 0; row == NULL && i < RTE_DIM(rows); i++)
			if (rows[i].short_name != '\0' && rows[i].short_name == c)
				row = &rows[i];
		if (c == ':')
			return fail("%s: needs a value", argv[optind - 1]);
		if (row == NULL)
			return fail("%s: no such option, or not with that value; see --help",
				argv[optind - 1]);
		if (option_apply(row, optarg) < 0)
			return -1;
	}
	if (optind < argc)
		return fail("%s: stray argument, only options are accepted", argv[optind]);
	return options_check();
}

int
options_check_ports(void)
{
	for (uint16_t p = 0; p < RTE_MAX_ETHPORTS; p++)
		if (conf.mtu[p] != 0 && !port_known(p))
			return fail("--mtu=%u,%u: accepted is a port from 0 to %d", p, conf.mtu[p],
				rte_eth_dev_count_avail() - 1);
	for (uint16_t p = 0; p < RTE_MAX_ETHPORTS; p++)
		if (conf.jumbo[p] && !port_known(p))
			return fail("--jumbo=%u: accepted is a port from 0 to %d", p,
				rte_eth_dev_count_avail() - 1);
	for (unsigned int i = 0; i < conf.portlist_nb; i++)
		if (!port_known(conf.portlist[i]))
			return fail("--portlist or --portmask: port %u: accepted are ports from 0 "
				    "to %d",
				conf.portlist[i], rte_eth_dev_count_avail() - 1);
	if (conf.nb_ports > rte_eth_dev_count_avail())
		return fail("--nb-ports=%u: accepted is 1 to %u", conf.nb_ports,
			rte_eth_dev_count_avail());
	return 0;
}
