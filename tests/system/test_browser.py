#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The report page in a browser, at three widths, light and dark: tests/browser/page.mjs looks at it,
charts.mjs compares every live chart with its table, ports.mjs goes from port
to port, and load.mjs holds the size of a page of 69 days.

Skipped where there is no Chromium, no Node.js, no network for playwright-core, or no script in the page."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import common
import made_tables

BROWSER = common.REPO / "tests" / "browser"


def main():
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium or not shutil.which("npm"):
        common.skip("there is no chromium or no npm")
    with tempfile.TemporaryDirectory(prefix="pz-test-") as folder:
        home = Path(folder, "browser")
        home.mkdir()
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(BROWSER / name, home)
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--loglevel=error"], cwd=home, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE)
        if done.returncode:
            common.skip("npm can't get playwright-core: " + done.stderr.decode(errors="replace").strip()[:200])
        code = 0
        # A long archive from tables alone, and a day that really was run.
        long = Path(folder, "long")
        made_tables.Tables(456).write(long)
        day = Path(folder, "day")
        captures = common.day(Path(folder, "captures"), "--hours", "18", "--packets-per-hour", "4000")
        ranges = Path(folder, "ranges.csv")
        ranges.write_text("1.0.0.0,60.255.255.255,CN\n61.0.0.0,120.255.255.255,BR\n121.0.0.0,223.255.255.255,US\n")
        made = common.call("run", "--no-report", *captures, "--out", day, "--countries", ranges)
        if made.code:
            sys.exit(str(made))
        for out in (long, day):
            made = common.call("report", "--out", out)
            if made.code:
                sys.exit(str(made))
            if "built without Node.js" in made.err:
                common.skip("this program was built without Node.js")
            for script in ("page.mjs", "charts.mjs"):
                code |= subprocess.run(["node", str(BROWSER / script), str(out / "report.html"), str(out / "tables")],
                                       cwd=home, env={**os.environ, "CHROMIUM": chromium}).returncode
        ports = Path(folder, "ports")
        made = common.call("run", *captures[:8], "--port", "445,139", "--out", ports)
        if made.code:
            sys.exit(str(made))
        code |= subprocess.run(["node", str(BROWSER / "ports.mjs"), str(ports / "report.html"), str(ports / "tables"), "445", "139"],
                               cwd=home, env={**os.environ, "CHROMIUM": chromium}).returncode
        # The published span, 69 days of hours.
        weeks = Path(folder, "weeks")
        made_tables.Tables(69, first=made_tables.OUTBREAK - 6 * made_tables.DAY).write(weeks)
        made = common.call("report", "--out", weeks)
        if made.code:
            sys.exit(str(made))
        code |= subprocess.run(["node", str(BROWSER / "load.mjs"), str(weeks / "report.html"), str(weeks / "tables")],
                               cwd=home, env={**os.environ, "CHROMIUM": chromium}).returncode
        sys.exit(code)


if __name__ == "__main__":
    main()
