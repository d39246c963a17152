#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Commands that are asked about a damaged result or store say so and end with 3, and only if what was asked about was damaged.
Commands that are given no capture end alike."""

import tempfile
from pathlib import Path

import common
import made_tables

HOURS = ["2008-11-21T00", "2008-11-21T01", "2008-11-21T02"]


class Asked(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory(prefix="pz-test-")
        cls.addClassCleanup(cls.kept.cleanup)
        cls.captures = common.day(Path(cls.kept.name, "day"), "--hours", 3, "--packets-per-hour", 2000, "--seed", 3)
        torn = cls.captures[1]
        torn.write_bytes(torn.read_bytes()[:torn.stat().st_size * 2 // 3])
        cls.out = Path(cls.kept.name, "out")
        done = common.call("run", "--no-report", *cls.captures, "--out", cls.out)
        assert done.code == common.DAMAGED, done
        cls.store = cls.out / "restricted" / "store"
        status = {row["hour"][:13]: row["status"] for row in common.read_tables_of(cls.out, "hourly")["hourly"]}
        assert [status[hour] == "damaged" for hour in HOURS] == [False, True, False], status

    def ask(self, *arguments, damaged):
        done = common.call(*arguments)
        self.assertEqual(done.code, common.DAMAGED if damaged else common.DONE, done)
        self.assertEqual("damaged" in done.err, damaged, done)
        return done

    def test_source(self):
        for place, words in ((("--out", self.out), f"1 of these hours is damaged, the first {HOURS[1]}:00:00Z"),
                             (("--store", self.store), "1 captures of these hours were damaged")):
            for what in ("0.0.0.0/0", "203.0.113.9"):
                self.assertIn(words, self.ask("source", what, *place, damaged=True).err)

    def test_sources(self):
        for place in (("--out", self.out), ("--store", self.store)):
            for operands, damaged in (([HOURS[0]], False), ([HOURS[1]], True), ([HOURS[0], HOURS[2]], False),
                                      ([f"{HOURS[0]}/{HOURS[2]}"], True), ([HOURS[0], "--minus", HOURS[1]], True),
                                      (["--since", HOURS[2]], False), (["--until", HOURS[2]], True)):
                for options in (["--count"], ["--rule", "evidence", "--count", "--json"]):
                    with self.subTest(place=place[0], operands=operands):
                        done = self.ask("sources", *place, *operands, *options, damaged=damaged)
                        self.assertTrue(done.out)
        listed = self.dir / "list"
        listed.write_text("1.2.3.4\n", encoding="ascii")
        self.ask("sources", listed, "--count", damaged=False)

    def test_overlap(self):
        listed = self.dir / "list"
        listed.write_text("0.0.0.0/1\n", encoding="ascii")
        for hour, damaged in zip(HOURS, (False, True, False)):
            until = HOURS[HOURS.index(hour) + 1] if hour != HOURS[2] else "2008-11-21T03"
            self.ask("overlap", "--out", self.out, "--with", listed, "--since", hour, "--until", until, damaged=damaged)
        self.ask("overlap", "--out", self.dir / "new", "--store", self.store, "--with", listed, damaged=True)

    def test_outbreak(self):
        out = self.dir / "made"
        made_tables.Tables(60).write(out)    # it has damaged hours
        self.assertIn("damaged, the first 2008-", self.ask("outbreak", "--out", out, "--json", damaged=True).err)

    def test_unread(self):
        """A capture that could not be read at all."""
        zeros = self.dir / "zeros.pcap.gz"
        zeros.write_bytes(bytes(1000))
        out, _ = self.run_ok(self.captures[0], zeros, code=common.DAMAGED)
        done = common.call("sources", "--out", out, "--count")
        self.assertEqual(done.code, common.DAMAGED, done)
        self.assertIn("1 captures could not be read", done.err)

    def test_no_capture(self):
        """Whatever takes captures, and is given none that can be read, ends with 2 and says why."""
        (self.dir / "empty").mkdir()
        (self.dir / "text").mkdir()
        (self.dir / "text" / "notes.txt").write_text("nothing\n", encoding="ascii")
        (self.dir / "zeros").mkdir()
        (self.dir / "zeros" / "a.pcap").write_bytes(bytes(1000))
        for folder, words in (("empty", "files is a capture"), ("text", "files is a capture"),
                              ("zeros", "a.pcap: begins with zeros"), ("gone", "could not read")):
            path = self.dir / folder
            for command in (["survey", path], ["survey", path, "--json"], ["run", path, "--out", self.dir / "new"],
                            ["run", path, "--out", self.dir / "new", "--dry-run"], ["scan", path, "--store", self.dir / "new"],
                            ["judge", path, "--store", self.store, "--out", self.dir / "judged"],
                            ["packets", path, "--store", self.store, "--source", "1.2.3.4"], ["portrait", path, "--out", self.out]):
                with self.subTest(command=command[0], folder=folder):
                    done = self.refuse(*command, names=[words])
                    self.assertEqual(done.out, "")
        self.assertFalse((self.dir / "new").exists())


if __name__ == "__main__":
    common.main()
