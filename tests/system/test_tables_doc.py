#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""docs/tables.md tells of every table that is written, and of every column of it, as the program does: it is written by

    patientzero --tables
"""

import re
from pathlib import Path

import common


def sections():
    """{table: names in backticks under its heading}"""
    found = {}
    for part in re.split(r"^#{2,3} ", (common.REPO / "docs" / "tables.md").read_text(encoding="utf-8"), flags=re.M)[1:]:
        heading, text = part.split("\n", 1)
        for name in re.sub(r" \(.*", "", heading).split(", "):
            found[name] = set(re.findall(r"`([^`]+)`", text))
    return found


class TablesDoc(common.Case):
    def test_all(self):
        twin = self.dir / "twin"
        for arguments in (("synth", "--out", twin, "--from", "2008-11-21T01", "--until", "2008-11-21T03", "--scale", "0.005",
                           "--background", "0.001", "--seed", "3", "--quiet"),
                          ("run", twin, common.DATA / "figure5.pcap.gz", "--out", self.dir / "out", "--countries",
                           twin / "truth" / "delegated.txt", "--quiet"),
                          ("portrait", common.DATA / "figure5.pcap.gz", "--out", self.dir / "out"),
                          ("sources", "--out", self.dir / "out", "--to", self.dir / "set"),
                          ("overlap", "--out", self.dir / "out", "--with", self.dir / "set", "--countries",
                           twin / "truth" / "delegated.txt"),
                          ("judge", twin, "--store", self.dir / "out" / "restricted" / "store", "--out",
                           self.dir / "out" / "restricted" / "judged.csv")):
            done = common.call(*arguments)
            self.assertEqual(done.code, common.DONE, done)
        told = sections()
        tables = sorted(Path(self.dir, "out").glob("*/*.csv"))
        tables = [path for path in tables if path.parent.name in ("tables", "restricted")]
        self.assertGreater(len(tables), 20)
        for path in tables:
            name = path.stem
            self.assertIn(name, told)
            for column in common.read_csv(path)[0]:
                self.assertIn(column, told[name], f"{path.stem}.csv's column {column} isn't told of")

    def test_current(self):
        page = (common.REPO / "docs" / "tables.md").read_text(encoding="utf-8")
        done = common.call("--tables")
        self.assertEqual(done.code, common.DONE, done)
        self.assertEqual(page.split("<!-- From here on: patientzero --tables -->\n\n")[1], done.out)

    def test_examples(self):
        """The page on adding a job quotes the job and the figure that are built, without the licence on their first lines."""
        page = (common.REPO / "docs" / "adding-a-job.md").read_text(encoding="utf-8")
        for name in ("jobs/hello.c", "figures/figure_hello.c"):
            code = "".join(line and "    " + line + "\n" or "\n"
                           for line in (common.REPO / name).read_text(encoding="utf-8").splitlines()[1:])
            self.assertIn("\n\n" + code, page, name)


if __name__ == "__main__":
    common.main()
