#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Merging on receive in cleave-fwd: its options, commands and counters; and that whatever was merged
# leaves as it came, or whole where that was asked for. Neighbours: fwd.py runs it, frames.py makes
# the frames, test_pcap.py has the way through a capture file.
"""Black-box tests; what a frame must be is said by the frame that came in."""
import random
import re
import struct
import tempfile
import time

import fwd
import test_cli
import test_pcap
from frames import (ACK, FIN, PSH, SYN, Parsed, csum, l2, pattern, pseudo, read_pcap, tcp, udp,
                    write_pcap)

SMALL = ["--total-num-mbufs=2048"]
MSS = 1428  # fits an MTU of 1500 over IPv6 too
HOLD = "--gro-timeout-us=400000000"  # longer than any test


def train(n, size=MSS, version=4, last=PSH, sport=5001, ident=100, step=1, tail=0, **kw):
    """n frames of a flow in sequence, the last of them with these flags and `tail` bytes less."""
    out = []
    for i in range(n):
        end = i == n - 1
        ip = {"ident": (ident + i * step) & 0xffff} if version == 4 else {}
        out.append(tcp(version, pattern(size - (tail if end else 0), i + sport), sport=sport,
                       flags=ACK | (last if end else 0), seq=0xffff0000 + i * size,
                       options=test_pcap.TIMESTAMPS, **ip, **kw))
    return out


def datagrams(n, size=1200, version=4, sport=6000):
    ip = [{"ident": i + 1} if version == 4 else {} for i in range(n)]
    return [udp(version, pattern(size, i), sport=sport, **ip[i]) for i in range(n)]


def interleave(trains, seed=1):
    """One frame of a random train after the other."""
    rng = random.Random(seed)
    trains = [list(t) for t in trains]
    out = []
    while trains:
        t = rng.choice(trains)
        out.append(t.pop(0))
        trains = [t for t in trains if t]
    return out


class GroTest(test_pcap.PcapTest):
    """Frames through a port that merges."""

    def gro(self, result, port=0):
        """The counters of merging, which must add up."""
        self.assertIsNotNone(result.stats, f"no --stats-json\n{result}")
        c = result.stats["ports"][port]["gro"]
        passed = {k: v for k, v in c.items()
                  if k not in ("gro_packets", "gro_merged", "gro_supers", "gro_verified", "gro_held")
                  and not k.startswith("gro_flush_")}
        flushed = sum(v for k, v in c.items() if k.startswith("gro_flush_"))
        self.assertEqual(c["gro_packets"], c["gro_merged"] + sum(passed.values()), c)
        self.assertEqual((c["gro_held"], c["gro_head"]), (0, flushed), c)
        return c

    def unchanged(self, frames, options=(), **kw):
        """What comes is what leaves; returns the counters."""
        out, result = self.through(frames, options, **kw)
        self.same(out, frames, " ".join(options))
        told = result.stats["ports"][0]["fwd"]
        self.assertEqual((told["rx_packets"], told["tx_packets"], told["tx_dropped"]),
                         (len(frames) + 1, len(frames) + 1, 0), told)
        return self.gro(result)


class RoundTrip(GroTest):
    """Merged and cut again: the same frames, in the same order within each flow."""

    def test_interleaved(self):
        trains = [train(20 + i, MSS - i, 4 + 2 * (i & 1), sport=1000 + i, ident=65530 + i,
                        step=i // 2 % 2, tail=i * 50, last=(PSH, FIN | PSH, 0)[i % 3])
                  for i in range(16)]
        trains += [train(9, 500, v, sport=3000 + v, vlans=[(0x8100, 7)]) for v in (4, 6)]
        frames = interleave(trains)
        for burst in (32, 7, 512):
            c = self.unchanged(frames, [f"--burst={burst}"])
            self.assertGreater(c["gro_merged"], len(frames) / 20 if burst == 7 else 100, c)
            self.assertGreater(c["gro_supers"], 10, c)
        c = self.unchanged(frames, ["--gro-timeout-us=200000"], total=8192)
        self.assertGreater(c["gro_merged"], len(frames) * 0.8, c)

    def test_what_is_not_merged(self):
        broken = bytearray(tcp(4, pattern(MSS), seq=5 * MSS))
        broken[-1] ^= 1
        odd = [tcp(4, b"", flags=SYN), tcp(4, b"", seq=2 * MSS), bytes(broken),
               tcp(4, pattern(MSS), options=b"\x01" * 4, seq=9), l2(0x0806) + pattern(46),
               udp(4, pattern(1000), df=False, frag=0x2000), udp(4, pattern(99), frag=125),
               tcp(4, pattern(600), ident=9, ttl=3), tcp(4, b"short", seq=77) + bytes(6)]
        self.unchanged(interleave([train(40), odd, train(30, version=6), odd, datagrams(20)]))

    def test_modes_and_gro_off_agree(self):
        frames = interleave([train(30, sport=s, version=v) for s, v in ((1, 4), (2, 6), (3, 4))])
        for mode in ("mac", "macswap", "csum"):
            args = [f"--forward-mode={mode}"]
            want, result = self.through(frames, args + ["--gro=off"])
            self.assertEqual(self.gro(result)["gro_packets"], 0)
            out, result = self.through(frames, args)
            self.same(out, want, mode)
            self.assertGreater(self.gro(result)["gro_merged"], 60)

    def test_csum_does_not_hide_what_gro_found(self):
        good = train(20)
        bad = bytearray(good[10])
        bad[-1] ^= 1
        out, result = self.through(good[:10] + [bytes(bad)] + good[11:], ["--forward-mode=csum"])
        self.same([f[12:] for f in out],
                  [f[12:] for f in good[:10] + [bytes(bad)] + good[11:]], "csum")
        self.assertRegex(result.out, r"Bad-l4csum: 1\b")
        self.assertEqual(result.stats["ports"][0]["fwd"]["bad_l4_cksum"], 1)

    def test_gso_off(self):
        """What could not be cut again is not merged."""
        c = self.unchanged(train(40), ["--gso=off"])
        self.assertEqual(c["gro_packets"], 0, c)

    def test_udp(self):
        frames = interleave([datagrams(40), datagrams(30, 900, 6, 6001), train(20)])
        without = self.unchanged(frames)
        self.assertEqual(self.unchanged(frames, ["--gro=off", "--udp-gro=on"])["gro_packets"], 0)
        with_udp = self.unchanged(frames, ["--udp-gro=on"])
        self.assertGreater(with_udp["gro_merged"], without["gro_merged"] + 40)
        self.assertEqual(self.unchanged(datagrams(40))["gro_merged"], 0)

    def test_too_long_for_the_mtu(self):
        """What came too long is cut to the MTU, alone or merged."""
        frames = train(6, 3000)
        out, _ = self.through(frames, ["--burst=1"])
        self.assertEqual({len(f) - Parsed(f).payload for f in out}, {1448, 3000 - 2 * 1448})
        out, _ = self.through(frames)
        self.assertEqual(b"".join(f[Parsed(f).payload:] for f in out),
                         b"".join(f[Parsed(f).payload:] for f in frames))
        self.assertEqual({len(f) - Parsed(f).payload for f in out}, {1448, 6 * 3000 % 1448})


class Waiting(GroTest):
    """How long a merged packet waits for more."""

    def test_end_of_the_burst(self):
        c = self.unchanged(train(64, 100, last=0), ["--burst=8"])
        self.assertEqual((c["gro_supers"], c["gro_merged"]), (8, 56), c)

    def test_across_bursts_until_idle(self):
        """The last ones leave by themselves, when their time is over."""
        c = self.unchanged(train(64, 100, last=0), ["--burst=8", "--gro-timeout-us=300000"])
        self.assertEqual((c["gro_supers"], c["gro_merged"]), (1, 63), c)
        self.assertEqual(c["gro_flush_timeout"], 2, c)

    def test_until_the_stop(self):
        frames = interleave([train(20, 100, sport=s, last=0) for s in range(1, 60)])
        source, sink = self.path("in"), self.path("out")
        write_pcap(source, frames)
        run = self.start([f"net_pcap0,rx_pcap={source},tx_pcap={sink}"],
                         ["--no-flush-rx", "--port-topology=loop", "--total-num-mbufs=4096", HOLD],
                         stats=True)
        run.wait_running()
        time.sleep(1)
        self.assertEqual(read_pcap(sink), [])
        result = self.sound(run.stop())
        self.same(read_pcap(sink), frames)
        c = self.gro(result)
        self.assertEqual((c["gro_supers"], c["gro_flush_asked"]), (59, 59), c)

    def test_bursts(self):
        """'set gro flush': so many bursts, and not beyond an empty poll."""
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as f:
            f.write("set gro flush 4\n")
            f.flush()
            c = self.unchanged(train(65, 100, last=0), ["--burst=8", "--cmdline-file=" + f.name])
        self.assertEqual((c["gro_supers"], c["gro_merged"]), (2, 62), c)

    def test_show_flows(self):
        source = self.path("in")
        write_pcap(source, interleave([train(20, 100, sport=s, last=0) for s in (11, 22)]))
        result = self.sound(self.commands(
            [f"net_pcap0,rx_pcap={source},tx_pcap={self.path('out')}"],
            ["--no-flush-rx", "--port-topology=loop", "--total-num-mbufs=4096", HOLD],
            ["show gro flows 0", "start", "show config cores", "show gro flows 0", "stop",
             "show gro flows 9"]))
        self.assertRegex(result.out, r"nothing is held, forwarding is stopped")
        self.assertRegex(result.out, r"GRO of port 0, queue 0: 2 flows held\n")
        self.assertRegex(result.err, r"port 9: there is no such port")


class Jumbo(GroTest):
    """--jumbo: merged packets leave as single frames where the port's MTU has room."""

    def whole(self, frames, options=(), mtu=9000):
        out, result = self.through(frames, ["--jumbo=0"] + list(options), mtu)
        return out, result, self.counters(result)

    def sound_frame(self, frame):
        """Lengths and checksums of a TCP frame."""
        p = Parsed(frame)
        if p.version == 4:
            self.assertEqual(csum(frame[p.l3:p.l4]), 0, "IPv4 checksum")
            self.assertEqual(struct.unpack_from("!H", frame, p.l3 + 2)[0], len(frame) - p.l3)
        src, dst = ((frame[p.l3 + 12:p.l3 + 16], frame[p.l3 + 16:p.l3 + 20]) if p.version == 4
                    else (frame[p.l3 + 8:p.l3 + 24], frame[p.l3 + 24:p.l3 + 40]))
        l4 = frame[p.l4:]
        self.assertEqual(csum(l4, pseudo(p.version, 6, len(l4), src, dst)), 0, "TCP checksum")
        return frame[p.payload:]

    def test_whole(self):
        for size in (MSS, 1427, 999):
            trains = [train(5, size, v, sport=v) for v in (4, 6)]
            out, result, c = self.whole(sum(trains, []))
            self.assertEqual((len(out), c["tx_whole"], c["tx_segments"]), (2, 2, 0), c)
            for frame, t in zip(out, trains):
                self.assertEqual(self.sound_frame(frame), b"".join(f[Parsed(f).payload:] for f in t))
            self.assertEqual(result.stats["ports"][0]["fwd"]["tx_packets"], 3)

    def test_around_the_mtu(self):
        head = 20 + 32
        out, _, c = self.whole(train(6), mtu=head + 6 * MSS)
        self.assertEqual((len(out), c["tx_whole"]), (1, 1), c)
        frames = train(6)
        out, _, c = self.whole(frames, mtu=head + 6 * MSS - 1)
        self.same(out, frames)
        self.assertEqual(c["tx_whole"], 0, c)

    def test_not_datagrams(self):
        frames = datagrams(5)
        out, result, c = self.whole(frames, ["--udp-gro=on"])
        self.same(out, frames)
        self.assertEqual((self.gro(result)["gro_merged"], c["tx_whole"]), (4, 0), c)


class Options(fwd.FwdTest):
    """What is accepted, what is refused, by one line."""

    REFUSED = [
        (["--gro=maybe"], ["gro", "maybe"], test_cli.ONOFF),
        (["--gro"], ["gro"], None),
        (["--udp-gro=1"], ["udp-gro", "1"], test_cli.ONOFF),
        (["--gro-timeout-us=x"], ["gro-timeout-us", "x"], test_cli.NUMBER),
        (["--gro-timeout-us=-1"], ["gro-timeout-us", "-1"], test_cli.NUMBER),
        (["--gro-timeout-us=400000001"], ["gro-timeout-us", "400000001"], "400000000"),
        (["--jumbo=2"], ["jumbo", "2"], r"\b1\b"),
        (["--jumbo=x"], ["jumbo", "x"], "port"),
        (["--jumbo="], ["jumbo"], "port"),
    ]

    def test_accepted(self):
        for options in (["--gro=on", "--udp-gro=on", "--gro-timeout-us=0", "--jumbo=0", "--jumbo=1"],
                        ["--gro=off", "--udp-gro=off", "--gro-timeout-us=50"]):
            self.sound(test_cli.Options.one(self, options))

    def test_refused(self):
        for case in self.REFUSED:
            with self.subTest(args=" ".join(case[0])):
                _, result = test_cli.Options.refuse(self, case)
                test_cli.Options.check_refusal(self, result, *case[1:])

    def test_help(self):
        out = fwd.Run(fwd.NULL2, ["-h"]).end().out
        for name in ("--gro=on|off", "--udp-gro=", "--gro-timeout-us=", "--jumbo=PORT"):
            self.assertIn(name, out)


class Commands(fwd.FwdTest):
    """testpmd's commands of GRO, and the features of ethtool -K."""

    def session(self, lines, options=()):
        result = self.sound(self.commands(fwd.NULL2, SMALL + list(options), lines))
        return result.out, result.err

    def test_gro(self):
        out, _ = self.session(["show port 0 gro", "set port 0 gro off", "show port 0 gro",
                               "show port 1 gro"])
        self.assertEqual(len(re.findall("GRO type: TCP/IPv4 TCP/IPv6\n", out)), 2, out)
        self.assertEqual(len(re.findall("Port 0 doesn't enable GRO.", out)), 1, out)

    def test_flush(self):
        out, err = self.session(["show port 0 gro", "set gro flush 3", "set gro flush 0",
                                 "set gro flush 1001", "show port 0 gro"])
        self.assertEqual(re.findall(r"Flushing cycles: (\d+)", out), ["1", "3"])
        self.assertEqual(len(re.findall(r"set gro flush (?:0|1001): accepted is 1 to 1000", err)), 2)

    def test_refused_while_forwarding(self):
        lines = ["set port 0 gro off", "set gro flush 2",
                 "set port 0 feature generic-receive-offload off"]
        _, err = self.session(lines, ["-a"])
        self.assertEqual(len(re.findall("stop forwarding first", err)), len(lines), err)

    def test_features(self):
        names = ("generic-receive-offload", "rx-udp-gro-forwarding")
        out, _ = self.session(["show port 0 features"] +
                              [f"set port 0 feature {n} {v}" for n, v in zip(names, ("off", "on"))] +
                              ["show port 0 features", "show port 0 gro", "show port 1 features"])
        for name, states in zip(names, (["on", "off", "on"], ["off", "on", "off"])):
            self.assertEqual(re.findall(rf"{name}: (\w+) \(sw\)", out), states)

    def test_statistics(self):
        out, _ = self.session(["show port stats 0", "start", "stop", "clear port stats 0",
                               "show port stats 0"])
        told = [int(n) for n in re.findall(r"gro_packets: (\d+)", out)]
        self.assertEqual((told[0], told[-1]), (0, 0))
        self.assertGreater(told[1], 0)
        self.assertRegex(out, r"gro_other: \d+\n")


if __name__ == "__main__":
    fwd.main()
