# SPDX-License-Identifier: BSD-2-Clause
"""The evidence of one source, once more: docs/method.md with whole fractions where there are any, slow, and without a line
of the program's code. Takes the columns of a line that `judge` wrote."""

import math
from fractions import Fraction
from functools import lru_cache

LEVELS = {"none": 0, "some": 1, "all": 2, "": 3}
SYNS = ("one_syn", "two_in_time", "two_other", "three_or_more")
TRAITS = ("length", "ttl", "port")
CELLS = ("reached", "high_octet2", "high_octet4", "high_both")
STRAYS, STEADY = 1, 499    # tenths
SHARED = Fraction(3, 100)
AGAIN = Fraction(1, 100)
EXACT = 7    # destinations, of more the number is estimated
NETWORKS = 8    # stands for that many or more
PART = Fraction(1, 2) / (128 * 129 // 2)    # each part of the 128 values, before what is seen
LEAST = Fraction(1, 10**12)
NEVER = Fraction(1, 10**9)


def read_model(text):
    """{name: [number, ...]} of a model as `calibrate` writes it."""
    return {words[0]: list(map(float, words[1:])) for words in map(str.split, text.splitlines()[1:]) if words}


def binomial(n, k, p):
    return math.comb(n, k) * p**k * (1 - p)**(n - k)


@lru_cache(maxsize=None)
def occupancy(draws, networks, bins):
    """P(so many distinct ones of `bins` in so many draws), by inclusion and exclusion."""
    def exactly(m):
        if m > bins:
            return Fraction(0)
        ways = sum((-1)**j * math.comb(m, j) * (m - j)**draws for j in range(m + 1))
        return Fraction(math.comb(bins, m) * ways, bins**draws)
    if networks < NETWORKS:
        p = exactly(networks)
    else:
        p = 1 - sum(exactly(m) for m in range(min(NETWORKS, draws + 1)))
    return max(p, LEAST)


def few_networks(networks):
    return {0: Fraction(95, 100), 1: Fraction(95, 100), 2: Fraction(3, 100)}.get(networks, Fraction(2, 100) / (NETWORKS - 2))


def multinomial(cells, shares):
    ways, left = 1, sum(cells)
    p = Fraction(1)
    for n, share in zip(cells, shares):
        ways *= math.comb(left, n)
        left -= n
        p *= share**n
    return ways * p


@lru_cache(maxsize=None)
def part(k, low, high):
    """How many times likelier k values within these bounds are of a part of the 128 than of all."""
    priors = {}
    for first in range(low + 1):
        for last in range(high, 128):
            prior = PART + (Fraction(1, 4) / (128 - first) if first <= 1 else 0)
            priors[last - first + 1] = priors.get(last - first + 1, 0) + prior
    return sum(prior * Fraction(128, length)**k for length, prior in priors.items())


def part_shown(k, bounds, shown):
    """A lens that shows fewer than 128 values of an octet keeps all sources within them."""
    return part(k, *bounds) if shown >= 128 else max(part(k, *bounds) * Fraction(shown, 128)**k, 1)


def runs_spread(k, runs, values, shown):
    """How much likelier it is of so many draws than of k that they spread over so many values of those that are shown."""
    if runs >= k:
        return Fraction(1)
    if runs == 1:
        return Fraction(values <= 1)
    pairs = Fraction(math.comb(runs, 2), math.comb(k, 2))
    return min(pairs * max(Fraction(shown, values), 1)**(k - runs), Fraction(1))


def any_share(yes, no):
    """The mean of p^yes (1 - p)^no."""
    return Fraction(1, (yes + no + 1) * math.comb(yes + no, yes))


def evenly(low, high):
    half = Fraction(low, low + high) / 2
    return (half, Fraction(1, 2) - half) * 2


def mixed(cells, shares, rest, eighths):
    """So many eighths are anywhere, and the others in one cell."""
    part = Fraction(eighths, 8)
    return multinomial(cells, [share * part + (1 - part if cell == rest else 0) for cell, share in enumerate(shares)])


def repeats(eighths, attempts, k):
    """What is said of so many eighths that go to ever new destinations, for 1 of as many destinations as attempts."""
    fewer = max(attempts * eighths / 8 + 1, EXACT + 1)
    exponent = math.log1p(-EXACT / k) * (fewer - attempts)
    falling = [math.log(fewer - i) - math.log(attempts - i) for i in range(EXACT + 1)]
    return Fraction(math.exp(min(sum(falling) + exponent, 700)))


def even_cells(cells, low, high, attempts):
    """Of those that choose evenly, some come to one destination again and again, anywhere."""
    shares, k = evenly(low, high), sum(cells)
    usual, said = (1 - AGAIN) * multinomial(cells, shares), 1 - AGAIN
    if k <= EXACT or k >= attempts:
        return multinomial(cells, shares)
    for eighths in (5, 7):
        weight = AGAIN / 2 * repeats(eighths, attempts, k)
        usual += weight * sum(share * mixed(cells, shares, cell, eighths) for cell, share in enumerate(shares))
        said += weight
    return usual / said


@lru_cache(maxsize=None)
def worm_targets(cells, networks, low, high):
    """At an address of its own, and at one that it shares."""
    drawn = [start + 10 * i for start, n in ((STRAYS, sum(cells[1:])), (STEADY, cells[0])) for i in range(n)]
    urn = [STRAYS + STEADY + 10 * i for i in range(len(drawn))]    # Polya's: a beta's mean
    alone = multinomial(cells, (1, *[Fraction(1, 3)] * 3)) * Fraction(math.prod(drawn), math.prod(urn))
    both = sum(mixed(cells, evenly(low, high), 0, eighths) for eighths in (1, 3, 5, 7)) / 4
    spread = occupancy(min(sum(cells), 64), networks, low)
    return (1 - SHARED) * alone * spread, SHARED * both * spread


@lru_cache(maxsize=None)
def other_targets(cells, networks, bounds, low, high, octet3=128, attempts=0):
    """Of those that choose evenly, within one /16, one address after the other, low last octets, low octets, any part."""
    share, k, reached = Fraction(low, low + high), sum(cells), cells[0]
    spread = occupancy(min(k, 64), networks, low + high)
    even = even_cells(cells, low, high, attempts) * spread
    half = Fraction(1, 2)
    one = (share * multinomial(cells, (half, 0, half, 0)) + (1 - share) * multinomial(cells, (0, half, 0, half)) + NEVER)
    in_reach = half if k <= 1 else max(1 - Fraction(k, 128), Fraction(1, 10)) / 2
    if reached == k:
        values = bounds[5] - bounds[4] + 1
        run = share * in_reach * sum(Fraction(1, 2)**(runs - max(networks, 1) + 1) * (share / 2)**(runs - 1) *
                                     runs_spread(k, runs, values, octet3) for runs in range(max(networks, 1), 17))
    elif reached == 0:
        run = 1 - share + share * in_reach
    else:
        run = max(share * (1 - 2 * in_reach), Fraction(1, 100)) / max(k - 1, 1)
    low_last = low_both = Fraction(0)
    if cells[2] == cells[3] == 0:
        low_last = multinomial(cells, (share, 1 - share, 0, 0)) * spread * part(k, *bounds[2:4])
    if reached == k:
        third = part_shown(k, bounds[4:], octet3)
        low_both = occupancy(min(k, 64), networks, low) * part_shown(k, bounds[:2], low) * part(k, *bounds[2:4]) * (
            (1 + third) / 2 if high else third)
    ways = multinomial(cells, (1, 1, 1, 1))
    anything = ways * any_share(cells[2] + cells[3], cells[0] + cells[1]) / NETWORKS
    if low and high:
        anything *= any_share(cells[1] + cells[3], cells[0] + cells[2])
    few = few_networks(networks)
    return even, one * few, run * few, low_last, low_both, anything


def log_silence(row):
    """ln P(silent since | worm) - ln P(silent since | others)."""
    attempts, active, silent = sum(int(row[syns]) for syns in SYNS), max(int(row["active"]), 1), int(row["silent"])
    if attempts < 2:
        return 0
    awaited = (active / (active + silent))**(attempts - 1)
    ended = -math.expm1(-active / 21600)
    worm, other = (stops + (1 - stops) * ended for stops in (0.02, 0.5))
    return math.log(worm + (1 - worm) * awaited) - math.log(other + (1 - other) * awaited)


def log_stack(model, name, row):
    """ln P(attempts by their SYNs, levels of traits | stack): Polya's urn drawn ball by ball."""
    spread, shares = model[f"{name}.spread"][0], model[f"{name}.patterns"]
    total, drawn = 0.0, 0
    for share, count in zip(shares, (int(row[syns]) for syns in SYNS)):
        for i in range(count):
            total += math.log((spread * share + i) / (spread + drawn))
            drawn += 1
    for trait in TRAITS:
        total += math.log(model[f"{name}.{trait}"][LEVELS[row[trait]]])
    seen = model[f"{name}.ip_id"][:3]
    return total + (math.log(seen[LEVELS[row["ip_id"]]] / (1 - model[f"{name}.ip_id"][3])) if row["ip_id"] else 0)


def log_of(p):
    return math.log(p.numerator) - math.log(p.denominator) if p else -math.inf


def log_sum(logs):
    most = max(logs)
    return most + math.log(sum(math.exp(x - most) for x in logs))


def evidence(model, row, low, high, octet3=128):
    """ln P(seen | worm) - ln P(seen | others), for a lens of so many /16s of low second octet and of high, and so many of the
    128 values of octet 3's upper bits."""
    cells, networks = tuple(int(row[name]) for name in CELLS), int(row["networks"])
    bounds = tuple(int(row[name]) for name in ("octet2_min", "octet2_max", "octet4_min", "octet4_max", "octet3_min", "octet3_max"))
    attempts = sum(int(row[syns]) for syns in SYNS) - int(row["local"])
    choices = [log_of(p) for p in other_targets(cells, networks, bounds, low, high, octet3, attempts)]
    others, stacks = [], []
    for kind in range(8):
        weights, stack = model[f"other{kind}.weights"], log_stack(model, f"other{kind}", row)
        stacks.append(math.log(sum(weights)) + stack)
        others += [math.log(weight) + stack + choice for weight, choice in zip(weights, choices) if weight > 0]
    share, = model["worm.strange"]
    alone, shared = map(log_of, worm_targets(cells, networks, low, high))
    like_others = log_sum(stacks)
    worm = log_sum([alone + math.log(1 - share) + log_stack(model, "worm", row), alone + math.log(share) + like_others,
                    shared + like_others])
    ratio = worm - log_sum(others) + log_silence(row)
    return min(ratio, 6) if sum(cells) <= 3 else ratio    # so few can't tell


def probability(evidences):
    """Of each of a group of sources: the worm's share is what makes all of their evidence likeliest."""
    share = 0.5
    odds = [math.exp(min(max(e, -50), 50)) for e in evidences]
    for _ in range(200):
        share = sum(share * o / (share * o + 1 - share) for o in odds) / len(odds)
        share = min(max(share, 1e-12), 1 - 1e-9)
    return [share * o / (share * o + 1 - share) for o in odds]
