#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The command line: what it refuses and how, what it keeps from one run to the next, and that nothing outside
restricted/ names a source."""

import os
import re
import shlex
import shutil
import struct
import stat
from pathlib import Path

import common
import expected
import walk

MEDLEY = common.DATA / "link-raw.pcap"


class Usage(common.Case):
    def test_command_lines(self):
        """Of data/command-lines.txt, each with what is recorded there."""
        for number, line in enumerate((common.DATA / "command-lines.txt").read_text().splitlines()):
            if not line or line.startswith("#"):
                continue
            words, _, expected_end = line.partition("=>")
            code, _, message = expected_end.strip().partition(" ")
            out = self.dir / f"out-{number}"
            places = {"CAPTURE": MEDLEY, "OUT": out}
            arguments = [places.get(word, word) for word in shlex.split(words)]
            with self.subTest(words.strip()):
                done = common.call(*arguments)
                self.assertEqual(done.code, int(code), done)
                for part in filter(None, message.split(" | ")):
                    self.assertIn(part, done.err)
                self.assertNotIn("AddressSanitizer", done.err)
                self.assertEqual(out.exists(), done.code == common.DONE and "OUT" in words, done)

    def test_dashes(self):
        """After two dashes a file may have the name of an option."""
        dashed = self.dir / "--port"
        dashed.write_bytes(MEDLEY.read_bytes())
        done = common.call("run", "--out", self.dir / "dashed", "--", "--port", cwd=self.dir)
        self.assertEqual(done.code, common.DONE, done)

    def test_longest_silence(self):
        """Longer than an hour: refused with its bound, or done right."""
        done = common.call("run", common.DATA / "silence.pcap", "--silence", "7200", "--out", self.dir / "out")
        self.assertIn(done.code, (common.DONE, common.USAGE), done)
        if done.code == common.DONE:
            wanted = expected.tables(walk.Walk(common.DATA / "silence.pcap").packets, silence=7200)
            self.assertEqual(common.read_tables(self.dir / "out")["hourly"], wanted["hourly"])

    def test_help_in_other_words(self):
        for arguments, same in ((("-h",), ("--help",)), (("help",), ("--help",)), (("help", "run"), ("run", "--help")),
                                (("run", "-h"), ("run", "--help")), (("-V",), ("--version",))):
            done = common.call(*arguments)
            self.assertEqual((done.code, done.out), (common.DONE, common.call(*same).out))

    def test_help(self):
        for arguments in (("--help",), ("run", "--help"), ("run", MEDLEY, "--help")):
            with self.subTest(arguments):
                done = common.call(*arguments)
                self.assertEqual((done.code, done.err), (common.DONE, ""), done)
                self.assertTrue(done.out.startswith("usage: patientzero"), done)
                self.assertLess(max(map(len, done.out.splitlines())), 121)
        for option in ("--out", "--store", "--port", "--lens", "--since", "--until", "--silence", "--timeline-bin",
                       "--decode", "--quiet", "--progress", "@LIST"):
            self.assertIn(option, common.call("run", "--help").out)

    def test_version(self):
        """It names what inflates, so that a slow run can be explained."""
        done = common.call("--version")
        self.assertEqual((done.code, done.err), (common.DONE, ""), done)
        self.assertRegex(done.out, r"^patientzero \d+\.\d+\.\d+.*(ISA-L|isal|zlib)")

    def test_environment(self):
        """A folder that can't be written is told with its path and exit code 1."""
        file = self.dir / "file"
        file.write_text("in the way\n")
        done = common.call("run", MEDLEY, "--out", file / "out")
        self.assertEqual(done.code, common.ENVIRONMENT, done)
        self.assertIn(str(file), done.err)
        done = common.call("run", MEDLEY, "--out", self.dir / "out", "--store", file / "store")
        self.assertEqual(done.code, common.ENVIRONMENT, done)
        self.assertIn(str(file), done.err)

    def test_quiet(self):
        _, done = self.run_ok(MEDLEY, "--quiet")
        self.assertEqual((done.out, done.err), ("", ""))
        _, done = self.run_ok(common.DATA / "torn-record.pcap", "--quiet", out="torn", code=common.DAMAGED)
        self.assertIn("torn-record.pcap", done.err, "what is wrong is said even so")


class Store(common.Case):
    """What is scanned once isn't scanned again, and nothing is mixed."""

    def scanned(self, out):
        """How many captures the last run read, from its log."""
        found = re.findall(r"scanned (\d+)", common.read_log(out))
        self.assertNotEqual(found, [], common.read_log(out))
        return int(found[-1])

    def test_second_run_scans_nothing(self):
        out, _ = self.run_ok(MEDLEY, common.DATA / "flags.pcap.gz")
        self.assertEqual(self.scanned(out), 2)
        before = common.snapshot(out)
        out, _ = self.run_ok(MEDLEY, common.DATA / "flags.pcap.gz")
        self.assertEqual(self.scanned(out), 0)
        self.assert_same(common.snapshot(out), before)

    def test_second_run_reads_no_capture(self):
        """It needs only the ends of a file, to know it again: its middle may be gone."""
        capture = self.dir / "big.pcap"
        header, records = common.records(MEDLEY.read_bytes())
        later = lambda record, days: struct.pack("<I", struct.unpack_from("<I", record)[0] + 86400 * days) + record[4:]
        capture.write_bytes(header + b"".join(later(record, day) for day in range(60) for record in records))
        out, _ = self.run_ok(capture)
        before = common.snapshot(out)
        with open(capture, "r+b") as file:
            file.seek(100000)
            file.write(bytes(1000))
        out, _ = self.run_ok(capture)
        self.assertEqual(self.scanned(out), 0)
        self.assert_same(common.snapshot(out), before)

    def test_one_more_capture(self):
        out, _ = self.run_ok(MEDLEY, common.DATA / "flags.pcap.gz")
        out, _ = self.run_ok(MEDLEY, common.DATA / "figure5.pcap.gz", common.DATA / "flags.pcap.gz")
        self.assertEqual(self.scanned(out), 1)
        fresh, _ = self.run_ok(MEDLEY, common.DATA / "flags.pcap.gz", common.DATA / "figure5.pcap.gz", out="fresh")
        self.assert_same(common.snapshot(out), common.snapshot(fresh))

    def test_tables_cover_the_captures_named(self):
        """Whatever else is in the store."""
        out, _ = self.run_ok(MEDLEY, common.DATA / "flags.pcap.gz", common.DATA / "outages.pcap.gz")
        out, _ = self.run_ok(common.DATA / "flags.pcap.gz", "--replace")
        fresh, _ = self.run_ok(common.DATA / "flags.pcap.gz", out="fresh")
        skip = ("run.log", "restricted/store")
        self.assert_same(common.snapshot(out, skip), common.snapshot(fresh, skip))

    def test_changed_capture(self):
        """The same path with other contents is another capture."""
        capture = self.dir / "capture"
        capture.write_bytes(MEDLEY.read_bytes())
        self.run_ok(capture)
        capture.write_bytes((common.DATA / "figure5.pcap.gz").read_bytes())
        out, _ = self.run_ok(capture)
        self.assertEqual(common.read_csv(out / "tables" / "total.csv")[1][:3], ["1", "19", "19"])

    def test_renamed_capture(self):
        """The same contents under another path are the same capture."""
        capture = self.dir / "capture"
        capture.write_bytes(MEDLEY.read_bytes())
        self.run_ok(capture)
        moved = self.dir / "moved"
        os.rename(capture, moved)
        out, _ = self.run_ok(moved)
        self.assertEqual(self.scanned(out), 0)
        self.assertEqual(common.read_summary(out)["inputs"][0]["capture"], "moved")

    def test_other_port_or_lens(self):
        """Refused for the same results, and another lens on the same store, with a way out; all stays as it was."""
        out, _ = self.run_ok(MEDLEY)
        before = common.snapshot(out)
        for options, names in ((("--port", "139"), ("--port", "--out", "--replace")), (("--lens", "0.0.0.0/8"), ("--lens", "--store")),
                               (("--port", "139", "--lens", "0.0.0.0/8"), ("--port", "--out"))):
            with self.subTest(options):
                self.refuse("run", MEDLEY, "--out", out, *options, names=names)
                self.assert_same(common.snapshot(out), before)
        store = self.dir / "another"
        self.run_ok(MEDLEY, "--port", "139", "--store", store, out="other")
        self.refuse("run", MEDLEY, "--out", self.dir / "new", "--store", store, "--lens", "0.0.0.0/8", names=("--store",))
        self.run_ok(MEDLEY, "--store", store, out="new")
        self.assertIn("port 139\n", (store / "key").read_text())

    def test_store_of_another_format(self):
        """The remedy is one that helps: another store, or this one removed."""
        out, _ = self.run_ok(MEDLEY)
        key = out / "restricted" / "store" / "key"
        before = re.search("format ([0-9]+)", key.read_text())[1]
        key.write_text(key.read_text().replace(f"format {before}", f"format {int(before) + 1}"))
        done = self.refuse("run", MEDLEY, "--out", out, names=(f"format {int(before) + 1}", f"format {before}", "--store"))
        self.assertNotIn("--port", done.err)
        key.write_text("something else\n")
        self.refuse("run", MEDLEY, "--out", out, names=("not a store",))
        shutil.rmtree(key.parent)
        self.run_ok(MEDLEY)
        # A tally of another format is named, and stays as it is where nothing is scanned.
        tally, = key.parent.glob("*/*.tally")
        data = bytearray(tally.read_bytes())
        data[8] += 1
        tally.write_bytes(data)
        done = common.call("reduce", MEDLEY, "--out", out)
        self.assertNotEqual(done.code, common.DONE)
        self.assertIn("format", done.err)
        self.assertEqual(tally.read_bytes(), data)

    def test_options_that_leave_nothing(self):
        """The tables are right, and what made them empty is said."""
        for number, (options, names) in enumerate(((("--since", "2008-11-25"), ("--since", "2008-11-21T")),
                                                   (("--until", "2008-11-20"), ("--until", "2008-11-21T")),
                                                   (("--port", "9"), ("--port", "port 9")),
                                                   (("--lens", "1.0.0.0/8"), ("--lens",)))):
            with self.subTest(options):
                _, done = self.run_ok(MEDLEY, *options, out=f"nothing-{number}")
                for name in names:
                    self.assertIn(name, done.err)

    def test_store_elsewhere(self):
        """Several outputs from one store; what is written doesn't depend on where it is."""
        one, _ = self.run_ok(MEDLEY, "--store", self.dir / "store", out="one")
        two, _ = self.run_ok(MEDLEY, "--store", self.dir / "store", out="two")
        plain, _ = self.run_ok(MEDLEY, out="plain")
        self.assertEqual(self.scanned(two), 0)
        self.assertFalse((one / "restricted" / "store").exists())
        self.assertEqual(stat.S_IMODE((self.dir / "store").stat().st_mode), 0o700)
        skip = ("run.log", "restricted/store")
        self.assert_same(common.snapshot(one), common.snapshot(two))
        self.assert_same(common.snapshot(one, skip), common.snapshot(plain, skip))

    def test_spans_need_no_rescan(self):
        self.run_ok(MEDLEY)
        seen = walk.Walk(MEDLEY).packets
        for options, more in ((("--since", "2008-11-21"), {"since": 1227225600}),
                              (("--until", "2008-11-21"), {"until": 1227225600}),
                              (("--timeline-bin", "60"), {"width": 60}), (("--silence", "300"), {"silence": 300})):
            with self.subTest(options):
                out, _ = self.run_ok(MEDLEY, *options)
                self.assertEqual(self.scanned(out), 0)
                got = common.read_tables(out)
                for name, rows in expected.tables(seen, **more).items():
                    self.assertEqual(got[name], rows, name)
                hours = {row[0][:13] for row in got["hourly"][1:]}
                sets = {path.stem for path in (out / "restricted" / "sources").iterdir()}
                self.assertEqual(sets, hours, "sets of hours outside the span don't stay behind")

    def test_damage_is_remembered(self):
        """A run that scans nothing knows of damage all the same."""
        torn = common.DATA / "torn-gzip.pcap.gz"
        out, _ = self.run_ok(torn, code=common.DAMAGED)
        before = common.snapshot(out)
        out, done = self.run_ok(torn, code=common.DAMAGED)
        self.assertEqual(self.scanned(out), 0)
        self.assertIn("torn-gzip.pcap.gz", done.err)
        self.assert_same(common.snapshot(out), before)


class Output(common.Case):
    def test_nothing_names_a_source(self):
        """Outside restricted/ no file holds an address, in any notation, and none of the telescope's octets."""
        captures = [MEDLEY, common.DATA / "figure5.pcap.gz", common.DATA / "edge-sources.pcap",
                    common.DATA / "torn-record.pcap"]
        out, done = self.run_ok(*captures, "--lens", "0.0.0.0/8", code=common.DAMAGED)
        sources = {packet.source for path in captures for packet in walk.Walk(path).packets if packet.source}
        outside = {name: data for name, (_, data) in common.snapshot(out, skip=("restricted",)).items() if data}
        self.assertGreaterEqual(set(outside), {"run.log", "summary.json", "tables/hourly.csv", "tables/total.csv"})
        for name, data in [*outside.items(), ("standard error", (done.out + done.err).encode())]:
            text = data.decode(errors="replace")
            self.assertEqual([one for one in common.addresses_in(text) if one != "0.0.0.0"], [], name)
            for source in sources:
                # Small numbers stand for many things, but a source's 32 bits for none else.
                if source > 2**24:
                    self.assertNotRegex(text, rf"(?<!\d){source}(?!\d)", name)
                    self.assertNotIn(f"{source:08x}", text, name)
        self.assertGreater(len(common.read_csv(out / "restricted" / "earliest.csv")), 10)

    def test_lens_is_written_without_its_first_octet(self):
        header, records = common.records(MEDLEY.read_bytes())
        moved = self.dir / "moved.pcap"    # all destinations to 44.0.0.0/8
        moved.write_bytes(header + b"".join(record[:32] + b"\x2c" + record[33:] for record in records))
        out, done = self.run_ok(moved, "--lens=44.0.0.0/9")
        self.run_ok(moved, "--lens", "44.0.0.0/9")
        self.assertGreater(int(common.read_csv(out / "tables" / "total.csv")[1][1]), 20)
        for name, (_, data) in common.snapshot(out, skip=("restricted",)).items():
            self.assertEqual([one for one in common.addresses_in((data or b"").decode(errors="replace"))
                              if one.startswith("44.")], [], name)
        self.assertEqual(common.addresses_in(done.err), [])
        self.assertIn("0.0.0.0/9", (out / "summary.json").read_text())

    def test_a_lens_that_shows_too_little(self):
        """Narrower than a /24 all fourth octets are low, or all are high."""
        for prefix, narrow in (("0.0.0.0/25", True), ("0.0.0.128/32", True), ("0.0.0.0/24", False)):
            _, done = self.run_ok(MEDLEY, "--lens", prefix, out=prefix.replace("/", "-"))
            self.assertEqual("narrower than a /24" in done.err, narrow, done)

    def test_modes(self):
        """Also where the folder was there before, and under any umask."""
        old = os.umask(0)
        self.addCleanup(os.umask, old)
        restricted = self.dir / "out" / "restricted"
        restricted.mkdir(parents=True)
        restricted.chmod(0o755)
        out, _ = self.run_ok(MEDLEY)
        self.assertEqual(stat.S_IMODE(restricted.stat().st_mode), 0o700)
        self.assertEqual(stat.S_IMODE((out / "tables" / "hourly.csv").stat().st_mode) & 0o400, 0o400)

    def test_summary(self):
        """What depends on clock, host or rank is in run.log and nowhere else."""
        out, _ = self.run_ok(MEDLEY)
        torn, _ = self.run_ok(common.DATA / "torn-record.pcap", out="torn", code=common.DAMAGED)
        summary = common.read_summary(out)
        self.assertGreaterEqual(set(summary), {"version", "options", "inputs", "totals"})
        read = {"capture", "state", "size", "identity", "link_type", "records", "set_aside", "damage"}
        left_out = {"capture", "state", "size", "identity", "duplicate_of", "why"}
        for entry in summary["inputs"]:
            self.assertGreaterEqual(set(entry), left_out if entry["state"] == "duplicate" else read)
            self.assertEqual(entry["size"], (common.DATA / entry["capture"]).stat().st_size)
        by_name = {entry["capture"]: entry for entry in summary["inputs"]}
        self.assertEqual(by_name["link-raw.pcap"]["damage"], [])
        entry, = common.read_summary(torn)["inputs"]
        self.assertEqual((len(entry["damage"]), entry["records"]), (1, 50))
        self.assertIn(os.uname().nodename, common.read_log(out))

    def test_numbers_and_lines(self):
        out, _ = self.run_ok(MEDLEY, common.DATA / "outages.pcap.gz")
        for path in Path(out).rglob("*.csv"):
            if path.stem not in ("hourly", "daily", "first_seen", "total", "earliest"):
                continue
            data = path.read_bytes()
            self.assertTrue(data.endswith(b"\n"), path)
            for bad in (b"\r", b" ", b'"', b"e+"):
                self.assertNotIn(bad, data, path)

    def test_no_leftovers(self):
        """Nothing temporary is left behind."""
        out, _ = self.run_ok(MEDLEY, common.DATA / "flags.pcap.gz")
        names = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
        tables = {f"tables/{name}.csv" for name in ("hourly", "daily", "first_seen", "total")}
        self.assertGreaterEqual(names, tables | {"run.log", "summary.json", "restricted/earliest.csv"})
        self.assertEqual([name for name in names if re.search(r"tmp|temp|partial|~|\.part$", name)], [])

    def test_sets(self):
        """Roaring's portable format: the cookie, the containers' keys and sizes are those of the hour's sources."""
        out, _ = self.run_ok(common.DATA / "many-sources.pcap.gz")
        (path,) = (out / "restricted" / "sources").iterdir()
        self.assertEqual(path.name, "2008-11-21T00.roaring")
        sources = {packet.source for packet in walk.Walk(common.DATA / "many-sources.pcap.gz").packets}
        self.assertEqual(roaring(path.read_bytes()), sources)


def roaring(data):
    """The set in a portable Roaring bitmap, https://github.com/RoaringBitmap/RoaringFormatSpec"""
    def u16(at):
        return int.from_bytes(data[at:at + 2], "little")
    if u16(0) == 12347:    # with runs
        size, at = u16(2) + 1, 4
        runs = data[at:at + (size + 7) // 8]
        at += len(runs)
        offsets = size >= 4
    else:
        assert int.from_bytes(data[:4], "little") == 12346
        size, at, runs, offsets = int.from_bytes(data[4:8], "little"), 8, bytes(8192), True
    heads = [(u16(at + 4 * n), u16(at + 4 * n + 2) + 1) for n in range(size)]
    at += 4 * size + (4 * size if offsets else 0)
    found = set()
    for n, (key, count) in enumerate(heads):
        if runs[n // 8] >> n % 8 & 1:
            low = [value for run in range(u16(at)) for start, more in [(u16(at + 2 + 4 * run), u16(at + 4 + 4 * run))]
                   for value in range(start, start + more + 1)]
            at += 2 + 4 * u16(at)
        elif count <= 4096:
            low = [u16(at + 2 * value) for value in range(count)]
            at += 2 * count
        else:
            low = [value for value in range(65536) if data[at + value // 8] >> value % 8 & 1]
            at += 8192
        assert len(low) == count
        found.update(key << 16 | value for value in low)
    assert at == len(data)
    return found


if __name__ == "__main__":
    common.main()
