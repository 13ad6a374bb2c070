#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# What the kernel does for net_vtap beside the TAP: receive by threads of its own (napi=1), and lend
# another interface as the port's wire (remote=). Neighbours: vtap_lab.py has the lab; test_vtap.py.
"""Nobody here wrote what judges: the kernels' counters, ping, iperf3, dumpcap, tc."""
import ctypes
import fcntl
import os
import struct
import subprocess

import vtap_lab
from vtap_lab import CHAINS, LabTest, vtap, wait_for

PIDFD_GETFD = 438
TUNGETSNDBUF = 0x800454d3
libc = ctypes.CDLL(None)


class Napi(LabTest):
    """The kernel receives by threads of its own (napi=1), and merges what it receives."""

    def test_merged(self):
        pmd = self.lab.pair([*CHAINS, "--rxq=2", "--txq=2"], napi=1)
        for dev in ("va", "vb"):
            done = self.lab.run("a", "pgrep", "-cf", rf"^\[napi/{dev}-")
            self.assertGreaterEqual(int(done.stdout), 2, dev)
        self.assertEqual(self.limits(pmd), [4 << 20] * 4)
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

    def limits(self, pmd):
        """TUNGETSNDBUF of the TAPs' queues: what may wait in each for its thread."""
        found = []
        pid = pmd.proc.pid  # ip-netns became testpmd
        handle = os.pidfd_open(pid)
        for fd in os.listdir(f"/proc/{pid}/fd"):
            if os.readlink(f"/proc/{pid}/fd/{fd}") == "/dev/net/tun":
                ours = libc.syscall(PIDFD_GETFD, handle, int(fd), 0)
                found.append(struct.unpack("i", fcntl.ioctl(ours, TUNGETSNDBUF, bytes(4)))[0])
                os.close(ours)
        os.close(handle)
        return found

    def received(self):
        """Frames that the kernel says it got by vb."""
        text = self.lab.run("b", "cat", "/sys/class/net/vb/statistics/rx_packets").stdout
        return int(text)


class Remote(LabTest):
    """Interfaces of the kernel as the ports' wires (remote=): a0 - ta, and tb - b0."""

    def wires(self, options=(), wrap=(), **params):
        for n, ns in enumerate("ab", 1):
            self.lab.ip("t", "link", "add", "t" + ns, "type", "veth", "peer", "name", ns + "0",
                        "netns", self.lab.ns(ns))
            self.lab.ip("t", "link", "set", "t" + ns, "up")
            self.lab.ip(ns, "link", "set", ns + "0", "up")
            self.lab.address(ns, ns + "0", f"10.9.0.{n}/24", f"fd09::{n}/64")
        self.assertTrue(wait_for(lambda: self.lab.link("t", "tb")["operstate"] == "UP"))
        self.was = self.lab.link("t", "ta")
        return self.program(options, wrap, **params)

    def program(self, options=(), wrap=(), **params):
        pmd = self.lab.testpmd([vtap(i, iface="v" + ns, remote="t" + ns, **params)
                                for i, ns in enumerate("ab")], [*CHAINS, *options], wrap=wrap)
        self.assertTrue(pmd.ready(), pmd.printed[-2000:])
        return pmd

    def test_by_tc(self):
        """As on kernels before 6.6, which refuse to link a program to an interface."""
        old = os.path.join(self.lab.dir, "old.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", old], check=True, text=True,
                       input="int bpf_link_create(void) { return -22; }")
        wrap = ["env", "LD_PRELOAD=" + old]
        pmd = self.wires(wrap=wrap)
        self.assertIn("bpf", self.lab.run("t", "tc", "filter", "show", "dev", "ta", "ingress").stdout)
        pmd.proc.kill()  # what it leaves there, the next one takes over
        pmd.end()
        pmd = self.program(wrap=wrap)
        pmd.say("start")
        self.assertEqual(self.lab.pings("a", "10.9.0.2", 1472), 3)
        self.both_ways()
        self.assertEqual(pmd.quit()[0], 0)
        self.assertEqual(self.lab.run("t", "tc", "filter", "show", "dev", "ta", "ingress").stdout, "")
        self.to_the_kernel()

    def test_forwarded(self):
        """The kernel between them gets nothing of it; what it was before, it is again."""
        pmd = self.wires()
        was = self.was
        for i, ns in enumerate("ab"):
            self.assertIn("PROMISC", self.lab.flags("t", "t" + ns))
            self.assertEqual(pmd.info(i)["MAC address"].lower(),
                             self.lab.link("t", "t" + ns)["address"])
        pmd.say("start")
        self.assertEqual(self.lab.pings("a", "10.9.0.2", 1472), 3)
        self.both_ways()
        pmd.say("set promisc all off")
        self.assertNotIn("PROMISC", self.lab.flags("t", "ta"))
        before = pmd.stats(0)["RX-packets"]
        self.assertEqual(self.lab.pings("a", "10.9.0.2"), 0)  # for b's address, not for ta's
        self.lab.ip("a", "neigh", "replace", "10.9.0.2", "dev", "a0", "lladdr",
                    self.lab.link("t", "ta")["address"])
        self.lab.pings("a", "10.9.0.2")
        self.assertEqual(pmd.stats(0)["RX-packets"] - before, 3)
        for state in ("down", "up"):
            self.lab.ip("a", "link", "set", "a0", state)  # ta's carrier
            self.assertTrue(wait_for(lambda: pmd.info(0)["Link status"] == state, 3), state)
        pmd.say("stop", "port stop all", "port config mtu 0 1400", "mac_addr set 0 02:00:00:00:00:77",
                "port start all")
        link = self.lab.link("t", "ta")
        self.assertEqual((link["mtu"], link["address"]), (1400, "02:00:00:00:00:77"))
        self.assertEqual(pmd.quit()[0], 0)
        self.assertEqual(self.lab.link("t", "ta"), was)
        self.no_checksum_errors()
        self.to_the_kernel()

    def test_killed(self):
        """The kernel gets what it got before, however the program ends (by tcx)."""
        pmd = self.wires()
        pmd.say("start")
        self.assertEqual(self.lab.pings("a", "10.9.0.2"), 3)
        pmd.proc.kill()
        pmd.end()
        self.assertTrue(wait_for(lambda: self.lab.link("t", "va") is None, 3))
        self.to_the_kernel()

    def to_the_kernel(self):
        """a talks to the kernel of t, as if nothing had been."""
        self.lab.address("t", "ta", "10.9.0.9/24")
        self.lab.ip("a", "neigh", "flush", "all")
        self.assertEqual(self.lab.pings("a", "10.9.0.9"), 3)

    def test_super(self):
        """Super-packets cross uncut, into a wire that takes them."""
        pmd = self.wires(["--forward-mode=csum", "--enable-lro"])
        said = pmd.say("port stop all", *(f"csum set {what} hw {p}" for what in ("ip", "tcp", "udp")
                                          for p in (0, 1)), *(f"tso set 1400 {p}" for p in (0, 1)),
                       "csum mac-swap off 0", "csum mac-swap off 1", "port start all", "start")
        self.assertNotRegex(said, r"(?i)not supported|not started|bad arg|fail|invalid|cannot")
        run = self.lab.capture("b", "b0", "src 10.9.0.1 and tcp")
        self.both_ways(v6=None, size="30M")
        self.assertGreater(max(int(row[0]) for row in run.frames("frame.len")), 10000)
        self.no_checksum_errors()
        self.assertEqual(pmd.quit()[0], 0)


if __name__ == "__main__":
    vtap_lab.main()
