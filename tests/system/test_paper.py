#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Figures for a paper: a title, source and dates, UTC and the year on each axis of time, a caption beside each, and
published values beside ours."""

import html
import re

import common
import made_tables


class Paper(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.out = made_tables.folder(cls)
        made_tables.Tables(80).write(cls.out)
        made_tables.report(cls.out)
        cls.scripts = {path.stem: path.read_text(encoding="utf-8") for path in sorted((cls.out / "figures").glob("*.gp"))}

    def test_titles(self):
        """As on the page, with the source and the days of the data."""
        page = html.unescape((self.out / "report.html").read_text(encoding="utf-8").split("<script")[0])
        total = common.read_tables_of(self.out, "total")["total"][0]
        for name, script in self.scripts.items():
            title = re.search(r'title = "(.*)"$', script, re.M)[1]
            number, words = re.match(r"Figure (\d+[a-z]?)\. (.*)", title).groups()
            heading = f'<a href="#{name}">Figure {number}</a>. {words}</h3>'
            self.assertTrue(heading in page, heading)
            source = re.search(r'^set label 96 "(.*?)"', script, re.M)[1]
            self.assertIn(f"data of {total['first_time'][:10]} to {total['last_time'][:10]}", source)

    def test_captions(self):
        """The caption beside a figure is the page's, with what it was drawn of."""
        page = html.unescape((self.out / "report.html").read_text(encoding="utf-8").split("<script")[0])
        for name in self.scripts:
            caption = (self.out / "figures" / f"{name}.txt").read_text(encoding="utf-8")
            words = re.search(rf'<figure id="{name}".*?<p class="of-picture">(.*?)</p>', page, re.S)[1]
            self.assertIn(words, caption)
            self.assertRegex(caption, r"^Figure \d+[a-z]?\. ")
            self.assertRegex(caption, r"SHA-256 [0-9a-f]{64}\.\n$")

    def test_axes(self):
        """Each axis of time that has labels says that it is UTC, and the year at its beginning and at each new year."""
        axes = 0
        for name, script in self.scripts.items():
            for marks in re.findall(r"^set xtics \((.*)\)$", script, re.M):
                labels = re.findall(r'"([^"]*)" "(\d{4})-[^"]*"', marks)
                if not labels or not any(label for label, _ in labels):
                    continue
                axes += 1
                year = None
                for i, (label, of) in enumerate(labels):
                    if of != year:
                        self.assertIn(of, label, (name, marks))
                    self.assertEqual("UTC" in label, i == 0, (name, marks))
                    year = of
        self.assertGreaterEqual(axes, 8)

    def test_published(self):
        """The page's counts are drawn where they belong; of made-up data they are scaled as in the table."""
        rows = {row["id"]: row for row in common.read_tables_of(self.out, "reproduction")["reproduction"]}
        expected = {"figure-1-hourly": {"2008-11-21T17:30:00Z": "S6c", "2008-12-01T14:30:00Z": "S7c"},
                    "figure-2-first-day": {"2008-11-21T17:30:00Z": "S6c"}}
        for name, points in expected.items():
            block = re.search(r"^\$published << EOD\ntime,count\n(.*?)EOD", self.scripts[name], re.S | re.M)[1]
            self.assertEqual(dict(line.split(",") for line in block.split()),
                             {time: rows[number]["published"] for time, number in points.items()})


if __name__ == "__main__":
    common.main()
