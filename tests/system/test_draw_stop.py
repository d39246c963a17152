#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A report that is stopped while gnuplot draws, by a signal to the program alone, and one that is killed: with a program in
gnuplot's place that begins its picture, says so, and waits to be ended."""

import os
import signal
import socket
import subprocess

import common

# Of its arguments the third is: ending='svg'; name='NAME'
GNUPLOT = """#!/bin/sh
name=${3##*name=?} ending=${3#ending=?}
: >"${name%?}.${ending%%?;*}"
echo $$ >"BEGUN"
exec sleep 600
"""


class DrawStop(common.Case):
    def setUp(self):
        super().setUp()
        captures = common.day(self.dir / "archive", "--packets-per-hour", 200, "--hours", 2)
        self.run_ok(*captures)
        self.out = self.dir / "out"
        self.begun = self.dir / "begun"
        os.mkfifo(self.begun)
        (self.dir / "bin").mkdir()
        gnuplot = self.dir / "bin" / "gnuplot"
        gnuplot.write_text(GNUPLOT.replace("BEGUN", str(self.begun)))
        gnuplot.chmod(0o755)

    def start(self):
        """A report, when its first gnuplot is at work; and that one's process."""
        env = {**os.environ, "PATH": f"{self.dir / 'bin'}:{os.environ['PATH']}"}
        process = subprocess.Popen(common.command_of("report", "--out", self.out), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True, env=env)
        self.addCleanup(process.wait, common.PATIENCE)
        self.addCleanup(process.kill)
        self.pipe = os.open(self.begun, os.O_RDWR)    # so that no gnuplot waits for a reader
        self.addCleanup(os.close, self.pipe)
        return process, int(os.read(self.pipe, 64).split()[0])

    def left(self):
        return sorted(path.name for path in self.out.rglob("*.partial-*"))

    def test_stopped_in_wrapper(self):
        """As on clusters, where a script may set the environment and then start gnuplot."""
        (self.dir / "bin" / "gnuplot").rename(self.dir / "bin" / "real")
        wrapper = self.dir / "bin" / "gnuplot"
        wrapper.write_text('#!/bin/sh\n"${0%/*}/real" "$@"\nexit $?\n')
        wrapper.chmod(0o755)
        self.test_stopped()

    def is_gone(self, pid):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    def test_stopped(self):
        process, gnuplot = self.start()
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=common.PATIENCE)
        self.assertEqual(process.returncode, common.STOPPED, told)
        self.assertIn("stopped on request", told)
        common.wait_until(lambda: self.is_gone(gnuplot), "gnuplot ends")
        self.assertEqual(self.left(), [])

    def test_killed(self):
        process, gnuplot = self.start()
        process.kill()
        process.communicate(timeout=common.PATIENCE)
        os.kill(gnuplot, signal.SIGKILL)
        os.set_blocking(self.pipe, False)
        try:
            for pid in os.read(self.pipe, 4096).split():
                os.kill(int(pid), signal.SIGKILL)
        except (BlockingIOError, ProcessLookupError):
            pass
        self.assertNotEqual(self.left(), [])
        figures = self.out / "figures"
        own = [f"living.partial-{socket.gethostname()}-{os.getpid()}-0.svg", "text.partial-draft"]
        for name in own:
            (figures / name).touch()
        done = common.call("report", "--out", self.out, env={"PATH": str(self.dir / "empty")})
        self.assertEqual(done.code, common.DONE, done)
        self.assertEqual(self.left(), own)


if __name__ == "__main__":
    common.main()
