#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What `cmake --install` and the Debian package put in place: the program, its manual pages (which say what --help says),
completion, the environment module and the job scripts."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import types
import unittest
import unittest.mock
from pathlib import Path

import common
import made_tables

BUILD = Path(common.PROGRAM).resolve().parent
VERSION = subprocess.run([common.PROGRAM, "--version"], stdout=subprocess.PIPE).stdout.decode().split()[1].rstrip(",")
COMMANDS = re.findall(r"^  ([a-z]+) ", common.call("--help").out, re.M)


def options_of(help_text):
    return re.findall(r"^  (--[a-z0-9-]+(?: [A-Za-z]\S*)?)$", help_text, re.M)


@unittest.skipUnless((BUILD / "cmake_install.cmake").exists(), "the program is not in a build folder")
class Install(common.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="pz-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.prefix = cls.shared / "prefix"
        subprocess.run(["cmake", "--install", BUILD, "--prefix", cls.prefix], check=True, stdout=subprocess.DEVNULL)
        cls.share = cls.prefix / "share"

    def test_program(self):
        done = subprocess.run([self.prefix / "bin" / "patientzero", "--version"], stdout=subprocess.PIPE, check=True)
        self.assertIn(VERSION, done.stdout.decode())

    def test_manual(self):
        """A page for each command, with the same options in the same words as --help, and none beside."""
        pages = {path.name for path in (self.share / "man" / "man1").iterdir()}
        self.assertEqual(pages, {"patientzero.1.gz", *(f"patientzero-{name}.1.gz" for name in COMMANDS)})
        for name in COMMANDS:
            with gzip.open(self.share / "man" / "man1" / f"patientzero-{name}.1.gz", "rt") as file:
                page = file.read()
            plain = re.sub(r"\\f[BIR]", "", page).replace("\\-", "-").replace("\\&", "").replace("\\e", "\\")
            told = common.call(name, "--help").out
            listed = re.findall(r"^\.TP\n(--.*)$", plain, re.M)
            self.assertEqual(listed, options_of(told), name)
            words = " ".join(re.sub(r"^\.\w.*$", "", plain, flags=re.M).split())
            for line in told.splitlines():
                if not line.startswith(("usage:", "  --", "Examples:")):
                    self.assertIn(" ".join(line.split()), words, name)

    def test_manual_is_clean(self):
        if not shutil.which("man"):
            self.skipTest("there is no man")
        for page in sorted((self.share / "man" / "man1").iterdir()):
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, env={**os.environ, "MANROFFSEQ": "", "MANWIDTH": "80"})
            self.assertEqual((done.returncode, done.stderr.decode()), (0, ""), page)

    def complete(self, *words):
        script = f"""
            source {self.share}/bash-completion/completions/patientzero
            export PATH={self.prefix}/bin:$PATH
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _patientzero; printf '%s\\n' "${{COMPREPLY[@]}}" """
        done = subprocess.run(["bash", "-c", script, "bash", *words], stdout=subprocess.PIPE, check=True, cwd=self.dir)
        return set(done.stdout.decode().split())

    def test_completion(self):
        self.assertEqual(self.complete("patientzero", ""), {"--help", "--version", "help", *COMMANDS})
        self.assertEqual(self.complete("patientzero", "red"), {"reduce"})
        wanted = {option.split()[0] for option in options_of(common.call("scan", "--help").out)}
        self.assertEqual(self.complete("patientzero", "scan", "--"), wanted | {"--help"})
        (self.dir / "list.txt").touch()
        self.assertEqual(self.complete("patientzero", "run", "@li"), {"@list.txt"})
        self.assertEqual(self.complete("patientzero", "run", "li"), {"list.txt"})

    def test_module(self):
        text = (self.share / "modulefiles" / "patientzero" / VERSION).read_text()
        self.assertTrue(text.startswith("#%Module"))
        self.assertNotIn("@", text)
        self.assertIn(f'set prefix "{self.prefix}"', text)

    def test_documents(self):
        """What a page links to is installed with it."""
        documents = self.share / "doc" / "patientzero"
        pages = sorted(documents.rglob("*.md"))
        self.assertIn(documents / "README.md", pages)
        for page in pages:
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
                self.assertTrue((page.parent / target).exists(), f"{page}: {target}")

    def test_third_parties(self):
        """Whatever the page's script bundles comes with its licence, in the package and in the script."""
        script = BUILD / "page" / "page.js"
        if not script.stat().st_size:
            self.skipTest("the page is built without its script")
        notices = (self.share / "doc" / "patientzero" / "THIRD-PARTY.txt").read_text()
        page = common.REPO / "src" / "report" / "page"
        listed = json.loads((page / "package.json").read_text())["dependencies"]
        # What is bundled says so itself: by code, or by data that nobody else has.
        locked = json.loads((page / "package-lock.json").read_text())["packages"]
        bundled = set(re.findall(r"^([@a-z0-9/-]+) \d[\d.]*, ", notices, re.M))
        self.assertLessEqual(set(listed), bundled)
        for name in bundled:
            version = locked["node_modules/" + name]["version"]
            licence = (BUILD / "page" / "node_modules" / name)
            text = next(file for file in sorted(licence.iterdir()) if re.match(r"(?i)licen[cs]e|copying", file.name)).read_text().strip()
            for where in (notices, script.read_text(errors="replace")):
                self.assertIn(f"{name} {version}, ", where)
            self.assertIn(text, notices)
            first = re.sub(r"[^\x00-\x7f]", "?", text.splitlines()[-1])
            self.assertIn(first, script.read_text(errors="replace"))

    def test_data_of_maps(self):
        """The page and the package name the source of the maps' outlines, which are built in with or without the script."""
        copyright = (self.share / "doc" / "patientzero" / "copyright").read_text()
        self.assertIn("Natural Earth", copyright)
        self.assertIn("public domain", copyright)
        with tempfile.TemporaryDirectory(prefix="pz-test-") as folder:
            made_tables.Tables(3).write(folder)
            made = common.call("report", "--out", folder, env={"PATH": folder})    # without gnuplot
            self.assertEqual(made.code, common.DONE, made)
            page = Path(folder, "report.html").read_text(encoding="utf-8")
        self.assertIn("Outlines of countries: Natural Earth, public domain", page)
        script = BUILD / "page" / "page.js"
        if script.stat().st_size:
            self.assertIn("Libraries in this script:", page)
            self.assertIn(script.read_text(encoding="utf-8")[-2000:], page)

    def test_paths(self):
        """The program doesn't hold where it was built, so that it is the same from anywhere."""
        if os.environ.get("PZ_SANITIZE") == "ON":
            self.skipTest("the sanitizers name source files")
        found = str(common.REPO).encode() in (self.prefix / "bin" / "patientzero").read_bytes()
        self.assertFalse(found, "the program holds the path of its source")

    def test_scripts(self):
        for path in (self.share / "patientzero" / "slurm").iterdir():
            subprocess.run(["bash", "-n", path], check=True)
            self.assertEqual(path.read_bytes(), (common.REPO / "slurm" / path.name).read_bytes())

    def test_recipes(self):
        """Spack itself isn't here: its words are stood in for, so that each recipe runs, and the options that it gives are
        those of CMakeLists.txt."""
        for path in sorted((common.REPO / "packaging" / "spack" / "spack_repo" / "patientzero" / "packages").glob("*/package.py")):
            options, told = set(), []
            package = types.ModuleType("spack.package")
            for word in ("version", "variant", "depends_on", "license"):
                setattr(package, word, lambda *given, word=word, **more: told.append((word, given, more)))
            class Recipe:
                run_tests = False
                spec = types.SimpleNamespace(satisfies=lambda _: True)
                def define(self, name, _):
                    options.add(name)
                def define_from_variant(self, name, variant):
                    assert any(word == "variant" and given[0] == variant for word, given, _ in told), variant
                    options.add(name)
            builder = types.ModuleType("spack_repo.builtin.build_systems.cmake")
            builder.CMakePackage = Recipe
            with unittest.mock.patch.dict(sys.modules, {"spack": types.ModuleType("spack"), "spack.package": package,
                                                        "spack_repo": types.ModuleType("spack_repo"),
                                                        builder.__name__: builder}):
                held = {}
                exec(compile(path.read_text(), str(path), "exec"), held)
            recipe = next(value for value in held.values() if isinstance(value, type) and issubclass(value, Recipe) and
                          value is not Recipe)
            recipe().cmake_args()
            if path.parent.name == "patientzero":
                known = set(re.findall(r"^option\((PZ_\w+)", (common.REPO / "CMakeLists.txt").read_text(), re.M))
                self.assertLessEqual(options, known)
                self.assertLessEqual(known - options, {"PZ_SANITIZE", "PZ_FUZZ"})
            self.assertTrue(any(word == "version" for word, _, _ in told), path)

    def test_containers(self):
        """Neither Docker nor Apptainer is here: their shell lines can be read, and versions are the program's."""
        definition = (common.REPO / "packaging" / "apptainer" / "patientzero.def").read_text()
        posts = re.findall(r"^%post\n(.*?)^(?=%|Bootstrap)", definition, re.M | re.S)
        self.assertEqual(len(posts), 2)
        for post in posts:
            subprocess.run(["sh", "-n"], input=post.encode(), check=True)
        dockerfile = (common.REPO / "packaging" / "docker" / "Dockerfile").read_text().replace("\\\n", "")
        for line in re.findall(r"^RUN (.*)$", dockerfile, re.M):
            subprocess.run(["sh", "-n"], input=line.encode(), check=True)
        for text in (definition, dockerfile, (common.REPO / "CITATION.cff").read_text(),
                     (common.REPO / "codemeta.json").read_text(),
                     (common.REPO / "packaging" / "debian" / "changelog").read_text()):
            self.assertIn(VERSION, text)

    def test_debian_package(self):
        """Built by CPack, installed by dpkg over a copy-on-write view of this system, run there, and removed."""
        if os.geteuid() != 0 or not shutil.which("dpkg-shlibdeps"):
            self.skipTest("takes root, and dpkg-dev")
        subprocess.run(["cpack", "--config", BUILD / "CPackConfig.cmake", "-B", self.dir], check=True, cwd=BUILD,
                       stdout=subprocess.DEVNULL)
        package = next(self.dir.glob("*.deb"))
        if shutil.which("lintian"):
            judged = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", package], stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT)
            self.assertEqual(judged.returncode, 0, judged.stdout.decode())
        tried = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-ec", f"""
            mount -t tmpfs tmpfs /mnt; mkdir /mnt/upper /mnt/work /mnt/root
            mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root || exit 77
            cp {package} /mnt/root/package.deb; cp {common.DATA}/figure5.pcap.gz /mnt/root/
            mount --bind /dev /mnt/root/dev; mount -t proc proc /mnt/root/proc
            chroot /mnt/root sh -ec '
                export OMPI_ALLOW_RUN_AS_ROOT=1 HOME=/root
                cd /; dpkg -i package.deb; dpkg -s patientzero | grep ^Depends
                /usr/bin/patientzero run figure5.pcap.gz --out /out --quiet; ls /out/tables/hourly.csv /out/figures/*.svg
                ls /usr/share/man/man1/patientzero-run.1.gz /usr/share/patientzero/slurm/outbreak.sbatch
                dpkg -r patientzero; ! test -e /usr/bin/patientzero' """], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text = tried.stdout.decode()
        if tried.returncode == 77:
            self.skipTest(f"nothing can be mounted here: {text}")
        self.assertEqual(tried.returncode, 0, text)
        for library in ("libopenmpi", "libroaring", "libpcap", "gnuplot-nox"):
            if library != "libopenmpi" or common.MPI:
                self.assertIn(library, text)


if __name__ == "__main__":
    common.main()
