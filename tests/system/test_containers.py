#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every compression that is read, whole, padded, torn and damaged, judged by Python's gzip, bz2 and lzma modules and by what
the zstd and lz4 programs wrote. Kinds that weren't built in, or whose program is missing, are left out."""

import bz2
import functools
import gzip
import json
import lzma
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from pathlib import Path

import common
import test_damage_reader as reader
from test_damage_reader import BASE, CORRUPT, HOUR, TORN, TRAILING, WINDOW, capture, walk

BUILT_IN = common.built_in()


def program(*command):
    if not shutil.which(command[0]):
        sys.exit(f"the program {command[0]} is missing: scripts/install-deps test")
    return lambda data: subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def compressors():
    kinds = {"gzip": gzip.compress, "gzip, stored": lambda data: gzip.compress(data, 0)}
    if "xz" in BUILT_IN:
        kinds["xz"] = lambda data: lzma.compress(data, preset=0)
        for check in (lzma.CHECK_NONE, lzma.CHECK_CRC32, lzma.CHECK_SHA256):
            kinds[f"xz, check {check}"] = lambda data, check=check: lzma.compress(data, check=check, preset=0)
    if "bzip2" in BUILT_IN:
        kinds["bzip2"] = bz2.compress
        kinds["bzip2, small blocks"] = lambda data: bz2.compress(data, 1)
    if "zstd" in BUILT_IN:
        for name, options in {"zstd": (), "zstd, level 19": ("-19",), "zstd, no checksum": ("--no-check",)}.items():
            kinds[name] = program("zstd", "-q", "-c", *options)
    if "lz4" in BUILT_IN:
        for name, options in {"lz4": (), "lz4, 64 KiB": ("-B4",), "lz4, all checksums": ("-B4", "-BX", "--content-size"),
                              "lz4, linked": ("-B4", "-BD"), "lz4, legacy": ("-l",)}.items():
            kinds[name] = program("lz4", "-q", "-c", *options)
    return kinds


KINDS = compressors()
DECOMPRESSORS = {"gzip": lambda: zlib.decompressobj(31), "xz": lzma.LZMADecompressor, "bzip2": bz2.BZ2Decompressor}


def content_of(kind, cut):
    """What a member that was cut short still holds, or None where no library here tells."""
    make = DECOMPRESSORS.get(kind.split(",")[0])
    return make().decompress(cut) if make else None


@functools.lru_cache(maxsize=100)
def lines_of(content):
    return walk(content)[0]


def lines(*captures):
    return [line for content in captures for line in lines_of(content)]


class Containers(reader.Damage):
    def read_each(self, *contents):
        """As a file and as a pipe, which can be read only once, and so is read with zlib."""
        paths = [Path(self.folder.name) / f"capture{i}" for i in range(len(contents))]
        for path, data in zip(paths, contents):
            path.write_bytes(data)
        files = reader.dump_all(paths)
        for said, piped in zip(files, reader.dump_all(paths, "--decode", "cat")):
            self.assertEqual(vars(said), vars(piped))
            self.assertEqual(said.records, len(said.packets))
        return files

    def read_pieces(self, data):
        return self.read_each(data)[0]

    # --- nothing wrong

    def test_whole(self):
        plain = capture(1500, span=3 * 3600)
        another = capture(300, BASE + 4 * 3600)
        pieces = [plain[at:at + 30000] for at in range(0, len(plain), 30000)]
        for kind, compress in KINDS.items():
            with self.subTest(kind=kind):
                files = ((compress(plain), [plain]), (compress(plain) + compress(another), [plain, another]),
                         (compress(b"") + b"".join(map(compress, pieces)) + compress(b""), [plain]))
                for said, (_, expected) in zip(self.read_each(*(data for data, _ in files)), files):
                    self.assertEqual(said.packets, lines(*expected))
                    self.assertEqual((said.damage, said.padding, said.passed), ({}, 0, 0))

    def test_mixed(self):
        """Members of all kinds in one file, with frames to be skipped where zstd or lz4 know them."""
        captures = [capture(200, BASE + 3600 * i, seed=i) for i in range(len(KINDS))]
        skipped = struct.pack("<II", 0x184d2a53, 7) + b"skipped" if "zstd" in BUILT_IN or "lz4" in BUILT_IN else b""
        data = skipped + b"".join(compress(content) + skipped for compress, content in zip(KINDS.values(), captures))
        said = self.read_pieces(data)
        self.assertEqual((said.packets, said.damage), (lines(*captures), {}))

    @unittest.skipUnless("xz" in BUILT_IN, "xz isn't built in")
    def test_lzma(self):
        plain = capture(3000, span=3 * 3600)
        data = lzma.compress(plain, format=lzma.FORMAT_ALONE)
        said = self.read_pieces(data)
        self.assertEqual((said.packets, said.damage), (lines(plain), {}))
        known = data[:5] + struct.pack("<Q", len(plain)) + data[13:]
        said = self.read_pieces(known + bytes(100))
        self.assertEqual((said.packets, said.damage), (lines(plain), {}))
        cut = data[:len(data) // 2]
        said = self.read_pieces(cut)
        held = lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress(cut)
        self.assertEqual((said.packets, said.damage), (lines(held), {TORN: 1}))

    def test_padding(self):
        plain, another = capture(50), capture(50, BASE + 3600)
        for kind, compress in KINDS.items():
            with self.subTest(kind=kind):
                member, lengths = compress(plain), (1, 511, (1 << 20) + 3)
                *padded, two, strange = self.read_each(
                    *(member + bytes(zeros) for zeros in lengths),
                    member + bytes(512) + compress(another) + bytes(1024), member + bytes(512) + b"x")
                for said, zeros in zip(padded, lengths):
                    self.assertEqual((said.packets, said.damage, said.padding), (lines(plain), {}, zeros))
                self.assertEqual((two.packets, two.damage, two.padding), (lines(plain, another), {}, 1536))
                self.assertEqual((strange.packets, strange.damage, strange.passed), (lines(plain), {TRAILING: 1}, 1))

    # --- a member that is cut short, and one after it

    def cuts_of(self, whole, n, seed):
        rng = random.Random(seed)
        return sorted({*rng.sample(range(20, len(whole) - 12), n), *range(2, 12), len(whole) - 9, len(whole) - 1})

    def test_torn_then_whole(self):
        first, torn, last = capture(40), capture(1000, BASE + 3600, seed=2), capture(50, BASE + 7200, seed=3)
        for kind, compress in KINDS.items():
            with self.subTest(kind=kind):
                whole = compress(torn)
                magic = 10 if kind.startswith("bzip2") else 6 if kind.startswith("xz") else 4
                cuts = [cut for cut in self.cuts_of(whole, 6, 1) if cut > magic]
                before, after = compress(first), compress(last)
                files = [before + whole[:cut] + after for cut in cuts]
                for cut, said in zip(cuts, self.read_all(files)):
                    with self.subTest(kind=kind, cut=cut):
                        n = len(said.packets) - 40 - 50
                        self.assertEqual(said.packets, lines(first) + lines(torn)[:n] + lines(last))
                        held = content_of(kind, whole[:cut])
                        if held is not None:
                            self.assertEqual(n, len(walk(held)[0]))
                        self.assertEqual(said.damage, {TORN: 1})
                        self.assertEqual(int(said.details[0][1]), len(before) + cut)
                        self.assertEqual(said.passed, 0)
                        self.assertLessEqual({HOUR + 1}, said.hours)

    def test_torn_one_after_another(self):
        """A recorder that was killed again and again: all that each began to write is there."""
        rng = random.Random(5)
        captures = [capture(300, BASE + 3600 * i, seed=i) for i in range(8)]
        for kind, compress in KINDS.items():
            with self.subTest(kind=kind):
                members = [compress(content) for content in captures]
                cut = [member[:rng.randrange(len(member) // 3, len(member) - 20)] for member in members[:-1]] + members[-1:]
                said = self.read_pieces(b"".join(cut))
                self.assertEqual(said.damage, {TORN: 7})
                expected = []
                for content, member in zip(captures, cut):
                    held = content_of(kind, member)
                    n = len(walk(held)[0]) if held is not None else \
                        sum(line in said.packets for line in lines(content)) if member is not cut[-1] else 300
                    expected += lines(content)[:n]
                self.assertEqual(said.packets, expected)

    def test_torn_within_one_capture(self):
        """Members that go on where the one before stopped, in the middle of a record: reading goes on with the next whole
        record."""
        plain = capture(1500, span=3 * 3600)
        ends = [24]
        for data in reader.records_of(plain):
            ends.append(ends[-1] + 16 + len(data))
        thirds = (len(plain) // 3, 2 * len(plain) // 3)
        after = next(i for i, end in enumerate(ends) if end >= thirds[1])
        for kind, compress in KINDS.items():
            with self.subTest(kind=kind):
                a, b, c = compress(plain[:thirds[0]]), compress(plain[thirds[0]:thirds[1]]), compress(plain[thirds[1]:])
                for said in self.read_each(*(a + b[:len(b) // 2] + hole + c
                                             for hole in (b"", b"no member, but what a disk wrote here"))):
                    n = len(said.packets) - (1500 - after)
                    self.assertGreaterEqual(n, sum(end <= thirds[0] for end in ends) - 1)
                    self.assertEqual(said.packets[:n - 2], lines(plain)[:n - 2])    # the hole's bytes may end a record
                    self.assertEqual(said.packets[n:], lines(plain)[after:])
                    self.assertEqual(said.damage.get(TORN, 0) + said.damage.get(CORRUPT, 0), 1)
                    hours = {int(line.split()[0]) // 3600000000 for line in lines(plain)[n - 1:after + 1]}
                    self.assertLessEqual(hours, said.hours)

    def test_a_member_within_a_member(self):
        """A payload that is a compressed capture isn't where its member ends."""
        inner = capture(100, BASE + 5 * 3600)
        rng = random.Random(4)
        for kind, compress in KINDS.items():
            with self.subTest(kind=kind):
                packed = compress(inner)
                outer = reader.header() + b"".join(
                    reader.record(BASE + i, reader.frame(rng) + (packed[:20000] if i == 50 else b"")) for i in range(100))
                for said in self.read_each(gzip.compress(outer, 0), *([] if kind.startswith("gzip") else [compress(outer)])):
                    self.assertEqual((said.packets, said.damage), (lines(outer), {}))

    # --- hours that nobody can read

    def test_swallowed(self):
        hours = [capture(100, BASE + 3600 * i, seed=i) for i in range(4)]
        for kind, compress in KINDS.items():
            with self.subTest(kind=kind):
                a, b, c, d = map(compress, hours)
                noise = random.Random(1).randbytes(len(b + c))
                one, two, noisy, goes_on = self.read_each(a + b[:16], a + b + c[:20], a + noise, a + noise + d)
                self.assertEqual((max(one.hours), max(two.hours)), (HOUR + 1, HOUR + 2))    # as much as the member before
                self.assertEqual(noisy.hours, {HOUR, HOUR + 1, HOUR + 2})                   # as much as the bytes before
                if kind != "lz4, legacy":    # which has no end
                    self.assertEqual((noisy.damage, noisy.passed), ({TRAILING: 1}, len(noise)))
                self.assertEqual((goes_on.packets, goes_on.passed), (lines(hours[0], hours[3]), len(noise)))
                self.assertEqual(goes_on.hours, {HOUR + i for i in range(4)})

    def test_corrupt(self):
        """What comes before the damage is there, and so is the next member; where checksums alone tell, all hours of the
        member are marked."""
        plain, another = capture(1500, span=3 * 3600), capture(100, BASE + 5 * 3600)
        for kind, compress in KINDS.items():
            with self.subTest(kind=kind):
                whole = compress(plain)
                files = []
                for share in (30, 60, 90):
                    data = bytearray(whole)
                    at = len(data) * share // 100
                    data[at:at + 40] = bytes(byte ^ 0xff for byte in data[at:at + 40])
                    files.append(bytes(data) + compress(another))
                for said in self.read_each(*files):
                    self.assertEqual(said.packets[-100:], lines(another))
                    if "no checksum" not in kind and kind not in ("xz, check 0", "lz4, legacy"):
                        self.assertNotEqual(said.damage, {})
                    self.assertLessEqual(len(said.packets), 1700)

    # --- memory

    @unittest.skipUnless("zstd" in BUILT_IN, "zstd isn't built in")
    def test_zstd_windows(self):
        plain = capture(100)
        for exponent, mantissa in ((17, 0), (20, 0), (20, 1), (21, 0), (31, 7)):
            header = struct.pack("<IBB", 0xfd2fb528, 0, exponent << 3 | mantissa)
            frame = header + struct.pack("<I", len(plain) << 3 | 1)[:3] + plain
            window = (1 << 10 + exponent) * (8 + mantissa) // 8
            said = self.read_pieces(frame)
            if window <= 1 << 30:
                self.assertEqual((said.packets, said.damage), (lines(plain), {}))
            else:
                self.assertEqual((said.packets, said.damage), ([], {WINDOW: 1}))
                self.assertEqual(int(said.details[0][6]), window)
                another = capture(50, BASE + 3600)
                said = self.read_pieces(frame + gzip.compress(another))
                self.assertEqual((said.packets, said.damage), (lines(another), {WINDOW: 1}))
        # A single segment: its window is its length.
        frame = struct.pack("<IBQ", 0xfd2fb528, 0xe0, 3 << 30) + struct.pack("<I", len(plain) << 3 | 1)[:3] + plain
        said = self.read_pieces(frame)
        self.assertEqual((said.damage, int(said.details[0][6])), ({WINDOW: 1}, 3 << 30))

    @unittest.skipUnless("xz" in BUILT_IN, "xz isn't built in")
    def test_xz_dictionaries(self):
        plain = capture(100)
        for size, bits in ((512 << 20, 34), (1 << 30, 36), (3 << 29, 37), (0xffffffff, 40)):
            data = bytearray(lzma.compress(plain))
            self.assertEqual(data[14:16], b"\x21\x01")    # LZMA2, one byte of properties: the dictionary's size
            data[16] = bits
            end = 12 + (data[12] + 1) * 4
            data[end - 4:end] = struct.pack("<I", zlib.crc32(data[12:end - 4]))
            said = self.read_pieces(bytes(data))
            if size <= 1 << 30:
                self.assertEqual((said.packets, said.damage), (lines(plain), {}))
            else:
                self.assertEqual(said.damage, {WINDOW: 1})
                self.assertGreaterEqual(int(said.details[0][6]), size)

    # --- what the program says

    def test_summary(self):
        folder = Path(self.folder.name) / "captures"
        folder.mkdir()
        plain = capture(300)
        (folder / "padded.pcap.gz").write_bytes(gzip.compress(plain) + bytes(512))
        done, out = self.run_program(folder, "padded")
        self.assertEqual(done.returncode, 0, done.stderr)
        capture_of = json.loads((out / "summary.json").read_text())["inputs"][0]
        self.assertEqual((capture_of["padding_bytes"], capture_of["damage"]), (512, []))
        (folder / "torn.pcap.gz").write_bytes(gzip.compress(plain) + b"trash" * 9 + gzip.compress(plain))
        done, out = self.run_program(folder, "torn")
        self.assertEqual(done.returncode, 3)
        torn = json.loads((out / "summary.json").read_text())["inputs"][1]
        self.assertEqual(torn["bytes_passed_over"], 45)
        self.assertIn("(45 bytes passed over)", done.stderr)
        if "zstd" in BUILT_IN:
            frame = struct.pack("<IBB", 0xfd2fb528, 0, 21 << 3) + struct.pack("<I", len(plain) << 3 | 1)[:3] + plain
            (folder / "window.pcap.zst").write_bytes(frame)
            done, out = self.run_program(folder, "window")
            self.assertEqual(done.returncode, 3)
            self.assertIn("2048 MiB", done.stderr)
            self.assertIn("--decode 'zstd -dcf --long=31'", done.stderr)

    def run_program(self, folder, name):
        out = Path(self.folder.name) / name
        return subprocess.run([common.PROGRAM, "run", folder, "--out", out, "--no-report", "--quiet"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True), out


def load_tests(loader, tests, pattern):
    """Without those of the class that Containers is derived from."""
    own = [name for name in vars(Containers) if name.startswith("test_")]
    return unittest.TestSuite(map(Containers, own))


if __name__ == "__main__":
    unittest.main()
