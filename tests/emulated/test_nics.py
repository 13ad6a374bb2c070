#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# cleave-fwd on DPDK's own drivers for NICs that QEMU emulates, all of them in one boot: the same
# traffic cut by the NIC's engine where it has one, and in software. Neighbours: nic_test.py,
# traffic.py.
"""igb and vmxnet3 have an engine that QEMU emulates; virtio's is the host's kernel, where the
backend has virtio headers, else it has none; e1000e has checksum offload alone."""
import unittest

from nic_test import CLEARS, TRAINS, BenchTest, kinds, main
from traffic import mixed, shorts, single, trains
from wire import payload_of

ENGINES = ("igb", "vmxnet3", "virtio")
SOFTWARE = ("e1000e", "bare")


class Nics(BenchTest):
    NICS = (("igb", "igb", "user"), ("vmxnet3", "vmxnet3", "user"), ("virtio", "virtio", "tap"),
            ("bare", "virtio", "user"), ("e1000e", "e1000e", "user"))

    @classmethod
    def runs(cls, bench):
        plans = ["show port {%s} plan" % n for n in bench.names]
        plans += ["show port {%s} features" % n for n in bench.names]
        off = ["set port {%s} feature tcp-segmentation-offload off" % n for n in bench.names]
        cls.feed(bench, "tso", mixed(41000), after=plans)
        cls.feed(bench, "gso", mixed(42000), before=off, after=plans)
        cls.feed(bench, "chains", trains(43000, CHAINS))
        # one mbuf a packet, room for any
        cls.feed(bench, "one", single(44000, ONE), ENGINES, ["--mbuf-size=65535"] + FEW)
        for i, size in enumerate(LATER):
            base = 45000 + 10 * i
            lengths = (3 * size, 2 * size + 999, 9000)
            # twice, once when the ring of descriptors has gone round: their generation bit has the
            # other value then
            cls.feed(bench, f"later{size}", single(base, lengths) + shorts(base + 9, 500)
                     + single(base + 4, lengths), ENGINES, [f"--mbuf-size={size}"] + FEW)
        cls.feed(bench, "segsz", single(47000, (9000, 60000, 3053, 3054, 3055), 1000), ENGINES,
                 TRAINS + ["--tso-segsz=1000"])

    def shown(self, run, nic, what):
        """A line of show port N plan or features; the blocks come in the order of the ports."""
        out = self.outcome(run)["out"]
        title = "Plan for port %u:" if what == "plan" else "Features for port %u:"
        at = out.index(title % self.bench.names.index(nic))
        return out[at:out.index("cleave>", at)]

    def test_engine_cuts(self):
        n = kinds(self.cases["tso"])
        for nic in ENGINES:
            clears = CLEARS.get(nic, 0)
            self.judge("tso", nic, clears)
            self.exact("tso", nic, clears)
            with self.subTest(nic=nic):
                self.counted("tso", nic, tx_tso=n["super"] + n["train"], tx_gso=n["tunnel"],
                             tx_plain=n["plain"])
                self.assertIn("  tcp4: tso\n  tcp6: tso\n", self.shown("tso", nic, "plan"))

    def test_software_cuts_for_an_engine(self):
        """TSO switched off: the same bytes, but for what QEMU's engine clears."""
        n = kinds(self.cases["gso"])
        for nic in ENGINES:
            self.judge("gso", nic)
            self.exact("gso", nic)
            with self.subTest(nic=nic):
                self.counted("gso", nic, tx_gso=n["super"] + n["train"] + n["tunnel"],
                             tx_plain=n["plain"])
                self.assertIn("\n  tcp4: gso (missing ", self.shown("gso", nic, "plan"))
                self.assertIn("\ntcp-segmentation-offload: off (",
                              self.shown("gso", nic, "features"))

    def test_software_cuts(self):
        """No engine: checksums by the NIC (e1000e), or everything in software (virtio on a backend
        without offloads)."""
        for run in ("tso", "gso"):
            n = kinds(self.cases[run])
            for nic in SOFTWARE:
                self.judge(run, nic)
                self.exact(run, nic)
                with self.subTest(run=run, nic=nic):
                    self.counted(run, nic, tx_gso=n["super"] + n["train"] + n["tunnel"],
                                 tx_plain=n["plain"])
        for nic, hw in (("e1000e", "hw"), ("bare", "sw")):
            shown = self.shown("tso", nic, "features")
            self.assertIn("\ntcp-segmentation-offload: off [fixed]", shown)
            self.assertIn(f"\ntx-checksum-ip-generic: on [fixed] ({hw})", shown)

    def test_chains(self):
        """Merged packets of many mbufs: cut by the engine up to what it takes, else in software."""
        for nic in self.bench.names:
            self.judge("chains", nic, CLEARS.get(nic, 0))
            with self.subTest(nic=nic):
                port = self.bench.names.index(nic)
                lost = self.outcome("chains")["stats"]["ports"][port]["fwd"]["tx_dropped"]
                self.assertEqual(lost, 0, "frames that never left")

    def test_same_payload_out_of_all(self):
        """One forwarder, five NICs, no two of them of the same capability: what their peers' TCP
        reads is the same."""
        for case in self.cases["tso"]:
            with self.subTest(case=case.name):
                read = {n: b"".join(map(payload_of, self.got(n, case))) for n in self.bench.names
                        if not case.name.startswith("udp")}
                self.assertEqual({n: r == payload_of(case.packet()) for n, r in read.items()},
                                 {n: True for n in read})

    def test_segsz(self):
        """Segments shorter than the MTU allows, by the engine."""
        for nic in ENGINES:
            self.judge("segsz", nic, CLEARS.get(nic, 0))
            with self.subTest(nic=nic):
                self.counted("segsz", nic, tx_tso=len(self.cases["segsz"]))

    def test_one_long_mbuf(self):
        """A packet in one mbuf, of any length; the last one shows that the queue lives."""
        for nic in ENGINES:
            self.judge("one", nic, CLEARS.get(nic, 0))

    def test_long_mbufs_in_a_chain(self):
        """The first mbuf is shorter (net_pcap leaves headroom there alone), the others are that
        long."""
        for size in LATER:
            for nic in ENGINES:
                self.judge(f"later{size}", nic, CLEARS.get(nic, 0))

    def test_by_tshark(self):
        for nic in self.bench.names:
            with self.subTest(nic=nic):
                self.by_tshark(nic)


# Lengths of chains: around what QEMU's engine gathers for igb (64), what Intel's drivers claim
# (255), and what a virtio queue of 256 has room for. The last one shows that the queue lives.
CHAINS = (33, 63, 64, 65, 66, 79, 128, 254, 255, 256, 300, 40)

# Lengths of mbufs around 14 bits (vmxnet3's descriptors), 15, 16.
ONE = (16383, 9000, 16384, 16385, 32768, 65000, 9001)
LATER = (16383, 16384, 16385)
FEW = ["--total-num-mbufs=2600", "--rxd=256", "--txd=512"]  # mbufs that are so large

if __name__ == "__main__":
    main()
