#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Nothing outside restricted/ names a source or the telescope's own prefix: every file of an output is searched."""

import hmac
import ipaddress
import os
import random
import re
import stat
import struct
from pathlib import Path

import common

LENS_OCTET = 45    # the telescope's first octet, which nobody is to learn
HOUR = 1227229200


def capture(path, sources):
    """An hour of scans to 45.0.0.0/8, as an archive that isn't masked holds them: raw IP."""
    rng = random.Random(11)
    records, time = [], HOUR * 10**6
    for n in range(6000):
        time += rng.randrange(1, 1000000)
        source = sources[rng.randrange(len(sources))]
        destination = LENS_OCTET << 24 | rng.getrandbits(24) & 0x7fff7f
        packet = struct.pack(">BBHHHBBHII", 0x45, 0, 48, n & 0xffff, 0x4000, 110, 6, 0, source, destination)
        packet += struct.pack(">HHIIBBHHH", 1024 + n % 3900, 445, rng.getrandbits(32), 0, 7 << 4, 2, 65535, 0, 0) + b"\1" * 8
        records.append(common.pcap_record(time, packet))
    path.write_bytes(common.pcap(records))


def forms(address):
    """How an address may be written."""
    packed = ipaddress.IPv4Address(address).packed
    return {str(ipaddress.IPv4Address(address)).encode(), packed.hex().encode(), str(address).encode(),
            ".".join(str(octet) for octet in reversed(packed)).encode()}


class Privacy(common.Case):
    def setUp(self):
        super().setUp()
        rng = random.Random(5)
        # Octets of three digits, so that no number of a table is one of them by chance.
        self.sources = [sum(rng.randrange(110, 220) << shift for shift in (24, 16, 8, 0)) for _ in range(60)]
        self.capture = self.dir / "capture.pcap"
        capture(self.capture, self.sources)

    def public_files(self, out):
        for folder, folders, files in os.walk(out):
            if Path(folder) == Path(out):
                folders.remove("restricted")
            for name in files:
                yield Path(folder, name)

    def search(self, out):
        found, searched = [], 0
        for path in self.public_files(out):
            data = path.read_bytes()
            searched += 1
            for address in self.sources:
                found += [(path.name, form) for form in forms(address) if form in data]
            if path.suffix in (".csv", ".json", ".gp", ".log"):
                text = data.decode()
                found += [(path.name, address) for address in common.addresses_in(text) if not address.startswith("0.")]
        self.assertEqual(found, [])
        return searched

    def test_every_file(self):
        countries = self.dir / "ranges.csv"
        countries.write_text("110.0.0.0,160.255.255.255,AR\n161.0.0.0,219.255.255.255,UA\n", encoding="ascii")
        out = self.dir / "out"
        done = common.call("run", self.capture, "--out", out, "--lens", f"{LENS_OCTET}.0.0.0/8", "--countries", countries)
        self.assertEqual(done.code, common.DONE, done)
        listed = self.dir / "list"
        listed.write_text("".join(f"{ipaddress.IPv4Address(a)}\n" for a in self.sources[::2]), encoding="ascii")
        for arguments in (("portrait", self.capture, "--out", out),
                          ("overlap", "--out", out, "--with", listed, "--countries", countries),
                          ("report", "--out", out)):
            done = common.call(*arguments)
            self.assertEqual(done.code, common.DONE, done)
            for address in self.sources:
                self.assertNotIn(str(ipaddress.IPv4Address(address)), done.out + done.err)
        self.assertGreater(self.search(out), 20)
        # The search finds what there is to be found.
        restricted = b"".join(path.read_bytes() for path in (out / "restricted").glob("*.csv"))
        self.assertTrue(any(form in restricted for form in forms(self.sources[0])))

    def test_telescope(self):
        """The first octet of destinations is told nowhere, in no table and no name."""
        out = self.dir / "out"
        common.call("run", self.capture, "--out", out, "--lens", f"{LENS_OCTET}.0.0.0/8")
        prefix = f"{LENS_OCTET}.".encode()
        for path in out.rglob("*.csv"):
            for line in path.read_bytes().splitlines():
                for field in line.split(b","):
                    parts = field.split(b".")
                    self.assertFalse(len(parts) == 4 and field.startswith(prefix), (path, line))
        summary = (out / "summary.json").read_text(encoding="utf-8")
        self.assertIn('"lens": "0.0.0.0/8"', summary)

    def test_pseudonyms(self):
        """Keyed, stable names in restricted tables: HMAC-SHA-256 of the four bytes, the first 16 of the hash."""
        key = self.dir / "key"
        key.write_bytes(bytes(range(100)))    # longer than a block, which is hashed first
        plain, _ = self.run_ok(self.capture, out="plain")
        named, _ = self.run_ok("--pseudonyms", key, self.capture, out="named")
        tables = sorted(path.name for path in (plain / "restricted").glob("*.csv"))
        self.assertGreater(len(tables), 1)
        for table in tables:
            one, other = (common.read_csv(out / "restricted" / table) for out in (plain, named))
            column = one[0].index("source")
            left_out = [i for i, name in enumerate(one[0]) if name in ("first_destination", "first_sequence")]
            for row in one[1:]:
                row[column] = hmac.new(key.read_bytes(), ipaddress.IPv4Address(row[column]).packed, "sha256").hexdigest()[:32]
                row[:] = [re.sub(r"^(....-..-..T..:..:..)\.\d{6}Z$", r"\1Z", field) for field in row]
                for i in left_out:
                    self.assertNotEqual(row[i], "", "nothing is there to be left out")
                    row[i] = ""
            self.assertEqual(other, one, table)
            text = (named / "restricted" / table).read_text(encoding="ascii")
            self.assertNotRegex(text, r"\d\.\d{6}", "microseconds")
            self.assertEqual(common.addresses_in(text), [])
        self.assert_same(common.snapshot(named / "tables"), common.snapshot(plain / "tables"))
        short = self.dir / "short"
        short.write_bytes(b"secret")
        done = self.refuse("run", "--pseudonyms", short, self.capture, "--out", self.dir / "x", names=["16 bytes"])
        self.assertNotIn("secret", done.err)
        self.refuse("run", "--pseudonyms", self.dir / "none", self.capture, "--out", self.dir / "x",
                    code=common.ENVIRONMENT)

    def test_modes(self):
        """Of all that names sources, whatever the umask and whatever was there."""
        for mask in (0, 0o022, 0o077, 0o777):
            with self.subTest(umask=oct(mask)):
                out = self.dir / f"out-{mask}"
                (out / "tables").mkdir(parents=True)
                (out / "restricted").mkdir(mode=0o755)
                before = os.umask(mask)
                try:
                    done = common.call("run", "--no-report", self.capture, "--out", out)
                    other = common.call("scan", self.capture, "--store", self.dir / f"store-{mask}")
                finally:
                    os.umask(before)
                self.assertEqual((done.code, other.code), (common.DONE, common.DONE), done)
                folders = [out / "restricted", self.dir / f"store-{mask}"]
                for path in [*folders, *folders[0].rglob("*"), *folders[1].rglob("*")]:
                    self.assertEqual(oct(stat.S_IMODE(path.stat().st_mode)), oct(0o700 if path.is_dir() else 0o600), path)
                self.assertGreater(len(list(folders[0].rglob("*.*"))), 3)

    def test_link(self):
        """restricted/ may be a link, but not to what belongs to another user."""
        mine = self.dir / "mine"
        mine.mkdir(mode=0o755)
        (self.dir / "out").mkdir()
        (self.dir / "out" / "restricted").symlink_to(mine)
        out, _ = self.run_ok(self.capture)
        self.assertTrue((out / "restricted").is_symlink())
        self.assertTrue((mine / "earliest.csv").exists())
        self.assertEqual(stat.S_IMODE(mine.stat().st_mode), 0o700)
        if os.geteuid() != 0:
            self.skipTest("a folder of another user takes root to make")
        theirs = self.dir / "theirs"
        theirs.mkdir(mode=0o777)
        os.chown(theirs, 65534, 65534)
        for command in ("run", "scan"):
            out = self.dir / f"out-{command}"
            out.mkdir()
            (out / "restricted").symlink_to(theirs)
            done = self.refuse(command, self.capture, "--out", out, names=["another user"], code=common.ENVIRONMENT)
            self.assertIn("restricted", done.err)
            self.assertEqual(list(theirs.iterdir()), [])

    def test_packets(self):
        """A pcap of a source's packets: nobody else reads it, and it doesn't tell the telescope unless asked to."""
        out, _ = self.run_ok(self.capture)
        arguments = ("packets", self.capture, "--store", out / "restricted" / "store", "--source",
                     ipaddress.IPv4Address(self.sources[0]), "--pcap")
        for options, octet in (((), 0), (("--first-octet",), LENS_OCTET)):
            path = self.dir / f"pcap-{octet}"
            before = os.umask(0)
            done = common.call(*arguments, path, *options)
            os.umask(before)
            self.assertEqual(done.code, common.DONE, done)
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
            records = common.records(path.read_bytes())[1]
            self.assertGreater(len(records), 20)
            self.assertEqual({record[common.RECORD_HEADER + 16] for record in records}, {octet})
        self.refuse(*arguments[:-1], "--first-octet", names=["--pcap"])


if __name__ == "__main__":
    common.main()
