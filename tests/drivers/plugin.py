# SPDX-License-Identifier: BSD-3-Clause
# Where a driver can be loaded from. Neighbours: vtap_lab.py, stack_lab.py.
"""EAL takes no plugin from below a directory that all may write to, /tmp for instance."""
import atexit
import os
import shutil
import stat
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
