# SPDX-License-Identifier: BSD-2-Clause
"""What bench/method measured, as tables for docs/method.md and as a figure."""

import math

BINS = (1, 2, 3, 5, 8, 20)
NAMES = ("1", "2", "3-4", "5-7", "8-19", "20+")
POSTERIORS = (0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0001)


def bin_of(targets):
    return max(i for i, least in enumerate(BINS) if targets >= least or i == 0)


def chance_bin(chance):
    return max(i for i, least in enumerate(POSTERIORS[:-1]) if chance >= least)


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


def percent(n, of, digits=1):
    return f"{100 * n / of:.{digits}f} %" if of else "-"


def interval(n, of):
    """Wilson's, 95 %: what a share may really be."""
    if not of:
        return "-"
    z, p = 1.96, n / of
    middle, half = p + z * z / 2 / of, z * math.sqrt(p * (1 - p) / of + z * z / 4 / of / of)
    low, high = (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)
    return f"{100 * max(low, 0):.1f}-{100 * high:.1f} %"


def add_up(results, field, of=lambda r: True):
    """{key: summed lists}"""
    total = {}
    for result in results:
        for key, counts in result.get(field, {}).items() if of(result) else ():
            at = total.setdefault(key, [])
            at += [0] * (len(counts) - len(at))
            for i, n in enumerate(counts):
                at[i] += n
    return total


def share(n, of):
    return f"{n} of {of} ({interval(n, of)})" if of else "-"


def count(n, of):
    return f"{n} of {of}" if of else "-"


def median(values):
    values = sorted(values)
    return values[len(values) // 2] if values else None


def minutes(values):
    return f"{median(values) / 60:.0f} min" if values else "-"


def groups(results, names, of=lambda r: True):
    """(name, results of this kind), of kinds that have any."""
    for name in names:
        found = [r for r in results if r["kind"] == name and of(r)]
        if found:
            yield name, found


def worst_first(rows):
    """Rows are (how good, row)."""
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


# -- who was first, and when


def first_table(results, names):
    rows = []
    for name, of in groups(results, names, lambda r: "rank" in r and r["lens"] == 8):
        oracle, plain = ([r[who] for r in of if who in r] for who in ("oracle", "plain"))
        right = sum(r["rank"] == 1 for r in of)
        rows.append((right / len(of), [name, len(of), share(right, len(of)), sum(0 < r["rank"] <= 3 for r in of),
                                       f"{sum(r['chance'] for r in of) / len(of):.3f}", count(sum(x["right"] for x in oracle), len(oracle)),
                                       count(sum(x["right"] for x in plain), len(plain)), BEFORE_FIRST.get(name, "")]))
    return table(["archive", "seeds", "the first heard is ranked first", "in the top three", "its mean probability", "oracle right",
                  "plain rule right", "before"], worst_first(rows))


def release_table(results, names):
    rows, total = [], []
    for name, of in groups(results, names, lambda r: "rank" in r and r["lens"] == 8):
        rows.append(release_row(name, of))
        total += of
    if total:
        rows.append((2, release_row("**all**", total)[1]))
    return table(["archive", "seeds", "stated", "it holds the release", "release later", "release earlier", "median width",
                  "oracle's holds it", "oracle's width", "before"], worst_first(rows))


def release_row(name, of):
    stated = [r["release"] for r in of if r["release"]]
    held, late = sum(r[0] <= 0 < r[2] for r in stated), sum(r[2] <= 0 for r in stated)
    oracle = [r["oracle"]["interval"] for r in of if r.get("oracle") and r["oracle"]["interval"]]
    return (abs(held / len(stated) - 0.9) if stated else 1) * -1 + 1, [
        name, len(of), f"{len(stated)} ({percent(len(stated), len(of), 0)})", share(held, len(stated)), late, len(stated) - held - late,
        minutes([r[2] - r[0] for r in stated]), count(sum(r[0] <= 0 <= r[1] for r in oracle), len(oracle)),
        minutes([r[1] - r[0] for r in oracle]), BEFORE_RELEASE.get(name, "")]


def quiet_table(results, names):
    rows = []
    for name, of in groups(results, names, lambda r: "rank" not in r):
        sums = [r["sources"] for r in of]
        oracle, plain = ([r[who] for r in of if who in r] for who in ("oracle", "plain"))
        small = sum(x <= 0.05 for x in sums)
        rows.append((small / len(of), [name, len(of), share(small, len(of)), f"{max(sums):.4f}", f"{sum(sums) / len(sums):.4f}",
                                       f"{max(1 - x['none'] for x in oracle):.4f} at most" if oracle else "-",
                                       count(sum(x["right"] for x in plain), len(plain)), BEFORE_QUIET.get(name, "")]))
    return table(["archive", "seeds", "the sources' part is at most 0.05", "the most", "on average", "oracle's part", "plain rule names nobody",
                  "before"], worst_first(rows))


# -- which sources are the worm's

APART = "sweep_reach"    # nothing but their stacks tells them from the worm


def passed(results, bins, field="classes"):
    """Sums of sources by what they are: (all, then what each rule passes), of the worm, of others, of those counted apart."""
    sums = [[0] * 5 for _ in range(3)]
    for key, counts in add_up(results, field).items():
        name, bin_ = key.split("|")
        if int(bin_) in bins:
            to = sums[0 if name == "worm" else 2 if name == APART else 1]
            for i, n in enumerate(counts):
                to[i] += n
    return sums


def rates(yes, no, i):
    return f"{percent(yes[i], yes[0])} / {percent(no[i], no[0], 3)}" if yes[0] or no[0] else "-"


def rates_table(results, names):
    rows = []
    for name, of in groups(results, names, lambda r: "classes" in r):
        yes, no, apart = passed(of, (3, 4, 5))
        asked = [r for r in of if "oracle" in r]
        oracle = rates(*passed(asked, (3, 4, 5), "others")[:2], 2) if asked else "-"
        plain = rates(*passed(of, (3, 4, 5), "others")[:2], 1) if any("plain" in r for r in of) else "-"
        rows.append((min(yes[3] / max(yes[0], 1), 1 - 10 * no[3] / max(no[0], 1)), [
            name, len(of), yes[0], no[0], f"**{rates(yes, no, 3)}**", oracle, plain, rates(yes, no, 1), rates(yes, no, 2),
            count(apart[3], apart[0]), BEFORE_RATES.get(name, "")]))
    return table(["archive", "seeds", "the worm's", "others", "`evidence`", "oracle", "plain rule", "`strict`", "`caida2011`",
                  "sweepers of all in reach that pass", "before"], worst_first(rows))


def targets_table(results, of):
    rows = []
    chosen = [r for r in results if of(r) and len(next(iter(r.get("classes", {}).values()), ())) == 5]
    asked = [r for r in chosen if "oracle" in r]
    for i, name in enumerate(NAMES):
        yes, no, _ = passed(chosen, (i,))
        oracle = rates(*passed(asked, (i,), "others")[:2], 2) if asked else "-"
        rows.append([name, yes[0], no[0], *(rates(yes, no, j) for j in (3, 4)), oracle, *(rates(yes, no, j) for j in (1, 2))])
    return table(["targets", "the worm's", "others", "`evidence`", "a probability of 0.9", "oracle", "`strict`", "`caida2011`"],
                 rows) if chosen else "Not measured.\n"


def errors_table(results):
    total = {}
    for maker in ("second", "own"):
        for key, counts in add_up(results, "classes", lambda r: r["maker"] == maker and r["lens"] == 8).items():
            name, bin_ = key.split("|")
            at = total.setdefault((maker, name), [0, 0])
            if int(bin_) >= 3:
                at[0] += counts[0]
                at[1] += counts[0] - counts[3] if name == "worm" else counts[3]
    rows = [(-wrong / n, [maker, name, n, wrong, percent(wrong, n, 2)]) for (maker, name), (n, wrong) in total.items() if n]
    return table(["telescope", "class", "sources", "wrong", "share"], worst_first(rows)[:12])


def asked(result, maker, lens):
    return "oracle" in result and result["maker"] == maker and result["lens"] == lens and "no worm" not in result["kind"]


def reliability_table(results):
    rows = []
    for label, who, of in (("second", "ours", lambda r: r["maker"] == "second" and r["lens"] == 8),
                           ("second, oracle", "oracle", lambda r: asked(r, "second", 8)), ("own, oracle", "oracle", lambda r: asked(r, "own", 8)),
                           ("second, /16, oracle", "oracle", lambda r: asked(r, "second", 16)),
                           ("second, /16", "ours", lambda r: r["maker"] == "second" and r["lens"] == 16),
                           ("own", "ours", lambda r: r["maker"] == "own" and r["lens"] == 8),
                           ("own, /16", "ours", lambda r: r["maker"] == "own" and r["lens"] == 16)):
        total = add_up(results, "bins", of)
        for i in range(2, len(POSTERIORS) - 1):
            n = total.get(f"{who}|{i}")
            if n and n[0]:
                rows.append((-abs(n[1] - n[2]) / n[0], [label, f"{POSTERIORS[i]:g} to {min(POSTERIORS[i + 1], 1):g}", n[0],
                                                        percent(n[2], n[0], 2), percent(n[1], n[0], 2)]))
    return table(["telescope", "probability given", "sources", "mean given", "are the worm"], worst_first(rows))


# -- how many


def population_row(name, calibrated, of, wanted=lambda h: True):
    """Of hours (hour, truth, estimate, low, high) with the worm."""
    hours = [(h, r) for r in of for h in r["population"]["hours"] if h[1] and wanted(h)]
    if not hours:
        return None
    held = sum(h[3] <= h[1] <= h[4] for h, _ in hours)
    oracle = [(h[1], *r["oracle"]["hours"][str(h[0])]) for h, r in hours if "oracle" in r and str(h[0]) in r["oracle"]["hours"]]
    sure = sum(abs(truth - mean) <= 1.96 * variance**0.5 + 0.5 for truth, mean, variance in oracle)
    plain = [r["plain"]["hours"].get(str(h[0]), 0) / h[1] for h, r in hours if "plain" in r]
    return -abs(held / len(hours) - 0.95), [
        name, "yes" if calibrated else "no", len(of), len(hours), f"{percent(held, len(hours))} ({interval(held, len(hours))})",
        percent(sum(h[2] for h, _ in hours), sum(h[1] for h, _ in hours)),
        percent(sum(h[4] - h[3] for h, _ in hours) / 2, sum(h[1] for h, _ in hours)),
        percent(sure, len(oracle)), percent(sum(mean for _, mean, _ in oracle), sum(truth for truth, *_ in oracle)),
        percent(median(plain) or 0, 1) if plain else "-", BEFORE_POPULATION.get((name, calibrated), "")]


def population_table(results, names):
    rows, last = [], []
    for calibrated in (True, False):
        all_of = [r for r in results if r["population"]["calibrated"] == calibrated]
        rows += [population_row(name, calibrated, of) for name, of in groups(all_of, names)]
        last += [population_row("**all**", calibrated, all_of), population_row("all, where the band begins at 0", calibrated, all_of, lambda h: not h[3]),
                 population_row("all, where it does not", calibrated, all_of, lambda h: h[3])]
    return table(["archive", "calibrated", "seeds", "hours with the worm", "the band holds", "estimated of all there were", "half width of the band",
                  "oracle's band holds", "oracle estimates", "plain rule counts (median)", "before"],
                 worst_first(filter(None, rows)) + [row for _, row in filter(None, last)])


# What was measured at an earlier state of the program, where it was, on other seeds. With * on a third telescope, which isn't here.
BEFORE_FIRST = {
    "second: from midnight": "31 of 40 *", "second: 4 % more sweep low last octets": "10 of 40 *", "second: 9 quiet days before": "not listed *",
    "second: days with gaps": "12 of 20 *", "own: from midnight, noise 1x": "149 of 150, all noises",
    "own: 9 quiet days before": "rank 36, one seed", "own: days with gaps": "1 of 3",
}
BEFORE_RELEASE = {"second: from midnight": "119 of 121 and, where another ranked first, 4 of 69 *",
                  "own: from midnight, noise 1x": "133 of 149, all noises", "**all**": ""}
BEFORE_QUIET = {"second: no worm": "0.995 on average, 20 days *", "own: no worm": "0.995 to 0.9996"}
BEFORE_RATES = {"second: from midnight": "others 0.02 to 0.15 % *", "second: 4 % more sweep low last octets": "others 1 % *",
                "second: all deviations": "79.6 % *", "second: all deviations, a quiet day before": "98.6 %, by `calibrate` *"}
BEFORE_POPULATION = {("own: two days", True): "94.7 %", ("own: two days on a /16", True): "68 %", ("second: two days", True): "83 % *",
                     ("second: from midnight", False): "0 of 384 *"}


def markdown(results, names):
    parts = [("Who was first", first_table(results, names)), ("When the release was", release_table(results, names)),
             ("Days without the worm", quiet_table(results, names)),
             ("Sources with 5 or more targets: the worm's that pass / others that pass", rates_table(results, names)),
             ("What `evidence` gets wrong, of 5 or more targets on a /8", errors_table(results)),
             ("By number of targets, second telescope", targets_table(results, lambda r: r["maker"] == "second" and r["lens"] == 8)),
             ("By number of targets, second telescope, a /16", targets_table(results, lambda r: r["maker"] == "second" and r["lens"] == 16)),
             ("By number of targets, our own", targets_table(results, lambda r: r["maker"] == "own" and r["lens"] == 8)),
             ("By number of targets, our own, a /16", targets_table(results, lambda r: r["maker"] == "own" and r["lens"] == 16)),
             ("Reliability of the probability", reliability_table(results)), ("Population", population_table(results, names))]
    return "\n".join(f"#### {title}\n\n{text}" for title, text in parts)


def roc_points(results, bins):
    """[(false positive rate, recall)] of evidence at every threshold, and the rules' own points."""
    yes, no = {}, {}
    for result in results:
        for i in bins:
            for worm, to in ((1, yes), (0, no)):
                for level, (n,) in result.get("levels", {}).get(f"{i}|{worm}", {}).items():
                    to[int(level)] = to.get(int(level), 0) + n
    nyes, nno, points, a, b = sum(yes.values()) or 1, sum(no.values()) or 1, [], 0, 0
    for level in range(40, -41, -1):
        a, b = a + yes.get(level, 0), b + no.get(level, 0)
        points.append((b / nno, a / nyes))
    worm, others, _ = passed(results, bins)
    own = [(others[j] / (others[0] or 1), worm[j] / (worm[0] or 1)) for j in (1, 2, 3)]
    return points, own


def roc_svg(results):
    width, height, left, top, w, h = 760, 470, 70, 20, 480, 390
    lowest = 1e-5
    colours = ("#777777", "#e69f00", "#56b4e9", "#009e73", "#0072b2", "#d55e00")

    def x(rate):
        return left + w * (1 - math.log10(max(rate, lowest)) / math.log10(lowest))

    def y(recall):
        return top + h * (1 - recall)

    to = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="12">',
          '<title>Recall against false positives by rule and number of targets</title>',
          f'<rect width="{width}" height="{height}" fill="white"/>']
    for power in range(-5, 1):
        at = x(10**power)
        label = "none" if power == -5 else f"{10**power:g}"
        to.append(f'<path d="M{at:.1f} {top}V{top + h}" stroke="#ddd"/><text x="{at:.1f}" y="{top + h + 18}" text-anchor="middle">{label}</text>')
    for tenth in range(0, 11, 2):
        to.append(f'<path d="M{left} {y(tenth / 10):.1f}H{left + w}" stroke="#ddd"/><text x="{left - 8}" y="{y(tenth / 10) + 4:.1f}" text-anchor="end">{tenth / 10:g}</text>')
    to.append(f'<text x="{left + w / 2}" y="{height - 15}" text-anchor="middle">of others, how many pass</text>')
    to.append(f'<text transform="translate(20 {top + h / 2}) rotate(-90)" text-anchor="middle">of the worm, how many pass</text>')
    for i, name in enumerate(NAMES):
        points, own = roc_points(results, [i])
        path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
        to.append(f'<polyline points="{path}" fill="none" stroke="{colours[i]}" stroke-width="1.6"/>')
        for j, (a, b) in enumerate(own):
            shape = (f'<rect x="{x(a) - 4:.1f}" y="{y(b) - 4:.1f}" width="8" height="8"', f'<path d="M{x(a):.1f} {y(b) - 5:.1f}l5 9h-10z"',
                     f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="4"')[j]
            to.append(f'{shape} fill="{colours[i]}" stroke="black" stroke-width="0.5"/>')
        to.append(f'<path d="M{left + w + 20} {top + 20 + 20 * i}h24" stroke="{colours[i]}" stroke-width="3"/><text x="{left + w + 50}" y="{top + 24 + 20 * i}">{name} target{"s" if i else ""}</text>')
    for j, text in enumerate(("square: strict", "triangle: caida2011", "circle: evidence, where it is", "cut; lines: at any cut")):
        to.append(f'<text x="{left + w + 20}" y="{top + 170 + 18 * j}">{text}</text>')
    return "\n".join(to + ["</svg>\n"])


def write(results, names, repo):
    path = repo / "docs" / "method.md"
    page = path.read_text(encoding="utf-8")
    begin, end = "<!-- measured by bench/method: begin -->\n", "<!-- measured by bench/method: end -->\n"
    at, until = page.index(begin) + len(begin), page.index(end)
    path.write_text(page[:at] + "\n" + markdown(results, names) + "\n" + page[until:], encoding="utf-8")
    (repo / "docs" / "figures").mkdir(exist_ok=True)
    of = [r for r in results if r["maker"] == "own" and r["lens"] == 8]
    (repo / "docs" / "figures" / "roc.svg").write_text(roc_svg(of), encoding="utf-8")
