# SPDX-License-Identifier: BSD-3-Clause
# Judges frames from a wire against the packets that were to be cut: written from SEMANTICS.md part
# 2 and the RFCs, and from nothing in lib/. Neighbours: ../app/frames.py has checksums and makes
# the packets; tshark is the second judge.
"""Every judgement is a list of faults, in words; an empty one is good."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "app"))
from frames import CWR, FIN, PSH, Parsed, csum, pseudo  # noqa: E402

TCP, UDP = 6, 17
VXLAN_PORT = 4789
MIN_FRAME = 60  # Ethernet without FCS: shorter frames may have been padded


def u16(data, at):
    return struct.unpack_from("!H", data, at)[0]


def u32(data, at):
    return struct.unpack_from("!I", data, at)[0]


def proto_of(frame, p):
    return frame[p.l3 + 9] if p.version == 4 else frame[p.l3 + 6]


def is_ip(frame):
    at = 12
    while len(frame) > at + 4 and u16(frame, at) in (0x8100, 0x88a8):
        at += 4
    return len(frame) >= at + 2 + 40 and u16(frame, at) in (0x0800, 0x86dd)


def inner_of(frame):
    """Where the Ethernet frame in a VXLAN packet begins; 0 where it is none."""
    if not is_ip(frame):
        return 0
    p = Parsed(frame)
    if proto_of(frame, p) != UDP or u16(frame, p.l4 + 2) != VXLAN_PORT:
        return 0
    return p.l4 + 16


def ip_end(frame, p):
    """Where the IP packet ends by its own length."""
    return p.l3 + (u16(frame, p.l3 + 2) if p.version == 4 else 40 + u16(frame, p.l3 + 4))


def l4_of(frame):
    """(source port, destination port) of the innermost TCP or UDP; None for what has none."""
    try:
        frame = frame[inner_of(frame):]
        p = Parsed(frame)
        if is_ip(frame) and proto_of(frame, p) in (TCP, UDP):
            return u16(frame, p.l4), u16(frame, p.l4 + 2)
    except (IndexError, struct.error):
        pass
    return None


def unsound(frame):
    """Lengths and checksums of one frame, outermost to innermost."""
    p = Parsed(frame)
    faults = []
    end = ip_end(frame, p)
    if end > len(frame) or (end < len(frame) and len(frame) > MIN_FRAME):
        faults.append(f"IP ends at {end}, the frame at {len(frame)}")
    if p.version == 4:
        head = (frame[p.l3] & 15) * 4
        if csum(frame[p.l3:p.l3 + head]):
            faults.append(f"IPv4 header checksum {u16(frame, p.l3 + 10):#06x} is wrong")
        if u16(frame, p.l3 + 6) & 0x3fff:
            faults.append("is an IP fragment")
            return faults
        src, dst = frame[p.l3 + 12:p.l3 + 16], frame[p.l3 + 16:p.l3 + 20]
    else:
        src, dst = frame[p.l3 + 8:p.l3 + 24], frame[p.l3 + 24:p.l3 + 40]
    proto = proto_of(frame, p)
    l4 = frame[p.l4:end]
    if proto == UDP and u16(l4, 4) != len(l4):
        faults.append(f"UDP length {u16(l4, 4)}, has {len(l4)}")
    none = proto == UDP and p.version == 4 and u16(l4, 6) == 0
    if proto in (TCP, UDP) and not none and csum(l4, pseudo(p.version, proto, len(l4), src, dst)):
        at = 16 if proto == TCP else 6
        faults.append(f"L4 checksum {u16(l4, at):#06x} is wrong")
    inner = inner_of(frame)
    if inner:
        faults += ["inner: " + f for f in unsound(frame[inner:])]
    return faults


def constant(frame):
    """The headers, with what may differ from segment to segment blanked."""
    inner = inner_of(frame)
    out = b""
    if inner:
        p = Parsed(frame)
        head = bytearray(frame[:inner])
        blank_ip(head, p)
        head[p.l4 + 4:p.l4 + 8] = bytes(4)
        out = bytes(head)
        frame = frame[inner:]
    p = Parsed(frame)
    head = bytearray(frame[:p.payload])
    blank_ip(head, p)
    head[p.l4 + 4:p.l4 + 8] = bytes(4)
    head[p.l4 + 13] &= ~(FIN | PSH | CWR) & 0xff
    head[p.l4 + 16:p.l4 + 18] = bytes(2)
    return out + bytes(head)


def blank_ip(head, p):
    if p.version == 4:
        head[p.l3 + 2:p.l3 + 6] = bytes(4)
        head[p.l3 + 10:p.l3 + 12] = bytes(2)
    else:
        head[p.l3 + 4:p.l3 + 6] = bytes(2)


def idents(frame):
    """IPv4 IDs, outermost to innermost."""
    out = []
    inner = inner_of(frame)
    for f in (frame, frame[inner:]) if inner else (frame,):
        p = Parsed(f)
        if p.version == 4:
            out.append(u16(f, p.l3 + 4))
    return out


def payload_of(frame):
    frame = frame[inner_of(frame):]
    p = Parsed(frame)
    return frame[p.payload:ip_end(frame, p)]


def tcp_fields(frame):
    """(sequence, flags) of the innermost TCP header."""
    frame = frame[inner_of(frame):]
    p = Parsed(frame)
    return u32(frame, p.l4 + 4), frame[p.l4 + 13]


def wrong_segment(sent, frame, i, last, mss, clears, fixed_outer_id):
    """Segment i of the packet sent, by itself."""
    faults = unsound(frame)
    if constant(frame) != constant(sent):
        faults.append(f"headers differ: {constant(frame).hex()}, sent {constant(sent).hex()}")
    seq, flags = tcp_fields(sent)
    seq = (seq + i * mss) & 0xffffffff
    flags &= ~(0 if last else FIN | PSH) & ~(0 if i == 0 else CWR) & ~clears
    now, has = tcp_fields(frame)
    if now != seq:
        faults.append(f"sequence {now:#x}, expected {seq:#x}")
    if has != flags:
        faults.append(f"flags {has:#x}, expected {flags:#x}")
    ids, first = [(n + i) & 0xffff for n in idents(sent)], idents(sent)
    same_outer = fixed_outer_id and idents(frame) == first[:1] + ids[1:]
    if idents(frame) != ids and not same_outer:
        faults.append(f"IPv4 IDs {idents(frame)}, expected {ids}")
    size = len(payload_of(frame))
    left = len(payload_of(sent)) - i * mss
    if size != min(mss, left):
        faults.append(f"{size} bytes of payload, expected {min(mss, left)}")
    return faults


def wrong_cut(sent, got, mss, clears=0, fixed_outer_id=False):
    """The frames got are the segments, of mss bytes each, of the TCP packet sent. clears: flags
    that an engine is known to clear where it must not. fixed_outer_id: all segments may have the
    first one's outer IPv4 ID."""
    payload = payload_of(sent)
    count = -(-len(payload) // mss)
    faults = []
    if len(got) != count:
        faults.append(f"{len(got)} segments, expected {count}")
    stream = b""
    for i, frame in enumerate(got):
        try:
            found = wrong_segment(sent, frame, i, i == len(got) - 1, mss, clears, fixed_outer_id)
            stream += payload_of(frame)
        except (IndexError, struct.error):
            found = ["cannot be read"]
        faults += [f"segment {i}: {f}" for f in found]
    if stream != payload:
        at = next((k for k, (a, b) in enumerate(zip(stream, payload)) if a != b),
                  min(len(stream), len(payload)))
        faults.append(f"{len(stream)} bytes of payload, {len(payload)} were sent; the first that "
                      f"is wrong is byte {at}")
    return faults[:12]


def without(frame, flags):
    """The frame with TCP flags cleared, and its checksum as that makes it (RFC 1624)."""
    if inner_of(frame) or not is_ip(frame):
        return frame
    p = Parsed(frame)
    if proto_of(frame, p) != TCP or not frame[p.l4 + 13] & flags:
        return frame
    out = bytearray(frame)
    out[p.l4 + 13] &= ~flags & 0xff
    total = u16(frame, p.l4 + 16) ^ 0xffff
    total += (u16(frame, p.l4 + 12) ^ 0xffff) + u16(out, p.l4 + 12)
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    struct.pack_into("!H", out, p.l4 + 16, total ^ 0xffff)
    return bytes(out)


def by_port(frames):
    """Frames by the source port of the innermost TCP or UDP; others are left out (ARP, ND)."""
    out = {}
    for f in frames:
        ports = l4_of(f)
        if ports is not None:
            out.setdefault(ports[0], []).append(f)
    return out
