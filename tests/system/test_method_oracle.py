#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The oracle of our own telescope (bench/method_twin.py): its chances add up, and it names the true first of a small archive."""

import csv
import math
import os
import sys

import common

sys.path[:0] = [str(common.REPO / folder) for folder in ("bench", "tests/telescope")]
import captures    # noqa: E402
import method_twin    # noqa: E402


class Chances(common.Case):
    def test_syns(self):
        """Of all that is heard of an attempt, with the times of second SYNs, the chances add up to one."""
        span = {"worm": method_twin.SECOND, "others": method_twin.OTHERS_SECOND}
        kind = method_twin.Kind(1, 40, 1.5, 2, "uniform")
        for who, log in (("worm", method_twin.log_syns_worm), ("others", lambda *of: method_twin.log_syns_others(kind, *of))):
            middle, width = sum(span[who]) / 2, span[who][1] - span[who][0]
            self.assertAlmostEqual(math.exp(log({"1": 1}, [])) + width * math.exp(log({"12": 1}, [middle])), 1, msg=who)

    def test_second_syns(self):
        """Of others they come later than of the worm, but for five thousandths of a second."""
        kind = method_twin.KINDS[3]
        self.assertEqual(method_twin.log_syns_others(kind, {"12": 1}, [2.9]), -math.inf)
        self.assertGreater(method_twin.log_syns_others(kind, {"12": 1}, [3.002]), -math.inf)
        self.assertEqual([method_twin.pattern([0, gap]) for gap in (2.9, 3.002, 3.05)], ["12", "12", None])

    def test_targets(self):
        """One, two or three targets, again and again: two scans go to the same one in 1/3 (1 + 1/2 + 1/3) of cases."""
        same, apart = (math.exp(method_twin.log_targets("few", targets)) for targets in ([7, 7], [7, 8]))
        self.assertAlmostEqual(same * 2**24, 11 / 18)
        self.assertAlmostEqual(apart * 2**48, 7 / 18)


class Answers(common.Case):
    def test_an_outbreak(self):
        made = self.dir / "made"
        done = common.call("synth", "--out", made, "--from", "2008-11-21", "--until", "2008-11-21T06", "--scale", "0.005", "--background",
                           "0.001", "--noise", "20", "--seed", "5", "--level", "0", "--quiet")
        if done.code:
            self.skipTest("synth isn't built in")
        folder = self.dir / "folder"
        (folder / "captures").mkdir(parents=True)
        os.symlink(made / "truth", folder / "truth")
        for path in made.glob("*.pcap.gz"):
            os.symlink(path, folder / "captures" / path.name)
        candidates, p_worm, p_first, _, begins = method_twin.judge(folder)
        with open(made / "truth" / "patient_zero.csv", newline="", encoding="ascii") as file:
            zero, = csv.DictReader(file)
        best = max(range(len(candidates)), key=lambda i: p_first[i])
        self.assertEqual(captures.dotted(candidates[best].facts.source), zero["source"])
        with open(made / "truth" / "sources.csv", newline="", encoding="ascii") as file:
            worms = {row["source"] for row in csv.DictReader(file) if "worm" in row["class"] + row["mixed_of"]}
        sure = {captures.dotted(c.facts.source) for c, p in zip(candidates, p_worm) if p > 0.9}
        self.assertGreater(len(sure & worms), 0.8 * len(worms))
        self.assertLess(len(sure - worms), 2)
        self.assertAlmostEqual(sum(p for *_, p in begins), 1, places=3)


if __name__ == "__main__":
    common.main()
