#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""scan and reduce are the two halves of run, and --part cuts the first one for tasks that know nothing of each other: the
output is the same bytes as run's."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import common


class Parts(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="pz-parts-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.archive = cls.shared / "archive"
        common.day(cls.archive, "--packets-per-hour", 2500, "--hours", 12, "--seed", 21)
        for name in ("torn-gzip.pcap.gz", "empty.pcap", "link-ethernet.pcap", "outages.pcap.gz"):
            shutil.copy(common.DATA / name, cls.archive)
        shutil.copy(cls.archive / "outages.pcap.gz", cls.archive / "twice.pcap.gz")
        # Begins like a capture that is torn, and is none when it's read.
        (cls.archive / "none.gz").write_bytes((common.DATA / "torn-gzip.pcap.gz").read_bytes()[:14])
        (cls.archive / "notes.txt").write_text("no capture")
        cls.names = ["run", cls.archive, cls.shared / "gone.pcap"]
        done = common.call(*cls.names, "--out", cls.shared / "whole")
        assert done.code == common.DAMAGED, done
        cls.wanted = common.snapshot(cls.shared / "whole")

    def call_ok(self, command, *options, code=common.DONE, **more):
        done = common.call(command, *self.names[1:], *options, **more)
        self.assertEqual(done.code, code, done)
        return done

    def test_halves(self):
        for ranks in (None, 3) if common.MPI else (None,):
            with self.subTest(ranks=ranks):
                out = self.dir / f"ranks-{ranks}"
                scanned = self.call_ok("scan", "--out", out, code=common.DAMAGED, ranks=ranks)
                self.assertIn("torn-gzip", scanned.err)
                self.assertIn("gone.pcap", scanned.err)
                self.assertEqual(list((out / "tables").iterdir()), [], "tables are the other half's")
                reduced = self.call_ok("reduce", "--out", out, code=common.DAMAGED, ranks=ranks)
                self.assertIn("torn-gzip", reduced.err, "damage that scan saw is repeated")
                self.assertIn("gone.pcap", reduced.err)
                self.assert_same(common.snapshot(out), self.wanted)

    def test_parts(self):
        for n in (1, 3, 40):
            with self.subTest(parts=n):
                out = self.dir / f"parts-{n}"
                codes = []
                for i in reversed(range(1, n + 1)):
                    done = common.call("scan", *self.names[1:], "--out", out, "--part", f"{i}/{n}", "--quiet")
                    self.assertIn(done.code, (common.DONE, common.DAMAGED), done)
                    codes.append(done.code)
                self.assertIn(common.DAMAGED, codes)
                scanned = [int(count) for count in re.findall(r"scanned (\d+)", common.read_log(out))]
                self.assertEqual(len(scanned), n)
                if n > 1:    # some overlap in time
                    done = common.call("reduce", *self.names[1:], "--out", out)
                    self.assertEqual(done.code, common.ENVIRONMENT, done)
                    self.assertIn("without --part", done.err)
                    self.call_ok("scan", "--out", out, code=common.DAMAGED)
                self.call_ok("reduce", "--out", out, code=common.DAMAGED)
                self.assert_same(common.snapshot(out), self.wanted)

    def test_shares(self):
        """Parts have about the same number of bytes, also when one capture in eight is large."""
        folder = self.dir / "sizes"
        folder.mkdir()
        head, records = common.records(common.inflated(sorted(self.archive.glob("ucsd*"))[11]))
        for i in range(64):
            n = 2500 if i % 8 == 0 else 150
            (folder / f"{i}.pcap").write_bytes(head + b"".join(records[i:i + n]))    # no two are the same
        total = sum(path.stat().st_size for path in folder.iterdir())
        out = self.dir / "out"
        for i in range(1, 5):
            done = common.call("scan", folder, "--out", out, "--part", f"{i}/4", "--quiet")
            self.assertEqual(done.code, common.DONE, done)
        sizes = [int(size) for size in re.findall(r"captures, (\d+) bytes", common.read_log(out))]
        self.assertEqual(sum(sizes), total)
        self.assertLess(max(sizes), 1.1 * total / 4, sizes)

    def test_all_at_once(self):
        """Tasks of an array and a whole run on one store share the work without harm."""
        out = self.dir / "out"
        commands = [common.command_of("scan", *self.names[1:], "--out", out, "--part", f"{i}/3") for i in (1, 2, 3)]
        commands.append(common.command_of("scan", *self.names[1:], "--out", out))
        processes = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                     for command in commands]
        for process in processes:
            self.assertIn(process.wait(common.PATIENCE), (common.DONE, common.DAMAGED))
        self.call_ok("reduce", "--out", out, code=common.DAMAGED)
        self.assert_same(common.snapshot(out), self.wanted)

    def test_missing(self):
        """reduce reads no capture: without its tally there is no table."""
        out = self.dir / "out"
        common.call("scan", *self.names[1:], "--out", out, "--part", "1/2")
        done = common.call("reduce", *self.names[1:], "--out", out)
        self.assertEqual(done.code, common.ENVIRONMENT, done)
        self.assertIn("patientzero scan", done.err)
        self.assertFalse((out / "tables" / "hourly.csv").exists())

    def test_own_store(self):
        store, out = self.dir / "a" / "store", self.dir / "out"
        self.call_ok("scan", "--store", store, code=common.DAMAGED)
        self.call_ok("reduce", "--store", store, "--out", out, code=common.DAMAGED)
        wanted = {name: value for name, value in self.wanted.items() if not name.startswith("restricted/store")}
        self.assert_same(common.snapshot(out), wanted)

    def test_usage(self):
        for text in ("0/3", "4/3", "3", "1/", "/2", "1/2/3", "-1/2", "1/0", "a/b", ""):
            self.refuse("scan", self.archive, "--out", self.dir / "x", "--part", text, names=["--part"])
        self.refuse("scan", self.archive, names=["--store"])
        self.refuse("scan", "-", "--out", self.dir / "x", "--part", "1/2", names=["standard input"])
        self.refuse("reduce", "-", "--out", self.dir / "x", names=["standard input"])
        self.refuse("reduce", self.archive, names=["--out"])

    def test_different_arguments(self):
        """Ranks of one job with different command lines would wait for each other for ever."""
        if not common.MPI:
            self.skipTest("built without MPI")
        out = self.dir / "x"
        one = [common.PROGRAM, "scan", str(self.archive), "--out", str(out), "--part", "1/2"]
        command = [common.MPIEXEC, "-n", "1", *one, ":", "-n", "1", *one[:-1], "2/2"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=common.PATIENCE)
        self.assertEqual(done.returncode, common.USAGE, done)
        self.assertIn(b"different arguments", done.stderr)


if __name__ == "__main__":
    common.main()
