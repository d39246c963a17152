#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write one small capture for each oddity that a reader of captures meets; README.md says what is in them.

Everything is made up. Most captures hold the same hour of traffic, the medley, so that whatever its wrapping, the
tables must be the same. Addresses of sources are those set aside for documentation (RFC 5737) and benchmarks
(RFC 2544), destinations lie in 0.0.0.0/8, as in the public telescope archives.

    tests/data/make_oddities.py [DIR]      DIR: where this script lies
"""

import gzip
import os
import shutil
import struct
import subprocess
import sys
import zlib

MIDNIGHT = 1227225600  # 2008-11-21T00:00:00Z
NANO = 10**9
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << bit for bit in range(8))
MORE_FRAGMENTS, DONT_FRAGMENT = 0x2000, 0x4000
TCP, UDP, ICMP, IPIP, IPV6, GRE, ESP = 6, 17, 1, 4, 41, 47, 50

NULL, ETHERNET, PPP, RAW_BSD, RAW_OPENBSD = 0, 1, 9, 12, 14
RAW, CHDLC, LOOP, SLL, IPV4, SLL2 = 101, 104, 108, 113, 228, 276
FDDI, PPP_HDLC, PPPOE, ATM, FRAME_RELAY, MPLS = 10, 50, 51, 100, 107, 219
ETHERTYPE_IPV4, ETHERTYPE_ARP, ETHERTYPE_IPV6 = 0x0800, 0x0806, 0x86DD
WINDOWS_OPTIONS = struct.pack(">BBHBBBB", 2, 4, 1460, 1, 1, 4, 2)


# Packets: bytes from the IP header on.

def address(text):
    return bytes(int(octet) for octet in text.split("."))


def ip(protocol, source, target, rest, ident=0, flags=0, ttl=110, options=b"", length=None, first=None):
    size = 20 + len(options)
    head = struct.pack(">BBHHHBBH", 0x40 | size // 4 if first is None else first, 0,
                       size + len(rest) if length is None else length, ident, flags, ttl, protocol, 0)
    return head + address(source) + address(target) + options + rest


def tcp_header(source_port=4000, port=445, flags=SYN, sequence=1, options=b"", words=None):
    words = 5 + len(options) // 4 if words is None else words
    return struct.pack(">HHIIBBHHH", source_port, port, sequence, 0, words << 4, flags, 65535, 0, 0) + options


def scan(source, target, source_port=4000, sequence=1, ident=0, port=445, flags=SYN):
    return ip(TCP, source, target, tcp_header(source_port, port, flags, sequence, WINDOWS_OPTIONS), ident,
              DONT_FRAGMENT)


def udp(source, target, port):
    return ip(UDP, source, target, struct.pack(">HHHH", 1026, port, 8, 0))


def icmp(source, target, rest=bytes(8), kind=8):
    return ip(ICMP, source, target, struct.pack(">BBHI", kind, 1 if kind == 3 else 0, 0, 0) + rest)


def ipv6_scan():
    tcp = tcp_header()
    return struct.pack(">IHBB", 6 << 28, len(tcp), TCP, 64) + bytes.fromhex("20010db8") + bytes(11) + b"\1" + \
        bytes.fromhex("20010db8") + bytes(11) + b"\2" + tcp


def arp():
    return struct.pack(">HHBBH", 1, ETHERTYPE_IPV4, 6, 4, 1) + bytes(20)


def medley():
    """(nanoseconds since 1970, packet) from 2008-11-20T23:57 on: scans, what looks like one, and the
    rest. A packet is IPv4, or an IPv6 one by its version."""
    at = (MIDNIGHT - 180) * NANO + 123456789
    packets = []
    state = 2463534242

    def random(limit):
        nonlocal state
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        return (state >> 8) % limit

    def put(packet, after_ms=None):
        nonlocal at
        at += (random(120000) if after_ms is None else after_ms) * 10**6 + random(10**6)
        packets.append((at, packet))

    sources = ["192.0.2.7", "192.0.2.200", "198.51.100.9", "198.18.1.2", "198.19.130.129", "203.0.113.127",
               "203.0.113.128", "198.18.128.5"]
    for turn in range(44):
        source = sources[random(len(sources))]
        target = f"0.{random(128)}.{random(256)}.{random(128)}"
        port, sequence, ident = 1025 + random(3900), random(2**31), random(65536)
        kind = turn % 11
        if kind < 4:    # an attempt of two SYNs, about 3 s apart
            put(scan(source, target, port, sequence, ident))
            put(scan(source, target, port, sequence, ident + 100 & 0xFFFF), 2900 + random(150))
        elif kind == 4:
            put(scan(source, target, port, sequence, ident, flags=(SYN | ECE | CWR, SYN | PSH | URG)[turn % 2]))
        elif kind == 5:    # to the port, and no scan
            put(scan(source, target, port, sequence, ident,
                     flags=(SYN | ACK, RST, SYN | FIN, ACK | PSH, 0, SYN | RST)[random(6)]))
        elif kind == 6:    # a scan of another port, and one from 445
            put(scan(source, target, port, sequence, ident, port=(139, 22, 135)[random(3)]))
            put(scan("198.51.100.77", target, 445, sequence, ident, port=3389))
        elif kind == 7:
            put(udp(source, target, 445))
            put(icmp("198.51.100.78", target))
        elif kind == 8:    # a first fragment is a scan, a later one only looks like it
            put(ip(TCP, source, target, tcp_header(port, 445, SYN, sequence), ident, MORE_FRAGMENTS))
            put(ip(TCP, "198.51.100.79", target, tcp_header(port, 445, SYN, sequence), ident, 185))
        elif kind == 9:    # behind IP options: a record route of 8 and of 40 bytes
            room = (8, 40)[turn % 2]
            put(ip(TCP, source, target, tcp_header(port, 445, SYN, sequence), ident,
                   options=bytes((1, 7, room - 1, 4)) + bytes(room - 4)))
        else:
            put(ipv6_scan())
            put(scan(source, "9." + target[2:], port, sequence, ident))
    return packets


# Link layers: a packet to the bytes of a frame.

MACS = bytes.fromhex("02000000000102000000000f")


def is_v6(packet):
    return packet[0] >> 4 == 6


def ethertype(packet):
    return struct.pack(">H", ETHERTYPE_IPV6 if is_v6(packet) else ETHERTYPE_IPV4)


def pad(frame):
    return frame + bytes(max(0, 60 - len(frame)))


def ethernet(packet):
    return pad(MACS + ethertype(packet) + packet)


def vlan(*types):
    def frame(packet):
        tags = b"".join(struct.pack(">HH", kind, 0x2000 + number) for number, kind in enumerate(types, 100))
        return pad(MACS + tags + ethertype(packet) + packet)
    return frame


def null(order, inet6):
    return lambda packet: struct.pack(order + "I", inet6 if is_v6(packet) else 2) + packet


def ppp(with_address, short_protocol):
    def frame(packet):
        protocol = 0x57 if is_v6(packet) else 0x21
        return (b"\xff\x03" if with_address else b"") + \
            (bytes((protocol,)) if short_protocol else struct.pack(">H", protocol)) + packet
    return frame


def chdlc(packet):
    return b"\x0f\x00" + ethertype(packet) + packet


LABELS = struct.pack(">II", 16 << 12 | 64, 17 << 12 | 1 << 8 | 64)    # the second is the last


def mpls(packet):
    return MACS + struct.pack(">H", 0x8847) + LABELS + packet


def ppp_mpls(packet):
    return struct.pack(">HH", 0xFF03, 0x0281) + LABELS + packet


def pppoe_session(packet):
    inner = ppp(False, False)(packet)
    return struct.pack(">BBHH", 0x11, 0, 7, len(inner)) + inner


def pppoe(packet):
    return MACS + struct.pack(">H", 0x8864) + pppoe_session(packet)


def snap(packet):
    return struct.pack(">BBBBH", 0xAA, 0xAA, 3, 0, 0) + ethertype(packet) + packet


def ieee_802_3(packet):
    inner = snap(packet)
    return pad(MACS + struct.pack(">H", len(inner)) + inner)


def pbb(packet):
    """802.1ah: a backbone's tag, a service's tag, and a customer's frame."""
    return MACS + struct.pack(">HHHI", 0x88A8, 5, 0x88E7, 0x1234) + vlan(0x8100)(packet)


def frame_relay(packet):
    return b"\x18\x41\x03" + (b"\x8e" if is_v6(packet) else b"\xcc") + packet


def sll(packet):
    return struct.pack(">HHH", 0, 1, 6) + MACS[:6] + bytes(2) + ethertype(packet) + packet


def sll_llc(packet):
    return struct.pack(">HHH", 0, 1, 6) + MACS[:6] + bytes(2) + struct.pack(">H", 4) + snap(packet)


def sll2(packet):
    return ethertype(packet) + struct.pack(">HIHBB", 0, 2, 1, 0, 6) + MACS[:6] + bytes(2) + packet


def sll2_mpls(packet):
    return struct.pack(">HHIHBB", 0x8847, 0, 2, 1, 0, 6) + MACS[:6] + bytes(2) + LABELS + packet


def raw(packet):
    return packet


# Capture files.

def pcap_header(link, order="<", nano=False, snaplen=65535, magic=None, version=(2, 4)):
    magic = magic or (0xA1B23C4D if nano else 0xA1B2C3D4)
    return struct.pack(order + "IHHiIII", magic, *version, 0, 0, snaplen, link)


def pcap_record(at, frame, order="<", nano=False, snaplen=65535, wire_len=None, extra=b""):
    seconds, rest = divmod(at, NANO)
    kept = frame[:snaplen]
    return struct.pack(order + "IIII", seconds, rest if nano else rest // 1000, len(kept),
                       len(frame) if wire_len is None else wire_len) + extra + kept


def pcap(packets, link=RAW, frame=raw, order="<", nano=False, snaplen=65535, extra=b"", **header):
    return pcap_header(link, order, nano, snaplen, **header) + b"".join(
        pcap_record(at, frame(packet), order, nano, snaplen, extra=extra) for at, packet in packets)


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order):
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order, link, resolution=None, offset=None, snaplen=65535):
    """`resolution`: the byte of if_tsresol; `offset`: if_tsoffset, in seconds."""
    body = struct.pack(order + "HHI", link, 0, snaplen)
    if resolution is not None:
        body += option(order, 9, bytes((resolution,)))
    if offset is not None:
        body += option(order, 14, struct.pack(order + "q", offset))
    return block(order, 1, body + (option(order, 0, b"") if len(body) > 8 else b""))


def ticks(at, resolution, offset):
    per_second = 2**(resolution & 0x7F) if resolution & 0x80 else 10**resolution
    return (at - offset * NANO) * per_second // NANO


def block_packet(order, number, at, kept, resolution=6, offset=0, obsolete=False):
    time = ticks(at, resolution, offset)
    head = struct.pack(order + "HH", number, 3) if obsolete else struct.pack(order + "I", number)
    return block(order, 2 if obsolete else 6,
                 head + struct.pack(order + "IIII", time >> 32, time & 0xFFFFFFFF, len(kept), len(kept)) + kept +
                 bytes(-len(kept) % 4) + option(order, 1, b"a comment") + option(order, 0, b""))


def pcapng(packets, link, frame, order="<", resolution=None):
    """One section, one interface, enhanced packet blocks; `resolution`: times in 10^-N s instead of microseconds."""
    out = section(order) + interface(order, link, resolution)
    for at, packet in packets:
        out += block_packet(order, 0, at, frame(packet), 6 if resolution is None else resolution)
    # Interface statistics are no packet, and a block of an unknown kind is skipped.
    return out + block(order, 5, struct.pack(order + "III", 0, 0, 0)) + block(order, 0x0BAD0BAD, b"anything")


def pcapng_mixed(packets):
    """Two sections, of either byte order; interfaces that differ in link type, resolution and offset, one of them
    described between packets; both kinds of packet block; names and secrets, which are passed over."""
    out, half = b"", len(packets) // 2
    for order, part in (("<", packets[:half]), (">", packets[half:])):
        # The last: 2^-30 s, which is finer than a microsecond.
        kinds = [(ETHERNET, ethernet, 6, 0), (RAW, raw, 9, MIDNIGHT - 7200), (SLL, sll, 6, -3600),
                 (NULL, null(order, 30), 0x80 | 30, MIDNIGHT - 3600)]
        out += section(order) + b"".join(interface(order, link, resolution, offset)
                                         for link, _, resolution, offset in kinds[:3])
        for n, (at, packet) in enumerate(part):
            if n == len(part) // 2:
                link, _, resolution, offset = kinds[3]
                out += interface(order, link, resolution, offset) + block(order, 10, bytes(100)) + \
                    block(order, 4, struct.pack(order + "HH", 0, 0))
            number = n % (4 if n > len(part) // 2 else 3)
            _, frame, resolution, offset = kinds[number]
            # So that cutting to a microsecond finds it again: the medley's times are in the middle of one.
            out += block_packet(order, number, at // 1000 * 1000 + 500, frame(packet), resolution, offset, n % 5 == 1)
    return out


def simple_packets():
    """Four packets without a time, between two with one; all are scans."""
    def simple(n, kept=48):
        packet = scan(f"192.0.2.{n}", "0.1.2.3")
        return block(">", 3, struct.pack(">I", len(packet)) + packet[:kept])
    out = section(">") + interface(">", RAW, snaplen=44)
    out += block_packet(">", 0, MIDNIGHT * NANO, scan("192.0.2.1", "0.1.2.3"))
    return out + simple(2, 44) + simple(3, 44) + simple(4, 44) + simple(5, 44) + \
        block_packet(">", 0, (MIDNIGHT + 1) * NANO, scan("192.0.2.6", "0.1.2.3"))


def zipped(data):
    return gzip.compress(data, 9, mtime=0)


def zipped_with_header(data):
    """A gzip member that has everything a header can have: a text flag, an extra field, a name, a comment, its own
    checksum."""
    head = struct.pack("<BBBBIBB", 0x1F, 0x8B, 8, 0x1F, 0, 2, 3)
    head += struct.pack("<H", 6) + b"pz\2\0ab" + b"hour.pcap\0" + b"a comment\0"
    head += struct.pack("<H", zlib.crc32(head) & 0xFFFF)
    body = zlib.compressobj(9, zlib.DEFLATED, -15)
    return head + body.compress(data) + body.flush() + struct.pack("<II", zlib.crc32(data), len(data))


def zipped_in_pieces(data):
    """Members cut anywhere: inside the file header, inside records, an empty one."""
    cuts = [0, 1, 10, 24, 31, 31, 500, 501, 1777, len(data)]
    return b"".join(zipped(data[low:high]) for low, high in zip(cuts, cuts[1:]))


def zstd(data):
    command = shutil.which("zstd") or sys.exit("make_oddities: the zstd program is missing")
    return subprocess.run([command, "-q", "-19", "--check"], input=data, stdout=subprocess.PIPE, check=True).stdout


# What is in those that don't hold the medley.

def every_second(begin, end, step=1, source="192.0.2.1"):
    return [(second * NANO, scan(source, "0.1.2.3", 1025 + second % 3000, second))
            for second in range(begin, end, step)]


def flags():
    """Each of the 256 flag bytes once, to port 445: 16 of them are a scan."""
    return [((MIDNIGHT + n) * NANO, scan("192.0.2.1", "0.1.2.3", 2000 + n, n, flags=n)) for n in range(256)]


def many_sources():
    """1,300 sources, more than the list of the earliest holds; the 1,000th place is shared by many."""
    packets = []
    for n in range(1300):
        source = f"198.{18 + n // 650}.{n * 7 % 256}.{n * 89 % 250}"
        at = MIDNIGHT * NANO + (n if n < 900 else 900) * 10**6
        packets.append((at, scan(source, f"0.{n % 128}.{n % 251}.{n % 127}", 1025 + n, n)))
    return packets


def edge_sources():
    """Addresses at the ends of their range, and one or both of the octets that the worm's random scan can't reach."""
    sources = ["0.0.0.0", "255.255.255.255", "127.0.0.1", "224.0.0.1", "10.127.255.127", "10.128.0.0", "10.0.0.128",
               "10.128.0.128", "10.255.255.255", "1.0.0.0", "0.0.0.1", "128.0.128.0"]
    return [((MIDNIGHT + n) * NANO, scan(source, "0.1.2.3", 2000 + n)) for n, source in enumerate(sources)] + \
        [((MIDNIGHT + 3600 + n) * NANO, scan(source, "0.1.2.3", 3000 + n)) for n, source in enumerate(sources[::2])]


def fragments():
    header = tcp_header()
    shapes = [(header, 0), (header, MORE_FRAGMENTS), (header, DONT_FRAGMENT), (header, 1), (header, 185),
              (header, MORE_FRAGMENTS | 1), (header, 0x1FFF), (header, 0x8000), (header[:16], MORE_FRAGMENTS),
              (header[:8], MORE_FRAGMENTS)]
    return [((MIDNIGHT + n) * NANO, ip(TCP, f"192.0.2.{n + 1}", "0.1.2.3", rest, 7 + n, flag))
            for n, (rest, flag) in enumerate(shapes)]


def bad_headers():
    """Headers that contradict themselves, each from a source of its own."""
    shapes = [(tcp_header(words=words), {}) for words in (4, 0, 15)]
    shapes += [(tcp_header(), {"length": length}) for length in (0, 19, 20, 33, 1500)]
    shapes += [(tcp_header(), {"first": version_and_words}) for version_and_words in (0x44, 0x55, 0x40, 0x46)]
    return [((MIDNIGHT + n) * NANO, ip(TCP, f"192.0.2.{n + 1}", "0.1.2.3", rest, **shape))
            for n, (rest, shape) in enumerate(shapes)]


def tunnels():
    """Scans inside another IP packet are none: only the outermost IPv4 header counts. The last five have none, or it is
    not theirs but the link's."""
    inner = scan("198.51.100.1", "0.9.9.9")
    gre = struct.pack(">HH", 0, ETHERTYPE_IPV4)
    packets = [ip(IPIP, "192.0.2.1", "0.1.2.3", inner), ip(GRE, "192.0.2.2", "0.1.2.3", gre + inner),
               ip(IPV6, "192.0.2.3", "0.1.2.3", ipv6_scan()), icmp("192.0.2.4", "0.1.2.3", inner, kind=3),
               ip(ESP, "192.0.2.5", "0.1.2.3", struct.pack(">II", 1, 1) + inner),
               ip(UDP, "192.0.2.6", "0.1.2.3", struct.pack(">HHHHII", 4789, 4789, 24 + len(inner), 0, 1 << 27, 256) +
                  ethernet(inner)),
               scan("192.0.2.7", "0.1.2.3")]
    frames = [ethernet(packet) for packet in packets]
    frames += [MACS + struct.pack(">HI", 0x8847, 16 << 12 | 1 << 8 | 64) + inner,
               MACS + struct.pack(">HBBHHH", 0x8864, 0x11, 0, 1, len(inner) + 2, 0x21) + inner,
               MACS + struct.pack(">HBBBBHH", len(inner) + 8, 0xAA, 0xAA, 3, 0, 0, ETHERTYPE_IPV4) + inner,
               pad(MACS + struct.pack(">H", ETHERTYPE_ARP) + arp()),
               MACS + struct.pack(">H", ETHERTYPE_IPV6) + struct.pack(">IHBB", 6 << 28, len(inner), IPIP, 64) +
               bytes(32) + inner]
    return [((MIDNIGHT + n) * NANO, frame) for n, frame in enumerate(frames)]


def short():
    """One SYN of 48 bytes on a raw IP link, kept to ever fewer bytes: from 34 on its flags are there."""
    lengths = [48, 40, 39, 36, 35, 34, 33, 32, 24, 20, 19, 10, 1, 0]
    return pcap_header(RAW) + b"".join(
        pcap_record((MIDNIGHT + n) * NANO, scan(f"192.0.2.{n + 1}", "0.1.2.3"), snaplen=length)
        for n, length in enumerate(lengths))


def silence():
    """A packet each half minute from 21:50 to 02:30, but for silences: their borders are seconds with a packet, and
    between them lie 59, 60 and 61 empty seconds inside an hour, and across the hour's and the day's border."""
    dark = []
    for first in (MIDNIGHT - 2 * 3600 + 600, MIDNIGHT - 3600 - 17, MIDNIGHT - 31, MIDNIGHT + 3600 - 1):
        for empty in (59, 60, 61):
            dark.append((first, first + empty + 1))
            first += 400 if first % 3600 < 3000 else 1200
    dark.append((MIDNIGHT + 5000, MIDNIGHT + 5901))
    seconds = set(range(MIDNIGHT - 2 * 3600 - 600, MIDNIGHT + 2 * 3600 + 1801, 30))
    seconds = {second for second in seconds if not any(low <= second <= high for low, high in dark)}
    seconds |= {second for pair in dark for second in pair}
    return [(second * NANO + 999999999, scan("192.0.2.1", "0.1.2.3", 2000 + n % 2000))
            for n, second in enumerate(sorted(seconds))]


def outages():
    """Three stretches without anything: of hours, of days, and of more than thirty days."""
    hour = 3600
    return (every_second(MIDNIGHT + 10, MIDNIGHT + hour + 300, 50) +
            every_second(MIDNIGHT + 4 * hour, MIDNIGHT + 4 * hour + 600, 50, "192.0.2.2") +
            every_second(MIDNIGHT + 76 * hour, MIDNIGHT + 77 * hour, 50, "203.0.113.200") +
            every_second(MIDNIGHT + (76 + 45 * 24) * hour, MIDNIGHT + (76 + 45 * 24) * hour + 100, 50, "192.0.2.4"))


def impossible_times():
    """1970, the last microsecond of 1999, the first of 2000, the last of 2037, the first of 2038, 2106."""
    first, last = 946684800 * NANO, 2145916800 * NANO
    times = [0, first - 1000, first, last - 1000, last, (2**32 - 1) * NANO]
    return [(at, scan(f"192.0.2.{n + 1}", "0.1.2.3")) for n, at in enumerate(times)]


def disorder(steps):
    """Seconds of the day, in the order of the file."""
    return [((MIDNIGHT + second) * NANO, scan(f"192.0.2.{n % 5 + 1}", "0.1.2.3", 2000 + n))
            for n, second in enumerate(steps)]


def odd_fractions():
    """Microseconds of a million and more: a second and what is left."""
    out = pcap_header(RAW)
    for n, fraction in enumerate((999999, 1000000, 1500000, 3999999, 4294967)):
        packet = scan(f"192.0.2.{n + 1}", "0.1.2.3")
        out += struct.pack("<IIII", MIDNIGHT + 100, fraction, len(packet), len(packet)) + packet
    return out


def captures():
    all_of = medley()
    v4 = [(at, icmp("198.51.100.78", "0.1.2.3") if is_v6(packet) else packet) for at, packet in all_of]
    plain = pcap(all_of)
    early, late = all_of[:len(all_of) // 2], all_of[len(all_of) // 2:]
    quiet = silence()
    torn_at = len(pcap(all_of[:50])) + 30
    absurd = pcap(all_of[:50]) + struct.pack("<IIII", MIDNIGHT, 0, 0x7FFFFFFF, 48) + plain[torn_at:]
    wrong = bytearray(zipped(plain))
    wrong[-8] ^= 1
    return {
        # the medley on each link layer
        "link-null.pcap": pcap(all_of, NULL, null("<", 30)),
        "link-null-other-order.pcap": pcap(all_of, NULL, null(">", 10)),
        "link-loop.pcap": pcap(all_of, LOOP, null(">", 24)),
        "link-ethernet.pcap": pcap(all_of, ETHERNET, ethernet),
        "link-ethernet-fcs.pcap": pcap(all_of, 0x44000000 | ETHERNET, lambda p: ethernet(p) + b"\xfc" * 4),
        "link-ppp.pcap": pcap(all_of, PPP, ppp(True, False)),
        "link-ppp-short.pcap": pcap(all_of, PPP, ppp(False, True)),
        "link-raw-12.pcap": pcap(all_of, RAW_BSD),
        "link-raw-14.pcap": pcap(all_of, RAW_OPENBSD),
        "link-raw.pcap": plain,
        "link-ipv4.pcap": pcap(v4, IPV4),
        "link-chdlc.pcap": pcap(all_of, CHDLC, chdlc),
        "link-sll.pcap": pcap(all_of, SLL, sll),
        "link-sll2.pcap": pcap(all_of, SLL2, sll2),
        "link-ppp-hdlc.pcap": pcap(all_of, PPP_HDLC, ppp(True, False)),
        "link-ppp-mpls.pcap": pcap(all_of, PPP, ppp_mpls),
        "link-mpls.pcap": pcap(all_of, MPLS, lambda packet: LABELS + packet),
        "link-ethernet-mpls.pcap": pcap(all_of, ETHERNET, mpls),
        "link-sll2-mpls.pcap": pcap(all_of, SLL2, sll2_mpls),
        "link-pppoe.pcap": pcap(all_of, PPPOE, pppoe_session),
        "link-ethernet-pppoe.pcap": pcap(all_of, ETHERNET, pppoe),
        "link-ethernet-snap.pcap": pcap(all_of, ETHERNET, ieee_802_3),
        "link-sll-llc.pcap": pcap(all_of, SLL, sll_llc),
        "link-atm.pcap": pcap(all_of, ATM, snap),
        "link-fddi.pcap": pcap(all_of, FDDI, lambda packet: b"\x50" + MACS + snap(packet)),
        "link-frame-relay.pcap": pcap(all_of, FRAME_RELAY, frame_relay),
        "link-ethernet-pbb.pcap": pcap(all_of, ETHERNET, pbb),
        "vlan.pcap": pcap(all_of, ETHERNET, vlan(0x8100)),
        "qinq.pcap": pcap(all_of, ETHERNET, vlan(0x88A8, 0x8100)),
        "qinq-old.pcap": pcap(all_of, ETHERNET, vlan(0x9100, 0x8100)),
        "vlan-9200.pcap": pcap(all_of, ETHERNET, vlan(0x9200, 0x8100)),
        "vlan-strange.pcap": pcap(all_of, ETHERNET, vlan(0x7777)),
        "vlan-triple.pcap": pcap(all_of, ETHERNET, vlan(0x8100, 0x8100, 0x8100)),
        # the medley in each format
        "order-big.pcap": pcap(all_of, order=">"),
        "nano.pcap": pcap(all_of, nano=True),
        "nano-big.pcap": pcap(all_of, order=">", nano=True),
        "modified.pcap": pcap(all_of, ETHERNET, ethernet, magic=0xA1B2CD34, extra=struct.pack("<IHBB", 2, 0x800, 0, 0)),
        "pcapng.pcapng": pcapng(all_of, ETHERNET, ethernet),
        "pcapng-big.pcapng": pcapng(all_of, RAW, raw, ">"),
        "pcapng-nano.pcapng": pcapng(all_of, ETHERNET, ethernet, resolution=9),
        "pcapng-mixed.pcapng": pcapng_mixed(all_of),
        # the medley compressed
        "gzip.pcap.gz": zipped(plain),
        "gzip-header.pcap.gz": zipped_with_header(plain),
        "gzip-members.pcap.gz": zipped_in_pieces(plain),
        "gzip-joined.pcap.gz": zipped(pcap(early)) + zipped(pcap(late, ETHERNET, ethernet, ">")),
        "gzip-pcapng.pcapng.gz": zipped(pcapng(all_of, ETHERNET, ethernet)),
        "zstd.pcap.zst": zstd(plain),
        # the medley cut short, and damaged
        "snaplen-48.pcap": pcap(all_of, ETHERNET, ethernet, snaplen=48),
        "snaplen-40.pcap": pcap(all_of, snaplen=40),
        "torn-record.pcap": plain[:torn_at],
        "torn-gzip.pcap.gz": zipped(plain)[:-700],
        "wrong-checksum.pcap.gz": bytes(wrong),
        "trailing.pcap.gz": zipped(plain) + b"no gzip member follows here",
        "absurd-record.pcap": absurd,
        # others
        "empty.pcap": pcap([]),
        "flags.pcap.gz": zipped(pcap(flags())),
        "many-sources.pcap.gz": zipped(pcap(many_sources())),
        "edge-sources.pcap": pcap(edge_sources()),
        "fragments.pcap": pcap(fragments()),
        "bad-headers.pcap": pcap(bad_headers(), ETHERNET, lambda packet: pad(MACS + b"\x08\x00" + packet)),
        "tunnels.pcap": pcap(tunnels(), ETHERNET, raw),
        "short.pcap": short(),
        "silence.pcap": pcap(quiet, nano=True),
        "silence-part-1.pcap.gz": zipped(pcap([entry for entry in quiet if entry[0] < (MIDNIGHT - 31 + 400) * NANO])),
        "silence-part-2.pcap.gz": zipped(pcap([entry for entry in quiet if entry[0] >= (MIDNIGHT - 31 + 400) * NANO])),
        "outages.pcap.gz": zipped(pcap(outages())),
        "impossible-times.pcap": pcap(impossible_times()),
        "disorder.pcap": pcap(disorder([100, 99, 105, 90, 104, 3599, 3605, 3591, 3607])),
        "time-back.pcap": pcap(disorder([100, 4000, 7500, 7600, 3700, 3710, 11000])),
        "odd-fractions.pcap": odd_fractions(),
        "simple-packets.pcapng": simple_packets(),
        "unknown-link.pcap": pcap(all_of[:20], 147),
    }


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for name, data in captures().items():
        with open(os.path.join(out, name), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
