#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Sources by country, against a second implementation: the hours' sets, looked up address by address in the ranges."""

import bz2
import collections
import csv
import gzip
import ipaddress
import lzma
import random
import struct
from pathlib import Path

import common

HEADER_LINE = "2|somewhere|20081121|{}|19900101|20081121|+0000\n"
# AR and BR hold large blocks, NR a small one; a count that is no power of two; others' kinds of rows.
DELEGATED = """# a comment
somewhere|*|ipv4|*|5|summary
somewhere|AR|ipv4|{a}.0.0.0|16777216|19900101|allocated
somewhere|BR|ipv4|{b}.0.0.0|3000000|19900101|assigned|some-holder
somewhere|nr|ipv4|{c}.7.0.0|65537|20010101|allocated
somewhere|AR|ipv6|2001:db8::|32|20010101|allocated
somewhere|AR|asn|1|1|20010101|allocated
somewhere||ipv4|{c}.0.0.0|1024|20010101|available
somewhere|ZZ|ipv4|{c}.1.0.0|1024||reserved
"""


def sets_of(out):
    """{hour: addresses}, read by hand from the portable Roaring format."""
    return {path.name.split(".")[0]: roaring(path.read_bytes()) for path in Path(out, "restricted", "sources").iterdir()}


def roaring(data):
    """https://github.com/RoaringBitmap/RoaringFormatSpec"""
    cookie = struct.unpack_from("<I", data)[0]
    runs, at = [], 4
    if cookie & 0xffff == 12347:
        n = (cookie >> 16) + 1
        flags = data[4:4 + (n + 7) // 8]
        runs = [flags[i // 8] >> (i % 8) & 1 for i in range(n)]
        at += (n + 7) // 8
    else:
        assert cookie == 12346
        n, at = struct.unpack_from("<I", data, 4)[0], 8
        runs = [0] * n
    heads = [struct.unpack_from("<HH", data, at + 4 * i) for i in range(n)]
    at += 4 * n
    if cookie & 0xffff == 12346 or n >= 4:
        at += 4 * n    # offsets
    found = set()
    for (key, less), run in zip(heads, runs):
        if run:
            count, at = struct.unpack_from("<H", data, at)[0], at + 2
            for _ in range(count):
                first, more = struct.unpack_from("<HH", data, at)
                found.update((key << 16) + i for i in range(first, first + more + 1))
                at += 4
        elif less + 1 > 4096:
            words, at = data[at:at + 8192], at + 8192
            found.update((key << 16) + i for i in range(65536) if words[i // 8] >> (i % 8) & 1)
        else:
            found.update((key << 16) + low for low in struct.unpack_from(f"<{less + 1}H", data, at))
            at += 2 * (less + 1)
    return found


def number(address):
    return int(ipaddress.IPv4Address(address))


class Oracle:
    """Ranges in the order in which they were named; of those that hold an address, the narrowest wins, then the first."""

    def __init__(self, ranges):
        self.ranges = ranges

    def find(self, address):
        holding = [(last - first, i, code) for i, (first, last, code) in enumerate(self.ranges) if first <= address <= last]
        return min(holding)[2] if holding else "ZZ"

    def counts(self, addresses):
        return collections.Counter(map(self.find, addresses))


def mmdb(networks):
    """A small MaxMind DB of IPv4 networks (https://maxmind.github.io/MaxMind-DB/), records of 24 bits."""
    nodes = [[None, None]]
    data, offsets = b"", {}

    def text(value):
        return bytes([2 << 5 | len(value)]) + value.encode()
    for _, code in networks:
        if code not in offsets:
            offsets[code] = len(data)
            data += bytes([7 << 5 | 1]) + text("country") + bytes([7 << 5 | 1]) + text("iso_code") + text(code)
    for network, code in networks:
        net, at = ipaddress.IPv4Network(network), 0
        bits = f"{int(net.network_address):032b}"[:net.prefixlen]
        for i, bit in enumerate(bits):
            if i == len(bits) - 1:
                nodes[at][int(bit)] = ("data", code)
            elif nodes[at][int(bit)] is None:
                nodes.append([None, None])
                nodes[at][int(bit)] = at = len(nodes) - 1
            else:
                at = nodes[at][int(bit)]
    tree = b""
    for node in nodes:
        for record in node:
            value = len(nodes) if record is None else (len(nodes) + 16 + offsets[record[1]] if isinstance(record, tuple)
                                                       else record)
            tree += value.to_bytes(3, "big")

    def unsigned(kind, value):
        raw = value.to_bytes(4, "big").lstrip(b"\0")
        return (bytes([kind << 5 | len(raw)]) if kind < 8 else bytes([len(raw), kind - 7])) + raw
    entries = [("binary_format_major_version", unsigned(5, 2)), ("binary_format_minor_version", unsigned(5, 0)),
               ("build_epoch", unsigned(9, 1227225600)), ("database_type", text("Made-Country")),
               ("description", bytes([7 << 5])), ("ip_version", unsigned(5, 4)),
               ("languages", bytes([0, 4])), ("node_count", unsigned(6, len(nodes))), ("record_size", unsigned(5, 24))]
    metadata = bytes([7 << 5 | len(entries)]) + b"".join(text(name) + value for name, value in entries)
    return tree + b"\0" * 16 + data + b"\xab\xcd\xefMaxMind.com" + metadata


class Countries(common.Case):
    @classmethod
    def setUpClass(cls):
        import tempfile
        cls.kept = tempfile.TemporaryDirectory(prefix="pz-test-")
        cls.captures = common.day(Path(cls.kept.name, "day"), "--hours", "7", "--packets-per-hour", "4000")

    @classmethod
    def tearDownClass(cls):
        cls.kept.cleanup()

    def octets(self):
        """First octets that many sources have."""
        out, _ = self.run_ok(*self.captures, out="plain")
        everyone = set().union(*sets_of(out).values())
        self.assertGreater(len(everyone), 100)
        return [octet for octet, _ in collections.Counter(address >> 24 for address in everyone).most_common(3)]

    def check(self, oracle, *files, out="out", **options):
        """The tables that a run with these files makes are the oracle's."""
        named = [option for file in files for option in ("--countries", file)]
        out, _ = self.run_ok(*named, *self.captures, out=out, **options)
        sets = sets_of(out)
        wanted = {}
        for hour, addresses in sets.items():
            for code, n in oracle.counts(addresses).items():
                wanted[f"{hour}:00:00Z", code] = n
        with open(out / "tables" / "country_hourly.csv", newline="", encoding="ascii") as file:
            got = list(csv.DictReader(file))
        self.assertEqual({(row["hour"], row["country"]): int(row["sources"]) for row in got}, wanted)
        self.assertGreater(len({code for _, code in wanted}), 2)
        with open(out / "tables" / "country.csv", newline="", encoding="ascii") as file:
            totals = {row["country"]: row for row in csv.DictReader(file)}
        everyone = oracle.counts(set().union(*sets.values()))
        self.assertEqual({code: int(row["sources"]) for code, row in totals.items() if row["sources"] != "0"}, everyone)
        for row in got:
            addresses = totals[row["country"]]["addresses"]
            rated = addresses and int(addresses) >= 100000
            self.assertEqual(row["per_million"], f"{int(row['sources']) * 1e6 / int(addresses):.3f}" if rated else "", row)
        return out, totals

    def delegated(self, a, b, c):
        path = self.dir / "delegated"
        path.write_text(HEADER_LINE.format(3) + DELEGATED.format(a=a, b=b, c=c), encoding="ascii")
        return path, [(a << 24, (a << 24) + 16777215, "AR"), (b << 24, (b << 24) + 2999999, "BR"),
                      ((c << 24) + (7 << 16), (c << 24) + (7 << 16) + 65536, "NR")]

    def test_delegated(self):
        """The registries' files: counts that are no power of two, other kinds of rows, the extended form's last column."""
        a, b, c = self.octets()
        path, ranges = self.delegated(a, b, c)
        out, totals = self.check(Oracle(ranges), path)
        self.assertEqual({code: row["addresses"] for code, row in totals.items()},
                         {"AR": "16777216", "BR": "3000000", "NR": "65537", "ZZ": ""})
        self.assertEqual(totals["ZZ"]["ranges_from"], "delegated file of somewhere, serial 20081121")
        zipped = self.dir / "delegated.gz"
        zipped.write_bytes(gzip.compress(path.read_bytes()))
        again, _ = self.run_ok("--countries", zipped, *self.captures, out="zipped")
        self.assert_same(common.snapshot(again / "tables"), common.snapshot(out / "tables"))

    def test_several_files_and_overlaps(self):
        """A narrower range holds over a wider one, whichever file it is in; of equal ones, the file named first."""
        a, b, c = self.octets()
        path, ranges = self.delegated(a, b, c)
        rng = random.Random(3)
        more = []
        for _ in range(200):
            first = (rng.choice((a, b, c)) << 24) + rng.randrange(1 << 24)
            size = rng.choice((1 << 8, 3000, 1 << 16, 1 << 20))
            more.append((first, min(first + size - 1, 0xffffffff), rng.choice(("UA", "CN", "AR", "A1"))))
        equal = (ranges[2][0], ranges[2][1], "US")
        ranged = self.dir / "ranges.csv"
        ranged.write_text("".join(f"{ipaddress.IPv4Address(x)},{ipaddress.IPv4Address(y)},{code}\n"
                                  for x, y, code in [*more, equal]), encoding="ascii")
        self.check(Oracle(ranges + more + [equal]), path, ranged)

    def test_dated_files(self):
        """Of one registry's files each hour has the latest before it; other registries' hold side by side."""
        a, b, c = self.octets()
        day = {}
        for name, ranges in (("delegated-one-20081120", [(a << 24, (a << 24) + 0xffffff, "AR")]),
                             ("delegated-one-20081121-0600.csv", [(a << 24, (a << 24) + 0xffffff, "UA")]),
                             ("delegated-two-20081119", [(b << 24, (b << 24) + 0xffffff, "BR")]),
                             ("undated", [(c << 24, (c << 24) + 0xffffff, "CN")])):
            path = self.dir / name.replace(".csv", "")
            path.write_text("".join(f"{x},{y},{code}\n" for x, y, code in ranges), encoding="ascii")
            day[path] = ranges
        first, second, other, undated = day.values()
        named = [option for path in day for option in ("--countries", path)]
        out, _ = self.run_ok(*named, *self.captures)
        wanted = {}
        for hour, addresses in sets_of(out).items():
            oracle = Oracle([*(second if int(hour[11:]) >= 6 else first), *other, *undated])
            wanted.update({(f"{hour}:00:00Z", code): n for code, n in oracle.counts(addresses).items()})
        with open(out / "tables" / "country_hourly.csv", newline="", encoding="ascii") as file:
            got = {(row["hour"], row["country"]): int(row["sources"]) for row in csv.DictReader(file)}
        self.assertEqual(got, wanted)
        self.assertEqual({"AR", "UA", "BR", "CN"} - {code for _, code in wanted}, set())

    def test_csv_kinds(self):
        """GeoLite's quoted columns, numeric starts and ends, with and without a heading."""
        a, b, c = self.octets()
        ranges = [(a << 24, (a << 24) + 0xfffffe, "AR"), (b << 24, (b << 24) + (1 << 23), "UA")]
        geolite = self.dir / "GeoIPCountryWhois.csv"
        geolite.write_text("".join(f'"{ipaddress.IPv4Address(x)}","{ipaddress.IPv4Address(y)}","{x}","{y}","{code}","Some, where"\n'
                                   for x, y, code in ranges), encoding="ascii")
        numeric = self.dir / "numeric.csv"
        numeric.write_text("start,end,country,region\n" + "".join(f"{x},{y},{code.lower()},zz9\n" for x, y, code in ranges),
                           encoding="ascii")
        one, totals = self.check(Oracle(ranges), geolite, out="geolite")
        self.assertEqual(totals["AR"]["addresses"], str(0xffffff))
        other, _ = self.check(Oracle(ranges), numeric, out="numeric")
        self.assert_same(common.snapshot(one / "tables"), common.snapshot(other / "tables"))

    def test_maxmind_db(self):
        a, b, c = self.octets()
        networks = [(f"{a}.0.0.0/8", "AR"), (f"{b}.0.0.0/9", "UA"), (f"{c}.128.0.0/10", "CN")]
        path = self.dir / "made.mmdb"
        path.write_bytes(mmdb(networks))
        done = common.call("run", "--no-report", "--countries", path, self.captures[0], "--out", self.dir / "try")
        if "without libmaxminddb" in done.err:
            self.skipTest("built without libmaxminddb")
        nets = [(ipaddress.IPv4Network(net), code) for net, code in networks]
        _, totals = self.check(Oracle([(int(net[0]), int(net[-1]), code) for net, code in nets]), path)
        self.assertEqual(totals["ZZ"]["ranges_from"], "MaxMind DB Made-Country")
        tables = common.snapshot(self.dir / "out" / "tables")
        for name, compress in (("gzip", gzip.compress), ("bzip2", bz2.compress), ("xz", lzma.compress)):
            packed = self.dir / f"made.mmdb.{name}"
            packed.write_bytes(compress(path.read_bytes()))
            if name in common.built_in().split(" (gzip with")[0]:
                out, _ = self.run_ok("--countries", packed, *self.captures, out=name)
                self.assert_same(common.snapshot(out / "tables"), tables)
            else:
                self.refuse("run", "--countries", packed, self.captures[0], "--out", self.dir / "x", names=[name])
        packed.write_bytes(gzip.compress(path.read_bytes())[:-20])
        self.refuse("run", "--countries", packed, self.captures[0], "--out", self.dir / "x", names=["broken"],
                    code=common.ENVIRONMENT)

    @common.unittest.skipUnless(common.MPI, "built without MPI")
    def test_ranks(self):
        a, b, c = self.octets()
        path, ranges = self.delegated(a, b, c)
        one, _ = self.check(Oracle(ranges), path, out="one")
        three, _ = self.run_ok("--countries", path, *self.captures, out="three", ranks=3)
        self.assert_same(common.snapshot(three / "tables"), common.snapshot(one / "tables"))

    def test_without(self):
        """No countries, no tables of them; and none of an earlier run are left."""
        a, b, c = self.octets()
        path, ranges = self.delegated(a, b, c)
        out, _ = self.check(Oracle(ranges), path)
        self.run_ok(*self.captures, out="out")
        self.assertFalse((out / "tables" / "country_hourly.csv").exists())
        self.assertFalse((out / "tables" / "country.csv").exists())

    def test_byte_order_mark(self):
        plain, marked = self.dir / "plain.csv", self.dir / "marked.csv"
        plain.write_bytes(b"1.0.0.0,255.255.255.255,AU\n")
        marked.write_bytes(b"\xef\xbb\xbf" + plain.read_bytes())
        outs = [self.run_ok("--countries", path, *self.captures, out=path.stem)[0] for path in (plain, marked)]
        self.assert_same(*(common.snapshot(out / "tables") for out in outs))

    def test_compressed(self):
        """As captures may be."""
        ranges = b"1.0.0.0,255.255.255.255,AU\n"
        outs = []
        for name, data in (("gzip", gzip.compress(ranges)), ("bzip2", bz2.compress(ranges)), ("xz", lzma.compress(ranges))):
            path = self.dir / name
            path.write_bytes(data)
            if name in common.built_in().split(" (gzip with")[0]:
                outs.append(self.run_ok("--countries", path, *self.captures, out=f"out-{name}")[0])
            else:
                self.refuse("run", "--countries", path, self.captures[0], "--out", self.dir / "x", names=[name])
        for out in outs[1:]:
            self.assert_same(common.snapshot(out / "tables"), common.snapshot(outs[0] / "tables"))

    def test_refusals(self):
        bad = self.dir / "bad"
        for text, names in (("", ["bad", "no range"]), ("1.0.0.0,1.0.0.255,AU\n1.0.1.0,x,AU\n", ["line 2"]),
                            ("a|b|ipv4|1.2.3|256|1|allocated\n", ["line 1"]),
                            ("a|AR|ipv4|255.255.255.0|257|1|allocated\n", ["line 1"])):
            bad.write_text(text, encoding="ascii")
            self.refuse("run", "--no-report", "--countries", bad, self.captures[0], "--out", self.dir / "x", names=names)
        self.refuse("run", "--no-report", "--countries", self.dir / "nothing", self.captures[0], "--out", self.dir / "x",
                    names=["nothing"], code=common.ENVIRONMENT)
        ranges = b"1.0.0.0,1.0.0.255,AU\n" * 1000
        for data, names in ((b"\x1f\x9d\x90" + ranges, ["compress", "gunzip"]), (ranges.decode().encode("utf-16"), ["UTF-16", "iconv"]),
                            (b"network,geoname_id\n1.0.0.0/24,2077456\n", ["GeoLite2", ".mmdb"]),
                            (b"geoname_id,locale_code,continent_code,continent_name,country_iso_code\n"
                             b"49518,en,AF,Africa,RW\n", ["GeoLite2", ".mmdb"]),
                            (gzip.compress(b"\xef\xbb\xbfgeoname_id,locale_code\n49518,en\n"), ["GeoLite2", ".mmdb"])):
            bad.write_bytes(data)
            self.refuse("run", "--no-report", "--countries", bad, self.captures[0], "--out", self.dir / "x", names=names)
        bad.write_bytes(gzip.compress(ranges)[:-20])
        self.refuse("run", "--no-report", "--countries", bad, self.captures[0], "--out", self.dir / "x",
                    names=["broken"], code=common.ENVIRONMENT)


if __name__ == "__main__":
    common.main()
