#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# What testpmd does to a net_cleave happens to the port below: queues, statistics, MTU, MAC, modes,
# link state; what that port cannot is a clean error. Neighbours: stack_lab.py runs testpmd,
# test_stack_port.py has the rest of the port.
"""The judge is the lower port by itself, next to it, or the kernel's view of a net_tap."""
import json
import os
import re
import subprocess
import time

from stack_lab import StackTest, main, over, wait_for
from frames import tcp, write_pcap


class Operations(StackTest):
    """What testpmd does to the port happens to the lower one."""

    def test_lower_port_is_not_seen(self):
        t = self.start(over("net_null0"))
        self.assertRegex(t.say("show port summary all"), r"available ports: 1\n")
        self.assertIn("Invalid port 0", t.say("show port info 0"))
        told = t.say("start") + t.say("stop")
        self.assertIn("RX P=1/Q=0", told)
        self.assertNotRegex(told, r"P=0/")
        self.sound(t)

    def test_queues_and_statistics(self):
        for lower in ("net_null0", "net_probe0,rx_gen=64,record=0"):
            t = self.start(over(lower), ["--rxq=4", "--txq=4"], drivers=("net_cleave", "net_probe"))
            t.say("start")
            time.sleep(0.1)
            told = t.say("stop")
            stats, xstats = t.stats(1), t.xstats(1)
            for way, name in (("RX", "rx"), ("TX", "tx")):
                total = int(re.search(rf"{way}-total: (\d+)", told).group(1))
                self.assertGreater(total, 1000)
                self.assertEqual(stats[f"{way}-packets"], total, told)
                queues = [xstats[f"{name}_q{q}_packets"] for q in range(4)]
                self.assertEqual(sum(queues), total)
                self.assertGreater(min(queues), 100)
            t.say("clear port stats 1")
            self.assertEqual(set(t.stats(1).values()), {0})
            self.assertEqual(set(t.xstats(1).values()), {0})
            self.sound(t)

    def test_counters_are_cleared(self):
        """Those of libcleave, too."""
        t = self.start(over("net_probe0,rx_gen=1000,rx_gen_flows=1,rx_gen_train=64,record=0"),
                       ["--enable-lro", "--tx-offloads=0x20"], drivers=("net_cleave", "net_probe"))
        self.receive(t, 1, 1000)
        xstats = t.xstats(1)
        self.assertGreater(xstats["gro_merged"], 500, xstats)
        self.assertGreater(xstats["tx_tso"] + xstats["tx_gso"], 10, xstats)
        t.say("clear port xstats 1")
        self.assertEqual(set(t.xstats(1).values()), {0})
        self.sound(t)

    def as_the_lower_port(self, t, lines):
        """testpmd says the same of port 0, and of port 2, which is on another one like that."""
        for line in lines:
            with self.subTest(line=line):
                said = []
                for port, numbers in ((0, "0"), (2, "[12]")):  # its log may name either
                    text = t.say(line.format(port)).split("\n", 1)[1]  # behind the echo
                    text = re.sub(r"([0-9A-F]{2}:){5}[0-9A-F]{2}", "MAC", text)
                    said.append(re.sub(rf"(?i)(port(?:_id|_pi)?[ =]){numbers}\b", r"\1P", text))
                expected, told = said
                self.assertEqual(told, expected)
        self.sound(t)

    def test_what_a_port_cannot(self):
        """A clean error, by ethdev or testpmd: net_null can little."""
        self.as_the_lower_port(self.start(["net_null1"] + over("net_null0", gro="off")), [
            "vlan set strip on {}", "vlan set filter on {}", "rx_vlan add 5 {}",
            "vlan set outer tpid 0x88a8 {}", "set promisc {} off", "set flow_ctrl rx on {}",
            "set link-down port {}", "set port {} queue 0 rate 100", "port {} rxq 0 stop",
            "port {} txq 0 stop", "show port {} module_eeprom", "show port {} rxq 0 desc 0 status",
            "flow validate {} ingress pattern eth / end actions drop / end",
            "show port tm cap {}", "show port tm level cap {} 0", "show port tm node cap {} 0",
            "show port tm node type {} 0", "show port tm node stats {} 0 0",
            "add port tm node shaper profile {} 0 1 1 1 1 0 0", "del port tm node shaper profile {} 0",
            "add port tm nonleaf node {} 100 -1 0 1 0 -1 1 0 0", "port tm hierarchy commit {} no",
            "set port tm mark ip_dscp {} 1 1 1",
            "show port meter cap {}", "add port meter profile srtcm_rfc2697 {} 0 1 1 1 0",
            "del port meter policy {} 0", "enable port meter {} 0", "show port meter stats {} 0 no",
            "set port {} rxq 0 avail_thresh 50",
            "flow info {}", "flow aged {}", "flow isolate {} 1",
            "flow indirect_action {} create ingress action rss / end",
            "flow tunnel create {} type vxlan",
            "port stop {}", "flow configure {} queues_number 1 queues_size 8",
            "flow pattern_template {} create template eth / end", "port start {}"])

    def test_queues_stop_and_start(self):
        """net_pcap can that; a queue that was stopped can be started again."""
        paths = [self.path(n) for n in ("in", "out0", "out1")]
        write_pcap(paths[0], [tcp(4, b"x")])
        pcap = [f"net_pcap{i},rx_pcap={paths[0]},tx_pcap={paths[2 - i]}" for i in (1, 0)]
        self.as_the_lower_port(self.start(pcap[:1] + over(pcap[1])), [
            f"port {{}} {queue}q 0 {what}" for what in ("stop", "start", "stop", "stop", "start")
            for queue in ("rx", "tx")])

    def test_descriptors_in_use(self):
        """net_vhost knows how many there are."""
        self.as_the_lower_port(self.start(
            [f"net_vhost1,iface={self.dir}/1"] + over(f"net_vhost0,iface={self.dir}/0")),
            ["show port {} rxq 0 desc used count"])

    def test_mtu_and_mac(self):
        t = self.start(over("net_null0"))
        t.say("port config mtu 1 9000", "mac_addr set 1 02:00:00:00:00:07", "set allmulti 1 on")
        for again in (False, True):
            if again:
                t.say("port stop 1", "port start 1")
            told = t.info(1)
            self.assertEqual((told["MTU"], told["MAC address"], told["Allmulticast mode"]),
                             ("9000", "02:00:00:00:00:07", "enabled"))
        self.sound(t)


class Tap(StackTest):
    """Over net_tap: what the kernel says of the interface."""

    def setUp(self):
        super().setUp()
        self.namespace = f"stack{os.getpid()}"
        self.ip("netns", "add", self.namespace)
        self.addCleanup(self.ip, "netns", "del", self.namespace)
        self.t = self.start(over("net_tap0,iface=stk0"), ["--rxq=2", "--txq=2"],
                            namespace=self.namespace)
        self.addCleanup(self.t.close)

    @staticmethod
    def ip(*args):
        return subprocess.run(["ip", *args], stdout=subprocess.PIPE, check=True,
                              timeout=20).stdout.decode()

    def link(self):
        """(set of flags, MTU, MAC)"""
        told = json.loads(self.ip("-j", "-n", self.namespace, "link", "show", "stk0"))[0]
        return set(told["flags"]), told["mtu"], told["address"]

    def test_what_arrives(self):
        t = self.t
        self.assertEqual(self.link()[2], t.info(1)["MAC address"].lower())
        t.say("port config mtu 1 1400", "mac_addr set 1 02:00:00:00:00:07", "set promisc 1 off",
              "set allmulti 1 on")
        flags, mtu, mac = self.link()
        self.assertEqual((mtu, mac), (1400, "02:00:00:00:00:07"))
        self.assertEqual(flags & {"UP", "PROMISC", "ALLMULTI"}, {"UP", "ALLMULTI"})
        t.say("set promisc 1 on", "set allmulti 1 off", "set link-down port 1")
        self.assertEqual(self.link()[0] & {"UP", "PROMISC", "ALLMULTI"}, {"PROMISC"})
        t.say("set link-up port 1")
        self.assertIn("UP", self.link()[0])
        t.say("port stop 1")
        self.assertNotIn("UP", self.link()[0])
        t.say("port config mtu 1 1300", "port start 1")
        self.assertEqual(self.link()[1:], (1300, "02:00:00:00:00:07"))
        t.say("port stop 1", "port close 1")
        self.assertEqual(json.loads(self.ip("-j", "-n", self.namespace, "link", "show",
                                            "type", "tun") or "[]"), [])
        self.sound(t)

    def test_flow_rules(self):
        """net_tap takes rules."""
        rule = "flow validate 1 ingress pattern eth / end actions drop / end"
        self.assertIn("Flow rule validated", self.t.say(rule))
        self.sound(self.t)

    def shows(self, state, after):
        self.assertTrue(wait_for(lambda: self.t.info(1)["Link status"] == state, 3),
                        f"{after}, and the link is not {state}")

    def test_link_state(self):
        """testpmd has link interrupts on, so what it is told is what the port has noted."""
        self.shows("up", "after the start")
        self.t.say("set link-down port 1")
        self.shows("down", "set down")
        self.t.say("set link-up port 1")
        self.shows("up", "set up")
        self.t.say("port stop 1")
        self.shows("down", "stopped")
        self.t.say("port start 1")
        self.shows("up", "started again")
        self.sound(self.t)

    def test_link_state_from_outside(self):
        self.shows("up", "after the start")
        for state in ("down", "up"):
            self.ip("-n", self.namespace, "link", "set", "stk0", state)
            self.shows(state, f"ip link set {state}")
        self.sound(self.t)


if __name__ == "__main__":
    main()
