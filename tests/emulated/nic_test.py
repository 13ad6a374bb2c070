# SPDX-License-Identifier: BSD-3-Clause
# What the tests of emulated NICs have in common: one boot for all tests of a class, and the
# judgement of what came out: the checker's, tshark's, and the forwarder's own counters.
# Neighbours: test_*.py; nics.py boots, traffic.py has the cases, wire.py the checker.
"""What is known of an emulator and is not as SEMANTICS.md wants it stands in CLEARS, and nowhere
else."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import machine  # noqa: E402
import nics  # noqa: E402
import wire  # noqa: E402
from frames import FIN, PSH, tshark  # noqa: E402

# QEMU cuts for igb and vmxnet3 in hw/net/net_tx_pkt.c, and clears FIN and PSH on the last segment,
# too. For virtio the host's kernel cuts, and clears nothing wrongly.
CLEARS = {"igb": FIN | PSH, "vmxnet3": FIN | PSH}

# Rings for all of a train; 64 KB in fewer mbufs than any NIC takes, which is 24; and time, on a busy
# machine, for a train to be merged. A packet without PSH waits so long, too.
TRAINS = ["--total-num-mbufs=20000", "--mbuf-size=4224", "--txd=1024",
          "--gro-timeout-us=1000000"]


class BenchTest(unittest.TestCase):
    """A class of these boots once. NICS: (name, model, backend)."""

    NICS = ()
    IOMMU = False
    maxDiff = 4000
    bench = None

    @classmethod
    def runs(cls, bench):
        raise NotImplementedError

    @classmethod
    def setUpClass(cls):
        cls.cases = {}
        cls.bench = nics.Bench(cls.NICS, iommu=cls.IOMMU)
        cls.addClassCleanup(cls.bench.close)
        cls.runs(cls.bench)
        cls.bench.boot()
        cls.seen = {n: wire.by_port(cls.bench.wire(n)) for n in cls.bench.names}

    @classmethod
    def feed(cls, bench, run, cases, only=None, options=(), **kw):
        """A run in which each NIC is fed the cases."""
        cls.cases[run] = cases
        frames = [f for c in cases for f in c.frames]
        bench.add(run, {n: frames for n in only or bench.names}, list(options) or TRAINS, **kw)

    def outcome(self, run):
        got = self.bench.outcome(run)
        self.assertIsNotNone(got, f"run {run} has no result\n{self.bench.result}")
        self.assertEqual(got["status"], 0, f"{got['out'][-2000:]}\n{got['err'][-2000:]}")
        return got

    def got(self, nic, case):
        return self.seen[nic].get(case.port, [])

    def judge(self, run, nic, clears=0):
        """Every case of the run is on the wire as it should be, whoever cut it."""
        self.outcome(run)
        for case in self.cases[run]:
            with self.subTest(run=run, nic=nic, case=case.name):
                got = self.got(nic, case)
                self.assertEqual(case.faults(got) and case.faults(got, clears), [])

    def exact(self, run, nic, clears=0):
        """... and byte for byte what software has to make of it, but for the flags in clears:
        these are cleared on all segments."""
        for case in self.cases[run]:
            want = case.wanted()
            if want is None:
                continue
            if case.kind != "plain":
                want = [wire.without(f, clears) for f in want]
            with self.subTest(run=run, nic=nic, case=case.name):
                got = self.got(nic, case)
                differ = [i for i, (g, w) in enumerate(zip(got, want)) if g[:len(w)] != w]
                self.assertEqual((len(got), differ), (len(want), []), "frames that differ")

    def counted(self, run, nic, **want):
        """The forwarder's counters of the port; what is not named is 0."""
        self.outcome(run)
        c = dict(self.bench.counters(run, nic))
        drops = c.pop("drops")
        names = ("tx_tso", "tx_gso", "tx_partial", "tx_plain", "tx_drop", "tx_pending")
        self.assertEqual({n: c[n] for n in names}, {n: want.get(n, 0) for n in names}, (nic, drops))

    def by_tshark(self, nic):
        """No checksum in the capture is wrong, and no length is at odds with its frame."""
        path = self.bench.captures[nic]
        rows = tshark(path, "frame.number", "ip.checksum.status", "tcp.checksum.status",
                      "udp.checksum.status", "_ws.malformed")
        if rows is None:
            self.skipTest("no tshark")
        bad = [r for r in rows if "0" in ",".join(r[1:4]).split(",") or r[4]]
        self.assertEqual(bad, [], "frames that tshark finds bad (number, ip, tcp, udp, malformed)")
        verified = any("1" in r[2].split(",") for r in rows)
        self.assertTrue(verified, "tshark verified no TCP checksum")


def kinds(cases):
    out = {}
    for c in cases:
        out[c.kind] = out.get(c.kind, 0) + 1
    return out


def main():
    machine.test(machine.missing()
                 or (None if nics.FWD else "CLEAVE_FWD does not name a forwarder"))
