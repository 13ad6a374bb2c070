#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# net_vtap as a port: link, MTU, addresses and counters as testpmd and the kernel tell them, what
# becomes of it when its interface is taken away, and a secondary process. Neighbours: vtap_lab.py
# has the lab; test_vtap.py tests the traffic, test_vtap_args.py the arguments.
"""Whatever one side does to the interface, the other must tell: testpmd by show, ip by -d link."""
import re
import socket
import subprocess
import threading
import time

import vtap_lab
from vtap_lab import CHAINS, DRIVER, LabTest, vtap, wait_for

UDP = (socket.AF_INET, socket.SOCK_DGRAM)


class PortTest(LabTest):
    """testpmd between va and vb."""

    def running(self, *options, **params):
        self.pmd = self.lab.pair([*CHAINS, *options], **params)
        self.pmd.say("start")
        return self.pmd

    def ping(self, count=3):
        self.assertEqual(self.lab.pings("a", "10.9.0.2", count=count), count)

    def link_is(self, port, state):
        self.assertTrue(wait_for(lambda: self.pmd.info(port).get("Link status") == state, 3),
                        f"port {port} is not {state}: {self.pmd.info(port)}")

    def quits(self, seconds=5):
        status, took = self.pmd.quit()
        self.assertEqual(status, 0, self.pmd.printed[-2000:])
        self.assertLess(took, seconds)

    def blast(self, count, name="b", to="10.9.0.1"):
        """Datagrams to an address whose neighbour entry never gets old."""
        mac = self.lab.link("a", "va")["address"]
        self.lab.ip("b", "neigh", "replace", to, "lladdr", mac, "dev", "vb", "nud", "permanent")
        with self.lab.socket(name, *UDP) as s:
            for _ in range(count):
                s.sendto(bytes(1000), (to, 9))


class Port(PortTest):
    """What testpmd and ip say of each other's doings."""

    def test_info(self):
        pmd = self.running()
        for port, ns in ((0, "a"), (1, "b")):
            info, link = pmd.info(port), self.lab.link(ns, "v" + ns)
            self.assertEqual(info["Driver name"], "net_vtap")
            self.assertEqual(info["Device name"], f"net_vtap{port}")
            self.assertEqual(info["MAC address"].lower(), link["address"])
            self.assertEqual((info["MTU"], info["Link status"]), (str(link["mtu"]), "up"))
            self.assertEqual(link["linkinfo"]["info_data"]["type"], "tap")
            self.assertTrue(link["linkinfo"]["info_data"]["vnet_hdr"])
            self.assertFalse(link["linkinfo"]["info_data"]["persist"])
            self.assertIn("UP", link["flags"])
        self.quits()
        self.assertEqual((self.lab.link("a", "va"), self.lab.link("b", "vb")), (None, None))

    def test_statistics(self):
        """What one kernel sent, the port received, and the other way round."""
        pmd = self.running()
        self.ping()
        time.sleep(0.3)
        pmd.say("clear port stats all", "clear port xstats all", "clear fwd stats all")
        for stats in map(pmd.stats, (0, 1)):  # a kernel may say something by itself at any time
            self.assertLess(stats["RX-packets"] + stats["TX-packets"], 4)
        self.ping(50)
        size = 14 + 20 + 8 + 56
        for port in (0, 1):
            stats, x = pmd.stats(port), pmd.xstats(port)
            for way in ("RX", "TX"):
                self.assertGreaterEqual(stats[way + "-packets"], 50, stats)
                self.assertLess(stats[way + "-packets"], 60, stats)
                self.assertGreaterEqual(stats[way + "-bytes"], 50 * size, stats)
                self.assertLess(stats[way + "-bytes"], 60 * size, stats)
                self.assertEqual(x[f"{way.lower()}_good_packets"], stats[way + "-packets"])
                self.assertEqual(x[f"{way.lower()}_q0_bytes"], x[f"{way.lower()}_good_bytes"])
            self.assertEqual({k: v for k, v in x.items() if "err" in k and v}, {})

    def test_names_of_xstats(self):
        """Every counter has a name of its own, and there are some of the driver's."""
        pmd = self.running()
        names = re.findall(r"^(\w+): \d+$", pmd.say("show port xstats 0"), re.M)
        self.assertEqual(len(names), len(set(names)), names)
        self.assertTrue([n for n in names if re.match(r"tx_.*tso", n)], names)
        self.assertTrue([n for n in names if re.match(r"rx_.*lro", n)], names)

    def test_link_of_testpmd(self):
        pmd = self.running()
        self.ping()
        pmd.say("set link-down port 0")
        self.link_is(0, "down")
        self.assertNotIn("UP", self.lab.flags("a", "va"))
        self.link_is(1, "up")
        pmd.say("set link-up port 0")
        self.link_is(0, "up")
        self.ping()

    def test_stop_and_start(self):
        pmd = self.running()
        for _ in range(3):
            self.ping()
            pmd.say("stop", "port stop 0")
            self.assertNotIn("UP", self.lab.flags("a", "va"))
            self.assertIn("UP", self.lab.flags("b", "vb"))
            pmd.say("port start 0", "start")
            self.assertIn("UP", self.lab.flags("a", "va"))
        self.ping()
        self.quits()

    def test_closed(self):
        """Its interface goes with a port; the other stays."""
        pmd = self.running()
        pmd.say("stop", "port stop 0", "port close 0")
        self.assertIsNone(self.lab.link("a", "va"))
        self.assertIn("UP", self.lab.flags("b", "vb"))
        self.quits()

    def test_attached(self):
        """A port made while testpmd runs, detached and made again."""
        pmd = self.running()
        for _ in range(2):
            pmd.say("stop")
            said = pmd.say("port attach " + vtap(7, iface="vc", netns=self.lab.ns("a")))
            self.assertIn("is attached", said)
            pmd.say("port start 2")
            self.assertIn("UP", self.lab.flags("a", "vc"))
            said = pmd.say("port stop 2", "port detach 2")
            self.assertIsNone(self.lab.link("a", "vc"), said)
        pmd.say("start")
        self.ping()
        self.quits()

    def test_mac(self):
        pmd = self.running()
        pmd.say("mac_addr set 0 02:00:00:00:0a:11")
        self.assertEqual(self.lab.link("a", "va")["address"], "02:00:00:00:0a:11")
        self.assertEqual(pmd.info(0)["MAC address"].lower(), "02:00:00:00:0a:11")
        self.lab.ip("b", "neigh", "flush", "all")
        self.ping()

    def test_mac_argument(self):
        pmd = self.lab.pair(CHAINS, macs=("02:00:00:00:0a:01", "0A:00:00:00:0B:02"))
        for port, ns, mac in ((0, "a", "02:00:00:00:0a:01"), (1, "b", "0a:00:00:00:0b:02")):
            self.assertEqual(self.lab.link(ns, "v" + ns)["address"], mac)
            self.assertEqual(pmd.info(port)["MAC address"].lower(), mac)

    def test_promiscuous_and_multicast(self):
        pmd = self.running()
        for what, mode, flag in (("promisc", "Promiscuous mode", "PROMISC"),
                                 ("allmulti", "Allmulticast mode", "ALLMULTI")):
            for state in ("on", "off", "on"):
                pmd.say(f"set {what} 0 {state}")
                flags = self.lab.flags("a", "va")
                self.assertEqual(flag in flags, state == "on", (what, state, flags))
                self.assertEqual(pmd.info(0)[mode], "enabled" if state == "on" else "disabled")
        self.ping()

    def test_mtu(self):
        pmd = self.running()
        for mtu in (1400, 1500, 9000, 68, 65000):
            said = pmd.say(f"port config mtu 0 {mtu}")
            self.assertEqual(self.lab.link("a", "va")["mtu"], mtu, said)
            self.assertEqual(pmd.info(0)["MTU"], str(mtu))
        pmd.say("port config mtu 0 70000")
        self.assertEqual(self.lab.link("a", "va")["mtu"], 65000)
        pmd.say("port config mtu 0 1500")
        self.ping()


    def test_mtu_at_start(self):
        """What the application configures by the length of frames."""
        pmd = self.running("--max-pkt-len=5000")
        for port, ns in ((0, "a"), (1, "b")):
            mtu = self.lab.link(ns, "v" + ns)["mtu"]
            self.assertEqual(pmd.info(port)["MTU"], str(mtu))
            self.assertTrue(4900 < mtu < 5000, mtu)
        self.assertEqual(self.lab.pings("a", "10.9.0.2", 4800), 3)


class Outside(PortTest):
    """What others do to the interface while frames are on their way."""

    def test_down_and_up(self):
        pmd = self.running()
        self.ping()
        self.lab.ip("a", "link", "set", "va", "down")
        self.link_is(0, "down")
        got, lost = pmd.stats(1)["RX-packets"], pmd.lost(0)
        self.blast(200)
        self.assertTrue(wait_for(lambda: pmd.stats(1)["RX-packets"] >= got + 200, 3))
        self.assertTrue(wait_for(lambda: pmd.lost(0) >= lost + 200, 3), pmd.xstats(0))
        x = pmd.xstats(0)
        named = [v for k, v in x.items() if re.fullmatch(r"tx_(?!q\d)\w+_errors", k)]
        self.assertEqual((sum(named), max(named) >= 200), (x["tx_errors"], True), x)
        self.lab.ip("a", "link", "set", "va", "up")
        self.link_is(0, "up")
        self.ping()
        self.quits()

    def test_deleted(self):
        """The port says so; testpmd then takes it out, and goes on with the other."""
        pmd = self.running()
        self.ping()
        stop = threading.Event()
        self.blast(1)
        here, there = (self.lab.socket(ns, *UDP) for ns in "ab")

        def traffic():
            while not stop.is_set():
                there.sendto(bytes(1000), ("10.9.0.1", 9))
                time.sleep(0.0005)

        with here, there:
            thread = threading.Thread(target=traffic)
            thread.start()
            try:
                for _ in range(500):
                    here.sendto(bytes(500), ("10.9.0.2", 9))
                time.sleep(0.2)
                mark = len(pmd.printed)
                self.lab.ip("a", "link", "del", "va")
                self.assertTrue(wait_for(lambda: "Device is detached" in pmd.printed[mark:], 5),
                                pmd.printed[mark:])
            finally:
                stop.set()
                thread.join()
        said = pmd.printed[mark:]
        for text in ("Port 0: link state change event", "Port 0: device removal event"):
            self.assertIn(text, said)
        self.assertRegex(said, r"net_vtap: .*va")
        counted = re.search(r"for port 0 .*?TX-dropped: (\d+)", said, re.S)
        self.assertGreater(int(counted.group(1)), 10)
        self.assertEqual(pmd.info(1)["Link status"], "up")
        before = pmd.stats(1)["RX-packets"]
        self.lab.pings("b", "10.9.0.1", count=2)
        self.assertTrue(wait_for(lambda: pmd.stats(1)["RX-packets"] > before, 3))
        self.quits()

    def test_deleted_while_stopped(self):
        pmd = self.running()
        pmd.say("stop", "port stop 0")
        self.lab.ip("a", "link", "del", "va")
        pmd.say("port start 0", "show port info 0", "show port xstats 0")
        self.assertIsNone(pmd.proc.poll())
        self.assertIsNone(self.lab.link("a", "va"))
        self.quits()

    def test_namespace_without_name(self):
        """A namespace lives as long as a TAP is open in it: its name alone makes no difference."""
        pmd = self.running()
        self.ping()
        subprocess.run(["ip", "netns", "del", self.lab.ns("a")], check=True)
        self.lab.forget("a")
        self.assertEqual(self.lab.pings("b", "10.9.0.1"), 3)
        pmd.say("port config mtu 0 1400", "set promisc 0 off", "stop", "port stop 0")
        self.assertEqual(pmd.info(0)["MTU"], "1400")
        pmd.say("port start 0", "start")
        self.assertEqual(self.lab.pings("b", "10.9.0.1"), 3)
        self.quits()

    def test_bridge(self):
        """In a bridge and out of it again: none of this is a removal."""
        pmd = self.running()
        self.ping()
        self.lab.ip("a", "link", "add", "br0", "type", "bridge")
        self.lab.ip("a", "link", "set", "br0", "up")
        self.lab.ip("a", "link", "set", "va", "master", "br0")
        self.lab.ip("a", "link", "set", "va", "nomaster")
        self.ping()
        self.link_is(0, "up")
        self.assertNotRegex(pmd.printed, r"net_vtap: va|removal event")
        self.quits()

    def test_moved(self):
        """In another namespace it works as before."""
        pmd = self.running()
        self.lab.ip("a", "link", "set", "va", "netns", self.lab.ns("t"))
        self.link_is(0, "down")
        self.lab.ip("t", "link", "set", "va", "up")
        self.lab.address("t", "va", "10.9.0.1/24")
        self.assertEqual(self.lab.pings("b", "10.9.0.1"), 3)
        pmd.say("port config mtu 0 1400")
        self.assertEqual(self.lab.link("t", "va")["mtu"], 1400)
        self.link_is(0, "up")
        self.quits()

    def test_renamed(self):
        pmd = self.running()
        self.lab.ip("a", "link", "set", "va", "down")
        self.lab.ip("a", "link", "set", "va", "name", "vz")
        self.lab.ip("a", "link", "set", "vz", "up")
        self.assertEqual(self.lab.pings("b", "10.9.0.1"), 3)
        pmd.say("port config mtu 0 1400")
        self.assertEqual(self.lab.link("a", "vz")["mtu"], 1400)
        self.link_is(0, "up")
        self.quits()

    def test_mtu(self):
        """Set by ip, seen in testpmd; frames of up to the new MTU pass."""
        pmd = self.running()
        for ns in "ab":
            self.lab.ip(ns, "link", "set", "v" + ns, "mtu", "9000")
        self.assertEqual(self.lab.pings("a", "10.9.0.2", 8972), 3)
        self.assertEqual(pmd.xstats(0)["rx_errors"], 0)


class Secondary(PortTest):
    """Programs that attach to the one that has the ports; they need its hugepages."""

    def setUp(self):
        before, free = self.pages()
        if free < 256:
            self.addCleanup(self.reserve, before)
            self.reserve(before + 256 - free)
        if self.pages()[1] < 256:
            self.skipTest(f"{self.pages()[1]} free hugepages, and no more to be had")
        super().setUp()
        self.dir = self.lab.huge_dir()
        self.running(eal=("--huge-dir", self.dir))
        self.ping()

    @staticmethod
    def pages():
        """Hugepages that there are, and how many of them are free."""
        with open("/proc/meminfo", encoding="ascii") as f:
            text = f.read()
        return [int(re.search(rf"HugePages_{what}: +(\d+)", text).group(1))
                for what in ("Total", "Free")]

    @staticmethod
    def reserve(pages):
        with open("/proc/sys/vm/nr_hugepages", "w", encoding="ascii") as f:
            f.write(str(pages))

    def attached(self, program, *args):
        return self.lab.run("t", program, "--no-pci", "--huge-dir", self.dir, "--file-prefix",
                            self.pmd.prefix, "-d", DRIVER, *args, check=False)

    def sound(self):
        """The first program does as before."""
        self.ping()
        self.quits()

    def test_proc_info(self):
        done = self.attached("dpdk-proc-info", "--", "--stats")
        told = [int(n) for n in re.findall(r"RX-packets: (\d+) +RX-errors", done.stdout)]
        if len(told) != 2:
            lines = [l for l in done.stdout.splitlines() if l.startswith("net_vtap")]
            self.assertEqual(len(lines), 2, done.stdout)
        else:
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertTrue(min(told) >= 3, told)
        done = self.attached("dpdk-proc-info", "--", "--xstats")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertGreaterEqual(int(re.search(r"rx_good_packets: (\d+)", done.stdout).group(1)), 3)
        self.sound()

    def test_forwarding(self):
        """Receiving and sending in it is refused, by a line; no crash."""
        args = ["--proc-type=secondary", "--lcores", "0,1", "--", "--num-procs=2", "--proc-id=1",
                "--forward-mode=txonly"]
        done = self.lab.run("t", "timeout", "-s", "INT", "3", "sh", "-c", 'exec "$@"', "sh",
                            "dpdk-testpmd", "--no-pci", "--huge-dir", self.dir, "--file-prefix",
                            self.pmd.prefix, "-d", DRIVER, *args, check=False)
        self.assertRegex(done.stdout, r"(?m)^net_vtap.*(secondary|primary)")
        sent = [int(n) for n in re.findall(r"TX-packets: (\d+) ", done.stdout)]
        self.assertEqual((len(sent), sum(sent)), (3, 0), done.stdout)
        self.assertNotIn(done.returncode, (-11, 139, -6, 134), done.stdout)
        self.sound()


if __name__ == "__main__":
    vtap_lab.main()
