#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a telescope hears that is no scan is set aside by reason, is no damage, and nothing is lost: the records of a
capture are its scans and what was set aside."""

from collections import Counter

import common
import expected
import walk


def fates(seen, port=445):
    """The set-aside counts that summary.json should have, from the second reading."""
    count = Counter()
    for packet, why in zip(seen.packets, seen.fates, strict=True):
        if packet.usec == expected.NO_TIME:
            why = "without_time"
        elif packet.usec < expected.EARLIEST * expected.MICRO:
            why = "time_before_2000"
        elif packet.usec >= expected.LATEST * expected.MICRO:
            why = "time_after_2038"
        elif why is None and packet.port != port:
            why = "other_tcp_port"
        elif why is None and not packet.syn:
            why = "other_tcp_flags"
        count["scan" if why is None else why] += 1
    return count


class Darknet(common.Case):
    def read(self, name, *options, code=common.DONE):
        out, _ = self.run_ok(common.DATA / name, *options, out=f"{name}-{len(options)}", code=code)
        inputs = common.read_summary(out)["inputs"]
        self.assertEqual(len(inputs), 1)
        return inputs[0], common.read_csv(out / "tables" / "total.csv")[1]

    def set_aside(self, entry):
        return {reason: count for reason, count in entry["set_aside"].items() if count}

    def test_reasons(self):
        for name, wanted in {
                "bad-headers.pcap": {"bad_ip_header": 6, "bad_tcp_header": 3},
                "fragments.pcap": {"later_fragment": 4, "bad_ip_header": 1},
                "short.pcap": {"cut_short": 8},
                "flags.pcap.gz": {"other_tcp_flags": 240},
                "tunnels.pcap": {"other_ip_protocol": 1, "ip_in_ip": 1, "ipv6_in_ip": 1, "gre": 1, "esp": 1, "vxlan": 1,
                                 "not_ip": 1, "ipv6": 1},
                "silence.pcap": {}}.items():
            with self.subTest(name):
                entry, _ = self.read(name)
                self.assertEqual(self.set_aside(entry), wanted)

    def test_conservation(self):
        """Records read = scans + the sum of what was set aside, with every reason counted as the bytes say."""
        for path in sorted(common.DATA.iterdir()):
            if path.suffix in (".py", ".md", ".txt", ".LICENSE", "" if common.ZSTD else ".zst") or path.is_dir():
                continue
            with self.subTest(path.name):
                seen = walk.Walk(path)
                entry, total = self.read(path.name, code=common.DAMAGED if seen.damage else common.DONE)
                wanted = fates(seen)
                scans = wanted.pop("scan", 0)
                self.assertEqual(entry["records"], len(seen.packets))
                self.assertEqual(self.set_aside(entry), dict(wanted))
                self.assertEqual(int(total[1]), scans)
                impossible = wanted["time_before_2000"] + wanted["time_after_2038"] + wanted["without_time"]
                self.assertEqual(int(total[2]), len(seen.packets) - impossible)
                self.assertEqual(bool(entry["damage"]), bool(seen.damage))

    def test_lens(self):
        """Only packets to a prefix: the others aren't even packets, and cover nothing."""
        seen = walk.Walk(common.DATA / "link-raw.pcap")
        for prefix, low, high in (("0.0.0.0/8", 0, 2**24 - 1), ("9.0.0.0/8", 9 << 24, (10 << 24) - 1),
                                  ("0.64.0.0/10", 64 << 16, (128 << 16) - 1), ("200.0.0.0/8", 200 << 24, 201 << 24)):
            with self.subTest(prefix):
                out, _ = self.run_ok(common.DATA / "link-raw.pcap", "--lens", prefix, out=prefix.replace("/", "-"))
                inside = [packet for packet in seen.packets
                          if packet.target is not None and low <= packet.target <= high]
                got = common.read_tables(out)
                for name, rows in expected.tables(inside).items():
                    self.assertEqual(got[name], rows, name)
                entry = common.read_summary(out)["inputs"][0]
                self.assertEqual(entry["set_aside"].get("outside_lens", 0), len(seen.packets) - len(inside))
                self.assertEqual(entry["records"], len(seen.packets))

    def test_other_port(self):
        seen = walk.Walk(common.DATA / "link-raw.pcap")
        for port in (3389, 22, 7):
            with self.subTest(port):
                out, _ = self.run_ok(common.DATA / "link-raw.pcap", "--port", port, out=str(port))
                self.assertEqual(common.read_tables(out)["hourly"], expected.tables(seen.packets, port)["hourly"])

    def test_longest_gap(self):
        """Thirty days without anything are so many rows, an hour more is one."""
        import make_oddities
        first = make_oddities.MIDNIGHT
        for hours, rows in ((720, 722), (721, 3)):
            with self.subTest(hours):
                packets = make_oddities.every_second(first, first + 1) + \
                    make_oddities.every_second(first + (hours + 1) * 3600, first + (hours + 1) * 3600 + 1)
                capture = self.dir / f"{hours}.pcap"
                capture.write_bytes(make_oddities.pcap(packets))
                out, _ = self.run_ok(capture, out=f"out-{hours}")
                got = common.read_tables(out)
                self.assertEqual(len(got["hourly"]) - 1, rows)
                for name, table in expected.tables(walk.Walk(capture).packets).items():
                    self.assertEqual(got[name], table, name)


if __name__ == "__main__":
    common.main()
