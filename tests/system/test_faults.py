#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A file call that fails, is interrupted or moves one byte only, at any place of a run: the run ends with the same bytes, or
with a message and a code that says so, and the same command then ends with the same bytes.

A process that dies there over an earlier result leaves the one or the other, or what no command takes for a result.

Every kind of call on every kind of file gets two faults and a crash here. PZ_FAULTS=all gives every call all of them; PZ_SEED chooses
others."""

import collections
import os
import random
import re
import shutil
import tempfile
from pathlib import Path

import common

KINDS = ("EIO", "ESTALE", "ENOSPC", "EDQUOT", "EINTR", "SHORT")
SKIP = ("run.log", "restricted/store", "unfinished.json")
ALL = os.environ.get("PZ_FAULTS") == "all"
SEED = int(os.environ.get("PZ_SEED", "1"))


class Faults(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="pz-faults-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.archive = cls.shared / "archive"
        common.day(cls.archive, "--packets-per-hour", 300, "--hours", 2, "--seed", 6)
        (cls.archive / "plain.pcap").write_bytes((common.DATA / "time-back.pcap").read_bytes())
        cls.out = cls.shared / "out"
        done = cls.run_anew(log=cls.shared / "log")
        cls.code = done.code
        assert done.code in (common.DONE, common.DAMAGED), done
        cls.wanted = common.snapshot(cls.out)
        cls.calls = [line.split(" ", 1) for line in (cls.shared / "log").read_text().splitlines()]

    @classmethod
    def run_anew(cls, fault=None, log=None):
        """The run, from nothing."""
        shutil.rmtree(cls.out, ignore_errors=True)
        return cls.go_on(fault, log)

    @classmethod
    def go_on(cls, fault=None, log=None):
        env = {"LD_PRELOAD": os.environ["FAULTS"], "PZ_FAULTS_UNDER": str(cls.shared)}
        if fault:
            env["PZ_FAULT"] = fault
        if log:
            env["PZ_FAULTS_LOG"] = str(log)
        return common.call("run", cls.archive, "--no-report", "--quiet", "--out", cls.out, env=env)

    def check(self, at, kind):
        call, path = self.calls[at]
        done = self.run_anew(f"{at} {kind}")
        codes = (common.DONE, common.ENVIRONMENT, common.DAMAGED)
        if path == str(self.archive):    # none of what is named can be read
            codes += (common.USAGE,)
        self.assertIn(done.code, codes, done)
        same = not common.differences(common.snapshot(self.out), self.wanted)
        if kind in ("EINTR", "SHORT"):
            self.assertTrue(same and done.code == self.code, f"{call} {path}\n{done}")
        elif not (same and done.code == self.code):
            self.assertNotEqual(done.code, common.DONE, done)
            self.assertIn("patientzero: ", done.err)
            if done.code == common.DAMAGED and self.code == common.DONE:
                self.assertIn(Path(path).name, done.err)
        again = self.go_on()
        self.assertEqual(again.code, self.code, again)
        # Of the captures that could be read others may have overlapped: such tallies of theirs stay.
        left = {name: entry for name, entry in common.snapshot(self.out).items()
                if name in self.wanted or not re.search(r"\.\d+-\d+\.tally$", name)}
        self.assert_same(left, self.wanted, f"{call} {path} {kind}, and once more")

    def chosen(self, calls, kinds, n):
        """(number of the call, kind of fault): `n` kinds of each kind of call on each kind of file."""
        if ALL:
            return [(at, kind) for at in range(len(calls)) for kind in kinds]
        dice, groups = random.Random(SEED), collections.defaultdict(list)
        for at, (call, path) in enumerate(calls):
            kind = Path(re.sub(r"\.partial-.*", "", path)).suffix or Path(path).name
            groups[call, kind if len(kind) > 2 else "", ".partial-" in path].append(at)
        return [(dice.choice(group), kind) for group in groups.values() for kind in dice.sample(kinds, n)]

    def test_calls(self):
        for at, kind in self.chosen(self.calls, KINDS, 2):
            with self.subTest(at=at, kind=kind, call=self.calls[at]):
                self.check(at, kind)

    def test_written(self):
        """No failure of a call by which a file is written is passed over, the last ones included."""
        chosen = {(call, re.sub(r"\.partial-.*", "", Path(path).name)): at for at, (call, path) in enumerate(self.calls)
                  if call in ("write", "fsync", "close", "rename", "link") and "restricted/store/" not in path and
                  (".partial-" in path or call in ("rename", "link"))}
        tally = {call: at for at, (call, path) in enumerate(self.calls) if ".tally" in path and
                 (".partial-" in path or call == "rename")}
        self.assertIn(("close", "hourly.csv"), chosen)
        for at in random.Random(SEED).sample(sorted(chosen.values()), 8) + sorted(tally.values()):
            with self.subTest(call=self.calls[at]):
                done = self.run_anew(f"{at} EIO")
                self.assertEqual(done.code, common.ENVIRONMENT, done)
                self.assertIn("Input/output error", done.err)

    def result(self):
        """What a command makes of the folder: its tables and sets, or None if it refuses them."""
        done = common.call("sources", "--out", self.out, "--to", "-", "--format", "txt")
        self.assertIn(done.code, (common.DONE, common.DAMAGED, common.USAGE), done)
        return None if done.code == common.USAGE else common.snapshot(self.out, SKIP)

    def test_crashes(self):
        shutil.rmtree(self.out, ignore_errors=True)
        done = common.call("run", sorted(self.archive.iterdir())[0], "--no-report", "--quiet", "--out", self.out)
        self.assertIn(done.code, (common.DONE, common.DAMAGED), done)
        older, kept = self.result(), self.shared / "older"
        self.assertIsNotNone(older)
        shutil.copytree(self.out, kept)
        log, accepted = self.shared / "log over an older one", collections.Counter()
        self.assertEqual(self.go_on(log=log).code, self.code)
        newer = self.result()
        self.assertTrue(common.differences(newer, older))
        calls = [line.split(" ", 1) for line in log.read_text().splitlines()]
        for at, kind in self.chosen(calls, ("CRASH",), 1):
            with self.subTest(at=at, call=calls[at]):
                shutil.rmtree(self.out)
                shutil.copytree(kept, self.out)
                done = self.go_on(f"{at} {kind}")
                self.assertEqual(done.code, -9, done)
                result = self.result()
                self.assertIn(result, (older, newer, None))
                accepted[result is not None] += 1
                again = self.go_on()
                self.assertEqual(again.code, self.code, again)
                self.assertEqual(self.result(), newer)
        self.assertGreater(accepted[True], 3)
        self.assertGreater(accepted[False], 3)

    def test_flushed(self):
        """What gets its name by renaming was written to the disk before, and closed without an error."""
        flushed, closed, published = set(), set(), 0
        for call, path in self.calls:
            if call == "fsync":
                flushed.add(path)
            elif call == "close":
                closed.add(path)
            elif call in ("rename", "link"):
                published += 1
                whole = {re.sub(r"\.partial-.*", "", one) for one in flushed & closed}
                self.assertIn(path, whole)
        self.assertGreater(published, 20)


if __name__ == "__main__":
    if os.environ.get("PZ_SANITIZE") == "ON" or "FAULTS" not in os.environ:
        common.skip("the sanitizers' own library must be the first that is loaded: this runs on the release")
    common.main()
