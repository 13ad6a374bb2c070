#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# A Linux guest over vhost-user and cleave-fwd exchanges TCP with a namespace behind a port without TSO: its
# super-packets are cut, what comes in segments reaches it merged. Neighbours: vhost_path.py has the
# path, test_guest_gone.py a guest that is killed.
"""The guest's and the host's kernel are the judges, and tshark, and the forwarder's counters."""
import os
import tempfile
import unittest

import machine
import vhost_path
from vhost_path import Path, counters, rate, stream
from wire import unsound
from frames import read_pcap, tshark

SECONDS = 3
FRAMES = 5000
AFTER = 'ip -j -s link show "$dev" >link.json\nnstat -asz >nstat\nethtool -k "$dev" >features\n'


class Guest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.path = Path()
        cls.addClassCleanup(cls.path.close)
        cls.path.open()
        cls.path.serve(5201)
        tmp = tempfile.TemporaryDirectory(prefix="cleave-guest-")
        cls.addClassCleanup(tmp.cleanup)
        cls.pcap = os.path.join(tmp.name, "wire.pcap")
        os.chmod(tmp.name, 0o777)
        capture = cls.path.capture(cls.pcap, FRAMES)
        cls.path.start(stream("up", SECONDS) + stream("down", SECONDS, 5201, "-R") + AFTER)
        cls.result = cls.path.vm.wait(120)
        capture.terminate()
        capture.wait()
        cls.host = counters(cls.path.inside("nstat", "-asz"))
        cls.end = cls.path.finish()

    def setUp(self):
        self.assertEqual(self.result.status, 0, f"{self.result}\n{self.end}")

    def test_streams(self):
        """Both ways, without a checksum error. A guest under emulation takes what it can; what it has
        no buffers for is dropped, and counted."""
        for way in ("up", "down"):
            gbps, again = rate(self.path.read(way + ".json"))
            print(f"# {way}: {gbps:.3f} Gbit/s, {again} retransmissions")
            self.assertGreater(gbps, 0.005, way)
        for side, seen in (("guest", counters(self.path.read("nstat"))), ("host", self.host)):
            for name in ("TcpInCsumErrors", "TcpInErrs", "IpInHdrErrors", "IpReasmReqds"):
                self.assertEqual(seen[name], 0, f"{side}: {name}")
        # a guest that had to wait for its CPU sends again what was not lost: bench_guest.py counts that
        self.assertEqual(self.end.stats["ports"][1]["fwd"]["tx_dropped"], 0, "lost on the way up")

    def test_super_packets_are_cut(self):
        sent = self.path.read("link.json")[0]["stats64"]["tx"]
        self.assertGreater(sent["bytes"] / sent["packets"], 4000, "the guest sent no super-packets")
        port = self.end.stats["ports"][1]["cleave"]
        self.assertGreater(port["tx_gso"], 100, port)
        self.assertEqual((port["tx_tso"], port["tx_drop"]), (0, 0), port)

    def test_segments_on_the_wire(self):
        frames = read_pcap(self.pcap)
        self.assertGreater(len(frames), FRAMES // 2)
        self.assertLessEqual(max(map(len, frames)), 1514)
        self.assertEqual([x for f in frames[:2000] for x in unsound(f)], [])
        rows = tshark(self.pcap, "ip.checksum.status", "tcp.checksum.status", "_ws.malformed")
        if rows is not None:
            self.assertEqual([r for r in rows if "0" in r[0] + r[1] or r[2]], [])

    def test_merged_for_the_guest(self):
        got = self.path.read("link.json")[0]["stats64"]["rx"]
        self.assertGreater(got["bytes"] / got["packets"], 1700, "nothing reached the guest merged")
        port = self.end.stats["ports"][0]["cleave"]
        self.assertGreater(port["tx_tso"], 100, port)
        self.assertEqual((port["tx_gso"], port["tx_drop"]), (0, 0), port)


if __name__ == "__main__":
    machine.test(vhost_path.missing())
