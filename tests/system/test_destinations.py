#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Which sources their destinations prove to be the worm's: one hour of a whole /8 with sources of every kind, of which each
is judged. What they are is known, as they are made here."""

import csv
import random
import struct

import common

T0 = 1227225600    # 2008-11-21T00:00:00Z
SURE = 6.908
EACH = 8           # sources of a kind


def packet(t, source, destination, port, sequence, length=48, ttl=110, ident=1, flags=2, to=445):
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, length, ident & 0xffff, 0x4000, ttl, 6, 0, source, destination)
    tcp = struct.pack(">HHIIBBHHH", port, to, sequence, 0, (length - 20) // 4 << 4, flags, 65535, 0, 0)
    return t, common.pcap_record(int(t) * 10**6 + int(t % 1 * 1e6), ip + tcp, length)


class Maker:
    def __init__(self):
        self.random, self.packets, self.kinds = random.Random(20081121), [], {}
        for i in range(2 * 3600):    # backscatter: recording goes on, and the whole lens is heard
            self.packets.append(packet(T0 + i + 0.5, 0x09000000 | i, self.random.getrandbits(24), 80, 0, 40, 50, flags=0x12,
                                       to=2000))

    def source(self, kind, targets, seconds=3500, stack=None, gap=2.93, twice=0.8, third=0, deviant=0, hour=0):
        """`targets`: destinations, in order, evenly over so many seconds."""
        roll, address = self.random, 0x05000000 + len(self.kinds)
        self.kinds[f"5.0.{address >> 8 & 255}.{address & 255}"] = kind
        for i, target in enumerate(targets):
            t, sequence = T0 + 3600 * hour + 10 + seconds * i / len(targets) + roll.random(), roll.getrandbits(32)
            port, options = 1025 + i * 7 % 3900, {}
            if roll.random() < deviant:
                port, options = roll.randrange(20000, 60000), {"length": 52, "ttl": 50}
            syns = 1 + (roll.random() < twice)
            syns = 3 if roll.random() < third else syns
            for n, after in enumerate((0, gap, gap + 6)[:syns]):
                self.packets.append(packet(t + after, address, target, port, sequence, ident=1000 + i * 9 + n, **options))

    def anywhere(self, n, second=(0, 256), last=(0, 256)):
        roll = self.random.randrange
        return [roll(*second) << 16 | roll(256) << 8 | roll(*last) for _ in range(n)]

    def worm(self, n):
        """As the worm's mostly are: by chance a few leave more than usual at an end of an octet's values empty."""
        usual = max(300 / n, 3)
        while True:
            targets = self.anywhere(n, (0, 128), (0, 128))
            octets = [[target >> shift & 255 for target in targets] for shift in (16, 0)] + [[target >> 9 & 127 for target in targets]]
            if n < 9 or all(min(values) < usual and max(values) >= 128 - usual for values in octets):
                return targets

    def write(self, path):
        self.packets.sort(key=lambda one: one[0])
        common.write_gzip(path, common.pcap(one for _, one in self.packets))


class Destinations(common.Case):
    def judge(self, maker, *options):
        maker.write(self.dir / "hour.pcap.gz")
        for command in (("scan",), ("judge", "--out", self.dir / "judged.csv", "--window", "1", *options)):
            done = common.call(command[0], self.dir / "hour.pcap.gz", "--store", self.dir / "store", *command[1:])
            self.assertEqual(done.code, common.DONE, done)
        found = {}
        with open(self.dir / "judged.csv", newline="", encoding="ascii") as file:
            for row in csv.DictReader(file):
                if row["source"] in maker.kinds:
                    found.setdefault(maker.kinds[row["source"]], []).append(row)
        return found

    def test_kinds(self):
        maker = Maker()
        for _ in range(EACH):
            maker.source("worm", maker.worm(60))
            maker.source("worm, slow", maker.worm(9))
            maker.source("worm, late", maker.worm(60), gap=3.6)
            maker.source("worm, strange", maker.worm(200), deviant=1, third=0.07)
            maker.source("worm, losses", maker.worm(40), twice=0.4)
            maker.source("worm, shared", maker.worm(80) + maker.anywhere(12))
            maker.source("worm, heard little", maker.worm(3))
            maker.source("uniform", maker.anywhere(60))
            maker.source("low last octets", maker.anywhere(60, last=(1, 101)))
            maker.source("low last octets, mostly low second", maker.anywhere(30, (0, 128), (1, 101)) +
                         maker.anywhere(12, (128, 256), (1, 101)))
            maker.source("low octets", maker.anywhere(60, (10, 70), (1, 61)))
            maker.source("low octets, wider", maker.anywhere(100, (0, 120), (1, 101)))
            maker.source("low second octets", maker.anywhere(60, (0, 128)))
            maker.source("one network", maker.anywhere(60, (20, 21)))
            start = maker.anywhere(1, (0, 128), (0, 60))[0]
            maker.source("one after the other", [start + i for i in range(60)])
            maker.source("heard briefly", maker.worm(5), seconds=6, deviant=1)
        for kind, rows in self.judge(maker).items():
            self.assertEqual(len(rows), EACH)
            found = [float(row["evidence"]) >= SURE for row in rows]
            if kind.startswith("worm") and "little" not in kind:
                self.assertTrue(all(found), (kind, rows))
            else:
                self.assertFalse(any(found), (kind, rows))

    def test_more_destinations_prove_more(self):
        maker = Maker()
        for n in (10, 50, 400):
            for _ in range(EACH):
                maker.source(str(n), maker.worm(n))
        few, more, most = (sum(float(row["evidence"]) for row in rows) / EACH
                           for _, rows in sorted(self.judge(maker).items(), key=lambda kind: int(kind[0])))
        self.assertLess(few, more - 2)
        self.assertLess(more, most - 2)

    def test_calibrate(self):
        """Sweepers of low octets are learned from quiet hours; a few of the worm's hosts in these aren't."""
        maker = Maker()
        for _ in range(150):
            bound = maker.random.randrange(40, 128)
            maker.source("sweeper", maker.anywhere(12, (0, bound), (1, bound)))
        for _ in range(450):
            maker.source("uniform", maker.anywhere(12), deviant=1)
        for _ in range(EACH):
            maker.source("worm", maker.worm(40))
            maker.source("worm", maker.worm(40), hour=1)
        plain = self.judge(maker)
        done = common.call("calibrate", self.dir / "hour.pcap.gz", "--store", self.dir / "store", "--window", "1", "--others",
                           "2008-11-21T00/2008-11-21T01", "--worms", "2008-11-21T01/2008-11-21T02", "--out", self.dir / "model")
        self.assertEqual(done.code, common.DONE, done)
        learned = self.judge(maker, "--model", self.dir / "model")

        def sure(found, kind):
            return sum(float(row["evidence"]) >= SURE for row in found[kind])
        self.assertGreater(sure(plain, "sweeper"), 2)    # those that sweep nearly all that the worm reaches
        self.assertLess(sure(learned, "sweeper"), sure(plain, "sweeper") / 2)
        self.assertGreaterEqual(sure(learned, "worm"), 2 * EACH - 3)

    def test_silence(self):
        maker = Maker()
        maker.source("goes on", maker.worm(7), seconds=3500)
        maker.source("falls silent", maker.worm(7), seconds=40)
        found = {kind: float(rows[0]["evidence"]) for kind, rows in self.judge(maker).items()}
        self.assertGreater(found["goes on"], found["falls silent"] + 2)


if __name__ == "__main__":
    common.main()
