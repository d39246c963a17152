#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""datapackage.json fits the tables beside it, value by value; and what docs/other-tools.md and the notebook show works."""

import csv
import datetime
import hashlib
import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import common

DATE, TIME = r"\d{4}-\d\d-\d\d", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z"


def fits(field, value):
    kind = field["type"]
    if kind == "integer":
        return re.fullmatch(r"\d+", value)
    if kind == "number":
        return re.fullmatch(r"-?\d+(\.\d+)?", value)
    if kind == "date":
        return re.fullmatch(DATE, value) and datetime.date.fromisoformat(value)
    if kind == "datetime":
        return re.fullmatch(TIME, value) and ("." not in value or field.get("format") == "any")
    return kind == "string"


class Package(common.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kept = tempfile.TemporaryDirectory(prefix="pz-test-")
        cls.addClassCleanup(cls.kept.cleanup)
        ranges = Path(cls.kept.name, "ranges.csv")
        ranges.write_text("0.0.0.0,127.255.255.255,AR\n", encoding="ascii")
        captures = common.day(Path(cls.kept.name, "day"), "--hours", 3, "--packets-per-hour", 1500)
        cls.out = Path(cls.kept.name, "out")
        done = common.call("run", "--no-report", *captures, common.DATA / "silence.pcap", "--countries", ranges, "--out", cls.out)
        assert done.code == common.DONE, done

    def test_fits_tables(self):
        page = (common.REPO / "docs" / "tables.md").read_text(encoding="utf-8")
        for folder in ("tables", "restricted"):
            path = self.out / folder / "datapackage.json"
            package = json.loads(path.read_text(encoding="utf-8"))
            self.assertEqual({resource["path"] for resource in package["resources"]},
                             {table.name for table in (self.out / folder).glob("*.csv")})
            for resource in package["resources"]:
                table = self.out / folder / resource["path"]
                data, fields = table.read_bytes(), resource["schema"]["fields"]
                self.assertEqual((resource["bytes"], resource["hash"]), (len(data), "sha256:" + hashlib.sha256(data).hexdigest()))
                self.assertEqual(resource["schema"]["missingValues"], [""])
                self.assertIn(f"### {resource['name']}\n\n{resource['description']}\n", page)
                rows = common.read_csv(table)
                self.assertEqual(rows[0], [field["name"] for field in fields])
                for field in fields:
                    self.assertRegex(page, rf"\| `{field['name']}` \| [^|]+ \| {re.escape(field['description'])} \|\n")
                for row in rows[1:]:
                    for field, value in zip(fields, row, strict=True):
                        self.assertTrue(not value or fits(field, value), (table.name, field["name"], value))
            self.assertEqual(path.stat().st_mode & 0o777, 0o600 if folder == "restricted" else 0o644)
        self.assertEqual([one for one in common.addresses_in((self.out / "tables" / "datapackage.json").read_text())
                          if ipaddress.ip_address(one)], [])

    def test_is_part_of_the_result(self):
        """Another one is refused, and it is the same for any number of ranks."""
        for folder in ("tables", "restricted"):
            out = self.dir / folder
            shutil.copytree(self.out, out)
            with open(out / folder / "datapackage.json", "a", encoding="ascii") as file:
                file.write("\n")
            self.refuse("outbreak", "--out", out, names=["datapackage.json"])

    def test_notebook(self):
        notebook = json.loads((common.REPO / "docs" / "results.ipynb").read_text(encoding="utf-8"))
        self.assertEqual(notebook["nbformat"], 4)
        code = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
        self.assertTrue(all(not cell.get("outputs") for cell in notebook["cells"]))
        done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "RESULTS": str(self.out)},
                              stdout=subprocess.PIPE, check=True).stdout.decode()
        with open(self.out / "tables" / "hourly.csv", newline="", encoding="ascii") as file:
            whole = [row for row in csv.DictReader(file) if row["status"] == "whole"]
        most = max(whole, key=lambda row: int(row["sources"]))
        self.assertIn(f"{most['hour']} {most['sources']}\n", done)
        self.assertIn("zmap", done)

    @common.unittest.skipUnless(shutil.which("sqlite3"), "no sqlite3")
    def test_sqlite(self):
        page = (common.REPO / "docs" / "other-tools.md").read_text(encoding="utf-8")
        recipe, = re.findall(r"```sh\n(.*?)```", page, re.S)
        shutil.copytree(self.out, self.dir / "results")
        done = subprocess.run(["bash", "-e", "-c", recipe], cwd=self.dir, stdout=subprocess.PIPE, check=True).stdout.decode()
        with open(self.out / "tables" / "hourly.csv", newline="", encoding="ascii") as file:
            most = max((row for row in csv.DictReader(file) if row["status"] == "whole"), key=lambda row: int(row["sources"]))
        self.assertEqual(done.splitlines()[0], f"{most['hour']}|{most['sources']}")


if __name__ == "__main__":
    common.main()
