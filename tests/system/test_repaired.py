#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A file that was repaired has the identity of its damaged copy, size and both ends: it is read again, and once only; of a
damaged and a whole copy the whole one counts."""

import gzip
import os
import random
import re
import shutil
import struct

import common

N = 5000
BEGIN = 1227229200    # 2008-11-21 01:00 UTC


def capture(seed=1, n=N):
    """A gzip capture of n SYNs to port 445 from n sources, too random to be compressed below 128 KiB."""
    roll = random.Random(seed)
    records = []
    for i in range(n):
        ip = struct.pack(">BBHHHBBHII", 0x45, 0, 48, roll.getrandbits(16), 0, 110, 6, 0, 0x0a000000 + i,
                         0x2c000000 + roll.getrandbits(24))
        tcp = struct.pack(">HHIIBBHHH", roll.randrange(1024, 5000), 445, roll.getrandbits(32), 0, 0x70, 2, 65535, 0, 0)
        records.append(common.pcap_record((BEGIN + i * 3600 // n) * 10**6 + i, ip + tcp + roll.randbytes(28)))
    return gzip.compress(common.pcap(records), 1, mtime=0)


WHOLE = capture()


def damaged(at):
    return WHOLE[:at] + bytes(700) + WHOLE[at + 700:]


class Repaired(common.Case):
    def setUp(self):
        super().setUp()
        self.assertGreater(len(WHOLE), 200_000)
        self.archive = self.dir / "archive"
        self.archive.mkdir()

    def put(self, name, data):
        path = self.archive / name
        path.write_bytes(data)
        return path

    def go(self, code, scanned, *options, out="out", archive=None, ranks=None):
        """Runs; gives how many scans and packets there are, and what was said."""
        out, done = self.run_ok(archive or self.archive, *options, out=out, code=code, ranks=ranks)
        self.assertEqual(int(re.findall(r"scanned (\d+) captures", common.read_log(out))[-1]), scanned, done)
        return [int(n) for n in common.read_csv(out / "tables" / "total.csv")[1][1:3]], done

    def go_whole(self, *arguments, **options):
        found, done = self.go(common.DONE, *arguments, **options)
        self.assertEqual(found, [N, N], done)
        return done

    def go_damaged(self, *arguments, **options):
        found, done = self.go(common.DAMAGED, *arguments, **options)
        self.assertLess(found[1], N, done)
        self.assertGreater(found[1], 500, done)
        return found

    def test_under_the_same_name(self):
        path = self.put("a.pcap.gz", damaged(100_000))
        before = self.go_damaged(1)
        self.assertEqual(self.go_damaged(0), before)
        self.put("new", WHOLE).rename(path)
        self.go_whole(1)
        self.go_whole(0)
        self.go_whole(1, "--rescan")
        # The whole tally counts also when the damaged file comes back from a backup; unless all is to be read again.
        self.put("a.pcap.gz", damaged(100_000))
        self.go_whole(0)
        self.assertEqual(self.go_damaged(1, "--rescan"), before)
        self.assertEqual(self.go_damaged(0), before)

    def test_in_place_with_all_times_kept(self):
        """As by rsync --inplace --times: same inode, size and modification time."""
        path = self.put("a.pcap.gz", damaged(100_000))
        was = path.stat()
        self.go_damaged(1)
        with open(path, "r+b") as file:
            file.write(WHOLE)
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
        self.assertEqual((path.stat().st_ino, path.stat().st_mtime_ns), (was.st_ino, was.st_mtime_ns))
        self.go_whole(1)

    def test_under_another_name(self):
        old = self.put("a.pcap.gz", damaged(100_000))
        self.go_damaged(1)
        self.put("b.pcap.gz", WHOLE)
        self.go_whole(1)    # both are there
        old.unlink()
        self.go_whole(0)

    def test_damaged_again(self):
        path = self.put("a.pcap.gz", damaged(100_000))
        before = self.go_damaged(1)
        os.utime(path, (BEGIN, BEGIN))
        self.assertEqual(self.go_damaged(1), before)
        self.assertEqual(self.go_damaged(0), before)
        self.put("a.pcap.gz", damaged(150_000))
        after = self.go_damaged(1)
        self.assertGreater(after[1], before[1])
        self.assertEqual(self.go_damaged(0), after)

    def test_grown(self):
        self.put("a.pcap.gz", WHOLE[:-90_000])
        self.go_damaged(1)
        with open(self.archive / "a.pcap.gz", "ab") as file:
            file.write(WHOLE[-90_000:])
        self.go_whole(1)
        self.go_whole(0)

    def test_both_copies(self):
        """Whatever their names, their order and the ranks: the whole one counts, and both are named."""
        first = None
        for turn, names, ranks in ((1, "ab", None), (2, "ba", None), (3, "ab", 3 if common.MPI else None)):
            shutil.rmtree(self.archive)
            self.archive.mkdir()
            good, bad = (self.put(f"{name}.pcap.gz", data) for name, data in zip(names, (WHOLE, damaged(100_000))))
            self.put("c.pcap.gz", damaged(150_000))
            out = f"out-{turn}"
            done = self.go_whole(1, out=out, ranks=ranks)
            for path in (good, bad, self.archive / "c.pcap.gz"):
                self.assertIn(str(path), done.err)
            inputs = {entry["capture"]: entry for entry in common.read_summary(self.dir / out)["inputs"]}
            self.assertEqual([inputs[name]["state"] for name in sorted(inputs)], ["read", "duplicate", "duplicate"])
            self.assertEqual(inputs["b.pcap.gz"]["duplicate_of"], "a.pcap.gz")
            made = common.snapshot(self.dir / out)
            self.go_whole(0, out=out)
            self.assert_same(made, common.snapshot(self.dir / out))
            first = first or made
            self.assert_same(first, made)

    def test_both_damaged(self):
        """That from which more can be read counts; then neither is read again, until one changes."""
        self.put("a.pcap.gz", damaged(100_000))
        self.put("b.pcap.gz", damaged(150_000))
        best = self.go_damaged(1)
        self.assertEqual(self.go_damaged(0), best)
        (self.archive / "a.pcap.gz").unlink()
        self.assertEqual(self.go_damaged(0), best)
        (self.archive / "b.pcap.gz").unlink()
        self.put("d.pcap.gz", damaged(100_000))
        self.assertLess(self.go_damaged(1)[1], best[1])
        self.put("e.pcap.gz", WHOLE)
        self.go_whole(1)

    def test_links(self):
        path = self.put("a.pcap.gz", damaged(100_000))
        (self.archive / "b.pcap.gz").symlink_to(path)
        before = self.go_damaged(1)
        os.link(path, self.archive / "c.pcap.gz")
        self.assertEqual(self.go_damaged(1), before)
        self.assertEqual(self.go_damaged(0), before)

    def test_halves(self):
        """reduce reads no capture, so it says what is to be done."""
        store, out = self.dir / "store", self.dir / "out"
        scan = lambda: common.call("scan", self.archive, "--store", store).code
        reduce = lambda: common.call("reduce", self.archive, "--store", store, "--out", out, "--no-report")
        path = self.put("a.pcap.gz", damaged(100_000))
        self.assertEqual([scan(), reduce().code], [common.DAMAGED] * 2)
        self.put("new", WHOLE).rename(path)
        done = reduce()
        self.assertEqual(done.code, common.ENVIRONMENT, done)
        self.assertIn("has changed since", done.err)
        self.assertEqual([scan(), reduce().code], [common.DONE] * 2)

    def test_elsewhere(self):
        """Captures and results copied to another place: only the damaged capture is read, once; and no table tells one
        place from the other."""
        self.put("a.pcap.gz", damaged(100_000))
        self.put("b.pcap.gz", capture(2))
        before = self.go(common.DAMAGED, 2)[0]
        shutil.copytree(self.archive, self.dir / "elsewhere")
        shutil.copytree(self.dir / "out", self.dir / "other")
        for scanned in (1, 0):
            self.assertEqual(self.go(common.DAMAGED, scanned, archive=self.dir / "elsewhere", out="other")[0], before)
        self.assert_same(*(common.snapshot(self.dir / out, skip=("run.log", "restricted/store"))
                           for out in ("out", "other")))


if __name__ == "__main__":
    common.main()
