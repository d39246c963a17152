#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Ranks that would wait for one that is gone end the job; ranks that wait for one that is only slow don't."""

import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

import common


@unittest.skipUnless(common.MPI, "built without MPI")
class Watchdog(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="pz-watchdog-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.archive = cls.shared / "archive"
        common.day(cls.archive, "--packets-per-hour", 2500, "--hours", 8, "--seed", 4)

    def filter(self, seconds):
        path = self.dir / "slow"
        path.write_text(f"#!/bin/sh\nhead -c 4000\nsleep {seconds}\nexec cat\n")
        path.chmod(0o755)
        return path

    def ranks(self, out):
        """Pids in the order of the ranks."""
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            try:
                words = (path / "cmdline").read_bytes().split(b"\0")
                variables = (path / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            rank = [value[len(b"PMIX_RANK="):] for value in variables if value.startswith(b"PMIX_RANK=")]
            if words[0] == os.fsencode(common.PROGRAM) and os.fsencode(out) in words and rank:
                found[int(rank[0])] = int(path.name)
        return [found[rank] for rank in sorted(found)]

    def test_gone(self):
        """A rank that is held stands for one on a node that nobody reaches any more."""
        if b"Open MPI" not in subprocess.run([common.PROGRAM, "--version"], stdout=subprocess.PIPE).stdout:
            self.skipTest("ranks are told by Open MPI's variables")
        slow = self.filter(0.3)
        for rank in (0, 2):
            with self.subTest(rank=rank):
                out = self.dir / f"gone-{rank}"
                command = common.command_of("run", "--no-report", self.archive, "--decode", slow, "--out", out, "--watchdog", 2,
                                            ranks=3)
                with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                    common.wait_until(lambda: len(list(out.glob("restricted/store/*/*.tally"))) >= 2, "tallies")
                    os.kill(self.ranks(out)[rank], signal.SIGSTOP)
                    _, err = process.communicate(timeout=common.PATIENCE)
                self.assertEqual(process.returncode, common.STOPPED, err)
                self.assertIn(b"(--watchdog) ends the job", err)
                again = common.call("run", "--no-report", self.archive, "--out", out, ranks=2)
                self.assertEqual(again.code, common.DONE, again)

    def test_slow(self):
        """A capture that comes steadily, but takes longer than the watchdog's time: other ranks wait for it all along."""
        capture = self.dir / "one"
        capture.mkdir()
        head, records = common.records(common.inflated(sorted(self.archive.iterdir())[3]))
        plain = head + b"".join(record for record in records for _ in range(20))
        (capture / "slow.pcap").write_bytes(plain)
        slow = self.dir / "slow"
        slow.write_text(f"#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8 9 10; do head -c {len(plain) // 10}; sleep 0.6; done\nexec cat\n")
        slow.chmod(0o755)
        done = common.call("run", capture, "--decode", slow, "--out", self.dir / "out", "--no-report", "--watchdog", 5, ranks=3)
        self.assertEqual(done.code, common.DONE, done)
        self.assertNotIn("watchdog", done.err)

    @unittest.skipUnless("HOLD_MPI" in os.environ, "HOLD_MPI names the library that holds a rank")
    def test_held(self):
        """A rank that never gets through MPI's start or end: the others don't wait for ever. At the end all is done."""
        for hold, message in (("init 1", b"did not start"), ("finalize 1", b"did not end"), ("finalize 0", b"did not end")):
            with self.subTest(hold):
                out = self.dir / hold.replace(" ", "-")
                command = common.command_of("run", self.archive, "--no-report", "--out", out, "--watchdog=2", ranks=3)
                with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      env={**os.environ, "LD_PRELOAD": os.environ["HOLD_MPI"], "PZ_HOLD": hold}) as process:
                    common.wait_until(lambda: process.poll() is not None or self.ranks(out), "ranks")
                    common.wait_until(lambda: process.poll() is not None or not self.ranks(out), "the ranks to end")
                    try:
                        _, err = process.communicate(timeout=20)
                    except subprocess.TimeoutExpired:
                        # Ranks that leave without MPI_Finalize may make Open MPI 4.1's mpirun crash or hang.
                        process.kill()
                        _, err = process.communicate()
                self.assertIn(message, err)
                if "init" in hold:
                    self.assertEqual(process.returncode, common.STOPPED, err)
                    self.assertIn(b"(--watchdog)", err)
                    self.assertFalse(out.exists())
                else:
                    self.assertEqual(len(common.read_tables(out)["hourly"]), 1 + 8)

    def test_never(self):
        done = common.call("run", self.archive, "--out", self.dir / "out", "--watchdog", 0, ranks=2)
        self.assertEqual(done.code, common.DONE, done)


if __name__ == "__main__":
    common.main()
