# SPDX-License-Identifier: BSD-2-Clause
"""The made-up telescope: the same bytes for the same seed, and captures that hold what the truth says."""

import collections
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import captures

TELESCOPE = os.environ["TELESCOPE"]


def make(folder, *options):
    subprocess.run([TELESCOPE, "--out", folder, *options], check=True)
    return folder


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in pathlib.Path(folder).rglob("*.*")}


def microseconds(text):
    return int(text.replace(".", ""))


def attempts(folder):
    """The SYNs of each attempt, by source, port, target and sequence number."""
    found = collections.defaultdict(list)
    for packet in captures.syns(folder):
        found[packet.source, packet.sport, packet.target, packet.seq].append(packet)
    return found


class Telescope(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.top)
        cls.standard = make(cls.top + "/standard", "--scale", "0.1", "--hours", "0-7")
        cls.deviant = make(cls.top + "/deviant", "--scale", "0.1", "--hours", "3-7", "--deviations",
                           "--gateways", "0.5")  # fmt: skip

    def worms(self, folder):
        """The attempts of sources that only infected hosts have."""
        of = {captures.address(row["address"]): row["class"] for row in captures.truth(folder, "sources")}
        return [packets for (source, *_), packets in attempts(folder).items() if of[source] == "worm"]

    def check_truth(self, folder):
        heard = collections.defaultdict(list)
        hours = {row["file"]: row for row in captures.truth(folder, "hours")}
        rows = {captures.address(row["address"]): row for row in captures.truth(folder, "sources")}
        for path in captures.captures(folder):
            everything = list(captures.packets(path))
            syns = [p for p in everything if p.protocol == 6 and p.flags == 2 and p.dport == 445]
            hour = hours.pop(path.name)
            self.assertEqual((len(everything), len(syns)), (int(hour["packets"]), int(hour["syns"])))
            classes = collections.Counter(rows[source]["class"] for source in {p.source for p in syns})
            for name in list(hour)[7:]:
                self.assertEqual(classes[name], int(hour[name]), (path.name, name))
            self.assertEqual(sum(classes.values()), int(hour["sources"]))
            for packet in syns:
                heard[packet.source].append(packet)
        self.assertFalse(hours)
        for source, row in rows.items():
            packets = heard.pop(source, [])
            self.assertEqual(len(packets), int(row["syns"]))
            self.assertEqual(len({p.target for p in packets}), int(row["targets"]))
            self.assertEqual(captures.reachable(source), row["reachable"] == "1")
            if packets:
                self.assertEqual(min(p.time for p in packets), microseconds(row["first_heard"]))
                self.assertEqual(max(p.time for p in packets), microseconds(row["last_heard"]))
        self.assertFalse(heard)

    def test_same_seed_same_bytes(self):
        again = make(self.top + "/again", "--scale", "0.1", "--hours", "0-7")
        self.assertEqual(contents(again), contents(self.standard))
        other = make(self.top + "/other", "--scale", "0.1", "--hours", "0-1", "--seed", "2")
        self.assertNotEqual(contents(other), contents(self.standard))

    def test_truth_is_what_was_recorded(self):
        self.check_truth(self.standard)
        self.check_truth(self.deviant)

    def test_others_without_the_worm_are_the_same(self):
        quiet = make(self.top + "/quiet", "--scale", "0.1", "--hours", "0-7", "--no-worm", "--background", "0")
        worms = {row["address"] for row in captures.truth(self.standard, "sources") if row["class"] == "worm"}
        with_worm = [p for p in captures.syns(self.standard) if captures.dotted(p.source) not in worms]
        self.assertEqual(with_worm, list(captures.syns(quiet)))

    def test_targets_by_octets(self):
        of = {captures.address(row["address"]): row["class"] for row in captures.truth(self.standard, "sources")}
        table = collections.defaultdict(collections.Counter)
        for source, _, target, _ in attempts(self.standard):
            table[of[source]][target >> 23 & 1, target >> 7 & 1] += 1
        self.assertGreater(table["worm"].total(), 1000)
        self.assertEqual(table["worm"].total(), table["worm"][0, 0])
        self.assertEqual(table["low_all"].total(), table["low_all"][0, 0])
        uniform = table["uniform"]
        for cell in (0, 0), (0, 1), (1, 0), (1, 1):
            self.assertAlmostEqual(uniform[cell] / uniform.total(), 0.25, delta=0.05)

    def test_the_worm_as_modelled(self):
        found = self.worms(self.standard)
        pairs = 0
        for packets in found:
            self.assertLessEqual(len(packets), 2)
            for p in packets:
                self.assertEqual(p.length, 48)
                self.assertTrue(1025 <= p.sport <= 5000 and 101 <= p.ttl <= 120, p)
            if len(packets) == 2:
                pairs += 1
                self.assertTrue(2.8e6 <= packets[1].time - packets[0].time <= 3.05e6)
        # 8 % send one, of the others either is lost in 2 %.
        self.assertAlmostEqual(pairs / len(found), 0.92 * 0.96, delta=0.03)

    def test_counters_rise(self):
        of_source = collections.defaultdict(list)
        for packets in self.worms(self.standard):
            of_source[packets[0].source].append(packets[0])
        steps = collections.Counter()
        for packets in of_source.values():
            packets.sort(key=lambda p: p.time)
            for a, b in zip(packets, packets[1:]):
                if b.time - a.time < 10e6:
                    steps["port"] += (b.sport - a.sport) % 3976 < 1000
                    steps["id"] += (b.id - a.id) % 65536 < 4000
                    steps["all"] += 1
        self.assertGreater(steps["all"], 100)
        self.assertGreater(steps["port"], 0.97 * steps["all"])
        self.assertGreater(steps["id"], 0.97 * steps["all"])

    def test_one_first_host(self):
        first = {row["what"]: row for row in captures.truth(self.standard, "outbreak")}
        begin = float(first["first_infected"]["time"]) - 1227225600
        self.assertTrue(3600 <= begin <= 7200)
        rows = captures.truth(self.standard, "sources")
        worms = [row for row in rows if row["class"] == "worm"]
        self.assertEqual(min(worms, key=lambda row: float(row["infected"]))["address"], first["first_infected"]["address"])
        heard = [row for row in worms if row["first_worm"]]
        earliest = min(heard, key=lambda row: float(row["first_worm"]))
        self.assertEqual(earliest["address"], first["first_heard"]["address"])
        # In the first three hours only random scanning infects, so all but the first are within its reach.
        early = [row for row in worms if float(row["infected"]) < float(first["first_infected"]["time"]) + 3 * 3600]
        self.assertTrue(all(row["reachable"] == "1" for row in early if row["host"] != "0"))

    def test_deviations_are_there(self):
        rows = captures.truth(self.deviant, "sources")
        self.assertTrue(any(row["class"] == "gateway" and int(row["hosts"]) > 1 for row in rows))
        hosts = collections.Counter(row["host"] for row in rows if row["class"] == "worm")
        self.assertGreater(max(hosts.values()), 1)
        found = self.worms(self.deviant)
        every = [p for packets in found for p in packets]
        self.assertEqual({p.length for p in every}, {48, 52, 60})
        self.assertTrue(any(p.sport > 5000 for p in every))
        self.assertTrue(any(p.ttl <= 56 for p in every))
        gaps = [b.time - a.time for packets in found for a, b in zip(packets, packets[1:]) if b.time - a.time > 1000]
        self.assertLess(min(gaps), 2.7e6)
        self.assertTrue(any(3.1e6 < gap < 3.7e6 for gap in gaps))
        self.assertTrue(any(len({p.time // 1000000 for p in packets}) > 2 for packets in found))
        targets = collections.Counter((packets[0].source, packets[0].target) for packets in found)
        self.assertGreater(max(targets.values()), 1)

    def test_copies_and_disorder(self):
        copies = backwards = total = 0
        for path in captures.captures(self.deviant):
            seen, last = {}, 0
            for p in captures.packets(path):
                key = p[1:]
                copies += p.time - seen.get(key, -(10**6)) <= 40
                seen[key] = p.time
                backwards += p.time < last
                last = p.time
                total += 1
        counted = sum(int(row["copies"]) for row in captures.truth(self.deviant, "hours"))
        self.assertLessEqual(copies, counted)  # one out of its order may hide a copy
        self.assertGreater(copies, 0.9 * counted)
        self.assertAlmostEqual(counted / total, 0.01, delta=0.003)
        self.assertGreater(backwards, 0)

    def test_lens_is_a_part(self):
        part = make(self.top + "/part", "--scale", "0.1", "--hours", "0-7", "--lens", "16:77", "--background", "0")
        wanted = [p for p in captures.syns(self.standard) if p.target >> 16 == 77]
        self.assertTrue(wanted)
        self.assertEqual(wanted, list(captures.syns(part)))
        self.check_truth(part)

    def test_calendar(self):
        folder = make(self.top + "/calendar", "--scale", "0.01", "--quiet-days", "1", "--hours", "1-4", "--gap",
                      "2008-11-20T02+20", "--gap", "2008-11-21T02+1", "--later-days", "2008-12-21,2009-01-21",
                      "--gap", "2009-01-21T00+23", "--gap", "2008-12-21T01+23")  # fmt: skip
        hours = [int(row["hour"]) for row in captures.truth(folder, "hours")]
        days = 1227139200, 1227225600, 1229817600, 1232496000
        self.assertEqual(hours, [days[0], days[0] + 3600, days[0] + 22 * 3600, days[0] + 23 * 3600, days[1] + 3600,
                                 days[1] + 3 * 3600, days[2], days[3] + 23 * 3600])  # fmt: skip
        self.check_truth(folder)

    @unittest.skipUnless(shutil.which("tshark"), "no tshark")
    def test_tshark_counts_the_same(self):
        raw = make(self.top + "/raw", "--scale", "0.1", "--hours", "0-1", "--link", "raw")
        for folder in self.standard, raw:
            path = captures.captures(folder)[0]
            command = ["tshark", "-r", path, "-Y", "tcp.dstport == 445 && tcp.flags == 2", "-T", "fields", "-e", "ip.src"]
            lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            hour = captures.truth(folder, "hours")[0]
            self.assertEqual(len(lines), int(hour["syns"]))
            self.assertEqual(len(set(lines)), int(hour["sources"]))

    def test_wrong_command_lines(self):
        for options in (), ("--out",), ("--out", "x", "--gap", "yesterday"), ("--out", "x", "--hours", "3-3"), \
                       ("--out", "x", "--loss", "0.5"), ("--out", "x", "--outbreak-day", "2008-11-21T00"), \
                       ("--out", "x", "extra"):  # fmt: skip
            run = subprocess.run([TELESCOPE, *options], capture_output=True, text=True, cwd=self.top)
            self.assertEqual(run.returncode, 2, options)
        run = subprocess.run([TELESCOPE, "--out", self.standard], capture_output=True, text=True)
        self.assertEqual((run.returncode, "exists" in run.stderr), (1, True))


if __name__ == "__main__":
    unittest.main()
