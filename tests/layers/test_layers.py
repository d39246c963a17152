# SPDX-License-Identifier: BSD-2-Clause
"""Which folder may use which: docs/architecture.md has the list, and this compares the code with it.

Four things must agree with the list: the #includes, the targets of CMakeLists.txt, the symbols that each library wants of
others (an `extern` needs no #include), and the list itself, which has to be in order, with no line that nothing uses.

    test_layers.py LIBRARY...        libpz_NAME.a of the build
"""

import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = "docs/architecture.md"
HEADING = "    folder      uses\n"


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def listed(root):
    """The page's list: folder -> the folders it may use, from the lowest to the highest."""
    page = read(root, PAGE)
    if HEADING not in page:
        sys.exit(f"{PAGE} has no list that begins with '{HEADING.strip()}'")
    lines = page.split(HEADING)[1].split("\n\n")[0].splitlines()
    return {words[0]: set(words[1:]) for words in map(str.split, lines)}


def folders(root):
    """Folder -> its C files."""
    places = {name: os.path.join(root, "src", name) for name in os.listdir(os.path.join(root, "src"))}
    places.update((name, os.path.join(root, name)) for name in ("jobs", "figures") if os.path.isdir(os.path.join(root, name)))
    return {name: sorted(os.path.join(place, file) for file in os.listdir(place) if file.endswith((".c", ".h")))
            for name, place in places.items()}


def check_list(allowed, files):
    """The list has every folder, and none that uses a folder below itself."""
    for name in files:
        if name not in allowed:
            yield f"{PAGE} doesn't list the folder {name}"
    above = set()
    for name, uses in allowed.items():
        if name not in files:
            yield f"{PAGE} lists {name}, and there is no such folder"
        for other in sorted(uses - above):
            yield f"{PAGE}: {name} uses {other}, which must be listed above {name}"
        above.add(name)


def check_names(root, files):
    """No file name twice."""
    seen = {}
    for path in sorted(path for paths in files.values() for path in paths):
        where, name = os.path.relpath(path, root), os.path.basename(path)
        if name in seen:
            yield f"{where} has the name of {seen[name]}"
        seen.setdefault(name, where)


def check_includes(root, allowed, files, used):
    for name, paths in files.items():
        for path in paths:
            where = os.path.relpath(path, root)
            for number, line in enumerate(read(path).splitlines(), 1):
                include = re.match(r'\s*#\s*include\s*(?:"([^"/]+)/|<(mpi)\.h>)', line)
                if not include:
                    continue
                other, mpi = include.groups()
                if mpi and name != "mpi":
                    yield f"{where}:{number}: only src/mpi may include <mpi.h>"
                if other in files and other != name:
                    used.add((name, other))
                    if other not in allowed.get(name, ()):
                        yield f"{where}:{number}: {name} may not use {other}: {PAGE} has the list of what may"


def check_targets(root, allowed):
    """pz_library(NAME pz_OTHER...), or target_link_libraries of jobs and of the program, which is cli."""
    text = read(root, "CMakeLists.txt")
    links = {name: uses for name, uses in re.findall(r"^pz_library\((\w+)([^)]*)\)", text, re.M)}
    for name in ("jobs", "figures"):
        links[name] = "".join(re.findall(rf"target_link_libraries\(pz_{name} PUBLIC([^)]*)\)", text))
    links["cli"] = "".join(re.findall(r"target_link_libraries\(patientzero PRIVATE([^)]*)\)", text))
    links["mpi"] = links.get("mpi", "")
    for name, uses in allowed.items():
        linked = set(re.findall(r"\bpz_(\w+)", links.get(name, ""))) - {"roaring", "flags"}
        if linked != uses:
            yield f"CMakeLists.txt: {name} links {' '.join(sorted(linked))}; {PAGE} lists {' '.join(sorted(uses))}"


def symbols(library):
    """What a library defines, and what it wants of others."""
    defined, wanted = set(), set()
    for line in subprocess.run(["nm", "-g", library], stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines():
        words = line.split()
        if len(words) < 2 or not words[-1].startswith("pz_"):
            continue
        (wanted if words[-2] == "U" else defined).add(words[-1])
    return defined, wanted - defined


def check_symbols(allowed, libraries, used):
    known = {re.sub(r"^libpz_|\.a$", "", os.path.basename(path)): symbols(path) for path in libraries}
    homes = {symbol: name for name, (defined, _) in known.items() for symbol in defined}
    for name, (_, wanted) in known.items():
        for symbol in sorted(wanted):
            home = homes.get(symbol)
            used.add((name, home))
            if home not in allowed.get(name, ()):
                yield f"{name} may not use {home or 'the program'}, and wants its {symbol}"


def problems(root, libraries=()):
    allowed, files, used = listed(root), folders(root), set()
    yield from check_list(allowed, files)
    yield from check_names(root, files)
    yield from check_includes(root, allowed, files, used)
    yield from check_targets(root, allowed)
    yield from check_symbols(allowed, libraries, used)
    for name, uses in allowed.items():
        for other in sorted(uses):
            if (name, other) not in used:
                yield f"{PAGE}: {name} doesn't use {other}: take it out of the list"


def check_itself():
    """A small tree with one fault of each kind: all must be found."""
    with tempfile.TemporaryDirectory() as root:
        tree = {
            PAGE: "# Page\n\n" + HEADING + "    base\n    mpi         base\n    top         base mpi\n"
                  "    low         high\n    high        base\n\nMore.\n",
            "CMakeLists.txt": "pz_library(base)\npz_library(mpi pz_base)\npz_library(top pz_base)\npz_library(low pz_high)\n"
                              "pz_library(high pz_base)\n",
            "src/base/a.c": '#include "top/t.h"\n', "src/mpi/m.c": '#include "base/a.h"\n#include <mpi.h>\n',
            "src/top/t.c": '#include <mpi.h>\n#include "base/a.h"\n#include "top/t.h"\n', "src/low/l.c": '# include "high/h.h"\n',
            "src/high/h.c": '#include "base/a.h"\n#include <roaring/roaring.h>\n', "jobs/j.c": "", "jobs/h.c": "",
        }
        for name, text in tree.items():
            os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
            with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                file.write(text)
        assert sorted(problems(root)) == sorted([
            f"{PAGE} doesn't list the folder jobs",
            f"{PAGE}: low uses high, which must be listed above low",
            f"src/base/a.c:1: base may not use top: {PAGE} has the list of what may",
            "src/top/t.c:1: only src/mpi may include <mpi.h>",
            f"{PAGE}: top doesn't use mpi: take it out of the list",
            "src/high/h.c has the name of jobs/h.c",
            f"CMakeLists.txt: top links base; {PAGE} lists base mpi",
        ]), sorted(problems(root))


def main():
    check_itself()
    found = list(problems(ROOT, sys.argv[1:]))
    print("\n".join(found) or f"{len(listed(ROOT))} folders use what {PAGE} says")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
