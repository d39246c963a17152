#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Records of which something is wrong or hidden, in all formats, and what then becomes of the hours' counts."""

import shutil
import struct
import subprocess
import unittest

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
        for port, (second, fraction) in enumerate(((3599, 999999999), (3599, 10**9), (3599, 2**32 - 1), (3600, 0)), 1025):
            data += record(MIDNIGHT + second, fraction, make.scan("192.0.2.1", "0.1.2.3", port))
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


    # --- pcapng

    def test_interfaces_that_differ(self):
        """Two interfaces in one section, both described first or one between the packets: libpcap gives up on them."""
        scans = [make.scan(f"192.0.2.{n}", "0.1.2.3", 2000 + n) for n in range(6)]
        head = make.section("<") + make.interface("<", make.ETHERNET, snaplen=96)
        second = make.interface("<", make.RAW, 9, 3600, snaplen=262144)
        for later in (False, True):
            data = head if later else head + second
            for n, packet in enumerate(scans):
                at = (MIDNIGHT + n) * make.NANO
                data += second if later and n == 3 else b""
                if n % 2 and n >= 3:
                    data += make.block_packet("<", 1, at, packet, 9, 3600)
                else:
                    data += make.block_packet("<", 0, at, make.ethernet(packet))
            _, hours, entry = self.read(data, name=f"later-{later}.pcapng")
            self.assertEqual(hours, {"2008-11-21T00": ("6", "partial")})
            self.assertEqual(entry["link_type"], make.ETHERNET)

    @unittest.skipUnless(shutil.which("mergecap"), "mergecap is missing")
    def test_merged_by_mergecap(self):
        """What people do with the files of two taps."""
        for n, (link, frame) in enumerate(((make.RAW, make.raw), (make.ETHERNET, make.ethernet))):
            packets = [((MIDNIGHT + second) * make.NANO, make.scan(f"192.0.2.{second % 200}", f"0.{n}.2.3", 1025 + second))
                       for second in range(n, 3600, 2)]
            (self.dir / f"tap{n}.pcap").write_bytes(make.pcap(packets, link, frame, nano=bool(n)))
        subprocess.run(["mergecap", "-w", self.dir / "both.pcapng", self.dir / "tap0.pcap", self.dir / "tap1.pcap"],
                       check=True, stderr=subprocess.DEVNULL)
        merged = (self.dir / "both.pcapng").read_bytes()
        for name, data in (("merged.pcapng", merged), ("merged.pcapng.gz", make.zipped(merged))):
            _, hours, _ = self.read(data, name=name)
            self.assertEqual(hours, {"2008-11-21T00": ("3600", "whole")})

    def test_simple_packets(self):
        """Without a time they belong to no hour; where they are all there is, that is said."""
        data = make.section("<") + make.interface("<", make.RAW)
        packet = make.scan("192.0.2.1", "0.1.2.3")
        data += make.block("<", 3, struct.pack("<I", len(packet)) + packet) * 30
        done, hours, entry = self.read(data, name="simple.pcapng")
        self.assertEqual((hours, entry["set_aside"]), ({}, {"without_time": 30}))
        self.assertIn("without a time", done.err)

    def test_broken_block(self):
        """It costs itself, and marks its hour."""
        packets = [((MIDNIGHT + 1800 * n) * make.NANO, make.scan("192.0.2.1", "0.1.2.3", 2000 + n)) for n in range(8)]
        whole = make.pcapng(packets, make.RAW, make.raw)
        at = whole.index(struct.pack(">H", 2004)) - 28 - 20
        data = whole[:at + 4] + struct.pack("<I", 12345) + whole[at + 8:]
        _, hours, entry = self.read(data, common.DAMAGED, name="broken.pcapng")
        self.assertEqual(hours, {"2008-11-21T00": ("2", "partial"), "2008-11-21T01": ("2", "damaged"),
                                 "2008-11-21T02": ("1", "damaged"), "2008-11-21T03": ("2", "partial")})
        self.assertEqual(list(entry["damage_counts"].values()), [1])
        self.assertEqual(entry["damage"][0]["decompressed_byte"], at)

    def test_libpcaps_words(self):
        """What libpcap alone reads, and where it can't, why."""
        packets = [(MIDNIGHT * make.NANO, make.scan("192.0.2.1", "0.1.2.3", 2000 + n)) for n in range(3)]
        _, hours, _ = self.read(make.pcap(packets, version=(2, 3)), name="old.pcap")
        self.assertEqual(hours, {"2008-11-21T00": ("3", "partial")})
        path = self.dir / "new.pcap"
        path.write_bytes(make.pcap(packets, version=(3, 7)))
        words = r"new\.pcap at decompressed byte \d+ \(.*3\.7.*\): libpcap cannot read on"
        out, done = self.run_ok(path, self.dir / "old.pcap", out="both", code=common.DAMAGED)
        self.assertRegex(done.err, words)
        entry, = (entry for entry in common.read_summary(out)["inputs"] if entry["damage"])
        self.assertIn("3.7", entry["damage"][0]["libpcap"])
        done = self.refuse("run", path, "--out", self.dir / "alone", names=("nothing to make tables of",))
        self.assertRegex(done.err, words)

    # --- what hides the packets

    def test_tunnels(self):
        """None of a tunnel's scans is read, and the warning names it: in survey, scan and run, and in summary.json."""
        inner = make.scan("198.51.100.1", "0.9.9.9")

        def udp(port, head, rest):
            rest = head + rest
            return struct.pack(">HHHH", 40000, port, 8 + len(rest), 0) + rest
        tunnels = {
            ("gre", "GRE"): (47, struct.pack(">HH", 0, 0x800) + inner),
            ("ip_in_ip", "IP in IP"): (4, inner),
            ("ipv6_in_ip", "IPv6 in IP"): (41, make.ipv6_scan()),
            ("vxlan", "VXLAN"): (17, udp(4789, struct.pack(">II", 1 << 27, 256), make.ethernet(inner))),
            ("gtp", "GTP"): (17, udp(2152, struct.pack(">BBHI", 0x30, 255, len(inner), 1), inner)),
            ("teredo", "Teredo"): (17, udp(3544, b"", make.ipv6_scan())),
            ("esp", "ESP"): (50, struct.pack(">II", 1, 1) + inner),
        }
        for (name, words), (protocol, rest) in tunnels.items():
            with self.subTest(name):
                packets = [((MIDNIGHT + n) * make.NANO, make.ip(protocol, "192.0.2.1", "0.1.2.3", rest) if n % 10 else
                            make.scan("192.0.2.2", "0.1.2.3", 2000 + n)) for n in range(200)]
                path = self.dir / f"{name}.pcap.gz"
                done, hours, entry = self.read(make.zipped(make.pcap(packets, make.ETHERNET, make.ethernet)),
                                               name=path.name)
                self.assertEqual(hours, {"2008-11-21T00": ("20", "partial")})
                self.assertEqual((entry["set_aside"], entry["almost_all"]), ({name: 180}, name))
                surveyed = common.call("survey", path)
                self.assertEqual(surveyed.code, common.DONE, surveyed)
                self.assertIn(f"{name} 90 %", surveyed.out)
                scanned = common.call("scan", path, "--store", self.dir / "store")
                for one in (done, surveyed, scanned):
                    self.assertRegex(one.err, f"warning: almost all .*{words}.*{path.name} \\(180 of 200\\)")
        # Not if it is less.
        packets = [(at, packet if n % 2 else packets[0][1]) for n, (at, packet) in enumerate(packets)]
        done, _, entry = self.read(make.pcap(packets, make.ETHERNET, make.ethernet), name="half.pcap")
        self.assertNotIn("warning", done.err)
        self.assertNotIn("almost_all", entry)

    def test_other_things_that_hide(self):
        v6, v4 = make.ipv6_scan(), make.scan("192.0.2.1", "0.1.2.3")
        for name, link, frame, options in (("ipv6", make.RAW, v6, ()), ("not_ip", make.ETHERNET, make.MACS + make.arp(), ()),
                                           ("cut_short", make.RAW, v4[:33], ()),
                                           ("bad_ip_header", make.RAW, make.ethernet(v4), ()),
                                           ("outside_lens", make.RAW, v4, ("--lens", "44.0.0.0/8"))):
            with self.subTest(name):
                data = make.pcap([((MIDNIGHT + n) * make.NANO, frame) for n in range(20)], link)
                done, _, entry = self.read(data, name=name + ".pcap", options=options)
                self.assertEqual((entry["set_aside"], entry["almost_all"]), ({name: 20}, name))
                self.assertIn("warning: almost all", done.err)


if __name__ == "__main__":
    common.main()
