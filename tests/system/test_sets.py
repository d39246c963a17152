#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Sets of sources put together and written in every form, against Python's own sets and its ipaddress."""

import bz2
import collections
import gzip
import ipaddress
import random
import subprocess
import tempfile
from pathlib import Path

import common
from test_countries import roaring, sets_of


def text_of(addresses):
    return "".join(f"{ipaddress.IPv4Address(address)}\n" for address in sorted(addresses))


class Sets(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory(prefix="pz-test-")
        cls.addClassCleanup(cls.kept.cleanup)
        captures = common.day(Path(cls.kept.name, "day"), "--hours", "5", "--packets-per-hour", "3000")
        cls.out = Path(cls.kept.name, "out")
        done = common.call("run", "--no-report", *captures, "--out", cls.out)
        assert done.code == common.DONE, done
        cls.sets = sets_of(cls.out)
        cls.hours = sorted(cls.sets)
        cls.all = set().union(*cls.sets.values())

    def write(self, name, data):
        path = self.dir / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def sources(self, *arguments, said=None, **more):
        done = common.call("sources", *arguments, **more)
        self.assertEqual(done.code, common.DONE, done)
        self.assertIn(said or "", done.err)
        return done.out

    def addresses(self, *arguments, **more):
        return {int(ipaddress.IPv4Address(line)) for line in self.sources(*arguments, "--format", "txt", **more).splitlines()}

    def test_operations(self):
        """From left to right, whatever comes between."""
        a, b, c = (self.sets[hour] for hour in self.hours[:3])
        out, names = ("--out", self.out), self.hours
        span = f"{names[1]}/{names[3]}"
        both = self.sets[names[1]] | self.sets[names[2]]
        listed = set(sorted(self.all)[::2]) | {(203 << 24) + i for i in range(9)}
        path = self.write("list", text_of(listed))
        for arguments, wanted in (
                ((), self.all), ((names[0],), a), ((names[0], names[1], path), a | b | listed), ((span,), both),
                (("2008-11-21",), self.all),
                ((names[0], "--plus", names[1], "--minus", names[2]), (a | b) - c),
                ((names[0], "--minus", names[2], "--plus", names[1]), (a - c) | b),
                ((names[0], "--and", path, "--plus", names[1], "--and", span), ((a & listed) | b) & both),
                (("--minus", path, names[0], names[1]), (a | b) - listed),
                (("--since", names[1], "--until", names[3], "--minus", path), both - listed),
                ((path, "--minus", "2008-11-21"), listed - self.all),
                ((names[0], "--and", names[0], "--minus", names[0]), set())):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.addresses(*out, *arguments), wanted)
                out = ("--store", self.out / "restricted" / "store") if out[0] == "--out" else ("--out", self.out)
        rng = random.Random(5)
        for _ in range(2):
            wanted, arguments = set(a), [names[0]]
            for _ in range(rng.randrange(6)):
                option, operand = rng.choice(("--plus", "--and", "--minus")), rng.choice([*names, path])
                other = listed if operand == path else self.sets[operand]
                wanted = {"--plus": wanted | other, "--and": wanted & other, "--minus": wanted - other}[option]
                arguments += [option, operand]
            self.assertEqual(self.addresses(*out, *arguments), wanted, arguments)

    def test_files_alone(self):
        """Lists of any form, without a result."""
        some = set(sorted(self.all)[:200])
        lists = {
            "bom": "\ufeff# comment\r\n" + text_of(some).replace("\n", "\r\n"),
            "csv": "address,seen\n" + text_of(some).replace("\n", ",3\n"),
            "cidr": "".join(f"{net}\n" for net in ipaddress.collapse_addresses(map(ipaddress.IPv4Address, some))),
            "gzip": gzip.compress(text_of(some).encode()), "two": 2 * gzip.compress(text_of(some).encode()),
            "padded": gzip.compress(text_of(some).encode()) + bytes(512),
            "ipv6": "2001:db8::1\n2001:db8::/32\n" + text_of(some)}
        if "bzip2" in common.built_in():
            lists["bzip2"] = bz2.compress(text_of(some).encode())
        for name, data in lists.items():
            with self.subTest(name):
                said = "2 lines with IPv6" if name == "ipv6" else None
                self.assertEqual(self.addresses(self.write(name, data), said=said), some)
        data = lists["gzip"]
        self.assertEqual(self.addresses("--plus", "-", stdin=data), some)
        piped = subprocess.run(["bash", "-c", f"'{common.PROGRAM}' sources <(zcat '{self.dir}/gzip') --count"],
                               stdout=subprocess.PIPE, check=True).stdout
        self.assertEqual(piped, b"%d\n" % len(some))
        self.refuse("sources", self.write("torn", data[:-4]), names=["torn", "broken"], code=common.ENVIRONMENT)
        self.refuse("sources", self.write("behind", data + b"x"), names=["behind", "broken"], code=common.ENVIRONMENT)

    def test_forms(self):
        edges = {0, 1, 2, 3, 255, 256, 2 ** 32 - 1, 2 ** 32 - 2, 2 ** 31, *range(0x0a000003, 0x0a010203)}
        for name, wanted in (("ours", self.all), ("edges", edges), ("none", set())):
            path = self.write(name, text_of(wanted) or "# nobody\n")
            with self.subTest(name):
                self.assertEqual(self.sources(path, "--format", "txt"), text_of(wanted))
                self.assertEqual(self.sources(path, "--format", "cidr"), "".join(
                    f"{net}\n" for net in ipaddress.collapse_addresses(map(ipaddress.IPv4Address, sorted(wanted)))))
                self.assertEqual(self.sources(path, "--count"), f"{len(wanted)}\n")
                to = self.dir / f"{name}.roaring"
                self.sources(path, "--to", to)
                self.assertEqual(roaring(to.read_bytes()), wanted)
                self.assertEqual(self.addresses(to), wanted)
                for length in (8, 24) if name == "ours" else (16,):
                    counts = collections.Counter(address >> (32 - length) for address in wanted)
                    table = "prefix,sources\n" + "".join(
                        f"{ipaddress.IPv4Address(prefix << (32 - length))}/{length},{n}\n" for prefix, n in sorted(counts.items()))
                    self.assertEqual(self.sources(path, "--by", length), table)
                    self.assertEqual(self.sources(path, "--by", f"/{length}", "--count"), f"{len(counts)}\n")
        whole = self.write("whole", "0.0.0.0/0\n")
        self.assertEqual(self.sources(whole, "--format", "cidr"), "0.0.0.0/0\n")
        self.assertEqual(self.sources(whole, "--count"), f"{2 ** 32}\n")
        self.assertEqual(self.sources(whole, "--by", 8).splitlines()[-1], "255.0.0.0/8,16777216")

    def test_refusals(self):
        out = ("--out", self.out)
        for arguments, names in (
                ((), ["--out"]), ((*out, "2008-11-20"), ["no sets"]), (("2008-11-21",), ["--out"]),
                ((*out, "2008-11-21", "--minus", "2008-11-20"), ["no sets"]),
                ((*out, "2008-11-22/2008-11-21"), ["not after"]), ((*out, "2008-11-21T01:30"), ["whole hours"]),
                ((*out, "2008-11-21", "--since", "2008-11-21"), ["--since"]), ((*out, "--by", "20"), ["8, 16 or 24"]),
                ((*out, "--count", "--format", "txt"), ["--count"]), ((*out, "--and", ""), ["empty"])):
            with self.subTest(arguments=arguments):
                self.refuse("sources", *arguments, names=names)
        self.refuse("sources", *out, "--and", "2008-11-31", names=["2008-11-31"], code=common.ENVIRONMENT)
        self.refuse("sources", *out, "--minus", self.write("bad", "1.2.3.4\nnobody.example\n"), names=["line 2"])


if __name__ == "__main__":
    common.main()
