#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The twin has the marks that were published of the outbreak: counts, the worm's targets, its packets, its spread."""

import collections
import os
import statistics
import tempfile
from pathlib import Path

import common
from test_twin_truth import Twin, captures, dotted, has_synth, scans, table

# CAIDA, "Conficker as seen from the UCSD Network Telescope", 2009: unique sources in an hour.
PUBLISHED = {"2008-11-21T17": 114911, "2008-12-01T14": 145586}
MOST_BEFORE, USUAL = 3222, (1000, 2000)
FIRST_SCAN = "2008-11-21T01:44:46"


def reachable(address):
    """Second and fourth octet below 128: two of 32 bits never change."""
    return address & 0x00800080 == 0


def octets(text):
    value = 0
    for part in text.split("."):
        value = value << 8 | int(part)
    return value


def next_hour(text):
    day, hour = text.split("T")
    return f"{day}T{int(hour) + 1:02d}"


class Counts(Twin):
    def sources(self, folder):
        return {row["hour"][:13]: int(row["sources"]) for row in table(folder, "hourly.csv")}

    def test_published_hours(self):
        """Within 3 % of the published counts times scale, at any seed and scale."""
        for scale, seeds in ((0.01, (1, 2, 3)), (0.03, (4,))):
            for seed in seeds:
                for hour, published in PUBLISHED.items():
                    folder = self.make("--scale", scale, "--seed", seed, "--background", "0.001", "--from", hour,
                                       "--until", next_hour(hour), out=f"{scale}-{seed}-{hour}")
                    with self.subTest(scale=scale, seed=seed, hour=hour):
                        self.assertAlmostEqual(self.sources(folder)[hour] / (published * scale), 1, delta=0.03)

    def test_before(self):
        """1,000 to 2,000 an hour, but for chance, and never above the most that was seen."""
        scale = 0.1
        for begin, end in (("2008-10-28", "2008-10-28T06"), ("2008-11-12T12", "2008-11-12T17"),
                           ("2008-11-20T12", "2008-11-21T01")):
            folder = self.make("--scale", scale, "--background", "0.0001", "--from", begin, "--until", end, out=begin)
            counts = list(self.sources(folder).values())
            with self.subTest(begin=begin):
                self.assertLess(max(counts), MOST_BEFORE * scale)
                self.assertTrue(USUAL[0] * scale <= statistics.mean(counts) <= USUAL[1] * scale, counts)
                for count in counts:
                    self.assertTrue(USUAL[0] * scale * 0.85 <= count <= USUAL[1] * scale * 1.1, counts)

    def test_day(self):
        """The 21st has its most sources at 17:00, later days from 14:00 to 15:00; 445 is a minority before."""
        def hours(day, *spans):
            """An hour is the same in any archive, so only those that tell something are made."""
            counts = {}
            for begin, end in spans:
                counts.update(self.sources(self.make("--scale", "0.03", "--background", "0.001", "--from", f"{day}T{begin}",
                                                     "--until", f"{day}T{end}", out=f"{day}-{begin}")))
            return counts
        day = hours("2008-11-21", (12, 13), (16, 19), (21, 22))
        near = max(day.values()) * 0.985    # what chance can move
        self.assertGreaterEqual(day["2008-11-21T17"], near)
        self.assertLess(day["2008-11-21T12"], near)
        self.assertLess(day["2008-11-21T21"], near)
        later = hours("2008-11-26", (11, 12), (13, 16), (18, 19))
        near = max(later.values()) * 0.985
        self.assertGreaterEqual(later["2008-11-26T14"], near)
        self.assertLess(later["2008-11-26T11"], near)
        self.assertLess(later["2008-11-26T18"], near)
        quiet = self.make("--scale", "0.01", "--from", "2008-11-20T14", "--until", "2008-11-20T15", out="quiet")
        row = table(quiet, "hourly.csv")[0]
        self.assertLess(int(row["scans"]), int(row["packets"]) / 4)

    def test_variant_b(self):
        """More sources from 29 December on."""
        counts, classes = [], []
        for day in ("2008-12-22T14", "2008-12-30T14", "2009-01-06T14"):
            folder = self.make("--scale", "0.01", "--background", "0.001", "--from", day, "--until", next_hour(day),
                               out=day)
            counts.append(self.sources(folder)[day])
            classes.append({row["class"] for row in table(folder, "classes.csv")})
        self.assertEqual(counts, sorted(counts))
        self.assertEqual(["worm_b" in names for names in classes], [False, True, True])

    def test_noise(self):
        """--noise multiplies the others only."""
        options = ("--scale", "0.01", "--background", "0.001", "--from", "2008-11-21T08", "--until", "2008-11-21T09")
        counts = []
        for noise in (1, 20):
            folder = self.make(*options, "--noise", noise, out=f"noise-{noise}")
            worm = int(table(folder, "worm.csv")[0]["sources"])
            counts.append((worm, int(table(folder, "hourly.csv")[0]["sources"]) - worm))
        self.assertEqual(counts[0][0], counts[1][0])
        self.assertTrue(12 < counts[1][1] / counts[0][1] < 30, counts)

    def test_sweep_last(self):
        """Sweepers of low last octets are added, a share of the others; all else stays as it was."""
        options = ("--scale", "0.01", "--noise", "20", "--background", "0.001", "--from", "2008-11-21T02", "--until", "2008-11-21T03")
        plain, swept = (self.make(*options, *more, out=name) for name, more in (("plain", ()), ("swept", ("--sweep-last", "0.2"))))
        rows = [{row["class"]: int(row["sources"]) for row in table(folder, "classes.csv")} for folder in (plain, swept)]
        sweepers = rows[1].pop("sweep_last")
        self.assertEqual({name: n for name, n in rows[0].items() if name != "mixed"},
                         {name: n for name, n in rows[1].items() if name != "mixed"})
        self.assertTrue(0.1 < sweepers / sum(rows[0].values()) < 0.3, (sweepers, rows))
        of = {row["source"] for row in table(swept, "sources.csv") if row["class"] == "sweep_last"}
        heard = [packet.target for path in captures(swept) for packet in scans(path) if dotted(packet.source) in of]
        self.assertGreater(len(heard), 100)
        self.assertTrue(all(not target & 128 for target in heard))
        self.assertTrue(any(target >> 23 & 1 for target in heard))


class Zero(Twin):
    def test_patient_zero(self):
        """The first scan of the worm is the patient zero's, at the published second, at any seed."""
        for seed in range(1, 6):
            folder = self.make("--scale", "0.01", "--seed", seed, "--background", "0.001", "--from", "2008-11-21T01",
                               "--until", "2008-11-21T04", out=f"seed-{seed}")
            zero = table(folder, "patient_zero.csv")[0]
            worms = [row for row in table(folder, "sources.csv") if "worm" in row["class"]]
            earliest = min(worms, key=lambda row: row["first_scan"])
            with self.subTest(seed=seed):
                self.assertEqual(zero["first_scan"][:19], FIRST_SCAN)
                self.assertEqual(zero["first_scan_captured"], zero["first_scan"])
                self.assertEqual((earliest["source"], earliest["first_scan"]), (zero["source"], zero["first_scan"]))
                self.assertLess(zero["infected_at"], zero["first_scan"])
                self.assertEqual(earliest["infector"], "")

    def test_spread(self):
        """New sources since midnight that the worm can reach: a quarter, over 70 % by 05:00, then fewer but well over a
        quarter (Figure 6). Each was infected before it scanned."""
        folder = self.make("--scale", "0.02", "--background", "0.0001", "--from", "2008-11-21", "--until", "2008-11-22")
        shares = collections.defaultdict(list)
        for row in table(folder, "sources.csv"):
            shares[int(row["first_scan"][11:13])].append(reachable(octets(row["source"])))
        share = {hour: statistics.mean(found) for hour, found in shares.items()}
        self.assertAlmostEqual(statistics.mean(shares[0] + shares[1]), 0.25, delta=0.12)
        self.assertGreater(share[5], 0.7)
        self.assertGreater(share[7], share[12])
        self.assertGreater(share[12], share[23])
        self.assertGreater(share[23], 0.35)


class Packets(Twin):
    """Packet by packet, of the sources that are the worm alone."""
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="pz-twin-") as folder:
            done = common.call("synth", "--out", folder, "--quiet", "--scale", "0.01", "--background", "0.001", "--from",
                               "2008-11-21T08", "--until", "2008-11-21T10")
            assert done.code == common.DONE, done
            classes = {row["source"]: row["class"] for row in table(Path(folder), "sources.csv")}
            cls.worm, cls.others = collections.defaultdict(list), collections.defaultdict(list)
            for path in captures(Path(folder)):
                for packet in scans(path):
                    kind = classes[dotted(packet.source)]
                    (cls.worm[packet.source] if kind == "worm_a" else cls.others[kind]).append(packet)

    def test_targets(self):
        """Exactly all of the worm's targets are reachable, evenly spread; of the others a quarter."""
        targets = [packet.target for packets in self.worm.values() for packet in packets]
        self.assertTrue(all(map(reachable, targets)))
        for shift, mask, expected in ((16, 127, 63.5), (8, 255, 127.5), (0, 127, 63.5)):
            mean = statistics.mean(target >> shift & mask for target in targets)
            self.assertAlmostEqual(mean / expected, 1, delta=0.02)
        uniform = {packet.target for packet in self.others["uniform"]}
        self.assertAlmostEqual(statistics.mean(map(reachable, uniform)), 0.25, delta=0.08)

    def test_attempts(self):
        """Mostly two SYNs, 2.84 to 3.01 s apart, sometimes one, never three."""
        counts = collections.Counter()
        for packets in self.worm.values():
            attempts = collections.defaultdict(list)
            for packet in packets:
                attempts[packet.target, packet.port, packet.sequence].append(packet)
            for attempt in attempts.values():
                counts[len(attempt)] += 1
                if len(attempt) == 2:
                    self.assertTrue(2840000 <= attempt[1].usec - attempt[0].usec <= 3010000)
                    self.assertEqual(len({packet.target for packet in attempt}), 1)
        self.assertEqual(set(counts), {1, 2})
        self.assertTrue(0.6 < counts[2] / sum(counts.values()) < 0.85, counts)

    def test_stack(self):
        """48 bytes, a TTL some hops below 128 and one for each source, a port and an identifier that count."""
        counting = wrapped = 0
        for packets in self.worm.values():
            self.assertEqual({packet.length for packet in packets}, {48})
            self.assertEqual(len({packet.ttl for packet in packets}), 1)
            self.assertTrue(65 <= packets[0].ttl < 128)
            ports = [packet.port for packet in packets]
            if max(ports) > 5000 or len(ports) < 20:
                continue    # behind a router that gives ports of its own
            counting += 1
            self.assertGreaterEqual(min(ports), 1025)
            # A lone SYN may be the second one, with a port of 3 s before: only pairs tell how the port counts.
            attempts = collections.defaultdict(list)
            for packet in packets:
                attempts[packet.target, packet.port, packet.sequence].append(packet)
            pairs = [attempt[0] for attempt in attempts.values() if len(attempt) == 2]
            for one, other in zip(pairs, pairs[1:]):
                seconds = (other.usec - one.usec) / 1000000
                if seconds < 20:    # no round of the counter: at most 100 connects a second
                    self.assertLessEqual((other.port - one.port) % 3976, 100 * seconds + 1)
            wrapped += any(b < a - 2000 for a, b in zip(ports, ports[1:]))
        self.assertGreater(counting, 50)
        self.assertGreater(wrapped, 20)

    def test_others(self):
        """Every kind of noise is there and looks as it should."""
        lengths = {"uniform": {40}, "sequential": {44}, "one_slash16": {48}, "windows_three": {48}, "linux": {60},
                   "sasser": {48}, "windows_48": {48}, "random_octets": {52}}
        folder = self.make("--scale", "0.02", "--noise", "5", "--background", "0.001", "--from", "2008-11-20T10",
                           "--until", "2008-11-20T12", out="noise")
        classes = {row["source"]: row["class"] for row in table(folder, "sources.csv")}
        seen = collections.defaultdict(set)
        slash16 = collections.defaultdict(set)
        for path in captures(folder):
            for packet in scans(path):
                name = classes[dotted(packet.source)]
                seen[name].add(packet.length)
                if name == "one_slash16":
                    slash16[packet.source].add(packet.target >> 16)
        mixed = seen.pop("mixed", set())
        self.assertEqual(seen, lengths)
        self.assertTrue(mixed)
        self.assertTrue(all(len(found) == 1 for found in slash16.values()))


if __name__ == "__main__":
    if os.environ.get("PZ_SANITIZE") == "ON":
        common.skip("these are statistics, which the release has; other tests of the twin run under the sanitizers")
    if not has_synth():
        common.skip("built without synth")
    common.main()
