#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every table equals what tshark says of the capture, for all captures in tests/data, at port 445 and at the port that
most of the capture's scans go to. tests/oracle/compare.py compares others, by hand."""

import common
import expected
import unpack
import walk
from compare import TABLES, TSHARK_DIFFERS, captures, compare_all, is_capture

# The hour of traffic that most captures in tests/data hold, each in its own wrapping: whole, or without the packets
# that the wrapping can't hold.
MEDLEY = "link-raw.pcap"


class Oracle(common.Case):
    def test_own_captures(self):
        paths = [path for path in captures(common.DATA) if path.name not in TSHARK_DIFFERS]
        self.assertGreater(len(paths), 50)
        compared = compare_all(paths, self.dir)
        print(f"{len(paths)} captures, {sum(one.ports for one in compared)} comparisons", flush=True)
        wrong = [f"{one.path}: {line}" for one in compared for line in one.wrong]
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))


class Fixtures(common.Case):
    def test_damage_and_coverage(self):
        """The second oracle, which reads the bytes itself, knows the damaged hours too."""
        for path in captures(common.DATA):
            if not is_capture(path):
                continue
            with self.subTest(path.name):
                seen = walk.Walk(path)
                out, done = self.run_ok(path, out=path.name, code=common.DAMAGED if seen.damage else common.DONE)
                got = common.read_tables(out)
                for name, rows in expected.tables(seen.packets, damaged=seen.hours).items():
                    self.assertEqual(got[name], rows, name)

    def test_wrappings(self):
        """The same traffic makes the same tables, whatever it is wrapped in."""
        out, _ = self.run_ok(common.DATA / MEDLEY)
        want = common.read_tables(out)
        names = sorted(path.name for path in captures(common.DATA) if path.name.startswith(
            ("link-", "vlan", "qinq", "order-", "nano", "modified", "pcapng", "gzip", "zstd")))
        self.assertGreater(len(names), 30)
        for name in names:
            with self.subTest(name):
                out, _ = self.run_ok(common.DATA / name, out=name)
                got = common.read_tables(out)
                # Where the link holds no IPv6, other packets stand in: tables of all IPv4 packets differ.
                for table in TABLES if name == "link-ipv4.pcap" else sorted(want.keys() | got.keys()):
                    self.assertEqual(got.get(table), want.get(table), table)

    def test_stated_content(self):
        """What tests/data/README.md says of scans and sources, so that both oracles can't be wrong together."""
        stated = {"flags.pcap.gz": (1, 16, 256), "many-sources.pcap.gz": (1300, 1300, 1300),
                  "edge-sources.pcap": (12, 18, 18), "fragments.pcap": (5, 5, 10), "bad-headers.pcap": (3, 3, 12),
                  "tunnels.pcap": (2, 4, 12), "short.pcap": (6, 6, 14), "figure5.pcap.gz": (1, 19, 19),
                  "dark-net.pcap.gz": (5, 522, 703), "empty.pcap": (0, 0, 0),
                  "impossible-times.pcap": (2, 2, 2), "odd-fractions.pcap": (5, 5, 5),
                  MEDLEY: (8, 48, 76)}
        for name, numbers in stated.items():
            with self.subTest(name):
                out = self.dir / name
                common.call("run", "--no-report", common.DATA / name, "--out", out)
                self.assertEqual(common.read_csv(out / "tables" / "total.csv")[1][:3], list(map(str, numbers)))

    def test_spans_and_widths(self):
        """What acts on tables only: the span, the silence, the bins."""
        walks = {name: walk.Walk(common.DATA / name).packets for name in ("silence.pcap", "outages.pcap.gz")}
        midnight = 1227225600
        for name, options in (
                ("silence.pcap", {"silence": 1}), ("silence.pcap", {"silence": 30}), ("silence.pcap", {"silence": 29}),
                ("silence.pcap", {"silence": 61}), ("silence.pcap", {"silence": 900}),
                ("silence.pcap", {"silence": 901}), ("silence.pcap", {"since": midnight}),
                ("silence.pcap", {"until": midnight}),
                ("silence.pcap", {"since": midnight - 3600, "until": midnight + 3600, "width": 60}),
                ("silence.pcap", {"width": 10}), ("silence.pcap", {"width": 3600}), ("silence.pcap", {"width": 7200}),
                ("silence.pcap", {"width": 86400}), ("outages.pcap.gz", {"width": 43200}),
                ("outages.pcap.gz", {"width": 900}), ("outages.pcap.gz", {"since": midnight + 3 * 3600}),
                ("outages.pcap.gz", {"since": midnight - 86400, "until": midnight + 80 * 3600}),
                ("outages.pcap.gz", {"since": midnight + 10 * 3600, "until": midnight + 20 * 3600})):
            with self.subTest(name, **options):
                arguments = []
                for option, value in options.items():
                    flag = {"width": "timeline-bin"}.get(option, option)
                    arguments += [f"--{flag}", expected.iso(value) if option in ("since", "until") else value]
                tables = expected.tables(walks[name], **options)
                if len(tables["hourly"]) == 1:    # the header: the result that is there is kept
                    self.refuse("run", "--no-report", common.DATA / name, *arguments, "--out", self.dir / name,
                                names=["nothing to make tables of"])
                    continue
                out, _ = self.run_ok(common.DATA / name, *arguments, out=name)
                got = common.read_tables(out)
                for table, rows in tables.items():
                    self.assertEqual(got[table], rows, table)

    def test_generators(self):
        """The captures are what their scripts make."""
        import make_figure5
        import make_oddities
        made = make_oddities.captures()
        made["figure5.pcap.gz"] = common.gzip.compress(make_figure5.capture(), 9, mtime=0)
        for name, data in made.items():
            with self.subTest(name):
                (self.dir / name).write_bytes(data)
                # Compressors differ from version to version, what they compressed doesn't.
                pairs = [[(member.data, member.damage) for member in unpack.members(path)]
                         for path in (self.dir / name, common.DATA / name)]
                if "torn" not in name:
                    self.assertEqual(*pairs)


if __name__ == "__main__":
    common.main()
