#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every example that --help and the manual show is run, in a folder that has what it names, in the order of the commands."""

import gzip
import json
import os
import re
import shlex
import subprocess

import common

COMMANDS = re.findall(r"^  ([a-z]+) ", common.call("--help").out, re.M)


def examples(command):
    text = common.call(command, "--help").out
    return re.findall(r"^    ((?:mpirun -n \d+ )?patientzero .*)$", text[text.find("\nExamples:\n"):], re.M)


class Examples(common.Case):
    def prepare(self):
        """An archive with an outbreak, a list with a capture in zstd, and lists of addresses."""
        done = common.call("synth", "--out", self.dir / "archive", "--from", "2008-11-20", "--until", "2008-11-22", "--scale",
                           "0.002", "--background", "0.0005", "--seed", "1", "--quiet")
        self.assertEqual(done.code, common.DONE, done)
        first = sorted((self.dir / "archive").rglob("*.pcap.gz"))[0]
        plain = self.dir / "first.pcap"
        plain.write_bytes(gzip.decompress(first.read_bytes()))
        subprocess.run(["zstd", "-q", plain], check=True)
        (self.dir / "list.txt").write_text("first.pcap.zst\n")
        for name in ("list-of-addresses.txt", "known.txt"):
            (self.dir / name).write_text("".join(f"{i}.1.2.3\n" for i in range(1, 224)))
        (self.dir / "sinkhole.csv.gz").write_bytes(gzip.compress(b"address,seen\n192.0.2.7,1\n"))

    def run_line(self, line):
        words = shlex.split(line)
        ranks = None
        if words[0] == "mpirun":
            ranks, words = 2 if common.MPI else None, words[3:]
        # Figures take seconds, and are drawn by the first of these commands.
        if words[1] in ("run", "reduce") and "results" not in words and "--no-report" not in words:
            words.append("--no-report")
        return common.call(*[self.source if word == "192.0.2.1" else word for word in words[1:]], ranks=ranks, cwd=self.dir)

    def test_examples(self):
        self.prepare()
        self.source = None
        ran = 0
        for command in COMMANDS:
            lines = examples(command)
            self.assertTrue(lines, f"patientzero {command} --help has no example: .examples in src/cli/cmd_{command}.c")
            for line in lines:
                with self.subTest(line):
                    done = self.run_line(line)
                    self.assertEqual(done.code, common.DONE, done)
                    ran += 1
                    if "--json" in line:
                        self.assertIsInstance(json.loads(done.out), dict)
            if command == "run":
                rows = common.read_csv(self.dir / "results" / "restricted" / "candidates.csv")
                self.source = rows[1][rows[0].index("source")]
        self.assertGreaterEqual(ran, len(COMMANDS))
        self.assertTrue(os.path.getsize(self.dir / "source.pcap") > 24, "the pcap has packets")


if __name__ == "__main__":
    common.main()
