#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Several ports in one reading: each has the tallies and tables of a run for that port alone, whatever the store has
already; what is not of a port stands once. Counts are compared with those of a slow walk over the packets."""

import gzip
import json
import random
import re
import shutil
import signal
import struct
import subprocess
import tempfile
from pathlib import Path

import common

PORTS = (445, 139, 135)
NAMES = ",".join(map(str, PORTS))
HOUR = 1227229200    # 2008-11-21T01:00:00Z
COPY_USEC = 100_000


def ip(source, destination, *, sport, dport, seq, ident, length, ttl, flags, protocol=6):
    header = struct.pack(">BBHHHBBHII", 0x45, 0, length, ident, 0, ttl, protocol, 0, source, destination)
    return header + struct.pack(">HHIIBBHHH", sport, dport, seq, 0, 0x50, flags, 8192, 0, 0)


def make_hour(number, seed, first=0, last=3600):
    """[(usec, IP packet)] of an hour, in nearly the order of time: scans of several ports by sources that also try
    others, sent again and copied; other flags, protocols and ports; a silence, and a clock that goes back."""
    dice = random.Random(seed)
    begin = (HOUR + 3600 * number) * 10**6
    found = []
    for _ in range(900):
        at = begin + int(dice.uniform(first, last) * 10**6)
        if first < 1800 and begin + 900 * 10**6 < at < begin + 1000 * 10**6:
            continue
        source = 0x0b000000 + dice.randrange(40) * 65793
        dport = dice.choice((445, 445, 445, 139, 139, 135, 80))
        fields = {"sport": dice.randrange(1024, 5000), "dport": dport, "seq": dice.getrandbits(32), "ident": dice.getrandbits(16),
                  "length": dice.choice((40, 48)), "ttl": dice.choice((110, 60)), "flags": dice.choice((2, 2, 2, 2, 2, 18, 4))}
        destination = 0x00000000 | dice.getrandbits(24)
        found.append((at, ip(source, destination, **fields)))
        if dice.random() < 0.5:
            found.append((at + 3 * 10**6, ip(source, destination, **{**fields, "ident": fields["ident"] + 1 & 0xffff})))
        if dice.random() < 0.1:
            found.append((at + dice.randrange(1, COPY_USEC), ip(source, destination, **fields)))
    found += [(at + 7, ip(1, 2, sport=1, dport=2, seq=3, ident=4, length=40, ttl=5, flags=0, protocol=17)) for at, _ in found[:50]]
    found.sort()
    for at in range(0, len(found) - 9, 97):
        if found[at + 5][0] - found[at][0] < 14 * 10**6:    # a jump of 15 s would be damage
            found[at], found[at + 5] = found[at + 5], found[at]
    return found


def pcap(packets):
    return common.pcap(common.pcap_record(at, data, struct.unpack_from(">H", data, 2)[0]) for at, data in packets)


def count(packets, port):
    """{hour: [sources, scans, packets]} of a port, by the rules of docs/method.md for copies."""
    last, hours = {}, {}
    for at, data in sorted(packets):
        row = hours.setdefault(at // 10**6 // 3600, [set(), 0, 0])
        row[2] += 1
        if data[9] != 6 or struct.unpack_from(">H", data, 22)[0] != port or data[33] & 0x17 != 2:
            continue
        key = data[12:20] + data[20:22] + data[24:28] + data[4:6]
        copy = at - last.get(key, -10**9) <= COPY_USEC
        last[key] = at
        if not copy:
            row[0].add(data[12:16])
            row[1] += 1
    return {hour: [len(row[0]), row[1], row[2]] for hour, row in hours.items()}


class Ports(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="pz-ports-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.archive = cls.shared / "archive"
        cls.archive.mkdir()
        cls.hours = [make_hour(number, number) for number in range(4)]
        for number, packets in enumerate(cls.hours):
            common.write_gzip(cls.archive / f"hour-{number}.pcap.gz", pcap(packets))
        # One shares time with another hour, one is torn, one is another's copy in other bytes.
        common.write_gzip(cls.archive / "share.pcap.gz", pcap(cls.hours[1][200:900] + make_hour(1, 77, 2000, 2500)))
        torn = gzip.compress(pcap(make_hour(5, 5)), 1, mtime=0)
        (cls.archive / "torn.pcap.gz").write_bytes(torn[:len(torn) * 2 // 3])
        (cls.archive / "plain.pcap").write_bytes(pcap(cls.hours[2]))
        cls.alone = {}
        for port in PORTS:
            out = cls.shared / f"alone-{port}"
            done = common.call("run", "--no-report", cls.archive, "--port", port, "--out", out)
            assert done.code == common.DAMAGED, done
            cls.alone[port] = out

    def several(self, *options, out="several", code=common.DAMAGED, ports=NAMES, **more):
        return self.run_ok(self.archive, "--port", ports, *options, out=out, code=code, **more)

    def scanned(self, out):
        return int(re.findall(r"scanned (\d+)", common.read_log(out))[-1])

    def store_of(self, store, port):
        """{name: bytes} of the tallies of a port, wherever they lie in the store."""
        key = re.search(r"port (\d+)", (store / "key").read_text(encoding="ascii"))[1]
        folder = store if int(key) == port else store / f"port-{port}"
        return {path.name: path.read_bytes() for path in folder.glob("[0-9a-f][0-9a-f]/*.tally")}

    def check(self, out, ports=PORTS):
        """All of each port is what a run for it alone wrote."""
        for port in ports:
            alone = self.alone[port]
            for part in "tables", "restricted":
                skip = ("manifest.json", "store", "reproduction.csv", "reproduction.json")
                self.assert_same(common.snapshot(out / part / str(port), skip), common.snapshot(alone / part, skip), f"{port}")
            wanted = common.read_summary(alone)
            got = common.read_summary(out)
            self.assertEqual(got["ports"][str(port)]["model"], wanted["model"])
            totals = {**got["totals"], **got["totals"]["ports"][str(port)]}
            del totals["ports"]
            self.assertEqual(totals, wanted["totals"])
            for one, other in zip(got["inputs"], wanted["inputs"], strict=True):
                one = {**one, **one.get("ports", {}).get(str(port), {})}
                one.pop("ports", None)
                self.assertEqual(one, other)

    def test_as_alone(self):
        """For any number of ranks, tables and tallies are those of one run a port; the whole folder doesn't depend on ranks."""
        first = None
        for ranks in (None, 2, 3, 4, 7) if common.MPI else (None,):
            with self.subTest(ranks=ranks):
                out, done = self.several(out=f"ranks-{ranks}", ranks=ranks)
                self.assertNotIn("the store lacks", done.err)
                self.check(out)
                first = first or common.snapshot(out)
                self.assert_same(common.snapshot(out), first)
                for port in PORTS:
                    got = self.store_of(out / "restricted" / "store", port)
                    self.assertEqual(got, self.store_of(self.alone[port] / "restricted" / "store", port))
                    self.assertTrue(any("." in name[:-6] for name in got), "some share time")

    def test_oracle(self):
        """The second port's counts are those of a walk over the packets."""
        captures = [self.archive / f"hour-{number}.pcap.gz" for number in range(4)]
        out, _ = self.run_ok(*captures, "--port", NAMES)
        packets = [packet for hour in self.hours for packet in hour]
        for port in PORTS:
            wanted = count(packets, port)
            rows = common.read_csv(out / "tables" / str(port) / "hourly.csv")
            got = {row[0]: list(map(int, row[1:4])) for row in rows[1:] if row[3]}
            self.assertEqual([got[name] for name in sorted(got)], [wanted[hour] for hour in sorted(wanted)], port)
            self.assertGreater(min(row[1] for row in wanted.values()), 50)
        summary = common.read_summary(out)
        for one in summary["inputs"]:
            for fates in one["ports"].values():
                self.assertEqual(fates["scans"] + sum(fates["set_aside"].values()), one["records"])

    def test_cut(self):
        """Tables don't depend on where captures are cut."""
        packets = [packet for hour in self.hours for packet in hour]
        outs = []
        for cuts in ((), (7, 500, 501, 1900), tuple(range(0, len(packets), 611))):
            folder = self.dir / f"cut-{len(cuts)}"
            folder.mkdir()
            bounds = [0, *cuts, len(packets)]
            for i, (begin, end) in enumerate(zip(bounds, bounds[1:])):
                (folder / f"{i:03}.pcap").write_bytes(pcap(packets[begin:end]))
            out, _ = self.run_ok(folder, "--port", "139,445", out=f"of-{len(cuts)}")
            outs.append({name: value for name, value in common.snapshot(out / "tables").items() if "total" not in name})
        self.assert_same(outs[1], outs[0])
        self.assert_same(outs[2], outs[0])

    def test_store_knows(self):
        """One of the ports later, from what several left: nothing is read. And several later, after each alone."""
        store = self.dir / "store"
        out, _ = self.several("--store", store)
        self.assertGreater(self.scanned(out), 0)
        for port in PORTS:
            done = common.call("reduce", "--no-report", self.archive, "--port", port, "--store", store, "--out", self.dir / f"one-{port}")
            self.assertEqual(done.code, common.DAMAGED, done)
            self.assert_same(common.snapshot(self.dir / f"one-{port}"), common.snapshot(self.alone[port], ("run.log", "restricted/store")))
        out, _ = self.several("--store", store, out="other-order", ports="135,445,139")
        self.assertEqual(self.scanned(out), 0)
        self.check(out)
        alone = self.dir / "alone"
        for port in (135, 139):
            done = common.call("scan", self.archive, "--port", port, "--store", alone)
            self.assertEqual(done.code, common.DAMAGED, done)
        self.assertIn("port 139 for", done.err)
        out, done = self.several("--store", alone, out="after")
        self.assertEqual(self.scanned(out), 7)
        self.assertIn("port 445 for 7 of 7 captures", done.err)
        self.assertNotIn("port 139 for", done.err)
        self.check(out)

    def test_store_has_some(self):
        """Only captures that lack a port are read, and only for it; what must be read is said before."""
        store = self.dir / "store"
        for port, names in ((445, ("hour-0", "hour-3", "torn")), (139, ("hour-3",))):
            captures = [next(self.archive.glob(f"{name}.*")) for name in names]
            done = common.call("scan", *captures, "--port", port, "--store", store)
            self.assertIn(done.code, (common.DONE, common.DAMAGED), done)
        before = {port: self.store_of(store, port) for port in (445, 139)}
        self.refuse("reduce", self.archive, "--port", "445,139", "--store", store, "--out", self.dir / "none",
                           names=("have no tally of port 445", "Scan them first"), code=common.ENVIRONMENT)
        out, done = self.several("--store", store)
        self.assertIn("port 135 for 7 of 7 captures", done.err)
        self.assertRegex(done.err, r"port 139 for 6 of 7 captures: \d+\.\d+ MB are read")
        self.check(out)
        for port, tallies in before.items():
            now = self.store_of(store, port)
            self.assertTrue(tallies.items() <= now.items())

    def test_interrupted(self):
        """A run that is stopped goes on where it was; tallies that are gone or damaged are made again, and no others."""
        slow = ("--decode", "sleep 0.1; cat")
        out = self.dir / "slow"
        command = common.command_of("run", "--no-report", self.archive, "--port", NAMES, *slow, "--out", out)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            common.wait_until(lambda: len(list(out.rglob("*.tally"))) >= 3 or process.poll() is not None, "tallies")
            process.send_signal(signal.SIGUSR1)
            process.communicate(timeout=common.PATIENCE)
        self.assertEqual(process.returncode, common.STOPPED)
        self.assertFalse((out / "summary.json").exists())
        self.assertEqual([path.name for path in out.iterdir() if path.name != "run.log"], ["restricted"])
        self.assertEqual([path.name for path in (out / "restricted").iterdir()], ["store"])    # no empty folders of ports
        done = common.call("run", "--no-report", self.archive, "--port", NAMES, *slow, "--out", out)
        self.assertEqual(done.code, common.DAMAGED, done)
        for port in PORTS:
            for name in "hourly.csv", "population.csv":
                self.assertEqual((out / "tables" / str(port) / name).read_bytes(), (self.alone[port] / "tables" / name).read_bytes())
        out, _ = self.several()
        wanted = common.snapshot(out)
        identity = next(one["identity"] for one in common.read_summary(out)["inputs"] if one["capture"] == "hour-0.pcap.gz")
        one, other = (next(out.glob(f"restricted/store/port-{port}/*/{identity}.tally")) for port in (139, 135))
        one.unlink()
        data = bytearray(other.read_bytes())
        data[-1] ^= 1
        other.write_bytes(data)
        done = common.call("run", "--no-report", self.archive, "--port", NAMES, "--out", out)
        self.assertEqual(done.code, common.DAMAGED, done)
        self.assert_same(common.snapshot(out), wanted)

    def test_standard_input_and_parts(self):
        """Standard input is read once for all ports; a job array may scan for several."""
        data = pcap(self.hours[0])
        out, _ = self.run_ok("-", "--port", "139,445", stdin=data)
        file = self.dir / "file.pcap"
        file.write_bytes(data)
        other, _ = self.run_ok(file, "--port", "139,445", out="file")
        self.assert_same(common.snapshot(out / "tables"), common.snapshot(other / "tables"))
        for i in (3, 1, 2):
            done = common.call("scan", self.archive, "--port", NAMES, "--out", self.dir / "parts", "--part", f"{i}/3")
            self.assertIn(done.code, (common.DONE, common.DAMAGED), done)
        out, _ = self.several(out="parts")
        self.assertEqual(self.scanned(out), 0)
        self.check(out)

    def test_layouts(self):
        """A result of several ports takes the place of one, and the other way round; nothing of the other layout is left."""
        notes = self.dir / "several" / "tables" / "139" / "notes.txt"
        out, _ = self.several(ports="139")
        wanted = common.snapshot(out, ("run.log", "restricted/store"))
        self.assert_same(wanted, common.snapshot(self.alone[139], ("run.log", "restricted/store")))
        self.refuse("run", self.archive, "--port", "445,135", "--out", out, names=("port 139", "--port", "--replace"))
        self.refuse("run", self.archive, "--port", "445", "--out", out, names=("port 139", "--out", "--replace"))
        out, _ = self.several(ports="445,139")
        self.assertEqual([path.name for path in sorted((out / "tables").iterdir())], ["139", "445"])
        self.assertEqual(sorted(path.name for path in (out / "restricted").iterdir()), ["139", "445", "manifest.json", "store"])
        notes.write_text("mine")
        out, _ = self.several("--replace", ports="139")
        self.assertTrue(notes.exists())
        notes.unlink()
        notes.parent.rmdir()
        self.assert_same(common.snapshot(out, ("run.log", "restricted/store")), wanted)

    def test_commands(self):
        """Commands that take a result are about the port that is chosen, and ask for one where there are several. Hours are damaged,
        so they end with that."""
        out, _ = self.several()
        taken = {}
        for port in PORTS:
            to = self.dir / "addresses"
            for where in ("--out", out), ("--store", out / "restricted" / "store"):
                done = common.call("sources", *where, "--port", port, "--format", "txt", "--to", to)
                self.assertEqual(done.code, common.DAMAGED, done)
                taken.setdefault(port, to.read_bytes())
                self.assertEqual(taken[port], to.read_bytes())
            done = common.call("sources", "--out", self.alone[port], "--format", "txt", "--to", to)
            self.assertEqual(taken[port], to.read_bytes())
            for where in (out, "--port", port), (self.alone[port],):
                done = common.call("overlap", "--with", to, "--out", *where)
                self.assertEqual(done.code, common.DAMAGED, done)
            known = [common.call("source", "0.0.0.0/0", "--out", *where) for where in ((out, "--port", port), (self.alone[port],))]
            self.assertEqual(known[0].code, common.DAMAGED, known[0])
            self.assertEqual(known[0].out, known[1].out)
            name = "overlap.csv"
            self.assertEqual((out / "tables" / str(port) / name).read_bytes(), (self.alone[port] / "tables" / name).read_bytes())
            for path in self.alone[port].glob("tables/*overlap*"):
                path.unlink()
        for command in ("sources", "--to", "-"), ("overlap", "--with", to), ("outbreak",), ("source", "0.0.0.0/0"):
            self.refuse(*command, "--out", out, names=("445, 139, 135", "--port"))
            self.refuse(*command, "--out", out, "--port", "80", names=("port 80", "445, 139, 135"))
        self.refuse("sources", "--to", "-", "--store", out / "restricted" / "store", names=("--port",))
        self.refuse("outbreak", "--out", out, "--port", "139", names=("TCP/139",))
        self.refuse("sources", "--out", out, "--port", "139", "2020-01-01", "--count", names=("no sets of sources in these hours",))

    def test_nobody(self):
        """Of a port on which nobody scanned there are no sources, which is an answer; with an empty list there is no estimate."""
        out, _ = self.several(out="nobody", ports="445,4444")
        done = common.call("sources", "--out", out, "--port", "4444", "--count")
        self.assertEqual((done.code, done.out.strip()), (common.DAMAGED, "0"), done)
        empty = self.dir / "empty"
        empty.touch()
        done = common.call("overlap", "--out", out, "--port", "445", "--with", empty, "--json")
        self.assertEqual(done.code, common.DAMAGED, done)
        said = json.loads(done.out)
        self.assertGreater(said["ours"], 0)
        self.assertEqual([said[name] for name in ("estimate", "estimate_low", "estimate_high")], [None] * 3)
        header, row = common.read_csv(out / "tables" / "445" / "overlap.csv")
        self.assertEqual([row[header.index(name)] for name in ("estimate", "estimate_low", "estimate_high")], [""] * 3)

    def test_usage(self):
        for text, names in (("445,445", ("named twice",)), ("0", ("1 to 65535",)), ("445,0", ("1 to 65535",)),
                            ("445,65536", ("65535",)), ("", ("65535",)), ("445,", ("65535",)), (",445", ("65535",)),
                            ("445, 139", ("65535",)), ("445 139", ("65535",)), ("445;139", ("65535",)), ("all", ("65535",)),
                            (",".join(map(str, range(1, 18))), ("more than 16",)), ("445,139,0445", ("named twice",))):
            with self.subTest(text):
                for command in "run", "scan", "reduce":
                    self.refuse(command, self.archive, "--port", text, "--out", self.dir / "out", names=("--port", *names))
        self.assertFalse((self.dir / "out").exists())


if __name__ == "__main__":
    common.main()
