#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every file that is named or met in a folder has one fate, which summary.json tells; and what looks like a capture and
could not be read is named on standard error, with exit 3."""

import bz2
import gzip
import lzma
import os
import random
import shutil
import socket
import subprocess
import tempfile
import zipfile
from pathlib import Path

import common

HOUR = 1227243600       # 2008-11-21T05:00:00Z
SCANS = 20


def capture(hour, scans=SCANS, step=180, first=0):
    """One SYN to port 445 every `step` seconds of an hour, as raw IP."""
    records = []
    for i in range(scans):
        syn = bytes([0x45, 0, 0, 40, 0, i, 0, 0, 103, 6, 0, 0, 9, 9, hour % 256, i, 0, 1, 2, i]) + bytes(
            [4, 0, 1, 189, 0, 0, 0, i, 0, 0, 0, 0, 0x50, 2, 255, 255, 0, 0, 0, 0])
        second = HOUR + 3600 * (hour - 5) + first + step * i
        records.append(common.pcap_record(second * 10**6, syn))
    return common.pcap(records)


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


class Fates(common.Case):
    def setUp(self):
        super().setUp()
        self.archive = self.dir / "archive"
        for hour in (5, 7):
            put(self.archive / f"h{hour:02}.pcap.gz", gzip.compress(capture(hour)))

    def run_fates(self, *arguments, code=common.DAMAGED, out=None, **options):
        """({label: entry}, how it ended)"""
        out = out or f"out-{len(os.listdir(self.dir))}"
        out, done = self.run_ok(*(arguments or (self.archive,)), "--quiet", code=code, out=out, **options)
        self.out = out
        entries = common.read_summary(out)["inputs"]
        fates = {entry["capture"]: entry for entry in entries}
        self.assertEqual(len(fates), len(entries), "one fate a file")
        return fates, done

    def states(self, fates):
        return {label: entry["state"] for label, entry in fates.items()}

    def lines(self, done):
        """What is said of kinds of files."""
        lines = [line for line in done.err.splitlines() if line.startswith("patientzero:")]
        about_all = ("their names do not tell their hours", "the results are whole")    # the latter on several ranks only
        return [line for line in lines if not any(words in line for words in about_all)]

    def test_named_like_a_capture(self):
        """By the ending alone, whatever it holds: text, nothing, other bytes."""
        names = ["h06.pcap", "h06.PCAP.gz", "a/h06.cap", "h06.dmp.bz2", "h06.pcapng.zst", "h06.erf", "h06.pcap.br",
                 "h06.cap.7z"]
        for name in names:
            put(self.archive / name, b"404 not found\n")
        put(self.archive / "h08.pcap.gz", b"")
        put(self.archive / "h09.pcap.gz", gzip.compress(b""))
        fates, done = self.run_fates()
        self.assertEqual({label for label, state in self.states(fates).items() if state == "could not be read"},
                         {*names, "h08.pcap.gz", "h09.pcap.gz"})
        self.assertEqual(len(self.lines(done)), 2, done)
        self.assertIn(f"({len(names)} files)", done.err)
        self.assertEqual(common.read_summary(self.out)["totals"]["captures_not_read"], len(names) + 2)

    def test_magics(self):
        """By the first bytes alone: other captures, compressed, archived and encrypted data, zeros."""
        inner = capture(6)
        zipped = self.dir / "zip"
        with zipfile.ZipFile(zipped, "w") as file:
            file.writestr("h06.pcap", inner)
        tail = random.Random(1).randbytes(2000)
        kinds = {"lzip": b"LZIP\1" + tail, "zip": zipped.read_bytes(),
                 "compress": b"\x1f\x9d\x90" + tail, "lzop": b"\x89LZO\0\r\n\x1a\n" + tail,
                 "7z": b"7z\xbc\xaf\x27\x1c\0\4" + tail, "rar": b"Rar!\x1a\x07\x01\0" + tail,
                 "openssl": b"Salted__" + tail, "PGP": b"\x8c\x0d\x04\x09\x03\x02" + tail,
                 "age": b"age-encryption.org/v1\n-> X25519 " + tail, "snoop": b"snoop\0\0\0\0\0\0\2\0\0\0\4" + tail,
                 "zeros": bytes(4096) + gzip.compress(inner)[4096:] + tail, "hole": bytes(100000),
                 "snoop in gzip": gzip.compress(b"snoop\0\0\0\0\0\0\2\0\0\0\4" + tail)}
        for name, data in kinds.items():
            put(self.archive / name, data)
        fates, done = self.run_fates()
        self.assertEqual({label for label, state in self.states(fates).items() if state == "could not be read"},
                         set(kinds))
        for name in kinds:
            self.assertIn(name.split()[0] if name != "hole" else "zeros", fates[name]["why"])
        self.assertEqual(len(self.lines(done)), len(kinds) - 2, done)

    def test_xz_and_bzip2(self):
        """Read where the library was built in, else named with the remedy; and the remedy is right."""
        put(self.archive / "h06.xz", lzma.compress(capture(6)))
        put(self.archive / "h08.bz2", bz2.compress(capture(8)))
        done = common.call("run", self.archive, "--out", self.dir / "o", "--no-report", "--quiet")
        for name, command in (("h06.xz", "xz -dcf"), ("h08.bz2", "bzip2 -dcf")):
            state = {entry["capture"]: entry["state"] for entry in common.read_summary(self.dir / "o")["inputs"]}[name]
            if state != "read":
                self.assertEqual((state, done.code), ("could not be read", common.DAMAGED), done)
                self.assertIn(f"--decode '{command}'", done.err)
                (self.archive / ("h08.bz2" if name == "h06.xz" else "h06.xz")).rename(self.dir / "aside")
                fates, _ = self.run_fates(self.archive, "--decode", command, code=common.DONE)
                self.assertEqual(set(self.states(fates).values()), {"read"}, "gzip files pass through the command")
                (self.dir / "aside").rename(self.archive / ("h08.bz2" if name == "h06.xz" else "h06.xz"))

    def test_compressed_twice(self):
        """The remedy takes off the outer compression, and passes on what has one only."""
        kinds = {"gzip": gzip.compress, "xz": lzma.compress, "bzip2": bz2.compress}
        kinds = {name: compress for name, compress in kinds.items() if f" {name}" in common.built_in()}
        for outer, compress in kinds.items():
            archive = self.dir / outer
            for inner, before in kinds.items():
                put(archive / f"{inner}.pcap", compress(before(capture(6))))
            put(archive / "once.pcap.gz", gzip.compress(capture(8)))
            fates, _ = self.run_fates(archive)
            for inner in kinds:
                self.assertEqual(fates[f"{inner}.pcap"]["why"], f"compressed twice; add --decode '{outer} -dcf'")
            fates, _ = self.run_fates(archive, "--decode", f"{outer} -dcf", code=common.DONE)
            states = self.states(fates)
            self.assertEqual((set(states.values()), list(states.values()).count("read")), ({"read", "duplicate"}, 2))

    def test_others(self):
        """What doesn't look like a capture is listed, and nobody is troubled with it."""
        others = {"MD5SUMS": b"d41d8cd98f00b204e9800998ecf8427e  h05.pcap.gz\n", "README.gz": gzip.compress(b"a text\n"),
                  "h05.pcap.gz.md5": b"d41d8cd98f00b204e9800998ecf8427e\n", "capture.log": b"tcpdump: listening\n",
                  "capture.log.xz": lzma.compress(b"tcpdump: listening\n"), "empty": b"", "empty.gz": gzip.compress(b""),
                  "notes.txt.7z": b"7z\xbc\xaf\x27\x1c\0\4 and more", "a/picture.png": b"\x89PNG\r\n\x1a\n" + bytes(40),
                  "h05.pcap.gz.asc": b"-----BEGIN PGP SIGNATURE-----\n\niQ==\n", "h05.pcap.gz.gpg": b"\x89\x02\x33\x04\x00" * 9,
                  "some.bin": bytes(range(1, 200)), "torn-text.log.gz": gzip.compress(b"x")[:9]}
        for name, data in others.items():
            put(self.archive / name, data)
        fates, done = self.run_fates(code=common.DONE)
        self.assertEqual(done.err, "")
        self.assertEqual({label for label, state in self.states(fates).items() if state == "not a capture"}, set(others))
        self.assertEqual(common.read_summary(self.out)["totals"]["not_captures"], len(others))

    def test_strict(self):
        put(self.archive / "h06.pcap.gz", b"404 not found\n")
        self.refuse("run", self.archive, "--out", self.dir / "out", "--no-report", "--strict", code=common.ENVIRONMENT,
                    names=["h06.pcap.gz", "--strict"])
        self.assertFalse((self.dir / "out").exists())

    def test_named_as_the_others(self):
        """A file that differs from captures in the numbers of its name only."""
        for name, data in (("t.5", capture(5)), ("t.7", capture(7)), ("t.10", b"no space left on device\n")):
            put(self.dir / "numbered" / name, data)
        fates, done = self.run_fates(self.dir / "numbered")
        self.assertEqual(self.states(fates), {"t.5": "read", "t.7": "read", "t.10": "could not be read"})
        self.assertIn("t.10", done.err)

    def test_duplicate_names_its_original(self):
        for name in ("z/copy.gz", "a/copy.gz"):
            put(self.archive / name, (self.archive / "h05.pcap.gz").read_bytes())
        fates, _ = self.run_fates(code=common.DONE)
        self.assertEqual({label: entry.get("duplicate_of") for label, entry in fates.items()},
                         {"a/copy.gz": None, "h05.pcap.gz": "a/copy.gz", "z/copy.gz": "a/copy.gz", "h07.pcap.gz": None})

    def test_links(self):
        """One that leads nowhere is named; loops end; a folder that links lead to in many ways is searched once."""
        (self.archive / "h06.pcap.gz").symlink_to("/tape/h06.pcap.gz")
        (self.archive / "itself").symlink_to("itself")
        (self.archive / "up").symlink_to("..")
        for one in range(12):
            (self.archive / f"d{one}").mkdir()
            for other in range(12):
                (self.archive / f"d{one}" / f"to{other}").symlink_to(f"../d{other}")
        put(self.archive / "d3" / "h08.pcap", capture(8))
        outside = put(self.dir / "elsewhere" / "h09.pcap", capture(9))
        (self.archive / "link").symlink_to(outside.parent)
        fates, done = self.run_fates()
        self.assertEqual(self.states(fates), {
            "h05.pcap.gz": "read", "h07.pcap.gz": "read", "d3/h08.pcap": "read", "link/h09.pcap": "read",
            "h06.pcap.gz": "could not be read", "itself": "could not be read"})
        self.assertEqual(len(self.lines(done)), 1, done)
        self.assertIn("link", done.err)

    def test_pipes_and_sockets(self):
        """Refused at once: nobody waits for a writer."""
        os.mkfifo(self.archive / "h06.pcap")
        os.mkfifo(self.archive / "control")
        with socket.socket(socket.AF_UNIX) as listener:
            # The path of a socket must be short.
            os.symlink(self.archive, link := tempfile.mktemp(prefix="pz"))
            self.addCleanup(os.unlink, link)
            listener.bind(f"{link}/h08.pcap.gz")
            fates, done = self.run_fates()
        self.assertEqual({label: state for label, state in self.states(fates).items() if state != "read"},
                         {"h06.pcap": "could not be read", "control": "not a capture", "h08.pcap.gz": "could not be read"})
        self.assertIn("standard input", done.err)
        fates, done = self.run_fates(self.archive / "control", "/dev/zero", self.archive / "h05.pcap.gz")
        self.assertEqual(self.states(fates), {"control": "could not be read", "zero": "could not be read",
                                              "h05.pcap.gz": "read"})

    def test_folder_that_cannot_be_searched(self):
        """lost+found: named, and the rest goes on."""
        if os.geteuid() == 0:
            self.dir.chmod(0o755)
            self.archive.chmod(0o755)
            (self.dir / "outs").mkdir()
            (self.dir / "outs").chmod(0o777)
            options = {"user": 65534, "group": 65534, "extra_groups": []}
        else:
            (self.dir / "outs").mkdir()
            options = {}
        (self.archive / "lost+found").mkdir(mode=0o700)
        (self.archive / "lost+found").chmod(0)
        put(self.archive / "h06.pcap.gz", b"secret").chmod(0)
        program = self.dir / "patientzero"      # the build may lie where others can't go
        shutil.copy(common.PROGRAM, program)
        program.chmod(0o755)
        done = subprocess.run([program, "run", self.archive, "--out", self.dir / "outs" / "o", "--no-report", "--quiet"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=common.PATIENCE, **options)
        self.assertEqual(done.returncode, common.DAMAGED, done)
        self.assertIn(b"lost+found", done.stderr)
        self.assertIn(b"h06.pcap.gz", done.stderr)
        fates = {entry["capture"]: entry["state"] for entry in common.read_summary(self.dir / "outs" / "o")["inputs"]}
        self.assertEqual(fates, {"h05.pcap.gz": "read", "h07.pcap.gz": "read", "h06.pcap.gz": "could not be read",
                                 "lost+found": "could not be read"})
        (self.archive / "lost+found").chmod(0o700)

    def test_path_too_long(self):
        """A file whose path no call takes: named whole."""
        folder, below, longest = os.open(self.archive, os.O_RDONLY), "", os.pathconf("/", "PC_PATH_MAX")
        while (room := longest - 10 - len(f"{self.archive}/{below}")) > 0:
            name = "d" * min(200, room)
            os.mkdir(name, dir_fd=folder)
            inner = os.open(name, os.O_RDONLY, dir_fd=folder)
            os.close(folder)
            folder, below = inner, f"{below}{name}/"
        for name in ("one.pcap.gz", "one.pcap.gz.old"):
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT, dir_fd=folder))
        os.close(folder)
        fates, done = self.run_fates()
        for name in ("one.pcap.gz", "one.pcap.gz.old"):
            self.assertEqual(fates[below + name]["state"], "could not be read")
            self.assertIn(below + name, done.err)

    def test_standard_input(self):
        for redirection in ("<&-", f"<{self.dir}"):
            with self.subTest(redirection):
                done = subprocess.run(["sh", "-c", f'exec "$@" {redirection}', "sh", common.PROGRAM, "run", "-", "--out",
                                       self.dir / "o", "--no-report"], stderr=subprocess.PIPE, timeout=common.PATIENCE)
                self.assertIn(done.returncode, (common.USAGE, common.DAMAGED), done)
                self.assertIn(b"standard input", done.stderr)

    # --- --decode

    def test_decode_fails_while_looking(self):
        for hour in (6, 7):
            put(self.archive / f"x{hour}.pcap.xz", lzma.compress(capture(hour)))
        for path in self.archive.glob("h*"):
            path.unlink()
        put(self.archive / "x05.pcap.xz", b"XXXX" + lzma.compress(capture(5))[4:])
        put(self.archive / "unnamed", lzma.compress(capture(8))[:40])    # torn: it looks like one by its first bytes
        put(self.archive / "MD5SUMS", b"d41d8cd98f00b204e9800998ecf8427e  x05.pcap.xz\n")
        put(self.archive / "picture.png", b"\x89PNG\r\n\x1a\n" + bytes(range(200)))
        fates, done = self.run_fates(self.archive, "--decode", "xz -dc")
        self.assertEqual(self.states(fates), {
            "x05.pcap.xz": "could not be read", "unnamed": "could not be read", "x6.pcap.xz": "read",
            "x7.pcap.xz": "read", "MD5SUMS": "not a capture", "picture.png": "not a capture"})
        self.assertIn("x05.pcap.xz", done.err.replace("(stdin)", ""))
        (self.archive / "x05.pcap.xz").unlink()
        (self.archive / "unnamed").unlink()
        self.run_fates(self.archive, "--decode", "xz -dc", code=common.DONE)

    def test_decode_gives_nothing(self):
        """The exit code of a pipe is that of its last command."""
        put(self.archive / "h06", lzma.compress(capture(6)))
        put(self.archive / "MD5SUMS", b"d41d8cd98f00b204e9800998ecf8427e  h05.pcap.gz\n")
        put(self.archive / "h05.pcap.gz", lzma.compress(capture(5)))
        put(self.archive / "h07.pcap.gz", b"XXXX" + lzma.compress(capture(7))[4:])
        fates, _ = self.run_fates(self.archive, "--decode", "xz -dc 2>/dev/null | cat")
        self.assertEqual(self.states(fates), {"h05.pcap.gz": "read", "h06": "read", "h07.pcap.gz": "could not be read",
                                              "MD5SUMS": "not a capture"})

    def test_decode_fails_on_one_like_the_others(self):
        """Neither name nor first bytes tell, as of encrypted data; but the others are called so, and were read."""
        for path in self.archive.glob("*"):
            path.unlink()
        for hour in (5, 6, 7):
            data = bytes(255 - byte for byte in gzip.compress(capture(hour)))
            put(self.archive / f"{hour:04}.bin", b"\x91\x92\x93" + data if hour == 6 else data)
        put(self.archive / "other.bin", b"\x91\x92\x93")
        program = self.dir / "decrypt"
        program.write_text("#!/usr/bin/env python3\nimport sys\ndata = sys.stdin.buffer.read()\n"
                           "if data[:1] == b'\\x91':\n    sys.exit('bad decrypt')\n"
                           "sys.stdout.buffer.write(bytes(255 - b for b in data))\n")
        program.chmod(0o755)
        fates, _ = self.run_fates(self.archive, "--decode", program)
        self.assertEqual(self.states(fates), {"0005.bin": "read", "0006.bin": "could not be read", "0007.bin": "read",
                                              "other.bin": "not a capture"})

    def test_decode_fails_once(self):
        """At any call: looking at each of three files, then reading them."""
        count = self.dir / "count"
        command = (f'n=$(cat {count} 2>/dev/null || echo 0); echo $((n+1)) >{count}; [ $((n+1)) = "$FAIL" ] && exit 1; '
                   'exec gzip -dc')
        put(self.archive / "h06.pcap.gz", gzip.compress(capture(6)))
        for call in range(1, 7):
            count.unlink(missing_ok=True)
            fates, _ = self.run_fates(self.archive, "--decode", command, env={"FAIL": str(call)})
            self.assertEqual(sorted(self.states(fates).values()), ["could not be read", "read", "read"], call)
        count.unlink()
        self.run_fates(self.archive, "--decode", command, env={"FAIL": "7"}, code=common.DONE)

    # --- errors of the disk

    def test_read_errors(self):
        """Any call on one capture that fails before its bytes are there, and would succeed if it were made again."""
        if "FAULTS" not in os.environ or os.environ.get("PZ_SANITIZE") == "ON":
            self.skipTest("the sanitizers' own library must be the first that is loaded")
        bad, log = put(self.archive / "h06.pcap.gz", gzip.compress(capture(6))), self.dir / "log"
        env = {"LD_PRELOAD": os.environ["FAULTS"], "PZ_FAULTS_UNDER": str(self.archive)}
        self.run_fates(code=common.DONE, env={**env, "PZ_FAULTS_LOG": str(log)})
        calls = [(at, line.split(" ", 1)[0]) for at, line in enumerate(log.read_text().splitlines()) if str(bad) in line]
        calls = [(at, call) for (_, before), (at, call) in zip([(0, ""), *calls], calls)
                 if call != "close" and before != "read"]
        self.assertEqual([call for _, call in calls],
                         ["open", "fstat", "pread", "pread", "read", "open", "fstat", "read"])
        for at, call in calls:
            for error in ("EIO", "ESTALE"):
                with self.subTest(call=call, at=at, error=error):
                    fates, done = self.run_fates(env={**env, "PZ_FAULT": f"{at} {error}"})
                    self.assertEqual(self.states(fates), {"h05.pcap.gz": "read", "h07.pcap.gz": "read",
                                                          "h06.pcap.gz": "could not be read"})
                    self.assertIn("h06.pcap.gz", done.err)
                    self.assertEqual(common.read_csv(self.out / "tables" / "hourly.csv")[2][5], "damaged")

    # --- lists

    def test_lists(self):
        odd = put(self.archive / "new\nline.pcap", capture(6))
        paths = [self.archive / "h05.pcap.gz", odd, self.archive / "h07.pcap.gz"]
        plain = [path for path in paths if path != odd]
        lists = {"nul": (paths, b"".join(os.fsencode(path) + b"\0" for path in paths)),
                 "nul-open": (paths, b"\0".join(os.fsencode(path) for path in paths)),
                 "nul-and-newline": (paths, b"".join(os.fsencode(path) + b"\0" for path in paths) + b"\n"),
                 "bom": (plain, b"\xef\xbb\xbf" + b"\n".join(os.fsencode(path) for path in plain)),
                 "bom-crlf": (plain, b"\xef\xbb\xbf# what is meant\r\n" + b"\r\n".join(map(os.fsencode, plain)))}
        for name, (wanted, data) in lists.items():
            with self.subTest(name):
                put(self.dir / name, data)
                fates, _ = self.run_fates(f"@{self.dir / name}", code=common.DONE)
                self.assertEqual(set(fates), set(map(str, wanted)))
                self.assertEqual(set(self.states(fates).values()), {"read"})
        for name, data in (("utf-16", "h05.pcap.gz\n".encode("utf-16")), ("nothing", b"# nothing\n\n")):
            put(self.dir / name, data)
            self.refuse("run", f"@{self.dir / name}", "--out", self.dir / "refused", names=(name,))

    # --- what we wrote ourselves

    def test_results_in_the_archive(self):
        """The results of this run and of others are no part of the archive; what else lies in those folders is."""
        first, _ = self.run_fates(self.archive, out="archive/results", code=common.DONE)
        again, _ = self.run_fates(self.archive, out="archive/results", code=common.DONE)
        self.assertEqual(first, again)
        put(self.archive / "results" / "h06.pcap", capture(6))
        for out in ("archive/other", "archive"):
            fates, _ = self.run_fates(self.archive, out=out, code=common.DONE)
            states = self.states(fates)
            self.assertEqual(states["results"], "not a capture")
            self.assertEqual({label for label, state in states.items() if state == "read"},
                             {"h05.pcap.gz", "h07.pcap.gz", "results/h06.pcap"})
        put(self.archive / "h08.pcap", capture(8))
        common.call("scan", self.archive / "h08.pcap", "--store", self.archive / "tallies")
        fates, _ = self.run_fates(self.archive, code=common.DONE)
        self.assertEqual({label for label, state in self.states(fates).items() if state == "not a capture"},
                         {"archive", "results", "other", "tallies"})

    def test_packets_pcap(self):
        """A pcap that packets wrote holds packets of the archive: it is known under any name, zipped too."""
        out, _ = self.run_ok(self.archive, out="first")
        done = common.call("packets", self.archive, "--store", out / "restricted" / "store", "--source", "9.9.5.3",
                           "--pcap", self.dir / "excerpt")
        self.assertEqual(done.code, common.DONE, done)
        excerpt = (self.dir / "excerpt").read_bytes()
        self.assertEqual(len(excerpt), 24 + 16 + 40)
        put(self.archive / "renamed.pcap", excerpt)
        put(self.archive / "renamed.pcap.gz", gzip.compress(excerpt))
        fates, done = self.run_fates(code=common.DONE)
        self.assertEqual(self.states(fates), {"h05.pcap.gz": "read", "h07.pcap.gz": "read",
                                              "renamed.pcap": "not a capture", "renamed.pcap.gz": "not a capture"})
        if shutil.which("tshark"):
            said = subprocess.run(["tshark", "-r", self.dir / "excerpt"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, check=True)
            self.assertEqual(len(said.stdout.splitlines()), 1)

    def test_every_command(self):
        """Whatever takes captures names those that it could not read."""
        out, _ = self.run_ok(self.archive, out="first")
        store = out / "restricted" / "store"
        put(self.archive / "h06.pcap.gz", bytes(1000))
        for name, arguments in {
                "scan": ["--store", store, "--quiet"], "reduce": ["--out", out, "--no-report", "--quiet"],
                "judge": ["--store", store, "--out", self.dir / "judged.csv", "--quiet"],
                "packets": ["--store", store, "--source", "9.9.5.3", "--quiet"], "survey": ["--quiet"]}.items():
            with self.subTest(name):
                done = common.call(name, self.archive, *arguments)
                self.assertEqual(done.code, common.DAMAGED, done)
                self.assertIn("h06.pcap.gz: begins with zeros", done.err)

    # --- kinds, not files

    def test_one_line_a_kind(self):
        """However many there are; and the same whatever the ranks."""
        for i in range(30):
            put(self.archive / f"torn{i:02}.pcap.gz", gzip.compress(capture(8, scans=3 + i))[:60 + i])
            put(self.archive / f"zero{i:02}.pcap.gz", bytes(100 + i))
            (self.archive / f"gone{i:02}.pcap.gz").symlink_to(f"nowhere{i}")
        fates, done = self.run_fates()
        self.assertEqual(len(self.lines(done)), 3, done)
        self.assertEqual(done.err.count("(30 files)"), 3, done)
        if common.MPI:
            for ranks in (2, 3):
                again, other = self.run_fates(ranks=ranks)
                self.assertEqual((again, self.lines(other)), (fates, self.lines(done)))


if __name__ == "__main__":
    common.main()
