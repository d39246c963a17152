#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What synth says of its captures is what is in them: read again here by struct and zlib alone, counted, and compared
with every table of the truth; and by tshark."""

import collections
import csv
import datetime
import json
import re
import shutil
import struct
import subprocess
import zlib

import common

HOUR = 3600
SYN, ACK, RST, FIN = 0x02, 0x10, 0x04, 0x01
Packet = collections.namedtuple("Packet", "usec source target ttl ident port sequence length")


def has_synth():
    return "synth" in subprocess.run([common.PROGRAM, "--help"], stdout=subprocess.PIPE, check=True).stdout.decode()


def readable(path):
    """What can be got out of a gzip file, torn or not."""
    data, inflater = path.read_bytes(), zlib.decompressobj(31)
    return inflater.decompress(data)


def records(path):
    """(usec, frame without its link layer, wire length) of each whole record."""
    data = readable(path)
    magic, _, _, _, _, _, link = struct.unpack_from("<IHHiIII", data)
    assert magic == 0xA1B2C3D4
    skip = {1: 14, 101: 0}[link]
    at = common.HEADER
    while at + common.RECORD_HEADER <= len(data):
        second, usec, kept, wire = struct.unpack_from("<IIII", data, at)
        at += common.RECORD_HEADER
        if at + kept > len(data):
            break
        yield second * 1000000 + usec, data[at + skip:at + kept], wire
        at += kept


def as_scan(usec, ip):
    """The packet, if it is an opening SYN to TCP/445."""
    if len(ip) < 40 or ip[0] != 0x45 or ip[9] != 6 or struct.unpack_from(">H", ip, 6)[0] & 0x1FFF:
        return None
    if ip[33] & (SYN | ACK | RST | FIN) != SYN or struct.unpack_from(">H", ip, 22)[0] != 445:
        return None
    length, ident = struct.unpack_from(">HH", ip, 2)
    source, target, port, _, sequence = struct.unpack_from(">IIHHI", ip, 12)
    return Packet(usec, source, target, ip[8], ident, port, sequence, length)


def scans(path):
    return [packet for usec, ip, _ in records(path) if (packet := as_scan(usec, ip))]


def captures(folder):
    return sorted(folder.glob("ucsd-nt.*.pcap.gz"))


def dotted(address):
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))


def hour_text(hour):
    return datetime.datetime.fromtimestamp(hour * HOUR, datetime.timezone.utc).strftime("%Y-%m-%dT%H:00:00Z")


def usec_text(usec):
    moment = datetime.datetime.fromtimestamp(usec // 1000000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{usec % 1000000:06d}Z"


def table(folder, name):
    with open(folder / "truth" / name, newline="", encoding="ascii") as file:
        return list(csv.DictReader(file))


class Twin(common.Case):
    def make(self, *options, out="twin", ranks=None, code=common.DONE):
        folder = self.dir / out
        done = common.call("synth", "--out", folder, "--quiet", *options, ranks=ranks)
        self.assertEqual(done.code, code, done)
        return folder

    def check(self, folder):
        """Every number of the truth."""
        sources = {row["source"]: row for row in table(folder, "sources.csv")}
        hourly, classes = [], []
        first, targets = {}, collections.defaultdict(set)
        worm = {row["hour"]: row for row in table(folder, "worm.csv")}
        for path in captures(folder):
            hour = int(path.name.split(".")[1]) // HOUR
            npackets, by_source = 0, collections.Counter()
            for usec, ip, _ in records(path):
                npackets += 1
                self.assertEqual(usec // 1000000 // HOUR, hour)
                packet = as_scan(usec, ip)
                if packet:
                    by_source[packet.source] += 1
                    targets[packet.source].add(packet.target)
                    first[packet.source] = min(usec, first.get(packet.source, usec))
            hourly.append([hour_text(hour), len(by_source), sum(by_source.values()), npackets])
            by_class = collections.defaultdict(lambda: [0, 0])
            for source, count in by_source.items():
                numbers = by_class[sources[dotted(source)]["class"]]
                numbers[0] += 1
                numbers[1] += count
            classes += [[hour_text(hour), name, *numbers] for name, numbers in sorted(by_class.items())]
            self.check_worm(worm[hour_text(hour)], by_class, by_source, sources)
        self.assertEqual([list(row.values()) for row in table(folder, "hourly.csv")],
                         [list(map(str, row)) for row in hourly])
        self.assertEqual(sorted(list(row.values()) for row in table(folder, "classes.csv")),
                         sorted(list(map(str, row)) for row in classes))
        self.assertEqual(sorted(sources), sorted(map(dotted, first)))
        for source, usec in first.items():
            row = sources[dotted(source)]
            self.assertEqual(row["first_scan"], usec_text(usec), row)
            self.assertEqual(int(row["targets"]), len(targets[source]), row)
        self.check_words(sources)
        return hourly

    def check_worm(self, row, by_class, by_source, sources):
        """Between what is surely the worm and what may be."""
        sure = [sum(by_class[name][i] for name in ("worm_a", "worm_b")) for i in (0, 1)]
        shared = [count for source, count in by_source.items() if "worm" in sources[dotted(source)]["mixed_of"]]
        self.assertLessEqual(sure[0], int(row["sources"]))
        self.assertLessEqual(int(row["sources"]), sure[0] + len(shared))
        self.assertLessEqual(sure[1], int(row["scans"]))
        self.assertLessEqual(int(row["scans"]), sure[1] + sum(shared))

    def check_words(self, sources):
        for row in sources.values():
            is_worm = "worm" in row["class"] + row["mixed_of"]
            self.assertEqual(bool(row["infected_at"]), is_worm, row)
            self.assertEqual(bool(row["mixed_of"]), row["class"] == "mixed", row)
            if row["class"] == "mixed":
                self.assertGreater(sum(int(part.split("*")[1]) for part in row["mixed_of"].split()), 1, row)
            elif is_worm:
                self.assertLess(row["infected_at"], row["first_scan"], row)


class Truth(Twin):
    SMALL = ("--scale", "0.01", "--background", "0.05")

    def test_plain(self):
        folder = self.make(*self.SMALL, "--from", "2008-11-21T05", "--until", "2008-11-21T10")
        self.assertEqual(len(self.check(folder)), 5)

    def test_faults(self):
        """An outage over hours and a part of an hour, a torn capture, disorder, a lens that shrinks, other options."""
        begin = 1227229200    # 2008-11-21T01
        torn = f"ucsd-nt.{begin + 6 * HOUR}.pcap.gz"
        options = (*self.SMALL, "--seed", "7", "--noise", "3", "--from", "2008-11-21T01", "--until", "2008-11-21T13",
                   "--outage", "2008-11-21T03:20/2008-11-21T05:10:30", "--torn", f"{torn}@0.4", "--disorder", "900",
                   "--linktype", "raw", "--lens", "77.0.0.0/8", "--lens", "0.37.0.0/16@2008-11-21T11:30")
        folder = self.make(*options)
        names = [path.name for path in captures(folder)]
        self.assertEqual(names, [f"ucsd-nt.{begin + i * HOUR}.pcap.gz" for i in range(12) if i != 3])
        self.check(folder)
        times = [usec // 1000000 for path in captures(folder) for usec, _, _ in records(path)]
        outage = (begin + 2 * HOUR + 20 * 60, begin + 4 * HOUR + 10 * 60 + 30)
        self.assertFalse(any(outage[0] <= time < outage[1] for time in times))
        self.assertNotEqual(times, sorted(times))
        shrinks = (begin + 10 * HOUR + 30 * 60) * 1000000
        for path in captures(folder)[-2:]:
            for usec, ip, _ in records(path):
                target = struct.unpack_from(">I", ip, 16)[0]
                self.assertEqual(target >> 24, 0)
                if usec >= shrinks:
                    self.assertEqual(target >> 16, 37)
        with self.assertRaises(EOFError):
            common.inflated(folder / torn)
        # The same on any number of ranks, and again.
        if common.MPI:
            other = self.make(*options, out="other", ranks=3)
            self.assert_same(common.snapshot(folder), common.snapshot(other))
        self.make(*options)

    def test_hour_alone(self):
        """An hour is the same in any archive: what is sent a second time at its start was sent first before it."""
        folder = self.make(*self.SMALL, "--from", "2008-11-21T06", "--until", "2008-11-21T09")
        alone = self.make(*self.SMALL, "--from", "2008-11-21T08", "--until", "2008-11-21T09", out="alone")
        name = captures(alone)[0].name
        self.assertEqual((folder / name).read_bytes(), (alone / name).read_bytes())

    def test_other_parameters(self):
        """A folder holds one archive."""
        options = ("--scale", "0.002", "--background", "0.01", "--from", "2008-11-20", "--until", "2008-11-20T02")
        folder = self.make(*options)
        self.refuse("synth", "--out", folder, *options, "--seed", "2", names=("other parameters",),
                    code=common.ENVIRONMENT)
        before = common.snapshot(folder)
        self.make(*options)
        self.assert_same(before, common.snapshot(folder))

    def test_goes_on(self):
        """After a stop the same command goes on, and nothing tells of it."""
        options = ("--scale", "0.01", "--from", "2008-11-21T05", "--until", "2008-11-21T09")
        whole = self.make(*options, out="whole")
        command = common.command_of("synth", "--out", self.dir / "stopped", *options)
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while not captures(self.dir / "stopped") and process.poll() is None:
            pass
        process.send_signal(10)    # SIGUSR1
        code = process.wait()
        self.assertIn(code, (common.STOPPED, common.DONE))
        if code == common.STOPPED:
            self.assertLess(len(captures(self.dir / "stopped")), 4)
        stopped = self.make(*options, out="stopped")
        self.assert_same(common.snapshot(whole), common.snapshot(stopped))

    def test_delegated(self):
        """Hosts live where a table of the registries says, in either format."""
        registry = self.dir / "delegated-made-up"
        registry.write_text("2|apnic|20081121|3|19830613|20081120|+1000\n# a comment\napnic|*|ipv4|*|3|summary\n"
                            "apnic|CN|asn|4134|1|20020801|allocated\n"
                            "apnic|CN|ipv4|58.16.0.0|1048576|20050818|allocated\n"
                            "lacnic|AR|ipv4|190.0.0.0|786432|20060101|assigned|A1234\n"
                            "apnic||ipv4|59.0.0.0|65536||available\n")
        folder = self.make(*self.SMALL, "--delegated", registry, "--from", "2008-11-21T07", "--until", "2008-11-21T09")
        self.check(folder)
        for row in table(folder, "sources.csv"):
            a, b, _, _ = map(int, row["source"].split("."))
            self.assertTrue((a == 58 and 16 <= b < 32) or (a == 190 and b < 12), row)
        self.assertIn(registry.read_text(), (folder / "truth" / "delegated.txt").read_text())

    def test_parameters(self):
        folder = self.make("--scale", "0.25", "--noise", "10", "--background", "0.001", "--seed", "12", "--from",
                           "2008-11-20", "--until", "2008-11-20T01")
        parameters = json.loads((folder / "truth" / "parameters.json").read_text())
        self.assertEqual((parameters["seed"], parameters["scale"], parameters["noise"], parameters["from"]),
                         (12, "0.250000", "10.000000", "2008-11-20T00:00:00Z"))
        self.assertNotIn(str(self.dir), json.dumps(parameters))

    def test_usage(self):
        for option, value, names in (("--scale", "1.5", ("--scale", "above 1")), ("--scale", "0", ("--scale",)),
                                     ("--outage", "2008-11-21", ("--outage", "2008-11-21T20:00/")),
                                     ("--outage", "2008-11-21/2008-11-20", ("--outage",)),
                                     ("--torn", "ucsd-nt.1227229201.pcap.gz@0.5", ("--torn",)),
                                     ("--torn", "ucsd-nt.1227229200.pcap.gz@1", ("--torn",)),
                                     ("--torn", "ucsd-nt.3600.pcap.gz@0.5", ("--torn", "--from")),
                                     ("--lens", "10.0.0.0/8", ("--lens", "reserved")),
                                     ("--lens", "96.1.0.0/16", ("--lens", "@")),
                                     ("--lens", "97.1.0.0/16@2008-11-21", ("--lens", "telescope")),
                                     ("--mask", "33", ("--mask",)), ("--linktype", "atm", ("--linktype", "raw")),
                                     ("--level", "10", ("--level",)), ("--disorder", "5000", ("--disorder",)),
                                     ("--until", "2008-11-01", ("--until",))):
            with self.subTest(option=option, value=value):
                self.refuse("synth", "--out", self.dir / "x", option, value, names=names)
        self.refuse("synth", names=("--out",))
        self.refuse("synth", "something", "--out", "x", names=("something",))
        empty = self.dir / "empty"
        empty.write_text("nothing\n")
        self.refuse("synth", "--out", self.dir / "x", "--delegated", empty, names=("ipv4",), code=common.ENVIRONMENT)


class Tshark(Twin):
    FIELDS = ("frame.time_epoch", "ip.src", "ip.dst", "tcp.srcport", "tcp.seq_raw", "ip.ttl", "ip.id")

    def setUp(self):
        super().setUp()
        if not shutil.which("tshark"):
            self.skipTest("there is no tshark")

    def tshark(self, path, *arguments):
        done = subprocess.run(["tshark", "-n", "-r", str(path), *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        # As root it says that one shouldn't.
        complaints = [line for line in done.stderr.decode().splitlines() if not re.search("as user|dangerous", line)]
        self.assertEqual((done.returncode, complaints), (0, []))
        return done.stdout.decode().splitlines()

    def test_agrees(self):
        """tshark reads every capture without complaint, finds nothing malformed, and the same scans."""
        for link in ("ethernet", "raw"):
            folder = self.make("--scale", "0.005", "--background", "0.03", "--from", "2008-11-21T07", "--until",
                               "2008-11-21T08", "--linktype", link, out=link)
            path = captures(folder)[0]
            seen = self.tshark(path, "-Y", "tcp.dstport == 445 && tcp.flags.syn == 1 && tcp.flags.ack == 0 &&"
                               " tcp.flags.reset == 0 && tcp.flags.fin == 0 && ip.frag_offset == 0", "-T", "fields",
                               *(word for name in self.FIELDS for word in ("-e", name)))
            ours = []
            for p in scans(path):
                second, usec = divmod(p.usec, 1000000)
                ours.append("\t".join((f"{second}.{usec:06d}000", dotted(p.source), dotted(p.target), str(p.port),
                                       str(p.sequence), str(p.ttl), f"0x{p.ident:04x}")))
            self.assertEqual(seen, ours)
            self.assertEqual(len(self.tshark(path)), sum(1 for _ in records(path)))
            self.assertEqual(self.tshark(path, "-Y", "_ws.malformed || tcp.options.unknown || ip.bogus_header_length"
                                         " || tcp.bogus_header_length"), [])


if __name__ == "__main__":
    if not has_synth():
        common.skip("built without synth")
    common.main()
