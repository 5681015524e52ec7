#!/usr/bin/env python3
"""Builds and runs the tests for other compilers, standard libraries, dialects and machines, and ends with a table.

    matrix.py FOLDER [NAME]...      each below FOLDER/matrix-NAME; exits 1 where a test failed, 2 for a name it does not know
    matrix.py --packages [NAME]...  prints the Debian packages that they need

CMAKE_BUILD_PARALLEL_LEVEL and CTEST_PARALLEL_LEVEL say how many jobs run at once, as ever: two unless told.
"""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GCC = "-DCMAKE_CXX_COMPILER=g++"


def toolchain(name):
    return [f"-DCMAKE_TOOLCHAIN_FILE={ROOT}/tests/support/toolchain/{name}.cmake"]


def cross(name, triplet, emulator=""):
    packages = [f"g++-{triplet}", "catch2", "libfmt-dev", "doctest-dev"]
    if not emulator:
        return {"options": toolchain(name), "packages": packages}
    runner = [f"{ROOT}/tests/support/emulated", emulator]
    return {"options": toolchain(name), "packages": [*packages, "qemu-user"], "runner": runner}


# The options of CMake, the packages of Debian, what runs ctest; and where not all tests are built: those that are, and which.
MATRIX = {
    "clang": {"options": ["-DCMAKE_CXX_COMPILER=clang++"], "packages": ["clang"]},
    "libcxx": {"options": toolchain("libcxx"), "packages": ["clang-19", "libc++-19-dev", "libc++abi-19-dev", "libunwind-19-dev"]},
    "i386": cross("i386", "i686-linux-gnu"),
    "armhf": cross("armhf", "arm-linux-gnueabihf", "arm"),
    "s390x": cross("s390x", "s390x-linux-gnu", "s390x"),
    "cpp20": {"options": [GCC, "-DCMAKE_CXX_STANDARD=20"]},
    "cpp23": {"options": [GCC, "-DCMAKE_CXX_STANDARD=23"]},
    "noexcept_nortti": {"options": [GCC], "target": "test_scenario_no_exceptions", "tests": "^scenario/no_exceptions"},
    "unity": {
        "options": [GCC, "-DCMAKE_CXX_FLAGS=-O1 -flto=auto -Werror=odr"],
        "target": "test_scenario_every_header",
        "tests": "^scenario/every_header$",
    },
}


def compiler_of(tree):
    """Its name and version, as CMake found them."""
    told = next(Path(tree, "CMakeFiles").glob("*/CMakeCXXCompiler.cmake")).read_text()
    path, version = (re.search(rf'set\(CMAKE_CXX_COMPILER{key} "(.+)"\)', told)[1] for key in ("", "_VERSION"))
    return f"{Path(path).name} {version}"


def row_of(name, tree):
    counts = dict.fromkeys(("run", "passed", "skipped", "failed"), 0)
    for case in ElementTree.parse(tree / "junit.xml").getroot().iter("testcase"):
        counts["run"] += 1
        counts[{"run": "passed", "notrun": "skipped", "disabled": "skipped"}.get(case.get("status"), "failed")] += 1
    return [name, compiler_of(tree), *map(str, counts.values())]


def try_one(name, tree):
    """A row of the table, and whether all went well."""
    what = MATRIX[name]
    jobs = {key: os.environ.get(key, "2") for key in ("CMAKE_BUILD_PARALLEL_LEVEL", "CTEST_PARALLEL_LEVEL")}

    def runs(*command):
        return subprocess.run(command, env={**os.environ, **jobs}, check=False).returncode == 0

    print(f"\n== {name}", flush=True)
    options = ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=", "-DAPART_BUILD_BENCHMARKS=OFF", *what.get("options", [])]
    if not runs("cmake", "-G", "Ninja", "-S", ROOT, "-B", tree, *options):
        return [name, "cannot be configured"], False
    if not runs("cmake", "--build", tree, *(["--target", what["target"]] if "target" in what else [])):
        return [name, f"{compiler_of(tree)}: does not compile"], False
    report = tree / "junit.xml"
    report.unlink(missing_ok=True)
    # Packages and pages have compilers of their own, which the ordinary run tries.
    only = ["--tests-regex", what["tests"]] if "tests" in what else ["--exclude-regex", "^(consumer|docs)/"]
    passed = runs(*what.get("runner", []), "ctest", "--test-dir", tree, "--output-on-failure", "--no-tests=error",
                  "--output-junit", report, *only)
    return (row_of(name, tree) if report.exists() else [name, "ctest could not run"]), passed


def main(arguments):
    if not arguments or set(arguments[1:]) - set(MATRIX):
        print(__doc__, file=sys.stderr)
        print("The names:", *MATRIX, file=sys.stderr)
        return 2
    names = arguments[1:] or list(MATRIX)
    if arguments[0] == "--packages":
        print("\n".join(sorted({package for name in names for package in MATRIX[name].get("packages", [])})))
        return 0
    results = [try_one(name, Path(arguments[0], f"matrix-{name}").resolve()) for name in names]
    rows = [["name", "compiler", "run", "passed", "skipped", "failed"]] + [row for row, _ in results]
    widths = [max(len(row[column]) for row in rows if len(row) == 6 or column == 0) for column in range(6)]
    print()
    for row in rows:
        print("  ".join(cell.rjust(width) if cell.isdigit() or row is rows[0] and column > 1 else cell.ljust(width)
                        for column, (cell, width) in enumerate(zip(row, widths))).rstrip())
    return 0 if all(passed for _, passed in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
