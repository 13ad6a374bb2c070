#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# What Debian's dpdk-testpmd sends and receives through net_cleave: its TSO, that of tunnels, its
# LRO, and which engine cuts. Neighbours: stack_lab.py runs it, test_stack_port.py has the port.
"""testpmd asks for what net_cleave adds to a port that can nothing, and knows nothing of it. What
must leave is said by ../app/frames.py; tshark is the second judge."""
import struct
import time

from plugin import release
from stack_lab import (MULTI_SEGS, StackTest, cut_tunnel, main, over, requested, tunnel, wait_for,
                       write_pcap, read_pcap)
from frames import (ACK, CWR, ECE, FIN, PSH, RST, SYN, Parsed, by_flow, csum, cut, l2, pattern, tcp,
                    udp)

TIMESTAMPS = b"\x01\x01\x08\x0a" + bytes(range(8))
MSS = 1000


def offload(port, *names):
    return [f"csum set {name} hw {port}" for name in names or ("ip", "tcp", "udp")]


def tso(port, mss=MSS):
    return offload(port) + [f"tso set {mss} {port}", "set fwd csum"]


def supers():
    """TCP frames of every length and shape that testpmd makes a request of, and some between."""
    n = 0
    for version in (4, 6):
        shapes = [{}, {"options": TIMESTAMPS}, {"flags": ACK | PSH | FIN | CWR | ECE},
                  {"seq": 0xfffffc00, "flags": ACK | PSH}, {"vlans": [(0x8100, 0x2064)]}]
        shapes += [{"ident": 0xfffe}, {"df": False, "tos": 2}] if version == 4 else [{"tclass": 2}]
        for shape in shapes:
            for size in (1, MSS, MSS + 1, 2 * MSS, 8961, 30000):
                n += 1
                yield tcp(version, pattern(size, n), **shape)
        yield tcp(version, pattern(65000, n))
        yield udp(version, pattern(700))
        yield tcp(version, b"", flags=SYN)
    yield udp(4, pattern(99), zero=True)
    yield l2(0x88b5) + pattern(46)


class Tso(StackTest):
    """'csum set tcp hw' and 'tso set', on a port that can neither."""

    def check(self, frames, lines, want, **kw):
        """Returns the frames that left, and what was counted."""
        out, xstats = self.through(frames, lines, **kw)
        self.same(out, want)
        self.judged_by_tshark(self.sink)
        requests = len(want) - len(frames)
        self.assertGreater(xstats["tx_gso"], 0 if requests else -1)
        self.assertEqual(xstats["tx_segments"], requests + xstats["tx_gso"], xstats)
        self.assertEqual(xstats["tx_plain"] + xstats["tx_gso"], len(frames), xstats)
        self.assertEqual((xstats["tx_good_packets"], xstats["tx_tso"]), (len(want), 0), xstats)
        return out, xstats

    @staticmethod
    def wanted(frames, mss=MSS):
        """What is no TCP is not too long here."""
        return [s for f in frames
                for s in (requested(f, mss) if len(f) > MSS and f[23] != 17 else [f])]

    def test_every_shape(self):
        frames = list(supers())
        self.check(frames, tso(1), self.wanted(frames))

    def test_small_mbufs(self):
        """128 bytes an mbuf: chains of 70, which net_pcap gets in parts of their own."""
        frames = [f for f in supers() if len(f) < 9200]
        self.check(frames, tso(1), self.wanted(frames),
                   options=["--mbuf-size=256", "--total-num-mbufs=16384"])

    def test_large_mbufs(self):
        frames = list(supers())
        self.check(frames, tso(1), self.wanted(frames),
                   options=["--mbuf-size=65535", "--total-num-mbufs=2048"], memory=1024)

    def test_mss_above_the_mtu(self):
        """The MTU is kept."""
        frames = [tcp(v, pattern(30000, v), options=TIMESTAMPS) for v in (4, 6)]
        out, _ = self.check(frames, tso(1, 9000), [s for f in frames for s in cut(f, 1500)])
        self.assertEqual(max(map(len, out)), 1514)

    def test_a_stream(self):
        """The properties themselves, not what frames.py expects."""
        for version in (4, 6):
            data = pattern(60000 - version, 5)
            out, _ = self.through([tcp(version, data, flags=ACK | PSH | FIN | CWR, seq=0xfffff000,
                                       **({"ident": 65530} if version == 4 else {}))], tso(1))
            self.judged_by_tshark(self.sink)
            stream, at = b"", 0xfffff000
            for i, f in enumerate(out):
                p = Parsed(f)
                last = i == len(out) - 1
                self.assertLessEqual(len(f), 1514)
                self.assertEqual(struct.unpack_from("!I", f, p.l4 + 4)[0], at & 0xffffffff)
                self.assertEqual(f[p.l4 + 13],
                                 ACK | (PSH | FIN if last else 0) | (0 if i else CWR))
                if version == 4:
                    self.assertEqual(struct.unpack_from("!H", f, p.l3 + 4)[0], (65530 + i) & 0xffff)
                stream += f[p.payload:]
                at += len(f) - p.payload
                self.assertTrue(last or len(f) - p.payload == MSS)
            self.assertEqual(stream, data)

    def test_checksums_alone(self):
        """Without TSO, what is asked for is a checksum."""
        frames = [f for f in supers() if len(f) < 1500]
        _, xstats = self.check(frames, offload(1) + ["set fwd csum"], frames)
        self.assertGreater(xstats["tx_sw_cksum"], 10, xstats)

    def test_nothing_asked_for(self):
        """No packet goes through libcleave, even a long one."""
        frames = list(supers())
        frames = [f for f in frames if len(f) < 16000]  # net_pcap writes no more of a frame
        out, xstats = self.through(frames, [])
        self.same(out, frames, 0)
        self.assertEqual((xstats["tx_plain"], xstats["tx_good_packets"], xstats["gro_packets"]),
                         (0, len(frames), 0), xstats)

    def test_one_on_another(self):
        """The upper one uses the lower one's engine."""
        frames = list(supers())
        source, sink = self.path("in"), self.path("out")
        write_pcap(source, frames)
        t = self.start(over(f"net_pcap0,rx_pcap={source},tx_pcap={sink}") +
                         ["net_cleave1,port=net_cleave0"])
        t.say("port stop 2", *tso(2), "port start 2")
        self.receive(t, 2, len(frames))
        xstats = t.xstats(2)
        self.sound(t)
        self.same(read_pcap(sink), self.wanted(frames))
        self.assertGreater(xstats["tx_tso"], 30, xstats)
        self.assertEqual(xstats["tx_gso"], 0, xstats)


class Tunnels(StackTest):
    """'tunnel_tso set', 'csum parse-tunnel on'."""

    IN_UDP = ("vxlan", "vxlan-gpe", "geneve", "gtpu")
    KINDS = IN_UDP + ("gre", "gre-key", "nvgre", "ipip")

    def tunnels(self, outer_udp, kinds=KINDS):
        """What comes, and what must leave. outer_udp: testpmd has the outer UDP checksum made."""
        frames, want = [], []
        for kind in kinds:
            for outer in (4, 6):
                for inner in (4, 6):
                    for size, cksum in ((9000, False), (MSS, True), (30001, True), (60, False)):
                        if kind == "ipip" and inner == 6:
                            continue  # testpmd knows IPIP by protocol 4
                        f = tcp(inner, pattern(size, len(frames)), flags=ACK | PSH,
                                options=TIMESTAMPS)
                        in_udp = kind in self.IN_UDP
                        frames.append(tunnel(kind, outer, f, 0xfffe, cksum))
                        # testpmd before 24.07 makes it zero in a request that does not ask for it
                        stays = size <= MSS or release() >= (24, 7)
                        cksum = in_udp and (outer_udp or cksum and stays)
                        want += cut_tunnel(kind, outer, f, MSS, 0xfffe, cksum)
        return frames, want

    def check(self, frames, want, lines):
        out, xstats = self.through(frames, offload(1) + [
            "csum set outer-ip hw 1", "csum parse-tunnel on 1", f"tunnel_tso set {MSS} 1",
            "set fwd csum"] + lines)
        self.same(out, want)
        self.judged_by_tshark(self.sink)
        self.assertEqual(xstats["tx_gso"], sum(len(f) > 9000 for f in frames), xstats)
        self.assertEqual(xstats["tx_good_packets"], len(want), xstats)

    def test_outer_udp_checksum(self):
        self.check(*self.tunnels(True), ["csum set outer-udp hw 1"])

    def test_outer_udp_checksum_as_it_came(self):
        """Zero stays zero."""
        self.check(*self.tunnels(False), [])

    def test_what_testpmd_does_not_know(self):
        """6in4 and 6in6, without a request: too long for the MTU, and cut for that."""
        frames, want = [], []
        for outer, room in ((4, 1420), (6, 1400)):
            f = tcp(6, pattern(9000, outer))
            frames.append(tunnel("ipip", outer, f))
            want += cut_tunnel("ipip", outer, f, room)
        self.check(frames, want, [])


def train(n, mss, version=4, sport=5001, seq=1000, last=PSH):
    """n frames of a flow, in sequence, the last one with these flags and half as long."""
    return [tcp(version, pattern(mss // (2 if i == n - 1 else 1), i + sport), sport=sport,
                flags=ACK | (last if i == n - 1 else 0), seq=seq + i * mss, options=TIMESTAMPS,
                **({"ident": (65500 + i) & 0xffff} if version == 4 else {})) for i in range(n)]


class Lro(StackTest):
    """--enable-lro."""

    LRO = ["--enable-lro", "--burst=128"]

    def test_one_large_frame(self):
        """44 segments are one frame, but for the checksum, which RX_L4_CKSUM_NONE says is none."""
        flows = [train(44, 300, v, sport=v) for v in (4, 6)]
        out, xstats = self.through([f for pair in zip(*flows) for f in pair], [], self.LRO)
        self.assertEqual(len(out), 2, [len(f) for f in out])
        self.assertEqual((xstats["gro_packets"], xstats["gro_merged"], xstats["gro_supers"]),
                         (88, 86, 2), xstats)
        for f, flow in zip(out, flows):
            p, first = Parsed(f), flow[0]
            self.assertEqual(f[p.payload:], b"".join(s[p.payload:] for s in flow))
            want = bytearray(first[:p.payload])
            struct.pack_into("!H", want, p.l3 + (2 if p.version == 4 else 4),
                             len(f) - p.l3 - (0 if p.version == 4 else 40))
            if p.version == 4:
                self.assertEqual(csum(f[p.l3:p.l4]), 0)
                want[24:26] = f[24:26]
            want[p.l4 + 13] |= PSH
            want[p.l4 + 16:p.l4 + 18] = f[p.l4 + 16:p.l4 + 18]
            self.assertEqual(f[:p.payload].hex(), want.hex())

    def test_no_longer_than_configured(self):
        """--max-lro-pkt-size: the limit is the application's."""
        frames = train(44, 300)
        out, xstats = self.through(frames, [], self.LRO + ["--max-lro-pkt-size=4000"])
        self.assertGreater(xstats["gro_merged"], 30, xstats)
        head = Parsed(frames[0]).payload
        self.assertEqual(b"".join(f[head:] for f in out), b"".join(f[head:] for f in frames))
        self.assertLessEqual(max(map(len, out)), 4000)

    def mixed(self):
        """Flows by turns, and what is not merged among them."""
        broken = bytearray(tcp(4, pattern(500), sport=9))
        broken[-1] ^= 1
        flows = [train(44, 1428, v, sport=10 + v) for v in (4, 6)]
        flows += [train(30, 300 + i, 4, sport=20 + i, seq=0xffff0000) for i in range(3)]
        flows.append([tcp(4, b"", flags=SYN, sport=9), bytes(broken), udp(6, pattern(600)),
                      tcp(6, b"", sport=11, seq=99), l2(0x0806) + pattern(46),
                      tcp(4, b"reset", flags=RST | ACK, sport=14), tcp(4, b"pad") + b"\0" * 3,
                      udp(4, pattern(900), zero=True)])
        frames = []
        while any(flows):
            for flow in flows:
                frames += flow[:3]
                del flow[:3]
        return frames

    def test_cut_again_by_another_port(self):
        """In by a port with LRO, out by one with TSO: every frame as it came, in its flow."""
        frames = self.mixed()
        paths = [self.path(n) for n in ("in", "out")]
        write_pcap(paths[0], frames)
        t = self.start(over(f"net_pcap0,rx_pcap={paths[0]}") +
                         over(f"net_pcap1,tx_pcap={paths[1]}", 1), self.LRO[1:])
        self.assertIn("TCP_LRO", t.offloads(1, "rx"))
        t.say("port stop all", "port config 1 rx_offload tcp_lro on",
              "port config 3 tx_offload tcp_tso on", "port start all")
        before = t.free_mbufs()
        self.receive(t, 1, len(frames))
        came, left = t.xstats(1), t.xstats(3)
        self.assertEqual(t.free_mbufs(), before)
        self.sound(t)
        self.same(by_flow(read_pcap(paths[1])), by_flow(frames), 0)
        self.assertGreater(came["gro_merged"], 140, came)
        self.assertEqual(left["tx_gso"], came["gro_supers"], left)
        self.assertEqual(left["tx_segments"], came["gro_supers"] + came["gro_merged"], left)
        self.assertEqual((came["tx_plain"], left["gro_packets"]), (0, 0))

    def test_cut_again_by_the_same_port(self):
        for burst in (128, 7):
            frames = self.mixed()
            out, xstats = self.through(frames, [], ["--enable-lro", f"--burst={burst}",
                                                    "--tx-offloads=0x20"])
            self.same(by_flow(out), by_flow(frames), 0)
            self.assertGreater(xstats["gro_merged"], 30, xstats)

    def test_with_tso(self):
        """A router: LRO on the way in, checksums and TSO on the way out."""
        frames = train(44, 1428) + train(44, 1428, 6)
        out, xstats = self.through(frames, tso(1, 1428), self.LRO)
        self.same(out, frames)
        self.judged_by_tshark(self.sink)
        self.assertEqual((xstats["gro_merged"], xstats["tx_gso"]), (86, 2), xstats)

    def test_not_asked_for(self):
        frames = train(44, 300)
        out, xstats = self.through(frames, tso(1))
        self.same(out, frames)
        self.assertEqual((xstats["gro_packets"], xstats["rx_good_packets"]), (0, 44), xstats)


class LowerEngine(StackTest):
    """Who cuts is decided by what the lower port can (net_probe, which refuses bad requests)."""

    FRAMES = [tcp(v, pattern(n, n), flags=ACK | PSH, seq=n * 7, options=TIMESTAMPS)
              for v in (4, 6) for n in (100, MSS, MSS + 1, 1400, 3000, 9000, 30000)]

    def check(self, probe, lines=None, frames=None, want=None):
        frames = frames or self.FRAMES
        out, xstats = self.looped(frames, lines or tso(2), probe)
        want = want or [s for f in frames for s in requested(f, MSS)]
        self.same(out, want)
        self.judged_by_tshark(self.sink)
        self.assertEqual((xstats["tx_drop"], xstats["tx_errors"]), (0, 0), xstats)
        self.assertEqual(xstats["tx_good_packets"], len(want), xstats)
        return xstats["tx_tso"], xstats["tx_gso"]

    def test_its_own(self):
        self.assertEqual(self.check(""), (10, 0))

    def test_none(self):
        self.assertEqual(self.check(f",tx_capa={MULTI_SEGS:#x}"), (0, 10))

    def test_no_chains(self):
        """A port that takes an mbuf a packet: whatever it gets is linear."""
        self.assertEqual(self.check(",tx_capa=0"), (0, 10))

    def test_checksums_without_tso(self):
        self.assertEqual(self.check(f",tx_capa={MULTI_SEGS | 0xe:#x}"), (0, 10))

    def test_what_fits(self):
        """Four mbufs a request: the long ones are cut before."""
        self.assertEqual(self.check(",nb_seg_max=4"), (6, 4))

    def test_a_small_ring(self):
        """One packet of 60 segments into a ring of 16: the rest follows without another packet."""
        frame = tcp(4, pattern(60000), flags=ACK | PSH)
        for capa in (MULTI_SEGS, 0):
            self.assertEqual(self.check(f",tx_capa={capa:#x},txd=16", frames=[frame]), (0, 1))

    def test_a_smaller_mtu(self):
        """'port config mtu' on the running port: the next packets are cut to it."""
        want = [s for f in self.FRAMES for s in cut(f, 1200)]
        for probe in (f",tx_capa={MULTI_SEGS:#x}", ""):
            self.check(probe, tso(2, 1400) + ["port start 2", "port config mtu 2 1200"], want=want)

    def held_back(self, queues, *lines):
        """Nobody takes anything out of the port's ring: two thirds of the segments are held back.
        Then the commands; all mbufs must be in their pools."""
        source = self.path("in")
        write_pcap(source, [tcp(4, pattern(60000))])
        t = self.start(["net_pcap0" + f",rx_pcap={source},tx_pcap={source}.out" * queues] +
                       over(f"net_probe0,tx_capa={MULTI_SEGS:#x},prepare=1,txd=16"),
                       [f"--rxq={queues}", f"--txq={queues}"], drivers=("net_cleave", "net_probe"))
        t.say("port stop 2", *tso(2), "port start 2")
        before = t.free_mbufs()
        t.say("start")
        self.assertTrue(wait_for(lambda: t.xstats(2)["tx_gso"] == queues))
        time.sleep(0.05)
        t.say("stop")
        self.assertLess(t.free_mbufs()["cleave_direct2176_0"], 8191)
        t.say(*lines)
        after = t.free_mbufs()
        self.sound(t)
        self.assertEqual(after, before, "mbufs of the pools after and before")

    def test_held_back_at_the_end(self):
        self.held_back(1, "port stop 2", "port close 2")

    def test_held_back_in_a_queue_that_goes(self):
        self.held_back(2, "port stop all", "port config all rxq 1", "port config all txq 1",
                       "port start 2", "port stop 2", "port close 2")

    def test_held_back_and_the_port_is_detached(self):
        """Else another port, which gets its number, would have to send them."""
        self.held_back(1, "port stop 2", "device detach net_probe0", "port close 2")


if __name__ == "__main__":
    main()
