#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Random kills: one rank, or the launcher, is killed with no warning at a random moment, and the same command is given
again until it comes to its end. Nothing may be lost or counted twice, and the output must be the same bytes.

PZ_KILLS says how many kills (6); PZ_SEED chooses others. By hand, many more:

    PZ_KILLS=200 PATIENTZERO=build/release/patientzero tests/system/test_kill.py
"""

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import common

KILLS = int(os.environ.get("PZ_KILLS", "6"))
SEED = int(os.environ.get("PZ_SEED", "1"))
RANKS = 3


@unittest.skipUnless(common.MPI, "built without MPI")
class Kill(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="pz-kill-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.archive = cls.shared / "archive"
        common.day(cls.archive, "--packets-per-hour", 2500, "--hours", 14, "--seed", 8)
        for name in ("torn-gzip.pcap.gz", "many-sources.pcap.gz", "outages.pcap.gz", "time-back.pcap"):
            shutil.copy(common.DATA / name, cls.archive)
        shutil.copy(cls.archive / "outages.pcap.gz", cls.archive / "twice.pcap.gz")
        cls.slow = cls.shared / "slow"
        cls.slow.write_text("#!/bin/sh\nhead -c 4000\nsleep 0.1\nexec cat\n")
        cls.slow.chmod(0o755)
        began = time.monotonic()
        done = common.call(*cls.arguments(cls.shared / "whole"), ranks=RANKS)
        cls.seconds = time.monotonic() - began
        assert done.code == common.DAMAGED, done
        cls.wanted = common.snapshot(cls.shared / "whole")

    @classmethod
    def arguments(cls, out):
        return ["run", "--no-report", cls.archive, "--decode", cls.slow, "--out", out, "--quiet"]

    def ranks(self, out):
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0] == os.fsencode(common.PROGRAM) and os.fsencode(out) in words:
                found.append(int(path.parent.name))
        return sorted(found)

    def attempt(self, out, dice):
        """Runs the command and kills at random; returns what was killed, or None if it ended before."""
        with open(self.dir / "log", "ab") as log:
            process = subprocess.Popen(common.command_of(*self.arguments(out), ranks=RANKS), stdout=log, stderr=log)
        try:
            self.assertEqual(process.wait(timeout=dice.uniform(0, 1.1 * self.seconds)), common.DAMAGED)
            return None
        except subprocess.TimeoutExpired:
            pass
        ranks = self.ranks(out)
        victim = dice.choice([process.pid, *ranks, *ranks])
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            pass
        if victim == process.pid and dice.random() < 0.5:
            process.wait(common.PATIENCE)
            return "launcher, ranks still alive at the next start"
        process.wait(common.PATIENCE)
        while self.ranks(out):
            time.sleep(0.02)
        return "launcher" if victim == process.pid else "rank"

    def finish(self, out):
        done = common.call(*self.arguments(out), ranks=RANKS)
        self.assertEqual(done.code, common.DAMAGED, done)

    def test_kills(self):
        dice = random.Random(SEED)
        killed, stages, runs, ended = {}, {}, 0, 0
        while sum(killed.values()) < KILLS:
            out = self.dir / f"out-{runs}"
            runs += 1
            for _ in range(dice.randint(1, 6)):    # some runs are only disturbed once, others again and again
                what = self.attempt(out, dice)
                if not what:
                    ended += 1
                    break
                killed[what] = killed.get(what, 0) + 1
                tallies = len(list(out.glob("restricted/store/*/*.tally")))
                stage = ("before the first tally" if not tallies else "while tables were made or all was done"
                         if tallies >= 18 else "while scanning")
                stages[stage] = stages.get(stage, 0) + 1
                if sum(killed.values()) >= KILLS:
                    break
            self.finish(out)
            self.assert_same(common.snapshot(out), self.wanted, f"run {runs}: {killed}")
            shutil.rmtree(out)
        print(f"{sum(killed.values())} kills in {runs} runs, all ended in the same bytes; killed: {killed}; {stages};"
              f" not hit in time: {ended}", flush=True)


if __name__ == "__main__":
    common.main()
