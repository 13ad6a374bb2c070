/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Commands that change ports: start, stop, offloads, segmentation. Neighbours: command.h, port.c.
 */
#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_ethdev.h>

#include "command.h"
#include "fwd.h"

static void
each_start(uint16_t id)
{
	port_start(id);
}

static void
each_stop(uint16_t id)
{
	port_stop(id);
}

static void
each_reset(uint16_t id)
{
	port_reset(id);
}

static void
run_port(struct cmdline *cl, const struct command_args *a)
{
	static const struct {
		const char *word;
		void (*each)(uint16_t id);
	} acts[] = {
		{"start", each_start},
		{"stop", each_stop},
		{"close", port_close},
		{"reset", each_reset},
	};

	if (!command_stopped())
		return;
	for (unsigned int i = 0; i < RTE_DIM(acts); i++)
		if (strcmp(a->word[1].str, acts[i].word) == 0)
			command_ports(a->word[2].str, acts[i].each);
	printf("Done\n");
}

static void
run_port_mtu(struct cmdline *cl, const struct command_args *a)
{
	if (!command_port(a->word[3].num) || !command_stopped())
		return;
	if (a->word[4].num < RTE_ETHER_MIN_MTU || a->word[4].num > UINT16_MAX) {
		fail("port config mtu %u %u: accepted is %u to %u", a->word[3].num, a->word[4].num,
			RTE_ETHER_MIN_MTU, UINT16_MAX);
		return;
	}
	port_set_mtu(a->word[3].num, a->word[4].num);
}

/* Offloads change while the port is stopped. */
static void
change_offloads(uint16_t id, bool tx, uint64_t mask, bool on)
{
	struct fwd_port *p = &ports[id];
	const uint64_t capa = tx ? p->info.tx_offload_capa : p->info.rx_offload_capa;
	uint64_t *offloads = tx ? &p->conf.txmode.offloads : &p->conf.rxmode.offloads;

	if (p->started) {
		fail("port %u: stop it first ('port stop %u')", id, id);
		return;
	}
	if (on && tx && (mask & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE)) {
		fail("port %u: mbuf_fast_free: segments share their payload", id);
		return;
	}
	if (on && (mask & ~capa)) {
		fail("port %u (%s) does not have that offload; see 'show port %u %s capabilities'",
			id, p->info.driver_name, id, tx ? "tx_offload" : "rx_offload");
		return;
	}
	*offloads = on ? *offloads | mask : *offloads & ~mask;
}

/* testpmd writes offload names in lower case. */
static uint64_t
offload_by_name(const char *name, bool tx)
{
	for (unsigned int b = 0; b < 64; b++) {
		const uint64_t bit = UINT64_C(1) << b;

		if (strcasecmp(tx ? rte_eth_dev_tx_offload_name(bit)
				  : rte_eth_dev_rx_offload_name(bit),
			    name) == 0)
			return bit;
	}
	return 0;
}

static void
run_offload(struct cmdline *cl, const struct command_args *a)
{
	const char *which = a->word[3].str;
	const bool tx = strcmp(which, "tx_offload") == 0;
	const uint64_t mask = offload_by_name(a->word[4].str, tx);

	if (!command_port(a->word[2].num))
		return;
	if (mask == 0) {
		fail("%s %s: accepted are the names in 'show port %u %s capabilities'", which,
			a->word[4].str, a->word[2].num, which);
		return;
	}
	change_offloads(a->word[2].num, tx, mask, strcmp(a->word[5].str, "on") == 0);
}

static const struct {
	const char *name, *title;
	uint64_t mask;
} csums[] = {
	{"ip", "IP", RTE_ETH_TX_OFFLOAD_IPV4_CKSUM},
	{"udp", "UDP", RTE_ETH_TX_OFFLOAD_UDP_CKSUM},
	{"tcp", "TCP", RTE_ETH_TX_OFFLOAD_TCP_CKSUM},
	{"sctp", "SCTP", RTE_ETH_TX_OFFLOAD_SCTP_CKSUM},
	{"outer-ip", "Outer-Ip", RTE_ETH_TX_OFFLOAD_OUTER_IPV4_CKSUM},
	{"outer-udp", "Outer-Udp", RTE_ETH_TX_OFFLOAD_OUTER_UDP_CKSUM},
};

static void
show_csum(uint16_t id)
{
	for (unsigned int i = 0; i < RTE_DIM(csums); i++)
		printf("%s checksum offload is %s\n", csums[i].title,
			ports[id].conf.txmode.offloads & csums[i].mask ? "hw" : "sw");
}

static void
run_csum_set(struct cmdline *cl, const struct command_args *a)
{
	uint16_t id = a->word[4].num;

	if (!command_port(a->word[4].num))
		return;
	for (unsigned int i = 0; i < RTE_DIM(csums); i++)
		if (strcmp(csums[i].name, a->word[2].str) == 0)
			change_offloads(id, true, csums[i].mask, strcmp(a->word[3].str, "hw") == 0);
	show_csum(id);
}

static void
run_csum_show(struct cmdline *cl, const struct command_args *a)
{
	if (command_port(a->word[2].num))
		show_csum(a->word[2].num);
}

static void
run_tso_set(struct cmdline *cl, const struct command_args *a)
{
	uint16_t id = a->word[3].num;

	if (!command_port(a->word[3].num) || !command_stopped())
		return;
	if (a->word[2].num > UINT16_MAX) {
		fail("tso set %u: accepted is 0 (off) to %u bytes", a->word[2].num, UINT16_MAX);
		return;
	}
	ports[id].tx.tso_segsz = a->word[2].num;
	if (port_apply_tx(id) == 0)
		printf("TSO segment size for port %u is %u\n", id, ports[id].tx.tso_segsz);
}

static void
run_tso_show(struct cmdline *cl, const struct command_args *a)
{
	uint16_t id = a->word[2].num;

	if (!command_port(a->word[2].num))
		return;
	if (ports[id].tx.tso_segsz == 0)
		printf("TSO for non-tunneled packets is disabled\n");
	else
		printf("TSO segment size for non-tunneled packets is %u\n", ports[id].tx.tso_segsz);
}

static void
run_set_gso(struct cmdline *cl, const struct command_args *a)
{
	uint16_t id = a->word[2].num;

	if (!command_port(a->word[2].num) || !command_stopped())
		return;
	ports[id].tx.no_gso = strcmp(a->word[4].str, "off") == 0;
	port_apply_tx(id);
}

static void
run_set_gso_segsz(struct cmdline *cl, const struct command_args *a)
{
	uint32_t len = a->word[3].num;
	uint16_t id;

	if (!command_stopped())
		return;
	if (len < 128 || len > UINT16_MAX) {
		fail("set gso segsz %u: accepted is 128 to %u bytes", len, UINT16_MAX);
		return;
	}
	conf.gso_segsz = len;
	RTE_ETH_FOREACH_DEV (id) {
		ports[id].tx.gso_segsz = len;
		port_apply_tx(id);
	}
}

static void
run_show_gso(struct cmdline *cl, const struct command_args *a)
{
	uint16_t id = a->word[2].num;

	if (!command_port(a->word[2].num))
		return;
	if (ports[id].tx.no_gso)
		printf("GSO is not enabled on port %u\n", id);
	else if (ports[id].tx.gso_segsz != 0)
		printf("Max GSO'd packet size: %uB\n", ports[id].tx.gso_segsz);
	else
		printf("Max GSO'd packet size: MTU\n");
}

static void
run_set_gro(struct cmdline *cl, const struct command_args *a)
{
	if (command_port(a->word[2].num) && command_stopped())
		ports[a->word[2].num].gro = strcmp(a->word[4].str, "on") == 0;
}

static void
run_set_gro_flush(struct cmdline *cl, const struct command_args *a)
{
	if (!command_stopped())
		return;
	if (a->word[3].num < 1 || a->word[3].num > GRO_FLUSH_MAX) {
		fail("set gro flush %u: accepted is 1 to %u bursts", a->word[3].num, GRO_FLUSH_MAX);
		return;
	}
	conf.gro_flush = a->word[3].num;
}

static void
run_show_gro(struct cmdline *cl, const struct command_args *a)
{
	if (command_port(a->word[2].num))
		merge_show(a->word[2].num);
}

static void
run_set_feature(struct cmdline *cl, const struct command_args *a)
{
	if (command_port(a->word[2].num) && command_stopped())
		set_feature(a->word[2].num, a->word[4].str, strcmp(a->word[5].str, "on") == 0);
}

const struct command commands_port[] = {
	{"port start#stop#close#reset <text>", run_port, "PORT or all"},
	{"port config mtu <num> <num>", run_port_mtu, "PORT MTU"},
	{"port config <num> tx_offload#rx_offload <text> on#off", run_offload,
		"PORT, name of an offload"},
	{"csum set ip#udp#tcp#sctp#outer-ip#outer-udp hw#sw <num>", run_csum_set,
		"who makes a checksum on PORT"},
	{"csum show <num>", run_csum_show, "who makes which checksum on PORT"},
	{"tso set <num> <num>", run_tso_set,
		"SEGSZ PORT: largest TCP payload of a segment, 0: MTU"},
	{"tso show <num>", run_tso_show, "PORT"},
	{"set port <num> gso on#off", run_set_gso, "cut in software what PORT cannot cut"},
	{"set gso segsz <num>", run_set_gso_segsz, "longest frame on the wire in bytes"},
	{"show port <num> gso", run_show_gso, "PORT"},
	{"set port <num> gro on#off", run_set_gro, "merge what PORT receives"},
	{"set gro flush <num>", run_set_gro_flush,
		"merged packets wait for more for N RX bursts, or to a poll without packets"},
	{"show port <num> gro", run_show_gro, "PORT"},
	{"set port <num> feature <text> on#off", run_set_feature, "as ethtool -K"},
	{NULL, NULL, NULL},
};
