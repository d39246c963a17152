#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Figures 16 to 18 and the page's section on networks and tools: their numbers are those of the tables."""

import collections
import csv
import random
import re
import shutil
import subprocess

import common
import made_tables

SIGNS = ("zmap", "masscan", "mirai", "land", "ttl_200", "reserved", "unallocated")
# As CAIDA writes networks: one, several that announce a prefix, a set; and a long set, whose name the legend cuts.
NETWORKS = ("4134", "413", "4837_4808", "9318,4766", "1_2_3_4_5_6_7_8_9_10", *(str(7000 + i) for i in range(20)))


def read(out, name):
    with open(out / "tables" / f"{name}.csv", newline="", encoding="ascii") as file:
        return list(csv.DictReader(file))


def write(out, name, header, rows):
    with open(out / "tables" / f"{name}.csv", "w", newline="", encoding="ascii") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def make(out):
    """Tables of days around the outbreak, with outages; a network's share of an hour changes from hour to hour."""
    made = made_tables.Tables(6, made_tables.OUTBREAK - 2 * made_tables.DAY - 12 * made_tables.HOUR)
    made.write(out)
    dice, hourly, tools, whole = random.Random(16), [], [], collections.Counter()
    for second, sources, *_ in made.hours:
        if sources is None:
            continue
        time = made_tables.text(second)
        for i, network in enumerate(NETWORKS):
            n = dice.randrange(sources // (i + 3)) if dice.randrange(5) else 0
            whole[network] += n
            if n:
                hourly.append((time, network, n, f"{n / (10 + i):.6f}" if i % 4 else ""))
        hourly += [(time, "others", 77, "0.500000"), (time, "none", 5, "")][:dice.randrange(3)]
        tools += [(time, sign, dice.randrange(30), f"{dice.random() * 40:.6f}") for sign in SIGNS]
    write(out, "networks_hourly", ("hour", "network", "sources", "per_thousand"), hourly)
    order = sorted(NETWORKS, key=lambda network: (-whole[network], network))
    write(out, "networks", ("network", "sources", "addresses", "per_thousand", "prefixes_from"),
          [*((network, whole[network], 1024 + i, f"{whole[network] * 1000 / (1024 + i):.6f}", "") for i, network in enumerate(order)),
           ("none", 123, "", "", "pfx2as with 25 prefixes")])
    write(out, "tools", ("hour", "sign", "scans", "expected"), tools)
    common.seal(out)


class Senders(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.out = made_tables.folder(cls)
        make(cls.out)
        made_tables.report(cls.out)
        cls.page = (cls.out / "report.html").read_text(encoding="utf-8")

    def script(self, name):
        return (self.out / "figures" / f"{name}.gp").read_text(encoding="utf-8")

    def test_network_curves(self):
        """The outbreak's day: the networks' own numbers, and none is lost."""
        hours = collections.defaultdict(dict)
        for row in read(self.out, "networks_hourly"):
            if row["hour"].startswith("2008-11-21"):
                hours[row["hour"]][row["network"]] = row
        for name, column in (("figure-16-networks", "sources"), ("figure-17-networks-per-thousand", "per_thousand")):
            script, most = self.script(name), collections.Counter()
            for found in hours.values():
                for network, row in found.items():
                    if network not in ("others", "none") and row[column]:
                        most[network] = max(most[network], float(row[column]))
            shown = sorted(most, key=lambda network: (-most[network], network))[:8]
            titles = re.findall(r"^# c\d: AS (.+)$", script, re.M)
            self.assertEqual(titles, [network if len(network) <= 16 else network[:13] + "..." for network in shown])
            rows = list(csv.DictReader(re.search(r"^\$day << EOD\n(.*?)^EOD", script, re.S | re.M)[1].splitlines()))
            self.assertEqual([row["time"] for row in rows], [f"2008-11-21T{hour:02}:00:00Z" for hour in range(24)])
            for row in rows:
                found = hours[row["time"]]
                for i, network in enumerate(shown):
                    self.assertEqual(row[f"c{i + 1}"], found[network][column] if network in found else "", (row["time"], network))
                rest = sum(int(one["sources"]) for network, one in found.items() if network not in (*shown, "none"))
                none = found.get("none", {"sources": "0"})["sources"]
                self.assertEqual((row["others"], row["unknown"]), (str(rest), none) if found else ("", ""))

    def test_section(self):
        """The ten networks with the most, and the sums of signs."""
        section = self.page.split('<h2 id="senders">')[1].split("<h2")[0]
        rows = [re.findall("<td>(.*?)</td>", row) for row in re.findall("<tr[^>]*><td>.*</tr>", section)]
        expected = [[row["network"], f"{int(row['sources']):,}", f"{int(row['addresses']):,}", row["per_thousand"]]
                    for row in read(self.out, "networks")[:10]]
        self.assertEqual(rows[:10], expected)
        self.assertIn("are of 25 networks", section)
        self.assertIn("addresses of 123.", section)
        table = read(self.out, "tools")
        for sign, row in zip(SIGNS, rows[10:], strict=True):
            scans = sum(int(one["scans"]) for one in table if one["sign"] == sign)
            chance = sum(float(one["expected"]) for one in table if one["sign"] == sign)
            self.assertEqual([row[0], *row[2:]], [sign, f"{scans:,}", f"{chance:,.0f}" if chance >= 10 else f"{chance:.2f}"])
            self.assertIn(f" {scans:,} (by chance {chance:,.0f})", self.page)    # in the figure's description
        self.assertIn('<a href="#senders">', self.page)

    def test_tools(self):
        """Each panel reads the rows of its sign, and they fit into it."""
        script, table = self.script("figure-18-tools"), read(self.out, "tools")
        panels = re.findall(r'set yrange \[0:(\d+)\].*?^plot .*? every 7::(\d).*? every 7::(\d)', script, re.S | re.M)
        self.assertEqual([(int(one), int(other)) for _, one, other in panels], [(i, i) for i in range(7)])
        for i, (top, _, _) in enumerate(panels):
            self.assertEqual({row["sign"] for row in table[i::7]}, {SIGNS[i]})
            most = max(float(row[name]) for row in table[i::7] for name in ("scans", "expected"))
            self.assertTrue(most <= int(top) <= 10 * most, (SIGNS[i], top, most))

    def test_drawn(self):
        """gnuplot takes the scripts, also of names with a comma."""
        if not shutil.which("gnuplot"):
            self.skipTest("there is no gnuplot")
        for name in ("figure-16-networks", "figure-17-networks-per-thousand", "figure-18-tools"):
            done = subprocess.run(["gnuplot", f"{name}.gp"], cwd=self.out / "figures", stderr=subprocess.PIPE, check=True)
            self.assertEqual(done.stderr, b"")
            self.assertGreater((self.out / "figures" / f"{name}.svg").stat().st_size, 5000)

    def test_without_networks(self):
        """The section says how to know them, and no figure is drawn."""
        out = shutil.copytree(self.out, self.dir / "out", ignore=shutil.ignore_patterns("networks*", "figures", "report.html"))
        common.seal(out)
        done = made_tables.report(out)
        self.assertFalse(list((out / "figures").glob("figure-1[67]-*")))
        self.assertIn("Networks are not known", (out / "report.html").read_text(encoding="utf-8"))
        self.assertIn("figure-16-networks is left out", done.err)


if __name__ == "__main__":
    common.main()
