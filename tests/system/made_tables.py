# SPDX-License-Identifier: BSD-2-Clause
"""Tables as a run would write them for a long archive, made up from a curve: for tests of what reads tables only.

The curve has what the published page shows (background, an outbreak in an S-curve, a daily rhythm, outages, an hour torn,
a month on one /16), in rough numbers; nothing here is evidence of anything."""

import datetime
import math
import random
import tempfile
from pathlib import Path

import common

HOUR, DAY = 3600, 86400
OUTBREAK = 1227225600       # 2008-11-21
FIRST = 1224720000          # 2008-10-23
SMALL_LENS = (1229731200 + 5 * DAY, 1231545600 - 4 * DAY)     # 25 December to 5 January
COUNTRIES = [("CN", 0.2, 180e6), ("AR", 0.12, 5e6), ("BR", 0.13, 25e6), ("RU", 0.1, 20e6), ("TW", 0.08, 22e6),
             ("US", 0.06, 1400e6), ("IN", 0.07, 15e6), ("UA", 0.02, 4e6), ("DE", 0.04, 84e6), ("CL", 0.05, 4.5e6),
             ("KR", 0.05, 60e6), ("IT", 0.05, 33e6), ("NR", 0.0001, 8192), ("VE", 0.03, 3.5e6)]


def text(second):
    return datetime.datetime.fromtimestamp(second, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_out(second, rng):
    day = (second - FIRST) // DAY
    return day in (12, 13, 58, 59, 60, 200) or (second - FIRST) // HOUR in (700, 701, 900)


def sources_at(second, rng):
    since = (second - OUTBREAK) / HOUR
    noise = 1700 + 300 * math.sin(second / 9000)
    worm = 0
    if since > 1:
        worm = 115000 / (1 + math.exp(-(since - 10) / 1.7)) * (1 + max(0, since - 17) / 2500)
        if since > 18:
            worm *= 0.84 + 0.16 * math.cos((second % DAY / HOUR - 14.2) / 24 * 2 * math.pi)
        if second > 1230508800:
            worm *= 1.5
    if SMALL_LENS[0] <= second < SMALL_LENS[1]:
        worm, noise = worm / 12, noise / 40
    return int((noise + worm) * rng.uniform(0.97, 1.03))


def folder(test):
    """A path for tables that all tests of the class read. It is removed with the class."""
    kept = tempfile.TemporaryDirectory(prefix="pz-test-")
    test.addClassCleanup(kept.cleanup)
    return Path(kept.name, "out")


def report(out):
    """Draws the report of these tables without gnuplot: scripts and captions, no pictures."""
    with tempfile.TemporaryDirectory(prefix="pz-test-") as empty:
        done = common.call("report", "--out", out, env={"PATH": empty})
    assert done.code == common.DONE, done
    return done


class Tables:
    """The rows, hour by hour; write(folder) writes them."""

    def __init__(self, days=450, first=FIRST, seed=1):
        rng = random.Random(seed)
        self.hours = []      # (second, sources or None, networks, covered, status)
        for n in range(days * 24):
            second = first + n * HOUR
            if is_out(second, rng):
                self.hours.append((second, None, 0, 0, "missing"))
                continue
            sources = sources_at(second, rng)
            networks = 1 if SMALL_LENS[0] <= second < SMALL_LENS[1] else 256
            if n % 533 == 5:
                self.hours.append((second, sources // 3, networks, 1100, "partial" if n % 2 else "damaged"))
            else:
                self.hours.append((second, sources, networks, HOUR, "whole"))

    def days(self):
        days = {}
        for row in self.hours:
            days.setdefault(row[0] // DAY, []).append(row)
        return sorted(days.items())

    def write(self, out):
        folder = Path(out, "tables")
        folder.mkdir(parents=True, exist_ok=True)

        def put(name, header, rows):
            with open(folder / f"{name}.csv", "w", encoding="ascii") as file:
                file.write(header + "\n")
                file.writelines(",".join("" if cell is None else str(cell) for cell in row) + "\n" for row in rows)

        def counted(row):
            return (row[1], row[1] * 9, row[1] * 9 + 10**6) if row[1] is not None else (None, None, None)

        def copies(sources):
            return None if sources is None else 0

        put("hourly", "hour,sources,scans,packets,covered_seconds,status,copies",
            [(text(r[0]), *counted(r), r[3], r[4], copies(r[1])) for r in self.hours])
        put("lens", "hour,sources,networks_reachable,networks_unreachable,covered_seconds,status",
            [(text(r[0]), r[1], *((None, None) if r[1] is None else (1, 0) if r[2] == 1 else (128, 128)), r[3], r[4])
             for r in self.hours])
        daily, diurnal = [], []
        for day, rows in self.days():
            whole = [r for r in rows if r[4] == "whole"]
            there = [r[1] for r in rows if r[1] is not None]
            name = text(day * DAY)[:10]
            covered = sum(r[3] for r in rows)
            status = ("damaged" if any(r[4] == "damaged" for r in rows) else "missing" if not there else
                      "whole" if covered == DAY else "partial")
            unique = int(sum(there) * 0.35) if there else None
            daily.append((name, unique, *((unique * 30, unique * 40) if there else (None, None)), covered, status, copies(unique)))
            peak, low = (max(whole, key=lambda r: r[1]), min(whole, key=lambda r: r[1])) if whole else (None, None)
            diurnal.append((name, *((peak[0] % DAY // HOUR, peak[1], low[0] % DAY // HOUR, low[1]) if whole else
                                    (None,) * 4), len(whole), status))
        put("daily", "day,sources,scans,packets,covered_seconds,status,copies", daily)
        put("coverage", "day,hours_whole,hours_partial,hours_damaged,hours_missing,covered_seconds,status",
            [(text(day * DAY)[:10], *(sum(r[4] == s for r in rows) for s in ("whole", "partial", "damaged", "missing")),
              sum(r[3] for r in rows), daily[i][-2]) for i, (day, rows) in enumerate(self.days())])
        put("diurnal", "day,peak_hour,peak_sources,lowest_hour,lowest_sources,whole_hours,status", diurnal)
        self.write_new(put)
        self.write_countries(put)
        self.write_overlap(put)
        self.write_senders(put)
        self.write_worm(put, Path(out, "restricted"))
        there = [r for r in self.hours if r[1] is not None]
        count = {s: sum(r[4] == s for r in self.hours) for s in ("whole", "partial", "missing", "damaged")}
        put("total", "sources,scans,packets,hours_whole,hours_partial,hours_missing,hours_damaged,first_time,last_time,"
            "copies",
            [(25_000_000, sum(r[1] for r in there) * 9, sum(r[1] for r in there) * 12, count["whole"], count["partial"],
              count["missing"], count["damaged"], text(there[0][0]).replace("Z", ".000000Z"),
              text(there[-1][0]).replace("Z", ".000000Z"), 0)])
        common.seal(out)

    def write_new(self, put):
        rng = random.Random(7)
        first_seen, reachable, first_day, total = [], [], [], 0
        for second, sources, _, covered, status in self.hours:
            since = (second - OUTBREAK) / HOUR
            for part in range(6):
                time = second + part * 600
                if sources is None:
                    first_seen.append((text(time), None, None, total))
                else:
                    new = max(1, int(sources / 6 * 0.12))
                    total += new
                    first_seen.append((text(time), new, new * 45 // 100, total))
                if 0 <= since < 168:
                    at = since + part / 6
                    share = 0.25 if at < 1.5 else 0.74 if at < 5 else 0.35 + 0.39 * math.exp(-(at - 5) / 9)
                    new = 0 if sources is None else max(8, int(sources / 6 * 0.4))
                    reached = sum(rng.random() < share for _ in range(min(new, 400))) * new // min(new, 400) if new else 0
                    reachable.append((text(time), *((None, None) if sources is None else (new, reached)), status))
            if 0 <= since < 24:
                before = first_day[-1][3] if first_day else 0
                new = None if sources is None else int(sources * 0.45)
                first_day.append((text(second), sources, new, before + (new or 0), covered, status))
        put("first_seen", "time,new_sources,new_reachable,cumulative_sources", first_seen)
        put("reachable", "time,new_sources,new_reachable,status", reachable)
        put("new_sources", "hour,new_sources,new_reachable,cumulative_sources,status", self.hourly_new(first_seen))
        put("survival", "days,at_risk,gone,censored,share,low,high",
            [(d, 25_000_000 - d * 50_000, 40_000, 10_000, *(f"{x * (0.3 + 0.7 * math.exp(-d / 9)):.6f}" for x in (1, 0.99, 1)))
             for d in range(min(450, len(self.hours) // 24))])
        put("first_day", "hour,sources,new_sources,cumulative_sources,covered_seconds,status", first_day)

    def write_overlap(self, put):
        """Beside two lists: a sinkhole's, which has a growing part of the worm's sources and none of the others, and a small
        one of 100 days."""
        rows = []
        for label, part, hours in (("honeypot.txt:0123456789ab", 0.02, self.hours[:2400]),
                                   ("sinkhole.csv:fedcba987654", 0.3, self.hours)):
            for i, (second, sources, *_) in enumerate(hours):
                both = None if sources is None else int(max(0, sources - 2000) * (part + 0.2 * i / len(self.hours)))
                rows.append((text(second), sources, both, f"{both / sources:.6f}" if sources else None, label))
        put("overlap_hourly", "hour,ours,both,share_of_ours,list", rows)
        since, until = text(self.hours[0][0]), text(self.hours[-1][0] + HOUR)
        put("overlap", "since,until,ours,others,both,either,jaccard,estimate,estimate_low,estimate_high,rule,list_sha256,entries,"
            "passed_over,list",
            [(since, text(self.hours[:2400][-1][0] + HOUR), 410_000, 12_000, 6_000, 416_000, "0.014423", 820_000, 800_000, 840_000, "all",
              "0123456789ab" + "0" * 52, 12_000, 0, "honeypot.txt:0123456789ab"),
             (since, until, 1_270_000, 1_510_000, 580_722, 2_199_278, "0.264052", 3_302_267, 3_300_000, 3_304_600, "all",
              "fedcba987654" + "0" * 52, 1_510_000, 1, "sinkhole.csv:fedcba987654")])

    def write_worm(self, put, restricted):
        """What is told of the worm: its sources are three of four above 2,000, the first at 01:44:46 of the outbreak's day."""
        first, second = OUTBREAK + 6286, OUTBREAK + 7000
        rows, traits = [], []
        for hour, sources, *_ in self.hours:
            worm = None if sources is None else max(0, sources - 2000) * 3 // 4
            rows.append((text(hour), *((None,) * 9 if sources is None else
                                       (worm // 2, worm // 2, worm * 9 // 10, worm, worm * 19 // 20, worm * 21 // 20, worm * 9,
                                        worm * 8, worm * 10))))
            for i in range(16 if sources is not None else 0):
                scans = sources * (9 if i == 15 else 1)
                traits.append((text(hour), i >> 3, i >> 2 & 1, i >> 1 & 1, i & 1, scans, scans // 8, scans // 4, scans // 9, 0))
        put("population", "hour,strict,caida2011,evidence,worm_sources,worm_sources_low,worm_sources_high,worm_scans,"
            "worm_scans_low,worm_scans_high", rows)
        put("fingerprint", "hour,reachable,length_48,ttl_65_128,port_1024_5000,scans,attempts_1_syn,attempts_2_in_time,"
            "attempts_2_other,attempts_3_or_more", traits)
        put("calibration", "of,calibrated,model,quiet_hours,quiet_windows,first,last,lens_low,lens_high,sources,worms,ratio,"
            "ratio_error,spread,sha256",
            [("sources", "yes", "calibrated", 600, 25, text(FIRST), text(OUTBREAK - HOUR), 128, 128, 4096, 4096, "0.1000",
              "0.0100", "0.3000", "0" * 64)])
        begins = self.hours[0][0] < OUTBREAK
        put("first", "first,probability", [("listed", "0.980000" if begins else "0.000000"), ("others", "0.010000"),
                                           ("none", "0.010000" if begins else "0.990000"), ("unknown", "0.000000")])
        put("outbreak", "minute,candidates", [(text(first - first % 60 + 240 * i), 1 + i // 8) for i in range(80 if begins else 0)])
        restricted.mkdir(mode=0o700, exist_ok=True)
        with open(restricted / "candidates.csv", "w", encoding="ascii") as file:
            file.write("rank,source,probability_first,probability_worm,evidence,onset,attempts,hours\n")
            for rank, (onset, chance) in enumerate(((first, "0.9100"), (second, "0.0700")) if begins else ()):
                file.write(f"{rank + 1},192.0.2.{rank},{chance},1.0000,19.41,{text(onset)[:-1]}.250000Z,12000,23\n")

    def write_senders(self, put):
        """Networks, of which those with the most change, and signs of tools: rows of the hours with packets only."""
        networks, signs = [], []
        for i, (hour, sources, *_) in enumerate(self.hours):
            if sources is None:
                continue
            for k in range(12):
                n = sources * (1 + (i // 5 + k) % 12) // 200
                if n:
                    networks.append((text(hour), 64500 + k, n, f"{n / (1 + k):.6f}"))
            networks += [(text(hour), "others", sources // 3, "0.100000"), (text(hour), "none", sources // 50, None)]
            for k, sign in enumerate(("zmap", "masscan", "mirai", "land", "ttl_200", "reserved", "unallocated")):
                signs.append((text(hour), sign, (i * (k + 3)) % 5 * (i % 7 == k), f"{sources * 9 / 65536 * (k + 1):.6f}"))
        put("networks_hourly", "hour,network,sources,per_thousand", networks)
        put("tools", "hour,sign,scans,expected", signs)

    def hourly_new(self, bins):
        rows = []
        for i, (second, sources, _, _, status) in enumerate(self.hours):
            part = bins[6 * i:6 * i + 6]
            rows.append((text(second), *((None, None) if sources is None else (sum(b[1] for b in part), sum(b[2] for b in part))),
                         part[-1][3], status))
        return rows

    def write_countries(self, put):
        rows = []
        for second, sources, *_ in self.hours:
            if sources is None:
                continue
            for code, share, addresses in COUNTRIES:
                n = int(sources * share * (1 + 0.3 * math.sin(second / DAY * 6.28 + ord(code[0]))))
                if n:
                    rows.append((text(second), code, n, f"{n * 1e6 / addresses:.3f}" if addresses >= 1e5 else None))
            rows.append((text(second), "ZZ", int(sources * 0.03), None))
        put("country_hourly", "hour,country,sources,per_million", rows)
        put("country", "country,sources,addresses,ranges_from",
            [(code, int(share * 25e6), int(n), None) for code, share, n in sorted(COUNTRIES)] +
            [("ZZ", 750000, None, '"made up, and no table"')])


if __name__ == "__main__":
    import sys
    Tables().write(sys.argv[1])
