#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write one small made-up day of telescope traffic: 21 November 2008, one gzip pcap file an hour.

This is a plain generator: something to try the program on, and no model of the worm. Its curve, rates and
addresses are invented so that the tables take the right shape; they are evidence of nothing. The files look
like a public telescope archive: raw IP (link type 101), headers only, the first octet of every destination
zeroed, and so no checksum that could be right (all are 0).

Taken from what was published (E. Aben, "Conficker/Conflicker/Downadup as seen from the UCSD Network
Telescope", CAIDA, 27 February 2009):
  - the first scan thought to be the worm's is of 01:44:46 UTC;
  - unique TCP/445 sources an hour rise in an S-curve to 114,911 at 17:00-18:00 UTC (here a hundredth of it);
  - about 2,000 other sources an hour scanned TCP/445 before (here a hundredth of it);
  - the worm's scans reach a quarter of all addresses; of the new sources a quarter can be reached themselves
    before the outbreak, over 70 % from 01:30 to 05:00 UTC, later fewer, but well over a quarter;
  - an attempt is mostly two SYNs about 3 s apart and sometimes one; its Figure 5 shows SYNs of 48 bytes, a TTL
    some hops below 128, source ports rising within 1024-5000, a rising IP id, and no destination whose second
    or fourth octet is 128 or more;
  - outages of the telescope leave gaps (their place in this day is invented).

One seed gives the same packets each time: only random() and getrandbits() are drawn from, which Python keeps
stable from version to version.
"""

import argparse
import gzip
import math
import os
import random
import struct
import sys

DAY = 1227225600  # 2008-11-21T00:00:00Z
HOUR = 3600
MICRO = 1000000
SCALE = 100
PEAK_HOUR = 17
PEAK_SOURCES = 114911 // SCALE
NOISE_SOURCES = 2000 // SCALE
FIRST_SCAN = 1 * HOUR + 44 * 60 + 46
OUTAGE = (20 * HOUR, 21 * HOUR + 6 * 60)  # one file is absent and the next one starts late

PAIRS = 0.6        # share of the worm's attempts whose second SYN is seen
WORM_SHARE = 0.6   # share of the worm's packets in the busiest hour
STAYING = 0.85     # share of an hour's infected hosts that scan in the next hour too
NOISE_STAYING = 0.75

# First octets that stand for "somewhere on the Internet": none with private, special or multicast addresses.
FIRST_OCTETS = [n for n in range(1, 224) if n not in (10, 100, 127, 169, 172, 192, 198, 203)]

RECORD = struct.Struct("<IIII")       # seconds, microseconds, bytes kept, bytes on the wire
IP = struct.Struct(">BBHHHBBHII")
TCP = struct.Struct(">HHIIBBHHH")
UDP = struct.Struct(">HHHH")
ICMP = struct.Struct(">BBHI")
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
DONT_FRAGMENT = 0x4000

# What Windows of the time sent: maximum segment size, two fillers, selective acknowledgement allowed.
WINDOWS_OPTIONS = [struct.pack(">BBHBBBB", 2, 4, mss, 1, 1, 4, 2) for mss in (1460, 1460, 1452, 1440, 1400)]
LINUX_OPTIONS = struct.pack(">BBHBBBBIIBBBB", 2, 4, 1460, 4, 2, 8, 10, 1, 0, 1, 3, 3, 5)
WINDOW_SIZES = (65535, 65535, 64512, 16384)

OTHER_TCP_PORTS = (22, 22, 23, 25, 80, 135, 135, 139, 139, 1433, 2967, 3389, 5900, 8080)
OTHER_UDP = ((1434, 404), (1434, 404), (1026, 510), (1027, 510), (53, 60), (137, 78))  # port, bytes on the wire


class Dice(random.Random):
    def between(self, low, high):
        return low + self.random() * (high - low)

    def pick(self, items):
        return items[int(self.random() * len(items))]

    def some(self, items, count):
        """`count` of the items, each as likely as the others."""
        order = sorted((self.random(), n) for n in range(len(items)))
        return [items[n] for _, n in order[:count]]

    def address(self):
        return self.pick(FIRST_OCTETS) << 24 | self.getrandbits(24)


def is_reachable(address):
    """Whether the worm's random scan can come to this address: second and fourth octet below 128."""
    return address & 0x00800080 == 0


def packet(usec, wire_len, ident, flags, ttl, protocol, source, target, rest):
    """One pcap record; `usec` counts from midnight, `rest` is what follows the IP header, as far as it is kept."""
    seconds, micros = divmod(usec, MICRO)
    kept = 20 + len(rest)
    return (usec, RECORD.pack(DAY + seconds, micros, kept, wire_len)
            + IP.pack(0x45, 0, wire_len, ident, flags, ttl, protocol, 0, source, target) + rest)


def tcp(usec, source, target, ttl, ident, source_port, port, sequence, flags=SYN, window=65535, options=b"",
        acknowledged=0):
    size = 20 + len(options)
    rest = TCP.pack(source_port, port, sequence, acknowledged, size << 2, flags, window, 0, 0) + options
    return packet(usec, 20 + size, ident, DONT_FRAGMENT, ttl, 6, source, target, rest)


class Infected:
    """A host with the worm. It connects at a steady rate to anywhere, and few of those attempts hit the telescope:
    between two of them its source port and IP id move on by as much as it did meanwhile."""

    def __init__(self, dice, address):
        self.address = address
        self.ttl = 128 - 8 - int(dice.random() * 20)
        self.rate = dice.between(5, 35)         # connects a second
        self.first_port = dice.random() * 3976
        self.first_ident = dice.random() * 65536
        self.options = dice.pick(WINDOWS_OPTIONS)
        self.window = dice.pick(WINDOW_SIZES)

    def syn(self, usec, target, source_port, sequence):
        ident = int(self.first_ident + 2.4 * self.rate * usec / MICRO) & 0xFFFF
        return tcp(usec, self.address, target, self.ttl, ident, source_port, 445, sequence, SYN, self.window,
                   self.options)

    def attempt(self, dice, usec, out):
        target = dice.getrandbits(24) & ~0x800080
        source_port = 1025 + int(self.first_port + self.rate * usec / MICRO) % 3976
        sequence = dice.getrandbits(32)
        out.append(self.syn(usec, target, source_port, sequence))
        if dice.random() < PAIRS:
            out.append(self.syn(usec + int(dice.between(2.84, 3.01) * MICRO), target, source_port, sequence))


class Noise:
    """A host that scans TCP/445 for other reasons: any destination, other stacks, one to three SYNs an attempt."""

    def __init__(self, dice, address):
        self.address = address
        self.ttl = dice.pick((64, 128, 128, 255)) - 8 - int(dice.random() * 20)
        self.options = dice.pick((b"", LINUX_OPTIONS, WINDOWS_OPTIONS[0], WINDOWS_OPTIONS[0]))
        self.syns = 1 + int(dice.random() * 3)
        self.in_order = dice.random() < 0.3
        self.target = dice.getrandbits(24)

    def attempt(self, dice, usec, out):
        self.target = (self.target + 1) & 0xFFFFFF if self.in_order else dice.getrandbits(24)
        source_port = 1024 + dice.getrandbits(15)
        sequence = dice.getrandbits(32)
        for delay in (0, 3, 9)[:self.syns]:
            out.append(tcp(usec + delay * MICRO, self.address, self.target, self.ttl, dice.getrandbits(16),
                           source_port, 445, sequence, SYN, 65535, self.options))


def other_packet(dice, usec, source):
    """Anything a telescope hears that is no scan of TCP/445."""
    target, ident, ttl = dice.getrandbits(24), dice.getrandbits(16), 40 + int(dice.random() * 80)
    port = 1024 + dice.getrandbits(15)
    kind = dice.random()
    if kind < 0.35:    # scans of other ports
        return tcp(usec, source, target, ttl, ident, port, dice.pick(OTHER_TCP_PORTS), dice.getrandbits(32), SYN,
                   16384, WINDOWS_OPTIONS[0])
    if kind < 0.60:    # UDP worms and spam; the payload isn't kept
        to_port, wire_len = dice.pick(OTHER_UDP)
        return packet(usec, wire_len, ident, 0, ttl, 17, source, target, UDP.pack(port, to_port, wire_len - 20, 0))
    if kind < 0.85:    # answers to somebody's forged packets
        flags = dice.pick((SYN | ACK, SYN | ACK, RST, RST | ACK))
        return tcp(usec, source, target, ttl, ident, dice.pick((80, 80, 445, 6667)), port, dice.getrandbits(32), flags,
                   0 if flags & RST else 5840, b"", dice.getrandbits(32))
    if kind < 0.95:    # ICMP: port unreachable, echo
        wire_len, kind_of, code = dice.pick(((56, 3, 3), (92, 8, 0)))
        return packet(usec, wire_len, ident, 0, ttl, 1, source, target, ICMP.pack(kind_of, code, 0, 0))
    if kind < 0.98:    # port 445, but not an opening SYN
        flags = dice.pick((SYN | ACK, ACK, RST, SYN | FIN))
        return tcp(usec, source, target, ttl, ident, port, 445, dice.getrandbits(32), flags)
    if kind < 0.99:    # port 445, but UDP
        return packet(usec, 78, ident, 0, ttl, 17, source, target, UDP.pack(port, 445, 58, 0))
    # A later fragment, whose first bytes would read as a SYN to 445 if they were taken for a TCP header.
    lookalike = TCP.pack(port, 445, dice.getrandbits(32), 0, 0x50, SYN, 65535, 0, 0)
    return packet(usec, 40, ident, 185, ttl, 6, source, target, lookalike)


def infected_in(hour):
    """How many infected hosts scan in an hour of the day: nobody, an S-curve to the peak, a slow evening."""
    def curve(at):
        return 1 / (1 + math.exp((8.5 - (at + 0.5)) / 1.6))
    first_hour = FIRST_SCAN // HOUR
    if hour < first_hour:
        return 0
    share = curve(hour) / curve(PEAK_HOUR)
    if hour == first_hour:
        share *= 1 - FIRST_SCAN % HOUR / HOUR
    if hour > PEAK_HOUR:
        share = 1 - 0.04 * (hour - PEAK_HOUR)
    return round((PEAK_SOURCES - NOISE_SOURCES) * share)


def reachable_share(hour):
    """Share of the newly infected that the random scan can have infected: most until 05:00, then fewer."""
    return 0.9 if hour < 5 else 0.42 + 0.48 * math.exp((5 - hour) / 5)


class Day:
    def __init__(self, seed, packets_per_hour):
        self.dice = Dice(seed)
        self.seen = set()
        self.infected = []
        self.noise = []
        self.crowd = [self.dice.address() for _ in range(4000)]
        self.others = int(packets_per_hour * (1 - WORM_SHARE))
        attempts = packets_per_hour * WORM_SHARE / (1 + PAIRS) / PEAK_SOURCES
        self.more_attempts = max(0.0, attempts - 1)   # each host makes one, and so many more on average
        self.late = []                                # packets of an attempt that fall into the next hour

    def new_address(self, reachable=None):
        while True:
            address = self.dice.address()
            if address not in self.seen and (reachable is None or is_reachable(address) == reachable):
                self.seen.add(address)
                return address

    def busy(self, host, begin, end, more, out):
        """A host's attempts between two times of the day: one for sure, `more` others on average."""
        dice = self.dice
        count = 1 + int(-math.log(1 - dice.random()) * more + 0.5)
        for usec in sorted(int(dice.between(begin, end) * MICRO) for _ in range(count)):
            host.attempt(dice, usec, out)

    def hour(self, hour):
        dice = self.dice
        begin, end = hour * HOUR, (hour + 1) * HOUR
        out, self.late = self.late, []

        self.noise = dice.some(self.noise, int(NOISE_STAYING * len(self.noise)))
        self.noise += [Noise(dice, self.new_address()) for _ in range(NOISE_SOURCES - len(self.noise))]
        for host in self.noise:
            self.busy(host, begin, end, 12, out)

        wanted = infected_in(hour)
        self.infected = dice.some(self.infected, min(wanted, int(STAYING * len(self.infected))))
        for host in self.infected:
            self.busy(host, begin, end, self.more_attempts, out)
        for _ in range(wanted - len(self.infected)):
            host = Infected(dice, self.new_address(dice.random() < reachable_share(hour)))
            since = max(begin, FIRST_SCAN)
            if hour == FIRST_SCAN // HOUR and not self.infected:
                host.attempt(dice, FIRST_SCAN * MICRO + 314159, out)    # the first scan of all
            since = dice.between(since + 1, end)
            self.infected.append(host)
            self.busy(host, since, end, self.more_attempts * (end - since) / HOUR, out)

        for _ in range(self.others):
            out.append(other_packet(dice, int(dice.between(begin, end) * MICRO), dice.pick(self.crowd)))

        self.late = [entry for entry in out if entry[0] >= end * MICRO]
        dark_from, dark_to = (second * MICRO for second in OUTAGE)
        return sorted(entry for entry in out
                      if entry[0] < end * MICRO and not dark_from <= entry[0] < dark_to)


def write_capture(path, packets):
    """Under another name first, so that a run broken off leaves no torn capture."""
    with open(path + ".part", "wb") as file:
        with gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=file, mtime=0) as zipped:
            zipped.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
            zipped.write(b"".join(record for _, record in packets))
    os.replace(path + ".part", path)


def number(low, high):
    def parse(text):
        value = int(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low} and {high}")
        return value
    return parse


def main():
    parser = argparse.ArgumentParser(
        description="Write a small made-up outbreak day (21 November 2008) as hourly gzip pcap files.")
    parser.add_argument("out_dir", metavar="OUT_DIR")
    parser.add_argument("--seed", type=number(0, 2**63), default=20081121, help="another seed, another day (20081121)")
    parser.add_argument("--packets-per-hour", type=number(1, 10**7), default=60000, metavar="N",
                        help="packets in the busiest hour, about (60000); the sources stay as many, so that a few"
                             " thousand is the least")
    parser.add_argument("--hours", type=number(1, 24), default=24, metavar="N", help="only the first N hours (24)")
    args = parser.parse_args()

    day = Day(args.seed, args.packets_per_hour)
    files = packets_written = bytes_written = 0
    try:
        os.makedirs(args.out_dir, exist_ok=True)
        for hour in range(args.hours):
            packets = day.hour(hour)
            if not packets:
                continue
            path = os.path.join(args.out_dir, f"ucsd-nt.{DAY + hour * HOUR}.pcap.gz")
            write_capture(path, packets)
            files += 1
            packets_written += len(packets)
            bytes_written += os.path.getsize(path)
    except OSError as error:
        sys.exit(f"make_outbreak_day: {error}")
    print(f"{files} captures, {packets_written} packets, {bytes_written / 1e6:.1f} MB in {args.out_dir}")


if __name__ == "__main__":
    main()
