#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""File systems that are full, read-only or shared with other runs, and clocks that differ: an exit code and a message
that says what to mend, and then the same command goes on. Full and read-only ones are mounted in a namespace of ours."""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import common


def why_not():
    tried = subprocess.run(["unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return tried.stderr.decode().strip() if tried.returncode else None


class Disk(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="pz-disk-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.archive = cls.shared / "archive"
        common.day(cls.archive, "--packets-per-hour", 2500, "--hours", 8, "--seed", 6)
        cls.whole = cls.shared / "whole"
        done = common.call("run", cls.archive, "--out", cls.whole)
        assert done.code == common.DONE, done
        cls.wanted = common.snapshot(cls.whole)
        cls.refused = why_not()

    def shell(self, text, **options):
        """Runs a shell script in a mount namespace; `run` in it is the program's run on the archive, to $out."""
        if self.refused:
            self.skipTest(f"nothing can be mounted here: {self.refused}")
        ranks = options.get("ranks")
        command = " ".join(map(shlex.quote, common.command_of("run", self.archive, "--quiet", ranks=ranks)))
        script = f'out={shlex.quote(str(self.dir / "out"))}; mkdir -p "$out"; run() {{ {command} --out "$out" "$@"; }}\n{text}'
        done = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=common.PATIENCE)
        return done.stdout.decode(), done.stderr.decode()

    def test_full(self):
        """Wherever it fills up: exit 1, the file is named, nothing is there by half, and with more room it goes on."""
        pages = sum(-(-path.stat().st_size // 4096) for path in self.whole.rglob("*") if path.is_file())
        for ranks in (None, 3) if common.MPI else (None,):
            for share in (0.1, 0.4, 0.7, 0.9, 0.97) if ranks is None else (0.1, 0.7):
                with self.subTest(ranks=ranks, share=share):
                    out, err = self.shell(f"""
                        mount -t tmpfs -o size={int(share * pages) * 4096} tmpfs "$out"
                        run; echo code $?
                        find "$out" -name '*.partial-*' | wc -l
                        mount -o remount,size=100m "$out"
                        run; echo code $?
                        cp -a "$out" "$out.kept" """, ranks=ranks)
                    kept = self.dir / "out.kept"
                    self.assertEqual(re.findall(r"code (\d+)", out), ["1", "0"], out + err)
                    self.assertRegex(err, r"cannot (write|make) .*No space left")
                    self.assert_same(common.snapshot(kept), self.wanted)
                    shutil.rmtree(kept)

    def test_read_only_store(self):
        """Good enough for tables; a capture that isn't in it can't be added, and that is said."""
        store = self.dir / "store"
        done = common.call("scan", self.archive, "--store", store)
        self.assertEqual(done.code, common.DONE, done)
        shutil.copy(common.DATA / "link-ethernet.pcap", self.dir / "more.pcap")
        quoted = shlex.quote(str(store))
        out, err = self.shell(f"""
            mount --bind {quoted} {quoted}; mount -o remount,bind,ro {quoted}
            run --store {quoted}; echo code $?
            run --store {quoted} {shlex.quote(str(self.dir / "more.pcap"))}; echo code $?""")
        self.assertEqual(re.findall(r"code (\d+)", out), ["0", "1"], err)
        self.assertIn(str(store), err)
        self.assertIn("Read-only", err)
        wanted = {name: value for name, value in self.wanted.items() if not name.startswith("restricted/store")}
        self.assert_same(common.snapshot(self.dir / "out"), wanted)

    def test_read_only_output(self):
        out, err = self.shell('mount -t tmpfs -o ro tmpfs "$out"; run; echo code $?')
        self.assertIn("code 1", out)
        self.assertIn(str(self.dir / "out"), err)

    def test_two_runs(self):
        """Two runs on one store at once, one on several ranks: they share the work without harm."""
        out = [self.dir / "one", self.dir / "two"]
        store = self.dir / "store"
        processes = [subprocess.Popen(common.command_of("run", self.archive, "--store", store, "--out", out[i], "--quiet",
                                                        ranks=(None, 3 if common.MPI else None)[i])) for i in (0, 1)]
        self.assertEqual([process.wait(common.PATIENCE) for process in processes], [0, 0])
        wanted = {name: value for name, value in self.wanted.items() if not name.startswith("restricted/store")}
        for folder in out:
            self.assert_same(common.snapshot(folder), wanted)
        kept = {name.removeprefix("restricted/store/"): value for name, value in self.wanted.items()
                if name.startswith("restricted/store/")}
        self.assert_same(common.snapshot(store), kept)

    def test_clocks(self):
        """Neither what the clock says, nor how it differs from node to node, nor the files' own times are looked at."""
        archive = self.dir / "archive"
        shutil.copytree(self.archive, archive)
        for i, path in enumerate(sorted(archive.iterdir())):
            os.utime(path, (i * 2e8, 4e9 - i * 5e8))    # from 1970 to 2096
        launcher = [] if not common.MPI else [common.MPIEXEC]
        command = [common.PROGRAM, "run", str(archive), "--out", str(self.dir / "out"), "--quiet"]
        ahead = ["unshare", "--time", "--monotonic", "5000000", "--boottime", "5000000", "--fork"]
        if subprocess.run([*ahead, "true"], stderr=subprocess.DEVNULL).returncode:
            ahead = []
        command = ([*launcher, "-n", "1", *command, ":", "-n", "2", *ahead, *command] if launcher else [*ahead, *command])
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=common.PATIENCE)
        self.assertEqual(done.returncode, 0, done)
        self.assert_same(common.snapshot(self.dir / "out"), self.wanted)

    def test_no_locks(self):
        """Shared file systems may do without locks, links and coherent maps: all we rely on is that a rename is atomic."""
        for path in sorted((common.REPO / "src").rglob("*.c")):
            code = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
            for call in ("flock", "lockf", "F_SETLK", "O_EXCL", "mmap(", "link(\"", "linkat"):
                if call == "linkat":
                    self.assertIsNone(re.search(r"(?<!un)linkat\(", code), path)
                else:
                    self.assertNotIn(call, code.replace("unlink(", ""), path)


if __name__ == "__main__":
    common.main()
