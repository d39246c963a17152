# SPDX-License-Identifier: BSD-2-Clause
# %% [markdown]
# # Reading patientzero's results with Python
#
# A script in cells, as Jupyter (through jupytext), VS Code and Spyder read them; or run it as it is:
#
#     python3 docs/read_results.py RESULTS [PORT]
#
# It needs pandas; pyroaring for the sets of sources, and matplotlib for the picture. patientzero itself needs none of
# them. What each column means: docs/tables.md.

# %%
import hashlib
import json
import sys
from pathlib import Path

results = Path(sys.argv[1] if len(sys.argv) > 1 else "results")
# A result of several ports has a folder for each.
ports = sorted(path.name for path in (results / "tables").glob("[0-9]*") if path.is_dir())
port = (sys.argv[2] if len(sys.argv) > 2 else ports[0]) if ports else ""
if port not in (ports or [""]):
    sys.exit(f"{results} has no port {port}, but {', '.join(ports)}")
tables = results / "tables" / port
sources = results / "restricted" / port / "sources"

# %% [markdown]
# ## Is the result whole?
#
# summary.json is written last, and holds a digest of each table; restricted/manifest.json does so for what names sources.
# A run that is still at work or was stopped leaves no summary.json, and the files of two runs don't fit one.


# %%
def check(results):
    """Ends the program if the result isn't whole; returns the digests of the sets, to compare as they are read."""
    def fail(what):
        sys.exit(f"{results} holds a result that is not whole: {what}. Run again, with the captures that you mean")

    def digest(path):
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None

    def check_files(files):
        for name, known in files.items():
            if not name.endswith(".roaring") and digest(results / name) != known["sha256"]:
                fail(f"{name} is not the file that was written with the others")

    summary, restricted = results / "summary.json", results / "restricted" / "manifest.json"
    try:
        check_files(json.loads(summary.read_text(encoding="utf-8"))["files"])
        if not restricted.exists() and not any(results.glob("restricted/*.csv")):
            return {}    # passed on without what names sources
        listed = json.loads(restricted.read_text(encoding="utf-8"))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        fail(f"a list of its files can't be read ({error!r})")
    if listed["summary"] != digest(summary):
        fail("restricted/manifest.json is not of the same run as summary.json")
    check_files(listed["files"])
    digests = {results / name: known["sha256"] for name, known in listed["files"].items() if name.endswith(".roaring")}
    if set(digests) != {path for path in results.glob("restricted/**/*.roaring") if path.parent.name == "sources"}:
        fail("restricted has sets of another run")
    return {path: known for path, known in digests.items() if path.parent == sources}


digests = check(results)

# %%
import pandas as pd

# %% [markdown]
# An empty field means that nothing was recorded, and pandas makes it NaN, which is what it should be: a curve breaks
# there. `Int64` keeps counts whole numbers all the same.

# %%
hourly = pd.read_csv(tables / "hourly.csv", parse_dates=["hour"], index_col="hour",
                     dtype={"sources": "Int64", "scans": "Int64", "packets": "Int64"})
whole = hourly[hourly["status"] == "whole"]
print(hourly["status"].value_counts().to_string(), "\n")
if len(whole):
    print("most sources in an hour:", whole["sources"].max(), "at", whole["sources"].idxmax(), "\n")
else:
    print("no hour was recorded from its first second to its last, as in a capture of some minutes\n")

# %% [markdown]
# The table is tidy: one row an observation. Parquet takes it as it is (with pyarrow):
#
#     hourly.reset_index().to_parquet("hourly.parquet")

# %% [markdown]
# ## The hour of the day

# %%
by_hour = whole.groupby(whole.index.hour)["sources"].mean()
print("mean sources by hour of the day (UTC):")
print(by_hour.round().to_string(), "\n")

# %% [markdown]
# ## Rules of your own from the fingerprint table
#
# It has every combination of four traits, so any rule made of them is a filter and a sum.

# %%
if (tables / "fingerprint.csv").exists():
    fingerprint = pd.read_csv(tables / "fingerprint.csv", parse_dates=["hour"])
    traits = ["reachable", "length_48", "ttl_65_128", "port_1024_5000"]
    like = fingerprint[fingerprint[traits].all(axis=1)]
    share = like.groupby("hour")["scans"].sum() / fingerprint.groupby("hour")["scans"].sum()
    print("share of scans with all four traits, last hours:")
    print(share.tail().round(3).to_string(), "\n")

# %% [markdown]
# ## Countries

# %%
if (tables / "country_hourly.csv").exists():
    countries = pd.read_csv(tables / "country_hourly.csv", parse_dates=["hour"], keep_default_na=False,
                            na_values={"per_million": [""]})    # NA is Namibia
    table = countries.pivot(index="hour", columns="country", values="sources").fillna(0).astype(int)
    print("sources by country in the last hour:")
    print(table.iloc[-1].sort_values(ascending=False).head(8).to_string(), "\n")

# %% [markdown]
# ## Sets of sources
#
# One Roaring bitmap an hour. They name sources: what is made of them stays in restricted/ too.

# %%
try:
    from pyroaring import BitMap
except ImportError:
    print("without pyroaring, sets can't be read")
else:
    sets = {}
    for path in sorted(digests):
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != digests[path]:
            sys.exit(f"{path} is not the set that was written with the others: run again")
        sets[path.stem] = BitMap.deserialize(data)
    hours = list(sets)
    for before, after in zip(hours[:3], hours[1:4]):
        both = sets[before] & sets[after]
        print(f"{after}: {len(sets[after])} sources, {len(both)} of them seen the hour before")
    everyone = BitMap.union(*sets.values()) if sets else BitMap()
    print("all:", len(everyone), "sources\n")

# %% [markdown]
# ## A picture

# %%
try:
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
except ImportError:
    print("without matplotlib, no picture")
else:
    figure, axes = plt.subplots(figsize=(10, 4))
    curve = hourly["sources"].where(hourly["status"] == "whole").astype(float)
    axes.plot(curve.index, curve)
    axes.set_ylabel("unique sources per hour")
    figure.autofmt_xdate()
    figure.savefig("hourly.png", dpi=150)
    print("hourly.png is written")
