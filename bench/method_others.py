# SPDX-License-Identifier: BSD-2-Clause
"""What the oracle and the plain rule of tests/telescope say of an archive, as JSON; bench/method runs it.

usage: method_others.py FOLDER oracle|plain

The plain rule needs no truth; the oracle takes the mix and its parameters from FOLDER/truth, and nothing else: of either
telescope.
"""

import collections
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "telescope"))
import captures    # noqa: E402
import method_twin    # noqa: E402
import scope_oracle as oracle    # noqa: E402

HOUR = 3600


def hours_of(facts):
    return sorted({int(t // HOUR) * HOUR for t in facts.times})


def plain(found):
    """Who it names first; all that it passes; how many of them are heard each hour."""
    passes = [f for f in found if oracle.plain_rule([f])]
    hours = collections.Counter(hour for f in passes for hour in hours_of(f))
    return {"first": captures.dotted(passes[0].source) if passes else None, "passes": sorted(captures.dotted(f.source) for f in passes),
            "hours": hours}


def solve(folder, found, begin, end):
    if Path(folder, "truth", "parameters.json").exists():
        return method_twin.judge(folder)
    parameters = {row["name"]: row["value"] for row in captures.truth(folder, "parameters")}
    worm = oracle.Worm(parameters, begin, end)
    candidates = oracle.weigh(found, captures.truth(folder, "mix"), worm)
    return candidates, *oracle.solve(candidates, worm, 0.5)


def ask(folder, found, begin, end):
    """Chances of being the first and of being the worm's (those of 0.001 or more); the begin's interval; how many of the
    worm's are heard each hour, and the variance of that."""
    candidates, p_worm, p_first, p_none, begins = solve(folder, found, begin, end)
    best = max(range(len(candidates)), key=lambda i: p_first[i], default=None)
    names = [captures.dotted(c.facts.source) for c in candidates]
    hours, chances, worms = {}, {}, {}
    for name, c, p, first in zip(names, candidates, p_worm, p_first):    # an address may have several hosts
        worms[name] = 1 - (1 - worms.get(name, 0)) * (1 - p)
        chances[name] = chances.get(name, 0) + first
        for hour in hours_of(c.facts):
            mean, variance = hours.get(hour, (0, 0))
            hours[hour] = mean + p, variance + p * (1 - p)
    return {"first": None if best is None or p_none > p_first[best] else names[best], "none": p_none,
            "chances": {name: p for name, p in chances.items() if p > 1e-4},
            "worms": {name: round(p, 4) for name, p in worms.items() if p >= 0.001},
            "interval": oracle.interval(begins, 0.9), "hours": hours}


def main():
    folder, which = sys.argv[1:]
    found, begin, end = oracle.facts(folder)
    said = {"plain": plain(found), "targets": {captures.dotted(f.source): len(set(f.targets)) for f in found}}
    if which == "oracle":
        said["oracle"] = ask(folder, found, begin, end)
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
