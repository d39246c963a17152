#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Attempts and the rules made of them, against a second computation in the plainest way: SYNs by key, in order of time, a
new attempt after a gap of more than 15 s. On captures of the twin, and on all real ones that have scans of the port."""

import csv
import os
import shutil
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

import common
import expected

GAP = 15 * 10**6
FIELDS = ("usec", "fate", "source", "destination", "source_port", "destination_port", "seq", "length", "id", "tos",
          "ttl", "protocol", "flags")
TELLING = "source", "destination", "source_port", "destination_port", "seq", "id"    # copies have the same


def dump_of(paths):
    """All scans that the reader finds, captures one behind the other, without the copies among them."""
    program = os.environ.get("DUMP_PACKETS") or str(next(Path(common.PROGRAM).resolve().parent.rglob("dump_packets"), ""))
    done = subprocess.run([program, *map(str, paths)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    scans = []
    for line in done.stdout.decode().splitlines():
        words = line.split()
        if words[:1] == ["packet"] and words[2] == "scan":
            scan = dict(zip(FIELDS, words[1:]))
            for name in FIELDS:
                if name not in ("fate", "source", "destination"):
                    scan[name] = int(scan[name])
            scan["source"], scan["destination"] = int(scan["source"], 16), int(scan["destination"], 16)
            scans.append(scan)
    copies = expected.copies([(scan["usec"], tuple(scan[name] for name in TELLING)) for scan in scans])
    return [scan for place, scan in enumerate(scans) if place not in copies]


def traits(scan):
    return (int(expected.reachable(scan["destination"])), int(scan["length"] == 48), int(65 <= scan["ttl"] <= 128),
            int(1024 <= scan["source_port"] <= 5000))


def attempts(scans):
    """[[scan, ...]]"""
    by_key = defaultdict(list)
    for scan in scans:
        by_key[scan["source"], scan["destination"], scan["source_port"], scan["seq"]].append(scan)
    found = []
    for syns in by_key.values():
        syns.sort(key=lambda scan: (scan["usec"], scan["id"], scan["ttl"], traits(scan)))
        for i, syn in enumerate(syns):
            if i and syn["usec"] - syns[i - 1]["usec"] <= GAP:
                found[-1].append(syn)
            else:
                found.append([syn])
    return found


def pattern(syns):
    if len(syns) < 2:
        return 0
    if len(syns) > 2:
        return 3
    return 1 if 2450000 <= syns[1]["usec"] - syns[0]["usec"] <= 3650000 else 2


def fingerprint(scans):
    """{hour and traits: [scans, attempts by pattern]}"""
    rows = defaultdict(lambda: [0] * 5)
    for scan in scans:
        rows[scan["usec"] // 10**6 // 3600, traits(scan)][0] += 1
    for syns in attempts(scans):
        rows[syns[0]["usec"] // 10**6 // 3600, traits(syns[0])][1 + pattern(syns)] += 1
    return dict(rows)


def table(out):
    rows = {}
    for row in common.read_csv(out / "tables" / "fingerprint.csv")[1:]:
        numbers = [int(text or 0) for text in row[5:]]
        if any(numbers):
            rows[row[0], tuple(map(int, row[1:5]))] = numbers
    return rows


class Attempts(common.Case):
    def assert_fingerprint(self, out, scans, name):
        want = {(expected.iso(hour * 3600), key): counts for (hour, key), counts in fingerprint(scans).items()}
        self.assertEqual(table(out), want, name)

    def test_figure5(self):
        scans = dump_of([common.DATA / "figure5.pcap.gz"])
        self.assertEqual(Counter(map(pattern, attempts(scans))), {0: 5, 1: 7})
        gaps = [(syns[1]["usec"] - syns[0]["usec"]) / 1e6 for syns in attempts(scans) if len(syns) == 2]
        self.assertEqual((round(min(gaps), 2), round(max(gaps), 2)), (2.84, 3.01))
        out, _ = self.run_ok(common.DATA / "figure5.pcap.gz")
        self.assert_fingerprint(out, scans, "figure 5")
        done = common.call("judge", common.DATA / "figure5.pcap.gz", "--store", out / "restricted" / "store", "--out",
                           self.dir / "judged.csv")
        self.assertEqual(done.code, common.DONE, done)
        with open(self.dir / "judged.csv", newline="", encoding="ascii") as file:
            judged = list(csv.DictReader(file))
        self.assertEqual([(row["one_syn"], row["two_in_time"], row["strict"]) for row in judged], [("5", "7", "1")])
        self.assertEqual(judged[0]["reached"], judged[0]["targets"])
        self.assertIn(int(judged[0]["targets"]), range(8, 13))    # 12, from a sample of 8
        # The lens is what these packets went to, low second octets only: each destination tells one bit in place of two.
        self.assertGreater(float(judged[0]["evidence"]), 6.908)
        self.assertEqual(os.stat(self.dir / "judged.csv").st_mode & 0o777, 0o600)

    def test_captures(self):
        """Whatever the reader takes for scans, in every capture at hand, PZ_CAPTURES among them; hours and attempts must
        agree."""
        paths = sorted(common.DATA.glob("*pcap*"))
        if common.CAPTURES:
            with open(common.CAPTURES / "MANIFEST.tsv", newline="", encoding="utf-8") as file:
                paths += [common.CAPTURES / row["path"] for row in csv.DictReader(file, delimiter="\t")
                          if row["has_tcp445_syn"] == "yes"]
        compared = 0
        for path in paths:
            scans = dump_of([path])
            if not scans:
                continue
            out = self.dir / "out"
            done = common.call("run", path, "--out", out, "--no-report", "--quiet", "--accept-anonymised")
            if done.code in (common.DONE, common.DAMAGED):
                with self.subTest(path=path.name):
                    self.assert_fingerprint(out, scans, path.name)
                compared += 1
            shutil.rmtree(out, ignore_errors=True)
        self.assertGreater(compared, 3)


class Twin(common.Case):
    """A day's first hours at a small scale, with much noise."""
    def setUp(self):
        super().setUp()
        if common.call("synth", "--help").code:
            self.skipTest("synth isn't built in")
        self.twin = self.dir / "twin"
        done = common.call("synth", "--out", self.twin, "--from", "2008-11-21T00", "--until", "2008-11-21T06", "--scale",
                           "0.003", "--noise", "5", "--background", "0.002", "--seed", "77", "--quiet")
        self.assertEqual(done.code, common.DONE, done)
        self.captures = sorted(self.twin.glob("*.pcap.gz"))

    def test_tables(self):
        out, _ = self.run_ok(self.twin)
        scans = dump_of(self.captures)
        want = {(expected.iso(hour * 3600), key): counts for (hour, key), counts in fingerprint(scans).items()}
        self.assertEqual(table(out), want)
        # The rules of others, source by source: all six hours are one window.
        by_source = defaultdict(lambda: [set(), Counter(), False])
        for syns in attempts(scans):
            by_source[syns[0]["source"]][0].add(syns[0]["destination"])
            by_source[syns[0]["source"]][1][pattern(syns)] += 1
        hours = defaultdict(set)
        for scan in scans:
            by_source[scan["source"]][2] |= scan["length"] == 48
            hours[scan["usec"] // 10**6 // 3600].add(scan["source"])
        def strict(source):
            targets, patterns, _ = by_source[source]
            return all(map(expected.reachable, targets)) and patterns[1] > 0 and patterns[3] == 0
        rows = common.read_csv(out / "tables" / "population.csv")[1:]
        self.assertEqual([row[:3] for row in rows],
                         [[expected.iso(hour * 3600), str(sum(map(strict, sources))),
                           str(sum(by_source[source][2] for source in sources))] for hour, sources in sorted(hours.items())])
        self.check_judge(out, by_source, strict)
        self.check_candidates(out, by_source, scans)

    def check_judge(self, out, by_source, strict):
        done = common.call("judge", self.twin, "--store", out / "restricted" / "store", "--out", self.dir / "judged.csv")
        self.assertEqual(done.code, common.DONE, done)
        with open(self.dir / "judged.csv", newline="", encoding="ascii") as file:
            judged = {row["source"]: row for row in csv.DictReader(file)}
        self.assertEqual(set(judged), set(map(expected.dotted, by_source)))
        for source, (targets, patterns, _) in by_source.items():
            row = judged[expected.dotted(source)]
            self.assertEqual([int(row[name]) for name in ("one_syn", "two_in_time", "two_other", "three_or_more")],
                             [patterns[i] for i in range(4)], row)
            self.assertEqual(int(row["strict"]), strict(source), row)
            if len(targets) < 8:    # of more, a sample is kept
                self.assertEqual([int(row["targets"]), int(row["reached"])],
                                 [len(targets), sum(map(expected.reachable, targets))], row)

    def check_candidates(self, out, by_source, scans):
        with open(out / "restricted" / "candidates.csv", newline="", encoding="ascii") as file:
            candidates = list(csv.DictReader(file))
        with open(self.twin / "truth" / "patient_zero.csv", newline="", encoding="ascii") as file:
            zero = next(csv.DictReader(file))
        self.assertEqual(candidates[0]["source"], zero["source"])
        self.assertEqual(candidates[0]["onset"], zero["first_scan_captured"])
        first = {}
        for scan in scans:
            first[scan["source"]] = min(first.get(scan["source"], scan["usec"]), scan["usec"])
        names = {expected.dotted(source): source for source in by_source}
        for row in candidates:
            source = names[row["source"]]
            self.assertEqual(int(row["attempts"]), sum(by_source[source][1].values()), row)
            self.assertEqual(row["first_scan"], expected.iso_usec(first[source]), row)

    def test_ranks(self):
        if not common.MPI:
            self.skipTest("no MPI")
        found = []
        for ranks in (1, 2, 3):
            out, _ = self.run_ok(self.twin, out=f"out{ranks}", ranks=ranks)
            found.append(common.snapshot(out))
        for other in found[1:]:
            self.assert_same(found[0], other)
        self.assertIn("restricted/candidates.csv", found[0])


class Outbreak(common.Case):
    def make(self, minutes, chance):
        """A result: new candidates by minute, and one that was the first with some chance."""
        for folder in ("tables", "restricted"):
            (self.dir / folder).mkdir(exist_ok=True)
        (self.dir / "tables" / "outbreak.csv").write_text("\n".join(["minute,candidates", *minutes]) + "\n")
        (self.dir / "tables" / "hourly.csv").write_text("hour,sources,covered_seconds,status\n" + "".join(
            f"2008-11-21T{hour:02}:00:00Z,1,3600,whole\n" for hour in range(8, 17)))
        (self.dir / "tables" / "first.csv").write_text(f"first,probability\nnone,{1 - chance}\n")
        (self.dir / "restricted" / "candidates.csv").write_text(
            "rank,source,probability_first,probability_worm,onset,attempts,hours\n"
            f"1,1.2.3.4,{chance},1.0,2008-11-21T12:00:30.000000Z,120,4\n")
        common.seal(self.dir)

    def test_growth(self):
        """Sources that double every half hour, from one at noon: the release is found, and what can't be known is refused."""
        minutes, before = [], 0
        for minute in range(240):
            count = int(2**((minute + 1) / 30))
            if count > before:
                minutes.append(f"2008-11-21T{12 + minute // 60:02}:{minute % 60:02}:00Z,{count - before}")
            before = max(before, count)
        self.make(minutes, 0.99)
        done = common.call("outbreak", "--out", self.dir, "--numbers")
        self.assertEqual(done.code, common.DONE, done)
        numbers = dict(line.split(" ", 1) for line in done.out.splitlines())
        self.assertAlmostEqual(float(numbers["rate"]), 2 * 0.693, delta=0.1)
        self.assertLess(numbers["earliest"], "2008-11-21T12:00:00Z")
        self.assertLess("2008-11-21T08", numbers["earliest"])
        self.assertLess(numbers["latest"], "2008-11-21T12:02")
        text = common.call("outbreak", "--out", self.dir).out
        self.assertIn("not a first infection", text)
        self.make([], 0.99)
        self.refuse("outbreak", "--out", self.dir, names=["too few"])
        self.make(minutes, 0.7)
        self.refuse("outbreak", "--out", self.dir, names=["can't be known"])


if __name__ == "__main__":
    common.main()
