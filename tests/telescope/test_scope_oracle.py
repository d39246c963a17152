# SPDX-License-Identifier: BSD-2-Clause
"""The oracle: its pieces against arithmetic, and its answers for a small outbreak and for a day without one."""

import csv
import math
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import captures
import scope_oracle as oracle

TELESCOPE = os.environ["TELESCOPE"]


def integral(function, low, high, steps=20000):
    step = (high - low) / steps
    return sum(function(low + (i + 0.5) * step) for i in range(steps)) * step


class Pieces(unittest.TestCase):
    def test_patterns(self):
        self.assertEqual(oracle.pattern([5.0]), "1")
        self.assertEqual(oracle.pattern([5.0, 7.9]), "12")
        self.assertEqual(oracle.pattern([5.0, 11.0]), "23")
        self.assertEqual(oracle.pattern([5.0, 13.9]), "13")
        self.assertEqual(oracle.pattern([5.0, 7.9, 13.9]), "123")
        self.assertIsNone(oracle.pattern([5.0, 5.0]))

    def test_what_is_heard_sums_to_one(self):
        for syns in 1, 2, 3:
            for loss in oracle.LOSSES:
                total = sum(oracle.heard(syns, name, loss) for name in ("1", "12", "23", "13", "123"))
                self.assertAlmostEqual(total, 1)

    def test_targets(self):
        nats = math.log(2)
        self.assertAlmostEqual(oracle.log_targets("sequential", [7, 8, 9]), -24 * nats)
        self.assertEqual(oracle.log_targets("sequential", [7, 9000]), -math.inf)
        self.assertAlmostEqual(oracle.log_targets("slash16", [0x123456, 0x12FFFF]), -40 * nats)
        self.assertAlmostEqual(oracle.log_targets("half_random", [0x123456, 0x12FFFF]), -41 * nats)
        self.assertAlmostEqual(oracle.log_targets("misconfigured", [1] * 9), -24 * nats)
        self.assertAlmostEqual(oracle.log_targets_worm([0x11FF22, 0]), -44 * nats)
        self.assertEqual(oracle.log_targets_worm([0x11FF22, 0x80]), -math.inf)
        # Three octets of 0, each below a bound of 20 to 127.
        mean = sum(1 / b for b in range(20, 128)) / 108
        self.assertAlmostEqual(oracle.log_targets("low_all", [0]), 3 * math.log(mean))

    def test_ways_to_a_slash16(self):
        """Of one attempt, all targets of a class together have the share that comes to the /16; and what a class can't reach has no
        chance."""
        nats, lens = math.log(2), 77
        for name in ("uniform", "bot", "slash16", "sequential", "misconfigured", "spoofed", "half_random"):
            chances = sum(chance * part * math.exp(density) for chance, part, density in oracle.ways(name, [0x4D1234], lens))
            self.assertAlmostEqual(chances * 2**16 * 256, 1, msg=name)    # evenly, one in 256
        for name, part in ("low_all", sum(1 / b for b in range(78, 128)) / 108), ("low_last", 1 / 256):
            chances = 0
            for third in range(256):
                for fourth in range(128):
                    for chance, of, density in oracle.ways(name, [lens << 16 | third << 8 | fourth], lens) if third % 16 == 0 else ():
                        chances += chance * of * math.exp(density) * (16 if name == "low_last" else 0)
                    if name == "low_all" and fourth < 127 and third < 127:
                        (chance, of, density), = oracle.ways(name, [lens << 16 | third << 8 | fourth], lens)
                        chances += chance * of * math.exp(density)
            self.assertAlmostEqual(chances / part, 1, delta=0.03, msg=name)
        self.assertEqual(oracle.ways("low_all", [200 << 16], 200), [])
        self.assertEqual(oracle.ways("slash16", [0x4D1234, 0x4D1235], lens), [(1 / 256, 1, -32 * nats)])
        self.assertEqual(oracle.ways("uniform", [0x1234], None), [(1, 1, -24 * nats)])
        self.assertAlmostEqual(oracle.log_targets_worm([0x4D1204] * 3, lens), -45 * nats)
        self.assertEqual(oracle.log_targets_worm([0x4D1284], lens), -math.inf)

    def test_slack(self):
        for a, s, before, after in (0.3, 5, 2, 9), (0.3, 5, 9, 2), (0.1, 20, 4, 3), (0.2, 3, 10, 10), (0.5, 8, 3, 20):
            wanted = integral(lambda x: math.exp(-a * (min(x, before) + min(s - x, after))), 0, s)
            self.assertAlmostEqual(oracle.slack(a, s, before, after), wanted, places=4)

    def test_clocks(self):
        midnight = 1227225600
        clock = oracle.Clock(14)
        self.assertEqual(clock.between(midnight, midnight + 86400), 43200)
        self.assertEqual(clock.between(midnight + 7 * 3600, midnight + 9 * 3600), 3600)
        self.assertTrue(clock.fits([midnight + 9 * 3600, midnight + 19 * 3600]))
        self.assertFalse(clock.fits([midnight + 7 * 3600]))
        self.assertAlmostEqual(sum(p for _, p in oracle.clocks(0.5)), 1)


class Answers(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.top)

    def ask(self, *options):
        folder = self.top + "/made"
        subprocess.run([TELESCOPE, "--out", folder, "--scale", "0.1", "--hours", "0-4", *options], check=True)
        command = [sys.executable, "-B", oracle.__file__, folder, "--table", self.top + "/table.csv"]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        answers = {line.split(",")[0]: line.split(",")[1:] for line in run.stdout.splitlines()}
        return answers, {row["what"]: row for row in captures.truth(folder, "outbreak")}

    def test_an_outbreak(self):
        answers, first = self.ask("--seed", "3")
        source, time, chance = answers["first_heard"]
        self.assertEqual((source, time), (first["first_heard"]["address"], first["first_heard"]["time"]))
        self.assertGreater(float(chance), 0.99)
        self.assertLess(float(answers["none"][2]), 0.01)
        low, high = map(int, answers["begin"][1].split("-"))
        self.assertTrue(low < high <= float(time) + 1)

    def test_a_slash16(self):
        """Little is heard there, and little is claimed. bench/method shows that chances mean what they say on whole days."""
        answers, _ = self.ask("--seed", "3", "--lens", "16")
        worms = [row for row in captures.truth(self.top + "/made", "sources") if row["first_worm"]]
        with open(self.top + "/table.csv", newline="", encoding="ascii") as file:
            chances = [float(row["p_worm"]) for row in csv.DictReader(file)]
        self.assertGreater(len(chances), 20)
        self.assertLess(sum(chances), len(worms) + 5)
        self.assertGreater(float(answers["none"][2]), 0.01)

    def test_no_outbreak(self):
        answers, _ = self.ask("--seed", "3", "--no-worm")
        self.assertGreater(float(answers["none"][2]), 0.99)


if __name__ == "__main__":
    unittest.main()
