#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# The command line of cleave-fwd: what it accepts, how it refuses, how it stops, what its commands
# print. Neighbours: fwd.py runs it; test_pcap.py tests what it does with packets.
"""Black-box tests; wherever dpdk-testpmd knows the same thing, it is the reference."""
import json
import os
import re
import shutil
import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import fwd

SMALL = ["--total-num-mbufs=2048"]

# Options of testpmd, in sets that go together. Every set must be accepted by both.
TAKEN_OVER = [
    ["--nb-cores=1", "--nb-ports=2", "--coremask=0x2", "--portlist=0,1",
     "--port-topology=paired", "--forward-mode=io", "--rxq=1", "--txq=1", "--rxd=256", "--txd=256",
     "--burst=16", "--mbuf-size=4096", "--mbcache=64", "--max-pkt-len=9600", "--no-flush-rx"],
    ["--rxq=2", "--txq=2", "--rss-ip", "--numa", "--port-topology=chained", "--forward-mode=mac",
     "--eth-peer=0,02:00:00:00:00:01", "--eth-peer=1,02:00:00:00:00:02", "--record-core-cycles",
     "--record-burst-stats", "--display-xstats=rx_good_packets,tx_good_packets"],
    ["--rss-udp", "--no-numa", "--port-topology=loop", "--forward-mode=macswap", "-a",
     "--disable-link-check", "--no-lsc-interrupt", "--txfreet=32", "--txrst=32", "--rxfreet=32"],
    ["--disable-rss", "--forward-mode=csum", "--auto-start", "--rx-offloads=0x0",
     "--tx-offloads=0x0", "--max-lro-pkt-size=9000", "--vxlan-gpe-port=4790",
     "--geneve-parsed-port=6081"],
    ["--forward-mode=txonly", "--txpkts=64,64"],
    ["--forward-mode=rxonly", "--burst=512", "--mbcache=0"],
    ["--tx-first", "--portmask=0x3"],
    ["--portlist=0"],
    ["--nb-cores", "1", "--burst", "8", "--forward-mode", "io"],
]

OUR_OWN = [
    ["--gso=on", "--tso=on", "--gso-segsz=1514", "--tso-segsz=1448", "--mtu=0,1500", "--mtu=1,9000"],
    ["--gso=off", "--tso=off", "--mtu=0,68", "--mtu=1,65500"],
    ["--gso=off", "--gso=on"],
]

ONOFF = r"\bon\b.*\boff\b"
NUMBER = r"\d"

# (arguments, what the line must name, what it must say would be accepted)
REFUSED = [
    (["--nosuch"], ["--nosuch"], None),
    (["--nosuch=7"], ["--nosuch"], None),
    (["-Q"], ["-Q|Q"], None),
    (["stray"], ["stray"], None),
    (["--burst=8", "stray"], ["stray"], None),
    (["--nb-cores"], ["nb-cores"], None),
    (["--nb-cores=0"], ["nb-cores", "0"], NUMBER),
    (["--nb-cores=9"], ["nb-cores", "9"], r"\b1\b"),
    (["--nb-cores=x"], ["nb-cores", "x"], r"\b1\b"),
    (["--nb-cores="], ["nb-cores"], NUMBER),
    (["--nb-cores=1x"], ["nb-cores", "1x"], NUMBER),
    (["--nb-cores=-1"], ["nb-cores", "-1"], NUMBER),
    (["--nb-ports=5"], ["nb-ports", "5"], r"\b2\b"),
    (["--nb-ports=0"], ["nb-ports", "0"], NUMBER),
    (["--coremask=0x1"], ["coremask", "0x1"], None),
    (["--coremask=0x80"], ["coremask", "0x80"], None),
    (["--coremask=zz"], ["coremask", "zz"], None),
    (["--portmask=0"], ["portmask", "0"], None),
    (["--portmask=zz"], ["portmask", "zz"], None),
    (["--portlist=0,5"], ["portlist", "5"], NUMBER),
    (["--portlist=a"], ["portlist", "a"], None),
    (["--port-topology=ring"], ["port-topology", "ring"], r"paired.*chained.*loop"),
    (["--forward-mode=nosuch"], ["forward-mode", "nosuch"], r"\bio\b.*\bmac\b.*\bcsum\b"),
    (["--rxq=2000"], ["rxq", "2000"], "1024"),
    (["--txq=2000"], ["txq", "2000"], "1024"),
    (["--rxq=x"], ["rxq", "x"], NUMBER),
    (["--rxd=0"], ["rxd", "0"], NUMBER),
    (["--rxd=70000"], ["rxd", "70000"], "65535"),
    (["--txd=-5"], ["txd", "-5"], NUMBER),
    (["--burst=0"], ["burst", "0"], "512"),
    (["--burst=513"], ["burst", "513"], "512"),
    (["--burst=99999999999999999999"], ["burst", "99999999999999999999"], "512"),
    (["--mbuf-size=0"], ["mbuf-size", "0"], "6553[56]"),
    (["--mbuf-size=70000"], ["mbuf-size", "70000"], "6553[56]"),
    (["--mbuf-size=128"], ["mbuf-size", "128"], NUMBER),
    (["--total-num-mbufs=100"], ["total-num-mbufs", "100"], "1024|1025"),
    (["--mbcache=513"], ["mbcache", "513"], "512"),
    (["--max-pkt-len=63"], ["max-pkt-len", "63"], "64|65"),
    (["--max-pkt-len=abc"], ["max-pkt-len", "abc"], NUMBER),
    (["--enable-lro"], ["enable-lro|[Ll][Rr][Oo]"], None),
    (["--enable-scatter"], ["enable-scatter|[Ss][Cc][Aa][Tt][Tt][Ee][Rr]"], None),
    (["--rx-offloads=0x2"], ["rx-offloads", "0x2"], None),
    (["--tx-offloads=0x20"], ["tx-offloads", "0x20"], None),
    (["--rx-offloads=zz"], ["rx-offloads", "zz"], None),
    (["--eth-peer=0,zz"], ["eth-peer", "zz"], None),
    (["--eth-peer=99,02:00:00:00:00:01"], ["eth-peer", "99"], None),
    (["--eth-peer=0"], ["eth-peer", "0"], None),
    (["--txfreet=-1"], ["txfreet", "-1"], NUMBER),
    (["--txpkts=a"], ["txpkts", "a"], None),
    (["--stats-period=abc"], ["stats-period", "abc"], None),
    (["--vxlan-gpe-port=70000"], ["vxlan-gpe-port", "70000"], "65535"),
    (["--geneve-parsed-port=x"], ["geneve-parsed-port", "x"], NUMBER),
    (["--cmdline-file=/nonexistent/file"], ["cmdline-file", "/nonexistent/file"], None),
    (["--gso=maybe"], ["gso", "maybe"], ONOFF),
    (["--gso="], ["gso"], ONOFF),
    (["--gso"], ["gso"], None),
    (["--gso=ON1"], ["gso", "ON1"], ONOFF),
    (["--tso=1"], ["tso", "1"], ONOFF),
    (["--mtu=1500"], ["mtu", "1500"], "PORT|port"),
    (["--mtu=7,1500"], ["mtu", "7"], None),
    (["--mtu=0,0"], ["mtu", "0,0|0"], NUMBER),
    (["--mtu=0,67"], ["mtu", "67"], "68"),
    (["--mtu=0,70000"], ["mtu", "70000"], NUMBER),
    (["--mtu=0,x"], ["mtu", "x"], NUMBER),
    (["--mtu=0,1500,3"], ["mtu", "1500,3"], None),
    (["--gso-segsz=x"], ["gso-segsz", "x"], NUMBER),
    (["--gso-segsz=1"], ["gso-segsz", "1"], NUMBER),
    (["--gso-segsz=-1"], ["gso-segsz", "-1"], NUMBER),
    (["--gso-segsz=9999999"], ["gso-segsz", "9999999"], NUMBER),
    (["--tso-segsz=70000"], ["tso-segsz", "70000"], "6553[56]"),
    (["--tso-segsz=x"], ["tso-segsz", "x"], NUMBER),
    (["--stats-json=/nonexistent/dir/file"], ["stats-json", "/nonexistent/dir/file"], None),
    (["--stats-json="], ["stats-json"], None),
]


def shape(line):
    """A line with its values taken out: numbers, addresses, and how wide they were."""
    line = re.sub(r"([0-9A-F]{2}:){5}[0-9A-F]{2}", "M", line.strip())
    line = re.sub(r"\d+", "N", line)
    return re.sub(r"\s+", " ", line)


def block(text, first, last):
    """The lines from the first that matches one pattern to the next that matches the other."""
    lines = text.splitlines()
    for i, line in enumerate(lines):
        if re.search(first, line):
            out = []
            for rest in lines[i:]:
                if out and re.search(last, rest):
                    break
                out.append(rest.rstrip())
            return out
    return []


class Options(fwd.FwdTest):
    """What is accepted and what is refused."""

    def one(self, options, binary=None, vdevs=fwd.NULL2):
        run = fwd.Run(vdevs, SMALL + list(options), binary=binary)
        run.wait_running()
        time.sleep(0.1)
        return run.stop()

    def test_taken_over(self):
        for options in TAKEN_OVER:
            with self.subTest(options=" ".join(options)):
                self.sound(self.one(options))
                if fwd.TESTPMD:
                    self.assertEqual(self.one(options, fwd.TESTPMD).status, 0,
                                     "testpmd itself refuses this: the test is wrong")

    def test_our_own(self):
        for options in OUR_OWN:
            with self.subTest(options=" ".join(options)):
                self.sound(self.one(options))

    def refuse(self, case):
        run = fwd.Run(fwd.NULL2, SMALL + case[0])
        run.wait_running()  # which it should not come to
        return case, run.stop()

    def check_refusal(self, result, names, accepted):
        self.assertEqual(result.status, 1, str(result))
        told = result.complaint()
        self.assertEqual(len(told), 1, f"one line on stderr, not {len(told)}\n{result}")
        for name in names:
            self.assertRegex(told[0], name if "|" in name else re.escape(name))
        if accepted:
            rest = told[0]
            for name in names[1:]:
                rest = rest.replace("=" + name, "", 1)
            self.assertRegex(rest, accepted, "the line does not tell what would be accepted")
        self.assertNotIn("Forward statistics", result.out)
        self.assertNotIn("Press enter", result.out)

    def test_refused(self):
        with ThreadPoolExecutor(2) as pool:
            for (args, names, accepted), result in pool.map(self.refuse, REFUSED):
                with self.subTest(args=" ".join(args)):
                    self.check_refusal(result, names, accepted)

    def test_no_port(self):
        result = fwd.Run([], SMALL).end()
        self.assertEqual(result.status, 1, str(result))
        self.assertTrue(result.complaint(), str(result))

    def test_port_cannot(self):
        """net_tap takes no MTU above 1504, 16110 from 23.03 on: refused, by name."""
        if os.geteuid() != 0 or not os.path.exists("/dev/net/tun"):
            self.skipTest("needs root and /dev/net/tun")
        run = fwd.Run([f"net_tap0,iface=clvt{os.getpid()}"],
                      SMALL + ["--port-topology=loop", "--mtu=0,20000"])
        result = run.end()
        self.assertEqual(result.status, 1, str(result))
        told = [line for line in result.complaint() if "mtu" in line]
        self.assertEqual(len(told), 1, str(result))
        self.assertIn("20000", told[0])
        self.assertRegex(told[0], r"\b15\d\d\b|\b161\d\d\b", "the largest MTU that the port takes")

    def test_help(self):
        for option in ("-h", "--help"):
            result = fwd.Run(fwd.NULL2, [option]).end()
            self.sound(result)
            for name in ("--forward-mode", "--mtu", "--gso", "--tso", "--gso-segsz", "--tso-segsz",
                         "--stats-json", "--burst", "--rxq", "--nb-cores", "--stats-period"):
                self.assertIn(name, result.out + result.err)

    def test_segsz_that_leaves_no_payload(self):
        """A segment needs room for its headers."""
        _, result = self.refuse((["--gso-segsz=20"], [], None))
        self.check_refusal(result, ["gso-segsz", "20"], NUMBER)


class Stop(fwd.FwdTest):
    """A newline, SIGINT and SIGTERM end it, with the forward statistics."""

    def stopped(self, how):
        run = self.start(fwd.NULL2, SMALL, stats=True)
        self.assertTrue(run.wait_running(), run.out + run.err)
        time.sleep(0.3)
        how(run)
        result = self.sound(run.end(15))
        for port in (0, 1):
            self.assertRegex(result.out, rf"Forward statistics for port {port} ")
        self.assertRegex(result.out, r"Accumulated forward statistics for all ports")
        self.assertIsNotNone(result.stats, str(result))
        self.check_json(result)

    def check_json(self, result):
        self.assertEqual([p["port"] for p in result.stats["ports"]], [0, 1])
        for p in result.stats["ports"]:
            for key in ("ipackets", "opackets", "ibytes", "obytes", "imissed", "ierrors",
                        "oerrors", "rx_nombuf"):
                self.assertIsInstance(p["stats"][key], int)
            for key in ("rx_packets", "rx_dropped", "tx_packets", "tx_dropped"):
                self.assertIsInstance(p["fwd"][key], int)
            for key in ("tx_plain", "tx_tso", "tx_partial", "tx_gso", "tx_drop", "tx_segments",
                        "tx_fragmented", "tx_unchained", "tx_sw_cksum", "tx_linearized"):
                self.assertIsInstance(p["cleave"][key], int)
            self.assertIn("tx_too_big", p["cleave"]["drops"])
            self.assertIn("tx_no_gso", p["cleave"]["drops"])
        # What one port received the other one sent: null to null loses nothing.
        a, b = result.stats["ports"]
        self.assertGreater(a["fwd"]["rx_packets"], 0)
        self.assertEqual(a["fwd"]["rx_packets"], b["fwd"]["tx_packets"] + b["fwd"]["tx_dropped"])
        self.assertEqual(b["fwd"]["rx_packets"], a["fwd"]["tx_packets"] + a["fwd"]["tx_dropped"])
        self.assertEqual(a["cleave"]["tx_plain"], b["fwd"]["rx_packets"])
        self.assertEqual(a["stats"]["opackets"], a["fwd"]["tx_packets"])

    def test_newline(self):
        self.stopped(lambda run: run.say("\n"))

    def test_sigint(self):
        self.stopped(lambda run: run.signal(signal.SIGINT))

    def test_sigterm(self):
        self.stopped(lambda run: run.signal(signal.SIGTERM))

    def test_two_signals(self):
        def twice(run):
            run.signal(signal.SIGINT)
            run.signal(signal.SIGTERM)
        self.stopped(twice)

    def test_interactive_signal(self):
        run = self.start(fwd.NULL2, SMALL + ["-i", "-a"])
        run.wait_for(lambda: "cleave> " in run.out)
        run.signal(signal.SIGTERM)
        self.sound(run.end(15))

    def test_stats_period(self):
        run = self.start(fwd.NULL2, SMALL + ["--stats-period=1"])
        seen = run.wait_for(lambda: len(re.findall("NIC statistics for port 0", run.out)) >= 3, 15)
        self.assertTrue(seen, run.out[-2000:])
        run.signal(signal.SIGINT)
        result = self.sound(run.end(15))
        self.assertIn("Accumulated forward statistics", result.out)
        self.assertIn("NIC statistics for port 1", result.out)


class Layout(fwd.FwdTest):
    """Blocks that scripts written for testpmd read."""

    def both(self, lines, options=()):
        ours = self.sound(self.commands(fwd.NULL2, SMALL + list(options), lines))
        theirs = self.commands(fwd.NULL2, SMALL + list(options), lines, fwd.TESTPMD)
        return ours.out, theirs.out

    def same_shape(self, ours, theirs):
        self.assertTrue(theirs, "testpmd did not print the block: the test is wrong")
        self.assertEqual([shape(x) for x in ours if x.strip()],
                         [shape(x) for x in theirs if x.strip()])

    @fwd.need_testpmd
    def test_port_stats(self):
        ours, theirs = self.both(["show port stats all"])
        for port in (0, 1):
            with self.subTest(port=port):
                first = rf"#+ NIC statistics for port {port} +#+"
                self.same_shape(block(ours, first, r"^  #+$"), block(theirs, first, r"^  #+$"))

    @fwd.need_testpmd
    def test_stop(self):
        ours, theirs = self.both(["start", "stop"])
        for first, last in ((r"-+ Forward statistics for port 0 +-+", r"^  -+$"),
                            (r"-+ Forward statistics for port 1 +-+", r"^  -+$"),
                            (r"\++ Accumulated forward statistics for all ports\++", r"^  \++$")):
            with self.subTest(block=first):
                # Which columns there are depends on what was lost.
                self.same_shape(block(ours, first, last), block(theirs, first, last))

    @fwd.need_testpmd
    def test_fwd_stats(self):
        ours, theirs = self.both(["show fwd stats all"])
        first = r"-+ Forward statistics for port 0 +-+"
        self.same_shape(block(ours, first, r"^  -+$"), block(theirs, first, r"^  -+$"))

    @fwd.need_testpmd
    def test_port_info(self):
        ours, theirs = self.both(["show port info 0"])
        first, last = r"\*+ Infos for port 0 +\*+", r"^$|> "
        mine, want = block(ours, first, last), block(theirs, first, last)

        def labels(lines):
            return [line.split(":")[0] for line in lines if ":" in line]
        self.assertTrue(labels(want))
        self.assertEqual([x for x in labels(mine) if x in labels(want)], labels(want))

        def value(lines, label):
            return [x.split(":", 1)[1].strip() for x in lines if x.startswith(label + ":")]
        for label in ("Device name", "Driver name", "Link status", "MTU", "Promiscuous mode",
                      "Current number of RX queues", "Max possible RX queues",
                      "Max possible TX queues", "Max possible number of RXDs per queue",
                      "Max segment number per packet"):
            with self.subTest(label=label):
                self.assertEqual(value(mine, label), value(want, label))

    @fwd.need_testpmd
    def test_offload_capabilities(self):
        for which in ("tx", "rx"):
            with self.subTest(which=which):
                ours, theirs = self.both([f"show port 0 {which}_offload capabilities"])
                first = rf"^{which.title()} Offloading Capabilities of port 0"
                mine, want = block(ours, first, r"^$|> "), block(theirs, first, r"^$|> ")
                self.assertTrue(want)
                self.assertEqual([x.split() for x in mine], [x.split() for x in want])

    @fwd.need_testpmd
    def test_offload_capabilities_of_a_port_that_has_some(self):
        with tempfile.NamedTemporaryFile(suffix=".pcap") as out:
            vdevs = [f"net_pcap0,tx_pcap={out.name}"]
            lines = ["show port 0 tx_offload capabilities"]
            first = r"^Tx Offloading Capabilities of port 0"
            options = SMALL + ["--port-topology=loop"]
            ours = self.sound(self.commands(vdevs, options, lines)).out
            theirs = self.commands(vdevs, options, lines, fwd.TESTPMD).out
            self.assertEqual([x.split() for x in block(ours, first, r"^$|> ")],
                             [x.split() for x in block(theirs, first, r"^$|> ")])

    @fwd.need_testpmd
    def test_rx_offload(self):
        """Of one port alone, which the other ones may not have."""
        tmp = tempfile.mkdtemp(prefix="cleave-")
        self.addCleanup(shutil.rmtree, tmp, True)
        lines = ["port stop 0", "port config 0 rx_offload tcp_cksum on",
                 "port config 0 rx_offload vlan_strip on", "port config 0 rx_offload tcp_cksum off",
                 "port start 0", "show port 0 rx_offload configuration"]
        first = r"^Rx Offloading Configuration of port 0"
        seen = []
        for binary in (None, fwd.TESTPMD):
            vdevs = [f"net_vhost0,iface={tmp}/{len(seen)}", "net_null0"]
            # no guest comes, and testpmd would wait for one
            options = SMALL + ["--disable-link-check"]
            run = self.sound(self.commands(vdevs, options, lines, binary))
            seen.append([x.split() for x in block(run.out, first, r"^$|> ")])
        self.assertIn("VLAN_STRIP", str(seen[0]))
        self.assertEqual(*seen)
        out = self.commands(fwd.NULL2, SMALL, ["port stop 0", "port config 0 rx_offload tcp_lro on",
                                               "port config 0 rx_offload nonsense on"]).err
        self.assertIn("port 0 (net_null) does not have that offload", out)
        self.assertIn("rx_offload nonsense: accepted", out)

    @fwd.need_testpmd
    def test_port_summary(self):
        ours, theirs = self.both(["show port summary all"])
        first = r"^Number of available ports"
        self.same_shape(block(ours, first, r"> |^$"), block(theirs, first, r"> |^$"))


class Commands(fwd.FwdTest):
    """Commands of an interactive session, as in testpmd."""

    def session(self, lines, options=()):
        result = self.sound(self.commands(fwd.NULL2, SMALL + list(options), lines))
        return result.out + "\n" + result.err

    def test_prompt_start_stop_quit(self):
        out = self.session(["start", "stop"])
        self.assertIn("cleave> ", out)
        self.assertIn("Accumulated forward statistics", out)

    def test_not_started_without_a(self):
        out = self.session(["show fwd stats all"])
        found = re.findall(r"RX-packets: (\d+)", block_text(out, "Accumulated"))
        self.assertEqual(set(found), {"0"})

    def test_auto_start(self):
        out = self.session(["show config fwd", "stop"], ["-a"])
        found = re.findall(r"RX-packets: (\d+)", block_text(out, "Accumulated"))
        self.assertTrue(found and int(found[-1]) > 0, out[-2000:])

    def test_unknown_command(self):
        self.assertIn("Command not found", self.session(["nosuch thing"]))

    def test_bad_arguments(self):
        out = self.session(["show port info zzz", "set fwd"])
        self.assertIn("Bad arguments", out)

    def test_no_such_port(self):
        self.assertRegex(self.session(["show port info 9"]),
                         r"(?i)invalid port|no such port|valid ports array is \[ 0 1 \]")

    def test_help(self):
        self.assertRegex(self.session(["help"]).partition("> help")[2], "show port|help display")

    def test_set_fwd(self):
        for mode in ("io", "mac", "macswap", "csum", "rxonly", "txonly"):
            out = self.session([f"set fwd {mode}", "show config fwd"])
            self.assertIn(f"Set {mode} packet forwarding mode", out)
            self.assertIn(f"{mode} packet forwarding", out)

    def test_set_fwd_bad(self):
        out = self.session(["set fwd nosuch", "show config fwd"])
        self.assertIn("io packet forwarding", out)

    def test_set_burst(self):
        self.assertIn("packets/burst=7", self.session(["set burst 7", "show config rxtx"]))
        out = self.session(["set burst 9999", "show config rxtx"])
        self.assertIn("packets/burst=32", out)

    def test_set_portlist(self):
        out = self.session(["set portlist 1,0", "set nbcore 1", "show config fwd"])
        self.assertIn("RX P=1/Q=0", out)

    def test_set_verbose(self):
        self.assertRegex(self.session(["set verbose 1"]), r"(?i)verbose level.*1")

    def test_clear_stats(self):
        out = self.session(["start", "stop", "clear port stats all", "show port stats 0"])
        self.assertIn("NIC statistics for port 0 cleared", out)
        after = out.rpartition("cleared")[2]
        self.assertRegex(after, r"RX-packets: 0 ")

    def test_clear_fwd_stats(self):
        out = self.session(["start", "stop", "clear fwd stats all", "show fwd stats all"])
        after = out.rpartition("show fwd stats all")[2]
        self.assertEqual(set(re.findall(r"RX-packets: (\d+)", after)), {"0"})

    def test_xstats(self):
        out = self.session(["show port xstats 0"])
        self.assertIn("NIC extended statistics for port 0", out)
        self.assertIn("rx_good_packets: 0", out)

    def test_port_stop_start_mtu(self):
        out = self.session(["port stop 0", "port config mtu 0 9000", "port start 0",
                            "show port info 0", "port stop all", "port start all", "start", "stop"])
        self.assertRegex(out, r"MTU: 9000")
        self.assertIn("Accumulated forward statistics", out)

    def test_port_config_mtu_bad(self):
        out = self.session(["port config mtu 9 1500", "port config mtu 0 1", "show port info 0"])
        self.assertRegex(out, r"MTU: 1500")

    def test_gso_commands(self):
        out = self.session(["set port 0 gso on", "show port 0 gso", "set gso segsz 1200",
                            "show port 0 gso", "set port 0 gso off", "show port 0 gso"])
        self.assertIn("1200", out)

    def test_tso_commands(self):
        self.session(["tso show 0", "port stop 0", "tso set 800 0", "tso show 0", "port start 0"])

    def test_csum_commands(self):
        out = self.session(["port stop 0", "csum show 0", "csum set ip sw 0", "csum set tcp hw 0",
                            "csum show 0"])
        # net_null has no checksum offload: asking for it is refused by a line, not taken.
        self.assertRegex(out, r"IP checksum offload is sw")
        self.assertRegex(out, r"TCP checksum offload is sw")

    def test_port_plan_and_features(self):
        out = self.session(["show port 0 plan", "show port 0 features", "show drops"])
        self.assertRegex(out, r"(?m)^\s*tcp4: gso")
        self.assertRegex(out, r"generic-segmentation-offload: on")
        self.assertRegex(out, r"tcp-segmentation-offload: (on|off)")
        self.assertIn("tx_too_big", out)

    def test_feature_switch(self):
        out = self.session(["set port 0 feature generic-segmentation-offload off",
                            "show port 0 features", "show port 0 plan"])
        self.assertRegex(out, r"generic-segmentation-offload: off")
        self.assertRegex(out, r"(?m)^\s*tcp4: drop")

    def test_cmdline_file(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as f:
            f.write("set burst 5\nshow config rxtx\n")
            f.flush()
            out = self.session(["show port summary all"], ["--cmdline-file=" + f.name])
            self.assertIn("packets/burst=5", out)

    def test_cmdline_file_comes_before_auto_start(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as f:
            f.write("set fwd mac\n")
            f.flush()
            out = self.session(["stop"], ["-a", "--cmdline-file=" + f.name])
        self.assertIn("mac packet forwarding", out)
        self.assertNotIn("stop forwarding first", out)

    def test_clear_fwd_stats_while_forwarding(self):
        # Only port 0 receives; a stream that lost its ports would send by port 0 too.
        out = self.session(["set portlist 0,1", "start"] + ["clear fwd stats all"] * 50 +
                           ["show config fwd", "stop"])
        self.assertIn("RX P=1/Q=0 (socket 0) -> TX P=0/Q=0", out.rpartition("show config")[2])
        sent = re.findall(r"TX-packets: (\d+)", out.rpartition("Telling cores")[2])
        self.assertTrue(all(int(n) > 0 for n in sent), out[-2000:])

    def test_signal_during_a_command(self):
        run = self.start(fwd.NULL2, SMALL + ["-i"])
        run.wait_for(lambda: "cleave> " in run.out)
        run.proc.stdin.write(b"start tx_first 200000\n")
        run.proc.stdin.flush()
        time.sleep(0.1)
        run.proc.send_signal(signal.SIGINT)
        self.sound(run.end(15))

    def test_port_named_twice_forwards_once(self):
        out = self.session(["set portlist 0,0,1", "show config fwd"])
        self.assertIn("streams=2", out)

    def test_statistics_of_a_closed_port(self):
        out = self.session(["start", "stop", "port stop 1", "port close 1", "show fwd stats all"])
        numbers = re.findall(r"-packets: (\d+)", out.rpartition("show fwd stats all")[2])
        self.assertTrue(numbers and all(int(n) < 1 << 60 for n in numbers), out[-2000:])

    def test_fast_free_is_refused(self):
        out = self.session(["port stop 0", "port config 0 tx_offload mbuf_fast_free on",
                            "show port 0 tx_offload configuration"])
        self.assertIn("segments share their payload", out)
        self.assertNotIn("MBUF_FAST_FREE", out.rpartition("Offloading Configuration")[2])

    def test_end_of_input(self):
        run = self.start(fwd.NULL2, SMALL + ["-i"])
        run.wait_for(lambda: "cleave> " in run.out)
        run.proc.stdin.close()
        self.sound(run.end(15))

    def test_stats_json_of_a_session(self):
        tmp = tempfile.mkdtemp(prefix="cleave-")
        self.addCleanup(shutil.rmtree, tmp, True)
        path = os.path.join(tmp, "stats.json")
        self.session(["start", "stop"], ["--stats-json=" + path])
        with open(path, encoding="utf-8") as f:
            self.assertEqual(len(json.load(f)["ports"]), 2)


def block_text(out, word):
    return out[out.find(word):]


if __name__ == "__main__":
    fwd.main()
