#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The job scripts without Slurm: what they make of signals, and of how the program ends."""

import os
import re
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

    def start(self, script, program, **settings):
        self.program("program", f'[ "$1" != --version ] || {{ echo "patientzero 1 (commit 2), MPI"; exit; }}\n{program}')
        (self.dir / "requeued").unlink(missing_ok=True)
        (self.dir / "ready").unlink(missing_ok=True)
        environment = {**os.environ, "PATH": f"{self.dir}:{os.environ['PATH']}", "PATIENTZERO": "program", "LAUNCHER": "",
                       "ARCHIVE": "archive", "SOURCE": "192.0.2.1", "SLURM_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "1",
                       "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "1", "SLURM_ARRAY_TASK_COUNT": "1", **settings}
        return subprocess.Popen(["bash", str(common.REPO / "slurm" / f"{script}.sbatch")], env=environment, cwd=self.dir,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def program(self, name, text):
        path = self.dir / name
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)

    def log(self, script, program="", **settings):
        """Exit code, and the lines of the log without the time."""
        with self.start(script, program, **settings) as job:
            said = job.communicate(timeout=common.PATIENCE)[0]
        return job.returncode, [re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", "", line) for line in said.splitlines()]

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

    def test_log(self):
        """It begins with what runs where, and ends with where the tables lie and how long it took, even if the program says
        nothing."""
        self.program("launcher", '[ "$1" != -n ] || shift 2\nexec "$@"')
        job = {"LAUNCHER": "launcher", "SLURM_NTASKS": "6", "SLURM_JOB_NODELIST": "n[1-3]", "SLURM_RESTART_COUNT": "2"}
        where = os.path.realpath(self.dir / "results")
        for script, last in (("outbreak", f"tables in {where}/tables"), ("reduce", f"tables in {where}/tables"),
                             ("scan", f"tallies in {where}/restricted/store"), ("synth", f"captures in {where}")):
            with self.subTest(script):
                code, lines = self.log(script, **job, OUT="results")
                self.assertEqual((code, len(lines)), (0, 3), lines)
                restart = "restart 2" if script == "synth" else "restart 2 of 20"
                self.assertEqual(lines[0], f"job 7: patientzero 1 (commit 2), {restart}, 6 ranks on n[1-3]")
                self.assertRegex(lines[1], "^job 7: launcher program (run archive|scan archive|synth) --out results ")
                self.assertRegex(lines[2], r"^job 7: exit 0 after 0 min \d+ s: ")
                self.assertIn(last, lines[2])
        code, lines = self.log("packets", **job, OUT="results")
        self.assertEqual((code, len(lines)), (0, 3), lines)
        self.assertNotIn("192.0.2.1", "".join(lines), "the log may be read by others")
        self.assertIn("a capture is damaged", self.log("outbreak", "exit 3")[1][-1])
        self.assertRegex(self.log("reduce", "exit 2")[1][-1], r"exit 2 after 0 min \d+ s: the command line is wrong")
        self.assertIn("the same sbatch continues it", self.log("outbreak", "exit 1")[1][-1])
        self.assertIn("goes on as restart 1", "".join(self.log("outbreak", "exit 75")[1]))

    def test_cannot_start(self):
        """Two lines say what to do, whatever Open MPI says and however often."""
        self.program("launcher", "for i in {1..40}; do echo 'OMPI was not built with PMI support' >&2; done; exit 1")
        self.program("broken", "echo broken: no such partition >&2; exit 1")
        for script in ("outbreak", "reduce", "scan", "packets", "synth"):
            with self.subTest(script):
                code, lines = self.log(script, "touch began", LAUNCHER="launcher")
                self.assertEqual((code, len(lines)), (1, 3), lines)
                self.assertIn("speaks another PMI", lines[1])
                self.assertIn("srun --mpi=pmix", lines[2])
                code, lines = self.log(script, "touch began", LAUNCHER="broken")
                self.assertEqual((code, len(lines)), (1, 3), lines)
                self.assertIn("no such partition", lines[2])
                code, lines = self.log(script, PATIENTZERO="nowhere")
                self.assertEqual((code, len(lines)), (1, 3), lines)
                self.assertIn("there is no program nowhere", lines[1])
                self.assertFalse((self.dir / "began").exists())

    def test_parts(self):
        """An array that is not all shares says nothing of how many there are."""
        for first, last, count in ((3, 3, 1), (0, 15, 16), (3, 17, 2), (1, 17, 5)):
            array = {"SLURM_ARRAY_TASK_MIN": str(first), "SLURM_ARRAY_TASK_MAX": str(last),
                     "SLURM_ARRAY_TASK_COUNT": str(count), "SLURM_ARRAY_TASK_ID": str(last)}
            code, lines = self.log("scan", "touch began", **array)
            self.assertEqual((code, len(lines)), (2, 2), lines)
            self.assertFalse((self.dir / "began").exists())
            code, lines = self.log("scan", 'echo "$@"', **array, PARTS="64")
            self.assertIn(f"--part {last}/64", lines[2])
        code, lines = self.log("scan", 'echo "$@"', SLURM_ARRAY_TASK_MAX="64", SLURM_ARRAY_TASK_COUNT="64",
                               SLURM_ARRAY_TASK_ID="3")
        self.assertIn("--part 3/64", lines[2])

    def test_shared(self):
        """What all job scripts share is the same in all, as each is one file that a user takes along."""
        texts = {path.name: path.read_text() for path in (common.REPO / "slurm").glob("*.sbatch")}
        shared = {re.search(r"^# Shared by all job scripts.*?^fi\n", text, re.M | re.S).group() for text in texts.values()}
        self.assertEqual((len(texts), len(shared)), (5, 1))


if __name__ == "__main__":
    common.main()
