#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# cleave-fwd between capture files (net_pcap): what comes in, what must leave, byte for byte, and
# what must be counted. Neighbours: fwd.py runs it, frames.py makes and judges the frames.
"""Black-box tests of the forwarding path; dpdk-testpmd is the reference where it knows the mode."""
import os
import random
import re
import shutil
import struct
import tempfile
import time

import fwd
from frames import (ACK, CWR, ECE, FIN, PSH, RST, SYN, URG, Parsed, by_flow, csum, cut, ip4, ip6, l2,
                    pattern, read_pcap, tcp, too_long, tshark, udp, write_pcap)

# The last frame of each file, of a flow of its own: once it is out, so is all before it. As TCP it
# waits for the end of its burst as others do that might be merged.
LAST_WORDS = b"the last one " * 2
LAST = tcp(4, LAST_WORDS, sport=7, dport=7)

TIMESTAMPS = b"\x01\x01\x08\x0a" + bytes(range(8))
NOPS_40 = TIMESTAMPS + b"\x01" * 28
IP_OPTIONS = b"\x94\x04\x00\x00" + b"\x01" * 8  # router alert, no-operations
PAD6 = b"\x00\x01\x04" + b"\0" * 4  # length 0 (8 bytes), PadN of 6
PAD14 = b"\x01\x01\x0c" + b"\0" * 12  # length 1 (16 bytes), PadN of 14
ROUTING = b"\x00\xfd\x00" + b"\0" * 4  # an experimental type, no segments left


def long_tcp_frames():
    """Too-long TCP frames of every shape that must be cut."""
    n = 0
    for version in (4, 6):
        shapes = [
            {}, {"options": TIMESTAMPS}, {"options": NOPS_40}, {"flags": ACK | PSH},
            {"flags": ACK | FIN | PSH}, {"flags": ACK | CWR}, {"flags": ACK | ECE},
            {"flags": ACK | CWR | ECE | FIN | PSH}, {"seq": 0xffffff00},
            {"vlans": [(0x8100, 0x2064)]}, {"vlans": [(0x88a8, 100), (0x8100, 200)]},
            {"vlans": [(0x8100, 1), (0x8100, 2)]},
            {"mpls": [1000]}, {"mpls": [16, 17, 18]}, {"vlans": [(0x8100, 5)], "mpls": [16, 17]},
        ]
        if version == 4:
            shapes += [{"ident": 0xfffe}, {"df": False}, {"options": TIMESTAMPS, "ident": 0},
                       {"tos": 0x2b, "ttl": 1}]
        else:
            shapes += [{"ext": [(0, PAD6)]}, {"ext": [(60, PAD14)]},
                       {"ext": [(0, PAD14), (43, ROUTING), (60, PAD6)]},
                       {"tclass": 0xb9, "hops": 1}]
        for shape in shapes:
            for size in (3000, 8961, 20001):
                n += 1
                yield tcp(version, pattern(size, n), **shape)
    yield tcp(4, pattern(5001, n + 1), ident=0xffff)


class PcapTest(fwd.FwdTest):
    """Frames through one net_pcap port in a loop."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="cleave-pcap-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.serial = 0

    def path(self, name):
        self.serial += 1
        return os.path.join(self.dir, f"{self.serial}-{name}.pcap")

    def through(self, frames, options=(), mtu=1500, binary=None, last=True, total=4096):
        """Send the frames through; returns (frames out without the last one, result)."""
        source, sink = self.path("in"), self.path("out")
        frames = list(frames) + ([LAST] if last else [])
        write_pcap(source, frames)
        args = ["--no-flush-rx", "--port-topology=loop", f"--total-num-mbufs={total}"]
        if binary is None:
            args.append(f"--mtu=0,{mtu}")
        run = self.start([f"net_pcap0,rx_pcap={source},tx_pcap={sink}"], args + list(options),
                         binary=binary, stats=True)
        if last:
            # The modes rewrite MACs; the payload tells the last one.
            run.wait_for(lambda: LAST_WORDS in self.tail(sink))
        else:
            run.wait_running()
            time.sleep(1.0)
        result = self.sound(run.stop())
        out = read_pcap(sink)
        self.sink = sink
        if last:
            came = len(out)
            out = [f for f in out if not f.endswith(LAST_WORDS)]
            self.assertEqual(came - len(out), 1,
                             f"the last frame did not come out, {len(out)} did\n{result}")
        return out, result

    @staticmethod
    def tail(path):
        try:
            with open(path, "rb") as f:
                f.seek(0, os.SEEK_END)
                f.seek(max(0, f.tell() - 65536))
                return f.read()
        except OSError:
            return b""

    def counters(self, result, port=0):
        self.assertIsNotNone(result.stats, f"no --stats-json\n{result}")
        cleave = result.stats["ports"][port]["cleave"]
        self.assertEqual(cleave["tx_drop"], sum(cleave["drops"].values()), cleave)
        return cleave

    def same(self, got, want, note=""):
        """Byte for byte, in order within each flow; on a difference tells where."""
        got, want = by_flow(got), by_flow(want)
        for i, (g, w) in enumerate(zip(got, want)):
            if g != w:
                at = next((k for k, (a, b) in enumerate(zip(g, w)) if a != b), min(len(g), len(w)))
                self.fail(f"{note} frame {i} of {len(want)}: {len(g)} bytes, expected {len(w)}; "
                          f"first difference at byte {at}\n got {g[:at + 8].hex()}\nwant "
                          f"{w[:at + 8].hex()}")
        self.assertEqual(len(got), len(want), f"{note} frames out")

    def judged_by_tshark(self, path):
        """Every checksum in the file is good, and no length is at odds with the frame."""
        rows = tshark(path, "frame.number", "ip.checksum.status", "tcp.checksum.status",
                      "udp.checksum.status", "_ws.malformed", "tcp.len")
        if rows is None:
            return
        bad = [r for r in rows if "0" in r[1].split(",") + r[2].split(",") + r[3].split(",")
               or r[4]]
        self.assertEqual(bad, [], "frames that tshark finds bad (number, ip, tcp, udp, malformed)")
        self.assertTrue(any(r[2] == "1" for r in rows), "tshark verified no TCP checksum")


class Cut(PcapTest):
    """Too-long TCP is cut to the MTU."""

    def check(self, frames, mtu, options=(), limits=None, **kw):
        frames = list(frames)
        limits = limits or {}
        want, cuts, segments = [], 0, 0
        for f in frames:
            pieces = cut(f, mtu, **limits)
            if len(pieces) > 1:
                cuts += 1
                segments += len(pieces)
            want += pieces
        out, result = self.through(frames, options, mtu, **kw)
        self.same(out, want, f"mtu {mtu}")
        c = self.counters(result)
        self.assertEqual((c["tx_gso"], c["tx_segments"], c["tx_tso"], c["tx_drop"]),
                         (cuts, segments, 0, 0), c)
        self.assertEqual(c["tx_plain"], len(frames) + 1 - cuts, c)
        self.judged_by_tshark(self.sink)
        return want

    def test_shapes_at_1500(self):
        self.check(long_tcp_frames(), 1500)

    def test_shapes_at_1280(self):
        self.check(long_tcp_frames(), 1280)

    def test_shapes_at_9000(self):
        self.check((f for f in long_tcp_frames() if too_long(f, 9000)), 9000)

    def test_headers_over_several_mbufs(self):
        # 64 bytes of room an mbuf: no header fits one.
        frames = [f for f in long_tcp_frames() if len(f) < 9200]
        self.check(frames, 1500, ["--mbuf-size=192"], total=16384)

    def test_64k(self):
        frames = []
        for version in (4, 6):
            for size in (65535 - 14 - 60 - 20, 65000, 64000 - 1):
                frames.append(tcp(version, pattern(size, size), options=TIMESTAMPS))
                frames.append(tcp(version, pattern(100, size), seq=5))
        self.check(frames, 1500)

    def test_around_the_limit(self):
        # One byte less than the MTU, the MTU, one more; whole multiples of the MSS.
        frames = []
        for version, head in ((4, 40), (6, 60)):
            for size in (1, 1499 - head, 1500 - head, 1501 - head, 2 * (1500 - head),
                         2 * (1500 - head) + 1, 3 * (1500 - head) - 1):
                frames.append(tcp(version, pattern(size, size)))
                frames.append(tcp(version, pattern(size, size), vlans=[(0x8100, 7)]))
        self.check(frames, 1500)

    def test_labels_count(self):
        # MPLS labels count towards the MTU, VLAN tags do not.
        fits = tcp(4, pattern(1460 - 8), mpls=[16, 17])
        long = tcp(4, pattern(1460 - 7), mpls=[16, 17])
        self.assertFalse(too_long(fits, 1500))
        self.assertTrue(too_long(long, 1500))
        self.check([fits, long, tcp(4, pattern(1460), vlans=[(0x8100, 1), (0x8100, 2)])], 1500)

    def test_gso_segsz(self):
        frames = [f for f in long_tcp_frames() if len(f) < 9200]
        self.check(frames, 9000, ["--gso-segsz=1514"], {"gso_segsz": 1514})

    def test_gso_segsz_above_the_mtu(self):
        self.check(list(long_tcp_frames())[:20], 1500, ["--gso-segsz=9014"], {"gso_segsz": 9014})

    def test_tso_segsz(self):
        frames = [f for f in long_tcp_frames() if too_long(f, 1500)][:40]
        self.check(frames, 1500, ["--tso-segsz=536"], {"tso_segsz": 536})

    def test_order_among_others(self):
        # Long and short, TCP and not, in the order in which they came.
        frames = []
        for i in range(300):
            size = 4000 + i if i % 3 == 0 else i
            frames.append(tcp(4 + 2 * (i & 1), pattern(size, i), seq=i))
        self.check(frames, 1500)

    def test_payload_reassembles(self):
        # A check of its own kind: the stream, not the frames.
        frame = tcp(4, pattern(30000, 3), flags=ACK | PSH | FIN, seq=0xfffff000)
        out, _ = self.through([frame])
        stream = bytearray()
        at = 0xfffff000
        for i, f in enumerate(out):
            p = Parsed(f)
            self.assertEqual(struct.unpack_from("!I", f, p.l4 + 4)[0], at)
            self.assertEqual(f[p.l4 + 13] & (PSH | FIN), PSH | FIN if i == len(out) - 1 else 0)
            self.assertEqual(struct.unpack_from("!H", f, p.l3 + 2)[0], len(f) - p.l3)
            self.assertEqual(csum(f[p.l3:p.l3 + 20]), 0)
            stream += f[p.payload:]
            at = (at + len(f) - p.payload) & 0xffffffff
        self.assertEqual(bytes(stream), pattern(30000, 3))

    def test_between_two_ports(self):
        """Paired topology, both ways at once."""
        paths = [self.path(n) for n in ("in0", "out0", "in1", "out1")]
        ins = [[tcp(4, pattern(9000 + i, i), seq=i) for i in range(20)],
               [tcp(6, pattern(7000 + i, i), seq=i) for i in range(20)]]
        write_pcap(paths[0], ins[0] + [LAST])
        write_pcap(paths[2], ins[1] + [LAST])
        run = self.start([f"net_pcap0,rx_pcap={paths[0]},tx_pcap={paths[1]}",
                          f"net_pcap1,rx_pcap={paths[2]},tx_pcap={paths[3]}"],
                         ["--no-flush-rx", "--total-num-mbufs=4096", "--mtu=0,1400",
                          "--mtu=1,1300"], stats=True)
        run.wait_for(lambda: LAST_WORDS in self.tail(paths[1])
                     and LAST_WORDS in self.tail(paths[3]))
        result = self.sound(run.stop())
        self.same(read_pcap(paths[3]), [s for f in ins[0] + [LAST] for s in cut(f, 1300)], "0 to 1")
        self.same(read_pcap(paths[1]), [s for f in ins[1] + [LAST] for s in cut(f, 1400)], "1 to 0")
        for port in (0, 1):
            self.assertEqual(self.counters(result, port)["tx_gso"], 20)
            self.assertEqual(result.stats["ports"][port]["fwd"]["rx_packets"], 21)
            self.assertEqual(result.stats["ports"][port]["stats"]["ipackets"], 21)


class AsItCame(PcapTest):
    """Frames that fit leave as they came, whatever they are."""

    def test_plain(self):
        frames = [tcp(4, b""), tcp(6, b""), udp(4, b"x"), udp(6, b"xy"), udp(4, b"z", zero=True),
                  tcp(4, pattern(1460)), tcp(6, pattern(1440)), tcp(4, b"", flags=SYN),
                  tcp(4, b"r", flags=RST), tcp(4, b"u", flags=ACK | URG, urgent=1),
                  tcp(4, b"padded") + b"\0" * 6, l2(0x0806) + pattern(46),
                  l2(0x88b5) + pattern(1500), l2(0x0026) + pattern(38),
                  udp(4, pattern(1000), df=False, frag=0x2000), udp(4, pattern(999), frag=100),
                  l2(0x0800) + ip4(132, pattern(100)), l2(0x0800) + ip4(47, pattern(100)),
                  l2(0x86dd) + ip6(59, b""), l2(0x0800) + ip4(4, ip4(6, pattern(60)))]
        # Wrong checksums are carried, not mended.
        wrong = bytearray(tcp(4, pattern(500)))
        wrong[-1] ^= 0xff
        frames.append(bytes(wrong))
        wrong = bytearray(tcp(4, pattern(500)))
        wrong[24] ^= 0xff
        frames.append(bytes(wrong))
        out, result = self.through(frames)
        self.same(out, frames)
        c = self.counters(result)
        self.assertEqual((c["tx_plain"], c["tx_drop"]), (len(frames) + 1, 0), c)

    def test_truncated(self):
        """Every prefix of frames with many headers, as frames of their own."""
        frames = []
        for whole in (tcp(4, b"ab", options=TIMESTAMPS, vlans=[(0x8100, 1)]),
                      tcp(6, b"ab", ext=[(0, PAD6), (60, PAD6)], mpls=[16, 17]),
                      udp(4, b"abcd", vlans=[(0x88a8, 1), (0x8100, 1)])):
            frames += [whole[:n] for n in range(14, len(whole))]
        out, result = self.through(frames)
        self.same(out, frames)
        self.assertEqual(self.counters(result)["tx_plain"], len(frames) + 1)

    def test_large_mtu(self):
        frames = [tcp(4, pattern(15000)), udp(6, pattern(14000)), l2(0x88b5) + pattern(16000)]
        out, _ = self.through(frames, mtu=16000)
        self.same(out, frames)


class Dropped(PcapTest):
    """What may not be cut is dropped, and counted under one reason."""

    def only(self, frames, reason, options=(), mtu=1500):
        frames = list(frames)
        short = tcp(4, b"in between")
        mixed = [f for frame in frames for f in (frame, short)]
        out, result = self.through(mixed, options, mtu)
        self.same(out, [short] * len(frames))
        c = self.counters(result)
        self.assertEqual(c["drops"][reason], len(frames), c)
        self.assertEqual(c["tx_drop"], len(frames), c)
        self.assertEqual((c["tx_gso"], c["tx_tso"], c["tx_segments"]), (0, 0, 0), c)
        return result

    def test_too_big(self):
        big = pattern(4000)
        self.only([udp(4, big), udp(6, big), tcp(4, big, flags=SYN), tcp(6, big, flags=SYN),
                   tcp(4, big, flags=RST | ACK), tcp(6, big, flags=RST),
                   tcp(4, big, flags=ACK | URG, urgent=5), tcp(6, big, flags=ACK | URG, urgent=5),
                   l2(0x88b5) + big, l2(0x0806) + big, l2(0x0800) + ip4(1, big),
                   l2(0x0800) + ip4(132, big), l2(0x86dd) + ip6(58, big),
                   udp(4, big, vlans=[(0x8100, 9)]), udp(4, pattern(1473))], "tx_too_big")

    def test_gso_off(self):
        self.only([f for f in long_tcp_frames() if len(f) < 9200], "tx_no_gso", ["--gso=off"])

    def test_gso_off_too_big_stays_too_big(self):
        self.only([udp(4, pattern(3000)), udp(6, pattern(3000)), l2(0x88b5) + pattern(3000)],
                  "tx_too_big", ["--gso=off"])

    def test_both_off(self):
        self.only([tcp(4, pattern(3000)), tcp(6, pattern(3000))], "tx_no_gso",
                  ["--gso=off", "--tso=off"])

    def test_tso_off_is_software(self):
        frame = tcp(4, pattern(3000))
        out, _ = self.through([frame], ["--tso=off"])
        self.same(out, cut(frame, 1500))

    def test_forward_statistics_tell(self):
        result = self.only([udp(4, pattern(3000))] * 3, "tx_too_big")
        self.assertRegex(result.out, r"tx_too_big: +3\b")
        # The program's own counters agree with what it printed, and dropped is not sent.
        told = re.search(r"TX-packets: (\d+) +TX-dropped: (\d+) +TX-total: (\d+)", result.out)
        self.assertEqual([int(n) for n in told.groups()], [4, 3, 7], told.group(0))
        counted = result.stats["ports"][0]["fwd"]
        self.assertEqual((counted["tx_packets"], counted["tx_dropped"]), (4, 3), counted)


class Lies(PcapTest):
    """Too-long frames with headers that lie: no crash, nothing too long on the wire, all counted."""

    def account(self, frames, mtu=1500):
        out, result = self.through(frames, mtu=mtu)
        c = self.counters(result)
        merged = result.stats["ports"][0]["gro"]["gro_merged"]
        self.assertEqual(c["tx_plain"] + c["tx_gso"] + c["tx_tso"] + c["tx_drop"] + merged,
                         len(frames) + 1, c)
        self.assertEqual(len(out) + 1, c["tx_plain"] + c["tx_segments"], c)
        for f in out:
            # Two tags and a half: no header that lies can hide more than that.
            self.assertLessEqual(len(f), 14 + 4 * 8 + mtu)
        return out, c

    def patched(self, frame, *patches):
        b = bytearray(frame)
        for off, value in patches:
            b[off:off + len(value)] = value
        return bytes(b)

    def test_lengths(self):
        f4, f6 = tcp(4, pattern(4000)), tcp(6, pattern(4000))
        frames = [
            self.patched(f4, (14, b"\x44")),               # IPv4 header length 16
            self.patched(f4, (14, b"\x40")),               # 0
            self.patched(f4, (16, b"\xff\xff")),           # total length beyond the frame
            self.patched(f4, (16, b"\x00\x13")),           # below the header
            self.patched(f4, (16, b"\x00\x14")),           # no room for TCP
            self.patched(f4, (14 + 20 + 12, b"\x40")),     # TCP header length 16
            self.patched(f4, (14 + 20 + 12, b"\x00")),     # 0
            self.patched(f6, (18, b"\xff\xff")),           # IPv6 payload length beyond the frame
            self.patched(f6, (18, b"\x00\x01")),           # below TCP
            self.patched(f6, (14 + 40 + 12, b"\x10")),
            self.patched(f6, (20, b"\x00")),               # hop-by-hop over payload
            self.patched(f6, (20, b"\x3c"), (54, b"\x06\xff")),  # 2 KB of options
            self.patched(f6, (20, b"\x2c")),               # a fragment header
            self.patched(f4, (14, b"\x65")),               # version 6 behind 0x0800
            self.patched(f4, (12, b"\x86\xdd")),           # 4 behind 0x86dd
        ]
        out, c = self.account(frames)
        self.assertEqual(out, [], "a lying frame was cut or sent")
        self.assertEqual(c["tx_drop"], len(frames), c)

    def test_endless_tags_labels_headers(self):
        big = pattern(3000)
        self.account([
            l2(0x0800, vlans=[(0x8100, i) for i in range(300)]) + big,
            l2(0x0800, mpls=list(range(16, 400))) + big,
            self.patched(l2(0x0800, mpls=[16] * 600), (14, b"\0\0\0\0" * 600))[:2400],
            l2(0x86dd) + ip6(6, big, ext=[(60, PAD6)] * 100),
            l2(0x86dd) + ip6(6, big, ext=[(0, PAD6)] * 9),
        ])

    def test_random_headers(self):
        rng = random.Random(2)
        models = [tcp(4, pattern(3000), options=TIMESTAMPS),
                  tcp(6, pattern(3000), ext=[(0, PAD6), (60, PAD14)]),
                  tcp(4, pattern(3000), vlans=[(0x8100, 1)], mpls=[16]),
                  udp(4, pattern(3000), dport=4789), udp(6, pattern(3000), dport=6081),
                  l2(0x0800) + ip4(47, b"\x20\x00\x65\x58" + pattern(3000)),
                  l2(0x0800) + ip4(4, ip4(6, pattern(3000)))]
        frames = []
        for _ in range(1500):
            b = bytearray(rng.choice(models))
            for _ in range(rng.randint(1, 6)):
                b[rng.randint(12, 110)] = rng.choice((0, 1, 0xff, rng.randint(0, 255)))
            frames.append(bytes(b[:rng.choice((len(b), rng.randint(60, len(b))))]))
        self.account(frames)

    def test_random_headers_over_small_mbufs(self):
        rng = random.Random(3)
        frames = []
        for _ in range(200):
            b = bytearray(tcp(rng.choice((4, 6)), pattern(2000), options=TIMESTAMPS))
            for _ in range(rng.randint(1, 4)):
                b[rng.randint(12, 80)] = rng.randint(0, 255)
            frames.append(bytes(b))
        out, result = self.through(frames, ["--mbuf-size=192"], total=16384)
        c = self.counters(result)
        self.assertEqual(len(out) + 1, c["tx_plain"] + c["tx_segments"], c)


class Modes(PcapTest):
    """The forwarding modes, against dpdk-testpmd on the same file."""

    FRAMES = [tcp(4, pattern(100)), tcp(6, pattern(200)), udp(4, pattern(300)),
              udp(6, pattern(301)), tcp(4, pattern(77), vlans=[(0x8100, 5)]),
              udp(4, pattern(50), zero=True), tcp(4, b"", flags=SYN, options=NOPS_40),
              tcp(4, pattern(1460)), tcp(4, pattern(333), ttl=1)]
    OTHERS = [l2(0x0806) + pattern(46), l2(0x88b5) + pattern(100),
              l2(0x0800) + ip4(1, b"\x08\0" + pattern(62))]

    def compare(self, mode, frames, options=(), gro=True):
        args = [f"--forward-mode={mode}"] + list(options)
        theirs, _ = self.through(frames, args, binary=fwd.TESTPMD)
        ours, _ = self.through(frames, args + ([] if gro else ["--gro=off"]))
        self.assertEqual(len(theirs), len(frames))
        self.same(ours, theirs, mode)

    @fwd.need_testpmd
    def test_io(self):
        self.compare("io", self.FRAMES + self.OTHERS)

    @fwd.need_testpmd
    def test_mac(self):
        self.compare("mac", self.FRAMES + self.OTHERS)

    @fwd.need_testpmd
    def test_mac_eth_peer(self):
        self.compare("mac", self.FRAMES, ["--eth-peer=0,02:11:22:33:44:55"])

    @fwd.need_testpmd
    def test_macswap(self):
        self.compare("macswap", self.FRAMES + self.OTHERS)

    @fwd.need_testpmd
    def test_csum(self):
        bad = []
        for f in self.FRAMES[:4]:
            p = Parsed(f) if f[23] == 6 or f[20] == 6 else None
            b = bytearray(f)
            if p:
                b[p.l4 + 16] ^= 0x5a
            if b[12:14] == b"\x08\x00":
                b[24] ^= 0xa5
            bad.append(bytes(b))
        # GRO finds bad checksums, and what is known to be bad gets no new one; testpmd makes it.
        self.compare("csum", self.FRAMES + self.OTHERS)
        self.compare("csum", self.FRAMES + self.OTHERS + bad, gro=False)

    def test_mac_cuts_too(self):
        frame = tcp(4, pattern(9000))
        for mode in ("mac", "macswap", "csum"):
            with self.subTest(mode=mode):
                out, _ = self.through([frame], [f"--forward-mode={mode}"])
                # The MACs are the mode's (tested above); all behind them is the cut's.
                self.same([f[12:] for f in out], [f[12:] for f in cut(frame, 1500)], mode)
                self.assertEqual(len({f[:12] for f in out}), 1)
                self.assertNotEqual(out[0][:12], frame[:12])

    def test_rxonly(self):
        out, result = self.through(self.FRAMES, ["--forward-mode=rxonly"], last=False)
        self.assertEqual(out, [])
        self.assertIsNotNone(result.stats, str(result))
        port = result.stats["ports"][0]
        self.assertEqual(port["fwd"]["rx_packets"], len(self.FRAMES))
        self.assertEqual((port["fwd"]["tx_packets"], port["fwd"]["tx_dropped"]), (0, 0))

    @fwd.need_testpmd
    def test_txonly(self):
        got = {}
        for binary in (fwd.TESTPMD, fwd.FWD):
            source, sink = self.path("in"), self.path("out")
            write_pcap(source, [])
            run = self.start([f"net_pcap0,rx_pcap={source},tx_pcap={sink}"],
                             ["--no-flush-rx", "--port-topology=loop", "--total-num-mbufs=4096",
                              "--forward-mode=txonly", "--txpkts=100"], binary=binary)
            run.wait_for(lambda path=sink: len(self.tail(path)) >= 2048)
            self.sound(run.stop())
            with open(sink, "rb") as f:
                data = f.read(24 + 10 * 116)
            head = self.path("head")
            with open(head, "wb") as f:
                f.write(data)
            os.unlink(sink)
            got[binary] = read_pcap(head)
        self.assertEqual(len(got[fwd.FWD]), 10)
        self.same(got[fwd.FWD], got[fwd.TESTPMD], "txonly")


if __name__ == "__main__":
    fwd.main()
