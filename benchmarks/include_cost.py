#!/usr/bin/env python3
"""What a program pays for including a header: processor time of preprocessing and parsing, and tokens, beside other headers.

    include_cost.py [--rounds=N] [--compiler=NAME]... [--only=TEXT]...    five rounds, g++ and clang++, all public headers
                                                                          that need the standard library only

In a round each source is compiled once with -fsyntax-only, its user time taken, one compiler process at a time: that does not
count waiting, and what a shared machine does to one source of a round it does to its neighbours, too. Only the ratios of one
round are compared: their median, and their quartiles as the spread. Tokens are those of -E -P. On standard output a line of JSON
for each row (README.md tells its form), on standard error a table for people.
"""

import json
import re
import resource
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIALECT = ["-std=c++17", f"-I{ROOT}/include"]
TOKEN = re.compile(r'\w+|"(?:\\.|[^"\\\n])*"|[^\s\w]')
OTHERS = ["string", "filesystem", "mutex", "gtest/gtest.h", "catch2/catch.hpp", "catch2/catch_all.hpp", "doctest/doctest.h"]
STANDS_ON = "its standard headers"
# Header, beside what, at most how many times that.
TARGETS = {("apart/name/unique_name.hpp", "string"): 1.3, ("apart/apart.hpp", STANDS_ON): 1.15,
           ("apart/apart.hpp", "gtest/gtest.h"): 1.0}


def including(*headers):
    return "".join(f"#include <{header}>\n" for header in headers)


def compiled(compiler, source, *options):
    return subprocess.run([compiler, *DIALECT, *options, "-x", "c++", "-"], input=source, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)


def user_seconds(compiler, source):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    compiled(compiler, source, "-fsyntax-only")
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def standard_headers_below(compiler, header):
    """Those that the library itself includes on the way: of the language and of the system."""
    files = compiled(compiler, including(header), "-M").stdout.replace("\\\n", " ").split()
    found = set()
    for file in files:
        if "/include/apart/" in file:
            found |= set(re.findall(r"^#include <([^>]+)>", Path(file).read_text(encoding="utf-8"), re.MULTILINE))
    return sorted(name for name in found if not name.startswith("apart/"))


def public_headers():
    rooms = ["", "name", "context", "process", "run", "file", "test"]
    return [f"apart/{path.relative_to(ROOT / 'include/apart').as_posix()}"
            for room in rooms for path in sorted((ROOT / "include/apart" / room).glob("*.hpp"))]


def measured(compiler, rounds, only):
    """For each source its tokens, lines and the seconds of each round."""
    ours = [header for header in public_headers() if not only or any(text in header for text in only)]
    sources = {header: including(header) for header in OTHERS + ours}
    if "apart/apart.hpp" in ours:
        sources[STANDS_ON] = including(*standard_headers_below(compiler, "apart/apart.hpp"))
    results = {}
    for name, source in sources.items():
        text = compiled(compiler, source, "-E", "-P")
        if text.returncode == 0:
            results[name] = {"tokens": len(TOKEN.findall(text.stdout)), "lines": text.stdout.count("\n"), "seconds": []}
        elif name in ours:
            sys.exit(f"{compiler} does not compile <{name}>:\n{text.stderr}")
    for turn in range(rounds):
        for name in list(results)[::1 if turn % 2 == 0 else -1]:
            results[name]["seconds"].append(user_seconds(compiler, sources[name]))
    return results


def row(compiler, header, rival, results):
    mine, theirs = results[header]["seconds"], results[rival]["seconds"]
    ratios = [one / other for one, other in zip(mine, theirs)]
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    made = {"row": f"{header.removeprefix('apart/')}, {compiler}", "rival": rival if rival == STANDS_ON else f"<{rival}>",
            "unit": "s", "ours": statistics.median(mine), "theirs": statistics.median(theirs), "judged": "ratio",
            "value": middle, "low": low, "high": high, "repetitions": len(ratios),
            "note": f"{results[header]['tokens']} tokens beside {results[rival]['tokens']}"}
    target = TARGETS.get((header, rival))
    return {**made, "bound": "<=", "target": target} if target else made


def report(compiler, results):
    print(f"{compiler + ': header':<44}{'tokens':>9}{'lines':>8}{'user ms':>9}  x <string>", file=sys.stderr)
    base = results["string"]["seconds"]
    for name, one in results.items():
        ratio = statistics.median(mine / other for mine, other in zip(one["seconds"], base))
        print(f"{name:<44}{one['tokens']:>9}{one['lines']:>8}{1000 * statistics.median(one['seconds']):>9.0f}{ratio:>10.2f}",
              file=sys.stderr)


def main(arguments):
    given = [re.fullmatch(r"--(rounds|compiler|only)=(.+)", argument) for argument in arguments]
    if not all(given):
        print(__doc__, file=sys.stderr)
        return 2
    options = [found.groups() for found in given]
    rounds = int(dict(options).get("rounds", "5"))
    compilers = [value for name, value in options if name == "compiler"] or ["g++", "clang++"]
    only = [value for name, value in options if name == "only"]
    for compiler in compilers:
        if not shutil.which(compiler):
            print(f"{compiler} is not installed: not measured", file=sys.stderr)
            continue
        results = measured(compiler, rounds, only)
        report(compiler, results)
        for header in results:
            if header in OTHERS or header == STANDS_ON:
                continue
            rivals = ["string"] + [rival for one, rival in TARGETS if one == header and rival != "string"]
            for rival in rivals:
                if rival in results:
                    print(json.dumps(row(compiler, header, rival, results)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
