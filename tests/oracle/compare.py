#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every table of every capture in folders against what tshark says, at port 445 and at the port that most of a capture's
scans go to.

    tests/oracle/compare.py CAPTURE|FOLDER...

A line for each difference, then how many captures were compared, and how often. Exits with 1 if anything differs. The
program is the newest build, or PATIENTZERO."""

import hashlib
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))
import common    # noqa: E402
import expected    # noqa: E402
import oracle    # noqa: E402
import unpack    # noqa: E402
import walk    # noqa: E402

TABLES = ("hourly", "daily", "first_seen", "total", "earliest")

NO_CAPTURES = (".py", ".md", ".tsv", ".LICENSE")

# Captures of which tshark tells something else, and why that isn't an error of the program.
TSHARK_DIFFERS = {
    "gzip-joined.pcap.gz": "two captures joined by cat: tshark takes the second file header for a record",
    "link-mpls.pcap": "link type 219: tshark knows no frame that begins with MPLS",
    "vlan-9200.pcap": "tshark knows 8100, 88a8 and 9100",
    "vlan-strange.pcap": "a tag of an unknown type",
}


def captures(folder):
    return sorted(path for path in Path(folder).rglob("*")
                  if path.is_file() and path.suffix not in NO_CAPTURES and (common.ZSTD or path.suffix != ".zst"))


def is_capture(path):
    magics = (b"\xa1\xb2\xc3\xd4", b"\xa1\xb2\x3c\x4d", b"\xa1\xb2\xcd\x34", b"\x0a\x0d\x0d\x0a")
    return unpack.unpack(path)[:4] in magics + tuple(magic[::-1] for magic in magics)


def wrong_times(packets):
    """Whether a capture's times alone make it a damaged one."""
    last = None
    for packet in packets:
        if packet.usec == expected.NO_TIME:
            continue
        if not expected.in_range(packet) or (last is not None and not
                                             last - walk.DISORDER <= packet.usec < last + walk.YEAR):
            return True
        last = packet.usec
    return False


def stored_reading():
    """oracle.read, which remembers in build/oracle: another build's tests ask the same of the same captures."""
    folder = common.REPO / "build" / "oracle"
    folder.mkdir(parents=True, exist_ok=True)
    version = subprocess.run(["tshark", "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             check=True).stdout
    scripts = b"".join((common.REPO / "tests" / "oracle" / name).read_bytes()
                       for name in ("oracle.py", "expected.py", "unpack.py"))

    def read(path):
        key = hashlib.sha256(version + scripts + path.name.encode() + path.read_bytes()).hexdigest()
        stored = folder / key
        if stored.exists():
            return pickle.loads(stored.read_bytes())
        reading = oracle.read(path)
        written = folder / f"{key}.{os.getpid()}.part"
        written.write_bytes(pickle.dumps(reading))
        os.replace(written, stored)
        return reading
    return read


class Compared:
    """One capture, read by tshark and by the program."""
    def __init__(self, path, folder, read):
        self.path = path
        self.read = read
        self.wrong = []
        self.ports = 0
        self.refused = not is_capture(path)
        self.work = Path(tempfile.mkdtemp(dir=folder))
        if self.refused:
            self.refuse()
        else:
            self.compare()
        shutil.rmtree(self.work)

    def run(self, *options):
        out = self.work / f"out-{self.ports}"
        # Open MPI's processes without a launcher race for one folder of that name, unless each has its own.
        return out, common.call("run", "--no-report", self.path, "--out", out, "--quiet", *options,
                                env={"OMPI_MCA_orte_tmpdir_base": str(self.work)})

    def refuse(self):
        _, done = self.run()
        if done.code not in (common.DAMAGED, common.USAGE) or self.path.name not in done.err:
            self.wrong.append(f"is no capture, but: {done}")

    def compare(self):
        reading = self.read(self.path)
        reason = reading.complaint or reading.odd_fractions or wrong_times(reading.packets) or \
            any(link not in (*oracle.LINKS, "") for link in reading.links)
        for port in (445, reading.commonest_port()):
            if port is None:
                continue
            self.ports += 1
            out, done = self.run("--port", port)
            if done.code == common.USAGE and reason and not any(map(expected.in_range, reading.packets)):
                continue    # damaged, and nothing to make tables of
            if done.code not in (common.DONE, common.DAMAGED):
                self.wrong.append(str(done))
                return
            if (done.code == common.DAMAGED) != bool(reason):
                self.wrong.append(f"exit code {done.code}, but tshark says: {reason}\n{done.err}")
            got = common.read_tables(out)
            # Which hours a damage marks is for the fixtures' own walk to tell; all else must fit it.
            damaged = [hour_of(row[0]) for row in got["hourly"][1:] if row[5] == "damaged"]
            if damaged and done.code == common.DONE:
                self.wrong.append("hours are damaged, but the exit code is 0")
            want = expected.tables(reading.packets, port, damaged=damaged)
            for name, rows in want.items():
                if got[name] != rows:
                    pairs = [(a, b) for a, b in zip(got[name], rows) if a != b] or [(len(got[name]), len(rows))]
                    self.wrong.append(f"port {port}, {name}: {pairs[:3]} (program, tshark)")


def hour_of(text):
    """2008-11-21T17:00:00Z to hours since 1970."""
    days = {expected.iso(day * 86400)[:10]: day for day in range(10957, 24838)} if not hour_of.days else hour_of.days
    hour_of.days = days
    return days[text[:10]] * 24 + int(text[11:13])


hour_of.days = None


def compare_all(paths, folder, width=None):
    """A list of what differs for each capture, in order; None for one that is no capture for tshark either."""
    hour_of("2008-11-21T17:00:00Z")
    read = stored_reading()
    with ThreadPoolExecutor(width or max(2, os.cpu_count() or 2)) as pool:
        return list(pool.map(lambda path: Compared(path, folder, read), paths))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.split("\n\n")[1].strip())
    paths = [path for name in sys.argv[1:] for path in (captures(name) if Path(name).is_dir() else [Path(name)])]
    with tempfile.TemporaryDirectory(prefix="pz-compare-") as folder:
        compared = compare_all(paths, folder)
    differ = [one for one in compared if one.wrong]
    for one in differ:
        known = TSHARK_DIFFERS.get(one.path.name)
        print(f"{one.path}:" + (f" (known: {known})" if known else ""), *one.wrong, sep="\n    ")
    print(f"{len(compared)} captures, {sum(one.refused for one in compared)} of them no captures; "
          f"{sum(one.ports for one in compared)} comparisons, {len(differ)} captures differ, "
          f"{sum(one.path.name in TSHARK_DIFFERS for one in differ)} of them for a known reason")
    sys.exit(any(one.path.name not in TSHARK_DIFFERS for one in differ))


if __name__ == "__main__":
    main()
