#!/usr/bin/env python3
"""Counts the instructions of each path of a program by callgrind, and compares them with what was kept.

    instructions.py VALGRIND PROGRAM [--update]    exits 1 and names each path that takes more instructions than it did; 77
                                                   (skipped) where nothing was kept for the compiler and the C library
    instructions.py --self-test                    exits 1 unless planted counts are judged as they should

What was kept is counts.json: for each compiler and C library, as the program itself prints them, how many instructions a path
takes, those of the C library among them and those of the kernel not. --update keeps what was counted now: do so where a path
takes fewer, and where it is meant to take more.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

KEPT = Path(__file__).resolve().parent / "counts.json"
TOLERANCE = 0.02
SKIPPED = 77


def toolchain_of(program):
    return subprocess.run([program, "--toolchain"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def counted(valgrind, program):
    """The instructions of each path. The environment and the lengths of paths are the same each time."""
    with tempfile.TemporaryDirectory(prefix="apart-", dir="/tmp") as folder:
        out, files = Path(folder, "out"), Path(folder, "files")
        out.mkdir()
        files.mkdir()
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "APART_TMPDIR": str(files)}
        command = [valgrind, "--tool=callgrind", f"--callgrind-out-file={out}/%p", program]
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True)
        said = process.communicate()[0]
        if process.returncode != 0:
            sys.exit(f"the program ended with status {process.returncode}:\n{said}")
        counts = {}
        for file in out.glob(f"{process.pid}.*"):
            text = file.read_text(encoding="utf-8")
            name = re.search(r"^desc: Trigger: Client Request: (.*)$", text, re.MULTILINE)
            if name:
                counts[name.group(1)] = int(re.search(r"^(?:summary|totals): (\d+)", text, re.MULTILINE).group(1))
        return counts


def offences(kept, counts):
    """What is wrong, and what has only become better."""
    wrong, better = [], []
    for name in sorted(kept.keys() | counts.keys()):
        if name not in counts:
            wrong.append(f"{name}: is kept, but was not counted; --update forgets it")
        elif name not in kept:
            wrong.append(f"{name}: was counted, but is not kept; --update keeps it")
        else:
            growth = counts[name] / kept[name] - 1
            line = f"{name}: {counts[name]:,} instructions, {kept[name]:,} were kept: {growth:+.1%}"
            if growth > TOLERANCE:
                wrong.append(f"{line}, {TOLERANCE:.0%} allowed; --update where it is meant to")
            elif growth < -TOLERANCE:
                better.append(f"{line}; --update keeps that")
    return wrong, better


def self_test():
    wrong, better = offences({"same": 1000, "within": 1000, "grown": 1000, "shrunk": 1000, "gone": 1000},
                             {"same": 1000, "within": 1019, "grown": 1021, "shrunk": 970, "new": 1})
    expected = ["gone: is kept", "grown: 1,021 instructions, 1,000 were kept: +2.1%", "new: was counted"]
    if len(wrong) != len(expected) or not all(line.startswith(start) for line, start in zip(wrong, expected)):
        yield f"found {wrong}, expected {expected}"
    if len(better) != 1 or not better[0].startswith("shrunk: "):
        yield f"better: {better}, expected shrunk alone"


def main(arguments):
    if arguments == ["--self-test"]:
        found = list(self_test())
        for offence in found:
            print(offence)
        return 1 if found else 0
    update = "--update" in arguments
    arguments = [argument for argument in arguments if argument != "--update"]
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    valgrind, program = arguments
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    toolchain = toolchain_of(program)
    if not update and toolchain not in kept:
        print(f"SKIPPED: nothing is kept for {toolchain}; there is for {', '.join(kept) or 'none'}")
        return SKIPPED
    counts = counted(valgrind, os.path.abspath(program))
    if update:
        kept[toolchain] = dict(sorted(counts.items()))
        KEPT.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
        print(f"kept {len(counts)} paths for {toolchain}")
        return 0
    wrong, better = offences(kept[toolchain], counts)
    for line in wrong + better:
        print(line)
    print(f"{len(counts)} paths, {len(wrong)} of them wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
