#!/usr/bin/env python3
"""Kills while a result takes the place of an earlier one, figures and all, and two runs that write to one folder at once:
afterwards either a command refuses the folder, or it holds one result as it was written, to the last byte.

PZ_KILLS says how many kills (6) and pairs of runs (a third of it); PZ_SEED chooses others. By hand, the long version:

    PZ_KILLS=200 PATIENTZERO=build/release/patientzero tests/system/test_kill_result.py
"""

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
            began = time.monotonic()
            done = common.call(*cls.arguments(name, cls.shared / name))
            cls.seconds = time.monotonic() - began
            assert done.code == common.DONE, done
            cls.results[name] = cls.result(cls.shared / name)

    @classmethod
    def arguments(cls, name, out):
        return ["run", *cls.captures[name], "--out", out, "--store", cls.store, "--replace", "--quiet"]

    @staticmethod
    def result(out):
        """All of it but what a writer that was killed may leave."""
        return {name: data for name, (_, data) in common.snapshot(out, SKIP).items()
                if not re.search(r"\.partial-", name)}

    def start(self, name, out):
        with open(self.dir / "log", "ab") as log:
            return subprocess.Popen(common.command_of(*self.arguments(name, out)), stdout=log, stderr=log,
                                    start_new_session=True)

    def kill(self, process):
        """With what it started, gnuplot above all, or without."""
        try:
            (os.killpg if self.dice.random() < 0.5 else os.kill)(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait(common.PATIENCE)
        while subprocess.run(["pgrep", "-s", str(process.pid)], stdout=subprocess.DEVNULL).returncode == 0:
            time.sleep(0.01)    # a gnuplot that goes on writes a picture to its end

    def accepted(self, out, drawings=True):
        """Which result the folder holds; None if commands refuse it. Drawings have no digests, and of two runs at once
        each may draw last."""
        def kept(files):
            return {name: data for name, data in files.items() if drawings or not name.startswith(("figures", "report.html"))}
        codes = []
        for arguments in (("sources", "--out", out, "--to", self.dir / "set"), ("outbreak", "--out", out)):
            done = common.call(*arguments)
            codes.append(done.code == common.DONE or "no outbreak is found" in done.err or "can't be known" in done.err)
            self.assertIn(done.code, (common.DONE, common.USAGE), done)
        self.assertEqual(len(set(codes)), 1, "one command refuses what the other accepts")
        if not codes[0]:
            return None
        found = kept(self.result(out))
        equal = [name for name, wanted in self.results.items() if found == kept(wanted)]
        self.assertEqual(len(equal), 1, {name: sorted(path for path in found.keys() | wanted.keys()
                                                      if found.get(path) != wanted.get(path))
                                         for name, wanted in self.results.items()})
        return equal[0]

    def test_kills(self):
        self.dice, seen, killed, i = random.Random(SEED), {}, 0, 0
        while killed < KILLS:
            out = self.dir / f"out-{i}"
            i += 1
            shutil.copytree(self.shared / "few", out)
            process = self.start("all", out)
            try:
                process.wait(timeout=self.dice.uniform(0, self.seconds))
            except subprocess.TimeoutExpired:
                self.kill(process)
                killed += 1
            which = self.accepted(out)
            seen[which] = seen.get(which, 0) + 1
            self.assertIn(which, ("few", "all", None))
            if which == "all":
                self.assertTrue((out / "summary.json").exists())
            if i % 3 == 0:
                done = common.call(*self.arguments("all", out))
                self.assertEqual(done.code, common.DONE, done)
                self.assertEqual(self.accepted(out), "all")
                self.assertEqual([str(path) for path in out.rglob("*.partial-*")], [])
            shutil.rmtree(out)
        print(f"{killed} kills in {i} runs, then: {seen} (few: the earlier result, all: the new one, None: refused)", flush=True)

    def test_two_at_once(self):
        self.dice, seen = random.Random(SEED + 1), {}
        for i in range(max(2, KILLS // 3)):
            out = self.dir / f"out-{i}"
            shutil.copytree(self.shared / "few", out)
            processes = [self.start("all", out)]
            time.sleep(self.dice.uniform(0, 0.3 * self.seconds))
            processes.append(self.start("others", out))
            if i % 2:
                time.sleep(self.dice.uniform(0, self.seconds))
                self.kill(self.dice.choice(processes))
            for process in processes:
                self.assertIn(process.wait(common.PATIENCE), (common.DONE, common.ENVIRONMENT, -signal.SIGKILL))
            which = self.accepted(out, drawings=False)
            seen[which] = seen.get(which, 0) + 1
            if which is None:
                done = common.call(*self.arguments("all", out))
                self.assertEqual(done.code, common.DONE, done)
                self.assertEqual(self.accepted(out), "all")
            shutil.rmtree(out)
        print(f"two runs at once, then: {seen}", flush=True)


if __name__ == "__main__":
    common.main()
