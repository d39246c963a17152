#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a command line can mean by a capture: a file, a folder, a list, standard input, what a filter makes of a file;
each capture once, known by its contents."""

import gzip
import os
import shutil

import common

MEDLEY = common.DATA / "link-raw.pcap"


class Folder(common.Case):
    def setUp(self):
        super().setUp()
        self.archive = self.dir / "archive"
        self.archive.mkdir()

    def put(self, name, source=MEDLEY):
        path = self.archive / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(common.DATA / source, path)
        return path

    def labels(self, out):
        return [entry["capture"] for entry in common.read_summary(out)["inputs"]]

    def total(self, out):
        return common.read_csv(out / "tables" / "total.csv")[1]

    def tables_of(self, *arguments, **options):
        out, _ = self.run_ok(*arguments, out=f"out-{len(os.listdir(self.dir))}", **options)
        return common.read_tables(out)

    def test_any_depth_and_name(self):
        self.put("a/b/c/d/e/deep.bin")
        self.put("no-ending", "figure5.pcap.gz")
        self.put("2008/11/21/looks-like.txt", "edge-sources.pcap")
        self.put("a/UPPER.PCAP", "flags.pcap.gz")
        self.put("a/.hidden", "short.pcap")
        # Not captures: listed as such, without a word.
        (self.archive / "not").write_text("no capture at all\n")
        (self.archive / "a" / "zipped.gz").write_bytes(gzip.compress(b"something else" * 100))
        out, done = self.run_ok(self.archive, "--quiet")
        self.assertEqual([line for line in done.err.splitlines() if "overlapping in time" not in line], [])
        labels = [entry["capture"] for entry in common.read_summary(out)["inputs"] if entry["state"] == "read"]
        self.assertEqual(len(labels), 5, labels)
        for name in ("a/b/c/d/e/deep.bin", "no-ending", "2008/11/21/looks-like.txt", "a/UPPER.PCAP", "a/.hidden"):
            self.assertIn(name, labels)
        self.assertEqual(self.total(out)[1:3], [str(48 + 19 + 18 + 16 + 6), str(76 + 19 + 18 + 256 + 14)])

    def test_no_machine_paths(self):
        """Folder and files named by absolute paths: summary.json holds only what lies below them."""
        self.put("x/one.pcap")
        out, _ = self.run_ok(self.archive, common.DATA / "flags.pcap.gz")
        self.assertEqual(sorted(self.labels(out)), ["flags.pcap.gz", "x/one.pcap"])
        self.assertNotIn(str(self.dir), (out / "summary.json").read_text())

    def test_links(self):
        """A link to a capture is the capture; a link to a folder above ends nothing in a loop."""
        self.put("real.pcap")
        (self.archive / "link.pcap").symlink_to("real.pcap")
        (self.archive / "loop").symlink_to("..")
        os.mkfifo(self.archive / "pipe")
        out, _ = self.run_ok(self.archive)
        self.assertEqual(self.total(out)[1:3], ["48", "76"])

    def test_pipe(self):
        """It can be read once only, so it must come as standard input: the message says so, and nobody waits for a writer."""
        pipe = self.dir / "pipe"
        os.mkfifo(pipe)
        done = common.call("run", "--no-report", pipe, "--out", self.dir / "out")
        self.assertEqual(done.code, common.USAGE, "nothing else is named\n" + str(done))
        self.assertIn("standard input", done.err, done)

    def test_folder_without_captures(self):
        """A slip of the pen: it is said, whatever else comes of it."""
        (self.archive / "notes.txt").write_text("no capture at all\n")
        done = common.call("run", "--no-report", self.archive, "--out", self.dir / "out")
        self.assertIn("archive", done.err, done)

    def test_duplicates_count_once(self):
        """By contents: the same path twice, a copy, a file and the folder it is in, the same packets zipped."""
        one = self.put("one.pcap")
        self.put("copy.pcap")
        wanted = self.tables_of(MEDLEY)
        self.assertEqual(self.tables_of(one, one), wanted)
        self.assertEqual(self.tables_of(self.archive), wanted)
        self.assertEqual(self.tables_of(one, self.archive, MEDLEY), wanted)
        again, _ = self.run_ok(one, common.DATA / "gzip.pcap.gz", out="zipped")
        self.assertEqual(self.total(again)[1:3], ["48", "76"])

    def test_list(self):
        one, two = self.put("one.pcap"), self.put("two words.pcap", "figure5.pcap.gz")
        self.put("folder/three.pcap", "flags.pcap.gz")
        wanted = self.tables_of(self.archive)
        listed = self.dir / "list.txt"
        listed.write_text(f"{one}\n\n{two}\n{self.archive / 'folder'}\n")
        self.assertEqual(self.tables_of(f"@{listed}"), wanted)
        # Without a newline at the end, and with a carriage return at each line's.
        listed.write_text(f"{one}\r\n{two}\r\n{self.archive / 'folder' / 'three.pcap'}")
        self.assertEqual(self.tables_of(f"@{listed}"), wanted)

    def test_list_is_missing(self):
        done = common.call("run", "--no-report", f"@{self.dir / 'nothing.txt'}", "--out", self.dir / "out")
        self.assertIn(done.code, (common.ENVIRONMENT, common.USAGE), done)
        self.assertIn("nothing.txt", done.err)

    def test_standard_input(self):
        wanted = self.tables_of(MEDLEY)
        for name in ("link-raw.pcap", "gzip-members.pcap.gz", "pcapng.pcapng"):
            with self.subTest(name):
                self.assertEqual(self.tables_of("-", stdin=(common.DATA / name).read_bytes()), wanted)

    def test_standard_input_beside_files(self):
        out, _ = self.run_ok("-", common.DATA / "figure5.pcap.gz", stdin=MEDLEY.read_bytes(),
                             **({"ranks": 2} if common.MPI else {}))
        self.assertEqual(self.total(out)[1:3], [str(48 + 19), str(76 + 19)])

    def test_standard_input_is_no_capture(self):
        done = common.call("run", "--no-report", "-", "--out", self.dir / "out", stdin=b"this is no capture, is it?\n")
        self.assertEqual(done.code, common.USAGE, done)

    def test_decode(self):
        wanted = self.tables_of(MEDLEY)
        hidden = self.dir / "hidden"
        hidden.write_bytes(bytes(byte ^ 0x55 for byte in (common.DATA / "gzip.pcap.gz").read_bytes()))
        program = self.dir / "unhide"
        program.write_text("#!/usr/bin/env python3\nimport sys\n"
                           "sys.stdout.buffer.write(bytes(b ^ 0x55 for b in sys.stdin.buffer.read()))\n")
        program.chmod(0o755)
        self.assertEqual(self.tables_of(hidden, "--decode", program), wanted)
        self.assertEqual(self.tables_of(MEDLEY, "--decode", "gzip -c | gzip -dc"), wanted)
        # In a folder too: whether a file is a capture is told by what the filter makes of it.
        folder = self.dir / "many"
        folder.mkdir()
        shutil.copyfile(hidden, folder / "a")
        self.assertEqual(self.tables_of(folder, "--decode", program), wanted)

    def test_decode_fails(self):
        """A filter that fails tore the capture; what it gave counts."""
        out, done = self.run_ok(MEDLEY, "--decode", "head -c 2000; exit 5", code=common.DAMAGED)
        self.assertGreater(int(self.total(out)[2]), 20)
        self.assertIn("link-raw.pcap", done.err)
        done = common.call("run", "--no-report", MEDLEY, "--decode", "exit 7", "--out", self.dir / "none")
        self.assertEqual(done.code, common.USAGE, done)

    def test_named_file_is_no_capture(self):
        """It is named and passed over, the rest goes on."""
        text = self.dir / "notes.txt"
        text.write_text("no capture at all\n" * 10)
        out, done = self.run_ok(text, MEDLEY, code=common.DAMAGED)
        self.assertIn("notes.txt", done.err)
        self.assertEqual(self.total(out)[1:3], ["48", "76"])
        rows = common.read_csv(out / "tables" / "hourly.csv")
        self.assertNotIn("damaged", [row[5] for row in rows], "a file that is no capture damages no hour")

    def test_named_file_is_absent(self):
        out, done = self.run_ok(self.dir / "nowhere.pcap", MEDLEY, code=common.DAMAGED)
        self.assertIn("nowhere.pcap", done.err)
        self.assertEqual(self.total(out)[1:3], ["48", "76"])

    def test_output_inside_the_archive(self):
        """Files of an earlier run in the folder that is searched are no captures."""
        self.put("one.pcap")
        for _ in range(2):
            done = common.call("run", "--no-report", self.archive, "--out", self.archive / "results")
            self.assertEqual(done.code, common.DONE, done)
            self.assertEqual(self.total(self.archive / "results")[1:3], ["48", "76"])


if __name__ == "__main__":
    common.main()
