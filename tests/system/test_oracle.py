#!/usr/bin/env python3
"""Every table equals what tshark says of the capture, for all captures in tests/data and, where they are, the real
ones of other projects; at port 445 and at the port that most of the capture's scans go to."""

import hashlib
import os
import pickle
import shutil
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import common
import expected
import oracle
import unpack
import walk

# The hour of traffic that most captures in tests/data hold, each in its own wrapping: whole, or without the packets
# that the wrapping can't hold.
MEDLEY = "link-raw.pcap"

TABLES = ("hourly", "daily", "first_seen", "total", "earliest")

NO_CAPTURES = (".py", ".md", ".tsv", ".LICENSE")

# Captures of which tshark tells something else, and why that isn't an error of the program.
TSHARK_DIFFERS = {
    "gzip-joined.pcap.gz": "two captures joined by cat: tshark takes the second file header for a record",
    "atm-oam-loopback-print-overrun.pcap": "a fraction of 1,159 seconds: tshark keeps 32 bits of nanoseconds",
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
        self.work = Path(tempfile.mkdtemp(dir=folder))
        if is_capture(path):
            self.compare()
        else:
            self.refused()
        shutil.rmtree(self.work)

    def run(self, *options):
        out = self.work / f"out-{self.ports}"
        # Open MPI's processes without a launcher race for one folder of that name, unless each has its own.
        return out, common.call("run", "--no-report", self.path, "--out", out, "--quiet", *options,
                                env={"OMPI_MCA_orte_tmpdir_base": str(self.work)})

    def refused(self):
        _, done = self.run()
        if done.code != common.DAMAGED or self.path.name not in done.err:
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


class Oracle(common.Case):
    def compare_all(self, paths):
        hour_of("2008-11-21T17:00:00Z")
        read = stored_reading()
        with ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
            compared = list(pool.map(lambda path: Compared(path, self.dir, read), paths))
        print(f"{len(paths)} captures, {sum(one.ports for one in compared)} comparisons", flush=True)
        wrong = [f"{one.path}: {line}" for one in compared for line in one.wrong]
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))
        return compared

    def test_own_captures(self):
        paths = [path for path in captures(common.DATA) if path.name not in TSHARK_DIFFERS]
        self.assertGreater(len(paths), 50)
        self.compare_all(paths)

    @unittest.skipUnless(common.CAPTURES.is_dir(), "the real captures of other projects aren't here")
    def test_real_captures(self):
        paths = [path for path in captures(common.CAPTURES) if path.name not in TSHARK_DIFFERS]
        self.assertGreater(len(paths), 400)
        self.compare_all(paths)


class Fixtures(common.Case):
    def test_damage_and_coverage(self):
        """The second oracle, which reads the bytes itself, knows the damaged hours too."""
        for path in captures(common.DATA):
            if not is_capture(path):
                continue
            with self.subTest(path.name):
                seen = walk.Walk(path)
                out, done = self.run_ok(path, out=path.name, code=common.DAMAGED if seen.damage else common.DONE)
                got = common.read_tables(out)
                for name, rows in expected.tables(seen.packets, damaged=seen.hours).items():
                    self.assertEqual(got[name], rows, name)

    def test_wrappings(self):
        """The same traffic makes the same tables, whatever it is wrapped in."""
        out, _ = self.run_ok(common.DATA / MEDLEY)
        want = common.read_tables(out)
        names = sorted(path.name for path in captures(common.DATA) if path.name.startswith(
            ("link-", "vlan", "qinq", "order-", "nano", "modified", "pcapng", "gzip", "zstd")))
        self.assertGreater(len(names), 30)
        for name in names:
            with self.subTest(name):
                out, _ = self.run_ok(common.DATA / name, out=name)
                got = common.read_tables(out)
                # Where the link holds no IPv6, other packets stand in: tables of all IPv4 packets differ.
                for table in TABLES if name == "link-ipv4.pcap" else sorted(want.keys() | got.keys()):
                    self.assertEqual(got.get(table), want.get(table), table)

    def test_stated_content(self):
        """What tests/data/README.md says of scans and sources, so that both oracles can't be wrong together."""
        stated = {"flags.pcap.gz": (1, 16, 256), "many-sources.pcap.gz": (1300, 1300, 1300),
                  "edge-sources.pcap": (12, 18, 18), "fragments.pcap": (5, 5, 10), "bad-headers.pcap": (3, 3, 12),
                  "tunnels.pcap": (2, 4, 12), "short.pcap": (6, 6, 14), "figure5.pcap.gz": (1, 19, 19),
                  "dark-net.pcap.gz": (5, 522, 703), "empty.pcap": (0, 0, 0),
                  "impossible-times.pcap": (2, 2, 2), "odd-fractions.pcap": (5, 5, 5),
                  MEDLEY: (8, 48, 76)}
        for name, numbers in stated.items():
            with self.subTest(name):
                out = self.dir / name
                common.call("run", "--no-report", common.DATA / name, "--out", out)
                self.assertEqual(common.read_csv(out / "tables" / "total.csv")[1][:3], list(map(str, numbers)))

    def test_spans_and_widths(self):
        """What acts on tables only: the span, the silence, the bins."""
        walks = {name: walk.Walk(common.DATA / name).packets for name in ("silence.pcap", "outages.pcap.gz")}
        midnight = 1227225600
        for name, options in (
                ("silence.pcap", {"silence": 1}), ("silence.pcap", {"silence": 30}), ("silence.pcap", {"silence": 29}),
                ("silence.pcap", {"silence": 61}), ("silence.pcap", {"silence": 900}),
                ("silence.pcap", {"silence": 901}), ("silence.pcap", {"since": midnight}),
                ("silence.pcap", {"until": midnight}),
                ("silence.pcap", {"since": midnight - 3600, "until": midnight + 3600, "width": 60}),
                ("silence.pcap", {"width": 10}), ("silence.pcap", {"width": 3600}), ("silence.pcap", {"width": 7200}),
                ("silence.pcap", {"width": 86400}), ("outages.pcap.gz", {"width": 43200}),
                ("outages.pcap.gz", {"width": 900}), ("outages.pcap.gz", {"since": midnight + 3 * 3600}),
                ("outages.pcap.gz", {"since": midnight - 86400, "until": midnight + 80 * 3600}),
                ("outages.pcap.gz", {"since": midnight + 10 * 3600, "until": midnight + 20 * 3600})):
            with self.subTest(name, **options):
                arguments = []
                for option, value in options.items():
                    flag = {"width": "timeline-bin"}.get(option, option)
                    arguments += [f"--{flag}", expected.iso(value) if option in ("since", "until") else value]
                out, _ = self.run_ok(common.DATA / name, *arguments)
                got = common.read_tables(out)
                for table, rows in expected.tables(walks[name], **options).items():
                    self.assertEqual(got[table], rows, table)

    def test_generators(self):
        """The captures are what their scripts make."""
        import make_figure5
        import make_oddities
        made = make_oddities.captures()
        made["figure5.pcap.gz"] = common.gzip.compress(make_figure5.capture(), 9, mtime=0)
        for name, data in made.items():
            with self.subTest(name):
                (self.dir / name).write_bytes(data)
                # Compressors differ from version to version, what they compressed doesn't.
                pairs = [[(member.data, member.damage) for member in unpack.members(path)]
                         for path in (self.dir / name, common.DATA / name)]
                if "torn" not in name:
                    self.assertEqual(*pairs)


if __name__ == "__main__":
    common.main()
