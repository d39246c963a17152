#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the command line says before, while and after it works: --dry-run, --verbose, --json, completion in three shells, a
lack of memory, and exit 3 of many ranks."""

import json
import os
import re
import resource
import shutil
import subprocess

import common

FIGURE5 = common.DATA / "figure5.pcap.gz"
FLAGS = common.DATA / "flags.pcap.gz"
TORN = common.DATA / "torn-record.pcap"
RANKS = (None, 3) if common.MPI else (None,)


class DryRun(common.Case):
    def dry(self, *arguments, code=common.DONE, ranks=None):
        """Its lines by their first words; nothing in the folder changes."""
        before = common.snapshot(self.dir, skip=())
        done = common.call(*arguments, "--dry-run", ranks=ranks)
        self.assertEqual(done.code, code, done)
        self.assert_same(common.snapshot(self.dir, skip=()), before)
        if code in (common.DONE, common.DAMAGED):
            self.assertTrue(done.out.endswith("Nothing was written.\n"), done)
        return {line.split()[0]: line.split(None, 1)[1] for line in done.out.splitlines() if line}, done

    def test_run(self):
        out = self.dir / "out"
        for ranks in RANKS:
            lines, _ = self.dry("run", FIGURE5, FLAGS, "--out", out, ranks=ranks)
            self.assertTrue(lines["read"].startswith("2 of 2 captures"), lines)
            self.assertIn("about 0:0", lines["time"])
            self.assertTrue(lines["result"].endswith(", new"), lines)
        self.run_ok(FIGURE5)
        lines, _ = self.dry("run", FIGURE5, FLAGS, "--out", out)
        self.assertTrue(lines["read"].startswith("1 of 2 captures"), lines)
        self.assertIn("replaces", lines["result"])
        lines, _ = self.dry("run", FIGURE5, "--out", out, "--rescan")
        self.assertTrue(lines["read"].startswith("1 of 1 captures"), lines)
        lines, _ = self.dry("run", FLAGS, "--out", out, "--replace")
        self.assertIn("--replace", lines["result"])

    def test_refused(self):
        """What a run would refuse, a dry one refuses too, with the same code."""
        out, _ = self.run_ok(FIGURE5)
        for arguments, code in ((("run", FLAGS, "--out", out), common.USAGE),
                                (("run", FIGURE5, "--out", out, "--port", "80"), common.USAGE),
                                (("run", common.DATA / "README.md", "--out", out), common.USAGE),
                                (("reduce", FLAGS, "--out", self.dir / "o", "--store", out / "restricted" / "store"),
                                 common.ENVIRONMENT)):
            _, dry = self.dry(*arguments, code=code)
            self.assertEqual(common.call(*arguments).code, code, dry)

    def test_scan_and_report(self):
        lines, _ = self.dry("scan", TORN, "--store", self.dir / "store")
        self.assertNotIn("result", lines)
        out, _ = self.run_ok(FIGURE5, report=True)
        lines, _ = self.dry("report", "--out", out)
        self.assertIn("report.html", lines["replaced"])
        self.change_scripts(out)

    def change_scripts(self, out):
        """Each script that a user changed is named, of whatever figure and port."""
        scripts = sorted((out / "figures").rglob("*.gp"))
        self.assertGreater(len(scripts), 1)
        for script in scripts:
            script.write_text(script.read_text() + "# mine\n")
        lines, _ = self.dry("report", "--out", out)
        kept = re.split(r"[ ,]+", lines["kept"])
        self.assertEqual(sorted(name for name in kept if name.startswith("figures/")),
                         [str(script.relative_to(out)) for script in scripts])

    def test_report_of_ports(self):
        day = common.day(self.dir / "day", "--hours", "2", "--packets-per-hour", "2000")
        out = self.dir / "ports"
        common.call("run", *day, "--port", "445,139", "--out", out)
        self.assertTrue(list((out / "figures" / "139").glob("*.gp")))
        lines, _ = self.dry("report", "--out", out)
        self.assertIn("report.html", lines["replaced"])
        self.change_scripts(out)
        daily = out / "tables" / "139" / "daily.csv"
        daily.write_text(daily.read_text() + "\n")
        _, done = self.dry("report", "--out", out, code=common.USAGE)
        self.assertIn("tables/139/daily.csv is not the file that was written", done.err)


class Words(common.Case):
    def test_verbose(self):
        for ranks in RANKS:
            out, done = self.run_ok(FIGURE5, common.DATA / "README.md", TORN, "--verbose", out=f"out-{ranks}",
                                    code=common.DAMAGED, ranks=ranks)
            self.assertRegex(done.err, rf"run of patientzero \S+ on {ranks or 1} rank")
            self.assertRegex(done.err, r"figure5.pcap.gz: capture, \d+ bytes, \d+ records\n")
            self.assertRegex(done.err, r"README.md: not a capture, ")
            self.assertRegex(done.err, r"torn-record.pcap: capture, .*, damaged\n")
            self.assertRegex(done.err, rf"ended with 3 after 0:\d\d; written to {out}\n")
        self.refuse("run", FIGURE5, "--out", self.dir / "o", "--quiet", "--verbose", names=("--quiet", "--verbose"))

    def test_every_command_has_both(self):
        for command in re.findall(r"^  ([a-z]+) ", common.call("--help").out, re.M):
            told = common.call(command, "--help").out
            self.assertTrue("\n  --quiet\n" in told and "\n  --verbose\n" in told, command)

    @common.unittest.skipUnless(common.MPI, "without MPI there is one rank")
    def test_damage_on_many_ranks(self):
        """mpirun calls exit 3 an error, at length: before that a line says that the results are whole."""
        _, done = self.run_ok(TORN, code=common.DAMAGED, ranks=2)
        self.assertIn("the results are whole", done.err)
        self.assertLess(done.err.find("the results are whole"), done.err.find("mpirun") % 10**9, done)
        _, done = self.run_ok(FIGURE5, out="whole", ranks=2)
        self.assertNotIn("the results are whole", done.err)

    @common.unittest.skipIf(os.environ.get("PZ_SANITIZE") == "ON", "the sanitizers need more addresses than there are")
    def test_out_of_memory(self):
        """Exit 1 and a message, however little there is; never an abort."""
        told = 0
        for megabytes in (12, 16, 20, 24, 28, 32, 48, 64, 96):
            limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
            done = subprocess.run([common.PROGRAM, "run", common.DATA / "many-sources.pcap.gz", "--out",
                                   self.dir / f"out-{megabytes}", "--no-report"], preexec_fn=limit, stderr=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
            if "patientzero: out of memory" in done.stderr:
                told += 1
                self.assertEqual(done.returncode, common.ENVIRONMENT, done)
            self.assertIn(done.returncode, (0, 1, 127, -11), f"{megabytes} MB: {done}")    # too little to load the program
        self.assertGreater(told, 0)


class Json(common.Case):
    def test_survey(self):
        sizes = [path.stat().st_size for path in (FIGURE5, FLAGS, TORN)]
        done = common.call("survey", FIGURE5, FLAGS, TORN, common.DATA / "README.md", "--json", "--quiet")
        told = json.loads(done.out)
        self.assertEqual((told["captures"], told["bytes"], told["other_files"], told["largest_capture_bytes"]),
                         (3, sum(sizes), 1, max(sizes)))
        self.assertTrue(told["sbatch"].startswith("sbatch -N 1 "), told)
        plain = common.call("survey", FIGURE5, FLAGS, TORN, common.DATA / "README.md", "--quiet").out
        self.assertIn(told["first_begins"], plain)
        self.assertIn(told["last_begins"], plain)

    def test_overlap_and_sources(self):
        out, _ = self.run_ok(common.DATA / "many-sources.pcap.gz", "--accept-anonymised")
        listed = self.dir / "ours.txt"
        done = common.call("sources", "--out", out, "--format", "txt", "--to", listed, "--quiet")
        self.assertEqual((done.code, done.err), (common.DONE, ""), done)
        ours = listed.read_text().split()
        other = self.dir / "other.txt"
        other.write_text("".join(f"{one}\n" for one in ours[::2]) + "192.0.2.200\n")
        told = json.loads(common.call("overlap", "--out", out, "--with", other, "--json").out)
        half = len(ours[::2])
        self.assertEqual([told[name] for name in ("ours", "others", "both", "either")],
                         [len(ours), half + 1, half, len(ours) + 1])
        header, row = common.read_csv(out / "tables" / "overlap.csv")
        for name, text in zip(header, row):
            self.assertEqual(str(told[name]), text if name != "jaccard" else f"{float(text):.6g}", name)
        self.assertEqual(json.loads(common.call("sources", "--out", out, "--count", "--json").out), {"sources": len(ours)})
        self.refuse("sources", "--out", out, "--json", names=("--count",))


class Completion(common.Case):
    """The scripts in packaging/, asked as the shells would ask them."""
    def setUp(self):
        super().setUp()
        (self.dir / "folder").mkdir()
        (self.dir / "list.txt").touch()
        self.path = f"{os.path.dirname(os.path.abspath(common.PROGRAM))}:{os.environ['PATH']}"

    def bash(self, line):
        words = re.findall(r"=|[^\s=]+", line) + ([""] if line.endswith((" ", "=")) else [])
        script = f"""source {common.REPO}/packaging/completion.bash
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _patientzero; printf '%s\\n' "${{COMPREPLY[@]}}" """
        done = subprocess.run(["bash", "-c", script, "bash", *words], stdout=subprocess.PIPE, check=True, cwd=self.dir,
                              text=True, env={**os.environ, "PATH": self.path})
        return set(done.stdout.split())

    def fish(self, line):
        script = f"source {common.REPO}/packaging/completion.fish; complete -C {json.dumps(line)}"
        done = subprocess.run(["fish", "--no-config", "-c", script], stdout=subprocess.PIPE, check=True, cwd=self.dir, text=True,
                              env={**os.environ, "PATH": self.path, "HOME": str(self.dir)})
        found = {word.split("\t")[0].rstrip("/") for word in done.stdout.splitlines()}
        return {word.partition("=")[2] or word for word in found}

    def zsh(self, line):
        """In a real completion, on a terminal of its own, compadd prints what it would offer."""
        shutil.copy(common.REPO / "packaging" / "completion.zsh", self.dir / "_patientzero")
        work = self.dir / "work"
        (work / "folder").mkdir(parents=True, exist_ok=True)
        (work / "list.txt").touch()
        (self.dir / "rc").write_text(f"""
            PATH={self.path}; cd {work}; fpath=({self.dir} $fpath)
            autoload -Uz compinit && compinit -u -d {self.dir}/dump
            offer() {{
                compadd() {{
                    if [[ ${{argv[(I)-[OAD]]}} -gt 0 ]]; then builtin compadd "$@"; return; fi
                    local -a found
                    builtin compadd -O found "$@"
                    (( $#found )) || return 1
                    printf 'HIT:%s\n' $found >> {self.dir}/hits
                }}
                _main_complete
                exit
            }}
            zle -C offer complete-word offer; bindkey '^I' offer; : > {self.dir}/hits""")
        script = f"""zmodload zsh/zpty; zpty z zsh -f -i; zpty -w z 'source {self.dir}/rc'
                     zpty -n -w z {line!r}$'\t'; while zpty -r z; do :; done"""
        subprocess.run(["zsh", "-f", "-c", script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=common.PATIENCE)
        return {word.rstrip("/") for word in re.findall(r"HIT:(.*)", (self.dir / "hits").read_text())}

    def test_shells(self):
        commands = set(re.findall(r"^  ([a-z]+) ", common.call("--help").out, re.M))
        options = set(re.findall(r"^  (--[a-z-]+)", common.call("synth", "--help").out, re.M))
        ran = 0
        for shell in ("bash", "fish", "zsh"):
            if not shutil.which(shell):
                continue
            ran += 1
            ask = getattr(self, shell)
            with self.subTest(shell):
                self.assertEqual(ask("patientzero ") - {"--help", "--version", "help"}, commands)
                self.assertEqual(ask("patientzero synth --") - {"--help"}, options)
                self.assertEqual(ask("patientzero run --inflater "), {"fastest", "zlib"})
                self.assertEqual(ask("patientzero sources --rule="), {"all", "evidence", "strict", "caida2011"})
                folders = ask("patientzero run --out ")
                self.assertIn("folder", folders)
                if shell != "zsh":    # which is asked before it has chosen
                    self.assertEqual(folders, {"folder"})
                self.assertEqual(ask("patientzero overlap --with li"), {"list.txt"})
                self.assertEqual(ask("patientzero run --port "), set())
        self.assertGreater(ran, 0)


if __name__ == "__main__":
    common.main()
