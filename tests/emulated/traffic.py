# SPDX-License-Identifier: BSD-3-Clause
# What is sent through the emulated NICs: super-packets, trains of MTU-sized frames, packets in a
# tunnel, short ones. Each has a source port of its own, by which it is found again on the wire.
# Neighbours: ../app/frames.py makes the frames, wire.py judges what became of them.
"""A Case is one packet, or one train, and what must be on the wire for it."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "app"))
import wire  # noqa: E402
from frames import (ACK, CWR, ECE, FIN, PSH, Parsed, cut, ip4, l2, pattern, tcp,  # noqa: E402
                    udp)

MTU = 1500
TIMESTAMPS = b"\x01\x01\x08\x0a" + bytes(range(8))


class Case:
    """kind: "super" (cut by an engine that has TSO), "train" (merged, then as super), "tunnel"
    (cut by an engine that knows the tunnel), "plain" (left as it is)."""

    def __init__(self, name, kind, port, frames, mss=0):
        self.name, self.kind, self.port, self.frames, self.mss = name, kind, port, frames, mss

    def wanted(self):
        """Frame by frame what software has to make of it (SEMANTICS.md parts 2 and 3)."""
        if self.kind == "super":
            return [s for f in self.frames for s in cut(f, MTU)]
        return self.frames if self.kind != "tunnel" else None

    def packet(self):
        """What the case is after merging."""
        if self.kind != "train":
            return self.frames[0]
        flags = 0
        for f in self.frames:
            flags |= wire.tcp_fields(f)[1]
        return whole(self.frames[0], b"".join(wire.payload_of(f) for f in self.frames), flags)

    def faults(self, got, clears=0):
        """What is wrong with the frames got. clears: flags that the engine clears wrongly."""
        if self.kind == "plain":
            bad = [x for f in got for x in wire.unsound(f)]
            if [f[:wire.ip_end(f, Parsed(f))] for f in got] != self.frames:
                bad.append(f"{len(got)} frames, not the {len(self.frames)} that were sent")
            return bad
        return wire.wrong_cut(self.packet(), got, self.mss, clears, self.kind == "tunnel")


def whole(frame, payload, flags):
    """The frame with another payload and other flags, for comparison only: no checksums."""
    p = Parsed(frame)
    out = bytearray(frame[:p.payload] + payload)
    out[p.l4 + 13] = flags
    length = len(out) - p.l3
    struct.pack_into("!H", out, p.l3 + (2 if p.version == 4 else 4), length - (p.version == 6) * 40)
    return bytes(out)


def train(port, count, size, version=4, last=None):
    """count frames in sequence of one flow; the last one is shorter and has PSH."""
    out, seq = [], 0x10203040
    for i in range(count):
        n = size if i < count - 1 else (last or size - 1)
        ip = {"ident": 0x2000 + i} if version == 4 else {}
        out.append(tcp(version, pattern(n, port + i), flags=ACK | (PSH if i == count - 1 else 0),
                       seq=seq, sport=port, **ip))
        seq += n
    return out


def trains(base, counts, size=100):
    """A train of each count: once merged, a chain of so many mbufs."""
    return [Case(f"a chain of {n}", "train", base + n, train(base + n, n, size), size)
            for n in counts]


def single(base, lengths, mss=MTU - 40):
    """A super-packet of each length of frame, in bytes."""
    return [Case(f"a frame of {n}", "super", base + i,
                 [tcp(4, pattern(n - 54, n), flags=ACK | PSH, sport=base + i)], mss)
            for i, n in enumerate(lengths)]


def shorts(port, count):
    """So many short datagrams, a descriptor each."""
    return [Case(f"{count} short ones", "plain", port,
                 [udp(4, b"a short one, number %08d" % i, sport=port, ident=i)
                  for i in range(count)])]


def vxlan(inner, port, ident=0x7000, df=True):
    """A frame in VXLAN over IPv4 without outer checksum (RFC 7348)."""
    body = struct.pack("!HHHH", port, wire.VXLAN_PORT, 16 + len(inner), 0)
    body += struct.pack("!II", 0x08000000, 77 << 8) + inner
    return l2(0x0800) + ip4(17, body, ident=ident, df=df)


def mixed(base):
    """Of everything something, source ports from base on; no chain is longer than any NIC takes."""
    cases = []

    def add(name, kind, mss, make):
        port = base + len(cases)
        frames = make(port)
        cases.append(Case(name, kind, port, frames if isinstance(frames, list) else [frames], mss))

    for v, head in ((4, 40), (6, 60)):
        mss = MTU - head
        add(f"tcp{v} 20000", "super", mss,
            lambda p, v=v: tcp(v, pattern(20000, v), flags=ACK | PSH, sport=p))
        add(f"tcp{v} 60000, options", "super", mss - 12,
            lambda p, v=v: tcp(v, pattern(60000, v), flags=ACK | PSH, sport=p, options=TIMESTAMPS))
        add(f"tcp{v} ten times the MSS", "super", mss,
            lambda p, v=v, m=mss: tcp(v, pattern(10 * m, v), flags=ACK | PSH, sport=p))
        add(f"tcp{v} one byte above the MSS", "super", mss,
            lambda p, v=v, m=mss: tcp(v, pattern(m + 1, v), sport=p))
        add(f"tcp{v} FIN", "super", mss,
            lambda p, v=v: tcp(v, pattern(5000, v), flags=ACK | PSH | FIN, sport=p))
        add(f"tcp{v} CWR ECE, wrapping", "super", mss,
            lambda p, v=v: tcp(v, pattern(9000, v), flags=ACK | CWR | ECE, seq=0xfffff800, sport=p,
                               **({"ident": 0xfffe} if v == 4 else {})))
        add(f"tcp{v} VLAN", "super", mss,
            lambda p, v=v: tcp(v, pattern(7000, v), vlans=[(0x8100, 0x2064)], sport=p))
        add(f"train of tcp{v}", "train", mss,
            lambda p, v=v, m=mss: train(p, 20, m, v))
        add(f"short tcp{v}", "plain", 0, lambda p, v=v: tcp(v, pattern(700, v), sport=p))
        add(f"udp{v}", "plain", 0, lambda p, v=v: udp(v, pattern(900, v), sport=p))
        # inner headers and Ethernet, VXLAN, UDP, IPv4 of what the outer MTU leaves
        add(f"tcp{v} in VXLAN", "tunnel", mss - 50,
            lambda p, v=v: vxlan(tcp(v, pattern(9000, v), flags=ACK | PSH, sport=p), 50000 + v))
    return cases
