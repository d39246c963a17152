#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Verdicts on the published numbers: what passes, what differs, and what is too few to tell; and the tables `reach` and
`steps`, of captures that are made for it. Expected values are computed here."""

import json
import math
import random
import struct

import common
import made_tables
from test_report import rows_of

OUTBREAK = made_tables.OUTBREAK
HOUR = 3600


def cases_for_share(published, other):
    return ((1.96 * math.sqrt(published * (1 - published)) + 1.2816 * math.sqrt(other * (1 - other))) / (published - other))**2


class Verdicts(common.Case):
    def setUp(self):
        super().setUp()
        self.out = self.dir / "out"
        made_tables.Tables(4, first=OUTBREAK - made_tables.DAY).write(self.out)

    def table(self, name, header, rows):
        lines = [header, *(",".join("" if cell is None else str(cell) for cell in row) for row in rows)]
        (self.out / "tables" / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="ascii")

    def mark(self, scale, noise=1):
        """As summary.json says it of made-up captures."""
        summary = common.read_summary(self.out)
        summary["synthetic"] = {"captures": 1, "scale": scale, "noise": noise}
        (self.out / "summary.json").write_text(json.dumps(summary), encoding="utf-8")

    def rows(self):
        common.seal(self.out)
        made_tables.report(self.out)    # no gnuplot: quicker
        return {row["id"]: row for row in rows_of(self.out)}

    def hours(self, count):
        """Hours of four days, `count` of the second; whole."""
        times = range(OUTBREAK - made_tables.DAY, OUTBREAK + 3 * made_tables.DAY, HOUR)
        self.table("hourly", "hour,sources,scans,packets,covered_seconds,status,copies",
                   [(made_tables.text(t), count(t), 9, 9, HOUR, "whole", 0) for t in times])
        self.table("lens", "hour,sources,networks_reachable,networks_unreachable,covered_seconds,status",
                   [(made_tables.text(t), count(t), 128, 128, HOUR, "whole") for t in times])

    def reachable(self, bin_of):
        """Bins of ten minutes of the outbreak's day; `bin_of` gives (new, reachable) of the bin's hours since midnight."""
        self.table("reachable", "time,new_sources,new_reachable,status",
                   [(made_tables.text(OUTBREAK + i * 600), *bin_of(i / 6), "whole") for i in range(144)])

    def test_jump(self):
        """Over 70 % for ten minutes is a jump to over 70 %, whatever the share of the whole stretch is."""
        def shares(high, n=400):
            return lambda hour: (n, round(n * (0.25 if hour < 1.5 else high if 4.8 < hour < 5 else 0.4 if hour < 12 else 0.3)))

        for high, n, verdict in ((0.75, 400, "pass"), (0.6, 400, "differs"), (0.68, 400, "pass"), (0.6, 4, "too few")):
            self.reachable(shares(high, n))
            row = self.rows()["S14b"]
            self.assertEqual(row["verdict"], verdict, row)
            self.assertEqual(int(row["needed"]), math.ceil(cases_for_share(0.7, 0.6)))
        # 4 sources in ten minutes, 84 in all of the stretch: that is what ours is made of then.
        self.assertEqual((int(row["cases"]), float(row["ours"])), (84, 100 * round(4 * 0.4) / 4))

    def test_decay(self):
        def bins(late):
            return lambda hour: (1000, 250 if hour < 4 else 800 if hour < 6 else late)

        for late, verdict in ((300, "pass"), (790, "pass"), (900, "differs")):    # 790: chance alone could make it
            self.reachable(bins(late))
            row = self.rows()["S14d"]
            self.assertEqual((row["verdict"], float(row["ours"])), (verdict, (800 - late) / 10), row)

    def test_shares_of_few(self):
        """A share of few sources passes nobody by."""
        self.reachable(lambda hour: (10, 4))
        rows = self.rows()
        needed = math.ceil(max(cases_for_share(0.15, 0.05), cases_for_share(0.35, 0.45)))
        self.assertEqual((rows["S14a"]["verdict"], int(rows["S14a"]["cases"]), int(rows["S14a"]["needed"])),
                         ("too few", 90, needed))
        self.assertIn("15 to 35", rows["S14a"]["tolerance"])
        self.assertEqual(rows["S14c"]["verdict"], "pass")    # 1,140 are enough

    def test_contradiction_is_open(self):
        """The page's own numbers don't have a background below 1 %: no archive can be blamed."""
        for peak in (114911, 400000):
            self.hours(lambda t: peak if t == OUTBREAK + 17 * HOUR else 2000)
            row = self.rows()["S5a"]
            self.assertEqual((row["verdict"], row["ours"]), ("open", f"{100 * 2000 / peak:.2f}"))

    def test_scale_of_the_mark(self):
        """Counts at the scale of the captures' mark; of few, no verdict. 3 standard deviations, or a quarter found nine times
        of ten: ((3 + 1.2816) / 0.25)^2 cases."""
        needed = math.ceil(((3 + 1.2816) / 0.25)**2)
        for scale, noise, times, verdict in ((0.01, 1, 1, "pass"), (0.01, 1, 0.5, "differs"), (0.001, 1, 1, "too few"),
                                             (0.001, 1, 0.2, "too few"), (0.01, 50, 1, "pass")):
            published = scale * (114911 + (noise - 1) * 2000)
            peak = round(published * times)
            self.mark(scale, noise)
            self.hours(lambda t: peak if t == OUTBREAK + 17 * HOUR else round(2000 * scale * noise))
            rows = self.rows()
            row = rows["S6a"]
            self.assertEqual((row["published"], row["verdict"], int(row["needed"])), (f"{published:.0f}", verdict, needed), row)
            self.assertEqual(float(row["tolerance"].split()[0]), float(f"{300 / math.sqrt(published):.3g}"))
            self.assertEqual(rows["S4"]["verdict"], "pass" if noise > 1 else "too few")

    def test_recorded_counts_have_no_chance(self):
        self.hours(lambda t: 114911 if t == OUTBREAK + 17 * HOUR else 2000)
        row = self.rows()["S6a"]
        self.assertEqual((row["verdict"], row["tolerance"], row["cases"], row["needed"]), ("pass", "1 %", "", ""))

    def test_rise(self):
        """The first of three hours with more than any before; at the latest at 06:00."""
        for first, verdict in ((-2, "differs"), (0, "pass"), (6, "pass"), (7, "differs")):
            self.hours(lambda t: 5000 if t >= OUTBREAK + first * HOUR else 1500)
            row = self.rows()["S8"]
            self.assertEqual((row["verdict"], row["ours"]),
                             (verdict, made_tables.text(OUTBREAK + first * HOUR)[:16]), row)
        self.hours(lambda t: 5000 if t == OUTBREAK + 2 * HOUR or t >= OUTBREAK + 5 * HOUR else 1500)    # one hour is no rise
        self.assertEqual(self.rows()["S8"]["ours"], "2008-11-21T05:00")

    def test_ever_since(self):
        """Hours of later days, whole and with the same lens, above all before."""
        self.hours(lambda t: 50000 if t >= OUTBREAK + 3 * HOUR else 1500)
        row = self.rows()["S21"]
        self.assertEqual((row["ours"], row["verdict"], row["covered"]), ("100.0", "pass", "part"))
        self.hours(lambda t: 1000 if t == OUTBREAK + 50 * HOUR else 50000 if t >= OUTBREAK + 3 * HOUR else 1500)
        row = self.rows()["S21"]
        self.assertEqual((row["ours"], row["verdict"]), (f"{100 * 47 / 48:.1f}", "open"))    # covered in part: can't differ
        path = self.out / "tables" / "lens.csv"
        lines = path.read_text(encoding="ascii").splitlines()
        at = made_tables.text(OUTBREAK + 50 * HOUR)
        path.write_text("\n".join(f"{at},1000,1,0,3600,whole" if line.startswith(at) else line for line in lines) + "\n",
                        encoding="ascii")    # that hour saw one /16
        self.assertEqual(self.rows()["S21"]["ours"], "100.0")

    def test_small_countries(self):
        """Countries with fewer than 100,000 addresses have no rate."""
        self.assertEqual((self.rows()["S19c"]["ours"], self.rows()["S19c"]["verdict"]), ("0", "pass"))
        hour = made_tables.text(OUTBREAK + 19 * HOUR)
        self.table("country_hourly", "hour,country,sources,per_million", [(hour, "AR", 9, 3.0), (hour, "NR", 1, 200.0)])
        self.table("country", "country,sources,addresses,ranges_from", [("AR", 9, 3000000, None), ("NR", 1, 5000, None)])
        row = self.rows()["S19c"]
        self.assertEqual((row["ours"], row["verdict"]), ("1", "differs"))

    def test_stack(self):
        """TTL, ports and the second SYN's time, of the rows of fingerprint; as many cases as the worm has sources."""
        traits = [(r, l, t, p) for r in (0, 1) for l in (0, 1) for t in (0, 1) for p in (0, 1)]

        def scans(traits):
            return {(1, 1, 1, 1): (900, 20, 60, 15, 5), (1, 1, 0, 1): (100, 1, 0, 0, 0), (1, 1, 1, 0): (60, 1, 0, 0, 0)}.get(
                traits, (7, 7, 0, 0, 0))

        self.hours(lambda t: 50000)
        self.table("fingerprint", "hour,reachable,length_48,ttl_65_128,port_1024_5000,scans,attempts_1_syn,attempts_2_in_time,"
                   "attempts_2_other,attempts_3_or_more",
                   [(made_tables.text(OUTBREAK + h * HOUR), *t, *scans(t)) for h in range(24) for t in traits])
        for sources, few in ((5000, False), (100, True)):
            self.table("population", "hour,strict,caida2011,evidence",
                       [(made_tables.text(OUTBREAK + h * HOUR), 1, 1, sources if h == 17 else 50) for h in range(24)])
            rows = self.rows()
            for which, ours, verdict in (("S13a", 75.0, "pass"), ("S13b", 5.0, "pass"), ("S13c", 80.0, "pass"),
                                         ("S22a", 90.0, "pass"), ("S22b", 93.8, "pass")):
                row = rows[which]
                self.assertEqual((float(row["ours"]), row["verdict"], int(row["cases"])),
                                 (ours, "too few" if few else verdict, sources), row)


TAU = (2**32 - 1) // 512
PLACES = 65536


def mix32(x):
    """As tally/source.h has it."""
    x = ~x & 0xffffffff
    x ^= x >> 16
    x = x * 0x7feb352d & 0xffffffff
    x ^= x >> 15
    x = x * 0x846ca68b & 0xffffffff
    x ^= x >> 16
    return ~x & 0xffffffff


def syn(source, destination, ip_id=1, ttl=110, port=2000, sequence=1, length=48):
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, length, ip_id, 0x4000, ttl, 6, 0, source, destination)
    return ip + struct.pack(">HHIIBBHHH", port, 445, sequence, 0, 7 << 4, 2, 65535, 0, 0) + bytes(length - 40)


def write_capture(path, packets):
    """(second with fraction, packet) in order of time, as raw IP."""
    path.write_bytes(common.pcap(common.pcap_record(round(second * 1e6), data)
                                 for second, data in sorted(packets, key=lambda packet: packet[0])))


class Made(common.Case):
    def test_reach(self):
        """Sources that scan a quarter, a half or all of a lens of eight /16s, four of them low."""
        rng = random.Random(12)
        lens = [second << 16 for second in (3, 50, 90, 127, 128, 180, 200, 255)]
        for name, good, share in (("quarter", lambda a: not a & 0x00800080, 0.25), ("half", lambda a: not a & 0x80, 0.5),
                                  ("all", lambda a: True, 1.0)):
            sample = [a for net in lens for a in range(net, net + 65536) if mix32(a) < TAU and good(a)]
            packets, hits, places = [], 0, set()
            for i in range(250):
                source = 0x05000000 + i * 7919
                for j, destination in enumerate(rng.sample(sample, 7)):
                    at = OUTBREAK + 8 * HOUR + i * 20 + j * 4
                    packets += [(at + wait, syn(source, destination, port=1100 + j, sequence=i * 10 + j + 1))
                                for wait in (0, 2.95)]
                    hits += 1
                    places.add(mix32(destination) * PLACES // TAU)
            for i in range(200):    # three SYNs: another stack, which would reach everything
                destination = rng.choice(lens) + i
                packets += [(OUTBREAK + 8 * HOUR + i + wait, syn(0x06000000 + i, destination, port=1100))
                            for wait in (0, 2.95, 8.9)]
            # Of one, more destinations in the sample than are kept.
            packets += [(OUTBREAK + 8 * HOUR + k * 4 + wait, syn(0x07000001, d, port=1030 + k, sequence=k + 1))
                        for k, d in enumerate(rng.sample(sample, 20)) for wait in (0, 2.95)]
            path = self.dir / f"{name}.pcap"
            write_capture(path, packets)
            out, _ = self.run_ok(path, out=name)
            header, row = common.read_csv(out / "tables" / "reach.csv")
            row = dict(zip(header, row))
            distinct = round(-PLACES * math.log(1 - len(places) / PLACES))
            self.assertEqual((row["day"], row["networks"], row["sources"], row["left_out"], row["hits"], row["distinct"]),
                             ("2008-11-21", "8", "250", "1", str(hits), str(distinct)), name)
            low, high = distinct, 10**9
            while high - low > 1e-6 * low:
                middle = (low + high) / 2
                low, high = (middle, high) if middle * (1 - math.exp(-hits / middle)) < distinct else (low, middle)
            self.assertAlmostEqual(float(row["share"]), min(1, low * 512 / (8 * 65536)), delta=1e-4)
            self.assertAlmostEqual(float(row["share"]), share, delta=0.15 * share)

    def test_survival(self):
        """Kaplan and Meier's estimate, by hand: eight days with a gap of two; the gap and the end censor."""
        day, packets = 86400, []
        for second in range(0, 8 * day, 50):    # recording goes on, but for the gap
            if not 3 * day <= second < 5 * day:
                packets.append((OUTBREAK + second, syn(0x09000001, 1, port=80)[:33] + b"\x12" + bytes(14)))

        def source(address, *days):
            packets.extend((OUTBREAK + d * day + 700 + address, syn(0x05000000 + address, 2, port=2000, sequence=int(d * 9) + 1))
                           for d in days)

        for i in range(6):
            source(i, 0)                        # gone within a day
        for i in range(6, 10):
            source(i, 0.1, 1.4)                 # gone after one
        for i in range(10, 13):
            source(i, 0.2, 2.7)                 # two days, and then the gap
        for i in range(13, 15):
            source(i, 0.3, 1.1, 7.5)            # seven, and the end
        source(15, 0.3, 5.8)                    # five, gone
        write_capture(self.dir / "days.pcap", packets)
        out, _ = self.run_ok(self.dir / "days.pcap")
        header, *rows = common.read_csv(out / "tables" / "survival.csv")
        self.assertEqual(header, ["days", "at_risk", "gone", "censored", "share", "low", "high"])
        share, variance, at_risk = 1.0, 0.0, 16
        gone, censored = {0: 6, 1: 4, 5: 1}, {2: 3, 7: 2}
        self.assertEqual(len(rows), 8)
        for d, row in enumerate(rows):
            factor = math.exp(1.96 * math.sqrt(variance))
            self.assertEqual([int(x) for x in row[:4]], [d, at_risk, gone.get(d, 0), censored.get(d, 0)])
            for cell, wanted in zip(row[4:], (share, share / factor, min(share * factor, 1))):
                self.assertAlmostEqual(float(cell), wanted, delta=1e-6)
            share *= 1 - gone.get(d, 0) / at_risk
            variance += gone.get(d, 0) / (at_risk * (at_risk - gone.get(d, 0)))
            at_risk -= gone.get(d, 0) + censored.get(d, 0)
        self.assertEqual([row[4] for row in rows], sorted((row[4] for row in rows), reverse=True))

    def test_other_days(self):
        out, _ = self.run_ok(common.DATA / "outages.pcap.gz")
        first = common.read_csv(out / "tables" / "hourly.csv")[1][0]
        self.assertEqual(len(common.read_csv(out / "tables" / "reach.csv")), 2 if first.startswith("2008-11-21") else 1)

    def test_steps(self):
        """Ports and ip.id of a few sources, scan by scan; SYNs of the same attempt are no step."""
        hosts = {    # source: [(port, ip_id)], attempt by attempt; length; octet 4 of its destinations
            0x05010101: ([(1100, 500), (1300, 900), (1290, 65000)], 48, 5),      # + +, then - and, past the half, -
            0x05010102: ([(4990, 65500), (1030, 200), (1040, 100)], 48, 6),      # - and, past the end, +; then + -
            0x05010103: ([(1100, 500), (1300, 900), (1400, 1000)], 60, 7),       # another length
            0x05010104: ([(1100, 500), (1300, 900), (1400, 1000)], 48, 200),     # not reachable
            0x05010105: ([(1100, 500), (1300, 900)], 48, 8),                     # two destinations
        }
        packets = []
        for source, (attempts, length, octet4) in hosts.items():
            for j, (port, ip_id) in enumerate(attempts):
                packets.append((OUTBREAK + HOUR + 60 + 20 * j, syn(source, (j + 1 << 16) + octet4, ip_id, port=port,
                                                                      sequence=j + 1, length=length)))
        # Two SYNs an attempt: four scans are two attempts, one step.
        for j in range(3):
            for wait in (0, 3):
                packets.append((OUTBREAK + HOUR + 60 + 20 * j + wait,
                                syn(0x05010106, (j + 1 << 16) + 9, 100 * j + wait, port=1500 + j, sequence=j + 1)))
        write_capture(self.dir / "steps.pcap", packets)
        out, _ = self.run_ok(self.dir / "steps.pcap")
        header, row = common.read_csv(out / "tables" / "steps.csv")
        self.assertEqual(dict(zip(header, row)),
                         {"hour": "2008-11-21T01:00:00Z", "sources": "3", "steps": str(2 + 2 + 1),
                          "port_rises": str(1 + 1 + 1), "ip_id_rises": str(1 + 1 + 1), "status": "partial"})


if __name__ == "__main__":
    common.main()
