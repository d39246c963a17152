#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Sources by network, against a second implementation: the hours' sets, looked up address by address and prefix by prefix in
the lines of the files, each hour in the file of its time."""

import collections
import gzip
import hashlib
import ipaddress
import random
import tempfile
from pathlib import Path

import common
from test_countries import sets_of

RANKS = (1, 2, 3, 4, 7) if common.MPI else (None,)
SHOWN = 100


class Announced:
    """The lines of one file: {length: {prefix: network}}."""
    def __init__(self, lines):
        self.by_length = collections.defaultdict(dict)
        for prefix, length, network in lines:
            self.by_length[length].setdefault(prefix >> (32 - length) if length else 0, network)

    def find(self, address):
        for length in sorted(self.by_length, reverse=True):
            found = self.by_length[length].get(address >> (32 - length) if length else 0)
            if found:
                return found
        return "none"

    def addresses(self):
        """Of each network: what longer prefixes of others take away is theirs."""
        edges = sorted({edge << (32 - length) for length, prefixes in self.by_length.items() for prefix in prefixes
                        for edge in (prefix, prefix + 1)})
        count = collections.Counter()
        for first, end in zip(edges, edges[1:]):
            count[self.find(first)] += end - first
        return count


def text_of(lines):
    return "".join(f"{ipaddress.IPv4Address(prefix)}\t{length}\t{network}\n" for prefix, length, network in lines)


def lines_around(addresses, seed, networks):
    """Prefixes that hold some of the addresses, nested in each other, by one of so many networks."""
    dice, found, seen = random.Random(seed), [], set()
    for address in dice.sample(sorted(addresses), min(400, len(addresses))):
        for _ in range(dice.randrange(4)):
            length = dice.choice((6, 8, 12, 16, 19, 22, 24, 28, 32))
            prefix = address >> (32 - length) << (32 - length)
            if (prefix, length) not in seen:
                seen.add((prefix, length))
                number = 100 + dice.randrange(networks)
                found.append((prefix, length, dice.choice((f"{number}", f"{number}", f"{number}_7", f"{number},8"))))
    return found


class Networks(common.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kept = tempfile.TemporaryDirectory(prefix="pz-test-")
        cls.addClassCleanup(cls.kept.cleanup)
        cls.captures = common.day(Path(cls.kept.name, "day"), "--hours", 6, "--packets-per-hour", 2000, "--seed", 6)
        cls.store = Path(cls.kept.name, "store")
        cls.plain = Path(cls.kept.name, "plain")
        done = common.call("run", "--no-report", *cls.captures, "--store", cls.store, "--out", cls.plain)
        assert done.code == common.DONE, done
        cls.sets = sets_of(cls.plain)
        cls.all = set().union(*cls.sets.values())

    def write(self, name, lines, extra=""):
        path = self.dir / name
        data = (text_of(lines) + extra).encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    def reduce(self, *files, out="out", said="", **more):
        options = [option for path in files for option in ("--networks", path)]
        done = common.call("reduce", "--no-report", *self.captures, "--store", self.store, "--out", self.dir / out, *options,
                           **more)
        self.assertEqual(done.code, common.DONE, done)
        self.assertIn(said, done.err)
        tables = self.dir / out / "tables"
        return common.read_csv(tables / "networks.csv"), common.read_csv(tables / "networks_hourly.csv")

    def expect(self, at):
        """Both tables; `at` gives what was announced in an hour."""
        first = {}
        for hour in sorted(self.sets):
            for address in self.sets[hour]:
                first.setdefault(address, hour)
        whole = collections.Counter(at(hour).find(address) for address, hour in first.items())
        none = whole.pop("none", 0)
        order = sorted(whole, key=lambda network: (-whole[network], network))
        space = at(max(self.sets)).addresses()

        def rate(sources, addresses):
            return f"{sources * 1000 / addresses:.6f}" if addresses >= 256 else ""
        rows = [[network, str(whole[network]), str(space[network]), rate(whole[network], space[network])] for network in order]
        hourly = []
        for hour in sorted(self.sets):
            count, space = collections.Counter(map(at(hour).find, self.sets[hour])), at(hour).addresses()
            shown = order[:SHOWN]
            others = sum(n for network, n in count.items() if network not in shown and network != "none")
            free = sum(n for network, n in space.items() if network not in shown and network != "none")
            time = f"{hour}:00:00Z"
            hourly += [[time, network, str(count[network]), rate(count[network], space[network])]
                       for network in shown if count[network]]
            hourly += [[time, "others", str(others), rate(others, free)]] * (others > 0)
            hourly += [[time, "none", str(count["none"]), ""]] * (count["none"] > 0)
        return rows, str(none), hourly

    def check(self, got, at):
        rows, none, hourly = self.expect(at)
        self.assertEqual([row[:4] for row in got[0][1:-1]], rows)
        self.assertEqual(got[0][-1][:4], ["none", none, "", ""])
        self.assertEqual(got[1][1:], hourly)

    def test_one_file(self):
        lines = lines_around(self.all, 1, 300)
        announced = Announced(lines)
        path = self.write("routeviews-rv2-20081121-1200.pfx2as.gz", lines)
        got = self.reduce(path)
        self.check(got, lambda hour: announced)
        self.assertIn("others", [row[1] for row in got[1]])
        self.assertEqual(got[0][-1][4], f"pfx2as with {len(lines)} prefixes")
        record, data = common.read_summary(self.dir / "out")["networks"], text_of(lines).encode()
        self.assertEqual(record, {"from": got[0][-1][4],
                                  "of": [{"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}]})
        for ranks in RANKS[1:]:
            self.assertEqual(self.reduce(path, out=f"out-{ranks}", ranks=ranks), got)
        done = common.call("run", "--no-report", *self.captures, "--networks", path, "--out", self.dir / "run")
        self.assertEqual(done.code, common.DONE, done)
        self.assertEqual(common.read_csv(self.dir / "run" / "tables" / "networks_hourly.csv"), got[1])
        self.assert_same(*({name: value for name, value in common.snapshot(out / "tables").items()
                            if not name.startswith(("networks", "datapackage"))} for out in (self.dir / "run", self.plain)))

    def test_dated_files(self):
        """Each hour by the latest before it; the hours before all by the first."""
        files = {}
        for n, time in enumerate(("20081121-0200", "20081121-0400", "20081130-1200")):
            lines = lines_around(self.all, 10 + n, 40)
            files[time] = (self.write(f"routeviews-rv2-{time}.pfx2as", lines), Announced(lines))
        early, late, _ = (announced for _, announced in files.values())
        paths = [path for path, _ in files.values()]
        for order in (paths, paths[::-1]):
            said = "--networks: 2 hours are before the first of the files, which is of 2008-11-21T02,"
            self.check(self.reduce(*order, out=f"out-{order[0].stem}", said=said), lambda hour: late if int(hour[11:]) >= 4 else early)

    def test_damaged_lines(self):
        lines = lines_around(self.all, 20, 20)
        bad = "1.2.3.4\t24\n1.2.3\t24\t5\n1.2.3.0\t33\t5\n1.2.3.0\t24\tAS5\n1.2.3.0 24 5\n1.2.3.0\t-1\t5\n\n# x\n2001:db8::\t32\t5\n"
        announced = Announced(lines)
        self.check(self.reduce(self.write("damaged", lines, bad), said="damaged: 6 lines"), lambda hour: announced)

    def test_contradictions(self):
        """Of lines that give one prefix to several networks the first holds; the others are counted, as is a torn end. Lines
        that say one thing twice contradict nothing."""
        lines = lines_around(self.all, 30, 9)
        other = [(prefix, length, "66000") for prefix, length, _ in lines[5:12]]
        announced = Announced(lines)
        path = self.write("contradictory", [*lines, *lines[:50], *other], f"{ipaddress.IPv4Address(lines[0][0])}\t3")
        got = self.reduce(path, said="7 lines give a range another owner than a line before: the first holds")
        self.check(got, lambda hour: announced)
        n = len(lines) + 50 + 7
        self.assertEqual(got[0][-1][4], f"pfx2as with {n} prefixes, 1 lines skipped, cut short, 7 contradictory lines")
        path = self.write("cut", lines, "203.0.113.0\t24\t41")    # of 4134, for all that is known
        self.reduce(path, out="cut-out", said="the last line has no end")

    def test_zeros(self):
        """A zero in a text would hide all that follows."""
        lines = lines_around(self.all, 40, 9)
        path = self.write("zeros", lines)
        data = path.read_bytes()
        path.write_bytes(data[:len(data) // 2] + b"\0" + data[len(data) // 2:])
        for option in ("--networks", "--countries"):
            self.refuse("reduce", *self.captures, "--store", self.store, "--out", self.dir / "no", option, path,
                        names=[f"zero at byte {len(data) // 2}"])

    def test_refusals(self):
        def refuse(*files, names, code=common.USAGE):
            options = [option for path in files for option in ("--networks", path)]
            self.refuse("reduce", *self.captures, "--store", self.store, "--out", self.dir / "no", *options, names=names,
                        code=code)
        lines = [(0x01000000, 8, "1")]
        refuse(self.write("empty", []), names=["empty", "pfx2as"])
        refuse(self.write("undated", lines), self.write("x-20081121", lines), names=["undated", "date in its name"])
        torn = self.write("torn.gz", lines * 99)
        torn.write_bytes(torn.read_bytes()[:-9])
        refuse(torn, names=["torn.gz", "broken"], code=common.ENVIRONMENT)
        refuse(self.dir / "nothing", names=["nothing"], code=common.ENVIRONMENT)

    def test_whole_space(self):
        """A default route, and addresses at all edges."""
        lines = [(0, 0, "1"), (0, 1, "2"), (0x80000000, 32, "3"), (0xffffffff, 32, "4")]
        announced = Announced(lines)
        got = self.reduce(self.write("whole", lines))
        self.check(got, lambda hour: announced)
        self.assertEqual({row[0]: row[2] for row in got[0][1:-1]}, {"1": str(2 ** 31 - 2), "2": str(2 ** 31)})


if __name__ == "__main__":
    common.main()
