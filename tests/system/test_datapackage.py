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
from test_pandas import PANDAS

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

    def notebook(self):
        """Its code."""
        notebook = json.loads((common.REPO / "docs" / "results.ipynb").read_text(encoding="utf-8"))
        self.assertEqual(notebook["nbformat"], 4)
        self.assertTrue(all(not cell.get("outputs") for cell in notebook["cells"]))
        return "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")

    def test_notebook(self):
        done = subprocess.run([sys.executable, "-c", self.notebook()], env={**os.environ, "RESULTS": str(self.out)},
                              stdout=subprocess.PIPE, check=True).stdout.decode()
        with open(self.out / "tables" / "hourly.csv", newline="", encoding="ascii") as file:
            whole = [row for row in csv.DictReader(file) if row["status"] == "whole"]
        most = max(whole, key=lambda row: int(row["sources"]))
        self.assertIn(f"{most['hour']} {most['sources']}\n", done)
        self.assertIn("zmap", done)

    @common.unittest.skipUnless(shutil.which("sqlite3"), "no sqlite3")
    def test_sqlite(self):
        page = (common.REPO / "docs" / "other-tools.md").read_text(encoding="utf-8")
        recipe, = (block for block in re.findall(r"```sh\n(.*?)```", page, re.S) if "sqlite3" in block)
        shutil.copytree(self.out, self.dir / "results")
        done = subprocess.run(["bash", "-e", "-c", recipe], cwd=self.dir, stdout=subprocess.PIPE, check=True).stdout.decode()
        with open(self.out / "tables" / "hourly.csv", newline="", encoding="ascii") as file:
            most = max((row for row in csv.DictReader(file) if row["status"] == "whole"), key=lambda row: int(row["sources"]))
        self.assertEqual(done.splitlines()[0], f"{most['hour']}|{most['sources']}")

    def recipe(self, after, kind):
        """The block of a section."""
        page = (common.REPO / "docs" / "other-tools.md").read_text(encoding="utf-8")
        return re.search(rf"```{kind}\n(.*?)```", page[page.index(f"\n## {after}"):], re.S)[1]

    @common.unittest.skipUnless(shutil.which("Rscript"), "no R")
    def test_r(self):
        (self.dir / "results").symlink_to(self.out)
        code = self.recipe("R", "r") + "cat(sum(hourly$sources, na.rm = TRUE), format(hourly$hour[1], '%Y%m%d%H'))\n"
        done = subprocess.run(["Rscript", "-e", code], cwd=self.dir, stdout=subprocess.PIPE, check=True).stdout.decode()
        rows = common.read_tables_of(self.out, "hourly")["hourly"]
        self.assertEqual(done.split(), [str(sum(int(row["sources"] or 0) for row in rows)), re.sub("[-T]", "", rows[0]["hour"][:13])])

    def test_sets(self):
        (self.dir / "results").symlink_to(self.out)
        (self.dir / "tools").mkdir()
        (self.dir / "tools" / "patientzero").symlink_to(common.PROGRAM)
        (self.dir / "known.txt").write_text("".join(f"{n}.0.0.0/8\n" for n in range(0, 256, 2)), encoding="ascii")
        subprocess.run(["bash", "-e", "-c", self.recipe("Sets", "sh")], cwd=self.dir, check=True, stderr=subprocess.PIPE,
                       env={**os.environ, "PATH": f"{self.dir / 'tools'}:{os.environ['PATH']}"})
        day = common.call("sources", "--out", self.out, "2008-11-21", "--format", "txt").out.split()
        wanted = [one for one in day if int(one.split(".")[0]) % 2]
        self.assertTrue(wanted)
        self.assertEqual((self.dir / "new.txt").read_text(encoding="ascii").split(), wanted)
        self.assertEqual(sum(int(n) for _, n in common.read_csv(self.dir / "by-16.csv")[1:]), len(wanted))

    def test_several_ports(self):
        """The notebook, and the recipe for all ports in one table."""
        out, _ = self.run_ok(common.DATA / "dark-net.pcap.gz", "--port", "445,23", out="results")

        def run(**options):
            return subprocess.run([sys.executable, "-c", self.notebook()], env={**os.environ, "RESULTS": str(out), **options},
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        hourly = {port: common.read_tables_of(out, f"{port}/hourly")[f"{port}/hourly"] for port in ("445", "23")}
        for port, options in (("445", {}), ("23", {"PORT": "23"})):
            done = run(**options)
            self.assertEqual(done.returncode, 0, done.stderr)
            whole = sorted((row for row in hourly[port] if row["status"] == "whole"), key=lambda row: (-int(row["sources"]), row["hour"]))
            self.assertIn("\n".join(f"{row['hour']} {row['sources']}" for row in whole[:5]), done.stdout)
        self.assertIn("has no port 80, but 445, 23", run(PORT="80").stderr)
        if PANDAS:
            code = self.recipe("Several ports", "python") + "print(len(ports), sorted(set(ports.port)), int(ports.scans.sum()))\n"
            done = subprocess.run([PANDAS, "-c", code], cwd=self.dir, stdout=subprocess.PIPE, check=True).stdout.decode()
            rows = [*hourly["445"], *hourly["23"]]
            self.assertEqual(done, f"{len(rows)} [23, 445] {sum(int(row['scans'] or 0) for row in rows)}\n")

    def test_added_tables(self):
        """Those of other commands, with the columns as they are documented; the package is part of what the command adds."""
        out = self.dir / "out"
        shutil.copytree(self.out, out)
        page = (common.REPO / "docs" / "tables.md").read_text(encoding="utf-8")
        (self.dir / "list").write_text("0.0.0.0/1\n", encoding="ascii")
        (self.dir / "empty").mkdir()
        for command in (("overlap", "--with", self.dir / "list"), ("report",)):
            done = common.call(*command, "--out", out, env={"PATH": str(self.dir / "empty")})
            self.assertEqual(done.code, common.DONE, done)
        for maker, names in (("overlap", {"overlap", "overlap_hourly"}), ("reproduction", {"reproduction"})):
            package = json.loads((out / "tables" / f"datapackage-{maker}.json").read_text(encoding="utf-8"))
            self.assertEqual({resource["name"] for resource in package["resources"]}, names)
            for resource in package["resources"]:
                data = (out / "tables" / resource["path"]).read_bytes()
                self.assertEqual((resource["bytes"], resource["hash"]), (len(data), "sha256:" + hashlib.sha256(data).hexdigest()))
                self.assertEqual(common.read_csv(out / "tables" / resource["path"])[0],
                                 [field["name"] for field in resource["schema"]["fields"]])
                self.assertIn(f"### {resource['name']}\n\n{resource['description']}\n", page)
        with open(out / "tables" / "datapackage-overlap.json", "a", encoding="ascii") as file:
            file.write("\n")
        self.refuse("outbreak", "--out", out, names=["datapackage-overlap.json"])


if __name__ == "__main__":
    common.main()
