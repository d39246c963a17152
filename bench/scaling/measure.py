#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What one capture, one row, one task and one file operation cost on this machine: the numbers that simulate.py starts
from. Processor time where work is measured, so that a busy machine doesn't matter; elapsed time where waiting is.

    bench/scaling/measure.py PATIENTZERO    prints JSON; takes about a minute and 1 GB below $TMPDIR
"""

import gzip
import json
import os
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
PACKETS, SOURCES = 4000000, 120000    # of a made-up hour
SMALL = 1000                          # captures of a few bytes


def cpu(command, **options):
    """Processor seconds of a command and of all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - began


def hours(folder):
    generator = folder / "make_hours"
    subprocess.run(["cc", "-O2", "-o", generator, REPO / "bench" / "make_hours.c", "-lm"], check=True)
    archive = folder / "hours"
    archive.mkdir()
    for seed in (1, 2, 3):
        made = subprocess.Popen([generator, "mix", str(PACKETS), str(SOURCES), str(seed)], stdout=subprocess.PIPE)
        with open(archive / f"{seed}.pcap.gz", "wb") as file:
            subprocess.run(["gzip", "-1"], stdin=made.stdout, stdout=file, check=True)
        made.wait()
    return archive


def small_captures(folder):
    archive = folder / "small"
    archive.mkdir()
    packet = bytes.fromhex("4500003000000000710600000102030400060708") + struct.pack(">HHIIBBHHH", 4000, 445, 7, 0, 112, 2,
                                                                                    65535, 0, 0) + b"\0" * 8
    for i in range(SMALL):
        record = struct.pack("<IIII", 1227225600 + 3600 * i, 0, len(packet), len(packet)) + packet
        (archive / f"{i}.pcap.gz").write_bytes(gzip.compress(
            struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101) + record, 1))
    return archive


def median_of(n, action):
    seconds = []
    for i in range(n):
        began = time.perf_counter()
        action(i)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def file_operations(folder):
    block = os.urandom(1 << 20)

    def publish(i):
        with open(folder / f"new-{i}", "wb") as file:
            file.write(block)
            file.flush()
            os.fsync(file.fileno())
        os.rename(folder / f"new-{i}", folder / f"file-{i}")

    def read_range(i):
        fd = os.open(folder / f"file-{i % 200}", os.O_RDONLY)
        os.pread(fd, 4096, 0)
        os.pread(fd, 65536, 4096)
        os.close(fd)
    return {"publish_1MiB": median_of(200, publish), "open_read_range": median_of(2000, read_range),
            "stat": median_of(2000, lambda i: os.stat(folder / f"file-{i % 200}"))}


def main(program):
    folder = Path(tempfile.mkdtemp(prefix="pz-scaling-"))
    try:
        archive, small = hours(folder), small_captures(folder)
        size = sum(path.stat().st_size for path in archive.iterdir())
        nothing, _ = cpu([program, "scan", small / "0.pcap.gz", "--store", folder / "s0", "--quiet"])
        scan, _ = cpu([program, "scan", archive, "--store", folder / "s1", "--quiet"])
        reduce, _ = cpu([program, "reduce", archive, "--store", folder / "s1", "--out", folder / "o1", "--quiet",
                         "--no-report"])
        survey, _ = cpu([program, "survey", archive, "--quiet"])
        tallies = sum(path.stat().st_size for path in (folder / "s1").rglob("*.tally"))
        rows = 3 * SOURCES
        many, elapsed = cpu([program, "scan", small, "--store", folder / "s2", "--quiet"])
        spread, elapsed_spread = cpu(["mpirun", "-n", "2", program, "scan", small, "--store", folder / "s3", "--quiet"])
        print(json.dumps({
            "scan_bytes_per_cpu_second": size / (scan - nothing),
            "scan_cpu_nsec_per_packet": 1e9 * (scan - nothing) / (3 * PACKETS),
            "small_capture_cpu_seconds": (many - nothing) / SMALL,
            "small_capture_seconds_1_rank": elapsed / SMALL,
            "small_capture_seconds_2_ranks": elapsed_spread / SMALL,
            "reduce_cpu_seconds_per_row": (reduce - nothing) / rows,
            "tally_bytes_per_row": tallies / rows,
            "start_cpu_seconds": nothing,
            "survey_cpu_seconds": survey,
            **file_operations(folder),
        }, indent=4))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
