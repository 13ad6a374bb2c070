# SPDX-License-Identifier: BSD-3-Clause
# cleave-fwd on emulated NICs: the backends and what captures behind them, the runs of the
# forwarder in one boot, their results. Each NIC is paired with a net_pcap port that feeds it.
# Neighbours: machine.py boots, guest.py runs the forwarder there, wire.py judges the frames.
"""A Bench is one boot; its runs are told apart by the flows of the frames."""
import atexit
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
    """A namespace with TAPs, each on a bridge to a veth: what comes out of that is what a wire
    would have. QEMU must run in it."""

    def __init__(self):
        self.captures = []
        self.made = []
        atexit.register(self.close)
        self.ns = self.namespace("nic")

    def namespace(self, name):
        ns = f"cleave{os.getpid()}{name}"
        subprocess.run(["ip", "netns", "add", ns], check=True)
        self.made.append(ns)
        for knob in ("all", "default"):
            self.inside(ns, "sysctl", "-qw", f"net.ipv6.conf.{knob}.accept_dad=0",
                        f"net.ipv6.conf.{knob}.addr_gen_mode=1")
        self.inside(ns, "ip", "link", "set", "lo", "up")
        return ns

    @staticmethod
    def inside(ns, *args):
        done = subprocess.run(["ip", "netns", "exec", ns] + list(args), check=True,
                              stdout=subprocess.PIPE, timeout=60)
        return done.stdout.decode()

    def tap(self, name, far=None, vnet_hdr=True):
        """A TAP; its veth's other end, name + "e", is in the namespace far, or here."""
        wire, end, bridge = name + "w", name + "e", name + "b"
        self.inside(self.ns, "ip", "tuntap", "add", name, "mode", "tap",
                    *(["vnet_hdr"] if vnet_hdr else []))
        self.inside(self.ns, "ip", "link", "add", wire, "type", "veth", "peer", "name", end)
        self.inside(self.ns, "ip", "link", "add", bridge, "type", "bridge")
        self.inside(self.ns, "ethtool", "-K", wire, "tso", "off", "gso", "off", "tx", "off", "sg",
                    "off")
        if far:
            self.inside(self.ns, "ip", "link", "set", end, "netns", far)
        for link in (name, wire):
            self.inside(self.ns, "ip", "link", "set", link, "master", bridge)
        for link in (name, wire, bridge):
            self.inside(self.ns, "ip", "link", "set", link, "up")
        self.inside(far or self.ns, "ip", "link", "set", end, "up")
        return machine.Tap(name, vnet_hdr)

    def capture(self, link, path):
        """Write what comes in by the link, until stop_captures()."""
        with open(path + ".log", "wb") as log:
            proc = subprocess.Popen(
                ["ip", "netns", "exec", self.ns, "setpriv", "--pdeathsig", "KILL",
                 "dumpcap", "-q", "-P", "-B", "16", "-i", link, "-w", path],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.captures.append(proc)
        for _ in range(100):
            with open(path + ".log", "rb") as f:
                if b"File:" in f.read():
                    return
            time.sleep(0.1)

    def stop_captures(self):
        time.sleep(0.3 if self.captures else 0)
        for proc in self.captures:
            proc.terminate()
            proc.wait()
        self.captures = []

    def close(self):
        self.stop_captures()
        while self.made:
            subprocess.run(["ip", "netns", "del", self.made.pop()], check=False)


class Bench:
    """nics: (name, model, backend), where backend is "user" or "tap" (captured), or one of
    machine.py's, on a network that the caller has made. Add runs, then boot() once, then ask for
    results."""

    def __init__(self, nics, iommu=False, driver=None, network=None):
        self.names = [n[0] for n in nics]
        self.vm = machine.Machine(iommu=iommu)
        self.driver = driver or ("vfio-pci" if iommu else "uio_pci_generic")
        self.own_network = network is None and any(n[2] == "tap" for n in nics)
        self.network = Network() if self.own_network else network
        self.captures = {}
        self.runs = []
        self.result = None
        for name, model, backend in nics:
            capture = self.vm.path(f"wire-{name}.pcap")
            if backend == "user":
                backend = machine.User(capture)
            elif backend == "tap":
                tap = f"t{len(self.vm.nics)}"
                backend = self.network.tap(tap)
                self.network.capture(tap + "e", capture)
            self.captures[name] = capture
            self.vm.nics.append((model, backend))
        if self.network:
            self.vm.netns = self.network.ns

    def add(self, name, feeds, options=(), before=(), after=(), seconds=20, eal=()):
        """A run of the forwarder. feeds: NIC name -> the frames to be sent through it; other NICs
        are left out. Commands of before and after: {NIC name} is its port number."""
        used = [n for n in self.names if n in feeds]
        ports = {n: i for i, n in enumerate(used)}
        pairs = ",".join(f"{i},{len(used) + i}" for i in range(len(used)))
        vdevs = []
        for i, nic in enumerate(used):
            path = f"{name}-{nic}.pcap"
            write_pcap(self.vm.path(path), feeds[nic])
            vdevs.append(f"net_pcap{i},rx_pcap={machine.WORK}/{path}")
        options = ["--no-flush-rx", f"--portlist={pairs}"] + list(options)
        expect = {len(used) + i: len(feeds[n]) for i, n in enumerate(used)}
        self._add(name, used, vdevs, options, before, after, seconds, eal, expect=expect)

    def bridge(self, name, used, options=(), before=(), after=(), seconds=120, eal=()):
        """A run of the forwarder between two NICs, until leave(name)."""
        self._add(name, used, [], list(options), before, after, seconds, eal, expect={},
                  until=f"{machine.WORK}/{name}.stop")

    def _add(self, name, used, vdevs, options, before, after, seconds, eal, **how):
        ports = {n: i for i, n in enumerate(used)}
        args = ["-l", "0,1", "-m", str(self.vm.hugepages * 2 - 64)] + list(eal)
        for nic in used:
            args += ["-a", self.vm.address(self.names.index(nic))]
        self.runs.append(dict(how, name=name, eal=args, vdevs=vdevs, seconds=seconds,
                              options=options, before=[c.format(**ports) for c in before],
                              after=[c.format(**ports) for c in after], ports=ports))

    def start(self):
        plan = {"binary": os.path.realpath(FWD), "driver": self.driver, "runs": self.runs,
                "nics": [self.vm.address(i) for i in range(len(self.names))]}
        with open(self.vm.path("plan.json"), "w", encoding="utf-8") as f:
            json.dump(plan, f)
        self.vm.start(f"exec python3 {GUEST}")

    def forwards(self, name, seconds=90):
        """Wait until that run has begun to forward."""
        return self.vm.wait_for(f"vm: run {name} forwards", seconds)

    def leave(self, name):
        """Let a run of bridge() end."""
        with open(self.vm.path(name + ".stop"), "w", encoding="ascii"):
            pass

    def finish(self, seconds=240):
        self.result = self.vm.wait(seconds)
        if self.network:
            self.network.stop_captures()

    def boot(self, seconds=240):
        self.start()
        self.finish(seconds)

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
        if self.own_network:
            self.network.close()
