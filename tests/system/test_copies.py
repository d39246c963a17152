#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Copies made by the recording change no table but the columns that count them: in one capture, on both sides of a cut, on
both sides of an hour's end, and where captures overlap at their ends."""

import csv
import gzip
import random
import struct
import tempfile
from pathlib import Path

import common
import expected
import test_attempts_oracle as attempts
import walk

HOUR = 1227225600    # 2008-11-21T00:00:00Z
MICRO = 10**6
RANKS = (1, 2, 3, 4, 7) if common.MPI else (None,)


def usec_of(record):
    seconds, usec = struct.unpack_from("<II", record)
    return seconds * MICRO + usec


def at(record, usec):
    """The record at another time."""
    return struct.pack("<II", *divmod(usec, MICRO)) + record[8:]


def syn(usec, source, sequence=1, ip_id=0):
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, 48, ip_id, 0, 115, 6, 0, source, 0x00010203)
    tcp = struct.pack(">HHIIBBHHHI", 1025, 445, sequence, 0, 0x70, 2, 65535, 0, 0, 0x020405b4) + bytes(4)
    return struct.pack("<IIII", *divmod(usec, MICRO), 48, 48) + ip + tcp


def in_order(records):
    return sorted(records, key=usec_of)


def copied(records, share, delay):
    """With copies of a share of the records, each `delay` later, and now and then a second one."""
    dice = random.Random(3)
    found = []
    for record in records:
        found.append(record)
        if dice.random() < share:
            found.append(at(record, usec_of(record) + delay))
            if dice.random() < 0.1:
                found.append(at(record, usec_of(record) + 2 * delay))
    return in_order(found)


def rows_of(path):
    with open(path, newline="", encoding="ascii") as file:
        return list(csv.DictReader(file))


class Made(common.Case):
    """Some hours of which copies and other captures are made."""
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.TemporaryDirectory(prefix="pz-copies-")
        cls.addClassCleanup(cls.folder.cleanup)
        records = []
        for capture in common.day(cls.folder.name + "/day", "--packets-per-hour", 1500, "--hours", 4, "--seed", 8):
            cls.header, more = common.records(gzip.decompress(capture.read_bytes()))
            records += more
        end = (HOUR + 3600) * MICRO
        # A source whose only SYN of the second hour is a copy; Linux, which sends again with an ip.id of 0.
        records += [syn(end - 3, 0x0b000001), syn(end - 5000, 0x0b000002),
                    *(syn(end + (600 + n) * MICRO, 0x0c000001) for n in (0, 1, 3, 7))]
        cls.plain = in_order(records)
        cls.mirrored = copied(cls.plain, 1, 12)

    def archive(self, name, *parts):
        folder = self.dir / name
        folder.mkdir()
        for n, records in enumerate(parts):
            common.write_gzip(folder / f"{n:03}.pcap.gz", self.header + b"".join(records))
        return folder

    def outputs(self, archive, **options):
        """What is written, but for the store and what counts packets as they were recorded."""
        out, done = self.run_ok(archive, "--quiet", out=f"out-{archive.name}-{options.get('ranks')}", **options)
        self.assert_conserved(out)
        return common.snapshot(out, skip=("run.log", "summary.json", "restricted/manifest.json",
                                              "restricted/store")), out, done

    def assert_conserved(self, out):
        syns = packets = 0
        for part in common.read_summary(out)["inputs"]:
            self.assertEqual(part["records"], part["scans"] + sum(part["set_aside"].values()), part)
            syns += part["scans"] + part["set_aside"].get("copy", 0)
            packets += part["records"]
        hourly, total = rows_of(out / "tables/hourly.csv"), rows_of(out / "tables/total.csv")
        for rows in (hourly, rows_of(out / "tables/daily.csv"), total):
            self.assertEqual(sum(int(row["scans"] or 0) + int(row["copies"] or 0) for row in rows), syns)
            self.assertEqual(sum(int(row["packets"] or 0) for row in rows), packets)
        self.assertEqual(sum(int(row["scans"]) for row in rows_of(out / "tables/fingerprint.csv")), int(total[0]["scans"]))

    @staticmethod
    def without_counts(found):
        """Without the columns `packets` and `copies`."""
        left = dict(found)
        del left["tables/datapackage.json"]    # it has the sizes and digests of all
        for name in ("tables/hourly.csv", "tables/daily.csv", "tables/total.csv"):
            header, *rows = csv.reader(found[name][1].decode().splitlines())
            kept = [i for i, column in enumerate(header) if column not in ("packets", "copies", "last_time")]
            left[name] = [[row[i] for i in kept] for row in [header, *rows]]
        return left

    def assert_alike(self, one, other):
        a, b = self.without_counts(one), self.without_counts(other)
        self.assertEqual([name for name in a.keys() | b.keys() if a.get(name) != b.get(name)], [])

    def assert_oracle(self, out, *captures):
        """The same by two computations that know nothing of the program, of all packets that the captures have."""
        walks = [walk.Walk(path) for path in captures]
        tables = expected.tables([packet for one in walks for packet in one.packets],
                                 damaged=set().union(*(one.hours for one in walks)))
        got = common.read_tables(out)
        for name, rows in tables.items():
            self.assertEqual(got[name], rows, name)
        want = attempts.fingerprint(attempts.dump_of(captures))
        self.assertEqual(attempts.table(out), {(expected.iso(hour * 3600), key): counts
                                               for (hour, key), counts in want.items()})


class Copies(Made):
    def test_mirrored(self):
        plain, _, done = self.outputs(self.archive("plain", self.plain))
        self.assertNotIn("copies", done.err)
        for share, delay in ((1, 12), (0.5, 12), (0.5, 49999), (1, 0)):
            with self.subTest(share=share, delay=delay):
                archive = self.archive(f"copied-{share}-{delay}", copied(self.plain, share, delay))
                found, out, done = self.outputs(archive)
                self.assert_alike(found, plain)
                self.assertIn("copies made by the recording", done.err)
                self.assertIn(str(archive), done.err)
                self.assert_oracle(out, archive / "000.pcap.gz")

    def test_packets(self):
        """One source's scans are listed without copies, in one capture or in two."""
        listed = []
        for name, parts in (("plain", [self.plain]), ("mirrored", [self.mirrored]), ("two", [self.plain, self.mirrored])):
            archive = self.archive(name, *parts)
            _, out, _ = self.outputs(archive)
            source = rows_of(out / "restricted/earliest.csv")[0]["source"]
            done = common.call("packets", archive, "--store", out / "restricted/store", "--source", source)
            self.assertEqual(done.code, common.DONE, done)
            listed.append(done.out)
        self.assertGreater(listed[0].count("\n"), 3)
        self.assertEqual(listed[1:], listed[:1] * 2)

    def test_packets_of_hours(self):
        """Of a SYN shortly before the hours that are asked for, the copy in them is no scan."""
        middle = next(i for i, record in enumerate(self.mirrored) if usec_of(record) >= (HOUR + 3600) * MICRO)
        for name, parts in (("one", [self.mirrored]), ("cut", [self.mirrored[:middle], self.mirrored[middle:]])):
            archive = self.archive(name, *parts)
            _, out, _ = self.outputs(archive)
            for hour, scans, captures, copies in ((0, 1, len(parts), 1), (2, 0, 1, 1), (3, 0, 0, 0)):
                done = common.call("packets", archive, "--store", out / "restricted/store", "--source", "11.0.0.1",
                                   "--around", f"2008-11-21T{hour:02}")
                self.assertEqual((done.code, done.out.count("\n")), (common.DONE, 1 + scans), done)
                self.assertIn(f"{scans} packets in {captures} captures; {copies} copies", done.err)

    def test_cuts(self):
        """Between a SYN and its copy, at hours' ends, anywhere; on any number of ranks."""
        whole, _, _ = self.outputs(self.archive("whole", self.mirrored))
        count = len(self.mirrored)
        ends = [next(i for i, record in enumerate(self.mirrored) if usec_of(record) >= (HOUR + n * 3600) * MICRO)
                for n in (1, 2, 3)]
        cuts = sorted({*ends, ends[0] + 1, ends[0] - 1, *random.Random(4).sample(range(1, count), 9)})
        parts = [self.mirrored[low:high] for low, high in zip([0, *cuts], [*cuts, count])]
        archive = self.archive("parts", *parts)
        for ranks in RANKS:
            with self.subTest(ranks=ranks):
                found, _, _ = self.outputs(archive, ranks=ranks)
                self.assert_same(found, whole)

    def test_disorder(self):
        """Two queues that are written in turn, 14 s of each at a time: a SYN and its copy lie in both. In one file, from standard
        input, and cut where the other queue begins."""
        whole, _, _ = self.outputs(self.archive("whole", self.mirrored))
        blocks = {}
        for i, record in enumerate(self.mirrored):
            blocks.setdefault((usec_of(record) // (14 * MICRO), i % 2), []).append(record)
        queues = [blocks[key] for key in sorted(blocks)]
        late = sum(usec_of(a[-1]) - usec_of(b[0]) > 5 * MICRO for a, b in zip(queues, queues[1:]))
        self.assertGreater(late, 100)
        one = self.archive("one", sum(queues, []))
        found, _, _ = self.outputs(one)
        self.assert_same(found, whole)
        out, _ = self.run_ok("-", "--quiet", out="out-standard", stdin=gzip.decompress((one / "000.pcap.gz").read_bytes()))
        self.assert_same(common.snapshot(out, skip=("run.log", "summary.json", "restricted/manifest.json", "restricted/store")),
                         whole)
        cuts = [0, *(n for n in range(len(queues) // 3, len(queues) // 3 + 7)), len(queues)]
        found, _, _ = self.outputs(self.archive("cut", *(sum(queues[a:b], []) for a, b in zip(cuts, cuts[1:]))))
        self.assert_same(found, whole)

    def test_every_record_alone(self):
        middle = next(i for i, record in enumerate(self.mirrored) if usec_of(record) >= (HOUR + 3600) * MICRO)
        some = self.mirrored[middle - 60:middle + 60]
        whole, _, _ = self.outputs(self.archive("whole", some))
        found, _, _ = self.outputs(self.archive("single", *([record] for record in some)))
        self.assert_same(found, whole)

    def test_ends_overlap(self):
        """The first capture goes on for 10 s after the second began: what both have counts once."""
        plain, _, _ = self.outputs(self.archive("plain", self.plain))
        begin = next(i for i, record in enumerate(self.plain) if usec_of(record) >= (HOUR + 5000) * MICRO)
        end = next(i for i, record in enumerate(self.plain) if usec_of(record) >= (HOUR + 5010) * MICRO)
        late = [at(record, usec_of(record) + 700) for record in self.plain[begin:]]
        archive = self.archive("overlapping", self.plain[:end], [*late[:end - begin], *self.plain[end:]])
        found, out, _ = self.outputs(archive)
        self.assertGreater(int(rows_of(out / "tables/total.csv")[0]["copies"]), 0)
        self.assert_alike(found, plain)


if __name__ == "__main__":
    common.main()
