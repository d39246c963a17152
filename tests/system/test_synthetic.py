#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Made-up captures are known as such: the mark that synth leaves, what is said of it, and what it scales."""

import re
import struct

import common

ACCURACY = 12    # of the field in a pcap file's header


class Synthetic(common.Case):
    def synth(self, name, *options, scale="0.003"):
        done = common.call("synth", "--out", self.dir / name, "--from", "2008-11-21T03:00:00", "--until", "2008-11-21T04:00:00",
                           "--scale", scale, "--background", "0.01", *options)
        self.assertEqual(done.code, common.DONE, done)
        captures = sorted((self.dir / name).glob("*.pcap.gz"))
        self.assertEqual(len(captures), 1)
        return captures[0]

    def said(self, *captures, out="out", code=common.DONE):
        """What summary.json and the page say of these captures."""
        (self.dir / "empty").mkdir(exist_ok=True)    # without gnuplot, which takes longer than all else
        folder, _ = self.run_ok(*captures, out=out, code=code, report=True, env={"PATH": str(self.dir / "empty")})
        page = (folder / "report.html").read_text(encoding="utf-8")
        return common.read_summary(folder)["synthetic"], page, folder

    def copy(self, capture, name, change):
        """A capture with another file header."""
        data = bytearray(common.inflated(capture))
        path = self.dir / name
        path.write_bytes(change(data))
        return path

    def test_every_link_type(self):
        for link in ("ethernet", "raw"):
            capture = self.synth(link, "--linktype", link, "--noise", "2.5")
            synthetic, page, folder = self.said(capture, out=f"out-{link}")
            self.assertEqual(synthetic, {"captures": 1, "scale": 0.003, "noise": 2.5})
            self.assertIn("Made-up data (synthetic, scale 0.003, 2.5 times the noise)", page.split("<nav")[0])
            captions = [re.sub("^(<[^>]*>)+", "", caption) for caption in page.split("<figcaption>")[1:]]
            self.assertTrue(all(caption.startswith("Made-up data (") for caption in captions))
            scripts = list((folder / "figures").glob("*.gp"))
            self.assertTrue(scripts)
            for script in scripts:
                self.assertIn("synthetic, scale 0.003", script.read_text(encoding="utf-8"), script.name)

    def test_published_numbers_scale(self):
        """At the scale of the mark, without an option; an option counts more."""
        capture = self.synth("one", scale="0.01")
        _, _, folder = self.said(capture)

        def published():
            rows = common.read_csv(folder / "tables" / "reproduction.csv")
            return {row[0]: row[rows[0].index("published")] for row in rows[1:]}

        self.assertEqual(published()["S6a"], "1149")
        common.call("report", "--out", folder)
        self.assertEqual(published()["S6a"], "1149")
        common.call("report", "--out", folder, "--scale", "0.5")
        self.assertEqual(published()["S6a"], f"{114911 * 0.5:.0f}")

    def test_recorded(self):
        synthetic, page, folder = self.said(common.DATA / "figure5.pcap.gz")
        self.assertIsNone(synthetic)
        self.assertNotIn("Made-up data", page)
        for script in (folder / "figures").glob("*.gp"):
            self.assertNotIn("synthetic", script.read_text(encoding="utf-8"))

    def test_mixed(self):
        """Several scales, or a recorded capture among them: no scale, and no count is compared."""
        marked = self.synth("marked")

        def unmarked(data):
            data[ACCURACY:ACCURACY + 4] = bytes(4)
            return bytes(data)

        plain = self.copy(marked, "plain.pcap", unmarked)
        self.assertIsNone(self.said(plain, out="plain-out")[0])
        for name, others in (("scales", [self.synth("other", scale="0.01")]), ("recorded", [common.DATA / "figure5.pcap.gz"]),
                             ("joined", None)):
            if others is None:    # one file of two captures
                joined = self.dir / "joined.pcap"
                joined.write_bytes(plain.read_bytes() + common.inflated(marked))
                captures, code = [joined], common.DAMAGED    # as time goes back in it
            else:
                captures, code = [marked, *others], common.DONE
            synthetic, page, folder = self.said(*captures, out=name, code=code)
            self.assertEqual((synthetic["scale"], synthetic["noise"]), (None, None), name)
            self.assertIn("synthetic in part, or at several scales", page)
            rows = common.read_csv(folder / "tables" / "reproduction.csv")
            verdict = rows[0].index("verdict")
            self.assertEqual({row[verdict] for row in rows[1:]}, {"open"}, name)

    def test_other_byte_order(self):
        """A file that a tool turned to the other byte order still has it."""
        def swap(data):
            out = bytearray(struct.pack(">IHHiIII", *struct.unpack("<IHHiIII", data[:24])))
            at = 24
            while at < len(data):
                record = struct.unpack_from("<IIII", data, at)
                out += struct.pack(">IIII", *record) + data[at + 16:at + 16 + record[2]]
                at += 16 + record[2]
            return bytes(out)

        big = self.copy(self.synth("little"), "big.pcap", swap)
        self.assertEqual(self.said(big)[0]["scale"], 0.003)

    def test_kept_by_the_tally(self):
        """A second run, of the store alone, says the same."""
        capture = self.synth("stored")
        folder, _ = self.run_ok(capture)
        first = (folder / "summary.json").read_bytes()
        self.run_ok(capture)
        self.assertEqual((folder / "summary.json").read_bytes(), first)


if __name__ == "__main__":
    common.main()
