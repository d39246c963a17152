# SPDX-License-Identifier: BSD-2-Clause
"""What the system tests share: running the program, and looking at what it wrote.

The program comes from the environment (PATIENTZERO, PZ_MPI, MPIEXEC, set by ctest); by hand, from the newest build."""

import atexit
import csv
import gzip
import hashlib
import json
import os
import re
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
DATA = REPO / "tests" / "data"
# Other people's captures, with a MANIFEST.tsv that says how many packets each has, which no test may depend on: for
# tests by hand.
CAPTURES = Path(os.environ["PZ_CAPTURES"]) if "PZ_CAPTURES" in os.environ else None
sys.path.insert(0, str(REPO / "tests" / "oracle"))
sys.path.insert(0, str(DATA))

SKIPPED = 77
DONE, ENVIRONMENT, USAGE, DAMAGED, STOPPED = 0, 1, 2, 3, 75
HEADER, RECORD_HEADER = 24, 16
# Seconds after which something hangs: a busy machine may take many times as long as an idle one.
PATIENCE = 900

# Open MPI on one machine: see scripts/test, which sets the same.
for name, value in (("OMPI_MCA_pml", "ob1"), ("OMPI_MCA_btl", "self,vader"),
                    ("OMPI_MCA_rmaps_base_oversubscribe", "1"), ("OMPI_MCA_hwloc_base_binding_policy", "none"),
                    ("OMPI_MCA_mpi_yield_when_idle", "1"), ("OMPI_MCA_btl_vader_single_copy_mechanism", "none"),
                    ("OMPI_ALLOW_RUN_AS_ROOT", "1"), ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")):
    os.environ.setdefault(name, value)
# A process without a launcher makes a folder there, and fails if another makes the same at that moment.
os.environ["OMPI_MCA_orte_tmpdir_base"] = tempfile.mkdtemp(prefix="pz-mpi-")
atexit.register(shutil.rmtree, os.environ["OMPI_MCA_orte_tmpdir_base"], ignore_errors=True)


def find_program():
    if "PATIENTZERO" in os.environ:
        return os.environ["PATIENTZERO"]
    built = sorted(REPO.glob("build/*/patientzero"), key=lambda path: path.stat().st_mtime)
    if not built:
        sys.exit("there is no patientzero: build one, or name it in PATIENTZERO")
    return str(built[-1])


PROGRAM = find_program()
MPI = os.environ.get("PZ_MPI", "ON") == "ON"
MPIEXEC = os.environ.get("MPIEXEC") or "mpiexec"


def built_in():
    """What --version says."""
    return subprocess.run([PROGRAM, "--version"], stdout=subprocess.PIPE, check=True).stdout.decode()


ZSTD = "zstd" in built_in()


class Done:
    """How a run ended."""
    def __init__(self, command, code, out, err):
        self.command, self.code, self.out, self.err = command, code, out, err

    def __str__(self):
        return f"{' '.join(self.command)}\nended with {self.code}\n{self.out}{self.err}"


def command_of(*arguments, ranks=None):
    launcher = [] if ranks is None else [MPIEXEC, "-n", str(ranks)]
    return launcher + [PROGRAM, *map(str, arguments)]


def call(*arguments, ranks=None, stdin=b"", timeout=PATIENCE, cwd=None, env=None):
    """Runs the program; `ranks`: under the launcher."""
    command = command_of(*arguments, ranks=ranks)
    done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                          cwd=cwd, env=None if env is None else {**os.environ, **env})
    return Done(command, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def wait_until(condition, what):
    """Returns what the condition says as soon as that is true."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {PATIENCE} s")
        time.sleep(0.01)
    return found


def read_csv(path):
    """Header and rows, each a list of strings."""
    with open(path, newline="", encoding="ascii") as file:
        return list(csv.reader(file))


def read_tables(out):
    """{name: rows} of what is written to tables/, and of the earliest sources."""
    tables = {path.stem: read_csv(path) for path in Path(out, "tables").glob("*.csv")}
    tables["earliest"] = read_csv(Path(out, "restricted", "earliest.csv"))
    return tables


def read_tables_of(out, *names):
    """{name: rows} of some tables, each row by its columns."""
    found = {}
    for name in names:
        with open(Path(out, "tables", f"{name}.csv"), newline="", encoding="ascii") as file:
            found[name] = list(csv.DictReader(file))
    return found


def read_summary(out):
    return json.loads(Path(out, "summary.json").read_text(encoding="utf-8"))


def read_log(out):
    return Path(out, "run.log").read_text(encoding="utf-8")


def seal(out):
    """Writes the list of digests by which a result is known to be whole, over tables that a test made or changed."""
    out = Path(out)
    try:
        summary = read_summary(out)
    except (OSError, ValueError):
        summary = {"version": "0", "options": {"port": 445}}

    def listed(paths):
        return {str(path.relative_to(out)): {"size": path.stat().st_size,
                                             "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in paths}

    def write(path, value):
        path.write_text(json.dumps(value), encoding="utf-8")

    added = {"overlap": ("overlap", "overlap_hourly", "overlap_country"), "portrait": ("typical_scan", "published_packets"),
             "reproduction": ("reproduction",)}
    own = [path for path in out.glob("tables/*.csv") if not any(path.stem in names for names in added.values())]
    write(out / "summary.json", {**summary, "files": listed(own)})
    digest = hashlib.sha256((out / "summary.json").read_bytes()).hexdigest()
    for maker, names in added.items():
        paths = [path for name in names if (path := out / "tables" / f"{name}.csv").exists()]
        if paths:
            write(out / "tables" / f"{maker}.json", {"summary": digest, "files": listed(paths)})
    restricted = [*out.glob("restricted/*.csv"), *out.glob("restricted/sources/*.roaring")]
    if restricted:
        write(out / "restricted" / "manifest.json", {"summary": digest, "files": listed(restricted)})


def snapshot(folder, skip=("run.log",)):
    """{path: (mode, bytes)} of all below a folder, but for what is skipped."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        name = str(path.relative_to(folder))
        if any(name == one or name.startswith(one + "/") for one in skip):
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        found[name] = (mode, None if path.is_dir() else path.read_bytes())
    return found


def differences(one, other):
    """The names under which two snapshots differ."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def inflated(path):
    data = Path(path).read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def records(data):
    """(file header, records) of a little-endian pcap file's bytes."""
    found, at = [], HEADER
    while at < len(data):
        size = RECORD_HEADER + struct.unpack_from("<I", data, at + 8)[0]
        found.append(data[at:at + size])
        at += size
    return data[:HEADER], found


def pcap_record(usec, data, length=0):
    """`data` as a packet of a pcap; it was longer on the wire if `length` says so."""
    return struct.pack("<IIII", *divmod(usec, 10**6), len(data), max(length, len(data))) + data


def pcap(records, link=101):
    """A little-endian pcap in microseconds; link 101 is raw IP."""
    return struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, link) + b"".join(records)


def write_gzip(path, data):
    Path(path).write_bytes(gzip.compress(data, 1, mtime=0))


class Case(unittest.TestCase):
    """A test with a folder of its own."""
    longMessage = True
    maxDiff = 4000

    def setUp(self):
        self.dir = Path(tempfile.mkdtemp(prefix="pz-test-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def run_ok(self, *arguments, out="out", code=DONE, report=False, **options):
        """patientzero run ... --out OUT, which must end with `code`; returns (output folder, how it ended). Figures and
        the report page take longer than the rest, and are made only where they are asked for."""
        out = self.dir / out
        done = call("run", *(() if report else ("--no-report",)), *arguments, "--out", out, **options)
        self.assertEqual(done.code, code, done)
        return out, done

    def refuse(self, *arguments, names=(), code=USAGE, **options):
        """The program must refuse these arguments; the message must hold each of `names`."""
        done = call(*arguments, **options)
        self.assertEqual(done.code, code, done)
        for name in names:
            self.assertIn(name, done.err, done)
        self.assertNotIn("AddressSanitizer", done.err)
        return done

    def assert_same(self, one, other, message=None):
        """Two snapshots are the same."""
        different = differences(one, other)
        shown = []
        for name in different[:3]:
            for which in (one, other):
                mode, data = which.get(name, (None, b"(none)"))
                shown.append(f"{name} {oct(mode) if mode is not None else ''}: {(data or b'')[:300]!r}")
        self.assertEqual(different, [], (message or "") + "\n" + "\n".join(shown))


def day(folder, *options):
    """A made-up outbreak day, one gzip capture an hour."""
    subprocess.run([sys.executable, str(REPO / "tests" / "tools" / "make_outbreak_day.py"), str(folder),
                    *map(str, options)], check=True, stdout=subprocess.DEVNULL)
    return sorted(Path(folder).glob("*.pcap.gz"))


def addresses_in(text):
    return re.findall(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])", text)


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def main():
    unittest.main(verbosity=2)
