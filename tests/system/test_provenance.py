#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a result says of its making: in summary.json and on the page all that changes a number, in run.log how it ran."""

import gzip
import hashlib
import html
import re
import socket
import unittest

import common

FIGURE5 = common.DATA / "figure5.pcap.gz"
DARK_NET = common.DATA / "dark-net.pcap.gz"


class Provenance(common.Case):
    def setUp(self):
        super().setUp()
        self.ranges = self.dir / "ranges.csv"
        self.ranges.write_text("1.0.0.0,100.255.255.255,CN\n101.0.0.0,223.255.255.255,BR\n")

    def summary(self, *arguments, **options):
        out, _ = self.run_ok(*arguments, **options)
        return common.read_summary(out)

    def test_options(self):
        """Each option that changes a number changes the record; what is of no account for numbers doesn't."""
        key = self.dir / "key"
        key.write_bytes(b"k" * 32)
        plain = self.summary(FIGURE5, DARK_NET, out="plain")
        model = self.dir / "plain" / "tables" / "model.txt"
        self.assertEqual(plain["options"]["window"], 24)
        self.assertRegex(plain["commit"], r"^(unknown|[0-9a-f]{7,40}(-dirty)?)$")
        records = {}
        for i, arguments in enumerate((
                (), ("--window", "12"), ("--silence", "120"), ("--timeline-bin", "3600"), ("--lens", "0.0.0.0/1"),
                ("--since", "2008-11-21"), ("--until", "2008-11-22"), ("--model", model), ("--no-calibrate",),
                ("--countries", self.ranges), ("--pseudonyms", key), ("--accept-anonymised",))):
            summary = self.summary(FIGURE5, DARK_NET, *arguments, out=f"o{i}")
            record = {name: value for name, value in summary.items() if name not in ("files", "inputs", "totals")}
            self.assertNotIn(record, records.values(), arguments)
            records[arguments] = record
        self.assertEqual(records[()], {name: plain[name] for name in records[()]})
        for i, arguments in enumerate((("--inflater", "zlib"), ("--quiet",), ("--store", self.dir / "store"))):
            same = self.summary(DARK_NET, FIGURE5, *arguments, out=f"s{i}")
            self.assertEqual({name: same[name] for name in records[()]}, records[()], arguments)

    def test_countries(self):
        """Each file by the digest of what is in it, compressed or not."""
        packed = self.dir / "ranges.csv.gz"
        packed.write_bytes(gzip.compress(self.ranges.read_bytes()))
        other = self.dir / "other.csv"
        other.write_text(self.ranges.read_text().replace("BR", "AR"))
        one = self.summary(FIGURE5, "--countries", self.ranges, "--countries", other, out="one")["countries"]
        expected = [{"size": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
                    for path in (self.ranges, other)]
        self.assertEqual(one["of"], expected)
        again = self.summary(FIGURE5, "--countries", packed, "--countries", other, out="two")["countries"]
        self.assertEqual(again, one)

    def test_captures(self):
        """The digest of the set of captures: the same under other names and in another order, another of other packets."""
        both = self.summary(FIGURE5, DARK_NET, out="both")["captures_sha256"]
        renamed = self.dir / "renamed.pcap.gz"
        renamed.write_bytes(FIGURE5.read_bytes())
        self.assertEqual(self.summary(DARK_NET, renamed, out="renamed")["captures_sha256"], both)
        self.assertNotEqual(self.summary(FIGURE5, out="one")["captures_sha256"], both)
        torn = self.dir / "torn.pcap.gz"
        torn.write_bytes(FIGURE5.read_bytes()[:-400])
        self.assertNotEqual(self.summary(torn, DARK_NET, out="torn", code=common.DAMAGED)["captures_sha256"], both)

    def test_outages(self):
        summary = self.summary(FIGURE5, DARK_NET, out="both")
        tables = common.read_tables_of(self.dir / "both", "hourly", "total")
        for status in ("whole", "partial", "damaged", "missing"):
            self.assertEqual(summary["hours"][status], int(tables["total"][0][f"hours_{status}"]))
        missing = [row["hour"] for row in tables["hourly"] if row["status"] == "missing"]
        self.assertEqual(summary["outages"][0]["from"] if missing else None, missing[0] if missing else None)

    @unittest.skipUnless(common.MPI, "built without MPI")
    def test_ranks(self):
        """The record is the same bytes on three ranks, from a store that has other captures too."""
        self.run_ok(FIGURE5, "--countries", self.ranges, out="one")
        self.run_ok(FIGURE5, DARK_NET, "--store", self.dir / "store", out="both")
        self.run_ok(FIGURE5, "--countries", self.ranges, "--store", self.dir / "store", out="three", ranks=3)
        self.assertEqual((self.dir / "three" / "summary.json").read_bytes(), (self.dir / "one" / "summary.json").read_bytes())

    def test_log(self):
        """How it ran: command line, libraries, host, ranks, times; a command of --decode may hold a key, and is not told."""
        self.run_ok(FIGURE5, "--decode", "cat  # 'secret'", "--silence", "61", out="a log")
        log = common.read_log(self.dir / "a log")
        self.assertIn("--decode ... --silence 61 --out '" + str(self.dir / "a log") + "'", log)
        self.assertNotIn("secret", log)
        for words in ("zlib", "CRoaring", "libpcap", "MPI", socket.gethostname(), "1 ranks", "s in all"):
            self.assertIn(words, log)

    def test_page(self):
        """The page has the record, with the digest of summary.json, whether run or report made it."""
        out, _ = self.run_ok(FIGURE5, "--countries", self.ranges, out="page", report=True)
        summary = common.read_summary(out)
        for again in (False, True):
            if again:
                done = common.call("report", "--out", out)
                self.assertEqual(done.code, common.DONE, done)
            page = (out / "report.html").read_text(encoding="utf-8")
            section = page.split('id="provenance"')[1].split("</table>")[0]
            rows = {html.unescape(key): html.unescape(value) for key, value in
                    re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td>', section)}
            self.assertEqual(rows["commit"], summary["commit"])
            self.assertEqual(rows["options: window"], "24")
            self.assertEqual(rows["captures sha256"], summary["captures_sha256"])
            self.assertEqual(rows["countries: of, sha256"], summary["countries"]["of"][0]["sha256"])
            self.assertEqual(rows["hours: whole"], str(summary["hours"]["whole"]))
            self.assertEqual(rows["SHA-256 of summary.json"],
                             hashlib.sha256((out / "summary.json").read_bytes()).hexdigest())


if __name__ == "__main__":
    common.main()
