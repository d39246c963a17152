#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Our sources beside somebody else's list, and handed out as a set: against Python's own sets."""

import bz2
import csv
import gzip
import hashlib
import ipaddress
import math
import lzma
import re
import shutil
import stat
import tempfile
from pathlib import Path

import common
from test_countries import Oracle, number, roaring, sets_of


def rows_of(out, name, label=None):
    """A table's rows; with a label, those of that list."""
    with open(Path(out, "tables", f"{name}.csv"), newline="", encoding="ascii") as file:
        return [row for row in csv.DictReader(file) if label is None or row["list"] == label]


def label_of(path, addresses):
    """What a list is called: its name and the digest of what is in it, unless that would give its addresses away."""
    data = Path(path).read_bytes()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else bz2.decompress(data) if data[:3] == b"BZh" else \
        lzma.decompress(data) if data[:5] == b"\xfd7zXZ" else data
    name = re.sub(r'[^ -~]|[,"\\\\:<&]', "_", Path(path).name)
    return f"{name}:{hashlib.sha256(name.encode() if addresses < 4 else data).hexdigest()[:12]}"


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
        return self.row(path)

    def row(self, path, out=None):
        """The one row of the list."""
        found = [row for row in rows_of(out or self.out, "overlap") if row["list"] == label_of(path, int(row["others"]))]
        self.assertEqual(len(found), 1, found)
        return found[0]

    def check(self, row, ours, others):
        both = ours & others
        self.assertEqual([int(row[name]) for name in ("ours", "others", "both", "either")],
                         [len(ours), len(others), len(both), len(ours | others)])
        self.assertEqual(row["jaccard"], f"{len(both) / len(ours | others):.6f}")
        if not ours or not others:
            self.assertEqual([row[name] for name in ("estimate", "estimate_low", "estimate_high")], [""] * 3)
            return
        self.assertEqual(int(row["estimate"]), round((len(ours) + 1) * (len(others) + 1) / (len(both) + 1) - 1))
        only = [len(ours - others) + 0.5, len(others - ours) + 0.5, len(both) + 0.5]
        neither = only[0] * only[1] / only[2] + 0.5
        factor = math.exp(1.96 * math.sqrt(1 / neither + sum(1 / n for n in only)))
        seen = len(ours | others)
        self.assertEqual(int(row["estimate_low"]), max(seen, math.floor(seen - 0.5 + neither / factor)))
        self.assertEqual(int(row["estimate_high"]), math.ceil(seen - 0.5 + neither * factor))

    def write(self, name, data):
        path = self.dir / name
        path.write_bytes(data)
        return path

    def test_text(self):
        text = "# a sinkhole's log\r\n\n" + text_of(self.others).replace("\n", " # seen\r\n")
        self.check(self.overlap(self.write("list", text.encode())), self.all, self.others)
        self.check(self.overlap(self.write("list.gz", gzip.compress(text.encode()))), self.all, self.others)

    def test_forms(self):
        """Lists as people keep them, read as Python's ipaddress reads them."""
        prefixes = ["5.0.0.0/20", "9.9.9.9/32", "100.64.3.7/24"]
        wanted = set().union(*(range(int(net[0]), int(net[-1]) + 1) for net in
                               (ipaddress.ip_network(text, strict=False) for text in prefixes)))
        some = sorted(self.others)[:300]
        plain = [str(ipaddress.IPv4Address(address)) for address in some]
        for name, text, want in (
                ("slash32", "".join(f"{address}/32\n" for address in plain), set(some)),
                ("prefixes", "\n".join(prefixes), wanted),
                ("range", "1.0.0.250-1.0.1.5\n7.7.7.7-7.7.7.7\n", set(range(0x010000fa, 0x01000106)) | {0x07070707}),
                ("comments", "# list\n; x\n// y\n" + "".join(f"{address}\t; seen\n" for address in plain), set(some)),
                ("bom", "\ufeff" + "\r\n".join(plain), set(some)),
                ("mac", "\r".join(plain) + "\r", set(some)),
                ("csv", "ip,first seen\n" + "".join(f'"{address}",2009-01-25\n' for address in plain), set(some)),
                ("semicolons", "".join(f"{address};4\n" for address in plain), set(some)),
                ("ports", "".join(f"{address}:80\n" for address in plain), set(some)),
                ("ipv6", "2001:db8::1\n::ffff:1.2.3.4\n[2001:db8::2]:80\n" + "\n".join(plain), set(some))):
            with self.subTest(name):
                path = self.write(name, text.encode())
                done = common.call("overlap", "--out", self.out, "--with", path)
                self.assertEqual(done.code, common.DONE, done)
                self.check(self.row(path), self.all, want)
                said = {"csv": "first line names columns", "ipv6": "3 lines with IPv6"}.get(name)
                self.assertEqual(done.err.strip() == "", said is None, done)
                self.assertIn(said or "", done.err)

    def test_other_compression(self):
        """What can't be read is named with its remedy."""
        text = text_of(self.others).encode()
        reads = re.search(r"reads (.*?) \(gzip with", common.built_in()).group(1)
        for name, data, remedy in (("bzip2", bz2.compress(text), "bunzip2"), ("xz", lzma.compress(text), "unxz")):
            with self.subTest(name):
                path = self.write(f"a.{name}", data)
                if name in reads:
                    self.check(self.overlap(path), self.all, self.others)
                    self.refuse("overlap", "--out", self.out, "--with", self.write("torn", data[:-9]), names=["broken"],
                                code=common.ENVIRONMENT)
                else:
                    self.refuse("overlap", "--out", self.out, "--with", path, names=[name, remedy])
        for name, data, names in (("a.txt", text.decode().encode("utf-16"), ["UTF-16", "iconv"]),
                                  ("a.bin", b"1.2.3.4\n\0\0\n", ["neither text"])):
            with self.subTest(name):
                self.refuse("overlap", "--out", self.out, "--with", self.write(name, data), names=[name, *names])

    def test_hours(self):
        path = self.write("list", text_of(self.others).encode())
        self.overlap(path)
        self.assertEqual([(row["hour"][:13], int(row["ours"]), int(row["both"])) for row in rows_of(self.out, "overlap_hourly", self.row(path)["list"])],
                         [(hour, len(self.sets[hour]), len(self.sets[hour] & self.others)) for hour in sorted(self.sets)])
        some = sorted(self.sets)[2:4]
        row = self.overlap(path, "--since", some[0], "--until", f"{some[1][:11]}{int(some[1][11:]) + 1:02}")
        self.check(row, self.sets[some[0]] | self.sets[some[1]], self.others)
        self.assertEqual(row["since"][:13], some[0])

    def test_countries(self):
        ranges = [(0, 0x5fffffff, "AR"), (0x60000000, 0xcfffffff, "UA")]
        table = self.write("ranges.csv", b"0,1610612735,AR\n1610612736,3489660927,UA\n")
        label = self.overlap(self.write("list", text_of(self.others).encode()), "--countries", table)["list"]
        oracle = Oracle(ranges)
        ours, others, both = (oracle.counts(some) for some in (self.all, self.others, self.all & self.others))
        self.assertEqual({row["country"]: (int(row["ours"]), int(row["others"]), int(row["both"]))
                          for row in rows_of(self.out, "overlap_country", label)},
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

    def test_gaps(self):
        """Hours without a set have a row without numbers, and a long stretch of them one row."""
        out = self.dir / "gaps"
        sets = out / "restricted" / "sources"
        sets.mkdir(parents=True)
        kept = self.out / "restricted" / "sources" / f"{sorted(self.sets)[0]}.roaring"
        for hour in ("2008-11-21T00", "2008-11-21T03", "2008-12-31T05"):
            (sets / f"{hour}.roaring").write_bytes(kept.read_bytes())
        (out / "tables").mkdir()
        shutil.copy(self.out / "tables" / "hourly.csv", out / "tables")
        common.seal(out)
        done = common.call("overlap", "--out", out, "--with", kept)
        self.assertEqual(done.code, common.DONE, done)
        n = str(len(self.sets[sorted(self.sets)[0]]))
        self.assertEqual([(row["hour"], row["ours"], row["both"], row["share_of_ours"]) for row in rows_of(out, "overlap_hourly")],
                         [("2008-11-21T00:00:00Z", n, n, "1.000000"), ("2008-11-21T01:00:00Z", "", "", ""),
                          ("2008-11-21T02:00:00Z", "", "", ""), ("2008-11-21T03:00:00Z", n, n, "1.000000"),
                          ("2008-11-21T04:00:00Z", "", "", ""), ("2008-12-31T05:00:00Z", n, n, "1.000000")])

    def test_figure(self):
        """report draws what overlap wrote, with its numbers in words."""
        for old in (self.out / "tables").glob("overlap*"):
            old.unlink()
        lists = {"list": self.others, "another": set(sorted(self.others)[::2])}
        for name, addresses in lists.items():
            self.overlap(self.write(name, text_of(addresses).encode()))
        done = common.call("report", "--out", self.out)
        self.assertEqual(done.code, common.DONE, done)
        shares = [float(row["share_of_ours"]) for row in rows_of(self.out, "overlap_hourly")]
        page = (self.out / "report.html").read_text(encoding="utf-8")
        self.assertIn('<figure id="figure-15-overlap"', page)
        self.assertIn(f"from {100 * min(shares):.1f} to {100 * max(shares):.1f} %", page)
        script = (self.out / "figures" / "figure-15-overlap.gp").read_text(encoding="utf-8")
        for name, addresses in lists.items():
            self.assertIn(f"{name}: of {len(self.all):,} sources in all and {len(addresses):,} addresses of the list, "
                          f"{len(self.all & addresses):,} are the same", page)
            self.assertEqual(len(re.findall(rf'^set label \d+ "{name}" at', script, re.M)), 2, script)    # of two panels
        self.assertEqual(len(re.findall(r'^set label \d+ "ours" at', script, re.M)), 1, script)
        if shutil.which("gnuplot"):
            self.assertTrue((self.out / "figures" / "figure-15-overlap.png").exists())

    def test_store(self):
        """The same from the store alone, with other names of the times, and tables in a folder that no run wrote to."""
        store = self.out / "restricted" / "store"
        span = sorted(self.sets)[1:3]
        times = ("--from", span[0], "--until", f"{span[1][:11]}{int(span[1][11:]) + 1:02}")
        path = self.dir / "set"
        done = common.call("sources", "--store", store, "--to", path, "--format", "txt", *times)
        self.assertEqual(done.code, common.DONE, done)
        want = self.sets[span[0]] | self.sets[span[1]]
        self.assertEqual(path.read_text(encoding="ascii"), text_of(want))
        done = common.call("overlap", "--store", store, "--out", self.dir / "beside", "--with", path, *times)
        self.assertEqual(done.code, common.DONE, done)
        self.check(self.row(path, self.dir / "beside"), want, want)
        self.assertEqual([row["hour"][:13] for row in rows_of(self.dir / "beside", "overlap_hourly")], span)
        self.refuse("sources", "--store", self.dir, "--to", path, names=["not a store"])
        self.refuse("sources", "--store", store, "--to", path, "--since", "2031-01-01", names=["no sources"])

    def test_damaged_tally(self):
        """It is named, and stays; a scan of its capture makes it good."""
        store = self.dir / "store"
        shutil.copytree(self.out / "restricted" / "store", store)
        tally = sorted(store.glob("*/*.tally"))[0]
        whole = tally.read_bytes()
        for n in (100, len(whole) // 2):
            tally.write_bytes(whole[:n])
            self.refuse("sources", "--store", store, "--to", self.dir / "x", "--rule", "evidence", code=common.ENVIRONMENT,
                        names=[tally.name, "scan its capture again"])
            self.assertEqual(tally.read_bytes(), whole[:n])
        self.assertFalse((self.dir / "x").exists())

    def test_empty_list(self):
        self.check(self.overlap(self.write("none", b"# nobody\n")), self.all, set())

    def test_lists(self):
        """A result for each list, with which it was; the same list again, also under another name, replaces its own."""
        for old in (self.out / "tables").glob("overlap*"):
            old.unlink()
        table = self.write("ranges.csv", b"0,1610612735,AR\n1610612736,3489660927,UA\n")
        text = "ip,seen\n2001:db8::1\n" + text_of(self.others)
        one = self.write('b, the "first".csv', text.encode())
        two = self.write("a.txt", text_of(self.all).encode())
        self.overlap(one, "--countries", table)
        alone = {name: rows_of(self.out, name) for name in ("overlap", "overlap_hourly", "overlap_country")}
        self.overlap(two)
        row = self.row(one)
        self.assertEqual({name: row[name] for name in ("list_sha256", "entries", "passed_over", "rule")},
                         {"list_sha256": hashlib.sha256(text.encode()).hexdigest(), "entries": str(len(self.others)),
                          "passed_over": "2", "rule": "all"})
        self.assertEqual(row["list"].split(":")[0], "b_ the _first_.csv")
        labels = [row["list"] for row in rows_of(self.out, "overlap")]
        self.assertEqual(labels, [label_of(two, 4), label_of(one, 4)])
        self.assertEqual([row["list"] for row in rows_of(self.out, "overlap_hourly")], [name for name in labels for _ in self.sets])
        for name, rows in alone.items():
            self.assertEqual(rows_of(self.out, name, labels[1]), rows, name)
        both = common.snapshot(self.out / "tables")
        # The order of commands is of no account, and a list takes its own place.
        for old in (self.out / "tables").glob("overlap*"):
            old.unlink()
        self.overlap(two)
        self.overlap(one, "--countries", table)
        self.assert_same(common.snapshot(self.out / "tables"), both)
        self.overlap(one, "--countries", table)
        self.assert_same(common.snapshot(self.out / "tables"), both)
        packed = self.write("other-name.gz", gzip.compress(text.encode()))
        row = self.overlap(packed, "--since", sorted(self.sets)[2])
        self.assertEqual(row["since"][:13], sorted(self.sets)[2])
        self.assertEqual([row["list"] for row in rows_of(self.out, "overlap")], [label_of(two, 4), label_of(packed, 4)])
        self.assertEqual(rows_of(self.out, "overlap_hourly", labels[0]), [row for row in self.parse(both, "overlap_hourly") if row["list"] == labels[0]])
        # A table that somebody changed is not built upon.
        path = self.out / "tables" / "overlap_hourly.csv"
        path.write_bytes(path.read_bytes().replace(b"T0", b"T1"))
        done = common.call("overlap", "--out", self.out, "--with", one)
        self.assertEqual(done.code, common.DONE, done)
        self.assertIn("overlap_hourly.csv was changed", done.err)
        self.assertEqual([row["list"] for row in rows_of(self.out, "overlap")], [label_of(one, 4)])
        # A digest of three addresses would give them away.
        few = self.overlap(self.write("few", b"1.2.3.4\n1.2.3.5-1.2.3.6\n"))
        self.assertEqual((few["list_sha256"], few["entries"], few["others"]), ("", "2", "3"))
        few = self.overlap(self.write("four", b"1.2.3.4\n1.2.3.4-1.2.3.7\n"))
        self.assertEqual((few["list_sha256"] != "", few["entries"], few["others"]), (True, "2", "4"))

    @staticmethod
    def parse(snapshot, name):
        return list(csv.DictReader(snapshot[f"{name}.csv"][1].decode("ascii").splitlines()))

    def test_refusals(self):
        secret = "198.51.100.77"
        for line in (f"{secret}x", "1.2.3", f"{secret}/33", f"{secret}/", f"{secret}-1.2.3.4", f"{secret}-", "name", "-", "/8"):
            path = self.write("bad", f"{secret}\n{line}\n".encode())
            done = self.refuse("overlap", "--out", self.out, "--with", path, names=["line 2"])
            self.assertNotIn(secret, done.err)
        self.refuse("overlap", "--out", self.out, "--with", self.dir / "nothing", names=["nothing"], code=common.ENVIRONMENT)
        good = self.write("good", b"1.2.3.4\n")
        self.refuse("overlap", "--out", self.dir, "--with", good, names=["no sets"])
        self.refuse("overlap", "--out", self.out, names=["--with"])
        self.refuse("sources", "--to", self.dir / "x", names=["--out", "--store"])
        self.refuse("sources", "--out", self.out, "--to", self.dir / "x", "--rule", "likely", names=["evidence"])
        self.refuse("sources", "--out", self.out, "--to", self.dir / "x", "--format", "json", names=["roaring, txt or cidr"])
        self.refuse("sources", "--out", self.out, "--to", self.dir / "x", "--since", "2031-01-01", names=["no sets"])


class Rules(common.Case):
    """The worm's sources by each rule, against what judge says of every source of every window and who scanned when. The
    hours lie on both sides of midnight, and so in two windows."""
    RULES = {"strict": lambda row: row["strict"] == "1", "caida2011": lambda row: row["caida2011"] == "1",
             "evidence": lambda row: float(row["evidence"]) >= 6.908, "all": lambda row: True}

    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory(prefix="pz-test-")
        twin, cls.out = Path(cls.kept.name, "twin"), Path(cls.kept.name, "out")
        cls.store = cls.out / "restricted" / "store"
        for arguments in (("synth", "--out", twin, "--from", "2008-11-21T21", "--until", "2008-11-22T03", "--scale",
                           "0.001", "--noise", "40", "--background", "0.0005", "--seed", "7", "--quiet"),
                          ("run", "--no-report", twin, "--out", cls.out),
                          ("judge", twin, "--store", cls.store, "--out", Path(cls.kept.name, "judged.csv"))):
            done = common.call(*arguments)
            assert done.code == common.DONE, done
        cls.sets = sets_of(cls.out)
        with open(Path(cls.kept.name, "judged.csv"), newline="", encoding="ascii") as file:
            cls.judged = list(csv.DictReader(file))

    @classmethod
    def tearDownClass(cls):
        cls.kept.cleanup()

    def expected(self, rule, hours):
        """A source is in if it scanned in one of the hours, and the rule says so of that hour's window, a day."""
        of_day = {}
        for row in self.judged:
            if self.RULES[rule](row):
                of_day.setdefault(row["window"][:10], set()).add(number(row["source"]))
        return set().union(*(self.sets[hour] & of_day[hour[:10]] for hour in hours))

    def selected(self, rule, *options):
        path = self.dir / "set"
        done = common.call("sources", "--to", path, "--rule", rule, *options)
        self.assertEqual(done.code, common.DONE, done)
        return path.read_bytes()

    def test_rules(self):
        hours = sorted(self.sets)
        spans = [(hours, ()), (hours[:1], ("--until", "2008-11-21T22")), (hours[5:], ("--since", "2008-11-22T02")),
                 (hours[2:4], ("--from", "2008-11-21T23", "--until", "2008-11-22T01"))]
        sizes = {}
        for rule in self.RULES:
            for chosen, times in spans:
                want = self.expected(rule, chosen)
                self.assertEqual(roaring(self.selected(rule, "--out", self.out, *times)), want, (rule, times))
                self.assertEqual(self.selected(rule, "--store", self.store, "--format", "txt", *times).decode(),
                                 text_of(want), (rule, times))
                sizes.setdefault(rule, len(want))
        self.assertLess(0, sizes["evidence"])
        self.assertLess(sizes["evidence"], sizes["strict"])
        self.assertLess(sizes["strict"], sizes["caida2011"])
        self.assertLess(sizes["caida2011"], sizes["all"])

    def test_population(self):
        """An hour has as many as population.csv says."""
        for row in rows_of(self.out, "population"):
            hour = row["hour"][:13]
            until = f"{hour[:11]}{int(hour[11:]) + 1:02}" if hour[11:] != "23" else "2008-11-22"
            for rule in ("strict", "caida2011", "evidence"):
                found = roaring(self.selected(rule, "--out", self.out, "--since", hour, "--until", until))
                self.assertEqual(len(found), int(row[rule]), (hour, rule))

    def test_judge_cut_off(self):
        """judge of the windows' own times says the same as judge of all."""
        of_day = roaring(self.selected("evidence", "--store", self.store, "--from", "2008-11-22"))
        self.assertEqual(of_day, {number(row["source"]) for row in self.judged
                                  if row["window"] == "2008-11-22T00:00:00Z" and float(row["evidence"]) >= 6.908})

    def test_overlap(self):
        """Beside another list, the worm's alone."""
        others = self.dir / "others"
        others.write_bytes(text_of(sorted(self.expected("all", self.sets))[::2]).encode())
        done = common.call("overlap", "--out", self.out, "--with", others, "--rule", "evidence")
        self.assertEqual(done.code, common.DONE, done)
        found = roaring_of_text(others)
        for row in rows_of(self.out, "overlap_hourly"):
            ours = self.expected("evidence", [row["hour"][:13]])
            self.assertEqual((int(row["ours"]), int(row["both"])), (len(ours), len(ours & found)), row)
        self.assertEqual(int(rows_of(self.out, "overlap")[0]["ours"]), len(self.expected("evidence", self.sets)))

    def test_window(self):
        """Judged by an hour alone, fewer pass."""
        whole = roaring(self.selected("evidence", "--out", self.out))
        self.assertLess(len(roaring(self.selected("evidence", "--out", self.out, "--window", "1"))), len(whole))


def roaring_of_text(path):
    return set(map(number, path.read_text(encoding="ascii").split()))


if __name__ == "__main__":
    common.main()
