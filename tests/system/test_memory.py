#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A scan takes no more memory than survey says, on hours of the four kinds that are measured: small ones, the densest as dense
as the large one. survey estimates by the formula of src/tally/memory.h."""

import json
import os
import re
import subprocess
import unittest

import common

MAKE_HOURS = os.environ.get("MAKE_HOURS")
PACKET = 16 + 14 + 48


@unittest.skipUnless(MAKE_HOURS and os.environ.get("PZ_SANITIZE") != "ON", "make_hours is not built, or sanitizers take memory too")
class Memory(common.Case):
    def hour(self, name, kind, packets, sources, of=None):
        """The first `packets` of an hour of `of`, with so many sources."""
        path = self.dir / f"{name}.pcap.gz"
        part = f"| head -c {24 + packets * PACKET}" if of else ""
        # Not through this process: what it holds is counted as what programs take that it starts.
        subprocess.run(["sh", "-c", f"{MAKE_HOURS} {kind} {of or packets} {sources} {part} | gzip -1 > {path}"], check=True)
        return path

    def taken(self, *arguments):
        """Bytes of memory at most."""
        process = subprocess.Popen([common.PROGRAM, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, common.DONE)
        return usage.ru_maxrss * 1024

    def promised(self, path, *options):
        done = common.call("survey", path, *options)
        self.assertEqual(done.code, common.DONE, done)
        return float(re.search(r"memory +([0-9.]+) GB a rank at most for scanning", done.out)[1]) * 1e9

    def test_hours(self):
        for name, hour in (("mix", ("mix", 200000, 20000)), ("peak", ("peak", 200000, 20000)),
                           ("dense", ("dense", 500000, 100000, 8000000)), ("modern", ("modern", 200000, 100000))):
            with self.subTest(name):
                path = self.hour(name, *hour)
                promised, taken = self.promised(path), self.taken("scan", path, "--store", self.dir / f"store-{name}")
                self.assertLess(taken, promised)
                self.assertLess(promised, 4 * taken)

    def test_ports(self):
        """Each further port takes what the formula says, and what it counts; the line for sbatch names all."""
        path, ports = self.hour("ports", "mix", 200000, 20000), "445,135,139,22"
        one, all_of_them = self.promised(path), self.promised(path, "--port", ports)
        self.assertGreater(all_of_them - one, 3 * (24 << 20))
        taken = self.taken("scan", path, "--store", self.dir / "store", "--port", ports)
        self.assertLess(taken, all_of_them)
        self.assertLess(all_of_them, 4 * taken)
        done = common.call("survey", path, "--port", ports, "--json")
        told = json.loads(done.out)
        self.assertAlmostEqual(told["scan_bytes_per_rank"], all_of_them, delta=1e7)
        self.assertIn(f'PATIENTZERO_ARGS="--port {ports}" sbatch', told["sbatch"])
        self.assertNotIn("PATIENTZERO_ARGS", common.call("survey", path).out)
        self.refuse("survey", path, "--port", "445,445", names=["--port"])


if __name__ == "__main__":
    common.main()
