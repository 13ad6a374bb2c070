#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# The arguments of net_vtap: which interface it makes, takes, leaves behind, and what it refuses.
# Neighbours: vtap_lab.py has the lab; test_vtap_port.py tests what it is once it is there.
"""A refusal is one line on the terminal that begins with net_vtap and names what is wrong."""
import json
import re
import socket
import subprocess

import vtap_lab
from vtap_lab import CHAINS, DRIVER, LabTest, Testpmd, vtap, wait_for

UDP = (socket.AF_INET, socket.SOCK_DGRAM)
# testpmd itself goes on without a port; not if it is told how many there are.
ONE_PORT = ["--nb-ports=1", "--total-num-mbufs=4096"]


class Persist(LabTest):
    """Interfaces that outlive the program, and those that are not to be taken."""

    def one(self, *options, **params):
        pmd = self.lab.testpmd([vtap(0, iface="vp", netns=self.lab.ns("a"), **params)],
                               ["--port-topology=loop", *CHAINS, *options])
        self.assertTrue(pmd.ready(), pmd.printed[-2000:])
        return pmd

    def refused(self, text, **params):
        """One line, and no port."""
        before = self.lab.link("a", "vp")
        pmd = self.lab.testpmd([vtap(0, iface="vp", netns=self.lab.ns("a"), **params)], ONE_PORT,
                               interactive=False)
        self.assertNotEqual(pmd.end(), 0, pmd.printed[-2000:])
        lines = [l for l in pmd.printed.splitlines() if l.startswith("net_vtap")]
        self.assertEqual(len(lines), 1, pmd.printed[-2000:])
        self.assertRegex(lines[0], text)
        self.assertEqual(self.lab.link("a", "vp"), before)

    def test_left_behind(self):
        index = None
        for _ in range(3):
            pmd = self.one(persist=1)
            link = self.lab.link("a", "vp")
            self.assertTrue(link["linkinfo"]["info_data"]["persist"])
            self.assertIn("UP", link["flags"])
            self.refused(r"vp.*in use", persist=1)
            self.assertEqual(pmd.info(0)["MAC address"].lower(), link["address"])
            self.assertEqual(link["ifindex"], index or link["ifindex"])
            index = link["ifindex"]
            self.assertEqual(pmd.quit()[0], 0)
            link = self.lab.link("a", "vp")
            self.assertIsNotNone(link)
            self.assertNotIn("UP", link["flags"])
        self.refused(r"vp.*exist")

    def test_of_ip_tuntap(self):
        """One that ip made; its program is killed, the next one takes it nevertheless."""
        self.lab.run("a", "ip", "tuntap", "add", "dev", "vp", "mode", "tap", "multi_queue",
                     "vnet_hdr")
        self.refused(r"vp.*exist")
        pmd = self.one("--rxq=2", "--txq=2", persist=1)
        pmd.proc.kill()
        pmd.end()
        self.assertIsNotNone(self.lab.link("a", "vp"))
        pmd = self.one(persist=1)
        pmd.say("start")
        self.lab.address("a", "vp", "10.9.0.1/24")
        with self.lab.socket("a", *UDP) as s:
            self.lab.ip("a", "neigh", "add", "10.9.0.2", "lladdr", "02:00:00:00:00:01", "dev", "vp")
            for _ in range(20):
                s.sendto(bytes(100), ("10.9.0.2", 9))
        self.assertTrue(wait_for(lambda: pmd.stats(0)["RX-packets"] >= 20, 3), pmd.stats(0))
        self.assertEqual(pmd.quit()[0], 0)

    def test_no_tap(self):
        """An interface of that name that is no TAP at all."""
        self.lab.ip("a", "link", "add", "vp", "type", "veth", "peer", "name", "vq")
        self.refused("vp")
        self.refused("vp", persist=1)

    def test_killed(self):
        """Without persist=1 nothing is left of it, however it ends."""
        pmd = self.one()
        pmd.proc.kill()
        pmd.end()
        self.assertTrue(wait_for(lambda: self.lab.link("a", "vp") is None, 3))


class Arguments(LabTest):
    """What is accepted and what is refused, by one line and no port."""

    names = "a"

    REFUSED = [("queues=0", r"queues.*\b0\b"), ("queues=99999", "queues.*99999"),
               ("queues=x", r"queues.*\bx\b"), ("queues=-1", "queues.*-1"), ("queues=", "queues"),
               ("mac=nonsense", "mac.*nonsense"), ("mac=01:00:5e:00:00:01", "01:00:5e:00:00:01"),
               ("mac=00:00:00:00:00:00", "00:00:00:00:00:00"),
               ("mac=02:00:00:00:00", "02:00:00:00:00"),
               ("iface=abcdefghijklmnop", "abcdefghijklmnop"), ("iface=", "iface"),
               ("iface=a/b", "a/b"), ("netns=missing", "netns.*missing|missing.*namespace"),
               ("netns=/nonexistent/ns", "/nonexistent/ns"), ("netns=/etc/passwd", "/etc/passwd"),
               ("nosuch=1", "nosuch"), ("persist=2", "persist.*2"), ("persist=yes", "persist.*yes"),
               ("uring=on", "uring.*on"), ("napi=2", "napi.*2"),
               ("remote=", "remote"), ("remote=nosuch", "remote.*nosuch"),
               ("remote=lo", "remote.*lo"), ("iface=vx,remote=vx", "remote.*vx")]

    def refuse(self, params, text, **kw):
        pmd = Testpmd(self.lab.ns("t"), ["net_vtap0," + params], ONE_PORT, interactive=False, **kw)
        try:
            status = pmd.end()
        finally:
            pmd.close()
        self.assertNotIn(status, (0, "killed: did not end"), f"{params}\n{pmd.printed[-2000:]}")
        lines = [l for l in pmd.printed.splitlines() if l.startswith("net_vtap")]
        self.assertEqual(len(lines), 1, f"{params}\n{pmd.printed[-2000:]}")
        self.assertRegex(lines[0], text, params)
        self.assertEqual(re.findall(r"^\d+: (\S+):", self.lab.ip("t", "-o", "link"), re.M), ["lo"])

    def test_refused(self):
        for params, text in self.REFUSED:
            with self.subTest(params=params):
                self.refuse(params, text)

    def test_accepted(self):
        """Without arguments: vtap0, vtap1 where the program is; a path in place of a name."""
        path = "/var/run/netns/" + self.lab.ns("a")
        pmd = self.lab.testpmd(["net_vtap0", "net_vtap1", vtap(2, queues=1, persist=0, netns=path,
                                                               uring=0, napi=1,
                                                               iface="abcdefghijklmno")],
                               ["--nb-ports=3"])
        self.assertTrue(pmd.ready(), pmd.printed[-2000:])
        self.assertTrue(self.lab.link("t", "vtap0") and self.lab.link("t", "vtap1"))
        self.assertIn("UP", self.lab.flags("a", "abcdefghijklmno"))
        most = pmd.info(0)["Max possible RX queues"], pmd.info(2)["Max possible TX queues"]
        self.assertEqual(most, ("16", "1"))
        self.assertEqual(pmd.quit()[0], 0)

    def test_no_device(self):
        hide = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /dev/net && exec "$@"', "sh"]
        self.refuse("iface=vx", "/dev/net/tun", wrap=hide)

    def test_not_allowed(self):
        self.refuse("iface=vx", r"(?i)vx.*(permi|CAP_NET_ADMIN)|(permi|CAP_NET_ADMIN).*vx",
                    wrap=["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"])

    def test_pmdinfo(self):
        """dpdk-pmdinfo.py tells the driver and its parameters."""
        out = subprocess.run(["dpdk-pmdinfo.py", DRIVER], capture_output=True, text=True,
                             check=False)
        if "elftools" in out.stderr:
            self.skipTest("no python3-pyelftools for dpdk-pmdinfo.py")
        told = {d["name"]: d.get("params", "") for d in json.loads(out.stdout)}
        self.assertIn("net_vtap", told, out.stdout)
        for key in ("iface=", "queues=", "mac=", "persist=", "netns=", "uring=", "napi=", "remote="):
            self.assertIn(key, told["net_vtap"])


if __name__ == "__main__":
    vtap_lab.main()
