#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""--min-cell: no cell by country, network, minute or bin has fewer sources, and no source is lost: against sets counted
slowly, and against bins and minutes joined slowly."""

import csv
import ipaddress
import json
import shutil
import string
import tempfile
from pathlib import Path

import common
from test_countries import Oracle, sets_of

LEAST = 7
# Many small countries and a few large ones.
CODES = [a + b for a in "ABC" for b in string.ascii_uppercase]
RANGES = [(i << 24, (i << 24) + 0xffffff, CODES[i % 5] if i % 3 else CODES[5 + i % 70]) for i in range(1, 200)]


def rows_of(out, name):
    with open(Path(out, "tables", f"{name}.csv"), newline="", encoding="ascii") as file:
        return list(csv.DictReader(file))


def joined(bins, names, is_recorded):
    """Rows of bins, each joined with those after it until no count is from 1 to LEAST - 1."""
    found, counts, at = [], [0] * len(names), None
    for row in bins:
        if not is_recorded(row):
            found.append((row["at"], *[""] * len(names)))
            at = None
            continue
        at = at or row["at"]
        counts = [count + int(row[name]) for count, name in zip(counts, names)]
        if all(not 0 < count < LEAST for count in counts):
            found.append((at, *map(str, counts)))
            counts, at = [0] * len(names), None
    if any(counts):
        found.append((at, *[""] * len(names)))
    return found


class MinCell(common.Case):
    @classmethod
    def setUpClass(cls):
        kept = tempfile.TemporaryDirectory(prefix="pz-test-")
        cls.addClassCleanup(kept.cleanup)
        folder = Path(kept.name)
        table, networks = folder / "ranges.csv", folder / "20081120.pfx2as"
        table.write_text("".join(f"{first},{last},{code}\n" for first, last, code in RANGES))
        networks.write_text("".join(f"{i}.0.0.0\t8\t{100 + i % 60}\n" for i in range(1, 200)))
        cls.plain, cls.few = folder / "plain", folder / "few"
        for arguments in (("synth", "--out", folder / "twin", "--from", "2008-11-20T12", "--until", "2008-11-21T08", "--scale",
                           "0.002", "--background", "0.0005", "--noise", "0.5", "--outage", "2008-11-21T04/2008-11-21T05:30", "--seed", "5",
                           "--quiet"),
                          ("run", "--no-report", folder / "twin", "--out", cls.plain, "--countries", table, "--networks",
                           networks, "--store", folder / "store"),
                          ("reduce", "--no-report", folder / "twin", "--out", cls.few, "--countries", table, "--networks",
                           networks, "--store", folder / "store", "--min-cell", LEAST)):
            done = common.call(*map(str, arguments))
            assert done.code == common.DONE, done
        cls.sets = sets_of(cls.plain)

    def place_rows(self, counted):
        """{place: count} as the table should have them."""
        few = sum(count for count in counted.values() if count < LEAST)
        told = {place: str(count) for place, count in counted.items() if count >= LEAST}
        return {**told, **({"few": str(few) if few >= LEAST else ""} if few else {})}

    def test_countries(self):
        oracle = Oracle(RANGES)
        hours = {}
        for row in rows_of(self.few, "country_hourly"):
            self.assertNotIn(row["country"], hours.setdefault(row["hour"][:13], {}))
            hours[row["hour"][:13]][row["country"]] = row["sources"]
        self.assertEqual(hours, {hour: self.place_rows(oracle.counts(found)) for hour, found in self.sets.items()})
        self.assertTrue(any("few" in row for row in hours.values()))
        counted = oracle.counts(set().union(*self.sets.values()))
        all_rows = {row["country"]: row["sources"] for row in rows_of(self.few, "country")}
        expected = {code: "" for code in [*{code for _, _, code in RANGES}, "ZZ"]}
        expected.update(self.place_rows(counted))
        self.assertEqual(all_rows, expected)
        self.assertIn("few", all_rows)

    def test_networks(self):
        def network(address):
            return str(100 + (address >> 24) % 60) if 0 < address >> 24 < 200 else "none"

        counted = {}
        for address in set().union(*self.sets.values()):
            counted[network(address)] = counted.get(network(address), 0) + 1
        expected = self.place_rows({place: count for place, count in counted.items() if place != "none"})
        none = counted.get("none", 0)
        expected["none"] = "" if 0 < none < LEAST else str(none)
        self.assertEqual({row["network"]: row["sources"] for row in rows_of(self.few, "networks")}, expected)
        for row in rows_of(self.few, "networks_hourly"):
            self.assertTrue(int(row["sources"] or LEAST) >= LEAST, row)
        hours = {}
        for row in rows_of(self.few, "networks_hourly"):
            hours.setdefault(row["hour"][:13], {})[row["network"]] = row["sources"]
        for hour, found in self.sets.items():
            counted = {}
            for address in found:
                counted[network(address)] = counted.get(network(address), 0) + 1
            self.assertEqual(hours[hour], self.place_rows(counted), hour)

    def test_bins(self):
        for name, column, names in (("first_seen", "time", ("new_sources", "new_reachable")),
                                    ("reachable", "time", ("new_sources", "new_reachable")), ("outbreak", "minute", ("candidates",))):
            with self.subTest(name):
                bins = [{**row, "at": row[column]} for row in rows_of(self.plain, name)]
                got = rows_of(self.few, name)
                self.assertEqual([(row[column], *(row[one] for one in names)) for row in got],
                                 joined(bins, names, lambda row: row[names[0]] != ""))
                self.assertGreater(len(got), 2)
                self.assertLess(len(got), len(bins))
                if "cumulative_sources" in got[0]:
                    total = 0
                    for row in got:
                        total += int(row["new_sources"] or 0)
                        self.assertEqual(int(row["cumulative_sources"]), total)

    def test_overlap(self):
        """overlap follows the result that it is added to."""
        out, listed, table = self.dir / "out", self.dir / "list", self.dir / "ranges.csv"
        shutil.copytree(self.few, out)
        ours = set().union(*self.sets.values())
        others = set(sorted(ours)[::2])
        listed.write_text("".join(f"{ipaddress.IPv4Address(one)}\n" for one in sorted(others)))
        table.write_text("".join(f"{first},{last},{code}\n" for first, last, code in RANGES))
        done = common.call("overlap", "--out", out, "--with", listed, "--countries", table)
        self.assertEqual(done.code, common.DONE, done)
        oracle, expected, few = Oracle(RANGES), {}, [0, 0, 0]
        counts = [oracle.counts(some) for some in (ours, others, ours & others)]
        for code in counts[0]:
            cells = [count[code] for count in counts]
            if 0 < cells[0] < LEAST or 0 < cells[2] < LEAST:
                few = [a + b for a, b in zip(few, cells)]
            else:
                expected[code] = cells
        self.assertGreaterEqual(few[2], LEAST)
        expected["few"] = few
        self.assertEqual({row["country"]: [int(row[name]) for name in ("ours", "others", "both")]
                          for row in rows_of(out, "overlap_country")}, expected)

    def test_record(self):
        """The record says so, and other tables are as they were."""
        summaries = [json.loads((out / "summary.json").read_text())["options"] for out in (self.plain, self.few)]
        self.assertEqual([one["min_cell"] for one in summaries], [1, LEAST])
        changed = {"country", "country_hourly", "networks", "networks_hourly", "first_seen", "reachable", "outbreak", "datapackage"}
        names = common.differences(common.snapshot(self.plain / "tables"), common.snapshot(self.few / "tables"))
        self.assertEqual({name.split(".")[0] for name in names}, changed)
        for bad in ("0", "-1", "x", "1000001", ""):
            self.refuse("run", self.plain, "--out", self.dir / "x", "--min-cell", bad, names=("--min-cell", "1000000"))

    def test_page(self):
        out, empty = self.dir / "out", self.dir / "empty"
        empty.mkdir()
        shutil.copytree(self.few, out)
        done = common.call("report", "--out", out, env={"PATH": str(empty)})    # without gnuplot
        self.assertEqual(done.code, common.DONE, done)
        page = (out / "report.html").read_text(encoding="utf-8")
        self.assertIn("few each to be told", page)


if __name__ == "__main__":
    common.main()
