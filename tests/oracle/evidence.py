"""The evidence of one source, once more: docs/method.md with whole fractions where there are any, slow, and without a line
of the program's code. Takes the columns of a line that `judge` wrote."""

import math
from fractions import Fraction
from functools import lru_cache

LEVELS = {"none": 0, "some": 1, "all": 2, "": 3}
SYNS = ("one_syn", "two_in_time", "two_other", "three_or_more")
TRAITS = ("length", "ttl", "port")
STRAY, SHARED, SHARED_REACH = Fraction(2, 1000), Fraction(3, 100), Fraction(3, 4)
NETWORKS = 8    # stands for that many or more
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


@lru_cache(maxsize=None)
def worm_targets(k, g, networks, low):
    spread = binomial(k, g, 1 - STRAY) * (1 - SHARED) + binomial(k, g, SHARED_REACH) * SHARED
    return spread * occupancy(k, networks, low)


@lru_cache(maxsize=None)
def other_targets(k, g, networks, low, high):
    """Of those that choose evenly, within one /16, and one address behind the other."""
    share = Fraction(low, low + high)
    evenly = binomial(k, g, share / 2) * occupancy(k, networks, low + high)
    outside = 1 - share if g == 0 and high else NEVER
    one = (share * binomial(k, g, Fraction(1, 2)) + outside) * few_networks(networks)
    in_reach = Fraction(1, 2) if k <= 1 else max(1 - Fraction(k, 128), Fraction(1, 10)) / 2
    if g == k:
        run = share * in_reach
    elif g == 0:
        run = 1 - share + share * in_reach
    else:
        run = max(share * (1 - 2 * in_reach), Fraction(1, 100)) / max(k - 1, 1)
    return evenly, one, run * few_networks(networks)


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
    return total + math.log(model[f"{name}.ip_id"][LEVELS[row["ip_id"]]])


def log_of(p):
    return math.log(p.numerator) - math.log(p.denominator)


def evidence(model, row, low, high):
    """ln P(seen | worm) - ln P(seen | others), for a lens of so many /16s of low second octet and of high."""
    seen = tuple(int(row[name]) for name in ("targets", "reached", "networks"))
    worm = log_of(worm_targets(*seen, low)) + log_stack(model, "worm", row)
    choices = [log_of(p) for p in other_targets(*seen, low, high)]
    others = []
    for kind in range(8):
        stack = log_stack(model, f"other{kind}", row)
        others += [math.log(weight) + stack + choice
                   for weight, choice in zip(model[f"other{kind}.weights"], choices) if weight > 0]
    most = max(others)
    return worm - most - math.log(sum(math.exp(other - most) for other in others))


def probability(evidences):
    """Of each of a group of sources: the worm's share is what makes all of their evidence likeliest."""
    share = 0.5
    odds = [math.exp(min(max(e, -50), 50)) for e in evidences]
    for _ in range(200):
        share = sum(share * o / (share * o + 1 - share) for o in odds) / len(odds)
        share = min(max(share, 1e-12), 1 - 1e-9)
    return [share * o / (share * o + 1 - share) for o in odds]
