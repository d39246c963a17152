#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where output goes: standard output that fails, pipes and devices that stay what they are, files that are too large, and
names of files that would steer a terminal."""

import os
import resource
import shutil
import stat
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

import common

CAPTURE = common.DATA / "figure5.pcap.gz"
SOURCE = "0.0.0.0"    # of the only one in the capture


class Writing(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="pz-writing-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.out = cls.shared / "out"
        cls.store = cls.out / "restricted" / "store"
        done = common.call("run", "--no-report", CAPTURE, "--out", cls.out)
        assert done.code == common.DONE, done

    def printing(self):
        """Every command that prints."""
        return {"help": ("--help",), "version": ("--version",), "help of one": ("run", "--help"), "manual": ("--manual",),
                "survey": ("survey", CAPTURE), "packets": ("packets", CAPTURE, "--store", self.store, "--source", SOURCE),
                **{name: arguments("-") for name, arguments in self.options().items()}}

    def options(self):
        """Every command that writes to a file of its user's choice."""
        return {"sources": lambda to: ("sources", "--out", self.out, "--to", to),
                "judge": lambda to: ("judge", CAPTURE, "--store", self.store, "--out", to),
                "packets --pcap": lambda to: ("packets", CAPTURE, "--store", self.store, "--source", SOURCE, "--pcap", to)}

    def test_standard_output_fails(self):
        for name, arguments in self.printing().items():
            command = common.command_of(*arguments)
            for how in (">/dev/full", ">&-"):
                with self.subTest(name, how=how):
                    done = subprocess.run(["sh", "-c", f'"$@" {how}', "sh", *command], stderr=subprocess.PIPE, timeout=common.PATIENCE)
                    self.assertEqual(done.returncode, common.ENVIRONMENT, done)
                    self.assertIn(b"cannot write standard output", done.stderr)
            with self.subTest(name, how="closed pipe"):
                ours, theirs = os.pipe()
                os.close(ours)
                done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, timeout=common.PATIENCE)
                os.close(theirs)
                self.assertEqual(done.returncode, common.ENVIRONMENT, done)
                self.assertIn(b"Broken pipe", done.stderr)

    def test_dash(self):
        """The same bytes as in a file."""
        for name, arguments in self.options().items():
            with self.subTest(name):
                file = self.dir / name
                self.assertEqual(common.call(*arguments(file)).code, common.DONE)
                self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
                for to in ("-", "/dev/stdout"):
                    done = subprocess.run(common.command_of(*arguments(to)), stdout=subprocess.PIPE, check=True)
                    self.assertEqual(done.stdout, file.read_bytes())
        self.assertFalse(Path("-").exists())

    def test_appended(self):
        """/dev/stdout of a file that the shell opened is written to where the shell is."""
        file = self.dir / "log"
        file.write_bytes(b"before\n")
        with open(file, "ab") as log:
            subprocess.run(common.command_of("sources", "--out", self.out, "--format", "txt", "--to", "/dev/stdout"),
                           stdout=log, check=True)
        self.assertEqual(file.read_bytes(), b"before\n0.0.0.0\n")

    def test_pipe(self):
        for name, arguments in self.options().items():
            with self.subTest(name):
                file, pipe = self.dir / name, self.dir / f"pipe of {name}"
                self.assertEqual(common.call(*arguments(file)).code, common.DONE)
                os.mkfifo(pipe)
                got = []
                reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
                reader.start()
                done = common.call(*arguments(pipe))
                self.assertEqual(done.code, common.DONE, done)
                reader.join(timeout=common.PATIENCE)
                self.assertEqual(got, [file.read_bytes()])
                self.assertTrue(stat.S_ISFIFO(pipe.stat().st_mode))

    def test_device(self):
        """A device of our own, as a mistake would take away the machine's."""
        device = self.dir / "null"
        try:
            os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))
            device.write_bytes(b"x")
        except OSError as error:
            self.skipTest(f"no device can be made here: {error}")
        for name, arguments in self.options().items():
            with self.subTest(name):
                done = common.call(*arguments(device))
                self.assertEqual(done.code, common.DONE, done)
                self.assertTrue(stat.S_ISCHR(device.stat().st_mode))

    def test_link(self):
        file, link = self.dir / "file", self.dir / "link"
        file.write_bytes(b"old")
        link.symlink_to("file")
        done = common.call("sources", "--out", self.out, "--format", "txt", "--to", link)
        self.assertEqual(done.code, common.DONE, done)
        self.assertTrue(link.is_symlink())
        self.assertEqual(file.read_bytes(), b"0.0.0.0\n")

    def test_too_large(self):
        """A limit on the size of files is told like a full disk, and doesn't end the process."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        for arguments in (("run", "--no-report", CAPTURE, "--out", self.dir / "out"),
                          ("packets", CAPTURE, "--store", self.store, "--source", SOURCE, "--pcap", self.dir / "pcap")):
            done = subprocess.run(common.command_of(*arguments), stderr=subprocess.PIPE, preexec_fn=limit, timeout=common.PATIENCE)
            self.assertEqual(done.returncode, common.ENVIRONMENT, done)
            self.assertIn(b"File too large", done.stderr)
        self.assertFalse((self.dir / "pcap").exists())

    def test_names(self):
        """No name of a file steers the terminal or ends a line."""
        folder = os.fsencode(self.dir) + b"/in"
        os.mkdir(folder)
        for name in (b"a\nb.pcap", b"c\x1b[2Jd.pcap", b"e\xff.pcap", b"f\r\x07.pcap", b"g\xc2\x9b.pcap"):
            path = folder + b"/" + name
            with open(path, "wb") as file:
                file.write((common.DATA / "torn-record.pcap").read_bytes() + name)
            for command in (["run", "--no-report", path, "--out", os.fsencode(self.dir) + b"/out-" + name],
                            ["run", path + b"-none", CAPTURE, "--out", os.fsencode(self.dir) + b"/out2-" + name],
                            ["report", "--out", path], ["sources", "--out", self.out, "--to", path + b"/x"],
                            [path], ["run", CAPTURE, b"--" + name]):
                done = subprocess.run([common.PROGRAM, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=common.PATIENCE)
                self.assertNotEqual(done.returncode, common.DONE, done)
                text = done.stderr.decode("utf-8")    # is UTF-8
                for line in text.splitlines():
                    self.assertTrue(line.startswith(("patientzero: ", "reading", "scanning")), text)
                    self.assertEqual([c for c in line if ord(c) < 32 or 127 <= ord(c) < 160], [], text)


if __name__ == "__main__":
    common.main()
