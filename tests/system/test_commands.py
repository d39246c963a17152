#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every block of commands in README and the other pages is run: here, on the archive that scripts/quickstart makes, or by the
test that the table names. A block that no test can run is in the table too, with the reason."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import common

# Who begins with one of these is a command, also where a page shows it in an indented block.
COMMAND = re.compile(r"(?:\w+=\S* )*(?:[\w.-]+/[\w./-]+|patientzero|telescope|mpirun|cmake|cpack|ctest|module|sbatch|srun|squeue|"
                     r"spack|docker|apptainer|git|apt-get|python3|sqlite3|bash|cd|cp|export|sudo) ")
RUN = ("sh", "python", "sql", "r")
SHOWN = ("text", "c", "json", "csv")

HERE = "here"
# (page, words of the block): the test that runs it, or a reason why none does. None: all blocks of the page.
BLOCKS = {
    ("README.md", "scripts/quickstart"): HERE,
    ("README.md", "-DCMAKE_INSTALL_PREFIX=$HOME/patientzero"): "scripts/fresh-debian runs it: it builds everything once more",
    ("README.md", "build/release/patientzero run /archive/2008-11-21"): HERE,
    ("CONTRIBUTING.md", "cmake --preset release"): "scripts/test is what runs this test",
    ("CONTRIBUTING.md", "scripts/fresh-debian"): ".github/workflows/test.yml runs them: they take half an hour",
    ("docs/twin.md", "patientzero synth --out twin"): HERE,
    ("docs/method.md", "bench/method --build build/release"): "bench/method with a hundred seeds takes hours",
    ("docs/real-captures.md", None): "tests/system/test_infected_host.py",
    ("docs/cluster.md", None): "tests/system/test_slurm_docs.py",
    ("docs/other-tools.md", "sqlite3 "): "tests/system/test_datapackage.py",
    ("docs/other-tools.md", "country_hourly"): "tests/system/test_pandas.py",
    ("docs/other-tools.md", "pd.concat("): "tests/system/test_datapackage.py",
    ("docs/other-tools.md", "sources new.cidr"): "tests/system/test_datapackage.py",
    ("docs/other-tools.md", "patientzero run ARCHIVE"): "scripts/all-answers has these options, and a test of its own",
    ("docs/other-tools.md", "FORMAT parquet"): "Debian 12 has no DuckDB",
    ("docs/other-tools.md", "read.csv("): "tests/system/test_datapackage.py",
    ("tests/telescope/README.md", "telescope --out outbreak"): HERE,
}


def pages():
    found = [*common.REPO.glob("*.md"), *(path for folder in ("docs", "packaging", "bench", "slurm", "tests")
                                          for path in (common.REPO / folder).rglob("*.md") if "node_modules" not in path.parts)]
    return {str(path.relative_to(common.REPO)): path.read_text(encoding="utf-8") for path in sorted(found)}


def blocks(text):
    """What a page shows to be typed."""
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.M | re.S):
        if language in RUN:
            yield block
        elif language not in SHOWN:
            raise AssertionError(f"a block in an unknown language, {language!r}:\n{block}")
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    for block in re.findall(r"(?:\A|\n)\n((?:    .*\n)+)", text):
        if any(COMMAND.match(line.strip() + " ") for line in block.splitlines()):
            yield re.sub(r"^    ", "", block, flags=re.M)


class Listed(unittest.TestCase):
    def test_every_block(self):
        """Each block is in the table once, and each row of the table has its block."""
        used = set()
        for page, text in pages().items():
            for block in blocks(text):
                rows = [row for row in BLOCKS if row[0] == page and (row[1] is None or row[1] in block)]
                self.assertEqual(len(rows), 1, f"{page}: add to BLOCKS how these commands are run:\n{block}")
                used.update(rows)
        self.assertEqual(used, set(BLOCKS))

    def test_run_elsewhere(self):
        """What the table says of blocks that are not run here is true."""
        text = pages()
        for (page, _), how in BLOCKS.items():
            if how.startswith("tests/"):
                self.assertIn(Path(page).name, (common.REPO / how).read_text(encoding="utf-8"))
        self.assertIn("module load patientzero", (common.REPO / "scripts" / "fresh-debian").read_text(encoding="utf-8"))
        method, = (block for block in blocks(text["docs/method.md"]) if "bench/method" in block)
        known = subprocess.run([common.REPO / "bench" / "method", "--help"], stdout=subprocess.PIPE, check=True, text=True).stdout
        for option in re.findall(r"--[a-z-]+", method):
            self.assertIn(option, known)
        presets = (common.REPO / "CMakePresets.json").read_text(encoding="ascii")
        for name in re.findall(r"--preset (\w+)", text["CONTRIBUTING.md"]):
            self.assertIn(f'"name": "{name}"', presets)

    def test_scripts_help(self):
        """Whoever asks a script what it does is told, and nothing is built or installed."""
        for path in sorted((common.REPO / "scripts").iterdir()):
            for option in ("--help", "-h"):
                done = subprocess.run([path, option], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
                self.assertEqual((done.returncode, done.stderr), (0, ""), path)
                self.assertIn(path.name, done.stdout)
                self.assertLess(len(done.stdout.splitlines()), 40, done.stdout)
        done = subprocess.run([common.REPO / "scripts" / "quickstart", "now"], stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(done.returncode, common.USAGE, done)

    def test_workflow(self):
        """The steps of the workflow file are scripts that are there; a step is readable to a shell."""
        text = (common.REPO / ".github" / "workflows" / "test.yml").read_text(encoding="ascii")
        steps = re.findall(r"^ +- run: (.*)$", text, re.M)
        self.assertGreater(len(steps), 6)
        for step in steps:
            subprocess.run(["bash", "-n", "-c", step], check=True)
            for name in re.findall(r"scripts/[\w-]+", step):
                self.assertTrue(os.access(common.REPO / name, os.X_OK), step)
        usage = (common.REPO / "scripts" / "install-deps").read_text(encoding="ascii")
        for group in re.findall(r"scripts/install-deps (\w+)", text):
            self.assertIn(f"\n        {group}) wanted=", usage)

    def test_in_the_text(self):
        """Commands, options and files that stand within a line of text are there."""
        known = {name: common.call(name, "--help").out for name in re.findall(r"^  ([a-z]+) ", common.call("--help").out, re.M)}
        for page, text in pages().items():
            if page == "CHANGELOG.md":    # of older versions too
                continue
            for span in re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)):
                called = re.fullmatch(r"(?:mpirun -n \S+ )?patientzero ([a-z]+)\b(.*)", span)
                if called:
                    self.assertIn(called[1], known, f"{page}: {span}")
                    for option in re.findall(r"(?<!\S)(--[a-z-]+)", called[2]):
                        self.assertTrue(f"  {option}" in known[called[1]] or option == "--help", f"{page}: {span}")
                file = re.fullmatch(r"(?:\w+=\S+ )?((?:scripts|bench|packaging|slurm|docs)/[\w./-]+)(?: .*)?", span)
                if file:
                    self.assertTrue((common.REPO / file[1]).exists(), f"{page}: {span}")


@unittest.skipUnless(common.MPI and os.environ.get("PZ_SANITIZE") != "ON", "the blocks are for a release with MPI")
class Run(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """A tree whose packages are installed and whose program is built, as the quickstart leaves it."""
        cls.tree = Path(tempfile.mkdtemp(prefix="pz-commands-"))
        cls.addClassCleanup(shutil.rmtree, cls.tree, ignore_errors=True)
        for folder in ("build/release", "bin", "tests/data"):
            (cls.tree / folder).mkdir(parents=True)
        shutil.copytree(common.REPO / "scripts", cls.tree / "scripts")
        shutil.copy(common.DATA / "dark-net.pcap.gz", cls.tree / "tests" / "data")
        program = Path(common.PROGRAM).resolve()
        (cls.tree / "build/release/patientzero").symlink_to(program)
        (cls.tree / "bin/patientzero").symlink_to(program)
        (cls.tree / "bin/telescope").symlink_to(program.parent / "tests" / "telescope" / "telescope")
        cls.pages = pages()
        quickstart = cls.tree / "scripts" / "quickstart"
        text = quickstart.read_text(encoding="ascii")
        assert text.count("--scale 0.01 ") == 1
        quickstart.write_text(text.replace("--scale 0.01 ", "--scale 0.002 "), encoding="ascii")    # in seconds
        cls.stand_in("scripts/install-deps", "exit 0")
        cls.stand_in("bin/cmake", f'echo "cmake $*" >>{cls.tree}/built')
        cls.quickstart = cls.run_block("README.md", "scripts/quickstart", {r"^scripts/test.*": ""})

    @classmethod
    def stand_in(cls, name, text):
        path = cls.tree / name
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="ascii")
        path.chmod(0o755)

    @classmethod
    def run_block(cls, page, line, changes={}):
        """What the page's block with this line says; `changes` are what a test can't have, each of which must be there."""
        assert BLOCKS[page, line] == HERE
        block, = (one for one in blocks(cls.pages[page]) if line in one)
        for old, new in changes.items():
            block, n = re.subn(old, new, block, flags=re.M)
            assert n, f"{page} has no {old}"
        path = f"{cls.tree / 'bin'}:{os.environ['PATH']}"
        done = subprocess.run(["bash", "-euc", block], cwd=cls.tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=common.PATIENCE, env={**os.environ, "PATH": path})
        if done.returncode:
            raise AssertionError(f"{page}:\n{block}\nended with {done.returncode}\n{done.stdout}")
        return done.stdout

    def sources(self, out):
        return [row["sources"] for row in common.read_tables_of(self.tree / out, "hourly")["hourly"]]

    def test_quickstart(self):
        """What it names at its end is there, and it does nothing twice."""
        named = re.findall(r"^(quickstart/\S+)", self.quickstart, re.M)
        self.assertGreater(len(named), 5, self.quickstart)
        for path in named:
            self.assertTrue((self.tree / path).exists(), path)
        self.assertIn("--build build/release", (self.tree / "built").read_text())
        self.assertEqual(self.sources("quickstart/outbreak").count(""), 1, "the hour of the outage")
        self.assertRegex(self.quickstart, r"2008-11-21 20:00 +- x\n")
        again = self.run_block("README.md", "scripts/quickstart", {r"^scripts/test.*": ""})
        self.assertIn("is there already", again)
        self.assertNotIn("making:", again)

    def test_readme(self):
        """On one core and on all, and the table is the quickstart's."""
        self.run_block("README.md", "build/release/patientzero run /archive/2008-11-21", {"/archive/2008-11-21": "quickstart/archive"})
        self.assertEqual(self.sources("results"), self.sources("quickstart/outbreak"))

    def test_twin(self):
        self.run_block("docs/twin.md", "patientzero synth --out twin", {"--scale 0.01": "--scale 0.0005", "-n 8": "-n 2",
                                                                         "--out results": "--out twin-results"})
        self.assertEqual(len(self.sources("twin-results")), 72)

    def test_telescope(self):
        said = self.run_block("tests/telescope/README.md", "telescope --out outbreak", {"--seed 7": "--seed 7 --hours 0-1"})
        self.assertIn("--deviations", said)


if __name__ == "__main__":
    common.main()
