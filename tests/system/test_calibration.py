#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A run learns its model from the archive's own quiet days before the outbreak that it finds, says what it learned, and learns
the same on any number of ranks and for any hours of tables. What every source is, is known: they are made here."""

import csv
import hashlib
import json
import shlex
import statistics
from collections import defaultdict

import common
from test_destinations import Maker, SURE, T0, packet

QUIET, LATE = 18, 2       # hours, before midnight and from then on
ELSEWHERE, REACHED = 60, 6    # other sources of each hour: that scan anywhere, and what the worm can reach only
WINDOW = ("--window", "6")
TABLES = ("tables", "restricted/candidates.csv", "summary.json")


class Archive(Maker):
    """Quiet hours and two of an outbreak, an hour a file."""
    def __init__(self, hours=range(-QUIET, LATE), sweepers=0, early=0):
        super().__init__()
        self.packets = hours and [packet(T0 + t + 0.5, 0x09000000 | t & 0xffff, self.random.getrandbits(24), 80, 0, 40, 50, flags=0x12,
                               to=2000) for t in range(3600 * min(hours), 3600 * (max(hours) + 1), 10)] or []
        for hour in hours:
            for _ in range(ELSEWHERE):
                self.source("elsewhere", self.anywhere(12), deviant=1, hour=hour)
            for _ in range(REACHED):
                self.source("reached", self.anywhere(2, (0, 128), (0, 128)), deviant=1, hour=hour)
            for _ in range(sweepers):
                bounds = (0, self.random.randrange(40, 128))
                self.source("sweeper" if hour < 0 else "late sweeper", self.anywhere(12, bounds, bounds), hour=hour)
            for _ in range(30 + 50 * hour if hour >= 0 else 0):
                self.source("worm", self.worm(20), hour=hour)
        for i in range(early):
            self.source("early", self.worm(9), hour=-QUIET + 3 * i)

    def write_hours(self, folder):
        folder.mkdir()
        hours = defaultdict(list)
        for one in sorted(self.packets, key=lambda one: one[0]):
            hours[int(one[0] // 3600)].append(one)
        whole, self.packets = self.packets, []
        for hour, self.packets in hours.items():
            self.write(folder / f"hour.{hour}.pcap.gz")
        self.packets = whole
        return folder


class Calibration(common.Case):
    def analyse(self, name, *arguments, command="run", code=common.DONE, **options):
        out = self.dir / name
        done = common.call(command, *arguments, "--out", out, "--store", self.dir / "store", "--no-report", *WINDOW, "--quiet",
                           **options)
        self.assertEqual(done.code, code, done)
        return out, common.read_summary(out)["model"]

    def kept(self, out, names=TABLES):
        return {name: data for name, data in common.snapshot(out).items() if name.startswith(names)}

    def evidence(self, folder, maker, *options):
        table = self.dir / "judged.csv"
        done = common.call("judge", folder, "--store", self.dir / "store", "--out", table, *WINDOW, "--quiet", *options)
        self.assertEqual(done.code, common.DONE, done)
        found = defaultdict(list)
        with open(table, newline="", encoding="ascii") as file:
            for row in csv.DictReader(file):
                found[maker.kinds.get(row["source"])].append(float(row["evidence"]))
        return found

    def test_learns(self):
        archive = Archive().write_hours(self.dir / "archive")
        out, model = self.analyse("out", archive)
        self.assertEqual(model["from"], "calibrated", model)
        self.assertEqual((model["outbreak"], model["first_quiet_hour"], model["last_quiet_hour"]),
                         ("2008-11-21T00:00:00Z", "2008-11-20T06:00:00Z", "2008-11-20T21:00:00Z"))
        self.assertEqual((model["quiet_hours"], model["quiet_windows"]), (QUIET - 2, QUIET // 6))
        self.assertEqual(model["sources_learned_from"], QUIET * (ELSEWHERE + REACHED))
        self.assertGreaterEqual(model["worm_sources_learned_from"], 30)    # of 110: chance leaves the others short of an end
        mean, error = map(float, model["source_ratio"].split(" +- "))
        self.assertAlmostEqual(mean, REACHED / ELSEWHERE, delta=0.01)
        self.assertLess(error, 0.02)
        text = (out / "tables" / "model.txt").read_bytes()
        self.assertEqual(model["sha256"], hashlib.sha256(text).hexdigest())
        rows = common.read_csv(out / "tables" / "calibration.csv")
        named = dict(zip(rows[0], rows[1]))
        self.assertEqual((named["calibrated"], named["model"], named["quiet_hours"], named["quiet_windows"], named["sha256"]),
                         ("yes", "calibrated", str(QUIET - 2), str(QUIET // 6), model["sha256"]))
        whole = self.kept(out)

        # The same bytes on any number of ranks.
        for ranks in (2, 3, 4, 7) if common.MPI else ():
            other, _ = self.analyse(f"ranks{ranks}", archive, command="reduce", ranks=ranks)
            self.assert_same(whole, self.kept(other), f"{ranks} ranks")

        # Tables of the outbreak alone are of the same model.
        late, since = self.analyse("since", archive, "--since", "2008-11-21", command="reduce")
        self.assertEqual(since, model)
        self.assertEqual((late / "tables" / "model.txt").read_bytes(), text)
        hours = {row[0]: row for row in common.read_csv(out / "tables" / "population.csv")}
        for row in common.read_csv(late / "tables" / "population.csv"):
            self.assertEqual(row, hours[row[0]])

        # A file is used as it is, and so is what is built in.
        given, by_file = self.analyse("given", archive, "--model", out / "tables" / "model.txt", command="reduce")
        self.assertEqual((by_file["from"], by_file["sha256"], by_file["quiet_hours"]), ("of a file", model["sha256"], 0))
        for table in ("restricted/candidates.csv", "tables/first.csv"):
            self.assertEqual((given / table).read_bytes(), (out / table).read_bytes())
        built, plain = self.analyse("plain", archive, "--no-calibrate", command="reduce")
        self.assertEqual((plain["from"], plain["quiet_windows"]), ("built in: --no-calibrate", 0))
        self.assertNotEqual((built / "tables" / "model.txt").read_bytes(), text)

        # Sets by evidence are of the model that judged in the result.
        for result in (out, built, given):
            (result / "restricted" / "store").symlink_to(self.dir / "store")
            counts = {row[0]: row[3] for row in common.read_csv(result / "tables" / "population.csv")}
            done = common.call("sources", "--out", result, "--rule", "evidence", "--since", "2008-11-21T01", "--until",
                               "2008-11-21T02", "--format", "txt", "--to", "-", *WINDOW)
            self.assertEqual(done.code, common.DONE, done)
            self.assertEqual(str(len(done.out.split())), counts["2008-11-21T01:00:00Z"])

    def test_gap(self):
        """An hour that is missing is one less to learn from."""
        archive = Archive(hours=[h for h in range(-QUIET, LATE) if h != -9])
        archive.packets = [one for one in archive.packets if not -9 * 3600 <= one[0] - T0 < -8 * 3600]
        out, model = self.analyse("out", archive.write_hours(self.dir / "archive"))
        self.assertEqual((model["from"], model["quiet_hours"], model["quiet_windows"]), ("calibrated", QUIET - 3, QUIET // 6))
        self.assertTrue((out / "tables" / "calibration.csv").exists())

    def test_nothing_to_learn_from(self):
        for name, hours, words in (("quiet", range(-8, 0), "built in: no outbreak is found"),
                                   ("late", range(LATE), "built in: too few sources in quiet hours before the outbreak"),
                                   ("few", range(-2, LATE), "calibrated")):
            archive = Archive(hours=hours).write_hours(self.dir / name)
            out, model = self.analyse(f"{name}-out", archive)
            self.assertEqual((model["from"], model["quiet_hours"]), (words, 0), name)
            self.assertEqual(model["quiet_windows"], int(name == "few"))
            plain, _ = self.analyse(f"{name}-plain", archive, "--no-calibrate", command="reduce")
            same = (out / "tables" / "population.csv").read_bytes() == (plain / "tables" / "population.csv").read_bytes()
            self.assertTrue(same or name == "few", name)

    def test_learns_sweepers_and_no_worm(self):
        """Sweepers of low octets that are many in quiet hours are told from the worm then; a few of its own hosts change
        nothing."""
        archive = Archive(sweepers=10)
        folder = archive.write_hours(self.dir / "sweepers")
        out, _ = self.analyse("out", folder)
        plain, learned = self.evidence(folder, archive), self.evidence(folder, archive, "--model", out / "tables" / "model.txt")
        passes = lambda found, kind: sum(e >= SURE for e in found[kind])
        self.assertGreater(passes(plain, "late sweeper"), 1)
        self.assertLess(passes(learned, "late sweeper"), passes(plain, "late sweeper") / 2)
        self.assertGreaterEqual(passes(learned, "worm"), 0.8 * len(learned["worm"]))
        medians = []
        for early in (0, 4):
            archive = Archive(early=early)
            folder = archive.write_hours(self.dir / f"early{early}")
            out, model = self.analyse(f"early{early}-out", folder)
            self.assertEqual(model["from"], "calibrated")
            found = self.evidence(folder, archive, "--model", out / "tables" / "model.txt")
            self.assertGreaterEqual(passes(found, "worm"), 0.95 * len(found["worm"]))
            medians.append(statistics.median(found["worm"]))
        self.assertLess(abs(medians[0] - medians[1]), 1, medians)

    def test_half_in_reach(self):
        """A /16 of which the worm reaches every other address: few sources are sure there, and the others' ratio is another."""
        archive = Archive(hours=())
        for hour in range(-QUIET, LATE):
            for kind, n, octets in (("elsewhere", 40, (128, 256)), ("reached", 30, (0, 128)), ("worm", 100 * (hour >= 0), (0, 128))):
                for _ in range(n):
                    archive.source(kind, archive.anywhere(3, (77, 78), octets), deviant=kind != "worm", hour=hour)
        out, model = self.analyse("out", archive.write_hours(self.dir / "archive"))
        self.assertEqual((model["from"], model["lens_low"], model["lens_high"]), ("calibrated", 1, 0))
        self.assertEqual((model["outbreak"], model["quiet_hours"]), ("2008-11-21T00:00:00Z", QUIET - 2))
        self.assertAlmostEqual(float(model["source_ratio"].split()[0]), 30 / 40, delta=0.02)
        built, plain = self.analyse("plain", self.dir / "archive", "--no-calibrate", command="reduce")
        self.assertEqual(plain["source_ratio"], "0.8000 +- 0.4000")
        widths = []
        for result in (out, built):
            rows = common.read_csv(result / "tables" / "population.csv")
            found = [dict(zip(rows[0], row)) for row in rows[1:]]
            for i, row in enumerate(found):
                real = 100 if i >= QUIET else 0
                self.assertLessEqual(int(row["worm_sources_low"]), real, row)
                self.assertGreaterEqual(int(row["worm_sources_high"]), real, row)
            widths.append(int(found[-1]["worm_sources_high"]) - int(found[-1]["worm_sources_low"]))
        self.assertLess(widths[0], widths[1] * 0.7)

    def test_addresses_shared_with_others(self):
        """Of addresses that the worm shares with other scanners, those at which it scans less are counted as many as those at
        which it scans more, which are seen."""
        archive = Archive()
        for worm, others in ((24, 6), (8, 30)):
            for _ in range(20):
                archive.source("shared", archive.worm(worm) + archive.anywhere(others), deviant=0.3, hour=1)
        out, model = self.analyse("out", archive.write_hours(self.dir / "archive"))
        self.assertEqual(model["from"], "calibrated")
        rows = common.read_csv(out / "tables" / "population.csv")
        row, real = dict(zip(rows[0], rows[-1])), 80 + 2 * 20
        self.assertLessEqual(int(row["worm_sources_low"]), real, row)
        self.assertGreaterEqual(int(row["worm_sources_high"]), real, row)
        self.assertLess(abs(int(row["worm_sources"]) - real), 10, row)

    def test_example_of_help(self):
        """What calibrate's help tells to type works as it stands, of a /8 and of a /16."""
        if common.call("synth", "--help").code:
            self.skipTest("synth isn't built in")
        done = common.call("synth", "--out", self.dir / "archive", "--from", "2008-11-20", "--until", "2008-11-22", "--scale",
                           "0.005", "--background", "0.001", "--seed", "5", "--quiet")
        self.assertEqual(done.code, common.DONE, done)
        lines = [line.strip() for line in common.call("calibrate", "--help").out.splitlines()]
        example = shlex.split(next(line for line in lines if line.startswith("patientzero calibrate archive")))[1:]
        for store, lens in (("results/restricted/store", ()), ("narrow", ("--lens", "0.77.0.0/16"))):
            done = common.call("scan", self.dir / "archive", "--store", self.dir / store, "--quiet", *lens)
            self.assertEqual(done.code, common.DONE, done)
            arguments = [store if word == "results/restricted/store" else word for word in example]
            done = common.call(*arguments, *lens, cwd=self.dir)
            self.assertEqual(done.code, common.DONE, done)
            self.assertRegex(done.err, r"learned from \d{2,} other sources and \d{2,} of the worm")
            self.assertTrue((self.dir / "model").read_text(encoding="ascii").startswith("patientzero model"))


if __name__ == "__main__":
    common.main()
