# SPDX-License-Identifier: BSD-3-Clause
# Where a driver can be loaded from, and what loads it. Neighbours: vtap_lab.py, stack_lab.py.
"""EAL takes no plugin from below a directory that all may write to, /tmp for instance."""
import atexit
import functools
import os
import shutil
import stat
import subprocess
import tempfile


def usable(path):
    """The path, or that of a copy, if it has to be elsewhere. The copy goes with the program."""
    above = path = os.path.realpath(path)
    while above != "/":
        above = os.path.dirname(above)
        if os.stat(above).st_mode & stat.S_IWOTH:
            there = tempfile.mkdtemp(prefix="cleave-", dir="/run")
            atexit.register(shutil.rmtree, there, ignore_errors=True)
            return shutil.copy(path, there)
    return path


@functools.lru_cache
def release():
    """(year, month) of the DPDK that is installed, and so of dpdk-testpmd."""
    told = subprocess.run(["pkg-config", "--modversion", "libdpdk"], stdout=subprocess.PIPE,
                          text=True, check=True, timeout=20).stdout
    return tuple(int(n) for n in told.split(".")[:2])
