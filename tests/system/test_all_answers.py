#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""scripts/all-answers on a small archive of synth: what it makes is there, and is what the commands alone make."""

import bisect
import ipaddress
import os
import subprocess

import common
from test_networks import Announced

PORTS = (445, 139, 135)


class AllAnswers(common.Case):
    def setUp(self):
        super().setUp()
        self.archive = self.dir / "archive"
        done = common.call("synth", "--out", self.archive, "--from", "2008-11-21T01", "--until", "2008-11-21T04", "--scale", "0.003",
                           "--background", "0.02", "--quiet")
        assert done.code == common.DONE, done

    def answer(self, out):
        done = subprocess.run(["bash", common.REPO / "scripts" / "all-answers", self.archive, out, "--no-report"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env={**os.environ, "PATIENTZERO": common.PROGRAM}, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def test_all(self):
        out = self.dir / "out"
        said = self.answer(out)
        announced = Announced([(int(ipaddress.IPv4Address(prefix)), int(length), network) for prefix, length, network in (
            line.split("\t") for line in (self.archive / "truth" / "networks.pfx2as").read_text().splitlines())])
        sets = {}
        for port in PORTS:
            tables = common.read_tables_of(f"{out}", *(f"{port}/{name}" for name in (
                "hourly", "networks", "networks_hourly", "country_hourly", "tools")))
            self.assertEqual(len({row["hour"] for row in tables[f"{port}/tools"]}), 3)
            listed = common.call("sources", out / "restricted" / "sets" / f"{port}.roaring", "--format", "txt").out.split()
            sets[port] = set(map(int, map(ipaddress.IPv4Address, listed)))
            networks = {row["network"]: int(row["sources"]) for row in tables[f"{port}/networks"]}
            found = {}
            for address in sets[port]:
                found[announced.find(address)] = found.get(announced.find(address), 0) + 1
            self.assertEqual(networks, {"none": 0, **found})
            self.assertTrue((out / "tables" / str(port) / "datapackage.json").exists())
        self.assertTrue(all(sets.values()))
        lines = said.splitlines()
        at = next(i for i, line in enumerate(lines) if "--and" in line)
        self.assertEqual(lines[at + 1], str(len(sets[445] & sets[139])))
        at = next(i for i, line in enumerate(lines) if "--minus" in line)
        self.assertEqual(lines[at + 1], str(len({address >> 8 for address in sets[445] - sets[139] - sets[135]})))
        truth = (self.archive / "truth" / "patient_zero.csv").read_text(encoding="ascii").splitlines()[1].split(",")
        self.assertIn(f"$ patientzero source {truth[0]} ", said)
        self.assertIn(f"first scan  {truth[3][:19]}", said)
        self.assertIn("rank        1 in candidates.csv", said)

    def test_networks_of_the_twin(self):
        """They nest, some are of several networks, each lies in a held block, and some blocks are nobody's."""
        def numbers(name, separator, first, second):
            rows = [line.split(separator) for line in (self.archive / "truth" / name).read_text().splitlines()]
            return [(int(ipaddress.IPv4Address(row[first])), row[second], row) for row in rows if len(row) > second and "." in row[first]]
        held = sorted((first, first + int(count)) for first, count, row in numbers("delegated.txt", "|", 3, 4) if row[2] == "ipv4")
        lines = numbers("networks.pfx2as", "\t", 0, 1)
        prefixes = [(first, first + 2 ** (32 - int(length))) for first, length, _ in lines]
        self.assertEqual(len(set(prefixes)), len(prefixes))
        own = set()
        for first, end in prefixes:
            self.assertEqual(first % (end - first), 0)
            block = held[bisect.bisect_right(held, (first, 2 ** 33)) - 1]
            self.assertTrue(block[0] <= first < end <= block[1])
            own.add(block)
        self.assertEqual(len(held) - len(own), len(held) // 20)
        networks = {row[2] for _, _, row in lines}
        self.assertTrue(any("_" in one for one in networks) and any("," in one for one in networks))


if __name__ == "__main__":
    common.main()
