#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Plays a run over an archive of 10,200 hourly captures on 1 to 8,192 ranks, as a discrete-event simulation, and draws the
figures of docs/scaling.md.

    bench/scaling/simulate.py MEASURED.json OUT_DIR    (MEASURED.json: what measure.py printed)

What a capture costs is measured; the cluster is assumed, and its numbers stand below, each with its reason. The
simulation follows the program: rank 0 lists the archive alone; files are looked at and looked up in small tasks; the
captures are given out one by one, the biggest first, by rank 0, which works too up to 128 ranks; a capture is read at
its processor's rate or at its share of the file system's, whichever is less; its tally is written, flushed and renamed.
Then every tally is opened once a turn by one rank, which sends its pieces to the ranks whose slices they belong to; these
reduce what came before the next tallies are read. At last every tally is opened for its hour's set, which is written.

Everything is compared with what no program could beat: the largest of processor time / ranks, bytes / bandwidth, and the
largest capture alone."""

import heapq
import json
import math
import random
import sys
from pathlib import Path

CAPTURES = 10200                 # hours of 14 months, November 2008 to December 2009
RANKS = [1, 4, 16, 64, 128, 256, 512, 1024, 2048, 4096, 8192]
SHARDS, CUTS = 256, 16           # src/tally/source.h, src/reduce/subshards.h
SLICE_BYTES, UNEVEN = 1 << 30, 1.25           # src/reduce/plan.h and .c
SOURCES, DAY_SOURCES = 30e6, 1e6 # distinct, of all hours and of the busiest day: assumed
TALLIES_AT_ONCE, ROWS_AT_ONCE = 64, 1 << 16   # src/run/shuffle.c
WORKING_ROOT = 128               # src/mpi/task_queue.c


class Cluster:
    """File systems differ by orders of magnitude: two of them. `network`: bytes a second in and out of a node."""
    def __init__(self, name, bandwidth, opens, latency, jitter, network):
        self.name, self.bandwidth, self.opens, self.latency, self.jitter = name, bandwidth, opens, latency, jitter
        self.network = network


CLUSTERS = [
    # A department's: 5 GB/s, 5,000 opens a second, 1 ms each; 25 Gbit/s Ethernet.
    Cluster("5 GB/s, 5,000 opens/s", 5e9, 5e3, 1e-3, 0.15, 3e9),
    # A centre's scratch: 100 GB/s, 50,000 opens a second, 0.5 ms each; 100 Gbit/s, which eight nodes need for 100 GB/s.
    Cluster("100 GB/s, 50,000 opens/s", 100e9, 50e3, 0.5e-3, 0.15, 12.5e9),
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


def scan(cluster, ranks, sizes, measured, dice):
    """Seconds until the last tally is stored. All that read get the same share: a common clock counts the bytes that a
    reader has been given since the start, and each capture ends at a known reading of it."""
    rate = measured["scan_bytes_per_cpu_second"]
    write = measured["publish_1MiB"] + 0.2    # some 15 MB of tally, sorted, written and flushed
    metadata = Metadata(cluster)
    order = sorted(sizes, reverse=True)
    workers = ranks if ranks <= WORKING_ROOT else ranks - 1
    # Of rank 0's time, the share in which it writes a tally of its own and answers nobody.
    deaf = write / (sum(sizes) / len(sizes) / rate + write) if ranks <= WORKING_ROOT else 0
    now, given, taken, active, root_free, last = 0.0, 0.0, 0, 0, 0.0, 0.0
    ends, sizes_left = [], []                # readings of the common clock; captures being opened
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
            elif what == "open" and taken < len(order):
                taken += 1
                heapq.heappush(others, (metadata.ask(now), "read"))
                sizes_left.append(order[taken - 1])
            elif what == "read":             # slower or faster than its bytes say
                active += 1
                heapq.heappush(ends, given + sizes_left.pop(0) * dice.lognormvariate(0, cluster.jitter))
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


def plan(rows, ranks):
    """Parts of a shard, slices, turns: pz_load_nbytes and pz_plan_ranges."""
    most = SHARDS * CUTS
    ranks = min(ranks, most)
    hour = rows / CAPTURES
    nbytes = 1.125 * (300 * SOURCES + 400 * DAY_SOURCES + 4 * 24 * hour) + 768 * hour + 200 * 2 * hour
    turns = min(int(nbytes / SLICE_BYTES / ranks) + 1, most // ranks)
    slices, cuts = turns * ranks, 1
    while cuts < CUTS and math.ceil(SHARDS * cuts / slices) * slices / (SHARDS * cuts) > UNEVEN:
        cuts *= 2
    return cuts, slices, turns


def reduce(cluster, ranks, rows, measured):
    """Seconds, and of these for opens and for messages. Reading, sending and reducing follow each other here, as they do
    for the rank that has the most of all three; the largest slice counts, of shards of one size."""
    cuts, slices, turns = plan(rows, ranks)
    largest = math.ceil(SHARDS * cuts / slices) / (SHARDS * cuts)
    nbytes = rows * measured["tally_bytes_per_row"]
    meetings = math.ceil(CAPTURES / max(1, min(max(ranks, TALLIES_AT_ONCE), ROWS_AT_ONCE * slices * CAPTURES // rows)))
    cpu = turns * rows * largest * measured["reduce_cpu_seconds_per_row"] + (rows / ranks * CUT if cuts > 1 else 0)
    read = nbytes / min(cluster.bandwidth, ranks * 1e9)
    opens = turns * max(math.ceil(CAPTURES / ranks) * 3 * cluster.latency, CAPTURES / cluster.opens)
    nodes = math.ceil(ranks / NODE)
    sent = 0
    if ranks > 1:
        out = nbytes * (nodes - 1) / nodes / nodes / cluster.network
        inside = nbytes / nodes / nodes / SHARED
        # Each pair meets once, with two messages; and twice all agree.
        sent = out + inside + turns * meetings * (2 * ranks + 4 * math.log2(ranks)) * MESSAGE
    return cpu + read + opens + sent, opens, sent


def write_sets(cluster, ranks, measured):
    """Seconds for the sets of all hours: a tally is opened and read, a file is made, flushed and renamed."""
    alone = CAPTURES * (4 * cluster.latency + measured["publish_1MiB"]) / ranks
    return max(alone, CAPTURES * 4 / cluster.opens, CAPTURES * MESSAGE)


def play(cluster, ranks, sizes, rows, measured, seed):
    dice = random.Random(seed)
    begin = CAPTURES * cluster.latency / 4 + small_tasks(cluster, ranks, 2, 1e-3) + small_tasks(cluster, ranks, 1, 1e-4)
    scanned = scan(cluster, ranks, sizes, measured, dice)
    reduced, opens, sent = reduce(cluster, ranks, rows, measured)
    reduced += write_sets(cluster, ranks, measured)
    rate = measured["scan_bytes_per_cpu_second"]
    bounds = {"processor": sum(sizes) / rate / ranks, "bandwidth": sum(sizes) / cluster.bandwidth,
              "largest capture": max(sizes) / min(rate, cluster.bandwidth)}
    binds = max(bounds, key=bounds.get)
    return {"ranks": ranks, "begin": begin, "scan": scanned, "reduce": reduced, "opens": opens, "sent": sent,
            "bound": bounds[binds], "binds": binds, "total": begin + scanned + reduced}


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
    return f"{int(seconds) // 60}:{int(seconds) % 60:02} min"


def main(measured, folder):
    measured = json.loads(Path(measured).read_text())
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    sizes = archive()
    rows = CAPTURES * 100000.0    # sources an hour: 114,911 in the published peak hour of the first day
    print(f"{CAPTURES} captures, {sum(sizes) / 1e12:.1f} TB, the largest {max(sizes) / 1e9:.1f} GB,"
          f" {rows:.3g} source-hours\n")
    time_lines, efficiency_lines = [], []
    for cluster in CLUSTERS:
        plays = [play(cluster, ranks, sizes, rows, measured, seed=1) for ranks in RANKS]
        print(f"{cluster.name}\n")
        print("| ranks | start | scan | reduce | of that, opens | messages | total | bound (what binds) | scan's efficiency | whole run's |")
        print("|---|---|---|---|---|---|---|---|---|---|")
        for p in plays:
            print(f"| {p['ranks']} | {duration(p['begin'])} | {duration(p['scan'])} | {duration(p['reduce'])} |"
                  f" {duration(p['opens'])} | {duration(p['sent'])} | {duration(p['total'])} | {duration(p['bound'])} ({p['binds']}) |"
                  f" {100 * p['bound'] / (p['begin'] + p['scan']):.0f} % | {100 * p['bound'] / p['total']:.0f} % |")
        print()
        time_lines += [(cluster.name, [p["total"] for p in plays], False),
                       ("bound", [p["bound"] for p in plays], True)]
        efficiency_lines += [(f"{cluster.name}: scan", [100 * p["bound"] / (p["begin"] + p["scan"]) for p in plays], False),
                             ("with the reduction", [100 * p["bound"] / p["total"] for p in plays], True)]
    svg(folder / "scaling-time.svg", "Time for 10,200 hourly captures", "seconds", time_lines, (60, 300000),
        [(60, "1 min"), (600, "10 min"), (3600, "1 h"), (36000, "10 h"), (200000, "56 h")])
    svg(folder / "scaling-efficiency.svg", "Efficiency against what no program could beat", "per cent", efficiency_lines,
        (0, 100), [(v, str(v)) for v in range(0, 101, 20)], log=False)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
