#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The 19 packets of the worm's published portrait, tests/data/figure5.pcap.gz: the program reads every value of every
row as it was printed, and makes the tables of them that can be worked out by hand."""

import os
import subprocess
from pathlib import Path

import common
import make_figure5

CAPTURE = common.DATA / "figure5.pcap.gz"


# What follows the word "packet" in a line of dump_packets.
FIELDS = ("usec", "fate", "source", "destination", "source_port", "destination_port", "seq", "length", "id", "tos",
          "ttl", "protocol", "flags")


def find_dump():
    """tests/tools/dump_packets prints what the program's reader makes of each packet of a capture."""
    if "DUMP_PACKETS" in os.environ:
        return os.environ["DUMP_PACKETS"]
    found = sorted(Path(common.PROGRAM).resolve().parent.rglob("dump_packets"))
    return str(found[0]) if found else None


def dotted(hexadecimal):
    return ".".join(str(octet) for octet in bytes.fromhex(hexadecimal))


def as_printed(line):
    """A line of dump_packets, as the published picture would have printed it."""
    packet = dict(zip(FIELDS, line.split()[1:], strict=True))
    seconds, micros = divmod(int(packet["usec"]), 1000000)
    flags = int(packet["flags"])
    letters = "".join(letter if flags & bit else "-"
                      for letter, bit in (("F", 1), ("S", 2), ("R", 4), ("P", 8), ("A", 16), ("U", 32)))
    return (f"{seconds}.{micros:06} {dotted(packet['source'])} {dotted(packet['destination'])} {packet['length']} "
            f"{packet['protocol']} {int(packet['tos']):02x} {packet['id']} {packet['ttl']} {packet['source_port']} "
            f"{packet['destination_port']} {int(packet['seq']):08x} {letters}")


class Figure5(common.Case):
    def test_every_value(self):
        dump = find_dump()
        self.assertIsNotNone(dump, "dump_packets isn't built")
        done = subprocess.run([dump, CAPTURE], stdout=subprocess.PIPE, check=True)
        lines = [line for line in done.stdout.decode().splitlines() if line.startswith("packet ")]
        # Without the interface, which a capture doesn't keep, and the acknowledgement, which a SYN hasn't.
        printed = [" ".join(line.split()[1:12] + line.split()[13:]) for line in make_figure5.ROWS.strip().splitlines()]
        self.assertEqual(len(lines), 19)
        self.assertEqual([as_printed(line) for line in lines], printed)
        self.assertEqual({line.split()[2] for line in lines}, {"scan"})

    def test_tables(self):
        """Worked out by hand from the rows: 01:48:29 to 01:49:36 without a silence, one source, 19 scans."""
        out, _ = self.run_ok(CAPTURE)
        got = common.read_tables(out)
        self.assertEqual(got["hourly"][1:], [["2008-11-21T01:00:00Z", "1", "19", "19", "68", "partial", "0"]])
        self.assertEqual(got["daily"][1:], [["2008-11-21", "1", "19", "19", "68", "partial", "0"]])
        self.assertEqual(got["total"][1:], [["1", "19", "19", "0", "1", "0", "0", "2008-11-21T01:48:29.314700Z",
                                             "2008-11-21T01:49:36.808817Z", "0", "0"]])
        self.assertEqual(got["earliest"][1:], [["0.0.0.0", "2008-11-21T01:48:29.314700Z", "19"]])
        self.assertEqual(got["first_seen"][1:], [
            ["2008-11-21T01:00:00Z", "0", "0", "0"], ["2008-11-21T01:10:00Z", "0", "0", "0"],
            ["2008-11-21T01:20:00Z", "0", "0", "0"], ["2008-11-21T01:30:00Z", "0", "0", "0"],
            ["2008-11-21T01:40:00Z", "1", "1", "1"], ["2008-11-21T01:50:00Z", "0", "0", "1"]])

    def test_telescope(self):
        """Through the public archives' lens nothing changes, through any other nothing is left."""
        inside, _ = self.run_ok(CAPTURE, "--lens", "0.0.0.0/8", out="inside")
        self.assertEqual(common.read_csv(inside / "tables" / "total.csv")[1][:3], ["1", "19", "19"])
        outside, _ = self.run_ok(CAPTURE, "--lens", "1.0.0.0/8", out="outside")
        self.assertEqual(common.read_csv(outside / "tables" / "total.csv")[1][:3], ["0", "0", "0"])


if __name__ == "__main__":
    common.main()
