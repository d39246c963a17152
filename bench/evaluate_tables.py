"""What bench/evaluate measured, as tables for docs/method.md, as CSV and as a figure."""

import csv
import io
import math
import re

BINS = (1, 2, 3, 5, 8, 20)
NAMES = ("1", "2", "3-4", "5-7", "8-19", "20+")
POSTERIORS = (0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0001)
RULES = ("strict", "caida2011", "evidence")


def bin_of(targets):
    return max(i for i, least in enumerate(BINS) if targets >= least or i == 0)


def posterior_bin(posterior):
    return max(i for i, least in enumerate(POSTERIORS[:-1]) if posterior >= least)


def add_up(results, field):
    """{noise: {key: summed lists}}"""
    total = {}
    for result in results:
        for key, counts in result.get(field, {}).items():
            for noise in (result["noise"], 0):    # 0: all together
                at = total.setdefault(noise, {}).setdefault(key, [0] * len(counts))
                for i, n in enumerate(counts):
                    at[i] += n
    return total


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


def rules_rows(results):
    totals = add_up(results, "rules")
    for noise in sorted(totals, key=lambda n: n or 1e9):
        for i in range(len(BINS)):
            yes, no = totals[noise].get(f"{i}|1", [0] * 4), totals[noise].get(f"{i}|0", [0] * 4)
            yield noise, i, yes, no
        over = [[sum(totals[noise].get(f"{i}|{worm}", [0] * 4)[j] for i in range(3, len(BINS))) for j in range(4)]
                for worm in (1, 0)]
        yield noise, None, over[0], over[1]


def rules_table(results):
    rows = []
    for noise, i, yes, no in rules_rows(results):
        rows.append([f"{noise}x" if noise else "all", NAMES[i] if i is not None else "**5 or more**", yes[0], no[0]] +
                    [f"{percent(yes[j], yes[0])} / {percent(no[j], no[0], 3)}" for j in (1, 2, 3)])
    return table(["noise", "targets", "worm", "others", *RULES], rows)


def reliability_table(results):
    totals = add_up(results, "posteriors").get(0, {})
    rows = [[f"{POSTERIORS[i]:g} to {min(POSTERIORS[i + 1], 1):g}", n[0], percent(n[2], n[0], 2), percent(n[1], n[0], 2)]
            for i, n in sorted((int(key), n) for key, n in totals.items())]
    return table(["probability given", "sources", "mean given", "are the worm"], rows)


def hours_of(results, since="2008-11-21T06"):
    for result in results:
        for row in result["population"]:
            if row[0] >= since:
                yield result, row


def population_table(results):
    rows = []
    for label, since in (("from 06:00", "2008-11-21T06"), ("from 00:00", "2008-11-21T00")):
        for noise in sorted({result["noise"] for result in results}) + [0]:
            chosen = [row for result, row in hours_of(results, since) if result["noise"] == noise or not noise]
            off = [abs(row[2] - row[1]) / row[1] for row in chosen if row[1]]
            held = sum(row[3] <= row[1] <= row[4] for row in chosen)
            close = sum(abs(row[2] - row[1]) <= 0.03 * row[1] or row[3] <= row[1] <= row[4] for row in chosen)
            scans = sum(row[7] <= row[5] <= row[8] for row in chosen)
            rows.append([label, f"{noise}x" if noise else "all", len(chosen), f"{close} of {len(chosen)}",
                         percent(max(off, default=0), 1), percent(held, len(chosen)), percent(scans, len(chosen))])
    return table(["hours", "noise", "pooled", "within 3 % or in the band", "farthest off", "band of sources holds", "band of scans holds"], rows)


def first_table(results):
    rows = []
    chosen = [result for result in results if result["kind"] == "outbreak"]
    for noise in sorted({result["noise"] for result in chosen}):
        of = [result for result in chosen if result["noise"] == noise]
        ranks = [result["rank"] or 10**6 for result in of]
        tops = [result["top"][0] for result in of if result["top"]]
        rows.append([f"{noise}x", len(of), round(sum(result["sources_before"] for result in of) / len(of)),
                     sum(rank == 1 for rank in ranks), sum(rank <= 3 for rank in ranks),
                     max(ranks) if max(ranks) < 10**6 else "not among them",
                     f"{sum(p for p, _ in tops) / max(len(tops), 1):.3f}"])
    return table(["noise", "outbreaks", "sources before, on average", "ranked first", "in the top three", "lowest rank",
                  "mean probability of the first"], rows)


def release_table(results):
    rows = []
    chosen = [result for result in results if result["kind"] == "outbreak"]
    for noise in sorted({result["noise"] for result in chosen}):
        of = [result for result in chosen if result["noise"] == noise]
        got = [result for result in of if result["release"]]
        held = sum(r["release"]["earliest"] <= r["infected_at"] <= r["release"]["latest"] for r in got)
        late = sum(r["infected_at"] > r["release"]["latest"] for r in got)
        wide = sorted((r["release"]["latest"] - r["release"]["earliest"]) / 60 for r in got)
        rows.append([f"{noise}x", len(of), len(got), f"{held}", interval(held, len(got)), late, len(got) - held - late,
                     f"{wide[len(wide) // 2]:.0f} min" if wide else "-"])
    return table(["noise", "outbreaks", "an interval is stated", "it holds the release", "95 % of that share", "release later",
                  "release earlier", "median width"], rows)


def errors_table(results):
    total = {}
    for result in results:
        for name, n in result.get("missed", {}).items():
            name = re.sub(r"\*\d+", "", name)
            total[name] = total.get(name, 0) + n
    return table(["sources with 5 or more targets that `evidence` gets wrong", "how many"], sorted(total.items(), key=lambda x: -x[1])[:10])


def markdown(results):
    parts = [("Rules: share of the worm's sources that pass / share of others that pass", rules_table),
             ("Which ones it gets wrong", errors_table),
             ("Reliability of the probability", reliability_table), ("Population", population_table),
             ("Who was first", first_table), ("When the release was", release_table)]
    return "\n".join(f"#### {title}\n\n{make(results)}" for title, make in parts)


def roc_points(results, bins):
    """[(false positive rate, recall)] of evidence at every threshold, and the rules' own points."""
    yes, no = {}, {}
    for result in results:
        for i in bins:
            for worm, to in ((1, yes), (0, no)):
                for level, n in result.get("levels", {}).get(f"{i}|{worm}", {}).items():
                    to[int(level)] = to.get(int(level), 0) + n
    nyes, nno, points, a, b = sum(yes.values()) or 1, sum(no.values()) or 1, [], 0, 0
    for level in range(40, -41, -1):
        a, b = a + yes.get(level, 0), b + no.get(level, 0)
        points.append((b / nno, a / nyes))
    totals = add_up(results, "rules").get(0, {})
    own = []
    for j in (1, 2, 3):
        passes = [sum(totals.get(f"{i}|{worm}", [0] * 4)[j] for i in bins) for worm in (0, 1)]
        own.append((passes[0] / nno, passes[1] / nyes))
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


def write(results, text, repo):
    path = repo / "docs" / "method.md"
    page = path.read_text(encoding="utf-8")
    begin, end = "<!-- measured by bench/evaluate: begin -->\n", "<!-- end -->\n"
    at, until = page.index(begin) + len(begin), page.index(end)
    path.write_text(page[:at] + "\n" + text + "\n" + page[until:], encoding="utf-8")
    (repo / "docs" / "figures").mkdir(exist_ok=True)
    (repo / "docs" / "figures" / "roc.svg").write_text(roc_svg(results), encoding="utf-8")
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["noise", "targets", "worm", "others"] + [f"{rule}_{what}" for rule in RULES for what in ("recall", "false_positives")])
    for noise, i, yes, no in rules_rows(results):
        rows.writerow([noise or "all", NAMES[i] if i is not None else "5 or more", yes[0], no[0]] +
                      [f"{n / of:.6f}" if of else "" for j in (1, 2, 3) for n, of in ((yes[j], yes[0]), (no[j], no[0]))])
    (repo / "bench" / "evaluate.csv").write_text(out.getvalue(), encoding="ascii")
