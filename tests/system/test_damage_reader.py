#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The reader against every kind of damage, with both inflaters, judged by a second reading that shares nothing with it:
zlib.decompressobj, fed byte by byte so that all that comes before an error is kept, and a walk over pcap with struct.

The reader is driven through tests/tools/dump_packets.c, which ctest names in DUMP_PACKETS."""

import gzip
import os
import random
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from collections import Counter
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "tests" / "oracle"))
import walk as layers    # for what lies before and in an IPv4 header  # noqa: E402

CAPTURES = Path(os.environ["PZ_CAPTURES"]) if "PZ_CAPTURES" in os.environ else None    # see common.py
BASE = 1227286800                                 # 2008-11-21T17:00:00Z
HOUR = BASE // 3600
EARLIEST, LATEST = 946684800, 2145916800          # 2000-01-01 and 2038-01-01
RECORD_MAX = 262144
LINKS = {1: 14, 101: 0}

TORN = "compressed_data_ends_before_its_member_does"
CORRUPT = "compressed_data_is_corrupt"
CHECKSUM = "checksum_or_length_of_a_compressed_member_is_wrong"
TRAILING = "bytes_after_a_compressed_member_are_not_compressed"
WINDOW = "compressed_data_needs_more_memory_than_a_rank_may_use"
RECORD_TORN = "a_capture_ends_inside_a_record_or_header"
ABSURD = "a_record_claims_an_absurd_length;_nothing_after_it_can_be_read"
NOT_PCAP = "a_part_of_the_file_is_no_capture"
UNKNOWN_LINK = "unknown_link_type"
TIME_BACK = "time_jumps_back_by_more_than_15_seconds"
TIME_RANGE = "a_record's_time_is_before_2000_or_after_2038"
RARE = "libpcap_cannot_read_on"
EMPTY = "the_file_is_empty,_or_decompresses_to_nothing"
UNREADABLE = "the_file_cannot_be_read"
CHANGED = "the_file_changed_while_it_was_read"
FILTER = "the_decoding_command_failed"


def find_dump():
    if "DUMP_PACKETS" in os.environ:
        return os.environ["DUMP_PACKETS"]
    built = sorted(REPO.glob("build/*/tests/dump_packets"), key=lambda path: path.stat().st_mtime)
    if not built:
        sys.exit("there is no dump_packets: build one, or name it in DUMP_PACKETS")
    return str(built[-1])


DUMP = find_dump()


# --- what the reader says

class Said:
    """What it says of one file."""

    def __init__(self, lines):
        self.packets, self.details, self.hours, self.damage = [], [], set(), {}
        self.padding = self.passed = 0    # bytes
        for line in lines:
            word, _, rest = line.partition(" ")
            if word == "packet":
                self.packets.append(rest)
            elif word == "status":
                self.status = rest
            elif word == "records":
                self.records = int(rest)
            elif word == "link":
                self.link = rest
            elif word == "damage":
                count, reason = rest.split()
                self.damage[reason] = int(count)
            elif word == "detail":
                self.details.append(rest.split())
            elif word in ("padding", "passed"):
                setattr(self, word, int(rest))
            elif word == "hours":
                first, last = map(int, rest.split())
                self.hours.update(range(first, last + 1))
            else:
                raise AssertionError(line)

    def fates(self):
        return Counter(packet.split()[1] for packet in self.packets)


def dump_all(paths, *options):
    done = subprocess.run([DUMP, *options, *map(str, paths)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=900)
    if done.returncode != 0:
        raise AssertionError(f"{paths}: exit {done.returncode}\n{done.stderr.decode(errors='replace')}")
    blocks = []
    for line in done.stdout.decode(errors="surrogateescape").splitlines():
        if line.startswith("file "):
            blocks.append([])
        else:
            blocks[-1].append(line)
    assert len(blocks) == len(paths)
    return [Said(block) for block in blocks]


def dump(path, *options):
    return dump_all([path], *options)[0]


# --- captures

def ipv4(rng, protocol=6, ihl=5, total=None, fragment=0x4000, body=b""):
    length = 4 * ihl + len(body) if total is None else total
    head = struct.pack(">BBHHHBBHII", 0x40 | ihl, rng.choice((0, 0xb8)), length, rng.getrandbits(16), fragment,
                       rng.randrange(256), protocol, 0, rng.getrandbits(32), 0x2c000000 | rng.getrandbits(24))
    return head + b"\1" * max(0, 4 * ihl - 20) + body


def tcp(rng, port=445, flags=2, offset=7):
    return struct.pack(">HHIIBBHHH", rng.randrange(65536), port, rng.getrandbits(32), 0, offset << 4, flags, 65535, 0,
                       0) + b"\2\4\5\xb4\1\1\4\2"


def frame(rng):
    """One of all that a telescope hears, as IPv4 or None."""
    kind = rng.randrange(12)
    if kind < 4:
        return ipv4(rng, body=tcp(rng))
    return (ipv4(rng, body=tcp(rng, port=rng.choice((80, 139, 22)))), ipv4(rng, body=tcp(rng, flags=0x12)),
            ipv4(rng, protocol=17, body=b"\0" * 8), ipv4(rng, fragment=0x0010, body=tcp(rng)),
            ipv4(rng, body=tcp(rng, offset=3)), ipv4(rng, total=30, body=tcp(rng)), ipv4(rng, ihl=8, body=tcp(rng)),
            ipv4(rng, body=tcp(rng))[:rng.randrange(34)])[kind - 4]


def header(link=101, order="<", magic=0xa1b2c3d4, version=(2, 4)):
    return struct.pack(order + "IHHiIII", magic, *version, 0, 0, 65535, link)


def record(second, data, fraction=0, order="<", length=None):
    length = len(data) if length is None else length
    return struct.pack(order + "IIII", second, fraction, length, len(data)) + data


def capture(n, begin=BASE, span=3600, seed=1, link=101):
    """n packets over so many seconds."""
    rng = random.Random(seed)
    front = b"" if link == 101 else bytes(12) + b"\x08\0"
    return header(link) + b"".join(
        record(begin + i * span // n, front + frame(rng), rng.randrange(1000000)) for i in range(n))


# --- the second reading

FIELDS = struct.Struct(">BBHHHBBHII")


def judge(usec, link, data):
    """The line that dump_packets must print for a record."""
    fate, ip, ports, seq, flags = "scan", None, (0, 0), 0, 0
    second = usec // 1000000
    if link not in LINKS:
        fate = "unknown_link_type"
    else:
        try:
            ip = layers.LINKS[link](data)
        except layers.CutShort:
            fate = "cut_short"
        except layers.Other as other:
            fate = str(other)
        if ip is not None and ip and ip[0] >> 4 != 4:
            fate, ip = "bad_ip_header", None
        elif ip is not None and len(ip) < 20:
            fate, ip = "cut_short", None
    total = ident = tos = ttl = protocol = source = destination = 0
    if ip is not None:
        first, tos, total, ident, fragment, ttl, protocol, _, source, destination = FIELDS.unpack_from(ip)
        nip = 4 * (first & 15)
        if nip < 20 or 0 < total < nip:
            fate = "bad_ip_header"
        elif protocol != 6:
            fate = layers.other_protocol(ip, nip)
        elif fragment & 0x1fff:
            fate = "later_fragment"
        elif 0 < total < nip + 14:
            fate = "bad_ip_header"
        elif len(ip) < nip + 14:
            fate = "cut_short"
        else:
            *ports, seq = struct.unpack_from(">HHI", ip, nip)
            offset, flags = ip[nip + 12] >> 4, ip[nip + 13]
            if offset < 5:
                fate = "bad_tcp_header"
            elif ports[1] != 445:
                fate = "other_tcp_port"
            elif flags & 0x17 != 2:
                fate = "other_tcp_flags"
    if second < EARLIEST:
        fate = "time_before_2000"
    elif second >= LATEST:
        fate = "time_after_2038"
    return (f"{usec} {fate} {source:08x} {destination:08x} {ports[0]} {ports[1]} {seq} {total} {ident} {tos} {ttl} "
            f"{protocol} {flags}")


def walk(data):
    """The packets of one capture, as lines, as far as whole records go; and why it ended: "", "torn" or "absurd"."""
    if len(data) < 24:
        return [], "torn" if data else ""
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    magic, = struct.unpack_from(order + "I", data)
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xffff
    nano = 1000 if magic == 0xa1b23c4d else 1
    at, lines = 24, []
    while at < len(data):
        if len(data) - at < 16:
            return lines, "torn"
        second, fraction, captured = struct.unpack_from(order + "III", data, at)
        if captured > RECORD_MAX:
            return lines, "absurd"
        if len(data) - at - 16 < captured:
            return lines, "torn"
        usec = second * 1000000 + min(fraction // nano, 999999)    # a larger fraction keeps its second
        lines.append(judge(usec, link, data[at + 16:at + 16 + captured]))
        at += 16 + captured
    return lines, ""


def inflate(data):
    """What a gzip file of one member holds up to an error, the error or "", and the place of it."""
    member, out = zlib.decompressobj(31), []
    for i in range(len(data)):
        try:
            out.append(member.decompress(data[i:i + 1]))
        except zlib.error as error:
            return b"".join(out), str(error), i
        if member.eof:
            return b"".join(out), "", i + 1
    return b"".join(out), "torn", len(data)


def hours_of(lines):
    return {int(line.split()[0]) // 3600000000 for line in lines
            if EARLIEST <= int(line.split()[0]) // 1000000 < LATEST}


class Damage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="pz-damage-")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def read_all(self, contents, *options):
        """Both inflaters, which must say the same; and nothing may be lost."""
        paths = [Path(self.folder.name) / f"capture{i}" for i in range(len(contents))]
        for path, content in zip(paths, contents):
            path.write_bytes(content)
        fast, slow = dump_all(paths, *options), dump_all(paths, "--zlib", *options)
        for said, other in zip(fast, slow):
            self.assertEqual(vars(said), vars(other))
            self.assertEqual(said.records, len(said.packets))
            self.assertEqual(said.records, sum(said.fates().values()))
        return fast

    def read(self, content, *options):
        return self.read_all([content], *options)[0]

    def check(self, data, captures, damage, hours, offset=None, status="done", options=()):
        """`captures`: (bytes, how many of their packets count or None for all), in order; `hours` behind 17:00."""
        said = self.read(data, *options)
        expected = []
        for content, n in captures:
            expected += walk(content)[0][:n]
        self.assertEqual(said.packets, expected)
        self.assertEqual(said.status, status)
        self.assertEqual(said.damage, {reason: 1 for reason in damage})
        self.assertEqual(said.hours, {HOUR + h for h in hours})
        self.assertEqual([detail[0] for detail in said.details], list(damage))
        if offset is not None:
            self.assertEqual(int(said.details[0][1]), offset)
        return said

    # --- nothing wrong

    def test_whole(self):
        for link in LINKS:
            plain = capture(3000, span=3 * 3600, link=link)
            said = self.check(plain, [(plain, None)], (), ())
            self.check(gzip.compress(plain), [(plain, None)], (), ())
            self.assertGreaterEqual(len(said.fates()), 8)    # all that a telescope hears is in it
            self.assertEqual(said.link, str(link))

    # --- gzip

    def test_torn_at_500_places(self):
        plain = capture(4000, span=3 * 3600, link=1)
        whole = gzip.compress(plain, 6)
        # One pass tells how much every prefix holds, since each byte's worth is kept as it comes.
        member, holds = zlib.decompressobj(31), [0]
        for i in range(len(whole)):
            holds.append(holds[-1] + len(member.decompress(whole[i:i + 1])))
        self.assertTrue(member.eof)
        ends = [24]
        while ends[-1] < len(plain):
            ends.append(ends[-1] + 16 + struct.unpack_from("<I", plain, ends[-1] + 8)[0])
        lines, _ = walk(plain)
        rng = random.Random(500)
        last = range(len(whole) - 20, len(whole))
        cuts = sorted({*rng.sample(range(1, len(whole)), 500), *range(1, 40), *last})
        for cut, said in zip(cuts, self.read_all([whole[:cut] for cut in cuts])):
            with self.subTest(cut=cut):
                n = sum(end <= holds[cut] for end in ends[1:])
                self.assertEqual(said.packets, lines[:n])
                self.assertEqual(said.damage, {TORN: 1})
                hour = sorted(hours_of(lines[:n]))[-1:]
                self.assertEqual(said.hours, set(hour))
                self.assertEqual(said.details[0][1:3], [str(cut), str(n)])

    def test_one_bit_flipped_at_300_places(self):
        plain = capture(1500, span=3 * 3600)
        whole = gzip.compress(plain, 6)
        rng = random.Random(300)
        seen, flips, damaged = Counter(), [], []
        for _ in range(300):
            flips.append((rng.randrange(10, len(whole)), 1 << rng.randrange(8)))
            damaged.append(bytearray(whole))
            damaged[-1][flips[-1][0]] ^= flips[-1][1]
        for flip, data, said in zip(flips, damaged, self.read_all(damaged)):
            with self.subTest(flip=flip):
                content, error, place = inflate(data)
                lines, end = walk(content)
                self.assertEqual(said.packets, lines)
                if error.endswith(("incorrect data check", "incorrect length check")):
                    kind = CHECKSUM
                    self.assertLessEqual(hours_of(lines), said.hours)
                elif error == "torn":
                    kind = TORN
                else:
                    kind = CORRUPT
                    # zlib may have looked at a few bytes more than the one that it stumbles over.
                    offset = next(int(detail[1]) for detail in said.details if detail[0] == kind)
                    self.assertLessEqual(abs(offset - place), 8)
                self.assertEqual(said.damage[kind], 1)
                self.assertEqual(said.damage.get(ABSURD, 0), end == "absurd")
                seen[kind] += 1
        self.assertGreater(seen[CHECKSUM], 20)
        self.assertGreater(seen[CORRUPT], 5)

    def test_checksum(self):
        plain = capture(500, span=2 * 3600)
        for back in (8, 5, 4, 1):    # of CRC, then of length, low and high
            data = bytearray(gzip.compress(plain))
            data[-back] ^= 1
            self.check(bytes(data), [(plain, None)], [CHECKSUM], (0, 1), offset=len(data))
        another = capture(100, BASE + 5 * 3600)
        data += gzip.compress(another)
        self.check(bytes(data), [(plain, None), (another, None)], [CHECKSUM], (0, 1))

    def test_corrupt_then_another(self):
        plain, another = capture(500), capture(100, BASE + 2 * 3600)
        n = 24 + sum(16 + len(r) for r in records_of(plain)[:40]) + 20    # forty records and a half
        stored = b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + b"\0" + struct.pack("<HH", n, n ^ 0xffff) + plain[:n]
        data = stored + b"\x07" + bytes(100)                         # a block of a type that doesn't exist
        self.check(data, [(plain, 40)], [CORRUPT], (0,), offset=len(stored) + 1)
        self.check(data + gzip.compress(another), [(plain, 40), (another, None)], [CORRUPT], (0, 1, 2))

    def test_trailing(self):
        plain = capture(100)
        whole = gzip.compress(plain)
        for garbage in (b"garbage", b"\x1f\x8b\x08\xff" * 4, random.Random(1).randbytes(300)):
            said = self.check(whole + garbage, [(plain, None)], [TRAILING], (0,), offset=len(whole))
            self.assertEqual((said.passed, int(said.details[0][5]), said.padding), (len(garbage), len(garbage), 0))
        self.check(whole + b"\x1f\x8b", [(plain, None)], [TORN], (0, 1), offset=len(whole) + 2)    # of the hour to come
        another = capture(100, BASE + 3600)
        self.check(whole + b"garbage" + gzip.compress(another), [(plain, None), (another, None)], [TRAILING], (0, 1))
        self.check(whole + b"\0" * 5 + b"garbage" + gzip.compress(another), [(plain, None), (another, None)], [TRAILING],
                   (0, 1), offset=len(whole) + 5)

    def test_members(self):
        plain = capture(1000, span=7200)
        for step in (len(plain) // 2, 1000, 65, 24):
            data = b"".join(gzip.compress(plain[i:i + step], 1) for i in range(0, len(plain), step))
            self.check(data, [(plain, None)], (), ())

    def test_no_capture(self):
        for content in (b"a note", b"a note of more than a header's length", random.Random(2).randbytes(100000)):
            for data in (content, gzip.compress(content), gzip.compress(content) * 3):
                self.check(data, [], [NOT_PCAP], (), status="no_capture")
        plain = capture(100)
        note = gzip.compress(b"a note of more than a header's length")
        self.check(note + gzip.compress(plain), [(plain, None)], [NOT_PCAP], (0,), offset=0)
        self.check(gzip.compress(b"a note") + gzip.compress(plain), [(plain, None)], [NOT_PCAP], (0,), offset=0)
        # Behind a capture, its bytes are where a record should be, and claim to be a large one.
        another = capture(100, BASE + 2 * 3600)
        self.check(gzip.compress(plain) + note + gzip.compress(another), [(plain, None), (another, None)], [ABSURD],
                   (0, 1, 2), offset=len(plain))

    def test_empty(self):
        self.check(b"", [], [EMPTY], (), offset=0)
        self.check(gzip.compress(b""), [], [EMPTY], ())

    # --- pcap

    def test_pcap_torn(self):
        plain = capture(50)
        size = len(plain)
        last = size - 16 - len(records_of(plain)[-1])
        for cut in range(last + 1, size):    # inside the last record's header, then inside its bytes
            for wrap in (bytes, gzip.compress):
                self.check(wrap(plain[:cut]), [(plain, 49)], [RECORD_TORN], (0,), offset=last)    # of what is inside
        for cut in range(4, 24):             # inside the file's header
            self.check(plain[:cut], [], [RECORD_TORN], (), offset=0)
            self.check(gzip.compress(plain[:cut]), [], [RECORD_TORN], (), offset=0)

    def test_pcap_torn_before_another(self):
        plain, another = capture(50), capture(60, BASE + 3600)
        for cut in range(1, 80):
            data = gzip.compress(plain[:-cut]) + gzip.compress(another)
            whole, end = walk(plain[:-cut])
            self.check(data, [(plain, len(whole)), (another, None)], [RECORD_TORN] if end else [], (0, 1) if end else ())

    def test_absurd(self):
        plain, another = capture(50), capture(60, BASE + 2 * 3600)
        for length in (RECORD_MAX + 1, 1 << 31, 0xffffffff):
            broken = plain + record(BASE + 3600, b"x" * 100, length=length) + record(BASE + 3600, b"y" * 100)
            for wrap in (bytes, gzip.compress):
                self.check(wrap(broken), [(plain, None)], [ABSURD], (0,), offset=len(plain))
            self.check(gzip.compress(broken) + gzip.compress(another), [(plain, None), (another, None)], [ABSURD],
                       (0, 1, 2))

    def test_times(self):
        rng = random.Random(3)
        def at(*seconds):
            return header() + b"".join(record(second, frame(rng)) for second in seconds)
        for wrap in (bytes, gzip.compress):
            data = at(BASE, BASE + 5 * 3600, BASE + 10, BASE + 20)
            self.check(wrap(data), [(data, None)], [TIME_BACK], (0, 5))
            data = at(BASE, BASE + 100, BASE + 85, BASE + 70)    # several queues' disorder
            self.check(wrap(data), [(data, None)], (), ())
            data = at(BASE, 7, BASE + 3600)
            said = self.check(wrap(data), [(data, None)], [TIME_RANGE], (0, 1))
            self.assertEqual(said.fates()["time_before_2000"], 1)
            data = at(BASE, LATEST, BASE + 1)
            said = self.check(wrap(data), [(data, None)], [TIME_RANGE], (0,))
            self.assertEqual(said.fates()["time_after_2038"], 1)
            data = at(0, 0, 0)
            said = self.read(wrap(data))
            self.assertEqual((said.damage, said.hours), ({TIME_RANGE: 3}, set()))

    def test_unknown_link(self):
        data = capture(100, span=2 * 3600, link=101)
        data = data[:20] + struct.pack("<I", 147) + data[24:]
        said = self.check(data, [(data, None)], [UNKNOWN_LINK], (0, 1))
        self.assertEqual(said.fates(), {"unknown_link_type": 100})

    # --- what happens to a file

    def test_unreadable(self):
        done = subprocess.run([DUMP, self.folder.name + "/none"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"No such file", done.stderr)
        if os.access("/proc/self/mem", os.R_OK):    # opens, and its first page can't be read
            said = dump("/proc/self/mem")
            self.assertEqual((said.status, said.damage, said.records), ("done", {UNREADABLE: 1}, 0))

    def test_changes_while_read(self):
        plain = capture(200, span=2 * 3600)
        path = Path(self.folder.name) / "capture"
        # The command that decodes it does it, so that it happens at a certain moment.
        for command in ("printf x >>%s", "rm %s", "truncate -s 100 %s", "cp %s %s.new; mv %s.new %s"):
            for data in (plain, gzip.compress(plain)):
                path.write_bytes(data)
                said = dump(path, "--decode", "cat; " + command.replace("%s", str(path)))
                self.assertEqual(said.packets, walk(plain)[0])
                self.assertEqual(said.damage, {CHANGED: 1})
                self.assertEqual(said.hours, {HOUR, HOUR + 1})

    def test_decode(self):
        plain = capture(200, span=2 * 3600)
        packed = bytes(255 - b for b in gzip.compress(plain))
        command = "python3 -c 'import sys; sys.stdout.buffer.write(bytes(255 - b for b in sys.stdin.buffer.read()))'"
        self.check(packed, [(plain, None)], (), (), options=("--decode", command))
        self.check(packed, [(plain, None)], [FILTER], (0, 1), options=("--decode", command + "; false"))
        self.check(packed, [], [FILTER], (), options=("--decode", "false"))

    @unittest.skipUnless(CAPTURES, "by hand: PZ_CAPTURES names a folder of captures and their manifest")
    def test_real_captures(self):
        """Read or refused for a stated reason; never fewer or more packets than others find, unless it says why."""
        counts = {}
        rows = [line.split("\t") for line in (CAPTURES / "MANIFEST.tsv").read_text().splitlines()]
        for row in rows[1:]:
            counts[row[0]] = row[7]
        files = [path for path in sorted(CAPTURES.rglob("*")) if path.is_file() and path.parent != CAPTURES]
        self.assertGreater(len(files), 400)
        for path, said, slow in zip(files, dump_all(files), dump_all(files, "--zlib")):
            with self.subTest(path=str(path.relative_to(CAPTURES))):
                self.assertEqual(vars(said), vars(slow))
                self.assertEqual(said.records, len(said.packets))
                expected = counts.get(str(path.relative_to(CAPTURES)), "-")
                if said.status == "no_capture":
                    self.assertEqual(said.records, 0)
                elif expected.isdigit() and not set(said.damage) & {RARE, ABSURD}:
                    self.assertEqual(said.records, int(expected))
                data = path.read_bytes()
                if data[:8] == b"\xd4\xc3\xb2\xa1\2\0\4\0" and not set(said.damage) & {ABSURD}:
                    self.assertEqual(len(walk(data)[0]), said.records)
                    if said.link in ("1", "101"):
                        self.compare_real(said.packets, walk(data)[0])

    def compare_real(self, packets, lines):
        """VLAN tags and what lies behind them are beyond the second reading: it finds no addresses there."""
        for packet, line in zip(packets, lines):
            if line.split()[2:4] != ["00000000", "00000000"]:
                self.assertEqual(packet, line)


def records_of(plain):
    at, records = 24, []
    while at < len(plain):
        captured, = struct.unpack_from("<I", plain, at + 8)
        records.append(plain[at + 16:at + 16 + captured])
        at += 16 + captured
    return records


if __name__ == "__main__":
    unittest.main()
