#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Who was heard first, and which sources are the worm's? Answers by Bayes for captures of the standard mix, knowing all that the
mix was made from.

usage: oracle.py FOLDER [--prior-none P] [--table FILE]

It reads FOLDER/captures (consecutive hours of the whole /8 or of one /16) and, of FOLDER/truth, only mix.csv and parameters.csv:
shares, distributions, arrival rates and growth, but not who was what. Printed are the source that was most likely heard
first, the probability that no worm was heard at all, and when the outbreak began; --table writes each source's figures.
As a baseline it prints what the plain rule says. README.md says what the model leaves out.
"""

import argparse
import collections
import csv
import math
import random
import sys

import captures

SECOND = (2.8, 3.05)  # seconds from the first SYN to the second, of all stacks
THIRD = (5.8, 6.1)  # from the second to the third
TTLS = (101, 120)  # 128 less 8 to 27 hops
PORTS = (1025, 5000)
FIRST_OCTETS = 222  # one in so many of a random scanner's targets is the telescope's
CLEANED = 20 * 86400.0
OTHER_WAYS = 3 * 3600.0  # after so long hosts also fall ill by other ways than scanning
BOUNDS = range(20, 128)  # of the low classes' octets
LOSSES = (0.004, 0.012, 0.02, 0.028, 0.036)  # 0 to 4 %
NEVER = float("-inf")

# What the captures say about one source: the attempts' times (seconds), targets and the sets of SYNs heard.
Facts = collections.namedtuple("Facts", "source times targets patterns whole looks_windows")


def log_sum(logs):
    top = max(logs, default=NEVER)
    return NEVER if top == NEVER else top + math.log(sum(math.exp(x - top) for x in logs))


def log(x):
    return math.log(x) if x > 0 else NEVER


# -- facts


def pattern(times):
    """Which of an attempt's SYNs were heard: "1" any one, "12", "23", "13", "123", or None for anything else."""
    gaps = [b - a for a, b in zip(times, times[1:])]
    near = lambda gap, span: span[0] - 1e-4 <= gap <= span[1] + 1e-4
    if not gaps:
        return "1"
    if len(gaps) == 2:
        return "123" if near(gaps[0], SECOND) and near(gaps[1], THIRD) else None
    if len(gaps) == 1:
        both = SECOND[0] + THIRD[0], SECOND[1] + THIRD[1]
        for name, span in ("12", SECOND), ("23", THIRD), ("13", both):
            if near(gaps[0], span):
                return name
    return None


def facts(folder):
    """Facts of each source, and the time that was recorded: first and last second."""
    paths = captures.captures(folder)
    begin = int(paths[0].name.split(".")[1])
    end = begin + 3600 * len(paths)
    if int(paths[-1].name.split(".")[1]) + 3600 != end:
        sys.exit("oracle: the captures aren't consecutive hours")
    attempts = collections.defaultdict(lambda: collections.defaultdict(list))
    odd = set()
    for p in captures.syns(folder):
        attempts[p.source][p.sport, p.target, p.seq].append(p.time / 1e6)
        if p.length != 48 or not PORTS[0] <= p.sport <= PORTS[1] or not TTLS[0] <= p.ttl <= TTLS[1]:
            odd.add(p.source)
    found = []
    for source, of in attempts.items():
        rows = sorted(((times[0], target, pattern(times)) for (_, target, _), times in of.items()), key=lambda row: row[:2])
        # An attempt at an end of the recording may be heard in part.
        whole = [begin + 10 < row[0] < end - 10 for row in rows]
        found.append(Facts(source, *map(list, zip(*rows)), whole, source not in odd))
    return sorted(found, key=lambda f: f.times[0]), float(begin), float(end)


# -- what an attempt's SYNs say


def heard(syns, name, loss):
    """Of so many SYNs sent, the chance of hearing this pattern, given that something is heard."""
    most = 1 - loss**syns
    if name == "1":
        return syns * (1 - loss) * loss ** (syns - 1) / most
    if syns == 2:
        return (1 - loss) ** 2 / most if name == "12" else 0
    if syns == 3:
        return (1 - loss) ** 3 / most if name == "123" else (1 - loss) ** 2 * loss / most
    return 0


def syn_counts(f):
    return collections.Counter(name for name, whole in zip(f.patterns, f.whole) if whole)


def log_syns(counts, chance):
    """chance(pattern, loss); the loss is the source's, unknown."""
    terms = []
    for loss in LOSSES:
        terms.append(sum(n * log(chance(name, loss)) for name, n in counts.items()))
    return log_sum(terms) - math.log(len(LOSSES))


def log_syns_noise(counts, mix):
    one, two = float(mix["one_syn"]), float(mix["two_syns"])
    shares = (one, 1), (two, 2), (max(0, 1 - one - two), 3)
    return log_sum([log(p) + log_syns(counts, lambda name, loss: heard(k, name, loss)) for p, k in shares if p > 0])


def log_syns_worm(counts, single):
    return log_syns(counts, lambda name, loss: single * heard(1, name, loss) + (1 - single) * heard(2, name, loss))


# -- what the targets say: densities over the /8's 2**24 addresses

BIT = math.log(2)


def log_bounded(octets, least):
    """Octets that are uniform from least up to a bound that is the source's."""
    if min(octets) < least:
        return NEVER
    top, n = max(octets) - least, len(octets)
    return log_sum([-n * math.log(b) for b in BOUNDS if top < b]) - math.log(len(BOUNDS))


def octets_of(targets, shift):
    return [t >> shift & 255 for t in targets]


def log_targets(name, targets):
    n = len(targets)
    if name == "sequential":
        # A step of more than one: attempts of which no SYN was heard.
        steps = [(b - a) % 2**24 for a, b in zip(targets, targets[1:])]
        return -24 * BIT + sum(0 if s == 1 else -4 * s if 1 < s < 5 else NEVER for s in steps)
    if name == "slash16":
        return -24 * BIT - 16 * BIT * (n - 1) if len(set(octets_of(targets, 16))) == 1 else NEVER
    if name == "half_random":
        fits = [p for shift, p in ((16, 0.5), (8, 0.25), (0, 0.25)) if len(set(octets_of(targets, shift))) == 1]
        return log(sum(fits)) - 24 * BIT - 16 * BIT * (n - 1)
    if name == "low_last":
        return -16 * BIT * n + log_bounded(octets_of(targets, 0), 1)
    if name == "low_all":
        return sum(log_bounded(octets_of(targets, shift), 0) for shift in (16, 8, 0))
    if name == "sweep_last":
        return -23 * BIT * n if all(not t & 128 for t in targets) else NEVER
    if name == "sweep_reach":
        return log_targets_worm(targets)
    if name == "misconfigured":
        return -24 * BIT if len(set(targets)) == 1 else NEVER
    return -24 * BIT * n


def log_targets_worm(targets, lens=None):
    bits = 22 if lens is None else 15
    return -bits * BIT * len(targets) if all(captures.reachable(t) for t in targets) else NEVER


# -- the same of one /16's 2**16 addresses: how sources of a class come to it


def ways(name, targets, lens):
    """[(chance that a source of the class comes to the lens in this way, at which part of its attempts' rate, log of the density
    of its targets)]; lens is the /16's second octet, or None for the whole /8."""
    if lens is None:
        return [(1, 1, log_targets(name, targets))]
    n, third, fourth = len(targets), octets_of(targets, 8), octets_of(targets, 0)
    evenly, there = -16 * BIT * n, 1 / 256
    one = lambda octets: -8 * BIT * (n + 1) if len(set(octets)) == 1 else NEVER
    if name == "sequential":
        return [(there, 1, log_targets(name, targets) + 8 * BIT)]
    if name in ("slash16", "spoofed"):
        return [(there, 1, evenly)]
    if name == "misconfigured":
        return [(there, 1, -16 * BIT if len(set(targets)) == 1 else NEVER)]
    if name == "half_random":
        return [(there / 2, 1, evenly), (1 / 4, there, one(third)), (1 / 4, there, one(fourth))]
    if name == "low_last":
        return [(1, there, -8 * BIT * n + log_bounded(fourth, 1))]
    if name == "low_all":
        bounds = [b for b in BOUNDS if lens < b]
        density = log_bounded(third, 0) + log_bounded(fourth, 0)
        return [(len(bounds) / len(BOUNDS), len(bounds) / sum(bounds), density)] if bounds else []
    if name in ("sweep_last", "sweep_reach"):
        low = -15 * BIT * n if all(not t & 128 for t in targets) else NEVER
        return [(1, there, low)] if name == "sweep_last" else [(1, 2 * there, low)] if lens < 128 else []
    return [(1, there, evenly)]


# -- what the times say


class Clock:
    """Time during which a host is on: always, or twelve hours a day around its noon (an hour of the day, UTC)."""

    def __init__(self, noon=None):
        self.noon = noon

    def until(self, t):
        if self.noon is None:
            return t
        days, rest = divmod(t - (self.noon - 6) * 3600, 86400)
        return days * 43200 + min(rest, 43200)

    def between(self, a, b):
        return self.until(b) - self.until(a)

    def fits(self, times):
        return self.noon is None or all((t - (self.noon - 6) * 3600) % 86400 < 43200 for t in times)


def clocks(diurnal):
    """Clocks and their chances; noons are normal around 14:00, four hours wide."""
    noons = [1.5 + 2 * i for i in range(12)]
    weights = [math.exp(-((((n - 14 + 12) % 24) - 12) ** 2) / 32) for n in noons]
    yield Clock(), 1 - diurnal
    for noon, weight in zip(noons, weights):
        yield Clock(noon), diurnal * weight / sum(weights)


def rate_grid(n, least, most, median, sigma):
    """Logarithms of rates and of their chances, where the rate of n events in between least and most seconds may be."""
    low = math.log(max(n, 0.5) / max(most, 1)) - 4 / math.sqrt(n + 1)
    high = math.log(max(n, 0.5) / max(least, 1)) + 4 / math.sqrt(n + 1)
    middle = math.log(median)
    low, high = max(low, middle - 4 * sigma), min(high, middle + 4 * sigma)
    if low >= high:  # further out than the distribution goes
        low, high = middle - 4 * sigma, middle + 4 * sigma
    points = min(60, max(15, int(1.5 * (high - low) * math.sqrt(n + 1))))
    step = (high - low) / points
    for i in range(points):
        x = low + (i + 0.5) * step
        z = (x - middle) / sigma
        yield x, math.log(step / sigma / 2.5066282746) - z * z / 2


def slack(a, s, before, after):
    """Integral over how s seconds of life split into those before the first attempt and those after the last, of the
    chance that a rate of a brings no attempt in what of them was recorded."""
    both = max(0.0, min(s, before) - max(0.0, s - after)) * math.exp(-a * s)
    early = math.exp(-a * before) * -math.expm1(-a * min(s - before, after)) / a if s > before else 0
    late = math.exp(-a * after) * -math.expm1(-a * min(before, s - after)) / a if s > after else 0
    none = max(0.0, s - before - after) * math.exp(-a * (before + after))
    return both + early + late + none


def life_grid(mix, least):
    """Lives (seconds) of at least so long, and their chances."""
    median, sigma = float(mix["life_hours"]) * 3600, float(mix["life_sigma"])
    total = lambda z: 0.5 * math.erfc(-z / math.sqrt(2))
    shortest, longest = max(least, 180.0), 28 * 86400.0
    if shortest >= longest:
        return []
    # Lives below and above the bounds were set to them.
    points, x0, x1 = 14, math.log(shortest), math.log(longest)
    edges = [x0 + (x1 - x0) * i / points for i in range(points + 1)]
    below = [total((x - math.log(median)) / sigma) for x in edges]
    if shortest <= 180:
        below[0] = 0
    below[-1] = 1
    return [(math.exp((edges[i] + edges[i + 1]) / 2), below[i + 1] - below[i]) for i in range(points)]


def log_times_noise(f, mix, begin, end, part=1):
    """Of a source that appears at some time: density in its appearance, so to be multiplied by the arrival rate. part: of its
    attempts, how many come to the lens."""
    if mix["class"] == "spoofed":
        return 0.0 if len(f.times) == 1 and f.patterns[0] == "1" else NEVER
    n, first, last = len(f.times), f.times[0], f.times[-1]
    lives = life_grid(mix, last - first)
    terms = []
    for clock, weight in clocks(float(mix["diurnal"])):
        if weight <= 0 or not clock.fits(f.times):
            continue
        span = clock.between(first, last)
        before, after = clock.between(begin, first), clock.between(last, end)
        median = float(mix["rate_per_hour"]) / 3600 * part
        for x, chance in rate_grid(n, span, span + before + after, median, float(mix["rate_sigma"])):
            a = math.exp(x)
            inner = sum(p * slack(a, life - (last - first), before, after) for life, p in lives)
            terms.append(log(weight) + chance + n * x - a * span + log(inner))
    return log_sum(terms)


def log_unheard(x, on):
    """The logarithm of the chance of n attempts' rate exp(x) to bring none after the last, cleaned hosts included."""
    a = math.exp(x)
    return math.log(math.exp(-a * on) - math.expm1(-a * on) / (a * CLEANED))


class Worm:
    kept = 1  # of its hosts, so many are in the archive
    zero_rate = None  # patient zero's connects a second, where they are known before
    other_ways = OTHER_WAYS

    def __init__(self, parameters, begin, end):
        self.single = float(parameters["single"])
        self.lens = None if parameters["lens"] == "-1" else int(parameters["lens"])
        self.part = 1 / FIRST_OCTETS if self.lens is None else 1 / FIRST_OCTETS / 128    # of its connects, at the lens
        self.median = float(parameters["rate_median"]) * self.part
        self.sigma = float(parameters["rate_sigma"])
        self.diurnal = float(parameters["diurnal"])
        self.doubling = float(parameters["doubling"])
        self.day = float(parameters["outbreak_day"])
        self.hosts = float(parameters["hosts"])
        self.begin, self.end = begin, end

    def on(self, t):
        """The share of hosts that are on."""
        return sum(p * clock.fits([t]) for clock, p in clocks(self.diurnal))

    def log_times(self, f, infected):
        """Of a host infected at a time."""
        n, last = len(f.times), f.times[-1]
        terms = []
        for clock, weight in clocks(self.diurnal):
            if weight <= 0 or not clock.fits(f.times):
                continue
            on, after = clock.between(max(infected, self.begin), last), clock.between(last, self.end)
            for x, chance in rate_grid(n, on, on + after, self.median, self.sigma):
                terms.append(log(weight) + chance + n * x - math.exp(x) * on + log_unheard(x, after))
        return log_sum(terms)

    def heard_since(self, infected):
        """The chance that a host infected then is heard until the end."""
        silent = 0.0
        for clock, weight in clocks(self.diurnal):
            on = clock.between(infected, self.end)
            for i in range(40):
                z = -3.9 + 0.2 * i
                a = math.exp(math.log(self.median) + self.sigma * z)
                silent += weight * 0.2 / 2.5066282746 * math.exp(-z * z / 2 - a * on)
        return max(0.02, 1 - silent)

    def log_times_zero(self, n, last, infected):
        """Of patient zero: always on, at the median rate (half of them) or more; without attempts, too."""
        on, after = max(0.0, last - max(infected, self.begin)), self.end - max(last, infected, self.begin)
        half = n * math.log(self.median) - self.median * (on + after) - BIT
        terms = [half]
        for x, chance in rate_grid(n, on, on + after, self.median, self.sigma):
            if x >= math.log(self.median):
                terms.append(chance + n * x - math.exp(x) * (on + after))
        return log_sum(terms)


# -- all sources together

SURE = 25  # nats by which targets and SYNs alone decide


class Candidate:
    """A source that may be the worm's, and the logarithms of its intensities: as noise; as the worm's by targets and
    SYNs (fixed); and by times, in steps: if infected between so many seconds (low, high) before it was first heard."""

    def __init__(self, f, fixed, noise):
        self.facts, self.fixed, self.noise = f, fixed, noise
        self.near = captures.reachable(f.source)
        self.steps = []

    def place(self, worm, points):
        # Closer near the first attempt: a fast host's waits are short. A /16 is waited for all day.
        longest = 4 * 3600 if worm.lens is None else max(self.facts.times[0] - worm.day, 3600)
        for i in range(points):
            low, high = (longest * (j / points) ** 2 for j in (i, i + 1))
            self.steps.append((low, high, worm.log_times(self.facts, self.facts.times[0] - (low + high) / 2)))

    def log_steps(self, growth, zero, size):
        """Of each step, if patient zero, another, was infected at zero. Scanning, which is alone in the first hours,
        infects only addresses within its own reach, a quarter of all."""
        first = self.facts.times[0]
        later = growth.reached / 0.25 if self.near else (1 - growth.reached) / 0.75
        logs = []
        for low, high, x in self.steps:
            alone, all_ways = first - zero - growth.worm.other_ways, first - zero
            wide = later * max(0.0, min(high, alone) - low)
            if self.near:
                wide += 4 * max(0.0, min(high, all_ways) - max(low, alone))
            logs.append(x + math.log(wide * growth(first - (low + high) / 2, zero, size)) if wide > 0 else NEVER)
        return logs

    def log_worm(self, growth, zero, size):
        return self.fixed + log_sum(self.log_steps(growth, zero, size))


def weigh(found, mix, worm):
    """The sources that may be the worm's; all others differ from it in what the worm never varies."""
    candidates = []
    for f in found:
        counts = syn_counts(f)
        targets = log_targets_worm(f.targets, worm.lens)
        if not f.looks_windows or targets == NEVER or any(p not in ("1", "12") for p in f.patterns):
            continue
        fixed = log_syns_worm(counts, worm.single) + targets
        rows = []
        for row in mix:
            x = log(float(row["windows"]) * float(row["arrivals_per_hour"]) / 3600) + log_syns_noise(counts, row)
            for chance, part, density in ways(row["class"], f.targets, worm.lens) if x > NEVER else ():
                if density > NEVER:
                    rows.append((x + log(chance) + density, row, part))
        sure = fixed - log_sum([x for x, *_ in rows]) > SURE
        if sure:  # then its times are as if they were the worm's
            noise = log_sum([x for x, *_ in rows] or [-1e6]) + worm.log_times(f, f.times[0])
        else:
            noise = log_sum([x + log_times_noise(f, row, worm.begin, worm.end, part) for x, row, part in rows])
        candidate = Candidate(f, fixed, noise)
        candidate.place(worm, 12 if sure else 24)
        candidates.append(candidate)
    return candidates


def early_sizes(worm, zero_rate=None):
    """By how much outbreaks are ahead or behind, as the rates of their first hosts would have it: 400 are simulated
    up to 50 hosts, in time in which the mean outbreak grows by e. Logarithms, rising. zero_rate: patient zero's
    connects a second, where they are known."""
    zero_rate = worm.zero_rate or zero_rate
    dice = random.Random(1)
    draw = lambda: min(50.0, max(0.01, dice.lognormvariate(math.log(worm.median), worm.sigma) / worm.part))
    mean = sum(draw() for _ in range(20000)) / 20000
    sizes = []
    for _ in range(400):
        pressure, u = zero_rate or max(worm.median / worm.part, draw()), 0.0
        for _ in range(49):
            u += dice.expovariate(pressure / mean)
            pressure += draw()
        sizes.append(math.log(50 * worm.kept) - u)
    return sorted(sizes)


class Growth:
    """How many hosts fall ill a second. Where many sources are surely the worm's, the sources say it themselves, and
    early, before twenty of them, it doubles as the parameters say, back from there. With fewer it grows from patient
    zero on, and size, the logarithm of how far it is ahead of the mean outbreak, is unknown."""

    step = 600  # seconds that have one rate
    lag = 300  # from infection until first heard, about

    def __init__(self, worm, sure):
        self.worm = worm
        sure = sorted(sure)
        self.known = sure[19] - self.lag if len(sure) >= 30 else None
        self.reached = 0.5  # share of the later infected whose addresses scanning reaches
        self.counts = collections.Counter(int((t - self.lag) // self.step) for t in sure)
        # By how much the mean outbreak has grown (logarithm), minute by minute.
        self.sums = [0.0]
        for minute in range(int((worm.end - worm.day) / 60) + 1):
            slope = math.log(2) / worm.doubling * worm.on(worm.day + 60 * minute)
            self.sums.append(self.sums[-1] + 60 * slope)
        self.sizes = early_sizes(worm)

    def minute(self, t):
        return max(0, min(len(self.sums) - 2, int((t - self.worm.day) / 60)))

    def grown(self, t):
        return self.sums[self.minute(t)]

    def worlds(self, zero):
        """Sizes and the logarithms of their chances, of outbreaks that began at zero."""
        if self.known is None:
            return [(self.sizes[len(self.sizes) * (2 * i + 1) // 24], -math.log(12)) for i in range(12)]
        size = math.log(20) - self.grown(self.known) + self.grown(zero)
        width = 0.3
        near = sum(math.exp(-(((size - x) / width) ** 2) / 2) for x in self.sizes) / len(self.sizes) / width
        return [(size, log(near))] if self.known > zero and near > 0 else []

    def __call__(self, t, zero, size):
        if self.known is not None and t >= self.known:
            return max(0.1, self.counts[int(t // self.step)]) / self.step
        i = self.minute(t)
        slope = (self.sums[i + 1] - self.sums[i]) / 60
        return slope * min(math.exp(size + self.sums[i] - self.grown(zero)), self.worm.hosts / 4)

    def fit(self, candidates, zero):
        """Expectation and maximization: whom each source's data leave as the worm's, and since when; then how many were
        infected when, those included who weren't heard."""
        for _ in range(6 if self.known is not None else 0):
            counts, near, all_later = collections.Counter(), 0.0, 0.0
            size = math.log(20) - self.grown(self.known) + self.grown(zero)
            for c in candidates:
                logs = c.log_steps(self, zero, size)
                whole = log_sum(logs)
                x = c.fixed + whole - c.noise
                if x < -10:
                    continue
                p = 1 / (1 + math.exp(-x))
                for (low, high, _), y in zip(c.steps, logs):
                    at = c.facts.times[0] - (low + high) / 2
                    counts[int(at // self.step)] += p * math.exp(y - whole)
                if c.facts.times[0] > zero + self.worm.other_ways:
                    all_later += p
                    near += p * c.near
            middle = lambda i: (i + 0.5) * self.step
            self.counts = collections.Counter({i: n / self.worm.heard_since(middle(i)) for i, n in counts.items()})
            self.reached = (near + 1) / (all_later + 2)


def guess(candidates, worm):
    """When those were first heard that are the worm's whatever the epidemic: one host a quarter of an hour would do."""
    first = worm.day + 3600
    return [
        c.facts.times[0]
        for c in candidates
        if c.facts.times[0] > first
        and c.fixed + log_sum([x + math.log((high - low) / 900) for low, high, x in c.steps]) - c.noise > 5
    ]


def weigh_worlds(candidates, worm, growth, cells):
    """All that may be: [begin, size, patient zero or None, logarithm of its weight against no worm at all], and of each
    begin and size the logarithm of each candidate's odds. cells: the begin's, from and to, of one hour."""
    worlds, odds = [], {}
    for low, high in cells:
        zero = (low + high) / 2
        for size, chance in growth.worlds(zero):
            row = [c.log_worm(growth, zero, size) - c.noise for c in candidates]
            odds[zero, size] = row
            gains = [log_sum([0, x]) for x in row]
            # What the curve lets expect, and hence had to be heard; nearly all are.
            expected = sum(60 * growth(zero + 60 * i, zero, size) for i in range(int((worm.end - zero) / 60)))
            total = sum(gains) - expected + chance + math.log((high - low) / 3600)
            worlds.append((zero, size, None, total + worm.log_times_zero(0, zero, zero)))
            for i, c in enumerate(candidates):
                f = c.facts
                if zero < f.times[0] < zero + 4 * 3600:
                    alone = c.fixed + worm.log_times_zero(len(f.times), f.times[-1], zero) - c.noise
                    worlds.append((zero, size, i, total - gains[i] + alone))
    return worlds, odds


def judge_worlds(candidates, worlds, odds, prior_none):
    """Chances of each source to be the worm's and to be the first heard, of none, and of each begin."""
    some = log(1 - prior_none)
    top = log_sum([log(prior_none)] + [some + world[-1] for world in worlds])
    p_none = math.exp(log(prior_none) - top)
    p_worm, p_first = [0.0] * len(candidates), [0.0] * len(candidates)
    p_begin = collections.Counter()
    for zero, size, who, weight in worlds:
        p = math.exp(some + weight - top)
        if p < 1e-7:
            continue
        p_begin[zero] += p
        nobody = p
        for i, x in enumerate(odds[zero, size]):
            is_worm = 1.0 if i == who else 1 / (1 + math.exp(-x)) if x > -500 else 0.0
            p_worm[i] += p * is_worm
            p_first[i] += nobody * is_worm
            nobody *= 1 - is_worm
        p_none += nobody
    return p_worm, p_first, p_none, p_begin


def solve(candidates, worm, prior_none):
    """Chances of each source to be the worm's and to be the first heard, of none; and the begin's cells with theirs."""
    hour = worm.day + 3600
    growth = Growth(worm, guess(candidates, worm))
    growth.fit(candidates, hour + 1800)
    cells = [(hour + 60 * i, hour + 60 * (i + 1)) for i in range(60)]
    rough = judge_worlds(candidates, *weigh_worlds(candidates, worm, growth, cells), prior_none)
    best = max(range(len(candidates)), key=lambda i: rough[1][i], default=None)
    if best is not None and rough[1][best] > 0:
        # A fast host was heard seconds after its infection: look closer there. And its rate, which is known now, says
        # how the outbreak would begin.
        times = candidates[best].facts.times
        first = times[0]
        if len(times) > 4:
            rate = (len(times) - 1) / (times[-1] - first) / worm.part
            growth.sizes = early_sizes(worm, max(rate, worm.median / worm.part))
        edges = {hour, hour + 3600, *(low for low, _ in cells), *(first - 5 * i for i in range(120))}
        edges = sorted(t for t in edges if hour <= t <= hour + 3600)
        cells = list(zip(edges, edges[1:]))
    *chances, begins = judge_worlds(candidates, *weigh_worlds(candidates, worm, growth, cells), prior_none)
    return *chances, [(low, high, begins[(low + high) / 2]) for low, high in cells]


def interval(begins, share):
    """The central interval that holds so much of the begin's chance."""
    total, below, ends = sum(p for *_, p in begins), 0.0, []
    if total <= 0:
        return None
    for low, high, p in begins:
        for at in (1 - share) / 2, (1 + share) / 2:
            if below < at * total <= below + p:
                ends.append(low + (high - low) * (at * total - below) / p)
        below += p
    return ends[0], ends[-1]


# -- the plain rule


def plain_rule(found):
    """The earliest source that is like the worm in all that is published of it, from eight attempts in four /16s on."""
    for f in found:
        if (
            f.looks_windows
            and len(f.times) >= 8
            and len({t >> 16 for t in f.targets}) >= 4
            and all(captures.reachable(t) for t in f.targets)
            and all(p in ("1", "12") for p in f.patterns)
            and "12" in f.patterns
        ):
            return f
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--prior-none", type=float, default=0.5, help="chance, before looking, that no worm was heard")
    parser.add_argument("--table", help="write each source's figures to this CSV file")
    options = parser.parse_args()
    parameters = {row["name"]: row["value"] for row in captures.truth(options.folder, "parameters")}
    found, begin, end = facts(options.folder)
    worm = Worm(parameters, begin, end)
    candidates = weigh(found, captures.truth(options.folder, "mix"), worm)
    p_worm, p_first, p_none, begins = solve(candidates, worm, options.prior_none)
    best = max(range(len(candidates)), key=lambda i: p_first[i], default=None)
    if best is not None:
        f = candidates[best].facts
        print(f"first_heard,{captures.dotted(f.source)},{f.times[0]:.6f},{p_first[best]:.4f}")
    print(f"none,,,{p_none:.4f}")
    ends = interval(begins, 0.9)
    if ends:
        print(f"begin,,{ends[0]:.0f}-{ends[1]:.0f},0.9")
    rule = plain_rule(found)
    print(f"plain_rule,{captures.dotted(rule.source) if rule else ''},{f'{rule.times[0]:.6f}' if rule else ''},")
    if options.table:
        with open(options.table, "w", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(["source", "first_heard", "targets", "p_worm", "p_first"])
            known = {c.facts.source: (w, s) for c, w, s in zip(candidates, p_worm, p_first)}
            for f in found:
                w, s = known.get(f.source, (0.0, 0.0))
                table.writerow([captures.dotted(f.source), f"{f.times[0]:.6f}", len(set(f.targets)), f"{w:.6f}", f"{s:.6f}"])


if __name__ == "__main__":
    main()
