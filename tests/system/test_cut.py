#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A capture cut into many at arbitrary records makes the same tables and the same restricted files as the whole, the
store excepted: an attempt of two SYNs, a silence, an hour may lie on both sides of a cut."""

import gzip
import random
from pathlib import Path

import common


class Cut(common.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        import tempfile
        cls.folder = tempfile.TemporaryDirectory(prefix="pz-cut-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.records = []
        for capture in common.day(cls.folder.name + "/day", "--packets-per-hour", 2500, "--hours", 24, "--seed", 5):
            cls.header, records = common.records(gzip.decompress(capture.read_bytes()))
            cls.records += records

    def parts(self, name, cuts):
        folder = self.dir / name
        folder.mkdir()
        edges = [0, *sorted(cuts), len(self.records)]
        for n, (low, high) in enumerate(zip(edges, edges[1:])):
            common.write_gzip(folder / f"{n:04}.gz", self.header + b"".join(self.records[low:high]))
        return folder

    def outputs(self, captures, out, *options, **more):
        out, _ = self.run_ok(captures, *options, out=out, **more)
        return common.snapshot(out, skip=("run.log", "summary.json", "restricted/manifest.json",
                                          "restricted/store"))

    def test_cuts(self):
        whole = self.parts("whole", [])
        wanted = self.outputs(whole, "out-whole")
        self.assertGreater(len(wanted), 25)
        count = len(self.records)
        for name, cuts, options in (
                ("in-two", [count // 2], {}),
                ("many", random.Random(1).sample(range(count), 60), {}),
                ("close", [*range(count // 3, count // 3 + 30), *random.Random(2).sample(range(count), 10)], {}),
                ("many-ranks", random.Random(3).sample(range(count), 40), {"ranks": 3} if common.MPI else {})):
            with self.subTest(name):
                self.assert_same(self.outputs(self.parts(name, cuts), f"out-{name}", **options), wanted)

    def test_records_dealt_out(self):
        """Captures that overlap in time all along, every third record each. Not what is told of attempts: a capture is
        taken to hold all SYNs of the time that it spans."""
        def without_attempts(found):
            return {name: value for name, value in found.items()
                    if Path(name).stem in ("hourly", "daily", "first_seen", "total", "earliest") or "/sources/" in name}
        wanted = self.outputs(self.parts("whole", []), "out-whole")
        folder = self.dir / "dealt"
        folder.mkdir()
        for n in range(3):
            common.write_gzip(folder / f"{n}.pcap.gz", self.header + b"".join(self.records[n::3]))
        self.assert_same(without_attempts(self.outputs(folder, "out-dealt")), without_attempts(wanted))

    def test_other_bins_and_spans(self):
        options = ("--timeline-bin", 7200, "--silence", 5, "--since", "2008-11-21T02", "--until", "2008-11-21T19")
        wanted = self.outputs(self.parts("whole", []), "out-whole", *options)
        parts = self.parts("parts", random.Random(4).sample(range(len(self.records)), 25))
        self.assert_same(self.outputs(parts, "out-parts", *options), wanted)


if __name__ == "__main__":
    common.main()
