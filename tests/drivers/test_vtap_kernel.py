#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# What the kernel does for net_vtap beside the TAP: receive by threads of its own (napi=1).
# Neighbours: vtap_lab.py has the lab; test_vtap.py.
"""Nobody here wrote what judges: the kernels' counters, ping, iperf3, dumpcap, tc."""
import vtap_lab
from vtap_lab import CHAINS, LabTest, wait_for


class Napi(LabTest):
    """The kernel receives by threads of its own (napi=1), and merges what it receives."""

    def test_merged(self):
        pmd = self.lab.pair([*CHAINS, "--rxq=2", "--txq=2"], napi=1)
        for dev in ("va", "vb"):
            done = self.lab.run("a", "pgrep", "-cf", rf"^\[napi/{dev}-")
            self.assertGreaterEqual(int(done.stdout), 2, dev)
        pmd.say("start")
        self.assertEqual(self.lab.pings("a", "10.9.0.2", 1472), 3)
        run = self.lab.capture("b", "vb", "src 10.9.0.1 and tcp")
        self.both_ways(size="30M")
        self.assertGreater(max(int(row[0]) for row in run.frames("frame.len")), 2 * 1514)
        self.no_checksum_errors()
        # Nothing is lost on its way to the thread.
        self.lab.ip("b", "link", "set", "vb", "arp", "off")
        sent = pmd.stats(1)["TX-packets"]
        self.assertTrue(wait_for(lambda: self.received() == sent, 3), (self.received(), sent))
        self.assertEqual(pmd.quit()[0], 0)

    def received(self):
        """Frames that the kernel says it got by vb."""
        text = self.lab.run("b", "cat", "/sys/class/net/vb/statistics/rx_packets").stdout
        return int(text)


if __name__ == "__main__":
    vtap_lab.main()
