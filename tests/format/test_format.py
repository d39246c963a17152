# SPDX-License-Identifier: BSD-2-Clause
"""All C files are as clang-format leaves them (.clang-format). Skipped where clang-format isn't installed."""

import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77


def main():
    if not shutil.which("clang-format"):
        print("clang-format isn't installed: scripts/install-deps test installs it")
        return SKIPPED
    version = subprocess.run(["clang-format", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    if " 14." not in version:    # other versions break lines elsewhere
        print(f"only clang-format 14 tells: {version.strip()}")
        return SKIPPED
    files = [path for folder in ("src", "jobs", "figures", "tests", "bench") for end in ("*.c", "*.h")
             for path in sorted((ROOT / folder).rglob(end))]
    done = subprocess.run(["clang-format", "--dry-run", "--Werror", "--ferror-limit=1", *map(str, files)],
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        print("\n".join(line for line in done.stderr.splitlines() if "error:" in line))
        print("clang-format -i FILE mends a file")
    return 1 if done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
