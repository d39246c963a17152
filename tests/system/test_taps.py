#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Hours that two devices recorded, each with other contents in part: what both have counts once, as Python counts the
packets of both together."""

import gzip
import random
import re
import signal
import subprocess
import time

import common
import expected
import test_copies as copies
import walk
from test_countries import roaring

MICRO = copies.MICRO
MINUTES = 60 * MICRO
LATEST = 50000    # by so much the second device is late at most, in microseconds


def dealt(records, seed, ndevices=2, late=LATEST):
    """A capture for each device: a record has one of them, or all, the others up to `late` later."""
    dice = random.Random(seed)
    taps = [[] for _ in range(ndevices)]
    for record in records:
        first = dice.randrange(ndevices)
        taps[first].append(record)
        if dice.randrange(2):
            for other in set(range(ndevices)) - {first}:
                taps[other].append(copies.at(record, copies.usec_of(record) + dice.randrange(late + 1)))
    return [copies.in_order(tap) for tap in taps]


def delayed(records, usec):
    return [copies.at(record, copies.usec_of(record) + usec) for record in records]


def place_of(records, usec):
    return next((i for i, record in enumerate(records) if copies.usec_of(record) >= copies.HOUR * MICRO + usec), len(records))


def between(records, begin, end):
    return records[place_of(records, begin):place_of(records, end)]


def hours_of(records, late=0):
    parts = [between(records, n * 60 * MINUTES + late, (n + 1) * 60 * MINUTES + late) for n in range(-1, 5)]
    return [part for part in parts if part]


def read_again(out):
    return [int(count) for count in re.findall(r"again, as they overlap: (\d+)", common.read_log(out))]


class Taps(copies.Made):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.taps = dealt(cls.plain, 5)

    def check(self, archive, **options):
        """What a run wrote, which must be what the captures' packets together make."""
        found, out, done = self.outputs(archive, **options)
        self.assert_oracle(out, *sorted(archive.iterdir()))
        self.assertIn("SYNs in both count once", done.err)
        return found, out

    def command(self, name, *arguments, code=common.DONE):
        done = common.call(name, *arguments)
        self.assertEqual(done.code, code, done)
        return done

    def test_ranks_and_order(self):
        archive = self.archive("taps", *self.taps)
        one, out = self.check(archive)
        plain, _, _ = self.outputs(self.archive("plain", self.plain))
        self.assert_alike(one, plain)
        for ranks in copies.RANKS:
            found, other, _ = self.outputs(archive, ranks=ranks)
            self.assert_same(found, one)
            self.assert_same(common.snapshot(other, skip=("run.log",)), common.snapshot(out, skip=("run.log",)))
        turned, _, _ = self.outputs(self.archive("turned", *reversed(self.taps)))
        self.assert_same(turned, one)
        a, b = self.taps
        i, j, k = (place_of(tap, usec) for tap, usec in ((a, 40 * MINUTES), (b, 80 * MINUTES), (b, 80 * MINUTES + 8 * MICRO)))
        cut, _, _ = self.outputs(self.archive("cut", a[:i], b[:j], a[i:], b[j:k], b[k:]))
        self.assert_same(cut, one)

    def test_hourly_files(self):
        """The devices' hours end at other moments; ranks share the second reading."""
        archive = self.archive("hourly", *hours_of(self.taps[0]), *hours_of(self.taps[1], 7 * MICRO))
        found, _ = self.check(archive)
        for ranks in copies.RANKS[2::2]:
            self.assert_same(self.outputs(archive, ranks=ranks)[0], found)

    def test_in_part(self):
        """The second device recorded for some of the time only: an hour, some seconds; or each had its gap."""
        for name, begin, end in (("long", 40, 120), ("short", 40, 40.2)):
            with self.subTest(name):
                low, high = place_of(self.plain, begin * MINUTES), place_of(self.plain, end * MINUTES)
                a, b = dealt(self.plain[low:high], 6)
                self.check(self.archive(name, copies.in_order(self.plain[:low] + a + self.plain[high:]), b))
        a, b = self.taps
        self.check(self.archive("gaps", between(a, 0, 30 * MINUTES) + between(a, 50 * MINUTES, 300 * MINUTES),
                                between(b, 0, 40 * MINUTES) + between(b, 125 * MINUTES, 300 * MINUTES)))

    def test_clocks(self):
        """The second device has all, later by what its clock is late: up to 0.1 s that are copies."""
        for usec in (0, 99999, 100000, 100001, 14 * MICRO):
            with self.subTest(usec=usec):
                some = between(self.plain, 50 * MINUTES, 70 * MINUTES)
                self.check(self.archive(f"clocks-{usec}", some, [*delayed(some, usec),
                                                                 copies.syn((copies.HOUR + 4210) * MICRO, 0x0f000001)]))

    def test_at_random(self):
        """Some time, some devices, some clocks, cut anywhere, a piece missing, ends that overlap."""
        for seed in range(5):
            with self.subTest(seed=seed):
                dice = random.Random(seed)
                begin = dice.randrange(200)
                some = between(self.plain, begin * MINUTES, (begin + dice.choice((5, 20, 60))) * MINUTES)
                parts = []
                for tap in dealt(some, seed, dice.choice((2, 3, 4)), dice.choice((0, LATEST, 120000, 3 * MICRO))):
                    cuts = sorted(dice.sample(range(1, len(tap)), dice.choice((0, 1, 5))))
                    pieces = [tap[low:high + dice.choice((0, 9, 99))] for low, high in zip([0, *cuts], [*cuts, len(tap)])]
                    parts += pieces[:2] + pieces[3:]
                dice.shuffle(parts)
                archive = self.archive(f"random-{seed}", *parts)
                _, out, _ = self.outputs(archive, ranks=dice.choice(copies.RANKS))
                counted = [archive / part["capture"] for part in common.read_summary(out)["inputs"] if part["state"] == "read"]
                self.assert_oracle(out, *counted)

    def test_torn(self):
        archive = self.archive("torn", self.taps[0])
        whole = gzip.compress(self.header + b"".join(self.taps[1]), 1, mtime=0)
        (archive / "torn.pcap.gz").write_bytes(whole[:len(whole) * 2 // 3])
        _, out = self.check(archive, code=common.DAMAGED)
        self.command("run", archive, "--no-report", "--out", out, code=common.DAMAGED)
        self.assertEqual(read_again(out), [2], "once is enough")
        # Repaired, it is read once more, and both again: it is another capture.
        (archive / "torn.pcap.gz").write_bytes(whole)
        self.check(archive)

    def test_repaired(self):
        """The tally of a capture before it was repaired isn't taken for that of the repaired one."""
        archive = self.archive("repaired", self.taps[0])
        other, store = archive / "001.pcap", self.dir / "out/restricted/store"
        whole = self.header + b"".join(self.taps[1])
        fraction = len(self.header) + sum(map(len, self.taps[1][:len(self.taps[1]) // 2])) + 4
        other.write_bytes(whole[:fraction] + b"\xff" * 4 + whole[fraction + 4:])
        sources = ("sources", "--store", store, "--to", self.dir / "set")
        self.run_ok(archive, code=common.DAMAGED)
        self.command(*sources, code=common.DAMAGED)
        other.write_bytes(whole)
        self.command("scan", other, "--store", store)
        self.assertIn("overlap", self.command(*sources, code=common.ENVIRONMENT).err)
        out, _ = self.run_ok(archive)
        self.assert_oracle(out, *sorted(archive.iterdir()))
        self.assertEqual(read_again(out), [2, 1])
        self.command(*sources)

    def test_others_come_and_go(self):
        """Each set of captures has its own result, whatever was in the store before."""
        taps = dealt(self.plain, 7, 3)
        archive = self.archive("three", *taps)
        paths = sorted(archive.iterdir())
        store = self.dir / "store"
        wanted = {}
        for n in (1, 2, 3):
            out, _ = self.run_ok(*paths[:n], "--store", store, out=f"first-{n}")
            self.assert_oracle(out, *paths[:n])
            wanted[n] = common.snapshot(out / "tables")
            self.assertEqual(len(read_again(out)), n > 1)
        stored = common.snapshot(store)
        for n in (1, 2, 3):
            out, _ = self.run_ok(*paths[:n], "--store", store, out=f"second-{n}")
            self.assert_same(common.snapshot(out / "tables"), wanted[n])
            self.assertEqual((read_again(out), "scanned 0 captures" in common.read_log(out)), ([], True))
        self.assert_same(common.snapshot(store), stored)
        out, _ = self.run_ok(*paths, "--store", store, "--rescan", out="rescan")
        self.assert_same(common.snapshot(out / "tables"), wanted[3])
        self.assertEqual(read_again(out), [3])

    def test_parts(self):
        """Parts don't know each other's captures; nothing is made of their tallies before all were scanned together."""
        archive, store = self.archive("parts", *self.taps), self.dir / "store"
        out = self.dir / "out"
        for part in ("1/2", "2/2"):
            self.command("scan", archive, "--store", store, "--part", part)
        source = expected.dotted(0x0c000001)
        for name, options in (("reduce", (archive, "--out", out)), ("judge", (archive, "--out", self.dir / "judged")),
                              ("sources", ("--to", self.dir / "set")),
                              ("sources", ("--to", self.dir / "set", "--rule", "strict"))):
            done = self.command(name, *options, "--store", store, code=common.ENVIRONMENT)
            self.assertIn("overlap", done.err)
            self.assertIn("patientzero scan", done.err)
        self.assertEqual([path.name for path in (self.dir / "judged", self.dir / "set") if path.exists()], [])
        listed = self.command("packets", archive, "--store", store, "--source", source).out
        times = sorted(record for record in self.plain if record[28:32] == b"\x0c\0\0\1")
        self.assertEqual([line.split()[1] for line in listed.splitlines()[1:]],
                         [f"{usec // MICRO}.{usec % MICRO:06}" for usec in sorted(map(copies.usec_of, times))])
        self.command("scan", archive, "--store", store)
        self.command("reduce", archive, "--no-report", "--store", store, "--out", out)
        self.assert_oracle(out, *sorted(archive.iterdir()))
        self.command("judge", archive, "--out", self.dir / "judged", "--store", store)
        self.command("sources", "--to", self.dir / "set", "--format", "roaring", "--store", store)
        packets = expected.without_copies([packet for path in archive.iterdir() for packet in walk.Walk(path).packets], 445)
        self.assertEqual(roaring((self.dir / "set").read_bytes()),
                         {packet.source for packet in packets if packet.syn and packet.port == 445})

    def test_damaged_tally(self):
        """One that is damaged, or lies under another's name, is made again."""
        archive = self.archive("taps", *self.taps)
        _, out = self.check(archive)
        wanted = common.snapshot(out)
        first, second = sorted(out.rglob("*.*-*.tally"))
        for path, data in ((first, first.read_bytes()[:-1]), (first, second.read_bytes()),
                           (second, next(path for path in out.rglob(second.name[:16] + "*") if path != second).read_bytes())):
            path.write_bytes(data)
            done = self.command("run", archive, "--no-report", "--quiet", "--out", out)
            self.assertIn(path.name, done.err)
            self.assertEqual(read_again(out)[-1], 1)
            self.assert_same(common.snapshot(out), wanted)

    def test_stopped(self):
        """A run that was stopped in the second reading goes on where it was."""
        archive = self.archive("stopped", *(part for tap in self.taps for part in hours_of(tap)))
        slow = (archive, "--no-report", "--decode", "sleep 0.1; cat", "--quiet")
        whole, _ = self.run_ok(*slow, out="whole")
        out = self.dir / "out"
        with subprocess.Popen(common.command_of("run", *slow, "--out", out), stderr=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + 60
            while not [*out.rglob("*.*-*.tally")] and time.monotonic() < deadline and process.poll() is None:
                time.sleep(0.005)
            process.send_signal(signal.SIGUSR1)
            self.assertEqual(process.wait(60), common.STOPPED)
        self.command("run", *slow, "--out", out)
        self.assertLess(read_again(out)[-1], read_again(whole)[-1])
        self.assert_same(common.snapshot(out), common.snapshot(whole))

    def test_standard_input(self):
        """It can't be read twice."""
        archive = self.archive("taps", *self.taps)
        first, second = sorted(archive.iterdir())
        out = self.dir / "out"
        self.refuse("run", "-", first, "--no-report", "--out", out, stdin=second.read_bytes(),
                    names=["standard input", "to a file"])
        self.assertEqual([*out.rglob("*.csv"), *out.glob("summary.json")], [])
        self.run_ok(archive, out="out")
        self.assert_oracle(out, first, second)
        self.assertIn("scanned 0 captures", "".join(common.read_log(out).splitlines()[-5:]))
        # The same file twice is no overlap.
        twice, _ = self.run_ok("-", first, out="twice", stdin=first.read_bytes())
        self.assert_oracle(twice, first)

    def test_packet_of_another_time(self):
        """A capture with one packet of a wrong time overlaps what was recorded at that time by that packet only."""
        lone = [copies.syn((copies.HOUR + 48 * 3600) * MICRO, 0x0d000001)]
        later = [copies.syn((copies.HOUR + 24 * 3600 + n) * MICRO, 0x0e000001, n) for n in range(3000)]
        found, _, done = self.outputs(self.archive("stray", self.plain + lone, later))
        whole, _, _ = self.outputs(self.archive("sorted", self.plain, later, lone))
        self.assert_same(found, whole)
        self.assertNotIn("overlapping", done.err)


if __name__ == "__main__":
    common.main()
