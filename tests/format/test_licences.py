# SPDX-License-Identifier: BSD-2-Clause
"""Each source file says on its first line, or on the line after #!, under which licence it is (https://spdx.dev/ids)."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
IDENTIFIER = "SPDX-License-Identifier: BSD-2-Clause"
COMMENTS = {".c": "/* {} */", ".h": "/* {} */", ".css": "/* {} */",
            ".js": "// {}", ".mjs": "// {}", ".cpp": "// {}",
            ".py": "# {}", ".cmake": "# {}", ".sbatch": "# {}", ".bash": "# {}", ".zsh": "# {}", ".fish": "# {}",
            ".yaml": "# {}", ".yml": "# {}", ".def": "# {}", ".in": "# {}",
            "": "# {}"}      # programs without an ending, and these
NAMES = {"CMakeLists.txt": "# {}"}
WITHOUT = {"LICENSE", "packaging/debian/changelog", "packaging/debian/copyright"}    # texts, not sources


def sources():
    """What is in git or, in a release's tarball, all files; of these the sources."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            text=True, check=False)
    names = [name for name in listed.stdout.split("\0") if name] or [
        str(path.relative_to(ROOT)) for path in ROOT.rglob("*")]
    for name in names:
        path = ROOT / name
        parts = pathlib.PurePath(name).parts
        if (not path.is_file() or any(part.startswith(".") for part in parts if part != ".github")
                or parts[0] in ("build", "quickstart") or {"corpus", "node_modules", "__pycache__"} & set(parts)
                or name in WITHOUT):
            continue
        comment = NAMES.get(path.name) or COMMENTS.get(path.suffix)
        if comment:
            yield path, comment.format(IDENTIFIER)


def main():
    wrong, count = 0, 0
    for path, line in sources():
        count += 1
        with open(path, encoding="utf-8", errors="replace") as file:
            first = file.readline()
            if first.startswith(("#!", "#%Module", "#compdef")):
                first = file.readline()
        if first.rstrip("\n") != line:
            wrong += 1
            print(f"{path.relative_to(ROOT)}: put this before everything else (but after #! or #compdef): {line}")
    if not count:
        print("found no sources")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
