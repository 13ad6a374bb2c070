#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Traffic through net_vtap: two kernels, each behind a port, and dpdk-testpmd between the ports.
# Neighbours: vtap_lab.py has the lab; test_vtap_kernel.py has what the kernel does beside the
# TAP; test_vtap_port.py tests what is not traffic.
"""What the kernels, iperf3 and tshark find is what counts; no byte of the driver is looked at."""
import os
import re
import sys

import vtap_lab
from vtap_lab import CHAINS, SUMS, LabTest, verdict, wait_for

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../app"))
import frames  # noqa: E402

AF_PACKET, SOCK_RAW, ETH_P_ALL = 17, 3, 3
UDP_SEGMENT = 103


def packet_socket(lab, name, dev):
    """A socket that sends and receives whole frames on an interface."""
    s = lab.socket(name, AF_PACKET, SOCK_RAW, 0)
    s.bind((dev, 0))
    return s


class Plain(LabTest):
    """--forward-mode=io, no offload configured: complete frames no longer than the MTU."""

    @classmethod
    def setUpClass(cls):
        cls.lab = vtap_lab.Lab()
        cls.addClassCleanup(cls.lab.close)
        cls.lab.pair(CHAINS).say("start")

    def setUp(self):
        pass  # one lab for all, so that the driver works for long

    def tearDown(self):
        self.no_checksum_errors()

    def test_ping(self):
        for size in (56, 1472, 0, 1):
            self.assertEqual(self.lab.pings("a", "10.9.0.2", size), 3, size)
        for size in (56, 1452):
            self.assertEqual(self.lab.pings("b", "fd09::1", size), 3, size)

    def test_fragments(self):
        """Datagrams of many frames."""
        for address in ("10.9.0.2", "fd09::2"):
            out = self.lab.run("a", "ping", "-q", "-c", "3", "-i", "0.02", "-M", "dont", "-s",
                               "20000", address).stdout
            self.assertIn(" 3 received", out)

    def test_tcp(self):
        self.both_ways(size="50M")

    def test_udp(self):
        for address in ("10.9.0.2", "fd09::2"):
            told = self.lab.iperf("a", "b", address, "-u", "-b", "100M", "-n", "3M", "-l", "1400")
            self.assertNotIn("error", told)
            end = told["end"]["sum"]
            self.assertGreater(end["packets"], 2000)
            self.assertLess(end["lost_packets"], end["packets"] / 100, address)

    def test_udp_segment(self):
        """What a program hands over as one datagram of many (UDP_SEGMENT) comes as many."""
        for family, address in ((2, "10.9.0.2"), (10, "fd09::2")):
            here, there = (self.lab.socket(ns, family, 2) for ns in "ab")
            with here, there:
                there.bind((address, 7000))
                here.setsockopt(17, UDP_SEGMENT, 1000)
                data = frames.pattern(20500)
                here.sendto(data, (address, 7000))
                got = [there.recv(65536) for _ in range(21)]
                self.assertEqual([len(d) for d in got], [1000] * 20 + [500])
                self.assertEqual(b"".join(got), data)

    def test_frames(self):
        """On the wire: nothing longer than the MTU, no checksum left open."""
        run = self.lab.capture("b", "vb", "src 10.9.0.1 or src fd09::1")
        self.both_ways(size="5M")
        self.lab.pings("a", "fd09::2")
        rows = run.frames("frame.len", *SUMS)
        wrong, right = verdict(rows)
        self.assertEqual(wrong, [])
        self.assertGreater(right, 3000)
        self.assertEqual(max(int(row[0]) for row in rows), 1514)

    def test_any_frame(self):
        """Frames of any protocol, byte for byte, tags included; a short one may gain padding."""
        sent = [frames.l2(0x88b5) + frames.pattern(n, n) for n in (1, 46, 47, 1000, 1500)]
        sent += [frames.tcp(4, frames.pattern(700), vlans=tags)
                 for tags in ([(0x8100, 7)], [(0x8100, 0xe00a)], [(0x88a8, 5), (0x8100, 6)])]
        sent += [frames.udp(6, frames.pattern(1400), vlans=[(0x8100, 10)]),
                 frames.l2(0x0800, mpls=[16, 17]) + frames.pattern(200)]
        run = self.lab.capture("b", "vb", "ether src " + frames.SRC.hex(":"), len(sent))
        with packet_socket(self.lab, "a", "va") as s:
            for frame in sent:
                s.send(frame)
        run.close(5)
        got = frames.read_pcap(run.path)
        self.assertEqual([f[:len(s)].hex() for f, s in zip(got, sent)], [f.hex() for f in sent])
        self.assertEqual(len(got), len(sent))
        for f, s in zip(got, sent):
            self.assertIn(len(f), (len(s), 60) if len(s) < 60 else (len(s),))

    def test_vlan(self):
        try:
            for n, ns in enumerate("ab", 1):
                self.lab.ip(ns, "link", "add", "link", "v" + ns, "name", "v10", "type", "vlan",
                            "id", "10")
        except AssertionError as e:
            self.skipTest(f"this kernel has no VLAN devices: {e}")
        for n, ns in enumerate("ab", 1):
            self.lab.ip(ns, "link", "set", "v10", "up")
            self.lab.address(ns, "v10", f"10.10.0.{n}/24", f"fd10::{n}/64")
        self.assertEqual(self.lab.pings("a", "10.10.0.2", 1472), 3)
        self.both_ways("10.10.0.2", "fd10::2")

    def test_vxlan(self):
        for outer, net, ident in (("10.9.0.", 11, 7), ("fd09::", 12, 8)):
            for n, ns in enumerate("ab", 1):
                dev = f"vx{ident}"
                self.lab.ip(ns, "link", "add", dev, "type", "vxlan", "id", str(ident), "dstport",
                            str(4782 + ident), "local", f"{outer}{n}", "remote", f"{outer}{3 - n}",
                            *(["udp6zerocsumrx"] if ident == 8 else []))
                self.lab.ip(ns, "link", "set", dev, "mtu", "1430", "up")
                self.lab.address(ns, dev, f"10.{net}.0.{n}/24", f"fd{net}::{n}/64")
            self.assertEqual(self.lab.pings("a", f"10.{net}.0.2", 1402), 3)
            self.both_ways(f"10.{net}.0.2", f"fd{net}::2")


class Jumbo(LabTest):
    """An MTU of 9000, set while it runs, with frames in chains; set before, with large mbufs."""

    def through(self, pmd):
        for ns in "ab":
            self.assertEqual(self.lab.link(ns, "v" + ns)["mtu"], 9000)
        self.assertEqual(pmd.info(0)["MTU"], "9000")
        self.assertEqual(self.lab.pings("a", "10.9.0.2", 8972), 3)
        self.assertEqual(self.lab.pings("b", "fd09::1", 8952), 3)
        run = self.lab.capture("b", "vb", "src 10.9.0.1")
        self.both_ways(size="50M")
        rows = run.frames("frame.len", *SUMS)
        wrong, right = verdict(rows)
        self.assertEqual((wrong, max(int(row[0]) for row in rows)), ([], 9014))
        self.assertGreater(right, 3000)
        self.no_checksum_errors()
        self.assertEqual(pmd.quit()[0], 0)

    def test_chains(self):
        pmd = self.lab.pair(CHAINS)
        pmd.say("start")
        self.assertEqual(self.lab.pings("a", "10.9.0.2", 1472), 3)
        pmd.say("port config mtu 0 9000", "port config mtu 1 9000")
        self.through(pmd)

    def test_whole(self):
        pmd = self.lab.pair(["--mbuf-size=9728", "--total-num-mbufs=8192"])
        pmd.say("port stop all", "port config mtu 0 9000", "port config mtu 1 9000",
                    "port start all", "start")
        for n, ns in enumerate("ab", 1):  # they were down: what is not permanent is gone
            self.lab.address(ns, "v" + ns, f"fd09::{n}/64")
        self.through(pmd)


class Offload(LabTest):
    """testpmd's csum engine: checksums and segmentation are left to the port. The kernel behind vb
    is a router: it completes what it was handed, for a veth without offloads. c sees frames."""

    names = "abc"
    MACS = ("02:00:00:00:0a:01", "02:00:00:00:0b:02")
    CSUM = ["csum set ip hw {port}", "csum set tcp hw {port}", "csum set udp hw {port}"]
    TSO = ["tso set 1000 {port}"]

    def engine(self, options, *settings):
        """testpmd with these options; settings are commands given for both ports."""
        lab = self.lab
        # The engine writes the addresses of the port and of its peer, the interface behind it.
        pmd = lab.pair(["--forward-mode=csum", *CHAINS, *options,
                        *(f"--eth-peer={i},{mac}" for i, mac in enumerate(self.MACS))],
                       macs=self.MACS)
        lab.sysctl("b", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        lab.ip("b", "link", "add", "p0", "type", "veth", "peer", "name", "c0", "netns", lab.ns("c"))
        lab.run("b", "ethtool", "-K", "p0", "tx", "off", "tso", "off", "gso", "off", "gro", "off")
        lab.run("c", "ethtool", "-K", "c0", "gro", "off")
        for n, ns, dev in ((1, "b", "p0"), (2, "c", "c0")):
            lab.ip(ns, "link", "set", dev, "up")
            lab.address(ns, dev, f"10.8.0.{n}/24", f"fd08::{n}/64", f"fe80::{n}/64")
        said = pmd.say("port stop all")
        for port in (0, 1):
            said += pmd.say(*(s.format(port=port) for s in settings))
        said += pmd.say("port start all", "start")
        self.assertNotRegex(re.sub(r"Warning: (GRE|IPIP|IP|UDP) TUNNEL TSO.*", "", said),
                            r"(?i)not supported|not started|bad arg|fail|invalid|cannot")
        for n, ns in enumerate("ab", 1):  # they were down: what is not permanent is gone
            lab.address(ns, "v" + ns, f"fd09::{n}/64")
        for ns, net, gateway in (("a", "8", "9.0.2 fd09::2"), ("c", "9", "8.0.1 fd08::1")):
            v4, v6 = gateway.split()
            lab.ip(ns, "route", "add", f"10.{net}.0.0/24", "via", "10." + v4)
            lab.ip(ns, "route", "add", f"fd0{net}::/64", "via", v6)
        return pmd

    def judged(self, run, size):
        """The frames at c: right, and data in segments of this size."""
        rows = run.frames("tcp.len", *SUMS)
        wrong, right = verdict(rows)
        self.assertEqual(wrong, [])
        self.assertGreater(right, 3000)
        lengths = [int(n) for row in rows for n in row[0].split(",") if n]
        self.assertEqual(max(lengths), size)
        self.assertGreater(lengths.count(size), len(lengths) / 4)

    def flow(self, pmd, longest):
        """TCP and UDP of both IPs; the mean length of the frames that port 0 received."""
        before = pmd.stats(0)
        run = self.lab.capture("c", "c0", "src 10.9.0.1 or src fd09::1", 12000)
        self.both_ways("10.8.0.2", "fd08::2", server="c", size="8M")
        after = pmd.stats(0)
        for address in ("10.8.0.2", "fd08::2"):
            self.assertEqual(self.lab.pings("a", address, 1400), 3)
            told = self.lab.iperf("a", "c", address, "-u", "-b", "50M", "-n", "500K", "-l", "1400")
            self.assertLess(told["end"]["sum"]["lost_packets"], 4)
        self.judged(run, longest)
        self.no_checksum_errors("abc")
        self.assertEqual(pmd.quit()[0], 0)
        return ((after["RX-bytes"] - before["RX-bytes"]) /
                (after["RX-packets"] - before["RX-packets"]))

    def test_checksums(self):
        self.assertLess(self.flow(self.engine([], *self.CSUM), 1448), 1514)

    def test_tso(self):
        """Received as frames, sent as segments of 1000."""
        self.assertLess(self.flow(self.engine([], *self.CSUM, *self.TSO), 1000), 1514)

    def test_lro(self):
        """Received as super-packets, sent as segments of 1000."""
        pmd = self.engine(["--enable-lro"], *self.CSUM, *self.TSO)
        self.assertGreater(self.flow(pmd, 1000), 2000)

    def test_vxlan_lro(self):
        self.through_vxlan("--enable-lro")

    def test_vxlan(self):
        before, after = self.through_vxlan()
        self.assertLess((after["RX-bytes"] - before["RX-bytes"]) /
                        (after["RX-packets"] - before["RX-packets"]), 1514)

    def through_vxlan(self, *options):
        """A tunnel: the inner TCP in segments of 500, right within and without."""
        pmd = self.engine(options, *self.CSUM, "csum set outer-ip hw {port}",
                          "csum set outer-udp hw {port}", "csum parse-tunnel on {port}",
                          "tunnel_tso set 500 {port}")
        ends = ("10.9.0.1", "10.8.0.2")
        for n, ns, here, there in ((1, "a", *ends), (2, "c", *reversed(ends))):
            self.lab.ip(ns, "link", "add", "vx", "type", "vxlan", "id", "7", "dstport", "4789",
                        "local", here, "remote", there, "udpcsum")
            self.lab.ip(ns, "link", "set", "vx", "mtu", "1430", "up")
            self.lab.address(ns, "vx", f"10.11.0.{n}/24", f"fd11::{n}/64")
        run = self.lab.capture("c", "c0", "src 10.9.0.1", 12000)
        before = pmd.stats(0)
        self.both_ways("10.11.0.2", "fd11::2", server="c", size="3M")
        after = pmd.stats(0)
        self.judged(run, 500)
        self.no_checksum_errors("abc")
        self.assertEqual(pmd.quit()[0], 0)
        return before, after


class Tags(LabTest):
    """A VLAN tag that the port inserts."""

    def test_insert(self):
        pmd = self.lab.pair(["--forward-mode=mac", *CHAINS])
        pmd.say("port stop 1", "tx_vlan set 1 10", "port start 1", "start")
        run = self.lab.capture("b", "vb", "vlan 10", 4)
        with packet_socket(self.lab, "a", "va") as s:
            for size in (2, 46, 1500):
                s.send(frames.l2(0x88b5) + frames.pattern(size, size))
            s.send(frames.udp(4, frames.pattern(333)))
        run.close(5)
        got = [f[12:] for f in frames.read_pcap(run.path) if b"\x88\xb5" in f[12:18]]
        self.assertEqual(len(got), 3)
        for f, size in zip(got, (2, 46, 1500)):
            self.assertEqual(f[:6].hex(), "8100000a88b5")
            self.assertEqual(f[6:6 + size], frames.pattern(size, size))
        rows = run.frames("vlan.id", *SUMS)
        self.assertEqual({row[0] for row in rows}, {"10"})
        self.assertEqual(verdict(rows), ([], 2))


class Queues(LabTest):
    """Several queues, many flows."""

    def flows(self, options):
        pmd = self.lab.pair([*CHAINS, *options])
        # By ports, too, where there are queues to spread over (else testpmd is told that it cannot).
        pmd.say("port config all rss all", "start")
        self.lab.pings("a", "10.9.0.2")
        # As many datagrams to and from each port, none lost.
        here, there = (self.lab.socket(ns, 2, 2) for ns in "ab")
        with here, there:
            there.bind(("10.9.0.2", 7000))
            for port in range(64):
                with self.lab.socket("a", 2, 2) as s:
                    s.sendto(b"%d" % port, ("10.9.0.2", 7000))
                    data, back = there.recvfrom(100)
                    self.assertEqual(data, b"%d" % port)
                    there.sendto(data + b"!", back)
                    self.assertEqual(s.recv(100), data + b"!")
        for args in ((), ("-R",)):
            told = self.lab.iperf("a", "b", "10.9.0.2", "-P", "8", "-n", "16M", *args)
            self.assertNotIn("error", told, options)
            each = [s["receiver"]["bytes"] for s in told["end"]["streams"]]
            self.assertEqual((len(each), min(each) > 100000), (8, True), each)
        self.no_checksum_errors()
        said = pmd.say("stop")
        self.assertEqual(pmd.quit()[0], 0)
        return said

    def test_two(self):
        said = self.flows(["--rxq=2", "--txq=2"])
        for port, queue in ((p, q) for p in (0, 1) for q in (0, 1)):
            found = re.search(rf"RX Port= ?{port}/Queue= ?{queue} .*?\n *RX-packets: (\d+)", said)
            self.assertTrue(found and int(found.group(1)) > 100, f"{port}/{queue}\n{said}")

    def test_more_to_send(self):
        self.flows(["--rxq=1", "--txq=4"])

    def test_sixteen(self):
        self.flows(["--rxq=16", "--txq=16", "--rxd=64", "--txd=64"])

    def test_started_again(self):
        """The number of queues changes while the port is stopped."""
        pmd = self.lab.pair(CHAINS)
        for queues in (4, 1, 3):
            said = pmd.say("stop", "port stop all", f"port config all rxq {queues}",
                               f"port config all txq {queues}", "port start all", "start")
            self.assertNotRegex(said, r"(?i)fail|error|invalid|cannot")
            self.assertTrue(wait_for(lambda: self.lab.pings("a", "10.9.0.2") == 3))
            self.assertEqual(pmd.info(0)["Current number of RX queues"], str(queues))
        self.assertEqual(pmd.quit()[0], 0)


if __name__ == "__main__":
    vtap_lab.main()
