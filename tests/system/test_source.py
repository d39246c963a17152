#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What is told of one source, against its packets as they are in the captures, and against the tables that tell the same."""

import csv
import io
import tempfile
from collections import defaultdict
from pathlib import Path

import common
import expected
import walk

HOUR = 3600 * 10**6


class Source(common.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kept = tempfile.TemporaryDirectory(prefix="pz-test-")
        cls.addClassCleanup(cls.kept.cleanup)
        captures = common.day(Path(cls.kept.name, "day"), "--hours", 24, "--packets-per-hour", 800, "--seed", 4)
        cls.out = Path(cls.kept.name, "out")
        done = common.call("run", "--no-report", *captures, "--window", 8, "--out", cls.out)
        assert done.code == common.DONE, done
        packets = expected.without_copies([packet for path in captures for packet in walk.Walk(path).packets], 445)
        cls.scans = defaultdict(list)
        for packet in packets:
            if packet.syn and packet.port == 445:
                cls.scans[packet.source].append((packet.usec, packet.target))
        cls.candidates = {row["source"]: row for row in cls.rows((cls.out / "restricted" / "candidates.csv").read_text())}
        store = cls.out / "restricted" / "store"
        judged = common.call("judge", *captures, "--store", store, "--out", "-", "--window", 8, "--model",
                             cls.out / "tables" / "model.txt")
        assert judged.code == common.DONE, judged
        cls.judged = defaultdict(list)
        for row in cls.rows(judged.out):
            cls.judged[row["source"]].append(row)

    @staticmethod
    def rows(text):
        return list(csv.DictReader(io.StringIO(text)))

    def ask(self, *arguments, **more):
        done = common.call("source", *arguments, "--window", 8, "--out", self.out, **more)
        self.assertEqual(done.code, common.DONE, done)
        return done

    def check(self, row):
        scans = sorted(self.scans[sum(int(octet) << shift for octet, shift in zip(row["source"].split("."), (24, 16, 8, 0)))])
        best = max(self.judged[row["source"]], key=lambda one: float(one["evidence"]))
        candidate = self.candidates.get(row["source"], {})
        self.assertEqual(row, {
            "source": row["source"], "first_scan": expected.iso_usec(scans[0][0]), "last_scan": expected.iso_usec(scans[-1][0]),
            "scans": str(len(scans)), "hours": str(len({usec // HOUR for usec, _ in scans})),
            "windows": str(len({usec // HOUR // 8 for usec, _ in scans})), "evidence": best["evidence"],
            "window": best["window"], "targets": best["targets"], "reached": best["reached"],
            "rank": candidate.get("rank", ""), "probability_first": row["probability_first"]})
        if candidate:
            self.assertEqual(float(row["probability_first"]), float(candidate["probability_first"]))
        else:
            self.assertEqual(row["probability_first"], "")

    def test_prefixes(self):
        some = sorted(self.scans)[len(self.scans) // 2]
        for length in (0, 8, 16, 24):
            mask = (0xffffffff << (32 - length)) & 0xffffffff
            prefix = f"{expected.dotted(some & mask)}/{length}"
            with self.subTest(prefix):
                found = self.rows(self.ask(prefix).out)
                self.assertEqual([row["source"] for row in found],
                                 [expected.dotted(source) for source in sorted(self.scans) if source & mask == some & mask])
                for row in found:
                    self.check(row)
        self.assertTrue(any(row["rank"] for row in self.rows(self.ask("0.0.0.0/0").out)))

    def test_address(self):
        for source in (max(self.scans, key=lambda one: len(self.scans[one])), min(self.scans)):
            text, scans = self.ask(expected.dotted(source)).out, sorted(self.scans[source])
            self.assertEqual(self.ask(f"{expected.dotted(source)}/32").out, text)
            self.assertIn(f"first scan  {expected.iso_usec(scans[0][0])}, to {expected.dotted(scans[0][1] & 0xffffff)}\n", text)
            self.assertIn(f"last scan   {expected.iso_usec(scans[-1][0])}\n", text)
            self.assertIn(f"scans       {len(scans)}\n", text)
            hours = sorted({usec // HOUR for usec, _ in scans})
            self.assertIn(f"hours       {len(hours)}\n" + "".join(f"  {expected.iso(hour * 3600)}\n" for hour in hours), text)
            candidate = self.candidates.get(expected.dotted(source))
            self.assertIn(f"rank        {candidate['rank']} in" if candidate else "rank        none", text)
            store = common.call("source", expected.dotted(source), "--store", self.out / "restricted" / "store")
            self.assertIn("rank        not known", store.out)

    def test_nobody(self):
        done = self.ask("203.0.113.9")
        self.assertEqual((done.out, "no scan from this address" in done.err), ("", True))
        self.assertEqual(len(self.rows(self.ask("203.0.113.0/24").out)), 0)

    @common.unittest.skipUnless(common.MPI, "built without MPI")
    def test_ranks(self):
        self.assertEqual(self.ask("0.0.0.0/0", ranks=3).out, self.ask("0.0.0.0/0").out)

    def test_refusals(self):
        for arguments, names in (((), ["address"]), (("1.2.3", "--out", self.out), ["1.2.3"]),
                                 (("1.2.3.4/16", "--out", self.out), ["bits beyond"]), (("1.2.3.4",), ["--out"]),
                                 (("1.2.3.4", "5.6.7.8", "--out", self.out), ["give an address"]),
                                 (("1.2.3.4", "--store", self.dir), ["not a store"])):
            self.refuse("source", *arguments, names=names)


if __name__ == "__main__":
    common.main()
