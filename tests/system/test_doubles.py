#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The same packets in two files count once, however they are compressed; captures that differ in anything count both, and
are named where they overlap in time."""

import gzip
import lzma
import random
import struct
import subprocess

import common

N = 600
BEGIN = 1227229200    # 2008-11-21 01:00 UTC
FIELDS = ("usec", "source", "destination", "sequence", "source_port", "port", "length", "id", "ttl", "flags")


def syns(seed=1, n=N):
    """n SYNs from n sources, in order of time."""
    roll = random.Random(seed)
    times = sorted(roll.sample(range(3_600_000_000), n))
    return [{"usec": times[i], "source": 0x0a000000 + i, "destination": roll.getrandbits(24),
             "sequence": roll.getrandbits(32), "source_port": roll.randrange(1024, 5000), "port": 445,
             "length": 48, "id": roll.getrandbits(16), "ttl": roll.choice((110, 111, 120)), "flags": 2} for i in range(n)]


def pcap(packets, begin=BEGIN):
    records = []
    for p in packets:
        body = struct.pack(">BBHHHBBHII", 0x45, 0, p["length"], p["id"], 0, p["ttl"], 6, 0, p["source"],
                           p["destination"])
        body += struct.pack(">HHIIBBHHH", p["source_port"], p["port"], p["sequence"], 0, 0x70, p["flags"], 65535, 0, 0)
        body += bytes(8)
        records.append(common.pcap_record(begin * 10**6 + p["usec"], body))
    return common.pcap(records)


def attempts():
    """A capture of 12 sources that seem to be the worm more or less, by their numbers of attempts."""
    packets, roll = [], random.Random(3)
    for source in range(1, 13):
        for attempt in range(4 * source):
            syn = {"usec": 1000000 * (250 * source + 5 * attempt), "source": 0x0a000000 + source,
                   "destination": roll.getrandbits(24) & 0x7fff7f, "sequence": roll.getrandbits(32),
                   "source_port": roll.randrange(1024, 5000), "port": 445, "length": 48,
                   "id": 1000 + 10 * attempt, "ttl": 110, "flags": 2}
            packets += [syn, {**syn, "usec": syn["usec"] + 2950000, "id": syn["id"] + 5}]
    return pcap(sorted(packets, key=lambda packet: packet["usec"]))


PLAIN = pcap(syns())


class Doubles(common.Case):
    def setUp(self):
        super().setUp()
        self.archive = self.dir / "archive"
        self.archive.mkdir()

    def put(self, name, data):
        path = self.archive / name
        path.write_bytes(data)
        return path

    def total(self, out):
        """Sources, scans, packets."""
        return [int(n) for n in common.read_csv(out / "tables" / "total.csv")[1][:3]]

    def fates(self, out):
        return {entry["capture"]: entry.get("duplicate_of", entry["state"])
                for entry in common.read_summary(out)["inputs"]}

    def assert_overlap(self, done, *paths):
        lines = [line for line in done.err.splitlines() if "overlapping in time" in line]
        self.assertEqual(len(lines), 1, done)
        for path in paths:
            self.assertIn(str(path), lines[0], done)

    def assert_same_sources(self, out, once):
        sets = [common.call("sources", "--out", folder, "--rule", "strict", "--format", "txt", "--to", "-") for folder in (out, once)]
        self.assertEqual(sets[0].code, common.DONE, sets[0])
        self.assertEqual(sets[0].out, sets[1].out)
        self.assertNotEqual(sets[0].out, "")

    def put_all(self):
        self.put("b.pcap", PLAIN)
        self.put("c.pcap.gz", gzip.compress(PLAIN, 1, mtime=0))
        self.put("a.pcap.gz", gzip.compress(PLAIN, 9, mtime=0) + b"garbage")    # damaged, though all packets are there
        half = len(PLAIN) // 2
        self.put("d.gz", gzip.compress(PLAIN[:half], 9, mtime=0) + gzip.compress(PLAIN[half:], 9, mtime=0))
        self.put("e.pcap.gz", gzip.compress(pcap(syns(), BEGIN + 3600), 9, mtime=0))    # the next hour's
        fates = {"a.pcap.gz": "b.pcap", "b.pcap": "read", "c.pcap.gz": "b.pcap", "d.gz": "b.pcap", "e.pcap.gz": "read"}
        if common.ZSTD:
            with open(self.archive / "f.pcap.zst", "wb") as to:
                subprocess.run(["zstd", "-qc"], input=PLAIN, stdout=to, check=True)
            fates["f.pcap.zst"] = "b.pcap"
        return fates

    def test_containers(self):
        """For any ranks and order of arguments, and when some are known from the store."""
        fates = self.put_all()
        once, _ = self.run_ok(self.archive / "b.pcap", self.archive / "e.pcap.gz", out="once")
        self.assertEqual(self.total(once), [N, 2 * N, 2 * N])
        skip = ("run.log", "restricted/store", "restricted/manifest.json", "summary.json")
        first = None
        for ranks in (None, *((2, 7) if common.MPI else ())):
            names = sorted(self.archive.iterdir(), reverse=ranks == 2)
            out, done = self.run_ok(*names, out=f"out-{ranks}", ranks=ranks)
            self.assertEqual(self.fates(out), fates)
            self.assert_same(common.snapshot(out, skip), common.snapshot(once, skip))
            made = common.snapshot(out)
            first = first or made
            self.assert_same(made, first)
            for name in ("a.pcap.gz", "b.pcap", "c.pcap.gz", "d.gz"):
                self.assertIn(name, done.err, done)
            self.assertNotIn("overlap", done.err, done)
        # Known from an earlier run: all of them, or some.
        for out in ("out-None", "once"):
            out, done = self.run_ok(self.archive, out=out)
            self.assert_same(common.snapshot(out), first)
            self.assertIn("b.pcap", done.err, done)

    def test_standard_input(self):
        path = self.put("b.pcap", PLAIN)
        out, _ = self.run_ok(path, "-", stdin=gzip.compress(PLAIN, 5, mtime=0))
        self.assertEqual(self.total(out), [N, N, N])
        self.assertEqual(sorted(self.fates(out).values()), ["-", "read"])

    def test_decode(self):
        """What a filter makes of a file is what is compared."""
        self.put("a.xz", lzma.compress(PLAIN, preset=0))
        self.put("b.xz", lzma.compress(PLAIN, preset=6))
        out, _ = self.run_ok(self.archive, "--decode", "xz -dc")
        self.assertEqual(self.total(out), [N, N, N])
        self.assertEqual(self.fates(out), {"a.xz": "read", "b.xz": "a.xz"})

    def test_what_differs_counts(self):
        """One field of one packet, one field exchanged between two packets, one packet more: all are captures of their own."""
        self.put("0", PLAIN)
        for field in FIELDS:
            for name, change in (("changed", lambda p, q, f=field: p.update({f: p[f] ^ 1})),
                                 ("exchanged", lambda p, q, f=field: (lambda a, b: (p.update({f: b}), q.update({f: a})))(
                                     p[f], q[f]))):
                packets = syns()
                packets[300]["ttl"], packets[301]["ttl"] = 77, 78
                if (packets[300][field], name) == (packets[301][field], "exchanged"):
                    continue
                self.put(f"{field}-unchanged", pcap(packets))    # the same for all fields
                change(packets[300], packets[301])
                self.put(f"{field}-{name}", pcap(packets))
        self.put("less", pcap(syns()[:-1]))
        self.put("headers only", PLAIN[:24])
        self.put("headers only too", PLAIN[:24] + PLAIN[:24])
        out, done = self.run_ok(self.archive)
        fates = self.fates(out)
        different = [name for name in fates if not name.endswith("-unchanged")]
        self.assertEqual([fates[name] for name in different], ["read"] * len(different), fates)
        self.assertEqual(len(different), 1 + 10 + 7 + 3)
        self.assertEqual(list(fates.values()).count("read"), len(different) + 1)
        self.assertIn("overlapping in time", done.err)

    def test_overlap(self):
        """Named in run and in survey; captures that follow each other overlap only by their disorder, and are not named."""
        packets = syns(n=3600)
        for i, packet in enumerate(packets):
            packet["usec"] = i * 1000000
        whole = self.put("whole.pcap.gz", gzip.compress(pcap(packets), 6, mtime=0))
        next_one = self.put("next.pcap", pcap(packets, BEGIN + 3598))
        done = self.run_ok(whole, next_one)[1]
        self.assertNotIn("overlap", done.err, done)
        extract = self.put("extract.pcap", pcap(packets[1000:1010]))
        out, done = self.run_ok(whole, next_one, extract)
        self.assert_overlap(done, whole, extract)
        entries = {entry["capture"]: entry for entry in common.read_summary(out)["inputs"]}
        self.assertEqual(entries["extract.pcap"].get("overlaps"), "whole.pcap.gz")
        self.assertNotIn("overlaps", entries["next.pcap"])
        done = common.call("survey", whole, next_one, extract)
        self.assertEqual(done.code, common.DONE, done)
        self.assert_overlap(done, whole, extract)

    def test_torn_copy(self):
        """What a compressor leaves that was stopped counts not at all beside the whole capture, and is named. Beside another
        capture it counts as far as it goes."""
        plain = pcap(syns(n=5000))
        whole = self.put("whole.pcap", plain)
        packed = gzip.compress(plain, 6, mtime=0)
        wanted = self.run_ok(whole, out="once")[0]
        skip = ("run.log", "restricted/store", "restricted/manifest.json", "summary.json")
        for i, torn in enumerate((packed[:len(packed) * 9 // 10], packed[:len(packed) // 3], plain[:100_003],
                                  packed[:len(packed) // 2] + bytes(5000))):
            torn = self.put(f"{i}.pcap", torn)
            out, done = self.run_ok(torn, whole, out=f"out-{i}", code=common.DAMAGED, ranks=2 if common.MPI else None)
            self.assert_same(common.snapshot(out, skip), common.snapshot(wanted, skip))
            self.assert_overlap(done, torn, whole)
            self.assertEqual(self.fates(out), {torn.name: "whole.pcap", "whole.pcap": "read"})
            done = common.call("survey", torn, whole)
            self.assertEqual(done.code, common.DAMAGED, done)
            self.assert_overlap(done, torn, whole)
        packets = syns(n=5000)
        packets[2000]["id"] ^= 1
        other = self.put("other.pcap", pcap(packets))
        out, done = self.run_ok(torn.with_name("1.pcap"), torn.with_name("0.pcap"), other, out="other", code=common.DAMAGED)
        self.assertEqual(self.fates(out), {"0.pcap": "read", "1.pcap": "other.pcap", "other.pcap": "read"})

    def test_grown(self):
        """The tally of a capture that was read before it was whole stays in the store, and is in no set or table."""
        plain = attempts()
        path = self.put("a.pcap", plain[:len(plain) * 2 // 3 + 1])
        self.run_ok(path, code=common.DAMAGED)
        path.write_bytes(plain)
        out, _ = self.run_ok(path)
        self.assertEqual(len(list(out.rglob("*.tally"))), 2)
        self.assert_same_sources(out, self.run_ok(path, out="once")[0])

    def test_store_alone(self):
        """Commands that are given a store and no captures take equal contents once too."""
        plain = attempts()
        one, other = self.put("a.pcap", plain), self.put("b.pcap.gz", gzip.compress(plain, 6, mtime=0))
        out, _ = self.run_ok(one, other)
        once, _ = self.run_ok(other, out="once")
        self.assert_same_sources(out, once)


if __name__ == "__main__":
    common.main()
