#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Flow rules of net_vtap as testpmd makes them: those that net_tap's guide gives as examples, other
# headers, priorities, counters. Neighbours: flow_lab.py; test_vtap_flow_life.py; test_vtap_flow.c
# has random rules.
"""Which queue a frame comes in says testpmd, which are dropped says ip -s link."""
import vtap_lab
from flow_lab import OTHER, TCP4, TCP6, UDP4, UDP6, FlowTest, frames


def to(frame, mac):
    return bytes.fromhex(mac.replace(":", "")) + frame[6:]


def from_(frame, mac):
    return frame[:6] + bytes.fromhex(mac.replace(":", "")) + frame[12:]


class Rules(FlowTest):
    """What rules do."""

    def test_documented(self):
        """The examples of doc/guides/nics/tap.rst, as they stand there, one beside the other."""
        self.receive(queues=8)
        self.table([7])
        self.rule("priority 1 ingress pattern eth / ipv4 dst is 192.0.2.1 "
                  "/ end actions drop / end")
        self.rule("priority 2 ingress pattern eth src is 06:05:04:03:02:01 "
                  "/ end actions queue index 2 / end")
        self.rule("priority 3 ingress pattern eth / vlan vid is 3 / "
                  "ipv4 proto is 17 / end actions drop / end")
        self.rule("priority 4 ingress pattern eth dst is 0a:0b:0c:0d:0e:0f "
                  "/ ipv4 / tcp / end actions rss queues 0 1 2 3 end / end")
        doomed, near = (frames.udp(4, b"1", dst=dst) for dst in ("c0000201", "c0000202"))
        self.assertEqual(self.where(doomed, near, UDP4, TCP6, OTHER), [None, 7, 7, 7, 7])
        mac = "06:05:04:03:02:01"
        self.assertEqual(self.where(from_(TCP6, mac), macs=True), [2])
        self.assertEqual(self.where(from_(OTHER, mac), macs=True), [2])
        self.assertEqual(self.where(from_(doomed, mac), macs=True), [None])  # of priority 1
        self.assertEqual(self.where(from_(OTHER, "06:05:04:03:02:02"), macs=True), [7])

        def tagged(make, vid, version=4):
            return make(version, b"tagged", vlans=[(0x8100, vid)])

        self.assertEqual(self.where(
            tagged(frames.udp, 3), tagged(frames.udp, 0xa003), tagged(frames.udp, 4),
            tagged(frames.tcp, 3), tagged(frames.udp, 3, 6), UDP4), [None, None, 7, 7, 7, 7])
        flows = [to(frames.tcp(4, b"flow", sport=n, src=f"0a0000{n:02x}"), "0a:0b:0c:0d:0e:0f")
                 for n in range(1, 65)]
        queues = self.where(*flows)
        self.assertEqual(set(queues), {0, 1, 2, 3})
        self.assertEqual(self.where(*flows), queues)
        self.assertEqual(self.where(to(UDP4, "0a:0b:0c:0d:0e:0f"), to(TCP6, "0a:0b:0c:0d:0e:0f"),
                                    to(TCP4, "0a:0b:0c:0d:0e:0e")), [7, 7, 7])
        self.ends()

    def test_prefixes_and_flags(self):
        """What net_tap's rules cannot ask for: any bit of any field."""
        self.receive(queues=8)
        self.table([7])
        self.rule("ingress pattern eth / ipv4 src spec 10.77.0.0 src prefix 23 / tcp flags spec "
                  "0x02 flags mask 0x12 / end actions queue index 1 / end")
        self.rule("ingress pattern ipv6 hop is 61 / udp dst spec 0x0800 dst mask 0xff00 / end "
                  "actions queue index 2 / end")
        self.rule("ingress pattern eth / ipv4 / icmp type is 8 / end actions queue index 3 / end")
        self.rule("ingress pattern eth / ipv6 / icmp6 type is 128 / end actions queue index 4 "
                  "/ end")
        self.rule("ingress pattern eth / ipv4 / sctp tag is 0x01020304 / end actions queue index 5 "
                  "/ end")
        syn, both, far = (frames.tcp(4, b"", flags=flags, src=src) for flags, src in (
            (frames.SYN, "0a4d01ff"), (frames.SYN | frames.ACK, "0a4d0001"),
            (frames.SYN, "0a4d0201")))
        self.assertEqual(self.where(syn, both, far), [1, 7, 7])
        self.assertEqual(self.where(
            frames.udp(6, b"", dport=0x8ff), frames.udp(6, b"", dport=0x900),
            frames.udp(6, b"", dport=0x800, hops=60), frames.udp(4, b"", dport=0x800),
            frames.udp(6, b"", dport=0x823, ext=[(60, bytes(7)), (0, b"\1" + bytes(14))])),
            [2, 7, 7, 7, 2])
        ip4, ip6 = frames.l2(0x0800), frames.l2(0x86dd)
        echo, reply = b"\x08" + bytes(7), bytes(8)
        self.assertEqual(self.where(
            ip4 + frames.ip4(1, echo), ip4 + frames.ip4(1, reply),
            ip6 + frames.ip6(58, b"\x80" + bytes(7)), ip6 + frames.ip6(58, echo),
            ip4 + frames.ip4(132, bytes(4) + b"\1\2\3\4" + bytes(4)),
            ip4 + frames.ip4(132, bytes(12)), ip4 + frames.ip4(1, echo, df=False, frag=7)),
            [3, 7, 4, 7, 5, 7, 7])
        self.ends()

    def test_priorities(self):
        self.receive(queues=8)
        self.table([7])
        drop = self.rule("priority 5 ingress pattern eth / end actions drop / end")
        self.assertEqual(self.where(UDP4, OTHER), [None, None])
        two = self.rule("priority 4 ingress pattern ipv4 / end actions queue index 2 / end")
        self.assertEqual(self.where(UDP4, UDP6), [2, None])
        self.rule("priority 4 ingress pattern ipv4 / udp / end actions queue index 3 / end")
        self.rule("priority 6 ingress pattern ipv6 / end actions queue index 4 / end")
        self.assertEqual(self.where(UDP4, TCP4, UDP6), [2, 2, None])
        passed = self.rule("priority 0 ingress pattern ipv6 / tcp / end actions passthru / count "
                           "/ end")
        self.assertEqual(self.where(UDP6, TCP6, TCP6), [None] * 3)
        self.assertEqual(self.counted(passed)[0], 2)
        self.fine(f"flow destroy 0 rule {two}")
        self.assertEqual(self.where(UDP4, TCP4, UDP6), [3, None, None])
        self.fine(f"flow destroy 0 rule {drop}")
        self.assertEqual(self.where(UDP4, TCP4, UDP6, OTHER), [3, 7, 4, 7])
        self.ends()

    def test_counted(self):
        self.receive(queues=8)
        drop = self.rule("ingress pattern eth / ipv6 / udp / end actions count / drop / end")
        rule = self.rule("ingress pattern eth / ipv4 / end actions queue index 2 / count / end")
        self.assertEqual((self.counted(drop), self.counted(rule)), ((0, 0), (0, 0)))
        big = frames.udp(4, bytes(1400))
        self.where(*[UDP4] * 20, *[big] * 10, *[UDP6] * 7, *[OTHER] * 5)
        self.assertEqual(self.counted(drop), (7, 7 * len(UDP6)))
        self.assertEqual(self.counted(rule), (30, 20 * len(UDP4) + 10 * len(big)))
        self.ends()

    def test_tags(self):
        """A tag within the frame, and one that the kernel holds apart, are the same."""
        self.receive(queues=8)
        self.table([7])
        self.rule("ingress pattern eth type is 0x88a8 / vlan inner_type is 0x8100 / vlan vid is 5 "
                  "/ ipv4 / tcp / end actions queue index 1 / end")
        self.rule("ingress pattern eth type is 0x8100 / vlan tci spec 0xe005 tci mask 0xefff / "
                  "end actions drop / end")
        self.rule("ingress pattern eth type is 0x8100 / end actions queue index 3 / end")
        self.rule("ingress pattern vlan vid is 6 / ipv6 / end actions queue index 4 / end")
        self.rule("ingress pattern eth type is 0x0800 / end actions queue index 5 / end")
        through = self.bridge()
        for socket in (self.socket, through, self.socket, through):
            got = self.where(*[make(version, b"tagged" * 10, vlans=vlans)
                               for make, version, vlans in (
                (frames.tcp, 4, [(0x88a8, 4), (0x8100, 5)]),
                (frames.udp, 4, [(0x88a8, 4), (0x8100, 5)]),
                (frames.tcp, 4, [(0x88a8, 4), (0x8100, 6)]),
                (frames.tcp, 4, [(0x8100, 0xe005)]), (frames.tcp, 4, [(0x8100, 0xf005)]),
                (frames.tcp, 4, [(0x8100, 0xc005)]), (frames.tcp, 4, [(0x8100, 4)]),
                (frames.tcp, 6, [(0x88a8, 6)]), (frames.tcp, 6, [(0x88a8, 7)]),
                (frames.tcp, 4, []))], socket=socket)
            self.assertEqual(got, [1, 7, 7, None, None, 3, 3, 4, 7, 5])
        self.ends()

    def test_any_tags(self):
        """What a pattern does not say of tags may be so or so: rte_flow's guide, ETH and VLAN."""
        self.receive(queues=8)
        self.table([7])
        self.rule("ingress pattern eth / ipv4 / udp / end actions queue index 1 / end")
        self.rule("ingress pattern ipv6 / end actions queue index 2 / end")
        self.rule("ingress pattern eth / vlan vid is 5 / ipv4 / tcp / end actions queue index 3 "
                  "/ end")
        self.rule("ingress pattern eth has_vlan is 0 / ipv4 / tcp / end actions queue index 4 "
                  "/ end")
        self.rule("ingress pattern eth / vlan vid is 6 has_more_vlan is 0 / ipv4 / tcp / end "
                  "actions queue index 5 / end")
        tags = ([], [(0x8100, 5)], [(0x88a8, 5), (0x8100, 6)], [(0x8100, 6)],
                [(0x88a8, 6), (0x8100, 5)])
        sent = [make(version, b"tags" * 9, vlans=vlans) for vlans in tags for make, version in (
            (frames.udp, 4), (frames.tcp, 6), (frames.tcp, 4))]
        for s in (self.socket, self.bridge()):
            self.assertEqual(self.where(*sent, socket=s), [1, 2, 4, 1, 2, 3, 1, 2, 3, 1, 2, 5,
                                                           1, 2, 7])
        self.ends()

    def test_without_rss(self):
        """Rules of a port that leaves the queue to the kernel otherwise."""
        self.receive(queues=4, options=["--disable-rss"])
        self.assertNotIn(None, self.where(*[UDP4, TCP6, OTHER] * 5))
        self.rule("ingress pattern ipv4 / udp / end actions queue index 3 / end")
        self.rule("ingress pattern ipv6 / end actions drop / end")
        self.assertEqual(self.where(*[UDP4, TCP6] * 5), [3, None] * 5)
        self.assertNotIn(None, self.where(*[TCP4, OTHER] * 5))
        self.fine("flow flush 0")
        self.assertNotIn(None, self.where(*[UDP4, TCP6, OTHER] * 5))
        self.ends()


if __name__ == "__main__":
    vtap_lab.main()
