#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# cleave-fwd with a guest on a net_vhost port: the guest is dpdk-testpmd on virtio-user, which sends
# super-packets; the other port has no TSO. Neighbours: fwd.py runs both, frames.py makes the
# packets.
"""Large frames of the guest are cut for the other port."""
import os
import re
import shutil
import signal
import tempfile
import time
import unittest

from frames import ACK, PSH, Parsed, by_flow, flow, pattern, read_pcap, tcp, tshark, write_pcap
from fwd import TESTPMD, FwdTest

MSS = 1000
SECONDS = 20


def payloads(frames):
    """What each flow carries, in the order in which it came, and the sizes of its frames."""
    out = {}
    for f in by_flow(frames):
        out.setdefault(flow(f)[1:], []).append(f[Parsed(f).payload:])
    return {k: (b"".join(v), [len(p) for p in v]) for k, v in out.items()}


@unittest.skipUnless(TESTPMD, "no dpdk-testpmd")
class Guest(FwdTest):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="cleave-vhost-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.port = self.path("socket")

    def path(self, name):
        return os.path.join(self.dir, name)

    def pcap(self, frames, name):
        write_pcap(self.path(name + ".in"), frames)
        return (f"net_pcap1,rx_pcap={self.path(name + '.in')},"
                f"tx_pcap={self.path(name + '.out')}")

    def tell(self, run, *lines):
        for line in lines:
            seen = run.out.count("> ")
            run.say(line + "\n")
            run.wait_for(lambda n=seen: run.out.count("> ") > n, 5)

    def forwarder(self, frames, **vhost):
        args = "".join(f",{k.replace('_', '-')}={v}" for k, v in vhost.items())
        run = self.start([f"net_vhost0,iface={self.port},tso=1{args}", self.pcap(frames, "wire")],
                         ["-i", "--no-flush-rx", "--forward-mode=io",
                          "--total-num-mbufs=4096"], memory=512, stats=True)
        self.assertTrue(run.wait_for(lambda: os.path.exists(self.port)), run.err[-2000:])
        return run

    def guest(self, frames, *options):
        run = self.start([f"net_virtio_user0,path={self.port}", self.pcap(frames, "guest")],
                         ["-i", "--no-flush-rx", "--total-num-mbufs=2048", "--mbuf-size=20000",
                          *options], binary=TESTPMD, memory=512)
        self.assertTrue(run.wait_for(lambda: "testpmd> " in run.out), run.err[-2000:])
        return run

    def ends(self, *runs):
        for run in runs:
            run.say("stop\nquit\n")
            result = run.end()
            self.assertEqual(result.status, 0, result)
        return result

    def sound(self, path):
        rows = tshark(path, "ip.checksum.status", "tcp.checksum.status")
        if rows is not None:
            self.assertTrue(rows)
            for row in rows:
                self.assertNotIn("0", row, "a bad checksum")

    def from_guest(self, **vhost):
        big = [tcp(4 if i % 2 else 6, pattern(8000 + 137 * i, i), flags=ACK | PSH, sport=5000 + i)
               for i in range(20)]
        count = sum(-(-(8000 + 137 * i) // MSS) for i in range(20))
        cleave = self.forwarder([], **vhost)
        self.tell(cleave, "start")
        guest = self.guest(big)
        self.tell(guest, "port stop all", "csum set tcp hw 0", f"tso set {MSS} 0",
                  "port start all", "set fwd csum", "start")
        cleave.wait_for(lambda: os.path.exists(self.path("wire.out"))
                        and os.path.getsize(self.path("wire.out")) > count * MSS // 2, SECONDS)
        time.sleep(0.5)
        result = self.ends(guest, cleave)
        out = read_pcap(self.path("wire.out"))
        self.assertEqual(len(out), count, result)
        was, now = payloads(big), payloads(out)
        self.assertEqual({k: v[0] for k, v in now.items()}, {k: v[0] for k, v in was.items()})
        for sizes in (v[1] for v in now.values()):
            self.assertEqual(set(sizes[:-1]), {MSS})
        self.sound(self.path("wire.out"))
        self.assertEqual(sum(p["cleave"]["tx_gso"] for p in result.stats["ports"]), 20)

    def test_from_guest(self):
        """As RX_LRO with tso_segsz."""
        self.from_guest()

    def test_from_guest_by_old_flags(self):
        """As a request of net_vhost's, as DPDK had it before 21.11."""
        self.from_guest(legacy_ol_flags=1)

    def train(self, flows=4, count=8):
        """Segments of MSS bytes, packet by packet of all flows in turn; all that a guest may get whole."""
        return [tcp(4 if i % 2 else 6, pattern(MSS, 100 * i + n), seq=7 + n * MSS,
                    flags=ACK | (PSH if n == count - 1 else 0), sport=6000 + i,
                    **({"ident": n} if i % 2 else {}))
                for n in range(count) for i in range(flows)]

    def to_guest(self, cleave, count, lro):
        """The sizes of what a guest gets that comes, and goes again; and it is all there."""
        frames = self.train()
        out = self.path("guest.out")
        if os.path.exists(out):
            os.unlink(out)
        guest = self.guest([])
        if lro:
            # virtio's GUEST_TSO4 and _TSO6, which mean something with GUEST_CSUM only
            self.tell(guest, "port stop 0", "port config 0 rx_offload tcp_lro on",
                      "port config 0 rx_offload tcp_cksum on", "port start 0")
        self.tell(guest, "start")
        self.tell(cleave, "start")
        guest.wait_for(lambda: os.path.getsize(out) > 32 * MSS, SECONDS)
        time.sleep(0.3)
        self.tell(cleave, "stop")
        guest.say("stop\nquit\n")
        self.assertEqual(guest.end().status, 0)
        got = read_pcap(out)
        self.assertEqual({k: v[0] for k, v in payloads(got).items()},
                         {k: v[0] for k, v in payloads(frames).items()})
        sizes = sorted(size for v in payloads(got).values() for size in v[1])
        self.assertEqual(len(sizes), count, sizes)
        # who comes next may take less: until that is known, nothing is left to the guest
        seen = len(cleave.out)
        self.tell(cleave, "show port 0 plan")
        cleave.wait_for(lambda: "tcp6:" in cleave.out[seen:], 5)
        self.assertIn("  tcp4: gso (missing TCP_TSO", cleave.out[seen:])
        # the next one gets them, too
        self.tell(cleave, "port stop 1", "port start 1")

    def test_to_guests(self):
        """What comes in segments reaches a guest merged if it takes that, and as it was if not; guests
        of either kind come and go."""
        cleave = self.forwarder(self.train())
        self.to_guest(cleave, 4, True)
        self.to_guest(cleave, 32, False)
        self.to_guest(cleave, 4, True)
        result = self.ends(cleave)
        port = result.stats["ports"][0]["cleave"]
        self.assertEqual((port["tx_tso"], port["tx_gso"]), (4, 0), result)  # since the last start

    def counted(self, run, port):
        """RX and TX packets of a port, of 'show port stats'."""
        seen = len(run.out)
        self.tell(run, f"show port stats {port}")
        return [int(n) for n in re.findall(r"[RT]X-packets: +(\d+)", run.out[seen:])]

    def until_flows(self, run, port, count=1000):
        """Packets come and leave, more than a ring holds."""
        first = self.counted(run, port)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            now = self.counted(run, port)
            if all(b - a > count for a, b in zip(first, now)):
                return
            time.sleep(0.1)
        self.fail(f"{first} packets, then {now}\n{run.out[-2000:]}\n{run.err[-2000:]}")

    def endless(self, frames, name):
        """A port that has these frames to receive, again and again, and sends to nowhere."""
        write_pcap(self.path(name), frames)
        return f"net_pcap1,rx_pcap={self.path(name)},infinite_rx=1"

    def test_killed_in_traffic(self):
        """Guests die without a word, both directions full of super-packets, and others come: the
        forwarder goes on, every packet is accounted for, and all mbufs come back."""
        big = [tcp(4 if i % 2 else 6, pattern(8000 + 137 * i, i), flags=ACK | PSH, sport=5000 + i)
               for i in range(20)]
        cleave = self.start([f"net_vhost0,iface={self.port},tso=1",
                             self.endless(self.train(), "wire.in")],
                            ["-i", "--no-flush-rx", "--forward-mode=io",
                             "--total-num-mbufs=4096"], memory=512, stats=True)
        self.assertTrue(cleave.wait_for(lambda: os.path.exists(self.port)), cleave.err[-2000:])
        self.tell(cleave, "start")
        for lro, dies in ((True, True), (False, True), (True, True), (False, False)):
            guest = self.start([f"net_virtio_user0,path={self.port}", self.endless(big, "guest.in")],
                               ["-i", "--no-flush-rx", "--total-num-mbufs=2048",
                                "--mbuf-size=20000"], binary=TESTPMD, memory=512)
            self.assertTrue(guest.wait_for(lambda g=guest: "testpmd> " in g.out), guest.err[-2000:])
            self.tell(guest, "port stop all", "csum set tcp hw 0", f"tso set {MSS} 0")
            if lro:
                self.tell(guest, "port config 0 rx_offload tcp_lro on",
                          "port config 0 rx_offload tcp_cksum on")
            self.tell(guest, "port start all", "set fwd csum", "start")
            self.until_flows(guest, 0)
            self.until_flows(cleave, 0)
            self.until_flows(cleave, 1)
            if dies:
                guest.signal(signal.SIGKILL)
                guest.end()
            self.assertIsNone(cleave.proc.poll(), cleave.err[-2000:])
        # the last one takes what is held back
        self.tell(cleave, "stop")
        result = self.ends(guest, cleave)
        # neither port has rings that hold any, but infinite_rx has its frames
        pools = result.stats["mbufs_in_use"]
        self.assertEqual(sorted(pools.values()), [0] * (len(pools) - 1) + [len(self.train())],
                         f"mbufs lost: {pools}\n{result}")
        vhost, wire = result.stats["ports"]
        # what came over the wire: in trains of 8, merged; whole, in segments, or to nobody
        sent = vhost["cleave"]
        self.assertGreater(sent["tx_tso"], 0, result)
        self.assertGreater(sent["tx_gso"], 0, result)
        self.assertEqual((sent["tx_plain"], sent["tx_drop"], sent["tx_pending"]), (0, 0, 0), result)
        self.assertEqual(wire["stats"]["ipackets"],
                         8 * sent["tx_tso"] + sent["tx_segments"] + vhost["fwd"]["tx_ring_full"],
                         result)
        self.assertEqual(vhost["stats"]["opackets"], sent["tx_tso"] + sent["tx_segments"], result)
        # what came from guests: all of it is cut
        sent = wire["cleave"]
        self.assertEqual(vhost["stats"]["ipackets"],
                         sent["tx_gso"] + sent["tx_drop"] + wire["fwd"]["tx_ring_full"], result)
        self.assertEqual(wire["stats"]["opackets"], sent["tx_segments"], result)
        self.assertEqual(sent["tx_drop"], 0, result)


if __name__ == "__main__":
    unittest.main(verbosity=2)
