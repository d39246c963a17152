#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A result is whole or says that it isn't, and what is there stays: commands refuse a mixture of two results, and a run
refuses to replace a result by a slip in its command line."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import common

HOURS = 4
SKIP = ("run.log", "restricted/store")


class Whole(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="pz-whole-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.captures = common.day(cls.shared / "archive", "--packets-per-hour", 2500, "--hours", HOURS, "--seed", 3)
        cls.list = cls.shared / "list"
        cls.list.write_text("192.0.2.1\n")
        cls.run_to(cls.shared / "few", *cls.captures[:-1])
        cls.run_to(cls.shared / "all", *cls.captures)

    @classmethod
    def run_to(cls, out, *captures, code=common.DONE, options=("--no-report",)):
        done = common.call("run", *options, *captures, "--out", out)
        assert done.code == code, done
        return done

    def copy(self, which="all"):
        out = self.dir / f"copy-{len(os.listdir(self.dir))}"
        shutil.copytree(self.shared / which, out)
        return out

    def commands(self, out):
        """Those that read a result; outbreak may find too few sources, and says so."""
        return {"outbreak": ("outbreak", "--out", out), "sources": ("sources", "--out", out, "--to", self.dir / "set"),
                "overlap": ("overlap", "--out", out, "--with", self.list), "report": ("report", "--out", out),
                "portrait": ("portrait", common.DATA / "figure5.pcap.gz", "--out", out)}

    def assert_refused(self, out, *names, which=None):
        before = common.snapshot(out)
        for name, arguments in self.commands(out).items():
            if which and name not in which:
                continue
            done = common.call(*arguments)
            self.assertEqual(done.code, common.USAGE, (name, str(done)))
            for word in (str(out), *names):
                self.assertIn(word, done.err, (name, str(done)))
            self.assertRegex(done.err, "[Rr]un again|same command|folder that a run wrote", name)
            self.assert_same(common.snapshot(out), before, name)
        script = subprocess.run(["python3", str(common.REPO / "docs" / "read_results.py"), out], cwd=self.dir,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # It reads sets where they are used, and only tables that summary.json lists.
        if not any(name.startswith(("restricted/sources", "tables/overlap", "tables/country")) for name in names):
            self.assertNotEqual(script.returncode, 0)
            self.assertIn(b"not whole", script.stderr)

    def assert_accepted(self, out):
        for name, arguments in self.commands(out).items():
            done = common.call(*arguments)
            self.assertTrue(done.code == common.DONE or ("too few" in done.err or name == "outbreak" and "release" in done.err), (name, str(done)))

    def test_accepted(self):
        self.assert_accepted(self.copy())

    def test_digests(self):
        """They are SHA-256, and of every table and set; what is restricted isn't told outside restricted/."""
        out = self.copy()
        listed = {**common.read_summary(out)["files"],
                  **json.loads((out / "restricted" / "manifest.json").read_text())["files"]}
        files = [*out.glob("tables/*.csv"), *out.glob("tables/model.txt"), *out.glob("restricted/*.csv"),
                 *out.glob("*/datapackage.json"), *out.glob("restricted/sources/*")]
        self.assertEqual(set(listed), {str(path.relative_to(out)) for path in files})
        self.assertGreater(len(files), HOURS + 15)
        for path in files:
            data = path.read_bytes()
            self.assertEqual(listed[str(path.relative_to(out))],
                             {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()})
        summary = (out / "summary.json").read_text()
        self.assertNotIn("restricted", summary)

    def test_every_file(self):
        """A table or a set that is another, or is gone."""
        out = self.copy()
        files = [*out.glob("tables/*.csv"), *out.glob("tables/model.txt"), *out.glob("restricted/*.csv"),
                 *out.glob("*/datapackage.json"), *sorted(out.glob("restricted/sources/*"))[:2]]
        for i, path in enumerate(files):
            data, name = path.read_bytes(), str(path.relative_to(out))
            which = None if i % 7 == 0 else ("outbreak",)    # all commands ask the same function
            changed = bytearray(data)
            changed[-1] ^= 1
            others = (bytes(changed), data + b"\n", data[:-1], b"", None)
            for other in others if i == 0 else (bytes(changed), others[1 + i % 4]):
                with self.subTest(name, length=None if other is None else len(other)):
                    path.unlink()
                    if other is not None:
                        path.write_bytes(other)
                    self.assert_refused(out, name, which=which)
            path.write_bytes(data)
        self.assert_accepted(out)

    def test_mixtures(self):
        """Any file of the one result in the other, as a run that stopped or two at once would leave them."""
        few = self.shared / "few"
        for path in sorted(self.shared.joinpath("all").rglob("*")):
            name = str(path.relative_to(self.shared / "all"))
            if path.is_dir() or name == "run.log" or name.startswith("restricted/store"):
                continue
            if (few / name).exists() and (few / name).read_bytes() == path.read_bytes():
                continue
            with self.subTest(name):
                out = self.copy("few")
                (out / name).write_bytes(path.read_bytes())
                self.assert_refused(out, which=("outbreak", "sources"))
                shutil.rmtree(out)

    def test_tables_of_another_run(self):
        """A table that this result doesn't have at all."""
        out = self.copy()
        (out / "tables" / "country.csv").write_text("country,sources,addresses,ranges_from\n")
        self.assert_refused(out, "tables/country.csv")

    def test_unfinished(self):
        out = self.copy()
        (out / "summary.json").rename(out / "unfinished.json")
        self.assert_refused(out, "not whole")
        (out / "unfinished.json").unlink()
        self.assert_refused(out, "no summary.json")
        self.run_to(out, *self.captures)
        self.assert_same(common.snapshot(out), common.snapshot(self.shared / "all"))

    def test_damaged_summary(self):
        text = (self.shared / "all" / "summary.json").read_bytes()
        out = self.copy()
        for bad in (b"", b"{", text[:len(text) // 2], text + b"x", b"[" * 100000, b"{}", text.replace(b'"tables/', b'"../tables/'),
                    text.replace(b'"sha256": "', b'"sha256": "x'), text.replace(b"\n", b"")):
            (out / "summary.json").write_bytes(bad)
            self.assert_refused(out, which=("outbreak", "sources"))

    def test_without_restricted(self):
        """Tables are passed on without what names sources: report takes them."""
        out = self.copy()
        shutil.rmtree(out / "restricted")
        done = common.call(*self.commands(out)["report"])
        self.assertEqual(done.code, common.DONE, done)
        self.refuse(*self.commands(out)["sources"], names=["no sets"])

    def test_added_tables(self):
        """What overlap, portrait and report add belongs to the result it was made of, and goes with it."""
        out = self.copy("few")
        self.assert_accepted(out)
        added = ["overlap", "overlap_hourly", "typical_scan", "published_packets", "reproduction"]
        for name in added:
            self.assertTrue((out / "tables" / f"{name}.csv").exists(), name)
        table = out / "tables" / "overlap_hourly.csv"
        data = table.read_bytes()
        table.write_bytes(data + b"\n")
        self.assert_refused(out, "tables/overlap_hourly.csv", which=("report", "outbreak"))
        done = common.call(*self.commands(out)["overlap"])    # makes it anew
        self.assertEqual(done.code, common.DONE, done)
        self.assertEqual(table.read_bytes(), data)
        before = common.snapshot(out / "tables")
        self.run_to(out, *self.captures[:-1])
        self.assert_same(common.snapshot(out / "tables"), before, "of the same result they stay")
        self.run_to(out, *self.captures)
        self.assertEqual([name for name in added if (out / "tables" / f"{name}.csv").exists()], [])
        self.assert_same(common.snapshot(out / "tables"), common.snapshot(self.shared / "all" / "tables"))
        # A list of an earlier result, as a command leaves it that went on while a run replaced the result.
        for name in ("overlap_hourly.csv", "overlap.json"):
            (out / "tables" / name).write_bytes(before[name][1])
        done = common.call(*self.commands(out)["report"])
        self.assertEqual(done.code, common.DONE, done)
        self.assertIn("there is no table overlap_hourly.csv", done.err)

    def test_pictures_go_with_their_tables(self):
        out = self.copy("few")
        common.call("report", "--out", out)
        self.assertTrue((out / "report.html").exists())
        self.run_to(out, *self.captures)
        self.assertFalse((out / "report.html").exists())
        self.assertEqual([*out.glob("figures/*.svg")], [])


class Scripts(common.Case):
    """A figure's script that its user changed."""

    def figures(self, *arguments):
        done = common.call(*arguments)
        self.assertEqual(done.code, common.DONE, done)
        return done, common.snapshot(self.dir / "out" / "figures")

    def test_kept(self):
        out, capture, other = self.dir / "out", common.DATA / "figure5.pcap.gz", common.DATA / "many-sources.pcap.gz"
        run = ("run", capture, "--out", out, "--quiet")
        _, written = self.figures(*run)
        name = "figure-10-coverage"
        script = out / "figures" / f"{name}.gp"
        changes = {"a line": script.read_bytes() + b"# mine\n", "a colour": script.read_bytes().replace(b"0x0072b2", b"0x000000"),
                   "the first line": script.read_bytes()[1:], "all": b"plot sin(x)\n", "nothing left": b"",
                   "cut off": script.read_bytes()[:-20]}
        for what, changed in changes.items():
            with self.subTest(what):
                self.assertNotEqual(changed, written[f"{name}.gp"][1])
                script.write_bytes(changed)
                (out / "figures" / f"{name}.svg").write_bytes(b"drawn by the changed script")
                commands = (run, ("report", "--out", out), (*run, other), (*run, "--replace"))
                for command in commands if what == "a line" else commands[1:2]:
                    done, files = self.figures(*command)
                    self.assertEqual(files[f"{name}.gp"][1], changed)
                    self.assertEqual(files[f"{name}.svg"][1], b"drawn by the changed script")
                    self.assertIn(f"{name}.gp was changed and is kept; the new script is figures/{name}-2.gp", done.err)
                    self.assertIn(f"{name}-2.gp", (out / "report.html").read_text(encoding="utf-8"))
                self.assertIn(f'name = "{name}-2"'.encode(), files[f"{name}-2.gp"][1])
        # A second one, and after both are gone all is as it was.
        second = out / "figures" / f"{name}-2.gp"
        second.write_bytes(b"mine too")
        _, files = self.figures(*run)
        self.assertEqual(files[f"{name}-2.gp"][1], b"mine too")
        self.assertIn(f"{name}-3.gp", files)
        for path in (script, second):
            path.unlink()
        done, files = self.figures(*run)
        self.assertEqual(files, written)
        self.assertEqual(done.err, "")

    def test_unchanged(self):
        """Written anew without a word, also of other tables, and removed where they give no figure."""
        out = self.dir / "out"
        _, _ = self.figures("run", common.DATA / "figure5.pcap.gz", "--out", out, "--quiet")
        done, files = self.figures("run", common.DATA / "outages.pcap.gz", "--out", out, "--quiet", "--replace")
        self.assertEqual(done.err, "")
        _, fresh = self.figures("run", common.DATA / "outages.pcap.gz", "--out", out, "--quiet")
        self.assertEqual(files, fresh)
        self.assertEqual([name for name in files if name.endswith("-2.gp")], [])


class Stays(common.Case):
    """What a slip in a command line doesn't take away."""

    def setUp(self):
        super().setUp()
        self.archive = self.dir / "archive"
        self.archive.mkdir()
        for name, source in (("one.pcap", "link-raw.pcap"), ("two.pcap.gz", "figure5.pcap.gz"), ("three.pcap", "edge-sources.pcap")):
            shutil.copy(common.DATA / source, self.archive / name)
        self.out, _ = self.run_ok(self.archive)
        self.before = common.snapshot(self.out, skip=())

    def stays(self, *arguments, names=(), **options):
        done = self.refuse(*arguments, "--out", self.out, names=names, **options)
        self.assert_same(common.snapshot(self.out, skip=()), self.before)
        return done

    def test_nothing_to_read(self):
        empty, text = self.dir / "empty", self.dir / "notes.txt"
        empty.mkdir()
        text.write_text("no capture at all\n")
        (self.dir / "gone.list").write_text(f"{self.dir}/x.pcap\n{self.dir}/y.pcap\n")
        for command in ("run", "reduce"):
            for captures, names in (((self.dir / "archvie",), ("archvie",)), ((self.dir / "x", self.dir / "y"), ("x", "y")),
                                    ((empty,), ("empty",)), ((text,), ("notes.txt",)),
                                   
                                    ((f"@{self.dir / 'gone.list'}",), ("x.pcap",)), ((f"@{self.dir / 'none'}",), ("none",))):
                with self.subTest(command, captures=captures):
                    self.stays(command, *captures, names=names, code=common.USAGE)

    def test_nothing_left(self):
        """Options that leave no row."""
        for options in (("--since", "2031-01-01"), ("--until", "2001-01-01")):
            for command in ("run", "reduce"):
                self.stays(command, self.archive, *options, names=["nothing to make tables of"])
        torn = self.archive / "one.pcap"    # was whole when the result was made
        torn.write_bytes((common.DATA / "link-raw.pcap").read_bytes()[:30])
        self.refuse("run", torn, "--out", self.out, "--replace", names=["nothing to make tables of"])
        self.assert_same(common.snapshot(self.out, SKIP), {name: value for name, value in self.before.items() if not any(
            name == one or name.startswith(one + "/") for one in SKIP)})

    def test_some(self):
        """Some that can't be read are named, and the rest goes on."""
        out, done = self.run_ok(self.dir / "gone.pcap", self.archive, code=common.DAMAGED)
        self.assertIn("gone.pcap", done.err)
        after = common.snapshot(out, skip=())
        self.assertEqual([name for name in common.differences(after, self.before) if name.startswith("tables/")],
                         ["tables/datapackage.json", "tables/total.csv"])    # captures that were not read, and its digest

    def test_other_captures(self):
        for command in ("run", "reduce"):
            done = self.stays(command, self.archive / "one.pcap", names=["--replace", "two.pcap.gz", "three.pcap"])
            self.assertNotIn("one.pcap", done.err)
        (self.archive / "two.pcap.gz").rename(self.dir / "away")
        self.stays("run", self.archive, names=["two.pcap.gz"])
        fresh, _ = self.run_ok(self.archive, out="fresh")
        out, _ = self.run_ok(self.archive, "--replace")
        self.assert_same(common.snapshot(out, SKIP), common.snapshot(fresh, SKIP))

    def test_after_a_kill(self):
        """The earlier result that a run began to replace is remembered."""
        (self.out / "summary.json").rename(self.out / "unfinished.json")
        self.refuse("run", self.archive / "one.pcap", "--out", self.out, names=["--replace", "two.pcap.gz"])
        self.run_ok(self.archive)
        self.assertFalse((self.out / "unfinished.json").exists())

    def test_same_captures(self):
        """Repaired, grown, compressed anew, or renamed."""
        one, two, three = (self.archive / name for name in ("one.pcap", "two.pcap.gz", "three.pcap"))
        common.write_gzip(self.archive / "one.pcap.gz", one.read_bytes())
        one.unlink()
        self.run_ok(self.archive)
        (self.archive / "two.pcap").write_bytes(common.inflated(two))
        two.unlink()
        self.run_ok(self.archive)
        three.write_bytes(three.read_bytes() + common.records(three.read_bytes())[1][-1])
        self.run_ok(self.archive)
        three.rename(self.archive / "otherwise.called")
        self.run_ok(self.archive)
        self.run_ok(*sorted(self.archive.iterdir()), common.DATA / "flags.pcap.gz")    # more is no less

    def test_parts(self):
        """Shares that are empty or bad let the others go on; no archive at all doesn't."""
        bad = self.dir / "bad"
        bad.mkdir()
        (bad / "torn.pcap.gz").write_bytes((common.DATA / "torn-gzip.pcap.gz").read_bytes())
        (bad / "none.pcap").write_bytes(bytes(100))
        for part in range(1, 6):
            done = common.call("scan", bad, "--part", f"{part}/5", "--store", self.dir / "store")
            self.assertIn(done.code, (common.DONE, common.DAMAGED), done)
        empty = self.dir / "empty"
        empty.mkdir()
        done = common.call("scan", empty, "--part", "1/2", "--store", self.dir / "store")
        self.assertEqual(done.code, common.DONE, done)
        listed = self.dir / "list"
        listed.write_text(f"{self.dir}/gone-1\n{self.dir}/gone-2\n")
        for captures in ((self.dir / "gone",), (self.dir / "gone", self.dir / "gone-too"), (f"@{listed}",)):
            self.refuse("scan", *captures, "--part", "1/2", "--store", self.dir / "store", names=["gone"])


if __name__ == "__main__":
    common.main()
