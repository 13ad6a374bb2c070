# SPDX-License-Identifier: BSD-3-Clause
# Runs cleave-fwd, or dpdk-testpmd with the same arguments, as a user would, and tells what it
# printed and counted. Neighbours: test_cli.py and test_pcap.py use it; frames.py makes the packets.
"""The binary is the one that CLEAVE_FWD names; it is never looked into, only run."""
import itertools
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

FWD = os.environ.get("CLEAVE_FWD", "")
TESTPMD = shutil.which("dpdk-testpmd")
SLOW = 30.0  # how long a step may take, on a busy machine under ASan

NULL2 = ("net_null0", "net_null1")

# What DPDK's libraries and drivers log by themselves.
_LOG = re.compile(r"^(EAL|TELEMETRY|ETHDEV|MBUF|MEMPOOL|RING|USER1|VHOST|PMD|pmd_\w+|eth_\w+|rte_\w+"
                  r"|tap_\w+|qdisc_\w+|\w+\(\)):")
_SANITIZER = re.compile(r"AddressSanitizer|runtime error:|LeakSanitizer")

_serial = itertools.count()


def eal_args(prefix, memory):
    """EAL arguments: no hugepages, no PCI, two lcores, and a prefix of our own."""
    cpus = sorted(os.sched_getaffinity(0))
    return ["--lcores", f"0@{cpus[0]},1@{cpus[-1]}", "--no-pci", "--no-huge", "-m", str(memory),
            "--file-prefix", prefix]


def runtime_dir(prefix):
    """Where EAL keeps the files of a process; it leaves the directory behind."""
    top = "/var/run" if os.getuid() == 0 else os.environ.get("XDG_RUNTIME_DIR", "/tmp")
    return os.path.join(top, "dpdk", prefix)


class Result:
    """What a run left: exit status, the two outputs, the counters of --stats-json if asked for."""

    def __init__(self, status, out, err, stats):
        self.status, self.out, self.err, self.stats = status, out, err, stats

    def complaint(self):
        """The lines on stderr that are the program's, not a library's log."""
        return [line for line in self.err.splitlines() if line.strip() and not _LOG.match(line)]

    def __str__(self):
        return f"exit status {self.status}\n-- stdout\n{self.out[-3000:]}\n-- stderr\n{self.err[-3000:]}"


class Run:
    """One process. Standard output goes to a terminal, so that it comes line by line."""

    def __init__(self, vdevs, options, binary=None, memory=256, stats=False, eal=None):
        self.binary = binary or FWD
        self.dir = None
        self.stats_file = None
        self.prefix = f"cleave_t{os.getpid()}_{next(_serial)}"
        args = [self.binary]
        if eal is None:
            args += eal_args(self.prefix, memory)
        else:
            args += list(eal) + ["--file-prefix", self.prefix]
        for vdev in vdevs:
            args += ["--vdev", vdev]
        args += ["--"] + list(options)
        if stats and self.binary == FWD:
            self.dir = tempfile.mkdtemp(prefix="cleave-")
            self.stats_file = os.path.join(self.dir, "stats.json")
            args.append("--stats-json=" + self.stats_file)
        self.args = args
        master, slave = pty.openpty()
        self.proc = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=slave,
                                     stderr=subprocess.PIPE)
        os.close(slave)
        self._out, self._err = bytearray(), bytearray()
        self._threads = [
            threading.Thread(target=self._drain, args=(master, self._out), daemon=True),
            threading.Thread(target=self._drain, args=(self.proc.stderr.fileno(), self._err),
                             daemon=True),
        ]
        self._master = master
        for t in self._threads:
            t.start()

    @staticmethod
    def _drain(fd, into):
        while True:
            try:
                data = os.read(fd, 65536)
            except OSError:  # a terminal whose other end is closed
                return
            if not data:
                return
            into.extend(data)

    @property
    def out(self):
        return self._out.decode(errors="replace").replace("\r", "")

    @property
    def err(self):
        return self._err.decode(errors="replace")

    def wait_for(self, condition, seconds=SLOW):
        """Poll until condition() is true, the process has ended, or the time is up."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.proc.poll() is None:
            if condition():
                return True
            time.sleep(0.02)
        return bool(condition())

    def wait_running(self):
        """Until it says that it forwards."""
        return self.wait_for(lambda: "Press enter" in self.out)

    def say(self, text):
        try:
            self.proc.stdin.write(text.encode())
            self.proc.stdin.flush()
        except OSError:
            pass

    def signal(self, number):
        if self.proc.poll() is None:
            self.proc.send_signal(number)

    def end(self, seconds=SLOW):
        """Wait until it has ended (killed if it does not), and tell."""
        try:
            status = self.proc.wait(seconds)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()
            status = "killed: did not end"
        for t in self._threads:
            t.join(2)
        os.close(self._master)
        self.proc.stderr.close()
        try:
            self.proc.stdin.close()
        except OSError:
            pass
        shutil.rmtree(runtime_dir(self.prefix), ignore_errors=True)
        stats = None
        if self.stats_file:
            try:
                with open(self.stats_file, encoding="utf-8") as f:
                    stats = json.load(f)
            except (OSError, ValueError):
                pass
            shutil.rmtree(self.dir, ignore_errors=True)
        return Result(status, self.out, self.err, stats)

    def stop(self):
        """Stop by a newline."""
        self.say("\n")
        return self.end()


class FwdTest(unittest.TestCase):
    """A test case that can start forwarders; none outlives its test."""

    maxDiff = 4000

    def start(self, vdevs, options, **kw):
        run = Run(vdevs, options, **kw)
        self.addCleanup(self._kill, run)
        return run

    @staticmethod
    def _kill(run):
        if run.proc.poll() is None:
            run.proc.kill()
            run.proc.wait()

    def sound(self, result, status=0):
        """The run ended as it should, without a sanitizer's report."""
        self.assertIsNone(_SANITIZER.search(result.err), str(result))
        self.assertEqual(result.status, status, str(result))
        return result

    def commands(self, vdevs, options, lines, binary=None):
        """An interactive session: the commands are fed one by one, each when the last is done."""
        run = self.start(vdevs, ["-i"] + list(options), binary=binary)
        prompt = "testpmd> " if binary == TESTPMD else "cleave> "
        for i, line in enumerate(list(lines) + ["quit"]):
            run.wait_for(lambda n=i + 1: run.out.count(prompt) >= n, 10)
            time.sleep(0.05)
            run.say(line + "\n")
        return run.end()


def need_testpmd(test):
    return unittest.skipUnless(TESTPMD, "no dpdk-testpmd to compare with")(test)


def main():
    if not FWD:
        print("CLEAVE_FWD does not name a forwarder", file=sys.stderr)
        sys.exit(77)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    unittest.main(verbosity=2)
