#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# The checker of emulated NICs' frames finds what is wrong with them: right ones pass, each of many
# small wrongs does not. Needs no machine. Neighbours: wire.py is what is tested, traffic.py has
# the packets.
"""Every wrong is made on a copy, and where that matters with checksums that are right."""
import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import traffic  # noqa: E402
import wire  # noqa: E402
from frames import CWR, FIN, PSH, Parsed, csum, cut, pseudo  # noqa: E402


def summed(frame):
    """With checksums that are right."""
    p, out = Parsed(frame), bytearray(frame)
    if p.version == 4:
        out[p.l3 + 10:p.l3 + 12] = bytes(2)
        out[p.l3 + 10:p.l3 + 12] = struct.pack("!H", csum(bytes(out[p.l3:p.l3 + 20])))
        src, dst = out[p.l3 + 12:p.l3 + 16], out[p.l3 + 16:p.l3 + 20]
    else:
        src, dst = out[p.l3 + 8:p.l3 + 24], out[p.l3 + 24:p.l3 + 40]
    out[p.l4 + 16:p.l4 + 18] = bytes(2)
    total = csum(bytes(out[p.l4:]), pseudo(p.version, 6, len(out) - p.l4, bytes(src), bytes(dst)))
    out[p.l4 + 16:p.l4 + 18] = struct.pack("!H", total)
    return bytes(out)


def changed(frame, at, value, right=True):
    out = bytearray(frame)
    out[at] ^= value
    return summed(out) if right else bytes(out)


def wanted(case):
    """What must leave; of a packet in VXLAN, the inner one cut, each in headers of its own."""
    if case.kind != "tunnel":
        return case.wanted()
    sent = case.frames[0]
    inner = cut(sent[wire.inner_of(sent):], traffic.MTU - 50)
    port = wire.u16(sent, Parsed(sent).l4)
    return [traffic.vxlan(f, port, ident=0x7000 + i) for i, f in enumerate(inner)]


class Wire(unittest.TestCase):
    def setUp(self):
        self.cases = [c for c in traffic.mixed(41000) if c.kind != "plain"]

    def test_right(self):
        for case in traffic.mixed(41000) + traffic.trains(42000, (33, 65)):
            with self.subTest(case=case.name):
                self.assertEqual(case.faults(wanted(case)), [])

    def test_whole_frames(self):
        for case in self.cases:
            good = wanted(case)
            wrongs = {"one lost": good[:-1], "the first lost": good[1:],
                      "one twice": good + good[-1:],
                      "order": good[1::-1] + good[2:], "none": [], "uncut": [case.packet()]}
            for name, got in wrongs.items():
                with self.subTest(case=case.name, wrong=name):
                    self.assertNotEqual(case.faults(got), [])

    def test_bytes(self):
        """Any byte of any header, and of the payload, changed in one segment, checksums as they
        were."""
        for case in self.cases:
            good = wanted(case)
            i = len(good) // 2
            inner = wire.inner_of(good[i])
            end = inner + Parsed(good[i][inner:]).payload
            for at in list(range(end)) + [end, len(good[i]) - 1]:
                with self.subTest(case=case.name, at=at):
                    got = good[:i] + [changed(good[i], at, 0x10, False)] + good[i + 1:]
                    self.assertNotEqual(case.faults(got), [])

    def test_bytes_with_right_checksums(self):
        """What no checksum tells: sequence, ID, flags, window, TTL, payload."""
        for case in self.cases:
            if case.kind == "tunnel":
                continue
            good = wanted(case)
            i = len(good) // 2
            p = Parsed(good[i])
            places = [p.l4 + 4, p.l4 + 7, p.l4 + 8, p.l4 + 14, p.payload, len(good[i]) - 1]
            places += [p.l3 + 5, p.l3 + 8, p.l3 + 1] if p.version == 4 else [p.l3 + 7, p.l3 + 1]
            for at in places:
                with self.subTest(case=case.name, at=at):
                    got = good[:i] + [changed(good[i], at, 0x04)] + good[i + 1:]
                    self.assertNotEqual(case.faults(got), [])

    def test_flags(self):
        for case in self.cases:
            if case.kind == "tunnel":
                continue
            good = wanted(case)
            at = Parsed(good[0]).l4 + 13
            for i, flag in ((0, FIN), (0, PSH), (len(good) - 1, CWR), (len(good) - 1, PSH),
                            (len(good) - 1, FIN), (0, CWR)):
                with self.subTest(case=case.name, segment=i, flag=flag):
                    got = list(good)
                    got[i] = changed(good[i], at, flag)
                    self.assertNotEqual(case.faults(got), [])

    def test_sizes(self):
        """Cut at another size, by one that cuts well."""
        for case in self.cases:
            if case.kind != "super":
                continue
            for mtu in (traffic.MTU - 1, traffic.MTU + 1):
                with self.subTest(case=case.name, mtu=mtu):
                    self.assertNotEqual(case.faults(cut(case.frames[0], mtu)), [])

    def test_without(self):
        for case in self.cases:
            for frame in wanted(case):
                less = wire.without(frame, FIN | PSH)
                self.assertEqual(wire.unsound(less), [])
                if case.kind != "tunnel":
                    self.assertEqual(wire.tcp_fields(less)[1] & (FIN | PSH), 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
