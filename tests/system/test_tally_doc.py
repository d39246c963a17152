#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A reader of tally files written from docs/tally-file.md alone: index, checksums, fates, the damage log, and sources. What
it finds in the tallies of damaged captures is what summary.json says of them, and sources have the scans that were made."""

import re
import struct
import zlib

import common

DAMAGED = ("torn-gzip.pcap.gz", "torn-record.pcap", "absurd-record.pcap", "wrong-checksum.pcap.gz", "trailing.pcap.gz",
           "time-back.pcap", "unknown-link.pcap", "gzip.pcap.gz")


class Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        self.at += n
        return self.data[self.at - n:self.at]

    def u32(self):
        return struct.unpack("<I", self.take(4))[0]

    def u64(self):
        return struct.unpack("<Q", self.take(8))[0]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value


def words(header, macro):
    """The words of a list in a header, in their order."""
    text = (common.REPO / "src" / "capture" / header).read_text(encoding="utf-8")
    listed = re.search(rf"#define {macro}\(_\)(.*?)\n\n", text, re.S).group(1)
    return [re.sub(r'"\s*\\?\s*"', "", one) for one in re.findall(r'_\(\w+, \w+,\s*"((?:[^"\\]|"\s*\\?\s*")*)"\)', listed)]


def read_tally(path):
    data = path.read_bytes()
    index = data[:4096]
    assert index[:8] == b"PZTALLY\n"
    version = struct.unpack_from("<I", index, 8)[0]
    assert zlib.crc32(index[:4092]) == struct.unpack_from("<I", index, 4092)[0]
    offset, size, checksum = struct.unpack_from("<QQI", index, 96)
    common_section = data[offset:offset + size]
    assert zlib.crc32(common_section) == checksum
    b = Bytes(common_section)
    tally = {"version": version, "identity": struct.unpack_from("<QQ", index, 24), "fates": [b.u64() for _ in range(b.u32())]}
    b.u64()
    log = {"records": b.u64(), "link": b.u32(), "synthetic": b.u32(), "counts": [b.u64() for _ in range(b.u32())],
           "padding": b.u64(), "passed": b.u64(), "damage": []}
    for _ in range(b.u32()):
        log["damage"].append(dict(zip(("reason", "byte", "before", "first", "last", "passed", "window"),
                                      (b.u32(), b.u64(), b.u64(), b.u32(), b.u32(), b.u64(), b.u64()))))
    log["hours"] = [(b.u32(), b.u32()) for _ in range(b.u32())]
    log["libpcap"] = b.take(b.u32()).decode("ascii")
    log["files"] = [(b.u64(), b.u64(), b.u64()) for _ in range(b.u32())]
    log["stride"] = b.u64()
    log["sums"] = [b.u64() for _ in range(b.u32())]
    hours = [b.u32() for _ in range(2)] if len(common_section) - b.at > 4 else [b.u32()]
    return {**tally, "log": log, "nhours": hours[0], "first_hour": hours[1] if len(hours) > 1 else None}


def read_source(b, previous):
    """One source: its address, its scans, the times of the earliest since the hour's start, and its attempts."""
    address = previous + b.varint()
    scans, destinations = (lambda n: (n & 7, n >> 3))(b.varint())
    times, since = [], 0
    for _ in range(min(scans, 4)):
        since += b.varint()
        times.append(since)
        b.take(12)                     # destination, sequence number, port and ip.id
        b.varint(), b.varint()         # wire length, TTL
    if scans == 5:
        b.varint()                     # the last scan
        scans = sum(b.varint() for _ in range(4))
        counted = [b.varint() for _ in range(3)]
        assert max(counted) <= scans
        b.take(4)                      # ports
        local = sum(b.varint() for _ in range(2)) if b.varint() >> 16 else 0
        if local < scans:
            b.take(4), b.varint()      # bounds of octets
    kept = [b.u32() for _ in range(destinations)]
    assert kept == sorted(set(kept))
    if destinations == 8:
        networks = [b.varint() for _ in range(b.varint())]
        assert networks and min(networks[1:], default=1) > 0 and sum(networks) < 65535
    attempts = sum(b.varint() for _ in range(4))
    _, _, matches = b.varint(), b.varint(), b.varint()
    if matches:
        assert b.varint() < 3600 * 10**6
    assert destinations <= attempts <= scans
    return address, scans, times, attempts


def read_sources(path):
    """All sources of a tally: hour, address, scans, time of the first scan."""
    data, sources = path.read_bytes(), []
    offsets = struct.unpack_from("<257Q", data, 144)
    for begin, end, checksum in zip(offsets, offsets[1:], struct.unpack_from("<256I", data, 2200)):
        assert zlib.crc32(data[begin:end]) == checksum
        b = Bytes(data[begin:end])
        b.take(b.u32())                # boundary rows
        while b.at < len(b.data):
            hour, n, nbytes = b.u32(), b.u32(), b.u32()
            rows, address = Bytes(b.take(nbytes)), 0
            for _ in range(n):
                address, scans, times, _ = read_source(rows, address)
                sources.append((hour, address, scans, hour * 3600 * 10**6 + times[0]))
            assert rows.at == nbytes
    assert len(sources) == struct.unpack_from("<Q", data, 64)[0]
    return sources


def syn(source, destination, i):
    """An IPv4 packet with a SYN to the port."""
    return struct.pack(">BBHHHBBHII", 0x45, 0, 48, i, 0, 110, 6, 0, source, destination) + struct.pack(
        ">HHIIBBHHHQ", 1100 + i, 445, 9000 + i, 0, 0x70, 2, 8192, 0, 0, 0)


class TallyDoc(common.Case):
    def test_damage_log(self):
        page = (common.REPO / "docs" / "tally-file.md").read_text(encoding="utf-8")
        version = int(re.search(r"Version (\d+)\.", page).group(1))
        reasons = words("damage_log.h", "PZ_DAMAGES")
        seen = 0
        for i, name in enumerate(DAMAGED):
            done = common.call("run", common.DATA / name, "--out", self.dir / str(i), "--no-report")
            self.assertIn(done.code, (common.DONE, common.DAMAGED), done)
            capture, = common.read_summary(self.dir / str(i))["inputs"]
            path, = (self.dir / str(i) / "restricted" / "store").rglob("*.tally")
            tally = read_tally(path)
            log, stat = tally["log"], (common.DATA / name).stat()
            self.assertEqual(tally["version"], version)
            self.assertEqual("{1:016x}-{0:x}".format(*tally["identity"]), capture["identity"])
            self.assertEqual(log["records"], sum(tally["fates"]), name)
            self.assertEqual(len(log["counts"]), len(reasons))
            self.assertEqual([(reasons[one["reason"]], one["byte"], one["before"]) for one in log["damage"]],
                             [(one["reason"], one.get("byte", one.get("decompressed_byte")), one["records_before"])
                              for one in capture["damage"]], name)
            self.assertEqual([(inode, modified) for inode, modified, _ in log["files"]],
                             [(stat.st_ino, stat.st_mtime_ns)] if log["damage"] else [], name)
            self.assertLess(tally["nhours"], 100)
            if tally["first_hour"] is not None:
                self.assertGreater(tally["first_hour"], 262968)    # of 2000
            seen += len(log["damage"])
        self.assertGreater(seen, 5)

    def test_sources(self):
        begin, minute = 340901 * 3600 * 10**6, 60 * 10**6
        packets, made = [], {}
        for k in range(40):            # of one scan, of two, ..., each an attempt of its own
            source = 0x0a010000 + 0x30001 * k
            times = [begin + minute + (1000 * k + 7 * i) * 10**5 // 10 for i in range(k % 13 + 1)]
            made[source] = (len(times), times[0])
            packets += [(time, syn(source, 0x01020304 + 0x10203 * i, i)) for i, time in enumerate(times)]
        packets += [(begin + i * 10**7, syn(1, 1, i)[:9] + b"\x11" + syn(1, 1, i)[10:]) for i in range(60)]    # UDP
        path = self.dir / "made.pcap"
        path.write_bytes(common.pcap([common.pcap_record(time, bytes_) for time, bytes_ in sorted(packets)]))
        common.call("scan", path, "--store", self.dir / "store", "--quiet")
        tally, = (self.dir / "store").rglob("*.tally")
        found = {address: (scans, first) for hour, address, scans, first in read_sources(tally) if hour == 340901}
        self.assertEqual(found, made)


if __name__ == "__main__":
    common.main()
