#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# net_cleave as a port: its arguments, whose the lower port is, how it ends, bonding on it and below
# it, DPDK's own tests on it. Neighbours: stack_lab.py runs the programs, test_stack_ops.py has the
# operations, test_stack.py the traffic.
"""All programs are Debian's; the lower ports are DPDK's or net_probe."""
import json
import os
import re
import shutil
import signal
import subprocess

from stack_lab import (DPDK_TEST, MULTI_SEGS, StackTest, driver, eal, forget, main, over, requested)
from frames import ACK, PSH, pattern, tcp
from plugin import release
import test_stack

# What net_bonding calls what it consists of, and itself.
MEMBER, BONDING = ("member", "bonding") if release() >= (23, 11) else ("slave", "bonded")

ADDED = {"IPV4_CKSUM", "UDP_CKSUM", "TCP_CKSUM", "TCP_TSO", "UDP_TSO", "OUTER_IPV4_CKSUM",
         "OUTER_UDP_CKSUM", "VXLAN_TNL_TSO", "GRE_TNL_TSO", "IPIP_TNL_TSO", "GENEVE_TNL_TSO",
         "UDP_TNL_TSO", "MULTI_SEGS"}


class Arguments(StackTest):
    """--vdev net_cleave0,...: what is taken, and what is refused by one line."""

    # what is attached, and what the line must hold
    REFUSED = [
        ("net_cleave0", "port="),
        ("net_cleave0,gso=on", "port="),
        ("net_cleave0,port=", "port="),
        ("net_cleave0,port", "port"),
        ("net_cleave0,port=nonsense", "nonsense"),
        ("net_cleave0,port=0000:00:1f.0", "0000:00:1f.0"),
        ("net_cleave0,port=" + "x" * 80, "x" * 80),
        ("net_cleave0,port=net_cleave0", "net_cleave0"),
        ("net_cleave0,port=net_null0,colour=red", "colour"),
        ("net_cleave0,port=net_null0,gso=maybe", "gso=maybe"),
        ("net_cleave0,port=net_null0,gso=ON", "gso=ON"),
        ("net_cleave0,port=net_null0,gro=", "gro="),
        ("net_cleave0,port=net_null0,gro", "gro="),
        ("net_cleave0,port=net_null1", "net_cleave1"),  # whose it is
        ("net_cleave0,port=net_null2", "started"),
    ]

    def complaints(self, text):
        return [line for line in text.splitlines() if line.startswith("net_cleave: ")]

    def test_refused(self):
        t = self.start(["net_null0"] + over("net_null1", 1) + ["net_null2"])
        t.say("port stop 0")
        for args, word in self.REFUSED:
            with self.subTest(args=args):
                told = t.say(f"port attach {args}")
                self.assertIn("Failed to attach port", told)
                lines = self.complaints(told)
                self.assertEqual(len(lines), 1, told)
                self.assertIn(word, lines[0])
        self.assertRegex(t.say("show port summary all"), r"available ports: 3\n")
        # nothing of that has hurt
        self.assertIn("Port 4 is attached", t.say("port attach net_cleave0,port=net_null0"))
        self.sound(t)

    def test_refused_at_the_start(self):
        """EAL goes on without a vdev that was not made; the lower port is still there for all."""
        for args, word in (("port=nonsense", "nonsense"), ("port=net_null0,gso=maybe", "gso=maybe"),
                           ("colour=red,port=net_null0", "colour")):
            t = self.start(["net_null0", f"net_cleave0,{args}"])
            lines = self.complaints(t.printed)
            self.assertEqual(len(lines), 1, t.printed)
            self.assertIn(word, lines[0])
            self.assertRegex(t.say("show port summary all"), r"\n0 .* net_null0 .*\n(?!1 )")
            self.sound(t)

    def test_offered(self):
        """What each switch adds to a port that can nothing but chains."""
        for params, tx, rx in (({}, ADDED, {"TCP_LRO"}), ({"gso": "off"}, set(), {"TCP_LRO"}),
                               ({"gro": "off"}, ADDED, set()),
                               ({"gso": "off", "gro": "off"}, set(), set())):
            t = self.start(["net_null1"] + over("net_null0", **params))
            self.assertEqual(t.offloads(2, "tx") - {"MT_LOCKFREE"}, tx | t.offloads(0, "tx") -
                             {"MT_LOCKFREE"}, params)
            self.assertEqual(t.offloads(2, "rx"), rx | t.offloads(0, "rx"), params)
            told = t.say("port stop 2", "tso set 1000 2", "tunnel_tso set 1000 2",
                         "csum set tcp hw 2")
            # from 23.11 on: "both TSO and UFO are not"
            told = told.replace("both TSO and UFO are not", "TSO is not")
            for refusal in ("TSO is not supported by port 2", "don't support tunnel TSO",
                            "TCP checksum offload is not supported"):
                (self.assertNotIn if tx else self.assertIn)(refusal, told)
            self.sound(t)

    def test_lro_is_refused_without_gro(self):
        t = self.start(over("net_null0", gro="off"), ["--enable-lro"])
        self.assertIn("Fail to configure port 1", t.printed)
        self.assertIn("TCP_LRO", self.start(over("net_null0"), ["--enable-lro"])
                      .offloads(1, "rx", "configuration"))
        self.sound(t)

    def test_a_port_belongs_to_one(self):
        t = self.start(over("net_null0") + ["net_cleave1,port=net_null0"])
        lines = self.complaints(t.printed)
        self.assertEqual(len(lines), 1, t.printed)
        self.assertRegex(lines[0], "net_cleave1.*net_null0.*net_cleave0")
        self.sound(t)

    def test_pmdinfo(self):
        tool = shutil.which("dpdk-pmdinfo.py")
        if not tool:
            self.skipTest("no dpdk-pmdinfo.py")
        told = json.loads(subprocess.run([tool, driver("net_cleave")], stdout=subprocess.PIPE,
                                         check=True, timeout=20).stdout)
        self.assertEqual([d["name"] for d in told], ["net_cleave"])
        for key in ("port=", "gso=", "gro="):
            self.assertIn(key, told[0]["params"])


class Bonding(StackTest):
    """net_bonding on net_cleave, and below it."""

    def test_on_two(self):
        t = self.start(over("net_null0") + over("net_null1", 1))
        told = t.say("port stop all", f"create {BONDING} device 0 0", f"add bonding {MEMBER} 1 4",
                     f"add bonding {MEMBER} 3 4", "port start 4", "show bonding config 4",
                     "set portlist 4")
        self.assertIn(f"Active {MEMBER.title()}s (2): [1 3]", told)
        self.receive(t, 4, 10000)
        sent = [t.stats(port)["TX-packets"] for port in (4, 1, 3)]
        self.assertEqual(sent[0], sent[1] + sent[2])
        self.assertGreater(min(sent), 4000)
        t.say("port stop 4", f"remove bonding {MEMBER} 1 4", f"remove bonding {MEMBER} 3 4",
              "port close 4")
        self.assertRegex(t.say("show port summary all"), r"available ports: 2\n")
        self.sound(t)

    def test_gets_tso(self):
        """The bonded device offers what its ports do; quit while it is started."""
        frames = [tcp(v, pattern(n, n), flags=ACK | PSH) for v in (4, 6) for n in (10, 999, 30000)]
        bond = [f"create {BONDING} device 1 0", f"add bonding {MEMBER} 2 3", "set portlist 0,3",
                *test_stack.tso(3), "port start 3"]
        for capa, counter in (("", "tx_tso"), (f",tx_capa={MULTI_SEGS:#x}", "tx_gso")):
            # the port's own start is refused: it is the bonded device's
            out, xstats = self.looped(frames, bond, capa)
            self.same(out, [s for f in frames for s in requested(f, test_stack.MSS)])
            self.assertEqual((xstats[counter], xstats["tx_plain"]), (2, 4), xstats)

    def test_below(self):
        t = self.start(["net_null0", "net_null1",
                        f"net_bonding0,{MEMBER}=net_null0,{MEMBER}=net_null1,mode=1",
                        "net_cleave0,port=net_bonding0"])
        self.assertIn("TCP_TSO", t.offloads(3, "tx"))
        self.assertEqual(t.info(3)["Link status"], "up")
        t.say("set portlist 3")
        self.receive(t, 3, 10000)
        self.sound(t)


class Ends(StackTest):
    """However it ends: exit status 0, within seconds."""

    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            for options in ([], ["--enable-lro", "--tx-offloads=0x20"]):
                t = self.start(over("net_null0"), options)
                t.say("start")
                t.proc.send_signal(number)
                self.assertEqual(t.end(5), 0, t.printed[-2000:])
                self.assertIn("Port 0 is closed\nPort 1 is closed", t.printed)

    def test_stop_start_close(self):
        t = self.start(over("net_null0"), ["--enable-lro", "--tx-offloads=0x20"])
        before = t.free_mbufs()
        for offload in ("off", "on", "off"):
            t.say("start", "stop", "port stop 1", f"port config 1 tx_offload tcp_tso {offload}",
                  f"port config 1 rx_offload tcp_lro {offload}", "port start 1")
        self.receive(t, 1, 1000)
        t.say("port stop 1", "port close 1")
        self.assertEqual(t.free_mbufs(), before)
        self.assertRegex(t.say("show port summary all"), r"available ports: 0\n")
        self.sound(t)

    def test_detach_and_attach(self):
        """The lower port goes with it; both can be made again, as often as one likes."""
        t = self.start(over("net_null0"), ["--tx-offloads=0x20"])
        for _ in range(3):
            self.receive(t, 1, 1000)
            self.assertIn("not stopped", t.say("device detach net_cleave0"))
            t.say("port stop 1")
            self.assertIn("Device net_cleave0 is detached", t.say("device detach net_cleave0"))
            self.assertRegex(t.say("show port summary all"), r"available ports: 0\n")
            self.assertIn("net_null0 is detached", t.say("device detach net_null0"))
            t.say("port attach net_null0", "port attach net_cleave0,port=net_null0")
            self.assertRegex(t.say("show port summary all"), r"ports: 1\n.*\n1 .* net_cleave0 ")
            t.say("port start 1", "set portlist 1")
        self.sound(t)

    def test_the_lower_port_is_detached(self):
        """It is gone: errors, and no crash, whatever is called."""
        t = self.start(over("net_null0"), ["--enable-lro", "--tx-offloads=0x20"])
        t.say("port stop 1")
        self.assertIn("net_null0 is detached", t.say("device detach net_null0"))
        told = t.say("show port info 1", "show port stats 1", "port config mtu 1 1400",
                     "mac_addr set 1 02:00:00:00:00:07", "set promisc 1 on", "port start 1")
        self.assertRegex(told, "Fail to start port 1|No such device")
        t.say("show port xstats 1", "port close 1")
        self.sound(t)


class Suites(StackTest):
    """dpdk-test, which is DPDK's own."""

    def run_suite(self, name, *lower):
        if not DPDK_TEST:
            self.skipTest("no dpdk-test")
        args, prefix = eal(DPDK_TEST, over(*lower), memory=256)
        done = subprocess.run(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=30, check=False,
                              env=dict(os.environ, DPDK_TEST=name))
        forget(prefix)
        told = done.stdout.decode(errors="replace")
        self.assertEqual(done.returncode, 0, told[-3000:])
        self.assertIn("Test OK", told)
        return told

    def test_pmd_perf(self):
        """Bursts through the port, which it takes for a NIC: every mbuf comes back."""
        for lower in ("net_null0", "net_ring0"):
            told = self.run_suite("pmd_perf_autotest", lower)
            self.assertIn("inject 2048 packet to port 1", told)
            # those on their way when it is over: as many as went in
            count = re.search(r"inject to prime ports = (\d+)\n", told).group(1)
            self.assertIn(f"free {count} (expected 2048) mbuf left in port 1", told)

    def test_statistics(self):
        """Suites that go over all ports, with net_cleave among them."""
        for name in ("bitratestats_autotest", "latencystats_autotest", "ethdev_link_status"):
            self.assertRegex(self.run_suite(name, "net_null0"), r"Tests Failed : +0")


if __name__ == "__main__":
    main()
