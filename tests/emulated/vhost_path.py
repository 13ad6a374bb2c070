# SPDX-License-Identifier: BSD-3-Clause
# A path for TCP: a Linux guest, vhost-user, a forwarder on the host, net_vtap, a namespace of the host.
#     guest's kernel -- virtio-net -- net_vhost0 -- forwarder -- net_vtap1 (no TSO) -- host's kernel
# Neighbours: machine.py is the guest, ../app/fwd.py the forwarder; test_guest.py and
# test_guest_gone.py use it, and bench_guest.py, which has testpmd in cleave-fwd's place.
"""The namespace's side sends and takes frames of MTU size; what the guest's side does is negotiated."""
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "app"), os.path.join(HERE, "..", "drivers")]
import fwd  # noqa: E402
import machine  # noqa: E402
import plugin  # noqa: E402

VTAP = os.environ.get("CLEAVE_VTAP", "")
HOST, GUEST = "10.79.0.1", "10.79.0.2"
LINK = "cv0"

# Begins every job. A driver that asks for the link's state too early finds it down.
NET = f"""
dev=$(ls /sys/class/net | grep -v '^lo$' | head -n 1)
ip link set "$dev" up
ip addr add {GUEST}/24 dev "$dev"
for i in 1 2 3 4 5 6 7 8 9 10; do ping -q -c 1 -W 1 {HOST} >/dev/null && break; done
cd /run/work
"""


class Path:
    """open() before start(); close() in any case."""

    def __init__(self, binary=None):
        self.binary = binary or fwd.FWD
        self.ours = self.binary != fwd.TESTPMD
        self.ns = f"cleave{os.getpid()}guest"
        self.run = self.vm = None
        self.children = []

    def open(self):
        subprocess.run(["ip", "netns", "add", self.ns], check=True)
        self.vm = machine.Machine([("virtio", machine.Vhost(self.socket))], knet=True, shared=True)
        vdevs = [f"net_vhost0,iface={self.socket},tso={int(self.ours)}",
                 f"net_vtap1,iface={LINK},netns={self.ns}"]
        options = ["-i", "--total-num-mbufs=16384", "--forward-mode=io"]
        if self.ours:  # a forwarder that looks at no flags must not get frames that need them
            options.append("--enable-rx-cksum")
        self.run = fwd.Run(vdevs, options, binary=self.binary, memory=512, stats=True,
                           eal=fwd.eal_args(f"cleave_g{os.getpid()}", 512)
                           + ["-d", plugin.usable(VTAP)])
        prompt = "cleave> " if self.ours else "testpmd> "
        if not self.run.wait_for(lambda: prompt in self.run.out):
            raise RuntimeError(f"no forwarder\n{self.run.err[-3000:]}")
        if self.ours:
            # no checksums by the port, so no TSO: what is captured is what a wire would have
            for line in ("port stop 1", "csum set ip sw 1", "csum set tcp sw 1", "port start 1"):
                self.say(line)
        self.say("start")
        self.inside("ip", "addr", "add", HOST + "/24", "dev", LINK)
        self.inside("ip", "link", "set", LINK, "up")
        # its driver may take checksums that are left to it; it is not to take super-packets
        self.inside("ethtool", "-K", LINK, "tso", "off", "gro", "off")

    @property
    def socket(self):
        return f"/run/cleave{os.getpid()}.vhost"

    def say(self, line):
        seen = self.run.out.count("> ")
        self.run.say(line + "\n")
        self.run.wait_for(lambda: self.run.out.count("> ") > seen, 10)

    def inside(self, *args, check=True):
        done = subprocess.run(["ip", "netns", "exec", self.ns, *args], check=check, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout.decode()

    def spawn(self, *args):
        child = subprocess.Popen(["ip", "netns", "exec", self.ns, "setpriv", "--pdeathsig", "KILL",
                                  *args], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        self.children.append(child)
        return child

    def capture(self, path, frames):
        """The first frames that the namespace gets from the guest."""
        child = self.spawn("dumpcap", "-q", "-P", "-B", "32", "-c", str(frames), "-i", LINK, "-f",
                           f"tcp and src host {GUEST}", "-w", path)
        time.sleep(1.0)
        return child

    def serve(self, port):
        self.spawn("iperf3", "-s", "-p", str(port))

    def cpu(self):
        """Seconds of CPU that the guest has had."""
        with open(f"/proc/{self.vm.proc.pid}/stat", encoding="ascii") as f:
            words = f.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def start(self, job, props="rx_queue_size=1024"):
        """Boot the guest; it and what it starts leave the forwarder's core alone."""
        self.vm.nics = [("virtio", machine.Vhost(self.socket), props)]
        cpus = os.sched_getaffinity(0)
        if len(cpus) > 1:
            os.sched_setaffinity(0, cpus - {max(cpus)})
        try:
            self.vm.start(NET + job)
        finally:
            os.sched_setaffinity(0, cpus)

    def read(self, name):
        """A file that the job has left; JSON, if it is that."""
        with open(self.vm.path(name), encoding="utf-8") as f:
            text = f.read()
        return json.loads(text) if name.endswith(".json") else text

    def finish(self):
        """End the forwarder; what it says."""
        self.say("stop")
        self.run.say("quit\n")
        return self.run.end()

    def close(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()
        if self.vm:
            self.vm.close()
        if self.run and self.run.proc.poll() is None:
            self.run.proc.kill()
            self.run.proc.wait()
        subprocess.run(["ip", "netns", "del", self.ns], check=False)
        if os.path.exists(self.socket):
            os.unlink(self.socket)


def stream(name, seconds, port=5201, *options):
    """A line of a job: iperf3 to the namespace (-R: from it), its JSON in the file name."""
    return f"iperf3 -J -c {HOST} -p {port} -t {seconds} {' '.join(options)} >{name}.json || exit 1\n"


def rate(said):
    """Gbit/s that arrived, and retransmissions."""
    end = said["end"]
    return end["sum_received"]["bits_per_second"] / 1e9, end["sum_sent"].get("retransmits", 0)


def counters(text):
    """Of nstat -asz."""
    rows = (line.split() for line in text.splitlines())
    return {r[0]: int(r[1]) for r in rows if len(r) > 2 and not r[0].startswith("#")}


def missing():
    """Why there can be no such path."""
    if not fwd.FWD or not os.path.exists(VTAP):
        return "CLEAVE_FWD and CLEAVE_VTAP do not name a forwarder and net_vtap"
    return machine.missing()
