#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""docs/read_results.py and the pandas recipe of docs/other-tools.md read a result as it is: Namibia is `NA` and a country, an
hour that was not recorded is no number."""

import ast
import csv
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import common

# Any Python that has it: the one that runs the tests may be another than Debian's.
PANDAS = next((python for python in ("python3", "/usr/bin/python3") if shutil.which(python) and
               subprocess.run([python, "-c", "import pandas"], stderr=subprocess.DEVNULL).returncode == 0), None)
SCRIPT = common.REPO / "docs" / "read_results.py"


def recipe():
    blocks = re.findall(r"^```python\n(.*?)^```", (common.REPO / "docs" / "other-tools.md").read_text(encoding="utf-8"), re.M | re.S)
    block, = (block for block in blocks if "country_hourly" in block)
    return block


class Text(unittest.TestCase):
    def test_countries_are_text(self):
        """Without pandas too: whoever reads a table that may hold `NA` turns off what pandas takes for no number."""
        for text in (SCRIPT.read_text(encoding="utf-8"), recipe()):
            calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call) and
                     getattr(node.func, "attr", "") == "read_csv" and "country" in ast.unparse(node.args[0])]
            self.assertEqual(len(calls), 1)
            for call in calls:
                self.assertIn("keep_default_na=False", ast.unparse(call))


@unittest.skipUnless(PANDAS, "there is no pandas")
class Read(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="pz-pandas-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        captures = common.day(cls.shared / "day", "--hours", 4, "--packets-per-hour", 1500)
        countries = cls.shared / "countries.csv"
        countries.write_text("1.0.0.0,127.255.255.255,NA\n128.0.0.0,223.255.255.255,US\n", encoding="ascii")
        cls.out = cls.shared / "results"
        done = common.call("run", "--no-report", "--countries", countries, captures[0], captures[1], captures[3], "--out", cls.out)
        assert done.code == common.DONE, done
        with open(cls.out / "tables" / "country_hourly.csv", newline="", encoding="ascii") as file:
            cls.rows = list(csv.DictReader(file))

    def python(self, *arguments):
        done = subprocess.run([PANDAS, *map(str, arguments)], cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("Warning", done.stderr)
        return done.stdout

    def test_script(self):
        said = self.python(SCRIPT, self.out)
        last = max(row["hour"] for row in self.rows)
        wanted = {row["country"]: row["sources"] for row in self.rows if row["hour"] == last}
        self.assertIn("NA", wanted)
        shown = said[said.index("sources by country in the last hour"):].splitlines()
        for country, sources in wanted.items():
            self.assertIn([country, sources], [line.split() for line in shown])

    def test_recipe(self):
        (self.dir / "results").symlink_to(self.out)
        said = self.python("-c", recipe() + "print(sum(countries['country'] == 'NA'), countries['sources'].sum(), "
                                            "hourly['sources'].isna().sum(), hourly['sources'].sum())\n")
        hourly = common.read_tables_of(self.out, "hourly")["hourly"]
        self.assertEqual([int(word) for word in said.split()],
                         [sum(row["country"] == "NA" for row in self.rows), sum(int(row["sources"]) for row in self.rows),
                          sum(row["sources"] == "" for row in hourly), sum(int(row["sources"] or 0) for row in hourly)])
        self.assertEqual(sum(row["sources"] == "" for row in hourly), 1)


if __name__ == "__main__":
    common.main()
