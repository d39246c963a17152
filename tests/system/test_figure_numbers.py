#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What figures compute, against their tables: of an archive with outages, partial hours and damaged ones."""

import calendar
import csv
import re
import shutil
import time
from collections import defaultdict

import common
import made_tables


def read(out, name):
    with open(out / "tables" / f"{name}.csv", newline="", encoding="ascii") as file:
        return list(csv.DictReader(file))


class FigureNumbers(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.out = made_tables.folder(cls)
        made_tables.Tables(80).write(cls.out)
        # An hour of each kind on the outbreak's days, which these tables have by chance only.
        path = cls.out / "tables" / "hourly.csv"
        rows = [line.split(",") for line in path.read_text(encoding="ascii").splitlines()]
        flaws = {"2008-11-22T05:00:00Z": "partial", "2008-11-22T06:00:00Z": "missing", "2008-11-22T07:00:00Z": "missing",
                 "2008-11-24T14:00:00Z": "damaged", "2008-11-24T15:00:00Z": "partial"}
        for row in rows:
            if row[0] in flaws:
                row[5] = flaws[row[0]]
                row[1:5] = ["", "", "", "0"] if row[5] == "missing" else ["7", "7", "7", "1000"]
        path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="ascii")
        fingerprint = ["hour,reachable,length_48,ttl_65_128,port_1024_5000,scans,attempts_1_syn,attempts_2_in_time,attempts_2_other,"
                       "attempts_3_or_more"]
        for i, row in enumerate(rows[1:200]):
            for traits in range(16 if row[1] else 0):
                bits = ",".join(str(traits >> bit & 1) for bit in range(4))
                fingerprint.append(f"{row[0]},{bits},{(i * 7 + traits * 13) % 50},{traits},{i % 9},{traits % 3},{i % 2}")
        (cls.out / "tables" / "fingerprint.csv").write_text("\n".join(fingerprint) + "\n", encoding="ascii")
        common.seal(cls.out)
        made_tables.report(cls.out)

    def script(self, name):
        return (self.out / "figures" / f"{name}.gp").read_text(encoding="utf-8")

    def block(self, name, block):
        text = re.search(rf"^\${block} << EOD\n(.*?)^EOD", self.script(name), re.S | re.M)[1]
        return list(csv.DictReader(text.splitlines()))

    def test_means_of_hours(self):
        """Figure 3, right: of whole hours of the days shown, without the day of the outbreak."""
        hours = defaultdict(list)
        for row in read(self.out, "hourly"):
            if "2008-11-22" <= row["hour"] < "2008-12-05" and row["status"] == "whole":
                hours[int(row["hour"][11:13])].append(int(row["sources"]))
        means = self.block("figure-3-diurnal", "means")
        self.assertEqual([int(row["hour"]) for row in means], sorted(hours))
        for row in means:
            counted = hours[int(row["hour"])]
            self.assertEqual((row["mean"], int(row["hours"])), (f"{sum(counted) / len(counted):.1f}", len(counted)))
        self.assertLess(min(int(row["hours"]) for row in means), 13)    # some hours lack

    def bars(self, name):
        """{hour: look} of the bars of a script."""
        found = {}
        for begin, end, look in re.findall(r'^set object rectangle from "([^"]+)", graph 0 to "([^"]+)", graph 1 fc rgb (\w+)',
                                           self.script(name), re.M):
            second = second_of(begin)
            while second < second_of(end):
                self.assertNotIn(second, found)
                found[second] = {"outage": "missing"}.get(look, look)
                second += 3600
        return found

    def test_usual_peak_of_two(self):
        """Of two hours that are the peak as often, the figure and the comparison with the published number name the first."""
        out = shutil.copytree(self.out, self.dir / "out", ignore=shutil.ignore_patterns("figures", "report.html"))
        path = out / "tables" / "diurnal.csv"
        with open(path, newline="", encoding="ascii") as file:
            header, *rows = csv.reader(file)
        days = [row for row in rows if "2008-11-21" < row[0] < "2009-01-01" and row[-1] == "whole"]
        kept = days[:len(days) // 2 * 2]
        for i, row in enumerate(kept):
            row[1] = str((16, 13)[i % 2])
        path.write_text("".join(",".join(row) + "\n" for row in [header, *kept]), encoding="ascii")
        common.seal(out)
        made_tables.report(out)
        said = re.search(r"in the hour from (\d\d):00 UTC", (out / "report.html").read_text(encoding="utf-8"))[1]
        compared = {row["id"]: row["ours"] for row in read(out, "reproduction")}
        self.assertEqual((said, compared["S9"]), ("13", "13"))

    def test_bars(self):
        """Missing, damaged and partial hours, each in its own look and no other hour; and a legend of those that there are."""
        for name, table in (("figure-1-hourly", "hourly"), ("figure-4-december", "lens"), ("figure-2-first-day", "first_day"),
                            ("figure-3-diurnal", "hourly"), ("figure-11-new-sources", "new_sources"), ("figure-13-population", "hourly"),
                            ("figure-15-overlap", "hourly"), ("figure-7-countries-curves", "hourly")):
            bars = self.bars(name)
            rows = {second_of(row["hour"]): row["status"] for row in read(self.out, table)}
            for second, look in bars.items():
                self.assertEqual(rows[second], look, (name, second))
            if table == "hourly" and "1-" in name or "15-" in name:
                last = max(second_of(row["hour"]) for row in read(self.out, table) if row["sources"])    # shown until then
                self.assertEqual(bars, {second: status for second, status in rows.items() if status != "whole" and second <= last})
            legend = "".join(re.findall(r'^set label 98 "([^"]*)"', self.script(name), re.M))
            for look, colour in (("missing", "grey"), ("damaged", "red"), ("partial", "yellow")):
                self.assertEqual(colour in legend, look in bars.values(), (name, legend))
        self.assertEqual(set(self.bars("figure-3-diurnal").values()), {"missing", "damaged", "partial"})

    def test_joined_bins(self):
        """Figure 6: bins of ten minutes until they hold 30 sources; what is left at a gap or the end is joined to the one before."""
        expected, bin, full = [], None, None
        for row in read(self.out, "reachable"):
            if row["time"] >= "2008-11-23":
                break
            if not row["new_sources"]:
                if bin and full:
                    full[1:] = full[1] + bin[1], full[2] + bin[2]
                    expected.remove(bin)
                bin = full = None
                continue
            if not bin:
                bin = [row["time"], 0, 0]
                expected.append(bin)
            bin[1] += int(row["new_sources"])
            bin[2] += int(row["new_reachable"])
            if bin[1] >= 30:
                full, bin = bin, None
        if bin and full:
            full[1:] = full[1] + bin[1], full[2] + bin[2]
            expected.remove(bin)
        drawn = self.block("figure-6-reachable", "bins")
        self.assertEqual([(row["time"], int(row["new_sources"]), int(row["new_reachable"])) for row in drawn[::2]],
                         [tuple(row) for row in expected if row[1]])
        self.assertEqual([row["new_sources"] for row in drawn[1::2]], [row["new_sources"] for row in drawn[::2]])

    def test_country_curves(self):
        """Figures 7 and 8: the countries' own numbers; what isn't drawn is in others and unknown, and none is lost."""
        hours = defaultdict(dict)
        for row in read(self.out, "country_hourly"):
            hours[row["hour"]][row["country"]] = row
        for name, column in (("figure-7-countries-curves", "sources"), ("figure-8-per-million-curves", "per_million")):
            drawn = self.block(name, "day")
            self.assertEqual(len(drawn), 24)
            codes = re.findall(r"^# c\d: ([A-Z]{2})$", self.script(name), re.M)
            self.assertEqual(len(codes), 8)
            for row in drawn:
                found = hours[row["time"]]
                for i, code in enumerate(codes):
                    self.assertEqual(row[f"c{i + 1}"], found[code][column] if code in found else "", (row["time"], code))
                rest = [int(one["sources"]) for code, one in found.items() if code not in codes and code != "ZZ"]
                self.assertEqual((row["others"], row["unknown"]),
                                 (str(sum(rest)), found.get("ZZ", {"sources": "0"})["sources"]) if found else ("", ""))

    def test_after_gaps(self):
        """Figures 2 and 11: what is new after a gap, and in the first hour of all, is told apart."""
        for name, table, first in (("figure-2-first-day", "first_day", False), ("figure-11-new-sources", "new_sources", True)):
            rows = read(self.out, table)
            expected = [row["hour"] for i, row in enumerate(rows)
                        if row["new_sources"] and (not rows[i - 1]["new_sources"] if i else first)]
            self.assertEqual(re.search(r'^after_gap = "(.*)"$', self.script(name), re.M)[1].split(), expected)
            self.assertTrue(expected)

    def test_lens_changes(self):
        """Where the lens changes all curves of hours break and a line stands."""
        changes, before = [], None
        for row in read(self.out, "lens"):
            if row["sources"]:
                networks = int(row["networks_reachable"]) + int(row["networks_unreachable"])
                if before and (networks >= 4 * before or 4 * networks <= before):
                    changes.append(row["hour"])
                before = networks
        self.assertEqual(len(changes), 2)
        for name in ("figure-1-hourly", "figure-1-daily", "figure-4-december", "figure-11-new-sources", "figure-13-population",
                     "figure-15-overlap"):
            script = self.script(name)
            self.assertEqual(re.search(r'^lens_changes = "(.*)"$', script, re.M)[1].split(), changes, name)
            for change in changes:
                self.assertIn(f'set label "lens" at "{change}"', script, name)

    def test_shares_of_traits(self):
        """Figure 14."""
        sums = defaultdict(lambda: [0] * 7)
        for row in read(self.out, "fingerprint"):
            entry, scans = sums[row["hour"]], int(row["scans"])
            entry[0] += scans
            for i, trait in enumerate(("reachable", "length_48", "ttl_65_128", "port_1024_5000")):
                entry[1 + i] += scans * int(row[trait])
            entry[5] += sum(int(row[name]) for name in row if name.startswith("attempts"))
            entry[6] += int(row["attempts_2_in_time"])
        for row in self.block("figure-14-fingerprint", "shares"):
            entry = sums.get(row["time"])
            for i, name in enumerate(("reachable", "length", "ttl", "port")):
                self.assertEqual(row[name], f"{100 * entry[1 + i] / entry[0]:.3f}" if entry and entry[0] else "")
            self.assertEqual(row["two_in_time"], f"{100 * entry[6] / entry[5]:.3f}" if entry and entry[5] else "")

    def test_steps_and_names(self):
        """Each hour of a curve is a level line, the last and one between two gaps too; names at the ends stand apart."""
        for number, name in (("2", "first-day"), ("7", "countries-curves"), ("8", "per-million-curves"), ("13", "population"),
                             ("14", "fingerprint"), ("15", "overlap")):
            script = self.script(f"figure-{number}-{name}")
            joined = re.findall(r"\((?:changed\(1\) \? NaN : )?(.*)\) with steps ", script)
            levels = re.findall(r'"(?:hour|time)":\((.*)\):\(3600\):\(0\) with vectors ', script)
            self.assertGreaterEqual(len(levels), len(joined), name)
            for value in joined:
                self.assertIn(value.replace(" && !changed(1)", "").replace("joined(", "whole("), levels, name)
            self.assertIn("set key off", script)
            for panel in script.split("do for [i=201")[1:]:
                places = [float(at) for at in re.findall(r'^set label 2\d\d "[^"]+" at graph [\d.]+, graph ([\d.]+) left', panel, re.M)]
                self.assertTrue(places, name)
                for upper, lower in zip(places, places[1:]):
                    self.assertGreater(upper - lower, 0.04, (name, places))
                self.assertTrue(0 <= places[-1] and places[0] <= 1, (name, places))


def second_of(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


if __name__ == "__main__":
    common.main()
