# SPDX-License-Identifier: BSD-2-Clause
"""A second reading of a capture, from its bytes, for what tshark can't tell: how many records there are behind
an oddity, and which hours are damaged.

Plain struct and no cleverness: pcap of either byte order and time unit, undamaged pcapng, and the link layers that the
program knows. Damage marks the hours from the last good record before it to the next good one behind it, or
only that of the last one where none follows; a wrong checksum marks all hours of its gzip member; a step back in time
of more than 15 seconds, or forward of a year, marks the hours on both of its sides, an unknown link type all hours of
what it holds, a fraction of a second of one or more the hour of its second, in whose last microsecond the record is."""

import struct

import expected
import unpack

MICRO, NANO = 10**6, 10**9
MAGICS = {0xA1B2C3D4: ("pcap", 1), 0xA1B23C4D: ("pcap", 1000), 0xA1B2CD34: ("modified", 1)}
SECTION = 0x0A0D0D0A
LONGEST_RECORD = 262144
DISORDER = 15 * MICRO
YEAR = 365 * 24 * 3600 * MICRO
VLAN = (0x8100, 0x88A8, 0x9100, 0x9200, 0x9300)
ETHERTYPE_IPV4, ETHERTYPE_IPV6 = 0x0800, 0x86DD
TUNNELS = {4: "ip_in_ip", 41: "ipv6_in_ip", 47: "gre", 50: "esp", 51: "ah"}


class CutShort(Exception):
    pass


class Other(Exception):
    """No IPv4 packet: its fate."""


def be16(data, at=0):
    if at + 2 > len(data):
        raise CutShort
    return data[at] << 8 | data[at + 1]


def behind(data, size):
    if len(data) < size:
        raise CutShort
    return data[size:]


def is_ipv4(packet):
    return len(packet) >= 20 and packet[0] in range(0x45, 0x50) and be16(packet, 2) >= packet[0] % 16 * 4 and \
        packet[6] < 0x80


def behind_tags(data, strange):
    """`data` begins with a type. Behind any VLAN tags, of which `strange` may have unknown types, must lie IPv4."""
    while len(data) >= 2 and (kind := be16(data)) != ETHERTYPE_IPV4:
        if kind not in VLAN:
            if not strange:
                raise Other("not_ip")
            strange -= 1
        data = data[4:]
    if not is_ipv4(data[2:]):
        raise Other("not_ip")
    return data[2:]


def by_type(data):
    """`data` begins with an Ethernet type."""
    kind = be16(data)
    if kind == ETHERTYPE_IPV4:
        return data[2:]
    if kind == ETHERTYPE_IPV6:
        raise Other("ipv6")
    if kind in VLAN:
        return by_type_or_length(behind(data, 4))
    if kind == 0x88E7:
        return by_type_or_length(behind(data, 18))
    if kind in (0x8847, 0x8848):
        return mpls(data[2:])
    if kind == 0x8864:
        return pppoe(data[2:])
    return behind_tags(data, 2)


def by_type_or_length(data):
    return llc(data[2:]) if be16(data) <= 1500 else by_type(data)


def llc(data):
    rest = behind(data, 3)
    if data[:3] == b"\xaa\xaa\3":
        return snap(rest)
    if data[:3] == b"\xfe\xfe\3":
        return nlpid(rest)
    if data[:3] == b"\6\6\3":
        return any_version(rest)
    raise Other("not_ip")


def snap(data):
    behind(data, 5)
    if data[:3] not in (b"\0\0\0", b"\0\0\xf8"):
        raise Other("not_ip")
    return by_type(data[3:])


def nlpid(data):
    data = data.lstrip(b"\0")
    rest = behind(data, 1)
    if data[0] == 0x80:
        return snap(rest)
    if data[0] != 0xCC:
        raise Other("ipv6" if data[0] == 0x8E else "not_ip")
    return rest


def any_version(data):
    behind(data, 1)
    if data[0] >> 4 != 4:
        raise Other("ipv6" if data[0] >> 4 == 6 else "not_ip")
    return data


def mpls(data):
    while not behind(data, 4) or not data[2] & 1:
        data = data[4:]
    data = data[4:]
    behind(data, 1)
    return behind_tags(data[16:], 0) if data[0] < 16 else any_version(data)


def pppoe(data):
    rest = behind(data, 6)
    if data[:2] != b"\x11\0":
        raise Other("not_ip")
    return ppp(rest)


def ppp(data):
    if data[:2] == b"\xff\3":
        data = data[2:]
    if data == b"\xff":
        raise CutShort
    behind(data, 1)
    protocol, rest = (data[0], data[1:]) if data[0] % 2 else (be16(data), data[2:])
    if protocol in (0x281, 0x283):
        return mpls(rest)
    if protocol != 0x21:
        raise Other("ipv6" if protocol == 0x57 else "not_ip")
    return rest


def cooked(data, at, size):
    rest = behind(data, size)
    kind = be16(data, at)
    if kind == 4:
        return llc(rest)
    if kind <= 1500:
        raise Other("not_ip")
    return by_type(data[at:at + 2] + rest)


def frame_relay(data):
    while data and data[0] % 2 == 0:
        data = data[1:]
    rest = behind(data, 2)
    if data[1] != 3:
        raise Other("not_ip")
    return nlpid(rest)


def family(data, orders):
    rest = behind(data, 4)
    families = [int.from_bytes(data[:4], order) for order in orders]
    if 2 not in families:
        raise Other("ipv6" if set(families) & {10, 24, 28, 30} else "not_ip")
    return rest


def raw(data):
    if data and data[0] >> 4 == 6:
        raise Other("ipv6")
    return data


def no_ipv4(data):
    raise Other("ipv6")


LINKS = {
    0: lambda frame: family(frame, ("little", "big")),
    1: lambda frame: by_type_or_length(behind(frame, 12)),
    9: ppp,
    10: lambda frame: llc(behind(frame, 13)),
    12: raw, 14: raw, 101: raw,
    50: lambda frame: by_type_or_length(behind(frame, 2)) if frame[:1] in (b"\x0f", b"\x8f") else ppp(frame),
    51: pppoe,
    100: llc,
    104: lambda frame: by_type_or_length(behind(frame, 2)),
    107: frame_relay,
    108: lambda frame: family(frame, ("big",)),
    113: lambda frame: cooked(frame, 14, 16),
    219: mpls,
    228: lambda frame: frame,
    229: no_ipv4,
    276: lambda frame: cooked(frame, 0, 20),
}


def other_protocol(packet, header):
    """The fate of an IPv4 packet that isn't TCP."""
    if packet[9] != 17 or be16(packet, 6) & 0x1FFF or len(packet) < header + 4 or \
            (be16(packet, 2) or 65536) <= header + 8:
        return TUNNELS.get(packet[9], "other_ip_protocol")
    port, inner = be16(packet, header + 2), packet[header + 8:be16(packet, 2) or None]

    def fits(at, rule):
        return len(inner) <= at or rule(inner[at])
    if port in (4789, 8472) and fits(0, lambda b: b & 8) and fits(7, lambda b: b == 0):
        return "vxlan"
    if port == 6081 and fits(0, lambda b: b < 64) and (len(inner) < 4 or
                                                       be16(inner, 2) in (0x6558, ETHERTYPE_IPV4, ETHERTYPE_IPV6)):
        return "geneve"
    if port == 2152 and fits(0, lambda b: b >> 4 == 3) and fits(1, lambda b: b == 255):
        return "gtp"
    if port == 3544 and (not inner or inner[0] >> 4 == 6 or inner[:2] in (b"\0\0", b"\0\1")):
        return "teredo"
    return "other_ip_protocol"


def fate(link, frame):
    """(why a record is no TCP packet that can be judged, source, target, port, flags), and of one that is what tells copies"""
    if link not in LINKS:
        return "unknown_link_type", None, None, None, None
    try:
        packet = LINKS[link](frame)
    except CutShort:
        return "cut_short", None, None, None, None
    except Other as other:
        return str(other), None, None, None, None
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
        return other_protocol(packet, header), source, target, None, None
    if fragment & 0x1FFF:
        return "later_fragment", source, target, None, None
    if length < header + 14:
        return "bad_ip_header", source, target, None, None
    if len(packet) < header + 14:
        return "cut_short", source, target, None, None
    if packet[header + 12] >> 4 < 5:
        return "bad_tcp_header", source, target, None, None
    key = be16(packet, header), struct.unpack_from(">I", packet, header + 4)[0], be16(packet, 4)
    return None, source, target, be16(packet, header + 2), packet[header + 13], key


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
        why, source, target, port, flags, *key = fate(self.link, frame)
        self.packets.append(expected.Packet(usec, source, port, flags is not None and flags & 0x17 == 2, target, *key))
        self.fates.append(why)
        if usec == expected.NO_TIME:
            return
        hour = usec // MICRO // 3600
        if not expected.in_range(self.packets[-1]):
            self.broken("time range")
            return
        if self.last is not None and (usec < self.last - DISORDER or usec >= self.last + YEAR):
            self.broken("time back or far forward")
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
            fraction //= self.unit
            if fraction >= MICRO and expected.in_range(expected.Packet(second * MICRO)):
                self.damage.append("fraction")
                self.hours.add(second // 3600)
            self.record(second * MICRO + min(fraction, MICRO - 1), data[at + size:at + size + kept])
            at += size + kept
        if whole and at < len(data):
            self.broken("torn record")
        return data[at:]

    def pcapng(self, data):
        at, order, interfaces = 0, "<", []    # of each interface: link type, snap length, ticks a second, offset
        while at + 12 <= len(data):
            if data[at:at + 4] == b"\n\r\r\n":
                order, interfaces = "<" if data[at + 8] == 0x4D else ">", []
            kind, size = struct.unpack_from(order + "II", data, at)
            body = data[at + 8:at + size - 4]
            if kind == 1:
                interfaces.append(self.interface(order, body))
            elif kind in (2, 6):
                number, high, low, kept = struct.unpack_from(order + ("IIII" if kind == 6 else "HxxIII"), body)
                self.link, _, scale, offset = interfaces[number]
                self.record((high << 32 | low) * MICRO // scale + offset * MICRO, body[20:20 + kept])
            elif kind == 3:
                self.link, snaplen, _, _ = interfaces[0]
                kept = min(struct.unpack_from(order + "I", body)[0], snaplen or 2**32, len(body) - 4)
                self.record(expected.NO_TIME, body[4:4 + kept])
            at += size

    def interface(self, order, body):
        link, snaplen = struct.unpack_from(order + "HxxI", body)
        scale, offset, at = MICRO, 0, 8
        while at + 4 <= len(body):
            code, size = struct.unpack_from(order + "HH", body, at)
            if code == 0:
                break
            value = body[at + 4:at + 4 + size]
            if code == 9:
                scale = 2**(value[0] % 128) if value[0] >= 128 else 10**value[0]
            elif code == 14:
                offset = struct.unpack(order + "q", value)[0]
            at += 4 + size + -size % 4
        return link, snaplen, scale, offset

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
