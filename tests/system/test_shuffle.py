#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""From stored tallies to slices: each tally is opened by one rank, however many there are; a damaged one is named and
mended; the store is only read; and a run that is stopped on the way goes on to the same bytes."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import common


@unittest.skipUnless(common.MPI, "built without MPI")
class Shuffle(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="pz-shuffle-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.archive = cls.shared / "archive"
        cls.day = common.day(cls.archive, "--packets-per-hour", 2500, "--hours", 14, "--seed", 4)
        cls.store = cls.shared / "store"
        done = common.call("run", "--no-report", cls.archive, "--store", cls.store, "--out", cls.shared / "whole")
        assert done.code == common.DONE, done
        cls.wanted = common.snapshot(cls.shared / "whole")

    def reduce(self, out, *options, store=None, **more):
        return common.call("reduce", "--no-report", self.archive, "--store", store or self.store, "--out", out, *options,
                           **more)

    @unittest.skipUnless(shutil.which("strace"), "there is no strace")
    def test_opens(self):
        """Once to look it up, once for all slices, once for the set of each of its hours, and to learn the model from quiet
        hours up to twice."""
        counts = {}
        for ranks in (1, 2, 9):
            trace, out = self.dir / f"trace-{ranks}", self.dir / f"out-{ranks}"
            command = ["strace", "-f", "-e", "trace=openat,open", "-o", trace,
                       *common.command_of("reduce", "--no-report", self.archive, "--store", self.store, "--out", out,
                                          ranks=ranks)]
            subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           timeout=common.PATIENCE)
            self.assert_same(common.snapshot(out), self.wanted)
            counts[ranks] = len(re.findall(r'open(?:at)?\([^"]*"[^"]*\.tally"', trace.read_text()))
        self.assertEqual(len(set(counts.values())), 1, counts)
        self.assertLessEqual(counts[1], 6 * len(self.day), counts)

    def test_only_read(self):
        before = {path: path.stat().st_mtime_ns for path in self.store.rglob("*")}
        for ranks in (1, 3):
            done = self.reduce(self.dir / str(ranks), ranks=ranks)
            self.assertEqual(done.code, common.DONE, done)
        self.assertEqual({path: path.stat().st_mtime_ns for path in self.store.rglob("*")}, before)

    def test_span(self):
        """Tallies of other hours are left alone, but for those next to the span."""
        span = ("--since", "2008-11-21T03", "--until", "2008-11-21T05")
        one, three = self.dir / "one", self.dir / "three"
        for out, ranks in ((one, None), (three, 3)):
            done = self.reduce(out, *span, ranks=ranks)
            self.assertEqual(done.code, common.DONE, done)
        self.assert_same(common.snapshot(three), common.snapshot(one))

    def test_damaged(self):
        """Whichever shard it is, and whoever reads it."""
        for ranks, which, share in ((1, 2, 0.99), (3, 4, 0.5), (7, 0, 0.999)):
            with self.subTest(ranks=ranks, share=share):
                store = self.dir / f"store-{ranks}-{which}"
                shutil.copytree(self.store, store)
                path = sorted(store.rglob("*.tally"))[which]
                whole = path.read_bytes()
                at = int(share * len(whole))
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1:])
                done = self.reduce(self.dir / "none", store=store, ranks=ranks)
                self.assertEqual(done.code, common.ENVIRONMENT, done)
                self.assertIn("have no tally", done.err)
                self.assertFalse(path.exists(), "a damaged tally is removed")
                self.assertEqual(len(list(store.rglob("*.tally"))), len(self.day) - 1, "and no other")
                # A run sees the damage itself, scans that capture once more, and goes on.
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1:])
                out = self.dir / f"out-{ranks}-{which}"
                done = common.call("run", "--no-report", self.archive, "--store", store, "--out", out, ranks=ranks)
                self.assertEqual(done.code, common.DONE, done)
                self.assertEqual(path.read_bytes(), whole)
                self.assert_same(common.snapshot(out), self.wanted)

    @unittest.skipUnless("FAULTS" in os.environ, "FAULTS names the library that stops a run at a file call")
    def test_stopped(self):
        """At any file call of a reduction; nothing has to be done twice by hand."""
        log, out = self.dir / "calls", self.dir / "first"
        env = {"LD_PRELOAD": os.environ.get("FAULTS"), "PZ_FAULTS_UNDER": str(self.shared)}
        done = self.reduce(out, env={**env, "PZ_FAULTS_LOG": str(log)})
        self.assertEqual(done.code, common.DONE, done)
        calls, stopped = len(log.read_text().splitlines()), 0
        for turn in range(4):
            out = self.dir / f"out-{turn}"
            # Each of three ranks has about a third of them.
            done = self.reduce(out, ranks=3, env={**env, "PZ_FAULT": f"{calls * turn // 12} USR1"})
            if done.code != common.DONE:
                self.assertEqual(done.code, common.STOPPED, done)
                self.assertIn("continues", done.err)
                stopped += 1
            done = self.reduce(out, ranks=3)
            self.assertEqual(done.code, common.DONE, done)
            self.assert_same(common.snapshot(out), self.wanted)
        self.assertGreater(stopped, 0)


if __name__ == "__main__":
    common.main()
