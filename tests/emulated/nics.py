# SPDX-License-Identifier: BSD-3-Clause
# cleave-fwd on emulated NICs: the backends and what captures behind them, the runs of the forwarder in one
# boot, their results. Each NIC is paired with a net_pcap port that feeds it.
# Neighbours: machine.py boots, guest.py runs the forwarder there, wire.py judges the frames.
"""A Bench is one boot; its runs are told apart by the flows of the frames."""
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "app"))
import machine  # noqa: E402
from frames import read_pcap, write_pcap  # noqa: E402

GUEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "guest.py")
FWD = os.environ.get("CLEAVE_FWD", "")


class Network:
    """A namespace with a TAP on a bridge, and a veth behind it that captures what a wire would have.
    QEMU must run in it."""

    def __init__(self):
        self.ns = f"cleave{os.getpid()}nic"
        self.captures = []
        subprocess.run(["ip", "netns", "add", self.ns], check=True)
        for knob in ("all", "default"):
            self.inside("sysctl", "-qw", f"net.ipv6.conf.{knob}.disable_ipv6=1")
        self.inside("ip", "link", "set", "lo", "up")

    def inside(self, *args):
        return subprocess.run(["ip", "netns", "exec", self.ns] + list(args), check=True,
                              stdout=subprocess.PIPE)

    def tap(self, name, capture):
        """A TAP with virtio headers; capture gets the frames as they are behind the host's kernel."""
        wire, end = name + "w", name + "e"
        self.inside("ip", "tuntap", "add", name, "mode", "tap", "vnet_hdr")
        self.inside("ip", "link", "add", wire, "type", "veth", "peer", "name", end)
        self.inside("ip", "link", "add", name + "b", "type", "bridge")
        self.inside("ethtool", "-K", wire, "tso", "off", "gso", "off", "tx", "off", "sg", "off")
        for link in (name, wire):
            self.inside("ip", "link", "set", link, "master", name + "b")
        for link in (name, wire, end, name + "b"):
            self.inside("ip", "link", "set", link, "up")
        log = open(capture + ".log", "w+b")
        proc = subprocess.Popen(["ip", "netns", "exec", self.ns, "setpriv", "--pdeathsig", "KILL",
                                 "dumpcap", "-q", "-P", "-B", "16", "-i", end, "-w", capture],
                                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.captures.append((proc, log))
        for _ in range(100):
            with open(capture + ".log", "rb") as f:
                if b"File:" in f.read():
                    break
            time.sleep(0.1)
        return machine.Tap(name)

    def stop_captures(self):
        for proc, log in self.captures:
            time.sleep(0.3)
            proc.terminate()
            proc.wait()
            log.close()
        self.captures = []

    def close(self):
        self.stop_captures()
        subprocess.run(["ip", "netns", "del", self.ns], check=False)


class Bench:
    """nics: (name, model, "user" or "tap"). Add runs, then boot() once, then ask for results."""

    def __init__(self, nics, iommu=False, driver=None):
        self.names = [n[0] for n in nics]
        self.vm = machine.Machine(iommu=iommu)
        self.driver = driver or ("vfio-pci" if iommu else "uio_pci_generic")
        self.network = Network() if any(n[2] == "tap" for n in nics) else None
        self.captures = {}
        self.runs = []
        self.result = None
        for name, model, backend in nics:
            capture = self.captures[name] = self.vm.path(f"wire-{name}.pcap")
            side = (self.network.tap(f"t{len(self.vm.nics)}", capture) if backend == "tap"
                    else machine.User(capture))
            self.vm.nics.append((model, side))
        if self.network:
            self.vm.netns = self.network.ns

    def add(self, name, feeds, options=(), before=(), after=(), seconds=20, eal=()):
        """A run of the forwarder. feeds: NIC name -> the frames to be sent through it; other NICs are left
        out. Commands of before and after: {NIC name} is its port number."""
        used = [n for n in self.names if n in feeds]
        ports = {n: i for i, n in enumerate(used)}
        pairs = ",".join(f"{i},{len(used) + i}" for i in range(len(used)))
        vdevs = []
        for i, nic in enumerate(used):
            path = f"{name}-{nic}.pcap"
            write_pcap(self.vm.path(path), feeds[nic])
            vdevs.append(f"net_pcap{i},rx_pcap={machine.WORK}/{path}")
        args = ["-l", "0,1", "-m", str(self.vm.hugepages * 2 - 64)] + list(eal)
        for nic in used:
            args += ["-a", self.vm.address(self.names.index(nic))]
        self.runs.append({
            "name": name, "eal": args, "vdevs": vdevs, "seconds": seconds,
            "options": ["--no-flush-rx", f"--portlist={pairs}"] + list(options),
            "before": [c.format(**ports) for c in before],
            "after": [c.format(**ports) for c in after],
            "expect": {len(used) + i: len(feeds[n]) for i, n in enumerate(used)},
            "ports": ports,
        })

    def boot(self, seconds=240):
        plan = {"binary": os.path.realpath(FWD), "driver": self.driver, "runs": self.runs,
                "nics": [self.vm.address(i) for i in range(len(self.names))]}
        with open(self.vm.path("plan.json"), "w", encoding="utf-8") as f:
            json.dump(plan, f)
        self.result = self.vm.run(f"exec python3 {GUEST}", seconds)
        if self.network:
            self.network.stop_captures()

    def outcome(self, name):
        """What a run left: status, out, err, stats; None where the machine did not get that far."""
        try:
            with open(self.vm.path(name + ".json"), encoding="utf-8") as f:
                return json.load(f)
        except OSError:
            return None

    def counters(self, name, nic):
        """The forwarder's own counters of the NIC's port in that run."""
        run = next(r for r in self.runs if r["name"] == name)
        return self.outcome(name)["stats"]["ports"][run["ports"][nic]]["cleave"]

    def wire(self, nic):
        return read_pcap(self.captures[nic])

    def close(self):
        self.vm.close()
        if self.network:
            self.network.close()
