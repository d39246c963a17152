# SPDX-License-Identifier: BSD-2-Clause
"""A C file of more than 150 lines begins, after its licence, with a comment: its design in a few lines. None has more than 400
lines. A file of ours that a comment names exists."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEAD_FROM, LONGEST = 150, 400
OTHERS = {"if_ether.h", "inttypes.h"}        # of the system


def faults(name, text, names):
    lines = text.count("\n")
    if name.endswith(".c") and lines > LONGEST:
        yield f"{name} has {lines} lines, more than {LONGEST}: cut it by meaning"
    first = next((line for line in text.splitlines() if "SPDX-License-Identifier" not in line), "")
    if name.endswith(".c") and lines > HEAD_FROM and not first.startswith("/*"):
        yield f"{name} has more than {HEAD_FROM} lines: begin it with its design in a few lines"
    for comment in re.findall(r"/\*.*?\*/", text, re.S):
        for other in re.findall(r"\b(\w+\.[ch])\b", comment):
            if other not in names:
                yield f"{name} names {other}, and there is no such file"


def check_itself():
    long = "int a;\n" * (LONGEST + 1)
    assert len(list(faults("a.c", long, set()))) == 2
    assert not list(faults("a.h", long, set()))
    assert not list(faults("a.c", "/* SPDX-License-Identifier: x */\n/* b.c does it. */\n" + "int a;\n" * HEAD_FROM, {"b.c"}))
    assert list(faults("a.c", "/* As b.c. */\n", {"a.c"})) == ["a.c names b.c, and there is no such file"]


def main():
    check_itself()
    paths = [path for top in ("src", "jobs", "figures") for path in sorted((ROOT / top).rglob("*.[ch]"))]
    names = {path.name for path in ROOT.rglob("*.[ch]")} | OTHERS
    found = [fault for path in paths
             for fault in faults(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"), names)]
    print("\n".join(found) or f"{len(paths)} files")
    return 1 if found or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
