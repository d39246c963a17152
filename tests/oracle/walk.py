"""A second reading of a capture, from its bytes, for what tshark can't tell: how many records there are behind
an oddity, and which hours are damaged.

Plain struct and no cleverness: pcap of either byte order and time unit, the link layers that the program knows, and
pcapng of one interface. Damage marks the hours from the last good record before it to the next good one behind it, or
only that of the last one where none follows; a wrong checksum marks all hours of its gzip member; a step back in time
of more than 15 seconds marks the hours on both of its sides, an unknown link type all hours of what it holds."""

import struct

import expected
import unpack

MICRO, NANO = 10**6, 10**9
MAGICS = {0xA1B2C3D4: ("pcap", 1), 0xA1B23C4D: ("pcap", 1000), 0xA1B2CD34: ("modified", 1)}
SECTION = 0x0A0D0D0A
LONGEST_RECORD = 262144
DISORDER = 15 * MICRO
VLAN = (0x8100, 0x88A8, 0x9100)
ETHERTYPE_IPV4 = 0x0800


class CutShort(Exception):
    pass


def be16(data, at):
    if at + 2 > len(data):
        raise CutShort
    return data[at] << 8 | data[at + 1]


def behind_types(frame, at):
    """The IPv4 packet behind an Ethernet type and any VLAN tags; None if there is none."""
    while (kind := be16(frame, at)) in VLAN:
        at += 4
    return frame[at + 2:] if kind == ETHERTYPE_IPV4 else None


def behind_ppp(frame):
    at = 2 if frame[:2] == b"\xff\x03" else 0
    if frame[at:at + 1] == b"\x21":
        return frame[at + 1:]
    return frame[at + 2:] if be16(frame, at) == 0x21 else None


def behind_sll2(frame):
    if len(frame) < 20:
        raise CutShort
    kind = be16(frame, 0)
    if kind in VLAN:
        return behind_types(frame, 22)
    return frame[20:] if kind == ETHERTYPE_IPV4 else None


def raw(frame):
    return None if frame and frame[0] >> 4 == 6 else frame


LINKS = {
    0: lambda frame: frame[4:] if 2 in (frame[0], frame[3]) else None,
    1: lambda frame: behind_types(frame, 12),
    9: behind_ppp,
    12: raw, 14: raw, 101: raw,
    104: lambda frame: behind_types(frame, 2),
    108: lambda frame: frame[4:] if frame[3] == 2 else None,
    113: lambda frame: behind_types(frame, 14),
    228: lambda frame: frame,
    276: behind_sll2,
}


def fate(link, frame):
    """(why a record is no TCP packet that can be judged, source, target, port, flags)"""
    if link not in LINKS:
        return "unknown_link_type", None, None, None, None
    try:
        packet = LINKS[link](frame)
    except CutShort:
        return "cut_short", None, None, None, None
    if packet is None:
        return "not_ipv4", None, None, None, None
    if packet and packet[0] >> 4 != 4:
        return "bad_ip_header", None, None, None, None
    if len(packet) < 20:
        return "cut_short", None, None, None, None
    length, _, fragment, _, protocol = struct.unpack_from(">HHHBB", packet, 2)
    source, target = struct.unpack_from(">II", packet, 12)
    header = (packet[0] & 15) * 4
    length = length or 65536
    if header < 20 or length < header:
        return "bad_ip_header", source, target, None, None
    if protocol != 6:
        return "other_ip_protocol", source, target, None, None
    if fragment & 0x1FFF:
        return "later_fragment", source, target, None, None
    if length < header + 14:
        return "bad_ip_header", source, target, None, None
    if len(packet) < header + 14:
        return "cut_short", source, target, None, None
    if packet[header + 12] >> 4 < 5:
        return "bad_tcp_header", source, target, None, None
    return None, source, target, be16(packet, header + 2), packet[header + 13]


class Walk:
    def __init__(self, path):
        self.packets = []
        self.fates = []         # one a record: why it is no TCP packet, or its flags
        self.damage = []        # reasons
        self.hours = set()      # damaged ones
        self.last = None        # time of the last good record
        self.pending = False    # damage since
        self.link = None
        self.read(path)

    def broken(self, reason):
        self.damage.append(reason)
        self.pending = True
        if self.last is not None:
            self.hours.add(self.last // MICRO // 3600)

    def record(self, usec, frame):
        why, source, target, port, flags = fate(self.link, frame)
        self.packets.append(expected.Packet(usec, source, port, flags is not None and flags & 0x17 == 2, target))
        self.fates.append(why)
        hour = usec // MICRO // 3600
        if not expected.in_range(self.packets[-1]):
            self.broken("time range")
            return
        if self.last is not None and usec < self.last - DISORDER:
            self.broken("time back")
            self.hours.add(hour)
            self.pending = False
        if self.pending:
            last = hour if self.last is None else self.last // MICRO // 3600
            self.hours.update(range(min(last, hour), max(last, hour) + 1))
            self.pending = False
        self.last = usec
        if self.link not in LINKS:
            self.hours.add(hour)

    def header(self, data, at):
        """Whether a file header begins there, and then its length."""
        if len(data) - at < 24:
            return 0
        for order in "<>":
            magic, major, minor = struct.unpack_from(order + "IHH", data, at)
            if magic in MAGICS and (major, minor) == (2, 4):
                self.order = order
                self.kind, self.unit = MAGICS[magic]
                self.link = struct.unpack_from(order + "I", data, at + 20)[0] & 0xFFFF
                if self.link not in LINKS:
                    self.broken("unknown link type")
                return 24
        return 0

    def walk(self, data, whole):
        """Records of a pcap file; returns what is left."""
        at = self.header(data, 0) if self.link is None else 0
        while at < len(data):
            if step := self.header(data, at):
                at += step
                continue
            size = 24 if self.kind == "modified" else 16
            if len(data) - at < size:
                break
            second, fraction, kept = struct.unpack_from(self.order + "III", data, at)
            if kept > LONGEST_RECORD:
                self.broken("absurd record")
                return b""
            if len(data) - at < size + kept:
                break
            self.record(second * MICRO + fraction // self.unit, data[at + size:at + size + kept])
            at += size + kept
        if whole and at < len(data):
            self.broken("torn record")
        return data[at:]

    def pcapng(self, data):
        at, scale = 0, MICRO
        while at + 12 <= len(data):
            order = "<" if data[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
            kind, size = struct.unpack_from(order + "II", data, at)
            if kind == 1:
                self.link = struct.unpack_from(order + "H", data, at + 8)[0]
                if data[at + 16:at + 20] == struct.pack(order + "HH", 9, 1):
                    scale = 10**data[at + 20]
            elif kind == 6:
                _, high, low, kept = struct.unpack_from(order + "IIII", data, at + 8)
                self.record((high << 32 | low) * MICRO // scale, data[at + 28:at + 28 + kept])
            at += size

    def read(self, path):
        rest = b""
        for member in unpack.members(path):
            before = len(self.packets)
            data = rest + member.data
            if data[:4] == b"\n\r\r\n":
                self.pcapng(data)
                rest = b""
            elif member.damage == "trailing":
                self.broken("trailing")
                rest = b""
            elif len(data) >= 24:
                rest = self.walk(data, False)
            else:
                rest = data
            if member.damage in ("torn", "corrupt"):
                self.broken(member.damage)
                rest = b""
            elif member.damage == "checksum":
                self.damage.append("checksum")
                good = [p.usec // MICRO // 3600 for p in self.packets[before:] if expected.in_range(p)]
                self.hours.update(range(min(good), max(good) + 1) if good else ())
        if rest:
            self.walk(rest, True)
