#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""judge where it isn't told a lens: at an infected host, whose destinations are all heard, and on a /16; and the commands of
docs/real-captures.md, word for word, on captures that are made here."""

import csv
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import common
from test_numbers import syn, write_capture

BEGIN = 1252310400    # 2009-09-07T08:00:00Z
HOST = 0xc0a80368     # 192.168.3.104
SURE = 6.908


class Made:
    """Scans of one host: each of `n` destinations of `choose`, in `syns` SYNs of which 1 in 20 is lost."""
    def __init__(self, n, choose, syns, rate=30, local=0.0, source=HOST, seed=5):
        self.random, self.packets, self.local, self.heard = random.Random(seed), [], 0, 0
        for i in range(n):
            second, sequence = BEGIN + 100 + i / rate, self.random.getrandbits(32)
            destination = choose(self.random)
            if self.random.random() < local:
                destination = source & 0xffffff00 | self.random.randrange(1, 255)
            for wait in (0, 2.95, 8.9)[:syns]:
                if self.random.random() < 0.95:
                    self.local += destination >> 16 == source >> 16
                    self.heard += 1
                    self.packets.append((second + wait, syn(source, destination, int((second - BEGIN + wait) * 70) & 0xffff, 128,
                                                            1025 + i % 3976, sequence)))

    def write(self, path):
        write_capture(path, self.packets)


def anywhere(roll):
    while True:
        address = roll.getrandbits(32)
        if address >> 24 not in (0, 10, 127) and address >> 24 < 224 and address >> 16 != 0xc0a8:
            return address


def worm(roll):
    return anywhere(roll) & 0xff7fff7f


def in_slash16(choose, second=21):
    return lambda roll: choose(roll) & 0xffff | 44 << 24 | second << 16


class Judged(common.Case):
    def judge(self, made):
        row, = self.judge_all(made)
        return row

    def judge_all(self, *made):
        write_capture(self.dir / "one.pcap", sorted(packet for one in made for packet in one.packets))
        shutil.rmtree(self.dir / "store", ignore_errors=True)
        for command in (("scan",), ("judge", "--out", self.dir / "judged.csv")):
            done = common.call(command[0], self.dir / "one.pcap", "--store", self.dir / "store", *command[1:])
            self.assertEqual(done.code, common.DONE, done)
        with open(self.dir / "judged.csv", newline="", encoding="ascii") as file:
            return list(csv.DictReader(file))


class InfectedHost(Judged):
    def test_all_destinations(self):
        for n in (20, 100, 2000):
            row = self.judge(Made(n, worm, 2))
            self.assertGreaterEqual(float(row["evidence"]), SURE, row)
            self.assertEqual(row["reached"], row["targets"])
            for syns in (2, 3):
                row = self.judge(Made(n, anywhere, syns))
                self.assertLess(float(row["evidence"]), 0, row)

    def test_more_tell_more(self):
        """A host whose destinations are all heard is told as well as by a telescope: two bits a destination."""
        few, many = (float(self.judge(Made(n, worm, 2))["evidence"]) for n in (40, 2000))
        self.assertGreater(many, few)
        self.assertGreater(few, 9)

    def test_local_scans(self):
        """The worm scans its own network too. That is told apart, whatever share it has, and at private and public addresses."""
        for source in (HOST, 0x0a000005, 0x93205425):
            for local in (0.1, 0.5):
                made = Made(600, worm, 2, local=local, source=source)
                row = self.judge(made)
                self.assertEqual(int(row["local"]), made.local)
                self.assertEqual(row["reached"], row["targets"])
                self.assertGreaterEqual(float(row["evidence"]), SURE, row)
                row = self.judge(Made(600, anywhere, 2, local=local, source=source))
                self.assertLess(float(row["evidence"]), 0, row)
        row = self.judge(Made(50, worm, 2, local=1))
        self.assertEqual((row["targets"], row["reached"], float(row["evidence"])), ("0", "0", 0))

    def test_several_hosts(self):
        """Two infected hosts, one that scans anything, and one that only scans its own network, in one capture."""
        hosts = [Made(300, worm, 2, local=0.1), Made(300, worm, 2, source=HOST + 7, seed=6),
                 Made(300, anywhere, 2, local=0.1, source=HOST + 9, seed=7), Made(100, worm, 2, local=1, source=HOST + 11, seed=8)]
        rows = self.judge_all(*hosts)
        self.assertEqual([int(row["local"]) for row in rows], [made.local for made in hosts])
        self.assertEqual([float(row["evidence"]) >= SURE for row in rows], [True, True, False, False])
        self.assertLess(float(rows[2]["evidence"]), 0)

    def test_half_a_minute(self):
        for rate in (3, 30):
            row = self.judge(Made(30 * rate, worm, 2, rate=rate, local=0.1))
            self.assertGreaterEqual(float(row["evidence"]), SURE, row)
            self.assertLess(float(self.judge(Made(30 * rate, anywhere, 2, rate=rate, local=0.1))["evidence"]), 0)

    def test_low_sweepers_of_everything(self):
        """Low last octets all over the Internet: half of its second octets are out of the worm's reach."""
        row = self.judge(Made(200, lambda roll: anywhere(roll) & 0xffffff7f, 2))
        self.assertLess(float(row["evidence"]), 0, row)

    def test_slash16(self):
        """One /16 with a low second octet, which is the same for all: no sign of a sweeper."""
        for n, least in ((100, 4), (1000, SURE)):    # a run of neighbours explains much on a single /16
            for second in (0, 21, 127):
                row = self.judge(Made(n, in_slash16(worm, second), 2, rate=0.5))
                self.assertGreaterEqual(float(row["evidence"]), least, row)
        row = self.judge(Made(200, in_slash16(anywhere), 2, rate=0.5))
        self.assertLess(float(row["evidence"]), 0, row)
        row = self.judge(Made(200, lambda roll: in_slash16(worm)(roll) & 0xffffff0f, 2, rate=0.5))    # up to 15 only
        self.assertLess(float(row["evidence"]), SURE, row)


class NarrowLens(Judged):
    """Lenses within a /16, of which nobody is told but the captures: octet 3 has few values there, whoever scans. Expected is
    what the maker chose."""
    def choose(self, low, ranges):
        """Anywhere in one of the ranges (octets 2 and 3, and how many values of octet 3), or where the worm may come."""
        def pick(roll):
            second, third, values = roll.choice(ranges)
            return 44 << 24 | second << 16 | third + roll.randrange(values) << 8 | roll.randrange(128 if low else 256)
        return pick

    def test_ranges(self):
        for ranges in ([(21, 16, 16)], [(21, 7, 1)], [(21, 7, 1), (90, 200, 1)], [(21, 0, 4), (22, 64, 4), (23, 248, 8)]):
            row = self.judge(Made(100, self.choose(True, ranges), 2, rate=0.5))
            self.assertGreater(float(row["evidence"]), 2.3, (ranges, row))
            row = self.judge(Made(100, self.choose(False, ranges), 2, rate=0.5))
            self.assertLess(float(row["evidence"]), 0, (ranges, row))
            row = self.judge(Made(100, lambda roll: self.choose(True, ranges)(roll) & 0xffffff1f, 2, rate=0.5))    # up to 31
            self.assertLess(float(row["evidence"]), 2.3, (ranges, row))


class Docs(common.Case):
    """docs/real-captures.md."""
    def setUp(self):
        super().setUp()
        text = (common.REPO / "docs" / "real-captures.md").read_text(encoding="utf-8")
        self.blocks = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)
        self.columns = set(re.findall(r"`([a-z_0-9]+)`", text))
        (self.dir / "bin").mkdir()
        (self.dir / "bin" / "patientzero").symlink_to(Path(common.PROGRAM).resolve())
        if not shutil.which("tcpdump"):
            self.skipTest("there is no tcpdump")
        Made(1500, worm, 2, local=0.3).write(self.dir / "host.pcap")
        # Days of the telescope: the published packets, and two hours of a made-up November.
        for folder in ("twodays", "threedays"):
            (self.dir / folder).mkdir()
        shutil.copy(common.DATA / "figure5.pcap.gz", self.dir / "threedays")
        Made(30, lambda roll: roll.getrandbits(24), 3, source=0x05060708).write(self.dir / "twodays" / "hour.pcap")
        # 40 attempts of two SYNs in time, 20 of three, and of another stack.
        packets = []
        for i in range(70):
            length = 48 if i < 60 else 60
            for wait in (0, 2.9, 8.9)[:2 if i < 40 else 3]:
                packets.append((BEGIN + i * 9 + wait, syn(0x0a000000 + i, 0x0b000000 + i, port=1100, length=length)))
        packets += [(BEGIN + i + 0.5, syn(0x0c000001, 0x0b000001, port=1100 + i)[:33] + b"\x10" + bytes(14)) for i in range(700)]
        write_capture(self.dir / "mawi.dump", packets)
        common.write_gzip(self.dir / "mawi.dump.gz", (self.dir / "mawi.dump").read_bytes())

    def test_commands(self):
        self.assertEqual(len(self.blocks), 4)
        path = f"{self.dir / 'bin'}:/usr/sbin:{os.environ['PATH']}"
        done = subprocess.run(["bash", "-euc", "\n".join(self.blocks)], cwd=self.dir, env={**os.environ, "PATH": path},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        said = done.stdout.decode()
        self.assertEqual(done.returncode, 0, said + done.stderr.decode())
        with open(self.dir / "judged.csv", newline="", encoding="ascii") as file:
            rows = {row["source"]: row for row in csv.DictReader(file)}
        host = rows["192.168.3.104"]
        self.assertGreaterEqual(float(host["evidence"]), SURE, host)
        self.assertEqual((host["reached"], host["three_or_more"]), (host["targets"], "0"))
        listing = (self.dir / "listing.txt").read_text(encoding="ascii").splitlines()
        self.assertGreater(len(listing), 1500)
        self.assertTrue(listing[0].startswith("#if"))
        with open(self.dir / "results" / "tables" / "reproduction.csv", newline="", encoding="ascii") as file:
            numbers = {row["id"]: row for row in csv.DictReader(file)}
        self.assertEqual(numbers["S20"]["ours"], "19")
        self.assertTrue({"S12", "S13a", "S13c", "S22a", "S22d", "S10", "S6a", "S6b"} <= numbers.keys())
        self.assertIn("one 0 two in time 40 two otherwise 0 three or more 20", said)
        # The page tells of columns that there are.
        judged = set(host)
        calibration = set(common.read_csv(self.dir / "results" / "tables" / "calibration.csv")[0])
        self.assertEqual(self.columns - judged - calibration - {"judge", "some", "none"}, set())


if __name__ == "__main__":
    common.main()
