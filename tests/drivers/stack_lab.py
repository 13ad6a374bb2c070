# SPDX-License-Identifier: BSD-3-Clause
# What the tests of net_cleave are run with: a dpdk-testpmd that is told what to do line by line,
# frames through it from capture file to capture file, tunnels. Neighbours: test_stack.py (traffic),
# test_stack_ops.py (operations) and test_stack_port.py use it; ../app/frames.py makes frames and
# says how they are cut.
"""Nobody here wrote what runs. The drivers are those of the directory that CLEAVE_DRIVERS names, or
of ../../build/drivers."""
import functools
import itertools
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../app"))
import plugin  # noqa: E402
from prompt import PROMPT, SLOW, Prompt, wait_for  # noqa: E402
from frames import (Parsed, csum, cut, ip4, ip6, l2, pseudo, read_pcap,  # noqa: E402
                    tshark, write_pcap)

DRIVERS = os.environ.get("CLEAVE_DRIVERS") or os.path.normpath(
    os.path.join(HERE, "../../build/drivers"))
TESTPMD, DPDK_TEST = shutil.which("dpdk-testpmd"), shutil.which("dpdk-test")
MULTI_SEGS = 0x8000
CPU = min(os.sched_getaffinity(0))

_serial = itertools.count()


@functools.cache
def driver(name):
    return plugin.usable(os.path.join(DRIVERS, f"librte_{name}.so"))


def over(lower, number=0, **params):
    """The --vdev arguments of a port and of net_cleave on it. lower: a vdev with its arguments."""
    name = lower.split(",", maxsplit=1)[0]
    return [lower, ",".join([f"net_cleave{number}", f"port={name}"] +
                            [f"{k}={v}" for k, v in params.items()])]


def eal(program, vdevs, drivers=("net_cleave",), memory=192):
    """(command line up to the vdevs, its file prefix); one CPU for all, no hugepages, no PCI."""
    prefix = f"stack_t{os.getpid()}_{next(_serial)}"
    args = [program, "--lcores", f"(0,1)@{CPU}", "--no-pci", "--no-huge", "-m", str(memory),
            "--no-shconf", "--file-prefix", prefix]
    for name in drivers:
        args += ["-d", driver(name)]
    for vdev in vdevs:
        args += ["--vdev", vdev]
    return args, prefix


def forget(prefix):
    """EAL leaves the directory of its files behind."""
    shutil.rmtree(os.path.join("/var/run/dpdk", prefix), ignore_errors=True)


class Testpmd(Prompt):
    """An interactive dpdk-testpmd."""

    def __init__(self, vdevs, options=(), drivers=("net_cleave",), namespace=None, memory=192):
        args, self.prefix = eal("dpdk-testpmd", vdevs, drivers, memory)
        if namespace:
            args = ["ip", "netns", "exec", namespace] + args
        args += ["--", "-i", "--no-flush-rx", "--total-num-mbufs=8192", *options]
        super().__init__(args)
        wait_for(lambda: self.printed.endswith(PROMPT) or self.proc.poll() is not None)

    def offloads(self, port, way, what="capabilities"):
        """way: tx or rx. The names of a port's offloads."""
        text = self.say(f"show port {port} {way}_offload {what}")
        return set(re.search(r"Per Port +:(.*)|^  Port :(.*)", text, re.M).group(0)
                   .split(":")[1].split())

    def free_mbufs(self):
        """How many mbufs each pool has, by the name of the pool."""
        pools = re.split(r"^mempool <", self.say("dump_mempool"), flags=re.M)[1:]
        return {p.split(">")[0]: sum(int(n) for n in re.findall(
            r"^ +(?:total_cache|common_pool)_count=(\d+)", p, re.M)) for p in pools}

    def end(self, seconds=SLOW):
        """Wait until it has ended (killed if it does not); the exit status, or None."""
        try:
            status = self.proc.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
        self.close()
        return status

    def quit(self):
        try:
            self.proc.stdin.write(b"quit\n")
            self.proc.stdin.flush()
        except OSError:
            pass
        return self.end()

    def close(self):
        if self.proc.poll() is None:
            self.proc.kill()
            self.proc.wait()
        self._thread.join(2)
        if self._master >= 0:
            os.close(self._master)
            self.proc.stdin.close()
            self._master = -1
        forget(self.prefix)


class StackTest(unittest.TestCase):
    """A test case that can start testpmd; none outlives its test."""

    maxDiff = 4000

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="cleave-stack-")
        self.addCleanup(shutil.rmtree, self.dir, True)

    def path(self, name):
        return os.path.join(self.dir, f"{next(_serial)}-{name}.pcap")

    def start(self, vdevs, options=(), **kw):
        t = Testpmd(vdevs, options, **kw)
        self.addCleanup(t.close)
        self.assertTrue(t.printed.endswith(PROMPT), t.printed[-3000:])
        return t

    def sound(self, t):
        """It ends by itself, well, and soon."""
        self.assertEqual(t.quit(), 0, t.printed[-3000:])
        self.assertNotRegex(t.printed, r"PANIC|egmentation fault|AddressSanitizer|runtime error")

    def receive(self, t, port, count):
        """Forward until so many were received, and stop."""
        t.say("start")
        got = wait_for(lambda: t.stats(port)["RX-packets"] >= count)
        told = t.say("stop")
        self.assertTrue(got, f"{t.stats(port)}, {count} were sent\n{told}")
        return told

    def through(self, frames, lines, options=(), **kw):
        """Frames through a net_cleave on a net_pcap in a loop; (frames out, testpmd's xstats).
        The mbufs are back in their pools in the end."""
        source, self.sink = self.path("in"), self.path("out")
        write_pcap(source, frames)
        t = self.start(over(f"net_pcap0,rx_pcap={source},tx_pcap={self.sink}"), options, **kw)
        t.say("port stop 1", *lines, "port start 1")
        before = t.free_mbufs()
        self.receive(t, 1, len(frames))
        xstats = t.xstats(1)
        self.assertEqual(t.free_mbufs(), before, "mbufs of the pools after and before")
        self.assertEqual(xstats["tx_drop"], 0, xstats)
        self.sound(t)
        return read_pcap(self.sink), xstats

    def looped(self, frames, lines, probe="", options=()):
        """Frames from a file through a net_cleave on a net_probe, which sends them back, into a
        file; (frames out, testpmd's xstats of net_cleave). The commands are given before the start
        of port 2, which is net_cleave."""
        source, self.sink = self.path("in"), self.path("out")
        write_pcap(source, frames)
        t = self.start([f"net_pcap0,rx_pcap={source},tx_pcap={self.sink}"] +
                         over(f"net_probe0,rx_loop=1,prepare=1{probe}"), options,
                         drivers=("net_cleave", "net_probe"))
        t.say("port stop 2", *lines, "port start 2")
        before = t.free_mbufs()
        t.say("start")

        def all_back():
            near, far = t.stats(0), t.stats(2)
            return (near["RX-packets"] == len(frames) and
                    near["TX-packets"] == far["TX-packets"] == far["RX-packets"] > 0)

        wait_for(all_back)
        t.say("stop")
        xstats = t.xstats(2)
        self.assertEqual(t.free_mbufs(), before, "mbufs of the pools after and before")
        self.sound(t)
        return read_pcap(self.sink), xstats

    def same(self, got, want, skip=12):
        """Byte for byte and in order, but for the first bytes; on a difference tells where."""
        for i, (g, w) in enumerate(zip(got, want)):
            g, w = g[skip:], w[skip:]
            if g != w:
                at = next((k for k, (a, b) in enumerate(zip(g, w)) if a != b), min(len(g), len(w)))
                self.fail(f"frame {i} of {len(want)}: {len(g)} bytes, expected {len(w)}; first "
                          f"difference at byte {at + skip}\n got {g[:at + 8].hex()}\nwant "
                          f"{w[:at + 8].hex()}")
        self.assertEqual(len(got), len(want), "frames out")

    def judged_by_tshark(self, path):
        """Every checksum in the file is good, and no length is at odds with the frame."""
        rows = tshark(path, "frame.number", "ip.checksum.status", "tcp.checksum.status",
                      "udp.checksum.status", "_ws.malformed")
        if rows is None:
            return
        self.assertEqual([r for r in rows if "0" in ",".join(r[1:4]).split(",") or r[4]], [],
                         "frames that tshark finds bad (number, ip, tcp, udp, malformed)")
        self.assertTrue(any("1" in r[2] for r in rows), "tshark verified no TCP checksum")


# What must leave.

def requested(frame, mss):
    """A TCP frame with a request to cut its payload at mss, whatever the MTU is."""
    p = Parsed(frame)
    return cut(frame, p.payload - p.l2_end + mss)



def udp_outer(outer, port, body, ident, cksum):
    """A UDP header, and the outer IP and Ethernet headers, before the body."""
    head = struct.pack("!HHHH", 41000, port, 8 + len(body), 0)
    src, dst = (bytes([10, 99, 0, 1]), bytes([10, 99, 0, 2])) if outer == 4 else (
        bytes.fromhex("fd99" + "0" * 27 + "1"), bytes.fromhex("fd99" + "0" * 27 + "2"))
    if cksum:
        sum16 = csum(head + body, pseudo(outer, 17, 8 + len(body), src, dst)) or 0xffff
        head = head[:6] + struct.pack("!H", sum16)
    return ip_outer(outer, 17, head + body, ident)


def ip_outer(outer, proto, body, ident):
    if outer == 4:
        return l2(0x0800) + ip4(proto, body, ident=ident, src="0a630001", dst="0a630002")
    return l2(0x86dd) + ip6(proto, body, src="fd99" + "0" * 27 + "1", dst="fd99" + "0" * 27 + "2")


def tunnel(kind, outer, inner, ident=0x4242, cksum=False):
    """An inner Ethernet frame in a tunnel; of those without inner Ethernet, what is behind it."""
    ethertype, l3 = inner[12:14], inner[14:]
    if kind == "vxlan":
        return udp_outer(outer, 4789, struct.pack("!II", 0x08000000, 77 << 8) + inner, ident, cksum)
    if kind == "vxlan-gpe":
        return udp_outer(outer, 4790, struct.pack("!II", 0x0c000003, 77 << 8) + inner, ident, cksum)
    if kind == "geneve":
        return udp_outer(outer, 6081, struct.pack("!HHI", 0, 0x6558, 77 << 8) + inner, ident, cksum)
    if kind == "gtpu":
        return udp_outer(outer, 2152, struct.pack("!HHI", 0x30ff, len(l3), 77) + l3, ident, cksum)
    if kind == "gre":
        return ip_outer(outer, 47, b"\0\0" + ethertype + l3, ident)
    if kind == "gre-key":
        return ip_outer(outer, 47, b"\x20\0" + ethertype + b"\0\0\0\x4d" + l3, ident)
    if kind == "nvgre":
        return ip_outer(outer, 47, b"\x20\0\x65\x58\0\0\x4d\0" + inner, ident)
    if kind == "ipip":
        return ip_outer(outer, 4 if ethertype == b"\x08\0" else 41, l3, ident)
    raise ValueError(kind)


def cut_tunnel(kind, outer, inner, mss, ident=0x4242, cksum=False):
    """What must leave for tunnel(): the inner frame cut, each piece in the tunnel, IDs counting."""
    return [tunnel(kind, outer, piece, (ident + i) & 0xffff, cksum)
            for i, piece in enumerate(requested(inner, mss))]


def main():
    missing = [n for n in ("dpdk-testpmd", "ip") if not shutil.which(n)]
    missing += [d for d in map(driver, ("net_cleave", "net_probe")) if not os.path.exists(d)]
    if missing or os.getuid() != 0:
        print("needed:", *missing or ["root"], file=sys.stderr)
        sys.exit(77)
    unittest.main(verbosity=2)
