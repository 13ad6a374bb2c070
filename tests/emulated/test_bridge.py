#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Two kernels exchange TCP by a cleave-fwd between two emulated NICs of unequal capability: virtio
# with TSO, e1000e without. What the NICs receive is of MTU size; it is merged, and cut by the
# one's engine or for the other in software. Neighbours: nics.py has the network and the boot,
# nic_test.py the way to run it.
"""iperf3 both ways, IPv4 and IPv6, and the kernels' own counters as judges."""
import json
import subprocess
import unittest

import nics
from nic_test import main

SECONDS = 3
WRONG = ("TcpInErrs", "IpInHdrErrors", "IpReasmReqds")  # of the kernels' counters
ADDRESS = {"a": ("10.78.0.1", "fd78::1"), "b": ("10.78.0.2", "fd78::2")}


class Bridge(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        net = nics.Network()
        cls.addClassCleanup(net.close)
        cls.net = net
        cls.far = {side: net.namespace(side) for side in "ab"}
        taps = {"a": net.tap("ta", cls.far["a"]), "b": net.tap("tb", cls.far["b"], vnet_hdr=False)}
        for side, (v4, v6) in ADDRESS.items():
            ns, link = cls.far[side], f"t{side}e"
            # a wire has no offloads of its own
            net.inside(ns, "ethtool", "-K", link, "tso", "off", "gso", "off", "tx", "off", "gro",
                       "off")
            net.inside(ns, "ip", "addr", "add", v4 + "/24", "dev", link)
            net.inside(ns, "ip", "addr", "add", v6 + "/64", "dev", link, "nodad")
        cls.bench = nics.Bench((("virtio", "virtio", taps["a"]), ("e1000e", "e1000e", taps["b"])),
                               network=net)
        cls.addClassCleanup(cls.bench.close)
        cls.bench.bridge("bridge", ["virtio", "e1000e"], ["--gro-timeout-us=2000"])
        cls.bench.start()
        cls.streams = {}
        cls.up = cls.bench.forwards("bridge")
        if cls.up:
            for version in (0, 1):
                for way in ("forth", "back"):
                    cls.streams[version, way] = cls.iperf3(version, way)
        cls.bench.leave("bridge")
        cls.bench.finish(60)

    @classmethod
    def iperf3(cls, version, way):
        """From a to b, or back. What iperf3 says, or its complaint."""
        server = subprocess.Popen(["ip", "netns", "exec", cls.far["b"], "iperf3", "-s", "-1"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            client = subprocess.run(
                ["ip", "netns", "exec", cls.far["a"], "sh", "-c",
                 f"for i in 1 2 3 4 5; do ping -q -c 1 -W 1 {ADDRESS['b'][version]} >/dev/null && "
                 f"break; done; exec iperf3 -J -c {ADDRESS['b'][version]} -t {SECONDS} "
                 + ("-R" if way == "back" else "")],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        finally:
            server.kill()
            server.wait()
        return json.loads(client.stdout.decode() or "{}")

    def test_tcp(self):
        self.assertTrue(self.up, self.bench.result)
        for (version, way), said in self.streams.items():
            with self.subTest(version=(4, 6)[version], way=way):
                self.assertNotIn("error", said)
                got = said["end"]["sum_received"]
                print(f"# IPv{(4, 6)[version]} {way}: {got['bits_per_second'] / 1e6:.0f} Mbit/s, "
                      f"{said['end']['sum_sent'].get('retransmits')} retransmissions")
                self.assertGreater(got["bytes"], 1 << 20)

    def test_kernels_find_nothing_wrong(self):
        for side, ns in self.far.items():
            rows = self.net.inside(ns, "nstat", "-az").splitlines()
            counters = {r.split()[0]: int(r.split()[1]) for r in rows if len(r.split()) > 2}
            bad = {k: v for k, v in counters.items()
                   if v and ("CsumErrors" in k or k in WRONG)}
            self.assertEqual(bad, {}, side)
            self.assertGreater(counters["TcpInSegs"], 1000, side)

    def test_plans(self):
        """Who cut: the engine for virtio, software for e1000e."""
        got = self.bench.outcome("bridge")
        self.assertIsNotNone(got, self.bench.result)
        self.assertEqual(got["status"], 0, got["err"])
        for nic, p in zip(("virtio", "e1000e"), got["stats"]["ports"]):
            print(f"# {nic}: missed {p['stats']['imissed']}, ring full {p['fwd']['tx_ring_full']}")
        virtio, e1000e = (p["cleave"] for p in got["stats"]["ports"])
        self.assertGreater(virtio["tx_tso"], 100, virtio)
        self.assertEqual((virtio["tx_gso"], virtio["tx_drop"]), (0, 0), virtio)
        self.assertGreater(e1000e["tx_gso"], 100, e1000e)
        self.assertEqual((e1000e["tx_tso"], e1000e["tx_drop"]), (0, 0), e1000e)


if __name__ == "__main__":
    main()
