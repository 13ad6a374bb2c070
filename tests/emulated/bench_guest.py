#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# TCP of a Linux guest over vhost-user, by cleave-fwd and by dpdk-testpmd (io), in turns: Gbit/s,
# retransmissions, and the CPU that the guest needs for it. Neighbours: vhost_path.py has the path;
# ../../scripts/bench calls it.
"""bench_guest.py ROUNDS FILE: prints, and appends to FILE, lines of program, way, figure, value. For
testpmd the guest cuts by itself (tso=0): nobody between would."""
import sys

import vhost_path
from vhost_path import Path, fwd, rate, stream

SECONDS = 5
WAYS = (("up", ()), ("down", ("-R",)))


def turn(program, binary, tell):
    path = Path(binary)
    try:
        path.open()
        path.serve(5201)
        path.start("".join(f"echo {way}\n" + stream(way, SECONDS, 5201, *options)
                           + f"echo {way} done\n" for way, options in WAYS))
        for way, _ in WAYS:
            if not path.vm.wait_for(f"\n{way}\n", 90):
                raise RuntimeError(path.vm.log[-2000:])
            before = path.cpu()
            if not path.vm.wait_for(f"\n{way} done\n", 90):
                raise RuntimeError(path.vm.log[-2000:])
            used = path.cpu() - before
            gbps, again = rate(path.read(way + ".json"))
            tell(program, way, "gbps", gbps)
            tell(program, way, "retransmissions", again)
            tell(program, way, "cpu_s_per_gbit", used / (gbps * SECONDS))
        path.vm.wait(30)
        path.finish()
    finally:
        path.close()


def main():
    why = vhost_path.missing() or (None if fwd.TESTPMD else "no dpdk-testpmd")
    if why:
        sys.exit(f"bench_guest: {why}")
    with open(sys.argv[2], "a", encoding="utf-8") as out:
        def tell(*row):
            print(*row[:3], f"{row[3]:.3f}", sep="\t", flush=True)
            print(*row, sep="\t", file=out)

        for _ in range(int(sys.argv[1])):
            turn("cleave-fwd", fwd.FWD, tell)
            turn("dpdk-testpmd", fwd.TESTPMD, tell)


if __name__ == "__main__":
    main()
