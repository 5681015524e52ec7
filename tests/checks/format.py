#!/usr/bin/env python3
"""Checks that clang-format would change no C++ file of the repository.

    format.py [ROOT]        exits 1 and names each file that is formatted otherwise; 77 (skipped) where there is no
                            clang-format of the version below, since each version formats a little differently
    format.py --self-test   exits 1 unless a planted file is found
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

VERSION = 14
FOLDERS = ("include", "tests", "benchmarks")
SKIPPED = 77


def formatter():
    for name in (f"clang-format-{VERSION}", "clang-format"):
        path = shutil.which(name)
        if path:
            version = subprocess.run([path, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
            if re.search(rf"\bversion {VERSION}\.", version):
                return path
    return None


def offences(program, root):
    files = [file for folder in FOLDERS for pattern in ("*.hpp", "*.cpp") for file in sorted((root / folder).rglob(pattern))]
    if not files:
        return [f"there is no C++ file below {root}"]
    command = [program, "--dry-run", "-Werror", "--style=file", "--ferror-limit=1", *map(str, files)]
    result = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if result.returncode == 0:
        return []
    return re.findall(r"^.*code should be clang-formatted.*$", result.stderr, re.MULTILINE) or [result.stderr]


def self_test(program):
    repository = Path(__file__).resolve().parents[2]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copy(repository / ".clang-format", root)
        for path, text in (("include/apart/good.hpp", "int good();\n"), ("tests/bad.cpp", "int  bad( );\n")):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        found = offences(program, root)
    if len(found) != 1 or "bad.cpp" not in found[0]:
        yield f"found {found}, expected tests/bad.cpp alone"


def main(arguments):
    program = formatter()
    if not program:
        print(f"SKIPPED: there is no clang-format {VERSION} on this machine")
        return SKIPPED
    if arguments == ["--self-test"]:
        found = list(self_test(program))
    else:
        found = offences(program, Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2])
    for offence in found:
        print(offence)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
