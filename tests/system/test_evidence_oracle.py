#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The evidence of every source of a made-up morning against a second computation of it, from what `judge` says was seen of
the source, the built-in model and the lens as the packets show it."""

import csv
import os
import re
import subprocess
from collections import defaultdict
from pathlib import Path

import common
import evidence


def built_in_model():
    text = (common.REPO / "src" / "worm" / "conficker_model.c").read_text(encoding="ascii")
    return evidence.read_model("\n".join(re.findall(r'^ *"(.*)\\n"', text, re.MULTILINE)))


def lens_of(captures):
    """/16s that packets went to, by hour: the most with a low second octet, and with a high one."""
    program = os.environ.get("DUMP_PACKETS") or str(next(Path(common.PROGRAM).resolve().parent.rglob("dump_packets"), ""))
    done = subprocess.run([program, *map(str, captures)], stdout=subprocess.PIPE, check=True)
    hours = defaultdict(set)
    for line in done.stdout.decode().splitlines():
        words = line.split()
        if words[:1] == ["packet"] and int(words[4], 16):
            hours[int(words[1]) // 10**6 // 3600].add(int(words[4], 16) >> 16)
    return tuple(max(sum(net >> 7 & 1 == high for net in nets) for nets in hours.values()) for high in (0, 1))


class Evidence(common.Case):
    def make(self, scale="0.01", *options):
        if common.call("synth", "--help").code:
            self.skipTest("synth isn't built in")
        self.twin = self.dir / "twin"
        done = common.call("synth", "--out", self.twin, "--from", "2008-11-21T05", "--until", "2008-11-21T08", "--scale",
                           scale, "--noise", "20", "--background", "0.002", "--seed", "91", "--quiet", *options)
        self.assertEqual(done.code, common.DONE, done)
        out, _ = self.run_ok(self.twin)
        done = common.call("judge", self.twin, "--store", out / "restricted" / "store", "--out", self.dir / "judged.csv")
        self.assertEqual(done.code, common.DONE, done)
        with open(self.dir / "judged.csv", newline="", encoding="ascii") as file:
            self.rows = list(csv.DictReader(file))
        self.out = out
        return lens_of(sorted(self.twin.glob("*.pcap.gz")))

    def check(self, lens):
        model, kinds, groups = built_in_model(), set(), defaultdict(list)
        for row in self.rows:
            wanted = min(max(evidence.evidence(model, row, *lens), -1000), 1000)
            self.assertAlmostEqual(float(row["evidence"]), wanted, delta=0.00051, msg=row)
            targets = int(row["targets"])
            kinds.add((wanted >= 6.908, targets >= 5))
            groups[targets if targets < 3 else 3 if targets < 5 else 5].append(row)
        for rows in groups.values():
            wanted = evidence.probability([float(row["evidence"]) for row in rows])
            for row, p in zip(rows, wanted):      # the program finds shares by evidence in steps of a half
                self.assertAlmostEqual(float(row["probability"]), p, delta=0.03, msg=row)
        return kinds

    def check_source(self, lens):
        """What `source` says of each source, of the one window of these hours; and that ranks are the order of probabilities."""
        model, judged = built_in_model(), {row["source"]: row for row in self.rows}
        done = common.call("source", "0.0.0.0/0", "--store", self.out / "restricted" / "store")
        rows = list(csv.DictReader(done.out.splitlines()))
        self.assertEqual([row["source"] for row in rows], sorted(judged, key=lambda one: [int(octet) for octet in one.split(".")]))
        for row in rows:
            wanted = min(max(evidence.evidence(model, judged[row["source"]], *lens), -1000), 1000)
            self.assertAlmostEqual(float(row["evidence"]), wanted, delta=0.00051, msg=row)
            self.assertEqual((row["window"], row["windows"], row["rank"]), ("2008-11-21T00:00:00Z", "1", ""))
        ranked = [row for row in csv.DictReader(common.call("source", "0.0.0.0/0", "--out", self.out).out.splitlines()) if row["rank"]]
        ranked.sort(key=lambda row: -float(row["probability_first"]))
        self.assertGreater(len(ranked), 1)
        for before, after in zip(ranked, ranked[1:]):
            if before["probability_first"] != after["probability_first"]:
                self.assertLess(int(before["rank"]), int(after["rank"]))
        self.assertEqual(sorted(int(row["rank"]) for row in ranked), list(range(1, len(ranked) + 1)))

    def test_evidence(self):
        lens = self.make()
        self.assertGreater(min(lens), 100)
        kinds = self.check(lens)
        self.assertEqual(len(kinds), 4, kinds)    # the worm and others, with few targets and with many
        self.assertGreater(len(self.rows), 1000)
        self.check_source(lens)

    def test_slash16(self):
        lens = self.make("0.03", "--lens", "0.37.0.0/16@2008-11-20")
        self.assertEqual(lens, (1, 0))
        self.assertGreater(len(self.check(lens)), 2)
        self.assertGreater(len(self.rows), 500)


if __name__ == "__main__":
    common.main()
