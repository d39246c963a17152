#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What tshark says of a capture, as the tables that patientzero should write of it.

    tests/oracle/oracle.py CAPTURE [--port N] [--table NAME]

tshark dissects more than is wanted here, so that it is told, and its answer is read, with care:
  - only the outermost IPv4 header counts, and only right on a link layer that the program knows. frame.protocols tells
    the way to it; what comes first in the frame is what `occurrence=f` gives;
  - fragments aren't put together (ip.defragment), streams neither, and no heuristics of the layers above are asked;
  - a TCP header that is cut off behind its flags gets none from tshark. Those packets, and no others, are looked up in
    what tcpdump's filter lets through;
  - fractions of a second of one and more, and the times of captures of link types that tshark refuses, are taken from
    tcpdump too. Such a fraction counts as the last microsecond of its second.
"""

import argparse
import re
import struct
import subprocess
import sys

import expected
import unpack

LAYERS = ("frame.time_epoch", "frame.protocols", "ip.version", "ip.src", "ip.dst", "ip.id", "ip.proto", "ip.frag_offset",
          "tcp.srcport", "tcp.dstport", "tcp.seq", "tcp.flags")
PREFERENCES = ("ip.defragment:FALSE", "ip.use_geoip:FALSE", "tcp.desegment_tcp_streams:FALSE",
               "tcp.analyze_sequence_numbers:FALSE", "tcp.try_heuristic_first:FALSE")

# What tshark calls the link layers that the program reads, and what it walks over up to the first IPv4 header.
LINKS = ("eth", "sll", "raw", "null", "ppp", "chdlc", "ip", "ipv6", "pppoes", "llc", "fddi", "fr")
STRAIGHT = re.compile(r"^((eth|sll|raw|null|ppp|chdlc|pppoes|llc|fddi|fr)"
                      r"(:(ethertype|vlan|ieee8021ad|ieee8021ah|mpls|pppoes|ppp|llc))*:)?ip(:|$)")
TELLING = 0x17    # FIN, SYN, RST, ACK
SYN_FILTER = ("ip and tcp[13]&0x17=2 and tcp[12]&0xf0>=0x50 and "
              "(ip[2:2]=0 or ip[2:2]>=((ip[0]&0xf)<<2)+14)")
TCPDUMP_LINE = re.compile(r"^(\d+)\.(\d{6}) IP (?:.* )?(\d+\.\d+\.\d+\.\d+)\.\d+ > \d+\.\d+\.\d+\.\d+\.(\d+):")


class Reading:
    def __init__(self):
        self.packets = []      # of expected.Packet
        self.links = set()     # the first protocol of each frame
        self.complaint = ""    # why it couldn't be read to its end
        self.odd_fractions = False    # of seconds, a second or more

    def commonest_port(self):
        """The port that most scans go to, but 445; the lowest of equals; None without any."""
        count = {}
        for packet in self.packets:
            if packet.syn and packet.port and packet.port != 445:
                count[packet.port] = count.get(packet.port, 0) + 1
        return min(count, key=lambda port: (-count[port], port), default=None)


def number(text):
    return sum(int(octet) << shift for octet, shift in zip(text.split("."), (24, 16, 8, 0), strict=True))


def usec_of(text):
    """A time as tshark prints it, cut to microseconds; a record without a time (pcapng has such) prints none."""
    if not text:
        return expected.NO_TIME
    seconds, fraction = text.split(".")
    return int(seconds) * 10**6 + int(fraction) // 1000


def libpcap_times(path):
    """The times of all records that libpcap reads, and whether a fraction of a second is one or more."""
    data = unpack.unpack(path)
    nano = data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
    precision = ["--time-stamp-precision=nano"] if nano else []    # asked for otherwise, fractions may overflow
    copy = subprocess.run(["tcpdump", "-r", "-", "-U", "-w", "-", *precision], input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout
    at, times, odd = 24, [], False
    while at + 16 <= len(copy):
        seconds, fraction, kept = struct.unpack_from("=III", copy, at)
        micros = fraction // 1000 if nano else fraction
        odd = odd or micros >= 10**6
        times.append(seconds * 10**6 + min(micros, 999999))
        at += 16 + kept
    return times, odd


def from_tcpdump(path):
    """{(time, source, port)} of the SYNs that tcpdump's filter finds."""
    data = unpack.unpack(path)
    out = subprocess.run(["tcpdump", "-r", "-", "-nn", "-tt", "-q", SYN_FILTER], input=data, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL).stdout.decode()
    found = set()
    for match in map(TCPDUMP_LINE.match, out.splitlines()):
        if match:
            seconds, micros, source, port = match.groups()
            found.add((int(seconds) * 10**6 + int(micros), number(source), int(port)))
    return found


def read(path):
    command = ["tshark", "-r", path, "-n", "-Q"]
    for preference in PREFERENCES:
        command += ["-o", preference]
    command += ["-T", "fields", "-E", "occurrence=f", "-E", "separator=/t"]
    for layer in LAYERS:
        command += ["-e", layer]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    reading = Reading()
    errors = [line for line in done.stderr.decode(errors="replace").splitlines() if line.startswith("tshark:")]
    reading.complaint = " ".join(errors)
    if b"unknown or unsupported" in done.stderr:
        reading.packets = [expected.Packet(usec) for usec in libpcap_times(path)[0]]
        return reading
    flagless = []
    for line in done.stdout.decode(errors="replace").split("\n")[:-1]:
        time, protocols, version, source, target, ip_id, protocol, offset, source_port, port, sequence, flags = \
            line.split("\t")
        if not time and protocols == "data":
            continue    # a custom block of pcapng, which tshark lists as if it were a packet
        reading.links.add(protocols.split(":")[0])
        packet = expected.Packet(usec_of(time))
        if STRAIGHT.match(protocols) and version == "4" and source and target:
            packet = packet._replace(source=number(source), target=number(target))
            if protocol == "6" and offset == "0" and port:
                packet = packet._replace(port=int(port), key=(source_port, sequence, ip_id) if sequence else None)
                if flags:
                    packet = packet._replace(syn=int(flags, 16) & TELLING == 2)
                else:
                    flagless.append(len(reading.packets))
        reading.packets.append(packet)
    if flagless:
        found = from_tcpdump(path)
        for at in flagless:
            packet = reading.packets[at]
            if (packet.usec, packet.source, packet.port) in found:
                reading.packets[at] = packet._replace(syn=True)
    if unpack.unpack(path)[:4] != b"\n\r\r\n":
        times, odd = libpcap_times(path)
        if odd and len(times) == len(reading.packets):    # tshark keeps 32 bits of nanoseconds
            reading.odd_fractions = True
            reading.packets = [packet._replace(usec=usec) for packet, usec in zip(reading.packets, times)]
    return reading


def main():
    parser = argparse.ArgumentParser(description="What tshark says of a capture, as patientzero's tables.")
    parser.add_argument("capture")
    parser.add_argument("--port", type=int, default=445)
    parser.add_argument("--table", choices=("hourly", "daily", "first_seen", "total", "earliest"))
    arguments = parser.parse_args()
    reading = read(arguments.capture)
    for name, rows in expected.tables(reading.packets, arguments.port).items():
        if arguments.table in (None, name):
            print(f"# {name}\n" * (not arguments.table) + expected.csv(rows), end="")
    if reading.complaint:
        sys.exit(reading.complaint)


if __name__ == "__main__":
    main()
