# SPDX-License-Identifier: BSD-2-Clause
"""Reads a made-up telescope's captures and truth, in plain Python: what tests and the oracle know of packets."""

import csv
import gzip
import pathlib
import struct
from collections import namedtuple

Packet = namedtuple("Packet", "time source target protocol flags sport dport seq id ttl length")


def packets(path):
    """The packets of one capture; times in microseconds."""
    data = gzip.open(path).read()
    magic, _, _, _, _, _, link = struct.unpack_from("<IHHIIII", data)
    assert magic == 0xA1B2C3D4 and link in (1, 101), (hex(magic), link)
    skip = 14 if link == 1 else 0
    ip = struct.Struct(">2xHH2xBB2xII")
    tcp = struct.Struct(">HHI4xxB")
    record = struct.Struct("<IIII")
    at = 24
    while at < len(data):
        seconds, usec, kept, wire = record.unpack_from(data, at)
        at += 16
        frame, at = at + skip, at + kept
        length, ident, ttl, protocol, source, target = ip.unpack_from(data, frame)
        assert wire >= length + skip and kept <= wire
        sport = dport = seq = flags = 0
        if protocol == 6:
            sport, dport, seq, flags = tcp.unpack_from(data, frame + 20)
        yield Packet(seconds * 1000000 + usec, source, target, protocol, flags, sport, dport, seq, ident, ttl, length)
    assert at == len(data)


def captures(folder):
    return sorted(pathlib.Path(folder, "captures").iterdir())


def syns(folder):
    """All TCP/445 SYNs, hour by hour."""
    for path in captures(folder):
        for packet in packets(path):
            if packet.protocol == 6 and packet.flags == 2 and packet.dport == 445:
                yield packet


def truth(folder, name):
    with open(pathlib.Path(folder, "truth", name + ".csv"), newline="") as file:
        return list(csv.DictReader(file))


def address(text):
    a, b, c, d = map(int, text.split("."))
    return a << 24 | b << 16 | c << 8 | d


def dotted(value):
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def reachable(value):
    """Whether octets 2 and 4 are below 128."""
    return not value & 0x00800080
