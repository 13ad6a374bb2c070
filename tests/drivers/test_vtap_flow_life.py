#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# What becomes of net_vtap's flow rules, by testpmd: listed, isolated, stopped, left behind, moved,
# refused; and a machine that has no bpf(2). Neighbours: flow_lab.py; test_vtap_flow.py;
# test_vtap_flow_api.c.
"""Which queue a frame comes in says testpmd, which are dropped says ip -s link."""
import re
import sys

import vtap_lab
from flow_lab import (AF_PACKET, NR_BPF, OTHER, SOCK_RAW, TCP4, TCP6, UDP4, WITHOUT_BPF, FlowTest)
from vtap_lab import wait_for


class Life(FlowTest):
    """Rules and their port."""

    def test_listed(self):
        self.receive(queues=4)
        self.table([1])
        pattern = "pattern eth / ipv4 / udp dst is 9 / end actions queue index 2 / end"
        self.assertIn("Flow rule validated", self.fine(f"flow validate 0 ingress {pattern}"))
        self.assertEqual(self.where(UDP4), [1])
        self.rule(f"ingress {pattern}")
        self.rule("priority 9 ingress pattern eth / end actions drop / end")
        self.assertRegex(self.fine("flow list 0"),
                         r"0\t0\t0\ti--\tETH IPV4 UDP => QUEUE\n1\t0\t9\ti--\tETH => DROP")
        dumped = [line for line in self.fine("flow dump 0 all").splitlines()
                  if line and "flow dump" not in line.lower()]
        self.assertEqual(len(dumped), 2, dumped)
        self.assertEqual(self.where(UDP4, TCP4), [2, None])
        self.fine("flow flush 0")
        self.assertEqual(self.where(UDP4, TCP4), [1, 1])
        self.ends()

    def test_isolated(self):
        """What no rule is for does not come, whenever it is said."""
        self.receive(queues=4, start=False)
        self.fine("port stop 0", "flow isolate 0 1", "port start 0", "start")
        self.assertEqual(self.where(UDP4, TCP6, OTHER), [None] * 3)
        self.rule("ingress pattern ipv4 / end actions queue index 2 / end")
        self.assertEqual(self.where(UDP4, TCP6, OTHER), [2, None, None])
        self.fine("flow isolate 0 0")
        self.assertNotIn(None, self.where(UDP4, TCP6, OTHER))
        self.fine("flow isolate 0 1")
        self.assertEqual(self.where(UDP4, TCP6, OTHER), [2, None, None])
        self.fine("flow flush 0")
        self.assertEqual(self.where(UDP4, TCP6, OTHER), [None] * 3)
        self.ends()

    def test_stopped(self):
        """The table outlives a stop, before which testpmd destroys rules; a port made anew has
        neither."""
        self.receive(queues=4)
        self.table([1])
        for _ in range(3):
            self.rule("ingress pattern ipv4 / tcp / end actions queue index 2 / end")
            self.rule("ingress pattern ipv4 / udp / end actions drop / end")
            self.assertEqual(self.where(TCP4, UDP4, TCP6), [2, None, 1])
            self.pmd.say("stop", "port stop 0", "port start 0", "start")
            self.assertEqual(self.where(TCP4, UDP4, TCP6), [1, 1, 1])
        self.rule("ingress pattern ipv4 / udp / end actions drop / end")
        self.pmd.say("stop", "port stop 0", "port close 0")
        self.assertIsNone(self.lab.link("a", "va"))
        said = self.pmd.say("port attach " + vtap_lab.vtap(1, iface="va", netns=self.lab.ns("a")))
        self.assertIn("is attached", said)
        self.pmd.say("port start 0", "start")
        self.socket = self.to("va")
        self.assertNotIn(None, self.where(TCP4, UDP4, TCP6))
        self.ends()

    def test_left_behind(self):
        """A TAP that outlives who made it, and was killed, does not keep the rules."""
        for again in (False, True):
            self.receive(queues=4, params={"persist": 1})
            self.assertNotIn(None, self.where(TCP4, UDP4, OTHER), again)
            self.rule("ingress pattern ipv4 / udp / end actions drop / end")
            self.fine("flow isolate 0 1")
            self.assertEqual(self.where(TCP4, UDP4, OTHER), [None, None, None])
            self.pmd.proc.kill()
            self.pmd.end()
            self.assertTrue(self.lab.link("a", "va"))
        self.lab.ip("a", "link", "del", "va")

    def test_two_ports(self):
        """Each has its own rules and counters."""
        self.receive(queues=4, others=[vtap_lab.vtap(1, iface="vb", netns=self.lab.ns("a"))])
        for port in (0, 1):
            self.rule(f"ingress pattern ipv4 / udp / end actions queue index {port + 2} / count "
                      "/ end",
                      port)
        self.assertEqual(self.where(UDP4, UDP4), [2, 2])
        self.assertEqual(self.where(*[UDP4] * 3, socket=self.to("vb")), [3, 3, 3])
        self.assertEqual([self.counted(0, port)[0] for port in (0, 1)], [2, 3])
        self.fine("flow flush 1", "flow isolate 1 1")
        self.assertEqual(self.where(UDP4, UDP4), [2, 2])
        self.ends()

    def test_moved(self):
        """Rules go with the interface into another namespace, and are made there."""
        self.receive(queues=4)
        self.rule("ingress pattern ipv4 / udp / end actions queue index 3 / end")
        with self.lab.socket("t", AF_PACKET, SOCK_RAW, 0) as s:
            self.lab.sysctl("t", "net.ipv6.conf.all.disable_ipv6=1")
            self.lab.ip("a", "link", "set", "va", "netns", self.lab.ns("t"))
            self.lab.ip("t", "link", "set", "va", "up")
            s.bind(("va", 0))
            dropped = self.rule("ingress pattern ipv4 / tcp / end actions drop / count / end")
            mark = len(self.pmd.printed)
            for frame in [UDP4, TCP4] * 5:
                s.send(frame)
            self.assertTrue(wait_for(lambda: self.pmd.printed[mark:].count("src=") == 5, 3))
            self.assertEqual(set(re.findall(r"queue (\d+): received", self.pmd.printed[mark:])),
                             {"3"})
            self.assertEqual(self.counted(dropped)[0], 5)
        self.ends()

    def test_refused(self):
        self.receive(queues=4)
        end = "/ end actions drop / end"
        action = "(action configuration|specific action|number of actions)"
        item = "(specific pattern item|item specification.*|pattern length)"
        for text, error in (
                (f"group 1 ingress pattern eth {end}", "(group field|attributes structure)"),
                (f"egress pattern eth {end}", "(.*gress field|attributes structure)"),
                (f"ingress pattern eth / ipv4 src spec 10.0.0.1 src last 10.0.0.9 {end}", item),
                (f"ingress pattern eth / udp {end}", item),
                (f"ingress pattern eth / vlan / vlan / vlan {end}", item),
                (f"ingress pattern eth / mpls {end}", item),
                ("ingress pattern eth / end actions queue index 4 / end", action),
                ("ingress pattern eth / end actions rss queues 0 4 end / end", action),
                ("ingress pattern eth / end actions drop / queue index 1 / end", action),
                ("ingress pattern eth / end actions mark id 1 / queue index 1 / end", action)):
            self.refused(text, error)
        self.assertNotIn(None, self.where(TCP4, UDP4, TCP6, OTHER))
        self.ends()

    def test_without_bpf(self):
        """Where bpf(2) is forbidden the port works, and says what it lacks, once."""
        self.assertIsNotNone(NR_BPF)
        self.receive(queues=1, wrap=[sys.executable, "-c", WITHOUT_BPF])
        self.assertEqual(self.where(TCP4, UDP4, OTHER), [0, 0, 0])
        said = self.pmd.say("flow create 0 ingress pattern eth / end actions drop / end",
                            "flow isolate 0 1", "flow flush 0",
                            "flow validate 0 ingress pattern eth / end actions drop / end")
        self.assertNotIn("created", said)
        self.assertRegex(said, r"Caught PMD error.*(not supported|not implemented)")
        self.assertEqual(self.where(TCP4, UDP4, OTHER), [0, 0, 0])
        lines = [line for line in self.pmd.printed.splitlines()
                 if line.startswith("net_vtap") and "flow" in line]
        self.assertEqual(len(lines), 1, lines)
        self.ends()

    def test_without_bpf_queues(self):
        """Several queues are the kernel's to choose from, then."""
        self.receive(queues=4, wrap=[sys.executable, "-c", WITHOUT_BPF])
        self.assertNotIn(None, self.where(TCP4, UDP4, OTHER))
        said = self.pmd.say("port config 0 rss reta (1,1)", "port config all rss ip",
                            "show port 0 rss-hash")
        self.assertNotIn("RSS functions", said)
        self.ends()


if __name__ == "__main__":
    vtap_lab.main()
