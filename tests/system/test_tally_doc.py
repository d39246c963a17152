#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A reader of tally files written from docs/tally-file.md alone: index, checksums, fates, and the damage log. What it finds
in the tallies of damaged captures is what summary.json says of them."""

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


if __name__ == "__main__":
    common.main()
