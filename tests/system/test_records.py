#!/usr/bin/env python3
"""Records of which something is wrong, and what then becomes of the hours' counts."""

import struct

import common
import make_oddities as make

MIDNIGHT = make.MIDNIGHT


def record(second, fraction, packet):
    return struct.pack("<IIII", second, fraction, len(packet), len(packet)) + packet


class Records(common.Case):
    def read(self, data, code=common.DONE, name="a.pcap", options=()):
        """(how the run ended, {hour: (scans, status)}, the capture's entry in summary.json)"""
        path = self.dir / name
        path.write_bytes(data)
        out, done = self.run_ok(path, *options, out=name + ".out", code=code)
        hours = {row[0][:13]: (row[2], row[5]) for row in common.read_csv(out / "tables" / "hourly.csv")[1:]}
        entry, = common.read_summary(out)["inputs"]
        self.assertEqual(entry["records"], entry["scans"] + sum(entry["set_aside"].values()))
        return done, hours, entry

    def test_fraction_of_a_second_too_large(self):
        """4,294 seconds in microseconds: the scan stays in its second's hour."""
        data = make.pcap_header(make.RAW)
        for second, fraction in ((10, 0), (20, 2**32 - 1)):
            data += record(MIDNIGHT + second, fraction, make.scan("192.0.2.1", "0.1.2.3"))
        done, hours, entry = self.read(data, common.DAMAGED)
        self.assertEqual(hours, {"2008-11-21T00": ("2", "damaged")})
        self.assertEqual(list(entry["damage_counts"].values()), [1])
        self.assertIn("fraction of a second is a second or more", done.err)
        self.assertIn("1 of 2 records", done.err)

    def test_nanoseconds_under_the_microsecond_magic(self):
        """A whole hour of them, told once with a count."""
        data, odd = make.pcap_header(make.RAW), 0
        for second in range(3600):
            nano = second * 7919 * 99991 % 10**9
            odd += nano >= 10**6
            data += record(MIDNIGHT + second, nano, make.scan(f"192.0.2.{second % 250}", "0.1.2.3", 1025 + second))
        self.assertGreater(odd, 3500)
        done, hours, entry = self.read(data, common.DAMAGED)
        self.assertEqual(hours, {"2008-11-21T00": ("3600", "damaged")})
        self.assertEqual(entry["damage_counts"], {"a record's fraction of a second is a second or more": odd})
        self.assertEqual(len(entry["damage"]), 1)
        self.assertEqual(done.err.count("a.pcap"), 1)
        self.assertIn(f"{odd} of 3600 records", done.err)

    def test_nanoseconds_above_a_second(self):
        data = make.pcap_header(make.RAW, nano=True)
        for second, fraction in ((3599, 999999999), (3599, 10**9), (3599, 2**32 - 1), (3600, 0)):
            data += record(MIDNIGHT + second, fraction, make.scan("192.0.2.1", "0.1.2.3"))
        _, hours, entry = self.read(data, common.DAMAGED)
        self.assertEqual(hours, {"2008-11-21T00": ("3", "damaged"), "2008-11-21T01": ("1", "partial")})
        self.assertEqual(list(entry["damage_counts"].values()), [2])

    def test_clock_steps_forward_by_years(self):
        year = 365 * 24 * 3600
        steps = [(10, "2008-11-21T00"), (3 * year, "2011-11-21T00"), (20, "2008-11-21T00")]
        data = make.pcap_header(make.RAW)
        for second, _ in steps:
            data += record(MIDNIGHT + second, 0, make.scan("192.0.2.1", "0.1.2.3"))
        _, hours, entry = self.read(data, common.DAMAGED)
        self.assertEqual(hours["2008-11-21T00"], ("2", "damaged"))
        self.assertEqual(hours["2011-11-21T00"], ("1", "damaged"))
        self.assertEqual(sorted(entry["damage_counts"]), ["time jumps back by more than 15 seconds",
                                                          "time jumps forward by a year or more"])
        # A step of a month is an outage.
        data = make.pcap_header(make.RAW)
        for second in (10, 40 * 86400):
            data += record(MIDNIGHT + second, 0, make.scan("192.0.2.1", "0.1.2.3"))
        self.read(data, name="outage.pcap")


if __name__ == "__main__":
    common.main()
