# SPDX-License-Identifier: BSD-3-Clause
# Frames, capture files, and what a too-long TCP frame must become, written from SEMANTICS.md and
# the RFCs and from nothing in lib/. Neighbours: test_pcap.py; tshark is the second judge there.
"""Frames are bytes without FCS."""
import os
import shutil
import struct
import subprocess

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128

DST = bytes.fromhex("0a0000000002")
SRC = bytes.fromhex("0a0000000001")


def csum(data, start=0):
    """Ones' complement sum of 16-bit words, complemented (RFC 1071)."""
    if len(data) & 1:
        data += b"\0"
    total = start + sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def pattern(n, seed=0):
    """n bytes in which a lost, doubled or moved piece shows."""
    words = (n + 3) // 4
    return struct.pack(f"!{words}I", *(((i + seed * 7919) * 2654435761) & 0xffffffff
                                       for i in range(words)))[:n]


def l2(proto, vlans=(), mpls=(), dst=DST, src=SRC):
    """Ethernet header, tags as (tpid, tci), then labels. proto: ethertype of what follows."""
    out = dst + src
    for tpid, tci in vlans:
        out += struct.pack("!HH", tpid, tci)
    out += struct.pack("!H", 0x8847 if mpls else proto)
    for i, label in enumerate(mpls):
        out += struct.pack("!I", label << 12 | 3 << 9 | (i == len(mpls) - 1) << 8 | 64)
    return out


def ip4(proto, payload, ident=0x1234, df=True, tos=0, ttl=61, options=b"", src="0a4d0001",
        dst="0a4d0002", frag=0):
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | (20 + len(options)) // 4, tos,
                       (20 + len(options) + len(payload)) & 0xffff, ident, df << 14 | frag, ttl,
                       proto, 0, bytes.fromhex(src), bytes.fromhex(dst)) + options
    return head[:10] + struct.pack("!H", csum(head)) + head[12:] + payload


def ip6(proto, payload, tclass=0, flow=0x12345, hops=61, ext=(), src="fd77" + "0" * 27 + "1",
        dst="fd77" + "0" * 27 + "2"):
    """ext: extension headers as (number, body without the next-header byte)."""
    chain = b""
    numbers = [number for number, _ in ext] + [proto]
    for i, (_, body) in enumerate(ext):
        chain += bytes([numbers[i + 1]]) + body
    return struct.pack("!IHBB16s16s", 6 << 28 | tclass << 20 | flow,
                       len(chain) + len(payload), numbers[0], hops, bytes.fromhex(src),
                       bytes.fromhex(dst)) + chain + payload


def pseudo(version, proto, length, src, dst):
    """Sum of the pseudo header, to start csum() with."""
    tail = struct.pack("!HH" if version == 4 else "!II", proto, length)
    return csum(src + dst + tail) ^ 0xffff


def addresses(version):
    if version == 4:
        return bytes.fromhex("0a4d0001"), bytes.fromhex("0a4d0002")
    return bytes.fromhex("fd77" + "0" * 27 + "1"), bytes.fromhex("fd77" + "0" * 27 + "2")


def tcp(version, payload, flags=ACK, seq=0x10203040, ack=0x50607080, window=8192, urgent=0,
        options=b"", sport=5001, dport=39201, vlans=(), mpls=(), **ip):
    """A TCP frame with correct checksums."""
    src, dst = addresses(version)
    head = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xffffffff, ack,
                       (20 + len(options)) << 2, flags, window, 0, urgent) + options
    cks = csum(head + payload, pseudo(version, 6, len(head) + len(payload), src, dst))
    l4 = head[:16] + struct.pack("!H", cks) + head[18:] + payload
    l3 = ip4(6, l4, **ip) if version == 4 else ip6(6, l4, **ip)
    return l2(0x0800 if version == 4 else 0x86dd, vlans, mpls) + l3


def udp(version, payload, sport=5001, dport=9, vlans=(), zero=False, **ip):
    src, dst = addresses(version)
    head = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0)
    cks = csum(head + payload, pseudo(version, 17, 8 + len(payload), src, dst)) or 0xffff
    l4 = head[:6] + struct.pack("!H", 0 if zero else cks) + payload
    l3 = ip4(17, l4, **ip) if version == 4 else ip6(17, l4, **ip)
    return l2(0x0800 if version == 4 else 0x86dd, vlans) + l3


# Cutting: an independent reading of the frame, and what SEMANTICS.md says of each segment.

class Parsed:
    """Offsets of a TCP frame that frames.py made."""

    def __init__(self, frame):
        off = 12
        proto = struct.unpack_from("!H", frame, off)[0]
        while proto in (0x8100, 0x88a8):
            off += 4
            proto = struct.unpack_from("!H", frame, off)[0]
        self.l2_end = off + 2  # of Ethernet header and tags: labels count as payload of the link
        off += 2
        if proto == 0x8847:
            while not frame[off + 2] & 1:
                off += 4
            off += 4
        self.l3 = off
        self.version = frame[off] >> 4
        if self.version == 4:
            off += (frame[off] & 15) * 4
        else:
            number = frame[off + 6]
            off += 40
            while number in (0, 43, 60):
                number, size = frame[off], (frame[off + 1] + 1) * 8
                off += size
        self.l4 = off
        self.payload = off + (frame[off + 12] >> 4) * 4


def flow(frame):
    """What keeps its order among its like: tags, labels, addresses, protocol, ports."""
    try:
        p = Parsed(frame)
        start, end = (p.l3 + 12, p.l3 + 20) if p.version == 4 else (p.l3 + 8, p.l3 + 40)
        proto = frame[p.l3 + 9] if p.version == 4 else frame[p.l3 + 6]
        whole = p.version == 6 or not struct.unpack_from("!H", frame, p.l3 + 6)[0] & 0x3fff
        return (frame[12:p.l3], frame[start:end], proto,
                frame[p.l4:p.l4 + 4] if whole and proto in (0, 6, 17, 43, 60) else b"")
    except (IndexError, struct.error):
        return b"", b"", 0, b""


def by_flow(frames):
    """The frames of each flow in the order in which they are here, flow by flow."""
    return sorted(frames, key=flow)


def too_long(frame, mtu):
    return len(frame) - Parsed(frame).l2_end > mtu


def cut(frame, mtu, gso_segsz=0, tso_segsz=0):
    """The frames that must leave for one TCP frame that comes in."""
    p = Parsed(frame)
    limit = p.l2_end + mtu
    if gso_segsz:
        limit = min(limit, gso_segsz)
    payload = frame[p.payload:]
    mss = limit - p.payload
    if tso_segsz:
        mss = min(mss, tso_segsz)
    if len(frame) <= limit:
        return [frame]
    out = []
    count = (len(payload) + mss - 1) // mss
    for i in range(count):
        piece = payload[i * mss:(i + 1) * mss]
        h = bytearray(frame[:p.payload])
        l3len = len(h) - p.l3 + len(piece)
        if p.version == 4:
            ident = struct.unpack_from("!H", h, p.l3 + 4)[0]
            struct.pack_into("!H", h, p.l3 + 2, l3len)
            struct.pack_into("!H", h, p.l3 + 4, (ident + i) & 0xffff)
            struct.pack_into("!H", h, p.l3 + 10, 0)
            head_end = p.l3 + (h[p.l3] & 15) * 4
            struct.pack_into("!H", h, p.l3 + 10, csum(bytes(h[p.l3:head_end])))
            src, dst = bytes(h[p.l3 + 12:p.l3 + 16]), bytes(h[p.l3 + 16:p.l3 + 20])
        else:
            struct.pack_into("!H", h, p.l3 + 4, l3len - 40)
            src, dst = bytes(h[p.l3 + 8:p.l3 + 24]), bytes(h[p.l3 + 24:p.l3 + 40])
        seq = struct.unpack_from("!I", h, p.l4 + 4)[0]
        struct.pack_into("!I", h, p.l4 + 4, (seq + i * mss) & 0xffffffff)
        if i < count - 1:
            h[p.l4 + 13] &= ~(FIN | PSH) & 0xff
        if i > 0:
            h[p.l4 + 13] &= ~CWR & 0xff
        struct.pack_into("!H", h, p.l4 + 16, 0)
        l4 = bytes(h[p.l4:]) + piece
        struct.pack_into("!H", h, p.l4 + 16,
                         csum(l4, pseudo(p.version, 6, len(l4), src, dst)))
        out.append(bytes(h) + piece)
    return out


# Capture files.

def write_pcap(path, frames):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for i, frame in enumerate(frames):
            f.write(struct.pack("<IIII", 1, i, len(frame), len(frame)))
            f.write(frame)


def read_pcap(path):
    """The whole frames in the file so far; a frame that was cut short is an error."""
    try:
        with open(path, "rb") as f:
            data = f.read()
    except OSError:
        return []
    if len(data) < 24:
        return []
    order = "<" if struct.unpack_from("<I", data)[0] in (0xa1b2c3d4, 0xa1b23c4d) else ">"
    frames, off = [], 24
    while off + 16 <= len(data):
        _, _, caplen, length = struct.unpack_from(order + "IIII", data, off)
        if off + 16 + caplen > len(data):
            break
        if caplen != length:
            raise ValueError(f"{path}: frame {len(frames)} of {length} bytes holds {caplen}")
        frames.append(data[off + 16:off + 16 + caplen])
        off += 16 + caplen
    return frames


def tshark(path, *fields):
    """tshark's reading of a file, a list of tuples; None where there is no tshark."""
    if not shutil.which("tshark"):
        return None
    args = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "occurrence=a", "-E",
            "separator=;"]
    for p in ("ip", "tcp", "udp"):
        args += ["-o", f"{p}.check_checksum:TRUE"]
    for f in fields:
        args += ["-e", f]
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                          check=True, env=dict(os.environ, HOME="/tmp"))
    return [tuple(line.split(";")) for line in done.stdout.decode().splitlines()]
