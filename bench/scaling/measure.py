#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What one capture, one row, one task and one file operation cost on this machine: the numbers that simulate.py starts
from. Processor time where work is measured, so that a busy machine doesn't matter; elapsed time where waiting is.

    bench/scaling/measure.py PATIENTZERO    prints JSON; takes some minutes and 2 GB below $TMPDIR
"""

import csv
import gzip
import json
import math
import os
import random
import re
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
# Hours that are scanned: 15 kB of capture a source, as in the archive that is simulated.
PACKETS, SOURCES = 4000000, 8400
# Hours of a day that are reduced: each source is in 2.4 of them, as in the archive that is simulated.
REDUCED_HOURS, REDUCED_SEEDS, REDUCED_PACKETS, REDUCED_SOURCES = 12, 5, 600000, 60000
# Hours of three kinds, as bench/run has them: by how much captures differ in speed.
KINDS, KIND_PACKETS, KIND_SOURCES = ("mix", "peak", "dense"), 2000000, 29000
SMALL, SMALL_SYNS = 10200, 20         # small captures, as many as the archive that is simulated has
ENDINGS = ("svg", "png", "pdf")


def cpu(command, **options):
    """Processor seconds of a command and of all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def hours(folder, name, kind, packets, sources, n, seeds=1000):
    """A folder of hours, one after the other. Those of one seed have the same sources."""
    generator, archive = folder / "make_hours", folder / name
    if not generator.exists():
        subprocess.run(["cc", "-O2", "-o", generator, REPO / "bench" / "make_hours.c"], check=True)
    archive.mkdir()
    for number in range(n):
        made = subprocess.Popen([generator, kind, str(packets), str(sources), str(number % seeds + 1), str(number)],
                                stdout=subprocess.PIPE)
        with open(archive / f"{number}.pcap.gz", "wb") as file:
            subprocess.run(["gzip", "-6"], stdin=made.stdout, stdout=file, check=True)
        assert made.wait() == 0
    return archive


def bytes_of(folder, pattern="*"):
    return sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file())


def small_captures(folder):
    """Hours from 1 November 2008 on, of a few SYNs each; from the 21st on most keep to the worm's destinations."""
    archive, dice = folder / "small", random.Random(1)
    archive.mkdir()
    for hour in range(SMALL):
        records = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)]
        for i in range(SMALL_SYNS):
            worm = hour >= 20 * 24 and dice.random() < 0.8
            destination = dice.getrandbits(24) & (0x7fff7f if worm else 0xffffff)
            packet = struct.pack(">BBHHHBBHII", 0x45, 0, 48, dice.getrandbits(16), 0, 113, 6, 0,
                                 dice.getrandbits(32) | 1 << 24, destination)
            packet += struct.pack(">HHIIBBHHH", dice.randrange(1024, 5000), 445, dice.getrandbits(32), 0, 112, 2, 65535, 0, 0)
            packet += bytes(8)
            records.append(struct.pack("<IIII", 1225497600 + 3600 * hour + 3600 * i // SMALL_SYNS, 0, len(packet), len(packet)))
            records.append(packet)
        (archive / f"{hour:05}.pcap.gz").write_bytes(gzip.compress(b"".join(records), 1))
    return archive


def scanned(program, folder, name, *what):
    """The hours, their store, and the processor seconds of a scan."""
    archive, store = hours(folder, name, *what), folder / f"{name}-store"
    return archive, store, cpu([program, "scan", archive, "--store", store, "--quiet"])


def measure_scans(program, folder, start):
    archive, store, seconds = scanned(program, folder, "scanned", "mix", PACKETS, SOURCES, 3)
    rates = []
    for kind in KINDS:
        one, _, cost = scanned(program, folder, kind, kind, KIND_PACKETS, KIND_SOURCES, 1)
        rates.append(math.log(bytes_of(one) / (cost - start)))
    return {"scan_bytes_per_cpu_second": bytes_of(archive) / (seconds - start),
            "scan_cpu_nsec_per_packet": 1e9 * (seconds - start) / (3 * PACKETS),
            "scan_scatter": statistics.stdev(rates),
            "tally_bytes_per_source": bytes_of(store, "*.tally") / (3 * SOURCES),
            "survey_cpu_seconds": cpu([program, "survey", archive, "--quiet"])}


def measure_reduction(program, folder, start):
    archive, store, _ = scanned(program, folder, "reduced", "mix", REDUCED_PACKETS, REDUCED_SOURCES, REDUCED_HOURS, REDUCED_SEEDS)
    command = [program, "reduce", archive, "--store", store, "--quiet", "--no-report"]
    plain = cpu([*command, "--out", folder / "plain", "--no-calibrate"])
    learned = cpu([*command, "--out", folder / "learned"])
    with open(folder / "plain" / "tables" / "hourly.csv", newline="", encoding="ascii") as file:
        rows = sum(int(row["sources"]) for row in csv.DictReader(file))
    return {"reduce_cpu_seconds_per_row": (plain - start) / rows,
            "calibrate_cpu_seconds_per_row": (learned - plain) / rows}


def measure_small(program, folder, start):
    """What each capture costs whatever it holds, and what rank 0 does alone."""
    archive, store, out = small_captures(folder), folder / "small-store", folder / "small-out"
    first = cpu([program, "scan", archive, "--store", store, "--quiet"])
    again = cpu([program, "scan", archive, "--store", store, "--quiet"])
    tables = []
    for _ in range(3):                # by the clock: the least is the least disturbed
        shutil.rmtree(out, ignore_errors=True)
        cpu([program, "reduce", archive, "--store", store, "--out", out, "--quiet", "--no-report"])
        tables.append(float(re.search(r"tables ([\d.]+) s", (out / "run.log").read_text(encoding="utf-8"))[1]))
    tools = folder / "tools"
    tools.mkdir()
    (tools / "sh").symlink_to(shutil.which("sh"))
    undrawn = cpu([program, "report", "--out", out, "--quiet"], env={"PATH": str(tools)})
    pictures = [cpu(["gnuplot", "-d", "-e", f"ending='{ending}'; name='{folder}/picture'", script.name], cwd=script.parent)
                for script in sorted((out / "figures").glob("*.gp")) for ending in ENDINGS]
    return {"small_capture_cpu_seconds": (first - start) / SMALL,
            "look_up_cpu_seconds": (again - start) / SMALL,
            "write_tables_seconds": min(tables),
            "report_cpu_seconds": undrawn - start,
            "pictures_cpu_seconds": sum(pictures),
            "longest_picture_cpu_seconds": max(pictures)}


def usual(n, action):
    """By the clock. The first decile, as others may use the disk."""
    seconds = []
    for i in range(n):
        began = time.perf_counter()
        action(i)
        seconds.append(time.perf_counter() - began)
    return sorted(seconds)[n // 10]


def measure_files(folder):
    block = os.urandom(1 << 20)

    def publish(name, blocks):
        with open(folder / f"new-{name}", "wb") as file:
            for _ in range(blocks):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        os.rename(folder / f"new-{name}", folder / f"file-{name}")

    def read_range(i):
        fd = os.open(folder / f"file-{i % 200}", os.O_RDONLY)
        os.pread(fd, 4096, 0)
        os.pread(fd, 65536, 4096)
        os.close(fd)
    return {"publish_1MiB": usual(200, lambda i: publish(i, 1)),
            "publish_16MiB": usual(20, lambda i: publish(f"large-{i}", 16)),
            "open_read_range": usual(2000, read_range),
            "stat": usual(2000, lambda i: os.stat(folder / f"file-{i % 200}"))}


def main(program):
    folder = Path(tempfile.mkdtemp(prefix="pz-scaling-"))
    program = Path(program).resolve()
    try:
        start = statistics.median(cpu([program, "--version"]) for _ in range(5))
        print(json.dumps({"start_cpu_seconds": start,
                          **measure_scans(program, folder, start),
                          **measure_reduction(program, folder, start),
                          **measure_small(program, folder, start),
                          **measure_files(folder)}, indent=4))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
