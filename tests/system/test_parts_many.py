#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Many more ranks than cores: they end, in the same bytes, and what rank 0 is asked for doesn't grow with them.

PZ_RANKS says how many (64). By hand, with more: PZ_RANKS=256 tests/system/test_parts_many.py"""

import os
import re
import resource
import shutil
import subprocess
import unittest
from pathlib import Path

import common

RANKS = int(os.environ.get("PZ_RANKS", "64"))


def opens_of(trace):
    """{process: {path: times}} of a trace by strace."""
    found = {}
    for process, path in re.findall(r'^(\d+) +open(?:at)?\((?:AT_FDCWD, )?"([^"]+)"', trace, re.M):
        paths = found.setdefault(process, {})
        paths[path] = paths.get(path, 0) + 1
    return found


@unittest.skipUnless(common.MPI, "built without MPI")
class Many(common.Case):
    def test_ranks(self):
        archive = self.dir / "archive"
        common.day(archive, "--packets-per-hour", 2500, "--seed", 2)
        one, _ = self.run_ok(archive, out="one", ranks=1)
        many, _ = self.run_ok(archive, "--watchdog", 300, out="many", ranks=RANKS, timeout=500)
        self.assert_same(common.snapshot(many), common.snapshot(one))
        self.assertIn(f"{RANKS} ranks", common.read_log(many))
        # A rank takes tens of MB, however many there are.
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, 400000)

    @unittest.skipUnless(shutil.which("strace"), "there is no strace")
    def test_files(self):
        """A rank opens what it works on: nobody but rank 0 lists the archive, and no tally is opened again and again."""
        archive = self.dir / "archive"
        day = common.day(archive, "--packets-per-hour", 2500, "--hours", 20, "--seed", 2)
        for ranks in (2, 4):
            trace, out = self.dir / f"trace-{ranks}", self.dir / f"out-{ranks}"
            command = ["strace", "-f", "-e", "trace=openat,open", "-o", trace,
                       *common.command_of("run", archive, "--out", out, ranks=ranks)]
            subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           timeout=common.PATIENCE)
            opens = opens_of(trace.read_text())
            listing = [process for process, paths in opens.items() if str(archive) in paths]
            self.assertLessEqual(len(listing), 1, "only rank 0 lists")
            captures = sum(n for paths in opens.values() for path, n in paths.items() if path.endswith(".pcap.gz"))
            self.assertEqual(captures, 2 * len(day), "each capture is looked at once and read once, by one rank each")
            for paths in opens.values():
                most = max([n for path, n in paths.items() if path.endswith(".tally")], default=0)
                self.assertLessEqual(most, 256 // ranks + 8)


if __name__ == "__main__":
    common.main()
