#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The main job on twins with outages and torn captures: every hour's numbers and status, and every source's first scan,
are exactly the truth's, at several seeds and ranks."""

import calendar
import collections
import csv
import time

import common
from test_twin_facts import octets, reachable
from test_twin_truth import Twin, captures, has_synth, hour_text, table

HOUR, BIN = 3600, 600
FORM = "%Y-%m-%dT%H:%M:%S"


def seconds(text):
    return calendar.timegm(time.strptime(text[:19], FORM))


def rows(out, name):
    with open(out / name, newline="", encoding="ascii") as file:
        return list(csv.DictReader(file))


class Run(Twin):
    BEGIN, NHOURS = "2008-11-21T03", 9

    def twin(self, seed):
        """An outage from the middle of the third hour through the fourth, and a torn capture of the seventh."""
        begin = seconds(self.BEGIN + ":00:00")
        torn = f"ucsd-nt.{begin + 6 * HOUR}.pcap.gz"
        folder = self.make("--scale", "0.01", "--background", "0.1", "--seed", seed, "--from", self.BEGIN, "--until",
                           "2008-11-21T12", "--outage", "2008-11-21T05:30/2008-11-21T07", "--torn", f"{torn}@0.55",
                           out=f"twin-{seed}")
        status = ["whole"] * self.NHOURS
        status[2], status[3], status[6] = "partial", "missing", "damaged"
        return folder, {hour_text(begin // HOUR + i): word for i, word in enumerate(status)}

    def check_run(self, folder, status, out):
        truth = {row["hour"]: row for row in table(folder, "hourly.csv")}
        ours = rows(out, "tables/hourly.csv")
        self.assertEqual([row["hour"] for row in ours], list(status))
        for row in ours:
            hour = row["hour"]
            self.assertEqual(row["status"], status[hour], row)
            for name in ("sources", "scans", "packets"):
                self.assertEqual(row[name], truth[hour][name] if hour in truth else "", row)
        self.check_first_seen(table(folder, "sources.csv"), out)

    def check_first_seen(self, sources, out):
        new, new_reachable = collections.Counter(), collections.Counter()
        for row in sources:
            at = seconds(row["first_scan"]) // BIN * BIN
            new[at] += 1
            new_reachable[at] += reachable(octets(row["source"]))
        total = 0
        for row in rows(out, "tables/first_seen.csv"):
            at = seconds(row["time"])
            total += new[at]
            self.assertEqual([int(row[name] or 0) for name in ("new_sources", "new_reachable", "cumulative_sources")],
                             [new.pop(at, 0), new_reachable[at], total], row)
        self.assertEqual(+new, collections.Counter())
        earliest = sorted((row["first_scan"], octets(row["source"]), row["source"]) for row in sources)[:1000]
        self.assertEqual([(row["source"], row["first_seen"]) for row in rows(out, "restricted/earliest.csv")],
                         [(source, first) for first, _, source in earliest])

    def test_truth(self):
        for seed, ranks in ((1, None), (2, 2), (3, 3)):
            with self.subTest(seed=seed, ranks=ranks):
                folder, status = self.twin(seed)
                self.assertEqual(len(captures(folder)), self.NHOURS - 1)
                out = self.dir / f"out-{seed}"
                done = common.call("run", folder, "--out", out, "--quiet", ranks=ranks if common.MPI else None)
                self.assertEqual(done.code, common.DAMAGED, done)
                self.check_run(folder, status, out)


if __name__ == "__main__":
    if not has_synth():
        common.skip("built without synth")
    common.main()
