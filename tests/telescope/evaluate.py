#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""How often the oracle and the plain rule are right, over outbreaks with different seeds.

usage: TELESCOPE=PROGRAM evaluate.py FIRST_SEED LAST_SEED [OPTION OF telescope]...

Prints a line for each seed and, at the end, counts, and how well the oracle's chances of being the worm's are
calibrated. Without --hours only the hours 00 to 05 are made. With --no-worm, right is to say that there is none.
"""

import collections
import os
import subprocess
import sys
import tempfile

import captures
import scope_oracle as oracle


def judge(folder):
    """The oracle's answer, and what is true: a dictionary of what a line says, and pairs of chance and truth."""
    parameters = {row["name"]: row["value"] for row in captures.truth(folder, "parameters")}
    found, begin, end = oracle.facts(folder)
    worm = oracle.Worm(parameters, begin, end)
    candidates = oracle.weigh(found, captures.truth(folder, "mix"), worm)
    p_worm, p_first, p_none, begins = oracle.solve(candidates, worm, 0.5)
    first = {row["what"]: row for row in captures.truth(folder, "outbreak")}
    heard = first.get("first_heard")
    true = captures.address(heard["address"]) if heard else None
    best = max(range(len(candidates)), key=lambda i: p_first[i])
    said = None if p_none > p_first[best] else candidates[best].facts.source
    rule = oracle.plain_rule(found)
    ends = oracle.interval(begins, 0.9)
    p_true = p_none if true is None else sum(p for c, p in zip(candidates, p_first) if c.facts.source == true)
    line = {
        "oracle": said == true,
        "p_of_truth": p_true,
        "plain": (rule.source if rule else None) == true,
        "begin_within": None if not heard else ends is not None and ends[0] <= float(first["first_infected"]["time"]) <= ends[1],
        "interval": ends[1] - ends[0] if ends else None,
    }
    worms = {captures.address(row["address"]) for row in captures.truth(folder, "sources") if row["first_worm"]}
    return line, [(p, c.facts.source in worms) for c, p in zip(candidates, p_worm)]


def main():
    first, last, *options = sys.argv[1:]
    if "--hours" not in options:
        options += ["--hours", "0-6"]
    lines, pairs = [], []
    for seed in range(int(first), int(last) + 1):
        with tempfile.TemporaryDirectory() as folder:
            command = [os.environ["TELESCOPE"], "--out", folder, "--seed", str(seed), *options]
            subprocess.run(command, check=True)
            line, chances = judge(folder)
        print(seed, *(f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}" for name, value in line.items()))
        sys.stdout.flush()
        lines.append(line)
        pairs += chances
    for name in "oracle", "plain", "begin_within":
        print(name, sum(line[name] is True for line in lines), "of", len(lines))
    bins = collections.defaultdict(list)
    for p, true in pairs:
        bins[min(9, int(p * 10))].append((p, true))
    print("chance said, share true, sources")
    for i in sorted(bins):
        n = len(bins[i])
        print(f"{sum(p for p, _ in bins[i]) / n:.3f} {sum(true for _, true in bins[i]) / n:.3f} {n}")


if __name__ == "__main__":
    main()
