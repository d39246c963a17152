#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Draws docs/figures/twin.svg: what was published of the outbreak, and what the twin makes of it.

    twin_figure.py WEEKS SCALE DAY DECEMBER SCALE >figures/twin.svg

Three folders made by patientzero synth, as docs/twin.md says; SCALE is that of the folder before it."""

import csv
import datetime
import math
import sys
from pathlib import Path

# Published: CAIDA, "Conficker as seen from the UCSD Network Telescope", 2009.
PEAKS = {"2008-11-21T17:00:00Z": 114911, "2008-12-01T14:00:00Z": 145586}
USUAL, MOST_BEFORE = (1000, 2000), 3222
BIN = 20    # minutes

WIDTH, HEIGHT, LEFT, RIGHT, TOP, GAP = 860, 900, 70, 20, 40, 64
PANEL = (HEIGHT - TOP - 3 * GAP) / 3
MADE, PUBLISHED, GRID = "#1f5fa8", "#c2410c", "#dddddd"


def table(folder, name):
    with open(Path(folder, "truth", name), newline="", encoding="ascii") as file:
        return list(csv.DictReader(file))


def seconds(text):
    moment = datetime.datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


class Panel:
    def __init__(self, number, title, begin, end, low, high, log=False):
        self.top = TOP + number * (PANEL + GAP)
        self.begin, self.end, self.low, self.high, self.log = begin, end, low, high, log
        self.out = [f'<text x="{LEFT}" y="{self.top - 10:.1f}" class="title">{title}</text>']

    def x(self, at):
        return LEFT + (at - self.begin) / (self.end - self.begin) * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.top + PANEL * (1 - share)

    def ticks_y(self, values, label):
        for value in values:
            y = self.y(value)
            self.out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GRID}"/>')
            self.out.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label(value)}</text>')

    def ticks_x(self, every, label, labelled):
        at = math.ceil(self.begin / every) * every
        while at <= self.end:
            x, bottom = self.x(at), self.top + PANEL
            self.out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{self.top:.1f}" y2="{bottom:.1f}" stroke="{GRID}"/>')
            if int(at / every) % labelled == 0:
                self.out.append(f'<text x="{x:.1f}" y="{bottom + 16:.1f}" text-anchor="middle">{label(at)}</text>')
            at += every

    def line(self, points, colour=MADE):
        path = " ".join(f"{self.x(at):.1f},{self.y(value):.1f}" for at, value in points)
        self.out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')

    def band(self, begin, end, low, high):
        x, y = self.x(begin), self.y(high)
        self.out.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{self.x(end) - x:.1f}" height="{self.y(low) - y:.1f}"'
                        f' fill="{PUBLISHED}" fill-opacity="0.15" stroke="none"/>')

    def level(self, begin, end, value):
        self.out.append(f'<line x1="{self.x(begin):.1f}" x2="{self.x(end):.1f}" y1="{self.y(value):.1f}"'
                        f' y2="{self.y(value):.1f}" stroke="{PUBLISHED}" stroke-dasharray="5 3" stroke-width="1.5"/>')

    def mark(self, at, value, words, dx=10, dy=4, anchor="start"):
        x, y = self.x(at), self.y(value)
        self.out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="none" stroke="{PUBLISHED}" stroke-width="2"/>')
        self.words(at, value, words, dx, dy, anchor)

    def words(self, at, value, words, dx=0, dy=0, anchor="start"):
        x, y = self.x(at) + dx, self.y(value) + dy
        self.out.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{PUBLISHED}">{words}</text>')


def day_label(at):
    moment = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
    return f"{moment.day} {moment:%b}"


def hourly(folder, scale):
    return [(seconds(row["hour"]) + 1800, int(row["sources"]) / scale) for row in table(folder, "hourly.csv")]


def weeks(folder, scale):
    points = hourly(folder, scale)
    panel = Panel(0, "Unique TCP/445 sources an hour", points[0][0] - 1800, points[-1][0] + 1800, 700, 300000, True)
    panel.ticks_y((1000, 10000, 100000), lambda value: f"{value:,}")
    panel.ticks_x(86400, day_label, 2)
    outbreak = seconds("2008-11-21T00:00:00Z")
    panel.band(panel.begin, outbreak, *USUAL)
    panel.level(panel.begin, outbreak, MOST_BEFORE)
    panel.words(panel.begin, MOST_BEFORE, "most before: 3,222", 6, -6)
    panel.words(panel.begin, USUAL[0], "usual: 1,000 to 2,000", 6, 16)
    panel.line(points)
    for hour, count in PEAKS.items():
        above = hour.startswith("2008-12")
        panel.mark(seconds(hour) + 1800, count, f"{count:,}", -10 if above else 2, -10 if above else -12,
                   "end" if above else "middle")
    return panel


def spread(folder):
    begin = seconds("2008-11-21T00:00:00Z")
    new, reachable = {}, {}
    for row in table(folder, "sources.csv"):
        bin_begin = (seconds(row["first_scan"]) - begin) // (BIN * 60)
        _, b, _, d = map(int, row["source"].split("."))
        new[bin_begin] = new.get(bin_begin, 0) + 1
        reachable[bin_begin] = reachable.get(bin_begin, 0) + (b < 128 and d < 128)
    points = [(begin + (key + 0.5) * BIN * 60, 100 * reachable[key] / new[key]) for key in sorted(new)]
    panel = Panel(1, f"New sources since midnight that the worm's random scan can reach, percent of each {BIN} minutes",
                  begin, begin + 86400, 0, 100)
    panel.ticks_y((0, 25, 50, 75, 100), str)
    panel.ticks_x(3600, lambda at: f"{int((at - begin) / 3600):02d}:00", 3)
    panel.level(begin, begin + 5400, 25)
    panel.words(begin, 25, "about 25 % before", 6, 20)
    panel.band(begin + 5400, begin + 18000, 25, 70)
    panel.words(begin + 5400, 70, "rises to over 70 %, 01:30 to 05:00", 4, -6)
    panel.level(begin + 18000, begin + 86400, 25)
    panel.words(begin + 86400, 25, "decays slowly, remains well over 25 %", -6, 20, "end")
    panel.line(points)
    return panel


def december(folder, scale):
    points = hourly(folder, scale)
    panel = Panel(2, "End of December: unique sources an hour, from the 28th on of one /16 only", points[0][0] - 1800,
                  points[-1][0] + 1800, 0, 130000)
    panel.ticks_y((0, 50000, 100000), lambda value: f"{value:,}")
    panel.ticks_x(86400, day_label, 1)
    rise = seconds("2008-12-29T00:00:00Z")
    panel.out.append(f'<line x1="{panel.x(rise):.1f}" x2="{panel.x(rise):.1f}" y1="{panel.top:.1f}"'
                     f' y2="{panel.top + PANEL:.1f}" stroke="{PUBLISHED}" stroke-dasharray="5 3" stroke-width="1.5"/>')
    panel.words(rise, 100000, "increase starts (variant B)", 6, 0)
    panel.line(points)
    return panel


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    panels = [weeks(sys.argv[1], float(sys.argv[2])), spread(sys.argv[3]), december(sys.argv[4], float(sys.argv[5]))]
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
          ' font-family="sans-serif" font-size="12">')
    print("<title>The twin beside what was published of the outbreak</title>")
    print(f'<style>.title{{font-size:14px;font-weight:bold}}</style><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>')
    for panel in panels:
        print("\n".join(panel.out))
    print(f'<line x1="{WIDTH - 230}" x2="{WIDTH - 200}" y1="{HEIGHT - 14}" y2="{HEIGHT - 14}" stroke="{MADE}"'
          f' stroke-width="2"/><text x="{WIDTH - 194}" y="{HEIGHT - 10}">made</text>')
    print(f'<circle cx="{WIDTH - 130}" cy="{HEIGHT - 14}" r="5" fill="none" stroke="{PUBLISHED}" stroke-width="2"/>'
          f'<text x="{WIDTH - 119}" y="{HEIGHT - 10}">published</text>')
    print("</svg>")


if __name__ == "__main__":
    main()
