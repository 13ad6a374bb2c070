# SPDX-License-Identifier: BSD-3-Clause
# An emulated machine (scripts/lab/vm-setup made its parts): boots Linux under QEMU's TCG with the
# host's tree read-only and a work directory of its own, runs a job there, in the fore- or the
# background. Neighbours: nics.py gives it NICs and cleave-fwd; wire.py judges what came out of it.
"""Nothing of a machine outlives it: not its process, not its files."""
import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

VM = os.environ.get("CLEAVE_VM", "/var/cache/cleave/vm")
TREE = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
WORK = "/run/work"  # the work directory, as the job sees it
NIC_SLOT = 4  # PCI; igb wants a low one, for its virtual functions
BOOT = 60.0  # seconds within which the guest is up, on a busy machine

DEVICES = {
    "e1000": "e1000", "e1000e": "e1000e", "igb": "igb", "vmxnet3": "vmxnet3",
    "virtio": "virtio-net-pci,disable-legacy=on",
}


def missing():
    """Why no machine can be booted here; None where one can."""
    for name in ("qemu", "vmlinuz", "initrd.gz"):
        if not os.path.exists(os.path.join(VM, name)):
            return f"no {name} in {VM}: run scripts/lab/vm-setup"
    if os.getuid() != 0:
        return "must run as root (9p, TAP devices)"
    return None


class User:
    """A backend without any offload, and nobody behind it; what comes out is in the file
    capture."""

    def __init__(self, capture):
        self.capture = capture

    def netdev(self, number):
        return f"user,id=n{number},restrict=on"


class Tap:
    """An existing TAP. With a virtio header, the host's kernel cuts and sums what the NIC leaves
    to it."""

    capture = None

    def __init__(self, name, vnet_hdr=True):
        self.name, self.vnet_hdr = name, vnet_hdr

    def netdev(self, number):
        return (f"tap,id=n{number},ifname={self.name},script=no,downscript=no,vhost=off,"
                f"vnet_hdr={'on' if self.vnet_hdr else 'off'}")


class Vhost:
    """A vhost-user socket that somebody else serves. The machine needs shared=True."""

    capture = None

    def __init__(self, socket, queues=1):
        self.socket, self.queues = socket, queues

    def netdev(self, number):
        many = f",queues={self.queues}" if self.queues > 1 else ""
        return f"vhost-user,id=n{number},chardev=c{number}{many}"


class Result:
    """status: of the job, or a string that says why there is none. log: of the serial line."""

    def __init__(self, status, log):
        self.status, self.log = status, log

    def __str__(self):
        return f"machine: {self.status}\n-- serial line\n{self.log[-4000:]}"


class Machine:
    """nics: (model, backend) or (model, backend, QEMU's properties of the device), in the order of
    their PCI addresses. knet: the guest's kernel drives virtio NICs. netns: where QEMU runs.
    shared: memory that a vhost-user peer can map. extra: more arguments for QEMU."""

    def __init__(self, nics=(), knet=False, iommu=False, netns=None, shared=False, memory=1024,
                 hugepages=256, cpus=2, extra=()):
        self.nics, self.knet, self.iommu, self.netns = list(nics), knet, iommu, netns
        self.shared, self.memory, self.hugepages, self.cpus = shared, memory, hugepages, cpus
        self.extra = list(extra)
        self.proc = None
        self.dir = tempfile.mkdtemp(prefix="cleave-vm-")
        self.serial = self.path("serial")
        atexit.register(self.close)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def path(self, name):
        """A file in the work directory, on the host's side."""
        return os.path.join(self.dir, name)

    @staticmethod
    def address(number):
        """PCI address of a NIC in the guest."""
        return f"0000:00:{NIC_SLOT + number:02x}.0"

    def _nic_args(self):
        args = []
        for i, nic in enumerate(self.nics):
            model, backend, props = (tuple(nic) + ("",))[:3]
            if isinstance(backend, Vhost):
                args += ["-chardev", f"socket,id=c{i},path={backend.socket}"]
            device = f"{DEVICES[model]},netdev=n{i},romfile=,addr={NIC_SLOT + i:#x}"
            if model == "virtio" and self.iommu:
                device += ",iommu_platform=on"
            if "mac=" not in props:
                device += f",mac=52:54:00:00:00:{i + 1:02x}"
            device += "," + props if props else ""
            args += ["-netdev", backend.netdev(i), "-device", device]
            if backend.capture:
                args += ["-object", f"filter-dump,id=f{i},netdev=n{i},file={backend.capture},"
                                    "maxlen=70000"]
        return args

    def _args(self):
        machine = "q35"
        boot = ["console=ttyS0", "quiet", "loglevel=3", "panic=-1", "nokaslr", "mitigations=off",
                "random.trust_cpu=on", "audit=0", "nowatchdog", "default_hugepagesz=2M",
                "hugepagesz=2M", f"hugepages={self.hugepages}", f"vm.tree={TREE}"]
        args = ["-accel", "tcg", "-cpu", "max", "-smp", str(self.cpus), "-m", str(self.memory),
                "-display", "none", "-nodefaults", "-no-reboot", "-monitor", "none",
                "-serial", f"file:{self.serial}", "-kernel", os.path.join(VM, "vmlinuz"),
                "-initrd", os.path.join(VM, "initrd.gz")]
        if self.iommu:
            machine += ",kernel-irqchip=split"
            args += ["-device", "intel-iommu,intremap=on,caching-mode=on"]
            boot.append("intel_iommu=on")
        if self.shared:
            machine += ",memory-backend=mem"
            args += ["-object", f"memory-backend-memfd,id=mem,size={self.memory}M,share=on"]
        if self.knet:
            boot.append("vm.knet=1")
        shared = (("host", "/", 0x18, ",readonly=on"), ("work", self.dir, 0x19, ""))
        for tag, path, slot, mode in shared:
            args += ["-fsdev", f"local,id={tag},path={path},security_model=none,"
                               f"multidevs=remap{mode}",
                     "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag},addr={slot:#x}"]
        args += ["-machine", machine, "-append", " ".join(boot)]
        return args + self._nic_args() + self.extra

    def start(self, job):
        """Boot, in the background. job: a bash script, which finds the work directory in WORK."""
        assert self.proc is None
        with open(self.path("job"), "w", encoding="utf-8") as f:
            f.write(job)
        with open(self.serial, "wb"):
            pass
        args = ["setpriv", "--pdeathsig", "KILL", os.path.join(VM, "qemu")] + self._args()
        if self.netns:
            args = ["ip", "netns", "exec", self.netns] + args
        with open(self.path("qemu.err"), "wb") as err:
            self.proc = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=err, stderr=err)

    def running(self):
        return self.proc is not None and self.proc.poll() is None

    @property
    def log(self):
        """What the guest wrote on the serial line so far, and QEMU's own complaints."""
        text = ""
        for name in (self.path("qemu.err"), self.serial):
            try:
                with open(name, "rb") as f:
                    text += f.read().decode(errors="replace").replace("\r", "")
            except OSError:
                pass
        return text

    def wait_for(self, text, seconds=BOOT):
        """Until the log has it; False if it does not come."""
        end = time.monotonic() + seconds
        while text not in self.log:
            if not self.running() or time.monotonic() > end:
                return text in self.log
            time.sleep(0.1)
        return True

    def wait(self, seconds):
        """Until the machine has switched itself off; killed when the time is up."""
        status = None
        try:
            self.proc.wait(seconds)
        except subprocess.TimeoutExpired:
            status = f"killed after {seconds} s"
            self.kill()
        log = self.log
        self.proc = None
        mark = re.search(r"^vm: exit (\d+)$", log, re.M)
        if status is None:
            status = int(mark.group(1)) if mark else "ended without having run its job"
        return Result(status, log)

    def run(self, job, seconds=120.0):
        self.start(job)
        return self.wait(seconds)

    def kill(self):
        """As a power cut would. start() boots it again."""
        if self.proc is not None:
            self.proc.kill()
            self.proc.wait()
            self.proc = None

    def close(self):
        self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


def test(why):
    """Run the tests of the program; or say why not."""
    if why:
        print(f"skipped: {why}", file=sys.stderr)
        sys.exit(77)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    unittest.main("__main__", verbosity=2)
