#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Plays a run over an archive of 10,200 hourly captures on 1 to 8,192 ranks, as a discrete-event simulation, and draws the
figures of docs/scaling.md.

    bench/scaling/simulate.py MEASURED.json OUT_DIR    (MEASURED.json: what measure.py printed)

What the program costs is measured; the cluster and the archive are assumed, and their numbers stand below, each with its
reason. The simulation follows the program: rank 0 lists the archive alone; files are looked at and looked up in small tasks;
the captures are given out one by one, the biggest first, by rank 0, which works too up to 128 ranks; a capture is read at
its processor's rate or at its share of the file system's, whichever is less; its tally is written, flushed and renamed.
Then every tally is opened once a pass by one rank, which sends its pieces to the ranks whose source ranges they belong to;
these reduce what came before the next tallies are read. Tallies of the quiet days before the outbreak come twice more, to
learn from. Rank 0 writes the tables; every tally is opened for its hour's set, which is written; rank 0 draws, and looks at
each set once more.

Everything is compared with what no program could beat that scans as fast: the largest of processor time / ranks, bytes /
bandwidth, and the largest capture alone. Captures are as much slower or faster here as there, so that only what the program
loses counts. A second bound is of scan and reduction: it has the time of the source-hours too, and tallies written and read."""

import heapq
import json
import math
import random
import sys
from pathlib import Path

CAPTURES = 10200                 # hours of 14 months, November 2008 to December 2009
RANKS = [1, 4, 16, 64, 128, 256, 512, 1024, 2048, 4096, 8192]
SHARDS, CUTS = 256, 16           # src/tally/source.h, src/reduce/subshards.h
RANGE_BYTES, UNEVEN = 1 << 30, 1.25           # src/reduce/plan.h and .c
SOURCES, DAY_SOURCES = 30e6, 1e6 # distinct, of all hours and of the busiest day: assumed
HOUR_SOURCES = 100000            # 114,911 in the published peak hour of the first day
QUIET = 20 * 24                  # hours before the outbreak, of 21 November; the archive begins with the month
PAINTINGS = 8                    # src/report/draw.c
TALLIES_AT_ONCE, ROWS_AT_ONCE = 64, 1 << 16   # src/run/shuffle.c
WORKING_ROOT = 128               # src/mpi/task_queue.c


class Cluster:
    """File systems differ by orders of magnitude: two of them. `network`: bytes a second in and out of a node."""
    def __init__(self, name, bandwidth, opens, latency, network):
        self.name, self.bandwidth, self.opens, self.latency, self.network = name, bandwidth, opens, latency, network


CLUSTERS = [
    # A department's: 5 GB/s, 5,000 opens a second, 1 ms each; 25 Gbit/s Ethernet.
    Cluster("5 GB/s, 5,000 opens/s", 5e9, 5e3, 1e-3, 3e9),
    # A centre's scratch: 100 GB/s, 50,000 opens a second, 0.5 ms each; 100 Gbit/s, which eight nodes need for 100 GB/s.
    Cluster("100 GB/s, 50,000 opens/s", 100e9, 50e3, 0.5e-3, 12.5e9),
]
MESSAGE = 14e-6                  # between two nodes over TCP: the slowest that was measured
NODE = 128                       # ranks a node
SHARED = 30e9                    # bytes a second between the ranks of a node: each is copied twice
CUT = 0.6e-6                     # seconds a source-hour where shards are cut: pz_shard_split alone, 5,000 sources an hour


def archive(seed=2008):
    """Sizes of hours, compressed: 0.62 GB in November 2008, as published for two days before the outbreak, about 2.5 times
    that at the end; a daily rhythm of a quarter; and a scatter that now and then doubles an hour."""
    dice = random.Random(seed)
    sizes = []
    for hour in range(CAPTURES):
        growth = 1 + 1.5 * min(1, hour / 2000)
        rhythm = 1 + 0.25 * math.sin(2 * math.pi * hour / 24)
        sizes.append(0.62e9 * growth * rhythm * dice.lognormvariate(0, 0.25))
    return sizes


class Metadata:
    """Opens and their like: a queue that serves so many a second, each a little late."""
    def __init__(self, cluster):
        self.cluster, self.free = cluster, 0.0

    def ask(self, now, n=1):
        """When `n` operations that are asked for one after the other at `now` are done."""
        self.free = max(self.free, now) + n / self.cluster.opens
        return max(self.free, now + n * self.cluster.latency)


def small_tasks(cluster, ranks, operations, cpu):
    """A phase of 10,200 little things, so many metadata operations and so much processor time each."""
    alone = CAPTURES * (operations * cluster.latency + cpu) / ranks
    return max(alone, CAPTURES * operations / cluster.opens, CAPTURES / 8 * MESSAGE)


def effort(sizes, scatter, seed=1):
    """The captures, the biggest first, each as many bytes as it takes time: slower or faster than its size says. All
    together they are as they say."""
    dice = random.Random(seed)
    found = [size * dice.lognormvariate(0, scatter) for size in sorted(sizes, reverse=True)]
    return [one * sum(sizes) / sum(found) for one in found]


def scan(cluster, ranks, efforts, measured, dice):
    """Seconds until the last tally is stored. All that read get the same share: a common clock counts the bytes that a
    reader has been given since the start, and each capture ends at a known reading of it."""
    rate = measured["scan_bytes_per_cpu_second"]    # the tally is made and encoded in that
    tally = HOUR_SOURCES * measured["tally_bytes_per_source"]
    write = tally / (1 << 24) * max(measured["publish_16MiB"], (1 << 24) * min(ranks, 16) / cluster.bandwidth)
    metadata = Metadata(cluster)
    workers = ranks if ranks <= WORKING_ROOT else ranks - 1
    # Of rank 0's time, the share in which it writes a tally of its own and answers nobody.
    deaf = write / (sum(efforts) / len(efforts) / rate + write) if ranks <= WORKING_ROOT else 0
    now, given, taken, active, root_free, last = 0.0, 0.0, 0, 0, 0.0, 0.0
    ends, opened = [], []                    # readings of the common clock; captures being opened
    others = [(0.0, "ask")] * workers        # what else happens, by time
    while ends or others:
        share = min(rate, cluster.bandwidth / active) if active else rate
        end = now + (ends[0] - given) / share if ends else math.inf
        if others and others[0][0] <= end:
            time, what = heapq.heappop(others)
            given += (time - now) * share if active else 0
            now = time
            if what == "ask":                # rank 0 answers one after the other
                root_free = max(root_free, now + (write * dice.random() if dice.random() < deaf else 0)) + MESSAGE
                heapq.heappush(others, (root_free, "open"))
            elif what == "open" and taken < len(efforts):
                taken += 1
                heapq.heappush(others, (metadata.ask(now), "read"))
                opened.append(efforts[taken - 1])
            elif what == "read":
                active += 1
                heapq.heappush(ends, given + opened.pop(0))
            elif what == "store":
                heapq.heappush(others, (metadata.ask(now, 3), "stored"))
            elif what == "stored":
                last = now
                heapq.heappush(others, (now, "ask"))
        else:
            given, now = heapq.heappop(ends), end
            active -= 1
            heapq.heappush(others, (now + write, "store"))
    return last


def plan(ranks, sources, day_sources):
    """Parts of a shard, source ranges, passes: pz_load_nbytes and pz_plan_ranges."""
    most = SHARDS * CUTS
    ranks = min(ranks, most)
    nbytes = 1.125 * (300 * sources + 400 * day_sources + 4 * 24 * HOUR_SOURCES) + (768 + 200 * 2) * HOUR_SOURCES
    passes = min(int(nbytes / RANGE_BYTES / ranks) + 1, most // ranks)
    while True:
        ranges, cuts = passes * ranks, 1
        while cuts < CUTS and uneven(ranges, cuts) > UNEVEN:
            cuts *= 2
        if nbytes / ranges * uneven(ranges, cuts) < RANGE_BYTES or passes == most // ranks:
            return cuts, ranges, passes
        passes += 1


def uneven(ranges, cuts):
    return math.ceil(SHARDS * cuts / ranges) * ranges / (SHARDS * cuts)


def reduce(cluster, ranks, hours, sources, row_seconds, measured):
    """Seconds, and of these for opens and for messages. Reading, sending and reducing follow each other here, as they do
    for the rank that has the most of all three; the largest source range counts, of shards of one size."""
    cuts, ranges, passes = plan(ranks, sources, DAY_SOURCES)
    largest = math.ceil(SHARDS * cuts / ranges) / (SHARDS * cuts)
    rows = hours * HOUR_SOURCES
    nbytes = rows * measured["tally_bytes_per_source"]
    meetings = math.ceil(hours / max(1, min(max(ranks, TALLIES_AT_ONCE), ROWS_AT_ONCE * ranges // HOUR_SOURCES)))
    cpu = passes * rows * largest * row_seconds + (rows / ranks * CUT if cuts > 1 else 0)
    read = nbytes / min(cluster.bandwidth, ranks * 1e9)
    opens = passes * max(math.ceil(hours / ranks) * 3 * cluster.latency, hours / cluster.opens)
    nodes = math.ceil(ranks / NODE)
    sent = 0
    if ranks > 1:
        out = nbytes * (nodes - 1) / nodes / nodes / cluster.network
        inside = nbytes / nodes / nodes / SHARED
        # Each pair meets once, with two messages; and twice all agree.
        sent = out + inside + passes * meetings * (2 * ranks + 4 * math.log2(ranks)) * MESSAGE
    return cpu + read + opens + sent, opens, sent


def write_sets(cluster, ranks, measured):
    """Seconds for the sets of all hours: a tally is opened and read, a file is made, flushed and renamed."""
    alone = CAPTURES * (4 * cluster.latency + measured["publish_1MiB"]) / ranks
    return max(alone, CAPTURES * 4 / cluster.opens, CAPTURES * MESSAGE)


def alone(cluster, measured):
    """Seconds that rank 0 works while the others wait, after the reduction: it writes the tables, draws, and looks at each
    set's size and once at each of the store's 256 folders."""
    drawing = max(measured["longest_picture_cpu_seconds"], measured["pictures_cpu_seconds"] / PAINTINGS)
    return (measured["write_tables_seconds"] + measured["report_cpu_seconds"] + drawing +
            (CAPTURES + 4 * 256) * cluster.latency)


def play(cluster, ranks, sizes, measured, seed):
    dice = random.Random(seed)
    efforts = effort(sizes, measured["scan_scatter"])
    begin = small_tasks(cluster, ranks, 2, 0) + small_tasks(cluster, ranks, 1, measured["look_up_cpu_seconds"])
    scanned = scan(cluster, ranks, efforts, measured, dice)
    reduced, opens, sent = reduce(cluster, ranks, CAPTURES, SOURCES, measured["reduce_cpu_seconds_per_row"], measured)
    for _ in range(2):    # the quiet days, with some 3 million sources in all
        more = reduce(cluster, ranks, QUIET, SOURCES / 10, measured["calibrate_cpu_seconds_per_row"], measured)
        reduced, opens, sent = reduced + more[0], opens + more[1], sent + more[2]
    reduced += write_sets(cluster, ranks, measured)
    rest = alone(cluster, measured)
    rate = measured["scan_bytes_per_cpu_second"]
    bounds = {"processor": sum(efforts) / rate / ranks, "bandwidth": sum(sizes) / cluster.bandwidth,
              "largest capture": max(efforts) / min(rate, cluster.bandwidth)}
    binds = max(bounds, key=bounds.get)
    rows, tallies = CAPTURES * HOUR_SOURCES, CAPTURES * HOUR_SOURCES * measured["tally_bytes_per_source"]
    both = max(bounds["processor"] + rows * measured["reduce_cpu_seconds_per_row"] / ranks,
               bounds["bandwidth"] + 2 * tallies / cluster.bandwidth, bounds["largest capture"])
    return {"ranks": ranks, "begin": begin, "scan": scanned, "reduce": reduced, "opens": opens, "sent": sent, "rest": rest,
            "bound": bounds[binds], "binds": binds, "both": both, "total": begin + scanned + reduced + rest}


# The figures: SVG by hand, two axes of logarithms.

COLOURS = ["#1b6ca8", "#c1443c"]


def svg(path, title, y_title, lines, y_range, y_ticks, log=True):
    width, height, left, right, top, bottom = 720, 420, 70, 20, 46, 50
    x_of = {r: left + (width - left - right) * math.log(r) / math.log(RANKS[-1]) for r in RANKS}

    def y_of(value):
        low, high = y_range
        part = (math.log(value / low) / math.log(high / low)) if log else (value - low) / (high - low)
        return height - bottom - (height - top - bottom) * part
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<text x="{left}" y="22" font-size="15">{title}</text>']
    for value, label in y_ticks:
        y = y_of(value)
        out.append(f'<path d="M{left} {y:.1f}H{width - right}" stroke="#ddd"/>'
                   f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    for r in RANKS:
        out.append(f'<text x="{x_of[r]:.1f}" y="{height - bottom + 18}" text-anchor="middle">{r}</text>')
    out.append(f'<text x="{(left + width - right) / 2}" y="{height - 10}" text-anchor="middle">ranks</text>')
    out.append(f'<text x="{left}" y="40" fill="#555">{y_title}</text>')
    for i, (name, values, dashed) in enumerate(lines):
        points = " ".join(f"{x_of[r]:.1f},{y_of(min(max(v, y_range[0]), y_range[1])):.1f}" for r, v in zip(RANKS, values))
        colour = COLOURS[i // 2 % 2]
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"'
                   f'{" stroke-dasharray=" + chr(34) + "5 4" + chr(34) if dashed else ""}/>')
        out.append(f'<path d="M{width - 300} {top + 14 + 18 * i}h30" stroke="{colour}" stroke-width="2"'
                   f'{" stroke-dasharray=" + chr(34) + "5 4" + chr(34) if dashed else ""}/>'
                   f'<text x="{width - 262}" y="{top + 18 + 18 * i}">{name}</text>')
    out.append("</svg>\n")
    path.write_text("\n".join(out))


def duration(seconds):
    if seconds >= 3600:
        return f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02} h"
    if seconds >= 600:
        return f"{int(seconds) // 60}:{int(seconds) % 60:02} min"
    return f"{seconds:.1f} s"


def main(measured, folder):
    measured = json.loads(Path(measured).read_text())
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    sizes = archive()
    print(f"{CAPTURES} captures, {sum(sizes) / 1e12:.1f} TB, the largest {max(sizes) / 1e9:.1f} GB,"
          f" {CAPTURES * HOUR_SOURCES:.3g} source-hours\n")
    time_lines, efficiency_lines = [], []
    for cluster in CLUSTERS:
        plays = [play(cluster, ranks, sizes, measured, seed=1) for ranks in RANKS]
        print(f"{cluster.name}\n")
        print("| ranks | start | scan | reduce | of that, opens | messages | rank 0 alone | total | bound (what binds) | of it, scan | whole run | of scan and reduction |")
        print("|---|---|---|---|---|---|---|---|---|---|---|---|")
        for p in plays:
            print(f"| {p['ranks']} | {duration(p['begin'])} | {duration(p['scan'])} | {duration(p['reduce'])} |"
                  f" {duration(p['opens'])} | {duration(p['sent'])} | {duration(p['rest'])} | {duration(p['total'])} | {duration(p['bound'])} ({p['binds']}) |"
                  f" {100 * p['bound'] / (p['begin'] + p['scan']):.1f} % | {100 * p['bound'] / p['total']:.1f} % | {100 * p['both'] / p['total']:.1f} % |")
        print()
        time_lines += [(cluster.name, [p["total"] for p in plays], False),
                       ("bound", [p["bound"] for p in plays], True)]
        efficiency_lines += [(f"{cluster.name}: scan", [100 * p["bound"] / (p["begin"] + p["scan"]) for p in plays], False),
                             ("with all else", [100 * p["bound"] / p["total"] for p in plays], True)]
    svg(folder / "scaling-time.svg", "Time for 10,200 hourly captures", "seconds", time_lines, (60, 300000),
        [(60, "1 min"), (600, "10 min"), (3600, "1 h"), (36000, "10 h"), (200000, "56 h")])
    svg(folder / "scaling-efficiency.svg", "Efficiency against what no program could beat", "per cent", efficiency_lines,
        (0, 100), [(v, str(v)) for v in range(0, 101, 20)], log=False)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
