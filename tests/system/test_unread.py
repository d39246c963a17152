#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The hours of captures that could not be read are not hours in which nothing was recorded; and which seconds at the ends
of an archive count as covered."""

import datetime
import gzip
from pathlib import Path

import common
from test_fates import HOUR, capture, put

BAD = b"destroyed"


def at(hour, form):
    """The time of an hour after midnight of 21 November 2008, in a form of strftime."""
    return datetime.datetime.fromtimestamp(HOUR + (hour - 5) * 3600, datetime.timezone.utc).strftime(form)


class Unread(common.Case):
    def archive(self, name_of, good, bad):
        """Hourly captures by the names that `name_of` gives their hours."""
        folder = self.dir / f"archive-{len(list(self.dir.iterdir()))}"
        for hour in good:
            put(folder / name_of(hour), gzip.compress(capture(hour, scans=62, step=59)))
        for hour in bad:
            put(folder / name_of(hour), BAD)
        return folder

    def status(self, folder, *options):
        """{hour of the day: status}"""
        out, self.done = self.run_ok(folder, *options, "--quiet", out=f"out-{len(list(self.dir.iterdir()))}",
                                     code=common.DAMAGED)
        self.out = Path(out)
        rows = common.read_csv(out / "tables" / "hourly.csv")[1:]
        for row in rows:
            if row[5] == "missing" or (row[5] == "damaged" and row[4] == "0"):
                self.assertEqual(row[1:4], ["", "", ""])
        return {int(row[0][8:10]) * 24 + int(row[0][11:13]) - 21 * 24: row[5] for row in rows}

    def test_hours_by_names(self):
        """3, 4, 9 and 10 were never recorded; 1, 6, 7, 13 could not be read."""
        good, bad = (2, 5, 8, 11, 12), (1, 6, 7, 13)
        wanted = {1: "damaged", 2: "whole", 3: "missing", 4: "missing", 5: "whole", 6: "damaged", 7: "damaged",
                  8: "whole", 9: "missing", 10: "missing", 11: "whole", 12: "whole", 13: "damaged"}
        forms = {"counter": lambda hour: f"h{hour:02}.pcap.gz", "counter without zeros": lambda hour: f"trace{hour}.pcap",
                 "date": lambda hour: at(hour, "%Y%m%d-%H.pcap.gz"), "minutes": lambda hour: at(hour, "x.%Y%m%d%H%M.pcap"),
                 "seconds": lambda hour: at(hour, "%Y-%m-%dT%H:%M:%SZ.pcap"),
                 "run together": lambda hour: at(hour, "ucsd-nt-2.%Y%m%d%H.cap"),
                 "since 1970": lambda hour: f"ucsd-nt.{HOUR + 3600 * (hour - 5)}.pcap.gz",
                 "folders": lambda hour: at(hour, "%Y/%m/%d/%H.pcap.gz"),
                 "local time": lambda hour: at(hour - 8, "%Y%m%d.%H%M.pcap.gz"),
                 "other suffix": lambda hour: at(hour, "%Y%m%d-%H.pcap") + (".xz" if hour in bad else ".gz")}
        for name, form in forms.items():
            with self.subTest(name):
                self.assertEqual(self.status(self.archive(form, good, bad)), wanted)
                total = common.read_csv(self.out / "tables" / "total.csv")
                self.assertEqual(dict(zip(*total))["captures_not_read"], str(len(bad)))
                self.assertEqual(dict(zip(*total))["hours_damaged"], str(len(bad)))
                self.assertNotIn("do not tell", self.done.err)

    def test_between_neighbours(self):
        """Half-hourly captures with a counter: the hour is one of two, and the one that lacks nothing stays whole."""
        folder = self.dir / "halves"
        for part in range(8):
            hour, half = 5 + part // 2, part % 2
            put(folder / f"part{part}.pcap.gz",
                BAD if part == 3 else gzip.compress(capture(hour, scans=31, step=59, first=1800 * half + 29 * half)))
        self.assertEqual(self.status(folder), {5: "whole", 6: "damaged", 7: "whole", 8: "whole"})

    def test_daily_capture(self):
        """It lacks in all of its hours."""
        folder = self.dir / "days"
        for day in (0, 1, 2):
            hours = b"".join(capture(24 * day + hour, scans=62, step=59)[24 if hour else 0:] for hour in range(24))
            put(folder / f"2008-11-{21 + day}.pcap", BAD if day == 1 else hours)
        status = self.status(folder)
        self.assertEqual({hour for hour, word in status.items() if word == "damaged"}, set(range(24, 48)))
        self.assertEqual({hour for hour, word in status.items() if word == "whole"}, {*range(24), *range(48, 72)})

    def test_names_that_tell_nothing(self):
        """It is said beside the number, on the page and on standard error."""
        folder = self.archive(lambda hour: f"h{hour:02}.pcap.gz", (5, 7), ())
        put(folder / "lost.pcap", BAD)
        out, done = self.run_ok(folder, code=common.DAMAGED, report=True)
        self.assertEqual([row[5] for row in common.read_csv(out / "tables" / "hourly.csv")[1:]],
                         ["whole", "missing", "whole"])
        self.assertIn("their names do not tell their hours", done.err)
        self.assertIn("1 captures could not be read", (out / "report.html").read_text())
        self.assertEqual(common.read_summary(out)["totals"]["captures_not_read"], 1)

    def test_names_that_lie(self):
        """Dates that have nothing to do with the packets are not believed: no hour of another year appears."""
        folder = self.dir / "lies"
        for name, hour in (("20010101-05", 5), ("20190308-03", 6), ("20140707-00", 7)):
            put(folder / f"{name}.pcap", capture(hour, scans=62, step=59))
        put(folder / "20120101-00.pcap", BAD)
        self.assertEqual(self.status(folder), {5: "whole", 6: "whole", 7: "whole"})
        self.assertIn("their names do not tell their hours", self.done.err)

    def test_wild_numbers(self):
        """Neither overflow nor hours far away."""
        folder = self.archive(lambda hour: f"h{hour:02}.pcap.gz", (5, 7), ())
        for name in ("h999999999999999999.pcap.gz", "h" + "9" * 60 + ".pcap.gz", "h2009.pcap", "0" * 40 + ".pcap",
                     "20081121-99.pcap", "99999999-05.pcap", "1-2-3-4-5-6-7-8-9-10-11-12-13-14.pcap"):
            put(folder / name, BAD)
        self.assertEqual(self.status(folder), {5: "whole", 6: "missing", 7: "whole"})

    def test_span(self):
        """Hours outside --since and --until are in no table, whatever lacks there."""
        folder = self.archive(lambda hour: f"h{hour:02}.pcap.gz", (5, 7), (6, 8, 4))
        self.assertEqual(self.status(folder, "--since", "2008-11-21T06", "--until", "2008-11-21T08"),
                         {6: "damaged", 7: "whole"})

    def test_same_for_all_ranks(self):
        folder = self.archive(lambda hour: f"h{hour:02}.pcap.gz", (5, 7), (6, 9))
        out, _ = self.run_ok(folder, out="one", code=common.DAMAGED)
        if common.MPI:
            other, _ = self.run_ok(folder, out="three", code=common.DAMAGED, ranks=3)
            self.assert_same(common.snapshot(out), common.snapshot(other))

    def test_ends_of_the_archive(self):
        """3,598 of 3,600 seconds are an hour: what is shorter than a silence counts as covered, at both ends."""
        for first, last, silence, wanted in ((0, 3597, 60, (3600, "whole")), (2, 3599, 60, (3600, "whole")),
                                             (59, 3540, 60, (3600, "whole")), (60, 3540, 60, (3540, "partial")),
                                             (59, 3539, 60, (3540, "partial")), (1, 3598, 1, (3598, "partial")),
                                             (1, 3598, 2, (3600, "whole"))):
            with self.subTest((first, last, silence)):
                step = 1 if silence < 60 else 30
                count = (last - first) // step + 1
                data = capture(5, scans=count, step=step, first=first) if count < 256 else None
                if data is None:
                    data = capture(5, scans=1, first=first)[:24]
                    for second in range(first, last + 1):
                        data += capture(5, scans=1, first=second)[24:]
                else:
                    data += capture(5, scans=1, first=last)[24:]
                put(self.dir / "ends.pcap", data)
                out, _ = self.run_ok(self.dir / "ends.pcap", "--silence", silence)
                row = common.read_csv(out / "tables" / "hourly.csv")[1]
                self.assertEqual((int(row[4]), row[5]), wanted)


if __name__ == "__main__":
    common.main()
