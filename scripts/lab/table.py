#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Prints the table of a lab: one row a directory that traffic and cleave-fwd --stats-json filled.
# Exit status 1 if a receiver saw a bad TCP checksum, or a row marked "must" carried nothing in one
# of its runs. Neighbours: traffic fills the directories, scripts/quickstart calls this.
"""usage: table.py [--ratio] DIRECTORY...
Each DIRECTORY has title, *.json, snmp.a, snmp.b, and stats.json or fwd.out. --ratio adds the median
of the rows of the same title, as a ratio to those of the first title."""
import json
import os
import re
import statistics
import sys

RUNS = ("v4-fwd", "v4-rev", "v6-fwd", "v6-rev")
HEAD = ("", "IPv4 A>B", "IPv4 B>A", "IPv6 A>B", "IPv6 B>A", "super-packets", "segments", "bad",
        "retrans-", "dropped, by reason")
HEAD2 = ("", "Gbit/s", "Gbit/s", "Gbit/s", "Gbit/s", "in", "out", "cksums", "mitted", "")


def load(path):
    try:
        with open(path, encoding="utf-8") as f:
            return json.load(f)
    except (OSError, ValueError):
        return None


def gbps(row, run):
    """Received Gbit/s of a run; 0.0 if it did not finish, None if there was no such run."""
    path = os.path.join(row, run + ".json")
    if not os.path.exists(path):
        return None
    end = (load(path) or {}).get("end", {})
    return end.get("sum_received", {}).get("bits_per_second", 0) / 1e9


def tcp_counter(row, name):
    """Sum of a Tcp: counter over both namespaces."""
    total = 0
    for side in "ab":
        with open(os.path.join(row, "snmp." + side), encoding="utf-8") as f:
            names, values = [line.split()[1:] for line in f if line.startswith("Tcp:")]
        total += int(dict(zip(names, values))[name])
    return total


def drops(row):
    """(super-packets in, segments out, {reason: packets}) of a forwarder, None where not told."""
    stats = load(os.path.join(row, "stats.json"))
    if stats is None:
        with open(os.path.join(row, "fwd.out"), encoding="utf-8", errors="replace") as f:
            total = f.read().partition("Accumulated")[2]
        found = re.search(r"TX-dropped: (\d+)", total)
        return None, None, {"TX-dropped": int(found.group(1))} if found else {}
    supers = segments = 0
    reasons = {}
    for port in stats["ports"]:
        cleave = port["cleave"]
        supers += cleave["tx_gso"] + cleave["tx_tso"]
        segments += cleave["tx_segments"]
        for reason, n in cleave["drops"].items():
            reasons[reason] = reasons.get(reason, 0) + n
        # What the port's ring did not take.
        reasons["ring_full"] = reasons.get("ring_full", 0) + port["fwd"]["tx_ring_full"]
        for reason in ("imissed", "ierrors", "oerrors", "rx_nombuf"):
            reasons[reason] = reasons.get(reason, 0) + port["stats"][reason]
    return supers, segments, reasons


def ratios(rows):
    """Median throughput of the rows of each title, and its ratio to the first title's."""
    speeds = {}
    for title, *values in rows:
        speeds.setdefault(title, []).append(values)
    first = None
    for title, turns in speeds.items():
        medians = [statistics.median(t[i] for t in turns) if turns[0][i] is not None else None
                   for i in range(len(RUNS))]
        first = first or medians
        told = [f"{run} {m:.2f} Gbit/s ({m / f:.2f})"
                for run, m, f in zip(RUNS, medians, first) if m is not None and f]
        print(f"median of {len(turns)}: {title}: " + ", ".join(told))


def main(rows):
    with_ratios = rows[0] == "--ratio"
    if with_ratios:
        rows = rows[1:]
    lines = [HEAD, HEAD2]
    faults = []
    measured = []
    for row in rows:
        with open(os.path.join(row, "title"), encoding="utf-8") as f:
            title = f.read().strip()
        speeds = [gbps(row, run) for run in RUNS]
        measured.append((title, *speeds))
        supers, segments, reasons = drops(row)
        bad = tcp_counter(row, "InCsumErrors")
        if bad:
            faults.append(f"{title}: the receivers counted {bad} bad TCP checksums")
        if os.path.exists(os.path.join(row, "must")):
            for run, speed in zip(RUNS, speeds):
                if speed is not None and speed <= 0:
                    faults.append(f"{title}: {run} carried nothing")
        why = ", ".join(f"{reason} {n}" for reason, n in reasons.items() if n)
        lines.append((title,
                      *("-" if s is None else "0" if s == 0 else f"{s:.2f}" for s in speeds),
                      "-" if supers is None else str(supers),
                      "-" if segments is None else str(segments),
                      str(bad), str(tcp_counter(row, "RetransSegs")), why or "none"))
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    for line in lines:
        cells = [line[0].ljust(widths[0])]
        cells += [c.rjust(w) for c, w in zip(line[1:-1], widths[1:-1])]
        print("  ".join(cells + [line[-1]]).rstrip())
    if with_ratios:
        print()
        ratios(measured)
    for fault in faults:
        print("FAULT", fault)
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
