#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# What runs in the emulated machine: binds the NICs to a user-space driver, then runs cleave-fwd as
# often as plan.json in the work directory says, each time until it has received all frames.
# Neighbours: nics.py writes the plan and reads the results; ../app/fwd.py runs the forwarder.
"""Results are written run by run: those before a fault are there."""
import glob
import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "app"))
import fwd  # noqa: E402

WORK = "/run/work"
PROMPT = "cleave> "
SETTLE = 0.5  # for what is in the NICs' rings
PLUGINS = ("bus_pci", "bus_vdev", "mempool_ring", "net_e1000", "net_vmxnet3", "net_virtio",
           "net_pcap")


def few_plugins():
    """EAL loads all that is in its directory, which takes long here: leave what is needed."""
    for real in glob.glob("/usr/lib/*/dpdk/pmds-*"):
        os.makedirs("/run/pmds.all")
        os.makedirs("/run/pmds")
        subprocess.run(["mount", "--bind", real, "/run/pmds.all"], check=True)
        for name in PLUGINS:
            for path in glob.glob(f"/run/pmds.all/librte_{name}.so*"):
                os.symlink(path, "/run/pmds/" + os.path.basename(path))
        subprocess.run(["mount", "--bind", "/run/pmds", real], check=True)


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


def bind(address, driver):
    device = f"/sys/bus/pci/devices/{address}"
    if os.path.exists(device + "/driver"):
        write(device + "/driver/unbind", address)
    write(device + "/driver_override", driver)
    write("/sys/bus/pci/drivers_probe", address)
    bound = os.path.basename(os.path.realpath(device + "/driver"))
    if bound != driver:
        sys.exit(f"{address} is bound to {bound}, not to {driver}")


def ask(run, line, seconds=20):
    seen = run.out.count(PROMPT)
    run.say(line + "\n")
    return run.wait_for(lambda: run.out.count(PROMPT) > seen, seconds)


def through(run, want):
    """Have the ports received as many frames as they should, and does none wait to be merged or
    sent?"""
    at = len(run.out)
    ask(run, "show port stats all")
    said = run.out[at:]
    found = re.findall(r"statistics for port (\d+) .*?RX-packets: *(\d+)", said, re.S)
    got = {int(port): int(n) for port, n in found}
    waiting = sum(int(n) for n in re.findall(r"(?:gro_held|tx_pending): *(\d+)", said))
    return waiting == 0 and all(got.get(port, 0) >= n for port, n in want.items())


def forward(plan):
    """One run: plan has eal, vdevs, options, before (commands), expect ({port: frames}) or until
    (a file that ends it), seconds (that this may take), after (commands)."""
    started = time.monotonic()
    run = fwd.Run(plan["vdevs"], ["-i"] + plan["options"], binary=plan["binary"], stats=True,
                  eal=plan["eal"])
    ok = run.wait_for(lambda: PROMPT in run.out, 40)
    up = time.monotonic()
    want = {int(port): n for port, n in plan["expect"].items()}
    if ok:
        for line in plan["before"] + ["start"]:
            ask(run, line)
        print(f"vm: run {plan['name']} forwards", flush=True)
        end = time.monotonic() + plan["seconds"]
        while time.monotonic() < end and run.proc.poll() is None:
            if os.path.exists(plan["until"]) if "until" in plan else through(run, want):
                break
            time.sleep(0.2)
        time.sleep(SETTLE)
        for line in ["stop"] + plan["after"]:
            ask(run, line)
        run.say("quit\n")
    result = run.end()
    return {"status": result.status, "out": result.out, "err": result.err, "stats": result.stats,
            "seconds": [round(up - started, 1), round(time.monotonic() - up, 1)]}


def main():
    with open(os.path.join(WORK, "plan.json"), encoding="utf-8") as f:
        plan = json.load(f)
    fwd.FWD = plan["binary"]
    few_plugins()
    for address in plan["nics"]:
        bind(address, plan["driver"])
    for run in plan["runs"]:
        print(f"vm: run {run['name']}", flush=True)
        run["binary"] = plan["binary"]
        result = forward(run)
        print(f"vm: run {run['name']} ended, {result['status']}, {result['seconds']} s", flush=True)
        part = os.path.join(WORK, run["name"] + ".part")
        with open(part, "w", encoding="utf-8") as f:
            json.dump(result, f)
        os.rename(part, os.path.join(WORK, run["name"] + ".json"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
