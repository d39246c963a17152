#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A run on a port on which no outbreak is known: nothing of Conficker in it. The packets are the twin's, with 139 in the
place of 445, so that all of them look like the worm's but for the port."""

import re
import struct

import common

PORT = 139


def moved(data):
    """A raw-IP capture with the port exchanged."""
    header, records = common.records(data)
    for i, record in enumerate(records):
        ip = common.RECORD_HEADER
        at = ip + (record[ip] & 15) * 4 + 2
        if record[ip + 9] == 6 and struct.unpack_from(">H", record, at)[0] == 445:
            records[i] = record[:at] + struct.pack(">H", PORT) + record[at + 2:]
    return header + b"".join(records)


class Port(common.Case):
    def setUp(self):
        super().setUp()
        done = common.call("synth", "--quiet", "--out", self.dir / "archive", "--from", "2008-11-21", "--until", "2008-11-21T08",
                           "--scale", "0.002", "--linktype", "raw")
        self.assertEqual(done.code, common.DONE, done)
        for path in sorted((self.dir / "archive").glob("*.gz")):
            common.write_gzip(self.dir / path.name, moved(common.inflated(path)))

    def test_no_outbreak_is_known(self):
        out, _ = self.run_ok(*self.dir.glob("*.gz"), "--port", PORT, report=True)
        tables = common.read_tables(out)
        self.assertGreater(len(tables["hourly"]), 8)
        for name in "first", "first_day", "reachable", "outbreak":
            self.assertEqual(len(tables[name]), 1, name)
        self.assertNotIn("reproduction", tables)
        candidates = common.read_csv(out / "restricted" / "candidates.csv")
        self.assertGreater(len(candidates), 1)
        for row in candidates[1:]:
            self.assertEqual(row[2:4], ["", ""])
            self.assertIn("no worm is known on this port", row[-1])
        page = re.sub("<script.*?</script>|src=\"data.*?\"", "", (out / "report.html").read_text(encoding="utf-8"), flags=re.S)
        self.assertIn("<title>TCP/139 scanning", page)
        for word in "onficker", "2008 is not", "ublished numbers beside", "variants A":
            self.assertNotIn(word, page)
        for script in (out / "figures").glob("*.gp"):
            self.assertNotRegex(script.read_text(encoding="utf-8"), 'set label "[ABC]"')
        self.refuse("outbreak", "--out", out, names=("TCP/139",))

    def test_known(self):
        out, _ = self.run_ok(self.dir / "archive")
        self.assertGreater(len(common.read_tables(out)["first_day"]), 8)
        self.assertNotEqual(common.read_csv(out / "restricted" / "candidates.csv")[1][2], "")


if __name__ == "__main__":
    common.main()
