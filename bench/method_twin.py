# SPDX-License-Identifier: BSD-2-Clause
"""The oracle of our own telescope: which sources are the worm's and who was first, by Bayes, knowing all that `patientzero synth`
makes its hosts from (src/twin/{noise,host,worm}.c). tests/telescope/scope_oracle.py has the times, the growth and how sources are
weighed together; here are the twin's kinds of others, their SYNs and their targets.

It leaves out ports, ip.id and windows, the C library's generator, by which targets follow from each other, when hosts are on, and
that the twin's first scan is always heard at 01:44:46. Scans of one address with another TTL are of another host.
"""

import collections
import json
import math
from pathlib import Path

import captures
import scope_oracle as oracle

BIT, NEVER = oracle.BIT, oracle.NEVER
SECOND = (2.84, 3.005)  # seconds from the worm's first SYN to its second
OTHERS_SECOND = (3.0, 3.1)
SINGLE = 0.04  # of the worm's attempts: no second SYN is sent
LOSSES = tuple((8 + 4 + 8 * i) / 256 for i in range(6))  # of the worm's hosts
OTHERS_LOSS = 1 / 16
HOURS_EACH = 540 / 256  # in which one of the others is heard, on average
BY_HOUR = (93, 92, 91, 91, 92, 94, 96, 98, 101, 103, 105, 107, 109, 111, 112, 111, 109, 106, 103, 101, 99, 97, 95, 94)
# Others whose SYNs have 48 bytes: share, attempts an hour (median, sigma), SYNs an attempt, targets. All else isn't the worm.
Kind = collections.namedtuple("Kind", "share rate sigma syns targets")
KINDS = (Kind(0.12, 120, 1.5, 3, "slash16"), Kind(0.14, 12, 1.0, 3, "few"), Kind(0.18, 60, 1.5, 3, "uniform"),
         Kind(0.14, 40, 1.5, 2, "uniform"))
SWEEPER = Kind(0.60, 40, 1.5, 2, "sweep_last")
LIFE = {"diurnal": 0, "life_hours": 0.55, "life_sigma": 1.2, "class": ""}  # near to stay_longer() of noise.c
WORM = {"single": SINGLE, "lens": "-1", "rate_median": 2.8, "rate_sigma": 1.4, "diurnal": 0, "doubling": 1150, "hosts": 160000}


class Worm(oracle.Worm):
    """As on the second telescope, but that a part of the hosts is in the archive only, and patient zero's rate is known."""

    zero_rate = 33.8
    other_ways = 0  # from the first hour on

    def __init__(self, begin, end, kept):
        super().__init__({**WORM, "outbreak_day": begin}, begin, end)
        self.kept = kept

    def log_times_zero(self, n, last, infected):
        rate = self.zero_rate * self.part
        return n * math.log(rate) - rate * (self.end - max(infected, self.begin))


def facts(folder):
    """Facts of each host whose SYNs are all like the worm's, as far as the length goes; and all addresses, with how many targets."""
    paths = captures.captures(folder)
    begin, end = (int(paths[i].name.split(".")[1]) + 3600 * (i < 0) for i in (0, -1))
    attempts = collections.defaultdict(lambda: collections.defaultdict(list))
    for p in captures.syns(folder):
        if p.length == 48:
            attempts[p.source, p.ttl][p.sport, p.target, p.seq].append(p.time / 1e6)
    found = []
    for (source, _), of in attempts.items():
        rows = sorted((times[0], target, times) for (_, target, _), times in of.items())
        patterns = [pattern(times) for *_, times in rows]
        gaps = [times[1] - times[0] for *_, times in rows if len(times) == 2]
        whole = [begin + 10 < t < end - 10 for t, *_ in rows]
        facts_of = oracle.Facts(source, [row[0] for row in rows], [row[1] for row in rows], patterns, whole, True)
        found.append((facts_of, gaps))
    return sorted(found, key=lambda pair: pair[0].times[0]), float(begin), float(end)


def pattern(times):
    """"1", "12", or None for what the worm never sends."""
    if len(times) == 1:
        return "1"
    return "12" if len(times) == 2 and SECOND[0] <= times[1] - times[0] <= SECOND[1] else None


def log_syns(counts, losses, chance):
    terms = [sum(n * oracle.log(chance(name, loss)) for name, n in counts.items()) for loss in losses]
    return oracle.log_sum(terms) - math.log(len(losses))


def log_syns_worm(counts, gaps):
    heard = lambda name, loss: SINGLE * oracle.heard(1, name, loss) + (1 - SINGLE) * oracle.heard(2, name, loss)
    return log_syns(counts, LOSSES, heard) - len(gaps) * math.log(SECOND[1] - SECOND[0])


def log_syns_others(kind, counts, gaps):
    if any(not OTHERS_SECOND[0] <= gap <= OTHERS_SECOND[1] for gap in gaps):
        return NEVER
    return log_syns(counts, (OTHERS_LOSS,), lambda name, loss: oracle.heard(kind.syns, name, loss)) - \
        len(gaps) * math.log(OTHERS_SECOND[1] - OTHERS_SECOND[0])


def log_targets(name, targets):
    if name == "few":  # one, two or three, each as likely
        n, distinct = len(targets), len(set(targets))
        orders = [math.perm(m, distinct) / m**n / 3 for m in (1, 2, 3) if m >= distinct]
        return oracle.log(sum(orders)) - 24 * BIT * distinct
    return oracle.log_targets(name, targets)


def weigh(found, kinds, worm):
    """kinds: with the number that comes a second."""
    candidates = []
    for f, gaps in found:
        targets = oracle.log_targets_worm(f.targets)
        if targets == NEVER or None in f.patterns:
            continue
        counts = oracle.syn_counts(f)
        fixed, rows = log_syns_worm(counts, gaps) + targets, []
        for kind, comes in kinds:
            x = oracle.log(comes) + log_syns_others(kind, counts, gaps) + log_targets(kind.targets, f.targets)
            if x > NEVER:
                rows.append((x, {**LIFE, "rate_per_hour": kind.rate, "rate_sigma": kind.sigma}))
        sure = fixed - oracle.log_sum([x for x, _ in rows]) > oracle.SURE
        if sure:
            noise = oracle.log_sum([x for x, _ in rows] or [-1e6]) + worm.log_times(f, f.times[0])
        else:
            noise = oracle.log_sum([x + oracle.log_times_noise(f, row, worm.begin, worm.end) for x, row in rows])
        candidate = oracle.Candidate(f, fixed, noise)
        candidate.place(worm, 12 if sure else 24)
        candidates.append(candidate)
    return candidates


def others_come(parameters, hour):
    """How many of the others come a second, by kind."""
    mean = 1350 + 400 * (min(max(hour, 340200), 340896) - 340200) / 696
    come = mean * BY_HOUR[hour % 24] / 100 / HOURS_EACH / 3600 * float(parameters["scale"]) * float(parameters["noise"])
    return [(kind, kind.share * come) for kind in KINDS] + [(SWEEPER, SWEEPER.share * come * float(parameters["sweep_last"]))]


def judge(folder):
    """(candidates, chances of being the worm's, of being the first, of none, the begin's cells)."""
    parameters = json.loads(Path(folder, "truth", "parameters.json").read_text(encoding="utf-8"))
    found, begin, end = facts(folder)
    worm = Worm(begin, end, float(parameters["scale"]))
    candidates = weigh(found, others_come(parameters, int(begin + end) // 7200), worm)
    return candidates, *oracle.solve(candidates, worm, 0.5)
