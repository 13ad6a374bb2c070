# SPDX-License-Identifier: BSD-3-Clause
# What the tests of net_vtap are run in: network namespaces, a dpdk-testpmd that is told what to do
# line by line, captures and traffic. Neighbours: test_vtap.py (traffic), test_vtap_port.py (the
# port) and test_vtap_args.py (its arguments) use it.
"""Nobody here wrote what runs: testpmd, iperf3, ping, dumpcap, tshark, iproute2. The driver is the
file that CLEAVE_VTAP names, or that of ../../build. Whatever is made here carries our pid."""
import ctypes
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import plugin
from prompt import PROMPT, SLOW, Prompt, wait_for

DRIVER = os.environ.get("CLEAVE_VTAP") or os.path.normpath(os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../build/drivers/librte_net_vtap.so"))
if os.path.exists(DRIVER):
    DRIVER = plugin.usable(DRIVER)
TOOLS = ("dpdk-testpmd", "ip", "ping", "iperf3", "dumpcap", "tshark", "ethtool", "taskset", "ss")
CPUS = sorted(os.sched_getaffinity(0))
# What the port needs to take whatever chains a kernel's frames become, and to send them.
CHAINS = ["--enable-scatter", "--tx-offloads=0x8000"]

_libc = ctypes.CDLL(None, use_errno=True)
_serial = itertools.count()


def vtap(number, **params):
    """The --vdev argument of a port."""
    return ",".join([f"net_vtap{number}"] + [f"{k}={v}" for k, v in params.items()])


class Testpmd(Prompt):
    """A dpdk-testpmd in a namespace."""

    def __init__(self, namespace, vdevs, options=(), eal=("--no-huge",), wrap=(), interactive=True):
        self.prefix = f"vtap_t{os.getpid()}_{next(_serial)}"
        args = ["ip", "netns", "exec", namespace, *wrap, "dpdk-testpmd",
                "--lcores", f"0@{CPUS[0]},1@{CPUS[-1]}", "--no-pci", "-m", "256", *eal,
                "--file-prefix", self.prefix, "-d", DRIVER]
        for vdev in vdevs:
            args += ["--vdev", vdev]
        args += ["--", "--total-num-mbufs=16384", *(["-i"] if interactive else []), *options]
        super().__init__(args)

    def ready(self):
        """Until it asks for a command; false if it ended instead."""
        wait_for(lambda: PROMPT in self.printed or self.proc.poll() is not None)
        return self.proc.poll() is None

    def say(self, *lines):
        return super().say(*lines).replace(PROMPT, "")

    def lost(self, port):
        """All that was to be sent by this port and counted as not sent, by driver or testpmd."""
        said = self.say("show fwd stats all")
        dropped = re.search(rf"for port {port} .*?TX-dropped: (\d+)", said, re.S)
        told = {k: v for k, v in self.xstats(port).items()
                if re.search(r"tx.*(drop|err)|(drop|err).*tx", k) and not re.search(r"_q\d", k)}
        return int(dropped.group(1) if dropped else 0) + max([0, *told.values()])

    def quit(self, line="quit\n"):
        """(exit status, seconds it took)"""
        start = time.monotonic()
        try:
            self.proc.stdin.write(line.encode())
            self.proc.stdin.close()
        except OSError:
            pass
        return self.end(), time.monotonic() - start

    def end(self):
        """Wait until it has ended, killed if it does not; its exit status."""
        try:
            status = self.proc.wait(SLOW)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()
            status = "killed: did not end"
        self._thread.join(2)
        shutil.rmtree(os.path.join("/var/run/dpdk", self.prefix), ignore_errors=True)
        return status

    def close(self):
        if self.proc.poll() is None:
            self.proc.kill()
        self.end()
        self.proc.stdin.close()
        os.close(self._master)


class Lab:
    """Namespaces t (testpmd's) and a, b, ... (kernels with a vtap each), and what runs in them."""

    open = []

    def __init__(self, names="ab"):
        self.open.append(self)
        self.dir = tempfile.mkdtemp(prefix="vtap-")
        self._names, self._running, self._n, self._huge = {}, [], next(_serial), None
        for name in "t" + names:
            self._names[name] = f"vtap{os.getpid()}.{self._n}{name}"
            subprocess.run(["ip", "netns", "add", self._names[name]], check=True)
            self.sysctl(name, "net.ipv6.conf.default.addr_gen_mode=1")
            self.ip(name, "link", "set", "lo", "up")

    def close(self):
        while self._running:
            self._running.pop().close()
        while self._names:
            subprocess.run(["ip", "netns", "del", self._names.popitem()[1]], check=False)
        if self._huge:
            subprocess.run(["umount", self._huge], check=True)
            self._huge = None
        shutil.rmtree(self.dir, ignore_errors=True)
        if self in self.open:
            self.open.remove(self)

    def huge_dir(self):
        """A hugetlbfs of its own, which a program and those that attach to it share."""
        path = os.path.join(self.dir, "huge")
        os.mkdir(path)
        subprocess.run(["mount", "-t", "hugetlbfs", "none", path], check=True)
        self._huge = path
        return path

    def forget(self, name):
        """It is gone already."""
        del self._names[name]

    def ns(self, name):
        return self._names[name]

    def run(self, name, *cmd, check=True, seconds=SLOW):
        """Run in a namespace; the CompletedProcess, its stdout as text."""
        done = subprocess.run(["ip", "netns", "exec", self.ns(name), *cmd], timeout=seconds,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if check and done.returncode:
            raise AssertionError(f"{' '.join(cmd)}: exit status {done.returncode}\n{done.stdout}")
        return done

    def sysctl(self, name, *settings):
        self.run(name, "sysctl", "-qw", *settings)

    def ip(self, name, *args):
        done = subprocess.run(["ip", "-n", self.ns(name), *args], capture_output=True, text=True,
                              check=False)
        if done.returncode:
            raise AssertionError(f"ip {' '.join(args)}: {done.stderr}")
        return done.stdout

    def link(self, name, dev):
        """What ip -d link says of an interface, None if there is none."""
        done = subprocess.run(["ip", "-n", self.ns(name), "-j", "-d", "link", "show", dev],
                              capture_output=True, text=True, check=False)
        return json.loads(done.stdout)[0] if not done.returncode else None

    def flags(self, name, dev):
        return self.link(name, dev)["flags"]

    def address(self, name, dev, *addresses):
        for address in addresses:
            nodad = ["nodad"] if ":" in address else []
            self.ip(name, "addr", "add", address, "dev", dev, *nodad)

    def testpmd(self, *args, **kw):
        run = Testpmd(self.ns("t"), *args, **kw)
        self._running.append(run)
        return run

    def pair(self, options=(), eal=("--no-huge",), macs=(), **params):
        """testpmd between the vtaps va and vb, with addresses 10.9.0.1 and .2, fd09::1 and ::2."""
        pmd = self.testpmd([vtap(i, iface="v" + ns, netns=self.ns(ns), **params,
                                 **({"mac": macs[i]} if macs else {}))
                            for i, ns in enumerate("ab")], list(options), eal=eal)
        if not pmd.ready() or not self.link("a", "va") or not self.link("b", "vb"):
            raise AssertionError(f"testpmd did not start two ports:\n{pmd.printed[-3000:]}")
        for n, ns in enumerate("ab", 1):
            self.address(ns, "v" + ns, f"10.9.0.{n}/24", f"fd09::{n}/64")
        return pmd

    def socket(self, name, *args):
        """A socket of this process in a namespace: a thread goes there to make it."""
        made = []

        def enter():
            with open("/var/run/netns/" + self.ns(name), "rb") as f:
                if _libc.setns(f.fileno(), 0x40000000) == 0:
                    made.append(socket.socket(*args))

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        made[0].settimeout(SLOW)
        return made[0]

    def checksum_errors(self, name):
        """{counter: n} of everything that a kernel found a wrong checksum in."""
        text = self.run(name, "nstat", "-asz", "*Csum*").stdout
        return {k: int(v) for k, v in re.findall(r"^(\w+) +(\d+)", text, re.M) if int(v)}

    def pings(self, name, address, size=56, count=3):
        """How many of the echo requests of this size came back, none of them fragmented."""
        out = self.run(name, "ping", "-n", "-q", "-c", str(count), "-i", "0.02", "-W", "2",
                       "-M", "do", "-s", str(size), address, check=False).stdout
        found = re.search(r"(\d+) received", out)
        return int(found.group(1)) if found else out

    def iperf(self, client, server, address, *args):
        """iperf3's own account of a run, on the cores that testpmd does not poll on."""
        cpus = ",".join(map(str, CPUS[:-1] or CPUS))
        daemon = subprocess.Popen(["ip", "netns", "exec", self.ns(server), "taskset", "-c", cpus,
                                   "iperf3", "-s", "-1"], stdout=subprocess.DEVNULL)
        try:
            wait_for(lambda: self.run(server, "ss", "-Hltn", "sport = :5201").stdout, 5)
            out = self.run(client, "taskset", "-c", cpus, "iperf3", "-c", address, "-J",
                           "--connect-timeout", "2000", *args, check=False).stdout
        except subprocess.TimeoutExpired as e:
            out = json.dumps({"error": str(e)})
        finally:
            daemon.kill()
            daemon.wait()
        return json.loads(out)

    def capture(self, name, dev, what="", packets=4000):
        run = Capture(self.ns(name), os.path.join(self.dir, f"{next(_serial)}.pcap"), dev, what,
                      packets)
        self._running.append(run)
        return run


class Capture:
    """dumpcap on an interface, until it is asked what came."""

    def __init__(self, namespace, path, dev, what, packets):
        self.path, self.log = path, open(path + ".log", "w+b")
        self.proc = subprocess.Popen(["ip", "netns", "exec", namespace, "dumpcap", "-q", "-P", "-i",
                                      dev, "-B", "64", "-c", str(packets), "-w", path, "-f", what],
                                     stdout=subprocess.DEVNULL, stderr=self.log)
        if not wait_for(lambda: b"File:" in self._said()):
            raise AssertionError(f"dumpcap did not start: {self._said()}")

    def _said(self):
        with open(self.log.name, "rb") as f:
            return f.read()

    def close(self, seconds=0.2):
        """Ends it, unless all that it was to capture comes before."""
        if not wait_for(lambda: self.proc.poll() is not None, seconds):
            self.proc.send_signal(signal.SIGINT)
            try:
                self.proc.wait(SLOW)
            except subprocess.TimeoutExpired:
                self.proc.kill()
                self.proc.wait()
        self.log.close()

    def frames(self, *fields, only=None):
        """What tshark says of the frames: a row of texts each, a field's values apart by commas."""
        self.close()
        args = ["tshark", "-r", self.path, "-n", "-T", "fields", "-E", "separator=|"]
        for protocol in ("ip", "tcp", "udp"):
            args += ["-o", protocol + ".check_checksum:TRUE"]
        for field in fields:
            args += ["-e", field]
        out = subprocess.run(args + (["-Y", only] if only else []), capture_output=True, text=True,
                             timeout=60, check=True).stdout
        return [line.split("|") for line in out.splitlines()]


_SUMMED = ("ip", "tcp", "udp", "icmpv6")
SUMS = tuple(f"{p}.checksum{what}" for p in _SUMMED for what in ("", ".status"))


def verdict(rows):
    """(rows with a wrong checksum, how many are right), of the last columns of frames(..., *SUMS).
    A sum of 0 is also written 0xffff; tshark takes that for wrong, receivers do not (RFC 1624)."""
    wrong, right = [], 0
    for row in rows:
        sums = [column.split(",") for column in row[-len(SUMS):]]
        told = [(value, status) for values, statuses in zip(sums[::2], sums[1::2])
                for value, status in zip(values, statuses)]
        bad = [value for value, status in told if status in ("0", "Bad") and value != "0xffff"]
        wrong += [row] if bad else []
        right += sum(status in ("1", "Good") for _, status in told)
    return wrong, right


class LabTest(unittest.TestCase):
    """A lab for each test."""

    maxDiff = 4000
    names = "ab"

    def setUp(self):
        self.lab = Lab(self.names)
        self.addCleanup(self.lab.close)

    def both_ways(self, v4="10.9.0.2", v6="fd09::2", size="10M", server="b"):
        """A TCP transfer each way over each IP, of some MB."""
        for address in filter(None, (v4, v6)):
            for args in ((), ("-R",)):
                # iperf3 does not wait for what is under way at the end: the buffers of two sockets.
                told = self.lab.iperf("a", server, address, "-n", size, "-w", "200K", *args)
                self.assertNotIn("error", told, f"{address} {args}")
                self.assertGreater(told["end"]["sum_received"]["bytes"],
                                   (int(size[:-1]) - 1) << 20, f"{address} {args}")

    def no_checksum_errors(self, names="ab"):
        for name in names:
            self.assertEqual(self.lab.checksum_errors(name), {}, f"namespace {name}")


def main():
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    reason = ("no " + ", ".join(missing) if missing else "not root" if os.getuid() else
              "no /dev/net/tun" if not os.path.exists("/dev/net/tun") else
              "no driver " + DRIVER if not os.path.exists(DRIVER) else None)
    if reason:
        print("skipped:", reason, file=sys.stderr)
        sys.exit(77)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    # Whoever ends us before the end (meson, whose time is up) finds nothing left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        unittest.main(verbosity=2)
    finally:
        for lab in list(Lab.open):
            lab.close()
