#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Many captures of one hour, which share sources: counted as Python's sets count them, on any number of ranks; and how
often the file system is asked for them."""

import collections
import os
import random
import re
import shutil
import struct
import subprocess
import unittest

import common

HOUR = 1227225600    # 2008-11-21T00:00:00Z
CAPTURES, SCANS = 400, 5


def capture(scans, number):
    """A pcap file of raw IP; scans: (second, source). No two captures have a packet in common."""
    records = []
    for i, (second, source) in enumerate(scans):
        ip = struct.pack(">BBHHHBBHII", 0x45, 0, 48, number * SCANS + i, 0, 115, 6, 0, source, 0x00010101 + (source & 0xffff))
        tcp = struct.pack(">HHIIBBHHHI", 1025 + source % 3000, 445, second * 1000 + i, 0, 0x70, 2, 65535, 0, 0, 0x020405b4) + bytes(4)
        records.append(common.pcap_record((HOUR + second) * 10**6, ip + tcp))
    return common.pcap(records, 12)


class ManyCaptures(common.Case):
    @unittest.skipUnless(shutil.which("strace") and os.environ.get("PZ_SANITIZE") != "ON",
                         "there is no strace, or leaks are looked for, which strace does not allow")
    def test_questions(self):
        """What one rank does alone takes no question to the file system for each capture: it lists the archive, and at the
        end it searches each folder of the store once."""
        archive, trace, out = self.dir / "archive", self.dir / "trace", self.dir / "out"
        archive.mkdir()
        for i in range(CAPTURES):
            (archive / f"{i:03}.pcap").write_bytes(capture([(i, 7 * i + 1)], i))
        subprocess.run(list(map(str, ["strace", "-f", "-e", "trace=open,openat,stat,lstat,newfstatat,statx", "-o", trace,
                                      *common.command_of("run", archive, "--out", out, "--no-report", "--quiet")])), check=True)
        calls = trace.read_text()
        self.assertEqual(len(re.findall(rf'open(?:at)?\([^"]*"{archive}/\d+\.pcap"', calls)), 2 * CAPTURES)
        self.assertEqual(len(re.findall(rf'stat(?:at|x)?\([^"]*"{archive}/\d+\.pcap"', calls)), 0)
        folder = rf'"({out}/restricted/store/[0-9a-f]{{2}})"[^\n]*O_DIRECTORY'
        searched = collections.Counter(re.findall(rf'open(?:at)?\([^"]*{folder}', calls))
        self.assertEqual(max(searched.values()), 1)
        self.assertGreater(len(searched), 100)

    def test_one_hour(self):
        dice = random.Random(1)
        pool = [0x0a000001 + 0x01030507 * i & 0xdfffffff for i in range(300)]
        archive, first = self.dir / "archive", {}
        archive.mkdir()
        for i in range(CAPTURES):
            scans = sorted((dice.randrange(3600), dice.choice(pool)) for _ in range(SCANS))
            (archive / f"{i:03}.pcap").write_bytes(capture(scans, i))
            for second, source in scans:
                first[source] = min(second, first.get(source, second))
        outs = [self.run_ok(archive, out=f"out-{ranks}", ranks=ranks)[0] for ranks in ((None, 1, 3) if common.MPI else (None,))]
        for out in outs[1:]:
            self.assert_same(common.snapshot(out), common.snapshot(outs[0]))
        header, row = common.read_tables(outs[0])["hourly"]
        row = dict(zip(header, row))
        self.assertEqual((int(row["sources"]), int(row["scans"])), (len(first), CAPTURES * SCANS))
        bins = common.read_tables(outs[0])["first_seen"]
        at = bins[0].index("new_sources")
        new = [sum(1 for second in first.values() if second // 600 == i) for i in range(6)]
        self.assertEqual([int(row[at]) for row in bins[1:]], new)


if __name__ == "__main__":
    common.main()
