#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# A Linux guest over vhost-user is killed with TCP under way in both directions, and comes back: as one that
# takes no super-packets, then as it was. One cleave-fwd serves them all. Neighbours: vhost_path.py has
# the path, test_guest.py what a guest that stays must see.
"""What the guests' kernels count tells what they got."""
import unittest

import machine
import vhost_path
from vhost_path import Path, stream

SECONDS = 2
LINKS = 'ip -j -s link show "$dev" >link.json\n'
NO_TSO = "guest_tso4=off,guest_tso6=off,guest_ecn=off"
ALL = "rx_queue_size=1024"


class Gone(unittest.TestCase):
    def boot(self, job, props):
        self.path.start(job, props)
        result = self.path.vm.wait(120)
        self.assertEqual(result.status, 0, f"{result}\n{self.path.run.out[-3000:]}")
        got = self.path.read("link.json")[0]["stats64"]["rx"]
        return got["bytes"] / got["packets"]

    def killed(self, port):
        """A guest that dies while it sends and receives."""
        self.path.serve(port)
        self.path.serve(port + 1)
        self.path.start(f"iperf3 -c {vhost_path.HOST} -p {port} -t 60 >/dev/null &\n"
                        f"iperf3 -c {vhost_path.HOST} -p {port + 1} -R -t 60 >/dev/null &\n"
                        "sleep 3; echo traffic; wait\n", ALL)
        self.assertTrue(self.path.vm.wait_for("traffic"), self.path.vm.log[-3000:])
        self.path.vm.kill()

    def test_killed_and_back(self):
        self.path = Path()
        self.addCleanup(self.path.close)
        self.path.open()
        streams = stream("up", SECONDS, 5301) + stream("down", SECONDS, 5301, "-R") + LINKS
        self.path.serve(5301)
        for number, (props, least, most) in enumerate(((NO_TSO, 500, 1514), (ALL, 1700, 70000))):
            self.killed(5210 + 2 * number)
            with self.subTest(props=props):
                size = self.boot(streams, props)
                print(f"# {props}: {size:.0f} bytes a packet")
                self.assertTrue(least < size <= most, f"{size} bytes a packet")
        end = self.path.finish()
        self.assertEqual(end.status, 0, end)
        for port in end.stats["ports"]:
            self.assertEqual(port["cleave"]["tx_drop"], 0, port)
            self.assertEqual(port["cleave"]["tx_pending"], 0, port)
        self.assertGreater(end.stats["ports"][0]["cleave"]["tx_gso"], 0)
        self.assertGreater(end.stats["ports"][0]["cleave"]["tx_tso"], 0)
        # nothing is lost between the ports unseen, whether a guest is there or not
        to, came = end.stats["ports"][0]["cleave"], end.stats["ports"][1]["gro"]
        plans = sum(to[n] for n in ("tx_plain", "tx_tso", "tx_partial", "tx_gso", "tx_drop"))
        lost = came["gro_packets"] - came["gro_merged"] - plans
        full = end.stats["ports"][0]["fwd"]["tx_ring_full"]  # in frames, merged or not
        print(f"# {lost} packets, of {full} frames, found no room")
        self.assertEqual(lost > 0, full > 0)
        self.assertTrue(0 <= lost <= full)
        self.assertEqual(came["gro_held"], 0)


if __name__ == "__main__":
    machine.test(vhost_path.missing())
