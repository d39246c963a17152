#!/usr/bin/env python3
"""Our sources beside somebody else's list, and handed out as a set: against Python's own sets."""

import csv
import gzip
import ipaddress
import stat
import tempfile
from pathlib import Path

import common
from test_countries import Oracle, roaring, sets_of


def rows_of(out, name):
    with open(Path(out, "tables", f"{name}.csv"), newline="", encoding="ascii") as file:
        return list(csv.DictReader(file))


def text_of(addresses):
    return "".join(f"{ipaddress.IPv4Address(address)}\n" for address in sorted(addresses))


class Overlap(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory(prefix="pz-test-")
        captures = common.day(Path(cls.kept.name, "day"), "--hours", "6", "--packets-per-hour", "4000")
        cls.out = Path(cls.kept.name, "out")
        done = common.call("run", "--no-report", *captures, "--out", cls.out)
        assert done.code == common.DONE, done
        cls.sets = sets_of(cls.out)
        cls.all = set().union(*cls.sets.values())
        # Every third of ours, and as many others.
        cls.others = set(sorted(cls.all)[::3]) | {(203 << 24) + 7 * i for i in range(100)}

    @classmethod
    def tearDownClass(cls):
        cls.kept.cleanup()

    def overlap(self, path, *options):
        done = common.call("overlap", "--out", self.out, "--with", path, *options)
        self.assertEqual(done.code, common.DONE, done)
        return rows_of(self.out, "overlap")[0]

    def check(self, row, ours, others):
        both = ours & others
        self.assertEqual([int(row[name]) for name in ("ours", "others", "both", "either")],
                         [len(ours), len(others), len(both), len(ours | others)])
        self.assertEqual(row["jaccard"], f"{len(both) / len(ours | others):.6f}")
        self.assertEqual(int(row["estimate"]), round((len(ours) + 1) * (len(others) + 1) / (len(both) + 1) - 1))

    def write(self, name, data):
        path = self.dir / name
        path.write_bytes(data)
        return path

    def test_text(self):
        text = "# a sinkhole's log\r\n\n" + text_of(self.others).replace("\n", " # seen\r\n")
        self.check(self.overlap(self.write("list", text.encode())), self.all, self.others)
        self.check(self.overlap(self.write("list.gz", gzip.compress(text.encode()))), self.all, self.others)

    def test_hours(self):
        path = self.write("list", text_of(self.others).encode())
        self.overlap(path)
        self.assertEqual([(row["hour"][:13], int(row["ours"]), int(row["both"])) for row in rows_of(self.out, "overlap_hourly")],
                         [(hour, len(self.sets[hour]), len(self.sets[hour] & self.others)) for hour in sorted(self.sets)])
        some = sorted(self.sets)[2:4]
        row = self.overlap(path, "--since", some[0], "--until", f"{some[1][:11]}{int(some[1][11:]) + 1:02}")
        self.check(row, self.sets[some[0]] | self.sets[some[1]], self.others)
        self.assertEqual(row["since"][:13], some[0])

    def test_countries(self):
        ranges = [(0, 0x5fffffff, "AR"), (0x60000000, 0xcfffffff, "UA")]
        table = self.write("ranges.csv", b"0,1610612735,AR\n1610612736,3489660927,UA\n")
        self.overlap(self.write("list", text_of(self.others).encode()), "--countries", table)
        oracle = Oracle(ranges)
        ours, others, both = (oracle.counts(some) for some in (self.all, self.others, self.all & self.others))
        self.assertEqual({row["country"]: (int(row["ours"]), int(row["others"]), int(row["both"]))
                          for row in rows_of(self.out, "overlap_country")},
                         {code: (ours[code], others[code], both[code]) for code in ours.keys() | others.keys()})

    def sources(self, *options):
        path = self.dir / "set"
        done = common.call("sources", "--out", self.out, "--to", path, *options)
        self.assertEqual(done.code, common.DONE, done)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        return path.read_bytes()

    def test_sources(self):
        """Out as text, out as a bitmap, and in again."""
        self.assertEqual(self.sources("--format", "txt").decode(), text_of(self.all))
        bitmap = self.sources("--format", "roaring")
        self.assertEqual(roaring(bitmap), self.all)
        self.check(self.overlap(self.write("ours.roaring", bitmap)), self.all, self.all)
        hour = sorted(self.sets)[3]
        self.assertEqual(roaring(self.sources("--since", hour, "--until", f"{hour[:11]}{int(hour[11:]) + 1:02}")),
                         self.sets[hour])

    def test_empty_list(self):
        self.check(self.overlap(self.write("none", b"# nobody\n")), self.all, set())

    def test_refusals(self):
        secret = "198.51.100.77"
        path = self.write("bad", f"{secret}\n{secret}x\n".encode())
        done = self.refuse("overlap", "--out", self.out, "--with", path, names=["line 2"])
        self.assertNotIn(secret, done.err)
        self.refuse("overlap", "--out", self.out, "--with", self.dir / "nothing", names=["nothing"], code=common.ENVIRONMENT)
        good = self.write("good", b"1.2.3.4\n")
        self.refuse("overlap", "--out", self.dir, "--with", good, names=["no sets"])
        self.refuse("overlap", "--out", self.out, names=["--with"])
        self.refuse("sources", "--out", self.out, names=["--to"])
        self.refuse("sources", "--out", self.out, "--to", self.dir / "x", "--format", "json", names=["roaring or txt"])
        self.refuse("sources", "--out", self.out, "--to", self.dir / "x", "--since", "2031-01-01", names=["no sets"])


if __name__ == "__main__":
    common.main()
