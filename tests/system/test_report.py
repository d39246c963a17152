#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The report: what it makes of tables, what it leaves out and says so, how long it takes over a long archive."""

import csv
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
import time
import unittest
import zlib
from pathlib import Path

import common
import made_tables

MONTHS_15 = 456    # days


def rows_of(out, name="reproduction"):
    with open(Path(out, "tables", f"{name}.csv"), newline="", encoding="ascii") as file:
        return list(csv.DictReader(file))


class Report(common.Case):
    made = {}    # tables by what they are of, as making them takes longer than what is tested

    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="pz-report-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.made = {}

    def report(self, out, *options, code=common.DONE, draw=True):
        """Pictures take longer than the rest: without `draw` there is no gnuplot."""
        tools = self.dir / "tools"
        if not draw and not tools.exists():
            tools.mkdir()
            (tools / "sh").symlink_to(shutil.which("sh"))
        done = common.call("report", "--out", out, *options, env=None if draw else {"PATH": str(tools)})
        self.assertEqual(done.code, code, done)
        return done

    def tables(self, days=MONTHS_15, name="long", first=made_tables.FIRST):
        if (days, first) not in self.made:
            self.made[days, first] = self.shared / f"{days}-{first}"
            made_tables.Tables(days, first).write(self.made[days, first])
        return shutil.copytree(self.made[days, first], self.dir / name)

    def test_long_archive(self):
        """15 months of hours: under a minute of one core, a page under 10 MB, every figure but those of other tables."""
        out = self.tables()
        began = os.times()
        self.report(out)
        ended = os.times()
        self.assertLess(ended.children_user + ended.children_system - began.children_user - began.children_system, 60)
        self.assertLess((out / "report.html").stat().st_size, 10_000_000)
        if not shutil.which("gnuplot"):
            return
        drawn = {path.stem for path in (out / "figures").glob("*.svg")}
        for ending in ("png", "pdf"):
            self.assertEqual(drawn, {path.stem for path in (out / "figures").glob(f"*.{ending}")})
        for path in (out / "figures").glob("*.png"):
            picture = path.read_bytes()
            at = picture.index(b"pHYs")
            self.assertEqual(struct.unpack(">IIB", picture[at + 4:at + 13]), (11811, 11811, 1), "300 dots an inch")
            self.assertEqual(struct.unpack(">I", picture[at + 13:at + 17])[0], zlib.crc32(picture[at:at + 13]))
        for path in (out / "figures").glob("*.pdf"):
            pages = path.read_bytes()
            self.assertNotIn(b"CreationDate", pages, "the same drawing has the same bytes at any time")
            table = int(pages[pages.rindex(b"startxref") + len("startxref"):].split()[0])
            self.assertEqual(pages[table:table + 4], b"xref", "its table of objects stays where it says")
        for number in (1, 2, 3, 4, 6, 7, 8, 10, 11, 12, 15):
            self.assertTrue(any(name.startswith(f"figure-{number}-") for name in drawn), (number, drawn))

    def test_drawn_again(self):
        """A figure's script, as it lies beside it, draws the same picture by hand; and report, all the same."""
        if not shutil.which("gnuplot"):
            self.skipTest("no gnuplot")
        out = self.tables(60)
        self.report(out)
        for script in sorted((out / "figures").glob("*.gp")):
            picture = script.with_suffix(".svg")
            before = picture.read_bytes()
            picture.unlink()
            subprocess.run(["gnuplot", script.name], cwd=script.parent, check=True, stderr=subprocess.DEVNULL,
                           env={**os.environ, "LC_ALL": "C.UTF-8"})
            self.assertEqual(picture.read_bytes(), before, script)
        first = common.snapshot(out)
        self.report(out)
        self.assert_same(common.snapshot(out), first, "a second report differs")

    def test_one_at_a_time(self):
        """On one core, as a launcher may bind a rank to one of many."""
        out, tools, cores = self.tables(60), self.dir / "one", os.sched_getaffinity(0)
        tools.mkdir()
        (tools / "gnuplot").write_text(f"""#!/bin/sh
mkdir '{self.dir}/at-work' || exit 1
eval "$(echo "$3" | tr -d ' ')"
echo picture > "$name.$ending"
mkdir '{self.dir}/slow' 2>/dev/null && sleep 0.5
rmdir '{self.dir}/at-work'
""")
        (tools / "gnuplot").chmod(0o755)
        os.sched_setaffinity(0, {min(cores)})
        try:
            done = common.call("report", "--out", out, env={"PATH": f"{tools}:{os.environ['PATH']}"})
        finally:
            os.sched_setaffinity(0, cores)
        self.assertEqual(done.code, common.DONE, done)
        self.assertNotIn("gnuplot failed", done.err)

    @unittest.skipUnless(len(os.sched_getaffinity(0)) > 1, "one picture at a time on one core")
    def test_several_at_a_time(self):
        """The first gnuplot ends only once a second one has begun. The picture of a figure that fails is not listed."""
        out, tools = self.tables(60), self.dir / "several"
        tools.mkdir()
        os.mkfifo(self.dir / "met")
        (tools / "gnuplot").write_text(f"""#!/bin/sh
if mkdir '{self.dir}/first' 2>/dev/null; then
    read word < '{self.dir}/met'
elif mkdir '{self.dir}/second' 2>/dev/null; then
    echo word > '{self.dir}/met'
fi
case $4 in figure-6*) echo 'no ink' >&2; exit 1;; esac
eval "$(echo "$3" | tr -d ' ')"
echo "$4 as $ending" > "$name.$ending"
""")
        (tools / "gnuplot").chmod(0o755)
        done = common.call("report", "--out", out, env={"PATH": f"{tools}:{os.environ['PATH']}"})
        self.assertEqual(done.code, common.DONE, done)
        self.assertIn("gnuplot failed: no ink", done.err)
        for script in (out / "figures").glob("*.gp"):
            for ending in ("svg", "pdf"):
                picture = script.with_suffix(f".{ending}")
                if script.name.startswith("figure-6"):
                    self.assertFalse(picture.exists(), picture)
                else:
                    self.assertEqual(picture.read_text(), f"{script.name} as {ending}\n")
        listed = json.loads((out / "figures" / "manifest.json").read_text())["files"]
        there = {f"figures/{path.name}" for path in (out / "figures").iterdir()} - {"figures/manifest.json", "figures/outlines.csv"}
        self.assertEqual(set(listed) - {"report.html"}, there, "what is left of pictures that failed")

    def check_labels(self, out):
        """gnuplot leaves out, without a word, what doesn't fit on an SVG: every label must be on the picture."""
        for script in sorted((out / "figures").glob("*.gp")):
            shown = re.sub("<[^>]*>", "", script.with_suffix(".svg").read_text(encoding="utf-8"))
            for label in re.findall(r'^(?:.*\n)?set [xy]label "([^"]+)"', script.read_text(encoding="utf-8"), re.M):
                for line in label.split("\\n"):
                    self.assertIn(line.replace("'", "&#39;") if "&#39;" in shown else line, shown, script.name)

    def test_labels(self):
        if not shutil.which("gnuplot"):
            self.skipTest("no gnuplot")
        for days in (3, 90):
            out = self.tables(days, name=f"days{days}", first=made_tables.OUTBREAK - made_tables.DAY)
            self.report(out)
            self.check_labels(out)
        out, _ = self.run_ok(common.DATA / "figure5.pcap.gz")
        common.call("portrait", common.DATA / "figure5.pcap.gz", "--out", out)
        self.report(out)
        self.assertTrue((out / "figures" / "figure-5-scan.svg").exists())
        self.check_labels(out)

    def test_stale_figures_go(self):
        """A figure that these tables don't give isn't left lying about from others."""
        out = self.tables(60)
        self.report(out, draw=False)
        self.assertTrue((out / "figures" / "figure-7-countries.gp").exists())
        (out / "figures" / "figure-7-countries.svg").write_text("as if drawn")
        (out / "tables" / "country_hourly.csv").unlink()
        common.seal(out)
        done = self.report(out, draw=False)
        self.assertIn("figure-7-countries is left out: there is no table country_hourly.csv", done.err)
        self.assertEqual(list((out / "figures").glob("figure-7*")), [])
        self.assertFalse((out / "figures" / "outlines.csv").exists())
        page = (out / "report.html").read_text(encoding="utf-8")
        self.assertIn("there is no table country_hourly.csv", page)

    def test_without_gnuplot(self):
        """Scripts, numbers and the page are there all the same."""
        out = self.tables(60)
        done = self.report(out, draw=False)
        self.assertIn("gnuplot isn't installed here", done.err)
        self.assertTrue((out / "figures" / "figure-1-hourly.gp").exists())
        self.assertFalse((out / "figures" / "figure-1-hourly.svg").exists())
        self.assertIn("<figure id=\"figure-1-hourly\"", (out / "report.html").read_text(encoding="utf-8"))

    def test_refusals(self):
        self.refuse("report", names=["--out"])
        self.refuse("report", "--out", self.dir / "nowhere", names=["hourly.csv"])
        self.refuse("report", "x", "--out", self.dir, names=["takes no captures"])

    def test_broken_table(self):
        """A table that was cut off is no table, and no crash."""
        out = self.tables(60)
        path = out / "tables" / "lens.csv"
        path.write_bytes(path.read_bytes()[:-9])
        common.seal(out)
        done = self.report(out, draw=False)
        self.assertIn("there is no table lens.csv", done.err)

    def test_run_reports(self):
        """run makes the report at its end, unless told not to; for any capture, with an empty table too."""
        for capture in ("figure5.pcap.gz", "empty.pcap"):
            out = self.dir / capture
            done = common.call("run", common.DATA / capture, "--out", out)
            self.assertIn(done.code, (common.DONE, common.DAMAGED), done)
            self.assertTrue((out / "report.html").exists(), capture)
        plain, _ = self.run_ok(common.DATA / "figure5.pcap.gz", out="plain")
        self.assertFalse((plain / "report.html").exists())
        self.assertFalse((plain / "figures").exists())

    def test_page(self):
        """No address of another place is in the page but as text, and each figure has its words."""
        out = self.tables(60)
        self.report(out, draw=False)
        page = (out / "report.html").read_text(encoding="utf-8")
        for link in re.findall(r"""(?:src|href)=["']([^"']*)""", page.split("<script>")[0]):
            if link.startswith("#"):
                self.assertIn(f' id="{link[1:]}"', page)
            elif not link.startswith("data:"):
                self.assertTrue((out / link).is_file(), link)
        self.assertIn("default-src 'none'", page)
        for alt in re.findall(r"<img alt=\"([^\"]*)\"", page):
            self.assertGreater(len(alt), 20)
        ids = re.findall(r" id=\"([^\"]+)\"", page.split("<script>")[0])
        self.assertEqual(len(ids), len(set(ids)))


class Maps(common.Case):
    """The static maps: each country has the colour of its class in the busiest hour of the day."""
    HOUR = "2008-11-21T17:00:00Z"
    # Sources and rates, each in a class of its own or on an edge; HK and NR are dots, GF has no outline, NR no rate.
    ROWS = {"CN": (29700, "165.000"), "BR": (10000, "400.000"), "AR": (9999, "1999.800"), "HK": (30, "3.000"),
            "NR": (2, None), "DE": (1, "0.012"), "LS": (300, "29.999"), "GF": (7, "30.000"), "ZZ": (50, None)}

    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory(prefix="pz-test-")
        cls.out = Path(cls.kept.name)
        made_tables.Tables(3, first=made_tables.OUTBREAK).write(cls.out)
        with open(cls.out / "tables" / "country_hourly.csv", "w", encoding="ascii") as file:
            file.write("hour,country,sources,per_million\n2008-11-21T16:00:00Z,CN,5000,27.8\n")
            for code, (sources, rate) in sorted(cls.ROWS.items()):
                file.write(f"{cls.HOUR},{code},{sources},{rate or ''}\n")
            file.write("2008-11-21T18:00:00Z,RU,40000,2000\n2008-11-22T12:00:00Z,CN,99999,555.000\n")
        common.seal(cls.out)
        done = common.call("report", "--out", cls.out)
        assert done.code == common.DONE, done
        outlines = (cls.out / "figures" / "outlines.csv").read_text(encoding="ascii")
        cls.codes = re.findall(r"^# ([A-Z-]{2}) \d+ \d+ \d+$", outlines, re.M)

    @classmethod
    def tearDownClass(cls):
        cls.kept.cleanup()

    def colours(self, name):
        """{code: colour} of a script, but for countries without any; and the codes of its dots."""
        script = (self.out / "figures" / f"{name}.gp").read_text(encoding="ascii")
        values = re.search(r"array colour\[(\d+)\] = \[(.*?)\]\n#", script, re.S)
        words = [word.strip(" \\\n") for word in values[2].split(",")]
        self.assertEqual((int(values[1]), len(words)), (len(self.codes), len(self.codes)))
        dots = re.search(r"\$dots << EOD\n(.*?)EOD", script, re.S)[1].split()
        return ({code: word for code, word in zip(self.codes, words) if word != "none"},
                {self.codes[int(dot.split(",")[2]) - 1] for dot in dots})

    @staticmethod
    def classes(values):
        """Steps of 1, 3, 10, ...: the highest is the last of eight colours, and all below the eighth share one."""
        edges = [first * 10.0**exponent for exponent in range(-4, 8) for first in (1, 3)]
        step = {code: max(i for i, edge in enumerate(edges) if edge <= value) for code, value in values.items()}
        return {code: f"ramp[{max(1, 8 - max(step.values()) + i)}]" for code, i in step.items()}

    def test_counts(self):
        """The hour is that of most sources in all, whatever one country has in another; and of that day."""
        colours, dots = self.colours("figure-7-countries")
        shown = {code: sources for code, (sources, _) in self.ROWS.items() if code not in ("GF", "ZZ")}
        self.assertEqual(colours, self.classes(shown))
        self.assertEqual(dots, {"HK", "NR"})

    def test_rates(self):
        colours, _ = self.colours("figure-8-per-million")
        rates = {code: float(rate) for code, (_, rate) in self.ROWS.items() if rate and code != "GF"}
        self.assertEqual(colours, {**self.classes(rates), "NR": "unrated"})

    def test_words(self):
        page = (self.out / "report.html").read_text(encoding="utf-8")
        self.assertIn("World map of unique sources by country, 2008-11-21, 17:00 to 18:00 UTC. The most are CN 29,700, "
                      "BR 10,000, AR 9,999", page)
        total = sum(sources for sources, _ in self.ROWS.values())
        self.assertIn(f"Of that hour's {total:,} sources, 50 are at addresses of no known country and 7 in countries that the map has "
                      "no outline of.", page)
        self.assertIn('<figure id="figure-7-countries" data-map="sources">', page)


class Reproduction(common.Case):
    """The published numbers beside ours."""
    setUpClass = Report.__dict__["setUpClass"]
    tables = Report.tables

    def report(self, out, *options):
        return Report.report(self, out, *options, draw=False)

    def test_every_row(self):
        out = self.tables(120)
        self.report(out)
        rows = rows_of(out)
        ids = [row["id"] for row in rows]
        self.assertEqual(len(ids), len(set(ids)))
        for wanted in ("S1", "S2", "S3", "S4", "S5a", "S5b", "S6a", "S6b", "S7a", "S7b", "S8", "S9", "S10", "S11", "S12",
                       "S13a", "S13c", "S14a", "S14b", "S14c", "S14d", "S15", "S16a", "S16b", "S16c", "S17", "S18", "S19a", "S19b", "S19c", "S20", "S21", "S22a", "S22b",
                       "S22c", "S22d"):
            self.assertIn(wanted, ids)
        for row in rows:
            self.assertIn(row["covered"], ("yes", "part", "no", "never"))
            self.assertIn(row["verdict"], ("pass", "differs", "too few", "open"))
            if row["covered"] in ("no", "never"):
                self.assertEqual(row["verdict"], "open", row)
            if row["covered"] == "part":
                self.assertNotEqual(row["verdict"], "differs", row)

    def hourly(self, change):
        """Tables of an archive without a flaw, of which `change` makes what it likes."""
        out = self.tables(120, name="changed")
        path = out / "tables" / "hourly.csv"
        lines = path.read_text(encoding="ascii").splitlines()
        table = {}
        for line in lines[1:]:
            hour = line.split(",")[0]
            table[hour] = 1500
        change(table)
        path.write_text("\n".join([lines[0], *(f"{hour},{n},{n},{n},3600,whole,0" for hour, n in table.items())]) + "\n",
                        encoding="ascii")
        common.seal(out)
        return out

    def test_published_numbers_pass(self):
        def change(table):
            for hour in table:
                if hour >= "2008-11-21T03":
                    table[hour] = 100000
            table["2008-11-20T05:00:00Z"] = 3222
            table["2008-11-21T17:00:00Z"] = 114911
            table["2008-12-01T14:00:00Z"] = 145586
        out = self.hourly(change)
        self.report(out)
        rows = {row["id"]: row for row in rows_of(out)}
        for which in ("S1", "S2", "S3", "S4", "S6a", "S6b", "S6c", "S7a", "S7b", "S7c", "S8"):
            self.assertEqual((rows[which]["covered"], rows[which]["verdict"]), ("yes", "pass"), rows[which])
        self.assertEqual(rows["S6a"]["ours"], "114911")
        self.assertEqual(rows["S8"]["ours"], "2008-11-21T03:00")

    def test_others_differ(self):
        def change(table):
            table["2008-11-20T05:00:00Z"] = 4000
            table["2008-11-21T16:00:00Z"] = 120000
        out = self.hourly(change)
        self.report(out)
        rows = {row["id"]: row for row in rows_of(out)}
        for which in ("S3", "S6a", "S6b", "S6c", "S7a", "S7b"):
            self.assertEqual(rows[which]["verdict"], "differs", rows[which])
        self.assertEqual(rows["S6b"]["difference"], "-1 hours")

    def test_scale(self):
        """Of synthetic data at a hundredth, a hundredth of what was published."""
        def change(table):
            for hour in table:
                table[hour] = 15
            table["2008-11-21T17:00:00Z"] = 1149
        out = self.hourly(change)
        self.report(out, "--scale", "0.01")
        rows = {row["id"]: row for row in rows_of(out)}
        self.assertEqual((rows["S6a"]["published"], rows["S6a"]["verdict"]), ("1149", "pass"))

    def test_contradiction(self):
        """Where the page contradicts itself, both readings have a row."""
        out = self.tables(60)
        self.report(out)
        rows = {row["id"]: row for row in rows_of(out)}
        self.assertIn("1.7", rows["S5a"]["note"])
        self.assertNotEqual(rows["S5a"]["ours"], rows["S5b"]["ours"])


class Portrait(common.Case):
    """The 19 published packets."""
    report = Report.report

    def test_found(self):
        out, _ = self.run_ok(common.DATA / "figure5.pcap.gz")
        done = common.call("portrait", common.DATA / "figure5.pcap.gz", "--out", out)
        self.assertEqual(done.code, common.DONE, done)
        self.assertEqual([row["found"] for row in rows_of(out, "published_packets")], ["1"] * 19)
        self.assertEqual([row["published"] for row in rows_of(out, "typical_scan")], ["1"] * 19)
        self.report(out)
        row = {row["id"]: row for row in rows_of(out)}["S20"]
        self.assertEqual((row["ours"], row["verdict"]), ("19", "pass"))

    def test_one_bit_off(self):
        """A packet of which one field differs isn't found."""
        header, records = common.records(common.inflated(common.DATA / "figure5.pcap.gz"))
        broken = bytearray(records[3])
        broken[16 + 5] ^= 1    # the low byte of ip.id
        capture = self.dir / "broken.pcap"
        capture.write_bytes(header + b"".join(records[:3]) + bytes(broken) + b"".join(records[4:]))
        out, _ = self.run_ok(capture)
        common.call("portrait", capture, "--out", out)
        self.assertEqual([row["found"] for row in rows_of(out, "published_packets")], ["1"] * 3 + ["0"] + ["1"] * 15)
        self.report(out)
        row = {row["id"]: row for row in rows_of(out)}["S20"]
        self.assertEqual(row["ours"], "18")

    def test_no_such_hour(self):
        self.refuse("portrait", common.DATA / "link-raw.pcap", "--out", self.dir / "out", names=["21 November 2008"])


if __name__ == "__main__":
    common.main()
