#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# The engines of emulated NICs behind an emulated IOMMU, bound to vfio-pci as real ones should be:
# addresses of mbufs are then virtual. Neighbours: nic_test.py; test_nics.py has the same by
# uio_pci_generic.
"""One class, one boot."""
from nic_test import CLEARS, BenchTest, kinds, main
from traffic import mixed


class Vfio(BenchTest):
    NICS = (("igb", "igb", "user"), ("vmxnet3", "vmxnet3", "user"), ("virtio", "virtio", "tap"),
            ("e1000e", "e1000e", "user"))
    IOMMU = True

    @classmethod
    def runs(cls, bench):
        cls.feed(bench, "vfio", mixed(46000))

    def test_cut(self):
        n = kinds(self.cases["vfio"])
        self.assertIn("Selected IOVA mode 'VA'", self.outcome("vfio")["err"])
        for nic in self.bench.names:
            self.judge("vfio", nic, CLEARS.get(nic, 0))
            self.exact("vfio", nic, CLEARS.get(nic, 0))
            cut, tunnel = n["super"] + n["train"], n["tunnel"]
            with self.subTest(nic=nic):
                if nic == "e1000e":
                    self.counted("vfio", nic, tx_gso=cut + tunnel, tx_plain=n["plain"])
                else:
                    self.counted("vfio", nic, tx_tso=cut, tx_gso=tunnel, tx_plain=n["plain"])

    def test_by_tshark(self):
        for nic in self.bench.names:
            with self.subTest(nic=nic):
                self.by_tshark(nic)


if __name__ == "__main__":
    main()
