#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""docs/cluster.md, word for word: what stands there in blocks marked sh is run on a Slurm cluster, by somebody who has just
installed the program."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import common

sys.path.insert(0, str(common.REPO / "tests" / "slurm"))
import cluster as slurm    # noqa: E402

for name in ("OMPI_MCA_pml", "OMPI_MCA_btl"):
    os.environ.pop(name, None)


class Docs(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="pz-slurm-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.shared.chmod(0o755)
        cls.prefix = cls.shared / "prefix"
        # What install() puts there, without a build folder.
        for name in ("bin", "share/patientzero/slurm"):
            (cls.prefix / name).mkdir(parents=True)
        shutil.copy(common.PROGRAM, cls.prefix / "bin" / "patientzero")
        for path in (common.REPO / "slurm").glob("*.sbatch"):
            shutil.copy(path, cls.prefix / "share/patientzero/slurm")
        common.day(cls.shared / "archive", "--packets-per-hour", 2500, "--hours", 6, "--seed", 5)
        cls.cluster = slurm.Cluster(cls.shared / "cluster")
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.start(2, 2)

    def setUp(self):
        super().setUp()
        self.work = self.dir
        (self.work / "archive").symlink_to(self.shared / "archive")

    def settle(self):
        common.wait_until(lambda: not self.cluster.run("squeue", "-h").stdout, "the end of all jobs")

    def run_block(self, text):
        done = self.cluster.run("bash", "-euc", f"cd {self.work}\n{text}", check=False, env={
            "PREFIX": str(self.prefix), "PATH": f"{self.prefix}/bin:{os.environ['PATH']}:/usr/sbin"})
        self.assertEqual(done.returncode, 0, f"{text}\n{done.stdout}{done.stderr}")
        self.settle()
        return done.stdout

    def logs(self):
        return "".join(f"== {path.name}\n{path.read_text()}" for path in sorted(self.work.glob("*.out")))

    def test_cluster(self):
        text = (common.REPO / "docs" / "cluster.md").read_text()
        blocks = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)
        self.assertGreater(len(blocks), 6)
        said = [self.run_block(block) for block in blocks]
        self.assertIn("sbatch -N 1", said[0], "the survey's last line")
        self.assertIn("exit 0", said[2])
        self.assertIn("2008-11-21", said[2])
        for out in ("results", "other", "day"):
            self.assertTrue((self.work / out / "tables" / "hourly.csv").exists(), self.logs())
        self.assert_same(common.snapshot(self.work / "results"), common.snapshot(self.work / "other"))
        self.assertNotIn("Error", self.logs())

    def test_errors(self):
        """What the page quotes is what a user sees; an MPI that srun does not start takes two lines."""
        self.run_block("cp $PREFIX/share/patientzero/slurm/*.sbatch .")
        text = (common.REPO / "docs" / "cluster.md").read_text()
        mistakes = (
            ("--ntasks-per-node=4 --export=ALL,ARCHIVE=archive outbreak.sbatch", "CPU count per node can not be satisfied"),
            ("--mem-per-cpu=100G --export=ALL,ARCHIVE=archive outbreak.sbatch", "Memory specification can not be satisfied"),
            ("-p nowhere --export=ALL,ARCHIVE=archive outbreak.sbatch", "invalid partition specified: nowhere"),
            ("outbreak.sbatch", "ARCHIVE: is what to read: a folder, a capture or @LIST"),
            ("-w n1 --export=ARCHIVE=archive,PATH=/usr/bin:/bin outbreak.sbatch", "there is no program patientzero on n1"),
            ("--export=ALL,ARCHIVE=missing outbreak.sbatch", "could not read missing: No such file or directory"),
            ("--export=ALL,ARCHIVE=archive,LAUNCHER='srun --mpi=pmi2' outbreak.sbatch",
             "srun --mpi=pmi2 does not start the program's MPI: it speaks another PMI"),
            ("--array=3 --export=ALL,ARCHIVE=archive scan.sbatch", "how many shares are there? --array names 1 tasks, 3 to 3"),
        )
        for options, message in mistakes:
            with self.subTest(options):
                self.assertIn(message, text)
                said = self.run_block(f"sbatch -o said.%j.out {options} 2>&1 || true")
                said += "".join(path.read_text() for path in self.work.glob("said.*.out"))
                self.assertIn(message, said)
                self.assertLess(len(said.splitlines()), 8, said)
                self.assertFalse((self.work / "results" / "tables").exists(), said)
            for path in self.work.glob("said.*.out"):
                path.unlink()
        said = self.run_block("srun -n 2 --mpi=pmi2 patientzero run archive --out results 2>&1 || true")
        for message in re.findall("`The application appears to have\nbeen direct launched using \"srun\"`", text):
            self.assertIn(message.strip("`").replace("\n", " "), said)

    def test_all_in_store(self):
        """The log of a job that has nothing to read says as much as any."""
        self.run_block("cp $PREFIX/share/patientzero/slurm/*.sbatch .")
        for _ in range(2):
            for path in self.work.glob("outbreak.*.out"):
                path.unlink()
            self.run_block("sbatch --export=ALL,ARCHIVE=archive outbreak.sbatch")
        lines = self.logs().splitlines()[1:]
        self.assertRegex(lines[0], r"job \d+: patientzero \S+ \(commit \S+\), restart 0 of 20, 2 ranks on n\d$")
        self.assertRegex(lines[-1], rf"exit 0 after \d+ min \d+ s: tables in {self.work}/results/tables")

    def test_survey_line(self):
        """The line that the survey prints is one that can be typed."""
        self.run_block("cp $PREFIX/share/patientzero/slurm/*.sbatch .")
        line = self.run_block("patientzero survey archive --cores 2 | tail -n 1")
        self.assertTrue(line.startswith("sbatch "), line)
        self.run_block(line)
        self.assertTrue((self.work / "results" / "tables" / "hourly.csv").exists(), self.logs())

    def test_synth_and_packets(self):
        self.run_block("cp $PREFIX/share/patientzero/slurm/*.sbatch .\n"
                       "export UNTIL=2008-11-20T03 SCALE=0.001; sbatch --export=ALL,OUT=made --ntasks-per-node=2 synth.sbatch")
        self.assertTrue(list((self.work / "made").rglob("*.pcap.gz")), self.logs())
        self.run_block("sbatch --ntasks-per-node=2 --export=ALL,ARCHIVE=archive outbreak.sbatch")
        rows = common.read_csv(self.work / "results" / "restricted" / "earliest.csv")
        source = rows[1][rows[0].index("source")]
        self.run_block(f"sbatch --ntasks-per-node=2 --export=ALL,ARCHIVE=archive,SOURCE={source} packets.sbatch")
        log = next(self.work.glob("packets.*.out")).read_text()
        self.assertRegex(log, r"(?m)^ 0 +1227\d+\.\d+ 0\.0\.0\.0 ")
        self.assertNotIn(source, log)


if __name__ == "__main__":
    reason = slurm.why_not()
    if reason or not common.MPI:
        common.skip(f"no Slurm cluster: {reason or 'the program was built without MPI'}. docs/cluster.md IS NOT TRIED.")
    common.main()
