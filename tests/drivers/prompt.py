# SPDX-License-Identifier: BSD-3-Clause
# A program with testpmd's prompt, told what to do line by line. Neighbours: vtap_lab.py and stack_lab.py
# say how it is started.
"""It writes to a terminal, so that what it prints comes at once."""
import os
import pty
import re
import subprocess
import threading
import time

PROMPT = "testpmd> "
SLOW = 20  # seconds that any step may take


def wait_for(condition, seconds=SLOW, pause=0.01):
    """Poll until condition() is true or the time is up; returns what it said last."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found or time.monotonic() > end:
            return found
        time.sleep(pause)


class Prompt:
    """printed is what it said on both outputs."""

    def __init__(self, args):
        self._printed = bytearray()
        self._master, slave = pty.openpty()
        self.proc = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=slave, stderr=slave)
        os.close(slave)
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def _drain(self):
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # a terminal whose other end is closed
                return
            self._printed.extend(data)

    @property
    def printed(self):
        return self._printed.decode(errors="replace").replace("\r", "")

    def say(self, *lines):
        """Commands, one after the other, and what they printed."""
        start = len(self.printed)
        for line in lines:
            mark = len(self.printed)
            try:
                self.proc.stdin.write(line.encode() + b"\n")
                self.proc.stdin.flush()
            except OSError:
                break
            wait_for(lambda m=mark: PROMPT in self.printed[m:] or self.proc.poll() is not None)
        return self.printed[start:]

    def info(self, port):
        """The lines of 'show port info', as a dictionary."""
        return dict(re.findall(r"^([\w -]+): (.*?) *$", self.say(f"show port info {port}"), re.M))

    def stats(self, port):
        return {k: int(v) for k, v in re.findall(r"([RT]X-\w+): +(\d+)",
                                                 self.say(f"show port stats {port}"))}

    def xstats(self, port):
        return {k: int(v) for k, v in re.findall(r"^(\w+): (\d+)$",
                                                 self.say(f"show port xstats {port}"), re.M)}
