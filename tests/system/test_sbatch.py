#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The job scripts without Slurm: what they make of signals, and of how the program ends."""

import os
import signal
import subprocess

import common

SCRIPTS = ("outbreak", "reduce", "scan")


class Scripts(common.Case):
    def setUp(self):
        super().setUp()
        # sleep: the script sleeps until the requeue ends it, which nothing does here.
        for name, text in (("scontrol", f'echo "$@" >>{self.dir}/requeued'), ("sleep", "")):
            path = self.dir / name
            path.write_text(f"#!/bin/sh\n{text}\n")
            path.chmod(0o755)

    def start(self, script, program):
        path = self.dir / "program"
        path.write_text(f"#!/bin/bash\n{program}\n")
        path.chmod(0o755)
        (self.dir / "requeued").unlink(missing_ok=True)
        (self.dir / "ready").unlink(missing_ok=True)
        environment = {**os.environ, "PATH": f"{self.dir}:{os.environ['PATH']}", "PATIENTZERO": str(path), "LAUNCHER": "",
                       "ARCHIVE": "archive", "SLURM_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_MAX": "1"}
        return subprocess.Popen(["bash", str(common.REPO / "slurm" / f"{script}.sbatch")], env=environment, cwd=self.dir)

    def requeued(self):
        path = self.dir / "requeued"
        return path.read_text().split() if path.exists() else None

    def wait_until_ready(self):
        common.wait_until((self.dir / "ready").exists, "the program")

    def test_stopped(self):
        """USR1 reaches the program, and exit 75 is a requeue."""
        for script in SCRIPTS:
            with self.subTest(script):
                with self.start(script, "trap 'exit 75' USR1; touch ready; while :; do /bin/sleep 0.05; done") as job:
                    self.wait_until_ready()
                    job.send_signal(signal.SIGUSR1)
                    self.assertEqual(job.wait(common.PATIENCE), 75)
                self.assertEqual(self.requeued(), ["requeue", "7"])

    def test_too_early(self):
        """USR1 that comes before the program or its launcher is ready for it ends that, and is a requeue all the same."""
        for script in SCRIPTS:
            with self.subTest(script):
                with self.start(script, "touch ready; exec /bin/sleep 30") as job:
                    self.wait_until_ready()
                    job.send_signal(signal.SIGUSR1)
                    self.assertEqual(job.wait(common.PATIENCE), 75)
                self.assertEqual(self.requeued(), ["requeue", "7"])

    def test_killed(self):
        """A program that somebody else's USR1 ended, or that died otherwise, is no request to stop."""
        for script in SCRIPTS:
            for number in (signal.SIGUSR1, signal.SIGKILL):
                with self.subTest(script, number=number):
                    with self.start(script, f"kill -{int(number)} $$") as job:
                        self.assertEqual(job.wait(common.PATIENCE), 128 + number)
                    self.assertIsNone(self.requeued())

    def test_codes(self):
        for script in SCRIPTS:
            for code in (0, 1, 2, 3):
                with self.subTest(script, code=code):
                    with self.start(script, f"exit {code}") as job:
                        self.assertEqual(job.wait(common.PATIENCE), 0 if script == "scan" and code == 3 else code)
                    self.assertIsNone(self.requeued())


if __name__ == "__main__":
    common.main()
