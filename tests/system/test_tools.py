#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tools.csv against a second count, over the list of packets that the captures are made of: for any number of ranks, cut
anywhere, with copies, for a lens that is masked and one that isn't, at another port, and next to a torn capture."""

import random
import struct

import common

HOUR = 1227225600    # 2008-11-21T00:00:00Z
MICRO = 10**6
RANKS = (1, 2, 3, 4, 7) if common.MPI else (None,)
SIGNS = ("zmap", "masscan", "mirai", "land", "ttl_200", "reserved", "unallocated")
# As people write them: RFC 3330, and what IANA's registry had no allocation for by 21 November 2008.
RESERVED = ("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.2.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4")
UNALLOCATED = (*(f"{n}.0.0.0/8" for n in (1, 2, 5, 14, 23, 27, 31, 36, 37, 39, 42, 46, 49, 50, *range(100, 110),
                                          *range(175, 186), 223)), "128.0.0.0/16", "191.255.0.0/16", "192.0.0.0/24")


def bounds(prefix):
    address, length = prefix.split("/")
    first = int.from_bytes(bytes(map(int, address.split("."))), "big")
    return first, first + (1 << (32 - int(length))) - 1


RANGES = {"reserved": [bounds(prefix) for prefix in RESERVED], "unallocated": [bounds(prefix) for prefix in UNALLOCATED]}


def lies_in(kind, address):
    return any(first <= address <= last for first, last in RANGES[kind])


def signs_of(packet, port):
    _, source, target, sequence, ip_id, ttl = packet
    shown = 0xffffff if target < 1 << 24 else 0xffffffff
    return {"zmap": ip_id == 54321, "masscan": ip_id == (target ^ port ^ sequence) % 65536,
            "mirai": sequence & shown == target & shown, "land": source & shown == target & shown, "ttl_200": ttl >= 200,
            "reserved": lies_in("reserved", source), "unallocated": lies_in("unallocated", source)}


def table_of(packets, port, masked=True):
    """What tools.csv should have; packets without copies."""
    rows = [["hour", "sign", "scans", "expected"]]
    chances = [2 ** -16, 2 ** -16, *2 * [2 ** -24 if masked else 2 ** -32], 56 / 256,
               *(sum(last - first + 1 for first, last in RANGES[kind]) / 2 ** 32 for kind in ("reserved", "unallocated"))]
    for hour in sorted({packet[0] // MICRO // 3600 for packet in packets}):
        found = [signs_of(packet, port) for packet in packets if packet[0] // MICRO // 3600 == hour]
        time = f"2008-11-21T{hour - HOUR // 3600:02}:00:00Z"
        rows += [[time, sign, str(sum(one[sign] for one in found)), f"{chance * len(found):.6f}"]
                 for sign, chance in zip(SIGNS, chances)]
    return rows


def record(packet, port):
    usec, source, target, sequence, ip_id, ttl = packet
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, 48, ip_id, 0, ttl, 6, 0, source, target)
    tcp = struct.pack(">HHIIBBHHHI", 1025, port, sequence, 0, 0x70, 2, 65535, 0, 0, 0x020405b4) + bytes(4)
    return common.pcap_record(usec, ip + tcp)


def traffic(port, telescope, n, seed):
    """SYNs of three hours, most of them of no sign and some of each, in order of time."""
    dice = random.Random(seed)
    edges = [edge for kind in RANGES.values() for first, last in kind
             for edge in (first, last, (first - 1) % 2 ** 32, (last + 1) % 2 ** 32)]
    packets = []
    for _ in range(n):
        usec = HOUR * MICRO + dice.randrange(3 * 3600 * MICRO)
        source = dice.choice((dice.getrandbits(32), dice.choice(edges), 0x50000000 + dice.randrange(5000)))
        target, sequence = telescope | dice.getrandbits(24), dice.getrandbits(32)
        ip_id, ttl = dice.getrandbits(16), dice.choice((110, 199, 200, 255, dice.randrange(1, 256)))
        trick = dice.randrange(12)
        if trick == 0:
            ip_id = 54321
        elif trick == 1:
            ip_id = (target ^ port ^ sequence) % 65536
        elif trick == 2:
            sequence = target | dice.getrandbits(8) << 24
        elif trick == 3:
            sequence = target
        elif trick == 4:
            source = target & 0xffffff | dice.getrandbits(8) << 24
        elif trick == 5:
            source = target
        packets.append((usec, source, target, sequence, ip_id, ttl))
    return sorted(packets)


class Tools(common.Case):
    def write(self, name, records):
        path = self.dir / name
        common.write_gzip(path, common.pcap(records))
        return path

    def compare(self, captures, wanted, name, *options, **more):
        out, _ = self.run_ok(*captures, *options, out=f"out-{name}", **more)
        self.assertEqual(common.read_csv(out / "tables" / "tools.csv"), wanted, name)

    def test_ranks_and_cuts(self):
        packets = traffic(445, 0, 3000, 1)
        records = [record(packet, 445) for packet in packets]
        wanted = table_of(packets, 445)
        self.assertTrue(all(int(row[2]) > 10 for row in wanted[1:]), wanted)
        whole = self.write("whole.pcap.gz", records)
        for ranks in RANKS:
            self.compare([whole], wanted, f"ranks-{ranks}", ranks=ranks)
        cuts = [0, *sorted(random.Random(2).sample(range(len(records)), 12)), len(records)]
        parts = [self.write(f"part-{n:02}.pcap.gz", records[low:high]) for n, (low, high) in enumerate(zip(cuts, cuts[1:]))]
        self.compare(parts, wanted, "parts")

    def test_copies_count_once(self):
        """A copy shows no sign of its own, wherever a cut comes between it and the first."""
        packets = traffic(445, 0, 600, 3)
        late = [(packet[0] + 15, *packet[1:]) for packet in packets]
        both = sorted(packets + late)
        first = self.write("first.pcap.gz", [record(packet, 445) for packet in both[:601]])
        second = self.write("second.pcap.gz", [record(packet, 445) for packet in both[601:]])
        self.compare([first, second], table_of(packets, 445), "copies")

    def test_other_port_and_lens(self):
        """Of destinations that are whole, all bits count."""
        packets = traffic(23, 44 << 24, 1500, 4)
        capture = self.write("whole.pcap.gz", [record(packet, 23) for packet in packets])
        self.compare([capture], table_of(packets, 23, masked=False), "port", "--port", 23)

    def test_torn(self):
        """What could be read counts, and no more."""
        packets = traffic(445, 0, 900, 5)
        capture = self.dir / "torn.pcap"
        capture.write_bytes(common.pcap(record(packet, 445) for packet in packets) + record(packets[-1], 445)[:30])
        self.compare([capture], table_of(packets, 445), "torn", code=common.DAMAGED)


if __name__ == "__main__":
    common.main()
