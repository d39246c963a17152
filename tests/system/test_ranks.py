#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The whole output folder but for run.log is the same bytes for any number of ranks, any order of the arguments, and
after a rank was killed while it scanned."""

import os
import random
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import common


def children(pid):
    """The processes below one, at any depth."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in brackets, may hold anything; the state and the parent follow it.
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == pid:
            child = int(path.parent.name)
            found += [child, *children(child)]
    return found


def is_program(pid):
    try:
        return os.path.samefile(f"/proc/{pid}/exe", common.PROGRAM)
    except OSError:
        return False


class Ranks(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="pz-ranks-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.day = common.day(cls.shared / "day", "--packets-per-hour", 3000, "--seed", 11)
        # Beside the day: damage, other links and formats, duplicates, an empty one, other years.
        cls.more = [common.DATA / name for name in (
            "torn-gzip.pcap.gz", "time-back.pcap", "link-ethernet.pcap", "link-raw.pcap", "pcapng.pcapng",
            "many-sources.pcap.gz", "empty.pcap", "outages.pcap.gz", "wrong-checksum.pcap.gz")]
        cls.all = cls.day + cls.more
        cls.reference = cls.shared / "reference"
        done = common.call("run", *cls.all, "--out", cls.reference)
        assert done.code == common.DAMAGED, done
        cls.wanted = common.snapshot(cls.reference)
        # What is drawn is drawn of tables, by rank 0: drawing it once will do.
        done = common.call("run", "--no-report", *cls.all, "--out", cls.shared / "undrawn")
        assert done.code == common.DAMAGED, done
        cls.undrawn = common.snapshot(cls.shared / "undrawn")
        assert len([name for name in cls.wanted if name.startswith("restricted/sources/")]) > 20, sorted(cls.wanted)

    def check(self, out, message, report=False):
        self.assert_same(common.snapshot(out), self.wanted if report else self.undrawn, message)

    def test_ranks(self):
        for ranks in (1, 2, 3, 4, 7):
            with self.subTest(ranks=ranks):
                out, _ = self.run_ok(*self.all, out=f"ranks-{ranks}", code=common.DAMAGED, ranks=ranks, report=ranks == 3)
                self.check(out, f"{ranks} ranks", report=ranks == 3)

    def test_order(self):
        """summary.json tells the captures in an order of its own, so that not even that depends on the arguments'."""
        for seed, ranks in ((1, None), (2, 3), (3, 7)):
            with self.subTest(seed=seed, ranks=ranks):
                shuffled = list(self.all)
                random.Random(seed).shuffle(shuffled)
                out, _ = self.run_ok(*shuffled, out=f"seed-{seed}", code=common.DAMAGED, ranks=ranks)
                self.check(out, f"seed {seed}")

    def test_more_ranks_than_captures(self):
        one, _ = self.run_ok(self.day[3], out="one")
        many, _ = self.run_ok(self.day[3], out="many", ranks=4)
        self.assert_same(common.snapshot(many), common.snapshot(one))

    def test_thin_hours(self):
        """Slices that have no source in some hours judge by the lens that all of the hours had."""
        day = common.day(self.dir / "thin", "--packets-per-hour", 2500, "--hours", 16, "--seed", 5)
        captures = [*day, common.DATA / "torn-gzip.pcap.gz"]
        one, _ = self.run_ok(*captures, out="one", code=common.DAMAGED, ranks=1)
        for ranks in (4, 7):
            with self.subTest(ranks=ranks):
                many, _ = self.run_ok(*captures, out=f"thin-{ranks}", code=common.DAMAGED, ranks=ranks)
                self.assert_same(common.snapshot(many), common.snapshot(one), f"{ranks} ranks")

    def test_killed_rank(self):
        """A filter that waits a little keeps the scan going long enough to be hit in the middle."""
        slow = ("--decode", "sleep 0.15; cat")
        captures = self.day[:12] + self.more
        whole, _ = self.run_ok(*captures, *slow, out="whole", code=common.DAMAGED, ranks=2)
        for turn in (0, 1, 2):
            with self.subTest(rank=turn):
                out = self.dir / f"killed-{turn}"
                command = common.command_of("run", "--no-report", *captures, *slow, "--out", out, ranks=3)
                with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                    common.wait_until(lambda: len(list(out.glob("restricted/store/**/*"))) >= 4 + 4 * turn, "tallies")
                    ranks = sorted(pid for pid in children(process.pid) if is_program(pid))
                    self.assertGreaterEqual(len(ranks), 3)
                    os.kill(ranks[turn], signal.SIGKILL)
                    self.assertNotEqual(process.wait(common.PATIENCE), 0)
                self.assertFalse((out / "tables" / "hourly.csv").exists(), "it was killed too late")
                again = common.call("run", "--no-report", *captures, *slow, "--out", out, ranks=3)
                self.assertEqual(again.code, common.DAMAGED, again)
                self.assert_same(common.snapshot(out), common.snapshot(whole), f"after rank {turn} was killed")


if __name__ == "__main__":
    if not common.MPI:
        common.skip("built without MPI")
    common.main()
