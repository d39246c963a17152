#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""bench/method goes on where it stopped, says what is left, and makes its tables of one program only."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import common

PROGRAM = Path(common.PROGRAM)
ROW = "own: no worm"


class Method(common.Case):
    def setUp(self):
        super().setUp()
        self.program = hashlib.sha256(PROGRAM.read_bytes()).hexdigest()

    def keep(self, seed, hours, program=None):
        """As if seed had been measured in 30 seconds: hours are (hour, truth, estimate, low, high)."""
        found = {"kind": ROW, "seed": seed, "maker": "own", "lens": 8, "sources": 0.001, "none": 0.999, "seconds": 30,
                 "population": {"calibrated": True, "hours": hours}, "program": program or self.program}
        (self.dir / "work").mkdir(exist_ok=True)
        (self.dir / "work" / f"own-no-worm-{seed}.json").write_text(json.dumps(found), encoding="ascii")

    def method(self, *options):
        return subprocess.run([sys.executable, "-B", common.REPO / "bench" / "method", "--build", PROGRAM.parent, "--work", self.dir / "work",
                               "--first", "9001", "--only", ROW, "--no-docs", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, check=False, timeout=100)

    def test_list(self):
        """Every second seed is asked for of this row: of five seeds three, of which one is there, so that one minute is left."""
        self.keep(9001, [])
        done = self.method("--seeds", "5", "--list")
        row, = (line.split(maxsplit=4) for line in done.stdout.splitlines() if line.endswith(ROW))
        self.assertEqual(row, ["1", "3", "30", "1.0", ROW], done.stderr)

    def test_going_on(self):
        """What is there is not measured again; nothing is begun after the time is up; totals are of all rows."""
        self.keep(9001, [[3600, 10, 10, 8, 12], [7200, 20, 30, 25, 35], [10800, 4, 3, 0, 5], [14400, 0, 5, 3, 9]])
        done = self.method("--seeds", "3", "--minutes", "0")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        rows = {cells[1]: cells[2:6] for cells in (list(map(str.strip, line.split("|"))) for line in done.stdout.splitlines()) if len(cells) > 10}
        self.assertEqual(rows["**all**"], ["yes", "1", "3", "66.7 % (20.8-93.9 %)"])
        self.assertEqual(rows["all, where the band begins at 0"][:3], ["yes", "1", "1"])
        self.assertEqual(rows["all, where it does not"], ["yes", "1", "2", "50.0 % (9.5-90.5 %)"])
        self.assertEqual(len(list((self.dir / "work").iterdir())), 1)

    def test_two_programs(self):
        """Of two programs no table is made."""
        self.keep(9001, [])
        self.keep(9003, [], "another")
        done = self.method("--seeds", "3")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("another program", done.stderr)


if __name__ == "__main__":
    common.main()
