#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Who was first, of made-up archives whose truth is known: with quiet days before, gaps and later months the same source as
of the day alone; and nobody where there is no worm."""

import csv
import math
import re
import struct
from datetime import datetime, timezone

import common
import test_destinations

SEED, SCALE = "77", "0.008"


def second(text):
    form = "%Y-%m-%dT%H:%M:%S.%fZ" if "." in text else "%Y-%m-%dT%H:%M:%SZ"
    return datetime.strptime(text, form).replace(tzinfo=timezone.utc).timestamp()


def read(path):
    with open(path, newline="", encoding="ascii") as file:
        return list(csv.DictReader(file))


class First(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.skipped = common.call("synth", "--help").code

    def setUp(self):
        super().setUp()
        if self.skipped:
            self.skipTest("synth isn't built in")
        self.store = self.dir / "store"

    def make(self, name, since, until, *options):
        folder = self.dir / name
        done = common.call("synth", "--out", folder, "--from", since, "--until", until, "--scale", SCALE, "--background",
                           "0.001", "--seed", SEED, "--quiet", *options)
        self.assertEqual(done.code, common.DONE, done)
        return folder

    def analyse(self, name, *folders):
        out, _ = self.run_ok(*folders, "--store", self.store, out=name)
        chances = {row["first"]: float(row["probability"]) for row in read(out / "tables" / "first.csv")}
        self.assertAlmostEqual(sum(chances.values()), 1, delta=3e-6)
        rows = read(out / "restricted" / "candidates.csv")
        self.assertAlmostEqual(sum(float(row["probability_first"]) for row in rows), chances["listed"], delta=0.06)
        return out, rows, chances

    def test_other_days_change_nothing(self):
        day = self.make("day", "2008-11-21", "2008-11-21T11")
        others = [self.make(f"other{i}", *span) for i, span in enumerate((
            ("2008-11-12", "2008-11-12T04"), ("2008-11-20T18", "2008-11-21"), ("2008-12-21", "2008-12-21T02")))]
        zero = read(day / "truth" / "patient_zero.csv")[0]
        alone = self.analyse("alone", day)
        # Quiet hours until the day begins; with some long before, and of a later month.
        for name, folders in (("until", others[1:2]), ("all", others)):
            out, rows, chances = self.analyse(name, day, *folders)
            first = [row["source"] for row in rows if float(row["probability_first"]) > 0.05]
            self.assertEqual(first, [row["source"] for row in alone[1] if float(row["probability_first"]) > 0.05])
            self.assertEqual(first[0], zero["source"])
            self.assertGreater(float(rows[0]["probability_first"]), 0.9)
            self.assertLess(chances["none"], 0.1)
            done = common.call("outbreak", "--out", out, "--numbers")
            self.assertEqual(done.code, common.DONE, done)
            numbers = dict(line.split(" ", 1) for line in done.out.splitlines())
            seen = second(zero["first_scan"])
            self.assertLessEqual(abs(second(numbers["latest"]) - seen), 2)
            self.assertLess(second(numbers["earliest"]), seen - 5)    # 34 scans a second: one in 7 s comes here
            self.assertGreater(second(numbers["earliest"]), seen - 40)

    def test_growth_in_a_gap(self):
        """Nothing is recorded for hours while the worm spreads: who came before is still first; and where the first came in
        the gap, none of those seen is."""
        for name, gap, listed in (("two", ("2008-11-21T05:10", "2008-11-21T07:20"), True),
                                  ("early", ("2008-11-21T04:23", "2008-11-21T05:53"), True),
                                  ("five", ("2008-11-21T05", "2008-11-21T10"), True),
                                  ("over", ("2008-11-21T01", "2008-11-21T09:30"), False)):
            with self.subTest(name):
                day = self.make(name, "2008-11-20T20", "2008-11-21T13", "--outage", "/".join(gap))
                out, rows, chances = self.analyse("gap-" + name, day)
                zero = read(self.dir / "two" / "truth" / "patient_zero.csv")[0]
                if listed:
                    self.assertEqual(rows[0]["source"], zero["source"])
                    self.assertGreater(float(rows[0]["probability_first"]), 0.9)
                    done = common.call("outbreak", "--out", out, "--numbers")
                    self.assertEqual(done.code, common.DONE, done)
                    numbers = dict(line.split(" ", 1) for line in done.out.splitlines())
                    self.assertLess(second(numbers["earliest"]), second(zero["first_scan"]))
                    self.assertGreaterEqual(second(numbers["latest"]), second(zero["first_scan"]) - 120)
                else:
                    self.assertGreater(chances["none"], 0.9)
                    self.refuse("outbreak", "--out", out)

    def test_released_in_a_gap(self):
        """The first host began in a gap, and is heard when it ends: the release was in the gap or just before it."""
        day = self.make("released", "2008-11-20T20", "2008-11-21T11", "--outage", "2008-11-21T01:23/2008-11-21T02:20")
        out, _, _ = self.analyse("release", day)
        done = common.call("outbreak", "--out", out, "--numbers")
        self.assertEqual(done.code, common.DONE, done)
        numbers = dict(line.split(" ", 1) for line in done.out.splitlines())
        infected = second(read(day / "truth" / "patient_zero.csv")[0]["infected_at"])
        self.assertLess(second(numbers["earliest"]), infected)
        self.assertGreater(second(numbers["latest"]), infected)
        self.assertIn("Nothing was recorded from", common.call("outbreak", "--out", out).out)

    def test_small_lens(self):
        """On a /16 the outbreak is seen, and so is that nobody can tell who was first: most hosts are heard once or twice."""
        day = self.make("small", "2008-11-20T20", "2008-11-21T10", "--lens", "0.37.0.0/16@2008-11-20", "--scale", "0.3")
        out, rows, chances = self.analyse("few-targets", day)
        self.assertTrue(read(out / "tables" / "outbreak.csv"))
        self.assertLess(float(rows[0]["probability_first"]), 0.5)
        self.assertGreater(chances["others"], 0.1)
        self.refuse("outbreak", "--out", out, names=("can't be known",))

    def test_known_long_before(self):
        """A source that scanned anything a day before is no first, though it looks like the worm since before it broke out; and what
        it looks like says nothing of when the worm came."""
        day, maker = 24 * 3600, test_destinations.Maker()
        maker.packets = []
        for i in range(30 * 360):
            maker.packets.append(test_destinations.packet(test_destinations.T0 - day + 10 * i, 0x09000000 | i,
                                                          maker.random.getrandbits(24), 80, 0, 40, 50, flags=0x12, to=2000))
        maker.source("known", maker.anywhere(200), seconds=5 * 3600, hour=-24)
        maker.source("first", maker.worm(60), seconds=4 * 3600, hour=1.5)
        for i in range(300):
            hour = 3 + math.log(1 + i) / 2
            maker.source("later", maker.worm(40), seconds=int((5.95 - hour) * 3600), hour=hour)
        names = list(maker.kinds)
        again = len(maker.kinds)    # the known one's address again, which has the first number
        maker.source("known", maker.worm(100), seconds=int(5.5 * 3600), hour=0.2)
        renamed = []
        for t, record in maker.packets:
            renamed.append((t, record.replace(struct.pack(">I", 0x05000000 + again), struct.pack(">I", 0x05000000))))
        maker.packets = renamed
        (self.dir / "archive").mkdir()
        maker.write(self.dir / "archive" / "all.pcap.gz")
        _, rows, chances = self.analyse("known", self.dir / "archive")
        self.assertEqual(rows[0]["source"], names[1])
        self.assertGreater(float(rows[0]["probability_first"]), 0.9)
        self.assertLess(chances["others"], 0.05)

    def test_nobody(self):
        quiet = self.make("quiet", "2008-11-12", "2008-11-12T12", "--noise", "20")
        out, rows, chances = self.analyse("nobody", quiet)
        self.assertGreater(chances["none"], 0.9)
        self.assertLess(sum(float(row["probability_first"]) for row in rows), 0.1)
        self.refuse("outbreak", "--out", out, names=("no outbreak is found",))

    def test_too_small(self):
        """Two days with some thirty hosts of the worm on the second: that there are some is known, and no more is stated. Which
        was the first isn't none of them."""
        archive = self.make("small", "2008-11-20", "2008-11-22", "--scale", "0.0001")
        out, rows, chances = self.analyse("few", archive)
        self.assertGreater(chances["unknown"], 0.9)
        self.assertLess(chances["none"], 0.1)
        self.assertLess(sum(float(row["probability_first"]) for row in rows), 0.1)
        done = self.refuse("outbreak", "--out", out, names=("no outbreak is found", "strong evidence"))
        told = second(re.search(r"first at (\S+),", done.err)[1])
        self.assertLessEqual(told, second(read(archive / "truth" / "patient_zero.csv")[0]["first_scan"]))

    def test_quickstart(self):
        """The archive of scripts/quickstart, at less than its scale: either a release that holds, or that it can't be known."""
        for seed in ("1",):
            archive = self.make(f"quickstart{seed}", "2008-11-20", "2008-11-22", "--scale", "0.003", "--seed", seed, "--outage",
                                "2008-11-21T20/2008-11-21T21:06")
            out, _, _ = self.analyse(f"seed{seed}", archive)
            done = common.call("outbreak", "--out", out, "--numbers")
            if done.code == common.USAGE:
                self.assertRegex(done.err, "can't be known|no outbreak is found")
                continue
            self.assertEqual(done.code, common.DONE, done)
            numbers = dict(line.split(" ", 1) for line in done.out.splitlines())
            zero = read(archive / "truth" / "patient_zero.csv")[0]
            self.assertLessEqual(second(numbers["earliest"]), second(zero["infected_at"]) + 1)
            self.assertGreaterEqual(second(numbers["latest"]), second(zero["infected_at"]) - 1)

    def test_began_before(self):
        """Recording begins when the worm is well under way: its first isn't in these data."""
        late = self.make("late", "2008-11-21T12", "2008-11-21T18")
        out, _, chances = self.analyse("began", late)
        self.assertGreater(chances["none"], 0.9)
        self.refuse("outbreak", "--out", out)


if __name__ == "__main__":
    common.main()
