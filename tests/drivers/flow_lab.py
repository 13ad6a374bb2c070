# SPDX-License-Identifier: BSD-3-Clause
# What the tests of net_vtap's flow rules and RSS under testpmd share: a port whose interface frames
# are put on, and which queue testpmd says that they came in. Neighbours: vtap_lab.py,
# test_vtap_flow.py, test_vtap_flow_life.py, test_vtap_rss.py.
"""A frame is told by its source address, which testpmd prints; nobody else sends there."""
import ctypes
import os
import platform
import re
import sys

from vtap_lab import LabTest, vtap, wait_for

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../app"))
import frames  # noqa: E402

AF_PACKET, SOCK_RAW = 17, 3
UDP4, UDP6 = (frames.udp(v, b"datagram", sport=7, dport=9) for v in (4, 6))
TCP4, TCP6 = (frames.tcp(v, b"segment", sport=7, dport=80) for v in (4, 6))
OTHER = frames.l2(0x88b5) + bytes(46)
NR_BPF = {"x86_64": 321, "aarch64": 280}.get(platform.machine())
# Run a program in which bpf(2) fails, by seccomp(2): load the number, if bpf EPERM, allow.
WITHOUT_BPF = f"""
import ctypes, os, struct, sys
code = [(0x20, 0, 0, 0), (0x15, 0, 1, {NR_BPF}), (6, 0, 0, 0x50001), (6, 0, 0, 0x7fff0000)]
program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *c) for c in code))
fprog = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(program)))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, fprog, 0, 0) == 0
os.execvp(sys.argv[1], sys.argv[1:])
"""


def has_bpf():
    """May we make a map?"""
    attr = ctypes.create_string_buffer(b"".join(n.to_bytes(4, sys.byteorder)
                                                for n in (2, 4, 4, 1)) + bytes(56))
    fd = ctypes.CDLL(None).syscall(NR_BPF, 0, attr, len(attr) - 1) if NR_BPF else -1
    if fd >= 0:
        os.close(fd)
    return fd >= 0


class FlowTest(LabTest):
    """testpmd receives from va, in a namespace where nobody says anything of itself."""

    names = "a"

    def setUp(self):
        if not has_bpf():
            self.skipTest("no bpf(2) on this machine")
        super().setUp()
        self._serial = 0

    def receive(self, queues=16, options=(), start=True, params=(), others=(), **kw):
        """Port 0 is va, with these device arguments; others: --vdev of more ports."""
        self.lab.sysctl("a", "net.ipv6.conf.default.disable_ipv6=1")
        va = vtap(0, iface="va", netns=self.lab.ns("a"), **dict(params))
        self.pmd = self.lab.testpmd([va, *others], [
            "--forward-mode=rxonly", f"--rxq={queues}", f"--txq={queues}", *options], **kw)
        self.assertTrue(self.pmd.ready(), self.pmd.printed[-3000:])
        self.socket = self.to("va")
        self.pmd.say("set verbose 1")
        if start:
            self.pmd.say("start")
        return self.pmd

    def to(self, dev):
        """A socket that puts frames on an interface."""
        s = self.lab.socket("a", AF_PACKET, SOCK_RAW, 0)
        self.addCleanup(s.close)
        s.bind((dev, 0))
        return s

    def dropped(self):
        """Frames that the kernel says it did not deliver: ip -s link."""
        return int(re.search(r"TX:.*\n *\d+ +\d+ +\d+ +(\d+)",
                             self.lab.ip("a", "-s", "link", "show", "va")).group(1))

    def where(self, *sent, socket=None, macs=False):
        """The queue that each frame comes in, None if the kernel dropped it. Each has its source
        address changed to a number of ours, but for macs=True: then there is one of each only."""
        ids = []
        before, mark = self.dropped(), len(self.pmd.printed)
        for frame in sent:
            if not macs:
                self._serial += 1
                frame = frame[:6] + b"\x02\xaa" + self._serial.to_bytes(4, "big") + frame[12:]
            ids.append(frame[6:12].hex(":").upper())
            (socket or self.socket).send(frame)

        def seen():
            queues, queue = {}, None
            for line in self.pmd.printed[mark:].splitlines():
                found = re.search(r"port \d+/queue (\d+): received", line)
                if found:
                    queue = int(found.group(1))
                for mac in re.findall(r"src=([0-9A-F:]{17})", line):
                    queues.setdefault(mac, []).append(queue)
            return queues

        def all_there():
            return sum(map(len, seen().values())) + self.dropped() - before >= len(sent)

        self.assertTrue(wait_for(all_there, 3), f"of {len(sent)} frames came {seen()}, "
                        f"{self.dropped() - before} dropped; {self.pmd.printed[-1000:]}")
        queues = seen()
        self.assertEqual({mac: q for mac, q in queues.items() if mac not in ids or len(q) > 1}, {})
        self.assertEqual(len(sent) - len(queues), self.dropped() - before)
        return [queues.get(mac, [None])[0] for mac in ids]

    def rule(self, text, port=0):
        """flow create; the rule's number."""
        said = self.pmd.say(f"flow create {port} {text}")
        found = re.search(r"Flow rule #(\d+) created", said)
        self.assertTrue(found, said)
        return int(found.group(1))

    def refused(self, text, error):
        """flow create and validate complain of this."""
        for what in ("create", "validate"):
            said = self.pmd.say(f"flow {what} 0 {text}")
            self.assertRegex(said, r"(?s)port_flow_complain\(\): Caught PMD error type \d+ "
                             rf"\({error}\): .*\w", text)

    def counted(self, rule, port=0):
        """(hits, bytes)"""
        said = self.pmd.say(f"flow query {port} {rule} count")
        found = re.search(r"hits: (\d+)\s+bytes: (\d+)", said)
        self.assertTrue(found, said)
        return int(found.group(1)), int(found.group(2))

    def table(self, queues):
        """The whole redirection table: queues[i % len(queues)]."""
        for start in range(0, 128, 12):  # a word of testpmd's is no longer
            self.fine("port config 0 rss reta " + ",".join(
                f"({i},{queues[i % len(queues)]})" for i in range(start, min(start + 12, 128))))

    def fine(self, *lines):
        """Commands that testpmd does not complain of."""
        said = self.pmd.say(*lines)
        self.assertNotRegex(said, r"(?i)bad arg|fail|not (su|fo|im)|invalid|error|caught")
        return said

    def ends(self):
        status, _ = self.pmd.quit()
        self.assertEqual(status, 0, self.pmd.printed[-2000:])

    def bridge(self):
        """A veth from which a bridge sends to va: a tag that it receives the kernel holds apart."""
        self.lab.ip("a", "link", "add", "p0", "type", "veth", "peer", "name", "p1")
        self.lab.ip("a", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        for dev in ("p1", "va"):
            self.lab.ip("a", "link", "set", dev, "master", "br0")
        self.lab.ip("a", "link", "set", "p1", "type", "bridge_slave", "learning", "off")
        for dev in ("p0", "p1", "br0"):
            self.lab.ip("a", "link", "set", dev, "up")
        return self.to("p0")
