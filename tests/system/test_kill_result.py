#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
r"""Kills while a result takes the place of an earlier one, figures and all, and two runs that write to one folder at once:
afterwards either a command refuses the folder, or it holds one result as it was written, to the last byte.

PZ_KILLS says how many kills (6) and pairs of runs (a third of it); PZ_SEED chooses others. By hand, the long version:

    PZ_KILLS=200 FAULTS=build/release/tests/libfaults.so PATIENTZERO=build/release/patientzero \
        tests/system/test_kill_result.py
"""

import collections
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import common

KILLS = int(os.environ.get("PZ_KILLS", "6"))
SEED = int(os.environ.get("PZ_SEED", "1"))
SKIP = ("run.log", "restricted/store", "unfinished.json")


class KillResult(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="pz-kill-result-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        captures = common.day(cls.shared / "archive", "--packets-per-hour", 2500, "--hours", 4, "--seed", 9)
        cls.captures = {"few": captures[:2], "all": captures, "others": captures[2:]}
        cls.store = cls.shared / "store"
        done = common.call("scan", *captures, "--store", cls.store)
        assert done.code == common.DONE, done
        cls.results = {}
        for name in cls.captures:
            done = common.call(*cls.arguments(name, cls.shared / name))
            assert done.code == common.DONE, done
            cls.results[name] = cls.result(cls.shared / name)
        cls.first, cls.last = cls.find_publication()

    @classmethod
    def arguments(cls, name, out):
        return ["run", *cls.captures[name], "--out", out, "--store", cls.store, "--replace", "--quiet"]

    @classmethod
    def find_publication(cls):
        """Which of a run's file calls are the first and the last by which a result takes the place of an earlier one."""
        log, out = cls.shared / "calls", cls.shared / "published"
        shutil.copytree(cls.shared / "few", out)
        done = common.call(*cls.arguments("all", out), env={**cls.watch(out), "PZ_FAULTS_LOG": str(log)})
        assert done.code == common.DONE, done
        calls = log.read_text().splitlines()
        return calls.index(f"rename {out}/unfinished.json"), calls.index(f"unlink {out}/unfinished.json")

    @staticmethod
    def watch(out):
        return {"LD_PRELOAD": os.environ["FAULTS"], "PZ_FAULTS_UNDER": str(out)}

    @staticmethod
    def result(out):
        """All of it but what a writer that was killed may leave."""
        return {name: data for name, (_, data) in common.snapshot(out, SKIP).items()
                if not re.search(r"\.partial-", name)}

    def start(self, name, out, stop=None):
        """A run; `stop`: it stops before that file call."""
        env = {**os.environ, **(self.watch(out) if stop is not None else {}), "PZ_FAULT": f"{stop} STOP"}
        with open(self.dir / "log", "ab") as log:
            process = subprocess.Popen(common.command_of(*self.arguments(name, out)), stdout=log, stderr=log, env=env,
                                       start_new_session=True)
        self.addCleanup(self.kill_all, process)    # a gnuplot whose run was killed draws on
        return process

    @staticmethod
    def kill_all(process):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def kill(self, process):
        """With what it started, gnuplot above all, or without. Whether it was still at work."""
        (self.kill_all if self.dice.random() < 0.5 else subprocess.Popen.kill)(process)
        return process.wait(common.PATIENCE) == -signal.SIGKILL

    def accepted(self, out):
        """Which result the folder holds; None if commands refuse it. Drawings of another are told of."""
        codes, told = [], []
        for arguments in (("sources", "--out", out, "--to", self.dir / "set"), ("outbreak", "--out", out)):
            done = common.call(*arguments)
            codes.append(done.code == common.DONE or "no outbreak is found" in done.err or "can't be known" in done.err)
            told.append("report --out" in done.err)
            self.assertIn(done.code, (common.DONE, common.USAGE), done)
        self.assertEqual(len(set(codes)), 1, "one command refuses what the other accepts")
        if not codes[0]:
            return None
        self.assertEqual(len(set(told)), 1, "one command tells what the other doesn't")
        if told[0]:
            done = common.call("report", "--out", out, "--quiet")
            self.assertEqual(done.code, common.DONE, done)
        found = self.result(out)
        equal = [name for name, wanted in self.results.items() if found == wanted]
        self.assertEqual(len(equal), 1, {name: sorted(path for path in found.keys() | wanted.keys()
                                                      if found.get(path) != wanted.get(path))
                                         for name, wanted in self.results.items()})
        return equal[0] + (", drawn by another run" if told[0] else "")

    def finish(self, out):
        """The same command comes to its end, and sweeps."""
        done = common.call(*self.arguments("all", out))
        self.assertEqual(done.code, common.DONE, done)
        self.assertEqual(self.accepted(out), "all")
        self.assertEqual([str(path) for path in out.rglob("*.partial-*")], [])

    def test_kills(self):
        """Before a file call of the publication, or a moment later, when gnuplot may be drawing."""
        self.dice, seen, runs = random.Random(SEED), collections.Counter(), 0
        while sum(seen.values()) < KILLS:
            out = self.dir / f"out-{runs}"
            runs += 1
            shutil.copytree(self.shared / "few", out)
            process = self.start("all", out, self.dice.randint(self.first, self.last + 1))
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            self.assertTrue(os.WIFSTOPPED(status), "the run has fewer file calls than the one before")
            if self.dice.random() < 0.5:
                os.kill(process.pid, signal.SIGCONT)
                time.sleep(self.dice.uniform(0, 0.1))
            if not self.kill(process):
                continue
            which = self.accepted(out)
            seen[which] += 1
            self.assertIn(which, ("few", "all", None))
            if runs % 3 == 0:
                self.finish(out)
        print(f"{sum(seen.values())} kills in {runs} runs, then: {dict(seen)} (few: the earlier result, all: the new one,"
              " None: refused)", flush=True)

    def test_two_at_once(self):
        """The one stops at a file call of its publication until the other has ended, or was killed there."""
        self.dice, seen = random.Random(SEED + 1), collections.Counter()
        for i in range(max(4, KILLS // 3)):
            out = self.dir / f"out-{i}"
            shutil.copytree(self.shared / "few", out)
            one = self.start("all", out, self.dice.randint(self.first, self.last + 1))
            os.waitpid(one.pid, os.WUNTRACED)
            other = self.start("others", out, self.dice.randint(self.first, self.last) if i % 2 else None)
            if i % 2:
                os.waitpid(other.pid, os.WUNTRACED)
                os.kill(other.pid, signal.SIGCONT)
            else:
                self.assertIn(other.wait(common.PATIENCE), (common.DONE, common.ENVIRONMENT))
            os.kill(one.pid, signal.SIGCONT)
            if i % 4 == 1:
                time.sleep(self.dice.uniform(0, 0.1))
                self.kill(self.dice.choice((one, other)))
            for process in (one, other):
                self.assertIn(process.wait(common.PATIENCE), (common.DONE, common.ENVIRONMENT, -signal.SIGKILL))
            which = self.accepted(out)
            seen[which] += 1
            if which is None:
                self.finish(out)
        print(f"two runs at once, then: {dict(seen)}", flush=True)

    def test_foreign_drawings(self):
        """Drawings of another run that was killed, over those of a result, are told of, with the remedy; and those that it
        removed."""
        out = self.dir / "out"
        shutil.copytree(self.shared / "all", out)

        def is_told():
            done = common.call("sources", "--out", out, "--to", self.dir / "set")
            self.assertEqual(done.code, common.DONE, done)
            return "report --out" in done.err
        self.assertFalse(is_told())
        for name in ("report.html", "figures/manifest.json", "figures/figure-1-hourly.svg", "figures/figure-1-hourly.png",
                     "figures/figure-1-hourly.gp"):
            with self.subTest(name):
                (out / name).unlink()
                self.assertTrue(is_told())
                shutil.copy(self.shared / "others" / name, out / name)
                self.assertTrue(is_told())
                shutil.copy(self.shared / "all" / name, out / name)
                self.assertFalse(is_told())
        # A figure that these tables don't give, and one that its user drew.
        other = out / "figures" / "figure-1-daily.gp"
        shutil.copy(out / "figures" / "figure-1-hourly.gp", other)
        self.assertTrue(is_told())
        other.write_bytes(other.read_bytes() + b"# mine\n")
        self.assertFalse(is_told())


if __name__ == "__main__":
    if os.environ.get("PZ_SANITIZE") == "ON" or "FAULTS" not in os.environ:
        common.skip("the sanitizers' own library must be the first that is loaded: this runs on the release")
    common.main()
