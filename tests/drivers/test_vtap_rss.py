#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# RSS of net_vtap as testpmd configures it, judged by the vectors that Microsoft publishes for NICs.
# Neighbours: flow_lab.py; test_vtap_flow.py; test_vtap_rss.c has random keys and frames.
"""Seven bits of a hash choose the entry of the table: they show in two runs over 16 queues."""
import ipaddress
import socket
import struct

import test_vtap
import vtap_lab
from flow_lab import FlowTest, frames
from vtap_lab import CHAINS


KEY = "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa"
# (testpmd sets this type as well, and takes all others away.)
KEY_IS = f"port config 0 rss-hash-key ipv4-tcp {KEY}"
# Windows Driver Kit, "Verifying the RSS Hash Calculation": destination, source, hash of the
# addresses, hash with the ports.
VECTORS = (
    ("161.142.100.80", 1766, "66.9.149.187", 2794, 0x323e8fc2, 0x51ccc178),
    ("65.69.140.83", 4739, "199.92.111.2", 14230, 0xd718262a, 0xc626b0ea),
    ("12.22.207.184", 38024, "24.19.198.95", 12898, 0xd2d0a5de, 0x5c2b394a),
    ("209.142.163.6", 2217, "38.27.205.30", 48228, 0x82989176, 0xafc7327f),
    ("202.188.127.2", 1303, "153.39.163.191", 44251, 0x5d1809c5, 0x10e828a2),
    ("3ffe:2501:200:3::1", 1766, "3ffe:2501:200:1fff::7", 2794, 0x2cc18cd5, 0x40207d3d),
    ("ff02::1", 4739, "3ffe:501:8::260:97ff:fe40:efab", 14230, 0x0f0c461c, 0xdde51bbf),
    ("fe80::200:f8ff:fe21:67cf", 38024, "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, 0x4b61e985,
     0x02d1feef),
)


def packed(address):
    return ipaddress.ip_address(address).packed


def toeplitz(data, key=bytes.fromhex(KEY)):
    """For what has no published hash; test_vectors shows that it is right."""
    window, out = int.from_bytes(key, "big"), 0
    for i in range(len(data) * 8):
        if data[i // 8] >> (7 - i % 8) & 1:
            out ^= window >> (len(key) * 8 - 32 - i) & 0xffffffff
    return out


def frame(make, dst, dport, src, sport, **kw):
    """make: frames.tcp or frames.udp, of a vector's packet."""
    return make(4 if "." in dst else 6, b"payload", sport=sport, dport=dport,
                src=packed(src).hex(), dst=packed(dst).hex(), **kw)


class Rss(FlowTest):
    """16 queues."""

    def rss(self, types, **kw):
        self.receive(**kw)
        self.fine(KEY_IS)
        self.types(types)

    def types(self, types):
        """(It is told of all ports, and of the types that a port has not.)"""
        said = self.pmd.say(f"port config all rss {types}")
        self.assertNotRegex(said, r"(?i)bad arg|failed|diag|unknown")

    def parts(self):
        """Two tables, one after the other: what queue a number of an entry stands for in each."""
        self.table(range(16))
        yield lambda entry: entry & 15
        self.table([i >> 4 for i in range(128)])
        yield lambda entry: entry >> 4

    def test_vectors(self):
        for dst, dport, src, sport, *hashes in VECTORS:
            addresses = packed(src) + packed(dst)
            self.assertEqual([toeplitz(addresses), toeplitz(addresses +
                              struct.pack("!HH", sport, dport))], hashes)
        self.rss("tcp")
        sent = [frame(make, *v[:4]) for make in (frames.tcp, frames.udp) for v in VECTORS]
        nothing, l3, l4 = [0] * 8, *([v[n] & 127 for v in VECTORS] for n in (4, 5))
        for queue in self.parts():
            for types, tcp, udp in (("tcp", l4, nothing), ("udp", nothing, l4), ("ip", l3, l3),
                                    ("all", l4, l4)):
                self.types(types)
                self.assertEqual(self.where(*sent), [queue(i) for i in tcp + udp], types)
        self.ends()

    def test_tags_and_headers(self):
        """Tags, options, extension headers are looked past; fragments have no ports."""
        self.rss("all")
        through = self.bridge()
        sent, want = [], []
        for v in (VECTORS[0], VECTORS[5]):
            l3, l4 = v[4] & 127, v[5] & 127
            options = {"options": bytes([1] * 12)} if "." in v[0] else {"ext": [
                (0, b"\0" + bytes(6)), (43, b"\1" + bytes(14)), (60, b"\0" + bytes(6))]}
            fragment = {"df": False, "frag": 0x2000} if "." in v[0] else {
                "ext": [(44, b"\0\0\1" + bytes(4))]}
            sent += [frame(make, *v[:4], vlans=vlans) for make in (frames.tcp, frames.udp)
                     for vlans in ([(0x8100, 5)], [(0x88a8, 5)], [(0x8100, 0xe005), (0x8100, 6)],
                                   [(0x88a8, 7), (0x8100, 8)])]
            sent += [frame(frames.udp, *v[:4], **options), frame(frames.udp, *v[:4], **fragment),
                     frame(frames.udp, *v[:4], vlans=[(0x8100, 1), (0x8100, 2), (0x8100, 3)])]
            want += [l4] * 9 + [l3, 0]
        for queue in self.parts():
            for s in (self.socket, through):
                self.assertEqual(self.where(*sent, socket=s), [queue(i) for i in want])
        self.ends()

    def test_told(self):
        """What testpmd shows is what was set, or a default: the queues in turn."""
        self.receive(queues=5)
        info = self.pmd.info(0)
        self.assertEqual((info["Redirection table size"], info["Hash key size in bytes"]),
                         ("128", "40"))
        ask = "show port 0 rss reta 128 (0xffffffffffffffff,0xffffffffffffffff)"
        line = "RSS RETA configuration: hash index={}, queue={}"
        said = self.pmd.say(ask)
        for i in range(128):
            self.assertIn(line.format(i, i % 5) + "\n", said)
        self.table([3, 1])
        said = self.pmd.say(ask)
        for i in range(128):
            self.assertIn(line.format(i, (3, 1)[i % 2]) + "\n", said)
        default = self.pmd.say("show port 0 rss-hash key")
        self.assertRegex(default, r"RSS key:\n[0-9A-F]{80}")
        self.fine(KEY_IS)
        self.assertIn("RSS key:\n" + KEY.upper(), self.pmd.say("show port 0 rss-hash key"))
        self.assertIn("ipv4-tcp", self.pmd.say("show port 0 rss-hash"))
        self.assertRegex(self.pmd.say("port config 0 rss reta (1,5)"), r"(?i)fail|invalid|code")
        self.ends()


class Connection(FlowTest):
    """A connection of two kernels stays in one queue, that which its ports are hashed to."""

    names = "ab"
    SPORT, DPORT = 40000, 7000
    HASHED = toeplitz(packed("10.9.0.1") + packed("10.9.0.2") +
                      struct.pack("!HH", SPORT, DPORT)) % 128 % 4

    def through(self, lro, *rules):
        """4 MB; the bytes that each queue of port 0 got, and how many super-packets."""
        engine = ["--forward-mode=csum", "--enable-lro",
                  *(f"--eth-peer={i},{mac}" for i, mac in enumerate(test_vtap.Offload.MACS))]
        self.pmd = self.lab.pair([*CHAINS, "--rxq=4", "--txq=4", *(engine if lro else [])],
                                 macs=test_vtap.Offload.MACS)
        lines = [KEY_IS, "port config all rss tcp", *rules]
        if lro:
            settings = test_vtap.Offload.CSUM + test_vtap.Offload.TSO
            lines = [*(s.format(port=port) for port in (0, 1) for s in settings), "port start all",
                     *lines]
            self.pmd.say("port stop all")
        self.pmd.say(*lines, "start")
        self.assertEqual(self.lab.pings("a", "10.9.0.2"), 3)
        listener, s = (self.lab.socket(ns, socket.AF_INET, socket.SOCK_STREAM) for ns in "ba")
        before = self.queues()
        with listener, s:
            s.settimeout(3)
            listener.bind(("10.9.0.2", self.DPORT))
            listener.listen()
            s.bind(("10.9.0.1", self.SPORT))
            s.connect(("10.9.0.2", self.DPORT))
            peer, _ = listener.accept()
            with peer:
                peer.settimeout(5)
                for _ in range(64):
                    s.sendall(bytes(1 << 16))
                    left = 1 << 16
                    while left > 0:
                        left -= len(peer.recv(left))
        return ([now - then for now, then in zip(self.queues(), before)],
                self.pmd.xstats(0)["rx_lro_packets"])

    def queues(self):
        x = self.pmd.xstats(0)
        return [x[f"rx_q{q}_bytes"] for q in range(4)]

    def in_one(self, got, queue):
        self.assertGreater(got[queue], 4 << 20, (got, queue))
        self.assertLess(sum(got) - got[queue], 2000, (got, queue))

    def test_frames(self):
        got, lro = self.through(False)
        self.in_one(got, self.HASHED)
        self.assertEqual(lro, 0)
        self.ends()

    def test_super_packets(self):
        got, lro = self.through(True)
        self.in_one(got, self.HASHED)
        self.assertGreater(lro, 50)
        self.ends()

    def test_rule(self):
        """A rule's queue, whatever the hash; other connections are not even refused."""
        queue = (self.HASHED + 1) % 4
        got, lro = self.through(
            True, "flow create 0 priority 1 ingress pattern eth / ipv4 / tcp dst is "
            f"{self.DPORT} / end actions queue index {queue} / end",
            "flow create 0 priority 2 ingress pattern eth / ipv4 / tcp / end actions drop / end")
        self.in_one(got, queue)
        self.assertGreater(lro, 50)
        with self.lab.socket("a", socket.AF_INET, socket.SOCK_STREAM) as s:
            s.settimeout(0.3)
            self.assertRaises(socket.timeout, s.connect, ("10.9.0.2", self.DPORT + 1))
            self.fine("flow destroy 0 rule 1")
        with self.lab.socket("a", socket.AF_INET, socket.SOCK_STREAM) as s:
            self.assertRaises(ConnectionRefusedError, s.connect, ("10.9.0.2", self.DPORT + 1))
        self.ends()


if __name__ == "__main__":
    vtap_lab.main()
