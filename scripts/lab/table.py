#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Prints the table of a lab: one row a directory that traffic and cleave-fwd --stats-json filled.
# Exit status 1 if a receiver saw a bad TCP checksum, or a row marked "must" carried nothing in one
# of its runs, or merged nothing where the table is about that. Neighbours: traffic fills the
# directories, scripts/quickstart calls this.
"""usage: table.py [--ratio] [--gro] DIRECTORY...
Each DIRECTORY has title, *.json, snmp.a, snmp.b, and stats.json or fwd.out. --ratio adds the median
of the rows of the same title, as a ratio to those of the first title. --gro tells of merging."""
import json
import os
import re
import statistics
import sys

RUNS = ("v4-fwd", "v4-rev", "v6-fwd", "v6-rev")
SPEEDS = ("IPv4 A>B", "IPv4 B>A", "IPv6 A>B", "IPv6 B>A")
# The columns between the speeds and the receivers' verdict, summed over the ports.
CUT = {("super-packets", "in"): lambda p: p["cleave"]["tx_gso"] + p["cleave"]["tx_tso"],
       ("segments", "out"): lambda p: p["cleave"]["tx_segments"]}
MERGED = {("frames", "in"): lambda p: p["fwd"]["rx_packets"],
          ("of these", "merged"): lambda p: p["gro"]["gro_merged"],
          ("super-packets", "made"): lambda p: p["gro"]["gro_supers"],
          ("sent whole", "or by TSO"): lambda p: p["cleave"]["tx_whole"] + p["cleave"]["tx_tso"],
          ("segments", "cut"): lambda p: p["cleave"]["tx_segments"]}


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


def counted(row, columns):
    """(the columns' counters, {reason: packets dropped}) of a forwarder, None where not told."""
    stats = load(os.path.join(row, "stats.json"))
    if stats is None:
        with open(os.path.join(row, "fwd.out"), encoding="utf-8", errors="replace") as f:
            total = f.read().partition("Accumulated")[2]
        found = re.search(r"TX-dropped: (\d+)", total)
        return [None for _ in columns], {"TX-dropped": int(found.group(1))} if found else {}
    reasons = {}
    for port in stats["ports"]:
        for reason, n in port["cleave"]["drops"].items():
            reasons[reason] = reasons.get(reason, 0) + n
        # What the port's ring did not take.
        reasons["ring_full"] = reasons.get("ring_full", 0) + port["fwd"]["tx_ring_full"]
        for reason in ("imissed", "ierrors", "oerrors", "rx_nombuf"):
            reasons[reason] = reasons.get(reason, 0) + port["stats"][reason]
    return [sum(column(port) for port in stats["ports"]) for column in columns.values()], reasons


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


def told(n):
    return "-" if n is None else f"{n:.2f}" if isinstance(n, float) and n else str(int(n))


def cells_of(row, columns, faults):
    """The cells of a row, and its title and speeds; what is wrong goes to faults."""
    with open(os.path.join(row, "title"), encoding="utf-8") as f:
        title = f.read().strip()
    speeds = [gbps(row, run) for run in RUNS]
    numbers, reasons = counted(row, columns)
    bad = tcp_counter(row, "InCsumErrors")
    if bad:
        faults.append(f"{title}: the receivers counted {bad} bad TCP checksums")
    if os.path.exists(os.path.join(row, "must")):
        for run, speed in zip(RUNS, speeds):
            if speed is not None and speed <= 0:
                faults.append(f"{title}: {run} carried nothing")
        for head, n in zip(columns, numbers):
            if columns is MERGED and not n:
                faults.append(f"{title}: {' '.join(head)}: none")
    why = ", ".join(f"{reason} {n}" for reason, n in reasons.items() if n)
    return (title, *(told(n) for n in speeds + numbers), str(bad),
            str(tcp_counter(row, "RetransSegs")), why or "none"), (title, *speeds)


def main(rows):
    with_ratios, columns = False, CUT
    while rows[0].startswith("--"):
        option = rows.pop(0)
        with_ratios |= option == "--ratio"
        columns = MERGED if option == "--gro" else columns
    faults = []
    lines = [("", *SPEEDS, *(first for first, _ in columns), "bad", "retrans-",
              "dropped, by reason"),
             ("", *("Gbit/s" for _ in SPEEDS), *(second for _, second in columns), "cksums",
              "mitted", "")]
    measured = []
    for row in rows:
        cells, speeds = cells_of(row, columns, faults)
        lines.append(cells)
        measured.append(speeds)
    # A run that no row has is no column.
    shown = [i for i in range(len(lines[0]))
             if not 1 <= i <= len(RUNS) or any(cells[i] != "-" for cells in lines[2:])]
    lines = [[cells[i] for i in shown] for cells in lines]
    widths = [max(len(cells[i]) for cells in lines) for i in range(len(shown))]
    for first, *middle, last in lines:
        print("  ".join([first.ljust(widths[0])] +
                        [c.rjust(w) for c, w in zip(middle, widths[1:-1])] + [last]).rstrip())
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
