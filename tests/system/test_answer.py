#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the page opens with: each answer against the tables, and what it says where there is none."""

import html
import re
import tempfile
from pathlib import Path

import common
import made_tables

OUTBREAK, DAY, HOUR = made_tables.OUTBREAK, made_tables.DAY, made_tables.HOUR


def number(value):
    return f"{value:,}"


class Answer(common.Case):
    def page(self, out):
        """Without gnuplot, which the answers don't need."""
        made_tables.report(out)
        return (out / "report.html").read_text(encoding="utf-8")

    def answers(self, page):
        """{name: (text, link)}; each link leads to a figure of the page."""
        section = page.split('<section id="answer">')[1].split("</section>")[0]
        found = {}
        for name, text in re.findall(r'<div id="answer-(\w+)">(.*?)</div>', section, re.S):
            for link in re.findall(r'href="#([^"]+)"', text):
                self.assertIn(f'<figure id="{link}"', page)
            found[name] = " ".join(html.unescape(re.sub("<[^>]*>", " ", text)).split())
        return found

    def made(self, days, first):
        out = self.dir / "out"
        made_tables.Tables(days, first=first).write(out)
        return out

    def test_outbreak(self):
        out = self.made(20, OUTBREAK - 5 * DAY)
        tables = common.read_tables_of(out, "hourly", "population", "total")
        page = self.page(out)
        answers = self.answers(page)
        self.assertEqual(list(answers), ["began", "first", "release", "peak", "sources", "share"])
        # The answers stand before everything else.
        self.assertLess(page.index('id="answer"'), page.index("<figure"))

        hourly = [row for row in tables["hourly"] if row["sources"]]
        before = max(int(row["sources"]) for row in hourly if row["hour"] < "2008-11-20T12")
        late = [row for row in tables["hourly"] if row["hour"] >= "2008-11-20T12"]
        rise = next(row["hour"] for i, row in enumerate(late) if all(int(r["sources"] or 0) > before for r in late[i:i + 3]))
        self.assertIn(f"In the hour from {rise[11:16]} to", answers["began"])
        self.assertIn("UTC on 21 November 2008", answers["began"])

        self.assertIn("At 01:44:46 UTC on 21 November 2008", answers["first"])
        self.assertIn("a chance of 91 %", answers["first"])
        self.assertIn("E = 19.4", answers["first"])
        self.assertNotIn("192.0.2", page)

        told = dict(line.split() for line in common.call("outbreak", "--out", out, "--numbers").out.splitlines())
        for name in ("earliest", "estimate", "latest"):
            self.assertIn(told[name][11:16], answers["release"], name)

        peak = max(hourly, key=lambda row: int(row["sources"]))
        hour = int(peak["hour"][11:13])
        self.assertIn(number(int(peak["sources"])), answers["peak"])
        self.assertIn(f"from {hour:02}:00 to {(hour + 1) % 24:02}:00", answers["peak"])
        flawed = sum(row["status"] != "whole" for row in tables["hourly"])
        self.assertIn(f"{flawed} hours of these data are missing, damaged or recorded in part", answers["peak"])
        self.assertIn(number(int(tables["total"][0]["sources"])), answers["sources"])

        row = next(row for row in tables["population"] if row["hour"] == peak["hour"])
        share = round(100 * int(row["worm_sources"]) / int(peak["sources"]))
        self.assertIn(f"{share} % were the worm's (95 % band:", answers["share"])
        self.assertIn("calibrated on quiet hours", answers["share"])

    def test_in_part(self):
        """A model that was learned with a ratio that was not: the answer and the line on the model say the same."""
        out = self.made(20, OUTBREAK - 5 * DAY)
        path = out / "tables" / "calibration.csv"
        text = path.read_text()
        path.write_text(text.replace("sources,yes", "sources,no"))
        self.assertNotEqual(text, path.read_text())
        common.seal(out)
        page = self.page(out)
        self.assertIn("learned from quiet hours of this archive, which have too few sources", self.answers(page)["share"])
        self.assertIn("Calibrated in part:", page)

    def test_none(self):
        """An archive without the outbreak says so, and no date."""
        out = self.made(3, OUTBREAK + 40 * DAY)
        answers = self.answers(self.page(out))
        for name in ("began", "first"):
            self.assertIn("None in these data", answers[name])
            self.assertIn("99 %", answers[name])
        self.assertIn("no outbreak was found", answers["release"])

    def test_strong_without_an_outbreak(self):
        """Sources that scan as only the worm does, and no outbreak: it isn't said that the first is none of them."""
        out = self.made(3, OUTBREAK + 40 * DAY)
        with open(out / "restricted" / "candidates.csv", "a", encoding="ascii") as file:
            file.write("1,192.0.2.1,0.0000,0.9000,15.000,2008-12-31T04:05:06.250000Z,12000,23\n")
        common.seal(out)
        answers = self.answers(self.page(out))
        for name in ("began", "first"):
            self.assertIn("It can't be known: no outbreak was found", answers[name])
            self.assertIn("1 source scanned as only the worm does, the first on 31 December 2008", answers[name])
            self.assertNotIn("None in these data", answers[name])

    def test_perhaps_none(self):
        """A band that begins at 0 doesn't say that some were the worm's."""
        out = self.made(3, OUTBREAK + 40 * DAY)
        path = out / "tables" / "population.csv"
        rows = path.read_text().splitlines()
        column = rows[0].split(",").index("worm_sources_low")
        rows[1:] = [",".join(value if i != column or not value else "0" for i, value in enumerate(row.split(","))) for row in rows[1:]]
        path.write_text("\n".join(rows) + "\n")
        common.seal(out)
        self.assertRegex(self.answers(self.page(out))["share"], "at most [0-9]+ % were the worm's, and perhaps none")

    def test_unknown(self):
        """Where the first can't be told from others, nothing is stated; and without restricted/ nothing can be told."""
        out = self.made(10, OUTBREAK - 5 * DAY)
        path = out / "restricted" / "candidates.csv"
        path.write_text(path.read_text().replace("0.9100", "0.5100"))
        common.seal(out)
        answers = self.answers(self.page(out))
        self.assertIn("It can't be known", answers["first"])
        self.assertIn("42 %", answers["first"])
        self.assertIn("It can't be known", answers["release"])
        path.unlink()
        (out / "restricted" / "manifest.json").unlink()
        common.seal(out)
        self.assertIn("It can't be told from these tables alone", self.answers(self.page(out))["first"])

    def test_real_captures(self):
        """Of a capture of nothing, and on a port on which no outbreak is known, the page says what is so."""
        for arguments, names in ((("empty.pcap",), "None in these data: nothing was recorded"),
                                 (("figure5.pcap.gz", "--port", "80"), "addresses scanned TCP/80")):
            out = self.dir / arguments[0]
            self.run_ok(common.DATA / arguments[0], *arguments[1:], out=out)
            answers = self.answers(self.page(out))
            self.assertIn(names, answers["peak"])
            if "--port" in arguments:
                self.assertEqual(list(answers), ["peak", "sources"])


if __name__ == "__main__":
    common.main()
