#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The job scripts in slurm/ on a real Slurm cluster: whatever happens to a job, the output is in the end the same bytes
as that of a plain run.

The cluster (tests/slurm/cluster.py) runs on this machine, in namespaces of its own. Where that isn't possible all of this
is skipped, which says nothing good about the scripts."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import common

sys.path.insert(0, str(common.REPO / "tests" / "slurm"))
import cluster as slurm    # noqa: E402

SCRIPTS = common.REPO / "slurm"
PENDING, RUNNING = "PENDING", "RUNNING"
ENDED = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "BOOT_FAIL", "DEADLINE"}

# Made for one machine, and wrong for several nodes.
for name in ("OMPI_MCA_pml", "OMPI_MCA_btl"):
    os.environ.pop(name, None)


class LongJob:
    """A job that takes longer than its time limit, begun before the tests and looked at when it's done."""
    def __init__(self, case):
        self.dir = case.shared / "long"
        self.dir.mkdir()
        self.out = self.dir / "out"
        # Slurm looks at time limits every half a minute: USR1 comes up to that much later than it should, 2 s after the start.
        self.job = case.submit_from(self.dir, "outbreak.sbatch", "-w", "n4", "-N", "1", "--ntasks-per-node=1", "-t", "20",
                                    "--signal=B:USR1@1198",
                                    PATIENTZERO_ARGS=f"--no-report --decode {case.filter(self.dir / 'slow', 2)} --progress 1")


class Slurm(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="pz-slurm-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.shared.chmod(0o755)
        # A filter that waits makes captures last long enough to be hit in the middle. It is a file because a command with
        # blanks can't stand in PATIENTZERO_ARGS.
        cls.slow = cls.filter(cls.shared / "slow", 0.5)
        cls.archive = cls.shared / "archive"
        cls.captures = common.day(cls.archive, "--packets-per-hour", 2500, "--hours", 16, "--seed", 5)
        shutil.copy(common.DATA / "torn-gzip.pcap.gz", cls.archive)
        done = common.call("run", "--no-report", cls.archive, "--decode", cls.slow, "--out", cls.shared / "plain", ranks=4,
                           env={"OMPI_MCA_btl": "self,vader"})
        assert done.code == common.DAMAGED, done
        cls.wanted = common.snapshot(cls.shared / "plain")
        cls.cluster = slurm.Cluster(cls.shared / "cluster")
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.start(4, 2)
        cls.long = LongJob(cls)

    @staticmethod
    def filter(path, seconds):
        """Passes on what it reads, the most of it after a while; the first bytes tell at once that it's a capture."""
        path.write_text(f"#!/bin/sh\nhead -c 4000\nsleep {seconds}\nexec cat\n")
        path.chmod(0o755)
        return path

    def setUp(self):
        super().setUp()
        self.out = self.dir / "out"
        self.jobs = []

    def tearDown(self):
        if self.jobs:
            self.cluster.run("scancel", *self.jobs, check=False)
        for name in self.cluster.nodes:
            if self.cluster.pid(name):
                self.cluster.run("scontrol", "update", f"nodename={name}", "state=resume", check=False)

    @classmethod
    def submit_from(cls, folder, script, *options, **settings):
        settings = {"ARCHIVE": str(cls.archive), "OUT": str(folder / "out"), "PATIENTZERO": common.PROGRAM,
                    "PATIENTZERO_ARGS": f"--no-report --decode {cls.slow} --progress 1", **settings}
        options = ["-t", "10", f"--chdir={folder}", *options]
        return cls.cluster.run("sbatch", "--parsable", *options, SCRIPTS / script, env=settings).stdout.strip()

    def submit(self, script, *options, **settings):
        """On the first three nodes; the last one is for the job that goes on beside all tests."""
        self.jobs.append(self.submit_from(self.dir, script, "-x", "n4", *options, **settings))
        return self.jobs[-1]

    def job(self, job):
        """What Slurm says about a job, or about the tasks of an array."""
        text = self.cluster.run("scontrol", "-o", "show", "job", job, check=False).stdout
        return [dict(re.findall(r"(\w+)=(\S*)", line)) for line in text.splitlines() if line]

    def wait(self, job, state=None):
        """Until the job ended, or has a state; returns what is known then of its first, or only, task."""
        wanted = {state} if state else ENDED
        facts = [{}]

        def reached():
            facts[:] = self.job(job)
            self.assertNotIn("DependencyNeverSatisfied", [one.get("Reason") for one in facts], self.log(job))
            self.cluster.go_on(facts)
            return facts and all(one.get("JobState") in wanted for one in facts)
        slurm.wait_until(f"job {job} to be {state or 'ended'}", reached)
        return facts[0]

    def other_node(self, job):
        """A node of the job's, and not the one where its shell runs."""
        return self.cluster.run("scontrol", "show", "hostnames", self.job(job)[0]["NodeList"]).stdout.split()[-1]

    def wait_stored(self, count=3):
        """Until so many captures have a tally."""
        common.wait_until(lambda: len(list(self.out.glob("restricted/store/*/*.tally"))) >= count, "tallies")

    def log(self, job):
        return "".join(path.read_text(errors="replace") for path in sorted(self.dir.glob(f"*.{job}*.out")))

    def ranks(self):
        """The pids of all ranks that work for this test's output."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
            except OSError:
                continue
            if os.fsencode(self.out) in words and words[0] == os.fsencode(common.PROGRAM):
                found.append(int(path.parent.name))
        return found

    def check(self, job, facts, state="FAILED", code=common.DAMAGED, restarts=0):
        log = self.log(job)
        self.assertEqual((facts["JobState"], facts["ExitCode"]), (state, f"{code}:0"), log)
        self.assertEqual(facts["Restarts"], str(restarts), log)
        self.assertIn("torn-gzip", log)
        self.check_output()

    def check_output(self):
        self.assert_same(common.snapshot(self.out), self.wanted)

    def scanned(self):
        return [int(n) for n in re.findall(r"scanned (\d+) captures", common.read_log(self.out))]

    def test_srun(self):
        job = self.submit("outbreak.sbatch", "-N", "2", "--ntasks-per-node=2")
        self.check(job, self.wait(job))
        self.assertIn("4 ranks", common.read_log(self.out))
        log = self.log(job)
        self.assertRegex(log, r"scanning: .* captures, longest at work: rank \d+ on ", "progress lines")
        self.assertNotIn("\r", log)

    def test_mpirun(self):
        job = self.submit("outbreak.sbatch", "-N", "2", "--ntasks-per-node=2", LAUNCHER="mpirun",
                          OMPI_MCA_rmaps_base_oversubscribe="1")
        self.check(job, self.wait(job))
        self.assertIn("4 ranks", common.read_log(self.out))

    def test_array(self):
        """Damage lets the chain go on, and is told of once more at its end."""
        scan = self.submit("scan.sbatch", "--array=1-5", PATIENTZERO_ARGS=f"--decode {self.slow} --progress 1")
        reduce = self.submit("reduce.sbatch", "-N", "2", "--ntasks-per-node=2", f"--dependency=afterok:{scan}")
        self.check(reduce, self.wait(reduce))
        self.assertEqual(self.wait(scan)["JobState"], "COMPLETED")
        self.assertEqual(sum(self.scanned()), len(self.captures) + 1, "nothing was scanned twice")
        self.assertEqual((len(self.scanned()), self.scanned()[-1]), (6, 0))

    def test_time_limit(self):
        """Before the limit the work is put down, the job requeues itself, and goes on; when all is done it doesn't."""
        facts = self.wait(self.long.job)
        log = "".join(path.read_text() for path in self.long.dir.glob("outbreak.*.out"))
        self.assertEqual((facts["JobState"], facts["ExitCode"]), ("FAILED", "3:0"), log)
        self.assertGreaterEqual(int(facts["Restarts"]), 1, log)
        self.assertIn("stopped on request", log)
        scanned = [int(n) for n in re.findall(r"scanned (\d+) captures", common.read_log(self.long.out))]
        self.assertEqual(sum(scanned), len(self.captures) + 1, "what was scanned wasn't scanned again")
        # Its filter has another name, and so its tallies and its summary are others, as is what names the summary; what is
        # made of the tallies is the same.
        for folder in ("tables", "restricted/sources"):
            self.assert_same(*(common.snapshot(out / folder, skip=("reproduction.json",))
                               for out in (self.long.out, self.shared / "plain")))

    def test_rank_killed(self):
        """The job fails, and the same submission goes on."""
        job = self.submit("outbreak.sbatch", "-N", "2", "--ntasks-per-node=2")
        self.wait_stored()
        os.kill(sorted(self.ranks())[2], signal.SIGKILL)
        facts = self.wait(job)
        self.assertEqual(facts["JobState"], "FAILED")
        self.assertFalse((self.out / "summary.json").exists())
        job = self.submit("outbreak.sbatch", "-N", "2", "--ntasks-per-node=2")
        self.check(job, self.wait(job))
        self.assertLess(self.scanned()[-1], len(self.captures))

    def test_scancel(self):
        job = self.submit("outbreak.sbatch", "-N", "2", "--ntasks-per-node=2")
        self.wait_stored()
        self.cluster.run("scancel", job)
        self.assertEqual(self.wait(job)["JobState"], "CANCELLED")
        job = self.submit("outbreak.sbatch", "-N", "3", "--ntasks-per-node=1")
        self.check(job, self.wait(job))
        self.assertLess(self.scanned()[-1], len(self.captures))

    def test_node_killed(self):
        """Slurm hears that the node was away, and requeues the job."""
        job = self.submit("outbreak.sbatch", "-N", "2", "--ntasks-per-node=2")
        self.wait_stored()
        node = self.other_node(job)
        self.cluster.kill_node(node)
        self.cluster.start_node(node)
        self.check(job, self.wait(job), restarts=1)
        self.assertLess(self.scanned()[-1], len(self.captures))

    def test_watchdog(self):
        """Slurm may hear of it too late: the ranks that are left end the job themselves, and it goes on on other nodes."""
        job = self.submit("outbreak.sbatch", "-N", "2", "--ntasks-per-node=2",
                          PATIENTZERO_ARGS=f"--no-report --decode {self.slow} --progress 1 --watchdog 3")
        self.wait_stored()
        node, before = self.other_node(job), set(self.ranks())
        self.cluster.kill_node(node)
        try:
            common.wait_until(lambda: "(--watchdog) ends the job" in self.log(job), "the watchdog")
            self.cluster.down(node)
            # Files of Open MPI's have the same names in the next attempt, and a rank that ends removes them.
            common.wait_until(lambda: not before & set(self.ranks()), "the ranks that were left to end")
            self.check(job, self.wait(job), restarts=1)
        finally:
            self.cluster.start_node(node)

    def test_unplugged(self):
        """Ranks on a node that is cut off live on beside the next attempt at the same work, and then come back."""
        job = self.submit("outbreak.sbatch", "-N", "2", "--ntasks-per-node=2")
        self.wait_stored()
        node = self.other_node(job)
        before = set(self.ranks())
        self.cluster.unplug(node)
        try:
            self.cluster.down(node)
            self.wait(job, PENDING)
            self.wait(job, RUNNING)
            self.wait_stored(6)
            alive = before & set(self.ranks())
            self.assertTrue(alive, "the old ranks were gone before the new ones came")
        finally:
            self.cluster.plug(node)
        facts = self.wait(job)
        if facts["ExitCode"] == "137:0":
            # Slurm numbers the steps of a requeued job from 0 again, and so it may take the end of the old ranks for that of
            # the new ones, and kill them. Then it takes another submission; what matters is that nothing is spoilt.
            job = self.submit("outbreak.sbatch", "-N", "2", "--ntasks-per-node=2")
            self.check(job, self.wait(job))
        else:
            self.check(job, facts, restarts=1)

    def test_launcher_without_mpi(self):
        """Ranks that would all believe to be alone, and do the same work each, end before they do anything."""
        done = self.cluster.run("srun", "-N", "2", "-n", "2", "--mpi=none", common.PROGRAM, "run", self.archive,
                                "--out", self.out, check=False)
        self.assertNotEqual(done.returncode, 0, done)
        self.assertFalse(self.out.exists())


if __name__ == "__main__":
    reason = slurm.why_not()
    if reason or not common.MPI:
        common.skip(f"no Slurm cluster: {reason or 'the program was built without MPI'}. THE JOB SCRIPTS ARE NOT TESTED.")
    common.main()
